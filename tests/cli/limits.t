Where there is no room to map a file it is read, and the output is the same.

  $ limited () { (ulimit -v 200000; "$@"); }
  $ if ! limited consumer-cli --version > /dev/null 2>&1; then
  >   echo "consumer-cli needs too much address space (AddressSanitizer)" \
  >     > "$SKIPPED"
  >   exit 80
  > fi

512 MiB, nearly all of it a hole:

  $ truncate -s 512M big.bin
  $ printf '\001\000\000\000\002\000\000\000' |
  >   dd of=big.bin conv=notrunc status=none
  $ printf '\005\000\000\000\006\000\000\000' |
  >   dd of=big.bin conv=notrunc status=none bs=8 seek=$(((1 << 26) - 1))

  $ limited consumer-cli big.bin --max 3
  [ 1 2 0 ... ]
  $ limited consumer-cli big.bin --skip $(((1 << 27) - 2))
  [ 5 6 ]
  $ limited consumer-cli big.bin --offset 536870907 --trailing ignore
  [ 1536 ]
  $ limited consumer-cli big.bin --step $(((1 << 27) - 1))
  [ 1 6 ]
  $ limited consumer-cli big.bin --tail 2
  [ 5 6 ]
  $ limited consumer-cli big.bin --skip $((1 << 27))
  [ ]
  $ limited consumer-cli big.bin --skip $(((1 << 27) + 1))
  consumer-cli: big.bin: --skip 134217729 is past the end (134217728 elements)
  [1]
  $ limited consumer-cli big.bin --offset 512M
  [ ]
  $ limited consumer-cli big.bin --offset 1G
  consumer-cli: big.bin: --offset 1073741824 is past the end (536870912 bytes)
  [1]
  $ limited consumer-cli --max 2 < big.bin
  [ 1 2 ... ]

What is asked of the size of a file needs no memory, nor reads the file:

  $ limited consumer-cli big.bin --tail 60000000 --max 3
  [ 0 0 0 ... ]
  $ limited consumer-cli big.bin --tail 60000000 -f raw | tail -c 8 |
  >   od -An -tx1
   05 00 00 00 06 00 00 00
  $ truncate -s 1T huge.bin
  $ limited consumer-cli huge.bin --info --offset 1 --skip 7
  format raw
  type int32
  byte_order little
  itemsize 4
  shape (274877906936,)
  count 274877906936
  bytes 1099511627744
  trailing_bytes 3

More than there is memory for:

  $ cat big.bin | limited consumer-cli --tail 60000000
  consumer-cli: standard input: not enough memory
  [1]

Room for one thread to print but not for several is no reason to print nothing
(there used to be limits at which more memory made it fail); and what lacks
memory is not a write error:

  $ truncate -s 4M zeros.bin
  $ consumer-cli zeros.bin -f lines > zeros.txt
  $ for kib in $(seq 9000 500 16000); do
  >   (ulimit -v $kib; consumer-cli zeros.bin -f lines) | cmp - zeros.txt
  > done

Also if their text turns out longer than a thread has room for:

  $ yes "$(printf '\001\002\003\004\005\006\207')" | head -c 4M > long.bin
  $ consumer-cli -t float64 long.bin -f lines -i | tee long.txt | tail -n 1
  524287\t5.989703635867576e-258 (esc)
  $ for kib in $(seq 9000 250 16000); do
  >   (ulimit -v $kib; consumer-cli -t float64 long.bin -f lines -i) |
  >     cmp - long.txt
  > done
  $ for kib in $(seq 3000 250 9000); do
  >   (ulimit -v $kib; consumer-cli zeros.bin --quantiles 50 2>&1)
  > done | sort -u | grep zeros
  consumer-cli: zeros.bin: not enough memory

A pipe needs no more memory the longer it is:

  $ cat big.bin | limited consumer-cli --step $(((1 << 27) - 1))
  [ 1 6 ]
