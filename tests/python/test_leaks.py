# SPDX-License-Identifier: MIT
"""20,000 rounds of everything must not grow memory."""

import array
import copy
import ctypes
import gc
import io
import os
import pickle
import sys

import pytest

import consumer

# Sanitizers take ten times as long, and look for leaks of their own.
ROUNDS = 2_000 if "PYTHON_PRELOAD" in os.environ else 20_000
EXPORTER = array.array("i", range(24))
MATRIX = memoryview(EXPORTER).cast("B").cast("i", [2, 3, 4])
A = consumer.consume(EXPORTER)
B = consumer.consume(MATRIX)
S = B.summary()
D = consumer.consume(array.array("d", [1.5])).summary()


def failing(function, *exceptions):
    def body():
        try:
            function()
        except exceptions:
            return
        pytest.fail("did not fail")

    return body


BODIES = {
    "consume": lambda: consumer.consume(EXPORTER),
    "consume N-d": lambda: consumer.consume(MATRIX),
    "consume as": lambda: consumer.consume(EXPORTER, ">i2", shape=(4, 2), offset=2),
    "owned": lambda: consumer.PyConsumerArray(5),
    "init twice": lambda: consumer.PyConsumerArray(5).__init__(6),
    "slices": lambda: A[1:][::-1][...],
    "N-d slices": lambda: B[1, ::-1, 1:],
    "elements": lambda: (A[1], B[1, 2, 3], B[0]),
    "iteration": lambda: (list(B), next(iter(A))),
    "tolist": lambda: (A.tolist(), B.tolist()),
    "text": lambda: (str(A), repr(B), B.stringify(3, "lines")),
    "casts": lambda: A.cast("B").cast("h", [6, 8]),
    "reductions": lambda: (A.sum(), A.min(), A.max(), B.mean(), B.std()),
    "summaries": lambda: (repr(S + S), S == B.summary(), S.min, S.std, S.sum),
    "quantiles": lambda: (A.quantiles(50), B.quantiles([9, 1.5, 50]), A.histogram(3)),
    "no quantiles": failing(lambda: A[:0].quantiles([50]), ValueError),
    "bad quantiles": failing(lambda: A.quantiles([50, "1"]), TypeError),
    "bad percentage": failing(lambda: A.quantiles([50, 101]), ValueError),
    "bad bins": failing(lambda: A.histogram(2**40), ValueError),
    "pickle": lambda: pickle.loads(pickle.dumps([A, B[:, ::2], S])),
    "pickle 5": lambda: pickle.dumps(A, 5, buffer_callback=lambda buffer: None),
    "copy": lambda: (copy.copy(B), copy.deepcopy(B[:, 1:])),
    "tofile": lambda: (A.tofile(io.BytesIO()), B[:, ::2].tofile(io.BytesIO())),
    "npy": lambda: [a.tofile(io.BytesIO(), "npy") for a in (A, B, B[:, ::2])],
    "bad tofile": failing(lambda: A.tofile(1), TypeError),
    "bad addition": failing(lambda: S + D, ValueError),
    "nothing to reduce": failing(lambda: A[:0].min(), ValueError),
    "release": lambda: A[1:].release(),
    "close": lambda: consumer.consume(EXPORTER)[1:].close(),
    "exports": lambda: memoryview(B).release(),
    "attributes": lambda: (B.shape, B.strides, B.format, B.obj, B.nbytes),
    "no buffer": failing(lambda: consumer.consume(1), TypeError),
    "bad layout": failing(
        lambda: consumer.consume(EXPORTER, "q", offset=4), ValueError
    ),
    "bad cast": failing(lambda: B.cast("B", [2, 2]), TypeError),
    "bad index": failing(lambda: B[:, :, 9], IndexError),
    "bad export": failing(lambda: memoryview(B.toreadonly()).cast("d"), TypeError),
    "cycle": lambda: setattr(b := Exporter(8), "me", consumer.consume(b)),
}


class Exporter(bytearray):
    pass


class MallInfo(ctypes.Structure):
    """glibc's struct mallinfo2."""

    _names = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks"
    _fields_ = [(name, ctypes.c_size_t) for name in (_names + " keepcost").split()]


def malloc_bytes():
    """Bytes that malloc() gave out; 0 where the C library does not tell."""
    mallinfo2 = getattr(ctypes.CDLL(None), "mallinfo2", None)
    if mallinfo2 is None:
        return 0
    mallinfo2.restype = MallInfo
    info = mallinfo2()
    return info.uordblks + info.hblkhd


def run(body, n):
    for _ in range(n):
        body()
    gc.collect()


def growth(body):
    """Python's blocks, and the bytes of malloc(), that ROUNDS rounds add."""
    blocks, size = sys.getallocatedblocks(), malloc_bytes()
    run(body, ROUNDS)
    return sys.getallocatedblocks() - blocks, malloc_bytes() - size


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_no_growth(body):
    run(body, 1000)  # caches and free lists fill up
    # A leak grows each time; what else pytest has in memory may change once.
    growths = []
    while len(growths) < 3:
        n_blocks, n_bytes = growth(body)
        if n_blocks < ROUNDS // 100 and n_bytes < ROUNDS // 10:
            return
        growths.append((n_blocks, n_bytes))
    pytest.fail(f"blocks and bytes that {ROUNDS} rounds add: {growths}")


@pytest.mark.skipif(not os.path.exists("/proc/self/maps"), reason="needs Linux's /proc")
def test_files_and_mappings_are_given_back(tmp_path):
    path = tmp_path / "data.bin"
    path.write_bytes(bytes(1 << 20))

    def resources():
        with open("/proc/self/maps") as maps:
            mapped = sum(str(path) in line for line in maps)
        return mapped, len(os.listdir("/proc/self/fd"))

    def body():
        a = consumer.open(path, shape=(512, 512))
        assert resources()[0] == 1
        a[3].close()
        consumer.open(path, "d")[1:]
        failing(lambda: consumer.open(path, shape=(999, 999)), ValueError)()
        failing(lambda: consumer.open(path, offset=1), ValueError)()

    before = resources()
    for _ in range(100):
        body()
    assert resources() == before
