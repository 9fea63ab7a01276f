--output where the permissions are against it.  The superuser may do all: here
that right is given up where it can be.

  $ printf '\001\000\000\000' > one.bin
  $ mkdir folder
  $ echo old | tee folder/file > read-only
  $ chmod a-w folder read-only
  $ as_user=
  $ if test "$(id -u)" = 0; then
  >   as_user='setpriv --bounding-set=-dac_override,-dac_read_search'
  > fi
  $ if ! $as_user true 2> /dev/null || $as_user test -w read-only
  > then
  >   echo "this user may write every file" > "$SKIPPED"; exit 80
  > fi

A file that may be written, in a folder that may not: it would have to be
overwritten in place, and might be lost half-way.

  $ $as_user consumer-cli one.bin -o folder/file
  consumer-cli: folder/file: no temporary file beside it: Permission denied
  [1]
  $ $as_user consumer-cli one.bin -o folder/new
  consumer-cli: folder/new: Permission denied
  [1]

A file that may not be written is not replaced either:

  $ $as_user consumer-cli one.bin -o read-only
  consumer-cli: read-only: Permission denied
  [1]
  $ cat folder/file read-only
  old
  old
  $ ls -A . folder
  .:
  folder
  one.bin
  read-only
  
  folder:
  file
  $ chmod u+w folder
