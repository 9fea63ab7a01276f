/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "check_run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static ConsumerStatus
write_all(ConsumerWriter writer, const char *bytes, size_t n_bytes,
	  ConsumerError *error)
{
	return writer.write(writer.context, bytes, n_bytes, error);
}

/* A number of bytes that none of them is like its neighbours. */
static char *
some_bytes(size_t n_bytes)
{
	char *bytes = malloc(n_bytes);
	uint64_t state = 1;

	random_fill(&state, bytes, n_bytes);
	return bytes;
}

static void
check_file_holds(const char *name, const char *bytes, size_t n_bytes)
{
	FILE *file = fopen(name, "rb");
	char *got = malloc(n_bytes + 1);

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fread(got, 1, n_bytes + 1, file), n_bytes);
	ck_assert_mem_eq(got, bytes, n_bytes);
	fclose(file);
	free(got);
}

static int
open_new(const char *name)
{
	const int descriptor = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ge(descriptor, 0);
	return descriptor;
}

static const size_t sizes[] = { 0, 1, 2, 4096, 65536, 1000000 };

START_TEST(a_descriptor_gets_all_bytes)
{
	char *bytes = some_bytes(sizes[_i] + 1);
	const int descriptor = open_new("out");
	ConsumerError error;

	POISON(error);
	ck_assert_int_eq(write_all(consumer_writer_descriptor(descriptor),
				   bytes, sizes[_i], &error),
			 CONSUMER_OK);
	ck_assert_untouched(error);
	check_file_holds("out", bytes, sizes[_i]);
	close(descriptor);
	free(bytes);
}
END_TEST

START_TEST(a_stream_gets_all_bytes)
{
	char *bytes = some_bytes(sizes[_i] + 1);
	FILE *stream = fopen("out", "wb");
	ConsumerError error;

	POISON(error);
	ck_assert_int_eq(write_all(consumer_writer_stream(stream), bytes,
				   sizes[_i], &error),
			 CONSUMER_OK);
	ck_assert_untouched(error);
	ck_assert_int_eq(fclose(stream), 0);
	check_file_holds("out", bytes, sizes[_i]);
	free(bytes);
}
END_TEST

static const size_t limits[] = { 1, 2, 3, 7, 1000, 1001 };

START_TEST(short_and_interrupted_writes_are_continued)
{
	const size_t n_bytes = 1000;
	char *bytes = some_bytes(n_bytes);
	const int descriptor = open_new("out");

	faults.max_transfer = limits[_i];
	faults.is_interrupted = true;
	ck_assert_int_eq(write_all(consumer_writer_descriptor(descriptor),
				   bytes, n_bytes, NULL),
			 CONSUMER_OK);
	memset(&faults, 0, sizeof(faults));
	check_file_holds("out", bytes, n_bytes);
	close(descriptor);
	free(bytes);
}
END_TEST

/* Reads slowly all that comes, and exits with 0 if it is 'bytes'. */
static pid_t
start_slow_reader(const int pipe_ends[2], const char *bytes, size_t n_bytes)
{
	const pid_t reader = fork();
	char *got;
	size_t n_got = 0;

	ck_assert_int_ge(reader, 0);
	if (reader > 0) {
		close(pipe_ends[0]);
		return reader;
	}
	close(pipe_ends[1]);
	got = malloc(n_bytes + 1);
	for (;;) {
		const size_t room = n_bytes + 1 - n_got;
		const ssize_t n = read(pipe_ends[0], got + n_got,
				       room < 5000 ? room : 5000);

		if (n <= 0)
			break;
		n_got += (size_t)n;
		usleep(200);
	}
	_exit(n_got == n_bytes && memcmp(got, bytes, n_bytes) == 0 ? 0 : 1);
}

static volatile sig_atomic_t n_alarms;

static void
count_alarm(int number)
{
	(void)number;
	n_alarms++;
}

/* Signals that do not restart system calls, every millisecond. */
static void
start_alarms(void)
{
	const struct sigaction action = { .sa_handler = count_alarm };
	const struct itimerval every = { { 0, 1000 }, { 0, 1000 } };

	ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
	ck_assert_int_eq(setitimer(ITIMER_REAL, &every, NULL), 0);
}

static void
stop_alarms(void)
{
	const struct itimerval never = { { 0, 0 }, { 0, 0 } };

	setitimer(ITIMER_REAL, &never, NULL);
	ck_assert_int_gt(n_alarms, 0);
}

START_TEST(signals_do_not_lose_a_byte)
{
	const size_t n_bytes = 500000; /* more than a pipe holds */
	char *bytes = some_bytes(n_bytes);
	int pipe_ends[2], exit_status;
	pid_t reader;
	ConsumerStatus status;
	ConsumerError error;

	ck_assert_int_eq(pipe(pipe_ends), 0);
	reader = start_slow_reader(pipe_ends, bytes, n_bytes);
	start_alarms();
	status = write_all(consumer_writer_descriptor(pipe_ends[1]), bytes,
			   n_bytes, &error);
	stop_alarms();
	ck_assert_int_eq(status, CONSUMER_OK);
	close(pipe_ends[1]);
	ck_assert_int_eq(waitpid(reader, &exit_status, 0), reader);
	ck_assert_int_eq(exit_status, 0);
	free(bytes);
}
END_TEST

/* Nobody reads: what fits is written, and the rest is an error. */
START_TEST(a_full_pipe_that_does_not_wait_is_an_error)
{
	const size_t n_bytes = 500000;
	char *bytes = some_bytes(n_bytes);
	char *got = malloc(n_bytes);
	int pipe_ends[2];
	ssize_t n_got;
	ConsumerError error;

	ck_assert_int_eq(pipe(pipe_ends), 0);
	ck_assert_int_eq(fcntl(pipe_ends[1], F_SETFL, O_NONBLOCK), 0);
	check_failure(write_all(consumer_writer_descriptor(pipe_ends[1]), bytes,
				n_bytes, &error),
		      &error, CONSUMER_ERR_OS);
	ck_assert_int_eq(error.system_errno, EAGAIN);
	n_got = read(pipe_ends[0], got, n_bytes);
	ck_assert_int_gt(n_got, 0);
	ck_assert_mem_eq(got, bytes, (size_t)n_got);
	close(pipe_ends[0]);
	close(pipe_ends[1]);
	free(bytes);
	free(got);
}
END_TEST

/* A file that may not grow past the middle of the write. */
START_TEST(a_file_at_its_limit_keeps_what_fitted)
{
	const size_t n_bytes = 100000, n_allowed = 70001;
	const struct rlimit limit = { n_allowed, n_allowed };
	char *bytes = some_bytes(n_bytes);
	const int descriptor = open_new("out");
	ConsumerStatus status;
	ConsumerError error;

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	status = write_all(consumer_writer_descriptor(descriptor), bytes,
			   n_bytes, &error);
	check_failure(status, &error, CONSUMER_ERR_OS);
	ck_assert_int_eq(error.system_errno, EFBIG);
	check_file_holds("out", bytes, n_allowed);
	close(descriptor);
	free(bytes);
}
END_TEST

/* Descriptors that cannot be written to. */
enum { BAD_NUMBER, READ_ONLY, FULL, NO_READER, N_BAD_DESCRIPTORS };

static int
bad_descriptor(int which, int *number)
{
	int pipe_ends[2];

	switch (which) {
	case BAD_NUMBER:
		*number = EBADF;
		return -1;
	case READ_ONLY:
		*number = EBADF;
		return open("/dev/null", O_RDONLY);
	case FULL:
		*number = ENOSPC;
		return open("/dev/full", O_WRONLY);
	default:
		*number = EPIPE;
		signal(SIGPIPE, SIG_IGN);
		ck_assert_int_eq(pipe(pipe_ends), 0);
		close(pipe_ends[0]);
		return pipe_ends[1];
	}
}

START_TEST(a_descriptor_that_fails_says_why)
{
	int want;
	const int descriptor = bad_descriptor(_i, &want);
	const ConsumerWriter writer = consumer_writer_descriptor(descriptor);
	ConsumerError error;

	check_failure(write_all(writer, "x", 1, &error), &error,
		      CONSUMER_ERR_OS);
	ck_assert_int_eq(error.system_errno, want);
	ck_assert_str_eq(error.message, strerror(want));
	ck_assert_int_eq(write_all(writer, "x", 1, NULL), CONSUMER_ERR_OS);
	/* Nothing is no write, and cannot fail. */
	ck_assert_int_eq(write_all(writer, "", 0, &error), CONSUMER_OK);
}
END_TEST

START_TEST(a_stream_that_fails_says_why)
{
	int want;
	const int descriptor = bad_descriptor(_i, &want);
	FILE *stream = fdopen(descriptor, _i == READ_ONLY ? "r" : "w");
	ConsumerError error;

	if (!stream) { /* musl makes one of any number */
		ck_assert_int_eq(_i, BAD_NUMBER);
		return;
	}
	setvbuf(stream, NULL, _IONBF, 0);
	check_failure(write_all(consumer_writer_stream(stream), "x", 1, &error),
		      &error, CONSUMER_ERR_OS);
	ck_assert_int_eq(error.system_errno, want);
	ck_assert_int_eq(
		write_all(consumer_writer_stream(stream), "x", 1, NULL),
		CONSUMER_ERR_OS);
	fclose(stream);
}
END_TEST

START_TEST(a_device_that_takes_nothing_is_full)
{
	const int descriptor = open_new("out");
	ConsumerStatus status;
	ConsumerError error;

	faults.is_full = true;
	status = write_all(consumer_writer_descriptor(descriptor), "x", 1,
			   &error);
	faults.is_full = false;
	check_failure(status, &error, CONSUMER_ERR_OS);
	ck_assert_int_eq(error.system_errno, ENOSPC);
	close(descriptor);
}
END_TEST

static ssize_t
take_nothing(void *cookie, const char *bytes, size_t n_bytes)
{
	(void)cookie;
	(void)bytes;
	(void)n_bytes;
	return 0;
}

START_TEST(a_stream_need_not_say_why)
{
	const cookie_io_functions_t functions = { .write = take_nothing };
	FILE *stream = fopencookie(NULL, "w", functions);
	ConsumerError error;

	setvbuf(stream, NULL, _IONBF, 0);
	errno = EINTR; /* of something else */
	check_failure(write_all(consumer_writer_stream(stream), "x", 1, &error),
		      &error, CONSUMER_ERR_OS);
	ck_assert_int_eq(error.system_errno, EBADF);
	fclose(stream);
}
END_TEST

START_TEST(a_stream_is_neither_flushed_nor_closed)
{
	FILE *stream = fopen("out", "wb");

	ck_assert_int_eq(
		write_all(consumer_writer_stream(stream), "abc", 3, NULL),
		CONSUMER_OK);
	check_file_holds("out", "", 0);
	ck_assert_int_eq(fflush(stream), 0);
	check_file_holds("out", "abc", 3);
	ck_assert_int_eq(fclose(stream), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("writer");
	TCase *tcase = check_case(suite);

	tcase_add_loop_test(tcase, a_descriptor_gets_all_bytes, 0,
			    ARRAY_LEN(sizes));
	tcase_add_loop_test(tcase, a_stream_gets_all_bytes, 0,
			    ARRAY_LEN(sizes));
	tcase_add_loop_test(tcase, short_and_interrupted_writes_are_continued,
			    0, ARRAY_LEN(limits));
	tcase_add_test(tcase, signals_do_not_lose_a_byte);
	tcase_add_test(tcase, a_full_pipe_that_does_not_wait_is_an_error);
	tcase_add_test(tcase, a_file_at_its_limit_keeps_what_fitted);
	tcase_add_loop_test(tcase, a_descriptor_that_fails_says_why, 0,
			    N_BAD_DESCRIPTORS);
	tcase_add_loop_test(tcase, a_stream_that_fails_says_why, 0,
			    N_BAD_DESCRIPTORS);
	tcase_add_test(tcase, a_device_that_takes_nothing_is_full);
	tcase_add_test(tcase, a_stream_need_not_say_why);
	tcase_add_test(tcase, a_stream_is_neither_flushed_nor_closed);
	return check_run(suite);
}
