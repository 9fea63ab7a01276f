/* SPDX-License-Identifier: MIT */
/* A path to one ConsumerArray: mapped if it can be, otherwise read. */
#include "config.h"
#include "element.h"
#include "filemap.h"
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* What the caller of consumer_array_open() asked for. */
struct request {
	ConsumerOpenMode mode;
	ConsumerElement element;
	uint64_t offset_bytes;
	uint64_t count;
	const ConsumerInterrupt *interrupt;
};

/* Makes '*out' own malloc'ed 'bytes'; on failure they are freed. */
static ConsumerStatus
adopt(char *bytes, uint64_t n_elements, const struct request *request,
      ConsumerArray *out, ConsumerError *error)
{
	const ptrdiff_t length = (ptrdiff_t)n_elements;
	ConsumerStatus status;

	if (!bytes)
		return fail_memory(error);
	status = consumer_array_wrap(bytes, request->element, 1, &length, NULL,
				     request->mode == CONSUMER_OPEN_READ, out,
				     error);
	if (status)
		free(bytes);
	else
		out->release = release_malloc;
	return status;
}

/*
 * Copies what 'stream' gives, up to 'count' elements: it is not asked for more,
 * because it might have to wait for that.  '*bytes' is the caller's, also on
 * failure.
 */
static ConsumerStatus
read_stream(ConsumerStream *stream, uint64_t count, char **bytes,
	    size_t *n_bytes, ConsumerError *error)
{
	size_t capacity = 0;

	while (count > 0) {
		ConsumerArray chunk;
		size_t n_chunk_bytes;
		ConsumerStatus status =
			consumer_stream_next(stream, &chunk, error);

		if (status || chunk.n_elements == 0)
			return status;
		n_chunk_bytes =
			(size_t)chunk.n_elements * chunk.element.itemsize;
		if (*n_bytes + n_chunk_bytes > capacity) {
			char *grown;

			capacity = MAX(2 * capacity, *n_bytes + n_chunk_bytes);
			grown = realloc(*bytes, capacity);
			if (!grown)
				return fail_memory(error);
			*bytes = grown;
		}
		consumer_array_copy_bytes(&chunk, *bytes + *n_bytes);
		*n_bytes += n_chunk_bytes;
		count -= (uint64_t)chunk.n_elements;
	}
	return CONSUMER_OK;
}

static ConsumerStatus
open_by_reading(int descriptor, const struct request *request,
		ConsumerArray *out, size_t *n_trailing_bytes,
		ConsumerError *error)
{
	ConsumerSelection selection = CONSUMER_SELECT_ALL;
	ConsumerStream *stream;
	uint64_t n_elements;
	char *bytes = malloc(1); /* an address, also for no elements */
	size_t n_bytes = 0;
	ConsumerStatus status;

	if (!bytes)
		return fail_memory(error);
	selection.offset_bytes = request->offset_bytes;
	selection.max = request->count;
	status = consumer_stream_open(NULL, descriptor, request->element,
				      &selection, &stream, error);
	if (!status) {
		stream_set_interrupt(stream, request->interrupt);
		status = read_stream(stream, request->count, &bytes, &n_bytes,
				     error);
		if (!status)
			status = consumer_count_elements(
				n_bytes + consumer_stream_n_trailing_bytes(
						  stream),
				request->element.itemsize, 0, request->count,
				&n_elements, n_trailing_bytes, error);
		consumer_stream_close(stream);
	}
	/* Writes to a copy would be lost. */
	if (!status && n_elements > 0 &&
	    request->mode == CONSUMER_OPEN_READ_WRITE)
		status = fail_errno(error, ENODEV);
	if (status) {
		free(bytes);
		return status;
	}
	return adopt(bytes, n_elements, request, out, error);
}

static ConsumerStatus
open_regular(int descriptor, uint64_t size_bytes, const struct request *request,
	     ConsumerArray *out, size_t *n_trailing_bytes, ConsumerError *error)
{
	uint64_t n_elements;
	ConsumerStatus status = consumer_count_elements(
		size_bytes, request->element.itemsize, request->offset_bytes,
		request->count, &n_elements, n_trailing_bytes, error);

	if (status)
		return status;
	if (n_elements == 0)
		return adopt(malloc(1), 0, request, out, error);
	if (file_map(descriptor, request->mode, request->element,
		     request->offset_bytes, n_elements, out))
		return CONSUMER_OK;
	if (request->mode == CONSUMER_OPEN_READ_WRITE)
		return fail_errno(error, errno);
	return open_by_reading(descriptor, request, out, n_trailing_bytes,
			       error);
}

ConsumerStatus
consumer_array_open(const char *path, ConsumerOpenMode mode,
		    ConsumerElement element, uint64_t offset_bytes,
		    uint64_t count, const ConsumerInterrupt *interrupt,
		    ConsumerArray *out, size_t *n_trailing_bytes,
		    ConsumerError *error)
{
	const struct request request = {
		mode, element, offset_bytes, count, interrupt,
	};
	size_t n_trailing = 0;
	size_t *allowed_trailing = n_trailing_bytes ? &n_trailing : NULL;
	struct stat file;
	int descriptor;
	ConsumerStatus status = element_check(element, error);

	if (!status && (unsigned)mode > CONSUMER_OPEN_COPY_ON_WRITE)
		status = fail(error, CONSUMER_ERR_ARGUMENT,
			      "there is no mode %d", (int)mode);
	if (!status)
		status = file_open(path,
				   mode == CONSUMER_OPEN_READ_WRITE ? O_RDWR
								    : O_RDONLY,
				   interrupt, &descriptor, &file, error);
	if (status)
		return status;
	/* A size of 0 may be a lie, as in /proc: only reading tells. */
	if (S_ISREG(file.st_mode) && file.st_size > 0 &&
	    file_can_be_mapped(descriptor))
		status = open_regular(descriptor, (uint64_t)file.st_size,
				      &request, out, allowed_trailing, error);
	else if (mode == CONSUMER_OPEN_READ_WRITE && !S_ISREG(file.st_mode))
		status = fail_errno(error, ENODEV); /* without waiting for it */
	else
		status = open_by_reading(descriptor, &request, out,
					 allowed_trailing, error);
	close(descriptor);
	if (!status && n_trailing_bytes)
		*n_trailing_bytes = n_trailing;
	return status;
}
