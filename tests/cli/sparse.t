A file of 1 TiB, nearly all of it a hole: what is asked for is there at once,
because nothing else is read.

  $ if ! truncate -s 1T huge.bin 2> /dev/null; then
  >   echo "the file system has no files of 1 TiB" > "$SKIPPED"; exit 80
  > fi
  $ printf '\001\000\000\000\002\000\000\000' |
  >   dd of=huge.bin conv=notrunc status=none
  $ printf '\003\000\000\000\004\000\000\000' |
  >   dd of=huge.bin conv=notrunc status=none bs=8 seek=$((1 << 36))
  $ printf '\005\000\000\000\006\000\000\000' |
  >   dd of=huge.bin conv=notrunc status=none bs=8 seek=$(((1 << 37) - 1))

  $ consumer-cli huge.bin --max 10
  [ 1 2 0 0 0 0 0 0 0 0 ... ]
  $ consumer-cli huge.bin --tail 3
  [ 0 5 6 ]
  $ consumer-cli huge.bin --skip $((1 << 37)) --max 3
  [ 3 4 0 ... ]
  $ consumer-cli huge.bin --skip $(((1 << 38) - 2))
  [ 5 6 ]
  $ consumer-cli huge.bin --step $((1 << 37))
  [ 1 3 ]
  $ consumer-cli huge.bin --skip 1 --step $((1 << 37))
  [ 2 4 ]
  $ consumer-cli huge.bin --offset 512G --max 2
  [ 3 4 ... ]
  $ consumer-cli huge.bin --offset 1023G --tail 2
  [ 5 6 ]
  $ consumer-cli huge.bin --offset 1T
  [ ]
  $ consumer-cli huge.bin --offset $(((1 << 40) + 1))
  consumer-cli: huge.bin: --offset 1099511627777 is past the end (1099511627776 bytes)
  [1]
  $ consumer-cli huge.bin --skip $(((1 << 38) + 1))
  consumer-cli: huge.bin: --skip 274877906945 is past the end (274877906944 elements)
  [1]
  $ consumer-cli --max 2 < huge.bin
  [ 1 2 ... ]
  $ consumer-cli --tail 2 < huge.bin
  [ 5 6 ]
  $ consumer-cli -t float64 -f lines huge.bin --tail 1 --offset 4 --trailing ignore
  1.0609978955e-313

A pipe from it ends early too:

  $ cat huge.bin | consumer-cli --max 2
  [ 1 2 ... ]

What it is and how much of it is known without a look:

  $ consumer-cli huge.bin --info | grep -E 'count|bytes'
  count 274877906944
  bytes 1099511627776
  trailing_bytes 0
  $ consumer-cli huge.bin --info --skip 4 --step $((1 << 37)) | grep count
  count 2

The same with a header of NumPy's, in C order and in Fortran order, where the
second column begins in the middle:

  $ header () {
  >   printf '\223NUMPY\001\000v\000%-117s\n' \
  >     "{'descr': '<i4', 'fortran_order': $1, 'shape': $2, }" |
  >     dd of=huge.bin conv=notrunc status=none
  > }
  $ header False '(274877906912,)'
  $ consumer-cli huge.bin --info | grep -E 'format|shape|count|bytes'
  format npy
  header_bytes 128
  shape (274877906912,)
  count 274877906912
  bytes 1099511627648
  trailing_bytes 0
  $ consumer-cli huge.bin --tail 3
  [ 0 5 6 ]
  $ consumer-cli huge.bin --skip $(((1 << 37) - 32)) --max 3
  [ 3 4 0 ... ]
  $ consumer-cli huge.bin --skip 274877906910
  [ 5 6 ]
  $ consumer-cli huge.bin --skip 274877906913
  consumer-cli: huge.bin: --skip 274877906913 is past the end (274877906912 elements)
  [1]
  $ consumer-cli huge.bin --offset 0 --step $((1 << 37)) -f json
  [0, 0]

The last one used to be read from the first byte to the last, for --info alone:

  $ header True '(137438953456, 2)'
  $ consumer-cli huge.bin --info | grep -E 'order|shape|count|bytes'
  header_bytes 128
  fortran_order True
  byte_order little
  shape (137438953456, 2)
  count 274877906912
  bytes 1099511627648
  trailing_bytes 0
  $ consumer-cli huge.bin --info --skip 4 --step $((1 << 37)) | grep -E 'shape|count'
  shape (2,)
  count 2
  $ consumer-cli huge.bin --tail 4
  [ 0 5 0 6 ]
  $ consumer-cli huge.bin --skip 1 --max 1
  [ 0 ... ]
  $ consumer-cli huge.bin --skip 31 --max 1 -i -f lines
  31	0

A large step does not fetch what it leaves out.  (It used to read everything.)

  $ timeout 20 consumer-cli huge.bin --step=100000000000 -f lines -i
  0	0
  100000000000	0
  200000000000	0
  $ timeout 20 consumer-cli huge.bin --step=10000000000 --skip 1 --stats | head -n 1
  count 28

The largest file that there can be here, which need not fit into an address space
(ext4 has up to 16 TiB, tmpfs up to 8 EiB):

  $ for folder in . /dev/shm; do
  >   largest=$folder/consumer-cli-$$.bin
  >   for size in 8191P 100T 15T 1T; do
  >     truncate -s $size $largest 2> /dev/null && break
  >   done
  >   test -s $largest || largest=huge.bin
  >   consumer-cli $largest --skip 32 --max 3
  >   consumer-cli $largest --tail 2 | wc -w
  >   consumer-cli $largest --offset 1023G --skip 1000 --max 2
  >   consumer-cli $largest --max 3 --stats --skip 32 | grep sum
  >   test $largest = huge.bin || rm $largest
  > done
  [ 0 0 0 ... ]
  4
  [ 0 0 ... ]
  sum 0
  [ 0 0 0 ... ]
  4
  [ 0 0 ... ]
  sum 0
