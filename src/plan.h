/* SPDX-License-Identifier: MIT */
/*
 * Which elements of a source a selection takes: arithmetic where it is known
 * how many there are, and counting where they come one run after another.
 * Nothing is read here.
 */
#ifndef PLAN_H
#define PLAN_H

#include "internal.h"

struct plan {
	ConsumerSelection selection;
	uint64_t n_declared; /* elements of the source; ALL: not known */
	uint64_t first;	     /* the index, in the source, of the first one */
	uint64_t n_given;    /* CONSUMER_ALL: not known */
	ptrdiff_t length;    /* the same, if it can be that of an array */
	bool is_cut;
	bool is_short;	  /* the data end before the selection does ... */
	uint64_t n_there; /* ... after so many elements of the source */

	/* How far it has been given. */
	uint64_t n_left;	 /* of those to be given */
	uint64_t n_until_chosen; /* elements to pass over: see plan_choose() */
};

/* CONSUMER_ERR_ARGUMENT: the selection makes no sense. */
ConsumerStatus plan_check(const ConsumerSelection *selection,
			  ConsumerError *error);

/*
 * Plans 'plan->selection' of a source of 'n_declared' elements.  Returns
 * CONSUMER_OK, or CONSUMER_ERR_ARGUMENT if it begins past the end.
 */
ConsumerStatus plan_known(struct plan *plan, uint64_t n_declared,
			  ConsumerError *error);

/* The same where nobody knows how many there are. */
void plan_unknown(struct plan *plan);

/* Of the source of a plan that is known, only 'n_there' elements exist. */
void plan_limit(struct plan *plan, uint64_t n_there);

/*
 * The same of columns, of which no row is whole if any element is missing: then
 * it can only be said how many there are of all, and none of some.
 */
void plan_limit_columns(struct plan *plan, uint64_t n_there);

/* Gives all of the source instead, in its order; as cut as it was. */
void plan_take_all(struct plan *plan);

/* How many elements the first to the last one span that are given. */
uint64_t plan_n_spanned(const struct plan *plan);

/*
 * Makes '*out' those of the next 'n' elements, at 'data', that are given: a
 * view that needs no release.  False: none is.
 */
bool plan_choose(struct plan *plan, ConsumerElement element, const void *data,
		 uint64_t n, ConsumerArray *out);

/* No more will come than was given until now. */
void plan_end(struct plan *plan);

/* Starts again. */
void plan_rewind(struct plan *plan);

/* CONSUMER_ERR_DATA, of a plan that is short. */
ConsumerStatus plan_fail_short(const struct plan *plan, ConsumerError *error);

#endif
