/* SPDX-License-Identifier: MIT */
/*
 * Views: the input is an element, a shape, strides and what to do with the
 * array.  A slow oracle keeps the offset of each element in a list, and does
 * the same to the list, index by index.
 */
#include "config.h"
#include "fuzz.h"

#define MAX_NDIM     5
#define MAX_ELEMENTS 4096

/* Elements by their offsets, in C order. */
struct oracle {
	ConsumerElement element;
	int ndim;
	ptrdiff_t shape[MAX_NDIM];
	ptrdiff_t n_elements;
	ptrdiff_t offsets[MAX_ELEMENTS];
};

/* --- The slow way --------------------------------------------------------- */

static ptrdiff_t
count_elements(const struct oracle *oracle)
{
	ptrdiff_t n = 1;

	for (int axis = 0; axis < oracle->ndim; axis++)
		n *= oracle->shape[axis];
	return n;
}

/* The index of element 'i' of the flat array. */
static void
unflatten(const struct oracle *oracle, ptrdiff_t i, ptrdiff_t index[MAX_NDIM])
{
	for (int axis = oracle->ndim - 1; axis >= 0; axis--) {
		index[axis] = i % oracle->shape[axis];
		i /= oracle->shape[axis];
	}
}

static ptrdiff_t
flatten(const struct oracle *oracle, const ptrdiff_t index[MAX_NDIM])
{
	ptrdiff_t i = 0;

	for (int axis = 0; axis < oracle->ndim; axis++)
		i = i * oracle->shape[axis] + index[axis];
	return i;
}

static void
oracle_wrap(struct oracle *oracle, const ptrdiff_t *strides)
{
	ptrdiff_t index[MAX_NDIM];

	oracle->n_elements = count_elements(oracle);
	for (ptrdiff_t i = 0; i < oracle->n_elements; i++) {
		unflatten(oracle, i, index);
		oracle->offsets[i] = 0;
		for (int axis = 0; axis < oracle->ndim; axis++)
			oracle->offsets[i] += index[axis] * strides[axis];
	}
}

/* False: an element that there is not. */
static bool
oracle_slice(struct oracle *oracle, int axis, ptrdiff_t start, ptrdiff_t n,
	     ptrdiff_t step)
{
	static struct oracle old;
	ptrdiff_t index[MAX_NDIM];

	if (axis < 0 || axis >= oracle->ndim || n < 0 || step == 0)
		return false;
	for (ptrdiff_t i = 0; i < n; i++) {
		if (start + i * step < 0 ||
		    start + i * step >= oracle->shape[axis])
			return false;
	}
	old = *oracle;
	oracle->shape[axis] = n;
	oracle->n_elements = count_elements(oracle);
	for (ptrdiff_t i = 0; i < oracle->n_elements; i++) {
		unflatten(oracle, i, index);
		index[axis] = start + index[axis] * step;
		oracle->offsets[i] = old.offsets[flatten(&old, index)];
	}
	return true;
}

static bool
oracle_select(struct oracle *oracle, int axis, ptrdiff_t index)
{
	if (!oracle_slice(oracle, axis, index, 1, 1))
		return false;
	oracle->ndim--;
	for (int i = axis; i < oracle->ndim; i++)
		oracle->shape[i] = oracle->shape[i + 1];
	return true;
}

/* The axis whose index varies fastest is the last one, or the first. */
static bool
oracle_is_contiguous(const struct oracle *oracle, bool in_c_order)
{
	struct oracle reversed = { .ndim = oracle->ndim };
	ptrdiff_t index[MAX_NDIM], other[MAX_NDIM];

	for (int axis = 0; axis < oracle->ndim; axis++)
		reversed.shape[axis] = oracle->shape[oracle->ndim - 1 - axis];
	for (ptrdiff_t i = 0; i < oracle->n_elements; i++) {
		ptrdiff_t place = i;

		if (!in_c_order) {
			unflatten(oracle, i, index);
			for (int axis = 0; axis < oracle->ndim; axis++)
				other[oracle->ndim - 1 - axis] = index[axis];
			place = flatten(&reversed, other);
		}
		if (oracle->offsets[i] - oracle->offsets[0] !=
		    place * (ptrdiff_t)oracle->element.itemsize)
			return false;
	}
	return true;
}

static bool
oracle_cast(struct oracle *oracle, ConsumerElement element)
{
	const ptrdiff_t n_bytes =
		oracle->n_elements * (ptrdiff_t)oracle->element.itemsize;
	const ptrdiff_t itemsize = (ptrdiff_t)element.itemsize;

	if (!oracle_is_contiguous(oracle, true) || n_bytes % itemsize ||
	    n_bytes / itemsize > MAX_ELEMENTS)
		return false;
	oracle->element = element;
	oracle->ndim = 1;
	oracle->shape[0] = oracle->n_elements = n_bytes / itemsize;
	for (ptrdiff_t i = 1; i < oracle->n_elements; i++)
		oracle->offsets[i] = oracle->offsets[0] + i * itemsize;
	return true;
}

/* --- Both ways ------------------------------------------------------------ */

/* Native, as blocks give them. */
static void
oracle_copy(const struct oracle *oracle, const unsigned char *origin,
	    ptrdiff_t i, bool native, unsigned char *out)
{
	const size_t itemsize = oracle->element.itemsize;
	const bool swap =
		native && oracle->element.byte_order != CONSUMER_NATIVE_ENDIAN;

	for (size_t k = 0; k < itemsize; k++)
		out[k] = origin[oracle->offsets[i] +
				(ptrdiff_t)(swap ? itemsize - 1 - k : k)];
}

static void
check_bytes(const ConsumerArray *array, const struct oracle *oracle,
	    const unsigned char *origin)
{
	const size_t itemsize = oracle->element.itemsize;
	unsigned char *out =
		fuzz_memory(FUZZ_OUT, (size_t)oracle->n_elements * itemsize);
	unsigned char want[8];

	consumer_array_copy_bytes(array, out);
	for (ptrdiff_t i = 0; i < oracle->n_elements; i++) {
		oracle_copy(oracle, origin, i, false, want);
		require(!memcmp(out + (size_t)i * itemsize, want, itemsize),
			"element %td", i);
	}
}

static void
check_blocks(const ConsumerArray *array, const struct oracle *oracle,
	     const unsigned char *origin, ptrdiff_t start, ptrdiff_t n_wanted)
{
	const size_t itemsize = oracle->element.itemsize;
	const unsigned char *block;
	ConsumerBlocks blocks;
	unsigned char want[8];
	ptrdiff_t at = start;
	size_t n;

	consumer_blocks_begin(&blocks, array, start, n_wanted);
	while ((block = consumer_blocks_next(&blocks, &n))) {
		require(n > 0 && n * itemsize <= CONSUMER_BLOCK_BYTES, "%zu",
			n);
		for (size_t i = 0; i < n; i++, at++) {
			require(at < start + n_wanted, "too many elements");
			oracle_copy(oracle, origin, at, true, want);
			require(!memcmp(block + i * itemsize, want, itemsize),
				"element %td", at);
		}
	}
	require(at == start + n_wanted, "%td elements", at - start);
}

/* The first element, found again: its value is at its place or before. */
static void
check_search(const ConsumerArray *array, const struct oracle *oracle,
	     const unsigned char *origin, ptrdiff_t wanted)
{
	const ConsumerKind kind = consumer_type_kind(oracle->element.type);
	ConsumerValue value, other;
	ptrdiff_t first = -1, n = 0;

	if (oracle->n_elements == 0 || kind == CONSUMER_KIND_FLOAT)
		return;
	value = consumer_element_load(
		oracle->element,
		origin + oracle->offsets[wanted % oracle->n_elements]);
	for (ptrdiff_t i = 0; i < oracle->n_elements; i++) {
		other = consumer_element_load(oracle->element,
					      origin + oracle->offsets[i]);
		if (kind == CONSUMER_KIND_BOOL
			    ? other.boolean != value.boolean
			    : other.unsigned_integer != value.unsigned_integer)
			continue;
		first = first < 0 ? i : first;
		n++;
	}
	require(consumer_array_find(array, 0, array->n_elements, kind, value) ==
			first,
		"not at %td", first);
	require(consumer_array_count(array, kind, value) == n, "not %td", n);
}

static void
check_array(const ConsumerArray *array, const struct oracle *oracle,
	    const unsigned char *origin, uint64_t choice)
{
	const ptrdiff_t n = oracle->n_elements;
	const ptrdiff_t start = (ptrdiff_t)(choice % (uint64_t)(n + 1));

	require(array->ndim == oracle->ndim && array->n_elements == n,
		"%d dimensions, %td elements", array->ndim, array->n_elements);
	for (int axis = 0; axis < array->ndim; axis++)
		require(consumer_array_shape(array)[axis] ==
				oracle->shape[axis],
			"axis %d", axis);
	require(consumer_array_is_c_contiguous(array) ==
			oracle_is_contiguous(oracle, true),
		"C order");
	require(consumer_array_is_f_contiguous(array) ==
			oracle_is_contiguous(oracle, false),
		"Fortran order");
	check_bytes(array, oracle, origin);
	check_blocks(array, oracle, origin, 0, n);
	check_blocks(array, oracle, origin, start,
		     (n - start) / (ptrdiff_t)(1 + choice / 256 % 3));
	check_search(array, oracle, origin, start);
}

/* --- The input ------------------------------------------------------------ */

static ConsumerElement
take_element(struct fuzz_input *input)
{
	const uint64_t choice = fuzz_take(input, 1);
	ConsumerElement element = consumer_element(
		(ConsumerType)(1 + choice % (CONSUMER_N_TYPES - 1)));

	element.byte_order =
		choice & 0x80 ? CONSUMER_BIG_ENDIAN : CONSUMER_LITTLE_ENDIAN;
	return element;
}

static ptrdiff_t
take_small(struct fuzz_input *input)
{
	return (int8_t)fuzz_take(input, 1);
}

/* Shape and strides; false: more elements or bytes than there is room for. */
static bool
take_layout(struct fuzz_input *input, struct oracle *oracle,
	    ptrdiff_t strides[MAX_NDIM], ptrdiff_t *least, ptrdiff_t *most)
{
	const ptrdiff_t itemsize = (ptrdiff_t)oracle->element.itemsize;
	ptrdiff_t n = 1, dense = itemsize;

	*least = *most = 0;
	for (int axis = oracle->ndim - 1; axis >= 0; axis--) {
		const ptrdiff_t length = (ptrdiff_t)fuzz_take(input, 1) % 70;
		const ptrdiff_t stride = take_small(input);

		oracle->shape[axis] = length;
		/* In bytes, in elements, or what would be contiguous. */
		strides[axis] = stride == 127	? dense
				: stride == 126 ? -dense
				: stride & 1	? stride
						: stride / 2 * itemsize;
		dense *= MAX(length, 1);
		n *= length;
		if (n > MAX_ELEMENTS || dense > FUZZ_MAX_BYTES / 2)
			return false;
		*(strides[axis] < 0 ? least : most) +=
			strides[axis] * MAX(length - 1, 0);
	}
	if (n == 0)
		*least = *most = 0;
	*most += n ? itemsize : 0;
	return *most - *least <= FUZZ_MAX_BYTES;
}

/* One change of both; returns whether there was one. */
static bool
change(struct fuzz_input *input, ConsumerArray *array, struct oracle *oracle)
{
	const uint64_t what = fuzz_take(input, 1) % 3;
	const int axis = (int)take_small(input) % (MAX_NDIM + 1);
	const ptrdiff_t start = take_small(input);
	ConsumerArray out;
	ConsumerError error;
	ConsumerStatus status;
	bool is_possible;

	POISON(out);
	if (what == 0) {
		const ptrdiff_t n = take_small(input);
		const ptrdiff_t step = take_small(input);

		status = consumer_array_slice(array, axis, start, n, step, &out,
					      &error);
		is_possible = oracle_slice(oracle, axis, start, n, step);
	} else if (what == 1) {
		status =
			consumer_array_select(array, axis, start, &out, &error);
		is_possible = oracle_select(oracle, axis, start);
	} else {
		const ConsumerElement element = take_element(input);

		status = consumer_array_cast(array, element, 1, NULL, &out,
					     &error);
		is_possible = oracle_cast(oracle, element);
		if (!is_possible && status == CONSUMER_OK &&
		    out.n_elements > MAX_ELEMENTS) {
			consumer_array_release(&out);
			return false;
		}
	}
	require((status == CONSUMER_OK) == is_possible, "change %d: status %d",
		(int)what, (int)status);
	if (status) {
		fuzz_check_error(status, &error);
		require_untouched(out);
		return false;
	}
	/* A view borrows of the memory only, so that the array may go. */
	consumer_array_release(array);
	*array = out;
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	struct fuzz_input input = { data, n_bytes };
	static struct oracle oracle;
	ptrdiff_t strides[MAX_NDIM], least, most;
	unsigned char *memory;
	ConsumerArray array;
	ConsumerError error;
	uint64_t state;
	int n_changes = 0;

	oracle.element = take_element(&input);
	oracle.ndim = (int)(fuzz_take(&input, 1) % (MAX_NDIM + 1));
	state = fuzz_take(&input, 1);
	if (!take_layout(&input, &oracle, strides, &least, &most))
		return 0;
	memory = fuzz_memory(FUZZ_IN, (size_t)(most - least));
	for (ptrdiff_t i = 0; i < most - least; i++)
		memory[i] = (unsigned char)((state = state * 5 + 77) >> 3);
	require(!consumer_array_wrap(memory - least, oracle.element,
				     oracle.ndim, oracle.shape, strides, true,
				     &array, &error),
		"%s", error.message);
	oracle_wrap(&oracle, strides);
	do {
		check_array(&array, &oracle, memory - least,
			    fuzz_take(&input, 2));
	} while (input.n_left > 0 && n_changes++ < 8 &&
		 change(&input, &array, &oracle));
	consumer_array_release(&array);
	return 0;
}
