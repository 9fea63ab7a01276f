/* SPDX-License-Identifier: MIT */
/*
 * Floats to the shortest text that reads back to the same value.
 *
 * The digits are found as R. Giulietti describes in "The Schubfach way to
 * render doubles" (2021): among the decimals of the coarsest precision that
 * can have one in the interval that rounds to the float, take the nearest.
 * One implementation serves all widths, since a narrower float is just one
 * with fewer bits between its neighbours.
 *
 * They are spelled as Python's repr() spells them.
 */
#include "config.h"
#include "decimal.h"
#include "element.h"
#include "powers_of_ten.h"
#include "wide.h"

/* (digits + last / 10) * 10^exponent: most have a 0 there, or nothing. */
struct decimal {
	uint64_t digits;
	unsigned last;
	int exponent;
};

/* What the widths differ in */
struct format {
	int n_mantissa_bits, n_exponent_bits;
	int n_digits;	/* of a decimal, but for the last */
	uint64_t least; /* of so many digits */
};

#define FORMAT_16 ((struct format){ 10, 5, 4, 1000 })
#define FORMAT_32 ((struct format){ 23, 8, 8, 10000000 })
#define FORMAT_64 ((struct format){ 52, 11, 16, 1000000000000000 })

/* The exponent of a subnormal's significand, an integer */
TEMPLATE int
lowest_exponent(struct format format)
{
	return 2 - (1 << (format.n_exponent_bits - 1)) - format.n_mantissa_bits;
}

TEMPLATE uint64_t
mantissa_of(uint64_t bits, struct format format)
{
	return bits & ((UINT64_C(1) << format.n_mantissa_bits) - 1);
}

TEMPLATE size_t
itemsize_of(struct format format)
{
	return (size_t)(1 + format.n_exponent_bits + format.n_mantissa_bits) /
	       8;
}

/* floor(log2(10^e)) for |e| <= 1233 */
static inline int
floor_log2_power_of_10(int e)
{
	return e * LOG2_OF_10 >> LOG2_BITS;
}

/* floor(log10(2^e)), or floor(log10(3/4 * 2^e)), for |e| <= 1650 */
static inline int
floor_log10_power_of_2(int e, bool three_quarters)
{
	return (e * LOG10_OF_2 - (three_quarters ? LOG10_OF_4_3 : 0)) >>
	       LOG10_BITS;
}

/* --- The shortest decimal ------------------------------------------------ */

/*
 * The top 64 bits of 'power' * 'factor', a product of 192 bits; its lowest bit
 * is 1 if a bit below is ("round to odd"), so that comparisons see ties.
 */
static inline uint64_t
multiply_round_to_odd(const uint64_t power[2], uint64_t factor)
{
	const struct wide low = wide_multiply_add(power[1], factor, 0);
	const struct wide high = wide_multiply_add(power[0], factor, low.high);

	return high.high | (high.low > 1);
}

/* Shifts the digits to the left, and the last of them out. */
static inline struct decimal
align_digits(uint64_t digits, int exponent, uint64_t least)
{
	for (; digits < 10 * least; digits *= 10)
		exponent--;
	return (struct decimal){ digits / 10, (unsigned)(digits % 10),
				 exponent + 1 };
}

/*
 * The shortest decimal for significand * 2^exponent, significand > 0, by exact
 * arithmetic, with all digits of its format, of which 'least' is the least.
 * 'is_lower_closer': the significand is the least of its exponent, so that the
 * neighbour below is only half as far away.
 */
static __attribute__((noinline)) struct decimal
exact_decimal(uint64_t significand, int exponent, bool is_lower_closer,
	      uint64_t least)
{
	/* Even significands win ties, so their interval is closed. */
	const unsigned is_odd = significand & 1;
	const int k = floor_log10_power_of_2(exponent, is_lower_closer);
	const int shift = exponent + floor_log2_power_of_10(-k) + 1;
	const uint64_t *power = powers_of_ten[-k - FIRST_POWER_OF_TEN];
	/* Four times the float and the ends of its interval, over 10^k. */
	const uint64_t four = significand << 2;
	const uint64_t value = multiply_round_to_odd(power, four << shift);
	const uint64_t lower =
		multiply_round_to_odd(power, (four - 2 + is_lower_closer)
						     << shift) +
		is_odd;
	const uint64_t upper =
		multiply_round_to_odd(power, (four + 2) << shift) - is_odd;
	const uint64_t s = value >> 2;
	bool is_below_in, is_above_in;

	if (s >= 10) { /* one digit less? */
		const uint64_t tens = s / 10;

		is_below_in = lower <= 40 * tens;
		is_above_in = 40 * tens + 40 <= upper;
		if (is_below_in != is_above_in)
			return align_digits(10 * (tens + is_above_in), k,
					    least);
	}
	is_below_in = lower <= 4 * s;
	is_above_in = 4 * s + 4 <= upper;
	if (is_below_in != is_above_in)
		return align_digits(s + is_above_in, k, least);
	/* Both or none: the nearer one, the even one of two as near. */
	return align_digits(
		s + (value > 4 * s + 2 || (value == 4 * s + 2 && (s & 1))), k,
		least);
}

/* So near to 0 may be what is 0; units are 2^-64. */
#define NEAR 512

/*
 * The same of a normal float, without branches on its digits.
 *
 * It is scaled so that the interval is shorter than 1, and not shorter than
 * 1/10.  So if the nearest integer is inside, it is the shortest; if not, the
 * nearest tenth is inside, and is it.  With 'is_lower_closer' one end is half as
 * far away: then both are taken to be, and if the integer is not inside, that
 * is left to exact_decimal().
 *
 * All this is found with 64 bits behind the point, of which only the last few
 * may be wrong.  Where an end, or the middle of two tenths, is too near to tell,
 * exact_decimal() does.
 */
TEMPLATE struct decimal
shortest_decimal(uint64_t mantissa, int biased_exponent, struct format format)
{
	const bool is_lower_closer = mantissa == 0;
	const uint64_t significand =
		mantissa | UINT64_C(1) << format.n_mantissa_bits;
	const int exponent = biased_exponent - 1 + lowest_exponent(format);
	const int k = floor_log10_power_of_2(exponent, false) + 1;
	const int shift =
		exponent + floor_log2_power_of_10(-k) + 5; /* 1 ... 4 */
	const uint64_t *power =
		powers_of_ten[(unsigned)(-k - FIRST_POWER_OF_TEN)];
	/* The float over 10^k, times 2^4 */
	const uint64_t factor = significand << shift;
	const struct wide product = wide_multiply_add(
		power[0], factor, wide_multiply_add(power[1], factor, 0).high);
	const uint64_t fraction = product.high << 60 | product.low >> 4;
	/* From the float to the ends of the interval */
	const uint64_t half = power[0] >> (5 - shift) >> is_lower_closer;
	const uint64_t is_upper = fraction >> 63;
	const uint64_t distance = fraction ^ -is_upper;
	const bool is_shorter = distance < half;
	/* Rounded, with 60 bits behind the point */
	const uint64_t tenths = 10 * (fraction >> 4) + (UINT64_C(1) << 59);
	const bool is_unsure =
		MIN(distance - half + NEAR, (tenths << 4) + NEAR) <= 2 * NEAR;

	if (__builtin_expect(is_unsure | (is_lower_closer & !is_shorter), 0))
		return exact_decimal(significand, exponent,
				     is_lower_closer && biased_exponent > 1,
				     format.least);
	/* Masks, since whether it is shorter cannot be foretold */
	return (struct decimal){
		(product.high >> 4) + (is_upper & is_shorter),
		(unsigned)(tenths >> 60) & ((unsigned)is_shorter - 1),
		k,
	};
}

/* The exponent of the decimals that stand for infinities and NaN */
#define NOT_FINITE INT16_MAX

/* The same of a float that is not normal; 0 is so many zeros. */
static __attribute__((noinline)) struct decimal
decimal_apart(uint64_t mantissa, int biased_exponent, struct format format)
{
	if (biased_exponent > 0)
		return (struct decimal){ 0, 0, NOT_FINITE - format.n_digits };
	if (mantissa == 0)
		return (struct decimal){ 0, 0, 8 - format.n_digits };
	return exact_decimal(mantissa, lowest_exponent(format), false,
			     format.least);
}

TEMPLATE struct decimal
find_decimal(uint64_t bits, struct format format)
{
	const int exponent_mask = (1 << format.n_exponent_bits) - 1;
	const uint64_t mantissa = mantissa_of(bits, format);
	const int biased_exponent =
		(int)(bits >> format.n_mantissa_bits) & exponent_mask;

	if (biased_exponent == 0 || biased_exponent == exponent_mask)
		return decimal_apart(mantissa, biased_exponent, format);
	return shortest_decimal(mantissa, biased_exponent, format);
}

/* --- Digits --------------------------------------------------------------- */

/*
 * So many floats are done at a time, in short loops: the CPU has several turns
 * of each under way, and compilers make vectors of those that split digits.
 * More are not quicker, but short rows would have to wait for them.
 */
#define N_TURN 8

/*
 * The digits of a decimal are put into a slot: eight zeros, 16 digits of which
 * the first ones may be zeros, the last, and again zeros.  A slot is made of
 * four numbers < 10^8, these of pairs of numbers < 10^4.
 */
#define N_EIGHTS    4
#define SLOT_BYTES  (8 * N_EIGHTS)
#define FIRST_DIGIT 8

TEMPLATE void
put_eights(uint32_t *eights, struct decimal decimal, struct format format)
{
	const uint64_t ten_8 = 100000000;
	const uint32_t digits = (uint32_t)decimal.digits;

	memset(eights, 0, N_EIGHTS * sizeof(*eights));
	switch (format.n_digits) {
	case 4:
		eights[1] = digits * 10000 + decimal.last * 1000;
		break;
	case 8:
		eights[1] = digits;
		eights[2] = decimal.last * 10000000;
		break;
	default:
		eights[1] = (uint32_t)(decimal.digits / ten_8);
		eights[2] = (uint32_t)(decimal.digits % ten_8);
		eights[3] = decimal.last * 10000000;
	}
}

TEMPLATE void
split_eights(const uint32_t *eights, size_t n, uint16_t *fours)
{
	for (size_t i = 0; i < n; i++) {
		const uint32_t high = eights[i] / 10000;

		fours[2 * i] = (uint16_t)high;
		fours[2 * i + 1] = (uint16_t)(eights[i] - 10000 * high);
	}
}

/* Eight digits of a slot, the first in the least significant byte */
static inline uint64_t
load_digits(const char *from)
{
	return load_64(from, CONSUMER_NATIVE_ENDIAN == CONSUMER_BIG_ENDIAN) ^
	       DECIMAL_ASCII_ZEROS;
}

/* Where in a slot the first digit is that is not 0, or the eighth of all */
static inline int
find_first(const char *slot)
{
	const uint64_t digits = load_digits(slot + FIRST_DIGIT);

	return FIRST_DIGIT + __builtin_ctzll(digits | UINT64_C(1) << 56) / 8;
}

/* Where those that are not 0 end, but for the first of all */
TEMPLATE int
find_end(const char *slot, struct format format)
{
	const uint64_t head = load_digits(slot + FIRST_DIGIT + 1);
	const uint64_t tail = load_digits(slot + FIRST_DIGIT + 9);
	/* 63 - x is written so that it costs nothing on x86. */
	const unsigned head_bits =
		(unsigned)__builtin_clzll(head << 4 | 1) ^ 63;

	if (format.n_digits > 8 && tail)
		return FIRST_DIGIT + 10 +
		       (int)(((unsigned)__builtin_clzll(tail) ^ 63) / 8);
	return FIRST_DIGIT + 1 + (int)((head_bits + 4) / 8);
}

/* --- Text ----------------------------------------------------------------- */

/* Writes "e-05": a sign and at least two digits. */
static inline char *
put_exponent(char *out, int exponent)
{
	const unsigned magnitude =
		(unsigned)(exponent < 0 ? -exponent : exponent);

	out[0] = 'e';
	out[1] = exponent < 0 ? '-' : '+';
	out[2] = (char)('0' + magnitude / 100);
	out += 2 + (magnitude >= 100);
	out[0] = (char)('0' + magnitude % 100 / 10);
	out[1] = (char)('0' + magnitude % 10);
	return out + 2;
}

static __attribute__((noinline)) char *
put_scientific(char *out, const char *digits, int n_digits, int exponent)
{
	out[0] = digits[0];
	out[1] = '.';
	memcpy(out + 2, digits + 1, 16);
	return put_exponent(out + n_digits + (n_digits > 1), exponent);
}

/* Writes an infinity or a NaN. */
static __attribute__((noinline)) char *
put_not_finite(char *out, bool is_nan, bool is_negative, enum spelling spelling)
{
	if (spelling == SPELLING_JSON) {
		memcpy(out, "null", 4);
		return out + 4;
	}
	*out = '-';
	out += is_negative & !is_nan;
	memcpy(out, is_nan ? "nan" : "inf", 3);
	return out + 3;
}

/*
 * Writes a float as repr() does, 'point' of the digits in 'slot', all of them
 * counted, before the decimal point.
 *
 * Digits are copied twice: to where they are before the point, and to where
 * they are behind it.  The zeros of a small number come with them out of the
 * slot, and lengths cost no branch.
 */
TEMPLATE char *
put_float(char *out, uint64_t bits, const char *slot, int point,
	  struct format format, enum spelling spelling)
{
	const bool is_negative =
		bits >> (format.n_mantissa_bits + format.n_exponent_bits);
	const int first = find_first(slot);
	const int n_digits = find_end(slot, format) - first;
	const int n_before = point - (first - FIRST_DIGIT);
	/* How many zeros are before the digits, one of them before the point */
	const int n_zeros = (1 - n_before) & -(int)(n_before <= 0);
	const int at_point = n_before + n_zeros;
	const char *from = slot + first - n_zeros;

	if (n_before <= -4 || n_before > 16) {
		if (point == NOT_FINITE)
			return put_not_finite(out,
					      mantissa_of(bits, format) != 0,
					      is_negative, spelling);
		*out = '-';
		return put_scientific(out + is_negative, slot + first, n_digits,
				      n_before - 1);
	}
	*out = '-';
	out += is_negative;
	memcpy(out, from, 16);
	memcpy(out + at_point + 1, from + at_point, 24);
	out[at_point] = '.';
	return out + 1 + MAX(n_zeros + n_digits, at_point + 1);
}

/* --- The kernels ---------------------------------------------------------- */

TEMPLATE uint64_t
load_bits(const unsigned char *from, struct format format)
{
	switch (format.n_mantissa_bits) {
	case 10:
		return load_16(from, false);
	case 23:
		return load_32(from, false);
	default:
		return load_64(from, false);
	}
}

/* Writes 'n' <= N_TURN floats. */
TEMPLATE char *
put_turn(const unsigned char *from, size_t n, struct separator separator,
	 char *out, struct format format, enum spelling spelling)
{
	const size_t itemsize = itemsize_of(format);
	uint32_t eights[N_EIGHTS * N_TURN];
	uint16_t fours[2 * N_EIGHTS * N_TURN];
	/* and one more, for what copies of constant size read beyond the last */
	uint16_t pairs[SLOT_BYTES / 2 * (N_TURN + 1)];
	const char *slots = (const char *)pairs;
	int16_t points[N_TURN];

	for (size_t i = 0; i < n; i++) {
		const struct decimal decimal = find_decimal(
			load_bits(from + i * itemsize, format), format);

		put_eights(eights + N_EIGHTS * i, decimal, format);
		points[i] = (int16_t)(decimal.exponent + format.n_digits);
	}
	memset(eights + N_EIGHTS * n, 0,
	       N_EIGHTS * (N_TURN - n) * sizeof(*eights));
	split_eights(eights, N_EIGHTS * N_TURN, fours);
	decimal_split_fours(fours, 2 * N_EIGHTS * N_TURN, pairs);
	for (size_t i = 0; i < n; i++) {
		out = put_float(out, load_bits(from + i * itemsize, format),
				slots + SLOT_BYTES * i, points[i], format,
				spelling);
		out = decimal_put_separator(out, separator);
	}
	return out;
}

TEMPLATE char *
put_floats(const unsigned char *from, size_t n_elements,
	   struct separator separator, char *out, struct format format,
	   enum spelling spelling)
{
	for (size_t n; n_elements > 0; n_elements -= n) {
		n = MIN(n_elements, N_TURN);
		out = put_turn(from, n, separator, out, format, spelling);
		from += n * itemsize_of(format);
	}
	return out;
}

#define DEFINE_KERNEL(name, n_bits, spelling)                           \
	char *OF_VARIANT(name)(const void *elements, size_t n_elements, \
			       struct separator separator, char *out)   \
	{                                                               \
		return put_floats(elements, n_elements, separator, out, \
				  FORMAT_##n_bits, spelling);           \
	}

DEFINE_KERNEL(decimal_float16, 16, SPELLING_PYTHON)
DEFINE_KERNEL(decimal_float32, 32, SPELLING_PYTHON)
DEFINE_KERNEL(decimal_float64, 64, SPELLING_PYTHON)
DEFINE_KERNEL(decimal_json_float16, 16, SPELLING_JSON)
DEFINE_KERNEL(decimal_json_float32, 32, SPELLING_JSON)
DEFINE_KERNEL(decimal_json_float64, 64, SPELLING_JSON)
