--output: who may use the file that takes the place of another one.  Only the
superuser can try what has to do with other owners and groups.

  $ printf '\001\000\000\000' > one.bin
  $ if ! chown 65534:65534 one.bin 2> /dev/null; then
  >   echo "this user may not give files away" > "$SKIPPED"; exit 80
  > fi
  $ show () { stat -c '%u:%g %a' "$1"; }

Owner and group are kept (which used to become those of whoever ran it, so that
another group could read the new file):

  $ echo old > of-others; chown 65534:65533 of-others; chmod 640 of-others
  $ consumer-cli one.bin -o of-others
  $ cat of-others; show of-others
  [ 1 ]
  65534:65533 640

Who may not give the file to its group gives nobody more than both the group and
all others may do, since members of each become the other's:

  $ powerless () { setpriv --bounding-set=-chown "$@"; }
  $ for mode in 674 604 640 666 607; do
  >   echo old > of-group; chown 0:65533 of-group; chmod $mode of-group
  >   powerless consumer-cli one.bin -o of-group
  >   show of-group
  > done
  0:0 644
  0:0 600
  0:0 600
  0:0 666
  0:0 600
  $ cat of-group
  [ 1 ]

Who may give it to its group, but not to its owner, does that:

  $ echo old > of-member; chown 65534:65533 of-member; chmod 664 of-member
  $ powerless setpriv --groups=65533 consumer-cli one.bin -o of-member
  $ show of-member
  0:65533 664

An access control list lets user 65532 read, and not the group, although the
mode, which shows the list's mask, looks like it:

  $ cat > acl.py <<'END'
  > import os, struct, sys
  > ALL = 0xFFFFFFFF
  > LIST = [(1, 6, ALL), (2, 4, 65532), (4, 0, ALL), (16, 6, ALL), (32, 0, ALL)]
  > action, path = sys.argv[1:]
  > kind = "default" if os.path.isdir(path) else "access"
  > name = f"system.posix_acl_{kind}"
  > if action == "set":
  >     content = b"".join(struct.pack("<HHI", *entry) for entry in LIST)
  >     os.setxattr(path, name, struct.pack("<I", 2) + content)
  > elif name in os.listxattr(path):
  >     content = os.getxattr(path, name)[4:]
  >     print(list(struct.iter_unpack("<HHI", content)) == LIST)
  > else:
  >     print("none")
  > END
  $ echo old > listed; chmod 600 listed
  $ if ! python3 acl.py set listed 2> error; then
  >   echo "this file system has no access control lists" > "$SKIPPED"; exit 80
  > fi
  $ consumer-cli one.bin -o listed
  $ show listed; python3 acl.py get listed
  0:0 660
  True

Without its group the new file has no list, at no time, and is the owner's:

  $ chown 0:65533 listed
  $ powerless consumer-cli one.bin -o listed
  $ show listed; python3 acl.py get listed
  0:0 600
  none

A list that new files have from their folder does not become that of one which
had none (that user could read the file then):

  $ mkdir folder; echo old > folder/file; chmod 640 folder/file
  $ python3 acl.py set folder
  $ consumer-cli one.bin -o folder/file
  $ show folder/file; python3 acl.py get folder/file
  0:0 640
  none

But any new file has it, and -o used to let everybody read that:

  $ echo > folder/by-shell
  $ consumer-cli one.bin -o folder/new
  $ for file in by-shell new; do
  >   show folder/$file; python3 acl.py get folder/$file
  > done
  0:0 660
  True
  0:0 660
  True
