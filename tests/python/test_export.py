# SPDX-License-Identifier: MIT
"""The buffer protocol of arrays: every request, against memoryview's answer."""

import ctypes
import hashlib
import io
import itertools
import struct

import pytest

import consumer

testbuffer = pytest.importorskip(
    "_testbuffer", reason="CPython's _testbuffer makes the requests"
)

FLAGS = [
    name
    for name in dir(testbuffer)
    if name.startswith("PyBUF_") and name not in ("PyBUF_READ", "PyBUF_WRITE")
]
# The elementary flags, for all their combinations
BITS = ["WRITABLE", "FORMAT", "ND", "STRIDES"]
BITS += ["C_CONTIGUOUS", "F_CONTIGUOUS", "ANY_CONTIGUOUS", "INDIRECT"]
BITS = [getattr(testbuffer, "PyBUF_" + name) for name in BITS]


def matrix(flags=0, **options):
    return testbuffer.ndarray(list(range(24)), format="h", flags=flags, **options)


MEMORY = struct.pack("=24i", *range(24))

# What the array and the memoryview are made of: exporter, then a key or None
VIEWS = {
    "bytes": (lambda: MEMORY, None),
    "bytearray": (lambda: bytearray(MEMORY), None),
    "int32": (lambda: memoryview(bytearray(MEMORY)).cast("i"), None),
    "strided": (lambda: memoryview(MEMORY).cast("i"), slice(None, None, 2)),
    "reversed": (lambda: MEMORY, slice(None, None, -1)),
    "empty": (lambda: MEMORY, slice(0, 0)),
    "one element": (lambda: MEMORY, slice(3, 4)),
    "0-d": (lambda: memoryview(b"a").cast("B", []), None),
    "2-d": (lambda: memoryview(MEMORY).cast("i", [4, 6]), None),
    "2-d rows": (lambda: matrix(shape=[4, 6]), slice(None, None, 2)),
    "fortran": (lambda: matrix(testbuffer.ND_FORTRAN, shape=[4, 6]), None),
    "transposed": (lambda: matrix(shape=[2, 3, 4], strides=[2, 4, 12]), None),
    "column": (lambda: matrix(shape=[24, 1]), None),
    "writable": (lambda: matrix(testbuffer.ND_WRITABLE, shape=[24]), None),
    "opaque": (
        lambda: testbuffer.ndarray([(1, 2), (3, 4)], shape=[2], format="hi"),
        None,
    ),
}


@pytest.fixture(params=VIEWS)
def pair(request):
    """An array and a memoryview of the same memory."""
    make, key = VIEWS[request.param]
    exporter = make()
    a, m = consumer.consume(exporter), memoryview(exporter)
    return (a, m) if key is None else (a[key], m[key])


def answer(exporter, flags):
    """What a request for a buffer of 'exporter' gets."""
    try:
        buffer = testbuffer.ndarray(exporter, getbuf=flags)
    except BufferError:
        return BufferError
    fields = ["nbytes", "itemsize", "format", "ndim", "shape", "strides"]
    fields += ["suboffsets", "readonly"]
    return [getattr(buffer, name) for name in fields]


def test_every_request(pair):
    a, m = pair
    combinations = set()
    for chosen in itertools.product((0, 1), repeat=len(BITS)):
        flags = 0
        for bit, is_set in zip(BITS, chosen):
            flags |= bit if is_set else 0
        combinations.add(flags)
    combinations |= {getattr(testbuffer, flag) for flag in FLAGS}
    refused = 0
    for flags in combinations:
        expected = answer(m, flags)
        assert answer(a, flags) == expected, hex(flags)
        refused += expected is BufferError
    assert 0 < refused < len(combinations)
    assert a.exports == 0


def test_round_trip(pair):
    a, m = pair
    again = memoryview(a)
    assert a.exports == 1
    assert again.obj is a
    for field in ("nbytes", "itemsize", "format", "ndim", "shape", "readonly"):
        assert getattr(again, field) == getattr(m, field)
    assert again.tobytes() == m.tobytes() == bytes(a)
    assert again.strides == m.strides
    again.release()
    assert a.exports == 0


def test_failed_request_leaves_no_owner(pair):
    a, _ = pair

    # Py_buffer.obj must be NULL after a failure, whatever was there before.
    class PyBuffer(ctypes.Structure):
        _fields_ = [
            ("buf", ctypes.c_void_p),
            ("obj", ctypes.c_void_p),
            ("rest", ctypes.c_char * 128),
        ]

    get_buffer = ctypes.pythonapi.PyObject_GetBuffer
    get_buffer.argtypes = [ctypes.py_object, ctypes.c_void_p, ctypes.c_int]
    buffer = PyBuffer(obj=id(a))
    format_without_shape = testbuffer.PyBUF_FORMAT
    with pytest.raises(BufferError):
        get_buffer(a, ctypes.addressof(buffer), format_without_shape)
    assert buffer.obj is None
    assert a.exports == 0


def test_consumers_of_buffers():
    data = struct.pack("=4i", 1, 2, 3, 4)
    a = consumer.consume(data, "i")
    assert bytes(a) == data
    assert bytearray(a) == data
    assert struct.unpack("=4i", a) == (1, 2, 3, 4)
    assert io.BytesIO(a).getvalue() == data
    assert hashlib.sha256(a).digest() == hashlib.sha256(data).digest()
    assert b"".join([a, a]) == data + data
    assert memoryview(a) == memoryview(data).cast("i")
    assert a.exports == 0


def test_numpy_sees_the_same_memory():
    numpy = pytest.importorskip("numpy")
    exporter = numpy.arange(24, dtype=">i4").reshape(2, 3, 4)
    a = consumer.consume(exporter)[:, ::2, ::-1]
    again = numpy.asarray(a)
    assert again.dtype == exporter.dtype
    assert numpy.shares_memory(again, exporter)
    assert (again == exporter[:, ::2, ::-1]).all()
    again[0, 0, 0] = -1
    assert exporter[0, 0, 3] == -1
    with pytest.raises(BufferError, match="1 exported buffer$"):
        a.release()


def test_writing_through_an_export():
    exporter = bytearray(8)
    a = consumer.consume(exporter, ">i4")
    struct.pack_into(">i", a, 4, 7)
    assert a.tolist() == [0, 7]
    with pytest.raises((BufferError, TypeError)):
        struct.pack_into(">i", a.toreadonly(), 4, 8)
    assert a.tolist() == [0, 7]


def test_owned_memory_is_writable():
    a = consumer.PyConsumerArray(3)
    memoryview(a)[1] = 11
    assert a.tolist() == [0, 11, 2]
