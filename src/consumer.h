/* SPDX-License-Identifier: MIT */
/*
 * consumer.h - look at numbers where they already are, without copying them.
 *
 * This header is the manual of libconsumer.
 *
 * A ConsumerArray is a view: the address of the first element, what an element
 * is, a shape and strides.  Mapped files, pipes, malloc'ed memory and other
 * programs' buffers all become one, and everything else works on that:
 *
 *	source -> ConsumerArray -> blocks -> text
 *
 * Units.  As in Python's buffer protocol, 'itemsize', 'strides' and offsets
 * are bytes; shapes, indexes and counts are elements.
 *
 * Errors.  Functions that can fail return a ConsumerStatus and take a
 * ConsumerError pointer last, which may be NULL.  On failure every output is
 * untouched, and the error holds one line of text without the file's name
 * (the caller knows it).  The library never prints to a stream that it was not
 * given, never exits and never changes the locale.
 *
 * Ownership.  Whoever fills a ConsumerArray must release it with
 * consumer_array_release() - also a borrowed view, whose shape may be
 * allocated.  Only an array with a 'release' callback gives memory back by it.
 * A view made from another array (slice, select, cast) borrows: it is valid
 * while the memory of that array is, and must not be put in its place ('out' is
 * not 'array').
 *
 * Threads.  Different threads may use different objects, and may read the same
 * array.  The library keeps nothing between calls but what it has found out
 * about the CPU, and a handler of SIGBUS, which it installs when it first guards
 * memory that may vanish: see there.
 *
 * Alignment.  No address has to be aligned.
 */
#ifndef CONSUMER_H
#define CONSUMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of the library, "major.minor.patch"; a constant string. */
const char *consumer_version(void);

/* --- Errors ------------------------------------------------------------ */

typedef enum {
	CONSUMER_OK = 0,
	CONSUMER_ERR_ARGUMENT, /* the call was wrong */
	CONSUMER_ERR_DATA,     /* the bytes are not what was asked for */
	CONSUMER_ERR_OS,       /* the system failed; see system_errno */
	CONSUMER_ERR_MEMORY,   /* not enough memory */
	CONSUMER_ERR_VANISHED, /* bytes that were there are no longer */
} ConsumerStatus;

typedef struct {
	ConsumerStatus status;
	/* The errno of CONSUMER_ERR_OS, otherwise 0. */
	int system_errno;
	/*
	 * The argument at fault, under the name that both front ends give it
	 * ("offset", "skip" ...), when 'message' begins with that name;
	 * otherwise NULL.  A constant string.
	 */
	const char *argument;
	/*
	 * What consumer_printer_add(), consumer_array_print() and
	 * consumer_array_write_bytes() had printed or written, in elements,
	 * before a CONSUMER_ERR_VANISHED; otherwise 0.
	 */
	uint64_t n_done;
	/* One line, no newline, no file name. */
	char message[232];
} ConsumerError;

/* --- What an element is ------------------------------------------------ */

typedef enum {
	CONSUMER_OPAQUE, /* bytes whose meaning is not known; never read */
	CONSUMER_BOOL,	 /* one byte, true if it is not zero */
	CONSUMER_CHAR,	 /* one byte; prints as its number */
	CONSUMER_INT8,
	CONSUMER_UINT8,
	CONSUMER_INT16,
	CONSUMER_UINT16,
	CONSUMER_INT32,
	CONSUMER_UINT32,
	CONSUMER_INT64,
	CONSUMER_UINT64,
	CONSUMER_FLOAT16, /* IEEE 754 binary16 */
	CONSUMER_FLOAT32,
	CONSUMER_FLOAT64,
} ConsumerType;

#define CONSUMER_N_TYPES 14

/* What the value of an element is, whatever its size. */
typedef enum {
	CONSUMER_KIND_NONE,	/* opaque */
	CONSUMER_KIND_BOOL,	/* ConsumerValue.boolean */
	CONSUMER_KIND_CHAR,	/* ConsumerValue.unsigned_integer, 0..255 */
	CONSUMER_KIND_SIGNED,	/* ConsumerValue.signed_integer */
	CONSUMER_KIND_UNSIGNED, /* ConsumerValue.unsigned_integer */
	CONSUMER_KIND_FLOAT,	/* ConsumerValue.floating */
} ConsumerKind;

typedef enum {
	CONSUMER_LITTLE_ENDIAN,
	CONSUMER_BIG_ENDIAN,
} ConsumerByteOrder;

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define CONSUMER_NATIVE_ENDIAN CONSUMER_BIG_ENDIAN
#else
#define CONSUMER_NATIVE_ENDIAN CONSUMER_LITTLE_ENDIAN
#endif

/* One element: its type, its byte order, and its size in bytes. */
typedef struct {
	ConsumerType type;
	ConsumerByteOrder byte_order;
	size_t itemsize;
} ConsumerElement;

typedef union {
	bool boolean;
	int64_t signed_integer;
	uint64_t unsigned_integer;
	double floating; /* holds every float16 and float32 exactly */
} ConsumerValue;

/*
 * "int32", "float64" ...; "opaque", also if there is no such type.  A constant
 * string.
 */
const char *consumer_type_name(ConsumerType type);

ConsumerKind consumer_type_kind(ConsumerType type);

/* A native element of 'type'; the itemsize of CONSUMER_OPAQUE is 1. */
ConsumerElement consumer_element(ConsumerType type);

/*
 * consumer_element_parse() reads a type code: a name ("int32"), a NumPy code
 * ("i4", "<i4", ">f8", "|u1") or a struct code ("i", "<i", "@l", "?").  A code
 * with a digit is NumPy's, a single letter is struct's, with struct's sizes:
 * native without prefix or with '@', standard after '=', '<', '>' or '!'.
 *
 * '*order_is_explicit', which may be NULL, tells whether the code said its byte
 * order: '<', '>', '!', or native by '=' or '@'.
 *
 * Returns CONSUMER_OK, or CONSUMER_ERR_ARGUMENT with a message that names the
 * code.
 */
ConsumerStatus consumer_element_parse(const char *code, ConsumerElement *out,
				      bool *order_is_explicit,
				      ConsumerError *error);

/* Bytes that consumer_element_code() writes at most, with the final NUL. */
#define CONSUMER_CODE_SIZE 3

/*
 * Writes the struct code of 'element' to 'code': "i", ">d"; no prefix for
 * native order or single bytes; int64 is "q".  Opaque elements have none: "".
 */
void consumer_element_code(ConsumerElement element,
			   char code[CONSUMER_CODE_SIZE]);

/*
 * Reads the one element at 'address', of any alignment, as the member of
 * ConsumerValue that consumer_type_kind() names.  Opaque elements read as 0.
 */
ConsumerValue consumer_element_load(ConsumerElement element,
				    const void *address);

/* --- Arrays ------------------------------------------------------------ */

#define CONSUMER_MAX_NDIM 64

/*
 * What is behind memory that may vanish, because a mapped file may get shorter:
 * see consumer_array_guard().  Who knows the file can ask how long it still is.
 */
typedef struct {
	int descriptor; /* of the open file; -1: not known, nor is the rest */
	const void *address;   /* this byte of memory ... */
	uint64_t offset_bytes; /* ... is that one of the file */
} ConsumerBacking;

/*
 * The structure may be moved by plain assignment, as long as just one of the
 * copies is released.
 */
typedef struct ConsumerArray ConsumerArray;
struct ConsumerArray {
	void *data; /* the first element, the one whose indexes are all 0 */
	ConsumerElement element;
	int ndim;	/* 0 ... CONSUMER_MAX_NDIM */
	bool read_only; /* whoever writes must look at it */
	/*
	 * Not NULL: the memory may vanish, so that whoever reads must be in
	 * consumer_array_guard().  Set it after consumer_array_wrap(), to what
	 * lives as long as the memory; views have it from their array.
	 */
	const ConsumerBacking *backing;
	ptrdiff_t n_elements;

	/* Shape, then strides.  Read them with the two functions below. */
	ptrdiff_t inline_dimensions[2];
	ptrdiff_t *allocated_dimensions; /* NULL unless ndim > 1 */

	/*
	 * Gives the memory back; NULL for a borrowed or released array.  It is
	 * called by consumer_array_release(), once.
	 */
	void (*release)(ConsumerArray *array);
	void *private_data; /* for 'release' */
};

/* ndim lengths in elements, ndim distances in bytes; owned by 'array'. */
static inline const ptrdiff_t *
consumer_array_shape(const ConsumerArray *array)
{
	return array->ndim > 1 ? array->allocated_dimensions
			       : array->inline_dimensions;
}

static inline const ptrdiff_t *
consumer_array_strides(const ConsumerArray *array)
{
	return array->ndim > 1 ? array->allocated_dimensions + array->ndim
			       : array->inline_dimensions + 1;
}

/*
 * consumer_array_arange() makes an owned, writable int32 array 0 ... n-1.
 *
 * Returns CONSUMER_OK, CONSUMER_ERR_ARGUMENT if 'n_elements' is negative or
 * above 2^31, or CONSUMER_ERR_MEMORY.
 */
ConsumerStatus consumer_array_arange(ptrdiff_t n_elements, ConsumerArray *out,
				     ConsumerError *error);

/*
 * consumer_array_wrap() makes a view of memory that somebody else owns.
 *
 * 'shape' has 'ndim' lengths (any pointer if that is 0); 'strides' has as many
 * distances, negative and 0 allowed, or is NULL for C-contiguous memory.  Both
 * are copied.  The caller answers for the memory that they span.  A view
 * without 'release' borrows; to own, set 'release' and 'private_data' in
 * '*out' after success.
 *
 * Returns CONSUMER_OK; CONSUMER_ERR_ARGUMENT if 'ndim' or a length is out of
 * range, the itemsize is not that of the type, or the array has more bytes
 * than PTRDIFF_MAX; or CONSUMER_ERR_MEMORY.
 */
ConsumerStatus consumer_array_wrap(void *data, ConsumerElement element,
				   int ndim, const ptrdiff_t *shape,
				   const ptrdiff_t *strides, bool read_only,
				   ConsumerArray *out, ConsumerError *error);

/*
 * consumer_array_slice() takes 'n_elements' elements of one axis: 'start',
 * 'start' + 'step', ...  'step' may be negative; all of them must exist.
 *
 * Returns CONSUMER_OK, CONSUMER_ERR_ARGUMENT if an axis or an index is out of
 * range or 'step' is 0, or CONSUMER_ERR_MEMORY.  Cost: O(ndim).
 */
ConsumerStatus consumer_array_slice(const ConsumerArray *array, int axis,
				    ptrdiff_t start, ptrdiff_t n_elements,
				    ptrdiff_t step, ConsumerArray *out,
				    ConsumerError *error);

/*
 * consumer_array_select() fixes the index on one axis, which disappears: row 2
 * of a matrix is select(axis 0, index 2).  Errors and cost as above.
 */
ConsumerStatus consumer_array_select(const ConsumerArray *array, int axis,
				     ptrdiff_t index, ConsumerArray *out,
				     ConsumerError *error);

/*
 * consumer_array_cast() views the bytes of a C-contiguous array as elements of
 * another kind and another shape, which must cover exactly the same bytes.
 * 'shape' NULL means one dimension that covers them all.
 *
 * Returns CONSUMER_OK, CONSUMER_ERR_ARGUMENT if 'array' is not C-contiguous or
 * the sizes differ, or CONSUMER_ERR_MEMORY.
 */
ConsumerStatus consumer_array_cast(const ConsumerArray *array,
				   ConsumerElement element, int ndim,
				   const ptrdiff_t *shape, ConsumerArray *out,
				   ConsumerError *error);

/*
 * Whether the elements lie back to back in C order (the last index varies
 * fastest), or in Fortran order (the first does).  Arrays without elements are
 * both.
 */
bool consumer_array_is_c_contiguous(const ConsumerArray *array);
bool consumer_array_is_f_contiguous(const ConsumerArray *array);

/* Bytes that consumer_shape_text() writes at most, with the final NUL. */
#define CONSUMER_SHAPE_SIZE (CONSUMER_MAX_NDIM * 22 + 3)

/*
 * Writes 'shape', of 'ndim' lengths, to 'text' as Python writes a tuple:
 * "(2, 3)", "(3,)", "()".  Returns how many bytes that are, without the NUL.
 */
size_t consumer_shape_text(int ndim, const ptrdiff_t *shape,
			   char text[CONSUMER_SHAPE_SIZE]);

/*
 * Copies the elements, in C order and with their bytes as they are, to 'out',
 * which has room for n_elements * itemsize bytes and does not overlap 'array'.
 */
void consumer_array_copy_bytes(const ConsumerArray *array, void *out);

/*
 * Ends a view: calls 'release' if there is one, frees an allocated shape, and
 * makes '*array' an empty borrowed array of one axis.  Releasing it again, or a
 * zeroed structure, frees nothing.
 */
void consumer_array_release(ConsumerArray *array);

/* --- Memory that may vanish --------------------------------------------- */

/*
 * A mapped file may become shorter, or its disk fail, while it is read; the
 * system then sends SIGBUS, which kills.  In a guard it only ends the reading.
 *
 * consumer_array_guard() calls 'read', which looks at the elements of 'array'
 * by functions of this header that take no ConsumerError: copy_bytes, equal,
 * find, count, consumer_summary_add() ...  (Those that take one and an array
 * need no guard: they have their own.)  If an element has vanished, 'read' is
 * left where it was, as by longjmp(): it must hold no lock, no memory and no
 * FILE, call back nothing else, and what it has written is undefined.  Guards
 * may nest.
 *
 * An array that cannot vanish is just read.
 *
 * What vanishes from the last page that a file still has reads as zeros,
 * without any signal.  So if the backing has a descriptor, the file is asked
 * for its size after 'read': it must still reach to the end of 'array'.
 * Without one, such zeros are not noticed.  Nor can it be noticed that a file
 * was first made shorter and then as long as before: that has changed its time
 * of modification.
 *
 * The first guard of the process installs a handler of SIGBUS, for good, which
 * passes on to the one before it all that is not the fault of a guarded thread
 * at a guarded address.  Where another handler has come on top of it, or if the
 * environment has CONSUMER_NO_SIGBUS_HANDLER (and it is not empty), which keeps
 * it from being installed, memory is copied by process_vm_readv() before it is
 * read, at about half the speed; what is written is not guarded then.  If that
 * call is forbidden too, or the thread blocks SIGBUS, there is no guard.
 *
 * Returns CONSUMER_OK; CONSUMER_ERR_VANISHED with a message that names the
 * byte, counted from the lowest address that the array has; or CONSUMER_ERR_OS
 * if the file does not tell its size.  Cost: some nanoseconds; a system call if
 * there is a descriptor, and another one, which finds out whose handler is on
 * top, for 64 KiB and more, and otherwise once in some milliseconds.
 */
ConsumerStatus consumer_array_guard(const ConsumerArray *array,
				    void (*read)(void *context), void *context,
				    ConsumerError *error);

/*
 * The same for one element of 'array', the one at 'address': copies its bytes
 * to 'out', or those of 'from' to it.
 */
ConsumerStatus consumer_array_get_bytes(const ConsumerArray *array,
					const void *address, void *out,
					ConsumerError *error);
ConsumerStatus consumer_array_set_bytes(const ConsumerArray *array,
					void *address, const void *from,
					ConsumerError *error);

/* --- Bytes as elements ------------------------------------------------- */

#define CONSUMER_ALL UINT64_MAX

/*
 * consumer_count_elements() says how many whole elements of 'itemsize' bytes
 * lie in 'size_bytes' bytes behind 'offset_bytes'.
 *
 * With 'count' CONSUMER_ALL that is every one, and the bytes left over go to
 * '*n_trailing_bytes'; if that is NULL, bytes left over are an error.  With
 * another 'count' exactly so many must be there, and what follows them does
 * not matter.
 *
 * Returns CONSUMER_OK; CONSUMER_ERR_DATA for left-over bytes or too few
 * elements; CONSUMER_ERR_ARGUMENT if the offset is past the end or the itemsize
 * is 0.
 */
ConsumerStatus consumer_count_elements(uint64_t size_bytes, size_t itemsize,
				       uint64_t offset_bytes, uint64_t count,
				       uint64_t *n_elements,
				       uint64_t *n_trailing_bytes,
				       ConsumerError *error);

/* --- What a file is ---------------------------------------------------- */

/*
 * A file is raw - elements back to back, whatever the caller says of them - or
 * a .npy file, NumPy's, whose header says what follows it.
 */
typedef enum {
	CONSUMER_FILE_AUTO, /* .npy if it begins with .npy's magic, else raw */
	CONSUMER_FILE_RAW,
	CONSUMER_FILE_NPY,
} ConsumerFileFormat;

/*
 * What the caller says of a file.  'element' is what a raw file has; the header
 * of a .npy file must say the same as far as it is given.  A char is an
 * unsigned byte there, and single bytes have no order.  'shape', of 'ndim'
 * lengths, must be the header's too; of raw files consumer_array_open() alone
 * looks at it.
 */
typedef struct {
	ConsumerFileFormat format;
	ConsumerElement element;
	bool type_is_given;
	bool byte_order_is_given;
	int ndim;
	const ptrdiff_t *shape; /* NULL: not given */
} ConsumerSource;

/* What a file was found to be. */
typedef struct {
	ConsumerFileFormat format; /* raw or .npy */
	ConsumerElement element;
	int ndim;			    /* raw: 1 */
	ptrdiff_t shape[CONSUMER_MAX_NDIM]; /* raw: the length, or -1 */
	bool is_fortran_order;		    /* the first index varies fastest */
	int npy_version;		    /* 1 ... 3; raw: 0 */
	size_t header_bytes;		    /* raw: 0 */
} ConsumerDescription;

/* --- A file as one array ----------------------------------------------- */

typedef enum {
	CONSUMER_OPEN_READ,	     /* the view is read-only */
	CONSUMER_OPEN_READ_WRITE,    /* writes to the view reach the file */
	CONSUMER_OPEN_COPY_ON_WRITE, /* writes stay in this process */
} ConsumerOpenMode;

/*
 * Asked when a signal has interrupted a wait for a file: whether to go on.  If
 * not, the call fails with CONSUMER_ERR_OS and EINTR.
 */
typedef struct {
	bool (*goes_on)(void *context);
	void *context;
} ConsumerInterrupt;

/*
 * consumer_array_open() opens the file 'path' as an array; memory and file stay
 * until the array is released.  'source' says what the file is.  A raw file is
 * a 1-D array; a .npy file, or one that begins with such a header behind
 * 'offset_bytes', is an array of the header's shape and order.
 *
 * 'offset_bytes', 'count' and 'n_trailing_bytes' are those of
 * consumer_count_elements(); of a .npy file 'count' takes the first elements,
 * as a 1-D array, and what follows the whole array is left over.  With a shape
 * 'count' must be the product of its lengths, and the array has that shape,
 * whatever the file is.  A file that cannot be mapped (a pipe, a device, /proc,
 * no address space) is read into memory instead, except for
 * CONSUMER_OPEN_READ_WRITE, which fails; 'interrupt', or NULL to go on after
 * every signal, is asked meanwhile.  The memory of a mapped file may vanish
 * (see consumer_array_guard()), and keeps a descriptor of the file open.
 *
 * Returns CONSUMER_OK; CONSUMER_ERR_ARGUMENT if the itemsize is not that of the
 * type, or for a 'count' of an array in Fortran order of two dimensions or
 * more; the errors of consumer_count_elements(); CONSUMER_ERR_DATA for a header
 * that is not as it must be or contradicts 'source', or if the data are shorter
 * than it says; CONSUMER_ERR_OS or CONSUMER_ERR_MEMORY.  Cost: O(1) for a
 * mapped file.
 */
ConsumerStatus consumer_array_open(const char *path, ConsumerOpenMode mode,
				   const ConsumerSource *source,
				   uint64_t offset_bytes, uint64_t count,
				   const ConsumerInterrupt *interrupt,
				   ConsumerArray *out,
				   uint64_t *n_trailing_bytes,
				   ConsumerError *error);

/* --- A file or pipe as a run of arrays --------------------------------- */

/*
 * Which elements of a source are wanted.  In this order: skip 'offset_bytes'
 * bytes, behind which the elements or the .npy header begin; skip 'skip'
 * elements, or keep only the last 'tail'; of the rest take every 'step'-th;
 * stop after 'max'.  Elements are counted in C order, also where the file has
 * them in Fortran order.
 */
typedef struct {
	uint64_t offset_bytes;
	uint64_t skip; /* must be 0 if tail is not CONSUMER_ALL */
	uint64_t tail; /* CONSUMER_ALL: no limit */
	uint64_t step; /* at least 1 */
	uint64_t max;  /* CONSUMER_ALL: no limit */
} ConsumerSelection;

/* All elements; C++ before C++20 knows no names of members here. */
#define CONSUMER_SELECT_ALL                         \
	{                                           \
		0, 0, CONSUMER_ALL, 1, CONSUMER_ALL \
	}

/*
 * A ConsumerStream gives the selected elements of a file, a pipe or a device as
 * a run of 1-D arrays, in bounded memory.  A file that can be mapped is mapped
 * and comes as one array, so that 'skip', 'tail' and 'step' cost nothing;
 * anything else is read piece by piece as it arrives ('tail' of raw bytes whose
 * number is not known then keeps twice its length in memory).  An array in
 * Fortran order of two dimensions or more is mapped and comes in blocks; what
 * cannot be mapped of that kind is read into memory first.
 */
typedef struct ConsumerStream ConsumerStream;

/*
 * consumer_stream_open() opens 'path', or uses the open file 'descriptor' if
 * 'path' is NULL (from its current position on; it is not closed).  To find out
 * what an input is that cannot be mapped, its first bytes are read: no more
 * than it takes to tell .npy's magic from anything else, or the .npy header,
 * and none for CONSUMER_FILE_RAW.
 *
 * Returns CONSUMER_OK; CONSUMER_ERR_ARGUMENT for an element or a selection that
 * makes no sense, or that begins past the end where the size is known;
 * CONSUMER_ERR_DATA for a file that is not .npy but should be, or a header that
 * is not as it must be or contradicts 'source'; CONSUMER_ERR_OS or
 * CONSUMER_ERR_MEMORY.  The caller closes '*out'.
 */
ConsumerStatus consumer_stream_open(const char *path, int descriptor,
				    const ConsumerSource *source,
				    const ConsumerSelection *selection,
				    ConsumerStream **out, ConsumerError *error);

/* What the source was found to be; valid as long as 'stream'. */
const ConsumerDescription *
consumer_stream_description(const ConsumerStream *stream);

/*
 * How the selected elements lie: the rows of a .npy file as long as only 'max'
 * selects, else one axis.  Returns ndim; '*shape', which is valid as long as
 * 'stream', is NULL for one axis whose length is not known, or that no array
 * can have.
 */
int consumer_stream_shape(const ConsumerStream *stream,
			  const ptrdiff_t **shape);

/* How many elements it gives; CONSUMER_ALL: not known before the end. */
uint64_t consumer_stream_n_elements(const ConsumerStream *stream);

/*
 * consumer_stream_next() makes '*out' the next elements, a borrowed view that
 * is valid until the next call on 'stream' and needs no release; an empty array
 * at the end.
 *
 * Returns CONSUMER_OK; CONSUMER_ERR_ARGUMENT if the input turned out to end
 * before the selection begins; CONSUMER_ERR_DATA if a .npy file has fewer
 * elements than it says, after those that exist (in Fortran order, instead of
 * them), unless 'max' stopped before; CONSUMER_ERR_VANISHED for a file that is
 * read, or in Fortran order, and became shorter, after the elements up to the
 * first that is lost; CONSUMER_ERR_OS or CONSUMER_ERR_MEMORY.
 * What is mapped may vanish while the caller reads: consumer_array_guard().
 * After an error the stream can only be closed, or, if it is held, rewound.
 */
ConsumerStatus consumer_stream_next(ConsumerStream *stream, ConsumerArray *out,
				    ConsumerError *error);

/*
 * consumer_stream_measure() goes to the end without giving the elements, so
 * that their number, whether 'max' left any out and the trailing bytes are
 * known.  Of a file whose size is known nothing is read for that.  It comes
 * before the first consumer_stream_next(), and after it only what is mapped or
 * held has still elements to give.
 *
 * Returns what consumer_stream_next() does; after CONSUMER_ERR_DATA the number
 * is that of the elements that exist (some of an array in Fortran order: 0).
 */
ConsumerStatus consumer_stream_measure(ConsumerStream *stream,
				       ConsumerError *error);

/*
 * consumer_stream_hold() makes it possible to read the selected elements more
 * than once: what is mapped stays as it is, anything else is read to the end of
 * the selection into memory.  It comes before the first consumer_stream_next().
 *
 * Returns CONSUMER_OK, or the errors of consumer_stream_next() but for data
 * that are short, which it leaves to that, unless they are in Fortran order:
 * those it needs all.
 */
ConsumerStatus consumer_stream_hold(ConsumerStream *stream,
				    ConsumerError *error);

/* Makes a stream that is mapped or held start again. */
void consumer_stream_rewind(ConsumerStream *stream);

/*
 * Says that the elements may come in any order, as a summary does not mind: all
 * of an array in Fortran order then comes as it lies in the file, which is
 * several times faster.  To be called before the first consumer_stream_next().
 */
void consumer_stream_ignore_order(ConsumerStream *stream);

/* Told of each read, with the number of bytes that came; 0 at the end. */
typedef struct {
	void (*advance)(void *context, uint64_t n_bytes);
	void *context;
} ConsumerWatch;

/* Makes 'watch' see all later reads of 'stream'; a mapped file has none. */
void consumer_stream_watch(ConsumerStream *stream, ConsumerWatch watch);

/*
 * Whether the whole input is at hand, mapped or held, so that
 * consumer_stream_next() never has to wait for it.
 */
bool consumer_stream_is_whole(const ConsumerStream *stream);

/*
 * After the first consumer_stream_next(): the index, in the source, of the
 * first element given.
 */
uint64_t consumer_stream_first_index(const ConsumerStream *stream);

/*
 * After the empty array: whether 'max' left selected elements out.
 */
bool consumer_stream_is_cut(const ConsumerStream *stream);

/*
 * After the empty array: how many bytes follow the last whole element, or the
 * array of a .npy file; 0 if 'max' stopped the stream before that element was
 * reached.
 */
uint64_t consumer_stream_n_trailing_bytes(const ConsumerStream *stream);

/* What has become of a file since it was opened. */
typedef enum {
	CONSUMER_FILE_IS_SAME, /* also what is no file: a pipe, a device */
	CONSUMER_FILE_GREW,
	CONSUMER_FILE_SHRANK,
	CONSUMER_FILE_WAS_WRITTEN, /* it is as long, and was modified later */
	CONSUMER_FILE_WAS_REMOVED, /* its last name, maybe for another file's */
} ConsumerFileChange;

/*
 * After the elements were looked at: finds out whether the file of 'stream' is
 * still as it was.  Changes within one tick of the system's clock (some
 * milliseconds) may look like none.
 *
 * Returns CONSUMER_OK or CONSUMER_ERR_OS.
 */
ConsumerStatus consumer_stream_check(const ConsumerStream *stream,
				     ConsumerFileChange *out,
				     ConsumerError *error);

/* Gives back all that 'stream' holds; NULL is allowed. */
void consumer_stream_close(ConsumerStream *stream);

/* --- Blocks ------------------------------------------------------------ */

#define CONSUMER_BLOCK_BYTES 32768

/*
 * ConsumerBlocks walks any array - strided, byte-swapped, unaligned, N-d - in C
 * order, as blocks of native elements that lie back to back.  A kernel that
 * takes blocks need not know anything else.
 *
 *	ConsumerBlocks blocks;
 *	size_t n_elements;
 *	const void *block;
 *
 *	consumer_blocks_begin(&blocks, &array, 0, array.n_elements);
 *	while ((block = consumer_blocks_next(&blocks, &n_elements)))
 *		...
 *
 * Elements that are native and back to back already are not copied; but the
 * address of a block may then be unaligned, as the array's own.
 */
typedef struct {
	const unsigned char *data;
	size_t offset;	    /* from 'data' to the current element, modulo 2^n */
	ptrdiff_t n_left;   /* elements still to come */
	ptrdiff_t run_left; /* up to the end of the last axis */
	size_t itemsize;
	bool is_swapped;
	ptrdiff_t min_uncopied; /* such a run is a block, uncopied */
	bool may_vanish;	/* the caller is in consumer_array_guard() */
	ptrdiff_t stop;		/* the walk ends before this element */
	bool is_short;		/* the file has no more: there is no next */
	/* The axes, with neighbours merged where one stride serves both. */
	int ndim;
	ptrdiff_t shape[CONSUMER_MAX_NDIM];
	ptrdiff_t strides[CONSUMER_MAX_NDIM];
	ptrdiff_t index[CONSUMER_MAX_NDIM];
	uint64_t gathered[CONSUMER_BLOCK_BYTES / sizeof(uint64_t)];
} ConsumerBlocks;

/*
 * Starts at element 'start' of the flat array, for 'n_elements' elements, which
 * must all exist.  The array must not be opaque and must outlive the walk.
 */
void consumer_blocks_begin(ConsumerBlocks *blocks, const ConsumerArray *array,
			   ptrdiff_t start, ptrdiff_t n_elements);

/*
 * Returns the next block, of 1 ... CONSUMER_BLOCK_BYTES / itemsize elements,
 * valid until the next call; or NULL at the end.
 */
const void *consumer_blocks_next(ConsumerBlocks *blocks, size_t *n_elements);

/* --- Writing ----------------------------------------------------------- */

/*
 * consumer_element_store() writes 'value', of kind 'kind', to the element at
 * 'address', of any alignment.
 *
 * Integers and floats may be of another kind than the element: an integer must
 * be in its range, a float is rounded to its precision (out of range it is
 * infinite, but an error for float16), and an integer becomes a float the same
 * way.  A float is never stored to an integer.  char takes only char, and bool
 * only bool.
 *
 * Returns CONSUMER_OK or CONSUMER_ERR_ARGUMENT.
 */
ConsumerStatus consumer_element_store(ConsumerElement element, void *address,
				      ConsumerKind kind, ConsumerValue value,
				      ConsumerError *error);

/*
 * consumer_array_assign() copies the elements of 'from' to those of 'to', of
 * the same type, byte order, itemsize and shape.  They may overlap: 'from' is
 * read before 'to' is written.  'to' must not be read-only.
 *
 * Returns CONSUMER_OK; CONSUMER_ERR_ARGUMENT if the arrays differ; what
 * consumer_array_guard() does, with 'to' written in part; or
 * CONSUMER_ERR_MEMORY (arrays that may vanish, or are not both C-contiguous,
 * are copied through memory of the same size).
 */
ConsumerStatus consumer_array_assign(const ConsumerArray *to,
				     const ConsumerArray *from,
				     ConsumerError *error);

/* --- Comparing --------------------------------------------------------- */

/*
 * Whether both arrays have the same shape (up to the first length of 0) and
 * their elements are equal as numbers, whatever their types: 1 == 1.0 == True,
 * 0.0 == -0.0, and NaN equals nothing.  char equals only char, and opaque
 * elements equal nothing.
 */
bool consumer_array_equal(const ConsumerArray *array,
			  const ConsumerArray *other);

/*
 * The index in the flat array, 'start' or later and before 'stop', of the first
 * element that equals 'value' of kind 'kind' as above; -1 if there is none.
 */
ptrdiff_t consumer_array_find(const ConsumerArray *array, ptrdiff_t start,
			      ptrdiff_t stop, ConsumerKind kind,
			      ConsumerValue value);

/* How many elements equal 'value'. */
ptrdiff_t consumer_array_count(const ConsumerArray *array, ConsumerKind kind,
			       ConsumerValue value);

/* --- Threads ----------------------------------------------------------- */

/*
 * How many threads can run at once: the CPUs that this process may use, but 16
 * at most.  Cost: a system call.
 */
size_t consumer_threads_count(void);

/* --- Summaries --------------------------------------------------------- */

/* Limbs of 32 bits in 64: see consumer_summary_sum(). */
#define CONSUMER_SUM_LIMBS     70
#define CONSUMER_SQUARES_LIMBS 138

/* What a summary collects; the rest costs nothing, and stays 0. */
enum {
	CONSUMER_SUMMARY_RANGE = 1, /* count, n_nan, min, max */
	CONSUMER_SUMMARY_SUM = 2,
	CONSUMER_SUMMARY_SQUARES = 4,
	CONSUMER_SUMMARY_ALL = 7,
};

/*
 * A summary of numbers.  Nothing in it is rounded, so that the summaries of
 * parts, merged, are the summary of the whole: to the bit, in any order.
 *
 * NaN is counted and otherwise left out.
 */
typedef struct {
	ConsumerType type;
	unsigned collected; /* CONSUMER_SUMMARY_... */
	uint64_t count;	    /* elements but NaN */
	uint64_t n_nan;
	uint64_t n_positive_infinities; /* counted with the sum */
	uint64_t n_negative_infinities;
	/* In the member of the type's kind; only if count > 0.  -0.0 < 0.0 */
	ConsumerValue min;
	ConsumerValue max;
	/*
	 * The sums of the finite numbers and of their squares, in two's
	 * complement: limb i is worth 2^(32 i - 1088) and 2^(32 i - 2176), has
	 * 32 bits, and the last one has the sign.
	 */
	int64_t sum[CONSUMER_SUM_LIMBS];
	int64_t squares[CONSUMER_SQUARES_LIMBS];
} ConsumerSummary;

/* Makes 'summary' that of no elements; 'type' is not opaque. */
void consumer_summary_begin(ConsumerSummary *summary, ConsumerType type,
			    unsigned collected);

/*
 * Adds 'n_elements' elements of the flat array, from 'start' on, which are of
 * the summary's type.  Cost: one pass in CONSUMER_BLOCK_BYTES of cache.
 *
 * 'n_threads' says how many threads may share the work, the caller's included;
 * none is started up to 1, or for a small job.  The summary is the same.
 */
void consumer_summary_add(ConsumerSummary *summary, const ConsumerArray *array,
			  ptrdiff_t start, ptrdiff_t n_elements,
			  size_t n_threads);

/*
 * Adds the elements that 'other' has seen.
 *
 * Returns CONSUMER_OK, or CONSUMER_ERR_ARGUMENT if the summaries are of
 * different types or have not collected the same.
 */
ConsumerStatus consumer_summary_merge(ConsumerSummary *summary,
				      const ConsumerSummary *other,
				      ConsumerError *error);

/*
 * The sum, the mean (sum / count) and the standard deviation of the population
 * (the root of the mean squared distance from the mean): the true values, each
 * rounded once, to the nearest float64.  Infinities take part as IEEE 754 has
 * it.  Mean and deviation of no elements are NaN.
 *
 * The mean needs the range (for the count) and the sum, the deviation all.
 */
double consumer_summary_sum(const ConsumerSummary *summary);
double consumer_summary_mean(const ConsumerSummary *summary);
double consumer_summary_std(const ConsumerSummary *summary);

/*
 * The sum of integers, bool or char, in full: its magnitude is '*high' * 2^64 +
 * '*low'.  Returns whether it is negative.
 */
bool consumer_summary_integer_sum(const ConsumerSummary *summary,
				  uint64_t *high, uint64_t *low);

/* --- Quantiles --------------------------------------------------------- */

/*
 * A ConsumerQuantiles finds exact quantiles, without sorting and without
 * keeping the elements: it counts them, in several passes, in at most 8 MiB.
 *
 *	while (consumer_quantiles_next_pass(quantiles))
 *		consumer_quantiles_add(quantiles, &array, 0, array.n_elements,
 *				       n_threads);
 *	consumer_quantiles_values(quantiles, values);
 *
 * The quantile at percentage p of n sorted elements is found at position
 * (n - 1) p / 100: between two elements, on the straight line from one to the
 * other, in float64 (NumPy's method "linear", of the elements as float64).  NaN
 * is left out, -0.0 < 0.0, and 0 and 100 are the smallest and the largest
 * element.
 *
 * Where that line is not finite, an element exactly at the position is the
 * quantile, and so are two equal ones around it; any other position between a
 * number and an infinity is infinite, and between both infinities NaN.
 */
typedef struct ConsumerQuantiles ConsumerQuantiles;

/*
 * consumer_quantiles_open() prepares to find the quantiles of elements of
 * 'type' at 'n_percentages' percentages, in any order, also repeated; they are
 * copied.
 *
 * Returns CONSUMER_OK; CONSUMER_ERR_ARGUMENT if the type is opaque or a
 * percentage is not in 0 ... 100, with a message that names it; or
 * CONSUMER_ERR_MEMORY.  The caller closes '*out'.
 */
ConsumerStatus consumer_quantiles_open(ConsumerType type, size_t n_percentages,
				       const double *percentages,
				       ConsumerQuantiles **out,
				       ConsumerError *error);

/*
 * Begins a pass: true if all of the elements must now be added, again if they
 * were before, in any order and in any parts; false once the values are known.
 *
 * 8 and 16 bits need one pass, 32 two and 64 up to four (fewer where the
 * elements have bits in common).  There are more passes over less than 65536
 * elements, or if the first part added is that short, and with more than about
 * ten percentages.
 */
bool consumer_quantiles_next_pass(ConsumerQuantiles *quantiles);

/*
 * In a pass, which consumer_quantiles_next_pass() has begun: adds 'n_elements'
 * elements of the flat array, from 'start' on, which are of the type given at
 * the opening.  'n_threads' is as for consumer_summary_add(), but the more
 * values are looked for, the fewer threads have room for their counters in those
 * 8 MiB.
 */
void consumer_quantiles_add(ConsumerQuantiles *quantiles,
			    const ConsumerArray *array, ptrdiff_t start,
			    ptrdiff_t n_elements, size_t n_threads);

/*
 * After the last pass: how many elements there are but NaN, and the quantile at
 * each percentage, in their order; NaN if there are none.
 */
uint64_t consumer_quantiles_count(const ConsumerQuantiles *quantiles);
void consumer_quantiles_values(const ConsumerQuantiles *quantiles,
			       double *values);

/* Frees it; NULL is allowed. */
void consumer_quantiles_close(ConsumerQuantiles *quantiles);

/*
 * All of that for one array.  Returns what consumer_quantiles_open() does; on
 * failure 'values' is untouched.
 */
ConsumerStatus consumer_array_quantiles(const ConsumerArray *array,
					size_t n_percentages,
					const double *percentages,
					size_t n_threads, double *values,
					ConsumerError *error);

/* --- Histograms -------------------------------------------------------- */

#define CONSUMER_MAX_BINS (1 << 24)

/*
 * A ConsumerHistogram counts elements in bins of equal width between the
 * smallest and the largest finite one, in two passes:
 *
 *	while (consumer_histogram_next_pass(histogram))
 *		consumer_histogram_add(histogram, &array, 0, array.n_elements,
 *				       n_threads);
 *
 * Everything is in float64, to which 64-bit integers are rounded.  The edges
 * are those of numpy.linspace(); an element v is in bin i if edges[i] <= v <
 * edges[i + 1], and in the last bin also if it equals the last edge.  If all
 * elements are the same number, the edges are 0.5 on both sides of it, and if
 * there is no finite one, they are 0 and 1.  Edges between which there is no
 * float64 are equal, and the bin between equal edges is empty (but the last).
 */
typedef struct ConsumerHistogram ConsumerHistogram;

/*
 * consumer_histogram_open() prepares to count elements of 'type'.
 *
 * Returns CONSUMER_OK; CONSUMER_ERR_ARGUMENT if the type is opaque or 'n_bins'
 * not in 1 ... CONSUMER_MAX_BINS; or CONSUMER_ERR_MEMORY.  The caller closes
 * '*out'.
 */
ConsumerStatus consumer_histogram_open(ConsumerType type, size_t n_bins,
				       ConsumerHistogram **out,
				       ConsumerError *error);

/* Begins a pass, as consumer_quantiles_next_pass() does. */
bool consumer_histogram_next_pass(ConsumerHistogram *histogram);

/*
 * Adds elements, as consumer_quantiles_add() does.  There is one thread with
 * more than some thousand bins.
 */
void consumer_histogram_add(ConsumerHistogram *histogram,
			    const ConsumerArray *array, ptrdiff_t start,
			    ptrdiff_t n_elements, size_t n_threads);

/*
 * After the last pass: n_bins counts and n_bins + 1 edges, which belong to the
 * histogram; and how many elements are in no bin.
 */
size_t consumer_histogram_n_bins(const ConsumerHistogram *histogram);
const uint64_t *consumer_histogram_counts(const ConsumerHistogram *histogram);
const double *consumer_histogram_edges(const ConsumerHistogram *histogram);
uint64_t consumer_histogram_n_nan(const ConsumerHistogram *histogram);
uint64_t
consumer_histogram_n_negative_infinities(const ConsumerHistogram *histogram);
uint64_t
consumer_histogram_n_positive_infinities(const ConsumerHistogram *histogram);

/* Frees it; NULL is allowed. */
void consumer_histogram_close(ConsumerHistogram *histogram);

/*
 * All passes over one array.  Returns what consumer_histogram_open() does; the
 * caller closes '*out'.
 */
ConsumerStatus consumer_array_histogram(const ConsumerArray *array,
					size_t n_bins, size_t n_threads,
					ConsumerHistogram **out,
					ConsumerError *error);

/* --- Where output goes ------------------------------------------------- */

typedef struct {
	/* Takes all 'n_bytes' bytes or fails, filling 'error' if not NULL. */
	ConsumerStatus (*write)(void *context, const char *bytes,
				size_t n_bytes, ConsumerError *error);
	void *context;
} ConsumerWriter;

/* To a stdio stream that the caller flushes, checks and closes. */
ConsumerWriter consumer_writer_stream(FILE *stream);

/* To a file descriptor, with EINTR and short writes retried. */
ConsumerWriter consumer_writer_descriptor(int descriptor);

/* --- Saving ------------------------------------------------------------ */

/*
 * consumer_array_write_bytes() writes 'n_elements' elements of the flat array,
 * from 'start' on, in C order and with their bytes as they are.  Those of a
 * C-contiguous array whose memory stays are written from where they are, by one
 * call of the writer; others through memory of bounded size.
 *
 * Returns CONSUMER_OK; what the writer returned; CONSUMER_ERR_VANISHED after
 * the elements up to the first that is lost; and, of memory that may vanish,
 * CONSUMER_ERR_OS or CONSUMER_ERR_MEMORY.
 */
ConsumerStatus consumer_array_write_bytes(const ConsumerArray *array,
					  ptrdiff_t start, ptrdiff_t n_elements,
					  ConsumerWriter writer,
					  ConsumerError *error);

/*
 * consumer_npy_write_header() writes what stands before the elements in a .npy
 * file, byte for byte as NumPy does, in one call of the writer.  The size of
 * the header does not depend on how long the first axis is (the last one, in
 * Fortran order), so that one can be written again over the other.  char is
 * saved as uint8.
 *
 * Returns CONSUMER_OK; CONSUMER_ERR_ARGUMENT if the element is opaque or not
 * that of its type, or the shape out of range; or what the writer returned.
 */
ConsumerStatus consumer_npy_write_header(ConsumerElement element, int ndim,
					 const ptrdiff_t *shape,
					 bool is_fortran_order,
					 ConsumerWriter writer,
					 ConsumerError *error);

/*
 * consumer_array_write_npy() writes 'array' as a .npy file: in Fortran order if
 * it lies so in memory, and is not C-contiguous too, as numpy.save() does.
 *
 * Returns what the two functions above return.
 */
ConsumerStatus consumer_array_write_npy(const ConsumerArray *array,
					ConsumerWriter writer,
					ConsumerError *error);

/* --- Text -------------------------------------------------------------- */

/*
 * Integers are decimal; floats have the fewest digits that read back to the
 * same value at their own width, spelled as Python's repr(float) does; bool is
 * True or False; char is its number.  JSON says true, false, and null for what
 * is not finite.  The locale never matters.
 *
 * A row is what the last index runs through; without more dimensions it is one
 * element, but for the formats with brackets.
 */
typedef enum {
	CONSUMER_FORMAT_ARRAY, /* [ 1 2 ... ], N-d nested, one row a line */
	CONSUMER_FORMAT_LINES, /* one row a line, with blanks between */
	CONSUMER_FORMAT_CSV,   /* one row a line, with commas between */
	CONSUMER_FORMAT_JSON,  /* [1, 2], N-d nested, all in one line */
	CONSUMER_FORMAT_HEX,   /* as lines: all bits of an element, 0x002a */
} ConsumerFormat;

#define CONSUMER_N_FORMATS 5

/* "array", "lines" ...: a constant string; NULL if there is no such format. */
const char *consumer_format_name(ConsumerFormat format);

/* Finds a format by its name.  False: there is none. */
bool consumer_format_parse(const char *name, ConsumerFormat *out);

/*
 * How the text of a whole is laid out: elements of 'type' that form an array of
 * the given shape.  A 1-D whole of unknown length has 'ndim' 1 and 'shape'
 * NULL.
 */
typedef struct {
	ConsumerFormat format;
	ConsumerType type;
	int ndim;
	const ptrdiff_t *shape;

	/*
	 * How many threads may share the work of consumer_printer_add(), the
	 * caller's included; none is started up to 1, or for a small job.  The
	 * text is the same.  Each takes up to 2 MiB of memory.
	 */
	size_t n_threads;

	/* The formats with brackets, array and JSON. */
	bool ends_with_newline; /* the others always do, but an empty text */

	/* The other formats. */
	uint64_t n_columns; /* rows of so many, the last may be short; 0: no */
	bool has_index;	    /* each row begins with a number and a tab: ... */
	uint64_t first_index; /* ... for the first element it is this, ... */
	uint64_t index_step;  /* ... and for each one later this much more */
} ConsumerTextLayout;

/*
 * A ConsumerPrinter turns a run of arrays, the parts of a whole, into the text
 * of that whole, in constant memory.
 */
typedef struct ConsumerPrinter ConsumerPrinter;

/*
 * consumer_printer_open() prepares to print.  'layout' and its shape are
 * copied.
 *
 * Returns CONSUMER_OK; CONSUMER_ERR_ARGUMENT if there is no such format, the
 * type is opaque, 'ndim' is out of range, or columns or an index are asked of a
 * format with brackets; or CONSUMER_ERR_MEMORY.  The caller closes '*out'.
 */
ConsumerStatus consumer_printer_open(ConsumerWriter writer,
				     const ConsumerTextLayout *layout,
				     ConsumerPrinter **out,
				     ConsumerError *error);

/*
 * consumer_printer_add() prints 'n_elements' elements of the flat array, from
 * 'start' on; together not more than the whole has.  Text may stay in the
 * printer until it is flushed or finished.
 *
 * Returns CONSUMER_OK; CONSUMER_ERR_ARGUMENT if the array has another type than
 * the printer, or the printer is finished; CONSUMER_ERR_VANISHED after the
 * elements up to the first that is lost (the printer can still be finished);
 * what the writer returned; CONSUMER_ERR_OS, of memory that may vanish; or
 * CONSUMER_ERR_MEMORY.
 */
ConsumerStatus consumer_printer_add(ConsumerPrinter *printer,
				    const ConsumerArray *array, ptrdiff_t start,
				    ptrdiff_t n_elements, ConsumerError *error);

/*
 * Writes what is held back, so that a reader sees every element added.  Returns
 * CONSUMER_OK or what the writer returned.
 */
ConsumerStatus consumer_printer_flush(ConsumerPrinter *printer,
				      ConsumerError *error);

/*
 * consumer_printer_finish() closes what is open - brackets, the last line - and
 * flushes; 'is_cut' says that elements were left out, which only the array
 * format shows, as "...".  Returns CONSUMER_OK or what the writer returned.
 * Called again, it only writes what has not been written yet.
 */
ConsumerStatus consumer_printer_finish(ConsumerPrinter *printer, bool is_cut,
				       ConsumerError *error);

/* Frees the printer, with what was not flushed; NULL is allowed. */
void consumer_printer_close(ConsumerPrinter *printer);

/*
 * consumer_array_print() prints the first 'max' elements of 'array' (all, with
 * CONSUMER_ALL).  Array and JSON have no newline at their end; the others have,
 * and are empty without elements.
 *
 * Returns CONSUMER_OK, the errors of consumer_printer_open() and
 * consumer_printer_add(), or what the writer returned.
 */
ConsumerStatus consumer_array_print(const ConsumerArray *array,
				    ConsumerFormat format, uint64_t max,
				    ConsumerWriter writer,
				    ConsumerError *error);

/*
 * consumer_array_stringify() makes the same text in memory: '*text' is NUL
 * terminated, has '*n_bytes' bytes before that, and is the caller's to free().
 * Returns CONSUMER_OK, or the errors of consumer_printer_open() and
 * consumer_printer_add().
 */
ConsumerStatus consumer_array_stringify(const ConsumerArray *array,
					ConsumerFormat format, uint64_t max,
					char **text, size_t *n_bytes,
					ConsumerError *error);

#ifdef __cplusplus
}
#endif

#endif
