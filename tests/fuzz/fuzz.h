/* SPDX-License-Identifier: MIT */
/*
 * fuzz.h - what the fuzz targets share.
 *
 * A target is one file that defines LLVMFuzzerTestOneInput().  replay.c runs it
 * over files that are kept ("make check"), libFuzzer over what it invents
 * ("make fuzz").
 */
#ifndef FUZZ_H
#define FUZZ_H

#include "internal.h"

#include <stdlib.h>
#include <string.h>

/* Looks at the input and ends the process if something is wrong.  Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);

/* Says what should have been, and aborts, unless 'condition' holds. */
#define require(condition, ...)                                   \
	do {                                                      \
		if (!(condition))                                 \
			fuzz_fail(__FILE__, __LINE__, #condition, \
				  __VA_ARGS__);                   \
	} while (0)

_Noreturn void fuzz_fail(const char *file, int line, const char *condition,
			 const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* What consumer.h says of an error, and that it has this status. */
void fuzz_check_error(ConsumerStatus status, const ConsumerError *error);

/* Fills an object with bytes that no result has, and finds them again. */
#define POISON(object) memset(&(object), 0xA5, sizeof(object))
#define require_untouched(object) \
	fuzz_check_untouched(&(object), sizeof(object), #object)

void fuzz_check_untouched(const void *object, size_t n_bytes, const char *name);

#define FUZZ_MAX_BYTES (1 << 20)

/*
 * 'n_bytes' bytes, at most FUZZ_MAX_BYTES, that end at an unmapped page.  Each
 * of the two places is used again by the next call that names it.
 */
enum fuzz_place { FUZZ_IN, FUZZ_OUT };

unsigned char *fuzz_memory(enum fuzz_place place, size_t n_bytes);

/* A copy of 'n_bytes' bytes in FUZZ_IN. */
unsigned char *fuzz_copy(const void *bytes, size_t n_bytes);

/* What is left of an input; behind its end there are zeros. */
struct fuzz_input {
	const uint8_t *next;
	size_t n_left;
};

/* The next 'n_bytes' bytes (at most 8) as a number, little-endian. */
uint64_t fuzz_take(struct fuzz_input *input, size_t n_bytes);

#endif
