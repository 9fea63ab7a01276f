/* SPDX-License-Identifier: MIT */
#include "config.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#ifdef __linux__
#include <sys/xattr.h>
#endif
#include <unistd.h>

#include "cli_message.h"
#include "cli_output.h"

/* --- Signals ----------------------------------------------------------- */

/* Those that others send; a fault of the program may leave its traces. */
static const int ending_signals[] = {
	SIGHUP,	   SIGINT,  SIGQUIT,   SIGPIPE, SIGALRM, SIGTERM,
	SIGUSR1,   SIGUSR2, SIGVTALRM, SIGPROF, SIGXCPU,
#ifdef SIGIO
	SIGIO,
#endif
#ifdef SIGPWR
	SIGPWR,
#endif
#ifdef SIGSTKFLT
	SIGSTKFLT,
#endif
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

/* As many links, one leading to the next, as Linux follows. */
#define MAX_LINKS 40

static bool
is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Whether 'path' is in a folder whose links are this process's descriptors. */
static bool
is_in_descriptors(const char path[PATH_MAX])
{
	static const char *const folders[] = { "/proc/self/fd",
					       "/proc/thread-self/fd" };
	struct stat folder, descriptors;
	char parent[PATH_MAX];

	memcpy(parent, path, PATH_MAX);
	memcpy(base_name(parent), ".", 2); /* no longer than the name there */
	if (stat(parent, &folder) != 0)
		return false;
	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
		if (stat(folders[i], &descriptors) == 0 &&
		    is_same_file(&folder, &descriptors))
			return true;
	}
	return false;
}

/*
 * Follows symbolic links until the path is none - realpath() would want a file
 * at the end of them - or stands for a descriptor of this process, as
 * /dev/stderr does, to which '*descriptor' is set; otherwise to -1.
 *
 * False: errno says why.
 */
static bool
resolve_links(const char *path, char target[PATH_MAX], int *descriptor)
{
	char link[PATH_MAX];
	ssize_t n_bytes;
	bool fits = put_name(target, target, path);

	*descriptor = -1;
	for (int n_links = 0; fits; n_links++) {
		n_bytes = readlink(target, link, sizeof(link) - 1);
		if (n_bytes < 0)
			return true;
		if (is_in_descriptors(target)) {
			*descriptor = (int)strtol(base_name(target), NULL, 10);
			return true;
		}
		if (n_links == MAX_LINKS) {
			errno = ELOOP;
			return false;
		}
		link[n_bytes] = '\0';
		fits = put_name(target,
				*link == '/' ? target : base_name(target),
				link);
	}
	return false;
}

/*
 * Makes an empty file beside 'target', by a name that does not depend on the
 * target's, which may be as long as can be.  One that 'is_new' may be used by
 * those who may use any new file there, as the system has it; otherwise nobody
 * but the owner may yet.
 */
static int
make_temporary(const char target[PATH_MAX], bool is_new)
{
	sigset_t all, old;
	int descriptor = -1;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	memcpy(temporary, target, PATH_MAX);
	if (put_name(temporary, base_name(temporary), ".consumer-cli-XXXXXX"))
		descriptor = mkstemp(temporary);
	if (descriptor != -1 && is_new) {
		close(descriptor);
		unlink(temporary);
		descriptor = open(temporary, O_RDWR | O_CREAT | O_EXCL, 0666);
	}
	if (descriptor != -1)
		catch_signals();
	sigprocmask(SIG_SETMASK, &old, NULL);
	return descriptor;
}

/*
 * Gives 'to' the access control list of 'from', if 'is_wanted'; and if that has
 * none takes away what it may have from its folder.  False: it has not what
 * 'from' has.
 */
static bool
copy_access_list(int from, int to, bool is_wanted)
{
#ifdef __linux__
	static const char name[] = "system.posix_acl_access";
	char list[65536]; /* as long as Linux makes them */
	const ssize_t n_bytes = fgetxattr(from, name, list, sizeof(list));

	if (n_bytes >= 0)
		return is_wanted &&
		       fsetxattr(to, name, list, (size_t)n_bytes, 0) == 0;
	return (errno == ENODATA || errno == ENOTSUP) &&
	       (fremovexattr(to, name) == 0 || errno == ENODATA ||
		errno == ENOTSUP);
#else
	(void)from, (void)to, (void)is_wanted;
	return true;
#endif
}

/*
 * Lets the same people use 'to' as 'from', whose status is 'status'; or fewer,
 * where owner, group or list cannot be given.  Bits that lend somebody's rights
 * are not kept, as for any file that is written to.  Where permissions cannot
 * be had, as on FAT, there are none to keep.
 */
static void
copy_permissions(int from, int to, const struct stat *status)
{
	mode_t mode = status->st_mode & 0777;
	/* Only root may give a file away. */
	const bool has_group =
		fchown(to, status->st_uid, status->st_gid) == 0 ||
		fchown(to, (uid_t)-1, status->st_gid) == 0;

	/* Others become its group, and its group others: what both may do. */
	if (!has_group)
		mode &= 0700 | (mode << 3 & 070) | (mode >> 3 & 07);
	/* Before the mode, by which the list comes into force. */
	if (!copy_access_list(from, to, has_group))
		mode &= 0700;
	fchmod(to, mode);
}

/* 'old' is the file to replace, whose status is 'status'; or -1. */
static bool
open_temporary(CliOutput *output, int old, const struct stat *status)
{
	if (!*base_name(output->target)) {
		cli_output_message(output, strerror(EISDIR));
		return false;
	}
	output->descriptor = make_temporary(output->target, old == -1);
	if (output->descriptor == -1 && old != -1)
		cli_message("%s: no temporary file beside it: %s", output->path,
			    strerror(errno));
	else if (output->descriptor == -1)
		cli_output_message(output, strerror(errno));
	else if (old != -1)
		copy_permissions(old, output->descriptor, status);
	output->replaces = output->descriptor != -1;
	return output->replaces;
}

/* --- Opening and closing ----------------------------------------------- */

/*
 * The descriptor among standard output and standard error that writes to that
 * file already: what others wrote there, and our messages, must stay.
 */
static int
find_standard(const struct stat *status)
{
	struct stat standard;

	for (int i = STDOUT_FILENO; i <= STDERR_FILENO; i++) {
		if (fstat(i, &standard) == 0 && is_same_file(&standard, status))
			return i;
	}
	return -1;
}

static bool
fail_to_open(const CliOutput *output)
{
	cli_output_message(output, strerror(errno));
	return false;
}

/* Writes where the descriptor does, also if that is a file without a name. */
static bool
share_descriptor(CliOutput *output, int descriptor)
{
	output->descriptor = dup(descriptor);
	return output->descriptor == -1 ? fail_to_open(output) : true;
}

/* 'old' is a regular file, which stays open. */
static bool
open_regular(CliOutput *output, int old, const struct stat *status)
{
	const int standard = find_standard(status);
	struct stat target;

	if (standard != -1)
		return share_descriptor(output, standard);
	/* A link of /proc may lead to a file that has no name. */
	if (stat(output->target, &target) == 0 && is_same_file(&target, status))
		return open_temporary(output, old, status);
	errno = ENOENT;
	return fail_to_open(output);
}

/*
 * The system tells what the target is, and whether it may be written, when it
 * is opened; a regular file is not touched by that.
 */
static bool
open_path(CliOutput *output)
{
	struct stat status;
	int descriptor;
	bool is_open;

	if (!resolve_links(output->path, output->target, &descriptor))
		return fail_to_open(output);
	if (descriptor != -1)
		return share_descriptor(output, descriptor);
	descriptor = open(output->path, O_WRONLY | O_NOCTTY);
	if (descriptor == -1 && errno == ENOENT)
		return open_temporary(output, -1, NULL);
	if (descriptor == -1 || fstat(descriptor, &status) != 0)
		return fail_to_open(output);
	if (!S_ISREG(status.st_mode)) {
		output->descriptor = descriptor;
		return true;
	}
	is_open = open_regular(output, descriptor, &status);
	close(descriptor);
	return is_open;
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
