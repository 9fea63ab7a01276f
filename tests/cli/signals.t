Signals.  An endless input ends by an interrupt; what was printed before it is
right.

  $ cat > interrupt.py <<'END'
  > import os, signal, subprocess, sys
  > signals = signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT
  > for number in signals: # what runs in the background may ignore some
  >     signal.signal(number, signal.SIG_DFL)
  > 
  > def interrupt(number, *options):
  >     """What is printed of /dev/zero before the signal, and how it ends."""
  >     process = subprocess.Popen(["consumer-cli", "/dev/zero", *options],
  >                                stdout=subprocess.PIPE)
  >     text = os.read(process.stdout.fileno(), 1)
  >     process.send_signal(number)
  >     text += process.stdout.read()
  >     return text, -process.wait()
  > 
  > for number in signals:
  >     for options, wanted in {
  >         ("-f", "lines"): b"0\n",
  >         ("-f", "csv", "-c", "2"): b"0,0\n",
  >         ("-f", "raw"): b"\0",
  >     }.items():
  >         text, status = interrupt(number, *options)
  >         expected = (wanted * len(text))[: len(text)]
  >         print(text == expected, status == number)
  > 
  > # A summary of what never ends has nothing to show.
  > process = subprocess.Popen(["consumer-cli", "/dev/zero", "--stats"],
  >                            stdout=subprocess.PIPE)
  > try:
  >     process.wait(0.2)
  > except subprocess.TimeoutExpired:
  >     process.send_signal(signal.SIGINT)
  > print(process.stdout.read(), process.wait() == -signal.SIGINT)
  > END
  $ (ulimit -c 0; python3 interrupt.py) | uniq -c
       12 True True
        1 b'' True

One that is stopped for a while, again and again, goes on as if nothing had been:

  $ seq 300000 | head -c 1900000 > many.bin
  $ consumer-cli -f lines many.bin > whole
  $ cat > stop.py <<'END'
  > import signal, subprocess, sys, time
  > with open("many.bin", "rb") as file, open("made", "wb") as made:
  >     process = subprocess.Popen(["consumer-cli", "-f", "lines"],
  >                                stdin=subprocess.PIPE, stdout=made)
  >     n_stops = 0
  >     while part := file.read(50001):
  >         process.stdin.write(part)
  >         process.send_signal(signal.SIGTSTP)
  >         time.sleep(0.005)
  >         process.send_signal(signal.SIGCONT)
  >         n_stops += 1
  >     process.stdin.close()
  >     print(n_stops, process.wait())
  > END
  $ python3 stop.py
  38 0
  $ cmp made whole

A file that must not grow any further is no signal, but an error, with what
fitted; it used to end the program without a word of its own:

  $ (ulimit -f 8; consumer-cli -f lines many.bin > limited)
  consumer-cli: write error: File too large
  [1]
  $ head -c $(wc -c < limited) whole | cmp - limited
