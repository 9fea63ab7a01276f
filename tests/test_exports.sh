#!/bin/sh
# SPDX-License-Identifier: MIT
#
# libconsumer exports what consumer.h declares, no more and no less; the Python
# extension exports its PyInit_ alone.  Runs in the build directory; srcdir is
# automake's.

header=${srcdir:-$(dirname "$0")/..}/src/consumer.h
if ! command -v nm > /dev/null; then
	echo "skipped: nm is missing (Debian: binutils)"
	exit 77
fi

directory=$(mktemp -d) || exit 1
trap 'rm -rf "$directory"' EXIT
trap 'exit 1' HUP INT TERM
status=0

# The names that a shared object defines for others.
exports_of() {
	nm -D --defined-only "$1" | awk '{ print $NF }' | sed 's/@.*//' |
		LC_ALL=C sort
}

# Declarations end with ';' or '{'; inline functions are not exported.
tr '\n' ' ' < "$header" |
	sed -e 's:/\*:\n&:g' | sed -e 's:^/\*.*\*/::' | tr '\n' ' ' |
	tr '{' ';' | tr ';' '\n' | grep -v 'static inline' |
	sed -n 's/.*[ *]\(consumer_[a-z0-9_]*\)(.*).*/\1/p' |
	LC_ALL=C sort -u > "$directory/declared"
n_declared=$(wc -l < "$directory/declared")
if [ "$n_declared" -lt 20 ]; then
	echo "consumer.h seems to declare $n_declared functions only"
	status=1
fi

library=.libs/libconsumer.so
if [ ! -f "$library" ]; then
	echo "there is no $library here"
	exit 1
fi
exports_of "$library" > "$directory/exported" || exit 1
if ! diff "$directory/declared" "$directory/exported"; then
	echo "consumer.h declares (<) and libconsumer exports (>) not the same"
	status=1
fi

for extension in .libs/_consumer*.so; do
	[ -f "$extension" ] || continue # built without Python
	exports_of "$extension" > "$directory/exported" || exit 1
	if [ "$(cat "$directory/exported")" != PyInit__consumer ]; then
		echo "$extension exports:"
		cat "$directory/exported"
		status=1
	fi
done
exit $status
