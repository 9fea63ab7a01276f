/* SPDX-License-Identifier: MIT */
/* Arrays compared: with each other, and their elements with a value. */
#include "pyconsumer.h"

/* --- == and != ---------------------------------------------------------- */

/* What memoryview can read without a guard: 'array', or a copy of it. */
static PyObject *
get_readable(PyConsumerArray *array)
{
	if (array->array.backing)
		return (PyObject *)pyexport_new_copy(array);
	return Py_NewRef((PyObject *)array);
}

/* memoryview knows struct formats of which we only know the size. */
static PyObject *
compare_as_memoryviews(PyConsumerArray *self, PyObject *other, int operation)
{
	const bool is_array = Py_TYPE(other) == Py_TYPE((PyObject *)self);
	PyObject *readable = get_readable(self);
	PyObject *view = NULL, *result = NULL;

	if (!readable)
		return NULL;
	other = is_array ? get_readable((PyConsumerArray *)other)
			 : Py_NewRef(other);
	if (other)
		view = PyMemoryView_FromObject(readable);
	if (view)
		result = PyObject_RichCompare(view, other, operation);
	Py_XDECREF(view);
	Py_XDECREF(other);
	Py_DECREF(readable);
	return result;
}

struct comparison {
	const ConsumerArray *array;
	const ConsumerArray *other;
	bool are_equal;
	/* Of the guard of 'other' */
	ConsumerStatus status;
	ConsumerError error;
};

static void
compare(void *context)
{
	struct comparison *comparison = context;

	comparison->are_equal =
		consumer_array_equal(comparison->array, comparison->other);
}

static void
guard_other(void *context)
{
	struct comparison *comparison = context;

	comparison->status = CONSUMER_OK;
	if (!comparison->other->backing)
		compare(comparison);
	else
		comparison->status =
			consumer_array_guard(comparison->other, compare,
					     comparison, &comparison->error);
}

/* Of arrays that are held.  Negative: an exception. */
static int
are_equal(const ConsumerArray *array, const ConsumerArray *other)
{
	struct comparison comparison;

	comparison.array = array;
	comparison.other = other;
	if (!pyguard_run(array, pyarray_size_bytes(array), guard_other,
			 &comparison))
		return -1;
	if (comparison.status) {
		pyerror_set(&comparison.error, NULL);
		return -1;
	}
	return comparison.are_equal;
}

static PyObject *
compare_with_array(PyConsumerArray *self, PyConsumerArray *other, int operation)
{
	int result;

	if (!self->load || !other->load)
		return compare_as_memoryviews(self, (PyObject *)other,
					      operation);
	if (!pyarray_hold(self))
		return NULL;
	if (!pyarray_hold(other)) {
		pyarray_drop(self);
		return NULL;
	}
	result = are_equal(&self->array, &other->array);
	pyarray_drop(other);
	pyarray_drop(self);
	if (result < 0)
		return NULL;
	return PyBool_FromLong(result == (operation == Py_EQ));
}

static PyObject *
compare_with_object(PyConsumerArray *self, PyObject *other, int operation)
{
	PyModuleState *state = PyType_GetModuleState(Py_TYPE((PyObject *)self));
	PyConsumerArray *view;
	PyObject *result;

	if (!state)
		return NULL;
	if (!PyObject_CheckBuffer(other))
		Py_RETURN_NOTIMPLEMENTED;
	view = pybuffer_acquire(state, other);
	if (!view) {
		if (PyErr_ExceptionMatches(PyExc_MemoryError) ||
		    !PyErr_ExceptionMatches(PyExc_Exception))
			return NULL;
		PyErr_Clear();
	}
	if (pyarray_is_released(self)) /* by the exporter */
		result = PyBool_FromLong(operation == Py_NE);
	else if (view)
		result = compare_with_array(self, view, operation);
	else /* Buffers that we refuse, memoryview may take. */
		result = compare_as_memoryviews(self, other, operation);
	Py_XDECREF((PyObject *)view);
	return result;
}

PyObject *
pycompare_arrays(PyObject *object, PyObject *other, int operation)
{
	PyConsumerArray *self = (PyConsumerArray *)object;
	const bool is_array = Py_TYPE(other) == Py_TYPE(object);

	if (operation != Py_EQ && operation != Py_NE)
		Py_RETURN_NOTIMPLEMENTED;
	/* What was released equals only itself. */
	if (pyarray_is_released(self) ||
	    (is_array && pyarray_is_released((PyConsumerArray *)other)))
		return PyBool_FromLong((object == other) ==
				       (operation == Py_EQ));
	if (is_array)
		return compare_with_array(self, (PyConsumerArray *)other,
					  operation);
	return compare_with_object(self, other, operation);
}

/* --- hash() ------------------------------------------------------------- */

/* memoryview's rule: only what is as constant as bytes are. */
static bool
check_hashable(PyConsumerArray *self)
{
	const char *format = pyarray_format(self);

	if (!self->array.read_only) {
		PyErr_SetString(PyExc_ValueError,
				"cannot hash a writable array");
		return false;
	}
	if (*format == '@')
		format++;
	if (!((*format == 'B' || *format == 'b' || *format == 'c') &&
	      format[1] == '\0')) {
		PyErr_SetString(PyExc_ValueError,
				"hashing is restricted to the formats 'B', "
				"'b' and 'c'");
		return false;
	}
	return true;
}

/* Of an array that is held. */
static Py_hash_t
compute_hash(PyConsumerArray *self)
{
	PyObject *exporter, *bytes;
	Py_hash_t hash = -1;

	if (!check_hashable(self))
		return -1;
	exporter = pybuffer_exporter(pyarray_root(self));
	/* One that may change has no hash. */
	if (!exporter || PyObject_Hash(exporter) == -1) {
		Py_XDECREF(exporter);
		return -1;
	}
	Py_DECREF(exporter);
	bytes = pytext_bytes(self, 'C');
	if (bytes)
		hash = PyObject_Hash(bytes);
	Py_XDECREF(bytes);
	return hash;
}

Py_hash_t
pycompare_hash(PyObject *object)
{
	PyConsumerArray *self = (PyConsumerArray *)object;

	if (self->hash == -1 && pyarray_hold(self)) {
		self->hash = compute_hash(self);
		pyarray_drop(self);
	}
	return self->hash;
}

/* --- One value among the elements --------------------------------------- */

/* Elements from 'start' on and before 'stop', which has no negative numbers. */
typedef struct {
	Py_ssize_t start;
	Py_ssize_t stop;
} Range;

/* As in list.index(). */
static bool
parse_bound(PyObject *object, Py_ssize_t length, Py_ssize_t *out)
{
	const Py_ssize_t bound = PyNumber_AsSsize_t(object, NULL);

	if (bound == -1 && PyErr_Occurred())
		return false;
	*out = bound;
	if (bound < 0)
		*out = bound + length < 0 ? 0 : bound + length;
	return true;
}

/*
 * Compares one by one, as the operator 'in' of any sequence does: the value's
 * __eq__ may run any code.  Finds the first, or -1; -2 with an exception.
 */
static Py_ssize_t
find_object(PyObject *array, Range range, PyObject *value)
{
	for (Py_ssize_t i = range.start; i < range.stop; i++) {
		PyObject *item = pyarray_item(array, i);
		int is_equal;

		if (!item)
			return -2;
		is_equal = PyObject_RichCompareBool(item, value, Py_EQ);
		Py_DECREF(item);
		if (is_equal)
			return is_equal < 0 ? -2 : i;
	}
	return -1;
}

/* Whether the library can compare: it knows numbers, and one dimension. */
static bool
is_scalar_search(const PyConsumerArray *self, PyObject *value, PyScalar *scalar)
{
	return self->load && self->array.ndim == 1 &&
	       pyvalue_parse(value, scalar);
}

/* A search by the library, and what it found: an index or a count. */
struct search {
	const ConsumerArray *array;
	Range range;
	const PyScalar *scalar;
	Py_ssize_t result;
};

static void
search_first(void *context)
{
	struct search *search = context;

	search->result = consumer_array_find(
		search->array, search->range.start, search->range.stop,
		search->scalar->kind, search->scalar->value);
}

static void
search_all(void *context)
{
	struct search *search = context;

	search->result = consumer_array_count(
		search->array, search->scalar->kind, search->scalar->value);
}

static Py_ssize_t
find_scalar(PyConsumerArray *self, Range range, const PyScalar *scalar)
{
	const ConsumerArray *array = &self->array;
	struct search search = { array, range, scalar, -1 };

	if (!pyarray_hold(self))
		return -2;
	if (range.start < range.stop &&
	    !pyguard_run(array,
			 (range.stop - range.start) *
				 (Py_ssize_t)array->element.itemsize,
			 search_first, &search))
		search.result = -2;
	pyarray_drop(self);
	return search.result;
}

static Py_ssize_t
find(PyObject *object, Range range, PyObject *value)
{
	PyConsumerArray *self = (PyConsumerArray *)object;
	PyScalar scalar;

	if (is_scalar_search(self, value, &scalar))
		return find_scalar(self, range, &scalar);
	return find_object(object, range, value);
}

int
pycompare_contains(PyObject *object, PyObject *value)
{
	const Py_ssize_t length = pyarray_length(object);
	Py_ssize_t index;

	if (length < 0)
		return -1;
	index = find(object, (Range){ 0, length }, value);
	return index == -2 ? -1 : index >= 0;
}

PyObject *
pycompare_index(PyObject *object, PyObject *const *arguments,
		Py_ssize_t n_arguments)
{
	Range range = { 0, PY_SSIZE_T_MAX };
	Py_ssize_t length, index;

	if (n_arguments < 1 || n_arguments > 3) {
		PyErr_Format(PyExc_TypeError,
			     "index() takes 1 to 3 arguments (%zd given)",
			     n_arguments);
		return NULL;
	}
	length = pyarray_length(object);
	if (length < 0 ||
	    (n_arguments > 1 &&
	     !parse_bound(arguments[1], length, &range.start)) ||
	    (n_arguments > 2 &&
	     !parse_bound(arguments[2], length, &range.stop)))
		return NULL;
	if (range.stop > length)
		range.stop = length;
	index = find(object, range, arguments[0]);
	if (index >= 0)
		return PyLong_FromSsize_t(index);
	if (index == -1)
		pyarguments_refuse(PyExc_ValueError, "", arguments[0],
				   " is not in the array");
	return NULL;
}

/* The same, for all of them.  -2 with an exception. */
static Py_ssize_t
count_objects(PyObject *array, Py_ssize_t length, PyObject *value)
{
	Py_ssize_t n_found = 0;
	Range range = { 0, length };

	while (range.start < length) {
		const Py_ssize_t index = find_object(array, range, value);

		if (index == -2)
			return -2;
		if (index == -1)
			break;
		n_found++;
		range.start = index + 1;
	}
	return n_found;
}

static Py_ssize_t
count_scalar(PyConsumerArray *self, const PyScalar *scalar)
{
	const ConsumerArray *array = &self->array;
	struct search search = { array, { 0, 0 }, scalar, 0 };

	if (!pyarray_hold(self))
		return -2;
	if (!pyguard_run(array, pyarray_size_bytes(array), search_all, &search))
		search.result = -2;
	pyarray_drop(self);
	return search.result;
}

PyObject *
pycompare_count(PyObject *object, PyObject *value)
{
	PyConsumerArray *self = (PyConsumerArray *)object;
	const Py_ssize_t length = pyarray_length(object);
	PyScalar scalar;
	Py_ssize_t n_found;

	if (length < 0)
		return NULL;
	n_found = is_scalar_search(self, value, &scalar)
			  ? count_scalar(self, &scalar)
			  : count_objects(object, length, value);
	return n_found < 0 ? NULL : PyLong_FromSsize_t(n_found);
}
