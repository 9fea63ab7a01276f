/* SPDX-License-Identifier: MIT */
/*
 * consumer-cli - print the numbers in a binary file.
 *
 * options -> stream of elements -> printer -> exit status
 */
#include "config.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli_message.h"
#include "cli_options.h"

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
report_output(const ConsumerError *error)
{
	cli_message("write error: %s", error->message);
	return EXIT_LOST;
}

/* The system tells some write errors only now. */
static int
close_output(void)
{
	if (close(STDOUT_FILENO) == 0 || errno == EINTR)
		return EXIT_SUCCESS;
	cli_message("write error: %s", strerror(errno));
	return EXIT_LOST;
}

static int
write_text(const char *text, size_t n_bytes)
{
	ConsumerWriter writer = consumer_writer_descriptor(STDOUT_FILENO);
	ConsumerError error;

	if (writer.write(writer.context, text, n_bytes, &error) != CONSUMER_OK)
		return report_output(&error);
	return EXIT_SUCCESS;
}

static int
print_help(void)
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
		status = write_text(text, n_bytes);
	free(text);
	return status;
}

static int
print_version(void)
{
	char text[64];
	int n_bytes = snprintf(text, sizeof(text), "consumer-cli %s\n",
			       consumer_version());

	return write_text(text, (size_t)n_bytes);
}

/* Whether what is printed would be added to what is being read. */
static bool
reads_its_output(const CliOptions *options)
{
	struct stat input, output;
	int failed = reads_standard_input(options)
			     ? fstat(STDIN_FILENO, &input)
			     : stat(options->file, &input);

	return !failed && fstat(STDOUT_FILENO, &output) == 0 &&
	       S_ISREG(input.st_mode) && input.st_dev == output.st_dev &&
	       input.st_ino == output.st_ino;
}

static int
report_trailing(ConsumerStream *stream, const CliOptions *options)
{
	size_t n_bytes = consumer_stream_n_trailing_bytes(stream);
	char number[24];

	if (n_bytes == 0 || options->ignores_trailing)
		return EXIT_SUCCESS;
	snprintf(number, sizeof(number), "%zu", n_bytes);
	cli_message("%s: %s trailing %s ignored", input_name(options), number,
		    n_bytes == 1 ? "byte" : "bytes");
	return EXIT_LOST;
}

/*
 * Elements on their way, and what stopped them: the reading or the writing.  A
 * status that is not CONSUMER_OK tells which.
 */
typedef struct {
	ConsumerStream *stream;
	ConsumerArray part; /* what was read last */
	ConsumerPrinter *printer;
	ConsumerError input;
	ConsumerError output;
} Transfer;

static void
copy_elements(Transfer *t)
{
	/* What comes slowly is shown at once. */
	const bool flushes = !consumer_stream_is_mapped(t->stream);

	while (t->part.n_elements > 0) {
		if (consumer_printer_add(t->printer, &t->part, 0,
					 t->part.n_elements,
					 &t->output) != CONSUMER_OK)
			return;
		if (flushes && consumer_printer_flush(t->printer, &t->output) !=
				       CONSUMER_OK)
			return;
		if (consumer_stream_next(t->stream, &t->part, &t->input) !=
		    CONSUMER_OK)
			return;
	}
}

static void
print_elements(Transfer *t, const CliOptions *options)
{
	ConsumerWriter writer = consumer_writer_descriptor(STDOUT_FILENO);
	const ConsumerDescription *description =
		consumer_stream_description(t->stream);
	const ptrdiff_t *shape;
	const int ndim = consumer_stream_shape(t->stream, &shape);
	bool is_cut;

	if (consumer_printer_open(writer, options->format,
				  description->element.type, ndim, shape,
				  &t->printer, &t->output) != CONSUMER_OK)
		return;
	copy_elements(t);
	is_cut = t->input.status == CONSUMER_OK &&
		 consumer_stream_is_cut(t->stream);
	if (t->output.status == CONSUMER_OK &&
	    consumer_printer_finish(t->printer, is_cut, &t->output) ==
		    CONSUMER_OK &&
	    options->format == CONSUMER_FORMAT_ARRAY)
		writer.write(writer.context, "\n", 1, &t->output);
	consumer_printer_close(t->printer);
}

static int
print_stream(ConsumerStream *stream, const CliOptions *options)
{
	Transfer t = { .stream = stream };

	/* Without input nothing is printed, not even a bracket. */
	if (consumer_stream_next(stream, &t.part, &t.input) == CONSUMER_OK)
		print_elements(&t, options);
	if (t.output.status != CONSUMER_OK)
		return report_output(&t.output);
	if (t.input.status != CONSUMER_OK)
		return report_input(options, &t.input);
	return report_trailing(stream, options);
}

static int
print_file(const CliOptions *options)
{
	const char *path = reads_standard_input(options) ? NULL : options->file;
	const ConsumerSource source = {
		.format = CONSUMER_FILE_AUTO,
		.element = options->element,
		.type_is_given = options->given[CLI_TYPE],
		.byte_order_is_given =
			options->given[CLI_ENDIAN] || options->type_has_order,
	};
	ConsumerStream *stream;
	ConsumerError error;
	int status;

	if (reads_its_output(options)) {
		cli_message("%s: input file is output file",
			    input_name(options));
		return EXIT_LOST;
	}
	if (consumer_stream_open(path, STDIN_FILENO, &source,
				 &options->selection, &stream,
				 &error) != CONSUMER_OK)
		return report_input(options, &error);
	status = print_stream(stream, options);
	consumer_stream_close(stream);
	return status;
}

static int
run(const CliOptions *options)
{
	switch (options->action) {
	case CLI_SHOW_HELP:
		return print_help();
	case CLI_SHOW_VERSION:
		return print_version();
	case CLI_SHOW_ELEMENTS:
		break;
	}
	return print_file(options);
}

int
main(int argc, char **argv)
{
	CliOptions options;
	int status, close_status;

	if (!cli_take_standard_descriptors())
		return EXIT_LOST;
	if (!cli_options_parse(argc, argv, &options))
		return EXIT_USAGE;
	if (options.action == CLI_SHOW_ELEMENTS && !options.file &&
	    isatty(STDIN_FILENO)) {
		cli_options_print_usage(stderr);
		cli_usage_message("no FILE, and standard input is a terminal");
		return EXIT_USAGE;
	}
	status = run(&options);
	close_status = close_output();
	return status != EXIT_SUCCESS ? status : close_status;
}
