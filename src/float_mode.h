/* SPDX-License-Identifier: MIT */
/*
 * How the CPU computes with floats - rounding, subnormals, traps - as the
 * register that says so has it.  C's fegetenv() and fesetenv() do more, and
 * take 20 times as long on x86.  On CPUs not named here nothing is done.
 */
#ifndef FLOAT_MODE_H
#define FLOAT_MODE_H

#include <stdint.h>
#ifdef __SSE2__
#include <xmmintrin.h>
#endif

/* Round to nearest, keep subnormals, trap nothing; no exception so far. */
#ifdef __SSE2__
#define FLOAT_MODE_DEFAULT 0x1F80
#else
#define FLOAT_MODE_DEFAULT 0
#endif

static inline unsigned
float_mode_get(void)
{
	uintptr_t mode = 0;

#if defined(__SSE2__)
	mode = _mm_getcsr();
#elif defined(__aarch64__)
	__asm__ volatile("mrs %0, fpcr" : "=r"(mode));
#elif defined(__ARM_FP)
	__asm__ volatile("vmrs %0, fpscr" : "=r"(mode));
#elif defined(__s390x__)
	__asm__ volatile("efpc %0" : "=d"(mode));
#endif
	return (unsigned)mode;
}

static inline void
float_mode_set(unsigned mode)
{
	const uintptr_t bits = mode;

#if defined(__SSE2__)
	_mm_setcsr((unsigned)bits);
#elif defined(__aarch64__)
	__asm__ volatile("msr fpcr, %0" : : "r"(bits));
#elif defined(__ARM_FP)
	__asm__ volatile("vmsr fpscr, %0" : : "r"(bits));
#elif defined(__s390x__)
	__asm__ volatile("sfpc %0" : : "d"(bits));
#else
	(void)bits;
#endif
}

#endif
