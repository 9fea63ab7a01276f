#!/bin/sh
# SPDX-License-Identifier: MIT
#
# live.sh [TARGET]... - run the fuzz targets for FUZZ_SECONDS (60) each, all of
# them or those named: "make fuzz".
#
# Runs in the build directory, with what the Makefile knows in the environment:
# srcdir, FUZZ_CORE, FUZZ_KERNELS, AVX2_CFLAGS, AVX512_CFLAGS.  Objects, programs
# and what the fuzzer finds go to fuzz-live/; the corpus that is kept is only
# read, and "live.sh --keep" makes it anew of all that was found.
set -eu
: "${srcdir:?make fuzz gives it}"
clang=${FUZZ_CLANG:-clang}
seconds=${FUZZ_SECONDS:-60}
fuzz=$srcdir/tests/fuzz
live=./fuzz-live
max_len=4096

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
	"$clang" -std=gnu11 -O1 -g -fno-omit-frame-pointer -ffp-contract=off \
		-fsanitize=fuzzer-no-link,address,undefined \
		-fno-sanitize-recover=all -D_GNU_SOURCE -DHAVE_CONFIG_H \
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
	# shellcheck disable=SC2046,SC2086 # lists of files
	"$clang" -g -fsanitize=fuzzer,address,undefined $wrap \
		"$live/objects/$1.o" "$live/objects/fuzz.o" $cli \
		$(find "$live/objects" -name '*.o' ! -name 'fuzz*' \
			! -name 'cli_*') -lpthread -lm -o "$live/$1"
}

# run TARGET DIRECTORY...: prints what it did.
run() {
	target=$1
	shift
	if [ -f "$fuzz/$target.dict" ]; then
		set -- -dict="$fuzz/$target.dict" "$@"
	fi
	if ! "$live/$target" -max_total_time="$seconds" -timeout=10 \
		-rss_limit_mb=1024 -max_len=$max_len -print_final_stats=1 \
		-artifact_prefix="$live/$target-" "$@" 2> "$live/$target.log"; then
		tail -n 40 "$live/$target.log" >&2
		return 1
	fi
	printf '%s: %s executions, %s\n' "$target" \
		"$(sed -n 's/^stat::number_of_executed_units: *//p' \
			"$live/$target.log")" \
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
	found=$live/corpus/$target
	kept=$fuzz/corpus/$target
	mkdir -p "$found" "$kept"
	link "$target"
	if $keeps; then
		mkdir -p "$live/old/$target"
		find "$kept" -type f -exec mv {} "$live/old/$target" \;
		# One input for each edge, not for how often it is taken.
		"$live/$target" -merge=1 -use_counters=0 -max_len=256 "$kept" \
			"$live/old/$target" "$found" 2> "$live/$target.log"
		echo "$target: $(find "$kept" -type f | wc -l) inputs"
	else
		run "$target" "$found" "$kept"
	fi
done
