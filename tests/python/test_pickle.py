# SPDX-License-Identifier: MIT
"""Pickle and copy: the same format, shape and elements, in other memory."""

import array
import copy
import ctypes
import gc
import pickle
import struct
import sys

import numpy as np
import pytest

import consumer
from support import outcome, raises_released, TYPES

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)
BASE = np.arange(2 * 3 * 4, dtype="i4").reshape(2, 3, 4)
EXPORTERS = {
    "list": array.array("l", range(5)),
    "bytes": b"abc",
    "char": memoryview(b"abc").cast("c"),
    "empty": b"",
    "N-d": BASE,
    "N-d empty": np.zeros((2, 0, 3)),
    "0-d": np.array(2.5, ">f4"),
    "Fortran": np.asfortranarray(BASE),
    "strided": BASE[::-1, ::2, 1:],
    "big-endian": BASE.astype(">i4"),
    "ctypes": (ctypes.c_int32 * 3)(1, 2, 3),
    "size_t": (ctypes.c_size_t * 3)(1, 2, 3),
    "complex": np.array([1 + 2j, 3j]),
    "records": np.array([(1, 2.5), (3, 4.5)], [("number", "<i4"), ("x", "<f8")]),
    "strings": np.array([b"abc", b"de"]),
    "strided records": np.zeros((2, 3), [("a", "u1"), ("long_name", ">f8")])[:, ::2],
}
EACH_EXPORTER = pytest.mark.parametrize("exporter", EXPORTERS.values(), ids=EXPORTERS)


def looks(a):
    return a.format, a.itemsize, a.shape, a.tobytes()


def check_same(restored, a):
    assert type(restored) is consumer.PyConsumerArray
    assert looks(restored) == looks(a)
    assert restored.c_contiguous
    assert repr(restored) == repr(a)


# --- Pickle -----------------------------------------------------------------------


@EACH_EXPORTER
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_in_band(exporter, protocol):
    a = consumer.consume(exporter)
    restored = pickle.loads(pickle.dumps(a, protocol))
    check_same(restored, a)
    assert restored.readonly is a.readonly
    assert a.exports == 0
    # and the memory is another's
    check_same(pickle.loads(pickle.dumps(restored, protocol)), a)


@EACH_EXPORTER
def test_out_of_band(exporter):
    a = consumer.consume(exporter)
    buffers = []
    data = pickle.dumps(a, 5, buffer_callback=buffers.append)
    assert len(data) < 200 and len(buffers) == 1
    # as they come from another process
    received = [bytearray(buffer.raw()) for buffer in buffers]
    restored = pickle.loads(data, buffers=received)
    check_same(restored, a)
    assert restored.readonly is a.readonly
    check_same(pickle.loads(data, buffers=buffers), a)


@pytest.mark.parametrize("name, numpy, code, values", TYPES)
@pytest.mark.parametrize("order", "@<>")
def test_every_type(name, numpy, code, values, order):
    data = struct.pack(f"{'=' if order == '@' else order}{len(values)}{code}", *values)
    a = consumer.consume(data, order + code)
    check_same(pickle.loads(pickle.dumps(a)), a)


def test_out_of_band_copies_nothing():
    data = bytearray(range(16))
    a = consumer.consume(data, "i")
    buffers = []
    pickled = pickle.dumps(a, 5, buffer_callback=buffers.append)
    restored = pickle.loads(pickled, buffers=[buffers[0].raw()])
    data[0] = 255
    assert restored[0] == a[0]
    assert a.exports > 0
    with pytest.raises(BufferError):
        a.release()
    restored.release()
    buffers.clear()
    gc.collect()
    assert a.exports == 0


def test_read_only():
    writable = consumer.PyConsumerArray(3)
    for protocol in PROTOCOLS:
        assert not pickle.loads(pickle.dumps(writable, protocol)).readonly
        assert pickle.loads(pickle.dumps(writable.toreadonly(), protocol)).readonly
    buffers = []
    data = pickle.dumps(writable, 5, buffer_callback=buffers.append)
    assert pickle.loads(data, buffers=[bytes(buffers[0].raw())]).readonly
    data = pickle.dumps(writable.toreadonly(), 5, buffer_callback=buffers.append)
    assert pickle.loads(data, buffers=[bytearray(12)]).readonly


def test_other_machines():
    """The byte order of a native format is that of the machine which wrote."""
    a = consumer.consume(array.array("i", [1, 2]))
    _, (buffer, format, code, *rest) = a.__reduce_ex__(4)
    assert (format, code) == ("i", "<i" if sys.byteorder == "little" else ">i")
    other = {"<i": ">i", ">i": "<i"}[code]
    restored = consumer._consumer._restore_array(buffer, format, other, *rest)
    assert restored.tolist() == [1 << 24, 2 << 24]
    assert restored.format == other
    # There a long has 4 bytes.
    restored = consumer._consumer._restore_array(buffer, "l", code, *rest)
    assert (restored.tolist(), restored.format) == ([1, 2], "i")


def test_released():
    a = consumer.PyConsumerArray(3)
    a.release()
    for protocol in PROTOCOLS:
        with raises_released():
            pickle.dumps(a, protocol)


@pytest.mark.parametrize("dtype", ["O", [("x", "i4"), ("y", "O")]], ids=str)
def test_references_to_objects_are_not_copied(dtype):
    """A copy did not count them: objects were used after their end."""
    a = consumer.consume(np.zeros(3, dtype))
    ways = [lambda a: pickle.dumps(a, 2), lambda a: pickle.dumps(a, 5)]
    for way in copy.copy, copy.deepcopy, *ways:
        with pytest.raises(TypeError, match="references to objects"):
            way(a)
    named = consumer.consume(np.zeros(3, [("O", "i4"), ("yOu", "f8")]))
    check_same(copy.copy(named), named)
    check_same(pickle.loads(pickle.dumps(named)), named)


def test_protocols_that_are_none():
    a = consumer.PyConsumerArray(3)
    for protocol in "5", None, 2**70:
        assert outcome(a.__reduce_ex__, protocol) is outcome(
            object().__reduce_ex__, protocol
        )


RESTORE = {
    "buffer": bytes(8),
    "format": "i",
    "code": "<i",
    "itemsize": 4,
    "shape": (2,),
    "readonly": False,
}


@pytest.mark.parametrize(
    "changes, exception",
    [
        ({"buffer": 1}, TypeError),
        ({"buffer": bytes(7)}, ValueError),
        ({"buffer": memoryview(bytes(16))[::2]}, ValueError),
        ({"format": 1}, TypeError),
        ({"format": "i\0"}, ValueError),
        ({"code": "complex"}, ValueError),
        ({"code": "q"}, ValueError),
        ({"code": "", "itemsize": 0}, ValueError),
        ({"code": "", "itemsize": -1}, ValueError),
        ({"code": "", "itemsize": sys.maxsize}, ValueError),
        ({"code": "", "itemsize": 2**63}, OverflowError),
        ({"shape": [2]}, TypeError),
        ({"shape": (3,)}, ValueError),
        ({"shape": (-2,)}, ValueError),
        ({"shape": (-1, -2)}, ValueError),
        ({"shape": (2**62, 2**62)}, ValueError),
        ({"shape": (2**64,)}, OverflowError),
        ({"shape": ("2",)}, TypeError),
        ({"shape": (1,) * 65}, ValueError),
    ],
    ids=str,
)
def test_bad_pickles(changes, exception):
    restore = consumer._consumer._restore_array
    assert restore(*RESTORE.values()).tolist() == [0, 0]
    with pytest.raises(exception):
        restore(*{**RESTORE, **changes}.values())


# --- Copy -------------------------------------------------------------------------


@EACH_EXPORTER
@pytest.mark.parametrize("function", [copy.copy, copy.deepcopy])
def test_copy(exporter, function):
    a = consumer.consume(exporter)
    copied = function(a)
    check_same(copied, a)
    assert (copied.obj, copied.readonly, a.exports) == (None, False, 0)
    a.release()
    view = copied[...]
    copied.release()
    assert view.format == consumer.consume(exporter).format


def test_copy_owns_its_memory():
    data = bytearray(b"abcd")
    copied = copy.copy(consumer.consume(data))
    data.extend(b"efgh")
    data[0] = 0
    assert copied.tolist() == list(b"abcd")
    memoryview(copied)[1] = 0
    assert data[1] == ord("b")


def test_deepcopy_in_a_structure():
    a = consumer.PyConsumerArray(3)
    first, second = copy.deepcopy([a, a])
    assert first is second and first is not a


@pytest.mark.parametrize("function", [copy.copy, copy.deepcopy])
def test_copy_of_a_released_array(function):
    a = consumer.PyConsumerArray(3)
    a.release()
    with raises_released():
        function(a)
