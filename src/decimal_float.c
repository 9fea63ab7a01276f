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
	const struct wide low = wide_multiply_add(power[1], factor, 0);
	const struct wide high = wide_multiply_add(power[0], factor, low.high);

	return high.high | (high.low > 1);
}

/*
 * The shortest decimal for significand * 2^exponent, significand > 0, by exact
 * arithmetic.  The digits may end in zeros.  'is_lower_closer': the significand is the least of
 * its exponent, so that the neighbour below is only half as far away.
 */
static __attribute__((noinline, cold)) struct decimal
exact_decimal(uint64_t significand, int exponent, bool is_lower_closer)
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
			return (struct decimal){ 10 * (tens + is_above_in), k };
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

/* 1 with 59 bits behind the point: ten times that is an int64_t. */
#define ONE (UINT64_C(1) << 59)

/* Whether a difference, cut off here and there, may stand for 0. */
static inline unsigned
is_near_0(int64_t x)
{
	return (uint64_t)x + 1 <= 2;
}

/*
 * The same of a normal float, without branches on its digits.
 *
 * If a number of one digit less is between the ends of the interval, that is
 * it; if not, it is the nearest integer, which is then between them, as an end
 * is at least 1/2 away.  With 'is_lower_closer' one end may be as near as 1/3:
 * that is left to exact_decimal(), unless the number is an integer.
 *
 * All this is found with 59 bits behind the point.  Where an end, or 1/2, is
 * too near to tell, exact_decimal() does: this is rare for a float64.  Narrower
 * floats are never that near to what they are not at ('is_narrow').
 */
static inline __attribute__((always_inline)) struct decimal
shortest_decimal(uint64_t significand, int exponent, bool is_lower_closer,
		 bool is_narrow)
{
	const int k = floor_log10_power_of_2(exponent, is_lower_closer);
	const int shift = exponent + floor_log2_power_of_10(-k) + 1;
	const uint64_t *power = powers_of_ten[-k - FIRST_POWER_OF_TEN];
	const uint64_t factor = significand << (2 + shift);
	const struct wide low = wide_multiply_add(power[1], factor, 0);
	const struct wide four = wide_multiply_add(power[0], factor, low.high);
	/* The float over 10^k, and half the distance to the one above */
	const uint64_t s = four.high >> 2;
	const uint64_t fraction = (four.high << 57 | four.low >> 7) & (ONE - 1);
	const uint64_t half = power[0] >> (6 - shift);
	const uint64_t last = s % 10;
	const uint64_t rest = last * ONE + fraction;
	/* How far the tens below and above are outside the interval */
	const int64_t below = (int64_t)(rest - (half >> is_lower_closer));
	const int64_t above = (int64_t)(10 * ONE - rest - half);
	const int64_t middle = (int64_t)(fraction - ONE / 2);
	/* Even significands have the ends inside, and even integers 1/2. */
	const int64_t bound = !is_narrow ? 0 : significand & 1 ? -1 : 2;
	const bool is_up = middle > (!is_narrow ? -1 : s & 1 ? -2 : 1);
	const bool is_above_in = above < bound;
	const bool is_shorter = (below < bound) != is_above_in;
	const bool is_unsure =
		(is_lower_closer & !is_shorter & (fraction != 0)) |
		(!is_narrow &&
		 (is_near_0(below) | is_near_0(above) | is_near_0(middle)));

	if (__builtin_expect(is_unsure, 0))
		return exact_decimal(significand, exponent, is_lower_closer);
	/* Masks, since whether it is shorter cannot be foretold */
	return (struct decimal){ s +
					 (((10 & -(uint64_t)is_above_in) -
					   last) &
					  -(uint64_t)is_shorter) +
					 (is_up & !is_shorter),
				 k };
}

/* --- Text ---------------------------------------------------------------- */

/* 17 digits as text, the first in the least significant byte of first[0]. */
struct digits {
	uint64_t first_8, next_8;
	char last;
	int n; /* without zeros at the end, but at least 1 */
};

/* 10^16 <= value < 10^17, or 0 */
static inline struct digits
split_digits(uint64_t value)
{
	const uint64_t ten_8 = 100000000;
	const uint64_t high = value / ten_8;
	const uint32_t rest = (uint32_t)(value % ten_8);
	const uint64_t low = rest ? decimal_8_digits(rest) : 0;
	const uint64_t middle = decimal_8_digits((uint32_t)(high % ten_8));
	const uint64_t top = high / ten_8;
	struct digits digits;

	if (low)
		digits.n = 17 - __builtin_clzll(low) / 8;
	else if (middle)
		digits.n = 9 - __builtin_clzll(middle) / 8;
	else
		digits.n = 1;
	digits.first_8 = (top | middle << 8) | DECIMAL_ASCII_ZEROS;
	digits.next_8 = (middle >> 56 | low << 8) | DECIMAL_ASCII_ZEROS;
	digits.last = (char)('0' | low >> 56);
	return digits;
}

static inline void
store_digits(char *out, struct digits digits)
{
	decimal_store_8(out, digits.first_8);
	decimal_store_8(out + 8, digits.next_8);
	out[16] = digits.last;
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

/* The low 'n' < 8 bytes of a word */
#define LOW_BYTES(n) ((UINT64_C(1) << 8 * (n)) - 1)

/* A float from 10^7 up to 10^16: more digits before the point than a word. */
static __attribute__((noinline)) char *
put_large(char *out, struct digits digits, int point)
{
	char text[32] = { 0 };

	store_digits(text, digits);
	memcpy(out, text, 16);
	out[point] = '.';
	memcpy(out + point + 1, text + point, 10);
	return out + 1 + MAX(digits.n, point + 1);
}

static __attribute__((noinline)) char *
put_scientific(char *out, struct digits digits, int exponent)
{
	store_digits(out + 1, digits);
	out[0] = out[1];
	out[1] = '.';
	return put_exponent(out + (digits.n == 1 ? 1 : 1 + digits.n), exponent);
}

/*
 * Writes 17 digits as repr() does, 'point' of them before the decimal point.
 *
 * All digits are stored where those behind the point belong; then the first
 * word again, with the point in it.  Nothing is read back, and lengths cost no
 * branch.
 */
static inline char *
put_digits(char *out, struct digits digits, int point)
{
	const bool is_small = point <= 0;
	/* How many zeros are before the digits, one of them before the point */
	const int n_zeros = (1 - point) & -(int)is_small;
	const int at_point = point + n_zeros;
	/* Where the digits behind the point go, were there none before it */
	const int offset = 1 + n_zeros;
	const uint64_t before = (digits.first_8 & ((uint64_t)is_small - 1)) |
				DECIMAL_ASCII_ZEROS;
	uint64_t behind, word;

	if (point <= -4 || point > 16)
		return put_scientific(out, digits, point - 1);
	if (point > 7)
		return put_large(out, digits, point);
	behind = digits.first_8 << 8 * offset |
		 (DECIMAL_ASCII_ZEROS & LOW_BYTES(offset));
	word = (before & LOW_BYTES(at_point)) | (uint64_t)'.' << 8 * at_point |
	       (behind & ~(LOW_BYTES(at_point) << 8 | 0xFF));
	store_digits(out + offset, digits);
	decimal_store_8(out, word);
	return out + offset + MAX(digits.n, point + 1);
}

/* --- Floats ---------------------------------------------------------------- */

/* What the widths differ in; 'n_digits' is how many a significand may have. */
struct format {
	int n_mantissa_bits, n_exponent_bits;
	uint64_t scale; /* gives the most digits of a decimal 17 places */
	int n_zeros;	/* in 'scale' */
};

#define FORMAT_16 ((struct format){ 10, 5, 1000000000000, 12 })
#define FORMAT_32 ((struct format){ 23, 8, 100000000, 8 })
#define FORMAT_64 ((struct format){ 52, 11, 1, 0 })

#define TEMPLATE static inline __attribute__((always_inline))

TEMPLATE int
exponent_of(uint64_t bits, struct format format)
{
	return (int)(bits >> format.n_mantissa_bits) &
	       ((1 << format.n_exponent_bits) - 1);
}

TEMPLATE uint64_t
mantissa_of(uint64_t bits, struct format format)
{
	return bits & ((UINT64_C(1) << format.n_mantissa_bits) - 1);
}

/*
 * The shortest decimal for the float of these bits, its digits shifted to the
 * left of 17 places; with digits 0 for 0, infinities and NaN.
 */
TEMPLATE struct decimal
find_decimal(uint64_t bits, struct format format)
{
	const int exponent_mask = (1 << format.n_exponent_bits) - 1;
	const uint64_t hidden_bit = UINT64_C(1) << format.n_mantissa_bits;
	const uint64_t mantissa = mantissa_of(bits, format);
	const int exponent = exponent_of(bits, format);
	/* The exponent of a significand that is an integer. */
	const int lowest_exponent =
		2 - exponent_mask / 2 - 1 - format.n_mantissa_bits;
	const uint64_t ten_16 = 10000000000000000;
	struct decimal decimal = { 0, -16 };

	if (exponent == exponent_mask || (exponent == 0 && mantissa == 0))
		return decimal;
	if (exponent == 0)
		decimal = exact_decimal(mantissa, lowest_exponent, false);
	else
		decimal = shortest_decimal(mantissa | hidden_bit,
					   lowest_exponent + exponent - 1,
					   mantissa == 0 && exponent > 1,
					   format.n_mantissa_bits < 52);
	decimal.digits *= format.scale;
	decimal.exponent -= format.n_zeros;
	/* A float32 may lack two digits, a subnormal any number of them. */
	for (int i = 0; i < (format.n_mantissa_bits == 23 ? 2 : 1); i++) {
		const bool is_short = decimal.digits < ten_16;

		decimal.digits += 9 * decimal.digits & -(uint64_t)is_short;
		decimal.exponent -= is_short;
	}
	while (__builtin_expect(decimal.digits < ten_16, 0)) {
		decimal.digits *= 10;
		decimal.exponent--;
	}
	return decimal;
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

TEMPLATE char *
put_float(char *out, uint64_t bits, struct decimal decimal,
	  struct format format, enum spelling spelling)
{
	const int exponent_mask = (1 << format.n_exponent_bits) - 1;
	const bool is_negative =
		bits >> (format.n_mantissa_bits + format.n_exponent_bits);

	if (exponent_of(bits, format) == exponent_mask)
		return put_not_finite(out, mantissa_of(bits, format) != 0,
				      is_negative, spelling);
	*out = '-';
	return put_digits(out + is_negative, split_digits(decimal.digits),
			  decimal.exponent + 17);
}

/*
 * So many decimals are found before the first is written: each half of the work
 * is short enough for the CPU to have several of its turns under way.
 */
#define N_TURN 64

#define DEFINE_KERNEL(name, n_bits, spelling)                                 \
	char *OF_VARIANT(name)(const void *elements, size_t n_elements,       \
			       struct separator separator, char *out)         \
	{                                                                     \
		const unsigned char *from = elements;                         \
		struct decimal decimals[N_TURN];                              \
                                                                              \
		for (size_t n; n_elements > 0; n_elements -= n) {             \
			n = MIN(n_elements, N_TURN);                          \
			for (size_t i = 0; i < n; i++)                        \
				decimals[i] = find_decimal(                   \
					load_##n_bits(from + i * n_bits / 8,  \
						      false),                 \
					FORMAT_##n_bits);                     \
			for (size_t i = 0; i < n; i++) {                      \
				out = put_float(out,                          \
						load_##n_bits(from, false),   \
						decimals[i], FORMAT_##n_bits, \
						spelling);                    \
				out = decimal_put_separator(out, separator);  \
				from += n_bits / 8;                           \
			}                                                     \
		}                                                             \
		return out;                                                   \
	}

DEFINE_KERNEL(decimal_float16, 16, SPELLING_PYTHON)
DEFINE_KERNEL(decimal_float32, 32, SPELLING_PYTHON)
DEFINE_KERNEL(decimal_float64, 64, SPELLING_PYTHON)
DEFINE_KERNEL(decimal_json_float16, 16, SPELLING_JSON)
DEFINE_KERNEL(decimal_json_float32, 32, SPELLING_JSON)
DEFINE_KERNEL(decimal_json_float64, 64, SPELLING_JSON)
