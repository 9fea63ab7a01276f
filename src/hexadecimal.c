/* SPDX-License-Identifier: MIT */
/* The bits of an element as text: 0x, then all digits. */
#include "config.h"
#include "decimal.h"
#include "element.h"

/* The 8 digits of 'bits', the first in the least significant byte. */
static inline uint64_t
eight_digits(uint32_t bits)
{
	uint64_t nibbles = bits;

	/* Spread: halves, bytes and nibbles apart, the first one last ... */
	nibbles = (nibbles | nibbles << 16) & UINT64_C(0x0000FFFF0000FFFF);
	nibbles = (nibbles | nibbles << 8) & UINT64_C(0x00FF00FF00FF00FF);
	nibbles = (nibbles | nibbles << 4) & UINT64_C(0x0F0F0F0F0F0F0F0F);
	/* ... and the other way round; 'a' is 39 behind what follows '9'. */
	nibbles = __builtin_bswap64(nibbles);
	return nibbles + DECIMAL_ASCII_ZEROS +
	       ((nibbles + UINT64_C(0x0606060606060606)) >> 4 &
		UINT64_C(0x0101010101010101)) *
		       39;
}

static inline char *
put_hexadecimal(char *out, uint64_t bits, int n_bits)
{
	memcpy(out, "0x", 2);
	out += 2;
	if (n_bits == 64) {
		decimal_store_8(out, eight_digits((uint32_t)(bits >> 32)));
		out += 8;
		n_bits = 32;
	}
	decimal_store_8(out, eight_digits((uint32_t)(bits << (32 - n_bits))));
	return out + n_bits / 4;
}

#define DEFINE_KERNEL(n_bits)                                                 \
	char *OF_VARIANT(hexadecimal_##n_bits)(                               \
		const void *elements, size_t n_elements,                      \
		struct separator separator, char *out)                        \
	{                                                                     \
		const unsigned char *from = elements;                         \
		uint##n_bits##_t bits;                                        \
                                                                              \
		for (size_t i = 0; i < n_elements; i++) {                     \
			memcpy(&bits, from + i * sizeof(bits), sizeof(bits)); \
			out = put_hexadecimal(out, bits, n_bits);             \
			out = decimal_put_separator(out, separator);          \
		}                                                             \
		return out;                                                   \
	}

DEFINE_KERNEL(8)
DEFINE_KERNEL(16)
DEFINE_KERNEL(32)
DEFINE_KERNEL(64)
