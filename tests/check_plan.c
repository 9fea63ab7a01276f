/* SPDX-License-Identifier: MIT */
/* Plans beside a loop that goes through the source element by element. */
#include "config.h"
#include "check_run.h"
#include "plan.h"

#define ALL	     CONSUMER_ALL
#define MAX_ELEMENTS 12

/* What is given of the elements 0 ... n-1. */
struct model {
	bool is_past_end;
	bool is_cut;
	size_t n;
	unsigned char indexes[MAX_ELEMENTS];
};

static struct model
model_of(const ConsumerSelection *selection, uint64_t n)
{
	struct model model = { .is_past_end = selection->skip > n };
	uint64_t at = selection->skip;

	if (selection->tail < n)
		at = n - selection->tail;
	for (; at < n; at += selection->step) {
		if (model.n == selection->max) {
			model.is_cut = true;
			break;
		}
		model.indexes[model.n++] = (unsigned char)at;
		if (selection->step >= n)
			break;
	}
	return model;
}

/* Gives the elements of [first, n) to the plan, in runs of any length. */
static size_t
give_runs(struct plan *plan, uint64_t *state, uint64_t first, uint64_t n,
	  unsigned char *out)
{
	unsigned char source[MAX_ELEMENTS];
	size_t n_given = 0;

	for (size_t i = 0; i < MAX_ELEMENTS; i++)
		source[i] = (unsigned char)i;
	while (first < n) {
		const int64_t left = (int64_t)(n - first);
		const uint64_t n_run = (uint64_t)random_between(state, 1, left);
		ConsumerArray array;

		POISON(array);
		if (plan_choose(plan, consumer_element(CONSUMER_UINT8),
				source + first, n_run, &array)) {
			ck_assert_int_gt(array.n_elements, 0);
			consumer_array_copy_bytes(&array, out + n_given);
			n_given += (size_t)array.n_elements;
		} else {
			ck_assert_untouched(array);
		}
		first += n_run;
	}
	return n_given;
}

static void
check_known(const ConsumerSelection *selection, uint64_t n, uint64_t *state)
{
	const struct model want = model_of(selection, n);
	struct plan plan = { .selection = *selection };
	unsigned char got[MAX_ELEMENTS];
	ConsumerError error;
	ConsumerStatus status = plan_known(&plan, n, &error);

	if (want.is_past_end) {
		check_failure(status, &error, CONSUMER_ERR_ARGUMENT);
		ck_assert_str_eq(error.argument, "skip");
		return;
	}
	ck_assert_int_eq(status, CONSUMER_OK);
	expect(plan.n_given == want.n && (size_t)plan.length == want.n &&
		       plan.is_cut == want.is_cut && !plan.is_short,
	       "%llu of %llu", (unsigned long long)plan.n_given,
	       (unsigned long long)n);
	expect(plan_n_spanned(&plan) ==
		       (want.n ? want.indexes[want.n - 1] - want.indexes[0] + 1u
			       : 0),
	       "another span");
	for (int round = 0; round < 2; round++) {
		expect(give_runs(&plan, state, plan.first, n, got) == want.n &&
			       memcmp(got, want.indexes, want.n) == 0 &&
			       plan.is_cut == want.is_cut,
		       "other elements");
		plan_rewind(&plan);
	}
}

/* Where the end is seen only when it has come. */
static void
check_unknown(const ConsumerSelection *selection, uint64_t n, uint64_t *state)
{
	const struct model want = model_of(selection, n);
	struct plan plan = { .selection = *selection };
	unsigned char got[MAX_ELEMENTS];

	plan_unknown(&plan);
	ck_assert_uint_eq(plan.n_given, ALL);
	expect(give_runs(&plan, state, plan.first, n, got) == want.n &&
		       memcmp(got, want.indexes, want.n) == 0,
	       "other elements");
	plan_end(&plan);
	expect(plan.n_given == want.n && (size_t)plan.length == want.n &&
		       plan.is_cut == want.is_cut,
	       "%llu given", (unsigned long long)plan.n_given);
	plan_end(&plan); /* it stays there */
	ck_assert_uint_eq(plan.n_given, want.n);
}

/* Of 'n' declared elements 'n_there' exist. */
static void
check_limited(const ConsumerSelection *selection, uint64_t n, uint64_t n_there)
{
	const struct model want = model_of(selection, n);
	struct plan plan = { .selection = *selection };
	size_t n_want = 0;

	plan_known(&plan, n, NULL);
	plan_limit(&plan, n_there);
	while (n_want < want.n && want.indexes[n_want] < n_there)
		n_want++;
	ck_assert_uint_eq(plan.n_given, n_want);
	ck_assert_uint_eq(plan.n_there, n_there);
	expect(plan.is_short ==
		       (n_there < n && !(want.is_cut && n_want == want.n)),
	       "short %d: %llu of %llu", plan.is_short,
	       (unsigned long long)n_there, (unsigned long long)n);
}

/* The same of columns: all, how many there are of all, or nothing. */
static void
check_columns(const ConsumerSelection *selection, uint64_t n, uint64_t n_there)
{
	const struct model want = model_of(selection, n);
	struct plan plan = { .selection = *selection };

	plan_known(&plan, n, NULL);
	plan_limit_columns(&plan, n_there);
	ck_assert_uint_eq(plan.n_there, n_there);
	ck_assert(plan.is_short == (n_there < n));
	ck_assert_uint_eq(plan.n_given, n_there == n  ? want.n
					: want.n == n ? n_there
						      : 0);
}

START_TEST(every_small_plan_is_right)
{
	static const uint64_t counts[] = { 0,  1,  2,  3,	5,
					   11, 12, 13, ALL - 1, ALL };
	uint64_t state = 1;

	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		for (size_t j = 0; j < ARRAY_LEN(counts); j++) {
			const ConsumerSelection selection = {
				.skip = _i & 1 ? 0 : counts[i],
				.tail = _i & 1 ? counts[i] : ALL,
				.step = counts[_i / 2] + (counts[_i / 2] == 0),
				.max = counts[j],
			};

			for (uint64_t n = 0; n <= MAX_ELEMENTS; n++) {
				check_known(&selection, n, &state);
				if (selection.skip > n)
					continue;
				if (selection.tail == ALL)
					check_unknown(&selection, n, &state);
				for (uint64_t there = 0; there <= n; there++) {
					check_limited(&selection, n, there);
					check_columns(&selection, n, there);
				}
			}
		}
	}
}
END_TEST

START_TEST(all_can_be_taken_instead)
{
	struct plan plan = {
		.selection = { .skip = 2, .tail = ALL, .step = 3, .max = 2 },
	};
	unsigned char got[MAX_ELEMENTS];
	uint64_t state = 1;

	plan_known(&plan, MAX_ELEMENTS, NULL);
	plan_take_all(&plan);
	ck_assert_uint_eq(give_runs(&plan, &state, 0, MAX_ELEMENTS, got),
			  MAX_ELEMENTS);
	for (size_t i = 0; i < MAX_ELEMENTS; i++)
		ck_assert_uint_eq(got[i], i);
	ck_assert(plan.is_cut);
}
END_TEST

START_TEST(what_is_short_says_how_short)
{
	struct plan plan = { .selection = CONSUMER_SELECT_ALL };
	ConsumerError error;

	plan_known(&plan, 24, NULL);
	plan_limit(&plan, 19);
	check_failure(plan_fail_short(&plan, &error), &error,
		      CONSUMER_ERR_DATA);
	ck_assert_str_eq(error.message, "the data end after 19 of 24 elements");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("plan");
	TCase *tcase = check_case(suite);

	tcase_add_loop_test(tcase, every_small_plan_is_right, 0, 20);
	tcase_add_test(tcase, all_can_be_taken_instead);
	tcase_add_test(tcase, what_is_short_says_how_short);
	return check_run(suite);
}
