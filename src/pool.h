/* SPDX-License-Identifier: MIT */
/* Jobs on several threads, their results in order. */
#ifndef POOL_H
#define POOL_H

#include "internal.h"

/* At most so many jobs are begun and not yet finished. */
#define POOL_MAX_SLOTS 64

struct pool_jobs {
	uint64_t n_jobs;
	size_t n_threads; /* of which the caller's is one */
	/*
	 * Job i may use slot i % n_slots of the context's memory: it begins
	 * when job i - n_slots is finished.
	 */
	size_t n_slots;
	/* Called for each job on any thread, several at a time. */
	void (*work)(void *context, uint64_t job);
	/*
	 * Called for each job behind its work, in order, on the caller's; NULL:
	 * there is nothing left to do.
	 */
	ConsumerStatus (*finish)(void *context, uint64_t job,
				 ConsumerError *error);
	void *context;
};

/*
 * pool_run() does all jobs and ends its threads again.  If the system has no
 * more threads, those that there are do them.  Threads started here leave
 * signals to the others, but for those that an instruction of theirs raises.
 *
 * Returns CONSUMER_OK, or what the first finish() returned that failed; what
 * was not begun by then is left out.
 */
ConsumerStatus pool_run(const struct pool_jobs *jobs, ConsumerError *error);

#endif
