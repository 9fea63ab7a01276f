/* SPDX-License-Identifier: MIT */
/*
 * The header of .npy files, versions 1.0 to 3.0, to a description and back.
 * Pure: no I/O, no allocation, no locale, no recursion.  The format is that of
 * numpy.lib.format in NumPy's reference.
 *
 * Never laxer than NumPy, but for headers of more than 10,000 bytes, arrays of
 * more than 32 dimensions, and lengths beside a length of 0, which may be any.
 */
#ifndef NPY_H
#define NPY_H

#include "internal.h"

/* A file that begins with this is meant to be a .npy file. */
#define NPY_MAGIC	"\x93NUMPY"
#define NPY_MAGIC_BYTES 6

/* What npy_measure() must see; any header is longer. */
#define NPY_PREFIX_BYTES 12

/* The longest header that is read, prefix included. */
#define NPY_MAX_HEADER_BYTES 65536

/*
 * Says from the first NPY_PREFIX_BYTES bytes of a .npy file, which begin with
 * the magic, how many bytes its header has, prefix included: those that
 * npy_parse() needs.  They may be fewer than were seen.
 *
 * Returns CONSUMER_OK, or CONSUMER_ERR_DATA if the version is unknown or the
 * header too long.
 */
ConsumerStatus npy_measure(const unsigned char *prefix, size_t *header_bytes,
			   ConsumerError *error);

/*
 * Reads the 'header_bytes' bytes at 'header', as npy_measure() counted them.
 * The array and the header together have at most PTRDIFF_MAX bytes.
 *
 * Returns CONSUMER_OK, or CONSUMER_ERR_DATA with the reason if the header is
 * not as it must be.
 */
ConsumerStatus npy_parse(const unsigned char *header, size_t header_bytes,
			 ConsumerDescription *out, ptrdiff_t *n_elements,
			 ConsumerError *error);

/* What npy_format() writes at most. */
#define NPY_WRITTEN_BYTES 1664

/*
 * Writes the header of an array, in version 1.0 and byte for byte as NumPy
 * does, and returns how many bytes it has: a multiple of 64, which stays the
 * same while the length that grows as elements are appended (the first; the
 * last in Fortran order) does.  Characters become unsigned bytes.  The element
 * must not be opaque.
 */
size_t npy_format(ConsumerElement element, bool is_fortran_order, int ndim,
		  const ptrdiff_t *shape, char out[NPY_WRITTEN_BYTES]);

#endif
