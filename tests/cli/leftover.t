Bytes that are left over after the last whole element are neither hidden nor
made into a number (od prints 48042 here): everything else is printed, then
comes the message, and the exit status is 1.

  $ printf '\001\0\0\0\002\0\0\0\003\0\0\0\252\273' > short.bin
  $ consumer-cli short.bin
  [ 1 2 3 ]
  consumer-cli: short.bin: 2 trailing bytes ignored
  [1]
  $ consumer-cli < short.bin
  [ 1 2 3 ]
  consumer-cli: standard input: 2 trailing bytes ignored
  [1]
  $ cat short.bin | consumer-cli
  [ 1 2 3 ]
  consumer-cli: standard input: 2 trailing bytes ignored
  [1]
  $ consumer-cli -f lines short.bin
  1
  2
  3
  consumer-cli: short.bin: 2 trailing bytes ignored
  [1]

A single byte is one byte, and there may be nothing else:

  $ head -c 13 short.bin > one.bin
  $ consumer-cli one.bin
  [ 1 2 3 ]
  consumer-cli: one.bin: 1 trailing byte ignored
  [1]
  $ printf '\007' > single.bin
  $ consumer-cli single.bin
  [ ]
  consumer-cli: single.bin: 1 trailing byte ignored
  [1]
  $ consumer-cli -f lines single.bin
  consumer-cli: single.bin: 1 trailing byte ignored
  [1]
  $ cat single.bin | consumer-cli
  [ ]
  consumer-cli: standard input: 1 trailing byte ignored
  [1]

Whoever knows about them says so:

  $ consumer-cli --trailing=ignore short.bin
  [ 1 2 3 ]
  $ cat short.bin | consumer-cli --trailing ignore
  [ 1 2 3 ]
  $ consumer-cli --trailing=ignore single.bin
  [ ]
  $ consumer-cli --trailing=ignore --trailing=error single.bin
  [ ]
  consumer-cli: single.bin: 1 trailing byte ignored
  [1]

To be quiet does not hide them:

  $ consumer-cli --quiet short.bin
  [ 1 2 3 ]
  consumer-cli: short.bin: 2 trailing bytes ignored
  [1]

It depends on the type and on where the elements begin:

  $ consumer-cli -t int16 short.bin
  [ 1 0 2 0 3 0 -17494 ]
  $ consumer-cli --offset 2 short.bin
  [ 131072 196608 -1146486784 ]
  $ consumer-cli --offset 3 short.bin
  [ 512 768 ]
  consumer-cli: short.bin: 3 trailing bytes ignored
  [1]
  $ consumer-cli -t float64 short.bin
  [ 4.2439915824e-314 ]
  consumer-cli: short.bin: 6 trailing bytes ignored
  [1]

They are reported only by who gets to the last whole element:

  $ consumer-cli --max 2 short.bin
  [ 1 2 ... ]
  $ cat short.bin | consumer-cli --max 2
  [ 1 2 ... ]
  $ consumer-cli --max 3 short.bin
  [ 1 2 3 ]
  consumer-cli: short.bin: 2 trailing bytes ignored
  [1]
  $ cat short.bin | consumer-cli --max 3
  [ 1 2 3 ]
  consumer-cli: standard input: 2 trailing bytes ignored
  [1]
  $ consumer-cli --max 0 short.bin
  [ ... ]
  $ consumer-cli --max 0 single.bin
  [ ]
  consumer-cli: single.bin: 1 trailing byte ignored
  [1]
  $ consumer-cli --tail 1 short.bin
  [ 3 ]
  consumer-cli: short.bin: 2 trailing bytes ignored
  [1]
  $ consumer-cli --skip 3 short.bin
  [ ]
  consumer-cli: short.bin: 2 trailing bytes ignored
  [1]
  $ consumer-cli --step 2 --max 1 short.bin
  [ 1 ... ]
  $ consumer-cli --step 2 short.bin
  [ 1 3 ]
  consumer-cli: short.bin: 2 trailing bytes ignored
  [1]
  $ consumer-cli --step 3 --max 1 short.bin
  [ 1 ]
  consumer-cli: short.bin: 2 trailing bytes ignored
  [1]
  $ cat short.bin | consumer-cli --step 3 --max 1
  [ 1 ]
  consumer-cli: standard input: 2 trailing bytes ignored
  [1]
