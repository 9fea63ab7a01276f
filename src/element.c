/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "element.h"

#define ROW(suffix, name, itemsize, kind, struct_code, numpy_letter)  \
	[CONSUMER_##suffix] = { name, itemsize, CONSUMER_KIND_##kind, \
				struct_code, numpy_letter },
const struct element_info element_table[CONSUMER_N_TYPES] = { ELEMENT_TYPES(
	ROW) };
#undef ROW

#define COUNT(...) +1
_Static_assert((0 ELEMENT_TYPES(COUNT)) == CONSUMER_N_TYPES &&
		       CONSUMER_FLOAT64 == CONSUMER_N_TYPES - 1,
	       "the table of types and ConsumerType differ");
#undef COUNT

const char *
consumer_type_name(ConsumerType type)
{
	return element_table[type].name;
}

ConsumerKind
consumer_type_kind(ConsumerType type)
{
	return element_table[type].kind;
}

ConsumerElement
consumer_element(ConsumerType type)
{
	return (ConsumerElement){
		.type = type,
		.byte_order = CONSUMER_NATIVE_ENDIAN,
		.itemsize = element_table[type].itemsize,
	};
}

ConsumerStatus
element_check(ConsumerElement element, ConsumerError *error)
{
	/* An enum may be signed, and a caller may have computed it. */
	if ((unsigned)element.type >= CONSUMER_N_TYPES)
		return fail(error, CONSUMER_ERR_ARGUMENT,
			    "there is no element type %d", (int)element.type);
	if (element.type == CONSUMER_OPAQUE
		    ? element.itemsize > 0
		    : element.itemsize == element_table[element.type].itemsize)
		return CONSUMER_OK;
	return fail(error, CONSUMER_ERR_ARGUMENT,
		    "itemsize %zu is not that of %s", element.itemsize,
		    consumer_type_name(element.type));
}

double
half_to_double(uint16_t half)
{
	const uint64_t sign = (uint64_t)(half >> 15) << 63;
	const unsigned exponent = half >> 10 & 0x1F;
	const uint64_t mantissa = half & 0x3FF;
	uint64_t bits;
	double value;

	if (exponent == 0) { /* zero or subnormal: mantissa * 2^-24 */
		value = (double)mantissa * 0x1p-24;
		return sign ? -value : value;
	}
	/* 1023 - 15 rebiases; all ones stay all ones (infinity and NaN) */
	bits = sign | mantissa << 42 |
	       (uint64_t)(exponent == 0x1F ? 0x7FF : exponent + 1008) << 52;
	memcpy(&value, &bits, sizeof(value));
	return value;
}

/* The bits of an element, zero-extended. */
static uint64_t
load_bits(ConsumerElement element, const void *address)
{
	const bool is_swapped = element_is_swapped(element);

	switch (element.itemsize) {
	case 1:
		return *(const unsigned char *)address;
	case 2:
		return load_16(address, is_swapped);
	case 4:
		return load_32(address, is_swapped);
	default:
		return load_64(address, is_swapped);
	}
}

static double
bits_to_double(uint64_t bits, size_t itemsize)
{
	const uint32_t single_bits = (uint32_t)bits;
	float single_value;
	double value;

	switch (itemsize) {
	case 2:
		return half_to_double((uint16_t)bits);
	case 4:
		memcpy(&single_value, &single_bits, sizeof(single_value));
		return single_value;
	default:
		memcpy(&value, &bits, sizeof(value));
		return value;
	}
}

/* Two's complement of 'itemsize' bytes, widened. */
static int64_t
sign_extend(uint64_t bits, size_t itemsize)
{
	const uint64_t sign = (uint64_t)1 << (itemsize * 8 - 1);

	return (int64_t)((bits ^ sign) - sign);
}

ConsumerValue
consumer_element_load(ConsumerElement element, const void *address)
{
	ConsumerValue value = { .unsigned_integer = 0 };
	uint64_t bits;

	if (element.type == CONSUMER_OPAQUE)
		return value;
	bits = load_bits(element, address);
	switch (consumer_type_kind(element.type)) {
	case CONSUMER_KIND_BOOL:
		value.boolean = bits != 0;
		break;
	case CONSUMER_KIND_SIGNED:
		value.signed_integer = sign_extend(bits, element.itemsize);
		break;
	case CONSUMER_KIND_FLOAT:
		value.floating = bits_to_double(bits, element.itemsize);
		break;
	case CONSUMER_KIND_NONE:
	case CONSUMER_KIND_CHAR:
	case CONSUMER_KIND_UNSIGNED:
		value.unsigned_integer = bits;
		break;
	}
	return value;
}
