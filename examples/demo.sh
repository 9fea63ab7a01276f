#!/bin/sh
# SPDX-License-Identifier: MIT
# One file through both front ends: "make demo" runs this in the build folder.
set -eu

# A hundred int32 numbers: a sine wave as a 12-bit converter would see it.
awk 'BEGIN {
	for (i = 0; i < 100; i++) {
		value = int(2048 + 2047 * sin(i / 8))
		printf "%d %d 0 0\n", value % 256, value / 256
	}
}' | while read -r a b c d; do
	# shellcheck disable=SC2059 # the octal escapes are made here
	printf "$(printf '\\%03o\\%03o\\%03o\\%03o' "$a" "$b" "$c" "$d")"
done > data.bin

# shellcheck disable=SC2016 # shown, not expanded
show() {
	printf '$ %s\n' "$1"
	sh -c "$1"
}

python='
import consumer, mmap
with open("data.bin", "rb") as file:
    print(consumer.consume(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)))'

show 'ls -l data.bin'
show './consumer-cli data.bin --max 10'
show './consumer-cli data.bin --tail 3 --format lines'

if [ -z "${PYTHON-}" ]; then
	echo 'The Python module is not built (--disable-python).'
	exit
fi
printf '%s' "\$ PYTHONPATH=python python3 -c '$python'"
echo
PYTHONPATH=python "$PYTHON" -c "$python" > demo-python.txt
cat demo-python.txt
./consumer-cli data.bin --max 10 > demo-cli.txt
cmp demo-cli.txt demo-python.txt
rm demo-cli.txt demo-python.txt
echo 'The same text, byte for byte.'
