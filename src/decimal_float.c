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

/* digits * 10^exponent */
struct decimal {
	uint64_t digits;
	int exponent;
};

/* floor(log2(10^e)) for |e| <= 1233; the factor is log2(10) * 2^19. */
static inline int
floor_log2_power_of_10(int e)
{
	return e * 1741647 >> 19;
}

/*
 * floor(log10(2^e)), or floor(log10(3/4 * 2^e)), for |e| <= 1650; the factor is
 * log10(2) * 2^22, and 524031 is -log10(3/4) * 2^22.
 */
static inline int
floor_log10_power_of_2(int e, bool three_quarters)
{
	return (e * 1262611 - (three_quarters ? 524031 : 0)) >> 22;
}

/*
 * The top 64 bits of 'power' * 'factor', a product of 192 bits; its lowest bit
 * is 1 if a bit below is ("round to odd"), so that comparisons see ties.
 */
static inline uint64_t
multiply_round_to_odd(const uint64_t power[2], uint64_t factor)
{
	const unsigned __int128 low = (unsigned __int128)power[1] * factor;
	const unsigned __int128 high =
		(unsigned __int128)power[0] * factor + (uint64_t)(low >> 64);

	return (uint64_t)(high >> 64) | ((uint64_t)high > 1);
}

/*
 * The shortest decimal for significand * 2^exponent, significand > 0.  The
 * digits may end in zeros.  'is_lower_closer': the significand is the least of
 * its exponent, so that the neighbour below is only half as far away.
 */
static inline struct decimal
shortest_decimal(uint64_t significand, int exponent, bool is_lower_closer)
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
			return (struct decimal){ tens + is_above_in, k + 1 };
	}
	is_below_in = lower <= 4 * s;
	is_above_in = 4 * s + 4 <= upper;
	if (is_below_in != is_above_in)
		return (struct decimal){ s + is_above_in, k };
	/* Both or none: the nearer one, the even one of two as near. */
	return (struct decimal){
		s + (value > 4 * s + 2 || (value == 4 * s + 2 && (s & 1))), k
	};
}

/*
 * Writes the digits of 'value' < 10^17 as text, without leading and trailing
 * zeros, at the start of 'text', and sets '*n_trailing_zeros' to what was left
 * out behind.  Returns the number of digits.
 */
static inline int
digits_to_text(uint64_t value, char text[32], int *n_trailing_zeros)
{
	const uint64_t ten_8 = 100000000;
	const uint32_t top = (uint32_t)(value / (ten_8 * ten_8));
	const uint64_t middle =
		decimal_8_digits((uint32_t)(value / ten_8 % ten_8));
	const uint64_t low = decimal_8_digits((uint32_t)(value % ten_8));
	char padded[32] = { 0 };
	int n_leading, n_trailing;

	padded[0] = (char)('0' + top);
	decimal_store_8(padded + 1, middle | DECIMAL_ASCII_ZEROS);
	decimal_store_8(padded + 9, low | DECIMAL_ASCII_ZEROS);
	if (top)
		n_leading = 0;
	else if (middle)
		n_leading = 1 + __builtin_ctzll(middle) / 8;
	else
		n_leading = 9 + __builtin_ctzll(low) / 8;
	if (low)
		n_trailing = __builtin_clzll(low) / 8;
	else if (middle)
		n_trailing = 8 + __builtin_clzll(middle) / 8;
	else
		n_trailing = 16;
	/* Behind the digits come '0' and NUL: nobody reads those. */
	memcpy(text, padded + n_leading, 16);
	text[16] = padded[16];
	*n_trailing_zeros = n_trailing;
	return 17 - n_leading - n_trailing;
}

/* Writes "e-05": a sign and at least two digits. */
static inline char *
put_exponent(char *out, int exponent)
{
	*out++ = 'e';
	*out++ = exponent < 0 ? '-' : '+';
	if (exponent < 0)
		exponent = -exponent;
	if (exponent >= 100) {
		*out++ = (char)('0' + exponent / 100);
		exponent %= 100;
	}
	*out++ = (char)('0' + exponent / 10);
	*out++ = (char)('0' + exponent % 10);
	return out;
}

/*
 * Writes a decimal greater than 0 as repr() does.  Copies are of constant size,
 * which is faster than of the right one; DECIMAL_SLACK_BYTES covers that.
 */
static inline char *
put_decimal(char *out, struct decimal decimal)
{
	char text[32];
	int n_trailing_zeros;
	const int n = digits_to_text(decimal.digits, text, &n_trailing_zeros);
	/* How many digits are before the decimal point. */
	const int point = n + n_trailing_zeros + decimal.exponent;

	if (point <= -4 || point > 16) {
		*out++ = text[0];
		if (n > 1) {
			*out++ = '.';
			memcpy(out, text + 1, 16);
			out += n - 1;
		}
		return put_exponent(out, point - 1);
	}
	if (point <= 0) {
		memcpy(out, "0.000", 5);
		memcpy(out + 2 - point, text, 17);
		return out + 2 - point + n;
	}
	memcpy(out, text, 16);
	if (point >= n) {
		memcpy(out + n, "0000000000000000", 16);
		memcpy(out + point, ".0", 2);
		return out + point + 2;
	}
	out[point] = '.';
	memcpy(out + point + 1, text + point, 16);
	return out + n + 1;
}

/*
 * The float whose bits these are; the widths and the spelling are constants of
 * the caller.
 */
static inline char *
put_float(char *out, uint64_t bits, int n_mantissa_bits, int n_exponent_bits,
	  enum spelling spelling)
{
	const int exponent_mask = (1 << n_exponent_bits) - 1;
	const uint64_t hidden_bit = UINT64_C(1) << n_mantissa_bits;
	const uint64_t mantissa = bits & (hidden_bit - 1);
	const int exponent = (int)(bits >> n_mantissa_bits) & exponent_mask;
	const bool is_negative = bits >> (n_mantissa_bits + n_exponent_bits);
	/* The exponent of a significand that is an integer. */
	const int lowest_exponent = 2 - exponent_mask / 2 - 1 - n_mantissa_bits;

	if (spelling == SPELLING_JSON && exponent == exponent_mask) {
		memcpy(out, "null", 4);
		return out + 4;
	}
	if (exponent == exponent_mask && mantissa) {
		memcpy(out, "nan", 3);
		return out + 3;
	}
	*out = '-';
	out += is_negative;
	if (exponent == exponent_mask || (exponent | (int)!!mantissa) == 0) {
		memcpy(out, exponent ? "inf" : "0.0", 3);
		return out + 3;
	}
	if (exponent == 0)
		return put_decimal(
			out,
			shortest_decimal(mantissa, lowest_exponent, false));
	return put_decimal(out,
			   shortest_decimal(mantissa | hidden_bit,
					    lowest_exponent + exponent - 1,
					    mantissa == 0 && exponent > 1));
}

#define DEFINE_KERNEL(name, n_bits, n_mantissa_bits, n_exponent_bits,        \
		      spelling)                                              \
	char *OF_VARIANT(name)(const void *elements, size_t n_elements,      \
			       struct separator separator, char *out)        \
	{                                                                    \
		const unsigned char *from = elements;                        \
                                                                             \
		for (size_t i = 0; i < n_elements; i++) {                    \
			out = put_float(                                     \
				out,                                         \
				load_##n_bits(from + i * n_bits / 8, false), \
				n_mantissa_bits, n_exponent_bits, spelling); \
			out = decimal_put_separator(out, separator);         \
		}                                                            \
		return out;                                                  \
	}

DEFINE_KERNEL(decimal_float16, 16, 10, 5, SPELLING_PYTHON)
DEFINE_KERNEL(decimal_float32, 32, 23, 8, SPELLING_PYTHON)
DEFINE_KERNEL(decimal_float64, 64, 52, 11, SPELLING_PYTHON)
DEFINE_KERNEL(decimal_json_float16, 16, 10, 5, SPELLING_JSON)
DEFINE_KERNEL(decimal_json_float32, 32, 23, 8, SPELLING_JSON)
DEFINE_KERNEL(decimal_json_float64, 64, 52, 11, SPELLING_JSON)
