/* SPDX-License-Identifier: MIT */
/*
 * The elements that a plan gives of an array in memory that does not have them
 * in the order of its rows: in blocks, or, if they are far apart, one by one.
 */
#ifndef WALK_H
#define WALK_H

#include "blocks.h"
#include "plan.h"

#define WALK_SPARSE_BYTES 4096

/* All zero: not begun. */
struct walk {
	ConsumerBlocks *blocks;
	struct blocks_room copies;
	unsigned char sparse[WALK_SPARSE_BYTES];
};

/*
 * Makes '*out' the next elements of 'array', which stays the same, a view that
 * is valid until the next call and needs no release; without elements at the
 * end.  Returns what blocks_next_safe() does.
 */
ConsumerStatus walk_next(struct walk *walk, const ConsumerArray *array,
			 struct plan *plan, ConsumerArray *out,
			 ConsumerError *error);

/* Gives back what it holds; the walk can begin again. */
void walk_end(struct walk *walk);

#endif
