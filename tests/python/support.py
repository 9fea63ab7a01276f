# SPDX-License-Identifier: MIT
"""What several test modules use."""

import math
import os
import struct
import subprocess
from fractions import Fraction
from pathlib import Path

import pytest

NAN, INF = float("nan"), float("inf")

# What takes as long as one likes has fewer rounds in "make check".
IS_LONG = bool(os.environ.get("CONSUMER_LONG_TESTS"))

# Element types: name, NumPy code, struct code (without order), and values that
# fill its range.  float16 is 'e' in both.
_INTEGERS = [
    ("int8", "i1", "b"),
    ("uint8", "u1", "B"),
    ("int16", "i2", "h"),
    ("uint16", "u2", "H"),
    ("int32", "i4", "i"),
    ("uint32", "u4", "I"),
    ("int64", "i8", "q"),
    ("uint64", "u8", "Q"),
]
_FLOATS = [
    ("float16", "f2", "e", [0.0, -0.0, 1.5, -65504.0, 5.960464477539063e-08]),
    ("float32", "f4", "f", [0.0, -0.0, 1.5, 3.4028234663852886e38, 2.0**-149]),
    ("float64", "f8", "d", [0.0, -0.0, 0.1, 1.7976931348623157e308, 5e-324]),
]


def _limits(code):
    bits = 8 * struct.calcsize("<" + code)
    if code.islower():
        return [0, 1, -1, 2 ** (bits - 1) - 1, -(2 ** (bits - 1))]
    return [0, 1, 2, 2**bits - 1, 2 ** (bits - 1)]


TYPES = (
    [("bool", "b1", "?", [False, True, True, False])]
    + [(name, numpy, code, _limits(code)) for name, numpy, code in _INTEGERS]
    + [
        (name, numpy, code, values + [float("inf"), float("-inf"), float("nan")])
        for name, numpy, code, values in _FLOATS
    ]
)


def same(left, right):
    """Equal in type and value, nan and the sign of zero included."""
    return repr(left) == repr(right)


def same_bits(got, want):
    """Zeros of either sign are the same: NumPy sorts them at random."""
    return [struct.pack("d", x + 0.0) for x in got] == [
        struct.pack("d", float(x) + 0.0) for x in want
    ]


def outcome(function, *arguments):
    """What a call returns, or the type of the exception that it raises."""
    try:
        return function(*arguments)
    except Exception as exception:
        return type(exception)


class Index:
    """An integer whose conversion runs code first."""

    def __init__(self, value, code=lambda: None):
        self.value = value
        self.code = code

    def __index__(self):
        self.code()
        return self.value


def raises_released():
    return pytest.raises(ValueError, match="operation forbidden on released")


# --- What the numbers are, by slow and certain means ---------------------------


def nearest_root(square):
    """The float64 nearest to the root of a Fraction."""
    # 2 * 200 more bits than asked for leave the root of an exact tie exact.
    shift = 2 * (200 + max(0, square.denominator.bit_length()))
    root = math.isqrt((square.numerator << shift) // square.denominator)
    exact = Fraction(root, 1 << shift // 2)
    if exact * exact != square:
        # Something above the root: which side of a tie it is on is known.
        exact += Fraction(1, 1 << shift)
    return exact.numerator / exact.denominator


def sort_key(value):
    return (value, math.copysign(1, value))


def nearest(number):
    """The float64 nearest to a Fraction: division of ints is rounded once."""
    try:
        return number.numerator / number.denominator
    except OverflowError:
        return INF if number > 0 else -INF


# Every float64 is a whole number of 2**-1074.
_N_FRACTION_BITS = 1074


def _in_smallest_units(value):
    numerator, denominator = value.as_integer_ratio()
    return (numerator << _N_FRACTION_BITS) // denominator


def true_summary(values, is_float):
    """The attributes of a Summary, from whole numbers of Python's."""
    numbers = [value for value in values if value == value]
    infinite = [value for value in numbers if value in (INF, -INF)]
    units = [_in_smallest_units(x) for x in numbers if x not in (INF, -INF)]
    total = Fraction(sum(units), 1 << _N_FRACTION_BITS)
    result = {
        "count": len(numbers),
        "nan": len(values) - len(numbers),
        "inf": len(infinite),
        "min": min(numbers, key=sort_key, default=None),
        "max": max(numbers, key=sort_key, default=None),
        "mean": None,
        "std": None,
        "sum": nearest(total) if is_float else int(total),
    }
    if infinite:
        result.update(sum=sum(infinite), mean=sum(infinite), std=NAN)
    elif numbers:
        mean = Fraction(total, len(numbers))
        squares = Fraction(sum(x * x for x in units), 1 << 2 * _N_FRACTION_BITS)
        variance = squares / len(numbers) - mean**2
        result.update(mean=nearest(mean), std=nearest_root(variance))
    return result


# --- Many commands at once --------------------------------------------------


def run_commands(commands: list[str], directory: Path) -> None:
    """Runs shell commands, some at the same time."""
    n_shells = 2 * (os.cpu_count() or 1)
    shells = []
    for i in range(n_shells):
        script = directory / f"script{i}"
        script.write_text("\n".join(commands[i::n_shells]) + "\n")
        shells.append(subprocess.Popen(["sh", script], cwd=directory))
    for shell in shells:
        assert shell.wait() == 0
