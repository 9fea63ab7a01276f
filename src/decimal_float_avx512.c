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

/* A number of 208 bits a lane, the lowest limb first. */
struct limbs {
	__m512i limb[4];
};

/*
 * x * 2^(2 + shift) / 2^156, rounded to odd as multiply_round_to_odd() does:
 * what is below the bit that it ignores is not looked at here either.
 */
TEMPLATE __m512i
round_to_odd(struct limbs x, __m512i shift)
{
	const __m512i shift_2 = _mm512_add_epi64(shift, ALL(2));
	const __m512i top = _mm512_slli_epi64(x.limb[2], 12);
	const __m512i value = _mm512_shldv_epi64(x.limb[3], top, shift_2);
	const __m512i rest = _mm512_or_si512(
		_mm512_sllv_epi64(top, shift_2),
		_mm512_srlv_epi64(x.limb[1], _mm512_sub_epi64(ALL(39), shift)));

	return _mm512_mask_or_epi64(value, _mm512_test_epi64_mask(rest, rest),
				    value, ALL(1));
}

/* Limbs may be negative, or have more than 52 bits: passes that on. */
TEMPLATE struct limbs
carry(struct limbs x)
{
#pragma GCC unroll 3
	for (int i = 0; i < 3; i++) {
		x.limb[i + 1] = _mm512_add_epi64(
			x.limb[i + 1], _mm512_srai_epi64(x.limb[i], 52));
		x.limb[i] = _mm512_and_si512(x.limb[i], LIMB);
	}
	return x;
}

/* Eight decimals: digits * 10^exponent. */
struct decimals {
	__m512i high; /* digits / 10^8 */
	__m512i low;  /* digits % 10^8 */
	__m512i exponent;
};

/* The powers of ten that go with eight exponents, 128 bits each. */
struct powers {
	__m512i high, low;
};

TEMPLATE struct powers
load_powers(__m512i exponents)
{
	const __m512i index = _mm512_slli_epi64(
		_mm512_sub_epi64(exponents, ALL(FIRST_POWER_OF_TEN)), 1);

	return (struct powers){
		_mm512_i64gather_epi64(index, &powers_of_ten[0][0], 8),
		_mm512_i64gather_epi64(index, &powers_of_ten[0][1], 8),
	};
}

/*
 * shortest_decimal() of eight normal floats; 'exponent' is that of a
 * significand that is an integer.  The digits fill 17 places but for one or two
 * zeros in front.
 */
TEMPLATE struct decimals
shortest_decimals(__m512i mantissa, __m512i exponent, __mmask8 is_lower_closer,
		  int n_mantissa_bits)
{
	const __m512i zero = _mm512_setzero_si512();
	/* k and shift, as shortest_decimal() has them */
	const __m512i log = _mm512_mul_epi32(exponent, ALL(1262611));
	const __m512i k = _mm512_srai_epi64(
		_mm512_mask_sub_epi64(log, is_lower_closer, log, ALL(524031)),
		22);
	const __m512i minus_k = _mm512_sub_epi64(zero, k);
	const __m512i shift = _mm512_add_epi64(
		_mm512_add_epi64(exponent, ALL(1)),
		_mm512_srai_epi64(_mm512_mul_epi32(minus_k, ALL(1741647)), 19));
	const struct powers power = load_powers(minus_k);
	/* The power times 2^28, and half of that: a half of the last place. */
	const __m512i g0 =
		_mm512_and_si512(_mm512_slli_epi64(power.low, 28), LIMB);
	const __m512i g1 = _mm512_and_si512(
		_mm512_shldi_epi64(power.high, power.low, 40), LIMB);
	const __m512i g2 = _mm512_srli_epi64(power.high, 12);
	const __m512i half[3] = {
		_mm512_and_si512(_mm512_slli_epi64(power.low, 27), LIMB),
		_mm512_and_si512(_mm512_shldi_epi64(power.high, power.low, 39),
				 LIMB),
		_mm512_srli_epi64(power.high, 13),
	};
	const __m512i quarter[3] = {
		_mm512_and_si512(_mm512_slli_epi64(power.low, 26), LIMB),
		_mm512_and_si512(_mm512_shldi_epi64(power.high, power.low, 38),
				 LIMB),
		_mm512_srli_epi64(power.high, 14),
	};
	/* The hidden bit of a float64 is above a limb: added apart. */
	const bool is_wide = n_mantissa_bits == 52;
	const __m512i factor =
		is_wide ? mantissa
			: _mm512_or_si512(mantissa,
					  ALL(INT64_C(1) << n_mantissa_bits));
	const struct limbs product = carry((struct limbs){ {
		MADD_LOW(zero, factor, g0),
		MADD_LOW(MADD_HIGH(is_wide ? g0 : zero, factor, g0), factor,
			 g1),
		MADD_LOW(MADD_HIGH(is_wide ? g1 : zero, factor, g1), factor,
			 g2),
		MADD_HIGH(is_wide ? g2 : zero, factor, g2),
	} });
	struct limbs above = product, below = product;
	__m512i value, lower, upper, odd, s, fours, low, high, last, tens;
	__mmask8 is_below_in, is_above_in, is_shorter, is_decided, is_up;

#pragma GCC unroll 3
	for (int i = 0; i < 3; i++) {
		above.limb[i] = _mm512_add_epi64(above.limb[i], half[i]);
		below.limb[i] = _mm512_sub_epi64(
			below.limb[i],
			_mm512_mask_mov_epi64(half[i], is_lower_closer,
					      quarter[i]));
	}
	odd = _mm512_and_si512(mantissa, ALL(1));
	value = round_to_odd(product, shift);
	lower = _mm512_add_epi64(round_to_odd(carry(below), shift), odd);
	upper = _mm512_sub_epi64(round_to_odd(carry(above), shift), odd);

	s = _mm512_srli_epi64(value, 2);
	fours = _mm512_andnot_si512(ALL(3), value);
	if (is_wide) {
		/* s / 10^8 is (s / 2^8) / 5^8, by ceil(2^70 / 5^8). */
		high = _mm512_srli_epi64(MADD_HIGH(zero,
						   _mm512_srli_epi64(s, 8),
						   ALL(3022314549036573)),
					 18);
		low = _mm512_and_si512(MADD_LOW(s, high, ALL(-100000000)),
				       LIMB);
	} else {
		high = zero;
		low = s;
	}
	/* low % 10 by ceil(2^52 / 10) */
	last = _mm512_and_si512(
		MADD_LOW(low, MADD_HIGH(zero, low, ALL(450359962737050)),
			 ALL(-10)),
		LIMB);

	/* One digit less? */
	tens = _mm512_sub_epi64(fours, _mm512_slli_epi64(last, 2));
	is_below_in = _mm512_cmple_epi64_mask(lower, tens);
	is_above_in =
		_mm512_cmple_epi64_mask(_mm512_add_epi64(tens, ALL(40)), upper);
	is_shorter = is_below_in ^ is_above_in;
	low = _mm512_mask_sub_epi64(low, is_shorter, low, last);
	low = _mm512_mask_add_epi64(low, is_shorter & is_above_in, low,
				    ALL(10));

	/* If not, up or down?  To the nearer one if both or none is in. */
	is_below_in = _mm512_cmple_epi64_mask(lower, fours);
	is_above_in =
		_mm512_cmple_epi64_mask(_mm512_add_epi64(fours, ALL(4)), upper);
	/* value > 4 * s + 2, or it is that and s is odd */
	is_up = _mm512_cmpgt_epi64_mask(
		_mm512_add_epi64(_mm512_and_si512(value, ALL(3)),
				 _mm512_and_si512(s, ALL(1))),
		ALL(2));
	is_decided = is_below_in ^ is_above_in;
	is_up = (is_decided & is_above_in) | (~is_decided & is_up);
	low = _mm512_mask_add_epi64(low, ~is_shorter & is_up, low, ALL(1));

	if (is_wide) {
		const __mmask8 is_carry =
			_mm512_cmpeq_epi64_mask(low, ALL(100000000));

		high = _mm512_mask_add_epi64(high, is_carry, high, ALL(1));
		low = _mm512_maskz_mov_epi64(~is_carry, low);
		return (struct decimals){ high, low, k };
	}
	/* A float16 has 5 digits, a float32 7 to 9, and they are on the left. */
	if (n_mantissa_bits == 10)
		return (struct decimals){ _mm512_mullo_epi64(low, ALL(10000)),
					  zero, _mm512_sub_epi64(k, ALL(12)) };
	is_shorter = _mm512_cmplt_epi64_mask(low, ALL(100000000));
	return (struct decimals){
		_mm512_mask_mul_epu32(low, is_shorter, low, ALL(10)), zero,
		_mm512_mask_sub_epi64(_mm512_sub_epi64(k, ALL(8)), is_shorter,
				      _mm512_sub_epi64(k, ALL(8)), ALL(1))
	};
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

TEMPLATE __m512i
make_characters(struct separator separator)
{
	char characters[64] = { 0 };

	for (int slot = 0; slot < 64; slot += 32) {
		memset(characters + slot, '0', POINT);
		characters[slot + POINT] = '.';
		characters[slot + LETTER] = 'e';
		characters[slot + MINUS] = '-';
		characters[slot + PLUS] = '+';
		memcpy(characters + slot + SEPARATOR, separator.text, 2);
	}
	return _mm512_loadu_si512(characters);
}

/* --- Layouts --------------------------------------------------------------- */

/* Where the parts of a text are in its slot. */
enum { AT_SIGN = 0, AT_EXPONENT = 19, AT_HUNDREDS = 21, AT_SEPARATOR = 24 };

/*
 * The layouts: with the decimal point before, among or behind the 17 digits,
 * behind 'point' of them; and those with an exponent, for one zero in front or
 * none, of either sign.
 */
#define LEAST_POINT   (-3)
#define MOST_POINT    17
#define N_FIXED	      (MOST_POINT - LEAST_POINT + 1)
#define SCIENTIFIC(n) (N_FIXED + (n))

struct layout {
	unsigned char from[32]; /* which byte of the slot becomes this one */
	uint32_t digits;	/* bytes that are wanted if they are not '0', */
	uint32_t required;	/* or if they are of these, or between */
	uint32_t exponent;	/* bytes that are wanted, */
	uint32_t hundreds;	/* and one that is if it is not '0' */
	uint32_t padding[4];	/* to a size that is a power of two */
};

#define BITS(first, n) (((UINT32_C(1) << (n)) - 1) << (first))

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

/* A digit is required on either side of the point ... */
#define FIXED(point)                                                        \
	{                                                                   \
		.from = BYTES(FIXED_BYTE, point),                           \
		.digits = (point) > 0 ? BITS(1, 18) & ~BITS((point) + 1, 1) \
				      : BITS(3 - (point), 17),              \
		.required = (point) > 0                                     \
				    ? BITS(point, 1) | BITS((point) + 2, 1) \
				    : BITS(1, 1),                           \
	}
/* ... but not before an exponent. */
#define WITH_EXPONENT(point, sign)                                           \
	{                                                                    \
		.from = BYTES(SCIENTIFIC_BYTE, point, sign),                 \
		.digits = BITS(1, 18) & ~BITS((point) + 1, 1),               \
		.exponent = BITS(AT_EXPONENT, 2) | BITS(AT_HUNDREDS + 1, 2), \
		.hundreds = BITS(AT_HUNDREDS, 1),                            \
	}

static const struct layout layouts[] __attribute__((aligned(64))) = {
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

/* The bytes of a slot that are wanted; 'nonzero' are those that are not '0'. */
TEMPLATE uint32_t
choose_bytes(const struct layout *layout, uint32_t nonzero, bool is_negative)
{
	const uint32_t ends = (nonzero & layout->digits) | layout->required;
	/* From the lowest bit that is set to the highest. */
	const uint32_t number =
		(ends | -ends) & UINT32_MAX >> __builtin_clz(ends);

	return number | layout->exponent | (nonzero & layout->hundreds) |
	       (uint32_t)is_negative << AT_SIGN;
}

/* --- The kernels ---------------------------------------------------------- */

/* Eight floats: 'n' of them, if there are not as many. */
TEMPLATE char *
put_8(char *out, struct decimals decimals, __mmask8 is_zero, unsigned signs,
      struct separator separator, int n)
{
	const __m512i zero = _mm512_setzero_si512();
	const __m512i characters = make_characters(separator);
	const uint32_t end = BITS(AT_SEPARATOR, separator.n_bytes);
	/* How many digits are before the point, and if the first one is 0 */
	const __m512i point = _mm512_mask_mov_epi64(
		_mm512_add_epi64(decimals.exponent, ALL(17)), is_zero, ALL(1));
	const __mmask8 is_short = _mm512_mask_cmplt_epi64_mask(
		(__mmask8)~is_zero, decimals.high, ALL(100000000));
	/* The exponent of the first digit that is not 0 */
	const __m512i exponent = _mm512_mask_sub_epi64(
		_mm512_sub_epi64(point, ALL(1)), is_short, point, ALL(2));
	const __mmask8 is_scientific = _mm512_cmpge_epu64_mask(
		_mm512_add_epi64(exponent, ALL(4)), ALL(20));
	const __mmask8 is_small = _mm512_movepi64_mask(exponent);
	__m512i layout = _mm512_sub_epi64(point, ALL(LEAST_POINT));
	const __m512i magnitude = _mm512_abs_epi64(exponent);
	const __m512i hundreds =
		_mm512_srli_epi64(_mm512_mul_epu32(magnitude, ALL(5243)), 19);
	const __m512i high =
		_mm512_maskz_mov_epi64((__mmask8)~is_zero, decimals.high);
	const __m512i low =
		_mm512_maskz_mov_epi64((__mmask8)~is_zero, decimals.low);
	/* high / 10^8 by ceil(2^78 / 10^8) */
	const __m512i tops = _mm512_srli_epi64(
		MADD_HIGH(zero, high, ALL(3022314549036573)), 26);
	const __m512i middles =
		_mm512_and_si512(MADD_LOW(high, tops, ALL(-100000000)), LIMB);
	const __m512i fours = split_hundreds(
		_mm512_or_si512(split_eights(low),
				_mm512_slli_epi64(split_eights(middles), 32)));
	/* A byte of the first digit, then two of the exponent's */
	const __m512i others = _mm512_or_si512(
		_mm512_or_si512(tops, _mm512_slli_epi64(hundreds, 8)),
		_mm512_slli_epi64(
			_mm512_sub_epi64(magnitude,
					 _mm512_mul_epu32(hundreds, ALL(100))),
			16));
	__m512i from = _mm512_setr_epi64(
		0x0004000700060040, 0x0000000300020005, 0x0000004200410001, 0,
		0x000C000F000E0048, 0x0008000B000A000D, 0x0000004A00490009, 0);
	uint64_t layouts_of[8];

	layout = _mm512_mask_mov_epi64(layout, is_scientific,
				       ALL(SCIENTIFIC(0)));
	layout = _mm512_mask_add_epi64(layout, is_scientific & is_short, layout,
				       ALL(1));
	layout = _mm512_mask_add_epi64(layout, is_scientific & is_small, layout,
				       ALL(2));
	_mm512_storeu_si512(layouts_of, layout);
#pragma GCC unroll 4
	for (int i = 0; i < 8 && i < n; i += 2) {
		const struct layout *first = &layouts[layouts_of[i]];
		const struct layout *second = &layouts[layouts_of[i + 1]];
		const __m512i lanes = _mm512_maskz_permutex2var_epi8(
			UINT64_C(0x0015555500155555), fours, from, others);
		const __m512i parts =
			_mm512_or_si512(split_pairs(lanes), characters);
		const __m512i order = _mm512_add_epi8(
			_mm512_inserti64x4(
				_mm512_castsi256_si512(_mm256_loadu_si256(
					(const void *)first->from)),
				_mm256_loadu_si256((const void *)second->from),
				1),
			_mm512_setr_epi64(0, 0, 0, 0, 0x2020202020202020,
					  0x2020202020202020,
					  0x2020202020202020,
					  0x2020202020202020));
		const __m512i text = _mm512_permutexvar_epi8(order, parts);
		const uint64_t nonzero =
			_mm512_cmpneq_epi8_mask(text, _mm512_set1_epi8('0'));
		uint64_t wanted =
			choose_bytes(first, (uint32_t)nonzero, signs >> i & 1) |
			end;

		if (i + 1 < n)
			wanted |= (uint64_t)(choose_bytes(
						     second,
						     (uint32_t)(nonzero >> 32),
						     signs >> (i + 1) & 1) |
					     end)
				  << 32;
		_mm512_storeu_si512(out,
				    _mm512_maskz_compress_epi8(wanted, text));
		out += _mm_popcnt_u64(wanted);
		from = _mm512_add_epi8(from, _mm512_set1_epi8(16));
	}
	return out;
}

/* The bits of the first 'n' <= 8 elements of 'n_bits' each. */
TEMPLATE __m512i
load_8(const void *from, int n_bits, int n)
{
	const __mmask8 there = (__mmask8)((1 << n) - 1);

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

/* 'n' <= 8 floats; 'others' writes what this does not. */
TEMPLATE char *
put_floats(char *out, const void *from, int n, struct separator separator,
	   int n_mantissa_bits, int n_exponent_bits, text_kernel *others)
{
	const int n_bits = 1 + n_mantissa_bits + n_exponent_bits;
	const int exponent_mask = (1 << n_exponent_bits) - 1;
	const __m512i bits = load_8(from, n_bits, n);
	const __m512i mantissa = _mm512_and_si512(
		bits, ALL((INT64_C(1) << n_mantissa_bits) - 1));
	const __m512i exponent = _mm512_and_si512(
		_mm512_srli_epi64(bits, (unsigned)n_mantissa_bits),
		ALL(exponent_mask));
	const unsigned signs = _mm512_test_epi64_mask(
		bits, ALL((int64_t)(UINT64_C(1) << (n_bits - 1))));
	const __mmask8 has_mantissa =
		_mm512_test_epi64_mask(mantissa, mantissa);
	const __mmask8 has_exponent =
		_mm512_test_epi64_mask(exponent, exponent);
	const __mmask8 is_other =
		_mm512_cmpeq_epi64_mask(exponent, ALL(exponent_mask)) |
		(has_mantissa & ~has_exponent);
	const __mmask8 is_lower_closer =
		(__mmask8)~has_mantissa &
		_mm512_cmpgt_epi64_mask(exponent, ALL(1));

	if (is_other)
		return others(from, (size_t)n, separator, out);
	return put_8(out,
		     shortest_decimals(
			     mantissa,
			     _mm512_sub_epi64(exponent, ALL(exponent_mask / 2 +
							    n_mantissa_bits)),
			     is_lower_closer, n_mantissa_bits),
		     (__mmask8) ~(has_mantissa | has_exponent), signs,
		     separator, n);
}

#define DEFINE_KERNEL(name, itemsize, n_mantissa_bits, n_exponent_bits)        \
	char *OF_VARIANT(vector_##name)(const void *elements,                  \
					size_t n_elements,                     \
					struct separator separator, char *out) \
	{                                                                      \
		const unsigned char *from = elements;                          \
                                                                               \
		for (; n_elements >= 8; n_elements -= 8) {                     \
			out = put_floats(out, from, 8, separator,              \
					 n_mantissa_bits, n_exponent_bits,     \
					 OF_VARIANT(decimal_##name));          \
			from += 8 * itemsize;                                  \
		}                                                              \
		if (n_elements > 0)                                            \
			out = put_floats(out, from, (int)n_elements,           \
					 separator, n_mantissa_bits,           \
					 n_exponent_bits,                      \
					 OF_VARIANT(decimal_##name));          \
		return out;                                                    \
	}

DEFINE_KERNEL(float16, 2, 10, 5)
DEFINE_KERNEL(float32, 4, 23, 8)
DEFINE_KERNEL(float64, 8, 52, 11)
DEFINE_KERNEL(json_float16, 2, 10, 5)
DEFINE_KERNEL(json_float32, 4, 23, 8)
DEFINE_KERNEL(json_float64, 8, 52, 11)
#endif
