#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes powers_of_ten.h, the table that floats to text multiply by.

    python3 src/make_powers_of_ten.py > src/powers_of_ten.h

Entry k holds the first 128 bits of 10**k, rounded up: the g of R. Giulietti,
"The Schubfach way to render doubles" (2021), section 9.8, in the width that
uses all of two 64-bit words.
"""

import math

FIRST, LAST = -293, 324  # every power that a float64 can ask for


def leading_128_bits(exponent: int) -> int:
    """10**exponent * 2**n, rounded up, for the n that makes it 128 bits long."""
    if exponent >= 0:
        numerator, denominator = 10**exponent, 1
    else:
        numerator, denominator = 1, 10**-exponent
    shift = 128 - (numerator.bit_length() - denominator.bit_length())
    while True:
        if shift >= 0:
            scaled, divisor = numerator << shift, denominator
        else:
            scaled, divisor = numerator, denominator << -shift
        bits = (scaled // divisor).bit_length()
        if bits == 128:
            return -(-scaled // divisor)
        shift += 128 - bits


def main() -> None:
    print("/* SPDX-License-Identifier: MIT */")
    print("/* Made by make_powers_of_ten.py; do not edit. */")
    print(f"#define FIRST_POWER_OF_TEN ({FIRST})")
    print()
    print("/* Logarithms, times powers of two and rounded down */")
    print("#define LOG10_BITS   22")
    print(f"#define LOG10_OF_2   {int(math.log10(2) * 2**22)}")
    print(f"#define LOG10_OF_4_3 {int(math.log10(4 / 3) * 2**22)}")
    print("#define LOG2_BITS    19")
    print(f"#define LOG2_OF_10   {int(math.log2(10) * 2**19)}")
    print()
    print("/* { high, low } 64 bits of 10^(FIRST_POWER_OF_TEN + i) */")
    print("static const uint64_t powers_of_ten[][2] = {")
    for exponent in range(FIRST, LAST + 1):
        high, low = divmod(leading_128_bits(exponent), 1 << 64)
        print(f"\t{{ 0x{high:016X}, 0x{low:016X} }},")
    print("};")


if __name__ == "__main__":
    main()
