/* SPDX-License-Identifier: MIT */
/*
 * cli_progress.h - how far a long scan has come, on standard error:
 *
 *	12.3 GB of 200 GB (6%), 2.1 GB/s, 1:29 left
 *
 * Only at a terminal, only after a second, and only while the program is not
 * in the background.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
	bool is_wanted;
	int width; /* columns that are not blank */
	uint64_t n_bytes;
	uint64_t total_bytes;
	int64_t start_ns;
	int64_t next_ns; /* when to draw again */
} CliProgress;

/*
 * Begins a scan of 'total_bytes', or of an unknown number if that is 0.
 *
 * 'descriptor' is what the output goes to meanwhile, or -1 if it comes after
 * cli_progress_end(), as a summary does: at a terminal that shows both there is
 * no progress.
 */
void cli_progress_begin(CliProgress *progress, bool is_wanted, int descriptor,
			uint64_t total_bytes);

/*
 * Counts 'n_bytes' more.  Cost: a look at the clock, so call it for some 64 Ki
 * elements at once; a line at most five times a second.
 */
void cli_progress_add(CliProgress *progress, uint64_t n_bytes);

/*
 * Erases the line: before output or a message comes.  Again does nothing.
 */
void cli_progress_end(CliProgress *progress);

/*
 * Writes that line of 'n_bytes' in 'elapsed_ns' to 'text', cut to 'size' with
 * the NUL.
 */
void cli_progress_format(char *text, size_t size, uint64_t n_bytes,
			 uint64_t total_bytes, int64_t elapsed_ns);

#endif
