Types and byte order.  Eight bytes, 1 to 8, as each type sees them; a type has a
name ...

  $ printf '\001\002\003\004\005\006\007\010' > eight.bin
  $ for type in bool char int8 uint8 int16 uint16 int32 uint32 int64 uint64; do
  >   echo "$type: $(consumer-cli --type $type eight.bin)"
  > done
  bool: [ True True True True True True True True ]
  char: [ 1 2 3 4 5 6 7 8 ]
  int8: [ 1 2 3 4 5 6 7 8 ]
  uint8: [ 1 2 3 4 5 6 7 8 ]
  int16: [ 513 1027 1541 2055 ]
  uint16: [ 513 1027 1541 2055 ]
  int32: [ 67305985 134678021 ]
  uint32: [ 67305985 134678021 ]
  int64: [ 578437695752307201 ]
  uint64: [ 578437695752307201 ]

... and codes: NumPy's, with the size in bytes ...

  $ for type in b1 i1 u1 i2 u2 i4 u4 i8 u8; do
  >   echo "$type: $(consumer-cli -t $type eight.bin)"
  > done
  b1: [ True True True True True True True True ]
  i1: [ 1 2 3 4 5 6 7 8 ]
  u1: [ 1 2 3 4 5 6 7 8 ]
  i2: [ 513 1027 1541 2055 ]
  u2: [ 513 1027 1541 2055 ]
  i4: [ 67305985 134678021 ]
  u4: [ 67305985 134678021 ]
  i8: [ 578437695752307201 ]
  u8: [ 578437695752307201 ]

... and those of Python's struct module, whose "l", "n", "N" and "P" are the
C compiler's types:

  $ for type in '?' c b B h H i I q Q; do
  >   echo "$type: $(consumer-cli -t "$type" eight.bin)"
  > done
  ?: [ True True True True True True True True ]
  c: [ 1 2 3 4 5 6 7 8 ]
  b: [ 1 2 3 4 5 6 7 8 ]
  B: [ 1 2 3 4 5 6 7 8 ]
  h: [ 513 1027 1541 2055 ]
  H: [ 513 1027 1541 2055 ]
  i: [ 67305985 134678021 ]
  I: [ 67305985 134678021 ]
  q: [ 578437695752307201 ]
  Q: [ 578437695752307201 ]
  $ long=$(($(getconf LONG_BIT) / 8))
  $ for type in l L n N P; do
  >   test "$(consumer-cli -t $type eight.bin | wc -w)" = $((8 / long + 2)) ||
  >     echo "$type does not have $long bytes"
  > done

int32 is the default:

  $ consumer-cli eight.bin
  [ 67305985 134678021 ]

Negative numbers, and the ends of the ranges:

  $ printf '\200\377\000\177' > signs.bin
  $ consumer-cli -t int8 signs.bin
  [ -128 -1 0 127 ]
  $ consumer-cli -t uint8 signs.bin
  [ 128 255 0 127 ]
  $ consumer-cli -t char signs.bin
  [ 128 255 0 127 ]
  $ consumer-cli -t bool signs.bin
  [ True True False True ]
  $ printf '\000\000\000\000\000\000\000\200' > lowest.bin
  $ consumer-cli -t int64 lowest.bin
  [ -9223372036854775808 ]
  $ consumer-cli -t uint64 lowest.bin
  [ 9223372036854775808 ]
  $ consumer-cli -t int32 lowest.bin
  [ 0 -2147483648 ]
  $ printf '\377\377\377\377\377\377\377\177' > highest.bin
  $ consumer-cli -t int64 highest.bin
  [ 9223372036854775807 ]
  $ consumer-cli -t uint64 -e big highest.bin
  [ 18446744073709551487 ]

Floating point has the fewest digits that read back to the same value in the
type's own width (these are 0.1 and 1/3 in 64, 32 and 16 bits):

  $ printf '\232\231\231\231\231\231\271\077UUUUUU\325\077' > f8.bin
  $ printf '\315\314\314\075\253\252\252\076' > f4.bin
  $ printf 'f.U5' > f2.bin
  $ for type in float64 f8 d; do consumer-cli -t $type f8.bin; done
  [ 0.1 0.3333333333333333 ]
  [ 0.1 0.3333333333333333 ]
  [ 0.1 0.3333333333333333 ]
  $ for type in float32 f4 f; do consumer-cli -t $type f4.bin; done
  [ 0.1 0.33333334 ]
  [ 0.1 0.33333334 ]
  [ 0.1 0.33333334 ]
  $ for type in float16 f2 e; do consumer-cli -t $type f2.bin; done
  [ 0.1 0.3333 ]
  [ 0.1 0.3333 ]
  [ 0.1 0.3333 ]

Zeros, infinities, not-a-numbers, the smallest and the largest float32:

  $ printf '\000\000\000\000\000\000\000\200' > special.bin
  $ printf '\000\000\200\177\000\000\200\377' >> special.bin
  $ printf '\000\000\300\177\001\000\200\377' >> special.bin
  $ printf '\001\000\000\000\377\377\177\177' >> special.bin
  $ consumer-cli -t float32 special.bin
  [ 0.0 -0.0 inf -inf nan nan 1e-45 3.4028235e+38 ]

Large and small ones are spelled with an exponent, as Python does:

  $ printf '\000\200\340\067\171\303\101\103' > e16.bin
  $ consumer-cli -t float64 e16.bin
  [ 1e+16 ]
  $ printf '\361\150\343\210\265\370\344\076' > e-5.bin
  $ consumer-cli -t float64 e-5.bin
  [ 1e-05 ]

The byte order is this machine's unless the option says otherwise ...

  $ consumer-cli -t int16 eight.bin
  [ 513 1027 1541 2055 ]
  $ consumer-cli -t '<u1' --endian big -n 1 eight.bin # bytes have no order
  [ 1 ... ]
  $ consumer-cli -t int16 --endian little eight.bin
  [ 513 1027 1541 2055 ]
  $ consumer-cli -t int16 --endian big eight.bin
  [ 258 772 1286 1800 ]
  $ consumer-cli -t int16 --endian native eight.bin
  [ 513 1027 1541 2055 ]
  $ consumer-cli -t int16 -e big -e native eight.bin
  [ 513 1027 1541 2055 ]

... or the type does; "!" is struct's word for big:

  $ for type in '<i2' '>i2' '=i2' '<h' '>h' '!h' '=h' '@h' '|u1' '>u1'; do
  >   echo "$type: $(consumer-cli -t "$type" eight.bin)"
  > done
  <i2: [ 513 1027 1541 2055 ]
  >i2: [ 258 772 1286 1800 ]
  =i2: [ 513 1027 1541 2055 ]
  <h: [ 513 1027 1541 2055 ]
  >h: [ 258 772 1286 1800 ]
  !h: [ 258 772 1286 1800 ]
  =h: [ 513 1027 1541 2055 ]
  @h: [ 513 1027 1541 2055 ]
  |u1: [ 1 2 3 4 5 6 7 8 ]
  >u1: [ 1 2 3 4 5 6 7 8 ]

With a prefix, struct's "l" has four bytes on every machine:

  $ consumer-cli -t '<l' eight.bin
  [ 67305985 134678021 ]
  $ consumer-cli -t '>L' eight.bin
  [ 16909060 84281096 ]

Both may say it, but not the opposite of each other:

  $ consumer-cli -t '>i2' -e big eight.bin
  [ 258 772 1286 1800 ]
  $ consumer-cli -t '<i2' -e native eight.bin
  [ 513 1027 1541 2055 ]
  $ consumer-cli -e big -t '|u1' eight.bin
  [ 1 2 3 4 5 6 7 8 ]
  $ consumer-cli -t '<i2' -e big eight.bin
  consumer-cli: --endian 'big' contradicts --type '<i2'
  Try 'consumer-cli --help' for more information.
  [2]
  $ consumer-cli -e little -t '!h' eight.bin
  consumer-cli: --endian 'little' contradicts --type '!h'
  Try 'consumer-cli --help' for more information.
  [2]
  $ consumer-cli -e native -t '>i2' eight.bin
  consumer-cli: --endian 'native' contradicts --type '>i2'
  Try 'consumer-cli --help' for more information.
  [2]

"=" and "@" say that the order is native; --endian used to win in silence:

  $ consumer-cli -e big -t '=i2' eight.bin
  consumer-cli: --endian 'big' contradicts --type '=i2'
  Try 'consumer-cli --help' for more information.
  [2]
  $ consumer-cli -e big -t '@h' eight.bin
  consumer-cli: --endian 'big' contradicts --type '@h'
  Try 'consumer-cli --help' for more information.
  [2]
  $ consumer-cli -e little -t '=i2' eight.bin
  [ 513 1027 1541 2055 ]

What is no type is refused, and the names are listed:

  $ consumer-cli --type=d3 eight.bin
  consumer-cli: invalid --type 'd3': expected bool, char, int8, uint8, int16, uint16, int32, uint32, int64, uint64, float16, float32, float64, or a code such as <i4 or d
  Try 'consumer-cli --help' for more information.
  [2]
  $ for type in '' i i3 i5 f1 i44 int int24 INT32 ' i4' 'i4 ' '<' '<<i4' '<int32' \
  >     '|i4' '!i4' '@i4' '<n' 'O' 'x' 's' '4i' opaque; do
  >   consumer-cli -t "$type" eight.bin 2>&1 | sed 's/: expected.*//;/^Try/d'
  > done
  consumer-cli: invalid --type ''
  [ 67305985 134678021 ]
  consumer-cli: invalid --type 'i3'
  consumer-cli: invalid --type 'i5'
  consumer-cli: invalid --type 'f1'
  consumer-cli: invalid --type 'i44'
  consumer-cli: invalid --type 'int'
  consumer-cli: invalid --type 'int24'
  consumer-cli: invalid --type 'INT32'
  consumer-cli: invalid --type ' i4'
  consumer-cli: invalid --type 'i4 '
  consumer-cli: invalid --type '<'
  consumer-cli: invalid --type '<<i4'
  consumer-cli: invalid --type '<int32'
  consumer-cli: invalid --type '|i4'
  consumer-cli: invalid --type '!i4'
  consumer-cli: invalid --type '@i4'
  consumer-cli: invalid --type '<n'
  consumer-cli: invalid --type 'O'
  consumer-cli: invalid --type 'x'
  consumer-cli: invalid --type 's'
  consumer-cli: invalid --type '4i'
  consumer-cli: invalid --type 'opaque'

Every integer type in both byte orders against od, on bytes that are anything:

  $ seq 1 3 1000 | gzip -9n | head -c 400 > any.bin
  $ for size in 1 2 4 8; do
  >   for order in little big; do
  >     for letter in d u; do
  >       name=$(echo $letter | tr du iu)$size
  >       od -An -v -w$size -t$letter$size --endian=$order any.bin |
  >         tr -d ' ' > expected
  >       consumer-cli -t $name -e $order -f lines any.bin > made
  >       cmp expected made && echo "$name $order: $(wc -l < made) the same"
  >     done
  >   done
  > done
  i1 little: 400 the same
  u1 little: 400 the same
  i1 big: 400 the same
  u1 big: 400 the same
  i2 little: 200 the same
  u2 little: 200 the same
  i2 big: 200 the same
  u2 big: 200 the same
  i4 little: 100 the same
  u4 little: 100 the same
  i4 big: 100 the same
  u4 big: 100 the same
  i8 little: 50 the same
  u8 little: 50 the same
  i8 big: 50 the same
  u8 big: 50 the same
