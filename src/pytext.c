/* SPDX-License-Identifier: MIT */
/* An array as text, as a list and as bytes. */
#include "pyconsumer.h"

#include <stdlib.h>
#include <string.h>

/* How many elements str() and repr() show. */
#define REPR_MAX 10

/* --- Text --------------------------------------------------------------- */

/* Of 'self', which is held. */
static PyObject *
stringify(const PyConsumerArray *self, ConsumerFormat format, uint64_t max)
{
	const ConsumerArray *array = &self->array;
	const bool is_all = max >= (uint64_t)array->n_elements;
	PyThreadState *thread;
	ConsumerStatus status;
	ConsumerError error;
	PyObject *string;
	size_t n_bytes;
	char *text;

	thread = pythread_pause(is_all ? pyarray_size_bytes(array)
				       : (Py_ssize_t)max);
	status = consumer_array_stringify(array, format, max, &text, &n_bytes,
					  &error);
	pythread_resume(thread);
	if (status)
		return pyerror_set(&error, NULL);
	string = PyUnicode_FromStringAndSize(text, (Py_ssize_t)n_bytes);
	free(text);
	return string;
}

static PyObject *
describe_opaque(PyConsumerArray *self)
{
	const char *format = pyarray_format(self);
	const ConsumerArray *array = &self->array;
	PyObject *shape =
		pyarray_tuple(array->ndim, consumer_array_shape(array));
	PyObject *text = NULL;

	if (shape)
		text = PyUnicode_FromFormat(
			"<PyConsumerArray with shape %S of format '%.200s'>",
			shape, format);
	Py_XDECREF(shape);
	return text;
}

PyObject *
pytext_repr(PyObject *object)
{
	PyConsumerArray *self = (PyConsumerArray *)object;
	PyObject *text;

	if (!pyarray_hold(self)) {
		PyErr_Clear();
		return PyUnicode_FromString("<released PyConsumerArray>");
	}
	text = self->load ? stringify(self, CONSUMER_FORMAT_ARRAY, REPR_MAX)
			  : describe_opaque(self);
	pyarray_drop(self);
	return text;
}

static bool
parse_max(PyObject *value, uint64_t *out)
{
	int64_t max;

	if (!value || value == Py_None) {
		*out = CONSUMER_ALL;
		return true;
	}
	if (!pyarguments_integer(value, "max", 0, &max))
		return false;
	*out = (uint64_t)max;
	return true;
}

/* Raises that 'value' is no name of a format, and what is. */
static void
refuse_text_format(PyObject *value)
{
	char expected[128] = ": expected ";
	size_t n = strlen(expected);

	for (int i = 0; i < CONSUMER_N_FORMATS; i++)
		n += (size_t)PyOS_snprintf(
			expected + n, sizeof(expected) - n, "%s'%s'",
			i == 0			     ? ""
			: i < CONSUMER_N_FORMATS - 1 ? ", "
						     : " or ",
			consumer_format_name((ConsumerFormat)i));
	pyarguments_refuse(PyExc_ValueError, "format ", value, expected);
}

static bool
parse_text_format(PyObject *value, ConsumerFormat *out)
{
	const char *name;

	*out = CONSUMER_FORMAT_ARRAY;
	if (!value)
		return true;
	name = pyarguments_string(value, "format");
	if (!name)
		return false;
	if (!consumer_format_parse(name, out)) {
		refuse_text_format(value);
		return false;
	}
	return true;
}

const char pytext_stringify_doc[] =
	"stringify($self, /, max=None, format='array')\n--\n\n"
	"The elements as text, the same bytes that consumer-cli prints.\n\n"
	"max     how many elements to show, in C order; None: all\n"
	"format  'array': [ 1 2 3 ], or [ 1 2 ... ] if max left some out;\n"
	"        'lines': one element a line, or one row of an N-d array;\n"
	"        'csv': the same, with commas within a row;\n"
	"        'json': [1, 2, 3], and null for nan and infinity;\n"
	"        'hex': as 'lines', with all bits of an element: 0x002a\n\n"
	"There is no newline at the end of 'array' and 'json'.  Raises\n"
	"NotImplementedError if the elements cannot be read.";

PyObject *
pytext_stringify(PyObject *object, PyObject *const *arguments,
		 Py_ssize_t n_arguments, PyObject *keywords)
{
	static const PySignature signature = {
		.function = "stringify",
		.n_parameters = 2,
		.n_positional = 2,
		.names = { "max", "format" },
	};
	PyConsumerArray *self = (PyConsumerArray *)object;
	PyObject *values[2];
	PyObject *text = NULL;
	ConsumerFormat format;
	uint64_t max;

	if (!pyarguments_bind(&signature, arguments, n_arguments, keywords,
			      values) ||
	    !parse_max(values[0], &max) ||
	    !parse_text_format(values[1], &format) || !pyarray_hold(self))
		return NULL;
	if (pyvalue_check_readable(self))
		text = stringify(self, format, max);
	pyarray_drop(self);
	return text;
}

/* --- Lists and bytes ---------------------------------------------------- */

const char pytext_tolist_doc[] =
	"tolist($self, /)\n--\n\n"
	"The elements as a list, nested like the shape.\n\n"
	"Of a 0-d array, the element itself.  Raises NotImplementedError\n"
	"if the elements cannot be read.";

PyObject *
pytext_tolist(PyObject *object, PyObject *Py_UNUSED(ignored))
{
	PyConsumerArray *self = (PyConsumerArray *)object;
	PyObject *list = NULL;

	/* New lists make the garbage collector run, and with it any code. */
	if (!pyarray_hold(self))
		return NULL;
	if (pyvalue_check_readable(self))
		list = pyvalue_list(self);
	pyarray_drop(self);
	return list;
}

/* 'C', 'F' or 'A'; None is 'C'.  '\0', with an exception: something else. */
static char
parse_order(PyObject *value)
{
	if (!value || value == Py_None)
		return 'C';
	if (!PyUnicode_Check(value)) {
		pyarguments_refuse(PyExc_TypeError,
				   "order must be a str or None, not ", value,
				   "");
		return '\0';
	}
	for (const char *order = "CFA"; *order; order++) {
		const char name[] = { *order, '\0' };

		if (PyUnicode_CompareWithASCIIString(value, name) == 0)
			return *order;
	}
	pyarguments_refuse(PyExc_ValueError, "order ", value,
			   ": expected 'C', 'F' or 'A'");
	return '\0';
}

/* The same elements with the axes in reverse, so that C order is Fortran's. */
static bool
transpose(const ConsumerArray *array, ConsumerArray *out)
{
	ptrdiff_t shape[CONSUMER_MAX_NDIM], strides[CONSUMER_MAX_NDIM];
	ConsumerError error;

	for (int axis = 0; axis < array->ndim; axis++) {
		const int from = array->ndim - 1 - axis;

		shape[axis] = consumer_array_shape(array)[from];
		strides[axis] = consumer_array_strides(array)[from];
	}
	if (consumer_array_wrap(array->data, array->element, array->ndim, shape,
				strides, true, out, &error)) {
		pyerror_set(&error, NULL);
		return false;
	}
	out->backing = array->backing;
	return true;
}

/* The bytes of memory that is held, in C order. */
static PyObject *
copy_bytes(const ConsumerArray *array)
{
	const Py_ssize_t n_bytes = pyarray_size_bytes(array);
	PyObject *bytes;

	if (n_bytes < PYTHREAD_PAUSE_BYTES && !array->backing &&
	    pyarray_is_c_contiguous(array))
		return PyBytes_FromStringAndSize(array->data, n_bytes);
	bytes = PyBytes_FromStringAndSize(NULL, n_bytes);
	if (bytes && !pyguard_copy(array, PyBytes_AsString(bytes)))
		Py_CLEAR(bytes);
	return bytes;
}

static PyObject *
copy_bytes_fortran(const ConsumerArray *array)
{
	ConsumerArray transposed;
	PyObject *bytes;

	if (!transpose(array, &transposed))
		return NULL;
	bytes = copy_bytes(&transposed);
	consumer_array_release(&transposed);
	return bytes;
}

PyObject *
pytext_bytes(PyConsumerArray *self, char order)
{
	PyObject *bytes;
	bool is_fortran;

	if (!pyarray_hold(self))
		return NULL;
	is_fortran = self->array.ndim > 1 &&
		     (order == 'F' ||
		      (order == 'A' &&
		       consumer_array_is_f_contiguous(&self->array)));
	bytes = is_fortran ? copy_bytes_fortran(&self->array)
			   : copy_bytes(&self->array);
	pyarray_drop(self);
	return bytes;
}

const char pytext_tobytes_doc[] =
	"tobytes($self, /, order='C')\n--\n\n"
	"A copy of the elements' bytes, as they are in memory.\n\n"
	"order  'C' or None: the last index varies fastest; 'F': the first\n"
	"       does; 'A': 'F' if the array is Fortran contiguous, else 'C'";

PyObject *
pytext_tobytes(PyObject *object, PyObject *const *arguments,
	       Py_ssize_t n_arguments, PyObject *keywords)
{
	static const PySignature signature = {
		.function = "tobytes",
		.n_parameters = 1,
		.n_positional = 1,
		.names = { "order" },
	};
	PyObject *value;
	char order = 'C';

	if (n_arguments > 0 || keywords) {
		if (!pyarguments_bind(&signature, arguments, n_arguments,
				      keywords, &value))
			return NULL;
		order = parse_order(value);
	}
	return order ? pytext_bytes((PyConsumerArray *)object, order) : NULL;
}

const char pytext_hex_doc[] =
	"hex($self, /, sep=None, bytes_per_sep=1)\n--\n\n"
	"tobytes() as hexadecimal digits.\n\n"
	"sep            one ASCII character to put between bytes; None: none\n"
	"bytes_per_sep  how many bytes to keep together, counted from the\n"
	"               right; from the left if it is negative";

/* bytes.hex() */
static PyObject *
call_hex(const PyModuleState *state, PyObject *bytes, PyObject *sep,
	 int64_t n_together)
{
	PyObject *number = PyLong_FromLongLong(n_together);
	PyObject *text = NULL;

	if (number)
		text = PyObject_CallFunctionObjArgs(state->bytes_hex, bytes,
						    sep, number, NULL);
	Py_XDECREF(number);
	return text;
}

/* The same without a separator, several digits at a time. */
static PyObject *
hex_digits(const PyModuleState *state, PyObject *bytes)
{
#ifdef Py_LIMITED_API
	return PyObject_CallFunctionObjArgs(state->bytes_hex, bytes, NULL);
#else
	const Py_ssize_t n_bytes = PyBytes_GET_SIZE(bytes);
	const unsigned char *from =
		(const unsigned char *)PyBytes_AS_STRING(bytes);
	PyObject *text = PyUnicode_New(2 * n_bytes, 127);
	Py_UCS1 *to;

	(void)state;
	if (!text)
		return NULL;
	to = PyUnicode_1BYTE_DATA(text);
	for (Py_ssize_t i = 0; i < n_bytes; i++) {
		const Py_UCS1 high = from[i] >> 4, low = from[i] & 15;

		to[2 * i] = (Py_UCS1)(high + (high < 10 ? '0' : 'a' - 10));
		to[2 * i + 1] = (Py_UCS1)(low + (low < 10 ? '0' : 'a' - 10));
	}
	return text;
#endif
}

PyObject *
pytext_hex(PyObject *object, PyObject *const *arguments, Py_ssize_t n_arguments,
	   PyObject *keywords)
{
	static const PySignature signature = {
		.function = "hex",
		.n_parameters = 2,
		.n_positional = 2,
		.names = { "sep", "bytes_per_sep" },
	};
	const PyModuleState *state = PyType_GetModuleState(Py_TYPE(object));
	PyObject *values[2], *bytes, *text;
	int64_t n_together = 1;

	if (!state ||
	    !pyarguments_bind(&signature, arguments, n_arguments, keywords,
			      values) ||
	    (values[1] && !pyarguments_integer(values[1], signature.names[1],
					       INT64_MIN, &n_together)))
		return NULL;
	bytes = pytext_bytes((PyConsumerArray *)object, 'C');
	if (!bytes)
		return NULL;
	if (values[0] && values[0] != Py_None)
		text = call_hex(state, bytes, values[0], n_together);
	else
		text = hex_digits(state, bytes);
	Py_DECREF(bytes);
	return text;
}
