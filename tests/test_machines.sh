#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test_machines.sh [MACHINE]... - the C tests and the transcripts of the command
# line on other machines: compiled by cross compilers, run by qemu's emulation
# of programs.  Some that are no machines, but watch what programs do, come the
# same way: valgrind, and the compilers' sanitizers for threads and for memory
# that nobody wrote.  "make check-machines" runs it in the build directory; what
# it builds stays in machines/, so that a second run is quick.
#
# Exits with 1 if a test failed, with 77 if there was no machine to test on.

source=$(cd "${srcdir:-$(dirname "$0")/..}" && pwd) || exit 1
mkdir -p machines && cd machines || exit 1
here=$PWD
status=77

# --- Check -----------------------------------------------------------------

# For no machine but this one is there a library of it that is easily had, so
# it is built for each, from Debian's source package.  CHECK_SOURCE may name
# the tar file of another release.
fetch_check() {
	[ ! -x check/configure ] || return 0
	rm -rf check && mkdir -p check apt/lists/partial \
		apt/cache/archives/partial || return 1
	tarball=${CHECK_SOURCE-}
	if [ -z "$tarball" ]; then
		# shellcheck disable=SC1091 # of the system
		suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
		key=/usr/share/keyrings/debian-archive-keyring.gpg
		mirror=http://deb.debian.org/debian
		echo "deb-src [signed-by=$key] $mirror $suite main" \
			> apt/sources.list
		# Lists of its own: those of the system stay as they are.
		(
			cd apt && set -- -q -o "Dir::State::lists=$PWD/lists" \
				-o "Dir::Cache=$PWD/cache" \
				-o "Dir::Etc::sourcelist=$PWD/sources.list" \
				-o Dir::Etc::sourceparts=/dev/null
			apt-get "$@" update &&
				apt-get "$@" source --download-only check
		) > apt/log 2>&1 || return 1
		tarball=$(ls apt/check_*.orig.tar.*)
	fi
	tar -xf "$tarball" -C check --strip-components=1
}

build_check() {
	[ ! -f prefix/lib/libcheck.a ] || return 0
	mkdir -p check && (
		cd check &&
		"$here/check/configure" --prefix="$PWD/../prefix" \
			--disable-subunit --disable-shared "$@" &&
		make -C lib install && make -C src install &&
		cp check_stdint.h ../prefix/include/
	) > check.log 2>&1
}

# --- Building --------------------------------------------------------------

build() {
	[ -f Makefile ] || "$source/configure" --disable-python \
		--enable-werror "$@" \
		CHECK_CFLAGS="-isystem $PWD/prefix/include" \
		CHECK_LIBS="-L$PWD/prefix/lib -lcheck -pthread -lrt -lm" \
		> configure.log 2>&1 &&
		make all > make.log 2>&1 &&
		make check TESTS= >> make.log 2>&1
}

# --- What was built ---------------------------------------------------------

# How many of the portable kernels that sum and find the range have vectors, and
# which have none, of what "objdump -d" shows.  Those that sum float32 and
# float64 leave their loops to split_*.
count_vectors() {
	awk '/^$/ { name = "" }
	/^[0-9a-f]+ <(sum|range|split)_/ && !/<sum_float(32|64)>/ {
		name = $2
		has[name] = 0
	}
	name && /[ \t,{]v[0-9]+[.]/ { has[name] = 1 }
	END {
		for (name in has) {
			n += has[name]
			if (!has[name])
				printf "FAILED: no vectors in %s\n", name
		}
		printf "vectors in %d kernels\n", n
	}'
}

# test_built NAME COMPILER: no function is chosen by the loader; the compiler has
# found vectors where every machine of the kind has them.
test_built() {
	case $2 in
	musl-gcc | clang) prefix= ;;
	*) prefix=${2%gcc} ;;
	esac
	"${prefix}readelf" -Ws consumer-cli .libs/libconsumer.so > symbols.log
	said="$(grep -c FUNC symbols.log) functions"
	if grep IFUNC symbols.log; then
		said="$said, FAILED: some are IFUNC"
	fi
	if [ "$1" = aarch64 ]; then
		said="$said, $("${prefix}objdump" -d \
			src/.libs/libkernels_portable_la-kernels_*.o |
			count_vectors)"
	fi
	echo "$1: built: $said"
	! echo "$said" | grep -q FAILED
}

# --- Testing ---------------------------------------------------------------

# What "make check" has counted, in one line.
count() {
	awk '/^# (PASS|SKIP|FAIL|ERROR):/ { n[$2] += $3 }
	END { printf "%d passed", n["PASS:"]
		if (n["SKIP:"]) printf ", %d skipped", n["SKIP:"]
		n["FAIL:"] += n["ERROR:"]
		if (n["FAIL:"]) printf ", %d FAILED", n["FAIL:"] }' "$1"
}

# The cases inside the programs.
count_cases() {
	cat tests/check_*.log | awk -F'[ ,]+' '/^[0-9]+%: Checks:/ {
		n += $3; bad += $5 + $7 }
	END { printf "%d cases", n; if (bad) printf ", %d FAILED", bad }'
}

# test_c NAME RUN: the C tests, and the fuzz targets over their corpora
test_c() {
	programs=$(find tests -name 'check_*-check_*.o' -o -name 'fuzz_*.o' |
		sed -e 's/[^/]*-//' -e 's/\.o$//' | grep -v check_run | sort |
		tr '\n' ' ')
	CK_TIMEOUT_MULTIPLIER=10 \
		make check TESTS="$programs" LOG_COMPILER="$2" \
		> check_c.log 2>&1
	result=$?
	echo "$1: C tests: $(count check_c.log) ($(count_cases))"
	return $result
}

# test_cli NAME RUN LEFT_OUT OPTIONS LONG_BIT: the transcripts, where consumer-cli
# is a script, and getconf speaks of its machine
test_cli() {
	mkdir -p cli && cat > cli/consumer-cli <<-END
		#!/bin/sh
		exec $2 '$PWD/consumer-cli' $4 "\$@"
	END
	printf '#!/bin/sh\n[ "$*" = LONG_BIT ] && echo %s\n' "$5" > cli/getconf
	chmod +x cli/consumer-cli cli/getconf
	n_passed=0 n_skipped=0 failed=
	for transcript in "$source"/tests/cli/*.t; do
		name=$(basename "$transcript" .t)
		case " $3 " in
		*" $name "*) continue ;;
		esac
		(cd cli && "$source/tests/run-cram" "$transcript") \
			> "cli/$name.log" 2>&1
		case $? in
		0) n_passed=$((n_passed + 1)) ;;
		77) n_skipped=$((n_skipped + 1)) ;;
		*) failed="$failed $name" ;;
		esac
	done
	echo "$1: transcripts: $n_passed passed, $n_skipped skipped" \
		"${failed:+, FAILED:$failed}"
	[ -z "$failed" ]
}

# --- Machines --------------------------------------------------------------

# test_machine NAME COMPILER EMULATOR TRANSCRIPTS [CONFIGURE-OPTION]...
#
# The words of TRANSCRIPTS are left out: what they look at is not the machine's,
# but the emulator's.
test_machine() {
	name=$1 compiler=$2 emulator=$3 transcripts=$4
	shift 4
	for tool in "$compiler" ${emulator%% *}; do
		command -v "$tool" > /dev/null && continue
		echo "$name: skipped: there is no $tool"
		return
	done
	mkdir -p "$name"
	if ! (cd "$name" && build_check "$@" && build "$@"); then
		echo "$name: FAILED to build: see machines/$name/*.log"
		status=1
		return
	fi
	[ "$status" = 1 ] || status=0
	(cd "$name" && test_built "$name" "$compiler") || status=1
	(cd "$name" && test_c "$name" "$emulator") || status=1
	(cd "$name" && test_cli "$name" "$emulator" "$transcripts" \
		"$cli_options" "$long_bits") || status=1
}

# Under strace and in limits of memory it is qemu that is looked at; it takes 40
# bytes for each page of a mapping, 10 GB for 1 TiB; and tells on standard error
# that a signal has ended the program.
no_system="faults output_faults limits sparse signals"
# These speak of 64 bits: the names of system calls, and a .npy file of 1 TiB,
# whose elements 32 bits cannot count.
no_64="faults output_faults sparse"

# Those that watch take memory of their own, and have their own signals.
no_watch="memory change errors"

test_one() {
	cli_options="" long_bits=64
	case $1 in i686 | armhf) long_bits=32 ;; esac
	case $1 in
	i686)
		root=/usr/i686-linux-gnu/lib
		test_machine i686 i686-linux-gnu-gcc \
			"$root/ld-linux.so.2 --library-path $root" \
			"$no_64" --host=i686-linux-gnu
		;;
	musl)
		# musl words some errors otherwise.
		test_machine musl musl-gcc "" \
			"errors faults output_faults output_file" CC=musl-gcc
		;;
	aarch64)
		test_machine aarch64 aarch64-linux-gnu-gcc \
			"qemu-aarch64 -L /usr/aarch64-linux-gnu" \
			"$no_system" --host=aarch64-linux-gnu
		;;
	armhf)
		# qemu gives the host's address of a SIGBUS: with this base, its
		# lower half is the right one.  It maps the wrong part of a file
		# from 4 GiB on.
		test_machine armhf arm-linux-gnueabihf-gcc \
			"qemu-arm -B 0x10000000000 -L /usr/arm-linux-gnueabihf" \
			"$no_system large_mapped" \
			--host=arm-linux-gnueabihf
		;;
	s390x)
		# The transcripts write little-endian files; those left out
		# have orders of their own, or show the native one, or need the
		# address of a SIGBUS, of which qemu misplaces one half.
		cli_options=--endian=little
		test_machine s390x s390x-linux-gnu-gcc \
			"qemu-s390x -L /usr/s390x-linux-gnu" \
			"$no_system change formats npy summaries types" \
			--host=s390x-linux-gnu
		;;
	valgrind)
		# Not one of those that are tried unasked: it keeps no mode of
		# floats, so that tests of that fail, and ends what would
		# survive a SIGBUS.
		test_machine valgrind gcc \
			"valgrind -q --error-exitcode=99 --leak-check=full" \
			"$no_system $no_watch" CC=gcc CFLAGS="-O1 -g"
		;;
	thread)
		test_machine thread gcc "" "$no_system $no_watch" \
			CC=gcc CFLAGS="-O1 -g" --enable-sanitizers=thread
		;;
	memory)
		# Check is to tell what it has written, too.
		MSAN_OPTIONS=handle_sigbus=0 \
			test_machine memory clang "" "$no_system $no_watch" \
			CC=clang CFLAGS="-O1 -g -fsanitize=memory" \
			--enable-sanitizers=memory
		;;
	*)
		echo "$1: not a machine; see $0" >&2
		exit 2
		;;
	esac
}

if ! fetch_check; then
	echo "skipped: no sources of Check: see machines/apt/log"
	exit 77
fi
[ $# -gt 0 ] || set -- i686 musl aarch64 armhf s390x thread memory
for machine; do
	test_one "$machine"
done
exit $status
