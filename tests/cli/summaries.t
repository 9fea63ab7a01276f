Summaries: --info, --stats, --quantiles and --histogram.

  $ for n in $(seq 20); do printf "\\$(printf %o "$n")\\0\\0\\0"; done > data.bin
  $ printf '\000\000\300\177\000\000\200\377\000\000\000\077' > special.f32
  $ first () { "$@" 2>&1 | head -n 1; }

What the file is:

  $ consumer-cli data.bin --info
  format raw
  type int32
  byte_order little
  itemsize 4
  shape (20,)
  count 20
  bytes 80
  trailing_bytes 0
  $ consumer-cli data.bin --info -f csv
  name,value
  format,raw
  type,int32
  byte_order,little
  itemsize,4
  shape,"(20,)"
  count,20
  bytes,80
  trailing_bytes,0
  $ consumer-cli data.bin --info -f json
  {"format": "raw", "type": "int32", "byte_order": "little", "itemsize": 4, "shape": [20], "count": 20, "bytes": 80, "trailing_bytes": 0}

Bytes left over are a line of it, which says what otherwise is a warning:

  $ { cat data.bin; printf abc; } > odd.bin
  $ consumer-cli odd.bin --info | tail -n 2
  bytes 80
  trailing_bytes 3
  $ consumer-cli odd.bin --stats > out
  consumer-cli: odd.bin: 3 trailing bytes ignored
  [1]

With --stats, whose count leaves out NaN, there is one count.  (There were two of
them, and json.load() kept the second.)

  $ consumer-cli -t float32 special.f32 --info --stats | tail -n 10
  bytes 12
  trailing_bytes 0
  count 2
  nan 1
  inf 1
  min -inf
  max 0.5
  mean -inf
  std nan
  sum -inf

It is of the selection:

  $ consumer-cli data.bin --info --skip 1 --step 4 -n 3 | grep -E 'shape|count|bytes'
  shape (3,)
  count 3
  bytes 12
  trailing_bytes 0
  $ cat data.bin | consumer-cli --info --tail 3 | grep -E 'shape|count|bytes'
  shape (3,)
  count 3
  bytes 12
  trailing_bytes 0
  $ consumer-cli -t uint8 --info /dev/null
  format raw
  type uint8
  byte_order none
  itemsize 1
  shape (0,)
  count 0
  bytes 0
  trailing_bytes 0

With a header:

  $ { printf '\223NUMPY\001\000v\000%-117s\n' \
  >     "{'descr': '>f2', 'fortran_order': True, 'shape': (2, 1), }"
  >   printf '\074\000\300\000'; } > m.npy
  $ consumer-cli m.npy --info
  format npy
  npy_version 1.0
  header_bytes 128
  fortran_order True
  type float16
  byte_order big
  itemsize 2
  shape (2, 1)
  count 2
  bytes 4
  trailing_bytes 0
  $ consumer-cli m.npy --info -f json
  {"format": "npy", "npy_version": "1.0", "header_bytes": 128, "fortran_order": true, "type": "float16", "byte_order": "big", "itemsize": 2, "shape": [2, 1], "count": 2, "bytes": 4, "trailing_bytes": 0}

Exact numbers:

  $ consumer-cli data.bin --stats
  count 20
  min 1
  max 20
  mean 10.5
  std 5.766281297335398
  sum 210
  $ consumer-cli data.bin --stats --tail 2 -f json
  {"count": 2, "min": 19, "max": 20, "mean": 19.5, "std": 0.5, "sum": 39}
  $ consumer-cli -t float32 special.f32 --stats
  count 2
  nan 1
  inf 1
  min -inf
  max 0.5
  mean -inf
  std nan
  sum -inf
  $ consumer-cli -t float32 special.f32 --stats -f json
  {"count": 2, "nan": 1, "inf": 1, "min": null, "max": 0.5, "mean": null, "std": null, "sum": null}
  $ consumer-cli /dev/null --stats
  count 0
  min -
  max -
  mean -
  std -
  sum 0
  $ consumer-cli /dev/null --stats -t float64 -f json
  {"count": 0, "nan": 0, "inf": 0, "min": null, "max": null, "mean": null, "std": null, "sum": 0.0}
  $ consumer-cli /dev/null -t bool --stats -f csv
  name,value
  count,0
  min,-
  max,-
  mean,-
  std,-
  sum,0
  $ printf '\001\000\377' | consumer-cli -t bool --stats
  count 3
  min False
  max True
  mean 0.6666666666666666
  std 0.4714045207910317
  sum 2

Where 64 bits are not enough:

  $ ff () { head -c "$1" /dev/zero | tr '\0' '\377'; }
  $ ff 32 | consumer-cli -t uint64 --stats
  count 4
  min 18446744073709551615
  max 18446744073709551615
  mean 1.8446744073709552e+19
  std 0.0
  sum 73786976294838206460
  $ printf '\0\0\0\0\0\0\0\200\0\0\0\0\0\0\0\200\0\0\0\0\0\0\0\200' |
  >   consumer-cli -t int64 --stats | tail -n 1
  sum -27670116110564327424
  $ printf '\0\0\0\0\0\0\0\200\0\0\0\0\0\0\0\200' |
  >   consumer-cli -t int64 --stats -f json
  {"count": 2, "min": -9223372036854775808, "max": -9223372036854775808, "mean": -9.223372036854776e+18, "std": 0.0, "sum": -18446744073709551616}

Quantiles, named as they were asked for:

  $ consumer-cli data.bin --quantiles=0,2.5,50,100
  q0 1.0
  q2.5 1.475
  q50 10.5
  q100 20.0
  $ cat data.bin | consumer-cli --quantiles 50 --tail 3
  q50 19.0
  $ consumer-cli data.bin --quantiles=25,75 -f json
  {"q25": 5.75, "q75": 15.25}
  $ consumer-cli /dev/null --quantiles=25,75
  q25 -
  q75 -
  $ consumer-cli data.bin --stats --quantiles=50 -f csv
  name,value
  count,20
  min,1
  max,20
  mean,10.5
  std,5.766281297335398
  sum,210
  q50,10.5

A histogram: lower edge, upper edge, number, bar.

  $ consumer-cli data.bin --histogram=4 -f csv
  low,high,count
  1.0,5.75,5
  5.75,10.5,5
  10.5,15.25,5
  15.25,20.0,5
  $ consumer-cli data.bin --histogram=4 -n 13
   1.0  4.0 3 ##################################################
   4.0  7.0 3 ##################################################
   7.0 10.0 3 ##################################################
  10.0 13.0 4 ###################################################################
  $ consumer-cli data.bin --histogram=2 -f json
  {"edges": [1.0, 10.5, 20.0], "counts": [10, 10], "nan": 0, "negative_infinities": 0, "positive_infinities": 0}
  $ consumer-cli -t float32 special.f32 --histogram=2
  0.0 0.5 0
  0.5 1.0 1 #####################################################################
  -inf -inf 1
  nan nan 1
  $ consumer-cli data.bin --histogram | wc -l
  20

Of two the last one counts, which used to have the bins of the first; and a
number of bins that is empty used to be none:

  $ consumer-cli data.bin --histogram=5 --histogram | wc -l
  20
  $ consumer-cli data.bin --histogram= 2>&1 | head -n 1
  consumer-cli: invalid --histogram '': expected a positive integer
  $ cat data.bin | consumer-cli --histogram | cksum > piped
  $ consumer-cli data.bin --histogram | cksum | cmp - piped

Wrong usage:

  $ consumer-cli data.bin --quantiles=101
  consumer-cli: invalid --quantiles '101': expected percentages from 0 to 100, such as 1,50,99
  Try 'consumer-cli --help' for more information.
  [2]
  $ for value in '' , 1, ,1 1,,2 -1 +1 1e1 nan .5 5. 100.01 0x10 '1 ' ' 1' 1,5x; do
  >   first consumer-cli data.bin "--quantiles=$value"
  > done | sort | uniq -c | wc -l
  16
  $ first consumer-cli data.bin --quantiles=50,5,50.0
  consumer-cli: invalid --quantiles '50,5,50.0': expected each percentage once
  $ first consumer-cli data.bin --quantiles=50.000000000000000000000000
  consumer-cli: invalid --quantiles '50.000000000000000000000000': expected percentages from 0 to 100, such as 1,50,99
  $ first consumer-cli data.bin --quantiles="$(seq -s, 0 100)"
  consumer-cli: invalid --quantiles '0,1,2,3,4,5,6,7,8,9,10,*': expected at most 100 percentages (glob)
  $ first consumer-cli data.bin --histogram=0
  consumer-cli: invalid --histogram '0': expected a positive integer
  $ first consumer-cli data.bin --histogram=100001
  consumer-cli: invalid --histogram '100001': expected at most 100000 bins
  $ first consumer-cli data.bin --histogram --stats
  consumer-cli: --histogram and --stats exclude each other
  $ first consumer-cli data.bin --stats -f hex
  consumer-cli: invalid --format 'hex' with --stats: expected lines, csv or json
  $ first consumer-cli data.bin --info --index
  consumer-cli: --index and --info exclude each other

What cannot be read has no summary:

  $ consumer-cli nosuch.bin --stats
  consumer-cli: nosuch.bin: No such file or directory
  [1]
  $ consumer-cli data.bin --skip 21 --stats
  consumer-cli: data.bin: --skip 21 is past the end (20 elements)
  [1]
  $ consumer-cli data.bin --stats > /dev/full
  consumer-cli: write error: No space left on device
  [1]
