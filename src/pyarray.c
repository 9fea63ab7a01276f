/* SPDX-License-Identifier: MIT */
/* The type PyConsumerArray: its life, its attributes and its methods. */
#include "pyconsumer.h"

#include <stddef.h>
#include <string.h>
#include <structmember.h>

/* --- Life --------------------------------------------------------------- */

void
pyarray_refuse_released(void)
{
	PyErr_SetString(PyExc_ValueError,
			"operation forbidden on released PyConsumerArray "
			"object");
}

/*
 * Views come and go: the memory of a few is kept for the next.  Only the full
 * API has the means, and without the global lock it would need one of its own.
 */
#if defined(Py_LIMITED_API) || defined(Py_GIL_DISABLED)
#define MAX_FREE 0
#else
#define MAX_FREE 16
#endif

/* NULL: the garbage collector is taking the type down. */
static PyModuleState *
find_state(PyConsumerArray *self)
{
#if MAX_FREE > 0
	if (((PyHeapTypeObject *)Py_TYPE((PyObject *)self))->ht_module)
		return self->state;
#else
	(void)self;
#endif
	return NULL;
}

static PyConsumerArray *
allocate(PyTypeObject *type, PyModuleState *state)
{
	PyConsumerArray *self = state ? state->free_arrays : NULL;

	if (!self)
		return PyObject_GC_New(PyConsumerArray, type);
	state->free_arrays = self->owner;
	state->n_free_arrays--;
	return (PyConsumerArray *)PyObject_Init((PyObject *)self, type);
}

static void
deallocate(PyConsumerArray *self)
{
	PyModuleState *state = find_state(self);

	if (!state || state->n_free_arrays == MAX_FREE) {
		PyObject_GC_Del(self);
		return;
	}
	self->owner = state->free_arrays;
	state->free_arrays = self;
	state->n_free_arrays++;
}

void
pyarray_clear_free(PyModuleState *state)
{
	PyConsumerArray *next;

	for (PyConsumerArray *self = state->free_arrays; self; self = next) {
		next = self->owner;
		PyObject_GC_Del(self);
	}
	state->free_arrays = NULL;
	state->n_free_arrays = 0;
}

PyConsumerArray *
pyarray_new(PyTypeObject *type, PyModuleState *state)
{
	/* Untracked: an exporter that is half through must not be visited. */
	PyConsumerArray *self = allocate(type, state);

	if (!self)
		return NULL;
	self->state = state;
	self->array.release = NULL;
	self->array.allocated_dimensions = NULL;
	self->array.backing = NULL;
	self->load = NULL;
	self->store = NULL;
	self->owner = NULL;
	self->n_exports = 0;
	self->weak_references = NULL;
	self->hash = -1;
	self->is_released = false;
	self->may_be_in_cycle = false;
	self->code[0] = '\0';
	self->n_views = 1;
	self->n_all_exports = 0;
	self->buffer.obj = NULL;
	self->buffer.format = NULL;
	return self;
}

PyConsumerArray *
pyarray_from_owned(PyTypeObject *type, ConsumerArray *array)
{
	PyModuleState *state = PyType_GetModuleState(type);
	PyConsumerArray *self = state ? pyarray_new(type, state) : NULL;

	if (!self) {
		consumer_array_release(array);
		return NULL;
	}
	self->array = *array;
	pyarray_set_access(self);
	pyarray_set_code(self, self->array.element);
	return self;
}

/* A copy of 'from' that borrows, with dimensions of its own. */
static bool
copy_view(const ConsumerArray *from, ConsumerArray *out)
{
	ConsumerError error;

	if (from->ndim <= 1) { /* which are in the structure */
		*out = *from;
		out->release = NULL;
		return true;
	}
	if (consumer_array_wrap(from->data, from->element, from->ndim,
				consumer_array_shape(from),
				consumer_array_strides(from), from->read_only,
				out, &error)) {
		pyerror_set(&error, NULL);
		return false;
	}
	out->backing = from->backing;
	return true;
}

/* Makes 'view' one of what 'self', which is begun, sees; its root counts it. */
static bool
join_root(PyConsumerArray *view, PyConsumerArray *self)
{
	PyConsumerArray *root = pyarray_root(self);

	if (!copy_view(&self->array, &view->array))
		return false;
	pythread_add(&root->n_views, 1);
	Py_INCREF((PyObject *)root);
	view->owner = root;
	view->load = self->load;
	view->store = self->store;
	memcpy(view->code, self->code, sizeof(view->code));
	return true;
}

PyConsumerArray *
pyarray_start_view(PyConsumerArray *self)
{
	/* First: it may collect garbage, and so run any code. */
	PyConsumerArray *view =
		pyarray_new(Py_TYPE((PyObject *)self), find_state(self));
	bool is_made = false;

	if (view && pyarray_begin(self)) {
		is_made = join_root(view, self);
		pyarray_end(self);
	}
	if (!is_made)
		Py_CLEAR(view);
	return view;
}

PyConsumerArray *
pyarray_new_view(PyConsumerArray *self)
{
	PyConsumerArray *view = pyarray_start_view(self);

	if (view)
		pyarray_track(view);
	return view;
}

void
pyarray_set_view(PyConsumerArray *self, ConsumerArray *view)
{
	view->release = self->array.release;
	view->private_data = self->array.private_data;
	view->backing = self->array.backing;
	self->array.release = NULL;
	consumer_array_release(&self->array);
	self->array = *view;
	pyarray_set_access(self);
}

void
pyarray_set_access(PyConsumerArray *self)
{
	self->load = pyvalue_choose_load(self->array.element);
	self->store = pyvalue_choose_store(self->array.element);
	if (self->array.backing) /* the long way, which is guarded */
		self->store = NULL;
}

void
pyarray_set_code(PyConsumerArray *self, ConsumerElement element)
{
	_Static_assert(sizeof(self->code) >= CONSUMER_CODE_SIZE,
		       "no room for a struct code");
	consumer_element_code(element, self->code);
}

void
pyarray_set_format(PyConsumerArray *self, const char *format)
{
	self->code[0] = '\0';
	if (strlen(format) < sizeof(self->code))
		strcpy(self->code, format);
}

char *
pyarray_format(PyConsumerArray *self)
{
	return self->code[0] ? self->code : pyarray_root(self)->buffer.format;
}

/* Gives the memory of 'root' back, unless that was done or it has exports. */
static bool
give_back(PyConsumerArray *root)
{
	if (!pythread_replace(&root->n_all_exports, 0, PYARRAY_CLOSED))
		return false;
	consumer_array_release(&root->array);
	return true;
}

/* One view less of 'root': the memory goes with the last. */
static void
leave_root(PyConsumerArray *root)
{
	if (pythread_add(&root->n_views, -1) == 0)
		give_back(root);
}

/*
 * Ends 'self' unless it has exports, and returns how many it has.  Giving
 * memory back may run any code, which then finds 'self' released.
 */
static Py_ssize_t
end_view(PyConsumerArray *self)
{
	PyConsumerArray *owner = NULL;
	Py_ssize_t n_exports;
	bool is_ending;

	PYTHREAD_BEGIN_SECTION(self);
	n_exports = self->n_exports;
	is_ending = n_exports == 0 && !self->is_released;
	if (is_ending) {
		self->is_released = true;
		owner = self->owner;
		self->owner = NULL;
	}
	PYTHREAD_END_SECTION();
	if (owner) {
		if (self->array.allocated_dimensions)
			consumer_array_release(&self->array);
		leave_root(owner);
		Py_DECREF((PyObject *)owner);
	} else if (is_ending) {
		leave_root(self);
	}
	return n_exports;
}

static int
array_traverse(PyObject *object, visitproc visit, void *arg)
{
	PyConsumerArray *self = (PyConsumerArray *)object;

	Py_VISIT(Py_TYPE(object));
	Py_VISIT(self->owner);
	return pybuffer_traverse(self, visit, arg);
}

/* With exports the cycle leads through their consumers: they let go first. */
static int
array_clear(PyObject *object)
{
	end_view((PyConsumerArray *)object);
	return 0;
}

static void
free_array(PyConsumerArray *self)
{
	PyTypeObject *type = Py_TYPE((PyObject *)self);

	if (self->weak_references)
		PyObject_ClearWeakRefs((PyObject *)self);
	end_view(self);
	deallocate(self);
	Py_DECREF((PyObject *)type);
}

/* Whether the exporter dies with 'self', and what it holds with it. */
static bool
holds_last_reference(const PyConsumerArray *self)
{
	PyObject *exporter = self->buffer.obj;

	return exporter && Py_REFCNT(exporter) == 1;
}

/* Deallocations inside each other, before they have to wait for the first. */
#define MAX_NESTED 50

/*
 * A view of a memoryview of a view of ... as long as memory lasts: each
 * deallocation leads to the next, which must not exhaust the stack.  The
 * limited API has no trashcan for that.  Nothing is here but while one is
 * running.
 */
struct deallocation {
	int n_nested;
	PyConsumerArray *waiting; /* linked by 'weak_references' */
};

static _Thread_local struct deallocation deallocation;

static void
free_in_turn(PyConsumerArray *self)
{
	struct deallocation *running = &deallocation;

	if (running->n_nested == MAX_NESTED) {
		if (self->weak_references)
			PyObject_ClearWeakRefs((PyObject *)self);
		self->weak_references = (PyObject *)running->waiting;
		running->waiting = self;
		return;
	}
	running->n_nested++;
	free_array(self);
	while (running->n_nested == 1 && running->waiting) {
		self = running->waiting;
		running->waiting = (PyConsumerArray *)self->weak_references;
		self->weak_references = NULL;
		free_array(self);
	}
	running->n_nested--;
}

static void
array_dealloc(PyObject *object)
{
	PyConsumerArray *self = (PyConsumerArray *)object;

	PyObject_GC_UnTrack(self);
	if (holds_last_reference(self))
		free_in_turn(self);
	else
		free_array(self);
}

static PyObject *
array_new(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
	static char length_name[] = "length";
	static char *names[] = { length_name, NULL };
	PyObject *length = NULL;
	int64_t n_elements = 0;
	ConsumerArray array;
	ConsumerError error;

	if (!PyArg_ParseTupleAndKeywords(arguments, keywords,
					 "|O:PyConsumerArray", names, &length))
		return NULL;
	if (length &&
	    !pyarguments_integer(length, length_name, INT64_MIN, &n_elements))
		return NULL;
	if (n_elements < 0)
		n_elements = 0;
	if (n_elements > PTRDIFF_MAX) /* on 32 bits; it is too many anyway */
		n_elements = PTRDIFF_MAX;
	if (consumer_array_arange((ptrdiff_t)n_elements, &array, &error))
		return pyerror_set(&error, NULL);
	return (PyObject *)pyarray_from_owned(type, &array);
}

static PyObject *
refuse_exports(const char *what, Py_ssize_t n_exports)
{
	PyErr_Format(PyExc_BufferError, "%s has %zd exported buffer%s", what,
		     n_exports, n_exports == 1 ? "" : "s");
	return NULL;
}

static const char release_doc[] =
	"release($self, /)\n--\n\n"
	"End this view; its memory goes back with the last view of it.\n\n"
	"Slices, casts and other views of the same memory stay valid.\n"
	"Every later look at its elements or attributes raises ValueError,\n"
	"but for exports and released; release() and close() do nothing\n"
	"then, it equals only itself, and its hash stays if it is known.\n"
	"While exports is not 0, raises BufferError and changes nothing.";

static PyObject *
array_release(PyObject *object, PyObject *Py_UNUSED(ignored))
{
	const Py_ssize_t n_exports = end_view((PyConsumerArray *)object);

	if (n_exports > 0)
		return refuse_exports("PyConsumerArray", n_exports);
	Py_RETURN_NONE;
}

static const char close_doc[] =
	"close($self, /)\n--\n\n"
	"End this and every other view of the same memory; give it back.\n\n"
	"Does nothing if this view was released.  While any of the views\n"
	"has exported buffers, raises BufferError and changes nothing.";

static PyObject *
array_close(PyObject *object, PyObject *Py_UNUSED(ignored))
{
	PyConsumerArray *self = (PyConsumerArray *)object;
	PyConsumerArray *root;
	Py_ssize_t n_exports = 0;

	PYTHREAD_BEGIN_SECTION(self);
	root = self->is_released ? NULL : pyarray_root(self);
	Py_XINCREF((PyObject *)root);
	PYTHREAD_END_SECTION();
	if (!root)
		Py_RETURN_NONE;
	if (!give_back(root))
		n_exports = pythread_get(&root->n_all_exports);
	if (n_exports <= 0)
		end_view(self);
	Py_DECREF((PyObject *)root);
	if (n_exports > 0)
		return refuse_exports("the memory of this PyConsumerArray",
				      n_exports);
	Py_RETURN_NONE;
}

static const char enter_doc[] =
	"__enter__($self, /)\n--\n\n"
	"This view, which the end of the with statement releases.";

static PyObject *
array_enter(PyObject *object, PyObject *Py_UNUSED(ignored))
{
	if (!pyarray_check((PyConsumerArray *)object))
		return NULL;
	Py_INCREF(object);
	return object;
}

static const char exit_doc[] = "__exit__($self, /, *exception)\n--\n\n"
			       "The same as release().";

static PyObject *
array_exit(PyObject *object, PyObject *Py_UNUSED(exception))
{
	return array_release(object, NULL);
}

/* --- Views ------------------------------------------------------------- */

static const char toreadonly_doc[] = "toreadonly($self, /)\n--\n\n"
				     "A read-only view of the same memory.";

static PyObject *
array_toreadonly(PyObject *object, PyObject *Py_UNUSED(ignored))
{
	PyConsumerArray *view = pyarray_new_view((PyConsumerArray *)object);

	if (view)
		view->array.read_only = true;
	return (PyObject *)view;
}

static const char cast_doc[] =
	"cast($self, /, format, shape=None)\n--\n\n"
	"View the same bytes as elements of another format or shape.\n\n"
	"As in memoryview.cast(), the array must be C-contiguous; the old or\n"
	"the new elements must be bytes ('B', 'b', 'c', or a format that\n"
	"cannot be read); the old or the new shape must have one dimension.\n\n"
	"format  a type code: 'int32', '<i4', '>d' ...\n"
	"shape   a list or tuple of lengths, in elements; None: one\n"
	"        dimension of all elements\n\n"
	"Raises TypeError if that is not so or the sizes do not fit, and\n"
	"ValueError if the format is unknown.";

/* --- Attributes --------------------------------------------------------- */

PyObject *
pyarray_tuple(int ndim, const ptrdiff_t *lengths)
{
	PyObject *tuple = PyTuple_New(ndim);

	for (int axis = 0; tuple && axis < ndim; axis++) {
		PyObject *length = PyLong_FromSsize_t(lengths[axis]);

		if (!length)
			Py_CLEAR(tuple);
		else
			PYTUPLE_SET(tuple, axis, length);
	}
	return tuple;
}

/* PyBool_FromLong() without a call. */
static inline PyObject *
from_bool(bool value)
{
	return Py_NewRef(value ? Py_True : Py_False);
}

/* An attribute that a released array has no more. */
#define GETTER(name, value)                                        \
	static PyObject *get_##name(PyObject *object,              \
				    void *Py_UNUSED(closure))      \
	{                                                          \
		PyConsumerArray *self = (PyConsumerArray *)object; \
		PyObject *result;                                  \
                                                                   \
		if (!pyarray_begin(self))                          \
			return NULL;                               \
		result = (value);                                  \
		pyarray_end(self);                                 \
		return result;                                     \
	}

GETTER(obj, pybuffer_exporter(pyarray_root(self)))
GETTER(nbytes, PyLong_FromSsize_t(pyarray_size_bytes(&self->array)))
GETTER(itemsize, PyLong_FromSize_t(self->array.element.itemsize))
GETTER(format, PyUnicode_FromString(pyarray_format(self)))
GETTER(ndim, PyLong_FromLong(self->array.ndim))
GETTER(shape,
       pyarray_tuple(self->array.ndim, consumer_array_shape(&self->array)))
GETTER(strides,
       pyarray_tuple(self->array.ndim, consumer_array_strides(&self->array)))
GETTER(suboffsets, PyTuple_New(0))
GETTER(readonly, from_bool(self->array.read_only))
GETTER(c_contiguous, from_bool(pyarray_is_c_contiguous(&self->array)))
GETTER(f_contiguous, from_bool(pyarray_is_f_contiguous(&self->array)))
GETTER(contiguous, from_bool(pyarray_is_c_contiguous(&self->array) ||
			     pyarray_is_f_contiguous(&self->array)))

static PyObject *
get_exports(PyObject *object, void *Py_UNUSED(closure))
{
	return PyLong_FromSsize_t(((PyConsumerArray *)object)->n_exports);
}

static PyObject *
get_released(PyObject *object, void *Py_UNUSED(closure))
{
	return PyBool_FromLong(pyarray_is_released((PyConsumerArray *)object));
}

#define ATTRIBUTE(name, doc)                       \
	{                                          \
#name, get_##name, NULL, doc, NULL \
	}

static PyGetSetDef attributes[] = {
	ATTRIBUTE(obj, "The object whose memory this is; None if it is ours."),
	ATTRIBUTE(nbytes, "The size of all elements, in bytes."),
	ATTRIBUTE(itemsize, "The size of an element, in bytes."),
	ATTRIBUTE(format, "What an element is, as a struct format."),
	ATTRIBUTE(ndim, "The number of dimensions."),
	ATTRIBUTE(shape, "The length of each dimension, in elements."),
	ATTRIBUTE(strides, "How far apart neighbours are in each dimension, "
			   "in bytes."),
	ATTRIBUTE(suboffsets, "Always (): there are no indirect buffers here."),
	ATTRIBUTE(readonly, "Whether the memory must not be written."),
	ATTRIBUTE(c_contiguous, "Whether the elements lie back to back and "
				"the last index varies fastest."),
	ATTRIBUTE(f_contiguous, "Whether the elements lie back to back and "
				"the first index varies fastest."),
	ATTRIBUTE(contiguous, "Whether c_contiguous or f_contiguous is true."),
	ATTRIBUTE(exports, "How many buffers of this view others hold, "
			   "and operations on it are in progress."),
	ATTRIBUTE(released, "Whether release() or close() ended this view."),
	{ NULL, NULL, NULL, NULL, NULL },
};

/* --- Sequences ---------------------------------------------------------- */

static const char index_doc[] =
	"index($self, value, start=0, stop=sys.maxsize, /)\n--\n\n"
	"The first index, from start on and before stop, of value.\n\n"
	"Negative bounds count from the end.  Raises ValueError if no\n"
	"element there is equal to value; NaN never is.";

static const char count_doc[] =
	"count($self, value, /)\n--\n\n"
	"How many elements are equal to value; NaN never is.";

/* --- The type ----------------------------------------------------------- */

static PyMemberDef members[] = {
	{ "__weaklistoffset__", T_PYSSIZET,
	  offsetof(PyConsumerArray, weak_references), READONLY, NULL },
	{ NULL, 0, 0, 0, NULL },
};

static PyMethodDef methods[] = {
	{ "release", array_release, METH_NOARGS, release_doc },
	{ "close", array_close, METH_NOARGS, close_doc },
	{ "__enter__", array_enter, METH_NOARGS, enter_doc },
	{ "__exit__", array_exit, METH_VARARGS, exit_doc },
	{ "stringify", PYCFUNCTION(pytext_stringify),
	  METH_FASTCALL | METH_KEYWORDS, pytext_stringify_doc },
	{ "tolist", pytext_tolist, METH_NOARGS, pytext_tolist_doc },
	{ "tobytes", PYCFUNCTION(pytext_tobytes), METH_FASTCALL | METH_KEYWORDS,
	  pytext_tobytes_doc },
	{ "hex", PYCFUNCTION(pytext_hex), METH_FASTCALL | METH_KEYWORDS,
	  pytext_hex_doc },
	{ "index", PYCFUNCTION(pycompare_index), METH_FASTCALL, index_doc },
	{ "count", pycompare_count, METH_O, count_doc },
	{ "toreadonly", array_toreadonly, METH_NOARGS, toreadonly_doc },
	{ "cast", PYCFUNCTION(pylayout_cast), METH_FASTCALL | METH_KEYWORDS,
	  cast_doc },
	{ "sum", pysummary_sum, METH_NOARGS, pysummary_sum_doc },
	{ "min", pysummary_min, METH_NOARGS, pysummary_min_doc },
	{ "max", pysummary_max, METH_NOARGS, pysummary_max_doc },
	{ "mean", pysummary_mean, METH_NOARGS, pysummary_mean_doc },
	{ "std", pysummary_std, METH_NOARGS, pysummary_std_doc },
	{ "summary", pysummary_summary, METH_NOARGS, pysummary_summary_doc },
	{ "quantiles", PYCFUNCTION(pyquantile_quantiles),
	  METH_FASTCALL | METH_KEYWORDS, pyquantile_quantiles_doc },
	{ "histogram", PYCFUNCTION(pyquantile_histogram),
	  METH_FASTCALL | METH_KEYWORDS, pyquantile_histogram_doc },
	{ "tofile", PYCFUNCTION(pyexport_tofile), METH_FASTCALL | METH_KEYWORDS,
	  pyexport_tofile_doc },
	{ "__copy__", pyexport_copy, METH_NOARGS, pyexport_copy_doc },
	{ "__deepcopy__", pyexport_deepcopy, METH_O, pyexport_deepcopy_doc },
	{ "__reduce_ex__", pyexport_reduce_ex, METH_O, pyexport_reduce_ex_doc },
	{ NULL, NULL, 0, NULL },
};

static const char array_doc[] =
	"PyConsumerArray(length=0)\n--\n\n"
	"A view of numbers where they are: in another object or in a file.\n\n"
	"consume() and open() make one; PyConsumerArray(length) owns the\n"
	"int32 numbers 0 ... length-1 (none if length is negative).\n\n"
	"It does what a memoryview does, and more: elements of any byte\n"
	"order and float16, sub-views and slices of several dimensions, rows\n"
	"as the items of an N-d array, assignment to slices of elements that\n"
	"cannot be read.  It differs where it prints its elements, takes no\n"
	"suboffsets, calls an array without elements contiguous, refuses\n"
	"negative numbers for 'P', and spells the format after a cast its\n"
	"own way ('q' for 'l').  Elements of another spelling of the same\n"
	"type can be assigned, bytes that are not 0 are the same bool, and\n"
	"shapes and separators out of range are a ValueError.";

static PyType_Slot slots[] = {
	{ Py_tp_doc, (void *)(uintptr_t)array_doc },
	{ Py_tp_new, array_new },
	{ Py_tp_dealloc, array_dealloc },
	{ Py_tp_traverse, array_traverse },
	{ Py_tp_clear, array_clear },
	{ Py_tp_repr, pytext_repr },
	{ Py_tp_richcompare, pycompare_arrays },
	{ Py_tp_hash, pycompare_hash },
	{ Py_tp_iter, pyarray_iterate },
	{ Py_tp_methods, methods },
	{ Py_tp_members, members },
	{ Py_tp_getset, attributes },
	{ Py_mp_length, pyarray_length },
	{ Py_mp_subscript, pyarray_subscript },
	{ Py_mp_ass_subscript, pyarray_assign },
	{ Py_sq_length, pyarray_length },
	{ Py_sq_item, pyarray_item },
	{ Py_sq_contains, pycompare_contains },
	{ Py_bf_getbuffer, pybuffer_export },
	{ Py_bf_releasebuffer, pybuffer_end_export },
	{ 0, NULL },
};

PyType_Spec pyarray_spec = {
	.name = "consumer.PyConsumerArray",
	.basicsize = sizeof(PyConsumerArray),
	.flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC |
		 Py_TPFLAGS_IMMUTABLETYPE | PYTYPE_SEQUENCE, /* for "match" */
	.slots = slots,
};
