# SPDX-License-Identifier: MIT
"""Who holds the memory, how long, and what happens afterwards."""

import array
import ctypes
import copy
import gc
import io
import pickle
import mmap
import subprocess
import sys
import sysconfig
import threading
import weakref

import pytest

import consumer
from support import Index, raises_released

gc.freeze()  # so that collections are quick: the tests make many


def held(exporter):
    """Whether 'exporter', a bytearray, is held by a buffer."""
    try:
        exporter.append(0)
    except BufferError:
        return True
    exporter.pop()
    return False


# --- release() and close() ----------------------------------------------------


def test_buffer_held_as_long_as_the_array():
    # It was released at once, so the exporter could move the memory.
    exporter = bytearray(b"abcd")
    a = consumer.consume(exporter)
    assert held(exporter)
    a.release()
    assert not held(exporter)
    a = consumer.consume(exporter)
    del a
    assert not held(exporter)


def test_mmap_cannot_be_closed_before():
    mapping = mmap.mmap(-1, 4096)
    a = consumer.consume(mapping)
    with pytest.raises(BufferError):
        mapping.close()
    with pytest.raises(BufferError):
        mapping.resize(8192)
    a.close()
    mapping.close()


VIEWS = {
    "slice": lambda a: a[1:],
    "row": lambda a: a.cast("B", [2, 2])[1],
    "cast": lambda a: a.cast("i"),
    "cast N-d": lambda a: a.cast("B", [2, 2]),
    "read-only": lambda a: a.toreadonly(),
    "ellipsis": lambda a: a[...],
    "consumed": lambda a: consumer.consume(a),
    "layout": lambda a: consumer.consume(a, "i"),
    "of a view": lambda a: a[::-1][1:][...],
}


@pytest.mark.parametrize("make", VIEWS.values(), ids=VIEWS)
def test_views_share_one_buffer(make):
    exporter = bytearray(b"abcd")
    a = consumer.consume(exporter)
    view = make(a)
    values = view.tolist()
    assert view.obj is exporter
    assert a.exports == 0  # a view is not an export
    a.release()
    assert (a.released, view.released) == (True, False)
    assert view.tolist() == values
    assert held(exporter)
    view.release()
    assert not held(exporter)


@pytest.mark.parametrize("make", VIEWS.values(), ids=VIEWS)
def test_view_released_first(make):
    exporter = bytearray(b"abcd")
    a = consumer.consume(exporter)
    view = make(a)
    view.release()
    assert (a.released, view.released) == (False, True)
    assert a.tolist() == list(b"abcd")
    a.release()
    assert not held(exporter)


@pytest.mark.parametrize("make", VIEWS.values(), ids=VIEWS)
def test_view_of_an_array_that_nobody_holds(make):
    exporter = bytearray(b"abcd")
    view = make(consumer.consume(exporter))
    gc.collect()
    assert held(exporter)
    assert len(view.tobytes()) > 0
    # Releasing the last view is enough, without deleting it.
    view.release()
    assert not held(exporter)


@pytest.mark.parametrize("make", VIEWS.values(), ids=VIEWS)
def test_close_releases_all_views(make):
    exporter = bytearray(b"abcd")
    a = consumer.consume(exporter)
    view, other = make(a), make(a)
    view.close()
    for each in (a, view, other):
        assert each.released
        with raises_released():
            each.tolist()
        each.close()
        each.release()
    assert not held(exporter)


def test_closed_view_is_not_counted_twice():
    a = consumer.consume(bytearray(b"abcd"))
    views = [a[i:] for i in range(4)]
    a.close()
    for view in views:
        view.release()
    exporter = bytearray(b"ab")
    b = consumer.consume(exporter)
    b[1:].release()
    assert b.tolist() == [97, 98]


def test_release_with_exports():
    exporter = bytearray(b"abcd")
    a = consumer.consume(exporter)
    exports = [memoryview(a) for _ in range(3)]
    for n in (3, 2, 1):
        assert a.exports == n
        plural = "s" if n > 1 else ""
        for end in (a.release, a.close, lambda: a.__exit__(None, None, None)):
            with pytest.raises(BufferError, match=f"{n} exported buffer{plural}$"):
                end()
            assert a.tolist() == list(b"abcd")  # nothing changed
        exports.pop().release()
    a.release()
    assert not held(exporter)


def test_exports_of_other_views_do_not_block_release():
    exporter = bytearray(b"abcd")
    a = consumer.consume(exporter)
    view = a[1:]
    export = memoryview(view)
    assert (a.exports, view.exports) == (0, 1)
    a.release()
    with pytest.raises(BufferError, match="1 exported buffer$"):
        view.release()
    export.release()
    view.release()
    assert not held(exporter)


def test_close_counts_the_exports_of_all_views():
    a = consumer.consume(bytearray(b"abcd"))
    view = a[1:]
    exports = [memoryview(a), memoryview(view), memoryview(view)]
    for end in (a.close, view.close):
        with pytest.raises(BufferError, match="3 exported buffers"):
            end()
    assert (a.released, view.released) == (False, False)
    assert exports[2].tolist() == list(b"bcd")
    del exports
    view.close()
    assert a.released


def test_with():
    exporter = bytearray(b"abcd")
    with consumer.consume(exporter) as a:
        assert a.tolist() == list(b"abcd")
        view = a[1:]
    assert a.released
    assert view.tolist() == list(b"bcd")  # only this view is given up
    with view:
        view.release()  # twice is no error
    assert not held(exporter)
    with raises_released():
        with a:
            pass


def test_exit_keeps_the_exception():
    with pytest.raises(KeyError):
        with consumer.PyConsumerArray(3):
            raise KeyError


def test_owned_memory():
    a = consumer.PyConsumerArray(4)
    assert a.obj is None
    view = a[::2]
    a.release()
    assert view.tolist() == [0, 2]
    view.close()
    assert view.released


# --- After release() ----------------------------------------------------------

USES = {
    "obj": lambda a: a.obj,
    "nbytes": lambda a: a.nbytes,
    "itemsize": lambda a: a.itemsize,
    "format": lambda a: a.format,
    "ndim": lambda a: a.ndim,
    "shape": lambda a: a.shape,
    "strides": lambda a: a.strides,
    "suboffsets": lambda a: a.suboffsets,
    "readonly": lambda a: a.readonly,
    "c_contiguous": lambda a: a.c_contiguous,
    "f_contiguous": lambda a: a.f_contiguous,
    "contiguous": lambda a: a.contiguous,
    "quantiles": lambda a: a.quantiles(50),
    "histogram": lambda a: a.histogram(),
    "stringify": lambda a: a.stringify(),
    "tolist": lambda a: a.tolist(),
    "tobytes": lambda a: a.tobytes(),
    "hex": lambda a: a.hex(),
    "assign index": lambda a: a.__setitem__(0, 1),
    "assign tuple": lambda a: a.__setitem__((0,), 1),
    "assign slice": lambda a: a.__setitem__(slice(2), b"ab"),
    "assign ellipsis": lambda a: a.__setitem__(..., b"abcd"),
    "delete": lambda a: a.__delitem__(0),
    "hash": lambda a: hash(a),
    "count": lambda a: a.count(1),
    "toreadonly": lambda a: a.toreadonly(),
    "cast": lambda a: a.cast("B"),
    "sum": lambda a: a.sum(),
    "min": lambda a: a.min(),
    "max": lambda a: a.max(),
    "mean": lambda a: a.mean(),
    "std": lambda a: a.std(),
    "summary": lambda a: a.summary(),
    "tofile": lambda a: a.tofile(io.BytesIO()),
    "copy": lambda a: copy.copy(a),
    "deepcopy": lambda a: copy.deepcopy(a),
    "pickle": lambda a: pickle.dumps(a),
    "len": lambda a: len(a),
    "bool": lambda a: bool(a),
    "iter": lambda a: iter(a),
    "in": lambda a: 1 in a,
    "reversed": lambda a: list(reversed(a)),
    "index": lambda a: a.index(97),
    "element": lambda a: a[0],
    "tuple": lambda a: a[(0,)],
    "slice": lambda a: a[:],
    "slices": lambda a: a[:, :],
    "ellipsis": lambda a: a[...],
    "with": lambda a: a.__enter__(),
    "memoryview": lambda a: memoryview(a),
    "bytes": lambda a: bytes(a),
    "consume": lambda a: consumer.consume(a),
    "consume as": lambda a: consumer.consume(a, "B"),
}
STILL_WORK = {"release", "close", "released", "exports"}


@pytest.mark.parametrize("end", ["release", "close"])
@pytest.mark.parametrize(
    "make", [lambda e: consumer.consume(e), lambda e: consumer.consume(e)[:]]
)
@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_use_after_release(use, make, end):
    a = make(bytearray(b"abcd"))
    getattr(a, end)()
    with raises_released():
        use(a)


def test_what_works_after_release():
    a = consumer.consume(b"abcd")
    a.release()
    assert (a.released, a.exports) == (True, 0)
    a.release()
    a.close()
    a.__exit__(None, None, None)
    assert str(a) == "<released PyConsumerArray>"
    assert a == a
    assert a != consumer.consume(b"abcd")
    with raises_released():
        hash(a)


def test_every_name_is_tested_after_release():
    names = {name for name in dir(consumer.PyConsumerArray) if name[0] != "_"}
    assert names == STILL_WORK | names & USES.keys()


def test_iterator_of_a_released_array():
    a = consumer.consume(b"abcd")
    iterator = iter(a)
    assert next(iterator) == 97
    a.release()
    with raises_released():
        next(iterator)


def test_iterator_holds_the_array():
    exporter = bytearray(b"abcd")
    iterator = iter(consumer.consume(exporter))
    gc.collect()
    assert held(exporter)
    assert list(iterator) == list(b"abcd")
    # An exhausted one lets go; without the GIL, another thread may use it.
    assert held(exporter) == bool(sysconfig.get_config_var("Py_GIL_DISABLED"))


# --- Released in the middle ---------------------------------------------------

# Each converts an argument whose __index__ first runs 'code'.
REENTRANT = {
    "index": lambda a, code: a[Index(0, code)],
    "tuple": lambda a, code: a[(Index(0, code),)],
    "stringify": lambda a, code: a.stringify(Index(1, code)),
    "cast": lambda a, code: a.cast("B", [Index(4, code)]),
    "offset": lambda a, code: consumer.consume(a, offset=Index(0, code)),
    "count": lambda a, code: consumer.consume(a, count=Index(1, code)),
    "shape": lambda a, code: consumer.consume(a, shape=[Index(4, code)]),
    "length": lambda a, code: consumer.consume(a, shape=Index(4, code)),
}
# A slice exists before its bounds are converted, and holds the memory.
REENTRANT_SLICES = {
    "start": lambda a, code: a[Index(0, code) :],
    "stop": lambda a, code: a[: Index(4, code)],
    "step": lambda a, code: a[:: Index(1, code)],
    "slice in a tuple": lambda a, code: a[(slice(Index(0, code), None),)],
}
ALL_REENTRANT = REENTRANT | REENTRANT_SLICES


def array_and_exporter():
    exporter = bytearray(b"abcd" * 1000)
    a = consumer.consume(memoryview(exporter)[:4])
    return a, exporter


@pytest.mark.parametrize("use", REENTRANT.values(), ids=REENTRANT)
def test_released_while_converting(use):
    a, exporter = array_and_exporter()

    def release():
        a.release()
        gc.collect()
        exporter.clear()  # the memory is gone

    with raises_released():
        use(a, release)


@pytest.mark.parametrize("use", ALL_REENTRANT.values(), ids=ALL_REENTRANT)
def test_closed_while_converting(use):
    a, _ = array_and_exporter()
    with raises_released():
        use(a, a.close)


@pytest.mark.parametrize("use", REENTRANT_SLICES.values(), ids=REENTRANT_SLICES)
def test_released_while_slicing(use):
    a, exporter = array_and_exporter()
    view = use(a, a.release)
    assert a.released
    assert view.tolist() == list(b"abcd")
    assert held(exporter)


def test_released_while_slicing_many_dimensions():
    a = consumer.consume(bytes(range(24)), shape=(2, 3, 4))
    view = a[0, Index(1, a.release), :]
    assert view.tolist() == [4, 5, 6, 7]
    a = consumer.consume(bytes(range(24)), shape=(2, 3, 4))
    with raises_released():
        a[0, 1, Index(2, a.release)]


# --- References ---------------------------------------------------------------


def test_references_are_given_back():
    exporter = array.array("i", range(10))
    before = sys.getrefcount(exporter)
    a = consumer.consume(exporter)
    views = [a[1:], a.cast("B"), a.toreadonly(), consumer.consume(a), iter(a)]
    assert a.obj is exporter
    del a, views
    assert sys.getrefcount(exporter) == before


@pytest.mark.parametrize(
    "fail",
    [
        lambda e: consumer.consume(e, "i5"),
        lambda e: consumer.consume(e, "int64", offset=1),
        lambda e: consumer.consume(e, offset=1000),
        lambda e: consumer.consume(e, shape=(1000, 1000)),
        lambda e: consumer.consume(e)[100],
        lambda e: consumer.consume(e)[0, 0],
        lambda e: consumer.consume(e)[:, 0],
        lambda e: consumer.consume(e)[::0],
        lambda e: consumer.consume(e).cast("B", [7, 7]),
        lambda e: consumer.consume(e).cast("d"),
        lambda e: consumer.consume(e).stringify(-1),
    ],
)
def test_references_after_failures(fail):
    exporter = bytearray(b"abc")
    before = sys.getrefcount(exporter)
    with pytest.raises((ValueError, TypeError, IndexError)):
        fail(exporter)
    assert sys.getrefcount(exporter) == before
    assert not held(exporter)


def test_type_is_not_leaked():
    before = sys.getrefcount(consumer.PyConsumerArray)
    arrays = [consumer.PyConsumerArray(1) for _ in range(100)]
    slices = [a[:] for a in arrays]
    del arrays, slices
    after = sys.getrefcount(consumer.PyConsumerArray)
    assert after == before


def test_weak_references():
    died = []
    a = consumer.PyConsumerArray(3)
    reference = weakref.ref(a, died.append)
    assert reference() is a
    del a
    assert reference() is None
    assert died == [reference]


class Exporter(bytearray):
    """A bytearray that can be part of a cycle."""


class ArrayExporter(array.array):
    """The same, of a type that the collector knows without that."""


@pytest.mark.parametrize("make", [Exporter, lambda b: ArrayExporter("B", b)])
@pytest.mark.parametrize(
    "tie",
    [
        lambda e: consumer.consume(e),
        lambda e: consumer.consume(e)[1:],
        lambda e: (consumer.consume(e), consumer.consume(e)[1:]),
        lambda e: [a := consumer.consume(e), a[1:], a.cast("H")],
        lambda e: iter(consumer.consume(e)),
        lambda e: memoryview(consumer.consume(e)),
        lambda e: memoryview(consumer.consume(e)[1:]),
        lambda e: consumer.consume(memoryview(consumer.consume(e))),
    ],
    ids=range(8),
)
def test_cycles_are_collected(tie, make, monkeypatch):
    # CPython's memoryview complained of an export when it was cleared first.
    complaints = []
    monkeypatch.setattr(sys, "unraisablehook", complaints.append)
    exporter = make(b"abcd")
    exporter.cycle = tie(exporter)
    reference = weakref.ref(exporter)
    gc.collect()
    assert reference() is exporter
    del exporter
    gc.collect()
    gc.collect()
    assert reference() is None
    assert not complaints


@pytest.mark.parametrize(
    "exporter, may_be",
    [
        (b"abcd", False),
        (bytearray(b"abcd"), False),
        (array.array("B", b"abcd"), False),
        (None, False),
        (Exporter(b"abcd"), True),
        (ArrayExporter("B", b"abcd"), True),
        (memoryview(b"abcd"), True),
        ((ctypes.c_uint8 * 4)(), True),
    ],
    ids=lambda value: type(value).__name__,
)
def test_collector_knows_what_may_be_in_a_cycle(exporter, may_be):
    # It takes longer than all else to tell it of an array.
    if exporter is None:
        a = consumer.PyConsumerArray(4).cast("B")[:4]
    else:
        a = consumer.consume(exporter)
    for view in (a, a[1:], a.cast("b"), a.toreadonly(), a[:], consumer.consume(a)):
        assert gc.is_tracked(view) == may_be


@pytest.mark.parametrize("make", [lambda e: consumer.consume(e), VIEWS["slice"]])
def test_collector_does_not_release_what_is_exported(make):
    # memoryview's tp_clear tried to (gh-77894).
    get_slot = ctypes.pythonapi.PyType_GetSlot
    get_slot.argtypes = [ctypes.py_object, ctypes.c_int]
    get_slot.restype = ctypes.c_void_p
    py_tp_clear = 51
    address = get_slot(consumer.PyConsumerArray, py_tp_clear)
    clear = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.py_object)(address)

    exporter = bytearray(b"abcd")
    a = make(consumer.consume(exporter))
    export = memoryview(a)
    assert clear(a) == 0
    assert not a.released
    assert export.tolist() == a.tolist()
    export.release()
    assert clear(a) == 0
    assert a.released
    assert not held(exporter)


# What a cycle of garbage holds beside the memoryview m that leads to it.
GARBAGE = {
    "array": "consume(m)",
    "two arrays": "consume(m), consume(m)",
    "views": "(a := consume(m))[1:], a.cast('h')[::-1], a",
    "N-d": "consume(m.cast('h', [2, 2]))[1]",
    "format": "consume(memoryview((ctypes.c_int * 2 * 2)()))",
    "released": "[a := consume(m), a[1:], a.release()]",
    "iterators": "(i := iter(consume(m))), next(i)",
    "memoryview again": "memoryview(consume(m)), consume(memoryview(consume(m)))",
    "forwarded": "consume(pickle.PickleBuffer(m))",
    "NumPy": "numpy.asarray(consume(m)), consume(numpy.asarray(m))",
    "no exporter": "consume(from_memory(b'abcd', 4, 256))",
    "finalizer": "Final(a := consume(m)), a",
}

COLLECT = """
import ctypes, gc, pickle, threading
from consumer import consume

from_memory = ctypes.pythonapi.PyMemoryView_FromMemory
from_memory.restype = ctypes.py_object
from_memory.argtypes = ctypes.c_char_p, ctypes.c_ssize_t, ctypes.c_int


class Link:
    pass


class Final:
    def __init__(self, a):
        self.a = a

    def __del__(self):
        assert self.a.tolist() == list(b"abcdefgh")


def tie(early):
    if early:
        link = Link()
    m = memoryview(bytearray(b"abcdefgh"))
    if not early:
        link = Link()
    link.held = m, link, [%s]


def work():
    for i in range(20):
        tie(i %% 2)
        gc.collect()


gc.freeze()  # so that collections look at nothing else, and are quick
threads = [threading.Thread(target=work) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
gc.collect()  # one thread's may have come while another's was under way
assert not any(isinstance(o, Link) for o in gc.get_objects())
"""


@pytest.mark.parametrize("held", GARBAGE.values(), ids=GARBAGE)
def test_memoryview_in_a_cycle_of_garbage(held):
    # The collector cleared it before the array let go: Python crashed.
    program = COLLECT % held
    if "numpy" in held:
        pytest.importorskip("numpy")
        program = "import numpy\n" + program
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        check=False,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_memoryview_is_shared():
    # As by another memoryview: this one can go, what it views cannot.
    exporter = bytearray(b"abcd")
    m = memoryview(exporter)[::2]
    a = consumer.consume(m)
    assert a.obj is exporter
    m.release()
    assert a.tolist() == [97, 99]
    assert held(exporter)
    del a
    assert not held(exporter)


def test_cycle_through_a_memoryview_is_collected():
    # Our reference to what the memoryview holds is one that the collector sees.
    class Exporter(bytearray):
        pass

    exporter = Exporter(b"abcd")
    exporter.a = consumer.consume(memoryview(exporter))[1:]
    alive = weakref.ref(exporter)
    del exporter
    gc.collect()
    assert alive() is None


def test_array_of_a_memoryview_that_comes_back_from_the_garbage():
    kept = []

    class Exporter(bytearray):
        def __del__(self):
            kept.append(self.a)

    exporter = Exporter(b"abcd")
    exporter.m = memoryview(exporter)
    exporter.a = consumer.consume(exporter.m)
    del exporter
    gc.collect()
    assert kept[0].tolist() == kept[0].obj.m.tolist() == list(b"abcd")
    del kept[0].obj.a
    kept.clear()


def test_finalizer_in_a_cycle_can_use_the_array():
    values = []

    class Final(bytearray):
        def __del__(self):
            values.append(self.cycle.tolist())

    exporter = Final(b"ab")
    exporter.cycle = consumer.consume(exporter)
    del exporter
    gc.collect()
    assert values == [[97, 98]]


def test_exporter_that_uses_the_array_while_it_is_released():
    # The memory goes back only when the array is released in every respect.
    seen = []

    class Exporter(bytearray):
        def __del__(self):
            seen.append((a.released, a.exports))
            a.release()

    a = consumer.consume(Exporter(b"abcd"))
    view = a[1:]
    a.release()
    view.release()
    assert seen == [(True, 0)]


# --- Threads ------------------------------------------------------------------


def test_threads_on_one_array():
    a = consumer.consume(array.array("i", range(1000)))
    failures = []

    def work():
        try:
            for i in range(300):
                view = a[i:]
                with memoryview(view):
                    assert view[0] == i
                    assert view.exports == 1
                view.release()
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert a.exports == 0
    a.close()
