# SPDX-License-Identifier: MIT
"""What several test modules use."""

import struct

import pytest

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
