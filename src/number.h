/* SPDX-License-Identifier: MIT */
/*
 * Values of any kind but char, as what they come down to: an integer of 65 bits
 * or a float.
 */
#ifndef NUMBER_H
#define NUMBER_H

#include "element.h"

struct number {
	bool is_float;
	bool is_negative; /* of an integer */
	uint64_t magnitude;
	double floating;
};

struct number number_from(ConsumerKind kind, ConsumerValue value);

/* The nearest float64. */
double number_to_double(struct number number);

/* Makes an integer of a float that is one; false: it is not. */
bool number_make_integer(struct number *number);

/*
 * Makes '*out' the integer 'number', in the member of the element's kind, which
 * is not float.  False: it is out of range.
 */
bool number_fit(const struct element_info *info, struct number number,
		ConsumerValue *out);

#endif
