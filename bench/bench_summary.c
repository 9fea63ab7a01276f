/* SPDX-License-Identifier: MIT */
/*
 * How fast summaries are: 256 MiB in memory, all that --stats collects, beside
 * loops in plain C that only add what they read.  CONSUMER_KERNELS=portable,
 * avx2 or avx512 names the variant; arguments name the types or data to run.
 */
#include "config.h"
#include "element.h"
#include "kernels.h"
#include "pool.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define N_BYTES ((size_t)256 << 20)
#define N_RUNS	7

/* What the numbers are like; of integers, always any bits. */
enum content {
	BITS,
	NORMAL,
	TENTHS, /* as data are, but some are almost 0 */
	DECADES,
	SPARSE,
	ZEROS,
	N_CONTENTS,
};

static const char *const content_names[N_CONTENTS] = {
	"bits", "normal", "tenths", "decades", "sparse", "zeros",
};

static const ConsumerType types[] = {
	CONSUMER_INT8,	  CONSUMER_UINT8,   CONSUMER_INT16,  CONSUMER_INT32,
	CONSUMER_UINT32,  CONSUMER_INT64,   CONSUMER_UINT64, CONSUMER_FLOAT16,
	CONSUMER_FLOAT32, CONSUMER_FLOAT64,
};

/* splitmix64 */
static uint64_t
random_bits(void)
{
	static uint64_t state = 1;
	uint64_t z = state += UINT64_C(0x9E3779B97F4A7C15);

	z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
	return z ^ z >> 31;
}

/* In (0, 1). */
static double
random_unit(void)
{
	return ((double)(random_bits() >> 12) + 0.5) * 0x1p-52;
}

static double
random_normal(void)
{
	return sqrt(-2 * log(random_unit())) * cos(2 * M_PI * random_unit());
}

static double
random_number(enum content content, size_t i)
{
	switch (content) {
	case TENTHS:
		return fma((double)(i % 1000), 0.1, -30);
	case DECADES:
		return pow(10, 600 * random_unit() - 300);
	case SPARSE:
		return random_bits() % 10 ? 0 : random_normal();
	case ZEROS:
		return 0;
	case NORMAL:
	case BITS:
	case N_CONTENTS:
		break;
	}
	return random_normal();
}

/* Numbers for the first MiB, which then repeats. */
static void
fill(unsigned char *memory, ConsumerType type, enum content content)
{
	const ConsumerElement element = consumer_element(type);
	const size_t n_different = (size_t)1 << 20;

	for (size_t i = 0; i < n_different; i += 8) {
		const uint64_t bits = random_bits();

		memcpy(memory + i, &bits, sizeof(bits));
	}
	for (size_t i = 0; content != BITS && i < n_different;
	     i += element.itemsize) {
		const ConsumerValue value = {
			.floating = random_number(content, i / element.itemsize)
		};

		/* What is too large for a float16 stays what it was. */
		consumer_element_store(element, memory + i, CONSUMER_KIND_FLOAT,
				       value, NULL);
	}
	for (size_t i = n_different; i < N_BYTES; i += n_different)
		memcpy(memory + i, memory, n_different);
}

static double
now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* --- Plain loops --------------------------------------------------------- */

struct plain {
	const unsigned char *memory;
	size_t n_threads;
	bool is_int32;
	volatile uint64_t sums[POOL_MAX_SLOTS];
};

static void
add_plainly(void *context, uint64_t job)
{
	struct plain *plain = context;
	const size_t n_bytes = N_BYTES / plain->n_threads / 64 * 64;
	const unsigned char *part = plain->memory + job * n_bytes;
	uint64_t sum = 0;

	if (plain->is_int32) {
		for (size_t i = 0; i < n_bytes / 4; i++)
			sum += (uint64_t)((const int32_t *)part)[i];
	} else {
		for (size_t i = 0; i < n_bytes / 8; i++)
			sum += ((const uint64_t *)part)[i];
	}
	plain->sums[job] = sum;
}

static ConsumerStatus
finish(void *context, uint64_t job, ConsumerError *error)
{
	(void)context;
	(void)job;
	(void)error;
	return CONSUMER_OK;
}

static void
measure_plain(const unsigned char *memory, size_t n_threads, bool is_int32)
{
	struct plain plain = { memory, n_threads, is_int32, { 0 } };
	const struct pool_jobs jobs = { n_threads,   n_threads, n_threads,
					add_plainly, finish,	&plain };
	double best = INFINITY;

	for (int run = 0; run < N_RUNS; run++) {
		const double start = now();

		pool_run(&jobs, NULL);
		best = fmin(best, now() - start);
	}
	printf("plain C   %-8s %-8s %-8s %2zu threads %7.2f GB/s\n",
	       is_int32 ? "int32" : "uint64", "sum", "", n_threads,
	       (double)N_BYTES / best / 1e9);
}

/* --- Summaries ----------------------------------------------------------- */

static void
measure(const ConsumerArray *array, size_t n_threads, const char *content,
	const char *layout)
{
	double best = INFINITY;

	for (int run = 0; run < N_RUNS; run++) {
		ConsumerSummary summary;
		const double start = now();

		consumer_summary_begin(&summary, array->element.type,
				       CONSUMER_SUMMARY_ALL);
		consumer_summary_add(&summary, array, 0, array->n_elements,
				     n_threads);
		best = fmin(best, now() - start);
	}
	printf("%-9s %-8s %-8s %-8s %2zu threads %7.2f GB/s %7.3f ns\n",
	       kernels_name(), consumer_type_name(array->element.type), content,
	       layout, n_threads,
	       (double)array->n_elements * (double)array->element.itemsize /
		       best / 1e9,
	       best / (double)array->n_elements * 1e9);
}

static void
measure_layouts(unsigned char *memory, ConsumerType type, const char *content)
{
	ConsumerElement element = consumer_element(type);
	const ptrdiff_t itemsize = (ptrdiff_t)element.itemsize;
	const ptrdiff_t n = (ptrdiff_t)N_BYTES / itemsize;
	const ptrdiff_t half = n / 2, two_items = 2 * itemsize;
	ConsumerArray array;

	consumer_array_wrap(memory, element, 1, &n, &itemsize, true, &array,
			    NULL);
	for (size_t i = 1; i <= consumer_threads_count(); i *= 2)
		measure(&array, i, content, "");
	consumer_array_wrap(memory, element, 1, &half, &two_items, true, &array,
			    NULL);
	measure(&array, 1, content, "strided");
	if (itemsize == 1)
		return;
	element.byte_order = element.byte_order == CONSUMER_LITTLE_ENDIAN
				     ? CONSUMER_BIG_ENDIAN
				     : CONSUMER_LITTLE_ENDIAN;
	/* The same numbers, in the other order. */
	consumer_array_wrap(memory, element, 1, &n, &itemsize, true, &array,
			    NULL);
	for (unsigned char *each = memory; each < memory + N_BYTES;
	     each += itemsize) {
		for (ptrdiff_t i = 0; i < itemsize / 2; i++) {
			const unsigned char byte = each[i];

			each[i] = each[itemsize - 1 - i];
			each[itemsize - 1 - i] = byte;
		}
	}
	measure(&array, 1, content, "swapped");
}

static bool
is_wanted(int argc, char **argv, const char *type, const char *content)
{
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], type) || !strcmp(argv[i], content))
			return true;
	}
	return argc == 1;
}

int
main(int argc, char **argv)
{
	unsigned char *memory = aligned_alloc(4096, N_BYTES);

	if (!memory)
		return 1;
	fill(memory, CONSUMER_INT32, BITS);
	for (size_t i = 1; i <= consumer_threads_count(); i *= 2) {
		measure_plain(memory, i, true);
		measure_plain(memory, i, false);
	}
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		const char *type = consumer_type_name(types[i]);
		const int n =
			consumer_type_kind(types[i]) == CONSUMER_KIND_FLOAT
				? N_CONTENTS
				: 1;

		for (int content = 0; content < n; content++) {
			if (!is_wanted(argc, argv, type,
				       content_names[content]))
				continue;
			fill(memory, types[i], (enum content)content);
			measure_layouts(memory, types[i],
					content_names[content]);
		}
	}
	free(memory);
	return 0;
}
