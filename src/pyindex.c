/* SPDX-License-Identifier: MIT */
/* array[...]: elements, sub-views and slices. */
#include "pyconsumer.h"

#include <limits.h>
#include <string.h>

static Py_ssize_t
refuse_length(void)
{
	PyErr_SetString(PyExc_TypeError, "a 0-dimensional array has no length");
	return -1;
}

Py_ssize_t
pyarray_length(PyObject *object)
{
	PyConsumerArray *self = (PyConsumerArray *)object;
	Py_ssize_t length;

	if (!pyarray_begin(self))
		return -1;
	length = self->array.ndim > 0 ? consumer_array_shape(&self->array)[0]
				      : -1;
	pyarray_end(self);
	return length < 0 ? refuse_length() : length;
}

/* 'dimension' counts from 0; users count from 1, as in memoryview's message. */
static bool
refuse_index(int dimension)
{
	PyErr_Format(PyExc_IndexError, "index out of bounds on dimension %d",
		     dimension + 1);
	return false;
}

static PyObject *
refuse_0d(void)
{
	PyErr_SetString(PyExc_TypeError,
			"invalid indexing of 0-dimensional array");
	return NULL;
}

static bool
refuse_key(PyObject *key)
{
	pyarguments_refuse(PyExc_TypeError,
			   "indexes must be integers, slices or Ellipsis, not ",
			   key, "");
	return false;
}

/* Makes '*index' count from the start of a dimension, if it exists. */
static bool
resolve_index(ptrdiff_t length, int dimension, ptrdiff_t *index)
{
	if (*index < 0)
		*index += length;
	if (*index < 0 || *index >= length)
		return refuse_index(dimension);
	return true;
}

static bool
convert_index(PyObject *key, ptrdiff_t *out)
{
	if (PyLong_CheckExact(key)) {
		*out = PyLong_AsSsize_t(key);
		if (*out != -1 || !PyErr_Occurred())
			return true;
		PyErr_Clear(); /* of an exception that is no IndexError */
	}
	*out = PyNumber_AsSsize_t(key, PyExc_IndexError);
	return *out != -1 || !PyErr_Occurred();
}

/* --- One element of an array that is begun or held ---------------------- */

/* Makes all indexes count from the start, if the element exists. */
static bool
resolve_indexes(const ConsumerArray *array, ptrdiff_t *indexes)
{
	for (int axis = 0; axis < array->ndim; axis++) {
		if (!resolve_index(consumer_array_shape(array)[axis], axis,
				   &indexes[axis]))
			return false;
	}
	return true;
}

/* Of an element that exists. */
static char *
element_address(const ConsumerArray *array, const ptrdiff_t *indexes)
{
	char *address = array->data;

	for (int axis = 0; axis < array->ndim; axis++)
		address += indexes[axis] * consumer_array_strides(array)[axis];
	return address;
}

/* Finds out whether the element can be read or written. */
static bool
check_element(PyConsumerArray *self, ptrdiff_t *indexes)
{
	return pyvalue_check_readable(self) &&
	       resolve_indexes(&self->array, indexes);
}

static PyObject *
load_element(PyConsumerArray *self, ptrdiff_t *indexes)
{
	PyObject *item = NULL;

	if (!pyarray_begin(self))
		return NULL;
	if (check_element(self, indexes))
		item = pyarray_load(self,
				    element_address(&self->array, indexes));
	pyarray_end(self);
	return item;
}

struct put {
	void *address;
	PyScalar scalar;
	char bytes[sizeof(ConsumerValue)];
};

static bool
put_value(const ConsumerArray *array, struct put *put)
{
	ConsumerError error;

	if (!pyvalue_store(array->element, put->bytes, &put->scalar))
		return false;
	if (consumer_array_set_bytes(array, put->address, put->bytes, &error)) {
		pyerror_set(&error, NULL);
		return false;
	}
	return true;
}

/* The value may release 'self' while it is converted. */
static bool
store_element(PyConsumerArray *self, ptrdiff_t *indexes, PyObject *value)
{
	struct put put;
	bool is_good;

	if (!pyarray_begin(self))
		return false;
	is_good = check_element(self, indexes);
	pyarray_end(self);
	if (!is_good || !pyvalue_convert(self, value, &put.scalar) ||
	    !pyarray_begin(self))
		return false;
	put.address = element_address(&self->array, indexes);
	is_good = put_value(&self->array, &put);
	pyarray_end(self);
	return is_good;
}

/* --- In place, on a view that nobody else has yet ----------------------- */

static bool
select_index(PyConsumerArray *view, int axis, ptrdiff_t index)
{
	ConsumerArray selected;
	ConsumerError error;

	if (consumer_array_select(&view->array, axis, index, &selected,
				  &error)) {
		pyerror_set(&error, NULL);
		return false;
	}
	pyarray_set_view(view, &selected);
	return true;
}

static bool
apply_index(PyConsumerArray *view, int axis, int dimension, PyObject *key)
{
	ptrdiff_t index;

	return convert_index(key, &index) && pyarray_check(view) &&
	       resolve_index(consumer_array_shape(&view->array)[axis],
			     dimension, &index) &&
	       select_index(view, axis, index);
}

/* The slice of one dimension, whose elements exist. */
static void
slice_1d(ConsumerArray *array, Py_ssize_t start, Py_ssize_t n_elements,
	 Py_ssize_t step)
{
	const ptrdiff_t stride = array->inline_dimensions[1];

	if (n_elements > 0)
		array->data = (char *)array->data + start * stride;
	array->n_elements = n_elements;
	array->inline_dimensions[0] = n_elements;
	/* It may wrap where no element is a neighbour of another. */
	array->inline_dimensions[1] =
		(ptrdiff_t)((size_t)stride * (size_t)step);
}

#ifdef Py_LIMITED_API
#define unpack_plain_slice(slice, start, stop, step) ((void)(slice), false)
#else
/* A bound of a slice, if it is as it mostly is: None or a small int. */
static inline bool
get_plain_bound(PyObject *bound, Py_ssize_t if_none, Py_ssize_t *out)
{
	*out = if_none;
	return bound == Py_None ||
	       (PyLong_CheckExact(bound) && pyarguments_small_int(bound, out));
}

/* PySlice_Unpack() without running any code, of a slice as it mostly is. */
static inline bool
unpack_plain_slice(PyObject *object, Py_ssize_t *start, Py_ssize_t *stop,
		   Py_ssize_t *step)
{
	const PySliceObject *slice = (PySliceObject *)object;

	return get_plain_bound(slice->step, 1, step) && *step > 0 &&
	       get_plain_bound(slice->start, 0, start) &&
	       get_plain_bound(slice->stop, PY_SSIZE_T_MAX, stop);
}
#endif

static bool
apply_slice(PyConsumerArray *view, int axis, PyObject *slice)
{
	Py_ssize_t start, stop, step, n_elements;
	ConsumerArray sliced;
	ConsumerError error;

	if ((!unpack_plain_slice(slice, &start, &stop, &step) &&
	     PySlice_Unpack(slice, &start, &stop, &step) < 0) ||
	    !pyarray_check(view))
		return false;
	n_elements = PySlice_AdjustIndices(
		consumer_array_shape(&view->array)[axis], &start, &stop, step);
	if (view->array.ndim == 1) {
		slice_1d(&view->array, start, n_elements, step);
		return true;
	}
	if (consumer_array_slice(&view->array, axis, start, n_elements, step,
				 &sliced, &error)) {
		pyerror_set(&error, NULL);
		return false;
	}
	pyarray_set_view(view, &sliced);
	return true;
}

/* --- One key ------------------------------------------------------------ */

/* A row of an N-d array; a negative index counts from the end. */
static PyObject *
get_row(PyConsumerArray *self, Py_ssize_t index)
{
	PyConsumerArray *view = pyarray_new_view(self);

	if (!view)
		return NULL;
	if (view->array.ndim == 0)
		refuse_0d();
	else if (resolve_index(consumer_array_shape(&view->array)[0], 0,
			       &index) &&
		 select_index(view, 0, index))
		return (PyObject *)view;
	Py_DECREF((PyObject *)view);
	return NULL;
}

static PyObject *
get_index(PyConsumerArray *self, Py_ssize_t index)
{
	return self->array.ndim == 1 ? load_element(self, &index)
				     : get_row(self, index);
}

/* The address of an element of a 1-D array, that is begun; otherwise NULL. */
static inline char *
find_plain_index(const ConsumerArray *array, Py_ssize_t index)
{
	if (array->ndim != 1 || index < 0 ||
	    index >= array->inline_dimensions[0])
		return NULL;
	return (char *)array->data + index * array->inline_dimensions[1];
}

/* The same of 'key', if it is as it mostly is: a small int. */
static inline char *
find_plain_element(const ConsumerArray *array, PyObject *key)
{
	Py_ssize_t index;

	if (!PyLong_CheckExact(key) || array->ndim != 1 ||
	    !pyarguments_small_int(key, &index))
		return NULL;
	if (index < 0)
		index += array->inline_dimensions[0];
	return find_plain_index(array, index);
}

PyObject *
pyarray_item(PyObject *object, Py_ssize_t index)
{
	PyConsumerArray *self = (PyConsumerArray *)object;
	const char *address;
	PyObject *item = NULL;

	/* Negative ones have counted from the end already. */
	if (index < 0) {
		refuse_index(0);
		return NULL;
	}
	if (!pyarray_begin(self))
		return NULL;
	address = self->load ? find_plain_index(&self->array, index) : NULL;
	if (address)
		item = pyarray_load(self, address);
	pyarray_end(self);
	return address ? item : get_index(self, index);
}

static PyObject *
subscript_index(PyConsumerArray *self, PyObject *key)
{
	ptrdiff_t index;

	return convert_index(key, &index) ? get_index(self, index) : NULL;
}

/* Shows a view that its keys, which may run any code, have made what it is. */
static PyObject *
finish_view(PyConsumerArray *view, bool is_made)
{
	if (is_made)
		pyarray_track(view);
	else
		Py_CLEAR(view);
	return (PyObject *)view;
}

/*
 * The view is made before the bounds are converted, so that it holds the memory
 * if their __index__ releases 'self': as memoryview does.
 */
static PyObject *
subscript_slice(PyConsumerArray *self, PyObject *slice)
{
	PyConsumerArray *view = pyarray_start_view(self);

	if (view && view->array.ndim == 0) {
		refuse_0d();
		return finish_view(view, false);
	}
	return finish_view(view, view && apply_slice(view, 0, slice));
}

/* --- A tuple of keys ---------------------------------------------------- */

/*
 * Checks the types of the keys and counts those that stand for one dimension,
 * so all but Ellipsis.
 */
static bool
count_keys(PyObject *keys, int *n_dimensions, bool *are_all_indexes)
{
	const Py_ssize_t n_keys = PyTuple_Size(keys);
	Py_ssize_t n_ellipses = 0;

	*are_all_indexes = true;
	for (Py_ssize_t i = 0; i < n_keys; i++) {
		PyObject *key = PyTuple_GetItem(keys, i);

		if (PyIndex_Check(key))
			continue;
		*are_all_indexes = false;
		if (key == Py_Ellipsis)
			n_ellipses++;
		else if (!PySlice_Check(key))
			return refuse_key(key);
	}
	if (n_ellipses > 1) {
		PyErr_SetString(PyExc_TypeError,
				"more than one Ellipsis in an index");
		return false;
	}
	/* More than an int has are too many for any array. */
	*n_dimensions = n_keys > INT_MAX ? INT_MAX : (int)(n_keys - n_ellipses);
	return true;
}

/* As many as there are keys, which are no more than CONSUMER_MAX_NDIM. */
static bool
convert_indexes(PyObject *keys, ptrdiff_t *indexes)
{
	const Py_ssize_t n_keys = PyTuple_Size(keys);

	for (Py_ssize_t i = 0; i < n_keys; i++) {
		if (!convert_index(PyTuple_GetItem(keys, i), &indexes[i]))
			return false;
	}
	return true;
}

static bool
apply_keys(PyConsumerArray *view, PyObject *keys, int n_dimensions)
{
	const Py_ssize_t n_keys = PyTuple_Size(keys);
	const int n_skipped = view->array.ndim - n_dimensions;
	int dimension = 0; /* of the array that is indexed */
	int axis = 0;	   /* of the view, which indexes make smaller */

	for (Py_ssize_t i = 0; i < n_keys; i++) {
		PyObject *key = PyTuple_GetItem(keys, i);

		if (key == Py_Ellipsis) {
			axis += n_skipped;
			dimension += n_skipped;
		} else if (PySlice_Check(key)) {
			if (!apply_slice(view, axis++, key))
				return false;
			dimension++;
		} else if (!apply_index(view, axis, dimension++, key)) {
			return false;
		}
	}
	return true;
}

static PyObject *
subscript_tuple(PyConsumerArray *self, PyObject *keys)
{
	ptrdiff_t indexes[CONSUMER_MAX_NDIM];
	PyConsumerArray *view;
	bool are_all_indexes;
	int n_dimensions;

	if (!count_keys(keys, &n_dimensions, &are_all_indexes) ||
	    !pyarray_check(self))
		return NULL;
	if (n_dimensions > self->array.ndim) {
		PyErr_Format(PyExc_TypeError,
			     "cannot index a %d-dimensional array with %d "
			     "indexes",
			     self->array.ndim, n_dimensions);
		return NULL;
	}
	if (are_all_indexes && n_dimensions == self->array.ndim)
		return convert_indexes(keys, indexes)
			       ? load_element(self, indexes)
			       : NULL;
	view = pyarray_start_view(self);
	return finish_view(view, view && apply_keys(view, keys, n_dimensions));
}

PyObject *
pyarray_subscript(PyObject *object, PyObject *key)
{
	PyConsumerArray *self = (PyConsumerArray *)object;
	const char *address;
	PyObject *item = NULL;

	if (PySlice_Check(key))
		return subscript_slice(self, key);
	if (!pyarray_begin(self))
		return NULL;
	address = self->load ? find_plain_element(&self->array, key) : NULL;
	if (address)
		item = pyarray_load(self, address);
	pyarray_end(self);
	if (address)
		return item;
	if (PyIndex_Check(key))
		return subscript_index(self, key);
	if (PyTuple_Check(key))
		return subscript_tuple(self, key);
	if (key == Py_Ellipsis)
		return (PyObject *)pyarray_new_view(self);
	refuse_key(key);
	return NULL;
}

/* --- Assignment --------------------------------------------------------- */

/*
 * memoryview's rule: the same struct format, but for a '@' in front; or another
 * spelling of the same, as 'l' and 'q' may be.
 */
static bool
check_formats(PyConsumerArray *to, PyConsumerArray *from)
{
	const char *format = pyarray_format(to);
	const char *other = pyarray_format(from);

	if (strcmp(format + (*format == '@'), other + (*other == '@')) == 0 ||
	    (to->load &&
	     pyvalue_is_same_element(to->array.element, from->array.element)))
		return true;
	PyErr_Format(PyExc_ValueError,
		     "elements of format '%.200s' cannot be given those of "
		     "format '%.200s'",
		     format, other);
	return false;
}

/* Both are held. */
static bool
copy_elements(PyConsumerArray *to, PyConsumerArray *from)
{
	ConsumerError error;

	if (!check_formats(to, from))
		return false;
	if (consumer_array_assign(&to->array, &from->array, &error)) {
		pyerror_set(&error, NULL);
		return false;
	}
	return true;
}

static bool
assign_array(PyConsumerArray *to, PyConsumerArray *from)
{
	bool is_good;

	if (!pyarray_hold(to))
		return false;
	is_good = pyarray_hold(from);
	if (is_good) {
		is_good = copy_elements(to, from);
		pyarray_drop(from);
	}
	pyarray_drop(to);
	return is_good;
}

/* An array that sees the buffer of 'value'. */
static PyConsumerArray *
view_value(PyConsumerArray *self, PyObject *value)
{
	PyModuleState *state;

	if (Py_TYPE(value) == Py_TYPE((PyObject *)self)) {
		Py_INCREF(value);
		return (PyConsumerArray *)value;
	}
	state = PyType_GetModuleState(Py_TYPE((PyObject *)self));
	return state ? pybuffer_acquire(state, value) : NULL;
}

/* Keys and value may have released 'self', while the view of it lives on. */
static bool
assign_view(PyConsumerArray *self, PyObject *key, PyObject *value)
{
	PyObject *view = pyarray_subscript((PyObject *)self, key);
	PyConsumerArray *from = view ? view_value(self, value) : NULL;
	const bool is_good = from && pyarray_check(self) &&
			     assign_array((PyConsumerArray *)view, from);

	Py_XDECREF((PyObject *)from);
	Py_XDECREF(view);
	return is_good;
}

static bool
assign_tuple(PyConsumerArray *self, PyObject *keys, PyObject *value)
{
	ptrdiff_t indexes[CONSUMER_MAX_NDIM];
	bool are_all_indexes;
	int n_dimensions;

	if (!count_keys(keys, &n_dimensions, &are_all_indexes))
		return false;
	if (!are_all_indexes || n_dimensions != self->array.ndim)
		return assign_view(self, keys, value);
	return convert_indexes(keys, indexes) &&
	       store_element(self, indexes, value);
}

static bool
assign_key(PyConsumerArray *self, PyObject *key, PyObject *value)
{
	const int ndim = self->array.ndim;
	ptrdiff_t index;

	if (ndim == 1 && PyIndex_Check(key))
		return convert_index(key, &index) &&
		       store_element(self, &index, value);
	if (ndim == 0 && key == Py_Ellipsis)
		return store_element(self, NULL, value);
	if (PyTuple_Check(key))
		return assign_tuple(self, key, value);
	return assign_view(self, key, value);
}

static bool
is_plain_exporter(PyConsumerArray *self, PyObject *object)
{
	const PyModuleState *state;

	if (PyBytes_CheckExact(object) || PyByteArray_CheckExact(object))
		return true;
	state = PyType_GetModuleState(Py_TYPE((PyObject *)self));
	if (!state)
		PyErr_Clear();
	return state && Py_TYPE(object) == state->plain_type;
}

/* Whether 'buffer' is that many bytes of elements like those of 'self'. */
static bool
is_plain_buffer(PyConsumerArray *self, const Py_buffer *buffer,
		Py_ssize_t n_bytes)
{
	return buffer->len == n_bytes && buffer->ndim == 1 &&
	       (size_t)buffer->itemsize == self->array.element.itemsize &&
	       (!buffer->strides || buffer->strides[0] == buffer->itemsize) &&
	       !buffer->suboffsets && buffer->format &&
	       strcmp(pyarray_format(self), buffer->format) == 0;
}

/*
 * Elements back to back, given those of bytes, a bytearray or an array.array,
 * which have a buffer without running any code: no array is made of either.
 * Not inline: single elements would pay for its frame.
 */
static __attribute__((noinline)) bool
assign_plain_slice(PyConsumerArray *self, PyObject *slice, PyObject *value)
{
	const ConsumerArray *array = &self->array;
	const Py_ssize_t itemsize = (Py_ssize_t)array->element.itemsize;
	Py_ssize_t start, stop, step, n_bytes;
	Py_buffer buffer;
	bool is_done;

	if (array->ndim != 1 || array->backing ||
	    array->inline_dimensions[1] != itemsize ||
	    !is_plain_exporter(self, value) ||
	    !unpack_plain_slice(slice, &start, &stop, &step) || step != 1)
		return false;
	if (PyObject_GetBuffer(value, &buffer, PyBUF_FULL_RO) < 0) {
		PyErr_Clear();
		return false;
	}
	n_bytes = PySlice_AdjustIndices(array->n_elements, &start, &stop, 1) *
		  itemsize;
	/* It is looked at as if it had run code after all. */
	is_done = !pyarray_is_released(self) &&
		  is_plain_buffer(self, &buffer, n_bytes);
	if (is_done && n_bytes > 0)
		memmove((char *)array->data + start * itemsize, buffer.buf,
			(size_t)n_bytes);
	PyBuffer_Release(&buffer);
	return is_done;
}

/* The same as the whole, if all is as it mostly is; otherwise false. */
static bool
store_plain(PyConsumerArray *self, PyObject *key, PyObject *value)
{
	char *address;

	if (self->array.read_only || !value)
		return false;
	address = self->store ? find_plain_element(&self->array, key) : NULL;
	if (address)
		return self->store(address, value);
	return PySlice_Check(key) && assign_plain_slice(self, key, value);
}

int
pyarray_assign(PyObject *object, PyObject *key, PyObject *value)
{
	PyConsumerArray *self = (PyConsumerArray *)object;
	bool is_stored;

	if (!pyarray_begin(self))
		return -1;
	is_stored = store_plain(self, key, value);
	pyarray_end(self);
	if (is_stored)
		return 0;
	if (self->array.read_only)
		PyErr_SetString(PyExc_TypeError,
				"cannot modify a read-only array");
	else if (!value)
		PyErr_SetString(PyExc_TypeError, "cannot delete elements");
	else if (assign_key(self, key, value))
		return 0;
	return -1;
}
