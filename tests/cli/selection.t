Which elements are printed: offset first, then skip or tail, then step, then
max.  The file holds the int32 numbers 1 to 20, 80 bytes:

  $ for n in $(seq 20); do printf "\\$(printf %o "$n")\\0\\0\\0"; done > data.bin

Skip leaves out elements at the start:

  $ consumer-cli data.bin --skip 15
  [ 16 17 18 19 20 ]
  $ consumer-cli data.bin -s 15 -n 2
  [ 16 17 ... ]
  $ cat data.bin | consumer-cli -s 15 -n 2
  [ 16 17 ... ]
  $ consumer-cli data.bin --skip 0 -n 2
  [ 1 2 ... ]

Skipping all of them is fine, one more is an error, on a pipe too:

  $ consumer-cli data.bin --skip 20
  [ ]
  $ cat data.bin | consumer-cli --skip 20
  [ ]
  $ consumer-cli data.bin --skip 21
  consumer-cli: data.bin: --skip 21 is past the end (20 elements)
  [1]
  $ cat data.bin | consumer-cli --skip 21
  consumer-cli: standard input: --skip 21 is past the end (20 elements)
  [1]
  $ consumer-cli data.bin -f lines --skip 4000000000000000000
  consumer-cli: data.bin: --skip 4000000000000000000 is past the end (20 elements)
  [1]
  $ cat data.bin | consumer-cli -f lines --skip 18446744073709551615
  consumer-cli: standard input: --skip 18446744073709551615 is past the end (20 elements)
  [1]

Tail takes elements at the end, or all if there are not as many:

  $ consumer-cli data.bin --tail 3
  [ 18 19 20 ]
  $ cat data.bin | consumer-cli --tail 3
  [ 18 19 20 ]
  $ consumer-cli data.bin --tail 0
  [ ]
  $ cat data.bin | consumer-cli --tail 0
  [ ]
  $ consumer-cli data.bin --tail 20 | wc -w
  22
  $ consumer-cli data.bin --tail 18446744073709551615 | wc -w
  22
  $ cat data.bin | consumer-cli --tail 100 | wc -w
  22

Step takes the first of every so many, so this is channel 1 of 4:

  $ consumer-cli data.bin --skip 1 --step 4
  [ 2 6 10 14 18 ]
  $ cat data.bin | consumer-cli --skip 1 --step 4
  [ 2 6 10 14 18 ]
  $ consumer-cli data.bin --step 1 --tail 2
  [ 19 20 ]
  $ consumer-cli data.bin --step 20
  [ 1 ]
  $ consumer-cli data.bin --step 18446744073709551615
  [ 1 ]
  $ cat data.bin | consumer-cli --step 18446744073709551615
  [ 1 ]

Max counts what is left then; elements that the step passes over are not missed:

  $ consumer-cli data.bin --tail 10 --step 3 --max 2
  [ 11 14 ... ]
  $ cat data.bin | consumer-cli --tail 10 --step 3 --max 2
  [ 11 14 ... ]
  $ consumer-cli data.bin --step 19 --max 2
  [ 1 20 ]
  $ cat data.bin | consumer-cli --step 19 --max 2
  [ 1 20 ]
  $ cat data.bin | consumer-cli --step 12 --max 2
  [ 1 13 ]

No elements at all, which the dots say where there are some:

  $ consumer-cli data.bin --max 0
  [ ... ]
  $ cat data.bin | consumer-cli --max 0
  [ ... ]
  $ consumer-cli data.bin --max 0 -f lines
  $ consumer-cli data.bin --skip 20 --max 0
  [ ]

The offset is in bytes, and behind it need not be a multiple of anything:

  $ consumer-cli data.bin --offset 72
  [ 19 20 ]
  $ cat data.bin | consumer-cli --offset 72
  [ 19 20 ]
  $ consumer-cli data.bin --offset 2 --max 2
  [ 131072 196608 ... ]
  $ cat data.bin | consumer-cli --offset 2 --max 2
  [ 131072 196608 ... ]
  $ consumer-cli data.bin --offset 4 --skip 1 --step 2 --max 3
  [ 3 5 7 ... ]

It may be written as od's is:

  $ consumer-cli data.bin --offset 0x48
  [ 19 20 ]
  $ consumer-cli data.bin --offset 0X4c
  [ 20 ]
  $ consumer-cli data.bin --offset 010 --max 1
  [ 262144 ... ]
  $ head -c 1048580 /dev/zero > zeros.bin
  $ for offset in 1K 1KB 1KiB 0x3K 1M 1MB 1MiB; do
  >   consumer-cli zeros.bin --offset $offset -f lines | wc -l
  > done
  261889
  261895
  261889
  261377
  1
  12145
  1
  $ consumer-cli zeros.bin --offset 1G
  consumer-cli: zeros.bin: --offset 1073741824 is past the end (1048580 bytes)
  [1]
  $ consumer-cli zeros.bin --offset 1GB
  consumer-cli: zeros.bin: --offset 1000000000 is past the end (1048580 bytes)
  [1]
  $ consumer-cli zeros.bin --offset 1T
  consumer-cli: zeros.bin: --offset 1099511627776 is past the end (1048580 bytes)
  [1]
  $ consumer-cli zeros.bin --offset 1P
  consumer-cli: zeros.bin: --offset 1125899906842624 is past the end (1048580 bytes)
  [1]
  $ consumer-cli zeros.bin --offset 15E
  consumer-cli: zeros.bin: --offset 17293822569102704640 is past the end (1048580 bytes)
  [1]

The end is fine here too, and beyond it an error:

  $ consumer-cli data.bin --offset 80
  [ ]
  $ consumer-cli data.bin --offset 81
  consumer-cli: data.bin: --offset 81 is past the end (80 bytes)
  [1]
  $ consumer-cli data.bin --offset 1000
  consumer-cli: data.bin: --offset 1000 is past the end (80 bytes)
  [1]
  $ cat data.bin | consumer-cli --offset 80
  [ ]
  $ cat data.bin | consumer-cli --offset 1000
  consumer-cli: standard input: --offset 1000 is past the end (80 bytes)
  [1]
  $ consumer-cli --offset 1 /dev/null
  consumer-cli: /dev/null: --offset 1 is past the end (0 bytes)
  [1]

od's -N 6 made a number out of half an element; a limit in elements cannot:

  $ consumer-cli data.bin --max 1
  [ 1 ... ]

All combinations, on a file and on a pipe, against Python's slices:

  $ cat > compare.py <<'EOF'
  > import array, itertools, subprocess
  > 
  > data = open("data.bin", "rb").read()
  > wheres = ["skip=0", "skip=1", "skip=9", "tail=0", "tail=1", "tail=7", "tail=99"]
  > n_compared = 0
  > 
  > def expect(offset, where, amount, step, limit):
  >     whole = (len(data) - offset) // 2 * 2
  >     numbers = array.array("h", data[offset:][:whole])
  >     first = amount if where == "skip" else max(len(numbers) - amount, 0)
  >     chosen = numbers[first::step]
  >     words = ["[", *map(str, chosen[:limit]), "]"]
  >     if len(chosen) > limit:
  >         words.insert(-1, "...")
  >     return " ".join(words) + "\n"
  > 
  > for offset, where, step, limit in itertools.product(
  >     [0, 1, 7, 62], wheres, [1, 3, 100], [0, 1, 5, 40]
  > ):
  >     wanted = expect(offset, where[:4], int(where[5:]), step, limit)
  >     command = ["consumer-cli", "-t", "i2", "--trailing=ignore", f"--{where}",
  >                f"--offset={offset}", f"--step={step}", f"--max={limit}"]
  >     for command, source in (command + ["data.bin"], None), (command, data):
  >         made = subprocess.run(command, input=source, capture_output=True)
  >         n_compared += 1
  >         if made.stdout.decode() != wanted or made.stderr or made.returncode:
  >             print(command, made, wanted)
  > print(n_compared)
  > EOF
  $ python3 compare.py
  672

The same on more than a pipe holds at once, where nothing may happen at the
seams: a million bytes of which no two neighbours are alike:

  $ seq 200000 | head -c 1000000 > many.bin
  $ compare () {
  >   consumer-cli -f lines "$@" many.bin | cksum > file.sum
  >   cat many.bin | consumer-cli -f lines "$@" | cksum > pipe.sum
  >   cmp file.sum pipe.sum && echo "$@: the same"
  > }
  $ compare
  : the same
  $ compare --offset 1 --step 3 --trailing ignore
  --offset 1 --step 3 --trailing ignore: the same
  $ compare --skip 100000 --step 13
  --skip 100000 --step 13: the same
  $ compare --skip 33333 --step 32769
  --skip 33333 --step 32769: the same
  $ compare --tail 40000
  --tail 40000: the same
  $ compare --tail 100000 --step 11 --max 700
  --tail 100000 --step 11 --max 700: the same
  $ compare -t float64 --offset 200000 --tail 90001 --step 7
  -t float64 --offset 200000 --tail 90001 --step 7: the same
  $ compare -t int16 --step 65537
  -t int16 --step 65537: the same
  $ compare -t int8 --skip 131072 --max 131072
  -t int8 --skip 131072 --max 131072: the same
