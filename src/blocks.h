/* SPDX-License-Identifier: MIT */
/* What of blocks.c is not public. */
#ifndef BLOCKS_H
#define BLOCKS_H

#include "internal.h"

/*
 * As consumer_blocks_begin(), but the elements keep their bytes: they stay in
 * the array's own byte order, and may be opaque.  An element that is longer
 * than CONSUMER_BLOCK_BYTES is a block of its own; all other blocks but the
 * last are full, or lack less than a line of the cache, since each will be a
 * write().
 */
void blocks_begin_bytes(ConsumerBlocks *blocks, const ConsumerArray *array,
			ptrdiff_t start, ptrdiff_t n_elements);

/* Where blocks_next_safe() puts its copies: zeros at first. */
struct blocks_room {
	unsigned char *bytes; /* the caller's to free() */
	size_t n_bytes;
};

/*
 * As consumer_blocks_next(), for the walk over 'array', outside of a guard: of
 * memory that may vanish it copies a longer block, and then asks the file what
 * of it is left.  '*block' is NULL at the end.
 *
 * Returns CONSUMER_OK; CONSUMER_ERR_VANISHED after the elements up to the first
 * that is lost (without a descriptor: up to its block); CONSUMER_ERR_OS or
 * CONSUMER_ERR_MEMORY.
 */
ConsumerStatus blocks_next_safe(ConsumerBlocks *blocks,
				const ConsumerArray *array,
				struct blocks_room *room, const void **block,
				size_t *n_elements, ConsumerError *error);

/*
 * The way back: sets the elements of 'array', in C order, to the bytes of
 * 'from', which are back to back, in the array's own byte order, and elsewhere.
 */
void blocks_scatter(const ConsumerArray *array, const void *from);

#endif
