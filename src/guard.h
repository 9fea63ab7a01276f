/* SPDX-License-Identifier: MIT */
/*
 * Read memory that may vanish: of a mapped file that somebody makes shorter, or
 * whose disk fails.  The system then sends SIGBUS, which kills; here it ends
 * the reading instead.
 *
 * What raises no signal: behind the new end of a file the last page that it
 * still has reads as zeros.  So where the descriptor is known, the size is
 * asked for after reading, and before what was read is used.
 *
 * consumer.h has what of this is public.
 *
 * Threads.  A handler of SIGBUS is the process's, so the first guard of the
 * process installs one, for good.  It passes on, to the handler that was there
 * before, every signal but the fault of a thread that is in a guard at an
 * address of that guard.  Guards of different threads do not know each other.
 *
 * Somebody else's handler may come later and keep faults from ours; and with
 * CONSUMER_NO_SIGBUS_HANDLER set in the environment (to anything but nothing)
 * ours is never installed.  Memory is then copied by the system, which is
 * slower and gives an error in place of a signal.  Where that is forbidden too
 * (process_vm_readv() under seccomp or gVisor) nothing is guarded; nor is a
 * thread that blocks SIGBUS.
 */
#ifndef GUARD_H
#define GUARD_H

#include "internal.h"

/*
 * guard_run() calls 'leaf', which may read (or write) 'n_bytes' bytes at
 * 'data'.  If one of them has vanished, the leaf is left where it was, as by
 * longjmp(): it must hold nothing - no lock, no memory, no FILE - and what it
 * has written is undefined.  The modes of computing with floats and the signal
 * mask are as before the call.
 *
 * A leaf must read by guard_fetch() if guard_must_fetch().
 *
 * Guards may nest: a fault ends the innermost one that has the address.
 *
 * Returns whether the leaf came to its end.  If not, '*fault_offset' is where
 * the byte is that could not be read, or at least the first byte of its page,
 * counted from 'data'; it is undefined otherwise.
 *
 * Cost: some nanoseconds; from GUARD_CHECKED_BYTES on, a system call.
 */
typedef void guard_leaf(void *context);

bool guard_run(const void *data, size_t n_bytes, guard_leaf *leaf,
	       void *context, size_t *fault_offset);

/*
 * Whether somebody else's handler is on top of ours is asked for each guard of
 * so many bytes; smaller ones trust an answer of the same tick of the system's
 * clock, some milliseconds, since the question takes longer than the guard.
 */
#define GUARD_CHECKED_BYTES 65536

/*
 * consumer_array_guard() in its two halves, for who wants to know what of an
 * array is left: the reading in a guard, and, after that, the address in memory
 * behind the last byte that the file has; UINTPTR_MAX if that is not known.
 */
ConsumerStatus guard_read(const ConsumerArray *array, guard_leaf *leaf,
			  void *context, ConsumerError *error);
ConsumerStatus guard_find_end(const ConsumerArray *array, uintptr_t *end,
			      ConsumerError *error);

/* Fails with CONSUMER_ERR_VANISHED, because of the byte at 'address'. */
ConsumerStatus guard_fail(const ConsumerArray *array, uintptr_t address,
			  ConsumerError *error);

/* Whether the guard that this thread is in cannot catch faults. */
bool guard_must_fetch(void);

/*
 * In a guard: copies 'n' items of 'itemsize' bytes, 'stride' bytes apart, to
 * 'out', where they are back to back; ends the guard if one has vanished.
 */
void guard_fetch(void *out, const void *from, ptrdiff_t stride, size_t n,
		 size_t itemsize);

#endif
