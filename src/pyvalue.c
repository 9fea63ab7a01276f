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
	return *format && !format[1] && strchr("FD", *format);
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
	if (self->load)
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

PyObject *
pyvalue_object(ConsumerType type, ConsumerValue value)
{
	switch (consumer_type_kind(type)) {
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

/* Any element, in any byte order. */
static PyObject *
load_any(ConsumerElement element, const void *address)
{
	return pyvalue_object(element.type,
			      consumer_element_load(element, address));
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

PyLoad
pyvalue_choose_load(ConsumerElement element)
{
	const bool is_native = element.byte_order == CONSUMER_NATIVE_ENDIAN ||
			       element.itemsize == 1;

	if (element.type == CONSUMER_OPAQUE)
		return NULL;
#define CASE(type, c_type, to_python) \
	case CONSUMER_##type:         \
		return load_##type;
	switch (is_native ? element.type : CONSUMER_OPAQUE) {
		NATIVE_TYPES(CASE)
	default:
		return load_any;
	}
}

/* --- All of them -------------------------------------------------------- */

/* An array whose elements go into lists. */
struct listing {
	const ConsumerArray *array;
	PyLoad load;
	PyObject *const *small_ints; /* NULL: they are gone already */
};

/* X(type, C type, what an exact int becomes first, its function) */
#define NATIVE_INTEGERS(X)                                        \
	X(INT8, int8_t, long, PyLong_AsLong)                      \
	X(UINT8, uint8_t, long, PyLong_AsLong)                    \
	X(INT16, int16_t, long, PyLong_AsLong)                    \
	X(UINT16, uint16_t, long, PyLong_AsLong)                  \
	X(INT32, int32_t, long, PyLong_AsLong)                    \
	X(UINT32, uint32_t, unsigned long, PyLong_AsUnsignedLong) \
	X(INT64, int64_t, long long, PyLong_AsLongLong)           \
	X(UINT64, uint64_t, unsigned long long, PyLong_AsUnsignedLongLong)

#define NATIVE_FLOATS(X) X(FLOAT32, float) X(FLOAT64, double)

/* What a small int is: no call is as quick.  NULL: it is none. */
typedef PyObject *(*PySmall)(PyObject *const *small_ints, const void *address);

#define DEFINE_SMALL(type, c_type, wide_type, from_python)                \
	static inline PyObject *small_##type(PyObject *const *small_ints, \
					     const void *address)         \
	{                                                                 \
		c_type value;                                             \
		wide_type wide;                                           \
                                                                          \
		memcpy(&value, address, sizeof(value));                   \
		wide = value;                                             \
		if (wide > PYINT_MAX_SMALL ||                             \
		    (long long)wide < PYINT_MIN_SMALL)                    \
			return NULL;                                      \
		return Py_NewRef(                                         \
			small_ints[(long long)wide - PYINT_MIN_SMALL]);   \
	}
NATIVE_INTEGERS(DEFINE_SMALL)

/*
 * Fills 'list' with the elements from 'address' on, 'stride' bytes apart.
 * False, with an exception: it is not full.
 */
static inline __attribute__((always_inline)) bool
fill_list_by(PyLoad load, PySmall small, const struct listing *from,
	     PyObject *list, ptrdiff_t length, const char *address,
	     ptrdiff_t stride)
{
	PyObject *const *small_ints = from->small_ints;
	const ConsumerElement element = from->array->element;

	for (ptrdiff_t i = 0; i < length; i++) {
		const char *next = address + i * stride;
		PyObject *item = small ? small(small_ints, next) : NULL;

		if (!item && !(item = load(element, next)))
			return false;
		PYLIST_SET(list, i, item);
	}
	return true;
}

/* For each native type there is a loop that has its load inside. */
static bool
fill_list(const struct listing *from, PyObject *list, ptrdiff_t length,
	  const char *address, ptrdiff_t stride)
{
#define FILL(type, small)                                                   \
	if (from->load == load_##type)                                      \
		return fill_list_by(load_##type, small, from, list, length, \
				    address, stride);
#define FILL_INTEGERS(type, ...) FILL(type, small_##type)
#define FILL_FLOATS(type, ...)	 FILL(type, NULL)
	if (from->small_ints) {
		NATIVE_INTEGERS(FILL_INTEGERS)
	}
	NATIVE_FLOATS(FILL_FLOATS)
	return fill_list_by(from->load, NULL, from, list, length, address,
			    stride);
}

static PyObject *
list_row(const struct listing *from, const char *address)
{
	const ConsumerArray *array = from->array;
	const int axis = array->ndim - 1;
	const ptrdiff_t length = consumer_array_shape(array)[axis];
	const ptrdiff_t stride = consumer_array_strides(array)[axis];
	PyObject *list = PyList_New(length);

	if (list && !fill_list(from, list, length, address, stride))
		Py_CLEAR(list);
	return list;
}

/* The elements behind 'address', from dimension 'axis' on. */
static PyObject *
list_from(const struct listing *from, const char *address, int axis)
{
	const ConsumerArray *array = from->array;
	const ptrdiff_t length = consumer_array_shape(array)[axis];
	/* Addresses of elements that do not exist must not be computed. */
	const ptrdiff_t stride =
		array->n_elements > 0 ? consumer_array_strides(array)[axis] : 0;
	PyObject *list;

	if (axis == array->ndim - 1)
		return list_row(from, address);
	list = PyList_New(length);
	for (ptrdiff_t i = 0; list && i < length; i++) {
		PyObject *item =
			list_from(from, address + i * stride, axis + 1);

		if (!item)
			Py_CLEAR(list);
		else
			PYLIST_SET(list, i, item);
	}
	return list;
}

/* Of what may vanish: objects cannot be made in a guard. */
static PyObject *
list_copy(const struct listing *from)
{
	const ConsumerArray *array = from->array;
	void *bytes = PyMem_Malloc((size_t)pyarray_size_bytes(array));
	struct listing from_copy = *from;
	PyObject *list = NULL;
	ConsumerArray copy;
	ConsumerError error;

	if (!bytes)
		return PyErr_NoMemory();
	if (consumer_array_wrap(bytes, array->element, array->ndim,
				consumer_array_shape(array), NULL, true, &copy,
				&error)) {
		PyMem_Free(bytes);
		return pyerror_set(&error, NULL);
	}
	if (pyguard_copy(array, bytes)) {
		from_copy.array = &copy;
		list = list_from(&from_copy, bytes, 0);
	}
	consumer_array_release(&copy);
	PyMem_Free(bytes);
	return list;
}

/* NULL: the garbage collector is taking the module down. */
static PyObject *const *
find_small_ints(PyTypeObject *type)
{
	const PyModuleState *state = PyType_GetModuleState(type);

	if (!state)
		PyErr_Clear();
	return state ? state->small_ints : NULL;
}

PyObject *
pyvalue_list(PyConsumerArray *self)
{
	const ConsumerArray *array = &self->array;
	struct listing from = {
		.array = array,
		.load = self->load,
		.small_ints = find_small_ints(Py_TYPE((PyObject *)self)),
	};

	if (array->ndim == 0)
		return pyarray_load(self, array->data);
	if (array->backing)
		return list_copy(&from);
	return list_from(&from, array->data, 0);
}

/* --- From Python -------------------------------------------------------- */

/*
 * An int that fits into 64 bits, signed or not.  False without an exception:
 * it does not.
 */
static bool
parse_int(PyObject *integer, PyScalar *out)
{
	int overflow;

	out->kind = CONSUMER_KIND_SIGNED;
	out->value.signed_integer =
		PyLong_AsLongLongAndOverflow(integer, &overflow);
	if (overflow > 0) {
		out->kind = CONSUMER_KIND_UNSIGNED;
		out->value.unsigned_integer =
			PyLong_AsUnsignedLongLong(integer);
		if (PyErr_Occurred()) { /* OverflowError, nothing else */
			PyErr_Clear();
			return false;
		}
	}
	return overflow >= 0;
}

static bool
parse_byte(PyObject *bytes, PyScalar *out)
{
	if (PyBytes_Size(bytes) != 1)
		return false;
	out->kind = CONSUMER_KIND_CHAR;
	out->value.unsigned_integer =
		*(const unsigned char *)PyBytes_AsString(bytes);
	return true;
}

bool
pyvalue_parse(PyObject *object, PyScalar *out)
{
	if (PyLong_CheckExact(object))
		return parse_int(object, out);
	if (PyFloat_CheckExact(object)) {
		out->kind = CONSUMER_KIND_FLOAT;
		out->value.floating = PyFloat_AsDouble(object);
		return true;
	}
	if (PyBool_Check(object)) {
		out->kind = CONSUMER_KIND_BOOL;
		out->value.boolean = object == Py_True;
		return true;
	}
	return PyBytes_CheckExact(object) && parse_byte(object, out);
}

/* memoryview's rule: what does not fit is never an OverflowError. */
static void
refuse_range(PyObject *object, const char *after)
{
	if (PyErr_Occurred() && !PyErr_ExceptionMatches(PyExc_OverflowError))
		return;
	PyErr_Clear();
	pyarguments_refuse(PyExc_ValueError, "", object, after);
}

static bool
convert_int(PyObject *object, PyScalar *out)
{
	PyObject *integer = PyNumber_Index(object);
	const bool is_good = integer && parse_int(integer, out);

	Py_XDECREF(integer);
	if (!is_good)
		refuse_range(object, " is out of range for any element");
	return is_good;
}

/* Whatever is no bool, but can be true. */
static bool
convert_bool(PyObject *object, PyScalar *out)
{
	const int is_true = PyObject_IsTrue(object);

	out->kind = CONSUMER_KIND_BOOL;
	out->value.boolean = is_true > 0;
	return is_true >= 0;
}

static bool
convert_byte(PyObject *object, PyScalar *out)
{
	if (!PyBytes_Check(object)) {
		pyarguments_refuse(PyExc_TypeError,
				   "char elements are bytes of length 1, not ",
				   object, "");
		return false;
	}
	if (!parse_byte(object, out)) {
		PyErr_Format(PyExc_ValueError,
			     "char elements are bytes of length 1, not %zd",
			     PyBytes_Size(object));
		return false;
	}
	return true;
}

static bool
convert_float(PyObject *object, PyScalar *out)
{
	out->kind = CONSUMER_KIND_FLOAT;
	out->value.floating = PyFloat_AsDouble(object);
	if (out->value.floating != -1.0 || !PyErr_Occurred())
		return true;
	refuse_range(object, " is out of range for any float");
	return false;
}

bool
pyvalue_convert(PyConsumerArray *self, PyObject *object, PyScalar *out)
{
	switch (consumer_type_kind(self->array.element.type)) {
	case CONSUMER_KIND_BOOL:
		return convert_bool(object, out);
	case CONSUMER_KIND_CHAR:
		return convert_byte(object, out);
	case CONSUMER_KIND_SIGNED:
	case CONSUMER_KIND_UNSIGNED:
		return convert_int(object, out);
	case CONSUMER_KIND_FLOAT:
		return convert_float(object, out);
	case CONSUMER_KIND_NONE:
		break;
	}
	PyErr_SetString(PyExc_SystemError, "an opaque element was written");
	return false;
}

bool
pyvalue_store(ConsumerElement element, void *address, const PyScalar *scalar)
{
	ConsumerError error;

	if (consumer_element_store(element, address, scalar->kind,
				   scalar->value, &error)) {
		pyerror_set(&error, NULL);
		return false;
	}
	return true;
}

/* --- The short way ------------------------------------------------------- */

#define DEFINE_STORE_INTEGER(type, c_type, wide_type, from_python) \
	static bool store_##type(void *address, PyObject *object)  \
	{                                                          \
		wide_type wide;                                    \
		c_type value;                                      \
                                                                   \
		if (!PyLong_CheckExact(object))                    \
			return false;                              \
		wide = from_python(object);                        \
		value = (c_type)wide;                              \
		if (wide == (wide_type)-1 && PyErr_Occurred()) {   \
			PyErr_Clear();                             \
			return false;                              \
		}                                                  \
		if ((wide_type)value != wide)                      \
			return false;                              \
		memcpy(address, &value, sizeof(value));            \
		return true;                                       \
	}
NATIVE_INTEGERS(DEFINE_STORE_INTEGER)

#define DEFINE_STORE_FLOAT(type, c_type)                          \
	static bool store_##type(void *address, PyObject *object) \
	{                                                         \
		c_type value;                                     \
                                                                  \
		if (!PyFloat_CheckExact(object))                  \
			return false;                             \
		value = (c_type)PyFloat_AsDouble(object);         \
		memcpy(address, &value, sizeof(value));           \
		return true;                                      \
	}
NATIVE_FLOATS(DEFINE_STORE_FLOAT)

PyStore
pyvalue_choose_store(ConsumerElement element)
{
	const bool is_native = element.byte_order == CONSUMER_NATIVE_ENDIAN ||
			       element.itemsize == 1;

#define STORE_CASE(type, ...) \
	case CONSUMER_##type: \
		return store_##type;
	switch (is_native ? element.type : CONSUMER_OPAQUE) {
		NATIVE_INTEGERS(STORE_CASE)
		NATIVE_FLOATS(STORE_CASE)
	default:
		return NULL;
	}
}
