/* SPDX-License-Identifier: MIT */
/*
 * Text to number on the command line: the input's first byte is an option, the
 * rest its value.  A slow oracle reads the same.
 */
#include "config.h"
#include "cli_message.h"
#include "cli_options.h"
#include "fuzz.h"

#include <getopt.h>

static int n_messages;

/* In place of cli_message.c, which would print. */
void
cli_usage_message(const char *format, ...)
{
	require(strstr(format, "%s"), "%s", format);
	n_messages++;
}

/* False: it is more than 64 bits. */
static bool
multiply_add(uint64_t *value, unsigned factor, unsigned long number)
{
	if (*value > (UINT64_MAX - number) / factor)
		return false;
	*value = *value * factor + number;
	return true;
}

static bool
oracle_digits(const char *text, size_t n, unsigned base, uint64_t *out)
{
	bool fits = true;

	*out = 0;
	for (size_t i = 0; fits && i < n; i++) {
		const char digit[] = { text[i], '\0' };

		fits = multiply_add(out, base, strtoul(digit, NULL, 16));
	}
	return fits;
}

static bool
oracle_count(const char *text, uint64_t least, uint64_t *out)
{
	const size_t n = strspn(text, "0123456789");

	return n > 0 && text[n] == '\0' && oracle_digits(text, n, 10, out) &&
	       *out >= least;
}

static bool
oracle_bytes(const char *text, uint64_t *out)
{
	static const char *const suffixes[] = {
		"",  "K",  "KB",  "KiB", "M",  "MB",  "MiB", "G",  "GB",  "GiB",
		"T", "TB", "TiB", "P",	 "PB", "PiB", "E",   "EB", "EiB",
	};
	const bool is_hex = text[0] == '0' && text[1] && strchr("xX", text[1]);
	const char *digits = is_hex ? text + 2 : text;
	const size_t n = strspn(digits, is_hex ? "0123456789abcdefABCDEF"
					       : "0123456789");
	bool fits = true;
	size_t i = 0;

	while (i < ARRAY_LEN(suffixes) && strcmp(suffixes[i], digits + n) != 0)
		i++;
	if (n == 0 || i == ARRAY_LEN(suffixes) ||
	    !oracle_digits(digits, n, is_hex ? 16 : 10, out))
		return false;
	for (size_t power = (i + 2) / 3; fits && power > 0; power--)
		fits = multiply_add(out, i % 3 == 2 ? 1000 : 1024, 0);
	return fits;
}

static bool
oracle_percentages(const char *text, size_t *n, double *out)
{
	for (*n = 0; *n < CLI_MAX_PERCENTAGES; text++) {
		const size_t n_digits = strspn(text, "0123456789");
		const char *point = text + n_digits;
		size_t n_decimals = 0, n_bytes;

		if (*point == '.')
			n_decimals = strspn(point + 1, "0123456789");
		if (n_digits == 0 || (*point == '.' && n_decimals == 0))
			return false;
		n_bytes = n_digits + (n_decimals ? 1 + n_decimals : 0);
		out[*n] = atof(text);
		if (out[*n] > 100 || n_bytes > CLI_MAX_PERCENTAGE_LENGTH)
			return false;
		for (size_t i = 0; i < *n; i++) {
			if (out[i] == out[*n])
				return false;
		}
		(*n)++;
		text += n_bytes;
		if (*text != ',')
			return *text == '\0';
	}
	return false;
}

/* --- Both ----------------------------------------------------------------- */

static const struct {
	const char *prefix;
	uint64_t least;
} counts[] = {
	{ "--max=", 0 },  { "--skip=", 0 },    { "--tail=", 0 },
	{ "--step=", 1 }, { "--columns=", 1 }, { "--histogram=", 1 },
};

static uint64_t
count_in(const CliOptions *options, size_t i)
{
	const uint64_t values[ARRAY_LEN(counts)] = {
		options->selection.max,	 options->selection.skip,
		options->selection.tail, options->selection.step,
		options->n_columns,	 options->n_bins,
	};

	return values[i];
}

static bool
parse(const char *prefix, const char *value, CliOptions *out)
{
	char name[] = "consumer-cli";
	const size_t n_prefix = strlen(prefix), n_value = strlen(value);
	char *argument = (char *)fuzz_memory(FUZZ_OUT, n_prefix + n_value + 1);
	char *argv[] = { name, argument, NULL };
	bool is_good;

	memcpy(argument, prefix, n_prefix);
	memcpy(argument + n_prefix, value, n_value + 1);
	optind = 0; /* getopt's way to begin again */
	n_messages = 0;
	is_good = cli_options_parse(2, argv, out);
	require(n_messages == !is_good, "%d messages", n_messages);
	return is_good;
}

static void
check_count(size_t i, const char *value)
{
	CliOptions options;
	uint64_t want = 0;
	bool is_good = oracle_count(value, counts[i].least, &want);

	if (strcmp(counts[i].prefix, "--histogram=") == 0)
		is_good = is_good && want <= CLI_MAX_BINS;
	require(parse(counts[i].prefix, value, &options) == is_good, "%s%s",
		counts[i].prefix, value);
	require(!is_good || count_in(&options, i) == want, "%s%s",
		counts[i].prefix, value);
}

static void
check_bytes(const char *value)
{
	CliOptions options;
	uint64_t want = 0;
	const bool is_good = oracle_bytes(value, &want);

	require(parse("--offset=", value, &options) == is_good, "%s", value);
	require(!is_good || options.selection.offset_bytes == want, "%s",
		value);
}

static void
check_percentages(const char *value)
{
	CliOptions options;
	double want[CLI_MAX_PERCENTAGES];
	size_t n;
	const bool is_good = oracle_percentages(value, &n, want);

	require(parse("--quantiles=", value, &options) == is_good, "%s", value);
	if (!is_good)
		return;
	require(options.n_percentages == n, "%zu", options.n_percentages);
	for (size_t i = 0; i < n; i++)
		require(options.percentages[i] == want[i], "%s", value);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	char *value;
	size_t choice;

	if (n_bytes == 0 || n_bytes > 2048)
		return 0;
	choice = data[0] % (ARRAY_LEN(counts) + 2);
	value = (char *)fuzz_memory(FUZZ_IN, n_bytes);
	memcpy(value, data + 1, n_bytes - 1);
	value[n_bytes - 1] = '\0';
	if (choice < ARRAY_LEN(counts))
		check_count(choice, value);
	else if (choice == ARRAY_LEN(counts))
		check_bytes(value);
	else
		check_percentages(value);
	return 0;
}
