/* SPDX-License-Identifier: MIT */
/* What the text kernels for AVX-512 share: vectors of digits. */
#ifndef DECIMAL_AVX512_H
#define DECIMAL_AVX512_H

#include "decimal.h"

#if HAS_AVX512_TEXT
#include <immintrin.h>

/* The low 52 bits of a product, and those above, are added to 'c'. */
#define MADD_LOW(c, a, b)  _mm512_madd52lo_epu64(c, a, b)
#define MADD_HIGH(c, a, b) _mm512_madd52hi_epu64(c, a, b)

/* ceil(2^52 / n): MADD_HIGH() by it divides by n. */
#define RECIPROCAL(n) ((INT64_C(1) << 52) / (n) + 1)

/* ceil(2^78 / 10^8), which is also ceil(2^70 / 5^8) */
#define RECIPROCAL_TEN_8 INT64_C(3022314549036573)

/*
 * The low half of each product.  The compiler may not know that the factor is a
 * constant, or it makes four shifts and additions of one multiplication.
 */
TEMPLATE __m512i
multiply_16(__m512i x, int16_t factor)
{
	__m512i factors = _mm512_set1_epi16(factor);

	__asm__("" : "+v"(factors));
	return _mm512_mullo_epi16(x, factors);
}

#define TEN_TIMES(c) (c), (c), (c), (c), (c), (c), (c), (c), (c), (c)
#define TEN_DIGITS   '0', '1', '2', '3', '4', '5', '6', '7', '8', '9'

/* The first digit of a number < 100, and the second. */
static const char tens_digits[128] __attribute__((aligned(64))) = {
	TEN_TIMES('0'), TEN_TIMES('1'), TEN_TIMES('2'), TEN_TIMES('3'),
	TEN_TIMES('4'), TEN_TIMES('5'), TEN_TIMES('6'), TEN_TIMES('7'),
	TEN_TIMES('8'), TEN_TIMES('9'),
};
static const char ones_digits[128] __attribute__((aligned(64))) = {
	TEN_DIGITS, TEN_DIGITS, TEN_DIGITS, TEN_DIGITS, TEN_DIGITS,
	TEN_DIGITS, TEN_DIGITS, TEN_DIGITS, TEN_DIGITS, TEN_DIGITS,
};

/* Replaces numbers < 100 by their digits, a byte of 'mask' each. */
TEMPLATE __m512i
look_up(const char digits[128], __m512i numbers, uint64_t mask)
{
	return _mm512_mask2_permutex2var_epi8(_mm512_load_si512(digits),
					      numbers, mask,
					      _mm512_load_si512(digits + 64));
}

/* A lane of 16 bits < 10^4 becomes a byte of hundreds, and one of the rest. */
TEMPLATE __m512i
split_hundreds(__m512i fours)
{
	const __m512i hundreds = _mm512_srli_epi16(
		_mm512_mulhi_epu16(fours, _mm512_set1_epi16(5243)), 3);

	return _mm512_sub_epi16(_mm512_slli_epi16(fours, 8),
				multiply_16(hundreds, 25599));
}

/* Two lanes of four digits each out of numbers < 10^8. */
TEMPLATE __m512i
split_eights(__m512i x)
{
	const __m512i high = MADD_HIGH(_mm512_setzero_si512(), x,
				       _mm512_set1_epi64(RECIPROCAL(10000)));

	return MADD_LOW(x, high, _mm512_set1_epi64((1 << 16) - 10000));
}

#endif
#endif
