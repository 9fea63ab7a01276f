/* SPDX-License-Identifier: MIT */
/* Framing: the text of a whole - brackets, rows, "..." - out of its parts. */
#include "config.h"
#include "decimal.h"

#include <stdlib.h>
#include <string.h>

/* What a pipe takes at once. */
#define TEXT_BYTES 65536

/* There must be room for some elements before a kernel is called ... */
#define MIN_ROOM_BYTES 4096

/* ... and, always, for the brackets of CONSUMER_MAX_NDIM dimensions. */
#define FRAME_BYTES 512

static const struct framing {
	const char *name;
	bool is_nested; /* brackets around each dimension; 1-D is one row */
	struct separator between; /* the elements of a row */
	struct separator row_end; /* without brackets; 1-D is a column */
} framings[] = {
	[CONSUMER_FORMAT_ARRAY] = { "array", true, { " ", 1 }, { "", 0 } },
	[CONSUMER_FORMAT_LINES] = { "lines", false, { " ", 1 }, { "\n", 1 } },
};

struct ConsumerPrinter {
	ConsumerWriter writer;
	const struct framing *framing;
	ConsumerType type;
	text_kernel *kernel;
	int ndim;
	/* shape[ndim - 1] elements are a row; that of 1-D may be unlimited. */
	uint64_t shape[CONSUMER_MAX_NDIM];
	uint64_t row_length;
	uint64_t n_printed;
	size_t n_text;
	ConsumerBlocks blocks;
	char text[TEXT_BYTES + DECIMAL_SLACK_BYTES + FRAME_BYTES];
};

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
find_row_length(const ConsumerPrinter *printer)
{
	if (printer->ndim == 0)
		return 1;
	if (printer->ndim == 1)
		return printer->framing->is_nested ? UINT64_MAX : 1;
	/* Without elements there is no row, and 0 no divisor. */
	return MAX(printer->shape[printer->ndim - 1], 1);
}

ConsumerStatus
consumer_printer_open(ConsumerWriter writer, ConsumerFormat format,
		      ConsumerType type, int ndim, const ptrdiff_t *shape,
		      ConsumerPrinter **out, ConsumerError *error)
{
	text_kernel *kernel = text_kernel_for(type, SPELLING_PYTHON);
	ConsumerPrinter *printer;

	if ((unsigned)format >= ARRAY_LEN(framings))
		return fail(error, CONSUMER_ERR_ARGUMENT,
			    "there is no format %d", (int)format);
	if (!kernel)
		return fail(error, CONSUMER_ERR_ARGUMENT,
			    "elements of this type have no text");
	if (ndim < 0 || ndim > CONSUMER_MAX_NDIM || (ndim > 1 && !shape))
		return fail(error, CONSUMER_ERR_ARGUMENT,
			    "%d dimensions without a valid shape", ndim);
	printer = malloc(sizeof(*printer));
	if (!printer)
		return fail_memory(error);
	printer->writer = writer;
	printer->framing = &framings[format];
	printer->type = type;
	printer->kernel = kernel;
	printer->ndim = ndim;
	for (int axis = 0; axis < ndim && ndim > 1; axis++)
		printer->shape[axis] = (uint64_t)shape[axis];
	printer->row_length = find_row_length(printer);
	printer->n_printed = 0;
	printer->n_text = 0;
	*out = printer;
	return CONSUMER_OK;
}

void
consumer_printer_close(ConsumerPrinter *printer)
{
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
	return printer->n_printed % printer->row_length == 0;
}

/*
 * How many bytes of the text are a separator that the end of the row would
 * replace, so that it cannot be written yet.
 */
static size_t
n_replaceable(const ConsumerPrinter *printer)
{
	return is_row_boundary(printer) ? 0 : printer->framing->between.n_bytes;
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
put_separator(ConsumerPrinter *printer, struct separator separator)
{
	char *end = decimal_put_separator(printer->text + printer->n_text,
					  separator);

	printer->n_text = (size_t)(end - printer->text);
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

	if (n_left == 0 || printer->ndim < 2)
		return 0;
	for (int axis = printer->ndim - 1; axis >= 0; axis--) {
		if (n_left % printer->shape[axis] != 0)
			break;
		n_left /= printer->shape[axis];
		n_closed++;
		if (axis == 0)
			break;
	}
	return n_closed;
}

/* What stands before the first element of a row. */
static void
put_row_start(ConsumerPrinter *printer)
{
	int n_opened = printer->ndim;

	if (!printer->framing->is_nested)
		return;
	if (printer->n_printed > 0) {
		n_opened = count_closed(printer);
		put(printer, "\n");
		put_repeated(printer, "  ", printer->ndim - n_opened);
	}
	put_repeated(printer, "[ ", n_opened);
}

/* Puts the end of a row in the place of the separator behind it. */
static void
put_row_end(ConsumerPrinter *printer, int n_brackets)
{
	const struct framing *framing = printer->framing;

	printer->n_text -= framing->between.n_bytes;
	if (framing->is_nested)
		put_repeated(printer, " ]", n_brackets);
	else
		put_separator(printer, framing->row_end);
}

/* Prints elements of one row, or of a column; returns how many it took. */
static size_t
put_elements(ConsumerPrinter *printer, const unsigned char *elements,
	     size_t n_elements)
{
	const struct framing *framing = printer->framing;
	const bool is_column = printer->row_length == 1 && !framing->is_nested;
	const size_t room = (TEXT_BYTES - printer->n_text) / DECIMAL_MAX_BYTES;
	const uint64_t row_left =
		printer->row_length - printer->n_printed % printer->row_length;
	char *end;

	n_elements = MIN(n_elements, room);
	if (!is_column)
		n_elements = (size_t)MIN(n_elements, row_left);
	if (is_row_boundary(printer))
		put_row_start(printer);
	end = printer->kernel(elements, n_elements,
			      is_column ? framing->row_end : framing->between,
			      printer->text + printer->n_text);
	printer->n_text = (size_t)(end - printer->text);
	printer->n_printed += n_elements;
	if (is_row_boundary(printer) && !is_column)
		put_row_end(printer, count_closed(printer));
	return n_elements;
}

ConsumerStatus
consumer_printer_add(ConsumerPrinter *printer, const ConsumerArray *array,
		     ptrdiff_t start, ptrdiff_t n_elements,
		     ConsumerError *error)
{
	const unsigned char *block;
	size_t n_left;

	if (array->element.type != printer->type)
		return fail(error, CONSUMER_ERR_ARGUMENT,
			    "elements of %s in a text of %s",
			    consumer_type_name(array->element.type),
			    consumer_type_name(printer->type));
	consumer_blocks_begin(&printer->blocks, array, start, n_elements);
	while ((block = consumer_blocks_next(&printer->blocks, &n_left))) {
		while (n_left > 0) {
			size_t n_put;

			/* Brackets may have gone beyond TEXT_BYTES. */
			if (printer->n_text > TEXT_BYTES - MIN_ROOM_BYTES) {
				ConsumerStatus status =
					consumer_printer_flush(printer, error);

				if (status)
					return status;
			}
			n_put = put_elements(printer, block, n_left);
			block += n_put * array->element.itemsize;
			n_left -= n_put;
		}
	}
	return CONSUMER_OK;
}

/* Closes the brackets that are open, with "..." before them if 'is_cut'. */
static void
put_end(ConsumerPrinter *printer, bool is_cut)
{
	const int n_open = printer->ndim - count_closed(printer);

	if (printer->n_printed == 0) {
		put(printer, printer->ndim == 0 ? "" : "[ ");
		put(printer, is_cut ? "..." : "");
		/* "[ ]" has one blank, "[ ... ]" two. */
		put(printer, printer->ndim == 0 ? "" : is_cut ? " ]" : "]");
		return;
	}
	if (is_row_boundary(printer) && is_cut) {
		put(printer, "\n");
		put_repeated(printer, "  ", n_open);
		put(printer, "...");
	} else if (!is_row_boundary(printer)) {
		printer->n_text -= printer->framing->between.n_bytes;
		put(printer, is_cut ? " ..." : "");
	}
	put_repeated(printer, " ]", n_open);
}

ConsumerStatus
consumer_printer_finish(ConsumerPrinter *printer, bool is_cut,
			ConsumerError *error)
{
	if (printer->framing->is_nested)
		put_end(printer, is_cut);
	else if (!is_row_boundary(printer))
		put_row_end(printer, 0);
	return write_text(printer, 0, error);
}

ConsumerStatus
consumer_array_print(const ConsumerArray *array, ConsumerFormat format,
		     uint64_t max, ConsumerWriter writer, ConsumerError *error)
{
	const ptrdiff_t n_printed =
		(ptrdiff_t)MIN(max, (uint64_t)array->n_elements);
	ConsumerPrinter *printer;
	ConsumerStatus status = consumer_printer_open(
		writer, format, array->element.type, array->ndim,
		consumer_array_shape(array), &printer, error);

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
