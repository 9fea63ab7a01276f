/* SPDX-License-Identifier: MIT */
/*
 * cli_message.h - what consumer-cli says on standard error.
 *
 * Every line goes through here, so that no file name and no option value
 * reaches the terminal with its control characters alive.
 */
#ifndef CLI_MESSAGE_H
#define CLI_MESSAGE_H

#include <stdbool.h>

#include "consumer.h"

/*
 * Makes sure that descriptors 0, 1 and 2 are taken, or the first file opened
 * would become standard output.  Using one that was closed still fails with
 * EBADF.  False: it could not be done, and nothing may be opened.
 */
bool cli_take_standard_descriptors(void);

/*
 * Writes "consumer-cli: " and the message as one line.  '%s' is the only
 * conversion; what it stands for is escaped: control characters, bytes that
 * are not UTF-8 and backslashes become "\n", "\x1b", "\\", as bash's $'...'
 * reads them.  Any length, no allocation.
 */
void cli_message(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same for wrong usage; a second line points to --help. */
void cli_usage_message(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/* Says what failed with the input 'name', in the words of the command line. */
void cli_input_message(const char *name, const ConsumerError *error);

#endif
