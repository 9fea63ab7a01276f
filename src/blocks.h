/* SPDX-License-Identifier: MIT */
/* What of blocks.c is not public. */
#ifndef BLOCKS_H
#define BLOCKS_H

#include "internal.h"

/*
 * The way back: sets the elements of 'array', in C order, to the bytes of
 * 'from', which are back to back, in the array's own byte order, and elsewhere.
 */
void blocks_scatter(const ConsumerArray *array, const void *from);

#endif
