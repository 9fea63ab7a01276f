/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "check_run.h"
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* --- Inputs ------------------------------------------------------------- */

enum kind { KIND_FILE, KIND_UNMAPPABLE, KIND_PIPE, KIND_TRICKLE, N_KINDS };

struct found {
	ConsumerDescription description;
	uint64_t n_declared;
};

/* The first element waits behind what was identified. */
static void
check_start(struct input *input, const unsigned char *want, size_t n_bytes)
{
	ConsumerStatus status;
	size_t n_read = 1;

	input_begin_reading(input);
	status = input_reach_start(input, NULL);
	while (!status && n_read > 0)
		status = input_fill(input, &n_read, NULL);
	expect(!status && input_n_waiting(input) == n_bytes &&
		       (n_bytes == 0 ||
			memcmp(input_bytes(input), want, n_bytes) == 0),
	       "%zu bytes behind the start, not %zu", input_n_waiting(input),
	       n_bytes);
}

/* Identifies what begins behind 'n_before' bytes. */
static ConsumerStatus
identify(enum kind kind, const unsigned char *bytes, size_t n_bytes,
	 size_t n_before, const ConsumerSource *source, struct found *found,
	 ConsumerError *error)
{
	const bool is_file = kind == KIND_FILE || kind == KIND_UNMAPPABLE;
	int ends[2] = { -1, -1 };
	struct input input;
	ConsumerStatus status;

	memset(&faults, 0, sizeof(faults));
	faults.mmap_errno = kind == KIND_UNMAPPABLE ? ENODEV : 0;
	faults.max_transfer = kind == KIND_TRICKLE ? 1 : 0;
	file_with("data", bytes, n_bytes);
	if (!is_file) {
		ck_assert_int_eq(pipe(ends), 0);
		for (size_t n = 0; n < n_bytes;)
			n += (size_t)write(ends[1], bytes + n, n_bytes - n);
		close(ends[1]);
	}
	ck_assert_int_eq(input_open(is_file ? "data" : NULL, ends[0], O_RDONLY,
				    NULL, &input, NULL),
			 CONSUMER_OK);
	input.n_ahead = n_before;
	POISON(*found);
	status = source_identify(&input, source, &found->description,
				 &found->n_declared, error);
	if (!status) {
		n_before += found->description.header_bytes;
		check_start(&input, bytes + n_before, n_bytes - n_before);
	}
	input_close(&input);
	if (!is_file)
		close(ends[0]);
	memset(&faults, 0, sizeof(faults));
	return status;
}

static ConsumerElement
one_byte(void)
{
	return consumer_element(CONSUMER_UINT8);
}

#define DICTIONARY(code, order, shape) \
	"{'descr': '" code "', 'fortran_order': " order ", 'shape': " shape "}"

/* A file of version 2, whose header is no longer than its dictionary. */
static size_t
make_npy(unsigned char *out, const char *dictionary, const char *data)
{
	const size_t length = strlen(dictionary);

	memcpy(out, "\x93NUMPY\x02\0\0\0\0", 12);
	out[8] = (unsigned char)length;
	memcpy(out + 12, dictionary, length);
	memcpy(out + 12 + length, data, strlen(data));
	return 12 + length + strlen(data);
}

/* --- What it is --------------------------------------------------------- */

START_TEST(a_header_says_what_it_is)
{
	const ConsumerSource source = { .element = one_byte() };
	unsigned char bytes[256] = "xyz";
	const size_t n_bytes =
		3 + make_npy(bytes + 3, DICTIONARY(">u2", "True", "(2, 3)"),
			     "001122334455");
	struct found found;

	ck_assert_int_eq(identify((enum kind)_i, bytes, n_bytes, 3, &source,
				  &found, NULL),
			 CONSUMER_OK);
	ck_assert_int_eq(found.description.format, CONSUMER_FILE_NPY);
	ck_assert_int_eq(found.description.element.type, CONSUMER_UINT16);
	ck_assert_int_eq(found.description.element.byte_order,
			 CONSUMER_BIG_ENDIAN);
	ck_assert_int_eq(found.description.ndim, 2);
	ck_assert_int_eq(found.description.shape[0], 2);
	ck_assert_int_eq(found.description.shape[1], 3);
	ck_assert(found.description.is_fortran_order);
	ck_assert_int_eq(found.description.npy_version, 2);
	ck_assert_uint_eq(found.description.header_bytes, n_bytes - 15);
	ck_assert_uint_eq(found.n_declared, 6);
}
END_TEST

static const struct {
	ConsumerFileFormat format;
	const char *bytes;
} raw_cases[] = {
	{ CONSUMER_FILE_AUTO, "" },
	{ CONSUMER_FILE_AUTO, "1234567890123" },
	{ CONSUMER_FILE_AUTO, "\x93NUMP" },
	{ CONSUMER_FILE_AUTO, "\x93NUMPyes, but no" },
	{ CONSUMER_FILE_RAW, "" },
	{ CONSUMER_FILE_RAW, "\x93NUMPY and no header" },
};

START_TEST(all_else_is_raw)
{
	const size_t i = (size_t)_i / N_KINDS;
	const ConsumerSource source = {
		.format = raw_cases[i].format,
		.element = consumer_element(CONSUMER_FLOAT64),
	};
	const size_t n_bytes = strlen(raw_cases[i].bytes);
	struct found found;

	ck_assert_int_eq(identify((enum kind)(_i % N_KINDS),
				  (const unsigned char *)raw_cases[i].bytes,
				  n_bytes, MIN(n_bytes, 2), &source, &found,
				  NULL),
			 CONSUMER_OK);
	ck_assert_int_eq(found.description.format, CONSUMER_FILE_RAW);
	ck_assert_int_eq(found.description.element.type, CONSUMER_FLOAT64);
	ck_assert_int_eq(found.description.ndim, 1);
	ck_assert_int_eq(found.description.shape[0], -1);
	ck_assert_int_eq(found.description.npy_version, 0);
	ck_assert_uint_eq(found.description.header_bytes, 0);
	ck_assert_uint_eq(found.n_declared, CONSUMER_ALL);
}
END_TEST

static const struct {
	const char *bytes;
	size_t n_bytes;
	ConsumerSource source;
	const char *message;
} bad_npy[] = {
	{ "", 0, { .format = CONSUMER_FILE_NPY }, "not a .npy file" },
	{ "12345678", 8, { .format = CONSUMER_FILE_NPY }, "not a .npy file" },
	{ "\x93NUMPZ12",
	  8,
	  { .format = CONSUMER_FILE_NPY },
	  "not a .npy file" },
	{ "\x93NUMP", 5, { .format = CONSUMER_FILE_NPY }, "not a .npy file" },
	{ "\x93NUMPY",
	  6,
	  { .format = CONSUMER_FILE_AUTO },
	  ".npy header: the file ends inside it" },
	{ "\x93NUMPY\x01\0v\0{",
	  11,
	  { .format = CONSUMER_FILE_AUTO },
	  ".npy header: the file ends inside it" },
	{ "\x93NUMPY\x01\0v\0{'descr",
	  17,
	  { .format = CONSUMER_FILE_AUTO },
	  ".npy header: the file ends inside it" },
	{ "\x93NUMPY\x02\0\xF0\xFF\xFF\xFF",
	  12,
	  { .format = CONSUMER_FILE_AUTO },
	  ".npy header: 4294967292 bytes are more than 65536" },
	{ "\x93NUMPY\x09\0v\0{'descr",
	  17,
	  { .format = CONSUMER_FILE_NPY },
	  ".npy header: version 9.0 is unknown" },
	{ "\x93NUMPY\x01\0\x03\0{}\n123456",
	  19,
	  { .format = CONSUMER_FILE_AUTO },
	  ".npy header: descr, fortran_order or shape is missing" },
};

START_TEST(what_is_no_npy_file_is_refused)
{
	ConsumerSource source = bad_npy[_i].source;
	struct found found;
	ConsumerError error;

	source.element = one_byte();
	for (int kind = 0; kind < N_KINDS; kind++) {
		check_failure(identify((enum kind)kind,
				       (const unsigned char *)bad_npy[_i].bytes,
				       bad_npy[_i].n_bytes, 0, &source, &found,
				       &error),
			      &error, CONSUMER_ERR_DATA);
		ck_assert_str_eq(error.message, bad_npy[_i].message);
	}
}
END_TEST

/* Most headers have 128 bytes; with the longest that is read, 65536. */
START_TEST(a_header_may_be_long)
{
	static unsigned char bytes[65536 + 2];
	const char *dictionary = DICTIONARY("|u1", "False", "(2,)");
	const ConsumerSource source = { .element = one_byte() };
	struct found found;

	memset(bytes, ' ', sizeof(bytes));
	memcpy(bytes, "\x93NUMPY\x02\0\xF4\xFF\0\0", 12);
	memcpy(bytes + 12, dictionary, strlen(dictionary));
	bytes[65535] = '\n';
	ck_assert_int_eq(identify((enum kind)_i, bytes,
				  _i < KIND_PIPE ? sizeof(bytes) : 65536, 0,
				  &source, &found, NULL),
			 CONSUMER_OK);
	ck_assert_uint_eq(found.description.header_bytes, 65536);
	ck_assert_uint_eq(found.n_declared, 2);
}
END_TEST

/* --- What is said of it ------------------------------------------------- */

static const struct {
	const char *code;
	ConsumerType type;
	ConsumerByteOrder byte_order;
	bool type_is_given;
	bool byte_order_is_given;
	const char *message; /* NULL: they agree */
} agreements[] = {
	{ "<i2", CONSUMER_INT16, CONSUMER_LITTLE_ENDIAN, true, true, NULL },
	{ ">i2", CONSUMER_INT16, CONSUMER_LITTLE_ENDIAN, true, false, NULL },
	{ ">i2", CONSUMER_INT32, CONSUMER_BIG_ENDIAN, false, true, NULL },
	{ ">i2", CONSUMER_INT32, CONSUMER_LITTLE_ENDIAN, false, false, NULL },
	{ "|u1", CONSUMER_CHAR, CONSUMER_BIG_ENDIAN, true, true, NULL },
	{ "|b1", CONSUMER_INT32, CONSUMER_BIG_ENDIAN, false, true, NULL },
	{ "<i2", CONSUMER_INT32, CONSUMER_LITTLE_ENDIAN, true, false,
	  "the .npy header says int16, not int32" },
	{ "|u1", CONSUMER_INT8, CONSUMER_LITTLE_ENDIAN, true, false,
	  "the .npy header says uint8, not int8" },
	{ "|i1", CONSUMER_CHAR, CONSUMER_LITTLE_ENDIAN, true, false,
	  "the .npy header says int8, not char" },
	{ ">i2", CONSUMER_INT16, CONSUMER_LITTLE_ENDIAN, true, true,
	  "the .npy header says big-endian, not little-endian" },
	{ "<i2", CONSUMER_INT32, CONSUMER_BIG_ENDIAN, false, true,
	  "the .npy header says little-endian, not big-endian" },
};

START_TEST(a_header_may_not_contradict)
{
	ConsumerSource source = {
		.element = consumer_element(agreements[_i].type),
		.type_is_given = agreements[_i].type_is_given,
		.byte_order_is_given = agreements[_i].byte_order_is_given,
	};
	char dictionary[128];
	unsigned char bytes[256];
	struct found found;
	ConsumerError error;
	ConsumerStatus status;
	size_t n_bytes;

	source.element.byte_order = agreements[_i].byte_order;
	snprintf(dictionary, sizeof(dictionary), DICTIONARY("%s", "%s", "%s"),
		 agreements[_i].code, "False", "(1,)");
	n_bytes = make_npy(bytes, dictionary, "12");
	status =
		identify(KIND_FILE, bytes, n_bytes, 0, &source, &found, &error);
	if (agreements[_i].message) {
		check_failure(status, &error, CONSUMER_ERR_DATA);
		ck_assert_str_eq(error.message, agreements[_i].message);
		return;
	}
	ck_assert_int_eq(status, CONSUMER_OK);
	if (agreements[_i].type_is_given)
		ck_assert_int_eq(found.description.element.type,
				 agreements[_i].type);
}
END_TEST

/* The message of a file of shape (2, 3) that should have another; or "". */
static const char *
contradict(int ndim, const ptrdiff_t *shape)
{
	static ConsumerError error;
	const ConsumerSource source = {
		.element = one_byte(),
		.ndim = ndim,
		.shape = shape,
	};
	unsigned char bytes[256];
	const size_t n_bytes =
		make_npy(bytes, DICTIONARY("|u1", "False", "(2, 3)"), "012345");
	struct found found;
	ConsumerStatus status =
		identify(KIND_FILE, bytes, n_bytes, 0, &source, &found, &error);

	if (!status)
		return "";
	check_failure(status, &error, CONSUMER_ERR_DATA);
	return error.message;
}

START_TEST(a_shape_must_be_the_headers)
{
	static const struct {
		int ndim;
		ptrdiff_t shape[3];
		const char *message;
	} cases[] = {
		{ 2, { 2, 3 }, "" },
		{ 2,
		  { 3, 2 },
		  "the .npy header says shape (2, 3), not (3, 2)" },
		{ 3,
		  { 2, 3, 1 },
		  "the .npy header says shape (2, 3), not (2, 3, 1)" },
		{ 1, { 6 }, "the .npy header says shape (2, 3), not (6,)" },
		{ 0, { 0 }, "the .npy header says shape (2, 3), not ()" },
	};

	ck_assert_str_eq(contradict(cases[_i].ndim, cases[_i].shape),
			 cases[_i].message);
}
END_TEST

/* A message has an end, whatever the shapes have. */
START_TEST(long_shapes_are_cut_in_messages)
{
	ptrdiff_t shape[CONSUMER_MAX_NDIM];
	const char *message;
	char first[40];

	for (int axis = 0; axis < CONSUMER_MAX_NDIM; axis++)
		shape[axis] = PTRDIFF_MAX;
	message = contradict(CONSUMER_MAX_NDIM, shape);
	snprintf(first, sizeof(first), "not (%td, ", PTRDIFF_MAX);
	ck_assert(strstr(message, first));
	ck_assert_str_eq(message + strlen(message) - 3, "...");
}
END_TEST

START_TEST(a_source_without_sense_is_refused)
{
	ConsumerSource source = { .element = one_byte() };
	ConsumerError error;

	ck_assert_int_eq(source_check(&source, NULL), CONSUMER_OK);
	source.format = (ConsumerFileFormat)3;
	check_failure(source_check(&source, &error), &error,
		      CONSUMER_ERR_ARGUMENT);
	ck_assert_str_eq(error.message, "there is no file format 3");
	source.format = CONSUMER_FILE_NPY;
	source.element.itemsize = 2;
	check_failure(source_check(&source, &error), &error,
		      CONSUMER_ERR_ARGUMENT);
}
END_TEST

/* More than 64 axes used to be written over the end of a message. */
START_TEST(a_shape_that_no_array_has_is_refused)
{
	static const ptrdiff_t shape[200] = { 1, -1 };
	static const struct {
		int ndim;
		const char *message;
	} cases[] = {
		{ 65, "65 dimensions: at most 64 are supported" },
		{ 200, "200 dimensions: at most 64 are supported" },
		{ -1, "-1 dimensions: at most 64 are supported" },
		{ 2, "negative length -1 of dimension 1" },
	};
	ConsumerSource source = { .element = one_byte(), .shape = shape };
	ConsumerError error;

	source.ndim = cases[_i].ndim;
	check_failure(source_check(&source, &error), &error,
		      CONSUMER_ERR_ARGUMENT);
	ck_assert_str_eq(error.message, cases[_i].message);
	source.shape = NULL;
	ck_assert_int_eq(source_check(&source, NULL), CONSUMER_OK);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("source");
	TCase *tcase = check_case(suite);

	tcase_add_loop_test(tcase, a_header_says_what_it_is, 0, N_KINDS);
	tcase_add_loop_test(tcase, all_else_is_raw, 0,
			    N_KINDS * ARRAY_LEN(raw_cases));
	tcase_add_loop_test(tcase, what_is_no_npy_file_is_refused, 0,
			    ARRAY_LEN(bad_npy));
	tcase_add_loop_test(tcase, a_header_may_be_long, 0, N_KINDS);
	tcase_add_loop_test(tcase, a_header_may_not_contradict, 0,
			    ARRAY_LEN(agreements));
	tcase_add_loop_test(tcase, a_shape_must_be_the_headers, 0, 5);
	tcase_add_test(tcase, long_shapes_are_cut_in_messages);
	tcase_add_test(tcase, a_source_without_sense_is_refused);
	tcase_add_loop_test(tcase, a_shape_that_no_array_has_is_refused, 0, 4);
	return check_run(suite);
}
