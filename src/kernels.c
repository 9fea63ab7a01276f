/* SPDX-License-Identifier: MIT */
/*
 * The kernels, in plain C that compilers turn into vectors.  The build compiles
 * this file once for each variant, with its name as KERNEL_VARIANT and its
 * machine options.
 */
#include "kernels.h"
#include "config.h"
#include "element.h"
#include "exact.h"

#include <float.h>
#include <math.h>

/* The widest vectors of the variant. */
#if defined(__AVX512F__)
#define VECTOR_BYTES 64
#elif defined(__AVX2__)
#define VECTOR_BYTES 32
#else
#define VECTOR_BYTES 16
#endif

/* Functions that the compiler shall copy, with their constant arguments. */
#define TEMPLATE static inline __attribute__((always_inline))

/* --- Elements from elsewhere --------------------------------------------- */

#define bswap_8(bits)  (bits)
#define bswap_16(bits) __builtin_bswap16(bits)
#define bswap_32(bits) __builtin_bswap32(bits)
#define bswap_64(bits) __builtin_bswap64(bits)

/* Compilers make vectors of the loops whose stride and order they know. */
#define DEFINE_GATHER(n_bits)                                               \
	TEMPLATE void gather_each_##n_bits(                                 \
		unsigned char *out, const unsigned char *from,              \
		ptrdiff_t stride, size_t n, bool is_swapped)                \
	{                                                                   \
		unaligned_uint##n_bits##_t *to =                            \
			(unaligned_uint##n_bits##_t *)out;                  \
                                                                            \
		for (size_t i = 0; i < n; i++) {                            \
			const uint##n_bits##_t bits =                       \
				*(const unaligned_uint##n_bits##_t *)from;  \
                                                                            \
			to[i] = is_swapped ? bswap_##n_bits(bits) : bits;   \
			from += stride;                                     \
		}                                                           \
	}                                                                   \
                                                                            \
	TEMPLATE void gather_order_##n_bits(                                \
		unsigned char *out, const unsigned char *from,              \
		ptrdiff_t stride, size_t n, bool is_swapped)                \
	{                                                                   \
		const ptrdiff_t itemsize = n_bits / 8;                      \
                                                                            \
		if (stride == itemsize)                                     \
			gather_each_##n_bits(out, from, itemsize, n,        \
					     is_swapped);                   \
		else if (stride == 2 * itemsize)                            \
			gather_each_##n_bits(out, from, 2 * itemsize, n,    \
					     is_swapped);                   \
		else                                                        \
			gather_each_##n_bits(out, from, stride, n,          \
					     is_swapped);                   \
	}                                                                   \
                                                                            \
	static void gather_##n_bits(                                        \
		unsigned char *out, const unsigned char *from,              \
		ptrdiff_t stride, size_t n, bool is_swapped)                \
	{                                                                   \
		if (is_swapped)                                             \
			gather_order_##n_bits(out, from, stride, n, true);  \
		else                                                        \
			gather_order_##n_bits(out, from, stride, n, false); \
	}

DEFINE_GATHER(8)
DEFINE_GATHER(16)
DEFINE_GATHER(32)
DEFINE_GATHER(64)

gather_kernel *const OF_VARIANT(gather_kernels)[9] = {
	[1] = gather_8,
	[2] = gather_16,
	[4] = gather_32,
	[8] = gather_64,
};

/* --- Searches ----------------------------------------------------------- */

/* find() and equal() decide once for so many elements. */
#define STRIDE 64

#define AS_IT_IS(x) (x)
#define AS_BOOL(x)  ((x) != 0)

#define DEFINE_SEARCH(name, ctype, member, AS)                              \
	static size_t find_##name(const void *elements, size_t n_elements,  \
				  ConsumerValue value)                      \
	{                                                                   \
		const unaligned_##ctype *x = elements;                      \
		const ctype wanted = (ctype)value.member;                   \
		size_t i = 0;                                               \
                                                                            \
		for (; i + STRIDE <= n_elements; i += STRIDE) {             \
			unsigned n = 0;                                     \
                                                                            \
			for (size_t j = 0; j < STRIDE; j++)                 \
				n += AS(x[i + j]) == wanted;                \
			if (n)                                              \
				break;                                      \
		}                                                           \
		while (i < n_elements && AS(x[i]) != wanted)                \
			i++;                                                \
		return i;                                                   \
	}                                                                   \
                                                                            \
	static size_t count_##name(const void *elements, size_t n_elements, \
				   ConsumerValue value)                     \
	{                                                                   \
		const unaligned_##ctype *x = elements;                      \
		const ctype wanted = (ctype)value.member;                   \
		size_t n = 0;                                               \
                                                                            \
		for (size_t i = 0; i < n_elements; i++)                     \
			n += AS(x[i]) == wanted;                            \
		return n;                                                   \
	}                                                                   \
                                                                            \
	static bool equal_##name(const void *elements, const void *others,  \
				 size_t n_elements)                         \
	{                                                                   \
		const unaligned_##ctype *x = elements, *y = others;         \
		size_t i = 0;                                               \
                                                                            \
		for (; i + STRIDE <= n_elements; i += STRIDE) {             \
			unsigned n = 0;                                     \
                                                                            \
			for (size_t j = 0; j < STRIDE; j++)                 \
				n += AS(x[i + j]) != AS(y[i + j]);          \
			if (n)                                              \
				return false;                               \
		}                                                           \
		while (i < n_elements && AS(x[i]) == AS(y[i]))              \
			i++;                                                \
		return i == n_elements;                                     \
	}

DEFINE_SEARCH(bool, uint8_t, boolean, AS_BOOL)
DEFINE_SEARCH(int8, int8_t, signed_integer, AS_IT_IS)
DEFINE_SEARCH(uint8, uint8_t, unsigned_integer, AS_IT_IS)
DEFINE_SEARCH(int16, int16_t, signed_integer, AS_IT_IS)
DEFINE_SEARCH(uint16, uint16_t, unsigned_integer, AS_IT_IS)
DEFINE_SEARCH(int32, int32_t, signed_integer, AS_IT_IS)
DEFINE_SEARCH(uint32, uint32_t, unsigned_integer, AS_IT_IS)
DEFINE_SEARCH(int64, int64_t, signed_integer, AS_IT_IS)
DEFINE_SEARCH(uint64, uint64_t, unsigned_integer, AS_IT_IS)
DEFINE_SEARCH(float32, float, floating, AS_IT_IS)
DEFINE_SEARCH(float64, double, floating, AS_IT_IS)

/* --- Integers ----------------------------------------------------------- */

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

static void
add_signed(int64_t *limbs, unsigned position, int64_t value)
{
	exact_add(limbs, position,
		  value < 0 ? -(uint64_t)value : (uint64_t)value, value < 0);
}

static void
add_wide(int64_t *limbs, unsigned position, struct wide value)
{
	exact_add(limbs, position, value.low, false);
	exact_add(limbs, position + 64, value.high, false);
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

/* --- Integers: all at once ----------------------------------------------- */

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

/* --- Floats: the range -------------------------------------------------- */

/*
 * Comparisons are false for NaN, which so leaves the minimum as it is.  Lanes
 * of their own keep the order of operations, so the compiler may use vectors
 * without being allowed to forget NaN.  It cannot see the sign of a zero: a
 * second look, only if a zero is the result, settles it (-0.0 < 0.0).
 */
#define DEFINE_FLOAT_RANGE(name, ctype, itype)                                \
	static bool has_zero_##name(const void *elements, size_t n_elements,  \
				    bool is_negative)                         \
	{                                                                     \
		const itype zero = (itype)is_negative                         \
				   << (sizeof(itype) * 8 - 1);                \
		const unaligned_##itype *x = elements;                        \
		size_t n = 0;                                                 \
                                                                              \
		for (size_t i = 0; i < n_elements; i++)                       \
			n += x[i] == zero;                                    \
		return n > 0;                                                 \
	}                                                                     \
                                                                              \
	static void range_##name(const void *elements, size_t n_elements,     \
				 struct range *out)                           \
	{                                                                     \
		enum { LANES = 2 * VECTOR_BYTES / sizeof(ctype) };            \
		const unaligned_##ctype *x = elements;                        \
		const size_t n_whole = n_elements - n_elements % LANES;       \
		ctype min[LANES], max[LANES];                                 \
		itype n_nan[LANES];                                           \
		size_t j;                                                     \
                                                                              \
		for (j = 0; j < LANES; j++) {                                 \
			min[j] = (ctype)INFINITY;                             \
			max[j] = -(ctype)INFINITY;                            \
			n_nan[j] = 0;                                         \
		}                                                             \
		for (size_t i = 0; i < n_whole; i += LANES) {                 \
			for (j = 0; j < LANES; j++) {                         \
				const ctype value = x[i + j];                 \
                                                                              \
				min[j] = value < min[j] ? value : min[j];     \
			}                                                     \
			for (j = 0; j < LANES; j++) {                         \
				const ctype value = x[i + j];                 \
                                                                              \
				max[j] = value > max[j] ? value : max[j];     \
			}                                                     \
			for (j = 0; j < LANES; j++)                           \
				n_nan[j] += x[i + j] != x[i + j];             \
		}                                                             \
		for (j = 0; j < n_elements - n_whole; j++) {                  \
			const ctype value = x[n_whole + j];                   \
                                                                              \
			min[j] = value < min[j] ? value : min[j];             \
			max[j] = value > max[j] ? value : max[j];             \
			n_nan[j] += value != value;                           \
		}                                                             \
		out->n_nan = (size_t)n_nan[0];                                \
		for (j = 1; j < LANES; j++) {                                 \
			min[0] = min[j] < min[0] ? min[j] : min[0];           \
			max[0] = max[j] > max[0] ? max[j] : max[0];           \
			out->n_nan += (size_t)n_nan[j];                       \
		}                                                             \
		if (min[0] == 0)                                              \
			min[0] = has_zero_##name(elements, n_elements, true)  \
					 ? -(ctype)0                          \
					 : (ctype)0;                          \
		if (max[0] == 0)                                              \
			max[0] = has_zero_##name(elements, n_elements, false) \
					 ? (ctype)0                           \
					 : -(ctype)0;                         \
		out->min.floating = min[0];                                   \
		out->max.floating = max[0];                                   \
	}

DEFINE_FLOAT_RANGE(float32, float, uint32_t)
DEFINE_FLOAT_RANGE(float64, double, uint64_t)

/* --- Floats: exact sums ------------------------------------------------- */

/* The layout of a float64. */
#define EXPONENT_MAX  0x7FF /* of infinities and NaN */
#define EXPONENT_BIAS 1023
#define MANTISSA_BITS 52
#define HIDDEN_BIT    (UINT64_C(1) << MANTISSA_BITS)

static int
exponent_of(uint64_t bits)
{
	return (int)(bits >> MANTISSA_BITS) & EXPONENT_MAX;
}

/* The significand of a number that is finite. */
static uint64_t
significand_of(uint64_t bits)
{
	return (bits & (HIDDEN_BIT - 1)) | (uint64_t)(exponent_of(bits) != 0)
						   << MANTISSA_BITS;
}

/* Where the lowest bit of that significand is in a sum. */
static unsigned
position_of(uint64_t bits)
{
	return (unsigned)(SUM_FRACTION_BITS - 1074 - 1 +
			  MAX(exponent_of(bits), 1));
}

/* The simple way, for few numbers; without 'squares' if that is NULL. */
static void
add_one_by_one(const unaligned_uint64_t *x, size_t n_elements, int64_t *sum,
	       struct infinities *infinities, int64_t *squares)
{
	for (size_t i = 0; i < n_elements; i++) {
		const bool is_negative = x[i] >> 63;
		const uint64_t significand = significand_of(x[i]);

		if (exponent_of(x[i]) == EXPONENT_MAX) {
			if (x[i] & (HIDDEN_BIT - 1))
				continue; /* NaN */
			infinities->n_positive += !is_negative;
			infinities->n_negative += is_negative;
			continue;
		}
		exact_add(sum, position_of(x[i]), significand, is_negative);
		if (squares)
			add_wide(
				squares, 2 * position_of(x[i]),
				wide_multiply_add(significand, significand, 0));
	}
}

/*
 * The fast way, splitting.  (x + anchor) - anchor, with anchor = 3 * 2^(51 +
 * e), is x rounded to a multiple of 2^e, exactly, and what that leaves of x is
 * exact, too: the extraction of S. Rump, T. Ogita and S. Oishi, "Accurate
 * floating-point summation, part I" (2008).  As long as some parts are
 * multiples of a power of two and their sum stays below 2^53 times that, a
 * float64 adds them without rounding.  So two float64 sums, of the high and of
 * the low parts, take in numbers whose exponents are not too far apart, three
 * take in more, and all is done in vectors, each lane with sums of its own.
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
static int
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
static double
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

/* Adds terms below 2^(highest + 1) of a multiple of LANES elements. */
TEMPLATE void
sum_in_parts(const void *elements, size_t n_elements, terms *terms_of,
	     int n_parts, int highest, int64_t *sum)
{
	const double anchors[MAX_PARTS - 1] = { anchor_of(highest, 0),
						anchor_of(highest, 1) };
	struct totals even = { { { 0 } } }, odd = { { { 0 } } };

	for (size_t i = 0; i < n_elements; i += LANES) {
		split(&even, terms_of(elements, i), n_parts, anchors);
		split(&odd, terms_of(elements, i + LANES / 2), n_parts,
		      anchors);
	}
	for (int part = 0; part < n_parts; part++) {
		const doubles total = even.parts[part] + odd.parts[part];

		add_one_by_one((const unaligned_uint64_t *)&total, LANES / 2,
			       sum, NULL, NULL);
	}
}

/* A constant number of parts lets the compiler unroll.  False: cannot split. */
TEMPLATE bool
sum_split(const void *elements, size_t n_elements, terms *terms_of, int highest,
	  int lowest, int64_t *sum)
{
	switch (count_parts(highest, lowest)) {
	case 1:
		sum_in_parts(elements, n_elements, terms_of, 1, highest, sum);
		return true;
	case 2:
		sum_in_parts(elements, n_elements, terms_of, 2, highest, sum);
		return true;
	case 3:
		sum_in_parts(elements, n_elements, terms_of, 3, highest, sum);
		return true;
	default:
		return false;
	}
}

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

#define DEFINE_FIND_EXPONENTS(name, utype, itype, n_mantissa_bits, bias)    \
	static struct exponents find_exponents_##name(const void *elements, \
						      size_t n_elements)    \
	{                                                                   \
		const utype mask = (utype)-1 >> 1;                          \
		const unaligned_##utype *x = elements;                      \
		/* As signed: that is what vectors can compare. */          \
		itype min = (itype)mask, max = 0;                           \
		int highest;                                                \
                                                                            \
		for (size_t i = 0; i < n_elements; i++) {                   \
			const itype magnitude = (itype)(x[i] & mask);       \
			/* 0 has no bits, and wraps to the most. */         \
			const itype below =                                 \
				(itype)(((utype)magnitude - 1) & mask);     \
                                                                            \
			min = below < min ? below : min;                    \
			max = magnitude > max ? magnitude : max;            \
		}                                                           \
		highest = (int)(max >> n_mantissa_bits) - bias;             \
		return (struct exponents){                                  \
			highest > bias ? EXPONENT_NOT_FINITE : highest,     \
			(int)(((utype)min + 1) >> n_mantissa_bits) - bias - \
				n_mantissa_bits,                            \
		};                                                          \
	}

DEFINE_FIND_EXPONENTS(float32, uint32_t, int32_t, 23, 127)
DEFINE_FIND_EXPONENTS(float64, uint64_t, int64_t, 52, 1023)

/*
 * The way for numbers that cannot be split: as integers, in a bin for each
 * exponent.  Neal's large superaccumulator does that for sums.
 */
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

#define DEFINE_BINS(name, utype, itype, total_type, square_type,               \
		    n_mantissa_bits, bias)                                     \
	enum { SIGN_BIT_##name = 8 * sizeof(utype) - 1 };                      \
                                                                               \
	/* A block's significands add up to no more than fits here. */         \
	struct bin_##name {                                                    \
		total_type total;                                              \
		square_type squares;                                           \
	};                                                                     \
                                                                               \
	static void fill_bins_##name(struct bin_##name *bins,                  \
				     const unaligned_##utype *x,               \
				     size_t n_elements)                        \
	{                                                                      \
		const utype hidden = (utype)1 << n_mantissa_bits;              \
                                                                               \
		for (size_t i = 0; i < n_elements; i++) {                      \
			const utype exponent =                                 \
				x[i] >> n_mantissa_bits & EXPONENT_MAX_##name; \
			const utype significand = (x[i] & (hidden - 1)) |      \
						  (utype)(exponent != 0)       \
							  << n_mantissa_bits;  \
			const utype sign = 0 - (x[i] >> SIGN_BIT_##name);      \
			struct bin_##name *bin = &bins[exponent];              \
                                                                               \
			/* x ^ -1 - -1 is -x, x ^ 0 - 0 is x */                \
			bin->total += (itype)((significand ^ sign) - sign);    \
			bin->squares +=                                        \
				(square_type)significand * significand;        \
		}                                                              \
	}                                                                      \
                                                                               \
	static void add_bins_##name(const struct bin_##name *bins, int first,  \
				    int last, int64_t *sum, int64_t *squares)  \
	{                                                                      \
		const unsigned zero =                                          \
			SUM_FRACTION_BITS - (bias)-n_mantissa_bits;            \
		const unsigned lowest = zero + (unsigned)first;                \
		struct rising total = begin_rising(sum, lowest);               \
		struct rising low = begin_rising(squares, 2 * lowest);         \
		struct rising high = begin_rising(squares, 2 * lowest + 64);   \
                                                                               \
		for (int i = first; i <= last; i++) {                          \
			const unsigned position = zero + (unsigned)i;          \
                                                                               \
			add_rising(&total, position, bins[i].total);           \
			if (!squares)                                          \
				continue;                                      \
			add_rising(&low, 2 * position,                         \
				   (uint64_t)bins[i].squares);                 \
			add_rising(&high, 2 * position + 64,                   \
				   (int128)((uint128)bins[i].squares >> 64));  \
		}                                                              \
		end_rising(&total);                                            \
		if (squares) {                                                 \
			end_rising(&low);                                      \
			end_rising(&high);                                     \
		}                                                              \
	}                                                                      \
                                                                               \
	static void count_infinities_##name(const unaligned_##utype *x,        \
					    size_t n_elements,                 \
					    struct infinities *infinities)     \
	{                                                                      \
		const utype infinity = (utype)EXPONENT_MAX_##name              \
				       << n_mantissa_bits;                     \
		const utype sign = (utype)1 << SIGN_BIT_##name;                \
		utype n_positive = 0, n_negative = 0;                          \
                                                                               \
		for (size_t i = 0; i < n_elements; i++) {                      \
			n_positive += x[i] == infinity;                        \
			n_negative += x[i] == (infinity | sign);               \
		}                                                              \
		infinities->n_positive += n_positive;                          \
		infinities->n_negative += n_negative;                          \
	}                                                                      \
                                                                               \
	static void add_binned_##name(                                         \
		const unaligned_##utype *x, size_t n_elements,                 \
		struct exponents exponents, int64_t *sum,                      \
		struct infinities *infinities, int64_t *squares)               \
	{                                                                      \
		const bool is_finite =                                         \
			exponents.highest != EXPONENT_NOT_FINITE;              \
		const int first =                                              \
			MAX(exponents.lowest + n_mantissa_bits + (bias), 1);   \
		const int last = is_finite                                     \
					 ? MAX(exponents.highest + (bias), 1)  \
					 : EXPONENT_MAX_##name;                \
		struct bin_##name bins[EXPONENT_MAX_##name + 1];               \
                                                                               \
		bins[0] = (struct bin_##name){ 0, 0 };                         \
		for (int i = first; i <= last; i++)                            \
			bins[i] = (struct bin_##name){ 0, 0 };                 \
		fill_bins_##name(bins, x, n_elements);                         \
		/* Zeros and subnormals weigh as what comes next. */           \
		bins[first].total += bins[0].total;                            \
		bins[first].squares += bins[0].squares;                        \
		add_bins_##name(bins, first, last - !is_finite, sum, squares); \
		if (!is_finite)                                                \
			count_infinities_##name(x, n_elements, infinities);    \
	}

#define EXPONENT_MAX_float32 0xFF
#define EXPONENT_MAX_float64 EXPONENT_MAX

DEFINE_BINS(float32, uint32_t, int32_t, int64_t, uint64_t, 23, 127)
DEFINE_BINS(float64, uint64_t, int64_t, int128, uint128, 52, 1023)
#else
/* 32-bit machines take them one by one. */
#define add_binned_float32(x, n_elements, exponents, sum, infinities, squares) \
	add_float32_one_by_one(x, n_elements, sum, infinities, squares)
#define add_binned_float64(x, n_elements, exponents, sum, infinities, squares) \
	add_one_by_one(x, n_elements, sum, infinities, squares)
#endif

/*
 * The way between: where a few numbers are far below the others, they are set
 * apart and added one by one.  The others can be split, up to MAX_SPREAD bits,
 * of which they and what their squares have must not be more than MAX_PARTS.
 */
enum {
	MAX_APART = 256,
	MAX_SPREAD_float32 = (MAX_PARTS * PART_BITS - 2) / 2,
	MAX_SPREAD_float64 = (MAX_PARTS * PART_BITS + 50) / 2,
};

/* The numbers of a block, but what is set apart; these have a zero. */
struct apart {
	double others[CONSUMER_BLOCK_BYTES / sizeof(double)];
	double few[MAX_APART];
	size_t n_few;
};

#define DEFINE_SET_APART(name, utype, itype, n_mantissa_bits, bias)           \
	/* False: there are more than a few, or nothing is gained. */         \
	static bool set_apart_##name(const void *elements, size_t n_elements, \
				     int highest, struct apart *apart)        \
	{                                                                     \
		const unaligned_##utype *x = elements;                        \
		const int exponent = highest - MAX_SPREAD_##name +            \
				     n_mantissa_bits + (bias);                \
		const itype least =                                           \
			(itype)((utype)exponent << n_mantissa_bits);          \
		unaligned_##utype *others =                                   \
			(unaligned_##utype *)apart->others;                   \
		unaligned_##utype *few = (unaligned_##utype *)apart->few;     \
		size_t n_few = 0;                                             \
                                                                              \
		if (highest == EXPONENT_NOT_FINITE || exponent < 1)           \
			return false;                                         \
		for (size_t i = 0; i < n_elements; i += LANES) {              \
			utype n = 0;                                          \
                                                                              \
			for (size_t j = i; j < i + LANES; j++) {              \
				const itype magnitude =                       \
					(itype)(x[j] & (utype)-1 >> 1);       \
				const bool is_low = magnitude < least;        \
                                                                              \
				others[j] = x[j] & (0 - (utype)!is_low);      \
				n += is_low & (magnitude > 0);                \
			}                                                     \
			if (n == 0)                                           \
				continue;                                     \
			if (n_few + LANES > MAX_APART)                        \
				return false;                                 \
			for (size_t j = i; j < i + LANES; j++) {              \
				few[n_few] = x[j];                            \
				n_few += others[j] != x[j];                   \
			}                                                     \
		}                                                             \
		apart->n_few = n_few;                                         \
		return true;                                                  \
	}

DEFINE_SET_APART(float32, uint32_t, int32_t, 23, 127)
DEFINE_SET_APART(float64, uint64_t, int64_t, 52, 1023)

/* Fewer than these are added one by one. */
#define MIN_BINNED 64

TEMPLATE doubles
float64_terms(const void *elements, size_t i)
{
	doubles values;

	memcpy(&values, (const unaligned_double *)elements + i, sizeof(values));
	return values;
}

TEMPLATE doubles
square_terms(const void *elements, size_t i)
{
	const doubles values = float64_terms(elements, i);

	return values * values;
}

/*
 * What rounding took from the square, exactly.  Without the machine's fused
 * operation: T. J. Dekker, "A floating-point technique for extending the
 * available precision" (1971).
 */
TEMPLATE doubles
square_error_terms(const void *elements, size_t i)
{
	const doubles values = float64_terms(elements, i);
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

/* The limbs of a sum of squares that have the weights of a sum's. */
static int64_t *
as_sum(int64_t *squares)
{
	return squares + (SQUARES_FRACTION_BITS - SUM_FRACTION_BITS) / 32;
}

static bool
split_squares_float64(const void *elements, size_t n_elements,
		      struct exponents exponents, int64_t *squares)
{
	/* Of the rounded squares; what rounding took is below their lowest */
	const int highest = 2 * exponents.highest + 1;
	const int lowest = 2 * exponents.lowest + MANTISSA_BITS;

	if (!count_parts(highest, lowest) ||
	    !count_parts(highest - 53, lowest - 52))
		return false;
	sum_split(elements, n_elements, square_terms, highest, lowest,
		  as_sum(squares));
	sum_split(elements, n_elements, square_error_terms, highest - 53,
		  lowest - 52, as_sum(squares));
	return true;
}

/* 'squares' may be NULL, here and below.  False: nothing was added. */
static bool
split_float64(const void *elements, size_t n_elements,
	      struct exponents exponents, int64_t *sum, int64_t *squares)
{
	if (!count_parts(exponents.highest, exponents.lowest) ||
	    (squares &&
	     !split_squares_float64(elements, n_elements, exponents, squares)))
		return false;
	return sum_split(elements, n_elements, float64_terms, exponents.highest,
			 exponents.lowest, sum);
}

static __attribute__((noinline)) bool
split_apart_float64(const void *elements, size_t n_elements, int highest,
		    int64_t *sum, int64_t *squares)
{
	const struct exponents exponents = { highest,
					     highest - MAX_SPREAD_float64 };
	struct apart apart;

	if (!set_apart_float64(elements, n_elements, highest, &apart) ||
	    !split_float64(apart.others, n_elements, exponents, sum, squares))
		return false;
	add_one_by_one((const unaligned_uint64_t *)apart.few, apart.n_few, sum,
		       NULL, squares);
	return true;
}

static void
add_float64(const void *elements, size_t n_elements, int64_t *sum,
	    struct infinities *infinities, int64_t *squares)
{
	const unaligned_uint64_t *x = elements;
	const size_t n_split = n_elements - n_elements % LANES;
	const struct exponents bits = find_exponents_float64(x, n_split);

	if (n_split < MIN_BINNED)
		add_one_by_one(x, n_split, sum, infinities, squares);
	else if (!split_float64(x, n_split, bits, sum, squares) &&
		 !split_apart_float64(x, n_split, bits.highest, sum, squares))
		add_binned_float64(x, n_split, bits, sum, infinities, squares);
	add_one_by_one(x + n_split, n_elements - n_split, sum, infinities,
		       squares);
}

static void
sum_float64(const void *elements, size_t n_elements, int64_t *sum,
	    struct infinities *infinities)
{
	add_float64(elements, n_elements, sum, infinities, NULL);
}

static void
all_float64(const void *elements, size_t n_elements, struct range *range,
	    int64_t *sum, struct infinities *infinities, int64_t *squares)
{
	range_float64(elements, n_elements, range);
	add_float64(elements, n_elements, sum, infinities, squares);
}

/* --- Narrower floats ----------------------------------------------------- */

TEMPLATE doubles
float32_terms(const void *elements, size_t i)
{
	typedef float floats __attribute__((vector_size(VECTOR_BYTES / 2)));
	floats values;

	memcpy(&values, (const unaligned_float *)elements + i, sizeof(values));
	return __builtin_convertvector(values, doubles);
}

/* 24 bits squared are 48: nothing is rounded. */
TEMPLATE doubles
float32_square_terms(const void *elements, size_t i)
{
	const doubles values = float32_terms(elements, i);

	return values * values;
}

static void
add_float32_one_by_one(const unaligned_float *x, size_t n_elements,
		       int64_t *sum, struct infinities *infinities,
		       int64_t *squares)
{
	for (size_t i = 0; i < n_elements; i++) {
		const double value = x[i];

		add_one_by_one((const unaligned_uint64_t *)&value, 1, sum,
			       infinities, squares);
	}
}

static bool
split_float32(const void *elements, size_t n_elements,
	      struct exponents exponents, int64_t *sum, int64_t *squares)
{
	const int highest = 2 * exponents.highest + 1;
	const int lowest = 2 * exponents.lowest;

	if (!count_parts(exponents.highest, exponents.lowest) ||
	    (squares && !sum_split(elements, n_elements, float32_square_terms,
				   highest, lowest, as_sum(squares))))
		return false;
	return sum_split(elements, n_elements, float32_terms, exponents.highest,
			 exponents.lowest, sum);
}

static __attribute__((noinline)) bool
split_apart_float32(const void *elements, size_t n_elements, int highest,
		    int64_t *sum, int64_t *squares)
{
	const struct exponents exponents = { highest,
					     highest - MAX_SPREAD_float32 };
	struct apart apart;

	if (!set_apart_float32(elements, n_elements, highest, &apart) ||
	    !split_float32(apart.others, n_elements, exponents, sum, squares))
		return false;
	add_float32_one_by_one((const unaligned_float *)apart.few, apart.n_few,
			       sum, NULL, squares);
	return true;
}

static void
add_float32(const void *elements, size_t n_elements, int64_t *sum,
	    struct infinities *infinities, int64_t *squares)
{
	const unaligned_float *x = elements;
	const size_t n_split = n_elements - n_elements % LANES;
	const struct exponents bits = find_exponents_float32(x, n_split);

	if (n_split < MIN_BINNED)
		add_float32_one_by_one(x, n_split, sum, infinities, squares);
	else if (!split_float32(x, n_split, bits, sum, squares) &&
		 !split_apart_float32(x, n_split, bits.highest, sum, squares))
		add_binned_float32(elements, n_split, bits, sum, infinities,
				   squares);
	add_float32_one_by_one(x + n_split, n_elements - n_split, sum,
			       infinities, squares);
}

static void
sum_float32(const void *elements, size_t n_elements, int64_t *sum,
	    struct infinities *infinities)
{
	add_float32(elements, n_elements, sum, infinities, NULL);
}

static void
all_float32(const void *elements, size_t n_elements, struct range *range,
	    int64_t *sum, struct infinities *infinities, int64_t *squares)
{
	range_float32(elements, n_elements, range);
	add_float32(elements, n_elements, sum, infinities, squares);
}

#define N_WIDENED 4096

static float
widen_float16(uint16_t half)
{
	return half_to_float(half);
}

/*
 * Does 'action' for up to N_WIDENED elements at a time: the 'n' elements from
 * 'first' on, as wider numbers in 'widened'.
 */
#define FOR_EACH_WIDENED(narrow, wide, widen, action)                 \
	for (size_t first = 0, n; first < n_elements; first += n) {   \
		const unaligned_##narrow *x =                         \
			(const unaligned_##narrow *)elements + first; \
		wide widened[N_WIDENED];                              \
                                                                      \
		n = MIN(n_elements - first, N_WIDENED);               \
		for (size_t i = 0; i < n; i++)                        \
			widened[i] = widen(x[i]);                     \
		action                                                \
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

#define NO_RANGE                                                       \
	(struct range)                                                 \
	{                                                              \
		{ .floating = INFINITY }, { .floating = -INFINITY }, 0 \
	}

static void
range_float16(const void *elements, size_t n_elements, struct range *out)
{
	*out = NO_RANGE;
	FOR_EACH_WIDENED(uint16_t, float, widen_float16, {
		struct range part;

		range_float32(widened, n, &part);
		join_ranges(out, &part);
	})
}

static void
sum_float16(const void *elements, size_t n_elements, int64_t *sum,
	    struct infinities *infinities)
{
	FOR_EACH_WIDENED(uint16_t, float, widen_float16,
			 sum_float32(widened, n, sum, infinities);)
}

static void
all_float16(const void *elements, size_t n_elements, struct range *range,
	    int64_t *sum, struct infinities *infinities, int64_t *squares)
{
	*range = NO_RANGE;
	FOR_EACH_WIDENED(uint16_t, float, widen_float16, {
		struct range part;

		all_float32(widened, n, &part, sum, infinities, squares);
		join_ranges(range, &part);
	})
}

static size_t
find_float16(const void *elements, size_t n_elements, ConsumerValue value)
{
	FOR_EACH_WIDENED(uint16_t, float, widen_float16, {
		const size_t index = find_float32(widened, n, value);

		if (index < n)
			return first + index;
	})
	return n_elements;
}

static size_t
count_float16(const void *elements, size_t n_elements, ConsumerValue value)
{
	size_t n_found = 0;

	FOR_EACH_WIDENED(uint16_t, float, widen_float16,
			 n_found += count_float32(widened, n, value);)
	return n_found;
}

static bool
equal_float16(const void *elements, const void *others, size_t n_elements)
{
	FOR_EACH_WIDENED(uint16_t, float, widen_float16, {
		const unaligned_uint16_t *y =
			(const unaligned_uint16_t *)others + first;

		for (size_t i = 0; i < n; i++) {
			if (widened[i] != widen_float16(y[i]))
				return false;
		}
	})
	return true;
}

/* --- The table ---------------------------------------------------------- */

#define ROW(type, name)                                               \
	[CONSUMER_##type] = { range_##name, sum_##name,	  all_##name, \
			      find_##name,  count_##name, equal_##name }

const struct kernels OF_VARIANT(kernels)[CONSUMER_N_TYPES] = {
	ROW(BOOL, bool),       ROW(CHAR, uint8),      ROW(INT8, int8),
	ROW(UINT8, uint8),     ROW(INT16, int16),     ROW(UINT16, uint16),
	ROW(INT32, int32),     ROW(UINT32, uint32),   ROW(INT64, int64),
	ROW(UINT64, uint64),   ROW(FLOAT16, float16), ROW(FLOAT32, float32),
	ROW(FLOAT64, float64),
};
