/* SPDX-License-Identifier: MIT */
/*
 * --info, --stats and --quantiles print records, a name and a value each;
 * --histogram prints a table.  Both are made in memory and written at once.
 */
#include "config.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli_summary.h"

/* --- Reading ----------------------------------------------------------- */

/* What looks at the elements; NULL: is not wanted. */
typedef struct {
	ConsumerSummary *summary;
	ConsumerQuantiles *quantiles;
	ConsumerHistogram *histogram;
	CliTransfer *transfer;
} Collection;

/* Elements that are looked at in a guard. */
typedef struct {
	const Collection *collection;
	const ConsumerArray *piece;
} Look;

static bool
is_info_alone(const Collection *collection)
{
	return !collection->summary && !collection->quantiles &&
	       !collection->histogram;
}

static void
look_at_piece(void *context)
{
	const Look *look = context;
	const Collection *collection = look->collection;
	const size_t n_threads = collection->transfer->n_threads;
	const ConsumerArray *piece = look->piece;

	if (collection->summary)
		consumer_summary_add(collection->summary, piece, 0,
				     piece->n_elements, n_threads);
	if (collection->quantiles)
		consumer_quantiles_add(collection->quantiles, piece, 0,
				       piece->n_elements, n_threads);
	if (collection->histogram)
		consumer_histogram_add(collection->histogram, piece, 0,
				       piece->n_elements, n_threads);
}

static bool
take_elements(void *context, const ConsumerArray *part, ptrdiff_t start,
	      ptrdiff_t n_elements)
{
	const Collection *collection = context;
	ConsumerArray piece;
	Look look = { collection, &piece };

	/* One axis: cannot fail, nor needs a release. */
	consumer_array_slice(part, 0, start, n_elements, 1, &piece, NULL);
	return consumer_array_guard(&piece, look_at_piece, &look,
				    &collection->transfer->input) ==
	       CONSUMER_OK;
}

/* Whether somebody must see all elements, for the first time or again. */
static bool
wants_pass(Collection *collection, bool is_first)
{
	if (!is_first) /* once is enough for a summary */
		collection->summary = NULL;
	if (collection->quantiles &&
	    !consumer_quantiles_next_pass(collection->quantiles))
		collection->quantiles = NULL;
	if (collection->histogram &&
	    !consumer_histogram_next_pass(collection->histogram))
		collection->histogram = NULL;
	return is_first || collection->quantiles || collection->histogram;
}

/* Counts the elements, at which nobody looks. */
static bool
measure(CliTransfer *transfer)
{
	const bool is_complete =
		consumer_stream_measure(transfer->stream, &transfer->input) ==
		CONSUMER_OK;

	transfer->n_taken = consumer_stream_n_elements(transfer->stream);
	return is_complete;
}

/*
 * Reads everything, as often as it takes.  False: the transfer tells why.
 */
static bool
collect(CliTransfer *transfer, const Collection *wanted)
{
	Collection now = *wanted;
	bool is_complete = true;

	if (is_info_alone(wanted))
		return measure(transfer);
	consumer_stream_ignore_order(transfer->stream);
	if ((now.quantiles || now.histogram) &&
	    consumer_stream_hold(transfer->stream, &transfer->input) !=
		    CONSUMER_OK)
		return false;
	for (bool is_first = true; is_complete && wants_pass(&now, is_first);
	     is_first = false) {
		if (!is_first)
			consumer_stream_rewind(transfer->stream);
		is_complete = cli_transfer_all(transfer, take_elements, &now);
	}
	return is_complete;
}

/* --- Values ------------------------------------------------------------ */

/* Enough for any number. */
typedef struct {
	char text[48];
} Number;

static Number
count_text(uint64_t count)
{
	Number number;

	snprintf(number.text, sizeof(number.text), "%" PRIu64, count);
	return number;
}

/* 'high' * 2^64 + 'low', in the base 10^9, of which five digits are enough. */
static Number
wide_text(bool is_negative, uint64_t high, uint64_t low)
{
	const uint32_t base = 1000000000;
	uint32_t words[4], digits[5];
	Number number;
	int n, length;

	for (int i = 0; i < 4; i++)
		words[i] = (uint32_t)((i < 2 ? high : low) >> 32 * (1 - i % 2));
	for (n = 0; n == 0 || words[0] | words[1] | words[2] | words[3]; n++) {
		uint64_t rest = 0;

		for (int i = 0; i < 4; i++) {
			rest = rest << 32 | words[i];
			words[i] = (uint32_t)(rest / base);
			rest %= base;
		}
		digits[n] = (uint32_t)rest;
	}
	length = snprintf(number.text, sizeof(number.text), "%s%" PRIu32,
			  is_negative ? "-" : "", digits[n - 1]);
	for (int i = n - 2; i >= 0; i--)
		length += snprintf(number.text + length,
				   sizeof(number.text) - (size_t)length,
				   "%09" PRIu32, digits[i]);
	return number;
}

/* --- Records ----------------------------------------------------------- */

typedef enum {
	VALUE_NUMBER, /* as it is, in every format */
	VALUE_WORD,   /* json wants quotes */
	VALUE_TUPLE,  /* "(2, 3)": json wants brackets, csv quotes */
} ValueKind;

typedef struct {
	FILE *out;
	ConsumerFormat format; /* lines, csv or json */
	int n_records;
	ConsumerStatus status; /* the first failure */
} Report;

/* What failed is told in the end. */
static void
keep_status(Report *report, ConsumerStatus status)
{
	if (!report->status)
		report->status = status;
}

/* A list of 'n' native elements, or, without an axis, one alone. */
static ConsumerArray
view_elements(ConsumerType type, int ndim, ptrdiff_t n, const void *values)
{
	/* Only read: the view is read-only. */
	void *data = (void *)(uintptr_t)values;
	ConsumerArray array;

	/* Up to one axis: cannot fail, nor needs a release. */
	consumer_array_wrap(data, consumer_element(type), ndim, &n, NULL, true,
			    &array, NULL);
	return array;
}

/* Lists are for json; one alone has no brackets in the array format either. */
static void
put_elements(Report *report, ConsumerType type, int ndim, ptrdiff_t n,
	     const void *values)
{
	const ConsumerArray array = view_elements(type, ndim, n, values);
	const ConsumerFormat format = report->format == CONSUMER_FORMAT_JSON
					      ? CONSUMER_FORMAT_JSON
					      : CONSUMER_FORMAT_ARRAY;

	keep_status(report, consumer_array_print(
				    &array, format, CONSUMER_ALL,
				    consumer_writer_stream(report->out), NULL));
}

static void
begin_records(Report *report)
{
	if (report->format == CONSUMER_FORMAT_JSON)
		fputs("{", report->out);
	if (report->format == CONSUMER_FORMAT_CSV)
		fputs("name,value\n", report->out);
}

static void
end_records(const Report *report)
{
	if (report->format == CONSUMER_FORMAT_JSON)
		fputs("}\n", report->out);
}

/* How much of a tuple stands between its brackets, but the comma of "(3,)". */
static size_t
tuple_length(const char *tuple)
{
	const size_t length = strcspn(tuple + 1, ")");

	return tuple[length] == ',' ? length - 1 : length;
}

static void
put_json_value(FILE *out, ValueKind kind, const char *value)
{
	if (kind == VALUE_WORD)
		fprintf(out, "\"%s\"", value);
	else if (kind == VALUE_TUPLE)
		fprintf(out, "[%.*s]", (int)tuple_length(value), value + 1);
	else
		fputs(value, out);
}

static void
begin_record(Report *report, const char *name)
{
	if (report->format == CONSUMER_FORMAT_JSON)
		fprintf(report->out,
			"%s\"%s\": ", report->n_records > 0 ? ", " : "", name);
	else
		fprintf(report->out, "%s%c", name,
			report->format == CONSUMER_FORMAT_CSV ? ',' : ' ');
	report->n_records++;
}

static void
end_record(const Report *report)
{
	if (report->format != CONSUMER_FORMAT_JSON)
		fputs("\n", report->out);
}

static void
put_record(Report *report, const char *name, ValueKind kind, const char *value)
{
	begin_record(report, name);
	if (report->format == CONSUMER_FORMAT_JSON)
		put_json_value(report->out, kind, value);
	else if (report->format == CONSUMER_FORMAT_CSV && kind == VALUE_TUPLE)
		fprintf(report->out, "\"%s\"", value);
	else
		fputs(value, report->out);
	end_record(report);
}

static void
put_count(Report *report, const char *name, uint64_t count)
{
	put_record(report, name, VALUE_NUMBER, count_text(count).text);
}

/* A number that does not exist without elements. */
static void
put_element(Report *report, const char *name, ConsumerType type,
	    const void *value, bool exists)
{
	begin_record(report, name);
	if (exists)
		put_elements(report, type, 0, 1, value);
	else
		fputs(report->format == CONSUMER_FORMAT_JSON ? "null" : "-",
		      report->out);
	end_record(report);
}

static void
put_float(Report *report, const char *name, double value, bool exists)
{
	put_element(report, name, CONSUMER_FLOAT64, &value, exists);
}

static void
put_truth(Report *report, const char *name, bool value)
{
	put_element(report, name, CONSUMER_BOOL, &value, true);
}

/* --- --info ------------------------------------------------------------ */

static void
put_npy_header(Report *report, const ConsumerDescription *description)
{
	char version[] = "0.0";

	version[0] = (char)('0' + description->npy_version);
	put_record(report, "npy_version", VALUE_WORD, version);
	put_count(report, "header_bytes", description->header_bytes);
	put_truth(report, "fortran_order", description->is_fortran_order);
}

static void
put_info(Report *report, CliTransfer *transfer)
{
	const uint64_t n_elements = transfer->n_taken;
	const ConsumerDescription *description =
		consumer_stream_description(transfer->stream);
	const ConsumerElement element = description->element;
	const bool is_npy = description->format == CONSUMER_FILE_NPY;
	const ptrdiff_t *shape;
	const int ndim = consumer_stream_shape(transfer->stream, &shape);
	char shape_text[CONSUMER_SHAPE_SIZE];

	if (shape && !consumer_stream_is_cut(transfer->stream))
		consumer_shape_text(ndim, shape, shape_text);
	else
		snprintf(shape_text, sizeof(shape_text), "(%" PRIu64 ",)",
			 n_elements);
	put_record(report, "format", VALUE_WORD, is_npy ? "npy" : "raw");
	if (is_npy)
		put_npy_header(report, description);
	put_record(report, "type", VALUE_WORD,
		   consumer_type_name(element.type));
	put_record(report, "byte_order", VALUE_WORD,
		   element.itemsize == 1		       ? "none"
		   : element.byte_order == CONSUMER_BIG_ENDIAN ? "big"
							       : "little");
	put_count(report, "itemsize", element.itemsize);
	put_record(report, "shape", VALUE_TUPLE, shape_text);
	/* That of --stats leaves out NaN, and counts these beside. */
	if (!transfer->options->given[CLI_STATS])
		put_count(report, "count", n_elements);
	put_count(report, "bytes", n_elements * element.itemsize);
	put_count(report, "trailing_bytes",
		  consumer_stream_n_trailing_bytes(transfer->stream));
}

/* --- --stats ----------------------------------------------------------- */

static void
put_sum(Report *report, const ConsumerSummary *summary)
{
	uint64_t high, low;
	bool is_negative;

	if (consumer_type_kind(summary->type) == CONSUMER_KIND_FLOAT) {
		put_float(report, "sum", consumer_summary_sum(summary), true);
		return;
	}
	is_negative = consumer_summary_integer_sum(summary, &high, &low);
	put_record(report, "sum", VALUE_NUMBER,
		   wide_text(is_negative, high, low).text);
}

/* 'value' as the bytes of a native element of 'type'. */
static void
put_value(Report *report, const char *name, ConsumerType type,
	  ConsumerValue value, bool exists)
{
	unsigned char bytes[sizeof(value)] = { 0 };

	/* It came from such an element. */
	consumer_element_store(consumer_element(type), bytes,
			       consumer_type_kind(type), value, NULL);
	put_element(report, name, type, bytes, exists);
}

static void
put_stats(Report *report, const ConsumerSummary *summary)
{
	const ConsumerType type = summary->type;
	const bool exists = summary->count > 0;

	put_count(report, "count", summary->count);
	if (consumer_type_kind(type) == CONSUMER_KIND_FLOAT) {
		put_count(report, "nan", summary->n_nan);
		put_count(report, "inf",
			  summary->n_positive_infinities +
				  summary->n_negative_infinities);
	}
	put_value(report, "min", type, summary->min, exists);
	put_value(report, "max", type, summary->max, exists);
	put_float(report, "mean", consumer_summary_mean(summary), exists);
	put_float(report, "std", consumer_summary_std(summary), exists);
	put_sum(report, summary);
}

/* --- --quantiles ------------------------------------------------------- */

/* Names are as the user wrote the percentages: q2.5 */
static void
put_quantiles(Report *report, const CliOptions *options,
	      const ConsumerQuantiles *quantiles)
{
	double values[CLI_MAX_PERCENTAGES];
	const char *next = options->given[CLI_QUANTILES];

	consumer_quantiles_values(quantiles, values);
	for (size_t i = 0; i < options->n_percentages; i++) {
		const size_t length = strcspn(next, ",");
		char name[1 + CLI_MAX_PERCENTAGE_LENGTH + 1];

		snprintf(name, sizeof(name), "q%.*s", (int)length, next);
		put_float(report, name, values[i], !isnan(values[i]));
		next += length + 1;
	}
}

/* --- --histogram ------------------------------------------------------- */

/*
 * The bars end where a line of a terminal usually does; an edge has 24
 * characters at most and a count 20, so that there is room for some.
 */
#define LINE_COLUMNS 79

static void
put_histogram_json(Report *report, const ConsumerHistogram *histogram)
{
	const ptrdiff_t n = (ptrdiff_t)consumer_histogram_n_bins(histogram);

	begin_record(report, "edges");
	put_elements(report, CONSUMER_FLOAT64, 1, n + 1,
		     consumer_histogram_edges(histogram));
	begin_record(report, "counts");
	put_elements(report, CONSUMER_UINT64, 1, n,
		     consumer_histogram_counts(histogram));
	put_count(report, "nan", consumer_histogram_n_nan(histogram));
	put_count(report, "negative_infinities",
		  consumer_histogram_n_negative_infinities(histogram));
	put_count(report, "positive_infinities",
		  consumer_histogram_n_positive_infinities(histogram));
}

typedef struct {
	FILE *out;
	bool is_csv;
	int edge_columns; /* widths of text */
	int count_columns;
	int bar_columns;
	uint64_t largest;
} Table;

static void
put_row(const Table *table, const char *low, const char *high, uint64_t count,
	bool has_bar)
{
	const char *line =
		has_bar ? "##########################################"
			  "#####################################"
			: "";
	uint64_t n_bar = 0;

	if (table->is_csv) {
		fprintf(table->out, "%s,%s,%" PRIu64 "\n", low, high, count);
		return;
	}
	fprintf(table->out, "%*s %*s %*" PRIu64, table->edge_columns, low,
		table->edge_columns, high, table->count_columns, count);
	if (has_bar && count > 0) /* at least one, so that few is not none */
		n_bar = 1 + (uint64_t)((double)count / (double)table->largest *
				       (table->bar_columns - 1));
	fprintf(table->out, "%s%.*s\n", n_bar ? " " : "", (int)n_bar, line);
}

/* The edges as text, one string behind the other; the caller frees them. */
static char *
spell_edges(Report *report, const ConsumerHistogram *histogram)
{
	const ConsumerArray edges = view_elements(
		CONSUMER_FLOAT64, 1,
		(ptrdiff_t)consumer_histogram_n_bins(histogram) + 1,
		consumer_histogram_edges(histogram));
	char *text = NULL;
	size_t n_bytes;

	keep_status(report, consumer_array_stringify(
				    &edges, CONSUMER_FORMAT_LINES, CONSUMER_ALL,
				    &text, &n_bytes, NULL));
	for (char *end = text; end && (end = strchr(end, '\n')); end++)
		*end = '\0';
	return text;
}

/* How wide the columns must be. */
static void
measure_table(Table *table, const ConsumerHistogram *histogram,
	      const char *edge)
{
	const size_t n_bins = consumer_histogram_n_bins(histogram);
	const uint64_t *counts = consumer_histogram_counts(histogram);

	for (size_t i = 0; i <= n_bins; i++) {
		const int width = (int)strlen(edge);

		if (width > table->edge_columns)
			table->edge_columns = width;
		if (i < n_bins && counts[i] > table->largest)
			table->largest = counts[i];
		edge += width + 1;
	}
	table->count_columns = (int)strlen(count_text(table->largest).text);
	table->bar_columns = LINE_COLUMNS - 2 * table->edge_columns -
			     table->count_columns - 3;
}

/* What is not finite has a row of its own, if there is any. */
static void
put_apart(const Table *table, const char *value, uint64_t count)
{
	if (count > 0)
		put_row(table, value, value, count, false);
}

static void
put_histogram_table(Report *report, const ConsumerHistogram *histogram)
{
	const size_t n_bins = consumer_histogram_n_bins(histogram);
	const uint64_t *counts = consumer_histogram_counts(histogram);
	Table table = {
		.out = report->out,
		.is_csv = report->format == CONSUMER_FORMAT_CSV,
	};
	char *edges = spell_edges(report, histogram);
	const char *low = edges;

	if (!edges)
		return;
	measure_table(&table, histogram, edges);
	if (table.is_csv)
		fputs("low,high,count\n", table.out);
	for (size_t i = 0; i < n_bins; i++) {
		const char *high = low + strlen(low) + 1;

		put_row(&table, low, high, counts[i], true);
		low = high;
	}
	put_apart(&table, "-inf",
		  consumer_histogram_n_negative_infinities(histogram));
	put_apart(&table, "inf",
		  consumer_histogram_n_positive_infinities(histogram));
	put_apart(&table, "nan", consumer_histogram_n_nan(histogram));
	free(edges);
}

/* --- All of it --------------------------------------------------------- */

static ConsumerStatus
put_report(FILE *out, CliTransfer *transfer, const Collection *collection)
{
	const CliOptions *options = transfer->options;
	Report report = { .out = out, .format = options->format };

	if (collection->histogram && options->format != CONSUMER_FORMAT_JSON) {
		put_histogram_table(&report, collection->histogram);
		return report.status;
	}
	begin_records(&report);
	if (collection->histogram)
		put_histogram_json(&report, collection->histogram);
	if (options->given[CLI_INFO])
		put_info(&report, transfer);
	if (collection->summary)
		put_stats(&report, collection->summary);
	if (collection->quantiles)
		put_quantiles(&report, options, collection->quantiles);
	end_records(&report);
	return report.status;
}

/* Makes the text, then writes it. */
static void
print_report(CliTransfer *transfer, const Collection *collection)
{
	char *text = NULL;
	size_t n_bytes = 0;
	FILE *out = open_memstream(&text, &n_bytes);
	ConsumerStatus status = CONSUMER_ERR_MEMORY;

	cli_progress_end(&transfer->progress);
	if (out) {
		status = put_report(out, transfer, collection);
		if (fclose(out) != 0)
			status = CONSUMER_ERR_MEMORY;
	}
	/* Only memory was written so far. */
	if (status)
		transfer->output = (ConsumerError){
			.status = CONSUMER_ERR_MEMORY,
			.message = "not enough memory",
		};
	else
		cli_transfer_write(transfer, text, n_bytes);
	free(text);
}

/* Makes what the options ask for; what is made is the caller's to free. */
static bool
begin_collection(CliTransfer *transfer, Collection *collection)
{
	const CliOptions *options = transfer->options;
	const ConsumerType type =
		consumer_stream_description(transfer->stream)->element.type;
	ConsumerStatus status = CONSUMER_OK;

	if (options->given[CLI_STATS])
		consumer_summary_begin(collection->summary, type,
				       CONSUMER_SUMMARY_ALL);
	else
		collection->summary = NULL;
	if (options->given[CLI_QUANTILES])
		status = consumer_quantiles_open(
			type, options->n_percentages, options->percentages,
			&collection->quantiles, &transfer->output);
	if (!status && options->given[CLI_HISTOGRAM])
		status = consumer_histogram_open(type, options->n_bins,
						 &collection->histogram,
						 &transfer->output);
	return status == CONSUMER_OK;
}

void
cli_summary_print(CliTransfer *transfer)
{
	ConsumerSummary summary;
	Collection collection = { .transfer = transfer, .summary = &summary };
	bool is_complete;

	if (begin_collection(transfer, &collection)) {
		is_complete = collect(transfer, &collection);
		/* What a damaged file is can be told all the same. */
		if (is_complete ||
		    (is_info_alone(&collection) &&
		     transfer->input.status == CONSUMER_ERR_DATA))
			print_report(transfer, &collection);
	}
	consumer_quantiles_close(collection.quantiles);
	consumer_histogram_close(collection.histogram);
}
