/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "check_run.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>

static const ConsumerStatus failures[] = {
	CONSUMER_ERR_ARGUMENT, CONSUMER_ERR_DATA,     CONSUMER_ERR_OS,
	CONSUMER_ERR_MEMORY,   CONSUMER_ERR_VANISHED,
};

START_TEST(fail_fills_every_member)
{
	const ConsumerStatus status = failures[_i];
	ConsumerError error;

	POISON(error);
	ck_assert_int_eq(fail(&error, status, "%s of %d", "one", 2), status);
	ck_assert_int_eq(error.status, status);
	ck_assert_int_eq(error.system_errno, 0);
	ck_assert_ptr_null(error.argument);
	ck_assert_str_eq(error.message, "one of 2");
}
END_TEST

START_TEST(without_an_error_the_status_is_all)
{
	ck_assert_int_eq(fail(NULL, failures[_i], "%d", 1), failures[_i]);
	ck_assert_int_eq(fail_argument(NULL, "skip", "%d", 1),
			 CONSUMER_ERR_ARGUMENT);
	ck_assert_int_eq(fail_past_end(NULL, "skip", 2, 1, "element"),
			 CONSUMER_ERR_ARGUMENT);
	ck_assert_int_eq(fail_errno(NULL, ENOENT), CONSUMER_ERR_OS);
	ck_assert_int_eq(fail_memory(NULL), CONSUMER_ERR_MEMORY);
}
END_TEST

START_TEST(an_old_error_leaves_nothing_behind)
{
	ConsumerError error;

	fail_argument(&error, "skip", "is too long to be seen again");
	fail_errno(&error, ENOENT);
	ck_assert_ptr_null(error.argument);
	ck_assert_str_eq(error.message, strerror(ENOENT));
	fail(&error, CONSUMER_ERR_DATA, "bad");
	ck_assert_int_eq(error.system_errno, 0);
	ck_assert_str_eq(error.message, "bad");
}
END_TEST

START_TEST(an_argument_begins_the_message)
{
	ConsumerError error;

	ck_assert_int_eq(fail_argument(&error, "step", "%d is odd", 3),
			 CONSUMER_ERR_ARGUMENT);
	check_failure(CONSUMER_ERR_ARGUMENT, &error, CONSUMER_ERR_ARGUMENT);
	ck_assert_str_eq(error.argument, "step");
	ck_assert_str_eq(error.message, "step 3 is odd");
}
END_TEST

static const struct {
	uint64_t n_wanted, n_there;
	const char *unit;
	const char *want;
} past_end_cases[] = {
	{ 1, 0, "byte", "offset 1 is past the end (0 bytes)" },
	{ 2, 1, "byte", "offset 2 is past the end (1 byte)" },
	{ 3, 2, "element", "offset 3 is past the end (2 elements)" },
	{ UINT64_MAX, UINT64_MAX - 1, "element",
	  "offset 18446744073709551615 is past the end "
	  "(18446744073709551614 elements)" },
};

START_TEST(past_the_end_counts_in_the_right_number)
{
	ConsumerError error;

	ck_assert_int_eq(fail_past_end(&error, "offset",
				       past_end_cases[_i].n_wanted,
				       past_end_cases[_i].n_there,
				       past_end_cases[_i].unit),
			 CONSUMER_ERR_ARGUMENT);
	check_failure(CONSUMER_ERR_ARGUMENT, &error, CONSUMER_ERR_ARGUMENT);
	ck_assert_str_eq(error.message, past_end_cases[_i].want);
}
END_TEST

static const int system_errors[] = { ENOENT, EACCES, EISDIR, ENOSPC, 123456 };

START_TEST(a_system_error_keeps_its_number)
{
	const int number = system_errors[_i];
	ConsumerError error;

	ck_assert_int_eq(fail_errno(&error, number), CONSUMER_ERR_OS);
	check_failure(CONSUMER_ERR_OS, &error, CONSUMER_ERR_OS);
	ck_assert_int_eq(error.system_errno, number);
	ck_assert_str_eq(error.message, strerror(number));
}
END_TEST

START_TEST(no_memory_says_so)
{
	ConsumerError error;

	ck_assert_int_eq(fail_memory(&error), CONSUMER_ERR_MEMORY);
	check_failure(CONSUMER_ERR_MEMORY, &error, CONSUMER_ERR_MEMORY);
	ck_assert_str_eq(error.message, "not enough memory");
}
END_TEST

/* The structure ends at an unmapped page, so that one byte more faults. */
START_TEST(a_long_message_is_cut_where_the_room_ends)
{
	struct guarded memory =
		guarded_new(sizeof(ConsumerError), GUARDED_BACK);
	ConsumerError *error = (ConsumerError *)(void *)memory.data;
	char long_text[1024];

	memset(long_text, 'x', sizeof(long_text));
	long_text[sizeof(long_text) - 1] = '\0';
	fail(error, CONSUMER_ERR_DATA, "%s", long_text);
	check_failure(CONSUMER_ERR_DATA, error, CONSUMER_ERR_DATA);
	ck_assert_uint_eq(strlen(error->message), sizeof(error->message) - 1);
	fail_argument(error, "skip", "%s", long_text);
	check_failure(CONSUMER_ERR_ARGUMENT, error, CONSUMER_ERR_ARGUMENT);
	ck_assert_uint_eq(strlen(error->message), sizeof(error->message) - 1);
	guarded_free(&memory);
}
END_TEST

/* A message used to have the line breaks of whatever it quotes. */
START_TEST(control_characters_do_not_make_a_second_line)
{
	ConsumerError error;

	fail(&error, CONSUMER_ERR_DATA, "'%s'", "a\nb\tc\033[1m\177\303\244");
	check_failure(CONSUMER_ERR_DATA, &error, CONSUMER_ERR_DATA);
	ck_assert_str_eq(error.message, "'a?b?c?[1m?\303\244'");
	fail_argument(&error, "step", "'%s'", "\r\n");
	check_failure(CONSUMER_ERR_ARGUMENT, &error, CONSUMER_ERR_ARGUMENT);
	ck_assert_str_eq(error.message, "step '?"
					"?'");
}
END_TEST

START_TEST(the_version_is_that_of_the_package)
{
	int major, minor, patch, n_read = 0;

	ck_assert_str_eq(consumer_version(), PACKAGE_VERSION);
	ck_assert_int_eq(sscanf(consumer_version(), "%d.%d.%d%n", &major,
				&minor, &patch, &n_read),
			 3);
	ck_assert_int_eq(consumer_version()[n_read], '\0');
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("error");
	TCase *tcase = check_case(suite);

	tcase_add_loop_test(tcase, fail_fills_every_member, 0,
			    ARRAY_LEN(failures));
	tcase_add_loop_test(tcase, without_an_error_the_status_is_all, 0,
			    ARRAY_LEN(failures));
	tcase_add_test(tcase, an_old_error_leaves_nothing_behind);
	tcase_add_test(tcase, an_argument_begins_the_message);
	tcase_add_loop_test(tcase, past_the_end_counts_in_the_right_number, 0,
			    ARRAY_LEN(past_end_cases));
	tcase_add_loop_test(tcase, a_system_error_keeps_its_number, 0,
			    ARRAY_LEN(system_errors));
	tcase_add_test(tcase, no_memory_says_so);
	tcase_add_test(tcase, a_long_message_is_cut_where_the_room_ends);
	tcase_add_test(tcase, control_characters_do_not_make_a_second_line);
	tcase_add_test(tcase, the_version_is_that_of_the_package);
	return check_run(suite);
}
