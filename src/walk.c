/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "walk.h"

#include <stdlib.h>
#include <string.h>

/* Steps from which on it is faster to fetch elements one by one. */
#define MIN_SPARSE_STEP 192

static ConsumerStatus
begin(struct walk *walk, const ConsumerArray *array, const struct plan *plan,
      ConsumerError *error)
{
	walk->blocks = malloc(sizeof(*walk->blocks));
	if (!walk->blocks)
		return fail_memory(error);
	blocks_begin_bytes(walk->blocks, array, (ptrdiff_t)plan->first,
			   (ptrdiff_t)plan_n_spanned(plan));
	return CONSUMER_OK;
}

void
walk_end(struct walk *walk)
{
	free(walk->blocks);
	free(walk->copies.bytes);
	*walk = (struct walk){ .blocks = NULL };
}

/* Copies the next element that is given to 'out'. */
static ConsumerStatus
copy_element(struct walk *walk, const ConsumerArray *array, struct plan *plan,
	     void *out, ConsumerError *error)
{
	const uint64_t n_before = plan->n_given - plan->n_left;
	const void *element;
	size_t n;
	ConsumerStatus status;

	blocks_begin_bytes(
		walk->blocks, array,
		(ptrdiff_t)(plan->first + n_before * plan->selection.step), 1);
	status = blocks_next_safe(walk->blocks, array, &walk->copies, &element,
				  &n, error);
	if (status)
		return status;
	memcpy(out, element, array->element.itemsize);
	plan->n_left--;
	return CONSUMER_OK;
}

/*
 * Elements far apart are fetched one by one: nearly all that a block has would
 * be brought together for nothing.
 */
static ConsumerStatus
next_sparse(struct walk *walk, const ConsumerArray *array, struct plan *plan,
	    ConsumerArray *out, ConsumerError *error)
{
	const size_t itemsize = array->element.itemsize;
	const uint64_t n_there = WALK_SPARSE_BYTES / itemsize;
	const size_t n_wanted = (size_t)MIN(plan->n_left, n_there);
	size_t n;

	for (n = 0; n < n_wanted; n++) {
		/* The next turn meets the same error, without any before. */
		const ConsumerStatus status = copy_element(
			walk, array, plan, walk->sparse + n * itemsize,
			n == 0 ? error : NULL);

		if (status && n == 0)
			return status;
		if (status)
			break;
	}
	*out = wrap_flat(walk->sparse, array->element, (ptrdiff_t)n, true);
	return CONSUMER_OK;
}

ConsumerStatus
walk_next(struct walk *walk, const ConsumerArray *array, struct plan *plan,
	  ConsumerArray *out, ConsumerError *error)
{
	ConsumerStatus status =
		walk->blocks ? CONSUMER_OK : begin(walk, array, plan, error);
	const void *block;
	size_t n;

	if (!status && plan->selection.step >= MIN_SPARSE_STEP)
		return next_sparse(walk, array, plan, out, error);
	while (!status) {
		status = blocks_next_safe(walk->blocks, array, &walk->copies,
					  &block, &n, error);
		if (status)
			break;
		if (!block) {
			*out = wrap_flat(NULL, array->element, 0, true);
			break;
		}
		if (plan_choose(plan, array->element, block, n, out))
			break;
	}
	return status;
}
