/* SPDX-License-Identifier: MIT */
#include "check_run.h"
#include "wide.h"

#include <stdlib.h>

/* Of Python's integers. */
static const struct {
	uint64_t a, b, c;
	struct wide want;
} cases[] = {
	{ 0, 0, 0, { 0, 0 } },
	{ 0,
	  0xFFFFFFFFFFFFFFFF,
	  0xFFFFFFFFFFFFFFFF,
	  { 0, 0xFFFFFFFFFFFFFFFF } },
	{ 1,
	  0xFFFFFFFFFFFFFFFF,
	  0xFFFFFFFFFFFFFFFF,
	  { 1, 0xFFFFFFFFFFFFFFFE } },
	{ 0xFFFFFFFFFFFFFFFF,
	  0xFFFFFFFFFFFFFFFF,
	  0,
	  { 0xFFFFFFFFFFFFFFFE, 1 } },
	{ 0xFFFFFFFFFFFFFFFF,
	  0xFFFFFFFFFFFFFFFF,
	  0xFFFFFFFFFFFFFFFF,
	  { 0xFFFFFFFFFFFFFFFF, 0 } },
	{ 0x100000000, 0x100000000, 0xFFFFFFFF, { 1, 0xFFFFFFFF } },
	{ 0xFFFFFFFF, 0xFFFFFFFF, 0x1FFFFFFFE, { 0, 0xFFFFFFFFFFFFFFFF } },
	{ 0xFFFFFFFF,
	  0xFFFFFFFFFFFFFFFF,
	  0xFFFFFFFFFFFFFFFF,
	  { 0xFFFFFFFF, 0xFFFFFFFF00000000 } },
	{ 0xFFFFFFFF00000000,
	  0xFFFFFFFF,
	  0xFFFFFFFFFFFFFFFF,
	  { 0xFFFFFFFF, 0xFFFFFFFF } },
	{ 0x8000000000000000,
	  2,
	  0xFFFFFFFFFFFFFFFF,
	  { 1, 0xFFFFFFFFFFFFFFFF } },
	{ 0x8AC7230489E80000,
	  0x8AC7230489E80000,
	  7,
	  { 0x4B3B4CA85A86C47A, 0x98A224000000007 } },
	{ 0x97B750923CEB3FFD,
	  0x216363698B529B4A,
	  0xEA7B5BF55EB561A4,
	  { 0x13C988317351F943, 0x4B3F85FB487E0FC6 } },
	{ 0x795B929E9A9A80FD,
	  0x94B2B8FDA02F34A6,
	  0x9B08923D10C67FD9,
	  { 0x467DAA21B07A5446, 0xBD422181819C87E7 } },
	{ 0xE8A8529F035EFA25,
	  0x781F9C58D6645FA9,
	  0x8D0038EC42650644,
	  { 0x6D2BA133D9E3283A, 0x794605125F5FE3B1 } },
};

START_TEST(products_are_those_of_long_integers)
{
	const uint64_t a = cases[_i].a, b = cases[_i].b, c = cases[_i].c;
	const struct wide results[] = {
		wide_multiply_add(a, b, c),
		wide_multiply_add(b, a, c),
		wide_multiply_add_by_halves(a, b, c),
		wide_multiply_add_by_halves(b, a, c),
	};

	for (size_t i = 0; i < ARRAY_LEN(results); i++) {
		ck_assert_uint_eq(results[i].high, cases[_i].want.high);
		ck_assert_uint_eq(results[i].low, cases[_i].want.low);
	}
}
END_TEST

/* Modulo 2^61 - 1, a prime, where 2^64 is 8. */
static uint64_t
modulo(uint64_t x)
{
	return x % ((UINT64_C(1) << 61) - 1);
}

/* x * y by doubling, which needs no product. */
static uint64_t
multiply_modulo(uint64_t x, uint64_t y)
{
	uint64_t product = 0;

	for (int bit = 63; bit >= 0; bit--)
		product = modulo(2 * product + (y >> bit & 1 ? x : 0));
	return product;
}

START_TEST(random_products_are_right_modulo_2_to_the_64_and_a_prime)
{
	uint64_t state = 1;

	for (int i = 0; i < 100000; i++) {
		/* Numbers of few bits, too */
		const uint64_t a = random_bits(&state) >> (i & 63);
		const uint64_t b = random_bits(&state) >> (i >> 6 & 63);
		const uint64_t c = random_bits(&state);
		const struct wide got = wide_multiply_add_by_halves(a, b, c);
		const struct wide native = wide_multiply_add(a, b, c);

		expect(got.high == native.high && got.low == native.low &&
			       got.low == a * b + c,
		       "%#jx * %#jx + %#jx", (uintmax_t)a, (uintmax_t)b,
		       (uintmax_t)c);
		expect(modulo(8 * modulo(got.high) + modulo(got.low)) ==
			       modulo(multiply_modulo(modulo(a), b) +
				      modulo(c)),
		       "%#jx * %#jx + %#jx", (uintmax_t)a, (uintmax_t)b,
		       (uintmax_t)c);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("wide");
	TCase *tcase = check_case(suite);

	tcase_add_loop_test(tcase, products_are_those_of_long_integers, 0,
			    ARRAY_LEN(cases));
	tcase_add_test(
		tcase,
		random_products_are_right_modulo_2_to_the_64_and_a_prime);
	return check_run(suite);
}
