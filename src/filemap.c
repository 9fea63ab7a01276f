/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "filemap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

ConsumerStatus
file_describe(int descriptor, struct stat *status, ConsumerError *error)
{
	struct stat found;

	if (fstat(descriptor, &found) != 0)
		return fail_errno(error, errno);
	/* Opening and mapping one would give stranger messages. */
	if (S_ISDIR(found.st_mode))
		return fail_errno(error, EISDIR);
	*status = found;
	return CONSUMER_OK;
}

/* Whether to call again what has just failed. */
static bool
is_worth_retrying(const ConsumerInterrupt *interrupt)
{
	return errno == EINTR &&
	       (!interrupt || interrupt->goes_on(interrupt->context));
}

ConsumerStatus
file_open(const char *path, int flags, const ConsumerInterrupt *interrupt,
	  int *descriptor, struct stat *status, ConsumerError *error)
{
	ConsumerStatus result;
	int opened;

	do
		opened = open(path, flags | O_CLOEXEC | O_NOCTTY);
	while (opened < 0 && is_worth_retrying(interrupt));
	if (opened < 0)
		return fail_errno(error, errno);
	result = file_describe(opened, status, error);
	if (result)
		close(opened);
	else
		*descriptor = opened;
	return result;
}

static bool
is_same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

ConsumerStatus
file_compare(int descriptor, const struct stat *before, ConsumerFileChange *out,
	     ConsumerError *error)
{
	struct stat now;
	ConsumerStatus status = file_describe(descriptor, &now, error);

	if (status)
		return status;
	if (now.st_size < before->st_size)
		*out = CONSUMER_FILE_SHRANK;
	else if (now.st_size > before->st_size)
		*out = CONSUMER_FILE_GREW;
	else if (!is_same_time(now.st_mtim, before->st_mtim))
		*out = CONSUMER_FILE_WAS_WRITTEN;
	else if (now.st_nlink == 0 && before->st_nlink > 0)
		*out = CONSUMER_FILE_WAS_REMOVED;
	else
		*out = CONSUMER_FILE_IS_SAME;
	return CONSUMER_OK;
}

bool
file_can_be_mapped(int descriptor)
{
	void *address = mmap(NULL, 1, PROT_READ, MAP_SHARED, descriptor, 0);

	return address != MAP_FAILED && munmap(address, 1) == 0;
}

/* What munmap() must know; the array may start inside the first page. */
struct mapping {
	void *address;
	size_t n_bytes;
	ConsumerBacking backing;
};

static void
release_mapping(ConsumerArray *array)
{
	struct mapping *mapping = array->private_data;

	munmap(mapping->address, mapping->n_bytes);
	close(mapping->backing.descriptor);
	free(mapping);
}

/* Maps whole pages; false: errno tells why not. */
static bool
map_pages(int descriptor, ConsumerOpenMode mode, uint64_t offset_bytes,
	  uint64_t n_bytes, struct mapping *out)
{
	const int protection =
		mode == CONSUMER_OPEN_READ ? PROT_READ : PROT_READ | PROT_WRITE;
	const int flags =
		mode == CONSUMER_OPEN_COPY_ON_WRITE ? MAP_PRIVATE : MAP_SHARED;

	if (n_bytes > PTRDIFF_MAX) {
		errno = ENOMEM;
		return false;
	}
	out->n_bytes = (size_t)n_bytes;
	out->address = mmap(NULL, out->n_bytes, protection, flags, descriptor,
			    (off_t)offset_bytes);
	if (out->address == MAP_FAILED)
		return false;
	out->backing = (ConsumerBacking){
		/* The caller may close his. */
		.descriptor = fcntl(descriptor, F_DUPFD_CLOEXEC, 0),
		.address = out->address,
		.offset_bytes = offset_bytes,
	};
	if (out->backing.descriptor >= 0)
		return true;
	munmap(out->address, out->n_bytes);
	return false;
}

bool
file_map(int descriptor, ConsumerOpenMode mode, ConsumerElement element,
	 uint64_t offset_bytes, uint64_t n_elements, ConsumerArray *out)
{
	const uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	const uint64_t before = offset_bytes % page_bytes;
	const uint64_t n_bytes = before + n_elements * element.itemsize;
	struct mapping *mapping = malloc(sizeof(*mapping));

	if (!mapping)
		return false;
	if (!map_pages(descriptor, mode, offset_bytes - before, n_bytes,
		       mapping)) {
		free(mapping);
		return false;
	}
	*out = wrap_flat((char *)mapping->address + before, element,
			 (ptrdiff_t)n_elements, mode == CONSUMER_OPEN_READ);
	out->backing = &mapping->backing;
	out->release = release_mapping;
	out->private_data = mapping;
	return true;
}

void
file_expect_leaps(const ConsumerArray *array)
{
	const struct mapping *mapping = array->private_data;

	/* No more than advice: nothing is lost without it. */
	madvise(mapping->address, mapping->n_bytes, MADV_RANDOM);
}

ConsumerStatus
file_read(int descriptor, void *out, size_t n_bytes,
	  const ConsumerInterrupt *interrupt, size_t *n_read,
	  ConsumerError *error)
{
	ssize_t result;

	do
		result = read(descriptor, out, n_bytes);
	while (result < 0 && is_worth_retrying(interrupt));
	if (result < 0)
		return fail_errno(error, errno);
	*n_read = (size_t)result;
	return CONSUMER_OK;
}

ConsumerStatus
file_read_at(int descriptor, uint64_t offset_bytes, void *out, size_t n_bytes,
	     const ConsumerInterrupt *interrupt, size_t *n_read,
	     ConsumerError *error)
{
	size_t n_there = 0;
	ssize_t result = 1;

	while (n_there < n_bytes && result != 0) {
		do
			result = pread(descriptor, (char *)out + n_there,
				       n_bytes - n_there,
				       (off_t)(offset_bytes + n_there));
		while (result < 0 && is_worth_retrying(interrupt));
		if (result < 0)
			return fail_errno(error, errno);
		n_there += (size_t)result;
	}
	*n_read = n_there;
	return CONSUMER_OK;
}
