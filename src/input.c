/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "input.h"
#include "filemap.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ_BYTES 131072

/* What a look into a file brings at least: most .npy headers. */
#define PEEK_BYTES 128

ConsumerStatus
input_open(const char *path, int descriptor, int flags,
	   const ConsumerInterrupt *interrupt, struct input *out,
	   ConsumerError *error)
{
	struct input input = {
		.descriptor = descriptor,
		.interrupt = interrupt,
	};
	off_t position = 0;
	ConsumerStatus status =
		path ? file_open(path, flags, interrupt, &input.descriptor,
				 &input.file, error)
		     : file_describe(descriptor, &input.file, error);

	if (status)
		return status;
	input.owns_descriptor = path;
	/* Standard input may stand anywhere in its file. */
	if (!path)
		position = lseek(descriptor, 0, SEEK_CUR);
	/* A size of 0 may be a lie, as in /proc: only reading tells. */
	if (S_ISREG(input.file.st_mode) && input.file.st_size > 0 &&
	    position >= 0 && position <= input.file.st_size) {
		input.size_bytes = (uint64_t)input.file.st_size;
		input.position = (uint64_t)position;
		input.is_mappable = file_can_be_mapped(input.descriptor);
	}
	*out = input;
	return CONSUMER_OK;
}

void
input_close(struct input *input)
{
	if (input->owns_descriptor)
		close(input->descriptor);
	free(input->buffer);
}

ConsumerStatus
input_check(const struct input *input, ConsumerFileChange *out,
	    ConsumerError *error)
{
	if (input->size_bytes > 0)
		return file_compare(input->descriptor, &input->file, out,
				    error);
	*out = CONSUMER_FILE_IS_SAME;
	return CONSUMER_OK;
}

/* --- Reading ------------------------------------------------------------ */

static ConsumerStatus
resize_buffer(struct input *input, size_t capacity, ConsumerError *error)
{
	unsigned char *resized = realloc(input->buffer, capacity);

	if (!resized)
		return fail_memory(error);
	input->buffer = resized;
	input->capacity = capacity;
	return CONSUMER_OK;
}

/*
 * Makes room for another read behind the bytes that are not used yet.  These
 * are moved only when there are no more of them than bytes that are done with,
 * so that each byte is moved once on average, however long the tail is.
 */
static ConsumerStatus
make_room(struct input *input, ConsumerError *error)
{
	const size_t n_kept = input_n_waiting(input);
	/* Twice what is kept: then the next bytes are moved, not added. */
	const size_t grown_capacity = 2 * (n_kept + READ_BYTES);

	if (n_kept == 0)
		input->n_used = input->n_buffered = 0;
	if (input->capacity - input->n_buffered >= READ_BYTES)
		return CONSUMER_OK;
	if (input->n_used >= MAX(n_kept, READ_BYTES)) {
		memmove(input->buffer, input->buffer + input->n_used, n_kept);
		input->n_used = 0;
		input->n_buffered = n_kept;
		return CONSUMER_OK;
	}
	return resize_buffer(input, grown_capacity, error);
}

/* At the end of the input: it may have come too early. */
static ConsumerStatus
check_end(const struct input *input, ConsumerError *error)
{
	ConsumerFileChange change;
	ConsumerStatus status = input_check(input, &change, error);

	if (!status && change == CONSUMER_FILE_SHRANK)
		status = fail(error, CONSUMER_ERR_VANISHED,
			      "the file has become shorter while it was read");
	return status;
}

ConsumerStatus
input_fill(struct input *input, size_t *n_read, ConsumerError *error)
{
	ConsumerStatus status = CONSUMER_OK;

	*n_read = 0;
	/* A terminal would go on after its end. */
	if (!input->is_at_end)
		status = make_room(input, error);
	if (status || input->is_at_end)
		return status;
	status = file_read(input->descriptor, input->buffer + input->n_buffered,
			   READ_BYTES, input->interrupt, n_read, error);
	if (status)
		return status;
	input->n_buffered += *n_read;
	input->position += *n_read;
	input->is_at_end = *n_read == 0;
	if (input->watch.advance)
		input->watch.advance(input->watch.context, *n_read);
	return input->is_at_end ? check_end(input, error) : CONSUMER_OK;
}

uint64_t
input_n_bytes_ahead(const struct input *input)
{
	return input->size_bytes - MIN(input->position, input->size_bytes);
}

bool
input_seek_over(struct input *input, uint64_t n_bytes)
{
	if (n_bytes < INPUT_MIN_SEEK_BYTES ||
	    n_bytes > input_n_bytes_ahead(input) ||
	    lseek(input->descriptor, (off_t)n_bytes, SEEK_CUR) < 0)
		return false;
	input->position += n_bytes;
	return true;
}

ConsumerStatus
input_pass_over(struct input *input, uint64_t n_bytes, uint64_t *n_missing,
		ConsumerError *error)
{
	for (;;) {
		const size_t n_now =
			(size_t)MIN(n_bytes, (uint64_t)input_n_waiting(input));
		size_t n_read;
		ConsumerStatus status;

		input_use(input, n_now);
		n_bytes -= n_now;
		*n_missing = 0;
		if (n_bytes == 0 || input_seek_over(input, n_bytes))
			return CONSUMER_OK;
		status = input_fill(input, &n_read, error);
		*n_missing = n_bytes;
		if (status || n_read == 0)
			return status;
	}
}

ConsumerStatus
input_reach_start(struct input *input, ConsumerError *error)
{
	const uint64_t n_bytes = input->n_ahead;
	uint64_t n_missing;
	ConsumerStatus status =
		input_pass_over(input, n_bytes, &n_missing, error);

	input->n_ahead = 0;
	if (status || n_missing == 0)
		return status;
	return fail_past_end(error, "offset", n_bytes, n_bytes - n_missing,
			     "byte");
}

/* --- Looking ahead ------------------------------------------------------ */

/* The position of the file stays. */
static ConsumerStatus
peek_at_file(struct input *input, size_t n_bytes, ConsumerError *error)
{
	const uint64_t start = input->position + input->n_ahead;
	/* What is not there is not asked for. */
	const size_t n_wanted = (size_t)MIN(MAX(n_bytes, PEEK_BYTES),
					    input->size_bytes - start);
	ConsumerStatus status;

	if (input->n_buffered >= MIN(n_bytes, n_wanted))
		return CONSUMER_OK;
	status = resize_buffer(input, n_wanted, error);
	if (status)
		return status;
	return file_read_at(input->descriptor, start, input->buffer, n_wanted,
			    input->interrupt, &input->n_buffered, error);
}

ConsumerStatus
input_peek(struct input *input, size_t n_bytes, ConsumerError *error)
{
	ConsumerStatus status;
	size_t n_read;

	if (input->is_mappable)
		return peek_at_file(input, n_bytes, error);
	status = input_reach_start(input, error);
	while (!status && input_n_waiting(input) < n_bytes && !input->is_at_end)
		status = input_fill(input, &n_read, error);
	return status;
}

void
input_begin_reading(struct input *input)
{
	if (input->is_mappable)
		input->n_used = input->n_buffered = 0;
	input->is_mappable = false;
}
