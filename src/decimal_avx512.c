/* SPDX-License-Identifier: MIT */
/*
 * Integers to text with AVX-512.
 *
 * Each number gets a slot of a vector, which holds all that its text may have:
 * the sign, every digit, the separator.  One instruction then squeezes out of
 * all slots at once what is not wanted (leading zeros, the sign of what is not
 * negative), so that neither signs nor lengths cost a branch.
 */
#include "config.h"
#include "decimal.h"
#include "decimal_avx512.h"
#include "element.h"

#if HAS_AVX512_TEXT
/* As many numbers are done in a turn: a register of the shortest ones. */
#define N_TURN 32

/*
 * What is the same for all slots of one size.  The bytes of a slot that are
 * digits come in pairs out of bytes < 100 of other vectors; 'from' says out of
 * which, in the first step of a turn, and has all other characters itself.
 */
struct slots {
	__m512i from;
	uint64_t tens;	  /* bits: which bytes are a first digit of a pair */
	uint64_t ones;	  /* and a second one */
	uint64_t firsts;  /* the first byte of each slot */
	uint64_t lasts;	  /* the last digit, which is always there */
	uint64_t allowed; /* digits and separator */
	int sign;	  /* the place of the sign */
	int n_bytes;	  /* of a slot */
	int step;	  /* how far it is to the numbers of the next step */
};

#define EVEN_BYTES UINT64_C(0x5555555555555555)
#define ODD_BYTES  (EVEN_BYTES << 1)

/* 'n_digits' are in front of the separator, which is at 'end', an even one. */
TEMPLATE struct slots
make_slots(const unsigned char from[64], int n_bytes, int sign, int n_digits,
	   int end, int step, struct separator separator)
{
	const uint64_t firsts = UINT64_MAX / ((UINT64_C(1) << n_bytes) - 1);
	const uint64_t digits =
		firsts * (((UINT64_C(1) << n_digits) - 1) << (end - n_digits));
	const uint64_t ones = digits & ODD_BYTES;
	uint16_t text;

	memcpy(&text, separator.text, sizeof(text));
	return (struct slots){
		_mm512_or_si512(
			_mm512_loadu_si512(from),
			_mm512_maskz_set1_epi16(
				(__mmask32)_pext_u64(firsts << end, EVEN_BYTES),
				(int16_t)text)),
		digits & ~ones,
		ones,
		firsts,
		firsts << (end - 1),
		digits | firsts * ((UINT64_C(1) << separator.n_bytes) - 1)
				 << end,
		sign,
		n_bytes,
		step,
	};
}

/*
 * Writes the first 'n' > 0 slots, or all if there are not as many, of step 'i'.
 * Byte b of 'numbers' is number b, of 'tops' number b + 64.  The bits of
 * 'signs' say which numbers are negative.
 */
TEMPLATE char *
put_slots(char *out, const struct slots *slots, int i, __m512i numbers,
	  __m512i tops, uint32_t signs, int n)
{
	const uint64_t digits = slots->tens | slots->ones;
	const __m512i from =
		_mm512_mask_add_epi8(slots->from, digits, slots->from,
				     _mm512_set1_epi8((char)(i * slots->step)));
	const __m512i text =
		look_up(ones_digits,
			look_up(tens_digits,
				_mm512_mask2_permutex2var_epi8(numbers, from,
							       digits, tops),
				slots->tens),
			slots->ones);
	const uint64_t nonzero = _mm512_mask_cmpneq_epi8_mask(
					 digits, text, _mm512_set1_epi8('0')) |
				 slots->lasts;
	/* In each slot, the lowest bit that is set and all above. */
	const uint64_t significant = nonzero | (~nonzero + slots->firsts);
	uint64_t wanted = (significant & slots->allowed) |
			  _pdep_u64(signs, slots->firsts) << slots->sign;

	if (n * slots->n_bytes < 64)
		wanted = _bzhi_u64(wanted, (unsigned)(n * slots->n_bytes));
	_mm512_storeu_si512(out, _mm512_maskz_compress_epi8(wanted, text));
	return out + _mm_popcnt_u64(wanted);
}

/* The digits of a pair come out of the same byte. */
#define BOTH(byte) (byte), (byte)

/* --- Up to 16 bits: slots of 8 bytes ------------------------------------- */

#define SHORT(i) '-', 64 + 2 * (i), BOTH(2 * (i)), BOTH(2 * (i) + 1), 0, 0

/* Sign, 5 digits, separator: the place of the first digit has but one. */
static const unsigned char from_short[64] = {
	SHORT(0), SHORT(1), SHORT(2), SHORT(3),
	SHORT(4), SHORT(5), SHORT(6), SHORT(7),
};

/* 'x': 32 numbers of 16 bits. */
TEMPLATE char *
put_short(char *out, const struct slots *slots, __m512i x, uint32_t signs,
	  int n)
{
	/* (x / 4) / 25 */
	const __m512i hundreds =
		_mm512_srli_epi16(_mm512_mulhi_epu16(_mm512_srli_epi16(x, 2),
						     _mm512_set1_epi16(5243)),
				  1);
	const __m512i tops =
		_mm512_mulhi_epu16(hundreds, _mm512_set1_epi16(656));
	const __m512i middles =
		_mm512_sub_epi16(hundreds, multiply_16(tops, 100));
	const __m512i lows = _mm512_sub_epi16(x, multiply_16(hundreds, 100));
	const __m512i pairs =
		_mm512_or_si512(middles, _mm512_slli_epi16(lows, 8));

#pragma GCC unroll 8
	for (int i = 0; i < N_TURN && i < n; i += 8)
		out = put_slots(out, slots, i / 8, pairs, tops, signs >> i,
				n - i);
	return out;
}

/* --- Up to 32 bits: slots of 16 bytes ------------------------------------ */

#define MEDIUM(i)                                                        \
	0, '-', BOTH(8 * (i) + 5), BOTH(8 * (i) + 2), BOTH(8 * (i) + 3), \
		BOTH(8 * (i)), BOTH(8 * (i) + 1), 0, 0, 0, 0

/* Nothing, sign, 10 digits, separator */
static const unsigned char from_medium[64] = {
	MEDIUM(0),
	MEDIUM(1),
	MEDIUM(2),
	MEDIUM(3),
};

/* 'x': 8 numbers < 2^32. */
TEMPLATE char *
put_8_medium(char *out, const struct slots *slots, __m512i x, uint32_t signs,
	     int n)
{
	const __m512i ten_4 = _mm512_set1_epi64(RECIPROCAL(10000));
	const __m512i zero = _mm512_setzero_si512();
	const __m512i middles = MADD_HIGH(zero, x, ten_4);
	const __m512i tops = MADD_HIGH(zero, middles, ten_4);

	/* Four digits a lane of 16 bits, the last ones in the lowest. */
	x = MADD_LOW(x, middles, _mm512_set1_epi64((1 << 16) - 10000));
	x = MADD_LOW(x, tops,
		     _mm512_set1_epi64((INT64_C(1) << 32) - (10000 << 16)));
	x = split_hundreds(x);
#pragma GCC unroll 8
	for (int i = 0; i < 8 && i < n; i += 4)
		out = put_slots(out, slots, i / 4, x, x, signs >> i, n - i);
	return out;
}

/* --- Up to 64 bits: slots of 32 bytes ------------------------------------ */

#define LONG(i)                                                                \
	0, '-', BOTH(64 + 8 * (i)), BOTH(64 + 8 * (i) + 1), BOTH(8 * (i) + 6), \
		BOTH(8 * (i) + 7), BOTH(8 * (i) + 4), BOTH(8 * (i) + 5),       \
		BOTH(8 * (i) + 2), BOTH(8 * (i) + 3), BOTH(8 * (i)),           \
		BOTH(8 * (i) + 1), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0

/* Nothing, sign, 20 digits, separator */
static const unsigned char from_long[64] = { LONG(0), LONG(1) };

/* 'x': 8 numbers of 64 bits. */
TEMPLATE char *
put_8_long(char *out, const struct slots *slots, __m512i x, uint32_t signs,
	   int n)
{
	const __m512i zero = _mm512_setzero_si512();
	const __m512i ten_8 = _mm512_set1_epi64(100000000);
	const __m512i minus_ten_8 = _mm512_set1_epi64(-100000000);
	const __m512i bits_52 = _mm512_set1_epi64((INT64_C(1) << 52) - 1);
	/* x / 10^8 by floor(2^64 / 10^8), maybe one too low ... */
	__m512i highs = MADD_HIGH(zero, _mm512_srli_epi64(x, 12),
				  _mm512_set1_epi64(184467440737));
	__m512i lows =
		_mm512_and_si512(MADD_LOW(x, highs, minus_ten_8), bits_52);
	const __mmask8 is_too_low = _mm512_cmpge_epu64_mask(lows, ten_8);
	__m512i middles, tops, fours;

	lows = _mm512_mask_sub_epi64(lows, is_too_low, lows, ten_8);
	highs = _mm512_mask_sub_epi64(highs, is_too_low, highs,
				      _mm512_set1_epi64(-1));
	/* ... and that again. */
	tops = _mm512_srli_epi64(MADD_HIGH(zero, _mm512_slli_epi64(highs, 14),
					   _mm512_set1_epi64(RECIPROCAL_TEN_8)),
				 40);
	middles = _mm512_and_si512(MADD_LOW(highs, tops, minus_ten_8), bits_52);
	fours = split_hundreds(
		_mm512_or_si512(split_eights(lows),
				_mm512_slli_epi64(split_eights(middles), 32)));
	tops = split_hundreds(tops);
#pragma GCC unroll 8
	for (int i = 0; i < 8 && i < n; i += 2)
		out = put_slots(out, slots, i / 2, fours, tops, signs >> i,
				n - i);
	return out;
}

/* --- The kernels ---------------------------------------------------------- */

/* The slots for numbers of each width. */
struct kinds {
	struct slots shorts, mediums, longs;
};

TEMPLATE struct kinds
make_kinds(struct separator separator)
{
	return (struct kinds){
		make_slots(from_short, 8, 0, 5, 6, 16, separator),
		make_slots(from_medium, 16, 1, 10, 12, 32, separator),
		make_slots(from_long, 32, 1, 20, 22, 16, separator),
	};
}

/* Absolute values of 'n' <= N_TURN numbers; those behind them are 0. */
TEMPLATE char *
put_32_bits(char *out, const struct kinds *kinds, const __m512i x[2],
	    uint32_t signs, int n)
{
	const __m512i all = _mm512_or_si512(x[0], x[1]);

	if (!_mm512_test_epi32_mask(all, _mm512_set1_epi32(-65536)))
		return put_short(
			out, &kinds->shorts,
			_mm512_inserti64x4(_mm512_castsi256_si512(
						   _mm512_cvtepi32_epi16(x[0])),
					   _mm512_cvtepi32_epi16(x[1]), 1),
			signs, n);
#pragma GCC unroll 8
	for (int i = 0; i < N_TURN && i < n; i += 8) {
		const __m512i half = x[i / 16];
		const __m256i quarter =
			i / 8 % 2 ? _mm512_extracti64x4_epi64(half, 1)
				  : _mm512_castsi512_si256(half);

		out = put_8_medium(out, &kinds->mediums,
				   _mm512_cvtepu32_epi64(quarter), signs >> i,
				   n - i);
	}
	return out;
}

TEMPLATE char *
put_64_bits(char *out, const struct kinds *kinds, const __m512i x[4],
	    uint32_t signs, int n)
{
	const __m512i all = _mm512_or_si512(_mm512_or_si512(x[0], x[1]),
					    _mm512_or_si512(x[2], x[3]));

	if (!_mm512_test_epi64_mask(all,
				    _mm512_set1_epi64(-(INT64_C(1) << 32)))) {
		__m512i halves[2];

#pragma GCC unroll 8
		for (int i = 0; i < 2; i++)
			halves[i] = _mm512_inserti64x4(
				_mm512_castsi256_si512(
					_mm512_cvtepi64_epi32(x[2 * i])),
				_mm512_cvtepi64_epi32(x[2 * i + 1]), 1);
		return put_32_bits(out, kinds, halves, signs, n);
	}
#pragma GCC unroll 8
	for (int i = 0; i < N_TURN && i < n; i += 8)
		out = put_8_long(out, &kinds->longs, x[i / 8], signs >> i,
				 n - i);
	return out;
}

/* The first 'n' <= N_TURN elements at 'from'. */
TEMPLATE char *
put_int8(char *out, const struct kinds *kinds, const void *from, int n)
{
	const __m512i x = _mm512_cvtepi8_epi16(
		_mm256_maskz_loadu_epi8(_bzhi_u32(~0u, (unsigned)n), from));

	return put_short(out, &kinds->shorts, _mm512_abs_epi16(x),
			 _mm512_movepi16_mask(x), n);
}

TEMPLATE char *
put_uint8(char *out, const struct kinds *kinds, const void *from, int n)
{
	const __m512i x = _mm512_cvtepu8_epi16(
		_mm256_maskz_loadu_epi8(_bzhi_u32(~0u, (unsigned)n), from));

	return put_short(out, &kinds->shorts, x, 0, n);
}

TEMPLATE char *
put_16(char *out, const struct kinds *kinds, const void *from, int n,
       bool is_signed)
{
	const __m512i x =
		_mm512_maskz_loadu_epi16(_bzhi_u32(~0u, (unsigned)n), from);

	if (!is_signed)
		return put_short(out, &kinds->shorts, x, 0, n);
	return put_short(out, &kinds->shorts, _mm512_abs_epi16(x),
			 _mm512_movepi16_mask(x), n);
}

TEMPLATE char *
put_32(char *out, const struct kinds *kinds, const void *from, int n,
       bool is_signed)
{
	const unsigned char *bytes = from;
	const uint32_t there = _bzhi_u32(~0u, (unsigned)n);
	uint32_t signs = 0;
	__m512i x[2];

#pragma GCC unroll 8
	for (int i = 0; i < 2; i++) {
		x[i] = _mm512_maskz_loadu_epi32((__mmask16)(there >> 16 * i),
						bytes + 64 * i);
		if (is_signed) {
			signs |= (uint32_t)_mm512_movepi32_mask(x[i]) << 16 * i;
			x[i] = _mm512_abs_epi32(x[i]);
		}
	}
	return put_32_bits(out, kinds, x, signs, n);
}

TEMPLATE char *
put_64(char *out, const struct kinds *kinds, const void *from, int n,
       bool is_signed)
{
	const unsigned char *bytes = from;
	const uint32_t there = _bzhi_u32(~0u, (unsigned)n);
	uint32_t signs = 0;
	__m512i x[4];

#pragma GCC unroll 8
	for (int i = 0; i < 4; i++) {
		x[i] = _mm512_maskz_loadu_epi64((__mmask8)(there >> 8 * i),
						bytes + 64 * i);
		if (is_signed) {
			signs |= (uint32_t)_mm512_movepi64_mask(x[i]) << 8 * i;
			x[i] = _mm512_abs_epi64(x[i]);
		}
	}
	return put_64_bits(out, kinds, x, signs, n);
}

#define put_int16(out, kinds, from, n)	put_16(out, kinds, from, n, true)
#define put_uint16(out, kinds, from, n) put_16(out, kinds, from, n, false)
#define put_int32(out, kinds, from, n)	put_32(out, kinds, from, n, true)
#define put_uint32(out, kinds, from, n) put_32(out, kinds, from, n, false)
#define put_int64(out, kinds, from, n)	put_64(out, kinds, from, n, true)
#define put_uint64(out, kinds, from, n) put_64(out, kinds, from, n, false)

#define DEFINE_KERNEL(name, itemsize)                                         \
	char *OF_VARIANT(decimal_##name)(                                     \
		const void *elements, size_t n_elements,                      \
		struct separator separator, char *out)                        \
	{                                                                     \
		const struct kinds kinds = make_kinds(separator);             \
		const unsigned char *from = elements;                         \
                                                                              \
		for (; n_elements >= N_TURN; n_elements -= N_TURN) {          \
			out = put_##name(out, &kinds, from, N_TURN);          \
			from += N_TURN * itemsize;                            \
		}                                                             \
		if (n_elements > 0)                                           \
			out = put_##name(out, &kinds, from, (int)n_elements); \
		return out;                                                   \
	}

DEFINE_KERNEL(int8, 1)
DEFINE_KERNEL(uint8, 1)
DEFINE_KERNEL(int16, 2)
DEFINE_KERNEL(uint16, 2)
DEFINE_KERNEL(int32, 4)
DEFINE_KERNEL(uint32, 4)
DEFINE_KERNEL(int64, 8)
DEFINE_KERNEL(uint64, 8)

#endif
