#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The examples of the manual page: each command is run, and prints what the page
# says.  Runs in the build directory; srcdir is automake's.

page=${srcdir:-$(dirname "$0")/..}/man/consumer-cli.1
if [ ! -x ./consumer-cli ]; then
	echo "skipped: there is no ./consumer-cli here"
	exit 77
fi
if [ "$(printf '\001\000' | od -An -td2 | tr -d ' ')" != 1 ]; then
	echo "skipped: the examples are of a little-endian machine"
	exit 77
fi

directory=$(mktemp -d) || exit 1
trap 'rm -rf "$directory"' EXIT
trap 'exit 1' HUP INT TERM

# All .EX blocks of the section as the reader sees them.
sed -n '/^\.SH EXAMPLES/,/^\.SH "SEE/ { /^\.EX/,/^\.EE/ { /^\.E/!p; }; }' \
	"$page" | sed -e 's/\\f[BIR]//g' -e "s/\\\\(aq/'/g" -e 's/\\(dq/"/g' \
	-e 's/\\-/-/g' -e 's/\\&//g' -e 's/\\e/\\/g' > "$directory/want"
if [ "$(grep -c '^\$ .*consumer-cli' "$directory/want")" -lt 10 ]; then
	echo "the manual page has no examples"
	exit 1
fi

PATH=$PWD:$PATH
mkdir "$directory/files" && cd "$directory/files" || exit 1

# --- The files that the examples look at ------------------------------------

# Writes numbers as 16 bits, little-endian.
int16() {
	for number; do
		# shellcheck disable=SC2059 # the format is made here
		printf "$(printf '\\%03o\\%03o' $((number & 255)) \
			$((number >> 8 & 255)))"
	done
}

# 1 to 20, as int32.
for number in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	int16 $number 0
done > data.bin

# A header of 44 bytes; left and right in turns.
{
	printf 'RIFF\064\000\000\000WAVEfmt \020\000\000\000'
	int16 1 2 44100 0 45328 2 4 16
	printf 'data\020\000\000\000'
	int16 1 -1 2 -2 3 -3 4 -4
} > sound.wav

# 20.5, 20.75, 21 and -0.1 as big-endian float32.
printf '\101\244\000\000\101\246\000\000\101\250\000\000\275\314\314\315' \
	> sensor.dat

int16 100 -7 98 12 -3 101 > iq.raw

# As NumPy writes it: 118 bytes of header behind its length, a newline at the
# end.  The bits of 0.5, 1, -2; 0.1, 1.5 and inf as float16.
{
	printf '\223NUMPY\001\000\166\000%-117s\n' \
		"{'descr': '<f2', 'fortran_order': False, 'shape': (2, 3), }"
	int16 0x3800 0x3c00 0xc000 0x2e66 0x3e00 0x7c00
} > weights.npy

# 200 GB, nearly all of it a hole: 0.1 and -1e+300 as float64 at the end.
if ! truncate -s 200GB dump.raw 2> /dev/null; then
	echo "skipped: there is no room for a sparse file of 200 GB"
	exit 77
fi
printf '\232\231\231\231\231\231\271\077\234\165\000\210\074\344\067\376' |
	dd of=dump.raw conv=notrunc status=none bs=16 seek=12499999999

# --- The commands -----------------------------------------------------------

sed -n 's/^\$ //p' ../want > ../commands
while IFS= read -r command; do
	printf '$ %s\n' "$command"
	eval "$command" 2>&1 < /dev/null
done < ../commands > ../got
if ! diff ../want ../got; then
	echo "the manual page (<) and what its commands print (>) differ"
	exit 1
fi
