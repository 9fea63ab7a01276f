/* SPDX-License-Identifier: MIT */
/*
 * Products of 128 bits, on any machine: compilers for 32-bit ones know no
 * integers of 128 bits.
 */
#ifndef WIDE_H
#define WIDE_H

#include <stdint.h>

/* high * 2^64 + low */
struct wide {
	uint64_t high, low;
};

/* As below, out of the products of 32-bit halves. */
static inline struct wide
wide_multiply_add_by_halves(uint64_t a, uint64_t b, uint64_t c)
{
	const uint64_t mask = UINT32_MAX;
	const uint64_t low = (a & mask) * (b & mask) + (c & mask);
	/* (2^32 - 1)^2 + 2 (2^32 - 1) is 2^64 - 1: no sum overflows. */
	const uint64_t left = (a >> 32) * (b & mask) + (c >> 32) + (low >> 32);
	const uint64_t right = (a & mask) * (b >> 32) + (left & mask);

	return (struct wide){
		(a >> 32) * (b >> 32) + (left >> 32) + (right >> 32),
		right << 32 | (low & mask),
	};
}

/* a * b + c; that is never too much for 128 bits. */
static inline struct wide
wide_multiply_add(uint64_t a, uint64_t b, uint64_t c)
{
#ifdef __SIZEOF_INT128__
	const unsigned __int128 product = (unsigned __int128)a * b;
	const uint64_t low = (uint64_t)product + c;

	return (struct wide){ (uint64_t)(product >> 64) + (low < c), low };
#else
	return wide_multiply_add_by_halves(a, b, c);
#endif
}

#endif
