/* SPDX-License-Identifier: MIT */
/* Searches and comparisons. */
#include "config.h"
#include "kernels.h"
#include "element.h"
#include "kernels_float16.h"

/* find() and equal() decide once for so many elements. */
#define STRIDE 64

#define DEFINE_SEARCH(name, ctype, member, AS)                              \
	static size_t find_##name(const void *elements, size_t n_elements,  \
				  ConsumerValue value)                      \
	{                                                                   \
		const unaligned_##ctype *x = elements;                      \
		const ctype wanted = (ctype)value.member;                   \
		size_t i = 0;                                               \
                                                                            \
		for (; i + STRIDE <= n_elements; i += STRIDE) {             \
			unsigned n = 0;                                     \
                                                                            \
			for (size_t j = 0; j < STRIDE; j++)                 \
				n += AS(x[i + j]) == wanted;                \
			if (n)                                              \
				break;                                      \
		}                                                           \
		while (i < n_elements && AS(x[i]) != wanted)                \
			i++;                                                \
		return i;                                                   \
	}                                                                   \
                                                                            \
	static size_t count_##name(const void *elements, size_t n_elements, \
				   ConsumerValue value)                     \
	{                                                                   \
		const unaligned_##ctype *x = elements;                      \
		const ctype wanted = (ctype)value.member;                   \
		size_t n = 0;                                               \
                                                                            \
		for (size_t i = 0; i < n_elements; i++)                     \
			n += AS(x[i]) == wanted;                            \
		return n;                                                   \
	}                                                                   \
                                                                            \
	static bool equal_##name(const void *elements, const void *others,  \
				 size_t n_elements)                         \
	{                                                                   \
		const unaligned_##ctype *x = elements, *y = others;         \
		size_t i = 0;                                               \
                                                                            \
		for (; i + STRIDE <= n_elements; i += STRIDE) {             \
			unsigned n = 0;                                     \
                                                                            \
			for (size_t j = 0; j < STRIDE; j++)                 \
				n += AS(x[i + j]) != AS(y[i + j]);          \
			if (n)                                              \
				return false;                               \
		}                                                           \
		while (i < n_elements && AS(x[i]) == AS(y[i]))              \
			i++;                                                \
		return i == n_elements;                                     \
	}

DEFINE_SEARCH(bool, uint8_t, boolean, AS_BOOL)
DEFINE_SEARCH(int8, int8_t, signed_integer, AS_IT_IS)
DEFINE_SEARCH(uint8, uint8_t, unsigned_integer, AS_IT_IS)
DEFINE_SEARCH(int16, int16_t, signed_integer, AS_IT_IS)
DEFINE_SEARCH(uint16, uint16_t, unsigned_integer, AS_IT_IS)
DEFINE_SEARCH(int32, int32_t, signed_integer, AS_IT_IS)
DEFINE_SEARCH(uint32, uint32_t, unsigned_integer, AS_IT_IS)
DEFINE_SEARCH(int64, int64_t, signed_integer, AS_IT_IS)
DEFINE_SEARCH(uint64, uint64_t, unsigned_integer, AS_IT_IS)
DEFINE_SEARCH(float32, float, floating, AS_IT_IS)
DEFINE_SEARCH(float64, double, floating, AS_IT_IS)

/* --- float16 ------------------------------------------------------------- */

static size_t
find_float16(const void *elements, size_t n_elements, ConsumerValue value)
{
	float widened[N_WIDENED];

	for (size_t first = 0, n; first < n_elements; first += n) {
		size_t index;

		n = widen_float16(elements, first, n_elements, widened);
		index = find_float32(widened, n, value);
		if (index < n)
			return first + index;
	}
	return n_elements;
}

static size_t
count_float16(const void *elements, size_t n_elements, ConsumerValue value)
{
	float widened[N_WIDENED];
	size_t n_found = 0;

	for (size_t first = 0, n; first < n_elements; first += n) {
		n = widen_float16(elements, first, n_elements, widened);
		n_found += count_float32(widened, n, value);
	}
	return n_found;
}

static bool
equal_float16(const void *elements, const void *others, size_t n_elements)
{
	float widened[N_WIDENED], widened_others[N_WIDENED];

	for (size_t first = 0, n; first < n_elements; first += n) {
		n = widen_float16(elements, first, n_elements, widened);
		widen_float16(others, first, n_elements, widened_others);
		if (!equal_float32(widened, widened_others, n))
			return false;
	}
	return true;
}

/* --- The table ----------------------------------------------------------- */

#define ROW(type, name) \
	[CONSUMER_##type] = { find_##name, count_##name, equal_##name }

const struct search_kernels OF_VARIANT(search_kernels)[CONSUMER_N_TYPES] = {
	ROW(BOOL, bool),       ROW(CHAR, uint8),      ROW(INT8, int8),
	ROW(UINT8, uint8),     ROW(INT16, int16),     ROW(UINT16, uint16),
	ROW(INT32, int32),     ROW(UINT32, uint32),   ROW(INT64, int64),
	ROW(UINT64, uint64),   ROW(FLOAT16, float16), ROW(FLOAT32, float32),
	ROW(FLOAT64, float64),
};
