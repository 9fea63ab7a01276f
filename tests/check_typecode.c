/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "check_run.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

/* What 'long' and addresses are, which struct's "l", "n" and "P" follow. */
#define LONG_TYPE  (sizeof(long) == 8 ? CONSUMER_INT64 : CONSUMER_INT32)
#define ULONG_TYPE (sizeof(long) == 8 ? CONSUMER_UINT64 : CONSUMER_UINT32)
#define SIZE_TYPE  (sizeof(size_t) == 8 ? CONSUMER_UINT64 : CONSUMER_UINT32)
#define SSIZE_TYPE (sizeof(size_t) == 8 ? CONSUMER_INT64 : CONSUMER_INT32)

/* Every code without its prefix, and the prefixes that it may have. */
static const struct {
	const char *body;
	const char *prefixes; /* '-' is none */
	ConsumerType type;
} accepted[] = {
	{ "bool", "-", CONSUMER_BOOL },
	{ "char", "-", CONSUMER_CHAR },
	{ "int8", "-", CONSUMER_INT8 },
	{ "uint8", "-", CONSUMER_UINT8 },
	{ "int16", "-", CONSUMER_INT16 },
	{ "uint16", "-", CONSUMER_UINT16 },
	{ "int32", "-", CONSUMER_INT32 },
	{ "uint32", "-", CONSUMER_UINT32 },
	{ "int64", "-", CONSUMER_INT64 },
	{ "uint64", "-", CONSUMER_UINT64 },
	{ "float16", "-", CONSUMER_FLOAT16 },
	{ "float32", "-", CONSUMER_FLOAT32 },
	{ "float64", "-", CONSUMER_FLOAT64 },
	/* NumPy's */
	{ "b1", "-=<>|", CONSUMER_BOOL },
	{ "i1", "-=<>|", CONSUMER_INT8 },
	{ "u1", "-=<>|", CONSUMER_UINT8 },
	{ "i2", "-=<>", CONSUMER_INT16 },
	{ "u2", "-=<>", CONSUMER_UINT16 },
	{ "i4", "-=<>", CONSUMER_INT32 },
	{ "u4", "-=<>", CONSUMER_UINT32 },
	{ "i8", "-=<>", CONSUMER_INT64 },
	{ "u8", "-=<>", CONSUMER_UINT64 },
	{ "f2", "-=<>", CONSUMER_FLOAT16 },
	{ "f4", "-=<>", CONSUMER_FLOAT32 },
	{ "f8", "-=<>", CONSUMER_FLOAT64 },
	/* struct's */
	{ "?", "-@=<>!", CONSUMER_BOOL },
	{ "c", "-@=<>!", CONSUMER_CHAR },
	{ "b", "-@=<>!", CONSUMER_INT8 },
	{ "B", "-@=<>!", CONSUMER_UINT8 },
	{ "h", "-@=<>!", CONSUMER_INT16 },
	{ "H", "-@=<>!", CONSUMER_UINT16 },
	{ "i", "-@=<>!", CONSUMER_INT32 },
	{ "I", "-@=<>!", CONSUMER_UINT32 },
	{ "l", "-@", LONG_TYPE },
	{ "L", "-@", ULONG_TYPE },
	{ "l", "=<>!", CONSUMER_INT32 },
	{ "L", "=<>!", CONSUMER_UINT32 },
	{ "q", "-@=<>!", CONSUMER_INT64 },
	{ "Q", "-@=<>!", CONSUMER_UINT64 },
	{ "n", "-@", SSIZE_TYPE },
	{ "N", "-@", SIZE_TYPE },
	{ "P", "-@", SIZE_TYPE },
	{ "e", "-@=<>!", CONSUMER_FLOAT16 },
	{ "f", "-@=<>!", CONSUMER_FLOAT32 },
	{ "d", "-@=<>!", CONSUMER_FLOAT64 },
};

/* The row that accepts 'code', or -1. */
static int
find_accepted(const char *code)
{
	for (size_t i = 0; i < ARRAY_LEN(accepted); i++) {
		const char *prefixes = accepted[i].prefixes;

		if (*prefixes == '-') {
			if (strcmp(accepted[i].body, code) == 0)
				return (int)i;
			prefixes++;
		}
		if (*code && strchr(prefixes, *code) &&
		    strcmp(accepted[i].body, code + 1) == 0)
			return (int)i;
	}
	return -1;
}

static ConsumerByteOrder
order_of(char prefix)
{
	return prefix == '<'			? CONSUMER_LITTLE_ENDIAN
	       : prefix == '>' || prefix == '!' ? CONSUMER_BIG_ENDIAN
						: CONSUMER_NATIVE_ENDIAN;
}

static void
check_refused(const char *code)
{
	ConsumerElement out;
	bool is_explicit;
	ConsumerError error;
	ConsumerStatus status;

	POISON(out);
	POISON(is_explicit);
	POISON(error);
	status = consumer_element_parse(code, &out, &is_explicit, &error);
	expect(status == CONSUMER_ERR_ARGUMENT, "'%s' has status %d", code,
	       (int)status);
	check_failure(status, &error, CONSUMER_ERR_ARGUMENT);
	ck_assert_untouched(out);
	ck_assert_untouched(is_explicit);
}

static void
check_accepted(const char *code, int row)
{
	ConsumerElement out;
	bool is_explicit;
	ConsumerError error;

	POISON(error);
	expect(consumer_element_parse(code, &out, &is_explicit, &error) ==
		       CONSUMER_OK,
	       "'%s' was refused", code);
	ck_assert_untouched(error);
	expect(out.type == accepted[row].type, "'%s' is %s", code,
	       consumer_type_name(out.type));
	expect(out.itemsize == consumer_element(out.type).itemsize &&
		       out.byte_order == order_of(*code),
	       "'%s' has the wrong size or order", code);
	expect(is_explicit == (strchr("<>!=@", *code) != NULL),
	       "whether '%s' says its order: %d", code, is_explicit);
	expect(consumer_element_parse(code, &out, NULL, NULL) == CONSUMER_OK,
	       "'%s' was refused without an error", code);
}

static void
check_code(const char *code)
{
	const int row = find_accepted(code);

	if (row < 0)
		check_refused(code);
	else
		check_accepted(code, row);
}

START_TEST(every_code_has_its_type)
{
	for (const char *prefix = accepted[_i].prefixes; *prefix; prefix++) {
		char code[16] = { *prefix };

		strcpy(code + (*prefix != '-'), accepted[_i].body);
		ck_assert_int_ge(find_accepted(code), 0);
		check_accepted(code, find_accepted(code));
	}
}
END_TEST

static const char *const refused[] = {
	"",
	" ",
	"int32 ",
	" int32",
	"Int32",
	"INT32",
	"int",
	"float",
	"double",
	"complex64",
	"object",
	"opaque",
	"int24",
	"int128",
	"float80",
	"bfloat16",
	"int3",
	"int322",
	"<int32",
	"=float64",
	"|bool",
	"<opaque",
	"f16",
	"c8",
	"c16",
	"i16",
	"S1",
	"S10",
	"U1",
	"V8",
	"O",
	"m8",
	"M8",
	"a1",
	"b2",
	"i0",
	"i3",
	"i04",
	"i+4",
	"i 4",
	"4i",
	"2h",
	"ii",
	"i4i",
	"T{<i:a:}",
	"(2)i",
	"Zd",
	"<<i",
	"<>i",
	"i<",
	"i4<",
	"|i4",
	"|i",
	"|?",
	"@i4",
	"!f8",
	"=n",
	"<N",
	">P",
	"!n",
	"\xC3\xA9",
	"i\xC3\xA9",
	"\xEF\xBC\x94", /* a digit, but a wide one */
	"i\xEF\xBC\x94",
	"\xFF",
	"i4\n",
	"i\t",
};

START_TEST(everything_else_is_refused)
{
	ck_assert_int_lt(find_accepted(refused[_i]), 0);
	check_refused(refused[_i]);
}
END_TEST

START_TEST(codes_of_one_and_two_bytes_all_follow_the_list)
{
	for (int first = 1; first < 256; first++) {
		const char one[] = { (char)first, '\0' };

		check_code(one);
		for (int second = 1; second < 256; second++) {
			const char two[] = { (char)first, (char)second, '\0' };

			check_code(two);
		}
	}
}
END_TEST

START_TEST(codes_of_three_bytes_with_a_prefix_all_follow_the_list)
{
	const char prefix = "@=<>!|"[_i];

	for (int first = 1; first < 256; first++) {
		for (int second = 1; second < 256; second++) {
			const char code[] = { prefix, (char)first, (char)second,
					      '\0' };

			check_code(code);
		}
	}
}
END_TEST

/* One byte changed, added or missing anywhere. */
START_TEST(near_misses_of_every_code_follow_the_list)
{
	const char *body = accepted[_i].body;
	const size_t length = strlen(body);

	for (size_t at = 0; at <= length; at++) {
		for (int byte = 1; byte < 256; byte++) {
			char code[24];

			strcpy(code, body);
			code[at] = (char)byte; /* at the end: added */
			code[MAX(at + 1, length)] = '\0';
			check_code(code);
			memmove(code + at + 1, body + at, length - at + 1);
			check_code(code);
		}
		if (at < length) {
			char code[24];

			strcpy(code, body);
			memmove(code + at, code + at + 1, length - at);
			check_code(code);
		}
	}
}
END_TEST

START_TEST(the_message_names_the_code)
{
	ConsumerElement out;
	ConsumerError error;

	consumer_element_parse("i3", &out, NULL, &error);
	ck_assert_str_eq(error.message, "unknown type code 'i3'");
	ck_assert_ptr_null(error.argument);
	ck_assert_int_eq(consumer_element_parse("i3", &out, NULL, NULL),
			 CONSUMER_ERR_ARGUMENT);
}
END_TEST

START_TEST(a_long_code_is_refused_as_fast_as_a_short_one)
{
	const size_t n_bytes = 10000000;
	char *code = malloc(n_bytes + 1);

	memset(code, 'i', n_bytes);
	code[n_bytes] = '\0';
	check_refused(code);
	free(code);
}
END_TEST

/* What is left of a long code in the message, however many bytes it has. */
static void
check_shown(const char *code, int n_shown)
{
	const bool is_cut = code[n_shown] != '\0';
	char want[200];
	ConsumerElement out;
	ConsumerError error;

	sprintf(want, "unknown type code '%.*s%s'", n_shown, code,
		is_cut ? "..." : "");
	ck_assert_int_eq(consumer_element_parse(code, &out, NULL, &error),
			 CONSUMER_ERR_ARGUMENT);
	ck_assert_str_eq(error.message, want);
}

START_TEST(the_message_shows_64_bytes_of_a_code)
{
	char code[100];

	for (int n_bytes = 10; n_bytes < 100; n_bytes++) {
		memset(code, '~', sizeof(code));
		code[n_bytes] = '\0';
		check_shown(code, MIN(n_bytes, 64));
	}
}
END_TEST

/* The least and the most of two, three and four bytes */
static const char *const characters[] = {
	"\xC2\x80",	"\xDF\xBF",	    "\xE0\xA0\x80",
	"\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF",
};

/*
 * The message used to end in half a character, which Python then refused to
 * make a string of.
 */
START_TEST(a_code_is_not_cut_inside_a_character)
{
	const char *character = characters[_i];
	const int length = (int)strlen(character);

	for (int n_before = 0; n_before <= 64; n_before++) {
		char code[200];
		int n_bytes = n_before;

		memset(code, 'x', sizeof(code));
		for (; n_bytes < 100; n_bytes += length)
			memcpy(code + n_bytes, character, (size_t)length);
		code[n_bytes] = '\0';
		check_shown(code, 64 - (64 - n_before) % length);
	}
}
END_TEST

/* What is no text may not be shown at all. */
START_TEST(a_code_may_be_no_text)
{
	char code[200];

	memset(code, 0x80, sizeof(code));
	code[sizeof(code) - 1] = '\0';
	check_shown(code, 0);
}
END_TEST

static const char *const struct_codes[CONSUMER_N_TYPES] = {
	[CONSUMER_OPAQUE] = "",	  [CONSUMER_BOOL] = "?",
	[CONSUMER_CHAR] = "c",	  [CONSUMER_INT8] = "b",
	[CONSUMER_UINT8] = "B",	  [CONSUMER_INT16] = "h",
	[CONSUMER_UINT16] = "H",  [CONSUMER_INT32] = "i",
	[CONSUMER_UINT32] = "I",  [CONSUMER_INT64] = "q",
	[CONSUMER_UINT64] = "Q",  [CONSUMER_FLOAT16] = "e",
	[CONSUMER_FLOAT32] = "f", [CONSUMER_FLOAT64] = "d",
};

static void
check_struct_code(ConsumerElement element)
{
	const bool has_prefix = element.type != CONSUMER_OPAQUE &&
				element.itemsize > 1 &&
				element.byte_order != CONSUMER_NATIVE_ENDIAN;
	struct guarded memory = guarded_new(CONSUMER_CODE_SIZE, GUARDED_BACK);
	char *code = (char *)memory.data;
	ConsumerElement parsed;

	consumer_element_code(element, code);
	ck_assert_str_eq(code + has_prefix, struct_codes[element.type]);
	if (has_prefix)
		ck_assert_int_eq(
			*code,
			element.byte_order == CONSUMER_BIG_ENDIAN ? '>' : '<');
	if (element.type != CONSUMER_OPAQUE) {
		ck_assert_int_eq(
			consumer_element_parse(code, &parsed, NULL, NULL),
			CONSUMER_OK);
		ck_assert_int_eq(parsed.type, element.type);
		if (element.itemsize > 1)
			ck_assert_int_eq(parsed.byte_order, element.byte_order);
	}
	guarded_free(&memory);
}

START_TEST(an_element_has_a_code_that_reads_back)
{
	ConsumerElement element = consumer_element((ConsumerType)_i);

	element.byte_order = CONSUMER_LITTLE_ENDIAN;
	check_struct_code(element);
	element.byte_order = CONSUMER_BIG_ENDIAN;
	check_struct_code(element);
}
END_TEST

/* It used to be looked for behind the end of the table. */
START_TEST(what_is_no_type_has_no_code)
{
	static const int types[] = { -1, CONSUMER_N_TYPES, 12345678 };
	const ConsumerElement element = {
		.type = (ConsumerType)types[_i],
		.itemsize = 1,
	};
	char code[CONSUMER_CODE_SIZE] = "x";

	consumer_element_code(element, code);
	ck_assert_str_eq(code, "");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("typecode");
	TCase *tcase = check_case(suite);

	tcase_add_loop_test(tcase, every_code_has_its_type, 0,
			    ARRAY_LEN(accepted));
	tcase_add_loop_test(tcase, everything_else_is_refused, 0,
			    ARRAY_LEN(refused));
	tcase_add_test(tcase, codes_of_one_and_two_bytes_all_follow_the_list);
	tcase_add_loop_test(
		tcase, codes_of_three_bytes_with_a_prefix_all_follow_the_list,
		0, 6);
	tcase_add_loop_test(tcase, near_misses_of_every_code_follow_the_list, 0,
			    ARRAY_LEN(accepted));
	tcase_add_test(tcase, the_message_names_the_code);
	tcase_add_test(tcase, a_long_code_is_refused_as_fast_as_a_short_one);
	tcase_add_test(tcase, the_message_shows_64_bytes_of_a_code);
	tcase_add_loop_test(tcase, a_code_is_not_cut_inside_a_character, 0,
			    ARRAY_LEN(characters));
	tcase_add_test(tcase, a_code_may_be_no_text);
	tcase_add_loop_test(tcase, an_element_has_a_code_that_reads_back, 0,
			    CONSUMER_N_TYPES);
	tcase_add_loop_test(tcase, what_is_no_type_has_no_code, 0, 3);
	return check_run(suite);
}
