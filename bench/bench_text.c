/* SPDX-License-Identifier: MIT */
/*
 * How fast the text kernels are, alone: numbers in the cache to text in the
 * cache, as print.c calls them, on one core.  CONSUMER_KERNELS=portable, avx2
 * or avx512 names the variant; arguments name the cases to run.
 */
#include "config.h"
#include "decimal.h"
#include "element.h"
#include "kernels.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BLOCK_BYTES 32768
/* So many that the CPU does not learn by heart where branches go. */
#define N_BLOCKS   32
#define DATA_BYTES (BLOCK_BYTES * N_BLOCKS)
#define TEXT_BYTES 65536
#define N_RUNS	   25

enum content { FULL, LENGTHS, ADC, NORMAL, BITS, CENTS };

static const struct {
	const char *name;
	ConsumerType type;
	enum content content;
	enum spelling spelling;
} cases[] = {
	{ "bool", CONSUMER_BOOL, FULL, SPELLING_PYTHON },
	{ "int8", CONSUMER_INT8, FULL, SPELLING_PYTHON },
	{ "uint8", CONSUMER_UINT8, FULL, SPELLING_PYTHON },
	{ "int16", CONSUMER_INT16, FULL, SPELLING_PYTHON },
	{ "int16-12-bit", CONSUMER_INT16, ADC, SPELLING_PYTHON },
	{ "uint16", CONSUMER_UINT16, FULL, SPELLING_PYTHON },
	{ "int32", CONSUMER_INT32, FULL, SPELLING_PYTHON },
	{ "int32-lengths", CONSUMER_INT32, LENGTHS, SPELLING_PYTHON },
	{ "int32-12-bit", CONSUMER_INT32, ADC, SPELLING_PYTHON },
	{ "uint32", CONSUMER_UINT32, FULL, SPELLING_PYTHON },
	{ "int64", CONSUMER_INT64, FULL, SPELLING_PYTHON },
	{ "int64-lengths", CONSUMER_INT64, LENGTHS, SPELLING_PYTHON },
	{ "int64-12-bit", CONSUMER_INT64, ADC, SPELLING_PYTHON },
	{ "uint64", CONSUMER_UINT64, FULL, SPELLING_PYTHON },
	{ "float16-normal", CONSUMER_FLOAT16, NORMAL, SPELLING_PYTHON },
	{ "float32-normal", CONSUMER_FLOAT32, NORMAL, SPELLING_PYTHON },
	{ "float32-bits", CONSUMER_FLOAT32, BITS, SPELLING_PYTHON },
	{ "float64-normal", CONSUMER_FLOAT64, NORMAL, SPELLING_PYTHON },
	{ "float64-bits", CONSUMER_FLOAT64, BITS, SPELLING_PYTHON },
	{ "float64-cents", CONSUMER_FLOAT64, CENTS, SPELLING_PYTHON },
	{ "hex8", CONSUMER_UINT8, FULL, SPELLING_HEX },
	{ "hex16", CONSUMER_UINT16, FULL, SPELLING_HEX },
	{ "hex32", CONSUMER_UINT32, FULL, SPELLING_HEX },
	{ "hex64", CONSUMER_UINT64, FULL, SPELLING_HEX },
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

/* Box and Muller's method */
static double
random_normal(void)
{
	const double u = (double)(random_bits() >> 11 | 1) * 0x1p-53;
	const double angle =
		(double)random_bits() * 0x1p-64 * 6.283185307179586;

	return sqrt(-2 * log(u)) * cos(angle);
}

static void
store_float(unsigned char *out, size_t itemsize, double value)
{
	const float single = (float)value;
	uint32_t bits;
	uint16_t half;

	memcpy(&bits, &single, sizeof(bits));
	/* Truncated: good enough to be measured. */
	half = (uint16_t)((bits >> 16 & 0x8000) |
			  ((bits >> 13 & 0x3FFFF) - (112 << 10)));
	if (itemsize == 8)
		memcpy(out, &value, 8);
	else if (itemsize == 4)
		memcpy(out, &single, 4);
	else
		memcpy(out, &half, 2);
}

static void
fill(unsigned char *data, size_t itemsize, enum content content)
{
	for (size_t i = 0; i < DATA_BYTES; i += itemsize) {
		const int n_bits = 8 * (int)itemsize;
		uint64_t bits = random_bits();

		switch (content) {
		case NORMAL:
			store_float(data + i, itemsize, random_normal());
			continue;
		case CENTS:
			store_float(data + i, itemsize,
				    (double)(bits % 100000) / 100);
			continue;
		case LENGTHS: /* as many of each number of bits, either sign */
			bits >>= 64 - n_bits;
			bits >>= random_bits() % (unsigned)n_bits;
			bits = random_bits() & 1 ? bits : -bits;
			break;
		case ADC:
			bits %= 4096;
			break;
		case FULL:
		case BITS:
			break;
		}
		for (size_t byte = 0; byte < itemsize; byte++)
			data[i + byte] = (unsigned char)(bits >> 8 * byte);
	}
}

static double
now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static char text[TEXT_BYTES + DECIMAL_SLACK_BYTES];
static unsigned char data[DATA_BYTES];

/* Prints the block bit by bit, as much as the text has room for at once. */
static size_t
print_block(text_kernel *kernel, const unsigned char *block, size_t itemsize)
{
	const size_t room = TEXT_BYTES / DECIMAL_MAX_BYTES;
	const size_t n_elements = BLOCK_BYTES / itemsize;
	size_t n_bytes = 0;

	for (size_t i = 0; i < n_elements; i += room) {
		const char *end =
			kernel(block + i * itemsize, MIN(room, n_elements - i),
			       (struct separator){ "\n", 1 }, text);

		n_bytes += (size_t)(end - text);
	}
	return n_bytes;
}

static void
measure(size_t i)
{
	const size_t itemsize = consumer_element(cases[i].type).itemsize;
	text_kernel *kernel = text_kernel_for(cases[i].type, cases[i].spelling);
	double best[N_BLOCKS], seconds = 0;
	size_t n_bytes = 0;

	fill(data, itemsize, cases[i].content);
	for (size_t n = 0; n < N_BLOCKS; n++)
		best[n] = INFINITY;
	/* The best of each block: others may want the CPU meanwhile. */
	for (int run = 0; run < N_RUNS; run++) {
		n_bytes = 0;
		for (size_t n = 0; n < N_BLOCKS; n++) {
			const double start = now();

			n_bytes += print_block(kernel, data + n * BLOCK_BYTES,
					       itemsize);
			best[n] = fmin(best[n], now() - start);
		}
	}
	for (size_t n = 0; n < N_BLOCKS; n++)
		seconds += best[n];
	printf("%-9s %-15s %8.1f M/s %8.2f GB/s\n", kernels_name(),
	       cases[i].name, (double)(DATA_BYTES / itemsize) / seconds / 1e6,
	       (double)n_bytes / seconds / 1e9);
}

int
main(int argc, char **argv)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		bool is_wanted = argc == 1;

		for (int arg = 1; arg < argc; arg++)
			is_wanted |= !strcmp(argv[arg], cases[i].name);
		if (is_wanted)
			measure(i);
	}
	return 0;
}
