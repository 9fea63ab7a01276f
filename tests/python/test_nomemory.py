# SPDX-License-Identifier: MIT
"""Every allocation of every operation fails, once and from then on."""

import _imp
import array
import copy
import ctypes
import gc
import io
import os
import pickle
import platform
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import consumer

_testcapi = pytest.importorskip("_testcapi")
if not hasattr(_testcapi, "set_nomemory"):
    pytest.skip("no set_nomemory()", allow_module_level=True)

EXPORTER = array.array("i", range(24))
MATRIX = memoryview(EXPORTER).cast("B").cast("i", [2, 3, 4])
DOUBLES = array.array("d", [0.5, -1.5, 2.25, 1e300, -0.0])
LONGS = array.array("Q", [2**64 - 1] * 4)
OPAQUE = (ctypes.c_wchar * 3)("a", "b", "c")
LONG = memoryview(bytearray(9999))[::3000]
A = consumer.consume(EXPORTER)
O = consumer.consume(OPAQUE)
B = consumer.consume(MATRIX)
D = consumer.consume(DOUBLES)
S = B.summary()
P = pickle.dumps(A)
BYTES = EXPORTER.tobytes()


def make_files(directory):
    (directory / "raw").write_bytes(BYTES)
    with open(directory / "npy", "wb") as file:
        B.tofile(file, "npy")
    # os.PathLike is asked by CPython, which mistakes no memory for no path.
    return {name: str(directory / name) for name in ("raw", "npy")}


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    return make_files(tmp_path_factory.mktemp("nomemory"))


def writing(array, *arguments):
    file = io.BytesIO()
    array.tofile(file, *arguments)
    return file.getvalue()


def importing():
    """A module of its own, made anew."""
    spec = consumer._consumer.__spec__
    module = _imp.create_dynamic(spec)
    try:
        _imp.exec_dynamic(module)
    except SystemError as error:
        # CPython 3.11 may fail to make a type, for lack of memory, silently.
        raise MemoryError from error
    return module.consume(EXPORTER).sum()


def refusal(function, *arguments):
    """What an error says."""
    try:
        return function(*arguments)
    except (ValueError, BufferError) as error:
        # CPython 3.11 has exceptions without a message where there is no memory.
        if not error.args:
            raise MemoryError from error
        return str(error)


def assigning(value):
    target = consumer.consume(bytearray(96), "i", shape=(4, 6))
    target[1:3] = value
    return target.tobytes()


# Each returns what can be compared with ==.
OPERATIONS = {
    "consume": lambda p: consumer.consume(EXPORTER).tobytes(),
    "consume N-d": lambda p: consumer.consume(MATRIX).shape,
    "consume as": lambda p: consumer.consume(EXPORTER, ">i2", offset=2, count=8)[1],
    "own": lambda p: consumer.PyConsumerArray(5).tolist(),
    "open": lambda p: consumer.open(p["raw"]).tolist(),
    "open npy": lambda p: consumer.open(p["npy"]).shape,
    "open as": lambda p: consumer.open(p["raw"], ">d", shape=(2, 6))[1][5],
    "open unmapped": lambda p: len(consumer.open("/proc/version", "B")) > 0,
    "element": lambda p: (A[3], B[1, 2, 3], D[1]),
    "slice": lambda p: A[1:][::-2].tolist(),
    "slice N-d": lambda p: B[1, ::-1, 1:].tolist(),
    "row": lambda p: B[1][2].tolist(),
    "assign": lambda p: assigning(consumer.consume(BYTES[:48], "i", shape=(2, 6))),
    "cast": lambda p: A.cast("B").cast("h", [6, 8]).shape,
    "toreadonly": lambda p: A.toreadonly().readonly,
    "long attributes": lambda p: (consumer.consume(bytes(9999)).shape, LONG.strides),
    "refuse": lambda p: refusal(consumer.consume, EXPORTER, "x" * 99),
    "refuse strided": lambda p: refusal(consumer.consume, LONG, "B"),
    "attributes": lambda p: (B.shape, B.strides, B.format, B.nbytes, B.suboffsets),
    "tolist": lambda p: (A.tolist(), B.tolist(), D.tolist()),
    "tobytes": lambda p: (A.tobytes(), B[:, ::2].tobytes("F")),
    "hex": lambda p: A.hex(":"),
    "iterate": lambda p: list(A),
    "reversed": lambda p: list(reversed(A)),
    "str": lambda p: (str(A), repr(B)),
    "stringify": lambda p: B.stringify(3, "lines") + A.stringify(format="json"),
    "equal": lambda p: (A == A[:], A == EXPORTER, A == B, D != 1),
    "equal opaque": lambda p: (O == O[:], O == OPAQUE, [1] == O),
    "opaque": lambda p: (repr(O), O.tobytes(), copy.deepcopy(O).tobytes()),
    "hash": lambda p: hash(consumer.consume(BYTES)),
    "index": lambda p: (A.index(7), A.count(8), 9 in A),
    "sum": lambda p: (A.sum(), B.sum(), D.sum()),
    "sum of 128 bits": lambda p: consumer.consume(LONGS).sum(),
    "range": lambda p: (A.min(), A.max(), D.min(), D.max()),
    "mean": lambda p: (A.mean(), A.std(), D.mean(), D.std()),
    "summary": lambda p: repr(S + S) + repr(A.summary()),
    "quantiles": lambda p: A.quantiles([1, 50, 99]) + D.quantiles([0, 100]),
    "quantile": lambda p: A.quantiles(50),
    "histogram": lambda p: repr(D.histogram(3)),
    "histogram of many": lambda p: consumer.consume(bytes(9999)).histogram(2)[1],
    "pickle summary": lambda p: pickle.loads(pickle.dumps(S)) == S,
    "pickle": lambda p: pickle.loads(pickle.dumps([A, B[:, ::2]]))[1].tolist(),
    "pickle 5": lambda p: len(pickle.dumps(A, 5, buffer_callback=id)),
    "unpickle": lambda p: pickle.loads(P).tolist(),
    "copy": lambda p: (copy.copy(B).shape, copy.deepcopy(B[:, 1:]).tolist()),
    "tofile": lambda p: writing(A) + writing(B[:, ::2]),
    "tofile npy": lambda p: writing(B, "npy"),
    "export": lambda p: (memoryview(B).tobytes(), bytes(A), memoryview(D[1:])[0]),
    "release": lambda p: consumer.consume(EXPORTER)[1:].release(),
    "close": lambda p: consumer.consume(EXPORTER)[1:].close(),
    "import": lambda p: importing(),
    "with": lambda p: consumer.consume(EXPORTER).__enter__().released,
}

# Types and extension modules that could not be made leave something behind, and
# so do calls with keywords and memoryview's comparisons of unknown formats.
LEAKS_OF_CPYTHON = {"import", "pickle summary", "equal opaque"}
CALL_DUMPS = {"pickle", "pickle 5"}

MOST_ALLOCATIONS = 2000
MOST_ROUNDS = 100

# CPython's pickle calls it that if it cannot import a module for lack of memory.
FAILURES = MemoryError, pickle.PicklingError


def attempt(operation, paths, first, last):
    """What it returns, or MemoryError, if allocations first ... last - 1 fail."""
    _testcapi.set_nomemory(first, last)
    try:
        result = operation(paths)
    except FAILURES:
        result = MemoryError
    finally:
        _testcapi.remove_mem_hooks()
    return result


def sweep(operation, paths, lasting, wanted):
    """Each allocation fails; returns how many there are."""
    for n in range(1, MOST_ALLOCATIONS):
        result = attempt(operation, paths, n, 0 if lasting else n + 1)
        if result is MemoryError:
            continue
        assert result == wanted
        # One that fails may not matter; the end is where none can.
        if attempt(operation, paths, n + 1, 0) == wanted:
            return n
    pytest.fail("there is no end of allocations")


def grow(operation, paths, lasting, wanted):
    """How many more blocks of memory there are after a sweep."""
    n_blocks = sys.getallocatedblocks()
    sweep(operation, paths, lasting, wanted)
    gc.collect()
    return sys.getallocatedblocks() - n_blocks - 1  # which is 'n_blocks' itself


def grows_each_time(operation, paths, lasting, wanted, n_allowed=0):
    """CPython's caches grow for up to some 20 rounds, a leak in each round."""
    return all(
        grow(operation, paths, lasting, wanted) > n_allowed for _ in range(MOST_ROUNDS)
    )


@pytest.fixture(scope="module")
def n_lost_by_dumps(paths):
    """Blocks that pickle.dumps() leaves, whatever it is of: 3 in CPython 3.12."""

    def dump(paths):
        return pickle.dumps(7)

    gc.collect()
    return max(0, min(grow(dump, paths, False, dump(paths)) for _ in range(10)))


def count_descriptors():
    return len(os.listdir("/proc/self/fd"))


@pytest.fixture(scope="module")
def points(pytestconfig):
    counts = {}
    yield counts
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        n_operations = len({name for name, lasting in counts})
        print(f"\n{sum(counts.values())} allocations of {n_operations} operations")


@pytest.mark.parametrize("lasting", [False, True], ids=["once", "lasting"])
@pytest.mark.parametrize("name", OPERATIONS)
def test_memory_error_or_right_and_nothing_leaks(
    name, lasting, paths, points, n_lost_by_dumps
):
    operation = OPERATIONS[name]
    wanted = operation(paths)
    exports = A.exports, B.exports, D.exports
    n_descriptors = count_descriptors()
    points[name, lasting] = sweep(operation, paths, lasting, wanted)
    gc.collect()
    gc.freeze()  # so that the next ones are quick
    if name not in LEAKS_OF_CPYTHON:
        n_allowed = n_lost_by_dumps if name in CALL_DUMPS else 0
        assert not grows_each_time(operation, paths, lasting, wanted, n_allowed)
    assert operation(paths) == wanted
    assert (A.exports, B.exports, D.exports) == exports
    assert count_descriptors() == n_descriptors
    assert EXPORTER.tobytes() == BYTES


# --- The library's own -----------------------------------------------------

# CPython knows nothing of them, so that malloc() itself has to fail: for the
# extension, and for nobody else.
MALLOC = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <string.h>

void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
static long n_left, n_failed, fails_for_ever;

void
begin(long n, long for_ever)
{
    n_left = n;
    n_failed = 0;
    fails_for_ever = for_ever;
}

long
end(void)
{
    n_left = 0;
    return n_failed;
}

static int
fails(void *caller)
{
    Dl_info info;

    if (n_left == 0 || !dladdr(caller, &info) ||
        !strstr(info.dli_fname, "_consumer"))
        return 0;
    if (n_left > 1)
        return --n_left, 0;
    n_left = fails_for_ever;
    return ++n_failed;
}

#define CALLER __builtin_return_address(0)

void *
malloc(size_t n)
{
    return fails(CALLER) ? NULL : __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
    return fails(CALLER) ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *memory, size_t n)
{
    return fails(CALLER) ? NULL : __libc_realloc(memory, n);
}
"""


def attempt_malloc(library, name, paths, n, lasting):
    """Whether the n-th call failed; then it was told, or did not matter."""
    operation = OPERATIONS[name]
    wanted = operation(paths)
    library.begin(n, lasting)
    try:
        result = operation(paths)
    except MemoryError:
        result = wanted
    finally:
        n_failed = library.end()
    assert result == wanted, f"{name}: call {n}"
    return n_failed > 0


def fail_malloc(directory):
    """What the interpreter below does, for which malloc() is replaced."""
    paths = make_files(Path(directory))
    library = ctypes.CDLL(None)
    n_points = 0
    for name in OPERATIONS:
        exports = A.exports, B.exports, D.exports
        n_descriptors = count_descriptors()
        for lasting in False, True:
            n = 1
            while attempt_malloc(library, name, paths, n, lasting):
                n += 1
            n_points += n - 1
        gc.collect()
        assert (A.exports, B.exports, D.exports) == exports, name
        assert count_descriptors() == n_descriptors, name
    assert EXPORTER.tobytes() == BYTES
    print(n_points)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="needs glibc")
@pytest.mark.skipif("PYTHON_PRELOAD" in os.environ, reason="sanitizers have their own")
def test_malloc_fails(tmp_path):
    compiler = shlex.split(os.environ.get("CC", "cc"))
    if not shutil.which(compiler[0]):
        pytest.skip("there is no C compiler")
    (tmp_path / "malloc.c").write_text(MALLOC)
    library = tmp_path / "malloc.so"
    command = [*compiler, "-shared", "-fPIC", "-o", library, tmp_path / "malloc.c"]
    subprocess.run([*command, "-ldl"], check=True)
    done = subprocess.run(
        [sys.executable, __file__, tmp_path],
        env=os.environ | {"LD_PRELOAD": str(library)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert done.returncode == 0
    assert int(done.stdout) > 100


if __name__ == "__main__":
    fail_malloc(sys.argv[1])
