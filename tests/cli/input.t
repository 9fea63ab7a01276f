Input that is no plain file: it is read as it comes, and the output is the same.

  $ for n in $(seq 20); do printf "\\$(printf %o "$n")\\0\\0\\0"; done > data.bin

A pipe that gives its bytes in pieces which are no elements:

  $ (printf '\001'; sleep 0.1; printf '\000\000'; sleep 0.1
  >   printf '\000\002\000'; sleep 0.1; printf '\000\000\003') | consumer-cli
  [ 1 2 ]
  consumer-cli: standard input: 1 trailing byte ignored
  [1]
  $ (printf '\001\002\003'; sleep 0.1; printf '\004\005\006\007\010\011'
  >   sleep 0.1; printf '\012') | consumer-cli -t int16 -e big --offset 1 --step 2
  [ 515 1543 ]
  consumer-cli: standard input: 1 trailing byte ignored
  [1]

One byte at a time:

  $ dd bs=1 if=data.bin 2> dd.log | consumer-cli
  [ 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 ]
  $ dd bs=1 if=data.bin 2> dd.log | consumer-cli -t float64 --skip 1 --max 2
  [ 8.4879831653e-314 1.27319747483e-313 ... ]
  $ dd bs=1 if=data.bin 2> dd.log | consumer-cli --tail 2
  [ 19 20 ]

What has arrived is printed at once, before the pipe ends:

  $ mkfifo numbers
  $ consumer-cli -f lines numbers > lines &
  $ exec 3> numbers
  $ printf '\007\000\000\000\010\000' >&3
  $ for i in $(seq 200); do test -s lines && break; sleep 0.05; done
  $ cat lines
  7
  $ printf '\000\000' >&3
  $ for i in $(seq 200); do test $(wc -l < lines) = 2 && break; sleep 0.05; done
  $ cat lines
  7
  8
  $ exec 3>&-
  $ wait

A FIFO by its name, and one that nobody writes anything to:

  $ cat data.bin > numbers & consumer-cli numbers --tail 2; wait
  [ 19 20 ]
  $ : > numbers & consumer-cli numbers; wait
  [ ]

An endless source ends at max, and skips on the way:

  $ consumer-cli /dev/zero --max 5
  [ 0 0 0 0 0 ... ]
  $ consumer-cli /dev/zero --max 2 --offset 1000001 --skip 1000000 --step 100000
  [ 0 0 ... ]
  $ consumer-cli -n 3 < /dev/zero
  [ 0 0 0 ... ]
  $ consumer-cli -f lines -n 1000000 /dev/zero | sort -u
  0
  $ consumer-cli -f lines -n 100000 /dev/urandom | wc -l
  100000
  $ consumer-cli -n 3 /dev/full
  [ 0 0 0 ... ]
  $ consumer-cli -n 1000 --stats /dev/full | grep -c 'sum 0'
  1
  $ yes | consumer-cli -t char -n 4
  [ 121 10 121 10 ... ]

Devices without anything in them:

  $ consumer-cli /dev/null
  [ ]
  $ consumer-cli < /dev/null
  [ ]
  $ consumer-cli -f lines /dev/null

Files in /proc say that they are empty, and files in /sys that they have 4096
bytes; neither can be mapped:

  $ consumer-cli -t char -f lines /proc/$$/comm > made
  $ od -An -v -w1 -tu1 /proc/$$/comm | tr -d ' ' | cmp - made
  $ consumer-cli -t char -f lines --trailing ignore /proc/cpuinfo > made
  $ test -s made
  $ consumer-cli -t uint8 -f lines /proc/version > made
  $ od -An -v -w1 -tu1 /proc/version | tr -d ' ' | cmp - made
  $ sys=/sys/kernel/mm/transparent_hugepage/enabled
  $ test -r $sys || sys=/sys/devices/system/cpu/online
  $ test -r $sys || sys=/proc/version
  $ consumer-cli -t uint8 -f lines $sys > made
  $ od -An -v -w1 -tu1 $sys | tr -d ' ' | cmp - made
  $ consumer-cli -t uint8 -f lines --tail 3 $sys > made
  $ od -An -v -w1 -tu1 $sys | tr -d ' ' | tail -n 3 | cmp - made

Standard input that is a file is read from where it stands:

  $ (dd bs=4 count=18 of=/dev/null 2> dd.log; consumer-cli) < data.bin
  [ 19 20 ]
  $ (dd bs=4 count=18 of=/dev/null 2> dd.log; consumer-cli --offset 4) < data.bin
  [ 20 ]
  $ (dd bs=4 count=18 of=/dev/null 2> dd.log; consumer-cli --skip 3) < data.bin
  consumer-cli: standard input: --skip 3 is past the end (2 elements)
  [1]
  $ (dd bs=4 count=20 of=/dev/null 2> dd.log; consumer-cli) < data.bin
  [ ]
  $ (cat > /dev/null; truncate -s 40 data.bin; consumer-cli) < data.bin
  [ ]

Standard input that is closed is reported, once, and so is one that cannot be
read; no other file takes its place:

  $ consumer-cli <&-
  consumer-cli: standard input: Bad file descriptor
  [1]
  $ consumer-cli - <&-
  consumer-cli: standard input: Bad file descriptor
  [1]
  $ consumer-cli data.bin -n 2 <&-
  [ 1 2 ... ]
  $ consumer-cli 0> writable.bin
  consumer-cli: standard input: Bad file descriptor
  [1]

A socket as standard input:

  $ cat > give_socket.py <<'EOF'
  > import socket, subprocess
  > ours, theirs = socket.socketpair()
  > ours.sendall(bytes([1, 0, 2, 0, 3]))
  > ours.shutdown(socket.SHUT_WR)
  > subprocess.run(["consumer-cli", "-t", "int16"], stdin=theirs)
  > EOF
  $ python3 give_socket.py
  [ 1 2 ]
  consumer-cli: standard input: 1 trailing byte ignored
