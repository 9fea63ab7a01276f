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
	CLI_FROM,
	CLI_FORMAT,
	CLI_COLUMNS,
	CLI_INDEX,
	CLI_OUTPUT,
	CLI_INFO,
	CLI_STATS,
	CLI_QUANTILES,
	CLI_HISTOGRAM,
	CLI_QUIET,
	CLI_HELP,
	CLI_VERSION,
	CLI_N_OPTIONS
} CliOption;

/* What the user wants to see. */
typedef enum {
	CLI_SHOW_ELEMENTS,
	CLI_SHOW_RECORDS, /* --info, --stats and --quantiles, in any company */
	CLI_SHOW_HISTOGRAM,
	CLI_SHOW_HELP,
	CLI_SHOW_VERSION,
} CliAction;

/* The element's way out: as text in 'format', or with its bytes as they are. */
typedef enum {
	CLI_TEXT,
	CLI_RAW,
	CLI_NPY,
} CliEncoding;

#define CLI_MAX_PERCENTAGES	  100
#define CLI_MAX_PERCENTAGE_LENGTH 24 /* characters */
#define CLI_DEFAULT_BINS	  20
#define CLI_MAX_BINS		  100000

typedef struct {
	CliAction action;
	const char *file; /* NULL: none was given */
	ConsumerSource source;
	ConsumerSelection selection;
	CliEncoding encoding;
	ConsumerFormat format;
	uint64_t n_columns; /* 0: the shape decides */
	uint64_t n_bins;
	size_t n_percentages;
	double percentages[CLI_MAX_PERCENTAGES];
	bool ignores_trailing;
	/* The values as they were given, "" for none; NULL: was not. */
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
