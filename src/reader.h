/* SPDX-License-Identifier: MIT */
/* The elements of an input that is read, as a plan chooses them. */
#ifndef READER_H
#define READER_H

#include "input.h"
#include "plan.h"

/* The caller sets the first four; the rest is zero at first. */
struct reader {
	struct input input;
	struct plan plan;
	ConsumerElement element;
	/*
	 * It is a file whose size says all of the plan and the trailing bytes:
	 * reading it finds nothing new.
	 */
	bool is_measured;

	uint64_t n_trailing_bytes;
	bool is_positioned;
	bool is_finished;
	uint64_t n_unread; /* declared elements behind those used */
};

/*
 * Makes '*out' the next elements that are given, a view that is valid until the
 * next call and needs no release; '*is_end': there are none, and the plan says
 * how many there were, if it was cut, and if it is short.
 *
 * Returns CONSUMER_OK, CONSUMER_ERR_ARGUMENT if the input ends before they
 * begin, or the errors of input_fill().
 */
ConsumerStatus reader_next(struct reader *reader, ConsumerArray *out,
			   bool *is_end, ConsumerError *error);

/* What was collected: zeros at first; 'bytes' is the caller's to free(). */
struct reader_memory {
	unsigned char *bytes;
	size_t n_bytes;
	size_t capacity;
};

/*
 * Appends up to 'n_wanted' elements that are given, and waits for no more; the
 * plan then says that these were all.  Returns what reader_next() does, or
 * CONSUMER_ERR_MEMORY.
 */
ConsumerStatus reader_collect(struct reader *reader, uint64_t n_wanted,
			      struct reader_memory *memory,
			      ConsumerError *error);

#endif
