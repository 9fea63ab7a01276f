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

/* Fills a new list or tuple, by the fast way where the API has one. */
#ifdef Py_LIMITED_API
#define PYLIST_SET  PyList_SetItem
#define PYTUPLE_SET PyTuple_SetItem
#else
#define PYLIST_SET  PyList_SET_ITEM
#define PYTUPLE_SET PyTuple_SET_ITEM
#endif

#define PYCFUNCTION(function) ((PyCFunction)(void (*)(void))(function))

/* Py_TPFLAGS_SEQUENCE, which the limited API does not name. */
#define PYTYPE_SEQUENCE (1UL << 5)

/* --- Threads ------------------------------------------------------------ */

/*
 * Without the global lock, what an array says of itself changes only in its
 * critical section, and what a root counts for all its views by atomic steps:
 * two sections never nest.  With the lock both are plain code.
 */
#ifdef Py_BEGIN_CRITICAL_SECTION
#define PYTHREAD_BEGIN_SECTION(object) Py_BEGIN_CRITICAL_SECTION(object)
#define PYTHREAD_END_SECTION()	       Py_END_CRITICAL_SECTION()
#else
#define PYTHREAD_BEGIN_SECTION(object) {
#define PYTHREAD_END_SECTION()	       }
#endif

#ifdef Py_GIL_DISABLED
#define PYTHREAD_HAS_GIL 0
#else
#define PYTHREAD_HAS_GIL 1
#endif

/* Returns the new count. */
static inline Py_ssize_t
pythread_add(Py_ssize_t *count, Py_ssize_t n)
{
	if (PYTHREAD_HAS_GIL)
		return *count += n;
	return __atomic_add_fetch(count, n, __ATOMIC_SEQ_CST);
}

static inline Py_ssize_t
pythread_get(const Py_ssize_t *count)
{
	if (PYTHREAD_HAS_GIL)
		return *count;
	return __atomic_load_n(count, __ATOMIC_SEQ_CST);
}

/* Makes 'to' of '*count' if that is 'from'; whether it was. */
static inline bool
pythread_replace(Py_ssize_t *count, Py_ssize_t from, Py_ssize_t to)
{
	if (PYTHREAD_HAS_GIL) {
		if (*count != from)
			return false;
		*count = to;
		return true;
	}
	return __atomic_compare_exchange_n(count, &from, to, false,
					   __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

/* Counts one more, unless '*count' is 'closed'; whether it did. */
static inline bool
pythread_add_unless(Py_ssize_t *count, Py_ssize_t closed)
{
	Py_ssize_t n;

	do {
		n = pythread_get(count);
		if (n == closed)
			return false;
	} while (!pythread_replace(count, n, n + 1));
	return true;
}

/*
 * Work on fewer bytes is done before another thread could make use of the
 * interpreter.
 */
#define PYTHREAD_PAUSE_BYTES 65536

/* Fewer bytes are done in the time that a thread takes to start. */
#define PYTHREAD_SHARE_BYTES (1 << 24)

/*
 * Lets other threads run Python during work on 'n_bytes' of memory that is
 * held, if that is worth it.  To be passed to pythread_resume().
 */
static inline PyThreadState *
pythread_pause(Py_ssize_t n_bytes)
{
	return n_bytes < PYTHREAD_PAUSE_BYTES ? NULL : PyEval_SaveThread();
}

static inline void
pythread_resume(PyThreadState *thread)
{
	if (thread)
		PyEval_RestoreThread(thread);
}

/* How many threads may work on so much memory. */
static inline size_t
pythread_count(Py_ssize_t n_bytes)
{
	return n_bytes < PYTHREAD_SHARE_BYTES ? 1 : consumer_threads_count();
}

/* --- The module (pyconsumer.c) ------------------------------------------ */

/* How elements become objects. */
typedef PyObject *(*PyLoad)(ConsumerElement element, const void *address);

/*
 * How native elements are given the value of an int or a float.  False, without
 * an exception: 'value' is not exactly that, or out of range, so that the long
 * way must be gone.  Runs no other code.
 */
typedef bool (*PyStore)(void *address, PyObject *value);

/* What a struct code of one letter stands for; opaque if it is none. */
typedef struct {
	ConsumerElement element;
	PyLoad load;
	PyStore store;
	char code[CONSUMER_CODE_SIZE]; /* as we spell it */
} PyCode;

#define PYCODE_END 128

/* The ints that tolist() need not ask CPython for, which keeps them too. */
#define PYINT_MIN_SMALL (-5)
#define PYINT_MAX_SMALL 256
#define PYINT_N_SMALL	(PYINT_MAX_SMALL - PYINT_MIN_SMALL + 1)

typedef struct PyConsumerArray PyConsumerArray;

typedef struct {
	PyObject *unsupported_buffer_error;
	PyTypeObject *array_type;
	PyTypeObject *iterator_type;
	PyTypeObject *summary_type;
	PyTypeObject *histogram_type;
	PyTypeObject *mmap_type;    /* NULL until the module mmap was seen */
	PyTypeObject *ndarray_type; /* likewise, of numpy */
	PyTypeObject *plain_type;   /* array.array, which is what it says */
	PyObject *bytes_hex;	    /* bytes.hex */
	PyCode codes[PYCODE_END];
	PyObject *small_ints[PYINT_N_SMALL];
	PyConsumerArray *free_arrays; /* deallocated, linked by 'owner' */
	int n_free_arrays;
} PyModuleState;

/*
 * The type 'name' of 'module', from then on in '*cached', borrowed.  NULL: the
 * module is not loaded or has no such type, or an exception.
 */
PyTypeObject *pymodule_find_type(PyTypeObject **cached, const char *module,
				 const char *name);

/*
 * What a method for pickle returns: the module's function 'restore', and the
 * arguments that make it an object like 'object'; they are stolen, and may be
 * NULL.
 */
PyObject *pymodule_reduce(PyObject *object, const char *restore,
			  PyObject *arguments);

/* --- Arrays (pyarray.c) ------------------------------------------------- */

struct PyConsumerArray {
	PyObject_HEAD
		/*
	 * What this view sees.  A root's 'release' callback gives the memory
	 * back, so a root keeps it, even released, as long as it has views.
	 */
		ConsumerArray array;
	PyLoad load;   /* reads an element; NULL if it is opaque */
	PyStore store; /* the short way to write one; NULL if there is none */
	/* The root; NULL in the root itself, and in a view that is released */
	PyConsumerArray *owner;
	Py_ssize_t n_exports; /* of this view */
	PyModuleState *state; /* as long as the type has its module */
	PyObject *weak_references;
	Py_hash_t hash; /* -1: not known yet */
	/* Use pyarray_is_released(): close() ends views without telling them */
	bool is_released;
	/*
	 * Of a root: whether its exporter may refer to anything.  All else that
	 * it and its views refer to are each other and their type.  That one
	 * keeps its module alive, and so whatever is in the module's namespace:
	 * a cycle through it lasts as long as the array.
	 */
	bool may_be_in_cycle;
	/* The struct format; empty if only buffer.format has room for it. */
	char code[6];

	/* Of a root */
	Py_ssize_t n_views; /* not released yet, the root among them */
	/* Of all its views; PYARRAY_CLOSED once the memory is given back */
	Py_ssize_t n_all_exports;
	/*
	 * Never copied: shape and strides may point into the structure.  obj is
	 * NULL if the library owns the memory; of a memoryview, see pybuffer.c.
	 */
	Py_buffer buffer;
};

#define PYARRAY_CLOSED ((Py_ssize_t)-1)

extern PyType_Spec pyarray_spec;

static inline PyConsumerArray *
pyarray_root(PyConsumerArray *self)
{
	return self->owner ? self->owner : self;
}

/* Sets the ValueError of an array that was released. */
void pyarray_refuse_released(void);

/*
 * Keeps 'self' from being released until as many drops: for an export, or for
 * an operation during which other code may run.  False, with the exception, if
 * 'self' was released.
 */
static inline bool
pyarray_hold(PyConsumerArray *self)
{
	bool is_held;

	PYTHREAD_BEGIN_SECTION(self);
	is_held = !self->is_released &&
		  pythread_add_unless(&pyarray_root(self)->n_all_exports,
				      PYARRAY_CLOSED);
	if (is_held)
		self->n_exports++;
	PYTHREAD_END_SECTION();
	if (!is_held)
		pyarray_refuse_released();
	return is_held;
}

static inline void
pyarray_drop(PyConsumerArray *self)
{
	PYTHREAD_BEGIN_SECTION(self);
	pythread_add(&pyarray_root(self)->n_all_exports, -1);
	self->n_exports--;
	PYTHREAD_END_SECTION();
}

static inline bool
pyarray_is_released(PyConsumerArray *self)
{
	bool is_released;

	PYTHREAD_BEGIN_SECTION(self);
	is_released = self->is_released ||
		      pythread_get(&pyarray_root(self)->n_all_exports) ==
			      PYARRAY_CLOSED;
	PYTHREAD_END_SECTION();
	return is_released;
}

/* False, with the exception, if 'self' was released. */
static inline bool
pyarray_check(PyConsumerArray *self)
{
	if (!pyarray_is_released(self))
		return true;
	pyarray_refuse_released();
	return false;
}

/*
 * The same as hold and drop, for a look at memory during which no other code
 * runs: with the global lock there is nothing to hold.
 */
static inline bool
pyarray_begin(PyConsumerArray *self)
{
	return PYTHREAD_HAS_GIL ? pyarray_check(self) : pyarray_hold(self);
}

static inline void
pyarray_end(PyConsumerArray *self)
{
	if (!PYTHREAD_HAS_GIL)
		pyarray_drop(self);
}

/*
 * A root without memory, not known to the garbage collector yet: the caller
 * fills its 'array', of which only the release is set, and calls
 * pyarray_track().
 */
PyConsumerArray *pyarray_new(PyTypeObject *type, PyModuleState *state);

/* Makes 'self' known to the garbage collector, if a cycle may lead there. */
static inline void
pyarray_track(PyConsumerArray *self)
{
	if (pyarray_root(self)->may_be_in_cycle)
		PyObject_GC_Track((PyObject *)self);
}

/* Frees the memory that is kept for the next arrays. */
void pyarray_clear_free(PyModuleState *state);

/* A root that owns 'array', which is released if there is no memory. */
PyConsumerArray *pyarray_from_owned(PyTypeObject *type, ConsumerArray *array);

/* Another view of the same memory, that sees what 'self' sees. */
PyConsumerArray *pyarray_new_view(PyConsumerArray *self);

/* The same, not known to the garbage collector yet, and so to no other code. */
PyConsumerArray *pyarray_start_view(PyConsumerArray *self);

/*
 * Makes 'self' see 'view', which is moved from, instead of what it sees now;
 * who gives the memory back stays the same.
 */
void pyarray_set_view(PyConsumerArray *self, ConsumerArray *view);

/* To be called after a change of the kind of elements, unless by set_view. */
void pyarray_set_access(PyConsumerArray *self);

/* Makes the format that of 'element', as consumer_element_code() spells it. */
void pyarray_set_code(PyConsumerArray *self, ConsumerElement element);

/*
 * Makes it this string, which stays in 'buffer.format' of the root if it is too
 * long for 'code'.
 */
void pyarray_set_format(PyConsumerArray *self, const char *format);

/* The format as a struct string; valid while 'self' is not released. */
char *pyarray_format(PyConsumerArray *self);

/* The size of all elements, in bytes. */
static inline Py_ssize_t
pyarray_size_bytes(const ConsumerArray *array)
{
	return array->n_elements * (Py_ssize_t)array->element.itemsize;
}

/* consumer_array_is_c_contiguous() and so on, mostly without a call. */
static inline bool
pyarray_is_c_contiguous(const ConsumerArray *array)
{
	if (array->ndim == 1 &&
	    array->inline_dimensions[1] == (ptrdiff_t)array->element.itemsize)
		return true;
	return consumer_array_is_c_contiguous(array);
}

static inline bool
pyarray_is_f_contiguous(const ConsumerArray *array)
{
	return array->ndim == 1 ? pyarray_is_c_contiguous(array)
				: consumer_array_is_f_contiguous(array);
}

/* Lengths as a tuple of ints. */
PyObject *pyarray_tuple(int ndim, const ptrdiff_t *lengths);

/* --- Indexing (pyindex.c) ----------------------------------------------- */

Py_ssize_t pyarray_length(PyObject *array);
/* Of a first dimension that exists; 'index' is checked, but not from the end */
PyObject *pyarray_item(PyObject *array, Py_ssize_t index);
PyObject *pyarray_subscript(PyObject *array, PyObject *key);
int pyarray_assign(PyObject *array, PyObject *key, PyObject *value);

/* --- Comparisons (pycompare.c) ------------------------------------------ */

PyObject *pycompare_arrays(PyObject *array, PyObject *other, int operation);
Py_hash_t pycompare_hash(PyObject *array);
int pycompare_contains(PyObject *array, PyObject *value);
/* Methods of arrays */
PyObject *pycompare_index(PyObject *array, PyObject *const *arguments,
			  Py_ssize_t n_arguments);
PyObject *pycompare_count(PyObject *array, PyObject *value);

/* --- Iterators (pyiterator.c) ------------------------------------------- */

extern PyType_Spec pyiterator_spec;

PyObject *pyarray_iterate(PyObject *array);

/* --- Buffers (pybuffer.c) ----------------------------------------------- */

/*
 * A root that holds the buffer of 'object'.  Everything the exporter says is
 * checked; what cannot be true is a BufferError.  Tracked already.
 */
PyConsumerArray *pybuffer_acquire(PyModuleState *state, PyObject *object);

/* tp_traverse of what the buffer of a root holds. */
int pybuffer_traverse(PyConsumerArray *self, visitproc visit, void *arg);

/*
 * Whose memory a root sees: a new reference, None if it is the library's.  Of a
 * memoryview it is what that views.
 */
PyObject *pybuffer_exporter(const PyConsumerArray *self);

/*
 * What an exporter's format means: one struct code is an element; anything else
 * (records, counts, complex numbers, pointers of another size) is opaque.
 */
ConsumerElement pybuffer_element(const char *format, size_t itemsize);

/* bf_getbuffer and bf_releasebuffer of an array. */
int pybuffer_export(PyObject *array, Py_buffer *buffer, int flags);
void pybuffer_end_export(PyObject *array, Py_buffer *buffer);

/* --- Memory that may vanish (pyguard.c) --------------------------------- */

/* Whether 'object' is an mmap.mmap.  Negative: an exception. */
int pyguard_is_mmap(PyModuleState *state, PyObject *object);

/*
 * Whether 'object' is of a type written in C whose memory is its own, and so
 * cannot vanish: bytes, a bytearray, an array.array.
 */
bool pyguard_is_plain(const PyModuleState *state, PyObject *object);

/*
 * Finds out whether the memory of 'self', which 'exporter' exports, is that of
 * an mmap.mmap, through views of it of memoryview, NumPy and us.
 */
bool pyguard_mark(PyModuleState *state, PyConsumerArray *self,
		  PyObject *exporter);

/* As pyguard_run(), of what may vanish. */
bool pyguard_run_guarded(const ConsumerArray *array, Py_ssize_t n_bytes,
			 void (*read)(void *context), void *context);

/*
 * Calls 'read' by consumer_array_guard(), letting other threads run if that is
 * worth it for 'n_bytes'.  'array' is held.
 */
static inline bool
pyguard_run(const ConsumerArray *array, Py_ssize_t n_bytes,
	    void (*read)(void *context), void *context)
{
	PyThreadState *thread;

	if (array->backing)
		return pyguard_run_guarded(array, n_bytes, read, context);
	thread = pythread_pause(n_bytes);
	read(context);
	pythread_resume(thread);
	return true;
}

/* consumer_array_copy_bytes() that way. */
bool pyguard_copy(const ConsumerArray *array, void *out);

/* As pyarray_load(), of what may vanish. */
PyObject *pyguard_load(const PyConsumerArray *self, const void *address);

/* Reads the element at 'address' of an array that is held and readable. */
static inline PyObject *
pyarray_load(const PyConsumerArray *self, const void *address)
{
	if (self->array.backing)
		return pyguard_load(self, address);
	return self->load(self->array.element, address);
}

/* --- Elements (pyvalue.c) ----------------------------------------------- */

/*
 * False, with a NotImplementedError that names the format, if the elements of
 * 'array' cannot be read.
 */
bool pyvalue_check_readable(PyConsumerArray *array);

/* Whether the same bytes are the same value of both. */
static inline bool
pyvalue_is_same_element(ConsumerElement a, ConsumerElement b)
{
	return a.type == b.type && a.itemsize == b.itemsize &&
	       (a.byte_order == b.byte_order || a.itemsize == 1);
}

/* The value of an element of this type as an object. */
PyObject *pyvalue_object(ConsumerType type, ConsumerValue value);

/* What reads elements of this kind; NULL for opaque ones. */
PyLoad pyvalue_choose_load(ConsumerElement element);

/* The short way to write them, or NULL. */
PyStore pyvalue_choose_store(ConsumerElement element);

/* All elements of a readable array, nested as its shape. */
PyObject *pyvalue_list(PyConsumerArray *array);

/* A value between Python and an element. */
typedef struct {
	ConsumerKind kind;
	ConsumerValue value;
} PyScalar;

/*
 * What an object of exactly the type bool, int, float or bytes stands for.
 * False, without an exception: the object is none, or not a single number that
 * an element could have.
 */
bool pyvalue_parse(PyObject *object, PyScalar *out);

/*
 * Converts 'object' to what an element of 'array', which is readable, can be
 * given.  May run any code.
 */
bool pyvalue_convert(PyConsumerArray *array, PyObject *object, PyScalar *out);

/* Stores it, if it is in range. */
bool pyvalue_store(ConsumerElement element, void *address,
		   const PyScalar *scalar);

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
bool pyarguments_bind_any(const PySignature *signature,
			  PyObject *const *arguments, Py_ssize_t n_arguments,
			  PyObject *keywords, PyObject **values);

static inline bool
pyarguments_bind(const PySignature *signature, PyObject *const *arguments,
		 Py_ssize_t n_arguments, PyObject *keywords, PyObject **values)
{
	if (keywords || n_arguments < signature->n_required ||
	    n_arguments > signature->n_positional)
		return pyarguments_bind_any(signature, arguments, n_arguments,
					    keywords, values);
	for (int i = 0; i < signature->n_parameters; i++)
		values[i] = i < n_arguments ? arguments[i] : NULL;
	return true;
}

/*
 * An int (or an object with __index__) of 'minimum' or more; anything less or
 * too large is a ValueError that names 'name' and the value.
 */
bool pyarguments_integer(PyObject *value, const char *name, int64_t minimum,
			 int64_t *out);

/*
 * Raises 'exception': 'before', the value as repr() has it, 'after'.  A long
 * text is cut; a value that cannot say what it is goes by its type.  Always
 * NULL.
 */
PyObject *pyarguments_refuse(PyObject *exception, const char *before,
			     PyObject *value, const char *after);

/* The UTF-8 of a str; 'name' is for the TypeError. */
const char *pyarguments_string(PyObject *value, const char *name);

/* The value of an exact int.  False: it cannot be told at a glance. */
static inline bool
pyarguments_small_int(PyObject *integer, Py_ssize_t *out)
{
#if defined(Py_LIMITED_API)
	(void)integer;
	(void)out;
	return false;
#elif PY_VERSION_HEX >= 0x030C0000
	const PyLongObject *number = (const PyLongObject *)integer;

	if (!PyUnstable_Long_IsCompact(number))
		return false;
	*out = PyUnstable_Long_CompactValue(number);
	return true;
#else
	/* The number of 30-bit digits has the sign of the int. */
	const Py_ssize_t n_digits = Py_SIZE(integer);

	if (n_digits < -1 || n_digits > 1)
		return false;
	*out = n_digits * (Py_ssize_t)((PyLongObject *)integer)->ob_digit[0];
	return true;
#endif
}

/* --- Layouts (pylayout.c) ----------------------------------------------- */

/* How memory is to be seen: what consume() and open() are asked for. */
typedef struct {
	bool has_element;
	bool has_byte_order; /* the format's prefix says it */
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
static inline bool
pylayout_is_default(const PyLayout *layout)
{
	return !layout->has_element && !layout->has_shape &&
	       layout->offset_bytes == 0 && layout->count == CONSUMER_ALL;
}

/* Sees the bytes of 'self', a new and C-contiguous array, as 'layout' says. */
bool pylayout_apply(const PyLayout *layout, PyConsumerArray *self);

/* memoryview.cast(): method of arrays. */
PyObject *pylayout_cast(PyObject *array, PyObject *const *arguments,
			Py_ssize_t n_arguments, PyObject *keywords);

/* --- Reductions (pysummary.c) ------------------------------------------- */

extern PyType_Spec pysummary_spec;

/* Methods of arrays. */
PyObject *pysummary_sum(PyObject *array, PyObject *ignored);
PyObject *pysummary_min(PyObject *array, PyObject *ignored);
PyObject *pysummary_max(PyObject *array, PyObject *ignored);
PyObject *pysummary_mean(PyObject *array, PyObject *ignored);
PyObject *pysummary_std(PyObject *array, PyObject *ignored);
PyObject *pysummary_summary(PyObject *array, PyObject *ignored);
extern const char pysummary_sum_doc[];
extern const char pysummary_min_doc[];
extern const char pysummary_max_doc[];
extern const char pysummary_mean_doc[];
extern const char pysummary_std_doc[];
extern const char pysummary_summary_doc[];

/* Refuses elements that are not numbers; 'operation' is for the error. */
bool pysummary_check_numbers(PyConsumerArray *self, const char *operation);

/* Raises the ValueError of an array without a number. */
void pysummary_refuse_nothing(const char *operation, bool has_nan);

/* The module's function that makes a Summary from its pickled state. */
PyObject *pysummary_restore(PyObject *module, PyObject *state);

/* --- Text, lists and bytes (pytext.c) ----------------------------------- */

/* Methods of arrays. */
PyObject *pytext_repr(PyObject *array);
PyObject *pytext_stringify(PyObject *array, PyObject *const *arguments,
			   Py_ssize_t n_arguments, PyObject *keywords);
PyObject *pytext_tolist(PyObject *array, PyObject *ignored);
PyObject *pytext_tobytes(PyObject *array, PyObject *const *arguments,
			 Py_ssize_t n_arguments, PyObject *keywords);
PyObject *pytext_hex(PyObject *array, PyObject *const *arguments,
		     Py_ssize_t n_arguments, PyObject *keywords);
extern const char pytext_stringify_doc[];
extern const char pytext_tolist_doc[];
extern const char pytext_tobytes_doc[];
extern const char pytext_hex_doc[];

/*
 * The bytes of the elements, in 'order': 'C', 'F', or 'A' for Fortran's if that
 * is how they lie in memory, otherwise C's.
 */
PyObject *pytext_bytes(PyConsumerArray *self, char order);

/* --- Quantiles and histograms (pyquantile.c) ----------------------------- */

PyTypeObject *pyquantile_new_histogram_type(void);

/* Methods of arrays. */
PyObject *pyquantile_quantiles(PyObject *array, PyObject *const *arguments,
			       Py_ssize_t n_arguments, PyObject *keywords);
PyObject *pyquantile_histogram(PyObject *array, PyObject *const *arguments,
			       Py_ssize_t n_arguments, PyObject *keywords);
extern const char pyquantile_quantiles_doc[];
extern const char pyquantile_histogram_doc[];

/* --- Copies (pyexport.c) ------------------------------------------------ */

/* Methods of arrays: tofile(), __copy__(), __deepcopy__(), __reduce_ex__(). */
PyObject *pyexport_tofile(PyObject *array, PyObject *const *arguments,
			  Py_ssize_t n_arguments, PyObject *keywords);
PyObject *pyexport_copy(PyObject *array, PyObject *ignored);
PyObject *pyexport_deepcopy(PyObject *array, PyObject *memo);
PyObject *pyexport_reduce_ex(PyObject *array, PyObject *protocol);
extern const char pyexport_tofile_doc[];
extern const char pyexport_copy_doc[];
extern const char pyexport_deepcopy_doc[];
extern const char pyexport_reduce_ex_doc[];

/* An array like this one, with a copy of its elements, which is guarded. */
PyConsumerArray *pyexport_new_copy(PyConsumerArray *array);

/* The module's function that makes an array from its pickled state. */
PyObject *pyexport_restore(PyObject *module, PyObject *state);

/* --- Errors (pyerror.c) ------------------------------------------------- */

/*
 * Raises 'error' as an exception: OSError with errno and the file 'subject',
 * ValueError about 'subject', BufferError or MemoryError.  'subject' may be
 * NULL.  Always NULL.
 */
PyObject *pyerror_set(const ConsumerError *error, PyObject *subject);

#endif
