# SPDX-License-Identifier: MIT
"""quantiles() and histogram() beside NumPy's, to the bit."""

import array
import copy
import math
import pickle
import random
import struct
import threading
import warnings

import numpy as np
import pytest

import consumer
from support import IS_LONG, raises_released, same_bits

NAN, INF = float("nan"), float("inf")
N_ROUNDS = 150 if IS_LONG else 50
DTYPES = ["?"] + [
    order + code
    for code in ("i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8")
    for order in ("<", ">")
]


def random_array(rng, dtype):
    """A NumPy array of any layout, with values of a random kind."""
    dtype = np.dtype(dtype)
    n = int(rng.integers(1, rng.choice([4, 40, 1000, 70000])))
    kind = rng.integers(4)
    if kind == 0:
        values = np.frombuffer(rng.bytes(n * dtype.itemsize), dtype)
        if dtype == bool:
            values = values.view("u1") % 2 == 1
    elif kind == 1:
        values = rng.integers(0, 100, n).astype(dtype)
    elif kind == 2:
        low = -1000 if dtype.kind in "if" else 0
        values = np.clip(rng.normal(size=n) * 30, low, 1000).astype("f8")
        values = values.astype("i8").astype(dtype)
    else:
        values = rng.random(n).astype(dtype)
    if rng.integers(3) == 0:
        values = values[:: int(rng.choice([-1, 2, -3]))]
    if rng.integers(4) == 0 and len(values) % 2 == 0:
        values = values.reshape(2, -1)[:, ::-1].T
    return values


def as_doubles(values):
    with np.errstate(invalid="ignore"):  # signalling NaN
        return values.astype("f8").ravel()


def numbers_of(values):
    """The elements as float64, without NaN, in NumPy's own way."""
    numbers = as_doubles(values)
    return numbers[~np.isnan(numbers)]


def random_percentages(rng):
    n = int(rng.integers(1, rng.choice([2, 10, 100])))
    whole = rng.integers(0, 101, n).astype("f8")
    return np.where(rng.random(n) < 0.3, whole, rng.random(n) * 100).tolist()


def numpy_percentiles(numbers, percentages):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.percentile(numbers, percentages)


# --- Quantiles ----------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
def test_quantiles_are_those_of_numpy(dtype):
    rng = np.random.default_rng(DTYPES.index(dtype))
    n_compared = 0
    for _ in range(N_ROUNDS):
        values = random_array(rng, dtype)
        numbers = numbers_of(values)
        percentages = random_percentages(rng)
        a = consumer.consume(values)
        if len(numbers) == 0:
            with pytest.raises(ValueError, match="NaN"):
                a.quantiles(percentages)
            continue
        got = a.quantiles(percentages)
        want = numpy_percentiles(numbers, percentages)
        for i, (x, y) in enumerate(zip(got, want, strict=True)):
            if not math.isfinite(y):  # see test_quantiles_beside_infinities
                continue
            assert same_bits([x], [y]), (values, percentages[i])
            n_compared += 1
    assert n_compared > 6 * N_ROUNDS


def test_the_ends_are_min_and_max():
    rng = np.random.default_rng(1)
    for dtype in DTYPES:
        a = consumer.consume(random_array(rng, dtype).copy())
        if a.summary().count:
            assert a.quantiles([0, 100]) == [float(a.min()), float(a.max())]
    zeros = consumer.consume(array.array("d", [0.0, -0.0, 0.0, NAN]))
    assert [math.copysign(1, x) for x in zeros.quantiles([0, 50, 100])] == [-1, 1, 1]


@pytest.mark.parametrize(
    "values, percentages, want",
    [
        ([1, 2, INF], [0, 50, 75, 100], [1, 2, INF, INF]),
        ([-INF, 1, 2], [0, 25, 50, 75], [-INF, -INF, 1, 1.5]),
        ([INF, INF], [0, 30, 100], [INF, INF, INF]),
        ([-INF, INF], [0, 100], [-INF, INF]),
        ([NAN, -NAN, 3], [0, 12.5, 100], [3, 3, 3]),
        ([-1.5e308, 1.5e308], [0, 50, 100], [-1.5e308, 0, 1.5e308]),
    ],
)
@pytest.mark.parametrize("order", "<>")
def test_quantiles_beside_infinities(values, percentages, want, order):
    """Where NumPy's are NaN, and where the distance is more than a float has."""
    a = consumer.consume(struct.pack(f"{order}{len(values)}d", *values), f"{order}d")
    assert a.quantiles(percentages) == want


def test_the_middle_of_both_infinities_is_no_number():
    assert math.isnan(consumer.consume(array.array("d", [-INF, INF])).quantiles(50))


def test_64_bit_integers_are_interpolated_as_floats():
    a = consumer.consume(array.array("q", [2**62, 2**62 + 1, -(2**63), 2**63 - 1]))
    assert a.quantiles([0, 100]) == [-(2.0**63), 2.0**63]
    assert a.quantiles(50) == 2.0**62
    b = consumer.consume(array.array("Q", [2**64 - 1, 2**64 - 2, 0]))
    assert b.quantiles([0, 50, 100]) == [0, 2.0**64, 2.0**64]


@pytest.mark.parametrize("code", "iqfd")
def test_many_percentages_take_many_rounds(code):
    """More beginnings of keys than there are tables."""
    rng = random.Random(code)
    for n in (300, 70000):
        values = array.array(
            code,
            [
                rng.randrange(-(2**31), 2**31) if code in "iq" else rng.gauss(0, 1e9)
                for _ in range(n)
            ],
        )
        percentages = [rng.uniform(0, 100) for _ in range(1000)]
        a = consumer.consume(values)
        want = np.percentile(np.array(values, "f8"), percentages)
        assert same_bits(a.quantiles(percentages), want)
        assert a.quantiles(percentages[::-1]) == a.quantiles(percentages)[::-1]


def test_one_number_and_any_iterable():
    a = consumer.PyConsumerArray(11)
    for one in (25, 25.0, np.float32(25), np.int8(25)):
        got = a.quantiles(one)
        assert type(got) is float and got == 2.5
    assert a.quantiles(True) == 0.1
    for many in ([25], (25,), iter([25]), array.array("d", [25]), np.array([25])):
        assert a.quantiles(many) == [2.5]
    assert a.quantiles([]) == []
    assert a.quantiles([50, 50, 0]) == [5, 5, 0]


@pytest.mark.parametrize("bad", [-1, 100.00000000000001, NAN, INF, -INF, 1e300])
def test_percentages_out_of_range(bad):
    a = consumer.PyConsumerArray(3)
    for argument in (bad, [50, bad]):
        with pytest.raises(ValueError, match="percentage") as caught:
            a.quantiles(argument)
        assert repr(float(bad)) in str(caught.value)


@pytest.mark.parametrize("bad", [None, "50", ["50"], [None], 1j, [10**400], object()])
def test_percentages_that_are_no_numbers(bad):
    with pytest.raises((TypeError, OverflowError)):
        consumer.PyConsumerArray(3).quantiles(bad)


@pytest.mark.parametrize(
    "arguments, keywords",
    [((), {}), ((1, 2), {}), ((), {"other": 1}), ((1,), {"other": 1})],
    ids=str,
)
def test_bad_calls(arguments, keywords):
    a = consumer.PyConsumerArray(3)
    with pytest.raises(TypeError, match="quantiles()"):
        a.quantiles(*arguments, **keywords)
    with pytest.raises(TypeError, match="histogram()"):
        a.histogram(*(arguments + (1, 2)), **keywords)


def percentages_that_fail():
    yield 50
    raise ZeroDivisionError


def test_percentages_that_fail():
    with pytest.raises(ZeroDivisionError):
        consumer.PyConsumerArray(3).quantiles(percentages_that_fail())


# --- Histograms ---------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
def test_histograms_are_those_of_numpy(dtype):
    rng = np.random.default_rng(DTYPES.index(dtype) + 100)
    n_compared = 0
    for _ in range(N_ROUNDS):
        values = random_array(rng, dtype)
        numbers = numbers_of(values)
        finite = numbers[np.isfinite(numbers)]
        bins = int(rng.integers(1, rng.choice([3, 30, 3000])))
        got = consumer.consume(values).histogram(bins)
        check_rule(got, values, finite)
        # More bins than float64 in the range, or a range that is too wide
        halves = np.array(got.edges) / 2
        if np.any(np.diff(halves) <= 0) or len(finite) == 0:
            continue
        if halves[-1] - halves[0] > np.finfo("f8").max / 2:
            continue
        counts, edges = np.histogram(finite, bins=bins)
        assert got.counts == counts.tolist()
        assert same_bits(got.edges, edges)
        n_compared += 1
    assert n_compared > N_ROUNDS // 3


def check_rule(histogram, values, finite):
    counts, edges = histogram
    numbers = as_doubles(values)
    assert type(counts) is list and type(edges) is list
    assert len(edges) == len(counts) + 1
    assert sum(counts) == len(finite)
    assert histogram.n_nan == np.isnan(numbers).sum()
    assert histogram.n_negative_infinities == (numbers == -INF).sum()
    assert histogram.n_positive_infinities == (numbers == INF).sum()
    below = np.searchsorted(np.sort(finite), edges[1:-1], side="left")
    want = np.diff(np.concatenate(([0], below, [len(finite)])))
    assert counts == want.tolist()


def test_histogram_of_a_range_too_wide_for_a_float():
    a = consumer.consume(array.array("d", [-1.7e308, -1.0, 0.0, 1.7e308, INF, NAN]))
    h = a.histogram(4)
    assert h.edges == (np.linspace(-0.85e308, 0.85e308, 5) * 2).tolist()
    assert h.counts == [1, 1, 1, 1]
    assert (h.n_nan, h.n_negative_infinities, h.n_positive_infinities) == (1, 0, 1)


@pytest.mark.parametrize(
    "values, edges, counts",
    [
        ([], [0, 0.5, 1], [0, 0]),
        ([NAN, INF], [0, 0.5, 1], [0, 0]),
        ([7, 7], [6.5, 7, 7.5], [0, 2]),
        ([1e17], [1e17, 1e17, 1e17], [0, 1]),
        ([0, 5e-324], [0, 0, 5e-324], [0, 2]),
        ([0, 1e-310, 3e-310, 4e-310], [0, 2e-310, 4e-310], [2, 2]),
    ],
)
def test_histograms_at_the_limits(values, edges, counts):
    h = consumer.consume(array.array("d", values)).histogram(2)
    assert h.edges == edges
    assert h.counts == counts


def test_histogram_is_a_tuple_with_more():
    h = consumer.PyConsumerArray(40).histogram()
    assert isinstance(h, tuple) and isinstance(h, consumer.Histogram)
    counts, edges = h
    assert (counts, edges) == (h.counts, h.edges) == h == (h[0], h[1])
    assert counts == [2] * 20
    assert [type(x) for x in (counts[0], edges[0], h.n_nan)] == [int, float, int]
    assert repr(h).startswith("consumer.Histogram(counts=[")
    for again in (copy.copy(h), *(pickle.loads(pickle.dumps(h, p)) for p in range(6))):
        assert type(again) is consumer.Histogram
        assert again == h and again.n_nan == 0
    assert consumer.PyConsumerArray(4).histogram(bins=2).counts == [2, 2]


@pytest.mark.parametrize(
    "bins, exception",
    [(0, ValueError), (-5, ValueError), (2**24 + 1, ValueError), (2**70, ValueError)]
    + [(1.0, TypeError), ("1", TypeError), (None, TypeError)],
)
def test_bad_bins(bins, exception):
    with pytest.raises(exception, match="bins"):
        consumer.PyConsumerArray(3).histogram(bins)


# --- Both ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "call", [lambda a: a.quantiles([50]), lambda a: a.histogram()], ids=["q", "h"]
)
def test_elements_that_are_no_numbers(call):
    with pytest.raises(TypeError, match="'c'"):
        call(consumer.consume(b"abc", "c"))
    with pytest.raises(NotImplementedError):
        call(consumer.consume(np.zeros(3, "c16")))
    a = consumer.consume(b"abc")
    a.release()
    with raises_released():
        call(a)


@pytest.mark.parametrize("values", [[], [NAN, NAN]])
def test_quantiles_of_nothing(values):
    a = consumer.consume(array.array("d", values))
    for percentages in (50, [50], []):
        with pytest.raises(ValueError, match="NaN" if values else "empty"):
            a.quantiles(percentages)


def test_a_percentage_that_releases_the_array():
    a = consumer.consume(bytearray(b"abc"))

    class Releases:
        def __float__(self):
            a.release()
            return 50.0

    with raises_released():
        a.quantiles([Releases()])


def test_arrays_without_stride():
    big = np.broadcast_to(np.array([3], "<i4"), (300000,))
    assert consumer.consume(big).quantiles([0, 33.3, 100]) == [3, 3, 3]
    assert consumer.consume(big).histogram(3).counts == [0, 300000, 0]


def test_other_threads_run_meanwhile_and_the_array_stays():
    values = np.random.default_rng(5).normal(size=500_000)
    a = consumer.consume(values)
    want = a.quantiles([1, 50, 99]), a.histogram()
    failures = []

    def body():
        for _ in range(5):
            if (a.quantiles([1, 50, 99]), a.histogram()) != want:
                failures.append(1)

    threads = [threading.Thread(target=body) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_a_number_need_not_be_pythons():
    # an array of no dimensions has the protocol of sequences: it was a TypeError
    view = consumer.PyConsumerArray(101)
    assert view.quantiles(np.array(50)) == 50.0
    assert view.quantiles(np.float32(50)) == 50.0
    assert view.quantiles(np.array([50])) == [50.0]
