A file that may not be read.  The superuser may read every file: here that right
is given up where it can be.

  $ printf '\001\000\000\000' > secret.bin
  $ chmod 000 secret.bin
  $ as_user=
  $ if test "$(id -u)" = 0; then
  >   as_user='setpriv --bounding-set=-dac_override,-dac_read_search'
  > fi
  $ if ! $as_user true 2> /dev/null || $as_user cat secret.bin > /dev/null 2>&1
  > then
  >   echo "this user may read every file" > "$SKIPPED"; exit 80
  > fi

  $ $as_user consumer-cli secret.bin
  consumer-cli: secret.bin: Permission denied
  [1]
  $ mkdir closed
  $ printf '\001\000\000\000' > closed/one.bin
  $ chmod 000 closed
  $ $as_user consumer-cli closed/one.bin
  consumer-cli: closed/one.bin: Permission denied
  [1]
  $ $as_user consumer-cli closed
  consumer-cli: closed: Permission denied
  [1]
  $ chmod 700 closed
