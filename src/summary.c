/* SPDX-License-Identifier: MIT */
/* Summaries: count, min, max, exact sums, and what follows from them. */
#include "config.h"
#include "exact.h"
#include "kernels.h"
#include "share.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Blocks whose carries may wait: see exact_add(). */
#define MAX_PENDING_BLOCKS 16384

void
consumer_summary_begin(ConsumerSummary *summary, ConsumerType type,
		       unsigned collected)
{
	memset(summary, 0, sizeof(*summary));
	summary->type = type;
	summary->collected = collected;
}

static bool
is_value_less(ConsumerKind kind, ConsumerValue a, ConsumerValue b)
{
	switch (kind) {
	case CONSUMER_KIND_SIGNED:
		return a.signed_integer < b.signed_integer;
	case CONSUMER_KIND_FLOAT:
		return is_less(a.floating, b.floating);
	case CONSUMER_KIND_BOOL:
		return a.boolean < b.boolean;
	case CONSUMER_KIND_NONE:
	case CONSUMER_KIND_CHAR:
	case CONSUMER_KIND_UNSIGNED:
		break;
	}
	return a.unsigned_integer < b.unsigned_integer;
}

/* Takes in the range of 'count' > 0 numbers. */
static void
widen_range(ConsumerSummary *summary, uint64_t count, ConsumerValue min,
	    ConsumerValue max)
{
	const ConsumerKind kind = consumer_type_kind(summary->type);

	if (summary->count == 0 || is_value_less(kind, min, summary->min))
		summary->min = min;
	if (summary->count == 0 || is_value_less(kind, summary->max, max))
		summary->max = max;
	summary->count += count;
}

static void
add_range(ConsumerSummary *summary, const struct range *range,
	  size_t n_elements)
{
	summary->n_nan += range->n_nan;
	if (range->n_nan < n_elements)
		widen_range(summary, n_elements - range->n_nan, range->min,
			    range->max);
}

static void
add_block(ConsumerSummary *summary, const struct summary_kernels *kernels,
	  const void *block, size_t n_elements)
{
	struct infinities infinities = { 0, 0 };
	/* Zero, as the kernel of bool sets just one byte of each value */
	struct range range = { .min.unsigned_integer = 0,
			       .max.unsigned_integer = 0 };

	if (summary->collected & CONSUMER_SUMMARY_SQUARES) {
		kernels->all(block, n_elements, &range, summary->sum,
			     &infinities, summary->squares);
	} else {
		if (summary->collected & CONSUMER_SUMMARY_RANGE)
			kernels->range(block, n_elements, &range);
		if (summary->collected & CONSUMER_SUMMARY_SUM)
			kernels->sum(block, n_elements, summary->sum,
				     &infinities);
	}
	if (summary->collected & CONSUMER_SUMMARY_RANGE)
		add_range(summary, &range, n_elements);
	summary->n_positive_infinities += infinities.n_positive;
	summary->n_negative_infinities += infinities.n_negative;
}

/* The squares come with all the rest, wanted or not. */
static void
forget_unwanted(ConsumerSummary *summary)
{
	if (summary->collected & CONSUMER_SUMMARY_SUM)
		return;
	memset(summary->sum, 0, sizeof(summary->sum));
	summary->n_positive_infinities = 0;
	summary->n_negative_infinities = 0;
}

static void
carry(ConsumerSummary *summary)
{
	if (summary->collected & CONSUMER_SUMMARY_SUM)
		exact_carry(summary->sum, CONSUMER_SUM_LIMBS);
	if (summary->collected & CONSUMER_SUMMARY_SQUARES)
		exact_carry(summary->squares, CONSUMER_SQUARES_LIMBS);
}

static void
add_alone(ConsumerSummary *summary, const ConsumerArray *array, ptrdiff_t start,
	  ptrdiff_t n_elements)
{
	const struct summary_kernels *kernels =
		summary_kernels_for(summary->type);
	const unsigned float_mode = float_mode_set_default();
	unsigned n_pending = 0;
	ConsumerBlocks blocks;
	const void *block;
	size_t n;

	consumer_blocks_begin(&blocks, array, start, n_elements);
	while ((block = consumer_blocks_next(&blocks, &n))) {
		add_block(summary, kernels, block, n);
		if (++n_pending == MAX_PENDING_BLOCKS) {
			carry(summary);
			n_pending = 0;
		}
	}
	forget_unwanted(summary);
	carry(summary);
	float_mode_restore(float_mode);
}

/* Those of no real sums, as an enemy may have pickled, may wrap. */
static void
add_limbs(int64_t *limbs, const int64_t *others, int n)
{
	for (int i = 0; i < n; i++)
		limbs[i] = (int64_t)((uint64_t)limbs[i] + (uint64_t)others[i]);
}

ConsumerStatus
consumer_summary_merge(ConsumerSummary *summary, const ConsumerSummary *other,
		       ConsumerError *error)
{
	if (summary->collected != other->collected)
		return fail(error, CONSUMER_ERR_ARGUMENT,
			    "summaries of different things cannot be added");
	if (summary->type != other->type)
		return fail(error, CONSUMER_ERR_ARGUMENT,
			    "summaries of %s and of %s cannot be added",
			    consumer_type_name(summary->type),
			    consumer_type_name(other->type));
	if (other->count > 0)
		widen_range(summary, other->count, other->min, other->max);
	summary->n_nan += other->n_nan;
	summary->n_positive_infinities += other->n_positive_infinities;
	summary->n_negative_infinities += other->n_negative_infinities;
	add_limbs(summary->sum, other->sum, CONSUMER_SUM_LIMBS);
	add_limbs(summary->squares, other->squares, CONSUMER_SQUARES_LIMBS);
	carry(summary);
	return CONSUMER_OK;
}

/* What the threads have taken, each on its own. */
struct parts {
	const ConsumerArray *array;
	ConsumerSummary *summaries;
};

static void
take_part(void *context, size_t thread, ptrdiff_t start, ptrdiff_t n_elements)
{
	const struct parts *parts = context;

	add_alone(&parts->summaries[thread], parts->array, start, n_elements);
}

/* False: nothing was added. */
static bool
add_shared(ConsumerSummary *summary, const ConsumerArray *array,
	   ptrdiff_t start, ptrdiff_t n_elements, size_t n_threads)
{
	struct parts parts = { array,
			       calloc(n_threads, sizeof(*parts.summaries)) };
	const struct share share = { array,	start,	   n_elements,
				     n_threads, take_part, &parts };
	bool is_complete;

	if (!parts.summaries)
		return false;
	for (size_t i = 0; i < n_threads; i++)
		consumer_summary_begin(&parts.summaries[i], summary->type,
				       summary->collected);
	is_complete = share_run(&share);
	for (size_t i = 0; is_complete && i < n_threads; i++)
		consumer_summary_merge(summary, &parts.summaries[i], NULL);
	free(parts.summaries);
	return is_complete;
}

void
consumer_summary_add(ConsumerSummary *summary, const ConsumerArray *array,
		     ptrdiff_t start, ptrdiff_t n_elements, size_t n_threads)
{
	n_threads = share_count_threads(array, n_elements, n_threads);
	if (n_threads == 1 ||
	    !add_shared(summary, array, start, n_elements, n_threads))
		add_alone(summary, array, start, n_elements);
}

/* What the infinities add up to; 0 if there are none. */
static double
infinite_sum(const ConsumerSummary *summary)
{
	if (summary->n_positive_infinities && summary->n_negative_infinities)
		return NAN;
	if (summary->n_positive_infinities)
		return INFINITY;
	return summary->n_negative_infinities ? -INFINITY : 0;
}

double
consumer_summary_sum(const ConsumerSummary *summary)
{
	const double infinite = infinite_sum(summary);

	return infinite != 0 ? infinite : exact_sum(summary->sum);
}

double
consumer_summary_mean(const ConsumerSummary *summary)
{
	const double infinite = infinite_sum(summary);

	if (summary->count == 0)
		return NAN;
	return infinite != 0 ? infinite
			     : exact_mean(summary->sum, summary->count);
}

double
consumer_summary_std(const ConsumerSummary *summary)
{
	/* The distance from an infinite mean is no number. */
	if (summary->count == 0 || infinite_sum(summary) != 0)
		return NAN;
	return exact_std(summary->sum, summary->squares, summary->count);
}

bool
consumer_summary_integer_sum(const ConsumerSummary *summary, uint64_t *high,
			     uint64_t *low)
{
	const struct wide sum = exact_integer(summary->sum);
	/* A sum of unsigned numbers may use the highest bit, too. */
	const bool is_negative =
		consumer_type_kind(summary->type) == CONSUMER_KIND_SIGNED &&
		sum.high >> 63;

	*high = is_negative ? ~sum.high + (sum.low == 0) : sum.high;
	*low = is_negative ? -sum.low : sum.low;
	return is_negative;
}
