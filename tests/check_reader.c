/* SPDX-License-Identifier: MIT */
/* Elements of a pipe whose writer stays; check_stream.c has all the rest. */
#include "config.h"
#include "check_run.h"
#include "reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define ALL CONSUMER_ALL

/* A reader of "0123456789" from a pipe. */
static void
begin(struct reader *reader, const ConsumerSelection *selection,
      uint64_t n_declared, int ends[2])
{
	*reader = (struct reader){
		.plan = { .selection = *selection },
		.element = consumer_element(CONSUMER_CHAR),
	};
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(write(ends[1], "0123456789", 10), 10);
	ck_assert_int_eq(
		input_open(NULL, ends[0], O_RDONLY, NULL, &reader->input, NULL),
		CONSUMER_OK);
	if (n_declared == ALL)
		plan_unknown(&reader->plan);
	else
		ck_assert_int_eq(plan_known(&reader->plan, n_declared, NULL),
				 CONSUMER_OK);
	alarm(10); /* instead of for ever */
}

static void
end(struct reader *reader, const int ends[2])
{
	alarm(0);
	input_close(&reader->input);
	close(ends[0]);
}

static const struct {
	ConsumerSelection selection;
	uint64_t n_declared;
	const char *want;
	bool is_cut;
	bool is_short;
	uint64_t n_trailing_bytes;
} cases[] = {
	{ CONSUMER_SELECT_ALL, ALL, "0123456789", false, false, 0 },
	{ { .skip = 2, .tail = ALL, .step = 3, .max = ALL },
	  ALL,
	  "258",
	  false,
	  false,
	  0 },
	{ { .skip = 2, .tail = ALL, .step = 3, .max = 2 },
	  ALL,
	  "25",
	  true,
	  false,
	  0 },
	{ { .tail = 3, .step = 2, .max = ALL }, ALL, "79", false, false, 0 },
	{ { .skip = 10, .tail = ALL, .step = 1, .max = ALL },
	  ALL,
	  "",
	  false,
	  false,
	  0 },
	{ CONSUMER_SELECT_ALL, 7, "0123456", false, false, 3 },
	{ { .tail = 3, .step = 2, .max = ALL }, 7, "46", false, false, 3 },
	{ { .tail = ALL, .step = 1, .max = 2 }, 7, "01", true, false, 0 },
	{ CONSUMER_SELECT_ALL, 12, "0123456789", false, true, 0 },
	{ { .skip = 11, .tail = ALL, .step = 1, .max = ALL },
	  12,
	  "",
	  false,
	  true,
	  0 },
};

static void
check_plan_of(const struct reader *reader, int i)
{
	ck_assert_uint_eq(reader->plan.n_given, strlen(cases[i].want));
	ck_assert_int_eq(reader->plan.is_cut, cases[i].is_cut);
	ck_assert_int_eq(reader->plan.is_short, cases[i].is_short);
	ck_assert_uint_eq(reader->n_trailing_bytes, cases[i].n_trailing_bytes);
}

START_TEST(what_is_selected_is_given)
{
	struct reader reader;
	char got[16] = "";
	size_t n = 0;
	bool is_end = false;
	int ends[2];

	begin(&reader, &cases[_i].selection, cases[_i].n_declared, ends);
	close(ends[1]);
	faults.max_transfer = 3;
	while (!is_end) {
		ConsumerArray part;

		POISON(part);
		ck_assert_int_eq(reader_next(&reader, &part, &is_end, NULL),
				 CONSUMER_OK);
		if (is_end) {
			ck_assert_untouched(part);
			break;
		}
		ck_assert_int_gt(part.n_elements, 0);
		consumer_array_copy_bytes(&part, got + n);
		n += (size_t)part.n_elements;
	}
	ck_assert_str_eq(got, cases[_i].want);
	check_plan_of(&reader, _i);
	end(&reader, ends);
}
END_TEST

START_TEST(what_is_selected_is_collected)
{
	struct reader_memory memory = { .bytes = NULL };
	struct reader reader;
	int ends[2];

	begin(&reader, &cases[_i].selection, cases[_i].n_declared, ends);
	close(ends[1]);
	faults.max_transfer = 3;
	ck_assert_int_eq(reader_collect(&reader, ALL, &memory, NULL),
			 CONSUMER_OK);
	ck_assert_uint_eq(memory.n_bytes, strlen(cases[_i].want));
	ck_assert_ptr_nonnull(memory.bytes);
	ck_assert_mem_eq(memory.bytes, cases[_i].want, memory.n_bytes);
	check_plan_of(&reader, _i);
	free(memory.bytes);
	end(&reader, ends);
}
END_TEST

/* The writer does not end. */
START_TEST(no_more_is_waited_for_than_wanted)
{
	const ConsumerSelection ten = { .tail = ALL, .step = 1, .max = 10 };
	struct reader_memory memory = { .bytes = NULL };
	struct reader reader;
	int ends[2];

	begin(&reader, &ten, ALL, ends);
	ck_assert_int_eq(reader_collect(&reader, 10, &memory, NULL),
			 CONSUMER_OK);
	ck_assert_uint_eq(memory.n_bytes, 10);
	ck_assert_mem_eq(memory.bytes, "0123456789", 10);
	free(memory.bytes);
	close(ends[1]);
	end(&reader, ends);
}
END_TEST

START_TEST(failures_are_told)
{
	const ConsumerSelection late = {
		.skip = 11, .tail = ALL, .step = 1, .max = ALL
	};
	const ConsumerSelection all = CONSUMER_SELECT_ALL;
	struct reader_memory memory = { .bytes = NULL };
	struct reader reader;
	ConsumerError error;
	int ends[2];

	begin(&reader, _i == 0 ? &late : &all, ALL, ends);
	close(ends[1]);
	if (_i == 1) {
		faults.fail_read = 1;
		faults.read_errno = EIO;
	}
	if (_i >= 2) /* of the input's, then of our own */
		fail_allocation_number(_i - 1, true);
	check_failure(reader_collect(&reader, ALL, &memory, &error), &error,
		      _i == 0	? CONSUMER_ERR_ARGUMENT
		      : _i == 1 ? CONSUMER_ERR_OS
				: CONSUMER_ERR_MEMORY);
	if (_i == 0)
		ck_assert_str_eq(error.message,
				 "skip 11 is past the end (10 elements)");
	if (_i >= 2)
		ck_assert(allocation_failed());
	free(memory.bytes);
	end(&reader, ends);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("reader");
	TCase *tcase = check_case(suite);

	tcase_add_loop_test(tcase, what_is_selected_is_given, 0,
			    ARRAY_LEN(cases));
	tcase_add_loop_test(tcase, what_is_selected_is_collected, 0,
			    ARRAY_LEN(cases));
	tcase_add_test(tcase, no_more_is_waited_for_than_wanted);
	tcase_add_loop_test(tcase, failures_are_told, 0, 4);
	return check_run(suite);
}
