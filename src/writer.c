/* SPDX-License-Identifier: MIT */
/* Where output goes: a stdio stream or a descriptor. */
#include "config.h"
#include "internal.h"

#include <errno.h>
#include <unistd.h>

static ConsumerStatus
write_stream(void *context, const char *bytes, size_t n_bytes,
	     ConsumerError *error)
{
	errno = 0;
	if (fwrite(bytes, 1, n_bytes, context) != n_bytes)
		/* musl says nothing of a stream that is for reading only. */
		return fail_errno(error, errno ? errno : EBADF);
	return CONSUMER_OK;
}

ConsumerWriter
consumer_writer_stream(FILE *stream)
{
	return (ConsumerWriter){ write_stream, stream };
}

static ConsumerStatus
write_descriptor(void *context, const char *bytes, size_t n_bytes,
		 ConsumerError *error)
{
	const int descriptor = (int)(intptr_t)context;

	while (n_bytes > 0) {
		const ssize_t n_written = write(descriptor, bytes, n_bytes);

		if (n_written < 0) {
			if (errno == EINTR)
				continue;
			return fail_errno(error, errno);
		}
		if (n_written == 0) /* as good as full */
			return fail_errno(error, ENOSPC);
		bytes += n_written;
		n_bytes -= (size_t)n_written;
	}
	return CONSUMER_OK;
}

ConsumerWriter
consumer_writer_descriptor(int descriptor)
{
	return (ConsumerWriter){ write_descriptor,
				 (void *)(intptr_t)descriptor };
}
