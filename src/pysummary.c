/* SPDX-License-Identifier: MIT */
/* Reductions of arrays, and the type Summary that has all of them. */
#include "pyconsumer.h"

#include <string.h>

/* --- One pass over an array --------------------------------------------- */

bool
pysummary_check_numbers(PyConsumerArray *self, const char *operation)
{
	if (!pyvalue_check_readable(self))
		return false;
	if (self->array.element.type != CONSUMER_CHAR)
		return true;
	PyErr_Format(PyExc_TypeError,
		     "%s() of format 'c': its elements are bytes, not numbers",
		     operation);
	return false;
}

void
pysummary_refuse_nothing(const char *operation, bool has_nan)
{
	PyErr_Format(PyExc_ValueError, "%s() of %s", operation,
		     has_nan ? "an array of nothing but NaN"
			     : "an empty array");
}

struct addition {
	ConsumerSummary *summary;
	const ConsumerArray *array;
};

static void
add_elements(void *context)
{
	const struct addition *addition = context;
	const ConsumerArray *array = addition->array;

	consumer_summary_add(addition->summary, array, 0, array->n_elements,
			     pythread_count(pyarray_size_bytes(array)));
}

/* Collects what 'collected' says; 'operation' is for errors. */
static bool
collect(PyObject *object, unsigned collected, const char *operation,
	ConsumerSummary *out)
{
	PyConsumerArray *self = (PyConsumerArray *)object;
	const ConsumerArray *array = &self->array;
	struct addition addition = { out, array };
	bool is_done;

	if (!pyarray_hold(self))
		return false;
	if (!pysummary_check_numbers(self, operation)) {
		pyarray_drop(self);
		return false;
	}
	consumer_summary_begin(out, array->element.type, collected);
	is_done = pyguard_run(array, pyarray_size_bytes(array), add_elements,
			      &addition);
	pyarray_drop(self);
	return is_done;
}

/* The same for what an array without numbers does not have. */
static bool
collect_some(PyObject *object, unsigned collected, const char *operation,
	     ConsumerSummary *out)
{
	if (!collect(object, collected | CONSUMER_SUMMARY_RANGE, operation,
		     out))
		return false;
	if (out->count > 0)
		return true;
	pysummary_refuse_nothing(operation, out->n_nan > 0);
	return false;
}

/* --- Parts of a summary as Python objects -------------------------------- */

/* high * 2^64 + low; steals 'high', which may be NULL. */
static PyObject *
join_halves(PyObject *high, uint64_t low)
{
	PyObject *shift = NULL, *low_half = NULL, *shifted = NULL, *sum = NULL;

	if (high)
		shift = PyLong_FromLong(64);
	if (shift)
		low_half = PyLong_FromUnsignedLongLong(low);
	if (low_half)
		shifted = PyNumber_Lshift(high, shift);
	if (shifted)
		sum = PyNumber_Or(shifted, low_half);
	Py_XDECREF(shifted);
	Py_XDECREF(low_half);
	Py_XDECREF(shift);
	Py_XDECREF(high);
	return sum;
}

static PyObject *
integer_sum(const ConsumerSummary *summary)
{
	uint64_t high, low;
	const bool is_negative =
		consumer_summary_integer_sum(summary, &high, &low);
	PyObject *sum = PyLong_FromUnsignedLongLong(high > 0 ? high : low);
	PyObject *negative;

	if (high > 0)
		sum = join_halves(sum, low);
	if (!sum || !is_negative)
		return sum;
	negative = PyNumber_Negative(sum);
	Py_DECREF(sum);
	return negative;
}

static PyObject *
from_sum(const ConsumerSummary *summary)
{
	if (consumer_type_kind(summary->type) == CONSUMER_KIND_FLOAT)
		return PyFloat_FromDouble(consumer_summary_sum(summary));
	return integer_sum(summary);
}

/* --- Methods of arrays --------------------------------------------------- */

const char pysummary_sum_doc[] =
	"sum($self, /)\n--\n\n"
	"The exact sum: an int of any size, or a float rounded once.\n\n"
	"NaN is left out, and infinities take part; of no numbers, 0.\n"
	"Raises TypeError if the elements are bytes ('c'), and\n"
	"NotImplementedError if they cannot be read.";

PyObject *
pysummary_sum(PyObject *array, PyObject *Py_UNUSED(ignored))
{
	ConsumerSummary summary;

	return collect(array, CONSUMER_SUMMARY_SUM, "sum", &summary)
		       ? from_sum(&summary)
		       : NULL;
}

const char pysummary_min_doc[] =
	"min($self, /)\n--\n\n"
	"The smallest element, NaN left out; -0.0 < 0.0.\n\n"
	"Raises ValueError if there is none, and what sum() raises.";

PyObject *
pysummary_min(PyObject *array, PyObject *Py_UNUSED(ignored))
{
	ConsumerSummary summary;

	return collect_some(array, 0, "min", &summary)
		       ? pyvalue_object(summary.type, summary.min)
		       : NULL;
}

const char pysummary_max_doc[] =
	"max($self, /)\n--\n\n"
	"The largest element, NaN left out; -0.0 < 0.0.\n\n"
	"Raises ValueError if there is none, and what sum() raises.";

PyObject *
pysummary_max(PyObject *array, PyObject *Py_UNUSED(ignored))
{
	ConsumerSummary summary;

	return collect_some(array, 0, "max", &summary)
		       ? pyvalue_object(summary.type, summary.max)
		       : NULL;
}

const char pysummary_mean_doc[] =
	"mean($self, /)\n--\n\n"
	"The mean as a float: the true value, rounded once.\n\n"
	"NaN is left out.  Raises ValueError if there is no other element,\n"
	"and what sum() raises.";

PyObject *
pysummary_mean(PyObject *array, PyObject *Py_UNUSED(ignored))
{
	ConsumerSummary summary;

	return collect_some(array, CONSUMER_SUMMARY_SUM, "mean", &summary)
		       ? PyFloat_FromDouble(consumer_summary_mean(&summary))
		       : NULL;
}

const char pysummary_std_doc[] =
	"std($self, /)\n--\n\n"
	"The standard deviation of the population, sqrt(mean((x - "
	"mean)^2)).\n\n"
	"A float: the true value, rounded once; NaN if an element is\n"
	"infinite.  NaN is left out.  Raises ValueError if there is no other\n"
	"element, and what sum() raises.";

PyObject *
pysummary_std(PyObject *array, PyObject *Py_UNUSED(ignored))
{
	ConsumerSummary summary;

	return collect_some(array, CONSUMER_SUMMARY_ALL, "std", &summary)
		       ? PyFloat_FromDouble(consumer_summary_std(&summary))
		       : NULL;
}

/* --- The type Summary ---------------------------------------------------- */

typedef struct {
	PyObject_HEAD ConsumerSummary summary;
} Summary;

/* 'object' is a Summary. */
static ConsumerSummary *
summary_of(PyObject *object)
{
	return &((Summary *)object)->summary;
}

static PyObject *
new_summary(PyTypeObject *type, const ConsumerSummary *summary)
{
	Summary *self = PyObject_New(Summary, type);

	if (self)
		self->summary = *summary;
	return (PyObject *)self;
}

static void
summary_dealloc(PyObject *object)
{
	PyTypeObject *type = Py_TYPE(object);

	PyObject_Free(object);
	Py_DECREF((PyObject *)type);
}

const char pysummary_summary_doc[] =
	"summary($self, /)\n--\n\n"
	"All of it in one pass: count, nan, inf, min, max, mean, std, sum.\n\n"
	"A Summary; two of one element type add up to that of both arrays.\n"
	"An empty array has one too.  Raises what sum() raises.";

PyObject *
pysummary_summary(PyObject *array, PyObject *Py_UNUSED(ignored))
{
	const PyModuleState *state = PyType_GetModuleState(Py_TYPE(array));
	ConsumerSummary summary;

	if (!state ||
	    !collect(array, CONSUMER_SUMMARY_ALL, "summary", &summary))
		return NULL;
	return new_summary(state->summary_type, &summary);
}

#define GETTER(name, value)                                          \
	static PyObject *get_##name(PyObject *object,                \
				    void *Py_UNUSED(closure))        \
	{                                                            \
		const ConsumerSummary *summary = summary_of(object); \
                                                                     \
		return value;                                        \
	}

/* What there is only with numbers. */
#define GETTER_OF_SOME(name, value) \
	GETTER(name, summary->count > 0 ? (value) : Py_NewRef(Py_None))

GETTER(count, PyLong_FromUnsignedLongLong(summary->count))
GETTER(nan, PyLong_FromUnsignedLongLong(summary->n_nan))
GETTER(inf, PyLong_FromUnsignedLongLong(summary->n_positive_infinities +
					summary->n_negative_infinities))
GETTER_OF_SOME(min, pyvalue_object(summary->type, summary->min))
GETTER_OF_SOME(max, pyvalue_object(summary->type, summary->max))
GETTER_OF_SOME(mean, PyFloat_FromDouble(consumer_summary_mean(summary)))
GETTER_OF_SOME(std, PyFloat_FromDouble(consumer_summary_std(summary)))
GETTER(sum, from_sum(summary))

#define ATTRIBUTE(name, doc)                       \
	{                                          \
#name, get_##name, NULL, doc, NULL \
	}

static PyGetSetDef attributes[] = {
	ATTRIBUTE(count, "How many elements there are, NaN left out."),
	ATTRIBUTE(nan, "How many elements are NaN."),
	ATTRIBUTE(inf, "How many elements are infinite, of either sign."),
	ATTRIBUTE(min,
		  "The smallest element; -0.0 < 0.0.  None if count is 0."),
	ATTRIBUTE(max, "The largest element; -0.0 < 0.0.  None if count is 0."),
	ATTRIBUTE(mean,
		  "The sum divided by count, rounded once.  None if count "
		  "is 0."),
	ATTRIBUTE(std, "The standard deviation of the population, rounded once."
		       "  None if count is 0."),
	ATTRIBUTE(sum, "The sum: an int in full, or a float rounded once."),
	{ NULL, NULL, NULL, NULL, NULL },
};

/* " name=value" for each attribute. */
static PyObject *
describe_attributes(PyObject *object)
{
	PyObject *text = PyUnicode_FromString("");

	for (const PyGetSetDef *each = attributes; text && each->name; each++) {
		PyObject *value = each->get(object, NULL);
		PyObject *longer = NULL;

		if (value)
			longer = PyUnicode_FromFormat("%U %s=%R", text,
						      each->name, value);
		Py_XDECREF(value);
		Py_DECREF(text);
		text = longer;
	}
	return text;
}

static PyObject *
summary_repr(PyObject *object)
{
	const ConsumerType type = summary_of(object)->type;
	PyObject *parts = describe_attributes(object);
	PyObject *text = NULL;

	if (parts)
		text = PyUnicode_FromFormat("<Summary of %s:%U>",
					    consumer_type_name(type), parts);
	Py_XDECREF(parts);
	return text;
}

static bool
is_same_value(ConsumerType type, ConsumerValue a, ConsumerValue b)
{
	if (type == CONSUMER_BOOL)
		return a.boolean == b.boolean;
	return a.unsigned_integer == b.unsigned_integer; /* any 64 bits */
}

/* To the bit: all that the two could ever answer is the same. */
static bool
is_same_summary(const ConsumerSummary *a, const ConsumerSummary *b)
{
	return a->type == b->type && a->count == b->count &&
	       a->n_nan == b->n_nan &&
	       a->n_positive_infinities == b->n_positive_infinities &&
	       a->n_negative_infinities == b->n_negative_infinities &&
	       is_same_value(a->type, a->min, b->min) &&
	       is_same_value(a->type, a->max, b->max) &&
	       memcmp(a->sum, b->sum, sizeof(a->sum)) == 0 &&
	       memcmp(a->squares, b->squares, sizeof(a->squares)) == 0;
}

static PyObject *
summary_compare(PyObject *left, PyObject *right, int operation)
{
	bool is_same;

	if ((operation != Py_EQ && operation != Py_NE) ||
	    Py_TYPE(left) != Py_TYPE(right))
		Py_RETURN_NOTIMPLEMENTED;
	is_same = is_same_summary(summary_of(left), summary_of(right));
	return PyBool_FromLong(is_same == (operation == Py_EQ));
}

static PyObject *
summary_add(PyObject *left, PyObject *right)
{
	ConsumerSummary summary;
	ConsumerError error;

	if (Py_TYPE(left) != Py_TYPE(right))
		Py_RETURN_NOTIMPLEMENTED;
	summary = *summary_of(left);
	if (consumer_summary_merge(&summary, summary_of(right), &error))
		return pyerror_set(&error, NULL);
	return new_summary(Py_TYPE(left), &summary);
}

/* --- Pickle -------------------------------------------------------------- */

/*
 * A pickled sum is an int and the number of the limb that its lowest 32 bits
 * belong to, so that it is as long as what it says.
 */
#define LIMB_BYTES	4
#define MAX_LIMBS_BYTES (LIMB_BYTES * (CONSUMER_SQUARES_LIMBS + 1))

/* The last limb has the sign, and with it all of its 64 bits. */
static int
limb_bytes(int limb, int n_limbs)
{
	return limb == n_limbs - 1 ? 2 * LIMB_BYTES : LIMB_BYTES;
}

/*
 * Calls a function of int, whatever a subclass has in its place, with
 * signed=True; 'arguments' are stolen and may be NULL.
 */
static PyObject *
call_signed(const char *function, PyObject *arguments)
{
	PyObject *keywords = NULL, *callable = NULL, *result = NULL;

	if (arguments)
		keywords = PyDict_New();
	if (keywords && PyDict_SetItemString(keywords, "signed", Py_True) == 0)
		callable = PyObject_GetAttrString((PyObject *)&PyLong_Type,
						  function);
	if (callable)
		result = PyObject_Call(callable, arguments, keywords);
	Py_XDECREF(callable);
	Py_XDECREF(keywords);
	Py_XDECREF(arguments);
	return result;
}

static int
first_limb(const int64_t *limbs, int n_limbs)
{
	int first = 0;

	while (first < n_limbs - 1 && limbs[first] == 0)
		first++;
	return first;
}

/* Limbs 'first' and higher. */
static PyObject *
limbs_to_int(const int64_t *limbs, int n_limbs, int first)
{
	const int n_bytes = LIMB_BYTES * (n_limbs - first + 1);
	unsigned char bytes[MAX_LIMBS_BYTES];
	unsigned char *end = bytes;

	for (int i = first; i < n_limbs; i++) {
		for (int byte = 0; byte < limb_bytes(i, n_limbs); byte++)
			*end++ = (unsigned char)(limbs[i] >> 8 * byte);
	}
	return call_signed(
		"from_bytes",
		/* Not "y#": 3.12 refuses it from a module of newer headers. */
		Py_BuildValue(
			"Ns",
			PyBytes_FromStringAndSize((const char *)bytes, n_bytes),
			"little"));
}

static bool
int_to_limbs(PyObject *integer, int first, int64_t *limbs, int n_limbs)
{
	const int n_bytes = LIMB_BYTES * (n_limbs - first + 1);
	PyObject *bytes_object;
	const unsigned char *next;

	bytes_object = call_signed(
		"to_bytes", Py_BuildValue("Ois", integer, n_bytes, "little"));
	if (!bytes_object)
		return false;
	next = (const unsigned char *)PyBytes_AsString(bytes_object);
	for (int i = first; next && i < n_limbs; i++) {
		for (int byte = 0; byte < limb_bytes(i, n_limbs); byte++)
			limbs[i] |= (int64_t)((uint64_t)*next++ << 8 * byte);
	}
	Py_DECREF(bytes_object);
	return next != NULL;
}

static PyObject *
pickled_state(const ConsumerSummary *summary)
{
	const int sum_limb = first_limb(summary->sum, CONSUMER_SUM_LIMBS);
	const int squares_limb =
		first_limb(summary->squares, CONSUMER_SQUARES_LIMBS);
	PyObject *min = pyvalue_object(summary->type, summary->min);
	PyObject *max = NULL, *sum = NULL, *squares = NULL, *state = NULL;

	if (min)
		max = pyvalue_object(summary->type, summary->max);
	if (max)
		sum = limbs_to_int(summary->sum, CONSUMER_SUM_LIMBS, sum_limb);
	if (sum)
		squares = limbs_to_int(summary->squares, CONSUMER_SQUARES_LIMBS,
				       squares_limb);
	if (squares)
		state = Py_BuildValue(
			"sKKKKOOOiOi", consumer_type_name(summary->type),
			(unsigned long long)summary->count,
			(unsigned long long)summary->n_nan,
			(unsigned long long)summary->n_positive_infinities,
			(unsigned long long)summary->n_negative_infinities, min,
			max, sum, sum_limb, squares, squares_limb);
	Py_XDECREF(squares);
	Py_XDECREF(sum);
	Py_XDECREF(max);
	Py_XDECREF(min);
	return state;
}

static const char reduce_doc[] = "__reduce__($self, /)\n--\n\n"
				 "For pickle; what it makes is small.";

static PyObject *
summary_reduce(PyObject *object, PyObject *Py_UNUSED(ignored))
{
	return pymodule_reduce(object, "_restore_summary",
			       pickled_state(summary_of(object)));
}

static bool
parse_count(PyObject *object, uint64_t *out)
{
	*out = PyLong_AsUnsignedLongLong(object);
	return !PyErr_Occurred();
}

static bool
parse_value(PyObject *object, ConsumerType type, ConsumerValue *out)
{
	switch (consumer_type_kind(type)) {
	case CONSUMER_KIND_BOOL:
		out->boolean = object == Py_True;
		break;
	case CONSUMER_KIND_SIGNED:
		out->signed_integer = PyLong_AsLongLong(object);
		break;
	case CONSUMER_KIND_FLOAT:
		out->floating = PyFloat_AsDouble(object);
		break;
	case CONSUMER_KIND_UNSIGNED:
	case CONSUMER_KIND_CHAR:
	case CONSUMER_KIND_NONE:
		return parse_count(object, &out->unsigned_integer);
	}
	return !PyErr_Occurred();
}

/* The place of a pickled sum, which an enemy may have pickled. */
static bool
check_limb(int first, int n_limbs)
{
	if (0 <= first && first < n_limbs)
		return true;
	PyErr_Format(PyExc_ValueError, "the state of a Summary has no limb %d",
		     first);
	return false;
}

static bool
begin_restored(const char *type_name, ConsumerSummary *out)
{
	ConsumerElement element;
	ConsumerError error;

	if (consumer_element_parse(type_name, &element, NULL, &error)) {
		pyerror_set(&error, NULL);
		return false;
	}
	if (element.type == CONSUMER_CHAR) {
		PyErr_SetString(PyExc_ValueError,
				"there is no Summary of char");
		return false;
	}
	consumer_summary_begin(out, element.type, CONSUMER_SUMMARY_ALL);
	return true;
}

PyObject *
pysummary_restore(PyObject *module, PyObject *arguments)
{
	const PyModuleState *state = PyModule_GetState(module);
	PyObject *counts[4], *min, *max, *sum, *squares;
	int sum_limb, squares_limb;
	const char *type_name;
	ConsumerSummary summary;

	if (!PyArg_ParseTuple(arguments, "sOOOOOOO!iO!i:_restore_summary",
			      &type_name, &counts[0], &counts[1], &counts[2],
			      &counts[3], &min, &max, &PyLong_Type, &sum,
			      &sum_limb, &PyLong_Type, &squares,
			      &squares_limb) ||
	    !check_limb(sum_limb, CONSUMER_SUM_LIMBS) ||
	    !check_limb(squares_limb, CONSUMER_SQUARES_LIMBS) ||
	    !begin_restored(type_name, &summary) ||
	    !parse_count(counts[0], &summary.count) ||
	    !parse_count(counts[1], &summary.n_nan) ||
	    !parse_count(counts[2], &summary.n_positive_infinities) ||
	    !parse_count(counts[3], &summary.n_negative_infinities) ||
	    !parse_value(min, summary.type, &summary.min) ||
	    !parse_value(max, summary.type, &summary.max) ||
	    !int_to_limbs(sum, sum_limb, summary.sum, CONSUMER_SUM_LIMBS) ||
	    !int_to_limbs(squares, squares_limb, summary.squares,
			  CONSUMER_SQUARES_LIMBS))
		return NULL;
	return new_summary(state->summary_type, &summary);
}

/* --- The type ------------------------------------------------------------ */

static PyMethodDef methods[] = {
	{ "__reduce__", summary_reduce, METH_NOARGS, reduce_doc },
	{ NULL, NULL, 0, NULL },
};

static const char summary_doc[] =
	"What PyConsumerArray.summary() found; never rounded on the way.\n\n"
	"The sum of two is the summary of both arrays together, to the bit,\n"
	"however the elements were divided.  Two are equal if their element\n"
	"types and all that they collected are.";

static PyType_Slot slots[] = {
	{ Py_tp_doc, (void *)(uintptr_t)summary_doc },
	{ Py_tp_dealloc, summary_dealloc },
	{ Py_tp_repr, summary_repr },
	{ Py_tp_richcompare, summary_compare },
	{ Py_tp_hash, PyObject_HashNotImplemented },
	{ Py_tp_methods, methods },
	{ Py_tp_getset, attributes },
	{ Py_nb_add, summary_add },
	{ 0, NULL },
};

PyType_Spec pysummary_spec = {
	.name = "consumer.Summary",
	.basicsize = sizeof(Summary),
	.flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE |
		 Py_TPFLAGS_DISALLOW_INSTANTIATION,
	.slots = slots,
};
