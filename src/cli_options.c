/* SPDX-License-Identifier: MIT */
#include "config.h"
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
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

	[CLI_FORMAT] = { 'f', "format", "array|lines",
			 "[ 1 2 3 ], or one element a line (array)" },

	[CLI_QUIET] = { 'q', "quiet", NULL, "never show progress" },
	[CLI_HELP] = { 'h', "help", NULL, "show this help and exit" },
	[CLI_VERSION] = { 'V', "version", NULL, "show the version and exit" },
};

/* What --help says before the first option of a group. */
static const char *const headings[CLI_N_OPTIONS] = {
	[CLI_MAX] = "Which values",
	[CLI_TYPE] = "What they are",
	[CLI_FORMAT] = "How to print",
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

	if (consumer_element_parse(value, &out->element, &out->type_has_order,
				   NULL) == CONSUMER_OK)
		return true;
	for (int type = CONSUMER_BOOL; type < CONSUMER_N_TYPES; type++)
		append(expected, sizeof(expected), *expected ? ", " : "",
		       consumer_type_name((ConsumerType)type));
	append(expected, sizeof(expected), ", or a code such as ", "<i4 or d");
	return refuse_value(CLI_TYPE, value, expected);
}

static bool
parse_endian(const char *value, ConsumerByteOrder *out)
{
	int choice = parse_choice(CLI_ENDIAN, value);

	if (choice >= 0)
		*out = choice == 0   ? CONSUMER_LITTLE_ENDIAN
		       : choice == 1 ? CONSUMER_BIG_ENDIAN
				     : CONSUMER_NATIVE_ENDIAN;
	return choice >= 0;
}

/* --- Options ----------------------------------------------------------- */

static bool
take_option(CliOption option, const char *value, CliOptions *out)
{
	int choice;

	out->given[option] = value;
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
		return parse_endian(value, &out->byte_order);
	case CLI_TRAILING:
		choice = parse_choice(option, value);
		out->ignores_trailing = choice == 1;
		return choice >= 0;
	case CLI_FORMAT:
		return parse_choice(option, value) >= 0 &&
		       consumer_format_parse(value, &out->format);
	case CLI_QUIET: /* there is no progress yet */
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

/* What only the whole command line can tell. */
static bool
check_options(CliOptions *out)
{
	if (out->given[CLI_SKIP] && out->given[CLI_TAIL]) {
		cli_usage_message("--skip and --tail exclude each other");
		return false;
	}
	if (!out->given[CLI_ENDIAN])
		return true;
	if (out->type_has_order && out->element.byte_order != out->byte_order) {
		cli_usage_message("--endian '%s' contradicts --type '%s'",
				  out->given[CLI_ENDIAN], out->given[CLI_TYPE]);
		return false;
	}
	out->element.byte_order = out->byte_order;
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
			.has_arg =
				row->argument ? required_argument : no_argument,
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
		.element = consumer_element(CONSUMER_INT32),
		.selection = CONSUMER_SELECT_ALL,
		.format = CONSUMER_FORMAT_ARRAY,
	};
	make_getopt_tables(&tables);
	opterr = 0;
	while (is_good && (c = next_option(argc, argv, &tables)) != -1) {
		if (c == 1)
			is_good = take_operand(optarg, out);
		else if (c == '?' || c == ':')
			is_good = refuse_option(c == ':', argv);
		else
			is_good = take_option(find_option(c),
					      optarg ? optarg : "", out);
		if (out->given[CLI_HELP] || out->given[CLI_VERSION])
			return true;
	}
	while (is_good && optind < argc)
		is_good = take_operand(argv[optind++], out);
	return is_good && check_options(out);
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
	width += fprintf(out, "--%s%s%s", row->name, row->argument ? "=" : "",
			 row->argument ? row->argument : "");
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
