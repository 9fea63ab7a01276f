# SPDX-License-Identifier: MIT
"""A thousand random exporters: whatever memoryview does, the array does too.

CONSUMER_LONG_TESTS=1 makes a hundred thousand.

The intended differences, all of them:

- repr() and str() show the elements.
- Elements of any byte order ('<i', '>d', '=h') and float16 ('e') can be read and
  written, where memoryview raises NotImplementedError.  struct knows them here.
- Sub-views and slices of several dimensions, and rows as elements of an N-d
  array, where memoryview raises NotImplementedError: test_random.py.
- An array without elements is contiguous in both orders, as in NumPy; memoryview
  looks at its strides.
- Slices of elements that cannot be read ('hi') can be assigned: their bytes.
- 'P' takes what 'N' takes; memoryview takes negative numbers too, which then
  read as others.
- len() of a 0-d array is a TypeError, in memoryview only from Python 3.12 on.
- index() and count(), in memoryview only from Python 3.14 on: list knows them.
- Buffers with suboffsets are refused: test_hostile.py.
- cast() takes every type code, and spells the format its own way ('q' for 'l'):
  test_views.py.
- copy and pickle work: test_pickle.py.
"""

import itertools
import random
import struct
import sys

import pytest

import consumer
from support import IS_LONG, outcome, same

try:
    import _testbuffer
except ImportError:
    _testbuffer = None
    numpy = pytest.importorskip(
        "numpy", reason="without _testbuffer, NumPy makes the exporters"
    )

NATIVE = "?cbBhHiIlLqQnNfdP"
STANDARD = "?cbBhHiIlLqQefd"  # the codes that have a size on every machine
RECORDS = ["2h", "hi", "<hi", "3s", "bxb", "dd"]
N_SEEDS = 50
N_EXPORTERS = 2000 if IS_LONG else 20

seeds = pytest.mark.parametrize("seed", range(N_SEEDS))


# --- Exporters ----------------------------------------------------------------


def random_format(rng):
    kind = rng.random()
    if kind < 0.55:
        return rng.choice(NATIVE)
    if kind < 0.65:
        return "@" + rng.choice(NATIVE)
    if kind < 0.9 or not _testbuffer:
        return rng.choice("<>=") + rng.choice(STANDARD)
    return rng.choice(RECORDS)


def random_items(rng, format, n):
    """Elements as _testbuffer.ndarray wants them: of records, tuples."""
    size = struct.calcsize(format)
    items = []
    for _ in range(n):
        # Few different bytes, so that equal elements are not rare
        data = bytes(rng.choices(b"\x00\x01\x02\x80\xff", k=size))
        item = struct.unpack(format, data)
        items.append(item[0] if len(item) == 1 else item)
    return items


def random_layout(rng, itemsize, min_ndim=0):
    """Shape, strides and offset in a buffer of n items: any that fit."""
    ndim = max(min_ndim, rng.choice((0, 1, 1, 1, 2, 2, 3, 4)))
    shape = [rng.choice((0, 1, 1, 2, 3, 4)) for _ in range(ndim)]
    strides, first, last = [], 0, 0
    for length in shape:
        stride = rng.randrange(-5, 6)
        strides.append(stride * itemsize)
        extent = (max(length, 1) - 1) * stride
        first, last = first + min(extent, 0), last + max(extent, 0)
    if rng.random() < 0.3:  # C-contiguous
        strides, n = [], 1
        for length in reversed(shape):
            strides.insert(0, n * itemsize)
            n *= length
        return shape, strides, 0, max(n, 1)
    return shape, strides, -first * itemsize, last - first + 1


def make_with_numpy(items, shape, strides, offset, format, writable):
    data = b"".join(struct.pack(format, item) for item in items)
    memory = bytearray(data) if writable else data
    code = format.lstrip("@")
    code = {"c": "S1", "n": "p", "N": "P", "P": "P"}.get(code[-1], code)
    return numpy.ndarray(shape, code, memory, offset, strides)


def make_with_testbuffer(items, shape, strides, offset, format, writable):
    return _testbuffer.ndarray(
        items,
        shape=shape,
        strides=strides,
        offset=offset,
        format=format,
        flags=_testbuffer.ND_WRITABLE if writable else 0,
    )


class Case:
    """An exporter, and the array and the memoryview of it."""

    def __init__(self, rng, format=None, writable=None):
        self.rng = rng
        self.wanted_format = format or random_format(rng)
        itemsize = struct.calcsize(self.wanted_format)
        # _testbuffer makes no 0-d records.
        self.shape, self.strides, self.offset, n = random_layout(
            rng, itemsize, min_ndim=self.is_record
        )
        self.items = random_items(rng, self.wanted_format, n)
        self.writable = rng.random() < 0.5 if writable is None else writable
        self.exporter = self.make()
        self.a = consumer.consume(self.exporter)
        self.m = memoryview(self.exporter)
        self.format = self.m.format
        self.ndim = self.m.ndim

    def make(self, format=None, items=None):
        make = make_with_testbuffer if _testbuffer else make_with_numpy
        return make(
            self.items if items is None else items,
            self.shape,
            self.strides,
            self.offset,
            format or self.wanted_format,
            self.writable,
        )

    def __repr__(self):
        return f"<{self.format} {self.shape} {self.strides} {self.writable}>"

    @property
    def is_record(self):
        return self.wanted_format in RECORDS

    @property
    def is_plain(self):
        """Whether memoryview can read the elements."""
        code = self.format.lstrip("@")
        return len(code) == 1 and (code in NATIVE or sys.version_info >= (3, 12))

    def values(self):
        """What tolist() should return."""
        if self.is_plain:
            return self.m.tolist()
        flat = [x for (x,) in struct.iter_unpack(self.format, self.m.tobytes())]
        return nest(flat, self.m.shape)


def nest(flat, shape):
    if not shape:
        return flat[0]
    n = len(flat) // shape[0] if shape[0] else 0
    return [nest(flat[i * n : (i + 1) * n], shape[1:]) for i in range(shape[0])]


def cases(seed, **options):
    rng = random.Random(seed)
    for _ in range(N_EXPORTERS):
        yield Case(rng, **options)


def pick(values, key):
    for index in key:
        if not -len(values) <= index < len(values):
            raise IndexError
        values = values[index]
    return values


# --- Reading ------------------------------------------------------------------

ATTRIBUTES = ["nbytes", "itemsize", "format", "ndim", "shape", "strides"]
ATTRIBUTES += ["suboffsets", "readonly", "obj"]
CONTIGUITY = ["c_contiguous", "f_contiguous", "contiguous"]


def test_nothing_of_memoryview_is_missing():
    names = {name for name in dir(memoryview) if name[0] != "_"}
    names -= {"_from_flags"}
    assert names <= set(dir(consumer.PyConsumerArray))
    assert {x for x in names if not callable(getattr(memoryview, x))} == {
        *ATTRIBUTES,
        *CONTIGUITY,
    }


@seeds
def test_attributes(seed):
    for case in cases(seed):
        for name in ATTRIBUTES:
            assert getattr(case.a, name) == getattr(case.m, name), (case, name)
        for name in CONTIGUITY:
            expected = getattr(case.m, name) or case.m.nbytes == 0
            assert getattr(case.a, name) == expected, (case, name)
        if case.ndim:
            assert len(case.a) == len(case.m)
        else:
            assert outcome(len, case.a) is TypeError


@seeds
def test_values(seed):
    for case in cases(seed):
        if case.is_record:
            assert outcome(case.m.tolist) is NotImplementedError
            assert outcome(case.a.tolist) is NotImplementedError
        else:
            assert same(case.a.tolist(), case.values()), case
        if case.ndim == 1 and case.is_plain:
            assert same(list(case.a), list(case.m))
            assert same(list(reversed(case.a)), list(reversed(case.m)))


@seeds
def test_bytes(seed):
    for case in cases(seed):
        for order in ("C", "F", "A", None):
            assert case.a.tobytes(order) == case.m.tobytes(order), (case, order)
        assert case.a.tobytes() == bytes(case.a) == bytes(case.m)
        n = case.rng.randrange(-4, 5)
        assert case.a.hex() == case.m.hex()
        assert case.a.hex(":", n) == case.m.hex(":", n)
        assert case.a.hex(sep=b"-") == case.m.hex(sep=b"-")


@seeds
def test_indexes(seed):
    for case in cases(seed):
        ranges = [range(-n - 2, n + 2) for n in case.shape]
        keys = list(itertools.islice(itertools.product(*ranges), 2000))
        for key in case.rng.sample(keys, min(len(keys), 40)):
            key = key[0] if len(key) == 1 and case.rng.random() < 0.8 else key
            result = outcome(lambda: case.a[key])
            if case.is_plain or case.is_record:
                assert same(result, outcome(lambda: case.m[key])), (case, key)
            else:
                indexes = key if isinstance(key, tuple) else (key,)
                assert same(result, outcome(pick, case.values(), indexes)), (case, key)


def random_slice(rng, length):
    bounds = [None, 2**70, -(2**70), *range(-length - 2, length + 3)]
    step = rng.choice((None, 1, 1, -1, 2, -2, 3, 2**63 - 1, -(2**63)))
    return slice(rng.choice(bounds), rng.choice(bounds), step)


@seeds
def test_slices(seed):
    for case in cases(seed):
        if not case.ndim:
            assert outcome(lambda: case.a[:]) is outcome(lambda: case.m[:]) is TypeError
            continue
        for _ in range(10):
            key = random_slice(case.rng, case.shape[0])
            a, m = case.a[key], case.m[key]
            for name in ATTRIBUTES:
                assert getattr(a, name) == getattr(m, name), (case, key, name)
            assert a.tobytes() == m.tobytes()
            key = random_slice(case.rng, len(a))  # and once more
            assert a[key].tobytes() == m[key].tobytes()
            assert a[key].strides == m[key].strides


@seeds
def test_wrong_keys(seed):
    keys = [1.0, None, "a", (1.0,), (0, "a"), (), (0,) * 9, slice(0, 1, 0)]
    for case in cases(seed):
        for key in keys:
            expected = outcome(lambda: case.m[key])
            if case.ndim > 1 and expected is NotImplementedError:
                continue  # a sub-view
            result = outcome(lambda: case.a[key])
            if key == () and case.ndim == 1:
                assert expected is NotImplementedError  # it is a sub-view
                assert result.shape == case.a.shape
            elif case.is_plain or expected is not NotImplementedError:
                assert same(result, expected), (case, key)
            elif case.is_record:
                assert result in (NotImplementedError, TypeError)
            else:
                # We can read it: the key is what is wrong, or nothing is.
                assert result in (IndexError, TypeError) or key in ((), (0,))


# --- Comparing ----------------------------------------------------------------


def others(case):
    """Exporters that may be equal to that of the case."""
    rng = case.rng
    yield case.exporter
    yield bytes(case.m)
    yield Case(rng).exporter
    yield Case(rng, format=case.wanted_format).exporter
    if case.is_record or not _testbuffer:
        return
    for format in rng.sample([x + y for x in "<>@" for y in "bBhHiIqQfd?"], 6):
        # The same numbers, or nearly so, in another format
        items = list(case.items)
        if items and rng.random() < 0.3:
            items[rng.randrange(len(items))] = rng.choice((0, 1, 2))
        try:
            for item in items:
                struct.pack(format, item)
        except (struct.error, OverflowError):
            continue
        other = Case(rng, format=format)
        other.shape, other.offset = case.shape, case.offset
        scale = struct.calcsize(format) / struct.calcsize(case.wanted_format)
        other.strides = [int(stride * scale) for stride in case.strides]
        other.offset = int(case.offset * scale)
        yield other.make(items=items)


@seeds
def test_equality(seed):
    n_equal = 0
    for case in cases(seed):
        assert (case.a == case.m) == (case.m == case.m), case
        assert (case.a == case.a) == (case.m == case.m)
        assert (case.a == case.a[...]) == (case.m == case.m)
        for other in others(case):
            expected = case.m == other
            n_equal += expected
            description = case, memoryview(other).format
            assert (case.a == other) is expected, description
            assert (case.a != other) is not expected, description
            assert (memoryview(other) == case.a) is expected, description
            assert (case.a == memoryview(other)) is expected, description
            assert (case.a == consumer.consume(other)) is expected, description
    assert n_equal > 10


@seeds
def test_hash(seed):
    for case in cases(seed):
        assert outcome(hash, case.a) == outcome(hash, case.m), case
        if case.format == "B" and not case.writable:
            assert hash(case.a) == hash(bytes(case.m))


@seeds
def test_search(seed):
    for case in cases(seed):
        if case.is_record or case.ndim != 1:
            continue
        values = case.values()
        candidates = [*values, 0, 1, -1, True, 0.5, 1.0, b"\x01", "a", None, 2**64]
        candidates += [float("nan"), float("inf"), 1 + 0j, 1j, b"\x01\x02"]
        for value in candidates:
            start = case.rng.randrange(-5, 5)
            stop = case.rng.choice((sys.maxsize, 2, 3, -1, 2**80))
            # list looks for the very object first, and NaN might be that.
            is_nan = value != value
            assert (value in case.a) == (value in values and not is_nan), case
            assert case.a.count(value) == (0 if is_nan else values.count(value))
            expected = outcome(values.index, value, start, stop)
            result = outcome(case.a.index, value, start, stop)
            assert result == (ValueError if is_nan else expected), (case, value)


# --- Exporting ----------------------------------------------------------------


@pytest.mark.skipif(not _testbuffer, reason="_testbuffer makes the requests")
@seeds
def test_requests(seed):
    names = ["WRITABLE", "FORMAT", "ND", "STRIDES", "INDIRECT"]
    names += ["C_CONTIGUOUS", "F_CONTIGUOUS", "ANY_CONTIGUOUS"]
    bits = [getattr(_testbuffer, "PyBUF_" + name) for name in names]

    def answer(exporter, flags):
        buffer = _testbuffer.ndarray(exporter, getbuf=flags)
        return [getattr(buffer, name) for name in ATTRIBUTES if name != "obj"]

    for case in cases(seed):
        for _ in range(20):
            flags = 0
            for bit in bits:
                flags |= bit if case.rng.random() < 0.4 else 0
            expected = outcome(answer, case.m, flags)
            result = outcome(answer, case.a, flags)
            if case.m.nbytes == 0 and expected is BufferError:
                continue  # we are contiguous
            assert result == expected, (case, hex(flags))
        assert case.a.exports == 0


# --- Writing ------------------------------------------------------------------


class Twins:
    """An array and a memoryview, each of its own exporter, both the same."""

    def __init__(self, case):
        self.case = case
        self.exporters = case.make(), case.make()
        self.a = consumer.consume(self.exporters[0])
        self.m = memoryview(self.exporters[1])

    def check(self, key, value, values=None):
        """Assigns to both."""
        m_value, a_value = (value, value) if values is None else values
        expected = outcome(self.m.__setitem__, key, m_value)
        result = outcome(self.a.__setitem__, key, a_value)
        if result is consumer.UnsupportedBufferError:
            result = TypeError  # which it is
        assert result is expected, (self.case, key, value)
        assert self.a.tobytes() == self.m.tobytes(), (self.case, key, value)


VALUES = [0, 1, -1, 127, 128, -129, 255, 256, 2**31, 2**32, 2**63, 2**64, -(2**63)]
VALUES += [-(2**63) - 1, 10**400, True, False, 0.0, -0.0, 1.5, 1e300, -1e39]
VALUES += [float("inf"), b"", b"a", b"ab", "a", None, [], [1], 1j]


def random_value(case):
    if case.rng.random() < 0.3:
        return case.rng.choice(case.items)
    value = case.rng.choice(VALUES)
    if case.format.lstrip("@") == "P" and type(value) is int and value < 0:
        return 0  # an intended difference
    return value


def pack(format, value):
    """What assignment stores: struct, with memoryview's exceptions."""
    code = format[-1]
    if code == "c" and type(value) is not bytes:
        raise TypeError
    if code in "efd":
        if not isinstance(value, (int, float)):
            raise TypeError
        try:
            value = float(value)
        except OverflowError:
            raise ValueError from None
        if code == "f":  # struct refuses what a cast rounds to infinity
            value = struct.unpack("f", bytes(ctypes_float(value)))[0]
    elif code not in "?c":
        value = value.__index__()
    try:
        return struct.pack(format, value)
    except (struct.error, OverflowError):
        raise ValueError from None


def ctypes_float(value):
    import ctypes

    return ctypes.c_float(value)


@seeds
def test_element_assignment(seed):
    for case in cases(seed):
        if not case.is_plain or case.is_record:
            continue
        twins = Twins(case)
        for _ in range(20):
            key = tuple(case.rng.randrange(-n - 1, n + 1) for n in case.shape)
            if len(key) == 1 and case.rng.random() < 0.7:
                key = key[0]
            twins.check(key, random_value(case))
        for key in (0, (), ..., 1.0, None, (0, 0), "a"):
            if case.ndim > 1 or (case.ndim == 1 and key in (..., ())):
                continue  # sub-views
            twins.check(key, random_value(case))
        assert outcome(twins.a.__delitem__, 0) is TypeError
        assert outcome(twins.m.__delitem__, 0) is TypeError


@seeds
def test_element_assignment_that_memoryview_cannot(seed):
    for case in cases(seed, writable=True):
        if case.is_plain or case.is_record or 0 in case.shape:
            continue
        a = consumer.consume(case.make())
        for _ in range(20):
            key = tuple(case.rng.randrange(-n, n) for n in case.shape)
            value = random_value(case)
            before = a.tobytes()
            try:
                expected = pack(case.format, value)
            except (TypeError, ValueError, AttributeError) as error:
                error = TypeError if type(error) is AttributeError else type(error)
                assert outcome(a.__setitem__, key, value) is error, (case, value)
                assert a.tobytes() == before
                continue
            a[key] = value
            got = a[key]
            assert same(got, struct.unpack(case.format, expected)[0]), (case, value)


@seeds
def test_slice_assignment(seed):
    for case in cases(seed):
        if case.ndim != 1 or case.is_record or not case.is_plain:
            continue
        twins = Twins(case)
        for _ in range(20):
            to = random_slice(case.rng, case.shape[0])
            n = len(range(*to.indices(case.shape[0])))
            source = random_slice(case.rng, case.shape[0])
            if case.rng.random() < 0.6:  # of the right length
                start = case.rng.randrange(0, case.shape[0] - n + 1)
                source = slice(start, start + n)
                if case.rng.random() < 0.5 and n:
                    source = slice(start + n - 1, start - 1 if start else None, -1)
            # from themselves, which may overlap
            twins.check(to, source, (twins.m[source], twins.a[source]))
        for value in (b"", b"abc", bytes(case.m), Case(case.rng).exporter, 1, None):
            twins.check(slice(None), value)
            twins.check(slice(1, 3), value)
        again = case.make()
        twins.check(slice(None), again)
        twins.check(slice(None, None, -1), again)


@seeds
def test_assignment_of_what_memoryview_cannot(seed):
    """Rows, several dimensions, and elements that cannot be read."""
    for case in cases(seed, writable=True):
        if case.ndim == 0 or overlaps(case):
            continue
        to, source = consumer.consume(case.make()), Case(case.rng, case.wanted_format)
        source.shape, source.strides = case.shape, case.strides
        source.offset = case.offset
        source.items = random_items(case.rng, case.wanted_format, len(case.items))
        source = consumer.consume(source.make())
        key = tuple(random_slice(case.rng, n) for n in case.shape)
        before = to.tobytes()
        if outcome(to.__setitem__, key, source[key]) is None:
            assert to[key].tobytes() == source[key].tobytes(), (case, key)
        to[...] = source
        assert to.tobytes() == source.tobytes(), case
        assert outcome(to.__setitem__, key, b"") is ValueError or not to[key].nbytes
        assert len(to.tobytes()) == len(before)


def overlaps(case):
    """Whether elements of the exporter share memory, so that writes meet."""
    addresses = {
        sum(i * stride for i, stride in zip(index, case.strides))
        for index in itertools.product(*map(range, case.shape))
    }
    n = 1
    for length in case.shape:
        n *= length
    return len(addresses) < n
