/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "npy.h"
#include "element.h"
#include "shape.h"

#include <stdio.h>

/*
 * A header is the magic, two bytes of version, the length of the rest (2 bytes
 * little-endian in version 1, then 4), and the rest: a Python dictionary in
 * ASCII, padded with blanks.
 */
enum { VERSION_AT = NPY_MAGIC_BYTES, LENGTH_AT = 8 };

/* The bytes before the dictionary; 0 if the version is unknown. */
static size_t
dictionary_offset(const unsigned char *prefix)
{
	if (prefix[VERSION_AT + 1] != 0)
		return 0;
	switch (prefix[VERSION_AT]) {
	case 1:
		return LENGTH_AT + 2;
	case 2:
	case 3:
		return LENGTH_AT + 4;
	default:
		return 0;
	}
}

ConsumerStatus
npy_measure(const unsigned char *prefix, size_t *header_bytes,
	    ConsumerError *error)
{
	const size_t offset = dictionary_offset(prefix);
	uint64_t n_bytes = offset;

	if (offset == 0)
		return fail(error, CONSUMER_ERR_DATA,
			    ".npy header: version %d.%d is unknown",
			    prefix[VERSION_AT], prefix[VERSION_AT + 1]);
	for (size_t i = LENGTH_AT; i < offset; i++)
		n_bytes += (uint64_t)prefix[i] << 8 * (i - LENGTH_AT);
	if (n_bytes > NPY_MAX_HEADER_BYTES)
		return fail(error, CONSUMER_ERR_DATA,
			    ".npy header: %llu bytes are more than %d",
			    (unsigned long long)n_bytes, NPY_MAX_HEADER_BYTES);
	*header_bytes = (size_t)n_bytes;
	return CONSUMER_OK;
}

/* --- The dictionary ------------------------------------------------------ */

/* What is still to be read, and where the reason goes if that fails. */
struct reader {
	const unsigned char *next;
	const unsigned char *end;
	bool is_old; /* of Python 2, maybe: NumPy takes more there */
	ConsumerError *error;
};

/* Always false, so that parsers can return it. */
static bool
refuse(struct reader *reader, const char *reason)
{
	fail(reader->error, CONSUMER_ERR_DATA, ".npy header: %s", reason);
	return false;
}

static bool
is_next(const struct reader *reader, char first, char last)
{
	return reader->next < reader->end && *reader->next >= first &&
	       *reader->next <= last;
}

static void
skip_blanks(struct reader *reader)
{
	while (is_next(reader, ' ', ' ') || is_next(reader, '\t', '\n'))
		reader->next++;
}

/* Those that may stand outside the dictionary in any version. */
static void
skip_spaces(struct reader *reader)
{
	while (is_next(reader, ' ', ' ') || is_next(reader, '\t', '\t'))
		reader->next++;
}

/* Takes 'word', if it is what comes next but for blanks. */
static bool
take(struct reader *reader, const char *word)
{
	const size_t length = strlen(word);

	skip_blanks(reader);
	if ((size_t)(reader->end - reader->next) < length ||
	    memcmp(reader->next, word, length) != 0)
		return false;
	reader->next += length;
	return true;
}

/* A string in either quotes, without escapes, of fewer than 'size' bytes. */
static bool
read_string(struct reader *reader, char *out, size_t size)
{
	const char quote = take(reader, "'") ? '\'' : '"';
	size_t length = 0;

	if (quote == '"' && !take(reader, "\""))
		return refuse(reader, "expected a string");
	while (!is_next(reader, quote, quote)) {
		if (reader->next == reader->end)
			return refuse(reader, "a string does not end");
		if (!is_next(reader, ' ', '~') || *reader->next == '\\')
			return refuse(reader, "a string has a character that "
					      "is not plain ASCII");
		if (length + 1 == size)
			return refuse(reader, "a string is too long");
		out[length++] = (char)*reader->next++;
	}
	reader->next++;
	out[length] = '\0';
	return true;
}

/* What may be saved but not read here, and its name. */
static const char *
unsupported_name(char letter)
{
	static const struct {
		char letter;
		const char *name;
	} names[] = {
		{ 'O', "Python objects" }, { 'V', "records" },
		{ 'S', "byte strings" },   { 'a', "byte strings" },
		{ 'U', "strings" },	   { 'M', "dates" },
		{ 'm', "time spans" },	   { 'c', "complex numbers" },
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (names[i].letter == letter)
			return names[i].name;
	}
	return NULL;
}

/* Whether 'code' is one of NumPy's: an order, a letter and its size. */
static bool
parse_code(const char *code, ConsumerElement *out)
{
	const char *letter = *code && strchr("<>=|", *code) ? code + 1 : code;

	return strlen(letter) == 2 && letter[1] >= '1' && letter[1] <= '8' &&
	       !consumer_element_parse(code, out, NULL, NULL);
}

static bool
read_descr(struct reader *reader, ConsumerDescription *out)
{
	char code[64];
	const char *name;

	if (take(reader, "["))
		return refuse(reader, "records are not supported");
	if (!read_string(reader, code, sizeof(code)))
		return false;
	if (parse_code(code, &out->element))
		return true;
	name = unsupported_name(*code && strchr("<>=|", *code) ? code[1]
							       : *code);
	fail(reader->error, CONSUMER_ERR_DATA,
	     ".npy header: type '%s'%s%s%s is not supported", code,
	     name ? " (" : "", name ? name : "", name ? ")" : "");
	return false;
}

static bool
read_fortran_order(struct reader *reader, ConsumerDescription *out)
{
	out->is_fortran_order = take(reader, "True");
	return out->is_fortran_order || take(reader, "False") ||
	       refuse(reader, "fortran_order is neither True nor False");
}

/* The blanks before it are behind what was looked for last. */
static bool
read_length(struct reader *reader, ptrdiff_t *out)
{
	const unsigned char *first = reader->next;

	for (*out = 0; is_next(reader, '0', '9'); reader->next++) {
		if (__builtin_mul_overflow(*out, 10, out) ||
		    __builtin_add_overflow(*out, *reader->next - '0', out))
			return refuse(reader, "a length is too large");
	}
	if (reader->next == first)
		return refuse(reader, "a length is not a number of 0 or more");
	if (*first == '0' && *out != 0)
		return refuse(reader, "a length begins with 0");
	/* Python 2 wrote 16L. */
	if (reader->is_old && is_next(reader, 'L', 'L'))
		reader->next++;
	return true;
}

/* A tuple: "()", "(3,)", "(2, 3)", "(2, 3,)"; "(3)" would be a number. */
static bool
read_shape(struct reader *reader, ConsumerDescription *out)
{
	bool has_comma = false;

	out->ndim = 0;
	if (!take(reader, "("))
		return refuse(reader, "shape is not a tuple");
	while (!take(reader, ")")) {
		if (out->ndim > 0 && !has_comma)
			return refuse(reader, "expected ',' or ')' in shape");
		if (out->ndim == CONSUMER_MAX_NDIM)
			return refuse(reader, "more than 64 dimensions");
		if (!read_length(reader, &out->shape[out->ndim]))
			return false;
		out->ndim++;
		has_comma = take(reader, ",");
	}
	if (out->ndim == 1 && !has_comma)
		return refuse(reader, "shape is not a tuple");
	return true;
}

/* One key and its value; notes in '*seen', a bit for each, which. */
static bool
read_item(struct reader *reader, ConsumerDescription *out, unsigned *seen)
{
	static const struct {
		const char *name;
		bool (*read)(struct reader *reader, ConsumerDescription *out);
	} items[] = {
		{ "descr", read_descr },
		{ "fortran_order", read_fortran_order },
		{ "shape", read_shape },
	};
	char name[32];

	if (!read_string(reader, name, sizeof(name)))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(items); i++) {
		if (strcmp(name, items[i].name) != 0)
			continue;
		if (*seen & 1u << i)
			return refuse(reader, "a key stands there twice");
		*seen |= 1u << i;
		if (!take(reader, ":"))
			return refuse(reader, "expected ':' behind a key");
		return items[i].read(reader, out);
	}
	return refuse(reader, "a key is unknown");
}

/* What stands behind the dictionary: blanks, and then empty lines. */
static void
skip_padding(struct reader *reader)
{
	if (reader->is_old)
		skip_blanks(reader);
	skip_spaces(reader);
	while (is_next(reader, '\n', '\n'))
		reader->next++;
}

static bool
read_dictionary(struct reader *reader, ConsumerDescription *out)
{
	unsigned seen = 0;

	/* On a later line it would be indented, which NumPy refuses. */
	skip_spaces(reader);
	if (!is_next(reader, '{', '{'))
		return refuse(reader, "expected a dictionary");
	reader->next++;
	while (!take(reader, "}")) {
		if (!read_item(reader, out, &seen))
			return false;
		if (take(reader, ","))
			continue;
		if (!take(reader, "}"))
			return refuse(reader, "expected ',' or '}'");
		break;
	}
	if (seen != 7)
		return refuse(reader,
			      "descr, fortran_order or shape is missing");
	skip_padding(reader);
	if (reader->next != reader->end)
		return refuse(reader, "something stands behind the dictionary");
	return true;
}

/* False: the array and its header have more bytes than can be counted. */
static bool
count_elements(const ConsumerDescription *description, ptrdiff_t *n_elements)
{
	const size_t itemsize = description->element.itemsize;
	ptrdiff_t n_bytes;

	return shape_multiply(description->ndim, description->shape, itemsize,
			      n_elements) &&
	       !__builtin_add_overflow(*n_elements * (ptrdiff_t)itemsize,
				       description->header_bytes, &n_bytes);
}

ConsumerStatus
npy_parse(const unsigned char *header, size_t header_bytes,
	  ConsumerDescription *out, ptrdiff_t *n_elements, ConsumerError *error)
{
	struct reader reader = {
		.next = header + dictionary_offset(header),
		.end = header + header_bytes,
		.is_old = header[VERSION_AT] < 3,
		.error = error,
	};
	ConsumerDescription description = {
		.format = CONSUMER_FILE_NPY,
		.npy_version = header[VERSION_AT],
		.header_bytes = header_bytes,
	};
	ptrdiff_t n;

	if (!read_dictionary(&reader, &description))
		return CONSUMER_ERR_DATA;
	if (!count_elements(&description, &n))
		return fail(error, CONSUMER_ERR_DATA,
			    ".npy header: the shape has more bytes than can "
			    "be counted");
	*out = description;
	*n_elements = n;
	return CONSUMER_OK;
}

/* --- And back ------------------------------------------------------------ */

/* The magic, the version, the length of the rest. */
#define START_BYTES (LENGTH_AT + 2)

#define ALIGNMENT 64

/* The digits that there is room for where the array grows. */
#define GROWTH_DIGITS 21

_Static_assert(NPY_WRITTEN_BYTES >= START_BYTES + 80 + GROWTH_DIGITS +
					    CONSUMER_SHAPE_SIZE + ALIGNMENT,
	       "a header fits");
_Static_assert(NPY_WRITTEN_BYTES < 65536, "its length fits in version 1.0");

static int
put_descr(char *out, ConsumerElement element)
{
	const struct element_info *info =
		&element_table[element.type == CONSUMER_CHAR ? CONSUMER_UINT8
							     : element.type];
	const char order = info->itemsize == 1			       ? '|'
			   : element.byte_order == CONSUMER_BIG_ENDIAN ? '>'
								       : '<';

	return sprintf(out, "{'descr': '%c%c%d', ", order, info->numpy_letter,
		       info->itemsize);
}

size_t
npy_format(ConsumerElement element, bool is_fortran_order, int ndim,
	   const ptrdiff_t *shape, char out[NPY_WRITTEN_BYTES])
{
	char shape_text[CONSUMER_SHAPE_SIZE];
	int n = START_BYTES, n_whole;

	consumer_shape_text(ndim, shape, shape_text);
	memcpy(out, NPY_MAGIC "\x01", START_BYTES - 2);
	n += put_descr(out + n, element);
	n += sprintf(out + n, "'fortran_order': %s, 'shape': %s, }",
		     is_fortran_order ? "True" : "False", shape_text);
	n_whole = n + 1;
	if (ndim > 0)
		n_whole += GROWTH_DIGITS -
			   snprintf(NULL, 0, "%td",
				    shape[is_fortran_order ? ndim - 1 : 0]);
	/* One blank at least, as NumPy has it. */
	n_whole += ALIGNMENT - n_whole % ALIGNMENT;
	memset(out + n, ' ', (size_t)(n_whole - n - 1));
	out[n_whole - 1] = '\n';
	out[LENGTH_AT] = (char)((n_whole - START_BYTES) & 0xFF);
	out[LENGTH_AT + 1] = (char)((n_whole - START_BYTES) >> 8);
	return (size_t)n_whole;
}
