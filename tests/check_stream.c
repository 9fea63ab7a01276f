/* SPDX-License-Identifier: MIT */
/*
 * Every selection is made from several sources of the same bytes, and compared
 * with a model of four lines: model_of().
 */
#include "config.h"
#include "check_run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ALL CONSUMER_ALL

/* What a file has that says nothing itself. */
#define SOURCE(elements) (&(ConsumerSource){ .element = (elements) })

/* --- The model ---------------------------------------------------------- */

struct model {
	const char *bad_argument; /* NULL: the selection is good */
	uint64_t first;
	uint64_t n_given;
	bool is_cut;
	size_t n_trailing_bytes;
};

/* Element by element, and step by step. */
static struct model
model_of(uint64_t n_bytes, size_t itemsize, const ConsumerSelection *selection)
{
	struct model model = { NULL, 0, 0, false, 0 };
	uint64_t n_whole, at;

	if (selection->offset_bytes > n_bytes)
		return (struct model){ .bad_argument = "offset" };
	n_bytes -= selection->offset_bytes;
	n_whole = n_bytes / itemsize;
	if (selection->skip > n_whole)
		return (struct model){ .bad_argument = "skip" };
	model.first = selection->skip;
	if (selection->tail < n_whole)
		model.first = n_whole - selection->tail;
	for (at = model.first; at < n_whole; at += selection->step) {
		if (model.n_given == selection->max) {
			model.is_cut = true;
			return model;
		}
		model.n_given++;
		if (selection->step >= n_whole - at)
			break;
	}
	model.n_trailing_bytes = (size_t)(n_bytes % itemsize);
	return model;
}

/* --- Sources of the same bytes ------------------------------------------ */

enum source {
	SOURCE_PATH,
	SOURCE_DESCRIPTOR, /* whose position is not 0 */
	SOURCE_PIPE,
	SOURCE_PACKETS, /* each of which is one read */
	SOURCE_TRICKLE, /* a pipe with short, interrupted reads */
	SOURCE_UNMAPPABLE,
	SOURCE_UNMAPPABLE_DESCRIPTOR,
	N_SOURCES,
};

static const char *const source_names[N_SOURCES] = {
	[SOURCE_PATH] = "path",
	[SOURCE_DESCRIPTOR] = "descriptor",
	[SOURCE_PIPE] = "pipe",
	[SOURCE_PACKETS] = "packets",
	[SOURCE_TRICKLE] = "trickle",
	[SOURCE_UNMAPPABLE] = "unmappable",
	[SOURCE_UNMAPPABLE_DESCRIPTOR] = "unmappable descriptor",
};

static bool
is_path(enum source source)
{
	return source == SOURCE_PATH || source == SOURCE_UNMAPPABLE;
}

/* Few enough bytes to wait in a pipe. */
static int
pipe_with(const unsigned char *bytes, size_t n_bytes)
{
	int pipe_ends[2];

	expect(pipe(pipe_ends) == 0, "pipe: %s", strerror(errno));
	expect(write(pipe_ends[1], bytes, n_bytes) == (ssize_t)n_bytes,
	       "write: %s", strerror(errno));
	close(pipe_ends[1]);
	return pipe_ends[0];
}

static int
packets_with(uint64_t *state, const unsigned char *bytes, size_t n_bytes)
{
	int ends[2];

	expect(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) == 0,
	       "socketpair: %s", strerror(errno));
	while (n_bytes > 0) {
		const size_t n =
			(size_t)random_between(state, 1, (int64_t)n_bytes);

		expect(write(ends[1], bytes, n) == (ssize_t)n, "write: %s",
		       strerror(errno));
		bytes += n;
		n_bytes -= n;
	}
	close(ends[1]);
	return ends[0];
}

/* The files that sources read: "data", and "standing" with something before. */
static void
make_files(const unsigned char *bytes, size_t n_bytes)
{
	unsigned char *standing = malloc(n_bytes + 4);

	memcpy(standing, "read", 4);
	memcpy(standing + 4, bytes, n_bytes);
	file_with("data", bytes, n_bytes);
	file_with("standing", standing, n_bytes + 4);
	free(standing);
}

/* Behind the bytes that have been read already. */
static int
standing_descriptor(void)
{
	const int descriptor = open("standing", O_RDONLY);

	expect(descriptor >= 0 && lseek(descriptor, 4, SEEK_SET) == 4,
	       "standing: %s", strerror(errno));
	return descriptor;
}

/* The descriptor; that of a path is not used. */
static int
open_source(enum source source, uint64_t *state, const unsigned char *bytes,
	    size_t n_bytes)
{
	int descriptor;

	memset(&faults, 0, sizeof(faults));
	switch (source) {
	case SOURCE_UNMAPPABLE:
		faults.mmap_errno = ENODEV;
		return -1;
	case SOURCE_UNMAPPABLE_DESCRIPTOR:
		faults.mmap_errno = ENOMEM;
		return standing_descriptor();
	case SOURCE_DESCRIPTOR:
		return standing_descriptor();
	case SOURCE_PIPE:
		return pipe_with(bytes, n_bytes);
	case SOURCE_PACKETS:
		return packets_with(state, bytes, n_bytes);
	case SOURCE_TRICKLE:
		descriptor = pipe_with(bytes, n_bytes);
		faults.is_interrupted = true;
		faults.max_transfer = (size_t)random_between(state, 1, 5);
		faults.max_first_read = (size_t)random_between(state, 1, 64);
		return descriptor;
	default:
		return -1;
	}
}

static void
close_source(int descriptor)
{
	memset(&faults, 0, sizeof(faults));
	if (descriptor >= 0)
		expect(close(descriptor) == 0, "the descriptor was closed");
}

/* --- What a stream gives ------------------------------------------------ */

struct result {
	ConsumerStatus status;
	bool has_opened;
	ConsumerError error;
	unsigned char *bytes;
	size_t n_bytes;
	bool is_mapped;
	bool is_cut;
	size_t n_trailing_bytes;
};

static void
keep(struct result *result, const ConsumerArray *array, ConsumerElement element)
{
	const size_t n_bytes = (size_t)array->n_elements * element.itemsize;

	expect(array->ndim == 1 && array->read_only && !array->release &&
		       array->element.type == element.type &&
		       array->element.byte_order == element.byte_order &&
		       array->element.itemsize == element.itemsize,
	       "a strange array");
	result->bytes = realloc(result->bytes, result->n_bytes + n_bytes + 1);
	expect(result->bytes, "no memory");
	consumer_array_copy_bytes(array, result->bytes + result->n_bytes);
	result->n_bytes += n_bytes;
}

static void
check_end(ConsumerStream *stream)
{
	ConsumerArray array;

	/* It stays there. */
	expect(consumer_stream_next(stream, &array, NULL) == CONSUMER_OK &&
		       array.n_elements == 0,
	       "something comes after the end");
	consumer_array_release(&array);
}

static struct result
run_stream(const char *path, int descriptor, ConsumerElement element,
	   const ConsumerSelection *selection)
{
	struct result result = { .bytes = NULL };
	ConsumerStream *stream;
	ConsumerArray array;

	POISON(stream);
	result.status = consumer_stream_open(path, descriptor, SOURCE(element),
					     selection, &stream, &result.error);
	if (result.status) {
		ck_assert_untouched(stream);
		return result;
	}
	result.has_opened = true;
	result.is_mapped = consumer_stream_is_mapped(stream);
	for (;;) {
		bool is_end;

		POISON(array);
		result.status =
			consumer_stream_next(stream, &array, &result.error);
		if (result.status) {
			ck_assert_untouched(array);
			break;
		}
		keep(&result, &array, element);
		is_end = array.n_elements == 0;
		consumer_array_release(&array);
		if (is_end) {
			check_end(stream);
			break;
		}
	}
	result.is_cut = consumer_stream_is_cut(stream);
	result.n_trailing_bytes = consumer_stream_n_trailing_bytes(stream);
	consumer_stream_close(stream);
	return result;
}

/* "skip 1 tail all ..." for a message. */
static const char *
describe(const ConsumerSelection *selection, size_t itemsize, size_t n_bytes)
{
	static char text[200];

	snprintf(text, sizeof(text),
		 "%zu bytes of %zu: offset %llu skip %llu tail %llu step %llu "
		 "max %llu",
		 n_bytes, itemsize, (unsigned long long)selection->offset_bytes,
		 (unsigned long long)selection->skip,
		 (unsigned long long)selection->tail,
		 (unsigned long long)selection->step,
		 (unsigned long long)selection->max);
	return text;
}

static void
check_result(struct result *got, const unsigned char *bytes, size_t n_bytes,
	     size_t itemsize, const ConsumerSelection *selection,
	     const char *name)
{
	const struct model want = model_of(n_bytes, itemsize, selection);
	const char *what = describe(selection, itemsize, n_bytes);

	if (want.bad_argument) {
		check_failure(got->status, &got->error, CONSUMER_ERR_ARGUMENT);
		expect(got->error.argument && strcmp(got->error.argument,
						     want.bad_argument) == 0,
		       "%s, %s: \"%s\"", name, what, got->error.message);
		free(got->bytes);
		return;
	}
	expect(got->status == CONSUMER_OK, "%s, %s: \"%s\"", name, what,
	       got->error.message);
	expect(got->n_bytes == want.n_given * itemsize,
	       "%s, %s: %zu bytes, expected %llu", name, what, got->n_bytes,
	       (unsigned long long)(want.n_given * itemsize));
	for (uint64_t i = 0; i < want.n_given; i++)
		expect(memcmp(got->bytes + i * itemsize,
			      bytes + selection->offset_bytes +
				      (want.first + i * selection->step) *
					      itemsize,
			      itemsize) == 0,
		       "%s, %s: element %llu is wrong", name, what,
		       (unsigned long long)i);
	expect(got->is_cut == want.is_cut, "%s, %s: cut %d", name, what,
	       got->is_cut);
	expect(got->n_trailing_bytes == want.n_trailing_bytes,
	       "%s, %s: %zu trailing bytes", name, what, got->n_trailing_bytes);
	free(got->bytes);
}

static bool
can_be_mapped(enum source source, size_t n_bytes)
{
	switch (source) {
	case SOURCE_PATH:
		return n_bytes > 0;
	case SOURCE_DESCRIPTOR:
		return true;
	default:
		return false;
	}
}

/* The files hold the bytes already. */
static void
check_source(enum source source, uint64_t *state, const unsigned char *bytes,
	     size_t n_bytes, ConsumerElement element,
	     const ConsumerSelection *selection)
{
	const int descriptor = open_source(source, state, bytes, n_bytes);
	struct result got = run_stream(is_path(source) ? "data" : NULL,
				       descriptor, element, selection);

	expect(got.status || got.is_mapped == can_be_mapped(source, n_bytes),
	       "%s: mapped %d", source_names[source], got.is_mapped);
	/* Where the size is known, nothing has to be read to refuse. */
	expect(!got.status || !got.has_opened ||
		       !can_be_mapped(source, n_bytes),
	       "%s: opened, and then \"%s\"", source_names[source],
	       got.error.message);
	close_source(descriptor);
	check_result(&got, bytes, n_bytes, element.itemsize, selection,
		     source_names[source]);
}

static const size_t itemsizes[] = { 1, 2, 4, 8, 3, 24 };

static ConsumerElement
element_of_size(size_t itemsize)
{
	ConsumerElement element =
		consumer_element(itemsize == 1	 ? CONSUMER_UINT8
				 : itemsize == 2 ? CONSUMER_FLOAT16
				 : itemsize == 4 ? CONSUMER_INT32
				 : itemsize == 8 ? CONSUMER_FLOAT64
						 : CONSUMER_OPAQUE);

	element.itemsize = itemsize;
	return element;
}

/* Small, around 'n', or far beyond everything. */
static uint64_t
random_count(uint64_t *state, uint64_t n)
{
	static const uint64_t extremes[] = {
		UINT64_MAX - 1,	    UINT64_MAX / 2, UINT64_MAX / 2 + 1,
		UINT64_MAX / 2 + 2, UINT64_MAX / 4, UINT64_MAX / 4 + 1,
		UINT64_MAX / 8 + 1, UINT32_MAX,	    UINT64_MAX - 7,
	};

	switch (random_between(state, 0, 5)) {
	case 0:
		return extremes[random_between(state, 0,
					       ARRAY_LEN(extremes) - 1)];
	case 1:
		return n + (uint64_t)random_between(state, 0, 2);
	case 2:
		return (uint64_t)random_between(state, 0, 3);
	default:
		return (uint64_t)random_between(state, 0, (int64_t)n + 1);
	}
}

static ConsumerSelection
random_selection(uint64_t *state, uint64_t n_bytes, uint64_t n_elements)
{
	ConsumerSelection selection = CONSUMER_SELECT_ALL;

	switch (random_between(state, 0, 3)) {
	case 0:
		selection.tail = random_count(state, n_elements);
		break;
	case 1:
	case 2:
		selection.skip = random_count(state, n_elements);
		break;
	default:
		break;
	}
	if (random_between(state, 0, 2) == 0)
		selection.offset_bytes = random_count(state, n_bytes);
	if (random_bits(state) & 1)
		selection.step = random_count(state, n_elements) | 1;
	if (random_bits(state) & 1)
		selection.max = random_count(state, n_elements);
	return selection;
}

START_TEST(every_source_gives_the_same_selection)
{
	const ConsumerElement element = element_of_size(itemsizes[_i]);
	const int n_descriptors = count_descriptors();
	unsigned char bytes[64];
	size_t n_bytes = 0;
	uint64_t state = (uint64_t)_i;

	for (int round = 0; round < 1000; round++) {
		ConsumerSelection selection;

		if (round % 10 == 0) { /* files are made slowly */
			n_bytes = (size_t)random_between(&state, 0, 64);
			random_fill(&state, bytes, n_bytes);
			make_files(bytes, n_bytes);
		}
		selection = random_selection(&state, n_bytes,
					     n_bytes / element.itemsize);
		for (int source = 0; source < N_SOURCES; source++)
			check_source((enum source)source, &state, bytes,
				     n_bytes, element, &selection);
	}
	ck_assert_int_eq(count_descriptors(), n_descriptors);
}
END_TEST

/* Everything that 5 elements and a byte can be asked for. */
START_TEST(every_small_selection_is_right)
{
	static const uint64_t counts[] = { 0, 1, 2, 3, 4, 5, 6, ALL };
	const unsigned char bytes[] = "0011223344x";
	const size_t n_bytes = 11 - (size_t)_i % 2;
	const enum source source = (enum source)(_i / 2);
	uint64_t state = 1;

	make_files(bytes, n_bytes);
	for (size_t i = 0; i < 8 * 8 * 8 * 2; i++) {
		ConsumerSelection selection = {
			.offset_bytes = i & 1,
			.step = counts[i >> 1 & 7],
			.max = counts[i >> 4 & 7],
			.skip = counts[i >> 7 & 7],
			.tail = ALL,
		};

		if (selection.step == 0)
			continue;
		check_source(source, &state, bytes, n_bytes, element_of_size(2),
			     &selection);
		selection.tail = selection.skip;
		selection.skip = 0;
		check_source(source, &state, bytes, n_bytes, element_of_size(2),
			     &selection);
	}
}
END_TEST

/* The first read ends at each byte in turn, the others take one byte. */
START_TEST(reads_may_end_inside_any_element)
{
	const ConsumerElement element = element_of_size(itemsizes[_i]);
	const size_t n_bytes = 5 * element.itemsize + 1;
	ConsumerSelection selections[] = {
		CONSUMER_SELECT_ALL,
		{ .skip = 2, .tail = ALL, .step = 1, .max = ALL },
		{ .tail = 2, .step = 1, .max = ALL },
		{ .tail = ALL, .step = 2, .max = 2 },
		{ .offset_bytes = 1, .tail = ALL, .step = 3, .max = ALL },
	};
	unsigned char bytes[5 * 24 + 1];
	uint64_t state = 1;

	random_fill(&state, bytes, n_bytes);
	for (size_t first = 1; first <= n_bytes; first++) {
		for (size_t i = 0; i < ARRAY_LEN(selections); i++) {
			const int descriptor = pipe_with(bytes, n_bytes);
			struct result got;

			faults.max_first_read = first;
			faults.max_transfer = first % 2 ? n_bytes : 1;
			got = run_stream(NULL, descriptor, element,
					 &selections[i]);
			close_source(descriptor);
			check_result(&got, bytes, n_bytes, element.itemsize,
				     &selections[i], "pipe");
		}
	}
}
END_TEST

/* --- More than one buffer ----------------------------------------------- */

#define N_MANY_BYTES 1000003

/* Another process that writes pieces of any size. */
static int
start_writer(const unsigned char *bytes, size_t n_bytes, uint64_t state,
	     pid_t *writer)
{
	int pipe_ends[2];

	ck_assert_int_eq(pipe(pipe_ends), 0);
	*writer = fork();
	ck_assert_int_ge(*writer, 0);
	if (*writer > 0) {
		close(pipe_ends[1]);
		return pipe_ends[0];
	}
	close(pipe_ends[0]);
	signal(SIGPIPE, SIG_DFL);
	while (n_bytes > 0) {
		const size_t n = (size_t)random_between(
			&state, 1, MIN((int64_t)n_bytes, 70000));
		const ssize_t n_written = write(pipe_ends[1], bytes, n);

		if (n_written < 0)
			_exit(1);
		bytes += n_written;
		n_bytes -= (size_t)n_written;
	}
	_exit(0);
}

static const ConsumerSelection many_selections[] = {
	CONSUMER_SELECT_ALL,
	{ .offset_bytes = 500001, .tail = ALL, .step = 1, .max = ALL },
	{ .skip = 99999, .tail = ALL, .step = 1, .max = ALL },
	{ .skip = 99999, .tail = ALL, .step = 7, .max = 11111 },
	{ .tail = ALL, .step = 1000, .max = ALL },
	{ .tail = ALL, .step = 40000, .max = 3 },
	{ .tail = ALL, .step = 200000, .max = ALL },
	{ .tail = 0, .step = 1, .max = ALL },
	{ .tail = 1, .step = 1, .max = ALL },
	{ .tail = 100000, .step = 3, .max = ALL },
	{ .tail = 1000000, .step = 1, .max = ALL },
	{ .tail = 33333, .step = 33333, .max = ALL },
	{ .offset_bytes = N_MANY_BYTES, .tail = ALL, .step = 1, .max = ALL },
	{ .offset_bytes = N_MANY_BYTES + 1, .tail = ALL, .step = 1 },
	{ .skip = N_MANY_BYTES, .tail = ALL, .step = 1, .max = ALL },
};

START_TEST(long_inputs_are_selected_from_alike)
{
	const ConsumerSelection *selection = &many_selections[_i];
	const ConsumerElement element = element_of_size(8);
	unsigned char *bytes = malloc(N_MANY_BYTES);
	uint64_t state = 1;
	struct result got;
	pid_t writer;
	int descriptor;

	random_fill(&state, bytes, N_MANY_BYTES);
	file_with("data", bytes, N_MANY_BYTES);
	got = run_stream("data", -1, element, selection);
	check_result(&got, bytes, N_MANY_BYTES, 8, selection, "path");
	faults.mmap_errno = ENOMEM;
	got = run_stream("data", -1, element, selection);
	faults.mmap_errno = 0;
	check_result(&got, bytes, N_MANY_BYTES, 8, selection, "unmappable");
	descriptor = start_writer(bytes, N_MANY_BYTES, (uint64_t)_i, &writer);
	got = run_stream(NULL, descriptor, element, selection);
	check_result(&got, bytes, N_MANY_BYTES, 8, selection, "pipe");
	close(descriptor);
	waitpid(writer, NULL, 0);
	free(bytes);
}
END_TEST

/* Of an endless input only a little may be read. */
START_TEST(reading_stops_early)
{
	const ConsumerSelection selection = {
		.skip = 100, .tail = ALL, .step = 10, .max = 1000
	};
	struct result got =
		run_stream("/dev/zero", -1, element_of_size(4), &selection);

	ck_assert_int_eq(got.status, CONSUMER_OK);
	ck_assert_uint_eq(got.n_bytes, 4000);
	ck_assert(got.is_cut);
	ck_assert_uint_eq(got.n_trailing_bytes, 0);
	ck_assert_uint_lt(faults.n_bytes_read, 1000000);
	for (size_t i = 0; i < got.n_bytes; i++)
		expect(got.bytes[i] == 0, "byte %zu is not 0", i);
	free(got.bytes);
}
END_TEST

/* A regular file that cannot be mapped is not read to be skipped. */
static const ConsumerSelection seeking_selections[] = {
	{ .offset_bytes = 3000001, .tail = ALL, .step = 1, .max = 100 },
	{ .skip = 900000, .tail = ALL, .step = 1, .max = 100 },
	{ .offset_bytes = 1500000,
	  .skip = 500000,
	  .tail = ALL,
	  .step = 1,
	  .max = 100 },
	{ .offset_bytes = 4000000, .tail = ALL, .step = 1, .max = 100 },
	{ .skip = 1000000, .tail = ALL, .step = 1, .max = 100 },
};

START_TEST(long_skips_are_seeks)
{
	const ConsumerSelection *selection = &seeking_selections[_i];
	const size_t n_bytes = 4000000;
	unsigned char *bytes = malloc(n_bytes);
	uint64_t state = 1;
	int descriptor;
	struct result got;

	random_fill(&state, bytes, n_bytes);
	make_files(bytes, n_bytes);
	descriptor = standing_descriptor();
	faults.mmap_errno = ENOMEM;
	got = run_stream(NULL, descriptor, element_of_size(4), selection);
	faults.mmap_errno = 0;
	ck_assert(!got.is_mapped || got.n_bytes == 0);
	check_result(&got, bytes, n_bytes, 4, selection, "seek");
	ck_assert_uint_lt(faults.n_bytes_read, 500000);
	close(descriptor);
	free(bytes);
}
END_TEST

/* A file of a terabyte costs no more than what is looked at. */
START_TEST(a_sparse_file_is_not_read)
{
	const uint64_t n_bytes = UINT64_C(1) << 40;
	const ConsumerSelection selections[] = {
		{ .tail = 3, .step = 1, .max = ALL },
		{ .skip = n_bytes / 4 - 3, .tail = ALL, .step = 1, .max = ALL },
		{ .offset_bytes = n_bytes - 12,
		  .tail = ALL,
		  .step = 1,
		  .max = ALL },
		{ .skip = 5, .tail = ALL, .step = UINT64_MAX, .max = 1 },
	};
	const int descriptor = open("sparse", O_RDWR | O_CREAT, 0600);
	struct result got;

	ck_assert_int_eq(ftruncate(descriptor, (off_t)n_bytes), 0);
	got = run_stream("sparse", -1, element_of_size(4), &selections[_i]);
	ck_assert_int_eq(got.status, CONSUMER_OK);
	ck_assert(got.is_mapped);
	ck_assert_uint_eq(got.n_bytes, _i == 3 ? 4 : 12);
	ck_assert_uint_eq(faults.n_bytes_read, 0);
	free(got.bytes);
	close(descriptor);
	unlink("sparse");
}
END_TEST

/* --- Other kinds of files ----------------------------------------------- */

START_TEST(files_without_a_size_are_read)
{
	static const char *const paths[] = { "/proc/self/stat", "/proc/version",
					     "/proc/self/maps" };
	const ConsumerSelection selection = CONSUMER_SELECT_ALL;
	struct result got =
		run_stream(paths[_i], -1, element_of_size(1), &selection);

	ck_assert_int_eq(got.status, CONSUMER_OK);
	ck_assert(!got.is_mapped);
	ck_assert_uint_gt(got.n_bytes, 10);
	ck_assert_int_eq(got.bytes[got.n_bytes - 1], '\n');
	free(got.bytes);
}
END_TEST

/* A page is what sysfs says, a few bytes is what it has. */
START_TEST(files_with_a_wrong_size_are_read_to_their_end)
{
	static const char path[] =
		"/sys/kernel/mm/transparent_hugepage/enabled";
	const ConsumerSelection all = CONSUMER_SELECT_ALL;
	const ConsumerSelection last = { .tail = 1, .step = 1, .max = ALL };
	struct result got;

	if (access(path, R_OK) != 0) {
		fprintf(stderr, "skipped: there is no %s\n", path);
		return;
	}
	got = run_stream(path, -1, element_of_size(1), &all);
	ck_assert_int_eq(got.status, CONSUMER_OK);
	ck_assert_uint_lt(got.n_bytes, 4096);
	ck_assert_int_eq(got.bytes[got.n_bytes - 1], '\n');
	free(got.bytes);
	got = run_stream(path, -1, element_of_size(1), &last);
	ck_assert_uint_eq(got.n_bytes, 1);
	ck_assert_int_eq(got.bytes[0], '\n');
	free(got.bytes);
}
END_TEST

START_TEST(an_empty_input_is_an_empty_array)
{
	static const char *const paths[] = { "/dev/null", "data" };
	ConsumerSelection selection = CONSUMER_SELECT_ALL;
	struct result got;

	file_with("data", "", 0);
	got = run_stream(paths[_i], -1, element_of_size(4), &selection);
	check_result(&got, NULL, 0, 4, &selection, paths[_i]);
	selection.offset_bytes = 1;
	got = run_stream(paths[_i], -1, element_of_size(4), &selection);
	check_result(&got, NULL, 0, 4, &selection, paths[_i]);
}
END_TEST

START_TEST(a_position_behind_the_end_is_the_end)
{
	ConsumerSelection selection = CONSUMER_SELECT_ALL;
	struct result got;
	int descriptor;

	make_files((const unsigned char *)"12", 2);
	descriptor = standing_descriptor();
	ck_assert_int_eq(lseek(descriptor, 100, SEEK_SET), 100);
	got = run_stream(NULL, descriptor, element_of_size(1), &selection);
	check_result(&got, NULL, 0, 1, &selection, "behind");
	selection.offset_bytes = 1;
	got = run_stream(NULL, descriptor, element_of_size(1), &selection);
	check_result(&got, NULL, 0, 1, &selection, "behind");
	close(descriptor);
}
END_TEST

START_TEST(a_fifo_is_read_by_its_name)
{
	const ConsumerSelection selection = CONSUMER_SELECT_ALL;
	const unsigned char bytes[] = "1111222233";
	struct result got;
	pid_t writer;

	ck_assert_int_eq(mkfifo("fifo", 0600), 0);
	writer = fork();
	if (writer == 0) {
		const int descriptor = open("fifo", O_WRONLY);

		_exit(write(descriptor, bytes, 10) != 10);
	}
	got = run_stream("fifo", -1, element_of_size(4), &selection);
	check_result(&got, bytes, 10, 4, &selection, "FIFO");
	waitpid(writer, NULL, 0);
	unlink("fifo");
}
END_TEST

/* --- Failures ----------------------------------------------------------- */

static const struct {
	ConsumerSelection selection;
	const char *argument;
} bad_selections[] = {
	{ { .tail = ALL, .step = 0, .max = ALL }, "step" },
	{ { .tail = 0, .step = 0, .max = 0 }, "step" },
	{ { .skip = 1, .tail = 0, .step = 1, .max = ALL }, "skip" },
	{ { .skip = ALL, .tail = ALL - 1, .step = 1, .max = ALL }, "skip" },
};

START_TEST(a_selection_without_sense_is_refused)
{
	ConsumerStream *stream;
	ConsumerError error;

	POISON(stream);
	/* Before anything is opened, even what is not there. */
	check_failure(consumer_stream_open(
			      "missing", -1, SOURCE(element_of_size(4)),
			      &bad_selections[_i].selection, &stream, &error),
		      &error, CONSUMER_ERR_ARGUMENT);
	ck_assert_str_eq(error.argument, bad_selections[_i].argument);
	ck_assert_untouched(stream);
}
END_TEST

/* They used to be believed, and gave arrays that were not initialised. */
START_TEST(an_element_that_cannot_be_is_refused)
{
	static const ConsumerElement elements[] = {
		{ CONSUMER_INT32, CONSUMER_LITTLE_ENDIAN, 0 },
		{ CONSUMER_INT32, CONSUMER_LITTLE_ENDIAN, 8 },
		{ CONSUMER_OPAQUE, CONSUMER_LITTLE_ENDIAN, 0 },
		{ (ConsumerType)CONSUMER_N_TYPES, CONSUMER_LITTLE_ENDIAN, 1 },
	};
	const ConsumerSelection selection = CONSUMER_SELECT_ALL;
	const int descriptor = pipe_with((const unsigned char *)"1234", 4);
	struct result got;

	file_with("data", "12345678", 8);
	got = run_stream("data", -1, elements[_i], &selection);
	check_failure(got.status, &got.error, CONSUMER_ERR_ARGUMENT);
	got = run_stream(NULL, descriptor, elements[_i], &selection);
	check_failure(got.status, &got.error, CONSUMER_ERR_ARGUMENT);
	close(descriptor);
}
END_TEST

static const struct {
	const char *path;
	int want;
} bad_paths[] = {
	{ "missing", ENOENT },
	{ "", ENOENT },
	{ ".", EISDIR },
	{ NULL, EBADF },
};

START_TEST(an_input_that_cannot_be_opened_says_why)
{
	const ConsumerSelection selection = CONSUMER_SELECT_ALL;
	const int n_descriptors = count_descriptors();
	struct result got = run_stream(bad_paths[_i].path, -1,
				       element_of_size(4), &selection);

	check_failure(got.status, &got.error, CONSUMER_ERR_OS);
	ck_assert_int_eq(got.error.system_errno, bad_paths[_i].want);
	ck_assert_int_eq(count_descriptors(), n_descriptors);
}
END_TEST

START_TEST(a_descriptor_that_cannot_be_read_says_why)
{
	const ConsumerSelection selection = CONSUMER_SELECT_ALL;
	const int wants[] = { EISDIR, EBADF, EAGAIN };
	int pipe_ends[2];
	struct result got;

	file_with("data", "1234", 4);
	ck_assert_int_eq(pipe(pipe_ends), 0);
	ck_assert_int_eq(fcntl(pipe_ends[0], F_SETFL, O_NONBLOCK), 0);
	got = run_stream(NULL,
			 _i == 0   ? open(".", O_RDONLY)
			 : _i == 1 ? open("data", O_WRONLY)
				   : pipe_ends[0],
			 element_of_size(4), &selection);
	check_failure(got.status, &got.error, CONSUMER_ERR_OS);
	ck_assert_int_eq(got.error.system_errno, wants[_i]);
}
END_TEST

/* The n-th read fails: what was read before has been given. */
START_TEST(a_read_error_ends_the_stream)
{
	ConsumerSelection selection = CONSUMER_SELECT_ALL;
	const unsigned char bytes[] = "11112222333344445555";
	const int descriptor = pipe_with(bytes, 20);
	struct result got;

	if (_i >= 5)
		selection.tail = 1;
	faults.max_transfer = 4;
	faults.fail_read = _i % 5 + 1;
	faults.read_errno = EIO;
	got = run_stream(NULL, descriptor, element_of_size(4), &selection);
	check_failure(got.status, &got.error, CONSUMER_ERR_OS);
	ck_assert_int_eq(got.error.system_errno, EIO);
	ck_assert(!got.is_cut);
	ck_assert_uint_eq(got.n_bytes, _i >= 5 ? 0 : 4 * (size_t)_i);
	close_source(descriptor);
	free(got.bytes);
}
END_TEST

/* Once and for ever: an error, or all that was asked for by other means. */
START_TEST(without_memory_nothing_is_lost_in_silence)
{
	static const ConsumerSelection selections[] = {
		CONSUMER_SELECT_ALL,
		{ .tail = 50000, .step = 1, .max = ALL },
	};
	const bool is_for_ever = _i & 1;
	const bool is_file = _i & 2;
	const ConsumerSelection *selection = &selections[_i >> 2];
	const size_t n_bytes = 400000;
	const int n_descriptors = count_descriptors();
	unsigned char *bytes = malloc(n_bytes);
	uint64_t state = 1;
	int n_failures = 0;

	random_fill(&state, bytes, n_bytes);
	file_with("data", bytes, n_bytes);
	FOR_EACH_ALLOCATION(is_for_ever)
	{
		ConsumerStream *stream = NULL;
		ConsumerArray array = { .data = NULL };
		const int descriptor = open("data", O_RDONLY);
		size_t n_given = 0;
		bool is_end;
		ConsumerError error;
		ConsumerStatus status;

		faults.mmap_errno = is_file ? 0 : ENODEV;
		status = consumer_stream_open(NULL, descriptor,
					      SOURCE(element_of_size(4)),
					      selection, &stream, &error);
		while (!status) {
			status = consumer_stream_next(stream, &array, &error);
			if (status || array.n_elements == 0)
				break;
			n_given += (size_t)array.n_elements * 4;
		}
		consumer_stream_close(stream);
		close(descriptor);
		faults.mmap_errno = 0;
		is_end = !allocation_failed();
		if (status)
			check_failure(status, &error, CONSUMER_ERR_MEMORY);
		else
			ck_assert_uint_eq(n_given,
					  MIN(n_bytes, selection->tail * 4));
		if (is_end) {
			ck_assert_int_eq(status, CONSUMER_OK);
			break;
		}
		n_failures++;
	}
	ck_assert_int_ge(n_failures, 2);
	ck_assert_int_eq(count_descriptors(), n_descriptors);
	free(bytes);
}
END_TEST

START_TEST(closing_nothing_is_allowed)
{
	consumer_stream_close(NULL);
}
END_TEST

/* Without having asked for everything, or anything. */
START_TEST(a_stream_may_be_closed_at_any_time)
{
	const ConsumerSelection selection = CONSUMER_SELECT_ALL;
	const int n_descriptors = count_descriptors();
	ConsumerStream *stream;
	ConsumerArray array;

	file_with("data", "12345678", 8);
	faults.mmap_errno = _i & 1 ? ENODEV : 0;
	ck_assert_int_eq(consumer_stream_open("data", -1,
					      SOURCE(element_of_size(4)),
					      &selection, &stream, NULL),
			 CONSUMER_OK);
	if (_i & 2) {
		ck_assert_int_eq(consumer_stream_next(stream, &array, NULL),
				 CONSUMER_OK);
		ck_assert(address_is_mapped(array.data));
	}
	consumer_stream_close(stream);
	ck_assert(_i != 2 || !address_is_mapped(array.data));
	ck_assert_int_eq(count_descriptors(), n_descriptors);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("stream");
	TCase *tcase = check_case(suite);

	tcase_add_loop_test(tcase, every_source_gives_the_same_selection, 0,
			    ARRAY_LEN(itemsizes));
	tcase_add_loop_test(tcase, every_small_selection_is_right, 0,
			    2 * N_SOURCES);
	tcase_add_loop_test(tcase, reads_may_end_inside_any_element, 0,
			    ARRAY_LEN(itemsizes));
	tcase_add_loop_test(tcase, long_inputs_are_selected_from_alike, 0,
			    ARRAY_LEN(many_selections));
	tcase_add_test(tcase, reading_stops_early);
	tcase_add_loop_test(tcase, long_skips_are_seeks, 0,
			    ARRAY_LEN(seeking_selections));
	tcase_add_loop_test(tcase, a_sparse_file_is_not_read, 0, 4);
	tcase_add_loop_test(tcase, files_without_a_size_are_read, 0, 3);
	tcase_add_test(tcase, files_with_a_wrong_size_are_read_to_their_end);
	tcase_add_loop_test(tcase, an_empty_input_is_an_empty_array, 0, 2);
	tcase_add_test(tcase, a_position_behind_the_end_is_the_end);
	tcase_add_test(tcase, a_fifo_is_read_by_its_name);
	tcase_add_loop_test(tcase, a_selection_without_sense_is_refused, 0,
			    ARRAY_LEN(bad_selections));
	tcase_add_loop_test(tcase, an_element_that_cannot_be_is_refused, 0, 4);
	tcase_add_loop_test(tcase, an_input_that_cannot_be_opened_says_why, 0,
			    ARRAY_LEN(bad_paths));
	tcase_add_loop_test(tcase, a_descriptor_that_cannot_be_read_says_why, 0,
			    3);
	tcase_add_loop_test(tcase, a_read_error_ends_the_stream, 0, 10);
	tcase_add_loop_test(tcase, without_memory_nothing_is_lost_in_silence, 0,
			    8);
	tcase_add_test(tcase, closing_nothing_is_allowed);
	tcase_add_loop_test(tcase, a_stream_may_be_closed_at_any_time, 0, 4);
	return check_run(suite);
}
