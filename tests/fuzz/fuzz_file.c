/* SPDX-License-Identifier: MIT */
/*
 * A whole file: the input's first 16 bytes say what it is, what is selected and
 * how it is shown, the rest is the file.  Mapped and through a pipe it gives
 * the same text, summary, quantiles and histogram; and of raw integers a slow
 * oracle says the same.
 */
#include "config.h"
#include "fuzz.h"

#include <math.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define MAX_FILE_BYTES 8192
#define N_PERCENTAGES  4
#define N_BINS	       7

struct job {
	ConsumerSource source;
	ConsumerSelection selection;
	ConsumerTextLayout layout;
	bool shows_numbers; /* else text */
	const uint8_t *bytes;
	size_t n_bytes;
};

/* What came of it. */
struct outcome {
	ConsumerStatus status;
	ConsumerType type;
	bool is_cut;
	uint64_t n_trailing_bytes;
	/* Text. */
	size_t n_bytes;
	char text[1 << 19];
	/* Numbers. */
	ConsumerSummary summary;
	double quantiles[N_PERCENTAGES];
	uint64_t counts[N_BINS];
	double edges[N_BINS + 1];
};

/* --- The job --------------------------------------------------------------- */

/* Small, or near 2^64. */
static uint64_t
take_count(struct fuzz_input *input)
{
	const uint64_t n = fuzz_take(input, 2);

	return n < 0xFF00 ? n : UINT64_MAX - (0xFFFF - n);
}

/* The same, but with 0 for all. */
static uint64_t
take_limit(struct fuzz_input *input)
{
	const uint64_t n = take_count(input);

	return n == 0 ? CONSUMER_ALL : n - 1;
}

static void
take_job(struct fuzz_input *input, struct job *job)
{
	const unsigned type = (unsigned)fuzz_take(input, 1);
	const unsigned flags = (unsigned)fuzz_take(input, 1);
	const unsigned format = (unsigned)fuzz_take(input, 1);
	const unsigned columns = (unsigned)fuzz_take(input, 1);
	ConsumerTextLayout *layout = &job->layout;

	memset(job, 0, sizeof(*job));
	job->source.element = consumer_element(
		(ConsumerType)(1 + type % (CONSUMER_N_TYPES - 1)));
	job->source.element.byte_order =
		flags & 1 ? CONSUMER_BIG_ENDIAN : CONSUMER_LITTLE_ENDIAN;
	job->source.format = flags & 2	 ? CONSUMER_FILE_RAW
			     : flags & 4 ? CONSUMER_FILE_NPY
					 : CONSUMER_FILE_AUTO;
	job->source.type_is_given = flags & 8;
	job->source.byte_order_is_given = flags & 16;
	job->shows_numbers = flags & 32;
	layout->n_threads = flags & 64 ? 2 : 1;
	layout->ends_with_newline = flags & 128;
	layout->format = (ConsumerFormat)(format % CONSUMER_N_FORMATS);
	if (layout->format != CONSUMER_FORMAT_ARRAY &&
	    layout->format != CONSUMER_FORMAT_JSON) {
		layout->n_columns = columns & 0x7F;
		layout->has_index = columns & 0x80;
	}
	job->selection.skip = take_count(input);
	job->selection.tail = take_limit(input);
	job->selection.step = 1 + take_count(input) % 0xFFF0;
	job->selection.max = take_limit(input);
	job->selection.offset_bytes = take_count(input);
	fuzz_take(input, 2);
	job->bytes = input->next;
	job->n_bytes = MIN(input->n_left, MAX_FILE_BYTES);
}

/* --- Through the library --------------------------------------------------- */

static ConsumerStatus
take_text(void *context, const char *bytes, size_t n_bytes,
	  ConsumerError *error)
{
	struct outcome *outcome = context;

	(void)error;
	require(n_bytes < sizeof(outcome->text) - outcome->n_bytes, "%zu",
		n_bytes);
	memcpy(outcome->text + outcome->n_bytes, bytes, n_bytes);
	outcome->n_bytes += n_bytes;
	return CONSUMER_OK;
}

static ConsumerPrinter *
open_printer(ConsumerStream *stream, const struct job *job,
	     struct outcome *outcome)
{
	const ConsumerWriter writer = { take_text, outcome };
	ConsumerTextLayout layout = job->layout;
	ConsumerPrinter *printer;
	ConsumerError error;

	layout.type = outcome->type;
	layout.ndim = consumer_stream_shape(stream, &layout.shape);
	layout.first_index = consumer_stream_first_index(stream);
	layout.index_step = job->selection.step;
	require(!consumer_printer_open(writer, &layout, &printer, &error), "%s",
		error.message);
	return printer;
}

static void
print(ConsumerStream *stream, const struct job *job, struct outcome *outcome)
{
	ConsumerPrinter *printer = NULL;
	ConsumerArray part;
	ConsumerError error;

	for (;;) {
		outcome->status = consumer_stream_next(stream, &part, &error);
		if (outcome->status)
			break;
		if (!printer)
			printer = open_printer(stream, job, outcome);
		if (part.n_elements == 0)
			break;
		require(!consumer_printer_add(printer, &part, 0,
					      part.n_elements, &error),
			"%s", error.message);
	}
	if (outcome->status)
		fuzz_check_error(outcome->status, &error);
	else
		outcome->is_cut = consumer_stream_is_cut(stream);
	if (printer)
		require(!consumer_printer_finish(printer, outcome->is_cut,
						 &error),
			"%s", error.message);
	consumer_printer_close(printer);
}

/* The next array; empty at the end, and after an error. */
static ptrdiff_t
next_part(ConsumerStream *stream, ConsumerArray *part, struct outcome *outcome)
{
	ConsumerError error;

	outcome->status = consumer_stream_next(stream, part, &error);
	if (outcome->status)
		fuzz_check_error(outcome->status, &error);
	return outcome->status ? 0 : part->n_elements;
}

static const double percentages[N_PERCENTAGES] = { 0, 33.3, 50, 100 };

static void
find_quantiles(ConsumerStream *stream, struct outcome *outcome)
{
	ConsumerQuantiles *quantiles;
	ConsumerArray part;
	ConsumerError error;

	require(!consumer_quantiles_open(outcome->type, N_PERCENTAGES,
					 percentages, &quantiles, &error),
		"%s", error.message);
	while (!outcome->status && consumer_quantiles_next_pass(quantiles)) {
		consumer_stream_rewind(stream);
		while (next_part(stream, &part, outcome) > 0)
			consumer_quantiles_add(quantiles, &part, 0,
					       part.n_elements, 1);
	}
	if (!outcome->status)
		consumer_quantiles_values(quantiles, outcome->quantiles);
	consumer_quantiles_close(quantiles);
}

static void
find_histogram(ConsumerStream *stream, struct outcome *outcome)
{
	ConsumerHistogram *histogram;
	ConsumerArray part;
	ConsumerError error;

	require(!consumer_histogram_open(outcome->type, N_BINS, &histogram,
					 &error),
		"%s", error.message);
	while (!outcome->status && consumer_histogram_next_pass(histogram)) {
		consumer_stream_rewind(stream);
		while (next_part(stream, &part, outcome) > 0)
			consumer_histogram_add(histogram, &part, 0,
					       part.n_elements, 1);
	}
	if (!outcome->status) {
		memcpy(outcome->counts, consumer_histogram_counts(histogram),
		       sizeof(outcome->counts));
		memcpy(outcome->edges, consumer_histogram_edges(histogram),
		       sizeof(outcome->edges));
	}
	consumer_histogram_close(histogram);
}

/* What the numbers say of each other. */
static void
check_numbers(const struct outcome *outcome)
{
	const ConsumerSummary *summary = &outcome->summary;
	const double *q = outcome->quantiles;
	uint64_t n =
		summary->n_positive_infinities + summary->n_negative_infinities;

	for (int i = 0; i < N_BINS; i++) {
		require(outcome->edges[i] <= outcome->edges[i + 1], "edge %d",
			i);
		n += outcome->counts[i];
	}
	require(n == summary->count, "%llu in bins", (unsigned long long)n);
	for (int i = 0; i < N_PERCENTAGES; i++)
		require(isnan(q[i]) || isnan(q[0]) || q[i] >= q[0], "%g < %g",
			q[i], q[0]);
	if (summary->count == 0) {
		require(isnan(q[0]), "%g", q[0]);
		return;
	}
	if (consumer_type_kind(outcome->type) == CONSUMER_KIND_FLOAT)
		require(q[0] == summary->min.floating &&
				q[N_PERCENTAGES - 1] == summary->max.floating,
			"from %g to %g", q[0], q[N_PERCENTAGES - 1]);
}

static void
find_numbers(ConsumerStream *stream, struct outcome *outcome)
{
	ConsumerArray part;
	ConsumerError error;

	outcome->status = consumer_stream_hold(stream, &error);
	if (outcome->status) {
		fuzz_check_error(outcome->status, &error);
		return;
	}
	consumer_summary_begin(&outcome->summary, outcome->type,
			       CONSUMER_SUMMARY_ALL);
	while (next_part(stream, &part, outcome) > 0)
		consumer_summary_add(&outcome->summary, &part, 0,
				     part.n_elements, 1);
	if (!outcome->status)
		outcome->is_cut = consumer_stream_is_cut(stream);
	if (!outcome->status)
		find_quantiles(stream, outcome);
	if (!outcome->status)
		find_histogram(stream, outcome);
	if (!outcome->status)
		check_numbers(outcome);
}

static void
run(int descriptor, const struct job *job, struct outcome *outcome)
{
	ConsumerStream *stream = NULL;
	ConsumerError error;

	outcome->status = CONSUMER_OK;
	outcome->type = CONSUMER_OPAQUE;
	outcome->n_bytes = outcome->n_trailing_bytes = 0;
	outcome->is_cut = false;
	outcome->status =
		consumer_stream_open(NULL, descriptor, &job->source,
				     &job->selection, &stream, &error);
	if (outcome->status) {
		fuzz_check_error(outcome->status, &error);
		return;
	}
	outcome->type = consumer_stream_description(stream)->element.type;
	if (job->shows_numbers)
		find_numbers(stream, outcome);
	else
		print(stream, job, outcome);
	if (!outcome->status)
		outcome->n_trailing_bytes =
			consumer_stream_n_trailing_bytes(stream);
	consumer_stream_close(stream);
}

/* --- Two ways, and a third ------------------------------------------------- */

static void
run_mapped(const struct job *job, struct outcome *outcome)
{
	static int file = -1;

	if (file < 0)
		file = memfd_create("fuzz", MFD_CLOEXEC);
	require(file >= 0 && ftruncate(file, 0) == 0 &&
			pwrite(file, job->bytes, job->n_bytes, 0) ==
				(ssize_t)job->n_bytes &&
			lseek(file, 0, SEEK_SET) == 0,
		"no file");
	run(file, job, outcome);
}

static void
run_piped(const struct job *job, struct outcome *outcome)
{
	int ends[2];

	require(pipe(ends) == 0, "no pipe");
	require(write(ends[1], job->bytes, job->n_bytes) ==
			(ssize_t)job->n_bytes,
		"a pipe takes less than %zu bytes", job->n_bytes);
	close(ends[1]);
	run(ends[0], job, outcome);
	close(ends[0]);
}

static void
check_same(const struct job *job, const struct outcome *mapped,
	   const struct outcome *piped)
{
	require(mapped->status == piped->status, "%d and %d",
		(int)mapped->status, (int)piped->status);
	if (mapped->status)
		return;
	require(mapped->type == piped->type, "%d and %d", (int)mapped->type,
		(int)piped->type);
	require(mapped->is_cut == piped->is_cut, "mapped: %d", mapped->is_cut);
	require(mapped->n_trailing_bytes == piped->n_trailing_bytes,
		"%llu and %llu", (unsigned long long)mapped->n_trailing_bytes,
		(unsigned long long)piped->n_trailing_bytes);
	if (!job->shows_numbers) {
		require(mapped->n_bytes == piped->n_bytes &&
				!memcmp(mapped->text, piped->text,
					mapped->n_bytes),
			"texts of %zu and %zu bytes", mapped->n_bytes,
			piped->n_bytes);
		return;
	}
	require(!memcmp(&mapped->summary, &piped->summary,
			sizeof(mapped->summary)),
		"summaries");
	require(!memcmp(mapped->quantiles, piped->quantiles,
			sizeof(mapped->quantiles)),
		"quantiles");
	require(!memcmp(mapped->counts, piped->counts, sizeof(mapped->counts)),
		"counts");
	require(!memcmp(mapped->edges, piped->edges, sizeof(mapped->edges)),
		"edges");
}

/* The integer at 'bytes' in decimal. */
static int
oracle_number(ConsumerElement element, const uint8_t *bytes, char *out,
	      size_t size)
{
	uint64_t bits = 0;
	int64_t number;

	for (size_t i = 0; i < element.itemsize; i++)
		bits = bits << 8 |
		       bytes[element.byte_order == CONSUMER_BIG_ENDIAN
				     ? i
				     : element.itemsize - 1 - i];
	if (consumer_type_kind(element.type) != CONSUMER_KIND_SIGNED)
		return snprintf(out, size, "%llu\n", (unsigned long long)bits);
	number = (int64_t)(bits << (64 - 8 * element.itemsize)) >>
		 (64 - 8 * element.itemsize);
	return snprintf(out, size, "%lld\n", (long long)number);
}

/* Raw integers, one a line: counted out one by one. */
static void
check_oracle(const struct job *job, const struct outcome *outcome)
{
	const ConsumerKind kind = consumer_type_kind(job->source.element.type);
	const size_t itemsize = job->source.element.itemsize;
	const ConsumerSelection *selection = &job->selection;
	const char *text = outcome->text;
	uint64_t n, n_shown = 0, first;

	if (job->shows_numbers || job->source.format != CONSUMER_FILE_RAW ||
	    job->layout.format != CONSUMER_FORMAT_LINES ||
	    job->layout.n_columns || job->layout.has_index ||
	    kind == CONSUMER_KIND_FLOAT || kind == CONSUMER_KIND_BOOL)
		return;
	if (selection->offset_bytes > job->n_bytes ||
	    (selection->skip && selection->tail != CONSUMER_ALL)) {
		require(outcome->status == CONSUMER_ERR_ARGUMENT, "%d",
			(int)outcome->status);
		return;
	}
	n = (job->n_bytes - selection->offset_bytes) / itemsize;
	require((selection->skip > n) ==
			(outcome->status == CONSUMER_ERR_ARGUMENT),
		"%d", (int)outcome->status);
	if (outcome->status)
		return;
	first = selection->tail < n ? n - selection->tail : selection->skip;
	for (uint64_t i = first; i < n && n_shown < selection->max;
	     i += selection->step) { /* far smaller than 2^64 */
		char want[32];
		const int length = oracle_number(
			job->source.element,
			job->bytes + selection->offset_bytes + i * itemsize,
			want, sizeof(want));

		require(strncmp(text, want, (size_t)length) == 0,
			"element %llu is %s", (unsigned long long)i, want);
		text += length;
		n_shown++;
	}
	require(text == outcome->text + outcome->n_bytes, "there is more");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	static struct outcome mapped, piped;
	struct fuzz_input input = { data, n_bytes };
	struct job job;

	take_job(&input, &job);
	run_mapped(&job, &mapped);
	run_piped(&job, &piped);
	check_same(&job, &mapped, &piped);
	mapped.text[mapped.n_bytes] = '\0';
	check_oracle(&job, &mapped);
	return 0;
}
