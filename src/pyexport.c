/* SPDX-License-Identifier: MIT */
/* Ways out of an array that make a copy: files, pickle, copy. */
#include "pyconsumer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* --- tofile(): to an object with a method write() ------------------------ */

/*
 * What write() returned, as the number of bytes that it took of 'n_bytes'; -1
 * with an exception.  Many a write() returns None when it has taken all, a raw
 * file when it would have to wait.
 */
static Py_ssize_t
count_written(PyObject *file, PyObject *result, Py_ssize_t n_bytes)
{
	PyObject *module, *raw_type;
	Py_ssize_t n_written;
	int is_raw = -1;

	if (result == Py_None) {
		module = PyImport_ImportModule("io");
		raw_type = module ? PyObject_GetAttrString(module, "RawIOBase")
				  : NULL;
		if (raw_type)
			is_raw = PyObject_IsInstance(file, raw_type);
		Py_XDECREF(raw_type);
		Py_XDECREF(module);
		if (is_raw > 0) {
			errno = EAGAIN;
			PyErr_SetFromErrno(PyExc_OSError);
		}
		return is_raw == 0 ? n_bytes : -1;
	}
	n_written = PyLong_AsSsize_t(result);
	if (n_written == -1 && PyErr_Occurred())
		return -1;
	if (n_written > 0 && n_written <= n_bytes)
		return n_written;
	PyErr_Format(PyExc_OSError, "write() of %zd bytes returned %zd",
		     n_bytes, n_written);
	return -1;
}

/* Writes all of 'bytes', a contiguous buffer, however often it takes. */
static bool
write_bytes(PyObject *file, PyObject *bytes)
{
	PyObject *rest = PyMemoryView_FromObject(bytes);
	Py_ssize_t n_left = rest ? PyObject_Size(rest) : -1;

	while (n_left > 0) {
		PyObject *result =
			PyObject_CallMethod(file, "write", "O", rest);
		PyObject *next;
		Py_ssize_t n_written;

		if (!result)
			break;
		n_written = count_written(file, result, n_left);
		Py_DECREF(result);
		if (n_written < 0)
			break;
		next = PySequence_GetSlice(rest, n_written, n_left);
		if (!next)
			break;
		Py_DECREF(rest);
		rest = next;
		n_left -= n_written;
	}
	Py_XDECREF(rest);
	return n_left == 0;
}

/* What is written to a file, and whether as .npy. */
struct transfer {
	PyObject *file;
	PyConsumerArray *array; /* held: write() may run any code */
	bool is_npy;
};

/* The first 'n_bytes' of the array's memory, as a view, which holds it. */
static PyObject *
view_bytes(PyConsumerArray *array, Py_ssize_t n_bytes)
{
	PyConsumerArray *view = pyarray_new_view(array);
	ConsumerArray bytes;
	ConsumerError error;

	if (!view)
		return NULL;
	if (consumer_array_wrap(view->array.data,
				consumer_element(CONSUMER_UINT8), 1, &n_bytes,
				NULL, true, &bytes, &error)) {
		Py_DECREF((PyObject *)view);
		return pyerror_set(&error, NULL);
	}
	pyarray_set_view(view, &bytes);
	pyarray_set_code(view, view->array.element);
	return (PyObject *)view;
}

/*
 * Writes to a Python file, which may keep what it gets: the array's own memory
 * is given as a view, anything else as a copy.  A failure is an exception.
 */
static ConsumerStatus
write_to_file(void *context, const char *bytes, size_t n_bytes,
	      ConsumerError *Py_UNUSED(error))
{
	const struct transfer *transfer = context;
	PyObject *object =
		bytes == transfer->array->array.data
			? view_bytes(transfer->array, (Py_ssize_t)n_bytes)
			: PyBytes_FromStringAndSize(bytes, (Py_ssize_t)n_bytes);
	const bool ok = object && write_bytes(transfer->file, object);

	Py_XDECREF(object);
	return ok ? CONSUMER_OK : CONSUMER_ERR_OS;
}

static bool
write_array(struct transfer *transfer)
{
	const ConsumerArray *array = &transfer->array->array;
	const ConsumerWriter writer = { write_to_file, transfer };
	ConsumerError error;
	const ConsumerStatus status =
		transfer->is_npy
			? consumer_array_write_npy(array, writer, &error)
			: consumer_array_write_bytes(
				  array, 0, array->n_elements, writer, &error);

	/* The writer sets an exception, the reading of memory does not. */
	if (status && !PyErr_Occurred())
		pyerror_set(&error, NULL);
	return status == CONSUMER_OK;
}

/* --- tofile(): to a path ------------------------------------------------- */

/* Gives the current exception, if it is an OSError, the name of the file. */
static void
name_file(PyObject *name)
{
	PyObject *type, *value, *traceback, *known = NULL;

	PyErr_Fetch(&type, &value, &traceback);
	PyErr_NormalizeException(&type, &value, &traceback);
	if (PyErr_GivenExceptionMatches(value, PyExc_OSError))
		known = PyObject_GetAttrString(value, "filename");
	if (known == Py_None)
		PyObject_SetAttrString(value, "filename", name);
	Py_XDECREF(known);
	PyErr_Restore(type, value, traceback);
}

/* Closes 'file'; an exception that there is already wins. */
static bool
close_file(PyObject *file, bool ok)
{
	PyObject *type, *value, *traceback, *result;

	PyErr_Fetch(&type, &value, &traceback);
	result = PyObject_CallMethod(file, "close", NULL);
	Py_XDECREF(result);
	if (ok)
		return result != NULL;
	PyErr_Restore(type, value, traceback);
	return false;
}

/* Unbuffered: pieces are large, and errors come where they happen. */
static PyObject *
open_for_writing(PyObject *name)
{
	PyObject *module = PyImport_ImportModule("io");
	PyObject *file = NULL;

	if (module)
		file = PyObject_CallMethod(module, "open", "Osi", name, "wb",
					   0);
	Py_XDECREF(module);
	return file;
}

/*
 * Whether 'name' is of the file that the array shows, which opening it would
 * empty; -1: an exception.
 */
static int
is_own_file(PyObject *name, const ConsumerArray *array)
{
	struct stat target, own;
	PyObject *bytes;
	int is_own;

	if (!array->backing || array->backing->descriptor < 0)
		return 0;
	if (!PyUnicode_FSConverter(name, &bytes))
		return -1;
	is_own = stat(PyBytes_AsString(bytes), &target) == 0 &&
		 fstat(array->backing->descriptor, &own) == 0 &&
		 target.st_dev == own.st_dev && target.st_ino == own.st_ino;
	Py_DECREF(bytes);
	return is_own;
}

static bool
check_target(PyObject *name, const ConsumerArray *array)
{
	const int is_own = is_own_file(name, array);

	if (is_own > 0)
		pyarguments_refuse(PyExc_ValueError, "file ", name,
				   " is the one that the array shows: "
				   "writing would empty it");
	return is_own == 0;
}

static bool
write_path(PyObject *path, struct transfer *transfer)
{
	PyObject *name = PyOS_FSPath(path);
	bool ok = false;

	if (!name)
		return false;
	if (!check_target(name, &transfer->array->array)) {
		Py_DECREF(name);
		return false;
	}
	transfer->file = open_for_writing(name);
	if (transfer->file) {
		ok = close_file(transfer->file, write_array(transfer));
		if (!ok)
			name_file(name);
	}
	Py_XDECREF(transfer->file);
	Py_DECREF(name);
	return ok;
}

/* Whether 'object' has a method write(): 1 or 0; -1 with an exception. */
static int
has_write(PyObject *object)
{
	PyObject *method = PyObject_GetAttrString(object, "write");

	Py_XDECREF(method);
	if (method)
		return 1;
	if (!PyErr_ExceptionMatches(PyExc_AttributeError))
		return -1;
	PyErr_Clear();
	return 0;
}

/* False, with an exception: the name of no format. */
static bool
parse_file_format(PyObject *value, bool *is_npy)
{
	const char *name = value ? pyarguments_string(value, "format") : "raw";

	if (!name)
		return false;
	*is_npy = strcmp(name, "npy") == 0;
	if (*is_npy || strcmp(name, "raw") == 0)
		return true;
	pyarguments_refuse(PyExc_ValueError, "format ", value,
			   ": expected 'raw' or 'npy'");
	return false;
}

const char pyexport_tofile_doc[] =
	"tofile($self, /, file, format='raw')\n--\n\n"
	"Write the elements to a file.\n\n"
	"file    a path, whose file is made or replaced; or a binary file,\n"
	"        or any object with write(), written to where it stands\n"
	"format  'raw': the elements' bytes as they are in memory, back to\n"
	"        back in C order, without a header; 'npy': a .npy file, as\n"
	"        numpy.save() writes it\n\n"
	"The path must not be that of the file that the array views.  An\n"
	"array that is not contiguous is copied in pieces.  Raises OSError\n"
	"with the file's name if something cannot be written, and, for\n"
	"'npy', NotImplementedError if the elements cannot be read.";

PyObject *
pyexport_tofile(PyObject *object, PyObject *const *arguments,
		Py_ssize_t n_arguments, PyObject *keywords)
{
	static const PySignature signature = {
		.function = "tofile",
		.n_parameters = 2,
		.n_required = 1,
		.n_positional = 2,
		.names = { "file", "format" },
	};
	PyConsumerArray *self = (PyConsumerArray *)object;
	struct transfer transfer = { .array = self };
	PyObject *values[2];
	int is_file;
	bool ok;

	if (!pyarguments_bind(&signature, arguments, n_arguments, keywords,
			      values) ||
	    !parse_file_format(values[1], &transfer.is_npy))
		return NULL;
	/* Before a file is emptied for nothing. */
	if (!pyarray_hold(self))
		return NULL;
	ok = !transfer.is_npy || pyvalue_check_readable(self);
	is_file = ok ? has_write(values[0]) : -1;
	if (is_file > 0) {
		transfer.file = values[0];
		ok = write_array(&transfer);
	} else {
		ok = is_file == 0 && write_path(values[0], &transfer);
	}
	pyarray_drop(self);
	if (!ok)
		return NULL;
	Py_RETURN_NONE;
}

/* --- Arrays that own a copy ---------------------------------------------- */

static void
free_memory(ConsumerArray *array)
{
	free(array->private_data);
}

/*
 * A C-contiguous array like 'like', whose elements have the format 'format',
 * in memory of its own, not filled yet.  The format lies behind the elements,
 * for those that are too long for PyConsumerArray.code.
 */
static PyConsumerArray *
new_owned(PyTypeObject *type, const ConsumerArray *like, const char *format)
{
	const size_t n_bytes = (size_t)pyarray_size_bytes(like);
	char *memory = malloc(n_bytes + strlen(format) + 1);
	PyConsumerArray *self;
	ConsumerArray array;
	ConsumerError error;

	if (!memory)
		return (PyConsumerArray *)PyErr_NoMemory();
	if (consumer_array_wrap(memory, like->element, like->ndim,
				consumer_array_shape(like), NULL, false, &array,
				&error)) {
		free(memory);
		return (PyConsumerArray *)pyerror_set(&error, NULL);
	}
	array.release = free_memory;
	array.private_data = memory;
	self = pyarray_from_owned(type, &array);
	if (!self)
		return NULL;
	self->buffer.format = strcpy(memory + n_bytes, format);
	pyarray_set_format(self, format);
	return self;
}

/* A copy of 'self', which is held or new, with the format 'format'. */
static PyConsumerArray *
copy_as(PyConsumerArray *self, const char *format)
{
	PyConsumerArray *copy =
		new_owned(Py_TYPE((PyObject *)self), &self->array, format);

	if (copy && !pyguard_copy(&self->array, copy->array.data))
		Py_CLEAR(copy);
	return copy;
}

PyConsumerArray *
pyexport_new_copy(PyConsumerArray *self)
{
	PyConsumerArray *copy;

	/* A new object makes the garbage collector run, and with it any code */
	if (!pyarray_hold(self))
		return NULL;
	copy = copy_as(self, pyarray_format(self));
	pyarray_drop(self);
	return copy;
}

/*
 * False, with an exception, if the elements refer to Python objects: a copy
 * would, too, without being counted.
 */
static bool
check_references(PyConsumerArray *self)
{
	const char *format = pyarray_format(self);
	bool is_name = false;

	for (const char *letter = format; *letter; letter++) {
		if (*letter == ':')
			is_name = !is_name;
		if (*letter != 'O' || is_name)
			continue;
		PyErr_Format(PyExc_TypeError,
			     "format '%.200s': references to objects cannot be "
			     "copied",
			     format);
		return false;
	}
	return true;
}

static PyObject *
copy_array(PyObject *object)
{
	PyConsumerArray *self = (PyConsumerArray *)object;

	if (!pyarray_check(self) || !check_references(self))
		return NULL;
	return (PyObject *)pyexport_new_copy(self);
}

const char pyexport_copy_doc[] =
	"__copy__($self, /)\n--\n\n"
	"For copy.copy(): a writable, C-contiguous array with memory of its\n"
	"own, as numpy.ndarray gives.  Raises TypeError if the elements are\n"
	"references to objects.";

PyObject *
pyexport_copy(PyObject *array, PyObject *Py_UNUSED(ignored))
{
	return copy_array(array);
}

const char pyexport_deepcopy_doc[] =
	"__deepcopy__($self, memo, /)\n--\n\n"
	"For copy.deepcopy(): the same as copy.copy(); elements have no parts.";

PyObject *
pyexport_deepcopy(PyObject *array, PyObject *Py_UNUSED(memo))
{
	return copy_array(array);
}

/* --- Pickle -------------------------------------------------------------- */

/* Room for a byte order, a struct code and the final NUL. */
#define PORTABLE_CODE_SIZE (1 + CONSUMER_CODE_SIZE)

/*
 * The format with its byte order in words, so that another machine reads the
 * same elements: "<i", ">d".  Empty for elements that cannot be read.
 */
static void
portable_code(ConsumerElement element, char code[PORTABLE_CODE_SIZE])
{
	consumer_element_code(element, code);
	if (*code == '\0' || *code == '<' || *code == '>')
		return;
	memmove(code + 1, code, strlen(code) + 1);
	*code = CONSUMER_NATIVE_ENDIAN == CONSUMER_LITTLE_ENDIAN ? '<' : '>';
}

/* The elements' bytes: bytes, or a bytearray if they may be written. */
static PyObject *
copy_bytes(PyConsumerArray *self)
{
	const ConsumerArray *array = &self->array;
	PyObject *copy;

	if (array->read_only)
		return pytext_bytes(self, 'C');
	/* In two steps: in one, CPython 3.11 trips over its lack of memory. */
	copy = PyByteArray_FromStringAndSize(NULL, 0);
	if (copy && (PyByteArray_Resize(copy, pyarray_size_bytes(array)) < 0 ||
		     !pyguard_copy(array, PyByteArray_AsString(copy))))
		Py_CLEAR(copy);
	return copy;
}

/* Takes 'buffer' over; it may be NULL. */
static PyObject *
wrap_for_pickle(PyObject *buffer)
{
	PyObject *module, *wrapped = NULL;

	if (!buffer)
		return NULL;
	module = PyImport_ImportModule("pickle");
	if (module)
		wrapped = PyObject_CallMethod(module, "PickleBuffer", "O",
					      buffer);
	Py_XDECREF(module);
	Py_DECREF(buffer);
	return wrapped;
}

/*
 * What pickle is to save: from protocol 5 on not even a copy, unless it would
 * read what may vanish.
 */
static PyObject *
pickled_buffer(PyConsumerArray *self, long protocol)
{
	PyObject *object = (PyObject *)self;

	if (protocol < 5)
		return copy_bytes(self);
	if (!consumer_array_is_c_contiguous(&self->array) ||
	    self->array.backing)
		return wrap_for_pickle(copy_bytes(self));
	Py_INCREF(object);
	return wrap_for_pickle(object);
}

static PyObject *
pickled_state(PyConsumerArray *self, long protocol)
{
	const ConsumerArray *array = &self->array;
	char code[PORTABLE_CODE_SIZE];
	PyObject *buffer, *shape = NULL, *state = NULL;

	if (!pyarray_check(self) || !check_references(self) ||
	    !pyarray_hold(self))
		return NULL;
	portable_code(array->element, code);
	buffer = pickled_buffer(self, protocol);
	if (buffer)
		shape = pyarray_tuple(array->ndim, consumer_array_shape(array));
	if (shape)
		state = Py_BuildValue("OssnOO", buffer, pyarray_format(self),
				      code, (Py_ssize_t)array->element.itemsize,
				      shape,
				      array->read_only ? Py_True : Py_False);
	Py_XDECREF(shape);
	Py_XDECREF(buffer);
	pyarray_drop(self);
	return state;
}

const char pyexport_reduce_ex_doc[] =
	"__reduce_ex__($self, protocol, /)\n--\n\n"
	"For pickle: the elements' bytes, as a pickle.PickleBuffer from\n"
	"protocol 5 on, which may go out-of-band and needs no copy unless\n"
	"the array is not contiguous, or of a file, which may vanish.  The\n"
	"array restored has the same format, shape and elements; it is\n"
	"read-only if this one is or the buffer for it is, and has a copy\n"
	"of the memory if the format is longer than a code.  Raises\n"
	"TypeError if the elements are references to objects.";

PyObject *
pyexport_reduce_ex(PyObject *object, PyObject *protocol_object)
{
	PyConsumerArray *self = (PyConsumerArray *)object;
	const long protocol = PyLong_AsLong(protocol_object);

	if (protocol == -1 && PyErr_Occurred())
		return NULL;
	return pymodule_reduce(object, "_restore_array",
			       pickled_state(self, protocol));
}

/* --- From pickle --------------------------------------------------------- */

/* What is restored, without its memory. */
struct description {
	ConsumerElement element;
	/* As it was, or anew where that would mean another element. */
	const char *format;
	char code[CONSUMER_CODE_SIZE];
	int ndim;
	ptrdiff_t shape[CONSUMER_MAX_NDIM];
};

static bool
parse_shape(PyObject *tuple, struct description *out)
{
	const Py_ssize_t ndim = PyTuple_Size(tuple);

	if (ndim > CONSUMER_MAX_NDIM) {
		PyErr_Format(PyExc_ValueError,
			     "%zd dimensions: at most %d are supported", ndim,
			     CONSUMER_MAX_NDIM);
		return false;
	}
	out->ndim = (int)ndim;
	for (Py_ssize_t axis = 0; axis < ndim; axis++)
		out->shape[axis] =
			PyLong_AsSsize_t(PyTuple_GetItem(tuple, axis));
	return !PyErr_Occurred();
}

static bool
parse_element(const char *format, const char *code, Py_ssize_t itemsize,
	      struct description *out)
{
	const ConsumerElement native =
		pybuffer_element(format, (size_t)itemsize);
	ConsumerError error;

	out->element = native;
	out->format = format;
	if (*code == '\0') {
		out->element = consumer_element(CONSUMER_OPAQUE);
		out->element.itemsize = (size_t)itemsize;
		return true;
	}
	if (consumer_element_parse(code, &out->element, NULL, &error)) {
		pyerror_set(&error, NULL);
		return false;
	}
	if (!pyvalue_is_same_element(native, out->element)) {
		consumer_element_code(out->element, out->code);
		out->format = out->code;
	}
	return true;
}

/* Sees the bytes of 'self', a new array, as they were. */
static bool
apply(PyConsumerArray *self, const struct description *description)
{
	ConsumerArray view;
	ConsumerError error;

	if (consumer_array_cast(&self->array, description->element,
				description->ndim, description->shape, &view,
				&error)) {
		pyerror_set(&error, NULL);
		return false;
	}
	pyarray_set_view(self, &view);
	pyarray_set_format(self, description->format);
	return true;
}

/* A format that the array has no room for needs memory of its own. */
static PyConsumerArray *
hold_format(PyConsumerArray *self, const char *format)
{
	PyConsumerArray *copy;

	if (self->code[0])
		return self;
	copy = copy_as(self, format);
	if (copy)
		copy->array.read_only = self->array.read_only;
	Py_DECREF((PyObject *)self);
	return copy;
}

PyObject *
pyexport_restore(PyObject *module, PyObject *arguments)
{
	PyModuleState *state = PyModule_GetState(module);
	struct description description;
	const char *format, *code;
	PyObject *buffer, *shape;
	PyConsumerArray *self;
	Py_ssize_t itemsize;
	int is_read_only;

	if (!PyArg_ParseTuple(arguments, "OssnO!p:_restore_array", &buffer,
			      &format, &code, &itemsize, &PyTuple_Type, &shape,
			      &is_read_only) ||
	    !parse_shape(shape, &description) ||
	    !parse_element(format, code, itemsize, &description))
		return NULL;
	self = pybuffer_acquire(state, buffer);
	if (!self)
		return NULL;
	if (!apply(self, &description)) {
		Py_DECREF((PyObject *)self);
		return NULL;
	}
	self->array.read_only |= is_read_only;
	return (PyObject *)hold_format(self, description.format);
}
