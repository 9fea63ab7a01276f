#!/bin/sh
# SPDX-License-Identifier: MIT
# "pip install ." in fresh virtual environments, then the Python tests: from a
# source distribution, from one abi3 wheel for all interpreters, and built with
# the full API.  Skipped (77) if the package index is out of reach.
#
# Tries one CPython of each version >= 3.11 found as python3.NN on PATH, or that
# CONSUMER_PYTHONS names: paths with blanks between them.  The first one runs all
# tests with the full API; the rest, and the wheel, those that differ most from
# one interpreter to another, or all with CONSUMER_LONG_TESTS=1.
set -eu

most="test_consume.py test_index.py test_lifetime.py test_open.py
	test_pickle.py test_views.py"
few="test_article.py test_lifetime.py"
if [ -n "${CONSUMER_LONG_TESTS-}" ]; then
	most=.
	few=.
fi

source=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset PYTHONPATH CONSUMER_CLI || true

fail() {
	echo "FAILED: $*"
	exit 1
}

# The version and the path of an interpreter's program, if it is one that can be
# used.
resolve() {
	"$1" -I -c '
import os, sys
if sys.version_info < (3, 11) or sys.implementation.name != "cpython":
    sys.exit(1)
version = "%d.%d" % sys.version_info[:2] + sys.abiflags
print(version, os.path.realpath(sys.executable))' 2>/dev/null
}

find_interpreters() {
	for name in ${PYTHON-} ${CONSUMER_PYTHONS-}; do
		resolve "$name" || true
	done
	for minor in 11 12 13 14 15 16 17 18 19; do
		for name in "python3.$minor" "python3.${minor}t"; do
			resolve "$name" || true
		done
	done
}

# environment PYTHON: the folder of a new virtual environment with all that
# building and testing needs.
environment() {
	environment=$(mktemp -d "$work/environment.XXXX")
	"$1" -m venv "$environment" >&2 || return 1
	"$environment/bin/pip" install -q --only-binary :all: \
		--disable-pip-version-check setuptools wheel \
		pytest hypothesis numpy mypy >&2 || return 1
	echo "$environment"
}

# install ENVIRONMENT ARGUMENT...: pip install, in place of what is there.
install() {
	pip=$1/bin/pip
	shift
	"$pip" install -q --disable-pip-version-check --force-reinstall \
		--no-deps "$@" >"$work/log" 2>&1 ||
		fail "pip install $*: $(cat "$work/log")"
}

# check ENVIRONMENT WHAT FILE...: the tests of some files, or of all (.), against
# the package installed there.
check() {
	printf '%s, %s: ' "$("$1/bin/python" -VV | head -n 1)" "$2"
	python_in=$1/bin/python
	shift 2
	(
		cd "$work/source/tests/python"
		"$python_in" -I -c '
import consumer, sys
sys.exit(not consumer.__file__.startswith(sys.prefix))' ||
			fail "another consumer than the installed one"
		"$python_in" -B -m pytest -q -p no:cacheprovider "$@" \
			>"$work/log" 2>&1 ||
			fail "$(tail -n 60 "$work/log")"
		tail -n 1 "$work/log"
	)
}

# Building leaves files behind; the sources stay as they are.
mkdir "$work/source"
cp -R "$source/src" "$source/python" "$source/tests" "$source/pyproject.toml" \
	"$source/setup.py" "$source/MANIFEST.in" "$source/Makefile.am" \
	"$source/configure.ac" "$source/README.md" "$source/COPYING" \
	"$source/NEWS" "$work/source"

# The first of each version.
interpreters=$(find_interpreters | awk '!seen[$1]++ { print $2 }')
wheel=
for python in $interpreters; do
	if ! folder=$(environment "$python" 2>"$work/why"); then
		echo "skipped: $python: $(tail -n 1 "$work/why")"
		continue
	fi
	is_limited=$("$folder/bin/python" -c '
import sysconfig
print(int(not sysconfig.get_config_var("Py_GIL_DISABLED")))')

	if [ "$is_limited" = 1 ] && [ -z "$wheel" ]; then
		(
			cd "$work/source"
			"$folder/bin/python" -c '
import setuptools.build_meta, sys
setuptools.build_meta.build_sdist(sys.argv[1])' "$work" >"$work/log" 2>&1
		) || fail "sdist: $(cat "$work/log")"
		# With build isolation: pip fetches setuptools by itself.
		install "$folder" "$work"/consumer-*.tar.gz
		# The wheel that comes next is of the same sources.
		check "$folder" "source distribution" test_article.py
		"$folder/bin/pip" wheel -q --no-deps --no-build-isolation \
			--disable-pip-version-check -w "$work" \
			"$work/source" >"$work/log" 2>&1 ||
			fail "pip wheel: $(cat "$work/log")"
		wheel=$(echo "$work"/consumer-*-cp311-abi3-*.whl)
		[ -f "$wheel" ] || fail "the wheel is not abi3: $(ls "$work")"
	fi
	if [ "$is_limited" = 1 ]; then
		install "$folder" --no-index "$wheel"
		# shellcheck disable=SC2086 # a list of words
		check "$folder" "the abi3 wheel" $most
	fi
	CONSUMER_LIMITED_API=0 install "$folder" --no-build-isolation \
		"$work/source"
	if [ -z "${n_checked-}" ]; then
		check "$folder" "full API" .
	else
		# shellcheck disable=SC2086 # a list of words
		check "$folder" "full API" $few
	fi
	rm -rf "$folder" "$work/source/build"
	n_checked=$((${n_checked-0} + 1))
done
if [ -z "${n_checked-}" ]; then
	echo "SKIPPED: no interpreter with packages from the index"
	exit 77
fi
