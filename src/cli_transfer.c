/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "cli_transfer.h"

/* Some milliseconds of work for several threads. */
#define PIECE_ELEMENTS ((ptrdiff_t)1 << 24)

/* How many bytes there will be; 0: nobody knows. */
static uint64_t
count_bytes(const ConsumerStream *stream)
{
	const uint64_t n_elements = consumer_stream_n_elements(stream);
	const size_t itemsize =
		consumer_stream_description(stream)->element.itemsize;

	return n_elements == CONSUMER_ALL ? 0 : n_elements * itemsize;
}

/* A ConsumerWatch. */
static void
count_read(void *progress, uint64_t n_bytes)
{
	cli_progress_add(progress, n_bytes);
}

void
cli_transfer_begin(CliTransfer *transfer, bool writes, bool is_once)
{
	cli_progress_begin(&transfer->progress,
			   !transfer->options->given[CLI_QUIET],
			   writes ? transfer->destination->descriptor : -1,
			   is_once ? count_bytes(transfer->stream) : 0);
	/* Much may be read before the first element is taken. */
	transfer->counts_reads = !consumer_stream_is_whole(transfer->stream);
	if (transfer->counts_reads)
		consumer_stream_watch(
			transfer->stream,
			(ConsumerWatch){ count_read, &transfer->progress });
}

static bool
take_in_pieces(CliTransfer *transfer, const ConsumerArray *part, CliTake *take,
	       void *context)
{
	ptrdiff_t n;

	for (ptrdiff_t start = 0; start < part->n_elements; start += n) {
		n = part->n_elements - start;
		/* Threads would rather not stop for what nobody sees. */
		if (transfer->progress.is_wanted && n > PIECE_ELEMENTS)
			n = PIECE_ELEMENTS;
		if (!take(context, part, start, n))
			return false;
		transfer->n_taken += (uint64_t)n;
		if (!transfer->counts_reads)
			cli_progress_add(&transfer->progress,
					 (uint64_t)n * part->element.itemsize);
	}
	return true;
}

bool
cli_transfer_all(CliTransfer *transfer, CliTake *take, void *context)
{
	ConsumerArray part;
	bool goes_on;

	transfer->n_taken = 0;
	do {
		goes_on =
			consumer_stream_next(transfer->stream, &part,
					     &transfer->input) == CONSUMER_OK &&
			take_in_pieces(transfer, &part, take, context);
	} while (goes_on && part.n_elements > 0);
	return goes_on;
}

bool
cli_transfer_check(CliTransfer *transfer, ConsumerStatus status)
{
	if (status == CONSUMER_ERR_VANISHED) {
		transfer->n_taken += transfer->output.n_done;
		transfer->input = transfer->output;
		transfer->output.status = CONSUMER_OK;
	}
	return status == CONSUMER_OK;
}

bool
cli_transfer_write(CliTransfer *transfer, const char *bytes, size_t n_bytes)
{
	const ConsumerWriter writer = transfer->writer;

	return writer.write(writer.context, bytes, n_bytes,
			    &transfer->output) == CONSUMER_OK;
}
