/* SPDX-License-Identifier: MIT */
/* Framing: the text of a whole - brackets, rows, "..." - out of its parts. */
#include "config.h"
#include "blocks.h"
#include "decimal.h"
#include "pool.h"
#include "shape.h"

#include <stdlib.h>
#include <string.h>

/* What a pipe takes at once. */
#define TEXT_BYTES 65536

/* What one thread prints at a time, and the room that needs without brackets. */
#define JOB_ELEMENTS   ((ptrdiff_t)32768)
#define JOB_TEXT_BYTES ((size_t)JOB_ELEMENTS * DECIMAL_MAX_BYTES)

/* Some text waits until what is before it has been written. */
#define MAX_JOBS_AT_ONCE 16

/* There must be room for some elements before a kernel is called ... */
#define MIN_ROOM_BYTES 4096

/* ... and, always, for the brackets of CONSUMER_MAX_NDIM dimensions. */
#define FRAME_BYTES 512

/* What nests has around its dimensions. */
struct brackets {
	const char *opening;
	const char *closing;
	const char *between_rows;
	const char *indent;  /* of a row, for each bracket that stays open */
	const char *rest;    /* in place of what was cut off; NULL: nothing */
	const char *nothing; /* the text of no elements */
};

static const struct brackets array_brackets = {
	"[ ", " ]", "\n", "  ", "...", "[ ]",
};
static const struct brackets json_brackets = {
	"[", "]", ", ", "", NULL, "[]",
};

static const struct framing {
	const char *name;
	enum spelling spelling;
	struct separator between; /* the elements of a row */
	/* NULL: rows without brackets, each ended by a newline */
	const struct brackets *brackets;
} framings[CONSUMER_N_FORMATS] = {
	[CONSUMER_FORMAT_ARRAY] = { "array",
				    SPELLING_PYTHON,
				    { " ", 1 },
				    &array_brackets },
	[CONSUMER_FORMAT_LINES] = { "lines",
				    SPELLING_PYTHON,
				    { " ", 1 },
				    NULL },
	[CONSUMER_FORMAT_CSV] = { "csv", SPELLING_PYTHON, { ",", 1 }, NULL },
	[CONSUMER_FORMAT_JSON] = { "json",
				   SPELLING_JSON,
				   { { ',', ' ' }, 2 },
				   &json_brackets },
	[CONSUMER_FORMAT_HEX] = { "hex", SPELLING_HEX, { " ", 1 }, NULL },
};

static const struct separator newline = { "\n", 1 };
static const struct separator tab = { "\t", 1 };

struct ConsumerPrinter {
	ConsumerWriter writer;
	ConsumerTextLayout layout; /* but its shape, which is below */
	const struct framing *framing;
	text_kernel *kernel;
	uint64_t shape[CONSUMER_MAX_NDIM];
	uint64_t row_length; /* UINT64_MAX: all is one row */
	uint64_t row_left;   /* of the row that has begun, or of a new one */
	uint64_t n_printed;
	ConsumerBlocks blocks;
	struct blocks_room copies;
	/* 'room' bytes of elements fit, and what is written behind them. */
	char *text;
	size_t n_text;
	size_t room;
	bool grows; /* text that is full becomes longer instead of written */
	bool is_finished; /* nothing can follow */
	/* Printers of a part each, on several threads; NULL: not yet */
	struct ConsumerPrinter *parts[MAX_JOBS_AT_ONCE];
};

const char *
consumer_format_name(ConsumerFormat format)
{
	return (unsigned)format < CONSUMER_N_FORMATS ? framings[format].name
						     : NULL;
}

bool
consumer_format_parse(const char *name, ConsumerFormat *out)
{
	for (size_t i = 0; i < ARRAY_LEN(framings); i++) {
		if (strcmp(name, framings[i].name) == 0) {
			*out = (ConsumerFormat)i;
			return true;
		}
	}
	return false;
}

/* How long a row is: that is where one separator gives way to the other. */
static uint64_t
find_row_length(const ConsumerTextLayout *layout)
{
	if (layout->n_columns)
		return layout->n_columns;
	if (layout->ndim == 0)
		return 1;
	if (layout->ndim == 1)
		return framings[layout->format].brackets ? UINT64_MAX : 1;
	/* Without elements there is no row. */
	return MAX((uint64_t)layout->shape[layout->ndim - 1], 1);
}

static ConsumerStatus
check_layout(const ConsumerTextLayout *layout, ConsumerError *error)
{
	const char *name = consumer_format_name(layout->format);
	ConsumerStatus status = CONSUMER_OK;

	if (!name)
		return fail(error, CONSUMER_ERR_ARGUMENT,
			    "there is no format %d", (int)layout->format);
	if (!text_kernel_for(layout->type, SPELLING_PYTHON))
		return fail(error, CONSUMER_ERR_ARGUMENT,
			    "elements of this type have no text");
	if (layout->ndim > 1 && !layout->shape)
		return fail(error, CONSUMER_ERR_ARGUMENT,
			    "%d dimensions without a shape", layout->ndim);
	/* One length may be unknown, and does not matter. */
	if (layout->ndim != 1)
		status = shape_check(layout->ndim, layout->shape, error);
	if (status)
		return status;
	if (framings[layout->format].brackets &&
	    (layout->n_columns || layout->has_index))
		return fail_argument(error,
				     layout->n_columns ? "columns" : "index",
				     "does not go with format %s", name);
	return CONSUMER_OK;
}

/* Makes the text so long that 'room' bytes of elements fit. */
static ConsumerStatus
resize_text(ConsumerPrinter *printer, size_t room, ConsumerError *error)
{
	char *text = realloc(printer->text,
			     room + DECIMAL_SLACK_BYTES + FRAME_BYTES);

	if (!text)
		return fail_memory(error);
	printer->text = text;
	printer->room = room;
	return CONSUMER_OK;
}

ConsumerStatus
consumer_printer_open(ConsumerWriter writer, const ConsumerTextLayout *layout,
		      ConsumerPrinter **out, ConsumerError *error)
{
	ConsumerStatus status = check_layout(layout, error);
	ConsumerPrinter *printer;

	if (status)
		return status;
	printer = calloc(1, sizeof(*printer));
	if (!printer)
		return fail_memory(error);
	printer->writer = writer;
	printer->layout = *layout;
	printer->framing = &framings[layout->format];
	printer->kernel =
		text_kernel_for(layout->type, printer->framing->spelling);
	for (int axis = 0; axis < layout->ndim && layout->ndim > 1; axis++)
		printer->shape[axis] = (uint64_t)layout->shape[axis];
	printer->row_length = find_row_length(layout);
	printer->row_left = printer->row_length;
	status = resize_text(printer, TEXT_BYTES, error);
	if (status)
		free(printer);
	else
		*out = printer;
	return status;
}

static void
close_parts(ConsumerPrinter *printer)
{
	for (size_t i = 0; i < MAX_JOBS_AT_ONCE; i++) {
		consumer_printer_close(printer->parts[i]);
		printer->parts[i] = NULL;
	}
}

void
consumer_printer_close(ConsumerPrinter *printer)
{
	if (!printer)
		return;
	close_parts(printer);
	free(printer->copies.bytes);
	free(printer->text);
	free(printer);
}

/* Writes all but the last 'n_kept' bytes, which stay. */
static ConsumerStatus
write_text(ConsumerPrinter *printer, size_t n_kept, ConsumerError *error)
{
	const size_t n_bytes = printer->n_text - n_kept;
	ConsumerStatus status;

	if (n_bytes == 0)
		return CONSUMER_OK;
	status = printer->writer.write(printer->writer.context, printer->text,
				       n_bytes, error);
	if (status)
		return status;
	memmove(printer->text, printer->text + n_bytes, n_kept);
	printer->n_text = n_kept;
	return CONSUMER_OK;
}

static bool
is_row_boundary(const ConsumerPrinter *printer)
{
	return printer->row_left == printer->row_length;
}

/*
 * How many bytes of the text are a separator that the end of the row would
 * replace, so that it cannot be written yet.
 */
static size_t
n_replaceable(const ConsumerPrinter *printer)
{
	return is_row_boundary(printer) || printer->is_finished
		       ? 0
		       : printer->framing->between.n_bytes;
}

ConsumerStatus
consumer_printer_flush(ConsumerPrinter *printer, ConsumerError *error)
{
	return write_text(printer, n_replaceable(printer), error);
}

static void
put(ConsumerPrinter *printer, const char *text)
{
	const size_t n_bytes = strlen(text);

	memcpy(printer->text + printer->n_text, text, n_bytes);
	printer->n_text += n_bytes;
}

static void
put_repeated(ConsumerPrinter *printer, const char *text, int n_times)
{
	while (n_times-- > 0)
		put(printer, text);
}

/* How many of the innermost brackets end where 'n_printed' elements do. */
static int
count_closed(const ConsumerPrinter *printer)
{
	uint64_t n_left = printer->n_printed;
	int n_closed = 0;

	if (n_left == 0 || printer->layout.ndim < 2)
		return 0;
	for (int axis = printer->layout.ndim - 1; axis >= 0; axis--) {
		if (n_left % printer->shape[axis] != 0)
			break;
		n_left /= printer->shape[axis];
		n_closed++;
	}
	return n_closed;
}

/* The brackets that open before the first element of a row. */
static void
put_opening(ConsumerPrinter *printer)
{
	const struct brackets *brackets = printer->framing->brackets;
	const int ndim = printer->layout.ndim;
	int n_opened = ndim;

	if (printer->n_printed > 0) {
		n_opened = count_closed(printer);
		put(printer, brackets->between_rows);
		put_repeated(printer, brackets->indent, ndim - n_opened);
	}
	put_repeated(printer, brackets->opening, n_opened);
}

/* Writes elements, each with 'separator' behind it. */
static void
put_numbers(ConsumerPrinter *printer, text_kernel *kernel, const void *elements,
	    size_t n_elements, struct separator separator)
{
	char *end = kernel(elements, n_elements, separator,
			   printer->text + printer->n_text);

	printer->n_text = (size_t)(end - printer->text);
}

/* The number of the next element. */
static void
put_index(ConsumerPrinter *printer)
{
	const uint64_t index = printer->layout.first_index +
			       printer->n_printed * printer->layout.index_step;

	put_numbers(printer, text_kernel_for(CONSUMER_UINT64, SPELLING_PYTHON),
		    &index, 1, tab);
}

static void
put_row_start(ConsumerPrinter *printer)
{
	if (printer->framing->brackets)
		put_opening(printer);
	else if (printer->layout.has_index)
		put_index(printer);
}

/* Puts the end of a row in the place of the separator behind it. */
static void
put_row_end(ConsumerPrinter *printer)
{
	const struct brackets *brackets = printer->framing->brackets;

	printer->n_text -= printer->framing->between.n_bytes;
	if (brackets)
		put_repeated(printer, brackets->closing, count_closed(printer));
	else
		put(printer, "\n");
	printer->row_left = printer->row_length;
}

/* Whether each row is one element and a newline, which a kernel can put. */
static bool
is_column(const ConsumerPrinter *printer)
{
	return printer->row_length == 1 && !printer->framing->brackets &&
	       !printer->layout.has_index;
}

/* Prints elements of one row, or of a column; returns how many it took. */
static size_t
put_elements(ConsumerPrinter *printer, const unsigned char *elements,
	     size_t n_elements)
{
	const size_t room =
		(printer->room - printer->n_text) / DECIMAL_MAX_BYTES;

	n_elements = MIN(n_elements, room);
	if (is_column(printer)) {
		put_numbers(printer, printer->kernel, elements, n_elements,
			    newline);
		printer->n_printed += n_elements;
		return n_elements;
	}
	n_elements = (size_t)MIN(n_elements, printer->row_left);
	if (is_row_boundary(printer))
		put_row_start(printer);
	put_numbers(printer, printer->kernel, elements, n_elements,
		    printer->framing->between);
	printer->n_printed += n_elements;
	printer->row_left -= n_elements;
	if (printer->row_left == 0)
		put_row_end(printer);
	return n_elements;
}

/* Makes room for more text than has room now. */
static ConsumerStatus
make_room(ConsumerPrinter *printer, ConsumerError *error)
{
	return printer->grows ? resize_text(printer, 2 * printer->room, error)
			      : consumer_printer_flush(printer, error);
}

static ConsumerStatus
put_block(ConsumerPrinter *printer, const unsigned char *block,
	  size_t n_elements, size_t itemsize, ConsumerError *error)
{
	while (n_elements > 0) {
		size_t n_put;

		/* Brackets may have gone beyond the room. */
		if (printer->n_text + MIN_ROOM_BYTES > printer->room) {
			ConsumerStatus status = make_room(printer, error);

			if (status)
				return status;
		}
		n_put = put_elements(printer, block, n_elements);
		block += n_put * itemsize;
		n_elements -= n_put;
	}
	return CONSUMER_OK;
}

static ConsumerStatus
add_blocks(ConsumerPrinter *printer, const ConsumerArray *array,
	   ptrdiff_t start, ptrdiff_t n_elements, ConsumerError *error)
{
	consumer_blocks_begin(&printer->blocks, array, start, n_elements);
	for (;;) {
		const void *block;
		size_t n;
		ConsumerStatus status =
			blocks_next_safe(&printer->blocks, array,
					 &printer->copies, &block, &n, error);

		if (status || !block)
			return status;
		status = put_block(printer, block, n, array->element.itemsize,
				   error);
		if (status)
			return status;
	}
}

/* --- On several threads ------------------------------------------------ */

/* A call of consumer_printer_add() in parts, each printed by its own printer. */
struct shared_work {
	ConsumerPrinter *printer;
	const ConsumerArray *array;
	ptrdiff_t start;
	ptrdiff_t n_elements;
	size_t n_parts;
	uint64_t n_written; /* elements of the whole, with those before */
	bool lacks_memory;  /* what ended it: what is left is still to print */
	ConsumerError errors[MAX_JOBS_AT_ONCE];
};

static ptrdiff_t
count_jobs(ptrdiff_t n_elements)
{
	return (n_elements + JOB_ELEMENTS - 1) / JOB_ELEMENTS;
}

static ptrdiff_t
job_length(const struct shared_work *shared, uint64_t job)
{
	return MIN(JOB_ELEMENTS,
		   shared->n_elements - (ptrdiff_t)job * JOB_ELEMENTS);
}

/* Puts a printer at 'n_printed' elements from the first of the whole. */
static void
move_printer(ConsumerPrinter *printer, uint64_t n_printed)
{
	printer->n_printed = n_printed;
	printer->row_left =
		printer->row_length - n_printed % printer->row_length;
}

/* The separator that the part before this one has not written. */
static void
put_held_back(ConsumerPrinter *part)
{
	const struct separator between = part->framing->between;

	memcpy(part->text, between.text, sizeof(between.text));
	part->n_text = n_replaceable(part);
}

static void
print_part(void *context, uint64_t job)
{
	struct shared_work *shared = context;
	const size_t slot = job % shared->n_parts;
	const ptrdiff_t first = (ptrdiff_t)job * JOB_ELEMENTS;
	ConsumerPrinter *part = shared->printer->parts[slot];

	part->n_text = 0;
	move_printer(part, shared->printer->n_printed + (uint64_t)first);
	put_held_back(part);
	shared->errors[slot].status =
		add_blocks(part, shared->array, shared->start + first,
			   job_length(shared, job), &shared->errors[slot]);
}

/*
 * Writes a part, or what there is of it.  A separator at its end goes to the
 * printer of the whole, because nothing may follow.
 */
static ConsumerStatus
write_part(void *context, uint64_t job, ConsumerError *error)
{
	struct shared_work *shared = context;
	const size_t slot = job % shared->n_parts;
	const ConsumerError *failure = &shared->errors[slot];
	ConsumerPrinter *printer = shared->printer;
	ConsumerPrinter *part = printer->parts[slot];
	const size_t n_kept = n_replaceable(part);
	ConsumerStatus status;

	part->n_text -= n_kept;
	memcpy(printer->text, part->text + part->n_text, n_kept);
	printer->n_text = n_kept;
	shared->n_written = part->n_printed;
	status = write_text(part, 0, error);
	if (status || !failure->status)
		return status;
	shared->lacks_memory = failure->status == CONSUMER_ERR_MEMORY;
	if (error && !shared->lacks_memory)
		*error = *failure;
	return failure->status;
}

/* NULL: no memory. */
static ConsumerPrinter *
open_part(const ConsumerPrinter *printer)
{
	ConsumerPrinter *part = malloc(sizeof(*part));

	if (!part)
		return NULL;
	*part = *printer;
	memset(part->parts, 0, sizeof(part->parts));
	part->copies = (struct blocks_room){ NULL, 0 };
	part->text = NULL;
	part->grows = true;
	if (resize_text(part, JOB_TEXT_BYTES, NULL) == CONSUMER_OK)
		return part;
	free(part);
	return NULL;
}

/* False: there is not memory for all of them, and none is kept. */
static bool
open_parts(ConsumerPrinter *printer, size_t n_parts)
{
	for (size_t i = 0; i < n_parts; i++) {
		if (!printer->parts[i])
			printer->parts[i] = open_part(printer);
		if (!printer->parts[i]) {
			close_parts(printer);
			return false;
		}
	}
	return true;
}

/* How many parts there are at once: one is written while another is printed. */
static size_t
count_parts(size_t n_threads)
{
	return 2 * MIN(n_threads, MAX_JOBS_AT_ONCE / 2);
}

static ConsumerStatus
add_on_threads(ConsumerPrinter *printer, const ConsumerArray *array,
	       ptrdiff_t start, ptrdiff_t n_elements, ConsumerError *error)
{
	const size_t n_threads = printer->layout.n_threads;
	const uint64_t n_before = printer->n_printed;
	struct shared_work shared = {
		.printer = printer,
		.array = array,
		.start = start,
		.n_elements = n_elements,
		.n_written = n_before,
		.n_parts = count_parts(n_threads),
	};
	const struct pool_jobs jobs = {
		.n_jobs = (uint64_t)count_jobs(n_elements),
		.n_threads = n_threads,
		.n_slots = shared.n_parts,
		.work = print_part,
		.finish = write_part,
		.context = &shared,
	};
	ConsumerStatus status = consumer_printer_flush(printer, error);
	ptrdiff_t n_done;

	if (!status)
		status = pool_run(&jobs, error);
	move_printer(printer, shared.n_written);
	if (!shared.lacks_memory)
		return status;
	/* What needs less of it. */
	close_parts(printer);
	n_done = (ptrdiff_t)(shared.n_written - n_before);
	return add_blocks(printer, array, start + n_done, n_elements - n_done,
			  error);
}

ConsumerStatus
consumer_printer_add(ConsumerPrinter *printer, const ConsumerArray *array,
		     ptrdiff_t start, ptrdiff_t n_elements,
		     ConsumerError *error)
{
	const uint64_t n_before = printer->n_printed;
	const size_t n_threads = printer->layout.n_threads;
	ConsumerStatus status;

	if (array->element.type != printer->layout.type)
		return fail(error, CONSUMER_ERR_ARGUMENT,
			    "elements of %s in a text of %s",
			    consumer_type_name(array->element.type),
			    consumer_type_name(printer->layout.type));
	if (printer->is_finished)
		return fail(error, CONSUMER_ERR_ARGUMENT,
			    "the text is finished");
	if (n_threads > 1 && count_jobs(n_elements) > 1 &&
	    open_parts(printer, count_parts(n_threads)))
		status = add_on_threads(printer, array, start, n_elements,
					error);
	else
		status = add_blocks(printer, array, start, n_elements, error);
	if (status == CONSUMER_ERR_VANISHED && error)
		error->n_done = printer->n_printed - n_before;
	return status;
}

/* --- The end ------------------------------------------------------------ */

/* The text of no elements; 'rest' is not NULL if there were some. */
static void
put_nothing(ConsumerPrinter *printer, const char *rest)
{
	const struct brackets *brackets = printer->framing->brackets;
	const int n_brackets = MIN(printer->layout.ndim, 1);

	if (!rest) {
		put(printer, brackets->nothing);
		return;
	}
	put_repeated(printer, brackets->opening, n_brackets);
	put(printer, rest);
	put_repeated(printer, brackets->closing, n_brackets);
}

/* Closes the brackets that are open, with the rest before them if there is. */
static void
put_closing(ConsumerPrinter *printer, const char *rest)
{
	const struct brackets *brackets = printer->framing->brackets;
	const int n_open = printer->layout.ndim - count_closed(printer);

	if (rest && is_row_boundary(printer)) {
		put(printer, brackets->between_rows);
		put_repeated(printer, brackets->indent, n_open);
	}
	if (rest)
		put(printer, rest);
	else if (!is_row_boundary(printer))
		printer->n_text -= printer->framing->between.n_bytes;
	put_repeated(printer, brackets->closing, n_open);
}

static void
put_end(ConsumerPrinter *printer, bool is_cut)
{
	const struct brackets *brackets = printer->framing->brackets;

	if (brackets) {
		const char *rest = is_cut ? brackets->rest : NULL;

		if (printer->n_printed == 0)
			put_nothing(printer, rest);
		else
			put_closing(printer, rest);
		if (printer->layout.ends_with_newline)
			put(printer, "\n");
	} else if (!is_row_boundary(printer)) {
		put_row_end(printer);
	}
}

ConsumerStatus
consumer_printer_finish(ConsumerPrinter *printer, bool is_cut,
			ConsumerError *error)
{
	if (!printer->is_finished)
		put_end(printer, is_cut);
	printer->is_finished = true;
	return write_text(printer, 0, error);
}

ConsumerStatus
consumer_array_print(const ConsumerArray *array, ConsumerFormat format,
		     uint64_t max, ConsumerWriter writer, ConsumerError *error)
{
	const ptrdiff_t n_printed =
		(ptrdiff_t)MIN(max, (uint64_t)array->n_elements);
	const ConsumerTextLayout layout = {
		.format = format,
		.type = array->element.type,
		.ndim = array->ndim,
		.shape = consumer_array_shape(array),
	};
	ConsumerPrinter *printer;
	ConsumerStatus status =
		consumer_printer_open(writer, &layout, &printer, error);

	if (status)
		return status;
	status = consumer_printer_add(printer, array, 0, n_printed, error);
	if (!status)
		status = consumer_printer_finish(
			printer, n_printed < array->n_elements, error);
	consumer_printer_close(printer);
	return status;
}

struct text {
	char *bytes;
	size_t n_bytes;
	size_t capacity;
};

/* A writer to memory that grows, with a byte kept free for the NUL. */
static ConsumerStatus
append(void *context, const char *bytes, size_t n_bytes, ConsumerError *error)
{
	struct text *text = context;
	const size_t needed = text->n_bytes + n_bytes + 1;

	if (needed > text->capacity) {
		const size_t capacity = MAX(needed, text->capacity * 2);
		char *grown = realloc(text->bytes, capacity);

		if (!grown)
			return fail_memory(error);
		text->bytes = grown;
		text->capacity = capacity;
	}
	memcpy(text->bytes + text->n_bytes, bytes, n_bytes);
	text->n_bytes += n_bytes;
	text->bytes[text->n_bytes] = '\0';
	return CONSUMER_OK;
}

ConsumerStatus
consumer_array_stringify(const ConsumerArray *array, ConsumerFormat format,
			 uint64_t max, char **text, size_t *n_bytes,
			 ConsumerError *error)
{
	struct text made = { NULL, 0, 0 };
	/* Text may be empty: then this makes it a string. */
	ConsumerStatus status = append(&made, "", 0, error);

	if (!status)
		status = consumer_array_print(array, format, max,
					      (ConsumerWriter){ append, &made },
					      error);
	if (status) {
		free(made.bytes);
		return status;
	}
	*text = made.bytes;
	*n_bytes = made.n_bytes;
	return CONSUMER_OK;
}
