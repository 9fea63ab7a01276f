#!/bin/sh
# SPDX-License-Identifier: MIT
#
# live.sh [TARGET]... - run the fuzz targets, all of them or those named: "make
# fuzz".  In the environment:
#
#   FUZZ_SECONDS=60  how long, for each target
#   FUZZ_RUNS=N      N executions instead
#   FUZZ_STILL=1     again, FUZZ_SECONDS each time, until a turn found nothing new
#   FUZZ_QUICK=1     without sanitizers: several times as many executions; what
#                    the target requires, and its unmapped pages, are still there
#
# Runs in the build directory, with what the Makefile knows in the environment:
# srcdir, FUZZ_CORE, FUZZ_KERNELS, AVX2_CFLAGS, AVX512_CFLAGS.  Objects, programs
# and what the fuzzer finds go to fuzz-live/; the corpus that is kept is only
# read, and "live.sh --keep" makes it anew of all that was found.
set -eu
: "${srcdir:?make fuzz gives it}"
clang=${FUZZ_CLANG:-clang}
fuzz=$srcdir/tests/fuzz
live=./fuzz-live
found=$live/corpus
max_len=4096
duration=-max_total_time=${FUZZ_SECONDS:-60}
[ -z "${FUZZ_RUNS-}" ] || duration=-runs=$FUZZ_RUNS
if [ -z "${FUZZ_QUICK-}" ]; then
	sanitizers=,address,undefined
	compile_flags="-O1 -fno-omit-frame-pointer -fno-sanitize-recover=all"
	run_flags=
else
	# What comparisons are about, and which inputs are rare, costs more to
	# find out than to run these targets.
	live=$live/quick
	sanitizers=
	compile_flags="-O2 -fno-sanitize-coverage=trace-cmp"
	run_flags=-entropic=0
fi

if ! command -v "$clang" > /dev/null; then
	echo "live.sh: $clang is missing (Debian: clang)" >&2
	exit 1
fi
mkdir -p "$live/objects"

# compile SOURCE OBJECT [FLAG]...: unless that was done.
compile() {
	source=$srcdir/$1
	object=$live/objects/$2
	shift 2
	if [ -f "$object" ] && [ -z "$(find "$source" "$srcdir/src" \
		"$fuzz" config.h \( -name '*.h' -o -path "$source" \) \
		-newer "$object")" ]; then
		return
	fi
	# shellcheck disable=SC2086 # a list of options
	"$clang" -std=gnu11 -g -ffp-contract=off $compile_flags \
		-fsanitize=fuzzer-no-link$sanitizers \
		-D_GNU_SOURCE -DHAVE_CONFIG_H \
		-I. -I"$srcdir/src" -I"$fuzz" "$@" -c "$source" -o "$object"
}

has_avx2=$(sed -n 's/^#define HAVE_X86_KERNELS //p' config.h)
for file in $FUZZ_CORE src/cli_options.c src/cli_message.c \
	tests/fuzz/fuzz.c; do
	case $file in
	*.c) compile "$file" "$(basename "$file" .c).o" ;;
	esac
done
for file in $FUZZ_KERNELS; do
	name=$(basename "$file" .c)
	case $file in *.h) continue ;; esac
	compile "$file" "portable_$name.o" -DKERNEL_VARIANT=portable
	[ "$has_avx2" = 1 ] || continue
	# shellcheck disable=SC2086 # lists of options
	compile "$file" "avx2_$name.o" -DKERNEL_VARIANT=avx2 $AVX2_CFLAGS
	# shellcheck disable=SC2086
	compile "$file" "avx512_$name.o" -DKERNEL_VARIANT=avx512 $AVX512_CFLAGS
done

# An archive: a target gets what it calls, and counts the edges of no more.
rm -f "$live/core.a"
find "$live/objects" -name '*.o' ! -name 'fuzz*' ! -name 'cli_*' \
	-exec ar rcs "$live/core.a" {} +

# link TARGET: with what of the command line it tests.
link() {
	cli=
	wrap=
	compile "tests/fuzz/$1.c" "$1.o"
	case $1 in
	fuzz_options)
		cli="$live/objects/cli_options.o $live/objects/cli_message.o"
		wrap=-Wl,--wrap=write
		;;
	fuzz_text) cli=$live/objects/cli_options.o ;;
	esac
	# shellcheck disable=SC2086 # lists of files
	"$clang" -g -fsanitize=fuzzer$sanitizers $wrap \
		"$live/objects/$1.o" "$live/objects/fuzz.o" $cli \
		"$live/core.a" -lpthread -lm -o "$live/$1"
}

# The edges that TARGET has seen.
coverage() {
	sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$live/$1.log" | tail -n 1
}

# statistic TARGET NAME: a count that the target printed at its end, or nothing.
statistic() {
	sed -n "s/^stat::$2: *//p" "$live/$1.log"
}

# run TARGET DIRECTORY...: prints what it did.
run() {
	target=$1
	shift
	if [ -f "$fuzz/$target.dict" ]; then
		set -- -dict="$fuzz/$target.dict" "$@"
	fi
	if ! "$live/$target" "$duration" -timeout=10 $run_flags \
		-rss_limit_mb=1024 -max_len=$max_len -print_final_stats=1 \
		-artifact_prefix="$live/$target-" "$@" 2> "$live/$target.log"; then
		tail -n 40 "$live/$target.log" >&2
		return 1
	fi
	numbers=$(statistic "$target" numbers)
	printf '%s: %s executions, %s%s\n' "$target" \
		"$(statistic "$target" number_of_executed_units)" \
		"${numbers:+$numbers numbers, }" \
		"$(grep -o 'cov: .* corp: [^ ]*' "$live/$target.log" |
			tail -n 1)"
}

keeps=false
if [ "${1-}" = --keep ]; then
	keeps=true
	shift
fi
if [ $# = 0 ]; then
	for file in "$fuzz"/fuzz_*.c; do
		set -- "$@" "$(basename "$file" .c)"
	done
fi
for target; do
	kept=$fuzz/corpus/$target
	mkdir -p "$found/$target" "$kept"
	link "$target"
	if $keeps; then
		mkdir -p "$live/old/$target"
		find "$kept" -type f -exec mv {} "$live/old/$target" \;
		# One input for each edge, not for how often it is taken.
		"$live/$target" -merge=1 -use_counters=0 -max_len=256 "$kept" \
			"$live/old/$target" "$found/$target" \
			2> "$live/$target.log"
		echo "$target: $(find "$kept" -type f | wc -l) inputs"
	else
		seen=
		run "$target" "$found/$target" "$kept"
		while [ -n "${FUZZ_STILL-}" ] &&
			[ "$(coverage "$target")" != "$seen" ]; do
			seen=$(coverage "$target")
			run "$target" "$found/$target" "$kept"
		done
	fi
done
