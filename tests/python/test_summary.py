# SPDX-License-Identifier: MIT
"""Reductions: exact, where NumPy wraps and rounds; Summary, which adds up."""

import copy
import math
import os
import pickle
import random
import struct
import subprocess
import sys
import threading

import numpy as np
import pytest

import consumer
from support import TYPES, same, true_summary

FLOATS = [row for row in TYPES if row[0].startswith("float")]
REDUCTIONS = ("sum", "min", "max", "mean", "std")
NAN, INF = float("nan"), float("inf")


def attributes(summary):
    names = ("count", "nan", "inf", "min", "max", "mean", "std", "sum")
    return {name: getattr(summary, name) for name in names}


def check(array, values):
    """All that there is to ask for, against fractions."""
    want = true_summary(values, array.format[-1] in "efd")
    assert same(attributes(array.summary()), want)
    for name in REDUCTIONS:
        if want[name] is not None:
            assert same(getattr(array, name)(), want[name]), name


# --- All types, byte orders, layouts -------------------------------------------


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("name, numpy, code, values", TYPES)
def test_values_of_every_type(name, numpy, code, values, order):
    data = struct.pack(f"{order}{len(values)}{code}", *values)
    check(consumer.consume(data, order + code), values)
    finite = [value for value in values if abs(value) < INF]
    data = struct.pack(f"{order}{len(finite)}{code}", *finite)
    check(consumer.consume(data, order + code), finite)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("name, numpy, code, values", TYPES)
def test_random_arrays(name, numpy, code, values, order):
    generator = random.Random(f"{name}{order}")
    size = struct.calcsize("<" + code)
    for _ in range(12):
        shape = [generator.randrange(1, 12) for _ in range(generator.randrange(1, 4))]
        data = generator.randbytes(size * math.prod(shape))
        a = consumer.consume(data, order + code, shape=tuple(shape))
        steps = [generator.choice([1, 2, -1, -3]) for _ in shape]
        view = a[tuple(slice(None, None, step) for step in steps)]
        rows = view.tobytes()
        elements = struct.unpack(f"{order}{len(rows) // size}{code}", rows)
        check(view, list(elements))


@pytest.mark.parametrize("name, numpy, code, values", TYPES)
def test_long_arrays(name, numpy, code, values):
    """More than one block, and the GIL is dropped."""
    data = random.Random(name).randbytes(8 * 20_000)
    if name.startswith("float"):
        with np.errstate(all="ignore"):
            a = np.frombuffer(data, "i8").astype(float) / 2.0**30
            data = a.astype(numpy).tobytes()
    elements = struct.unpack(f"<{len(data) // struct.calcsize(code)}{code}", data)
    a = consumer.consume(data, code)
    check(a, list(elements))
    check(a[::-3], list(elements[::-3]))


@pytest.fixture(scope="module")
def random_megabytes():
    return random.Random(1).randbytes((16 << 20) + 8)


@pytest.mark.parametrize("name, numpy, code, values", TYPES)
def test_threads_share_the_longest_arrays(name, numpy, code, values, random_megabytes):
    """Parts below 16 MiB are the business of one."""
    a = consumer.consume(random_megabytes, code)
    whole = a[:0].summary()
    for start in range(0, len(a), 1_000_000):
        whole += a[start : start + 1_000_000].summary()
    assert a.summary() == whole
    assert a[::-1].summary() == whole


def test_threads_sum_floats_as_fsum_does():
    values = np.random.default_rng(5).standard_normal(2_500_000)
    values[::777] *= 1e-150
    a = consumer.consume(values)
    assert a.sum() == math.fsum(values.tolist())


@pytest.mark.parametrize("kernels", ["portable", "avx2", "avx512"])
def test_every_variant_of_the_kernels(kernels):
    """In a process of its own, which chooses when it starts."""
    program = (
        "import consumer, pickle, sys;"
        "data = sys.stdin.buffer.read();"
        "summaries = [consumer.consume(data, x).summary() for x in sys.argv[1:]];"
        "sys.stdout.buffer.write(pickle.dumps(summaries))"
    )
    codes = [code for _, _, code, _ in TYPES]
    data = random.Random(kernels).randbytes(8 * 999)
    result = subprocess.run(
        [sys.executable, "-c", program, *codes],
        input=data,
        capture_output=True,
        check=True,
        env={**os.environ, "CONSUMER_KERNELS": kernels},
    )
    for code, summary in zip(codes, pickle.loads(result.stdout), strict=True):
        elements = struct.unpack(f"<{len(data) // struct.calcsize(code)}{code}", data)
        want = true_summary(elements, code in "efd")
        assert same(attributes(summary), want), code


def test_results_have_the_types_of_numbers():
    a = consumer.consume(bytes([0, 1, 2]), "?")
    assert same((a.min(), a.max(), a.sum(), a.mean()), (False, True, 2, 2 / 3))
    a = consumer.consume(bytes([0, 1, 2]), "B")
    assert same((a.min(), a.max(), a.sum(), a.mean()), (0, 2, 3, 1.0))


# --- Exact, where the peer is not ----------------------------------------------


@pytest.mark.parametrize(
    "values, numpy, wrapped",
    [
        ([2**63 - 1, 1], "i8", -(2**63)),
        ([-(2**63)] * 3, "i8", -(2**63)),
        ([2**64 - 1] * 3, "u8", 2**64 - 3),
        ([-(2**63), 2**63 - 1], "i8", -1),
        ([2**31 - 1] * 5, "i4", 5 * (2**31 - 1)),
    ],
)
def test_integer_sums_do_not_wrap(values, numpy, wrapped):
    a = np.array(values, numpy)
    assert int(a.sum()) == wrapped
    assert consumer.consume(a).sum() == sum(values)


def test_sums_beyond_64_bits():
    a = np.full(100_000, -(2**63), "i8")
    assert consumer.consume(a).sum() == -(2**63) * 100_000
    a = np.full(100_000, 2**64 - 1, "u8")
    assert consumer.consume(a).sum() == (2**64 - 1) * 100_000


@pytest.mark.parametrize(
    "values",
    [
        [1e100, 1.0, -1e100],
        [0.1] * 10,
        [1.0, 2.0**-53, 2.0**-1074],  # just above a tie
        [1.0, 2.0**-53],  # a tie, to even
        [1.0 + 2.0**-52, 2.0**-53],
        [1.7976931348623157e308, -1.7976931348623157e308, 1.7976931348623157e308],
        [5e-324, 5e-324, -1.0, 1.0],
        [-0.0, -0.0],
        [1e16, 1.0, 1e-16] * 1000,
    ],
    ids=str,
)
def test_float_sums_are_rounded_once(values):
    a = consumer.consume(np.array(values))
    assert a.sum() == math.fsum(values)
    check(a, values)


def test_random_float_sums_against_fsum():
    generator = np.random.default_rng(3)
    n_different = 0
    for _ in range(300):
        scales = 10.0 ** generator.integers(-20, 20, 100)
        values = generator.standard_normal(100) * scales
        assert consumer.consume(values).sum() == math.fsum(values)
        n_different += values.sum() != math.fsum(values)
    assert n_different > 50  # else these numbers show nothing


def test_sum_that_overflows_is_infinite():
    largest = 1.7976931348623157e308
    a = consumer.consume(np.array([largest, largest]))
    assert (a.sum(), a.mean(), a.std()) == (INF, largest, 0.0)
    a = consumer.consume(np.array([-largest, -largest, -largest]))
    assert (a.sum(), a.mean()) == (-INF, -largest)


def test_std_where_the_naive_formula_fails():
    values = [1e9 + x for x in (4, 7, 13, 16)]
    assert consumer.consume(np.array(values)).std() == math.sqrt(22.5)
    assert consumer.consume(np.full(10, 0.1)).std() == 0.0
    with np.errstate(all="ignore"):
        assert np.array([1e200, -1e200]).std() == INF
    assert consumer.consume(np.array([1e200, -1e200])).std() == 1e200
    assert consumer.consume(np.array([1e-200, -1e-200])).std() == 1e-200


# --- NaN, infinities, zeros ------------------------------------------------------


@pytest.mark.parametrize("name, numpy, code, values", FLOATS)
@pytest.mark.parametrize(
    "elements, want",
    [
        ([NAN, 1.0, 2.0], (3.0, 1.0, 2.0, 1.5, 0.5)),
        ([INF, 1.0], (INF, 1.0, INF, INF, NAN)),
        ([-INF, 1.0], (-INF, -INF, 1.0, -INF, NAN)),
        ([INF, -INF, NAN], (NAN, -INF, INF, NAN, NAN)),
        ([INF, INF], (INF, INF, INF, INF, NAN)),
        ([0.0, -0.0], (0.0, -0.0, 0.0, 0.0, 0.0)),
        ([-0.0, NAN, 0.0], (0.0, -0.0, 0.0, 0.0, 0.0)),
    ],
)
def test_special_floats(name, numpy, code, values, elements, want):
    for order in (elements, elements[::-1]):
        a = consumer.consume(np.array(order, numpy))
        assert same(tuple(getattr(a, name)() for name in REDUCTIONS), want)


@pytest.mark.parametrize("name, numpy, code, values", FLOATS)
@pytest.mark.parametrize("special", [NAN, INF, -INF])
@pytest.mark.parametrize("place", [0, 1, 777, 2047, 4999])
def test_special_floats_among_many(name, numpy, code, values, special, place):
    """Infinities and NaN of float32 and float16 once came to where sums of
    finite numbers are split: NaN as the sum of squares, or a crash."""
    elements = np.ones(5000, numpy)
    elements[place] = special
    check(consumer.consume(elements), elements.tolist())
    elements[[3000, 3001]] = [special, 0.5]
    check(consumer.consume(elements), elements.tolist())


@pytest.mark.parametrize("code", ["B", "i", "q", "Q", "?", "e", "f", "d"])
def test_empty(code):
    a = consumer.consume(b"", code)
    assert same(a.sum(), 0.0 if code in "efd" else 0)
    for name in ("min", "max", "mean", "std"):
        with pytest.raises(ValueError, match=rf"^{name}\(\) of an empty array$"):
            getattr(a, name)()
    summary = attributes(a.summary())
    assert summary.pop("sum") == 0
    assert summary.pop("count") == summary.pop("nan") == summary.pop("inf") == 0
    assert set(summary.values()) == {None}


@pytest.mark.parametrize("code", "efd")
def test_nothing_but_nan(code):
    a = consumer.consume(struct.pack(f"3{code}", NAN, NAN, NAN), code)
    assert same(a.sum(), 0.0)
    for name in ("min", "max", "mean", "std"):
        with pytest.raises(ValueError, match=rf"^{name}\(\) of an array of nothing"):
            getattr(a, name)()
    assert (a.summary().count, a.summary().nan, a.summary().min) == (0, 3, None)


@pytest.mark.parametrize("name", REDUCTIONS + ("summary",))
def test_what_has_no_reductions(name):
    with pytest.raises(TypeError, match=rf"{name}\(\) of format 'c'"):
        getattr(consumer.consume(b"abc", "c"), name)()
    with pytest.raises(NotImplementedError, match="format 'Zd'"):
        getattr(consumer.consume(np.zeros(3, complex)), name)()
    with pytest.raises(TypeError):
        getattr(consumer.PyConsumerArray(3), name)(0)


def test_zero_dimensions():
    a = consumer.consume(np.array(7.5))
    assert (a.sum(), a.min(), a.max(), a.mean(), a.std()) == (7.5, 7.5, 7.5, 7.5, 0.0)


# --- Summary -------------------------------------------------------------------


@pytest.mark.parametrize("name, numpy, code, values", TYPES)
def test_parts_add_up_to_the_whole(name, numpy, code, values):
    generator = random.Random(name)
    size = struct.calcsize(code)
    data = generator.randbytes(size * 5000)
    whole = consumer.consume(data, code)
    for _ in range(5):
        cuts = sorted(generator.randrange(5001) for _ in range(9))
        bounds = zip([0] + cuts, cuts + [5000])
        parts = [whole[start:stop].summary() for start, stop in bounds]
        generator.shuffle(parts)
        # also through the pickles of workers, and in any order of additions
        while len(parts) > 1:
            left = parts.pop(generator.randrange(len(parts)))
            right = pickle.loads(pickle.dumps(parts.pop()))
            parts.append(left + right)
        assert parts[0] == whole.summary()
        assert same(attributes(parts[0]), attributes(whole.summary()))


def test_byte_orders_add_up():
    parts = [np.array([1, 2], "<i4"), np.array([3, 4], ">i4")]
    total = consumer.consume(parts[0]).summary() + consumer.consume(parts[1]).summary()
    assert total == consumer.consume(np.arange(1, 5, dtype="i4")).summary()


def summary_of(values, numpy="f8"):
    return consumer.consume(np.array(values, numpy)).summary()


def test_equality():
    assert summary_of([1, 2, 3]) == summary_of([3, 1, 2])
    assert summary_of([0.0, NAN]) == summary_of([NAN, 0.0])
    different = [
        summary_of([1, 2, 3]),
        summary_of([1, 2, 3], "f4"),
        summary_of([1, 2, 3], "i4"),
        summary_of([1, 2, 3, NAN]),
        summary_of([1, 2, 3, INF]),
        summary_of([1, 2, 3, -INF]),
        summary_of([1, 1, 1, 3]),
        summary_of([0, 2, 4]),  # the min is another
        summary_of([1, 1, 4]),  # the max, but neither min nor sum
        summary_of([1, 2.5, 3]),  # the sum
        summary_of([0, 2, 2, 4]),
        summary_of([0, 1, 3, 4]),  # the squares
        summary_of([0.0]),
        summary_of([-0.0]),
        summary_of([]),
        summary_of([1.0, -1.0]),
        summary_of([1.0, -1.0, 2.0**-1074, -(2.0**-1074)]),
    ]
    for i, left in enumerate(different):
        for j, right in enumerate(different):
            assert (left == right) is (i == j)
            assert (left != right) is (i != j)
    assert summary_of([1]) != 1
    assert summary_of([1]) != None  # noqa: E711 - the operator is what is tested
    with pytest.raises(TypeError):
        summary_of([1]) < summary_of([2])


@pytest.mark.parametrize("numpy", ["f2", "f4", "f8"])
def test_zeros_of_either_sign_add_up(numpy):
    zeros = [summary_of([0.0], numpy), summary_of([-0.0], numpy)]
    for left in zeros:
        for right in zeros:
            both = left + right
            signs = [math.copysign(1, x.min) for x in (left, right)]
            assert math.copysign(1, both.min) == min(signs)
            assert math.copysign(1, both.max) == max(signs)


def test_addition_of_others():
    with pytest.raises(ValueError, match="of float64 and of int32"):
        summary_of([1.0]) + summary_of([1], "i4")
    for other in (1, None, 1.5):
        with pytest.raises(TypeError, match="unsupported operand"):
            summary_of([1.0]) + other
        with pytest.raises(TypeError, match="unsupported operand"):
            other + summary_of([1.0])


def test_repr_is_one_line_with_names():
    assert repr(summary_of([1, 2, NAN])) == (
        "<Summary of float64: count=2 nan=1 inf=0 min=1.0 max=2.0 mean=1.5 "
        "std=0.5 sum=3.0>"
    )
    assert repr(summary_of([], "u1")) == (
        "<Summary of uint8: count=0 nan=0 inf=0 min=None max=None mean=None "
        "std=None sum=0>"
    )


def test_type_is_closed():
    summary = summary_of([1])
    with pytest.raises(TypeError):
        type(summary)()
    with pytest.raises(TypeError):
        hash(summary)
    with pytest.raises(AttributeError):
        summary.count = 2


@pytest.mark.parametrize("name, numpy, code, values", TYPES)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickle(name, numpy, code, values, protocol):
    for elements in (values, values[:1], []):
        summary = consumer.consume(np.array(elements, numpy)).summary()
        restored = pickle.loads(pickle.dumps(summary, protocol))
        assert restored == summary
        assert same(attributes(restored), attributes(summary))
        assert restored + summary == summary + summary
        assert copy.copy(summary) == copy.deepcopy(summary) == summary


@pytest.mark.parametrize("numpy", ["u1", "i4", "i8", "u8", "f2", "f4", "f8"])
def test_pickle_is_small(numpy):
    values = np.random.default_rng(1).standard_normal(100_000)
    if numpy[0] != "f":
        values = values * 2.0 ** (8 * int(numpy[1]) - 5)
        values = np.abs(values) if numpy[0] == "u" else values
    with np.errstate(all="ignore"):
        summary = consumer.consume(values.astype(numpy)).summary()
    assert len(pickle.dumps(summary)) < 300


def restore(**changes):
    _, state = summary_of([1, 2], "i4").__reduce__()
    names = "type count nan plus minus min max sum sum_limb squares squares_limb"
    fields = dict(zip(names.split(), state))
    return consumer._consumer._restore_summary(*{**fields, **changes}.values())


@pytest.mark.parametrize(
    "changes, exception",
    [
        ({"type": "complex"}, ValueError),
        ({"type": "c"}, ValueError),
        ({"type": 1}, TypeError),
        ({"count": -1}, OverflowError),
        ({"count": 2**64}, OverflowError),
        ({"count": 1.5}, TypeError),
        ({"nan": -1}, OverflowError),
        ({"plus": None}, TypeError),
        ({"minus": 2**64}, OverflowError),
        ({"min": 2**63}, OverflowError),
        ({"max": None}, TypeError),
        ({"sum": 1.0}, TypeError),
        ({"sum": 2**4000}, OverflowError),
        ({"squares": -(2**8000)}, OverflowError),
        ({"sum_limb": -1}, ValueError),
        ({"sum_limb": 70}, ValueError),
        ({"squares_limb": 138}, ValueError),
        ({"squares_limb": 2**40}, OverflowError),
    ],
    ids=str,
)
def test_bad_pickles(changes, exception):
    assert restore() == summary_of([1, 2], "i4")
    with pytest.raises(exception):
        restore(**changes)


@pytest.mark.parametrize("sum", [2**62, -(2**62), 2**63 - 1], ids=hex)
def test_pickles_of_no_sums_can_be_added(sum):
    """To nothing that makes sense, but without overflow of a signed integer."""
    bad = restore(sum=sum, sum_limb=69, squares=sum, squares_limb=137)
    assert (bad + bad + bad + restore()).count == 8


def test_pickled_ints_that_have_their_own_bytes():
    """What lies behind those few bytes was read as the sum."""

    class Short(int):
        def to_bytes(self, *arguments, **keywords):
            return b""

    assert restore(sum=Short(3), squares=Short(5)) == summary_of([1, 2], "i4")


# --- Without the GIL -------------------------------------------------------------


def test_release_while_another_thread_sums():
    """The memory must not go while a kernel, without the GIL, reads it."""
    data = np.ones(1 << 20)
    failures = []

    def work():
        a = consumer.consume(data)[:]
        workers = [threading.Thread(target=sums, args=(a,)) for _ in range(2)]
        for worker in workers:
            worker.start()
        while True:
            try:
                a.release()
                break
            except BufferError:
                continue
        for worker in workers:
            worker.join()

    def sums(a):
        try:
            for _ in range(20):
                if a.sum() != 1 << 20:
                    failures.append("wrong sum")
        except ValueError as exception:
            if "released" not in str(exception):
                failures.append(exception)

    for _ in range(10):
        work()
    assert not failures
