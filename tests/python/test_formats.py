# SPDX-License-Identifier: MIT
"""Texts, read back by the modules of Python that know the formats."""

import csv
import io
import json
import math
import random

import pytest

import consumer
from support import TYPES, same

numpy = pytest.importorskip("numpy", reason="NumPy makes the arrays")

SHAPES = [(), (1,), (5,), (2, 3), (3, 1), (1, 4), (2, 1, 3), (2, 2, 2, 2), (1,) * 32]
EMPTY_SHAPES = [(0,), (0, 3), (3, 0), (2, 0, 3)]
DTYPES = [order + code for _, code, _, _ in TYPES for order in "<>"]
EACH_DTYPE = pytest.mark.parametrize("dtype", DTYPES)


def arrays(dtype, shapes=SHAPES):
    """Arrays of random bytes, as they are, transposed and with steps."""
    rng = random.Random(str(dtype))
    itemsize = numpy.dtype(dtype).itemsize
    for shape in shapes:
        data = rng.randbytes(itemsize * math.prod(shape))
        exporter = numpy.frombuffer(data, dtype).reshape(shape)
        yield exporter
        yield exporter.T
        yield exporter[tuple(slice(None, None, rng.choice([-2, -1, 2])) for _ in shape)]


def rounded(value, dtype):
    """A number that was read, as an element has it; anything else as it is."""
    if isinstance(value, list):
        return [rounded(item, dtype) for item in value]
    return dtype.type(value).item() if isinstance(value, float) else value


def finite(value):
    """What JSON can say of it."""
    if isinstance(value, list):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def rows(exporter):
    """The rows of the text, as lists of elements in an array of one dimension."""
    return exporter.reshape(-1, exporter.shape[-1] if exporter.ndim > 1 else 1)


def spelled(field, dtype):
    """The element that a field of CSV stands for."""
    if dtype.kind == "b":
        return {"True": True, "False": False}[field]
    if dtype.kind == "f":
        return dtype.type(float(field)).item()
    return int(field)


# --- Each format, read back --------------------------------------------------------


@EACH_DTYPE
def test_json(dtype):
    for exporter in arrays(dtype):
        text = consumer.consume(exporter).stringify(format="json")
        assert "\n" not in text
        read = rounded(json.loads(text), exporter.dtype)
        assert same(read, finite(exporter.tolist()))


@EACH_DTYPE
def test_csv(dtype):
    for exporter in arrays(dtype):
        text = consumer.consume(exporter).stringify(format="csv")
        got = list(csv.reader(io.StringIO(text)))
        read = [[spelled(field, exporter.dtype) for field in row] for row in got]
        assert same(read, rows(exporter).tolist())
        if exporter.dtype.kind != "f" or exporter.itemsize == 8:
            assert got == [[str(x) for x in row] for row in rows(exporter).tolist()]


@EACH_DTYPE
def test_hex(dtype):
    for exporter in arrays(dtype):
        text = consumer.consume(exporter).stringify(format="hex")
        width = exporter.itemsize
        numbers = exporter.view(f"{exporter.dtype.str[0]}u{width}")
        lines = [
            " ".join(f"0x{x:0{2 * width}x}" for x in row) + "\n"
            for row in rows(numbers).tolist()
        ]
        assert text == "".join(lines)


@EACH_DTYPE
def test_lines_are_csv_with_blanks(dtype):
    for exporter in arrays(dtype):
        a = consumer.consume(exporter)
        lines = a.stringify(format="csv").replace(",", " ")
        assert a.stringify(format="lines") == lines


def test_specials():
    a = consumer.consume(numpy.array([math.nan, math.inf, -math.inf, -0.0, 1e300]))
    assert a.stringify(format="json") == "[null, null, null, -0.0, 1e+300]"
    assert a.stringify(format="csv") == "nan\ninf\n-inf\n-0.0\n1e+300\n"
    a = consumer.consume(b"\0\x01\x02").cast("?")
    assert a.stringify(format="json") == "[false, true, true]"
    assert a.stringify(format="csv") == "False\nTrue\nTrue\n"
    assert a.stringify(format="hex") == "0x00\n0x01\n0x02\n"
    a = consumer.consume(b"\0a\xff").cast("c")
    assert json.loads(a.stringify(format="json")) == [0, 97, 255]
    assert a.stringify(format="hex") == "0x00\n0x61\n0xff\n"


@EACH_DTYPE
def test_no_elements(dtype):
    for exporter in arrays(dtype, EMPTY_SHAPES):
        a = consumer.consume(exporter)
        assert json.loads(a.stringify(format="json")) == []
        for format in ["lines", "csv", "hex"]:
            assert a.stringify(format=format) == ""


# --- Cut, long and deep ------------------------------------------------------------


def leaves(value):
    if isinstance(value, list):
        return [leaf for item in value for leaf in leaves(item)]
    return [value]


@pytest.mark.parametrize("shape", [(12,), (3, 4), (2, 3, 2), (1, 12), (12, 1)])
def test_cut_anywhere(shape):
    exporter = numpy.arange(12, dtype="i4").reshape(shape)
    a = consumer.consume(exporter)
    for n in range(14):
        first = list(range(min(n, 12)))
        assert leaves(json.loads(a.stringify(n, "json"))) == first
        assert a.stringify(n, "csv").replace(",", "\n").split() == list(map(str, first))
        for format in ["lines", "csv", "hex"]:
            whole = a.stringify(format=format)
            cut = a.stringify(n, format)
            assert whole.startswith(cut[:-1]) and cut[-1:] in ("", "\n")


@pytest.mark.parametrize("shape", [(90_000,), (300, 300), (90_000, 1), (1, 2, 45_000)])
def test_longer_than_any_buffer(shape):
    exporter = numpy.random.default_rng(1).standard_normal(shape)
    a = consumer.consume(exporter)
    assert json.loads(a.stringify(format="json")) == exporter.tolist()
    table = csv.reader(io.StringIO(a.stringify(format="csv")))
    assert [list(map(float, row)) for row in table] == rows(exporter).tolist()
    numbers = a.stringify(format="hex").split()
    assert numbers == [f"0x{x:016x}" for x in exporter.view("u8").ravel().tolist()]


def test_64_dimensions():
    a = consumer.consume(bytes(range(6)), shape=(2,) + (1,) * 62 + (3,))
    text = a.stringify(format="json")
    assert text.startswith("[" * 64 + "0, 1, 2" + "]" * 63 + ", " + "[" * 63 + "3")
    value = json.loads(text)
    for row, first in zip(value, (0, 3)):
        for _ in range(62):
            (row,) = row
        assert row == [first, first + 1, first + 2]
    assert a.stringify(format="csv") == "0,1,2\n3,4,5\n"


# --- Errors ------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["", "JSON", "raw", "npy", "array\n", "é"])
def test_other_formats(format):
    expected = "expected 'array', 'lines', 'csv', 'json' or 'hex'$"
    with pytest.raises(ValueError, match=expected):
        consumer.PyConsumerArray(3).stringify(format=format)
