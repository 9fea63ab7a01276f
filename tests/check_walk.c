/* SPDX-License-Identifier: MIT */
/* Walks beside index arithmetic: element i of a Fortran-ordered array. */
#include "config.h"
#include "check_run.h"
#include "walk.h"

#define ALL	  CONSUMER_ALL
#define N_ROWS	  7
#define N_COLUMNS 1013
#define N	  (N_ROWS * N_COLUMNS)

/* Element i, in C order, is i. */
static ConsumerArray
make_columns(int32_t *values)
{
	const ptrdiff_t shape[] = { N_ROWS, N_COLUMNS };
	const ptrdiff_t strides[] = { 4, 4 * N_ROWS };
	ConsumerArray array;

	for (int i = 0; i < N; i++)
		values[i % N_COLUMNS * N_ROWS + i / N_COLUMNS] = i;
	ck_assert_int_eq(
		consumer_array_wrap(values, consumer_element(CONSUMER_INT32), 2,
				    shape, strides, true, &array, NULL),
		CONSUMER_OK);
	return array;
}

static const ConsumerSelection selections[] = {
	CONSUMER_SELECT_ALL,
	{ .skip = 1, .tail = ALL, .step = 1, .max = ALL },
	{ .skip = N_COLUMNS - 1, .tail = ALL, .step = 2, .max = 3 },
	{ .tail = 5, .step = 1, .max = ALL },
	{ .tail = ALL, .step = 191, .max = ALL },
	{ .tail = ALL, .step = 192, .max = ALL },
	{ .skip = 3, .tail = ALL, .step = 193, .max = 30 },
	{ .tail = ALL, .step = N_COLUMNS, .max = ALL },
	{ .tail = ALL, .step = UINT64_MAX, .max = ALL },
	{ .skip = N, .tail = ALL, .step = 1, .max = ALL },
	{ .skip = N, .tail = ALL, .step = 100, .max = ALL },
	{ .tail = ALL, .step = 1, .max = 0 },
};

/* Returns how many elements came before an error or the end. */
static uint64_t
walk_through(struct walk *walk, const ConsumerArray *array, struct plan *plan,
	     ConsumerStatus *status)
{
	uint64_t n = 0;

	for (;;) {
		ConsumerArray part;

		POISON(part);
		*status = walk_next(walk, array, plan, &part, NULL);
		if (*status) {
			ck_assert_untouched(part);
			return n;
		}
		expect(part.ndim == 1 && !part.release && part.read_only,
		       "a strange array");
		if (part.n_elements == 0)
			return n;
		for (ptrdiff_t i = 0; i < part.n_elements; i++, n++) {
			const uint64_t want =
				plan->first + n * plan->selection.step;
			int32_t got;

			memcpy(&got,
			       (const char *)part.data +
				       i * *consumer_array_strides(&part),
			       4);
			expect((uint64_t)got == want, "%d, not %llu", got,
			       (unsigned long long)want);
		}
	}
}

START_TEST(every_selection_is_given_in_the_order_of_the_rows)
{
	static int32_t values[N];
	ConsumerArray array = make_columns(values);
	struct plan plan = { .selection = selections[_i] };
	struct walk walk = { .blocks = NULL };
	ConsumerStatus status;

	plan_known(&plan, N, NULL);
	for (int round = 0; round < 2; round++) {
		ck_assert_uint_eq(walk_through(&walk, &array, &plan, &status),
				  plan.n_given);
		ck_assert_int_eq(status, CONSUMER_OK);
		plan_rewind(&plan);
		walk_end(&walk);
	}
	consumer_array_release(&array);
}
END_TEST

START_TEST(without_memory_nothing_is_given)
{
	static int32_t values[N];
	ConsumerArray array = make_columns(values);
	struct plan plan = { .selection = selections[_i] };
	struct walk walk = { .blocks = NULL };
	ConsumerStatus status;

	plan_known(&plan, N, NULL);
	fail_allocation_number(1, false);
	ck_assert_uint_eq(walk_through(&walk, &array, &plan, &status), 0);
	ck_assert(allocation_failed());
	ck_assert_int_eq(status, CONSUMER_ERR_MEMORY);
	walk_end(&walk);
	consumer_array_release(&array);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("walk");
	TCase *tcase = check_case(suite);

	tcase_add_loop_test(tcase,
			    every_selection_is_given_in_the_order_of_the_rows,
			    0, ARRAY_LEN(selections));
	tcase_add_loop_test(tcase, without_memory_nothing_is_given, 0,
			    ARRAY_LEN(selections));
	return check_run(suite);
}
