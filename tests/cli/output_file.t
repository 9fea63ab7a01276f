--output: the file appears when it is whole, and takes the place of what was
there; whatever goes wrong, that is still there and nothing else is.

  $ for n in $(seq 20); do printf "\\$(printf %o "$n")\\0\\0\\0"; done > data.bin
  $ consumer-cli data.bin -n 3 -o new
  $ head -n 3 new
  [ 1 2 3 ... ]
  $ consumer-cli data.bin -n 2 --output=new
  $ head -n 3 new
  [ 1 2 ... ]
  $ consumer-cli data.bin -n 2 -o -
  [ 1 2 ... ]
  $ consumer-cli /dev/null -f lines -o empty
  $ wc -c < empty
  0

The input may be the output:

  $ cp data.bin both.bin
  $ consumer-cli both.bin -f lines -o both.bin
  $ head -n 3 both.bin
  1
  2
  3
  $ cp data.bin both.bin
  $ consumer-cli -f lines -o both.bin < both.bin
  $ tail -n 1 both.bin
  20

The permissions are those of the file, or of any new file:

  $ chmod 640 new
  $ consumer-cli data.bin -n 1 -o new
  $ stat -c %a new
  640
  $ chmod 4751 new
  $ consumer-cli data.bin -n 1 -o new
  $ stat -c %a new
  751
  $ (umask 027; consumer-cli data.bin -n 1 -o masked)
  $ stat -c %a masked
  640
  $ (umask 077; chmod 666 masked; consumer-cli data.bin -n 1 -o masked)
  $ stat -c %a masked
  666

Symbolic links stay, and lead to the file; also to one that is not there yet:

  $ mkdir folder folder/inner
  $ ln -s inner/file folder/link
  $ ln -s folder/link link
  $ ln -s "$PWD/link" absolute
  $ consumer-cli data.bin -n 4 -o absolute
  $ cat folder/inner/file
  [ 1 2 3 4 ... ]
  $ consumer-cli data.bin -n 5 -o absolute
  $ cat folder/inner/file
  [ 1 2 3 4 5 ... ]
  $ readlink link absolute | sed "s|$PWD|.|"
  folder/link
  ./link
  $ ls -A folder/inner
  file
  $ ln -s nowhere/at/all astray
  $ consumer-cli data.bin -o astray
  consumer-cli: astray: No such file or directory
  [1]
  $ ln -s loop loop
  $ consumer-cli data.bin -o loop
  consumer-cli: loop: Too many levels of symbolic links
  [1]

Of two hard links the other keeps the old content:

  $ echo old > one
  $ ln one two
  $ consumer-cli data.bin -n 1 -o one
  $ cat one two
  [ 1 ... ]
  old

What is no regular file is written to, and stays what it is:

  $ consumer-cli data.bin -o /dev/full
  consumer-cli: /dev/full: No space left on device
  [1]
  $ consumer-cli data.bin -o /dev/null
  $ stat -c %F /dev/null
  character special file
  $ consumer-cli data.bin -n 6 -o /dev/stdout | cat
  [ 1 2 3 4 5 6 ... ]
  $ mkfifo fifo
  $ cat fifo > from_fifo &
  $ consumer-cli data.bin -n 7 -o fifo
  $ wait
  $ cat from_fifo
  [ 1 2 3 4 5 6 7 ... ]
  $ stat -c %F fifo
  fifo

The name of a descriptor is what that writes to, where it is, with or without
another name (it used to be replaced, and what others had written there lost):

  $ { echo header >&3; consumer-cli data.bin -n 8 -o /dev/fd/3; echo end >&3; } \
  >   3> named
  $ cat named
  header
  [ 1 2 3 4 5 6 7 8 ... ]
  end
  $ { echo header >&3; consumer-cli data.bin -n 1 -o /proc/thread-self/fd/3; } \
  >   3> named
  $ cat named
  header
  [ 1 ... ]
  $ exec 3> deleted 4< deleted
  $ rm deleted
  $ echo other > 'deleted (deleted)'
  $ consumer-cli data.bin -n 1 -o /dev/fd/3
  $ cat <&4; cat 'deleted (deleted)'
  [ 1 ... ]
  other
  $ consumer-cli data.bin -o /dev/fd/4
  consumer-cli: /dev/fd/4: Bad file descriptor
  [1]
  $ exec 3>&- 4<&-
  $ consumer-cli data.bin -o /proc/self/fd/3 2>&1 | sed 's:/.*/:/:'
  consumer-cli: /3: No such file or directory

That of another process may not have one:

  $ exec 3> deleted; sleep 100 & exec 3>&-; rm deleted
  $ consumer-cli data.bin -o /proc/$!/fd/3 2>&1 | sed 's:/.*/:/:'
  consumer-cli: /3: No such file or directory
  $ kill $!

What cannot be a file:

  $ consumer-cli data.bin -o folder
  consumer-cli: folder: Is a directory
  [1]
  $ consumer-cli data.bin -o folder/
  consumer-cli: folder/: Is a directory
  [1]
  $ consumer-cli data.bin -o nosuch/
  consumer-cli: nosuch/: Is a directory
  [1]
  $ consumer-cli data.bin -o nosuch/file
  consumer-cli: nosuch/file: No such file or directory
  [1]
  $ consumer-cli data.bin -o data.bin/file
  consumer-cli: data.bin/file: Not a directory
  [1]
  $ consumer-cli data.bin -o ''
  consumer-cli: invalid --output '': expected a file name
  Try 'consumer-cli --help' for more information.
  [2]

Names as long as can be, and longer:

  $ long=$(head -c 255 /dev/zero | tr '\0' x)
  $ consumer-cli data.bin -n 1 -o "$long"
  $ cat "$long"
  [ 1 ... ]
  $ rm "$long"
  $ consumer-cli data.bin -o "x$long" 2>&1 | tr -s x
  consumer-cli: x: File name too long
  $ consumer-cli data.bin -o "$(head -c 5000 /dev/zero | tr '\0' x)" 2>&1 | tr -s x
  consumer-cli: x: File name too long
  $ consumer-cli data.bin -o "$(head -c 4090 /dev/zero | tr '\0' /)" 2>&1 | tr -s /
  consumer-cli: /: Is a directory

  $ dots () { printf './%.0s' $(seq "$1"); }
  $ ln -s "$(dots 1000)folder/far" link_to_dots
  $ consumer-cli data.bin -n 2 -o "$(dots 1000)link_to_dots"
  $ cat folder/far
  [ 1 2 ... ]
  $ consumer-cli data.bin -o "$(dots 1100)link_to_dots" 2>&1 | sed 's:\./::g'
  consumer-cli: link_to_dots: File name too long
  $ consumer-cli data.bin -o "$(dots 2040)newer" 2>&1 | sed 's:\./::g'
  consumer-cli: newer: File name too long

An input that cannot be read leaves the old file, and makes no new one:

  $ consumer-cli nosuch.bin -o new
  consumer-cli: nosuch.bin: No such file or directory
  [1]
  $ consumer-cli . -o newer
  consumer-cli: .: Is a directory
  [1]
  $ head -n 3 new
  [ 1 ... ]

A file that must not grow so far:

  $ seq 300000 > many.bin
  $ big () { consumer-cli --trailing ignore -f lines many.bin -o "$1"; }
  $ (ulimit -f 8; big new)
  consumer-cli: new: File too large
  [1]
  $ head -n 3 new
  [ 1 ... ]

A signal in the middle, here while the input is awaited, ends the program as it
does without -o; one that is ignored does not.  What runs here may ignore some,
under nohup for example.

  $ mkfifo slow
  $ default='env --default-signal'
  $ interrupt () {
  >   $default consumer-cli slow -n 2 -o new & exec 4<> slow
  >   until ls -A | grep -q '^\.consumer-cli-'; do sleep 0.01; done
  >   kill -"$1" $!; printf '\1\0\0\0\2\0\0\0\3\0\0\0' >&4
  >   wait $! 2> wait.log; echo "$1 $?"; exec 4>&-; head -n 3 new
  > }
  $ for signal in HUP TERM PIPE USR1 VTALRM; do interrupt $signal; done
  HUP 129
  [ 1 ... ]
  TERM 143
  [ 1 ... ]
  PIPE 141
  [ 1 ... ]
  USR1 138
  [ 1 ... ]
  VTALRM 154
  [ 1 ... ]
  $ trap '' HUP TERM; default=
  $ for signal in HUP TERM; do interrupt $signal; done
  HUP 0
  [ 1 2 ... ]
  TERM 0
  [ 1 2 ... ]

An interrupt from the keyboard, which a shell's background ignores:

  $ cat > interrupt.py <<END
  > import glob, os, signal, subprocess, time
  > signal.signal(signal.SIGINT, signal.SIG_DFL)
  > process = subprocess.Popen(["consumer-cli", "-o", "new"],
  >                            stdin=subprocess.PIPE)
  > while not glob.glob(".consumer-cli-*"):
  >     time.sleep(0.01)
  > process.send_signal(signal.SIGINT)
  > print(process.wait() == -signal.SIGINT)
  > END
  $ python3 interrupt.py
  True
  $ head -n 3 new
  [ 1 2 ... ]

No temporary file was left behind by any of it:

  $ find . -name '.consumer-cli*'

What is standard output anyway, or standard error, is written to and not
replaced (which used to throw away what others had written there, and messages):

  $ { echo header; consumer-cli data.bin -n 1 -o /dev/stdout
  >   consumer-cli data.bin -n 2 -o /dev/stdout; } > shared
  $ cat shared
  header
  [ 1 ... ]
  [ 1 2 ... ]
  $ consumer-cli data.bin -n 3 -o new > shared_by_nobody
  $ cat new shared_by_nobody
  [ 1 2 3 ... ]
  $ echo old > shared; consumer-cli data.bin -n 1 -o /dev/stdout >> shared
  $ cat shared
  old
  [ 1 ... ]
  $ { echo before >&2; consumer-cli data.bin --offset 78 -o /dev/stderr || echo $?
  >   echo after >&2; } 2> shared
  1
  $ cat shared
  before
  [ ]
  consumer-cli: data.bin: 2 trailing bytes ignored
  after
  $ consumer-cli data.bin --offset 78 -o shared 2> shared
  [1]
  $ cat shared
  [ ]
  consumer-cli: data.bin: 2 trailing bytes ignored
