# SPDX-License-Identifier: MIT
"""The same bytes from every kernel, on any number of threads, by every path.

All that consumer-cli prints of some numbers is compared with what the portable
kernels print of them on one thread, out of a mapped file.  CONSUMER_LONG_TESTS=1
compares every combination; without it, an even part of them has every two
choices together.
"""

import array
import itertools
import os
import random
import struct
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import consumer
from support import IS_LONG

CLI = os.environ.get("CONSUMER_CLI")
if not CLI:
    pytest.skip("CONSUMER_CLI does not name a consumer-cli", allow_module_level=True)

# Coprime to the number of choices of each kind, and less than there are inputs,
# so that none is left out.
STEP = 1 if IS_LONG else 13


# --- The choices ---------------------------------------------------------------


def kernels_of_cpu() -> list[str]:
    """Others would be the portable ones once more."""
    try:
        flags = Path("/proc/cpuinfo").read_text().split()
    except OSError:
        flags = []
    needs = {"avx2": "avx2", "avx512": "avx512_vbmi2"}
    return ["portable"] + [name for name, flag in needs.items() if flag in flags]


TEXTS = ["array", "lines", "csv", "json", "hex"]
OUTPUTS = {name: [f"--format={name}"] for name in TEXTS} | {
    "stats": ["--stats"],
    "histogram": ["--histogram=50"],
    "quantiles": ["--quantiles=0,0.1,25,50,99.9,100"],
}
KERNELS = kernels_of_cpu()
# None: as many as there are CPUs.
THREADS = [1, 2, 3, None]
FILES = ["mapped", "redirected", "pipe", "unaligned", "strided", "swapped", "npy"]
# The module prints on the thread of its caller.
VIEWS = ["consume", "consume strided", "consume swapped"]

COMBINATIONS = list(itertools.product(OUTPUTS, FILES, KERNELS, THREADS)) + list(
    itertools.product(TEXTS, VIEWS, KERNELS, [1])
)


# --- The numbers ---------------------------------------------------------------

# Name, code of NumPy's, bits of the exponent and of the mantissa.
TYPES = (
    [("bool", "|b1", 0, 0), ("char", None, 0, 0), ("int8", "|i1", 0, 0)]
    + [("uint8", "|u1", 0, 0)]
    + [(f"int{8 * n}", f"=i{n}", 0, 0) for n in (2, 4, 8)]
    + [(f"uint{8 * n}", f"=u{n}", 0, 0) for n in (2, 4, 8)]
    + [("float16", "=f2", 5, 10), ("float32", "=f4", 8, 23)]
    + [("float64", "=f8", 11, 52)]
)
# Any bits: their sum is rarely a number.  So floats come again without that.
INPUTS = [(*row, False) for row in TYPES] + [(*row, True) for row in TYPES if row[2]]

BITS = {1: "B", 2: "H", 4: "I", 8: "Q"}
# Summaries start a thread for each MiB, text for each 32,768 elements.
N_BYTES = 3 << 20
N_PRINTED = 400_000
N_EQUAL = 100_000  # more than a block


def special_bits(n_bits: int, n_exponent: int, n_mantissa: int) -> list[int]:
    """The ends of each range, and of each number of digits."""
    if not n_exponent:
        tens = [10**i for i in range(20) if 10**i < 2 ** (n_bits - 1)]
        values = [0, 2 ** (n_bits - 1)] + tens
        values += [value - 1 for value in values] + [-value for value in values]
        return [value % 2**n_bits for value in values]
    infinity = (2**n_exponent - 1) << n_mantissa
    quiet = infinity | 1 << (n_mantissa - 1)
    values = [0, 1, (1 << n_mantissa) - 1, 1 << n_mantissa, infinity - 1, infinity]
    values += [infinity | 1, infinity | 42, quiet, quiet | 42, 2 ** (n_bits - 1) - 1]
    return values + [value | 1 << (n_bits - 1) for value in values]


def ordinary_bits(choose: random.Random, kind: str, itemsize: int) -> int:
    if kind == "bool":
        return choose.randrange(2)
    if not kind.startswith("float"):
        return choose.randrange(128)
    value = struct.pack({2: "=e", 4: "=f", 8: "=d"}[itemsize], choose.gauss(50, 20))
    return int.from_bytes(value, sys.byteorder)


def make_bits(
    name: str, n_exponent: int, n_mantissa: int, is_finite: bool, n_most: int
):
    """Any bits, ordinary numbers, equal ones, and special ones."""
    choose = random.Random(name)
    itemsize = consumer.consume(b"", name).itemsize
    code, n_bits = BITS[itemsize], 8 * itemsize
    n = min(N_BYTES // itemsize, n_most)
    special = special_bits(n_bits, n_exponent, n_mantissa)
    bits = array.array(code, choose.randbytes(n // 3 * itemsize))
    if is_finite:
        # Without the highest bit of its exponent a float is below 2.
        below_2 = (1 << n_bits) - 1 - (1 << (n_bits - 2))
        special = [value & below_2 for value in special]
        bits = array.array(code, [value & below_2 for value in bits])
    ordinary = [ordinary_bits(choose, name, itemsize) for _ in range(10_007)]
    bits += array.array(code, ordinary[:1]) * N_EQUAL
    bits += array.array(code, ordinary) * ((n - len(bits)) // len(ordinary) + 1)
    for _ in range(1000):
        bits[choose.randrange(len(bits))] = choose.choice(special)
    bits[-len(special) :] = array.array(code, special)
    return bits


def npy_header(code: str, n: int) -> bytes:
    code = code.replace("=", "<" if sys.byteorder == "little" else ">")
    text = f"{{'descr': '{code}', 'fortran_order': False, 'shape': ({n},), }}"
    header = struct.pack("<H117sc", 118, text.ljust(117).encode(), b"\n")
    return b"\x93NUMPY\x01\x00" + header


# --- The paths -----------------------------------------------------------------

OTHER_ORDER = "big" if sys.byteorder == "little" else "little"

PROGRAM = """
import consumer, sys
path, code, step, name = sys.argv[1:]
with open(path, "rb") as file:
    array = consumer.consume(file.read(), code)
text = array[int(step) // 2 :: int(step)].stringify(format=name)
sys.stdout.write(text + "\\n" * (name in ("array", "json")))
"""

# Says that there are as many CPUs as the environment does.
CPUS_SOURCE = """
#define _GNU_SOURCE
#include <sched.h>
#include <stdlib.h>

int
sched_getaffinity(pid_t process, size_t n_bytes, cpu_set_t *set)
{
	(void)process;
	CPU_ZERO_S(n_bytes, set);
	for (int i = atoi(getenv("SWEEP_CPUS")); i > 0; i--)
		CPU_SET_S(i, n_bytes, set);
	return 0;
}
"""


@pytest.fixture(scope="module")
def preload(tmp_path_factory):
    folder = tmp_path_factory.mktemp("preload")
    source, library = folder / "cpus.c", folder / "cpus.so"
    source.write_text(CPUS_SOURCE)
    compiler = os.environ.get("CC", "cc").split()
    subprocess.run(
        [*compiler, "-shared", "-fPIC", "-o", library, source],
        check=True,
        env={k: v for k, v in os.environ.items() if k != "LD_PRELOAD"},
    )
    return f"{os.environ.get('LD_PRELOAD', '')} {library}"


def environment(preload: str, kernels: str, n_threads: int | None) -> dict:
    values = {**os.environ, "CONSUMER_KERNELS": kernels}
    if n_threads:
        values.update(LD_PRELOAD=preload, SWEEP_CPUS=str(n_threads))
    return values


class Input:
    """The same numbers in files of all kinds."""

    def __init__(self, row, n_most: int, folder: Path, preload: str):
        self.name, npy_code, *layout = row
        self.preload = preload
        bits = make_bits(self.name, *layout, n_most)
        self.bytes = bits.tobytes()
        strided = bits * 2
        strided[0::2], strided[1::2] = bits[::-1], bits
        swapped = bits[:]
        swapped.byteswap()
        contents = {
            "plain": self.bytes,
            "unaligned": b"\xff" + self.bytes,
            "strided": strided.tobytes(),
            "swapped": swapped.tobytes(),
        }
        if npy_code:
            contents["npy"] = npy_header(npy_code, len(bits)) + self.bytes
        self.files = {name: folder / name for name in contents}
        for name, content in contents.items():
            self.files[name].write_bytes(content)

    def has(self, path: str) -> bool:
        return path != "npy" or path in self.files

    def words(self, path: str) -> list:
        """How consumer-cli is told of it."""
        options = {
            "unaligned": ["--offset=1"],
            "strided": ["--skip=1", "--step=2"],
            "swapped": ["-e", OTHER_ORDER],
        }.get(path, [])
        if path != "npy":
            options += ["-t", self.name]
        if path in ("redirected", "pipe"):
            return options
        return [*options, self.files.get(path, self.files["plain"])]

    def view(self, path: str) -> list:
        """For PROGRAM."""
        view = path.partition(" ")[2]
        code = consumer.consume(b"", self.name).format
        if view == "swapped":
            code = {"little": "<", "big": ">"}[OTHER_ORDER] + code
        return [self.files[view or "plain"], code, "2" if view == "strided" else "1"]

    def command(self, output: str, path: str) -> list:
        if path in VIEWS:
            return [sys.executable, "-c", PROGRAM, *self.view(path), output]
        return [CLI, *OUTPUTS[output], *self.words(path)]

    def run(self, output: str, path: str, kernels: str, n_threads: int | None) -> bytes:
        with self.files["plain"].open() as file:
            stdin = {
                "redirected": {"stdin": file},
                "pipe": {"input": self.bytes},
            }.get(path, {"stdin": subprocess.DEVNULL})
            result = subprocess.run(
                self.command(output, path),
                **stdin,
                capture_output=True,
                env=environment(self.preload, kernels, n_threads),
            )
        assert (result.returncode, result.stderr) == (0, b"")
        return result.stdout


# --- The tests -----------------------------------------------------------------


def first_difference(got: bytes, want: bytes) -> str:
    """A text of megabytes is not for pytest to show."""
    pairs = zip(got.splitlines(), want.splitlines())
    for i, (line, wanted) in enumerate(pairs):
        if line != wanted:
            at = len(os.path.commonprefix([line, wanted]))
            show = slice(max(at - 40, 0), at + 40)
            return f"line {i}: {line[show]!r} is not {wanted[show]!r}"
    return f"{len(got)} bytes are not {len(want)}"


@pytest.mark.parametrize("number", range(len(INPUTS)))
@pytest.mark.parametrize(
    "outputs, n_most",
    [(TEXTS, N_PRINTED), ([x for x in OUTPUTS if x not in TEXTS], N_BYTES)],
    ids=["text", "summaries"],
)
def test_same_bytes(outputs, n_most, number, tmp_path, preload, capsys):
    numbers = Input(INPUTS[number], n_most, tmp_path, preload)
    chosen = [c for c in COMBINATIONS[number % STEP :: STEP] if numbers.has(c[1])]
    n = 0

    def difference(combination) -> str:
        got = numbers.run(*combination)
        return "" if got == want else first_difference(got, want)

    with ThreadPoolExecutor(os.cpu_count()) as executor:
        for output in outputs:
            first = (output, "mapped", "portable", 1)
            others = [c for c in chosen if c[0] == output and c != first]
            want = numbers.run(*first)
            for other, found in zip(others, executor.map(difference, others)):
                assert not found, (numbers.name, *other, found)
            n += len(others)
    with capsys.disabled():
        print(f"{numbers.name}: {n} combinations, the same bytes")


@pytest.mark.parametrize("n_threads", [1, 2, 3])
def test_there_are_so_many_threads(n_threads, tmp_path, preload):
    """While nobody reads what it prints, they wait."""
    file = tmp_path / "data"
    file.write_bytes(bytes(N_BYTES))
    process = subprocess.Popen(
        [CLI, file],
        stdout=subprocess.PIPE,
        env=environment(preload, "portable", n_threads),
    )
    process.stdout.read(1)
    tasks = Path(f"/proc/{process.pid}/task")
    deadline = time.monotonic() + 20
    while len(os.listdir(tasks)) < n_threads and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(os.listdir(tasks)) == n_threads
    process.communicate()
