/* SPDX-License-Identifier: MIT */
/* ConsumerArray: making views, making views of views, letting go. */
#include "config.h"
#include "element.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * Gives 'array', whose other members are set, room for 'ndim' dimensions.
 * False: no memory.
 */
static bool
allocate_dimensions(ConsumerArray *array, int ndim)
{
	array->ndim = ndim;
	array->allocated_dimensions = NULL;
	if (ndim <= 1)
		return true;
	array->allocated_dimensions =
		malloc(2 * (size_t)ndim * sizeof(ptrdiff_t));
	return array->allocated_dimensions;
}

/* Where to write what consumer_array_shape() and _strides() show. */
static ptrdiff_t *
dimensions(ConsumerArray *array)
{
	return array->ndim > 1 ? array->allocated_dimensions
			       : array->inline_dimensions;
}

static ptrdiff_t *
strides_after(ptrdiff_t *shape, int ndim)
{
	return shape + MAX(ndim, 1);
}

/* Sets '*n_elements' to the product of 'shape'; false if it is too large. */
static bool
multiply_shape(int ndim, const ptrdiff_t *shape, size_t itemsize,
	       ptrdiff_t *n_elements)
{
	ptrdiff_t product = 1;
	ptrdiff_t n_bytes;

	/* Zero first: its product is 0, whatever the other lengths are. */
	for (int axis = 0; axis < ndim; axis++) {
		if (shape[axis] == 0) {
			*n_elements = 0;
			return true;
		}
	}
	for (int axis = 0; axis < ndim; axis++) {
		if (__builtin_mul_overflow(product, shape[axis], &product))
			return false;
	}
	if (__builtin_mul_overflow(product, itemsize, &n_bytes))
		return false;
	*n_elements = product;
	return true;
}

/*
 * The strides of C-contiguous memory.  They may wrap, but only in an array
 * without elements.
 */
static void
set_c_strides(ptrdiff_t *strides, const ptrdiff_t *shape, int ndim,
	      size_t itemsize)
{
	size_t stride = itemsize;

	for (int axis = ndim - 1; axis >= 0; axis--) {
		strides[axis] = (ptrdiff_t)stride;
		stride *= (size_t)shape[axis];
	}
}

/* As above, it wraps at most where no element is a neighbour of another. */
static ptrdiff_t
multiply_stride(ptrdiff_t stride, ptrdiff_t step)
{
	return (ptrdiff_t)((size_t)stride * (size_t)step);
}

static ConsumerStatus
check_shape(ConsumerElement element, int ndim, const ptrdiff_t *shape,
	    ptrdiff_t *n_elements, ConsumerError *error)
{
	if (ndim < 0 || ndim > CONSUMER_MAX_NDIM)
		return fail(error, CONSUMER_ERR_ARGUMENT,
			    "%d dimensions: at most %d are supported", ndim,
			    CONSUMER_MAX_NDIM);
	for (int axis = 0; axis < ndim; axis++) {
		if (shape[axis] < 0)
			return fail(error, CONSUMER_ERR_ARGUMENT,
				    "negative length %td of dimension %d",
				    shape[axis], axis);
	}
	if (!multiply_shape(ndim, shape, element.itemsize, n_elements))
		return fail(error, CONSUMER_ERR_ARGUMENT,
			    "the shape has more bytes than memory can hold");
	return CONSUMER_OK;
}

size_t
consumer_shape_text(int ndim, const ptrdiff_t *shape,
		    char text[CONSUMER_SHAPE_SIZE])
{
	int n = sprintf(text, "(");

	for (int axis = 0; axis < ndim; axis++)
		n += sprintf(text + n, axis > 0 ? ", %td" : "%td", shape[axis]);
	n += sprintf(text + n, ndim == 1 ? ",)" : ")");
	return (size_t)n;
}

ConsumerStatus
consumer_array_wrap(void *data, ConsumerElement element, int ndim,
		    const ptrdiff_t *shape, const ptrdiff_t *strides,
		    bool read_only, ConsumerArray *out, ConsumerError *error)
{
	ConsumerArray array = {
		.data = data,
		.element = element,
		.read_only = read_only,
	};
	ConsumerStatus status = element_check(element, error);

	if (status)
		return status;
	status = check_shape(element, ndim, shape, &array.n_elements, error);
	if (status)
		return status;
	if (!allocate_dimensions(&array, ndim))
		return fail_memory(error);
	for (int axis = 0; axis < ndim; axis++)
		dimensions(&array)[axis] = shape[axis];
	if (strides) {
		for (int axis = 0; axis < ndim; axis++)
			strides_after(dimensions(&array), ndim)[axis] =
				strides[axis];
	} else {
		set_c_strides(strides_after(dimensions(&array), ndim), shape,
			      ndim, element.itemsize);
	}
	*out = array;
	return CONSUMER_OK;
}

void
release_malloc(ConsumerArray *array)
{
	free(array->data);
}

ConsumerStatus
consumer_array_arange(ptrdiff_t n_elements, ConsumerArray *out,
		      ConsumerError *error)
{
	int32_t *values;
	size_t n_bytes;
	ConsumerStatus status;

	/* The last value is n_elements - 1. */
	if (n_elements < 0 || n_elements - 1 > (ptrdiff_t)INT32_MAX)
		return fail(error, CONSUMER_ERR_ARGUMENT,
			    "length %td: expected 0 to 2147483648, what int32 "
			    "can count",
			    n_elements);
	/* malloc(0) may return NULL; one more byte is always memory. */
	if (__builtin_mul_overflow(n_elements, sizeof(*values), &n_bytes))
		return fail_memory(error);
	values = malloc(n_bytes + 1);
	if (!values)
		return fail_memory(error);
	for (ptrdiff_t i = 0; i < n_elements; i++)
		values[i] = (int32_t)i;
	status = consumer_array_wrap(values, consumer_element(CONSUMER_INT32),
				     1, &n_elements, NULL, false, out, error);
	if (status) {
		free(values);
		return status;
	}
	out->release = release_malloc;
	return CONSUMER_OK;
}

/* A borrowed view of 'array' with room for 'ndim' dimensions. */
static ConsumerStatus
borrow(const ConsumerArray *array, int ndim, ConsumerArray *view,
       ConsumerError *error)
{
	*view = *array;
	view->release = NULL;
	view->private_data = NULL;
	if (!allocate_dimensions(view, ndim))
		return fail_memory(error);
	return CONSUMER_OK;
}

static ConsumerStatus
check_axis(const ConsumerArray *array, int axis, ConsumerError *error)
{
	if (axis < 0 || axis >= array->ndim)
		return fail(error, CONSUMER_ERR_ARGUMENT,
			    "axis %d of an array of %d dimensions", axis,
			    array->ndim);
	return CONSUMER_OK;
}

/* The product of the lengths, which are known not to overflow. */
static ptrdiff_t
count_elements(const ConsumerArray *array)
{
	ptrdiff_t n_elements = 0;

	multiply_shape(array->ndim, consumer_array_shape(array), 1,
		       &n_elements);
	return n_elements;
}

static ConsumerStatus
check_slice(ptrdiff_t length, ptrdiff_t start, ptrdiff_t n_elements,
	    ptrdiff_t step, ConsumerError *error)
{
	ptrdiff_t last = start;

	if (step == 0)
		return fail(error, CONSUMER_ERR_ARGUMENT,
			    "slice step cannot be zero");
	if (n_elements == 0)
		return CONSUMER_OK;
	if (n_elements < 0 || start < 0 || start >= length ||
	    __builtin_mul_overflow(n_elements - 1, step, &last) ||
	    __builtin_add_overflow(last, start, &last) || last < 0 ||
	    last >= length)
		return fail(error, CONSUMER_ERR_ARGUMENT,
			    "%td elements from %td by step %td are not inside "
			    "0..%td",
			    n_elements, start, step, length);
	return CONSUMER_OK;
}

ConsumerStatus
consumer_array_slice(const ConsumerArray *array, int axis, ptrdiff_t start,
		     ptrdiff_t n_elements, ptrdiff_t step, ConsumerArray *out,
		     ConsumerError *error)
{
	ConsumerStatus status = check_axis(array, axis, error);
	const ptrdiff_t *shape, *strides;
	ptrdiff_t *view_shape, *view_strides;
	ConsumerArray view;

	if (status)
		return status;
	shape = consumer_array_shape(array);
	strides = consumer_array_strides(array);
	status = check_slice(shape[axis], start, n_elements, step, error);
	if (status)
		return status;
	status = borrow(array, array->ndim, &view, error);
	if (status)
		return status;
	view_shape = dimensions(&view);
	view_strides = strides_after(view_shape, view.ndim);
	memcpy(view_shape, shape, (size_t)view.ndim * sizeof(*shape));
	memcpy(view_strides, strides, (size_t)view.ndim * sizeof(*strides));
	view_shape[axis] = n_elements;
	view.n_elements = count_elements(&view);
	view_strides[axis] = multiply_stride(view_strides[axis], step);
	if (view.n_elements > 0)
		view.data = (char *)view.data + start * strides[axis];
	*out = view;
	return CONSUMER_OK;
}

ConsumerStatus
consumer_array_select(const ConsumerArray *array, int axis, ptrdiff_t index,
		      ConsumerArray *out, ConsumerError *error)
{
	ConsumerStatus status = check_axis(array, axis, error);
	const ptrdiff_t *shape, *strides;
	ptrdiff_t *view_shape, *view_strides;
	ConsumerArray view;

	if (status)
		return status;
	shape = consumer_array_shape(array);
	strides = consumer_array_strides(array);
	if (index < 0 || index >= shape[axis])
		return fail(error, CONSUMER_ERR_ARGUMENT,
			    "index %td is not inside 0..%td", index,
			    shape[axis]);
	status = borrow(array, array->ndim - 1, &view, error);
	if (status)
		return status;
	view_shape = dimensions(&view);
	view_strides = strides_after(view_shape, view.ndim);
	for (int from = 0, to = 0; from < array->ndim; from++) {
		if (from == axis)
			continue;
		view_shape[to] = shape[from];
		view_strides[to++] = strides[from];
	}
	view.n_elements = count_elements(&view);
	if (view.n_elements > 0)
		view.data = (char *)view.data + index * strides[axis];
	*out = view;
	return CONSUMER_OK;
}

ConsumerStatus
consumer_array_cast(const ConsumerArray *array, ConsumerElement element,
		    int ndim, const ptrdiff_t *shape, ConsumerArray *out,
		    ConsumerError *error)
{
	const size_t n_bytes =
		(size_t)array->n_elements * array->element.itemsize;
	ConsumerArray view;
	ConsumerStatus status = element_check(element, error);
	ptrdiff_t length;

	if (status)
		return status;
	if (!consumer_array_is_c_contiguous(array))
		return fail(error, CONSUMER_ERR_ARGUMENT,
			    "the array is not C-contiguous");
	if (!shape) {
		if (n_bytes % element.itemsize != 0)
			return fail(error, CONSUMER_ERR_ARGUMENT,
				    "%zu bytes are not a multiple of the "
				    "itemsize %zu",
				    n_bytes, element.itemsize);
		length = (ptrdiff_t)(n_bytes / element.itemsize);
		ndim = 1;
		shape = &length;
	}
	status = consumer_array_wrap(array->data, element, ndim, shape, NULL,
				     array->read_only, &view, error);
	if (status)
		return status;
	view.backing = array->backing;
	if ((size_t)view.n_elements * element.itemsize != n_bytes) {
		fail(error, CONSUMER_ERR_ARGUMENT,
		     "the shape has %td elements of %zu bytes, the array %zu "
		     "bytes",
		     view.n_elements, element.itemsize, n_bytes);
		consumer_array_release(&view);
		return CONSUMER_ERR_ARGUMENT;
	}
	*out = view;
	return CONSUMER_OK;
}

/* Axes first, first + direction ... from the fastest varying on. */
static bool
is_contiguous(const ConsumerArray *array, int first, int direction)
{
	const ptrdiff_t *shape = consumer_array_shape(array);
	const ptrdiff_t *strides = consumer_array_strides(array);
	ptrdiff_t stride = (ptrdiff_t)array->element.itemsize;

	if (array->n_elements == 0)
		return true;
	for (int i = 0, axis = first; i < array->ndim; i++, axis += direction) {
		if (shape[axis] != 1 && strides[axis] != stride)
			return false;
		stride *= shape[axis];
	}
	return true;
}

bool
consumer_array_is_c_contiguous(const ConsumerArray *array)
{
	return is_contiguous(array, array->ndim - 1, -1);
}

bool
consumer_array_is_f_contiguous(const ConsumerArray *array)
{
	return is_contiguous(array, 0, 1);
}

void
consumer_array_release(ConsumerArray *array)
{
	if (array->release)
		array->release(array);
	free(array->allocated_dimensions);
	*array = (ConsumerArray){ .element = array->element };
}

ConsumerStatus
consumer_count_elements(uint64_t size_bytes, size_t itemsize,
			uint64_t offset_bytes, uint64_t count,
			uint64_t *n_elements, size_t *n_trailing_bytes,
			ConsumerError *error)
{
	uint64_t n_there, n_whole;
	size_t n_left_over;

	if (itemsize == 0)
		return fail(error, CONSUMER_ERR_ARGUMENT,
			    "elements of 0 bytes cannot be counted");
	if (offset_bytes > size_bytes)
		return fail_past_end(error, "offset", offset_bytes, size_bytes,
				     "byte");
	n_there = size_bytes - offset_bytes;
	n_whole = n_there / itemsize;
	n_left_over = (size_t)(n_there % itemsize);
	if (count == CONSUMER_ALL) {
		if (n_left_over && !n_trailing_bytes)
			return fail(error, CONSUMER_ERR_DATA,
				    "%llu byte%s not a multiple of the "
				    "itemsize %zu: %zu left over",
				    (unsigned long long)n_there,
				    n_there == 1 ? " is" : "s are", itemsize,
				    n_left_over);
		count = n_whole;
	} else if (count > n_whole) {
		return fail(error, CONSUMER_ERR_DATA,
			    "%llu elements were asked for, %llu are there",
			    (unsigned long long)count,
			    (unsigned long long)n_whole);
	} else {
		n_left_over = 0;
	}
	*n_elements = count;
	if (n_trailing_bytes)
		*n_trailing_bytes = n_left_over;
	return CONSUMER_OK;
}
