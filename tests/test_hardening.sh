#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What was built is hard to attack: position-independent, read-only after
# linking, no memory both written and run, stacks and sizes checked; and no code
# runs while it is loaded to choose functions, which musl has no IFUNC for.  Runs
# in the build directory.

if ! command -v readelf > /dev/null; then
	echo "skipped: readelf is missing (Debian: binutils)"
	exit 77
fi
directory=$(mktemp -d) || exit 1
trap 'rm -rf "$directory"' EXIT
trap 'exit 1' HUP INT TERM
status=0

# has PATTERN WHAT: a line of what readelf says matches.
has() {
	grep -Eq "$1" "$directory/said" || {
		echo "$file: $2"
		status=1
	}
}

# lacks PATTERN WHAT
lacks() {
	if grep -E "$1" "$directory/said"; then
		echo "$file: $2"
		status=1
	fi
}

# The machine's own default may be on, whatever configure found; this is not.
is_configured() {
	grep -Eq "^CONSUMER_(C|LD)FLAGS = .*$1" Makefile
}

n_files=0
for file in consumer-cli .libs/libconsumer.so .libs/_consumer*.so; do
	# libtool's programs may be scripts.
	[ ! -f ".libs/$file" ] || file=.libs/$file
	[ -f "$file" ] || continue
	n_files=$((n_files + 1))
	readelf -W -h -l -d -s "$file" > "$directory/said" || exit 1
	has 'Type: +DYN' 'does not lie anywhere'
	lacks 'TEXTREL' 'code is written when it is loaded'
	has 'GNU_RELRO' 'no RELRO'
	has 'BIND_NOW|FLAGS_1.*NOW' 'RELRO is partial: no BIND_NOW'
	has 'GNU_STACK +(0x0+ +){5}RW ' 'the stack may be run'
	lacks ' LOAD .* RWE ' 'memory may be written and run'
	lacks ' IFUNC ' 'a function is chosen by the loader'
	if is_configured '-fstack-protector-strong'; then
		has '__stack_chk_fail' 'no stack protector'
	fi
	if is_configured '_FORTIFY_SOURCE'; then
		has '__[a-z]+_chk(@|$)' 'no function of _FORTIFY_SOURCE'
	fi
done
file=consumer-cli
[ ! -f ".libs/$file" ] || file=.libs/$file
readelf -W -d "$file" > "$directory/said"
has 'FLAGS_1.*PIE' 'is not a PIE'
if [ "$n_files" -lt 2 ]; then
	echo "only $n_files files were found"
	status=1
fi
exit $status
