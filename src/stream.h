/* SPDX-License-Identifier: MIT */
/* What of stream.c is not public. */
#ifndef STREAM_H
#define STREAM_H

#include "internal.h"

/*
 * As consumer_stream_open(), for arrays that may be written to and waits that
 * 'interrupt', which must live as long as the stream, may end; NULL: none does.
 * CONSUMER_OPEN_READ_WRITE fails with ENODEV, or why else it could not be
 * mapped, where that is known.
 */
ConsumerStatus stream_open(const char *path, int descriptor,
			   const ConsumerSource *source,
			   const ConsumerSelection *selection,
			   ConsumerOpenMode mode,
			   const ConsumerInterrupt *interrupt,
			   ConsumerStream **out, ConsumerError *error);

/*
 * Makes '*out' own all that the stream, which has step 1, selects: an array of
 * one dimension, or the source's own in Fortran order.  What is not mapped is
 * read, until 'n_wanted' elements are there and not further.  After that the
 * stream can only be asked and closed.
 */
ConsumerStatus stream_take(ConsumerStream *stream, uint64_t n_wanted,
			   ConsumerArray *out, ConsumerError *error);

#endif
