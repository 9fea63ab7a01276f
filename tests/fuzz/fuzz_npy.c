/* SPDX-License-Identifier: MIT */
/*
 * The header of a .npy file: the input's first byte is the version, the rest
 * the dictionary.  What is read is plausible, and is the same after it was
 * written and read again.  The input as it is also goes to npy_measure().
 */
#include "config.h"
#include "fuzz.h"
#include "npy.h"

static void
measure(const uint8_t *data)
{
	const unsigned char *prefix = fuzz_copy(data, NPY_PREFIX_BYTES);
	size_t n_bytes;
	ConsumerError error;
	ConsumerStatus status;

	POISON(n_bytes);
	status = npy_measure(prefix, &n_bytes, &error);
	if (status == CONSUMER_OK) {
		require(n_bytes >= 10 && n_bytes <= NPY_MAX_HEADER_BYTES, "%zu",
			n_bytes);
		return;
	}
	require(status == CONSUMER_ERR_DATA, "%d", (int)status);
	fuzz_check_error(status, &error);
	require_untouched(n_bytes);
}

/* Puts magic, version and length before the dictionary. */
static unsigned char *
make_header(int version, const uint8_t *dictionary, size_t length,
	    size_t *n_bytes)
{
	const size_t n_length_bytes = version == 1 ? 2 : 4;
	const size_t n_prefix = 8 + n_length_bytes;
	unsigned char *header = fuzz_memory(FUZZ_IN, n_prefix + length);

	memcpy(header, NPY_MAGIC, NPY_MAGIC_BYTES);
	header[6] = (unsigned char)version;
	header[7] = 0;
	for (size_t i = 0; i < n_length_bytes; i++)
		header[8 + i] = (unsigned char)(length >> 8 * i);
	memcpy(header + n_prefix, dictionary, length);
	*n_bytes = n_prefix + length;
	return header;
}

static void
check_description(const ConsumerDescription *got, ptrdiff_t n_elements,
		  size_t header_bytes)
{
	const size_t itemsize = got->element.itemsize;
	uint64_t n = 1;

	require(got->format == CONSUMER_FILE_NPY, "%d", (int)got->format);
	require(got->element.type > CONSUMER_OPAQUE &&
			got->element.type < CONSUMER_N_TYPES &&
			itemsize ==
				consumer_element(got->element.type).itemsize,
		"type %d", (int)got->element.type);
	require(got->ndim >= 0 && got->ndim <= CONSUMER_MAX_NDIM, "%d",
		got->ndim);
	require(got->header_bytes == header_bytes, "%zu", got->header_bytes);
	for (int axis = 0; axis < got->ndim; axis++)
		require(got->shape[axis] >= 0, "axis %d", axis);
	for (int axis = 0; axis < got->ndim; axis++)
		n = got->shape[axis] ? n : 0;
	/* Without a 0, it stays in the range of n_elements. */
	for (int axis = 0; axis < got->ndim && n > 0; axis++) {
		require(n <= (uint64_t)(PTRDIFF_MAX / got->shape[axis]),
			"too many elements");
		n *= (uint64_t)got->shape[axis];
	}
	require(n == (uint64_t)n_elements, "%td", n_elements);
	require(n <= (PTRDIFF_MAX - header_bytes) / itemsize, "too many bytes");
}

static void
check_written(const ConsumerDescription *want, ptrdiff_t n_wanted)
{
	char *header = (char *)fuzz_memory(FUZZ_OUT, NPY_WRITTEN_BYTES);
	const size_t n = npy_format(want->element, want->is_fortran_order,
				    want->ndim, want->shape, header);
	ConsumerDescription got;
	ptrdiff_t n_elements;
	size_t n_measured;
	ConsumerError error;

	require(n % 64 == 0 && n <= NPY_WRITTEN_BYTES, "%zu", n);
	require(!npy_measure((unsigned char *)header, &n_measured, &error) &&
			n_measured == n,
		"%s", error.message);
	if (npy_parse((unsigned char *)header, n, &got, &n_elements, &error)) {
		/* What just fits may not fit behind a longer header. */
		require(n > want->header_bytes && n_wanted > PTRDIFF_MAX / 16,
			"%s", error.message);
		return;
	}
	/* A single byte has no order, also where the header gave it one. */
	require(got.element.type == want->element.type &&
			(got.element.itemsize == 1 ||
			 got.element.byte_order == want->element.byte_order) &&
			got.ndim == want->ndim && n_elements == n_wanted &&
			got.is_fortran_order == want->is_fortran_order,
		"written: %.*s", (int)n, header);
	for (int axis = 0; axis < got.ndim; axis++)
		require(got.shape[axis] == want->shape[axis], "axis %d", axis);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	const unsigned char *header;
	ConsumerDescription got;
	ptrdiff_t n_elements;
	size_t header_bytes, n_measured;
	ConsumerError error;
	ConsumerStatus status;

	if (n_bytes >= NPY_PREFIX_BYTES)
		measure(data);
	if (n_bytes < 3 || n_bytes > 4096)
		return 0;
	header = make_header(1 + data[0] % 3, data + 1, n_bytes - 1,
			     &header_bytes);
	require(!npy_measure(header, &n_measured, NULL) &&
			n_measured == header_bytes,
		"%zu", n_measured);
	POISON(got);
	POISON(n_elements);
	status = npy_parse(header, header_bytes, &got, &n_elements, &error);
	if (status) {
		require(status == CONSUMER_ERR_DATA, "%d", (int)status);
		fuzz_check_error(status, &error);
		require_untouched(got);
		require_untouched(n_elements);
		return 0;
	}
	check_description(&got, n_elements, header_bytes);
	check_written(&got, n_elements);
	return 0;
}
