/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "check_run.h"
#include "pool.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* Jobs that write their number into their slot, and note what they meet. */
struct test_jobs {
	pthread_mutex_t mutex;
	uint64_t slots[POOL_MAX_SLOTS];
	size_t n_slots;
	uint64_t n_worked;
	uint64_t n_finished;
	uint64_t n_at_once, most_at_once;
	uint64_t fails_at;
	pthread_t caller;
	bool is_slow;
};

static void
pause_ms(long n_ms)
{
	const struct timespec time = { .tv_nsec = n_ms * 1000000 };

	nanosleep(&time, NULL);
}

static void
work(void *context, uint64_t job)
{
	struct test_jobs *test = context;

	pthread_mutex_lock(&test->mutex);
	/* The slot's last user is done with it. */
	ck_assert_uint_lt(job, test->n_finished + test->n_slots);
	test->n_at_once++;
	test->most_at_once = MAX(test->most_at_once, test->n_at_once);
	pthread_mutex_unlock(&test->mutex);
	if (test->is_slow) /* the later, the sooner */
		pause_ms(5 - (long)(job % 5));
	pthread_mutex_lock(&test->mutex);
	test->slots[job % test->n_slots] = job + 1000;
	test->n_worked++;
	test->n_at_once--;
	pthread_mutex_unlock(&test->mutex);
}

static ConsumerStatus
finish(void *context, uint64_t job, ConsumerError *error)
{
	struct test_jobs *test = context;
	ConsumerStatus status = CONSUMER_OK;

	ck_assert(pthread_equal(pthread_self(), test->caller));
	pthread_mutex_lock(&test->mutex);
	ck_assert_uint_eq(job, test->n_finished);
	ck_assert_uint_eq(test->slots[job % test->n_slots], job + 1000);
	if (job == test->fails_at)
		status = fail(error, CONSUMER_ERR_DATA, "job %llu",
			      (unsigned long long)job);
	else
		test->n_finished++;
	pthread_mutex_unlock(&test->mutex);
	return status;
}

static struct test_jobs
begin_test(size_t n_slots)
{
	return (struct test_jobs){
		.mutex = PTHREAD_MUTEX_INITIALIZER,
		.n_slots = n_slots,
		.fails_at = UINT64_MAX,
		.caller = pthread_self(),
	};
}

static struct pool_jobs
jobs_of(struct test_jobs *test, uint64_t n_jobs, size_t n_threads)
{
	return (struct pool_jobs){
		.n_jobs = n_jobs,
		.n_threads = n_threads,
		.n_slots = test->n_slots,
		.work = work,
		.finish = finish,
		.context = test,
	};
}

static const struct {
	uint64_t n_jobs;
	size_t n_threads;
	size_t n_slots;
} pool_cases[] = {
	{ 0, 4, 4 },	  { 1, 1, 1 },	    { 1, 8, 8 },     { 100, 1, 1 },
	{ 100, 1, 64 },	  { 100, 2, 1 },    { 1000, 2, 2 },  { 1000, 2, 3 },
	{ 1000, 3, 8 },	  { 1000, 64, 64 }, { 1000, 64, 2 }, { 10000, 4, 16 },
	{ 50, 1000, 64 }, { 10, 0, 4 },
};

START_TEST(every_job_is_done_once_and_in_order)
{
	struct test_jobs test = begin_test(pool_cases[_i].n_slots);
	const struct pool_jobs jobs =
		jobs_of(&test, pool_cases[_i].n_jobs, pool_cases[_i].n_threads);

	ck_assert_int_eq(pool_run(&jobs, NULL), CONSUMER_OK);
	ck_assert_uint_eq(test.n_worked, jobs.n_jobs);
	ck_assert_uint_eq(test.n_finished, jobs.n_jobs);
	ck_assert_uint_le(test.most_at_once, MAX(jobs.n_threads, 1));
}
END_TEST

START_TEST(jobs_run_at_the_same_time)
{
	struct test_jobs test = begin_test(8);
	const struct pool_jobs jobs = jobs_of(&test, 40, 4);

	test.is_slow = true;
	ck_assert_int_eq(pool_run(&jobs, NULL), CONSUMER_OK);
	ck_assert_uint_eq(test.most_at_once, 4);
}
END_TEST

START_TEST(one_thread_is_the_callers)
{
	struct test_jobs test = begin_test(8);
	const struct pool_jobs jobs = jobs_of(&test, 20, 1);

	test.is_slow = true;
	ck_assert_int_eq(pool_run(&jobs, NULL), CONSUMER_OK);
	ck_assert_uint_eq(test.most_at_once, 1);
}
END_TEST

START_TEST(a_failure_ends_the_rest)
{
	struct test_jobs test = begin_test(8);
	const struct pool_jobs jobs = jobs_of(&test, 1000, 1 + (size_t)_i);
	ConsumerError error;

	test.fails_at = 500;
	ck_assert_int_eq(pool_run(&jobs, &error), CONSUMER_ERR_DATA);
	ck_assert_str_eq(error.message, "job 500");
	ck_assert_uint_eq(test.n_finished, 500);
	/* What was under way came to its end, and nothing else began. */
	ck_assert_uint_le(test.n_worked, 508);
	ck_assert_uint_eq(test.n_at_once, 0);
}
END_TEST

/* How many threads the system has left. */
static size_t n_threads_left = SIZE_MAX;

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
			  void *(*run)(void *), void *context);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
			  void *(*run)(void *), void *context);

int
__wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
		      void *(*run)(void *), void *context)
{
	if (n_threads_left == 0)
		return EAGAIN;
	n_threads_left--;
	return __real_pthread_create(thread, attributes, run, context);
}

START_TEST(threads_that_are_not_to_be_had_are_done_without)
{
	struct test_jobs test = begin_test(8);
	const struct pool_jobs jobs = jobs_of(&test, 40, 4);

	test.is_slow = true;
	n_threads_left = (size_t)_i;
	ck_assert_int_eq(pool_run(&jobs, NULL), CONSUMER_OK);
	ck_assert_uint_eq(test.n_finished, 40);
	/* The caller's is one. */
	ck_assert_uint_eq(test.most_at_once, 1 + (uint64_t)_i);
}
END_TEST

static volatile sig_atomic_t n_signals;
static pthread_t signalled;

static void
note_signal(int number)
{
	(void)number;
	signalled = pthread_self();
	n_signals++;
}

static void
raise_signal(void *context, uint64_t job)
{
	work(context, job);
	kill(getpid(), SIGUSR1);
}

/* A handler of the caller's may count on its own thread. */
START_TEST(signals_are_left_to_the_other_threads)
{
	struct test_jobs test = begin_test(4);
	struct pool_jobs jobs = jobs_of(&test, 100, 4);
	struct sigaction action = { .sa_handler = note_signal };

	jobs.work = raise_signal;
	sigaction(SIGUSR1, &action, NULL);
	ck_assert_int_eq(pool_run(&jobs, NULL), CONSUMER_OK);
	ck_assert_int_gt(n_signals, 0);
	ck_assert(pthread_equal(signalled, pthread_self()));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("pool");
	TCase *tcase = check_case(suite);

	tcase_add_loop_test(tcase, every_job_is_done_once_and_in_order, 0,
			    ARRAY_LEN(pool_cases));
	tcase_add_test(tcase, jobs_run_at_the_same_time);
	tcase_add_test(tcase, one_thread_is_the_callers);
	tcase_add_loop_test(tcase, a_failure_ends_the_rest, 0, 4);
	tcase_add_loop_test(
		tcase, threads_that_are_not_to_be_had_are_done_without, 0, 3);
	tcase_add_test(tcase, signals_are_left_to_the_other_threads);
	return check_run(suite);
}
