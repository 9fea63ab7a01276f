# SPDX-License-Identifier: MIT
"""Exporters that fail, that lie, and that do what nobody else does.

Elsewhere: code that runs in the middle (test_reentrancy.py), threads
(test_threads.py), release() with exports, use after release, what outlives its
parent and cycles (test_lifetime.py), 64 dimensions (test_consume.py), pickle and
copy (test_pickle.py), sub-interpreters (test_subinterpreters.py).
"""

import array
import ctypes
import gc
import io
import mmap
import os
import struct
import subprocess
import sys
import sysconfig
import weakref

import pytest

import consumer
from liar import Liar
from support import outcome

try:
    import _testcapi
except ImportError:
    _testcapi = None

MAX = 2**63 - 1


# --- Lies ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields, exception, message",
    [
        ({"itemsize": 0}, BufferError, "itemsize is 0"),
        ({"itemsize": -1}, BufferError, "itemsize is -1"),
        ({"itemsize": 8}, BufferError, "format 'B' has 1 byte.*itemsize is 8"),
        ({"format": b"i"}, BufferError, "format 'i' has 4 bytes.*itemsize is 1"),
        ({"format": b"<q", "itemsize": 4}, BufferError, "'<q' has 8 bytes"),
        ({"len": -16}, BufferError, "-16 bytes"),
        ({"len": 15}, BufferError, "shape has 16 elements.*15 bytes"),
        ({"len": 17}, BufferError, "shape has 16 elements.*17 bytes"),
        ({"len": MAX}, BufferError, "shape has 16 elements"),
        ({"buf": None}, BufferError, "16 bytes is at"),
        ({"ndim": -1}, BufferError, "-1 dimensions"),
        ({"ndim": 65}, ValueError, "65 dimensions"),
        ({"ndim": 2**31 - 1}, ValueError, "2147483647 dimensions"),
        ({"ndim": 0}, BufferError, "shape has 1 elements.*16 bytes"),
        ({"ndim": 2, "shape": None}, BufferError, "2 dimensions but no shape"),
        ({"shape": [-16]}, BufferError, "-16"),
        ({"shape": [17]}, BufferError, "shape has 17 elements"),
        ({"shape": [0]}, BufferError, "shape has 0 elements"),
        ({"ndim": 2, "shape": [-4, -4], "strides": None}, BufferError, "-4"),
        # products that wrap around to 16, or to 0
        (
            {"ndim": 3, "shape": [2**32, 2**32, 16], "strides": None},
            BufferError,
            "more bytes than memory",
        ),
        (
            {"ndim": 2, "shape": [2**60 + 1, 16], "strides": None},
            BufferError,
            "more bytes than memory",
        ),
        (
            {"shape": [2**61], "itemsize": 8, "format": b"d", "strides": [8], "len": 0},
            BufferError,
            "more bytes than memory",
        ),
        # strides from here to nowhere
        ({"strides": [MAX]}, BufferError, "strides lead outside"),
        ({"strides": [-MAX - 1]}, BufferError, "strides lead outside"),
        ({"strides": [-(2**59)]}, BufferError, "strides lead outside"),
        ({"strides": [2**60]}, BufferError, "strides lead outside"),
        ({"shape": None, "strides": [MAX]}, BufferError, "strides lead outside"),
        (
            {"ndim": 2, "shape": [4, 4], "strides": [2**61, 2**61]},
            BufferError,
            "strides lead outside",
        ),
        ({"suboffsets": [0]}, BufferError, "suboffset 0 of dimension 1"),
        (
            {"ndim": 2, "shape": [4, 4], "strides": [4, 1], "suboffsets": [-1, 8]},
            BufferError,
            "suboffset 8 of dimension 2",
        ),
    ],
    ids=str,
)
def test_lies_are_refused(fields, exception, message):
    liar = Liar(bytearray(16), **fields)
    before = sys.getrefcount(liar)
    with pytest.raises(exception, match=message):
        consumer.consume(liar)
    assert liar.n_exports == 0  # given back
    assert sys.getrefcount(liar) == before


@pytest.mark.parametrize(
    "fields, values",
    [
        ({}, list(range(16))),
        ({"format": None}, list(range(16))),  # no format is bytes
        ({"shape": None, "strides": None}, list(range(16))),
        ({"shape": None}, list(range(16))),  # was read through a null pointer
        ({"strides": None}, list(range(16))),
        ({"suboffsets": [-1]}, list(range(16))),  # negative is none
        ({"len": 4, "shape": [4], "strides": [5]}, [0, 5, 10, 15]),
        ({"len": 3, "shape": [3], "strides": [0]}, [0, 0, 0]),
        ({"len": 1, "ndim": 0, "shape": None, "strides": None}, 0),
        ({"len": 1, "shape": [1], "strides": [MAX]}, [0]),  # a stride not taken
        ({"len": 0, "shape": [0], "buf": None}, []),
        ({"len": 0, "shape": [0], "strides": [MAX], "buf": None}, []),
        (
            {"len": 0, "ndim": 2, "shape": [2, 0], "strides": [MAX, 1], "buf": None},
            [[], []],
        ),
        (
            {"len": 0, "ndim": 2, "shape": [0, MAX], "strides": [MAX, MAX]},
            [],
        ),
        (
            {"itemsize": 4, "format": b">i", "shape": [4], "strides": [4]},
            list(struct.unpack(">4i", bytes(range(16)))),
        ),
    ],
    ids=str,
)
def test_oddities_are_not_lies(fields, values):
    liar = Liar(bytearray(range(16)), **fields)
    a = consumer.consume(liar)
    assert a.tolist() == values
    assert a.obj is liar
    assert len(a.tobytes()) == a.nbytes
    assert a[...].tolist() == values
    del a
    assert liar.n_exports == 0


def test_negative_stride_starts_at_the_last_element():
    memory = bytearray(range(16))
    liar = Liar(memory, strides=[-1])
    liar.fields["buf"] += 15
    a = consumer.consume(liar)
    assert a.tolist() == list(reversed(memory))
    assert bytes(a[::-1]) == memory


@pytest.mark.parametrize(
    "format",
    [
        b"",
        b"2h",
        b"T{<i:a:}",
        b"w",
        b"Zf",
        b"i4",
        b"4",
        b"<",
        b"<P",
        b"|B",
        b"int32",
        b"&i",
    ],
)
def test_unreadable_formats(format):
    liar = Liar(bytearray(8), format=format, itemsize=4, shape=[2], strides=[4])
    a = consumer.consume(liar)
    assert a.format == format.decode()
    assert (a.tobytes(), len(a), a.itemsize) == (bytes(8), 2, 4)
    assert bytes(a[1:]) == bytes(4)
    assert memoryview(a).format == a.format
    with pytest.raises(NotImplementedError, match="cannot be read"):
        a[0]


def test_huge_format():
    liar = Liar(bytearray(8), format=b"x" * 10_000_000, itemsize=8, shape=[1])
    a = consumer.consume(liar)
    assert len(a.format) == 10_000_000
    with pytest.raises(NotImplementedError) as raised:
        a[0]
    assert len(str(raised.value)) < 500
    assert len(repr(a)) < 500


def test_format_that_is_no_text():
    a = consumer.consume(Liar(bytearray(2), format=b"\xff\xfe", itemsize=2, shape=[1]))
    with pytest.raises(UnicodeDecodeError):
        a.format
    with pytest.raises(NotImplementedError):
        a[0]
    assert a.tobytes() == bytes(2)
    repr(a)


# --- Failures -----------------------------------------------------------------


def test_exporter_that_fails():
    testbuffer = pytest.importorskip("_testbuffer")
    failing = testbuffer.ndarray(
        [1, 2], shape=[2], flags=testbuffer.ND_GETBUF_FAIL | testbuffer.ND_WRITABLE
    )
    before = sys.getrefcount(failing)
    for _ in range(3):
        with pytest.raises(BufferError, match="ND_GETBUF_FAIL"):
            consumer.consume(failing)
    assert sys.getrefcount(failing) == before


def test_exporter_with_suboffsets():
    testbuffer = pytest.importorskip("_testbuffer")
    indirect = testbuffer.ndarray(
        list(range(12)), shape=[3, 4], flags=testbuffer.ND_PIL
    )
    assert memoryview(indirect).suboffsets
    with pytest.raises(BufferError, match="suboffsets are not supported"):
        consumer.consume(indirect)


python_exporters = pytest.mark.skipif(
    sys.version_info < (3, 12), reason="__buffer__ came with Python 3.12"
)


@python_exporters
@pytest.mark.parametrize("returns", [1, None, b"ab"])
def test_buffer_method_that_returns_no_memoryview(returns):
    class Exporter:
        def __buffer__(self, flags):
            return returns

    with pytest.raises(TypeError):
        consumer.consume(Exporter())


@python_exporters
def test_buffer_method_that_raises():
    class Exporter:
        def __buffer__(self, flags):
            raise KeyError("no")

    with pytest.raises(KeyError):
        consumer.consume(Exporter())


@python_exporters
def test_buffer_method():
    events = []

    class Exporter:
        def __buffer__(self, flags):
            events.append("get")
            return memoryview(b"abcd")

        def __release_buffer__(self, buffer):
            events.append("release")
            a.release()
            with pytest.raises(ValueError):
                a.tolist()

    a = consumer.consume(Exporter())
    view = a[1:]
    assert (a.tolist(), events) == (list(b"abcd"), ["get"])
    a.release()
    assert events == ["get"]
    view.release()
    assert events == ["get", "release"]


@python_exporters
def test_release_method_that_raises(monkeypatch):
    unraisable = []
    monkeypatch.setattr(sys, "unraisablehook", unraisable.append)

    class Exporter:
        def __buffer__(self, flags):
            return memoryview(b"abcd")

        def __release_buffer__(self, buffer):
            raise KeyError("no")

    a = consumer.consume(Exporter())
    a.release()
    assert a.released
    # also while another exception is on its way
    with pytest.raises(ValueError, match="left over"):
        consumer.consume(Exporter(), "i", offset=1)
    assert [x.exc_type for x in unraisable] == [KeyError, KeyError]


# --- The rest of the zoo ------------------------------------------------------


def test_ctypes():
    class Point(ctypes.Structure):
        _fields_ = [("x", ctypes.c_int), ("y", ctypes.c_double)]

    matrix = ((ctypes.c_int16 * 3) * 2)((1, 2, 3), (4, 5, 6))
    assert consumer.consume(matrix).tolist() == [[1, 2, 3], [4, 5, 6]]
    assert consumer.consume(ctypes.c_double(1.5)).tolist() == 1.5
    assert consumer.consume((ctypes.c_char * 2)(b"a", b"b")).tolist() == [b"a", b"b"]
    assert consumer.consume((ctypes.c_bool * 2)(0, 1)).tolist() == [False, True]
    points = consumer.consume((Point * 2)())
    assert points.tobytes() == bytes(32)
    with pytest.raises(NotImplementedError, match="x:"):
        points[0]
    big = (ctypes.c_int32.__ctype_be__ * 2)(1, 2)
    assert consumer.consume(big).tolist() == [1, 2]


def test_unaligned_memory():
    for offset in range(9):
        memory = bytearray(8 * 3 + 9)
        a = consumer.consume(memory, "d", offset=offset, count=3)
        a[1] = 1.5
        assert a.tolist() == [0.0, 1.5, 0.0]
        assert struct.unpack_from("3d", memory, offset) == (0.0, 1.5, 0.0)
        assert a == consumer.consume(struct.pack("3d", 0, 1.5, 0), "d")
        assert (a.index(1.5), a.count(0), 1.5 in a[::2]) == (1, 2, False)


def test_read_only_memory():
    a = consumer.consume(b"abc")
    assert a.readonly
    for change in (
        lambda: a.__setitem__(0, 1),
        lambda: a.__setitem__(slice(None), b"xyz"),
        lambda: a.__setitem__(..., b"xyz"),
        lambda: a[1:].__setitem__(0, 1),
        lambda: a.__delitem__(0),
    ):
        with pytest.raises(TypeError):
            change()
    with pytest.raises((BufferError, TypeError)):
        (ctypes.c_char * 3).from_buffer(a)
    assert (a.tobytes(), a.exports) == (b"abc", 0)


def exporters_that_resize():
    exporter = bytearray(b"abcd")
    yield exporter, lambda: exporter.append(3)
    yield exporter, exporter.clear
    numbers = array.array("i", [1, 2])
    yield numbers, lambda: numbers.append(3)
    yield numbers, numbers.pop
    mapping = mmap.mmap(-1, 4096)
    yield mapping, mapping.close
    stream = io.BytesIO(b"abcd")
    yield stream.getbuffer(), lambda: stream.truncate(0)


# ctypes.resize() moves memory in spite of its exports: nothing can be done.
@pytest.mark.parametrize("i", range(6))
def test_resize_is_refused_while_held(i):
    exporter, resize = list(exporters_that_resize())[i]
    a = consumer.consume(exporter)
    view = a[1:]
    a.release()
    with pytest.raises(BufferError):
        resize()
    view.release()
    if isinstance(exporter, memoryview):
        exporter.release()
    resize()


@python_exporters
def test_subclass_with_a_buffer_method():
    """What gh-104223 was about: bytearray's own buffer in another's clothes."""

    class Exporter(bytearray):
        def __buffer__(self, flags):
            events.append("get")
            return super().__buffer__(flags)

        def __release_buffer__(self, buffer):
            events.append("release")
            super().__release_buffer__(buffer)

    events = []
    exporter = Exporter(b"abcd")
    a = consumer.consume(exporter)
    assert a.tolist() == list(b"abcd")
    with pytest.raises(BufferError):
        exporter.append(1)
    a.release()
    assert events == ["get", "release"]
    exporter.append(1)


# --- Processes and objects ----------------------------------------------------


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork()")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_fork():
    a = consumer.consume(bytearray(4096))
    view = a[1:]
    child = os.fork()
    if child == 0:
        a[0] = 7
        view.release()
        a.close()
        os._exit(a.released + 2 * view.released)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
    assert (a.tolist(), view.released) == ([0] * 4096, False)


@pytest.mark.parametrize(
    "code",
    [
        "a = consumer.consume(bytearray(9)); b = a[1:]; m = memoryview(b)",
        "a = consumer.consume(e := E()); e.cycle = a, iter(a), memoryview(a)",
        "sys.a = consumer.consume(bytearray(9)); sys.i = iter(sys.a)",
        "import mmap; a = consumer.consume(mmap.mmap(-1, 8)); sys.a = a",
    ],
)
def test_end_of_the_interpreter(code):
    prefix = "import consumer, sys\nclass E(bytearray): pass\n"
    command = [sys.executable, "-X", "faulthandler", "-c", prefix + code]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")


def test_resurrection():
    saved = []

    class Exporter(bytearray):
        def __del__(self):
            saved.append(self.a)

    exporter = Exporter(b"abc")
    exporter.a = consumer.consume(exporter)
    del exporter
    gc.collect()
    (a,) = saved
    assert a.tolist() == list(b"abc")
    assert a[1:].obj.a is a
    a.close()
    del a
    saved.clear()
    gc.collect()


def test_init_twice():
    a = consumer.PyConsumerArray(3)
    for arguments in ((), (3,)):
        outcome(a.__init__, *arguments)
        assert a.tolist() == [0, 1, 2]


def test_new_without_init():
    a = consumer.PyConsumerArray.__new__(consumer.PyConsumerArray, 3)
    assert a.tolist() == [0, 1, 2]
    with pytest.raises(TypeError):
        object.__new__(consumer.PyConsumerArray)
    with pytest.raises(TypeError):
        type(iter(a))()


def test_no_subclasses():
    with pytest.raises(TypeError, match="not an acceptable base type"):
        type("Sub", (consumer.PyConsumerArray,), {})


def test_no_attributes():
    a = consumer.PyConsumerArray(3)
    with pytest.raises(AttributeError):
        a.name = 1
    with pytest.raises(AttributeError):
        a.readonly = True
    with pytest.raises(TypeError):
        consumer.PyConsumerArray.name = 1


# --- No memory ----------------------------------------------------------------

# Elements that are no small ints, so that each needs memory
MEMORY = array.array("i", range(1000, 1040))
OPERATIONS = {
    "consume": lambda e, a: consumer.consume(e),
    "consume as": lambda e, a: consumer.consume(e, "B", shape=[4, 40]),
    "consume bytes": lambda e, a: consumer.consume(b"abc"),
    "load": lambda e, a: a[5],
    "store": lambda e, a: a.__setitem__(5, 1005),
    "slice": lambda e, a: a[3:],
    "tuple": lambda e, a: a[(slice(3), ...)],
    "assign": lambda e, a: a.__setitem__(slice(2), a[:2]),
    "assign from": lambda e, a: a.__setitem__(slice(None), e),
    "assign back": lambda e, a: a.__setitem__(slice(None, None, 2), a[::2]),
    "cast": lambda e, a: a.cast("B").cast("H", [8, 10]),
    "rows": lambda e, a: list(a.cast("B").cast("H", [8, 10])),
    "tolist": lambda e, a: a.tolist(),
    "nested": lambda e, a: a.cast("B").cast("H", [8, 10]).tolist(),
    "iterate": lambda e, a: list(a),
    "tobytes": lambda e, a: (a.tobytes(), a[::2].tobytes("F")),
    "hex": lambda e, a: a.hex("-"),
    "repr": lambda e, a: repr(a),
    "stringify": lambda e, a: a.stringify(),
    "equal": lambda e, a: a == a[:],
    "equal to": lambda e, a: a == e,
    "hash": lambda e, a: hash(consumer.consume(b"abc")),
    "in": lambda e, a: 1 in a,
    "search": lambda e, a: (a.count(1), a.index(1001), 1j in a),
    "attributes": lambda e, a: (a.shape, a.strides, a.format, a.nbytes, a.obj),
    "memoryview": lambda e, a: memoryview(a)[1],
    "release": lambda e, a: a[1:].release(),
    "close": lambda e, a: consumer.consume(e).close(),
    "own": lambda e, a: consumer.PyConsumerArray(1000),
    "refuse": lambda e, a: outcome(consumer.consume, None),
}


def run_without_memory(operation, exporter, a, n, is_for_ever):
    """Runs it, and lets the n-th allocation and maybe all others fail."""
    stop = 0 if is_for_ever else n + 1
    _testcapi.set_nomemory(n, stop)
    try:
        operation(exporter, a)
    except MemoryError:
        return True
    finally:
        _testcapi.remove_mem_hooks()
    return False


@pytest.mark.skipif(not _testcapi, reason="_testcapi makes allocations fail")
@pytest.mark.skipif(
    bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    reason="CPython 3.13t crashes of itself then: memoryview.tolist() does",
)
@pytest.mark.parametrize("is_for_ever", [False, True])
@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_memory_error_at_every_allocation(operation, is_for_ever):
    exporter = MEMORY[:]
    a = consumer.consume(exporter)
    operation(exporter, a)
    n_failures = 0
    for n in range(200):
        failed = run_without_memory(operation, exporter, a, n, is_for_ever)
        n_failures += failed
        assert (a.exports, a.released) == (0, False)
        assert a == MEMORY
        if not failed and is_for_ever:
            break
    else:
        assert not is_for_ever, "it never succeeded"
    a.close()
    exporter.append(1)  # nothing else holds the buffer


def test_nothing_is_left_behind():
    gc.collect()
    assert not gc.garbage


def test_no_format_and_a_wrong_itemsize():
    """The message used to read the format through a null pointer."""
    with pytest.raises(BufferError, match="format 'B' has 1 bytes"):
        consumer.consume(
            Liar(bytearray(8), format=None, itemsize=4, shape=[2], strides=[4])
        )


def test_a_long_chain_of_views_is_deallocated():
    """Its deallocation used to exhaust the stack."""
    view = consumer.consume(b"abcd")
    for _ in range(100_000):
        view = consumer.consume(memoryview(view))
    del view


def test_a_long_chain_of_owners():
    numpy = pytest.importorskip("numpy")
    view = b"abcd"
    for _ in range(40):
        view = memoryview(numpy.frombuffer(view, "u1"))
    assert consumer.consume(view).tobytes() == b"abcd"


def test_weak_references_into_a_long_chain_die_with_it():
    view = consumer.consume(b"abcd")
    references = []
    for _ in range(200):
        view = consumer.consume(memoryview(view))
        references.append(weakref.ref(view))
    assert None not in [reference() for reference in references]
    del view
    assert {reference() for reference in references} == {None}


class NoRepr:
    def __repr__(self):
        raise RuntimeError("no repr")


@pytest.mark.parametrize(
    "call, exception, message",
    [
        (lambda: consumer.consume(b"", NoRepr()), TypeError, "NoRepr"),
        (lambda: consumer.consume(b"a")[NoRepr()], TypeError, "NoRepr"),
        (lambda: consumer.consume(b"", offset=10**5000), ValueError, "offset "),
        (lambda: consumer.consume(b"ab")[[1] * 10**5], TypeError, r"\.\.\."),
    ],
)
def test_values_that_cannot_be_shown(call, exception, message):
    """The exception used to be empty, or as long as the value."""
    with pytest.raises(exception, match=message) as caught:
        call()
    assert len(str(caught.value)) < 200


def test_a_view_in_the_making_is_not_found():
    """What __index__ found by the collector used to lose its shape."""
    base = consumer.consume(b"abcdefgh").cast("B", (4, 2))

    def arrays():
        return {
            id(item)
            for item in gc.get_objects()
            if type(item) is consumer.PyConsumerArray
        }

    class Finder:
        def __index__(self):
            found.append(arrays())
            return 1

    found = [arrays()]
    assert base[Finder() : 3, 1].tolist() == [ord("d"), ord("f")]
    assert found[1:] == found[:1]


def test_another_module_named_mmap(monkeypatch):
    """Its missing attribute used to be the exception."""
    program = """
import sys, types
sys.modules["mmap"] = types.ModuleType("mmap")
import consumer, ctypes
print(consumer.consume((ctypes.c_ubyte * 2)(97, 98)))
"""
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert result.stdout == "[ 97 98 ]\n"


@pytest.mark.parametrize("ndarray", ["None", "5", "type('ndarray', (), {})"])
def test_another_module_named_numpy(ndarray):
    program = f"""
import mmap, sys, types
sys.modules["numpy"] = types.ModuleType("numpy")
sys.modules["numpy"].ndarray = {ndarray}
import consumer, ctypes
print(consumer.consume((ctypes.c_ubyte * 2)(97, 98)))
"""
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert result.stdout == "[ 97 98 ]\n"


# --- Another type in the place of array.array ---------------------------------


def run_program(program, *arguments):
    return subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True
    )


@pytest.mark.parametrize(
    "slicing", ["[::-1]", "[::2][: 1 << 19]", "[:: 1 << 10]", "[1 : (1 << 19) + 1]"]
)
def test_memoryview_in_the_place_of_array(slicing):
    """It was taken for memory back to back: what lies behind it was read."""
    program = f"""
import array, consumer
real = array.array
array.array = memoryview
consumer.consume(real("i", [1]))
value = memoryview(bytes(range(251)) * (1 << 13)){slicing}
target = consumer.consume(bytearray(len(value)))
target[:] = value
assert target.tobytes() == value.tobytes()
print("same")
"""
    result = run_program(program)
    assert (result.returncode, result.stdout) == (0, "same\n"), result.stderr


@pytest.mark.skipif(sys.version_info < (3, 12), reason="needs __buffer__()")
def test_class_in_the_place_of_array():
    """Its __buffer__() released the target, which was written all the same."""
    program = """
import array, consumer
real = array.array

class Releasing(real):
    is_armed = False

    def __buffer__(self, flags):
        if self.is_armed:
            self.is_armed = False
            target.close()
            found.extend(bytearray(b"\\1") * (1 << 20) for _ in range(3))
        return super().__buffer__(flags)

found = []
array.array = Releasing
target = consumer.PyConsumerArray(1 << 18)[:]
consumer.consume(real("i", [1])).release()
value = Releasing("i", [7] * (1 << 18))
value.is_armed = True
try:
    target[:] = value
except ValueError as error:
    print("released" in str(error), any(b"\\7" in bytes(f) for f in found))
"""
    result = run_program(program)
    assert (result.returncode, result.stdout) == (0, "True False\n"), result.stderr


def test_subclass_in_the_place_of_array():
    """It was taken to refer to nothing: its cycles were never collected."""
    program = """
import array, consumer, gc, weakref
real = array.array

class Referring(real):
    pass

array.array = Referring
value = Referring("i", [1, 2, 3])
value.view = consumer.consume(value)
reference = weakref.ref(value)
assert gc.is_tracked(value.view)
del value
gc.collect()
print(reference())
"""
    result = run_program(program)
    assert (result.returncode, result.stdout) == (0, "None\n"), result.stderr


def test_module_array_that_interrupts():
    """What its __getattr__() raised was swallowed, also a KeyboardInterrupt."""
    program = """
import array, sys, types, consumer
value = array.array("i", [1])

class Lazy(types.ModuleType):
    def __getattr__(self, name):
        raise exception

sys.modules["array"] = Lazy("array")
for exception in KeyboardInterrupt, MemoryError, ImportError:
    try:
        consumer.consume(value)
    except exception:
        print(exception.__name__)
exception = AttributeError
print(consumer.consume(value).tolist())
consumer.consume(value).release()
value.append(2)  # nothing that failed still holds it
"""
    result = run_program(program)
    want = "KeyboardInterrupt\nMemoryError\nImportError\n[1]\n"
    assert (result.returncode, result.stdout) == (0, want), result.stderr


def test_module_array_that_consumes():
    """The type that it found meanwhile was referred to once too often."""
    program = """
import array, sys, types, consumer
real = array.array

class Lazy(types.ModuleType):
    def __getattr__(self, name):
        if not found:
            found.append(name)
            consumer.consume(real("i", [1])).release()
        return real

found = []
sys.modules["array"] = Lazy("array")
before = sys.getrefcount(real)
consumer.consume(real("i", [1])).release()
print(found, sys.getrefcount(real) - before)
"""
    result = run_program(program)
    assert (result.returncode, result.stdout) == (0, "['array'] 1\n"), result.stderr
