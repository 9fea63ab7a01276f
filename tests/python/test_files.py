# SPDX-License-Identifier: MIT
"""tofile(): the bytes that NumPy writes, or an error that names the file."""

import array
import io
import os
import pathlib
import tracemalloc

import numpy as np
import pytest

import consumer
from support import TYPES, raises_released

BASE = np.arange(2 * 3 * 4, dtype="i4").reshape(2, 3, 4)
ARRAYS = {
    "1-D": np.arange(7, dtype="i2"),
    "empty": np.zeros((3, 0), "f8"),
    "0-d": np.array(1.5),
    "N-d": BASE,
    "big-endian": BASE.astype(">i4"),
    "Fortran": np.asfortranarray(BASE),
    "strided": BASE[:, ::2, ::-1],
    "repeated": np.broadcast_to(np.array([1, 2], "u1"), (5, 2)),
    "complex": np.array([1 + 2j, 3j])[::-1],
    "records": np.zeros((3, 2), [("number", "<i4"), ("x", "<f8")])[:, ::-1],
    "long rows": np.arange(3 * 500_000, dtype="i4").reshape(3, -1)[::-1, ::2],
    "long columns": np.arange(3 * 500_000, dtype="i4").reshape(3, -1).T,
    "long sub-arrays": np.arange(2 * 3 * 400_000, dtype="u1").reshape(2, 3, -1).T,
    "unaligned": np.frombuffer(bytes(range(33)), "<i4", offset=1),
}
EACH_ARRAY = pytest.mark.parametrize("exporter", ARRAYS.values(), ids=ARRAYS)


@EACH_ARRAY
def test_same_bytes_as_numpy(exporter, tmp_path):
    exporter.tofile(tmp_path / "theirs")
    consumer.consume(exporter).tofile(tmp_path / "ours")
    assert (tmp_path / "ours").read_bytes() == (tmp_path / "theirs").read_bytes()


@EACH_ARRAY
def test_to_a_file_object(exporter):
    file = io.BytesIO(b"header and what follows")
    file.seek(6)
    consumer.consume(exporter).tofile(file)
    assert file.getvalue()[:6] == b"header"
    assert file.getvalue()[6 : file.tell()] == exporter.tobytes()


@pytest.mark.parametrize("convert", [str, os.fsencode, pathlib.Path])
def test_paths(tmp_path, convert):
    path = tmp_path / "f\udce4.bin"
    path.write_bytes(b"what was there, and longer than what comes")
    consumer.PyConsumerArray(3).tofile(convert(path))
    assert consumer.open(path).tolist() == [0, 1, 2]


@pytest.mark.parametrize("buffering", [0, -1])
def test_open_files(tmp_path, buffering):
    with open(tmp_path / "data.bin", "wb", buffering=buffering) as file:
        file.write(b"ab")
        consumer.consume(b"cd").tofile(file, "raw")
        consumer.consume(b"dcfe")[::-1][:2].tofile(file, format="raw")
    assert (tmp_path / "data.bin").read_bytes() == b"abcdef"


def test_back_and_forth(tmp_path):
    values = np.random.default_rng(1).standard_normal(1000)
    consumer.consume(values).tofile(tmp_path / "data.bin")
    with consumer.open(tmp_path / "data.bin", "f8") as a:
        assert a.tolist() == values.tolist()


# --- .npy --------------------------------------------------------------------------

DTYPES = [order + code for _, code, _, _ in TYPES for order in "<>"]
SHAPES = [(), (0,), (1,), (7,), (3, 0), (2, 5), (1, 6), (4, 1, 3), (2, 3, 2, 4)]


def layouts(dtype):
    """Arrays of random bytes, in every order that they can have in memory."""
    rng = np.random.default_rng(1)
    for shape in SHAPES:
        size = np.dtype(dtype).itemsize * int(np.prod(shape, dtype=int))
        exporter = np.frombuffer(rng.bytes(size), dtype).reshape(shape)
        yield exporter
        yield np.asfortranarray(exporter)
        yield exporter.T
        yield exporter[tuple(slice(None, None, -1) for _ in shape)]
        yield np.repeat(exporter, 2, axis=-1)[..., ::2] if shape else exporter
        if len(shape) > 2:
            yield exporter.swapaxes(0, 1)


def saved(exporter):
    file = io.BytesIO()
    np.save(file, exporter)
    return file.getvalue()


def check_saved(data, exporter):
    """'data' is a .npy file of 'exporter', in the order that NumPy takes too."""
    loaded = np.load(io.BytesIO(data))
    assert loaded.dtype == exporter.dtype
    assert loaded.shape == exporter.shape
    assert loaded.tobytes() == exporter.tobytes()
    assert loaded.flags.fnc == (exporter.flags.fnc and not exporter.flags.c_contiguous)
    assert data.split(b"\n", 1)[1] == saved(exporter).split(b"\n", 1)[1]


@pytest.mark.parametrize("dtype", DTYPES)
def test_npy_is_what_numpy_loads(tmp_path, dtype):
    path = tmp_path / "data.npy"
    for exporter in layouts(dtype):
        a = consumer.consume(exporter)
        a.tofile(path, "npy")
        check_saved(path.read_bytes(), exporter)
        file = io.BytesIO()
        a.tofile(file, format="npy")
        assert file.getvalue() == path.read_bytes()


@pytest.mark.parametrize("buffering", [0, -1])
def test_npy_to_an_open_file(tmp_path, buffering):
    """Where the file stands, and several in one file, as NumPy reads them."""
    exporters = [BASE, BASE.T, BASE[:, ::2]]
    with open(tmp_path / "data.npy", "wb", buffering=buffering) as file:
        file.write(b"before")
        for exporter in exporters:
            consumer.consume(exporter).tofile(file, format="npy")
    with open(tmp_path / "data.npy", "rb") as file:
        assert file.read(6) == b"before"
        for exporter in exporters:
            assert np.load(file).tolist() == exporter.tolist()
        assert file.read() == b""


@pytest.mark.parametrize("exporter", [BASE, BASE.T, BASE[::-1]])
@pytest.mark.parametrize("answer", [len, lambda data: None, lambda data: 1])
def test_npy_to_any_writer(exporter, answer):
    writer = Writer(answer)
    consumer.consume(exporter).tofile(writer, "npy")
    check_saved(b"".join(writer.parts), exporter)


def test_npy_of_elements_that_numpy_has_not(tmp_path):
    path = tmp_path / "data.npy"
    consumer.consume(b"a\0\xff").cast("c").tofile(path, "npy")
    assert np.load(path).dtype == np.dtype("u1")
    assert np.load(path).tolist() == [97, 0, 255]
    path.write_bytes(b"precious")
    for exporter in (np.zeros(3, "c16"), np.zeros(3, "i4,f8")):
        with pytest.raises(NotImplementedError):
            consumer.consume(exporter).tofile(path, "npy")
    assert path.read_bytes() == b"precious"


@pytest.mark.parametrize("order", ["C", "F", None])
def test_npy_of_many_elements(tmp_path, order):
    exporter = np.random.default_rng(1).random((700, 900))
    exporter = exporter[::-1] if order is None else exporter.copy(order)
    consumer.consume(exporter).tofile(tmp_path / "data.npy", "npy")
    check_saved((tmp_path / "data.npy").read_bytes(), exporter)


def test_npy_that_does_not_fit_says_so():
    for each in (BASE, BASE.T, BASE[::-1]):
        with pytest.raises(OSError) as raised:
            consumer.consume(each).tofile("/dev/full", "npy")
        assert raised.value.filename == "/dev/full"


# --- Errors ------------------------------------------------------------------------


def test_errors_have_the_name_of_the_file(tmp_path):
    a = consumer.PyConsumerArray(3)
    cases = [
        (tmp_path / "missing" / "file", FileNotFoundError),
        (tmp_path, IsADirectoryError),
        ("/dev/full", OSError),
    ]
    for path, exception in cases:
        for each in (a, a[::2]):
            with pytest.raises(exception) as raised:
                each.tofile(path)
            assert raised.value.filename == str(path)
            assert raised.value.errno
            assert str(path) in str(raised.value)


@pytest.mark.parametrize("file", [None, 1, 1.5, [], bytearray(b"name")])
def test_what_is_no_file(file):
    with pytest.raises(TypeError):
        consumer.PyConsumerArray(3).tofile(file)


@pytest.mark.parametrize("format", ["", "RAW", "text", "npy\n", ".npy"])
def test_other_formats(tmp_path, format):
    with pytest.raises(ValueError, match="expected 'raw' or 'npy'$"):
        consumer.PyConsumerArray(3).tofile(tmp_path / "data.bin", format)
    assert not (tmp_path / "data.bin").exists()


def test_bad_calls(tmp_path):
    a = consumer.PyConsumerArray(3)
    for arguments in [(), (tmp_path / "x", "raw", 1), (tmp_path / "x", 1)]:
        with pytest.raises(TypeError):
            a.tofile(*arguments)
    with pytest.raises(TypeError):
        a.tofile(tmp_path / "x", sep="")
    assert not (tmp_path / "x").exists()


def test_released_array_leaves_the_file_alone(tmp_path):
    path = tmp_path / "data.bin"
    path.write_bytes(b"precious")
    a = consumer.PyConsumerArray(3)
    a.release()
    with raises_released():
        a.tofile(path)
    assert path.read_bytes() == b"precious"


def test_text_files_are_refused(tmp_path):
    with open(tmp_path / "text", "w") as file, pytest.raises(TypeError):
        consumer.PyConsumerArray(3).tofile(file)


# --- Writers of all kinds ----------------------------------------------------------


class Writer:
    def __init__(self, answer):
        self.answer = answer
        self.parts = []

    def write(self, data):
        answer = self.answer(data)
        self.parts.append(bytes(data[:answer]))
        return answer


@pytest.mark.parametrize("exporter", [BASE, BASE.T], ids=["contiguous", "not"])
@pytest.mark.parametrize(
    "answer", [len, lambda data: None, lambda data: 1, lambda data: min(len(data), 7)]
)
def test_short_writes_are_continued(exporter, answer):
    writer = Writer(answer)
    consumer.consume(exporter).tofile(writer)
    assert b"".join(writer.parts) == exporter.tobytes()


@pytest.mark.parametrize(
    "answer, exception",
    [
        (lambda data: 0, OSError),
        (lambda data: -1, OSError),
        (lambda data: len(data) + 1, OSError),
        (lambda data: 2**100, OverflowError),
        (lambda data: 1 / 0, ZeroDivisionError),
    ],
)
def test_writers_that_fail(answer, exception):
    a = consumer.consume(bytearray(16))
    with pytest.raises(exception):
        a.tofile(Writer(answer))
    a.release()


def test_raw_file_that_would_wait():
    """None from a raw file is nothing written, not everything."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with open(reading, "rb"), open(writing, "wb", buffering=0) as file:
        with pytest.raises(BlockingIOError):
            consumer.consume(bytes(1 << 20)).tofile(file)


@pytest.mark.parametrize("format", ["raw", "npy"])
def test_release_while_writing(format):
    a = consumer.consume(bytearray(16))

    class Releaser:
        def write(self, data):
            with pytest.raises(BufferError):
                a.release()
            with pytest.raises(BufferError):
                a.close()

    a.tofile(Releaser(), format)
    a = a[::2]
    a.tofile(Releaser(), format)
    assert a.exports == 0


def test_writer_may_keep_what_it_got():
    class Keeper(list):
        write = list.append

    keeper = Keeper()
    a = consumer.consume(array.array("B", b"abcd"))
    a.tofile(keeper)
    a[::-1].tofile(keeper)
    a.release()
    assert [bytes(part) for part in keeper] == [b"abcd", b"dcba"]
    with pytest.raises(TypeError):
        keeper[0][0] = 1  # it is not the writer's to change


def test_memory_is_bounded(tmp_path):
    exporter = np.zeros(16 << 20, "u1")[::2]
    fortran = np.zeros((2, 8 << 20), "u1").T
    tracemalloc.start()
    consumer.consume(exporter).tofile(tmp_path / "data.bin")
    consumer.consume(exporter.reshape(2, -1).T).tofile(tmp_path / "data.bin")
    consumer.consume(exporter).tofile(tmp_path / "data.npy", "npy")
    consumer.consume(fortran).tofile(tmp_path / "f.npy", "npy")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3 << 20


@pytest.mark.parametrize("format", ["raw", "npy"])
def test_the_file_that_is_shown_is_not_emptied(tmp_path, format):
    """It was, and the array with it."""
    path = tmp_path / "data"
    path.write_bytes(bytes(range(64)))
    (tmp_path / "link").symlink_to(path)
    a = consumer.open(path, "B")
    for name in (path, str(path), os.fsencode(path), tmp_path / "link"):
        with pytest.raises(ValueError, match="is the one that the array shows"):
            a[::2].tofile(name, format)
    assert path.read_bytes() == bytes(range(64))
    a[::2].tofile(tmp_path / "other")
    assert (tmp_path / "other").read_bytes() == bytes(range(0, 64, 2))
    with pytest.raises(ValueError, match="null"):
        a.tofile("other\0name", format)
