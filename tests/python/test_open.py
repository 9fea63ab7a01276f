# SPDX-License-Identifier: MIT
"""open(): files, what is no plain file, and what is no file at all."""

import errno
import gc
import os
import pathlib
import signal
import struct
import subprocess
import sys
import threading

import pytest

import consumer
from support import TYPES, raises_released, same


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "data.bin"
    path.write_bytes(struct.pack("=20i", *range(20)))
    return path


@pytest.mark.parametrize("convert", [str, os.fsencode, pathlib.Path])
def test_paths(path, convert):
    with consumer.open(convert(path)) as a:
        assert a.tolist() == list(range(20))
        assert (a.format, a.readonly, a.obj) == ("i", True, None)
        assert str(a) == "[ 0 1 2 3 4 5 6 7 8 9 ... ]"


def test_file_name_that_is_no_text(tmp_path):
    path = os.fsencode(tmp_path) + b"/\xff\xfe.bin"
    with open(path, "wb") as file:
        file.write(bytes(4))
    assert consumer.open(path).tolist() == [0]
    assert consumer.open(os.fsdecode(path)).tolist() == [0]


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("name, numpy, code, values", TYPES)
def test_element_types(tmp_path, name, numpy, code, values, order):
    path = tmp_path / "data.bin"
    format = f"{order}{len(values)}{code}"
    path.write_bytes(struct.pack(format, *values))
    expected = list(struct.unpack(format, path.read_bytes()))
    with consumer.open(path, order + numpy) as a:
        assert same(a.tolist(), expected)


@pytest.mark.parametrize(
    "arguments, expected",
    [
        ({"offset": 72}, [18, 19]),
        ({"offset": 80}, []),
        ({"count": 2}, [0, 1]),
        ({"count": 1, "offset": 8}, [2]),
        ({"count": 0}, []),
        ({"shape": (2, 2)}, [[0, 1], [2, 3]]),
        ({"shape": (2, 1, 1), "offset": 4}, [[[1]], [[2]]]),
        ({"shape": 3}, [0, 1, 2]),
        ({"shape": ()}, 0),
        ({"shape": (0, 5)}, []),
        ({"offset": 77, "trailing": "ignore"}, []),
        ({"format": "u1", "offset": 4, "count": 4}, list(struct.pack("=i", 1))),
        ({"format": "q", "count": 1}, [1 << 32 if sys.byteorder == "little" else 1]),
        # not at the start of a page, and not aligned
        ({"format": "<i4", "offset": 1, "count": 1}, [1 << 24]),
    ],
    ids=str,
)
def test_layouts(path, arguments, expected):
    with consumer.open(path, **arguments) as a:
        assert a.tolist() == expected


def test_offset_behind_the_first_page(tmp_path):
    path = tmp_path / "data.bin"
    path.write_bytes(bytes(100_001) + struct.pack("=2i", 7, 8))
    assert consumer.open(path, offset=100_001).tolist() == [7, 8]


@pytest.mark.parametrize(
    "arguments, exception, message",
    [
        ({"format": "i5"}, ValueError, "'i5'"),
        ({"format": "u8", "offset": 4}, ValueError, "data.bin': .*4 left over"),
        ({"offset": 3}, ValueError, "data.bin': .*1 left over"),
        ({"offset": 81}, ValueError, "data.bin': offset 81 is past the end"),
        ({"offset": -1}, ValueError, "offset -1"),
        ({"count": 21}, ValueError, "data.bin': 21 elements"),
        ({"count": -2}, ValueError, "count -2"),
        ({"shape": (21,)}, ValueError, "data.bin': 21 elements"),
        ({"shape": (3, 3), "count": 8}, ValueError, r"count 8.*\(3, 3\)"),
        ({"trailing": "no"}, ValueError, "'no'"),
        ({"mode": "w"}, ValueError, "mode 'w'"),
        ({"mode": "r+b"}, ValueError, "mode 'r.b'"),
        ({"mode": None}, ValueError, "mode None"),
    ],
    ids=str,
)
def test_bad_arguments(path, arguments, exception, message):
    with pytest.raises(exception, match=message):
        consumer.open(path, **arguments)


def test_bytes_left_over(tmp_path):
    path = tmp_path / "data.bin"
    path.write_bytes(struct.pack("=2i", 1, 2) + b"abc")
    with pytest.raises(ValueError, match="3 left over"):
        consumer.open(path)
    assert consumer.open(path, trailing="ignore").tolist() == [1, 2]
    assert consumer.open(path, count=2).tolist() == [1, 2]


def test_empty_file(tmp_path):
    path = tmp_path / "empty.bin"
    path.touch()
    for mode in ("r", "r+", "c"):
        with consumer.open(path, mode=mode) as a:
            assert (a.shape, a.tolist(), str(a)) == ((0,), [], "[ ]")
            assert a.tobytes() == b"" == bytes(a)
    assert consumer.open(path, shape=(0, 3)).shape == (0, 3)
    with pytest.raises(ValueError, match="1 elements"):
        consumer.open(path, count=1)


# --- Modes --------------------------------------------------------------------


def test_read_only(path):
    a = consumer.open(path)
    assert a.readonly
    with pytest.raises(TypeError):
        memoryview(a)[0] = 1


def test_writes_reach_the_file(path):
    with consumer.open(path, mode="r+") as a:
        assert not a.readonly
        with memoryview(a) as m:
            m[19] = -1
    assert consumer.open(path).tolist() == [*range(19), -1]


def test_copy_on_write(path):
    with consumer.open(path, mode="c") as a:
        with memoryview(a) as m:
            m[0] = 7
        assert a[0] == 7
    assert consumer.open(path)[0] == 0


def test_writes_elsewhere_are_seen(path):
    a = consumer.open(path)
    with path.open("r+b") as file:
        file.write(struct.pack("=i", 42))
    assert a[0] == 42


def test_file_is_deleted_while_open(path):
    a = consumer.open(path)
    path.unlink()
    assert a.tolist() == list(range(20))


# --- What cannot be opened ----------------------------------------------------


@pytest.mark.parametrize("convert", [str, os.fsencode, pathlib.Path])
def test_missing_file(tmp_path, convert):
    path = convert(tmp_path / "missing.bin")
    with pytest.raises(FileNotFoundError) as raised:
        consumer.open(path)
    assert raised.value.errno == errno.ENOENT
    assert raised.value.filename == os.fspath(path)
    assert "missing.bin" in str(raised.value)


def test_directory(tmp_path):
    with pytest.raises(IsADirectoryError) as raised:
        consumer.open(tmp_path)
    assert raised.value.filename == str(tmp_path)


def test_name_too_long():
    with pytest.raises(OSError) as raised:
        consumer.open("x" * 5000)
    assert raised.value.errno == errno.ENAMETOOLONG


def test_loop_of_links(tmp_path):
    path = tmp_path / "loop"
    path.symlink_to(path)
    with pytest.raises(OSError) as raised:
        consumer.open(path)
    assert raised.value.errno == errno.ELOOP


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_file(path):
    path.chmod(0)
    with pytest.raises(PermissionError):
        consumer.open(path)


@pytest.mark.parametrize(
    "path, exception",
    [
        (3, TypeError),  # a descriptor is no path
        (None, TypeError),
        ([], TypeError),
        ("a\0b", ValueError),
        (b"a\0b", ValueError),
    ],
)
def test_no_path(path, exception):
    with pytest.raises(exception):
        consumer.open(path)


def test_no_argument():
    with pytest.raises(TypeError, match="missing required argument 'path'"):
        consumer.open()
    with pytest.raises(TypeError, match="at most 2 positional"):
        consumer.open("a", "i4", "r")


# --- What cannot be mapped ----------------------------------------------------


def test_fifo(tmp_path):
    path = tmp_path / "fifo"
    os.mkfifo(path)
    writer = threading.Thread(
        target=path.write_bytes, args=[struct.pack("=50000i", *range(50000))]
    )
    writer.start()
    a = consumer.open(path, offset=4)  # waits for the writer without the GIL
    writer.join()
    assert a.tolist() == list(range(1, 50000))


def test_fifo_for_writing(tmp_path):
    path = tmp_path / "fifo"
    os.mkfifo(path)
    descriptor = os.open(path, os.O_RDWR)
    try:
        with pytest.raises(OSError) as raised:
            consumer.open(path, mode="r+")
        assert raised.value.filename == str(path)
    finally:
        os.close(descriptor)


@pytest.mark.skipif(not os.path.exists("/proc/version"), reason="needs Linux's /proc")
def test_proc():
    # Its size is said to be 0.
    with open("/proc/version", "rb") as file:
        expected = file.read()
    assert consumer.open("/proc/version", "u1").tobytes() == expected


def test_standard_input():
    program = "import consumer; print(consumer.open('/dev/stdin').tolist())"
    if not os.path.exists("/dev/stdin"):
        pytest.skip("needs /dev/stdin")
    result = subprocess.run(
        [sys.executable, "-c", program],
        input=struct.pack("=3i", 1, 2, 3),
        capture_output=True,
        check=True,
    )
    assert result.stdout == b"[1, 2, 3]\n"


def test_sparse_file(tmp_path):
    path = tmp_path / "sparse.bin"
    with path.open("wb") as file:
        file.truncate(1 << 36)
    with consumer.open(path) as a:
        assert len(a) == 1 << 34
        assert str(a) == "[ 0 0 0 0 0 0 0 0 0 0 ... ]"
        assert a[-1] == 0
        assert len(a[::-1000]) == -(-(1 << 34) // 1000)


# --- Lifetime -----------------------------------------------------------------


def test_close(path):
    a = consumer.open(path)
    rows = a.cast("B")
    view = a[3:]
    export = memoryview(view)
    with pytest.raises(BufferError, match="1 exported buffer$"):
        a.close()
    assert a[0] == 0  # nothing was closed
    export.release()
    a.close()
    for each in (a, rows, view):
        with raises_released():
            each[0]


def test_slice_outlives_the_array(path):
    view = consumer.open(path)[5:7]
    gc.collect()
    assert view.tolist() == [5, 6]


@pytest.mark.parametrize("is_open", [False, True], ids=["opening", "reading"])
def test_a_signal_ends_the_wait_for_a_fifo(tmp_path, is_open):
    """open() used to retry after every signal, so Ctrl-C did nothing."""
    path = tmp_path / "fifo"
    os.mkfifo(path)
    keep = os.open(path, os.O_RDWR) if is_open else None

    def stop(number, frame):
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        with pytest.raises(KeyboardInterrupt):
            consumer.open(path)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
        if keep is not None:
            os.close(keep)


def test_count_does_not_wait_for_more(tmp_path):
    """It used to wait for the element behind the last one asked for."""
    path = tmp_path / "fifo"
    os.mkfifo(path)
    keep = os.open(path, os.O_RDWR)
    os.write(keep, struct.pack("=2i", 1, 2))
    signal.alarm(10)  # instead of waiting for ever
    try:
        assert consumer.open(path, "i", count=2).tolist() == [1, 2]
    finally:
        signal.alarm(0)
        os.close(keep)


# --- .npy files, as NumPy writes them ----------------------------------------

NPY_CODES = [order + numpy for _, numpy, _, _ in TYPES for order in "<>"]
NPY_SHAPES = [(), (5,), (0,), (2, 3), (3, 0, 2), (2, 3, 4), (2, 1, 3, 2)]


@pytest.fixture
def np():
    return pytest.importorskip("numpy")


def make_array(np, code, shape, order):
    """Numbers in a row, and some of any bits."""
    dtype = np.dtype(code)
    n = int(np.prod(shape))
    values = np.arange(n).astype(dtype)
    if dtype.kind != "b" and n > 6:
        bits = np.random.default_rng(n).bytes(3 * dtype.itemsize)
        values[-3:] = np.frombuffer(bits, dtype)
    return np.array(values.reshape(shape), order=order, dtype=dtype)


@pytest.mark.parametrize("order", "CF")
@pytest.mark.parametrize("code", NPY_CODES)
def test_npy_types(np, tmp_path, code, order):
    path = tmp_path / "data.npy"
    for shape in NPY_SHAPES:
        expected = make_array(np, code, shape, order)
        np.save(path, expected)
        with consumer.open(path) as a:
            assert a.shape == shape
            assert a.itemsize == expected.itemsize
            assert np.asarray(a).dtype == expected.dtype
            assert np.array(a).tobytes() == expected.tobytes()
            assert same(a.tolist(), expected.tolist())
            assert a.f_contiguous == expected.flags.f_contiguous
            assert a.c_contiguous == expected.flags.c_contiguous
            if expected.size:
                assert a.strides == expected.strides


@pytest.mark.parametrize("order", "CF")
def test_npy_modes(np, tmp_path, order):
    path = tmp_path / "data.npy"
    np.save(path, make_array(np, "<i4", (2, 3), order))
    with consumer.open(path) as a:
        assert a.readonly
        with pytest.raises(TypeError):
            a[1, 2] = 7
    with consumer.open(path, mode="c") as a:
        a[1, 2] = 7
        assert a[1, 2] == 7
    assert np.load(path)[1, 2] == 5
    with consumer.open(path, mode="r+") as a:
        a[1, 2] = 7
        a[0, 1] = -1
    assert np.load(path).tolist() == [[0, -1, 2], [3, 4, 7]]


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_npy_versions(np, tmp_path, version):
    path = tmp_path / "data.npy"
    with open(path, "wb") as file:
        np.lib.format.write_array(file, np.arange(4, dtype=">u2"), version)
    with consumer.open(path) as a:
        assert a.tolist() == [0, 1, 2, 3]
        assert a.format == ">H"


@pytest.mark.parametrize("order", "CF")
def test_npy_from_a_pipe(np, tmp_path, order):
    expected = make_array(np, ">f8", (20, 30, 40), order)
    file, fifo = tmp_path / "data.npy", tmp_path / "fifo"
    np.save(file, expected)
    os.mkfifo(fifo)
    writer = threading.Thread(target=lambda: fifo.write_bytes(file.read_bytes()))
    writer.start()
    with consumer.open(fifo, mode="c") as a:
        writer.join()
        assert a.shape == expected.shape
        assert np.array(a).tobytes() == expected.tobytes()
        a[0, 0, 0] = 1.5
        assert a[0, 0, 0] == 1.5


def test_npy_behind_an_offset(np, tmp_path):
    path = tmp_path / "data"
    np.save(tmp_path / "data.npy", np.arange(3))
    path.write_bytes(b"xyz" + (tmp_path / "data.npy").read_bytes())
    assert consumer.open(path, offset=3).tolist() == [0, 1, 2]
    assert consumer.open(path, "u1", count=3).tolist() == list(b"xyz")
    with pytest.raises(ValueError, match=r"^.*offset 1000 is past the end"):
        consumer.open(path, offset=1000)


@pytest.mark.parametrize(
    "saved, format, message",
    [
        ("<i4", "i4", None),
        ("<i4", "<i4", None),
        (">i4", "i4", None),
        (">i4", ">i", None),
        (">i4", "int32", None),
        ("u1", "c", None),
        ("u1", ">B", None),
        ("?", "bool", None),
        ("<i4", "f4", "says int32, not float32"),
        ("<i4", "u4", "says int32, not uint32"),
        ("<i4", "<i8", "says int32, not int64"),
        ("<i4", ">i4", "says little-endian, not big-endian"),
        (">i4", "<i4", "says big-endian, not little-endian"),
        (">i4", "=i4", f"says big-endian, not {sys.byteorder}-endian"),
        ("i1", "c", "says int8, not char"),
    ],
)
def test_npy_and_a_format(np, tmp_path, saved, format, message):
    if sys.byteorder == "big" and format == "=i4":
        pytest.skip("that is no contradiction here")
    path = tmp_path / "data.npy"
    np.save(path, np.zeros(3, saved))
    if message:
        with pytest.raises(ValueError, match=message):
            consumer.open(path, format)
    else:
        with consumer.open(path, format) as a:
            assert np.asarray(a).dtype == ("S1" if format == "c" else saved)


@pytest.mark.parametrize("order", "CF")
def test_npy_and_a_shape(np, tmp_path, order):
    path = tmp_path / "data.npy"
    np.save(path, make_array(np, "<i2", (2, 3), order))
    for shape in ((2, 3), [2, 3]):
        assert consumer.open(path, shape=shape).tolist() == [[0, 1, 2], [3, 4, 5]]
    for shape, text in [
        ((3, 2), "(3, 2)"),
        (6, "(6,)"),
        ((), "()"),
        ((2, 3, 1), "(2, 3, 1)"),
        ((2, 2), "(2, 2)"),
        ((200, 300), "(200, 300)"),
    ]:
        with pytest.raises(ValueError) as caught:
            consumer.open(path, shape=shape)
        assert f"the .npy header says shape (2, 3), not {text}" in str(caught.value)


def test_npy_and_a_count(np, tmp_path):
    path = tmp_path / "data.npy"
    np.save(path, np.arange(6).reshape(2, 3))
    for count in range(7):
        assert consumer.open(path, count=count).tolist() == list(range(count))
    with pytest.raises(ValueError, match="7 elements were asked for, 6 are there"):
        consumer.open(path, count=7)
    np.save(path, np.asfortranarray(np.arange(6).reshape(2, 3)))
    with pytest.raises(ValueError, match="count 4 cannot be taken"):
        consumer.open(path, count=4)


@pytest.mark.parametrize("order", "CF")
def test_npy_of_another_size(np, tmp_path, order):
    path = tmp_path / "data.npy"
    np.save(path, make_array(np, "<i2", (2, 3), order))
    data = path.read_bytes()
    path.write_bytes(data + bytes(3))
    with pytest.raises(ValueError, match="3 bytes are left over behind the array"):
        consumer.open(path)
    with consumer.open(path, trailing="ignore") as a:
        assert a.tolist() == [[0, 1, 2], [3, 4, 5]]
    path.write_bytes(data[:-1])
    for trailing in ("error", "ignore"):
        with pytest.raises(ValueError, match="the data end after 5 of 6 elements"):
            consumer.open(path, trailing=trailing)
    for mode in ("r", "c", "r+"):  # "r+" said something else of columns
        with pytest.raises(ValueError, match="the data end after 5 of 6 elements"):
            consumer.open(path, mode=mode)
        if order == "F":
            with pytest.raises(ValueError, match="count 3 cannot be taken"):
                consumer.open(path, mode=mode, count=3)


def test_npy_of_a_terabyte(np, tmp_path):
    path = tmp_path / "data.npy"
    for order in (False, True):
        with open(path, "wb") as file:
            np.lib.format.write_array_header_1_0(
                file,
                {"descr": "<i4", "fortran_order": order, "shape": (1 << 20, 1 << 18)},
            )
            file.truncate(file.tell() + (1 << 40))
        with consumer.open(path) as a:
            assert a.shape == (1 << 20, 1 << 18)
            assert a[-1, -1] == a[12345, 6789] == 0


LIMITED = """
import os, resource, sys, consumer
n_pages = int(open("/proc/self/statm").read().split()[0])
limit = n_pages * os.sysconf("SC_PAGE_SIZE") + (64 << 20)
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
consumer.open(sys.argv[1], mode="r+")
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="needs /proc")
@pytest.mark.parametrize("n_missing", [0, 1])
def test_what_cannot_be_mapped_says_why(np, tmp_path, n_missing):
    # That a file was short used to hide it.
    path = tmp_path / "data.npy"
    with open(path, "wb") as file:
        header = {"descr": "|u1", "fortran_order": False, "shape": (1 << 28,)}
        np.lib.format.write_array_header_1_0(file, header)
        file.truncate(file.tell() + (1 << 28) - n_missing)
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, path], capture_output=True, check=False
    )
    assert b"Cannot allocate memory" in done.stderr
