/* SPDX-License-Identifier: MIT */
/* The same bytes from a file and from pipes, moved over in any way. */
#include "config.h"
#include "check_run.h"
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum kind {
	KIND_PATH,
	KIND_UNMAPPABLE,
	KIND_DESCRIPTOR, /* whose position is not 0 */
	KIND_PIPE,
	KIND_TRICKLE, /* of short, interrupted reads */
	N_KINDS,
};

#define MAX_BYTES 4000

/* The caller closes '*descriptor' too, unless it is negative. */
static void
open_kind(enum kind kind, const unsigned char *bytes, size_t n_bytes,
	  struct input *out, int *descriptor)
{
	int ends[2];

	memset(&faults, 0, sizeof(faults));
	*descriptor = -1;
	file_with("data", bytes, n_bytes);
	if (kind == KIND_UNMAPPABLE)
		faults.mmap_errno = ENODEV;
	if (kind == KIND_DESCRIPTOR) {
		*descriptor = open("data", O_RDWR);
		ck_assert_int_eq(write(*descriptor, "xyz", 3), 3);
		ck_assert_int_eq(write(*descriptor, bytes, n_bytes), n_bytes);
		ck_assert_int_eq(lseek(*descriptor, 3, SEEK_SET), 3);
	}
	if (kind == KIND_PIPE || kind == KIND_TRICKLE) {
		ck_assert_int_eq(pipe(ends), 0);
		ck_assert_int_eq(write(ends[1], bytes, n_bytes), n_bytes);
		close(ends[1]);
		*descriptor = ends[0];
	}
	if (kind == KIND_TRICKLE) {
		faults.is_interrupted = true;
		faults.max_transfer = 7;
	}
	ck_assert_int_eq(input_open(*descriptor < 0 ? "data" : NULL,
				    *descriptor, O_RDONLY, NULL, out, NULL),
			 CONSUMER_OK);
	faults.mmap_errno = 0;
}

static void
close_kind(struct input *input, int descriptor)
{
	input_close(input);
	memset(&faults, 0, sizeof(faults));
	if (descriptor >= 0)
		ck_assert_int_eq(close(descriptor), 0);
}

/* Whether the first 'n' bytes that wait are those at 'want'. */
static bool
begins_with(const struct input *input, const unsigned char *want, size_t n)
{
	return n == 0 || memcmp(input_bytes(input), want, n) == 0;
}

static void
peek_somewhere(struct input *input, uint64_t *state, const unsigned char *bytes,
	       size_t n_bytes, size_t start)
{
	const size_t n = (size_t)random_between(state, 0, 300);
	const size_t n_there = MIN(n, n_bytes - start);

	ck_assert_int_eq(input_peek(input, n, NULL), CONSUMER_OK);
	expect(input_n_waiting(input) >= n_there, "%zu bytes wait",
	       input_n_waiting(input));
	expect(begins_with(input, bytes + start, n_there), "other bytes");
}

/* Passes over some bytes, uses some, until there are no more. */
static void
read_on(struct input *input, uint64_t *state, const unsigned char *bytes,
	size_t n_bytes, size_t at)
{
	size_t n_read = 1;

	while (n_read > 0) {
		const uint64_t n_over = (uint64_t)random_between(state, 0, 900);
		const uint64_t n_there = MIN(n_over, n_bytes - at);
		uint64_t n_missing;

		ck_assert_int_eq(
			input_pass_over(input, n_over, &n_missing, NULL),
			CONSUMER_OK);
		ck_assert_uint_eq(n_missing, n_over - n_there);
		at += (size_t)n_there;
		ck_assert_int_eq(input_fill(input, &n_read, NULL), CONSUMER_OK);
		expect(input_n_waiting(input) <= n_bytes - at &&
			       begins_with(input, bytes + at,
					   input_n_waiting(input)),
		       "other bytes at %zu", at);
		at += input_n_waiting(input);
		input_use(input, input_n_waiting(input));
	}
	ck_assert_uint_eq(at, n_bytes);
}

START_TEST(bytes_come_in_their_order)
{
	const int n_descriptors = count_descriptors();
	unsigned char bytes[MAX_BYTES];
	uint64_t state = (uint64_t)_i;

	for (int round = 0; round < 100; round++) {
		const size_t n = (size_t)random_between(&state, 1, MAX_BYTES);
		const size_t start =
			(size_t)random_between(&state, 0, (int64_t)n);
		struct input input;
		int descriptor;

		random_fill(&state, bytes, n);
		open_kind((enum kind)_i, bytes, n, &input, &descriptor);
		ck_assert(input.is_mappable ==
			  (_i == KIND_PATH || _i == KIND_DESCRIPTOR));
		ck_assert((input.size_bytes > 0) == (_i < KIND_PIPE));
		input.n_ahead = start;
		for (int i = 0; i < 3; i++)
			peek_somewhere(&input, &state, bytes, n, start);
		if (input.is_mappable && _i == KIND_DESCRIPTOR)
			ck_assert_int_eq(lseek(descriptor, 0, SEEK_CUR), 3);
		input_begin_reading(&input);
		ck_assert_int_eq(input_reach_start(&input, NULL), CONSUMER_OK);
		read_on(&input, &state, bytes, n, start);
		close_kind(&input, descriptor);
	}
	ck_assert_int_eq(count_descriptors(), n_descriptors);
}
END_TEST

/* A mappable file is asked for its size instead: see check_stream.c. */
START_TEST(a_start_behind_the_end_is_no_start)
{
	struct input input;
	ConsumerError error;
	int descriptor;

	open_kind((enum kind)_i, (const unsigned char *)"12345", 5, &input,
		  &descriptor);
	input_begin_reading(&input);
	input.n_ahead = 6;
	check_failure(input_reach_start(&input, &error), &error,
		      CONSUMER_ERR_ARGUMENT);
	ck_assert_str_eq(error.message, "offset 6 is past the end (5 bytes)");
	close_kind(&input, descriptor);
}
END_TEST

START_TEST(an_end_that_comes_too_early_is_an_error)
{
	struct input input;
	ConsumerFileChange change;
	ConsumerError error;
	size_t n_read;
	int descriptor;

	open_kind(KIND_UNMAPPABLE, (const unsigned char *)"12345", 5, &input,
		  &descriptor);
	ck_assert_int_eq(input_fill(&input, &n_read, NULL), CONSUMER_OK);
	ck_assert_uint_eq(n_read, 5);
	ck_assert_int_eq(truncate("data", 4), 0);
	check_failure(input_fill(&input, &n_read, &error), &error,
		      CONSUMER_ERR_VANISHED);
	ck_assert_int_eq(input_check(&input, &change, NULL), CONSUMER_OK);
	ck_assert_int_eq(change, CONSUMER_FILE_SHRANK);
	close_kind(&input, descriptor);
}
END_TEST

/* However much waits, each byte is moved a bounded number of times. */
START_TEST(what_waits_is_kept)
{
	const size_t n_bytes = 1000000;
	unsigned char *bytes = malloc(n_bytes);
	uint64_t state = 1;
	size_t n_read, at = 0;
	struct input input;
	int descriptor;

	random_fill(&state, bytes, n_bytes);
	open_kind(KIND_UNMAPPABLE, bytes, n_bytes, &input, &descriptor);
	do {
		ck_assert_int_eq(input_fill(&input, &n_read, NULL),
				 CONSUMER_OK);
		if (input_n_waiting(&input) > 300000) {
			at += input_n_waiting(&input) - 300000;
			input_use(&input, input_n_waiting(&input) - 300000);
		}
		expect(begins_with(&input, bytes + at, input_n_waiting(&input)),
		       "other bytes at %zu", at);
	} while (n_read > 0);
	ck_assert_uint_eq(at, n_bytes - 300000);
	ck_assert_uint_le(faults.largest_allocation, 2 * (300000 + 2 * 131072));
	close_kind(&input, descriptor);
	free(bytes);
}
END_TEST

START_TEST(without_memory_nothing_is_read)
{
	struct input input;
	ConsumerError error;
	int descriptor;

	open_kind((enum kind)_i, (const unsigned char *)"12345", 5, &input,
		  &descriptor);
	fail_allocation_number(1, false);
	check_failure(input_peek(&input, 1, &error), &error,
		      CONSUMER_ERR_MEMORY);
	ck_assert(allocation_failed());
	ck_assert_uint_eq(faults.n_bytes_read, 0);
	close_kind(&input, descriptor);
}
END_TEST

START_TEST(what_cannot_be_opened_leaves_nothing)
{
	const int n_descriptors = count_descriptors();
	struct input input;
	ConsumerError error;

	POISON(input);
	check_failure(input_open(_i ? "missing" : NULL, -1, O_RDONLY, NULL,
				 &input, &error),
		      &error, CONSUMER_ERR_OS);
	ck_assert_int_eq(error.system_errno, _i ? ENOENT : EBADF);
	ck_assert_untouched(input);
	ck_assert_int_eq(count_descriptors(), n_descriptors);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("input");
	TCase *tcase = check_case(suite);

	tcase_add_loop_test(tcase, bytes_come_in_their_order, 0, N_KINDS);
	tcase_add_loop_test(tcase, a_start_behind_the_end_is_no_start,
			    KIND_PIPE, N_KINDS);
	tcase_add_test(tcase, an_end_that_comes_too_early_is_an_error);
	tcase_add_test(tcase, what_waits_is_kept);
	tcase_add_loop_test(tcase, without_memory_nothing_is_read, 0, N_KINDS);
	tcase_add_loop_test(tcase, what_cannot_be_opened_leaves_nothing, 0, 2);
	return check_run(suite);
}
