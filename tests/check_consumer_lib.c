/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "check_run.h"

#include <limits.h>

#define BIG PTRDIFF_MAX

/* Memory that a view of any shape may claim to span, and nobody reads. */
static char unread[1];

static ConsumerElement
opaque(size_t itemsize)
{
	ConsumerElement element = consumer_element(CONSUMER_OPAQUE);

	element.itemsize = itemsize;
	return element;
}

static ConsumerElement
element_of_size(size_t itemsize)
{
	switch (itemsize) {
	case 1:
		return consumer_element(CONSUMER_INT8);
	case 2:
		return consumer_element(CONSUMER_INT16);
	case 4:
		return consumer_element(CONSUMER_INT32);
	case 8:
		return consumer_element(CONSUMER_INT64);
	default:
		return opaque(itemsize);
	}
}

static void
ck_assert_lengths(const ptrdiff_t *got, const ptrdiff_t *want, int n)
{
	for (int i = 0; i < n; i++)
		ck_assert_msg(got[i] == want[i], "[%d] is %td, expected %td", i,
			      got[i], want[i]);
}

/* A C-contiguous view; the caller releases it. */
static ConsumerArray
wrap(void *data, ConsumerElement element, int ndim, const ptrdiff_t *shape)
{
	ConsumerArray array;

	ck_assert_int_eq(consumer_array_wrap(data, element, ndim, shape, NULL,
					     false, &array, NULL),
			 CONSUMER_OK);
	return array;
}

/* --- Wrap --------------------------------------------------------------- */

static const struct {
	size_t itemsize;
	int ndim;
	ptrdiff_t shape[5];
	ptrdiff_t n_elements; /* -1: refused */
	ptrdiff_t strides[5];
} wrap_cases[] = {
	{ 4, 0, { 0 }, 1, { 0 } },
	{ 4, 1, { 0 }, 0, { 4 } },
	{ 4, 1, { 1 }, 1, { 4 } },
	{ 4, 1, { 7 }, 7, { 4 } },
	{ 8, 2, { 3, 4 }, 12, { 32, 8 } },
	{ 2, 3, { 2, 3, 4 }, 24, { 24, 8, 2 } },
	{ 24, 2, { 2, 3 }, 6, { 72, 24 } },
	{ 3, 1, { 5 }, 5, { 3 } },
	{ 1, 5, { 1, 2, 1, 3, 1 }, 6, { 6, 3, 3, 1, 1 } },
	{ 4, 2, { 0, 5 }, 0, { 20, 4 } },
	{ 4, 2, { 5, 0 }, 0, { 0, 4 } },
	{ 1, 1, { BIG }, BIG, { 1 } },
	{ 2, 1, { BIG / 2 }, BIG / 2, { 2 } },
	{ 8, 2, { BIG / 8, 1 }, BIG / 8, { 8, 8 } },
	/* one too many */
	{ 2, 1, { BIG }, -1, { 0 } },
	{ 2, 1, { BIG / 2 + 1 }, -1, { 0 } },
	{ 8, 1, { BIG / 8 + 1 }, -1, { 0 } },
	{ 1, 2, { BIG, 2 }, -1, { 0 } },
	{ 1, 2, { BIG, BIG }, -1, { 0 } },
	/* a product that would wrap to something small */
	{ 4, 2, { BIG / 2 + 1, 4 }, -1, { 0 } },
	{ 4, 3, { BIG / 2 + 1, 2, 2 }, -1, { 0 } },
	{ 4, 4, { BIG / 4, 2, 2, 3 }, -1, { 0 } },
	{ SIZE_MAX, 1, { 2 }, -1, { 0 } },
	{ SIZE_MAX, 1, { 1 }, -1, { 0 } },
	{ SIZE_MAX, 0, { 0 }, -1, { 0 } },
	/* no elements, whatever the other lengths */
	{ 4, 2, { 0, BIG }, 0, { 0 } },
	{ 4, 3, { BIG, BIG, 0 }, 0, { 0 } },
	{ 8, 5, { BIG, 0, BIG, BIG, BIG }, 0, { 0 } },
	/* negative lengths */
	{ 4, 1, { -1 }, -1, { 0 } },
	{ 4, 2, { 0, -1 }, -1, { 0 } },
	{ 4, 2, { -1, 0 }, -1, { 0 } },
	{ 4, 2, { -2, -2 }, -1, { 0 } },
	{ 4, 1, { PTRDIFF_MIN }, -1, { 0 } },
	{ 1, 3, { 2, PTRDIFF_MIN, 2 }, -1, { 0 } },
	/* no itemsize at all */
	{ 0, 1, { 1 }, -1, { 0 } },
	{ 0, 0, { 0 }, -1, { 0 } },
};

START_TEST(wrap_multiplies_the_shape)
{
	const ConsumerElement element =
		element_of_size(wrap_cases[_i].itemsize);
	const int ndim = wrap_cases[_i].ndim;
	ConsumerArray array;
	ConsumerError error;
	ConsumerStatus status;

	POISON(array);
	POISON(error);
	status =
		consumer_array_wrap(unread, element, ndim, wrap_cases[_i].shape,
				    NULL, true, &array, &error);
	if (wrap_cases[_i].n_elements < 0) {
		check_failure(status, &error, CONSUMER_ERR_ARGUMENT);
		ck_assert_untouched(array);
		return;
	}
	ck_assert_int_eq(status, CONSUMER_OK);
	ck_assert_untouched(error);
	ck_assert_ptr_eq(array.data, unread);
	ck_assert_int_eq(array.ndim, ndim);
	ck_assert_int_eq(array.n_elements, wrap_cases[_i].n_elements);
	ck_assert(array.read_only);
	ck_assert(!array.release);
	ck_assert_lengths(consumer_array_shape(&array), wrap_cases[_i].shape,
			  ndim);
	if (array.n_elements > 0 || ndim < 2)
		ck_assert_lengths(consumer_array_strides(&array),
				  wrap_cases[_i].strides, ndim);
	ck_assert(consumer_array_is_c_contiguous(&array));
	consumer_array_release(&array);
}
END_TEST

static const int ndim_cases[] = { INT_MIN, -1, 0, 1, 2, 63, 64, 65, INT_MAX };

START_TEST(wrap_takes_0_to_64_dimensions)
{
	const int ndim = ndim_cases[_i];
	ptrdiff_t shape[CONSUMER_MAX_NDIM + 1];
	ConsumerArray array;
	ConsumerError error;
	ConsumerStatus status;

	for (size_t i = 0; i < ARRAY_LEN(shape); i++)
		shape[i] = i % 8 == 0 ? 2 : 1;
	POISON(array);
	status = consumer_array_wrap(unread, consumer_element(CONSUMER_INT8),
				     ndim, shape, NULL, false, &array, &error);
	if (ndim < 0 || ndim > CONSUMER_MAX_NDIM) {
		check_failure(status, &error, CONSUMER_ERR_ARGUMENT);
		ck_assert_untouched(array);
		return;
	}
	ck_assert_int_eq(status, CONSUMER_OK);
	ck_assert_int_eq(array.n_elements, 1 << (ndim + 7) / 8);
	ck_assert_lengths(consumer_array_shape(&array), shape, ndim);
	consumer_array_release(&array);
}
END_TEST

static const struct {
	ConsumerType type;
	size_t itemsize;
} bad_elements[] = {
	{ CONSUMER_INT32, 0 },	 { CONSUMER_INT32, 3 },
	{ CONSUMER_INT32, 8 },	 { CONSUMER_FLOAT64, 4 },
	{ CONSUMER_BOOL, 2 },	 { CONSUMER_UINT8, SIZE_MAX },
	{ CONSUMER_OPAQUE, 0 },	 { (ConsumerType)CONSUMER_N_TYPES, 1 },
	{ (ConsumerType)-1, 1 }, { (ConsumerType)INT_MAX, 4 },
};

START_TEST(an_element_that_cannot_be_is_refused)
{
	const ConsumerElement element = {
		.type = bad_elements[_i].type,
		.byte_order = CONSUMER_NATIVE_ENDIAN,
		.itemsize = bad_elements[_i].itemsize,
	};
	const ptrdiff_t length = 0;
	ConsumerArray array, out;
	ConsumerError error;

	POISON(out);
	check_failure(consumer_array_wrap(unread, element, 1, &length, NULL,
					  false, &out, &error),
		      &error, CONSUMER_ERR_ARGUMENT);
	ck_assert_untouched(out);

	/* A cast without a shape used to divide by an itemsize of 0. */
	array = wrap(unread, consumer_element(CONSUMER_INT8), 1, &length);
	check_failure(
		consumer_array_cast(&array, element, 0, NULL, &out, &error),
		&error, CONSUMER_ERR_ARGUMENT);
	check_failure(
		consumer_array_cast(&array, element, 1, &length, &out, &error),
		&error, CONSUMER_ERR_ARGUMENT);
	ck_assert_untouched(out);
}
END_TEST

START_TEST(wrap_copies_shape_and_strides)
{
	for (int ndim = 1; ndim <= 4; ndim++) {
		ptrdiff_t shape[] = { 2, 3, 4, 5 };
		ptrdiff_t strides[] = { -8, 0, 1000, PTRDIFF_MIN };
		ConsumerArray array;

		ck_assert_int_eq(consumer_array_wrap(
					 unread,
					 consumer_element(CONSUMER_INT16), ndim,
					 shape, strides, false, &array, NULL),
				 CONSUMER_OK);
		memset(shape, 0, sizeof(shape));
		memset(strides, 0, sizeof(strides));
		ck_assert_lengths(consumer_array_shape(&array),
				  (ptrdiff_t[]){ 2, 3, 4, 5 }, ndim);
		ck_assert_lengths(consumer_array_strides(&array),
				  (ptrdiff_t[]){ -8, 0, 1000, PTRDIFF_MIN },
				  ndim);
		ck_assert(!array.read_only);
		consumer_array_release(&array);
	}
}
END_TEST

/* --- Arange ------------------------------------------------------------- */

static const ptrdiff_t arange_lengths[] = { 0, 1, 2, 5, 100000 };

START_TEST(arange_counts_from_0)
{
	const ptrdiff_t n = arange_lengths[_i];
	ConsumerArray array;
	ConsumerError error;

	POISON(error);
	ck_assert_int_eq(consumer_array_arange(n, &array, &error), CONSUMER_OK);
	ck_assert_untouched(error);
	ck_assert_int_eq(array.element.type, CONSUMER_INT32);
	ck_assert_int_eq(array.ndim, 1);
	ck_assert_int_eq(array.n_elements, n);
	ck_assert_ptr_nonnull(array.data);
	ck_assert(!array.read_only);
	ck_assert(array.release);
	for (ptrdiff_t i = 0; i < n; i++)
		ck_assert_int_eq(((int32_t *)array.data)[i], i);
	consumer_array_release(&array);
	ck_assert_int_eq(array.n_elements, 0);
	ck_assert_ptr_null(array.data);
}
END_TEST

static const ptrdiff_t bad_arange_lengths[] = {
	-1,
	PTRDIFF_MIN,
	PTRDIFF_MIN + 1,
	INT32_MIN,
#if PTRDIFF_MAX > INT32_MAX
	(ptrdiff_t)INT32_MAX + 2,
	PTRDIFF_MAX - 1,
	PTRDIFF_MAX,
#endif
};

START_TEST(arange_refuses_what_int32_cannot_count)
{
	ConsumerArray array;
	ConsumerError error;

	POISON(array);
	check_failure(
		consumer_array_arange(bad_arange_lengths[_i], &array, &error),
		&error, CONSUMER_ERR_ARGUMENT);
	ck_assert_untouched(array);
}
END_TEST

/* --- Ownership ---------------------------------------------------------- */

static int n_releases;

static void
count_release(ConsumerArray *array)
{
	ck_assert_ptr_eq(array->private_data, &n_releases);
	ck_assert_ptr_eq(array->data, unread);
	n_releases++;
}

static ConsumerArray
owner(int ndim)
{
	static const ptrdiff_t shape[] = { 1, 1, 1 };
	ConsumerArray array =
		wrap(unread, consumer_element(CONSUMER_INT8), ndim, shape);

	array.release = count_release;
	array.private_data = &n_releases;
	return array;
}

START_TEST(memory_goes_back_once)
{
	ConsumerArray array = owner(_i);
	ConsumerArray moved;

	consumer_array_release(&array);
	ck_assert_int_eq(n_releases, 1);
	ck_assert_ptr_null(array.data);
	ck_assert_int_eq(array.n_elements, 0);
	/* It used to have no axis, of which arrays have one element. */
	ck_assert_int_eq(array.ndim, 1);
	ck_assert_int_eq(*consumer_array_shape(&array), 0);
	ck_assert(!array.release);
	consumer_array_release(&array);
	ck_assert_int_eq(n_releases, 1);

	array = owner(_i);
	moved = array;
	consumer_array_release(&moved);
	ck_assert_int_eq(n_releases, 2);
}
END_TEST

START_TEST(a_zeroed_structure_can_be_released)
{
	ConsumerArray array = { .data = NULL };

	consumer_array_release(&array);
	consumer_array_release(&array);
	ck_assert_ptr_null(array.data);
	ck_assert(consumer_array_is_c_contiguous(&array));
	ck_assert(consumer_array_is_f_contiguous(&array));
}
END_TEST

START_TEST(views_give_nothing_back)
{
	ConsumerArray array = owner(3);
	ConsumerArray view;

	ck_assert_int_eq(consumer_array_slice(&array, 2, 0, 1, 1, &view, NULL),
			 CONSUMER_OK);
	consumer_array_release(&view);
	ck_assert_int_eq(consumer_array_select(&array, 0, 0, &view, NULL),
			 CONSUMER_OK);
	consumer_array_release(&view);
	ck_assert_int_eq(consumer_array_cast(&array, array.element, 0, NULL,
					     &view, NULL),
			 CONSUMER_OK);
	consumer_array_release(&view);
	ck_assert_int_eq(n_releases, 0);
	consumer_array_release(&array);
	ck_assert_int_eq(n_releases, 1);
}
END_TEST

START_TEST(views_of_read_only_memory_are_read_only)
{
	const ptrdiff_t shape[] = { 2, 2 };
	ConsumerArray array, view;

	ck_assert_int_eq(consumer_array_wrap(unread,
					     consumer_element(CONSUMER_INT8), 2,
					     shape, NULL, true, &array, NULL),
			 CONSUMER_OK);
	ck_assert_int_eq(consumer_array_slice(&array, 0, 0, 1, 1, &view, NULL),
			 CONSUMER_OK);
	ck_assert(view.read_only);
	consumer_array_release(&view);
	ck_assert_int_eq(consumer_array_select(&array, 0, 0, &view, NULL),
			 CONSUMER_OK);
	ck_assert(view.read_only);
	consumer_array_release(&view);
	ck_assert_int_eq(consumer_array_cast(&array, array.element, 0, NULL,
					     &view, NULL),
			 CONSUMER_OK);
	ck_assert(view.read_only);
	consumer_array_release(&view);
	consumer_array_release(&array);
}
END_TEST

/* --- Slice -------------------------------------------------------------- */

/* Twice as wide as an index */
#if PTRDIFF_MAX == INT32_MAX
typedef int64_t long_index;
#else
typedef __int128 long_index;
#endif

/* Whether all of the elements exist, in numbers that cannot overflow. */
static bool
slice_is_inside(ptrdiff_t length, ptrdiff_t start, ptrdiff_t n, ptrdiff_t step)
{
	const long_index last = start + (long_index)(n - 1) * step;

	if (step == 0 || n < 0)
		return false;
	return n == 0 ||
	       (start >= 0 && start < length && last >= 0 && last < length);
}

static void
check_slice(const ConsumerArray *array, ptrdiff_t start, ptrdiff_t n,
	    ptrdiff_t step)
{
	const ptrdiff_t length = *consumer_array_shape(array);
	const ptrdiff_t stride = *consumer_array_strides(array);
	ConsumerArray view;
	ConsumerError error;
	ConsumerStatus status;

	POISON(view);
	POISON(error);
	status = consumer_array_slice(array, 0, start, n, step, &view, &error);
	if (!slice_is_inside(length, start, n, step)) {
		check_failure(status, &error, CONSUMER_ERR_ARGUMENT);
		ck_assert_untouched(view);
		return;
	}
	ck_assert_msg(status == CONSUMER_OK,
		      "%td elements from %td by %td of %td: %s", n, start, step,
		      length, error.message);
	ck_assert_untouched(error);
	ck_assert_int_eq(view.n_elements, n);
	ck_assert_int_eq(*consumer_array_shape(&view), n);
	if (n > 0)
		ck_assert_ptr_eq(view.data,
				 (char *)array->data + start * stride);
	if (n > 1)
		ck_assert_int_eq(*consumer_array_strides(&view), stride * step);
	consumer_array_release(&view);
}

START_TEST(slices_of_a_small_array_are_right_or_refused)
{
	const ptrdiff_t length = _i;
	int32_t values[5];
	const ConsumerArray array =
		wrap(values, consumer_element(CONSUMER_INT32), 1, &length);

	for (ptrdiff_t start = -2; start <= length + 2; start++) {
		for (ptrdiff_t n = -2; n <= length + 2; n++) {
			for (ptrdiff_t step = -7; step <= 7; step++)
				check_slice(&array, start, n, step);
		}
	}
}
END_TEST

static const ptrdiff_t extremes[] = {
	PTRDIFF_MIN,
	PTRDIFF_MIN + 1,
	PTRDIFF_MIN / 2,
	-3,
	-2,
	-1,
	0,
	1,
	2,
	3,
	PTRDIFF_MAX / 2,
	PTRDIFF_MAX / 2 + 1,
	PTRDIFF_MAX - 1,
	PTRDIFF_MAX,
};

static const ptrdiff_t extreme_lengths[] = { 0, 1, 2, 5, BIG / 2, BIG };

START_TEST(extreme_slices_are_right_or_refused)
{
	const ptrdiff_t length = extreme_lengths[_i];
	/* Stride 0, so that an array this long has an address for all. */
	const ptrdiff_t stride = 0;
	ConsumerArray array;

	ck_assert_int_eq(
		consumer_array_wrap(unread, consumer_element(CONSUMER_INT8), 1,
				    &length, &stride, false, &array, NULL),
		CONSUMER_OK);
	for (size_t i = 0; i < ARRAY_LEN(extremes); i++) {
		for (size_t j = 0; j < ARRAY_LEN(extremes); j++) {
			for (size_t k = 0; k < ARRAY_LEN(extremes); k++)
				check_slice(&array, extremes[i], extremes[j],
					    extremes[k]);
		}
	}
}
END_TEST

static const struct {
	int ndim;
	int axis;
} axis_cases[] = {
	{ 0, 0 },  { 0, -1 }, { 1, -1 },      { 1, 1 },	      { 2, 2 },
	{ 3, -3 }, { 3, 64 }, { 3, INT_MAX }, { 3, INT_MIN },
};

START_TEST(an_axis_that_is_not_there_is_refused)
{
	const ptrdiff_t shape[] = { 1, 1, 1 };
	ConsumerArray array = wrap(unread, consumer_element(CONSUMER_INT8),
				   axis_cases[_i].ndim, shape);
	ConsumerArray view;
	ConsumerError error;

	POISON(view);
	check_failure(consumer_array_slice(&array, axis_cases[_i].axis, 0, 1, 1,
					   &view, &error),
		      &error, CONSUMER_ERR_ARGUMENT);
	check_failure(consumer_array_select(&array, axis_cases[_i].axis, 0,
					    &view, &error),
		      &error, CONSUMER_ERR_ARGUMENT);
	ck_assert_untouched(view);
	consumer_array_release(&array);
}
END_TEST

/* The value at some indexes of a 2x3x4 array of 0 ... 23, and of views. */
static int32_t
value_at(const ConsumerArray *array, ptrdiff_t i, ptrdiff_t j, ptrdiff_t k)
{
	const ptrdiff_t *strides = consumer_array_strides(array);
	const ptrdiff_t indexes[] = { i, j, k };
	const char *address = array->data;
	int32_t value;

	for (int axis = 0; axis < array->ndim; axis++)
		address += indexes[axis] * strides[axis];
	memcpy(&value, address, sizeof(value));
	return value;
}

static const struct {
	int axis;
	ptrdiff_t start, n, step;
} box_slices[] = {
	{ 0, 0, 2, 1 },	 { 0, 1, 2, -1 }, { 0, 1, 1, 5 },  { 1, 0, 2, 2 },
	{ 1, 2, 3, -1 }, { 1, 2, 1, 1 },  { 2, 3, 4, -1 }, { 2, 0, 2, 3 },
	{ 2, 1, 2, 2 },	 { 2, 3, 2, -3 }, { 2, 0, 0, 1 },  { 0, 9, 0, -9 },
};

START_TEST(slices_of_any_axis_see_the_right_elements)
{
	const ptrdiff_t shape[] = { 2, 3, 4 };
	const int axis = box_slices[_i].axis;
	int32_t values[24];
	ConsumerArray box =
		wrap(values, consumer_element(CONSUMER_INT32), 3, shape);
	ptrdiff_t view_shape[] = { 2, 3, 4 };
	ConsumerArray view;

	for (int i = 0; i < 24; i++)
		values[i] = i;
	ck_assert_int_eq(consumer_array_slice(&box, axis, box_slices[_i].start,
					      box_slices[_i].n,
					      box_slices[_i].step, &view, NULL),
			 CONSUMER_OK);
	view_shape[axis] = box_slices[_i].n;
	ck_assert_lengths(consumer_array_shape(&view), view_shape, 3);
	ck_assert_int_eq(view.n_elements,
			 view_shape[0] * view_shape[1] * view_shape[2]);
	for (ptrdiff_t at = 0; at < view.n_elements; at++) {
		ptrdiff_t index[] = {
			at / (view_shape[1] * view_shape[2]),
			at / view_shape[2] % view_shape[1],
			at % view_shape[2],
		};
		const int32_t got =
			value_at(&view, index[0], index[1], index[2]);

		index[axis] = box_slices[_i].start +
			      index[axis] * box_slices[_i].step;
		ck_assert_int_eq(got, index[0] * 12 + index[1] * 4 + index[2]);
	}
	consumer_array_release(&view);
	consumer_array_release(&box);
}
END_TEST

/*
 * Strides of arrays without elements may be any number.  Slices used to
 * multiply and add them to addresses, beyond what a ptrdiff_t can hold.
 */
START_TEST(views_of_an_array_without_elements_do_not_overflow)
{
	const ptrdiff_t shapes[][3] = {
		{ 0, BIG, BIG },
		{ 0, BIG / 2, 2 },
		{ BIG, BIG, 0 },
		{ BIG / 4, 0, 5 },
	};
	ConsumerArray array =
		wrap(unread, consumer_element(CONSUMER_INT64), 3, shapes[_i]);

	for (int axis = 0; axis < 3; axis++) {
		const ptrdiff_t length = shapes[_i][axis];
		ConsumerArray view;

		if (length == 0)
			continue;
		ck_assert_int_eq(consumer_array_slice(&array, axis, length - 1,
						      2, 1 - length, &view,
						      NULL),
				 CONSUMER_OK);
		ck_assert_int_eq(view.n_elements, 0);
		consumer_array_release(&view);
		ck_assert_int_eq(consumer_array_slice(&array, axis, length - 1,
						      1, BIG, &view, NULL),
				 CONSUMER_OK);
		ck_assert_int_eq(view.n_elements, 0);
		consumer_array_release(&view);
		ck_assert_int_eq(consumer_array_select(&array, axis, length - 1,
						       &view, NULL),
				 CONSUMER_OK);
		ck_assert_int_eq(view.n_elements, 0);
		consumer_array_release(&view);
	}
	consumer_array_release(&array);
}
END_TEST

/* --- Select ------------------------------------------------------------- */

START_TEST(select_removes_one_axis)
{
	const ptrdiff_t shape[] = { 2, 3, 4 };
	const ptrdiff_t left[][2] = { { 3, 4 }, { 2, 4 }, { 2, 3 } };
	const int axis = _i;
	int32_t values[24];
	ConsumerArray box =
		wrap(values, consumer_element(CONSUMER_INT32), 3, shape);

	for (int i = 0; i < 24; i++)
		values[i] = i;
	for (ptrdiff_t index = 0; index < shape[axis]; index++) {
		ConsumerArray view;

		ck_assert_int_eq(
			consumer_array_select(&box, axis, index, &view, NULL),
			CONSUMER_OK);
		ck_assert_int_eq(view.ndim, 2);
		ck_assert_lengths(consumer_array_shape(&view), left[axis], 2);
		for (ptrdiff_t i = 0; i < left[axis][0]; i++) {
			for (ptrdiff_t j = 0; j < left[axis][1]; j++) {
				const ptrdiff_t want[] = {
					index * 12 + i * 4 + j,
					i * 12 + index * 4 + j,
					i * 12 + j * 4 + index,
				};

				ck_assert_int_eq(value_at(&view, i, j, 0),
						 want[axis]);
			}
		}
		consumer_array_release(&view);
	}
	consumer_array_release(&box);
}
END_TEST

START_TEST(select_down_to_one_element)
{
	const ptrdiff_t shape[] = { 2, 3, 4 };
	int32_t values[24] = { [1 * 12 + 2 * 4 + 3] = 77 };
	ConsumerArray box =
		wrap(values, consumer_element(CONSUMER_INT32), 3, shape);
	ConsumerArray plane, row, element, view;
	ConsumerError error;

	consumer_array_select(&box, 0, 1, &plane, NULL);
	consumer_array_select(&plane, 0, 2, &row, NULL);
	consumer_array_select(&row, 0, 3, &element, NULL);
	ck_assert_int_eq(element.ndim, 0);
	ck_assert_int_eq(element.n_elements, 1);
	ck_assert_int_eq(*(int32_t *)element.data, 77);
	POISON(view);
	check_failure(consumer_array_select(&element, 0, 0, &view, &error),
		      &error, CONSUMER_ERR_ARGUMENT);
	ck_assert_untouched(view);
	consumer_array_release(&plane);
	consumer_array_release(&row);
	consumer_array_release(&element);
	consumer_array_release(&box);
}
END_TEST

START_TEST(an_index_that_is_not_there_is_refused)
{
	const ptrdiff_t lengths[] = { 0, 1, 3 };

	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		const ConsumerArray array =
			wrap(unread, consumer_element(CONSUMER_INT8), 1,
			     &lengths[i]);

		for (size_t j = 0; j < ARRAY_LEN(extremes); j++) {
			ConsumerArray view;
			ConsumerError error;

			if (extremes[j] >= 0 && extremes[j] < lengths[i])
				continue;
			POISON(view);
			check_failure(consumer_array_select(&array, 0,
							    extremes[j], &view,
							    &error),
				      &error, CONSUMER_ERR_ARGUMENT);
			ck_assert_untouched(view);
		}
	}
}
END_TEST

/* --- Cast --------------------------------------------------------------- */

static const struct {
	size_t from_itemsize;
	int from_ndim;
	ptrdiff_t from_shape[3];
	size_t itemsize;
	int ndim; /* -1: no shape */
	ptrdiff_t shape[3];
	ptrdiff_t n_elements; /* -1: refused */
} cast_cases[] = {
	{ 4, 1, { 6 }, 8, -1, { 0 }, 3 },
	{ 4, 1, { 6 }, 1, -1, { 0 }, 24 },
	{ 4, 1, { 6 }, 24, -1, { 0 }, 1 },
	{ 1, 1, { 6 }, 3, -1, { 0 }, 2 },
	{ 4, 2, { 2, 3 }, 2, -1, { 0 }, 12 },
	{ 4, 0, { 0 }, 1, -1, { 0 }, 4 },
	{ 4, 1, { 0 }, 8, -1, { 0 }, 0 },
	{ 4, 2, { 0, 5 }, 8, -1, { 0 }, 0 },
	{ 4, 1, { 3 }, 8, -1, { 0 }, -1 },
	{ 1, 1, { 7 }, 4, -1, { 0 }, -1 },
	{ 1, 0, { 0 }, 2, -1, { 0 }, -1 },
	{ 4, 1, { 6 }, 4, 2, { 2, 3 }, 6 },
	{ 4, 1, { 6 }, 2, 3, { 2, 3, 2 }, 12 },
	{ 4, 1, { 1 }, 4, 0, { 0 }, 1 },
	{ 8, 1, { 1 }, 4, 0, { 0 }, -1 },
	{ 4, 1, { 6 }, 4, 2, { 2, 2 }, -1 },
	{ 4, 1, { 6 }, 4, 2, { 4, 2 }, -1 },
	{ 4, 1, { 6 }, 4, 2, { -2, -3 }, -1 },
	{ 4, 1, { 0 }, 4, 2, { 0, BIG }, 0 },
	{ 4, 1, { 0 }, 4, 1, { 1 }, -1 },
	{ 4, 1, { 6 }, 4, 1, { 0 }, -1 },
	/* products that would wrap to the right number of bytes */
	{ 4, 1, { 6 }, 4, 2, { BIG / 2 + 1, 4 }, -1 },
	{ 4, 1, { 0 }, 4, 2, { BIG / 2 + 1, 2 }, -1 },
	{ 4, 1, { 6 }, 4, 65, { 1, 1, 1 }, -1 },
	{ 4, 1, { 6 }, 4, -2, { 1, 1, 1 }, -1 },
};

START_TEST(a_cast_covers_the_same_bytes_or_is_refused)
{
	const int ndim = cast_cases[_i].ndim;
	const ptrdiff_t *shape = ndim == -1 ? NULL : cast_cases[_i].shape;
	const ConsumerElement element =
		element_of_size(cast_cases[_i].itemsize);
	ConsumerArray array =
		wrap(unread, element_of_size(cast_cases[_i].from_itemsize),
		     cast_cases[_i].from_ndim, cast_cases[_i].from_shape);
	ConsumerArray view;
	ConsumerError error;
	ConsumerStatus status;

	POISON(view);
	status = consumer_array_cast(&array, element, ndim, shape, &view,
				     &error);
	if (cast_cases[_i].n_elements < 0) {
		check_failure(status, &error, CONSUMER_ERR_ARGUMENT);
		ck_assert_untouched(view);
	} else {
		ck_assert_int_eq(status, CONSUMER_OK);
		ck_assert_int_eq(view.n_elements, cast_cases[_i].n_elements);
		ck_assert_int_eq(view.ndim, shape ? ndim : 1);
		ck_assert_uint_eq(view.element.itemsize, element.itemsize);
		ck_assert_ptr_eq(view.data, unread);
		ck_assert(!view.release);
		ck_assert_lengths(consumer_array_shape(&view),
				  shape ? shape : &view.n_elements, view.ndim);
		consumer_array_release(&view);
	}
	consumer_array_release(&array);
}
END_TEST

START_TEST(only_contiguous_arrays_can_be_cast)
{
	const ptrdiff_t shape[] = { 2, 3 };
	const ptrdiff_t strides[][2] = {
		{ 4, 8 },  { -12, 4 }, { 12, -4 },
		{ 16, 4 }, { 0, 4 },   { 12, 0 },
	};
	ConsumerArray array, view;
	ConsumerError error;

	ck_assert_int_eq(
		consumer_array_wrap(unread, consumer_element(CONSUMER_INT32), 2,
				    shape, strides[_i], false, &array, NULL),
		CONSUMER_OK);
	POISON(view);
	check_failure(consumer_array_cast(&array, array.element, 0, NULL, &view,
					  &error),
		      &error, CONSUMER_ERR_ARGUMENT);
	ck_assert_untouched(view);
	consumer_array_release(&array);
}
END_TEST

/* --- Contiguity --------------------------------------------------------- */

/* Element by element: where it is and where it would have to be. */
static bool
is_contiguous_by_hand(const ConsumerArray *array, bool is_fortran)
{
	const ptrdiff_t *shape = consumer_array_shape(array);
	const ptrdiff_t *strides = consumer_array_strides(array);

	for (ptrdiff_t at = 0; at < array->n_elements; at++) {
		ptrdiff_t left = at, offset = 0;

		for (int i = 0; i < array->ndim; i++) {
			const int axis = is_fortran ? i : array->ndim - 1 - i;

			offset += left % shape[axis] * strides[axis];
			left /= shape[axis];
		}
		if (offset != at * (ptrdiff_t)array->element.itemsize)
			return false;
	}
	return true;
}

START_TEST(contiguous_means_back_to_back)
{
	static const ptrdiff_t some_strides[] = { -4, 0,  2,  4,  8,
						  12, 16, 24, 48, 1000 };
	uint64_t state = 1;
	int n_c = 0, n_f = 0;

	for (int round = 0; round < 50000; round++) {
		const int ndim = (int)random_between(&state, 0, 4);
		ptrdiff_t shape[4], strides[4];
		ConsumerArray array;

		for (int axis = 0; axis < ndim; axis++) {
			shape[axis] = random_between(&state, 0, 8) % 4;
			strides[axis] = some_strides[random_between(
				&state, 0, ARRAY_LEN(some_strides) - 1)];
		}
		ck_assert_int_eq(consumer_array_wrap(
					 unread,
					 consumer_element(CONSUMER_INT32), ndim,
					 shape, strides, false, &array, NULL),
				 CONSUMER_OK);
		ck_assert_int_eq(consumer_array_is_c_contiguous(&array),
				 is_contiguous_by_hand(&array, false));
		ck_assert_int_eq(consumer_array_is_f_contiguous(&array),
				 is_contiguous_by_hand(&array, true));
		n_c += array.n_elements > 1 &&
		       consumer_array_is_c_contiguous(&array);
		n_f += array.n_elements > 1 &&
		       consumer_array_is_f_contiguous(&array);
		consumer_array_release(&array);
	}
	ck_assert_int_gt(n_c, 100);
	ck_assert_int_gt(n_f, 100);
}
END_TEST

/* --- Counting ----------------------------------------------------------- */

#define ALL CONSUMER_ALL

static const struct {
	uint64_t size_bytes;
	size_t itemsize;
	uint64_t offset_bytes;
	uint64_t count;
	ConsumerStatus status;
	uint64_t n_elements;
	uint64_t n_trailing_bytes;
	/* when bytes left over are not allowed */
	ConsumerStatus strict_status;
} count_cases[] = {
	{ 0, 4, 0, ALL, CONSUMER_OK, 0, 0, CONSUMER_OK },
	{ 0, 4, 0, 0, CONSUMER_OK, 0, 0, CONSUMER_OK },
	{ 0, 4, 0, 1, CONSUMER_ERR_DATA, 0, 0, CONSUMER_ERR_DATA },
	{ 0, 4, 1, ALL, CONSUMER_ERR_ARGUMENT, 0, 0, CONSUMER_ERR_ARGUMENT },
	{ 8, 4, 0, ALL, CONSUMER_OK, 2, 0, CONSUMER_OK },
	{ 8, 4, 0, 2, CONSUMER_OK, 2, 0, CONSUMER_OK },
	{ 8, 4, 0, 3, CONSUMER_ERR_DATA, 0, 0, CONSUMER_ERR_DATA },
	{ 10, 4, 0, ALL, CONSUMER_OK, 2, 2, CONSUMER_ERR_DATA },
	{ 10, 4, 2, ALL, CONSUMER_OK, 2, 0, CONSUMER_OK },
	{ 10, 4, 10, ALL, CONSUMER_OK, 0, 0, CONSUMER_OK },
	{ 10, 4, 11, ALL, CONSUMER_ERR_ARGUMENT, 0, 0, CONSUMER_ERR_ARGUMENT },
	{ 10, 4, 7, ALL, CONSUMER_OK, 0, 3, CONSUMER_ERR_DATA },
	{ 10, 4, 0, 1, CONSUMER_OK, 1, 0, CONSUMER_OK },
	{ 10, 4, 0, 0, CONSUMER_OK, 0, 0, CONSUMER_OK },
	{ 10, 4, UINT64_MAX, ALL, CONSUMER_ERR_ARGUMENT, 0, 0,
	  CONSUMER_ERR_ARGUMENT },
	{ 10, 4, 0, UINT64_MAX - 1, CONSUMER_ERR_DATA, 0, 0,
	  CONSUMER_ERR_DATA },
	{ 10, SIZE_MAX, 0, ALL, CONSUMER_OK, 0, 10, CONSUMER_ERR_DATA },
	{ UINT64_MAX, 8, 0, ALL, CONSUMER_OK, UINT64_MAX / 8, 7,
	  CONSUMER_ERR_DATA },
	{ UINT64_MAX, 1, UINT64_MAX, ALL, CONSUMER_OK, 0, 0, CONSUMER_OK },
	{ UINT64_MAX, 1, 0, ALL - 1, CONSUMER_OK, ALL - 1, 0, CONSUMER_OK },
};

static void
check_count(int _i, bool is_strict)
{
	const ConsumerStatus want = is_strict ? count_cases[_i].strict_status
					      : count_cases[_i].status;
	uint64_t n_elements;
	uint64_t n_trailing_bytes;
	ConsumerError error;
	ConsumerStatus status;

	POISON(n_elements);
	POISON(n_trailing_bytes);
	status = consumer_count_elements(
		count_cases[_i].size_bytes, count_cases[_i].itemsize,
		count_cases[_i].offset_bytes, count_cases[_i].count,
		&n_elements, is_strict ? NULL : &n_trailing_bytes, &error);
	if (want) {
		check_failure(status, &error, want);
		ck_assert_untouched(n_elements);
		ck_assert_untouched(n_trailing_bytes);
		return;
	}
	ck_assert_int_eq(status, CONSUMER_OK);
	ck_assert_uint_eq(n_elements, count_cases[_i].n_elements);
	if (!is_strict)
		ck_assert_uint_eq(n_trailing_bytes,
				  count_cases[_i].n_trailing_bytes);
}

START_TEST(whole_elements_are_counted)
{
	check_count(_i, false);
	check_count(_i, true);
}
END_TEST

START_TEST(an_itemsize_of_0_counts_nothing)
{
	uint64_t n_elements;
	uint64_t n_trailing_bytes;
	ConsumerError error;

	POISON(n_elements);
	POISON(n_trailing_bytes);
	check_failure(consumer_count_elements(8, 0, 0, CONSUMER_ALL,
					      &n_elements, &n_trailing_bytes,
					      &error),
		      &error, CONSUMER_ERR_ARGUMENT);
	ck_assert_untouched(n_elements);
	ck_assert_untouched(n_trailing_bytes);
}
END_TEST

/* The plural used to follow the size of the file, not the number shown. */
static const struct {
	uint64_t size_bytes, offset_bytes;
	const char *want;
} left_over_messages[] = {
	{ 10, 0, "10 bytes are not a multiple of the itemsize 4: 2 left over" },
	{ 1, 0, "1 byte is not a multiple of the itemsize 4: 1 left over" },
	{ 6, 5, "1 byte is not a multiple of the itemsize 4: 1 left over" },
};

START_TEST(left_over_bytes_are_named)
{
	uint64_t n_elements;
	ConsumerError error;

	consumer_count_elements(left_over_messages[_i].size_bytes, 4,
				left_over_messages[_i].offset_bytes,
				CONSUMER_ALL, &n_elements, NULL, &error);
	ck_assert_str_eq(error.message, left_over_messages[_i].want);
}
END_TEST

/* --- No memory ---------------------------------------------------------- */

/* The calls that allocate: a shape of more than one dimension, or elements. */
static ConsumerStatus
allocate(int which, const ConsumerArray *box, ConsumerArray *out,
	 ConsumerError *error)
{
	const ptrdiff_t shape[] = { 4, 6 };

	switch (which) {
	case 0:
		return consumer_array_arange(5, out, error);
	case 1:
		return consumer_array_wrap(unread, box->element, 2, shape, NULL,
					   false, out, error);
	case 2:
		return consumer_array_slice(box, 1, 0, 1, 1, out, error);
	case 3:
		return consumer_array_select(box, 1, 0, out, error);
	default:
		return consumer_array_cast(box, box->element, 2, shape, out,
					   error);
	}
}

#define N_ALLOCATING_CALLS 5

START_TEST(without_memory_nothing_changes)
{
	const ptrdiff_t shape[] = { 2, 3, 4 };
	ConsumerArray box =
		wrap(unread, consumer_element(CONSUMER_INT32), 3, shape);
	int n_failures = 0;

	FOR_EACH_ALLOCATION(true)
	{
		ConsumerArray out;
		ConsumerError error;
		ConsumerStatus status;

		POISON(out);
		status = allocate(_i, &box, &out, &error);
		if (!allocation_failed()) {
			ck_assert_int_eq(status, CONSUMER_OK);
			consumer_array_release(&out);
			break;
		}
		check_failure(status, &error, CONSUMER_ERR_MEMORY);
		ck_assert_untouched(out);
		n_failures++;
	}
	ck_assert_int_ge(n_failures, 1);
	consumer_array_release(&box);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("consumer_lib");
	TCase *tcase = check_case(suite);

	tcase_add_loop_test(tcase, wrap_multiplies_the_shape, 0,
			    ARRAY_LEN(wrap_cases));
	tcase_add_loop_test(tcase, wrap_takes_0_to_64_dimensions, 0,
			    ARRAY_LEN(ndim_cases));
	tcase_add_loop_test(tcase, an_element_that_cannot_be_is_refused, 0,
			    ARRAY_LEN(bad_elements));
	tcase_add_test(tcase, wrap_copies_shape_and_strides);
	tcase_add_loop_test(tcase, arange_counts_from_0, 0,
			    ARRAY_LEN(arange_lengths));
	tcase_add_loop_test(tcase, arange_refuses_what_int32_cannot_count, 0,
			    ARRAY_LEN(bad_arange_lengths));
	tcase_add_loop_test(tcase, memory_goes_back_once, 0, 4);
	tcase_add_test(tcase, a_zeroed_structure_can_be_released);
	tcase_add_test(tcase, views_give_nothing_back);
	tcase_add_test(tcase, views_of_read_only_memory_are_read_only);
	tcase_add_loop_test(tcase, slices_of_a_small_array_are_right_or_refused,
			    0, 6);
	tcase_add_loop_test(tcase, extreme_slices_are_right_or_refused, 0,
			    ARRAY_LEN(extreme_lengths));
	tcase_add_loop_test(tcase, an_axis_that_is_not_there_is_refused, 0,
			    ARRAY_LEN(axis_cases));
	tcase_add_loop_test(tcase, slices_of_any_axis_see_the_right_elements, 0,
			    ARRAY_LEN(box_slices));
	tcase_add_loop_test(tcase,
			    views_of_an_array_without_elements_do_not_overflow,
			    0, 4);
	tcase_add_loop_test(tcase, select_removes_one_axis, 0, 3);
	tcase_add_test(tcase, select_down_to_one_element);
	tcase_add_test(tcase, an_index_that_is_not_there_is_refused);
	tcase_add_loop_test(tcase, a_cast_covers_the_same_bytes_or_is_refused,
			    0, ARRAY_LEN(cast_cases));
	tcase_add_loop_test(tcase, only_contiguous_arrays_can_be_cast, 0, 6);
	tcase_add_test(tcase, contiguous_means_back_to_back);
	tcase_add_loop_test(tcase, whole_elements_are_counted, 0,
			    ARRAY_LEN(count_cases));
	tcase_add_test(tcase, an_itemsize_of_0_counts_nothing);
	tcase_add_loop_test(tcase, left_over_bytes_are_named, 0,
			    ARRAY_LEN(left_over_messages));
	tcase_add_loop_test(tcase, without_memory_nothing_changes, 0,
			    N_ALLOCATING_CALLS);
	return check_run(suite);
}
