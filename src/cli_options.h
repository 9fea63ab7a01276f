/* SPDX-License-Identifier: MIT */
/*
 * cli_options.h - the command line, read into one structure.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#include "consumer.h"

/* The options, in the order of --help. */
typedef enum {
	CLI_MAX,
	CLI_SKIP,
	CLI_TAIL,
	CLI_STEP,
	CLI_OFFSET,
	CLI_TYPE,
	CLI_ENDIAN,
	CLI_TRAILING,
	CLI_FORMAT,
	CLI_QUIET,
	CLI_HELP,
	CLI_VERSION,
	CLI_N_OPTIONS
} CliOption;

/* What the user wants to see. */
typedef enum {
	CLI_SHOW_ELEMENTS,
	CLI_SHOW_HELP,
	CLI_SHOW_VERSION,
} CliAction;

typedef struct {
	CliAction action;
	const char *file; /* NULL: none was given */
	ConsumerElement element;
	bool type_has_order; /* as "<i4" has */
	ConsumerByteOrder byte_order;
	ConsumerSelection selection;
	ConsumerFormat format;
	bool ignores_trailing;
	/* The values as they were given, "" for a flag; NULL: was not. */
	const char *given[CLI_N_OPTIONS];
} CliOptions;

/*
 * cli_options_parse() fills '*out' from the command line, whose strings it
 * keeps.  --help and --version take effect at once: what follows them is not
 * looked at.
 *
 * Returns true; or false for wrong usage, after a message that says what and
 * what was expected.
 */
bool cli_options_parse(int argc, char **argv, CliOptions *out);

/* The first line of --help, and the whole of it. */
void cli_options_print_usage(FILE *out);
void cli_options_print_help(FILE *out);

#endif
