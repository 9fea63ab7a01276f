/* SPDX-License-Identifier: MIT */
/*
 * Exact sums: fixed-point numbers wide enough for any sum of float64 values or
 * of their squares, so that nothing is rounded on the way.
 *
 * The layout is that of the small superaccumulator of R. M. Neal, "Fast exact
 * summation using small and large superaccumulators" (2015): limbs of 64 bits
 * that stand for 32 bits each, so that carries can wait.
 */
#ifndef EXACT_H
#define EXACT_H

#include "internal.h"
#include "wide.h"

/*
 * Limb i weighs 2^(32 i - FRACTION_BITS).  The smallest subnormal, 2^-1074, or
 * its square, is above the lowest bit; the number 1 is the lowest bit of a
 * limb; and at the other end there is room for 2^64 times the largest.
 */
#define SUM_FRACTION_BITS     1088
#define SQUARES_FRACTION_BITS 2176

/*
 * Adds 'magnitude' * 2^'position', or takes it off; position 0 is the lowest
 * bit.  A limb changes by less than 2^32, so 2^30 calls may lie between two of
 * exact_carry().
 */
static inline void
exact_add(int64_t *limbs, unsigned position, uint64_t magnitude,
	  bool is_negative)
{
	const unsigned shift = position % 32;
	const uint64_t low = magnitude << shift;
	/* x ^ -1 - -1 is -x, x ^ 0 - 0 is x */
	const int64_t sign = -(int64_t)is_negative;

	/*
	 * One by one: as a vector, two limbs would have to wait for what was
	 * just stored to one of them.
	 */
	volatile int64_t *limb = limbs + position / 32;

	limb[0] += ((int64_t)(uint32_t)low ^ sign) - sign;
	limb[1] += ((int64_t)(low >> 32) ^ sign) - sign;
	limb[2] += ((int64_t)(magnitude >> 32 >> (32 - shift)) ^ sign) - sign;
}

/*
 * Leaves 32 bits in each limb but the last, which has the sign.  Equal numbers
 * have equal limbs after it.
 */
void exact_carry(int64_t *limbs, int n_limbs);

/* The sum, rounded once, to the nearest float64, ties to even. */
double exact_sum(const int64_t *sum);

/* The sum divided by 'count' > 0, rounded once. */
double exact_mean(const int64_t *sum, uint64_t count);

/*
 * The standard deviation of the 'count' > 0 numbers with this sum and sum of
 * squares, divided by 'count' (of a population), rounded once.
 */
double exact_std(const int64_t *sum, const int64_t *squares, uint64_t count);

/* The integer part of a sum of integers, in two's complement. */
struct wide exact_integer(const int64_t *sum);

#endif
