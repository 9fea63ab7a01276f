/* SPDX-License-Identifier: MIT */
/*
 * Each allocation of each public function that allocates fails, once and from
 * then on: the call says CONSUMER_ERR_MEMORY, or its result is right; nothing
 * stays open.  The sanitizers look for what stays allocated.
 */
#include "config.h"
#include "check_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define N_ELEMENTS 60000

/* --- Results that can be compared ----------------------------------------- */

/* Adds bytes to a hash: G. Fowler, L. Noll and K. Vo's FNV-1a. */
static ConsumerStatus
mix(void *hash, const char *bytes, size_t n_bytes, ConsumerError *error)
{
	(void)error;
	for (size_t i = 0; i < n_bytes; i++)
		*(uint64_t *)hash = (*(uint64_t *)hash ^ (uint8_t)bytes[i]) *
				    UINT64_C(0x100000001B3);
	return CONSUMER_OK;
}

static ConsumerStatus
mix_array(const ConsumerArray *array, uint64_t *hash, ConsumerError *error)
{
	return consumer_array_print(array, CONSUMER_FORMAT_CSV, CONSUMER_ALL,
				    (ConsumerWriter){ mix, hash }, error);
}

/* The end of what made '*view': its text, if there is one. */
static ConsumerStatus
finish(ConsumerStatus status, ConsumerArray *view, uint64_t *hash,
       ConsumerError *error)
{
	if (status)
		return status;
	status = mix_array(view, hash, error);
	consumer_array_release(view);
	return status;
}

/* --- Operations ------------------------------------------------------------ */

static int32_t numbers[N_ELEMENTS];
static const ptrdiff_t box_shape[] = { 3, 4, 5000 };
static const ConsumerSelection everything = CONSUMER_SELECT_ALL;

static ConsumerStatus
wrap_box(ConsumerArray *out, ConsumerError *error)
{
	return consumer_array_wrap(numbers, consumer_element(CONSUMER_INT32), 3,
				   box_shape, NULL, false, out, error);
}

static ConsumerStatus
arange(uint64_t *hash, ConsumerError *error)
{
	ConsumerArray array;

	return finish(consumer_array_arange(1000, &array, error), &array, hash,
		      error);
}

/* A view of a view of a view. */
static ConsumerStatus
views(uint64_t *hash, ConsumerError *error)
{
	ConsumerArray box, slice, row;
	ConsumerStatus status = wrap_box(&box, error);

	if (status)
		return status;
	status = consumer_array_slice(&box, 2, 4999, 50, -3, &slice, error);
	if (!status) {
		status =
			finish(consumer_array_select(&slice, 0, 1, &row, error),
			       &row, hash, error);
		consumer_array_release(&slice);
	}
	consumer_array_release(&box);
	return status;
}

static ConsumerStatus
cast(uint64_t *hash, ConsumerError *error)
{
	const ptrdiff_t shape[] = { 6, N_ELEMENTS / 3 };
	ConsumerArray box, shorts;
	ConsumerStatus status = wrap_box(&box, error);

	if (status)
		return status;
	status = consumer_array_cast(&box, consumer_element(CONSUMER_INT16), 2,
				     shape, &shorts, error);
	status = finish(status, &shorts, hash, error);
	consumer_array_release(&box);
	return status;
}

static ConsumerStatus
stringify(uint64_t *hash, ConsumerError *error)
{
	ConsumerArray box;
	char *text;
	size_t n_bytes;
	ConsumerStatus status = wrap_box(&box, error);

	if (status)
		return status;
	status = consumer_array_stringify(&box, CONSUMER_FORMAT_ARRAY,
					  CONSUMER_ALL, &text, &n_bytes, error);
	if (!status) {
		mix(hash, text, n_bytes, NULL);
		free(text);
	}
	consumer_array_release(&box);
	return status;
}

static ConsumerStatus
print_on_threads(uint64_t *hash, ConsumerError *error)
{
	const ptrdiff_t length = N_ELEMENTS;
	const ConsumerTextLayout layout = { .format = CONSUMER_FORMAT_LINES,
					    .type = CONSUMER_INT32,
					    .ndim = 1,
					    .shape = &length,
					    .n_threads = 2 };
	ConsumerPrinter *printer = NULL;
	ConsumerArray box;
	ConsumerStatus status = wrap_box(&box, error);

	if (status)
		return status;
	status = consumer_printer_open((ConsumerWriter){ mix, hash }, &layout,
				       &printer, error);
	if (!status)
		status = consumer_printer_add(printer, &box, 0, N_ELEMENTS,
					      error);
	if (!status)
		status = consumer_printer_finish(printer, false, error);
	consumer_printer_close(printer);
	consumer_array_release(&box);
	return status;
}

/* Every second number moves by one: that takes memory of the same size. */
static ConsumerStatus
assign(uint64_t *hash, ConsumerError *error)
{
	static int32_t copy[1001];
	const ptrdiff_t shape = 500, stride = 2 * sizeof(*copy);
	ConsumerArray from, to;
	ConsumerStatus status;

	memcpy(copy, numbers, sizeof(copy));
	consumer_array_wrap(copy, consumer_element(CONSUMER_INT32), 1, &shape,
			    &stride, true, &from, NULL);
	consumer_array_wrap(copy + 2, consumer_element(CONSUMER_INT32), 1,
			    &shape, &stride, false, &to, NULL);
	status = consumer_array_assign(&to, &from, error);
	mix(hash, (char *)copy, sizeof(copy), NULL);
	if (status) /* nothing was written */
		expect(!memcmp(copy, numbers, sizeof(copy)), "written");
	return status;
}

static ConsumerStatus
quantiles(uint64_t *hash, ConsumerError *error)
{
	const double percentages[] = { 1, 50, 99.5 };
	double values[ARRAY_LEN(percentages)];
	ConsumerArray box;
	ConsumerStatus status = wrap_box(&box, error);

	if (status)
		return status;
	status = consumer_array_quantiles(&box, ARRAY_LEN(percentages),
					  percentages, 1, values, error);
	if (!status)
		mix(hash, (char *)values, sizeof(values), NULL);
	consumer_array_release(&box);
	return status;
}

static ConsumerStatus
histogram(uint64_t *hash, ConsumerError *error)
{
	ConsumerHistogram *bins;
	ConsumerArray box;
	ConsumerStatus status = wrap_box(&box, error);

	if (status)
		return status;
	status = consumer_array_histogram(&box, 7, 1, &bins, error);
	if (!status) {
		mix(hash, (const char *)consumer_histogram_counts(bins),
		    7 * sizeof(uint64_t), NULL);
		consumer_histogram_close(bins);
	}
	consumer_array_release(&box);
	return status;
}

static ConsumerStatus
open_path(const char *path, uint64_t *hash, ConsumerError *error)
{
	const ConsumerSource source = { .element = consumer_element(
						CONSUMER_INT8) };
	ConsumerArray array;

	return finish(consumer_array_open(path, CONSUMER_OPEN_READ, &source, 0,
					  CONSUMER_ALL, NULL, &array, NULL,
					  error),
		      &array, hash, error);
}

static ConsumerStatus
open_mapped(uint64_t *hash, ConsumerError *error)
{
	return open_path("numbers", hash, error);
}

static ConsumerStatus
open_npy(uint64_t *hash, ConsumerError *error)
{
	return open_path("fortran.npy", hash, error);
}

static ConsumerStatus
open_unmapped(uint64_t *hash, ConsumerError *error)
{
	return open_path("/proc/version", hash, error);
}

static ConsumerStatus
read_stream(ConsumerStream *stream, uint64_t *hash, ConsumerError *error)
{
	ConsumerArray part;
	ConsumerStatus status;

	do {
		status = consumer_stream_next(stream, &part, error);
		/* As bytes: how they come in parts does not matter. */
		if (!status)
			status = consumer_array_write_bytes(
				&part, 0, part.n_elements,
				(ConsumerWriter){ mix, hash }, error);
	} while (!status && part.n_elements > 0);
	return status;
}

#define NPY_BYTES (128 + 5000)

static unsigned char npy[NPY_BYTES];

/* The .npy file, from a pipe. */
static ConsumerStatus
stream_pipe(ConsumerSelection selection, bool holds, uint64_t *hash,
	    ConsumerError *error)
{
	const ConsumerSource source = { .element = consumer_element(
						CONSUMER_INT8) };
	ConsumerStream *stream = NULL;
	ConsumerStatus status;
	int ends[2];

	/* Check's own assertions allocate. */
	expect(pipe(ends) == 0 && write(ends[1], npy, NPY_BYTES) == NPY_BYTES,
	       "there is no pipe");
	close(ends[1]);
	status = consumer_stream_open(NULL, ends[0], &source, &selection,
				      &stream, error);
	if (!status && holds)
		status = consumer_stream_hold(stream, error);
	if (!status)
		status = read_stream(stream, hash, error);
	if (!status && holds) {
		consumer_stream_rewind(stream);
		status = read_stream(stream, hash, error);
	}
	if (stream)
		consumer_stream_close(stream);
	close(ends[0]);
	return status;
}

static ConsumerStatus
stream_rows(uint64_t *hash, ConsumerError *error)
{
	return stream_pipe(everything, false, hash, error);
}

static ConsumerStatus
stream_held(uint64_t *hash, ConsumerError *error)
{
	return stream_pipe(everything, true, hash, error);
}

static ConsumerStatus
stream_tail(uint64_t *hash, ConsumerError *error)
{
	ConsumerSelection selection = everything;

	selection.tail = 77;
	return stream_pipe(selection, false, hash, error);
}

static ConsumerStatus
stream_mapped(uint64_t *hash, ConsumerError *error)
{
	const ConsumerSource source = { .element = consumer_element(
						CONSUMER_INT8) };
	ConsumerStream *stream;
	ConsumerStatus status = consumer_stream_open(
		"fortran.npy", -1, &source, &everything, &stream, error);

	if (status)
		return status;
	status = read_stream(stream, hash, error);
	consumer_stream_close(stream);
	return status;
}

/* --- Each with each allocation failing -------------------------------------- */

static const struct {
	const char *name;
	ConsumerStatus (*run)(uint64_t *hash, ConsumerError *error);
} operations[] = {
	{ "arange", arange },
	{ "wrap, slice, select", views },
	{ "cast", cast },
	{ "stringify", stringify },
	{ "print on threads", print_on_threads },
	{ "assign", assign },
	{ "quantiles", quantiles },
	{ "histogram", histogram },
	{ "open a mapped file", open_mapped },
	{ "open a .npy file", open_npy },
	{ "open what cannot be mapped", open_unmapped },
	{ "stream of a mapped file", stream_mapped },
	{ "stream of rows from a pipe", stream_rows },
	{ "stream that is held", stream_held },
	{ "stream of a tail", stream_tail },
};

static void
make_inputs(void)
{
	static const char header[] =
		"\x93NUMPY\x01\0v\0"
		"{'descr': '|i1', 'fortran_order': True, 'shape': (100, 50), }";
	uint64_t state = 1;

	random_fill(&state, numbers, sizeof(numbers));
	random_fill(&state, npy, NPY_BYTES);
	memset(npy, ' ', 128);
	memcpy(npy, header, sizeof(header) - 1);
	npy[127] = '\n';
	file_with("fortran.npy", npy, NPY_BYTES);
	file_with("numbers", numbers, sizeof(numbers));
}

/* Whether there was an allocation to fail; the result is right in any case. */
static bool
meets_fault(int operation, uint64_t want)
{
	uint64_t hash = 0;
	ConsumerError error = { .status = CONSUMER_OK };
	const ConsumerStatus status = operations[operation].run(&hash, &error);
	const bool has_failed = allocation_failed();

	if (status)
		check_failure(status, &error, CONSUMER_ERR_MEMORY);
	else
		expect(hash == want, "%s: the result is wrong",
		       operations[operation].name);
	expect(has_failed || status == CONSUMER_OK, "no memory, of itself");
	return has_failed;
}

START_TEST(memory_error_or_right)
{
	const int operation = _i / 2;
	uint64_t want = 0;
	int n_descriptors, n_failures = 0;

	make_inputs();
	ck_assert_int_eq(operations[operation].run(&want, NULL), CONSUMER_OK);
	n_descriptors = count_descriptors();
	FOR_EACH_ALLOCATION(_i % 2)
	{
		if (!meets_fault(operation, want))
			break;
		n_failures++;
	}
	ck_assert_int_ge(n_failures, 1);
	ck_assert_int_eq(count_descriptors(), n_descriptors);
	printf("%s, %s: %d allocations\n", operations[operation].name,
	       _i % 2 ? "from then on" : "once", n_failures);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("faults");

	tcase_add_loop_test(check_case(suite), memory_error_or_right, 0,
			    2 * (int)ARRAY_LEN(operations));
	return check_run(suite);
}
