/* SPDX-License-Identifier: MIT */
/*
 * Exact sums of float64 numbers: one by one, and in vectors, where splitting
 * the numbers keeps additions from rounding.
 */
#ifndef KERNELS_SPLIT_H
#define KERNELS_SPLIT_H

#include "exact.h"
#include "kernels.h"

#include <float.h>
#include <string.h>

/* --- One by one ---------------------------------------------------------- */

/* The layout of a float64. */
#define EXPONENT_MAX  0x7FF /* of infinities and NaN */
#define EXPONENT_BIAS 1023
#define MANTISSA_BITS 52
#define HIDDEN_BIT    (UINT64_C(1) << MANTISSA_BITS)

static inline int
exponent_of(uint64_t bits)
{
	return (int)(bits >> MANTISSA_BITS) & EXPONENT_MAX;
}

/* The significand of a number that is finite. */
static inline uint64_t
significand_of(uint64_t bits)
{
	return (bits & (HIDDEN_BIT - 1)) | (uint64_t)(exponent_of(bits) != 0)
						   << MANTISSA_BITS;
}

/* Where the lowest bit of that significand is in a sum. */
static inline unsigned
position_of(uint64_t bits)
{
	return (unsigned)(SUM_FRACTION_BITS - 1074 - 1 +
			  MAX(exponent_of(bits), 1));
}

/* Where numbers are added to. */
struct sums {
	int64_t *sum;
	struct infinities *infinities; /* may be NULL if there are none */
	int64_t *squares;	       /* may be NULL if they are not wanted */
};

static inline void
add_wide(int64_t *limbs, unsigned position, struct wide value)
{
	exact_add(limbs, position, value.low, false);
	exact_add(limbs, position + 64, value.high, false);
}

static inline void
add_number(double value, const struct sums *sums)
{
	uint64_t bits, significand;
	bool is_negative;

	memcpy(&bits, &value, sizeof(bits));
	is_negative = bits >> 63;
	significand = significand_of(bits);
	if (exponent_of(bits) == EXPONENT_MAX) {
		if (bits & (HIDDEN_BIT - 1))
			return; /* NaN */
		sums->infinities->n_positive += !is_negative;
		sums->infinities->n_negative += is_negative;
		return;
	}
	exact_add(sums->sum, position_of(bits), significand, is_negative);
	if (sums->squares)
		add_wide(sums->squares, 2 * position_of(bits),
			 wide_multiply_add(significand, significand, 0));
}

/* --- Splitting ----------------------------------------------------------- */

/*
 * (x + anchor) - anchor, with anchor = 3 * 2^(51 + e), is x rounded to a
 * multiple of 2^e, exactly, and what that leaves of x is exact, too: the
 * extraction of S. Rump, T. Ogita and S. Oishi, "Accurate floating-point
 * summation, part I" (2008).  As long as some parts are multiples of a power
 * of two and their sum stays below 2^53 times that, a float64 adds them
 * without rounding.  So two float64 sums, of the high and of the low parts,
 * take in numbers whose exponents are not too far apart, three take in more,
 * and all is done in vectors, each lane with sums of its own.
 */
enum {
	LANES = 2 * VECTOR_BYTES / sizeof(double),
	/*
	 * The most elements of a block that end in one total, two lanes of
	 * which are added in the end: float32 has these
	 */
	LANE_LENGTH = 2 * CONSUMER_BLOCK_BYTES / sizeof(float) / LANES,
	/*
	 * A part is 2^PART_BITS times a power of two, at most, and a multiple
	 * of it: so LANE_LENGTH of them add up to 2^53 times that.
	 */
	PART_BITS = 53 - __builtin_ctz(LANE_LENGTH),
	MAX_PARTS = 3,
};

_Static_assert((LANE_LENGTH & (LANE_LENGTH - 1)) == 0, "not a power of two");

/*
 * How many parts are needed for numbers below 2^(highest + 1) that are
 * multiples of 2^lowest; 0 if they cannot be split.
 */
static inline int
count_parts(int highest, int lowest)
{
	const int n_parts = (highest - lowest + PART_BITS) / PART_BITS;

	/* Excess precision, as the x87 has it, would break the splitting. */
	if (FLT_EVAL_METHOD != 0)
		return 0;
	/* No anchor or total may overflow, and no part be subnormal. */
	if (highest > 900 || lowest < -900 || n_parts > MAX_PARTS)
		return 0;
	return MAX(n_parts, 1); /* of zeros, 'highest' is below 'lowest' */
}

/* 3 * 2^(51 + e), for the e of part 'i' of numbers below 2^(highest + 1). */
static inline double
anchor_of(int highest, int i)
{
	const int e = highest + 1 - (i + 1) * PART_BITS;
	const uint64_t bits = (uint64_t)(e + 52 + EXPONENT_BIAS)
				      << MANTISSA_BITS |
			      HIDDEN_BIT / 2;
	double anchor;

	memcpy(&anchor, &bits, sizeof(anchor));
	return anchor;
}

/* Two of these are the lanes. */
typedef double doubles __attribute__((vector_size(VECTOR_BYTES)));

/* What is added for the elements from 'i' on. */
typedef doubles terms(const void *elements, size_t i);

struct totals {
	doubles parts[MAX_PARTS];
};

/* Adds the parts of 'rest'. */
TEMPLATE void
split(struct totals *totals, doubles rest, int n_parts, const double *anchors)
{
	if (n_parts > 1) {
		const doubles high = (rest + anchors[0]) - anchors[0];

		totals->parts[0] += high;
		rest -= high;
	}
	if (n_parts > 2) {
		const doubles high = (rest + anchors[1]) - anchors[1];

		totals->parts[1] += high;
		rest -= high;
	}
	totals->parts[n_parts - 1] += rest;
}

static void
add_lanes(const doubles *values, const struct sums *sums)
{
	for (size_t lane = 0; lane < LANES / 2; lane++)
		add_number((*values)[lane], sums);
}

/* Adds terms below 2^(highest + 1) of a multiple of LANES elements. */
TEMPLATE void
sum_in_parts(const void *elements, size_t n_elements, terms *terms_of,
	     int n_parts, int highest, int64_t *sum)
{
	const double anchors[MAX_PARTS - 1] = { anchor_of(highest, 0),
						anchor_of(highest, 1) };
	const struct sums sums = { sum, NULL, NULL };
	struct totals even = { { { 0 } } }, odd = { { { 0 } } };

	for (size_t i = 0; i < n_elements; i += LANES) {
		split(&even, terms_of(elements, i), n_parts, anchors);
		split(&odd, terms_of(elements, i + LANES / 2), n_parts,
		      anchors);
	}
	for (int part = 0; part < n_parts; part++) {
		const doubles total = even.parts[part] + odd.parts[part];

		add_lanes(&total, &sums);
	}
}

/*
 * For what count_parts() can split.  A constant number of parts lets the
 * compiler unroll.
 */
TEMPLATE void
sum_split(const void *elements, size_t n_elements, terms *terms_of, int highest,
	  int lowest, int64_t *sum)
{
	switch (count_parts(highest, lowest)) {
	case 1:
		sum_in_parts(elements, n_elements, terms_of, 1, highest, sum);
		break;
	case 2:
		sum_in_parts(elements, n_elements, terms_of, 2, highest, sum);
		break;
	default:
		sum_in_parts(elements, n_elements, terms_of, MAX_PARTS, highest,
			     sum);
	}
}

/*
 * What rounding took from the squares, exactly.  Without the machine's fused
 * operation: T. J. Dekker, "A floating-point technique for extending the
 * available precision" (1971).
 */
TEMPLATE doubles
square_errors(doubles values)
{
	const doubles squares = values * values;
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
	doubles errors;

	for (size_t lane = 0; lane < LANES / 2; lane++)
		errors[lane] = __builtin_fma(values[lane], values[lane],
					     -squares[lane]);
	return errors;
#else
	const doubles scaled = values * 134217729.0; /* 2^27 + 1 */
	const doubles high = scaled - (scaled - values);
	const doubles low = values - high;

	return ((high * high - squares) + 2 * high * low) + low * low;
#endif
}

#endif
