/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "blocks.h"
#include "check_numbers.h"
#include "element.h"

#include <float.h>

/* --- One value ----------------------------------------------------------- */

/*
 * Stores into exactly the bytes of the element, at the edge of a page, in both
 * byte orders; returns the bits that came of it.
 */
static uint64_t
stored_bits(ConsumerType type, ConsumerKind kind, ConsumerValue value)
{
	const size_t n = consumer_element(type).itemsize;
	struct guarded memory = guarded_new(n, GUARDED_BACK);
	uint64_t bits[2] = { 0 };

	for (int order = 0; order < 2; order++) {
		const ConsumerElement element = element_in_order(type, order);

		ck_assert_int_eq(consumer_element_store(element, memory.data,
							kind, value, NULL),
				 CONSUMER_OK);
		for (size_t i = 0; i < n; i++)
			bits[order] |=
				(uint64_t)memory.data[order ? n - 1 - i : i]
				<< 8 * i;
	}
	guarded_free(&memory);
	ck_assert_uint_eq(bits[0], bits[1]);
	return bits[0];
}

static void
check_refused(ConsumerType type, ConsumerKind kind, ConsumerValue value)
{
	const ConsumerElement element = consumer_element(type);
	unsigned char memory[8];
	ConsumerError error;

	POISON(memory);
	check_failure(
		consumer_element_store(element, memory, kind, value, &error),
		&error, CONSUMER_ERR_ARGUMENT);
	ck_assert_untouched(memory);
	ck_assert_int_eq(
		consumer_element_store(element, memory, kind, value, NULL),
		CONSUMER_ERR_ARGUMENT);
	ck_assert_untouched(memory);
}

static const struct {
	ConsumerType type;
	int64_t least;
	uint64_t most;
} limits[] = {
	{ CONSUMER_INT8, INT8_MIN, INT8_MAX },
	{ CONSUMER_UINT8, 0, UINT8_MAX },
	{ CONSUMER_INT16, INT16_MIN, INT16_MAX },
	{ CONSUMER_UINT16, 0, UINT16_MAX },
	{ CONSUMER_INT32, INT32_MIN, INT32_MAX },
	{ CONSUMER_UINT32, 0, UINT32_MAX },
	{ CONSUMER_INT64, INT64_MIN, INT64_MAX },
	{ CONSUMER_UINT64, 0, UINT64_MAX },
};

START_TEST(integers_are_stored_within_the_limits)
{
	const ConsumerType type = limits[_i].type;
	const uint64_t mask =
		UINT64_MAX >> (64 - 8 * consumer_element(type).itemsize);
	const int64_t least = limits[_i].least;
	const uint64_t most = limits[_i].most;
	ConsumerValue value = { .signed_integer = least };

	ck_assert_uint_eq(stored_bits(type, CONSUMER_KIND_SIGNED, value),
			  (uint64_t)least & mask);
	value.unsigned_integer = most;
	ck_assert_uint_eq(stored_bits(type, CONSUMER_KIND_UNSIGNED, value),
			  most);
	if (least > INT64_MIN) {
		value.signed_integer = least - 1;
		check_refused(type, CONSUMER_KIND_SIGNED, value);
	}
	if (most < UINT64_MAX) {
		value.unsigned_integer = most + 1;
		check_refused(type, CONSUMER_KIND_UNSIGNED, value);
	}
	value.boolean = true;
	ck_assert_uint_eq(stored_bits(type, CONSUMER_KIND_BOOL, value), 1);
}
END_TEST

static const struct {
	ConsumerType type;
	ConsumerKind kind;
	ConsumerValue value;
	uint64_t bits;
} store_cases[] = {
	{ CONSUMER_BOOL, CONSUMER_KIND_BOOL, { .boolean = true }, 1 },
	{ CONSUMER_BOOL, CONSUMER_KIND_BOOL, { .boolean = false }, 0 },
	{ CONSUMER_CHAR, CONSUMER_KIND_CHAR, { .unsigned_integer = 255 }, 255 },
	{ CONSUMER_FLOAT64,
	  CONSUMER_KIND_FLOAT,
	  { .floating = -0.0 },
	  UINT64_C(1) << 63 },
	{ CONSUMER_FLOAT64, CONSUMER_KIND_FLOAT, { .floating = 0x1p-1074 }, 1 },
	{ CONSUMER_FLOAT64,
	  CONSUMER_KIND_BOOL,
	  { .boolean = true },
	  0x3FF0000000000000 },
	{ CONSUMER_FLOAT64,
	  CONSUMER_KIND_SIGNED,
	  { .signed_integer = INT64_MIN },
	  0xC3E0000000000000 },
	{ CONSUMER_FLOAT64,
	  CONSUMER_KIND_SIGNED,
	  { .signed_integer = (INT64_C(1) << 53) + 1 },
	  0x4340000000000000 },
	{ CONSUMER_FLOAT64,
	  CONSUMER_KIND_UNSIGNED,
	  { .unsigned_integer = UINT64_MAX },
	  0x43F0000000000000 },
	{ CONSUMER_FLOAT32,
	  CONSUMER_KIND_FLOAT,
	  { .floating = 0.1 },
	  0x3DCCCCCD },
	{ CONSUMER_FLOAT32,
	  CONSUMER_KIND_FLOAT,
	  { .floating = 1e300 },
	  0x7F800000 },
	{ CONSUMER_FLOAT32,
	  CONSUMER_KIND_FLOAT,
	  { .floating = -1e300 },
	  0xFF800000 },
	{ CONSUMER_FLOAT32, CONSUMER_KIND_FLOAT, { .floating = 0x1p-149 }, 1 },
	{ CONSUMER_FLOAT32, CONSUMER_KIND_FLOAT, { .floating = 0x1p-150 }, 0 },
	{ CONSUMER_FLOAT32,
	  CONSUMER_KIND_UNSIGNED,
	  { .unsigned_integer = 16777217 },
	  0x4B800000 },
	{ CONSUMER_FLOAT16,
	  CONSUMER_KIND_SIGNED,
	  { .signed_integer = -2 },
	  0xC000 },
	{ CONSUMER_FLOAT16,
	  CONSUMER_KIND_UNSIGNED,
	  { .unsigned_integer = 65519 },
	  0x7BFF },
	{ CONSUMER_FLOAT16,
	  CONSUMER_KIND_FLOAT,
	  { .floating = INFINITY },
	  0x7C00 },
	{ CONSUMER_FLOAT16,
	  CONSUMER_KIND_FLOAT,
	  { .floating = -INFINITY },
	  0xFC00 },
	{ CONSUMER_FLOAT16, CONSUMER_KIND_FLOAT, { .floating = NAN }, 0x7E00 },
	{ CONSUMER_FLOAT16, CONSUMER_KIND_FLOAT, { .floating = -0.0 }, 0x8000 },
	{ CONSUMER_FLOAT16, CONSUMER_KIND_FLOAT, { .floating = 0x1p-1074 }, 0 },
	{ CONSUMER_FLOAT16,
	  CONSUMER_KIND_FLOAT,
	  { .floating = -0x1p-1074 },
	  0x8000 },
};

START_TEST(a_value_is_stored_as_its_bits)
{
	ck_assert_uint_eq(stored_bits(store_cases[_i].type,
				      store_cases[_i].kind,
				      store_cases[_i].value),
			  store_cases[_i].bits);
}
END_TEST

static const struct {
	ConsumerType type;
	ConsumerKind kind;
	ConsumerValue value;
} refused_cases[] = {
	{ CONSUMER_INT32, CONSUMER_KIND_FLOAT, { .floating = 1 } },
	{ CONSUMER_UINT64, CONSUMER_KIND_FLOAT, { .floating = 1 } },
	{ CONSUMER_INT32, CONSUMER_KIND_CHAR, { .unsigned_integer = 1 } },
	{ CONSUMER_FLOAT64, CONSUMER_KIND_CHAR, { .unsigned_integer = 1 } },
	{ CONSUMER_FLOAT64, CONSUMER_KIND_NONE, { .unsigned_integer = 1 } },
	{ CONSUMER_INT32, CONSUMER_KIND_NONE, { .unsigned_integer = 1 } },
	{ CONSUMER_CHAR, CONSUMER_KIND_UNSIGNED, { .unsigned_integer = 1 } },
	{ CONSUMER_CHAR, CONSUMER_KIND_BOOL, { .boolean = true } },
	{ CONSUMER_BOOL, CONSUMER_KIND_SIGNED, { .signed_integer = 1 } },
	{ CONSUMER_BOOL, CONSUMER_KIND_FLOAT, { .floating = 1 } },
	{ CONSUMER_OPAQUE, CONSUMER_KIND_UNSIGNED, { .unsigned_integer = 1 } },
	{ CONSUMER_OPAQUE, CONSUMER_KIND_NONE, { .unsigned_integer = 1 } },
	{ CONSUMER_UINT8, CONSUMER_KIND_SIGNED, { .signed_integer = -1 } },
	{ CONSUMER_UINT64,
	  CONSUMER_KIND_SIGNED,
	  { .signed_integer = INT64_MIN } },
	{ CONSUMER_INT64,
	  CONSUMER_KIND_UNSIGNED,
	  { .unsigned_integer = UINT64_MAX } },
	{ CONSUMER_FLOAT16, CONSUMER_KIND_FLOAT, { .floating = 65520 } },
	{ CONSUMER_FLOAT16, CONSUMER_KIND_FLOAT, { .floating = -65520 } },
	{ CONSUMER_FLOAT16, CONSUMER_KIND_FLOAT, { .floating = DBL_MAX } },
	{ CONSUMER_FLOAT16,
	  CONSUMER_KIND_UNSIGNED,
	  { .unsigned_integer = 65520 } },
};

START_TEST(a_value_that_does_not_fit_is_refused)
{
	check_refused(refused_cases[_i].type, refused_cases[_i].kind,
		      refused_cases[_i].value);
}
END_TEST

/* --- float16 ------------------------------------------------------------- */

static uint16_t
store_half(double value)
{
	const ConsumerValue floating = { .floating = value };
	uint16_t half = 0;

	expect(consumer_element_store(consumer_element(CONSUMER_FLOAT16), &half,
				      CONSUMER_KIND_FLOAT, floating,
				      NULL) == CONSUMER_OK,
	       "%a was refused", value);
	return half;
}

/* The finite magnitudes, by the book. */
static double
half_value(unsigned half)
{
	const int exponent = (int)half >> 10;
	const int mantissa = half & 1023;

	return exponent ? ldexp(1024 + mantissa, exponent - 25)
			: ldexp(mantissa, -24);
}

START_TEST(every_float16_is_stored_as_it_was_loaded)
{
	const ConsumerElement element = consumer_element(CONSUMER_FLOAT16);

	for (unsigned half = 0; half <= UINT16_MAX; half++) {
		const uint16_t from = (uint16_t)half;
		const double value =
			consumer_element_load(element, &from).floating;
		const unsigned want =
			isnan(value) ? (half & 0x8000) | 0x7E00 : half;

		expect(store_half(value) == want, "0x%04X became 0x%04X", half,
		       store_half(value));
	}
}
END_TEST

/* Half-way to the next, and just before and behind. */
START_TEST(ties_go_to_the_even_float16)
{
	for (unsigned half = 0; half < 0x7BFF; half++) {
		const double middle =
			(half_value(half) + half_value(half + 1)) / 2;
		const unsigned even = half + (half & 1);

		expect(store_half(middle) == even, "%a", middle);
		expect(store_half(-middle) == (even | 0x8000), "-%a", middle);
		expect(store_half(nextafter(middle, 0)) == half, "below %a",
		       middle);
		expect(store_half(nextafter(middle, 1e9)) == half + 1,
		       "above %a", middle);
	}
	ck_assert_uint_eq(store_half(nextafter(65520, 0)), 0x7BFF);
}
END_TEST

/* The nearest, by bisection. */
static unsigned
nearest_half(double magnitude)
{
	unsigned low = 0, high = 0x7BFF;

	if (magnitude >= 65504)
		return high;
	while (high - low > 1) {
		const unsigned middle = (low + high) / 2;

		if (half_value(middle) <= magnitude)
			low = middle;
		else
			high = middle;
	}
	/* Twice each, both of which are exact */
	if (2 * magnitude == half_value(low) + half_value(high))
		return low + (low & 1);
	return 2 * magnitude < half_value(low) + half_value(high) ? low : high;
}

START_TEST(random_numbers_become_the_nearest_float16)
{
	uint64_t state = 1;

	for (int round = 0; round < 1000000; round++) {
		const uint64_t bits = random_bits(&state);
		/* From below the smallest subnormal to above the largest */
		const uint64_t exponent = 1023 - 27 + (bits >> 52) % 44;
		const double value = double_of_bits(
			(bits & UINT64_C(0x800FFFFFFFFFFFFF)) | exponent << 52);

		if (fabs(value) >= 65520)
			continue;
		expect(store_half(value) == (nearest_half(fabs(value)) |
					     (signbit(value) ? 0x8000u : 0)),
		       "%a became 0x%04X", value, store_half(value));
	}
}
END_TEST

/* --- Arrays -------------------------------------------------------------- */

#define MAX_AXES     3
#define MEMORY_BYTES 4096

/* A random view of part of 'memory' with this shape. */
static ConsumerArray
random_view(uint64_t *state, unsigned char *memory, ConsumerElement element,
	    int ndim, const ptrdiff_t *shape)
{
	const ptrdiff_t itemsize = (ptrdiff_t)element.itemsize;
	const bool is_whole = random_bits(state) & 1;
	ptrdiff_t strides[MAX_AXES + 1], stride = itemsize;
	ptrdiff_t lowest = 0, highest = itemsize;
	ConsumerArray view;

	for (int axis = ndim - 1; axis >= 0; axis--) {
		/* C order, each axis forward or backward, or anything */
		strides[axis] = random_bits(state) & 1 ? stride : -stride;
		stride *= shape[axis];
		if (!is_whole)
			strides[axis] = random_between(state, -24, 24);
		lowest += MIN((shape[axis] - 1) * strides[axis], 0);
		highest += MAX((shape[axis] - 1) * strides[axis], 0);
	}
	expect(consumer_array_wrap(
		       memory + random_between(state, -lowest,
					       MEMORY_BYTES - highest),
		       element, ndim, shape, strides, false, &view,
		       NULL) == CONSUMER_OK,
	       "wrap failed");
	return view;
}

/* Where element 'at' of the flat array is. */
static unsigned char *
address_of(const ConsumerArray *array, ptrdiff_t at)
{
	const ptrdiff_t *shape = consumer_array_shape(array);
	const ptrdiff_t *strides = consumer_array_strides(array);
	unsigned char *address = array->data;

	for (int axis = array->ndim - 1; axis >= 0; axis--) {
		address += at % shape[axis] * strides[axis];
		at /= shape[axis];
	}
	return address;
}

/* All elements are read before the first is written, in C order. */
static void
assign_slowly(const ConsumerArray *to, const ConsumerArray *from)
{
	const size_t itemsize = to->element.itemsize;
	static unsigned char copy[MEMORY_BYTES * 24];

	for (ptrdiff_t i = 0; i < from->n_elements; i++)
		memcpy(copy + (size_t)i * itemsize, address_of(from, i),
		       itemsize);
	for (ptrdiff_t i = 0; i < to->n_elements; i++)
		memcpy(address_of(to, i), copy + (size_t)i * itemsize,
		       itemsize);
}

static ConsumerElement
random_element(uint64_t *state)
{
	static const size_t itemsizes[] = { 1, 2, 3, 4, 5, 8, 16, 24 };
	ConsumerElement element = element_in_order(
		(ConsumerType)random_between(state, CONSUMER_OPAQUE,
					     CONSUMER_FLOAT64),
		random_bits(state) & 1);

	if (element.type == CONSUMER_OPAQUE)
		element.itemsize = itemsizes[random_bits(state) % 8];
	return element;
}

/* Overlapping in every way: both are anywhere in the same few bytes. */
START_TEST(random_views_are_assigned)
{
	struct guarded memory = guarded_new(MEMORY_BYTES, GUARDED_BACK);
	unsigned char want[MEMORY_BYTES], got[MEMORY_BYTES];
	uint64_t state = (uint64_t)_i;

	for (int round = 0; round < 3000; round++) {
		const ConsumerElement element = random_element(&state);
		const int ndim = (int)random_between(&state, 0, MAX_AXES);
		ptrdiff_t shape[MAX_AXES];
		ConsumerArray to, from;

		for (int axis = 0; axis < ndim; axis++)
			shape[axis] = random_between(&state, 1, 5);
		to = random_view(&state, memory.data, element, ndim, shape);
		from = random_view(&state, memory.data, element, ndim, shape);
		random_fill(&state, memory.data, MEMORY_BYTES);
		memcpy(got, memory.data, MEMORY_BYTES);
		assign_slowly(&to, &from);
		memcpy(want, memory.data, MEMORY_BYTES);
		memcpy(memory.data, got, MEMORY_BYTES);
		ck_assert_int_eq(consumer_array_assign(&to, &from, NULL),
				 CONSUMER_OK);
		expect(memcmp(memory.data, want, MEMORY_BYTES) == 0, "round %d",
		       round);
		consumer_array_release(&to);
		consumer_array_release(&from);
	}
	guarded_free(&memory);
}
END_TEST

static const struct {
	ptrdiff_t to_start, to_step;
	ptrdiff_t from_start, from_step;
	int want[8];
} overlap_cases[] = {
	{ 1, 1, 0, 1, { 0, 0, 1, 2, 3, 5, 6, 7 } },  /* forward */
	{ 0, 1, 1, 1, { 1, 2, 3, 4, 4, 5, 6, 7 } },  /* backward */
	{ 0, 1, 3, -1, { 3, 2, 1, 0, 4, 5, 6, 7 } }, /* reversed */
	{ 3, -1, 0, 1, { 3, 2, 1, 0, 4, 5, 6, 7 } },
	{ 0, 2, 0, 1, { 0, 1, 1, 3, 2, 5, 3, 7 } }, /* spread */
	{ 0, 1, 0, 2, { 0, 2, 4, 6, 4, 5, 6, 7 } }, /* gathered */
	{ 0, 0, 0, 1, { 3, 1, 2, 3, 4, 5, 6, 7 } }, /* the last one wins */
	{ 0, 1, 5, 0, { 5, 5, 5, 5, 4, 5, 6, 7 } }, /* one for all */
	{ 2, 1, 2, 1, { 0, 1, 2, 3, 4, 5, 6, 7 } }, /* itself */
};

START_TEST(overlapping_slices_are_read_before_they_are_written)
{
	int32_t memory[] = { 0, 1, 2, 3, 4, 5, 6, 7 };
	const ConsumerElement element = consumer_element(CONSUMER_INT32);
	const ConsumerArray to =
		view_of(memory + overlap_cases[_i].to_start, element, 4,
			4 * overlap_cases[_i].to_step);
	const ConsumerArray from =
		view_of(memory + overlap_cases[_i].from_start, element, 4,
			4 * overlap_cases[_i].from_step);

	ck_assert_int_eq(consumer_array_assign(&to, &from, NULL), CONSUMER_OK);
	for (int i = 0; i < 8; i++)
		ck_assert_int_eq(memory[i], overlap_cases[_i].want[i]);
}
END_TEST

START_TEST(long_arrays_are_scattered)
{
	const ptrdiff_t shape[] = { 20, 70, 50 };
	const ptrdiff_t strides[] = { 4, 20 * 4, 20 * 70 * 4 };
	const ptrdiff_t n = 20 * 70 * 50;
	uint32_t *memory = calloc((size_t)n, sizeof(uint32_t));
	uint32_t *from = malloc((size_t)n * sizeof(uint32_t));
	ConsumerArray array;

	for (ptrdiff_t i = 0; i < n; i++)
		from[i] = (uint32_t)i;
	ck_assert_int_eq(consumer_array_wrap(
				 memory, element_in_order(CONSUMER_UINT32, _i),
				 3, shape, strides, false, &array, NULL),
			 CONSUMER_OK);
	/* Bytes are as they are, whatever the order. */
	blocks_scatter(&array, from);
	for (ptrdiff_t i = 0; i < n; i++)
		expect(memory[i / 3500 + i / 50 % 70 * 20 + i % 50 * 1400] ==
			       (uint32_t)i,
		       "element %td is wrong", i);
	consumer_array_release(&array);
	free(memory);
	free(from);
}
END_TEST

static const struct {
	ConsumerType type;
	bool is_big_endian;
	size_t itemsize;
	int ndim;
	ptrdiff_t shape[2];
	bool is_good;
} other_cases[] = {
	{ CONSUMER_INT16, false, 2, 1, { 4 }, true },
	{ CONSUMER_INT16, true, 2, 1, { 4 }, false },
	{ CONSUMER_UINT16, false, 2, 1, { 4 }, false },
	{ CONSUMER_FLOAT16, false, 2, 1, { 4 }, false },
	{ CONSUMER_INT32, false, 4, 1, { 4 }, false },
	{ CONSUMER_OPAQUE, false, 2, 1, { 4 }, false },
	{ CONSUMER_OPAQUE, false, 3, 1, { 4 }, false },
	{ CONSUMER_INT16, false, 2, 1, { 3 }, false },
	{ CONSUMER_INT16, false, 2, 1, { 0 }, false },
	{ CONSUMER_INT16, false, 2, 0, { 0 }, false },
	{ CONSUMER_INT16, false, 2, 2, { 2, 2 }, false },
};

START_TEST(arrays_that_differ_are_not_assigned)
{
	const unsigned char bytes[16] = { 0 };
	unsigned char memory[8];
	const ConsumerArray to =
		view_of(memory, element_in_order(CONSUMER_INT16, false), 4, 2);
	ConsumerElement element = element_in_order(
		other_cases[_i].type, other_cases[_i].is_big_endian);
	ConsumerError error;
	ConsumerArray from;

	element.itemsize = other_cases[_i].itemsize;
	ck_assert_int_eq(consumer_array_wrap((void *)(uintptr_t)bytes, element,
					     other_cases[_i].ndim,
					     other_cases[_i].shape, NULL, true,
					     &from, NULL),
			 CONSUMER_OK);
	POISON(memory);
	if (other_cases[_i].is_good) {
		ck_assert_int_eq(consumer_array_assign(&to, &from, &error),
				 CONSUMER_OK);
		ck_assert_mem_eq(memory, bytes, sizeof(memory));
	} else {
		check_failure(consumer_array_assign(&to, &from, &error), &error,
			      CONSUMER_ERR_ARGUMENT);
		ck_assert_untouched(memory);
	}
	consumer_array_release(&from);
}
END_TEST

/* Byte order is nothing where an element is one byte. */
START_TEST(the_order_of_single_bytes_does_not_matter)
{
	unsigned char memory[2] = { 1, 2 };
	const ConsumerArray to =
		view_of(memory, element_in_order(CONSUMER_INT8, false), 1, 1);
	const ConsumerArray from = view_of(
		memory + 1, element_in_order(CONSUMER_INT8, true), 1, 1);

	ck_assert_int_eq(consumer_array_assign(&to, &from, NULL), CONSUMER_OK);
	ck_assert_uint_eq(memory[0], 2);
}
END_TEST

START_TEST(without_memory_nothing_is_assigned)
{
	unsigned char memory[16];
	const ConsumerElement element = consumer_element(CONSUMER_INT16);
	const ConsumerArray to = view_of(memory, element, 4, 4);
	const ConsumerArray from = view_of(memory + 14, element, 4, -4);

	FOR_EACH_ALLOCATION(_i)
	{
		ConsumerStatus status;
		ConsumerError error;

		POISON(memory);
		status = consumer_array_assign(&to, &from, &error);
		if (!allocation_failed()) {
			ck_assert_int_eq(status, CONSUMER_OK);
			ck_assert_int_eq(n_allocation, 2);
			break;
		}
		check_failure(status, &error, CONSUMER_ERR_MEMORY);
		ck_assert_untouched(memory);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("store");
	TCase *tcase = check_case(suite);

	tcase_add_loop_test(tcase, integers_are_stored_within_the_limits, 0,
			    ARRAY_LEN(limits));
	tcase_add_loop_test(tcase, a_value_is_stored_as_its_bits, 0,
			    ARRAY_LEN(store_cases));
	tcase_add_loop_test(tcase, a_value_that_does_not_fit_is_refused, 0,
			    ARRAY_LEN(refused_cases));
	tcase_add_test(tcase, every_float16_is_stored_as_it_was_loaded);
	tcase_add_test(tcase, ties_go_to_the_even_float16);
	tcase_add_test(tcase, random_numbers_become_the_nearest_float16);
	tcase_add_loop_test(tcase, random_views_are_assigned, 0, 4);
	tcase_add_loop_test(tcase,
			    overlapping_slices_are_read_before_they_are_written,
			    0, ARRAY_LEN(overlap_cases));
	tcase_add_loop_test(tcase, long_arrays_are_scattered, 0, 2);
	tcase_add_loop_test(tcase, arrays_that_differ_are_not_assigned, 0,
			    ARRAY_LEN(other_cases));
	tcase_add_test(tcase, the_order_of_single_bytes_does_not_matter);
	tcase_add_loop_test(tcase, without_memory_nothing_is_assigned, 0, 2);
	return check_run(suite);
}
