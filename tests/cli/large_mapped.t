The end of a file of more than 8 GiB, which is mapped on machines with 32 bits too.

  $ if ! truncate -s 8G large.bin 2> /dev/null; then
  >   echo "the file system has no files of 8 GiB" > "$SKIPPED"; exit 80
  > fi
  $ put () { printf "$2" | dd of=large.bin conv=notrunc bs=4 seek=$1 status=none; }
  $ put 0 '\001\000\000\000'
  $ put $(((1 << 30) - 1)) '\002\000\000\000\003\000\000\000'
  $ put $(((1 << 31) - 1)) '\004\000\000\000'

  $ consumer-cli large.bin --tail 2
  [ 0 4 ]
  $ consumer-cli large.bin --skip $(((1 << 31) - 2))
  [ 0 4 ]
  $ consumer-cli large.bin --skip $(((1 << 30) - 1)) --max 3
  [ 2 3 0 ... ]
  $ consumer-cli large.bin --offset 4G --max 2
  [ 3 0 ... ]
  $ consumer-cli large.bin --offset 4G --tail 1 --stats | tail -n 1
  sum 4
  $ consumer-cli -t int64 large.bin --offset 4294967292 --max 1
  [ 12884901890 ... ]
  $ (dd bs=1M skip=8191 count=0 status=none && consumer-cli --skip 262143) < large.bin
  [ 4 ]

  $ printf '\223NUMPY\001\000v\000%-117s\n\005\000\000\000\006\000\000\000' \
  >   "{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }" >> large.bin
  $ consumer-cli large.bin --offset 8G
  [ 5 6 ]

(As many bytes as 32 bits cannot count used to be none to a 32-bit machine.)

  $ truncate -s $(((12 << 30) + 136)) large.bin
  $ consumer-cli large.bin --offset 8G
  [ 5 6 ]
  consumer-cli: large.bin: 4294967296 trailing bytes ignored
  [1]
