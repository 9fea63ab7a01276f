/* SPDX-License-Identifier: MIT */
/* Integers, bool and char, against printf(). */
#include "config.h"
#include "check_numbers.h"
#include "decimal.h"

#include <inttypes.h>

static const struct separator blank = { " ", 1 };

/* Text that a kernel may write right up to an unmapped page. */
static struct guarded
text_room(size_t n_elements)
{
	return guarded_new(n_elements * DECIMAL_MAX_BYTES + DECIMAL_SLACK_BYTES,
			   GUARDED_BACK);
}

#define N_AT_ONCE 1024

/* A loop over cases is one over variants too: case by case, all variants. */
#define CASE (_i / N_VARIANTS)
#define USE_VARIANT                                \
	do {                                       \
		if (!use_variant(_i % N_VARIANTS)) \
			return;                    \
	} while (0)

/* What printf() makes of an element, in either direction. */
static size_t
print_element(ConsumerType type, enum spelling spelling, const void *address,
	      char *out)
{
	const bool is_json = spelling == SPELLING_JSON;
	const ConsumerElement element = consumer_element(type);
	const ConsumerValue value = consumer_element_load(element, address);

	switch (consumer_type_kind(type)) {
	case CONSUMER_KIND_BOOL:
		if (value.boolean)
			return (size_t)sprintf(out, is_json ? "true" : "True");
		return (size_t)sprintf(out, is_json ? "false" : "False");
	case CONSUMER_KIND_SIGNED:
		return (size_t)sprintf(out, "%" PRId64, value.signed_integer);
	default:
		return (size_t)sprintf(out, "%" PRIu64, value.unsigned_integer);
	}
}

/* Prints 'n' <= N_AT_ONCE elements in one call, at an odd address. */
static void
check_spelling(ConsumerType type, enum spelling spelling, const void *elements,
	       size_t n)
{
	const size_t itemsize = consumer_element(type).itemsize;
	struct guarded room = text_room(n);
	struct guarded from = guarded_new(n * itemsize, GUARDED_BACK);
	char want[N_AT_ONCE * DECIMAL_MAX_BYTES + 1];
	size_t n_want = 0;
	char *end;

	memcpy(from.data, elements, n * itemsize);
	for (size_t i = 0; i < n; i++) {
		n_want +=
			print_element(type, spelling, from.data + i * itemsize,
				      want + n_want);
		want[n_want++] = ' ';
	}
	end = text_kernel_for(type, spelling)(from.data, n, blank,
					      (char *)room.data);
	expect((size_t)(end - (char *)room.data) == n_want &&
		       memcmp(room.data, want, n_want) == 0,
	       "%s: \"%.*s\", expected \"%.*s\"", consumer_type_name(type),
	       (int)MIN(end - (char *)room.data, 200), (char *)room.data,
	       (int)MIN(n_want, 200), want);
	guarded_free(&from);
	guarded_free(&room);
}

static void
check_elements(ConsumerType type, const void *elements, size_t n)
{
	check_spelling(type, SPELLING_PYTHON, elements, n);
	check_spelling(type, SPELLING_JSON, elements, n);
}

static const ConsumerType short_types[] = {
	CONSUMER_BOOL,	CONSUMER_CHAR,	CONSUMER_INT8,
	CONSUMER_UINT8, CONSUMER_INT16, CONSUMER_UINT16,
};

START_TEST(every_value_of_8_and_16_bits)
{
	const ConsumerType type = short_types[CASE];
	const size_t itemsize = consumer_element(type).itemsize;
	const unsigned n_values = itemsize == 1 ? 256 : 65536;

	USE_VARIANT;
	for (unsigned first = 0; first < n_values; first += 256) {
		uint16_t wide[256];
		uint8_t narrow[256];

		for (unsigned i = 0; i < 256; i++) {
			wide[i] = (uint16_t)(first + i);
			narrow[i] = (uint8_t)i;
		}
		check_elements(type,
			       itemsize == 1 ? (void *)narrow : (void *)wide,
			       256);
	}
}
END_TEST

static const ConsumerType long_types[] = {
	CONSUMER_INT32,
	CONSUMER_UINT32,
	CONSUMER_INT64,
	CONSUMER_UINT64,
};

/* Stores the low bytes of 'value' and of its negative. */
static size_t
add_value(unsigned char *values, size_t itemsize, uint64_t value)
{
	const uint64_t negative = -value;
	const uint32_t narrow = (uint32_t)value;
	const uint32_t narrow_negative = (uint32_t)negative;

	if (itemsize == 4) {
		memcpy(values, &narrow, 4);
		memcpy(values + 4, &narrow_negative, 4);
	} else {
		memcpy(values, &value, 8);
		memcpy(values + 8, &negative, 8);
	}
	return 2;
}

/* Powers of 10 and of 2, their neighbours, and the negatives of all. */
START_TEST(values_around_every_power)
{
	const ConsumerType type = long_types[CASE];
	const size_t itemsize = consumer_element(type).itemsize;
	unsigned char values[N_AT_ONCE * 8];
	size_t n = 0;

	USE_VARIANT;
	for (uint64_t power = 1;; power *= 10) {
		for (uint64_t i = 0; i < 5; i++)
			n += add_value(values + n * itemsize, itemsize,
				       power + i - 2);
		if (power > UINT64_MAX / 10)
			break;
	}
	for (int bit = 0; bit < 64; bit++) {
		for (uint64_t i = 0; i < 3; i++)
			n += add_value(values + n * itemsize, itemsize,
				       (UINT64_C(1) << bit) + i - 1);
	}
	ck_assert_uint_le(n, N_AT_ONCE);
	check_elements(type, values, n);
	for (size_t i = 0; i < n; i++)
		check_elements(type, values + i * itemsize, 1);
}
END_TEST

static const struct {
	ConsumerType type;
	union {
		int32_t i;
		uint32_t u;
		int64_t q;
		uint64_t w;
	} value;
	const char *want;
} extreme_cases[] = {
	{ CONSUMER_INT32, { .i = INT32_MIN }, "-2147483648" },
	{ CONSUMER_INT32, { .i = INT32_MAX }, "2147483647" },
	{ CONSUMER_UINT32, { .u = UINT32_MAX }, "4294967295" },
	{ CONSUMER_INT64, { .q = INT64_MIN }, "-9223372036854775808" },
	{ CONSUMER_INT64, { .q = INT64_MAX }, "9223372036854775807" },
	{ CONSUMER_INT64, { .q = -1 }, "-1" },
	{ CONSUMER_UINT64, { .w = UINT64_MAX }, "18446744073709551615" },
	{ CONSUMER_UINT64, { .w = 10000000000000000 }, "10000000000000000" },
	{ CONSUMER_UINT64, { .w = 9999999999999999 }, "9999999999999999" },
	{ CONSUMER_UINT64, { .w = 100000000 }, "100000000" },
	{ CONSUMER_UINT64, { .w = 99999999 }, "99999999" },
	{ CONSUMER_UINT64, { .w = 0 }, "0" },
};

START_TEST(extremes_are_spelled_out)
{
	struct guarded room = text_room(1);
	char *end;

	USE_VARIANT;
	end = text_kernel_for(extreme_cases[CASE].type, SPELLING_PYTHON)(
		&extreme_cases[CASE].value, 1, (struct separator){ "", 0 },
		(char *)room.data);
	*end = '\0';
	ck_assert_str_eq((char *)room.data, extreme_cases[CASE].want);
	guarded_free(&room);
}
END_TEST

START_TEST(random_values_of_every_length)
{
	const ConsumerType type = long_types[CASE];
	const size_t itemsize = consumer_element(type).itemsize;
	const int n_values = is_long_test() ? 100000000 : 300000;
	uint64_t state = (uint64_t)_i;

	USE_VARIANT;
	for (int round = 0; round < n_values / N_AT_ONCE; round++) {
		/* Now and then all are short, or they are not so many. */
		const int64_t least = random_between(&state, 0, 63);
		const size_t n_wanted =
			2 * (size_t)random_between(&state, 1, N_AT_ONCE / 2);
		unsigned char values[N_AT_ONCE * 8];
		size_t n = 0;

		while (n < n_wanted) {
			const uint64_t bits = random_bits(&state);

			n += add_value(
				values + n * itemsize, itemsize,
				bits >> random_between(&state, least, 63));
		}
		check_elements(type, values, n);
	}
}
END_TEST

/* All that there are, at once: whatever a vector has room for */
START_TEST(four_digits_are_two_pairs)
{
	static uint16_t fours[10000], pairs[2 * 10000];

	for (size_t i = 0; i < ARRAY_LEN(fours); i++)
		fours[i] = (uint16_t)i;
	decimal_split_fours(fours, ARRAY_LEN(fours), pairs);
	for (size_t i = 0; i < ARRAY_LEN(fours); i++) {
		char want[16];

		sprintf(want, "%04u", (unsigned)i);
		expect(memcmp(&pairs[2 * i], want, 4) == 0, "%.4s, expected %s",
		       (char *)&pairs[2 * i], want);
	}
}
END_TEST

static const struct separator separators[] = {
	{ "", 0 },
	{ "\n", 1 },
	{ ", ", 2 },
};

START_TEST(a_separator_follows_each_element)
{
	const struct separator separator = separators[CASE];

	USE_VARIANT;
	for (int type = CONSUMER_BOOL; type < CONSUMER_N_TYPES; type++) {
		const unsigned char zeros[24] = { 0 };
		struct guarded room = text_room(3);
		const char *zero = type == CONSUMER_BOOL      ? "False"
				   : type >= CONSUMER_FLOAT16 ? "0.0"
							      : "0";
		char want[64] = "";
		char *end =
			text_kernel_for((ConsumerType)type, SPELLING_PYTHON)(
				zeros, 3, separator, (char *)room.data);

		*end = '\0';
		for (int i = 0; i < 3; i++) {
			strcat(want, zero);
			strncat(want, separator.text, separator.n_bytes);
		}
		ck_assert_str_eq((char *)room.data, want);
		guarded_free(&room);
	}
}
END_TEST

START_TEST(no_elements_are_no_text)
{
	USE_VARIANT;
	for (int type = CONSUMER_BOOL; type < CONSUMER_N_TYPES; type++) {
		struct guarded nothing = guarded_new(1, GUARDED_BACK);
		struct guarded room = text_room(0);
		char *out = (char *)room.data;

		ck_assert_ptr_eq(
			text_kernel_for((ConsumerType)type, SPELLING_PYTHON)(
				nothing.data + 1, 0, blank, out),
			out);
		guarded_free(&nothing);
		guarded_free(&room);
	}
}
END_TEST

/* With the longest separator, as many as fill the room to its end. */
START_TEST(the_longest_text_fits)
{
	static const int64_t longest = INT64_MIN;
	struct guarded room = text_room(1000);
	int64_t values[1000];
	char *end;

	USE_VARIANT;
	for (size_t i = 0; i < ARRAY_LEN(values); i++)
		values[i] = longest;
	end = text_kernel_for(CONSUMER_INT64, SPELLING_PYTHON)(
		values, ARRAY_LEN(values), separators[2], (char *)room.data);
	ck_assert_int_eq(end - (char *)room.data, 22 * 1000);
	ck_assert_int_le(22, DECIMAL_MAX_BYTES);
	guarded_free(&room);
}
END_TEST

START_TEST(only_opaque_elements_have_no_kernel)
{
	const enum spelling spelling = (enum spelling)_i;

	ck_assert(!text_kernel_for(CONSUMER_OPAQUE, spelling));
	ck_assert(!text_kernel_for(CONSUMER_N_TYPES, spelling));
	ck_assert(!text_kernel_for((ConsumerType)-1, spelling));
	for (int type = CONSUMER_BOOL; type < CONSUMER_N_TYPES; type++)
		ck_assert(text_kernel_for((ConsumerType)type, spelling));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("decimal");
	TCase *tcase = check_case(suite);

	tcase_add_loop_test(tcase, every_value_of_8_and_16_bits, 0,
			    N_VARIANTS * (int)ARRAY_LEN(short_types));
	tcase_add_loop_test(tcase, values_around_every_power, 0,
			    N_VARIANTS * (int)ARRAY_LEN(long_types));
	tcase_add_loop_test(tcase, extremes_are_spelled_out, 0,
			    N_VARIANTS * (int)ARRAY_LEN(extreme_cases));
	tcase_add_loop_test(tcase, random_values_of_every_length, 0,
			    N_VARIANTS * (int)ARRAY_LEN(long_types));
	tcase_add_test(tcase, four_digits_are_two_pairs);
	tcase_add_loop_test(tcase, a_separator_follows_each_element, 0,
			    N_VARIANTS * (int)ARRAY_LEN(separators));
	tcase_add_loop_test(tcase, no_elements_are_no_text, 0, N_VARIANTS);
	tcase_add_loop_test(tcase, the_longest_text_fits, 0, N_VARIANTS);
	tcase_add_loop_test(tcase, only_opaque_elements_have_no_kernel, 0,
			    N_SPELLINGS);
	return check_run(suite);
}
