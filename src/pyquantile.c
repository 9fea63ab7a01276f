/* SPDX-License-Identifier: MIT */
/* Quantiles and histograms of arrays. */
#include "pyconsumer.h"

/* --- Quantiles ----------------------------------------------------------- */

/* The percentages as a tuple; '*is_one' if they are a number. */
static PyObject *
list_percentages(PyObject *percentages, bool *is_one)
{
	PyObject *tuple = PySequence_Tuple(percentages);

	*is_one = !tuple && PyErr_ExceptionMatches(PyExc_TypeError) &&
		  PyNumber_Check(percentages);
	if (!*is_one)
		return tuple;
	PyErr_Clear();
	return PyTuple_Pack(1, percentages);
}

/* A tuple of numbers as memory to be freed; NULL: an exception is set. */
static double *
parse_percentages(PyObject *tuple, size_t n_percentages)
{
	double *percentages = PyMem_Calloc(n_percentages, sizeof(*percentages));

	if (!percentages) {
		PyErr_NoMemory();
		return NULL;
	}
	for (size_t i = 0; i < n_percentages; i++) {
		percentages[i] =
			PyFloat_AsDouble(PyTuple_GetItem(tuple, (Py_ssize_t)i));
		if (percentages[i] == -1 && PyErr_Occurred()) {
			PyMem_Free(percentages);
			return NULL;
		}
	}
	return percentages;
}

struct pass {
	const ConsumerArray *array;
	ConsumerQuantiles *quantiles;
};

static void
add_elements(void *context)
{
	const struct pass *pass = context;
	const ConsumerArray *array = pass->array;

	consumer_quantiles_add(pass->quantiles, array, 0, array->n_elements,
			       pythread_count(pyarray_size_bytes(array)));
}

/* The passes over an array that is held. */
static bool
count_quantiles(const ConsumerArray *array, ConsumerQuantiles *quantiles)
{
	struct pass pass = { array, quantiles };

	while (consumer_quantiles_next_pass(quantiles)) {
		if (!pyguard_run(array, pyarray_size_bytes(array), add_elements,
				 &pass))
			return false;
	}
	if (consumer_quantiles_count(quantiles) > 0)
		return true;
	pysummary_refuse_nothing("quantiles", array->n_elements > 0);
	return false;
}

/* Replaces the percentages by their quantiles. */
static bool
find_quantiles(PyConsumerArray *self, size_t n_percentages, double *percentages)
{
	const ConsumerArray *array = &self->array;
	ConsumerQuantiles *quantiles;
	ConsumerError error;
	bool is_found;

	if (!pysummary_check_numbers(self, "quantiles"))
		return false;
	if (consumer_quantiles_open(array->element.type, n_percentages,
				    percentages, &quantiles, &error)) {
		pyerror_set(&error, NULL);
		return false;
	}
	is_found = count_quantiles(array, quantiles);
	if (is_found)
		consumer_quantiles_values(quantiles, percentages);
	consumer_quantiles_close(quantiles);
	return is_found;
}

/* Steals 'item', which may be NULL. */
static bool
set_item(PyObject *list, size_t i, PyObject *item)
{
	return item && PyList_SetItem(list, (Py_ssize_t)i, item) == 0;
}

static PyObject *
list_of_floats(const double *values, size_t n)
{
	PyObject *list = PyList_New((Py_ssize_t)n);

	for (size_t i = 0; list && i < n; i++) {
		if (!set_item(list, i, PyFloat_FromDouble(values[i])))
			Py_CLEAR(list);
	}
	return list;
}

/* The quantiles at a tuple of percentages, as a list. */
static PyObject *
quantiles_at(PyConsumerArray *self, PyObject *tuple)
{
	const size_t n = (size_t)PyTuple_Size(tuple);
	double *values = parse_percentages(tuple, n);
	PyObject *list = NULL;

	if (!values)
		return NULL;
	if (pyarray_hold(self)) {
		if (find_quantiles(self, n, values))
			list = list_of_floats(values, n);
		pyarray_drop(self);
	}
	PyMem_Free(values);
	return list;
}

const char pyquantile_quantiles_doc[] =
	"quantiles($self, /, percentages)\n--\n\n"
	"The exact quantiles at percentages 0 ... 100, NaN left out.\n\n"
	"For one number a float, otherwise a list, in the order given.  They\n"
	"are what numpy.percentile() finds in the elements as float64, but an\n"
	"infinity does not make its neighbours NaN.  Nothing is sorted or\n"
	"copied: the elements are counted, in up to four passes.\n\n"
	"Raises ValueError if there is no number, or for a percentage out of\n"
	"range, and what sum() raises.";

PyObject *
pyquantile_quantiles(PyObject *array, PyObject *const *arguments,
		     Py_ssize_t n_arguments, PyObject *keywords)
{
	static const PySignature signature = {
		.function = "quantiles",
		.n_parameters = 1,
		.n_required = 1,
		.n_positional = 1,
		.names = { "percentages" },
	};
	PyObject *percentages, *tuple, *list, *value;
	bool is_one;

	if (!pyarguments_bind(&signature, arguments, n_arguments, keywords,
			      &percentages))
		return NULL;
	tuple = list_percentages(percentages, &is_one);
	if (!tuple)
		return NULL;
	list = quantiles_at((PyConsumerArray *)array, tuple);
	Py_DECREF(tuple);
	if (!list || !is_one)
		return list;
	value = PyList_GetItem(list, 0);
	Py_XINCREF(value);
	Py_DECREF(list);
	return value;
}

/* --- Histograms ---------------------------------------------------------- */

static PyStructSequence_Field histogram_fields[] = {
	{ "counts", "How many elements each bin has: a list of int." },
	{ "edges", "Where the bins begin, and the last one's end: a list of "
		   "float." },
	{ "n_nan", "How many elements are NaN." },
	{ "n_negative_infinities", "How many elements are -inf." },
	{ "n_positive_infinities", "How many elements are inf." },
	{ NULL, NULL },
};

static PyStructSequence_Desc histogram_desc = {
	.name = "consumer.Histogram",
	.doc = "What PyConsumerArray.histogram() found: the tuple (counts, "
	       "edges),\nand how many elements are in no bin.",
	.fields = histogram_fields,
	.n_in_sequence = 2,
};

PyTypeObject *
pyquantile_new_histogram_type(void)
{
	return PyStructSequence_NewType(&histogram_desc);
}

static PyObject *
list_of_counts(const ConsumerHistogram *histogram)
{
	const uint64_t *counts = consumer_histogram_counts(histogram);
	const size_t n = consumer_histogram_n_bins(histogram);
	PyObject *list = PyList_New((Py_ssize_t)n);

	for (size_t i = 0; list && i < n; i++) {
		if (!set_item(list, i, PyLong_FromUnsignedLongLong(counts[i])))
			Py_CLEAR(list);
	}
	return list;
}

static PyObject *
new_histogram(PyTypeObject *type, const ConsumerHistogram *histogram)
{
	PyObject *fields[] = {
		list_of_counts(histogram),
		list_of_floats(consumer_histogram_edges(histogram),
			       consumer_histogram_n_bins(histogram) + 1),
		PyLong_FromUnsignedLongLong(
			consumer_histogram_n_nan(histogram)),
		PyLong_FromUnsignedLongLong(
			consumer_histogram_n_negative_infinities(histogram)),
		PyLong_FromUnsignedLongLong(
			consumer_histogram_n_positive_infinities(histogram)),
	};
	PyObject *object = PyStructSequence_New(type);

	for (int i = 0; i < (int)(sizeof(fields) / sizeof(*fields)); i++) {
		if (object && !fields[i])
			Py_CLEAR(object);
		if (object)
			PyStructSequence_SetItem(object, i, fields[i]);
		else
			Py_XDECREF(fields[i]);
	}
	return object;
}

/* NULL: an exception is set. */
static ConsumerHistogram *
count_bins(PyConsumerArray *self, size_t n_bins)
{
	const ConsumerArray *array = &self->array;
	const Py_ssize_t n_bytes = pyarray_size_bytes(array);
	ConsumerHistogram *histogram;
	PyThreadState *thread;
	ConsumerStatus status;
	ConsumerError error;

	if (!pysummary_check_numbers(self, "histogram"))
		return NULL;
	thread = pythread_pause(n_bytes);
	status = consumer_array_histogram(
		array, n_bins, pythread_count(n_bytes), &histogram, &error);
	pythread_resume(thread);
	if (!status)
		return histogram;
	pyerror_set(&error, NULL);
	return NULL;
}

static bool
parse_bins(PyObject *value, size_t *n_bins)
{
	int64_t n = 20;

	if (value && !pyarguments_integer(value, "bins", 1, &n))
		return false;
	*n_bins = (uint64_t)n < SIZE_MAX ? (size_t)n : SIZE_MAX;
	return true;
}

const char pyquantile_histogram_doc[] =
	"histogram($self, /, bins=20)\n--\n\n"
	"Count elements in bins of equal width: (counts, edges).\n\n"
	"The edges are those of numpy.histogram() for the finite elements\n"
	"as float64; each of these is counted where the edges say, also\n"
	"where they are so close that NumPy's arithmetic misses.  Both are\n"
	"lists, in a Histogram; its further attributes n_nan,\n"
	"n_negative_infinities and n_positive_infinities count the rest.\n"
	"Without finite elements the edges go from 0 to 1.\n\n"
	"Raises ValueError for fewer than 1 bin or too many, and what sum()\n"
	"raises.";

PyObject *
pyquantile_histogram(PyObject *array, PyObject *const *arguments,
		     Py_ssize_t n_arguments, PyObject *keywords)
{
	static const PySignature signature = {
		.function = "histogram",
		.n_parameters = 1,
		.n_positional = 1,
		.names = { "bins" },
	};
	const PyModuleState *state = PyType_GetModuleState(Py_TYPE(array));
	PyConsumerArray *self = (PyConsumerArray *)array;
	ConsumerHistogram *histogram;
	PyObject *bins, *result;
	size_t n_bins;

	if (!state ||
	    !pyarguments_bind(&signature, arguments, n_arguments, keywords,
			      &bins) ||
	    !parse_bins(bins, &n_bins) || !pyarray_hold(self))
		return NULL;
	histogram = count_bins(self, n_bins);
	pyarray_drop(self);
	if (!histogram)
		return NULL;
	result = new_histogram(state->histogram_type, histogram);
	consumer_histogram_close(histogram);
	return result;
}
