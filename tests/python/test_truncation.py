# SPDX-License-Identifier: MIT
"""Files that get shorter while they are looked at: an exception, not SIGBUS."""

import faulthandler
import json
import mmap
import os
import pickle
import random
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

import consumer
from support import IS_LONG

PAGE = mmap.PAGESIZE
N_BYTES = 64 * PAGE
LOST = r"byte (\d+) of (\d+) cannot be read: the file has become shorter"


def by_open(path):
    return consumer.open(path)


def by_open_for_writing(path):
    return consumer.open(path, mode="r+")


def map_file(path):
    with open(path, "r+b") as file:
        return mmap.mmap(file.fileno(), 0)


def by_mmap(path):
    return consumer.consume(map_file(path))


def by_memoryview(path):
    return consumer.consume(memoryview(memoryview(map_file(path)))[4:-4].cast("i"))


def by_array(path):
    return consumer.consume(consumer.consume(map_file(path), "i")[1:-1])


def by_memmap(path):
    numpy = pytest.importorskip("numpy")
    return consumer.consume(numpy.memmap(path, "i4", "r")[1:].reshape(-1, 3)[:, ::2])


SOURCES = [
    by_open,
    by_open_for_writing,
    by_mmap,
    by_memoryview,
    by_array,
    by_memmap,
]

OPERATIONS = {
    "sum": lambda a: a.sum(),
    "std": lambda a: a.std(),
    "tobytes": lambda a: a.tobytes(),
    "tolist": lambda a: a.tolist(),
    "hex": lambda a: a.hex(),
    "stringify": lambda a: a.stringify(),
    "pickle": lambda a: pickle.dumps(a, 4),
    "pickle 5": lambda a: pickle.dumps(a, 5),  # was read without a guard
    "copy": lambda a: a.__copy__(),
    "slice": lambda a: a[::-3].tobytes(),
    "assign": lambda a: consumer.PyConsumerArray(len(a)).__setitem__(..., a),
    "tofile": lambda a: a.tofile(os.devnull),  # was a SystemError
    "save": lambda a: a.tofile(os.devnull, format="npy"),
    "quantiles": lambda a: a.quantiles(50),
    "histogram": lambda a: a.histogram(),
    "equal": lambda a: a == COPIES[a.nbytes],
    "equal_to": lambda a: COPIES[a.nbytes] == a,
}
FLAT_OPERATIONS = {
    "in": lambda a: -7 in a,
    "index": lambda a: -7 in a[1:],
    "count": lambda a: a.count(-7),
    "iterate": lambda a: [x for x in a],
    "last": lambda a: a[-1],
}
# How long each kind of victim is looked at.
N_SECONDS = 30 if IS_LONG else 0.5
# Equal to what was there, so that a comparison has to go to the end.
COPIES = {}


@pytest.fixture
def path(tmp_path):
    numbers = consumer.PyConsumerArray(N_BYTES // 4)
    path = tmp_path / "data"
    path.write_bytes(numbers.tobytes())
    return path


def operations_on(array):
    names = dict(OPERATIONS)
    if array.ndim == 1:
        names.update(FLAT_OPERATIONS)
    else:
        del names["assign"], names["slice"]
    return names


@pytest.mark.parametrize("source", SOURCES)
def test_what_is_lost_is_an_exception(source, path):
    a = source(path)
    whole = a.tolist()
    COPIES[a.nbytes] = a.__copy__()
    n_lost = 0
    os.truncate(path, 5 * PAGE)
    for name, operation in operations_on(a).items():
        with pytest.raises(BufferError) as failure:
            operation(a)
        found = re.match(LOST, str(failure.value))
        assert found, failure.value
        if name != "slice":
            n_lost += 1
            assert 5 * PAGE - 16 <= int(found[1]) < int(found[2]) <= N_BYTES
    assert n_lost > 5
    # What is still there can be seen.
    assert a[:100].tolist() == whole[:100]
    assert a[:1000].sum() == consumer.consume(a[:1000].tobytes(), "i").sum()
    # And what has come back.
    os.truncate(path, N_BYTES)
    assert len(a.tolist()) == len(whole)
    os.truncate(path, 0)
    with pytest.raises(BufferError, match="has become shorter"):
        a[0] if a.ndim == 1 else a[0, 0]
    # The exceptions refer to this frame: CPython does not survive a memoryview
    # with exports in such a cycle of garbage (gh-77894).
    a.release()


def by_reexport(path):
    return consumer.consume(memoryview(consumer.open(path))[8:])


@pytest.mark.parametrize("source", [by_open, by_open_for_writing, by_reexport])
@pytest.mark.parametrize("n_lost", [1, 4, 7, PAGE - 1])
def test_zeros_in_the_last_page_are_an_exception(source, n_lost, path):
    """Where no signal comes: what the file lost of its last page."""
    a = source(path)
    skipped = N_BYTES - a.nbytes
    whole = a.tolist()
    COPIES[a.nbytes] = a.__copy__()
    size = N_BYTES - n_lost
    os.truncate(path, size)
    for name, operation in operations_on(a).items():
        with pytest.raises(BufferError) as failure:
            operation(a)
        found = re.match(LOST, str(failure.value))
        assert found, failure.value
        if name not in ("slice", "index"):  # which count from elsewhere
            first_lost = size - skipped
            assert first_lost // 4 * 4 <= int(found[1]) <= first_lost
    n_there = (size - skipped) // 4
    assert a[:n_there].tolist() == whole[:n_there]
    assert a[n_there - 1] == whole[n_there - 1]
    assert str(a) == str(COPIES[a.nbytes])
    with pytest.raises(BufferError, match=LOST):
        a[n_there]
    if source is by_open_for_writing:
        a[n_there - 1] = 5
        assert a[n_there - 1] == 5
        with pytest.raises(BufferError, match=LOST):
            a[n_there] = 5
    a.release()


def test_a_matrix_is_checked_where_it_is_seen(path):
    """Rows that are still there can be read, in any direction."""
    m = consumer.open(path, "u1", shape=(64, PAGE))
    whole = m.tobytes()
    os.truncate(path, 10 * PAGE + 7)
    assert m[9::-1, ::-1].tobytes() == whole[: 10 * PAGE][::-1]
    assert m[10, :7].tobytes() == whole[10 * PAGE : 10 * PAGE + 7]
    assert m[10::-1, 6].tobytes() == whole[6 : 10 * PAGE + 7 : PAGE][::-1]
    for lost in m[10], m[10, :8], m[:11, 7:8], m[11:], m[::-1, 0]:
        with pytest.raises(BufferError, match=LOST):
            lost.sum()
        lost.release()


def test_what_is_lost_cannot_be_written(path):
    a = consumer.open(path, mode="r+")
    os.truncate(path, PAGE)
    a[3] = -7
    assert path.read_bytes()[12:16] == (-7).to_bytes(4, sys.byteorder, signed=True)
    with pytest.raises(BufferError, match=LOST):
        a[-1] = 5
    with pytest.raises(BufferError, match=LOST):
        a[:] = consumer.PyConsumerArray(len(a))
    assert a[3] == 3


def test_a_copy_on_write_is_no_protection(path):
    a = consumer.open(path, mode="c")
    a[-1] = 5
    os.truncate(path, 0)
    with pytest.raises(BufferError, match=LOST):
        a.sum()


def test_plain_memory_installs_nothing():
    """Only what a file backs is guarded, and only then there is a handler."""
    script = """
import array, consumer, mmap, signal

def has_handler():
    with open("/proc/self/status") as status:
        lines = dict(line.split(":", 1) for line in status)
    return bool(int(lines["SigCgt"], 16) >> (signal.SIGBUS - 1) & 1)

for plain in bytes(99999), bytearray(99999), array.array("i", range(99999)):
    a = consumer.consume(plain)
    a.sum(), a.tobytes(), a.stringify(), a == a, 7 in a, a[5]
    assert not has_handler()
a = consumer.consume(mmap.mmap(-1, 99999), "B")
assert not has_handler()
a.sum()
print(has_handler())
"""
    for value, want in ("", "True"), ("1", "False"):
        environment = dict(os.environ, CONSUMER_NO_SIGBUS_HANDLER=value)
        # AddressSanitizer has a handler of its own.
        environment["ASAN_OPTIONS"] = (
            environment.get("ASAN_OPTIONS", "") + ":handle_sigbus=0"
        )
        done = subprocess.run(
            [sys.executable, "-c", script],
            env=environment,
            capture_output=True,
            text=True,
        )
        assert (done.stdout, done.stderr) == (want + "\n", "")


@pytest.mark.parametrize("format, opposite", [("S4", "S4"), ("u4", "indirect")])
def test_what_only_memoryview_can_compare(format, opposite, path):
    """It was shown the mapping itself, and the interpreter was killed."""
    numpy = pytest.importorskip("numpy")
    a = consumer.consume(numpy.memmap(path, format, "r"))
    other = numpy.fromfile(path, format)
    if opposite == "indirect":
        testbuffer = pytest.importorskip("_testbuffer")
        values = other.tolist()
        flags = testbuffer.ND_PIL
        other = testbuffer.ndarray(values, shape=[len(values)], format="I", flags=flags)
    assert a == other
    os.truncate(path, PAGE)
    for lost in (lambda: a == other), (lambda: a == a[:]), (lambda: a[:] != other):
        with pytest.raises(BufferError, match=LOST):
            lost()
    assert a[:4] == a[:4]
    a.release()


def test_the_handler_of_somebody_who_lets_go(path):
    """Small looks did not notice that ours was gone with faulthandler's."""
    script = """
import consumer, faulthandler, mmap, os, sys, time
with open(sys.argv[1], "r+b") as file:
    a = consumer.consume(mmap.mmap(file.fileno(), 0))
faulthandler.enable()
a[0]
faulthandler.disable()
time.sleep(0.05)
os.truncate(sys.argv[1], 4096)
for lost in (lambda: a[-1]), (lambda: a[-9:].sum()), a.tobytes:
    try:
        lost()
    except BufferError:
        print("told")
"""
    done = subprocess.run(
        [sys.executable, "-c", script, path], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "told\n" * 3), done.stderr


REGISTERED = """
import collections.abc, mmap, os, sys, consumer

class Map(mmap.mmap):
    pass

collections.abc.Sequence.register(Map)
path = sys.argv[1]
with open(path, "r+b") as file:
    a = consumer.consume(Map(file.fileno(), 0))
"""

REGISTERED_MEMMAP = """
import collections.abc, os, sys, consumer, numpy

class Map(numpy.memmap):
    pass

collections.abc.Sequence.register(Map)
path = sys.argv[1]
a = consumer.consume(Map(path, "i4", "r"))
"""

SECOND_INSTANCE = """
import mmap, os, sys, consumer
path = sys.argv[1]
first = consumer.open(path)
for name in [name for name in sys.modules if name.startswith("consumer")]:
    del sys.modules[name]
import consumer as second
assert second.PyConsumerArray is not type(first)
a = second.consume(first)
"""

SECOND_INSTANCE_VIEW = SECOND_INSTANCE + "a = second.consume(memoryview(first))\n"


@pytest.mark.parametrize(
    "source",
    [REGISTERED, REGISTERED_MEMMAP, SECOND_INSTANCE, SECOND_INSTANCE_VIEW],
    ids=["mmap", "memmap", "second_instance", "second_instance_view"],
)
def test_what_calls_itself_a_sequence_is_guarded(source, path):
    """It was taken for memory of its own, and the interpreter was killed."""
    if "numpy" in source:
        pytest.importorskip("numpy")
    look = """
os.truncate(path, 0)
for operation in a.sum, a.tobytes, lambda: a[len(a) - 1]:
    try:
        operation()
    except BufferError as error:
        print("shorter" in str(error))
"""
    done = subprocess.run(
        [sys.executable, "-c", source + look, path], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "True\n" * 3), done.stderr


# --- Somebody else truncates --------------------------------------------------


def victim(path, when):
    """Looks at the file in two threads, until standard input is closed."""
    import threading

    if when == "before":
        faulthandler.enable()
    arrays = [source(path) for source in SOURCES[:5]]
    for a in arrays:
        COPIES[a.nbytes] = consumer.PyConsumerArray(len(a))
    counts = {"recovered": 0, "complete": 0}
    is_over = threading.Event()

    def look(seed):
        choose = random.Random(seed)
        while not is_over.is_set():
            a = choose.choice(arrays)
            name, operation = choose.choice(list(operations_on(a).items()))
            try:
                operation(a)
                counts["complete"] += 1
            except BufferError:
                counts["recovered"] += 1

    try:
        arrays[0].sum()
    except BufferError:
        pass
    if when == "after":
        faulthandler.enable()
    threads = [threading.Thread(target=look, args=(seed,)) for seed in range(2)]
    for thread in threads:
        thread.start()
    print("ready", flush=True)
    sys.stdin.read()
    is_over.set()
    for thread in threads:
        thread.join()
    print(json.dumps(counts))


@pytest.mark.parametrize("when", ["never", "before", "after", "no handler"])
def test_random_truncations_are_survived(when, path):
    environment = dict(os.environ)
    if when == "no handler":
        environment["CONSUMER_NO_SIGBUS_HANDLER"] = "1"
    process = subprocess.Popen(
        [sys.executable, __file__, path, when],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert process.stdout.readline() == "ready\n"
    choose = random.Random(1)
    end = time.monotonic() + N_SECONDS
    n_truncated = 0
    with open(path, "r+b") as file:
        while time.monotonic() < end:
            os.truncate(file.fileno(), choose.randrange(N_BYTES))
            time.sleep(0.0005 * choose.random())
            os.truncate(file.fileno(), N_BYTES)
            n_truncated += 1
    out, errors = process.communicate()
    assert process.returncode == 0, errors[-2000:]
    counts = json.loads(out)
    print(f"faulthandler {when}: {n_truncated} truncations, {counts}")
    assert counts["recovered"] > 0
    assert counts["complete"] > 0


def test_without_a_guard_it_kills(path):
    """What the same does to the interpreter: these tests would notice."""
    script = """
import mmap, os, sys
with open(sys.argv[1], "r+b") as file:
    view = memoryview(mmap.mmap(file.fileno(), 0))
os.truncate(sys.argv[1], 0)
bytes(view)
"""
    done = subprocess.run([sys.executable, "-c", script, path], capture_output=True)
    assert done.returncode != 0


if __name__ == "__main__":
    victim(Path(sys.argv[1]), sys.argv[2])
