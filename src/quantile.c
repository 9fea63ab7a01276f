/* SPDX-License-Identifier: MIT */
/*
 * Exact quantiles by counting, as a radix sort does, but only where a wanted
 * element is.
 *
 * Each element becomes a key, an unsigned integer that sorts as the element
 * does.  A pass counts one digit of the keys; that tells the digit of the keys
 * at the wanted ranks.  The next pass counts the next digit of those keys alone
 * that begin with the digits found so far, in one table for each beginning.
 *
 * Passes are sums and ORs, so that parts could be counted apart and added up.
 */
#include "config.h"
#include "decimal.h"
#include "element.h"
#include "kernels.h"
#include "number.h"
#include "share.h"

#include <math.h>
#include <stdlib.h>

/* Tables in use at once, from number 1 on, and the counters of each. */
#define N_TABLES   15
#define NO_TABLE   0
#define DIGIT_BITS 16
#define N_COUNTERS (1 << DIGIT_BITS)

/* Digits of fewer elements are smaller: see choose_digit(). */
#define FEW_ELEMENTS   65536
#define FEW_DIGIT_BITS 8

/* Keys of no table are counted in so many places, so that none has to wait. */
#define N_WASTED 64

/* Beginnings of keys are hashed to so many bits. */
#define HASH_BITS 10

enum stage { STAGE_NEW, STAGE_FIRST_PASS, STAGE_LATER_PASSES };

/* An element that a quantile needs, by its place among all, sorted. */
struct wanted {
	uint64_t index;
	uint64_t rank; /* the same among the keys with its beginning */
	uint64_t key;  /* the digits known so far, and what all keys have */
	unsigned table;
};

struct ConsumerQuantiles {
	const struct key_kernels *kernels;
	ConsumerType type;
	enum stage stage;

	double *percentages;
	size_t n_percentages;

	uint64_t n_elements; /* without NaN; of the first pass */
	struct wanted *wanted;
	size_t n_wanted;

	/* Bits that are 1 in all keys, and in any but those of NaN. */
	uint64_t all_and, all_or;

	/* The digit is bits 'shift' and above; the beginning those above it. */
	unsigned shift, beginning_shift;
	/* This pass looks for wanted[first] ... wanted[end - 1]. */
	size_t first, end;
	uint64_t beginnings[1 + N_TABLES];
	unsigned n_tables;
	/* Which table a beginning has, if it has one: see table_of(). */
	uint64_t multiplier;
	unsigned char hashed[1 << HASH_BITS];
	uint64_t *counters;
};

/* --- Keys ---------------------------------------------------------------- */

#define SIGN_BIT(n_bits) ((uint##n_bits##_t)1 << (n_bits - 1))

#define UNSIGNED_KEY(bits, n_bits) (bits)
#define BOOL_KEY(bits, n_bits)	   ((bits) != 0)
#define SIGNED_KEY(bits, n_bits)   ((bits) ^ SIGN_BIT(n_bits))
#define FLOAT_KEY(bits, n_bits)	   float_key_##n_bits(bits)

/*
 * Negative floats sort backwards, so all of their bits are flipped.  Any NaN
 * has the largest key, which nothing else has.
 */
#define DEFINE_FLOAT_KEY(n_bits, infinity)                                 \
	static inline uint##n_bits##_t float_key_##n_bits(                 \
		uint##n_bits##_t bits)                                     \
	{                                                                  \
		const uint##n_bits##_t sign = SIGN_BIT(n_bits);            \
		const uint##n_bits##_t flip =                              \
			(uint##n_bits##_t)(0 - (bits >> (n_bits - 1)));    \
		const bool is_nan =                                        \
			(bits & (uint##n_bits##_t) ~sign) > (infinity);    \
                                                                           \
		return (uint##n_bits##_t)((bits ^ (flip | sign)) |         \
					  (0 - (uint##n_bits##_t)is_nan)); \
	}

DEFINE_FLOAT_KEY(16, 0x7C00)
DEFINE_FLOAT_KEY(32, 0x7F800000)
DEFINE_FLOAT_KEY(64, UINT64_C(0x7FF0000000000000))

static uint64_t
element_of_key(ConsumerType type, uint64_t key)
{
	const size_t n_bits = consumer_element(type).itemsize * 8;
	const uint64_t sign = UINT64_C(1) << (n_bits - 1);

	switch (consumer_type_kind(type)) {
	case CONSUMER_KIND_SIGNED:
		return key ^ sign;
	case CONSUMER_KIND_FLOAT:
		return key & sign ? key ^ sign : ~key;
	case CONSUMER_KIND_NONE:
	case CONSUMER_KIND_BOOL:
	case CONSUMER_KIND_CHAR:
	case CONSUMER_KIND_UNSIGNED:
		break;
	}
	return key;
}

static double
value_of_key(ConsumerType type, uint64_t key)
{
	const ConsumerElement element = consumer_element(type);
	unsigned char bytes[sizeof(uint64_t)];
	ConsumerValue value;

	element_store_bits(element, bytes, element_of_key(type, key));
	value = consumer_element_load(element, bytes);
	return number_to_double(number_from(consumer_type_kind(type), value));
}

/* --- Counting ------------------------------------------------------------ */

/* What a thread has counted. */
struct counts {
	uint64_t n_elements; /* without NaN */
	uint64_t all_and, all_or;
	uint64_t *counters;
	uint64_t wasted[N_WASTED];
};

struct key_kernels {
	/* Counts elements, their first digits, and the bits of their keys. */
	void (*first)(const ConsumerQuantiles *quantiles, struct counts *counts,
		      const void *elements, size_t n_elements);
	/* Counts a later digit, of the keys with a table. */
	void (*later)(const ConsumerQuantiles *quantiles, struct counts *counts,
		      const void *elements, size_t n_elements);
};

static unsigned
hash(uint64_t beginning, uint64_t multiplier)
{
	return (unsigned)(beginning * multiplier >> (64 - HASH_BITS));
}

#define IS_FLOAT_UNSIGNED_KEY 0
#define IS_FLOAT_BOOL_KEY     0
#define IS_FLOAT_SIGNED_KEY   0
#define IS_FLOAT_FLOAT_KEY    1

#define DEFINE_KEYS(name, n_bits, KEY)                                         \
	static void first_##name(const ConsumerQuantiles *quantiles,           \
				 struct counts *counts, const void *elements,  \
				 size_t n_elements)                            \
	{                                                                      \
		const unaligned_uint##n_bits##_t *x = elements;                \
		const uint##n_bits##_t ones = (uint##n_bits##_t) - 1;          \
		const unsigned shift = quantiles->shift;                       \
		uint##n_bits##_t all_and = ones, all_or = 0;                   \
		uint64_t *counters = counts->counters;                         \
		size_t n_nan = 0;                                              \
                                                                               \
		for (size_t i = 0; i < n_elements; i++) {                      \
			const uint##n_bits##_t key = KEY(x[i], n_bits);        \
			const bool is_nan = IS_FLOAT_##KEY && key == ones;     \
                                                                               \
			n_nan += is_nan;                                       \
			all_and &= key;                                        \
			/* No bit of NaN, whose key is the largest */          \
			all_or |= (uint##n_bits##_t)(key + is_nan);            \
			counters[key >> shift]++;                              \
		}                                                              \
		counts->n_elements += n_elements - n_nan;                      \
		counts->all_and &= all_and;                                    \
		counts->all_or |= all_or;                                      \
	}                                                                      \
                                                                               \
	static void later_##name(const ConsumerQuantiles *quantiles,           \
				 struct counts *counts, const void *elements,  \
				 size_t n_elements)                            \
	{                                                                      \
		const unaligned_uint##n_bits##_t *x = elements;                \
		const uint64_t multiplier = quantiles->multiplier;             \
		const unsigned above = quantiles->beginning_shift;             \
		const unsigned shift = quantiles->shift;                       \
		const size_t n_digits = (size_t)1 << (above - shift);          \
		uint64_t *counters = counts->counters;                         \
                                                                               \
		for (size_t i = 0; i < n_elements; i++) {                      \
			const uint##n_bits##_t key = KEY(x[i], n_bits);        \
			const uint64_t beginning = key >> above;               \
			const size_t table =                                   \
				quantiles                                      \
					->hashed[hash(beginning, multiplier)]; \
			const bool is_wanted =                                 \
				quantiles->beginnings[table] == beginning;     \
			const size_t digit = key >> shift & (n_digits - 1);    \
                                                                               \
			uint64_t *counter =                                    \
				is_wanted ? &counters[(table - 1) * n_digits + \
						      digit]                   \
					  : &counts->wasted[i % N_WASTED];     \
                                                                               \
			(*counter)++;                                          \
		}                                                              \
	}

DEFINE_KEYS(bool, 8, BOOL_KEY)
DEFINE_KEYS(int8, 8, SIGNED_KEY)
DEFINE_KEYS(uint8, 8, UNSIGNED_KEY)
DEFINE_KEYS(int16, 16, SIGNED_KEY)
DEFINE_KEYS(uint16, 16, UNSIGNED_KEY)
DEFINE_KEYS(float16, 16, FLOAT_KEY)
DEFINE_KEYS(int32, 32, SIGNED_KEY)
DEFINE_KEYS(uint32, 32, UNSIGNED_KEY)
DEFINE_KEYS(float32, 32, FLOAT_KEY)
DEFINE_KEYS(int64, 64, SIGNED_KEY)
DEFINE_KEYS(uint64, 64, UNSIGNED_KEY)
DEFINE_KEYS(float64, 64, FLOAT_KEY)

#define ROW(type, name) [CONSUMER_##type] = { first_##name, later_##name }

static const struct key_kernels kernels[CONSUMER_N_TYPES] = {
	ROW(BOOL, bool),       ROW(CHAR, uint8),      ROW(INT8, int8),
	ROW(UINT8, uint8),     ROW(INT16, int16),     ROW(UINT16, uint16),
	ROW(INT32, int32),     ROW(UINT32, uint32),   ROW(INT64, int64),
	ROW(UINT64, uint64),   ROW(FLOAT16, float16), ROW(FLOAT32, float32),
	ROW(FLOAT64, float64),
};

/*
 * Makes the digit end below the highest bit that is not known.  Most counters
 * would stay 0 with few elements, and looking at them would take the time.
 */
static void
choose_digit(ConsumerQuantiles *quantiles, uint64_t n_elements)
{
	const unsigned n_bits =
		n_elements < FEW_ELEMENTS ? FEW_DIGIT_BITS : DIGIT_BITS;

	quantiles->shift = quantiles->beginning_shift > n_bits
				   ? quantiles->beginning_shift - n_bits
				   : 0;
}

static size_t
n_digits(const ConsumerQuantiles *quantiles)
{
	return (size_t)1 << (quantiles->beginning_shift - quantiles->shift);
}

/* How many counters are in use: one thread's. */
static size_t
n_counters(const ConsumerQuantiles *quantiles)
{
	return quantiles->n_tables * n_digits(quantiles);
}

static void
clear_counters(ConsumerQuantiles *quantiles)
{
	memset(quantiles->counters, 0,
	       n_counters(quantiles) * sizeof(*quantiles->counters));
}

static void
begin_counts(struct counts *counts, uint64_t *counters)
{
	counts->n_elements = 0;
	counts->all_and = UINT64_MAX;
	counts->all_or = 0;
	counts->counters = counters;
}

/* Takes in all but the counters: nothing after the first pass. */
static void
end_counts(ConsumerQuantiles *quantiles, const struct counts *counts)
{
	quantiles->n_elements += counts->n_elements;
	quantiles->all_and &= counts->all_and;
	quantiles->all_or |= counts->all_or;
}

static void
count(const ConsumerQuantiles *quantiles, struct counts *counts,
      const ConsumerArray *array, ptrdiff_t start, ptrdiff_t n_elements)
{
	const bool is_first = quantiles->stage == STAGE_FIRST_PASS;
	ConsumerBlocks blocks;
	const void *block;
	size_t n;

	consumer_blocks_begin(&blocks, array, start, n_elements);
	while ((block = consumer_blocks_next(&blocks, &n))) {
		if (is_first)
			quantiles->kernels->first(quantiles, counts, block, n);
		else
			quantiles->kernels->later(quantiles, counts, block, n);
	}
}

/* --- Threads ------------------------------------------------------------- */

struct counting {
	const ConsumerQuantiles *quantiles;
	const ConsumerArray *array;
	struct counts counts[N_TABLES]; /* one for each thread */
};

static void
count_part(void *context, size_t thread, ptrdiff_t start, ptrdiff_t n_elements)
{
	struct counting *counting = context;

	count(counting->quantiles, &counting->counts[thread], counting->array,
	      start, n_elements);
}

static void
end_thread(ConsumerQuantiles *quantiles, const struct counts *counts)
{
	const size_t n = n_counters(quantiles);

	for (size_t i = 0; i < n; i++)
		quantiles->counters[i] += counts->counters[i];
	end_counts(quantiles, counts);
}

/*
 * Each thread has tables of its own, of those that are not in use.  False:
 * nothing was counted.
 */
static bool
count_shared(ConsumerQuantiles *quantiles, const ConsumerArray *array,
	     ptrdiff_t start, ptrdiff_t n_elements, size_t n_threads)
{
	const size_t n = n_counters(quantiles);
	struct counting counting = { .quantiles = quantiles, .array = array };
	const struct share share = { array,	start,	    n_elements,
				     n_threads, count_part, &counting };

	memset(quantiles->counters + n, 0,
	       n_threads * n * sizeof(*quantiles->counters));
	for (size_t i = 0; i < n_threads; i++)
		begin_counts(&counting.counts[i],
			     quantiles->counters + (i + 1) * n);
	if (!share_run(&share))
		return false;
	for (size_t i = 0; i < n_threads; i++)
		end_thread(quantiles, &counting.counts[i]);
	return true;
}

/* As many as have room for their tables, and are worth clearing these. */
static size_t
count_threads(const ConsumerQuantiles *quantiles, const ConsumerArray *array,
	      ptrdiff_t n_elements, size_t n_threads)
{
	const size_t n = n_counters(quantiles);
	const size_t n_rooms = N_TABLES * N_COUNTERS / n - 1;

	n_threads = MIN(n_threads, MIN(n_rooms, N_TABLES));
	n_threads = MIN(n_threads, (size_t)n_elements / (4 * n));
	return share_count_threads(array, n_elements, n_threads);
}

void
consumer_quantiles_add(ConsumerQuantiles *quantiles, const ConsumerArray *array,
		       ptrdiff_t start, ptrdiff_t n_elements, size_t n_threads)
{
	struct counts counts;

	if (n_elements == 0)
		return;
	/* The first part tells whether there is much to come. */
	if (quantiles->shift == quantiles->beginning_shift) {
		choose_digit(quantiles, (uint64_t)n_elements);
		clear_counters(quantiles);
	}
	n_threads = count_threads(quantiles, array, n_elements, n_threads);
	if (n_threads > 1 &&
	    count_shared(quantiles, array, start, n_elements, n_threads))
		return;
	begin_counts(&counts, quantiles->counters);
	count(quantiles, &counts, array, start, n_elements);
	end_counts(quantiles, &counts);
}

/* --- Opening and closing ------------------------------------------------- */

static ConsumerStatus
check_percentage(double percentage, ConsumerError *error)
{
	const struct separator end = { { '\0' }, 1 };
	char text[DECIMAL_MAX_BYTES + DECIMAL_SLACK_BYTES];

	if (percentage >= 0 && percentage <= 100)
		return CONSUMER_OK;
	text_kernel_for(CONSUMER_FLOAT64, SPELLING_PYTHON)(&percentage, 1, end,
							   text);
	return fail(error, CONSUMER_ERR_ARGUMENT,
		    "percentage %s is not in 0 ... 100", text);
}

ConsumerStatus
consumer_quantiles_open(ConsumerType type, size_t n_percentages,
			const double *percentages, ConsumerQuantiles **out,
			ConsumerError *error)
{
	ConsumerQuantiles *quantiles;

	if (type == CONSUMER_OPAQUE || (unsigned)type >= CONSUMER_N_TYPES)
		return fail(error, CONSUMER_ERR_ARGUMENT,
			    "opaque elements have no quantiles");
	for (size_t i = 0; i < n_percentages; i++) {
		if (check_percentage(percentages[i], error))
			return CONSUMER_ERR_ARGUMENT;
	}
	quantiles = calloc(1, sizeof(*quantiles));
	if (!quantiles)
		return fail_memory(error);
	quantiles->kernels = &kernels[type];
	quantiles->type = type;
	quantiles->beginnings[NO_TABLE] = UINT64_MAX; /* is longer than any */
	quantiles->n_percentages = n_percentages;
	/* Not of 0 bytes, for which NULL would be no failure. */
	quantiles->percentages =
		calloc(MAX(n_percentages, 1), sizeof(*quantiles->percentages));
	/* Two for each: the elements on both sides. */
	quantiles->wanted =
		calloc(MAX(n_percentages, 1), 2 * sizeof(*quantiles->wanted));
	/* Cleared as far as needed, pass by pass. */
	quantiles->counters =
		malloc(N_TABLES * N_COUNTERS * sizeof(*quantiles->counters));
	if (!quantiles->percentages || !quantiles->wanted ||
	    !quantiles->counters) {
		consumer_quantiles_close(quantiles);
		return fail_memory(error);
	}
	for (size_t i = 0; i < n_percentages; i++)
		quantiles->percentages[i] = percentages[i];
	*out = quantiles;
	return CONSUMER_OK;
}

void
consumer_quantiles_close(ConsumerQuantiles *quantiles)
{
	if (!quantiles)
		return;
	free(quantiles->counters);
	free(quantiles->wanted);
	free(quantiles->percentages);
	free(quantiles);
}

/* --- Passes -------------------------------------------------------------- */

/*
 * Where the quantile is among the n_elements > 0, as NumPy computes it: at
 * '*fraction' of the way from an element to the next one.
 */
static uint64_t
find_index(const ConsumerQuantiles *quantiles, double percentage,
	   double *fraction)
{
	const uint64_t last = quantiles->n_elements - 1;
	const double position = (double)last * (percentage / 100);
	uint64_t index;

	*fraction = 0;
	if (position >= (double)last)
		return last;
	index = (uint64_t)position;
	*fraction = position - (double)index;
	return MIN(index, last);
}

static int
compare_wanted(const void *a, const void *b)
{
	const uint64_t left = ((const struct wanted *)a)->index;
	const uint64_t right = ((const struct wanted *)b)->index;

	return (left > right) - (left < right);
}

static void
want(ConsumerQuantiles *quantiles, uint64_t index)
{
	quantiles->wanted[quantiles->n_wanted++] = (struct wanted){
		.index = index,
		.rank = index,
		.table = 1, /* that of the first pass */
		/* What all keys have in common need not be counted. */
		.key = quantiles->all_and,
	};
}

/* Fills 'wanted', sorted, each once. */
static void
want_neighbours(ConsumerQuantiles *quantiles)
{
	const uint64_t last = quantiles->n_elements - 1;
	struct wanted *wanted = quantiles->wanted;
	size_t n = 0;

	for (size_t i = 0; i < quantiles->n_percentages; i++) {
		double fraction;
		const uint64_t index = find_index(
			quantiles, quantiles->percentages[i], &fraction);

		want(quantiles, index);
		want(quantiles, MIN(index + 1, last));
	}
	qsort(wanted, quantiles->n_wanted, sizeof(*wanted), compare_wanted);
	for (size_t i = 0; i < quantiles->n_wanted; i++) {
		if (n == 0 || wanted[n - 1].index != wanted[i].index)
			wanted[n++] = wanted[i];
	}
	quantiles->n_wanted = n;
}

static void
begin_first_pass(ConsumerQuantiles *quantiles)
{
	quantiles->stage = STAGE_FIRST_PASS;
	quantiles->beginning_shift =
		(unsigned)consumer_element(quantiles->type).itemsize * 8;
	/* No digit yet: see consumer_quantiles_add(). */
	quantiles->shift = quantiles->beginning_shift;
	quantiles->n_tables = 1;
	quantiles->all_and = UINT64_MAX;
}

static void
end_first_pass(ConsumerQuantiles *quantiles)
{
	quantiles->stage = STAGE_LATER_PASSES;
	if (quantiles->n_elements > 0)
		want_neighbours(quantiles);
	quantiles->end = quantiles->n_wanted;
}

/*
 * Reads from the counters a digit of each element that the pass looked for.
 * These are sorted, so one walk over a table finds all of its own.  If the
 * elements have changed between passes the digits are wrong, but digits.
 */
static void
end_pass(ConsumerQuantiles *quantiles)
{
	const size_t last_digit = n_digits(quantiles) - 1;
	struct wanted *previous = NULL;
	uint64_t n_before = 0;
	size_t digit = 0;

	for (; quantiles->first < quantiles->end; quantiles->first++) {
		struct wanted *each = &quantiles->wanted[quantiles->first];
		const uint64_t *counters =
			quantiles->counters +
			(each->table - 1) * n_digits(quantiles);

		if (!previous || previous->table != each->table)
			digit = n_before = 0;
		while (digit < last_digit &&
		       each->rank - n_before >= counters[digit])
			n_before += counters[digit++];
		each->rank -= n_before;
		each->key |= (uint64_t)digit << quantiles->shift;
		previous = each;
	}
}

/* Goes to the next digit in which keys differ.  False: it is not needed. */
static bool
find_next_digit(ConsumerQuantiles *quantiles)
{
	const uint64_t unknown = (UINT64_C(1) << quantiles->shift) - 1;
	const uint64_t differing =
		quantiles->all_or & ~quantiles->all_and & unknown;

	if (differing == 0)
		return false;
	quantiles->beginning_shift = 64 - (unsigned)__builtin_clzll(differing);
	choose_digit(quantiles, quantiles->n_elements);
	quantiles->first = 0;
	return true;
}

/* Gives tables to as many elements as there are tables for. */
static void
assign_tables(ConsumerQuantiles *quantiles)
{
	unsigned n = 0;
	size_t i;

	for (i = quantiles->first; i < quantiles->n_wanted; i++) {
		struct wanted *each = &quantiles->wanted[i];
		const uint64_t beginning =
			each->key >> quantiles->beginning_shift;

		if (n == 0 || quantiles->beginnings[n] != beginning) {
			if (n == N_TABLES)
				break;
			quantiles->beginnings[++n] = beginning;
		}
		each->table = n;
	}
	quantiles->end = i;
	quantiles->n_tables = n;
}

static bool
hash_without_collision(ConsumerQuantiles *quantiles)
{
	memset(quantiles->hashed, NO_TABLE, sizeof(quantiles->hashed));
	for (unsigned table = 1; table <= quantiles->n_tables; table++) {
		unsigned char *hashed = &quantiles->hashed[hash(
			quantiles->beginnings[table], quantiles->multiplier)];

		if (*hashed != NO_TABLE)
			return false;
		*hashed = (unsigned char)table;
	}
	return true;
}

static void
begin_pass(ConsumerQuantiles *quantiles)
{
	assign_tables(quantiles);
	/* A few multipliers are tried at most: 15 in 1024 seldom collide. */
	do
		quantiles->multiplier += UINT64_C(0x9E3779B97F4A7C15);
	while (!hash_without_collision(quantiles));
	clear_counters(quantiles);
}

static bool
next_pass(ConsumerQuantiles *quantiles)
{
	switch (quantiles->stage) {
	case STAGE_NEW:
		begin_first_pass(quantiles);
		return true;
	case STAGE_FIRST_PASS:
		end_first_pass(quantiles);
		break;
	case STAGE_LATER_PASSES:
		break;
	}
	end_pass(quantiles);
	if (quantiles->n_wanted == 0)
		return false;
	if (quantiles->first == quantiles->n_wanted &&
	    !find_next_digit(quantiles))
		return false;
	begin_pass(quantiles);
	return true;
}

bool
consumer_quantiles_next_pass(ConsumerQuantiles *quantiles)
{
	const unsigned float_mode = float_mode_set_default();
	const bool is_needed = next_pass(quantiles);

	float_mode_restore(float_mode);
	return is_needed;
}

/* --- Values -------------------------------------------------------------- */

/* The element that has this place among all, sorted. */
static double
element_at(const ConsumerQuantiles *quantiles, uint64_t index)
{
	const struct wanted key = { .index = index };
	const struct wanted *found =
		bsearch(&key, quantiles->wanted, quantiles->n_wanted,
			sizeof(key), compare_wanted);

	return value_of_key(quantiles->type, found->key);
}

/* As NumPy does it, so that it is monotonic and exact at both ends. */
static double
interpolate(double a, double b, double fraction)
{
	const double difference = b - a;

	if (fraction == 0 || a == b)
		return a;
	if (!isfinite(difference))
		return a * (1 - fraction) + b * fraction;
	return fraction < 0.5 ? a + difference * fraction
			      : b - difference * (1 - fraction);
}

static double
quantile_at(const ConsumerQuantiles *quantiles, double percentage)
{
	const uint64_t last = quantiles->n_elements - 1;
	double fraction;
	uint64_t index;

	if (quantiles->n_elements == 0)
		return NAN;
	index = find_index(quantiles, percentage, &fraction);
	return interpolate(element_at(quantiles, index),
			   element_at(quantiles, MIN(index + 1, last)),
			   fraction);
}

uint64_t
consumer_quantiles_count(const ConsumerQuantiles *quantiles)
{
	return quantiles->n_elements;
}

void
consumer_quantiles_values(const ConsumerQuantiles *quantiles, double *values)
{
	const unsigned float_mode = float_mode_set_default();

	for (size_t i = 0; i < quantiles->n_percentages; i++)
		values[i] = quantile_at(quantiles, quantiles->percentages[i]);
	float_mode_restore(float_mode);
}

/* A pass over a whole array. */
struct pass {
	ConsumerQuantiles *quantiles;
	const ConsumerArray *array;
	size_t n_threads;
};

static void
add_all(void *context)
{
	const struct pass *pass = context;

	consumer_quantiles_add(pass->quantiles, pass->array, 0,
			       pass->array->n_elements, pass->n_threads);
}

ConsumerStatus
consumer_array_quantiles(const ConsumerArray *array, size_t n_percentages,
			 const double *percentages, size_t n_threads,
			 double *values, ConsumerError *error)
{
	struct pass pass = { NULL, array, n_threads };
	ConsumerStatus status =
		consumer_quantiles_open(array->element.type, n_percentages,
					percentages, &pass.quantiles, error);

	if (status)
		return status;
	while (!status && consumer_quantiles_next_pass(pass.quantiles))
		status = consumer_array_guard(array, add_all, &pass, error);
	if (!status)
		consumer_quantiles_values(pass.quantiles, values);
	consumer_quantiles_close(pass.quantiles);
	return status;
}
