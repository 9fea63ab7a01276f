/* SPDX-License-Identifier: MIT */
/* Writing: one value to an element, one array to another. */
#include "config.h"
#include "blocks.h"
#include "number.h"

#include <math.h>
#include <stdlib.h>

/* --- One value ----------------------------------------------------------- */

/* From here on a number rounds to 2^16, which binary16 does not have. */
#define HALF_OVERFLOW 65520.0

/* The nearest binary16, ties to even, of a number that does not overflow. */
static uint16_t
double_to_half(double value)
{
	const uint16_t sign = signbit(value) ? 0x8000 : 0;
	const double magnitude = fabs(value);
	uint64_t bits, rest, half;

	if (isnan(value))
		return sign | 0x7E00;
	if (isinf(value))
		return sign | 0x7C00;
	if (magnitude < 0x1p-14) { /* subnormal: units of 2^-24 */
		const double units = magnitude * 0x1p24;
		const double fraction = units - (double)(unsigned)units;

		half = (unsigned)units;
		half += fraction > 0.5 || (fraction == 0.5 && (half & 1));
		return sign | (uint16_t)half;
	}
	memcpy(&bits, &magnitude, sizeof(bits));
	/* Rebias the exponent, keep 10 of 52 bits; a carry moves it up. */
	bits -= (uint64_t)(1023 - 15) << 52;
	half = bits >> 42;
	rest = bits << 22;
	half += rest > UINT64_C(1) << 63 ||
		(rest == UINT64_C(1) << 63 && (half & 1));
	return sign | (uint16_t)half;
}

static ConsumerStatus
store_float(ConsumerElement element, void *address, double value,
	    ConsumerError *error)
{
	const float single_value = (float)value;
	uint64_t bits = 0;
	uint32_t single_bits;

	if (element.type == CONSUMER_FLOAT16) {
		if (fabs(value) >= HALF_OVERFLOW && !isinf(value))
			return fail(error, CONSUMER_ERR_ARGUMENT,
				    "%.17g is out of range for float16", value);
		bits = double_to_half(value);
	} else if (element.type == CONSUMER_FLOAT32) {
		memcpy(&single_bits, &single_value, sizeof(single_bits));
		bits = single_bits;
	} else {
		memcpy(&bits, &value, sizeof(bits));
	}
	element_store_bits(element, address, bits);
	return CONSUMER_OK;
}

static ConsumerStatus
store_integer(ConsumerElement element, void *address, struct number number,
	      ConsumerError *error)
{
	ConsumerValue value;

	if (!number_fit(&element_table[element.type], number, &value))
		return fail(error, CONSUMER_ERR_ARGUMENT,
			    "%s%llu is out of range for %s",
			    number.is_negative ? "-" : "",
			    (unsigned long long)number.magnitude,
			    consumer_type_name(element.type));
	/* Two's complement: the same bits, signed or not */
	element_store_bits(element, address,
			   number.is_negative ? -number.magnitude
					      : number.magnitude);
	return CONSUMER_OK;
}

/* Whether an element of kind 'to' takes a value of kind 'from'. */
static bool
takes(ConsumerKind to, ConsumerKind from)
{
	switch (to) {
	case CONSUMER_KIND_NONE:
		return false;
	case CONSUMER_KIND_BOOL:
	case CONSUMER_KIND_CHAR:
		return from == to;
	case CONSUMER_KIND_SIGNED:
	case CONSUMER_KIND_UNSIGNED:
		return from != CONSUMER_KIND_FLOAT &&
		       from != CONSUMER_KIND_CHAR && from != CONSUMER_KIND_NONE;
	case CONSUMER_KIND_FLOAT:
		break;
	}
	return from != CONSUMER_KIND_CHAR && from != CONSUMER_KIND_NONE;
}

ConsumerStatus
consumer_element_store(ConsumerElement element, void *address,
		       ConsumerKind kind, ConsumerValue value,
		       ConsumerError *error)
{
	const ConsumerKind element_kind = consumer_type_kind(element.type);
	const struct number number = number_from(kind, value);

	if (!takes(element_kind, kind))
		return fail(error, CONSUMER_ERR_ARGUMENT,
			    "%s elements do not take such a value",
			    consumer_type_name(element.type));
	if (element_kind == CONSUMER_KIND_FLOAT)
		return store_float(element, address, number_to_double(number),
				   error);
	return store_integer(element, address, number, error);
}

/* --- An array ------------------------------------------------------------ */

static bool
have_same_shape(const ConsumerArray *a, const ConsumerArray *b)
{
	return a->ndim == b->ndim &&
	       memcmp(consumer_array_shape(a), consumer_array_shape(b),
		      (size_t)a->ndim * sizeof(ptrdiff_t)) == 0;
}

static bool
have_same_element(ConsumerElement a, ConsumerElement b)
{
	return a.type == b.type && a.itemsize == b.itemsize &&
	       element_is_swapped(a) == element_is_swapped(b);
}

struct transfer {
	const ConsumerArray *to;
	const ConsumerArray *from;
	void *copy;
};

static void
copy_out(void *context)
{
	const struct transfer *transfer = context;

	consumer_array_copy_bytes(transfer->from, transfer->copy);
}

static void
copy_in(void *context)
{
	const struct transfer *transfer = context;

	blocks_scatter(transfer->to, transfer->copy);
}

ConsumerStatus
consumer_array_assign(const ConsumerArray *to, const ConsumerArray *from,
		      ConsumerError *error)
{
	const size_t n_bytes = (size_t)to->n_elements * to->element.itemsize;
	struct transfer transfer = { to, from, NULL };
	ConsumerStatus status;

	if (!have_same_element(to->element, from->element))
		return fail(error, CONSUMER_ERR_ARGUMENT,
			    "elements of different formats");
	if (!have_same_shape(to, from))
		return fail(error, CONSUMER_ERR_ARGUMENT,
			    "arrays of different shapes");
	if (n_bytes == 0)
		return CONSUMER_OK;
	if (consumer_array_is_c_contiguous(to) &&
	    consumer_array_is_c_contiguous(from) && !to->backing &&
	    !from->backing) {
		memmove(to->data, from->data, n_bytes);
		return CONSUMER_OK;
	}
	transfer.copy = malloc(n_bytes);
	if (!transfer.copy)
		return fail_memory(error);
	status = consumer_array_guard(from, copy_out, &transfer, error);
	if (!status)
		status = consumer_array_guard(to, copy_in, &transfer, error);
	free(transfer.copy);
	return status;
}
