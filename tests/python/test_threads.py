# SPDX-License-Identifier: MIT
"""Threads on one array, also without the GIL: counts are exact, nothing crashes."""

import array
import random
import sys
import threading

import pytest

import consumer
from support import IS_LONG

N_THREADS = 4


def run_threads(work):
    failures = []

    def guarded(i):
        try:
            work(i)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=guarded, args=(i,)) for i in range(N_THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


@pytest.fixture(autouse=True)
def switch_often():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_the_gil_stays_off():
    """Importing the module must not turn it on again."""
    is_enabled = getattr(sys, "_is_gil_enabled", None)
    if is_enabled is None or sys.flags.gil is None and is_enabled():
        pytest.skip("this CPython always has a GIL")
    assert is_enabled() == bool(sys.flags.gil)


def test_counts_are_exact():
    exporter = array.array("i", range(20000))  # more than is done with the GIL
    a = consumer.consume(exporter)

    def work(i):
        for k in range(500):
            with memoryview(a) as view:
                assert view[k] == k
            part = a[k:]
            assert part[0] == k
            part.release()
            if k % 50 == 0:
                assert a.tobytes() == exporter.tobytes()
                assert -1 not in a and a.count(k) == 1 and a == exporter
                assert a.stringify(3) == "[ 0 1 2 ... ]"

    run_threads(work)
    assert a.exports == 0
    a.close()
    exporter.append(1)


def test_ten_million_exports_are_counted():
    """memoryview of CPython 3.13 without the GIL miscounts a few of them."""
    n_exports = 2_500_000 if IS_LONG else 2_500
    exporter = array.array("i", range(8))
    a = consumer.consume(exporter)
    kept = [None] * N_THREADS

    def work(i):
        kept[i] = memoryview(a)
        for _ in range(n_exports):
            memoryview(a).release()

    run_threads(work)
    assert a.exports == N_THREADS
    with pytest.raises(BufferError, match="has 4 exported"):
        a.close()
    for view in kept:
        view.release()
    assert a.exports == 0
    a.close()
    exporter.append(1)
    print(f"{N_THREADS * n_exports} exports, all counted")


USES = [
    lambda v: v.tobytes(),
    lambda v: v[3],
    lambda v: v[1:5].tolist(),
    lambda v: list(zip(v, range(20), strict=False)),
    lambda v: v.__setitem__(0, 7),
    lambda v: v.__setitem__(slice(1, 3), v[2:4]),
    lambda v: v == v[:],
    lambda v: v[3:4].cast("B").tolist(),
    lambda v: memoryview(v)[2],
    lambda v: (v.shape, v.strides, v.format, v.obj, v.nbytes),
    lambda v: (repr(v), v.released, v.exports),
    lambda v: (5 in v, v.count(3), v.index(0)),
    lambda v: v.release(),
]


@pytest.mark.parametrize("seed", range(15))
def test_release_and_close_race_with_everything(seed):
    exporter = bytearray(4 * 20000)
    root = consumer.consume(exporter, "i")
    views = [root, root[:], root[3:], root[::2], root[::-1], root.cast("B").cast("i")]

    def work(i):
        rng = random.Random(seed * N_THREADS + i)
        for k in range(200):
            view = rng.choice(views)
            use = rng.choice(USES if k > 150 else USES[:-1])
            if k == 190 and i == 0:
                use = consumer.PyConsumerArray.close
            try:
                use(view)
            except ValueError as error:
                assert "released" in str(error) or "not in the array" in str(error)
            except BufferError as error:
                assert "exported buffer" in str(error)

    run_threads(work)
    for view in views:
        assert view.exports == 0
        view.release()
    exporter.append(1)  # given back, once


def test_threads_that_share_an_iterator():
    exporter = array.array("i", range(3000))
    iterator = iter(consumer.consume(exporter))
    seen = [[] for _ in range(N_THREADS)]
    run_threads(lambda i: seen[i].extend(iterator))
    # With the GIL each exactly once; without it, as with list, maybe twice.
    assert set().union(*seen) == set(exporter)
    del iterator
    exporter.append(1)
