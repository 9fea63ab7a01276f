/* SPDX-License-Identifier: MIT */
/*
 * Which variant of the kernels this CPU gets: chosen once, at the first use;
 * and the mode in which it computes with floats.
 */
#include "config.h"
#include "decimal.h"
#include "float_mode.h"
#include "kernels.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* --- Variants ------------------------------------------------------------ */

#define DECLARE_VARIANT(name)                                         \
	extern const struct summary_kernels integer_kernels_##name[]; \
	extern const struct summary_kernels float_kernels_##name[];   \
	extern const struct search_kernels search_kernels_##name[];   \
	extern gather_kernel *const gather_kernels_##name[];          \
	extern text_kernel                                            \
		*const text_kernels_##name[CONSUMER_N_TYPES][N_SPELLINGS];

DECLARE_VARIANT(portable)
#if HAVE_X86_KERNELS
DECLARE_VARIANT(avx2)
DECLARE_VARIANT(avx512)
#endif

static bool
has_portable(void)
{
	return true;
}

#if HAVE_X86_KERNELS
static bool
has_avx2(void)
{
	__builtin_cpu_init();
	return __builtin_cpu_supports("avx2") &&
	       __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
	       __builtin_cpu_supports("bmi2") &&
	       __builtin_cpu_supports("popcnt");
}

static bool
has_avx512(void)
{
	return has_avx2() && __builtin_cpu_supports("avx512f") &&
	       __builtin_cpu_supports("avx512bw") &&
	       __builtin_cpu_supports("avx512dq") &&
	       __builtin_cpu_supports("avx512vl") &&
	       __builtin_cpu_supports("avx512vbmi") &&
	       __builtin_cpu_supports("avx512vbmi2") &&
	       __builtin_cpu_supports("avx512ifma") &&
	       __builtin_cpu_supports("avx512cd");
}
#endif

#define KERNELS_OF(name)                                                     \
	integer_kernels_##name, float_kernels_##name, search_kernels_##name, \
		gather_kernels_##name, text_kernels_##name

/* Best first. */
static const struct variant {
	const char *name;
	bool (*is_supported)(void);
	const struct summary_kernels *integer_kernels;
	const struct summary_kernels *float_kernels;
	const struct search_kernels *search_kernels;
	gather_kernel *const *gather_kernels;
	text_kernel *const (*text_kernels)[N_SPELLINGS];
} variants[] = {
#if HAVE_X86_KERNELS
	{ "avx512", has_avx512, KERNELS_OF(avx512) },
	{ "avx2", has_avx2, KERNELS_OF(avx2) },
#endif
	{ "portable", has_portable, KERNELS_OF(portable) },
};

/*
 * For tests only: CONSUMER_KERNELS names the best variant to use, so that each
 * that the CPU has can be tried.
 */
static const struct variant *
choose(void)
{
	const char *best = getenv("CONSUMER_KERNELS");
	size_t i = 0;

	for (size_t named = 0; best && named < ARRAY_LEN(variants); named++) {
		if (strcmp(best, variants[named].name) == 0)
			i = named;
	}
	while (!variants[i].is_supported())
		i++;
	return &variants[i];
}

static const struct variant *
chosen(void)
{
	/* Threads that come first all choose the same. */
	static _Atomic(const struct variant *) cached;
	const struct variant *variant =
		atomic_load_explicit(&cached, memory_order_relaxed);

	if (!variant) {
		variant = choose();
		atomic_store_explicit(&cached, variant, memory_order_relaxed);
	}
	return variant;
}

const struct summary_kernels *
summary_kernels_for(ConsumerType type)
{
	const struct variant *variant = chosen();

	return consumer_type_kind(type) == CONSUMER_KIND_FLOAT
		       ? &variant->float_kernels[type]
		       : &variant->integer_kernels[type];
}

const struct search_kernels *
search_kernels_for(ConsumerType type)
{
	return &chosen()->search_kernels[type];
}

gather_kernel *
gather_kernel_for(size_t itemsize)
{
	return itemsize <= 8 ? chosen()->gather_kernels[itemsize] : NULL;
}

text_kernel *
text_kernel_for(ConsumerType type, enum spelling spelling)
{
	if ((unsigned)type >= CONSUMER_N_TYPES)
		return NULL;
	return chosen()->text_kernels[type][spelling];
}

const char *
kernels_name(void)
{
	return chosen()->name;
}

/* --- The mode ------------------------------------------------------------ */

unsigned
float_mode_set_default(void)
{
	const unsigned mode = float_mode_get();

	float_mode_set(FLOAT_MODE_DEFAULT);
	return mode;
}

void
float_mode_restore(unsigned mode)
{
	float_mode_set(mode);
}
