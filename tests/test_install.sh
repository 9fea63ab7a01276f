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
find_one man/man1/consumer-cli.1 >/dev/null

cat >"$work/example.c" <<'END'
#include <consumer.h>

int
main(void)
{
	ConsumerArray array;

	if (consumer_array_arange(3, &array, NULL))
		return 1;
	consumer_array_print(&array, CONSUMER_FORMAT_ARRAY, CONSUMER_ALL,
			     consumer_writer_stream(stdout), NULL);
	consumer_array_release(&array);
	return 0;
}
END
library=$(dirname "$(find_one lib/libconsumer.so)")
PKG_CONFIG_PATH=$(dirname "$(find_one pkgconfig/consumer.pc)")
PKG_CONFIG_SYSROOT_DIR=$destination
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR
# shellcheck disable=SC2046,SC2086 # lists of words
${CC:-cc} ${CONSUMER_LDFLAGS-} -o "$work/example" "$work/example.c" \
	$(pkg-config --cflags --libs consumer)
text=$(LD_LIBRARY_PATH=$library "$work/example")
[ "$text" = '[ 0 1 2 ]' ] || fail "the C example printed '$text'"

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
