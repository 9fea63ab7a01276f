/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "check_numbers.h"

#include <float.h>

/* --- Values across types ------------------------------------------------ */

/*
 * Elements by their bits.  Those of one class are equal to each other, and to
 * nothing else; those of class 0 are equal to nothing at all.
 */
static const struct {
	ConsumerType type;
	uint64_t bits;
	int class;
} elements[] = {
	/* Zero */
	{ CONSUMER_BOOL, 0, 1 },
	{ CONSUMER_INT8, 0, 1 },
	{ CONSUMER_UINT64, 0, 1 },
	{ CONSUMER_FLOAT16, 0, 1 },
	{ CONSUMER_FLOAT16, 0x8000, 1 },
	{ CONSUMER_FLOAT32, 0x80000000, 1 },
	{ CONSUMER_FLOAT64, 0, 1 },
	{ CONSUMER_FLOAT64, UINT64_C(1) << 63, 1 },
	/* One */
	{ CONSUMER_BOOL, 1, 2 },
	{ CONSUMER_BOOL, 2, 2 },
	{ CONSUMER_BOOL, 255, 2 },
	{ CONSUMER_UINT8, 1, 2 },
	{ CONSUMER_INT16, 1, 2 },
	{ CONSUMER_INT64, 1, 2 },
	{ CONSUMER_FLOAT16, 0x3C00, 2 },
	{ CONSUMER_FLOAT32, 0x3F800000, 2 },
	{ CONSUMER_FLOAT64, 0x3FF0000000000000, 2 },
	/* Minus one, and what has the same bits */
	{ CONSUMER_INT8, 0xFF, 3 },
	{ CONSUMER_INT32, 0xFFFFFFFF, 3 },
	{ CONSUMER_INT64, UINT64_MAX, 3 },
	{ CONSUMER_FLOAT32, 0xBF800000, 3 },
	{ CONSUMER_UINT8, 0xFF, 4 },
	{ CONSUMER_INT16, 0xFF, 4 },
	{ CONSUMER_FLOAT16, 0x5BF8, 4 }, /* 255 */
	{ CONSUMER_UINT32, 0xFFFFFFFF, 5 },
	{ CONSUMER_FLOAT64, 0x41EFFFFFFFE00000, 5 },
	{ CONSUMER_UINT64, UINT64_MAX, 6 },
	/* 2^64, which UINT64_MAX would round to */
	{ CONSUMER_FLOAT32, 0x5F800000, 7 },
	{ CONSUMER_FLOAT64, 0x43F0000000000000, 7 },
	/* 2^53, 2^53 + 1, 2^53 + 2 */
	{ CONSUMER_INT64, UINT64_C(1) << 53, 8 },
	{ CONSUMER_UINT64, UINT64_C(1) << 53, 8 },
	{ CONSUMER_FLOAT32, 0x5A000000, 8 },
	{ CONSUMER_FLOAT64, 0x4340000000000000, 8 },
	{ CONSUMER_INT64, (UINT64_C(1) << 53) + 1, 9 },
	{ CONSUMER_UINT64, (UINT64_C(1) << 53) + 1, 9 },
	{ CONSUMER_INT64, (UINT64_C(1) << 53) + 2, 10 },
	{ CONSUMER_FLOAT64, 0x4340000000000001, 10 },
	/* The limits of int64 */
	{ CONSUMER_INT64, UINT64_C(1) << 63, 11 },
	{ CONSUMER_FLOAT64, 0xC3E0000000000000, 11 },
	{ CONSUMER_FLOAT32, 0xDF000000, 11 },
	{ CONSUMER_INT64, INT64_MAX, 12 },
	{ CONSUMER_UINT64, INT64_MAX, 12 },
	{ CONSUMER_UINT64, UINT64_C(1) << 63, 13 },
	{ CONSUMER_FLOAT64, 0x43E0000000000000, 13 },
	/* Fractions, and one that only float64 has */
	{ CONSUMER_FLOAT16, 0x3800, 14 },
	{ CONSUMER_FLOAT32, 0x3F000000, 14 },
	{ CONSUMER_FLOAT64, 0x3FE0000000000000, 14 },
	{ CONSUMER_FLOAT64, 0x3FE0000000000001, 15 },
	{ CONSUMER_FLOAT32, 0x3DCCCCCD, 16 }, /* 0.1f is not 0.1 */
	{ CONSUMER_FLOAT64, 0x3FB999999999999A, 17 },
	{ CONSUMER_FLOAT64, 0x7E37E43C8800759C, 18 }, /* 1e300 */
	/* Infinities; subnormals */
	{ CONSUMER_FLOAT16, 0x7C00, 19 },
	{ CONSUMER_FLOAT32, 0x7F800000, 19 },
	{ CONSUMER_FLOAT64, 0x7FF0000000000000, 19 },
	{ CONSUMER_FLOAT16, 0xFC00, 20 },
	{ CONSUMER_FLOAT64, 0xFFF0000000000000, 20 },
	{ CONSUMER_FLOAT16, 0x0001, 21 },
	{ CONSUMER_FLOAT64, 0x3E70000000000000, 21 }, /* 2^-24 */
	{ CONSUMER_FLOAT32, 1, 22 },
	{ CONSUMER_FLOAT64, 0x36A0000000000000, 22 }, /* 2^-149 */
	{ CONSUMER_FLOAT64, 1, 23 },
	/* char is a kind of its own */
	{ CONSUMER_CHAR, 0, 24 },
	{ CONSUMER_CHAR, 1, 25 },
	{ CONSUMER_CHAR, 0xFF, 26 },
	/* NaN */
	{ CONSUMER_FLOAT16, 0x7E00, 0 },
	{ CONSUMER_FLOAT32, 0x7FC00000, 0 },
	{ CONSUMER_FLOAT64, 0x7FF8000000000000, 0 },
	{ CONSUMER_FLOAT64, UINT64_MAX, 0 },
	{ CONSUMER_OPAQUE, 0, 0 },
};

#define N_ELEMENTS ((int)ARRAY_LEN(elements))

/* 'n' times element 'i', in one of the byte orders. */
static ConsumerArray
repeat(int i, bool is_big_endian, unsigned char *memory, ptrdiff_t n)
{
	const ConsumerElement element =
		element_in_order(elements[i].type, is_big_endian);

	for (ptrdiff_t at = 0; at < n; at++)
		put_bits(element, memory + at * (ptrdiff_t)element.itemsize,
			 elements[i].bits);
	return view_of(memory, element, n, (ptrdiff_t)element.itemsize);
}

START_TEST(elements_are_equal_as_numbers)
{
	unsigned char a_memory[100 * 8], b_memory[100 * 8];

	for (int j = 0; j < N_ELEMENTS; j++) {
		const bool want = elements[_i].class == elements[j].class &&
				  elements[j].class != 0;
		const int n = j % 2 ? 1 : 100;

		for (int orders = 0; orders < 4; orders++) {
			const ConsumerArray a =
				repeat(_i, orders & 1, a_memory, n);
			const ConsumerArray b =
				repeat(j, orders & 2, b_memory, n);
			const ConsumerKind kind =
				consumer_type_kind(elements[j].type);
			const ConsumerValue value =
				consumer_element_load(b.element, b.data);

			expect(consumer_array_equal(&a, &b) == want,
			       "row %d of elements: not %d", j, want);
			expect(consumer_array_find(&a, 0, n, kind, value) ==
				       (want ? 0 : -1),
			       "row %d of elements: found wrongly", j);
			expect(consumer_array_count(&a, kind, value) ==
				       (want ? n : 0),
			       "row %d of elements: miscounted", j);
		}
	}
}
END_TEST

/* --- Shapes and layouts ------------------------------------------------- */

static const struct {
	int ndim;
	ptrdiff_t shape[3];
	int other_ndim;
	ptrdiff_t other_shape[3];
	bool are_equal;
} shape_cases[] = {
	{ 0, { 0 }, 0, { 0 }, true },
	{ 0, { 0 }, 1, { 1 }, false },
	{ 1, { 6 }, 1, { 6 }, true },
	{ 1, { 6 }, 1, { 5 }, false },
	{ 1, { 6 }, 2, { 2, 3 }, false },
	{ 2, { 2, 3 }, 2, { 3, 2 }, false },
	{ 2, { 2, 3 }, 2, { 2, 3 }, true },
	{ 3, { 1, 2, 3 }, 2, { 2, 3 }, false },
	{ 1, { 0 }, 1, { 0 }, true },
	{ 2, { 0, 3 }, 2, { 0, 5 }, true }, /* up to the first 0 */
	{ 2, { 3, 0 }, 2, { 5, 0 }, false },
	{ 1, { 0 }, 2, { 0, 1 }, false },
};

START_TEST(equal_arrays_have_one_shape)
{
	int16_t memory[6] = { 7, 7, 7, 7, 7, 7 };
	int32_t other_memory[6] = { 7, 7, 7, 7, 7, 7 };
	ConsumerArray array, other;

	ck_assert_int_eq(
		consumer_array_wrap(memory, consumer_element(CONSUMER_INT16),
				    shape_cases[_i].ndim, shape_cases[_i].shape,
				    NULL, true, &array, NULL),
		CONSUMER_OK);
	ck_assert_int_eq(consumer_array_wrap(other_memory,
					     consumer_element(CONSUMER_INT32),
					     shape_cases[_i].other_ndim,
					     shape_cases[_i].other_shape, NULL,
					     true, &other, NULL),
			 CONSUMER_OK);
	ck_assert_int_eq(consumer_array_equal(&array, &other),
			 shape_cases[_i].are_equal);
	ck_assert_int_eq(consumer_array_equal(&other, &array),
			 shape_cases[_i].are_equal);
	consumer_array_release(&array);
	consumer_array_release(&other);
}
END_TEST

/* Unlike as their memory is. */
START_TEST(an_array_equals_its_copy_in_fortran_order)
{
	const ptrdiff_t shape[] = { 30, 40, 50 };
	const ptrdiff_t strides[] = { 8, 30 * 8, 30 * 40 * 8 };
	int32_t *c_order = malloc(30 * 40 * 50 * sizeof(int32_t));
	double *f_order = malloc(30 * 40 * 50 * sizeof(double));
	ConsumerArray c, f;

	for (int i = 0; i < 30 * 40 * 50; i++) {
		c_order[i] = i;
		f_order[i / 2000 + i / 50 % 40 * 30 + i % 50 * 1200] = i;
	}
	ck_assert_int_eq(consumer_array_wrap(c_order,
					     consumer_element(CONSUMER_INT32),
					     3, shape, NULL, true, &c, NULL),
			 CONSUMER_OK);
	ck_assert_int_eq(consumer_array_wrap(f_order,
					     consumer_element(CONSUMER_FLOAT64),
					     3, shape, strides, true, &f, NULL),
			 CONSUMER_OK);
	ck_assert(consumer_array_equal(&c, &f));
	ck_assert_int_eq(
		consumer_array_find(&f, 0, f.n_elements, CONSUMER_KIND_SIGNED,
				    (ConsumerValue){ .signed_integer = 54321 }),
		54321);
	f_order[29 + 39 * 30 + 49 * 1200] += 0.5;
	ck_assert(!consumer_array_equal(&c, &f));
	consumer_array_release(&c);
	consumer_array_release(&f);
	free(c_order);
	free(f_order);
}
END_TEST

/* --- Searches ----------------------------------------------------------- */

/* How the elements lie, as a stride in elements. */
static const ptrdiff_t layouts[] = { 1, -1, 2, -3 };

#define N_LAYOUTS ((int)ARRAY_LEN(layouts))

/* An array of zeros, with ones at three places. */
static const ptrdiff_t ones[] = { 3, 5000, 39999 };

static ConsumerArray
zeros_and_ones(int layout, ConsumerType type, unsigned char *memory)
{
	const ConsumerElement element = element_in_order(type, layout & 1);
	const ptrdiff_t stride =
		layouts[layout / 2] * (ptrdiff_t)element.itemsize;
	const ptrdiff_t n = 40000;
	unsigned char *first = memory + (stride < 0 ? (1 - n) * stride : 0);
	const uint64_t one = type == CONSUMER_FLOAT64	? 0x3FF0000000000000
			     : type == CONSUMER_FLOAT32 ? 0x3F800000
			     : type == CONSUMER_FLOAT16 ? 0x3C00
							: 1;

	/* Between the elements there are ones, too. */
	for (ptrdiff_t i = 0; i < n; i++) {
		for (ptrdiff_t beside = 1; beside < llabs(layouts[layout / 2]);
		     beside++)
			put_bits(element,
				 first + i * stride +
					 beside * (ptrdiff_t)element.itemsize,
				 one);
		put_bits(element, first + i * stride, 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(ones); i++)
		put_bits(element, first + ones[i] * stride, one);
	return view_of(first, element, n, stride);
}

static const struct {
	ptrdiff_t start, stop, index;
} find_cases[] = {
	{ 0, 40000, 3 },
	{ 3, 4, 3 },
	{ 3, 3, -1 },
	{ 0, 3, -1 },
	{ 4, 40000, 5000 },
	{ 4, 5000, -1 },
	{ 4, 5001, 5000 },
	{ 5000, 5001, 5000 },
	{ 5001, 40000, 39999 },
	{ 5001, 39999, -1 },
	{ 39999, 40000, 39999 },
	{ 40000, 40000, -1 },
	{ 100, 50, -1 },
};

START_TEST(a_value_is_found_between_start_and_stop)
{
	const ConsumerType type =
		CONSUMER_BOOL + (ConsumerType)(_i / N_VARIANTS);
	const bool is_char = type == CONSUMER_CHAR;
	const ConsumerKind kind =
		is_char ? CONSUMER_KIND_CHAR : CONSUMER_KIND_SIGNED;
	const ConsumerValue one = { .signed_integer = 1 };
	unsigned char *memory;

	if (!use_variant(_i % N_VARIANTS))
		return;
	memory = malloc(40000 * 3 * 8);
	for (int layout = 0; layout < 2 * N_LAYOUTS; layout++) {
		const ConsumerArray array =
			zeros_and_ones(layout, type, memory);

		for (size_t i = 0; i < ARRAY_LEN(find_cases); i++) {
			const ptrdiff_t index = consumer_array_find(
				&array, find_cases[i].start, find_cases[i].stop,
				kind, one);

			expect(index == find_cases[i].index,
			       "layout %d, case %zu: %td", layout, i, index);
		}
		ck_assert_int_eq(consumer_array_count(&array, kind, one),
				 ARRAY_LEN(ones));
	}
	free(memory);
}
END_TEST

/* Every layout against every other: other blocks on each side. */
START_TEST(long_arrays_are_equal_up_to_one_element)
{
	const ConsumerType type =
		CONSUMER_BOOL + (ConsumerType)(_i / N_VARIANTS);
	unsigned char *memory;
	unsigned char *others;

	if (!use_variant(_i % N_VARIANTS))
		return;
	memory = malloc(40000 * 3 * 8);
	others = malloc(40000 * 3 * 8);
	for (int pair = 0; pair < 4 * N_LAYOUTS; pair++) {
		const ConsumerArray a =
			zeros_and_ones(pair % (2 * N_LAYOUTS), type, memory);
		const ConsumerArray b = zeros_and_ones(
			(pair * 5 + 3) % (2 * N_LAYOUTS), type, others);
		const ptrdiff_t at = pair * 2666; /* a zero */
		unsigned char *place = (unsigned char *)b.data +
				       at * *consumer_array_strides(&b);

		expect(consumer_array_equal(&a, &b), "pair %d differs", pair);
		memset(place, 0x11, b.element.itemsize);
		expect(!consumer_array_equal(&a, &b), "pair %d is equal", pair);
	}
	free(memory);
	free(others);
}
END_TEST

/* Subnormals must not be taken for zero, nor signal a NaN. */
START_TEST(the_mode_of_the_cpu_does_not_matter)
{
	const ConsumerType type =
		CONSUMER_FLOAT16 + (ConsumerType)(_i / N_VARIANTS % 3);
	const int mode = _i / N_VARIANTS / 3;
	const ConsumerElement element = consumer_element(type);
	const ptrdiff_t stride = (ptrdiff_t)element.itemsize;
	const ConsumerValue zero = { .floating = 0 };
	unsigned char memory[300 * 8] = { 0 }, others[300 * 8] = { 0 };
	const ConsumerArray a = view_of(memory, element, 300, stride);
	const ConsumerArray b = view_of(others, element, 300, stride);
	ConsumerValue subnormal;
	bool are_equal, are_equal_later;
	ptrdiff_t n_zeros, index;

	if (!use_variant(_i % N_VARIANTS))
		return;
	put_bits(element, memory + 77 * stride, 3);
	subnormal = consumer_element_load(element, memory + 77 * stride);
	put_bits(element, others + 99 * stride, UINT64_MAX);
	enter_float_mode(mode);
	are_equal = consumer_array_equal(&a, &b);
	n_zeros = consumer_array_count(&a, CONSUMER_KIND_FLOAT, zero);
	index = consumer_array_find(&a, 0, 300, CONSUMER_KIND_FLOAT, subnormal);
	are_equal_later = consumer_array_equal(&a, &a);
	leave_float_mode(mode);
	ck_assert(!are_equal);
	ck_assert_int_eq(n_zeros, 299);
	ck_assert_int_eq(index, 77);
	ck_assert(are_equal_later);
	/* The subnormal is the only difference. */
	memset(others, 0, sizeof(others));
	enter_float_mode(mode);
	are_equal = consumer_array_equal(&a, &b);
	leave_float_mode(mode);
	ck_assert(!are_equal);
}
END_TEST

int
main(void)
{
	const int n_types = CONSUMER_N_TYPES - CONSUMER_BOOL;
	Suite *suite = suite_create("compare");
	TCase *tcase = check_case(suite);

	tcase_add_loop_test(tcase, elements_are_equal_as_numbers, 0,
			    N_ELEMENTS);
	tcase_add_loop_test(tcase, equal_arrays_have_one_shape, 0,
			    ARRAY_LEN(shape_cases));
	tcase_add_test(tcase, an_array_equals_its_copy_in_fortran_order);
	tcase_add_loop_test(tcase, a_value_is_found_between_start_and_stop, 0,
			    n_types * N_VARIANTS);
	tcase_add_loop_test(tcase, long_arrays_are_equal_up_to_one_element, 0,
			    n_types * N_VARIANTS);
	tcase_add_loop_test(tcase, the_mode_of_the_cpu_does_not_matter, 0,
			    N_FLOAT_MODES * 3 * N_VARIANTS);
	return check_run(suite);
}
