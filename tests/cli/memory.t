What the program needs of its own is less than 16 MiB, however long the input
is, and whatever it looks at.

  $ limited () { (ulimit -d 16384; "$@"); }
  $ if ! limited consumer-cli --version > /dev/null 2>&1; then
  >   echo "consumer-cli needs too much memory (AddressSanitizer)" > "$SKIPPED"
  >   exit 80
  > fi
  $ if (ulimit -d 1024; consumer-cli /dev/zero --tail 1000000 --max 1) 2> small
  > then
  >   echo "the system does not limit memory" > "$SKIPPED"; exit 80
  > fi
  $ cat small
  consumer-cli: /dev/zero: not enough memory

A file of 256 MiB, of which each look needs all:

  $ truncate -s 256M big.bin
  $ printf '\001\000\000\000\000\000\360\277' |
  >   dd of=big.bin conv=notrunc status=none bs=8 seek=$(((1 << 25) - 1))
  $ limited consumer-cli big.bin --stats --quantiles=0,25,100
  count 67108864
  min -1074790400
  max 1
  mean -16.01562498509884
  std 131199.99902248383
  sum -1074790399
  q0 -1074790400.0
  q25 0.0
  q100 1.0
  $ limited consumer-cli big.bin -t float64 --stats --quantiles=50
  count 33554432
  nan 0
  inf 0
  min -1.0000000000000002
  max 0.0
  mean -2.980232238769532e-08
  std 0.0001726334889281825
  sum -1.0000000000000002
  q50 0.0
  $ limited consumer-cli big.bin -t float64 --histogram=2 -f csv --offset 128M
  low,high,count
  -1.0000000000000002,-0.5000000000000001,1
  -0.5000000000000001,0.0,16777215
  $ limited consumer-cli big.bin -f lines --offset 192M | uniq -c |
  >   awk '{ print $1, $2 }'
  16777214 0
  1 1
  1 -1074790400
  $ limited consumer-cli big.bin -t float64 -f json --offset 192M | wc -c
  41943057
  $ limited consumer-cli big.bin --info --tail 60000000 | grep count
  count 60000000

It is the same where there is no room to map the file, nor to keep all of it:

  $ limited () { (ulimit -d 16384; ulimit -v 200000; "$@"); }
  $ limited consumer-cli big.bin --stats | grep sum
  sum -1074790399
  $ limited consumer-cli big.bin -t float64 --tail 2
  [ 0.0 -1.0000000000000002 ]

From a pipe, too, if the elements need to be seen but once:

  $ cat big.bin | limited consumer-cli -t float64 --stats | grep sum
  sum -1.0000000000000002
  $ tail -c 64M big.bin | limited consumer-cli -f lines | tail -n 2
  1
  -1074790400
  $ cat big.bin | limited consumer-cli -t float64 --step 1000 -f raw | wc -c
  268440
  $ cat big.bin | limited consumer-cli --tail 1000000 --stats | grep sum
  sum -1074790399

What must be kept to be seen again is the exception that the manual names:

  $ cat big.bin | limited consumer-cli --quantiles=50
  consumer-cli: standard input: not enough memory
  [1]
  $ cat big.bin | limited consumer-cli --histogram
  consumer-cli: standard input: not enough memory
  [1]
