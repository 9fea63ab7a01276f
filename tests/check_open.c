/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "check_run.h"
#include "npy.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define ALL CONSUMER_ALL

/* What a file has that says nothing itself. */
#define SOURCE(elements) (&(ConsumerSource){ .element = (elements) })

static const ConsumerOpenMode modes[] = {
	CONSUMER_OPEN_READ,
	CONSUMER_OPEN_READ_WRITE,
	CONSUMER_OPEN_COPY_ON_WRITE,
};

/* --- What is in the array ----------------------------------------------- */

static const char digits[] = "0123456789abcdefgh";

static const struct {
	size_t n_bytes; /* of the file, which holds the digits */
	size_t itemsize;
	uint64_t offset_bytes;
	uint64_t count;
	ConsumerStatus status;
	ptrdiff_t n_elements;
	uint64_t n_trailing_bytes;
} open_cases[] = {
	{ 16, 4, 0, ALL, CONSUMER_OK, 4, 0 },
	{ 16, 4, 0, 3, CONSUMER_OK, 3, 0 },
	{ 16, 4, 0, 0, CONSUMER_OK, 0, 0 },
	{ 16, 4, 0, 4, CONSUMER_OK, 4, 0 },
	{ 16, 4, 0, 5, CONSUMER_ERR_DATA, 0, 0 },
	{ 16, 4, 0, ALL - 1, CONSUMER_ERR_DATA, 0, 0 },
	{ 16, 4, 3, ALL, CONSUMER_OK, 3, 1 },
	{ 16, 4, 3, 3, CONSUMER_OK, 3, 0 },
	{ 16, 4, 3, 4, CONSUMER_ERR_DATA, 0, 0 },
	{ 16, 4, 16, ALL, CONSUMER_OK, 0, 0 },
	{ 16, 4, 16, 0, CONSUMER_OK, 0, 0 },
	{ 16, 4, 16, 1, CONSUMER_ERR_DATA, 0, 0 },
	{ 16, 4, 17, ALL, CONSUMER_ERR_ARGUMENT, 0, 0 },
	{ 16, 4, UINT64_MAX, ALL, CONSUMER_ERR_ARGUMENT, 0, 0 },
	{ 18, 4, 0, ALL, CONSUMER_OK, 4, 2 },
	{ 18, 4, 2, ALL, CONSUMER_OK, 4, 0 },
	{ 18, 4, 0, 4, CONSUMER_OK, 4, 0 },
	{ 18, 8, 1, ALL, CONSUMER_OK, 2, 1 },
	{ 3, 4, 0, ALL, CONSUMER_OK, 0, 3 },
	{ 3, 4, 0, 0, CONSUMER_OK, 0, 0 },
	{ 3, 4, 3, ALL, CONSUMER_OK, 0, 0 },
	{ 18, 24, 0, ALL, CONSUMER_OK, 0, 18 },
	{ 18, 3, 5, ALL, CONSUMER_OK, 4, 1 },
	{ 0, 4, 0, ALL, CONSUMER_OK, 0, 0 },
	{ 0, 4, 0, 0, CONSUMER_OK, 0, 0 },
	{ 0, 4, 0, 1, CONSUMER_ERR_DATA, 0, 0 },
	{ 0, 4, 1, ALL, CONSUMER_ERR_ARGUMENT, 0, 0 },
};

static ConsumerElement
element_of_size(size_t itemsize)
{
	ConsumerElement element =
		consumer_element(itemsize == 4	 ? CONSUMER_INT32
				 : itemsize == 8 ? CONSUMER_FLOAT64
						 : CONSUMER_OPAQUE);

	element.itemsize = itemsize;
	return element;
}

/* Another process that writes 'digits' to the FIFO "fifo". */
static pid_t
start_writer(size_t n_bytes)
{
	pid_t writer;

	unlink("fifo");
	ck_assert_int_eq(mkfifo("fifo", 0600), 0);
	writer = fork();
	if (writer == 0) {
		const int descriptor = open("fifo", O_WRONLY);

		_exit(write(descriptor, digits, n_bytes) != (ssize_t)n_bytes);
	}
	return writer;
}

/* It used to wait for the element behind the last one that was asked for. */
START_TEST(no_more_is_waited_for_than_was_asked_for)
{
	const uint64_t count = (uint64_t)_i;
	ConsumerArray array;
	int keeps_open;

	unlink("fifo");
	ck_assert_int_eq(mkfifo("fifo", 0600), 0);
	keeps_open = open("fifo", O_RDWR);
	ck_assert_int_eq(write(keeps_open, digits, 8), 8);
	alarm(10); /* instead of for ever */
	ck_assert_int_eq(consumer_array_open("fifo", CONSUMER_OPEN_READ,
					     SOURCE(element_of_size(4)), 0,
					     count, NULL, &array, NULL, NULL),
			 CONSUMER_OK);
	ck_assert_int_eq(array.n_elements, (ptrdiff_t)count);
	consumer_array_release(&array);
	close(keeps_open);
}
END_TEST

static void
do_nothing(int signal_number)
{
	(void)signal_number;
}

static bool
go_on_until_the_third(void *context)
{
	return ++*(int *)context < 3;
}

/* The wait for a FIFO used to go on after every signal. */
START_TEST(a_signal_may_end_the_wait)
{
	struct sigaction action = { .sa_handler = do_nothing };
	const struct itimerval soon = { { 0, 10000 }, { 0, 10000 } };
	const struct itimerval never = { { 0, 0 }, { 0, 0 } };
	int n_signals = 0, keeps_open = -1;
	ConsumerInterrupt interrupt = { go_on_until_the_third, &n_signals };
	ConsumerArray array;
	ConsumerError error;

	unlink("fifo");
	ck_assert_int_eq(mkfifo("fifo", 0600), 0);
	if (_i == 1) /* opened at once, but nothing to read */
		keeps_open = open("fifo", O_RDWR);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	POISON(array);
	check_failure(consumer_array_open("fifo", CONSUMER_OPEN_READ,
					  SOURCE(element_of_size(4)), 0, ALL,
					  &interrupt, &array, NULL, &error),
		      &error, CONSUMER_ERR_OS);
	setitimer(ITIMER_REAL, &never, NULL);
	ck_assert_int_eq(error.system_errno, EINTR);
	ck_assert_int_eq(n_signals, 3);
	ck_assert_untouched(array);
	close(keeps_open);
}
END_TEST

/* The ways to open the same bytes. */
enum way { MAPPED, UNMAPPABLE, FIFO, N_WAYS };

static void
check_open(int row, enum way way, ConsumerOpenMode mode, bool is_strict)
{
	const ConsumerElement element =
		element_of_size(open_cases[row].itemsize);
	const size_t n_bytes = open_cases[row].n_bytes;
	const char *path = way == FIFO ? "fifo" : "data";
	ConsumerStatus want = open_cases[row].status, status;
	pid_t writer = way == FIFO ? start_writer(n_bytes) : 0;
	ConsumerArray array;
	uint64_t n_trailing_bytes;
	ConsumerError error;

	if (is_strict && open_cases[row].n_trailing_bytes > 0)
		want = CONSUMER_ERR_DATA;
	faults.mmap_errno = way == UNMAPPABLE ? ENODEV : 0;
	POISON(array);
	POISON(n_trailing_bytes);
	POISON(error);
	status = consumer_array_open(
		path, mode, SOURCE(element), open_cases[row].offset_bytes,
		open_cases[row].count, NULL, &array,
		is_strict ? NULL : &n_trailing_bytes, &error);
	faults.mmap_errno = 0;
	if (writer)
		waitpid(writer, NULL, 0);
	if (want) {
		check_failure(status, &error, want);
		ck_assert_untouched(array);
		ck_assert_untouched(n_trailing_bytes);
		return;
	}
	ck_assert_int_eq(status, CONSUMER_OK);
	ck_assert_untouched(error);
	ck_assert_int_eq(array.ndim, 1);
	ck_assert_int_eq(array.n_elements, open_cases[row].n_elements);
	ck_assert_int_eq(array.read_only, mode == CONSUMER_OPEN_READ);
	ck_assert_ptr_nonnull(array.data);
	ck_assert(array.release);
	ck_assert(consumer_array_is_c_contiguous(&array));
	ck_assert_mem_eq(array.data, digits + open_cases[row].offset_bytes,
			 (size_t)array.n_elements * element.itemsize);
	if (!is_strict)
		ck_assert_uint_eq(n_trailing_bytes,
				  open_cases[row].n_trailing_bytes);
	consumer_array_release(&array);
}

START_TEST(a_range_of_a_file_is_an_array)
{
	const int n_descriptors = count_descriptors();

	file_with("data", digits, open_cases[_i].n_bytes);
	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		check_open(_i, MAPPED, modes[i], false);
		check_open(_i, MAPPED, modes[i], true);
	}
	for (int way = UNMAPPABLE; way < N_WAYS; way++) {
		check_open(_i, (enum way)way, CONSUMER_OPEN_READ, false);
		check_open(_i, (enum way)way, CONSUMER_OPEN_READ, true);
		check_open(_i, (enum way)way, CONSUMER_OPEN_COPY_ON_WRITE,
			   false);
	}
	ck_assert_int_eq(count_descriptors(), n_descriptors);
}
END_TEST

/* --- Writing to it ------------------------------------------------------ */

static int
first_byte_of(const char *path)
{
	FILE *file = fopen(path, "rb");
	const int byte = getc(file);

	fclose(file);
	return byte;
}

START_TEST(writes_reach_the_file_in_one_mode_only)
{
	const ConsumerOpenMode mode = modes[1 + _i % 2];
	ConsumerArray array;

	file_with("data", digits, 16);
	faults.mmap_errno = _i == 3 ? ENODEV : 0;
	ck_assert_int_eq(consumer_array_open("data", mode,
					     SOURCE(element_of_size(4)), 0, ALL,
					     NULL, &array, NULL, NULL),
			 CONSUMER_OK);
	*(char *)array.data = 'X';
	ck_assert_int_eq(first_byte_of("data"),
			 mode == CONSUMER_OPEN_READ_WRITE ? 'X' : '0');
	consumer_array_release(&array);
	ck_assert_int_eq(first_byte_of("data"),
			 mode == CONSUMER_OPEN_READ_WRITE ? 'X' : '0');
}
END_TEST

/* An array that is only read needs no permission to write, and no more. */
START_TEST(a_mode_asks_for_no_more_than_it_needs)
{
	ConsumerArray array;
	ConsumerError error;
	ConsumerStatus status;

	file_with("data", digits, 16);
	ck_assert_int_eq(chmod("data", 0444), 0);
	/* The superuser may do anything: be somebody else. */
	if (geteuid() == 0) {
		ck_assert_int_eq(chmod(".", 0755), 0);
		ck_assert_int_eq(seteuid(65534), 0);
	}
	status = consumer_array_open("data", modes[_i],
				     SOURCE(element_of_size(4)), 0, ALL, NULL,
				     &array, NULL, &error);
	ck_assert_int_eq(seteuid(getuid()), 0);
	unlink("data");
	if (modes[_i] == CONSUMER_OPEN_READ_WRITE) {
		check_failure(status, &error, CONSUMER_ERR_OS);
		ck_assert_int_eq(error.system_errno, EACCES);
		return;
	}
	ck_assert_int_eq(status, CONSUMER_OK);
	consumer_array_release(&array);
}
END_TEST

/*
 * Where writes would go to a copy, and be lost, opening fails.  A file that
 * only says to be empty, as those of /proc do, used to be copied.
 */
static const char *const unwritable_paths[] = {
	"fifo", "/dev/zero", "/dev/null", "/proc/self/comm", "data",
};

START_TEST(what_cannot_be_mapped_cannot_be_written)
{
	ConsumerArray array;
	uint64_t n_trailing_bytes;
	ConsumerError error;

	unlink("fifo");
	ck_assert_int_eq(mkfifo("fifo", 0600), 0);
	file_with("data", digits, 16);
	faults.mmap_errno = ENODEV;
	POISON(array);
	POISON(n_trailing_bytes);
	check_failure(consumer_array_open(
			      unwritable_paths[_i], CONSUMER_OPEN_READ_WRITE,
			      SOURCE(consumer_element(CONSUMER_UINT8)), 0, ALL,
			      NULL, &array, &n_trailing_bytes, &error),
		      &error, CONSUMER_ERR_OS);
	ck_assert_int_eq(error.system_errno, ENODEV);
	ck_assert_untouched(array);
	ck_assert_untouched(n_trailing_bytes);
	unlink("fifo");
}
END_TEST

/* --- Other kinds of files ----------------------------------------------- */

static const ConsumerOpenMode reading_modes[] = {
	CONSUMER_OPEN_READ,
	CONSUMER_OPEN_COPY_ON_WRITE,
};

START_TEST(a_file_that_says_to_be_empty_is_read)
{
	ConsumerArray array;
	uint64_t n_trailing_bytes;

	ck_assert_int_eq(
		consumer_array_open("/proc/self/stat", reading_modes[_i],
				    SOURCE(consumer_element(CONSUMER_CHAR)), 0,
				    ALL, NULL, &array, NULL, NULL),
		CONSUMER_OK);
	ck_assert_int_gt(array.n_elements, 20);
	ck_assert_int_eq(((char *)array.data)[array.n_elements - 1], '\n');
	consumer_array_release(&array);
	ck_assert_int_eq(
		consumer_array_open("/proc/self/stat", reading_modes[_i],
				    SOURCE(element_of_size(4)), 1, 2, NULL,
				    &array, &n_trailing_bytes, NULL),
		CONSUMER_OK);
	ck_assert_int_eq(array.n_elements, 2);
	ck_assert_uint_eq(n_trailing_bytes, 0);
	consumer_array_release(&array);
}
END_TEST

START_TEST(a_device_gives_as_much_as_is_asked_for)
{
	ConsumerArray array;

	ck_assert_int_eq(consumer_array_open("/dev/zero", reading_modes[_i],
					     SOURCE(element_of_size(8)),
					     1000001, 50000, NULL, &array, NULL,
					     NULL),
			 CONSUMER_OK);
	ck_assert_int_eq(array.n_elements, 50000);
	for (ptrdiff_t i = 0; i < array.n_elements; i++)
		expect(((double *)array.data)[i] == 0, "element %td", i);
	consumer_array_release(&array);
	ck_assert_int_eq(consumer_array_open("/dev/null", reading_modes[_i],
					     SOURCE(element_of_size(8)), 0, ALL,
					     NULL, &array, NULL, NULL),
			 CONSUMER_OK);
	ck_assert_int_eq(array.n_elements, 0);
	consumer_array_release(&array);
}
END_TEST

START_TEST(the_array_outlives_the_name)
{
	ConsumerArray array;

	file_with("data", digits, 16);
	consumer_array_open("data", modes[_i], SOURCE(element_of_size(4)), 0,
			    ALL, NULL, &array, NULL, NULL);
	unlink("data");
	ck_assert_mem_eq(array.data, digits, 16);
	consumer_array_release(&array);
}
END_TEST

/* --- .npy files --------------------------------------------------------- */

/* The digits as int16 behind a header, and 'n_before' bytes before that. */
static void
make_npy(size_t n_before, bool is_fortran_order, int ndim,
	 const ptrdiff_t *shape, size_t n_data)
{
	char bytes[8 + NPY_WRITTEN_BYTES + sizeof(digits)] = "before";
	size_t n = n_before;

	n += npy_format(consumer_element(CONSUMER_INT16), is_fortran_order,
			ndim, shape, bytes + n);
	memcpy(bytes + n, digits, n_data);
	file_with("data", bytes, n + n_data);
}

static const struct {
	size_t n_before;
	bool is_fortran_order;
	int ndim;
	ptrdiff_t shape[3];
	size_t n_data;
	uint64_t count;
	bool gives_shape;
	ConsumerStatus status;
	uint64_t n_trailing_bytes;
} npy_cases[] = {
	{ 0, false, 1, { 4 }, 8, ALL, false, CONSUMER_OK, 0 },
	{ 5, false, 1, { 4 }, 8, ALL, false, CONSUMER_OK, 0 },
	{ 0, false, 0, { 0 }, 2, ALL, false, CONSUMER_OK, 0 },
	{ 0, false, 2, { 2, 3 }, 12, ALL, false, CONSUMER_OK, 0 },
	{ 3, true, 2, { 2, 3 }, 12, ALL, false, CONSUMER_OK, 0 },
	{ 0, true, 3, { 2, 2, 2 }, 16, ALL, false, CONSUMER_OK, 0 },
	{ 0, true, 3, { 2, 0, 2 }, 0, ALL, false, CONSUMER_OK, 0 },
	{ 0, false, 2, { 0, 3 }, 0, ALL, false, CONSUMER_OK, 0 },
	{ 0, true, 1, { 4 }, 8, ALL, false, CONSUMER_OK, 0 },
	/* A shape that is given: with its count, as a front end does it. */
	{ 0, false, 2, { 2, 3 }, 12, 6, true, CONSUMER_OK, 0 },
	{ 0, true, 2, { 2, 3 }, 12, 6, true, CONSUMER_OK, 0 },
	{ 0, false, 0, { 0 }, 2, 1, true, CONSUMER_OK, 0 },
	{ 0, true, 2, { 2, 3 }, 13, 6, true, CONSUMER_OK, 1 },
	/* Left over */
	{ 0, false, 2, { 2, 3 }, 16, ALL, false, CONSUMER_OK, 4 },
	{ 0, true, 2, { 2, 3 }, 13, ALL, false, CONSUMER_OK, 1 },
	{ 0, true, 2, { 2, 0 }, 2, ALL, false, CONSUMER_OK, 2 },
	/* Short */
	{ 0, false, 2, { 2, 3 }, 11, ALL, false, CONSUMER_ERR_DATA, 0 },
	{ 0, true, 2, { 2, 3 }, 11, ALL, false, CONSUMER_ERR_DATA, 0 },
	{ 0, false, 1, { 3 }, 0, ALL, false, CONSUMER_ERR_DATA, 0 },
	/* Counted: one dimension */
	{ 0, false, 2, { 2, 3 }, 12, 4, false, CONSUMER_OK, 0 },
	{ 0, false, 2, { 2, 3 }, 12, 6, false, CONSUMER_OK, 0 },
	{ 0, false, 2, { 2, 3 }, 13, 6, false, CONSUMER_OK, 0 },
	{ 0, false, 2, { 2, 3 }, 12, 0, false, CONSUMER_OK, 0 },
	{ 0, false, 2, { 2, 3 }, 9, 4, false, CONSUMER_OK, 0 },
	{ 0, false, 2, { 2, 3 }, 9, 5, false, CONSUMER_ERR_DATA, 0 },
	{ 0, false, 2, { 2, 3 }, 12, 7, false, CONSUMER_ERR_DATA, 0 },
	{ 0, true, 2, { 2, 3 }, 12, 4, false, CONSUMER_ERR_ARGUMENT, 0 },
	{ 0, true, 1, { 4 }, 8, 3, false, CONSUMER_OK, 0 },
};

static void
check_npy(int row, ConsumerOpenMode mode, bool is_mapped, bool is_strict)
{
	const bool is_counted =
		npy_cases[row].count != ALL && !npy_cases[row].gives_shape;
	const ConsumerSource source = {
		.element = element_of_size(4),
		.ndim = npy_cases[row].ndim,
		.shape = npy_cases[row].gives_shape ? npy_cases[row].shape
						    : NULL,
	};
	ConsumerStatus want = npy_cases[row].status, status;
	ConsumerArray array;
	uint64_t n_trailing_bytes;
	ConsumerError error;

	if (is_strict && npy_cases[row].n_trailing_bytes > 0)
		want = CONSUMER_ERR_DATA;
	faults.mmap_errno = is_mapped ? 0 : ENODEV;
	POISON(array);
	POISON(n_trailing_bytes);
	status = consumer_array_open(
		"data", mode, &source, npy_cases[row].n_before,
		npy_cases[row].count, NULL, &array,
		is_strict ? NULL : &n_trailing_bytes, &error);
	faults.mmap_errno = 0;
	if (want) {
		check_failure(status, &error, want);
		ck_assert_untouched(array);
		ck_assert_untouched(n_trailing_bytes);
		return;
	}
	expect(status == CONSUMER_OK, "%s", error.message);
	if (!is_strict)
		ck_assert_uint_eq(n_trailing_bytes,
				  npy_cases[row].n_trailing_bytes);
	ck_assert_int_eq(array.element.type, CONSUMER_INT16);
	ck_assert_int_eq(array.read_only, mode == CONSUMER_OPEN_READ);
	ck_assert_ptr_nonnull(array.data);
	ck_assert_ptr_nonnull(array.release);
	ck_assert_int_eq(array.ndim, is_counted ? 1 : npy_cases[row].ndim);
	for (int axis = 0; axis < array.ndim; axis++)
		ck_assert_int_eq(consumer_array_shape(&array)[axis],
				 is_counted ? (ptrdiff_t)npy_cases[row].count
					    : npy_cases[row].shape[axis]);
	ck_assert(npy_cases[row].is_fortran_order
			  ? consumer_array_is_f_contiguous(&array)
			  : consumer_array_is_c_contiguous(&array));
	ck_assert_mem_eq(array.data, digits, (size_t)array.n_elements * 2);
	if (mode != CONSUMER_OPEN_READ && array.n_elements > 0)
		*(char *)array.data = digits[0]; /* it may be written to */
	consumer_array_release(&array);
}

START_TEST(a_npy_file_is_an_array_of_its_shape)
{
	const int n_descriptors = count_descriptors();

	make_npy(npy_cases[_i].n_before, npy_cases[_i].is_fortran_order,
		 npy_cases[_i].ndim, npy_cases[_i].shape, npy_cases[_i].n_data);
	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		check_npy(_i, modes[i], true, false);
		check_npy(_i, modes[i], true, true);
		if (modes[i] == CONSUMER_OPEN_READ_WRITE)
			continue;
		check_npy(_i, modes[i], false, false);
		check_npy(_i, modes[i], false, true);
	}
	ck_assert_int_eq(count_descriptors(), n_descriptors);
}
END_TEST

START_TEST(a_raw_file_has_the_shape_that_is_given)
{
	static const ptrdiff_t shape[] = { 2, 3 };
	const ConsumerSource source = {
		.element = consumer_element(CONSUMER_INT16),
		.ndim = 2,
		.shape = shape,
	};
	ConsumerArray array;
	ConsumerError error;

	file_with("data", digits, 16);
	faults.mmap_errno = _i ? ENODEV : 0;
	ck_assert_int_eq(consumer_array_open("data", CONSUMER_OPEN_READ,
					     &source, 1, 6, NULL, &array, NULL,
					     &error),
			 CONSUMER_OK);
	ck_assert_int_eq(array.ndim, 2);
	ck_assert_int_eq(consumer_array_shape(&array)[0], 2);
	ck_assert_int_eq(consumer_array_shape(&array)[1], 3);
	ck_assert_mem_eq(array.data, digits + 1, 12);
	consumer_array_release(&array);
	POISON(array);
	check_failure(consumer_array_open("data", CONSUMER_OPEN_READ, &source,
					  1, 5, NULL, &array, NULL, &error),
		      &error, CONSUMER_ERR_ARGUMENT);
	ck_assert_untouched(array);
}
END_TEST

/* --- Failures ----------------------------------------------------------- */

static const struct {
	const char *path;
	int want;
} bad_paths[] = {
	{ "missing", ENOENT },
	{ "", ENOENT },
	{ ".", EISDIR },
	{ "data/below", ENOTDIR },
};

START_TEST(a_path_that_cannot_be_opened_says_why)
{
	const int n_descriptors = count_descriptors();

	file_with("data", digits, 16);
	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		ConsumerArray array;
		uint64_t n_trailing_bytes;
		ConsumerError error;

		POISON(array);
		POISON(n_trailing_bytes);
		check_failure(consumer_array_open(bad_paths[_i].path, modes[i],
						  SOURCE(element_of_size(4)), 0,
						  ALL, NULL, &array,
						  &n_trailing_bytes, &error),
			      &error, CONSUMER_ERR_OS);
		ck_assert_int_eq(error.system_errno, bad_paths[_i].want);
		ck_assert_untouched(array);
		ck_assert_untouched(n_trailing_bytes);
	}
	ck_assert_int_eq(count_descriptors(), n_descriptors);
}
END_TEST

START_TEST(a_mode_that_cannot_be_is_refused)
{
	static const int others[] = { 3, -1, INT_MAX, INT_MIN };
	ConsumerArray array;
	ConsumerError error;

	POISON(array);
	/* Before anything is opened, even what is not there. */
	check_failure(consumer_array_open("missing",
					  (ConsumerOpenMode)others[_i],
					  SOURCE(element_of_size(4)), 0, ALL,
					  NULL, &array, NULL, &error),
		      &error, CONSUMER_ERR_ARGUMENT);
	ck_assert_untouched(array);
}
END_TEST

/* They used to be believed, and gave an array that was not initialised. */
START_TEST(an_element_that_cannot_be_is_refused)
{
	static const ConsumerElement elements[] = {
		{ CONSUMER_INT32, CONSUMER_LITTLE_ENDIAN, 0 },
		{ CONSUMER_INT32, CONSUMER_LITTLE_ENDIAN, 8 },
		{ CONSUMER_OPAQUE, CONSUMER_LITTLE_ENDIAN, 0 },
		{ (ConsumerType)CONSUMER_N_TYPES, CONSUMER_LITTLE_ENDIAN, 1 },
	};
	ConsumerArray array;
	ConsumerError error;

	file_with("data", digits, 16);
	POISON(array);
	check_failure(consumer_array_open("data", CONSUMER_OPEN_READ,
					  SOURCE(elements[_i]), 0, ALL, NULL,
					  &array, NULL, &error),
		      &error, CONSUMER_ERR_ARGUMENT);
	ck_assert_untouched(array);
}
END_TEST

START_TEST(a_read_error_is_no_array)
{
	ConsumerArray array;
	uint64_t n_trailing_bytes;
	ConsumerError error;

	file_with("data", digits, 16);
	faults.mmap_errno = ENODEV;
	faults.max_transfer = 5;
	faults.fail_read = _i + 1;
	faults.read_errno = EIO;
	POISON(array);
	POISON(n_trailing_bytes);
	check_failure(consumer_array_open("data", CONSUMER_OPEN_READ,
					  SOURCE(element_of_size(4)), 0, ALL,
					  NULL, &array, &n_trailing_bytes,
					  &error),
		      &error, CONSUMER_ERR_OS);
	ck_assert_int_eq(error.system_errno, EIO);
	ck_assert_untouched(array);
	ck_assert_untouched(n_trailing_bytes);
}
END_TEST

/* An error, or, where only the mapping failed, the array by other means. */
START_TEST(without_memory_there_is_no_array_or_all_of_it)
{
	const bool is_for_ever = _i & 1;
	const int n_descriptors = count_descriptors();
	const ConsumerOpenMode mode = modes[_i >> 2];
	const bool can_be_read = mode != CONSUMER_OPEN_READ_WRITE;
	int n_failures = 0;

	file_with("data", digits, 18);
	FOR_EACH_ALLOCATION(is_for_ever)
	{
		ConsumerArray array;
		uint64_t n_trailing_bytes;
		ConsumerError error;
		ConsumerStatus status;
		bool is_end;

		POISON(array);
		POISON(n_trailing_bytes);
		faults.mmap_errno = (_i & 2) && can_be_read ? ENODEV : 0;
		status = consumer_array_open(
			"data", mode, SOURCE(element_of_size(4)), 0, ALL, NULL,
			&array, &n_trailing_bytes, &error);
		faults.mmap_errno = 0;
		is_end = !allocation_failed();
		if (!status) {
			ck_assert_mem_eq(array.data, digits, 16);
			ck_assert_uint_eq(n_trailing_bytes, 2);
			consumer_array_release(&array);
		} else {
			/* Without a copy the mapping may be what fails. */
			if (can_be_read || status != CONSUMER_ERR_OS)
				check_failure(status, &error,
					      CONSUMER_ERR_MEMORY);
			else
				ck_assert_int_eq(error.system_errno, ENOMEM);
			ck_assert_untouched(array);
			ck_assert_untouched(n_trailing_bytes);
			n_failures++;
		}
		if (is_end)
			break;
	}
	/* The allocation that fails alone is made good by reading. */
	ck_assert_int_ge(n_failures, is_for_ever || (_i & 2) || !can_be_read);
	ck_assert_int_eq(count_descriptors(), n_descriptors);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("open");
	TCase *tcase = check_case(suite);

	tcase_add_loop_test(tcase, no_more_is_waited_for_than_was_asked_for, 0,
			    3);
	tcase_add_loop_test(tcase, a_signal_may_end_the_wait, 0, 2);

	tcase_add_loop_test(tcase, a_range_of_a_file_is_an_array, 0,
			    ARRAY_LEN(open_cases));
	tcase_add_loop_test(tcase, writes_reach_the_file_in_one_mode_only, 0,
			    4);
	tcase_add_loop_test(tcase, a_mode_asks_for_no_more_than_it_needs, 0,
			    ARRAY_LEN(modes));
	tcase_add_loop_test(tcase, what_cannot_be_mapped_cannot_be_written, 0,
			    ARRAY_LEN(unwritable_paths));
	tcase_add_loop_test(tcase, a_file_that_says_to_be_empty_is_read, 0, 2);
	tcase_add_loop_test(tcase, a_device_gives_as_much_as_is_asked_for, 0,
			    2);
	tcase_add_loop_test(tcase, the_array_outlives_the_name, 0,
			    ARRAY_LEN(modes));
	tcase_add_loop_test(tcase, a_npy_file_is_an_array_of_its_shape, 0,
			    ARRAY_LEN(npy_cases));
	tcase_add_loop_test(tcase, a_raw_file_has_the_shape_that_is_given, 0,
			    2);
	tcase_add_loop_test(tcase, a_path_that_cannot_be_opened_says_why, 0,
			    ARRAY_LEN(bad_paths));
	tcase_add_loop_test(tcase, a_mode_that_cannot_be_is_refused, 0, 4);
	tcase_add_loop_test(tcase, an_element_that_cannot_be_is_refused, 0, 4);
	tcase_add_loop_test(tcase, a_read_error_is_no_array, 0, 5);
	tcase_add_loop_test(
		tcase, without_memory_there_is_no_array_or_all_of_it, 0, 12);
	return check_run(suite);
}
