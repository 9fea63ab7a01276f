# SPDX-License-Identifier: MIT
"""consumer-cli, while somebody else makes its file shorter, longer or other.

Nothing may be killed, nothing printed that the file did not have, and nothing
be missing without a word.  CONSUMER_LONG_TESTS=1 does it 10,000 times.
"""

import array
import json
import os
import random
import re
import subprocess
import time

import pytest

import consumer
from support import IS_LONG

CLI = os.environ.get("CONSUMER_CLI")
if not CLI:
    pytest.skip("CONSUMER_CLI does not name a consumer-cli", allow_module_level=True)

N_TRIALS = 10_000 if IS_LONG else 80
# More text than the widest pipe takes at once, or all would be read by then.
N_ELEMENTS = 300_000
# None is 0, which is what lost bytes look like.
NUMBERS = array.array("i", range(1, N_ELEMENTS + 1))
BYTES = NUMBERS.tobytes()
N_BYTES = len(BYTES)
LOST = r"consumer-cli: .*: file shrank while being read: (\d+) of (\d+) items printed\n"
UNCOUNTED = r"consumer-cli: .*: file shrank while being read\n"
# The size of a file changes a little before its time does.
CHANGED = r"(consumer-cli: .*: file changed while being read\n)?"
SHORT = r"consumer-cli: .*: (\d+ trailing bytes? ignored|the data end after .*)\n"


def numbers_in(text):
    return array.array("i", map(int, re.findall(rb"\d+", text)))


def numbers_of_json(text):
    values = json.loads(text)
    while values and isinstance(values[0], list):
        values = [value for row in values for value in row]
    return array.array("i", values)


def numbers_of_hex(text):
    return array.array("i", (int(word, 16) for word in text.split()))


def numbers_of_array(text):
    assert text.count(b"[") == text.count(b"]") > 0 and b"..." not in text
    return numbers_in(text)


def numbers_of_raw(text):
    return array.array("i", text)


FORMATS = {
    "lines": numbers_in,
    "csv": numbers_in,
    "json": numbers_of_json,
    "hex": numbers_of_hex,
    "array": numbers_of_array,
    "raw": numbers_of_raw,
}


class File:
    """A file that is whole again for each trial."""

    def __init__(self, path, data, options=(), want=NUMBERS, header_bytes=0):
        self.formats = list(FORMATS)
        self.path = path
        self.data = data
        self.options = list(options)
        self.want = want
        self.header_bytes = header_bytes
        path.write_bytes(data)
        self.descriptor = os.open(path, os.O_RDWR)

    def restore(self):
        size = os.fstat(self.descriptor).st_size
        if size > len(self.data):
            os.truncate(self.descriptor, len(self.data))
        elif size < len(self.data):
            os.pwrite(self.descriptor, self.data[size:], size)
        # Long ago, so that no change is within the same tick of the clock.
        os.utime(self.descriptor, (0, 0))


def fortran(n_rows):
    """The same numbers as columns, and how they are printed."""
    header = b"{'descr': '<i4', 'fortran_order': True, 'shape': (%d, %d), }" % (
        n_rows,
        N_ELEMENTS // n_rows,
    )
    header = header.ljust(117) + b"\n"
    header = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
    want = array.array("i")
    for row in range(n_rows):
        want += NUMBERS[row::n_rows]
    return header, want


def make_files(directory):
    header, want = fortran(20)
    files = [
        File(directory / "plain", BYTES),
        File(directory / "step", BYTES, ["--step=7"], NUMBERS[::7]),
        File(directory / "tail", BYTES, ["--tail=90001"], NUMBERS[-90001:]),
        File(directory / "columns.npy", header + BYTES, [], want, len(header)),
    ]
    swapped = array.array("i", NUMBERS)
    swapped.byteswap()
    order = "big" if NUMBERS[:1].tobytes()[0] else "little"
    files.append(File(directory / "swapped", swapped.tobytes(), ["-e", order]))
    files[-1].formats.remove("raw")  # which keeps the order
    return files


def run(file, choose, arguments, change, waits=0.3, seconds=0.004):
    """Changes the file when some of the output was read, or after a while."""
    process = subprocess.Popen(
        [CLI, *file.options, *arguments, file.path],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        env=dict(os.environ, CONSUMER_NO_SIGBUS_HANDLER=choose.choice(["", "", "1"])),
    )
    out = b""
    if choose.random() < waits:
        time.sleep(seconds * choose.random())
    else:
        for _ in range(choose.randrange(10)):
            out += process.stdout.read(65536)
    change()
    rest, errors = process.communicate()
    return process.returncode, out + rest, errors.decode()


def is_prefix(values, want):
    return values == want[: len(values)]


def selected_of(file, size):
    """What is printed of a file that was so short when it was opened."""
    n = size // 4
    if "--step=7" in file.options:
        return NUMBERS[:n:7]
    if "--tail=90001" in file.options:
        return NUMBERS[max(n - 90001, 0) : n]
    return NUMBERS[:n]


def assert_short(size, status, errors):
    """What is said of a file that was cut before it was opened."""
    assert status == (size % 4 != 0)
    assert re.fullmatch(CHANGED + (SHORT if status else ""), errors), errors


def check_cut(file, size, result, parse):
    """Returns what has become of one trial; all else is a failure."""
    status, out, errors = result
    assert status in (0, 1), f"killed: {result[0]}"
    if status == 1 and not out:
        # Nothing is left, or too little for the whole header or its columns.
        assert re.fullmatch(f"{LOST}|{SHORT}|consumer-cli: .*\n", errors), errors
        if not re.fullmatch(LOST, errors):
            return "before"
    values = parse(out) if out else array.array("i")
    found = re.fullmatch(LOST, errors)
    if found:
        assert status == 1
        assert is_prefix(values, file.want), "wrong"
        assert (int(found[1]), int(found[2])) == (len(values), len(file.want))
        if not file.header_bytes:
            still = sum(1 for v in file.want[len(values) :][:1] if v * 4 <= size)
            assert still == 0, "what was still there is printed"
        return "lost"
    if values == file.want:
        assert status == 0, errors
        assert errors == "" or re.fullmatch(UNCOUNTED, errors), errors
        # Without a word: the file was cut when all was over.
        return "whole"
    assert values == selected_of(file, size), "silent"
    assert_short(size, status, errors)
    return "before"


def count(outcomes, outcome):
    outcomes[outcome] = outcomes.get(outcome, 0) + 1


def test_random_truncations(tmp_path):
    choose = random.Random(1)
    files = make_files(tmp_path)
    outcomes = {}
    for _ in range(N_TRIALS * 3 // 4):
        file = choose.choice(files)
        name = choose.choice(file.formats)
        size = choose.randrange(len(file.data))
        file.restore()
        result = run(
            file,
            choose,
            ["-f", name],
            lambda: os.truncate(file.descriptor, size),
        )
        count(outcomes, check_cut(file, size, result, FORMATS[name]))
    print(f"{N_TRIALS * 3 // 4} truncations, killed/wrong/silent 0/0/0: {outcomes}")
    assert outcomes["lost"] > N_TRIALS // 8


def test_random_truncations_of_an_output_file(tmp_path):
    choose = random.Random(2)
    file = File(tmp_path / "data", BYTES)
    target = tmp_path / "target"
    outcomes = {}
    for trial in range(N_TRIALS // 8):
        size = choose.randrange(N_BYTES)
        name = choose.choice(["lines", "raw", "npy"])
        target.write_bytes(b"as it was")
        file.restore()
        result = run(
            file,
            choose,
            ["-f", name, "-o", target],
            lambda: os.truncate(file.descriptor, size),
            waits=1,
            seconds=0.005,
        )
        status, out, errors = result
        assert out == b"" and status in (0, 1), result
        if re.fullmatch(UNCOUNTED, errors) and status == 1:
            assert target.read_bytes() == b"as it was"
            count(outcomes, "lost")
            continue
        saved = target.read_bytes()
        if name == "npy":
            with consumer.open(target) as saved_array:
                saved = saved_array.tobytes()
            values = array.array("i", saved)
        else:
            values = FORMATS[name](saved)
        if values == NUMBERS:
            assert status == 0, errors
            count(outcomes, "whole")
        else:
            assert values == NUMBERS[: size // 4]
            assert_short(size, status, errors)
            count(outcomes, "before")
    assert sorted(os.listdir(tmp_path)) == ["data", "target"]
    print(f"{N_TRIALS // 8} with --output: {outcomes}")


SUMMARIES = {
    "--stats": lambda n: b"sum %d\n" % (n * (n + 1) // 2),
    "--quantiles=0,100": lambda n: b"q0 1.0\nq100 %d.0\n" % n,
    "--histogram=1": lambda n: b" %d " % n,
}


def test_random_truncations_of_summaries(tmp_path):
    choose = random.Random(3)
    file = File(tmp_path / "data", BYTES)
    outcomes = {}
    for trial in range(N_TRIALS // 8):
        size = choose.randrange(4, N_BYTES)
        option = choose.choice(list(SUMMARIES))
        file.restore()
        process = subprocess.Popen(
            [CLI, option, file.path], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        time.sleep(0.004 * choose.random())
        os.truncate(file.descriptor, size)
        out, errors = process.communicate()
        errors = errors.decode()
        status = process.returncode
        assert status in (0, 1), status
        if re.fullmatch(UNCOUNTED, errors) and status == 1:
            assert out == b""
            count(outcomes, "lost")
        elif SUMMARIES[option](N_ELEMENTS) in out:
            assert status == 0 and (errors == "" or re.fullmatch(UNCOUNTED, errors))
            count(outcomes, "whole")
        else:
            assert SUMMARIES[option](size // 4) in out, (out, errors)
            assert_short(size, status, errors)
            count(outcomes, "before")
    print(f"{N_TRIALS // 8} with summaries: {outcomes}")


def use_one_cpu():
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def change_late(path, change):
    """Changes the file when some of the output was read, and not all of it.

    Several threads would read ahead further than that.
    """
    process = subprocess.Popen(
        [CLI, "-f", "lines", path],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        preexec_fn=use_one_cpu,
    )
    out = process.stdout.read(1)
    change()
    rest, errors = process.communicate()
    return process.returncode, numbers_in(out + rest), errors.decode()


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "data"
    path.write_bytes(BYTES)
    os.utime(path, (0, 0))
    return path


def test_a_file_that_grows(path):
    result = change_late(path, lambda: os.truncate(path, 2 * N_BYTES))
    message = f"consumer-cli: {path}: file grew while being read\n"
    assert result == (0, NUMBERS, message)


def test_a_file_that_is_replaced(path):
    other = path.with_name("other")
    other.write_bytes(b"1234")
    result = change_late(path, lambda: os.replace(other, path))
    message = f"consumer-cli: {path}: file was removed or replaced while being read\n"
    assert result == (0, NUMBERS, message)


def write_over(path):
    with open(path, "r+b") as file:
        file.seek(N_BYTES - 4)
        file.write(NUMBERS[:1].tobytes())


def test_a_file_that_is_written_over(path):
    result = change_late(path, lambda: write_over(path))
    message = f"consumer-cli: {path}: file changed while being read\n"
    assert result == (0, NUMBERS[:-1] + NUMBERS[:1], message)


def test_a_file_that_comes_back(path):
    """As zeros, which it then has: that it did is told."""

    def cut_and_lengthen():
        os.truncate(path, 4)
        os.truncate(path, N_BYTES)

    status, values, errors = change_late(path, cut_and_lengthen)
    if status == 0:
        assert len(values) == N_ELEMENTS and values[-1] == 0
        assert errors == f"consumer-cli: {path}: file changed while being read\n"
    else:  # it was looked at in between
        assert status == 1 and values == NUMBERS[: len(values)]
        assert errors.startswith(f"consumer-cli: {path}: ")
