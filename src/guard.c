/* SPDX-License-Identifier: MIT */
/*
 * SIGBUS for one thread and one range of addresses: sigsetjmp() before the
 * reading, siglongjmp() out of the handler.
 */
#include "config.h"
#include "float_mode.h"
#include "guard.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

/* What one system call copies at most: so many items of so many bytes. */
#define MAX_FETCHED_ITEMS      128
#define MAX_FETCHED_ITEM_BYTES 65536

/* No system has smaller pages. */
#define MIN_PAGE_BYTES 4096

#ifndef SI_TKILL
#define SI_TKILL SI_USER
#endif

/* --- Modes of floats ----------------------------------------------------- */

/*
 * What the system resets when it calls a handler, and siglongjmp() leaves
 * so; and what a leaf may have changed for the time of its work.
 */
struct float_modes {
	unsigned mode;
	unsigned short x87;
};

static struct float_modes
get_float_modes(void)
{
	struct float_modes modes = { float_mode_get(), 0 };

#if defined(__x86_64__) || defined(__i386__)
	__asm__ volatile("fnstcw %0" : "=m"(modes.x87));
#endif
	return modes;
}

static void
set_float_modes(struct float_modes modes)
{
	float_mode_set(modes.mode);
#if defined(__x86_64__) || defined(__i386__)
	__asm__ volatile("fldcw %0" : : "m"(modes.x87));
#endif
}

/* --- Guards -------------------------------------------------------------- */

struct guard {
	sigjmp_buf environment;
	struct guard *outer;
	/* From the page of the first byte on: s390x tells only the page. */
	uintptr_t start;
	size_t n_bytes;
	uintptr_t fault;
	bool must_fetch;
};

/*
 * The handler reads it, so it must be there without an allocation.  musl, which
 * allocates it when the library is loaded, knows no such model in a library
 * that is loaded late.
 */
#ifdef __GLIBC__
#define IN_HANDLER __attribute__((tls_model("initial-exec")))
#else
#define IN_HANDLER
#endif

static _Thread_local struct guard *volatile innermost IN_HANDLER;

/* Nothing that the leaf does may be moved to before or behind this. */
static void
set_innermost(struct guard *guard)
{
	atomic_signal_fence(memory_order_seq_cst);
	innermost = guard;
	atomic_signal_fence(memory_order_seq_cst);
}

static struct guard *
find_guard(uintptr_t address)
{
	struct guard *guard = innermost;

	while (guard && address - guard->start >= guard->n_bytes)
		guard = guard->outer;
	return guard;
}

static _Noreturn void
leave(struct guard *guard, uintptr_t fault)
{
	guard->fault = fault;
	siglongjmp(guard->environment, 1);
}

/* --- The handler --------------------------------------------------------- */

static struct sigaction previous;

/* Whether a load or store has caused the signal, which it would do again. */
static bool
is_fault(const siginfo_t *info)
{
#ifdef BUS_MCEERR_AO
	if (info->si_code == BUS_MCEERR_AO) /* memory failed somewhere */
		return false;
#endif
	return info->si_code > 0;
}

/*
 * Whether this process sent it to this thread.  Python's faulthandler on top of
 * ours does so, after it has put ours back.
 */
static bool
is_raised_here(const siginfo_t *info)
{
	return info->si_code == SI_TKILL && info->si_pid == getpid();
}

/* Does what happened before there was a handler of ours. */
static void
cede(int number, siginfo_t *info, void *context)
{
	const bool is_default = previous.sa_handler == SIG_DFL;

	if (is_default || previous.sa_handler == SIG_IGN) {
		if (!is_default && !is_fault(info))
			return;
		/* A fault comes again, and its registers with it. */
		signal(number, SIG_DFL);
		if (!is_fault(info))
			raise(number);
	} else if (previous.sa_flags & SA_SIGINFO) {
		previous.sa_sigaction(number, info, context);
	} else {
		previous.sa_handler(number);
	}
}

static void
handle(int number, siginfo_t *info, void *context)
{
	const ucontext_t *interrupted = context;

	if (is_fault(info)) {
		const uintptr_t address = (uintptr_t)info->si_addr;
		struct guard *guard = find_guard(address);

		if (guard) {
			/* Who called us may have blocked signals. */
			pthread_sigmask(SIG_SETMASK, &interrupted->uc_sigmask,
					NULL);
			leave(guard, address);
		}
	} else if (innermost && is_raised_here(info)) {
		return; /* and the fault comes again */
	}
	cede(number, info, context);
}

static void
install(void)
{
	const struct sigaction action = {
		.sa_sigaction = handle,
		.sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK,
	};
	const char *refusal = getenv("CONSUMER_NO_SIGBUS_HANDLER");

	if (refusal && *refusal)
		return;
	/* Before anything can call the handler. */
	sigaction(SIGBUS, NULL, &previous);
	sigaction(SIGBUS, &action, NULL);
}

#ifndef CLOCK_MONOTONIC_COARSE
#define CLOCK_MONOTONIC_COARSE CLOCK_MONOTONIC
#endif

/* The milliseconds of a clock that may stand still for some, and is quick. */
static unsigned long
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (unsigned long)now.tv_sec * 1000 +
	       (unsigned long)now.tv_nsec / 1000000;
}

/*
 * Whether faults will come to our handler.  A thread that comes while another
 * one installs it is told no.
 */
static bool
can_catch(size_t n_bytes)
{
	static atomic_bool is_begun, was_on_top;
	static atomic_ulong asked_ms; /* when we were */
	const unsigned long time_ms = now_ms();
	struct sigaction current;
	bool is_first = false;
	bool is_on_top;

	if (!atomic_load_explicit(&is_begun, memory_order_relaxed))
		is_first = !atomic_exchange(&is_begun, true);
	if (is_first)
		install();
	else if (n_bytes < GUARD_CHECKED_BYTES &&
		 atomic_load_explicit(&asked_ms, memory_order_acquire) ==
			 time_ms)
		return atomic_load_explicit(&was_on_top, memory_order_relaxed);
	sigaction(SIGBUS, NULL, &current);
	/* A handler without SA_SIGINFO is in the other member of a union. */
	is_on_top = current.sa_sigaction == handle;
	atomic_store_explicit(&was_on_top, is_on_top, memory_order_relaxed);
	atomic_store_explicit(&asked_ms, time_ms, memory_order_release);
	return is_on_top;
}

/* --- Reading ------------------------------------------------------------- */

bool
guard_run(const void *data, size_t n_bytes, guard_leaf *leaf, void *context,
	  size_t *fault_offset)
{
	const struct float_modes modes = get_float_modes();
	const uintptr_t first = (uintptr_t)data;
	struct guard guard;

	guard.outer = innermost;
	guard.start = first / MIN_PAGE_BYTES * MIN_PAGE_BYTES;
	guard.n_bytes = n_bytes + first % MIN_PAGE_BYTES;
	guard.must_fetch =
		!can_catch(n_bytes) || (guard.outer && guard.outer->must_fetch);
	if (sigsetjmp(guard.environment, 0) == 0) {
		set_innermost(&guard);
		leaf(context);
		set_innermost(guard.outer);
		return true;
	}
	set_innermost(guard.outer);
	set_float_modes(modes);
	*fault_offset = (size_t)(MAX(guard.fault, first) - first);
	return false;
}

bool
guard_must_fetch(void)
{
	return innermost && innermost->must_fetch;
}

/*
 * Copies by the system what fetch_items() does, at once; returns how many bytes
 * it copied, or -1 if it may not do that.
 */
static ssize_t
copy_by_system(unsigned char *out, const unsigned char *from, ptrdiff_t stride,
	       size_t n, size_t itemsize)
{
#ifdef __linux__
	const int saved_errno = errno;
	struct iovec items[MAX_FETCHED_ITEMS];
	const struct iovec local = { out, n * itemsize };
	ssize_t n_copied;

	for (size_t i = 0; i < n; i++) {
		const unsigned char *item = from + (ptrdiff_t)i * stride;

		items[i].iov_base = (void *)(uintptr_t)item;
		items[i].iov_len = itemsize;
	}
	n_copied = process_vm_readv(getpid(), &local, 1, items, n, 0);
	if (n_copied < 0 && errno == EFAULT)
		n_copied = 0;
	errno = saved_errno;
	return n_copied;
#else
	(void)out, (void)from, (void)stride, (void)n, (void)itemsize;
	return -1;
#endif
}

static void
copy_unguarded(unsigned char *out, const unsigned char *from, ptrdiff_t stride,
	       size_t n, size_t itemsize)
{
	for (size_t i = 0; i < n; i++)
		memcpy(out + i * itemsize, from + (ptrdiff_t)i * stride,
		       itemsize);
}

/* Items of at most MAX_FETCHED_ITEM_BYTES. */
static void
fetch_items(unsigned char *out, const unsigned char *from, ptrdiff_t stride,
	    size_t n, size_t itemsize)
{
	while (n > 0) {
		const size_t n_now = MIN(n, MAX_FETCHED_ITEMS);
		const ssize_t n_copied =
			copy_by_system(out, from, stride, n_now, itemsize);

		if (n_copied < 0) {
			copy_unguarded(out, from, stride, n_now, itemsize);
		} else if ((size_t)n_copied < n_now * itemsize) {
			const uintptr_t fault =
				(uintptr_t)from +
				(size_t)n_copied / itemsize * (size_t)stride +
				(size_t)n_copied % itemsize;
			struct guard *guard = find_guard(fault);

			leave(guard ? guard : innermost, fault);
		}
		out += n_now * itemsize;
		from += (ptrdiff_t)n_now * stride;
		n -= n_now;
	}
}

static void
fetch_bytes(unsigned char *out, const unsigned char *from, size_t n_bytes)
{
	const size_t n = n_bytes / MAX_FETCHED_ITEM_BYTES;
	const size_t n_done = n * MAX_FETCHED_ITEM_BYTES;

	fetch_items(out, from, MAX_FETCHED_ITEM_BYTES, n,
		    MAX_FETCHED_ITEM_BYTES);
	fetch_items(out + n_done, from + n_done, 0, n_bytes > n_done,
		    n_bytes - n_done);
}

void
guard_fetch(void *out, const void *from, ptrdiff_t stride, size_t n,
	    size_t itemsize)
{
	unsigned char *to = out;
	const unsigned char *item = from;

	if (stride == (ptrdiff_t)itemsize) {
		fetch_bytes(to, item, n * itemsize);
		return;
	}
	if (itemsize <= MAX_FETCHED_ITEM_BYTES) {
		fetch_items(to, item, stride, n, itemsize);
		return;
	}
	for (size_t i = 0; i < n; i++)
		fetch_bytes(to + i * itemsize, item + (ptrdiff_t)i * stride,
			    itemsize);
}

struct copy {
	void *out;
	const void *from;
	size_t n_bytes;
};

static void
copy(void *context)
{
	const struct copy *wanted = context;

	if (guard_must_fetch())
		guard_fetch(wanted->out, wanted->from, 1, wanted->n_bytes, 1);
	else
		memcpy(wanted->out, wanted->from, wanted->n_bytes);
}

/* --- Arrays -------------------------------------------------------------- */

/* The bytes from the first to the last address that an array has. */
static size_t
find_span(const ConsumerArray *array, const char **lowest)
{
	const ptrdiff_t *shape = consumer_array_shape(array);
	const ptrdiff_t *strides = consumer_array_strides(array);
	size_t n_bytes = array->element.itemsize;

	*lowest = array->data;
	if (array->n_elements == 0)
		return 0;
	for (int axis = 0; axis < array->ndim; axis++) {
		const ptrdiff_t extent = (shape[axis] - 1) * strides[axis];

		if (extent < 0)
			*lowest += extent;
		n_bytes += (size_t)(extent < 0 ? -extent : extent);
	}
	return n_bytes;
}

ConsumerStatus
guard_fail(const ConsumerArray *array, uintptr_t address, ConsumerError *error)
{
	const char *lowest;
	const size_t n_bytes = find_span(array, &lowest);
	const uintptr_t start = (uintptr_t)lowest;

	return fail(error, CONSUMER_ERR_VANISHED,
		    "byte %zu of %zu cannot be read: the file has become "
		    "shorter, or its disk failed",
		    (size_t)(address > start ? address - start : 0), n_bytes);
}

ConsumerStatus
guard_find_end(const ConsumerArray *array, uintptr_t *end, ConsumerError *error)
{
	const ConsumerBacking *backing = array->backing;
	const uintptr_t start = (uintptr_t)backing->address;
	struct stat file;
	uint64_t n_bytes;

	*end = UINTPTR_MAX;
	if (backing->descriptor < 0)
		return CONSUMER_OK;
	if (fstat(backing->descriptor, &file) != 0)
		return fail_errno(error, errno);
	n_bytes = (uint64_t)file.st_size > backing->offset_bytes
			  ? (uint64_t)file.st_size - backing->offset_bytes
			  : 0;
	if (n_bytes < UINTPTR_MAX - start)
		*end = start + (uintptr_t)n_bytes;
	return CONSUMER_OK;
}

/* 'n_bytes' bytes at 'data', which are some of the array's. */
static ConsumerStatus
read_part(const ConsumerArray *array, const void *data, size_t n_bytes,
	  guard_leaf *leaf, void *context, ConsumerError *error)
{
	size_t fault_offset;

	if (guard_run(data, n_bytes, leaf, context, &fault_offset))
		return CONSUMER_OK;
	return guard_fail(array, (uintptr_t)data + fault_offset, error);
}

/* The same, and whether the file still has them. */
static ConsumerStatus
read_and_check(const ConsumerArray *array, const void *data, size_t n_bytes,
	       guard_leaf *leaf, void *context, ConsumerError *error)
{
	ConsumerStatus status =
		read_part(array, data, n_bytes, leaf, context, error);
	uintptr_t end;

	if (!status)
		status = guard_find_end(array, &end, error);
	if (!status && n_bytes > 0 && (uintptr_t)data + n_bytes > end)
		status = guard_fail(array, end, error);
	return status;
}

ConsumerStatus
guard_read(const ConsumerArray *array, guard_leaf *leaf, void *context,
	   ConsumerError *error)
{
	const char *lowest;
	const size_t n_bytes = find_span(array, &lowest);

	return read_part(array, lowest, n_bytes, leaf, context, error);
}

ConsumerStatus
consumer_array_guard(const ConsumerArray *array, void (*read)(void *context),
		     void *context, ConsumerError *error)
{
	const char *lowest;
	size_t n_bytes;

	if (!array->backing) {
		read(context);
		return CONSUMER_OK;
	}
	n_bytes = find_span(array, &lowest);
	return read_and_check(array, lowest, n_bytes, read, context, error);
}

ConsumerStatus
consumer_array_get_bytes(const ConsumerArray *array, const void *address,
			 void *out, ConsumerError *error)
{
	struct copy wanted = { out, address, array->element.itemsize };

	if (array->backing)
		return read_and_check(array, address, wanted.n_bytes, copy,
				      &wanted, error);
	memcpy(out, address, wanted.n_bytes);
	return CONSUMER_OK;
}

static void
copy_in(void *context)
{
	const struct copy *wanted = context;

	memcpy(wanted->out, wanted->from, wanted->n_bytes);
}

ConsumerStatus
consumer_array_set_bytes(const ConsumerArray *array, void *address,
			 const void *from, ConsumerError *error)
{
	struct copy wanted = { address, from, array->element.itemsize };

	if (array->backing)
		return read_and_check(array, address, wanted.n_bytes, copy_in,
				      &wanted, error);
	memcpy(address, from, wanted.n_bytes);
	return CONSUMER_OK;
}
