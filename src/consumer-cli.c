/* SPDX-License-Identifier: MIT */
/*
 * consumer-cli - print the numbers in a binary file.
 *
 * options -> stream of elements -> text, file or summary -> exit status
 */
#include "config.h"
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli_elements.h"
#include "cli_message.h"
#include "cli_options.h"
#include "cli_output.h"
#include "cli_summary.h"
#include "cli_transfer.h"

enum {
	EXIT_LOST = 1, /* something could not be read or written, or was lost */
	EXIT_USAGE = 2,
};

static bool
reads_standard_input(const CliOptions *options)
{
	return !options->file || strcmp(options->file, "-") == 0;
}

static const char *
input_name(const CliOptions *options)
{
	if (reads_standard_input(options))
		return "standard input";
	return *options->file ? options->file : "''";
}

static int
report_input(const CliOptions *options, const ConsumerError *error)
{
	cli_input_message(input_name(options), error);
	return EXIT_LOST;
}

static int
report_output(const CliOutput *output, const ConsumerError *error)
{
	cli_output_message(output, error->message);
	return EXIT_LOST;
}

static int
write_text(const CliOutput *output, const char *text, size_t n_bytes)
{
	ConsumerWriter writer = consumer_writer_descriptor(output->descriptor);
	ConsumerError error;

	if (writer.write(writer.context, text, n_bytes, &error) != CONSUMER_OK)
		return report_output(output, &error);
	return EXIT_SUCCESS;
}

static int
print_help(const CliOutput *output)
{
	char *text = NULL;
	size_t n_bytes = 0;
	FILE *stream = open_memstream(&text, &n_bytes);
	int status = EXIT_LOST;

	if (stream)
		cli_options_print_help(stream);
	if (!stream || fclose(stream) != 0)
		cli_message("%s", strerror(errno));
	else
		status = write_text(output, text, n_bytes);
	free(text);
	return status;
}

static int
print_version(const CliOutput *output)
{
	char text[64];
	int n_bytes = snprintf(text, sizeof(text), "consumer-cli %s\n",
			       consumer_version());

	return write_text(output, text, (size_t)n_bytes);
}

/* Whether what is printed would be added to what is being read. */
static bool
reads_its_output(const CliOptions *options, int output_descriptor)
{
	struct stat input, output;
	int failed = reads_standard_input(options)
			     ? fstat(STDIN_FILENO, &input)
			     : stat(options->file, &input);

	return !failed && fstat(output_descriptor, &output) == 0 &&
	       S_ISREG(input.st_mode) && input.st_dev == output.st_dev &&
	       input.st_ino == output.st_ino;
}

static int
report_trailing(const CliTransfer *transfer)
{
	const CliOptions *options = transfer->options;
	const uint64_t n_bytes =
		consumer_stream_n_trailing_bytes(transfer->stream);
	char number[24];

	if (n_bytes == 0 || options->ignores_trailing)
		return EXIT_SUCCESS;
	/* A record of --info says so already. */
	if (options->given[CLI_INFO])
		return EXIT_SUCCESS;
	snprintf(number, sizeof(number), "%" PRIu64, n_bytes);
	cli_message("%s: %s trailing %s ignored", input_name(options), number,
		    n_bytes == 1 ? "byte" : "bytes");
	return EXIT_LOST;
}

/* What happened to the file, or NULL. */
static const char *
name_change(ConsumerFileChange change)
{
	switch (change) {
	case CONSUMER_FILE_GREW:
		return "file grew while being read";
	case CONSUMER_FILE_SHRANK:
		return "file shrank while being read";
	case CONSUMER_FILE_WAS_WRITTEN:
		return "file changed while being read";
	case CONSUMER_FILE_WAS_REMOVED:
		return "file was removed or replaced while being read";
	case CONSUMER_FILE_IS_SAME:
		break;
	}
	return NULL;
}

/* Some of the elements are lost.  What is kept of them can be seen or not. */
static int
report_lost(const CliTransfer *transfer, ConsumerFileChange change)
{
	const bool is_shown = transfer->options->action == CLI_SHOW_ELEMENTS &&
			      !transfer->destination->replaces;
	const uint64_t n_elements =
		consumer_stream_n_elements(transfer->stream);
	const char *reason = change == CONSUMER_FILE_SHRANK
				     ? name_change(change)
				     : transfer->input.message;
	char numbers[64] = "";

	if (is_shown && n_elements == CONSUMER_ALL)
		snprintf(numbers, sizeof(numbers),
			 ": %" PRIu64 " items printed", transfer->n_taken);
	else if (is_shown)
		snprintf(numbers, sizeof(numbers),
			 ": %" PRIu64 " of %" PRIu64 " items printed",
			 transfer->n_taken, n_elements);
	cli_message("%s: %s%s", input_name(transfer->options), reason, numbers);
	return EXIT_LOST;
}

/* What was read may be of different times. */
static void
report_change(const CliTransfer *transfer, ConsumerFileChange change)
{
	const char *what = name_change(change);

	if (what)
		cli_message("%s: %s", input_name(transfer->options), what);
}

/*
 * Shows what the options ask for; '*is_whole' is whether nothing failed on the
 * way, be there bytes left over or not.
 */
static int
run_transfer(CliTransfer *transfer, bool *is_whole)
{
	const CliOptions *options = transfer->options;
	ConsumerFileChange change;
	ConsumerError error;

	cli_transfer_begin(transfer, options->action == CLI_SHOW_ELEMENTS,
			   !options->given[CLI_QUANTILES] &&
				   !options->given[CLI_HISTOGRAM]);
	if (options->action != CLI_SHOW_ELEMENTS)
		cli_summary_print(transfer);
	else if (options->encoding == CLI_TEXT)
		cli_elements_print(transfer);
	else
		cli_elements_save(transfer);
	cli_progress_end(&transfer->progress);
	/* Memory is needed for what is read, whoever asked for it. */
	if (transfer->output.status == CONSUMER_ERR_MEMORY)
		return report_input(options, &transfer->output);
	if (transfer->output.status != CONSUMER_OK)
		return report_output(transfer->destination, &transfer->output);
	if (consumer_stream_check(transfer->stream, &change, &error) !=
	    CONSUMER_OK)
		return report_input(options, &error);
	if (transfer->input.status == CONSUMER_ERR_VANISHED)
		return report_lost(transfer, change);
	report_change(transfer, change);
	if (transfer->input.status != CONSUMER_OK)
		return report_input(options, &transfer->input);
	*is_whole = true;
	return report_trailing(transfer);
}

static int
show_file(const CliOptions *options, const CliOutput *output, bool *is_whole)
{
	const char *path = reads_standard_input(options) ? NULL : options->file;
	CliTransfer transfer = {
		.options = options,
		.destination = output,
		.writer = consumer_writer_descriptor(output->descriptor),
		.n_threads = consumer_threads_count(),
	};
	ConsumerError error;
	int status;

	if (reads_its_output(options, output->descriptor)) {
		cli_message("%s: input file is output file",
			    input_name(options));
		return EXIT_LOST;
	}
	if (consumer_stream_open(path, STDIN_FILENO, &options->source,
				 &options->selection, &transfer.stream,
				 &error) != CONSUMER_OK)
		return report_input(options, &error);
	status = run_transfer(&transfer, is_whole);
	consumer_stream_close(transfer.stream);
	return status;
}

static int
run(const CliOptions *options, const CliOutput *output, bool *is_whole)
{
	switch (options->action) {
	case CLI_SHOW_HELP:
		return print_help(output);
	case CLI_SHOW_VERSION:
		return print_version(output);
	case CLI_SHOW_ELEMENTS:
	case CLI_SHOW_RECORDS:
	case CLI_SHOW_HISTOGRAM:
		break;
	}
	return show_file(options, output, is_whole);
}

static bool
shows_file(const CliOptions *options)
{
	return options->action != CLI_SHOW_HELP &&
	       options->action != CLI_SHOW_VERSION;
}

static bool
waits_for_terminal(const CliOptions *options)
{
	if (!shows_file(options) || options->file || !isatty(STDIN_FILENO))
		return false;
	cli_options_print_usage(stderr);
	cli_usage_message("no FILE, and standard input is a terminal");
	return true;
}

static bool
floods_terminal(const CliOptions *options, const CliOutput *output)
{
	if (!shows_file(options) || options->encoding == CLI_TEXT ||
	    !isatty(output->descriptor))
		return false;
	cli_usage_message("--format=%s is not for a terminal: give "
			  "--output=FILE",
			  options->given[CLI_FORMAT]);
	return true;
}

int
main(int argc, char **argv)
{
	CliOptions options;
	CliOutput output;
	bool is_whole = false;
	int status;

	if (!cli_take_standard_descriptors()) {
		/* If anybody can hear it. */
		cli_message("a standard descriptor cannot be opened");
		return EXIT_LOST;
	}
	/* A file that must not grow so far is an error like a full disk. */
	signal(SIGXFSZ, SIG_IGN);
	if (!cli_options_parse(argc, argv, &options) ||
	    waits_for_terminal(&options))
		return EXIT_USAGE;
	if (!cli_output_open(shows_file(&options) ? options.given[CLI_OUTPUT]
						  : NULL,
			     &output))
		return EXIT_LOST;
	status = floods_terminal(&options, &output)
			 ? EXIT_USAGE
			 : run(&options, &output, &is_whole);
	if (!cli_output_close(&output, is_whole))
		return EXIT_LOST;
	return status;
}
