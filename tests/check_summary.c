/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "check_numbers.h"

#include <float.h>

static void
summarise(ConsumerSummary *summary, const ConsumerArray *array)
{
	consumer_summary_begin(summary, array->element.type,
			       CONSUMER_SUMMARY_ALL);
	consumer_summary_add(summary, array, 0, array->n_elements, 1);
}

static void
check_same(const ConsumerSummary *a, const ConsumerSummary *b)
{
	expect(memcmp(a, b, sizeof(*a)) == 0, "the summaries differ: %a and %a",
	       consumer_summary_sum(a), consumer_summary_sum(b));
}

/* --- Cases with a known result ------------------------------------------ */

static const struct {
	int n;
	double values[5];
	double sum, mean, std;
} float_cases[] = {
	{ 0, { 0 }, 0, NAN, NAN },
	{ 1, { 5 }, 5, 5, 0 },
	{ 3,
	  { 1e308, 1e308, -1e308 },
	  1e308,
	  1e308 / 3,
	  0x1.0c855b8dd8bf8p+1023 },
	{ 2, { 1e308, 1e308 }, INFINITY, 1e308, 0 },
	{ 3, { 1e308, 1, -1e308 }, 1, 1.0 / 3, 0x1.d1178624fcf1fp+1022 },
	{ 2, { 0x1p53, 1 }, 0x1p53, 0x1p52, 0x1.fffffffffffffp+51 },
	{ 3,
	  { 0x1p53, 1, 1 },
	  0x1p53 + 2,
	  0x1.5555555555557p+51,
	  0x1.e2b7dddfefa65p+51 },
	{ 3,
	  { 0x1p53, 1, 0x1p-1074 },
	  0x1p53 + 2,
	  0x1.5555555555556p+51,
	  0x1.e2b7dddfefa66p+51 },
	{ 3,
	  { 1, -1 + 0x1p-53, 0x1p-1074 },
	  0x1p-53,
	  0x1.5555555555555p-55,
	  0x1.a20bd700c2c3ep-1 },
	{ 3,
	  { 1e300, 0x1p-1074, -1e300 },
	  0x1p-1074,
	  0,
	  0x1.381e2dab5cdc2p+996 },
	{ 5, { 0.1, 0.1, 0.1, 0.1, 0.1 }, 0.5, 0.1, 0 },
	{ 4,
	  { 0x1p-1074, 0x1p-1074, 0x1p-1074, 0x1p-1074 },
	  0x1p-1072,
	  0x1p-1074,
	  0 },
	{ 2, { 1, 1 + 0x1p-52 }, 2, 1, 0x1p-53 },
	{ 2, { 0.0, -0.0 }, 0, 0, 0 },
	{ 1, { -0.0 }, 0, 0, 0 },
	{ 2, { INFINITY, 1 }, INFINITY, INFINITY, NAN },
	{ 2, { -INFINITY, 1 }, -INFINITY, -INFINITY, NAN },
	{ 3, { INFINITY, 1, -INFINITY }, NAN, NAN, NAN },
	{ 3, { NAN, 1, 2 }, 3, 1.5, 0.5 },
	{ 2, { NAN, NAN }, 0, NAN, NAN },
};

START_TEST(floats_have_the_true_sum_mean_and_deviation)
{
	double values[5];
	const ConsumerArray array =
		view_of(values, consumer_element(CONSUMER_FLOAT64),
			float_cases[_i].n, sizeof(double));
	ConsumerSummary summary;

	memcpy(values, float_cases[_i].values, sizeof(values));
	summarise(&summary, &array);
	ck_assert_same_double(consumer_summary_sum(&summary),
			      float_cases[_i].sum);
	ck_assert_same_double(consumer_summary_mean(&summary),
			      float_cases[_i].mean);
	ck_assert_same_double(consumer_summary_std(&summary),
			      float_cases[_i].std);
}
END_TEST

static const struct {
	int n;
	double values[4];
	uint64_t count, n_nan, n_positive, n_negative;
	double min, max;
} range_cases[] = {
	{ 0, { 0 }, 0, 0, 0, 0, 0, 0 },
	{ 1, { NAN }, 0, 1, 0, 0, 0, 0 },
	{ 3, { NAN, 3, -2 }, 2, 1, 0, 0, -2, 3 },
	{ 3, { 0.0, -0.0, NAN }, 2, 1, 0, 0, -0.0, 0.0 },
	{ 2, { -0.0, -0.0 }, 2, 0, 0, 0, -0.0, -0.0 },
	{ 2, { 0.0, 0.0 }, 2, 0, 0, 0, 0.0, 0.0 },
	{ 3, { -0.0, 1, 0.0 }, 3, 0, 0, 0, -0.0, 1 },
	{ 3, { -0.0, -1, 0.0 }, 3, 0, 0, 0, -1, 0.0 },
	{ 4,
	  { INFINITY, NAN, -INFINITY, INFINITY },
	  3,
	  1,
	  2,
	  1,
	  -INFINITY,
	  INFINITY },
	{ 2, { 0x1p-1074, -0x1p-1074 }, 2, 0, 0, 0, -0x1p-1074, 0x1p-1074 },
};

START_TEST(floats_have_their_range)
{
	double values[4];
	const ConsumerArray array =
		view_of(values, consumer_element(CONSUMER_FLOAT64),
			range_cases[_i].n, sizeof(double));
	ConsumerSummary summary;

	memcpy(values, range_cases[_i].values, sizeof(values));
	summarise(&summary, &array);
	ck_assert_uint_eq(summary.count, range_cases[_i].count);
	ck_assert_uint_eq(summary.n_nan, range_cases[_i].n_nan);
	ck_assert_uint_eq(summary.n_positive_infinities,
			  range_cases[_i].n_positive);
	ck_assert_uint_eq(summary.n_negative_infinities,
			  range_cases[_i].n_negative);
	ck_assert_same_double(summary.min.floating, range_cases[_i].min);
	ck_assert_same_double(summary.max.floating, range_cases[_i].max);
}
END_TEST

static const struct {
	ConsumerType type;
	int n;
	uint64_t bits[4];
	uint64_t min, max; /* sign-extended */
	uint64_t high, low;
	double sum, mean, std;
} integer_cases[] = {
	{ CONSUMER_INT64, 0, { 0 }, 0, 0, 0, 0, 0, NAN, NAN },
	{ CONSUMER_INT64,
	  2,
	  { INT64_MAX, INT64_MAX },
	  INT64_MAX,
	  INT64_MAX,
	  0,
	  UINT64_MAX - 1,
	  0x1p64,
	  0x1p63,
	  0 },
	{ CONSUMER_INT64,
	  2,
	  { UINT64_C(1) << 63, UINT64_C(1) << 63 },
	  UINT64_C(1) << 63,
	  UINT64_C(1) << 63,
	  1,
	  0,
	  -0x1p64,
	  -0x1p63,
	  0 },
	{ CONSUMER_INT64,
	  2,
	  { UINT64_C(1) << 63, INT64_MAX },
	  UINT64_C(1) << 63,
	  INT64_MAX,
	  0,
	  1,
	  -1,
	  -0.5,
	  0x1p63 },
	{ CONSUMER_UINT64,
	  3,
	  { UINT64_MAX, UINT64_MAX, UINT64_MAX },
	  UINT64_MAX,
	  UINT64_MAX,
	  2,
	  UINT64_MAX - 2,
	  0x1.8p65,
	  0x1p64,
	  0 },
	{ CONSUMER_UINT64,
	  2,
	  { UINT64_MAX, 0 },
	  0,
	  UINT64_MAX,
	  0,
	  UINT64_MAX,
	  0x1p64,
	  0x1p63,
	  0x1p63 },
	{ CONSUMER_INT32,
	  3,
	  { 0x80000000, 0x80000000, 0x7FFFFFFF },
	  UINT64_C(0xFFFFFFFF80000000),
	  0x7FFFFFFF,
	  0,
	  0x80000001,
	  -2147483649.0,
	  -715827883.0,
	  0x1.e2b7ddde0cee8p+30 },
	{ CONSUMER_INT8,
	  4,
	  { 0x80, 0x7F, 0xFF, 0 },
	  (uint64_t)-128,
	  127,
	  0,
	  2,
	  -2,
	  -0.5,
	  0x1.68a0923c0be0fp+6 },
	{ CONSUMER_BOOL,
	  4,
	  { 0, 1, 2, 255 },
	  0,
	  1,
	  0,
	  3,
	  3,
	  0.75,
	  0x1.bb67ae8584caap-2 },
	{ CONSUMER_CHAR, 2, { 255, 1 }, 1, 255, 0, 256, 256, 128, 127 },
};

/* All 64 bits of a value of 'type': those beside a bool are 0. */
static uint64_t
bits_of_value(ConsumerType type, uint64_t number)
{
	ConsumerValue value = { .unsigned_integer = 0 };

	if (consumer_type_kind(type) == CONSUMER_KIND_BOOL)
		value.boolean = number != 0;
	else
		value.unsigned_integer = number;
	return value.unsigned_integer;
}

START_TEST(integers_are_summed_in_full)
{
	const ConsumerElement element =
		consumer_element(integer_cases[_i].type);
	unsigned char values[4 * 8];
	const ConsumerArray array =
		view_of(values, element, integer_cases[_i].n,
			(ptrdiff_t)element.itemsize);
	ConsumerSummary summary;
	uint64_t high, low;
	bool is_negative;

	for (int i = 0; i < integer_cases[_i].n; i++)
		put_bits(element, values + (size_t)i * element.itemsize,
			 integer_cases[_i].bits[i]);
	summarise(&summary, &array);
	is_negative = consumer_summary_integer_sum(&summary, &high, &low);
	ck_assert_int_eq(is_negative, integer_cases[_i].sum < 0);
	ck_assert_uint_eq(high, integer_cases[_i].high);
	ck_assert_uint_eq(low, integer_cases[_i].low);
	ck_assert_uint_eq(summary.count, (uint64_t)integer_cases[_i].n);
	ck_assert_uint_eq(summary.min.unsigned_integer,
			  bits_of_value(element.type, integer_cases[_i].min));
	ck_assert_uint_eq(summary.max.unsigned_integer,
			  bits_of_value(element.type, integer_cases[_i].max));
	ck_assert_same_double(consumer_summary_sum(&summary),
			      integer_cases[_i].sum);
	ck_assert_same_double(consumer_summary_mean(&summary),
			      integer_cases[_i].mean);
	ck_assert_same_double(consumer_summary_std(&summary),
			      integer_cases[_i].std);
}
END_TEST

/* --- Random data -------------------------------------------------------- */

/* Bits of elements: anything, or floats of a size. */
static void
fill(uint64_t *state, ConsumerElement element, unsigned char *memory, size_t n)
{
	const bool is_tame = random_bits(state) & 1;

	random_fill(state, memory, n * element.itemsize);
	if (!is_tame || consumer_type_kind(element.type) != CONSUMER_KIND_FLOAT)
		return;
	for (size_t i = 0; i < n; i++) {
		unsigned char *place = memory + i * element.itemsize;
		const uint64_t bits = random_bits(state);
		const double value = (double)(int64_t)bits * 0x1p-60;

		put_bits(element, place,
			 element.type == CONSUMER_FLOAT64
				 ? bits_of_double(value)
			 : element.type == CONSUMER_FLOAT32
				 ? bits_of_float((float)value)
				 : bits & 0xBFFF);
	}
}

#if HAVE_INT128
/* For numbers that are multiples of 2^-24 and below 2^64. */
START_TEST(sums_are_those_of_128_bit_integers)
{
	const ConsumerType type =
		CONSUMER_BOOL + (ConsumerType)(_i / N_VARIANTS);
	const ConsumerKind kind = consumer_type_kind(type);
	const size_t itemsize = consumer_element(type).itemsize;
	const int shift = kind == CONSUMER_KIND_FLOAT ? 24 : 0;
	unsigned char *memory;
	uint64_t state = (uint64_t)_i;

	if (!use_variant(_i % N_VARIANTS))
		return;
	memory = malloc(20000 * itemsize);
	for (int round = 0; round < 5; round++) {
		const ptrdiff_t n = random_between(&state, 1, 20000);
		const ConsumerArray array = view_of(
			memory, consumer_element(type), n, (ptrdiff_t)itemsize);
		int128 want = 0;
		ConsumerSummary summary;
		uint64_t high, low;
		bool is_negative;
		double mean;

		random_fill(&state, memory, (size_t)n * itemsize);
		for (ptrdiff_t i = 0; i < n; i++) {
			unsigned char *place = memory + i * (ptrdiff_t)itemsize;
			const double tame = (double)random_between(
				&state, -9999999, 9999999);
			ConsumerValue value;

			if (type == CONSUMER_FLOAT64)
				put_bits(array.element, place,
					 bits_of_double(tame * 0x1p-20));
			if (type == CONSUMER_FLOAT32)
				put_bits(array.element, place,
					 bits_of_float((float)tame * 0x1p-22f));
			if (type == CONSUMER_FLOAT16)
				place[CONSUMER_NATIVE_ENDIAN ==
				      CONSUMER_LITTLE_ENDIAN] &= 0xBF;
			value = consumer_element_load(array.element, place);
			if (kind == CONSUMER_KIND_FLOAT)
				want += (int128)(value.floating * 0x1p24);
			else if (kind == CONSUMER_KIND_SIGNED)
				want += value.signed_integer;
			else if (kind == CONSUMER_KIND_BOOL)
				want += value.boolean;
			else
				want += value.unsigned_integer;
		}
		summarise(&summary, &array);
		ck_assert_same_double(consumer_summary_sum(&summary),
				      ldexp((double)want, -shift));
		mean = divide_integers((uint128)(want < 0 ? -want : want),
				       (uint64_t)n);
		ck_assert_same_double(consumer_summary_mean(&summary),
				      ldexp(want < 0 ? -mean : mean, -shift));
		is_negative =
			consumer_summary_integer_sum(&summary, &high, &low);
		if (shift == 0)
			expect(is_negative == (want < 0) &&
				       ((uint128)high << 64 | low) ==
					       (uint128)(want < 0 ? -want
								  : want),
			       "the integer sum is wrong");
	}
	free(memory);
}
END_TEST
#endif

/* Parts of any length, merged in any order, of arrays of any layout. */
START_TEST(the_parts_are_the_whole_to_the_bit)
{
	const ConsumerType type =
		CONSUMER_BOOL + (ConsumerType)(_i / N_VARIANTS);
	const size_t itemsize = consumer_element(type).itemsize;
	const ptrdiff_t n = 20000, stride = (ptrdiff_t)itemsize;
	unsigned char *memory;
	uint64_t state = (uint64_t)_i;

	if (!use_variant(_i % N_VARIANTS))
		return;
	memory = malloc((size_t)n * itemsize);
	for (int round = 0; round < 5; round++) {
		const ConsumerElement element =
			element_in_order(type, random_bits(&state) & 1);
		const ConsumerArray array =
			round % 2 ? view_of(memory, element, n, stride)
				  : view_of(memory + (n - 1) * stride, element,
					    n, -stride);
		ConsumerSummary whole, part, merged;

		fill(&state, element, memory, (size_t)n);
		summarise(&whole, &array);
		consumer_summary_begin(&merged, type, CONSUMER_SUMMARY_ALL);
		for (ptrdiff_t start = 0, length; start < n; start += length) {
			length = random_between(&state, 0,
						round < 3 ? 9000 : 100);
			length = MIN(length, n - start);
			consumer_summary_begin(&part, type,
					       CONSUMER_SUMMARY_ALL);
			consumer_summary_add(&part, &array, start, length, 1);
			if (random_bits(&state) & 1) {
				ck_assert_int_eq(consumer_summary_merge(
							 &merged, &part, NULL),
						 CONSUMER_OK);
				continue;
			}
			/* The other way round */
			ck_assert_int_eq(
				consumer_summary_merge(&part, &merged, NULL),
				CONSUMER_OK);
			merged = part;
		}
		check_same(&merged, &whole);
	}
	free(memory);
}
END_TEST

/* Threads share what is long enough; 2.5 MiB are enough for two. */
START_TEST(threads_change_nothing)
{
	const ConsumerType type =
		CONSUMER_BOOL + (ConsumerType)(_i / N_VARIANTS);
	const size_t itemsize = consumer_element(type).itemsize;
	const ptrdiff_t n = (5 << 19) / (ptrdiff_t)itemsize + 77;
	unsigned char *memory;
	uint64_t state = (uint64_t)_i;

	if (!use_variant(_i % N_VARIANTS))
		return;
	memory = malloc((size_t)n * itemsize);
	for (size_t n_threads = 0; n_threads <= 4; n_threads++) {
		const ConsumerElement element =
			element_in_order(type, random_bits(&state) & 1);
		const ConsumerArray array =
			view_of(memory, element, n, (ptrdiff_t)itemsize);
		ConsumerSummary want, got;

		fill(&state, element, memory, (size_t)n);
		summarise(&want, &array);
		consumer_summary_begin(&got, type, CONSUMER_SUMMARY_ALL);
		consumer_summary_add(&got, &array, 0, 1000, n_threads);
		/* Without memory one thread does it. */
		fail_allocation_number(n_threads == 4, true);
		consumer_summary_add(&got, &array, 1000, n - 1000, n_threads);
		expect(allocation_failed() == (n_threads == 4),
		       "no memory was asked for");
		check_same(&got, &want);
	}
	free(memory);
}
END_TEST

/* What a process has told its CPU must not matter, nor be forgotten. */
START_TEST(the_mode_of_the_cpu_does_not_matter)
{
	const ConsumerType type =
		CONSUMER_FLOAT16 + (ConsumerType)(_i / N_VARIANTS % 3);
	const int mode = _i / N_VARIANTS / 3;
	const ptrdiff_t itemsize = (ptrdiff_t)consumer_element(type).itemsize;
	unsigned char *memory;
	uint64_t state = (uint64_t)_i;

	if (!use_variant(_i % N_VARIANTS))
		return;
	memory = malloc(4500 * 8);
	for (int round = 0; round < 12; round++) {
		const ptrdiff_t n = random_between(&state, 1, 4500);
		const ConsumerArray array =
			view_of(memory, consumer_element(type), n, itemsize);
		ConsumerSummary want, got;
		double results[2][3];

		fill(&state, array.element, memory, (size_t)n);
		/* Subnormals alone, which are most easily lost */
		for (ptrdiff_t i = 0; round % 4 == 0 && i < n; i++)
			put_bits(array.element, memory + i * itemsize,
				 (uint64_t)random_between(&state, 0, 1000));
		/* A sum that is below all of its parts */
		if (round % 4 == 1 && type == CONSUMER_FLOAT64 && n > 1) {
			memcpy(memory, &(double){ 0x1p-1022 }, 8);
			memcpy(memory + 8, &(double){ -0x1.1p-1022 }, 8);
			memset(memory + 16, 0, ((size_t)n - 2) * 8);
		}
		summarise(&want, &array);
		results[0][0] = consumer_summary_sum(&want);
		results[0][1] = consumer_summary_mean(&want);
		results[0][2] = consumer_summary_std(&want);
		enter_float_mode(mode);
		summarise(&got, &array);
		results[1][0] = consumer_summary_sum(&got);
		results[1][1] = consumer_summary_mean(&got);
		results[1][2] = consumer_summary_std(&got);
		leave_float_mode(mode);
		check_same(&got, &want);
		for (int i = 0; i < 3; i++)
			ck_assert_same_double(results[1][i], results[0][i]);
	}
	free(memory);
}
END_TEST

/* --- The rest of the interface ------------------------------------------ */

START_TEST(only_what_was_asked_for_is_collected)
{
	double values[] = { 1, NAN, INFINITY, -INFINITY, INFINITY, -2 };
	const ConsumerArray array = view_of(
		values, consumer_element(CONSUMER_FLOAT64), 6, sizeof(double));
	ConsumerSummary all, some;

	summarise(&all, &array);
	consumer_summary_begin(&some, CONSUMER_FLOAT64, (unsigned)_i);
	consumer_summary_add(&some, &array, 0, 6, 1);
	if (!(_i & CONSUMER_SUMMARY_RANGE)) {
		all.count = all.n_nan = 0;
		all.min.unsigned_integer = all.max.unsigned_integer = 0;
	}
	if (!(_i & CONSUMER_SUMMARY_SUM)) {
		memset(all.sum, 0, sizeof(all.sum));
		all.n_positive_infinities = all.n_negative_infinities = 0;
	}
	if (!(_i & CONSUMER_SUMMARY_SQUARES))
		memset(all.squares, 0, sizeof(all.squares));
	all.collected = (unsigned)_i;
	check_same(&some, &all);
}
END_TEST

static const struct {
	ConsumerType type;
	unsigned collected;
} other_cases[] = {
	{ CONSUMER_INT64, CONSUMER_SUMMARY_ALL },
	{ CONSUMER_INT8, CONSUMER_SUMMARY_ALL },
	{ CONSUMER_UINT32, CONSUMER_SUMMARY_ALL },
	{ CONSUMER_INT32, CONSUMER_SUMMARY_RANGE },
	{ CONSUMER_INT32, CONSUMER_SUMMARY_RANGE | CONSUMER_SUMMARY_SUM },
};

START_TEST(summaries_of_different_things_are_not_merged)
{
	int32_t value = 7;
	const ConsumerArray array =
		view_of(&value, consumer_element(CONSUMER_INT32), 1, 4);
	ConsumerSummary summary, other, before, other_before;
	ConsumerError error;

	summarise(&summary, &array);
	before = summary;
	consumer_summary_begin(&other, other_cases[_i].type,
			       other_cases[_i].collected);
	other_before = other;
	check_failure(consumer_summary_merge(&summary, &other, &error), &error,
		      CONSUMER_ERR_ARGUMENT);
	check_same(&summary, &before);
	check_failure(consumer_summary_merge(&other, &summary, &error), &error,
		      CONSUMER_ERR_ARGUMENT);
	check_same(&other, &other_before);
}
END_TEST

/*
 * Enough blocks for carries to be due: 2^26 times the same number, which lies
 * there once.  It is too large to be split, so that it is added one by one.
 */
START_TEST(carries_are_in_time)
{
	double value = _i ? -DBL_MAX : DBL_MAX;
	const ptrdiff_t n = (1 << 26) + 12345;
	const ConsumerArray array =
		view_of(&value, consumer_element(CONSUMER_FLOAT64), n, 0);
	ConsumerSummary summary;

	summarise(&summary, &array);
	ck_assert_uint_eq(summary.count, (uint64_t)n);
	ck_assert_same_double(consumer_summary_mean(&summary), value);
	ck_assert_same_double(consumer_summary_std(&summary), 0);
	ck_assert_same_double(consumer_summary_sum(&summary),
			      _i ? -INFINITY : INFINITY);
}
END_TEST

int
main(void)
{
	const int n_types = CONSUMER_N_TYPES - CONSUMER_BOOL;
	Suite *suite = suite_create("summary");
	TCase *tcase = check_case(suite);

	tcase_add_loop_test(tcase, floats_have_the_true_sum_mean_and_deviation,
			    0, ARRAY_LEN(float_cases));
	tcase_add_loop_test(tcase, floats_have_their_range, 0,
			    ARRAY_LEN(range_cases));
	tcase_add_loop_test(tcase, integers_are_summed_in_full, 0,
			    ARRAY_LEN(integer_cases));
#if HAVE_INT128
	tcase_add_loop_test(tcase, sums_are_those_of_128_bit_integers, 0,
			    n_types * N_VARIANTS);
#endif
	tcase_add_loop_test(tcase, the_parts_are_the_whole_to_the_bit, 0,
			    n_types * N_VARIANTS);
	tcase_add_loop_test(tcase, threads_change_nothing, 0,
			    n_types * N_VARIANTS);
	tcase_add_loop_test(tcase, the_mode_of_the_cpu_does_not_matter, 0,
			    N_FLOAT_MODES * 3 * N_VARIANTS);
	tcase_add_loop_test(tcase, only_what_was_asked_for_is_collected, 0,
			    CONSUMER_SUMMARY_ALL + 1);
	tcase_add_loop_test(tcase, summaries_of_different_things_are_not_merged,
			    0, ARRAY_LEN(other_cases));
	tcase_add_loop_test(tcase, carries_are_in_time, 0, 2);
	return check_run(suite);
}
