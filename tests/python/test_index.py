# SPDX-License-Identifier: MIT
"""Indexing and slicing, against memoryview in 1-D and NumPy beyond."""

import array
import collections.abc
import ctypes
import itertools
import struct
import sys

import pytest

import consumer
from support import Index, outcome

FIVE = array.array("i", [10, 20, 30, 40, 50])


@pytest.mark.parametrize(
    "key",
    [
        0,
        4,
        -1,
        -5,
        5,
        -6,
        2**31,
        2**63 - 1,
        -(2**63),
        2**64,
        -(2**64),
        True,
        Index(3),
        Index(5),
        (0,),
        (-1,),
        (5,),
        (Index(1),),
        (0, 0),
        1.0,
        None,
        "0",
        b"0",
        (1.0,),
        ("0",),
        [0],
        {},
    ],
    ids=repr,
)
def test_index(key):
    m = memoryview(FIVE)
    assert outcome(consumer.consume(FIVE).__getitem__, key) == outcome(
        m.__getitem__, key
    )


BOUNDS = [None, 0, 1, 4, 5, 6, -1, -5, -6, 2**31, -(2**31), 2**70, -(2**70)]
STEPS = [None, 1, 2, 5, 2**62, 2**70, -1, -2, -5, -(2**62), -(2**70)]


@pytest.mark.parametrize("step", STEPS)
def test_slice(step):
    m = memoryview(FIVE)
    a = consumer.consume(FIVE)
    for start in BOUNDS:
        for stop in BOUNDS:
            key = slice(start, stop, step)
            view, expected = a[key], m[key].tolist()
            assert view.tolist() == expected
            assert list(view) == expected
            assert len(view) == len(expected)
            assert view.tobytes() == array.array("i", expected).tobytes()
            assert view.obj is FIVE


@pytest.mark.parametrize(
    "key, exception",
    [
        (slice(None, None, 0), ValueError),
        (slice(1.0, None), TypeError),
        (slice(None, "1"), TypeError),
        (slice(None, None, 1.0), TypeError),
    ],
    ids=repr,
)
def test_bad_slice(key, exception):
    with pytest.raises(exception):
        memoryview(FIVE)[key]
    with pytest.raises(exception):
        consumer.consume(FIVE)[key]


def test_slice_is_a_view():
    exporter = array.array("i", FIVE)
    view = consumer.consume(exporter)[1::2]
    exporter[1] = 21
    assert view.tolist() == [21, 40]
    assert view.strides == (8,)
    assert not view.c_contiguous


@pytest.mark.parametrize("letter", "Bbih")
@pytest.mark.parametrize(
    "make",
    [
        lambda letter, values: array.array(letter, values).tobytes(),
        lambda letter, values: bytearray(array.array(letter, values).tobytes()),
        lambda letter, values: array.array(letter, values),
        lambda letter, values: array.array("i", values),
        lambda letter, values: memoryview(array.array(letter, values)),
        lambda letter, values: memoryview(array.array(letter, values * 2))[::2],
        lambda letter, values: consumer.consume(array.array(letter, values)),
    ],
    ids=range(7),
)
def test_slice_assignment(letter, make):
    # The common ones make no array, and must not let anything else through.
    ours, theirs = array.array(letter, range(5)), array.array(letter, range(5))
    a, m = consumer.consume(ours), memoryview(theirs)
    bounds, steps = [None, 0, 1, 4, 6, -1, 2**70], [None, 1, 2, -1]
    for start, stop, step, n in itertools.product(bounds, bounds, steps, range(6)):
        key, value = slice(start, stop, step), make(letter, [*range(50, 50 + n)])
        results = []
        for target in (a, m):
            try:
                target[key] = value
            except ValueError:
                results.append(ValueError)
            else:
                results.append(None)
        assert results[0] == results[1], (key, value)
        assert ours == theirs, (key, value)


@pytest.mark.parametrize("letter", "lLqQnN")
def test_other_spellings_can_be_assigned(letter):
    """Code for memoryview.cast("l") used to fail: 'l' was spelled 'q' here."""
    values = memoryview(struct.pack(f"2{letter}", 1, 2)).cast(letter)
    a = consumer.consume(bytearray(values.nbytes)).cast(letter)
    a[:] = values
    assert a.tolist() == [1, 2]
    if letter in "lLqQ":
        a[:] = array.array(letter, [3, 4])
        assert a.tolist() == [3, 4]
    other = "d" if values.itemsize == 8 else "f"
    with pytest.raises(ValueError, match="cannot be given"):
        a[:] = values.cast("B").cast(other)
    swapped = consumer.consume(values, ("<" if sys.byteorder == "big" else ">") + "q")
    with pytest.raises(ValueError, match="cannot be given"):
        a[:] = swapped


def test_slice_assignment_from_the_same_memory():
    exporter = bytearray(range(10))
    a = consumer.consume(exporter)
    a[2:] = a[:-2]
    assert exporter == bytes([0, 1, *range(8)])
    a[:] = exporter
    assert exporter == bytes([0, 1, *range(8)])
    a[5:2] = b""
    with pytest.raises(TypeError, match="read-only"):
        a.toreadonly()[:2] = b"ab"
    assert exporter == bytes([0, 1, *range(8)])


def test_slices_of_slices():
    numbers = range(1000)
    a = consumer.consume(array.array("i", numbers))
    for key in (
        slice(3, None, 7),
        slice(None, None, -1),
        slice(-100, -1),
        slice(None, None, 3),
        slice(5, -5, -1),
        slice(0, 0),
    ):
        a, numbers = a[key], numbers[key]
        assert a.tolist() == list(numbers)


def test_0d():
    a = consumer.consume(memoryview(b"\7").cast("B", []))
    assert (a.ndim, a.shape, a.strides, a.nbytes) == (0, (), (), 1)
    assert a[()] == 7
    assert a.tolist() == 7
    assert a.tobytes() == b"\7"
    assert str(a) == "7"
    view = a[...]
    assert (view.ndim, view[()], view.obj is a.obj) == (0, 7, True)
    for key in (0, slice(None), (0,), (slice(None),)):
        with pytest.raises(TypeError):
            a[key]
    with pytest.raises(TypeError, match="0-dim"):
        len(a)
    with pytest.raises(TypeError, match="0-dim"):
        iter(a)


# --- More dimensions, as NumPy has it -----------------------------------------

numpy = pytest.importorskip("numpy", reason="NumPy says what N-d indexes mean")

CUBE = numpy.arange(2 * 3 * 4, dtype=">i4").reshape(2, 3, 4)[:, ::-1, :]


@pytest.mark.parametrize(
    "key",
    [
        0,
        -1,
        (1,),
        (1, 2),
        (-1, -3),
        (1, 2, 3),
        (-2, -3, -4),
        (Index(1), Index(0), Index(2)),
        slice(None, None, -1),
        slice(1, 1),
        (slice(None), slice(None), slice(None)),
        (slice(None), 1),
        (1, slice(None, None, 2)),
        (slice(1), slice(2, 0, -1), slice(None, None, 3)),
        (0, slice(None), -1),
        (slice(None), slice(9, 9)),
        (),
        ...,
        (...,),
        (..., 0),
        (0, ...),
        (0, ..., 3),
        (..., slice(None, None, -1), 1),
        (0, 1, 2, ...),
        (..., 0, 1, 2),
    ],
    ids=repr,
)
def test_n_dimensions(key):
    a = consumer.consume(CUBE)[key]
    expected = CUBE[key]
    if isinstance(a, int):
        assert a == expected
        return
    assert a.shape == expected.shape
    assert a.tolist() == expected.tolist()
    assert a.tobytes() == expected.tobytes()
    assert (a.format, a.obj is CUBE) == (">i", True)
    if expected.size:
        assert a.strides == expected.strides


@pytest.mark.parametrize(
    "key, exception, message",
    [
        (2, IndexError, "dimension 1"),
        (-3, IndexError, "dimension 1"),
        ((0, 3), IndexError, "dimension 2"),
        ((0, 0, 4), IndexError, "dimension 3"),
        ((0, 0, -5), IndexError, "dimension 3"),
        ((slice(None), 3), IndexError, "dimension 2"),
        ((..., 4), IndexError, "dimension 3"),
        ((0, 0, 2**64), IndexError, "index-sized"),
        ((0, 0, 0, 0), TypeError, "3-dimensional array with 4"),
        ((slice(None),) * 4, TypeError, "3-dimensional array with 4"),
        ((0,) * 1000, TypeError, "3-dimensional array with 1000"),
        ((..., ...), TypeError, "more than one Ellipsis"),
        ((0, None), TypeError, "not None"),
        ((0, 1.5), TypeError, "not 1.5"),
        ((0, slice(None, None, 0)), ValueError, "zero"),
    ],
    ids=str,
)
def test_bad_n_dimensional_key(key, exception, message):
    with pytest.raises(exception, match=message):
        consumer.consume(CUBE)[key]


@pytest.mark.parametrize(
    "key, exception",
    [
        ((..., ...), TypeError),
        ((0, 0, 0, 0), TypeError),
        ((0, 0, 4), IndexError),
        ((0, 0, 2**64), IndexError),
        ((0, 0, None), TypeError),
        (Index(0, lambda: 1 / 0), ZeroDivisionError),
        ((0, 0, Index(0, lambda: 1 / 0)), ZeroDivisionError),
        ((slice(None), Index(0, lambda: 1 / 0)), ZeroDivisionError),
    ],
    ids=str,
)
def test_bad_key_of_an_assignment(key, exception):
    cube = numpy.array(CUBE)
    with pytest.raises(exception):
        consumer.consume(cube)[key] = 1
    assert (cube == CUBE).all()


@pytest.mark.parametrize("index", [2**64, Index(2**64), Index(0, lambda: 1 / 0)])
def test_bad_index_of_an_assignment(index):
    values = array.array("i", [1, 2, 3])
    with pytest.raises((IndexError, ZeroDivisionError)):
        consumer.consume(values)[index] = 1
    assert values.tolist() == [1, 2, 3]


@pytest.mark.parametrize("index", [-6, -7, 5, -(2**63)])
def test_items_of_a_sequence(index):
    """C code need not count from the end itself."""
    get = ctypes.pythonapi.PySequence_GetItem
    get.restype, get.argtypes = ctypes.py_object, [ctypes.py_object, ctypes.c_ssize_t]
    for view in FIVE.tolist(), consumer.consume(FIVE):
        assert get(view, -5) == 10
        with pytest.raises(IndexError):
            get(view, index)


def test_row_of_an_empty_matrix():
    a = consumer.consume(numpy.zeros((3, 0), "i4"))
    assert a[2].tolist() == []
    assert a.tolist() == [[], [], []]
    assert a[:, ::-1].shape == (3, 0)


def test_empty_matrix_with_long_rows():
    # Strides of rows that do not exist overflowed when they were sliced.
    huge = 2**62 - 1
    a = consumer.consume(b"", "B", shape=(0, huge, 3))
    assert a.shape == (0, huge, 3)
    assert a[:, 1 : huge - 1 : 2].tolist() == []
    assert a[:, huge - 1].tolist() == []
    assert a[..., 2].tolist() == []
    assert a[:, ::-1, ::-1].tobytes() == b""


def test_iteration_gives_rows():
    rows = list(consumer.consume(CUBE))
    assert [row.tolist() for row in rows] == CUBE.tolist()
    assert all(row.obj is CUBE for row in rows)


# --- The protocols around it --------------------------------------------------


def test_sequence():
    a = consumer.consume(FIVE)
    assert 30 in a
    assert 31 not in a
    assert list(reversed(a)) == [50, 40, 30, 20, 10]
    assert sum(a) == 150
    assert bool(a)
    assert not consumer.PyConsumerArray()
    assert isinstance(a, collections.abc.Sequence)  # as a memoryview is
    match a:
        case [first, *_, last]:
            assert (first, last) == (10, 50)
        case _:
            pytest.fail("not matched as a sequence")


def test_rows_are_searched():
    m = consumer.consume(bytes([0, 1, 2, 3, 4, 5, 3, 4, 5]), shape=(3, 3))
    assert m[1] in m and b"\3\4\5" in m
    assert (m.index(m[2]), m.count(m[1])) == (1, 2)
    assert 5 not in m and m.count(5) == 0


class Overflowing:
    def __index__(self):
        raise OverflowError("never shown")

    __float__ = __index__

    def __repr__(self):
        return "<far too much>"


@pytest.mark.parametrize("format", ["i", "B", "Q", "d", "e"])
def test_assignment_never_overflows(format):
    """memoryview's rule: what does not fit is a ValueError, whoever says so."""
    a = consumer.consume(bytearray(8), format)
    with pytest.raises(ValueError, match="<far too much> is out of range for any"):
        a[0] = Overflowing()
    for number in 2**64, -(2**64), 10**400:
        if format in "de" and number != 10**400:
            continue
        with pytest.raises(ValueError, match="out of range|too large"):
            a[0] = number
    assert a[0] == 0


def test_iterator():
    iterator = iter(consumer.consume(FIVE))
    assert iter(iterator) is iterator
    assert list(iterator) == list(FIVE)
    assert list(iterator) == []  # stays at the end
    with pytest.raises(TypeError):
        type(iterator)()
