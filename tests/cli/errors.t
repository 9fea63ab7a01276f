What cannot be read: one line with the name and the reason, exit status 1, and
nothing on standard output, not even a bracket.

  $ consumer-cli nosuch.bin
  consumer-cli: nosuch.bin: No such file or directory
  [1]
  $ consumer-cli nosuch.bin 2> /dev/null
  [1]
  $ consumer-cli -f lines nosuch.bin
  consumer-cli: nosuch.bin: No such file or directory
  [1]
  $ consumer-cli ''
  consumer-cli: '': No such file or directory
  [1]
  $ consumer-cli nosuch/data.bin
  consumer-cli: nosuch/data.bin: No such file or directory
  [1]

A directory, by name and as standard input:

  $ mkdir directory
  $ consumer-cli directory
  consumer-cli: directory: Is a directory
  [1]
  $ consumer-cli directory/
  consumer-cli: directory/: Is a directory
  [1]
  $ consumer-cli < directory
  consumer-cli: standard input: Is a directory
  [1]
  $ consumer-cli --max 0 .
  consumer-cli: .: Is a directory
  [1]

A file that is used as a directory:

  $ : > file
  $ consumer-cli file/data.bin
  consumer-cli: file/data.bin: Not a directory
  [1]

A symbolic link to itself, one to nowhere, one to a file:

  $ ln -s loop loop
  $ consumer-cli loop
  consumer-cli: loop: Too many levels of symbolic links
  [1]
  $ ln -s nowhere dangling
  $ consumer-cli dangling
  consumer-cli: dangling: No such file or directory
  [1]
  $ ln -s file link
  $ consumer-cli link
  [ ]

A name that is too long for a file, which is shown in full:

  $ long=$(head -c 300 /dev/zero | tr '\0' x)
  $ consumer-cli "$long" 2>&1 | tr -s x
  consumer-cli: x: File name too long
  $ long=$(head -c 20000 /dev/zero | tr '\0' x)
  $ consumer-cli "$long" 2>&1 | wc -c
  20035
  $ consumer-cli "$long" 2>&1 | tr -s x
  consumer-cli: x: File name too long

A socket:

  $ python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")'
  $ consumer-cli socket
  consumer-cli: socket: No such device or address
  [1]

A name does nothing to the terminal: control characters, backslashes and bytes
that are no UTF-8 are shown as bash's $'...' reads them; the rest as it is.

  $ consumer-cli "$(printf 'no\nsuch\ttab\rreturn')"
  consumer-cli: no\nsuch\ttab\rreturn: No such file or directory
  [1]
  $ consumer-cli "$(printf '\033[31mred\033[0m \177')"
  consumer-cli: \x1b[31mred\x1b[0m \x7f: No such file or directory
  [1]
  $ consumer-cli "$(printf '\302\233csi \302\200 \302\237')"
  consumer-cli: \xc2\x9bcsi \xc2\x80 \xc2\x9f: No such file or directory
  [1]
  $ consumer-cli 'back\slash'
  consumer-cli: back\\slash: No such file or directory
  [1]
  $ consumer-cli "$(printf 'caf\351 \377 \300\257 \355\240\200 \364\220\200\200')"
  consumer-cli: caf\xe9 \xff \xc0\xaf \xed\xa0\x80 \xf4\x90\x80\x80: No such file or directory
  [1]
  $ consumer-cli "$(printf 'cut \303')"
  consumer-cli: cut \xc3: No such file or directory
  [1]
  $ consumer-cli "$(printf 'cut \342\202')"
  consumer-cli: cut \xe2\x82: No such file or directory
  [1]
  $ consumer-cli "$(printf 'cut \360\237\230z')"
  consumer-cli: cut \xf0\x9f\x98z: No such file or directory
  [1]

So are those that Unicode has to make text run the other way, and no others:

  $ cat > bidi.py <<END
  > import subprocess, unicodedata
  > turns = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
  > marks = {"ARABIC LETTER MARK", "LEFT-TO-RIGHT MARK", "RIGHT-TO-LEFT MARK"}
  > for start in 0x600, 0x2000, 0x2050:
  >     name = "".join(map(chr, range(start, start + 80)))
  >     said = subprocess.run(["consumer-cli", name], stderr=subprocess.PIPE)
  >     want = "".join(
  >         "".join(r"\\x%02x" % byte for byte in c.encode())
  >         if unicodedata.bidirectional(c) in turns
  >         or unicodedata.name(c, "") in marks else c for c in name)
  >     print(said.stderr.decode().split(":", 2)[1].strip() == want.strip(),
  >           want.count("x"))
  > END
  $ python3 bidi.py
  True 2
  True 21
  True 12
  $ consumer-cli 'é € 😀 a b' > message 2>&1
  [1]
  $ grep -c 'consumer-cli: é € 😀 a b: No such file or directory' message
  1
  $ name=$(printf 'short\033\n.bin'; echo .)
  $ printf 1 > "$name"
  $ consumer-cli "$name"
  [ ]
  consumer-cli: short\x1b\n.bin.: 1 trailing byte ignored
  [1]

The same where the file is there but something else is wrong with it:

  $ consumer-cli "$name" --offset 2
  consumer-cli: short\x1b\n.bin.: --offset 2 is past the end (1 byte)
  [1]

Names that look like options:

  $ consumer-cli -- -x
  consumer-cli: -x: No such file or directory
  [1]
  $ consumer-cli ./-x
  consumer-cli: ./-x: No such file or directory
  [1]
  $ printf '\001\000\000\000' > -n
  $ consumer-cli -- -n
  [ 1 ]

A message that cannot be written changes nothing else:

  $ consumer-cli nosuch.bin 2> /dev/full
  [1]
  $ consumer-cli nosuch.bin 2>&-
  [1]
  $ printf '\001\000\000\000\002' | consumer-cli 2>&-
  [ 1 ]
  [1]
