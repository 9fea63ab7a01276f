/* SPDX-License-Identifier: MIT */
/* Py_buffer <-> ConsumerArray: what exporters give us, what we export. */
#include "pyconsumer.h"

#include <string.h>

/* --- Another object's buffer -------------------------------------------- */

/*
 * The exporter may run any code, and there may be an exception on its way that
 * it must not meet, nor change.
 */
static void
release_by(void (*release)(Py_buffer *), ConsumerArray *array)
{
	PyObject *type, *value, *traceback;

	if (!PyErr_Occurred()) {
		release(array->private_data);
		return;
	}
	PyErr_Fetch(&type, &value, &traceback);
	release(array->private_data);
	if (PyErr_Occurred())
		PyErr_WriteUnraisable(NULL);
	PyErr_Restore(type, value, traceback);
}

static void
release_buffer(ConsumerArray *array)
{
	release_by(PyBuffer_Release, array);
}

/*
 * A memoryview in a cycle of garbage gives up its memory whatever is exported
 * from it, and the end of such an export then ends the process (CPython before
 * 3.13, gh-77894).  So we export nothing from it: as memoryview(m) does, we
 * share the buffer that it holds, by a memoryview of our own.  That one is not
 * known to the garbage collector, which cannot clear it, then; nothing but the
 * array refers to it, and the array shows what it refers to as its own.
 */
static void
drop_memoryview(Py_buffer *buffer)
{
	PyObject *memoryview = buffer->obj;

	buffer->obj = NULL;
	PyObject_GC_Track(memoryview); /* its deallocation expects that */
	Py_DECREF(memoryview);
}

static void
release_memoryview(ConsumerArray *array)
{
	release_by(drop_memoryview, array);
}

/* 'self' has been described by the buffer, of which it keeps the format. */
static bool
share_memoryview(PyConsumerArray *self)
{
	PyObject *memoryview = PyMemoryView_FromObject(self->buffer.obj);

	if (!memoryview)
		return false;
	PyObject_GC_UnTrack(memoryview);
	PyBuffer_Release(&self->buffer);
	self->buffer.obj = memoryview;
	self->array.release = release_memoryview;
	return true;
}

/* Whether the buffer of 'self' is that of a memoryview. */
static bool
has_memoryview(const PyConsumerArray *self)
{
	return self->buffer.obj && PyMemoryView_Check(self->buffer.obj);
}

int
pybuffer_traverse(PyConsumerArray *self, visitproc visit, void *arg)
{
	PyObject *exporter = self->buffer.obj;

	if (!has_memoryview(self)) {
		Py_VISIT(exporter);
		return 0;
	}
	return ((traverseproc)PyType_GetSlot(
		Py_TYPE(exporter), Py_tp_traverse))(exporter, visit, arg);
}

PyObject *
pybuffer_exporter(const PyConsumerArray *self)
{
	PyObject *exporter = self->buffer.obj;

	if (has_memoryview(self))
		return PyObject_GetAttrString(exporter, "obj");
	return Py_NewRef(exporter ? exporter : Py_None);
}

ConsumerElement
pybuffer_element(const char *format, size_t itemsize)
{
	ConsumerElement element = consumer_element(CONSUMER_OPAQUE);
	const char *code = format;

	element.itemsize = itemsize;
	if (*code && strchr("@=<>!", *code))
		code++;
	if (code[0] != '\0' && code[1] == '\0')
		consumer_element_parse(format, &element, NULL, NULL);
	return element;
}

static bool
check_sizes(const Py_buffer *buffer)
{
	if (buffer->itemsize <= 0)
		PyErr_Format(PyExc_BufferError,
			     "the exporter's itemsize is %zd",
			     buffer->itemsize);
	else if (buffer->len < 0 || (buffer->len > 0 && !buffer->buf))
		PyErr_Format(PyExc_BufferError,
			     "the exporter's buffer of %zd bytes is at %p",
			     buffer->len, buffer->buf);
	else if (buffer->ndim < 0)
		PyErr_Format(PyExc_BufferError,
			     "the exporter has %d dimensions", buffer->ndim);
	else if (buffer->ndim > CONSUMER_MAX_NDIM)
		PyErr_Format(PyExc_ValueError,
			     "%d dimensions: at most %d are supported",
			     buffer->ndim, CONSUMER_MAX_NDIM);
	else if (buffer->ndim > 1 && !buffer->shape)
		PyErr_Format(PyExc_BufferError,
			     "the exporter has %d dimensions but no shape",
			     buffer->ndim);
	else
		return true;
	return false;
}

static bool
check_suboffsets(const Py_buffer *buffer)
{
	for (int axis = 0; buffer->suboffsets && axis < buffer->ndim; axis++) {
		if (buffer->suboffsets[axis] >= 0) {
			PyErr_Format(PyExc_BufferError,
				     "buffers with suboffsets are not "
				     "supported: suboffset %zd of dimension %d",
				     buffer->suboffsets[axis], axis + 1);
			return false;
		}
	}
	return true;
}

/*
 * Whether the distance to the farthest elements on both sides can be computed,
 * and lies inside the address space.  Nothing more is known about the memory of
 * a strided buffer: 'len' counts its elements, not the gaps between them.
 */
static bool
is_addressable(const ConsumerArray *view)
{
	const ptrdiff_t *shape = consumer_array_shape(view);
	const ptrdiff_t *strides = consumer_array_strides(view);
	uintptr_t first = (uintptr_t)view->data, end = first;

	if (view->n_elements == 0)
		return true;
	for (int axis = 0; axis < view->ndim; axis++) {
		ptrdiff_t extent;

		if (__builtin_mul_overflow(shape[axis] - 1, strides[axis],
					   &extent))
			return false;
		if (extent < 0 ? __builtin_add_overflow(first, extent, &first)
			       : __builtin_add_overflow(end, extent, &end))
			return false;
	}
	return !__builtin_add_overflow(end, view->element.itemsize, &end) &&
	       end - first <= PTRDIFF_MAX;
}

static bool
check_span(const Py_buffer *buffer, const ConsumerArray *view)
{
	if (view->n_elements * buffer->itemsize != buffer->len) {
		PyErr_Format(PyExc_BufferError,
			     "the exporter's shape has %zd elements of %zd "
			     "bytes, its buffer %zd bytes",
			     (Py_ssize_t)view->n_elements, buffer->itemsize,
			     buffer->len);
		return false;
	}
	if (!is_addressable(view)) {
		PyErr_SetString(PyExc_BufferError,
				"the exporter's strides lead outside of "
				"memory");
		return false;
	}
	return true;
}

static bool
check_element(const Py_buffer *buffer, const ConsumerElement *element)
{
	if (element->itemsize == (size_t)buffer->itemsize)
		return true;
	PyErr_Format(PyExc_BufferError,
		     "the exporter's format '%s' has %zu bytes, its itemsize "
		     "is %zd",
		     buffer->format ? buffer->format : "B", element->itemsize,
		     buffer->itemsize);
	return false;
}

/* A shape that cannot be is the exporter's mistake, not an argument's. */
static bool
wrap(const Py_buffer *buffer, ConsumerElement element, const Py_ssize_t *shape,
     ConsumerArray *out)
{
	ConsumerError error;

	switch (consumer_array_wrap(buffer->buf, element, buffer->ndim,
				    (const ptrdiff_t *)shape,
				    (const ptrdiff_t *)buffer->strides,
				    buffer->readonly, out, &error)) {
	case CONSUMER_OK:
		return true;
	case CONSUMER_ERR_ARGUMENT:
		PyErr_Format(PyExc_BufferError, "the exporter's buffer: %s",
			     error.message);
		return false;
	default:
		pyerror_set(&error, NULL);
		return false;
	}
}

/*
 * What a buffer of numbers mostly is: one dimension, back to back, of a format
 * that is one letter.  False: it is not, or says what cannot be.
 */
static bool
describe_plain(const PyModuleState *state, PyConsumerArray *self)
{
	const Py_buffer *buffer = &self->buffer;
	const char *format = buffer->format;
	ConsumerArray *array = &self->array;
	const PyCode *code;
	Py_ssize_t len;

	if (buffer->ndim != 1 || !buffer->shape || buffer->suboffsets ||
	    !format || format[0] <= 0 || format[1])
		return false;
	code = &state->codes[(unsigned char)format[0]];
	if (!code->load || (size_t)buffer->itemsize != code->element.itemsize ||
	    (buffer->strides && buffer->strides[0] != buffer->itemsize) ||
	    __builtin_mul_overflow(buffer->shape[0], buffer->itemsize, &len) ||
	    len != buffer->len || len < 0 || (len > 0 && !buffer->buf) ||
	    __builtin_add_overflow((uintptr_t)buffer->buf, len,
				   &(uintptr_t){ 0 }))
		return false;
	array->data = buffer->buf;
	array->element = code->element;
	array->ndim = 1;
	array->read_only = buffer->readonly;
	array->n_elements = buffer->shape[0];
	array->inline_dimensions[0] = buffer->shape[0];
	array->inline_dimensions[1] = buffer->itemsize;
	self->code[0] = format[0];
	self->code[1] = '\0';
	self->load = code->load;
	self->store = code->store;
	return true;
}

/* Sees the buffer that 'self' holds, whatever it is. */
static bool
describe(PyConsumerArray *self)
{
	const Py_buffer *buffer = &self->buffer;
	const char *format = buffer->format ? buffer->format : "B";
	ConsumerElement element;
	ConsumerArray view;
	Py_ssize_t length;

	if (!check_sizes(buffer) || !check_suboffsets(buffer))
		return false;
	element = pybuffer_element(format, (size_t)buffer->itemsize);
	length = buffer->len / buffer->itemsize;
	if (!check_element(buffer, &element) ||
	    !wrap(buffer, element, buffer->shape ? buffer->shape : &length,
		  &view))
		return false;
	if (!check_span(buffer, &view)) {
		consumer_array_release(&view);
		return false;
	}
	pyarray_set_format(self, format);
	pyarray_set_view(self, &view);
	return true;
}

static PyConsumerArray *
refuse_object(PyModuleState *state, PyObject *object)
{
	PyObject *name =
		PyObject_GetAttrString((PyObject *)Py_TYPE(object), "__name__");

	if (name)
		PyErr_Format(state->unsupported_buffer_error,
			     "The object does not support buffer protocol: %S",
			     name);
	Py_XDECREF(name);
	return NULL;
}

/*
 * Whether 'exporter' may refer to anything but its type, as far as the garbage
 * collector can tell: it follows nothing from what it does not know, such as an
 * ndarray, which does refer to its base.  It knows array.array, which does not.
 * Negative: an exception.
 */
static int
may_refer(PyModuleState *state, PyObject *exporter)
{
	PyTypeObject *type = exporter ? Py_TYPE(exporter) : NULL;
	PyTypeObject *named = NULL;

	if (!type || !PyType_IS_GC(type) || type == state->plain_type)
		return 0;
	if (!pyguard_is_plain(state, exporter))
		return 1;
	if (!pymodule_find_type(&named, "array", "array"))
		return PyErr_Occurred() ? -1 : 1;
	/* Any type may be called array.array; this one is plain. */
	if (named == type && !state->plain_type)
		state->plain_type = (PyTypeObject *)Py_NewRef(named);
	Py_DECREF(named);
	return type != state->plain_type;
}

PyConsumerArray *
pybuffer_acquire(PyModuleState *state, PyObject *object)
{
	PyConsumerArray *self = pyarray_new(state->array_type, state);
	int may_be_in_cycle;

	if (!self)
		return NULL;
	if (PyObject_GetBuffer(object, &self->buffer, PyBUF_FULL_RO) < 0) {
		/* Whatever a failed exporter left there is not ours. */
		self->buffer.obj = NULL;
		Py_DECREF((PyObject *)self);
		if (PyObject_CheckBuffer(object))
			return NULL;
		PyErr_Clear();
		return refuse_object(state, object);
	}
	self->array.release = release_buffer;
	self->array.private_data = &self->buffer;
	if ((!describe_plain(state, self) && !describe(self)) ||
	    !pyguard_mark(state, self, object) ||
	    (has_memoryview(self) && !share_memoryview(self)) ||
	    (may_be_in_cycle = may_refer(state, self->buffer.obj)) < 0) {
		Py_DECREF((PyObject *)self);
		return NULL;
	}
	self->may_be_in_cycle = may_be_in_cycle;
	pyarray_track(self);
	return self;
}

/* --- Our buffer --------------------------------------------------------- */

static bool
has_flags(int flags, int wanted)
{
	return (flags & wanted) == wanted;
}

/* What is wrong with a request, or NULL. */
static const char *
find_refusal(const ConsumerArray *array, int flags)
{
	const bool is_c = pyarray_is_c_contiguous(array);
	const bool is_f = pyarray_is_f_contiguous(array);

	if (has_flags(flags, PyBUF_WRITABLE) && array->read_only)
		return "the memory is not writable";
	if (has_flags(flags, PyBUF_C_CONTIGUOUS) && !is_c)
		return "the array is not C-contiguous";
	if (has_flags(flags, PyBUF_F_CONTIGUOUS) && !is_f)
		return "the array is not Fortran contiguous";
	if (has_flags(flags, PyBUF_ANY_CONTIGUOUS) && !is_c && !is_f)
		return "the array is not contiguous";
	if (!has_flags(flags, PyBUF_STRIDES) && !is_c)
		return "the array is not C-contiguous, and strides were not "
		       "asked for";
	/* Without a shape the buffer is bytes, which the format would deny. */
	if (!has_flags(flags, PyBUF_ND) && has_flags(flags, PyBUF_FORMAT))
		return "a format was asked for, but not the shape";
	return NULL;
}

static void
fill_buffer(PyConsumerArray *self, Py_buffer *buffer, int flags)
{
	ConsumerArray *array = &self->array;
	ptrdiff_t *shape = array->ndim > 1 ? array->allocated_dimensions
					   : array->inline_dimensions;
	const bool has_shape = has_flags(flags, PyBUF_ND);
	const bool has_strides = has_flags(flags, PyBUF_STRIDES);

	buffer->buf = array->data;
	buffer->itemsize = (Py_ssize_t)array->element.itemsize;
	buffer->len = array->n_elements * buffer->itemsize;
	buffer->readonly = array->read_only;
	buffer->ndim = has_shape ? array->ndim : 1;
	buffer->format =
		has_flags(flags, PyBUF_FORMAT) ? pyarray_format(self) : NULL;
	buffer->shape =
		has_shape && array->ndim > 0 ? (Py_ssize_t *)shape : NULL;
	buffer->strides = has_strides && array->ndim > 0
				  ? (Py_ssize_t *)shape + array->ndim
				  : NULL;
	buffer->suboffsets = NULL;
	buffer->internal = NULL;
}

int
pybuffer_export(PyObject *object, Py_buffer *buffer, int flags)
{
	PyConsumerArray *self = (PyConsumerArray *)object;
	const char *refusal;

	buffer->obj = NULL;
	if (!pyarray_hold(self))
		return -1;
	refusal = find_refusal(&self->array, flags);
	if (refusal) {
		pyarray_drop(self);
		PyErr_SetString(PyExc_BufferError, refusal);
		return -1;
	}
	fill_buffer(self, buffer, flags);
	Py_INCREF(object);
	buffer->obj = object;
	return 0;
}

void
pybuffer_end_export(PyObject *object, Py_buffer *Py_UNUSED(buffer))
{
	pyarray_drop((PyConsumerArray *)object);
}
