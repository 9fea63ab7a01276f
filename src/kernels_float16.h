/* SPDX-License-Identifier: MIT */
/* What kernels do with elements of float16: they take them as float32. */
#ifndef KERNELS_FLOAT16_H
#define KERNELS_FLOAT16_H

#include "element.h"

/* So many at a time, which a cache keeps. */
#define N_WIDENED 4096

/* Widens elements from 'first' on; returns how many, N_WIDENED at most. */
static inline size_t
widen_float16(const void *elements, size_t first, size_t n_elements, float *out)
{
	const unaligned_uint16_t *x =
		(const unaligned_uint16_t *)elements + first;
	const size_t n = MIN(n_elements - first, N_WIDENED);

	for (size_t i = 0; i < n; i++)
		out[i] = half_to_float(x[i]);
	return n;
}

#endif
