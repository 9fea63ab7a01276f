/* SPDX-License-Identifier: MIT */
/*
 * check_run.h - what the C tests share: running them, outputs that must stay
 * untouched, memory that ends at an unmapped page, files, random numbers, and
 * a system that fails on demand.
 */
#ifndef CHECK_RUN_H
#define CHECK_RUN_H

#include "internal.h"

#include <check.h>
#include <string.h>
#include <sys/types.h>

/* Check has a macro of this name, which internal.h's function is not. */
#undef fail

/* --- Running ------------------------------------------------------------ */

/*
 * A test case of 'suite', with the time that sanitizers need, or a long test:
 * CONSUMER_LONG_TESTS=1 in the environment asks for those, which take minutes.
 */
TCase *check_case(Suite *suite);
bool is_long_test(void);

/*
 * Another one, for tests that wait for a SIGBUS and its address; not in 'suite',
 * with a message, where an emulator gives none that is right.
 */
TCase *check_case_of_faults(Suite *suite);

/*
 * Runs 'suite' in a new directory, so that tests may make files by any name,
 * and removes that directory.  Returns what main() returns.
 */
int check_run(Suite *suite);

/* --- Failures ----------------------------------------------------------- */

/* As ck_assert_msg(), for loops: that one writes a file even if it holds. */
#define expect(condition, ...)                     \
	do {                                       \
		if (!(condition))                  \
			ck_abort_msg(__VA_ARGS__); \
	} while (0)

/* Fills an object with bytes that no result has, and finds them again. */
#define POISON(object) memset(&(object), 0xA5, sizeof(object))
#define ck_assert_untouched(object) \
	check_untouched(&(object), sizeof(object), #object)

void check_untouched(const void *object, size_t n_bytes, const char *name);

/*
 * Checks all that consumer.h says of an error, and that it is of 'status',
 * which is not CONSUMER_OK.
 */
void check_failure(ConsumerStatus got, const ConsumerError *error,
		   ConsumerStatus status);

/* --- Memory ------------------------------------------------------------- */

/* Bytes with unmapped pages on both sides, flush against one of them. */
struct guarded {
	unsigned char *data;
	unsigned char *pages;
	size_t n_bytes;
};

enum guarded_side { GUARDED_FRONT, GUARDED_BACK };

struct guarded guarded_new(size_t n_bytes, enum guarded_side side);
void guarded_free(struct guarded *memory);

/* Whether there is memory at 'address', readable or not. */
bool address_is_mapped(const void *address);

/* --- Random numbers ----------------------------------------------------- */

/* The next 64 random bits of the sequence that '*state' is in. */
uint64_t random_bits(uint64_t *state);

/* One of least ... most. */
int64_t random_between(uint64_t *state, int64_t least, int64_t most);

void random_fill(uint64_t *state, void *out, size_t n_bytes);

/* --- Files -------------------------------------------------------------- */

/* Makes the file 'name' hold 'bytes'; returns 'name'. */
const char *file_with(const char *name, const void *bytes, size_t n_bytes);

/* How many descriptors this process has. */
int count_descriptors(void);

/* --- Faults ------------------------------------------------------------- */

/*
 * What malloc(), calloc(), realloc(), mmap(), read() and write() do when called
 * by the code under test; the linker brings their calls here (--wrap).  All
 * zero: as always.
 */
extern struct faults {
	/* The n-th allocation from now on fails, and all later ones too. */
	int fail_allocation;
	bool fail_later_ones;
	bool has_failed;
	int mmap_errno;
	int n_mmaps_before; /* so many are done before that happens */
	/* The n-th read from now on fails with 'read_errno'. */
	int fail_read;
	int read_errno;
	/* Nothing reads or writes more at once than this. */
	size_t max_transfer;
	/* The first read takes no more than this. */
	size_t max_first_read;
	/* Every write is of no bytes, as to a device that is full. */
	bool is_full;
	/* Every other read or write is interrupted before it has begun. */
	bool is_interrupted;
	size_t n_bytes_read;
	size_t largest_allocation;
} faults;

/*
 * Runs its body again and again, each time with another allocation failing,
 * until one run meets no fault:
 *
 *	FOR_EACH_ALLOCATION {
 *		status = function_under_test(...);
 *		if (!allocation_failed())
 *			break;
 *		...
 *	}
 *
 * allocation_failed() also ends the fault.
 */
#define FOR_EACH_ALLOCATION(is_for_ever)                          \
	for (int n_allocation = 1;                                \
	     fail_allocation_number(n_allocation, (is_for_ever)); \
	     n_allocation++)

bool fail_allocation_number(int n, bool and_later_ones);
bool allocation_failed(void);

#endif
