/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "number.h"
#include "check_run.h"

#include <math.h>

static const struct {
	ConsumerKind kind;
	ConsumerValue value;
	bool is_negative;
	uint64_t magnitude;
	double nearest;
} integer_cases[] = {
	{ CONSUMER_KIND_BOOL, { .boolean = false }, false, 0, 0 },
	{ CONSUMER_KIND_BOOL, { .boolean = true }, false, 1, 1 },
	{ CONSUMER_KIND_SIGNED, { .signed_integer = 0 }, false, 0, 0 },
	{ CONSUMER_KIND_SIGNED, { .signed_integer = -1 }, true, 1, -1 },
	{ CONSUMER_KIND_SIGNED,
	  { .signed_integer = INT64_MAX },
	  false,
	  INT64_MAX,
	  0x1p63 },
	{ CONSUMER_KIND_SIGNED,
	  { .signed_integer = INT64_MIN },
	  true,
	  UINT64_C(1) << 63,
	  -0x1p63 },
	{ CONSUMER_KIND_SIGNED,
	  { .signed_integer = -((INT64_C(1) << 53) + 1) },
	  true,
	  (UINT64_C(1) << 53) + 1,
	  -0x1p53 },
	{ CONSUMER_KIND_UNSIGNED,
	  { .unsigned_integer = (UINT64_C(1) << 53) + 3 },
	  false,
	  (UINT64_C(1) << 53) + 3,
	  0x1p53 + 4 },
	{ CONSUMER_KIND_UNSIGNED,
	  { .unsigned_integer = UINT64_MAX },
	  false,
	  UINT64_MAX,
	  0x1p64 },
};

START_TEST(an_integer_is_its_sign_and_magnitude)
{
	const struct number number =
		number_from(integer_cases[_i].kind, integer_cases[_i].value);

	ck_assert(!number.is_float);
	ck_assert_int_eq(number.is_negative, integer_cases[_i].is_negative);
	ck_assert_uint_eq(number.magnitude, integer_cases[_i].magnitude);
	ck_assert_double_eq(number_to_double(number),
			    integer_cases[_i].nearest);
}
END_TEST

static const struct {
	double value;
	bool is_integer;
	bool is_negative;
	uint64_t magnitude;
} float_cases[] = {
	{ 0.0, true, false, 0 },
	{ -0.0, true, false, 0 },
	{ 1.0, true, false, 1 },
	{ -1.0, true, true, 1 },
	{ -3.0, true, true, 3 },
	{ 0x1p53 + 2, true, false, (UINT64_C(1) << 53) + 2 },
	{ -0x1p63, true, true, UINT64_C(1) << 63 },
	{ 0x1p64 - 2048, true, false, UINT64_MAX - 2047 },
	{ -0x1p64 + 2048, true, true, UINT64_MAX - 2047 },
	{ 0x1p64, false, false, 0 },
	{ -0x1p64, false, false, 0 },
	{ 1e300, false, false, 0 },
	{ 0.5, false, false, 0 },
	{ -0.5, false, false, 0 },
	{ 1 + 0x1p-52, false, false, 0 },
	{ 0x1p52 - 0.5, false, false, 0 },
	{ 0x1p-1074, false, false, 0 },
	{ INFINITY, false, false, 0 },
	{ -INFINITY, false, false, 0 },
	{ NAN, false, false, 0 },
};

START_TEST(a_float_becomes_an_integer_if_it_is_one)
{
	const ConsumerValue value = { .floating = float_cases[_i].value };
	struct number number = number_from(CONSUMER_KIND_FLOAT, value);

	ck_assert(number.is_float);
	ck_assert(memcmp(&(double){ number_to_double(number) }, &value.floating,
			 sizeof(double)) == 0);
	ck_assert_int_eq(number_make_integer(&number),
			 float_cases[_i].is_integer);
	ck_assert_int_eq(number.is_float, !float_cases[_i].is_integer);
	if (number.is_float)
		return;
	ck_assert_int_eq(number.is_negative, float_cases[_i].is_negative);
	ck_assert_uint_eq(number.magnitude, float_cases[_i].magnitude);
	ck_assert(number_make_integer(&number)); /* it is one already */
}
END_TEST

static const struct {
	ConsumerType type;
	uint64_t most_negative; /* as a magnitude */
	uint64_t most;
} limits[] = {
	{ CONSUMER_BOOL, 0, 1 },
	{ CONSUMER_CHAR, 0, UINT8_MAX },
	{ CONSUMER_INT8, 128, INT8_MAX },
	{ CONSUMER_UINT8, 0, UINT8_MAX },
	{ CONSUMER_INT16, 32768, INT16_MAX },
	{ CONSUMER_UINT16, 0, UINT16_MAX },
	{ CONSUMER_INT32, UINT64_C(1) << 31, INT32_MAX },
	{ CONSUMER_UINT32, 0, UINT32_MAX },
	{ CONSUMER_INT64, UINT64_C(1) << 63, INT64_MAX },
	{ CONSUMER_UINT64, 0, UINT64_MAX },
};

static void
check_fit(ConsumerType type, bool is_negative, uint64_t magnitude, bool want)
{
	const struct element_info *info = &element_table[type];
	const struct number number = { .is_negative = is_negative,
				       .magnitude = magnitude };
	ConsumerValue value = { .unsigned_integer = 0 };
	struct number back;

	expect(number_fit(info, number, &value) == want, "%s%llu: not %d",
	       is_negative ? "-" : "", (unsigned long long)magnitude, want);
	if (!want)
		return;
	back = number_from(info->kind, value);
	ck_assert_int_eq(back.is_negative, is_negative);
	ck_assert_uint_eq(back.magnitude, magnitude);
}

START_TEST(an_integer_fits_up_to_the_limits)
{
	const ConsumerType type = limits[_i].type;
	const uint64_t least = limits[_i].most_negative;
	const uint64_t most = limits[_i].most;

	check_fit(type, false, 0, true);
	check_fit(type, false, most, true);
	if (most < UINT64_MAX)
		check_fit(type, false, most + 1, false);
	check_fit(type, false, UINT64_MAX, most == UINT64_MAX);
	check_fit(type, true, 1, least > 0);
	if (least > 0)
		check_fit(type, true, least, true);
	check_fit(type, true, least + 1, false);
	check_fit(type, true, UINT64_MAX, false);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("number");
	TCase *tcase = check_case(suite);

	tcase_add_loop_test(tcase, an_integer_is_its_sign_and_magnitude, 0,
			    ARRAY_LEN(integer_cases));
	tcase_add_loop_test(tcase, a_float_becomes_an_integer_if_it_is_one, 0,
			    ARRAY_LEN(float_cases));
	tcase_add_loop_test(tcase, an_integer_fits_up_to_the_limits, 0,
			    ARRAY_LEN(limits));
	return check_run(suite);
}
