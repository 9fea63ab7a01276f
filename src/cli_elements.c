/* SPDX-License-Identifier: MIT */
#include "config.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli_elements.h"

/* --- Text -------------------------------------------------------------- */

typedef struct {
	CliTransfer *transfer;
	ConsumerPrinter *printer; /* NULL before the first element */
} Printing;

/* Only now, because the first element brings its number along. */
static bool
begin_text(Printing *printing)
{
	CliTransfer *transfer = printing->transfer;
	const CliOptions *options = transfer->options;
	ConsumerTextLayout layout = {
		.format = options->format,
		.type = consumer_stream_description(transfer->stream)
				->element.type,
		.n_threads = transfer->n_threads,
		.n_columns = options->n_columns,
		.has_index = options->given[CLI_INDEX] != NULL,
		.first_index = consumer_stream_first_index(transfer->stream),
		.index_step = options->selection.step,
		.ends_with_newline = true,
	};

	layout.ndim = consumer_stream_shape(transfer->stream, &layout.shape);
	return consumer_printer_open(transfer->writer, &layout,
				     &printing->printer,
				     &transfer->output) == CONSUMER_OK;
}

static bool
take_text(void *context, const ConsumerArray *part, ptrdiff_t start,
	  ptrdiff_t n_elements)
{
	Printing *printing = context;
	CliTransfer *transfer = printing->transfer;

	if (!printing->printer && !begin_text(printing))
		return false;
	if (!cli_transfer_check(transfer,
				consumer_printer_add(printing->printer, part,
						     start, n_elements,
						     &transfer->output)))
		return false;
	/* What comes slowly is shown at once. */
	return consumer_stream_is_whole(transfer->stream) ||
	       consumer_printer_flush(printing->printer, &transfer->output) ==
		       CONSUMER_OK;
}

void
cli_elements_print(CliTransfer *transfer)
{
	Printing printing = { transfer, NULL };
	bool is_complete = cli_transfer_all(transfer, take_text, &printing);

	if (is_complete && !printing.printer)
		begin_text(&printing);
	/* Input that fails half-way leaves no bracket open. */
	if (printing.printer && transfer->output.status == CONSUMER_OK)
		consumer_printer_finish(
			printing.printer,
			is_complete && consumer_stream_is_cut(transfer->stream),
			&transfer->output);
	consumer_printer_close(printing.printer);
}

/* --- Bytes ------------------------------------------------------------- */

static bool
take_bytes(void *context, const ConsumerArray *part, ptrdiff_t start,
	   ptrdiff_t n_elements)
{
	CliTransfer *transfer = context;

	return cli_transfer_check(
		transfer, consumer_array_write_bytes(part, start, n_elements,
						     transfer->writer,
						     &transfer->output));
}

/* A .npy file in the making, whose header may have to guess at first. */
typedef struct {
	CliTransfer *transfer;
	bool has_header;
	uint64_t n_expected; /* CONSUMER_ALL: not known */
	uint64_t n_saved;
	off_t header_position;
} Saving;

static bool
write_header(Saving *saving, uint64_t n_elements)
{
	CliTransfer *transfer = saving->transfer;
	const ConsumerElement element =
		consumer_stream_description(transfer->stream)->element;
	const ptrdiff_t *shape;
	ptrdiff_t flat = (ptrdiff_t)n_elements;
	uint64_t n_in_shape = 1;
	int ndim = consumer_stream_shape(transfer->stream, &shape);

	for (int axis = 0; shape && axis < ndim; axis++)
		n_in_shape *= (uint64_t)shape[axis];
	/* A part of a matrix is no matrix. */
	if (!shape || n_in_shape != n_elements) {
		ndim = 1;
		shape = &flat;
	}
	saving->has_header = true;
	return consumer_npy_write_header(element, ndim, shape, false,
					 transfer->writer,
					 &transfer->output) == CONSUMER_OK;
}

/* Whether a header that had to guess can be written once more. */
static bool
find_header_position(Saving *saving)
{
	CliTransfer *transfer = saving->transfer;
	const int flags = fcntl(transfer->destination->descriptor, F_GETFL);

	saving->header_position =
		lseek(transfer->destination->descriptor, 0, SEEK_CUR);
	/* Flags that are not to be had, -1, have this one. */
	if (saving->header_position >= 0 && !(flags & O_APPEND))
		return true;
	transfer->output = (ConsumerError){
		.status = CONSUMER_ERR_DATA,
		.message = "a .npy file begins with the number of elements, "
			   "which this input tells last: the output must be "
			   "a regular file",
	};
	return false;
}

/* Puts the true number of elements into the header. */
static void
correct_header(Saving *saving)
{
	CliTransfer *transfer = saving->transfer;
	const int descriptor = transfer->destination->descriptor;
	/* Who writes next to the same file goes on from there. */
	const off_t end = lseek(descriptor, 0, SEEK_CUR);

	if (lseek(descriptor, saving->header_position, SEEK_SET) >= 0 &&
	    write_header(saving, saving->n_saved) &&
	    lseek(descriptor, end, SEEK_SET) >= 0)
		return;
	if (transfer->output.status != CONSUMER_OK)
		return;
	transfer->output.status = CONSUMER_ERR_OS;
	snprintf(transfer->output.message, sizeof(transfer->output.message),
		 "%s", strerror(errno));
}

/* With the first element: that there is none is no guess. */
static bool
begin_npy(Saving *saving)
{
	if (saving->n_expected != CONSUMER_ALL)
		return write_header(saving, saving->n_expected);
	return find_header_position(saving) && write_header(saving, 0);
}

static bool
take_npy(void *context, const ConsumerArray *part, ptrdiff_t start,
	 ptrdiff_t n_elements)
{
	Saving *saving = context;

	saving->n_saved += (uint64_t)n_elements;
	return (saving->has_header || begin_npy(saving)) &&
	       take_bytes(saving->transfer, part, start, n_elements);
}

static void
save_npy(CliTransfer *transfer)
{
	Saving saving = {
		.transfer = transfer,
		.n_expected = consumer_stream_n_elements(transfer->stream),
	};

	if (!cli_transfer_all(transfer, take_npy, &saving))
		return;
	if (!saving.has_header)
		write_header(&saving, 0);
	else if (saving.n_expected == CONSUMER_ALL)
		correct_header(&saving);
}

void
cli_elements_save(CliTransfer *transfer)
{
	if (transfer->options->encoding == CLI_NPY)
		save_npy(transfer);
	else
		cli_transfer_all(transfer, take_bytes, transfer);
}
