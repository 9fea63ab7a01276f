# SPDX-License-Identifier: MIT
"""For test_types.py, which shows it to mypy: what a user's checker says."""

import array
import io
import mmap
import pathlib
from typing import Any

from typing_extensions import assert_type

import consumer


def views(path: pathlib.Path, mapped: mmap.mmap) -> consumer.PyConsumerArray:
    a = consumer.consume(array.array("i", [1, 2, 3]))
    assert_type(a, consumer.PyConsumerArray)
    consumer.consume(mapped, ">f8", shape=(2, 2), offset=16, trailing="ignore")
    consumer.consume(a, count=2)
    consumer.consume(a, format=1)  # type: ignore[arg-type]
    consumer.consume(1)  # type: ignore[arg-type]
    consumer.consume(a, trailing="maybe")  # type: ignore[arg-type]
    with consumer.open(path, "<i4", mode="r+") as opened:
        assert_type(opened, consumer.PyConsumerArray)
    consumer.open(path, mode="w")  # type: ignore[arg-type]
    assert_type(a[1:], consumer.PyConsumerArray)
    assert_type(a[...], consumer.PyConsumerArray)
    assert_type(a[0], Any)
    assert_type(a[0, 1], Any)
    a["name"]  # type: ignore[call-overload]
    assert_type(a.shape, tuple[int, ...])
    assert_type(list(a), list[Any])
    a[0] = 1
    a[0, 1] = 1.5
    a[1:] = array.array("i", [1, 2])
    a[:] = a
    a[1:] = 1  # type: ignore[call-overload]
    assert_type(2 in a, bool)
    assert_type(a == memoryview(b""), bool)
    assert_type(hash(a), int)
    assert_type({a: 1}, dict[consumer.PyConsumerArray, int])
    assert_type(a.index(2, 1), int)
    a.index(value=2)  # type: ignore[call-arg]
    assert_type(a.count(2), int)
    assert_type(a.hex(":", 4), str)
    assert_type(a.tobytes(order="A"), bytes)
    a.tobytes("K")  # type: ignore[arg-type]
    return a.cast("B").cast("h", [2, 3]).toreadonly()


def numbers(a: consumer.PyConsumerArray) -> consumer.Summary:
    assert_type(a.mean(), float)
    assert_type(a.std(), float)
    summary = a.summary()
    assert_type(summary, consumer.Summary)
    assert_type(a.quantiles(50), float)
    assert_type(a.quantiles([25, 75.0]), list[float])
    counts, edges = a.histogram(bins=3)
    assert_type(counts, list[int])
    assert_type(edges, list[float])
    assert_type(a.histogram().n_nan, int)
    assert_type(summary + summary, consumer.Summary)
    assert_type(summary.count, int)
    assert_type(summary.mean, float | None)
    summary + 1  # type: ignore[operator]
    summary.count = 1  # type: ignore[misc]
    return summary


def files(a: consumer.PyConsumerArray, path: pathlib.Path) -> None:
    a.tofile("data.bin")
    a.tofile(path, format="raw")
    a.tofile(io.BytesIO())
    with open(path, "wb") as file:
        a.tofile(file)
    a.tofile(path, "npy")
    a.tofile(path, "csv")  # type: ignore[arg-type]
    a.tofile(1)  # type: ignore[arg-type]
    a.tofile(io.StringIO())  # type: ignore[arg-type]
