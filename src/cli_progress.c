/* SPDX-License-Identifier: MIT */
#include "config.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli_progress.h"

#define NS_PER_SECOND INT64_C(1000000000)

/* --- Text -------------------------------------------------------------- */

/* Room for a number of bytes: "1000 EB" at most. */
#define BYTES_SIZE 16

/* Three digits or, below 10, two: "999 B", "1.0 kB", "12.3 GB", "200 GB". */
static void
format_bytes(char text[BYTES_SIZE], double n_bytes)
{
	static const char prefixes[] = "kMGTPE";
	const char *prefix = prefixes;

	if (n_bytes < 999.5) {
		snprintf(text, BYTES_SIZE, "%.0f B", n_bytes);
		return;
	}
	for (n_bytes /= 1000; n_bytes >= 999.5 && prefix[1]; prefix++)
		n_bytes /= 1000;
	snprintf(text, BYTES_SIZE, "%.*f %cB", n_bytes < 99.95 ? 1 : 0, n_bytes,
		 *prefix);
}

/* Room for a time: the digits of an int64_t, ":59:59" and so on. */
#define TIME_SIZE 32

/* "1:29", or with hours "2:01:29". */
static void
format_time(char text[TIME_SIZE], double time)
{
	int64_t seconds =
		time < 1e15 ? (int64_t)time : INT64_C(1000000000000000);
	int minutes = (int)(seconds / 60 % 60);
	int rest = (int)(seconds % 60);

	if (seconds < 3600)
		snprintf(text, TIME_SIZE, "%d:%02d", minutes, rest);
	else
		snprintf(text, TIME_SIZE, "%" PRId64 ":%02d:%02d",
			 seconds / 3600, minutes, rest);
}

void
cli_progress_format(char *text, size_t size, uint64_t n_bytes,
		    uint64_t total_bytes, int64_t elapsed_ns)
{
	double done = (double)n_bytes, total = (double)total_bytes;
	double rate = done * (double)NS_PER_SECOND / (double)elapsed_ns;
	char done_text[BYTES_SIZE], total_text[BYTES_SIZE];
	char rate_text[BYTES_SIZE], time_text[TIME_SIZE];

	format_bytes(done_text, done);
	format_bytes(rate_text, rate);
	if (n_bytes == 0 || n_bytes > total_bytes) {
		snprintf(text, size, "  %s, %s/s", done_text, rate_text);
		return;
	}
	format_bytes(total_text, total);
	format_time(time_text, (total - done) / rate);
	snprintf(text, size, "  %s of %s (%d%%), %s/s, %s left", done_text,
		 total_text, (int)(done * 100 / total), rate_text, time_text);
}

/* --- The terminal ------------------------------------------------------ */

static int64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

static bool
is_same_terminal(int descriptor)
{
	struct stat output, error;

	return isatty(descriptor) && fstat(descriptor, &output) == 0 &&
	       fstat(STDERR_FILENO, &error) == 0 &&
	       output.st_rdev == error.st_rdev;
}

/* In the background the terminal is somebody else's. */
static bool
is_in_background(void)
{
	pid_t foreground = tcgetpgrp(STDERR_FILENO);

	return foreground != -1 && foreground != getpgrp();
}

/* One less than there are: in the last one some terminals begin a new line. */
static size_t
n_columns(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return 79;
	return size.ws_col - 1u;
}

/* Puts 'text' in the place of what was there, and the cursor before it. */
static void
draw(CliProgress *progress, const char *text)
{
	char line[256];
	int width = (int)strlen(text);
	int n_bytes =
		snprintf(line, sizeof(line), "\r%-*s\r", progress->width, text);

	progress->width = width;
	/* There is nobody to tell that nobody was told. */
	if (write(STDERR_FILENO, line, (size_t)n_bytes) != n_bytes)
		progress->is_wanted = false;
}

void
cli_progress_begin(CliProgress *progress, bool is_wanted, int descriptor,
		   uint64_t total_bytes)
{
	int64_t now = now_ns();

	*progress = (CliProgress){
		.is_wanted = is_wanted && isatty(STDERR_FILENO) &&
			     !is_same_terminal(descriptor),
		.total_bytes = total_bytes,
		.start_ns = now,
		.next_ns = now + NS_PER_SECOND,
	};
}

void
cli_progress_add(CliProgress *progress, uint64_t n_bytes)
{
	char text[120];
	size_t size = sizeof(text);
	int64_t now;

	progress->n_bytes += n_bytes;
	if (!progress->is_wanted)
		return;
	now = now_ns();
	if (now < progress->next_ns || is_in_background())
		return;
	progress->next_ns = now + NS_PER_SECOND / 5;
	if (n_columns() < size)
		size = n_columns() + 1;
	cli_progress_format(text, size, progress->n_bytes,
			    progress->total_bytes, now - progress->start_ns);
	draw(progress, text);
}

void
cli_progress_end(CliProgress *progress)
{
	progress->is_wanted = false;
	if (progress->width > 0)
		draw(progress, "");
	progress->width = 0;
}
