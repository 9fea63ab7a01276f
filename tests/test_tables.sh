#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The tables that scripts made are what the scripts make.

source=${srcdir:-$(dirname "$0")/..}/src
python=${PYTHON:-python3}
if ! "$python" -c '' 2> /dev/null; then
	echo "skipped: $python is missing (Debian: python3)"
	exit 77
fi

directory=$(mktemp -d) || exit 1
trap 'rm -rf "$directory"' EXIT
trap 'exit 1' HUP INT TERM

"$python" -B "$source/make_powers_of_ten.py" > "$directory/table" || exit 1
diff "$source/powers_of_ten.h" "$directory/table"
