/* SPDX-License-Identifier: MIT */
/* Files: open and describe, compare, map a range, read. */
#ifndef FILEMAP_H
#define FILEMAP_H

#include "internal.h"

#include <sys/stat.h>

/*
 * Opens 'path' with open(2)'s 'flags' and fills '*status'.  A directory is an
 * error, EISDIR.  After a signal 'interrupt' decides, if it is not NULL; EINTR
 * is the error then.  The caller closes '*descriptor'.
 */
ConsumerStatus file_open(const char *path, int flags,
			 const ConsumerInterrupt *interrupt, int *descriptor,
			 struct stat *status, ConsumerError *error);

/* fstat() as above, for a file that is open. */
ConsumerStatus file_describe(int descriptor, struct stat *status,
			     ConsumerError *error);

/*
 * Compares the open file with 'before', what fstat() once said of it.
 *
 * Two changes within one tick of the system's clock (some milliseconds) may
 * look like one.
 */
ConsumerStatus file_compare(int descriptor, const struct stat *before,
			    ConsumerFileChange *out, ConsumerError *error);

/*
 * Whether any of the file can be mapped.  Only then is its size more than a
 * hint: /sys has files of 4096 bytes that end after 20.
 */
bool file_can_be_mapped(int descriptor);

/*
 * Makes '*out' the 'n_elements' elements at 'offset_bytes' of the file, mapped;
 * they must exist, and be at least one.  The mapping goes when '*out' is
 * released, and with it a descriptor of its own; 'descriptor' may be closed
 * before.
 *
 * False: that cannot be mapped, for whatever reason (errno tells).
 */
bool file_map(int descriptor, ConsumerOpenMode mode, ConsumerElement element,
	      uint64_t offset_bytes, uint64_t n_elements, ConsumerArray *out);

/*
 * Says of such an array that single elements of it will be looked at, far from
 * each other, so that the system need not read what is around them.
 */
void file_expect_leaps(const ConsumerArray *array);

/*
 * Reads up to 'n_bytes' bytes, at least one unless that is 0 or the file ends
 * here ('*n_read' is 0 then).  Signals as above.
 */
ConsumerStatus file_read(int descriptor, void *out, size_t n_bytes,
			 const ConsumerInterrupt *interrupt, size_t *n_read,
			 ConsumerError *error);

/*
 * The same at 'offset_bytes' of a file that has a size, until 'n_bytes' are
 * read or it ends; its position stays.
 */
ConsumerStatus file_read_at(int descriptor, uint64_t offset_bytes, void *out,
			    size_t n_bytes, const ConsumerInterrupt *interrupt,
			    size_t *n_read, ConsumerError *error);

#endif
