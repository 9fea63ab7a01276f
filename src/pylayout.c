/* SPDX-License-Identifier: MIT */
/* Seeing memory as other elements: consume(), open() and cast(). */
#include "pyconsumer.h"

#include <string.h>

/* --- Arguments ---------------------------------------------------------- */

static bool
is_given(PyObject *value)
{
	return value && value != Py_None;
}

static bool
parse_element(PyObject *value, ConsumerElement *out, bool *has_byte_order)
{
	const char *code = pyarguments_string(value, "format");
	ConsumerError error;

	if (!code)
		return false;
	if (consumer_element_parse(code, out, has_byte_order, &error)) {
		pyerror_set(&error, NULL);
		return false;
	}
	return true;
}

/* The lengths of a tuple, each 'minimum' or more. */
static bool
parse_lengths(PyObject *tuple, int64_t minimum, int *ndim, ptrdiff_t *shape)
{
	const Py_ssize_t n_lengths = PyTuple_Size(tuple);

	if (n_lengths > CONSUMER_MAX_NDIM) {
		PyErr_Format(PyExc_ValueError,
			     "shape with %zd dimensions: at most %d are "
			     "supported",
			     n_lengths, CONSUMER_MAX_NDIM);
		return false;
	}
	for (int axis = 0; axis < (int)n_lengths; axis++) {
		int64_t length;

		if (!pyarguments_integer(PyTuple_GetItem(tuple, axis),
					 "length in shape", minimum, &length))
			return false;
		/* Longer than any memory either way */
		shape[axis] =
			length > PTRDIFF_MAX ? PTRDIFF_MAX : (ptrdiff_t)length;
	}
	*ndim = (int)n_lengths;
	return true;
}

static bool
parse_shape(PyObject *value, int64_t minimum, int *ndim, ptrdiff_t *shape)
{
	PyObject *tuple;
	bool is_good;

	if (!PyList_Check(value) && !PyTuple_Check(value)) {
		pyarguments_refuse(PyExc_TypeError,
				   "shape must be a list or a tuple, not ",
				   value, "");
		return false;
	}
	/* A list could change while its lengths are converted. */
	tuple = PySequence_Tuple(value);
	if (!tuple)
		return false;
	is_good = parse_lengths(tuple, minimum, ndim, shape);
	Py_DECREF(tuple);
	return is_good;
}

/* An int is a shape of one dimension, as in numpy.memmap. */
static bool
parse_shape_or_length(PyObject *value, PyLayout *out)
{
	int64_t length;

	if (!PyIndex_Check(value))
		return parse_shape(value, 0, &out->ndim, out->shape);
	if (!pyarguments_integer(value, "shape", 0, &length))
		return false;
	out->ndim = 1;
	out->shape[0] = length > PTRDIFF_MAX ? PTRDIFF_MAX : (ptrdiff_t)length;
	return true;
}

/* False, with an exception: no memory has so many elements. */
static bool
multiply_shape(PyObject *shape, const PyLayout *layout, ConsumerElement element,
	       uint64_t *n_elements)
{
	ConsumerArray array;
	ConsumerError error;

	if (consumer_array_wrap(NULL, element, layout->ndim, layout->shape,
				NULL, true, &array, &error)) {
		pyerror_set(&error, shape);
		return false;
	}
	*n_elements = (uint64_t)array.n_elements;
	consumer_array_release(&array);
	return true;
}

/* 'count' becomes what the shape has, and must not say anything else. */
static bool
count_shape(PyObject *shape, PyLayout *out)
{
	uint64_t n_elements;

	if (!multiply_shape(shape, out, consumer_element(CONSUMER_UINT8),
			    &n_elements))
		return false;
	if (out->count != CONSUMER_ALL && out->count != n_elements) {
		PyErr_Format(PyExc_ValueError,
			     "count %llu is not that of shape %S",
			     (unsigned long long)out->count, shape);
		return false;
	}
	out->count = n_elements;
	return true;
}

static bool
parse_offset(PyObject *value, uint64_t *out)
{
	int64_t offset_bytes;

	if (!pyarguments_integer(value, "offset", 0, &offset_bytes))
		return false;
	*out = (uint64_t)offset_bytes;
	return true;
}

static bool
parse_count(PyObject *value, uint64_t *out)
{
	int64_t count;

	if (!pyarguments_integer(value, "count", -1, &count))
		return false;
	*out = count < 0 ? CONSUMER_ALL : (uint64_t)count;
	return true;
}

static bool
parse_trailing(PyObject *value, bool *ignores_trailing)
{
	const bool is_string = PyUnicode_Check(value);

	if (is_string && PyUnicode_CompareWithASCIIString(value, "error") == 0)
		*ignores_trailing = false;
	else if (is_string &&
		 PyUnicode_CompareWithASCIIString(value, "ignore") == 0)
		*ignores_trailing = true;
	else {
		pyarguments_refuse(PyExc_ValueError, "trailing ", value,
				   ": expected 'error' or 'ignore'");
		return false;
	}
	return true;
}

bool
pylayout_parse(PyObject *const *values, PyLayout *out)
{
	PyObject *format = values[0], *shape = values[1];

	out->has_element = is_given(format);
	out->has_byte_order = false;
	out->has_shape = is_given(shape);
	out->ignores_trailing = false;
	out->offset_bytes = 0;
	out->count = CONSUMER_ALL;
	if (out->has_element &&
	    !parse_element(format, &out->element, &out->has_byte_order))
		return false;
	if (values[2] && !parse_offset(values[2], &out->offset_bytes))
		return false;
	if (values[3] && !parse_count(values[3], &out->count))
		return false;
	if (values[4] && !parse_trailing(values[4], &out->ignores_trailing))
		return false;
	return !out->has_shape ||
	       (parse_shape_or_length(shape, out) && count_shape(shape, out));
}

/* --- A layout on a buffer ----------------------------------------------- */

static bool
refuse_strided(const ConsumerArray *array)
{
	PyObject *shape =
		pyarray_tuple(array->ndim, consumer_array_shape(array));
	PyObject *strides =
		pyarray_tuple(array->ndim, consumer_array_strides(array));

	if (shape && strides)
		PyErr_Format(PyExc_BufferError,
			     "only C-contiguous memory can be seen as other "
			     "elements, not shape %S with strides %S",
			     shape, strides);
	Py_XDECREF(shape);
	Py_XDECREF(strides);
	return false;
}

static ConsumerStatus
view_bytes(const PyLayout *layout, const ConsumerArray *array,
	   ConsumerElement element, ConsumerArray *out, ConsumerError *error)
{
	const uint64_t size_bytes =
		(uint64_t)array->n_elements * array->element.itemsize;
	char *data = array->data;
	uint64_t n_elements;
	uint64_t n_trailing;
	ptrdiff_t length;
	ConsumerStatus status;

	status = consumer_count_elements(
		size_bytes, element.itemsize, layout->offset_bytes,
		layout->count, &n_elements,
		layout->ignores_trailing ? &n_trailing : NULL, error);
	if (status)
		return status;
	length = (ptrdiff_t)n_elements;
	/* An empty buffer may have no address, which must not be added to. */
	if (size_bytes > 0)
		data += layout->offset_bytes;
	return consumer_array_wrap(data, element,
				   layout->has_shape ? layout->ndim : 1,
				   layout->has_shape ? layout->shape : &length,
				   NULL, array->read_only, out, error);
}

bool
pylayout_apply(const PyLayout *layout, PyConsumerArray *self)
{
	const ConsumerElement element =
		layout->has_element ? layout->element : self->array.element;
	ConsumerArray view;
	ConsumerError error;

	if (!consumer_array_is_c_contiguous(&self->array))
		return refuse_strided(&self->array);
	if (view_bytes(layout, &self->array, element, &view, &error)) {
		pyerror_set(&error, NULL);
		return false;
	}
	if (layout->has_element)
		pyarray_set_code(self, element);
	pyarray_set_view(self, &view);
	return true;
}

/* --- cast() ------------------------------------------------------------- */

static bool
is_bytes(ConsumerElement element)
{
	switch (element.type) {
	case CONSUMER_OPAQUE:
	case CONSUMER_CHAR:
	case CONSUMER_INT8:
	case CONSUMER_UINT8:
		return true;
	default:
		return false;
	}
}

static bool
has_empty_dimension(const ConsumerArray *array)
{
	for (int axis = 0; axis < array->ndim; axis++) {
		if (consumer_array_shape(array)[axis] == 0)
			return true;
	}
	return false;
}

/* Why memoryview.cast() would refuse too, or NULL. */
static const char *
find_refusal(const ConsumerArray *array, const PyLayout *layout)
{
	const int ndim = layout->has_shape ? layout->ndim : 1;

	if (!consumer_array_is_c_contiguous(array))
		return "casts are restricted to C-contiguous arrays";
	if ((layout->has_shape || array->ndim != 1) &&
	    has_empty_dimension(array))
		return "cannot cast an array with zeros in its shape";
	if (array->ndim != 1 && ndim != 1)
		return "cast must be 1D -> ND or ND -> 1D";
	if (!is_bytes(array->element) && !is_bytes(layout->element))
		return "cannot cast between two non-byte formats";
	return NULL;
}

static bool
check_cast(const ConsumerArray *array, const PyLayout *layout)
{
	const char *refusal = find_refusal(array, layout);

	if (refusal)
		PyErr_SetString(PyExc_TypeError, refusal);
	return !refusal;
}

/*
 * From one dimension to one, of elements that 'code' stands for.  False,
 * without an exception: the long way will tell what is wrong, if anything.
 */
static bool
cast_plain(PyConsumerArray *view, const PyCode *code)
{
	ConsumerArray *array = &view->array;
	const Py_ssize_t itemsize = (Py_ssize_t)code->element.itemsize;
	const Py_ssize_t size_bytes = pyarray_size_bytes(array);

	if (array->ndim != 1 || size_bytes % itemsize ||
	    array->inline_dimensions[1] != (ptrdiff_t)array->element.itemsize ||
	    (!is_bytes(array->element) && !is_bytes(code->element)))
		return false;
	array->element = code->element;
	array->n_elements = size_bytes / itemsize;
	array->inline_dimensions[0] = array->n_elements;
	array->inline_dimensions[1] = itemsize;
	view->load = code->load;
	view->store = array->backing ? NULL : code->store;
	memcpy(view->code, code->code, sizeof(code->code));
	return true;
}

static bool
apply_cast(PyConsumerArray *view, const PyLayout *layout)
{
	ConsumerArray cast;
	ConsumerError error;

	if (!check_cast(&view->array, layout))
		return false;
	switch (consumer_array_cast(&view->array, layout->element,
				    layout->has_shape ? layout->ndim : 1,
				    layout->has_shape ? layout->shape : NULL,
				    &cast, &error)) {
	case CONSUMER_OK:
		break;
	case CONSUMER_ERR_ARGUMENT: /* memoryview's exception for sizes */
		PyErr_SetString(PyExc_TypeError, error.message);
		return false;
	default:
		pyerror_set(&error, NULL);
		return false;
	}
	pyarray_set_code(view, layout->element);
	pyarray_set_view(view, &cast);
	return true;
}

/* What a code of one letter stands for.  NULL: 'format' is none. */
static const PyCode *
find_code(PyTypeObject *type, PyObject *format)
{
	const PyModuleState *state = PyType_GetModuleState(type);
	const char *letter = NULL;
	Py_ssize_t n_bytes;

	if (state && PyUnicode_Check(format))
		letter = PyUnicode_AsUTF8AndSize(format, &n_bytes);
	if (letter && n_bytes == 1 && state->codes[(int)*letter].load)
		return &state->codes[(int)*letter];
	PyErr_Clear();
	return NULL;
}

/* '*code' becomes what find_code() says of 'format'. */
static bool
parse_cast(PyTypeObject *type, PyObject *format, PyObject *shape, PyLayout *out,
	   const PyCode **code)
{
	uint64_t n_elements;

	out->has_shape = is_given(shape);
	*code = find_code(type, format);
	if (*code)
		out->element = (*code)->element;
	else if (!parse_element(format, &out->element, NULL))
		return false;
	return !out->has_shape ||
	       (parse_shape(shape, 1, &out->ndim, out->shape) &&
		multiply_shape(shape, out, out->element, &n_elements));
}

PyObject *
pylayout_cast(PyObject *object, PyObject *const *arguments,
	      Py_ssize_t n_arguments, PyObject *keywords)
{
	static const PySignature signature = {
		.function = "cast",
		.n_parameters = 2,
		.n_required = 1,
		.n_positional = 2,
		.names = { "format", "shape" },
	};
	PyConsumerArray *view;
	PyObject *values[2];
	PyLayout layout;
	const PyCode *code;

	if (!pyarguments_bind(&signature, arguments, n_arguments, keywords,
			      values) ||
	    !parse_cast(Py_TYPE(object), values[0], values[1], &layout, &code))
		return NULL;
	view = pyarray_new_view((PyConsumerArray *)object);
	if (!view || (code && !layout.has_shape && cast_plain(view, code)))
		return (PyObject *)view;
	if (!apply_cast(view, &layout))
		Py_CLEAR(view);
	return (PyObject *)view;
}
