# SPDX-License-Identifier: MIT
"""Exporters that say anything: a type whose bf_getbuffer is written in Python.

Liar(memory, **fields) exports the buffer of 'memory', a bytearray, as one
dimension of bytes, except for the given fields of its Py_buffer.
"""

import ctypes

_Lengths = ctypes.POINTER(ctypes.c_ssize_t)


class PyBuffer(ctypes.Structure):
    _fields_ = [
        ("buf", ctypes.c_void_p),
        ("obj", ctypes.c_void_p),
        ("len", ctypes.c_ssize_t),
        ("itemsize", ctypes.c_ssize_t),
        ("readonly", ctypes.c_int),
        ("ndim", ctypes.c_int),
        ("format", ctypes.c_char_p),
        ("shape", _Lengths),
        ("strides", _Lengths),
        ("suboffsets", _Lengths),
        ("internal", ctypes.c_void_p),
    ]


class _Slot(ctypes.Structure):
    _fields_ = [("slot", ctypes.c_int), ("function", ctypes.c_void_p)]


class _Spec(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p),
        ("basicsize", ctypes.c_int),
        ("itemsize", ctypes.c_int),
        ("flags", ctypes.c_uint),
        ("slots", ctypes.POINTER(_Slot)),
    ]


_BF_GETBUFFER = 1
_BF_RELEASEBUFFER = 2
_TPFLAGS = 1 << 10 | 1 << 18  # a base type, with a version tag

_GetBuffer = ctypes.PYFUNCTYPE(
    ctypes.c_int, ctypes.py_object, ctypes.POINTER(PyBuffer), ctypes.c_int
)
_ReleaseBuffer = ctypes.PYFUNCTYPE(None, ctypes.py_object, ctypes.POINTER(PyBuffer))


@_GetBuffer
def _get_buffer(self, buffer, flags):
    for name, value in self.fields.items():
        setattr(buffer.contents, name, value)
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(self))
    buffer.contents.obj = id(self)
    self.n_exports += 1
    return 0


@_ReleaseBuffer
def _release_buffer(self, buffer):
    # The garbage collector may have emptied the object already.
    self.n_exports = getattr(self, "n_exports", 1) - 1


_slots = (_Slot * 3)(
    (_BF_GETBUFFER, ctypes.cast(_get_buffer, ctypes.c_void_p)),
    (_BF_RELEASEBUFFER, ctypes.cast(_release_buffer, ctypes.c_void_p)),
    (0, None),
)
_spec = _Spec(b"liar.Base", 0, 0, _TPFLAGS, _slots)
_from_spec = ctypes.pythonapi.PyType_FromSpec
_from_spec.restype = ctypes.py_object
_from_spec.argtypes = [ctypes.POINTER(_Spec)]


class Liar(_from_spec(ctypes.byref(_spec))):
    def __init__(self, memory, **fields):
        size = len(memory)
        self.memory = (ctypes.c_char * size).from_buffer(memory)
        self.n_exports = 0
        for name in ("shape", "strides", "suboffsets"):
            lengths = fields.get(name)
            if lengths is not None:
                # The array must live as long as the exporter.
                fields[name] = (ctypes.c_ssize_t * len(lengths))(*lengths)
        self.fields = {
            "buf": ctypes.addressof(self.memory),
            "len": size,
            "itemsize": 1,
            "readonly": 0,
            "ndim": 1,
            "format": b"B",
            "shape": (ctypes.c_ssize_t * 1)(size),
            "strides": (ctypes.c_ssize_t * 1)(1),
            "suboffsets": None,
        }
        self.fields.update(fields)
