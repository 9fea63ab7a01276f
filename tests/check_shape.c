/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "check_run.h"
#include "shape.h"

#include <stdio.h>

/* --- Lengths ------------------------------------------------------------ */

#define MANY (CONSUMER_MAX_NDIM + 1)

static const struct {
	int ndim;
	ptrdiff_t shape[3];
	const char *message; /* NULL: it is good */
} checks[] = {
	{ 0, { -1 }, NULL },
	{ 3, { 0, 1, PTRDIFF_MAX }, NULL },
	{ 1, { -1 }, "negative length -1 of dimension 0" },
	{ 3, { 0, 1, -7 }, "negative length -7 of dimension 2" },
	{ -1, { 0 }, "-1 dimensions: at most 64 are supported" },
	{ MANY, { 0 }, "65 dimensions: at most 64 are supported" },
};

START_TEST(a_length_is_not_negative)
{
	ConsumerError error;
	ConsumerStatus status =
		shape_check(checks[_i].ndim, checks[_i].shape, &error);

	if (checks[_i].message) {
		check_failure(status, &error, CONSUMER_ERR_ARGUMENT);
		ck_assert_str_eq(error.message, checks[_i].message);
	} else {
		ck_assert_int_eq(status, CONSUMER_OK);
	}
}
END_TEST

#define BIG PTRDIFF_MAX

static const struct {
	int ndim;
	ptrdiff_t shape[3];
	size_t itemsize;
	ptrdiff_t want; /* -1: too many bytes */
} products[] = {
	{ 0, { 9 }, 8, 1 },
	{ 3, { 2, 3, 4 }, 8, 24 },
	{ 1, { BIG }, 1, BIG },
	{ 1, { BIG / 8 }, 8, BIG / 8 },
	{ 1, { BIG / 8 + 1 }, 8, -1 },
	{ 2, { BIG / 2 + 1, 2 }, 1, -1 },
	{ 2, { BIG, BIG }, 1, -1 },
	{ 3, { BIG, BIG, 0 }, 8, 0 },
	{ 3, { 0, BIG, BIG }, SIZE_MAX, 0 },
	{ 1, { 1 }, SIZE_MAX, -1 },
};

START_TEST(a_product_has_no_more_bytes_than_memory)
{
	ptrdiff_t got;

	POISON(got);
	ck_assert_int_eq(shape_multiply(products[_i].ndim, products[_i].shape,
					products[_i].itemsize, &got),
			 products[_i].want >= 0);
	if (products[_i].want >= 0)
		ck_assert_int_eq(got, products[_i].want);
	else
		ck_assert_untouched(got);
}
END_TEST

/* --- Text --------------------------------------------------------------- */

/* As Python's str() of the tuple has it. */
static const struct {
	int ndim;
	ptrdiff_t shape[3];
	const char *want;
} shape_texts[] = {
	{ 0, { 7 }, "()" },
	{ 1, { 0 }, "(0,)" },
	{ 1, { -1 }, "(-1,)" },
	{ 2, { 2, 3 }, "(2, 3)" },
	{ 3, { 10, 0, 123456789 }, "(10, 0, 123456789)" },
};

START_TEST(a_shape_is_spelled_as_a_tuple)
{
	char text[CONSUMER_SHAPE_SIZE];

	ck_assert_uint_eq(consumer_shape_text(shape_texts[_i].ndim,
					      shape_texts[_i].shape, text),
			  strlen(shape_texts[_i].want));
	ck_assert_str_eq(text, shape_texts[_i].want);
}
END_TEST

START_TEST(the_longest_shape_has_room)
{
	struct guarded text = guarded_new(CONSUMER_SHAPE_SIZE, GUARDED_BACK);
	ptrdiff_t shape[CONSUMER_MAX_NDIM];
	char one[32];
	size_t length;

	for (int axis = 0; axis < CONSUMER_MAX_NDIM; axis++)
		shape[axis] = PTRDIFF_MIN;
	length = (size_t)sprintf(one, "%td", PTRDIFF_MIN);
	ck_assert_uint_eq(consumer_shape_text(CONSUMER_MAX_NDIM, shape,
					      (char *)text.data),
			  CONSUMER_MAX_NDIM * (length + 2));
	ck_assert_uint_eq(strlen((char *)text.data),
			  CONSUMER_MAX_NDIM * (length + 2));
	guarded_free(&text);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("shape");
	TCase *tcase = check_case(suite);

	tcase_add_loop_test(tcase, a_length_is_not_negative, 0,
			    ARRAY_LEN(checks));
	tcase_add_loop_test(tcase, a_product_has_no_more_bytes_than_memory, 0,
			    ARRAY_LEN(products));
	tcase_add_loop_test(tcase, a_shape_is_spelled_as_a_tuple, 0,
			    ARRAY_LEN(shape_texts));
	tcase_add_test(tcase, the_longest_shape_has_room);
	return check_run(suite);
}
