/* SPDX-License-Identifier: MIT */
/* The bits of elements, against printf(). */
#include "config.h"
#include "check_run.h"
#include "decimal.h"

#include <inttypes.h>
#include <stdio.h>

#define N_AT_ONCE 256

static const struct separator separators[] = {
	{ "", 0 },
	{ "\n", 1 },
	{ { ',', ' ' }, 2 },
};

/* The low bits of 'values' as native elements, back to back. */
static void
store(const uint64_t *values, size_t n, size_t itemsize, unsigned char *out)
{
	for (size_t i = 0; i < n; i++) {
		const uint8_t bits_8 = (uint8_t)values[i];
		const uint16_t bits_16 = (uint16_t)values[i];
		const uint32_t bits_32 = (uint32_t)values[i];
		const void *bits = itemsize == 1   ? (const void *)&bits_8
				   : itemsize == 2 ? (const void *)&bits_16
				   : itemsize == 4 ? (const void *)&bits_32
						   : &values[i];

		memcpy(out + i * itemsize, bits, itemsize);
	}
}

/*
 * Prints 'n' <= N_AT_ONCE elements in one call, from memory and to memory that
 * end at unmapped pages.
 */
static void
check_values(ConsumerType type, const uint64_t *values, size_t n,
	     struct separator separator)
{
	const size_t itemsize = consumer_element(type).itemsize;
	const uint64_t mask = UINT64_MAX >> (64 - 8 * itemsize);
	struct guarded from = guarded_new(n * itemsize, GUARDED_BACK);
	struct guarded room = guarded_new(
		n * DECIMAL_MAX_BYTES + DECIMAL_SLACK_BYTES, GUARDED_BACK);
	char *text = (char *)room.data;
	char want[N_AT_ONCE * DECIMAL_MAX_BYTES + 1];
	size_t n_want = 0;
	char *end;

	store(values, n, itemsize, from.data);
	for (size_t i = 0; i < n; i++)
		n_want += (size_t)sprintf(want + n_want, "0x%0*" PRIx64 "%.*s",
					  (int)itemsize * 2, values[i] & mask,
					  separator.n_bytes, separator.text);
	end = text_kernel_for(type, SPELLING_HEX)(from.data, n, separator,
						  text);
	expect((size_t)(end - text) == n_want &&
		       memcmp(text, want, n_want) == 0,
	       "%s: \"%.*s\", expected \"%.*s\"", consumer_type_name(type),
	       (int)MIN(end - text, 200), text, (int)MIN(n_want, 200), want);
	guarded_free(&from);
	guarded_free(&room);
}

START_TEST(every_value_of_8_and_16_bits)
{
	const ConsumerType type = (ConsumerType)_i;

	if (consumer_element(type).itemsize > 2)
		return;
	for (uint64_t first = 0; first < 65536; first += N_AT_ONCE) {
		uint64_t values[N_AT_ONCE];

		for (uint64_t i = 0; i < N_AT_ONCE; i++)
			values[i] = first + i;
		check_values(type, values, N_AT_ONCE, separators[1]);
	}
}
END_TEST

/* Each digit at each place, in the company of zeros and of 15s. */
START_TEST(every_digit_at_every_place)
{
	for (int place = 0; place < 16; place++) {
		uint64_t values[32];

		for (uint64_t digit = 0; digit < 16; digit++) {
			values[2 * digit] = digit << 4 * place;
			values[2 * digit + 1] = ~(UINT64_C(15) << 4 * place) |
						digit << 4 * place;
		}
		check_values((ConsumerType)_i, values, ARRAY_LEN(values),
			     separators[place % 3]);
	}
}
END_TEST

START_TEST(random_values_in_blocks_of_any_length)
{
	uint64_t state = (uint64_t)_i;

	for (int round = 0; round < 2000; round++) {
		const size_t n = (size_t)random_between(&state, 0, N_AT_ONCE);
		uint64_t values[N_AT_ONCE];

		for (size_t i = 0; i < n; i++)
			values[i] = random_bits(&state) >>
				    random_between(&state, 0, 63);
		check_values((ConsumerType)_i, values, n,
			     separators[round % 3]);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("hexadecimal");
	TCase *tcase = check_case(suite);

	tcase_add_loop_test(tcase, every_value_of_8_and_16_bits, CONSUMER_BOOL,
			    CONSUMER_N_TYPES);
	tcase_add_loop_test(tcase, every_digit_at_every_place, CONSUMER_BOOL,
			    CONSUMER_N_TYPES);
	tcase_add_loop_test(tcase, random_values_in_blocks_of_any_length,
			    CONSUMER_BOOL, CONSUMER_N_TYPES);
	return check_run(suite);
}
