/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "pool.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#define MAX_USEFUL_THREADS 16

/* The kernels have up to 150 KiB of variables; musl would give 128. */
#define STACK_BYTES ((size_t)1 << 20)

struct pool {
	const struct pool_jobs *jobs;
	pthread_mutex_t mutex; /* for all that follows */
	pthread_cond_t changed;
	uint64_t n_begun;
	uint64_t n_finished;
	bool is_stopped;
	bool is_worked[POOL_MAX_SLOTS]; /* the job of this slot, not finished */
};

/* Of a pool that is not stopped. */
static bool
may_begin(const struct pool *pool)
{
	return pool->n_begun < pool->jobs->n_jobs &&
	       pool->n_begun < pool->n_finished + pool->jobs->n_slots;
}

/* Whether no job will begin any more. */
static bool
is_exhausted(const struct pool *pool)
{
	return pool->is_stopped || pool->n_begun == pool->jobs->n_jobs;
}

/* Does the next job; called, and returns, with the mutex locked. */
static void
work(struct pool *pool)
{
	const struct pool_jobs *jobs = pool->jobs;
	const uint64_t job = pool->n_begun++;

	pthread_mutex_unlock(&pool->mutex);
	jobs->work(jobs->context, job);
	pthread_mutex_lock(&pool->mutex);
	pool->is_worked[job % jobs->n_slots] = true;
	pthread_cond_broadcast(&pool->changed);
}

/* Likewise; finishes the oldest job, whose work is done. */
static ConsumerStatus
finish(struct pool *pool, ConsumerError *error)
{
	const struct pool_jobs *jobs = pool->jobs;
	const uint64_t job = pool->n_finished;
	ConsumerStatus status = CONSUMER_OK;

	pthread_mutex_unlock(&pool->mutex);
	if (jobs->finish)
		status = jobs->finish(jobs->context, job, error);
	pthread_mutex_lock(&pool->mutex);
	pool->is_worked[job % jobs->n_slots] = false;
	pool->n_finished++;
	pool->is_stopped = status != CONSUMER_OK;
	pthread_cond_broadcast(&pool->changed);
	return status;
}

static void *
run_thread(void *context)
{
	struct pool *pool = context;

	pthread_mutex_lock(&pool->mutex);
	while (!is_exhausted(pool)) {
		if (may_begin(pool))
			work(pool);
		else
			pthread_cond_wait(&pool->changed, &pool->mutex);
	}
	pthread_mutex_unlock(&pool->mutex);
	return NULL;
}

/* The part of the caller's thread: it finishes, and works in between. */
static ConsumerStatus
run_caller(struct pool *pool, ConsumerError *error)
{
	const struct pool_jobs *jobs = pool->jobs;
	ConsumerStatus status = CONSUMER_OK;

	pthread_mutex_lock(&pool->mutex);
	while (!status && pool->n_finished < jobs->n_jobs) {
		if (pool->is_worked[pool->n_finished % jobs->n_slots])
			status = finish(pool, error);
		else if (may_begin(pool))
			work(pool);
		else
			pthread_cond_wait(&pool->changed, &pool->mutex);
	}
	pthread_mutex_unlock(&pool->mutex);
	return status;
}

/* Starts up to 'n_threads'; returns how many there are. */
static size_t
start_threads(struct pool *pool, size_t n_threads, pthread_t *threads)
{
	sigset_t raised_by_others, saved;
	pthread_attr_t attributes;
	size_t n_started = 0;

	if (pthread_attr_init(&attributes) != 0)
		return 0;
	pthread_attr_setstacksize(&attributes, STACK_BYTES);

	sigfillset(&raised_by_others);
	sigdelset(&raised_by_others, SIGBUS);
	sigdelset(&raised_by_others, SIGFPE);
	sigdelset(&raised_by_others, SIGILL);
	sigdelset(&raised_by_others, SIGSEGV);
	pthread_sigmask(SIG_SETMASK, &raised_by_others, &saved);
	while (n_started < n_threads &&
	       pthread_create(&threads[n_started], &attributes, run_thread,
			      pool) == 0)
		n_started++;
	pthread_sigmask(SIG_SETMASK, &saved, NULL);
	pthread_attr_destroy(&attributes);
	return n_started;
}

ConsumerStatus
pool_run(const struct pool_jobs *jobs, ConsumerError *error)
{
	struct pool pool = {
		.jobs = jobs,
		.mutex = PTHREAD_MUTEX_INITIALIZER,
		.changed = PTHREAD_COND_INITIALIZER,
	};
	pthread_t threads[POOL_MAX_SLOTS];
	/* More threads than jobs, or than slots, would only wait. */
	const uint64_t n_useful = MIN(jobs->n_jobs, jobs->n_slots);
	const uint64_t n_threads = MIN(jobs->n_threads, n_useful);
	size_t n_started = 0;
	ConsumerStatus status;

	if (n_threads > 1)
		n_started =
			start_threads(&pool, (size_t)n_threads - 1, threads);
	status = run_caller(&pool, error);
	for (size_t i = 0; i < n_started; i++)
		pthread_join(threads[i], NULL);
	return status;
}

size_t
consumer_threads_count(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);
#ifdef CPU_COUNT
	cpu_set_t usable;

	if (sched_getaffinity(0, sizeof(usable), &usable) == 0)
		n = CPU_COUNT(&usable);
#endif
	return (size_t)MAX(MIN(n, MAX_USEFUL_THREADS), 1);
}
