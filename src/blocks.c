/* SPDX-License-Identifier: MIT */
/*
 * Any view as native, contiguous blocks.  This is the one place that knows
 * strides, byte order and alignment.
 *
 * The walk is over runs: the rest of the last axis, elements one stride apart.
 */
#include "config.h"
#include "blocks.h"
#include "element.h"
#include "guard.h"
#include "kernels.h"

#include <stdlib.h>

/* A run at least this long is worth a block of its own, uncopied. */
#define MIN_UNCOPIED_ELEMENTS 512

/*
 * Of a cache, and of the widest vectors: loads across two lines take twice as
 * long.
 */
#define LINE_BYTES 64

/* For so many bytes the file is asked for its size once. */
#define SAFE_BLOCK_BYTES ((ptrdiff_t)65536)

/* Where the current element is. */
static const unsigned char *
address(const ConsumerBlocks *blocks)
{
	return blocks->data + (ptrdiff_t)blocks->offset;
}

/*
 * Moves by 'n' times 'stride'.  An axis that is not walked to its end may have
 * any stride, so the way back from there may wrap; it comes back all the same.
 */
static void
move(ConsumerBlocks *blocks, ptrdiff_t n, ptrdiff_t stride)
{
	blocks->offset += (size_t)n * (size_t)stride;
}

/*
 * Leaves out axes of length 1 and joins each axis to the next one where
 * stepping over the end of the inner leads to the outer's next element.
 */
static void
merge_axes(ConsumerBlocks *blocks, const ConsumerArray *array)
{
	const ptrdiff_t *shape = consumer_array_shape(array);
	const ptrdiff_t *strides = consumer_array_strides(array);
	int n = 0;

	for (int axis = 0; axis < array->ndim; axis++) {
		ptrdiff_t whole;

		if (shape[axis] == 1)
			continue;
		if (n > 0 &&
		    !__builtin_mul_overflow(shape[axis], strides[axis],
					    &whole) &&
		    blocks->strides[n - 1] == whole) {
			blocks->shape[n - 1] *= shape[axis];
			blocks->strides[n - 1] = strides[axis];
			continue;
		}
		blocks->shape[n] = shape[axis];
		blocks->strides[n] = strides[axis];
		n++;
	}
	if (n == 0) { /* a single element */
		blocks->shape[0] = 1;
		blocks->strides[0] = (ptrdiff_t)array->element.itemsize;
		n = 1;
	}
	blocks->ndim = n;
}

/* Moves to element 'start' of the flat array. */
static void
seek(ConsumerBlocks *blocks, ptrdiff_t start)
{
	const int last = blocks->ndim - 1;

	blocks->offset = 0;
	for (int axis = last; axis >= 0; axis--) {
		/* The first index takes what is left: start may be the end. */
		const ptrdiff_t index =
			axis > 0 ? start % blocks->shape[axis] : start;

		start /= blocks->shape[axis];
		blocks->index[axis] = index;
		move(blocks, index, blocks->strides[axis]);
	}
	blocks->run_left = blocks->shape[last] - blocks->index[last];
}

void
consumer_blocks_begin(ConsumerBlocks *blocks, const ConsumerArray *array,
		      ptrdiff_t start, ptrdiff_t n_elements)
{
	blocks->data = array->data;
	blocks->n_left = n_elements;
	blocks->itemsize = array->element.itemsize;
	blocks->is_swapped = element_is_swapped(array->element);
	blocks->min_uncopied = MIN_UNCOPIED_ELEMENTS;
	blocks->may_vanish = array->backing;
	blocks->stop = start + n_elements;
	blocks->is_short = false;
	if (n_elements == 0) /* a length of 0 cannot be divided by */
		return;
	merge_axes(blocks, array);
	seek(blocks, start);
}

void
blocks_begin_bytes(ConsumerBlocks *blocks, const ConsumerArray *array,
		   ptrdiff_t start, ptrdiff_t n_elements)
{
	consumer_blocks_begin(blocks, array, start, n_elements);
	blocks->is_swapped = false;
	blocks->min_uncopied = PTRDIFF_MAX;
}

static ptrdiff_t
run_stride(const ConsumerBlocks *blocks)
{
	return blocks->strides[blocks->ndim - 1];
}

/* Steps over 'n_elements' elements of the current run. */
static void
advance(ConsumerBlocks *blocks, ptrdiff_t n_elements)
{
	const int last = blocks->ndim - 1;

	move(blocks, n_elements, blocks->strides[last]);
	blocks->run_left -= n_elements;
	blocks->n_left -= n_elements;
	if (blocks->run_left > 0 || blocks->n_left == 0)
		return;
	blocks->run_left = blocks->shape[last];
	move(blocks, -blocks->shape[last], blocks->strides[last]);
	for (int axis = last - 1; axis >= 0; axis--) {
		move(blocks, 1, blocks->strides[axis]);
		if (++blocks->index[axis] < blocks->shape[axis])
			return;
		blocks->index[axis] = 0;
		move(blocks, -blocks->shape[axis], blocks->strides[axis]);
	}
}

/* Elements of any size, never swapped. */
static void
gather_bytes(unsigned char *out, const unsigned char *from, ptrdiff_t stride,
	     ptrdiff_t n, size_t itemsize)
{
	for (ptrdiff_t i = 0; i < n; i++)
		memcpy(out + (size_t)i * itemsize, from + i * stride, itemsize);
}

/* Whether the elements must not be touched where they are. */
static bool
must_fetch(const ConsumerBlocks *blocks)
{
	return blocks->may_vanish && guard_must_fetch();
}

/* Appends 'n' elements of the current run to 'out'. */
static void
gather(const ConsumerBlocks *blocks, unsigned char *out, ptrdiff_t n)
{
	gather_kernel *const kernel = gather_kernel_for(blocks->itemsize);
	const unsigned char *from = address(blocks);
	ptrdiff_t stride = run_stride(blocks);

	if (must_fetch(blocks)) {
		guard_fetch(out, from, stride, (size_t)n, blocks->itemsize);
		if (!blocks->is_swapped)
			return;
		from = out;
		stride = (ptrdiff_t)blocks->itemsize;
	}
	if (stride == (ptrdiff_t)blocks->itemsize && !blocks->is_swapped) {
		memcpy(out, from, (size_t)n * blocks->itemsize);
		return;
	}
	if (kernel)
		kernel(out, from, stride, (size_t)n, blocks->is_swapped);
	else
		gather_bytes(out, from, stride, n, blocks->itemsize);
}

/* Appends elements to 'out' until it has 'n_elements' or none are left. */
static size_t
gather_runs(ConsumerBlocks *blocks, unsigned char *out, ptrdiff_t n_elements)
{
	ptrdiff_t n_gathered = 0;

	while (n_gathered < n_elements && blocks->n_left > 0) {
		ptrdiff_t n = MIN(blocks->run_left, blocks->n_left);

		n = MIN(n, n_elements - n_gathered);
		gather(blocks, out + (size_t)n_gathered * blocks->itemsize, n);
		n_gathered += n;
		advance(blocks, n);
	}
	return (size_t)n_gathered;
}

/* Whether the next 'n' elements can be seen where they are. */
static bool
is_uncopied(const ConsumerBlocks *blocks, ptrdiff_t n)
{
	if (blocks->is_swapped)
		return false;
	return n == 1 || (run_stride(blocks) == (ptrdiff_t)blocks->itemsize &&
			  blocks->run_left >= MIN(n, blocks->min_uncopied));
}

/* How many of 'n' elements there are up to the last line that they reach. */
static ptrdiff_t
count_to_line(const unsigned char *block, ptrdiff_t n, size_t itemsize)
{
	const uintptr_t end = (uintptr_t)block + (size_t)n * itemsize;

	return n - (ptrdiff_t)(end % LINE_BYTES / itemsize);
}

const void *
consumer_blocks_next(ConsumerBlocks *blocks, size_t *n_elements)
{
	ptrdiff_t n;

	if (blocks->n_left == 0)
		return NULL;
	n = MAX(CONSUMER_BLOCK_BYTES / (ptrdiff_t)blocks->itemsize, 1);
	n = MIN(n, blocks->n_left);
	if (is_uncopied(blocks, n) && !must_fetch(blocks)) {
		const unsigned char *block = address(blocks);

		if (n < MIN(blocks->run_left, blocks->n_left))
			n = count_to_line(block, n, blocks->itemsize);
		else
			n = MIN(n, blocks->run_left);
		advance(blocks, n);
		*n_elements = (size_t)n;
		return block;
	}
	*n_elements = gather_runs(blocks, (unsigned char *)blocks->gathered, n);
	return blocks->gathered;
}

/* What a guarded copy of a block needs. */
struct copied {
	ConsumerBlocks *blocks;
	unsigned char *out;
	ptrdiff_t n_elements;
};

static void
copy_next(void *context)
{
	const struct copied *copied = context;

	gather_runs(copied->blocks, copied->out, copied->n_elements);
}

/* Makes room for the next block; '*n' is how many elements it will have. */
static ConsumerStatus
make_room(const ConsumerBlocks *blocks, struct blocks_room *room, ptrdiff_t *n,
	  ConsumerError *error)
{
	const ptrdiff_t itemsize = (ptrdiff_t)blocks->itemsize;
	size_t n_bytes;

	*n = MIN(MAX(SAFE_BLOCK_BYTES / itemsize, 1), blocks->n_left);
	n_bytes = (size_t)(*n * itemsize);
	if (room->n_bytes >= n_bytes)
		return CONSUMER_OK;
	free(room->bytes);
	room->bytes = malloc(n_bytes);
	room->n_bytes = room->bytes ? n_bytes : 0;
	return room->bytes ? CONSUMER_OK : fail_memory(error);
}

/* Where element 'index' of the flat array is. */
static uintptr_t
find_address(const ConsumerBlocks *blocks, ptrdiff_t index)
{
	uintptr_t found = (uintptr_t)blocks->data;

	for (int axis = blocks->ndim - 1; axis >= 0; axis--) {
		const ptrdiff_t length = blocks->shape[axis];

		found += (size_t)(axis > 0 ? index % length : index) *
			 (size_t)blocks->strides[axis];
		index /= length;
	}
	return found;
}

/* Whether a file that ends at 'end' has all of that element. */
static bool
is_there(const ConsumerBlocks *blocks, ptrdiff_t index, uintptr_t end)
{
	const uintptr_t found = find_address(blocks, index);

	return found <= end && end - found >= blocks->itemsize;
}

/* Whether such a file has every element that the walk could come to. */
static bool
is_whole(const ConsumerBlocks *blocks, uintptr_t end)
{
	uintptr_t highest = (uintptr_t)blocks->data;

	for (int axis = 0; axis < blocks->ndim; axis++) {
		if (blocks->strides[axis] > 0)
			highest += (size_t)(blocks->shape[axis] - 1) *
				   (size_t)blocks->strides[axis];
	}
	return highest <= end && end - highest >= blocks->itemsize;
}

/* How many of 'n' elements, from 'start' on, come before one that is lost. */
static ptrdiff_t
count_there(const ConsumerBlocks *blocks, ptrdiff_t start, ptrdiff_t n,
	    uintptr_t end)
{
	ptrdiff_t n_there = 0;

	if (is_whole(blocks, end))
		return n;
	while (n_there < n && is_there(blocks, start + n_there, end))
		n_there++;
	return n_there;
}

/* Makes the walk end 'n' elements behind 'start', to where it goes back. */
static void
shorten(ConsumerBlocks *blocks, ptrdiff_t start, ptrdiff_t n)
{
	seek(blocks, start);
	blocks->n_left = n;
	blocks->stop = start + n;
	blocks->is_short = true;
}

/*
 * Copies the next 'n' elements to 'out' and finds how many of them are there.
 * If those are fewer the walk ends behind them, and has not moved.
 */
static ConsumerStatus
copy_there(ConsumerBlocks *blocks, const ConsumerArray *array,
	   unsigned char *out, ptrdiff_t n, ptrdiff_t *n_there,
	   ConsumerError *error)
{
	const ptrdiff_t start = blocks->stop - blocks->n_left;
	struct copied copied = { blocks, out, n };
	const ConsumerStatus read =
		guard_read(array, copy_next, &copied, error);
	uintptr_t end;
	const ConsumerStatus found = guard_find_end(array, &end, error);

	if (found)
		return found;
	*n_there = count_there(blocks, start, n, end);
	if (*n_there < n)
		shorten(blocks, start, *n_there);
	return *n_there < n ? CONSUMER_OK : read;
}

ConsumerStatus
blocks_next_safe(ConsumerBlocks *blocks, const ConsumerArray *array,
		 struct blocks_room *room, const void **block,
		 size_t *n_elements, ConsumerError *error)
{
	ptrdiff_t n, n_there = 0;
	ConsumerStatus status;

	if (!blocks->may_vanish) {
		*block = consumer_blocks_next(blocks, n_elements);
		return CONSUMER_OK;
	}
	do {
		*block = NULL;
		if (blocks->n_left == 0)
			break;
		status = make_room(blocks, room, &n, error);
		if (!status)
			status = copy_there(blocks, array, room->bytes, n,
					    &n_there, error);
		if (status)
			return status;
		*block = room->bytes;
		*n_elements = (size_t)n;
	} while (n_there < n); /* once more, only what there is */
	if (!*block && blocks->is_short)
		return guard_fail(array, find_address(blocks, blocks->stop),
				  error);
	return CONSUMER_OK;
}

void
consumer_array_copy_bytes(const ConsumerArray *array, void *out)
{
	ConsumerBlocks blocks;

	if (array->n_elements == 0)
		return;
	if (consumer_array_is_c_contiguous(array) &&
	    !(array->backing && guard_must_fetch())) {
		memcpy(out, array->data,
		       (size_t)array->n_elements * array->element.itemsize);
		return;
	}
	blocks_begin_bytes(&blocks, array, 0, array->n_elements);
	gather_runs(&blocks, out, array->n_elements);
}

void
blocks_scatter(const ConsumerArray *array, const void *from)
{
	const unsigned char *bytes = from;
	ConsumerBlocks blocks;

	consumer_blocks_begin(&blocks, array, 0, array->n_elements);
	while (blocks.n_left > 0) {
		unsigned char *to =
			(unsigned char *)array->data + blocks.offset;

		memcpy(to, bytes, blocks.itemsize);
		bytes += blocks.itemsize;
		advance(&blocks, 1);
	}
}
