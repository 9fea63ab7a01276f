At a terminal.  Here script(1) makes one, of which the lines end in CR LF:

  $ if ! script --version > script.log 2>&1; then
  >   echo "script is missing (Debian: bsdutils)" > "$SKIPPED"; exit 80
  > fi
  $ terminal () { script -qec "$1" /dev/null < /dev/null | tr -d '\r'; }

Without a FILE there is nobody to send numbers: the usage instead of silence.

  $ terminal 'consumer-cli; echo "status $?"'
  Usage: consumer-cli [OPTION]... [FILE]
  consumer-cli: no FILE, and standard input is a terminal
  Try 'consumer-cli --help' for more information.
  status 2
  $ terminal 'consumer-cli --max 3; echo "status $?"'
  Usage: consumer-cli [OPTION]... [FILE]
  consumer-cli: no FILE, and standard input is a terminal
  Try 'consumer-cli --help' for more information.
  status 2
  $ terminal 'consumer-cli 2> /dev/null; echo "status $?"'
  status 2

The help is shown as ever, and so is a file:

  $ terminal 'consumer-cli --help' | head -n 1
  Usage: consumer-cli [OPTION]... [FILE]
  $ printf '\001\000\000\000\002\000\000\000' > two.bin
  $ terminal 'consumer-cli two.bin'
  [ 1 2 ]
  $ terminal 'consumer-cli -f lines < two.bin'
  1
  2

"-" asks for the terminal by name; what is typed is echoed, and control-D ends it:

  $ printf 'ab\n' | script -qec 'consumer-cli -t char -' /dev/null | tr -d '\r'
  ab
  [ 97 98 10 ]
