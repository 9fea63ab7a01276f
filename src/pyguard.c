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

static int
is_mapped(PyModuleState *state, PyObject *object, int n_owners)
{
	PyObject *owner;
	int result;

	if (Py_TYPE(object) == state->array_type)
		return pyarray_root((PyConsumerArray *)object)
			->array.may_vanish;
	if (n_owners == 0 || object == Py_None || PyBytes_CheckExact(object) ||
	    PyByteArray_CheckExact(object))
		return 0;
	if (!PyMemoryView_Check(object)) {
#ifdef Py_TPFLAGS_SEQUENCE
		/* array.array says so of itself, NumPy's and mmap do not. */
		if (PyType_GetFlags(Py_TYPE(object)) & Py_TPFLAGS_SEQUENCE)
			return 0;
#endif
		/* Without the module there are no such objects. */
		result = pyguard_is_mmap(state, object);
		if (result || !state->mmap_type)
			return result;
	}
	owner = get_owner(state, object);
	if (!owner)
		return -1;
	result = is_mapped(state, owner, n_owners - 1);
	Py_DECREF(owner);
	return result;
}

bool
pyguard_mark(PyModuleState *state, PyConsumerArray *self, PyObject *exporter)
{
	const int result = is_mapped(state, exporter, MAX_OWNERS);

	if (result > 0) {
		self->array.may_vanish = true;
		pyarray_set_access(self);
	}
	return result >= 0;
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
pyguard_load(ConsumerElement element, const void *address)
{
	ConsumerValue copy;

	if (consumer_guard_copy(&copy, address, element.itemsize))
		return pyvalue_choose_load(element)(element, &copy);
	PyErr_SetString(PyExc_BufferError,
			"the element cannot be read: the file has become "
			"shorter, or its disk failed");
	return NULL;
}
