#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The completions know the options that --help shows, with the same choices, and
# no others.  That of bash is asked; those of zsh and fish are read, and checked
# by their shells where there are any.  Runs in the build directory; srcdir is
# automake's.

completions=${srcdir:-$(dirname "$0")/..}/completions
completions=$(cd "$completions" && pwd) || exit 1
if [ ! -x ./consumer-cli ]; then
	echo "skipped: there is no ./consumer-cli here"
	exit 77
fi

directory=$(mktemp -d) || exit 1
trap 'rm -rf "$directory"' EXIT
trap 'exit 1' HUP INT TERM
status=0

./consumer-cli --help > "$directory/help" || exit 1
types=$(sed -n '/^TYPE is a name:/,/^or a code/ s/^  *//p' "$directory/help" |
	tr '\n' ' ')
types=${types% }

# An option a line: its letter, its name, and what it takes: nothing, VALUE,
# [VALUE], FILE or the choices.
sed -n -e 's/^  *\(-.\), --\([^ ]*\).*/\1 \2/p' \
	-e 's/^  *--\([^ ]*\).*/ \1/p' "$directory/help" |
	sed -e 's/\[=.*/ [VALUE]/' -e 's/=FILE$/ FILE/' -e "s/=TYPE\$/ $types/" \
		-e '/=.*|/ { s/[=|]/ /g; }' -e 's/=.*/ VALUE/' |
	sort > "$directory/want"
if [ "$(wc -l < "$directory/want")" -lt 10 ] || [ -z "$types" ]; then
	echo "--help shows no options, or no types"
	exit 1
fi

compare() {
	if ! diff "$directory/want" "$directory/$1"; then
		echo "--help (<) and the completion of $1 (>) differ"
		status=1
	fi
}

# --- fish -------------------------------------------------------------------

sed -n 's/^complete -c consumer-cli //p' "$completions/consumer-cli.fish" |
	sed -e "s/ -d '.*//" -e 's/-s \(.\) -l /-\1 /' -e 's/^-l / /' \
		-e "s/ -x -a '\(.*\)'/ \1/" -e 's/ -x$/ VALUE/' \
		-e 's/ -r -F$/ FILE/' -e 's/^ histogram$/& [VALUE]/' |
	sort > "$directory/fish"
compare fish
if command -v fish > /dev/null; then
	fish --no-execute "$completions/consumer-cli.fish" || status=1
else
	echo "fish is missing: the syntax of its completion was not checked"
fi

# --- zsh --------------------------------------------------------------------

# An option's line begins with "'-" or, if it has two names, with "'(...)'{-".
sed -n "s/^  '\(([^)]*)\)\{0,1\}\('{\)\{0,1\}-/-/p" \
	"$completions/_consumer-cli" |
	sed -e 's/\[[^]]*\]//' -e "s/['\"] \\\\\$//" -e "s/}['\"]/ /" \
		-e 's/+\{0,1\},--/ /' -e 's/^--/ /' \
		-e 's/=- *::.*/ [VALUE]/' -e 's/:file:_files$/FILE/' \
		-e 's/:.*:(\(.*\))$/\1/' -e 's/:.*: $/VALUE/' \
		-e 's/= */ /' -e 's/ $//' |
	sort > "$directory/zsh"
compare zsh
if command -v zsh > /dev/null; then
	zsh -n "$completions/_consumer-cli" || status=1
else
	echo "zsh is missing: the syntax of its completion was not checked"
fi

# --- bash -------------------------------------------------------------------

if ! command -v bash > /dev/null; then
	echo "bash is missing: its completion was not asked"
	exit $status
fi
cat > "$directory/ask.bash" << 'END'
source "$1"
complete -p consumer-cli > /dev/null || exit 1
mkdir files && : > "files/a file" && cd files || exit 1

# What completes the last of the words, on one line.
complete_words() {
	COMP_WORDS=(consumer-cli "$@")
	COMP_CWORD=$#
	COMPREPLY=()
	$(complete -p consumer-cli | sed 's/.*-F \([^ ]*\).*/\1/')
	echo "${COMPREPLY[*]}"
}

# What an option takes: the answer, in the words of --help.
takes() {
	local spaced=$(complete_words "$1" "") joined=$(complete_words "$1" = "")

	case $1,$spaced,$joined in
	--*,"$joined",*) ;;
	-[!-],*,*) joined=$spaced ;;
	--*,"a file",) echo "[VALUE]"; return ;;
	*) echo "$1: '$spaced' is not '$joined'" >&2; exit 1 ;;
	esac
	echo "${joined:-VALUE}"
}

letter=
for option in $(complete_words -); do
	case $option in
	-[!-]) letter=$option; continue ;;
	--*=) value=$(takes "${option%=}" | sed 's/^a file$/FILE/') ;;
	*) value=$(takes "$option" | sed 's/^a file$//; s/^VALUE$/lacks =/') ;;
	esac
	option=${option%=}
	if [[ $letter && $(takes "$letter") != $(takes "$option") ]]; then
		echo "$letter is not $option"
	fi
	echo "$letter ${option#--}${value:+ $value}"
	letter=
done | sort
END
(cd "$directory" &&
	bash ask.bash "$completions/consumer-cli.bash" > answers) || status=1
mv "$directory/answers" "$directory/bash"
compare bash

# Beginnings of words, a value behind "=", and what follows "--".
cat > "$directory/more" << 'END'
complete_words --qu
complete_words --format = j
complete_words --format =
complete_words -t float
complete_words --max = 1
complete_words -- --ma
complete_words -- "a f"
complete_words --histogram ""
complete_words --histogram = ""
complete_words x
END
cat > "$directory/want" << 'END'
--quantiles= --quiet
json
array lines csv json hex raw npy
float16 float32 float64


a file
a file


END
sed '/^letter=$/,$d' "$directory/ask.bash" > "$directory/more.bash"
cat "$directory/more" >> "$directory/more.bash"
(cd "$directory" && rm -r files &&
	bash more.bash "$completions/consumer-cli.bash" > more_bash) || status=1
if ! diff "$directory/want" "$directory/more_bash"; then
	echo "bash completes (>) other words than those wanted (<)"
	status=1
fi
exit $status
