/* SPDX-License-Identifier: MIT */
/*
 * What the files of the library share: the public header with its functions
 * made visible, and the ways to fail.
 */
#ifndef INTERNAL_H
#define INTERNAL_H

/* Everything is compiled with -fvisibility=hidden; only this leaves. */
#pragma GCC visibility push(default)
#include "consumer.h"
#pragma GCC visibility pop

#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

/*
 * Each fills '*error', unless it is NULL, and returns the status, so that a
 * function can end with "return fail(...)".
 */
ConsumerStatus fail(ConsumerError *error, ConsumerStatus status,
		    const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The message is 'argument', a blank, and the formatted text. */
ConsumerStatus fail_argument(ConsumerError *error, const char *argument,
			     const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* "skip 30 is past the end (20 elements)"; 'unit' is "element", say. */
ConsumerStatus fail_past_end(ConsumerError *error, const char *argument,
			     uint64_t n_wanted, uint64_t n_there,
			     const char *unit);

ConsumerStatus fail_errno(ConsumerError *error, int system_errno);

ConsumerStatus fail_memory(ConsumerError *error);

/* The 'release' callback of an array whose data malloc() gave. */
void release_malloc(ConsumerArray *array);

/*
 * 'n_elements' elements, which memory can have, back to back at 'data': a
 * borrowed array of one axis, which needs no release.
 */
ConsumerArray wrap_flat(const void *data, ConsumerElement element,
			ptrdiff_t n_elements, bool read_only);

/* Ends 'array', but for its memory, of which 'view' becomes the owner. */
void hand_over(ConsumerArray *array, ConsumerArray *view);

#endif
