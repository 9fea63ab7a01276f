/* SPDX-License-Identifier: MIT */
/*
 * Floats, against the C library: the text reads back to the same bits, no
 * shorter one does, and it is spelled as Python's repr() spells it.
 */
#include "config.h"
#include "check_numbers.h"
#include "decimal.h"
#include "element.h"

#include <stdio.h>
#include <stdlib.h>

/* The three widths, as bits in a uint64_t. */
static const struct width {
	ConsumerType type;
	int n_mantissa_bits;
	int n_exponent_bits;
} widths[] = {
	{ CONSUMER_FLOAT16, 10, 5 },
	{ CONSUMER_FLOAT32, 23, 8 },
	{ CONSUMER_FLOAT64, 52, 11 },
};

enum { HALF, SINGLE, DOUBLE };

static int
n_bits(const struct width *width)
{
	return 1 + width->n_exponent_bits + width->n_mantissa_bits;
}

static void
store(const struct width *width, uint64_t bits, void *out)
{
	const uint32_t bits_32 = (uint32_t)bits;
	const uint16_t bits_16 = (uint16_t)bits;

	switch (n_bits(width)) {
	case 16:
		memcpy(out, &bits_16, sizeof(bits_16));
		break;
	case 32:
		memcpy(out, &bits_32, sizeof(bits_32));
		break;
	default:
		memcpy(out, &bits, sizeof(bits));
	}
}

static double
value_of(const struct width *width, uint64_t bits)
{
	unsigned char bytes[8];

	store(width, bits, bytes);
	return consumer_element_load(consumer_element(width->type), bytes)
		.floating;
}

/* The float16 nearest to 'value', the even one of two. */
static uint64_t
double_to_half(double value)
{
	const uint64_t sign = signbit(value) ? 0x8000 : 0;
	const double magnitude = fabs(value);
	int exponent;

	if (magnitude >= 65520)
		return sign | 0x7C00;
	exponent = magnitude < 0x1p-14 ? -14 : ilogb(magnitude);
	/* A carry out of the mantissa goes into the exponent. */
	return sign |
	       (((uint64_t)(exponent + 15) << 10) +
		(uint64_t)nearbyint(ldexp(magnitude, 10 - exponent)) - 1024);
}

/* The bits that 'text' reads back to. */
static uint64_t
read_back(const struct width *width, const char *text)
{
	uint64_t bits_64;
	uint32_t bits_32;
	double value;
	float single;

	switch (n_bits(width)) {
	case 16:
		return double_to_half(strtod(text, NULL));
	case 32:
		single = strtof(text, NULL);
		memcpy(&bits_32, &single, sizeof(bits_32));
		return bits_32;
	default:
		value = strtod(text, NULL);
		memcpy(&bits_64, &value, sizeof(bits_64));
		return bits_64;
	}
}

/* How many digits of 'text' are significant. */
static int
count_digits(const char *text)
{
	int n = 0, n_zeros = 0;

	for (; *text && *text != 'e'; text++) {
		if (*text == '0' && n == 0)
			continue;
		if (*text < '0' || *text > '9')
			continue;
		n++;
		n_zeros = *text == '0' ? n_zeros + 1 : 0;
	}
	return n - n_zeros;
}

#define SPELLED_BYTES 80

/* Spells what "%.*e" printed, "-1.25e-07", as repr() would. */
static void
spell(const char *scientific, char out[SPELLED_BYTES])
{
	char digits[32];
	int n = 0, point;

	if (*scientific == '-')
		*out++ = *scientific++;
	for (; *scientific != 'e'; scientific++) {
		if (*scientific != '.')
			digits[n++] = *scientific;
	}
	while (n > 1 && digits[n - 1] == '0')
		n--;
	digits[n] = '\0';
	point = atoi(scientific + 1) + 1;
	if (point <= -4 || point > 16)
		sprintf(out, "%c%s%se%c%02d", digits[0], n > 1 ? "." : "",
			digits + 1, point > 0 ? '+' : '-', abs(point - 1));
	else if (point <= 0)
		sprintf(out, "0.%.*s%s", -point, "0000", digits);
	else if (point >= n)
		sprintf(out, "%s%.*s.0", digits, point - n, "0000000000000000");
	else
		sprintf(out, "%.*s.%s", point, digits, digits + point);
}

/* A finite number that is not 0. */
static void
check_finite(const struct width *width, uint64_t bits, const char *text)
{
	const double value = value_of(width, bits);
	const int n = count_digits(text);
	char scientific[40], want[SPELLED_BYTES];

	expect(read_back(width, text) == bits, "%a: \"%s\" reads back as %a",
	       value, text, value_of(width, read_back(width, text)));
	sprintf(scientific, "%.*e", n - 1, value);
	/*
	 * Where the float below is nearer than the one above, the nearest
	 * decimal may be too low, and another one right.
	 */
	if (read_back(width, scientific) != bits)
		expect((bits & ((UINT64_C(1) << width->n_mantissa_bits) - 1)) ==
			       0,
		       "%a: \"%s\" has more than one digit too few", value,
		       text);
	else {
		spell(scientific, want);
		expect(strcmp(text, want) == 0, "%a: \"%s\", expected \"%s\"",
		       value, text, want);
	}
	if (n > 1) {
		sprintf(scientific, "%.*e", n - 2, value);
		expect(read_back(width, scientific) != bits,
		       "%a: \"%s\", but %s is shorter", value, text,
		       scientific);
	}
}

static void
check_text(const struct width *width, uint64_t bits, const char *text)
{
	const double value = value_of(width, bits);
	const char *want = isnan(value)	  ? "nan"
			   : isinf(value) ? "-inf"
			   : value == 0	  ? "-0.0"
					  : NULL;

	if (!want)
		check_finite(width, bits, text);
	else
		expect(strcmp(text, want + (*want == '-' && !signbit(value))) ==
			       0,
		       "%a: \"%s\"", value, text);
}

/* JSON's texts are Python's, but for what is not finite. */
static void
check_json(const struct width *width, const unsigned char *floats,
	   const uint64_t *bits, size_t n, const char *python)
{
	struct guarded room = guarded_new(
		n * DECIMAL_MAX_BYTES + DECIMAL_SLACK_BYTES, GUARDED_BACK);
	char *text = (char *)room.data;
	char *end = text_kernel_for(width->type, SPELLING_JSON)(
		floats, n, (struct separator){ "\n", 1 }, text);

	for (size_t i = 0; i < n; i++) {
		const double value = value_of(width, bits[i]);
		const char *want = isfinite(value) ? python : "null";
		const size_t n_want = strlen(want);

		expect((size_t)(end - text) > n_want &&
			       memcmp(text, want, n_want) == 0 &&
			       text[n_want] == '\n',
		       "%a: \"%.30s\", expected \"%s\"", value, text, want);
		text += n_want + 1;
		python += strlen(python) + 1;
	}
	expect(text == end, "there is more than %zu texts", n);
	guarded_free(&room);
}

#define N_AT_ONCE 1024

/* A loop over cases is one over variants too: case by case, all variants. */
#define CASE (_i / N_VARIANTS)
#define USE_VARIANT                                \
	do {                                       \
		if (!use_variant(_i % N_VARIANTS)) \
			return;                    \
	} while (0)

/* Prints 'n' <= N_AT_ONCE floats in one call, between unmapped pages. */
static void
check_floats(const struct width *width, const uint64_t *bits, size_t n)
{
	const size_t itemsize = (size_t)n_bits(width) / 8;
	struct guarded from = guarded_new(n * itemsize, GUARDED_BACK);
	struct guarded room = guarded_new(
		n * DECIMAL_MAX_BYTES + DECIMAL_SLACK_BYTES, GUARDED_BACK);
	char *text = (char *)room.data;
	char *end;

	for (size_t i = 0; i < n; i++)
		store(width, bits[i], from.data + i * itemsize);
	end = text_kernel_for(width->type, SPELLING_PYTHON)(
		from.data, n, (struct separator){ "\n", 1 }, text);
	for (size_t i = 0; i < n; i++) {
		char *line_end = memchr(text, '\n', (size_t)(end - text));

		expect(line_end, "%zu texts instead of %zu", i, n);
		expect(line_end - text <= DECIMAL_MAX_BYTES - 2,
		       "%.40s is too long", text);
		*line_end = '\0';
		check_text(width, bits[i], text);
		text = line_end + 1;
	}
	expect(text == end, "there is more than %zu texts", n);
	check_json(width, from.data, bits, n, (char *)room.data);
	guarded_free(&from);
	guarded_free(&room);
}

/* --- Texts written down ------------------------------------------------- */

static const struct {
	double value;
	const char *want;
} double_cases[] = {
	{ 0.0, "0.0" },
	{ -0.0, "-0.0" },
	{ 1, "1.0" },
	{ -1, "-1.0" },
	{ 0.1, "0.1" },
	{ 0.1 + 0.2, "0.30000000000000004" },
	{ 1.0 / 3, "0.3333333333333333" },
	{ 2.0 / 3, "0.6666666666666666" },
	{ 100, "100.0" },
	{ 1234.5, "1234.5" },
	{ 123456789.125, "123456789.125" },
	{ 0.001, "0.001" },
	{ 0.0001, "0.0001" },
	{ 0.00012345, "0.00012345" },
	{ 0.00001, "1e-05" },
	{ 0.000012345, "1.2345e-05" },
	{ 1e15, "1000000000000000.0" },
	{ 1e16, "1e+16" },
	{ 1e17, "1e+17" },
	{ 9999999999999998, "9999999999999998.0" },
	{ 9007199254740992, "9007199254740992.0" },
	{ 12345678901234568, "1.2345678901234568e+16" },
	{ 1e22, "1e+22" },
	{ 1e23, "1e+23" },
	{ 1.0000000000000001e23, "1.0000000000000001e+23" },
	{ 1e100, "1e+100" },
	{ 1e-100, "1e-100" },
	{ 123e-100, "1.23e-98" },
	{ 0x1.fffffffffffffp1023, "1.7976931348623157e+308" },
	{ 0x1p-1022, "2.2250738585072014e-308" },
	{ -0x1p-1022, "-2.2250738585072014e-308" },
	{ 0x0.fffffffffffffp-1022, "2.225073858507201e-308" },
	{ 0x1p-1074, "5e-324" },
	{ 0x1p-1073, "1e-323" },
	{ 0x3p-1074, "1.5e-323" },
	/* twice as near to the float below: 5.684341886080801e-14 is wrong */
	{ 0x1p-44, "5.684341886080802e-14" },
	{ 0x1p-24, "5.960464477539063e-08" },
	{ 0x1p63, "9.223372036854776e+18" },
	{ 0x1p1023, "8.98846567431158e+307" },
	{ 2e-323, "2e-323" },
	/* two decimals as near: the even one */
	{ 1125899906842624.25, "1125899906842624.2" },
	{ 1125899906842624.75, "1125899906842624.8" },
	/* a shorter one just where the interval ends, inside if even */
	{ 18014398509481988, "1.8014398509481988e+16" },
	{ 18014398509481992, "1.801439850948199e+16" },
	{ 18014398509482008, "1.801439850948201e+16" },
	{ 18014398509482012, "1.8014398509482012e+16" },
	{ 4.35, "4.35" },
	{ 2.675, "2.675" },
	{ INFINITY, "inf" },
	{ -INFINITY, "-inf" },
	{ NAN, "nan" },
	{ -NAN, "nan" },
};

static const struct {
	float value;
	const char *want;
} single_cases[] = {
	{ 0.0f, "0.0" },
	{ -0.0f, "-0.0" },
	{ 0.1f, "0.1" },
	{ 0.3f, "0.3" },
	{ 1.0f / 3, "0.33333334" },
	{ 16777216, "16777216.0" },
	{ 1e10f, "10000000000.0" },
	{ 1e16f, "1e+16" },
	{ 9.999999e15f, "9999999000000000.0" },
	{ 3.4028235e38f, "3.4028235e+38" },
	{ 1.17549435e-38f, "1.1754944e-38" },
	{ 1.1754942e-38f, "1.1754942e-38" },
	{ 1e-45f, "1e-45" },
	{ 2.8e-45f, "3e-45" },
	{ 8.5e-8f, "8.5e-08" },
	{ 0x1p-24f, "5.9604645e-08" },
	{ 0x1p27f, "134217730.0" },
	{ INFINITY, "inf" },
	{ -NAN, "nan" },
};

static const struct {
	uint16_t bits;
	const char *want;
} half_cases[] = {
	{ 0x0000, "0.0" },     { 0x8000, "-0.0" },	{ 0x0001, "6e-08" },
	{ 0x8001, "-6e-08" },  { 0x0002, "1e-07" },	{ 0x0003, "2e-07" },
	{ 0x03FF, "6.1e-05" }, { 0x0400, "6.104e-05" }, { 0x3C00, "1.0" },
	{ 0x3C01, "1.001" },   { 0x2E66, "0.1" },	{ 0x3555, "0.3333" },
	{ 0x7BFF, "65500.0" }, { 0x7BFE, "65470.0" },	{ 0x6800, "2048.0" },
	{ 0x7C00, "inf" },     { 0xFC00, "-inf" },	{ 0x7C01, "nan" },
	{ 0xFFFF, "nan" },     { 0x1419, "0.001" },	{ 0xD640, "-100.0" },
};

static void
check_one(ConsumerType type, const void *value, const char *want)
{
	struct guarded room = guarded_new(
		DECIMAL_MAX_BYTES + DECIMAL_SLACK_BYTES, GUARDED_BACK);
	char *end = text_kernel_for(type, SPELLING_PYTHON)(
		value, 1, (struct separator){ "", 0 }, (char *)room.data);

	*end = '\0';
	ck_assert_str_eq((char *)room.data, want);
	guarded_free(&room);
}

START_TEST(a_float64_has_this_text)
{
	USE_VARIANT;
	check_one(CONSUMER_FLOAT64, &double_cases[CASE].value,
		  double_cases[CASE].want);
}
END_TEST

START_TEST(a_float32_has_this_text)
{
	USE_VARIANT;
	check_one(CONSUMER_FLOAT32, &single_cases[CASE].value,
		  single_cases[CASE].want);
}
END_TEST

START_TEST(a_float16_has_this_text)
{
	USE_VARIANT;
	check_one(CONSUMER_FLOAT16, &half_cases[CASE].bits,
		  half_cases[CASE].want);
}
END_TEST

/* --- Texts read back ---------------------------------------------------- */

START_TEST(every_float16_is_shortest)
{
	USE_VARIANT;
	for (uint64_t first = 0; first < 65536; first += N_AT_ONCE) {
		uint64_t bits[N_AT_ONCE];

		for (uint64_t i = 0; i < N_AT_ONCE; i++)
			bits[i] = first + i;
		check_floats(&widths[HALF], bits, N_AT_ONCE);
	}
}
END_TEST

/* Every exponent, with the mantissas where intervals are odd. */
START_TEST(the_ends_of_every_exponent_are_shortest)
{
	const struct width *width = &widths[CASE];
	const uint64_t n_exponents = UINT64_C(1) << width->n_exponent_bits;
	const uint64_t n_mantissas = UINT64_C(1) << width->n_mantissa_bits;

	USE_VARIANT;
	for (uint64_t exponent = 0; exponent < n_exponents; exponent++) {
		uint64_t bits[16];

		for (uint64_t i = 0; i < 4; i++) {
			const uint64_t mantissas[] = {
				i,
				n_mantissas - 1 - i,
				n_mantissas / 2 + i - 2,
				n_mantissas / 3 + i,
			};

			for (int j = 0; j < 4; j++)
				bits[i * 4 + (uint64_t)j] =
					exponent << width->n_mantissa_bits |
					mantissas[j];
		}
		check_floats(width, bits, ARRAY_LEN(bits));
	}
}
END_TEST

/* Down to the smallest float, one bit alone and all below a bit. */
START_TEST(subnormals_are_shortest)
{
	const struct width *width = &widths[CASE];
	uint64_t bits[2 * 52];
	size_t n = 0;

	USE_VARIANT;
	for (int bit = 0; bit < width->n_mantissa_bits; bit++) {
		bits[n++] = UINT64_C(1) << bit;
		bits[n++] = (UINT64_C(2) << bit) - 1;
	}
	check_floats(width, bits, n);
}
END_TEST

/* Powers of ten and the floats around them. */
START_TEST(floats_around_powers_of_ten_are_shortest)
{
	const struct width *width = &widths[CASE];

	USE_VARIANT;
	for (int exponent = -330; exponent <= 310; exponent++) {
		uint64_t bits[9 * 5];
		size_t n = 0;

		for (int digit = 1; digit <= 9; digit++) {
			char text[32];
			uint64_t nearest;

			sprintf(text, "%de%d", digit, exponent);
			nearest = read_back(width, text);
			for (uint64_t i = 0; i < 5 && nearest > 2; i++)
				bits[n++] = nearest + i - 2;
		}
		check_floats(width, bits, n);
	}
}
END_TEST

START_TEST(random_decimals_come_back_as_they_were)
{
	uint64_t state = 1;

	USE_VARIANT;
	for (int round = 0; round < 100000; round++) {
		const int n_decimals = (int)random_between(&state, 1, 6);
		const int64_t digits =
			random_between(&state, 1, 999999999) * 10 + 1;
		char want[40], got[DECIMAL_MAX_BYTES + DECIMAL_SLACK_BYTES];
		double value;

		/* At most 16 digits, none of them a 0 at the end. */
		sprintf(want, "%.*f", n_decimals,
			(double)digits / pow(10, n_decimals));
		value = strtod(want, NULL);
		*text_kernel_for(CONSUMER_FLOAT64, SPELLING_PYTHON)(
			&value, 1, (struct separator){ "", 0 }, got) = '\0';
		expect(strcmp(got, want) == 0, "\"%s\", expected \"%s\"", got,
		       want);
	}
}
END_TEST

/* Bits, so that every exponent is as likely. */
START_TEST(random_bits_are_shortest)
{
	const struct width *width = &widths[SINGLE + CASE % 2];
	const int n_values = is_long_test() ? 250000 : 40000;
	uint64_t state = (uint64_t)_i;

	USE_VARIANT;
	for (int round = 0; round < n_values / N_AT_ONCE + 1; round++) {
		uint64_t bits[N_AT_ONCE];

		for (size_t i = 0; i < N_AT_ONCE; i++)
			bits[i] = random_bits(&state) >> (64 - n_bits(width));
		check_floats(width, bits, N_AT_ONCE);
	}
}
END_TEST

START_TEST(every_nan_is_nan)
{
	const struct width *width = &widths[CASE];
	const uint64_t exponent = ((UINT64_C(1) << width->n_exponent_bits) - 1)
				  << width->n_mantissa_bits;
	const uint64_t sign = UINT64_C(1) << (n_bits(width) - 1);
	uint64_t bits[52 * 2];
	size_t n = 0;

	USE_VARIANT;
	for (int bit = 0; bit < width->n_mantissa_bits; bit++) {
		bits[n++] = exponent | UINT64_C(1) << bit;
		bits[n++] = sign | exponent | UINT64_C(1) << bit;
	}
	check_floats(width, bits, n);
}
END_TEST

/* The text and its separator fill the room that a caller makes. */
START_TEST(the_longest_text_fits)
{
	struct guarded room = guarded_new(
		100 * DECIMAL_MAX_BYTES + DECIMAL_SLACK_BYTES, GUARDED_BACK);
	double values[100];
	char *end;

	USE_VARIANT;
	for (size_t i = 0; i < ARRAY_LEN(values); i++)
		values[i] = -0x1p-1022;
	end = text_kernel_for(CONSUMER_FLOAT64, SPELLING_PYTHON)(
		values, ARRAY_LEN(values), (struct separator){ ", ", 2 },
		(char *)room.data);
	ck_assert_int_eq(end - (char *)room.data, 100 * DECIMAL_MAX_BYTES);
	guarded_free(&room);
}
END_TEST

/* --- Variants, against the portable one ----------------------------------- */

extern text_kernel *const text_kernels_portable[CONSUMER_N_TYPES][N_SPELLINGS];

/* As many as fill several turns of any kernel, but the last */
#define N_COMPARED 1021

static void
compare_with_portable(ConsumerType type, enum spelling spelling,
		      const void *elements, size_t n)
{
	const struct separator separator = { ", ", 2 };
	static char got[N_COMPARED * DECIMAL_MAX_BYTES + DECIMAL_SLACK_BYTES];
	static char want[sizeof(got)];
	const char *end =
		text_kernel_for(type, spelling)(elements, n, separator, got);
	const char *want_end = text_kernels_portable[type][spelling](
		elements, n, separator, want);
	const char *at = got, *want_at = want;

	if (end - got == want_end - want &&
	    memcmp(got, want, (size_t)(end - got)) == 0)
		return;
	while (*at == *want_at) {
		at++;
		want_at++;
	}
	at -= MIN(at - got, 30);
	ck_abort_msg("%s: \"%.60s\", portable: \"%.60s\"",
		     consumer_type_name(type), at, want + (at - got));
}

START_TEST(every_float32_is_as_portable)
{
	USE_VARIANT;
	for (uint64_t first = 0; first < UINT64_C(1) << 32;
	     first += N_COMPARED) {
		uint32_t bits[N_COMPARED];

		for (uint64_t i = 0; i < N_COMPARED; i++)
			bits[i] = (uint32_t)(first + i);
		compare_with_portable(CONSUMER_FLOAT32, SPELLING_PYTHON, bits,
				      N_COMPARED);
	}
}
END_TEST

/* Any bits, integers, fractions of few bits, and decimals */
static double
random_float64(uint64_t *state)
{
	const uint64_t bits = random_bits(state);
	const int shift = (int)random_between(state, 0, 63);

	switch (random_between(state, 0, 3)) {
	case 0:
		return double_of_bits(bits);
	case 1:
		return (double)(int64_t)(bits >> shift);
	case 2:
		return ldexp((double)(int64_t)bits, -shift);
	default:
		return (double)(bits >> shift) / pow(10, shift % 23);
	}
}

START_TEST(random_float64_are_as_portable)
{
	const int n_values = is_long_test() ? 100000000 : 1000000;
	uint64_t state = (uint64_t)_i;

	USE_VARIANT;
	for (int round = 0; round < n_values / N_COMPARED; round++) {
		double values[N_COMPARED];

		for (size_t i = 0; i < N_COMPARED; i++)
			values[i] = random_float64(&state);
		compare_with_portable(CONSUMER_FLOAT64, SPELLING_JSON, values,
				      N_COMPARED);
	}
}
END_TEST

/* Those that a kernel treats apart, among those that it does not */
START_TEST(floats_in_any_company)
{
	static const double apart[] = {
		0.0,	 -0.0, INFINITY,	   -INFINITY, NAN, 0x1p-1074,
		0x1p-44, 1e23, 9007199254740993e3, 0x1p60,    1,   0.5,
	};
	uint64_t state = (uint64_t)_i;

	USE_VARIANT;
	for (int round = 0; round < 20000; round++) {
		const size_t n = (size_t)random_between(&state, 0, 40);
		float singles[40];
		double values[40];

		for (size_t i = 0; i < n; i++) {
			const int64_t which = random_between(&state, 0, 40);

			values[i] = which < (int64_t)ARRAY_LEN(apart)
					    ? apart[which]
					    : random_float64(&state);
			singles[i] = (float)values[i];
		}
		compare_with_portable(CONSUMER_FLOAT64, SPELLING_PYTHON, values,
				      n);
		compare_with_portable(CONSUMER_FLOAT32, SPELLING_PYTHON,
				      singles, n);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("decimal_float");
	TCase *tcase = check_case(suite);

	tcase_add_loop_test(tcase, a_float64_has_this_text, 0,
			    N_VARIANTS * (int)ARRAY_LEN(double_cases));
	tcase_add_loop_test(tcase, a_float32_has_this_text, 0,
			    N_VARIANTS * (int)ARRAY_LEN(single_cases));
	tcase_add_loop_test(tcase, a_float16_has_this_text, 0,
			    N_VARIANTS * (int)ARRAY_LEN(half_cases));
	tcase_add_loop_test(tcase, every_float16_is_shortest, 0, N_VARIANTS);
	tcase_add_loop_test(tcase, the_ends_of_every_exponent_are_shortest, 0,
			    N_VARIANTS * (int)ARRAY_LEN(widths));
	tcase_add_loop_test(tcase, subnormals_are_shortest, 0,
			    N_VARIANTS * (int)ARRAY_LEN(widths));
	tcase_add_loop_test(tcase, floats_around_powers_of_ten_are_shortest, 0,
			    N_VARIANTS * (int)ARRAY_LEN(widths));
	tcase_add_loop_test(tcase, random_decimals_come_back_as_they_were, 0,
			    N_VARIANTS);
	tcase_add_loop_test(tcase, random_bits_are_shortest, 0, N_VARIANTS * 4);
	tcase_add_loop_test(tcase, every_nan_is_nan, 0, ARRAY_LEN(widths));
	tcase_add_loop_test(tcase, the_longest_text_fits, 0, N_VARIANTS);
	if (is_long_test())
		tcase_add_loop_test(tcase, every_float32_is_as_portable, 0,
				    N_VARIANTS);
	tcase_add_loop_test(tcase, random_float64_are_as_portable, 0,
			    N_VARIANTS);
	tcase_add_loop_test(tcase, floats_in_any_company, 0, N_VARIANTS);
	return check_run(suite);
}
