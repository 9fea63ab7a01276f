/* SPDX-License-Identifier: MIT */
/* Integers, bool and char to text. */
#include "config.h"
#include "decimal.h"
#include "element.h"

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

/* --- Integers ------------------------------------------------------------ */

/*
 * Integers are done so many at a time.  First all digits of each are put into a
 * slot, with zeros in front, by loops that compilers turn into vectors (of 16
 * bits a lane, which every CPU can multiply); then what is wanted of the slots
 * is copied, one behind the other.  Only that loop knows of lengths, and it has
 * no branches.  Slots have one more behind them, for what copies of constant
 * size read beyond the last.
 */
#define N_TURN 64

/* Short rows must not wait for a long turn. */
#define N_SHORT_TURN 8

/* Slots of six digits and the separator */
TEMPLATE char *
put_short(char *out, const uint16_t values[N_TURN],
	  const unsigned char is_negative[N_TURN], size_t n, size_t n_turn,
	  struct separator separator)
{
	uint16_t slots[N_TURN + 1][4];
	uint16_t n_zeros[N_TURN];
	uint16_t end;

	memcpy(&end, separator.text, sizeof(end));
	for (size_t i = 0; i < n_turn; i++) {
		const uint16_t x = values[i];
		/* x / 100 is x / 4 / 25 */
		const uint16_t hundreds =
			(uint16_t)((uint32_t)(x >> 2) * 5243 >> 16) >> 1;
		const uint16_t tops =
			(uint16_t)((uint32_t)hundreds * 656 >> 16);

		slots[i][0] = decimal_2_digits(tops);
		slots[i][1] =
			decimal_2_digits((uint16_t)(hundreds - 100 * tops));
		slots[i][2] = decimal_2_digits((uint16_t)(x - 100 * hundreds));
		slots[i][3] = end;
		n_zeros[i] = (uint16_t)(5 - (x > 9) - (x > 99) - (x > 999) -
					(x > 9999));
	}
	for (size_t i = 0; i < n; i++) {
		*out = '-';
		out += is_negative[i];
		memcpy(out, (const char *)slots[i] + n_zeros[i], 8);
		out += 6 + separator.n_bytes - n_zeros[i];
	}
	return out;
}

/*
 * Slots of twelve digits, the first two never wanted, and room: 16 bytes are
 * quicker than 12.
 */
TEMPLATE char *
put_medium(char *out, const uint32_t values[N_TURN],
	   const unsigned char is_negative[N_TURN], size_t n, size_t n_turn,
	   struct separator separator)
{
	uint16_t tops[N_TURN], middles[N_TURN], lows[N_TURN];
	uint16_t slots[N_TURN + 1][8];
	uint32_t n_zeros[N_TURN];

	for (size_t i = 0; i < n_turn; i++) {
		const uint32_t x = values[i];
		const uint32_t highs = x / 10000;
		const uint32_t top = highs / 10000;

		tops[i] = (uint16_t)top;
		middles[i] = (uint16_t)(highs - 10000 * top);
		lows[i] = (uint16_t)(x - 10000 * highs);
	}
	for (size_t i = 0; i < n_turn; i++) {
		slots[i][0] = 0;
		slots[i][1] = decimal_2_digits(tops[i]);
		decimal_split_four(middles[i], &slots[i][2]);
		decimal_split_four(lows[i], &slots[i][4]);
		slots[i][6] = 0;
		slots[i][7] = 0;
	}
	for (size_t i = 0; i < n_turn; i++) {
		const uint32_t x = values[i];

		n_zeros[i] = 11u - (x > 9) - (x > 99) - (x > 999) - (x > 9999) -
			     (x > 99999) - (x > 999999) - (x > 9999999) -
			     (x > 99999999) - (x > 999999999);
	}
	for (size_t i = 0; i < n; i++) {
		*out = '-';
		out += is_negative[i];
		memcpy(out, (const char *)slots[i] + n_zeros[i], 16);
		out = decimal_put_separator(out + 12 - n_zeros[i], separator);
	}
	return out;
}

#define UP_TO_4(power) (power), 10 * (power), 100 * (power), 1000 * (power)

static const uint64_t powers[] = {
	UP_TO_4(UINT64_C(1)),
	UP_TO_4(UINT64_C(10000)),
	UP_TO_4(UINT64_C(100000000)),
	UP_TO_4(UINT64_C(1000000000000)),
	UP_TO_4(UINT64_C(10000000000000000)),
};

/* floor(log10(x | 1)); 1233 is log10(2) * 2^12. */
TEMPLATE unsigned
log10_of(uint64_t x)
{
	const unsigned n_bits = 64 - (unsigned)__builtin_clzll(x | 1);
	const unsigned guess = n_bits * 1233 >> 12;

	return guess - ((x | 1) < powers[guess]);
}

/* Slots of twenty digits, and room */
TEMPLATE char *
put_long(char *out, const uint64_t values[N_TURN],
	 const unsigned char is_negative[N_TURN], size_t n, size_t n_turn,
	 struct separator separator)
{
	const uint64_t ten_8 = 100000000;
	uint16_t fours[N_TURN][8];
	uint16_t slots[N_TURN + 1][16];
	unsigned char n_zeros[N_TURN];

	for (size_t i = 0; i < n_turn; i++) {
		const uint64_t high = values[i] / ten_8;
		const uint32_t low = (uint32_t)(values[i] % ten_8);
		const uint32_t top = (uint32_t)(high / ten_8);
		const uint32_t middle = (uint32_t)(high % ten_8);

		fours[i][0] = (uint16_t)top;
		fours[i][1] = (uint16_t)(middle / 10000);
		fours[i][2] = (uint16_t)(middle % 10000);
		fours[i][3] = (uint16_t)(low / 10000);
		fours[i][4] = (uint16_t)(low % 10000);
		fours[i][5] = 0;
		fours[i][6] = 0;
		fours[i][7] = 0;
		n_zeros[i] = (unsigned char)(19 - log10_of(values[i]));
	}
	decimal_split_fours(fours[0], n_turn * 8, slots[0]);
	for (size_t i = 0; i < n; i++) {
		const char *from = (const char *)slots[i];

		*out = '-';
		out += is_negative[i];
		memcpy(out, from + n_zeros[i], 20);
		out = decimal_put_separator(out + 20 - n_zeros[i], separator);
	}
	return out;
}

/* --- Any width ----------------------------------------------------------- */

TEMPLATE char *
put_16_bits(char *out, const uint16_t values[N_TURN],
	    const unsigned char is_negative[N_TURN], size_t n, size_t n_turn,
	    struct separator separator)
{
	return put_short(out, values, is_negative, n, n_turn, separator);
}

/* Numbers that happen to be small are done as narrower ones. */
#define DEFINE_NARROWING(n_bits, n_half_bits, put)                           \
	TEMPLATE char *put_##n_bits##_bits(                                  \
		char *out, const uint##n_bits##_t values[N_TURN],            \
		const unsigned char is_negative[N_TURN], size_t n,           \
		size_t n_turn, struct separator separator)                   \
	{                                                                    \
		uint##n_half_bits##_t halves[N_TURN];                        \
		uint##n_bits##_t all = 0;                                    \
                                                                             \
		for (size_t i = 0; i < n_turn; i++)                          \
			all |= values[i];                                    \
		if (all >> n_half_bits)                                      \
			return put(out, values, is_negative, n, n_turn,      \
				   separator);                               \
		for (size_t i = 0; i < n_turn; i++)                          \
			halves[i] = (uint##n_half_bits##_t)values[i];        \
		return put_##n_half_bits##_bits(out, halves, is_negative, n, \
						n_turn, separator);          \
	}

DEFINE_NARROWING(32, 16, put_medium)
DEFINE_NARROWING(64, 32, put_long)

/* Elements of 'ctype', done as 'n_bits'; negated as unsigned, as -INT64_MIN. */
#define DEFINE_INTEGER_KERNEL(name, ctype, n_bits, is_signed)                  \
	TEMPLATE char *name##_turn(const unsigned char *from, size_t n,        \
				   size_t n_turn, struct separator separator,  \
				   char *out)                                  \
	{                                                                      \
		ctype block[N_TURN] = { 0 };                                   \
		uint##n_bits##_t values[N_TURN];                               \
		unsigned char is_negative[N_TURN];                             \
                                                                               \
		memcpy(block, from, n * sizeof(ctype));                        \
		for (size_t i = 0; i < n_turn; i++) {                          \
			const uint##n_bits##_t x = (uint##n_bits##_t)block[i]; \
                                                                               \
			is_negative[i] = is_signed & (x >> (n_bits - 1));      \
			values[i] = (uint##n_bits##_t)(is_negative[i] ? 0u - x \
								      : x);    \
		}                                                              \
		return put_##n_bits##_bits(out, values, is_negative, n,        \
					   n_turn, separator);                 \
	}                                                                      \
                                                                               \
	char *OF_VARIANT(name)(const void *elements, size_t n_elements,        \
			       struct separator separator, char *out)          \
	{                                                                      \
		const unsigned char *from = elements;                          \
                                                                               \
		for (size_t n; n_elements > 2 * N_SHORT_TURN;                  \
		     n_elements -= n) {                                        \
			n = MIN(n_elements, N_TURN);                           \
			out = name##_turn(from, n, N_TURN, separator, out);    \
			from += n * sizeof(ctype);                             \
		}                                                              \
		for (size_t n; n_elements > 0; n_elements -= n) {              \
			n = MIN(n_elements, N_SHORT_TURN);                     \
			out = name##_turn(from, n, N_SHORT_TURN, separator,    \
					  out);                                \
			from += n * sizeof(ctype);                             \
		}                                                              \
		return out;                                                    \
	}

DEFINE_INTEGER_KERNEL(decimal_int8, int8_t, 16, true)
DEFINE_INTEGER_KERNEL(decimal_uint8, uint8_t, 16, false)
DEFINE_INTEGER_KERNEL(decimal_int16, int16_t, 16, true)
DEFINE_INTEGER_KERNEL(decimal_uint16, uint16_t, 16, false)
DEFINE_INTEGER_KERNEL(decimal_int32, int32_t, 32, true)
DEFINE_INTEGER_KERNEL(decimal_uint32, uint32_t, 32, false)
DEFINE_INTEGER_KERNEL(decimal_int64, int64_t, 64, true)
DEFINE_INTEGER_KERNEL(decimal_uint64, uint64_t, 64, false)

#endif

/* --- The table ------------------------------------------------------------ */

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
