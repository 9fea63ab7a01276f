A file that changes while it is read.  The reader of a FIFO waits, so that it
does so when some of the output is on its way.

  $ seq 1000000 | awk '{ printf "%07d\n", $1 }' > whole
  $ mkfifo out
  $ late() { # late CHANGE OPTION...: what is read late, and what is said
  >   change=$1; shift
  >   cp whole data; touch -d @1 data
  >   { consumer-cli -t char "$@" data > out 2> messages; echo $? > status; } &
  >   { dd bs=1 count=1 2> dd.log; eval "$change"; cat; } < out > text
  >   wait; cat messages; cat status
  > }

It becomes shorter.  What there still is comes out, and everything is closed:

  $ late 'truncate -s 4000002 data' -f lines
  consumer-cli: data: file shrank while being read: 4000002 of 8000000 items printed
  1
  $ wc -l < text
  4000002
  $ late 'truncate -s 4000002 data' -f json
  consumer-cli: data: file shrank while being read: 4000002 of 8000000 items printed
  1
  $ tail -c 12 text
  10, 48, 53]
  $ late 'truncate -s 4000002 data' --columns 8 -f csv
  consumer-cli: data: file shrank while being read: 4000002 of 8000000 items printed
  1
  $ tail -n 2 text
  48,53,48,48,48,48,48,10
  48,53
  $ late 'truncate -s 4000002 data'
  consumer-cli: data: file shrank while being read: 4000002 of 8000000 items printed
  1
  $ tail -c 14 text
  48 10 48 53 ]
  $ late 'truncate -s 4000002 data' -f raw
  consumer-cli: data: file shrank while being read: 4000002 of 8000000 items printed
  1
  $ head -c 4000002 whole | cmp - text

Of --tail and --step too:

  $ late 'truncate -s 4000002 data' -f raw --tail 7000001 --step 2
  consumer-cli: data: file shrank while being read: 1500002 of 3500001 items printed
  1

It becomes longer, other or nothing, which is a warning:

  $ late 'echo >> data' -f raw
  consumer-cli: data: file grew while being read
  0
  $ cmp whole text
  $ late 'touch data' -f raw
  consumer-cli: data: file changed while being read
  0
  $ late 'rm data' -f raw
  consumer-cli: data: file was removed or replaced while being read
  0
  $ late 'cp whole other; mv other data' -f raw -q
  consumer-cli: data: file was removed or replaced while being read
  0
  $ cmp whole text

Its name and its mode are not the file, and standard input may be one:

  $ late 'mv data renamed; chmod 600 renamed; cp renamed data' -f raw
  0
  $ cp whole data
  $ consumer-cli -t char -f raw < data | { dd bs=1 count=1 > text 2> dd.log
  >   echo >> data; cat >> text; }
  consumer-cli: standard input: file grew while being read
