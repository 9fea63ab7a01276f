# SPDX-License-Identifier: MIT
"""cast(), toreadonly(), tolist(), tobytes() and text."""

import array
import ctypes
import gc
import inspect
import struct
import sys

import pytest

import consumer
from support import outcome, raises_released

DATA = bytes(range(1, 25))


# --- cast() -------------------------------------------------------------------


@pytest.mark.parametrize("code", "bBchHiIqQfd?")
def test_cast_to_bytes_and_back(code):
    a = consumer.consume(DATA).cast(code)
    assert (a.format, a.itemsize) == (code, struct.calcsize(code))
    assert a.tolist() == memoryview(DATA).cast(code).tolist()
    assert a.cast("B").tolist() == list(DATA)


@pytest.mark.parametrize("code", ["<i2", ">i2", "!q", "float16", ">f4", "uint64"])
def test_cast_beyond_memoryview(code):
    itemsize = consumer.consume(DATA, code).itemsize
    a = consumer.consume(DATA).cast(code)
    assert a.tolist() == consumer.consume(DATA, code).tolist()
    assert len(a) == len(DATA) // itemsize


def cast_to(view, *arguments):
    return view.cast(*arguments).tolist()


@pytest.mark.parametrize(
    "arguments",
    [
        ("B", [2, 12]),
        ("B", (2, 3, 4)),
        ("i", [2, 3]),
        ("i", [6]),
        ("d", [3, 1, 1]),
        ("B", []),
        ("B", [25]),
        ("i", [2, 2]),
        ("i", [0]),
        ("i", [-1, -6]),
        ("i", [2**62, 2**62]),
        ("i", ["2", "3"]),
        ("i", [1.5]),
        ("i", 6),
        ("i", "6"),
        ("i", {6: 1}),
        ("i", [1] * 65),
        ("i", [1] * 63 + [6]),
        (5,),
        (b"i",),
        (),
        ("i", [6], 1),
    ],
    ids=str,
)
def test_cast_like_memoryview(arguments):
    expected = outcome(cast_to, memoryview(DATA), *arguments)
    assert outcome(cast_to, consumer.consume(DATA), *arguments) == expected


@pytest.mark.parametrize(
    "shape, arguments",
    [
        ((2, 12), ("B",)),
        ((2, 12), ("i",)),
        ((2, 12), ("B", [24])),
        ((2, 12), ("B", [4, 6])),  # N-d to N-d
        ((2, 12), ("B", [])),
        ((), ("B",)),
    ],
    ids=str,
)
def test_cast_of_n_dimensions(shape, arguments):
    data = DATA if shape else DATA[:1]
    m = memoryview(data).cast("B", shape)
    expected = outcome(cast_to, m, *arguments)
    assert outcome(cast_to, consumer.consume(m), *arguments) == expected


@pytest.mark.parametrize(
    "view, arguments, message",
    [
        (consumer.consume(DATA)[::2], ("B",), "C-contiguous"),
        (consumer.consume(DATA)[::-1], ("B",), "C-contiguous"),
        (consumer.consume(DATA, "i"), ("d",), "between two non-byte formats"),
        (consumer.consume(DATA, "i"), ("i", [2, 3]), "between two non-byte formats"),
        (consumer.consume(DATA)[:7], ("i",), "7 bytes are not a multiple"),
        (consumer.consume(b""), ("B", [1]), "zeros in its shape"),
        (consumer.consume(b"", shape=(0, 2)), ("B",), "zeros in its shape"),
    ],
    ids=str,
)
def test_casts_that_memoryview_refuses_too(view, arguments, message):
    with pytest.raises(TypeError):
        memoryview(view).cast(*arguments)
    with pytest.raises(TypeError, match=message):
        view.cast(*arguments)


def test_cast_names_an_unknown_format():
    with pytest.raises(ValueError, match="'i5'"):
        consumer.consume(DATA).cast("i5")


def test_cast_of_an_empty_array():
    assert consumer.consume(b"").cast("i").tolist() == []


def test_cast_of_an_opaque_array_reads_its_bytes():
    numpy = pytest.importorskip("numpy")
    exporter = numpy.array([1 + 2j])
    a = consumer.consume(exporter).cast("B").cast("d")
    assert a.tolist() == [1.0, 2.0]


def test_cast_by_name():
    assert consumer.consume(DATA).cast(shape=[2, 3], format="i").shape == (2, 3)


# --- toreadonly() -------------------------------------------------------------


def test_toreadonly():
    exporter = bytearray(DATA)
    a = consumer.consume(exporter)
    b = a.toreadonly()
    assert (a.readonly, b.readonly, b.obj is exporter) == (False, True, True)
    assert b[::2].readonly and b.cast("i").readonly
    assert memoryview(b).readonly
    a.release()
    assert b.tolist() == list(DATA)


# --- Copies -------------------------------------------------------------------


def test_tolist_is_a_copy():
    exporter = array.array("i", [1, 2])
    values = consumer.consume(exporter).tolist()
    exporter[0] = 9
    assert values == [1, 2]


@pytest.mark.skipif(
    sys.version_info >= (3, 12), reason="the collector waits until tolist() is through"
)
def test_tolist_that_collects_garbage_which_releases():
    # New lists run the collector, and that ran release() in between.
    a = consumer.consume(bytearray(4000), "i", shape=(100, 10))
    refusals = []

    class Cycle:
        def __init__(self):
            self.me = self

        def __del__(self):
            try:
                a.release()
            except BufferError as error:
                refusals.append(error)

    threshold = gc.get_threshold()
    try:
        gc.set_threshold(10)
        Cycle()
        values = a.tolist()
    finally:
        gc.set_threshold(*threshold)
    assert values == [[0] * 10] * 100
    assert refusals
    assert not a.released


# --- Text ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments, text",
    [
        ((), "[ 1 2 3 ]"),
        ((None,), "[ 1 2 3 ]"),
        ((3,), "[ 1 2 3 ]"),
        ((2,), "[ 1 2 ... ]"),
        ((0,), "[ ... ]"),
        ((2**63 - 1,), "[ 1 2 3 ]"),
        ((None, "array"), "[ 1 2 3 ]"),
        ((None, "lines"), "1\n2\n3\n"),
        ((2, "lines"), "1\n2\n"),
    ],
    ids=str,
)
def test_stringify(arguments, text):
    a = consumer.consume(array.array("i", [1, 2, 3]))
    assert a.stringify(*arguments) == text
    assert a.stringify(**dict(zip(("max", "format"), arguments))) == text


@pytest.mark.parametrize(
    "arguments, exception, message",
    [
        ((-1,), ValueError, "max -1"),
        ((2**64,), ValueError, "max 18446744073709551616"),
        ((1.0,), TypeError, "max must be an integer, not 1.0"),
        ((None, "xml"), ValueError, "'xml'"),
        ((None, None), TypeError, "format must be a str, not None"),
        ((None, "array\0"), ValueError, "null"),
        ((1, "array", 2), TypeError, "at most 2"),
    ],
    ids=str,
)
def test_bad_stringify(arguments, exception, message):
    with pytest.raises(exception, match=message):
        consumer.PyConsumerArray(3).stringify(*arguments)


class Unshown:
    """Something that even an error cannot show."""

    def __repr__(self):
        raise KeyboardInterrupt


@pytest.mark.parametrize(
    "arguments, keywords, exception",
    [
        (("K",), {}, ValueError),
        (("",), {}, ValueError),
        (("CC",), {}, ValueError),
        ((1,), {}, TypeError),
        ((b"C",), {}, TypeError),
        (("C", "C"), {}, TypeError),
        ((), {"other": "C"}, TypeError),
        (("C",), {"order": "C"}, TypeError),
    ],
    ids=str,
)
def test_bad_tobytes_like_memoryview(arguments, keywords, exception):
    m = memoryview(array.array("i", [1, 2, 3]))
    for view in m, consumer.consume(m):
        with pytest.raises(exception):
            view.tobytes(*arguments, **keywords)


@pytest.mark.parametrize(
    "arguments, keywords",
    [((":", 1, 2), {}), ((), {"other": 1}), ((1,), {}), ((":", "1"), {}), (("é",), {})],
    ids=str,
)
def test_bad_hex_like_memoryview(arguments, keywords):
    m = memoryview(array.array("i", [1, 2, 3]))
    assert outcome(lambda: consumer.consume(m).hex(*arguments, **keywords)) is outcome(
        lambda: m.hex(*arguments, **keywords)
    )


def test_interrupt_in_the_midst_of_an_error():
    a = consumer.PyConsumerArray(3)
    with pytest.raises(KeyboardInterrupt):
        a.tobytes(Unshown())
    assert a.tobytes("F") == a.tobytes()


def test_format_that_is_no_text():
    for code in "\ud800", "i\ud800":
        with pytest.raises(UnicodeEncodeError):
            consumer.consume(b"1234", code)


def test_text_of_a_matrix():
    a = consumer.consume(bytes(range(6)), shape=(2, 3))
    assert str(a) == repr(a) == "[ [ 0 1 2 ]\n  [ 3 4 5 ] ]"
    assert a.stringify(format="lines") == "0 1 2\n3 4 5\n"


def test_text_of_floats_is_that_of_python():
    values = [0.1, 1e16, 1e-5, 123456789.125, -0.0, float("nan"), 5e-324]
    a = consumer.consume(array.array("d", values))
    assert a.stringify(format="lines").split() == [repr(x) for x in values]


def test_text_of_a_released_array():
    a = consumer.PyConsumerArray(3)
    a.release()
    assert str(a) == repr(a) == "<released PyConsumerArray>"
    with raises_released():
        a.stringify()


def test_long_text():
    n = 300_000
    a = consumer.PyConsumerArray(n)
    assert a.stringify(format="lines") == "".join(f"{i}\n" for i in range(n))


# --- Comparisons and searches ---------------------------------------------------


@pytest.mark.parametrize("compare", ["__lt__", "__le__", "__gt__", "__ge__"])
def test_there_is_no_order(compare):
    m = memoryview(b"abc")
    a = consumer.consume(m)
    for other in a, m, consumer.consume(b"abd"), b"abd", 1:
        assert getattr(a, compare)(other) is NotImplemented
        assert getattr(m, compare)(m) is NotImplemented


def test_what_was_released_equals_only_itself():
    a, other = consumer.consume(b"abc"), consumer.consume(b"abc")
    gone = memoryview(b"abc")
    gone.release()
    other.release()
    assert (a == other, a != other, other == a, other == other) == (0, 1, 0, 1)
    assert (a == gone, a != gone) == (memoryview(a) == gone, memoryview(a) != gone)


class Unequal:
    def __eq__(self, other):
        raise ZeroDivisionError


def test_index_with_bad_arguments_like_list():
    a = consumer.consume(array.array("i", [1, 2, 3, 2]))
    for wrong in [(), (1, 2, 3, 4)], [(2, "1"), (2, 0, 1.5), (2, None)]:
        for arguments in wrong:
            assert outcome(a.index, *arguments) is outcome(a.tolist().index, *arguments)
    for arguments in [(2, -1), (2, -1, 9), (2, -3, -1), (2, -9, 2**70), (2, 2**70)]:
        assert outcome(a.index, *arguments) == outcome(a.tolist().index, *arguments)
    for search in a.index, a.count, a.__contains__:
        with pytest.raises(ZeroDivisionError):
            search(Unequal())


def test_a_byte_sought_by_a_word_that_is_no_byte():
    a = consumer.consume(b"abc", "c")
    assert (a.index(b"b"), a.count(b"b"), b"bc" in a, 98 in a) == (1, 1, False, False)


def test_hash_of_owned_memory():
    a = consumer.PyConsumerArray(3)
    assert hash(a.cast("B").toreadonly()) == hash(a.tobytes())


def test_nothing_is_found_where_nothing_can_be_read():
    exporter = (ctypes.c_wchar * 3)("a", "b", "c")
    a = consumer.consume(exporter)
    for search in a.index, a.count, a.__contains__:
        with pytest.raises(NotImplementedError):
            search("a")
    assert outcome(lambda: "a" in memoryview(exporter)) is NotImplementedError


# --- Signatures ---------------------------------------------------------------


@pytest.mark.parametrize(
    "function, signature",
    [
        (
            consumer.consume,
            "(object, format=None, *, shape=None, offset=0, count=-1, "
            "trailing='error')",
        ),
        (
            consumer.open,
            "(path, format=None, *, mode='r', shape=None, offset=0, count=-1, "
            "trailing='error')",
        ),
        (consumer.PyConsumerArray, "(length=0)"),
        (consumer.PyConsumerArray.cast, "(self, /, format, shape=None)"),
        (
            consumer.PyConsumerArray.stringify,
            "(self, /, max=None, format='array')",
        ),
        (consumer.PyConsumerArray.release, "(self, /)"),
    ],
    ids=str,
)
def test_signatures(function, signature):
    assert str(inspect.signature(function)) == signature
    assert function.__doc__


def test_hex_of_every_byte():
    octets = bytes(range(256)) * 3
    for start in range(40):
        a = consumer.consume(octets)[start:]
        assert a.hex() == octets[start:].hex()
        assert a[::-3].hex() == octets[start:][::-3].hex()
        assert a[:start].hex(None) == octets[start : 2 * start].hex()
