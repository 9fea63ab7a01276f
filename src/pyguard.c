/* SPDX-License-Identifier: MIT */
/* Memory that a file backs, and that may vanish while it is read. */
#include "pyconsumer.h"

/* Views of views of views: no real object goes further back. */
#define MAX_OWNERS 64

static int
is_instance(PyTypeObject **cached, const char *module, const char *name,
	    PyObject *object)
{
	PyTypeObject *type = pymodule_find_type(cached, module, name);

	if (!type)
		return PyErr_Occurred() ? -1 : 0;
	return PyObject_TypeCheck(object, type);
}

int
pyguard_is_mmap(PyModuleState *state, PyObject *object)
{
	return is_instance(&state->mmap_type, "mmap", "mmap", object);
}

static PyObject *
get_viewed(PyObject *view)
{
#ifdef Py_LIMITED_API
	return PyObject_GetAttrString(view, "obj");
#else
	PyObject *viewed = PyMemoryView_GET_BASE(view);

	return Py_NewRef(viewed ? viewed : Py_None);
#endif
}

/* Whose memory 'object' exports: a new reference, None if it is its own. */
static PyObject *
get_owner(PyModuleState *state, PyObject *object)
{
	int is_ndarray;

	if (PyMemoryView_Check(object))
		return get_viewed(object);
	is_ndarray =
		is_instance(&state->ndarray_type, "numpy", "ndarray", object);
	if (is_ndarray > 0)
		return PyObject_GetAttrString(object, "base");
	return is_ndarray < 0 ? NULL : Py_NewRef(Py_None);
}

/* Whether 'object' is ours, of this or of another instance of the module. */
static bool
is_array(PyObject *object)
{
	return PyType_GetSlot(Py_TYPE(object), Py_bf_getbuffer) ==
	       (void *)pybuffer_export;
}

bool
pyguard_is_plain(const PyModuleState *state, PyObject *object)
{
	PyTypeObject *type = Py_TYPE(object);

	if (type == state->plain_type)
		return true;
	/*
	 * array.array says of itself that it is a sequence, NumPy's and mmap do
	 * not.  But Sequence.register() says so of any class written in Python,
	 * which may be derived from those.
	 */
	if (PyType_HasFeature(type, PYTYPE_SEQUENCE))
		return PyType_HasFeature(type, Py_TPFLAGS_IMMUTABLETYPE) &&
		       !PyMemoryView_Check(object) && !is_array(object);
	return PyBytes_CheckExact(object) || PyByteArray_CheckExact(object);
}

/* Of somebody else's mapping. */
static const ConsumerBacking unknown_file = { .descriptor = -1 };

/*
 * Makes '*out' what backs the memory that 'object' exports, NULL if that cannot
 * vanish.  False: an exception.
 */
static bool
find_backing(PyModuleState *state, PyObject *object, int n_owners,
	     const ConsumerBacking **out)
{
	PyObject *owner;
	bool is_found;

	*out = NULL;
	if (is_array(object)) {
		*out = pyarray_root((PyConsumerArray *)object)->array.backing;
		return true;
	}
	if (n_owners == 0 || object == Py_None ||
	    pyguard_is_plain(state, object))
		return true;
	if (!PyMemoryView_Check(object)) {
		const int is_mmap = pyguard_is_mmap(state, object);

		if (is_mmap > 0)
			*out = &unknown_file;
		/* Without the module there are no such objects. */
		if (is_mmap || !state->mmap_type)
			return is_mmap >= 0;
	}
	owner = get_owner(state, object);
	if (!owner)
		return false;
	is_found = find_backing(state, owner, n_owners - 1, out);
	Py_DECREF(owner);
	return is_found;
}

bool
pyguard_mark(PyModuleState *state, PyConsumerArray *self, PyObject *exporter)
{
	if (pyguard_is_plain(state, exporter))
		return true;
	if (!find_backing(state, exporter, MAX_OWNERS, &self->array.backing))
		return false;
	if (self->array.backing)
		pyarray_set_access(self);
	return true;
}

bool
pyguard_run_guarded(const ConsumerArray *array, Py_ssize_t n_bytes,
		    void (*read)(void *context), void *context)
{
	PyThreadState *thread = pythread_pause(n_bytes);
	ConsumerError error;
	const ConsumerStatus status =
		consumer_array_guard(array, read, context, &error);

	pythread_resume(thread);
	if (status)
		pyerror_set(&error, NULL);
	return !status;
}

struct copy {
	const ConsumerArray *array;
	void *out;
};

static void
copy_elements(void *context)
{
	const struct copy *copy = context;

	consumer_array_copy_bytes(copy->array, copy->out);
}

bool
pyguard_copy(const ConsumerArray *array, void *out)
{
	struct copy copy = { array, out };

	return pyguard_run(array, pyarray_size_bytes(array), copy_elements,
			   &copy);
}

PyObject *
pyguard_load(const PyConsumerArray *self, const void *address)
{
	const ConsumerArray *array = &self->array;
	ConsumerValue copy;
	ConsumerError error;

	if (consumer_array_get_bytes(array, address, &copy, &error))
		return pyerror_set(&error, NULL);
	return self->load(array->element, &copy);
}
