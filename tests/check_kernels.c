/* SPDX-License-Identifier: MIT */
/*
 * Every kernel of every variant that the CPU has, against loops that take one
 * element at a time, through consumer_element_load() and exact_add().
 */
#include "config.h"
#include "check_numbers.h"

#include <float.h>

/* --- The slow way ------------------------------------------------------- */

static ConsumerValue
value_at(ConsumerType type, const void *elements, size_t i)
{
	const ConsumerElement element = consumer_element(type);

	return consumer_element_load(element, (const unsigned char *)elements +
						      i * element.itemsize);
}

static bool
is_less_than(ConsumerKind kind, ConsumerValue a, ConsumerValue b)
{
	if (kind == CONSUMER_KIND_SIGNED)
		return a.signed_integer < b.signed_integer;
	if (kind == CONSUMER_KIND_BOOL)
		return a.boolean < b.boolean;
	if (kind != CONSUMER_KIND_FLOAT)
		return a.unsigned_integer < b.unsigned_integer;
	if (a.floating == 0 && b.floating == 0)
		return signbit(a.floating) && !signbit(b.floating);
	return a.floating < b.floating;
}

static bool
are_equal(ConsumerKind kind, ConsumerValue a, ConsumerValue b)
{
	if (kind == CONSUMER_KIND_BOOL)
		return a.boolean == b.boolean;
	if (kind == CONSUMER_KIND_FLOAT)
		return a.floating == b.floating;
	return a.unsigned_integer == b.unsigned_integer;
}

static bool
is_nan(ConsumerKind kind, ConsumerValue value)
{
	return kind == CONSUMER_KIND_FLOAT && isnan(value.floating);
}

struct sums {
	int64_t sum[CONSUMER_SUM_LIMBS];
	int64_t squares[CONSUMER_SQUARES_LIMBS];
	struct infinities infinities;
};

static void
carry(struct sums *sums)
{
	exact_carry(sums->sum, CONSUMER_SUM_LIMBS);
	exact_carry(sums->squares, CONSUMER_SQUARES_LIMBS);
}

static void
take_integer(struct sums *sums, uint64_t magnitude, bool is_negative)
{
	const struct wide square = wide_multiply_add(magnitude, magnitude, 0);

	exact_add(sums->sum, SUM_FRACTION_BITS, magnitude, is_negative);
	exact_add(sums->squares, SQUARES_FRACTION_BITS, square.low, false);
	exact_add(sums->squares, SQUARES_FRACTION_BITS + 64, square.high,
		  false);
}

static void
take(struct sums *sums, ConsumerKind kind, ConsumerValue value)
{
	if (kind == CONSUMER_KIND_BOOL) {
		take_integer(sums, value.boolean, false);
	} else if (kind == CONSUMER_KIND_SIGNED) {
		const bool is_negative = value.signed_integer < 0;

		take_integer(sums,
			     is_negative ? -value.unsigned_integer
					 : value.unsigned_integer,
			     is_negative);
	} else if (kind != CONSUMER_KIND_FLOAT) {
		take_integer(sums, value.unsigned_integer, false);
	} else if (isfinite(value.floating)) {
		add_double(sums->sum, value.floating);
		add_square_of_double(sums->squares, value.floating);
	} else {
		sums->infinities.n_positive += value.floating > 0;
		sums->infinities.n_negative += value.floating < 0;
	}
}

/* --- Kernels against it ------------------------------------------------- */

static void
check_range(ConsumerType type, const void *elements, size_t n, bool is_all)
{
	const ConsumerKind kind = consumer_type_kind(type);
	struct range want = { .n_nan = 0 };
	bool is_first = true;
	struct sums sums = { .sum = { 0 } };
	struct range got;

	for (size_t i = 0; i < n; i++) {
		const ConsumerValue value = value_at(type, elements, i);

		if (is_nan(kind, value)) {
			want.n_nan++;
			continue;
		}
		if (is_first || is_less_than(kind, value, want.min))
			want.min = value;
		if (is_first || is_less_than(kind, want.max, value))
			want.max = value;
		is_first = false;
	}
	if (is_all)
		summary_kernels_for(type)->all(elements, n, &got, sums.sum,
					       &sums.infinities, sums.squares);
	else
		summary_kernels_for(type)->range(elements, n, &got);
	expect(got.n_nan == want.n_nan, "%zu NaN in %zu elements, expected %zu",
	       got.n_nan, n, want.n_nan);
	expect(is_first || (!is_less_than(kind, got.min, want.min) &&
			    !is_less_than(kind, want.min, got.min)),
	       "the minimum of %zu elements is wrong", n);
	expect(is_first || (!is_less_than(kind, got.max, want.max) &&
			    !is_less_than(kind, want.max, got.max)),
	       "the maximum of %zu elements is wrong", n);
}

static void
check_sums(ConsumerType type, const void *elements, size_t n)
{
	const ConsumerKind kind = consumer_type_kind(type);
	struct sums want, got, all;
	struct range range;

	/* They add to what is there. */
	memset(&want, 0, sizeof(want));
	take_integer(&want, 12345, true);
	got = all = want;
	for (size_t i = 0; i < n; i++)
		take(&want, kind, value_at(type, elements, i));
	summary_kernels_for(type)->sum(elements, n, got.sum, &got.infinities);
	carry(&want);
	carry(&got);
	expect(memcmp(got.sum, want.sum, sizeof(got.sum)) == 0,
	       "the sum of %zu elements is %a, not %a", n, exact_sum(got.sum),
	       exact_sum(want.sum));
	expect(memcmp(&got.infinities, &want.infinities,
		      sizeof(got.infinities)) == 0,
	       "the infinities of %zu elements are miscounted", n);
	if (n == 0)
		return;
	summary_kernels_for(type)->all(elements, n, &range, all.sum,
				       &all.infinities, all.squares);
	carry(&all);
	expect(memcmp(all.sum, want.sum, sizeof(all.sum)) == 0,
	       "the sum of all %zu elements is %a, not %a", n,
	       exact_sum(all.sum), exact_sum(want.sum));
	expect(memcmp(all.squares, want.squares, sizeof(all.squares)) == 0,
	       "the sum of the squares of %zu elements is wrong", n);
	expect(memcmp(&all.infinities, &want.infinities,
		      sizeof(all.infinities)) == 0,
	       "the infinities of all %zu elements are miscounted", n);
}

static void
check_search(ConsumerType type, const void *elements, size_t n,
	     ConsumerValue value)
{
	const ConsumerKind kind = consumer_type_kind(type);
	size_t first = n, n_equal = 0;

	for (size_t i = n; i-- > 0;) {
		if (!are_equal(kind, value_at(type, elements, i), value))
			continue;
		first = i;
		n_equal++;
	}
	expect(search_kernels_for(type)->find(elements, n, value) == first,
	       "not found at %zu of %zu", first, n);
	expect(search_kernels_for(type)->count(elements, n, value) == n_equal,
	       "not counted %zu times in %zu", n_equal, n);
}

static void
check_equal(ConsumerType type, const void *elements, const void *others,
	    size_t n)
{
	const ConsumerKind kind = consumer_type_kind(type);
	bool want = true;

	for (size_t i = 0; i < n; i++)
		want = want && are_equal(kind, value_at(type, elements, i),
					 value_at(type, others, i));
	expect(search_kernels_for(type)->equal(elements, others, n) == want,
	       "%zu elements are not %d", n, want);
}

/* --- Data --------------------------------------------------------------- */

static const double special_floats[] = {
	0.0,	 -0.0,	   1,	      -1,	  INFINITY, -INFINITY, NAN,
	DBL_MAX, -DBL_MAX, 0x1p-1074, -0x1p-1022, FLT_MAX,  0x1p-149,  0x1p-126,
	65504,	 0x1p-24,  0x1p1000,  -0x1p-1000, 0x1p901,  0x1p-900,
};

/* What the elements are like. */
enum style {
	STYLE_BITS,    /* any bits at all */
	STYLE_FEW,     /* numbers of which many are equal */
	STYLE_NORMAL,  /* of a size, as data are */
	STYLE_SPECIAL, /* zeros, infinities, NaN and the limits of types */
	STYLE_ZEROS,   /* 0.0 and -0.0 */
	N_STYLES,
};

static uint64_t
bits_as(ConsumerType type, double value)
{
	if (type == CONSUMER_FLOAT64)
		return bits_of_double(value);
	if (type == CONSUMER_FLOAT32)
		return bits_of_float((float)value);
	/* Of float16: its exponent and the highest bits */
	if (isnan(value))
		return 0x7E00;
	if (value == 0 || fabs(value) > 65504)
		return (value == 0 ? 0 : 0x7C00) |
		       (signbit(value) ? 0x8000 : 0);
	if (fabs(value) < 0x1p-14)
		return (uint64_t)ldexp(fabs(value), 24);
	return (bits_of_double(fabs(value)) - (UINT64_C(1008) << 52)) >> 42 |
	       (signbit(value) ? 0x8000 : 0);
}

static uint64_t
random_element(uint64_t *state, ConsumerType type, enum style style)
{
	const bool is_float = consumer_type_kind(type) == CONSUMER_KIND_FLOAT;
	const int n_bits = 8 * (int)consumer_element(type).itemsize;
	const uint64_t bits = random_bits(state);

	if (style == STYLE_BITS || (!is_float && style == STYLE_NORMAL))
		return bits;
	if (style == STYLE_ZEROS)
		return bits % 2 << (n_bits - 1);
	if (style == STYLE_FEW)
		return is_float ? bits_as(type, (double)(bits % 5) - 2)
				: bits % 5 - 2;
	if (style == STYLE_NORMAL)
		return bits_as(type, ldexp((double)(int64_t)bits, -63));
	if (is_float)
		return bits_as(
			type, special_floats[bits % ARRAY_LEN(special_floats)]);
	/* 0, -1, the least and the greatest */
	return (bits & 1 ? UINT64_MAX >> (64 - n_bits) : 0) ^
	       (uint64_t)(bits >> 1 & 1) << (n_bits - 1);
}

static void
fill(uint64_t *state, ConsumerType type, enum style style, void *elements,
     size_t n)
{
	const ConsumerElement element = consumer_element(type);

	for (size_t i = 0; i < n; i++)
		put_bits(element,
			 (unsigned char *)elements + i * element.itemsize,
			 random_element(state, type, style));
}

static void
check_all(uint64_t *state, ConsumerType type, const unsigned char *elements,
	  unsigned char *others, size_t n)
{
	const size_t itemsize = consumer_element(type).itemsize;
	const size_t at = random_bits(state) % n;
	ConsumerValue value = value_at(type, elements, at);

	check_range(type, elements, n, false);
	check_range(type, elements, n, true);
	check_sums(type, elements, n);
	check_search(type, elements, n, value);
	check_search(type, elements, n, value_at(type, others, at));
	memcpy(others, elements, n * itemsize);
	check_equal(type, elements, others, n);
	others[at * itemsize + random_bits(state) % itemsize] ^=
		(unsigned char)(1 << random_bits(state) % 8);
	check_equal(type, elements, others, n);
}

/* --- Tests -------------------------------------------------------------- */

/* Each flush against the page behind, and so at every alignment. */
START_TEST(all_lengths_at_all_addresses)
{
	const ConsumerType type =
		CONSUMER_BOOL + (ConsumerType)(_i / N_VARIANTS);
	const size_t itemsize = consumer_element(type).itemsize;
	struct guarded memory = guarded_new(301 * itemsize, GUARDED_BACK);
	struct guarded others = guarded_new(301 * itemsize, GUARDED_BACK);
	uint64_t state = (uint64_t)_i;

	if (!use_variant(_i % N_VARIANTS))
		return;
	for (size_t n = 1; n <= 300; n++) {
		const size_t n_bytes = n * itemsize;
		const size_t shift = random_bits(&state) % itemsize;
		unsigned char *back =
			memory.data + memory.n_bytes - n_bytes - shift;

		for (int style = 0; style < N_STYLES; style++) {
			fill(&state, type, (enum style)style, back, n);
			check_all(&state, type, back,
				  others.data + others.n_bytes - n_bytes, n);
		}
	}
	guarded_free(&memory);
	guarded_free(&others);
}
END_TEST

START_TEST(full_blocks)
{
	const ConsumerType type =
		CONSUMER_BOOL + (ConsumerType)(_i / N_VARIANTS);
	const size_t n = CONSUMER_BLOCK_BYTES / consumer_element(type).itemsize;
	struct guarded memory = guarded_new(CONSUMER_BLOCK_BYTES, GUARDED_BACK);
	struct guarded others = guarded_new(CONSUMER_BLOCK_BYTES, GUARDED_BACK);
	uint64_t state = (uint64_t)_i;

	if (!use_variant(_i % N_VARIANTS))
		return;
	for (int style = 0; style < N_STYLES; style++) {
		fill(&state, type, (enum style)style, memory.data, n);
		check_all(&state, type, memory.data, others.data, n);
		check_sums(type, memory.data, n - 1);
	}
	/* The largest of the same sign, which fill an accumulator: ... */
	memset(memory.data, 0xFF, memory.n_bytes);
	check_all(&state, type, memory.data, others.data, n);
	/* ... of signed integers the least, and the greatest. */
	for (unsigned is_greatest = 0; is_greatest < 2; is_greatest++) {
		const size_t itemsize = memory.n_bytes / n;

		for (size_t i = 0; i < n; i++)
			put_bits(consumer_element(type),
				 memory.data + i * itemsize,
				 (UINT64_C(1) << (8 * itemsize - 1)) -
					 is_greatest);
		check_all(&state, type, memory.data, others.data, n);
	}
	guarded_free(&memory);
	guarded_free(&others);
}
END_TEST

START_TEST(no_elements)
{
	const ConsumerType type =
		CONSUMER_BOOL + (ConsumerType)(_i / N_VARIANTS);
	const ConsumerValue zero = { .unsigned_integer = 0 };
	struct guarded memory = guarded_new(1, GUARDED_BACK);

	if (!use_variant(_i % N_VARIANTS))
		return;
	check_sums(type, memory.data + 1, 0);
	check_search(type, memory.data + 1, 0, zero);
	check_equal(type, memory.data + 1, memory.data + 1, 0);
	guarded_free(&memory);
}
END_TEST

/* One value at every place, found there and nowhere else. */
START_TEST(a_value_is_found_wherever_it_is)
{
	const ConsumerType type =
		CONSUMER_BOOL + (ConsumerType)(_i / N_VARIANTS);
	const ConsumerElement element = consumer_element(type);
	struct guarded memory =
		guarded_new(200 * element.itemsize, GUARDED_BACK);
	const uint64_t one = consumer_type_kind(type) == CONSUMER_KIND_FLOAT
				     ? bits_as(type, 1)
				     : 1;

	if (!use_variant(_i % N_VARIANTS))
		return;
	for (size_t at = 0; at < 200; at++) {
		unsigned char *place = memory.data + at * element.itemsize;

		put_bits(element, place, one);
		check_search(type, memory.data, 200,
			     value_at(type, memory.data, at));
		put_bits(element, place, 0);
	}
	guarded_free(&memory);
}
END_TEST

static const ConsumerType wide_floats[] = { CONSUMER_FLOAT32,
					    CONSUMER_FLOAT64 };

/*
 * One significand for all, so that what rounding leaves of each adds up, and
 * exponents at both ends of a range and between.
 */
static void
fill_range(uint64_t *state, ConsumerType type, void *elements, size_t n,
	   int highest, int width, int sign)
{
	const int n_bits = type == CONSUMER_FLOAT32 ? 24 : 53;
	/* All bits set, or any odd number */
	const uint64_t bits =
		random_bits(state) % 3 ? UINT64_MAX : random_bits(state) | 1;
	const double significand = (double)(UINT64_C(1) << (n_bits - 1) |
					    bits >> (64 - n_bits) | 1);
	const ConsumerElement element = consumer_element(type);

	for (size_t i = 0; i < n; i++) {
		const int lower = i % 3 ? (int)(i % 2) * width
					: (int)random_between(state, 0, width);
		const double value =
			ldexp(significand, highest - n_bits + 1 - lower);
		const bool is_negative =
			sign ? sign < 0 : random_bits(state) & 1;

		put_bits(element,
			 (unsigned char *)elements + i * element.itemsize,
			 bits_as(type, is_negative ? -value : value));
	}
}

/* One part, two, three, and one by one: wherever the kernels change over. */
START_TEST(every_range_of_exponents)
{
	const ConsumerType type = wide_floats[_i / N_VARIANTS];
	const size_t n = CONSUMER_BLOCK_BYTES / consumer_element(type).itemsize;
	void *elements;
	uint64_t state = (uint64_t)_i;

	if (!use_variant(_i % N_VARIANTS))
		return;
	elements = malloc(CONSUMER_BLOCK_BYTES);
	for (int width = 0; width <= 100; width++) {
		for (int round = 0; round < 4; round++) {
			const int sign = round == 3 ? 0 : round % 2 ? -1 : 1;

			fill_range(&state, type, elements, n, 20, width, sign);
			check_sums(type, elements, n);
		}
	}
	free(elements);
}
END_TEST

/* Where results would overflow or be subnormal. */
START_TEST(every_exponent)
{
	const ConsumerType type = wide_floats[_i / N_VARIANTS];
	const int least = type == CONSUMER_FLOAT32 ? -149 : -1074;
	const int most = type == CONSUMER_FLOAT32 ? 127 : 1023;
	unsigned char elements[64 * sizeof(double)];
	uint64_t state = (uint64_t)_i;

	if (!use_variant(_i % N_VARIANTS))
		return;
	for (int highest = least; highest <= most; highest++) {
		for (int width = 0; width <= 60; width += 20) {
			fill_range(&state, type, elements, 64, highest, width,
				   0);
			check_sums(type, elements, 64);
		}
	}
}
END_TEST

/*
 * Those of float32 used to crash: next to large numbers, whose exponents are
 * near theirs, they were split like these.
 */
START_TEST(infinities_and_nan_among_numbers_of_any_size)
{
	static const double odd[] = { INFINITY, -INFINITY, NAN };
	const ConsumerType type = wide_floats[_i / N_VARIANTS];
	const ConsumerElement element = consumer_element(type);
	unsigned char elements[512 * sizeof(double)];
	uint64_t state = (uint64_t)_i;

	if (!use_variant(_i % N_VARIANTS))
		return;
	for (int highest = -120; highest <= 127; highest++) {
		for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
			fill_range(&state, type, elements, 512, highest, 0, 0);
			put_bits(element,
				 elements + random_bits(&state) % 512 *
						    element.itemsize,
				 bits_as(type, odd[i]));
			check_sums(type, elements, 512);
			check_range(type, elements, 512, true);
		}
	}
}
END_TEST

/* How many numbers of a block are far below the others. */
static const size_t few_cases[] = {
	1, 2, 15, 16, 17, 200, 255, 256, 257, 2000
};

START_TEST(a_few_far_below_the_others)
{
	const ConsumerType type = wide_floats[_i / N_VARIANTS];
	const ConsumerElement element = consumer_element(type);
	const size_t n = CONSUMER_BLOCK_BYTES / element.itemsize;
	const int least = type == CONSUMER_FLOAT32 ? -149 : -1074;
	unsigned char *elements;
	uint64_t state = (uint64_t)_i;

	if (!use_variant(_i % N_VARIANTS))
		return;
	elements = malloc(CONSUMER_BLOCK_BYTES);
	for (size_t i = 0; i < ARRAY_LEN(few_cases); i++) {
		for (int lower = -20; lower >= least; lower += least / 12) {
			fill_range(&state, type, elements, n,
				   (int)random_between(&state, -10, 100), 20,
				   0);
			for (size_t j = 0; j < few_cases[i]; j++)
				put_bits(element,
					 elements + random_bits(&state) % n *
							    element.itemsize,
					 bits_as(type, ldexp(1.75, lower)));
			/* Zeros are no such numbers. */
			for (size_t j = 0; j < 1000; j++)
				put_bits(element,
					 elements + random_bits(&state) % n *
							    element.itemsize,
					 bits_as(type, j % 2 ? 0.0 : -0.0));
			check_sums(type, elements, n);
			check_sums(type, elements, n - 1);
		}
	}
	free(elements);
}
END_TEST

static const double same_values[] = { 0.0,	  -0.0,	     3.7,
				      -0x1p-1074, 1e300,     -0x1p-500,
				      DBL_MAX,	  1e-300,    0x1p-149,
				      1e30,	  -0x1p-126, 1e-40 };

START_TEST(equal_numbers)
{
	const ConsumerType type = wide_floats[_i / N_VARIANTS];
	const ConsumerElement element = consumer_element(type);
	const size_t n = CONSUMER_BLOCK_BYTES / element.itemsize;
	unsigned char *elements;

	if (!use_variant(_i % N_VARIANTS))
		return;
	elements = malloc(CONSUMER_BLOCK_BYTES);
	for (size_t i = 0; i < ARRAY_LEN(same_values); i++) {
		for (size_t j = 0; j < n; j++)
			put_bits(element, elements + j * element.itemsize,
				 bits_as(type, same_values[i]));
		check_sums(type, elements, n);
		check_range(type, elements, n, true);
	}
	free(elements);
}
END_TEST

/* Flush against both ends of what may be read. */
START_TEST(elements_are_gathered_from_any_distance)
{
	const size_t itemsize = (size_t)1 << _i / N_VARIANTS;
	struct guarded memory = guarded_new(150 * 40, GUARDED_BACK);
	unsigned char got[150 * 8 + 1], want[150 * 8 + 1];
	uint64_t state = (uint64_t)_i;

	if (!use_variant(_i % N_VARIANTS))
		return;
	random_fill(&state, memory.data, memory.n_bytes);
	for (ptrdiff_t stride = -20; stride <= 40; stride++) {
		for (size_t n = 1; n < 150; n += n < 70 ? 1 : 13) {
			const size_t span =
				(n - 1) * (size_t)labs(stride) + itemsize;
			const bool is_swapped = random_bits(&state) & 1;
			/* The first or the last address is the highest. */
			const unsigned char *from =
				memory.data + memory.n_bytes -
				(stride < 0 ? itemsize : span);

			memset(want, 7, sizeof(want));
			memset(got, 7, sizeof(got));
			for (size_t i = 0; i < n * itemsize; i++) {
				const size_t byte = i % itemsize;

				want[i] = from
					[(ptrdiff_t)(i / itemsize) * stride +
					 (ptrdiff_t)(is_swapped ? itemsize - 1 -
									  byte
								: byte)];
			}
			gather_kernel_for(itemsize)(got, from, stride, n,
						    is_swapped);
			expect(memcmp(got, want, sizeof(got)) == 0,
			       "%zu elements of %zu bytes, %td apart, %d", n,
			       itemsize, stride, is_swapped);
		}
	}
	ck_assert(!gather_kernel_for(3));
	ck_assert(!gather_kernel_for(16));
	guarded_free(&memory);
}
END_TEST

static const uint64_t float16_styles[] = { 0x0000, 0x0400, 0x3C00, 0x7800 };

/* Every float16, with its neighbours and far from them. */
START_TEST(every_float16)
{
	uint16_t elements[1024];

	if (!use_variant(_i % N_VARIANTS))
		return;
	for (unsigned start = 0; start <= UINT16_MAX; start += 1024) {
		for (unsigned i = 0; i < 1024; i++)
			elements[i] = (uint16_t)(start + i);
		for (size_t i = 0; i < ARRAY_LEN(float16_styles); i++) {
			elements[77] = (uint16_t)float16_styles[i];
			check_sums(CONSUMER_FLOAT16, elements, 1024);
			check_range(CONSUMER_FLOAT16, elements, 1024, true);
			check_search(CONSUMER_FLOAT16, elements, 1024,
				     value_at(CONSUMER_FLOAT16, elements, 600));
		}
	}
}
END_TEST

START_TEST(a_name_that_is_none_gives_the_best_variant)
{
	const char *best;

	setenv("CONSUMER_KERNELS", "none", true);
	best = kernels_name();
	ck_assert(strcmp(best, "avx512") == 0 || strcmp(best, "avx2") == 0 ||
		  strcmp(best, "portable") == 0);
	/* The choice is made once. */
	setenv("CONSUMER_KERNELS", "portable", true);
	ck_assert_ptr_eq(kernels_name(), best);
}
END_TEST

int
main(void)
{
	const int n_types = CONSUMER_N_TYPES - CONSUMER_BOOL;
	Suite *suite = suite_create("kernels");
	TCase *tcase = check_case(suite);

	tcase_add_loop_test(tcase, all_lengths_at_all_addresses, 0,
			    n_types * N_VARIANTS);
	tcase_add_loop_test(tcase, full_blocks, 0, n_types * N_VARIANTS);
	tcase_add_loop_test(tcase, no_elements, 0, n_types * N_VARIANTS);
	tcase_add_loop_test(tcase, a_value_is_found_wherever_it_is, 0,
			    n_types * N_VARIANTS);
	tcase_add_loop_test(tcase, every_range_of_exponents, 0, 2 * N_VARIANTS);
	tcase_add_loop_test(tcase, every_exponent, 0, 2 * N_VARIANTS);
	tcase_add_loop_test(tcase, infinities_and_nan_among_numbers_of_any_size,
			    0, 2 * N_VARIANTS);
	tcase_add_loop_test(tcase, a_few_far_below_the_others, 0,
			    2 * N_VARIANTS);
	tcase_add_loop_test(tcase, equal_numbers, 0, 2 * N_VARIANTS);
	tcase_add_loop_test(tcase, elements_are_gathered_from_any_distance, 0,
			    4 * N_VARIANTS);
	tcase_add_loop_test(tcase, every_float16, 0, N_VARIANTS);
	tcase_add_test(tcase, a_name_that_is_none_gives_the_best_variant);
	return check_run(suite);
}
