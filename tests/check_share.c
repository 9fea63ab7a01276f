/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "share.h"
#include "check_numbers.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* The sanitizers' own handlers would make an ordinary exit of a death. */
#pragma GCC visibility push(default)
const char *__asan_default_options(void);
#pragma GCC visibility pop

const char *
__asan_default_options(void)
{
	return "handle_sigbus=0";
}

#define MEBIBYTE    ((ptrdiff_t)1 << 20)
#define MAX_THREADS 8

/* --- Elements ----------------------------------------------------------- */

/* How often each element was taken, and by whom. */
struct taken {
	unsigned char *n_times;
	ptrdiff_t n_by[MAX_THREADS];
	atomic_bool is_inside[MAX_THREADS];
};

static void
take(void *context, size_t thread, ptrdiff_t start, ptrdiff_t n_elements)
{
	struct taken *taken = context;

	ck_assert_uint_lt(thread, MAX_THREADS);
	expect(!atomic_exchange(&taken->is_inside[thread], true),
	       "thread %zu is there twice", thread);
	for (ptrdiff_t i = start; i < start + n_elements; i++)
		taken->n_times[i]++;
	taken->n_by[thread] += n_elements;
	atomic_store(&taken->is_inside[thread], false);
}

START_TEST(each_element_is_taken_once)
{
	static const ptrdiff_t lengths[] = { 0,	     1,		262143,
					     262144, 262145,	3 * 131072,
					     999999, 4 * 262144 };
	const ptrdiff_t n = lengths[_i % (int)ARRAY_LEN(lengths)];
	const size_t n_threads = 1 + (size_t)_i / ARRAY_LEN(lengths);
	const ptrdiff_t start = _i % 3;
	struct taken taken = { calloc((size_t)(start + n + 1), 1),
			       { 0 },
			       { 0 } };
	int32_t none;
	const ConsumerArray array =
		view_of(&none, consumer_element(CONSUMER_INT32), start + n, 0);
	const struct share share = {
		&array, start, n, n_threads, take, &taken
	};
	ptrdiff_t n_taken = 0;

	ck_assert(share_run(&share));
	for (ptrdiff_t i = 0; i <= start + n; i++)
		expect(taken.n_times[i] == (i >= start && i < start + n),
		       "element %td of %td is taken %d times", i, n,
		       taken.n_times[i]);
	for (size_t i = 0; i < MAX_THREADS; i++) {
		n_taken += taken.n_by[i];
		expect(i < n_threads || taken.n_by[i] == 0,
		       "there is a thread %zu of %zu", i, n_threads);
	}
	ck_assert_int_eq(n_taken, n);
	free(taken.n_times);
}
END_TEST

static const struct {
	ptrdiff_t n_elements; /* of 4 bytes */
	size_t n_threads;
	size_t want;
} thread_cases[] = {
	{ 0, 4, 1 },
	{ 1000, 4, 1 },
	{ MEBIBYTE / 4, 4, 1 },
	{ 2 * MEBIBYTE / 4 - 1, 4, 1 },
	{ 2 * MEBIBYTE / 4, 4, 2 },
	{ 256 * MEBIBYTE, 4, 4 },
	{ 256 * MEBIBYTE, 1, 1 },
	{ 256 * MEBIBYTE, 0, 1 },
	{ 256 * MEBIBYTE, SIZE_MAX, 64 },
};

START_TEST(small_jobs_have_few_threads)
{
	int32_t none;
	const ConsumerArray array =
		view_of(&none, consumer_element(CONSUMER_INT32),
			thread_cases[_i].n_elements, 0);

	ck_assert_uint_eq(share_count_threads(&array, array.n_elements,
					      thread_cases[_i].n_threads),
			  thread_cases[_i].want);
}
END_TEST

START_TEST(there_is_a_thread)
{
	ck_assert_uint_ge(consumer_threads_count(), 1);
	ck_assert_uint_le(consumer_threads_count(), 16);
}
END_TEST

/* --- What uses it, on memory that vanishes ------------------------------- */

struct task {
	const ConsumerArray *array;
	ConsumerSummary summary;
	ConsumerQuantiles *quantiles;
	ConsumerHistogram *histogram;
};

static void
add_to_summary(void *context)
{
	struct task *task = context;

	consumer_summary_add(&task->summary, task->array, 0,
			     task->array->n_elements, 3);
}

static void
add_to_quantiles(void *context)
{
	struct task *task = context;

	consumer_quantiles_add(task->quantiles, task->array, 0,
			       task->array->n_elements, 3);
}

static void
add_to_histogram(void *context)
{
	struct task *task = context;

	consumer_histogram_add(task->histogram, task->array, 0,
			       task->array->n_elements, 3);
}

static void (*const adders[])(void *context) = {
	add_to_summary,
	add_to_quantiles,
	add_to_histogram,
};

/* A mapping that somebody else made. */
static const ConsumerBacking unknown_file = { -1, NULL, 0 };

static const ptrdiff_t lost_cases[] = { 0, 1, 2 * MEBIBYTE, 6 * MEBIBYTE };

/* A thread that reads what is gone used to be the end of the process. */
START_TEST(what_vanishes_under_a_thread_is_told)
{
	const ptrdiff_t n_bytes = 6 * MEBIBYTE;
	const ptrdiff_t n_left =
		n_bytes - lost_cases[_i / (int)ARRAY_LEN(adders)];
	const int file = open("vanishing", O_RDWR | O_CREAT | O_TRUNC, 0600);
	const double median = 50;
	ConsumerArray array;
	struct task task = { &array, { 0 }, NULL, NULL };
	ConsumerStatus status;
	ConsumerError error;
	void *data;

	ck_assert_int_eq(ftruncate(file, n_bytes), 0);
	data = mmap(NULL, (size_t)n_bytes, PROT_READ, MAP_SHARED, file, 0);
	ck_assert_ptr_ne(data, MAP_FAILED);
	array = view_of(data, consumer_element(CONSUMER_INT32), n_bytes / 4, 4);
	array.backing = &unknown_file;
	consumer_summary_begin(&task.summary, CONSUMER_INT32,
			       CONSUMER_SUMMARY_ALL);
	consumer_quantiles_open(CONSUMER_INT32, 1, &median, &task.quantiles,
				NULL);
	consumer_histogram_open(CONSUMER_INT32, 20, &task.histogram, NULL);
	consumer_quantiles_next_pass(task.quantiles);
	consumer_histogram_next_pass(task.histogram);
	/* A page that is there in part is still there. */
	ck_assert_int_eq(ftruncate(file, n_left), 0);
	status = consumer_array_guard(
		&array, adders[_i % (int)ARRAY_LEN(adders)], &task, &error);
	if (n_left > n_bytes - 2)
		ck_assert_int_eq(status, CONSUMER_OK);
	else
		check_failure(status, &error, CONSUMER_ERR_VANISHED);
	consumer_quantiles_close(task.quantiles);
	consumer_histogram_close(task.histogram);
	munmap(data, (size_t)n_bytes);
	close(file);
	unlink("vanishing");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("share");
	TCase *tcase = check_case(suite);
	TCase *sigbus = check_case_of_faults(suite);

	tcase_add_loop_test(tcase, each_element_is_taken_once, 0, 8 * 4);
	tcase_add_loop_test(tcase, small_jobs_have_few_threads, 0,
			    ARRAY_LEN(thread_cases));
	tcase_add_test(tcase, there_is_a_thread);
	tcase_add_loop_test(sigbus, what_vanishes_under_a_thread_is_told, 0,
			    ARRAY_LEN(lost_cases) * ARRAY_LEN(adders));
	return check_run(suite);
}
