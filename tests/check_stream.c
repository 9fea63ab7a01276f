/* SPDX-License-Identifier: MIT */
/*
 * Every selection is made from several sources of the same bytes, and compared
 * with a model of four lines: model_of().
 */
#include "config.h"
#include "check_run.h"
#include "npy.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <limits.h>
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
	uint64_t n_trailing_bytes;
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
	model.n_trailing_bytes = n_bytes % itemsize;
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
	SOURCE_TOO_LARGE, /* to be mapped, but its size is known */
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
	[SOURCE_TOO_LARGE] = "too large",
};

static bool
is_path(enum source source)
{
	return source == SOURCE_PATH || source == SOURCE_UNMAPPABLE ||
	       source == SOURCE_TOO_LARGE;
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
	case SOURCE_TOO_LARGE:
		faults.mmap_errno = ENOMEM;
		faults.n_mmaps_before = 1;
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

enum way { WAY_READ, WAY_HELD, WAY_MEASURED, N_WAYS };

struct result {
	enum way way;
	ConsumerStatus status;
	bool has_opened;
	ConsumerError error;
	unsigned char *bytes;
	size_t n_bytes;
	bool is_mapped;
	bool is_cut;
	uint64_t n_trailing_bytes;
	uint64_t n_elements; /* as it was said before the first */
	uint64_t first_index;
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

/* Appends all that the stream gives to the result. */
static void
read_all(ConsumerStream *stream, struct result *result, ConsumerElement element)
{
	bool is_end = false;

	while (!is_end) {
		ConsumerArray array;

		POISON(array);
		result->status =
			consumer_stream_next(stream, &array, &result->error);
		if (result->status) {
			ck_assert_untouched(array);
			return;
		}
		keep(result, &array, element);
		is_end = array.n_elements == 0;
		consumer_array_release(&array);
	}
	check_end(stream);
}

/* What is held is read twice, alike. */
static void
read_held(ConsumerStream *stream, struct result *result,
	  ConsumerElement element)
{
	struct result again = { .bytes = NULL };
	uint64_t n_elements;

	result->status = consumer_stream_hold(stream, &result->error);
	if (result->status)
		return;
	expect(consumer_stream_is_whole(stream), "held, and not at hand");
	n_elements = consumer_stream_n_elements(stream);
	read_all(stream, &again, element);
	consumer_stream_rewind(stream);
	read_all(stream, result, element);
	expect(again.status == result->status &&
		       again.n_bytes == result->n_bytes &&
		       (again.n_bytes == 0 ||
			memcmp(again.bytes, result->bytes, again.n_bytes) == 0),
	       "the second time is another");
	expect(n_elements * element.itemsize == result->n_bytes,
	       "%llu elements, and then %zu bytes",
	       (unsigned long long)n_elements, result->n_bytes);
	free(again.bytes);
}

/* How many bytes there would be, whatever they are. */
static void
measure(ConsumerStream *stream, struct result *result, ConsumerElement element)
{
	result->status = consumer_stream_measure(stream, &result->error);
	result->n_bytes =
		(size_t)consumer_stream_n_elements(stream) * element.itemsize;
}

static struct result
run_source(const char *path, int descriptor, const ConsumerSource *source,
	   const ConsumerSelection *selection, enum way way)
{
	struct result result = { .way = way };
	ConsumerStream *stream;

	POISON(stream);
	result.status = consumer_stream_open(path, descriptor, source,
					     selection, &stream, &result.error);
	if (result.status) {
		ck_assert_untouched(stream);
		return result;
	}
	result.has_opened = true;
	result.is_mapped = consumer_stream_is_whole(stream);
	result.n_elements = consumer_stream_n_elements(stream);
	if (way == WAY_HELD)
		read_held(stream, &result, source->element);
	else if (way == WAY_MEASURED)
		measure(stream, &result, source->element);
	else
		read_all(stream, &result, source->element);
	result.is_cut = consumer_stream_is_cut(stream);
	result.n_trailing_bytes = consumer_stream_n_trailing_bytes(stream);
	result.first_index = consumer_stream_first_index(stream);
	consumer_stream_close(stream);
	return result;
}

static struct result
run_stream(const char *path, int descriptor, ConsumerElement element,
	   const ConsumerSelection *selection)
{
	return run_source(path, descriptor, SOURCE(element), selection,
			  WAY_READ);
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
	for (uint64_t i = 0; i < want.n_given && got->way != WAY_MEASURED; i++)
		expect(memcmp(got->bytes + i * itemsize,
			      bytes + selection->offset_bytes +
				      (want.first + i * selection->step) *
					      itemsize,
			      itemsize) == 0,
		       "%s, %s: element %llu is wrong", name, what,
		       (unsigned long long)i);
	expect(got->is_cut == want.is_cut, "%s, %s: cut %d", name, what,
	       got->is_cut);
	expect(want.n_given == 0 || got->first_index == want.first,
	       "%s, %s: first %llu", name, what,
	       (unsigned long long)got->first_index);
	expect(got->n_elements == ALL || got->n_elements == want.n_given,
	       "%s, %s: said to be %llu elements", name, what,
	       (unsigned long long)got->n_elements);
	expect(got->n_trailing_bytes == want.n_trailing_bytes,
	       "%s, %s: %llu trailing bytes", name, what,
	       (unsigned long long)got->n_trailing_bytes);
	free(got->bytes);
}

static enum way
random_way(uint64_t *state)
{
	return (enum way)random_between(state, 0, N_WAYS - 1);
}

static bool
size_is_known(enum source source, size_t n_bytes)
{
	switch (source) {
	case SOURCE_PATH:
	case SOURCE_TOO_LARGE:
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
	const ConsumerSource says = {
		.format = random_bits(state) & 1 ? CONSUMER_FILE_AUTO
						 : CONSUMER_FILE_RAW,
		.element = element,
	};
	struct result got =
		run_source(is_path(source) ? "data" : NULL, descriptor, &says,
			   selection, random_way(state));

	/* Nothing is never too large. */
	expect(got.status || got.is_mapped == (size_is_known(source, n_bytes) &&
					       (source != SOURCE_TOO_LARGE ||
						got.n_bytes == 0)),
	       "%s: mapped %d", source_names[source], got.is_mapped);
	expect(got.status || got.n_elements != ALL ||
		       !size_is_known(source, n_bytes),
	       "%s: an unknown number", source_names[source]);
	/* Where the size is known, nothing has to be read to refuse. */
	expect(!got.status || !got.has_opened ||
		       !size_is_known(source, n_bytes),
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
	/* It used to seek past the end, and to find nothing there. */
	{ .offset_bytes = 1500000,
	  .skip = 700000,
	  .tail = ALL,
	  .step = 1,
	  .max = 100 },
	/* These used to read all of it. */
	{ .tail = ALL, .step = 300000, .max = ALL },
	{ .offset_bytes = 1, .tail = ALL, .step = 299999, .max = ALL },
	{ .skip = 123456, .tail = ALL, .step = 999990, .max = ALL },
	{ .tail = ALL, .step = UINT64_MAX, .max = ALL },
	{ .skip = 10, .tail = ALL, .step = 400000, .max = 2 },
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
	if (!got.status)
		ck_assert_uint_lt(faults.n_bytes_read, n_bytes / 4);
	close(descriptor);
	free(bytes);
}
END_TEST

/* It used to be read to its end, to be counted. */
START_TEST(a_file_too_large_to_map_is_measured_by_its_size)
{
	const ConsumerSelection selection = {
		.offset_bytes = 1, .skip = 7, .tail = ALL, .step = 3, .max = ALL
	};
	const int descriptor = open("sparse", O_RDWR | O_CREAT, 0600);
	struct result got;

	ck_assert_int_eq(ftruncate(descriptor, (off_t)1 << 32), 0);
	faults.mmap_errno = ENOMEM;
	faults.n_mmaps_before = 1;
	got = run_source("sparse", -1, SOURCE(element_of_size(8)), &selection,
			 WAY_MEASURED);
	faults.mmap_errno = 0;
	ck_assert_int_eq(got.status, CONSUMER_OK);
	ck_assert(!got.is_mapped);
	ck_assert_uint_eq(got.n_elements, ((1 << 29) - 1 - 7 + 2) / 3);
	ck_assert_uint_eq(got.n_trailing_bytes, 7);
	ck_assert_uint_eq(faults.n_bytes_read, 0);
	close(descriptor);
	unlink("sparse");
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

/* It used to keep in memory what the step passes over. */
/*
 * Whether the system reads only what is looked at of the mapping at 'address';
 * -1: it does not tell.
 */
static int
is_read_page_by_page(const void *address)
{
	FILE *maps = fopen("/proc/self/smaps", "r");
	bool is_it = false;
	char line[512];
	int found = -1;

	while (maps && found < 0 && fgets(line, sizeof(line), maps)) {
		uintmax_t start, end;

		if (sscanf(line, "%jx-%jx ", &start, &end) == 2)
			is_it = start <= (uintptr_t)address &&
				(uintptr_t)address < end;
		else if (is_it && strncmp(line, "VmFlags:", 8) == 0)
			found = strstr(line, " rr") != NULL;
	}
	if (maps)
		fclose(maps);
	return found;
}

/* A file of which one element in 256 KiB was wanted used to be read whole. */
START_TEST(what_lies_between_far_elements_is_not_read)
{
	static const struct {
		uint64_t step;
		bool is_far;
	} cases[] = {
		{ 1, false },
		{ 100, false },
		{ 65536, false },
		{ 65537, true },
	};
	const ConsumerSource source = { .element = consumer_element(
						CONSUMER_INT32) };
	ConsumerSelection selection = CONSUMER_SELECT_ALL;
	ConsumerStream *stream;
	ConsumerArray part;
	int flag;

	file_with("sparse", "", 0);
	ck_assert_int_eq(truncate("sparse", 1 << 20), 0);
	selection.step = cases[_i].step;
	ck_assert_int_eq(consumer_stream_open("sparse", -1, &source, &selection,
					      &stream, NULL),
			 CONSUMER_OK);
	ck_assert_int_eq(consumer_stream_next(stream, &part, NULL),
			 CONSUMER_OK);
	ck_assert_int_eq(part.n_elements,
			 ((1 << 18) - 1) / (ptrdiff_t)selection.step + 1);
	flag = is_read_page_by_page(part.data);
	if (flag >= 0) /* emulators know no such flags */
		ck_assert_int_eq(flag, cases[_i].is_far);
	consumer_stream_close(stream);
}
END_TEST

START_TEST(what_is_held_is_what_is_selected)
{
	const ConsumerSelection selection = { .tail = ALL,
					      .step = 1000,
					      .max = ALL };
	unsigned char *bytes = calloc(1, N_MANY_BYTES);
	ConsumerStream *stream;
	pid_t writer;
	const int descriptor = start_writer(bytes, N_MANY_BYTES, 1, &writer);

	faults.largest_allocation = 0;
	ck_assert_int_eq(
		consumer_stream_open(NULL, descriptor,
				     SOURCE(consumer_element(CONSUMER_CHAR)),
				     &selection, &stream, NULL),
		CONSUMER_OK);
	ck_assert_int_eq(consumer_stream_hold(stream, NULL), CONSUMER_OK);
	ck_assert_uint_eq(consumer_stream_n_elements(stream), 1001);
	ck_assert_uint_lt(faults.largest_allocation, 500000);
	consumer_stream_close(stream);
	close(descriptor);
	waitpid(writer, NULL, 0);
	free(bytes);
}
END_TEST

/* --- .npy files --------------------------------------------------------- */

#define MAX_NPY_DATA  1024
#define MAX_NPY_BYTES (64 + NPY_WRITTEN_BYTES + MAX_NPY_DATA + 16)

/* A file: something before, the header, the data, something behind. */
struct npy_file {
	ConsumerElement element;
	bool is_fortran_order;
	int ndim;
	ptrdiff_t shape[4];
	uint64_t n_declared;
	uint64_t n_there;
	size_t n_before;
	size_t n_trailing;
	size_t n_bytes;
	unsigned char bytes[MAX_NPY_BYTES];
	/* The elements that are there, in C order. */
	unsigned char rows[MAX_NPY_DATA];
};

/* Where element 'i' in C order lies in an array in Fortran order. */
static size_t
fortran_place(const struct npy_file *file, size_t i)
{
	size_t index[4], place = 0;

	for (int axis = file->ndim - 1; axis >= 0; axis--) {
		index[axis] = i % (size_t)file->shape[axis];
		i /= (size_t)file->shape[axis];
	}
	for (int axis = file->ndim - 1; axis >= 0; axis--)
		place = place * (size_t)file->shape[axis] + index[axis];
	return place;
}

static void
random_npy(struct npy_file *file, uint64_t *state, ConsumerType type)
{
	unsigned char data[MAX_NPY_DATA];
	unsigned char *end = file->bytes;
	size_t n_data;

	file->element = consumer_element(type);
	if (file->element.itemsize > 1 && random_bits(state) & 1)
		file->element.byte_order = CONSUMER_BIG_ENDIAN;
	file->is_fortran_order = random_bits(state) & 1;
	file->ndim = (int)random_between(state, 0, 4);
	file->n_declared = 1;
	for (int axis = 0; axis < file->ndim; axis++) {
		file->shape[axis] = random_between(state, 0, 8) == 0
					    ? 0
					    : random_between(state, 1, 3);
		file->n_declared *= (uint64_t)file->shape[axis];
	}
	n_data = (size_t)file->n_declared * file->element.itemsize;
	random_fill(state, data, sizeof(data));
	file->n_before = (size_t)random_between(state, 0, 3);
	end += file->n_before;
	memset(file->bytes, 'x', file->n_before);
	end += npy_format(file->element, file->is_fortran_order, file->ndim,
			  file->shape, (char *)end);
	file->n_trailing = 0;
	if (random_between(state, 0, 3) == 0)
		n_data = (size_t)random_between(state, 0, (int64_t)n_data);
	else if (random_bits(state) & 1)
		file->n_trailing = (size_t)random_between(state, 0, 16);
	file->n_there = n_data / file->element.itemsize;
	memcpy(end, data, n_data + file->n_trailing);
	end += n_data + file->n_trailing;
	file->n_bytes = (size_t)(end - file->bytes);
	for (size_t i = 0; i < file->n_there; i++) {
		const size_t itemsize = file->element.itemsize;
		const size_t place =
			file->is_fortran_order ? fortran_place(file, i) : i;

		memcpy(file->rows + i * itemsize, data + place * itemsize,
		       itemsize);
	}
}

static void
check_npy_result(const struct npy_file *file,
		 const ConsumerSelection *selection, struct result *got,
		 const char *name)
{
	const size_t itemsize = file->element.itemsize;
	/* What a raw file of all rows would give. */
	ConsumerSelection flat = *selection;
	struct model want;
	const char *what = describe(selection, itemsize, file->n_bytes);
	const bool is_short = file->n_there < file->n_declared;
	size_t n_given = 0;
	uint64_t at;

	flat.offset_bytes = 0;
	want = model_of(file->n_declared * itemsize, itemsize, &flat);
	if (want.bad_argument) {
		check_failure(got->status, &got->error, CONSUMER_ERR_ARGUMENT);
		ck_assert_str_eq(got->error.argument, want.bad_argument);
		expect(!got->has_opened, "%s: only then refused", what);
		free(got->bytes);
		return;
	}
	if (is_short && file->is_fortran_order && file->ndim > 1) {
		check_failure(got->status, &got->error, CONSUMER_ERR_DATA);
		expect(got->n_bytes ==
			       (got->way == WAY_MEASURED &&
						want.n_given == file->n_declared
					? file->n_there * itemsize
					: 0),
		       "%s, %s: %zu bytes", name, what, got->n_bytes);
		free(got->bytes);
		return;
	}
	at = want.first;
	while (n_given < want.n_given && at < file->n_there) {
		expect(got->n_bytes >= (n_given + 1) * itemsize &&
			       (got->way == WAY_MEASURED ||
				memcmp(got->bytes + n_given * itemsize,
				       file->rows + at * itemsize,
				       itemsize) == 0),
		       "%s, %s: element %zu is wrong", name, what, n_given);
		n_given++;
		if (selection->step > file->n_declared)
			break;
		at += selection->step;
	}
	expect(got->n_bytes == n_given * itemsize,
	       "%s, %s: %zu bytes of %zu elements", name, what, got->n_bytes,
	       n_given);
	if (is_short && !(want.is_cut && n_given == want.n_given)) {
		char message[80];

		snprintf(message, sizeof(message),
			 "the data end after %llu of %llu elements",
			 (unsigned long long)file->n_there,
			 (unsigned long long)file->n_declared);
		check_failure(got->status, &got->error, CONSUMER_ERR_DATA);
		ck_assert_str_eq(got->error.message, message);
	} else {
		expect(got->status == CONSUMER_OK, "%s, %s: \"%s\"", name, what,
		       got->error.message);
		expect(got->is_cut == want.is_cut, "%s, %s: cut", name, what);
		expect(got->n_trailing_bytes ==
			       (want.is_cut ? 0 : file->n_trailing),
		       "%s, %s: %llu trailing bytes", name, what,
		       (unsigned long long)got->n_trailing_bytes);
		expect(want.n_given == 0 || got->first_index == want.first,
		       "%s, %s: first", name, what);
		ck_assert_uint_eq(got->n_elements, want.n_given);
	}
	free(got->bytes);
}

START_TEST(every_npy_source_gives_the_same_rows)
{
	static const ConsumerType types[] = { CONSUMER_BOOL, CONSUMER_UINT8,
					      CONSUMER_FLOAT16, CONSUMER_INT32,
					      CONSUMER_FLOAT64 };
	const int n_descriptors = count_descriptors();
	static struct npy_file file;
	uint64_t state = (uint64_t)_i;

	for (int round = 0; round < 2000; round++) {
		ConsumerSelection selection;
		ConsumerSource says = { .type_is_given = true,
					.byte_order_is_given = true };

		if (round % 10 == 0) {
			random_npy(&file, &state, types[_i]);
			make_files(file.bytes, file.n_bytes);
		}
		selection = random_selection(&state, 0, file.n_declared);
		selection.offset_bytes = file.n_before;
		says.element = file.element;
		says.format = random_bits(&state) & 1 ? CONSUMER_FILE_AUTO
						      : CONSUMER_FILE_NPY;
		if (random_bits(&state) & 1) {
			says.ndim = file.ndim;
			says.shape = file.shape;
		}
		for (int i = 0; i < N_SOURCES; i++) {
			const enum source source = (enum source)i;
			const int descriptor = open_source(
				source, &state, file.bytes, file.n_bytes);
			struct result got = run_source(
				is_path(source) ? "data" : NULL, descriptor,
				&says, &selection, random_way(&state));

			close_source(descriptor);
			check_npy_result(&file, &selection, &got,
					 source_names[source]);
		}
	}
	ck_assert_int_eq(count_descriptors(), n_descriptors);
}
END_TEST

#define DICTIONARY(code, order, shape) \
	"{'descr': '" code "', 'fortran_order': " order ", 'shape': " shape "}"

/* A file of version 2, whose header is no longer than its dictionary. */
static size_t
make_npy(unsigned char *out, const char *dictionary, const char *data)
{
	const size_t length = strlen(dictionary);

	memcpy(out, NPY_MAGIC "\x02\0\0\0\0", 12);
	out[8] = (unsigned char)length;
	memcpy(out + 12, dictionary, length);
	memcpy(out + 12 + length, data, strlen(data));
	return 12 + length + strlen(data);
}

#define COLUMNS DICTIONARY("|u1", "True", "(2, 3)")

/* To measure what is mapped, held or too large used to undo its order. */
START_TEST(what_was_measured_has_its_order)
{
	static const enum source sources[] = { SOURCE_PATH, SOURCE_PIPE,
					       SOURCE_TOO_LARGE };
	const ConsumerSelection selection = CONSUMER_SELECT_ALL;
	const ConsumerElement element = element_of_size(1);
	struct result got = { .way = WAY_READ };
	unsigned char bytes[200];
	const size_t n_bytes = make_npy(bytes, COLUMNS, "adbecf");
	uint64_t state = 1;
	ConsumerStream *stream;
	int descriptor;

	make_files(bytes, n_bytes);
	descriptor = open_source(sources[_i], &state, bytes, n_bytes);
	ck_assert_int_eq(
		consumer_stream_open(is_path(sources[_i]) ? "data" : NULL,
				     descriptor, SOURCE(element), &selection,
				     &stream, NULL),
		CONSUMER_OK);
	if (sources[_i] == SOURCE_PIPE)
		ck_assert_int_eq(consumer_stream_hold(stream, NULL),
				 CONSUMER_OK);
	ck_assert_int_eq(consumer_stream_measure(stream, NULL), CONSUMER_OK);
	ck_assert_uint_eq(consumer_stream_n_elements(stream), 6);
	read_all(stream, &got, element);
	ck_assert_int_eq(got.status, CONSUMER_OK);
	ck_assert_uint_eq(got.n_bytes, 6);
	ck_assert_mem_eq(got.bytes, "abcdef", 6);
	free(got.bytes);
	consumer_stream_close(stream);
	close_source(descriptor);
}
END_TEST

/* But in Fortran order no row is whole: so much was not said. */
START_TEST(short_rows_are_held)
{
	static const char *const dictionaries[] = {
		DICTIONARY("|u1", "False", "(2, 3)"), COLUMNS
	};
	const ConsumerSelection selection = CONSUMER_SELECT_ALL;
	unsigned char bytes[200];
	const size_t n_bytes = make_npy(bytes, dictionaries[_i], "12345");
	const int descriptor = pipe_with(bytes, n_bytes);
	ConsumerStream *stream;
	ConsumerArray part;
	ConsumerError error;
	ConsumerStatus status;

	ck_assert_int_eq(consumer_stream_open(NULL, descriptor,
					      SOURCE(element_of_size(1)),
					      &selection, &stream, NULL),
			 CONSUMER_OK);
	status = consumer_stream_hold(stream, &error);
	if (_i == 0) {
		ck_assert_int_eq(status, CONSUMER_OK);
		ck_assert_int_eq(consumer_stream_next(stream, &part, NULL),
				 CONSUMER_OK);
		ck_assert_int_eq(part.n_elements, 5);
		status = consumer_stream_next(stream, &part, &error);
	}
	check_failure(status, &error, CONSUMER_ERR_DATA);
	ck_assert_str_eq(error.message, "the data end after 5 of 6 elements");
	consumer_stream_close(stream);
	close(descriptor);
}
END_TEST

START_TEST(a_npy_file_says_what_it_is)
{
	const ConsumerSelection all = CONSUMER_SELECT_ALL;
	unsigned char bytes[256];
	const size_t n_bytes = make_npy(
		bytes, DICTIONARY(">u2", "True", "(2, 3)"), "001122334455");
	const int descriptor = pipe_with(bytes, n_bytes);
	const ConsumerDescription *got;
	const ptrdiff_t *shape;
	ConsumerStream *stream;

	file_with("data", bytes, n_bytes);
	ck_assert_int_eq(
		consumer_stream_open(_i ? "data" : NULL, descriptor,
				     SOURCE(consumer_element(CONSUMER_INT32)),
				     &all, &stream, NULL),
		CONSUMER_OK);
	got = consumer_stream_description(stream);
	ck_assert_int_eq(got->format, CONSUMER_FILE_NPY);
	ck_assert_int_eq(got->element.type, CONSUMER_UINT16);
	ck_assert_int_eq(got->element.byte_order, CONSUMER_BIG_ENDIAN);
	ck_assert_uint_eq(got->element.itemsize, 2);
	ck_assert_int_eq(got->ndim, 2);
	ck_assert_int_eq(got->shape[0], 2);
	ck_assert_int_eq(got->shape[1], 3);
	ck_assert(got->is_fortran_order);
	ck_assert_int_eq(got->npy_version, 2);
	ck_assert_uint_eq(got->header_bytes, n_bytes - 12);
	ck_assert_int_eq(consumer_stream_shape(stream, &shape), 2);
	ck_assert_ptr_eq(shape, got->shape);
	ck_assert_uint_eq(consumer_stream_n_elements(stream), 6);
	consumer_stream_close(stream);
	close(descriptor);
}
END_TEST

START_TEST(a_raw_file_is_what_it_is_said_to_be)
{
	const ConsumerSelection all = CONSUMER_SELECT_ALL;
	const int descriptor = pipe_with((const unsigned char *)"123456", 6);
	const ConsumerSource source = {
		.format = CONSUMER_FILE_RAW,
		.element = consumer_element(CONSUMER_INT16),
	};
	const ConsumerDescription *got;
	const ptrdiff_t *shape;
	ConsumerStream *stream;

	file_with("data", "123456", 6);
	ck_assert_int_eq(consumer_stream_open(_i ? "data" : NULL, descriptor,
					      &source, &all, &stream, NULL),
			 CONSUMER_OK);
	got = consumer_stream_description(stream);
	ck_assert_int_eq(got->format, CONSUMER_FILE_RAW);
	ck_assert_int_eq(got->element.type, CONSUMER_INT16);
	ck_assert_int_eq(got->ndim, 1);
	ck_assert_int_eq(got->shape[0], _i ? 3 : -1);
	ck_assert(!got->is_fortran_order);
	ck_assert_int_eq(got->npy_version, 0);
	ck_assert_uint_eq(got->header_bytes, 0);
	ck_assert_int_eq(consumer_stream_shape(stream, &shape), 1);
	if (_i)
		ck_assert_int_eq(*shape, 3);
	else
		ck_assert_ptr_null(shape);
	ck_assert_uint_eq(consumer_stream_n_elements(stream), _i ? 3 : ALL);
	consumer_stream_hold(stream, NULL);
	consumer_stream_shape(stream, &shape);
	ck_assert_int_eq(*shape, 3);
	consumer_stream_close(stream);
	close(descriptor);
}
END_TEST

/* Rows as long as nothing but 'max' selects. */
START_TEST(a_selection_may_leave_no_rows)
{
	static const struct {
		ConsumerSelection selection;
		int ndim;
		ptrdiff_t length;
	} cases[] = {
		{ { .tail = ALL, .step = 1, .max = ALL }, 2, 2 },
		{ { .tail = ALL, .step = 1, .max = 4 }, 2, 2 },
		{ { .tail = ALL, .step = 1, .max = 0 }, 2, 2 },
		{ { .tail = ALL, .step = 2, .max = ALL }, 1, 3 },
		{ { .skip = 1, .tail = ALL, .step = 1, .max = ALL }, 1, 5 },
		{ { .skip = 6, .tail = ALL, .step = 1, .max = ALL }, 1, 0 },
		{ { .tail = 4, .step = 1, .max = 3 }, 1, 3 },
		{ { .tail = 9, .step = 1, .max = ALL }, 1, 6 },
	};
	unsigned char bytes[256];
	const size_t n_bytes =
		make_npy(bytes, DICTIONARY("|u1", "False", "(2, 3)"), "012345");
	const int descriptor = pipe_with(bytes, n_bytes);

	file_with("data", bytes, n_bytes);
	for (int is_path = 0; is_path < 2; is_path++) {
		const ptrdiff_t *shape;
		ConsumerStream *stream;

		ck_assert_int_eq(consumer_stream_open(
					 is_path ? "data" : NULL, descriptor,
					 SOURCE(element_of_size(4)),
					 &cases[_i].selection, &stream, NULL),
				 CONSUMER_OK);
		ck_assert_int_eq(consumer_stream_shape(stream, &shape),
				 cases[_i].ndim);
		ck_assert_int_eq(*shape, cases[_i].length);
		consumer_stream_close(stream);
	}
	close(descriptor);
}
END_TEST

/* Whoever says raw gets the header's bytes too. */
START_TEST(raw_never_looks)
{
	const ConsumerSelection all = CONSUMER_SELECT_ALL;
	const unsigned char bytes[] = "\x93NUMPY\x09\0{}";
	const ConsumerSource source = {
		.format = CONSUMER_FILE_RAW,
		.element = element_of_size(2),
	};
	uint64_t state = 1;

	make_files(bytes, 10);
	for (int i = 0; i < N_SOURCES; i++) {
		const int descriptor =
			open_source((enum source)i, &state, bytes, 10);
		struct result got = run_source(
			is_path((enum source)i) ? "data" : NULL, descriptor,
			&source, &all, (enum way)(i % N_WAYS));

		close_source(descriptor);
		check_result(&got, bytes, 10, 2, &all, source_names[i]);
	}
}
END_TEST

/* With any beginning of the magic, the bytes are elements all the same. */
START_TEST(a_beginning_of_the_magic_is_no_magic)
{
	const ConsumerSelection all = CONSUMER_SELECT_ALL;
	unsigned char bytes[] = NPY_MAGIC "123";
	uint64_t state = 1;

	if (_i < 6)
		bytes[_i] ^= 1;
	else
		bytes[5] = 0;
	for (size_t n_bytes = 0; n_bytes < 9; n_bytes++) {
		if (_i >= 6 && n_bytes > 5)
			break;
		make_files(bytes, n_bytes);
		for (int source = 0; source < N_SOURCES; source++)
			check_source((enum source)source, &state, bytes,
				     n_bytes, element_of_size(1), &all);
	}
}
END_TEST

/* A slow pipe of numbers shows each one as it comes. */
START_TEST(no_byte_more_is_waited_for_than_needed)
{
	/* The last byte tells that it is no magic. */
	static const char *const bytes[] = { "1", "\x93N1", "\x93NUMPZ" };
	const ConsumerSelection all = CONSUMER_SELECT_ALL;
	const size_t n_bytes = strlen(bytes[_i]);
	ConsumerStream *stream;
	ConsumerArray array;
	int pipe_ends[2];

	ck_assert_int_eq(pipe(pipe_ends), 0);
	ck_assert_int_eq(write(pipe_ends[1], bytes[_i], n_bytes),
			 (ssize_t)n_bytes);
	alarm(10); /* instead of for ever */
	ck_assert_int_eq(consumer_stream_open(NULL, pipe_ends[0],
					      SOURCE(element_of_size(1)), &all,
					      &stream, NULL),
			 CONSUMER_OK);
	ck_assert_int_eq(consumer_stream_next(stream, &array, NULL),
			 CONSUMER_OK);
	ck_assert_int_eq(array.n_elements, (ptrdiff_t)n_bytes);
	alarm(0);
	consumer_stream_close(stream);
	close(pipe_ends[0]);
	close(pipe_ends[1]);
}
END_TEST

/* Nor behind the elements that are wanted. */
START_TEST(max_of_a_npy_file_ends_the_wait)
{
	const ConsumerSelection three = { .tail = ALL, .step = 1, .max = 3 };
	unsigned char bytes[256];
	const size_t n_bytes =
		make_npy(bytes, DICTIONARY("|u1", "False", "(2, 3)"), "0123");
	ConsumerStream *stream;
	ConsumerArray array;
	int pipe_ends[2];

	ck_assert_int_eq(pipe(pipe_ends), 0);
	ck_assert_int_eq(write(pipe_ends[1], bytes, n_bytes), (ssize_t)n_bytes);
	alarm(10);
	ck_assert_int_eq(consumer_stream_open(NULL, pipe_ends[0],
					      SOURCE(element_of_size(1)),
					      &three, &stream, NULL),
			 CONSUMER_OK);
	if (_i)
		ck_assert_int_eq(consumer_stream_hold(stream, NULL),
				 CONSUMER_OK);
	ck_assert_int_eq(consumer_stream_next(stream, &array, NULL),
			 CONSUMER_OK);
	ck_assert_int_eq(array.n_elements, 3);
	ck_assert_int_eq(consumer_stream_next(stream, &array, NULL),
			 CONSUMER_OK);
	ck_assert_int_eq(array.n_elements, 0);
	ck_assert(consumer_stream_is_cut(stream));
	alarm(0);
	consumer_stream_close(stream);
	close(pipe_ends[0]);
	close(pipe_ends[1]);
}
END_TEST

/* Arrays of 32-bit machines are not longer than their memory may be. */
#if PTRDIFF_MAX > INT32_MAX
/*
 * 16 GiB in either order, of which three elements are wanted.  (qemu keeps 40
 * bytes for each page that is mapped.)
 */
START_TEST(a_sparse_npy_file_is_not_read)
{
	const ConsumerSelection selections[] = {
		{ .tail = 3, .step = 1, .max = ALL },
		{ .tail = ALL, .step = 1, .max = 3 },
		{ .skip = 1000, .tail = ALL, .step = 7, .max = 3 },
	};
	const ptrdiff_t shape[] = { 1 << 16, 1 << 16 };
	const ConsumerElement element = element_of_size(4);
	const bool is_fortran_order = _i & 1;
	const int descriptor = open("sparse", O_RDWR | O_CREAT, 0600);
	char header[NPY_WRITTEN_BYTES];
	const size_t n =
		npy_format(element, is_fortran_order, 2, shape, header);
	struct result got;

	ck_assert_int_eq(write(descriptor, header, n), (ssize_t)n);
	ck_assert_int_eq(ftruncate(descriptor, (off_t)n + ((off_t)1 << 34)), 0);
	got = run_source("sparse", -1, SOURCE(element), &selections[_i / 2],
			 WAY_READ);
	ck_assert_int_eq(got.status, CONSUMER_OK);
	ck_assert(got.is_mapped);
	ck_assert_uint_eq(got.n_bytes, 12);
	ck_assert_uint_eq(faults.n_bytes_read, 0);
	free(got.bytes);
	close(descriptor);
	unlink("sparse");
}
END_TEST

/* A header that promises much must not cost anything. */
START_TEST(nothing_is_allocated_because_a_header_says_so)
{
	static const char *const shapes[] = { "(1099511627776,)",
					      "(1000000, 1000000)",
					      "(2, 1000000000000)" };
	const ConsumerSelection all = CONSUMER_SELECT_ALL;
	const bool is_little = CONSUMER_NATIVE_ENDIAN == CONSUMER_LITTLE_ENDIAN;
	char dictionary[128];
	unsigned char bytes[256];
	size_t n_bytes;
	struct result got;
	int descriptor;

	snprintf(dictionary, sizeof(dictionary), DICTIONARY("%s", "%s", "%s"),
		 is_little ? "<i4" : ">i4", _i / 3 ? "True" : "False",
		 shapes[_i % 3]);
	n_bytes = make_npy(bytes, dictionary, "1234123412");
	descriptor = pipe_with(bytes, n_bytes);
	got = run_source(NULL, descriptor, SOURCE(element_of_size(4)), &all,
			 WAY_READ);
	check_failure(got.status, &got.error, CONSUMER_ERR_DATA);
	ck_assert_uint_eq(got.n_bytes, _i / 3 && _i % 3 ? 0 : 8);
	ck_assert_uint_lt(faults.largest_allocation, 1 << 20);
	free(got.bytes);
	close(descriptor);
}
END_TEST

#endif

/* --- Other kinds of files ----------------------------------------------- */

START_TEST(files_without_a_size_are_read)
{
	/* None of those that emulators make up: they have a size. */
	static const char *const paths[] = { "/proc/self/status",
					     "/proc/version",
					     "/proc/self/limits" };
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

START_TEST(a_file_format_that_cannot_be_is_refused)
{
	static const int formats[] = { 3, -1, INT_MAX, INT_MIN };
	const ConsumerSelection selection = CONSUMER_SELECT_ALL;
	const ConsumerSource source = {
		.element = element_of_size(4),
		.format = (ConsumerFileFormat)formats[_i],
	};
	ConsumerStream *stream;
	ConsumerError error;

	POISON(stream);
	/* Before anything is opened, even what is not there. */
	check_failure(consumer_stream_open("missing", -1, &source, &selection,
					   &stream, &error),
		      &error, CONSUMER_ERR_ARGUMENT);
	ck_assert_untouched(stream);
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

/* In the header, the columns, or behind them: there is no row without them. */
START_TEST(a_read_error_in_columns_is_an_error)
{
	const ConsumerElement element = consumer_element(CONSUMER_INT32);
	const ConsumerSelection selection = CONSUMER_SELECT_ALL;
	const ptrdiff_t shape[] = { 4, 8 };
	unsigned char bytes[NPY_WRITTEN_BYTES + 128 + 2] = { 0 };
	const size_t n_header =
		npy_format(element, true, 2, shape, (char *)bytes);
	const int descriptor = pipe_with(bytes, n_header + 128 + 2);
	ConsumerStream *stream = NULL;
	ConsumerArray part;
	ConsumerStatus status;
	ConsumerError error;

	faults.max_transfer = 64;
	faults.fail_read = _i + 1;
	faults.read_errno = EIO;
	status = consumer_stream_open(NULL, descriptor, SOURCE(element),
				      &selection, &stream, &error);
	if (!status)
		status = consumer_stream_next(stream, &part, &error);
	check_failure(status, &error, CONSUMER_ERR_OS);
	ck_assert_int_eq(error.system_errno, EIO);
	consumer_stream_close(stream);
	close_source(descriptor);
}
END_TEST

/* The n-th read fails: what was read before has been given. */
START_TEST(a_read_error_ends_the_stream)
{
	ConsumerSelection selection = CONSUMER_SELECT_ALL;
	const unsigned char bytes[] = "11112222333344445555";
	const int descriptor = pipe_with(bytes, 20);
	struct result got;

	if (_i >= 10)
		selection.skip = 5;
	else if (_i >= 5)
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

/* The same of rows in either order, from a file or not, held or not. */
START_TEST(without_memory_no_row_is_lost_in_silence)
{
	const bool is_for_ever = _i & 1;
	const bool is_fortran_order = _i & 2;
	const bool is_mapped = _i & 4;
	const bool is_held = _i & 8;
	const ConsumerSelection all = CONSUMER_SELECT_ALL;
	const int n_descriptors = count_descriptors();
	unsigned char bytes[256];
	const size_t n_bytes = make_npy(
		bytes,
		is_fortran_order ? DICTIONARY("|u1", "True", "(2, 3)")
				 : DICTIONARY("|u1", "False", "(2, 3)"),
		"012345");
	int n_failures = 0;

	file_with("data", bytes, n_bytes);
	FOR_EACH_ALLOCATION(is_for_ever)
	{
		char got[6];
		size_t n_given = 0;
		ConsumerStream *stream = NULL;
		ConsumerArray array;
		bool is_end;
		ConsumerError error;
		ConsumerStatus status;

		faults.mmap_errno = is_mapped ? 0 : ENODEV;
		status = consumer_stream_open("data", -1,
					      SOURCE(element_of_size(1)), &all,
					      &stream, &error);
		if (!status && is_held)
			status = consumer_stream_hold(stream, &error);
		while (!status) {
			status = consumer_stream_next(stream, &array, &error);
			if (status || array.n_elements == 0)
				break;
			/* ck_assert() itself needs memory. */
			expect(n_given + (size_t)array.n_elements <=
				       sizeof(got),
			       "too many elements");
			consumer_array_copy_bytes(&array, got + n_given);
			n_given += (size_t)array.n_elements;
		}
		consumer_stream_close(stream);
		faults.mmap_errno = 0;
		is_end = !allocation_failed();
		if (status) {
			check_failure(status, &error, CONSUMER_ERR_MEMORY);
		} else {
			ck_assert_uint_eq(n_given, 6);
			ck_assert_mem_eq(
				got, is_fortran_order ? "024135" : "012345", 6);
		}
		if (is_end) {
			ck_assert_int_eq(status, CONSUMER_OK);
			break;
		}
		n_failures++;
	}
	ck_assert_int_ge(n_failures, 2);
	ck_assert_int_eq(count_descriptors(), n_descriptors);
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

/* --- A file that changes ------------------------------------------------ */

static const struct {
	off_t size;
	const char *text;
	bool is_removed;
	ConsumerFileChange want;
} change_cases[] = {
	{ 8, NULL, false, CONSUMER_FILE_IS_SAME },
	{ 9, NULL, false, CONSUMER_FILE_GREW },
	{ 7, NULL, false, CONSUMER_FILE_SHRANK },
	{ 0, NULL, true, CONSUMER_FILE_SHRANK },
	{ 8, "abc", false, CONSUMER_FILE_WAS_WRITTEN },
	{ 8, NULL, true, CONSUMER_FILE_WAS_REMOVED },
};

/* Mapped or read, by its name or not. */
START_TEST(what_has_become_of_the_file_is_told)
{
	static const struct timespec long_ago[2] = { { 1, 0 }, { 1, 0 } };
	const ConsumerSelection selection = CONSUMER_SELECT_ALL;
	const int descriptor = open(file_with("data", "12345678", 8), O_RDWR);
	const size_t i = (size_t)_i / 4;
	ConsumerFileChange change;
	ConsumerStream *stream;

	faults.mmap_errno = _i & 1 ? ENODEV : 0;
	ck_assert_int_eq(futimens(descriptor, long_ago), 0);
	ck_assert_int_eq(consumer_stream_open(_i & 2 ? "data" : NULL,
					      descriptor,
					      SOURCE(element_of_size(4)),
					      &selection, &stream, NULL),
			 CONSUMER_OK);
	ck_assert_int_eq(consumer_stream_check(stream, &change, NULL),
			 CONSUMER_OK);
	ck_assert_int_eq(change, CONSUMER_FILE_IS_SAME);
	if (change_cases[i].size != 8)
		ck_assert_int_eq(ftruncate(descriptor, change_cases[i].size),
				 0);
	if (change_cases[i].text)
		ck_assert_int_eq(pwrite(descriptor, change_cases[i].text, 3, 0),
				 3);
	if (change_cases[i].is_removed)
		unlink("data");
	ck_assert_int_eq(consumer_stream_check(stream, &change, NULL),
			 CONSUMER_OK);
	ck_assert_int_eq(change, change_cases[i].want);
	consumer_stream_close(stream);
	close(descriptor);
}
END_TEST

START_TEST(what_is_no_file_does_not_change)
{
	const ConsumerSelection selection = CONSUMER_SELECT_ALL;
	const int descriptor =
		_i ? open("/dev/zero", O_RDONLY)
		   : pipe_with((const unsigned char *)"12345678", 8);
	ConsumerFileChange change;
	ConsumerStream *stream;

	ck_assert_int_eq(consumer_stream_open(NULL, descriptor,
					      SOURCE(element_of_size(4)),
					      &selection, &stream, NULL),
			 CONSUMER_OK);
	close(descriptor);
	ck_assert_int_eq(consumer_stream_check(stream, &change, NULL),
			 CONSUMER_OK);
	ck_assert_int_eq(change, CONSUMER_FILE_IS_SAME);
	consumer_stream_close(stream);
}
END_TEST

START_TEST(a_file_that_cannot_be_asked_is_an_error)
{
	const ConsumerSelection selection = CONSUMER_SELECT_ALL;
	const int descriptor = open(file_with("data", "12345678", 8), O_RDONLY);
	ConsumerFileChange change;
	ConsumerStream *stream;
	ConsumerError error;

	POISON(change);
	ck_assert_int_eq(consumer_stream_open(NULL, descriptor,
					      SOURCE(element_of_size(4)),
					      &selection, &stream, NULL),
			 CONSUMER_OK);
	close(descriptor);
	check_failure(consumer_stream_check(stream, &change, &error), &error,
		      CONSUMER_ERR_OS);
	ck_assert_untouched(change);
	consumer_stream_close(stream);
}
END_TEST

#define N_CUT 200000

/*
 * What is read to an end that came too early, or held, or is in columns, all or
 * a few of it, cut between two turns or before the first.  Of few elements the
 * whole turn with the first that is lost used to be lost with it.
 */
static const struct cut {
	size_t step;
	bool is_held;
	bool is_fortran;
	bool has_begun;
	size_t n_given;
} cuts[] = {
	{ 1, false, false, true, N_CUT * 3 / 4 },
	{ 1, true, false, false, 0 },
	{ 1, false, true, true, N_CUT / 4 * 3 / 4 },
	{ 192, false, true, true, 1024 },
	{ 191, false, true, false, 37500 / 191 + 1 },
	{ 192, false, true, false, 37500 / 192 + 1 },
	{ 193, false, true, false, 37500 / 193 + 1 },
};

START_TEST(the_end_of_a_cut_file_is_no_end)
{
	const bool is_fortran = cuts[_i].is_fortran;
	const size_t step = cuts[_i].step;
	const ptrdiff_t shape[] = { 4, N_CUT / 4 };
	const ConsumerElement element = consumer_element(CONSUMER_INT32);
	ConsumerSelection selection = CONSUMER_SELECT_ALL;
	const int descriptor = open("data", O_RDWR | O_CREAT, 0600);
	char header[NPY_WRITTEN_BYTES];
	size_t n_header = 0, n_seen = 0;
	ConsumerArray array, part;
	ConsumerStream *stream;
	ConsumerStatus status = CONSUMER_OK;
	ConsumerError error;

	selection.step = step;
	consumer_array_arange(N_CUT, &array, NULL);
	if (is_fortran) {
		n_header = npy_format(element, true, 2, shape, header);
		ck_assert_int_eq(write(descriptor, header, n_header), n_header);
	}
	ck_assert_int_eq(write(descriptor, array.data, N_CUT * 4), N_CUT * 4);
	faults.mmap_errno = is_fortran ? 0 : ENODEV;
	ck_assert_int_eq(consumer_stream_open("data", -1, SOURCE(element),
					      &selection, &stream, NULL),
			 CONSUMER_OK);
	if (cuts[_i].has_begun) {
		ck_assert_int_eq(consumer_stream_next(stream, &part, NULL),
				 CONSUMER_OK);
		n_seen = (size_t)part.n_elements;
	}
	ck_assert_int_eq(ftruncate(descriptor, (off_t)n_header + N_CUT * 3), 0);
	if (cuts[_i].is_held)
		status = consumer_stream_hold(stream, &error);
	while (!status) {
		status = consumer_stream_next(stream, &part, &error);
		if (status)
			break;
		ck_assert_int_gt(part.n_elements, 0);
		for (ptrdiff_t i = 0; i < part.n_elements; i++, n_seen++) {
			const size_t place = n_seen * step;
			const size_t want =
				is_fortran ? place % (N_CUT / 4) * 4 +
						     place / (N_CUT / 4)
					   : place;
			int32_t got;

			memcpy(&got,
			       (const char *)part.data +
				       i * *consumer_array_strides(&part),
			       4);
			expect((size_t)got == want, "element %zu: %d", n_seen,
			       got);
		}
	}
	check_failure(status, &error, CONSUMER_ERR_VANISHED);
	ck_assert_uint_eq(n_seen, cuts[_i].n_given);
	consumer_stream_close(stream);
	consumer_array_release(&array);
	close(descriptor);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("stream");
	TCase *tcase = check_case(suite);
	TCase *sigbus = check_case_of_faults(suite);

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
	tcase_add_test(tcase, a_file_too_large_to_map_is_measured_by_its_size);
	tcase_add_loop_test(tcase, what_lies_between_far_elements_is_not_read,
			    0, 4);
	tcase_add_loop_test(tcase, a_sparse_file_is_not_read, 0, 4);
	tcase_add_test(tcase, what_is_held_is_what_is_selected);
	tcase_add_loop_test(tcase, every_npy_source_gives_the_same_rows, 0, 5);
	tcase_add_loop_test(tcase, what_was_measured_has_its_order, 0, 3);
	tcase_add_loop_test(tcase, short_rows_are_held, 0, 2);
	tcase_add_loop_test(tcase, a_npy_file_says_what_it_is, 0, 2);
	tcase_add_loop_test(tcase, a_raw_file_is_what_it_is_said_to_be, 0, 2);
	tcase_add_loop_test(tcase, a_selection_may_leave_no_rows, 0, 8);
	tcase_add_test(tcase, raw_never_looks);
	tcase_add_loop_test(tcase, a_beginning_of_the_magic_is_no_magic, 0, 7);
	tcase_add_loop_test(tcase, no_byte_more_is_waited_for_than_needed, 0,
			    3);
	tcase_add_loop_test(tcase, max_of_a_npy_file_ends_the_wait, 0, 2);
#if PTRDIFF_MAX > INT32_MAX
	tcase_add_loop_test(tcase, a_sparse_npy_file_is_not_read, 0, 6);
	tcase_add_loop_test(
		tcase, nothing_is_allocated_because_a_header_says_so, 0, 6);
#endif
	tcase_add_loop_test(tcase, files_without_a_size_are_read, 0, 3);
	tcase_add_test(tcase, files_with_a_wrong_size_are_read_to_their_end);
	tcase_add_loop_test(tcase, an_empty_input_is_an_empty_array, 0, 2);
	tcase_add_test(tcase, a_position_behind_the_end_is_the_end);
	tcase_add_test(tcase, a_fifo_is_read_by_its_name);
	tcase_add_loop_test(tcase, a_selection_without_sense_is_refused, 0,
			    ARRAY_LEN(bad_selections));
	tcase_add_loop_test(tcase, an_element_that_cannot_be_is_refused, 0, 4);
	tcase_add_loop_test(tcase, a_file_format_that_cannot_be_is_refused, 0,
			    4);
	tcase_add_loop_test(tcase, an_input_that_cannot_be_opened_says_why, 0,
			    ARRAY_LEN(bad_paths));
	tcase_add_loop_test(tcase, a_descriptor_that_cannot_be_read_says_why, 0,
			    3);
	tcase_add_loop_test(tcase, a_read_error_ends_the_stream, 0, 15);
	/* Two of the header, two of columns, one and the end behind them. */
	tcase_add_loop_test(tcase, a_read_error_in_columns_is_an_error, 0, 6);
	tcase_add_loop_test(tcase, without_memory_nothing_is_lost_in_silence, 0,
			    8);
	tcase_add_loop_test(tcase, without_memory_no_row_is_lost_in_silence, 0,
			    16);
	tcase_add_test(tcase, closing_nothing_is_allowed);
	tcase_add_loop_test(tcase, a_stream_may_be_closed_at_any_time, 0, 4);
	tcase_add_loop_test(tcase, what_has_become_of_the_file_is_told, 0,
			    4 * ARRAY_LEN(change_cases));
	tcase_add_loop_test(tcase, what_is_no_file_does_not_change, 0, 2);
	tcase_add_test(tcase, a_file_that_cannot_be_asked_is_an_error);
	tcase_add_loop_test(tcase, the_end_of_a_cut_file_is_no_end, 0, 2);
	tcase_add_loop_test(sigbus, the_end_of_a_cut_file_is_no_end, 2,
			    ARRAY_LEN(cuts));
	return check_run(suite);
}
