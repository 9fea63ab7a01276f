/* SPDX-License-Identifier: MIT */
/*
 * Headers as NumPy writes them, as it reads them, and as an attacker would
 * write them.  tests/python/test_npy_headers.py asks NumPy itself.
 */
#include "config.h"
#include "check_run.h"
#include "npy.h"

#include <stdio.h>
#include <stdlib.h>

/* --- What is accepted --------------------------------------------------- */

#define START "{'descr': '<i4', 'fortran_order': False, 'shape': "

static const struct {
	const char *dictionary;
	ConsumerType type;
	ConsumerByteOrder byte_order;
	bool is_fortran_order;
	int ndim;
	ptrdiff_t shape[4];
	ptrdiff_t n_elements;
} accepted[] = {
	{ START "(3,), }",
	  CONSUMER_INT32,
	  CONSUMER_LITTLE_ENDIAN,
	  false,
	  1,
	  { 3 },
	  3 },
	{ START "(3,), }    \n",
	  CONSUMER_INT32,
	  CONSUMER_LITTLE_ENDIAN,
	  false,
	  1,
	  { 3 },
	  3 },
	{ START "()}",
	  CONSUMER_INT32,
	  CONSUMER_LITTLE_ENDIAN,
	  false,
	  0,
	  { 0 },
	  1 },
	{ START "(2,3)}",
	  CONSUMER_INT32,
	  CONSUMER_LITTLE_ENDIAN,
	  false,
	  2,
	  { 2, 3 },
	  6 },
#if PTRDIFF_MAX > INT32_MAX
	{ START "(0, 9223372036854775807), }",
	  CONSUMER_INT32,
	  CONSUMER_LITTLE_ENDIAN,
	  false,
	  2,
	  { 0, PTRDIFF_MAX },
	  0 },
	{ START "(9223372036854775807, 9223372036854775807, 0), }",
	  CONSUMER_INT32,
	  CONSUMER_LITTLE_ENDIAN,
	  false,
	  3,
	  { PTRDIFF_MAX, PTRDIFF_MAX, 0 },
	  0 },
#endif
	{ START "(00,), }",
	  CONSUMER_INT32,
	  CONSUMER_LITTLE_ENDIAN,
	  false,
	  1,
	  { 0 },
	  0 },
	{ " \t{\"shape\":(1,2,3,4),\"fortran_order\":True,\"descr\":\">f8\"}",
	  CONSUMER_FLOAT64,
	  CONSUMER_BIG_ENDIAN,
	  true,
	  4,
	  { 1, 2, 3, 4 },
	  24 },
	{ "{'descr': '|b1', 'fortran_order': False, 'shape': (1,)}",
	  CONSUMER_BOOL,
	  CONSUMER_NATIVE_ENDIAN,
	  false,
	  1,
	  { 1 },
	  1 },
	{ "{'descr': '|u1', 'fortran_order': False, 'shape': (1,)}",
	  CONSUMER_UINT8,
	  CONSUMER_NATIVE_ENDIAN,
	  false,
	  1,
	  { 1 },
	  1 },
	{ "{'descr': '|i1', 'fortran_order': False, 'shape': (1,)}",
	  CONSUMER_INT8,
	  CONSUMER_NATIVE_ENDIAN,
	  false,
	  1,
	  { 1 },
	  1 },
	{ "{'descr': '>i1', 'fortran_order': False, 'shape': (1,)}",
	  CONSUMER_INT8,
	  CONSUMER_BIG_ENDIAN,
	  false,
	  1,
	  { 1 },
	  1 },
	{ "{'descr': '=u2', 'fortran_order': False, 'shape': (1,)}",
	  CONSUMER_UINT16,
	  CONSUMER_NATIVE_ENDIAN,
	  false,
	  1,
	  { 1 },
	  1 },
	{ "{'descr': 'f2', 'fortran_order': False, 'shape': (1,)}",
	  CONSUMER_FLOAT16,
	  CONSUMER_NATIVE_ENDIAN,
	  false,
	  1,
	  { 1 },
	  1 },
	{ "{'descr': '>u8', 'fortran_order': False, 'shape': (1,)}",
	  CONSUMER_UINT64,
	  CONSUMER_BIG_ENDIAN,
	  false,
	  1,
	  { 1 },
	  1 },
};

/* Memory that ends where the header does, so that no byte behind is read. */
static struct guarded
header_of(int version, const char *dictionary, size_t length)
{
	const size_t start = version == 1 ? 10 : 12;
	struct guarded header = guarded_new(start + length, GUARDED_BACK);

	memcpy(header.data, NPY_MAGIC, NPY_MAGIC_BYTES);
	header.data[6] = (unsigned char)version;
	header.data[7] = 0;
	for (size_t i = 8; i < start; i++)
		header.data[i] = (unsigned char)(length >> 8 * (i - 8));
	memcpy(header.data + start, dictionary, length);
	return header;
}

static ConsumerStatus
parse(int version, const char *dictionary, size_t length,
      ConsumerDescription *out, ptrdiff_t *n_elements, ConsumerError *error)
{
	struct guarded header = header_of(version, dictionary, length);
	size_t header_bytes;
	ConsumerStatus status;

	ck_assert_int_eq(npy_measure(header.data, &header_bytes, error),
			 CONSUMER_OK);
	ck_assert_uint_eq(header_bytes, header.n_bytes);
	status = npy_parse(header.data, header_bytes, out, n_elements, error);
	guarded_free(&header);
	return status;
}

static void
check_accepted(int row, int version)
{
	const char *dictionary = accepted[row].dictionary;
	ConsumerDescription got;
	ptrdiff_t n_elements;
	ConsumerError error;
	ConsumerStatus status = parse(version, dictionary, strlen(dictionary),
				      &got, &n_elements, &error);

	expect(status == CONSUMER_OK, "%s: %s", dictionary, error.message);
	ck_assert_int_eq(got.format, CONSUMER_FILE_NPY);
	ck_assert_int_eq(got.element.type, accepted[row].type);
	ck_assert_int_eq(got.element.byte_order, accepted[row].byte_order);
	ck_assert_uint_eq(got.element.itemsize,
			  consumer_element(got.element.type).itemsize);
	ck_assert_int_eq(got.is_fortran_order, accepted[row].is_fortran_order);
	ck_assert_int_eq(got.npy_version, version);
	ck_assert_uint_eq(got.header_bytes,
			  (version == 1 ? 10 : 12) + strlen(dictionary));
	ck_assert_int_eq(got.ndim, accepted[row].ndim);
	for (int axis = 0; axis < got.ndim; axis++)
		ck_assert_int_eq(got.shape[axis], accepted[row].shape[axis]);
	ck_assert_int_eq(n_elements, accepted[row].n_elements);
}

START_TEST(what_numpy_writes_is_read)
{
	for (int version = 1; version <= 3; version++)
		check_accepted(_i, version);
}
END_TEST

/* What NumPy takes in the versions that Python 2 wrote, and only there. */
START_TEST(old_headers_may_be_odd)
{
	static const char *const dictionaries[] = {
		START "(16L,), }",
		START "(2L, 8L), }",
		START "( 2 ,\n8\t,) , } \n\n ",
		START "(16,), }\n  \n",
	};
	const char *dictionary = dictionaries[_i];

	for (int version = 1; version <= 3; version++) {
		ConsumerDescription got;
		ptrdiff_t n_elements;
		ConsumerError error;
		ConsumerStatus status =
			parse(version, dictionary, strlen(dictionary), &got,
			      &n_elements, &error);

		if (version == 3) {
			check_failure(status, &error, CONSUMER_ERR_DATA);
			continue;
		}
		ck_assert_int_eq(status, CONSUMER_OK);
		ck_assert_int_eq(n_elements, 16);
	}
}
END_TEST

/* Each is one step away from a length that fits. */
START_TEST(all_bytes_must_be_countable)
{
	static const struct {
		const char *shape;
		bool fits;
	} cases[] = {
	/* The header of 256 bytes counts too. */
#if PTRDIFF_MAX > INT32_MAX
		{ "(2305843009213693887,)", true }, /* (2^63 - 1 - 256) / 4 */
		{ "(1073741824, 1073741824)", true },
#else
		{ "(536870847,)", true }, /* (2^31 - 1 - 256) / 4 */
		{ "(536870848,)", false },
		{ "(536870912,)", false },
		{ "(1073741824,)", false },
		{ "(2147483647,)", false },
		{ "(2147483648,)", false },
		{ "(0, 2147483648)", false },
		{ "(4294967296,)", false },
		{ "(65536, 65536)", false },
		{ "(536870914, 8)", false },
		{ "(16384, 16384)", true },
		{ "(16384, 32768)", false },
#endif
		{ "(2305843009213693888,)", false },
		{ "(2305843009213693951,)", false },
		{ "(4611686018427387904,)", false },
		{ "(9223372036854775807,)", false },
		{ "(9223372036854775808,)", false },
		{ "(0, 9223372036854775808)", false },
		{ "(18446744073709551616,)", false },
		{ "(4294967296, 4294967296)", false },
		{ "(2305843009213693954, 8)", false },
		{ "(99999999999999999999999999999999999999,)", false },
		{ "(1073741824, 2147483648)", false },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char dictionary[246];
		int n;
		ConsumerDescription got;
		ptrdiff_t n_elements;
		ConsumerError error;
		ConsumerStatus status;

		n = snprintf(dictionary, sizeof(dictionary), START "%s, }",
			     cases[i].shape);
		memset(dictionary + n, ' ', sizeof(dictionary) - (size_t)n);
		POISON(got);
		POISON(n_elements);
		status = parse(1, dictionary, sizeof(dictionary), &got,
			       &n_elements, &error);
		expect((status == CONSUMER_OK) == cases[i].fits,
		       "%s: status %d", cases[i].shape, (int)status);
		if (cases[i].fits)
			continue;
		check_failure(status, &error, CONSUMER_ERR_DATA);
		ck_assert_untouched(got);
		ck_assert_untouched(n_elements);
	}
}
END_TEST

static void
put_shape(char *out, int ndim)
{
	char *end = out + sprintf(out, START "(");

	for (int axis = 0; axis < ndim; axis++)
		end += sprintf(end, "1, ");
	strcpy(end, "), }");
}

START_TEST(there_are_at_most_64_dimensions)
{
	char dictionary[512];
	ConsumerDescription got;
	ptrdiff_t n_elements;
	ConsumerError error;

	put_shape(dictionary, 64);
	ck_assert_int_eq(parse(1, dictionary, strlen(dictionary), &got,
			       &n_elements, &error),
			 CONSUMER_OK);
	ck_assert_int_eq(got.ndim, 64);
	ck_assert_int_eq(n_elements, 1);
	put_shape(dictionary, 65);
	check_failure(parse(1, dictionary, strlen(dictionary), &got,
			    &n_elements, &error),
		      &error, CONSUMER_ERR_DATA);
	ck_assert(strstr(error.message, "64 dimensions"));
}
END_TEST

/* --- What is refused ---------------------------------------------------- */

#define TYPE(code) \
	"{'descr': '" code "', 'fortran_order': False, 'shape': (1,), }"

static const struct {
	const char *dictionary;
	const char *message; /* behind ".npy header: "; "": any */
} refused[] = {
	{ "", "expected a dictionary" },
	{ " ", "expected a dictionary" },
	{ " \n" START "(1,)}", "expected a dictionary" },
	{ "[]", "expected a dictionary" },
	{ "(" START "(1,)})", "expected a dictionary" },
	{ "{}", "descr, fortran_order or shape is missing" },
	{ "{,}", "expected a string" },
	{ "{", "expected a string" },
	{ START, "shape is not a tuple" },
	{ START "(1,)", "expected ',' or '}'" },
	{ START "(1,),", "expected a string" },
	{ START "(1,),, }", "expected a string" },
	{ START "(1,), } x", "something stands behind the dictionary" },
	{ START "(1,), }}", "something stands behind the dictionary" },
	{ START "(1,), }\v", "something stands behind the dictionary" },
	{ START "(1,), }, }", "something stands behind the dictionary" },
	{ START "(1,), } # 1", "something stands behind the dictionary" },
	{ START "(1,), 'descr': '<i4'}", "a key stands there twice" },
	{ START "(1,), 'shape': (1,)}", "a key stands there twice" },
	{ START "(1,), 'fortran_order': False}", "a key stands there twice" },
	{ START "(1,), 'x': 1}", "a key is unknown" },
	{ START "(1,), 'Shape': (1,)}", "a key is unknown" },
	{ START "(1,), '': (1,)}", "a key is unknown" },
	{ START "(1,), 1: 1}", "expected a string" },
	{ START "(1,) 'x'}", "expected ',' or '}'" },
	{ "{'descr': '<i4', 'fortran_order': False}",
	  "descr, fortran_order or shape is missing" },
	{ "{'descr': '<i4', 'shape': (1,)}",
	  "descr, fortran_order or shape is missing" },
	{ "{'fortran_order': False, 'shape': (1,)}",
	  "descr, fortran_order or shape is missing" },
	{ "{'descr' '<i4'}", "expected ':' behind a key" },
	{ "{'descr': '<i4'", "expected ',' or '}'" },
	{ "{'descr: '<i4'", "a key is unknown" },
	{ "{'descr\": '<i4'", "a key is unknown" },
	{ "{'descr", "a string does not end" },
	{ "{'", "a string does not end" },
	{ "{u'descr': '<i4', 'fortran_order': False, 'shape': (1,)}",
	  "expected a string" },
	{ "{'de\\x73cr': '<i4'}",
	  "a string has a character that is not plain ASCII" },
	{ "{'descr\xC3\xA9': '<i4'}",
	  "a string has a character that is not plain ASCII" },
	{ "{'descr\n': '<i4'}",
	  "a string has a character that is not plain ASCII" },
	{ "{'descr\x7F': '<i4'}",
	  "a string has a character that is not plain ASCII" },
	/* 31 bytes are read, 32 are not; of a type, 63. */
	{ "{'1234567890123456789012345678901': 1}", "a key is unknown" },
	{ "{'12345678901234567890123456789012': 1}", "a string is too long" },
	{ TYPE("12345678901234567890123456789012345678901234567890123456789012"
	       "3"),
	  "type '12345678901234567890123456789012345678901234567890123456789012"
	  "3' is not supported" },
	{ TYPE("123456789012345678901234567890123456789012345678901234567890123"
	       "4"),
	  "a string is too long" },
	{ "{'a name that is much longer than any': 1}",
	  "a string is too long" },
	/* shape */
	{ START "[1]}", "shape is not a tuple" },
	{ START "1}", "shape is not a tuple" },
	{ START "(1)}", "shape is not a tuple" },
	{ START "(1L)}", "" },
	{ START "'(1,)'}", "shape is not a tuple" },
	{ START "tuple()}", "shape is not a tuple" },
	{ START "None}", "shape is not a tuple" },
	{ START "(-1,)}", "a length is not a number of 0 or more" },
	{ START "(+1,)}", "a length is not a number of 0 or more" },
	{ START "(True,)}", "a length is not a number of 0 or more" },
	{ START "(L,)}", "a length is not a number of 0 or more" },
	{ START "(,)}", "a length is not a number of 0 or more" },
	{ START "(1,,)}", "a length is not a number of 0 or more" },
	{ START "((1,),)}", "a length is not a number of 0 or more" },
	{ START "((((((((1,)))))))),)}",
	  "a length is not a number of 0 or more" },
	{ START "(0x10,)}", "expected ',' or ')' in shape" },
	{ START "(1e3,)}", "expected ',' or ')' in shape" },
	{ START "(1.0,)}", "expected ',' or ')' in shape" },
	{ START "(1_0,)}", "expected ',' or ')' in shape" },
	{ START "(1+1,)}", "expected ',' or ')' in shape" },
	{ START "(1 1,)}", "expected ',' or ')' in shape" },
	{ START "(1LL,)}", "expected ',' or ')' in shape" },
	{ START "(1l,)}", "expected ',' or ')' in shape" },
	{ START "(2,621, 40.1)}", "expected ',' or ')' in shape" },
	{ START "(01,)}", "a length begins with 0" },
	{ START "(9223372036854775808,)}", "a length is too large" },
	/* fortran_order */
	{ "{'fortran_order': 0}", "fortran_order is neither True nor False" },
	{ "{'fortran_order': 1}", "fortran_order is neither True nor False" },
	{ "{'fortran_order': true}",
	  "fortran_order is neither True nor False" },
	{ "{'fortran_order': 'True'}",
	  "fortran_order is neither True nor False" },
	{ "{'fortran_order': None}",
	  "fortran_order is neither True nor False" },
	{ "{'fortran_order': FalseTrue}", "expected ',' or '}'" },
	/* descr */
	{ TYPE("|O"), "type '|O' (Python objects) is not supported" },
	{ TYPE("O"), "type 'O' (Python objects) is not supported" },
	{ TYPE("|V0"), "type '|V0' (records) is not supported" },
	{ TYPE("|S1"), "type '|S1' (byte strings) is not supported" },
	{ TYPE("<U4"), "type '<U4' (strings) is not supported" },
	{ TYPE("<M8[ns]"), "type '<M8[ns]' (dates) is not supported" },
	{ TYPE("<m8[s]"), "type '<m8[s]' (time spans) is not supported" },
	{ TYPE("<c8"), "type '<c8' (complex numbers) is not supported" },
	{ TYPE("<c16"), "type '<c16' (complex numbers) is not supported" },
	{ TYPE("<f16"), "type '<f16' is not supported" },
	{ TYPE("<i3"), "type '<i3' is not supported" },
	{ TYPE("<i0"), "type '<i0' is not supported" },
	{ TYPE("<i"), "type '<i' is not supported" },
	{ TYPE("i"), "type 'i' is not supported" },
	{ TYPE("int32"), "type 'int32' is not supported" },
	{ TYPE("@i"), "type '@i' is not supported" },
	{ TYPE("!d"), "type '!d' is not supported" },
	{ TYPE("@?"), "type '@?' is not supported" },
	{ TYPE("=?"), "type '=?' is not supported" },
	{ TYPE("i9"), "type 'i9' is not supported" },
	{ TYPE("a4"), "type 'a4' (byte strings) is not supported" },
	{ TYPE("!i4"), "type '!i4' is not supported" },
	{ TYPE("@i4"), "type '@i4' is not supported" },
	{ TYPE("<<i4"), "type '<<i4' is not supported" },
	{ TYPE("|i4"), "type '|i4' is not supported" },
	{ TYPE("|f8"), "type '|f8' is not supported" },
	{ TYPE("<i4 "), "type '<i4 ' is not supported" },
	{ TYPE(" <i4"), "type ' <i4' is not supported" },
	{ TYPE("<i4,<i4"), "type '<i4,<i4' is not supported" },
	{ TYPE("<i+"), "type '<i+' is not supported" },
	{ TYPE(""), "type '' is not supported" },
	{ TYPE("<"), "type '<' is not supported" },
	{ "{'descr': [('x', '<i4')], 'fortran_order': False, 'shape': (1,)}",
	  "records are not supported" },
	{ "{'descr': ('<i4', (2,)), 'fortran_order': False, 'shape': (1,)}",
	  "expected a string" },
	{ "{'descr': '<i4' '', 'fortran_order': False, 'shape': (1,)}",
	  "expected ',' or '}'" },
};

static void
check_refused(const char *dictionary, size_t length, const char *message)
{
	char want[sizeof((ConsumerError){ 0 }.message)];

	snprintf(want, sizeof(want), ".npy header: %s", message);
	for (int version = 1; version <= 3; version++) {
		ConsumerDescription got;
		ptrdiff_t n_elements;
		ConsumerError error;
		ConsumerStatus status;

		POISON(got);
		POISON(n_elements);
		status = parse(version, dictionary, length, &got, &n_elements,
			       &error);
		expect(status == CONSUMER_ERR_DATA, "'%s' has status %d",
		       dictionary, (int)status);
		check_failure(status, &error, CONSUMER_ERR_DATA);
		expect(*message == '\0' || strcmp(error.message, want) == 0,
		       "'%s': \"%s\"", dictionary, error.message);
		ck_assert_untouched(got);
		ck_assert_untouched(n_elements);
	}
}

START_TEST(what_is_not_plain_is_refused)
{
	check_refused(refused[_i].dictionary, strlen(refused[_i].dictionary),
		      refused[_i].message);
}
END_TEST

/* At each byte of a good header. */
START_TEST(no_byte_may_be_missing_or_nul)
{
	const char *dictionary = START "(2, 3), }";
	const size_t length = strlen(dictionary);
	char damaged[80];

	for (size_t i = 0; i < length; i++) {
		check_refused(dictionary, i, "");
		memcpy(damaged, dictionary, length + 1);
		damaged[i] = '\0';
		check_refused(damaged, length, "");
		damaged[i] = '\xFF';
		check_refused(damaged, length, "");
	}
	check_refused(dictionary, length + 1,
		      "something stands behind the dictionary");
}
END_TEST

START_TEST(nested_parentheses_need_no_stack)
{
	const size_t length = 60000;
	char *dictionary = malloc(length);

	memset(dictionary, '(', length);
	memcpy(dictionary, START, strlen(START));
	check_refused(dictionary, length,
		      "a length is not a number of 0 or more");
	memset(dictionary, '{', length);
	check_refused(dictionary, length, "expected a string");
	free(dictionary);
}
END_TEST

/* Damage of any kind: it must be seen within the memory of the header. */
START_TEST(random_headers_are_harmless)
{
	static const char alphabet[] =
		"{}()[]'\",: \t\n0123456789Li4<f8TrueFalse\\x\xFF";
	const char *dictionary = "{'descr': '<i4', 'fortran_order': False, "
				 "'shape': (2, 3), }  \n";
	const size_t length = strlen(dictionary);
	uint64_t state = (uint64_t)_i;

	for (int round = 0; round < 20000; round++) {
		char damaged[128];
		ConsumerDescription got;
		ptrdiff_t n_elements;
		ConsumerError error;
		ConsumerStatus status;

		memcpy(damaged, dictionary, length);
		for (int n = (int)random_between(&state, 1, 4); n > 0; n--)
			damaged[random_between(&state, 0,
					       (int64_t)length - 1)] =
				alphabet[random_between(&state, 0,
							sizeof(alphabet) - 1)];
		status = parse(1 + round % 3, damaged, length, &got,
			       &n_elements, &error);
		if (status) {
			check_failure(status, &error, CONSUMER_ERR_DATA);
			continue;
		}
		ck_assert_int_ge(n_elements, 0);
		ck_assert(got.ndim >= 0 && got.ndim <= CONSUMER_MAX_NDIM);
		ck_assert_int_ne(got.element.type, CONSUMER_OPAQUE);
	}
}
END_TEST

/* --- How long it is ----------------------------------------------------- */

static const struct {
	const char *prefix;
	size_t header_bytes; /* 0: refused */
	const char *message; /* behind ".npy header: " */
} prefixes[] = {
	{ NPY_MAGIC "\x01\0v\0{'", 128, NULL },
	{ NPY_MAGIC "\x01\0\0\0{'", 10, NULL },
	{ NPY_MAGIC "\x01\0\xF6\xFF{'", 65536, NULL },
	{ NPY_MAGIC "\x01\0\xF7\xFF{'", 0, "65537 bytes are more than 65536" },
	{ NPY_MAGIC "\x01\0\xFF\xFF{'", 0, "65545 bytes are more than 65536" },
	{ NPY_MAGIC "\x02\0\0\0\0\0", 12, NULL },
	{ NPY_MAGIC "\x02\0\xF4\xFF\0\0", 65536, NULL },
	{ NPY_MAGIC "\x02\0\xF5\xFF\0\0", 0,
	  "65537 bytes are more than 65536" },
	{ NPY_MAGIC "\x02\0\0\0\x01\0", 0, "65548 bytes are more than 65536" },
	{ NPY_MAGIC "\x02\0\xF0\xFF\xFF\xFF", 0,
	  "4294967292 bytes are more than 65536" },
	{ NPY_MAGIC "\x03\0\xFF\xFF\xFF\xFF", 0,
	  "4294967307 bytes are more than 65536" },
	{ NPY_MAGIC "\x03\0t\0\0\0", 128, NULL },
	{ NPY_MAGIC "\0\0v\0{'", 0, "version 0.0 is unknown" },
	{ NPY_MAGIC "\x04\0v\0{'", 0, "version 4.0 is unknown" },
	{ NPY_MAGIC "\x01\x01v\0{'", 0, "version 1.1 is unknown" },
	{ NPY_MAGIC "\x02\x01v\0{'", 0, "version 2.1 is unknown" },
	{ NPY_MAGIC "\xFF\xFFv\0{'", 0, "version 255.255 is unknown" },
};

START_TEST(the_length_is_known_before_the_header_is_touched)
{
	struct guarded prefix = guarded_new(NPY_PREFIX_BYTES, GUARDED_BACK);
	size_t header_bytes;
	ConsumerError error;
	ConsumerStatus status;

	memcpy(prefix.data, prefixes[_i].prefix, NPY_PREFIX_BYTES);
	POISON(header_bytes);
	status = npy_measure(prefix.data, &header_bytes, &error);
	if (prefixes[_i].header_bytes == 0) {
		check_failure(status, &error, CONSUMER_ERR_DATA);
		ck_assert_str_eq(error.message + strlen(".npy header: "),
				 prefixes[_i].message);
		ck_assert_untouched(header_bytes);
	} else {
		ck_assert_int_eq(status, CONSUMER_OK);
		ck_assert_uint_eq(header_bytes, prefixes[_i].header_bytes);
	}
	guarded_free(&prefix);
}
END_TEST

/* --- Writing ------------------------------------------------------------ */

/* What NumPy 1.24 writes, without the padding. */
static const struct {
	ConsumerType type;
	ConsumerByteOrder byte_order;
	bool is_fortran_order;
	int ndim;
	ptrdiff_t shape[3];
	const char *dictionary;
	size_t n_bytes;
} written[] = {
	{ CONSUMER_INT32,
	  CONSUMER_LITTLE_ENDIAN,
	  false,
	  1,
	  { 3 },
	  "{'descr': '<i4', 'fortran_order': False, 'shape': (3,), }",
	  128 },
	{ CONSUMER_FLOAT64,
	  CONSUMER_BIG_ENDIAN,
	  true,
	  2,
	  { 2, 3 },
	  "{'descr': '>f8', 'fortran_order': True, 'shape': (2, 3), }",
	  128 },
	{ CONSUMER_UINT16,
	  CONSUMER_LITTLE_ENDIAN,
	  false,
	  0,
	  { 0 },
	  "{'descr': '<u2', 'fortran_order': False, 'shape': (), }",
	  128 },
	{ CONSUMER_BOOL,
	  CONSUMER_BIG_ENDIAN,
	  false,
	  1,
	  { 0 },
	  "{'descr': '|b1', 'fortran_order': False, 'shape': (0,), }",
	  128 },
	{ CONSUMER_CHAR,
	  CONSUMER_NATIVE_ENDIAN,
	  false,
	  3,
	  { 0, 1, 2 },
	  "{'descr': '|u1', 'fortran_order': False, 'shape': (0, 1, 2), }",
	  128 },
#if PTRDIFF_MAX > INT32_MAX
	{ CONSUMER_INT8,
	  CONSUMER_NATIVE_ENDIAN,
	  false,
	  1,
	  { PTRDIFF_MAX },
	  "{'descr': '|i1', 'fortran_order': False, 'shape': "
	  "(9223372036854775807,), }",
	  128 },
	{ CONSUMER_FLOAT16,
	  CONSUMER_LITTLE_ENDIAN,
	  false,
	  3,
	  { 1000000000000000000, 1000000000000000000, 1000000000000000000 },
	  "{'descr': '<f2', 'fortran_order': False, 'shape': "
	  "(1000000000000000000, 1000000000000000000, 1000000000000000000), }",
	  192 },
#endif
};

static ConsumerElement
element_of(ConsumerType type, ConsumerByteOrder byte_order)
{
	ConsumerElement element = consumer_element(type);

	element.byte_order = byte_order;
	return element;
}

START_TEST(a_header_is_written_as_numpy_does)
{
	const char *dictionary = written[_i].dictionary;
	const size_t length = strlen(dictionary);
	char header[NPY_WRITTEN_BYTES];
	const size_t n =
		npy_format(element_of(written[_i].type, written[_i].byte_order),
			   written[_i].is_fortran_order, written[_i].ndim,
			   written[_i].shape, header);

	ck_assert_uint_eq(n, written[_i].n_bytes);
	ck_assert_mem_eq(header, NPY_MAGIC "\x01\0", 8);
	ck_assert_uint_eq((unsigned char)header[8], n - 10);
	ck_assert_int_eq(header[9], 0);
	ck_assert_mem_eq(header + 10, dictionary, length);
	for (size_t i = 10 + length; i < n - 1; i++)
		ck_assert_int_eq(header[i], ' ');
	ck_assert_int_eq(header[n - 1], '\n');
}
END_TEST

/*
 * NumPy leaves room for 21 digits where an array grows, and pads to a multiple
 * of 64 bytes by one blank at least: numpy/lib/format.py.
 */
START_TEST(a_header_is_as_long_as_numpys)
{
	for (int ndim = 0; ndim <= CONSUMER_MAX_NDIM; ndim++) {
		ptrdiff_t shape[CONSUMER_MAX_NDIM];
		char header[NPY_WRITTEN_BYTES];
		const char *end;
		size_t n, n_text;

		for (int axis = 0; axis < ndim; axis++)
			shape[axis] = axis == 0 ? 12345 : 678;
		n = npy_format(consumer_element(CONSUMER_INT32), _i, ndim,
			       shape, header);
		end = memchr(header, '}', n);
		n_text = (size_t)(end + 1 - header) + strlen("\n");
		if (ndim > 0)
			n_text += 21 - strlen(_i && ndim > 1 ? "678" : "12345");
		ck_assert_uint_eq(n, (n_text / 64 + 1) * 64);
		ck_assert_int_eq(header[n - 1], '\n');
		for (const char *at = end + 1; at < header + n - 1; at++)
			ck_assert_int_eq(*at, ' ');
		ck_assert_uint_eq((unsigned char)header[8] |
					  (unsigned)(unsigned char)header[9]
						  << 8,
				  n - 10);
	}
}
END_TEST

/* Each type, order and number of dimensions, with lengths of any size. */
START_TEST(what_is_written_is_read_back)
{
	uint64_t state = 1;

	for (int round = 0; round < 20000; round++) {
		const ConsumerType type = (ConsumerType)random_between(
			&state, CONSUMER_BOOL, CONSUMER_N_TYPES - 1);
		const ConsumerElement element = element_of(
			type, (ConsumerByteOrder)random_between(&state, 0, 1));
		const int ndim = (int)random_between(&state, 0, 64);
		const bool is_fortran_order = random_bits(&state) & 1;
		ptrdiff_t shape[CONSUMER_MAX_NDIM];
		char header[NPY_WRITTEN_BYTES + 1];
		ConsumerDescription got;
		ptrdiff_t n_elements;
		size_t n, header_bytes;

		for (int axis = 0; axis < ndim; axis++)
			shape[axis] =
				(ptrdiff_t)(random_bits(&state) % PTRDIFF_MAX >>
					    random_between(&state, 0, 30));
		if (ndim > 0) /* or it would have too many elements */
			shape[random_between(&state, 0, ndim - 1)] = 0;
		POISON(header);
		n = npy_format(element, is_fortran_order, ndim, shape, header);
		expect(n % 64 == 0 && n <= NPY_WRITTEN_BYTES &&
			       (unsigned char)header[n] == 0xA5,
		       "%zu bytes", n);
		expect(!npy_measure((unsigned char *)header, &header_bytes,
				    NULL) &&
			       header_bytes == n,
		       "%zu bytes are not measured as such", n);
		expect(!npy_parse((unsigned char *)header, n, &got, &n_elements,
				  NULL),
		       "not read: %.*s", (int)n - 10, header + 10);
		expect(got.element.type == (type == CONSUMER_CHAR
						    ? CONSUMER_UINT8
						    : type) &&
			       (element.itemsize == 1 ||
				got.element.byte_order == element.byte_order),
		       "read as %s", consumer_type_name(got.element.type));
		expect(got.is_fortran_order == is_fortran_order &&
			       got.ndim == ndim &&
			       memcmp(got.shape, shape,
				      (size_t)ndim * sizeof(*shape)) == 0,
		       "read otherwise: %.*s", (int)n - 10, header + 10);
	}
}
END_TEST

/* So that a header can be written first and the length put in later. */
START_TEST(a_header_does_not_grow_with_the_array)
{
	char header[NPY_WRITTEN_BYTES];

	for (int ndim = 1; ndim <= CONSUMER_MAX_NDIM; ndim++) {
		const int growing = _i ? ndim - 1 : 0;
		ptrdiff_t shape[CONSUMER_MAX_NDIM] = { 0 };
		const size_t n = npy_format(consumer_element(CONSUMER_INT8), _i,
					    ndim, shape, header);

		for (shape[growing] = 1; shape[growing] < PTRDIFF_MAX / 10;
		     shape[growing] *= 10)
			ck_assert_uint_eq(
				npy_format(consumer_element(CONSUMER_INT8), _i,
					   ndim, shape, header),
				n);
		shape[growing] = PTRDIFF_MAX;
		ck_assert_uint_eq(npy_format(consumer_element(CONSUMER_INT8),
					     _i, ndim, shape, header),
				  n);
	}
}
END_TEST

START_TEST(the_longest_header_fits)
{
	struct guarded header = guarded_new(NPY_WRITTEN_BYTES, GUARDED_BACK);
	ptrdiff_t shape[CONSUMER_MAX_NDIM];

	for (int axis = 0; axis < CONSUMER_MAX_NDIM; axis++)
		shape[axis] = PTRDIFF_MAX;
	ck_assert_uint_le(npy_format(consumer_element(CONSUMER_FLOAT64), _i,
				     CONSUMER_MAX_NDIM, shape,
				     (char *)header.data),
			  NPY_WRITTEN_BYTES);
	guarded_free(&header);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("npy");
	TCase *tcase = check_case(suite);

	tcase_add_loop_test(tcase, what_numpy_writes_is_read, 0,
			    ARRAY_LEN(accepted));
	tcase_add_loop_test(tcase, old_headers_may_be_odd, 0, 4);
	tcase_add_test(tcase, all_bytes_must_be_countable);
	tcase_add_test(tcase, there_are_at_most_64_dimensions);
	tcase_add_loop_test(tcase, what_is_not_plain_is_refused, 0,
			    ARRAY_LEN(refused));
	tcase_add_test(tcase, no_byte_may_be_missing_or_nul);
	tcase_add_test(tcase, nested_parentheses_need_no_stack);
	tcase_add_loop_test(tcase, random_headers_are_harmless, 0, 4);
	tcase_add_loop_test(tcase,
			    the_length_is_known_before_the_header_is_touched, 0,
			    ARRAY_LEN(prefixes));
	tcase_add_loop_test(tcase, a_header_is_written_as_numpy_does, 0,
			    ARRAY_LEN(written));
	tcase_add_loop_test(tcase, a_header_is_as_long_as_numpys, 0, 2);
	tcase_add_test(tcase, what_is_written_is_read_back);
	tcase_add_loop_test(tcase, a_header_does_not_grow_with_the_array, 0, 2);
	tcase_add_loop_test(tcase, the_longest_header_fits, 0, 2);
	return check_run(suite);
}
