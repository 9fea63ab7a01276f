# SPDX-License-Identifier: MIT
"""Exporters that fail, that lie, and that do what nobody else does."""

import ctypes
import gc
import struct
import sys

import pytest

import consumer
from liar import Liar

MAX = 2**63 - 1


# --- Lies ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields, exception, message",
    [
        ({"itemsize": 0}, BufferError, "itemsize is 0"),
        ({"itemsize": -1}, BufferError, "itemsize is -1"),
        ({"itemsize": 8}, BufferError, "format 'B' has 1 byte.*itemsize is 8"),
        ({"format": b"i"}, BufferError, "format 'i' has 4 bytes.*itemsize is 1"),
        ({"format": b"<q", "itemsize": 4}, BufferError, "'<q' has 8 bytes"),
        ({"len": -16}, BufferError, "-16 bytes"),
        ({"len": 15}, BufferError, "shape has 16 elements.*15 bytes"),
        ({"len": 17}, BufferError, "shape has 16 elements.*17 bytes"),
        ({"len": MAX}, BufferError, "shape has 16 elements"),
        ({"buf": None}, BufferError, "16 bytes is at"),
        ({"ndim": -1}, BufferError, "-1 dimensions"),
        ({"ndim": 65}, ValueError, "65 dimensions"),
        ({"ndim": 2**31 - 1}, ValueError, "2147483647 dimensions"),
        ({"ndim": 0}, BufferError, "shape has 1 elements.*16 bytes"),
        ({"ndim": 2, "shape": None}, BufferError, "2 dimensions but no shape"),
        ({"shape": [-16]}, BufferError, "-16"),
        ({"shape": [17]}, BufferError, "shape has 17 elements"),
        ({"shape": [0]}, BufferError, "shape has 0 elements"),
        ({"ndim": 2, "shape": [-4, -4], "strides": None}, BufferError, "-4"),
        # products that wrap around to 16, or to 0
        (
            {"ndim": 3, "shape": [2**32, 2**32, 16], "strides": None},
            BufferError,
            "more bytes than memory",
        ),
        (
            {"ndim": 2, "shape": [2**60 + 1, 16], "strides": None},
            BufferError,
            "more bytes than memory",
        ),
        (
            {"shape": [2**61], "itemsize": 8, "format": b"d", "strides": [8], "len": 0},
            BufferError,
            "more bytes than memory",
        ),
        # strides from here to nowhere
        ({"strides": [MAX]}, BufferError, "strides lead outside"),
        ({"strides": [-MAX - 1]}, BufferError, "strides lead outside"),
        ({"strides": [-(2**59)]}, BufferError, "strides lead outside"),
        ({"strides": [2**60]}, BufferError, "strides lead outside"),
        (
            {"ndim": 2, "shape": [4, 4], "strides": [2**61, 2**61]},
            BufferError,
            "strides lead outside",
        ),
        ({"suboffsets": [0]}, BufferError, "suboffset 0 of dimension 1"),
        (
            {"ndim": 2, "shape": [4, 4], "strides": [4, 1], "suboffsets": [-1, 8]},
            BufferError,
            "suboffset 8 of dimension 2",
        ),
    ],
    ids=str,
)
def test_lies_are_refused(fields, exception, message):
    liar = Liar(bytearray(16), **fields)
    before = sys.getrefcount(liar)
    with pytest.raises(exception, match=message):
        consumer.consume(liar)
    assert liar.n_exports == 0  # given back
    assert sys.getrefcount(liar) == before


@pytest.mark.parametrize(
    "fields, values",
    [
        ({}, list(range(16))),
        ({"format": None}, list(range(16))),  # no format is bytes
        ({"shape": None, "strides": None}, list(range(16))),
        ({"strides": None}, list(range(16))),
        ({"suboffsets": [-1]}, list(range(16))),  # negative is none
        ({"len": 4, "shape": [4], "strides": [5]}, [0, 5, 10, 15]),
        ({"len": 3, "shape": [3], "strides": [0]}, [0, 0, 0]),
        ({"len": 1, "ndim": 0, "shape": None, "strides": None}, 0),
        ({"len": 1, "shape": [1], "strides": [MAX]}, [0]),  # a stride not taken
        ({"len": 0, "shape": [0], "buf": None}, []),
        ({"len": 0, "shape": [0], "strides": [MAX], "buf": None}, []),
        (
            {"len": 0, "ndim": 2, "shape": [2, 0], "strides": [MAX, 1], "buf": None},
            [[], []],
        ),
        (
            {"len": 0, "ndim": 2, "shape": [0, MAX], "strides": [MAX, MAX]},
            [],
        ),
        (
            {"itemsize": 4, "format": b">i", "shape": [4], "strides": [4]},
            list(struct.unpack(">4i", bytes(range(16)))),
        ),
    ],
    ids=str,
)
def test_oddities_are_not_lies(fields, values):
    liar = Liar(bytearray(range(16)), **fields)
    a = consumer.consume(liar)
    assert a.tolist() == values
    assert a.obj is liar
    assert len(a.tobytes()) == a.nbytes
    assert a[...].tolist() == values
    del a
    assert liar.n_exports == 0


def test_negative_stride_starts_at_the_last_element():
    memory = bytearray(range(16))
    liar = Liar(memory, strides=[-1])
    liar.fields["buf"] += 15
    a = consumer.consume(liar)
    assert a.tolist() == list(reversed(memory))
    assert bytes(a[::-1]) == memory


@pytest.mark.parametrize(
    "format",
    [
        b"",
        b"2h",
        b"T{<i:a:}",
        b"w",
        b"Zf",
        b"i4",
        b"4",
        b"<",
        b"<P",
        b"|B",
        b"int32",
        b"&i",
    ],
)
def test_unreadable_formats(format):
    liar = Liar(bytearray(8), format=format, itemsize=4, shape=[2], strides=[4])
    a = consumer.consume(liar)
    assert a.format == format.decode()
    assert (a.tobytes(), len(a), a.itemsize) == (bytes(8), 2, 4)
    assert bytes(a[1:]) == bytes(4)
    assert memoryview(a).format == a.format
    with pytest.raises(NotImplementedError, match="cannot be read"):
        a[0]


def test_huge_format():
    liar = Liar(bytearray(8), format=b"x" * 10_000_000, itemsize=8, shape=[1])
    a = consumer.consume(liar)
    assert len(a.format) == 10_000_000
    with pytest.raises(NotImplementedError) as raised:
        a[0]
    assert len(str(raised.value)) < 500
    assert len(repr(a)) < 500


def test_format_that_is_no_text():
    a = consumer.consume(Liar(bytearray(2), format=b"\xff\xfe", itemsize=2, shape=[1]))
    with pytest.raises(UnicodeDecodeError):
        a.format
    with pytest.raises(NotImplementedError):
        a[0]
    assert a.tobytes() == bytes(2)
    repr(a)


# --- Failures -----------------------------------------------------------------


def test_exporter_that_fails():
    testbuffer = pytest.importorskip("_testbuffer")
    failing = testbuffer.ndarray(
        [1, 2], shape=[2], flags=testbuffer.ND_GETBUF_FAIL | testbuffer.ND_WRITABLE
    )
    before = sys.getrefcount(failing)
    for _ in range(3):
        with pytest.raises(BufferError, match="ND_GETBUF_FAIL"):
            consumer.consume(failing)
    assert sys.getrefcount(failing) == before


def test_exporter_with_suboffsets():
    testbuffer = pytest.importorskip("_testbuffer")
    indirect = testbuffer.ndarray(
        list(range(12)), shape=[3, 4], flags=testbuffer.ND_PIL
    )
    assert memoryview(indirect).suboffsets
    with pytest.raises(BufferError, match="suboffsets are not supported"):
        consumer.consume(indirect)


python_exporters = pytest.mark.skipif(
    sys.version_info < (3, 12), reason="__buffer__ came with Python 3.12"
)


@python_exporters
@pytest.mark.parametrize("returns", [1, None, b"ab"])
def test_buffer_method_that_returns_no_memoryview(returns):
    class Exporter:
        def __buffer__(self, flags):
            return returns

    with pytest.raises(TypeError):
        consumer.consume(Exporter())


@python_exporters
def test_buffer_method_that_raises():
    class Exporter:
        def __buffer__(self, flags):
            raise KeyError("no")

    with pytest.raises(KeyError):
        consumer.consume(Exporter())


@python_exporters
def test_buffer_method():
    events = []

    class Exporter:
        def __buffer__(self, flags):
            events.append("get")
            return memoryview(b"abcd")

        def __release_buffer__(self, buffer):
            events.append("release")
            a.release()
            with pytest.raises(ValueError):
                a.tolist()

    a = consumer.consume(Exporter())
    view = a[1:]
    assert (a.tolist(), events) == (list(b"abcd"), ["get"])
    a.release()
    assert events == ["get"]
    view.release()
    assert events == ["get", "release"]


@python_exporters
def test_release_method_that_raises(monkeypatch):
    unraisable = []
    monkeypatch.setattr(sys, "unraisablehook", unraisable.append)

    class Exporter:
        def __buffer__(self, flags):
            return memoryview(b"abcd")

        def __release_buffer__(self, buffer):
            raise KeyError("no")

    a = consumer.consume(Exporter())
    a.release()
    assert a.released
    # also while another exception is on its way
    with pytest.raises(ValueError, match="left over"):
        consumer.consume(Exporter(), "i", offset=1)
    assert [x.exc_type for x in unraisable] == [KeyError, KeyError]


# --- The rest of the zoo ------------------------------------------------------


def test_ctypes():
    class Point(ctypes.Structure):
        _fields_ = [("x", ctypes.c_int), ("y", ctypes.c_double)]

    matrix = ((ctypes.c_int16 * 3) * 2)((1, 2, 3), (4, 5, 6))
    assert consumer.consume(matrix).tolist() == [[1, 2, 3], [4, 5, 6]]
    assert consumer.consume(ctypes.c_double(1.5)).tolist() == 1.5
    assert consumer.consume((ctypes.c_char * 2)(b"a", b"b")).tolist() == [b"a", b"b"]
    assert consumer.consume((ctypes.c_bool * 2)(0, 1)).tolist() == [False, True]
    points = consumer.consume((Point * 2)())
    assert points.tobytes() == bytes(32)
    with pytest.raises(NotImplementedError, match="x:"):
        points[0]
    big = (ctypes.c_int32.__ctype_be__ * 2)(1, 2)
    assert consumer.consume(big).tolist() == [1, 2]


def test_array_resize_is_refused_while_held():
    import array

    exporter = array.array("i", [1, 2])
    a = consumer.consume(exporter)
    for change in (lambda: exporter.append(3), exporter.pop):
        with pytest.raises(BufferError):
            change()
    a.release()
    exporter.append(3)


def test_random_exporters():
    """Random formats, shapes and strides against memoryview."""
    testbuffer = pytest.importorskip("_testbuffer")
    import random

    rng = random.Random(1)
    for _ in range(1000):
        code = rng.choice("?cbBhHiIlLqQnNfdP")
        itemsize = struct.calcsize(code)
        ndim = rng.randrange(5)
        shape = [rng.choice((0, 1, 1, 2, 3, 4)) for _ in range(ndim)]
        # Any strides that stay inside the memory, negative ones too
        strides, first, last = [], 0, 0
        for length in shape:
            stride = itemsize * rng.randrange(-5, 6)
            strides.append(stride)
            extent = (max(length, 1) - 1) * stride
            first, last = first + min(extent, 0), last + max(extent, 0)
        n_items = (last - first) // itemsize + 1
        items = [
            struct.unpack(code, rng.randbytes(itemsize))[0] for _ in range(n_items)
        ]
        exporter = testbuffer.ndarray(
            items,
            shape=shape,
            strides=strides,
            offset=-first,
            format=code,
            flags=rng.choice((0, testbuffer.ND_WRITABLE)),
        )
        a, m = consumer.consume(exporter), memoryview(exporter)
        for name in ("format", "shape", "strides", "nbytes", "readonly"):
            assert getattr(a, name) == getattr(m, name)
        # Without elements we are contiguous, as NumPy is, whatever the strides.
        for name in ("c_contiguous", "f_contiguous", "contiguous"):
            assert getattr(a, name) == getattr(m, name) or a.nbytes == 0
        assert repr(a.tolist()) == repr(m.tolist())
        assert a.tobytes() == m.tobytes()
        if ndim:
            key = slice(*(rng.choice((None, -2, -1, 0, 1, 2)) for _ in "ab"))
            assert repr(a[key].tolist()) == repr(m[key].tolist())


def test_nothing_is_left_behind():
    gc.collect()
    assert not gc.garbage
