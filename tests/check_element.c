/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "check_run.h"
#include "element.h"

#include <limits.h>
#include <math.h>

static const struct {
	ConsumerType type;
	const char *name;
	size_t itemsize;
	ConsumerKind kind;
} type_cases[] = {
	{ CONSUMER_OPAQUE, "opaque", 1, CONSUMER_KIND_NONE },
	{ CONSUMER_BOOL, "bool", 1, CONSUMER_KIND_BOOL },
	{ CONSUMER_CHAR, "char", 1, CONSUMER_KIND_CHAR },
	{ CONSUMER_INT8, "int8", 1, CONSUMER_KIND_SIGNED },
	{ CONSUMER_UINT8, "uint8", 1, CONSUMER_KIND_UNSIGNED },
	{ CONSUMER_INT16, "int16", 2, CONSUMER_KIND_SIGNED },
	{ CONSUMER_UINT16, "uint16", 2, CONSUMER_KIND_UNSIGNED },
	{ CONSUMER_INT32, "int32", 4, CONSUMER_KIND_SIGNED },
	{ CONSUMER_UINT32, "uint32", 4, CONSUMER_KIND_UNSIGNED },
	{ CONSUMER_INT64, "int64", 8, CONSUMER_KIND_SIGNED },
	{ CONSUMER_UINT64, "uint64", 8, CONSUMER_KIND_UNSIGNED },
	{ CONSUMER_FLOAT16, "float16", 2, CONSUMER_KIND_FLOAT },
	{ CONSUMER_FLOAT32, "float32", 4, CONSUMER_KIND_FLOAT },
	{ CONSUMER_FLOAT64, "float64", 8, CONSUMER_KIND_FLOAT },
};

_Static_assert(ARRAY_LEN(type_cases) == CONSUMER_N_TYPES, "a type is missing");

START_TEST(each_type_has_its_row)
{
	const ConsumerType type = type_cases[_i].type;
	const ConsumerElement element = consumer_element(type);

	ck_assert_int_eq(type, _i);
	ck_assert_str_eq(consumer_type_name(type), type_cases[_i].name);
	ck_assert_int_eq(consumer_type_kind(type), type_cases[_i].kind);
	ck_assert_int_eq(element.type, type);
	ck_assert_uint_eq(element.itemsize, type_cases[_i].itemsize);
	ck_assert_int_eq(element.byte_order, CONSUMER_NATIVE_ENDIAN);
}
END_TEST

/* A caller may have computed it. */
START_TEST(what_is_no_type_is_opaque)
{
	static const int types[] = { CONSUMER_N_TYPES, -1, INT_MAX, INT_MIN };
	const ConsumerType type = (ConsumerType)types[_i];

	ck_assert_str_eq(consumer_type_name(type), "opaque");
	ck_assert_int_eq(consumer_type_kind(type), CONSUMER_KIND_NONE);
}
END_TEST

/* The bytes are in little-endian order here, and also tried reversed. */
#define BOOLEAN(value)             \
	{                          \
		.boolean = (value) \
	}
#define SIGNED(value)                     \
	{                                 \
		.signed_integer = (value) \
	}
#define UNSIGNED(value)                     \
	{                                   \
		.unsigned_integer = (value) \
	}
#define FLOATING(value)             \
	{                           \
		.floating = (value) \
	}

static const struct {
	ConsumerType type;
	unsigned char bytes[8];
	ConsumerValue want;
} load_cases[] = {
	{ CONSUMER_BOOL, { 0 }, BOOLEAN(false) },
	{ CONSUMER_BOOL, { 1 }, BOOLEAN(true) },
	{ CONSUMER_BOOL, { 2 }, BOOLEAN(true) },
	{ CONSUMER_BOOL, { 0x80 }, BOOLEAN(true) },
	{ CONSUMER_CHAR, { 0xFF }, UNSIGNED(255) },
	{ CONSUMER_INT8, { 0xFF }, SIGNED(-1) },
	{ CONSUMER_INT8, { 0x80 }, SIGNED(INT8_MIN) },
	{ CONSUMER_INT8, { 0x7F }, SIGNED(INT8_MAX) },
	{ CONSUMER_UINT8, { 0xFF }, UNSIGNED(255) },
	{ CONSUMER_INT16, { 0xFF, 0xFF }, SIGNED(-1) },
	{ CONSUMER_INT16, { 0x00, 0x80 }, SIGNED(INT16_MIN) },
	{ CONSUMER_INT16, { 0x34, 0x12 }, SIGNED(0x1234) },
	{ CONSUMER_UINT16, { 0x34, 0xF2 }, UNSIGNED(0xF234) },
	{ CONSUMER_INT32, { 0x78, 0x56, 0x34, 0x12 }, SIGNED(0x12345678) },
	{ CONSUMER_INT32, { 0, 0, 0, 0x80 }, SIGNED(INT32_MIN) },
	{ CONSUMER_UINT32, { 0, 0, 0, 0x80 }, UNSIGNED(0x80000000) },
	{ CONSUMER_UINT32, { 0xFF, 0xFF, 0xFF, 0xFF }, UNSIGNED(UINT32_MAX) },
	{ CONSUMER_INT64, { 0, 0, 0, 0, 0, 0, 0, 0x80 }, SIGNED(INT64_MIN) },
	{ CONSUMER_INT64, { 1, 0, 0, 0, 0, 0, 0, 0x80 }, SIGNED(-INT64_MAX) },
	{ CONSUMER_UINT64,
	  { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF },
	  UNSIGNED(UINT64_MAX) },
	{ CONSUMER_UINT64,
	  { 8, 7, 6, 5, 4, 3, 2, 1 },
	  UNSIGNED(0x0102030405060708) },
	{ CONSUMER_FLOAT16, { 0x00, 0x3C }, FLOATING(1) },
	{ CONSUMER_FLOAT16, { 0xFF, 0x7B }, FLOATING(65504) },
	{ CONSUMER_FLOAT16, { 0x01, 0x00 }, FLOATING(0x1p-24) },
	{ CONSUMER_FLOAT16, { 0x01, 0x80 }, FLOATING(-0x1p-24) },
	{ CONSUMER_FLOAT16, { 0x00, 0x80 }, FLOATING(-0.0) },
	{ CONSUMER_FLOAT16, { 0x00, 0x7C }, FLOATING(INFINITY) },
	{ CONSUMER_FLOAT16, { 0x00, 0xFC }, FLOATING(-INFINITY) },
	{ CONSUMER_FLOAT32, { 0, 0, 0x80, 0x3F }, FLOATING(1) },
	{ CONSUMER_FLOAT32, { 1, 0, 0, 0 }, FLOATING(0x1p-149) },
	{ CONSUMER_FLOAT32, { 0, 0, 0, 0x80 }, FLOATING(-0.0) },
	{ CONSUMER_FLOAT32, { 0, 0, 0x80, 0xFF }, FLOATING(-INFINITY) },
	{ CONSUMER_FLOAT32, { 0xCD, 0xCC, 0xCC, 0x3D }, FLOATING(0.1f) },
	{ CONSUMER_FLOAT64, { 0, 0, 0, 0, 0, 0, 0xF0, 0x3F }, FLOATING(1) },
	{ CONSUMER_FLOAT64, { 1, 0, 0, 0, 0, 0, 0, 0 }, FLOATING(0x1p-1074) },
	{ CONSUMER_FLOAT64, { 0, 0, 0, 0, 0, 0, 0, 0x80 }, FLOATING(-0.0) },
};

static bool
is_same_value(ConsumerKind kind, ConsumerValue a, ConsumerValue b)
{
	switch (kind) {
	case CONSUMER_KIND_BOOL:
		return a.boolean == b.boolean;
	case CONSUMER_KIND_SIGNED:
		return a.signed_integer == b.signed_integer;
	case CONSUMER_KIND_FLOAT: /* by bits, so that -0.0 is not 0.0 */
	case CONSUMER_KIND_NONE:
	case CONSUMER_KIND_CHAR:
	case CONSUMER_KIND_UNSIGNED:
		break;
	}
	return a.unsigned_integer == b.unsigned_integer;
}

static ConsumerElement
element_of(ConsumerType type, ConsumerByteOrder byte_order)
{
	ConsumerElement element = consumer_element(type);

	element.byte_order = byte_order;
	return element;
}

static void
copy_reversed(unsigned char *out, const unsigned char *from, size_t n_bytes)
{
	for (size_t i = 0; i < n_bytes; i++)
		out[i] = from[n_bytes - 1 - i];
}

/* Against the page in front, where addresses are odd, and the one behind. */
static void
check_load(ConsumerElement element, const unsigned char *bytes,
	   ConsumerValue want)
{
	const ConsumerKind kind = consumer_type_kind(element.type);
	struct guarded front = guarded_new(element.itemsize + 1, GUARDED_FRONT);
	struct guarded back = guarded_new(element.itemsize, GUARDED_BACK);

	memcpy(front.data + 1, bytes, element.itemsize);
	memcpy(back.data, bytes, element.itemsize);
	ck_assert(is_same_value(
		kind, consumer_element_load(element, front.data + 1), want));
	ck_assert(is_same_value(kind, consumer_element_load(element, back.data),
				want));
	guarded_free(&front);
	guarded_free(&back);
}

START_TEST(an_element_loads_in_both_orders_at_any_address)
{
	const ConsumerType type = load_cases[_i].type;
	unsigned char reversed[8];

	copy_reversed(reversed, load_cases[_i].bytes,
		      type_cases[type].itemsize);
	check_load(element_of(type, CONSUMER_LITTLE_ENDIAN),
		   load_cases[_i].bytes, load_cases[_i].want);
	check_load(element_of(type, CONSUMER_BIG_ENDIAN), reversed,
		   load_cases[_i].want);
}
END_TEST

/* IEEE 754 by the book. */
static double
half_value(uint16_t half)
{
	const int exponent = half >> 10 & 31;
	const int mantissa = half & 1023;
	double magnitude;

	if (exponent == 31)
		magnitude = mantissa ? NAN : INFINITY;
	else if (exponent == 0)
		magnitude = ldexp(mantissa, -24);
	else
		magnitude = ldexp(1024 + mantissa, exponent - 25);
	return half & 0x8000 ? -magnitude : magnitude;
}

START_TEST(every_float16_has_its_value)
{
	for (unsigned half = 0; half <= UINT16_MAX; half++) {
		const double want = half_value((uint16_t)half);
		const double got = half_to_float((uint16_t)half);

		expect(isnan(want) ? isnan(got) : got == want,
		       "0x%04X: %a, expected %a", half, got, want);
		expect(!signbit(got) == !signbit(want),
		       "0x%04X has the wrong sign", half);
	}
}
END_TEST

static const uint64_t nan_bits[] = {
	0x7FF0000000000001, 0x7FF8000000000000, 0xFFFFFFFFFFFFFFFF,
	0xFFF4000000000000, 0x7FF7FFFFFFFFFFFF,
};

START_TEST(every_nan_stays_one)
{
	const uint32_t single = (uint32_t)(nan_bits[_i] >> 32) | 0x7F800001;
	const uint16_t half = (uint16_t)(nan_bits[_i] >> 48) | 0x7C01;

	ck_assert_double_nan(
		consumer_element_load(consumer_element(CONSUMER_FLOAT64),
				      &nan_bits[_i])
			.floating);
	ck_assert_double_nan(
		consumer_element_load(consumer_element(CONSUMER_FLOAT32),
				      &single)
			.floating);
	ck_assert_double_nan(
		consumer_element_load(consumer_element(CONSUMER_FLOAT16), &half)
			.floating);
}
END_TEST

START_TEST(every_byte_but_zero_is_true)
{
	const ConsumerElement element = consumer_element(CONSUMER_BOOL);

	for (int i = 0; i < 256; i++) {
		const unsigned char byte = (unsigned char)i;

		ck_assert_int_eq(consumer_element_load(element, &byte).boolean,
				 i != 0);
	}
}
END_TEST

START_TEST(opaque_elements_are_not_read)
{
	struct guarded memory = guarded_new(1, GUARDED_BACK);
	ConsumerElement element = consumer_element(CONSUMER_OPAQUE);

	/* One byte on: the page that faults. */
	for (element.itemsize = 0; element.itemsize <= 24; element.itemsize++)
		ck_assert_uint_eq(
			consumer_element_load(element, memory.data + 1)
				.unsigned_integer,
			0);
	guarded_free(&memory);
}
END_TEST

/* Element by element against arithmetic on bytes. */
START_TEST(random_integers_load_as_their_bytes_say)
{
	const ConsumerKind kind = type_cases[_i].kind;
	const size_t itemsize = type_cases[_i].itemsize;
	const int n_unused = 64 - 8 * (int)itemsize;
	uint64_t state = (uint64_t)_i;

	if (kind != CONSUMER_KIND_SIGNED && kind != CONSUMER_KIND_UNSIGNED)
		return; /* the other kinds have tests of their own */
	for (int round = 0; round < 2000; round++) {
		const ConsumerByteOrder order =
			random_bits(&state) & 1 ? CONSUMER_BIG_ENDIAN
						: CONSUMER_LITTLE_ENDIAN;
		unsigned char bytes[8];
		ConsumerValue want = { .unsigned_integer = 0 };
		ConsumerValue got;

		random_fill(&state, bytes, itemsize);
		for (size_t i = 0; i < itemsize; i++)
			want.unsigned_integer =
				want.unsigned_integer << 8 |
				bytes[order == CONSUMER_BIG_ENDIAN
					      ? i
					      : itemsize - 1 - i];
		if (kind == CONSUMER_KIND_SIGNED)
			want.signed_integer =
				(int64_t)(want.unsigned_integer << n_unused) >>
				n_unused;
		got = consumer_element_load(element_of((ConsumerType)_i, order),
					    bytes);
		expect(is_same_value(kind, got, want),
		       "round %d: %#llx, expected %#llx", round,
		       (unsigned long long)got.unsigned_integer,
		       (unsigned long long)want.unsigned_integer);
	}
}
END_TEST

/* Enumerators may be computed, and come from files. */
static const int no_types[] = { CONSUMER_N_TYPES, CONSUMER_N_TYPES + 1, -1,
				INT_MAX, INT_MIN };

START_TEST(what_is_no_type_has_the_row_of_opaque)
{
	const ConsumerType type = (ConsumerType)no_types[_i];

	ck_assert_str_eq(consumer_type_name(type), "opaque");
	ck_assert_int_eq(consumer_type_kind(type), CONSUMER_KIND_NONE);
	ck_assert_uint_eq(consumer_element(type).itemsize, 1);
}
END_TEST

static const struct {
	int type;
	int byte_order;
	size_t itemsize;
	const char *message; /* NULL: it is good */
} check_cases[] = {
	{ CONSUMER_INT32, CONSUMER_LITTLE_ENDIAN, 4, NULL },
	{ CONSUMER_INT32, CONSUMER_BIG_ENDIAN, 4, NULL },
	{ CONSUMER_INT32, 2, 4, "there is no byte order 2" },
	{ CONSUMER_INT32, -1, 4, "there is no byte order -1" },
	{ CONSUMER_OPAQUE, 3, 4, "there is no byte order 3" },
	{ CONSUMER_INT32, 0, 0, "itemsize 0 is not that of int32" },
	{ CONSUMER_INT32, 0, 8, "itemsize 8 is not that of int32" },
	{ CONSUMER_BOOL, 0, 1, NULL },
	{ CONSUMER_BOOL, 0, 4, "itemsize 4 is not that of bool" },
	{ CONSUMER_FLOAT64, 1, 8, NULL },
	{ CONSUMER_FLOAT64, 1, 7, "itemsize 7 is not that of float64" },
	{ CONSUMER_OPAQUE, 0, 1, NULL },
	{ CONSUMER_OPAQUE, 1, SIZE_MAX, NULL },
	{ CONSUMER_OPAQUE, 0, 0, "itemsize 0 is not that of opaque" },
	{ CONSUMER_N_TYPES, 0, 1, "there is no element type 14" },
	{ CONSUMER_N_TYPES + 1, 0, 1, "there is no element type 15" },
	{ -1, 0, 1, "there is no element type -1" },
	{ INT_MAX, 0, 1, "there is no element type 2147483647" },
	{ INT_MIN, 0, 1, "there is no element type -2147483648" },
};

START_TEST(an_element_has_a_type_and_the_itemsize_of_it)
{
	const ConsumerElement element = {
		.type = (ConsumerType)check_cases[_i].type,
		.byte_order = (ConsumerByteOrder)check_cases[_i].byte_order,
		.itemsize = check_cases[_i].itemsize,
	};
	ConsumerError error;

	POISON(error);
	if (!check_cases[_i].message) {
		ck_assert_int_eq(element_check(element, &error), CONSUMER_OK);
		ck_assert_untouched(error);
	} else {
		check_failure(element_check(element, &error), &error,
			      CONSUMER_ERR_ARGUMENT);
		ck_assert_str_eq(error.message, check_cases[_i].message);
	}
}
END_TEST

/* The lowest bytes of 'bits', and none beside them. */
START_TEST(bits_are_stored_in_both_orders)
{
	const ConsumerType type = (ConsumerType)_i;
	const uint64_t bits = UINT64_C(0x8899AABBCCDDEEFF);
	const size_t itemsize = consumer_element(type).itemsize;

	for (int order = 0; order < 2; order++) {
		unsigned char bytes[1 + 8 + 1];

		POISON(bytes);
		element_store_bits(element_of(type, (ConsumerByteOrder)order),
				   bytes + 1, bits);
		for (size_t i = 0; i < itemsize; i++)
			ck_assert_uint_eq(
				bytes[1 + (order == CONSUMER_LITTLE_ENDIAN
						   ? i
						   : itemsize - 1 - i)],
				bits >> 8 * i & 0xFF);
		ck_assert_uint_eq(bytes[0], 0xA5);
		ck_assert_uint_eq(bytes[1 + itemsize], 0xA5);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("element");
	TCase *tcase = check_case(suite);

	tcase_add_loop_test(tcase, each_type_has_its_row, 0, CONSUMER_N_TYPES);
	tcase_add_loop_test(tcase, what_is_no_type_is_opaque, 0, 4);
	tcase_add_loop_test(tcase,
			    an_element_loads_in_both_orders_at_any_address, 0,
			    ARRAY_LEN(load_cases));
	tcase_add_test(tcase, every_float16_has_its_value);
	tcase_add_loop_test(tcase, every_nan_stays_one, 0, ARRAY_LEN(nan_bits));
	tcase_add_test(tcase, every_byte_but_zero_is_true);
	tcase_add_test(tcase, opaque_elements_are_not_read);
	tcase_add_loop_test(tcase, random_integers_load_as_their_bytes_say, 0,
			    CONSUMER_N_TYPES);
	tcase_add_loop_test(tcase, what_is_no_type_has_the_row_of_opaque, 0,
			    ARRAY_LEN(no_types));
	tcase_add_loop_test(tcase, bits_are_stored_in_both_orders,
			    CONSUMER_BOOL, CONSUMER_N_TYPES);
	tcase_add_loop_test(tcase, an_element_has_a_type_and_the_itemsize_of_it,
			    0, ARRAY_LEN(check_cases));
	return check_run(suite);
}
