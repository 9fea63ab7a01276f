/* SPDX-License-Identifier: MIT */
/*
 * replay.c - main() for a fuzz target that no fuzzer drives: runs it once over
 * each file of a folder.
 *
 *	fuzz_npy [FOLDER]	(tests/fuzz/corpus/fuzz_npy of 'srcdir')
 */
#include "config.h"
#include "fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static void
replay(const char *path)
{
	static uint8_t bytes[FUZZ_MAX_BYTES];
	FILE *file = fopen(path, "rb");
	size_t n_bytes;

	require(file, "%s: %s", path, strerror(errno));
	n_bytes = fread(bytes, 1, sizeof(bytes), file);
	require(!ferror(file), "%s: %s", path, strerror(errno));
	fclose(file);
	LLVMFuzzerTestOneInput(bytes, n_bytes);
}

static int
replay_folder(const char *folder)
{
	const struct dirent *entry;
	DIR *directory;
	int n = 0;

	require(chdir(folder) == 0 && (directory = opendir(".")), "%s: %s",
		folder, strerror(errno));
	while ((entry = readdir(directory))) {
		if (entry->d_name[0] == '.')
			continue;
		/* The name of what fails is the last line before. */
		fprintf(stderr, "%s/%s\n", folder, entry->d_name);
		replay(entry->d_name);
		n++;
	}
	closedir(directory);
	return n;
}

int
main(int argc, char **argv)
{
	const char *source = getenv("srcdir");
	const char *slash = strrchr(argv[0], '/');
	const char *name = slash ? slash + 1 : argv[0];
	char folder[4096];
	int n;

	/* libtool runs "lt-" programs from its own folder. */
	name += strncmp(name, "lt-", 3) == 0 ? 3 : 0;
	snprintf(folder, sizeof(folder), "%s/tests/fuzz/corpus/%s",
		 source ? source : ".", name);
	n = replay_folder(argc > 1 ? argv[1] : folder);
	LLVMFuzzerTestOneInput(NULL, 0);
	printf("%s: %d inputs\n", name, n);
	return n > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
