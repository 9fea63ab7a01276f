Files of NumPy.  The first is, byte for byte, what it writes by
numpy.save("m.npy", numpy.array([[1, 2, 3], [4, 5, 6]], "int16")).

  $ header () { printf '\223NUMPY\001\000v\000%-117s\n' "$1"; }
  $ numbers () { for n in "$@"; do printf "\\$(printf %o "$n")\\0"; done; }
  $ { header "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }"
  >   numbers 1 2 3 4 5 6; } > m.npy
  $ { header "{'descr': '<i2', 'fortran_order': True, 'shape': (2, 3), }"
  >   numbers 1 4 2 5 3 6; } > fortran.npy
  $ first () { "$@" 2>&1 | head -n 1; }

The header says what the elements are and how they lie:

  $ consumer-cli m.npy
  [ [ 1 2 3 ]
    [ 4 5 6 ] ]
  $ consumer-cli m.npy -f lines
  1 2 3
  4 5 6
  $ consumer-cli m.npy -f csv
  1,2,3
  4,5,6
  $ consumer-cli m.npy -f json
  [[1, 2, 3], [4, 5, 6]]
  $ consumer-cli m.npy -f hex
  0x0001 0x0002 0x0003
  0x0004 0x0005 0x0006
  $ consumer-cli m.npy -f lines -i
  0	1 2 3
  3	4 5 6

From a pipe it is the same, and in Fortran order as well:

  $ cat m.npy | consumer-cli
  [ [ 1 2 3 ]
    [ 4 5 6 ] ]
  $ consumer-cli fortran.npy
  [ [ 1 2 3 ]
    [ 4 5 6 ] ]
  $ cat fortran.npy | consumer-cli -f csv
  1,2,3
  4,5,6

A limit keeps the rows, other selections see the elements one behind the other:

  $ consumer-cli m.npy -n 4
  [ [ 1 2 3 ]
    [ 4 ... ] ]
  $ consumer-cli fortran.npy --skip 1
  [ 2 3 4 5 6 ]
  $ consumer-cli fortran.npy --skip 1 --step 2
  [ 2 4 6 ]
  $ consumer-cli fortran.npy --tail 2
  [ 5 6 ]
  $ cat fortran.npy | consumer-cli --tail 3 --step 2 -f lines -i
  3	4
  5	6
  $ consumer-cli m.npy -c 2
  1 2
  3 4
  5 6

What contradicts the header is bad data:

  $ consumer-cli m.npy -t int32
  consumer-cli: m.npy: the .npy header says int16, not int32
  [1]
  $ consumer-cli m.npy -t '>i2'
  consumer-cli: m.npy: the .npy header says little-endian, not big-endian
  [1]
  $ cat m.npy | consumer-cli -e big
  consumer-cli: standard input: the .npy header says little-endian, not big-endian
  [1]
  $ consumer-cli m.npy -t int16 -e little -n 1
  [ [ 1 ... ] ]
  $ consumer-cli m.npy -t i2 -n 1 -f lines
  1

The bytes themselves, and what is no .npy file:

  $ consumer-cli --from=raw -t uint8 m.npy -n 8
  [ 147 78 85 77 80 89 1 0 ... ]
  $ consumer-cli --from=raw -t int16 m.npy --offset 128
  [ 1 2 3 4 5 6 ]
  $ seq 10 > text
  $ consumer-cli --from=npy text
  consumer-cli: text: * (glob)
  [1]
  $ cat text | consumer-cli --from=npy
  consumer-cli: standard input: * (glob)
  [1]

Behind another header it is recognised too:

  $ { printf 'abc'; cat m.npy; } > behind
  $ consumer-cli --offset 3 behind -f lines
  1 2 3
  4 5 6
  $ cat behind | consumer-cli --offset 3 -f lines
  1 2 3
  4 5 6

Data that are too long, or too short:

  $ { cat m.npy; printf 'xyz'; } > long.npy
  $ consumer-cli long.npy -f lines
  1 2 3
  4 5 6
  consumer-cli: long.npy: 3 trailing bytes ignored
  [1]
  $ consumer-cli long.npy -f lines --trailing=ignore
  1 2 3
  4 5 6
  $ consumer-cli long.npy -f lines -n 3
  1 2 3
  $ head -c 137 m.npy > short.npy
  $ consumer-cli short.npy -f lines
  1 2 3
  4
  consumer-cli: short.npy: the data end after 4 of 6 elements
  [1]
  $ consumer-cli short.npy
  [ [ 1 2 3 ]
    [ 4 ] ]
  consumer-cli: short.npy: the data end after 4 of 6 elements
  [1]
  $ cat short.npy | consumer-cli -f csv
  1,2,3
  4
  consumer-cli: standard input: the data end after 4 of 6 elements
  [1]
  $ consumer-cli short.npy -n 4 -f lines
  1 2 3
  4
  $ head -c 137 fortran.npy > short-fortran.npy
  $ consumer-cli short-fortran.npy > out
  consumer-cli: short-fortran.npy: * (glob)
  [1]
  $ cat out

What a damaged file is can be told all the same.  (That it is damaged used to be
kept secret in Fortran order, of a row in a file and of a matrix in a pipe; and
of a matrix in a file nothing else was told.)

  $ info () { consumer-cli --info "$@" | grep -E 'shape|count'; }
  $ info short.npy
  consumer-cli: short.npy: the data end after 4 of 6 elements
  shape (2, 3)
  count 4
  $ cat short.npy | info
  consumer-cli: standard input: the data end after 4 of 6 elements
  shape (2, 3)
  count 4
  $ info short-fortran.npy
  consumer-cli: short-fortran.npy: the data end after 4 of 6 elements
  shape (2, 3)
  count 4
  $ cat short-fortran.npy | info
  consumer-cli: standard input: the data end after 4 of 6 elements
  shape (2, 3)
  count 4
  $ { header "{'descr': '<i2', 'fortran_order': True, 'shape': (6,), }"
  >   numbers 1 2 3 4; } > short-row.npy
  $ info short-row.npy
  consumer-cli: short-row.npy: the data end after 4 of 6 elements
  shape (6,)
  count 4

No dimensions, and none of a length:

  $ { header "{'descr': '<i2', 'fortran_order': False, 'shape': (), }"
  >   numbers 7; } | consumer-cli
  7
  $ header "{'descr': '<i2', 'fortran_order': False, 'shape': (3, 0), }" |
  >   consumer-cli
  [ ]

Saving, and back:

  $ consumer-cli m.npy -f npy | cmp - m.npy
  $ consumer-cli m.npy -f npy -n 3 | consumer-cli
  [ 1 2 3 ]
  $ consumer-cli fortran.npy -f npy | consumer-cli -f csv
  1,2,3
  4,5,6
  $ consumer-cli m.npy -f raw | od -An -v -td2
        1      2      3      4      5      6
  $ printf '\000\001\000\002' > big.raw
  $ consumer-cli -t '>i2' big.raw -f npy -o big.npy
  $ consumer-cli big.npy
  [ 1 2 ]
  $ consumer-cli big.npy --info | grep order
  fortran_order False
  byte_order big
  $ printf 'a' | consumer-cli -t char -f npy -o char.npy
  $ consumer-cli char.npy --info | grep type
  type uint8

The number of elements stands at the front, and a pipe tells it last:

  $ cat big.raw | consumer-cli -t '>i2' -f npy -o pipe.npy && cmp big.npy pipe.npy
  $ cat big.raw | consumer-cli -t '>i2' -f npy > redirected.npy
  $ cmp big.npy redirected.npy
  $ consumer-cli -f npy /dev/null -o none.npy && consumer-cli none.npy
  [ ]
  $ cat big.raw | consumer-cli -t '>i2' -f npy | cat
  consumer-cli: * (glob)
  $ echo kept > appended
  $ cat big.raw | consumer-cli -t '>i2' -f npy >> appended
  consumer-cli: * (glob)
  [1]
  $ cat appended
  kept

What is written next to an output that is longer already follows the array,
and not what the file had before (as it used to):

  $ head -c 1000 /dev/zero > longer
  $ { cat big.raw | consumer-cli -t '>i2' -f npy; printf next; } 1<> longer
  $ { cat big.npy; printf next; } | cmp -n $(($(wc -c < big.npy) + 4)) - longer
  $ wc -c < longer
  1000

Of nothing it is known all the same, which used to be refused:

  $ : > empty
  $ consumer-cli -f npy empty | cmp - none.npy
  $ consumer-cli -f npy < /dev/null | cmp - none.npy
  $ true | consumer-cli --from raw -f npy | cmp - none.npy

A slow pipe of something else is not kept waiting for a header:

  $ (printf '\001\0\0\0'; sleep 1; echo later >> order; printf '\002\0\0\0') |
  > consumer-cli -f lines | while read -r n; do echo "$n" >> order; done
  $ cat order
  1
  later
  2

A summary takes the elements as they lie:

  $ consumer-cli fortran.npy --stats
  count 6
  min 1
  max 6
  mean 3.5
  std 1.707825127659933
  sum 21
  $ cat fortran.npy | consumer-cli --stats | tail -n 1
  sum 21
  $ consumer-cli fortran.npy --skip 2 --stats | tail -n 1
  sum 18
