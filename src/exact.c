/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "exact.h"

#include <string.h>

/* The square of a sum is the longest number here. */
#define MAX_WORDS (2 * CONSUMER_SUM_LIMBS + 4)

#define INFINITY_BITS (UINT64_C(0x7FF) << 52)

/* A natural number, least significant word first, times 2^lowest_exponent. */
struct natural {
	int lowest_exponent;
	/* Whether the true number is larger, by less than its lowest bit. */
	bool is_inexact;
	uint32_t words[MAX_WORDS];
};

void
exact_carry(int64_t *limbs, int n_limbs)
{
	int64_t carry = 0;

	for (int i = 0; i < n_limbs - 1; i++) {
		const int64_t limb = limbs[i] + carry;

		carry = limb >> 32;
		limbs[i] = (int64_t)(uint32_t)limb;
	}
	limbs[n_limbs - 1] += carry;
}

/* The absolute value of a number in limbs; returns whether it is negative. */
static bool
to_natural(const int64_t *limbs, int n_limbs, int fraction_bits,
	   struct natural *out)
{
	int64_t carried[CONSUMER_SQUARES_LIMBS];
	bool is_negative;

	memcpy(carried, limbs, (size_t)n_limbs * sizeof(*limbs));
	exact_carry(carried, n_limbs);
	is_negative = carried[n_limbs - 1] < 0;
	if (is_negative) {
		for (int i = 0; i < n_limbs; i++)
			carried[i] = -carried[i];
		exact_carry(carried, n_limbs);
	}
	memset(out, 0, sizeof(*out));
	out->lowest_exponent = -fraction_bits;
	for (int i = 0; i < n_limbs; i++)
		out->words[i] = (uint32_t)carried[i];
	return is_negative;
}

/* The position of the highest bit; -1 for 0. */
static int
highest_bit(const struct natural *number)
{
	for (int i = MAX_WORDS - 1; i >= 0; i--) {
		if (number->words[i])
			return 32 * i + 31 - __builtin_clz(number->words[i]);
	}
	return -1;
}

/*
 * Bits [position, position + 64); those at negative positions are 0.
 */
static uint64_t
bits_from(const struct natural *number, int position)
{
	uint64_t bits = 0;

	for (int i = 0; i < MAX_WORDS; i++) {
		const int shift = 32 * i - position;

		if (shift >= 64)
			break;
		if (shift >= 0)
			bits |= (uint64_t)number->words[i] << shift;
		else if (shift > -32)
			bits |= number->words[i] >> -shift;
	}
	return bits;
}

static bool
has_bits_below(const struct natural *number, int position)
{
	for (int bit = 0; bit < position; bit += 32) {
		const uint32_t word = number->words[bit / 32];

		if (position - bit < 32 ? word << (32 - (position - bit))
					: word)
			return true;
	}
	return number->is_inexact;
}

/* The nearest float64, ties to even. */
static double
to_double(const struct natural *number, bool is_negative)
{
	const int highest = highest_bit(number);
	/* 53 bits, or fewer where the smallest subnormal is the lowest. */
	const int lowest = MAX(highest - 52, -1074 - number->lowest_exponent);
	uint64_t bits;
	bool is_half, is_more;
	double value;

	bits = bits_from(number, lowest);
	is_half = bits_from(number, lowest - 1) & 1;
	is_more = has_bits_below(number, lowest - 1);
	bits += is_half && (is_more || (bits & 1));
	/*
	 * The significand's highest bit, or a carry out of it, adds to the
	 * exponent, which begins at 2^-1074.
	 */
	bits += (uint64_t)(lowest + number->lowest_exponent + 1074) << 52;
	bits = MIN(bits, INFINITY_BITS) | (uint64_t)is_negative << 63;
	memcpy(&value, &bits, sizeof(value));
	return value;
}

/*
 * One step of a long division: returns (*remainder * 2^32 + word) / divisor,
 * where *remainder is below the divisor, and leaves what remains.
 */
static uint32_t
divide_word(uint64_t *remainder, uint32_t word, uint64_t divisor)
{
	uint64_t rest = *remainder;
	uint32_t quotient = 0;

	if (divisor <= UINT32_MAX) {
		rest = rest << 32 | word;
		*remainder = rest % divisor;
		return (uint32_t)(rest / divisor);
	}
	for (int bit = 31; bit >= 0; bit--) {
		const bool is_65_bits = rest >> 63;

		rest = rest << 1 | (word >> bit & 1);
		if (is_65_bits || rest >= divisor) {
			rest -= divisor;
			quotient |= UINT32_C(1) << bit;
		}
	}
	*remainder = rest;
	return quotient;
}

/* Divides, noting a remainder. */
static void
divide(struct natural *number, uint64_t divisor)
{
	uint64_t remainder = 0;

	for (int i = MAX_WORDS - 1; i >= 0; i--)
		number->words[i] =
			divide_word(&remainder, number->words[i], divisor);
	number->is_inexact |= remainder != 0;
}

static void
multiply(struct natural *number, uint64_t factor)
{
	uint64_t carry = 0;

	for (int i = 0; i < MAX_WORDS; i++) {
		/* Less than 2^96, so the carry fits. */
		const struct wide part =
			wide_multiply_add(number->words[i], factor, carry);

		number->words[i] = (uint32_t)part.low;
		carry = part.high << 32 | part.low >> 32;
	}
}

/* 'number' -= 'root' squared, which is not larger. */
static void
subtract_square(struct natural *number, const struct natural *root)
{
	const int last = highest_bit(root) / 32;
	int64_t borrow = 0;
	/* The sums of the halves of all products of one weight */
	uint64_t low = 0, high = 0;
	int first = 0;

	while (first < last && root->words[first] == 0)
		first++;
	for (int i = 2 * first; i < MAX_WORDS; i++) {
		int64_t difference;

		for (int j = MAX(first, i - last); j <= MIN(last, i - first);
		     j++) {
			const uint64_t product =
				(uint64_t)root->words[j] * root->words[i - j];

			low += (uint32_t)product;
			high += product >> 32;
		}
		difference = (int64_t)number->words[i] -
			     (int64_t)(uint32_t)low + borrow;
		number->words[i] = (uint32_t)difference;
		borrow = difference >> 32;
		low = (low >> 32) + high;
		high = 0;
	}
}

static bool
is_less(struct wide a, struct wide b)
{
	return a.high < b.high || (a.high == b.high && a.low < b.low);
}

static uint64_t
square_root(struct wide square)
{
	uint64_t root = 0;

	for (int bit = 63; bit >= 0; bit--) {
		const uint64_t candidate = root | UINT64_C(1) << bit;

		if (!is_less(square,
			     wide_multiply_add(candidate, candidate, 0)))
			root = candidate;
	}
	return root;
}

/* The square root of 'square', good for rounding to a float64. */
static struct natural
take_root(const struct natural *square)
{
	/* An even position has an integer root of its weight. */
	const int position = (highest_bit(square) - 126) & ~1;
	const struct wide bits = { bits_from(square, position + 64),
				   bits_from(square, position) };
	const uint64_t root = square_root(bits);

	return (struct natural){
		.lowest_exponent = (square->lowest_exponent + position) / 2,
		.is_inexact = has_bits_below(square, position) ||
			      is_less(wide_multiply_add(root, root, 0), bits),
		.words = { (uint32_t)root, (uint32_t)(root >> 32) },
	};
}

double
exact_sum(const int64_t *sum)
{
	struct natural number;
	const bool is_negative =
		to_natural(sum, CONSUMER_SUM_LIMBS, SUM_FRACTION_BITS, &number);

	return to_double(&number, is_negative);
}

double
exact_mean(const int64_t *sum, uint64_t count)
{
	struct natural number;
	const bool is_negative =
		to_natural(sum, CONSUMER_SUM_LIMBS, SUM_FRACTION_BITS, &number);

	divide(&number, count);
	return to_double(&number, is_negative);
}

/*
 * The variance is (count * squares - sum^2) / count^2; both terms have twice
 * the fraction bits of the sum.
 */
double
exact_std(const int64_t *sum, const int64_t *squares, uint64_t count)
{
	struct natural total, number;

	to_natural(sum, CONSUMER_SUM_LIMBS, SUM_FRACTION_BITS, &total);
	to_natural(squares, CONSUMER_SQUARES_LIMBS, SQUARES_FRACTION_BITS,
		   &number);
	multiply(&number, count);
	subtract_square(&number, &total);
	divide(&number, count);
	divide(&number, count);
	number = take_root(&number);
	return to_double(&number, false);
}

struct wide
exact_integer(const int64_t *sum)
{
	const int first = SUM_FRACTION_BITS / 32;
	int64_t carried[CONSUMER_SUM_LIMBS];

	memcpy(carried, sum, sizeof(carried));
	exact_carry(carried, CONSUMER_SUM_LIMBS);
	return (struct wide){
		(uint64_t)carried[first + 3] << 32 |
			(uint32_t)carried[first + 2],
		(uint64_t)carried[first + 1] << 32 | (uint32_t)carried[first],
	};
}
