#!/bin/sh
# SPDX-License-Identifier: MIT
# What "make install" puts under DESTDIR works from there: the program, the
# library by way of pkg-config, the Python package; and "make uninstall" takes
# all of it away.
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
destination=$work/root

fail() {
	echo "FAILED: $*"
	exit 1
}

make -s install DESTDIR="$destination" >"$work/log" 2>&1 ||
	fail "make install: $(cat "$work/log")"

find_one() {
	find "$destination" -path "*/$1" | grep . || fail "$1 is not installed"
}

printf '\001\0\0\0\002\0\0\0' >"$work/data.bin"

cli=$(find_one bin/consumer-cli)
[ "$("$cli" -t '<i4' "$work/data.bin")" = '[ 1 2 ]' ] || fail "$cli"
for file in man/man1/consumer-cli.1 man/man3/libconsumer.3 \
	man/man5/consumer-format.5 \
	share/bash-completion/completions/consumer-cli \
	share/zsh/site-functions/_consumer-cli \
	share/fish/vendor_completions.d/consumer-cli.fish; do
	find_one "$file" >/dev/null
done

# The program of the library's manual page.
find_one man/man3/libconsumer.3 | xargs cat |
	sed -n '/^\.SH EXAMPLE/,/^\.SH/ { /^\.EX/,/^\.EE/ { /^\.E/d; s/\\e/\\/g; s/\\-/-/g; p; }; }' \
		>"$work/example.c"
library=$(dirname "$(find_one lib/libconsumer.so)")
PKG_CONFIG_PATH=$(dirname "$(find_one pkgconfig/consumer.pc)")
PKG_CONFIG_SYSROOT_DIR=$destination
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR
# shellcheck disable=SC2046,SC2086 # lists of words
${CC:-cc} ${CONSUMER_LDFLAGS-} -o "$work/example" "$work/example.c" \
	$(pkg-config --cflags --libs consumer)
text=$(LD_LIBRARY_PATH=$library "$work/example" "$work/data.bin") ||
	fail "the C example: exit status $?"
[ "$text" = "$(printf '[ 1 2 ]\nmean 1.5')" ] ||
	fail "the C example printed '$text'"

if [ -n "${PYTHON-}" ]; then
	package=$(dirname "$(find_one consumer/__init__.py)")
	[ ! -e "$package/_consumer.la" ] || fail "_consumer.la is installed"
	text=$(cd "$work" && LD_PRELOAD=${PYTHON_PRELOAD-} \
		ASAN_OPTIONS=detect_leaks=0 \
		PYTHONPATH=$(dirname "$package") "$PYTHON" -B -c '
import consumer
print(consumer.__file__.startswith("'"$destination"'"), end=" ")
print(consumer.open("data.bin", "<i4"))')
	[ "$text" = 'True [ 1 2 ]' ] || fail "the Python example printed '$text'"
fi

make -s uninstall DESTDIR="$destination" >"$work/log" 2>&1 ||
	fail "make uninstall: $(cat "$work/log")"
left=$(find "$destination" ! -type d ! -name '*.pyc')
[ -z "$left" ] || fail "make uninstall left $left"
echo "installed, used, uninstalled"
