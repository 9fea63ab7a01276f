/* SPDX-License-Identifier: MIT */
/* The elements of one array, looked at by several threads. */
#ifndef SHARE_H
#define SHARE_H

#include "internal.h"

struct share {
	const ConsumerArray *array;
	ptrdiff_t start;
	ptrdiff_t n_elements;
	/* See share_count_threads(). */
	size_t n_threads;
	/*
	 * Takes 'n_elements' from 'start' on, in a guard, and nothing but
	 * these.  There is one call at a time with the same 'thread', which is
	 * below n_threads: results of one are its own.
	 */
	void (*take)(void *context, size_t thread, ptrdiff_t start,
		     ptrdiff_t n_elements);
	void *context;
};

/*
 * How many threads are worth it for 'n_elements' elements of 'array': up to
 * 'n_threads', at least 1.
 */
size_t share_count_threads(const ConsumerArray *array, ptrdiff_t n_elements,
			   size_t n_threads);

/*
 * Gives all elements to 'take', in pieces, in no order.  False: something has
 * vanished, and the results are undefined.  Who then reads all of it again,
 * alone, meets that in a guard of the caller.
 */
bool share_run(const struct share *share);

#endif
