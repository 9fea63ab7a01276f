/* SPDX-License-Identifier: MIT */
/* Elements equal as numbers: arrays with each other, and with one value. */
#include "config.h"
#include "element.h"
#include "guard.h"
#include "kernels.h"
#include "number.h"

/* --- Values ------------------------------------------------------------- */

static bool
numbers_are_equal(struct number a, struct number b)
{
	if (a.is_float && b.is_float)
		return a.floating == b.floating;
	return number_make_integer(&a) && number_make_integer(&b) &&
	       a.magnitude == b.magnitude && a.is_negative == b.is_negative;
}

/* Whether values of these kinds can be equal at all. */
static bool
are_comparable(ConsumerKind a, ConsumerKind b)
{
	return a != CONSUMER_KIND_NONE && b != CONSUMER_KIND_NONE &&
	       (a == CONSUMER_KIND_CHAR) == (b == CONSUMER_KIND_CHAR);
}

/* Whether there is anything that can be equal; no elements always are. */
static bool
kinds_allow_equal(const ConsumerArray *array, const ConsumerArray *other)
{
	const ConsumerKind kind = consumer_type_kind(array->element.type);
	const ConsumerKind other_kind = consumer_type_kind(other->element.type);

	if (array->n_elements == 0)
		return kind != CONSUMER_KIND_NONE &&
		       other_kind != CONSUMER_KIND_NONE;
	return are_comparable(kind, other_kind);
}

/*
 * Finds the value of 'type' that equals 'value' of 'kind', in the member of the
 * type's own kind.  False: there is none.
 */
static bool
convert_exactly(ConsumerKind kind, ConsumerValue value, ConsumerType type,
		ConsumerValue *out)
{
	const struct element_info *info = &element_table[type];
	struct number number = number_from(kind, value);

	if (!are_comparable(kind, info->kind))
		return false;
	if (info->kind != CONSUMER_KIND_FLOAT)
		return number_make_integer(&number) &&
		       number_fit(info, number, out);
	if (!number.is_float) {
		number.floating = number_to_double(number);
		number.is_float = true;
		if (!numbers_are_equal(number, number_from(kind, value)))
			return false;
	}
	out->floating = number.floating;
	return type == CONSUMER_FLOAT64 ||
	       (double)(float)number.floating == number.floating;
}

/* --- Arrays ------------------------------------------------------------- */

static bool
shapes_are_equal(const ConsumerArray *array, const ConsumerArray *other)
{
	const ptrdiff_t *shape = consumer_array_shape(array);
	const ptrdiff_t *other_shape = consumer_array_shape(other);

	if (array->ndim != other->ndim)
		return false;
	for (int axis = 0; axis < array->ndim; axis++) {
		if (shape[axis] != other_shape[axis])
			return false;
		if (shape[axis] == 0)
			return true;
	}
	return true;
}

/*
 * The elements from 'start' on, if they are native and back to back and may be
 * touched, so that small arrays need no walk; otherwise NULL.
 */
static const void *
plain_elements(const ConsumerArray *array, ptrdiff_t start)
{
	if (array->n_elements == 0 || element_is_swapped(array->element) ||
	    !consumer_array_is_c_contiguous(array) ||
	    (array->backing && guard_must_fetch()))
		return NULL;
	return (const char *)array->data +
	       start * (ptrdiff_t)array->element.itemsize;
}

/* Blocks of two arrays that are consumed at the same pace. */
struct side {
	ConsumerElement element; /* of the blocks: native */
	ConsumerBlocks blocks;
	const unsigned char *block;
	size_t n_left;
};

static void
begin_side(struct side *side, const ConsumerArray *array)
{
	side->element = consumer_element(array->element.type);
	side->n_left = 0;
	consumer_blocks_begin(&side->blocks, array, 0, array->n_elements);
}

static bool
refill_side(struct side *side)
{
	if (side->n_left == 0)
		side->block =
			consumer_blocks_next(&side->blocks, &side->n_left);
	return side->block;
}

static void
move_side(struct side *side, size_t n_elements)
{
	side->block += n_elements * side->element.itemsize;
	side->n_left -= n_elements;
}

/* 'n_elements' elements of types that differ. */
static bool
values_are_equal(const struct side *a, const struct side *b, size_t n_elements)
{
	const ConsumerKind a_kind = consumer_type_kind(a->element.type);
	const ConsumerKind b_kind = consumer_type_kind(b->element.type);

	for (size_t i = 0; i < n_elements; i++) {
		const ConsumerValue a_value = consumer_element_load(
			a->element, a->block + i * a->element.itemsize);
		const ConsumerValue b_value = consumer_element_load(
			b->element, b->block + i * b->element.itemsize);

		if (!numbers_are_equal(number_from(a_kind, a_value),
				       number_from(b_kind, b_value)))
			return false;
	}
	return true;
}

/* Of arrays of one shape, whose kinds are comparable. */
static bool
elements_are_equal(const ConsumerArray *array, const ConsumerArray *other)
{
	const ConsumerType type = array->element.type;
	const bool is_same_type = type == other->element.type;
	const void *elements = plain_elements(array, 0);
	const void *others = plain_elements(other, 0);
	struct side a, b;

	if (is_same_type && elements && others)
		return search_kernels_for(type)->equal(
			elements, others, (size_t)array->n_elements);
	begin_side(&a, array);
	begin_side(&b, other);
	while (refill_side(&a) && refill_side(&b)) {
		const size_t n = MIN(a.n_left, b.n_left);

		if (is_same_type ? !search_kernels_for(type)->equal(a.block,
								    b.block, n)
				 : !values_are_equal(&a, &b, n))
			return false;
		move_side(&a, n);
		move_side(&b, n);
	}
	return true;
}

bool
consumer_array_equal(const ConsumerArray *array, const ConsumerArray *other)
{
	unsigned float_mode;
	bool are_equal;

	if (!shapes_are_equal(array, other) || !kinds_allow_equal(array, other))
		return false;
	float_mode = float_mode_set_default();
	are_equal = elements_are_equal(array, other);
	float_mode_restore(float_mode);
	return are_equal;
}

static ptrdiff_t
find_in_blocks(const ConsumerArray *array, ptrdiff_t start, ptrdiff_t stop,
	       ConsumerValue value)
{
	const ConsumerType type = array->element.type;
	ConsumerBlocks blocks;
	const void *block;
	size_t n;

	consumer_blocks_begin(&blocks, array, start, stop - start);
	while ((block = consumer_blocks_next(&blocks, &n))) {
		const size_t index =
			search_kernels_for(type)->find(block, n, value);

		if (index < n)
			return start + (ptrdiff_t)index;
		start += (ptrdiff_t)n;
	}
	return -1;
}

static ptrdiff_t
find_value(const ConsumerArray *array, ptrdiff_t start, ptrdiff_t stop,
	   ConsumerKind kind, ConsumerValue value)
{
	const ConsumerType type = array->element.type;
	const size_t n_elements = (size_t)(stop - start);
	const void *elements;
	size_t index;

	if (start >= stop || !convert_exactly(kind, value, type, &value))
		return -1;
	elements = plain_elements(array, start);
	if (!elements)
		return find_in_blocks(array, start, stop, value);
	index = search_kernels_for(type)->find(elements, n_elements, value);
	return index < n_elements ? start + (ptrdiff_t)index : -1;
}

ptrdiff_t
consumer_array_find(const ConsumerArray *array, ptrdiff_t start, ptrdiff_t stop,
		    ConsumerKind kind, ConsumerValue value)
{
	const unsigned float_mode = float_mode_set_default();
	const ptrdiff_t index = find_value(array, start, stop, kind, value);

	float_mode_restore(float_mode);
	return index;
}

static ptrdiff_t
count_value(const ConsumerArray *array, ConsumerKind kind, ConsumerValue value)
{
	const ConsumerType type = array->element.type;
	size_t n_found = 0, n;
	ConsumerBlocks blocks;
	const void *block;

	if (!convert_exactly(kind, value, type, &value))
		return 0;
	consumer_blocks_begin(&blocks, array, 0, array->n_elements);
	while ((block = consumer_blocks_next(&blocks, &n)))
		n_found += search_kernels_for(type)->count(block, n, value);
	return (ptrdiff_t)n_found;
}

ptrdiff_t
consumer_array_count(const ConsumerArray *array, ConsumerKind kind,
		     ConsumerValue value)
{
	const unsigned float_mode = float_mode_set_default();
	const ptrdiff_t n_found = count_value(array, kind, value);

	float_mode_restore(float_mode);
	return n_found;
}
