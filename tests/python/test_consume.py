# SPDX-License-Identifier: MIT
"""consume(): every format, every layout, every error."""

import array
import ctypes
import struct

import pytest

import consumer
from support import TYPES, Index, same

numpy = pytest.importorskip("numpy", reason="NumPy makes the exporters")


# --- The exporter's own format ------------------------------------------------


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("name, code, letter, values", TYPES)
def test_element_types(name, code, letter, values, order):
    # An int * was cast over any of them.
    exporter = numpy.array(values, order + code)
    a = consumer.consume(exporter)
    assert same(a.tolist(), exporter.tolist())
    assert same(list(a), exporter.tolist())
    assert same([a[i] for i in range(len(a))], exporter.tolist())
    assert a.format == memoryview(exporter).format
    assert a.tobytes() == exporter.tobytes()


@pytest.mark.parametrize("prefix", ["", "@", "=", "<", ">", "!"])
@pytest.mark.parametrize("letter", "?cbBhHiIlLqQnNefdP")
def test_struct_codes(prefix, letter):
    code = prefix + letter
    try:
        itemsize = struct.calcsize(code)
    except struct.error:
        with pytest.raises(ValueError, match=f"'{code}'"):
            consumer.consume(bytes(16), code)
        return
    data = bytes(range(1, 1 + 3 * itemsize))
    a = consumer.consume(data, code)
    expected = [struct.unpack_from(code, data, i * itemsize)[0] for i in range(3)]
    assert same(a.tolist(), expected)
    assert a.itemsize == itemsize
    # What format= yields is a struct format again, without prefix if native.
    assert same(list(struct.iter_unpack(a.format, data)), [(x,) for x in expected])
    assert not a.format.startswith(("@", "=", "<"))
    assert consumer.consume(data, a.format).format == a.format


@pytest.mark.parametrize(
    "code, format",
    [
        ("int64", "q"),  # one name for what has several letters
        ("l", struct.calcsize("l") == 8 and "q" or "i"),
        ("<l", "i"),  # struct's standard size: 4 bytes
        ("n", "q" if struct.calcsize("n") == 8 else "i"),
        ("i4", "i"),
        ("<i4", "i"),
        (">i4", ">i"),
        ("!d", ">d"),
        (">u1", "B"),  # one byte has no order
        ("|b1", "?"),
        ("float16", "e"),
        ("char", "c"),
    ],
)
def test_format_that_a_code_yields(code, format):
    assert consumer.consume(bytes(16), code).format == format


@pytest.mark.parametrize(
    "exporter, format, itemsize",
    [
        (array.array("l", [1, 2]), "l", struct.calcsize("l")),
        (numpy.array([1, 2], ">i4"), ">i", 4),
        (numpy.array([1, 2], "<i8"), "l", 8),
        ((ctypes.c_int * 2)(1, 2), "<i", 4),  # memoryview cannot read it
        (memoryview(b"\1\2").cast("@b"), "@b", 1),
        (b"\1\2", "B", 1),
        (bytearray(b"\1\2"), "B", 1),
    ],
)
def test_exporter_format_is_verbatim(exporter, format, itemsize):
    a = consumer.consume(exporter)
    assert (a.format, a.itemsize) == (format, itemsize)
    assert memoryview(a).format == format
    assert a.tolist() == [1, 2]
    assert a[1:].format == format


def test_char_is_bytes_of_length_1():
    a = consumer.consume(b"ab", "c")
    assert a.tolist() == [b"a", b"b"]
    assert str(a) == "[ 97 98 ]"


def test_any_nonzero_byte_is_true():
    assert consumer.consume(b"\0\1\2\xff", "?").tolist() == [False, True, True, True]


OPAQUE = [
    (numpy.array([1 + 2j]), "Zd"),
    (numpy.array([1 + 2j], ">c8"), ">Zf"),
    (numpy.array([(1, 2.0)], "i4,f8"), "T{"),
    (numpy.array(["ab"]), "2w"),
    (numpy.array([b"ab"]), "2s"),
    (numpy.array([1], "longdouble"), "g"),
]


@pytest.mark.parametrize("exporter, format", OPAQUE)
def test_opaque_formats(exporter, format):
    a = consumer.consume(exporter)
    assert format in a.format
    assert a.itemsize == exporter.itemsize
    assert a.tobytes() == exporter.tobytes()
    assert a[::-1].tobytes() == exporter[::-1].tobytes()
    assert memoryview(a).format == memoryview(exporter).format
    assert numpy.asarray(a).dtype == exporter.dtype
    assert repr(a).startswith("<PyConsumerArray with shape (1,) of format")
    for read in (
        lambda: a[0],
        lambda: a[(0,)],
        lambda: a[1],  # before IndexError, as memoryview
        lambda: a.tolist(),
        lambda: next(iter(a)),
        lambda: a.stringify(),
    ):
        with pytest.raises(NotImplementedError, match=format):
            read()


@pytest.mark.parametrize(
    "code, part", [("=c8", "f"), ("=c16", "d"), (">c8", ">f"), (">c16", ">d")]
)
def test_complex_suggests_floats(code, part):
    exporter = numpy.array([1 + 2j, 3 + 4j], code)
    with pytest.raises(NotImplementedError, match=f"pairs of floats.*'{part}'"):
        consumer.consume(exporter)[0]
    # and the suggestion works
    assert consumer.consume(exporter, part).tolist() == [1, 2, 3, 4]


def test_structured_format_may_be_long():
    fields = [(f"field_with_a_long_name_{i}", "i4") for i in range(1000)]
    exporter = numpy.zeros(2, fields)
    a = consumer.consume(exporter)
    assert a.format == memoryview(exporter).format
    with pytest.raises(NotImplementedError) as raised:
        a[0]
    assert len(str(raised.value)) < 500


# --- Shapes -------------------------------------------------------------------

SHAPES = [
    numpy.array(7, "i4"),
    numpy.arange(5, dtype="i4")[::-2],
    numpy.arange(6, dtype="i4").reshape(2, 3),
    numpy.asfortranarray(numpy.arange(6, dtype="i4").reshape(2, 3)),
    numpy.arange(24, dtype="<u2").reshape(2, 3, 4)[:, ::-1, ::3],
    numpy.arange(24, dtype=">f8").reshape(2, 3, 4).transpose(2, 0, 1),
    numpy.broadcast_to(numpy.arange(3, dtype="i4"), (4, 3)),
    numpy.zeros((0,), "i4"),
    numpy.zeros((3, 0, 2), "i4"),
    numpy.zeros((0, 3), "i4"),
    numpy.arange(2, dtype="i1").reshape((1,) * 15 + (2,) + (1,) * 16),
]


@pytest.mark.parametrize("exporter", SHAPES, ids=lambda x: f"{x.shape}{x.strides}")
def test_shapes(exporter):
    a = consumer.consume(exporter)
    m = memoryview(exporter)
    for name in (
        "nbytes",
        "itemsize",
        "format",
        "ndim",
        "shape",
        "strides",
        "suboffsets",
        "readonly",
        "c_contiguous",
        "f_contiguous",
        "contiguous",
    ):
        assert same(getattr(a, name), getattr(m, name)), name
    assert a.obj is exporter
    assert a.tolist() == exporter.tolist()
    assert a.tobytes() == m.tobytes()


def test_64_dimensions():
    exporter = memoryview(b"ab").cast("B", [1] * 63 + [2])
    a = consumer.consume(exporter)
    assert a.shape == (1,) * 63 + (2,)
    assert a[(0,) * 63 + (1,)] == ord("b")
    assert a[(0,) * 63].tolist() == [97, 98]
    assert a.tolist() == exporter.tolist()


def test_empty_buffers():
    for exporter in (b"", bytearray(), array.array("d"), numpy.zeros(0)):
        a = consumer.consume(exporter)
        assert (len(a), a.nbytes, a.tolist(), a.tobytes()) == (0, 0, [], b"")
        assert str(a) == "[ ]"
        assert list(a) == []
        assert a[::-1].tolist() == []


def test_consume_an_array_is_another_view():
    # Not a new buffer: .obj stays the exporter, and nothing is exported.
    exporter = array.array("i", [1, 2, 3])
    a = consumer.consume(exporter)
    b = consumer.consume(a)
    assert b is not a
    assert (b.obj, a.exports, b.tolist()) == (exporter, 0, [1, 2, 3])
    assert consumer.consume(a, "B").tolist() == list(exporter.tobytes())
    a.release()
    assert b.tolist() == [1, 2, 3]


@pytest.mark.parametrize("letter", "bBhHiIqQ")
def test_small_ints_and_their_neighbours(letter):
    # Lists get them from a table, whose bounds depend on the sign of the type.
    itemsize = struct.calcsize(letter)
    lowest = 0 if letter.isupper() else -(1 << (8 * itemsize - 1))
    highest = lowest + (1 << (8 * itemsize)) - 1
    edges = [*range(-8, 8), *range(250, 262), *range(lowest, lowest + 8)]
    edges += range(highest - 8, highest + 1)
    values = [value for value in edges if lowest <= value <= highest]
    exporter = memoryview(struct.pack(f"{len(values)}{letter}", *values)).cast(letter)
    a = consumer.consume(exporter)
    assert a.tolist() == exporter.tolist() == values
    assert a[::-3].tolist() == values[::-3]
    assert a.tolist() == list(a)


def test_unaligned_memory():
    data = b"\xff" + struct.pack("=3d", 1.5, -2.0, 1e300)
    a = consumer.consume(memoryview(data)[1:], "d")
    assert a.tolist() == [1.5, -2.0, 1e300]
    assert str(a) == "[ 1.5 -2.0 1e+300 ]"


# --- format=, shape=, offset=, count=, trailing= ------------------------------

BYTES = bytes(range(12))


@pytest.mark.parametrize(
    "arguments, expected",
    [
        ({"format": "<i2"}, [0x0100, 0x0302, 0x0504, 0x0706, 0x0908, 0x0B0A]),
        ({"format": ">i4"}, [0x00010203, 0x04050607, 0x08090A0B]),
        ({"format": ">i4", "offset": 8}, [0x08090A0B]),
        ({"format": ">i4", "offset": 12}, []),  # at the end: nothing left
        ({"format": ">i4", "count": 0}, []),
        # a count does not reach the bytes that are left over
        ({"format": ">i4", "count": 1, "offset": 1}, [0x01020304]),
        (
            {"format": ">i4", "offset": 1, "trailing": "ignore"},
            [0x01020304, 0x05060708],
        ),
        ({"format": ">i4", "shape": 2}, [0x00010203, 0x04050607]),
        ({"format": ">i2", "shape": (2, 1)}, [[0x0001], [0x0203]]),
        ({"format": ">i2", "shape": [1, 2], "count": 2}, [[0x0001, 0x0203]]),
        ({"format": ">i2", "shape": (), "offset": 2}, 0x0203),
        ({"format": ">i2", "shape": (0, 7)}, []),
        ({"shape": (3, 4)}, [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]),
        ({"offset": 10}, [10, 11]),
        ({"count": 3}, [0, 1, 2]),
        ({"format": None, "shape": None, "offset": 0, "count": -1}, list(BYTES)),
        ({"count": Index(1), "offset": Index(1)}, [1]),
    ],
    ids=str,
)
def test_layouts(arguments, expected):
    assert consumer.consume(BYTES, **arguments).tolist() == expected


def test_layout_without_format_keeps_the_exporters():
    exporter = array.array("h", range(6))
    a = consumer.consume(exporter, offset=2, shape=(2, 2))
    assert (a.format, a.tolist()) == ("h", [[1, 2], [3, 4]])
    opaque = numpy.array([1 + 2j, 3 + 4j])
    a = consumer.consume(opaque, offset=16)
    assert (a.format, a.tobytes()) == ("Zd", opaque[1:].tobytes())


def test_format_by_position():
    assert consumer.consume(BYTES, "u1").tolist() == list(BYTES)


@pytest.mark.parametrize(
    "arguments, exception, message",
    [
        ({"format": "i5"}, ValueError, "'i5'"),
        ({"format": ""}, ValueError, "''"),
        ({"format": "2i"}, ValueError, "'2i'"),
        ({"format": "i\0"}, ValueError, "null"),
        ({"format": 4}, TypeError, "format must be a str, not 4"),
        ({"format": ">i4", "offset": 1}, ValueError, "3 left over"),
        ({"format": "int64"}, ValueError, "4 left over"),
        ({"offset": 13}, ValueError, "offset 13 is past the end"),
        ({"offset": 2**63}, ValueError, "offset 9223372036854775808"),
        ({"offset": -1}, ValueError, "offset -1"),
        ({"offset": -(10**30)}, ValueError, f"offset {-(10**30)}: .*>= 0"),
        ({"count": -(10**30)}, ValueError, f"count {-(10**30)}: .*>= -1"),
        ({"offset": Index(0, lambda: 1 / 0)}, ZeroDivisionError, "zero"),
        ({"offset": 1.0}, TypeError, "offset must be an integer, not 1.0"),
        ({"offset": None}, TypeError, "offset must be an integer, not None"),
        ({"count": 13}, ValueError, "13 elements"),
        ({"count": -2}, ValueError, "count -2"),
        ({"count": 2**64}, ValueError, "count 18446744073709551616"),
        ({"count": "1"}, TypeError, "count must be an integer, not '1'"),
        ({"shape": (5, 3)}, ValueError, "15 elements"),
        ({"shape": (2, 3), "count": 5}, ValueError, r"count 5.*\(2, 3\)"),
        ({"shape": (-1, 3)}, ValueError, "-1"),
        ({"shape": -3}, ValueError, "shape -3"),
        ({"shape": (2**62, 2**62)}, ValueError, "4611686018427387904"),
        ({"shape": (2**63, 1)}, ValueError, "9223372036854775808"),
        ({"shape": (2**60,), "format": "q"}, ValueError, "1152921504606846976"),
        ({"shape": (1.5,)}, TypeError, "must be an integer, not 1.5"),
        ({"shape": "ab"}, TypeError, "'ab'"),
        ({"shape": [1] * 65}, ValueError, "65 dimensions"),
        ({"trailing": "maybe"}, ValueError, "'maybe'"),
        ({"trailing": None}, ValueError, "None"),
        ({"trailing": 3}, ValueError, "3"),
    ],
    ids=str,
)
def test_bad_layouts(arguments, exception, message):
    with pytest.raises(exception, match=message):
        consumer.consume(BYTES, **arguments)


@pytest.mark.parametrize(
    "arguments, keywords, message",
    [
        ((), {}, "missing required argument 'object'"),
        ((b"", "B", 3), {}, "at most 2 positional arguments"),
        ((b"",), {"object": b""}, "by name .'object'. and position"),
        ((b"",), {"dtype": "B"}, "unexpected keyword argument 'dtype'"),
    ],
)
def test_bad_calls(arguments, keywords, message):
    with pytest.raises(TypeError, match=message):
        consumer.consume(*arguments, **keywords)


def test_object_by_name():
    assert consumer.consume(format="B", object=b"a").tolist() == [97]


@pytest.mark.parametrize(
    "arguments",
    [{"format": "u1"}, {"offset": 4}, {"count": 1}, {"shape": (1,)}],
    ids=str,
)
def test_only_contiguous_memory_has_another_layout(arguments):
    exporter = numpy.arange(12, dtype="i4").reshape(3, 4)
    for strided in (exporter[:, ::2], exporter.T, exporter[::-1]):
        with pytest.raises(BufferError, match="C-contiguous"):
            consumer.consume(strided, **arguments)
        a = consumer.consume(strided)
        with pytest.raises(BufferError, match="C-contiguous"):
            consumer.consume(a, **arguments)


@pytest.mark.parametrize("thing", [None, 1, 1.5, "text", [1], object(), type])
def test_no_buffer(thing):
    with pytest.raises(consumer.UnsupportedBufferError) as raised:
        consumer.consume(thing)
    assert str(raised.value) == (
        f"The object does not support buffer protocol: {type(thing).__name__}"
    )
    assert isinstance(raised.value, TypeError)
    assert isinstance(raised.value, ValueError)


def test_released_exporter():
    m = memoryview(b"ab")
    m.release()
    with pytest.raises(ValueError, match="released"):
        consumer.consume(m)
