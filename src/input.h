/* SPDX-License-Identifier: MIT */
/*
 * A file, a pipe or a device as bytes that come in their order, with a look
 * ahead.  A file that may be mapped instead is only looked at until
 * input_begin_reading().
 */
#ifndef INPUT_H
#define INPUT_H

#include "internal.h"

#include <sys/stat.h>

struct input {
	int descriptor;
	bool owns_descriptor;
	struct stat file;    /* as it was at the opening */
	uint64_t size_bytes; /* of a file; 0: not known */
	uint64_t position;   /* of the next read, in the file */
	bool is_mappable;    /* it was not read; the buffer has copies */
	const ConsumerInterrupt *interrupt; /* or NULL */
	ConsumerWatch watch;

	/* Bytes to pass over before the first that is wanted. */
	uint64_t n_ahead;
	bool is_at_end;

	/* Bytes [n_used, n_buffered) of the buffer are not used yet. */
	unsigned char *buffer;
	size_t capacity;
	size_t n_used;
	size_t n_buffered;
};

/*
 * Opens 'path' with open(2)'s 'flags', or uses 'descriptor', from where it
 * stands on, if that is NULL.  'interrupt', which must live as long as the
 * input, may end waits; NULL: nothing does.  The caller closes '*out'.
 */
ConsumerStatus input_open(const char *path, int descriptor, int flags,
			  const ConsumerInterrupt *interrupt, struct input *out,
			  ConsumerError *error);

/* As consumer_stream_check(). */
ConsumerStatus input_check(const struct input *input, ConsumerFileChange *out,
			   ConsumerError *error);

/*
 * Makes 'n_bytes' bytes from the first wanted one on wait in the buffer, fewer
 * only if the input ends before.  No more is waited for.
 */
ConsumerStatus input_peek(struct input *input, size_t n_bytes,
			  ConsumerError *error);

/* The input will be read, also if it could be mapped. */
void input_begin_reading(struct input *input);

/* Goes to the first byte that is wanted; 'offset' is past the end, if it is. */
ConsumerStatus input_reach_start(struct input *input, ConsumerError *error);

/*
 * Appends what one read gives to the buffer; '*n_read' is 0 at the end, which
 * is CONSUMER_ERR_VANISHED if it came too early.
 */
ConsumerStatus input_fill(struct input *input, size_t *n_read,
			  ConsumerError *error);

/* From here on it is worth asking a file to skip instead of reading. */
#define INPUT_MIN_SEEK_BYTES ((uint64_t)1 << 20)

/* How many bytes of a file are left to read; 0: that is not known. */
uint64_t input_n_bytes_ahead(const struct input *input);

/*
 * Whether a file was moved forward by 'n_bytes', which are not fewer than it is
 * worth, nor more than it has.  The bytes that wait still do.
 */
bool input_seek_over(struct input *input, uint64_t n_bytes);

/* Moves forward by 'n_bytes'; '*n_missing' is what the input lacked. */
ConsumerStatus input_pass_over(struct input *input, uint64_t n_bytes,
			       uint64_t *n_missing, ConsumerError *error);

/* The bytes that wait, until the next call but these. */
static inline const unsigned char *
input_bytes(const struct input *input)
{
	return input->buffer + input->n_used;
}

static inline size_t
input_n_waiting(const struct input *input)
{
	return input->n_buffered - input->n_used;
}

static inline void
input_use(struct input *input, size_t n_bytes)
{
	input->n_used += n_bytes;
}

/* Gives back what it holds; a zeroed structure holds nothing. */
void input_close(struct input *input);

#endif
