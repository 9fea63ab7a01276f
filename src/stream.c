/* SPDX-License-Identifier: MIT */
/*
 * A file or pipe as a run of arrays in bounded memory: either mapped, where the
 * selection is arithmetic, or read piece by piece, where it is counting.
 */
#include "config.h"
#include "element.h"
#include "filemap.h"
#include "stream.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ_BYTES 131072

/* From here on it is worth asking the file to skip instead of reading. */
#define MIN_SEEK_BYTES ((uint64_t)1 << 20)

struct ConsumerStream {
	int descriptor;
	bool owns_descriptor;
	bool is_finished;
	bool is_cut;
	size_t n_trailing_bytes;
	const ConsumerInterrupt *interrupt; /* or NULL */
	ConsumerElement element;
	ConsumerSelection selection;
	uint64_t n_left;	 /* of 'max' */
	uint64_t n_until_chosen; /* elements to pass over: see choose() */

	/* Mapped: what is still to be given out, in one piece. */
	bool is_mapped;
	ConsumerArray mapped;

	/* Read: bytes [n_used, n_buffered) of the buffer are not given yet. */
	bool is_positioned;
	bool is_at_end;
	uint64_t size_bytes; /* of a regular file, otherwise 0 */
	unsigned char *buffer;
	size_t capacity;
	size_t n_used;
	size_t n_buffered;
};

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

/*
 * Maps the selected range of a file of 'size_bytes' bytes.  If the file cannot
 * be mapped, the stream stays one that reads.
 */
static ConsumerStatus
map_selection(ConsumerStream *stream, uint64_t position, uint64_t size_bytes,
	      ConsumerError *error)
{
	const ConsumerSelection *selection = &stream->selection;
	const size_t itemsize = stream->element.itemsize;
	uint64_t n_elements, n_chosen, n_given, first;
	size_t n_trailing;
	ConsumerArray range;
	ConsumerStatus status = consumer_count_elements(
		size_bytes - position, itemsize, selection->offset_bytes,
		CONSUMER_ALL, &n_elements, &n_trailing, error);

	if (status)
		return status;
	if (selection->skip > n_elements)
		return fail_past_end(error, "skip", selection->skip, n_elements,
				     "element");
	first = selection->tail < n_elements ? n_elements - selection->tail
					     : selection->skip;
	n_chosen = count_steps(n_elements - first, selection->step);
	n_given = MIN(n_chosen, selection->max);
	if (n_given > 0) {
		/* A single element has no next one for the step to reach. */
		const uint64_t step = n_given == 1 ? 1 : selection->step;

		if (!file_map(stream->descriptor, CONSUMER_OPEN_READ,
			      stream->element,
			      position + selection->offset_bytes +
				      first * itemsize,
			      (n_given - 1) * step + 1, &range))
			return CONSUMER_OK;
		/* In range by construction. */
		consumer_array_slice(&range, 0, 0, (ptrdiff_t)n_given,
				     (ptrdiff_t)step, &stream->mapped, NULL);
		/* The slice takes over the mapping. */
		stream->mapped.release = range.release;
		stream->mapped.private_data = range.private_data;
	}
	stream->is_mapped = true;
	stream->is_cut = n_given < n_chosen;
	stream->n_trailing_bytes = stream->is_cut ? 0 : n_trailing;
	return CONSUMER_OK;
}

static ConsumerStatus
open_descriptor(ConsumerStream *stream, const struct stat *file,
		ConsumerError *error)
{
	off_t position = 0;

	if (!S_ISREG(file->st_mode) || file->st_size == 0)
		return CONSUMER_OK;
	/* Standard input may stand anywhere in its file. */
	if (!stream->owns_descriptor)
		position = lseek(stream->descriptor, 0, SEEK_CUR);
	if (position < 0 || position > file->st_size)
		return CONSUMER_OK;
	stream->size_bytes = (uint64_t)file->st_size;
	if (!file_can_be_mapped(stream->descriptor))
		return CONSUMER_OK;
	return map_selection(stream, (uint64_t)position,
			     (uint64_t)file->st_size, error);
}

ConsumerStatus
consumer_stream_open(const char *path, int descriptor, ConsumerElement element,
		     const ConsumerSelection *selection, ConsumerStream **out,
		     ConsumerError *error)
{
	ConsumerStream *stream;
	struct stat file;
	ConsumerStatus status = element_check(element, error);

	if (!status)
		status = check_selection(selection, error);
	if (status)
		return status;
	stream = calloc(1, sizeof(*stream));
	if (!stream)
		return fail_memory(error);
	stream->descriptor = descriptor;
	stream->element = element;
	stream->selection = *selection;
	stream->n_left = selection->max;
	status = path ? file_open(path, O_RDONLY, NULL, &stream->descriptor,
				  &file, error)
		      : file_describe(descriptor, &file, error);
	stream->owns_descriptor = path && !status;
	if (!status)
		status = open_descriptor(stream, &file, error);
	if (status)
		consumer_stream_close(stream);
	else
		*out = stream;
	return status;
}

void
stream_set_interrupt(ConsumerStream *stream, const ConsumerInterrupt *interrupt)
{
	stream->interrupt = interrupt;
}

void
consumer_stream_close(ConsumerStream *stream)
{
	if (!stream)
		return;
	consumer_array_release(&stream->mapped);
	if (stream->owns_descriptor)
		close(stream->descriptor);
	free(stream->buffer);
	free(stream);
}

bool
consumer_stream_is_mapped(const ConsumerStream *stream)
{
	return stream->is_mapped;
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

/* An array without elements: the end. */
static ConsumerStatus
give_nothing(const ConsumerStream *stream, ConsumerArray *out,
	     ConsumerError *error)
{
	const ptrdiff_t none = 0;

	return consumer_array_wrap(NULL, stream->element, 1, &none, NULL, true,
				   out, error);
}

static ConsumerStatus
next_mapped(ConsumerStream *stream, ConsumerArray *out, ConsumerError *error)
{
	if (stream->is_finished || stream->mapped.n_elements == 0)
		return give_nothing(stream, out, error);
	stream->is_finished = true;
	return consumer_array_slice(&stream->mapped, 0, 0,
				    stream->mapped.n_elements, 1, out, error);
}

/* --- Reading ----------------------------------------------------------- */

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
	return CONSUMER_OK;
}

/*
 * Moves forward by 'n_bytes' bytes, by seeking where the file is known to reach
 * that far; '*n_missing' is what the input was too short for.
 */
static ConsumerStatus
pass_over(ConsumerStream *stream, uint64_t n_bytes, uint64_t *n_missing,
	  ConsumerError *error)
{
	*n_missing = 0;
	if (n_bytes >= MIN_SEEK_BYTES && n_bytes <= stream->size_bytes &&
	    n_unused_bytes(stream) == 0 &&
	    lseek(stream->descriptor, (off_t)n_bytes, SEEK_CUR) >= 0)
		return CONSUMER_OK;
	for (;;) {
		const size_t n_now =
			(size_t)MIN(n_bytes, (uint64_t)n_unused_bytes(stream));
		size_t n_read;
		ConsumerStatus status;

		stream->n_used += n_now;
		n_bytes -= n_now;
		if (n_bytes == 0)
			return CONSUMER_OK;
		status = fill(stream, &n_read, error);
		if (status)
			return status;
		if (n_read == 0) {
			*n_missing = n_bytes;
			return CONSUMER_OK;
		}
	}
}

static ConsumerStatus
skip_bytes(ConsumerStream *stream, ConsumerError *error)
{
	const uint64_t offset_bytes = stream->selection.offset_bytes;
	uint64_t n_missing;
	ConsumerStatus status =
		pass_over(stream, offset_bytes, &n_missing, error);

	if (status || n_missing == 0)
		return status;
	return fail_past_end(error, "offset", offset_bytes,
			     offset_bytes - n_missing, "byte");
}

static ConsumerStatus
skip_elements(ConsumerStream *stream, ConsumerError *error)
{
	const uint64_t n_skipped = stream->selection.skip;
	const size_t itemsize = stream->element.itemsize;
	uint64_t n_bytes, n_missing;
	ConsumerStatus status;

	if (__builtin_mul_overflow(n_skipped, itemsize, &n_bytes))
		n_bytes = UINT64_MAX; /* past the end of anything */
	status = pass_over(stream, n_bytes, &n_missing, error);
	if (status || n_missing == 0)
		return status;
	return fail_past_end(error, "skip", n_skipped,
			     (n_bytes - n_missing) / itemsize, "element");
}

/* Reads to the end, keeping only the last 'tail' elements. */
static ConsumerStatus
keep_tail(ConsumerStream *stream, ConsumerError *error)
{
	const size_t itemsize = stream->element.itemsize;
	const uint64_t tail = stream->selection.tail;
	size_t n_read;

	do {
		ConsumerStatus status = fill(stream, &n_read, error);
		const uint64_t n_elements = n_unused_bytes(stream) / itemsize;

		if (status)
			return status;
		if (n_elements > tail)
			stream->n_used +=
				(size_t)(n_elements - tail) * itemsize;
	} while (n_read > 0);
	return CONSUMER_OK;
}

/* Goes to where the selection begins. */
static ConsumerStatus
find_start(ConsumerStream *stream, ConsumerError *error)
{
	ConsumerStatus status = skip_bytes(stream, error);

	if (!status)
		status = skip_elements(stream, error);
	if (!status && stream->selection.tail != CONSUMER_ALL)
		status = keep_tail(stream, error);
	stream->is_positioned = true;
	return status;
}

/*
 * Makes '*out' those of the 'n' elements at hand that 'step' and 'max' choose,
 * which may be none, and moves on behind them.
 */
static ConsumerStatus
choose(ConsumerStream *stream, uint64_t n, ConsumerArray *out,
       ConsumerError *error)
{
	const uint64_t step = stream->selection.step;
	const uint64_t first = stream->n_until_chosen;
	const uint64_t n_chosen = first < n ? count_steps(n - first, step) : 0;
	const uint64_t n_given = MIN(n_chosen, stream->n_left);
	const ptrdiff_t length = (ptrdiff_t)n;
	ConsumerArray all;

	/* One axis without strides: cannot fail, nor needs a release. */
	consumer_array_wrap(stream->buffer + stream->n_used, stream->element, 1,
			    &length, NULL, true, &all, NULL);
	stream->n_used += (size_t)n * stream->element.itemsize;
	stream->n_left -= n_given;
	if (n_chosen > 0)
		stream->n_until_chosen =
			step - (n - first - (n_chosen - 1) * step);
	else
		stream->n_until_chosen -= n;
	if (n_given < n_chosen)
		stream->is_cut = stream->is_finished = true;
	return consumer_array_slice(
		&all, 0, (ptrdiff_t)first, (ptrdiff_t)n_given,
		n_given > 1 ? (ptrdiff_t)step : 1, out, error);
}

static ConsumerStatus
next_read(ConsumerStream *stream, ConsumerArray *out, ConsumerError *error)
{
	ConsumerStatus status = CONSUMER_OK;

	if (!stream->is_positioned)
		status = find_start(stream, error);
	while (!status && !stream->is_finished) {
		const size_t n =
			n_unused_bytes(stream) / stream->element.itemsize;
		size_t n_read;

		if (n > 0) {
			status = choose(stream, n, out, error);
			if (status || out->n_elements > 0)
				return status;
			continue;
		}
		status = fill(stream, &n_read, error);
		if (!status && n_read == 0) {
			stream->n_trailing_bytes = n_unused_bytes(stream);
			stream->is_finished = true;
		}
	}
	return status ? status : give_nothing(stream, out, error);
}

ConsumerStatus
consumer_stream_next(ConsumerStream *stream, ConsumerArray *out,
		     ConsumerError *error)
{
	return stream->is_mapped ? next_mapped(stream, out, error)
				 : next_read(stream, out, error);
}
