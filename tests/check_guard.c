/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "check_run.h"
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <fenv.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The sanitizers' own handlers would make an ordinary exit of a death. */
#pragma GCC visibility push(default)
const char *__asan_default_options(void);
const char *__tsan_default_options(void);
#pragma GCC visibility pop

const char *
__asan_default_options(void)
{
	return "handle_sigbus=0";
}

const char *
__tsan_default_options(void)
{
	return "handle_sigbus=0";
}

/* --- Files that get shorter ---------------------------------------------- */

#define N_PAGES 24

struct mapped {
	int descriptor;
	size_t page;
	size_t n_bytes;
	unsigned char *data;
};

static const ConsumerBacking unknown_file = { .descriptor = -1 };

/* N_PAGES zeros, mapped. */
static struct mapped
map_named(const char *name)
{
	struct mapped file = { .page = (size_t)sysconf(_SC_PAGESIZE) };

	file.n_bytes = N_PAGES * file.page;
	file.descriptor = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
	ck_assert_int_ge(file.descriptor, 0);
	ck_assert_int_eq(ftruncate(file.descriptor, (off_t)file.n_bytes), 0);
	file.data = mmap(NULL, file.n_bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
			 file.descriptor, 0);
	ck_assert_ptr_ne(file.data, MAP_FAILED);
	return file;
}

/* The same, of random bytes. */
static struct mapped
map_new(void)
{
	struct mapped file = map_named("data");
	uint64_t state = 1;

	random_fill(&state, file.data, file.n_bytes);
	return file;
}

static void
make_shorter(const struct mapped *file, size_t n_bytes)
{
	ck_assert_int_eq(ftruncate(file->descriptor, (off_t)n_bytes), 0);
}

/* The first byte of 'file' that is no longer there after that. */
static size_t
first_lost(const struct mapped *file, size_t n_bytes)
{
	return (n_bytes + file->page - 1) / file->page * file->page;
}

static void
unmap(struct mapped *file)
{
	munmap(file->data, file->n_bytes);
	close(file->descriptor);
}

struct copy {
	void *out;
	ConsumerArray bytes;
};

static void
copy(void *context)
{
	const struct copy *wanted = context;

	consumer_array_copy_bytes(&wanted->bytes, wanted->out);
}

/* Copies in a guard; returns how many bytes there are before a lost one. */
static size_t
guard_copy(void *out, const void *from, size_t n_bytes)
{
	static const ConsumerBacking unknown = { .descriptor = -1 };
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct copy wanted = { .out = out };
	size_t fault_offset;

	while (n_bytes > 0) {
		const ptrdiff_t length = (ptrdiff_t)n_bytes;
		size_t before;

		consumer_array_wrap((void *)(uintptr_t)from,
				    consumer_element(CONSUMER_CHAR), 1, &length,
				    NULL, true, &wanted.bytes, NULL);
		wanted.bytes.backing = &unknown;
		if (guard_run(from, n_bytes, copy, &wanted, &fault_offset))
			break;
		/* In any order, so that it may have been a later page. */
		before = ((uintptr_t)from + fault_offset) % page;
		n_bytes = fault_offset - MIN(before, fault_offset);
	}
	return n_bytes;
}

/* Reads 'n_bytes' in order; 'n_read' of them until it was left. */
struct scan {
	const unsigned char *data;
	size_t n_bytes;
	volatile size_t n_read;
	volatile unsigned sum;
};

static void
scan(void *context)
{
	struct scan *wanted = context;

	for (wanted->n_read = 0; wanted->n_read < wanted->n_bytes;
	     wanted->n_read++)
		wanted->sum += ((const volatile unsigned char *)
					wanted->data)[wanted->n_read];
}

static bool
scan_guarded(const struct mapped *file, size_t *fault_offset)
{
	struct scan wanted = { .data = file->data, .n_bytes = file->n_bytes };

	return guard_run(file->data, file->n_bytes, scan, &wanted,
			 fault_offset);
}

/* What a fault does to the process of 'body'. */
static int
status_of(void (*body)(const struct mapped *file), const struct mapped *file)
{
	const pid_t child = fork();
	int status;

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		body(file);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return status;
}

static void
expect_killed(void (*body)(const struct mapped *file),
	      const struct mapped *file)
{
	const int status = status_of(body, file);

	ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS,
		      "status %#x", (unsigned)status);
}

/* --- Copies -------------------------------------------------------------- */

/* With 'way' 1 the system copies, without a handler. */
#define N_WAYS 2

static void
choose_way(int way)
{
	setenv("CONSUMER_NO_SIGBUS_HANDLER", way == 1 ? "1" : "", 1);
}

static bool
has_handler(void)
{
	struct sigaction action;

	ck_assert_int_eq(sigaction(SIGBUS, NULL, &action), 0);
	return (action.sa_flags & SA_SIGINFO) || action.sa_handler != SIG_DFL;
}

START_TEST(a_handler_is_installed_by_the_first_guard_if_at_all)
{
	char out[4] = "";

	choose_way(_i);
	ck_assert(!has_handler());
	ck_assert_uint_eq(guard_copy(out, "abc", 4), 4);
	ck_assert_str_eq(out, "abc");
	ck_assert_int_eq(has_handler(), _i == 0);
}
END_TEST

/* Everything that is still there is copied, from any place, of any length. */
START_TEST(what_is_still_there_is_copied)
{
	struct mapped file = map_new();
	unsigned char *out = malloc(file.n_bytes);
	unsigned char *there = calloc(1, file.n_bytes);
	uint64_t state = 2;

	choose_way(_i);
	for (int i = 0; i < 300; i++) {
		const size_t size = (size_t)random_between(
			&state, 0, (int64_t)file.n_bytes);
		const size_t start = (size_t)random_between(
			&state, 0, (int64_t)file.n_bytes);
		const size_t n = (size_t)random_between(
			&state, 0, (int64_t)(file.n_bytes - start));
		const size_t lost = first_lost(&file, size);
		const size_t want = MIN(n, lost - MIN(lost, start));
		size_t got;

		make_shorter(&file, size);
		memset(there, 0, file.n_bytes);
		ck_assert_int_eq(pread(file.descriptor, there, file.n_bytes, 0),
				 size);
		got = guard_copy(out, file.data + start, n);
		expect(got == want, "%zu bytes of %zu at %zu in %zu, not %zu",
		       got, n, start, size, want);
		expect(memcmp(out, there + start, got) == 0,
		       "%zu bytes at %zu in %zu differ", n, start, size);
		make_shorter(&file, file.n_bytes);
		random_fill(&state, file.data, file.n_bytes);
	}
	free(there);
	free(out);
	unmap(&file);
}
END_TEST

/* --- Runs ---------------------------------------------------------------- */

START_TEST(the_offset_is_that_of_the_first_lost_byte)
{
	struct mapped file = map_new();
	size_t offset;

	for (size_t size = file.n_bytes;; size -= file.page / 8) {
		struct scan wanted = { .data = file.data,
				       .n_bytes = file.n_bytes };
		const size_t lost = first_lost(&file, size);
		bool is_done;

		make_shorter(&file, size);
		POISON(offset);
		is_done = guard_run(file.data, file.n_bytes, scan, &wanted,
				    &offset);
		expect(is_done == (lost == file.n_bytes), "size %zu", size);
		expect(wanted.n_read == lost, "read %zu of %zu", wanted.n_read,
		       size);
		expect(is_done || offset == lost, "%zu lost, not %zu", offset,
		       lost);
		if (size == 0)
			break;
	}
	unmap(&file);
}
END_TEST

/* Two files, each in a guard of its own; and then the leaf of the inner. */
struct nest {
	struct mapped outer;
	struct mapped inner;
	const struct mapped *read_last;
	bool inner_was_done;
	size_t inner_offset;
};

static void
scan_one(void *context)
{
	struct nest *nest = context;
	struct scan wanted = { .data = nest->read_last->data,
			       .n_bytes = nest->read_last->n_bytes };

	scan(&wanted);
}

static void
run_inner(void *context)
{
	struct nest *nest = context;

	nest->inner_was_done = guard_run(nest->inner.data, nest->inner.n_bytes,
					 scan_one, nest, &nest->inner_offset);
}

START_TEST(a_fault_ends_the_guard_that_has_the_address)
{
	struct nest nest = { .outer = map_named("outer"),
			     .inner = map_named("inner") };
	size_t offset;

	/* Each in its turn; the guards before must have been taken down. */
	for (int i = 0; i < 3; i++) {
		nest.read_last = &nest.inner;
		make_shorter(&nest.inner, 3 * nest.inner.page);
		ck_assert(guard_run(nest.outer.data, nest.outer.n_bytes,
				    run_inner, &nest, &offset));
		ck_assert(!nest.inner_was_done);
		ck_assert_uint_eq(nest.inner_offset, 3 * nest.inner.page);

		nest.read_last = &nest.outer;
		make_shorter(&nest.outer, 5 * nest.outer.page);
		ck_assert(!guard_run(nest.outer.data, nest.outer.n_bytes,
				     run_inner, &nest, &offset));
		ck_assert_uint_eq(offset, 5 * nest.outer.page);

		make_shorter(&nest.inner, nest.inner.n_bytes);
		make_shorter(&nest.outer, nest.outer.n_bytes);
		ck_assert(guard_run(nest.outer.data, nest.outer.n_bytes,
				    run_inner, &nest, &offset));
		ck_assert(nest.inner_was_done);
	}
	ck_assert(!guard_must_fetch());
	unmap(&nest.outer);
	unmap(&nest.inner);
}
END_TEST

static void
store_everywhere(void *context)
{
	const struct mapped *file = context;

	for (size_t i = 0; i < file->n_bytes; i++)
		((volatile unsigned char *)file->data)[i] = 7;
}

START_TEST(stores_are_guarded_too)
{
	struct mapped file = map_new();
	size_t offset;

	make_shorter(&file, 2 * file.page);
	ck_assert(!guard_run(file.data, file.n_bytes, store_everywhere, &file,
			     &offset));
	ck_assert_uint_eq(offset, 2 * file.page);
	ck_assert_int_eq(file.data[2 * file.page - 1], 7);
	unmap(&file);
}
END_TEST

/* --- State of the thread ------------------------------------------------- */

static double
one_third(void)
{
	volatile double one = 1, three = 3;

	return one / three;
}

static void
scan_rounding_down(void *context)
{
	fesetround(FE_DOWNWARD);
	scan(context);
}

START_TEST(a_fault_leaves_the_rounding_of_floats_alone)
{
	static const int modes[] = { FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO,
				     FE_TONEAREST };
	struct mapped file = map_new();
	struct scan wanted = { .data = file.data, .n_bytes = file.n_bytes };
	size_t offset;

	make_shorter(&file, file.page);
	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		double want;

		fesetround(modes[i]);
		want = one_third();
		ck_assert(!guard_run(file.data, file.n_bytes,
				     scan_rounding_down, &wanted, &offset));
		ck_assert_int_eq(fegetround(), modes[i]);
		ck_assert(one_third() == want);
	}
	fesetround(FE_TONEAREST);
	unmap(&file);
}
END_TEST

#ifdef __SSE2__
#include <xmmintrin.h>

/* Denormals flushed, inexact results trapped: more than a rounding. */
START_TEST(a_fault_leaves_the_control_register_alone)
{
	struct mapped file = map_new();
	const unsigned before = _mm_getcsr();
	unsigned after;
	size_t offset;

	make_shorter(&file, file.page);
	_mm_setcsr(0xDFC0);
	ck_assert(!scan_guarded(&file, &offset));
	after = _mm_getcsr();
	_mm_setcsr(before);
	ck_assert_uint_eq(after, 0xDFC0);
	unmap(&file);
}
END_TEST
#endif

static void
check_mask(const sigset_t *want)
{
	sigset_t mask;

	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	for (int number = 1; number < 32; number++)
		expect(sigismember(&mask, number) == sigismember(want, number),
		       "signal %d", number);
}

START_TEST(a_fault_leaves_the_signal_mask_alone)
{
	struct mapped file = map_new();
	sigset_t mask;
	size_t offset;

	make_shorter(&file, file.page);
	sigemptyset(&mask);
	for (int i = 0; i < 2; i++) {
		pthread_sigmask(SIG_SETMASK, &mask, NULL);
		ck_assert(!scan_guarded(&file, &offset));
		check_mask(&mask);
		sigaddset(&mask, SIGUSR1);
		sigaddset(&mask, SIGINT);
	}
	unmap(&file);
}
END_TEST

START_TEST(an_alternate_stack_can_be_used_again_and_again)
{
	struct mapped file = map_new();
	const size_t n_bytes = 65536;
	stack_t stack = { .ss_sp = malloc(n_bytes), .ss_size = n_bytes };
	size_t offset;

	make_shorter(&file, 7 * file.page);
	ck_assert_int_eq(sigaltstack(&stack, NULL), 0);
	for (int i = 0; i < 2000; i++) {
		stack_t now;

		expect(!scan_guarded(&file, &offset) && offset == 7 * file.page,
		       "fault %d", i);
		expect(sigaltstack(NULL, &now) == 0 && now.ss_flags == 0,
		       "flags %d after fault %d", now.ss_flags, i);
	}
	stack.ss_flags = SS_DISABLE;
	sigaltstack(&stack, NULL);
	free(stack.ss_sp);
	unmap(&file);
}
END_TEST

/* --- Other handlers ------------------------------------------------------ */

static volatile sig_atomic_t n_foreign;
static void *volatile foreign_address;
static struct sigaction foreign_previous;
static unsigned char *foreign_page;

/* Ends the fault by making the page readable, as systemd's does. */
static void
repair(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)context;
	n_foreign++;
	foreign_address = info->si_addr;
	mmap(foreign_page, 1, PROT_READ,
	     MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void
repair_simply(int number)
{
	siginfo_t info = { .si_addr = foreign_page };

	repair(number, &info, NULL);
}

static struct sigaction
set_handler(void (*handler)(int, siginfo_t *, void *), int flags)
{
	struct sigaction action = { .sa_sigaction = handler,
				    .sa_flags = SA_SIGINFO | flags };
	struct sigaction before;

	sigfillset(&action.sa_mask);
	ck_assert_int_eq(sigaction(SIGBUS, &action, &before), 0);
	return before;
}

START_TEST(a_handler_from_before_gets_what_is_not_ours)
{
	struct mapped file = map_named("ours");
	struct mapped other = map_named("other");
	volatile unsigned char byte;
	size_t offset;

	if (_i == 0)
		set_handler(repair, 0);
	else
		signal(SIGBUS, repair_simply);
	make_shorter(&file, 4 * file.page);
	make_shorter(&other, 0);
	foreign_page = other.data + 3 * other.page;
	for (int i = 0; i < 1000; i++)
		expect(!scan_guarded(&file, &offset) && offset == 4 * file.page,
		       "fault %d", i);
	ck_assert_int_eq(n_foreign, 0);
	byte = foreign_page[11];
	ck_assert_int_eq(byte, 0);
	ck_assert_int_eq(n_foreign, 1);
	ck_assert_ptr_eq(foreign_address, foreign_page + (_i == 0 ? 11 : 0));
	raise(SIGBUS);
	ck_assert_int_eq(n_foreign, 2);
	unmap(&file);
	unmap(&other);
}
END_TEST

#ifdef BUS_MCEERR_AO

/* Sends this thread a SIGBUS as if it came from the system. */
static void
receive(void *info)
{
	syscall(SYS_rt_tgsigqueueinfo, getpid(), syscall(SYS_gettid), SIGBUS,
		info);
}

/* Memory failed, which nobody here has looked at. */
START_TEST(memory_that_failed_is_not_ours)
{
	struct mapped file = map_new();
	siginfo_t info = { .si_signo = SIGBUS, .si_code = BUS_MCEERR_AO };
	size_t offset;

	set_handler(repair, 0);
	foreign_page = file.data;
	info.si_addr = file.data;
	ck_assert(guard_run(file.data, file.n_bytes, receive, &info, &offset));
	ck_assert_int_eq(n_foreign, 1);
	unmap(&file);
}
END_TEST

static void
exit_well(int number)
{
	(void)number;
	_exit(0);
}

/* Emulators may take such a signal for a fault of their own. */
static bool
system_can_send(void)
{
	siginfo_t info = { .si_signo = SIGBUS, .si_code = BUS_MCEERR_AO };
	const struct sigaction action = { .sa_handler = exit_well };
	const pid_t child = fork();
	int status = -1;

	if (child == 0) {
		sigaction(SIGBUS, &action, NULL);
		receive(&info);
		_exit(1);
	}
	waitpid(child, &status, 0);
	if (status != 0)
		puts("skipped: memory that failed: its signal ends programs");
	return status == 0;
}

#endif

/* A foreign fault in a guard: the guard of another range is none. */
START_TEST(a_fault_elsewhere_is_not_the_guards)
{
	struct mapped other = map_named("other");
	struct scan wanted = { .data = other.data, .n_bytes = 1 };
	size_t offset;

	set_handler(repair, 0);
	make_shorter(&other, 0);
	foreign_page = other.data;
	ck_assert(guard_run(&wanted, sizeof(wanted), scan, &wanted, &offset));
	ck_assert_int_eq(n_foreign, 1);
	unmap(&other);
}
END_TEST

#ifdef BUS_MCEERR_AO
/*
 * Some systems, s390x, tell the page of a fault and no more.  Where the guarded
 * bytes do not begin with a page, that used to kill.
 */
START_TEST(a_fault_may_have_the_address_of_its_page)
{
	struct mapped file = map_new();
	siginfo_t info = { .si_signo = SIGBUS,
			   .si_code = BUS_ADRERR,
			   .si_addr = file.data + 2 * file.page };
	size_t offset;

	ck_assert(!guard_run(file.data + 2 * file.page + 100, 50, receive,
			     &info, &offset));
	ck_assert_uint_eq(offset, 0);
	ck_assert(!guard_run(file.data + file.page + 100, file.page, receive,
			     &info, &offset));
	ck_assert_uint_eq(offset, file.page - 100);

	set_handler(repair, 0);
	foreign_page = file.data;
	ck_assert(guard_run(file.data + 3 * file.page + 100, 50, receive, &info,
			    &offset));
	ck_assert(guard_run(file.data + 2 * file.page - 50, 50, receive, &info,
			    &offset));
	unmap(&file);
}
END_TEST
#endif

START_TEST(under_a_later_handler_the_system_copies)
{
	struct mapped file = map_new();
	unsigned char *out = malloc(file.n_bytes);

	ck_assert_uint_ge(file.n_bytes, GUARD_CHECKED_BYTES);
	ck_assert_uint_eq(guard_copy(out, file.data, 1), 1);
	foreign_page = file.data;
	set_handler(repair, 0);
	make_shorter(&file, 4 * file.page);
	ck_assert_uint_eq(guard_copy(out, file.data, file.n_bytes),
			  4 * file.page);
	/* The smaller ones take its word. */
	ck_assert_uint_eq(guard_copy(out, file.data + 4 * file.page, 8), 0);
	ck_assert_int_eq(n_foreign, 0);
	free(out);
	unmap(&file);
}
END_TEST

/*
 * Small looks took the word of the last large one, however long ago that was,
 * and were killed after faulthandler.disable() had put back what was before us.
 */
START_TEST(small_looks_find_out_too)
{
	struct mapped file = map_new();
	unsigned char out[8];

	ck_assert_uint_eq(guard_copy(out, file.data, 8), 8);
	ck_assert_uint_eq(guard_copy(out, file.data, 8), 8);
	make_shorter(&file, file.page);
	signal(SIGBUS, SIG_DFL);
	usleep(50000);
	ck_assert_uint_eq(guard_copy(out, file.data + file.page, 8), 0);
	ck_assert_uint_eq(guard_copy(out, file.data + file.page - 4, 8), 4);
	unmap(&file);
}
END_TEST

/* On top of ours, with every signal blocked, and passes all on. */
static void
pass_on(int number, siginfo_t *info, void *context)
{
	n_foreign++;
	foreign_previous.sa_sigaction(number, info, context);
}

/* As Python's faulthandler: the next in turn is called by a raised signal. */
static void
reinstall_and_raise(int number, siginfo_t *info, void *context)
{
	(void)info;
	(void)context;
	n_foreign++;
	sigaction(number, &foreign_previous, NULL);
	raise(number);
}

START_TEST(a_fault_is_caught_through_a_later_handler)
{
	struct mapped file = map_new();
	const unsigned char *lost = file.data + file.page;
	unsigned char out[8];
	sigset_t mask;

	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	ck_assert_uint_eq(guard_copy(out, file.data, 8), 8);
	foreign_previous = set_handler(_i == 0 ? pass_on : reinstall_and_raise,
				       _i == 0 ? 0 : SA_NODEFER);
	make_shorter(&file, file.page);
	ck_assert_uint_eq(guard_copy(out, lost, sizeof(out)), 0);
	ck_assert_int_eq(n_foreign, 1);
	check_mask(&mask);
	unmap(&file);
}
END_TEST

static void
fault(const struct mapped *file)
{
	struct scan wanted = { .data = file->data, .n_bytes = 1 };

	scan(&wanted);
}

static void
get_signal(const struct mapped *file)
{
	(void)file;
	kill(getpid(), SIGBUS);
}

START_TEST(without_a_guard_a_fault_kills)
{
	struct mapped file = map_new();
	size_t offset;

	signal(SIGBUS, _i == 0 ? SIG_DFL : SIG_IGN);
	make_shorter(&file, 0);
	ck_assert(!scan_guarded(&file, &offset));
	expect_killed(fault, &file);
	if (_i == 0)
		expect_killed(get_signal, &file);
	else
		ck_assert_int_eq(status_of(get_signal, &file), 0);
	/* The guards of the parent were not for the children alone. */
	ck_assert(!scan_guarded(&file, &offset));
	unmap(&file);
}
END_TEST

static void
get_signal_in_guard(void *file)
{
	get_signal(file);
}

static void
get_signal_guarded(const struct mapped *file)
{
	struct mapped copy = *file;
	size_t offset;

	guard_run(file->data, file->n_bytes, get_signal_in_guard, &copy,
		  &offset);
}

START_TEST(a_signal_that_is_sent_kills_also_in_a_guard)
{
	struct mapped file = map_new();

	expect_killed(get_signal_guarded, &file);
	unmap(&file);
}
END_TEST

/* --- Fetching ------------------------------------------------------------ */

/* What process_vm_readv() does, if not what it should. */
static int vm_errno;
static atomic_int n_vm_calls;

ssize_t __real_process_vm_readv(pid_t process, const struct iovec *local,
				unsigned long n_local,
				const struct iovec *remote,
				unsigned long n_remote, unsigned long flags);
ssize_t __wrap_process_vm_readv(pid_t process, const struct iovec *local,
				unsigned long n_local,
				const struct iovec *remote,
				unsigned long n_remote, unsigned long flags);

ssize_t
__wrap_process_vm_readv(pid_t process, const struct iovec *local,
			unsigned long n_local, const struct iovec *remote,
			unsigned long n_remote, unsigned long flags)
{
	n_vm_calls++;
	if (vm_errno) {
		errno = vm_errno;
		return -1;
	}
	return __real_process_vm_readv(process, local, n_local, remote,
				       n_remote, flags);
}

struct fetch {
	unsigned char *out;
	const unsigned char *from;
	ptrdiff_t stride;
	size_t n;
	size_t itemsize;
	bool must_fetch;
};

static void
fetch(void *context)
{
	struct fetch *wanted = context;

	wanted->must_fetch = guard_must_fetch();
	guard_fetch(wanted->out, wanted->from, wanted->stride, wanted->n,
		    wanted->itemsize);
}

static const struct {
	size_t start;
	ptrdiff_t stride;
	size_t n;
	size_t itemsize;
} fetch_cases[] = {
	{ 0, 1, 1, 1 },
	{ 3, 4, 5000, 4 },
	{ 7, 12, 5000, 4 },
	{ 80000, -3, 999, 3 },
	{ 5, 0, 300, 8 },
	{ 90000, -8, 10000, 8 },
	{ 0, 5, 0, 5 },
	{ 1, 66000, 2, 1000 },
	{ 0, 16, 128, 1 },
	{ 0, 16, 129, 1 },
	{ 1, 70001, 1, 70000 },
	{ 9, 1, 98000, 1 },
	{ 20000, -9999, 3, 70000 },
};

START_TEST(items_any_distance_apart_are_fetched)
{
	static const int errors[] = { 0, ENOSYS, EPERM };
	struct mapped file = map_new();
	struct fetch wanted = { .from = file.data + fetch_cases[_i].start,
				.stride = fetch_cases[_i].stride,
				.n = fetch_cases[_i].n,
				.itemsize = fetch_cases[_i].itemsize };
	const size_t n_bytes = wanted.n * wanted.itemsize;
	struct guarded out = guarded_new(n_bytes + !n_bytes, GUARDED_BACK);
	size_t offset;

	choose_way(1);
	wanted.out = out.data;
	for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
		vm_errno = errors[i];
		memset(out.data, 0xA5, n_bytes);
		errno = 77;
		ck_assert(guard_run(file.data, file.n_bytes, fetch, &wanted,
				    &offset));
		ck_assert_int_eq(errno, 77);
		ck_assert(wanted.must_fetch);
		for (size_t j = 0; j < wanted.n; j++)
			expect(memcmp(out.data + j * wanted.itemsize,
				      wanted.from +
					      (ptrdiff_t)j * wanted.stride,
				      wanted.itemsize) == 0,
			       "item %zu", j);
	}
	ck_assert(n_vm_calls > 0 || wanted.n == 0);
	guarded_free(&out);
	unmap(&file);
}
END_TEST

/* The item at fault is not the first, nor in the first system call. */
START_TEST(a_lost_item_has_its_offset)
{
	static const struct {
		size_t start_page;
		ptrdiff_t stride;
		size_t itemsize;
		size_t want;
	} cases[] = {
		/* Forwards to byte 3 * page, by whole items and across it. */
		{ 0, 16, 8, 3 * 4096 },
		{ 0, 7, 7, 3 * 4096 },
		{ 0, 12289, 4, 12289 },
		/* The end comes first. */
		{ 5, -16, 8, 5 * 4096 },
	};
	struct mapped file = map_new();
	struct fetch wanted = { .out = malloc(1 << 20),
				.from = file.data + cases[_i].start_page * 4096,
				.stride = cases[_i].stride,
				.n = cases[_i].stride > 10000 ? 6 : 2000,
				.itemsize = cases[_i].itemsize };
	size_t offset;

	choose_way(1);
	if (file.page == 4096) {
		make_shorter(&file, 3 * 4096);
		ck_assert(!guard_run(file.data, file.n_bytes, fetch, &wanted,
				     &offset));
		ck_assert_uint_eq(offset, cases[_i].want);
		ck_assert(!guard_must_fetch());
	}
	free(wanted.out);
	unmap(&file);
}
END_TEST

/* --- Arrays -------------------------------------------------------------- */

/* Views of all the bytes of a file, or of a copy of them. */
enum { BACK_TO_BACK, SWAPPED, REVERSED, EVERY_THIRD, BY_COLUMNS, N_LAYOUTS };

static ConsumerArray
view_as(int layout, unsigned char *data, size_t n_bytes)
{
	const ptrdiff_t n = (ptrdiff_t)(n_bytes / 4);
	ConsumerElement element = consumer_element(CONSUMER_INT32);
	ptrdiff_t shape[2] = { n, 1 }, strides[2] = { 4, 4 };
	ConsumerArray array;
	int ndim = 1;

	switch (layout) {
	case SWAPPED:
		element.byte_order = !CONSUMER_NATIVE_ENDIAN;
		break;
	case REVERSED:
		data += n_bytes - 4;
		strides[0] = -4;
		break;
	case EVERY_THIRD:
		shape[0] = n / 3;
		strides[0] = 12;
		break;
	case BY_COLUMNS:
		ndim = 2;
		shape[0] = 64;
		shape[1] = n / 64;
		strides[1] = 4 * 64;
		break;
	default:
		break;
	}
	ck_assert_int_eq(consumer_array_wrap(data, element, ndim, shape,
					     strides, false, &array, NULL),
			 CONSUMER_OK);
	return array;
}

/* What is done with an array, and what came out of it. */
struct task {
	const ConsumerArray *array;
	const ConsumerArray *same; /* an array of the same elements */
	unsigned char *bytes;
	ConsumerSummary summary;
	volatile ptrdiff_t number;
};

static void
copy_bytes(void *context)
{
	struct task *task = context;

	consumer_array_copy_bytes(task->array, task->bytes);
}

static void
summarize(void *context)
{
	struct task *task = context;

	consumer_summary_add(&task->summary, task->array, 0,
			     task->array->n_elements, 1);
}

static void
compare(void *context)
{
	struct task *task = context;

	task->number = consumer_array_equal(task->array, task->same);
}

static void
compare_the_other_way(void *context)
{
	struct task *task = context;

	task->number = consumer_array_equal(task->same, task->array);
}

static ConsumerValue
value_near_the_end(const ConsumerArray *same)
{
	/* Of a copy that is back to back. */
	return consumer_element_load(same->element,
				     (const char *)same->data +
					     (same->n_elements - 5) * 4);
}

static void
find(void *context)
{
	struct task *task = context;

	task->number = consumer_array_find(
		task->array, 1, task->array->n_elements, CONSUMER_KIND_SIGNED,
		value_near_the_end(task->same));
}

static void
count(void *context)
{
	struct task *task = context;

	task->number = consumer_array_count(task->array, CONSUMER_KIND_SIGNED,
					    value_near_the_end(task->same));
}

static void (*const tasks[])(void *context) = {
	copy_bytes, summarize, compare, compare_the_other_way, find, count,
};

/* The elements of a view, back to back and native, in memory of their own. */
static ConsumerArray
copy_of(const ConsumerArray *array)
{
	const size_t n_bytes = (size_t)array->n_elements * 4;
	unsigned char *bytes = malloc(n_bytes);
	size_t n_done = 0, n;
	ConsumerBlocks blocks;
	const void *block;
	ConsumerArray copied;

	consumer_blocks_begin(&blocks, array, 0, array->n_elements);
	while ((block = consumer_blocks_next(&blocks, &n))) {
		memcpy(bytes + n_done, block, n * 4);
		n_done += n * 4;
	}
	ck_assert_uint_eq(n_done, n_bytes);
	ck_assert_int_eq(
		consumer_array_wrap(bytes, consumer_element(CONSUMER_INT32),
				    array->ndim, consumer_array_shape(array),
				    NULL, false, &copied, NULL),
		CONSUMER_OK);
	copied.release = release_malloc;
	return copied;
}

static void
check_vanished(ConsumerStatus got, const ConsumerError *error, size_t lost)
{
	size_t byte, n_bytes;

	check_failure(got, error, CONSUMER_ERR_VANISHED);
	ck_assert_int_eq(sscanf(error->message, "byte %zu of %zu cannot", &byte,
				&n_bytes),
			 2);
	expect(byte >= lost && byte < n_bytes, "byte %zu: %zu...%zu are lost",
	       byte, lost, n_bytes);
}

/* As long as the file is whole, a guard changes nothing. */
START_TEST(elements_are_looked_at_in_a_guard)
{
	const int layout = _i % N_LAYOUTS;
	struct mapped file = map_new();
	ConsumerArray array = view_as(layout, file.data, file.n_bytes);
	ConsumerArray same = copy_of(&array);
	uint64_t state = 4;
	ConsumerError error;

	choose_way(_i / N_LAYOUTS);
	array.backing = &unknown_file;
	for (size_t i = 0; i < ARRAY_LEN(tasks); i++) {
		struct task plain = { .array = &same, .same = &same };
		struct task task = { .array = &array, .same = &same };
		const size_t n_bytes = (size_t)array.n_elements * 4;

		plain.bytes = calloc(1, n_bytes);
		task.bytes = calloc(1, n_bytes);
		consumer_summary_begin(&plain.summary, CONSUMER_INT32,
				       CONSUMER_SUMMARY_ALL);
		consumer_summary_begin(&task.summary, CONSUMER_INT32,
				       CONSUMER_SUMMARY_ALL);
		tasks[i](&plain);
		ck_assert_int_eq(
			consumer_array_guard(&array, tasks[i], &task, NULL),
			CONSUMER_OK);
		expect(task.number == plain.number, "task %zu: %td", i,
		       task.number);
		ck_assert_mem_eq(&task.summary, &plain.summary,
				 sizeof(task.summary));
		if (layout != SWAPPED)
			ck_assert_mem_eq(task.bytes, plain.bytes, n_bytes);

		make_shorter(&file, 6 * file.page);
		check_vanished(
			consumer_array_guard(&array, tasks[i], &task, &error),
			&error, 6 * file.page);
		make_shorter(&file, file.n_bytes);
		/* What was lost has come back as zeros. */
		random_fill(&state, file.data, file.n_bytes);
		consumer_array_release(&same);
		same = copy_of(&array);
		free(plain.bytes);
		free(task.bytes);
	}
	consumer_array_release(&same);
	consumer_array_release(&array);
	unmap(&file);
}
END_TEST

/* These have guards of their own. */
START_TEST(text_and_assignment_need_no_guard)
{
	const int layout = _i % N_LAYOUTS;
	struct mapped file = map_new();
	ConsumerArray array = view_as(layout, file.data, file.n_bytes);
	ConsumerArray same = copy_of(&array);
	ConsumerArray other;
	ConsumerHistogram *histogram;
	const double half = 50;
	double value;
	char *text, *want;
	size_t n_bytes, n_wanted;
	ConsumerError error;

	choose_way(_i / N_LAYOUTS);
	array.backing = &unknown_file;
	other = copy_of(&array);
	other.element = array.element;
	memset(other.data, 0, (size_t)other.n_elements * 4);
	ck_assert_int_eq(consumer_array_stringify(&array, CONSUMER_FORMAT_LINES,
						  CONSUMER_ALL, &text, &n_bytes,
						  NULL),
			 CONSUMER_OK);
	ck_assert_int_eq(consumer_array_stringify(&same, CONSUMER_FORMAT_LINES,
						  CONSUMER_ALL, &want,
						  &n_wanted, NULL),
			 CONSUMER_OK);
	ck_assert_uint_eq(n_bytes, n_wanted);
	ck_assert_mem_eq(text, want, n_bytes);
	ck_assert_int_eq(consumer_array_assign(&other, &array, NULL),
			 CONSUMER_OK);
	ck_assert(consumer_array_equal(&other, &same));
	free(text);
	free(want);

	make_shorter(&file, 5 * file.page);
	POISON(text);
	POISON(n_bytes);
	check_vanished(consumer_array_stringify(&array, CONSUMER_FORMAT_LINES,
						CONSUMER_ALL, &text, &n_bytes,
						&error),
		       &error, 5 * file.page);
	ck_assert_untouched(text);
	ck_assert_untouched(n_bytes);
	ck_assert_int_eq(consumer_array_stringify(&array, CONSUMER_FORMAT_LINES,
						  CONSUMER_ALL, &text, &n_bytes,
						  NULL),
			 CONSUMER_ERR_VANISHED);
	POISON(value);
	check_vanished(
		consumer_array_quantiles(&array, 1, &half, 1, &value, &error),
		&error, 5 * file.page);
	ck_assert_untouched(value);
	POISON(histogram);
	check_vanished(
		consumer_array_histogram(&array, 9, 1, &histogram, &error),
		&error, 5 * file.page);
	ck_assert_untouched(histogram);
	check_vanished(consumer_array_assign(&other, &array, &error), &error,
		       5 * file.page);
	ck_assert(consumer_array_equal(&other, &same));
	/* What is written is not guarded where a handler is missing. */
	if (_i < N_LAYOUTS)
		check_vanished(consumer_array_assign(&array, &other, &error),
			       &error, 5 * file.page);
	consumer_array_release(&other);
	consumer_array_release(&same);
	consumer_array_release(&array);
	unmap(&file);
}
END_TEST

START_TEST(views_have_the_backing_of_their_array)
{
	struct mapped file = map_new();
	ConsumerArray array = view_as(BY_COLUMNS, file.data, file.n_bytes);
	const ConsumerBacking *want = _i ? &unknown_file : NULL;
	ConsumerArray column, slice, cast;

	array.backing = want;
	ck_assert_int_eq(consumer_array_select(&array, 1, 3, &column, NULL),
			 CONSUMER_OK);
	ck_assert_int_eq(
		consumer_array_slice(&column, 0, 1, 4, 1, &slice, NULL),
		CONSUMER_OK);
	ck_assert_int_eq(consumer_array_cast(&slice,
					     consumer_element(CONSUMER_UINT8),
					     1, NULL, &cast, NULL),
			 CONSUMER_OK);
	ck_assert_ptr_eq(column.backing, want);
	ck_assert_ptr_eq(slice.backing, want);
	ck_assert_ptr_eq(cast.backing, want);
	consumer_array_release(&array);
	unmap(&file);
}
END_TEST

/* An element may be anywhere, and lie across the end of the file. */
START_TEST(an_element_is_there_or_not)
{
	struct mapped file = map_new();
	const ConsumerBacking backing = { file.descriptor, file.data, 0 };
	const bool is_known = _i & 1;
	ConsumerArray array = view_as(BACK_TO_BACK, file.data, file.n_bytes);
	unsigned char *edge = file.data + file.page;
	char out[4];
	ConsumerError error;

	choose_way(_i / 2);
	array.backing = is_known ? &backing : &unknown_file;
	make_shorter(&file, file.page);
	ck_assert_int_eq(consumer_array_get_bytes(&array, edge - 4, out, NULL),
			 CONSUMER_OK);
	ck_assert_mem_eq(out, edge - 4, 4);
	check_vanished(consumer_array_get_bytes(&array, edge - 3, out, &error),
		       &error, file.page);
	check_vanished(consumer_array_get_bytes(&array, edge, out, &error),
		       &error, file.page);
	/* Zeros, of which no signal tells. */
	make_shorter(&file, file.page - 5);
	ck_assert_int_eq(consumer_array_get_bytes(&array, edge - 9, out, NULL),
			 CONSUMER_OK);
	ck_assert_mem_eq(out, edge - 9, 4);
	for (int i = 8; i >= 4; i--) {
		if (is_known)
			check_vanished(consumer_array_get_bytes(
					       &array, edge - i, out, &error),
				       &error, file.page - 5);
		else
			ck_assert_int_eq(consumer_array_get_bytes(
						 &array, edge - i, out, NULL),
					 CONSUMER_OK);
	}
	ck_assert_int_eq(
		consumer_array_set_bytes(&array, edge - 9, "abcd", &error),
		CONSUMER_OK);
	ck_assert_mem_eq(edge - 9, "abcd", 4);
	if (is_known)
		check_vanished(consumer_array_set_bytes(&array, edge - 8,
							"abcd", &error),
			       &error, file.page - 5);
	/* What is written is not guarded where a handler is missing. */
	if (_i / 2 == 0)
		check_vanished(
			consumer_array_set_bytes(&array, edge, "abcd", &error),
			&error, file.page);
	consumer_array_release(&array);
	unmap(&file);
}
END_TEST

START_TEST(an_element_of_plain_memory_is_there)
{
	struct guarded memory = guarded_new(8, GUARDED_BACK);
	const ptrdiff_t length = 2;
	ConsumerArray array;
	char out[4];

	memcpy(memory.data, "abcdefgh", 8);
	consumer_array_wrap(memory.data, consumer_element(CONSUMER_INT32), 1,
			    &length, NULL, false, &array, NULL);
	ck_assert_int_eq(
		consumer_array_get_bytes(&array, memory.data + 4, out, NULL),
		CONSUMER_OK);
	ck_assert_mem_eq(out, "efgh", 4);
	ck_assert_int_eq(
		consumer_array_set_bytes(&array, memory.data + 4, "1234", NULL),
		CONSUMER_OK);
	ck_assert_mem_eq(memory.data, "abcd1234", 8);
	ck_assert(!has_handler());
	guarded_free(&memory);
}
END_TEST

static void
do_nothing(void *context)
{
	(void)context;
}

/* Any part of the file, and any end of it: also where nothing is touched. */
START_TEST(the_file_must_reach_to_the_end_of_the_array)
{
	struct mapped file = map_new();
	const ConsumerBacking backing = { file.descriptor,
					  file.data + file.page, file.page };
	uint64_t state = 5;
	ConsumerError error;

	choose_way(_i);
	for (int i = 0; i < 1000; i++) {
		const ptrdiff_t size =
			random_between(&state, 0, (int64_t)file.n_bytes);
		const ptrdiff_t start = random_between(
			&state, (int64_t)file.page, (int64_t)file.n_bytes);
		const ptrdiff_t end =
			random_between(&state, start, (int64_t)file.n_bytes);
		const ptrdiff_t length = end - start;
		const ptrdiff_t stride = i % 2 ? 1 : -1;
		size_t byte, n_bytes;
		ConsumerStatus got;
		ConsumerArray array;

		consumer_array_wrap(
			file.data + (i % 2 || length == 0 ? start : end - 1),
			consumer_element(CONSUMER_UINT8), 1, &length, &stride,
			true, &array, NULL);
		array.backing = &backing;
		make_shorter(&file, (size_t)size);
		got = consumer_array_guard(&array, do_nothing, NULL, &error);
		make_shorter(&file, file.n_bytes);
		if (length == 0 || end <= size) {
			ck_assert_int_eq(got, CONSUMER_OK);
			continue;
		}
		check_failure(got, &error, CONSUMER_ERR_VANISHED);
		ck_assert_int_eq(sscanf(error.message, "byte %zu of %zu", &byte,
					&n_bytes),
				 2);
		ck_assert_uint_eq(byte, (size_t)MAX(size - start, 0));
		ck_assert_uint_eq(n_bytes, (size_t)length);
	}
	unmap(&file);
}
END_TEST

START_TEST(a_file_that_does_not_tell_its_size_is_an_error)
{
	struct mapped file = map_new();
	ConsumerBacking backing = { file.descriptor, file.data, 0 };
	ConsumerArray array = view_as(BACK_TO_BACK, file.data, file.n_bytes);
	char out[4];
	ConsumerError error;

	array.backing = &backing;
	unmap(&file);
	check_failure(consumer_array_guard(&array, do_nothing, NULL, &error),
		      &error, CONSUMER_ERR_OS);
	ck_assert_int_eq(error.system_errno, EBADF);
	backing.address = out;
	check_failure(consumer_array_get_bytes(&array, "123", out, &error),
		      &error, CONSUMER_ERR_OS);
	consumer_array_release(&array);
}
END_TEST

/* --- Threads ------------------------------------------------------------- */

struct contest {
	struct mapped file;
	bool copies;
	atomic_bool is_over;
	atomic_int n_truncated, n_recovered, n_complete, n_wrong;
};

static void *
read_on(void *context)
{
	struct contest *contest = context;
	const struct mapped *file = &contest->file;
	unsigned char *out = malloc(file->n_bytes);

	while (!atomic_load(&contest->is_over)) {
		size_t n = file->n_bytes;

		if (contest->copies)
			n = guard_copy(out, file->data, n);
		else
			scan_guarded(file, &n);
		atomic_fetch_add(n < file->n_bytes ? &contest->n_recovered
						   : &contest->n_complete,
				 1);
		/* A file may end while a scan is in the middle of a page. */
		if (n > file->n_bytes || (contest->copies && n % file->page))
			atomic_fetch_add(&contest->n_wrong, 1);
	}
	free(out);
	return NULL;
}

static void *
truncate_on(void *context)
{
	struct contest *contest = context;
	const struct mapped *file = &contest->file;
	const time_t end = time(NULL) + 1;
	uint64_t state = 3;

	while (time(NULL) < end) {
		const int64_t size =
			random_between(&state, 0, (int64_t)file->n_bytes);

		if (ftruncate(file->descriptor, size) ||
		    ftruncate(file->descriptor, (off_t)file->n_bytes))
			atomic_fetch_add(&contest->n_wrong, 1);
		atomic_fetch_add(&contest->n_truncated, 1);
	}
	atomic_store(&contest->is_over, true);
	return NULL;
}

static const char *const ways[] = { "scans", "copies", "copies by the system" };

START_TEST(threads_recover_while_another_one_truncates)
{
	struct contest contest = { .file = map_new(), .copies = _i > 0 };
	pthread_t threads[3];

	choose_way(_i == 2);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL,
						i == 0 ? truncate_on : read_on,
						&contest),
				 0);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	printf("%s: %d truncations; %d faults recovered, %d complete\n",
	       ways[_i], contest.n_truncated, contest.n_recovered,
	       contest.n_complete);
	ck_assert_int_eq(contest.n_wrong, 0);
	ck_assert_int_gt(contest.n_recovered, 0);
	ck_assert_int_gt(contest.n_truncated, 0);
	unmap(&contest.file);
}
END_TEST

/* Emulators of programs do not know how. */
static bool
system_can_copy(void)
{
	char from = 1, to = 0;
	const struct iovec source = { &from, 1 }, target = { &to, 1 };

	if (__real_process_vm_readv(getpid(), &target, 1, &source, 1, 0) == 1)
		return true;
	perror("skipped: copies by the system: process_vm_readv");
	return false;
}

int
main(void)
{
	Suite *suite = suite_create("guard");
	TCase *tcase = check_case(suite);
	TCase *sigbus = check_case_of_faults(suite);
	const int n_ways = system_can_copy() ? N_WAYS : 1;

	tcase_add_loop_test(tcase,
			    a_handler_is_installed_by_the_first_guard_if_at_all,
			    0, N_WAYS);
	tcase_add_loop_test(sigbus, what_is_still_there_is_copied, 0, n_ways);
	tcase_add_test(sigbus, the_offset_is_that_of_the_first_lost_byte);
	tcase_add_test(sigbus, a_fault_ends_the_guard_that_has_the_address);
	tcase_add_test(sigbus, stores_are_guarded_too);
	tcase_add_test(sigbus, a_fault_leaves_the_rounding_of_floats_alone);
#ifdef __SSE2__
	tcase_add_test(sigbus, a_fault_leaves_the_control_register_alone);
#endif
	tcase_add_test(sigbus, a_fault_leaves_the_signal_mask_alone);
	tcase_add_test(sigbus, an_alternate_stack_can_be_used_again_and_again);
	tcase_add_loop_test(sigbus, a_handler_from_before_gets_what_is_not_ours,
			    0, 2);
#ifdef BUS_MCEERR_AO
	if (system_can_send())
		tcase_add_test(sigbus, memory_that_failed_is_not_ours);
#endif
	tcase_add_test(sigbus, a_fault_elsewhere_is_not_the_guards);
#ifdef BUS_MCEERR_AO
	tcase_add_test(sigbus, a_fault_may_have_the_address_of_its_page);
#endif
	if (n_ways > 1) {
		tcase_add_test(sigbus, under_a_later_handler_the_system_copies);
		tcase_add_test(sigbus, small_looks_find_out_too);
	}
	tcase_add_loop_test(sigbus, a_fault_is_caught_through_a_later_handler,
			    0, 2);
	tcase_add_loop_test(sigbus, without_a_guard_a_fault_kills, 0, 2);
	tcase_add_test(tcase, a_signal_that_is_sent_kills_also_in_a_guard);
	tcase_add_loop_test(tcase, items_any_distance_apart_are_fetched, 0,
			    ARRAY_LEN(fetch_cases));
	tcase_add_loop_test(sigbus, a_lost_item_has_its_offset, 0,
			    n_ways > 1 ? 4 : 0);
	tcase_add_loop_test(sigbus, elements_are_looked_at_in_a_guard, 0,
			    N_LAYOUTS * n_ways);
	tcase_add_loop_test(sigbus, text_and_assignment_need_no_guard, 0,
			    N_LAYOUTS * n_ways);
	tcase_add_loop_test(tcase, views_have_the_backing_of_their_array, 0, 2);
	tcase_add_loop_test(sigbus, an_element_is_there_or_not, 0, 2 * n_ways);
	tcase_add_test(tcase, an_element_of_plain_memory_is_there);
	tcase_add_loop_test(tcase, the_file_must_reach_to_the_end_of_the_array,
			    0, n_ways);
	tcase_add_test(tcase, a_file_that_does_not_tell_its_size_is_an_error);
	tcase_add_loop_test(sigbus, threads_recover_while_another_one_truncates,
			    0, n_ways + 1);
	return check_run(suite);
}
