Wrong usage: one line says what is wrong and what was expected, one where to
read more, and the exit status is 2.  Nothing is printed, no file is opened.

  $ consumer-cli --max abc data.bin
  consumer-cli: invalid --max 'abc': expected a non-negative integer
  Try 'consumer-cli --help' for more information.
  [2]

The next cases are about that line alone:

  $ first () { "$@" 2>&1 | sed '/^Try /d'; }

Numbers are plain digits; no sign, no blank, nothing before or after:

  $ for value in '' abc -1 +1 ' 5' '5 ' 1x 1e3 1.0 0x10 1K 1,000 '١'; do
  >   first consumer-cli --max "$value" data.bin
  > done
  consumer-cli: invalid --max '': expected a non-negative integer
  consumer-cli: invalid --max 'abc': expected a non-negative integer
  consumer-cli: invalid --max '-1': expected a non-negative integer
  consumer-cli: invalid --max '+1': expected a non-negative integer
  consumer-cli: invalid --max ' 5': expected a non-negative integer
  consumer-cli: invalid --max '5 ': expected a non-negative integer
  consumer-cli: invalid --max '1x': expected a non-negative integer
  consumer-cli: invalid --max '1e3': expected a non-negative integer
  consumer-cli: invalid --max '1.0': expected a non-negative integer
  consumer-cli: invalid --max '0x10': expected a non-negative integer
  consumer-cli: invalid --max '1K': expected a non-negative integer
  consumer-cli: invalid --max '1,000': expected a non-negative integer
  consumer-cli: invalid --max '\xd9\xa1': expected a non-negative integer (esc)
  $ first consumer-cli -n -1 data.bin
  consumer-cli: invalid --max '-1': expected a non-negative integer
  $ first consumer-cli -n-1 data.bin
  consumer-cli: invalid --max '-1': expected a non-negative integer
  $ first consumer-cli --skip -1 data.bin
  consumer-cli: invalid --skip '-1': expected a non-negative integer
  $ first consumer-cli -s x data.bin
  consumer-cli: invalid --skip 'x': expected a non-negative integer
  $ first consumer-cli --tail '' data.bin
  consumer-cli: invalid --tail '': expected a non-negative integer
  $ first consumer-cli --step x data.bin
  consumer-cli: invalid --step 'x': expected a positive integer

The same goes for every option that takes a number:

  $ for option in --max --skip --tail --step --columns --histogram; do
  >   for value in '' ' ' + - -1 +1 -0 ' 1' '1 ' 1e3 1E3 0x1 1.5 1, 1K inf nan abc \
  >       18446744073709551616 99999999999999999999999999999999999999999; do
  >     consumer-cli "$option=$value" data.bin > made 2>&1
  >     echo "$? $(grep -c "invalid $option '$value': expected" made) $(wc -l < made)"
  >   done
  > done | uniq -c
      120 2 1 2

A number that is too large is not cut off:

  $ first consumer-cli --max 18446744073709551616 data.bin
  consumer-cli: invalid --max '18446744073709551616': expected a number below 2^64
  $ first consumer-cli --skip 99999999999999999999999999 data.bin
  consumer-cli: invalid --skip '99999999999999999999999999': expected a number below 2^64
  $ first consumer-cli --tail 36893488147419103233 data.bin
  consumer-cli: invalid --tail '36893488147419103233': expected a number below 2^64
  $ first consumer-cli --max 18446744073709551616x data.bin
  consumer-cli: invalid --max '18446744073709551616x': expected a non-negative integer
  $ consumer-cli --max 18446744073709551615 /dev/null
  [ ]

A step of nothing goes nowhere (and nothing is put in its place):

  $ first consumer-cli --step 0 data.bin
  consumer-cli: invalid --step '0': expected a positive integer

A number of bytes may be hexadecimal and have a suffix:

  $ for value in '' abc -1 +1 ' 5' 1.5 0x 0xG x10 1k 1b 1KK 1Kb 1KiBs 1KB2 1i K \
  >     1Z '1 K' 0x1.8; do
  >   first consumer-cli --offset "$value" data.bin
  > done
  consumer-cli: invalid --offset '': expected a number of bytes such as 44, 0x2C or 4K
  consumer-cli: invalid --offset 'abc': expected a number of bytes such as 44, 0x2C or 4K
  consumer-cli: invalid --offset '-1': expected a number of bytes such as 44, 0x2C or 4K
  consumer-cli: invalid --offset '+1': expected a number of bytes such as 44, 0x2C or 4K
  consumer-cli: invalid --offset ' 5': expected a number of bytes such as 44, 0x2C or 4K
  consumer-cli: invalid --offset '1.5': expected a number of bytes such as 44, 0x2C or 4K
  consumer-cli: invalid --offset '0x': expected a number of bytes such as 44, 0x2C or 4K
  consumer-cli: invalid --offset '0xG': expected a number of bytes such as 44, 0x2C or 4K
  consumer-cli: invalid --offset 'x10': expected a number of bytes such as 44, 0x2C or 4K
  consumer-cli: invalid --offset '1k': expected a number of bytes such as 44, 0x2C or 4K
  consumer-cli: invalid --offset '1b': expected a number of bytes such as 44, 0x2C or 4K
  consumer-cli: invalid --offset '1KK': expected a number of bytes such as 44, 0x2C or 4K
  consumer-cli: invalid --offset '1Kb': expected a number of bytes such as 44, 0x2C or 4K
  consumer-cli: invalid --offset '1KiBs': expected a number of bytes such as 44, 0x2C or 4K
  consumer-cli: invalid --offset '1KB2': expected a number of bytes such as 44, 0x2C or 4K
  consumer-cli: invalid --offset '1i': expected a number of bytes such as 44, 0x2C or 4K
  consumer-cli: invalid --offset 'K': expected a number of bytes such as 44, 0x2C or 4K
  consumer-cli: invalid --offset '1Z': expected a number of bytes such as 44, 0x2C or 4K
  consumer-cli: invalid --offset '1 K': expected a number of bytes such as 44, 0x2C or 4K
  consumer-cli: invalid --offset '0x1.8': expected a number of bytes such as 44, 0x2C or 4K
  $ first consumer-cli --offset 16E data.bin
  consumer-cli: invalid --offset '16E': expected a number below 2^64
  $ first consumer-cli --offset 18446744073709551616 data.bin
  consumer-cli: invalid --offset '18446744073709551616': expected a number below 2^64
  $ first consumer-cli --offset 0x10000000000000000 data.bin
  consumer-cli: invalid --offset '0x10000000000000000': expected a number below 2^64
  $ first consumer-cli --offset 18446744073709551615K data.bin
  consumer-cli: invalid --offset '18446744073709551615K': expected a number below 2^64

Choices are listed:

  $ first consumer-cli --endian=middle data.bin
  consumer-cli: invalid --endian 'middle': expected little|big|native
  $ first consumer-cli --endian= data.bin
  consumer-cli: invalid --endian '': expected little|big|native
  $ first consumer-cli --endian=litt data.bin
  consumer-cli: invalid --endian 'litt': expected little|big|native
  $ first consumer-cli -e 'little|big' data.bin
  consumer-cli: invalid --endian 'little|big': expected little|big|native
  $ first consumer-cli --format=xml data.bin
  consumer-cli: invalid --format 'xml': expected array|lines|csv|json|hex|raw|npy
  $ first consumer-cli -f Lines data.bin
  consumer-cli: invalid --format 'Lines': expected array|lines|csv|json|hex|raw|npy
  $ first consumer-cli --trailing=maybe data.bin
  consumer-cli: invalid --trailing 'maybe': expected error|ignore
  $ first consumer-cli --type=int31 data.bin
  consumer-cli: invalid --type 'int31': expected bool, char, int8, uint8, int16, uint16, int32, uint32, int64, uint64, float16, float32, float64, or a code such as <i4 or d

Options that are none, or not clear:

  $ consumer-cli --bogus
  consumer-cli: unrecognized option '--bogus'
  Try 'consumer-cli --help' for more information.
  [2]
  $ first consumer-cli --bogus=3 data.bin
  consumer-cli: unrecognized option '--bogus=3'
  $ first consumer-cli -z data.bin
  consumer-cli: unrecognized option '-z'
  $ first consumer-cli -qz data.bin
  consumer-cli: unrecognized option '-z'
  $ first consumer-cli '-?' data.bin
  consumer-cli: unrecognized option '-?'
  $ first consumer-cli -: data.bin
  consumer-cli: unrecognized option '-:'
  $ first consumer-cli -1 data.bin
  consumer-cli: unrecognized option '-1'
  $ first consumer-cli -max data.bin
  consumer-cli: unrecognized option '-m'
  $ first consumer-cli --Max 3 data.bin
  consumer-cli: unrecognized option '--Max'
  $ first consumer-cli --t int8 data.bin
  consumer-cli: option '--t' is ambiguous: --tail --type --trailing
  $ first consumer-cli --t=int8 data.bin
  consumer-cli: option '--t=int8' is ambiguous: --tail --type --trailing
  $ first consumer-cli --=3 data.bin
  consumer-cli: option '--=3' is ambiguous: --max --skip --tail --step --offset --type --endian --trailing --from --format --columns --index --output --info --stats --quantiles --histogram --quiet --help --version

An argument too few, or one too many:

  $ consumer-cli --max
  consumer-cli: option '--max' requires an argument
  Try 'consumer-cli --help' for more information.
  [2]
  $ first consumer-cli data.bin -n
  consumer-cli: option '-n' requires an argument
  $ first consumer-cli data.bin -qn
  consumer-cli: option '-n' requires an argument
  $ first consumer-cli --ma
  consumer-cli: option '--max' requires an argument
  $ first consumer-cli --quiet=yes data.bin
  consumer-cli: option '--quiet' takes no argument
  $ first consumer-cli --help=me
  consumer-cli: option '--help' takes no argument
  $ first consumer-cli --vers=1
  consumer-cli: option '--version' takes no argument

One file at a time, for an element must not lie in two:

  $ consumer-cli a.bin b.bin
  consumer-cli: extra operand 'b.bin'
  Try 'consumer-cli --help' for more information.
  [2]
  $ first consumer-cli a.bin -n 1 b.bin
  consumer-cli: extra operand 'b.bin'
  $ first consumer-cli -- a.bin --max
  consumer-cli: extra operand '--max'
  $ first consumer-cli - -
  consumer-cli: extra operand '-'
  $ first consumer-cli - a.bin
  consumer-cli: extra operand 'a.bin'
  $ first consumer-cli a.bin -- -
  consumer-cli: extra operand '-'

Two ends to begin at:

  $ first consumer-cli --skip 1 --tail 1 data.bin
  consumer-cli: --skip and --tail exclude each other
  $ first consumer-cli --tail 1 --skip 0 data.bin
  consumer-cli: --skip and --tail exclude each other

The value of an option is as harmless in a message as the name of a file:

  $ first consumer-cli --max "$(printf '1\0332J\n2\\')" data.bin
  consumer-cli: invalid --max '1\x1b2J\n2\\': expected a non-negative integer
  $ first consumer-cli -t "$(printf '\302\233\377')" data.bin
  consumer-cli: invalid --type '\xc2\x9b\xff': expected bool, char, int8, uint8, int16, uint16, int32, uint32, int64, uint64, float16, float32, float64, or a code such as <i4 or d
  $ first consumer-cli "$(printf -- '--x\ry')" data.bin
  consumer-cli: unrecognized option '--x\ry'
  $ first consumer-cli "$(printf -- '-\033')" data.bin
  consumer-cli: unrecognized option '-\x1b'
  $ first consumer-cli a.bin "$(printf 'b\tc')"
  consumer-cli: extra operand 'b\tc'

The status is 2 also when the message cannot be written:

  $ consumer-cli --bogus 2> /dev/full
  [2]
  $ consumer-cli --bogus 2>&-
  [2]
