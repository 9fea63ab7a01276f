#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The options that --help shows and those of the manual page are the same, with
# the same arguments and in the same order; libconsumer(3) names the functions of
# consumer.h; every page is of the same version, and nothing warns of it.  Runs in the build directory; srcdir is automake's.

pages=${srcdir:-$(dirname "$0")/..}/man
page=$pages/consumer-cli.1
if [ ! -x ./consumer-cli ]; then
	echo "skipped: there is no ./consumer-cli here"
	exit 77
fi

directory=$(mktemp -d) || exit 1
trap 'rm -rf "$directory"' EXIT
trap 'exit 1' HUP INT TERM

./consumer-cli --help > "$directory/text" || exit 1
sed -n 's/^ *\(\(-., \)\{0,1\}--[^ ]*\).*/\1/p' "$directory/text" \
	> "$directory/help"
sed -n '/^\.TP$/ { n; s/\\f.//g; s/\\-/-/g; s/^\.B \(-\)/\1/p; }' "$page" \
	> "$directory/page"
status=0
if [ ! -s "$directory/help" ]; then
	echo "--help shows no options"
	status=1
fi
if ! diff "$directory/help" "$directory/page"; then
	echo "--help (<) and the manual page (>) differ"
	status=1
fi

# A row of the page's table may end in "*"; each stands for some function.
sed -n '/^\.SS Groups/,/^\.TE/ s/^\(consumer_[^	]*\)	.*/^\1(\$/p' \
	"$pages/libconsumer.3" | sed 's/\*/.*/' > "$directory/rows"
grep -oE '\bconsumer_[a-z0-9_]+\(' "$pages/../src/consumer.h" |
	sort -u > "$directory/functions"
if grep -v -f "$directory/rows" "$directory/functions"; then
	echo "libconsumer(3) does not name these functions"
	status=1
fi
while IFS= read -r row; do
	if ! grep -q "$row" "$directory/functions"; then
		echo "libconsumer(3) names $row, which is not in consumer.h"
		status=1
	fi
done < "$directory/rows"

# Formatting must raise no warning, where there is something to format with.
check_page() {
	: > "$directory/warnings"
	if ! grep -q "^\.TH .* \"consumer ${version#consumer-cli }\" " "$1"; then
		echo "$1 is not of $version"
		status=1
	fi
	if command -v man > /dev/null; then
		LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z \
			"$1" 2>> "$directory/warnings" > /dev/null
	fi
	if command -v mandoc > /dev/null; then
		mandoc -Tlint "$1" >> "$directory/warnings" 2>&1
	fi
	if [ -s "$directory/warnings" ]; then
		cat "$directory/warnings"
		status=1
	fi
}

version=$(./consumer-cli --version) || exit 1
for page in "$pages"/*.[1-9]; do
	check_page "$page"
done
exit $status
