The same bytes everywhere: in a file, through a pipe, at a terminal of any width
and in every locale, for each format and each summary.

  $ if ! script --version > script.log 2>&1; then
  >   echo "script is missing (Debian: bsdutils)" > "$SKIPPED"; exit 80
  > fi
  $ printf '\315\314\314\075\000\044\164\111\000\000\300\177' > floats.bin
  $ printf '\000\000\200\377\000\000\000\200\001\000\000\000' >> floats.bin
  $ { printf '\223NUMPY\001\000v\000%-117s\n' \
  >     "{'descr': '<i2', 'fortran_order': True, 'shape': (2, 3), }"
  >   printf '\001\000\377\377\002\000\376\377\003\000\000\200'; } > m.npy
  $ export SHELL=/bin/sh
  $ cat > everything <<'END'
  > for file in 'floats.bin -t float32' m.npy; do
  >   for format in array lines csv json hex; do
  >     consumer-cli $file -f $format
  >     cat ${file% -t*} | consumer-cli ${file#*.???} -f $format --max 4
  >   done
  >   for summary in --info --stats --quantiles=0,12.5,50 --histogram=3; do
  >     for format in lines csv json; do consumer-cli $file $summary -f $format; done
  >   done
  >   consumer-cli $file -c 2 -i
  > done
  > consumer-cli --help
  > consumer-cli --version
  > consumer-cli nosuch.bin --stats 2>&1
  > consumer-cli floats.bin --max 1,5 2>&1
  > consumer-cli floats.bin --offset 25 2>&1 || true
  > END
  $ sh ./everything > file
  $ wc -l < file | awk '{ print ($1 > 200) }'
  1
  $ grep -c -e '0[.]1' -e '1000000[.]0' -e '"mean":' file
  21

  $ sh ./everything | cat | cmp - file
  $ for columns in 20 80 300; do
  >   script -qec "stty cols $columns; sh ./everything" /dev/null < /dev/null |
  >     tr -d '\r' | cmp - file
  > done

Languages that have another decimal point, group digits, or have another "i";
where there are none of them, this shows little.

  $ for name in de_DE tr_TR; do
  >   localedef -i $name -f UTF-8 ./$name.UTF-8 > localedef.log 2>&1 || true
  > done
  $ export LOCPATH="$PWD" LANGUAGE=de
  $ for name in C POSIX C.UTF-8 de_DE.UTF-8 tr_TR.UTF-8 nosuch ''; do
  >   LC_ALL=$name sh ./everything | cmp - file
  > done
  $ for name in de_DE.UTF-8 tr_TR.UTF-8; do
  >   LC_ALL= LANG=$name LC_NUMERIC=$name sh ./everything | cmp - file
  >   LC_ALL=$name script -qec 'sh ./everything' /dev/null < /dev/null |
  >     tr -d '\r' | cmp - file
  > done
