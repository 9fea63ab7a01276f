#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The layers of the house: who includes whom, and what the library never does.
# Runs in the build directory; srcdir is automake's.

source=${srcdir:-$(dirname "$0")/..}/src
directory=$(mktemp -d) || exit 1
trap 'rm -rf "$directory"' EXIT
trap 'exit 1' HUP INT TERM
status=0

fail() {
	echo "$*"
	status=1
}

# Each layer of the library knows those before it, and none of those behind.
layers="consumer.h internal.h error.c float_mode.h guard.h guard.c
	element.h element.c number.h number.c typecode.c
	shape.h shape.c consumer_lib.c npy.h npy.c
	kernels.h blocks.h blocks.c store.c pool.h pool.c share.h share.c
	wide.h exact.h exact.c
	kernels_gather.c kernels_float16.h kernels_search.c kernels_integer.c
	kernels_split.h kernels_float_template.h kernels_float.c
	decimal.h decimal.c decimal_avx512.h
	decimal_avx512.c powers_of_ten.h decimal_float.c
	decimal_float_avx512.c hexadecimal.c cpu.c
	summary.c compare.c quantile.c histogram.c writer.c save.c print.c
	filemap.h filemap.c plan.h plan.c input.h input.c source.h source.c
	reader.h reader.c walk.h walk.c stream.h stream.c open.c"

# The quoted includes of a file, one a line.
includes_of() {
	sed -n 's/^[ 	]*#[ 	]*include[ 	]*"\(.*\)".*/\1/p' "$1"
}

# Comments and strings left out, so that they may say anything.
code_of() {
	sed -e 's/\\"//g' -e 's/"[^"]*"/""/g' -e 's://.*::' "$1" |
		sed -e ':join' -e '/\/\*/!b' -e 's:/\*.*\*/::' -e 't join' \
			-e 'N' -e 's:/\*.*\*/::' -e 't join' -e 'b join'
}

# It says which system's features the headers behind it show.
check_config_is_first() {
	first=$(sed -n '/^#[ 	]*include/{p;q;}' "$source/$1")
	[ "$first" = '#include "config.h"' ] ||
		fail "$1: its first header is not config.h"
}

check_library_file() {
	case $1 in *.c) check_config_is_first "$1" ;; esac
	known=config.h
	for layer in $layers; do
		known="$known $layer"
		[ "$layer" != "$1" ] || break
	done
	[ "$layer" = "$1" ] || fail "$1: is in no layer; name it in $0"
	for header in $(includes_of "$source/$1"); do
		case " $known " in
		*" $header "*) ;;
		*) fail "$1: includes $header, of a layer behind it" ;;
		esac
	done
	if grep -n '#.*include.*[<"/]\(Python\|getopt\)\.h' "$source/$1"; then
		fail "$1: the library includes Python.h or getopt.h"
	fi
	# What ends the program, prints to streams that nobody gave, or changes
	# the locale.  snprintf() and fwrite() do nothing of it.
	calls='abort|assert|exit|_exit|_Exit|quick_exit|err|errx|warn|warnx'
	calls="$calls|perror|printf|vprintf|puts|putchar"
	calls="$calls|setlocale|uselocale|newlocale"
	if code_of "$source/$1" |
		grep -nE "(^|[^A-Za-z0-9_])(($calls) *\(|stdout|stderr)"; then
		fail "$1: the library neither ends the program nor prints"
	fi
}

# Of the library's headers a front end sees consumer.h alone.
check_front_end_file() {
	for header in $(includes_of "$source/$1"); do
		# shellcheck disable=SC2254 # $2 is a pattern
		case $header in
		config.h | consumer.h | $2) ;;
		*) fail "$1: includes $header" ;;
		esac
	done
}

n_files=0
for file in "$source"/*.[ch]; do
	name=$(basename "$file")
	n_files=$((n_files + 1))
	case $name in
	consumer-cli.c | cli_*)
		case $name in *.c) check_config_is_first "$name" ;; esac
		check_front_end_file "$name" 'cli_*.h'
		;;
	py*) check_front_end_file "$name" 'py*.h' ;;
	*) check_library_file "$name" ;;
	esac
done
if [ "$n_files" -lt 10 ]; then
	fail "there are only $n_files files in $source"
fi

# The same of what was compiled, where it can be asked.
if command -v nm > /dev/null && [ -f .libs/libconsumer_core.a ]; then
	nm -u .libs/libconsumer_core.a > "$directory/undefined" || exit 1
	words='abort|exit|_exit|_Exit|__assert_fail|perror|printf|__printf_chk'
	words="$words|vprintf|puts|putchar|putc|stdout|stderr|setlocale"
	words="$words|uselocale|Py[A-Z_].*|getopt.*"
	if grep -E "^ *U ($words)(@.*)?\$" "$directory/undefined"; then
		fail "the library calls what it must not"
	fi
	grep -q ' U .*read' "$directory/undefined" ||
		fail "nm shows nothing of the library"
fi
exit $status
