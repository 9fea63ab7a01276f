/* SPDX-License-Identifier: MIT */
/* The module consumer._consumer: consume() and open(). */
#include "pyconsumer.h"

/* --- consume() ---------------------------------------------------------- */

PyTypeObject *
pymodule_find_type(PyTypeObject **cached, const char *module_name,
		   const char *name)
{
	PyObject *key, *module, *type;

	if (*cached)
		return *cached;
	key = PyUnicode_FromString(module_name);
	if (!key)
		return NULL;
	module = PyImport_GetModule(key);
	Py_DECREF(key);
	if (!module)
		return NULL;
	/* A module of this name may be somebody else's. */
	type = PyObject_GetAttrString(module, name);
	Py_DECREF(module);
	if (!type && PyErr_ExceptionMatches(PyExc_AttributeError))
		PyErr_Clear();
	if (type && !PyType_Check(type))
		Py_CLEAR(type);
	if (!type)
		return NULL;
	/* The module may have run code that came here as well. */
	if (*cached)
		Py_DECREF(type);
	else
		*cached = (PyTypeObject *)type;
	return *cached;
}

/* Whether 'array' may be that of an mmap.mmap: its bytes are all alike. */
static bool
is_plain_bytes(const ConsumerArray *array)
{
	return array->element.type == CONSUMER_UINT8 && array->ndim == 1;
}

static const PyLayout default_layout = { .count = CONSUMER_ALL };

static bool
apply_default_format(PyConsumerArray *self, const PyLayout *layout)
{
	PyLayout file_layout = *layout;

	file_layout.has_element = true;
	file_layout.element = consumer_element(CONSUMER_INT32);
	return pylayout_apply(&file_layout, self);
}

/*
 * Sees 'self', which is new and sees what 'object' exports, as 'layout' says.
 * An mmap.mmap has no format, it is a file.
 */
static bool
apply_layout(PyModuleState *state, PyConsumerArray *self, PyObject *object,
	     const PyLayout *layout)
{
	if (!layout->has_element && self->array.backing &&
	    is_plain_bytes(&self->array)) {
		const int is_file = pyguard_is_mmap(state, object);

		if (is_file)
			return is_file > 0 &&
			       apply_default_format(self, layout);
	}
	return pylayout_is_default(layout) || pylayout_apply(layout, self);
}

static PyObject *
consume_array(PyConsumerArray *array, const PyLayout *layout)
{
	PyConsumerArray *self = pyarray_new_view(array);

	if (self && !pylayout_is_default(layout) &&
	    !pylayout_apply(layout, self))
		Py_CLEAR(self);
	return (PyObject *)self;
}

static PyObject *
consume_object(PyModuleState *state, PyObject *object, const PyLayout *layout)
{
	PyConsumerArray *self;

	if (Py_TYPE(object) == state->array_type)
		return consume_array((PyConsumerArray *)object, layout);
	self = pybuffer_acquire(state, object);
	/* Neither a layout nor a file: it is as it should be. */
	if (layout == &default_layout && self && !self->array.backing)
		return (PyObject *)self;
	if (self && !apply_layout(state, self, object, layout))
		Py_CLEAR(self);
	return (PyObject *)self;
}

static const char consume_doc[] =
	"consume($module, /, object, format=None, *, shape=None, "
	"offset=0, count=-1, trailing='error')\n--\n\n"
	"View the buffer that an object exports, without copying it.\n\n"
	"The array has the exporter's own format and shape; an mmap.mmap,\n"
	"which has none, is a file of int32.  Any other argument views the\n"
	"bytes anew, and they must be C-contiguous.\n\n"
	"object    anything that supports the buffer protocol; until the\n"
	"          last view is released it cannot be resized or closed\n"
	"format    a type code: 'int32', 'i4', '<i4', '>d', '=l' ...;\n"
	"          None: the exporter's format\n"
	"shape     a length, or a list or tuple of lengths, in elements;\n"
	"          None: one dimension\n"
	"offset    how many bytes to skip\n"
	"count     how many elements to view; -1: as many as there are\n"
	"trailing  if bytes are left over behind the last whole element,\n"
	"          'error' raises ValueError, 'ignore' leaves them out\n\n"
	"Raises UnsupportedBufferError (a TypeError and a ValueError) if\n"
	"the object has no buffer, BufferError if the buffer cannot be\n"
	"viewed so, and ValueError for any other value that is wrong.";

static PyObject *
consume_with_arguments(PyModuleState *state, PyObject *const *arguments,
		       Py_ssize_t n_arguments, PyObject *keywords)
{
	static const PySignature signature = {
		.function = "consume",
		.n_parameters = 1 + PYLAYOUT_N_ARGUMENTS,
		.n_required = 1,
		.n_positional = 2,
		.names = { "object", "format", "shape", "offset", "count",
			   "trailing" },
	};
	PyObject *values[1 + PYLAYOUT_N_ARGUMENTS];
	PyLayout layout;

	if (!pyarguments_bind(&signature, arguments, n_arguments, keywords,
			      values) ||
	    !pylayout_parse(values + 1, &layout))
		return NULL;
	return consume_object(state, values[0], &layout);
}

static PyObject *
consume(PyObject *module, PyObject *const *arguments, Py_ssize_t n_arguments,
	PyObject *keywords)
{
	PyModuleState *state = PyModule_GetState(module);

	if (n_arguments == 1 && !keywords)
		return consume_object(state, arguments[0], &default_layout);
	return consume_with_arguments(state, arguments, n_arguments, keywords);
}

/* --- open() ------------------------------------------------------------- */

static bool
parse_mode(PyObject *value, ConsumerOpenMode *out)
{
	static const struct {
		const char *name;
		ConsumerOpenMode mode;
	} modes[] = {
		{ "r", CONSUMER_OPEN_READ },
		{ "r+", CONSUMER_OPEN_READ_WRITE },
		{ "c", CONSUMER_OPEN_COPY_ON_WRITE },
	};

	*out = CONSUMER_OPEN_READ;
	if (!value)
		return true;
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		if (PyUnicode_Check(value) &&
		    PyUnicode_CompareWithASCIIString(value, modes[i].name) ==
			    0) {
			*out = modes[i].mode;
			return true;
		}
	}
	pyarguments_refuse(PyExc_ValueError, "mode ", value,
			   ": expected 'r', 'r+' or 'c'");
	return false;
}

/* Runs Python's signal handlers; false if one of them raised an exception. */
static bool
goes_on_after_signal(void *context)
{
	PyThreadState **thread = context;
	bool goes_on;

	PyEval_RestoreThread(*thread);
	goes_on = PyErr_CheckSignals() == 0;
	*thread = PyEval_SaveThread();
	return goes_on;
}

/* 'path' is the file's name in bytes, 'name' the same as the user gave it. */
static PyObject *
open_file(PyModuleState *state, PyObject *path, PyObject *name,
	  ConsumerOpenMode mode, const PyLayout *layout)
{
	const char *path_string = PyBytes_AsString(path);
	PyThreadState *thread;
	const ConsumerInterrupt interrupt = { goes_on_after_signal, &thread };
	const ConsumerSource source = {
		.format = CONSUMER_FILE_AUTO,
		.element = layout->element,
		.type_is_given = layout->has_element,
		.byte_order_is_given = layout->has_byte_order,
		.ndim = layout->ndim,
		.shape = layout->has_shape ? layout->shape : NULL,
	};
	ConsumerStatus status;
	ConsumerArray array;
	ConsumerError error;
	uint64_t n_trailing;

	/* A FIFO or a slow disk must not stop other threads. */
	thread = PyEval_SaveThread();
	status = consumer_array_open(
		path_string, mode, &source, layout->offset_bytes, layout->count,
		&interrupt, &array,
		layout->ignores_trailing ? &n_trailing : NULL, &error);
	PyEval_RestoreThread(thread);
	if (PyErr_Occurred()) /* a signal handler's */
		return NULL;
	if (status)
		return pyerror_set(&error, name);
	return (PyObject *)pyarray_from_owned(state->array_type, &array);
}

static const char open_doc[] =
	"open($module, /, path, format=None, *, mode='r', shape=None, "
	"offset=0, count=-1, trailing='error')\n--\n\n"
	"View a file of numbers, mapped into memory.\n\n"
	"A .npy file says itself what it has; any other is raw.  A file\n"
	"that cannot be mapped (a pipe, a device, /proc) is read instead.\n"
	"If it becomes shorter while it is mapped, what looks at the lost\n"
	"elements raises BufferError; see the documentation of the module.\n\n"
	"path      a str, bytes or os.PathLike\n"
	"format    a type code, see consume(); None: what the .npy header\n"
	"          says, otherwise 'int32'\n"
	"mode      'r': read-only; 'r+': writes reach the file; 'c': writes\n"
	"          stay in this process\n"
	"shape, offset, count, trailing\n"
	"          see consume(); an empty file is an empty array; of a .npy\n"
	"          file, shape must be the header's, and count takes the\n"
	"          first elements, in one dimension\n\n"
	"Raises OSError, and ValueError for a size or a value that does not\n"
	"fit, or that a .npy header contradicts.";

static PyObject *
open_path(PyObject *module, PyObject *const *arguments, Py_ssize_t n_arguments,
	  PyObject *keywords)
{
	/* The arguments of a layout first, in pylayout_parse()'s order. */
	static const PySignature signature = {
		.function = "open",
		.n_parameters = 2 + PYLAYOUT_N_ARGUMENTS,
		.n_required = 1,
		.n_positional = 2,
		.names = { "path", "format", "shape", "offset", "count",
			   "trailing", "mode" },
	};
	PyObject *values[2 + PYLAYOUT_N_ARGUMENTS];
	PyObject *name, *path, *array;
	ConsumerOpenMode mode;
	PyLayout layout;

	if (!pyarguments_bind(&signature, arguments, n_arguments, keywords,
			      values) ||
	    !pylayout_parse(values + 1, &layout) ||
	    !parse_mode(values[1 + PYLAYOUT_N_ARGUMENTS], &mode))
		return NULL;
	if (!layout.has_element)
		layout.element = consumer_element(CONSUMER_INT32);
	name = PyOS_FSPath(values[0]);
	if (!name)
		return NULL;
	if (!PyUnicode_FSConverter(name, &path)) {
		Py_DECREF(name);
		return NULL;
	}
	array = open_file(PyModule_GetState(module), path, name, mode, &layout);
	Py_DECREF(path);
	Py_DECREF(name);
	return array;
}

/* --- The module --------------------------------------------------------- */

/*
 * The module's function 'name', borrowed.  A module that the garbage collector
 * is taking down has none.
 */
static PyObject *
find_function(PyObject *module, const char *name)
{
	PyObject *functions_by_name = PyModule_GetDict(module);
	PyObject *key, *function = NULL;

	if (functions_by_name) {
		key = PyUnicode_FromString(name);
		if (key)
			function =
				PyDict_GetItemWithError(functions_by_name, key);
		Py_XDECREF(key);
	}
	if (!function && !PyErr_Occurred())
		PyErr_Format(PyExc_RuntimeError,
			     "the module consumer has no %s() any more", name);
	return function;
}

PyObject *
pymodule_reduce(PyObject *object, const char *restore, PyObject *arguments)
{
	PyObject *module, *function = NULL;

	if (!arguments)
		return NULL;
	module = PyType_GetModule(Py_TYPE(object));
	if (module)
		function = find_function(module, restore);
	if (function)
		return Py_BuildValue("ON", function, arguments);
	Py_DECREF(arguments);
	return NULL;
}

static PyTypeObject *
new_type(PyObject *module, PyType_Spec *spec)
{
	return (PyTypeObject *)PyType_FromModuleAndSpec(module, spec, NULL);
}

static PyObject *
new_unsupported_buffer_error(void)
{
	PyObject *bases = PyTuple_Pack(2, PyExc_TypeError, PyExc_ValueError);
	PyObject *type = NULL;

	if (bases)
		type = PyErr_NewExceptionWithDoc(
			"consumer.UnsupportedBufferError",
			"The object does not support the buffer protocol.",
			bases, NULL);
	Py_XDECREF(bases);
	return type;
}

/* Letters that are no code are opaque. */
static void
parse_codes(PyCode *codes)
{
	for (int letter = 1; letter < PYCODE_END; letter++) {
		const char code[] = { (char)letter, '\0' };
		ConsumerElement element = consumer_element(CONSUMER_OPAQUE);

		consumer_element_parse(code, &element, NULL, NULL);
		codes[letter].element = element;
		codes[letter].load = pyvalue_choose_load(element);
		codes[letter].store = pyvalue_choose_store(element);
		consumer_element_code(element, codes[letter].code);
	}
}

static bool
make_small_ints(PyObject **small_ints)
{
	for (int i = 0; i < PYINT_N_SMALL; i++) {
		small_ints[i] = PyLong_FromLong(PYINT_MIN_SMALL + i);
		if (!small_ints[i])
			return false;
	}
	return true;
}

static int
module_exec(PyObject *module)
{
	PyModuleState *state = PyModule_GetState(module);

	parse_codes(state->codes);
	if (!make_small_ints(state->small_ints))
		return -1;
	state->unsupported_buffer_error = new_unsupported_buffer_error();
	if (!state->unsupported_buffer_error ||
	    PyModule_AddObjectRef(module, "UnsupportedBufferError",
				  state->unsupported_buffer_error) < 0)
		return -1;
	state->bytes_hex =
		PyObject_GetAttrString((PyObject *)&PyBytes_Type, "hex");
	if (!state->bytes_hex)
		return -1;
	if (!(state->iterator_type = new_type(module, &pyiterator_spec)) ||
	    !(state->array_type = new_type(module, &pyarray_spec)) ||
	    !(state->summary_type = new_type(module, &pysummary_spec)) ||
	    !(state->histogram_type = pyquantile_new_histogram_type()) ||
	    PyModule_AddType(module, state->array_type) < 0 ||
	    PyModule_AddType(module, state->summary_type) < 0 ||
	    PyModule_AddType(module, state->histogram_type) < 0)
		return -1;
	return PyModule_AddStringConstant(module, "__version__",
					  consumer_version());
}

static int
module_traverse(PyObject *module, visitproc visit, void *arg)
{
	PyModuleState *state = PyModule_GetState(module);

	Py_VISIT(state->unsupported_buffer_error);
	Py_VISIT(state->array_type);
	Py_VISIT(state->iterator_type);
	Py_VISIT(state->summary_type);
	Py_VISIT(state->histogram_type);
	Py_VISIT(state->mmap_type);
	Py_VISIT(state->ndarray_type);
	Py_VISIT(state->plain_type);
	Py_VISIT(state->bytes_hex);
	return 0;
}

/*
 * There is no m_clear: the collector takes the module down by its types, each of
 * which lets go of it.  What runs meanwhile, as an exporter that is told of the
 * end of its buffer, still finds everything here.
 */
static void
module_free(void *module)
{
	PyModuleState *state = PyModule_GetState(module);

	for (int i = 0; i < PYINT_N_SMALL; i++)
		Py_CLEAR(state->small_ints[i]);
	Py_CLEAR(state->unsupported_buffer_error);
	pyarray_clear_free(state); /* as long as their type is there */
	Py_CLEAR(state->array_type);
	Py_CLEAR(state->iterator_type);
	Py_CLEAR(state->summary_type);
	Py_CLEAR(state->histogram_type);
	Py_CLEAR(state->mmap_type);
	Py_CLEAR(state->ndarray_type);
	Py_CLEAR(state->plain_type);
	Py_CLEAR(state->bytes_hex);
}

static PyMethodDef functions[] = {
	{ "consume", PYCFUNCTION(consume), METH_FASTCALL | METH_KEYWORDS,
	  consume_doc },
	{ "open", PYCFUNCTION(open_path), METH_FASTCALL | METH_KEYWORDS,
	  open_doc },
	{ "_restore_array", pyexport_restore, METH_VARARGS,
	  "For pickle: an array from what its __reduce_ex__() made." },
	{ "_restore_summary", pysummary_restore, METH_VARARGS,
	  "For pickle: a Summary from what its __reduce__() made." },
	{ NULL, NULL, 0, NULL },
};

/*
 * Interpreters refuse slots that they do not know, so there is a list for each
 * range of versions.  The headers of an older one, and the limited API, do not
 * name the newer slots.
 */
#define SLOT_MULTIPLE_INTERPRETERS    3
#define PER_INTERPRETER_GIL_SUPPORTED ((void *)2)
#define VERSION_3_12		      0x030C0000
#define SLOT_GIL		      4
#define GIL_NOT_USED		      ((void *)1)
#define VERSION_3_13		      0x030D0000

static PyModuleDef_Slot slots_3_11[] = {
	{ Py_mod_exec, module_exec },
	{ 0, NULL },
};

static PyModuleDef_Slot slots_3_12[] = {
	{ Py_mod_exec, module_exec },
	{ SLOT_MULTIPLE_INTERPRETERS, PER_INTERPRETER_GIL_SUPPORTED },
	{ 0, NULL },
};

static PyModuleDef_Slot slots_3_13[] = {
	{ Py_mod_exec, module_exec },
	{ SLOT_MULTIPLE_INTERPRETERS, PER_INTERPRETER_GIL_SUPPORTED },
	{ SLOT_GIL, GIL_NOT_USED },
	{ 0, NULL },
};

static const char module_doc[] = "The compiled part of the package consumer.";

static PyModuleDef module_def = {
	.m_base = PyModuleDef_HEAD_INIT,
	.m_name = "consumer._consumer",
	.m_doc = module_doc,
	.m_size = sizeof(PyModuleState),
	.m_methods = functions,
	.m_slots = slots_3_11,
	.m_traverse = module_traverse,
	.m_free = module_free,
};

PyMODINIT_FUNC PyInit__consumer(void);

PyMODINIT_FUNC
PyInit__consumer(void)
{
	if (Py_Version >= VERSION_3_13)
		module_def.m_slots = slots_3_13;
	else if (Py_Version >= VERSION_3_12)
		module_def.m_slots = slots_3_12;
	return PyModuleDef_Init(&module_def);
}
