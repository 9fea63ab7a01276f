/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "source.h"
#include "element.h"
#include "npy.h"
#include "shape.h"

#include <string.h>

ConsumerStatus
source_check(const ConsumerSource *source, ConsumerError *error)
{
	ConsumerStatus status = element_check(source->element, error);

	if (!status && (unsigned)source->format > CONSUMER_FILE_NPY)
		status =
			fail(error, CONSUMER_ERR_ARGUMENT,
			     "there is no file format %d", (int)source->format);
	if (!status && source->shape)
		status = shape_check(source->ndim, source->shape, error);
	return status;
}

/* --- The header --------------------------------------------------------- */

/* No more is waited for than the first byte that differs. */
static ConsumerStatus
look_for_magic(struct input *input, bool *has_magic, ConsumerError *error)
{
	ConsumerStatus status = CONSUMER_OK;

	*has_magic = true;
	for (size_t n = 1; !status && *has_magic && n <= NPY_MAGIC_BYTES; n++) {
		status = input_peek(input, n, error);
		*has_magic = !status && input_n_waiting(input) >= n &&
			     memcmp(input_bytes(input), NPY_MAGIC, n) == 0;
	}
	return status;
}

/* The next 'n_bytes' bytes must exist. */
static ConsumerStatus
peek_header(struct input *input, size_t n_bytes, ConsumerError *error)
{
	ConsumerStatus status = input_peek(input, n_bytes, error);

	if (!status && input_n_waiting(input) < n_bytes)
		status = fail(error, CONSUMER_ERR_DATA,
			      ".npy header: the file ends inside it");
	return status;
}

static ConsumerStatus
read_header(struct input *input, ConsumerDescription *out, uint64_t *n_declared,
	    ConsumerError *error)
{
	size_t header_bytes;
	ptrdiff_t n_elements;
	ConsumerStatus status = peek_header(input, NPY_PREFIX_BYTES, error);

	if (!status)
		status = npy_measure(input_bytes(input), &header_bytes, error);
	if (!status)
		status = peek_header(input, header_bytes, error);
	if (!status)
		status = npy_parse(input_bytes(input), header_bytes, out,
				   &n_elements, error);
	if (status)
		return status;
	*n_declared = (uint64_t)n_elements;
	input->n_ahead += header_bytes;
	return CONSUMER_OK;
}

/* --- What the caller says of it ----------------------------------------- */

static const char *
order_name(ConsumerByteOrder byte_order)
{
	return byte_order == CONSUMER_BIG_ENDIAN ? "big-endian"
						 : "little-endian";
}

/* A message has room for so much of a shape. */
#define MAX_SHAPE_LENGTH 79

static void
describe_shape(char text[CONSUMER_SHAPE_SIZE], int ndim, const ptrdiff_t *shape)
{
	if (consumer_shape_text(ndim, shape, text) > MAX_SHAPE_LENGTH)
		memcpy(text + MAX_SHAPE_LENGTH - 3, "...", 4);
}

static ConsumerStatus
check_shape(const ConsumerDescription *description,
	    const ConsumerSource *source, ConsumerError *error)
{
	char says[CONSUMER_SHAPE_SIZE], given[CONSUMER_SHAPE_SIZE];

	if (!source->shape ||
	    (source->ndim == description->ndim &&
	     memcmp(source->shape, description->shape,
		    (size_t)source->ndim * sizeof(*source->shape)) == 0))
		return CONSUMER_OK;
	describe_shape(says, description->ndim, description->shape);
	describe_shape(given, source->ndim, source->shape);
	return fail(error, CONSUMER_ERR_DATA,
		    "the .npy header says shape %s, not %s", says, given);
}

/* Whether the header agrees with what the caller says of it. */
static ConsumerStatus
check_header(ConsumerDescription *description, const ConsumerSource *source,
	     ConsumerError *error)
{
	ConsumerElement *element = &description->element;
	const ConsumerElement given = source->element;

	if (source->type_is_given && given.type == CONSUMER_CHAR &&
	    element->type == CONSUMER_UINT8)
		element->type = CONSUMER_CHAR;
	if (source->type_is_given && element->type != given.type)
		return fail(error, CONSUMER_ERR_DATA,
			    "the .npy header says %s, not %s",
			    consumer_type_name(element->type),
			    consumer_type_name(given.type));
	if (source->byte_order_is_given && element->itemsize > 1 &&
	    element->byte_order != given.byte_order)
		return fail(error, CONSUMER_ERR_DATA,
			    "the .npy header says %s, not %s",
			    order_name(element->byte_order),
			    order_name(given.byte_order));
	return check_shape(description, source, error);
}

ConsumerStatus
source_identify(struct input *input, const ConsumerSource *source,
		ConsumerDescription *out, uint64_t *n_declared,
		ConsumerError *error)
{
	bool has_magic = false;
	ConsumerStatus status = CONSUMER_OK;

	*n_declared = CONSUMER_ALL;
	*out = (ConsumerDescription){
		.format = CONSUMER_FILE_RAW,
		.element = source->element,
		.ndim = 1,
		.shape = { -1 },
	};
	if (source->format != CONSUMER_FILE_RAW)
		status = look_for_magic(input, &has_magic, error);
	if (!status && has_magic)
		status = read_header(input, out, n_declared, error);
	if (!status && has_magic)
		status = check_header(out, source, error);
	if (!status && !has_magic && source->format == CONSUMER_FILE_NPY)
		status = fail(error, CONSUMER_ERR_DATA, "not a .npy file");
	return status;
}
