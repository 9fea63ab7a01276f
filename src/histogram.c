/* SPDX-License-Identifier: MIT */
/*
 * Histograms, to NumPy's rule: a first pass finds the range, a second one
 * counts.  Elements that change between the two are counted wrong, but nowhere
 * else than in their bins.
 */
#include "config.h"
#include "element.h"
#include "kernels.h"
#include "number.h"
#include "share.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

/* So many elements at once become float64. */
#define CHUNK_ELEMENTS 512

/*
 * Neighbours are counted in tables of their own, as long as these are small:
 * where equal numbers follow each other, one counter would be waited for.
 */
#define N_WAYS		4
#define MAX_SMALL_SLOTS 2048

/* Threads have counters of their own, if they are no more than these. */
#define MAX_SHARED_COUNTS 8192

enum stage { STAGE_NEW, STAGE_RANGE, STAGE_COUNTS, STAGE_DONE };

struct ConsumerHistogram {
	ConsumerType type;
	enum stage stage;
	size_t n_bins;

	/*
	 * Of the finite elements, low > high if there are none; then the first
	 * edge and the last.
	 */
	double low, high;
	uint64_t n_nan;
	uint64_t n_negative_infinities;
	uint64_t n_positive_infinities;

	/*
	 * While elements are counted, the last one is infinite: no finite value
	 * reaches it, and the slot of infinity begins there, which ends at NaN.
	 */
	double *edges;
	/* The bin is about (value * scale - origin) * bins_per_unit. */
	double scale, origin, bins_per_unit;
	bool is_even; /* that is at most one bin off */

	/* n_ways times the bins, and a slot for what is in none of them. */
	uint64_t *counts;
	size_t n_slots, n_ways;
};

/* --- Elements as float64 ------------------------------------------------- */

#define AS_DOUBLE(x)	  ((double)(x))
#define BOOL_AS_DOUBLE(x) ((double)((x) != 0))
/* Both halves are exact, so the sum is rounded once; quicker on x86. */
#define UINT64_AS_DOUBLE(x) \
	((double)(uint32_t)((x) >> 32) * 0x1p32 + (double)(uint32_t)(x))
#define FLOAT16_AS_DOUBLE(x) ((double)half_to_float(x))

#define DEFINE_WIDEN(name, ctype, CONVERT)                                     \
	static void widen_##name(const void *elements, size_t first, size_t n, \
				 double *out)                                  \
	{                                                                      \
		const unaligned_##ctype *x = elements;                         \
                                                                               \
		for (size_t i = 0; i < n; i++)                                 \
			out[i] = CONVERT(x[first + i]);                        \
	}

DEFINE_WIDEN(bool, uint8_t, BOOL_AS_DOUBLE)
DEFINE_WIDEN(int8, int8_t, AS_DOUBLE)
DEFINE_WIDEN(uint8, uint8_t, AS_DOUBLE)
DEFINE_WIDEN(int16, int16_t, AS_DOUBLE)
DEFINE_WIDEN(uint16, uint16_t, AS_DOUBLE)
DEFINE_WIDEN(int32, int32_t, AS_DOUBLE)
DEFINE_WIDEN(uint32, uint32_t, AS_DOUBLE)
DEFINE_WIDEN(int64, int64_t, AS_DOUBLE)
DEFINE_WIDEN(uint64, uint64_t, UINT64_AS_DOUBLE)
DEFINE_WIDEN(float16, uint16_t, FLOAT16_AS_DOUBLE)
DEFINE_WIDEN(float32, float, AS_DOUBLE)
DEFINE_WIDEN(float64, double, AS_DOUBLE)

/* Converts elements 'first' ... 'first' + 'n' - 1 of a block. */
static void (*const widen[CONSUMER_N_TYPES])(const void *elements, size_t first,
					     size_t n, double *out) = {
	[CONSUMER_BOOL] = widen_bool,	    [CONSUMER_CHAR] = widen_uint8,
	[CONSUMER_INT8] = widen_int8,	    [CONSUMER_UINT8] = widen_uint8,
	[CONSUMER_INT16] = widen_int16,	    [CONSUMER_UINT16] = widen_uint16,
	[CONSUMER_INT32] = widen_int32,	    [CONSUMER_UINT32] = widen_uint32,
	[CONSUMER_INT64] = widen_int64,	    [CONSUMER_UINT64] = widen_uint64,
	[CONSUMER_FLOAT16] = widen_float16, [CONSUMER_FLOAT32] = widen_float32,
	[CONSUMER_FLOAT64] = widen_float64,
};

/* --- The first pass: the range ------------------------------------------- */

static void
widen_range(ConsumerHistogram *histogram, double low, double high)
{
	histogram->low = MIN(histogram->low, low);
	histogram->high = MAX(histogram->high, high);
}

/* One by one, as there are infinities. */
static void
add_range_of_chunk(ConsumerHistogram *histogram, const double *values, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (isfinite(values[i]))
			widen_range(histogram, values[i], values[i]);
		histogram->n_negative_infinities += values[i] == -INFINITY;
		histogram->n_positive_infinities += values[i] == INFINITY;
	}
}

static double
to_double(ConsumerType type, ConsumerValue value)
{
	return number_to_double(number_from(consumer_type_kind(type), value));
}

static void
add_range(ConsumerHistogram *histogram, const void *block, size_t n_elements)
{
	const ConsumerType type = histogram->type;
	/* Zero, as the kernel of bool sets just one byte of each value */
	struct range range = { .min.unsigned_integer = 0,
			       .max.unsigned_integer = 0 };
	double values[CHUNK_ELEMENTS];
	double low, high;

	summary_kernels_for(type)->range(block, n_elements, &range);
	histogram->n_nan += range.n_nan;
	if (range.n_nan == n_elements)
		return;
	low = to_double(type, range.min);
	high = to_double(type, range.max);
	if (isfinite(low) && isfinite(high)) {
		widen_range(histogram, low, high);
		return;
	}
	for (size_t i = 0; i < n_elements; i += CHUNK_ELEMENTS) {
		const size_t n = MIN(n_elements - i, CHUNK_ELEMENTS);

		widen[type](block, i, n, values);
		add_range_of_chunk(histogram, values, n);
	}
}

/* --- The second pass: the counts ----------------------------------------- */

/*
 * The numbers of the slots of a chunk, as computed: exact or that of the bin
 * beside the right one.  A value out of the range, or NaN, becomes infinite.
 */
static void
guess_slots(const ConsumerHistogram *histogram, double *values, int *slots)
{
	const double low = histogram->low, high = histogram->high;
	const double scale = histogram->scale, origin = histogram->origin;
	const double bins_per_unit = histogram->bins_per_unit;
	const int n_bins = (int)histogram->n_bins;

	for (size_t i = 0; i < CHUNK_ELEMENTS; i++) {
		const double value = values[i];
		const bool is_inside = (value >= low) & (value <= high);
		const double inside = is_inside ? value : low;
		const int bin =
			(int)((inside * scale - origin) * bins_per_unit);

		slots[i] = is_inside ? MIN(bin, n_bins - 1) : n_bins;
		values[i] = is_inside ? value : (double)INFINITY;
	}
}

static void
count_computed(const ConsumerHistogram *histogram, double *values)
{
	const double *edges = histogram->edges;
	const size_t n_slots = histogram->n_slots;
	const size_t last_way = histogram->n_ways - 1;
	uint64_t *counts = histogram->counts;
	int slots[CHUNK_ELEMENTS];

	guess_slots(histogram, values, slots);
	for (size_t i = 0; i < CHUNK_ELEMENTS; i++) {
		const int guess = slots[i];
		const int slot = guess + (values[i] >= edges[guess + 1]) -
				 (values[i] < edges[guess]);

		counts[(i & last_way) * n_slots + (size_t)slot]++;
	}
}

/* The bin of a value in the range. */
static size_t
search_bin(const ConsumerHistogram *histogram, double value)
{
	size_t low = 0, n = histogram->n_bins;

	while (n > 1) {
		const size_t half = n / 2;

		if (histogram->edges[low + half] <= value)
			low += half;
		n -= half;
	}
	return low;
}

/* Where edges are so close that nothing can be computed. */
static void
count_searched(const ConsumerHistogram *histogram, const double *values)
{
	const double low = histogram->low, high = histogram->high;

	for (size_t i = 0; i < CHUNK_ELEMENTS; i++) {
		if (values[i] >= low && values[i] <= high)
			histogram->counts[search_bin(histogram, values[i])]++;
	}
}

static void
add_counts(ConsumerHistogram *histogram, const void *block, size_t n_elements)
{
	double values[CHUNK_ELEMENTS];

	for (size_t i = 0; i < n_elements; i += CHUNK_ELEMENTS) {
		const size_t n = MIN(n_elements - i, CHUNK_ELEMENTS);

		widen[histogram->type](block, i, n, values);
		for (size_t j = n; j < CHUNK_ELEMENTS; j++)
			values[j] = NAN; /* which is in no bin */
		if (histogram->is_even)
			count_computed(histogram, values);
		else
			count_searched(histogram, values);
	}
}

static void
add_alone(ConsumerHistogram *histogram, const ConsumerArray *array,
	  ptrdiff_t start, ptrdiff_t n_elements)
{
	const unsigned float_mode = float_mode_set_default();
	ConsumerBlocks blocks;
	const void *block;
	size_t n;

	consumer_blocks_begin(&blocks, array, start, n_elements);
	while ((block = consumer_blocks_next(&blocks, &n))) {
		if (histogram->stage == STAGE_RANGE)
			add_range(histogram, block, n);
		else
			add_counts(histogram, block, n);
	}
	float_mode_restore(float_mode);
}

/* --- Threads ------------------------------------------------------------- */

struct parts {
	const ConsumerArray *array;
	ConsumerHistogram *histograms; /* one for each thread */
};

static void
take_part(void *context, size_t thread, ptrdiff_t start, ptrdiff_t n_elements)
{
	const struct parts *parts = context;

	add_alone(&parts->histograms[thread], parts->array, start, n_elements);
}

static size_t
n_counts(const ConsumerHistogram *histogram)
{
	return histogram->n_ways * histogram->n_slots;
}

/* Makes '*part' one that has seen nothing in this pass. */
static void
begin_part(ConsumerHistogram *part, const ConsumerHistogram *histogram,
	   uint64_t *counts)
{
	*part = *histogram;
	part->n_nan = 0;
	part->n_negative_infinities = 0;
	part->n_positive_infinities = 0;
	part->counts = counts;
}

static void
end_part(ConsumerHistogram *histogram, const ConsumerHistogram *part)
{
	const size_t n = n_counts(histogram);

	widen_range(histogram, part->low, part->high);
	histogram->n_nan += part->n_nan;
	histogram->n_negative_infinities += part->n_negative_infinities;
	histogram->n_positive_infinities += part->n_positive_infinities;
	for (size_t i = 0; i < n; i++)
		histogram->counts[i] += part->counts[i];
}

/* False: nothing was added. */
static bool
add_shared(ConsumerHistogram *histogram, const ConsumerArray *array,
	   ptrdiff_t start, ptrdiff_t n_elements, size_t n_threads)
{
	const size_t n = n_counts(histogram);
	uint64_t *counts = calloc(n_threads * n, sizeof(*counts));
	ConsumerHistogram *histograms = calloc(n_threads, sizeof(*histograms));
	struct parts parts = { array, histograms };
	const struct share share = { array,	start,	   n_elements,
				     n_threads, take_part, &parts };
	bool is_complete = counts && histograms;

	for (size_t i = 0; is_complete && i < n_threads; i++)
		begin_part(&histograms[i], histogram, counts + i * n);
	is_complete = is_complete && share_run(&share);
	for (size_t i = 0; is_complete && i < n_threads; i++)
		end_part(histogram, &histograms[i]);
	free(histograms);
	free(counts);
	return is_complete;
}

void
consumer_histogram_add(ConsumerHistogram *histogram, const ConsumerArray *array,
		       ptrdiff_t start, ptrdiff_t n_elements, size_t n_threads)
{
	if (n_counts(histogram) > MAX_SHARED_COUNTS)
		n_threads = 1;
	n_threads = share_count_threads(array, n_elements, n_threads);
	if (n_threads == 1 ||
	    !add_shared(histogram, array, start, n_elements, n_threads))
		add_alone(histogram, array, start, n_elements);
}

/* --- Between the passes -------------------------------------------------- */

/*
 * numpy.linspace(), of halves where the range is more than a float64 holds; but
 * no edge is above the last one, as where a step is rounded up to the smallest
 * float64.  Returns the width of a bin, likewise.
 */
static double
set_edges(ConsumerHistogram *histogram)
{
	const double low = histogram->low, high = histogram->high;
	const bool is_wide = !isfinite(high - low);
	const double scale = is_wide ? 0.5 : 1;
	const double n_bins = (double)histogram->n_bins;
	const double start = low * scale, range = high * scale - start;
	const double step = range / n_bins;

	for (size_t i = 0; i < histogram->n_bins; i++) {
		/* A step below the smallest float64 is computed later. */
		const double distance = step == 0 ? (double)i / n_bins * range
						  : (double)i * step;

		histogram->edges[i] = MIN((distance + start) / scale, high);
	}
	histogram->edges[histogram->n_bins] = INFINITY;
	histogram->edges[histogram->n_bins + 1] = NAN;
	histogram->scale = scale;
	histogram->origin = start;
	histogram->bins_per_unit = n_bins / range;
	return step;
}

static void
find_edges(ConsumerHistogram *histogram)
{
	double magnitude, step;

	if (histogram->low > histogram->high) {
		histogram->low = 0;
		histogram->high = 1;
	} else if (histogram->low == histogram->high) {
		histogram->low -= 0.5;
		histogram->high += 0.5;
	}
	step = set_edges(histogram);
	magnitude = MAX(fabs(histogram->low), fabs(histogram->high)) *
		    histogram->scale;
	/* Edges are off by an ulp or two, which must be well below a bin. */
	histogram->is_even = step >= 4 * DBL_EPSILON * magnitude &&
			     step >= 4 * DBL_TRUE_MIN &&
			     isfinite(histogram->bins_per_unit);
}

/* Adds up the ways, and ends the last bin where the elements do. */
static void
end_counts(ConsumerHistogram *histogram)
{
	const size_t n_slots = histogram->n_slots;

	histogram->edges[histogram->n_bins] = histogram->high;
	for (size_t i = n_slots; i < histogram->n_ways * n_slots; i++)
		histogram->counts[i % n_slots] += histogram->counts[i];
}

bool
consumer_histogram_next_pass(ConsumerHistogram *histogram)
{
	unsigned float_mode;

	switch (histogram->stage) {
	case STAGE_NEW:
		histogram->stage = STAGE_RANGE;
		return true;
	case STAGE_RANGE:
		float_mode = float_mode_set_default();
		find_edges(histogram);
		float_mode_restore(float_mode);
		histogram->stage = STAGE_COUNTS;
		return true;
	case STAGE_COUNTS:
		end_counts(histogram);
		histogram->stage = STAGE_DONE;
		break;
	case STAGE_DONE:
		break;
	}
	return false;
}

/* --- Opening, reading and closing ---------------------------------------- */

ConsumerStatus
consumer_histogram_open(ConsumerType type, size_t n_bins,
			ConsumerHistogram **out, ConsumerError *error)
{
	ConsumerHistogram *histogram;

	if (type == CONSUMER_OPAQUE || (unsigned)type >= CONSUMER_N_TYPES)
		return fail(error, CONSUMER_ERR_ARGUMENT,
			    "opaque elements have no histogram");
	if (n_bins < 1 || n_bins > CONSUMER_MAX_BINS)
		return fail_argument(error, "bins", "%zu is not in 1 ... %d",
				     n_bins, CONSUMER_MAX_BINS);
	histogram = calloc(1, sizeof(*histogram));
	if (!histogram)
		return fail_memory(error);
	histogram->type = type;
	histogram->n_bins = n_bins;
	histogram->low = INFINITY;
	histogram->high = -INFINITY;
	histogram->n_slots = n_bins + 1;
	histogram->n_ways = n_bins < MAX_SMALL_SLOTS ? N_WAYS : 1;
	/* And one behind the last. */
	histogram->edges = calloc(n_bins + 2, sizeof(*histogram->edges));
	histogram->counts = calloc(histogram->n_slots * histogram->n_ways,
				   sizeof(*histogram->counts));
	if (!histogram->edges || !histogram->counts) {
		consumer_histogram_close(histogram);
		return fail_memory(error);
	}
	*out = histogram;
	return CONSUMER_OK;
}

size_t
consumer_histogram_n_bins(const ConsumerHistogram *histogram)
{
	return histogram->n_bins;
}

const uint64_t *
consumer_histogram_counts(const ConsumerHistogram *histogram)
{
	return histogram->counts;
}

const double *
consumer_histogram_edges(const ConsumerHistogram *histogram)
{
	return histogram->edges;
}

uint64_t
consumer_histogram_n_nan(const ConsumerHistogram *histogram)
{
	return histogram->n_nan;
}

uint64_t
consumer_histogram_n_negative_infinities(const ConsumerHistogram *histogram)
{
	return histogram->n_negative_infinities;
}

uint64_t
consumer_histogram_n_positive_infinities(const ConsumerHistogram *histogram)
{
	return histogram->n_positive_infinities;
}

void
consumer_histogram_close(ConsumerHistogram *histogram)
{
	if (!histogram)
		return;
	free(histogram->counts);
	free(histogram->edges);
	free(histogram);
}

/* A pass over a whole array. */
struct pass {
	ConsumerHistogram *histogram;
	const ConsumerArray *array;
	size_t n_threads;
};

static void
add_all(void *context)
{
	const struct pass *pass = context;

	consumer_histogram_add(pass->histogram, pass->array, 0,
			       pass->array->n_elements, pass->n_threads);
}

ConsumerStatus
consumer_array_histogram(const ConsumerArray *array, size_t n_bins,
			 size_t n_threads, ConsumerHistogram **out,
			 ConsumerError *error)
{
	struct pass pass = { NULL, array, n_threads };
	ConsumerStatus status = consumer_histogram_open(
		array->element.type, n_bins, &pass.histogram, error);

	if (status)
		return status;
	while (!status && consumer_histogram_next_pass(pass.histogram))
		status = consumer_array_guard(array, add_all, &pass, error);
	if (status)
		consumer_histogram_close(pass.histogram);
	else
		*out = pass.histogram;
	return status;
}
