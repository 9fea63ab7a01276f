# SPDX-License-Identifier: MIT
"""Look at numbers where they already are, without copying them.

consume(object)          views the buffer of any object that exports one
open(path)               views a file of numbers, mapped into memory
PyConsumerArray(length)  owns the int32 numbers 0 ... length-1

All three are a PyConsumerArray: a memoryview that reads every byte order and
prints its elements, as the program consumer-cli does.
"""

from consumer._consumer import (
    Histogram,
    PyConsumerArray,
    Summary,
    UnsupportedBufferError,
    __version__,
    consume,
    open,
)

__all__ = [
    "Histogram",
    "PyConsumerArray",
    "Summary",
    "UnsupportedBufferError",
    "__version__",
    "consume",
    "open",
]
