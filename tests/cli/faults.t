The system fails in the middle: strace(1) makes it.  Either the numbers are right
or it is said what went wrong, with exit status 1.

  $ if ! strace -qq -o strace.log true 2> /dev/null; then
  >   echo "strace is missing, or may not trace" > "$SKIPPED"; exit 80
  > fi
  $ ASAN_OPTIONS=detect_leaks=0; export ASAN_OPTIONS

A file of 75,000 numbers, more than two reads get.  "faulty" runs a command with
faults in what it does to that file, or to another after "-P".

  $ seq 100000 | head -c 300000 > data.bin
  $ faulty () {
  >   strace -qq -o strace.log -P "$PWD/data.bin" "$@" 2> errors
  >   status=$?
  >   sed "s|$PWD/||" errors >&2
  >   grep -q INJECTED strace.log || echo "there was no fault"
  >   return $status
  > }
  $ consumer-cli -f lines data.bin > whole
  $ wc -l < whole
  75000

A file that cannot be mapped, whyever, is read:

  $ for error in EACCES EAGAIN EINVAL EIO ENFILE ENODEV ENOMEM EPERM; do
  >   faulty -e inject=mmap:error=$error consumer-cli -f lines "$PWD/data.bin" > made
  >   cmp made whole && echo "$error: the same"
  > done
  EACCES: the same
  EAGAIN: the same
  EINVAL: the same
  EIO: the same
  ENFILE: the same
  ENODEV: the same
  ENOMEM: the same
  EPERM: the same
  $ faulty -e inject=mmap:error=ENODEV \
  >   consumer-cli "$PWD/data.bin" --skip 74990 --step 2 --max 4
  [ 171258936 825559606 876097845 171521080 ... ]
  $ consumer-cli data.bin --skip 74990 --step 2 --max 4
  [ 171258936 825559606 876097845 171521080 ... ]

A file that cannot be opened:

  $ for error in EMFILE ENFILE EACCES EIO ENOMEM EPERM; do
  >   faulty -e "inject=?open,openat:error=$error" consumer-cli -n 1 "$PWD/data.bin"
  > done
  consumer-cli: data.bin: Too many open files
  consumer-cli: data.bin: Too many open files in system
  consumer-cli: data.bin: Permission denied
  consumer-cli: data.bin: Input/output error
  consumer-cli: data.bin: Cannot allocate memory
  consumer-cli: data.bin: Operation not permitted
  [1]

One whose size is not to be had:

  $ faulty -e inject=%%stat:error=EIO consumer-cli "$PWD/data.bin"
  consumer-cli: data.bin: Input/output error
  [1]

A read error at the start: there are no numbers, and nothing is printed:

  $ faulty -e inject=mmap:error=ENODEV -e inject=read:error=EIO \
  >   consumer-cli "$PWD/data.bin"
  consumer-cli: data.bin: Input/output error
  [1]

One half-way: what was read is printed, the brackets are closed, and no dots
pretend that it was asked for:

  $ faulty -e inject=mmap:error=ENODEV -e inject=read:error=EIO:when=2 \
  >   consumer-cli "$PWD/data.bin" > made
  consumer-cli: data.bin: Input/output error
  [1]
  $ consumer-cli data.bin --max 32768 | sed 's/ \.\.\. / /' | cmp - made
  $ faulty -e inject=mmap:error=ENODEV -e inject=read:error=EIO:when=3 \
  >   consumer-cli -f lines "$PWD/data.bin" > made
  consumer-cli: data.bin: Input/output error
  [1]
  $ head -n 65536 whole | cmp - made

A call that a signal interrupts is made again:

  $ faulty -e inject=mmap:error=ENODEV -e inject=read:error=EINTR:when=1+2 \
  >   consumer-cli -f lines "$PWD/data.bin" | cmp - whole
  $ faulty -e 'inject=?open,openat:error=EINTR:when=1' \
  >   consumer-cli -f lines "$PWD/data.bin" | cmp - whole
  $ : > made
  $ faulty -P "$PWD/made" -e inject=write:error=EINTR:when=1+2 \
  >   consumer-cli -f lines "$PWD/data.bin" > made
  $ cmp made whole
  $ faulty -P "$PWD/made" -e inject=write:error=EINTR:when=1 \
  >   consumer-cli --help > made
  $ consumer-cli --help | cmp - made

Writing fails at first, later, or when all was written and the file is closed:

  $ faulty -P "$PWD/made" -e inject=write:error=EIO \
  >   consumer-cli "$PWD/data.bin" > made
  consumer-cli: write error: Input/output error
  [1]
  $ faulty -P "$PWD/made" -e inject=write:error=EDQUOT:when=3 \
  >   consumer-cli -f lines "$PWD/data.bin" > made
  consumer-cli: write error: Disk quota exceeded
  [1]
  $ head -c $(wc -c < made) whole | cmp - made
  $ faulty -P "$PWD/made" -e inject=close:error=EIO \
  >   consumer-cli -f lines "$PWD/data.bin" > made
  consumer-cli: write error: Input/output error
  [1]
  $ cmp made whole
  $ faulty -P "$PWD/made" -e inject=close:error=EIO consumer-cli --version > made
  consumer-cli: write error: Input/output error
  [1]

Closing the input cannot lose anything:

  $ faulty -e inject=close:error=EIO consumer-cli --max 1 "$PWD/data.bin"
  [ 171051569 ... ]

A terminal, a FIFO or a device that says "try again" is told, not asked for ever:

  $ faulty -e inject=mmap:error=ENODEV -e inject=read:error=EAGAIN \
  >   consumer-cli "$PWD/data.bin"
  consumer-cli: data.bin: Resource temporarily unavailable
  [1]

One that cannot be mapped and becomes shorter: nobody knows how many there were.

  $ mkfifo out
  $ late () {
  >   seq 1000000 > copy.bin
  >   { faulty -P "$PWD/copy.bin" -e inject=mmap:error=ENODEV \
  >     consumer-cli -t char "$@" "$PWD/copy.bin" > out; echo "status $?"; } &
  >   { dd bs=1 count=1 2> dd.log; truncate -s 4000000 copy.bin; cat; } < out > made
  >   wait
  > }
  $ late -f raw
  consumer-cli: copy.bin: file shrank while being read: 4000000 items printed
  status 1
  $ seq 1000000 | head -c 4000000 | cmp - made

Without standard input something else would be read as if it were that, so there
has to be something in its place:

  $ faulty -P /dev/null -e 'inject=?open,openat:error=EMFILE' \
  >   consumer-cli "$PWD/data.bin" <&-
  consumer-cli: a standard descriptor cannot be opened
  [1]

A message is written again after a signal, and for a full device not for ever:

  $ said () { strace -qq -o strace.log -e "inject=write:$1" consumer-cli nosuch; }
  $ said error=EINTR:when=1
  consumer-cli: nosuch: No such file or directory
  [1]
  $ said error=ENOSPC
  [1]
  $ said retval=0:when=1
  [1]
