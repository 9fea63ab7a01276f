/* SPDX-License-Identifier: MIT */
#include "config.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli_message.h"
#include "cli_output.h"

/* --- Signals ----------------------------------------------------------- */

static const int ending_signals[] = {
	SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGALRM, SIGTERM, SIGXCPU, SIGXFSZ,
};

#define N_ENDING_SIGNALS (sizeof(ending_signals) / sizeof(*ending_signals))

/* What a handler can reach: the file to remove, and what was set before it. */
static char temporary[PATH_MAX];
static struct sigaction old_actions[N_ENDING_SIGNALS];

/* The old action is back already, and ends the program as it always would. */
static void
remove_and_end(int number)
{
	unlink(temporary);
	raise(number);
}

static void
catch_signals(void)
{
	struct sigaction action = {
		.sa_handler = remove_and_end,
		.sa_flags = (int)SA_RESETHAND,
	};

	sigfillset(&action.sa_mask);
	for (size_t i = 0; i < N_ENDING_SIGNALS; i++) {
		sigaction(ending_signals[i], NULL, &old_actions[i]);
		if (old_actions[i].sa_handler == SIG_DFL)
			sigaction(ending_signals[i], &action, NULL);
	}
}

static void
release_signals(void)
{
	for (size_t i = 0; i < N_ENDING_SIGNALS; i++)
		sigaction(ending_signals[i], &old_actions[i], NULL);
}

/* --- The temporary file ------------------------------------------------ */

/* The last part of a path; empty if that ends with a slash. */
static char *
base_name(char *path)
{
	char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Puts 'name' at 'place' in a path of PATH_MAX bytes.  False: errno says why */
static bool
put_name(char *path, char *place, const char *name)
{
	size_t n_bytes = strlen(name) + 1;

	if (n_bytes > (size_t)(path + PATH_MAX - place)) {
		errno = ENAMETOOLONG;
		return false;
	}
	memcpy(place, name, n_bytes);
	return true;
}

/*
 * Follows symbolic links until the path is none; realpath() would want a file
 * at the end of them.  The system has looked for loops before.
 */
static bool
resolve_links(const char *path, char target[PATH_MAX])
{
	char link[PATH_MAX];
	ssize_t n_bytes;
	bool fits = put_name(target, target, path);

	while (fits &&
	       (n_bytes = readlink(target, link, sizeof(link) - 1)) >= 0) {
		link[n_bytes] = '\0';
		fits = put_name(target,
				*link == '/' ? target : base_name(target),
				link);
	}
	return fits;
}

/* Its name does not depend on the target's, which may be as long as can be. */
static int
make_temporary(const char target[PATH_MAX])
{
	sigset_t all, old;
	int descriptor = -1;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	memcpy(temporary, target, PATH_MAX);
	if (put_name(temporary, base_name(temporary), ".consumer-cli-XXXXXX"))
		descriptor = mkstemp(temporary);
	if (descriptor != -1)
		catch_signals();
	sigprocmask(SIG_SETMASK, &old, NULL);
	return descriptor;
}

static mode_t
mode_of_new_files(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

/*
 * 'status' is that of the file to replace, or NULL.  Bits that lend somebody's
 * rights are not kept, as for any file that is written to.  Where permissions
 * cannot be had, as on FAT, there are none to keep.
 */
static bool
open_temporary(CliOutput *output, const struct stat *status)
{
	mode_t mode = status ? status->st_mode & 0777 : mode_of_new_files();

	if (!*base_name(output->target)) {
		cli_output_message(output, strerror(EISDIR));
		return false;
	}
	output->descriptor = make_temporary(output->target);
	if (output->descriptor == -1 && status)
		cli_message("%s: no temporary file beside it: %s", output->path,
			    strerror(errno));
	else if (output->descriptor == -1)
		cli_output_message(output, strerror(errno));
	else
		fchmod(output->descriptor, mode);
	output->replaces = output->descriptor != -1;
	return output->replaces;
}

/* --- Opening and closing ----------------------------------------------- */

/*
 * Finds the file to replace; 'status' as above.  A link of /proc may lead to
 * one that has no name.
 */
static bool
find_target(CliOutput *output, const struct stat *status)
{
	struct stat found;

	if (!resolve_links(output->path, output->target))
		return false;
	if (!status)
		return true;
	if (stat(output->target, &found) == 0 &&
	    found.st_dev == status->st_dev && found.st_ino == status->st_ino)
		return true;
	errno = ENOENT;
	return false;
}

/* As /dev/stdout is; what others wrote there must stay. */
static bool
is_standard_output(const struct stat *status)
{
	struct stat standard;

	return fstat(STDOUT_FILENO, &standard) == 0 &&
	       standard.st_dev == status->st_dev &&
	       standard.st_ino == status->st_ino;
}

/*
 * The system tells what the target is, and whether it may be written, when it
 * is opened; a regular file is not touched by that.
 */
static bool
open_path(CliOutput *output)
{
	struct stat status;
	bool is_new;

	output->descriptor = open(output->path, O_WRONLY | O_NOCTTY);
	is_new = output->descriptor == -1 && errno == ENOENT;
	if (!is_new && (output->descriptor == -1 ||
			fstat(output->descriptor, &status) != 0))
		goto failed;
	if (!is_new && !S_ISREG(status.st_mode))
		return true;
	if (!is_new)
		close(output->descriptor);
	if (!is_new && is_standard_output(&status)) {
		output->descriptor = STDOUT_FILENO;
		return true;
	}
	if (find_target(output, is_new ? NULL : &status))
		return open_temporary(output, is_new ? NULL : &status);
failed:
	cli_output_message(output, strerror(errno));
	return false;
}

/*
 * A pipe that takes more at once makes both its ends wait less often.  What is
 * none, or may not grow, stays as it is.
 */
static void
widen_pipe(int descriptor)
{
#ifdef F_SETPIPE_SZ
	fcntl(descriptor, F_SETPIPE_SZ, 1 << 20);
#else
	(void)descriptor;
#endif
}

bool
cli_output_open(const char *path, CliOutput *out)
{
	bool is_standard = !path || strcmp(path, "-") == 0;

	out->descriptor = STDOUT_FILENO;
	out->path = is_standard ? NULL : path;
	out->replaces = false;
	if (!is_standard && !open_path(out))
		return false;
	widen_pipe(out->descriptor);
	return true;
}

bool
cli_output_close(CliOutput *output, bool keep)
{
	bool is_good = close(output->descriptor) == 0 || errno == EINTR;

	if (is_good && keep && output->replaces)
		is_good = rename(temporary, output->target) == 0;
	if (!is_good)
		cli_output_message(output, strerror(errno));
	if (output->replaces && !(is_good && keep))
		unlink(temporary);
	if (output->replaces)
		release_signals();
	return is_good;
}

void
cli_output_message(const CliOutput *output, const char *reason)
{
	cli_message("%s: %s", output->path ? output->path : "write error",
		    reason);
}
