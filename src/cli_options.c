/* SPDX-License-Identifier: MIT */
#include "config.h"
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli_message.h"
#include "cli_options.h"

/*
 * The table of options.  Where 'argument' lists choices, it lists all of them,
 * and both --help and messages show it.
 */
static const struct option_row {
	char letter; /* 0: there is only the long name */
	const char *name;
	const char *argument; /* NULL: takes none */
	const char *help;
} option_table[CLI_N_OPTIONS] = {
	[CLI_MAX] = { 'n', "max", "N", "stop after N elements" },
	[CLI_SKIP] = { 's', "skip", "N", "leave out the first N elements" },
	[CLI_TAIL] = { 0, "tail", "N", "take the last N elements only" },
	[CLI_STEP] = { 0, "step", "N", "take every N-th element only" },
	[CLI_OFFSET] = { 0, "offset", "BYTES",
			 "start BYTES bytes into the file: 44, 0x2C, 4K" },

	[CLI_TYPE] = { 't', "type", "TYPE", "the elements' type (int32)" },
	[CLI_ENDIAN] = { 'e', "endian", "little|big|native",
			 "their byte order (native)" },
	[CLI_TRAILING] = { 0, "trailing", "error|ignore",
			   "bytes after the last whole element (error)" },
	[CLI_FROM] = { 0, "from", "auto|raw|npy",
		       "what FILE is; auto looks for a .npy header" },

	[CLI_FORMAT] = { 'f', "format", "array|lines|csv|json|hex|raw|npy",
			 "how to print them (array)" },
	[CLI_COLUMNS] = { 'c', "columns", "N", "print rows of N elements" },
	[CLI_INDEX] = { 'i', "index", NULL,
			"show the number of each row's first element" },
	[CLI_OUTPUT] = { 'o', "output", "FILE",
			 "write to FILE, once everything is there" },

	[CLI_INFO] = { 0, "info", NULL, "what FILE is and has" },
	[CLI_STATS] = { 0, "stats", NULL,
			"count, min, max, mean, std and sum, exact" },
	[CLI_QUANTILES] = { 0, "quantiles", "P,..",
			    "the values below which P percent lie" },
	[CLI_HISTOGRAM] = { 0, "histogram", "BINS",
			    "how many lie in each of BINS bins (20)" },

	[CLI_QUIET] = { 'q', "quiet", NULL, "never show progress" },
	[CLI_HELP] = { 'h', "help", NULL, "show this help and exit" },
	[CLI_VERSION] = { 'V', "version", NULL, "show the version and exit" },
};

/* The one option whose argument may be left out. */
static bool
argument_is_optional(int option)
{
	return option == CLI_HISTOGRAM;
}

/* What --help says before the first option of a group. */
static const char *const headings[CLI_N_OPTIONS] = {
	[CLI_MAX] = "Which values",
	[CLI_TYPE] = "What they are",
	[CLI_FORMAT] = "How to print",
	[CLI_INFO] = "Summaries of them, as lines, csv or json",
	[CLI_QUIET] = "Behaviour",
};

/* --- Values ------------------------------------------------------------ */

static bool
refuse_value(CliOption option, const char *value, const char *expected)
{
	cli_usage_message("invalid --%s '%s': expected %s",
			  option_table[option].name, value, expected);
	return false;
}

#define EXPECTED_SMALLER "a number below 2^64"

static int
digit_value(char digit)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *found = digit ? strchr(digits, digit) : NULL;

	return found ? (int)(found - digits) % 16 : INT_MAX;
}

/* Reads digits, none at all too, and moves '*text' on.  False: overflow. */
static bool
parse_digits(const char **text, int base, uint64_t *out)
{
	bool fits = true;

	for (*out = 0; digit_value(**text) < base; ++*text) {
		fits &= !__builtin_mul_overflow(*out, base, out);
		fits &= !__builtin_add_overflow(*out, digit_value(**text), out);
	}
	return fits;
}

static bool
parse_count(CliOption option, const char *value, uint64_t least, uint64_t *out)
{
	const char *end = value;
	bool fits = parse_digits(&end, 10, out);

	if (end == value || *end || (fits && *out < least))
		return refuse_value(option, value,
				    least ? "a positive integer"
					  : "a non-negative integer");
	return fits || refuse_value(option, value, EXPECTED_SMALLER);
}

/* As od's: K is 1024, KB is 1000, KiB is 1024; M, G, T ... are its powers. */
static bool
parse_suffix(const char *suffix, int *factor, int *power)
{
	static const char letters[] = "KMGTPE";
	const char *letter = strchr(letters, *suffix++);
	bool is_decimal = strcmp(suffix, "B") == 0;

	if (!letter || (*suffix && !is_decimal && strcmp(suffix, "iB") != 0))
		return false;
	*factor = is_decimal ? 1000 : 1024;
	*power = (int)(letter - letters) + 1;
	return true;
}

static bool
parse_bytes(CliOption option, const char *value, uint64_t *out)
{
	bool is_hex = value[0] == '0' && (value[1] == 'x' || value[1] == 'X');
	const char *digits = is_hex ? value + 2 : value;
	const char *end = digits;
	bool fits = parse_digits(&end, is_hex ? 16 : 10, out);
	int factor = 1, power = 0;

	if (end == digits || (*end && !parse_suffix(end, &factor, &power)))
		return refuse_value(option, value,
				    "a number of bytes such as 44, 0x2C or 4K");
	while (power-- > 0)
		fits &= !__builtin_mul_overflow(*out, factor, out);
	return fits || refuse_value(option, value, EXPECTED_SMALLER);
}

/* The place of 'value' among the choices of 'option', or -1. */
static int
parse_choice(CliOption option, const char *value)
{
	const char *choices = option_table[option].argument;
	const char *choice = choices;

	for (int place = 0; *choice; place++) {
		size_t length = strcspn(choice, "|");

		if (strlen(value) == length && !memcmp(choice, value, length))
			return place;
		choice += length + (choice[length] == '|');
	}
	refuse_value(option, value, choices);
	return -1;
}

/* Adds an item to a list in 'size' bytes; what has no room is left out. */
static void
append(char *list, size_t size, const char *separator, const char *item)
{
	size_t length = strlen(list);

	snprintf(list + length, size - length, "%s%s", separator, item);
}

static bool
parse_type(const char *value, CliOptions *out)
{
	char expected[256] = "";

	if (consumer_element_parse(value, &out->source.element,
				   &out->source.byte_order_is_given,
				   NULL) == CONSUMER_OK) {
		out->source.type_is_given = true;
		return true;
	}
	for (int type = CONSUMER_BOOL; type < CONSUMER_N_TYPES; type++)
		append(expected, sizeof(expected), *expected ? ", " : "",
		       consumer_type_name((ConsumerType)type));
	append(expected, sizeof(expected), ", or a code such as ", "<i4 or d");
	return refuse_value(CLI_TYPE, value, expected);
}

/* The byte order that the value of --endian names. */
static ConsumerByteOrder
named_byte_order(const char *value)
{
	return strcmp(value, "little") == 0 ? CONSUMER_LITTLE_ENDIAN
	       : strcmp(value, "big") == 0  ? CONSUMER_BIG_ENDIAN
					    : CONSUMER_NATIVE_ENDIAN;
}

static bool
parse_from(const char *value, ConsumerFileFormat *out)
{
	static const ConsumerFileFormat formats[] = { CONSUMER_FILE_AUTO,
						      CONSUMER_FILE_RAW,
						      CONSUMER_FILE_NPY };
	int choice = parse_choice(CLI_FROM, value);

	if (choice >= 0)
		*out = formats[choice];
	return choice >= 0;
}

static bool
parse_format(const char *value, CliOptions *out)
{
	out->encoding = strcmp(value, "raw") == 0   ? CLI_RAW
			: strcmp(value, "npy") == 0 ? CLI_NPY
						    : CLI_TEXT;
	/* It stays as it is if there is none of this name. */
	consumer_format_parse(value, &out->format);
	return parse_choice(CLI_FORMAT, value) >= 0;
}

/* "at most 100 percentages" */
#define AT_MOST(limit, what)  AT_MOST_(limit, what)
#define AT_MOST_(limit, what) "at most " #limit " " what

/* A decimal fraction from 0 to 100, up to '*end'. */
static bool
parse_percentage(const char *text, const char **end, double *out)
{
	size_t n_digits = strspn(text, "0123456789");
	size_t n_decimals = 0;

	if (text[n_digits] == '.')
		n_decimals = strspn(text + n_digits + 1, "0123456789");
	if (n_digits == 0 || (text[n_digits] == '.' && n_decimals == 0))
		return false;
	*end = text + n_digits + (n_decimals ? 1 + n_decimals : 0);
	if (*end - text > CLI_MAX_PERCENTAGE_LENGTH)
		return false;
	/* Nobody sets a locale, so the point is one. */
	*out = strtod(text, NULL);
	return *out <= 100;
}

/* Whether the last percentage stands there for the first time. */
static bool
is_new_percentage(const CliOptions *options)
{
	const size_t last = options->n_percentages - 1;

	for (size_t i = 0; i < last; i++) {
		if (options->percentages[i] == options->percentages[last])
			return false;
	}
	return true;
}

static bool
parse_percentages(const char *value, CliOptions *out)
{
	const char *next = value;

	for (out->n_percentages = 0;;) {
		if (out->n_percentages == CLI_MAX_PERCENTAGES)
			return refuse_value(
				CLI_QUANTILES, value,
				AT_MOST(CLI_MAX_PERCENTAGES, "percentages"));
		if (!parse_percentage(next, &next,
				      &out->percentages[out->n_percentages]))
			break;
		out->n_percentages++;
		if (!is_new_percentage(out))
			return refuse_value(CLI_QUANTILES, value,
					    "each percentage once");
		if (*next == '\0')
			return true;
		if (*next++ != ',')
			break;
	}
	return refuse_value(CLI_QUANTILES, value,
			    "percentages from 0 to 100, such as 1,50,99");
}

static bool
parse_bins(const char *value, CliOptions *out)
{
	if (!value) { /* the last one counts, after --histogram=5 too */
		out->n_bins = CLI_DEFAULT_BINS;
		return true;
	}
	if (!parse_count(CLI_HISTOGRAM, value, 1, &out->n_bins))
		return false;
	return out->n_bins <= CLI_MAX_BINS ||
	       refuse_value(CLI_HISTOGRAM, value,
			    AT_MOST(CLI_MAX_BINS, "bins"));
}

/* --- Options ----------------------------------------------------------- */

/* 'value' is NULL if the option takes none, or need not have one. */
static bool
take_option(CliOption option, const char *value, CliOptions *out)
{
	int choice;

	out->given[option] = value ? value : "";
	switch (option) {
	case CLI_MAX:
		return parse_count(option, value, 0, &out->selection.max);
	case CLI_SKIP:
		return parse_count(option, value, 0, &out->selection.skip);
	case CLI_TAIL:
		return parse_count(option, value, 0, &out->selection.tail);
	case CLI_STEP:
		return parse_count(option, value, 1, &out->selection.step);
	case CLI_OFFSET:
		return parse_bytes(option, value, &out->selection.offset_bytes);
	case CLI_TYPE:
		return parse_type(value, out);
	case CLI_ENDIAN:
		return parse_choice(option, value) >= 0;
	case CLI_TRAILING:
		choice = parse_choice(option, value);
		out->ignores_trailing = choice == 1;
		return choice >= 0;
	case CLI_FROM:
		return parse_from(value, &out->source.format);
	case CLI_FORMAT:
		return parse_format(value, out);
	case CLI_COLUMNS:
		return parse_count(option, value, 1, &out->n_columns);
	case CLI_OUTPUT:
		return *value || refuse_value(option, value, "a file name");
	case CLI_QUANTILES:
		return parse_percentages(value, out);
	case CLI_HISTOGRAM:
		return parse_bins(value, out);
	case CLI_INDEX:
	case CLI_INFO:
	case CLI_STATS:
	case CLI_QUIET:
		return true;
	case CLI_HELP:
		out->action = CLI_SHOW_HELP;
		return true;
	case CLI_VERSION:
		out->action = CLI_SHOW_VERSION;
		return true;
	case CLI_N_OPTIONS:
		break;
	}
	return false;
}

static bool
take_operand(const char *operand, CliOptions *out)
{
	if (out->file) {
		cli_usage_message("extra operand '%s'", operand);
		return false;
	}
	out->file = operand;
	return true;
}

static bool
refuse_pair(CliOption option, CliOption other)
{
	cli_usage_message("--%s and --%s exclude each other",
			  option_table[option].name, option_table[other].name);
	return false;
}

/* Two options are given, of which one makes no sense beside the other. */
static bool
check_pairs(const CliOptions *options)
{
	static const CliOption pairs[][2] = {
		{ CLI_SKIP, CLI_TAIL },
		{ CLI_HISTOGRAM, CLI_INFO },
		{ CLI_HISTOGRAM, CLI_STATS },
		{ CLI_HISTOGRAM, CLI_QUANTILES },
		{ CLI_COLUMNS, CLI_INFO },
		{ CLI_COLUMNS, CLI_STATS },
		{ CLI_COLUMNS, CLI_QUANTILES },
		{ CLI_COLUMNS, CLI_HISTOGRAM },
		{ CLI_INDEX, CLI_INFO },
		{ CLI_INDEX, CLI_STATS },
		{ CLI_INDEX, CLI_QUANTILES },
		{ CLI_INDEX, CLI_HISTOGRAM },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (options->given[pairs[i][0]] && options->given[pairs[i][1]])
			return refuse_pair(pairs[i][0], pairs[i][1]);
	}
	return true;
}

/* 'option' is made for two formats, and for a third one. */
static bool
check_format(const CliOptions *options, CliOption option, const char *third)
{
	const char *format = options->given[CLI_FORMAT];

	if (!options->given[option] || !format ||
	    strcmp(format, "lines") == 0 || strcmp(format, "csv") == 0 ||
	    strcmp(format, third) == 0)
		return true;
	cli_usage_message("invalid --format '%s' with --%s: expected lines, "
			  "csv or %s",
			  format, option_table[option].name, third);
	return false;
}

static bool
check_formats(CliOptions *out)
{
	const bool has_rows = out->given[CLI_COLUMNS] || out->given[CLI_INDEX];

	if (!check_format(out, CLI_COLUMNS, "hex") ||
	    !check_format(out, CLI_INDEX, "hex"))
		return false;
	for (int i = CLI_INFO; i <= CLI_HISTOGRAM; i++) {
		if (!check_format(out, (CliOption)i, "json"))
			return false;
		if (out->given[i])
			out->action = i == CLI_HISTOGRAM ? CLI_SHOW_HISTOGRAM
							 : CLI_SHOW_RECORDS;
	}
	if (!out->given[CLI_FORMAT] &&
	    (has_rows || out->action != CLI_SHOW_ELEMENTS))
		out->format = CONSUMER_FORMAT_LINES;
	return true;
}

static bool
check_byte_order(CliOptions *out)
{
	const char *endian = out->given[CLI_ENDIAN];
	ConsumerSource *source = &out->source;

	if (!endian)
		return true;
	if (source->byte_order_is_given && source->element.itemsize > 1 &&
	    source->element.byte_order != named_byte_order(endian)) {
		cli_usage_message("--endian '%s' contradicts --type '%s'",
				  endian, out->given[CLI_TYPE]);
		return false;
	}
	source->element.byte_order = named_byte_order(endian);
	source->byte_order_is_given = true;
	return true;
}

/* --- getopt ------------------------------------------------------------ */

/* The value of a long option is its place in the table behind all letters. */
#define FIRST_LONG (UCHAR_MAX + 1)

typedef struct {
	char letters[2 + 2 * CLI_N_OPTIONS + 1];
	struct option names[CLI_N_OPTIONS + 1];
} GetoptTables;

static void
make_getopt_tables(GetoptTables *out)
{
	/*
	 * '-': operands come in order, as option 1, so that options may follow
	 * them under POSIXLY_CORRECT too.  ':': the messages are ours.
	 */
	char *letter = stpcpy(out->letters, "-:");

	memset(out->names, 0, sizeof(out->names));
	for (int i = 0; i < CLI_N_OPTIONS; i++) {
		const struct option_row *row = &option_table[i];

		out->names[i] = (struct option){
			.name = row->name,
			.has_arg = !row->argument ? no_argument
				   : argument_is_optional(i)
					   ? optional_argument
					   : required_argument,
			.val = FIRST_LONG + i,
		};
		if (row->letter)
			*letter++ = row->letter;
		if (row->letter && row->argument)
			*letter++ = ':';
	}
	*letter = '\0';
}

/* getopt_long(), but that musl's ends at "-", which is an operand too. */
static int
next_option(int argc, char **argv, const GetoptTables *tables)
{
	int c = getopt_long(argc, argv, tables->letters, tables->names, NULL);

	if (c == -1 && optind < argc && strcmp(argv[optind], "-") == 0 &&
	    strcmp(argv[optind - 1], "--") != 0) {
		optarg = argv[optind++];
		return 1;
	}
	return c;
}

/* The option that getopt means by 'c'; CLI_N_OPTIONS: none. */
static CliOption
find_option(int c)
{
	int option = 0;

	if (c >= FIRST_LONG)
		return (CliOption)(c - FIRST_LONG);
	while (option < CLI_N_OPTIONS && option_table[option].letter != c)
		option++;
	return (CliOption)option;
}

/* A long option that getopt did not find, or found more than once. */
static bool
refuse_long_option(const char *argument)
{
	size_t length = strcspn(argument + 2, "=");
	char candidates[512] = "";

	for (int i = 0; i < CLI_N_OPTIONS; i++) {
		const char *name = option_table[i].name;

		if (strncmp(name, argument + 2, length) == 0)
			append(candidates, sizeof(candidates), " --", name);
	}
	if (*candidates)
		cli_usage_message("option '%s' is ambiguous:%s", argument,
				  candidates);
	else
		cli_usage_message("unrecognized option '%s'", argument);
	return false;
}

/* What getopt did not like, which it left in 'optopt'. */
static bool
refuse_option(bool lacks_argument, char **argv)
{
	const char letter[] = { (char)optopt, '\0' };
	CliOption option = find_option(optopt);
	bool is_long = optopt >= FIRST_LONG;

	if (optopt == 0)
		return refuse_long_option(argv[optind - 1]);
	if (option == CLI_N_OPTIONS)
		cli_usage_message("unrecognized option '-%s'", letter);
	else if (lacks_argument)
		cli_usage_message("option '-%s%s' requires an argument",
				  is_long ? "-" : "",
				  is_long ? option_table[option].name : letter);
	else
		cli_usage_message("option '--%s' takes no argument",
				  option_table[option].name);
	return false;
}

bool
cli_options_parse(int argc, char **argv, CliOptions *out)
{
	GetoptTables tables;
	bool is_good = true;
	int c;

	*out = (CliOptions){
		.source.element = consumer_element(CONSUMER_INT32),
		.selection = CONSUMER_SELECT_ALL,
	};
	make_getopt_tables(&tables);
	opterr = 0;
	while (is_good && (c = next_option(argc, argv, &tables)) != -1) {
		if (c == 1)
			is_good = take_operand(optarg, out);
		else if (c == '?' || c == ':')
			is_good = refuse_option(c == ':', argv);
		else
			is_good = take_option(find_option(c), optarg, out);
		if (out->given[CLI_HELP] || out->given[CLI_VERSION])
			return true;
	}
	while (is_good && optind < argc)
		is_good = take_operand(argv[optind++], out);
	return is_good && check_pairs(out) && check_formats(out) &&
	       check_byte_order(out);
}

/* --- Help -------------------------------------------------------------- */

#define HELP_COLUMN 34

static void
print_option(CliOption option, FILE *out)
{
	const struct option_row *row = &option_table[option];
	int width;

	if (headings[option])
		fprintf(out, "\n%s\n", headings[option]);
	width = row->letter ? fprintf(out, "  -%c, ", row->letter)
			    : fprintf(out, "      ");
	width += fprintf(out, "--%s", row->name);
	if (row->argument)
		width += fprintf(out,
				 argument_is_optional(option) ? "[=%s]" : "=%s",
				 row->argument);
	/* What does not fit begins a line of its own. */
	if (width >= HELP_COLUMN) {
		fputs("\n", out);
		width = 0;
	}
	fprintf(out, "%*s%s\n", HELP_COLUMN - width, "", row->help);
}

void
cli_options_print_usage(FILE *out)
{
	fputs("Usage: consumer-cli [OPTION]... [FILE]\n", out);
}

void
cli_options_print_help(FILE *out)
{
	cli_options_print_usage(out);
	fputs("Print the numbers in a binary FILE as text.\n"
	      "With no FILE, or when FILE is -, read standard input.\n",
	      out);
	for (int i = 0; i < CLI_N_OPTIONS; i++)
		print_option((CliOption)i, out);
	fputs("\nTYPE is a name:\n ", out);
	for (int type = CONSUMER_BOOL; type < CONSUMER_N_TYPES; type++)
		fprintf(out, "%s %s", type == CONSUMER_FLOAT16 ? "\n " : "",
			consumer_type_name((ConsumerType)type));
	fputs("\n"
	      "or a code of NumPy (i4, <i4, >f8) or of Python's struct (i, "
	      "<i, >d).\n"
	      "\n"
	      "Exit status: 0 everything was printed; 1 something could not "
	      "be read or\n"
	      "written, or was lost; 2 wrong usage.\n",
	      out);
}
