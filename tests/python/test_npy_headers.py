# SPDX-License-Identifier: MIT
"""Hostile .npy files: each does what tests/files/make_npy.py says of it, from a
file and from a pipe, in both front ends, in little time and memory; and what
is accepted is what NumPy accepts."""

import io
import os
import pathlib
import re
import subprocess
import sys
import time
import warnings

import pytest

import consumer

FILES = pathlib.Path(__file__).resolve().parents[1] / "files"
sys.path.insert(0, str(FILES))
from make_npy import CASES  # noqa: E402

CLI = os.environ.get("CONSUMER_CLI")  # of which the script makes use
CASE_NAMES = [case.name for case in CASES]

# With the sanitizers everything takes more.
IS_PLAIN = "PYTHON_PRELOAD" not in os.environ
MAX_SECONDS = 1 if IS_PLAIN else 10
MAX_KIBIBYTES = 65536 if IS_PLAIN else "unlimited"

all_cases = pytest.mark.parametrize("case", CASES, ids=CASE_NAMES)
accepted_cases = pytest.mark.parametrize(
    "case",
    [case for case in CASES if case.is_accepted],
    ids=[case.name for case in CASES if case.is_accepted],
)


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    directory = tmp_path_factory.mktemp("npy")
    for case in CASES:
        (directory / f"{case.name}.npy").write_bytes(case.data)
    return directory


def test_there_are_many_cases():
    assert len(CASES) >= 200
    assert len(set(CASE_NAMES)) == len(CASES)
    assert all(case.sentence.endswith(".") for case in CASES)
    assert sum(case.is_accepted for case in CASES) >= 50


# One shell for all cases, because Python starts processes slowly.
SCRIPT = f"""
ulimit -v {MAX_KIBIBYTES}
run() {{
    ulimit -t {MAX_SECONDS}
    exec "$CONSUMER_CLI" "$@"
}}
for file in *.npy; do
    (run "$file") > "$file.file.out" 2> "$file.file.err"
    echo $? > "$file.file.status"
    cat "$file" | run > "$file.pipe.out" 2> "$file.pipe.err"
    echo $? > "$file.pipe.status"
done
"""


@pytest.fixture(scope="module")
def printed(directory):
    """What consumer-cli printed, said and returned, by name and way."""
    if not CLI:
        pytest.skip("CONSUMER_CLI does not name a consumer-cli")
    subprocess.run(["sh", "-c", SCRIPT], cwd=directory, check=True)

    def read(case, way):
        path = f"{directory}/{case.name}.npy.{way}"
        return tuple(
            pathlib.Path(f"{path}.{kind}").read_text()
            for kind in ("out", "err", "status")
        )

    return read


@all_cases
def test_command_line(case, printed):
    name = f"{case.name}.npy"
    text, message, status = printed(case, "file")
    assert text == case.text
    if case.is_accepted:
        assert (message, status) == ("", "0\n")
    else:
        assert status == "1\n"
        assert message.endswith("\n") and message[:-1].isprintable()
        assert message.startswith(f"consumer-cli: {name}: ")
        assert case.message in message
    message = message.replace(f" {name}:", " standard input:")
    assert printed(case, "pipe") == (text, message, status)


def open_file(path):
    """The array, or the message of the error."""
    try:
        return consumer.open(path)
    except ValueError as error:
        return str(error)


@all_cases
def test_python(case, directory):
    path = directory / f"{case.name}.npy"
    start = time.process_time()
    array = open_file(path)
    assert time.process_time() - start < MAX_SECONDS
    if case.is_accepted:
        assert array.stringify(max=None) + "\n" == case.text
        array.close()
    elif case.message.endswith(" ignored"):
        assert "left over" in array
        with consumer.open(path, trailing="ignore") as array:
            assert array.stringify(max=None) + "\n" == case.text
    else:
        assert case.message in array


@accepted_cases
def test_numpy_accepts_it_too(case, directory):
    np = pytest.importorskip("numpy")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            expected = np.load(io.BytesIO(case.data), allow_pickle=False)
        except ValueError:
            assert case.laxer
            return
    # A newer NumPy may accept what this one must not.
    with consumer.open(directory / f"{case.name}.npy") as array:
        assert array.shape == expected.shape
        assert np.dtype(array.format).newbyteorder("=") == expected.dtype.newbyteorder("=")
        assert np.array_equal(np.asarray(array), expected)


def test_opening_takes_no_memory(directory):
    """Whatever the headers say; in a process of its own, to be measured."""
    program = """
import pathlib, resource, sys, consumer
paths = sorted(pathlib.Path(sys.argv[1]).glob("*.npy"))
def open_all():
    for path in paths:
        try:
            consumer.open(path).close()
        except ValueError:
            pass
open_all()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for _ in range(3):
    open_all()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    result = subprocess.run(
        [sys.executable, "-c", program, directory],
        capture_output=True,
        text=True,
        check=True,
    )
    # kibibytes
    assert int(result.stdout) <= 1024


def test_the_script_writes_the_files(tmp_path):
    result = subprocess.run(
        [sys.executable, "-B", FILES / "make_npy.py", tmp_path],
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.count("\n") == len(CASES)
    for case in CASES:
        assert (tmp_path / f"{case.name}.npy").read_bytes() == case.data
        assert re.search(rf"^{re.escape(case.name)}\.npy: ", result.stdout, re.M)
