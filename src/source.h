/* SPDX-License-Identifier: MIT */
/* What an input is: raw, or a .npy file with a header. */
#ifndef SOURCE_H
#define SOURCE_H

#include "input.h"

/* CONSUMER_ERR_ARGUMENT: what the caller says makes no sense. */
ConsumerStatus source_check(const ConsumerSource *source, ConsumerError *error);

/*
 * Finds out what the input is that begins at its first wanted byte; this is
 * then the first of the elements.  '*n_declared' is how many a header promises,
 * CONSUMER_ALL without one.  What cannot be mapped is read, but no further than
 * it takes, and not at all for CONSUMER_FILE_RAW.
 *
 * Returns CONSUMER_OK; CONSUMER_ERR_DATA if it is not .npy but should be, or if
 * its header is not as it must be or contradicts 'source';
 * CONSUMER_ERR_ARGUMENT if it ends before it begins; CONSUMER_ERR_OS or
 * CONSUMER_ERR_MEMORY.
 */
ConsumerStatus source_identify(struct input *input,
			       const ConsumerSource *source,
			       ConsumerDescription *out, uint64_t *n_declared,
			       ConsumerError *error);

#endif
