/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "reader.h"

#include <stdlib.h>

/* Passes over 'n' elements, which a .npy file may be too short for. */
static ConsumerStatus
skip_elements(struct reader *reader, uint64_t n, ConsumerError *error)
{
	const size_t itemsize = reader->element.itemsize;
	uint64_t n_bytes, n_missing;
	ConsumerStatus status;

	if (__builtin_mul_overflow(n, itemsize, &n_bytes))
		n_bytes = UINT64_MAX; /* past the end of anything */
	status = input_pass_over(&reader->input, n_bytes, &n_missing, error);
	if (status)
		return status;
	if (n_missing > 0 && reader->plan.n_declared == CONSUMER_ALL)
		return fail_past_end(error, "skip", n,
				     (n_bytes - n_missing) / itemsize,
				     "element");
	reader->n_unread -= (n_bytes - n_missing) / itemsize;
	return CONSUMER_OK;
}

/* Reads to the end, keeping only the last 'tail' elements. */
static ConsumerStatus
keep_tail(struct reader *reader, ConsumerError *error)
{
	const size_t itemsize = reader->element.itemsize;
	const uint64_t tail = reader->plan.selection.tail;
	struct input *input = &reader->input;
	size_t n_read;

	do {
		ConsumerStatus status = input_fill(input, &n_read, error);
		const uint64_t n_elements = input_n_waiting(input) / itemsize;

		if (status)
			return status;
		if (n_elements > tail) {
			input_use(input,
				  (size_t)(n_elements - tail) * itemsize);
			reader->plan.first += n_elements - tail;
		}
	} while (n_read > 0);
	return CONSUMER_OK;
}

/* Goes to where the selection begins. */
static ConsumerStatus
find_start(struct reader *reader, ConsumerError *error)
{
	const struct plan *plan = &reader->plan;
	ConsumerStatus status = CONSUMER_OK;

	if (reader->is_positioned)
		return CONSUMER_OK;
	reader->is_positioned = true;
	reader->n_unread = plan->n_declared;
	status = input_reach_start(&reader->input, error);
	if (!status)
		status = skip_elements(reader, plan->first, error);
	if (!status && plan->n_declared == CONSUMER_ALL &&
	    plan->selection.tail != CONSUMER_ALL)
		status = keep_tail(reader, error);
	return status;
}

/* The input has ended. */
static void
finish_reading(struct reader *reader)
{
	struct plan *plan = &reader->plan;

	reader->is_finished = true;
	if (plan->n_declared == CONSUMER_ALL) {
		reader->n_trailing_bytes = input_n_waiting(&reader->input);
		return;
	}
	plan->is_short = reader->n_unread > 0;
	plan->n_there = plan->n_declared - reader->n_unread;
}

/*
 * Passes over elements that a long step leaves out, if the file is one to seek
 * in.  Less than an element waits: the beginning of the first of them.
 */
static void
seek_over_elements(struct reader *reader)
{
	struct input *input = &reader->input;
	const size_t itemsize = reader->element.itemsize;
	const size_t n_waiting = input_n_waiting(input);
	uint64_t n = MIN(reader->plan.n_until_chosen, reader->n_unread);

	if (n < INPUT_MIN_SEEK_BYTES / itemsize)
		return;
	/* What is left over behind the last whole one is to be read. */
	n = MIN(n, (n_waiting + input_n_bytes_ahead(input)) / itemsize);
	if (n == 0 || !input_seek_over(input, n * itemsize - n_waiting))
		return;
	input_use(input, n_waiting);
	reader->plan.n_until_chosen -= n;
	reader->n_unread -= n;
}

/* Reads once; what follows the last declared element is only counted. */
static ConsumerStatus
read_on(struct reader *reader, ConsumerError *error)
{
	struct input *input = &reader->input;
	size_t n_read;
	ConsumerStatus status;

	if (reader->n_unread == 0) {
		reader->n_trailing_bytes += input_n_waiting(input);
		input_use(input, input_n_waiting(input));
	}
	seek_over_elements(reader);
	status = input_fill(input, &n_read, error);
	if (!status && n_read == 0)
		finish_reading(reader);
	return status;
}

/* The next elements, as they lie in the input; '*n' is 0 at its end. */
static ConsumerStatus
next_run(struct reader *reader, const unsigned char **data, uint64_t *n,
	 ConsumerError *error)
{
	struct input *input = &reader->input;
	ConsumerStatus status = CONSUMER_OK;

	*n = 0;
	while (!status && *n == 0 && !reader->is_finished) {
		*n = MIN(input_n_waiting(input) / reader->element.itemsize,
			 reader->n_unread);
		if (*n == 0)
			status = read_on(reader, error);
	}
	if (*n > 0) {
		*data = input_bytes(input);
		input_use(input, (size_t)*n * reader->element.itemsize);
		reader->n_unread -= *n;
	}
	return status;
}

/* Whether nothing that is still to be read matters. */
static bool
is_read(const struct reader *reader)
{
	return reader->is_finished ||
	       (reader->plan.n_left == 0 &&
		(reader->plan.is_cut || reader->is_measured));
}

ConsumerStatus
reader_next(struct reader *reader, ConsumerArray *out, bool *is_end,
	    ConsumerError *error)
{
	ConsumerStatus status = find_start(reader, error);
	const unsigned char *data;
	uint64_t n;

	*is_end = true;
	while (!status && *is_end && !is_read(reader)) {
		status = next_run(reader, &data, &n, error);
		if (!status && n > 0)
			*is_end = !plan_choose(&reader->plan, reader->element,
					       data, n, out);
	}
	if (!status && *is_end)
		plan_end(&reader->plan);
	return status;
}

/* --- Into memory -------------------------------------------------------- */

static ConsumerStatus
resize(struct reader_memory *memory, size_t capacity, ConsumerError *error)
{
	unsigned char *resized = realloc(memory->bytes, capacity);

	if (!resized)
		return fail_memory(error);
	memory->bytes = resized;
	memory->capacity = capacity;
	return CONSUMER_OK;
}

static ConsumerStatus
append(struct reader_memory *memory, const ConsumerArray *part,
       ConsumerError *error)
{
	const size_t n_bytes =
		(size_t)part->n_elements * part->element.itemsize;
	ConsumerStatus status = CONSUMER_OK;

	if (n_bytes > memory->capacity - memory->n_bytes)
		status = resize(memory,
				memory->capacity +
					MAX(memory->capacity, n_bytes),
				error);
	if (status)
		return status;
	consumer_array_copy_bytes(part, memory->bytes + memory->n_bytes);
	memory->n_bytes += n_bytes;
	return CONSUMER_OK;
}

ConsumerStatus
reader_collect(struct reader *reader, uint64_t n_wanted,
	       struct reader_memory *memory, ConsumerError *error)
{
	ConsumerStatus status = find_start(reader, error);
	bool is_end = false;

	while (!status && !is_end &&
	       memory->n_bytes / reader->element.itemsize < n_wanted) {
		ConsumerArray part;

		status = reader_next(reader, &part, &is_end, error);
		if (!status && !is_end)
			status = append(memory, &part, error);
	}
	plan_end(&reader->plan);
	/* An address, also for no elements. */
	return status ? status : resize(memory, MAX(memory->n_bytes, 1), error);
}
