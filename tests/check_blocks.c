/* SPDX-License-Identifier: MIT */
/*
 * Every walk is compared with an oracle that knows nothing of runs: it computes
 * the address of each element from its indexes, and its bytes one by one.
 */
#include "config.h"
#include "check_run.h"
#include "blocks.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define MAX_AXES 5

/* A random view of memory that just contains it, between unmapped pages. */
struct view {
	ConsumerArray array;
	struct guarded memory;
};

/* What the axes of a view are like. */
enum layout {
	LAYOUT_ANY,	 /* strides of any number of bytes */
	LAYOUT_ITEMS,	 /* strides of whole elements */
	LAYOUT_PERMUTED, /* C order, with axes exchanged and reversed */
	LAYOUT_C,	 /* C order */
	N_LAYOUTS,
};

static const ptrdiff_t long_lengths[] = { 511, 512, 513, 2000, 5000 };

static int
random_shape(uint64_t *state, ptrdiff_t *shape)
{
	const int ndim = (int)random_between(state, 0, MAX_AXES);

	for (int axis = 0; axis < ndim; axis++)
		shape[axis] = random_between(state, 0, 20) == 0
				      ? 0
				      : random_between(state, 1, 6);
	/* Sometimes one axis is long enough to make a run worth its while. */
	if (ndim > 0 && random_between(state, 0, 3) == 0) {
		for (int axis = 0; axis < ndim; axis++)
			shape[axis] = MIN(shape[axis], 2);
		shape[random_between(state, 0, ndim - 1)] =
			long_lengths[random_between(
				state, 0, ARRAY_LEN(long_lengths) - 1)];
	}
	return ndim;
}

static void
swap(ptrdiff_t *a, ptrdiff_t *b)
{
	const ptrdiff_t old = *a;

	*a = *b;
	*b = old;
}

static void
random_strides(uint64_t *state, enum layout layout, int ndim, ptrdiff_t *shape,
	       ptrdiff_t itemsize, ptrdiff_t *strides)
{
	ptrdiff_t stride = itemsize;

	for (int axis = ndim - 1; axis >= 0; axis--) {
		strides[axis] = stride;
		stride *= MAX(shape[axis], 1);
	}
	for (int axis = 0; axis < ndim; axis++) {
		const int other = (int)random_between(state, 0, ndim - 1);

		if (layout == LAYOUT_ANY) {
			strides[axis] = random_between(state, -40, 40);
		} else if (layout == LAYOUT_ITEMS) {
			strides[axis] = random_between(state, -3, 3) * itemsize;
		} else if (layout == LAYOUT_PERMUTED) {
			swap(&shape[axis], &shape[other]);
			swap(&strides[axis], &strides[other]);
			if (random_bits(state) & 1)
				strides[other] = -strides[other];
		}
	}
}

static struct view
random_view(uint64_t *state, ConsumerElement element)
{
	const enum layout layout =
		(enum layout)random_between(state, 0, N_LAYOUTS - 1);
	const ptrdiff_t itemsize = (ptrdiff_t)element.itemsize;
	ptrdiff_t shape[MAX_AXES] = { 0 }, strides[MAX_AXES] = { 0 };
	const int ndim = random_shape(state, shape);
	ptrdiff_t lowest = 0, highest = 0;
	bool is_empty = false;
	struct view view;

	random_strides(state, layout, ndim, shape, itemsize, strides);
	for (int axis = 0; axis < ndim; axis++) {
		const ptrdiff_t far = (shape[axis] - 1) * strides[axis];

		is_empty |= shape[axis] == 0;
		lowest += MIN(far, 0);
		highest += MAX(far, 0);
	}
	if (is_empty) /* nothing at all may be read */
		lowest = highest = -itemsize;
	view.memory = guarded_new((size_t)(highest - lowest + itemsize),
				  random_bits(state) & 1 ? GUARDED_BACK
							 : GUARDED_FRONT);
	random_fill(state, view.memory.data, view.memory.n_bytes);
	expect(consumer_array_wrap(is_empty ? view.memory.data
					    : view.memory.data - lowest,
				   element, ndim, shape, strides, true,
				   &view.array, NULL) == CONSUMER_OK,
	       "wrap failed");
	return view;
}

static void
free_view(struct view *view)
{
	consumer_array_release(&view->array);
	guarded_free(&view->memory);
}

/* Where element 'at' of the flat array is. */
static const unsigned char *
address_of(const ConsumerArray *array, ptrdiff_t at)
{
	const ptrdiff_t *shape = consumer_array_shape(array);
	const ptrdiff_t *strides = consumer_array_strides(array);
	const unsigned char *address = array->data;

	for (int axis = array->ndim - 1; axis >= 0; axis--) {
		address += at % shape[axis] * strides[axis];
		at /= shape[axis];
	}
	return address;
}

/* Whether 'got' is element 'at', its bytes in native order if 'is_native'. */
static bool
is_element(const ConsumerArray *array, ptrdiff_t at, const unsigned char *got,
	   bool is_native)
{
	const unsigned char *want = address_of(array, at);
	const size_t n = array->element.itemsize;
	const bool is_reversed = is_native && array->element.byte_order !=
						      CONSUMER_NATIVE_ENDIAN;

	for (size_t i = 0; i < n; i++) {
		if (got[i] != want[is_reversed ? n - 1 - i : i])
			return false;
	}
	return true;
}

static void
check_walk(const ConsumerArray *array, ptrdiff_t start, ptrdiff_t n)
{
	const size_t itemsize = array->element.itemsize;
	ConsumerBlocks *blocks = malloc(sizeof(*blocks));
	const unsigned char *block;
	ptrdiff_t n_seen = 0;
	size_t n_block;

	memset(blocks, 0xA5, sizeof(*blocks));
	consumer_blocks_begin(blocks, array, start, n);
	while ((block = consumer_blocks_next(blocks, &n_block))) {
		expect(n_block >= 1 &&
			       n_block <= CONSUMER_BLOCK_BYTES / itemsize,
		       "a block of %zu elements", n_block);
		expect((ptrdiff_t)n_block <= n - n_seen,
		       "%zu elements too many", n_block);
		for (size_t i = 0; i < n_block; i++)
			expect(is_element(array, start + n_seen + (ptrdiff_t)i,
					  block + i * itemsize, true),
			       "element %td + %td is wrong", start,
			       n_seen + (ptrdiff_t)i);
		n_seen += (ptrdiff_t)n_block;
	}
	expect(n_seen == n, "%td elements, expected %td", n_seen, n);
	expect(!consumer_blocks_next(blocks, &n_block), "it does not end");
	free(blocks);
}

static ConsumerElement
element_of(int type, uint64_t random)
{
	ConsumerElement element = consumer_element((ConsumerType)type);

	element.byte_order =
		random & 1 ? CONSUMER_BIG_ENDIAN : CONSUMER_LITTLE_ENDIAN;
	return element;
}

START_TEST(random_views_give_every_element_once_and_in_order)
{
	uint64_t state = (uint64_t)_i;

	for (int round = 0; round < 300; round++) {
		struct view view = random_view(
			&state, element_of(_i, random_bits(&state)));
		const ptrdiff_t n = view.array.n_elements;
		const ptrdiff_t start = random_between(&state, 0, n);

		check_walk(&view.array, 0, n);
		check_walk(&view.array, start,
			   random_between(&state, 0, n - start));
		check_walk(&view.array, start, n - start);
		free_view(&view);
	}
}
END_TEST

/* An element at a time, from every place. */
START_TEST(a_walk_may_start_and_end_anywhere)
{
	uint64_t state = (uint64_t)_i;

	for (int round = 0; round < 40; round++) {
		struct view view =
			random_view(&state, element_of(CONSUMER_INT16 + _i,
						       random_bits(&state)));
		const ptrdiff_t n = MIN(view.array.n_elements, 100);

		for (ptrdiff_t start = 0; start <= n; start++) {
			check_walk(&view.array, start, 0);
			if (start < n)
				check_walk(&view.array, start, 1);
			check_walk(&view.array, start, n - start);
		}
		free_view(&view);
	}
}
END_TEST

static const size_t itemsizes[] = { 1, 2, 3, 4, 5, 7, 8, 16, 24, 100 };

START_TEST(copy_bytes_takes_the_bytes_as_they_are)
{
	uint64_t state = (uint64_t)_i;

	for (int round = 0; round < 200; round++) {
		const bool is_opaque = random_bits(&state) & 1;
		ConsumerElement element = element_of(
			is_opaque ? CONSUMER_OPAQUE
				  : (int)random_between(&state, CONSUMER_BOOL,
							CONSUMER_FLOAT64),
			random_bits(&state));
		struct guarded out;
		struct view view;

		if (is_opaque)
			element.itemsize = itemsizes[_i];
		view = random_view(&state, element);
		out = guarded_new((size_t)view.array.n_elements *
					  element.itemsize,
				  GUARDED_BACK);
		consumer_array_copy_bytes(&view.array, out.data);
		for (ptrdiff_t at = 0; at < view.array.n_elements; at++)
			expect(is_element(&view.array, at,
					  out.data +
						  (size_t)at * element.itemsize,
					  false),
			       "element %td of %zu bytes is wrong", at,
			       element.itemsize);
		guarded_free(&out);
		free_view(&view);
	}
}
END_TEST

/* Larger than any block, and than what an int16_t can count. */
START_TEST(long_arrays_come_in_full_blocks)
{
	const ptrdiff_t n = 70000;
	const ptrdiff_t strides[] = { 8, -8, 16, 12, 0, 7 };
	const ptrdiff_t stride = strides[_i % 6];
	ConsumerElement element = element_of(CONSUMER_INT64, _i < 6 ? 0 : 1);
	unsigned char *memory = malloc((size_t)n * 16 + 8);
	uint64_t state = 1;
	ConsumerArray array;

	random_fill(&state, memory, (size_t)n * 16 + 8);
	ck_assert_int_eq(consumer_array_wrap(
				 stride < 0 ? memory + (n - 1) * 8 : memory,
				 element, 1, &n, &stride, true, &array, NULL),
			 CONSUMER_OK);
	check_walk(&array, 0, n);
	check_walk(&array, 4095, 4098);
	free(memory);
}
END_TEST

START_TEST(native_contiguous_elements_are_not_copied)
{
	const ptrdiff_t shape[] = { 50, 4, 300 };
	const size_t n_bytes = 50 * 4 * 300 * sizeof(int32_t);
	unsigned char *memory = malloc(n_bytes + 1);
	uint64_t state = 1;
	ConsumerArray array;
	ConsumerBlocks *blocks = malloc(sizeof(*blocks));
	const unsigned char *block, *next = memory + 1;
	size_t n;

	random_fill(&state, memory, n_bytes + 1);
	/* At an odd address. */
	ck_assert_int_eq(consumer_array_wrap(
				 memory + 1, consumer_element(CONSUMER_INT32),
				 3, shape, NULL, true, &array, NULL),
			 CONSUMER_OK);
	consumer_blocks_begin(blocks, &array, 0, array.n_elements);
	while ((block = consumer_blocks_next(blocks, &n))) {
		ck_assert_ptr_eq(block, next);
		next = block + n * sizeof(int32_t);
	}
	ck_assert_ptr_eq(next, memory + 1 + n_bytes);
	consumer_array_release(&array);
	free(blocks);
	free(memory);
}
END_TEST

/*
 * Loads across two lines of the cache made min() of int64 a quarter slower than
 * NumPy's, whose own arrays begin 16 bytes behind a line.
 */
START_TEST(long_runs_are_cut_at_lines_of_the_cache)
{
	static const ptrdiff_t lengths[] = { 8192, 8193, 8191, 20000 };
	const ConsumerElement element = consumer_element(CONSUMER_INT32);
	unsigned char *memory = aligned_alloc(64, 64 * 1280);
	ConsumerBlocks *blocks = malloc(sizeof(*blocks));
	const unsigned char *block;
	ConsumerArray array;
	size_t n;

	memset(memory, 0, 64 * 1280);
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		ck_assert_int_eq(consumer_array_wrap(memory + _i, element, 1,
						     &lengths[i], NULL, true,
						     &array, NULL),
				 CONSUMER_OK);
		check_walk(&array, 0, lengths[i]);
		consumer_blocks_begin(blocks, &array, 0, lengths[i]);
		while ((block = consumer_blocks_next(blocks, &n)))
			expect(block == memory + _i ||
				       (uintptr_t)block % 64 == (size_t)_i % 4,
			       "a block of %zu elements at %p", n,
			       (const void *)block);
		/* What fits in one block is not cut. */
		consumer_blocks_begin(blocks, &array, 0, MIN(lengths[i], 8192));
		consumer_blocks_next(blocks, &n);
		expect((ptrdiff_t)n == MIN(lengths[i], 8192), "%zu elements",
		       n);
	}
	free(blocks);
	free(memory);
}
END_TEST

/* All 64 dimensions, 15 of them of length 2, in a shuffled order. */
START_TEST(sixty_four_dimensions_are_walked)
{
	const size_t n_bytes = ((size_t)1 << 15) * 2;
	struct guarded memory = guarded_new(n_bytes, GUARDED_BACK);
	ptrdiff_t shape[CONSUMER_MAX_NDIM], strides[CONSUMER_MAX_NDIM];
	uint64_t state = (uint64_t)_i;
	ConsumerArray array;

	random_fill(&state, memory.data, n_bytes);
	for (int axis = 0; axis < CONSUMER_MAX_NDIM; axis++) {
		shape[axis] = axis < 15 ? 2 : 1;
		/* Where there is no second element, the stride is nothing. */
		strides[axis] = axis < 15 ? (ptrdiff_t)2 << axis : PTRDIFF_MAX;
	}
	for (int axis = 0; axis < CONSUMER_MAX_NDIM; axis++) {
		const int other =
			(int)random_between(&state, 0, CONSUMER_MAX_NDIM - 1);

		swap(&shape[axis], &shape[other]);
		swap(&strides[axis], &strides[other]);
	}
	ck_assert_int_eq(
		consumer_array_wrap(
			memory.data, element_of(CONSUMER_UINT16, (uint64_t)_i),
			CONSUMER_MAX_NDIM, shape, strides, true, &array, NULL),
		CONSUMER_OK);
	ck_assert_int_eq(array.n_elements, 1 << 15);
	check_walk(&array, 0, array.n_elements);
	check_walk(&array, 12345, 6789);
	consumer_array_release(&array);
	guarded_free(&memory);
}
END_TEST

START_TEST(without_elements_there_is_no_block)
{
	const ptrdiff_t shapes[][3] = {
		{ 0, 5, 5 },
		{ 5, 0, 5 },
		{ 5, 5, 0 },
		{ 0, 0, 0 },
	};
	struct guarded memory = guarded_new(1, GUARDED_BACK);

	for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
		for (int ndim = 1; ndim <= 3; ndim++) {
			ConsumerArray array;

			ck_assert_int_eq(
				consumer_array_wrap(
					NULL, consumer_element(CONSUMER_INT32),
					ndim, shapes[i], NULL, true, &array,
					NULL),
				CONSUMER_OK);
			check_walk(&array, 0, 0);
			if (array.n_elements == 0)
				consumer_array_copy_bytes(&array,
							  memory.data + 1);
			consumer_array_release(&array);
		}
	}
	guarded_free(&memory);
}
END_TEST

START_TEST(a_released_array_has_no_block)
{
	ConsumerArray array;
	ConsumerBlocks *blocks = malloc(sizeof(*blocks));
	size_t n;

	ck_assert_int_eq(consumer_array_arange(3, &array, NULL), CONSUMER_OK);
	consumer_array_release(&array);
	consumer_blocks_begin(blocks, &array, 0, 0);
	ck_assert_ptr_null(consumer_blocks_next(blocks, &n));

	/* Zeroed memory, whose itemsize of 0 used to divide. */
	memset(&array, 0, sizeof(array));
	consumer_blocks_begin(blocks, &array, 0, 0);
	ck_assert_ptr_null(consumer_blocks_next(blocks, &n));
	free(blocks);
}
END_TEST

/* Stepping back over an axis that is not walked used to overflow. */
START_TEST(strides_that_are_not_walked_may_overflow)
{
	const ptrdiff_t shape[] = { 2, 2 };
	const ptrdiff_t strides[] = { 1, PTRDIFF_MAX / 2 + 1 };
	unsigned char byte = 7;
	static ConsumerBlocks blocks;
	ConsumerArray array;
	size_t n_elements;
	const unsigned char *block;

	ck_assert_int_eq(
		consumer_array_wrap(&byte, consumer_element(CONSUMER_UINT8), 2,
				    shape, strides, true, &array, NULL),
		CONSUMER_OK);
	consumer_blocks_begin(&blocks, &array, 0, 1);
	block = consumer_blocks_next(&blocks, &n_elements);
	ck_assert_uint_eq(n_elements, 1);
	ck_assert_uint_eq(*block, 7);
	ck_assert_ptr_null(consumer_blocks_next(&blocks, &n_elements));
	consumer_array_release(&array);
}
END_TEST

/* --- Of a file that is cut ---------------------------------------------- */

#define N_FILE_BYTES ((ptrdiff_t)300000)

/* Rows and columns, in any order and direction, of what fits into a file. */
static void
random_matrix(uint64_t *state, unsigned char *data, ConsumerElement element,
	      ConsumerArray *out)
{
	const ptrdiff_t itemsize = (ptrdiff_t)element.itemsize;
	const ptrdiff_t n = N_FILE_BYTES / itemsize;
	const ptrdiff_t inner = random_between(state, 1, MIN(n, 400));
	const ptrdiff_t step = random_between(state, 1, 3);
	ptrdiff_t shape[] = { MAX(n / inner / step, 1), inner };
	ptrdiff_t strides[] = { inner * step * itemsize, itemsize };
	ptrdiff_t first = 0;

	if (shape[0] == 1)
		strides[0] = 0;
	if (random_bits(state) & 1) {
		swap(&shape[0], &shape[1]);
		swap(&strides[0], &strides[1]);
	}
	for (int axis = 0; axis < 2; axis++) {
		if (random_bits(state) & 1) {
			first += (shape[axis] - 1) * strides[axis];
			strides[axis] = -strides[axis];
		}
	}
	ck_assert_int_eq(consumer_array_wrap(data + first, element, 2, shape,
					     strides, true, out, NULL),
			 CONSUMER_OK);
}

/* How many elements come before the first that ends behind 'size'. */
static ptrdiff_t
count_whole(const ConsumerArray *array, const unsigned char *data,
	    ptrdiff_t start, ptrdiff_t size)
{
	const ptrdiff_t *shape = consumer_array_shape(array);
	const ptrdiff_t *strides = consumer_array_strides(array);
	ptrdiff_t i = start;

	for (; i < array->n_elements; i++) {
		const char *element = (const char *)array->data +
				      i / shape[1] * strides[0] +
				      i % shape[1] * strides[1];

		if (element - (const char *)data +
			    (ptrdiff_t)array->element.itemsize >
		    size)
			break;
	}
	return i - start;
}

static const ConsumerElement cut_elements[] = {
	{ CONSUMER_UINT8, CONSUMER_NATIVE_ENDIAN, 1 },
	{ CONSUMER_INT16, CONSUMER_BIG_ENDIAN, 2 },
	{ CONSUMER_FLOAT32, CONSUMER_LITTLE_ENDIAN, 4 },
	{ CONSUMER_INT64, CONSUMER_BIG_ENDIAN, 8 },
	{ CONSUMER_OPAQUE, CONSUMER_NATIVE_ENDIAN, 3 },
	{ CONSUMER_OPAQUE, CONSUMER_NATIVE_ENDIAN, 70000 },
};

/*
 * What a file still has is given, element by element, also of its last page,
 * where lost bytes are zeros; and then it is an error.
 */
START_TEST(a_file_gives_what_it_still_has)
{
	const ConsumerElement element = cut_elements[_i];
	unsigned char *bytes = malloc(N_FILE_BYTES);
	unsigned char *whole = malloc(N_FILE_BYTES);
	struct blocks_room room = { NULL, 0 };
	static ConsumerBlocks blocks;
	uint64_t state = (uint64_t)_i + 1;
	ConsumerBacking backing = { -1, NULL, 0 };
	unsigned char *data;
	ConsumerError error;

	random_fill(&state, bytes, N_FILE_BYTES);
	file_with("data", bytes, N_FILE_BYTES);
	backing.descriptor = open("data", O_RDWR);
	data = mmap(NULL, N_FILE_BYTES, PROT_READ, MAP_SHARED,
		    backing.descriptor, 0);
	ck_assert_ptr_ne(data, MAP_FAILED);
	backing.address = data;
	for (int i = 0; i < 60; i++) {
		const ptrdiff_t size = random_between(&state, 0, N_FILE_BYTES);
		ptrdiff_t start, n_want, n_got = 0;
		ConsumerArray array;
		const void *block;
		ConsumerStatus status;
		size_t n;

		random_matrix(&state, data, element, &array);
		array.backing = &backing;
		consumer_array_copy_bytes(&array, whole);
		start = random_between(&state, 0, array.n_elements - 1);
		n_want = count_whole(&array, data, start, size);
		/* Before the first block or behind it. */
		if (i % 2)
			ck_assert_int_eq(ftruncate(backing.descriptor, size),
					 0);
		blocks_begin_bytes(&blocks, &array, start,
				   array.n_elements - start);
		while (!(status = blocks_next_safe(&blocks, &array, &room,
						   &block, &n, &error)) &&
		       block) {
			expect(memcmp(block,
				      whole + (size_t)(start + n_got) *
						      element.itemsize,
				      n * element.itemsize) == 0,
			       "%zu elements at %td differ", n, start + n_got);
			if (n_got == 0)
				ck_assert_int_eq(
					ftruncate(backing.descriptor, size), 0);
			n_got += (ptrdiff_t)n;
		}
		if (n_got == array.n_elements - start)
			ck_assert_int_eq(status, CONSUMER_OK);
		else
			check_failure(status, &error, CONSUMER_ERR_VANISHED);
		/* What was copied before is there all the same. */
		expect(i % 2 ? n_got == n_want : n_got >= n_want,
		       "%td elements instead of %td", n_got, n_want);
		consumer_array_release(&array);
		ck_assert_int_eq(
			pwrite(backing.descriptor, bytes, N_FILE_BYTES, 0),
			N_FILE_BYTES);
	}
	munmap(data, N_FILE_BYTES);
	close(backing.descriptor);
	free(room.bytes);
	free(whole);
	free(bytes);
}
END_TEST

START_TEST(what_is_there_and_cannot_be_read_is_an_error)
{
	/* As from a disk that fails: the size is right, the page is lost. */
	const ConsumerBacking backing = {
		open(file_with("other", "12345678", 8), O_RDONLY), NULL, 0
	};
	struct blocks_room room = { NULL, 0 };
	static ConsumerBlocks blocks;
	const ptrdiff_t length = 8;
	const int descriptor = open(file_with("data", "abcdefgh", 8), O_RDWR);
	ConsumerBacking its_size = backing;
	ConsumerArray array;
	const void *block;
	size_t n;
	ConsumerError error;
	void *data = mmap(NULL, 8, PROT_READ, MAP_SHARED, descriptor, 0);

	its_size.address = data;
	ck_assert_int_eq(ftruncate(descriptor, 0), 0);
	consumer_array_wrap(data, consumer_element(CONSUMER_UINT8), 1, &length,
			    NULL, true, &array, NULL);
	array.backing = &its_size;
	for (int i = 0; i < 3; i++) {
		consumer_blocks_begin(&blocks, &array, 0, 8);
		check_failure(blocks_next_safe(&blocks, &array, &room, &block,
					       &n, &error),
			      &error,
			      i < 2 ? CONSUMER_ERR_VANISHED : CONSUMER_ERR_OS);
		/* Without the descriptor, and with one that is no more. */
		if (i == 1)
			close(backing.descriptor);
		its_size.descriptor = i == 0 ? -1 : backing.descriptor;
	}
	munmap(data, 8);
	close(descriptor);
	free(room.bytes);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("blocks");
	TCase *tcase = check_case(suite);
	TCase *sigbus = check_case_of_faults(suite);

	tcase_add_test(tcase, strides_that_are_not_walked_may_overflow);

	tcase_add_loop_test(tcase,
			    random_views_give_every_element_once_and_in_order,
			    CONSUMER_BOOL, CONSUMER_N_TYPES);
	tcase_add_loop_test(tcase, a_walk_may_start_and_end_anywhere, 0, 6);
	tcase_add_loop_test(tcase, copy_bytes_takes_the_bytes_as_they_are, 0,
			    ARRAY_LEN(itemsizes));
	tcase_add_loop_test(tcase, long_arrays_come_in_full_blocks, 0, 12);
	tcase_add_test(tcase, native_contiguous_elements_are_not_copied);
	tcase_add_loop_test(tcase, long_runs_are_cut_at_lines_of_the_cache, 0,
			    64);
	tcase_add_loop_test(tcase, sixty_four_dimensions_are_walked, 0, 6);
	tcase_add_test(tcase, without_elements_there_is_no_block);
	tcase_add_test(tcase, a_released_array_has_no_block);
	tcase_add_loop_test(sigbus, a_file_gives_what_it_still_has, 0,
			    ARRAY_LEN(cut_elements));
	tcase_add_test(sigbus, what_is_there_and_cannot_be_read_is_an_error);
	return check_run(suite);
}
