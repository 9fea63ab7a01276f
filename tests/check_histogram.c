/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "check_numbers.h"

#include <float.h>

/* --- Against the rule --------------------------------------------------- */

/* Where a long double is just a double, what we want is rounded, too. */
#define TOLERANCE (LDBL_MANT_DIG > DBL_MANT_DIG ? 0x1p-51L : 0x1p-50L)

/*
 * Both ends are given, and what is between is off by a few roundings: of the
 * edge, and i times that of the width if it is subnormal.
 */
static void
check_edges(const ConsumerHistogram *histogram, double low, double high)
{
	const double *edges = consumer_histogram_edges(histogram);
	const size_t n = consumer_histogram_n_bins(histogram);
	const double largest = fmax(fabs(low), fabs(high));

	expect(edges[0] == low && edges[n] == high, "%a ... %a, not %a ... %a",
	       edges[0], edges[n], low, high);
	for (size_t i = 1; i < n; i++) {
		/* The difference of the ends may be no number. */
		const long double part = (long double)i / n;
		const long double want = low * (1 - part) + high * part;

		expect(edges[i - 1] <= edges[i], "the edges fall");
		expect(fabsl(edges[i] - want) <=
			       largest * TOLERANCE + i * 0x1p-1074L,
		       "edge %zu is %a", i, edges[i]);
	}
	expect(edges[n - 1] <= edges[n], "the last edge falls");
}

/* Checks everything, one element after the other. */
static void
check_histogram(const ConsumerHistogram *histogram, const ConsumerArray *array)
{
	const double *edges = consumer_histogram_edges(histogram);
	const uint64_t *counts = consumer_histogram_counts(histogram);
	const size_t n_bins = consumer_histogram_n_bins(histogram);
	uint64_t *want = calloc(n_bins, sizeof(*want));
	uint64_t n_nan = 0, n_negative = 0, n_positive = 0;
	double low = INFINITY, high = -INFINITY;

	for (ptrdiff_t i = 0; i < array->n_elements; i++) {
		const double value = load_double(array, i);
		size_t bin = 0;

		n_nan += isnan(value);
		n_negative += value == -INFINITY;
		n_positive += value == INFINITY;
		if (!isfinite(value))
			continue;
		low = fmin(low, value);
		high = fmax(high, value);
		while (bin < n_bins - 1 && value >= edges[bin + 1])
			bin++;
		want[bin]++;
	}
	if (low > high)
		check_edges(histogram, 0, 1);
	else if (low == high)
		check_edges(histogram, low - 0.5, high + 0.5);
	else
		check_edges(histogram, low, high);
	for (size_t i = 0; i < n_bins; i++)
		expect(counts[i] == want[i],
		       "bin %zu of %zu has %llu, not %llu", i, n_bins,
		       (unsigned long long)counts[i],
		       (unsigned long long)want[i]);
	ck_assert_uint_eq(consumer_histogram_n_nan(histogram), n_nan);
	ck_assert_uint_eq(consumer_histogram_n_negative_infinities(histogram),
			  n_negative);
	ck_assert_uint_eq(consumer_histogram_n_positive_infinities(histogram),
			  n_positive);
	free(want);
}

static void
add_in_parts(uint64_t *state, ConsumerHistogram *histogram,
	     const ConsumerArray *array)
{
	while (consumer_histogram_next_pass(histogram)) {
		const ptrdiff_t n = array->n_elements;
		const ptrdiff_t half = random_between(state, 0, n);

		consumer_histogram_add(histogram, array, half, n - half, 1);
		consumer_histogram_add(histogram, array, 0, half, 1);
	}
	ck_assert(!consumer_histogram_next_pass(histogram));
}

START_TEST(histograms_keep_the_rule)
{
	const int variant = _i % N_VARIANTS, layout = _i / N_VARIANTS % 4;
	const ConsumerType type =
		CONSUMER_BOOL + (ConsumerType)(_i / N_VARIANTS / 4);
	const ConsumerElement element = element_in_order(type, layout & 1);
	const ptrdiff_t itemsize = (ptrdiff_t)element.itemsize;
	const ptrdiff_t stride = layout & 2 ? -3 * itemsize : itemsize;
	uint64_t state = (uint64_t)_i;

	if (!use_variant(variant))
		return;
	for (int round = 0; round < 20; round++) {
		const ptrdiff_t n = random_between(&state, 0, 5000);
		const size_t n_bins = (size_t)random_between(
			&state, 1, round % 5 ? 40 : 5000);
		struct guarded memory =
			guarded_new((size_t)(n * labs(stride)),
				    round & 1 ? GUARDED_FRONT : GUARDED_BACK);
		const ConsumerArray array = view_of(
			memory.data +
				(stride < 0 && n > 0 ? -stride * (n - 1) : 0),
			element, n, stride);
		ConsumerHistogram *histogram;

		for (ptrdiff_t i = 0; i < n; i++)
			put_bits(element,
				 (unsigned char *)array.data + i * stride,
				 round % 3 ? random_bits(&state)
					   : (uint64_t)random_between(&state, 0,
								      99));
		ck_assert_int_eq(
			consumer_histogram_open(type, n_bins, &histogram, NULL),
			CONSUMER_OK);
		ck_assert_uint_eq(consumer_histogram_n_bins(histogram), n_bins);
		add_in_parts(&state, histogram, &array);
		check_histogram(histogram, &array);
		consumer_histogram_close(histogram);
		guarded_free(&memory);
	}
}
END_TEST

/* Values on the edges and beside them, in ranges of every size. */
START_TEST(values_beside_edges_keep_the_rule)
{
	uint64_t state = (uint64_t)_i;

	for (int round = 0; round < 60; round++) {
		const size_t n_bins =
			(size_t)random_between(&state, 1, round % 4 ? 30 : 400);
		const double low =
			ldexp((double)random_between(&state, -99, 99),
			      (int)random_between(&state, -1074, 1015));
		/* From one that holds few float64 to the widest */
		const double width =
			round % 2
				? fabs(low) * ldexp(1, (int)random_between(
							       &state, -52, 3))
				: ldexp(1, (int)random_between(&state, -1074,
							       1023));
		const double high = fmin(low + width, 1.7e308);
		const ptrdiff_t n = 3 * (ptrdiff_t)n_bins + 3;
		double *values = malloc((size_t)n * sizeof(*values));
		const ConsumerArray array = view_of(
			values, consumer_element(CONSUMER_FLOAT64), n, 8);
		ConsumerHistogram *histogram;

		for (ptrdiff_t i = 0; i < n; i++) {
			const double edge = low + (high - low) /
							  (double)n_bins *
							  (double)(i / 3);

			values[i] =
				i % 3 == 0 ? edge
					   : nextafter(edge,
						       i % 3 == 1 ? low : high);
			values[i] = fmax(low, fmin(high, values[i]));
		}
		ck_assert_int_eq(consumer_array_histogram(&array, n_bins, 1,
							  &histogram, NULL),
				 CONSUMER_OK);
		check_histogram(histogram, &array);
		consumer_histogram_close(histogram);
		free(values);
	}
}
END_TEST

/* --- Cases with a known result ------------------------------------------ */

static const struct {
	int n;
	double values[5];
	double edges[3];
	uint64_t counts[2];
} cases[] = {
	{ 0, { 0 }, { 0, 0.5, 1 }, { 0, 0 } },
	{ 2, { NAN, INFINITY }, { 0, 0.5, 1 }, { 0, 0 } },
	{ 2, { 7, 7 }, { 6.5, 7, 7.5 }, { 0, 2 } },
	{ 3, { 1, 2, 3 }, { 1, 2, 3 }, { 1, 2 } },
	{ 4, { -INFINITY, 1, 3, NAN }, { 1, 2, 3 }, { 1, 1 } },
	{ 1, { 1e17 }, { 1e17, 1e17, 1e17 }, { 0, 1 } },
	/* The width overflows; so does the step below the smallest number */
	{ 3, { -1.7e308, 0, 1.7e308 }, { -1.7e308, 0, 1.7e308 }, { 1, 2 } },
	{ 2, { 0, 0x1p-1074 }, { 0, 0, 0x1p-1074 }, { 0, 2 } },
	{ 4, { 0, 1e-310, 3e-310, 4e-310 }, { 0, 2e-310, 4e-310 }, { 2, 2 } },
};

START_TEST(histograms_at_the_limits)
{
	const int i = _i / N_FLOAT_MODES;
	double values[5];
	const ConsumerArray array = view_of(
		values, consumer_element(CONSUMER_FLOAT64), cases[i].n, 8);
	ConsumerHistogram *histogram;
	ConsumerStatus status;

	memcpy(values, cases[i].values, sizeof(values));
	enter_float_mode(_i % N_FLOAT_MODES);
	status = consumer_array_histogram(&array, 2, 1, &histogram, NULL);
	leave_float_mode(_i % N_FLOAT_MODES);
	ck_assert_int_eq(status, CONSUMER_OK);
	for (int edge = 0; edge < 3; edge++)
		ck_assert_same_double(consumer_histogram_edges(histogram)[edge],
				      cases[i].edges[edge]);
	for (int bin = 0; bin < 2; bin++)
		ck_assert_uint_eq(consumer_histogram_counts(histogram)[bin],
				  cases[i].counts[bin]);
	consumer_histogram_close(histogram);
}
END_TEST

/* A step rounded up made edges that were above the last one. */
START_TEST(edges_of_the_smallest_numbers_are_in_order)
{
	for (size_t n_bins = 1; n_bins < 13; n_bins++) {
		double values[] = { 0, _i * 0x1p-1074 };
		const ConsumerArray array = view_of(
			values, consumer_element(CONSUMER_FLOAT64), 2, 8);
		ConsumerHistogram *histogram;
		const double *edges;

		consumer_array_histogram(&array, n_bins, 1, &histogram, NULL);
		edges = consumer_histogram_edges(histogram);
		for (size_t i = 0; i < n_bins; i++)
			expect(edges[i] <= edges[i + 1], "edge %zu of %zu", i,
			       n_bins);
		ck_assert_uint_eq(
			consumer_histogram_counts(histogram)[n_bins - 1],
			n_bins == 1 ? 2 : 1);
		consumer_histogram_close(histogram);
	}
}
END_TEST

/* Another program may write the memory: wrong counts, but nothing worse. */
START_TEST(elements_may_change_between_passes)
{
	const ConsumerType type = CONSUMER_BOOL + (ConsumerType)(_i / 2);
	const ConsumerElement element = consumer_element(type);
	const ptrdiff_t n = 3000;
	unsigned char *memory = calloc((size_t)n, 8);
	const ConsumerArray array =
		view_of(memory, element, n, (ptrdiff_t)element.itemsize);
	uint64_t state = (uint64_t)_i;
	ConsumerHistogram *histogram;
	uint64_t n_counted = 0;

	put_bits(element, memory, 1);
	consumer_histogram_open(type, _i % 2 ? 7 : 70000, &histogram, NULL);
	while (consumer_histogram_next_pass(histogram)) {
		consumer_histogram_add(histogram, &array, 0, n, 1);
		random_fill(&state, memory, (size_t)n * 8);
	}
	for (size_t i = 0; i < consumer_histogram_n_bins(histogram); i++)
		n_counted += consumer_histogram_counts(histogram)[i];
	ck_assert_uint_le(n_counted, (uint64_t)n);
	consumer_histogram_close(histogram);
	free(memory);
}
END_TEST

START_TEST(threads_change_nothing)
{
	const ConsumerType type = CONSUMER_BOOL + (ConsumerType)(_i / 2);
	const size_t n_bins = _i % 2 ? 7 : 70000;
	const ConsumerElement element = consumer_element(type);
	const ptrdiff_t n = (5 << 19) / (ptrdiff_t)element.itemsize + 77;
	unsigned char *memory = malloc((size_t)n * element.itemsize);
	const ConsumerArray array =
		view_of(memory, element, n, (ptrdiff_t)element.itemsize);
	uint64_t state = (uint64_t)_i;
	ConsumerHistogram *want, *got;

	random_fill(&state, memory, (size_t)n * element.itemsize);
	consumer_array_histogram(&array, n_bins, 1, &want, NULL);
	for (size_t n_threads = 2; n_threads <= 4; n_threads++) {
		consumer_array_histogram(&array, n_bins, n_threads, &got, NULL);
		ck_assert_mem_eq(consumer_histogram_counts(got),
				 consumer_histogram_counts(want),
				 n_bins * sizeof(uint64_t));
		ck_assert_mem_eq(consumer_histogram_edges(got),
				 consumer_histogram_edges(want),
				 (n_bins + 1) * sizeof(double));
		ck_assert_uint_eq(consumer_histogram_n_nan(got),
				  consumer_histogram_n_nan(want));
		ck_assert_uint_eq(
			consumer_histogram_n_positive_infinities(got),
			consumer_histogram_n_positive_infinities(want));
		ck_assert_uint_eq(
			consumer_histogram_n_negative_infinities(got),
			consumer_histogram_n_negative_infinities(want));
		consumer_histogram_close(got);
	}
	consumer_histogram_close(want);
	free(memory);
}
END_TEST

/* --- Failures ----------------------------------------------------------- */

static const struct {
	ConsumerType type;
	size_t n_bins;
	const char *argument;
} bad_cases[] = {
	{ CONSUMER_OPAQUE, 20, NULL },
	{ (ConsumerType)99, 20, NULL }, /* used to be counted all the same */
	{ (ConsumerType)-1, 20, NULL },
	{ CONSUMER_INT32, 0, "bins" },
	{ CONSUMER_INT32, CONSUMER_MAX_BINS + 1, "bins" },
	{ CONSUMER_INT32, SIZE_MAX, "bins" },
};

START_TEST(wrong_arguments_are_refused)
{
	ConsumerHistogram *histogram;
	ConsumerError error;

	POISON(histogram);
	check_failure(consumer_histogram_open(bad_cases[_i].type,
					      bad_cases[_i].n_bins, &histogram,
					      &error),
		      &error, CONSUMER_ERR_ARGUMENT);
	ck_assert_untouched(histogram);
	ck_assert_pstr_eq(error.argument, bad_cases[_i].argument);
}
END_TEST

START_TEST(there_may_be_very_many_bins)
{
	ConsumerHistogram *histogram;

	ck_assert_int_eq(consumer_histogram_open(CONSUMER_INT32,
						 CONSUMER_MAX_BINS, &histogram,
						 NULL),
			 CONSUMER_OK);
	ck_assert_uint_eq(consumer_histogram_n_bins(histogram),
			  CONSUMER_MAX_BINS);
	consumer_histogram_close(histogram);
}
END_TEST

START_TEST(no_memory_is_told)
{
	int32_t numbers[] = { 3, 1, 2 };
	const ConsumerArray array =
		view_of(numbers, consumer_element(CONSUMER_INT32), 3, 4);
	ConsumerHistogram *histogram;
	ConsumerStatus status;
	ConsumerError error;

	FOR_EACH_ALLOCATION(_i)
	{
		POISON(histogram);
		status = consumer_array_histogram(&array, 3, 1, &histogram,
						  &error);
		if (!allocation_failed())
			break;
		check_failure(status, &error, CONSUMER_ERR_MEMORY);
		ck_assert_untouched(histogram);
	}
	ck_assert_int_eq(status, CONSUMER_OK);
	check_histogram(histogram, &array);
	consumer_histogram_close(histogram);
	consumer_histogram_close(NULL);
}
END_TEST

/* What threads need beside is not worth a failure. */
START_TEST(without_memory_for_threads_there_is_one)
{
	const ptrdiff_t n = 5 << 19;
	unsigned char *memory = malloc((size_t)n);
	const ConsumerArray array =
		view_of(memory, consumer_element(CONSUMER_INT8), n, 1);
	ConsumerHistogram *want, *got;
	uint64_t state = 1;

	random_fill(&state, memory, (size_t)n);
	consumer_array_histogram(&array, 7, 1, &want, NULL);
	consumer_histogram_open(CONSUMER_INT8, 7, &got, NULL);
	while (consumer_histogram_next_pass(got)) {
		fail_allocation_number(1 + _i / 2, _i % 2);
		consumer_histogram_add(got, &array, 0, n, 2);
		ck_assert(allocation_failed());
	}
	ck_assert_mem_eq(consumer_histogram_counts(got),
			 consumer_histogram_counts(want), 7 * sizeof(uint64_t));
	consumer_histogram_close(got);
	consumer_histogram_close(want);
	free(memory);
}
END_TEST

int
main(void)
{
	const int n_types = CONSUMER_N_TYPES - CONSUMER_BOOL;
	Suite *suite = suite_create("histogram");
	TCase *tcase = check_case(suite);

	tcase_add_loop_test(tcase, histograms_keep_the_rule, 0,
			    4 * n_types * N_VARIANTS);
	tcase_add_loop_test(tcase, values_beside_edges_keep_the_rule, 0, 20);
	tcase_add_loop_test(tcase, edges_of_the_smallest_numbers_are_in_order,
			    2, 10);
	tcase_add_loop_test(tcase, histograms_at_the_limits, 0,
			    (int)ARRAY_LEN(cases) * N_FLOAT_MODES);
	tcase_add_loop_test(tcase, elements_may_change_between_passes, 0,
			    2 * n_types);
	tcase_add_loop_test(tcase, threads_change_nothing, 0,
			    2 * (CONSUMER_N_TYPES - CONSUMER_BOOL));
	tcase_add_loop_test(tcase, wrong_arguments_are_refused, 0,
			    ARRAY_LEN(bad_cases));
	tcase_add_test(tcase, there_may_be_very_many_bins);
	tcase_add_loop_test(tcase, no_memory_is_told, 0, 2);
	tcase_add_loop_test(tcase, without_memory_for_threads_there_is_one, 0,
			    4);
	return check_run(suite);
}
