/* SPDX-License-Identifier: MIT */
/*
 * bench_guard - what it costs to read in a guard of SIGBUS: copies of 8 and 64
 * bytes and of 1 MiB, guarded and plain ones in turns.  Of 1 MiB it copies the same
 * one again and again, which a cache has, and one after the other of 256 MiB.
 * Prints the median of each, and of what the guard adds to the plain copy of the
 * same turn.
 */
#include "config.h"
#include "guard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define N_TURNS	   201
#define MIB	   ((size_t)1 << 20)
#define SPAN_BYTES (256 * MIB)

struct copy {
	char *out;
	const char *from;
	size_t n_bytes;
};

typedef void copy_function(struct copy *copy);

static void
copy_plain(struct copy *copy)
{
	memcpy(copy->out, copy->from, copy->n_bytes);
}

static void
copy_leaf(void *context)
{
	struct copy *copy = context;

	if (guard_must_fetch())
		guard_fetch(copy->out, copy->from, 1, copy->n_bytes, 1);
	else
		copy_plain(copy);
}

static void
copy_guarded(struct copy *copy)
{
	size_t fault_offset;

	if (!guard_run(copy->from, copy->n_bytes, copy_leaf, copy,
		       &fault_offset)) {
		fputs("memory has vanished\n", stderr);
		exit(1);
	}
}

static double
now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* What is copied, 'n_calls' times a turn, from places all over a span. */
struct job {
	const char *name;
	const char *from;
	size_t n_bytes;
	size_t span_bytes;
	int n_calls;
};

/* Nanoseconds of a call; goes on where the last turn ended. */
static double
time_calls(copy_function *function, const struct job *job, struct copy *copy)
{
	/* So that neither is made a part of the loop. */
	copy_function *volatile called = function;
	const double start = now_ns();

	for (int i = 0; i < job->n_calls; i++) {
		called(copy);
		copy->from += job->n_bytes;
		if (copy->from == job->from + job->span_bytes)
			copy->from = job->from;
	}
	return (now_ns() - start) / job->n_calls;
}

static int
compare(const void *a, const void *b)
{
	const double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static double
median(double times[N_TURNS])
{
	qsort(times, N_TURNS, sizeof(*times), compare);
	return times[N_TURNS / 2];
}

static void
report(const struct job *job)
{
	static double plain[N_TURNS], guarded[N_TURNS], added[N_TURNS];
	static char out[MIB];
	struct copy copy = { out, job->from, job->n_bytes };
	double plain_ns, added_ns;

	for (int i = 0; i < N_TURNS; i++) {
		plain[i] = time_calls(copy_plain, job, &copy);
		guarded[i] = time_calls(copy_guarded, job, &copy);
		added[i] = guarded[i] - plain[i];
	}
	plain_ns = median(plain);
	added_ns = median(added);
	printf("%-19s plain %8.1f ns, guarded %8.1f ns a call: "
	       "%+6.1f ns, %+7.2f %%\n",
	       job->name, plain_ns, median(guarded), added_ns,
	       100 * added_ns / plain_ns);
}

int
main(void)
{
	char *from = malloc(SPAN_BYTES);

	if (!from) {
		fputs("no memory\n", stderr);
		return 1;
	}
	/* Pages that were never written are all the same one, in the cache. */
	memset(from, 1, SPAN_BYTES);
	report(&(struct job){ "8 bytes, cached", from, 8, 8, 50000 });
	report(&(struct job){ "64 bytes, cached", from, 64, 64, 50000 });
	report(&(struct job){ "1 MiB, cached", from, MIB, MIB, 50 });
	/* 37 does not divide the span: both come to all of its places. */
	report(&(struct job){ "1 MiB, from memory", from, MIB, SPAN_BYTES,
			      37 });
	free(from);
	return 0;
}
