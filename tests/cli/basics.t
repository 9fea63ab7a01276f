consumer-cli prints the numbers in a binary file.  These transcripts are its
tests and show what it does; they all use a file of the int32 numbers 1 to 20
(80 bytes, little-endian):

  $ for n in $(seq 20); do printf "\\$(printf %o "$n")\\0\\0\\0"; done > data.bin

All of it, and the first ten, with dots for the rest:

  $ consumer-cli data.bin
  [ 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 ]
  $ consumer-cli data.bin --max 10
  [ 1 2 3 4 5 6 7 8 9 10 ... ]

No dots if nothing was left out:

  $ consumer-cli data.bin --max 20
  [ 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 ]
  $ consumer-cli data.bin --max 21
  [ 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 ]

The limit has a short name; the argument may be joined to either:

  $ consumer-cli -n 3 data.bin
  [ 1 2 3 ... ]
  $ consumer-cli -n3 data.bin
  [ 1 2 3 ... ]
  $ consumer-cli --max=3 data.bin
  [ 1 2 3 ... ]

Options stand before or after FILE, in the POSIX world too:

  $ consumer-cli --max 3 data.bin
  [ 1 2 3 ... ]
  $ POSIXLY_CORRECT=1 consumer-cli data.bin --max 10
  [ 1 2 3 4 5 6 7 8 9 10 ... ]
  $ POSIXLY_CORRECT=1 consumer-cli data.bin -n 2 -f lines
  1
  2
  $ POSIXLY_CORRECT=1 consumer-cli - --max 3 < data.bin
  [ 1 2 3 ... ]

Of an option given twice the last one counts:

  $ consumer-cli data.bin --max 10 -n 2
  [ 1 2 ... ]

A long name may be abbreviated while that is clear:

  $ consumer-cli --sk 17 data.bin
  [ 18 19 20 ]
  $ consumer-cli --ma=2 data.bin
  [ 1 2 ... ]

One number a line, for other programs:

  $ consumer-cli data.bin --format lines --max 3
  1
  2
  3
  $ consumer-cli data.bin -f lines | awk '{ sum += $1 } END { print sum }'
  210

The array format, the default, has a name too:

  $ consumer-cli -f array -n 3 data.bin
  [ 1 2 3 ... ]

Standard input is read when there is no FILE, or when it is "-":

  $ consumer-cli < data.bin
  [ 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 ]
  $ cat data.bin | consumer-cli -n 3
  [ 1 2 3 ... ]
  $ cat data.bin | consumer-cli -n 3 -
  [ 1 2 3 ... ]
  $ consumer-cli - -n 3 < data.bin
  [ 1 2 3 ... ]

"--" ends the options, and a file may then be called as one:

  $ cp -- data.bin --max
  $ consumer-cli -n 2 -- --max
  [ 1 2 ... ]
  $ consumer-cli ./--max -n 2
  [ 1 2 ... ]
  $ consumer-cli -n 2 -- - < data.bin
  [ 1 2 ... ]
  $ cp data.bin -
  $ consumer-cli ./- -n 4 < /dev/null
  [ 1 2 3 4 ... ]

An empty input is an empty array, and no lines:

  $ : > empty.bin
  $ consumer-cli empty.bin
  [ ]
  $ consumer-cli -f lines empty.bin
  $ consumer-cli < empty.bin
  [ ]
  $ consumer-cli -f lines < empty.bin
  $ : | consumer-cli
  [ ]
  $ : | consumer-cli -f lines
  $ consumer-cli --tail 3 empty.bin
  [ ]
  $ consumer-cli --max 0 empty.bin
  [ ]

Quiet means no progress; the output is the same:

  $ consumer-cli -q --quiet -n 1 data.bin
  [ 1 ... ]

The help, whose options are also compared with the manual page by a test:

  $ consumer-cli --help
  Usage: consumer-cli [OPTION]... [FILE]
  Print the numbers in a binary FILE as text.
  With no FILE, or when FILE is -, read standard input.
  
  Which values
    -n, --max=N                     stop after N elements
    -s, --skip=N                    leave out the first N elements
        --tail=N                    take the last N elements only
        --step=N                    take every N-th element only
        --offset=BYTES              start BYTES bytes into the file: 44, 0x2C, 4K
  
  What they are
    -t, --type=TYPE                 the elements' type (int32)
    -e, --endian=little|big|native  their byte order (native)
        --trailing=error|ignore     bytes after the last whole element (error)
        --from=auto|raw|npy         what FILE is; auto looks for a .npy header
  
  How to print
    -f, --format=array|lines|csv|json|hex|raw|npy
                                    how to print them (array)
    -c, --columns=N                 print rows of N elements
    -i, --index                     show the number of each row's first element
    -o, --output=FILE               write to FILE, once everything is there
  
  Summaries of them, as lines, csv or json
        --info                      what FILE is and has
        --stats                     count, min, max, mean, std and sum, exact
        --quantiles=P,..            the values below which P percent lie
        --histogram[=BINS]          how many lie in each of BINS bins (20)
  
  Behaviour
    -q, --quiet                     never show progress
    -h, --help                      show this help and exit
    -V, --version                   show the version and exit
  
  TYPE is a name:
    bool char int8 uint8 int16 uint16 int32 uint32 int64 uint64
    float16 float32 float64
  or a code of NumPy (i4, <i4, >f8) or of Python's struct (i, <i, >d).
  
  Exit status: 0 everything was printed; 1 something could not be read or
  written, or was lost; 2 wrong usage.
  $ consumer-cli -h | head -n 1
  Usage: consumer-cli [OPTION]... [FILE]

The version:

  $ consumer-cli --version | sed 's/[0-9.]*$/N/'
  consumer-cli N
  $ consumer-cli -V | sed 's/[0-9.]*$/N/'
  consumer-cli N

Both take effect at once; what follows is not looked at, what stands before is:

  $ consumer-cli --version --bogus nosuch.bin | sed 's/[0-9.]*$/N/'
  consumer-cli N
  $ consumer-cli data.bin -qV data.bin data.bin | sed 's/[0-9.]*$/N/'
  consumer-cli N
  $ consumer-cli --bogus --help
  consumer-cli: unrecognized option '--bogus'
  Try 'consumer-cli --help' for more information.
  [2]
