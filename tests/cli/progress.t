Progress is shown at a terminal, after a second, and then erased.  A line of it
ends in CR, without LF; here they end in LF, and the last one is blank.

  $ cat > terminal.py <<END
  > """terminal.py COLUMNS COMMAND - what COMMAND shows at a terminal."""
  > import fcntl, os, pty, struct, sys, termios
  > process, master = pty.fork()
  > if process == 0:
  >     size = struct.pack("HHHH", 24, int(sys.argv[1]), 0, 0)
  >     fcntl.ioctl(2, termios.TIOCSWINSZ, size)
  >     os.execvp("sh", ["sh", "-c", sys.argv[2]])
  > text = b""
  > try:
  >     while part := os.read(master, 4096):
  >         text += part
  > except OSError:  # how the end of a pseudo-terminal reads
  >     pass
  > text = text.decode().replace("\r\n", "\n").replace("\r", "\n")
  > for line in text.split("\n"):
  >     if line:
  >         print(line)
  > END
  $ terminal () { python3 terminal.py "$@" | sed 's/[0-9][0-9.:]*/N/g' | uniq; }

All of it takes seconds, so everything runs at once; what is shown goes to NAME.

  $ cat > slowly <<END
  > #!/bin/sh
  > head -c 80000 /dev/zero; sleep 2; head -c 80000 /dev/zero
  > END
  $ chmod +x slowly
  $ head -c 160000 /dev/zero > zeros.bin
  $ truncate -s 20M sparse.bin
  $ show () { name=$1; shift; terminal "$@" | sed 's/ *$//' > "$name" & }
  $ show lines 80 './slowly | consumer-cli -f lines | tail -n 1'
  $ show quantiles 80 './slowly | consumer-cli --quantiles=50 | tail -n 1'
  $ show skip 80 './slowly | consumer-cli --skip 39999 -f lines | tail -n 1'
  $ python3 terminal.py 12 './slowly | consumer-cli -f lines | tail -n 1' > narrow &
  $ show wide 200 './slowly | consumer-cli -f lines | tail -n 1'
  $ show unknown 0 './slowly | consumer-cli -f lines | tail -n 1'
  $ show message 80 '(./slowly; printf 1) | consumer-cli -f lines > /dev/null'
  $ show quiet 80 './slowly | consumer-cli -q -f lines | tail -n 1'
  $ show at_once 80 'consumer-cli zeros.bin -f lines | tail -n 1'
  $ show numbers 80 './slowly | consumer-cli -f lines'
  $ show background 80 \
  >   'set -m; ./slowly | consumer-cli -f lines > /dev/null & wait'
  $ show errors 80 './slowly | consumer-cli -f lines 2> errors.txt | tail -n 1'
  $ show mapped 80 'consumer-cli -t i1 --stats sparse.bin'
  $ ! command -v script > /dev/null ||
  >   show other 80 'other=$(tty)
  >     script -qec "./slowly | consumer-cli -f lines 2> $other" typescript > made'
  $ wait

A pipe that takes its time:

  $ cat lines
    N kB, N kB/s
  
  N

Also where everything has to be read first; nothing used to be shown then:

  $ cat quantiles
    N kB, N kB/s
  
  qN N
  $ cat skip
    N kB, N kB/s
  
  N

It is cut where the window is narrow, before its last column:

  $ awk '{ print length }' narrow | uniq
  11
  1

There is room for all of it where the window is wide, or nobody knows how wide:

  $ cat wide unknown
    N kB, N kB/s
  
  N
    N kB, N kB/s
  
  N

A message comes after it is erased:

  $ cat message
    N kB, N kB/s
  
  consumer-cli: standard input: N trailing byte ignored

None with -q, none within the first second, and none if numbers would come in
between:

  $ cat quiet at_once numbers
  N
  N
  N

What is mapped is looked at in pieces, so that there is something to show:

  $ head -n 1 mapped
  count N

None in the background, where the terminal is for others:

  $ cat background

None where standard error is no terminal:

  $ cat errors
  N
  $ wc -c < errors.txt
  0

Numbers at another terminal do not come in between:

  $ command -v script > /dev/null || exit 80
  $ cat other
    N kB, N kB/s
  
