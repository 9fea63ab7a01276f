/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "check_run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* --- Running ------------------------------------------------------------ */

static TCase *
create_case(const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_set_timeout(tcase, is_long_test() ? 0 : 120);
	return tcase;
}

TCase *
check_case(Suite *suite)
{
	TCase *tcase = create_case("all");

	suite_add_tcase(suite, tcase);
	return tcase;
}

bool
is_long_test(void)
{
	const char *wanted = getenv("CONSUMER_LONG_TESTS");

	return wanted && strcmp(wanted, "0") != 0;
}

static sigjmp_buf before_fault;
static void *volatile fault_address;

static void
note_fault(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)context;
	fault_address = info->si_addr;
	siglongjmp(before_fault, 1);
}

/* Reads from a page that its file has lost. */
static bool
faults_have_addresses(void)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	const struct sigaction action = { .sa_sigaction = note_fault,
					  .sa_flags = SA_SIGINFO };
	struct sigaction usual;
	FILE *file = tmpfile();
	unsigned char *data;
	bool is_right;

	if (!file || ftruncate(fileno(file), (off_t)page) != 0)
		return true;
	data = mmap(NULL, page, PROT_READ, MAP_SHARED, fileno(file), 0);
	sigaction(SIGBUS, &action, &usual);
	if (ftruncate(fileno(file), 0) == 0 &&
	    sigsetjmp(before_fault, true) == 0)
		(void)*(const volatile unsigned char *)(data + page / 2);
	sigaction(SIGBUS, &usual, NULL);
	is_right = fault_address == data + page / 2;
	munmap(data, page);
	fclose(file);
	return is_right;
}

TCase *
check_case_of_faults(Suite *suite)
{
	TCase *tcase = create_case("faults");

	if (faults_have_addresses())
		suite_add_tcase(suite, tcase);
	else
		fprintf(stderr, "skipped: SIGBUS comes with a wrong address\n");
	return tcase;
}

static int
remove_one(const char *path, const struct stat *status, int type,
	   struct FTW *place)
{
	(void)status;
	(void)type;
	(void)place;
	return remove(path);
}

int
check_run(Suite *suite)
{
	const char *parent = getenv("TMPDIR");
	char directory[4096];
	SRunner *runner;
	int n_failed;

	snprintf(directory, sizeof(directory), "%s/consumer-check-XXXXXX",
		 parent ? parent : "/tmp");
	if (!mkdtemp(directory) || chdir(directory) != 0) {
		perror(directory);
		return 99; /* "hard error" to Automake */
	}
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	n_failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	if (chdir("/") != 0 ||
	    nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
		perror(directory);
	return n_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* --- Failures ----------------------------------------------------------- */

void
check_untouched(const void *object, size_t n_bytes, const char *name)
{
	const unsigned char *bytes = object;

	for (size_t i = 0; i < n_bytes; i++)
		expect(bytes[i] == 0xA5, "byte %zu of %s was written", i, name);
}

void
check_failure(ConsumerStatus got, const ConsumerError *error,
	      ConsumerStatus status)
{
	const char *end = memchr(error->message, '\0', sizeof(error->message));
	const char *argument = error->argument;

	expect(got == status, "status %d, expected %d", (int)got, (int)status);
	expect(error->status == status, "the error has status %d, expected %d",
	       (int)error->status, (int)status);
	expect(end && end > error->message, "there is no message");
	for (const char *at = error->message; at < end; at++)
		expect((unsigned char)*at >= 0x20 && *at != 0x7F,
		       "a control character in \"%s\"", error->message);
	expect((status == CONSUMER_ERR_OS) == (error->system_errno != 0),
	       "errno %d with status %d", error->system_errno, (int)status);
	expect(!argument || (memcmp(error->message, argument,
				    strlen(argument)) == 0 &&
			     error->message[strlen(argument)] == ' '),
	       "\"%s\" does not begin with '%s'", error->message, argument);
}

/* --- Memory ------------------------------------------------------------- */

static size_t
page_bytes(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static size_t
round_up_to_page(size_t n_bytes)
{
	return (n_bytes + page_bytes() - 1) / page_bytes() * page_bytes();
}

struct guarded
guarded_new(size_t n_bytes, enum guarded_side side)
{
	const size_t n_usable = round_up_to_page(n_bytes);
	struct guarded memory = { .n_bytes = n_bytes };

	memory.pages =
		mmap(NULL, n_usable + 2 * page_bytes(), PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(memory.pages, MAP_FAILED);
	mprotect(memory.pages, page_bytes(), PROT_NONE);
	mprotect(memory.pages + page_bytes() + n_usable, page_bytes(),
		 PROT_NONE);
	memory.data = memory.pages + page_bytes();
	if (side == GUARDED_BACK)
		memory.data += n_usable - n_bytes;
	return memory;
}

void
guarded_free(struct guarded *memory)
{
	munmap(memory->pages,
	       round_up_to_page(memory->n_bytes) + 2 * page_bytes());
}

bool
address_is_mapped(const void *address)
{
	const uintptr_t page = (uintptr_t)address / page_bytes() * page_bytes();
	unsigned char state;

	return mincore((void *)page, 1, &state) == 0;
}

/* --- Random numbers ----------------------------------------------------- */

/* S. Vigna's splitmix64. */
uint64_t
random_bits(uint64_t *state)
{
	uint64_t bits = *state += UINT64_C(0x9E3779B97F4A7C15);

	bits = (bits ^ bits >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	bits = (bits ^ bits >> 27) * UINT64_C(0x94D049BB133111EB);
	return bits ^ bits >> 31;
}

int64_t
random_between(uint64_t *state, int64_t least, int64_t most)
{
	const uint64_t n = (uint64_t)(most - least) + 1;

	return least + (int64_t)(random_bits(state) % n);
}

void
random_fill(uint64_t *state, void *out, size_t n_bytes)
{
	unsigned char *bytes = out;

	for (size_t i = 0; i < n_bytes; i += sizeof(uint64_t)) {
		const uint64_t bits = random_bits(state);

		memcpy(bytes + i, &bits, MIN(sizeof(bits), n_bytes - i));
	}
}

/* --- Files -------------------------------------------------------------- */

const char *
file_with(const char *name, const void *bytes, size_t n_bytes)
{
	FILE *file = fopen(name, "wb");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(bytes, 1, n_bytes, file), n_bytes);
	ck_assert_int_eq(fclose(file), 0);
	return name;
}

int
count_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	int n = 0;

	ck_assert_ptr_nonnull(directory);
	while (readdir(directory))
		n++;
	closedir(directory);
	return n;
}

/* --- Faults ------------------------------------------------------------- */

struct faults faults;

/* The linker's names for the functions, and for what it calls instead. */
void *__real_malloc(size_t n_bytes);
void *__real_calloc(size_t n, size_t n_bytes);
void *__real_realloc(void *memory, size_t n_bytes);
void *__real_mmap(void *address, size_t n_bytes, int protection, int flags,
		  int descriptor, off_t offset);
ssize_t __real_read(int descriptor, void *out, size_t n_bytes);
ssize_t __real_write(int descriptor, const void *bytes, size_t n_bytes);
void *__wrap_malloc(size_t n_bytes);
void *__wrap_calloc(size_t n, size_t n_bytes);
void *__wrap_realloc(void *memory, size_t n_bytes);
void *__wrap_mmap(void *address, size_t n_bytes, int protection, int flags,
		  int descriptor, off_t offset);
ssize_t __wrap_read(int descriptor, void *out, size_t n_bytes);
ssize_t __wrap_write(int descriptor, const void *bytes, size_t n_bytes);

bool
fail_allocation_number(int n, bool and_later_ones)
{
	ck_assert_msg(n < 1000, "there is no end of allocations");
	faults.fail_allocation = n;
	faults.fail_later_ones = and_later_ones;
	faults.has_failed = false;
	return true;
}

bool
allocation_failed(void)
{
	faults.fail_allocation = 0;
	return faults.has_failed;
}

static bool
count_allocation(size_t n_bytes)
{
	faults.largest_allocation = MAX(faults.largest_allocation, n_bytes);
	if (faults.fail_allocation == 0)
		return false;
	if (faults.fail_allocation > 1) {
		faults.fail_allocation--;
		return false;
	}
	if (!faults.fail_later_ones)
		faults.fail_allocation = 0;
	faults.has_failed = true;
	return true;
}

/* Several threads may allocate. */
static bool
allocation_fails(size_t n_bytes)
{
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	bool fails;

	pthread_mutex_lock(&mutex);
	fails = count_allocation(n_bytes);
	pthread_mutex_unlock(&mutex);
	if (fails)
		errno = ENOMEM;
	return fails;
}

void *
__wrap_malloc(size_t n_bytes)
{
	return allocation_fails(n_bytes) ? NULL : __real_malloc(n_bytes);
}

void *
__wrap_calloc(size_t n, size_t n_bytes)
{
	return allocation_fails(n * n_bytes) ? NULL : __real_calloc(n, n_bytes);
}

void *
__wrap_realloc(void *memory, size_t n_bytes)
{
	return allocation_fails(n_bytes) ? NULL
					 : __real_realloc(memory, n_bytes);
}

void *
__wrap_mmap(void *address, size_t n_bytes, int protection, int flags,
	    int descriptor, off_t offset)
{
	if (faults.mmap_errno && faults.n_mmaps_before-- <= 0) {
		errno = faults.mmap_errno;
		return MAP_FAILED;
	}
	return __real_mmap(address, n_bytes, protection, flags, descriptor,
			   offset);
}

#ifdef __GLIBC__
/* What mmap() is called where off_t may have 32 bits. */
void *__real_mmap64(void *address, size_t n_bytes, int protection, int flags,
		    int descriptor, off_t offset);
void *__wrap_mmap64(void *address, size_t n_bytes, int protection, int flags,
		    int descriptor, off_t offset);

void *
__wrap_mmap64(void *address, size_t n_bytes, int protection, int flags,
	      int descriptor, off_t offset)
{
	if (faults.mmap_errno && faults.n_mmaps_before-- <= 0) {
		errno = faults.mmap_errno;
		return MAP_FAILED;
	}
	return __real_mmap64(address, n_bytes, protection, flags, descriptor,
			     offset);
}
#endif

/* Whether this transfer has to fail with EINTR: every other one. */
static bool
is_interrupted_now(void)
{
	static bool is_odd;

	if (!faults.is_interrupted)
		return false;
	is_odd = !is_odd;
	if (is_odd)
		errno = EINTR;
	return is_odd;
}

static size_t
limit_transfer(size_t n_bytes)
{
	return faults.max_transfer ? MIN(n_bytes, faults.max_transfer)
				   : n_bytes;
}

ssize_t
__wrap_read(int descriptor, void *out, size_t n_bytes)
{
	ssize_t result;

	if (is_interrupted_now())
		return -1;
	if (faults.fail_read && --faults.fail_read == 0) {
		errno = faults.read_errno;
		return -1;
	}
	n_bytes = limit_transfer(n_bytes);
	if (faults.max_first_read) {
		n_bytes = MIN(n_bytes, faults.max_first_read);
		faults.max_first_read = 0;
	}
	result = __real_read(descriptor, out, n_bytes);
	if (result > 0)
		faults.n_bytes_read += (size_t)result;
	return result;
}

ssize_t
__wrap_write(int descriptor, const void *bytes, size_t n_bytes)
{
	if (is_interrupted_now())
		return -1;
	if (faults.is_full)
		return 0;
	return __real_write(descriptor, bytes, limit_transfer(n_bytes));
}
