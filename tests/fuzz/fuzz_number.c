/* SPDX-License-Identifier: MIT */
/*
 * Numbers to text and back: the input's first byte is the type, the second the
 * separator, the rest are elements.  libc reads what the kernels write; no
 * fewer digits would do; all variants of the kernels write the same.
 */
#include "config.h"
#include "decimal.h"
#include "fuzz.h"
#include "number.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#define MAX_ELEMENTS 512

typedef text_kernel *const kernel_table[CONSUMER_N_TYPES][N_SPELLINGS];
extern kernel_table text_kernels_portable;
#if HAVE_X86_KERNELS
extern kernel_table text_kernels_avx2;
#endif

/* --- Floats -------------------------------------------------------------- */

/* The element whose bits are 'bits'. */
static double
float_of(ConsumerType type, uint64_t bits)
{
	unsigned char bytes[sizeof(bits)];
	const size_t itemsize = consumer_element(type).itemsize;

	for (size_t i = 0; i < itemsize; i++)
		bytes[i] = (unsigned char)(bits >> 8 * i);
	return consumer_element_load((ConsumerElement){ type,
							CONSUMER_LITTLE_ENDIAN,
							itemsize },
				     bytes)
		.floating;
}

/* Whether 'value' is nearer to 'element' than to 'other'; a tie is even's. */
static bool
is_nearer(double value, double element, double other, bool element_is_even)
{
	const double distance = fabs(value - element);
	const double from_other = fabs(value - other);

	if (isinf(other)) /* 65536 is where it would be */
		return value < 65520;
	return distance < from_other ||
	       (distance == from_other && element_is_even);
}

/* Whether 'text', without its sign, reads back as the positive 'bits'. */
static bool
reads_back(ConsumerType type, uint64_t bits, const char *text)
{
	const double element = float_of(type, bits);
	double value;

	if (type == CONSUMER_FLOAT64)
		return strtod(text, NULL) == element;
	if (type == CONSUMER_FLOAT32)
		return strtof(text, NULL) == (float)element;
	value = strtod(text, NULL);
	if (bits == 0)
		return value == 0;
	return is_nearer(value, element, float_of(type, bits - 1),
			 bits % 2 == 0) &&
	       is_nearer(value, element, float_of(type, bits + 1),
			 bits % 2 == 0);
}

/* The digits that count: neither zeros at the ends nor the exponent. */
static int
count_digits(const char *text)
{
	int n = 0, n_zeros = 0;

	for (; *text && *text != 'e'; text++) {
		if (*text == '0' && n > 0)
			n_zeros++;
		if (*text < '1' || *text > '9')
			continue;
		n += n_zeros + 1;
		n_zeros = 0;
	}
	return n;
}

static void
check_float(ConsumerType type, uint64_t bits, const char *text)
{
	const int n_bits = 8 * (int)consumer_element(type).itemsize;
	const uint64_t sign = UINT64_C(1) << (n_bits - 1);
	const double element = float_of(type, bits & ~sign);
	int n_digits;
	char other[40];

	if (isnan(element)) {
		require(strcmp(text, "nan") == 0, "%s", text);
		return;
	}
	require((*text == '-') == ((bits & sign) != 0), "%s", text);
	text += *text == '-';
	if (isinf(element)) {
		require(strcmp(text, "inf") == 0, "%s", text);
		return;
	}
	require(strpbrk(text, ".e") && isdigit((unsigned char)*text), "%s",
		text);
	require(reads_back(type, bits & ~sign, text), "%s", text);
	n_digits = count_digits(text);
	if (n_digits == 0)
		return;
	/* Nothing shorter reads back, and nothing as short is nearer. */
	snprintf(other, sizeof(other), "%.*e", n_digits - 1, element);
	if (reads_back(type, bits & ~sign, other))
		require(strtod(text, NULL) == strtod(other, NULL), "%s and %s",
			text, other);
	if (n_digits == 1)
		return;
	snprintf(other, sizeof(other), "%.*e", n_digits - 2, element);
	require(!reads_back(type, bits & ~sign, other), "%s and %s", text,
		other);
}

/* --- One number ---------------------------------------------------------- */

static void
check_decimal(ConsumerType type, uint64_t bits, const char *text)
{
	const int unused = 64 - 8 * (int)consumer_element(type).itemsize;
	char want[24];

	switch (consumer_type_kind(type)) {
	case CONSUMER_KIND_FLOAT:
		check_float(type, bits, text);
		return;
	case CONSUMER_KIND_SIGNED:
		snprintf(want, sizeof(want), "%lld",
			 (long long)((int64_t)(bits << unused) >> unused));
		break;
	case CONSUMER_KIND_BOOL:
		snprintf(want, sizeof(want), "%s", bits ? "True" : "False");
		break;
	default:
		snprintf(want, sizeof(want), "%llu", (unsigned long long)bits);
	}
	require(strcmp(text, want) == 0, "%s, not %s", text, want);
}

/* JSON differs in bool and in what is not finite, and there alone. */
static void
check_json(ConsumerType type, const char *text, const char *decimal)
{
	const char *want = decimal;

	if (consumer_type_kind(type) == CONSUMER_KIND_BOOL)
		want = *decimal == 'T' ? "true" : "false";
	else if (strpbrk(decimal, "nf"))
		want = "null";
	require(strcmp(text, want) == 0, "%s, not %s", text, want);
}

static void
check_hex(ConsumerType type, uint64_t bits, const char *text)
{
	char want[24];

	snprintf(want, sizeof(want), "0x%0*llx",
		 2 * (int)consumer_element(type).itemsize,
		 (unsigned long long)bits);
	require(strcmp(text, want) == 0, "%s, not %s", text, want);
}

/* --- Many ---------------------------------------------------------------- */

static const struct separator separators[] = {
	{ "\n", 1 },
	{ ", ", 2 },
};

/* The text of all elements, with a NUL behind it; for the next call, too. */
static size_t
make_text(text_kernel *kernel, const void *elements, size_t n_elements,
	  struct separator separator, const char **text)
{
	char *out = (char *)fuzz_memory(
		FUZZ_OUT, n_elements * DECIMAL_MAX_BYTES + DECIMAL_SLACK_BYTES);
	const size_t n =
		(size_t)(kernel(elements, n_elements, separator, out) - out);

	require(n <= n_elements * DECIMAL_MAX_BYTES, "%zu bytes", n);
	*text = out;
	return n;
}

/* Cuts the separator off the next number and moves '*text' behind it. */
static void
next_number(const char **text, const char *end, struct separator separator,
	    char out[DECIMAL_MAX_BYTES + 1])
{
	const char *found =
		memchr(*text, separator.text[0], (size_t)(end - *text));
	size_t n;

	require(found && end - found >= separator.n_bytes &&
			!memcmp(found, separator.text, separator.n_bytes),
		"no separator");
	n = (size_t)(found - *text);
	require(n > 0 && n <= DECIMAL_MAX_BYTES, "%zu bytes", n);
	memcpy(out, *text, n);
	out[n] = '\0';
	*text = found + separator.n_bytes;
}

static uint64_t
bits_at(ConsumerType type, const unsigned char *elements, size_t i)
{
	const size_t itemsize = consumer_element(type).itemsize;
	uint64_t bits = 0;

	for (size_t k = 0; k < itemsize; k++) {
		const size_t place =
			CONSUMER_NATIVE_ENDIAN ? itemsize - 1 - k : k;

		bits |= (uint64_t)elements[i * itemsize + place] << 8 * k;
	}
	return bits;
}

/* How many numbers were looked at: an execution has up to MAX_ELEMENTS. */
static uint64_t n_numbers;

static void __attribute__((destructor)) report_numbers(void)
{
	fprintf(stderr, "stat::numbers: %" PRIu64 "\n", n_numbers);
}

/* The text of each spelling, one after the other. */
static char texts[N_SPELLINGS][MAX_ELEMENTS * DECIMAL_MAX_BYTES + 1];

static void
check_numbers(ConsumerType type, const unsigned char *elements,
	      size_t n_elements, struct separator separator,
	      const size_t n_bytes[N_SPELLINGS])
{
	const char *next[N_SPELLINGS];
	char number[N_SPELLINGS][DECIMAL_MAX_BYTES + 1];

	for (int i = 0; i < N_SPELLINGS; i++)
		next[i] = texts[i];
	for (size_t i = 0; i < n_elements; i++) {
		const uint64_t bits = bits_at(type, elements, i);

		for (int k = 0; k < N_SPELLINGS; k++)
			next_number(&next[k], texts[k] + n_bytes[k], separator,
				    number[k]);
		check_decimal(type, bits, number[SPELLING_PYTHON]);
		check_json(type, number[SPELLING_JSON],
			   number[SPELLING_PYTHON]);
		check_hex(type, bits, number[SPELLING_HEX]);
	}
	for (int i = 0; i < N_SPELLINGS; i++)
		require(next[i] == texts[i] + n_bytes[i], "more numbers");
}

static void
check_variant(text_kernel *kernel, const void *elements, size_t n_elements,
	      struct separator separator, enum spelling spelling,
	      size_t n_wanted)
{
	const char *text;
	const size_t n =
		make_text(kernel, elements, n_elements, separator, &text);

	require(n == n_wanted && memcmp(text, texts[spelling], n) == 0,
		"variants differ in spelling %d", (int)spelling);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	struct fuzz_input input = { data, n_bytes };
	const ConsumerType type =
		(ConsumerType)(1 +
			       fuzz_take(&input, 1) % (CONSUMER_N_TYPES - 1));
	const struct separator separator =
		separators[fuzz_take(&input, 1) % ARRAY_LEN(separators)];
	const size_t itemsize = consumer_element(type).itemsize;
	const size_t n = MIN(input.n_left / itemsize, MAX_ELEMENTS);
	const unsigned char *elements = fuzz_copy(input.next, n * itemsize);
	size_t n_text_bytes[N_SPELLINGS];

	for (int i = 0; i < N_SPELLINGS; i++) {
		const enum spelling spelling = (enum spelling)i;
		const char *text;

		n_text_bytes[i] = make_text(text_kernel_for(type, spelling),
					    elements, n, separator, &text);
		memcpy(texts[i], text, n_text_bytes[i]);
		check_variant(text_kernels_portable[type][i], elements, n,
			      separator, spelling, n_text_bytes[i]);
#if HAVE_X86_KERNELS
		if (__builtin_cpu_supports("avx2"))
			check_variant(text_kernels_avx2[type][i], elements, n,
				      separator, spelling, n_text_bytes[i]);
#endif
	}
	check_numbers(type, elements, n, separator, n_text_bytes);
	n_numbers += n;
	return 0;
}
