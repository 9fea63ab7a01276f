/* SPDX-License-Identifier: MIT */
/*
 * cli_output.h - where the output goes: standard output, or a file that takes
 * its place only when it is whole.
 *
 * A regular file is not written to but replaced, by a temporary file beside it
 * that was renamed over it.  So it may be the input as well, and whatever goes
 * wrong, its old content is still there.  The price, as with "sed -i": other
 * hard links keep the old content, only root can keep the owner, and one cannot
 * write where only the file and not its folder allows it.
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <limits.h>
#include <stdbool.h>

/* There is one at a time: signals must find its temporary file. */
typedef struct {
	int descriptor;
	const char *path; /* NULL: standard output */
	bool replaces;	  /* 'target', when it is closed */
	char target[PATH_MAX];
} CliOutput;

/*
 * cli_output_open() opens 'path', which it keeps and which is not empty; NULL or
 * "-" is standard output.
 *
 * If it is a regular file or there is nothing yet, also behind symbolic links,
 * the descriptor is that of the temporary file, which has the permissions of
 * any new file or of the one that it will replace: its mode, its group and its
 * access control list, and its owner too where the system allows that; where it
 * does not, fewer people may use the new file, never more.  SIGHUP, SIGINT,
 * SIGTERM and other signals that ask a program to end now remove it first,
 * unless they are ignored.  Anything else, as a device or a FIFO, is written
 * directly, and so is what a descriptor of this process already writes to: by a
 * name such as /dev/fd/3, or if it is standard output or standard error.
 *
 * Returns true; or false after a message, and nothing was changed.
 */
bool cli_output_open(const char *path, CliOutput *out);

/*
 * Ends the output: with 'keep' a temporary file takes its place, otherwise it
 * is removed and the target stays as it was.
 *
 * Returns true; or false after a message, also for what only closing tells of
 * earlier writes, and then a temporary file was removed.
 */
bool cli_output_close(CliOutput *output, bool keep);

/* Says what failed with the output. */
void cli_output_message(const CliOutput *output, const char *reason);

#endif
