/* SPDX-License-Identifier: MIT */
/* Ranges and exact sums of integers. */
#include "kernels.h"
#include "config.h"
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
 * Adds the sum of some 2^32 numbers of 64 bits at most, given as that sum
 * modulo 2^64 and the sum of their high halves.  What the low halves add up to
 * is the difference, since that is below 2^64.
 */
static void
add_halves(int64_t *limbs, unsigned position, uint64_t wrapped, uint64_t high)
{
	exact_add(limbs, position, wrapped - (high << 32), false);
	exact_add(limbs, position + 32, high, false);
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

#define DEFINE_INTEGER_64_SUM(name, ctype, high_ctype)                      \
	static void sum_##name(const void *elements, size_t n_elements,     \
			       int64_t *sum, struct infinities *infinities) \
	{                                                                   \
		const unaligned_##ctype *x = elements;                      \
		uint64_t wrapped = 0;                                       \
		int64_t high = 0;                                           \
                                                                            \
		(void)infinities;                                           \
		for (size_t i = 0; i < n_elements; i++) {                   \
			wrapped += (uint64_t)x[i];                          \
			high += (high_ctype)(x[i] >> 32);                   \
		}                                                           \
		exact_add(sum, SUM_FRACTION_BITS,                           \
			  wrapped - ((uint64_t)high << 32), false);         \
		add_signed(sum, SUM_FRACTION_BITS + 32, high);              \
	}

DEFINE_INTEGER_64_SUM(int64, int64_t, int32_t)
DEFINE_INTEGER_64_SUM(uint64, uint64_t, uint32_t)

/* --- All at once --------------------------------------------------------- */

/* In 'total_type' the sum of a block fits, in 'square_type' its squares. */
#define DEFINE_NARROW_INTEGER_ALL(name, ctype, member, total_type,             \
				  square_type, AS)                             \
	static void all_##name(                                                \
		const void *elements, size_t n_elements, struct range *range,  \
		int64_t *sum, struct infinities *infinities, int64_t *squares) \
	{                                                                      \
		const unaligned_##ctype *x = elements;                         \
		ctype min = AS(x[0]), max = AS(x[0]);                          \
		total_type total = 0;                                          \
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

DEFINE_NARROW_INTEGER_ALL(bool, uint8_t, boolean, int32_t, uint32_t, AS_BOOL)
DEFINE_NARROW_INTEGER_ALL(int8, int8_t, signed_integer, int32_t, uint32_t,
			  AS_IT_IS)
DEFINE_NARROW_INTEGER_ALL(uint8, uint8_t, unsigned_integer, int32_t, uint32_t,
			  AS_IT_IS)
DEFINE_NARROW_INTEGER_ALL(int16, int16_t, signed_integer, int32_t, uint64_t,
			  AS_IT_IS)
DEFINE_NARROW_INTEGER_ALL(uint16, uint16_t, unsigned_integer, int32_t, uint64_t,
			  AS_IT_IS)

#define DEFINE_INTEGER_32_ALL(name, ctype, member, wide_ctype)                 \
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
			const uint64_t square =                                \
				(uint64_t)((wide_ctype)value * value);         \
                                                                               \
			min = value < min ? value : min;                       \
			max = value > max ? value : max;                       \
			total += value;                                        \
			wrapped += square;                                     \
			high += square >> 32;                                  \
		}                                                              \
		range->min.member = min;                                       \
		range->max.member = max;                                       \
		range->n_nan = 0;                                              \
		add_signed(sum, SUM_FRACTION_BITS, total);                     \
		add_halves(squares, SQUARES_FRACTION_BITS, wrapped, high);     \
	}

DEFINE_INTEGER_32_ALL(int32, int32_t, signed_integer, int64_t)
DEFINE_INTEGER_32_ALL(uint32, uint32_t, unsigned_integer, uint64_t)

/* In steps that vectors have; -x would be a branch. */
#define MAGNITUDE_OF(x) (((uint64_t)(x) ^ SIGN_OF(x)) - SIGN_OF(x))
#define SIGN_OF(x)	(0 - ((uint64_t)(x) >> 63))

/*
 * A magnitude of 64 bits is high * 2^32 + low, and its square the sum of three
 * products.
 */
#define DEFINE_INTEGER_64_ALL(name, ctype, high_ctype, member, MAGNITUDE)      \
	static void all_##name(                                                \
		const void *elements, size_t n_elements, struct range *range,  \
		int64_t *sum, struct infinities *infinities, int64_t *squares) \
	{                                                                      \
		const unaligned_##ctype *x = elements;                         \
		ctype min = x[0], max = x[0];                                  \
		uint64_t ll_wrapped = 0, lh_wrapped = 0, hh_wrapped = 0;       \
		uint64_t ll_high = 0, lh_high = 0, hh_high = 0;                \
		uint64_t wrapped = 0;                                          \
		int64_t total_high = 0;                                        \
                                                                               \
		(void)infinities;                                              \
		for (size_t i = 0; i < n_elements; i++) {                      \
			const ctype value = x[i];                              \
			const uint64_t magnitude = MAGNITUDE(value);           \
			const uint64_t low = (uint32_t)magnitude;              \
			const uint64_t high = magnitude >> 32;                 \
                                                                               \
			min = value < min ? value : min;                       \
			max = value > max ? value : max;                       \
			wrapped += (uint64_t)value;                            \
			total_high += (high_ctype)(value >> 32);               \
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
		exact_add(sum, SUM_FRACTION_BITS,                              \
			  wrapped - ((uint64_t)total_high << 32), false);      \
		add_signed(sum, SUM_FRACTION_BITS + 32, total_high);           \
		add_halves(squares, SQUARES_FRACTION_BITS, ll_wrapped,         \
			   ll_high);                                           \
		add_halves(squares, SQUARES_FRACTION_BITS + 33, lh_wrapped,    \
			   lh_high);                                           \
		add_halves(squares, SQUARES_FRACTION_BITS + 64, hh_wrapped,    \
			   hh_high);                                           \
	}

DEFINE_INTEGER_64_ALL(int64, int64_t, int32_t, signed_integer, MAGNITUDE_OF)
DEFINE_INTEGER_64_ALL(uint64, uint64_t, uint32_t, unsigned_integer, AS_IT_IS)

/* --- The table ----------------------------------------------------------- */

#define ROW(type, name) \
	[CONSUMER_##type] = { range_##name, sum_##name, all_##name }

const struct summary_kernels OF_VARIANT(integer_kernels)[CONSUMER_N_TYPES] = {
	ROW(BOOL, bool),     ROW(CHAR, uint8),	  ROW(INT8, int8),
	ROW(UINT8, uint8),   ROW(INT16, int16),	  ROW(UINT16, uint16),
	ROW(INT32, int32),   ROW(UINT32, uint32), ROW(INT64, int64),
	ROW(UINT64, uint64),
};
