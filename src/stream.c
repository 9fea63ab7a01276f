/* SPDX-License-Identifier: MIT */
/*
 * A file or pipe as a run of arrays in bounded memory: either it is at hand as
 * a whole - mapped, or read into memory - or it is read piece by piece.
 */
#include "config.h"
#include "stream.h"
#include "filemap.h"
#include "reader.h"
#include "source.h"
#include "walk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

/*
 * Steps from which on reading single pages is quicker than all that lies
 * between: twice what Linux reads around a page.
 */
#define MIN_LEAP_BYTES ((uint64_t)1 << 18)

struct ConsumerStream {
	struct reader reader; /* the input too, and the plan */
	ConsumerOpenMode mode;
	ConsumerDescription description;
	bool is_walked; /* its elements do not lie in the order of the rows */

	/*
	 * At hand: what is selected, in one piece; or, if it is walked, all of
	 * the source.
	 */
	bool has_whole;
	bool is_given; /* in one piece */
	ConsumerArray whole;
	struct walk walk;
};

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
 * Makes every 'step'-th of the elements of 'all', which has one axis, the
 * whole; or all of them, if they are walked.  Its memory becomes the stream's.
 */
static ConsumerStatus
take_over(ConsumerStream *stream, ConsumerArray *all, uint64_t step,
	  ConsumerError *error)
{
	const ConsumerDescription *description = &stream->description;
	const ptrdiff_t length = stream->reader.plan.length;
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
		status = consumer_array_slice(all, 0, 0, length,
					      length > 1 ? (ptrdiff_t)step : 1,
					      &stream->whole, error);
	}
	if (status) {
		consumer_array_release(all);
		return status;
	}
	hand_over(all, &stream->whole);
	stream->has_whole = true;
	return CONSUMER_OK;
}

/* Plans what is given of a file with 'n_bytes' bytes of data. */
static ConsumerStatus
plan_file(ConsumerStream *stream, uint64_t n_bytes, uint64_t n_declared,
	  ConsumerError *error)
{
	struct plan *plan = &stream->reader.plan;
	const size_t itemsize = itemsize_of(stream);
	const uint64_t n_whole = n_bytes / itemsize;
	uint64_t n_there;
	ConsumerStatus status;

	if (is_raw(stream))
		stream->description.shape[0] =
			n_whole > PTRDIFF_MAX ? -1 : (ptrdiff_t)n_whole;
	status = plan_known(plan, is_raw(stream) ? n_whole : n_declared, error);
	if (status)
		return status;
	n_there = MIN(n_whole, plan->n_declared);
	if (stream->is_walked)
		plan_limit_columns(plan, n_there);
	else
		plan_limit(plan, n_there);
	if (!plan->is_cut && !plan->is_short)
		stream->reader.n_trailing_bytes =
			n_bytes - plan->n_declared * itemsize;
	stream->reader.is_measured = true;
	return CONSUMER_OK;
}

/*
 * Maps what is planned.  '*has_mapped' is false if it cannot be - errno tells
 * why - or if it is columns of which nothing is given, since they are short.
 */
static ConsumerStatus
map_plan(ConsumerStream *stream, bool *has_mapped, ConsumerError *error)
{
	const struct plan *plan = &stream->reader.plan;
	const struct input *input = &stream->reader.input;
	const ConsumerElement element = stream->description.element;
	const uint64_t first = stream->is_walked ? 0 : plan->first;
	const uint64_t n_mapped =
		stream->is_walked ? plan->n_declared : plan_n_spanned(plan);
	/* No bytes cannot be mapped. */
	ConsumerArray all =
		wrap_flat(NULL, element, 0, stream->mode == CONSUMER_OPEN_READ);

	*has_mapped = false;
	if (stream->is_walked && plan->is_short)
		return CONSUMER_OK;
	*has_mapped = n_mapped == 0 ||
		      file_map(input->descriptor, stream->mode, element,
			       input->position + input->n_ahead +
				       first * element.itemsize,
			       n_mapped, &all);
	if (!*has_mapped)
		return CONSUMER_OK;
	if (n_mapped > 0 && !stream->is_walked &&
	    plan->selection.step > MIN_LEAP_BYTES / element.itemsize)
		file_expect_leaps(&all);
	return take_over(stream, &all, plan->selection.step, error);
}

/* --- Opening ------------------------------------------------------------ */

static ConsumerStatus
identify(ConsumerStream *stream, const ConsumerSource *source,
	 uint64_t *n_declared, ConsumerError *error)
{
	const ConsumerDescription *description = &stream->description;
	ConsumerStatus status =
		source_identify(&stream->reader.input, source,
				&stream->description, n_declared, error);

	stream->reader.element = description->element;
	stream->is_walked = !status && description->is_fortran_order &&
			    description->ndim > 1 && *n_declared > 0;
	return status;
}

static ConsumerStatus
open_mappable(ConsumerStream *stream, const ConsumerSource *source,
	      ConsumerError *error)
{
	struct input *input = &stream->reader.input;
	const uint64_t n_bytes = input->size_bytes - input->position;
	uint64_t n_declared;
	bool has_mapped = false;
	ConsumerStatus status;

	if (input->n_ahead > n_bytes)
		return fail_past_end(error, "offset", input->n_ahead, n_bytes,
				     "byte");
	status = identify(stream, source, &n_declared, error);
	if (!status)
		status = plan_file(stream, n_bytes - input->n_ahead, n_declared,
				   error);
	if (!status)
		status = map_plan(stream, &has_mapped, error);
	if (status || has_mapped)
		return status;
	/* Short columns were not tried: what is asked of them will say so. */
	if (stream->mode == CONSUMER_OPEN_READ_WRITE &&
	    !(stream->is_walked && stream->reader.plan.is_short))
		return fail_errno(error, errno);
	input_begin_reading(input);
	return CONSUMER_OK;
}

static ConsumerStatus
open_readable(ConsumerStream *stream, const ConsumerSource *source,
	      ConsumerError *error)
{
	uint64_t n_declared;
	ConsumerStatus status = identify(stream, source, &n_declared, error);

	if (status)
		return status;
	if (!is_raw(stream))
		return plan_known(&stream->reader.plan, n_declared, error);
	plan_unknown(&stream->reader.plan);
	return CONSUMER_OK;
}

static ConsumerStatus
open_source(ConsumerStream *stream, const ConsumerSource *source,
	    ConsumerError *error)
{
	struct input *input = &stream->reader.input;

	/* Writes to a copy would be lost: say so without waiting for it. */
	if (stream->mode == CONSUMER_OPEN_READ_WRITE &&
	    !S_ISREG(input->file.st_mode))
		return fail_errno(error, ENODEV);
	input->n_ahead = stream->reader.plan.selection.offset_bytes;
	return input->is_mappable ? open_mappable(stream, source, error)
				  : open_readable(stream, source, error);
}

ConsumerStatus
stream_open(const char *path, int descriptor, const ConsumerSource *source,
	    const ConsumerSelection *selection, ConsumerOpenMode mode,
	    const ConsumerInterrupt *interrupt, ConsumerStream **out,
	    ConsumerError *error)
{
	const int flags = mode == CONSUMER_OPEN_READ_WRITE ? O_RDWR : O_RDONLY;
	ConsumerStream *stream;
	ConsumerStatus status = source_check(source, error);

	if (!status)
		status = plan_check(selection, error);
	if (status)
		return status;
	stream = calloc(1, sizeof(*stream));
	if (!stream)
		return fail_memory(error);
	stream->mode = mode;
	stream->reader.plan.selection = *selection;
	status = input_open(path, descriptor, flags, interrupt,
			    &stream->reader.input, error);
	if (!status)
		status = open_source(stream, source, error);
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
	input_close(&stream->reader.input);
	walk_end(&stream->walk);
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
	const struct plan *plan = &stream->reader.plan;

	if (!is_raw(stream) && plan->selection.skip == 0 &&
	    plan->selection.tail == CONSUMER_ALL && plan->selection.step == 1) {
		*shape = stream->description.shape;
		return stream->description.ndim;
	}
	/* A large file may have more elements than memory can. */
	*shape = plan->n_given > PTRDIFF_MAX ? NULL : &plan->length;
	return 1;
}

uint64_t
consumer_stream_n_elements(const ConsumerStream *stream)
{
	return stream->reader.plan.n_given;
}

uint64_t
consumer_stream_first_index(const ConsumerStream *stream)
{
	return stream->reader.plan.first;
}

bool
consumer_stream_is_whole(const ConsumerStream *stream)
{
	return stream->has_whole;
}

bool
consumer_stream_is_cut(const ConsumerStream *stream)
{
	return stream->reader.plan.is_cut;
}

uint64_t
consumer_stream_n_trailing_bytes(const ConsumerStream *stream)
{
	return stream->reader.n_trailing_bytes;
}

ConsumerStatus
consumer_stream_check(const ConsumerStream *stream, ConsumerFileChange *out,
		      ConsumerError *error)
{
	return input_check(&stream->reader.input, out, error);
}

/* --- Wishes -------------------------------------------------------------- */

void
consumer_stream_watch(ConsumerStream *stream, ConsumerWatch watch)
{
	stream->reader.input.watch = watch;
}

/* Makes an array that is walked one of one axis, as it lies in memory. */
static void
flatten_whole(ConsumerStream *stream)
{
	ConsumerArray *whole = &stream->whole;
	ConsumerArray flat = wrap_flat(whole->data, whole->element,
				       whole->n_elements, whole->read_only);

	hand_over(whole, &flat);
	*whole = flat;
}

void
consumer_stream_ignore_order(ConsumerStream *stream)
{
	if (!stream->is_walked ||
	    stream->reader.plan.n_given < stream->reader.plan.n_declared)
		return;
	stream->is_walked = false;
	if (stream->has_whole)
		flatten_whole(stream);
}

void
consumer_stream_rewind(ConsumerStream *stream)
{
	walk_end(&stream->walk);
	plan_rewind(&stream->reader.plan);
	stream->is_given = false;
}

/* --- Giving what is at hand --------------------------------------------- */

/* The end: an array without elements, or what is missing. */
static ConsumerStatus
give_end(const ConsumerStream *stream, ConsumerArray *out, ConsumerError *error)
{
	if (stream->reader.plan.is_short)
		return plan_fail_short(&stream->reader.plan, error);
	*out = wrap_flat(NULL, stream->description.element, 0, true);
	return CONSUMER_OK;
}

static ConsumerStatus
next_whole(ConsumerStream *stream, ConsumerArray *out, ConsumerError *error)
{
	if (stream->is_walked)
		return walk_next(&stream->walk, &stream->whole,
				 &stream->reader.plan, out, error);
	if (stream->is_given || stream->whole.n_elements == 0)
		return give_end(stream, out, error);
	stream->is_given = true;
	return consumer_array_slice(&stream->whole, 0, 0,
				    stream->whole.n_elements, 1, out, error);
}

static ConsumerStatus
next_read(ConsumerStream *stream, ConsumerArray *out, ConsumerError *error)
{
	bool is_end;
	ConsumerStatus status =
		reader_next(&stream->reader, out, &is_end, error);

	return status || !is_end ? status : give_end(stream, out, error);
}

/* --- Reading into memory ------------------------------------------------ */

/* Makes the memory, which was read, the whole. */
static ConsumerStatus
hold(ConsumerStream *stream, struct reader_memory *memory, ConsumerError *error)
{
	const ptrdiff_t n = (ptrdiff_t)(memory->n_bytes / itemsize_of(stream));
	ConsumerArray all =
		wrap_flat(memory->bytes, stream->description.element, n,
			  stream->mode == CONSUMER_OPEN_READ);

	all.release = release_malloc;
	memory->bytes = NULL;
	return take_over(stream, &all, 1, error);
}

/* Appends all that is walked: of columns that end too early no row is given. */
static ConsumerStatus
read_columns(ConsumerStream *stream, struct reader_memory *memory,
	     ConsumerError *error)
{
	const struct plan wanted = stream->reader.plan;
	ConsumerStatus status;

	if (wanted.is_short) /* as its size has told */
		return plan_fail_short(&wanted, error);
	plan_take_all(&stream->reader.plan);
	status = reader_collect(&stream->reader, CONSUMER_ALL, memory, error);
	if (!status && stream->reader.plan.is_short)
		status = plan_fail_short(&stream->reader.plan, error);
	stream->reader.plan = wanted;
	if (status)
		plan_limit(&stream->reader.plan, 0);
	return status;
}

/* Puts all that is given, up to 'n_wanted' elements, at hand. */
static ConsumerStatus
read_whole(ConsumerStream *stream, uint64_t n_wanted, ConsumerError *error)
{
	struct reader_memory memory = { .bytes = NULL };
	ConsumerStatus status =
		stream->is_walked ? read_columns(stream, &memory, error)
				  : reader_collect(&stream->reader, n_wanted,
						   &memory, error);

	if (!status)
		status = hold(stream, &memory, error);
	plan_rewind(&stream->reader.plan);
	free(memory.bytes);
	return status;
}

ConsumerStatus
consumer_stream_hold(ConsumerStream *stream, ConsumerError *error)
{
	return stream->has_whole ? CONSUMER_OK
				 : read_whole(stream, CONSUMER_ALL, error);
}

static ConsumerStatus
read_to_end(ConsumerStream *stream, ConsumerError *error)
{
	ConsumerStatus status = CONSUMER_OK;
	ConsumerArray part;
	bool is_end = false;

	/* To count all needs no order; to count some is to find them. */
	consumer_stream_ignore_order(stream);
	if (stream->is_walked)
		return consumer_stream_hold(stream, error);
	while (!status && !is_end)
		status = reader_next(&stream->reader, &part, &is_end, error);
	return status;
}

ConsumerStatus
consumer_stream_measure(ConsumerStream *stream, ConsumerError *error)
{
	ConsumerStatus status = CONSUMER_OK;
	ConsumerArray none;

	/* What is known already may still be given: in its order. */
	if (!stream->has_whole && !stream->reader.is_measured)
		status = read_to_end(stream, error);
	return status ? status : give_end(stream, &none, error);
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

static ConsumerStatus
give_address(ConsumerArray *array, ConsumerError *error)
{
	array->data = malloc(1);
	array->release = release_malloc;
	return array->data ? CONSUMER_OK : fail_memory(error);
}

ConsumerStatus
stream_take(ConsumerStream *stream, uint64_t n_wanted, ConsumerArray *out,
	    ConsumerError *error)
{
	ConsumerStatus status = CONSUMER_OK;

	if (!stream->has_whole)
		status = read_whole(stream, n_wanted, error);
	if (!status && stream->reader.plan.is_short)
		status = plan_fail_short(&stream->reader.plan, error);
	/* Writes to a copy would be lost. */
	if (!status && stream->mode == CONSUMER_OPEN_READ_WRITE &&
	    !stream->whole.backing && stream->whole.n_elements > 0)
		status = fail_errno(error, ENODEV);
	/* No elements are not mapped, and have an address all the same. */
	if (!status && !stream->whole.data)
		status = give_address(&stream->whole, error);
	if (status)
		return status;
	*out = stream->whole;
	stream->whole = (ConsumerArray){ .element = out->element };
	return CONSUMER_OK;
}
