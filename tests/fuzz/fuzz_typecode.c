/* SPDX-License-Identifier: MIT */
/*
 * Type codes: the input, as a string, is one exactly if the rules of the manual
 * say so; and what it means has a code that means the same.
 */
#include "config.h"
#include "fuzz.h"

/* "i4" ... with the sizes that NumPy has and so do we. */
static bool
is_numpy(const char *body)
{
	static const char codes[] = "b1 i1 u1 i2 u2 i4 u4 i8 u8 f2 f4 f8";
	const char *found = strlen(body) == 2 ? strstr(codes, body) : NULL;

	return found && (found == codes || found[-1] == ' ');
}

static bool
is_name(const char *body)
{
	for (int type = CONSUMER_BOOL; type < CONSUMER_N_TYPES; type++) {
		if (strcmp(body, consumer_type_name((ConsumerType)type)) == 0)
			return true;
	}
	return false;
}

/* The manual's words, again. */
static bool
is_code(const char *code)
{
	const char prefix = *code && strchr("<>=@!|", *code) ? *code : '\0';
	const char *body = code + (prefix != '\0');

	if (strlen(body) == 1)
		return strchr("?cbBhHiIlLqQefd", *body)
			       ? prefix != '|'
			       : strchr("nNP", *body) &&
					 (prefix == '\0' || prefix == '@');
	if (is_numpy(body))
		return prefix == '|' ? body[1] == '1'
				     : prefix != '@' && prefix != '!';
	return prefix == '\0' && is_name(body);
}

static void
check_meaning(const char *string, ConsumerElement got, bool is_explicit)
{
	ConsumerElement again;
	char code[CONSUMER_CODE_SIZE];

	require(is_explicit == (strchr("<>=@!", *string) != NULL), "%s",
		string);
	require(got.itemsize == consumer_element(got.type).itemsize, "%s",
		string);
	if (*string == '<')
		require(got.byte_order == CONSUMER_LITTLE_ENDIAN, "%s", string);
	else if (*string == '>' || *string == '!')
		require(got.byte_order == CONSUMER_BIG_ENDIAN, "%s", string);
	else
		require(got.byte_order == CONSUMER_NATIVE_ENDIAN, "%s", string);
	consumer_element_code(got, code);
	require(!consumer_element_parse(code, &again, NULL, NULL), "%s: %s",
		string, code);
	require(again.type == got.type && again.itemsize == got.itemsize &&
			(got.itemsize == 1 ||
			 again.byte_order == got.byte_order),
		"%s: %s", string, code);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	ConsumerElement got;
	bool is_explicit;
	ConsumerError error;
	ConsumerStatus status;
	char *string;

	if (n_bytes > 512)
		return 0;
	string = (char *)fuzz_memory(FUZZ_IN, n_bytes + 1);
	if (n_bytes > 0)
		memcpy(string, data, n_bytes);
	string[n_bytes] = '\0';
	POISON(got);
	POISON(is_explicit);
	status = consumer_element_parse(string, &got, &is_explicit, &error);
	require((status == CONSUMER_OK) == is_code(string), "'%s'", string);
	if (status == CONSUMER_OK) {
		check_meaning(string, got, is_explicit);
		return 0;
	}
	require(status == CONSUMER_ERR_ARGUMENT, "%d", (int)status);
	require(error.status == status && strstr(error.message, "type code"),
		"%s", error.message);
	require_untouched(got);
	require_untouched(is_explicit);
	return 0;
}
