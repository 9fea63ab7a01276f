/* SPDX-License-Identifier: MIT */
/*
 * The table of element types, the one place that lists them, and the loads
 * that ignore alignment.
 */
#ifndef ELEMENT_H
#define ELEMENT_H

#include "internal.h"

#include <string.h>

/*
 * X(enum suffix, name, itemsize, kind, struct code, NumPy's letter), one row a
 * type, in the order of ConsumerType.
 */
#define ELEMENT_TYPES(X)                           \
	X(OPAQUE, "opaque", 1, NONE, '\0', '\0')   \
	X(BOOL, "bool", 1, BOOL, '?', 'b')         \
	X(CHAR, "char", 1, CHAR, 'c', '\0')        \
	X(INT8, "int8", 1, SIGNED, 'b', 'i')       \
	X(UINT8, "uint8", 1, UNSIGNED, 'B', 'u')   \
	X(INT16, "int16", 2, SIGNED, 'h', 'i')     \
	X(UINT16, "uint16", 2, UNSIGNED, 'H', 'u') \
	X(INT32, "int32", 4, SIGNED, 'i', 'i')     \
	X(UINT32, "uint32", 4, UNSIGNED, 'I', 'u') \
	X(INT64, "int64", 8, SIGNED, 'q', 'i')     \
	X(UINT64, "uint64", 8, UNSIGNED, 'Q', 'u') \
	X(FLOAT16, "float16", 2, FLOAT, 'e', 'f')  \
	X(FLOAT32, "float32", 4, FLOAT, 'f', 'f')  \
	X(FLOAT64, "float64", 8, FLOAT, 'd', 'f')

struct element_info {
	const char *name;
	unsigned char itemsize;
	ConsumerKind kind;
	char struct_code;
	char numpy_letter;
};

extern const struct element_info element_table[CONSUMER_N_TYPES];

/* The row of 'type'; of what is no type, that of CONSUMER_OPAQUE. */
const struct element_info *element_row(ConsumerType type);

/*
 * CONSUMER_OK, or CONSUMER_ERR_ARGUMENT if there is no such type or it has
 * another itemsize.
 */
ConsumerStatus element_check(ConsumerElement element, ConsumerError *error);

/* Whether the bytes of 'element' are in another order than this machine's. */
static inline bool
element_is_swapped(ConsumerElement element)
{
	return element.byte_order != CONSUMER_NATIVE_ENDIAN &&
	       element.itemsize > 1 && element.type != CONSUMER_OPAQUE;
}

/* Numbers at any address. */
#define DEFINE_UNALIGNED(ctype) \
	typedef ctype unaligned_##ctype __attribute__((aligned(1), may_alias))

DEFINE_UNALIGNED(int8_t);
DEFINE_UNALIGNED(uint8_t);
DEFINE_UNALIGNED(int16_t);
DEFINE_UNALIGNED(uint16_t);
DEFINE_UNALIGNED(int32_t);
DEFINE_UNALIGNED(uint32_t);
DEFINE_UNALIGNED(int64_t);
DEFINE_UNALIGNED(uint64_t);
DEFINE_UNALIGNED(float);
DEFINE_UNALIGNED(double);

/* LOADERS: load_16() ... read bits at any address, swapped if asked. */
#define ELEMENT_DEFINE_LOAD(n_bits)                                       \
	static inline uint##n_bits##_t load_##n_bits(const void *address, \
						     bool is_swapped)     \
	{                                                                 \
		uint##n_bits##_t bits;                                    \
                                                                          \
		memcpy(&bits, address, sizeof(bits));                     \
		return is_swapped ? __builtin_bswap##n_bits(bits) : bits; \
	}

ELEMENT_DEFINE_LOAD(16)
ELEMENT_DEFINE_LOAD(32)
ELEMENT_DEFINE_LOAD(64)

/*
 * The value of an IEEE 754 binary16.  Without branches, so that loops over it
 * become vectors; a subnormal is computed instead of made of bits, because the
 * CPU may have been told to take subnormals for zero.
 */
static inline float
half_to_float(uint16_t half)
{
	const uint32_t magnitude = half & 0x7FFF;
	const uint32_t sign = (uint32_t)(half & 0x8000) << 16;
	/* 127 - 15 rebiases the exponent; of infinity and NaN, to 255 */
	const uint32_t bias = (magnitude < 0x7C00 ? 112u : 224u) << 23;
	const float subnormal = (float)(int)magnitude * 0x1p-24f;
	/* A choice by '?:' would be compiled as a branch. */
	const uint32_t is_subnormal = 0 - (uint32_t)(magnitude < 0x400);
	uint32_t bits;
	float value;

	memcpy(&bits, &subnormal, sizeof(bits));
	bits &= is_subnormal;
	bits |= sign | (((magnitude << 13) + bias) & ~is_subnormal);
	memcpy(&value, &bits, sizeof(value));
	return value;
}

/* Writes the low 'itemsize' bytes of 'bits', in the element's byte order. */
void element_store_bits(ConsumerElement element, void *address, uint64_t bits);

#endif
