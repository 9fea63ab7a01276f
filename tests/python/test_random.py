# SPDX-License-Identifier: MIT
"""Whatever hypothesis thinks of, against NumPy and memoryview."""

import pytest

import consumer
from support import IS_LONG, TYPES, outcome, same

hypothesis = pytest.importorskip("hypothesis", reason="hypothesis makes the cases")
numpy = pytest.importorskip("numpy", reason="NumPy knows the answers")
arrays = pytest.importorskip("hypothesis.extra.numpy")
st = hypothesis.strategies

settings = hypothesis.settings(
    max_examples=300 if IS_LONG else 100,
    deadline=None,
    derandomize=True,
    database=None,
)

dtypes = st.sampled_from([order + code for _, code, _, _ in TYPES for order in "<>"])
shapes = arrays.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=4)


def steps(n):
    return st.tuples(*[st.sampled_from([-3, -2, -1, 1, 2])] * n)


@st.composite
def exporters(draw, dtype=dtypes):
    """Arrays of random bytes, strided and transposed at random."""
    code = draw(dtype)
    shape = draw(shapes)
    itemsize = numpy.dtype(code).itemsize
    size = itemsize * int(numpy.prod(shape, dtype=int))
    data = draw(st.binary(min_size=size, max_size=size))
    exporter = numpy.frombuffer(data, code).reshape(shape)
    exporter = exporter.transpose(draw(st.permutations(range(len(shape)))))
    keys = tuple(slice(None, None, step) for step in draw(steps(len(shape))))
    return exporter[keys]


def check(a, expected):
    """'a' is an array, or an element, with the values of 'expected'."""
    if not isinstance(a, consumer.PyConsumerArray):
        assert same(a, expected.item())
        return
    assert a.shape == expected.shape
    assert same(a.tolist(), expected.tolist())
    assert a.tobytes() == expected.tobytes()
    if expected.size:
        # The stride of a single element is never taken.
        for length, stride, other in zip(a.shape, a.strides, expected.strides):
            assert length == 1 or stride == other
        assert a.c_contiguous == expected.flags.c_contiguous
        assert a.f_contiguous == expected.flags.f_contiguous


@settings
@hypothesis.given(exporters())
def test_arrays(exporter):
    a = consumer.consume(exporter)
    check(a, exporter)
    assert a.format == memoryview(exporter).format
    again = numpy.asarray(a)
    assert again.dtype == exporter.dtype
    assert again.tobytes() == exporter.tobytes()
    if exporter.ndim:
        check(consumer.consume(again), exporter)
        for row, expected in zip(a, exporter, strict=True):
            check(row, expected)


@settings
@hypothesis.given(exporters(), st.data())
def test_keys(exporter, data):
    key = data.draw(
        arrays.basic_indices(exporter.shape, allow_ellipsis=True, allow_newaxis=False)
    )
    a = consumer.consume(exporter)
    result = a[key]
    check(result, numpy.asarray(exporter[key]))
    # and once more, on what came out
    if isinstance(result, consumer.PyConsumerArray):
        key_2 = data.draw(arrays.basic_indices(result.shape))
        check(result[key_2], numpy.asarray(exporter[key][key_2]))


@settings
@hypothesis.given(
    exporters(),
    st.lists(
        st.one_of(st.integers(-9, 9), st.slices(4), st.just(...), st.none()),
        max_size=6,
    ),
)
def test_keys_that_may_be_wrong(exporter, keys):
    key = tuple(keys)
    expected = outcome(exporter.__getitem__, key)
    if None in keys:
        expected = TypeError  # a new axis in NumPy
    result = outcome(consumer.consume(exporter).__getitem__, key)
    if isinstance(expected, type):
        # Too many indexes, or too many Ellipses, are a TypeError of memoryview
        # and an IndexError of NumPy.
        assert result in (expected, TypeError)
    else:
        check(result, numpy.asarray(expected))


@settings
@hypothesis.given(
    st.binary(max_size=64), dtypes, st.integers(-2, 70), st.integers(-2, 20)
)
def test_layouts(data, code, offset, count):
    a = outcome(lambda: consumer.consume(data, code, offset=offset, count=count))
    itemsize = numpy.dtype(code).itemsize
    n_elements, left_over = divmod(len(data) - offset, itemsize)
    if offset < 0 or count < -1 or n_elements < max(count, 0):
        assert a is ValueError
    elif count == -1 and left_over:
        assert a is ValueError
        a = consumer.consume(data, code, offset=offset, trailing="ignore")
        check(a, numpy.frombuffer(data, code, n_elements, offset))
    else:
        n = n_elements if count == -1 else count
        check(a, numpy.frombuffer(data[offset:], code, n) if n else a_of(code))


def a_of(code):
    return numpy.zeros(0, code)


@settings
@hypothesis.given(
    st.binary(min_size=0, max_size=48),
    st.sampled_from("bBchHiIlLqQfd?"),
    st.one_of(st.none(), st.lists(st.integers(0, 6), max_size=4)),
)
def test_casts(data, code, shape):
    arguments = (code,) if shape is None else (code, shape)

    def cast(view):
        return view.cast(*arguments).tolist()

    expected = outcome(cast, memoryview(data))
    result = outcome(cast, consumer.consume(data))
    if isinstance(expected, type):
        # Which one, if two things are wrong, depends on what is looked at first.
        assert result in (TypeError, ValueError)
    else:
        assert same(result, expected)
        a = consumer.consume(data).cast(*arguments)
        assert a.cast("B").tolist() == list(data)


@settings
@hypothesis.given(exporters(), st.integers(0, 30))
def test_text(exporter, limit):
    """The numbers in the text are the elements, in C order."""
    a = consumer.consume(exporter)
    text = a.stringify(limit)
    words = text.replace("[", " ").replace("]", " ").split()
    flat = exporter.ravel().tolist()
    is_cut = limit < len(flat)
    assert ("..." in words) == is_cut
    words = [word for word in words if word != "..."]
    assert len(words) == min(limit, len(flat))
    for word, value in zip(words, flat):
        if exporter.dtype.kind == "f":
            # the fewest digits that read back at the element's own width
            assert same(exporter.dtype.type(word), exporter.dtype.type(value))
        else:
            assert word == str(value)
    assert text.count("[") == text.count("]")
    if exporter.dtype == "f8":
        assert words == [repr(value) for value in flat[:limit]]
