/* SPDX-License-Identifier: MIT */
/*
 * pyconsumer.h - what the files of the Python module share.
 *
 * Ownership.  The array that consume(), open() or PyConsumerArray(length) makes
 * is the root: it holds the memory, another object's Py_buffer or the library's
 * own.  A slice, cast, sub-view or read-only view of it, and any view of those,
 * is a PyConsumerArray that holds a strong reference to that same root, its
 * 'owner'.  Each counts as one of the root's views until it is released or
 * deallocated, also the root itself; the memory goes back with the last.
 *
 * Only buffers exported by the buffer protocol, and an operation in progress,
 * keep a view from being released.
 *
 * Every function that takes Python objects apart converts them first, then
 * looks whether the array was released (a conversion may run any code), and
 * only then touches memory.
 *
 * Functions that return a pointer return NULL, and those that return bool
 * return false, with a Python exception set.
 */
#ifndef PYCONSUMER_H
#define PYCONSUMER_H

#ifndef PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#endif
#include <Python.h>
#include <stdbool.h>

#include "consumer.h"

/* Shapes and strides pass between Python and the library as they are. */
_Static_assert(sizeof(Py_ssize_t) == sizeof(ptrdiff_t),
	       "Py_ssize_t and ptrdiff_t differ");

/* Fills a new list, by the fast way where the API has one. */
#ifdef Py_LIMITED_API
#define PYLIST_SET PyList_SetItem
#else
#define PYLIST_SET PyList_SET_ITEM
#endif

#define PYCFUNCTION(function) ((PyCFunction)(void (*)(void))(function))

/* --- The module (pyconsumer.c) ------------------------------------------ */

typedef struct {
	PyObject *unsupported_buffer_error;
	PyTypeObject *array_type;
	PyTypeObject *iterator_type;
} PyModuleState;

/* --- Arrays (pyarray.c) ------------------------------------------------- */

typedef struct PyConsumerArray PyConsumerArray;
struct PyConsumerArray {
	PyObject_HEAD
		/*
	 * What this view sees.  A root's 'release' callback gives the memory
	 * back, so a root keeps it, even released, as long as it has views.
	 */
		ConsumerArray array;
	PyConsumerArray *owner; /* the root; NULL in the root itself */
	Py_ssize_t n_exports;	/* of this view */
	PyObject *weak_references;
	/* Use pyarray_is_released(): close() ends views without telling them */
	bool is_released;
	/* The struct format; empty if only buffer.format has room for it. */
	char code[7];

	/* Of a root */
	Py_ssize_t n_views;	  /* not released yet, the root among them */
	Py_ssize_t n_all_exports; /* of all its views */
	/* Never copied: shape and strides may point into the structure. */
	Py_buffer buffer; /* obj is NULL if the library owns the memory */
};

extern PyType_Spec pyarray_spec;

static inline PyConsumerArray *
pyarray_root(PyConsumerArray *self)
{
	return self->owner ? self->owner : self;
}

static inline bool
pyarray_is_released(const PyConsumerArray *self)
{
	return self->is_released || (self->owner && self->owner->n_views == 0);
}

/* Sets the ValueError of an array that was released. */
bool pyarray_refuse_released(void);

/* False, with the exception, if 'self' was released. */
static inline bool
pyarray_check(const PyConsumerArray *self)
{
	return !pyarray_is_released(self) || pyarray_refuse_released();
}

/*
 * A root without memory, not known to the garbage collector yet: the caller
 * fills it and calls PyObject_GC_Track().
 */
PyConsumerArray *pyarray_new(PyTypeObject *type);

/* A root that owns 'array', which is released if there is no memory. */
PyConsumerArray *pyarray_from_owned(PyTypeObject *type, ConsumerArray *array);

/* Another view of the same memory, that sees what 'self' sees. */
PyConsumerArray *pyarray_new_view(PyConsumerArray *self);

/*
 * Makes 'self' see 'view', which is moved from, instead of what it sees now;
 * who gives the memory back stays the same.
 */
void pyarray_set_view(PyConsumerArray *self, ConsumerArray *view);

/* Makes the format that of 'element', as consumer_element_code() spells it. */
void pyarray_set_code(PyConsumerArray *self, ConsumerElement element);

/* The format as a struct string; valid while 'self' is not released. */
char *pyarray_format(PyConsumerArray *self);

/*
 * Keeps 'self' from being released until as many drops: for an export, or for
 * an operation that may run other code between two looks at the memory.
 */
void pyarray_add_export(PyConsumerArray *self);
void pyarray_drop_export(PyConsumerArray *self);

/* Lengths as a tuple of ints. */
PyObject *pyarray_tuple(int ndim, const ptrdiff_t *lengths);

/* --- Indexing (pyindex.c) ----------------------------------------------- */

Py_ssize_t pyarray_length(PyObject *array);
/* Of a first dimension that exists; 'index' is checked, but not from the end */
PyObject *pyarray_item(PyObject *array, Py_ssize_t index);
PyObject *pyarray_subscript(PyObject *array, PyObject *key);

/* --- Iterators (pyiterator.c) ------------------------------------------- */

extern PyType_Spec pyiterator_spec;

PyObject *pyarray_iterate(PyObject *array);

/* --- Buffers (pybuffer.c) ----------------------------------------------- */

/*
 * A root that holds the buffer of 'object'.  Everything the exporter says is
 * checked; what cannot be true is a BufferError.  Tracked already.
 */
PyConsumerArray *pybuffer_acquire(PyModuleState *state, PyObject *object);

/* bf_getbuffer and bf_releasebuffer of an array. */
int pybuffer_export(PyObject *array, Py_buffer *buffer, int flags);
void pybuffer_end_export(PyObject *array, Py_buffer *buffer);

/* --- Elements (pyvalue.c) ----------------------------------------------- */

/*
 * False, with a NotImplementedError that names the format, if the elements of
 * 'array' cannot be read.
 */
bool pyvalue_check_readable(PyConsumerArray *array);

/* One element of a readable kind. */
PyObject *pyvalue_load(ConsumerElement element, const void *address);

/* All elements of a readable array, nested as its shape. */
PyObject *pyvalue_list(const ConsumerArray *array);

/* --- Arguments (pyarguments.c) ------------------------------------------ */

#define PYSIGNATURE_MAX 7

/* The parameters of a function: required ones first, keyword-only ones last. */
typedef struct {
	const char *function;
	int n_parameters;
	int n_required;
	int n_positional;
	const char *names[PYSIGNATURE_MAX];
} PySignature;

/*
 * Sorts the arguments of a METH_FASTCALL | METH_KEYWORDS function into 'values'
 * (borrowed), one for each parameter, NULL where none was given.
 */
bool pyarguments_bind(const PySignature *signature, PyObject *const *arguments,
		      Py_ssize_t n_arguments, PyObject *keywords,
		      PyObject **values);

/*
 * An int (or an object with __index__) of 'minimum' or more; anything less or
 * too large is a ValueError that names 'name' and the value.
 */
bool pyarguments_integer(PyObject *value, const char *name, int64_t minimum,
			 int64_t *out);

/* The UTF-8 of a str; 'name' is for the TypeError. */
const char *pyarguments_string(PyObject *value, const char *name);

/* --- Layouts (pylayout.c) ----------------------------------------------- */

/* How memory is to be seen: what consume() and open() are asked for. */
typedef struct {
	bool has_element;
	bool has_shape;
	bool ignores_trailing;
	ConsumerElement element;
	uint64_t offset_bytes;
	uint64_t count; /* CONSUMER_ALL: as many as there are */
	int ndim;
	ptrdiff_t shape[CONSUMER_MAX_NDIM];
} PyLayout;

#define PYLAYOUT_N_ARGUMENTS 5

/* From the arguments format, shape, offset, count, trailing; NULL: not given */
bool pylayout_parse(PyObject *const *values, PyLayout *out);

/* Whether nothing is asked for, so that what is there stays as it is. */
bool pylayout_is_default(const PyLayout *layout);

/* Sees the bytes of 'self', a new and C-contiguous array, as 'layout' says. */
bool pylayout_apply(const PyLayout *layout, PyConsumerArray *self);

/* memoryview.cast(): method of arrays. */
PyObject *pylayout_cast(PyObject *array, PyObject *const *arguments,
			Py_ssize_t n_arguments, PyObject *keywords);

/* --- Errors (pyerror.c) ------------------------------------------------- */

/*
 * Raises 'error' as an exception: OSError with errno and 'filename', ValueError
 * or MemoryError.  'filename' may be NULL.  Always NULL.
 */
PyObject *pyerror_set(const ConsumerError *error, PyObject *filename);

#endif
