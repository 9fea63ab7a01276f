/* SPDX-License-Identifier: MIT */
/*
 * Numbers to text.  A text kernel takes a block of native elements of one
 * type (any alignment) and writes each as text followed by a separator.
 */
#ifndef DECIMAL_H
#define DECIMAL_H

#include "kernels.h"

/* One or two characters. */
struct separator {
	char text[2];
	unsigned char n_bytes;
};

/*
 * Bytes that an element takes at most with its separator; the longest is
 * -2.2250738585072014e-308.
 */
#define DECIMAL_MAX_BYTES 26

/*
 * Kernels store whole words, so they may write this far behind the text that
 * they return the end of.
 */
#define DECIMAL_SLACK_BYTES 64

/*
 * Writes 'n_elements' elements to 'out', which has room for n_elements *
 * DECIMAL_MAX_BYTES + DECIMAL_SLACK_BYTES, and returns the end of the text.
 */
typedef char *text_kernel(const void *elements, size_t n_elements,
			  struct separator separator, char *out);

/* What an element is spelled like, where formats differ. */
enum spelling {
	SPELLING_PYTHON, /* True, nan, -inf */
	SPELLING_JSON,	 /* true, null for what is not finite */
	SPELLING_HEX,	 /* its bits: 0x0000002a */
	N_SPELLINGS
};

/*
 * The kernel for 'type', of the best variant for this CPU; NULL if there is no
 * such type, or it is opaque.
 */
text_kernel *text_kernel_for(ConsumerType type, enum spelling spelling);

static inline char *
decimal_put_separator(char *out, struct separator separator)
{
	__builtin_memcpy(out, separator.text, sizeof(separator.text));
	return out + separator.n_bytes;
}

/* Two digits out of x < 100, the first in the byte that is first in memory. */
static inline uint16_t
decimal_2_digits(uint16_t x)
{
	const uint16_t tens = (uint16_t)((uint32_t)x * 6554 >> 16);
	const uint16_t ones = (uint16_t)(x - 10 * tens);

	return (uint16_t)(0x3030 +
			  (CONSUMER_NATIVE_ENDIAN == CONSUMER_BIG_ENDIAN
				   ? tens << 8 | ones
				   : ones << 8 | tens));
}

/*
 * Two pairs of digits out of x < 10^4.  Compilers turn loops of this into
 * vectors, of 16 bits a lane, which every CPU can multiply.
 */
static inline __attribute__((always_inline)) void
decimal_split_four(uint16_t x, uint16_t pairs[2])
{
	const uint16_t hundreds = (uint16_t)((uint32_t)x * 5243 >> 16) >> 3;

	pairs[0] = decimal_2_digits(hundreds);
	pairs[1] = decimal_2_digits((uint16_t)(x - 100 * hundreds));
}

static inline __attribute__((always_inline)) void
decimal_split_fours(const uint16_t *fours, size_t n, uint16_t *pairs)
{
	for (size_t i = 0; i < n; i++)
		decimal_split_four(fours[i], pairs + 2 * i);
}

#define DECIMAL_ASCII_ZEROS UINT64_C(0x3030303030303030)

/* Stores 8 characters, the first in the least significant byte of 'text'. */
static inline void
decimal_store_8(char *out, uint64_t text)
{
	if (CONSUMER_NATIVE_ENDIAN == CONSUMER_BIG_ENDIAN)
		text = __builtin_bswap64(text);
	__builtin_memcpy(out, &text, sizeof(text));
}

#ifdef KERNEL_VARIANT

/* --- What the kernels of a variant share --------------------------------- */

#define TEXT_KERNELS(X)                                                      \
	/* decimal.c */                                                      \
	X(decimal_bool)                                                      \
	X(decimal_json_bool)                                                 \
	/* decimal.c, or decimal_avx512.c */                                 \
	X(decimal_int8)                                                      \
	X(decimal_uint8)                                                     \
	X(decimal_int16)                                                     \
	X(decimal_uint16)                                                    \
	X(decimal_int32)                                                     \
	X(decimal_uint32)                                                    \
	X(decimal_int64)                                                     \
	X(decimal_uint64)                                                    \
	/* decimal_float.c */                                                \
	X(decimal_float16)                                                   \
	X(decimal_float32)                                                   \
	X(decimal_float64)                                                   \
	X(decimal_json_float16)                                              \
	X(decimal_json_float32)                                              \
	X(decimal_json_float64)                                              \
	/* decimal_float_avx512.c, which leaves some floats to the others */ \
	X(vector_float16)                                                    \
	X(vector_float32)                                                    \
	X(vector_float64)                                                    \
	X(vector_json_float16)                                               \
	X(vector_json_float32)                                               \
	X(vector_json_float64)                                               \
	/* hexadecimal.c, by the bits of an element */                       \
	X(hexadecimal_8)                                                     \
	X(hexadecimal_16)                                                    \
	X(hexadecimal_32)                                                    \
	X(hexadecimal_64)

#define DECLARE_TEXT_KERNEL(name) text_kernel OF_VARIANT(name);
TEXT_KERNELS(DECLARE_TEXT_KERNEL)

/* Defined by decimal.c */
extern text_kernel *const
	OF_VARIANT(text_kernels)[CONSUMER_N_TYPES][N_SPELLINGS];

/* Whether the variant has what the files *_avx512.c are made of. */
#if defined(__AVX512VBMI2__) && defined(__AVX512VBMI__) && \
	defined(__AVX512IFMA__)
#define HAS_AVX512_TEXT 1
#else
#define HAS_AVX512_TEXT 0
#endif

#endif /* KERNEL_VARIANT */
#endif
