The last steps of --output fail: strace(1) makes it.  The old file stays, and
nothing else does.

  $ if ! strace -qq -o strace.log true 2> /dev/null; then
  >   echo "strace is missing, or may not trace" > "$SKIPPED"; exit 80
  > fi
  $ ASAN_OPTIONS=detect_leaks=0; export ASAN_OPTIONS
  $ printf '\001\000\000\000' > one.bin
  $ echo old > out
  $ faulty () {
  >   strace -qq -o strace.log "$@" consumer-cli "$PWD/one.bin" -o out
  >   echo "status $?"
  >   grep -q INJECTED strace.log || echo "there was no fault"
  >   cat out
  > }

It cannot be renamed:

  $ for error in EACCES EBUSY EPERM ENOSPC EROFS; do
  >   faulty -e "inject=?rename,?renameat,?renameat2:error=$error"
  > done
  consumer-cli: out: Permission denied
  status 1
  old
  consumer-cli: out: Device or resource busy
  status 1
  old
  consumer-cli: out: Operation not permitted
  status 1
  old
  consumer-cli: out: No space left on device
  status 1
  old
  consumer-cli: out: Read-only file system
  status 1
  old

Only closing it tells that the disk is full, as NFS does:

  $ cp out counted
  $ strace -qq -o strace.log consumer-cli one.bin -o counted
  $ n=$(sed '/^rename/q' strace.log | grep -c '^close(')
  $ faulty -e "inject=close:error=ENOSPC:when=$n"
  consumer-cli: out: No space left on device
  status 1
  old

A signal there is no failure: the file is closed.

  $ faulty -e "inject=close:error=EINTR:when=$n"
  status 0
  [ 1 ]
  $ echo old > out

The header of a .npy file cannot be written, or not be corrected in the end:

  $ npy () {
  >   cat one.bin |
  >     strace -qq -o strace.log "$@" consumer-cli -f npy -o out
  >   echo "status $?"; tail -n 1 out
  > }
  $ count () { sed '/^rename/q' strace.log | grep -c "^$1("; }
  $ npy -e trace=all > counted; tell=$(count lseek) write=$(count write)
  $ echo old > out
  $ npy -e "inject=write:error=EIO:when=1"
  consumer-cli: out: Input/output error
  status 1
  old
  $ npy -e "inject=write:error=EIO:when=$write"
  consumer-cli: out: Input/output error
  status 1
  old
  $ npy -e "inject=lseek:error=EIO:when=$tell"
  consumer-cli: out: Input/output error
  status 1
  old
  $ npy -e "inject=lseek:error=EIO:when=$((tell - 1))"
  consumer-cli: out: Input/output error
  status 1
  old

Whether there is an access control list cannot be known, or the folder's cannot be
taken away: then only the owner may use the new file.  Where there are no such
lists, or none, the mode is all there is.

  $ listless () {
  >   chmod 640 out
  >   strace -qq -o strace.log "$@" consumer-cli one.bin -o out
  >   grep -q INJECTED strace.log || echo "there was no fault"
  >   stat -c %a out
  > }
  $ listless -e inject=fgetxattr:error=EIO
  600
  $ listless -e inject=fgetxattr:error=EOPNOTSUPP
  640
  $ listless -e inject=fremovexattr:error=EPERM
  600
  $ listless -e inject=fremovexattr:error=ENODATA
  640
  $ listless -e inject=fremovexattr:error=EOPNOTSUPP
  640
  $ echo old > out

There are too many descriptors for another one:

  $ strace -qq -o strace.log -e inject=dup:error=EMFILE \
  >   consumer-cli one.bin -o /dev/stderr
  consumer-cli: /dev/stderr: Too many open files
  [1]

Permissions cannot be had, as on FAT: then there are none to keep.

  $ faulty -e "inject=?fchmod:error=EPERM"
  status 0
  [ 1 ]
  $ ls -A
  counted
  one.bin
  out
  strace.log
