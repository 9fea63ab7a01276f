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
		for (size_t i = 1; i < n_elements; i++) {                 \
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

/* A block has at most 2^15 elements: sums of 32-bit halves fit 64 bits. */
#define DEFINE_INTEGER_SUM(name, ctype, AS)                                  \
	static void sum_##name(const void *elements, size_t n_elements,      \
			       int64_t *sum, struct infinities *infinities)  \
	{                                                                    \
		const unaligned_##ctype *x = elements;                       \
		int64_t total = 0;                                           \
                                                                             \
		(void)infinities;                                            \
		for (size_t i = 0; i < n_elements; i++)                      \
			total += AS(x[i]);                                   \
		add_signed(sum, SUM_FRACTION_BITS, total);                   \
	}                                                                    \
                                                                             \
	static void squares_##name(const void *elements, size_t n_elements,  \
				   int64_t *squares)                         \
	{                                                                    \
		const unaligned_##ctype *x = elements;                       \
		uint64_t low = 0, high = 0;                                  \
                                                                             \
		for (size_t i = 0; i < n_elements; i++) {                    \
			/* Wraps to the same square for a negative number */ \
			const uint64_t value = (uint64_t)(int64_t)AS(x[i]);  \
			const uint64_t square = value * value;               \
                                                                             \
			low += (uint32_t)square;                             \
			high += square >> 32;                                \
		}                                                            \
		exact_add(squares, SQUARES_FRACTION_BITS, low, false);       \
		exact_add(squares, SQUARES_FRACTION_BITS + 32, high, false); \
	}

DEFINE_INTEGER_SUM(bool, uint8_t, AS_BOOL)
DEFINE_INTEGER_SUM(int8, int8_t, AS_IT_IS)
DEFINE_INTEGER_SUM(uint8, uint8_t, AS_IT_IS)
DEFINE_INTEGER_SUM(int16, int16_t, AS_IT_IS)
DEFINE_INTEGER_SUM(uint16, uint16_t, AS_IT_IS)
DEFINE_INTEGER_SUM(int32, int32_t, AS_IT_IS)
DEFINE_INTEGER_SUM(uint32, uint32_t, AS_IT_IS)

#define DEFINE_INTEGER_64_SUM(name, ctype, high_ctype, MAGNITUDE)           \
	static void sum_##name(const void *elements, size_t n_elements,     \
			       int64_t *sum, struct infinities *infinities) \
	{                                                                   \
		const unaligned_##ctype *x = elements;                      \
		uint64_t low = 0;                                           \
		int64_t high = 0;                                           \
                                                                            \
		(void)infinities;                                           \
		for (size_t i = 0; i < n_elements; i++) {                   \
			low += (uint32_t)x[i];                              \
			high += (high_ctype)(x[i] >> 32);                   \
		}                                                           \
		exact_add(sum, SUM_FRACTION_BITS, low, false);              \
		add_signed(sum, SUM_FRACTION_BITS + 32, high);              \
	}                                                                   \
                                                                            \
	static void squares_##name(const void *elements, size_t n_elements, \
				   int64_t *squares)                        \
	{                                                                   \
		const unaligned_##ctype *x = elements;                      \
		/* The sums of the quarters of all squares */               \
		uint64_t quarters[4] = { 0 };                               \
                                                                            \
		for (size_t i = 0; i < n_elements; i++) {                   \
			const ctype value = x[i];                           \
			const uint64_t magnitude = MAGNITUDE(value);        \
			const struct wide square =                          \
				wide_multiply_add(magnitude, magnitude, 0); \
                                                                            \
			quarters[0] += (uint32_t)square.low;                \
			quarters[1] += square.low >> 32;                    \
			quarters[2] += (uint32_t)square.high;               \
			quarters[3] += square.high >> 32;                   \
		}                                                           \
		for (unsigned i = 0; i < 4; i++)                            \
			exact_add(squares, SQUARES_FRACTION_BITS + 32 * i,  \
				  quarters[i], false);                      \
	}

#define MAGNITUDE_OF(x) ((x) < 0 ? -(uint64_t)(x) : (uint64_t)(x))

DEFINE_INTEGER_64_SUM(int64, int64_t, int32_t, MAGNITUDE_OF)
DEFINE_INTEGER_64_SUM(uint64, uint64_t, uint32_t, AS_IT_IS)

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

/* The simple way, for any numbers and for few. */
static void
sum_one_by_one(const unaligned_uint64_t *x, size_t n_elements, int64_t *sum,
	       struct infinities *infinities)
{
	for (size_t i = 0; i < n_elements; i++) {
		const bool is_negative = x[i] >> 63;

		if (exponent_of(x[i]) < EXPONENT_MAX) {
			exact_add(sum, position_of(x[i]), significand_of(x[i]),
				  is_negative);
		} else if ((x[i] & (HIDDEN_BIT - 1)) == 0) {
			infinities->n_positive += !is_negative;
			infinities->n_negative += is_negative;
		}
	}
}

static void
squares_one_by_one(const unaligned_uint64_t *x, size_t n_elements,
		   int64_t *squares)
{
	for (size_t i = 0; i < n_elements; i++) {
		const uint64_t significand = significand_of(x[i]);

		if (exponent_of(x[i]) < EXPONENT_MAX)
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
	/* The most elements of a block that a lane adds: float32 has these */
	LANE_LENGTH = CONSUMER_BLOCK_BYTES / sizeof(float) / LANES,
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

/* Functions that the compiler shall copy, with their constant arguments. */
#define TEMPLATE static inline __attribute__((always_inline))

/* What is added for element 'i'. */
typedef double term(const void *elements, size_t i);

/* Adds terms below 2^(highest + 1) of a multiple of LANES elements. */
TEMPLATE void
sum_in_parts(const void *elements, size_t n_elements, term *term_of,
	     int n_parts, int highest, int64_t *sum)
{
	double totals[MAX_PARTS][LANES] = { { 0 } };
	double anchors[MAX_PARTS - 1];

	for (int part = 0; part < n_parts - 1; part++)
		anchors[part] = anchor_of(highest, part);
	for (size_t i = 0; i < n_elements; i += LANES) {
		for (int lane = 0; lane < LANES; lane++) {
			double rest = term_of(elements, i + (size_t)lane);

			for (int part = 0; part < n_parts - 1; part++) {
				const double high =
					(rest + anchors[part]) - anchors[part];

				totals[part][lane] += high;
				rest -= high;
			}
			totals[n_parts - 1][lane] += rest;
		}
	}
	sum_one_by_one((const unaligned_uint64_t *)totals,
		       (size_t)n_parts * LANES, sum, NULL);
}

/* A constant number of parts lets the compiler unroll.  False: cannot split. */
TEMPLATE bool
sum_split(const void *elements, size_t n_elements, term *term_of, int highest,
	  int lowest, int64_t *sum)
{
	switch (count_parts(highest, lowest)) {
	case 1:
		sum_in_parts(elements, n_elements, term_of, 1, highest, sum);
		return true;
	case 2:
		sum_in_parts(elements, n_elements, term_of, 2, highest, sum);
		return true;
	case 3:
		sum_in_parts(elements, n_elements, term_of, 3, highest, sum);
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

TEMPLATE double
float64_term(const void *elements, size_t i)
{
	return ((const unaligned_double *)elements)[i];
}

static void
sum_float64(const void *elements, size_t n_elements, int64_t *sum,
	    struct infinities *infinities)
{
	const unaligned_uint64_t *x = elements;
	const size_t n_split = n_elements - n_elements % LANES;
	const struct exponents bits = find_exponents_float64(x, n_split);

	if (!sum_split(x, n_split, float64_term, bits.highest, bits.lowest,
		       sum))
		sum_one_by_one(x, n_split, sum, infinities);
	sum_one_by_one(x + n_split, n_elements - n_split, sum, infinities);
}

TEMPLATE double
square_term(const void *elements, size_t i)
{
	const double value = float64_term(elements, i);

	return value * value;
}

/*
 * What rounding took from the square, exactly.  Without the machine's fused
 * operation: T. J. Dekker, "A floating-point technique for extending the
 * available precision" (1971).
 */
TEMPLATE double
square_error_term(const void *elements, size_t i)
{
	const double value = float64_term(elements, i);
	const double square = value * value;
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
	return __builtin_fma(value, value, -square);
#else
	const double scaled = value * 134217729.0; /* 2^27 + 1 */
	const double high = scaled - (scaled - value);
	const double low = value - high;

	return ((high * high - square) + 2 * high * low) + low * low;
#endif
}

/* The limbs of a sum of squares that have the weights of a sum's. */
static int64_t *
as_sum(int64_t *squares)
{
	return squares + (SQUARES_FRACTION_BITS - SUM_FRACTION_BITS) / 32;
}

static void
squares_float64(const void *elements, size_t n_elements, int64_t *squares)
{
	const unaligned_uint64_t *x = elements;
	const size_t n_split = n_elements - n_elements % LANES;
	const struct exponents bits = find_exponents_float64(x, n_split);
	/* Of the rounded squares; what rounding took is below their lowest */
	const int highest = 2 * bits.highest + 1;
	const int lowest = 2 * bits.lowest + MANTISSA_BITS;

	if (count_parts(highest, lowest) &&
	    count_parts(highest - 53, lowest - 52)) {
		sum_split(x, n_split, square_term, highest, lowest,
			  as_sum(squares));
		sum_split(x, n_split, square_error_term, highest - 53,
			  lowest - 52, as_sum(squares));
	} else {
		squares_one_by_one(x, n_split, squares);
	}
	squares_one_by_one(x + n_split, n_elements - n_split, squares);
}

/* --- Narrower floats, by way of wider ones ------------------------------ */

#define N_WIDENED 512

static float
widen_float16(uint16_t half)
{
	return half_to_float(half);
}

static double
widen_float32(float value)
{
	return value;
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

TEMPLATE double
float32_term(const void *elements, size_t i)
{
	return ((const unaligned_float *)elements)[i];
}

static void
sum_float32(const void *elements, size_t n_elements, int64_t *sum,
	    struct infinities *infinities)
{
	const struct exponents bits =
		find_exponents_float32(elements, n_elements);

	if (n_elements % LANES == 0 &&
	    sum_split(elements, n_elements, float32_term, bits.highest,
		      bits.lowest, sum))
		return;
	FOR_EACH_WIDENED(float, double, widen_float32,
			 sum_float64(widened, n, sum, infinities);)
}

/* 24 bits squared are 48: nothing is rounded. */
TEMPLATE double
float32_square_term(const void *elements, size_t i)
{
	const double value = float32_term(elements, i);

	return value * value;
}

static void
squares_float32(const void *elements, size_t n_elements, int64_t *squares)
{
	const struct exponents bits =
		find_exponents_float32(elements, n_elements);

	if (n_elements % LANES == 0 &&
	    sum_split(elements, n_elements, float32_square_term,
		      2 * bits.highest + 1, 2 * bits.lowest, as_sum(squares)))
		return;
	FOR_EACH_WIDENED(float, double, widen_float32,
			 squares_float64(widened, n, squares);)
}

static void
range_float16(const void *elements, size_t n_elements, struct range *out)
{
	struct range range = { { .floating = INFINITY },
			       { .floating = -INFINITY },
			       0 };

	FOR_EACH_WIDENED(uint16_t, float, widen_float16, {
		struct range part;

		range_float32(widened, n, &part);
		range.n_nan += part.n_nan;
		if (is_less(part.min.floating, range.min.floating))
			range.min = part.min;
		if (is_less(range.max.floating, part.max.floating))
			range.max = part.max;
	})
	*out = range;
}

static void
sum_float16(const void *elements, size_t n_elements, int64_t *sum,
	    struct infinities *infinities)
{
	FOR_EACH_WIDENED(uint16_t, float, widen_float16,
			 sum_float32(widened, n, sum, infinities);)
}

static void
squares_float16(const void *elements, size_t n_elements, int64_t *squares)
{
	FOR_EACH_WIDENED(uint16_t, float, widen_float16,
			 squares_float32(widened, n, squares);)
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

#define ROW(type, name)                                                   \
	[CONSUMER_##type] = { range_##name, sum_##name,	  squares_##name, \
			      find_##name,  count_##name, equal_##name }

const struct kernels OF_VARIANT(kernels)[CONSUMER_N_TYPES] = {
	ROW(BOOL, bool),       ROW(CHAR, uint8),      ROW(INT8, int8),
	ROW(UINT8, uint8),     ROW(INT16, int16),     ROW(UINT16, uint16),
	ROW(INT32, int32),     ROW(UINT32, uint32),   ROW(INT64, int64),
	ROW(UINT64, uint64),   ROW(FLOAT16, float16), ROW(FLOAT32, float32),
	ROW(FLOAT64, float64),
};
