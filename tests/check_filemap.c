/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "check_run.h"
#include "filemap.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- Open --------------------------------------------------------------- */

static const struct {
	const char *path;
	int want;
} open_cases[] = {
	{ "missing", ENOENT },	   { "", ENOENT },
	{ ".", EISDIR },	   { "data/", ENOTDIR },
	{ "data/below", ENOTDIR }, { "loop", ELOOP },
	{ "dangling", ENOENT },	   { "secret", EACCES },
};

START_TEST(a_path_that_cannot_be_opened_says_why)
{
	const int n_descriptors = count_descriptors();
	struct stat status;
	int descriptor;
	ConsumerError error;

	file_with("data", "x", 1);
	file_with("secret", "x", 1);
	chmod("secret", 0);
	ck_assert_int_eq(symlink("loop", "loop"), 0);
	ck_assert_int_eq(symlink("missing", "dangling"), 0);
	/* To the superuser nothing is secret: be somebody else. */
	if (geteuid() == 0) {
		ck_assert_int_eq(chmod(".", 0755), 0);
		ck_assert_int_eq(seteuid(65534), 0);
	}
	POISON(status);
	POISON(descriptor);
	check_failure(file_open(open_cases[_i].path, O_RDONLY, NULL,
				&descriptor, &status, &error),
		      &error, CONSUMER_ERR_OS);
	ck_assert_int_eq(seteuid(getuid()), 0);
	ck_assert_int_eq(error.system_errno, open_cases[_i].want);
	ck_assert_untouched(descriptor);
	ck_assert_untouched(status);
	ck_assert_int_eq(count_descriptors(), n_descriptors);
	unlink("loop");
	unlink("dangling");
}
END_TEST

START_TEST(a_name_of_any_length_is_looked_for)
{
	char *path = malloc(100001);
	struct stat status;
	int descriptor;
	ConsumerError error;

	memset(path, 'x', 100000);
	path[100000] = '\0';
	check_failure(
		file_open(path, O_RDONLY, NULL, &descriptor, &status, &error),
		&error, CONSUMER_ERR_OS);
	ck_assert_int_eq(error.system_errno, ENAMETOOLONG);
	free(path);
}
END_TEST

START_TEST(an_open_file_is_described_and_not_inherited)
{
	struct stat status;
	int descriptor;

	file_with("data", "12345", 5);
	ck_assert_int_eq(
		file_open("data", O_RDONLY, NULL, &descriptor, &status, NULL),
		CONSUMER_OK);
	ck_assert(S_ISREG(status.st_mode));
	ck_assert_int_eq(status.st_size, 5);
	ck_assert_int_ne(fcntl(descriptor, F_GETFD) & FD_CLOEXEC, 0);
	close(descriptor);
}
END_TEST

START_TEST(without_descriptors_nothing_is_opened)
{
	struct stat status;
	int descriptor, n = 0;
	int taken[4096];
	ConsumerError error;

	file_with("data", "x", 1);
	while (n < 4096 && (taken[n] = dup(0)) >= 0)
		n++;
	if (n < 4096) { /* else the limit is higher than that */
		check_failure(file_open("data", O_RDONLY, NULL, &descriptor,
					&status, &error),
			      &error, CONSUMER_ERR_OS);
		ck_assert_int_eq(error.system_errno, EMFILE);
	}
	while (n > 0)
		close(taken[--n]);
}
END_TEST

static volatile sig_atomic_t n_alarms;

static void
count_alarm(int number)
{
	(void)number;
	n_alarms++;
}

/* A FIFO, whose opening waits for a writer and is interrupted meanwhile. */
START_TEST(opening_goes_on_after_signals)
{
	const struct sigaction action = { .sa_handler = count_alarm };
	const struct itimerval every = { { 0, 2000 }, { 0, 2000 } };
	const struct itimerval never = { { 0, 0 }, { 0, 0 } };
	struct stat status;
	int descriptor;
	pid_t writer;
	ConsumerStatus result;

	ck_assert_int_eq(mkfifo("fifo", 0600), 0);
	writer = fork();
	if (writer == 0) {
		usleep(30000);
		_exit(open("fifo", O_WRONLY) < 0);
	}
	ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
	ck_assert_int_eq(setitimer(ITIMER_REAL, &every, NULL), 0);
	result = file_open("fifo", O_RDONLY, NULL, &descriptor, &status, NULL);
	setitimer(ITIMER_REAL, &never, NULL);
	ck_assert_int_eq(result, CONSUMER_OK);
	ck_assert_int_gt(n_alarms, 0);
	ck_assert(S_ISFIFO(status.st_mode));
	close(descriptor);
	waitpid(writer, NULL, 0);
}
END_TEST

START_TEST(a_descriptor_is_described)
{
	struct stat status;
	ConsumerError error;
	int directory = open(".", O_RDONLY);
	int pipe_ends[2];

	POISON(status);
	check_failure(file_describe(-1, &status, &error), &error,
		      CONSUMER_ERR_OS);
	ck_assert_int_eq(error.system_errno, EBADF);
	check_failure(file_describe(directory, &status, &error), &error,
		      CONSUMER_ERR_OS);
	ck_assert_int_eq(error.system_errno, EISDIR);
	ck_assert_untouched(status);
	ck_assert_int_eq(pipe(pipe_ends), 0);
	ck_assert_int_eq(file_describe(pipe_ends[0], &status, &error),
			 CONSUMER_OK);
	ck_assert(S_ISFIFO(status.st_mode));
}
END_TEST

/* --- Compare ------------------------------------------------------------ */

static const struct {
	off_t size;	  /* after ftruncate() */
	const char *text; /* written over the beginning, if not NULL */
	time_t seconds;	  /* added to the time of modification */
	long nanoseconds; /* the same */
	ConsumerFileChange want;
} change_cases[] = {
	{ 5, NULL, 0, 0, CONSUMER_FILE_IS_SAME },
	{ 6, NULL, 0, 0, CONSUMER_FILE_GREW },
	{ 9999, NULL, 180, 0, CONSUMER_FILE_GREW },
	{ 4, NULL, 0, 0, CONSUMER_FILE_SHRANK },
	{ 0, NULL, -180, 0, CONSUMER_FILE_SHRANK },
	{ 5, "abc", 60, 0, CONSUMER_FILE_WAS_WRITTEN },
	{ 5, "abc", 0, 1, CONSUMER_FILE_WAS_WRITTEN },
	{ 5, NULL, -60, 0, CONSUMER_FILE_WAS_WRITTEN },
	{ 5, "123", 0, 0, CONSUMER_FILE_IS_SAME },
};

START_TEST(what_has_become_of_a_file_is_told)
{
	struct stat before;
	struct timespec times[2];
	ConsumerFileChange change;
	int descriptor;

	file_with("data", "12345", 5);
	ck_assert_int_eq(
		file_open("data", O_RDWR, NULL, &descriptor, &before, NULL),
		CONSUMER_OK);
	ck_assert_int_eq(ftruncate(descriptor, change_cases[_i].size), 0);
	if (change_cases[_i].text)
		ck_assert_int_eq(
			pwrite(descriptor, change_cases[_i].text, 3, 0), 3);
	times[0] = before.st_atim;
	times[1] = before.st_mtim;
	times[1].tv_sec += change_cases[_i].seconds;
	/* Within the same second. */
	if (change_cases[_i].nanoseconds)
		times[1].tv_nsec =
			(times[1].tv_nsec + change_cases[_i].nanoseconds) %
			1000000000;
	ck_assert_int_eq(futimens(descriptor, times), 0);
	/* Its name and its mode are not the file. */
	ck_assert_int_eq(rename("data", "renamed"), 0);
	ck_assert_int_eq(chmod("renamed", 0400), 0);
	ck_assert_int_eq(file_compare(descriptor, &before, &change, NULL),
			 CONSUMER_OK);
	ck_assert_int_eq(change, change_cases[_i].want);
	/* But for its last name. */
	unlink("renamed");
	ck_assert_int_eq(file_compare(descriptor, &before, &change, NULL),
			 CONSUMER_OK);
	ck_assert_int_eq(change, change_cases[_i].want == CONSUMER_FILE_IS_SAME
					 ? CONSUMER_FILE_WAS_REMOVED
					 : change_cases[_i].want);
	ck_assert_int_eq(fstat(descriptor, &before), 0);
	ck_assert_int_eq(file_compare(descriptor, &before, &change, NULL),
			 CONSUMER_OK);
	ck_assert_int_eq(change, CONSUMER_FILE_IS_SAME);
	close(descriptor);
}
END_TEST

START_TEST(what_cannot_be_compared_is_an_error)
{
	struct stat before;
	ConsumerFileChange change;
	ConsumerError error;

	ck_assert_int_eq(stat(".", &before), 0);
	POISON(change);
	check_failure(file_compare(-1, &before, &change, &error), &error,
		      CONSUMER_ERR_OS);
	ck_assert_untouched(change);
}
END_TEST

/* --- Map ---------------------------------------------------------------- */

/* Three pages and a half of random bytes in the file "data". */
static unsigned char *
make_data(size_t *n_bytes)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	unsigned char *bytes;
	uint64_t state = 1;

	*n_bytes = 3 * page + page / 2;
	bytes = malloc(*n_bytes);
	random_fill(&state, bytes, *n_bytes);
	file_with("data", bytes, *n_bytes);
	return bytes;
}

static const ConsumerOpenMode modes[] = {
	CONSUMER_OPEN_READ,
	CONSUMER_OPEN_READ_WRITE,
	CONSUMER_OPEN_COPY_ON_WRITE,
};

/* Offsets around the ends of pages, in every mode, for items of any size. */
START_TEST(any_range_of_a_file_can_be_mapped)
{
	const ptrdiff_t page = sysconf(_SC_PAGESIZE);
	const ptrdiff_t offsets[] = {
		0, 1, 7, page - 1, page, page + 1, 2 * page - 3, 3 * page
	};
	const size_t itemsizes[] = { 1, 3, 8 };
	size_t n_bytes;
	unsigned char *bytes = make_data(&n_bytes);
	const int descriptor = open("data", O_RDWR);

	for (size_t i = 0; i < ARRAY_LEN(offsets) * ARRAY_LEN(itemsizes); i++) {
		const size_t offset = (size_t)offsets[i / 3];
		ConsumerElement element = consumer_element(CONSUMER_OPAQUE);
		const uint64_t n = (n_bytes - offset) / itemsizes[i % 3];
		ConsumerArray array;
		void *address;

		element.itemsize = itemsizes[i % 3];
		ck_assert(file_map(descriptor, modes[_i], element, offset, n,
				   &array));
		ck_assert_int_eq(array.ndim, 1);
		ck_assert_int_eq(array.n_elements, n);
		ck_assert_int_eq(array.read_only,
				 modes[_i] == CONSUMER_OPEN_READ);
		ck_assert_mem_eq(array.data, bytes + offset,
				 n * itemsizes[i % 3]);
		address = array.data;
		ck_assert(address_is_mapped(address));
		consumer_array_release(&array);
		ck_assert(!address_is_mapped(address));
	}
	close(descriptor);
	free(bytes);
}
END_TEST

START_TEST(a_mapping_outlives_its_descriptor_and_its_name)
{
	size_t n_bytes;
	unsigned char *bytes = make_data(&n_bytes);
	const int descriptor = open("data", O_RDONLY);
	ConsumerArray array;

	ck_assert(file_map(descriptor, CONSUMER_OPEN_READ,
			   consumer_element(CONSUMER_UINT8), 0, n_bytes,
			   &array));
	close(descriptor);
	unlink("data");
	ck_assert_mem_eq(array.data, bytes, n_bytes);
	consumer_array_release(&array);
	free(bytes);
}
END_TEST

START_TEST(writes_go_where_the_mode_says)
{
	size_t n_bytes;
	unsigned char *bytes = make_data(&n_bytes);
	const int descriptor = open("data", O_RDWR);
	ConsumerArray array;
	unsigned char byte;

	ck_assert(file_map(descriptor, modes[_i],
			   consumer_element(CONSUMER_UINT8), 1, n_bytes - 1,
			   &array));
	if (!array.read_only)
		*(unsigned char *)array.data = (unsigned char)~bytes[1];
	ck_assert_int_eq(pread(descriptor, &byte, 1, 1), 1);
	ck_assert_int_eq(byte, modes[_i] == CONSUMER_OPEN_READ_WRITE
				       ? (unsigned char)~bytes[1]
				       : bytes[1]);
	consumer_array_release(&array);
	close(descriptor);
	free(bytes);
}
END_TEST

/* Files that cannot be mapped, or not so. */
enum { A_PIPE, A_BAD_NUMBER, NO_WRITING, TOO_LARGE, A_FAULT, N_UNMAPPABLE };

START_TEST(what_cannot_be_mapped_leaves_nothing_behind)
{
	ConsumerOpenMode mode = CONSUMER_OPEN_READ;
	uint64_t n_elements = 1;
	int pipe_ends[2] = { -1, -1 };
	int descriptor = -1, want = EBADF;
	ConsumerArray array;
	bool is_done;

	file_with("data", "12345678", 8);
	switch (_i) {
	case A_PIPE:
		ck_assert_int_eq(pipe(pipe_ends), 0);
		descriptor = pipe_ends[0];
		want = ENODEV;
		break;
	case NO_WRITING:
		descriptor = open("data", O_RDONLY);
		mode = CONSUMER_OPEN_READ_WRITE;
		want = EACCES;
		break;
	case TOO_LARGE:
		descriptor = open("data", O_RDONLY);
		n_elements = UINT64_MAX / 8;
		want = ENOMEM;
		break;
	case A_FAULT:
		descriptor = open("data", O_RDONLY);
		faults.mmap_errno = ENOMEM;
		want = ENOMEM;
		break;
	default:
		break;
	}
	POISON(array);
	errno = 0;
	is_done = file_map(descriptor, mode, consumer_element(CONSUMER_INT64),
			   0, n_elements, &array);
	faults.mmap_errno = 0;
	ck_assert(!is_done);
	ck_assert_int_eq(errno, want);
	ck_assert_untouched(array);
}
END_TEST

START_TEST(without_memory_nothing_is_mapped)
{
	ConsumerArray array;
	int descriptor, n_failures = 0;

	file_with("data", "12345678", 8);
	descriptor = open("data", O_RDONLY);
	FOR_EACH_ALLOCATION(true)
	{
		bool is_done;

		POISON(array);
		is_done = file_map(descriptor, CONSUMER_OPEN_READ,
				   consumer_element(CONSUMER_INT64), 0, 1,
				   &array);
		if (!allocation_failed()) {
			ck_assert(is_done);
			consumer_array_release(&array);
			break;
		}
		ck_assert(!is_done);
		ck_assert_untouched(array);
		n_failures++;
	}
	ck_assert_int_ge(n_failures, 1);
}
END_TEST

/* --- What is behind it -------------------------------------------------- */

START_TEST(a_mapping_knows_its_file)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t n_bytes;
	unsigned char *bytes = make_data(&n_bytes);
	const int descriptor = open("data", O_RDONLY);
	const size_t offset = page + 5;
	const ConsumerBacking *backing;
	unsigned char at_offset;
	int own;
	ConsumerArray array;

	ck_assert(file_map(descriptor, CONSUMER_OPEN_READ,
			   consumer_element(CONSUMER_UINT8), offset,
			   n_bytes - offset, &array));
	close(descriptor);
	backing = array.backing;
	ck_assert_ptr_nonnull(backing);
	own = backing->descriptor;
	ck_assert_int_eq(pread(own, &at_offset, 1, (off_t)offset), 1);
	ck_assert_int_eq(at_offset, bytes[offset]);
	ck_assert_int_eq(fcntl(own, F_GETFD), FD_CLOEXEC);
	ck_assert_uint_eq((uintptr_t)array.data - (uintptr_t)backing->address,
			  offset - backing->offset_bytes);
	consumer_array_release(&array);
	ck_assert_int_eq(fcntl(own, F_GETFD), -1);
	free(bytes);
}
END_TEST

START_TEST(without_descriptors_nothing_is_mapped)
{
	size_t n_bytes;
	unsigned char *bytes = make_data(&n_bytes);
	const int descriptor = open("data", O_RDONLY);
	struct rlimit limit, usual;
	ConsumerArray array;
	bool is_done;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &usual), 0);
	limit = usual;
	limit.rlim_cur = (rlim_t)descriptor + 1;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	POISON(array);
	is_done =
		file_map(descriptor, CONSUMER_OPEN_READ,
			 consumer_element(CONSUMER_UINT8), 0, n_bytes, &array);
	ck_assert(!is_done);
	ck_assert_int_eq(errno, EMFILE);
	ck_assert_untouched(array);
	/* LeakSanitizer opens files at the end. */
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &usual), 0);
	free(bytes);
}
END_TEST

/* --- Read --------------------------------------------------------------- */

START_TEST(reads_give_what_is_there)
{
	char got[10];
	size_t n_read;
	int descriptor;

	file_with("data", "12345", 5);
	descriptor = open("data", O_RDONLY);
	faults.is_interrupted = _i & 1;
	faults.max_transfer = _i & 2 ? 3 : 0;
	ck_assert_int_eq(file_read(descriptor, got, 10, NULL, &n_read, NULL),
			 CONSUMER_OK);
	ck_assert_uint_eq(n_read, _i & 2 ? 3 : 5);
	ck_assert_mem_eq(got, "12345", n_read);
	while (n_read > 0)
		ck_assert_int_eq(
			file_read(descriptor, got, 10, NULL, &n_read, NULL),
			CONSUMER_OK);
	ck_assert_int_eq(file_read(descriptor, got, 10, NULL, &n_read, NULL),
			 CONSUMER_OK);
	ck_assert_uint_eq(n_read, 0);
}
END_TEST

START_TEST(a_failed_read_says_why)
{
	const int numbers[] = { EBADF, EISDIR, EIO };
	const int descriptor = _i == 0 ? -1 : open(".", O_RDONLY);
	size_t n_read;
	char byte;
	ConsumerError error;

	POISON(n_read);
	if (_i == 2) {
		faults.fail_read = 1;
		faults.read_errno = EIO;
	}
	check_failure(file_read(descriptor, &byte, 1, NULL, &n_read, &error),
		      &error, CONSUMER_ERR_OS);
	ck_assert_int_eq(error.system_errno, numbers[_i]);
	ck_assert_untouched(n_read);
}
END_TEST

START_TEST(a_place_is_read_without_going_there)
{
	static const struct {
		uint64_t offset_bytes;
		size_t n_bytes;
		const char *want;
	} cases[] = {
		{ 0, 5, "12345" }, { 0, 9, "12345" }, { 2, 2, "34" },
		{ 4, 9, "5" },	   { 5, 1, "" },      { 1 << 20, 1, "" },
		{ 0, 0, "" },
	};
	int descriptor, pipe_ends[2];
	size_t n_read;
	char got[10];
	ConsumerError error;

	file_with("data", "12345", 5);
	descriptor = open("data", O_RDONLY);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		ck_assert_int_eq(file_read_at(descriptor, cases[i].offset_bytes,
					      got, cases[i].n_bytes, NULL,
					      &n_read, NULL),
				 CONSUMER_OK);
		ck_assert_uint_eq(n_read, strlen(cases[i].want));
		ck_assert_mem_eq(got, cases[i].want, n_read);
	}
	ck_assert_int_eq(lseek(descriptor, 0, SEEK_CUR), 0);
	ck_assert_int_eq(pipe(pipe_ends), 0);
	POISON(n_read);
	check_failure(
		file_read_at(pipe_ends[0], 0, got, 1, NULL, &n_read, &error),
		&error, CONSUMER_ERR_OS);
	ck_assert_int_eq(error.system_errno, ESPIPE);
	ck_assert_untouched(n_read);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("filemap");
	TCase *tcase = check_case(suite);

	tcase_add_loop_test(tcase, a_path_that_cannot_be_opened_says_why, 0,
			    ARRAY_LEN(open_cases));
	tcase_add_test(tcase, a_name_of_any_length_is_looked_for);
	tcase_add_test(tcase, an_open_file_is_described_and_not_inherited);
	tcase_add_test(tcase, without_descriptors_nothing_is_opened);
	tcase_add_test(tcase, opening_goes_on_after_signals);
	tcase_add_test(tcase, a_descriptor_is_described);
	tcase_add_loop_test(tcase, what_has_become_of_a_file_is_told, 0,
			    ARRAY_LEN(change_cases));
	tcase_add_test(tcase, what_cannot_be_compared_is_an_error);
	tcase_add_loop_test(tcase, any_range_of_a_file_can_be_mapped, 0,
			    ARRAY_LEN(modes));
	tcase_add_test(tcase, a_mapping_outlives_its_descriptor_and_its_name);
	tcase_add_loop_test(tcase, writes_go_where_the_mode_says, 0,
			    ARRAY_LEN(modes));
	tcase_add_loop_test(tcase, what_cannot_be_mapped_leaves_nothing_behind,
			    0, N_UNMAPPABLE);
	tcase_add_test(tcase, without_memory_nothing_is_mapped);
	tcase_add_test(tcase, a_mapping_knows_its_file);
	tcase_add_test(tcase, without_descriptors_nothing_is_mapped);
	tcase_add_loop_test(tcase, reads_give_what_is_there, 0, 4);
	tcase_add_loop_test(tcase, a_failed_read_says_why, 0, 3);
	tcase_add_test(tcase, a_place_is_read_without_going_there);
	return check_run(suite);
}
