/* SPDX-License-Identifier: MIT */
/*
 * Kernels over blocks: native elements of one type, back to back, at any
 * address, CONSUMER_BLOCK_BYTES of them at most where nothing else is said.
 * They are leaves: no allocation, no locks, nothing but the block and their own
 * variables.
 *
 * The files kernels_*.c, in plain C that compilers turn into vectors, are
 * compiled once for each variant of the CPU, with its name as KERNEL_VARIANT and
 * its machine options; cpu.c chooses.  So are the text kernels of decimal.h.
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
struct summary_kernels {
	void (*range)(const void *elements, size_t n_elements,
		      struct range *out);
	/* Adds to a fixed-point number of exact.h. */
	void (*sum)(const void *elements, size_t n_elements, int64_t *sum,
		    struct infinities *infinities);
	/* Both at once, and likewise the sum of the squares */
	void (*all)(const void *elements, size_t n_elements,
		    struct range *range, int64_t *sum,
		    struct infinities *infinities, int64_t *squares);
};

/* Likewise, but of any number of elements: of whole arrays. */
struct search_kernels {
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
#define OF_VARIANT(name)	  PASTE(name, KERNEL_VARIANT)
#define PASTE(name, suffix)	  PASTE_AS_IS(name, suffix)
#define PASTE_AS_IS(name, suffix) name##_##suffix

/* Those of the best variant for this CPU; 'type' is not opaque. */
const struct summary_kernels *summary_kernels_for(ConsumerType type);
const struct search_kernels *search_kernels_for(ConsumerType type);

/* Likewise; NULL if there is none for such elements. */
gather_kernel *gather_kernel_for(size_t itemsize);

/* The name of that variant. */
const char *kernels_name(void);

/*
 * What computes with floats here counts on the default mode of the CPU: round
 * to nearest, keep subnormals, trap nothing.  The process may have set another
 * (a library built with -ffast-math does, once it is loaded).  So whoever calls
 * such code does it between these two; the first returns what the second takes.
 * They are functions, since compilers move arithmetic across what sets it.
 */
unsigned float_mode_set_default(void);
void float_mode_restore(unsigned mode);

#ifdef KERNEL_VARIANT

/* --- What the kernels of a variant share --------------------------------- */

/* The widest vectors of the variant. */
#if defined(__AVX512F__)
#define VECTOR_BYTES 64
#elif defined(__AVX2__)
#define VECTOR_BYTES 32
#else
#define VECTOR_BYTES 16
#endif

/* Functions that the compiler shall copy, with their constant arguments. */
#define TEMPLATE static inline __attribute__((always_inline))

/* What a number is made of: bool is any byte, and one value if not 0. */
#define AS_IT_IS(x) (x)
#define AS_BOOL(x)  ((x) != 0)

#endif /* KERNEL_VARIANT */

#endif
