/* SPDX-License-Identifier: MIT */
/* Ranges and exact sums of integers. */
#include "config.h"
#include "kernels.h"
#include "element.h"
#include "exact.h"

/* --- The range ----------------------------------------------------------- */

#define DEFINE_INTEGER_RANGE(name, ctype, member, AS)                     \
	static void range_##name(const void *elements, size_t n_elements, \
				 struct range *out)                       \
	{                                                                 \
		const unaligned_##ctype *x = elements;                    \
		ctype min = AS(x[0]), max = AS(x[0]);                     \
                                                                          \
		for (size_t i = 0; i < n_elements; i++) {                 \
			const ctype value = AS(x[i]);                     \
                                                                          \
			min = value < min ? value : min;                  \
			max = value > max ? value : max;                  \
		}                                                         \
		out->min.member = min;                                    \
		out->max.member = max;                                    \
		out->n_nan = 0;                                           \
	}

DEFINE_INTEGER_RANGE(bool, uint8_t, boolean, AS_BOOL)
DEFINE_INTEGER_RANGE(int8, int8_t, signed_integer, AS_IT_IS)
DEFINE_INTEGER_RANGE(uint8, uint8_t, unsigned_integer, AS_IT_IS)
DEFINE_INTEGER_RANGE(int16, int16_t, signed_integer, AS_IT_IS)
DEFINE_INTEGER_RANGE(uint16, uint16_t, unsigned_integer, AS_IT_IS)
DEFINE_INTEGER_RANGE(int32, int32_t, signed_integer, AS_IT_IS)
DEFINE_INTEGER_RANGE(uint32, uint32_t, unsigned_integer, AS_IT_IS)
DEFINE_INTEGER_RANGE(int64, int64_t, signed_integer, AS_IT_IS)
DEFINE_INTEGER_RANGE(uint64, uint64_t, unsigned_integer, AS_IT_IS)

/* --- Sums ---------------------------------------------------------------- */

static void
add_signed(int64_t *limbs, unsigned position, int64_t value)
{
	exact_add(limbs, position,
		  value < 0 ? -(uint64_t)value : (uint64_t)value, value < 0);
}

/*
 * Adds the sum of some 2^32 numbers of 64 bits at most, or takes it off: given
 * are that sum modulo 2^64 and the sum of their high halves.  What the low
 * halves add up to is the difference, since that is below 2^64.
 */
static void
add_halves(int64_t *limbs, unsigned position, uint64_t wrapped, uint64_t high,
	   bool is_negative)
{
	exact_add(limbs, position, wrapped - (high << 32), is_negative);
	exact_add(limbs, position + 32, high, is_negative);
}

/* A block has at most 2^15 elements: sums of 32-bit numbers fit 64 bits. */
#define DEFINE_INTEGER_SUM(name, ctype, AS)                                 \
	static void sum_##name(const void *elements, size_t n_elements,     \
			       int64_t *sum, struct infinities *infinities) \
	{                                                                   \
		const unaligned_##ctype *x = elements;                      \
		int64_t total = 0;                                          \
                                                                            \
		(void)infinities;                                           \
		for (size_t i = 0; i < n_elements; i++)                     \
			total += AS(x[i]);                                  \
		add_signed(sum, SUM_FRACTION_BITS, total);                  \
	}

DEFINE_INTEGER_SUM(bool, uint8_t, AS_BOOL)
DEFINE_INTEGER_SUM(int8, int8_t, AS_IT_IS)
DEFINE_INTEGER_SUM(uint8, uint8_t, AS_IT_IS)
DEFINE_INTEGER_SUM(int16, int16_t, AS_IT_IS)
DEFINE_INTEGER_SUM(uint16, uint16_t, AS_IT_IS)
DEFINE_INTEGER_SUM(int32, int32_t, AS_IT_IS)
DEFINE_INTEGER_SUM(uint32, uint32_t, AS_IT_IS)

/* A signed number x is added as x + 2^63, which is unsigned. */
#define DEFINE_INTEGER_64_SUM(name, ctype, is_signed)                       \
	static void sum_##name(const void *elements, size_t n_elements,     \
			       int64_t *sum, struct infinities *infinities) \
	{                                                                   \
		const unaligned_##ctype *x = elements;                      \
		uint64_t wrapped = 0, high = 0;                             \
                                                                            \
		(void)infinities;                                           \
		for (size_t i = 0; i < n_elements; i++) {                   \
			const uint64_t value =                              \
				(uint64_t)x[i] ^ (uint64_t)is_signed << 63; \
                                                                            \
			wrapped += value;                                   \
			high += value >> 32;                                \
		}                                                           \
		add_halves(sum, SUM_FRACTION_BITS, wrapped, high, false);   \
		if (is_signed)                                              \
			exact_add(sum, SUM_FRACTION_BITS + 63, n_elements,  \
				  true);                                    \
	}

DEFINE_INTEGER_64_SUM(int64, int64_t, true)
DEFINE_INTEGER_64_SUM(uint64, uint64_t, false)

/* --- All at once --------------------------------------------------------- */

/* A block's sum fits in 32 bits, its squares in 'square_type'. */
#define DEFINE_NARROW_INTEGER_ALL(name, ctype, member, square_type, AS)        \
	static void all_##name(                                                \
		const void *elements, size_t n_elements, struct range *range,  \
		int64_t *sum, struct infinities *infinities, int64_t *squares) \
	{                                                                      \
		const unaligned_##ctype *x = elements;                         \
		ctype min = AS(x[0]), max = AS(x[0]);                          \
		int32_t total = 0;                                             \
		square_type total_squares = 0;                                 \
                                                                               \
		(void)infinities;                                              \
		for (size_t i = 0; i < n_elements; i++) {                      \
			const ctype value = AS(x[i]);                          \
                                                                               \
			min = value < min ? value : min;                       \
			max = value > max ? value : max;                       \
			total += value;                                        \
			/* Wraps to the same square for a negative one */      \
			total_squares += (uint32_t)value * (uint32_t)value;    \
		}                                                              \
		range->min.member = min;                                       \
		range->max.member = max;                                       \
		range->n_nan = 0;                                              \
		add_signed(sum, SUM_FRACTION_BITS, total);                     \
		exact_add(squares, SQUARES_FRACTION_BITS, total_squares,       \
			  false);                                              \
	}

DEFINE_NARROW_INTEGER_ALL(bool, uint8_t, boolean, uint32_t, AS_BOOL)
DEFINE_NARROW_INTEGER_ALL(int8, int8_t, signed_integer, uint32_t, AS_IT_IS)
DEFINE_NARROW_INTEGER_ALL(uint8, uint8_t, unsigned_integer, uint32_t, AS_IT_IS)
DEFINE_NARROW_INTEGER_ALL(int16, int16_t, signed_integer, uint64_t, AS_IT_IS)
DEFINE_NARROW_INTEGER_ALL(uint16, uint16_t, unsigned_integer, uint64_t,
			  AS_IT_IS)

/*
 * Where x + 2^bit was added in place of each of 'n' numbers x, and its square:
 * takes off what is too much.  'wrapped' and 'high' are the sum of x + 2^bit, as
 * add_halves() takes it.
 */
static void
remove_bias(int64_t *sum, int64_t *squares, unsigned bit, uint64_t n,
	    uint64_t wrapped, uint64_t high)
{
	exact_add(sum, SUM_FRACTION_BITS + bit, n, true);
	/* x^2 is (x + 2^bit)^2 - 2^(bit + 1) (x + 2^bit) + 2^(2 bit) */
	add_halves(squares, SQUARES_FRACTION_BITS + bit + 1, wrapped, high,
		   true);
	exact_add(squares, SQUARES_FRACTION_BITS + 2 * bit, n, false);
}

/* SSE2 multiplies 32 bits only as unsigned ones: x + 2^31, as below. */
#if defined(__SSE2__) && !defined(__SSE4_1__)
#define IS_INT32_BIASED 1
typedef uint32_t int32_factor;
#else
#define IS_INT32_BIASED 0
typedef int32_t int32_factor;
#endif

#define DEFINE_INTEGER_32_ALL(name, ctype, member, factor_ctype, is_biased)    \
	static void all_##name(                                                \
		const void *elements, size_t n_elements, struct range *range,  \
		int64_t *sum, struct infinities *infinities, int64_t *squares) \
	{                                                                      \
		const unaligned_##ctype *x = elements;                         \
		ctype min = x[0], max = x[0];                                  \
		int64_t total = 0;                                             \
		uint64_t wrapped = 0, high = 0;                                \
                                                                               \
		(void)infinities;                                              \
		for (size_t i = 0; i < n_elements; i++) {                      \
			const ctype value = x[i];                              \
			const factor_ctype factor =                            \
				(factor_ctype)((uint32_t)value ^               \
					       (uint32_t)is_biased << 31);     \
			const uint64_t square =                                \
				(uint64_t)factor * (uint64_t)factor;           \
                                                                               \
			min = value < min ? value : min;                       \
			max = value > max ? value : max;                       \
			total += factor;                                       \
			wrapped += square;                                     \
			high += square >> 32;                                  \
		}                                                              \
		range->min.member = min;                                       \
		range->max.member = max;                                       \
		range->n_nan = 0;                                              \
		add_signed(sum, SUM_FRACTION_BITS, total);                     \
		add_halves(squares, SQUARES_FRACTION_BITS, wrapped, high,      \
			   false);                                             \
		if (is_biased)                                                 \
			remove_bias(sum, squares, 31, n_elements,              \
				    (uint64_t)total, 0);                       \
	}

DEFINE_INTEGER_32_ALL(int32, int32_t, signed_integer, int32_factor,
		      IS_INT32_BIASED)
DEFINE_INTEGER_32_ALL(uint32, uint32_t, unsigned_integer, uint32_t, 0)

/*
 * 64 bits are high * 2^32 + low, and their square the sum of three products.
 * Of a signed number x they are those of x + 2^63.
 */
#define DEFINE_INTEGER_64_ALL(name, ctype, member, is_signed)                  \
	static void all_##name(                                                \
		const void *elements, size_t n_elements, struct range *range,  \
		int64_t *sum, struct infinities *infinities, int64_t *squares) \
	{                                                                      \
		const unaligned_##ctype *x = elements;                         \
		ctype min = x[0], max = x[0];                                  \
		uint64_t ll_wrapped = 0, lh_wrapped = 0, hh_wrapped = 0;       \
		uint64_t ll_high = 0, lh_high = 0, hh_high = 0;                \
		uint64_t wrapped = 0, total_high = 0;                          \
                                                                               \
		(void)infinities;                                              \
		for (size_t i = 0; i < n_elements; i++) {                      \
			const ctype value = x[i];                              \
			const uint64_t biased =                                \
				(uint64_t)value ^ (uint64_t)is_signed << 63;   \
			const uint64_t low = (uint32_t)biased;                 \
			const uint64_t high = biased >> 32;                    \
                                                                               \
			min = value < min ? value : min;                       \
			max = value > max ? value : max;                       \
			wrapped += biased;                                     \
			total_high += high;                                    \
			ll_wrapped += low * low;                               \
			ll_high += low * low >> 32;                            \
			lh_wrapped += low * high;                              \
			lh_high += low * high >> 32;                           \
			hh_wrapped += high * high;                             \
			hh_high += high * high >> 32;                          \
		}                                                              \
		range->min.member = min;                                       \
		range->max.member = max;                                       \
		range->n_nan = 0;                                              \
		add_halves(sum, SUM_FRACTION_BITS, wrapped, total_high,        \
			   false);                                             \
		add_halves(squares, SQUARES_FRACTION_BITS, ll_wrapped,         \
			   ll_high, false);                                    \
		add_halves(squares, SQUARES_FRACTION_BITS + 33, lh_wrapped,    \
			   lh_high, false);                                    \
		add_halves(squares, SQUARES_FRACTION_BITS + 64, hh_wrapped,    \
			   hh_high, false);                                    \
		if (is_signed)                                                 \
			remove_bias(sum, squares, 63, n_elements, wrapped,     \
				    total_high);                               \
	}

DEFINE_INTEGER_64_ALL(int64, int64_t, signed_integer, true)
DEFINE_INTEGER_64_ALL(uint64, uint64_t, unsigned_integer, false)

/* --- The table ----------------------------------------------------------- */

#define ROW(type, name) \
	[CONSUMER_##type] = { range_##name, sum_##name, all_##name }

const struct summary_kernels OF_VARIANT(integer_kernels)[CONSUMER_N_TYPES] = {
	ROW(BOOL, bool),     ROW(CHAR, uint8),	  ROW(INT8, int8),
	ROW(UINT8, uint8),   ROW(INT16, int16),	  ROW(UINT16, uint16),
	ROW(INT32, int32),   ROW(UINT32, uint32), ROW(INT64, int64),
	ROW(UINT64, uint64),
};
