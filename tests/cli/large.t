A file of 8 GiB, nearly all of it a hole: more than the sizes of a machine with 32
bits can say, or its programs map, so that these read it from where it begins.
tests/cli/large_mapped.t has the parts that they map.

  $ if ! truncate -s 8G large.bin 2> /dev/null; then
  >   echo "the file system has no files of 8 GiB" > "$SKIPPED"; exit 80
  > fi
  $ put () { printf "$2" | dd of=large.bin conv=notrunc bs=4 seek=$1 status=none; }
  $ put 0 '\001\000\000\000'
  $ put $(((1 << 30) - 1)) '\002\000\000\000\003\000\000\000'
  $ put $(((1 << 31) - 1)) '\004\000\000\000'

  $ consumer-cli large.bin --max 2
  [ 1 0 ... ]
  $ consumer-cli large.bin -f lines -i --skip $(((1 << 30) - 1)) | head -n 3
  1073741823\t2 (esc)
  1073741824\t3 (esc)
  1073741825\t0 (esc)
  $ consumer-cli large.bin -f lines --offset $(((1 << 32) - 4)) | head -n 3
  2
  3
  0
  $ consumer-cli -t int64 large.bin -f lines --offset 4G | head -n 2
  3
  0
  $ (dd bs=1M skip=4095 count=0 status=none && consumer-cli --skip 262143) \
  >   < large.bin | head -c 9
  [ 2 3 0 0 (no-eol)

A long step used to read what it left out.

  $ timeout 20 consumer-cli large.bin --step $((1 << 29)) -f lines -i
  0\t1 (esc)
  536870912\t0 (esc)
  1073741824\t3 (esc)
  1610612736\t0 (esc)

  $ consumer-cli large.bin --offset $(((1 << 33) + 1))
  consumer-cli: large.bin: --offset 8589934593 is past the end (8589934592 bytes)
  [1]
  $ consumer-cli large.bin --skip $(((1 << 31) + 1))
  consumer-cli: large.bin: --skip 2147483649 is past the end (2147483648 elements)
  [1]
