# SPDX-License-Identifier: MIT
"""Look at numbers where they already are, without copying them.

consume(object)          views the buffer of any object that exports one
open(path)               views a file of numbers, mapped into memory
PyConsumerArray(length)  owns the int32 numbers 0 ... length-1

All three are a PyConsumerArray: a memoryview that reads every byte order and
prints its elements, as the program consumer-cli does.

A mapped file may become shorter while it is looked at, and then the system sends
SIGBUS, which would end the interpreter.  Arrays of open(), and those that consume
an mmap.mmap, also through memoryview and NumPy, raise BufferError instead, and
name the byte.  For that the first look at such an array installs a handler of
SIGBUS, which passes on what is not its own; set CONSUMER_NO_SIGBUS_HANDLER in the
environment, to anything but nothing, and it is not installed: memory is then
copied by process_vm_readv(2) before it is looked at, at about half the speed.

What that cannot cover:

- Others that read the memory through memoryview(array) or numpy.asarray(array).
- Zeros at the end of the last page of a file, which raise no signal.  Arrays of
  open() ask the file for its size, also the views and consumers of them; of
  somebody else's mmap.mmap the file is not known.
- A file that becomes shorter and as long again within one look: zeros.
- Threads that block SIGBUS, and a handler that somebody installs, or an older one
  that is put back in the place of ours, in the milliseconds between our look for it
  and the fault; without our handler, what is written.
"""

# This is collections.abc, without the rest of collections, which takes longer to
# import than all of consumer.
from _collections_abc import Sequence

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

Sequence.register(PyConsumerArray)
del Sequence
