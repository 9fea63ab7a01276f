#!/bin/sh
# SPDX-License-Identifier: MIT
#
# coverage.sh - which branches "make check" takes, for each source file, and in
# which functions there are branches that it never takes and that
# tests/never_taken.txt does not explain.  "make coverage" runs it in the build
# directory; what it builds stays in coverage/.
#
# Exits with 1 if too few branches are taken or one is not explained, with 77
# if gcovr is missing.

source=$(cd "${srcdir:-$(dirname "$0")/..}" && pwd) || exit 1
for tool in gcc gcov-tool gcovr; do
	if ! command -v "$tool" > /dev/null; then
		echo "skipped: $tool is missing (Debian: gcc, gcovr)"
		exit 77
	fi
done
mkdir -p coverage && cd coverage || exit 1

# Without optimisation a branch of the source is one of the program, and
# functions that are otherwise copied to each caller are counted once.
[ -f Makefile ] || "$source/configure" CC=gcc PYTHON="$PYTHON" \
	CFLAGS='-O0 -g --coverage -fprofile-update=atomic -Dalways_inline=' \
	> configure.log 2>&1 || { tail -n 1 configure.log; exit 1; }
rm -rf profiles merged && find . -name '*.gcda' -exec rm {} +
rm -f ./*conftest.gcno
jobs=-j$(nproc)
make "$jobs" > make.log 2>&1 || exit 1

# Each test has counts of its own, since a program that cannot write, on
# purpose, damages them, and complains.
n_parts=$(pwd -P | tr -cd / | wc -c)
environment="GCOV_PREFIX='$PWD/profiles/\$(@F)' GCOV_PREFIX_STRIP=$n_parts"
CK_TIMEOUT_MULTIPLIER=4 make "$jobs" -k check \
	TESTS_ENVIRONMENT="$environment GCOV_ERROR_FILE=/dev/null" \
	> check.log 2>&1
grep -E '^# (PASS|SKIP|FAIL|ERROR):|^(FAIL|ERROR):' check.log

for profile in profiles/*; do
	if [ ! -d merged ]; then
		cp -R "$profile" merged
		continue
	fi
	gcov-tool merge merged "$profile" -o sum > merge.log 2>&1 || {
		echo "damaged: $profile"
		continue
	}
	rm -rf merged && mv sum merged
done
cp -R merged/. .
gcovr --root "$source" --filter "$source/src/" --exclude-unreachable-branches \
	--json coverage.json . 2> gcovr.log || exit 1
"${PYTHON:-python3}" "$source/tests/coverage.py" coverage.json \
	"$source/tests/never_taken.txt"
