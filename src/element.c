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

const struct element_info *
element_row(ConsumerType type)
{
	/* An enum may be signed, and a caller may have computed it. */
	return &element_table[(unsigned)type < CONSUMER_N_TYPES ? type : 0];
}

const char *
consumer_type_name(ConsumerType type)
{
	return element_row(type)->name;
}

ConsumerKind
consumer_type_kind(ConsumerType type)
{
	return element_row(type)->kind;
}

ConsumerElement
consumer_element(ConsumerType type)
{
	return (ConsumerElement){
		.type = type,
		.byte_order = CONSUMER_NATIVE_ENDIAN,
		.itemsize = element_row(type)->itemsize,
	};
}

ConsumerStatus
element_check(ConsumerElement element, ConsumerError *error)
{
	if ((unsigned)element.type >= CONSUMER_N_TYPES)
		return fail(error, CONSUMER_ERR_ARGUMENT,
			    "there is no element type %d", (int)element.type);
	if ((unsigned)element.byte_order > CONSUMER_BIG_ENDIAN)
		return fail(error, CONSUMER_ERR_ARGUMENT,
			    "there is no byte order %d",
			    (int)element.byte_order);
	if (element.type == CONSUMER_OPAQUE
		    ? element.itemsize > 0
		    : element.itemsize == element_table[element.type].itemsize)
		return CONSUMER_OK;
	return fail(error, CONSUMER_ERR_ARGUMENT,
		    "itemsize %zu is not that of %s", element.itemsize,
		    consumer_type_name(element.type));
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

void
element_store_bits(ConsumerElement element, void *address, uint64_t bits)
{
	const bool is_swapped = element_is_swapped(element);
	uint16_t two;
	uint32_t four;

	switch (element.itemsize) {
	case 1:
		*(unsigned char *)address = (unsigned char)bits;
		break;
	case 2:
		two = (uint16_t)bits;
		two = is_swapped ? __builtin_bswap16(two) : two;
		memcpy(address, &two, sizeof(two));
		break;
	case 4:
		four = (uint32_t)bits;
		four = is_swapped ? __builtin_bswap32(four) : four;
		memcpy(address, &four, sizeof(four));
		break;
	default:
		bits = is_swapped ? __builtin_bswap64(bits) : bits;
		memcpy(address, &bits, sizeof(bits));
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
		return half_to_float((uint16_t)bits);
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
