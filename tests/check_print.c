/* SPDX-License-Identifier: MIT */
/*
 * Texts are compared with an oracle that goes through the dimensions one
 * inside the other, as the text looks, instead of element by element.
 */
#include "config.h"
#include "check_run.h"
#include "decimal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define MAX_AXES 4

/* --- Text that grows ---------------------------------------------------- */

struct text {
	char *bytes;
	size_t n_bytes;
	size_t capacity;
};

static void
text_add(struct text *text, const char *bytes, size_t n_bytes)
{
	if (text->n_bytes + n_bytes + 1 > text->capacity) {
		text->capacity = 2 * (text->n_bytes + n_bytes + 1);
		text->bytes = realloc(text->bytes, text->capacity);
		expect(text->bytes, "no memory");
	}
	memcpy(text->bytes + text->n_bytes, bytes, n_bytes);
	text->n_bytes += n_bytes;
	text->bytes[text->n_bytes] = '\0';
}

static void
text_put(struct text *text, const char *string)
{
	text_add(text, string, strlen(string));
}

static ConsumerStatus
write_to_text(void *context, const char *bytes, size_t n_bytes,
	      ConsumerError *error)
{
	(void)error;
	text_add(context, bytes, n_bytes);
	return CONSUMER_OK;
}

static ConsumerWriter
text_writer(struct text *text)
{
	text->n_bytes = 0;
	text_put(text, "");
	return (ConsumerWriter){ write_to_text, text };
}

static void
expect_same_text(const struct text *got, const struct text *want)
{
	size_t at = 0;

	while (at < got->n_bytes && got->bytes[at] == want->bytes[at])
		at++;
	expect(got->n_bytes == want->n_bytes && at == got->n_bytes,
	       "%zu bytes, expected %zu; at %zu \"%.60s\", expected \"%.60s\"",
	       got->n_bytes, want->n_bytes, at, got->bytes + at,
	       want->bytes + at);
}

/* --- The oracle --------------------------------------------------------- */

struct oracle {
	const ConsumerArray *array;
	uint64_t n_left; /* of 'max' */
	bool is_cut;
	struct text *text;
};

static void
put_value(struct text *text, ConsumerElement element, enum spelling spelling,
	  const void *address)
{
	char value[DECIMAL_MAX_BYTES + DECIMAL_SLACK_BYTES];
	unsigned char native[8];

	for (size_t i = 0; i < element.itemsize; i++)
		native[i] =
			((const unsigned char *)
				 address)[element.byte_order ==
							  CONSUMER_NATIVE_ENDIAN
						  ? i
						  : element.itemsize - 1 - i];
	*(text_kernel_for(element.type, spelling)(
		native, 1, (struct separator){ "", 0 }, value)) = '\0';
	text_put(text, value);
}

static void
put_nested(struct oracle *oracle, int axis, const char *address)
{
	const ConsumerArray *array = oracle->array;

	if (axis == array->ndim) {
		put_value(oracle->text, array->element, SPELLING_PYTHON,
			  address);
		oracle->n_left--;
		return;
	}
	text_put(oracle->text, "[ ");
	for (ptrdiff_t i = 0; i < consumer_array_shape(array)[axis]; i++) {
		if (i > 0 && axis == array->ndim - 1)
			text_put(oracle->text, " ");
		else if (i > 0)
			text_put(oracle->text, "\n");
		for (int n = 0; i > 0 && n <= axis && axis < array->ndim - 1;
		     n++)
			text_put(oracle->text, "  ");
		if (oracle->n_left == 0) {
			text_put(oracle->text, "...");
			oracle->is_cut = true;
			break;
		}
		put_nested(oracle, axis + 1,
			   address + i * consumer_array_strides(array)[axis]);
		if (oracle->is_cut)
			break;
	}
	text_put(oracle->text, " ]");
}

static void
put_array(struct text *text, const ConsumerArray *array, uint64_t max)
{
	struct oracle oracle = { array, max, false, text };

	if (array->n_elements == 0)
		text_put(text, "[ ]");
	else if (array->ndim == 0 && max == 0)
		text_put(text, "...");
	else
		put_nested(&oracle, 0, array->data);
}

static void
put_json_nested(struct oracle *oracle, int axis, const char *address)
{
	const ConsumerArray *array = oracle->array;

	if (axis == array->ndim) {
		put_value(oracle->text, array->element, SPELLING_JSON, address);
		oracle->n_left--;
		return;
	}
	text_put(oracle->text, "[");
	for (ptrdiff_t i = 0; i < consumer_array_shape(array)[axis]; i++) {
		if (oracle->n_left == 0)
			break;
		text_put(oracle->text, i > 0 ? ", " : "");
		put_json_nested(
			oracle, axis + 1,
			address + i * consumer_array_strides(array)[axis]);
	}
	text_put(oracle->text, "]");
}

static void
put_json(struct text *text, const ConsumerArray *array, uint64_t max)
{
	struct oracle oracle = { array, max, false, text };

	if (array->n_elements == 0 || max == 0)
		text_put(text, "[]");
	else
		put_json_nested(&oracle, 0, array->data);
}

static const void *
address_of(const ConsumerArray *array, ptrdiff_t at)
{
	const char *address = array->data;

	for (int axis = array->ndim - 1; axis >= 0; axis--) {
		const ptrdiff_t length = consumer_array_shape(array)[axis];

		address += at % length * consumer_array_strides(array)[axis];
		at /= length;
	}
	return address;
}

static void
put_rows(struct text *text, const ConsumerArray *array,
	 const ConsumerTextLayout *layout, uint64_t max)
{
	const ptrdiff_t *shape = consumer_array_shape(array);
	const ptrdiff_t n = (ptrdiff_t)MIN(max, (uint64_t)array->n_elements);
	const uint64_t row = layout->n_columns ? layout->n_columns
			     : array->ndim < 2
				     ? 1
				     : (uint64_t)shape[array->ndim - 1];
	char number[24];

	for (ptrdiff_t at = 0; at < n; at++) {
		const uint64_t index =
			layout->first_index + (uint64_t)at * layout->index_step;

		snprintf(number, sizeof(number), "%" PRIu64 "\t", index);
		if (layout->has_index && (uint64_t)at % row == 0)
			text_put(text, number);
		put_value(text, array->element,
			  layout->format == CONSUMER_FORMAT_HEX
				  ? SPELLING_HEX
				  : SPELLING_PYTHON,
			  address_of(array, at));
		if ((uint64_t)(at + 1) % row == 0 || at + 1 == n)
			text_put(text, "\n");
		else
			text_put(text, layout->format == CONSUMER_FORMAT_CSV
					       ? ","
					       : " ");
	}
}

/* What the text of the first 'max' elements has to be. */
static void
make_text(const ConsumerArray *array, const ConsumerTextLayout *layout,
	  uint64_t max, struct text *out)
{
	out->n_bytes = 0;
	text_put(out, "");
	switch (layout->format) {
	case CONSUMER_FORMAT_ARRAY:
		put_array(out, array, max);
		break;
	case CONSUMER_FORMAT_JSON:
		put_json(out, array, max);
		break;
	case CONSUMER_FORMAT_LINES:
	case CONSUMER_FORMAT_CSV:
	case CONSUMER_FORMAT_HEX:
		put_rows(out, array, layout, max);
		return;
	}
	if (layout->ends_with_newline)
		text_put(out, "\n");
}

/* 'layout' for elements that are those of 'array'. */
static ConsumerTextLayout
layout_for(const ConsumerTextLayout *layout, const ConsumerArray *array)
{
	ConsumerTextLayout filled = *layout;

	filled.type = array->element.type;
	filled.ndim = array->ndim;
	filled.shape = consumer_array_shape(array);
	return filled;
}

/* Each format as it is, in the order of ConsumerFormat, and what else is. */
static const ConsumerTextLayout layouts[] = {
	{ .format = CONSUMER_FORMAT_ARRAY },
	{ .format = CONSUMER_FORMAT_LINES },
	{ .format = CONSUMER_FORMAT_CSV },
	{ .format = CONSUMER_FORMAT_JSON },
	{ .format = CONSUMER_FORMAT_HEX },
	{ .format = CONSUMER_FORMAT_ARRAY, .ends_with_newline = true },
	{ .format = CONSUMER_FORMAT_JSON, .ends_with_newline = true },
	{ .format = CONSUMER_FORMAT_LINES, .ends_with_newline = true },
	{ .format = CONSUMER_FORMAT_LINES, .n_columns = 1 },
	{ .format = CONSUMER_FORMAT_CSV, .n_columns = 4 },
	{ .format = CONSUMER_FORMAT_HEX, .n_columns = 1000 },
	{ .format = CONSUMER_FORMAT_LINES, .has_index = true, .index_step = 1 },
	{ .format = CONSUMER_FORMAT_CSV,
	  .n_columns = 3,
	  .has_index = true,
	  .first_index = UINT64_C(0xF000000000000000),
	  .index_step = 1000003 },
	{ .format = CONSUMER_FORMAT_HEX,
	  .n_columns = UINT64_MAX,
	  .has_index = true,
	  .first_index = 42 },
};

/* --- Texts written down ------------------------------------------------- */

static const struct {
	int ndim;
	ptrdiff_t shape[MAX_AXES];
	uint64_t max;
	ConsumerFormat format;
	const char *want;
} text_cases[] = {
#define ARRAY CONSUMER_FORMAT_ARRAY
#define LINES CONSUMER_FORMAT_LINES
#define CSV   CONSUMER_FORMAT_CSV
#define JSON  CONSUMER_FORMAT_JSON
#define HEX   CONSUMER_FORMAT_HEX
#define ALL   CONSUMER_ALL
	{ 1, { 3 }, ALL, ARRAY, "[ 0 1 2 ]" },
	{ 1, { 3 }, 4, ARRAY, "[ 0 1 2 ]" },
	{ 1, { 3 }, 3, ARRAY, "[ 0 1 2 ]" },
	{ 1, { 3 }, 2, ARRAY, "[ 0 1 ... ]" },
	{ 1, { 3 }, 1, ARRAY, "[ 0 ... ]" },
	{ 1, { 3 }, 0, ARRAY, "[ ... ]" },
	{ 1, { 1 }, ALL, ARRAY, "[ 0 ]" },
	{ 1, { 0 }, ALL, ARRAY, "[ ]" },
	{ 1, { 0 }, 0, ARRAY, "[ ]" },
	{ 1, { 12 }, 10, ARRAY, "[ 0 1 2 3 4 5 6 7 8 9 ... ]" },
	{ 0, { 0 }, ALL, ARRAY, "0" },
	{ 0, { 0 }, 1, ARRAY, "0" },
	{ 2, { 2, 2 }, ALL, ARRAY, "[ [ 0 1 ]\n  [ 2 3 ] ]" },
	{ 2, { 2, 2 }, 3, ARRAY, "[ [ 0 1 ]\n  [ 2 ... ] ]" },
	{ 2, { 2, 2 }, 2, ARRAY, "[ [ 0 1 ]\n  ... ]" },
	{ 2, { 2, 2 }, 1, ARRAY, "[ [ 0 ... ] ]" },
	{ 2, { 2, 2 }, 0, ARRAY, "[ ... ]" },
	{ 2, { 2, 0 }, ALL, ARRAY, "[ ]" },
	{ 2, { 0, 2 }, ALL, ARRAY, "[ ]" },
	{ 2, { 1, 1 }, ALL, ARRAY, "[ [ 0 ] ]" },
	{ 2, { 2, 1 }, ALL, ARRAY, "[ [ 0 ]\n  [ 1 ] ]" },
	{ 2, { 2, 1 }, 1, ARRAY, "[ [ 0 ]\n  ... ]" },
	{ 3,
	  { 2, 2, 2 },
	  ALL,
	  ARRAY,
	  "[ [ [ 0 1 ]\n    [ 2 3 ] ]\n  [ [ 4 5 ]\n    [ 6 7 ] ] ]" },
	{ 3, { 2, 2, 2 }, 4, ARRAY, "[ [ [ 0 1 ]\n    [ 2 3 ] ]\n  ... ]" },
	{ 3, { 2, 2, 2 }, 2, ARRAY, "[ [ [ 0 1 ]\n    ... ] ]" },
	{ 3, { 2, 2, 2 }, 3, ARRAY, "[ [ [ 0 1 ]\n    [ 2 ... ] ] ]" },
	{ 1, { 3 }, ALL, LINES, "0\n1\n2\n" },
	{ 1, { 3 }, 2, LINES, "0\n1\n" },
	{ 1, { 3 }, 0, LINES, "" },
	{ 1, { 0 }, ALL, LINES, "" },
	{ 0, { 0 }, ALL, LINES, "0\n" },
	{ 2, { 2, 3 }, ALL, LINES, "0 1 2\n3 4 5\n" },
	{ 2, { 2, 3 }, 4, LINES, "0 1 2\n3\n" },
	{ 2, { 2, 3 }, 3, LINES, "0 1 2\n" },
	{ 2, { 2, 1 }, ALL, LINES, "0\n1\n" },
	{ 2, { 2, 0 }, ALL, LINES, "" },
	{ 3, { 2, 1, 2 }, ALL, LINES, "0 1\n2 3\n" },
	{ 1, { 3 }, ALL, CSV, "0\n1\n2\n" },
	{ 1, { 3 }, 2, CSV, "0\n1\n" },
	{ 1, { 0 }, ALL, CSV, "" },
	{ 0, { 0 }, ALL, CSV, "0\n" },
	{ 0, { 0 }, 0, CSV, "" },
	{ 2, { 2, 3 }, ALL, CSV, "0,1,2\n3,4,5\n" },
	{ 2, { 2, 3 }, 4, CSV, "0,1,2\n3\n" },
	{ 2, { 0, 3 }, ALL, CSV, "" },
	{ 3, { 2, 1, 2 }, ALL, CSV, "0,1\n2,3\n" },
	{ 1, { 3 }, ALL, JSON, "[0, 1, 2]" },
	{ 1, { 3 }, 2, JSON, "[0, 1]" },
	{ 1, { 3 }, 0, JSON, "[]" },
	{ 1, { 1 }, ALL, JSON, "[0]" },
	{ 1, { 0 }, ALL, JSON, "[]" },
	{ 0, { 0 }, ALL, JSON, "0" },
	{ 0, { 0 }, 0, JSON, "[]" },
	{ 2, { 2, 2 }, ALL, JSON, "[[0, 1], [2, 3]]" },
	{ 2, { 2, 2 }, 3, JSON, "[[0, 1], [2]]" },
	{ 2, { 2, 2 }, 2, JSON, "[[0, 1]]" },
	{ 2, { 2, 2 }, 1, JSON, "[[0]]" },
	{ 2, { 2, 2 }, 0, JSON, "[]" },
	{ 2, { 0, 3 }, ALL, JSON, "[]" },
	{ 2, { 3, 0 }, ALL, JSON, "[]" },
	{ 2, { 2, 1 }, ALL, JSON, "[[0], [1]]" },
	{ 3, { 2, 2, 2 }, ALL, JSON, "[[[0, 1], [2, 3]], [[4, 5], [6, 7]]]" },
	{ 3, { 2, 2, 2 }, 5, JSON, "[[[0, 1], [2, 3]], [[4]]]" },
	{ 1, { 2 }, ALL, HEX, "0x00000000\n0x00000001\n" },
	{ 1, { 2 }, 1, HEX, "0x00000000\n" },
	{ 1, { 0 }, ALL, HEX, "" },
	{ 0, { 0 }, ALL, HEX, "0x00000000\n" },
	{ 2,
	  { 2, 2 },
	  ALL,
	  HEX,
	  "0x00000000 0x00000001\n0x00000002 0x00000003\n" },
#undef ARRAY
#undef LINES
#undef CSV
#undef JSON
#undef HEX
#undef ALL
};

START_TEST(an_array_has_this_text)
{
	int32_t values[16];
	ConsumerArray array;
	struct text oracle = { NULL, 0, 0 };
	char *text;
	size_t n_bytes;

	for (int i = 0; i < 16; i++)
		values[i] = i;
	consumer_array_wrap(values, consumer_element(CONSUMER_INT32),
			    text_cases[_i].ndim, text_cases[_i].shape, NULL,
			    true, &array, NULL);
	ck_assert_int_eq(consumer_array_stringify(&array, text_cases[_i].format,
						  text_cases[_i].max, &text,
						  &n_bytes, NULL),
			 CONSUMER_OK);
	ck_assert_str_eq(text, text_cases[_i].want);
	ck_assert_uint_eq(n_bytes, strlen(text));
	make_text(&array, &layouts[text_cases[_i].format], text_cases[_i].max,
		  &oracle);
	ck_assert_str_eq(oracle.bytes, text_cases[_i].want);
	free(text);
	free(oracle.bytes);
	consumer_array_release(&array);
}
END_TEST

static const struct {
	ConsumerType type;
	const char *want;
} type_texts[CONSUMER_N_TYPES] = {
	{ CONSUMER_OPAQUE, NULL },
	{ CONSUMER_BOOL, "[ False True ]" },
	{ CONSUMER_CHAR, "[ 0 129 ]" },
	{ CONSUMER_INT8, "[ 0 -127 ]" },
	{ CONSUMER_UINT8, "[ 0 129 ]" },
	{ CONSUMER_INT16, "[ 0 -32511 ]" },
	{ CONSUMER_UINT16, "[ 0 33025 ]" },
	{ CONSUMER_INT32, "[ 0 -2130640639 ]" },
	{ CONSUMER_UINT32, "[ 0 2164326657 ]" },
	{ CONSUMER_INT64, "[ 0 -9151031864016699135 ]" },
	{ CONSUMER_UINT64, "[ 0 9295712209692852481 ]" },
	{ CONSUMER_FLOAT16, "[ 0.0 -1.53e-05 ]" },
	{ CONSUMER_FLOAT32, "[ 0.0 -2.3694278e-38 ]" },
	{ CONSUMER_FLOAT64, "[ 0.0 -7.748604185489348e-304 ]" },
};

/* Elements 0 and 0x8101...01, in big-endian order. */
START_TEST(each_type_has_its_text)
{
	ConsumerElement element = consumer_element((ConsumerType)_i);
	unsigned char bytes[16] = { 0 };
	const ptrdiff_t length = 2;
	ConsumerArray array;
	char *text;
	size_t n_bytes;
	ConsumerError error;

	memset(bytes + element.itemsize, 1, element.itemsize);
	bytes[element.itemsize] = 0x81;
	element.byte_order = CONSUMER_BIG_ENDIAN;
	consumer_array_wrap(bytes, element, 1, &length, NULL, true, &array,
			    NULL);
	if (!type_texts[_i].want) {
		POISON(text);
		POISON(n_bytes);
		check_failure(consumer_array_stringify(
				      &array, CONSUMER_FORMAT_ARRAY,
				      CONSUMER_ALL, &text, &n_bytes, &error),
			      &error, CONSUMER_ERR_ARGUMENT);
		ck_assert_untouched(text);
		ck_assert_untouched(n_bytes);
		return;
	}
	ck_assert_int_eq(consumer_array_stringify(&array, CONSUMER_FORMAT_ARRAY,
						  CONSUMER_ALL, &text, &n_bytes,
						  &error),
			 CONSUMER_OK);
	ck_assert_str_eq(text, type_texts[_i].want);
	free(text);
}
END_TEST

/* --- Texts compared with the oracle's ----------------------------------- */

/* How a whole is added to a printer. */
enum parts {
	PARTS_ONE,     /* at once */
	PARTS_FLUSHED, /* one element at a time, flushed after each */
	PARTS_RANDOM,  /* any number at a time, flushed or not */
	N_PARTS,
};

static void
print_parts(const ConsumerArray *array, const ConsumerTextLayout *layout,
	    uint64_t max, enum parts parts, uint64_t *state, struct text *out)
{
	const ConsumerTextLayout filled = layout_for(layout, array);
	const ptrdiff_t n = (ptrdiff_t)MIN(max, (uint64_t)array->n_elements);
	ConsumerPrinter *printer;
	ptrdiff_t at = 0;

	expect(consumer_printer_open(text_writer(out), &filled, &printer,
				     NULL) == CONSUMER_OK,
	       "open failed");
	while (at < n) {
		const ptrdiff_t n_now =
			parts == PARTS_ONE ? n
			: parts == PARTS_FLUSHED
				? 1
				: random_between(state, 0, n - at);

		expect(consumer_printer_add(printer, array, at, n_now, NULL) ==
			       CONSUMER_OK,
		       "add failed");
		at += n_now;
		if (parts == PARTS_FLUSHED ||
		    (parts == PARTS_RANDOM && (random_bits(state) & 1)))
			expect(consumer_printer_flush(printer, NULL) ==
				       CONSUMER_OK,
			       "flush failed");
	}
	expect(consumer_printer_finish(printer, n < array->n_elements, NULL) ==
		       CONSUMER_OK,
	       "finish failed");
	consumer_printer_close(printer);
}

/* Every shape of 'ndim' lengths 0 ... 3, cut after every element. */
START_TEST(every_small_shape_is_printed_and_cut_everywhere)
{
	const int ndim = _i;
	struct text got = { NULL, 0, 0 }, want = { NULL, 0, 0 };
	int16_t values[81];
	uint64_t state = (uint64_t)_i;

	for (int i = 0; i < 81; i++)
		values[i] = (int16_t)(i * i * i - 1000);
	for (int shape_number = 0; shape_number < 1 << 2 * ndim;
	     shape_number++) {
		ptrdiff_t shape[MAX_AXES];
		ConsumerArray array;

		for (int axis = 0; axis < ndim; axis++)
			shape[axis] = shape_number >> 2 * axis & 3;
		consumer_array_wrap(values, consumer_element(CONSUMER_INT16),
				    ndim, shape, NULL, true, &array, NULL);
		for (ptrdiff_t max = 0; max <= array.n_elements; max++) {
			for (size_t i = 0; i < ARRAY_LEN(layouts) * N_PARTS;
			     i++) {
				const ConsumerTextLayout *layout =
					&layouts[i / N_PARTS];

				make_text(&array, layout, (uint64_t)max, &want);
				print_parts(&array, layout, (uint64_t)max,
					    (enum parts)(i % N_PARTS), &state,
					    &got);
				expect_same_text(&got, &want);
			}
		}
		consumer_array_release(&array);
	}
	free(got.bytes);
	free(want.bytes);
}
END_TEST

/* Views with any strides, through consumer_array_print(). */
START_TEST(strided_and_swapped_views_are_printed)
{
	struct text got = { NULL, 0, 0 }, want = { NULL, 0, 0 };
	unsigned char bytes[4096];
	uint64_t state = (uint64_t)_i;
	ConsumerElement element = consumer_element((ConsumerType)_i);

	random_fill(&state, bytes, sizeof(bytes));
	for (int round = 0; round < 200; round++) {
		const int ndim = (int)random_between(&state, 0, 4);
		ptrdiff_t shape[MAX_AXES], strides[MAX_AXES];
		ConsumerArray array;
		uint64_t max;

		for (int axis = 0; axis < ndim; axis++) {
			shape[axis] = random_between(&state, 0, 5);
			strides[axis] = random_between(&state, -80, 80);
		}
		element.byte_order = random_bits(&state) & 1
					     ? CONSUMER_BIG_ENDIAN
					     : CONSUMER_LITTLE_ENDIAN;
		consumer_array_wrap(bytes + sizeof(bytes) / 2, element, ndim,
				    shape, strides, true, &array, NULL);
		max = random_bits(&state) & 1
			      ? CONSUMER_ALL
			      : (uint64_t)random_between(&state, 0,
							 array.n_elements + 1);
		for (int format = 0; format < CONSUMER_N_FORMATS; format++) {
			make_text(&array, &layouts[format], max, &want);
			expect(consumer_array_print(
				       &array, (ConsumerFormat)format, max,
				       text_writer(&got), NULL) == CONSUMER_OK,
			       "print failed");
			expect_same_text(&got, &want);
		}
		consumer_array_release(&array);
	}
	free(got.bytes);
	free(want.bytes);
}
END_TEST

/* Longer than the printer's own memory, by element and by row. */
static const struct {
	int ndim;
	ptrdiff_t shape[3];
} long_shapes[] = {
	{ 1, { 20000 } },    { 2, { 100, 200 } },    { 2, { 20000, 1 } },
	{ 2, { 1, 20000 } }, { 3, { 20, 10, 100 } }, { 3, { 2, 10000, 1 } },
};

START_TEST(long_texts_are_those_of_their_parts)
{
	struct text got = { NULL, 0, 0 }, want = { NULL, 0, 0 };
	double *values = malloc(20000 * sizeof(*values));
	uint64_t state = (uint64_t)_i;
	ConsumerArray array;

	for (int i = 0; i < 20000; i++)
		values[i] = -0x1p-1022 * (double)random_between(&state, 1, 3);
	consumer_array_wrap(values, consumer_element(CONSUMER_FLOAT64),
			    long_shapes[_i].ndim, long_shapes[_i].shape, NULL,
			    true, &array, NULL);
	for (size_t i = 0; i < ARRAY_LEN(layouts) * N_PARTS; i++) {
		const ConsumerTextLayout *layout = &layouts[i / N_PARTS];
		const uint64_t max = (uint64_t)array.n_elements - i % 2;

		make_text(&array, layout, max, &want);
		print_parts(&array, layout, max, (enum parts)(i % N_PARTS),
			    &state, &got);
		expect_same_text(&got, &want);
	}
	consumer_array_release(&array);
	free(values);
	free(got.bytes);
	free(want.bytes);
}
END_TEST

/*
 * Rows whose brackets are 255 bytes come to any fill of the printer's memory.
 * They used to run over its end, by up to 4 KiB.
 */
START_TEST(brackets_of_64_dimensions_find_room_anywhere)
{
	const ptrdiff_t row = 140 + 15 * _i;
	struct text got = { NULL, 0, 0 }, want = { NULL, 0, 0 };
	double *values = malloc((size_t)row * 40 * sizeof(*values));
	ptrdiff_t shape[CONSUMER_MAX_NDIM];
	ConsumerArray array;

	for (int axis = 0; axis < CONSUMER_MAX_NDIM; axis++)
		shape[axis] = 1;
	shape[0] = 40;
	shape[CONSUMER_MAX_NDIM - 1] = row;
	consumer_array_wrap(values, consumer_element(CONSUMER_FLOAT64),
			    CONSUMER_MAX_NDIM, shape, NULL, true, &array, NULL);
	for (ptrdiff_t i = 0; i < array.n_elements; i++)
		values[i] = -0x1p-1022;
	for (ptrdiff_t n_short = 0; n_short <= row; n_short++) {
		/* All, or cut behind any row. */
		const uint64_t max =
			n_short % 2 ? CONSUMER_ALL
				    : (uint64_t)(row * (n_short / 2 % 40));

		values[row + n_short - 1] = 0; /* 3 bytes instead of 24 */
		for (int i = 0; i < 2; i++) {
			const ConsumerFormat format = i ? CONSUMER_FORMAT_JSON
							: CONSUMER_FORMAT_ARRAY;

			make_text(&array, &layouts[format], max, &want);
			expect(consumer_array_print(&array, format, max,
						    text_writer(&got),
						    NULL) == CONSUMER_OK,
			       "print failed");
			expect_same_text(&got, &want);
		}
	}
	consumer_array_release(&array);
	free(values);
	free(got.bytes);
	free(want.bytes);
}
END_TEST

/* --- Printers ----------------------------------------------------------- */

/* Parts of unknown number, from different arrays. */
static const struct {
	ConsumerTextLayout layout;
	const char *want;
} unknown_lengths[] = {
	{ { .format = CONSUMER_FORMAT_ARRAY }, "[ 0 1 2 1 2 2 ... ]" },
	{ { .format = CONSUMER_FORMAT_ARRAY, .ends_with_newline = true },
	  "[ 0 1 2 1 2 2 ... ]\n" },
	{ { .format = CONSUMER_FORMAT_LINES }, "0\n1\n2\n1\n2\n2\n" },
	{ { .format = CONSUMER_FORMAT_CSV, .n_columns = 4 }, "0,1,2,1\n2,2\n" },
	{ { .format = CONSUMER_FORMAT_CSV, .n_columns = 3 }, "0,1,2\n1,2,2\n" },
	{ { .format = CONSUMER_FORMAT_JSON, .ends_with_newline = true },
	  "[0, 1, 2, 1, 2, 2]\n" },
	{ { .format = CONSUMER_FORMAT_HEX, .n_columns = 5 },
	  "0x00000000 0x00000001 0x00000002 0x00000001 0x00000002\n"
	  "0x00000002\n" },
	{ { .format = CONSUMER_FORMAT_LINES,
	    .n_columns = 4,
	    .has_index = true,
	    .first_index = 10,
	    .index_step = 5 },
	  "10\t0 1 2 1\n30\t2 2\n" },
};

START_TEST(a_length_may_be_unknown)
{
	ConsumerTextLayout layout = unknown_lengths[_i].layout;
	struct text got = { NULL, 0, 0 };
	ConsumerPrinter *printer;
	ConsumerArray array;

	consumer_array_arange(3, &array, NULL);
	layout.type = CONSUMER_INT32;
	layout.ndim = 1;
	ck_assert_int_eq(consumer_printer_open(text_writer(&got), &layout,
					       &printer, NULL),
			 CONSUMER_OK);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(
			consumer_printer_add(printer, &array, i, 3 - i, NULL),
			CONSUMER_OK);
	ck_assert_int_eq(consumer_printer_finish(printer, true, NULL),
			 CONSUMER_OK);
	consumer_printer_close(printer);
	ck_assert_str_eq(got.bytes, unknown_lengths[_i].want);
	consumer_array_release(&array);
	free(got.bytes);
}
END_TEST

START_TEST(after_a_flush_every_element_has_been_written)
{
	const ConsumerTextLayout layout = { .format = CONSUMER_FORMAT_ARRAY,
					    .type = CONSUMER_INT32,
					    .ndim = 1 };
	struct text got = { NULL, 0, 0 };
	ConsumerPrinter *printer;
	ConsumerArray array;

	consumer_array_arange(2, &array, NULL);
	consumer_printer_open(text_writer(&got), &layout, &printer, NULL);
	ck_assert_int_eq(consumer_printer_flush(printer, NULL), CONSUMER_OK);
	ck_assert_str_eq(got.bytes, "");
	consumer_printer_add(printer, &array, 0, 2, NULL);
	ck_assert_str_eq(got.bytes, "");
	ck_assert_int_eq(consumer_printer_flush(printer, NULL), CONSUMER_OK);
	ck_assert_str_eq(got.bytes, "[ 0 1");
	ck_assert_int_eq(consumer_printer_flush(printer, NULL), CONSUMER_OK);
	ck_assert_str_eq(got.bytes, "[ 0 1");
	consumer_printer_add(printer, &array, 0, 0, NULL);
	ck_assert_int_eq(consumer_printer_flush(printer, NULL), CONSUMER_OK);
	ck_assert_str_eq(got.bytes, "[ 0 1");
	/* What was never flushed or finished is lost on purpose. */
	consumer_printer_add(printer, &array, 0, 2, NULL);
	consumer_printer_close(printer);
	ck_assert_str_eq(got.bytes, "[ 0 1");
	consumer_printer_close(NULL);
	consumer_array_release(&array);
	free(got.bytes);
}
END_TEST

static const ptrdiff_t ones[CONSUMER_MAX_NDIM + 1] = { 1, 1 };
static const ptrdiff_t negative[2] = { 2, -1 };

static const struct {
	ConsumerTextLayout layout;
	const char *argument;
} bad_layouts[] = {
#define LAYOUT(...)                                            \
	{                                                      \
		.type = CONSUMER_INT32, .ndim = 1, __VA_ARGS__ \
	}
#define TYPE(type_)                                      \
	{                                                \
		.type = (ConsumerType)(type_), .ndim = 1 \
	}
	{ TYPE(CONSUMER_OPAQUE), NULL },
	{ TYPE(CONSUMER_N_TYPES), NULL },
	{ TYPE(-1), NULL },
	{ { .type = CONSUMER_INT32, .ndim = -1, .shape = ones }, NULL },
	{ { .type = CONSUMER_INT32, .ndim = INT_MIN, .shape = ones }, NULL },
	{ { .type = CONSUMER_INT32,
	    .ndim = CONSUMER_MAX_NDIM + 1,
	    .shape = ones },
	  NULL },
	{ { .type = CONSUMER_INT32, .ndim = 2 }, NULL },
	{ { .type = CONSUMER_INT32, .ndim = 2, .shape = negative }, NULL },
	{ { .type = CONSUMER_INT32, .ndim = CONSUMER_MAX_NDIM }, NULL },
	{ LAYOUT(.format = CONSUMER_N_FORMATS), NULL },
	{ LAYOUT(.format = (ConsumerFormat)-1), NULL },
	{ LAYOUT(.format = (ConsumerFormat)INT_MAX), NULL },
	{ LAYOUT(.format = CONSUMER_FORMAT_ARRAY, .n_columns = 1), "columns" },
	{ LAYOUT(.format = CONSUMER_FORMAT_JSON, .n_columns = 8), "columns" },
	{ LAYOUT(.format = CONSUMER_FORMAT_ARRAY, .has_index = true), "index" },
	{ LAYOUT(.format = CONSUMER_FORMAT_JSON, .has_index = true), "index" },
#undef LAYOUT
#undef TYPE
};

START_TEST(what_cannot_be_printed_is_refused)
{
	struct text got = { NULL, 0, 0 };
	ConsumerPrinter *printer;
	ConsumerError error;

	POISON(printer);
	check_failure(consumer_printer_open(text_writer(&got),
					    &bad_layouts[_i].layout, &printer,
					    &error),
		      &error, CONSUMER_ERR_ARGUMENT);
	ck_assert_pstr_eq(error.argument, bad_layouts[_i].argument);
	ck_assert_untouched(printer);
	ck_assert_str_eq(got.bytes, "");
	free(got.bytes);
}
END_TEST

START_TEST(another_type_than_was_said_is_refused)
{
	const ConsumerTextLayout layout = {
		.type = CONSUMER_UINT32,
		.format = CONSUMER_FORMAT_LINES,
		.ndim = 1,
	};
	struct text got = { NULL, 0, 0 };
	ConsumerPrinter *printer;
	ConsumerArray array;
	ConsumerError error;

	consumer_array_arange(3, &array, NULL);
	ck_assert_int_eq(consumer_printer_open(text_writer(&got), &layout,
					       &printer, NULL),
			 CONSUMER_OK);
	check_failure(consumer_printer_add(printer, &array, 0, 3, &error),
		      &error, CONSUMER_ERR_ARGUMENT);
	array.element.type = CONSUMER_UINT32;
	ck_assert_int_eq(consumer_printer_add(printer, &array, 0, 3, NULL),
			 CONSUMER_OK);
	ck_assert_int_eq(consumer_printer_finish(printer, false, NULL),
			 CONSUMER_OK);
	ck_assert_str_eq(got.bytes, "0\n1\n2\n");
	consumer_printer_close(printer);
	consumer_array_release(&array);
	free(got.bytes);
}
END_TEST

static const struct {
	const char *name;
	int want; /* -1: there is none */
} format_names[] = {
	{ "array", CONSUMER_FORMAT_ARRAY },
	{ "lines", CONSUMER_FORMAT_LINES },
	{ "csv", CONSUMER_FORMAT_CSV },
	{ "json", CONSUMER_FORMAT_JSON },
	{ "hex", CONSUMER_FORMAT_HEX },
	{ "raw", -1 },
	{ "npy", -1 },
	{ "", -1 },
	{ "Array", -1 },
	{ "arra", -1 },
	{ "arrays", -1 },
	{ " array", -1 },
	{ "lines\n", -1 },
	{ "line", -1 },
};

START_TEST(formats_have_names)
{
	ConsumerFormat out;

	POISON(out);
	if (format_names[_i].want < 0) {
		ck_assert(!consumer_format_parse(format_names[_i].name, &out));
		ck_assert_untouched(out);
	} else {
		ck_assert(consumer_format_parse(format_names[_i].name, &out));
		ck_assert_int_eq(out, format_names[_i].want);
		ck_assert_str_eq(consumer_format_name(out),
				 format_names[_i].name);
	}
}
END_TEST

START_TEST(other_formats_have_none)
{
	ck_assert_ptr_null(consumer_format_name(CONSUMER_N_FORMATS));
	ck_assert_ptr_null(consumer_format_name((ConsumerFormat)-1));
	ck_assert_ptr_null(consumer_format_name((ConsumerFormat)INT_MAX));
}
END_TEST

/* --- Writers that fail -------------------------------------------------- */

struct failing_writer {
	int n_calls_left; /* then it fails */
	ConsumerStatus status;
	bool has_failed;
	struct text text;
};

static ConsumerStatus
write_or_fail(void *context, const char *bytes, size_t n_bytes,
	      ConsumerError *error)
{
	struct failing_writer *writer = context;

	expect(!writer->has_failed, "a write after the one that failed");
	expect(n_bytes > 0, "a write of nothing");
	if (writer->n_calls_left-- > 0) {
		text_add(&writer->text, bytes, n_bytes);
		return CONSUMER_OK;
	}
	writer->has_failed = true;
	return writer->status == CONSUMER_ERR_OS
		       ? fail_errno(error, ENOSPC)
		       : fail(error, writer->status, "the writer's words");
}

static const ConsumerStatus statuses[] = {
	CONSUMER_ERR_ARGUMENT,
	CONSUMER_ERR_DATA,
	CONSUMER_ERR_OS,
	CONSUMER_ERR_MEMORY,
};

START_TEST(what_the_writer_says_is_passed_on)
{
	struct text want = { NULL, 0, 0 };
	ConsumerArray array;
	int n_writes = 0;

	consumer_array_arange(50000, &array, NULL);
	for (;; n_writes++) {
		struct failing_writer writer = {
			.n_calls_left = n_writes,
			.status = statuses[_i],
		};
		const ConsumerFormat format =
			(ConsumerFormat)(n_writes % CONSUMER_N_FORMATS);
		ConsumerStatus status;
		ConsumerError error;

		POISON(error);
		text_put(&writer.text, "");
		status = consumer_array_print(
			&array, format, CONSUMER_ALL,
			(ConsumerWriter){ write_or_fail, &writer }, &error);
		make_text(&array, &layouts[format], CONSUMER_ALL, &want);
		if (!writer.has_failed) {
			ck_assert_int_eq(status, CONSUMER_OK);
			ck_assert_untouched(error);
			expect_same_text(&writer.text, &want);
			free(writer.text.bytes);
			break;
		}
		check_failure(status, &error, statuses[_i]);
		ck_assert_str_eq(error.message, statuses[_i] == CONSUMER_ERR_OS
							? strerror(ENOSPC)
							: "the writer's words");
		/* What was written before is the start of the text. */
		ck_assert_uint_lt(writer.text.n_bytes, want.n_bytes);
		ck_assert_mem_eq(writer.text.bytes, want.bytes,
				 writer.text.n_bytes);
		free(writer.text.bytes);
	}
	ck_assert_int_ge(n_writes, 4);
	consumer_array_release(&array);
	free(want.bytes);
}
END_TEST

START_TEST(a_failed_flush_and_finish_say_so)
{
	ConsumerArray array;

	consumer_array_arange(3, &array, NULL);
	for (int format = 0; format < CONSUMER_N_FORMATS; format++) {
		struct failing_writer writer = { .status = CONSUMER_ERR_OS };
		const ConsumerTextLayout layout =
			layout_for(&layouts[format], &array);
		ConsumerPrinter *printer;
		ConsumerError error;

		consumer_printer_open(
			(ConsumerWriter){ write_or_fail, &writer }, &layout,
			&printer, NULL);
		ck_assert_int_eq(
			consumer_printer_add(printer, &array, 0, 3, &error),
			CONSUMER_OK);
		check_failure(consumer_printer_flush(printer, &error), &error,
			      CONSUMER_ERR_OS);
		writer.has_failed = false;
		check_failure(consumer_printer_finish(printer, false, &error),
			      &error, CONSUMER_ERR_OS);
		consumer_printer_close(printer);
	}
	consumer_array_release(&array);
}
END_TEST

/*
 * To finish again writes what could not be written, and nothing else.  It used
 * to lose the last element, or to write before the start of the memory.
 */
START_TEST(a_text_is_finished_once)
{
	const ConsumerFormat format = (ConsumerFormat)(_i / 2);
	struct failing_writer writer = { .n_calls_left = _i % 2,
					 .status = CONSUMER_ERR_OS };
	const ConsumerTextLayout layout = {
		.format = format,
		.type = CONSUMER_INT32,
		.ndim = 1,
		.n_columns = format == CONSUMER_FORMAT_CSV ? 4 : 0,
	};
	struct text want = { NULL, 0, 0 };
	ConsumerPrinter *printer;
	ConsumerArray array;
	ConsumerError error;

	consumer_array_arange(6, &array, NULL);
	make_text(&array, &layout, CONSUMER_ALL, &want);
	consumer_printer_open((ConsumerWriter){ write_or_fail, &writer },
			      &layout, &printer, NULL);
	consumer_printer_add(printer, &array, 0, 6, NULL);
	ck_assert_int_eq(consumer_printer_finish(printer, false, NULL),
			 _i % 2 ? CONSUMER_OK : CONSUMER_ERR_OS);
	writer.has_failed = false;
	writer.n_calls_left = INT_MAX;
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(consumer_printer_finish(printer, i == 1, NULL),
				 CONSUMER_OK);
		ck_assert_int_eq(consumer_printer_flush(printer, NULL),
				 CONSUMER_OK);
		check_failure(
			consumer_printer_add(printer, &array, 0, 1, &error),
			&error, CONSUMER_ERR_ARGUMENT);
		expect_same_text(&writer.text, &want);
	}
	consumer_printer_close(printer);
	consumer_array_release(&array);
	free(writer.text.bytes);
	free(want.bytes);
}
END_TEST

/* --- Threads ------------------------------------------------------------ */

/* More than one thread prints at a time. */
#define N_SHARED 75000

static const struct {
	int ndim;
	ptrdiff_t shape[3];
	size_t n_threads;
} shared_cases[] = {
	{ 1, { N_SHARED }, 2 },	       { 1, { N_SHARED }, 3 },
	{ 1, { N_SHARED }, 100 },      { 2, { N_SHARED / 3, 3 }, 2 },
	{ 2, { 3, N_SHARED / 3 }, 4 }, { 3, { 2, N_SHARED / 2, 1 }, 2 },
	{ 3, { 50, 750, 2 }, 3 },
};

START_TEST(threads_make_the_same_text)
{
	struct text got = { NULL, 0, 0 }, want = { NULL, 0, 0 };
	uint64_t state = (uint64_t)_i;
	ConsumerArray flat, array;

	consumer_array_arange(N_SHARED, &flat, NULL);
	consumer_array_cast(&flat, flat.element, shared_cases[_i].ndim,
			    shared_cases[_i].shape, &array, NULL);
	for (size_t i = 0; i < ARRAY_LEN(layouts) * 2; i++) {
		const ConsumerTextLayout *layout = &layouts[i / 2];
		ConsumerTextLayout shared = *layout;
		const uint64_t max = (uint64_t)array.n_elements - i % 2;

		shared.n_threads = shared_cases[_i].n_threads;
		make_text(&array, layout, max, &want);
		print_parts(&array, &shared, max,
			    i % 2 ? PARTS_RANDOM : PARTS_ONE, &state, &got);
		expect_same_text(&got, &want);
	}
	consumer_array_release(&array);
	consumer_array_release(&flat);
	free(got.bytes);
	free(want.bytes);
}
END_TEST

/* Numbers whose brackets are several times as long; 'flat' owns them. */
static void
make_many_brackets(ConsumerArray *flat, ConsumerArray *array)
{
	ptrdiff_t shape[CONSUMER_MAX_NDIM] = { N_SHARED / 2 };

	for (int axis = 1; axis < CONSUMER_MAX_NDIM; axis++)
		shape[axis] = 1;
	consumer_array_arange(N_SHARED / 2, flat, NULL);
	consumer_array_cast(flat, flat->element, CONSUMER_MAX_NDIM, shape,
			    array, NULL);
}

START_TEST(a_part_with_many_brackets_finds_room)
{
	struct text got = { NULL, 0, 0 }, want = { NULL, 0, 0 };
	ConsumerTextLayout layout = { .format = CONSUMER_FORMAT_ARRAY };
	ConsumerArray flat, array;
	uint64_t state = 0;

	make_many_brackets(&flat, &array);
	print_parts(&array, &layout, CONSUMER_ALL, PARTS_ONE, &state, &want);
	layout.n_threads = 2;
	print_parts(&array, &layout, CONSUMER_ALL, PARTS_ONE, &state, &got);
	expect_same_text(&got, &want);
	consumer_array_release(&array);
	consumer_array_release(&flat);
	free(got.bytes);
	free(want.bytes);
}
END_TEST

/* Prints N_SHARED numbers, one a line, to 'writer' on two threads. */
static ConsumerStatus
print_shared(ConsumerWriter writer, ConsumerError *error)
{
	ConsumerTextLayout layout = { .format = CONSUMER_FORMAT_LINES,
				      .n_threads = 2 };
	ConsumerArray array;
	ConsumerPrinter *printer = NULL;
	ConsumerStatus status;

	/* Not one of the allocations that the test lets fail. */
	static int32_t numbers[N_SHARED];
	const ptrdiff_t length = N_SHARED;

	consumer_array_wrap(numbers, consumer_element(CONSUMER_INT32), 1,
			    &length, NULL, true, &array, NULL);
	layout = layout_for(&layout, &array);
	status = consumer_printer_open(writer, &layout, &printer, error);
	if (!status)
		status =
			consumer_printer_add(printer, &array, 0, length, error);
	if (!status)
		status = consumer_printer_finish(printer, false, error);
	consumer_printer_close(printer);
	return status;
}

START_TEST(threads_stop_where_the_writer_fails)
{
	for (int n_writes = 0;; n_writes++) {
		struct failing_writer writer = {
			.n_calls_left = n_writes,
			.status = CONSUMER_ERR_OS,
		};
		ConsumerError error;
		ConsumerStatus status = print_shared(
			(ConsumerWriter){ write_or_fail, &writer }, &error);

		for (size_t i = 0; i < writer.text.n_bytes; i++)
			ck_assert_int_eq(writer.text.bytes[i],
					 i % 2 ? '\n' : '0');
		if (!writer.has_failed) {
			ck_assert_int_eq(status, CONSUMER_OK);
			ck_assert_uint_eq(writer.text.n_bytes, 2 * N_SHARED);
			free(writer.text.bytes);
			ck_assert_int_ge(n_writes, 3);
			break;
		}
		check_failure(status, &error, CONSUMER_ERR_OS);
		ck_assert_uint_lt(writer.text.n_bytes, 2 * N_SHARED);
		free(writer.text.bytes);
	}
}
END_TEST

/* A text that must come, and how much of it has come. */
struct expected {
	struct text text;
	size_t n_bytes;
};

static ConsumerStatus
write_expected(void *context, const char *bytes, size_t n_bytes,
	       ConsumerError *error)
{
	struct expected *expected = context;
	const struct text *want = &expected->text;

	(void)error;
	expect(n_bytes <= want->n_bytes - expected->n_bytes, "too much");
	expect(memcmp(bytes, want->bytes + expected->n_bytes, n_bytes) == 0,
	       "not what was expected behind %zu bytes", expected->n_bytes);
	expected->n_bytes += n_bytes;
	return CONSUMER_OK;
}

START_TEST(threads_do_not_begin_behind_what_cannot_be_written)
{
	struct failing_writer writer = { .status = CONSUMER_ERR_OS };
	ConsumerTextLayout layout = { .format = CONSUMER_FORMAT_LINES };
	ConsumerPrinter *printer;
	ConsumerArray array;
	ConsumerError error;

	consumer_array_arange(N_SHARED, &array, NULL);
	layout = layout_for(&layout, &array);
	layout.n_threads = 2;
	consumer_printer_open((ConsumerWriter){ write_or_fail, &writer },
			      &layout, &printer, NULL);
	ck_assert_int_eq(consumer_printer_add(printer, &array, 0, 1, NULL),
			 CONSUMER_OK);
	check_failure(
		consumer_printer_add(printer, &array, 1, N_SHARED - 1, &error),
		&error, CONSUMER_ERR_OS);
	consumer_printer_close(printer);
	consumer_array_release(&array);
}
END_TEST

/*
 * Threads that find no memory to print in, at their start or later, leave it to
 * the caller's, which has some.  That used to be an error, so that there were
 * limits of memory at which one thread could print and two could not.
 */
START_TEST(where_threads_lack_memory_one_prints)
{
	ConsumerTextLayout layout = { .format = CONSUMER_FORMAT_ARRAY };
	struct expected expected = { .n_bytes = 0 };
	ConsumerArray flat, array;
	int n_refused = 0;

	/* Brackets make the text of a part grow. */
	make_many_brackets(&flat, &array);
	layout = layout_for(&layout, &array);
	make_text(&array, &layout, CONSUMER_ALL, &expected.text);
	layout.n_threads = 2;
	FOR_EACH_ALLOCATION(_i == 1)
	{
		const ConsumerWriter writer = { write_expected, &expected };
		ConsumerPrinter *printer = NULL;
		ConsumerError error = { .status = CONSUMER_OK };
		ConsumerStatus opened, status;
		bool has_failed;

		expected.n_bytes = 0;
		opened = consumer_printer_open(writer, &layout, &printer,
					       &error);
		status = opened;
		if (!status)
			status = consumer_printer_add(printer, &array, 0,
						      array.n_elements, &error);
		if (!status)
			status =
				consumer_printer_finish(printer, false, &error);
		consumer_printer_close(printer);
		has_failed = allocation_failed();
		if (opened) {
			check_failure(status, &error, CONSUMER_ERR_MEMORY);
			n_refused++;
			continue;
		}
		expect(!status && !error.status, "allocation %d: %s",
		       n_allocation, error.message);
		ck_assert_uint_eq(expected.n_bytes, expected.text.n_bytes);
		if (!has_failed) {
			ck_assert_int_ge(n_allocation, 16);
			break;
		}
	}
	ck_assert_int_eq(n_refused, 2);
	consumer_array_release(&array);
	consumer_array_release(&flat);
	free(expected.text.bytes);
}
END_TEST

/* (size_t)1 << 63 of them used to be none, by which a job was divided. */
START_TEST(any_number_of_threads_can_be_asked_for)
{
	static const size_t numbers[] = { 9, SIZE_MAX / 2 + 1, SIZE_MAX };
	struct text got = { NULL, 0, 0 }, want = { NULL, 0, 0 };
	ConsumerTextLayout layout = { .format = CONSUMER_FORMAT_LINES };
	uint64_t state = 0;
	ConsumerArray array;

	consumer_array_arange(N_SHARED, &array, NULL);
	layout = layout_for(&layout, &array);
	make_text(&array, &layout, CONSUMER_ALL, &want);
	layout.n_threads = numbers[_i];
	print_parts(&array, &layout, CONSUMER_ALL, PARTS_ONE, &state, &got);
	expect_same_text(&got, &want);
	consumer_array_release(&array);
	free(got.bytes);
	free(want.bytes);
}
END_TEST

/* --- No memory ---------------------------------------------------------- */

START_TEST(without_memory_there_is_no_text)
{
	ConsumerArray array;
	int n_failures = 0;

	consumer_array_arange(50000, &array, NULL);
	FOR_EACH_ALLOCATION(_i == 1)
	{
		char *text;
		size_t n_bytes;
		ConsumerError error;
		ConsumerStatus status;

		POISON(text);
		POISON(n_bytes);
		status = consumer_array_stringify(&array, CONSUMER_FORMAT_LINES,
						  CONSUMER_ALL, &text, &n_bytes,
						  &error);
		if (!allocation_failed()) {
			ck_assert_int_eq(status, CONSUMER_OK);
			ck_assert_uint_eq(n_bytes, strlen(text));
			free(text);
			break;
		}
		check_failure(status, &error, CONSUMER_ERR_MEMORY);
		ck_assert_untouched(text);
		ck_assert_untouched(n_bytes);
		n_failures++;
	}
	ck_assert_int_ge(n_failures, 4);
	consumer_array_release(&array);
}
END_TEST

START_TEST(without_memory_there_is_no_printer)
{
	const ConsumerTextLayout layout = { .format = CONSUMER_FORMAT_ARRAY,
					    .type = CONSUMER_INT32,
					    .ndim = 1 };
	ConsumerPrinter *printer;
	ConsumerError error;
	ConsumerStatus status;

	POISON(printer);
	fail_allocation_number(1, true);
	status = consumer_printer_open((ConsumerWriter){ NULL, NULL }, &layout,
				       &printer, &error);
	ck_assert(allocation_failed());
	check_failure(status, &error, CONSUMER_ERR_MEMORY);
	ck_assert_untouched(printer);
}
END_TEST

/* --- Of a file that is cut ---------------------------------------------- */

/* A writer that cuts the file, at one of its calls. */
struct cutter {
	struct text *text;
	int n_calls_left;
	int descriptor;
	off_t size;
};

static ConsumerStatus
write_and_cut(void *context, const char *bytes, size_t n_bytes,
	      ConsumerError *error)
{
	struct cutter *cutter = context;

	if (cutter->n_calls_left-- == 0)
		expect(ftruncate(cutter->descriptor, cutter->size) == 0,
		       "not cut");
	return write_to_text(cutter->text, bytes, n_bytes, error);
}

/* Adds in one part or two, and finishes; what was printed is '*n_done'. */
static ConsumerStatus
print_while_cut(const ConsumerArray *array, const ConsumerTextLayout *layout,
		ptrdiff_t n_first, struct cutter *cutter, uint64_t *n_done)
{
	const ConsumerWriter writer = { write_and_cut, cutter };
	const ConsumerTextLayout filled = layout_for(layout, array);
	ConsumerPrinter *printer;
	ConsumerError error = { .n_done = 0 };
	ConsumerStatus status;

	cutter->text->n_bytes = 0;
	text_put(cutter->text, "");
	ck_assert_int_eq(consumer_printer_open(writer, &filled, &printer, NULL),
			 CONSUMER_OK);
	*n_done = 0;
	status = consumer_printer_add(printer, array, 0, n_first, &error);
	if (!status) {
		*n_done = (uint64_t)n_first;
		status = consumer_printer_add(printer, array, n_first,
					      array->n_elements - n_first,
					      &error);
	}
	*n_done +=
		status ? error.n_done : (uint64_t)(array->n_elements - n_first);
	ck_assert_int_eq(consumer_printer_finish(printer, false, NULL),
			 CONSUMER_OK);
	consumer_printer_close(printer);
	return status;
}

/* The text of the first 'n' elements of a longer whole. */
static void
print_beginning(const ConsumerArray *array, const ConsumerTextLayout *layout,
		uint64_t n, struct text *out)
{
	const ConsumerTextLayout filled = layout_for(layout, array);
	ConsumerPrinter *printer;

	ck_assert_int_eq(consumer_printer_open(text_writer(out), &filled,
					       &printer, NULL),
			 CONSUMER_OK);
	ck_assert_int_eq(
		consumer_printer_add(printer, array, 0, (ptrdiff_t)n, NULL),
		CONSUMER_OK);
	ck_assert_int_eq(consumer_printer_finish(printer, false, NULL),
			 CONSUMER_OK);
	consumer_printer_close(printer);
}

/*
 * Whenever it is cut, the text is that of the elements which were there, with
 * all brackets closed and no separator behind the last.
 */
START_TEST(the_text_of_a_cut_file_ends_with_what_there_is)
{
	static const size_t threads[] = { 0, 2, 3 };
	struct text got = { NULL, 0, 0 }, want = { NULL, 0, 0 };
	const size_t n_bytes = N_SHARED * sizeof(int32_t);
	const ptrdiff_t shape[] = { N_SHARED / 3, 3 };
	const int descriptor = open("data", O_RDWR | O_CREAT, 0600);
	uint64_t state = (uint64_t)_i;
	ConsumerArray flat, array;
	ConsumerBacking backing = { descriptor, NULL, 0 };
	void *data;
	int n_cut = 0;

	consumer_array_arange(N_SHARED, &flat, NULL);
	ck_assert_int_eq(pwrite(descriptor, flat.data, n_bytes, 0), n_bytes);
	data = mmap(NULL, n_bytes, PROT_READ, MAP_SHARED, descriptor, 0);
	ck_assert_ptr_ne(data, MAP_FAILED);
	backing.address = data;
	for (size_t i = 0; i < ARRAY_LEN(layouts) * 8; i++) {
		ConsumerTextLayout layout = layouts[i % ARRAY_LEN(layouts)];
		const int ndim = (int)random_between(&state, 1, 2);
		struct cutter cutter = {
			.text = &got,
			.n_calls_left = (int)random_between(&state, 0, 6),
			.descriptor = descriptor,
			.size = random_between(&state, 0, (int64_t)n_bytes),
		};
		const ptrdiff_t n_first = random_between(&state, 0, N_SHARED);
		uint64_t n_done;
		ConsumerStatus status;

		if (random_bits(&state) % 4 == 0)
			ck_assert_int_eq(ftruncate(descriptor, cutter.size), 0);
		layout.n_threads = threads[_i];
		consumer_array_wrap(data, flat.element, ndim,
				    ndim == 1 ? &flat.n_elements : shape, NULL,
				    true, &array, NULL);
		array.backing = &backing;
		status = print_while_cut(&array, &layout, n_first, &cutter,
					 &n_done);
		if (status) {
			ck_assert_int_eq(status, CONSUMER_ERR_VANISHED);
			expect((off_t)n_done >= cutter.size / 4,
			       "%llu elements of %lld bytes",
			       (unsigned long long)n_done,
			       (long long)cutter.size);
			n_cut++;
		}
		ck_assert_int_eq(n_done < N_SHARED, status != CONSUMER_OK);
		array.data = flat.data;
		array.backing = NULL;
		print_beginning(&array, &layout, n_done, &want);
		expect_same_text(&got, &want);
		consumer_array_release(&array);
		ck_assert_int_eq(pwrite(descriptor, flat.data, n_bytes, 0),
				 n_bytes);
	}
	ck_assert_int_gt(n_cut, 20);
	consumer_array_release(&flat);
	munmap(data, n_bytes);
	close(descriptor);
	free(got.bytes);
	free(want.bytes);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("print");
	TCase *tcase = check_case(suite);
	TCase *sigbus = check_case_of_faults(suite);

	tcase_add_loop_test(tcase, an_array_has_this_text, 0,
			    ARRAY_LEN(text_cases));
	tcase_add_loop_test(tcase, each_type_has_its_text, 0, CONSUMER_N_TYPES);
	tcase_add_loop_test(tcase,
			    every_small_shape_is_printed_and_cut_everywhere, 0,
			    MAX_AXES + 1);
	tcase_add_loop_test(tcase, strided_and_swapped_views_are_printed,
			    CONSUMER_BOOL, CONSUMER_N_TYPES);
	tcase_add_loop_test(tcase, long_texts_are_those_of_their_parts, 0,
			    ARRAY_LEN(long_shapes));
	tcase_add_loop_test(tcase, brackets_of_64_dimensions_find_room_anywhere,
			    0, is_long_test() ? 12 : 4);
	tcase_add_loop_test(tcase, a_length_may_be_unknown, 0,
			    ARRAY_LEN(unknown_lengths));
	tcase_add_test(tcase, after_a_flush_every_element_has_been_written);
	tcase_add_test(tcase, another_type_than_was_said_is_refused);
	tcase_add_loop_test(tcase, what_cannot_be_printed_is_refused, 0,
			    ARRAY_LEN(bad_layouts));
	tcase_add_loop_test(tcase, formats_have_names, 0,
			    ARRAY_LEN(format_names));
	tcase_add_test(tcase, other_formats_have_none);
	tcase_add_loop_test(tcase, what_the_writer_says_is_passed_on, 0,
			    ARRAY_LEN(statuses));
	tcase_add_test(tcase, a_failed_flush_and_finish_say_so);
	tcase_add_loop_test(tcase, a_text_is_finished_once, 0,
			    CONSUMER_N_FORMATS * 2);
	tcase_add_loop_test(tcase, threads_make_the_same_text, 0,
			    ARRAY_LEN(shared_cases));
	tcase_add_test(tcase, a_part_with_many_brackets_finds_room);
	tcase_add_test(tcase, threads_stop_where_the_writer_fails);
	tcase_add_test(tcase,
		       threads_do_not_begin_behind_what_cannot_be_written);
	tcase_add_loop_test(tcase, where_threads_lack_memory_one_prints, 0, 2);
	tcase_add_loop_test(tcase, any_number_of_threads_can_be_asked_for, 0,
			    3);
	tcase_add_loop_test(tcase, without_memory_there_is_no_text, 0, 2);
	tcase_add_test(tcase, without_memory_there_is_no_printer);
	tcase_add_loop_test(
		sigbus, the_text_of_a_cut_file_ends_with_what_there_is, 0, 3);
	return check_run(suite);
}
