Output: the same bytes to a file, a pipe and a terminal, in every locale, and no
write goes unchecked.

  $ for n in $(seq 20); do printf "\\$(printf %o "$n")\\0\\0\\0"; done > data.bin
  $ seq 300000 > many.bin
  $ big () { consumer-cli --trailing ignore -f lines many.bin; }

Repeated values are all printed; od -v is the only way here:

  $ head -c 400 /dev/zero > zeros.bin
  $ consumer-cli -f lines zeros.bin | wc -l
  100

A full disk:

  $ consumer-cli data.bin > /dev/full
  consumer-cli: write error: No space left on device
  [1]
  $ consumer-cli -f lines data.bin > /dev/full
  consumer-cli: write error: No space left on device
  [1]
  $ big > /dev/full
  consumer-cli: write error: No space left on device
  [1]
  $ cat data.bin | consumer-cli > /dev/full
  consumer-cli: write error: No space left on device
  [1]
  $ consumer-cli --help > /dev/full
  consumer-cli: write error: No space left on device
  [1]
  $ consumer-cli --version > /dev/full
  consumer-cli: write error: No space left on device
  [1]

Nothing was to be written, so nothing was lost:

  $ consumer-cli -f lines /dev/null > /dev/full

An output that is closed; the file does not take its place:

  $ consumer-cli data.bin >&-
  consumer-cli: write error: Bad file descriptor
  [1]
  $ cat data.bin | consumer-cli >&-
  consumer-cli: write error: Bad file descriptor
  [1]
  $ consumer-cli --help >&-
  consumer-cli: write error: Bad file descriptor
  [1]
  $ consumer-cli --version >&-
  consumer-cli: write error: Bad file descriptor
  [1]
  $ consumer-cli data.bin <&- >&-
  consumer-cli: write error: Bad file descriptor
  [1]
  $ consumer-cli data.bin <&- >&- 2>&-
  [1]
  $ consumer-cli --bogus >&-
  consumer-cli: unrecognized option '--bogus'
  Try 'consumer-cli --help' for more information.
  [2]
  $ consumer-cli nosuch.bin >&-
  consumer-cli: nosuch.bin: No such file or directory
  [1]
  $ consumer-cli data.bin 1< /dev/null
  consumer-cli: write error: Bad file descriptor
  [1]
  $ cksum < data.bin
  2790791011 80

A write error ends an endless input at once:

  $ consumer-cli /dev/zero > /dev/full
  consumer-cli: write error: No space left on device
  [1]
  $ consumer-cli -f lines /dev/zero > /dev/full
  consumer-cli: write error: No space left on device
  [1]
  $ consumer-cli /dev/zero >&-
  consumer-cli: write error: Bad file descriptor
  [1]

A reader that leaves: the program ends quietly, by SIGPIPE as others do ...

  $ (consumer-cli -f lines /dev/zero; echo $? > status) | head -n 2
  0
  0
  $ cat status
  141
  $ (big; echo $? > status) | head -n 1
  171051569
  $ cat status
  141

... or, where that signal is ignored, at the first write that fails:

  $ (trap '' PIPE; consumer-cli -f lines /dev/zero 2> error; echo $? > status) |
  >   head -n 2
  0
  0
  $ cat error
  consumer-cli: write error: Broken pipe
  $ cat status
  1

A file that must not grow any further, with what fitted:

  $ (ulimit -f 8; big > limited; echo $?)
  consumer-cli: write error: File too large
  1
  $ big | head -c $(wc -c < limited) | cmp - limited

Both ends fail: the output is what is reported:

  $ printf '\001\000\000\000\002' | consumer-cli > /dev/full
  consumer-cli: write error: No space left on device
  [1]

Text comes before the message about it, where both go to the same file:

  $ printf '\001\000\000\000\002' | consumer-cli > both 2>&1
  [1]
  $ cat both
  [ 1 ]
  consumer-cli: standard input: 1 trailing byte ignored

The file that is read is not written to:

  $ consumer-cli data.bin >> data.bin
  consumer-cli: data.bin: input file is output file
  [1]
  $ consumer-cli < data.bin >> data.bin
  consumer-cli: standard input: input file is output file
  [1]
  $ cat data.bin | consumer-cli -n 1 > /dev/null
  $ ln data.bin hardlink.bin
  $ consumer-cli hardlink.bin >> data.bin
  consumer-cli: hardlink.bin: input file is output file
  [1]
  $ consumer-cli --tail 1 data.bin 1<> data.bin
  consumer-cli: data.bin: input file is output file
  [1]
  $ wc -c < data.bin
  80
  $ consumer-cli /dev/null > /dev/null

The locale has no say, neither in numbers nor in messages:

  $ localedef -i de_DE -f UTF-8 ./de_DE.UTF-8 > localedef.log 2>&1 || true
  $ printf '\315\314\314\075\000\044\164\111' > floats.bin
  $ for name in C C.UTF-8 de_DE.UTF-8 tr_TR.UTF-8 nosuch; do
  >   export LOCPATH="$PWD" LC_ALL=$name LANGUAGE=de
  >   consumer-cli -t float32 floats.bin
  >   consumer-cli -t float32 nosuch.bin
  > done
  [ 0.1 1000000.0 ]
  consumer-cli: nosuch.bin: No such file or directory
  [ 0.1 1000000.0 ]
  consumer-cli: nosuch.bin: No such file or directory
  [ 0.1 1000000.0 ]
  consumer-cli: nosuch.bin: No such file or directory
  [ 0.1 1000000.0 ]
  consumer-cli: nosuch.bin: No such file or directory
  [ 0.1 1000000.0 ]
  consumer-cli: nosuch.bin: No such file or directory
  [1]
