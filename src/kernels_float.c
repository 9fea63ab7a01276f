/* SPDX-License-Identifier: MIT */
/*
 * Ranges and exact sums of floats.  What float32 and float64 have in common is
 * a template, kernels_float_template.h; float16 is widened to float32.
 *
 * Of a block's sum and its squares each is found in the first way that will do:
 *
 *	by splitting, in vectors, if the exponents are near each other,
 *	apart: a few numbers near 0 one by one, the others by splitting,
 *	in bins, one for each exponent, as integers.
 */
#include "config.h"
#include "kernels.h"
#include "element.h"
#include "exact.h"
#include "kernels_float16.h"
#include "kernels_split.h"

#include <math.h>

/* --- What the template needs --------------------------------------------- */

/* Fewer than these are added one by one. */
#define MIN_BINNED 64

/* What infinities and NaN have for a highest exponent, whatever their type. */
#define EXPONENT_NOT_FINITE (EXPONENT_MAX - EXPONENT_BIAS)

/*
 * The exponents of the highest bit that is set in any element, and of the
 * lowest that may be.
 */
struct exponents {
	int highest;
	int lowest;
};

enum { MAX_APART = 256 };

/* The numbers of a block, but what is set apart; these have a zero. */
struct apart {
	double others[CONSUMER_BLOCK_BYTES / sizeof(double)];
	double few[MAX_APART];
	size_t n_few;
};

/* The limbs of a sum of squares that have the weights of a sum's. */
static int64_t *
as_sum(int64_t *squares)
{
	return squares + (SQUARES_FRACTION_BITS - SUM_FRACTION_BITS) / 32;
}

#ifdef __SIZEOF_INT128__
typedef __int128 int128;
typedef unsigned __int128 uint128;

/*
 * What bins add to limbs, from the lowest on: 'rest' * 2^'position' is still to
 * be added.
 */
struct rising {
	int64_t *limbs;
	unsigned position; /* a multiple of 32 */
	int128 rest;
};

static inline void
rise(struct rising *rising, unsigned position)
{
	for (; rising->position + 32 <= position; rising->position += 32) {
		rising->limbs[rising->position / 32] += (uint32_t)rising->rest;
		rising->rest >>= 32;
	}
}

static inline struct rising
begin_rising(int64_t *limbs, unsigned position)
{
	return (struct rising){ limbs, position / 32 * 32, 0 };
}

/* Adds 'value' * 2^'position', which is not below that of the last. */
static inline void
add_rising(struct rising *rising, unsigned position, int128 value)
{
	rise(rising, position);
	rising->rest +=
		(int128)((uint128)value << (position - rising->position));
}

static inline void
end_rising(struct rising *rising)
{
	/* There are less than 2^99 left, of one sign or the other. */
	rise(rising, rising->position + 64);
	rising->limbs[rising->position / 32] += (int64_t)rising->rest;
}

#endif

/* --- float32 and float64 ------------------------------------------------- */

#define TYPE		    float32
#define REAL		    float
#define BITS		    uint32_t
#define SIGNED_BITS	    int32_t
#define N_MANTISSA_BITS	    23
#define BIAS		    127
#define ARE_SQUARES_ROUNDED false /* 24 bits squared are 48 */
#define BIN_TOTAL	    int64_t
#define BIN_SQUARES	    uint64_t
#include "kernels_float_template.h"

#define TYPE		    float64
#define REAL		    double
#define BITS		    uint64_t
#define SIGNED_BITS	    int64_t
#define N_MANTISSA_BITS	    MANTISSA_BITS
#define BIAS		    EXPONENT_BIAS
#define ARE_SQUARES_ROUNDED true
#define BIN_TOTAL	    int128
#define BIN_SQUARES	    uint128
#include "kernels_float_template.h"

/* --- float16 ------------------------------------------------------------- */

#define NO_RANGE                                                       \
	(struct range)                                                 \
	{                                                              \
		{ .floating = INFINITY }, { .floating = -INFINITY }, 0 \
	}

static void
join_ranges(struct range *range, const struct range *part)
{
	range->n_nan += part->n_nan;
	if (is_less(part->min.floating, range->min.floating))
		range->min = part->min;
	if (is_less(range->max.floating, part->max.floating))
		range->max = part->max;
}

static void
range_float16(const void *elements, size_t n_elements, struct range *out)
{
	float widened[N_WIDENED];
	struct range part;

	*out = NO_RANGE;
	for (size_t first = 0, n; first < n_elements; first += n) {
		n = widen_float16(elements, first, n_elements, widened);
		range_float32(widened, n, &part);
		join_ranges(out, &part);
	}
}

static void
sum_float16(const void *elements, size_t n_elements, int64_t *sum,
	    struct infinities *infinities)
{
	float widened[N_WIDENED];

	for (size_t first = 0, n; first < n_elements; first += n) {
		n = widen_float16(elements, first, n_elements, widened);
		sum_float32(widened, n, sum, infinities);
	}
}

static void
all_float16(const void *elements, size_t n_elements, struct range *range,
	    int64_t *sum, struct infinities *infinities, int64_t *squares)
{
	float widened[N_WIDENED];
	struct range part;

	*range = NO_RANGE;
	for (size_t first = 0, n; first < n_elements; first += n) {
		n = widen_float16(elements, first, n_elements, widened);
		all_float32(widened, n, &part, sum, infinities, squares);
		join_ranges(range, &part);
	}
}

/* --- The table ----------------------------------------------------------- */

const struct summary_kernels OF_VARIANT(float_kernels)[CONSUMER_N_TYPES] = {
	[CONSUMER_FLOAT16] = { range_float16, sum_float16, all_float16 },
	[CONSUMER_FLOAT32] = { range_float32, sum_float32, all_float32 },
	[CONSUMER_FLOAT64] = { range_float64, sum_float64, all_float64 },
};
