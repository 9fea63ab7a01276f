/* SPDX-License-Identifier: MIT */
/* What kernels do with elements of float16: they take them as float32. */
#ifndef KERNELS_FLOAT16_H
#define KERNELS_FLOAT16_H

#include "element.h"

#ifdef __AVX512F__
#include <immintrin.h>
#endif

/* So many at a time, which a cache keeps. */
#define N_WIDENED 4096

/* Widens elements from 'first' on; returns how many, N_WIDENED at most. */
static inline size_t
widen_float16(const void *elements, size_t first, size_t n_elements, float *out)
{
	const unaligned_uint16_t *x =
		(const unaligned_uint16_t *)elements + first;
	const size_t n = MIN(n_elements - first, N_WIDENED);
	size_t i = 0;

#ifdef __AVX512F__
	for (; i + 16 <= n; i += 16)
		_mm512_storeu_ps(out + i, _mm512_cvtph_ps(_mm256_loadu_si256(
						  (const void *)(x + i))));
#endif
	for (; i < n; i++)
		out[i] = half_to_float(x[i]);
	return n;
}

#endif
