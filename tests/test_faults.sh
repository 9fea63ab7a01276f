#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2030,SC2031 # commands are text, for eval
#
# Every system call of the command line fails, once and from then on, with every
# error that it may have, for every kind of input: strace(1) makes it.  Either
# the output is right, or the exit status is 1, something was said, and what was
# printed is a part of what is right.
#
# Runs in the build directory.  All of the faults take minutes, so that without
# CONSUMER_LONG_TESTS=1 only some hundreds are tried, always the same.

program=$PWD/consumer-cli
n_wanted=250
[ -z "${CONSUMER_LONG_TESTS-}" ] || n_wanted=1000000

directory=$(mktemp -d) || exit 1
trap 'rm -rf "$directory"' EXIT
trap 'exit 1' HUP INT TERM
cd "$directory" || exit 1
if ! strace -qq -A -o probe true 2> /dev/null; then
	echo "skipped: strace is missing, or may not trace (Debian: strace)"
	exit 77
fi
ASAN_OPTIONS=detect_leaks=0
export ASAN_OPTIONS

# --- Runs -----------------------------------------------------------------

seq 100000 | head -c 200000 > data.bin
{
	printf '\223NUMPY\001\000v\000%-117s\n' \
		"{'descr': '<i4', 'fortran_order': True, 'shape': (100, 50), }"
	head -c 20000 data.bin
} > fortran.npy
mkfifo fifo

# NAME COMMAND; $run is consumer-cli, with faults; what it makes is in "made".
runs='
file      $run -f lines data.bin > made
input     $run -f lines < data.bin > made
pipe      cat data.bin | $run -f lines > made
fifo      cat data.bin > fifo & $run -f lines fifo > made
proc      $run -t u1 -f lines /proc/version > made
fortran   $run -f csv fortran.npy > made
walked    cat fortran.npy | $run -f csv --skip 9 > made
offset    $run -f lines --offset 1K --skip 10 --step 3 data.bin > made
tail      cat data.bin | $run -f lines --tail 20000 > made
output    $run -f lines -o made data.bin
raw       cat data.bin | $run -f raw -o made
npy       cat data.bin | $run -f npy --step 2 -o made
printed   { $run -f lines data.bin; echo $? > code; } | cat > made
stats     $run --stats --info data.bin > made
quantiles cat data.bin | $run --quantiles 1,50,99 > made
histogram $run --histogram -f json -t f4 data.bin > made
index     $run -f lines -i -c 7 data.bin > made
help      $run --help > made
version   $run --version > made
'

# go COMMAND, with $run set; sets $status.
go() {
	rm -f made said code
	writer=
	case $1 in
	*'& $run'*)
		eval "${1%%'&'*}&" 2> /dev/null
		writer=$!
		eval "${1#*'& '}" 2> said
		;;
	*) eval "$1" 2> said ;;
	esac
	status=$?
	if [ -n "$writer" ]; then
		# Nobody may have opened the FIFO.
		kill "$writer" 2> /dev/null
		wait "$writer" 2> /dev/null
	fi
	[ ! -f code ] || read -r status < code
	[ -f made ] || : > made
}

# --- Faults ---------------------------------------------------------------

errors_of() {
	case $1 in
	open | openat)
		echo EACCES EINTR EIO EMFILE ENFILE ENOENT ENOMEM ENOSPC EPERM
		;;
	read | pread64) echo EAGAIN EBADF EINTR EINVAL EIO EISDIR ENOMEM ;;
	write | pwrite64)
		echo EAGAIN EBADF EDQUOT EFBIG EINTR EIO ENOMEM ENOSPC EPIPE
		;;
	mmap) echo EACCES EAGAIN EINVAL ENFILE ENODEV ENOMEM EPERM ;;
	munmap | mremap | mprotect | madvise) echo ENOMEM ;;
	brk) echo 0 ;; # it fails by another return value
	*stat*) echo EACCES EBADF EIO ENOMEM EOVERFLOW ;;
	close) echo EBADF EINTR EIO ENOSPC EDQUOT ;;
	lseek) echo EBADF EINVAL EOVERFLOW ESPIPE ;;
	rename* | link* | unlink*) echo EACCES EBUSY EIO ENOSPC EPERM EROFS ;;
	fchmod | fchown | fsync) echo EIO EPERM EROFS ;;
	ioctl) echo EBADF EINVAL ENOTTY ;;
	clone*) echo EAGAIN ENOMEM ;;
	memory) echo ENOMEM ;;
	*xattr) echo EIO ENODATA ENOSPC EOPNOTSUPP EPERM ;;
	futex) ;; # no error that can be: the C library ends the program
	exit*) ;;
	*) echo EINVAL EPERM ;;
	esac
}

# Those that a program with a sanitizer cannot do without are the sanitizer's.
is_allowed() {
	case $1 in
	memory | mmap | munmap | mprotect | brk | madvise | mremap)
		[ -z "${PYTHON_PRELOAD-}" ]
		;;
	esac
}

# The calls of a run, after those of the loader: "CALL N" for the N-th one, and
# "memory B,M" where malloc() gets no more from then on.
calls_of() {
	awk -F'(' '{ n[$1]++ }
		/^fcntl\(0, F_GETFD/ { begun = 1 }
		begun && /^[a-z]/ { print $1, n[$1] }
		begun && /^(brk|mmap)/ {
			print "memory", n["brk"] + /^m/ "," n["mmap"] + /^b/
		}' "$1"
}

# A signal that interrupts every call is not an error.
is_lasting() {
	[ "$error" != EINTR ] && [ "$call" != memory ]
}

# Prints "NAME CALL N ERROR" for every fault there can be.
list_faults() {
	while read -r name command; do
		[ -n "$name" ] || continue
		rm -f trace
		run="strace -qq -o trace $program"
		go "$command"
		if [ "$status" != 0 ] || [ ! -s made ]; then
			echo "$name: status $status without a fault" >&2
			cat said >&2
			continue
		fi
		mv made "want.$name"
		calls_of trace | while read -r call n; do
			is_allowed "$call" || continue
			for error in $(errors_of "$call"); do
				echo "$name $call $n $error"
				! is_lasting || echo "$name $call $n+ $error"
			done
		done
	done <<-END
		$runs
	END
}

fail() {
	n_failed=$((n_failed + 1))
	echo "$name: $call number $n fails with $error: $*"
	cat said
}

# The program dies of no signal, and what it makes is a part of what is wanted.
check() {
	case $status in
	0)
		cmp -s made "want.$name" || fail "the output is wrong, status 0"
		return
		;;
	1) ;;
	*)
		fail "status $status"
		return
		;;
	esac
	# Nobody hears what cannot be written.
	[ -s said ] || [ "$call" = write ] || fail "not a word"
	different=$(cmp made "want.$name" 2>&1) || case $different in
	*EOF*made*) ;;
	*) fail "the output is not what it should begin with" ;;
	esac
}

list_faults > faults 2> problems
if [ -s problems ]; then
	cat problems
	exit 1
fi
n_faults=$(wc -l < faults)
n_tried=0
n_failed=0
: > trace
while read -r name call n error; do
	n_tried=$((n_tried + 1))
	command=$(echo "$runs" | sed -n "s/^$name  *//p")
	case $call in
	memory)
		inject="-e inject=brk:retval=0:when=${n%,*}+"
		inject="$inject -e inject=mmap:error=ENOMEM:when=${n#*,}+"
		;;
	brk) inject="-e inject=brk:retval=0:when=$n" ;;
	*) inject="-e inject=$call:error=$error:when=$n" ;;
	esac
	echo "$name $call $n $error" >> trace
	# shellcheck disable=SC2034 # in $command
	run="strace -qq -A -o trace $inject $program"
	go "$command"
	check
done <<END
$(awk 'BEGIN { srand(1) } { print rand(), $0 }' faults | sort |
	head -n "$n_wanted" | cut -d ' ' -f 2-)
END
# In how many reads a pipe is read is a matter of time, more so on a busy machine.
n_seen=$(awk '!/\(/ { seen = 0 } /INJECTED/ && !seen++ { n++ } END { print n }' \
	trace)
echo "$n_tried of $n_faults faults, $n_seen seen, $n_failed failures"
if [ "$n_seen" -lt $((n_tried * 90 / 100)) ] || [ "$n_tried" -lt 100 ]; then
	echo "there were fewer faults than there should have been"
	exit 1
fi
[ "$n_failed" = 0 ]
