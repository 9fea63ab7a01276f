/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "number.h"

struct number
number_from(ConsumerKind kind, ConsumerValue value)
{
	struct number number = { .is_float = kind == CONSUMER_KIND_FLOAT };

	if (number.is_float) {
		number.floating = value.floating;
	} else if (kind == CONSUMER_KIND_SIGNED) {
		number.is_negative = value.signed_integer < 0;
		number.magnitude = number.is_negative
					   ? -(uint64_t)value.signed_integer
					   : (uint64_t)value.signed_integer;
	} else if (kind == CONSUMER_KIND_BOOL) {
		number.magnitude = value.boolean;
	} else {
		number.magnitude = value.unsigned_integer;
	}
	return number;
}

double
number_to_double(struct number number)
{
	if (number.is_float)
		return number.floating;
	return number.is_negative ? -(double)number.magnitude
				  : (double)number.magnitude;
}

bool
number_make_integer(struct number *number)
{
	const double magnitude =
		number->floating < 0 ? -number->floating : number->floating;

	if (!number->is_float)
		return true;
	/* NaN is not below, either. */
	if (!(magnitude < 0x1p64) || (double)(uint64_t)magnitude != magnitude)
		return false;
	number->is_float = false;
	number->magnitude = (uint64_t)magnitude;
	number->is_negative = number->floating < 0;
	return true;
}

bool
number_fit(const struct element_info *info, struct number number,
	   ConsumerValue *out)
{
	const int n_bits = info->itemsize * 8;
	const uint64_t bits =
		number.is_negative ? -number.magnitude : number.magnitude;

	if (info->kind == CONSUMER_KIND_SIGNED) {
		/* One more to the left of zero than to the right */
		const uint64_t limit =
			(UINT64_C(1) << (n_bits - 1)) - 1 + number.is_negative;

		out->signed_integer = (int64_t)bits;
		return number.magnitude <= limit;
	}
	if (info->kind == CONSUMER_KIND_BOOL) {
		out->boolean = bits != 0;
		return !number.is_negative && bits <= 1;
	}
	out->unsigned_integer = bits;
	return !number.is_negative && bits <= UINT64_MAX >> (64 - n_bits);
}
