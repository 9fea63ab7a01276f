/* SPDX-License-Identifier: MIT */
/*
 * The oracles are the CPU, which adds two numbers correctly; integers of 128
 * bits; and inequalities between such integers, for roots.
 */
#include "config.h"
#include "check_numbers.h"

#include <float.h>

static double
random_finite(uint64_t *state)
{
	double value;

	do
		value = double_of_bits(random_bits(state));
	while (!isfinite(value));
	return value;
}

/* --- Sums --------------------------------------------------------------- */

START_TEST(one_number_is_its_own_sum)
{
	uint64_t state = 1;

	for (int round = 0; round < 100000; round++) {
		int64_t sum[CONSUMER_SUM_LIMBS] = { 0 };
		double value = random_finite(&state);

		if (round % 4 == 0) /* a subnormal */
			value = double_of_bits(bits_of_double(value) &
					       UINT64_C(0x800FFFFFFFFFFFFF));
		value = value == 0 ? 0 : value; /* a sum has no -0.0 */
		add_double(sum, value);
		ck_assert_same_double(exact_sum(sum), value);
		ck_assert_same_double(exact_mean(sum, 1), value);
	}
}
END_TEST

/* The exponents so near that all ways of rounding occur, or anywhere. */
START_TEST(two_numbers_add_up_as_the_cpu_adds_them)
{
	uint64_t state = 2;

	for (int round = 0; round < 200000; round++) {
		int64_t sum[CONSUMER_SUM_LIMBS] = { 0 };
		const double a = random_finite(&state);
		const double b =
			round % 2 ? random_finite(&state)
				  : ldexp(-a * (1 + 0x1p-30),
					  (int)random_between(&state, -54, 54));

		if (!isfinite(b))
			continue;
		add_double(sum, a);
		add_double(sum, b);
		ck_assert_same_double(exact_sum(sum), a + b);
	}
}
END_TEST

#if HAVE_INT128
/* Numbers of 2^-40, up to 2^80 of them: 128 bits hold any sum. */
START_TEST(many_numbers_add_up_as_integers_do)
{
	uint64_t state = 3;

	for (int round = 0; round < 2000; round++) {
		const int n = (int)random_between(&state, 1, 40);
		int64_t sum[CONSUMER_SUM_LIMBS] = { 0 };
		int128 want = 0;
		double mean;

		for (int i = 0; i < n; i++) {
			const int64_t significand =
				(int64_t)random_bits(&state) >> 11;
			const int shift = (int)random_between(&state, 0, 60);

			want += (int128)significand * ((int128)1 << shift);
			add_double(sum, ldexp((double)significand, shift - 40));
		}
		ck_assert_same_double(exact_sum(sum), ldexp((double)want, -40));
		mean = divide_integers((uint128)(want < 0 ? -want : want),
				       (uint64_t)n);
		ck_assert_same_double(exact_mean(sum, (uint64_t)n),
				      ldexp(want < 0 ? -mean : mean, -40));
	}
}
END_TEST

#endif

/* Ties, and what is just beside them; overflow; the smallest numbers. */
static const struct {
	double terms[4];
	double sum;
} sum_cases[] = {
	{ { 0 }, 0 },
	{ { 1, 0x1p-53 }, 1 },
	{ { 1, 0x1p-53, 0x1p-1074 }, 1 + 0x1p-52 },
	{ { 1, 0x1p-53, -0x1p-1074 }, 1 },
	{ { 1 + 0x1p-52, 0x1p-53 }, 1 + 0x1p-51 },
	{ { 1 + 0x1p-52, 0x1p-53, -0x1p-1074 }, 1 + 0x1p-52 },
	{ { -1, -0x1p-53, -0x1p-1074 }, -1 - 0x1p-52 },
	{ { 2 - 0x1p-52, 0x1p-53 }, 2 }, /* a carry through all bits */
	{ { 0x1p-1022, -0x1p-1074 }, 0x1p-1022 - 0x1p-1074 },
	{ { 0x1p-1074, 0x1p-1074 }, 0x1p-1073 },
	{ { 1e308, 1e308, -1e308 }, 1e308 },
	{ { DBL_MAX, DBL_MAX }, INFINITY },
	{ { -DBL_MAX, -DBL_MAX }, -INFINITY },
	{ { DBL_MAX, 0x1p970 }, INFINITY },
	{ { DBL_MAX, 0x1p970, -0x1p-1074 }, DBL_MAX },
	{ { -DBL_MAX, -0x1p970, 0x1p-1074 }, -DBL_MAX },
	{ { DBL_MAX, 0x1p969 }, DBL_MAX },
	{ { 1e308, 1, -1e308, 0x1p-1074 }, 1 },
	{ { 1e308, 1, -1e308, -1 }, 0 },
};

START_TEST(a_sum_is_rounded_once)
{
	int64_t sum[CONSUMER_SUM_LIMBS] = { 0 };

	for (int i = 0; i < 4; i++)
		add_double(sum, sum_cases[_i].terms[i]);
	ck_assert_same_double(exact_sum(sum), sum_cases[_i].sum);
}
END_TEST

/*
 * A mean just above a tie, by less than a limb has, and just below: of
 * numbers so small that nothing but the remainder tells.
 */
static const struct {
	uint64_t sum; /* times 2^-1074 */
	uint64_t count;
	double mean;
} mean_cases[] = {
	{ 8193, 16385, 0x1p-1074 },
	{ 8192, 16385, 0 },
	{ 8192, 16384, 0 },
	{ 3 * 8192, 16384, 0x1p-1073 },
	/* This used to be 0.0 where it is negative, and the next one -0.0. */
	{ 1, 16385, 0 },
	{ 1, 16384, 0 },
	{ 1, UINT64_MAX, 0 },
	{ UINT64_MAX, UINT64_MAX, 0x1p-1074 },
	{ (UINT64_C(1) << 63) - 1, UINT64_MAX, 0 },
	{ UINT64_C(1) << 63, UINT64_MAX, 0x1p-1074 },
};

START_TEST(a_remainder_counts)
{
	for (int is_negative = 0; is_negative < 2; is_negative++) {
		const double mean = mean_cases[_i].mean;
		int64_t sum[CONSUMER_SUM_LIMBS] = { 0 };

		exact_add(sum, SUM_FRACTION_BITS - 1074, mean_cases[_i].sum,
			  is_negative);
		/* The sign of what is too small for any digit stays, too. */
		ck_assert_same_double(exact_mean(sum, mean_cases[_i].count),
				      is_negative ? -mean : mean);
	}
}
END_TEST

/* As many of the largest number as can be counted; two times over. */
START_TEST(the_largest_sum_has_room)
{
	int64_t sum[CONSUMER_SUM_LIMBS] = { 0 };
	uint64_t significand;
	const unsigned position =
		(unsigned)(split_double(DBL_MAX, &significand) +
			   SUM_FRACTION_BITS);

	for (int bit = 0; bit < 64; bit++)
		exact_add(sum, position + (unsigned)bit, significand, _i);
	ck_assert_same_double(exact_mean(sum, UINT64_MAX),
			      _i ? -DBL_MAX : DBL_MAX);
	ck_assert_same_double(exact_sum(sum), _i ? -INFINITY : INFINITY);
}
END_TEST

START_TEST(carrying_makes_equal_numbers_equal_limbs)
{
	uint64_t state = 4;

	for (int round = 0; round < 1000; round++) {
		int64_t a[CONSUMER_SUM_LIMBS] = { 0 };
		int64_t b[CONSUMER_SUM_LIMBS] = { 0 };
		double values[20];

		for (int i = 0; i < 20; i++)
			add_double(a, values[i] = random_finite(&state));
		for (int i = 19; i >= 0; i--) {
			add_double(b, values[i]);
			if (random_bits(&state) & 1)
				exact_carry(b, CONSUMER_SUM_LIMBS);
		}
		exact_carry(a, CONSUMER_SUM_LIMBS);
		exact_carry(b, CONSUMER_SUM_LIMBS);
		ck_assert_mem_eq(a, b, sizeof(a));
		for (int i = 0; i < CONSUMER_SUM_LIMBS - 1; i++)
			expect(a[i] >= 0 && a[i] <= UINT32_MAX,
			       "limb %d is %lld", i, (long long)a[i]);
	}
}
END_TEST

/* The claim of exact.h: 2^30 calls without a carry. */
START_TEST(a_limb_holds_what_2_to_the_30_calls_add)
{
	int64_t limbs[4] = { 0 };

	for (unsigned position = 0; position < 32; position++) {
		memset(limbs, 0, sizeof(limbs));
		exact_add(limbs, position, UINT64_MAX, _i);
		for (int i = 0; i < 3; i++)
			expect(llabs(limbs[i]) <= UINT32_MAX,
			       "limb %d changes by %lld", i,
			       (long long)limbs[i]);
		ck_assert_int_eq(limbs[3], 0);
	}
}
END_TEST

static const struct {
	bool is_negative;
	uint64_t magnitudes[3];
	uint64_t high, low;
} integer_cases[] = {
	{ false, { 0 }, 0, 0 },
	{ false, { 1 }, 0, 1 },
	{ true, { 1 }, UINT64_MAX, UINT64_MAX },
	{ false, { UINT64_MAX, 1 }, 1, 0 },
	{ false, { UINT64_MAX, UINT64_MAX, UINT64_MAX }, 2, UINT64_MAX - 2 },
	{ true,
	  { UINT64_C(1) << 63, UINT64_C(1) << 63, 1 },
	  UINT64_MAX - 1,
	  UINT64_MAX },
};

START_TEST(integers_come_out_in_full)
{
	int64_t sum[CONSUMER_SUM_LIMBS] = { 0 };
	struct wide integer;

	for (int i = 0; i < 3; i++)
		exact_add(sum, SUM_FRACTION_BITS,
			  integer_cases[_i].magnitudes[i],
			  integer_cases[_i].is_negative);
	integer = exact_integer(sum);
	ck_assert_uint_eq(integer.high, integer_cases[_i].high);
	ck_assert_uint_eq(integer.low, integer_cases[_i].low);
}
END_TEST

/* Numbers with all of 128 bits */
START_TEST(long_integers_come_out_in_full)
{
	uint64_t state = 6;

	for (int round = 0; round < 1000; round++) {
		const struct wide want = { random_bits(&state),
					   random_bits(&state) };
		const bool is_negative = want.high >> 63;
		int64_t sum[CONSUMER_SUM_LIMBS] = { 0 };
		struct wide got;

		/* Minus the complement, minus one */
		exact_add(sum, SUM_FRACTION_BITS,
			  is_negative ? ~want.low : want.low, is_negative);
		exact_add(sum, SUM_FRACTION_BITS + 64,
			  is_negative ? ~want.high : want.high, is_negative);
		exact_add(sum, SUM_FRACTION_BITS, is_negative, true);
		got = exact_integer(sum);
		ck_assert_uint_eq(got.high, want.high);
		ck_assert_uint_eq(got.low, want.low);
	}
}
END_TEST

/* --- Deviations --------------------------------------------------------- */

struct sums {
	int64_t sum[CONSUMER_SUM_LIMBS];
	int64_t squares[CONSUMER_SQUARES_LIMBS];
	uint64_t count;
};

static void
take(struct sums *sums, double value)
{
	add_double(sums->sum, value);
	add_square_of_double(sums->squares, value);
	sums->count++;
}

static double
deviation(const struct sums *sums)
{
	return exact_std(sums->sum, sums->squares, sums->count);
}

static const struct {
	int n;
	double values[4];
	double std;
} std_cases[] = {
	{ 1, { 0 }, 0 },
	{ 1, { DBL_MAX }, 0 },
	{ 3, { 0.1, 0.1, 0.1 }, 0 },
	{ 3, { -0x1p-1074, -0x1p-1074, -0x1p-1074 }, 0 },
	{ 4, { DBL_MAX, DBL_MAX, DBL_MAX, DBL_MAX }, 0 },
	{ 2, { DBL_MAX, -DBL_MAX }, DBL_MAX },
	{ 2, { 0, DBL_MAX }, DBL_MAX / 2 },
	{ 2, { 1, 1 + 0x1p-52 }, 0x1p-53 },
	{ 2, { DBL_MAX, DBL_MAX - 0x1p971 }, 0x1p970 },
	{ 2, { -1e16, -1e16 + 2 }, 1 },
	{ 2, { 0, 0x1p-1073 }, 0x1p-1074 },
	{ 2, { 0, 0x1p-1074 }, 0 }, /* half of the smallest: a tie */
	{ 2, { 0x1p-1074, 0x1p-1072 }, 0x1p-1073 }, /* 1.5 of it: a tie */
	{ 4, { 0, 0, 0, 0x1p-1074 }, 0 },	    /* 0.433 of it */
	{ 4, { 0, 0, 0, 0x1p-1073 }, 0x1p-1074 },   /* 0.866 of it */
	{ 4, { 1, 1, 3, 3 }, 1 },
	{ 4,
	  { 1e300, 1e300 - 2 * 0x1p944, 1e300, 1e300 - 2 * 0x1p944 },
	  0x1p944 },
	{ 2, { 1, 0x1p600 }, 0x1p599 }, /* (2^600 - 1) / 2 */
};

START_TEST(a_deviation_is_rounded_once)
{
	struct sums sums = { .count = 0 };

	for (int i = 0; i < std_cases[_i].n; i++)
		take(&sums, std_cases[_i].values[i]);
	ck_assert_same_double(deviation(&sums), std_cases[_i].std);
}
END_TEST

/* Adds count * value at 'position'. */
static void
add_many(int64_t *limbs, unsigned position, uint64_t count, uint64_t value)
{
	for (unsigned bit = 0; bit < 64; bit++) {
		if (value >> bit & 1)
			exact_add(limbs, position + bit, count, false);
	}
}

/* Half of them one number, half another: more than any loop can add. */
START_TEST(a_deviation_of_very_many)
{
	uint64_t state = 7;

	for (int round = 0; round < 1000; round++) {
		const uint64_t half = (random_bits(&state) >> 1) >> round % 63;
		const uint64_t a = random_bits(&state) >> 40;
		const uint64_t b = random_bits(&state) >> 40;
		int64_t sum[CONSUMER_SUM_LIMBS] = { 0 };
		int64_t squares[CONSUMER_SQUARES_LIMBS] = { 0 };

		add_many(sum, SUM_FRACTION_BITS, half, a + b);
		add_many(squares, SQUARES_FRACTION_BITS, half, a * a + b * b);
		if (half > 0)
			ck_assert_same_double(exact_std(sum, squares, 2 * half),
					      fabs((double)a - (double)b) / 2);
	}
}
END_TEST

/*
 * Roots of 64 bits of which 53 stay: a tie if the square is that of the root,
 * but not if it is the next integer.
 */
static const struct {
	uint64_t root, root_of_less, root_of_same, root_of_more;
} root_cases[] = {
#define ROOT(bits) (UINT64_C(0xABCDEF0123456) << 12 | (bits))
	{ ROOT(0x400), ROOT(0), ROOT(0), ROOT(0x800) },
	{ ROOT(0xC00), ROOT(0x800), ROOT(0x1000), ROOT(0x1000) },
	{ ROOT(0x800), ROOT(0x800), ROOT(0x800), ROOT(0x800) },
	{ ROOT(0x401), ROOT(0x800), ROOT(0x800), ROOT(0x800) },
	{ ROOT(0x3FF), ROOT(0), ROOT(0), ROOT(0) },
};

START_TEST(a_root_is_rounded_once)
{
	const uint64_t root = root_cases[_i].root;
	const struct wide square = wide_multiply_add(root, root, 0);
	const uint64_t wants[] = { root_cases[_i].root_of_less,
				   root_cases[_i].root_of_same,
				   root_cases[_i].root_of_more };

	for (int exponent = -2000; exponent <= 2000; exponent += 2) {
		for (int more = -1; more <= 1; more++) {
			const int64_t sum[CONSUMER_SUM_LIMBS] = { 0 };
			int64_t squares[CONSUMER_SQUARES_LIMBS] = { 0 };
			const unsigned position =
				(unsigned)(SQUARES_FRACTION_BITS + exponent);

			exact_add(squares, position, square.low, false);
			exact_add(squares, position + 64, square.high, false);
			exact_add(squares, position, more != 0, more < 0);
			ck_assert_same_double(
				exact_std(sum, squares, 1),
				ldexp((double)wants[more + 1], exponent / 2));
		}
	}
}
END_TEST

#if HAVE_INT128
/* Whether 'root', not 0, is the float64 nearest to sqrt(square) / n. */
static bool
is_nearest(double root, uint128 square, uint64_t n)
{
	int exponent;
	const uint64_t twice = (uint64_t)ldexp(frexp(root, &exponent), 54);
	const uint128 below = (uint128)(twice - 1) * (twice - 1) * n * n;
	const uint128 above = (uint128)(twice + 1) * (twice + 1) * n * n;
	const int shift = 2 * (54 - exponent);

	return square << shift >> shift == square && below <= square << shift &&
	       square << shift <= above;
}

START_TEST(random_deviations_are_the_nearest)
{
	uint64_t state = 5;

	for (int round = 0; round < 20000; round++) {
		const int n = (int)random_between(&state, 2, 20);
		const int scale = (int)random_between(&state, -900, 900);
		const int64_t offset =
			random_between(&state, -1000000, 1000000);
		struct sums sums = { .count = 0 };
		int64_t sum = 0, squares = 0;
		uint128 square;
		double std;

		for (int i = 0; i < n; i++) {
			const int64_t value = random_between(&state, -99, 99);

			sum += value;
			squares += value * value;
			take(&sums, ldexp((double)(value + offset), scale));
		}
		sums.count = (uint64_t)n;
		square = (uint128)sums.count * (uint128)squares -
			 (uint128)(sum * sum);
		std = ldexp(deviation(&sums), -scale);
		expect(square == 0 ? std == 0
				   : is_nearest(std, square, sums.count),
		       "round %d: %a", round, std);
	}
}
END_TEST
#endif

int
main(void)
{
	Suite *suite = suite_create("exact");
	TCase *tcase = check_case(suite);

	tcase_add_test(tcase, one_number_is_its_own_sum);
	tcase_add_test(tcase, two_numbers_add_up_as_the_cpu_adds_them);
#if HAVE_INT128
	tcase_add_test(tcase, many_numbers_add_up_as_integers_do);
#endif
	tcase_add_loop_test(tcase, a_sum_is_rounded_once, 0,
			    ARRAY_LEN(sum_cases));
	tcase_add_loop_test(tcase, a_remainder_counts, 0,
			    ARRAY_LEN(mean_cases));
	tcase_add_loop_test(tcase, the_largest_sum_has_room, 0, 2);
	tcase_add_test(tcase, carrying_makes_equal_numbers_equal_limbs);
	tcase_add_loop_test(tcase, a_limb_holds_what_2_to_the_30_calls_add, 0,
			    2);
	tcase_add_loop_test(tcase, integers_come_out_in_full, 0,
			    ARRAY_LEN(integer_cases));
	tcase_add_test(tcase, long_integers_come_out_in_full);
	tcase_add_loop_test(tcase, a_deviation_is_rounded_once, 0,
			    ARRAY_LEN(std_cases));
	tcase_add_test(tcase, a_deviation_of_very_many);
	tcase_add_loop_test(tcase, a_root_is_rounded_once, 0,
			    ARRAY_LEN(root_cases));
#if HAVE_INT128
	tcase_add_test(tcase, random_deviations_are_the_nearest);
#endif
	return check_run(suite);
}
