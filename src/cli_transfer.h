/* SPDX-License-Identifier: MIT */
/*
 * cli_transfer.h - elements on their way from a stream to the output, and what
 * stopped them.
 */
#ifndef CLI_TRANSFER_H
#define CLI_TRANSFER_H

#include "cli_options.h"
#include "cli_output.h"
#include "cli_progress.h"

typedef struct {
	const CliOptions *options;
	ConsumerStream *stream;
	const CliOutput *destination;
	ConsumerWriter writer; /* to it */
	/* That may share the work: as many as there are CPUs for us. */
	size_t n_threads;
	CliProgress progress;
	bool counts_reads; /* in progress, instead of what is taken */
	/* A status that is not CONSUMER_OK tells which side failed. */
	ConsumerError input;
	ConsumerError output;
	uint64_t n_taken; /* elements, in the last pass over the stream */
} CliTransfer;

/*
 * Takes 'n_elements' elements of 'part', from 'start' on.  Returns false to
 * stop, after filling 'output' of the transfer if it failed.
 */
typedef bool CliTake(void *context, const ConsumerArray *part, ptrdiff_t start,
		     ptrdiff_t n_elements);

/*
 * Begins to show progress, which cli_progress_end() ends.  'writes' says that
 * output is written meanwhile, 'is_once' that each element is taken once.
 * 'transfer' stays where it is.
 */
void cli_transfer_begin(CliTransfer *transfer, bool writes, bool is_once);

/*
 * Gives all that the stream has to 'take', in pieces small enough for progress
 * to be seen.  Returns whether the end was reached.
 */
bool cli_transfer_all(CliTransfer *transfer, CliTake *take, void *context);

/*
 * For who takes elements by a function that reads and writes them: it has
 * returned 'status', with 'output' for an error.  What has vanished is the
 * input's failure.  Returns whether that went well.
 */
bool cli_transfer_check(CliTransfer *transfer, ConsumerStatus status);

/* Writes, and returns whether that went well. */
bool cli_transfer_write(CliTransfer *transfer, const char *bytes,
			size_t n_bytes);

#endif
