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
