# SPDX-License-Identifier: MIT
"""consumer-cli against od, NumPy and Python's own slices, on random files.

Commands are collected first and then run by a few shells, because starting
thousands of processes from Python would take longer than they do.
"""

import math
import os
import random
import shlex
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from support import IS_LONG, run_commands

np = pytest.importorskip("numpy")

CLI = os.environ.get("CONSUMER_CLI")
OD = shutil.which("od")

if not CLI:
    pytest.skip("CONSUMER_CLI does not name a consumer-cli", allow_module_level=True)

N_FILES = 1000 if IS_LONG else 330
N_SELECTIONS = 400 if IS_LONG else 130

# Names, NumPy's code, and od's, which knows no float16.
TYPES = [
    ("int8", "i1", "d1"),
    ("uint8", "u1", "u1"),
    ("int16", "i2", "d2"),
    ("uint16", "u2", "u2"),
    ("int32", "i4", "d4"),
    ("uint32", "u4", "u4"),
    ("int64", "i8", "d8"),
    ("uint64", "u8", "u8"),
    ("float16", "f2", None),
    ("float32", "f4", "f4"),
    ("float64", "f8", "f8"),
]
ORDERS = {"little": "<", "big": ">"}


def od_takes_endian() -> bool:
    if not OD:
        return False
    result = subprocess.run(
        [OD, "-An", "-v", "-w2", "-tu2", "--endian=big"],
        input=b"\1\2",
        capture_output=True,
    )
    return result.returncode == 0 and result.stdout.split() == [b"258"]


def random_bytes(generator: random.Random, code: str, n_elements: int) -> bytes:
    """Any bits, or values that people have, or those where things go wrong."""
    itemsize = int(code[1])
    kind = generator.randrange(3)
    if kind == 0:
        return generator.randbytes(n_elements * itemsize)
    if code[0] == "f":
        letter = {2: "<e", 4: "<f", 8: "<d"}[itemsize]
        specials = [0.0, -0.0, math.inf, -math.inf, math.nan, 1.0, 0.1, 1e4, 6e-8]
        values = [
            generator.choice(specials)
            if kind == 1
            else round(generator.gauss(0, 1000), generator.randrange(5))
            for _ in range(n_elements)
        ]
        return b"".join(struct.pack(letter, value) for value in values)
    lowest = -(1 << 8 * itemsize - 1) if code[0] == "i" else 0
    highest = lowest + (1 << 8 * itemsize) - 1
    values = [
        generator.choice([lowest, lowest + 1, 0, 1, 9, 10, 99, 100, highest])
        if kind == 1
        else max(lowest, min(highest, generator.randrange(-1000, 1000)))
        for _ in range(n_elements)
    ]
    return b"".join(
        value.to_bytes(itemsize, "little", signed=lowest < 0) for value in values
    )


def n_digits(text: str) -> int:
    """How many digits of a float's text are significant."""
    digits = text.lower().split("e")[0].replace(".", "").replace("-", "")
    return len(digits.strip("0"))


def check_floats(lines: list[str], values: "np.ndarray") -> None:
    """Every text has the value of its bits, and no digit more than it needs."""
    assert len(lines) == len(values)
    unsigned = f"u{values.itemsize}"
    native = values.astype(values.dtype.newbyteorder("="))
    read_back = np.array([float(line) for line in lines]).astype(native.dtype)
    is_nan = np.isnan(native)
    assert (np.isnan(read_back) == is_nan).all()
    assert (
        read_back.view(unsigned)[~is_nan] == native.view(unsigned)[~is_nan]
    ).all()
    for line, value in zip(lines, native):
        if values.itemsize == 8:
            assert line == repr(float(value))
        elif np.isfinite(value):
            shortest = np.format_float_scientific(value, unique=True, trim="-")
            assert n_digits(line) <= n_digits(shortest), (line, shortest)


def check_od_floats(texts: list[str], values: "np.ndarray") -> None:
    native = values.astype(values.dtype.newbyteorder("="))
    of_od = np.array([float(text) for text in texts]).astype(native.dtype)
    np.testing.assert_array_equal(of_od, native)


def test_random_files_print_as_od_and_numpy_say(tmp_path: Path) -> None:
    if not od_takes_endian():
        pytest.skip("od is missing or does not know --endian (coreutils 8.23)")
    generator = random.Random(1)
    cli = shlex.quote(CLI)
    commands, cases = [], []
    for i in range(N_FILES):
        name, code, od_code = TYPES[i % len(TYPES)]
        order = list(ORDERS)[i // len(TYPES) % 2]
        n_elements = generator.choice([0, 1, generator.randrange(300)])
        (tmp_path / f"{i}.bin").write_bytes(
            random_bytes(generator, code, n_elements)
        )
        # Both ways to say it.
        if i % 3:
            options = f"-t {name} -e {order}"
        else:
            options = f"-t '{ORDERS[order]}{code}'"
        commands.append(f"{cli} -f lines {options} {i}.bin > {i}.file")
        commands.append(f"cat {i}.bin | {cli} -f lines {options} > {i}.pipe")
        commands.append(f"{cli} {options} {i}.bin > {i}.array")
        if od_code:
            commands.append(
                f"od -An -v -w{code[1]} -t{od_code} --endian={order} {i}.bin > {i}.od"
            )
        cases.append((i, ORDERS[order] + code, od_code))
    run_commands(commands, tmp_path)

    for i, dtype, od_code in cases:
        values = np.fromfile(tmp_path / f"{i}.bin", dtype)
        text = (tmp_path / f"{i}.file").read_text()
        assert text == (tmp_path / f"{i}.pipe").read_text()
        assert text == "" or text.endswith("\n")
        lines = text.split("\n")[:-1]
        joined = " ".join(["[", *lines, "]"])
        assert (tmp_path / f"{i}.array").read_text() == joined + "\n"
        od_texts = (tmp_path / f"{i}.od").read_text().split() if od_code else None
        if dtype[1] == "f":
            check_floats(lines, values)
            if od_texts is not None:
                check_od_floats(od_texts, values)
        else:
            assert lines == od_texts
            assert lines == [str(value) for value in values.tolist()]


def select(values: list, options: dict) -> tuple[list, bool]:
    """What the options leave, and whether --max left something out."""
    if "tail" in options:
        values = values[max(len(values) - options["tail"], 0) :]
    values = values[options.get("skip", 0) :: options.get("step", 1)]
    limit = options.get("max", len(values))
    return values[:limit], limit < len(values)


def random_options(generator: random.Random, n_elements: int) -> dict:
    def count() -> int:
        if generator.randrange(8) == 0:
            return generator.choice([2**31, 2**32, 2**63 - 1, 2**63, 2**64 - 2])
        return generator.randrange(n_elements + 2)

    options = {}
    if generator.randrange(2):
        options[generator.choice(["skip", "tail"])] = count()
    if generator.randrange(2):
        options["step"] = count() + 1
    if generator.randrange(2):
        options["max"] = count()
    if generator.randrange(3) == 0:
        options["offset"] = generator.randrange(10)
    return options


def test_random_selections_are_slices(tmp_path: Path) -> None:
    generator = random.Random(2)
    cli = shlex.quote(CLI)
    commands, cases = [], []
    for i in range(N_SELECTIONS):
        data = generator.randbytes(generator.randrange(200))
        options = random_options(generator, len(data) // 2)
        (tmp_path / f"{i}.bin").write_bytes(data)
        words = " ".join(f"--{name}={value}" for name, value in options.items())
        for way, command in {
            "file": f"{cli} -t '<i2' {words} {i}.bin",
            "stdin": f"{cli} -t '<i2' {words} < {i}.bin",
            "pipe": f"cat {i}.bin | {cli} -t '<i2' {words}",
        }.items():
            commands.append(f"{command} > {i}.{way} 2> {i}.{way}.err")
            commands[-1] += f"; echo $? > {i}.{way}.status"
            cases.append((i, way, data, options))
    run_commands(commands, tmp_path)

    for i, way, data, options in cases:
        text = (tmp_path / f"{i}.{way}").read_text()
        errors = (tmp_path / f"{i}.{way}.err").read_text()
        status = int((tmp_path / f"{i}.{way}.status").read_text())
        what = f"{i} {way} {len(data)} bytes {options}: {text!r} {errors!r}"

        offset = options.get("offset", 0)
        n_elements, n_left_over = divmod(len(data) - offset, 2)
        if offset > len(data) or options.get("skip", 0) > n_elements:
            assert status == 1, what
            assert text == "", what
            assert "is past the end" in errors, what
            continue
        values = struct.unpack_from(f"<{n_elements}h", data, offset)
        chosen, is_cut = select(list(values), options)
        words = ["[", *map(str, chosen), *(["..."] if is_cut else []), "]"]
        assert text == " ".join(words) + "\n", what
        if n_left_over and not is_cut:
            assert status == 1, what
            assert "1 trailing byte ignored" in errors, what
        else:
            assert (status, errors) == (0, ""), what
