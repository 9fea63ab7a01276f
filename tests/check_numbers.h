/* SPDX-License-Identifier: MIT */
/*
 * check_numbers.h - what the tests of kernels, sums and comparisons share:
 * every variant of the kernels, every mode of the CPU, elements made of bits,
 * and a slow way to add a float64 to an exact sum.
 */
#ifndef CHECK_NUMBERS_H
#define CHECK_NUMBERS_H

#include "check_run.h"
#include "exact.h"
#include "float_mode.h"
#include "kernels.h"

#include <fenv.h>
#include <math.h>
#include <stdlib.h>
#ifdef __SSE2__
#include <xmmintrin.h>
#endif

/* --- Variants ----------------------------------------------------------- */

static const char *const variants[] = { "portable", "avx2", "avx512" };

#define N_VARIANTS ((int)ARRAY_LEN(variants))

/*
 * Makes the kernels those of variant 'i'; to be called before anything else
 * uses a kernel, as each test is a process of its own.  False: skip the test.
 */
static inline bool
use_variant(int i)
{
	setenv("CONSUMER_KERNELS", variants[i], true);
	if (strcmp(kernels_name(), variants[i]) == 0)
		return true;
	printf("skipped: no %s kernels in this build or CPU\n", variants[i]);
	fflush(stdout);
	return false;
}

/* --- Modes of the CPU --------------------------------------------------- */

#ifdef __SSE2__

/*
 * In MXCSR: rounding down, up and to zero; flushing results to zero and taking
 * operands for it; a trap at each exception.
 */
static const unsigned float_modes[] = {
	0x1F80, 0x3F80, 0x5F80, 0x7F80, 0x9FC0, 0xFFC0, 0x0000,
};

#define N_FLOAT_MODES ((int)ARRAY_LEN(float_modes))

static inline void
enter_float_mode(int i)
{
	_mm_setcsr(float_modes[i]);
}

/* Back to the default; the library must have left the mode as it was. */
static inline void
leave_float_mode(int i)
{
	const unsigned mode = _mm_getcsr();

	_mm_setcsr(float_modes[0]);
	ck_assert_uint_eq(mode & ~0x3Fu, float_modes[i] & ~0x3Fu);
}

#else

/* Elsewhere: roundings, and with each but the first subnormals are flushed. */
static const int float_modes[] = {
	FE_TONEAREST,
#if defined(FE_DOWNWARD) && defined(FE_UPWARD) && defined(FE_TOWARDZERO)
	FE_DOWNWARD,
	FE_UPWARD,
	FE_TOWARDZERO,
#endif
};

#if defined(__aarch64__) || defined(__ARM_FP)
#define FLUSH (1u << 24)
#else
#define FLUSH 0u
#endif

#define N_FLOAT_MODES ((int)ARRAY_LEN(float_modes))

static inline void
enter_float_mode(int i)
{
	fesetround(float_modes[i]);
	float_mode_set(float_mode_get() | (i > 0 ? FLUSH : 0));
}

static inline void
leave_float_mode(int i)
{
	const int rounding = fegetround();
	const unsigned flush = float_mode_get() & FLUSH;

	float_mode_set(FLOAT_MODE_DEFAULT);
	ck_assert_int_eq(rounding, float_modes[i]);
	ck_assert_uint_eq(flush, i > 0 ? FLUSH : 0);
}

#endif

/* --- Elements ----------------------------------------------------------- */

static inline ConsumerElement
element_in_order(ConsumerType type, bool is_big_endian)
{
	ConsumerElement element = consumer_element(type);

	element.byte_order =
		is_big_endian ? CONSUMER_BIG_ENDIAN : CONSUMER_LITTLE_ENDIAN;
	return element;
}

/* Writes the bits of an element, byte by byte. */
static inline void
put_bits(ConsumerElement element, void *address, uint64_t bits)
{
	unsigned char *bytes = address;
	const size_t n = element.itemsize;

	for (size_t i = 0; i < n; i++)
		bytes[element.byte_order == CONSUMER_BIG_ENDIAN ? n - 1 - i
								: i] =
			(unsigned char)(bits >> 8 * i);
}

static inline uint64_t
bits_of_double(double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

static inline double
double_of_bits(uint64_t bits)
{
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static inline uint32_t
bits_of_float(float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

/* Whether both are NaN, or the same to the bit. */
static inline bool
is_same_double(double a, double b)
{
	return isnan(a) ? isnan(b) : bits_of_double(a) == bits_of_double(b);
}

#define ck_assert_same_double(got, want)                                      \
	do {                                                                  \
		const double got_ = (got), want_ = (want);                    \
		expect(is_same_double(got_, want_), "%s is %a, not %a", #got, \
		       got_, want_);                                          \
	} while (0)

/* A 1-D view; 'stride' is bytes. */
static inline ConsumerArray
view_of(void *data, ConsumerElement element, ptrdiff_t n_elements,
	ptrdiff_t stride)
{
	ConsumerArray array;

	expect(consumer_array_wrap(data, element, 1, &n_elements, &stride,
				   false, &array, NULL) == CONSUMER_OK,
	       "wrap failed");
	return array;
}

/* Element 'i' of a 1-D array. */
static inline double
load_double(const ConsumerArray *array, ptrdiff_t i)
{
	const ConsumerValue value = consumer_element_load(
		array->element, (const unsigned char *)array->data +
					i * consumer_array_strides(array)[0]);

	switch (consumer_type_kind(array->element.type)) {
	case CONSUMER_KIND_FLOAT:
		return value.floating;
	case CONSUMER_KIND_SIGNED:
		return (double)value.signed_integer;
	case CONSUMER_KIND_BOOL:
		return value.boolean;
	default:
		return (double)value.unsigned_integer;
	}
}

/* --- Sums, one by one --------------------------------------------------- */

/* '*significand' * 2^(the result) is |value|, which is finite. */
static inline int
split_double(double value, uint64_t *significand)
{
	int exponent;
	const double fraction = frexp(fabs(value), &exponent);
	/* Fewer bits where the lowest would be below 2^-1074 */
	const int n_bits = MIN(53, MAX(exponent + 1074, 0));

	*significand = (uint64_t)ldexp(fraction, n_bits);
	return *significand ? exponent - n_bits : 0;
}

static inline void
add_double(int64_t *sum, double value)
{
	uint64_t significand;
	const int exponent = split_double(value, &significand);

	exact_add(sum, (unsigned)(exponent + SUM_FRACTION_BITS), significand,
		  signbit(value));
}

static inline void
add_square_of_double(int64_t *squares, double value)
{
	uint64_t significand;
	const int exponent = split_double(value, &significand);
	const unsigned position =
		(unsigned)(2 * exponent + SQUARES_FRACTION_BITS);
	const struct wide square =
		wide_multiply_add(significand, significand, 0);

	exact_add(squares, position, square.low, false);
	exact_add(squares, position + 64, square.high, false);
}

/* --- Integers of 128 bits ------------------------------------------------ */

/* Tests that compare with sums in them need a compiler that knows them. */
#ifdef __SIZEOF_INT128__
#define HAVE_INT128 1

typedef __int128 int128;
typedef unsigned __int128 uint128;

/* n / d, rounded once, for n < 2^127. */
static inline double
divide_integers(uint128 n, uint64_t d)
{
	int shift = 0;
	uint128 quotient;

	if (n == 0)
		return 0;
	while (!(n >> 126)) {
		n <<= 1;
		shift++;
	}
	/* At least 62 bits, so the lowest may stand for a remainder. */
	quotient = n / d | (n % d != 0);
	return ldexp((double)quotient, -shift);
}
#else
#define HAVE_INT128 0
#endif

#endif
