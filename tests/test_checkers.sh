#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What static checkers say of the sources: nothing.  Those that are installed
# are run, with CONSUMER_LONG_TESTS=1 ("make lint"), since they take a minute.
# Runs in the build directory; srcdir is automake's.

if [ -z "${CONSUMER_LONG_TESTS-}" ]; then
	echo "skipped: set CONSUMER_LONG_TESTS=1, or use make lint"
	exit 77
fi
build=$PWD
python_flags=$(sed -n 's/^PYTHON_CPPFLAGS = //p' Makefile)
cd "${srcdir:-$(dirname "$0")/..}" || exit 1
status=0
n_checkers=0

# The extension's files, where there is an extension.
sources=$(echo src/*.c | tr ' ' '\n')
[ -n "$python_flags" ] || sources=$(echo "$sources" | grep -v src/py)
flags="-std=gnu11 -D_GNU_SOURCE -DHAVE_CONFIG_H -DNDEBUG"
flags="$flags -DKERNEL_VARIANT=portable -I$build -Isrc $python_flags"

# is_there PROGRAM
is_there() {
	if ! command -v "$1" > /dev/null; then
		echo "$1 is missing (Debian: ${2:-$1})"
		return 1
	fi
	n_checkers=$((n_checkers + 1))
	echo "== $1"
}

# in_turns N COMMAND...: with N sources each time, two at a time.
in_turns() {
	n=$1
	shift
	echo "$sources" | xargs -P 2 -n "$n" "$@"
}

if is_there shellcheck; then
	shellcheck bootstrap .ci/run examples/*.sh tests/*.sh tests/run-* \
		tests/fuzz/*.sh completions/consumer-cli.bash || status=1
fi

if is_there cppcheck; then
	# *uninitvar: it does not see through memcpy() and sigsetjmp(), nor that
	# a turn has as many numbers at least as are printed of it.
	# nullPointerRedundantCheck: a view that was not made is not tracked.
	# returnDanglingLifetime: what is loaded of a copy is a new object.
	# invalidPointerCast: the type pointed to may alias anything.
	# missingReturn, identicalInnerCondition: Python.h's macros, unknown.
	cppcheck -q -j 2 --std=c11 --error-exitcode=1 \
		--enable=warning,performance,portability \
		--suppress='ctuuninitvar:src/kernels_*' \
		--suppress=uninitvar:src/guard.c \
		--suppress=uninitvar:src/decimal.c \
		--suppress=nullPointerRedundantCheck:src/pyconsumer.h \
		--suppress=returnDanglingLifetime:src/pyguard.c \
		--suppress=uninitStructMember:src/guard.c \
		--suppress='invalidPointerCast:src/kernels_*' \
		--suppress='missingReturn:src/py*.c' \
		--suppress='identicalInnerCondition:src/py*.c' \
		-D_GNU_SOURCE -DHAVE_CONFIG_H -DKERNEL_VARIANT=portable \
		-I"$build" -Isrc src/*.c || status=1
fi

if gcc -fanalyzer -S -x c -o /dev/null /dev/null 2> /dev/null; then
	n_checkers=$((n_checkers + 1))
	echo "== gcc -fanalyzer"
	# use-of-uninitialized-value: fail() never returns CONSUMER_OK.
	# malloc-leak: it loses print.c's parts, which are in an array.
	# null-dereference: what bsearch() looks for is there (quantile.c).
	# shellcheck disable=SC2086 # lists of options
	in_turns 1 gcc -O1 -fanalyzer -Werror $flags \
		-Wno-analyzer-use-of-uninitialized-value \
		-Wno-analyzer-malloc-leak \
		-Wno-analyzer-null-dereference \
		-c -o /dev/null || status=1
else
	echo "gcc has no -fanalyzer"
fi

if is_there clang-tidy; then
	# Python.h is not ours; and it takes minutes for what macros make, a
	# function for each type.
	sources=$(echo "$sources" | grep -Ev 'src/(py|decimal|hexa|kernels)')
	# shellcheck disable=SC2016,SC2086 # lists of options
	in_turns 3 sh -c 'clang-tidy --quiet "$@" -- '"$flags" sh \
		2> /dev/null || status=1
fi

if [ "$n_checkers" = 0 ]; then
	echo "skipped: there is no checker"
	exit 77
fi
exit $status
