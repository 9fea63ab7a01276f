/* SPDX-License-Identifier: MIT */
/* ConsumerArray: making views, making views of views, letting go. */
#include "config.h"
#include "element.h"
#include "shape.h"

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

	if (!status)
		status = shape_check(ndim, shape, error);
	if (status)
		return status;
	if (!shape_multiply(ndim, shape, element.itemsize, &array.n_elements))
		return fail(error, CONSUMER_ERR_ARGUMENT,
			    "the shape has more bytes than memory can hold");
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

ConsumerArray
wrap_flat(const void *data, ConsumerElement element, ptrdiff_t n_elements,
	  bool read_only)
{
	return (ConsumerArray){
		.data = (void *)(uintptr_t)data,
		.element = element,
		.ndim = 1,
		.read_only = read_only,
		.n_elements = n_elements,
		.inline_dimensions = { n_elements,
				       (ptrdiff_t)element.itemsize },
	};
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
	ptrdiff_t n_bytes;

	/* The last value is n_elements - 1. */
	if (n_elements < 0 || n_elements - 1 > (ptrdiff_t)INT32_MAX)
		return fail(error, CONSUMER_ERR_ARGUMENT,
			    "length %td: expected 0 to 2147483648, what int32 "
			    "can count",
			    n_elements);
	/* malloc(0) may return NULL; one more byte is always memory. */
	if (__builtin_mul_overflow(n_elements, sizeof(*values), &n_bytes))
		return fail_memory(error);
	values = malloc((size_t)n_bytes + 1);
	if (!values)
		return fail_memory(error);
	for (ptrdiff_t i = 0; i < n_elements; i++)
		values[i] = (int32_t)i;
	*out = wrap_flat(values, consumer_element(CONSUMER_INT32), n_elements,
			 false);
	out->release = release_malloc;
	return CONSUMER_OK;
}

/* A borrowed view of 'array' with all axes but 'without'; -1: with all. */
static ConsumerStatus
borrow_axes(const ConsumerArray *array, int without, ConsumerArray *view,
	    ConsumerError *error)
{
	ptrdiff_t *shape, *strides;

	*view = *array;
	view->release = NULL;
	view->private_data = NULL;
	if (!allocate_dimensions(view, array->ndim - (without >= 0)))
		return fail_memory(error);
	shape = dimensions(view);
	strides = strides_after(shape, view->ndim);
	for (int axis = 0; axis < array->ndim; axis++) {
		if (axis == without)
			continue;
		*shape++ = consumer_array_shape(array)[axis];
		*strides++ = consumer_array_strides(array)[axis];
	}
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

/*
 * Counts the elements of a view, whose shape has changed, and moves its first
 * one by 'n_steps' steps of 'stride' bytes; without elements it has none.
 */
static void
place(ConsumerArray *view, ptrdiff_t n_steps, ptrdiff_t stride)
{
	/* The product was no larger before. */
	shape_multiply(view->ndim, consumer_array_shape(view), 1,
		       &view->n_elements);
	if (view->n_elements > 0)
		view->data = (char *)view->data + n_steps * stride;
}

ConsumerStatus
consumer_array_slice(const ConsumerArray *array, int axis, ptrdiff_t start,
		     ptrdiff_t n_elements, ptrdiff_t step, ConsumerArray *out,
		     ConsumerError *error)
{
	ConsumerStatus status = check_axis(array, axis, error);
	ptrdiff_t *shape, *stride;
	ConsumerArray view;

	if (!status)
		status = check_slice(consumer_array_shape(array)[axis], start,
				     n_elements, step, error);
	if (!status)
		status = borrow_axes(array, -1, &view, error);
	if (status)
		return status;
	shape = dimensions(&view);
	stride = strides_after(shape, view.ndim) + axis;
	shape[axis] = n_elements;
	place(&view, start, *stride);
	*stride = multiply_stride(*stride, step);
	*out = view;
	return CONSUMER_OK;
}

ConsumerStatus
consumer_array_select(const ConsumerArray *array, int axis, ptrdiff_t index,
		      ConsumerArray *out, ConsumerError *error)
{
	ConsumerStatus status = check_axis(array, axis, error);
	ConsumerArray view;
	ptrdiff_t length;

	if (status)
		return status;
	length = consumer_array_shape(array)[axis];
	if (index < 0 || index >= length)
		return fail(error, CONSUMER_ERR_ARGUMENT,
			    "index %td is not inside 0..%td", index, length);
	status = borrow_axes(array, axis, &view, error);
	if (status)
		return status;
	place(&view, index, consumer_array_strides(array)[axis]);
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
	/* One axis, of length 0: an array without axes has an element. */
	*array = (ConsumerArray){ .element = array->element, .ndim = 1 };
}

void
hand_over(ConsumerArray *array, ConsumerArray *view)
{
	view->release = array->release;
	view->private_data = array->private_data;
	view->backing = array->backing;
	array->release = NULL;
	consumer_array_release(array);
}

ConsumerStatus
consumer_count_elements(uint64_t size_bytes, size_t itemsize,
			uint64_t offset_bytes, uint64_t count,
			uint64_t *n_elements, uint64_t *n_trailing_bytes,
			ConsumerError *error)
{
	uint64_t n_there, n_whole, n_left_over;

	if (itemsize == 0)
		return fail(error, CONSUMER_ERR_ARGUMENT,
			    "elements of 0 bytes cannot be counted");
	if (offset_bytes > size_bytes)
		return fail_past_end(error, "offset", offset_bytes, size_bytes,
				     "byte");
	n_there = size_bytes - offset_bytes;
	n_whole = n_there / itemsize;
	n_left_over = n_there % itemsize;
	if (count == CONSUMER_ALL) {
		if (n_left_over && !n_trailing_bytes)
			return fail(error, CONSUMER_ERR_DATA,
				    "%llu byte%s not a multiple of the "
				    "itemsize %zu: %llu left over",
				    (unsigned long long)n_there,
				    n_there == 1 ? " is" : "s are", itemsize,
				    (unsigned long long)n_left_over);
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
