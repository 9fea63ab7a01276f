/* SPDX-License-Identifier: MIT */
/* Lengths of axes: whether they can be, and their product. */
#ifndef SHAPE_H
#define SHAPE_H

#include "internal.h"

/*
 * Returns CONSUMER_OK, or CONSUMER_ERR_ARGUMENT if 'ndim' is out of range or a
 * length is negative.
 */
ConsumerStatus shape_check(int ndim, const ptrdiff_t *shape,
			   ConsumerError *error);

/*
 * Sets '*n_elements' to the product of the lengths, which are not negative.
 * False: so many elements of 'itemsize' bytes have more than PTRDIFF_MAX bytes.
 */
bool shape_multiply(int ndim, const ptrdiff_t *shape, size_t itemsize,
		    ptrdiff_t *n_elements);

#endif
