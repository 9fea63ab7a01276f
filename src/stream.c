/* SPDX-License-Identifier: MIT */
/*
 * A file or pipe as a run of arrays in bounded memory: either it is at hand as
 * a whole - mapped, or read into memory - where the selection is arithmetic, or
 * it is read piece by piece, where the selection is counting.
 */
#include "config.h"
#include "blocks.h"
#include "element.h"
#include "filemap.h"
#include "npy.h"
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ_BYTES 131072

/* Steps from which on elements that are walked are fetched one by one. */
#define MIN_SPARSE_STEP 64
#define SPARSE_BYTES	4096

/* From here on it is worth asking the file to skip instead of reading. */
#define MIN_SEEK_BYTES ((uint64_t)1 << 20)

struct ConsumerStream {
	int descriptor;
	bool owns_descriptor;
	bool is_file;	  /* with a size */
	struct stat file; /* as it was at the opening */
	ConsumerOpenMode mode;
	const ConsumerInterrupt *interrupt; /* or NULL */
	ConsumerWatch watch;
	ConsumerSelection selection;
	ConsumerDescription description;
	uint64_t n_declared; /* elements of the source; ALL: not known */
	bool is_walked; /* its elements do not lie in the order of the rows */

	/* What is selected of it: see plan(). */
	uint64_t first;	  /* the index, in the source, of the first one */
	uint64_t n_given; /* CONSUMER_ALL: not known */
	ptrdiff_t length; /* the same, where it is known */
	bool is_cut;
	bool is_short;	  /* the data end before the selection does ... */
	uint64_t n_there; /* ... after so many elements of the source */
	size_t n_trailing_bytes;

	/* How far it has been given. */
	bool is_finished;
	uint64_t n_left;	 /* of those to be given */
	uint64_t n_until_chosen; /* elements to pass over: see choose() */

	/*
	 * At hand: what is selected, in one piece; or all of the source, which
	 * 'blocks' walks, NULL before it has begun.
	 */
	bool has_whole;
	ConsumerArray whole;
	ConsumerBlocks *blocks;
	struct blocks_room copies;
	unsigned char sparse[SPARSE_BYTES]; /* elements fetched one by one */

	/* Read: bytes [n_used, n_buffered) of the buffer are not given yet. */
	bool is_mappable; /* then the buffer has the header, if anything */
	bool is_positioned;
	bool is_at_end;
	uint64_t size_bytes;  /* of a regular file, otherwise 0 */
	uint64_t position;    /* in a file that can be mapped */
	uint64_t start_bytes; /* from there to the first element */
	uint64_t n_unread;    /* declared elements behind those used */
	unsigned char *buffer;
	size_t capacity;
	size_t n_used;
	size_t n_buffered;
};

/* --- The selection ----------------------------------------------------- */

/* How many of 'n' elements a step of 'step' takes, the first included. */
static uint64_t
count_steps(uint64_t n, uint64_t step)
{
	return n == 0 ? 0 : (n - 1) / step + 1;
}

static ConsumerStatus
check_selection(const ConsumerSelection *selection, ConsumerError *error)
{
	if (selection->step == 0)
		return fail_argument(error, "step", "0 is not a distance");
	if (selection->skip > 0 && selection->tail != CONSUMER_ALL)
		return fail_argument(error, "skip",
				     "and tail exclude each other");
	return CONSUMER_OK;
}

static void
set_n_given(ConsumerStream *stream, uint64_t n_given)
{
	stream->n_given = stream->n_left = n_given;
	stream->length = (ptrdiff_t)n_given;
}

/* Finds what is selected of a source whose number of elements is known. */
static ConsumerStatus
plan(ConsumerStream *stream, ConsumerError *error)
{
	const ConsumerSelection *selection = &stream->selection;
	const uint64_t n = stream->n_declared;
	uint64_t n_chosen;

	if (selection->skip > n)
		return fail_past_end(error, "skip", selection->skip, n,
				     "element");
	stream->first =
		selection->tail < n ? n - selection->tail : selection->skip;
	n_chosen = count_steps(n - stream->first, selection->step);
	set_n_given(stream, MIN(n_chosen, selection->max));
	stream->is_cut = stream->n_given < n_chosen;
	return CONSUMER_OK;
}

/* Of a source that turned out to have only 'n_there' elements. */
static void
limit_plan(ConsumerStream *stream, uint64_t n_there)
{
	const uint64_t n_behind =
		n_there > stream->first ? n_there - stream->first : 0;
	const uint64_t n = count_steps(n_behind, stream->selection.step);

	/* What 'max' leaves out need not exist. */
	stream->is_short = n_there < stream->n_declared &&
			   !(stream->is_cut && n >= stream->n_given);
	stream->n_there = n_there;
	set_n_given(stream, MIN(n, stream->n_given));
}

static ConsumerStatus
fail_short(const ConsumerStream *stream, ConsumerError *error)
{
	return fail(error, CONSUMER_ERR_DATA,
		    "the data end after %llu of %llu elements",
		    (unsigned long long)stream->n_there,
		    (unsigned long long)stream->n_declared);
}

/* How many elements 'n_given' of them, one step apart, span. */
static uint64_t
n_spanned(const ConsumerStream *stream)
{
	return stream->n_given == 0
		       ? 0
		       : (stream->n_given - 1) * stream->selection.step + 1;
}

/* --- Reading ------------------------------------------------------------ */

static size_t
n_unused_bytes(const ConsumerStream *stream)
{
	return stream->n_buffered - stream->n_used;
}

/*
 * Makes room for another read behind the bytes that are not used yet.  These
 * are moved only when there are no more of them than bytes that are done with,
 * so that each byte is moved once on average, however long the tail is.
 */
static ConsumerStatus
make_room(ConsumerStream *stream, ConsumerError *error)
{
	const size_t n_kept = n_unused_bytes(stream);
	/* Twice what is kept: then the next bytes are moved, not added. */
	const size_t grown_capacity = 2 * (n_kept + READ_BYTES);
	unsigned char *grown;

	if (n_kept == 0)
		stream->n_used = stream->n_buffered = 0;
	if (stream->capacity - stream->n_buffered >= READ_BYTES)
		return CONSUMER_OK;
	if (stream->n_used >= MAX(n_kept, READ_BYTES)) {
		memmove(stream->buffer, stream->buffer + stream->n_used,
			n_kept);
		stream->n_used = 0;
		stream->n_buffered = n_kept;
		return CONSUMER_OK;
	}
	grown = realloc(stream->buffer, grown_capacity);
	if (!grown)
		return fail_memory(error);
	stream->buffer = grown;
	stream->capacity = grown_capacity;
	return CONSUMER_OK;
}

/* At the end of the input: it may have come too early. */
static ConsumerStatus
check_end(const ConsumerStream *stream, ConsumerError *error)
{
	ConsumerFileChange change;
	ConsumerStatus status = consumer_stream_check(stream, &change, error);

	if (!status && change == CONSUMER_FILE_SHRANK)
		status = fail(error, CONSUMER_ERR_VANISHED,
			      "the file has become shorter while it was read");
	return status;
}

/* Appends what one read gives to the buffer; '*n_read' is 0 at the end. */
static ConsumerStatus
fill(ConsumerStream *stream, size_t *n_read, ConsumerError *error)
{
	ConsumerStatus status = CONSUMER_OK;

	*n_read = 0;
	/* A terminal would go on after its end. */
	if (!stream->is_at_end)
		status = make_room(stream, error);
	if (status || stream->is_at_end)
		return status;
	status = file_read(stream->descriptor,
			   stream->buffer + stream->n_buffered, READ_BYTES,
			   stream->interrupt, n_read, error);
	if (status)
		return status;
	stream->n_buffered += *n_read;
	stream->is_at_end = *n_read == 0;
	if (stream->watch.advance)
		stream->watch.advance(stream->watch.context, *n_read);
	return stream->is_at_end ? check_end(stream, error) : CONSUMER_OK;
}

/* How many bytes of the file are ahead; 0: that is not known. */
static uint64_t
n_bytes_ahead(const ConsumerStream *stream)
{
	off_t position = -1;

	if (stream->size_bytes > 0)
		position = lseek(stream->descriptor, 0, SEEK_CUR);
	if (position < 0 || (uint64_t)position > stream->size_bytes)
		return 0;
	return stream->size_bytes - (uint64_t)position;
}

/* Whether a file that is known to reach so far was moved by 'n_bytes' bytes. */
static bool
seek_over(ConsumerStream *stream, uint64_t n_bytes)
{
	return n_bytes >= MIN_SEEK_BYTES && n_bytes <= n_bytes_ahead(stream) &&
	       lseek(stream->descriptor, (off_t)n_bytes, SEEK_CUR) >= 0;
}

/* Moves forward by 'n_bytes'; '*n_missing' is what the input lacked. */
static ConsumerStatus
pass_over(ConsumerStream *stream, uint64_t n_bytes, uint64_t *n_missing,
	  ConsumerError *error)
{
	for (;;) {
		const size_t n_now =
			(size_t)MIN(n_bytes, (uint64_t)n_unused_bytes(stream));
		size_t n_read;
		ConsumerStatus status;

		stream->n_used += n_now;
		n_bytes -= n_now;
		*n_missing = 0;
		if (n_bytes == 0 || seek_over(stream, n_bytes))
			return CONSUMER_OK;
		status = fill(stream, &n_read, error);
		*n_missing = n_bytes;
		if (status || n_read == 0)
			return status;
	}
}

/* Goes to the first element, or, before that is known, to 'offset_bytes'. */
static ConsumerStatus
skip_bytes(ConsumerStream *stream, ConsumerError *error)
{
	const uint64_t n_bytes = stream->start_bytes;
	uint64_t n_missing;
	ConsumerStatus status = pass_over(stream, n_bytes, &n_missing, error);

	stream->start_bytes = 0;
	if (status || n_missing == 0)
		return status;
	return fail_past_end(error, "offset", n_bytes, n_bytes - n_missing,
			     "byte");
}

/* --- What the source is ------------------------------------------------ */

/*
 * Makes the next 'n_bytes' bytes wait in the buffer, fewer if the input ends
 * before.  A file that can be mapped keeps its position.
 */
static ConsumerStatus
peek(ConsumerStream *stream, size_t n_bytes, ConsumerError *error)
{
	ConsumerStatus status = CONSUMER_OK;
	unsigned char *grown;
	size_t n_read;

	while (!status && n_unused_bytes(stream) < n_bytes &&
	       !stream->is_at_end && !stream->is_mappable)
		status = fill(stream, &n_read, error);
	if (n_unused_bytes(stream) >= n_bytes || !stream->is_mappable)
		return status;
	grown = realloc(stream->buffer, n_bytes);
	if (!grown)
		return fail_memory(error);
	stream->buffer = grown;
	stream->capacity = n_bytes;
	return file_read_at(stream->descriptor,
			    stream->position + stream->start_bytes,
			    stream->buffer, n_bytes, stream->interrupt,
			    &stream->n_buffered, error);
}

/* No more is waited for than the first byte that differs. */
static ConsumerStatus
look_for_magic(ConsumerStream *stream, bool *has_magic, ConsumerError *error)
{
	size_t n = stream->is_mappable ? NPY_PREFIX_BYTES : 1;

	for (;;) {
		ConsumerStatus status = peek(stream, n, error);
		const size_t n_seen =
			MIN(n_unused_bytes(stream), NPY_MAGIC_BYTES);

		if (status)
			return status;
		*has_magic = n_seen >= MIN(n, NPY_MAGIC_BYTES) &&
			     memcmp(stream->buffer + stream->n_used, NPY_MAGIC,
				    n_seen) == 0;
		if (!*has_magic || n_seen == NPY_MAGIC_BYTES)
			return CONSUMER_OK;
		n = n_seen + 1;
	}
}

/* The next 'n_bytes' bytes must exist. */
static ConsumerStatus
peek_header(ConsumerStream *stream, size_t n_bytes, ConsumerError *error)
{
	ConsumerStatus status = peek(stream, n_bytes, error);

	if (!status && n_unused_bytes(stream) < n_bytes)
		status = fail(error, CONSUMER_ERR_DATA,
			      ".npy header: the file ends inside it");
	return status;
}

static ConsumerStatus
read_header(ConsumerStream *stream, ConsumerError *error)
{
	size_t header_bytes;
	ptrdiff_t n_elements;
	ConsumerStatus status = peek_header(stream, NPY_PREFIX_BYTES, error);

	if (!status)
		status = npy_measure(stream->buffer + stream->n_used,
				     &header_bytes, error);
	if (!status)
		status = peek_header(stream, header_bytes, error);
	if (!status)
		status =
			npy_parse(stream->buffer + stream->n_used, header_bytes,
				  &stream->description, &n_elements, error);
	if (status)
		return status;
	stream->n_declared = (uint64_t)n_elements;
	stream->is_walked = stream->description.is_fortran_order &&
			    stream->description.ndim > 1 && n_elements > 0;
	if (stream->is_mappable)
		stream->start_bytes += header_bytes;
	else
		stream->n_used += header_bytes;
	return CONSUMER_OK;
}

static const char *
order_name(ConsumerByteOrder byte_order)
{
	return byte_order == CONSUMER_BIG_ENDIAN ? "big-endian"
						 : "little-endian";
}

/* A message has room for so much of a shape. */
#define MAX_SHAPE_LENGTH 79

static void
describe_shape(char text[CONSUMER_SHAPE_SIZE], int ndim, const ptrdiff_t *shape)
{
	if (consumer_shape_text(ndim, shape, text) > MAX_SHAPE_LENGTH)
		memcpy(text + MAX_SHAPE_LENGTH - 3, "...", 4);
}

static ConsumerStatus
check_shape(const ConsumerDescription *description,
	    const ConsumerSource *source, ConsumerError *error)
{
	char says[CONSUMER_SHAPE_SIZE], given[CONSUMER_SHAPE_SIZE];

	if (!source->shape ||
	    (source->ndim == description->ndim &&
	     memcmp(source->shape, description->shape,
		    (size_t)source->ndim * sizeof(*source->shape)) == 0))
		return CONSUMER_OK;
	describe_shape(says, description->ndim, description->shape);
	describe_shape(given, source->ndim, source->shape);
	return fail(error, CONSUMER_ERR_DATA,
		    "the .npy header says shape %s, not %s", says, given);
}

/* Whether the header agrees with what the caller says of it. */
static ConsumerStatus
check_header(ConsumerStream *stream, const ConsumerSource *source,
	     ConsumerError *error)
{
	ConsumerElement *element = &stream->description.element;
	const ConsumerElement given = source->element;

	if (source->type_is_given && given.type == CONSUMER_CHAR &&
	    element->type == CONSUMER_UINT8)
		element->type = CONSUMER_CHAR;
	if (source->type_is_given && element->type != given.type)
		return fail(error, CONSUMER_ERR_DATA,
			    "the .npy header says %s, not %s",
			    consumer_type_name(element->type),
			    consumer_type_name(given.type));
	if (source->byte_order_is_given && element->itemsize > 1 &&
	    element->byte_order != given.byte_order)
		return fail(error, CONSUMER_ERR_DATA,
			    "the .npy header says %s, not %s",
			    order_name(element->byte_order),
			    order_name(given.byte_order));
	return check_shape(&stream->description, source, error);
}

/* Finds out what begins 'start_bytes' behind where the input stands. */
static ConsumerStatus
identify(ConsumerStream *stream, const ConsumerSource *source,
	 ConsumerError *error)
{
	bool has_magic = false;
	ConsumerStatus status = CONSUMER_OK;

	stream->n_declared = CONSUMER_ALL;
	stream->description = (ConsumerDescription){
		.format = CONSUMER_FILE_RAW,
		.element = source->element,
		.ndim = 1,
		.shape = { -1 },
	};
	if (source->format == CONSUMER_FILE_RAW)
		return CONSUMER_OK;
	if (!stream->is_mappable)
		status = skip_bytes(stream, error);
	if (!status)
		status = look_for_magic(stream, &has_magic, error);
	if (!status && has_magic)
		status = read_header(stream, error);
	if (!status && has_magic)
		status = check_header(stream, source, error);
	if (!status && !has_magic && source->format == CONSUMER_FILE_NPY)
		status = fail(error, CONSUMER_ERR_DATA, "not a .npy file");
	return status;
}

static bool
is_raw(const ConsumerStream *stream)
{
	return stream->description.format == CONSUMER_FILE_RAW;
}

static size_t
itemsize_of(const ConsumerStream *stream)
{
	return stream->description.element.itemsize;
}

/* --- A source that is at hand ------------------------------------------ */

/* The distances between elements in Fortran order. */
static void
set_fortran_strides(const ConsumerDescription *description, ptrdiff_t *strides)
{
	ptrdiff_t stride = (ptrdiff_t)description->element.itemsize;

	for (int axis = 0; axis < description->ndim; axis++) {
		strides[axis] = stride;
		stride *= description->shape[axis];
	}
}

/*
 * Makes 'all' the whole, and its memory the stream's: the elements from the
 * first that is selected on, or those of a source that is walked.
 */
static ConsumerStatus
take_over(ConsumerStream *stream, ConsumerArray *all, ConsumerError *error)
{
	const ConsumerDescription *description = &stream->description;
	ptrdiff_t strides[CONSUMER_MAX_NDIM];
	ConsumerStatus status;

	if (stream->is_walked) {
		set_fortran_strides(description, strides);
		status = consumer_array_wrap(
			all->data, description->element, description->ndim,
			description->shape, strides, all->read_only,
			&stream->whole, error);
	} else {
		/* A single element has no next one for the step to reach. */
		status = consumer_array_slice(
			all, 0, 0, stream->length,
			stream->n_given > 1 ? (ptrdiff_t)stream->selection.step
					    : 1,
			&stream->whole, error);
	}
	if (status) {
		consumer_array_release(all);
		return status;
	}
	stream->whole.release = all->release;
	stream->whole.private_data = all->private_data;
	stream->whole.backing = all->backing;
	stream->has_whole = true;
	return CONSUMER_OK;
}

/* '*has_mapped' is false if it cannot be: errno tells why. */
static ConsumerStatus
map_plan(ConsumerStream *stream, bool *has_mapped, ConsumerError *error)
{
	const ConsumerElement element = stream->description.element;
	const uint64_t first = stream->is_walked ? 0 : stream->first;
	const uint64_t n_mapped =
		stream->is_walked ? stream->n_declared : n_spanned(stream);
	const uint64_t offset_bytes = stream->position + stream->start_bytes;
	const ptrdiff_t none = 0;
	ConsumerArray all;

	/* No bytes cannot be mapped; nor can making a view of them fail. */
	if (n_mapped == 0)
		consumer_array_wrap(NULL, element, 1, &none, NULL,
				    stream->mode == CONSUMER_OPEN_READ, &all,
				    NULL);
	*has_mapped = n_mapped == 0 ||
		      file_map(stream->descriptor, stream->mode, element,
			       offset_bytes + first * element.itemsize,
			       n_mapped, &all);
	return *has_mapped ? take_over(stream, &all, error) : CONSUMER_OK;
}

/* As above, of a file with 'n_bytes' bytes of data. */
static ConsumerStatus
map_source(ConsumerStream *stream, uint64_t n_bytes, bool *has_mapped,
	   ConsumerError *error)
{
	const uint64_t n_whole = n_bytes / itemsize_of(stream);
	ConsumerStatus status;

	if (is_raw(stream)) {
		stream->n_declared = n_whole;
		stream->description.shape[0] = (ptrdiff_t)n_whole;
	}
	status = plan(stream, error);
	if (status)
		return status;
	limit_plan(stream, MIN(n_whole, stream->n_declared));
	if (stream->is_walked && n_whole < stream->n_declared)
		return fail_short(stream, error);
	if (!stream->is_cut && !stream->is_short)
		stream->n_trailing_bytes =
			(size_t)(n_bytes -
				 stream->n_declared * itemsize_of(stream));
	return map_plan(stream, has_mapped, error);
}

/* --- Opening ------------------------------------------------------------ */

/* The source is not at hand: what it has will be seen. */
static ConsumerStatus
begin_reading(ConsumerStream *stream, ConsumerError *error)
{
	if (stream->is_mappable) {
		stream->n_used = stream->n_buffered = 0;
		stream->is_mappable = false;
	}
	stream->is_short = stream->is_cut = false;
	stream->n_trailing_bytes = 0;
	if (!is_raw(stream))
		return plan(stream, error);
	stream->n_declared = CONSUMER_ALL;
	stream->description.shape[0] = -1;
	stream->first = stream->selection.skip;
	stream->n_given = CONSUMER_ALL;
	stream->n_left = stream->selection.max;
	return CONSUMER_OK;
}

static ConsumerStatus
open_mappable(ConsumerStream *stream, const ConsumerSource *source,
	      ConsumerError *error)
{
	const uint64_t n_bytes = stream->size_bytes - stream->position;
	bool has_mapped = false;
	ConsumerStatus status;

	if (stream->start_bytes > n_bytes)
		return fail_past_end(error, "offset", stream->start_bytes,
				     n_bytes, "byte");
	status = identify(stream, source, error);
	if (!status)
		status = map_source(stream, n_bytes - stream->start_bytes,
				    &has_mapped, error);
	if (status || has_mapped)
		return status;
	if (stream->mode == CONSUMER_OPEN_READ_WRITE)
		return fail_errno(error, errno);
	return begin_reading(stream, error);
}

static ConsumerStatus
open_descriptor(ConsumerStream *stream, const struct stat *file,
		const ConsumerSource *source, ConsumerError *error)
{
	off_t position = 0;
	ConsumerStatus status;

	stream->start_bytes = stream->selection.offset_bytes;
	/* Writes to a copy would be lost: say so without waiting for it. */
	if (stream->mode == CONSUMER_OPEN_READ_WRITE && !S_ISREG(file->st_mode))
		return fail_errno(error, ENODEV);
	/* Standard input may stand anywhere in its file. */
	if (!stream->owns_descriptor)
		position = lseek(stream->descriptor, 0, SEEK_CUR);
	/* A size of 0 may be a lie, as in /proc: only reading tells. */
	if (S_ISREG(file->st_mode) && file->st_size > 0 && position >= 0 &&
	    position <= file->st_size) {
		stream->position = (uint64_t)position;
		stream->size_bytes = (uint64_t)file->st_size;
		stream->is_mappable = file_can_be_mapped(stream->descriptor);
		stream->is_file = true;
		stream->file = *file;
	}
	if (stream->is_mappable)
		return open_mappable(stream, source, error);
	status = identify(stream, source, error);
	return status ? status : begin_reading(stream, error);
}

static ConsumerStatus
check_source(const ConsumerSource *source, ConsumerError *error)
{
	if ((unsigned)source->format > CONSUMER_FILE_NPY)
		return fail(error, CONSUMER_ERR_ARGUMENT,
			    "there is no file format %d", (int)source->format);
	return element_check(source->element, error);
}

ConsumerStatus
stream_open(const char *path, int descriptor, const ConsumerSource *source,
	    const ConsumerSelection *selection, ConsumerOpenMode mode,
	    const ConsumerInterrupt *interrupt, ConsumerStream **out,
	    ConsumerError *error)
{
	const int flags = mode == CONSUMER_OPEN_READ_WRITE ? O_RDWR : O_RDONLY;
	ConsumerStream *stream;
	struct stat file;
	ConsumerStatus status = check_source(source, error);

	if (!status)
		status = check_selection(selection, error);
	if (status)
		return status;
	stream = calloc(1, sizeof(*stream));
	if (!stream)
		return fail_memory(error);
	stream->descriptor = descriptor;
	stream->mode = mode;
	stream->interrupt = interrupt;
	stream->selection = *selection;
	status = path ? file_open(path, flags, interrupt, &stream->descriptor,
				  &file, error)
		      : file_describe(descriptor, &file, error);
	stream->owns_descriptor = path && !status;
	if (!status)
		status = open_descriptor(stream, &file, source, error);
	if (status)
		consumer_stream_close(stream);
	else
		*out = stream;
	return status;
}

ConsumerStatus
consumer_stream_open(const char *path, int descriptor,
		     const ConsumerSource *source,
		     const ConsumerSelection *selection, ConsumerStream **out,
		     ConsumerError *error)
{
	return stream_open(path, descriptor, source, selection,
			   CONSUMER_OPEN_READ, NULL, out, error);
}

void
consumer_stream_close(ConsumerStream *stream)
{
	if (!stream)
		return;
	consumer_array_release(&stream->whole);
	if (stream->owns_descriptor)
		close(stream->descriptor);
	free(stream->blocks);
	free(stream->copies.bytes);
	free(stream->buffer);
	free(stream);
}

/* --- Questions ---------------------------------------------------------- */

const ConsumerDescription *
consumer_stream_description(const ConsumerStream *stream)
{
	return &stream->description;
}

int
consumer_stream_shape(const ConsumerStream *stream, const ptrdiff_t **shape)
{
	const ConsumerSelection *selection = &stream->selection;

	if (!is_raw(stream) && selection->skip == 0 &&
	    selection->tail == CONSUMER_ALL && selection->step == 1) {
		*shape = stream->description.shape;
		return stream->description.ndim;
	}
	*shape = stream->n_given == CONSUMER_ALL ? NULL : &stream->length;
	return 1;
}

uint64_t
consumer_stream_n_elements(const ConsumerStream *stream)
{
	return stream->n_given;
}

uint64_t
consumer_stream_first_index(const ConsumerStream *stream)
{
	return stream->first;
}

bool
consumer_stream_is_whole(const ConsumerStream *stream)
{
	return stream->has_whole;
}

bool
consumer_stream_is_cut(const ConsumerStream *stream)
{
	return stream->is_cut;
}

size_t
consumer_stream_n_trailing_bytes(const ConsumerStream *stream)
{
	return stream->n_trailing_bytes;
}

ConsumerStatus
consumer_stream_check(const ConsumerStream *stream, ConsumerFileChange *out,
		      ConsumerError *error)
{
	if (stream->is_file)
		return file_compare(stream->descriptor, &stream->file, out,
				    error);
	*out = CONSUMER_FILE_IS_SAME;
	return CONSUMER_OK;
}

/* --- Giving what is at hand --------------------------------------------- */

/* The end: an array without elements, or what is missing. */
static ConsumerStatus
give_end(const ConsumerStream *stream, ConsumerArray *out, ConsumerError *error)
{
	const ptrdiff_t none = 0;

	if (stream->is_short)
		return fail_short(stream, error);
	return consumer_array_wrap(NULL, stream->description.element, 1, &none,
				   NULL, true, out, error);
}

/*
 * Makes '*out' those of the 'n' elements at 'data' that 'step' and 'max'
 * choose; false: none.
 */
static bool
choose(ConsumerStream *stream, const void *data, uint64_t n, ConsumerArray *out)
{
	const uint64_t step = stream->selection.step;
	const uint64_t first = stream->n_until_chosen;
	const uint64_t n_chosen = first < n ? count_steps(n - first, step) : 0;
	const uint64_t n_given = MIN(n_chosen, stream->n_left);
	const ptrdiff_t length = (ptrdiff_t)n;
	ConsumerArray all;

	stream->n_left -= n_given;
	if (n_chosen > 0)
		stream->n_until_chosen =
			step - (n - first - (n_chosen - 1) * step);
	else
		stream->n_until_chosen -= n;
	if (n_given < n_chosen)
		stream->is_cut = stream->is_finished = true;
	if (n_given == 0)
		return false;
	/* One axis: cannot fail, nor needs a release. */
	consumer_array_wrap((void *)(uintptr_t)data,
			    stream->description.element, 1, &length, NULL, true,
			    &all, NULL);
	consumer_array_slice(&all, 0, (ptrdiff_t)first, (ptrdiff_t)n_given,
			     n_given > 1 ? (ptrdiff_t)step : 1, out, NULL);
	return true;
}

static ConsumerStatus
begin_walk(ConsumerStream *stream, ConsumerError *error)
{
	stream->blocks = malloc(sizeof(*stream->blocks));
	if (!stream->blocks)
		return fail_memory(error);
	blocks_begin_bytes(stream->blocks, &stream->whole,
			   (ptrdiff_t)stream->first,
			   (ptrdiff_t)n_spanned(stream));
	return CONSUMER_OK;
}

/* Copies the next element of a walk to 'out', and moves one step on. */
static ConsumerStatus
copy_next_element(ConsumerStream *stream, void *out, ConsumerError *error)
{
	const uint64_t n_before = stream->n_given - stream->n_left;
	const void *element;
	size_t n;
	ConsumerStatus status;

	blocks_begin_bytes(
		stream->blocks, &stream->whole,
		(ptrdiff_t)(stream->first + n_before * stream->selection.step),
		1);
	status = blocks_next_safe(stream->blocks, &stream->whole,
				  &stream->copies, &element, &n, error);
	if (status)
		return status;
	memcpy(out, element, itemsize_of(stream));
	stream->n_left--;
	return CONSUMER_OK;
}

/*
 * Elements far apart are fetched one by one: nearly all that a block has would
 * be brought together for nothing.
 */
static ConsumerStatus
next_sparse(ConsumerStream *stream, ConsumerArray *out, ConsumerError *error)
{
	const uint64_t n_there = SPARSE_BYTES / itemsize_of(stream);
	const ptrdiff_t n = (ptrdiff_t)MIN(stream->n_left, n_there);
	ConsumerStatus status = CONSUMER_OK;

	if (n == 0)
		return give_end(stream, out, error);
	for (ptrdiff_t i = 0; !status && i < n; i++)
		status = copy_next_element(
			stream,
			stream->sparse + (size_t)i * itemsize_of(stream),
			error);
	if (status)
		return status;
	return consumer_array_wrap(stream->sparse, stream->description.element,
				   1, &n, NULL, true, out, error);
}

static ConsumerStatus
next_walked(ConsumerStream *stream, ConsumerArray *out, ConsumerError *error)
{
	ConsumerStatus status =
		stream->blocks ? CONSUMER_OK : begin_walk(stream, error);
	const void *block;
	size_t n;

	if (!status && stream->selection.step >= MIN_SPARSE_STEP)
		return next_sparse(stream, out, error);
	while (!status) {
		status = blocks_next_safe(stream->blocks, &stream->whole,
					  &stream->copies, &block, &n, error);
		if (status || !block)
			break;
		if (choose(stream, block, n, out))
			return CONSUMER_OK;
	}
	return status ? status : give_end(stream, out, error);
}

static ConsumerStatus
next_whole(ConsumerStream *stream, ConsumerArray *out, ConsumerError *error)
{
	if (stream->is_walked)
		return next_walked(stream, out, error);
	if (stream->is_finished || stream->whole.n_elements == 0)
		return give_end(stream, out, error);
	stream->is_finished = true;
	return consumer_array_slice(&stream->whole, 0, 0,
				    stream->whole.n_elements, 1, out, error);
}

void
consumer_stream_watch(ConsumerStream *stream, ConsumerWatch watch)
{
	stream->watch = watch;
}

/* Makes an array that is walked one of one axis, as it lies in memory. */
static void
flatten_whole(ConsumerStream *stream)
{
	ConsumerArray *whole = &stream->whole;
	ConsumerArray flat;

	/* One axis: cannot fail. */
	consumer_array_wrap(whole->data, whole->element, 1, &whole->n_elements,
			    NULL, whole->read_only, &flat, NULL);
	flat.release = whole->release;
	flat.private_data = whole->private_data;
	flat.backing = whole->backing;
	whole->release = NULL; /* the memory stays */
	consumer_array_release(whole);
	*whole = flat;
}

void
consumer_stream_ignore_order(ConsumerStream *stream)
{
	if (!stream->is_walked || stream->n_given < stream->n_declared)
		return;
	stream->is_walked = false;
	if (stream->has_whole)
		flatten_whole(stream);
}

void
consumer_stream_rewind(ConsumerStream *stream)
{
	free(stream->blocks);
	stream->blocks = NULL;
	stream->is_finished = false;
	stream->n_left = stream->n_given;
	stream->n_until_chosen = 0;
}

/* --- Giving what is read ------------------------------------------------ */

/* Passes over 'n' elements, which a .npy file may be too short for. */
static ConsumerStatus
skip_elements(ConsumerStream *stream, uint64_t n, ConsumerError *error)
{
	const size_t itemsize = itemsize_of(stream);
	uint64_t n_bytes, n_missing;
	ConsumerStatus status;

	if (__builtin_mul_overflow(n, itemsize, &n_bytes))
		n_bytes = UINT64_MAX; /* past the end of anything */
	status = pass_over(stream, n_bytes, &n_missing, error);
	if (status)
		return status;
	if (n_missing > 0 && is_raw(stream))
		return fail_past_end(error, "skip", n,
				     (n_bytes - n_missing) / itemsize,
				     "element");
	stream->n_unread -= (n_bytes - n_missing) / itemsize;
	return CONSUMER_OK;
}

/* Reads to the end, keeping only the last 'tail' elements. */
static ConsumerStatus
keep_tail(ConsumerStream *stream, ConsumerError *error)
{
	const size_t itemsize = itemsize_of(stream);
	const uint64_t tail = stream->selection.tail;
	size_t n_read;

	do {
		ConsumerStatus status = fill(stream, &n_read, error);
		const uint64_t n_elements = n_unused_bytes(stream) / itemsize;

		if (status)
			return status;
		if (n_elements > tail) {
			stream->n_used +=
				(size_t)(n_elements - tail) * itemsize;
			stream->first += n_elements - tail;
		}
	} while (n_read > 0);
	return CONSUMER_OK;
}

/* Goes to where the selection begins, or to what is walked from its start. */
static ConsumerStatus
find_start(ConsumerStream *stream, ConsumerError *error)
{
	ConsumerStatus status = CONSUMER_OK;

	if (stream->is_positioned)
		return CONSUMER_OK;
	stream->is_positioned = true;
	stream->n_unread = stream->n_declared;
	status = skip_bytes(stream, error);
	if (!status && !stream->is_walked)
		status = skip_elements(stream, stream->first, error);
	if (!status && is_raw(stream) && stream->selection.tail != CONSUMER_ALL)
		status = keep_tail(stream, error);
	return status;
}

/* The input has ended. */
static void
finish_reading(ConsumerStream *stream)
{
	stream->is_finished = true;
	if (is_raw(stream)) {
		stream->n_trailing_bytes = n_unused_bytes(stream);
		return;
	}
	stream->is_short = stream->n_unread > 0;
	stream->n_there = stream->n_declared - stream->n_unread;
}

/* Chooses from those elements that are there, at least one. */
static bool
use_elements(ConsumerStream *stream, ConsumerArray *out)
{
	const uint64_t n = MIN(n_unused_bytes(stream) / itemsize_of(stream),
			       stream->n_unread);
	const unsigned char *data = stream->buffer + stream->n_used;

	stream->n_used += (size_t)n * itemsize_of(stream);
	stream->n_unread -= n;
	return choose(stream, data, n, out);
}

/*
 * Passes over elements that a long step leaves out, if the file is one to seek
 * in.  Less than an element waits in the buffer: the beginning of the first.
 */
static void
seek_over_elements(ConsumerStream *stream)
{
	const size_t itemsize = itemsize_of(stream);
	const size_t n_unused = n_unused_bytes(stream);
	uint64_t n = MIN(stream->n_until_chosen, stream->n_unread);

	if (n < MIN_SEEK_BYTES / itemsize)
		return;
	/* What is left over behind the last whole one is to be read. */
	n = MIN(n, (n_unused + n_bytes_ahead(stream)) / itemsize);
	if (n == 0 || !seek_over(stream, n * itemsize - n_unused))
		return;
	stream->n_used = stream->n_buffered;
	stream->n_until_chosen -= n;
	stream->n_unread -= n;
}

static ConsumerStatus
next_read(ConsumerStream *stream, ConsumerArray *out, ConsumerError *error)
{
	ConsumerStatus status = find_start(stream, error);

	/* What 'max' leaves out of a .npy file need not be waited for. */
	while (!status && !stream->is_finished &&
	       !(stream->is_cut && stream->n_left == 0)) {
		const size_t n_unused = n_unused_bytes(stream);
		size_t n_read;

		if (stream->n_unread == 0) {
			stream->n_trailing_bytes += n_unused;
			stream->n_used += n_unused;
		} else if (n_unused >= itemsize_of(stream)) {
			if (use_elements(stream, out))
				return CONSUMER_OK;
			continue;
		}
		seek_over_elements(stream);
		status = fill(stream, &n_read, error);
		if (!status && n_read == 0)
			finish_reading(stream);
	}
	return status ? status : give_end(stream, out, error);
}

/* --- Reading into memory ------------------------------------------------ */

/* Counts, and drops, what follows the first 'n_kept' bytes of the buffer. */
static ConsumerStatus
count_trailing(ConsumerStream *stream, size_t n_kept, ConsumerError *error)
{
	ConsumerStatus status;
	size_t n_read;

	do {
		stream->n_trailing_bytes += n_unused_bytes(stream) - n_kept;
		stream->n_buffered = stream->n_used + n_kept;
		status = fill(stream, &n_read, error);
	} while (!status && n_read > 0);
	return status;
}

/* Makes up to 'n_wanted' elements wait in the buffer; '*n_there' are. */
static ConsumerStatus
collect(ConsumerStream *stream, uint64_t n_wanted, uint64_t *n_there,
	ConsumerError *error)
{
	const size_t itemsize = itemsize_of(stream);
	ConsumerStatus status = find_start(stream, error);
	size_t n_read;

	n_wanted = MIN(n_wanted, stream->n_unread);
	while (!status && n_unused_bytes(stream) / itemsize < n_wanted &&
	       !stream->is_at_end)
		status = fill(stream, &n_read, error);
	*n_there = MIN(n_unused_bytes(stream) / itemsize, n_wanted);
	return status;
}

/* Plans again with the elements of the source that are known now. */
static ConsumerStatus
plan_collected(ConsumerStream *stream, uint64_t n_there, ConsumerError *error)
{
	ConsumerStatus status = CONSUMER_OK;

	if (is_raw(stream)) {
		stream->selection.skip = stream->first;
		stream->selection.tail = CONSUMER_ALL;
		stream->n_declared = stream->first + n_there;
		stream->n_unread = n_there;
		status = plan(stream, error);
	}
	limit_plan(stream, n_there + stream->n_declared - stream->n_unread);
	if (!status && stream->is_walked && n_there < stream->n_declared)
		status = fail_short(stream, error);
	return status;
}

/*
 * Reads until 'n_wanted' elements from the first selected one on are there, or
 * all that are walked.
 */
static ConsumerStatus
read_whole(ConsumerStream *stream, uint64_t n_wanted, ConsumerError *error)
{
	const ConsumerElement element = stream->description.element;
	ConsumerArray all;
	ptrdiff_t length;
	uint64_t n_there;
	ConsumerStatus status = collect(
		stream, stream->is_walked ? stream->n_declared : n_wanted,
		&n_there, error);

	if (!status)
		status = plan_collected(stream, n_there, error);
	if (!status && !stream->is_cut && !stream->is_short &&
	    (stream->is_walked || n_there < n_wanted))
		status = count_trailing(
			stream, (size_t)n_there * element.itemsize, error);
	if (status)
		return status;
	length = (ptrdiff_t)n_there;
	consumer_array_wrap(stream->buffer + stream->n_used, element, 1,
			    &length, NULL, stream->mode == CONSUMER_OPEN_READ,
			    &all, NULL);
	return take_over(stream, &all, error);
}

ConsumerStatus
consumer_stream_hold(ConsumerStream *stream, ConsumerError *error)
{
	uint64_t n_wanted;

	if (stream->has_whole)
		return CONSUMER_OK;
	/* One more than 'max' tells whether it leaves something out. */
	if (__builtin_mul_overflow(stream->selection.max,
				   stream->selection.step, &n_wanted) ||
	    n_wanted == CONSUMER_ALL)
		n_wanted = CONSUMER_ALL - 1;
	return read_whole(stream, n_wanted + 1, error);
}

ConsumerStatus
consumer_stream_next(ConsumerStream *stream, ConsumerArray *out,
		     ConsumerError *error)
{
	ConsumerStatus status = CONSUMER_OK;

	if (stream->is_walked)
		status = consumer_stream_hold(stream, error);
	if (status)
		return status;
	return stream->has_whole ? next_whole(stream, out, error)
				 : next_read(stream, out, error);
}

/* Makes the buffer, which has the whole, its own memory and no longer. */
static ConsumerStatus
give_buffer(ConsumerStream *stream, ConsumerError *error)
{
	const size_t n_bytes =
		(size_t)stream->whole.n_elements * itemsize_of(stream);
	unsigned char *bytes;

	if (n_bytes > 0)
		memmove(stream->buffer, stream->whole.data, n_bytes);
	/* An address, also for no elements. */
	bytes = realloc(stream->buffer, MAX(n_bytes, 1));
	if (!bytes)
		return fail_memory(error);
	stream->buffer = NULL;
	stream->whole.data = bytes;
	stream->whole.release = release_malloc;
	return CONSUMER_OK;
}

ConsumerStatus
stream_take(ConsumerStream *stream, uint64_t n_wanted, ConsumerArray *out,
	    ConsumerError *error)
{
	ConsumerStatus status = CONSUMER_OK;

	if (!stream->has_whole)
		status = read_whole(stream, n_wanted, error);
	if (!status && stream->is_short)
		status = fail_short(stream, error);
	/* Writes to a copy would be lost. */
	if (!status && !stream->whole.release && stream->whole.n_elements > 0 &&
	    stream->mode == CONSUMER_OPEN_READ_WRITE)
		status = fail_errno(error, ENODEV);
	if (!status && !stream->whole.release)
		status = give_buffer(stream, error);
	if (status)
		return status;
	*out = stream->whole;
	stream->whole = (ConsumerArray){ .element = out->element };
	return CONSUMER_OK;
}
