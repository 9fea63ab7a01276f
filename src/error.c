/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "internal.h"

#include <stdarg.h>
#include <string.h>

static void
set(ConsumerError *error, ConsumerStatus status, int system_errno,
    const char *argument)
{
	error->status = status;
	error->system_errno = system_errno;
	error->argument = argument;
	error->n_done = 0;
}

/* A message is one line, whatever it quotes. */
static void
replace_control_characters(char *message)
{
	for (; *message; message++) {
		if ((unsigned char)*message < 0x20 || *message == 0x7F)
			*message = '?';
	}
}

ConsumerStatus
fail(ConsumerError *error, ConsumerStatus status, const char *format, ...)
{
	va_list arguments;

	if (!error)
		return status;
	set(error, status, 0, NULL);
	va_start(arguments, format);
	vsnprintf(error->message, sizeof(error->message), format, arguments);
	va_end(arguments);
	replace_control_characters(error->message);
	return status;
}

ConsumerStatus
fail_argument(ConsumerError *error, const char *argument, const char *format,
	      ...)
{
	va_list arguments;
	int n_written;

	if (!error)
		return CONSUMER_ERR_ARGUMENT;
	set(error, CONSUMER_ERR_ARGUMENT, 0, argument);
	n_written = snprintf(error->message, sizeof(error->message), "%s ",
			     argument);
	va_start(arguments, format);
	vsnprintf(error->message + n_written,
		  sizeof(error->message) - (size_t)n_written, format,
		  arguments);
	va_end(arguments);
	replace_control_characters(error->message);
	return CONSUMER_ERR_ARGUMENT;
}

ConsumerStatus
fail_past_end(ConsumerError *error, const char *argument, uint64_t n_wanted,
	      uint64_t n_there, const char *unit)
{
	return fail_argument(
		error, argument, "%llu is past the end (%llu %s%s)",
		(unsigned long long)n_wanted, (unsigned long long)n_there, unit,
		n_there == 1 ? "" : "s");
}

ConsumerStatus
fail_errno(ConsumerError *error, int system_errno)
{
	fail(error, CONSUMER_ERR_OS, "%s", strerror(system_errno));
	if (error)
		error->system_errno = system_errno;
	return CONSUMER_ERR_OS;
}

ConsumerStatus
fail_memory(ConsumerError *error)
{
	return fail(error, CONSUMER_ERR_MEMORY, "not enough memory");
}

const char *
consumer_version(void)
{
	return PACKAGE_VERSION;
}
