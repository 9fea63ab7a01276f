/* SPDX-License-Identifier: MIT */
/* Elements to a file as they are, raw or behind the header of a .npy file. */
#include "config.h"
#include "blocks.h"
#include "element.h"
#include "npy.h"
#include "shape.h"

#include <stdlib.h>

ConsumerStatus
consumer_array_write_bytes(const ConsumerArray *array, ptrdiff_t start,
			   ptrdiff_t n_elements, ConsumerWriter writer,
			   ConsumerError *error)
{
	const size_t itemsize = array->element.itemsize;
	uint64_t n_done = 0;
	struct blocks_room copies = { NULL, 0 };
	ConsumerBlocks blocks;
	const void *block;
	size_t n;
	ConsumerStatus status;

	if (n_elements == 0)
		return CONSUMER_OK;
	if (consumer_array_is_c_contiguous(array) && !array->backing)
		return writer.write(writer.context,
				    (const char *)array->data +
					    (size_t)start * itemsize,
				    (size_t)n_elements * itemsize, error);
	blocks_begin_bytes(&blocks, array, start, n_elements);
	do {
		status = blocks_next_safe(&blocks, array, &copies, &block, &n,
					  error);
		if (status || !block)
			break;
		status = writer.write(writer.context, block, n * itemsize,
				      error);
		n_done += n;
	} while (!status);
	free(copies.bytes);
	if (status == CONSUMER_ERR_VANISHED && error)
		error->n_done = n_done;
	return status;
}

ConsumerStatus
consumer_npy_write_header(ConsumerElement element, int ndim,
			  const ptrdiff_t *shape, bool is_fortran_order,
			  ConsumerWriter writer, ConsumerError *error)
{
	char header[NPY_WRITTEN_BYTES];
	size_t n_bytes;
	ConsumerStatus status = element_check(element, error);

	if (!status && element.type == CONSUMER_OPAQUE)
		status = fail(error, CONSUMER_ERR_ARGUMENT,
			      "elements of this type cannot be saved as .npy");
	if (!status)
		status = shape_check(ndim, shape, error);
	if (status)
		return status;
	n_bytes = npy_format(element, is_fortran_order, ndim, shape, header);
	return writer.write(writer.context, header, n_bytes, error);
}

ConsumerStatus
consumer_array_write_npy(const ConsumerArray *array, ConsumerWriter writer,
			 ConsumerError *error)
{
	const bool is_fortran_order = !consumer_array_is_c_contiguous(array) &&
				      consumer_array_is_f_contiguous(array);
	ConsumerArray memory;
	ConsumerStatus status = consumer_npy_write_header(
		array->element, array->ndim, consumer_array_shape(array),
		is_fortran_order, writer, error);

	if (status)
		return status;
	if (!is_fortran_order)
		return consumer_array_write_bytes(array, 0, array->n_elements,
						  writer, error);
	/* As it lies in memory. */
	memory =
		wrap_flat(array->data, array->element, array->n_elements, true);
	memory.backing = array->backing;
	return consumer_array_write_bytes(&memory, 0, memory.n_elements, writer,
					  error);
}
