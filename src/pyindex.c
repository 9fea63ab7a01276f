/* SPDX-License-Identifier: MIT */
/* array[...]: elements, sub-views and slices. */
#include "pyconsumer.h"

#include <limits.h>

Py_ssize_t
pyarray_length(PyObject *object)
{
	PyConsumerArray *self = (PyConsumerArray *)object;

	if (!pyarray_check(self))
		return -1;
	if (self->array.ndim == 0) {
		PyErr_SetString(PyExc_TypeError,
				"a 0-dimensional array has no length");
		return -1;
	}
	return consumer_array_shape(&self->array)[0];
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
	PyErr_Format(PyExc_TypeError,
		     "indexes must be integers, slices or Ellipsis, not %R",
		     key);
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
	*out = PyNumber_AsSsize_t(key, PyExc_IndexError);
	return *out != -1 || !PyErr_Occurred();
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

static bool
apply_slice(PyConsumerArray *view, int axis, PyObject *slice)
{
	Py_ssize_t start, stop, step, n_elements;
	ConsumerArray sliced;
	ConsumerError error;

	if (PySlice_Unpack(slice, &start, &stop, &step) < 0 ||
	    !pyarray_check(view))
		return false;
	n_elements = PySlice_AdjustIndices(
		consumer_array_shape(&view->array)[axis], &start, &stop, step);
	if (consumer_array_slice(&view->array, axis, start, n_elements, step,
				 &sliced, &error)) {
		pyerror_set(&error, NULL);
		return false;
	}
	pyarray_set_view(view, &sliced);
	return true;
}

/* --- One key ------------------------------------------------------------ */

PyObject *
pyarray_item(PyObject *object, Py_ssize_t index)
{
	PyConsumerArray *self = (PyConsumerArray *)object;
	const ConsumerArray *array = &self->array;
	PyConsumerArray *view;

	if (!pyarray_check(self))
		return NULL;
	if (array->ndim == 0)
		return refuse_0d();
	if (index < 0 || index >= consumer_array_shape(array)[0]) {
		refuse_index(0);
		return NULL;
	}
	if (array->ndim == 1) {
		if (!pyvalue_check_readable(self))
			return NULL;
		return pyvalue_load(
			array->element,
			(char *)array->data +
				index * consumer_array_strides(array)[0]);
	}
	view = pyarray_new_view(self);
	if (view && !select_index(view, 0, index))
		Py_CLEAR(view);
	return (PyObject *)view;
}

static PyObject *
subscript_index(PyConsumerArray *self, PyObject *key)
{
	ptrdiff_t index;

	if (!convert_index(key, &index) || !pyarray_check(self))
		return NULL;
	if (index < 0 && self->array.ndim > 0)
		index += consumer_array_shape(&self->array)[0];
	return pyarray_item((PyObject *)self, index);
}

/*
 * The view is made before the bounds are converted, so that it holds the memory
 * if their __index__ releases 'self': as memoryview does.
 */
static PyObject *
subscript_slice(PyConsumerArray *self, PyObject *slice)
{
	PyConsumerArray *view;

	if (pyarray_check(self) && self->array.ndim == 0)
		return refuse_0d();
	view = pyarray_new_view(self);
	if (view && !apply_slice(view, 0, slice))
		Py_CLEAR(view);
	return (PyObject *)view;
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

static PyObject *
load_element(PyConsumerArray *self, PyObject *keys)
{
	const ConsumerArray *array = &self->array;
	const int ndim = array->ndim;
	ptrdiff_t indexes[CONSUMER_MAX_NDIM];
	char *address;

	for (int axis = 0; axis < ndim; axis++) {
		if (!convert_index(PyTuple_GetItem(keys, axis), &indexes[axis]))
			return NULL;
	}
	if (!pyarray_check(self) || !pyvalue_check_readable(self))
		return NULL;
	for (int axis = 0; axis < ndim; axis++) {
		if (!resolve_index(consumer_array_shape(array)[axis], axis,
				   &indexes[axis]))
			return NULL;
	}
	/* An element is only known to be there once all indexes are good. */
	address = array->data;
	for (int axis = 0; axis < ndim; axis++)
		address += indexes[axis] * consumer_array_strides(array)[axis];
	return pyvalue_load(array->element, address);
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
		return load_element(self, keys);
	view = pyarray_new_view(self);
	if (view && !apply_keys(view, keys, n_dimensions))
		Py_CLEAR(view);
	return (PyObject *)view;
}

PyObject *
pyarray_subscript(PyObject *object, PyObject *key)
{
	PyConsumerArray *self = (PyConsumerArray *)object;

	if (PyIndex_Check(key))
		return subscript_index(self, key);
	if (PySlice_Check(key))
		return subscript_slice(self, key);
	if (PyTuple_Check(key))
		return subscript_tuple(self, key);
	if (key == Py_Ellipsis)
		return (PyObject *)pyarray_new_view(self);
	refuse_key(key);
	return NULL;
}
