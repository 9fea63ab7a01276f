/* SPDX-License-Identifier: MIT */
/*
 * Floats to text with AVX-512: what decimal_float.c does, eight floats at a
 * time.
 *
 * Products are made of limbs of 52 bits, as the multiplications of AVX-512-IFMA
 * have them.  Each text is a slot of 32 bytes, laid out by the place of the
 * decimal point; one instruction then squeezes out of two slots what is not
 * wanted.  So nothing depends on the number of digits but the bits of a mask.
 * NaN, infinities and subnormals are left to decimal_float.c.
 */
#include "config.h"
#include "decimal.h"
#include "decimal_avx512.h"
#include "element.h"

#if HAS_AVX512_TEXT
#include "powers_of_ten.h"

#define ALL(value) _mm512_set1_epi64(value)
#define LIMB	   ALL((INT64_C(1) << 52) - 1)

/* --- The shortest decimals ----------------------------------------------- */

/* Eight decimals: digits * 10^exponent. */
struct decimals {
	__m512i high; /* digits / 10^8 */
	__m512i low;  /* digits % 10^8 */
	__m512i exponent;
};

/* Eight numbers that are not negative, in 10^exponent. */
struct scaled {
	__m512i integer;
	__m512i fraction; /* times 2^64 */
	__m512i half;	  /* of the last place of the float, times 2^59 */
	__m512i exponent;
};

/*
 * The value of floats as exact_decimal() scales it, and half the distance of
 * their neighbours above: cut off, not rounded, but to within 2^-59.
 */
TEMPLATE struct scaled
scale(__m512i mantissa, __m512i exponent, __mmask8 is_lower_closer,
      int n_mantissa_bits)
{
	const __m512i zero = _mm512_setzero_si512();
	/* k and shift, as exact_decimal() has them */
	const __m512i log = _mm512_mul_epi32(exponent, ALL(LOG10_OF_2));
	const __m512i k =
		_mm512_srai_epi64(_mm512_mask_sub_epi64(log, is_lower_closer,
							log, ALL(LOG10_OF_4_3)),
				  LOG10_BITS);
	const __m512i minus_k = _mm512_sub_epi64(zero, k);
	const __m512i shift = _mm512_add_epi64(
		_mm512_add_epi64(exponent, ALL(1)),
		_mm512_srai_epi64(_mm512_mul_epi32(minus_k, ALL(LOG2_OF_10)),
				  LOG2_BITS));
	const __m512i index = _mm512_add_epi64(minus_k, minus_k);
	const uint64_t *powers = powers_of_ten[-FIRST_POWER_OF_TEN];
	const __m512i high = _mm512_i64gather_epi64(index, powers, 8);
	const __m512i low = _mm512_i64gather_epi64(index, powers + 1, 8);
	/* The power in limbs of 52 bits, times 2^28 */
	const __m512i g0 = _mm512_and_si512(_mm512_slli_epi64(low, 28), LIMB);
	const __m512i g1 =
		_mm512_and_si512(_mm512_shldi_epi64(high, low, 40), LIMB);
	const __m512i g2 = _mm512_srli_epi64(high, 12);
	/* The hidden bit of a float64 is above a limb: its product is added. */
	const bool is_wide = n_mantissa_bits == 52;
	const __m512i factor =
		is_wide ? mantissa
			: _mm512_or_si512(mantissa,
					  ALL(INT64_C(1) << n_mantissa_bits));
	/* The limbs of the product, but for the lowest */
	const __m512i p1 = MADD_LOW(MADD_HIGH(is_wide ? g0 : zero, factor, g0),
				    factor, g1);
	const __m512i p2 = _mm512_add_epi64(
		MADD_LOW(MADD_HIGH(is_wide ? g1 : zero, factor, g1), factor,
			 g2),
		_mm512_srli_epi64(p1, 52));
	const __m512i p3 =
		_mm512_add_epi64(MADD_HIGH(is_wide ? g2 : zero, factor, g2),
				 _mm512_srli_epi64(p2, 52));
	/* 64 bits of p2 and p1 */
	const __m512i below =
		_mm512_shldi_epi64(p2, _mm512_slli_epi64(p1, 12), 12);

	return (struct scaled){
		_mm512_shldv_epi64(p3, below, shift),
		_mm512_shldv_epi64(below, _mm512_slli_epi64(p1, 24), shift),
		_mm512_srlv_epi64(high, _mm512_sub_epi64(ALL(6), shift)),
		k,
	};
}

/*
 * shortest_decimal() of eight normal floats, and which are not done.
 *
 * If a number of one digit less is between the ends of the interval, that is
 * it; if not, it is the nearest integer, which is then between them, as an end
 * is at least 1/2 away.  (With 'is_lower_closer' one end may be as near as 1/3:
 * such a float is not done here, unless it is an integer.)
 *
 * Where an end, or 1/2, is too near to tell, a float64 is not done here either:
 * this is rare.  Narrower floats are never that near to what they are not at.
 */
TEMPLATE struct decimals
shortest_decimals(struct scaled value, __mmask8 is_odd,
		  __mmask8 is_lower_closer, int n_mantissa_bits,
		  __mmask8 *is_other)
{
	const __m512i zero = _mm512_setzero_si512();
	const __m512i fraction = _mm512_srli_epi64(value.fraction, 5);
	__m512i high = zero, low = value.integer;
	__m512i last, rest, below, above, middle;
	__mmask8 is_below_in, is_above_in, is_shorter, is_up, is_unsure;

	/* 17 digits are split: / 10^8 is / 2^8 / 5^8. */
	if (n_mantissa_bits == 52) {
		high = _mm512_srli_epi64(
			MADD_HIGH(zero, _mm512_srli_epi64(value.integer, 8),
				  ALL(RECIPROCAL_TEN_8)),
			18);
		low = _mm512_and_si512(
			MADD_LOW(value.integer, high, ALL(-100000000)), LIMB);
	}
	/* The last digit; behind it comes the fraction. */
	last = _mm512_and_si512(
		MADD_LOW(low, MADD_HIGH(zero, low, ALL(RECIPROCAL(10))),
			 ALL(-10)),
		LIMB);
	rest = _mm512_or_si512(_mm512_slli_epi64(last, 59), fraction);

	/* How far the tens below and above are outside the interval */
	below = _mm512_sub_epi64(rest, _mm512_mask_srli_epi64(value.half,
							      is_lower_closer,
							      value.half, 1));
	above = _mm512_sub_epi64(ALL(INT64_C(10) << 59),
				 _mm512_add_epi64(rest, value.half));
	middle = _mm512_sub_epi64(fraction, ALL(INT64_C(1) << 58));
	if (n_mantissa_bits == 52) {
		is_below_in = _mm512_movepi64_mask(below);
		is_above_in = _mm512_movepi64_mask(above);
		is_up = _mm512_movepi64_mask(value.fraction);
		is_unsure = _mm512_cmple_epi64_mask(
			_mm512_min_epi64(
				_mm512_min_epi64(_mm512_abs_epi64(below),
						 _mm512_abs_epi64(above)),
				_mm512_abs_epi64(middle)),
			ALL(1));
	} else {
		/* -1 to 1 is an end: even significands have those inside. */
		const __m512i bound =
			_mm512_mask_mov_epi64(ALL(2), is_odd, ALL(-1));

		is_below_in = _mm512_cmplt_epi64_mask(below, bound);
		is_above_in = _mm512_cmplt_epi64_mask(above, bound);
		is_up = _mm512_cmpgt_epi64_mask(
			middle,
			_mm512_mask_mov_epi64(
				ALL(1), _mm512_test_epi64_mask(low, ALL(1)),
				ALL(-2)));
		is_unsure = 0;
	}
	is_shorter = is_below_in ^ is_above_in;
	is_unsure |= is_lower_closer & (__mmask8)~is_shorter &
		     _mm512_test_epi64_mask(fraction, fraction);

	low = _mm512_mask_sub_epi64(low, is_shorter, low, last);
	low = _mm512_mask_add_epi64(low, is_shorter & is_above_in, low,
				    ALL(10));
	low = _mm512_mask_add_epi64(low, (__mmask8)~is_shorter & is_up, low,
				    ALL(1));
	if (n_mantissa_bits == 52) {
		const __mmask8 is_carry =
			_mm512_cmpeq_epi64_mask(low, ALL(100000000));

		high = _mm512_mask_add_epi64(high, is_carry, high, ALL(1));
		low = _mm512_maskz_mov_epi64((__mmask8)~is_carry, low);
	}
	*is_other |= is_unsure;
	return (struct decimals){ high, low, value.exponent };
}

/*
 * Shifts the digits to the left of 17 places, but for one that may be 0: those
 * of a float64 are there, a float16 has 4 or 5, a float32 7 to 9.
 */
TEMPLATE struct decimals
align_digits(struct decimals x, int n_mantissa_bits)
{
	__mmask8 is_short;

	switch (n_mantissa_bits) {
	case 10:
		x.high = _mm512_mul_epu32(x.low, ALL(10000));
		x.exponent = _mm512_sub_epi64(x.exponent, ALL(12));
		x.low = _mm512_setzero_si512();
		break;
	case 23:
		is_short = _mm512_cmplt_epi64_mask(x.low, ALL(100000000));
		x.high = _mm512_mask_mul_epu32(x.low, is_short, x.low, ALL(10));
		x.exponent = _mm512_sub_epi64(x.exponent, ALL(8));
		x.exponent = _mm512_mask_sub_epi64(x.exponent, is_short,
						   x.exponent, ALL(1));
		x.low = _mm512_setzero_si512();
		break;
	}
	return x;
}

/* --- Digits ---------------------------------------------------------------- */

/* What a slot of 32 bytes is before its layout is chosen. */
enum {
	ZERO = 0,      /* '0' */
	DIGITS = 1,    /* 17 of them */
	EXPONENT = 19, /* three digits */
	POINT = 22,    /* '.' */
	LETTER = 23,   /* 'e' */
	MINUS = 24,
	PLUS = 25,
	SEPARATOR = 26,
};

#define BOTH(byte) (byte), (byte)
#define SLOT(i)                                                                \
	BOTH(64 + 8 * (i)), BOTH(8 * (i) + 6), BOTH(8 * (i) + 7),              \
		BOTH(8 * (i) + 4), BOTH(8 * (i) + 5), BOTH(8 * (i) + 2),       \
		BOTH(8 * (i) + 3), BOTH(8 * (i)), BOTH(8 * (i) + 1),           \
		BOTH(64 + 8 * (i) + 1), BOTH(64 + 8 * (i) + 2), '.', 'e', '-', \
		'+', 0, 0, 0, 0, 0, 0

/*
 * Out of which bytes < 100 the pairs of digits of two slots come, 64 being the
 * first of 'others'; and all other characters but the separator.
 */
static const unsigned char slots[64] = { SLOT(0), SLOT(1) };

#define TENS UINT64_C(0x0015555500155555)
#define ONES (TENS << 1)

TEMPLATE __m512i
make_slots(struct separator separator)
{
	int16_t text;

	memcpy(&text, separator.text, sizeof(text));
	return _mm512_mask_set1_epi16(_mm512_loadu_si512(slots),
				      UINT32_C(0x00010001) << SEPARATOR / 2,
				      text);
}

/* --- Layouts --------------------------------------------------------------- */

/* Where the parts of a text are in its slot, but for the digits. */
enum { AT_SIGN = 0, AT_EXPONENT = 19, AT_HUNDREDS = 21, AT_SEPARATOR = 24 };

#define BITS(first, n) (((1 << (n)) - 1) << (first))
#define EXPONENT_BITS  (BITS(AT_EXPONENT, 2) | BITS(AT_HUNDREDS + 1, 2))

/*
 * The layouts: with the decimal point before, among or behind the 17 digits,
 * behind 'point' of them; and those with an exponent, for one zero in front or
 * none, of either sign.
 */
#define LEAST_POINT (-3)
#define MOST_POINT  17
#define SCIENTIFIC  (MOST_POINT - LEAST_POINT + 1)

/* What byte 'i' is made of: a point among the digits, or before them. */
#define AMONG(i, point)                        \
	((i) <= (point)	      ? DIGITS + (i)-1 \
	 : (i) == (point) + 1 ? POINT          \
	 : (i) < 19	      ? DIGITS + (i)-2 \
			      : ZERO)
#define BEFORE(i, point)                                 \
	((i) == 2	      ? POINT                    \
	 : (i) < 3 - (point)  ? ZERO                     \
	 : (i) < 20 - (point) ? DIGITS + (i)-3 + (point) \
			      : ZERO)
#define TAIL(i, sign)                                            \
	((i) == AT_EXPONENT	  ? LETTER                       \
	 : (i) == AT_EXPONENT + 1 ? (sign)                       \
	 : (i) < AT_SEPARATOR	  ? EXPONENT + (i)-AT_HUNDREDS   \
	 : (i) < AT_SEPARATOR + 2 ? SEPARATOR + (i)-AT_SEPARATOR \
				  : ZERO)
#define FIXED_BYTE(i, point)                     \
	((i) == AT_SIGN	       ? MINUS           \
	 : (i) >= AT_SEPARATOR ? TAIL(i, PLUS)   \
	 : (point) > 0	       ? AMONG(i, point) \
			       : BEFORE(i, point))
#define SCIENTIFIC_BYTE(i, point, sign)       \
	((i) == AT_SIGN	      ? MINUS         \
	 : (i) >= AT_EXPONENT ? TAIL(i, sign) \
			      : AMONG(i, point))

#define EIGHT(BYTE, i, ...)                                             \
	BYTE((i) + 0, __VA_ARGS__), BYTE((i) + 1, __VA_ARGS__),         \
		BYTE((i) + 2, __VA_ARGS__), BYTE((i) + 3, __VA_ARGS__), \
		BYTE((i) + 4, __VA_ARGS__), BYTE((i) + 5, __VA_ARGS__), \
		BYTE((i) + 6, __VA_ARGS__), BYTE((i) + 7, __VA_ARGS__)
#define BYTES(BYTE, ...)                                                  \
	{                                                                 \
		EIGHT(BYTE, 0, __VA_ARGS__), EIGHT(BYTE, 8, __VA_ARGS__), \
			EIGHT(BYTE, 16, __VA_ARGS__),                     \
			EIGHT(BYTE, 24, __VA_ARGS__)                      \
	}

#define FIXED(point)		   BYTES(FIXED_BYTE, point)
#define WITH_EXPONENT(point, sign) BYTES(SCIENTIFIC_BYTE, point, sign)

/* Which bytes of the slot become those of the text. */
static const unsigned char layouts[][32] __attribute__((aligned(32))) = {
	FIXED(-3),
	FIXED(-2),
	FIXED(-1),
	FIXED(0),
	FIXED(1),
	FIXED(2),
	FIXED(3),
	FIXED(4),
	FIXED(5),
	FIXED(6),
	FIXED(7),
	FIXED(8),
	FIXED(9),
	FIXED(10),
	FIXED(11),
	FIXED(12),
	FIXED(13),
	FIXED(14),
	FIXED(15),
	FIXED(16),
	FIXED(17),
	WITH_EXPONENT(1, PLUS),
	WITH_EXPONENT(2, PLUS),
	WITH_EXPONENT(1, MINUS),
	WITH_EXPONENT(2, MINUS),
};

/* --- Eight floats --------------------------------------------------------- */

/* What is known of eight floats before they are put one behind the other. */
struct parts {
	struct scaled scaled;
	struct decimals decimals;
	__m512i fours;	/* 16 digits, as split_hundreds() has them */
	__m512i others; /* bytes: the digit before them, two of the exponent */
	uint64_t layouts[8];
	__m256i points;	     /* which digits are before the decimal point */
	__m512i texts[4];    /* two each */
	uint64_t nonzero[4]; /* bits: which bytes of them are not '0' */
	uint64_t wanted[4];  /* and which are to be seen */
	__mmask8 is_negative, is_odd, is_zero, is_lower_closer, is_scientific;
	__mmask8 is_other; /* not done here */
};

/* Which of eight elements there are, of 'n'. */
TEMPLATE __mmask8
first_bits(size_t n)
{
	return (__mmask8)(n < 8 ? (1u << n) - 1 : 0xFF);
}

/* The bits of elements of 'n_bits' each. */
TEMPLATE __m512i
load_8(const void *from, int n_bits, __mmask8 there)
{
	switch (n_bits) {
	case 16:
		return _mm512_cvtepu16_epi64(
			_mm_maskz_loadu_epi16(there, from));
	case 32:
		return _mm512_cvtepu32_epi64(
			_mm256_maskz_loadu_epi32(there, from));
	default:
		return _mm512_maskz_loadu_epi64(there, from);
	}
}

TEMPLATE void
find_layouts(struct parts *parts)
{
	const struct decimals decimals = parts->decimals;
	const __mmask8 is_zero = parts->is_zero;
	/* How many digits are before the point, and if the first one is 0 */
	const __m512i point = _mm512_mask_mov_epi64(
		_mm512_add_epi64(decimals.exponent, ALL(17)), is_zero, ALL(1));
	const __mmask8 is_short = _mm512_mask_cmplt_epi64_mask(
		(__mmask8)~is_zero, decimals.high, ALL(100000000));
	/* The exponent of the first digit that is not 0 */
	const __m512i exponent = _mm512_mask_sub_epi64(
		_mm512_sub_epi64(point, ALL(1)), is_short, point, ALL(2));
	const __mmask8 is_small = _mm512_movepi64_mask(exponent);
	const __mmask8 is_scientific = _mm512_cmpge_epu64_mask(
		_mm512_add_epi64(exponent, ALL(4)), ALL(20));
	const __m512i magnitude = _mm512_abs_epi64(exponent);
	const __m512i hundreds =
		_mm512_srli_epi64(_mm512_mul_epu32(magnitude, ALL(5243)), 19);
	__m512i layout =
		_mm512_mask_mov_epi64(_mm512_sub_epi64(point, ALL(LEAST_POINT)),
				      is_scientific, ALL(SCIENTIFIC));

	layout = _mm512_mask_add_epi64(layout, is_scientific & is_short, layout,
				       ALL(1));
	layout = _mm512_mask_add_epi64(layout, is_scientific & is_small, layout,
				       ALL(2));
	_mm512_storeu_si512(parts->layouts, layout);
	parts->is_scientific = is_scientific;
	parts->points = _mm512_cvtepi64_epi32(
		_mm512_mask_sub_epi64(point, is_scientific, point, exponent));
	/* hundreds + ((magnitude - 100 * hundreds) << 8), a byte higher */
	parts->others = _mm512_sub_epi64(
		_mm512_slli_epi64(magnitude, 16),
		_mm512_mul_epu32(hundreds, ALL((25600 - 1) << 8)));
}

TEMPLATE void
find_digits(struct parts *parts)
{
	const struct decimals decimals = parts->decimals;
	const __mmask8 is_zero = parts->is_zero;
	const __mmask8 is_not_zero = (__mmask8)~is_zero;
	const __m512i high = _mm512_maskz_mov_epi64(is_not_zero, decimals.high);
	const __m512i low = _mm512_maskz_mov_epi64(is_not_zero, decimals.low);
	const __m512i tops = _mm512_srli_epi64(
		MADD_HIGH(_mm512_setzero_si512(), high, ALL(RECIPROCAL_TEN_8)),
		26);
	const __m512i middles =
		_mm512_and_si512(MADD_LOW(high, tops, ALL(-100000000)), LIMB);

	parts->fours = split_hundreds(
		_mm512_or_si512(split_eights(low),
				_mm512_slli_epi64(split_eights(middles), 32)));
	parts->others = _mm512_or_si512(parts->others, tops);
}

TEMPLATE void
take_apart(struct parts *parts, __m512i bits, int n_mantissa_bits,
	   int n_exponent_bits)
{
	const int exponent_mask = (1 << n_exponent_bits) - 1;
	const __m512i mantissa = _mm512_and_si512(
		bits, ALL((INT64_C(1) << n_mantissa_bits) - 1));
	const __m512i exponent = _mm512_and_si512(
		_mm512_srli_epi64(bits, (unsigned)n_mantissa_bits),
		ALL(exponent_mask));
	const __m512i sign_bit = ALL(
		(int64_t)(UINT64_C(1) << (n_mantissa_bits + n_exponent_bits)));
	const __mmask8 has_mantissa =
		_mm512_test_epi64_mask(mantissa, mantissa);
	const __mmask8 has_exponent =
		_mm512_test_epi64_mask(exponent, exponent);

	parts->is_negative = _mm512_test_epi64_mask(bits, sign_bit);
	parts->is_odd = _mm512_test_epi64_mask(bits, ALL(1));
	parts->is_zero = (__mmask8) ~(has_mantissa | has_exponent);
	parts->is_lower_closer = _mm512_mask_cmpgt_epi64_mask(
		(__mmask8)~has_mantissa, exponent, ALL(1));
	/* Infinities, NaN and subnormals are not. */
	parts->is_other =
		_mm512_cmpeq_epi64_mask(exponent, ALL(exponent_mask)) |
		(has_mantissa & (__mmask8)~has_exponent);
	parts->scaled = scale(mantissa,
			      _mm512_sub_epi64(exponent, ALL(exponent_mask / 2 +
							     n_mantissa_bits)),
			      parts->is_lower_closer, n_mantissa_bits);
}

TEMPLATE void
find_decimals(struct parts *parts, int n_mantissa_bits)
{
	__mmask8 is_unsure = 0;
	struct decimals x = shortest_decimals(parts->scaled, parts->is_odd,
					      parts->is_lower_closer,
					      n_mantissa_bits, &is_unsure);

	parts->is_other |= is_unsure & (__mmask8)~parts->is_zero;
	parts->decimals = align_digits(x, n_mantissa_bits);
}

TEMPLATE void
make_texts(struct parts *parts, __m512i from)
{
	const __m512i second_slot = _mm512_setr_epi64(
		0, 0, 0, 0, 0x2020202020202020, 0x2020202020202020,
		0x2020202020202020, 0x2020202020202020);

#pragma GCC unroll 4
	for (int i = 0; i < 4; i++) {
		const void *first = layouts[parts->layouts[2 * i]];
		const void *second = layouts[parts->layouts[2 * i + 1]];
		const __m512i pairs = _mm512_mask2_permutex2var_epi8(
			parts->fours,
			_mm512_mask_add_epi8(from, TENS | ONES, from,
					     _mm512_set1_epi8((char)(16 * i))),
			TENS | ONES, parts->others);
		const __m512i order = _mm512_inserti64x4(
			_mm512_castsi256_si512(_mm256_loadu_si256(first)),
			_mm256_loadu_si256(second), 1);
		const __m512i text = _mm512_permutexvar_epi8(
			_mm512_or_si512(order, second_slot),
			look_up(ones_digits, look_up(tens_digits, pairs, TENS),
				ONES));

		parts->texts[i] = text;
		parts->nonzero[i] =
			_mm512_cmpneq_epi8_mask(text, _mm512_set1_epi8('0'));
	}
}

#define ALL_32(value) _mm256_set1_epi32(value)

/*
 * Digits are wanted from the first to the last that is not 0, but at least one
 * on either side of the point, unless there is an exponent.
 */
TEMPLATE void
choose_bytes(struct parts *parts, struct separator separator, __mmask8 there)
{
	const __mmask8 is_fixed = (__mmask8)~parts->is_scientific;
	const __m256i point = parts->points;
	const __mmask8 is_before = _mm256_cmpgt_epi32_mask(point, ALL_32(0));
	const __m256i nonzero =
		_mm256_loadu_si256((const __m256i *)parts->nonzero);
	const __m256i digits = _mm256_mask_andnot_epi32(
		_mm256_sllv_epi32(ALL_32(BITS(0, 17)),
				  _mm256_sub_epi32(ALL_32(3), point)),
		is_before, _mm256_sllv_epi32(ALL_32(2), point),
		ALL_32(BITS(1, 18)));
	const __m256i required = _mm256_maskz_mov_epi32(
		is_fixed,
		_mm256_mask_sllv_epi32(ALL_32(2), is_before, ALL_32(5), point));
	const __m256i ends =
		_mm256_or_si256(_mm256_and_si256(nonzero, digits), required);
	/* From the lowest bit that is set to the highest */
	const __m256i number = _mm256_and_si256(
		_mm256_or_si256(ends, _mm256_sub_epi32(ALL_32(0), ends)),
		_mm256_srlv_epi32(ALL_32(-1), _mm256_lzcnt_epi32(ends)));
	__m256i wanted = _mm256_or_si256(
		number, ALL_32(BITS(AT_SEPARATOR, separator.n_bytes)));

	wanted = _mm256_mask_or_epi32(
		wanted, parts->is_scientific, wanted,
		_mm256_or_si256(
			ALL_32(EXPONENT_BITS),
			_mm256_and_si256(nonzero,
					 ALL_32(BITS(AT_HUNDREDS, 1)))));
	wanted = _mm256_mask_or_epi32(wanted, parts->is_negative, wanted,
				      ALL_32(BITS(AT_SIGN, 1)));
	_mm256_storeu_si256((__m256i *)parts->wanted,
			    _mm256_maskz_mov_epi32(there, wanted));
}

TEMPLATE char *
put_texts(char *out, const struct parts *parts)
{
#pragma GCC unroll 4
	for (int i = 0; i < 4; i++) {
		_mm512_storeu_si512(
			out, _mm512_maskz_compress_epi8(parts->wanted[i],
							parts->texts[i]));
		out += _mm_popcnt_u64(parts->wanted[i]);
	}
	return out;
}

/* --- The kernels ---------------------------------------------------------- */

/*
 * So many times eight floats are taken apart before they are put together:
 * each half of the work is a short loop, of which the CPU does several turns at
 * once.
 */
#define N_PARTS 16

/* 'others' is the kernel for what this one has no layout for. */
TEMPLATE char *
put_floats(const void *elements, size_t n_elements, struct separator separator,
	   char *out, int n_mantissa_bits, int n_exponent_bits,
	   text_kernel *others)
{
	const int n_bits = 1 + n_mantissa_bits + n_exponent_bits;
	const size_t step = (size_t)n_bits; /* bytes of eight */
	const __m512i from_slots = make_slots(separator);
	const unsigned char *from = elements;
	struct parts parts[N_PARTS];

	/* Few are sooner done one by one. */
	if (n_elements <= 2)
		return others(elements, n_elements, separator, out);
	for (size_t n; n_elements > 0; n_elements -= n) {
		n = MIN(n_elements, 8 * N_PARTS);
		for (size_t i = 0; i < n; i += 8)
			take_apart(&parts[i / 8],
				   load_8(from + i / 8 * step, n_bits,
					  first_bits(n - i)),
				   n_mantissa_bits, n_exponent_bits);
		for (size_t i = 0; i < n; i += 8)
			find_decimals(&parts[i / 8], n_mantissa_bits);
		for (size_t i = 0; i < n; i += 8) {
			find_layouts(&parts[i / 8]);
			find_digits(&parts[i / 8]);
		}
		for (size_t i = 0; i < n; i += 8)
			make_texts(&parts[i / 8], from_slots);
		for (size_t i = 0; i < n; i += 8)
			choose_bytes(&parts[i / 8], separator,
				     first_bits(n - i));
		for (size_t i = 0; i < n; i += 8, from += step) {
			if (parts[i / 8].is_other)
				out = others(from, MIN(n - i, 8), separator,
					     out);
			else
				out = put_texts(out, &parts[i / 8]);
		}
	}
	return out;
}

#define DEFINE_KERNEL(name, n_mantissa_bits, n_exponent_bits)                  \
	char *OF_VARIANT(vector_##name)(const void *elements,                  \
					size_t n_elements,                     \
					struct separator separator, char *out) \
	{                                                                      \
		return put_floats(elements, n_elements, separator, out,        \
				  n_mantissa_bits, n_exponent_bits,            \
				  OF_VARIANT(decimal_##name));                 \
	}

DEFINE_KERNEL(float16, 10, 5)
DEFINE_KERNEL(float32, 23, 8)
DEFINE_KERNEL(float64, 52, 11)
DEFINE_KERNEL(json_float16, 10, 5)
DEFINE_KERNEL(json_float32, 23, 8)
DEFINE_KERNEL(json_float64, 52, 11)
#endif
