/* SPDX-License-Identifier: MIT */
/*
 * The command line: the input is the arguments, a NUL or a newline after each.
 * Either they are taken, without a word, and make sense; or one message says
 * why not, in which nothing of them can harm a terminal.
 */
#include "config.h"
#include "cli_message.h"
#include "cli_options.h"
#include "fuzz.h"

#include <getopt.h>
#include <sys/types.h>

#define MAX_ARGUMENTS 16

/* What goes to standard error meanwhile; the linker brings it here (--wrap). */
static struct {
	bool is_open;
	size_t n_bytes;
	char bytes[1 << 16];
} captured;

ssize_t __real_write(int descriptor, const void *bytes, size_t n_bytes);
ssize_t __wrap_write(int descriptor, const void *bytes, size_t n_bytes);

ssize_t
__wrap_write(int descriptor, const void *bytes, size_t n_bytes)
{
	if (!captured.is_open)
		return __real_write(descriptor, bytes, n_bytes);
	require(descriptor == 2, "descriptor %d", descriptor);
	require(n_bytes < sizeof(captured.bytes) - captured.n_bytes, "%zu",
		n_bytes);
	memcpy(captured.bytes + captured.n_bytes, bytes, n_bytes);
	captured.n_bytes += n_bytes;
	return (ssize_t)n_bytes;
}

/* "consumer-cli: ...\nTry ...\n", and printable. */
static void
check_message(void)
{
	const char *text = captured.bytes;
	const char *line = strchr(text, '\n');

	captured.bytes[captured.n_bytes] = '\0';
	require(strlen(text) == captured.n_bytes, "a NUL");
	require(strncmp(text, "consumer-cli: ", 14) == 0, "%s", text);
	require(line && strcmp(line + 1, "Try 'consumer-cli --help' for more "
					 "information.\n") == 0,
		"%s", text);
	for (size_t i = 0; i < captured.n_bytes; i++) {
		const unsigned char byte = (unsigned char)text[i];

		require((byte >= 0x20 && byte != 0x7F) || byte == '\n', "%d",
			byte);
	}
}

static void
check_options(const CliOptions *options)
{
	const ConsumerElement element = options->source.element;

	require(element.type > CONSUMER_OPAQUE &&
			element.type < CONSUMER_N_TYPES &&
			element.itemsize ==
				consumer_element(element.type).itemsize,
		"type %d", (int)element.type);
	require(options->selection.step >= 1, "step 0");
	require(!options->given[CLI_HISTOGRAM] ||
			(options->n_bins >= 1 &&
			 options->n_bins <= CLI_MAX_BINS),
		"bins");
	require(consumer_format_name(options->format), "format");
	require(!options->given[CLI_SKIP] || !options->given[CLI_TAIL], "both");
	require(options->n_percentages <= CLI_MAX_PERCENTAGES, "percentages");
	require(!options->given[CLI_QUANTILES] == !options->n_percentages,
		"%zu percentages", options->n_percentages);
	for (size_t i = 0; i < options->n_percentages; i++)
		require(options->percentages[i] >= 0 &&
				options->percentages[i] <= 100,
			"%g", options->percentages[i]);
}

/* Cuts the input into strings; returns how many. */
static int
split(char *text, size_t n_bytes, char *argv[MAX_ARGUMENTS + 2])
{
	static char name[] = "consumer-cli";
	char *const end = text + n_bytes;
	int argc = 0;

	argv[argc++] = name;
	while (text < end && argc <= MAX_ARGUMENTS) {
		argv[argc++] = text;
		while (*text != '\0' && *text != '\n')
			text++;
		*text++ = '\0';
	}
	argv[argc] = NULL;
	return argc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	char *argv[MAX_ARGUMENTS + 2];
	CliOptions options;
	char *text;
	bool is_good;
	int argc;

	if (n_bytes > 4096)
		return 0;
	text = (char *)fuzz_memory(FUZZ_IN, n_bytes + 1);
	if (n_bytes > 0)
		memcpy(text, data, n_bytes);
	text[n_bytes] = '\0';
	argc = split(text, n_bytes, argv);
	optind = 0; /* getopt's way to begin again */
	captured.n_bytes = 0;
	captured.bytes[0] = '\0';
	captured.is_open = true;
	is_good = cli_options_parse(argc, argv, &options);
	captured.is_open = false;
	if (!is_good)
		check_message();
	else
		require(captured.n_bytes == 0, "%s", captured.bytes);
	if (is_good && options.action != CLI_SHOW_HELP &&
	    options.action != CLI_SHOW_VERSION)
		check_options(&options);
	return 0;
}
