/* SPDX-License-Identifier: MIT */
/*
 * Kernels over blocks: native elements of one type, back to back, at any
 * address, CONSUMER_BLOCK_BYTES of them at most.  They are leaves: no
 * allocation, no locks, nothing but the block and their own variables.
 *
 * kernels.c is compiled once for each variant of the CPU; cpu.c chooses.  So are
 * the text kernels of decimal.h.
 */
#ifndef KERNELS_H
#define KERNELS_H

#include "internal.h"

struct range {
	/* Of the elements that are not NaN; meaningless if there are none. */
	ConsumerValue min;
	ConsumerValue max;
	size_t n_nan;
};

/* How many infinities a sum met; it leaves out these and NaN. */
struct infinities {
	uint64_t n_positive;
	uint64_t n_negative;
};

/* The functions for one element type; 'n_elements' is not 0. */
struct kernels {
	void (*range)(const void *elements, size_t n_elements,
		      struct range *out);
	/* Adds to a fixed-point number of exact.h. */
	void (*sum)(const void *elements, size_t n_elements, int64_t *sum,
		    struct infinities *infinities);
	/* Both at once, and likewise the sum of the squares */
	void (*all)(const void *elements, size_t n_elements,
		    struct range *range, int64_t *sum,
		    struct infinities *infinities, int64_t *squares);
	/* The index of the first element equal to 'value'; n_elements: none */
	size_t (*find)(const void *elements, size_t n_elements,
		       ConsumerValue value);
	size_t (*count)(const void *elements, size_t n_elements,
			ConsumerValue value);
	/* Whether all elements are equal, as numbers, to their counterparts */
	bool (*equal)(const void *elements, const void *others,
		      size_t n_elements);
};

/*
 * Copies 'n' elements of 1, 2, 4 or 8 bytes, 'stride' bytes apart, to 'out',
 * where they are back to back; with their bytes in the other order if asked.
 */
typedef void gather_kernel(unsigned char *out, const unsigned char *from,
			   ptrdiff_t stride, size_t n, bool is_swapped);

/* -0.0 < 0.0; neither is NaN. */
static inline bool
is_less(double a, double b)
{
	return a < b ||
	       (a == b && __builtin_signbit(a) && !__builtin_signbit(b));
}

/*
 * OF_VARIANT(name) is name_avx2, say, where KERNEL_VARIANT is avx2: what is
 * compiled for several variants has a name in each.
 */
#define OF_VARIANT(name)	     PASTE_VARIANT(name, KERNEL_VARIANT)
#define PASTE_VARIANT(name, variant) PASTE_NAMES(name, variant)
#define PASTE_NAMES(name, variant)   name##_##variant

/* Those of the best variant for this CPU; 'type' is not opaque. */
const struct kernels *kernels_for(ConsumerType type);

/* Likewise; NULL if there is none for such elements. */
gather_kernel *gather_kernel_for(size_t itemsize);

/* The name of that variant. */
const char *kernels_name(void);

/*
 * What computes with floats here counts on the default mode of the CPU: round
 * to nearest, keep subnormals, trap nothing.  The process may have set another
 * (a library built with -ffast-math does, once it is loaded).  So whoever calls
 * such code does it between these two; the first returns what the second takes.
 * On CPUs other than x86 they do nothing.
 */
unsigned float_mode_set_default(void);
void float_mode_restore(unsigned mode);

#endif
