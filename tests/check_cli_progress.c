/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "check_run.h"
#include "cli_progress.h"

#include <stdio.h>

#define SECOND INT64_C(1000000000)

static const struct {
	uint64_t n_bytes, total_bytes;
	int64_t elapsed_ns;
	const char *want;
} cases[] = {
	/* Without a total, or one that turned out to be wrong. */
	{ 0, 0, SECOND, "  0 B, 0 B/s" },
	{ 999, 0, SECOND, "  999 B, 999 B/s" },
	{ 1000, 0, SECOND, "  1.0 kB, 1.0 kB/s" },
	{ 12300000000, 0, 5 * SECOND, "  12.3 GB, 2.5 GB/s" },
	{ 12300000001, 12300000000, 5 * SECOND, "  12.3 GB, 2.5 GB/s" },
	{ 0, 1000, SECOND, "  0 B, 0 B/s" },

	/* Rounding never makes a fourth digit. */
	{ 999499, 0, SECOND, "  999 kB, 999 kB/s" },
	{ 999500, 0, SECOND, "  1.0 MB, 1.0 MB/s" },
	{ 99949, 0, SECOND, "  99.9 kB, 99.9 kB/s" },
	{ 99950, 0, SECOND, "  100 kB, 100 kB/s" },
	{ 9949, 0, 2 * SECOND, "  9.9 kB, 5.0 kB/s" },
	{ UINT64_MAX, 0, SECOND, "  18.4 EB, 18.4 EB/s" },
	{ 9223372036854775808u, 0, SECOND / 1000, "  9.2 EB, 9223 EB/s" },

	/* With a total: the time is what the rest takes at the same rate. */
	{ 12300000000, 200000000000, 5857142857,
	  "  12.3 GB of 200 GB (6%), 2.1 GB/s, 1:29 left" },
	{ 999, 1000, SECOND, "  999 B of 1.0 kB (99%), 999 B/s, 0:00 left" },
	{ 1000, 1000, SECOND,
	  "  1.0 kB of 1.0 kB (100%), 1.0 kB/s, 0:00 left" },
	{ 1, 60, SECOND, "  1 B of 60 B (1%), 1 B/s, 0:59 left" },
	{ 1, 3600, SECOND, "  1 B of 3.6 kB (0%), 1 B/s, 59:59 left" },
	{ 1, 3601, SECOND, "  1 B of 3.6 kB (0%), 1 B/s, 1:00:00 left" },
	{ 1, 1000000, SECOND, "  1 B of 1.0 MB (0%), 1 B/s, 277:46:39 left" },
	{ 1, UINT64_MAX, INT64_MAX,
	  "  1 B of 18.4 EB (0%), 0 B/s, 277777777777:46:40 left" },
};

START_TEST(the_line_says_how_far_and_how_fast)
{
	char text[120];

	cli_progress_format(text, sizeof(text), cases[_i].n_bytes,
			    cases[_i].total_bytes, cases[_i].elapsed_ns);
	ck_assert_str_eq(text, cases[_i].want);
}
END_TEST

/* Each length ends at an unmapped page, so that one byte more faults. */
START_TEST(the_line_is_cut_where_the_room_ends)
{
	const char *want = cases[_i].want;

	for (size_t size = 1; size <= strlen(want) + 1; size++) {
		struct guarded memory = guarded_new(size, GUARDED_BACK);
		char *text = (char *)memory.data;

		cli_progress_format(text, size, cases[_i].n_bytes,
				    cases[_i].total_bytes,
				    cases[_i].elapsed_ns);
		expect(strlen(text) == size - 1 &&
			       strncmp(text, want, size - 1) == 0,
		       "'%s' in %zu bytes", text, size);
		guarded_free(&memory);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("cli_progress");
	TCase *tcase = check_case(suite);

	tcase_add_loop_test(tcase, the_line_says_how_far_and_how_fast, 0,
			    ARRAY_LEN(cases));
	tcase_add_loop_test(tcase, the_line_is_cut_where_the_room_ends, 0,
			    ARRAY_LEN(cases));
	return check_run(suite);
}
