/* SPDX-License-Identifier: MIT */
/* Type codes: "int32", "<i4", "i" ... to an element, and back. */
#include "config.h"
#include "element.h"

/*
 * The letters of the struct module: their sizes without prefix or after '@',
 * and their standard sizes; 0 where the letter does not exist.
 */
static const struct struct_letter {
	char letter;
	unsigned char native_size;
	unsigned char standard_size;
	ConsumerKind kind;
} struct_letters[] = {
	{ '?', 1, 1, CONSUMER_KIND_BOOL },
	{ 'c', 1, 1, CONSUMER_KIND_CHAR },
	{ 'b', 1, 1, CONSUMER_KIND_SIGNED },
	{ 'B', 1, 1, CONSUMER_KIND_UNSIGNED },
	{ 'h', sizeof(short), 2, CONSUMER_KIND_SIGNED },
	{ 'H', sizeof(short), 2, CONSUMER_KIND_UNSIGNED },
	{ 'i', sizeof(int), 4, CONSUMER_KIND_SIGNED },
	{ 'I', sizeof(int), 4, CONSUMER_KIND_UNSIGNED },
	{ 'l', sizeof(long), 4, CONSUMER_KIND_SIGNED },
	{ 'L', sizeof(long), 4, CONSUMER_KIND_UNSIGNED },
	{ 'q', sizeof(long long), 8, CONSUMER_KIND_SIGNED },
	{ 'Q', sizeof(long long), 8, CONSUMER_KIND_UNSIGNED },
	{ 'n', sizeof(size_t), 0, CONSUMER_KIND_SIGNED },
	{ 'N', sizeof(size_t), 0, CONSUMER_KIND_UNSIGNED },
	{ 'P', sizeof(void *), 0, CONSUMER_KIND_UNSIGNED },
	{ 'e', 2, 2, CONSUMER_KIND_FLOAT },
	{ 'f', sizeof(float), 4, CONSUMER_KIND_FLOAT },
	{ 'd', sizeof(double), 8, CONSUMER_KIND_FLOAT },
};

static ConsumerType
find_name(const char *name)
{
	for (int type = 0; type < CONSUMER_N_TYPES; type++) {
		if (strcmp(element_table[type].name, name) == 0)
			return (ConsumerType)type;
	}
	return CONSUMER_OPAQUE;
}

/* 'letter' and 'digit' of "i4"; no itemsize is that of what is no digit. */
static ConsumerType
find_numpy(char prefix, char letter, char digit)
{
	const int itemsize = digit - '0';

	if (strchr("@!", prefix) && prefix)
		return CONSUMER_OPAQUE;
	if (prefix == '|' && itemsize != 1)
		return CONSUMER_OPAQUE;
	for (int type = 0; type < CONSUMER_N_TYPES; type++) {
		const struct element_info *info = &element_table[type];

		if (info->numpy_letter == letter && info->itemsize == itemsize)
			return (ConsumerType)type;
	}
	return CONSUMER_OPAQUE;
}

static ConsumerType
find_kind(ConsumerKind kind, size_t itemsize)
{
	for (int type = 0; type < CONSUMER_N_TYPES; type++) {
		const struct element_info *info = &element_table[type];

		if (info->kind == kind && info->itemsize == itemsize)
			return (ConsumerType)type;
	}
	return CONSUMER_OPAQUE;
}

static ConsumerType
find_struct(char prefix, char letter)
{
	const bool is_native = prefix == '\0' || prefix == '@';

	if (prefix == '|')
		return CONSUMER_OPAQUE;
	for (size_t i = 0; i < ARRAY_LEN(struct_letters); i++) {
		const struct struct_letter *row = &struct_letters[i];

		if (row->letter == letter)
			return find_kind(row->kind,
					 is_native ? row->native_size
						   : row->standard_size);
	}
	return CONSUMER_OPAQUE;
}

/* The type of a code without its prefix; CONSUMER_OPAQUE: there is none. */
static ConsumerType
find_type(char prefix, const char *body)
{
	switch (strlen(body)) {
	case 1:
		return find_struct(prefix, body[0]);
	case 2:
		return find_numpy(prefix, body[0], body[1]);
	default:
		return prefix ? CONSUMER_OPAQUE : find_name(body);
	}
}

static ConsumerByteOrder
prefix_byte_order(char prefix)
{
	switch (prefix) {
	case '<':
		return CONSUMER_LITTLE_ENDIAN;
	case '>':
	case '!':
		return CONSUMER_BIG_ENDIAN;
	default:
		return CONSUMER_NATIVE_ENDIAN;
	}
}

/* How much of 'code' a message shows; it does not end inside a character. */
static int
shown_length(const char *code)
{
	size_t length = strnlen(code, 64);

	while (length > 0 && ((unsigned char)code[length] & 0xC0) == 0x80)
		length--;
	return (int)length;
}

ConsumerStatus
consumer_element_parse(const char *code, ConsumerElement *out,
		       bool *order_is_explicit, ConsumerError *error)
{
	const char prefix = *code && strchr("@=<>!|", *code) ? *code : '\0';
	const ConsumerType type = find_type(prefix, prefix ? code + 1 : code);
	const int n_shown = shown_length(code);

	if (type == CONSUMER_OPAQUE)
		return fail(error, CONSUMER_ERR_ARGUMENT,
			    "unknown type code '%.*s%s'", n_shown, code,
			    code[n_shown] ? "..." : "");
	*out = consumer_element(type);
	out->byte_order = prefix_byte_order(prefix);
	if (order_is_explicit)
		*order_is_explicit = prefix && prefix != '|';
	return CONSUMER_OK;
}

void
consumer_element_code(ConsumerElement element, char code[CONSUMER_CODE_SIZE])
{
	if (element_is_swapped(element))
		*code++ = element.byte_order == CONSUMER_LITTLE_ENDIAN ? '<'
								       : '>';
	*code++ = element_row(element.type)->struct_code;
	*code = '\0';
}
