/* SPDX-License-Identifier: MIT */
/* Integers, bool and char to text. */
#include "config.h"
#include "decimal.h"
#include "element.h"

/* 'value' < 10^8, without leading zeros. */
static inline char *
put_up_to_8(char *out, uint32_t value)
{
	const uint64_t digits = decimal_8_digits(value);
	/* The last digit stays, also if it is 0. */
	const int n_zeros = __builtin_ctzll(digits | UINT64_C(1) << 56) / 8;

	decimal_store_8(out, (digits | DECIMAL_ASCII_ZEROS) >> 8 * n_zeros);
	return out + 8 - n_zeros;
}

/* 'value' < 10^8, with leading zeros. */
static inline char *
put_8(char *out, uint32_t value)
{
	decimal_store_8(out, decimal_8_digits(value) | DECIMAL_ASCII_ZEROS);
	return out + 8;
}

static inline char *
put_uint64(char *out, uint64_t value)
{
	const uint64_t ten_8 = 100000000;

	if (value < ten_8)
		return put_up_to_8(out, (uint32_t)value);
	if (value < ten_8 * ten_8) {
		out = put_up_to_8(out, (uint32_t)(value / ten_8));
		return put_8(out, (uint32_t)(value % ten_8));
	}
	out = put_up_to_8(out, (uint32_t)(value / (ten_8 * ten_8)));
	out = put_8(out, (uint32_t)(value / ten_8 % ten_8));
	return put_8(out, (uint32_t)(value % ten_8));
}

static inline char *
put_int64(char *out, int64_t value)
{
	const bool is_negative = value < 0;

	*out = '-';
	/* Negated as unsigned: -INT64_MIN does not exist. */
	return put_uint64(out + is_negative,
			  is_negative ? -(uint64_t)value : (uint64_t)value);
}

static inline char *
put_bool(char *out, unsigned char value)
{
	__builtin_memcpy(out, value ? "True\0\0\0" : "False\0\0", 8);
	return out + (value ? 4 : 5);
}

static inline char *
put_json_bool(char *out, unsigned char value)
{
	__builtin_memcpy(out, value ? "true\0\0\0" : "false\0\0", 8);
	return out + (value ? 4 : 5);
}

#define DEFINE_KERNEL(name, ctype, put)                                 \
	char *OF_VARIANT(name)(const void *elements, size_t n_elements, \
			       struct separator separator, char *out)   \
	{                                                               \
		const unsigned char *from = elements;                   \
		ctype value;                                            \
                                                                        \
		for (size_t i = 0; i < n_elements; i++) {               \
			memcpy(&value, from + i * sizeof(value),        \
			       sizeof(value));                          \
			out = decimal_put_separator(put(out, value),    \
						    separator);         \
		}                                                       \
		return out;                                             \
	}

DEFINE_KERNEL(decimal_bool, unsigned char, put_bool)
DEFINE_KERNEL(decimal_json_bool, unsigned char, put_json_bool)
#if !HAS_AVX512_TEXT
DEFINE_KERNEL(decimal_int8, int8_t, put_int64)
DEFINE_KERNEL(decimal_uint8, uint8_t, put_uint64)
DEFINE_KERNEL(decimal_int16, int16_t, put_int64)
DEFINE_KERNEL(decimal_uint16, uint16_t, put_uint64)
DEFINE_KERNEL(decimal_int32, int32_t, put_int64)
DEFINE_KERNEL(decimal_uint32, uint32_t, put_uint64)
DEFINE_KERNEL(decimal_int64, int64_t, put_int64)
DEFINE_KERNEL(decimal_uint64, uint64_t, put_uint64)
#endif

#if HAS_AVX512_TEXT
#define FLOAT(name) vector_##name
#else
#define FLOAT(name) decimal_##name
#endif

#define ROW(type, python, json, bits)                               \
	[CONSUMER_##type] = { OF_VARIANT(python), OF_VARIANT(json), \
			      OF_VARIANT(bits) }

/* One row a type: as Python spells it, as JSON does, its bits. */
text_kernel *const OF_VARIANT(text_kernels)[CONSUMER_N_TYPES][N_SPELLINGS] = {
	ROW(BOOL, decimal_bool, decimal_json_bool, hexadecimal_8),
	ROW(CHAR, decimal_uint8, decimal_uint8, hexadecimal_8),
	ROW(INT8, decimal_int8, decimal_int8, hexadecimal_8),
	ROW(UINT8, decimal_uint8, decimal_uint8, hexadecimal_8),
	ROW(INT16, decimal_int16, decimal_int16, hexadecimal_16),
	ROW(UINT16, decimal_uint16, decimal_uint16, hexadecimal_16),
	ROW(INT32, decimal_int32, decimal_int32, hexadecimal_32),
	ROW(UINT32, decimal_uint32, decimal_uint32, hexadecimal_32),
	ROW(INT64, decimal_int64, decimal_int64, hexadecimal_64),
	ROW(UINT64, decimal_uint64, decimal_uint64, hexadecimal_64),
	ROW(FLOAT16, FLOAT(float16), FLOAT(json_float16), hexadecimal_16),
	ROW(FLOAT32, FLOAT(float32), FLOAT(json_float32), hexadecimal_32),
	ROW(FLOAT64, FLOAT(float64), FLOAT(json_float64), hexadecimal_64),
};
