/* SPDX-License-Identifier: MIT */
/* Elements as Python objects. */
#include "pyconsumer.h"

#include <limits.h>
#include <string.h>

static bool
has_prefix(const char *format)
{
	return *format && strchr("@=<>!", *format);
}

/* Whether 'format' is a complex number: "Zd", "<Zf", "F" ... */
static bool
is_complex(const char *format)
{
	if (has_prefix(format))
		format++;
	if (*format == 'Z')
		return true;
	return *format && !format[1] && strchr("FDG", *format);
}

/* 'code' is that of the parts, in the byte order of the whole. */
static void
refuse_complex(const char *format, char code)
{
	const char prefix[] = { has_prefix(format) ? *format : '\0', '\0' };

	PyErr_Format(
		PyExc_NotImplementedError,
		"format '%.200s': complex elements cannot be read; view them "
		"as pairs of floats, with format '%s%c'",
		format, prefix, code);
}

static void
refuse_format(const char *format, size_t itemsize)
{
	if (is_complex(format) && itemsize == 8)
		refuse_complex(format, 'f');
	else if (is_complex(format) && itemsize == 16)
		refuse_complex(format, 'd');
	else
		PyErr_Format(PyExc_NotImplementedError,
			     "format '%.200s': elements cannot be read",
			     format);
}

bool
pyvalue_check_readable(PyConsumerArray *self)
{
	if (self->array.element.type != CONSUMER_OPAQUE)
		return true;
	refuse_format(pyarray_format(self), self->array.element.itemsize);
	return false;
}

/* --- One element -------------------------------------------------------- */

static PyObject *
from_byte(unsigned char byte)
{
	return PyBytes_FromStringAndSize((const char *)&byte, 1);
}

/* An int64 as an int: a long has the faster way, where it is long enough. */
#if LONG_MAX >= INT64_MAX
#define FROM_INT64 PyLong_FromLong
#else
#define FROM_INT64 PyLong_FromLongLong
#endif

/* Any element, in any byte order. */
static PyObject *
load_any(ConsumerElement element, const void *address)
{
	const ConsumerValue value = consumer_element_load(element, address);

	switch (consumer_type_kind(element.type)) {
	case CONSUMER_KIND_BOOL:
		return PyBool_FromLong(value.boolean);
	case CONSUMER_KIND_CHAR:
		return from_byte((unsigned char)value.unsigned_integer);
	case CONSUMER_KIND_SIGNED:
		return FROM_INT64(value.signed_integer);
	case CONSUMER_KIND_UNSIGNED:
		return PyLong_FromUnsignedLongLong(value.unsigned_integer);
	case CONSUMER_KIND_FLOAT:
		return PyFloat_FromDouble(value.floating);
	case CONSUMER_KIND_NONE:
		break;
	}
	PyErr_SetString(PyExc_SystemError, "an opaque element was read");
	return NULL;
}

/*
 * X(type, C type, to Python): what a native element becomes without a look at
 * the tables of types.  Types that are not here take load_any().
 */
#define NATIVE_TYPES(X)                                  \
	X(INT8, int8_t, PyLong_FromLong)                 \
	X(UINT8, uint8_t, PyLong_FromLong)               \
	X(INT16, int16_t, PyLong_FromLong)               \
	X(UINT16, uint16_t, PyLong_FromLong)             \
	X(INT32, int32_t, PyLong_FromLong)               \
	X(UINT32, uint32_t, PyLong_FromUnsignedLong)     \
	X(INT64, int64_t, FROM_INT64)                    \
	X(UINT64, uint64_t, PyLong_FromUnsignedLongLong) \
	X(FLOAT32, float, PyFloat_FromDouble)            \
	X(FLOAT64, double, PyFloat_FromDouble)

#define DEFINE_LOAD(type, c_type, to_python)                       \
	static PyObject *load_##type(ConsumerElement Py_UNUSED(e), \
				     const void *address)          \
	{                                                          \
		c_type value;                                      \
                                                                   \
		memcpy(&value, address, sizeof(value));            \
		return to_python(value);                           \
	}
NATIVE_TYPES(DEFINE_LOAD)

typedef PyObject *(*Load)(ConsumerElement element, const void *address);

#define ROW(type, c_type, to_python) [CONSUMER_##type] = load_##type,
static const Load native_loads[CONSUMER_N_TYPES] = { NATIVE_TYPES(ROW) };

static Load
choose_load(ConsumerElement element)
{
	const bool is_native = element.byte_order == CONSUMER_NATIVE_ENDIAN ||
			       element.itemsize == 1;
	const Load load = is_native ? native_loads[element.type] : NULL;

	return load ? load : load_any;
}

PyObject *
pyvalue_load(ConsumerElement element, const void *address)
{
	return choose_load(element)(element, address);
}

/* --- All of them -------------------------------------------------------- */

static PyObject *
list_row(const ConsumerArray *array, const char *address)
{
	const ConsumerElement element = array->element;
	const int axis = array->ndim - 1;
	const ptrdiff_t length = consumer_array_shape(array)[axis];
	const ptrdiff_t stride = consumer_array_strides(array)[axis];
	const Load load = choose_load(element);
	PyObject *list = PyList_New(length);

	for (ptrdiff_t i = 0; list && i < length; i++) {
		PyObject *item = load(element, address + i * stride);

		if (!item)
			Py_CLEAR(list);
		else
			PYLIST_SET(list, i, item);
	}
	return list;
}

/* The elements behind 'address', from dimension 'axis' on. */
static PyObject *
list_from(const ConsumerArray *array, const char *address, int axis)
{
	const ptrdiff_t length = consumer_array_shape(array)[axis];
	/* Addresses of elements that do not exist must not be computed. */
	const ptrdiff_t stride =
		array->n_elements > 0 ? consumer_array_strides(array)[axis] : 0;
	PyObject *list;

	if (axis == array->ndim - 1)
		return list_row(array, address);
	list = PyList_New(length);
	for (ptrdiff_t i = 0; list && i < length; i++) {
		PyObject *item =
			list_from(array, address + i * stride, axis + 1);

		if (!item)
			Py_CLEAR(list);
		else
			PYLIST_SET(list, i, item);
	}
	return list;
}

PyObject *
pyvalue_list(const ConsumerArray *array)
{
	if (array->ndim == 0)
		return pyvalue_load(array->element, array->data);
	return list_from(array, array->data, 0);
}
