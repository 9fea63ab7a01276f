How to print: the formats, rows of a given length, and numbers of elements.

  $ for n in $(seq 20); do printf "\\$(printf %o "$n")\\0\\0\\0"; done > data.bin
  $ first () { "$@" 2>&1 | head -n 1; }

The text formats:

  $ consumer-cli data.bin -n 3 -f array
  [ 1 2 3 ... ]
  $ consumer-cli data.bin -n 3 -f lines
  1
  2
  3
  $ consumer-cli data.bin -n 3 -f csv
  1
  2
  3
  $ consumer-cli data.bin -n 3 -f json
  [1, 2, 3]
  $ consumer-cli data.bin -n 3 -f hex
  0x00000001
  0x00000002
  0x00000003

Without elements only the two that have brackets print anything:

  $ for format in array lines csv json hex; do
  >   echo "$format: $(consumer-cli -f $format /dev/null)"
  > done
  array: [ ]
  lines: 
  csv: 
  json: []
  hex: 

Hexadecimal digits are the value's, whatever the byte order of the file, and as
many as its bytes have:

  $ printf '\001\200\377\376' | consumer-cli -f hex -t '>i2'
  0x0180
  0xfffe
  $ printf '\001\200\377\376' | consumer-cli -f hex -t '<i2'
  0x8001
  0xfeff
  $ printf '\001\200' | consumer-cli -f hex -t bool
  0x01
  0x80
  $ printf '\000\000\200\077' | consumer-cli -f hex -t float32
  0x3f800000
  $ printf '\001\002\003\004\005\006\007\010' | consumer-cli -f hex -t uint64
  0x0807060504030201

JSON knows neither nan nor inf, and spells truth in its own way:

  $ printf '\000\000\300\177\000\000\200\377\000\000\000\077' > special.f32
  $ consumer-cli -t float32 special.f32
  [ nan -inf 0.5 ]
  $ consumer-cli -t float32 -f json special.f32
  [null, null, 0.5]
  $ consumer-cli -t float32 -f csv special.f32
  nan
  -inf
  0.5
  $ printf '\000\001' | consumer-cli -t bool -f json
  [false, true]
  $ printf '\000\001' | consumer-cli -t bool -f csv
  False
  True
  $ printf '\377\377\377\377\377\377\377\377' | consumer-cli -t uint64 -f json
  [18446744073709551615]

Rows of so many elements; the last may be short:

  $ consumer-cli data.bin --columns 8
  1 2 3 4 5 6 7 8
  9 10 11 12 13 14 15 16
  17 18 19 20
  $ consumer-cli data.bin -c 8 -f csv
  1,2,3,4,5,6,7,8
  9,10,11,12,13,14,15,16
  17,18,19,20
  $ consumer-cli data.bin -c 10 -f hex -n 3
  0x00000001 0x00000002 0x00000003
  $ consumer-cli data.bin -c 1 -n 2
  1
  2
  $ consumer-cli data.bin -c 18446744073709551615 -n 4 -f csv
  1,2,3,4
  $ cat data.bin | consumer-cli -c 7 -f csv
  1,2,3,4,5,6,7
  8,9,10,11,12,13,14
  15,16,17,18,19,20
  $ consumer-cli -c 7 /dev/null

The rows are of what was selected:

  $ consumer-cli data.bin --skip 1 --step 3 -c 3
  2 5 8
  11 14 17
  20

The number of each row's first element, in the file:

  $ consumer-cli data.bin --index -n 3
  0	1
  1	2
  2	3
  $ consumer-cli data.bin -i -c 8
  0	1 2 3 4 5 6 7 8
  8	9 10 11 12 13 14 15 16
  16	17 18 19 20
  $ consumer-cli data.bin -i -c 3 --skip 2 --step 2 -f csv
  2	3,5,7
  8	9,11,13
  14	15,17,19
  $ consumer-cli data.bin -i --tail 2
  18	19
  19	20
  $ cat data.bin | consumer-cli -i --tail 2
  18	19
  19	20
  $ cat data.bin | consumer-cli -i --skip 17 -f hex
  17	0x00000012
  18	0x00000013
  19	0x00000014
  $ consumer-cli --offset 4 data.bin -i -n 1
  0	2

A limit shows in the array format alone:

  $ consumer-cli data.bin -n 4 -c 3
  1 2 3
  4

What does not fit together:

  $ consumer-cli data.bin -c 0
  consumer-cli: invalid --columns '0': expected a positive integer
  Try 'consumer-cli --help' for more information.
  [2]
  $ first consumer-cli data.bin -c 4 -f array
  consumer-cli: invalid --format 'array' with --columns: expected lines, csv or hex
  $ first consumer-cli data.bin -c 4 -f json
  consumer-cli: invalid --format 'json' with --columns: expected lines, csv or hex
  $ first consumer-cli data.bin -i -f raw
  consumer-cli: invalid --format 'raw' with --index: expected lines, csv or hex
  $ first consumer-cli data.bin -i -f array
  consumer-cli: invalid --format 'array' with --index: expected lines, csv or hex
  $ first consumer-cli data.bin -c 4 --stats
  consumer-cli: --columns and --stats exclude each other

The bytes as they are, in part or whole:

  $ consumer-cli data.bin -f raw | cmp - data.bin
  $ consumer-cli data.bin -f raw --skip 5 -n 2 | od -An -v -td4
             6           7
  $ consumer-cli data.bin -f raw --step 9 | od -An -v -td4
             1          10          19
  $ printf '\001\002\003\004' | consumer-cli -t '>i2' -f raw | od -An -v -tu1
     1   2   3   4
  $ consumer-cli -f raw /dev/null

At a terminal they would do harm:

  $ command -v script > /dev/null || exit 80
  $ script -qec 'consumer-cli -f raw data.bin' /dev/null | tr -d '\r'
  consumer-cli: --format=raw is not for a terminal: give --output=FILE
  Try 'consumer-cli --help' for more information.
  $ script -qec 'consumer-cli -f npy data.bin' /dev/null | tr -d '\r' | head -n 1
  consumer-cli: --format=npy is not for a terminal: give --output=FILE

Also by another name; but help is help:

  $ script -qec 'consumer-cli -f raw data.bin -o /dev/tty' /dev/null | tr -d '\r' | head -n 1
  consumer-cli: --format=raw is not for a terminal: give --output=FILE
  $ script -qec 'consumer-cli -f raw --version' /dev/null | tr -d '\r'
  consumer-cli [0-9.]+ (re)
