/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "plan.h"

/* How many of 'n' elements a step of 'step' takes, the first included. */
static uint64_t
count_steps(uint64_t n, uint64_t step)
{
	return n == 0 ? 0 : (n - 1) / step + 1;
}

ConsumerStatus
plan_check(const ConsumerSelection *selection, ConsumerError *error)
{
	if (selection->step == 0)
		return fail_argument(error, "step", "0 is not a distance");
	if (selection->skip > 0 && selection->tail != CONSUMER_ALL)
		return fail_argument(error, "skip",
				     "and tail exclude each other");
	return CONSUMER_OK;
}

static void
set_n_given(struct plan *plan, uint64_t n_given)
{
	plan->n_given = plan->n_left = n_given;
	plan->length = (ptrdiff_t)n_given;
}

ConsumerStatus
plan_known(struct plan *plan, uint64_t n_declared, ConsumerError *error)
{
	const ConsumerSelection *selection = &plan->selection;
	uint64_t n_chosen;

	if (selection->skip > n_declared)
		return fail_past_end(error, "skip", selection->skip, n_declared,
				     "element");
	plan->n_declared = n_declared;
	plan->first = selection->tail < n_declared
			      ? n_declared - selection->tail
			      : selection->skip;
	n_chosen = count_steps(n_declared - plan->first, selection->step);
	set_n_given(plan, MIN(n_chosen, selection->max));
	plan->is_cut = plan->n_given < n_chosen;
	return CONSUMER_OK;
}

void
plan_unknown(struct plan *plan)
{
	plan->n_declared = CONSUMER_ALL;
	plan->first = plan->selection.skip;
	plan->n_given = CONSUMER_ALL;
	plan->n_left = plan->selection.max;
}

void
plan_limit(struct plan *plan, uint64_t n_there)
{
	const uint64_t n_behind =
		n_there > plan->first ? n_there - plan->first : 0;
	const uint64_t n = count_steps(n_behind, plan->selection.step);

	/* What 'max' leaves out need not exist. */
	plan->is_short = n_there < plan->n_declared &&
			 !(plan->is_cut && n >= plan->n_given);
	plan->n_there = n_there;
	set_n_given(plan, MIN(n, plan->n_given));
}

void
plan_limit_columns(struct plan *plan, uint64_t n_there)
{
	const bool is_all = plan->n_given == plan->n_declared;

	plan->is_short = n_there < plan->n_declared;
	plan->n_there = n_there;
	if (plan->is_short)
		set_n_given(plan, is_all ? n_there : 0);
}

void
plan_take_all(struct plan *plan)
{
	plan->selection = (ConsumerSelection)CONSUMER_SELECT_ALL;
	plan->first = 0;
	set_n_given(plan, plan->n_declared);
}

uint64_t
plan_n_spanned(const struct plan *plan)
{
	return plan->n_given == 0
		       ? 0
		       : (plan->n_given - 1) * plan->selection.step + 1;
}

bool
plan_choose(struct plan *plan, ConsumerElement element, const void *data,
	    uint64_t n, ConsumerArray *out)
{
	const uint64_t step = plan->selection.step;
	const uint64_t first = plan->n_until_chosen;
	const uint64_t n_chosen = first < n ? count_steps(n - first, step) : 0;
	const uint64_t n_given = MIN(n_chosen, plan->n_left);
	const ConsumerArray all = wrap_flat(data, element, (ptrdiff_t)n, true);

	plan->n_left -= n_given;
	if (n_chosen > 0)
		plan->n_until_chosen =
			step - (n - first - (n_chosen - 1) * step);
	else
		plan->n_until_chosen -= n;
	if (n_given < n_chosen)
		plan->is_cut = true;
	if (n_given == 0)
		return false;
	/* One axis: cannot fail, nor needs a release. */
	consumer_array_slice(&all, 0, (ptrdiff_t)first, (ptrdiff_t)n_given,
			     n_given > 1 ? (ptrdiff_t)step : 1, out, NULL);
	return true;
}

void
plan_end(struct plan *plan)
{
	const uint64_t n_planned = plan->n_given == CONSUMER_ALL
					   ? plan->selection.max
					   : plan->n_given;

	set_n_given(plan, n_planned - plan->n_left);
	plan->n_left = 0;
}

void
plan_rewind(struct plan *plan)
{
	plan->n_left = plan->n_given;
	plan->n_until_chosen = 0;
}

ConsumerStatus
plan_fail_short(const struct plan *plan, ConsumerError *error)
{
	return fail(error, CONSUMER_ERR_DATA,
		    "the data end after %llu of %llu elements",
		    (unsigned long long)plan->n_there,
		    (unsigned long long)plan->n_declared);
}
