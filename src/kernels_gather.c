/* SPDX-License-Identifier: MIT */
/* Elements from elsewhere, back to back. */
#include "config.h"
#include "kernels.h"
#include "element.h"

#define bswap_8(bits)  (bits)
#define bswap_16(bits) __builtin_bswap16(bits)
#define bswap_32(bits) __builtin_bswap32(bits)
#define bswap_64(bits) __builtin_bswap64(bits)

/* Compilers make vectors of the loops whose stride and order they know. */
#define DEFINE_GATHER(n_bits)                                               \
	TEMPLATE void gather_each_##n_bits(                                 \
		unsigned char *out, const unsigned char *from,              \
		ptrdiff_t stride, size_t n, bool is_swapped)                \
	{                                                                   \
		unaligned_uint##n_bits##_t *to =                            \
			(unaligned_uint##n_bits##_t *)out;                  \
                                                                            \
		for (size_t i = 0; i < n; i++) {                            \
			const uint##n_bits##_t bits =                       \
				*(const unaligned_uint##n_bits##_t *)from;  \
                                                                            \
			to[i] = is_swapped ? bswap_##n_bits(bits) : bits;   \
			from += stride;                                     \
		}                                                           \
	}                                                                   \
                                                                            \
	TEMPLATE void gather_order_##n_bits(                                \
		unsigned char *out, const unsigned char *from,              \
		ptrdiff_t stride, size_t n, bool is_swapped)                \
	{                                                                   \
		const ptrdiff_t itemsize = n_bits / 8;                      \
                                                                            \
		if (stride == itemsize)                                     \
			gather_each_##n_bits(out, from, itemsize, n,        \
					     is_swapped);                   \
		else if (stride == 2 * itemsize)                            \
			gather_each_##n_bits(out, from, 2 * itemsize, n,    \
					     is_swapped);                   \
		else                                                        \
			gather_each_##n_bits(out, from, stride, n,          \
					     is_swapped);                   \
	}                                                                   \
                                                                            \
	static void gather_##n_bits(                                        \
		unsigned char *out, const unsigned char *from,              \
		ptrdiff_t stride, size_t n, bool is_swapped)                \
	{                                                                   \
		if (is_swapped)                                             \
			gather_order_##n_bits(out, from, stride, n, true);  \
		else                                                        \
			gather_order_##n_bits(out, from, stride, n, false); \
	}

DEFINE_GATHER(8)
DEFINE_GATHER(16)
DEFINE_GATHER(32)
DEFINE_GATHER(64)

gather_kernel *const OF_VARIANT(gather_kernels)[9] = {
	[1] = gather_8,
	[2] = gather_16,
	[4] = gather_32,
	[8] = gather_64,
};
