/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "share.h"
#include "pool.h"

#include <stdatomic.h>

/* A thread takes a fraction of a millisecond to start. */
#define MIN_BYTES_PER_THREAD ((size_t)1 << 20)

/* Whole blocks; small enough for all threads to end at the same time. */
#define PIECE_BYTES ((ptrdiff_t)1 << 19)

size_t
share_count_threads(const ConsumerArray *array, ptrdiff_t n_elements,
		    size_t n_threads)
{
	const size_t n_useful = (size_t)n_elements * array->element.itemsize /
				MIN_BYTES_PER_THREAD;

	return MAX(MIN(MIN(n_threads, n_useful), POOL_MAX_SLOTS), 1);
}

/* What the threads of a share have in common. */
struct sharing {
	const struct share *share;
	ptrdiff_t n_per_piece;
	atomic_size_t n_begun; /* pieces */
	atomic_bool has_vanished;
};

struct worker {
	struct sharing *sharing;
	size_t thread;
};

/* In a guard. */
static void
take_pieces(void *context)
{
	const struct worker *worker = context;
	struct sharing *sharing = worker->sharing;
	const struct share *share = sharing->share;

	while (!atomic_load(&sharing->has_vanished)) {
		const ptrdiff_t piece =
			(ptrdiff_t)atomic_fetch_add(&sharing->n_begun, 1);
		ptrdiff_t first;

		if (piece > (share->n_elements - 1) / sharing->n_per_piece)
			break;
		first = piece * sharing->n_per_piece;
		share->take(
			share->context, worker->thread, share->start + first,
			MIN(sharing->n_per_piece, share->n_elements - first));
	}
}

static void
work(void *context, uint64_t job)
{
	struct sharing *sharing = context;
	struct worker worker = { sharing, (size_t)job };

	if (consumer_array_guard(sharing->share->array, take_pieces, &worker,
				 NULL))
		atomic_store(&sharing->has_vanished, true);
}

bool
share_run(const struct share *share)
{
	const ptrdiff_t itemsize = (ptrdiff_t)share->array->element.itemsize;
	struct sharing sharing = {
		.share = share,
		.n_per_piece = MAX(PIECE_BYTES / itemsize, 1),
	};
	/* A job is a thread, which takes pieces as long as there are any. */
	const struct pool_jobs jobs = {
		.n_jobs = share->n_threads,
		.n_threads = share->n_threads,
		.n_slots = share->n_threads,
		.work = work,
		.context = &sharing,
	};

	pool_run(&jobs, NULL);
	return !atomic_load(&sharing.has_vanished);
}
