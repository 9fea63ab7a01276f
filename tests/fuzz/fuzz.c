/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "fuzz.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

void
fuzz_fail(const char *file, int line, const char *condition, const char *format,
	  ...)
{
	va_list arguments;

	fprintf(stderr, "%s:%d: not so: %s: ", file, line, condition);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	abort();
}

void
fuzz_check_error(ConsumerStatus status, const ConsumerError *error)
{
	const char *message = error->message;
	const char *argument = error->argument;

	require(status != CONSUMER_OK && error->status == status,
		"status %d, in the error %d", (int)status, (int)error->status);
	require(memchr(message, '\0', sizeof(error->message)), "no end");
	require(*message && !strchr(message, '\n'), "\"%s\"", message);
	require((status == CONSUMER_ERR_OS) == (error->system_errno != 0),
		"errno %d", error->system_errno);
	require(!argument || strncmp(message, argument, strlen(argument)) == 0,
		"\"%s\" and %s", message, argument);
}

void
fuzz_check_untouched(const void *object, size_t n_bytes, const char *name)
{
	const unsigned char *bytes = object;

	for (size_t i = 0; i < n_bytes; i++)
		require(bytes[i] == 0xA5, "byte %zu of %s", i, name);
}

unsigned char *
fuzz_memory(enum fuzz_place place, size_t n_bytes)
{
	static unsigned char *ends[2];
	const size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);

	require(n_bytes <= FUZZ_MAX_BYTES, "%zu bytes", n_bytes);
	if (!ends[place]) {
		unsigned char *pages = mmap(NULL, FUZZ_MAX_BYTES + page_bytes,
					    PROT_READ | PROT_WRITE,
					    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		require(pages != MAP_FAILED, "no memory");
		ends[place] = pages + FUZZ_MAX_BYTES;
		require(mprotect(ends[place], page_bytes, PROT_NONE) == 0,
			"mprotect");
	}
	return ends[place] - n_bytes;
}

unsigned char *
fuzz_copy(const void *bytes, size_t n_bytes)
{
	unsigned char *copy = fuzz_memory(FUZZ_IN, n_bytes);

	if (n_bytes > 0)
		memcpy(copy, bytes, n_bytes);
	return copy;
}

uint64_t
fuzz_take(struct fuzz_input *input, size_t n_bytes)
{
	uint64_t value = 0;

	for (size_t i = 0; i < n_bytes && input->n_left > 0; i++) {
		value |= (uint64_t)*input->next++ << 8 * i;
		input->n_left--;
	}
	return value;
}
