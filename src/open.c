/* SPDX-License-Identifier: MIT */
/* A path to one ConsumerArray: mapped if it can be, otherwise read. */
#include "config.h"
#include "stream.h"

/* Whether what was asked for is there, and nothing left over that matters. */
static ConsumerStatus
check_count(const ConsumerStream *stream, uint64_t n_elements, uint64_t count,
	    uint64_t *n_trailing_bytes, ConsumerError *error)
{
	const ConsumerDescription *description =
		consumer_stream_description(stream);
	const size_t itemsize = description->element.itemsize;
	const uint64_t n_trailing = consumer_stream_n_trailing_bytes(stream);
	const bool is_raw = description->format == CONSUMER_FILE_RAW;

	if (!is_raw && count == CONSUMER_ALL) {
		if (n_trailing > 0 && !n_trailing_bytes)
			return fail(error, CONSUMER_ERR_DATA,
				    "%llu byte%s left over behind the array",
				    (unsigned long long)n_trailing,
				    n_trailing == 1 ? " is" : "s are");
		if (n_trailing_bytes)
			*n_trailing_bytes = n_trailing;
		return CONSUMER_OK;
	}
	return consumer_count_elements(
		n_elements * itemsize + (is_raw ? n_trailing : 0), itemsize, 0,
		count, &n_elements, n_trailing_bytes, error);
}

/* Gives a 1-D array, which stays its owner, a shape. */
static ConsumerStatus
reshape(ConsumerArray *array, int ndim, const ptrdiff_t *shape,
	ConsumerError *error)
{
	ConsumerArray shaped;
	ConsumerStatus status = consumer_array_cast(array, array->element, ndim,
						    shape, &shaped, error);

	if (status)
		return status;
	hand_over(array, &shaped);
	*array = shaped;
	return CONSUMER_OK;
}

/* Makes '*out' all of the stream, or its first 'count' elements. */
static ConsumerStatus
take_array(ConsumerStream *stream, const ConsumerSource *source, uint64_t count,
	   ConsumerArray *out, uint64_t *n_trailing_bytes, ConsumerError *error)
{
	const ConsumerDescription *description =
		consumer_stream_description(stream);
	const bool is_npy = description->format == CONSUMER_FILE_NPY;
	ConsumerArray array;
	ConsumerStatus status;

	/* The shape is known to be the header's. */
	if (is_npy && source->shape)
		count = CONSUMER_ALL;
	if (count != CONSUMER_ALL && description->is_fortran_order &&
	    description->ndim > 1)
		return fail_argument(error, "count",
				     "%llu cannot be taken from an array in "
				     "Fortran order",
				     (unsigned long long)count);
	status = stream_take(stream, count, &array, error);
	if (status)
		return status;
	status = check_count(stream, (uint64_t)array.n_elements, count,
			     n_trailing_bytes, error);
	if (!status && is_npy && count == CONSUMER_ALL && array.ndim == 1)
		status = reshape(&array, description->ndim, description->shape,
				 error);
	else if (!status && !is_npy && source->shape)
		status = reshape(&array, source->ndim, source->shape, error);
	if (status)
		consumer_array_release(&array);
	else
		*out = array;
	return status;
}

ConsumerStatus
consumer_array_open(const char *path, ConsumerOpenMode mode,
		    const ConsumerSource *source, uint64_t offset_bytes,
		    uint64_t count, const ConsumerInterrupt *interrupt,
		    ConsumerArray *out, uint64_t *n_trailing_bytes,
		    ConsumerError *error)
{
	ConsumerSelection selection = CONSUMER_SELECT_ALL;
	uint64_t n_trailing = 0;
	ConsumerStream *stream;
	ConsumerStatus status;

	if ((unsigned)mode > CONSUMER_OPEN_COPY_ON_WRITE)
		return fail(error, CONSUMER_ERR_ARGUMENT, "there is no mode %d",
			    (int)mode);
	selection.offset_bytes = offset_bytes;
	selection.max = count;
	status = stream_open(path, -1, source, &selection, mode, interrupt,
			     &stream, error);
	if (status)
		return status;
	status = take_array(stream, source, count, out,
			    n_trailing_bytes ? &n_trailing : NULL, error);
	consumer_stream_close(stream);
	if (!status && n_trailing_bytes)
		*n_trailing_bytes = n_trailing;
	return status;
}
