/* SPDX-License-Identifier: MIT */
/*
 * bench_loop FILE N_THREADS ROUNDS - the limit: what a plain loop takes to sum
 * the int32 of a mapped file, each thread a part of it.  Prints the seconds of
 * each round, mapping included, one a line.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MAX_THREADS 64

struct part {
	pthread_t thread;
	const int32_t *elements;
	size_t n_elements;
	int64_t sum;
};

static void *
sum_part(void *context)
{
	struct part *part = context;
	int64_t sum = 0;

	for (size_t i = 0; i < part->n_elements; i++)
		sum += part->elements[i];
	part->sum = sum;
	return NULL;
}

static double
now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static int64_t
sum_file(int descriptor, size_t n_bytes, size_t n_threads)
{
	static struct part parts[MAX_THREADS];
	const size_t n_elements = n_bytes / sizeof(int32_t);
	int64_t sum = 0;
	void *mapping =
		mmap(NULL, n_bytes, PROT_READ, MAP_SHARED, descriptor, 0);

	if (mapping == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	for (size_t i = 0; i < n_threads; i++) {
		const size_t first = n_elements * i / n_threads;

		parts[i].elements = (const int32_t *)mapping + first;
		parts[i].n_elements = n_elements * (i + 1) / n_threads - first;
		if (pthread_create(&parts[i].thread, NULL, sum_part,
				   &parts[i])) {
			fputs("no thread\n", stderr);
			exit(1);
		}
	}
	for (size_t i = 0; i < n_threads; i++) {
		pthread_join(parts[i].thread, NULL);
		sum += parts[i].sum;
	}
	munmap(mapping, n_bytes);
	return sum;
}

int
main(int argc, char **argv)
{
	const int n_threads = argc == 4 ? atoi(argv[2]) : 0;
	const int descriptor = argc == 4 ? open(argv[1], O_RDONLY) : -1;
	struct stat file;
	int64_t sum = 0;

	if (descriptor < 0 || fstat(descriptor, &file) != 0 || n_threads < 1 ||
	    n_threads > MAX_THREADS) {
		fputs("usage: bench_loop FILE N_THREADS ROUNDS\n", stderr);
		return 2;
	}
	for (int i = 0; i < atoi(argv[3]); i++) {
		const double start = now();

		sum += sum_file(descriptor, (size_t)file.st_size,
				(size_t)n_threads);
		printf("%.6f\n", now() - start);
	}
	/* Whoever reads it cannot leave the loop out. */
	fprintf(stderr, "%lld\n", (long long)sum);
	return 0;
}
