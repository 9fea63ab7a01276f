/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "shape.h"

#include <stdio.h>

ConsumerStatus
shape_check(int ndim, const ptrdiff_t *shape, ConsumerError *error)
{
	if (ndim < 0 || ndim > CONSUMER_MAX_NDIM)
		return fail(error, CONSUMER_ERR_ARGUMENT,
			    "%d dimensions: at most %d are supported", ndim,
			    CONSUMER_MAX_NDIM);
	for (int axis = 0; axis < ndim; axis++) {
		if (shape[axis] < 0)
			return fail(error, CONSUMER_ERR_ARGUMENT,
				    "negative length %td of dimension %d",
				    shape[axis], axis);
	}
	return CONSUMER_OK;
}

bool
shape_multiply(int ndim, const ptrdiff_t *shape, size_t itemsize,
	       ptrdiff_t *n_elements)
{
	ptrdiff_t product = 1;
	ptrdiff_t n_bytes;

	/* Zero first: its product is 0, whatever the other lengths are. */
	for (int axis = 0; axis < ndim; axis++) {
		if (shape[axis] == 0) {
			*n_elements = 0;
			return true;
		}
	}
	for (int axis = 0; axis < ndim; axis++) {
		if (__builtin_mul_overflow(product, shape[axis], &product))
			return false;
	}
	if (__builtin_mul_overflow(product, itemsize, &n_bytes))
		return false;
	*n_elements = product;
	return true;
}

size_t
consumer_shape_text(int ndim, const ptrdiff_t *shape,
		    char text[CONSUMER_SHAPE_SIZE])
{
	int n = sprintf(text, "(");

	for (int axis = 0; axis < ndim; axis++)
		n += sprintf(text + n, axis > 0 ? ", %td" : "%td", shape[axis]);
	n += sprintf(text + n, ndim == 1 ? ",)" : ")");
	return (size_t)n;
}
