/* SPDX-License-Identifier: MIT */
/* Iterators over the first dimension of an array. */
#include "pyconsumer.h"

typedef struct {
	PyObject_HEAD PyConsumerArray *array; /* NULL: none is left */
	Py_ssize_t index;
	Py_ssize_t length;
} Iterator;

PyObject *
pyarray_iterate(PyObject *array)
{
	const PyModuleState *state = PyType_GetModuleState(Py_TYPE(array));
	const Py_ssize_t length = pyarray_length(array);
	Iterator *self;

	if (!state || length < 0)
		return NULL;
	self = PyObject_GC_New(Iterator, state->iterator_type);
	if (!self)
		return NULL;
	Py_INCREF(array);
	self->array = (PyConsumerArray *)array;
	self->index = 0;
	self->length = length;
	/* It is in a cycle only if the array is. */
	if (PyObject_GC_IsTracked(array))
		PyObject_GC_Track(self);
	return (PyObject *)self;
}

static PyObject *
iterator_next(PyObject *object)
{
	Iterator *self = (Iterator *)object;
	PyConsumerArray *array = self->array;
	const Py_ssize_t index = self->index;
	ptrdiff_t stride;
	PyObject *item;

	if (!array || index >= self->length) {
		/* Another thread may be about to use it. */
		if (PYTHREAD_HAS_GIL)
			Py_CLEAR(self->array);
		return NULL;
	}
	/* A new sub-view may collect garbage that exhausts this iterator. */
	self->index = index + 1;
	if (array->array.ndim != 1 || !array->load)
		return pyarray_item((PyObject *)array, index);
	if (!pyarray_begin(array))
		return NULL;
	stride = array->array.inline_dimensions[1];
	item = pyarray_load(array, (char *)array->array.data + index * stride);
	pyarray_end(array);
	return item;
}

static int
iterator_traverse(PyObject *object, visitproc visit, void *arg)
{
	Iterator *self = (Iterator *)object;

	Py_VISIT(Py_TYPE(object));
	Py_VISIT(self->array);
	return 0;
}

static int
iterator_clear(PyObject *object)
{
	Py_CLEAR(((Iterator *)object)->array);
	return 0;
}

static void
iterator_dealloc(PyObject *object)
{
	PyTypeObject *type = Py_TYPE(object);

	PyObject_GC_UnTrack(object);
	iterator_clear(object);
	PyObject_GC_Del(object);
	Py_DECREF((PyObject *)type);
}

static PyType_Slot slots[] = {
	{ Py_tp_dealloc, iterator_dealloc },
	{ Py_tp_traverse, iterator_traverse },
	{ Py_tp_clear, iterator_clear },
	{ Py_tp_iter, PyObject_SelfIter },
	{ Py_tp_iternext, iterator_next },
	{ 0, NULL },
};

PyType_Spec pyiterator_spec = {
	.name = "consumer.PyConsumerArrayIterator",
	.basicsize = sizeof(Iterator),
	.flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC |
		 Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
	.slots = slots,
};
