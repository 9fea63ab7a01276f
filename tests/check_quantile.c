/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "check_numbers.h"

/* --- By sorting --------------------------------------------------------- */

static int
compare_doubles(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	if (x != y)
		return x < y ? -1 : 1;
	return !!signbit(y) - !!signbit(x);
}

/* The elements but NaN; the caller frees them. */
static double *
sorted(const ConsumerArray *array, size_t *n)
{
	double *values = malloc(((size_t)array->n_elements + 1) * 8);

	*n = 0;
	for (ptrdiff_t i = 0; i < array->n_elements; i++) {
		const double value = load_double(array, i);

		if (!isnan(value))
			values[(*n)++] = value;
	}
	qsort(values, *n, sizeof(*values), compare_doubles);
	return values;
}

/* 65 percentages of which each is the exact place of an element. */
#define N_PARTS 64

/*
 * All types, orders and strides, in parts; as many elements without NaN as make
 * every percentage exact, so that only sorting can be wrong.
 */
START_TEST(quantiles_are_what_sorting_finds)
{
	const ConsumerType type = CONSUMER_BOOL + (ConsumerType)(_i / 4);
	const ConsumerElement element = element_in_order(type, _i & 1);
	const bool is_float = consumer_type_kind(type) == CONSUMER_KIND_FLOAT;
	const ptrdiff_t itemsize = (ptrdiff_t)element.itemsize;
	const ptrdiff_t stride = _i & 2 ? -3 * itemsize : itemsize;
	uint64_t state = (uint64_t)_i;

	for (int round = 0; round < 12; round++) {
		/* Above and below the number that changes the digits */
		const ptrdiff_t n =
			1 + N_PARTS * random_between(&state, 0,
						     round % 4 ? 40 : 1100);
		const ptrdiff_t n_nan =
			is_float ? random_between(&state, 0, 9) : 0;
		struct guarded memory =
			guarded_new((size_t)((n + n_nan) * labs(stride)),
				    round & 1 ? GUARDED_FRONT : GUARDED_BACK);
		ConsumerArray array = view_of(
			memory.data +
				(stride < 0 ? -stride * (n + n_nan - 1) : 0),
			element, n + n_nan, stride);
		double percentages[N_PARTS + 1], values[N_PARTS + 1];
		ConsumerQuantiles *quantiles;
		size_t n_sorted;
		double *want;

		for (ptrdiff_t i = 0; i < n + n_nan; i++) {
			const uint64_t bits = random_bits(&state);
			unsigned char *place =
				(unsigned char *)array.data + i * stride;

			/* Few different ones, too */
			put_bits(element, place,
				 round % 3 == 0 ? bits : bits % 37);
			while (i >= n_nan && isnan(load_double(&array, i)))
				put_bits(element, place, random_bits(&state));
			if (i < n_nan) /* of either sign */
				put_bits(element, place,
					 bits | (UINT64_MAX >> 1 >>
						 (64 - 8 * itemsize)));
		}
		for (int i = 0; i <= N_PARTS; i++)
			percentages[i] = 100.0 * ((i * 37) % 65) / N_PARTS;
		ck_assert_int_eq(consumer_quantiles_open(type, N_PARTS + 1,
							 percentages,
							 &quantiles, NULL),
				 CONSUMER_OK);
		while (consumer_quantiles_next_pass(quantiles)) {
			const ptrdiff_t half =
				random_between(&state, 0, n + n_nan);

			/* The order does not matter. */
			consumer_quantiles_add(quantiles, &array, half,
					       n + n_nan - half, 1);
			consumer_quantiles_add(quantiles, &array, 0, half, 1);
		}
		ck_assert(!consumer_quantiles_next_pass(quantiles));
		consumer_quantiles_values(quantiles, values);
		want = sorted(&array, &n_sorted);
		ck_assert_uint_eq(n_sorted, (size_t)n);
		ck_assert_uint_eq(consumer_quantiles_count(quantiles),
				  n_sorted);
		for (int i = 0; i <= N_PARTS; i++)
			ck_assert_same_double(values[i],
					      want[(size_t)((i * 37) % 65) *
						   (n_sorted / N_PARTS)]);
		free(want);
		consumer_quantiles_close(quantiles);
		guarded_free(&memory);
	}
}
END_TEST

/* --- Cases with a known result ------------------------------------------ */

static const struct {
	int n;
	double values[5];
	double percentage, want;
} cases[] = {
	{ 0, { 0 }, 50, NAN },
	{ 2, { NAN, -NAN }, 50, NAN },
	{ 1, { 3 }, 0, 3 },
	{ 1, { 3 }, 33, 3 },
	{ 2, { 10, 20 }, 25, 12.5 },
	{ 2, { 20, 10 }, 75, 17.5 },
	/* numpy.percentile([0.1, 0.7, 1.3], ...), 1.24 */
	{ 3, { 0.1, 0.7, 1.3 }, 10, 0x1.c28f5c28f5c29p-3 },
	{ 3, { 0.1, 0.7, 1.3 }, 90, 0x1.2e147ae147ae2p+0 },
	{ 3, { 1, 2, INFINITY }, 50, 2 },
	{ 3, { 1, 2, INFINITY }, 51, INFINITY },
	{ 3, { 1, 2, -INFINITY }, 49, -INFINITY },
	{ 3, { 1, INFINITY, INFINITY }, 75, INFINITY },
	{ 2, { -INFINITY, INFINITY }, 50, NAN },
	{ 2, { -INFINITY, INFINITY }, 100, INFINITY },
	{ 2, { -1.5e308, 1.5e308 }, 50, 0 },
	{ 2, { 0.0, -0.0 }, 0, -0.0 },
	{ 2, { -0.0, 0.0 }, 100, 0.0 },
	{ 2, { 0x1p-1074, 0 }, 100, 0x1p-1074 },
	{ 5, { 5, 4, NAN, 2, 1 }, 50, 3 },
};

START_TEST(quantiles_are_interpolated)
{
	double values[5], got;
	const ConsumerArray array =
		view_of(values, consumer_element(CONSUMER_FLOAT64),
			cases[_i / N_FLOAT_MODES].n, 8);
	ConsumerStatus status;

	memcpy(values, cases[_i / N_FLOAT_MODES].values, sizeof(values));
	enter_float_mode(_i % N_FLOAT_MODES);
	status = consumer_array_quantiles(&array, 1,
					  &cases[_i / N_FLOAT_MODES].percentage,
					  1, &got, NULL);
	leave_float_mode(_i % N_FLOAT_MODES);
	ck_assert_int_eq(status, CONSUMER_OK);
	ck_assert_same_double(got, cases[_i / N_FLOAT_MODES].want);
}
END_TEST

/* --- Passes ------------------------------------------------------------- */

/* How many there are, of the elements 0, step, 2 step ... */
static int
count_passes(ConsumerType type, uint64_t step, size_t n_percentages)
{
	const ConsumerElement element = consumer_element(type);
	const ptrdiff_t n = 100000, stride = (ptrdiff_t)element.itemsize;
	unsigned char *memory = malloc((size_t)(n * stride));
	double *percentages = calloc(n_percentages, sizeof(double));
	const ConsumerArray array = view_of(memory, element, n, stride);
	ConsumerQuantiles *quantiles;
	int n_passes = 0;

	for (ptrdiff_t i = 0; i < n; i++)
		put_bits(element, memory + i * stride, step * (uint64_t)i);
	for (size_t i = 0; i < n_percentages; i++)
		percentages[i] = 100 * (double)i / (double)n_percentages;
	ck_assert_int_eq(consumer_quantiles_open(type, n_percentages,
						 percentages, &quantiles, NULL),
			 CONSUMER_OK);
	for (; consumer_quantiles_next_pass(quantiles); n_passes++)
		consumer_quantiles_add(quantiles, &array, 0, n, 1);
	consumer_quantiles_close(quantiles);
	free(percentages);
	free(memory);
	return n_passes;
}

START_TEST(passes_are_few)
{
	const uint64_t odd = UINT64_C(0x9E3779B97F4A7C15);

	ck_assert_int_eq(count_passes(CONSUMER_INT8, 1, 1000), 1);
	ck_assert_int_eq(count_passes(CONSUMER_FLOAT16, 1, 1000), 1);
	ck_assert_int_eq(count_passes(CONSUMER_INT32, odd, 5), 2);
	ck_assert_int_eq(count_passes(CONSUMER_INT64, odd, 5), 4);
	/* Bits that all elements have in common are not counted. */
	ck_assert_int_eq(count_passes(CONSUMER_UINT64, 0, 5), 1);
	ck_assert_int_eq(count_passes(CONSUMER_UINT64, UINT64_C(1) << 48, 5),
			 1);
	ck_assert_int_eq(count_passes(CONSUMER_INT64, 1, 5), 3);
	ck_assert_int_eq(count_passes(CONSUMER_INT64, 256, 5), 3);
	/* More beginnings than tables */
	ck_assert_int_ge(count_passes(CONSUMER_INT32, odd, 1000), 20);
	/* None wanted: one, for the number of elements */
	ck_assert_int_eq(count_passes(CONSUMER_INT64, odd, 0), 1);
}
END_TEST

/* Another program may write the memory: wrong values, but nothing worse. */
START_TEST(elements_may_change_between_passes)
{
	const ConsumerType type = CONSUMER_BOOL + (ConsumerType)_i;
	const ConsumerElement element = consumer_element(type);
	const ptrdiff_t n = 3000;
	unsigned char *memory = malloc((size_t)n * 8);
	const ConsumerArray array =
		view_of(memory, element, n, (ptrdiff_t)element.itemsize);
	double percentages[100], values[100];
	uint64_t state = (uint64_t)_i;

	for (int i = 0; i < 100; i++)
		percentages[i] = i;
	for (int round = 0; round < 20; round++) {
		ConsumerQuantiles *quantiles;
		int n_passes = 0;

		consumer_quantiles_open(type, 100, percentages, &quantiles,
					NULL);
		while (consumer_quantiles_next_pass(quantiles)) {
			expect(++n_passes < 200, "there is no end");
			random_fill(&state, memory, (size_t)n * 8);
			consumer_quantiles_add(
				quantiles, &array, 0,
				random_between(&state, n_passes == 1, n), 1);
		}
		consumer_quantiles_values(quantiles, values);
		consumer_quantiles_close(quantiles);
	}
	free(memory);
}
END_TEST

/* --- Failures ----------------------------------------------------------- */

static const struct {
	double percentage;
	const char *spelling;
} bad_percentages[] = {
	{ -1, " -1.0 " },
	{ -0x1p-1074, " -5e-324 " },
	{ 100.00000000000001, " 100.00000000000001 " },
	{ NAN, " nan " },
	{ INFINITY, " inf " },
	{ -INFINITY, " -inf " },
};

START_TEST(percentages_out_of_range_are_refused)
{
	const double percentages[] = { 50, bad_percentages[_i].percentage };
	ConsumerQuantiles *quantiles;
	ConsumerError error;

	POISON(quantiles);
	check_failure(consumer_quantiles_open(CONSUMER_INT32, 2, percentages,
					      &quantiles, &error),
		      &error, CONSUMER_ERR_ARGUMENT);
	ck_assert_untouched(quantiles);
	expect(strstr(error.message, bad_percentages[_i].spelling),
	       "the message is: %s", error.message);
	ck_assert_int_eq(consumer_quantiles_open(CONSUMER_INT32, 2, percentages,
						 &quantiles, NULL),
			 CONSUMER_ERR_ARGUMENT);
}
END_TEST

/* One table, and eight, beside which only one thread has room. */
START_TEST(threads_change_nothing)
{
	static const double percentages[] = { 0, 12.5, 50, 99.9 };
	const ConsumerType type = CONSUMER_BOOL + (ConsumerType)_i;
	const ConsumerElement element = consumer_element(type);
	const ptrdiff_t n = (5 << 20) / (ptrdiff_t)element.itemsize + 77;
	unsigned char *memory = malloc((size_t)n * element.itemsize);
	const ConsumerArray array =
		view_of(memory, element, n, (ptrdiff_t)element.itemsize);
	uint64_t state = (uint64_t)_i;

	random_fill(&state, memory, (size_t)n * element.itemsize);
	for (size_t n_wanted = 1; n_wanted <= 4; n_wanted += 3) {
		double want[4], got[4];

		for (size_t n_threads = 1; n_threads <= 4; n_threads++) {
			ck_assert_int_eq(consumer_array_quantiles(
						 &array, n_wanted, percentages,
						 n_threads, got, NULL),
					 CONSUMER_OK);
			if (n_threads == 1)
				memcpy(want, got, sizeof(want));
			for (size_t i = 0; i < n_wanted; i++)
				ck_assert_same_double(got[i], want[i]);
		}
	}
	free(memory);
}
END_TEST

START_TEST(opaque_elements_are_refused)
{
	ConsumerArray array =
		view_of(NULL, consumer_element(CONSUMER_OPAQUE), 0, 1);
	const double percentage = 50;
	ConsumerError error;
	double value;

	POISON(value);
	check_failure(consumer_array_quantiles(&array, 1, &percentage, 1,
					       &value, &error),
		      &error, CONSUMER_ERR_ARGUMENT);
	ck_assert_untouched(value);
	/* No type: used to be looked up behind the end of a table. */
	array.element.type = (ConsumerType)99;
	check_failure(consumer_array_quantiles(&array, 1, &percentage, 1,
					       &value, &error),
		      &error, CONSUMER_ERR_ARGUMENT);
	ck_assert_untouched(value);
}
END_TEST

START_TEST(no_memory_is_told)
{
	int32_t numbers[] = { 3, 1, 2 };
	const ConsumerArray array =
		view_of(numbers, consumer_element(CONSUMER_INT32), 3, 4);
	const double percentage = 50;
	ConsumerStatus status;
	ConsumerError error;
	double value;

	FOR_EACH_ALLOCATION(_i)
	{
		POISON(value);
		status = consumer_array_quantiles(&array, 1, &percentage, 1,
						  &value, &error);
		if (!allocation_failed())
			break;
		check_failure(status, &error, CONSUMER_ERR_MEMORY);
		ck_assert_untouched(value);
	}
	ck_assert_int_eq(status, CONSUMER_OK);
	ck_assert_same_double(value, 2);
	consumer_quantiles_close(NULL);
}
END_TEST

int
main(void)
{
	const int n_types = CONSUMER_N_TYPES - CONSUMER_BOOL;
	Suite *suite = suite_create("quantile");
	TCase *tcase = check_case(suite);

	tcase_add_loop_test(tcase, threads_change_nothing, 0, n_types);
	tcase_add_loop_test(tcase, quantiles_are_what_sorting_finds, 0,
			    4 * n_types);
	tcase_add_loop_test(tcase, quantiles_are_interpolated, 0,
			    (int)ARRAY_LEN(cases) * N_FLOAT_MODES);
	tcase_add_test(tcase, passes_are_few);
	tcase_add_loop_test(tcase, elements_may_change_between_passes, 0,
			    n_types);
	tcase_add_loop_test(tcase, percentages_out_of_range_are_refused, 0,
			    ARRAY_LEN(bad_percentages));
	tcase_add_test(tcase, opaque_elements_are_refused);
	tcase_add_loop_test(tcase, no_memory_is_told, 0, 2);
	return check_run(suite);
}
