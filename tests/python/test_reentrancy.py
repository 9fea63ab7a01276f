# SPDX-License-Identifier: MIT
"""Code that releases an array, or frees its memory, while it is being used.

Any conversion of an argument may run any code.  Whatever that does: what was
released is a ValueError before memory is touched, what is in use a BufferError.
"""

import gc
import signal
import sys
import weakref

import pytest

import consumer
from support import Index, outcome, raises_released

gc.freeze()  # so that collections are quick: the tests make many

# --- Ways in which code comes to run ------------------------------------------


def directly(code):
    code()


def in_a_finalizer(code):
    class Final:
        def __del__(self):
            code()

    Final()


def in_a_collected_cycle(code):
    class Final:
        def __del__(self):
            code()

    cycle = Final()
    cycle.cycle = cycle
    del cycle
    gc.collect()


def in_a_weakref_callback(code):
    class Referent:
        pass

    referent = Referent()
    reference = weakref.ref(referent, lambda _: code())
    del referent
    assert reference() is None


def in_a_signal_handler(code):
    before = signal.signal(signal.SIGUSR1, lambda number, frame: code())
    try:
        signal.raise_signal(signal.SIGUSR1)
    finally:
        signal.signal(signal.SIGUSR1, before)


def in_a_trace_function(code):
    def trace(frame, event, argument):
        sys.settrace(None)
        code()

    def traced():
        pass

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        traced()
    finally:
        sys.settrace(before)


WAYS = [
    directly,
    in_a_finalizer,
    in_a_collected_cycle,
    in_a_weakref_callback,
    in_a_signal_handler,
    in_a_trace_function,
]


# --- Objects that run it ------------------------------------------------------


class Number:
    """0 as whatever is wanted, after 'code'."""

    def __init__(self, code):
        self.code = code

    def __index__(self):
        self.code()
        return 0

    def __float__(self):
        self.code()
        return 0.0

    def __bool__(self):
        self.code()
        return False

    def __eq__(self, other):
        self.code()
        return False

    __hash__ = None


# --- Attacks ------------------------------------------------------------------

# The format, and what runs code in the middle of using the array.
ATTACKS = {
    "load": ("B", lambda a, code: a[Index(0, code)]),
    "load tuple": ("B", lambda a, code: a[(Index(0, code),)]),
    "assign at": ("B", lambda a, code: a.__setitem__(Index(0, code), 0)),
    "assign at tuple": ("B", lambda a, code: a.__setitem__((Index(0, code),), 0)),
    "assign to slice": (
        "B",
        lambda a, code: a.__setitem__(slice(Index(0, code), 2), b"\0\0"),
    ),
    "assign up to": (
        "B",
        lambda a, code: a.__setitem__(slice(0, Index(2, code)), b"\0\0"),
    ),
    "assign with step": (
        "B",
        lambda a, code: a.__setitem__(slice(0, 2, Index(1, code)), b"\0\0"),
    ),
    "assign to slice in tuple": (
        "B",
        lambda a, code: a.__setitem__((slice(0, Index(2, code)),), b"\0\0"),
    ),
    "assign float16": ("e", lambda a, code: a.__setitem__(0, Number(code))),
    "assign big-endian": (">d", lambda a, code: a.__setitem__(0, Number(code))),
    "index start": ("B", lambda a, code: a.index(255, Index(0, code))),
    "index stop": ("B", lambda a, code: a.index(255, 0, Index(9, code))),
    "index value": ("B", lambda a, code: a.index(Number(code))),
    "count": ("B", lambda a, code: a.count(Number(code))),
    "in": ("B", lambda a, code: Number(code) in a),
    "hex": ("B", lambda a, code: a.hex(":", Index(1, code))),
    "stringify": ("B", lambda a, code: a.stringify(Index(1, code))),
    "cast": ("B", lambda a, code: a.cast("H", [Index(2, code)])),
    "consume": ("B", lambda a, code: consumer.consume(a, offset=Index(0, code))),
}
for _code in "bBhHiIlLqQnNfd?":
    ATTACKS["assign " + _code] = (
        _code,
        lambda a, code: a.__setitem__(0, Number(code)),
    )
    ATTACKS["assign at tuple " + _code] = (
        _code,
        lambda a, code: a.__setitem__((0,), Number(code)),
    )


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_release_in_the_middle(attack, way):
    format, use = attack
    exporter = bytearray(b"\xff" * 4096)
    a = consumer.consume(exporter, format)
    kept = []

    def code():
        a.release()
        kept.append(bytes(exporter))
        outcome(exporter.clear)  # frees the memory, unless a slice holds it

    with raises_released():
        use(a, lambda: way(code) if not kept else None)
    assert kept == [b"\xff" * 4096]
    assert exporter in (b"", kept[0])  # nothing was written
    assert a.released


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_close_of_a_sibling_in_the_middle(attack):
    format, use = attack
    exporter = bytearray(b"\xff" * 4096)
    a = consumer.consume(exporter, format)
    sibling = a[1:]

    def code():
        sibling.close()
        exporter.clear()

    with raises_released():
        use(a, lambda: None if sibling.released else code())
    assert exporter == b""


def test_row_index_in_the_middle():
    exporter = bytearray(64)
    for key in (lambda i: (i, 0), lambda i: (0, i), lambda i: i):
        a = consumer.consume(exporter, shape=[8, 8])
        with raises_released():
            a[key(Index(0, a.release))] = 1
        exporter.append(0)
        del exporter[-1:]


def test_float_that_counts_conversions():
    """Each argument is converted once."""
    calls = []
    a = consumer.consume(bytearray(16), "d")
    a[Index(0, lambda: calls.append("index"))] = Number(lambda: calls.append("float"))
    assert calls == ["index", "float"]


# --- Code that exporters run --------------------------------------------------

python_exporters = pytest.mark.skipif(
    sys.version_info < (3, 12), reason="__buffer__ came with Python 3.12"
)


def exporter_that_runs(code):
    class Exporter:
        def __buffer__(self, flags):
            code()
            return memoryview(b"\1" * 8)

    return Exporter()


@python_exporters
def test_source_of_an_assignment_that_releases():
    exporter = bytearray(8)
    a = consumer.consume(exporter)
    kept = a[:]

    def code():
        a.release()

    with raises_released():
        a[:] = exporter_that_runs(code)
    assert kept.tobytes() == bytes(8)


@python_exporters
def test_other_side_of_a_comparison_that_releases():
    a = consumer.consume(bytearray(b"\1" * 8))
    assert a != exporter_that_runs(a.release)  # as what is released already
    assert a.released


@python_exporters
def test_other_side_of_a_comparison_that_releases_and_fails():
    """It was a ValueError, but what is released can be compared."""

    class Exporter:
        def __buffer__(self, flags):
            a.release()
            raise BufferError

    a = consumer.consume(bytearray(8))
    assert not a == Exporter()
    assert a.released and a != Exporter()


@python_exporters
def test_consume_that_consumes_itself():
    made = []
    left = [1, 2, 3]

    class Exporter:
        def __buffer__(self, flags):
            if left:
                left.pop()
                made.append(consumer.consume(self))
            return memoryview(b"abc")

    a = consumer.consume(Exporter())
    assert [x.tolist() for x in [a, *made]] == [[97, 98, 99]] * 4


def test_hash_of_the_exporter_that_releases():
    attempts = []

    class Exporter(bytes):
        def __hash__(self):
            attempts.append(outcome(a.release))
            return 1

    a = consumer.consume(Exporter(b"abc"))
    assert hash(a) == hash(b"abc")
    assert attempts == [BufferError]  # it is in use
    a.release()
    assert hash(a) == hash(b"abc")  # known already
    assert len(attempts) == 1


def test_hash_of_a_memoryviews_exporter():
    """That was the memoryview itself, which has a hash for bytes only."""
    m = memoryview(bytes(range(8))).cast("i")
    assert hash(consumer.consume(m).cast("B")) == hash(m.cast("B"))
    assert hash(consumer.consume(m, "B")) == hash(bytes(range(8)))
    with pytest.raises(TypeError):
        hash(consumer.consume(memoryview(bytearray(8)).toreadonly()))


def test_hash_of_the_exporter_that_raises():
    class Exporter(bytes):
        def __hash__(self):
            raise KeyError

    a = consumer.consume(Exporter(b"abc"))
    with pytest.raises(KeyError):
        hash(a)
    assert a.exports == 0
    with pytest.raises(TypeError):
        hash(consumer.consume(bytearray(3)).toreadonly())


# --- Iterators ----------------------------------------------------------------


def test_release_between_elements():
    a = consumer.consume(bytearray(3))
    with raises_released():
        for _ in a:
            a.release()


def test_iterator_in_iterator():
    """What is next of an iterator may ask the same iterator for more."""
    a = consumer.consume(bytes(range(6)), shape=[3, 2])
    iterator = iter(a)
    seen = []

    class Final:
        def __del__(self):
            seen.append(next(iterator, None))

    cycle = Final()
    cycle.cycle = cycle
    del cycle
    threshold = gc.get_threshold()
    gc.set_threshold(1)
    try:
        rows = list(iterator)
    finally:
        gc.set_threshold(*threshold)
        gc.collect()
    rows += [row for row in seen if row is not None]
    assert sorted(row.tolist() for row in rows) == [[0, 1], [2, 3], [4, 5]]


@pytest.mark.parametrize(
    "use",
    [
        lambda a: a.tolist(),
        lambda a: a[1:],
        lambda a: list(a),
        lambda a: a.cast("B"),
        lambda a: a.tobytes("F"),
        lambda a: a.shape,
        lambda a: consumer.consume(a),
        lambda a: memoryview(a)[0, 0],
        lambda a: repr(a),
        lambda a: a == b"abc",
    ],
)
def test_garbage_that_releases(use):
    """A finalizer that runs when an allocation collects garbage."""
    threshold = gc.get_threshold()
    exporter = bytearray(range(8))
    expected = repr(use(consumer.consume(exporter, "B", shape=[4, 2])))
    for _ in range(20):
        a = consumer.consume(exporter, "B", shape=[4, 2])
        attempts = []

        class Final:
            def __del__(self):
                attempts.append(outcome(a.release))

        cycle = Final()
        cycle.cycle = cycle
        del cycle
        gc.set_threshold(1)
        try:
            result = outcome(use, a)
        finally:
            gc.set_threshold(*threshold)
        gc.collect()
        # Before, after, or refused because the array is in use
        assert attempts in ([None], [BufferError])
        assert result is ValueError or repr(result) == expected
        assert (a.released, a.exports) == (attempts == [None], 0)
