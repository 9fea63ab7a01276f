/* SPDX-License-Identifier: MIT */
/*
 * What is written is compared with the bytes of each element, whose address an
 * oracle computes from its indexes; headers are read back by npy.c, and by
 * NumPy in tests/python/test_files.py.
 */
#include "config.h"
#include "check_run.h"
#include "npy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define MAX_AXES 4

/* --- A writer that keeps what it gets ----------------------------------- */

struct sink {
	unsigned char *bytes;
	size_t n_bytes;
	size_t max_call; /* the longest call */
	const void *last;
	int n_calls;
	int n_calls_left; /* then it fails; -1: never */
};

static ConsumerStatus
write_to_sink(void *context, const char *bytes, size_t n_bytes,
	      ConsumerError *error)
{
	struct sink *sink = context;

	expect(n_bytes > 0, "a write of nothing");
	expect(sink->n_calls_left != -2, "a write after the one that failed");
	if (sink->n_calls_left == 0) {
		sink->n_calls_left = -2;
		return fail_errno(error, ENOSPC);
	}
	if (sink->n_calls_left > 0)
		sink->n_calls_left--;
	sink->bytes = realloc(sink->bytes, sink->n_bytes + n_bytes);
	expect(sink->bytes, "no memory");
	memcpy(sink->bytes + sink->n_bytes, bytes, n_bytes);
	sink->n_bytes += n_bytes;
	sink->max_call = MAX(sink->max_call, n_bytes);
	sink->last = bytes;
	sink->n_calls++;
	return CONSUMER_OK;
}

static ConsumerWriter
sink_writer(struct sink *sink)
{
	free(sink->bytes);
	*sink = (struct sink){ .n_calls_left = -1 };
	return (ConsumerWriter){ write_to_sink, sink };
}

/* --- The oracle --------------------------------------------------------- */

static const unsigned char *
address_of(const ConsumerArray *array, ptrdiff_t at, bool is_fortran_order)
{
	const unsigned char *address = array->data;

	for (int i = 0; i < array->ndim; i++) {
		const int axis = is_fortran_order ? i : array->ndim - 1 - i;
		const ptrdiff_t length = consumer_array_shape(array)[axis];

		address += at % length * consumer_array_strides(array)[axis];
		at /= length;
	}
	return address;
}

static void
expect_elements(const unsigned char *got, size_t n_bytes,
		const ConsumerArray *array, ptrdiff_t start,
		ptrdiff_t n_elements, bool is_fortran_order)
{
	const size_t itemsize = array->element.itemsize;

	ck_assert_uint_eq(n_bytes, (size_t)n_elements * itemsize);
	for (ptrdiff_t i = 0; i < n_elements; i++)
		expect(memcmp(got + (size_t)i * itemsize,
			      address_of(array, start + i, is_fortran_order),
			      itemsize) == 0,
		       "element %td is another", start + i);
}

/* --- Bytes -------------------------------------------------------------- */

static const ConsumerElement elements[] = {
	{ CONSUMER_OPAQUE, CONSUMER_NATIVE_ENDIAN, 1 },
	{ CONSUMER_OPAQUE, CONSUMER_NATIVE_ENDIAN, 3 },
	{ CONSUMER_OPAQUE, CONSUMER_NATIVE_ENDIAN, 16 },
	{ CONSUMER_OPAQUE, CONSUMER_NATIVE_ENDIAN, 100 },
	{ CONSUMER_OPAQUE, CONSUMER_BIG_ENDIAN, 20001 },
	{ CONSUMER_OPAQUE, CONSUMER_LITTLE_ENDIAN, 70000 },
	{ CONSUMER_UINT8, CONSUMER_NATIVE_ENDIAN, 1 },
	{ CONSUMER_INT16, CONSUMER_BIG_ENDIAN, 2 },
	{ CONSUMER_FLOAT32, CONSUMER_LITTLE_ENDIAN, 4 },
	{ CONSUMER_FLOAT32, CONSUMER_BIG_ENDIAN, 4 },
	{ CONSUMER_UINT64, CONSUMER_LITTLE_ENDIAN, 8 },
	{ CONSUMER_UINT64, CONSUMER_BIG_ENDIAN, 8 },
};

/* Long elements come in small numbers: copies of all take time. */
static bool
is_long(ConsumerElement element)
{
	return element.itemsize > 1000;
}

/* A view of the middle of 'memory', whose elements may overlap. */
static ConsumerArray
random_view(uint64_t *state, ConsumerElement element, struct guarded memory)
{
	const int ndim = (int)random_between(state, 0, MAX_AXES);
	const ptrdiff_t longest = is_long(element) ? 2
				  : ndim == 1	   ? 1500
				  : ndim == 2	   ? 40
						   : 5;
	ptrdiff_t shape[MAX_AXES], strides[MAX_AXES];
	ConsumerArray array;

	for (int axis = 0; axis < ndim; axis++) {
		shape[axis] = random_between(state, random_bits(state) % 8 > 0,
					     longest);
		strides[axis] = random_between(state, -9, 9);
	}
	expect(consumer_array_wrap(memory.data + memory.n_bytes / 2, element,
				   ndim, shape,
				   random_bits(state) & 1 ? strides : NULL,
				   true, &array, NULL) == CONSUMER_OK,
	       "wrap failed");
	return array;
}

START_TEST(any_range_of_any_view_is_written)
{
	const ConsumerElement element = elements[_i];
	const size_t n_around = is_long(element) ? 32 : 4000;
	struct guarded memory =
		guarded_new(n_around * element.itemsize + 40000, GUARDED_BACK);
	struct sink sink = { NULL, 0, 0, NULL, 0, 0 };
	uint64_t state = (uint64_t)_i;

	random_fill(&state, memory.data, memory.n_bytes);
	for (int round = 0; round < 300; round++) {
		ConsumerArray array = random_view(&state, element, memory);
		const ptrdiff_t start =
			random_between(&state, 0, array.n_elements);
		const ptrdiff_t n =
			random_between(&state, 0, array.n_elements - start);

		ck_assert_int_eq(consumer_array_write_bytes(&array, start, n,
							    sink_writer(&sink),
							    NULL),
				 CONSUMER_OK);
		expect_elements(sink.bytes, sink.n_bytes, &array, start, n,
				false);
		if (consumer_array_is_c_contiguous(&array) && n > 0) {
			ck_assert_int_eq(sink.n_calls, 1);
			ck_assert_ptr_eq(sink.last,
					 address_of(&array, start, false));
		} else {
			const size_t full =
				MAX(CONSUMER_BLOCK_BYTES / element.itemsize, 1);

			ck_assert_uint_le(sink.max_call,
					  full * element.itemsize);
			ck_assert_uint_eq((size_t)sink.n_calls,
					  ((size_t)n + full - 1) / full);
		}
		consumer_array_release(&array);
	}
	free(sink.bytes);
	guarded_free(&memory);
}
END_TEST

/* To the last byte before an unmapped page, and not one further. */
START_TEST(nothing_behind_the_elements_is_read)
{
	const ConsumerElement element = elements[_i];
	const ptrdiff_t itemsize = (ptrdiff_t)element.itemsize;
	const ptrdiff_t lengths[] = { 1, 3, is_long(element) ? 9 : 1000 };
	struct sink sink = { NULL, 0, 0, NULL, 0, 0 };

	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		const ptrdiff_t n = lengths[i], back = -itemsize;
		struct guarded memory =
			guarded_new((size_t)(n * itemsize), GUARDED_BACK);
		ConsumerArray array;

		consumer_array_wrap(memory.data + (n - 1) * itemsize, element,
				    1, &n, &back, true, &array, NULL);
		ck_assert_int_eq(consumer_array_write_bytes(&array, 0, n,
							    sink_writer(&sink),
							    NULL),
				 CONSUMER_OK);
		expect_elements(sink.bytes, sink.n_bytes, &array, 0, n, false);
		guarded_free(&memory);
	}
	free(sink.bytes);
}
END_TEST

/* --- .npy --------------------------------------------------------------- */

/* 24 int32 elements, back to back or not, and how they are saved. */
static const struct {
	int ndim;
	ptrdiff_t shape[3];
	ptrdiff_t strides[3];
	bool is_fortran_order;
	int n_calls; /* 2: one for the header, one for the elements; 0: any */
} npy_cases[] = {
	{ 0, { 0 }, { 0 }, false, 2 },
	{ 1, { 24 }, { 4 }, false, 2 },
	{ 1, { 1 }, { 400 }, false, 2 },
	{ 1, { 0 }, { 4 }, false, 1 },
	{ 1, { 12 }, { 8 }, false, 0 },
	{ 1, { 24 }, { 0 }, false, 0 },
	{ 2, { 4, 6 }, { 24, 4 }, false, 2 },
	{ 2, { 4, 6 }, { 4, 16 }, true, 2 },
	{ 2, { 1, 6 }, { 4, 4 }, false, 2 },
	{ 2, { 0, 6 }, { 4, 0 }, false, 1 },
	{ 2, { 4, 3 }, { 24, 8 }, false, 0 },
	{ 3, { 2, 3, 4 }, { 48, 16, 4 }, false, 2 },
	{ 3, { 2, 3, 4 }, { 4, 8, 24 }, true, 2 },
	{ 3, { 2, 3, 4 }, { 4, 32, 8 }, false, 0 },
	{ 3, { 2, 1, 4 }, { 4, 77, 8 }, true, 2 },
};

START_TEST(an_array_is_saved_in_the_order_it_has)
{
	ConsumerElement element = consumer_element(CONSUMER_INT32);
	struct sink sink = { NULL, 0, 0, NULL, 0, 0 };
	ConsumerDescription got;
	unsigned char bytes[400];
	ptrdiff_t n_elements;
	uint64_t state = (uint64_t)_i;
	ConsumerArray array;
	size_t header_bytes;

	random_fill(&state, bytes, sizeof(bytes));
	element.byte_order =
		_i % 2 ? CONSUMER_BIG_ENDIAN : CONSUMER_LITTLE_ENDIAN;
	consumer_array_wrap(bytes, element, npy_cases[_i].ndim,
			    npy_cases[_i].shape, npy_cases[_i].strides, true,
			    &array, NULL);
	ck_assert_int_eq(
		consumer_array_write_npy(&array, sink_writer(&sink), NULL),
		CONSUMER_OK);
	if (npy_cases[_i].n_calls > 0)
		ck_assert_int_eq(sink.n_calls, npy_cases[_i].n_calls);
	if (npy_cases[_i].n_calls > 1)
		ck_assert_ptr_eq(sink.last, bytes);
	ck_assert_int_eq(npy_measure(sink.bytes, &header_bytes, NULL),
			 CONSUMER_OK);
	ck_assert_int_eq(
		npy_parse(sink.bytes, header_bytes, &got, &n_elements, NULL),
		CONSUMER_OK);
	ck_assert_int_eq(got.element.type, CONSUMER_INT32);
	ck_assert_int_eq(got.element.byte_order, element.byte_order);
	ck_assert_int_eq(got.is_fortran_order, npy_cases[_i].is_fortran_order);
	ck_assert_int_eq(got.ndim, array.ndim);
	for (int axis = 0; axis < got.ndim; axis++)
		ck_assert_int_eq(got.shape[axis], npy_cases[_i].shape[axis]);
	expect_elements(sink.bytes + header_bytes, sink.n_bytes - header_bytes,
			&array, 0, array.n_elements, got.is_fortran_order);
	consumer_array_release(&array);
	free(sink.bytes);
}
END_TEST

START_TEST(a_header_may_be_written_over_another)
{
	struct sink sink = { NULL, 0, 0, NULL, 0, 0 };
	const ptrdiff_t lengths[] = { 0, 1, 99, 1000000, PTRDIFF_MAX };
	char want[NPY_WRITTEN_BYTES];

	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		const ConsumerElement element =
			consumer_element(CONSUMER_UINT16);
		const size_t n =
			npy_format(element, false, 1, &lengths[i], want);

		ck_assert_int_eq(consumer_npy_write_header(
					 element, 1, &lengths[i], false,
					 sink_writer(&sink), NULL),
				 CONSUMER_OK);
		ck_assert_int_eq(sink.n_calls, 1);
		ck_assert_uint_eq(sink.n_bytes, 128);
		ck_assert_uint_eq(sink.n_bytes, n);
		ck_assert_mem_eq(sink.bytes, want, n);
	}
	free(sink.bytes);
}
END_TEST

static const struct {
	ConsumerElement element;
	int ndim;
	ptrdiff_t shape[2];
} bad_headers[] = {
	{ { CONSUMER_OPAQUE, CONSUMER_NATIVE_ENDIAN, 16 }, 1, { 1 } },
	{ { CONSUMER_N_TYPES, CONSUMER_NATIVE_ENDIAN, 1 }, 1, { 1 } },
	{ { CONSUMER_INT32, CONSUMER_NATIVE_ENDIAN, 8 }, 1, { 1 } },
	{ { CONSUMER_INT32, (ConsumerByteOrder)2, 4 }, 1, { 1 } },
	{ { CONSUMER_INT32, CONSUMER_NATIVE_ENDIAN, 4 }, -1, { 1 } },
	{ { CONSUMER_INT32, CONSUMER_NATIVE_ENDIAN, 4 }, 65, { 1 } },
	{ { CONSUMER_INT32, CONSUMER_NATIVE_ENDIAN, 4 }, 1, { -1 } },
	{ { CONSUMER_INT32, CONSUMER_NATIVE_ENDIAN, 4 }, 2, { 0, -9 } },
};

START_TEST(what_has_no_header_is_refused)
{
	struct sink sink = { NULL, 0, 0, NULL, 0, 0 };
	ConsumerError error;

	check_failure(consumer_npy_write_header(bad_headers[_i].element,
						bad_headers[_i].ndim,
						bad_headers[_i].shape, false,
						sink_writer(&sink), &error),
		      &error, CONSUMER_ERR_ARGUMENT);
	ck_assert_int_eq(sink.n_calls, 0);
}
END_TEST

/* --- Writers that fail -------------------------------------------------- */

/* An array in C order, one in Fortran's and one that is neither. */
START_TEST(what_the_writer_says_is_passed_on)
{
	const ptrdiff_t shape[] = { 300, 200 };
	const ptrdiff_t strides[][2] = { { 800, 4 }, { 4, 1200 }, { -800, 4 } };
	struct sink whole = { NULL, 0, 0, NULL, 0, 0 };
	struct sink sink = { NULL, 0, 0, NULL, 0, 0 };
	unsigned char *memory = calloc(60000, 4);
	ConsumerArray array;

	consumer_array_wrap(memory + (_i == 2 ? 299 * 800 : 0),
			    consumer_element(CONSUMER_INT32), 2, shape,
			    strides[_i], true, &array, NULL);
	ck_assert_int_eq(
		consumer_array_write_npy(&array, sink_writer(&whole), NULL),
		CONSUMER_OK);
	ck_assert_int_ge(whole.n_calls, 2);
	for (int n = 0; n < whole.n_calls; n++) {
		ConsumerWriter writer = sink_writer(&sink);
		ConsumerError error;

		sink.n_calls_left = n;
		check_failure(consumer_array_write_npy(&array, writer, &error),
			      &error, CONSUMER_ERR_OS);
		ck_assert_int_eq(error.system_errno, ENOSPC);
		ck_assert_int_eq(sink.n_calls, n);
		ck_assert_uint_lt(sink.n_bytes, whole.n_bytes);
		if (n > 0)
			ck_assert_mem_eq(sink.bytes, whole.bytes, sink.n_bytes);
	}
	consumer_array_release(&array);
	free(memory);
	free(sink.bytes);
	free(whole.bytes);
}
END_TEST

/* In rows or in columns: the first element that is lost ends it. */
START_TEST(what_a_cut_file_still_has_is_written)
{
	const ptrdiff_t shape[] = { 100, 700 };
	const ptrdiff_t by_columns[] = { 2, 200 };
	const size_t n_bytes = 140000;
	const int descriptor = open("data", O_RDWR | O_CREAT, 0600);
	ConsumerBacking backing = { descriptor, NULL, 0 };
	unsigned char *bytes = malloc(n_bytes), *whole = malloc(n_bytes);
	struct sink sink = { NULL, 0, 0, NULL, 0, 0 };
	uint64_t state = 1;
	ConsumerArray array;
	ConsumerError error;

	random_fill(&state, bytes, n_bytes);
	ck_assert_int_eq(pwrite(descriptor, bytes, n_bytes, 0), n_bytes);
	backing.address =
		mmap(NULL, n_bytes, PROT_READ, MAP_SHARED, descriptor, 0);
	ck_assert_ptr_ne(backing.address, MAP_FAILED);
	consumer_array_wrap((void *)(uintptr_t)backing.address,
			    consumer_element(CONSUMER_UINT16), 2, shape,
			    _i ? by_columns : NULL, true, &array, NULL);
	array.backing = &backing;
	consumer_array_copy_bytes(&array, whole);
	for (int i = 0; i < 50; i++) {
		const size_t size =
			(size_t)random_between(&state, 0, (int64_t)n_bytes - 1);
		/* The first row that is not whole ends in its last columns. */
		const size_t n_want = !_i	   ? size / 2
				      : size < 200 ? size / 2 ? 1 : 0
						   : size / 200;

		ck_assert_int_eq(ftruncate(descriptor, (off_t)size), 0);
		check_failure(consumer_array_write_bytes(&array, 0, 70000,
							 sink_writer(&sink),
							 &error),
			      &error, CONSUMER_ERR_VANISHED);
		expect(_i ? error.n_done >= n_want : error.n_done == n_want,
		       "%llu elements of %zu bytes, not %zu",
		       (unsigned long long)error.n_done, size, n_want);
		ck_assert_uint_eq(sink.n_bytes, error.n_done * 2);
		expect(memcmp(sink.bytes ? sink.bytes : whole, whole,
			      sink.n_bytes) == 0,
		       "other bytes");
		ck_assert_int_eq(pwrite(descriptor, bytes, n_bytes, 0),
				 n_bytes);
	}
	ck_assert_int_eq(ftruncate(descriptor, 0), 0);
	ck_assert_int_eq(consumer_array_write_bytes(&array, 0, 1,
						    sink_writer(&sink), NULL),
			 CONSUMER_ERR_VANISHED);
	munmap((void *)(uintptr_t)backing.address, n_bytes);
	consumer_array_release(&array);
	close(descriptor);
	free(sink.bytes);
	free(whole);
	free(bytes);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("save");
	TCase *tcase = check_case(suite);
	TCase *sigbus = check_case_of_faults(suite);

	tcase_add_loop_test(tcase, any_range_of_any_view_is_written, 0,
			    ARRAY_LEN(elements));
	tcase_add_loop_test(tcase, nothing_behind_the_elements_is_read, 0,
			    ARRAY_LEN(elements));
	tcase_add_loop_test(tcase, an_array_is_saved_in_the_order_it_has, 0,
			    ARRAY_LEN(npy_cases));
	tcase_add_test(tcase, a_header_may_be_written_over_another);
	tcase_add_loop_test(tcase, what_has_no_header_is_refused, 0,
			    ARRAY_LEN(bad_headers));
	tcase_add_loop_test(tcase, what_the_writer_says_is_passed_on, 0, 3);
	tcase_add_loop_test(sigbus, what_a_cut_file_still_has_is_written, 0, 2);
	return check_run(suite);
}
