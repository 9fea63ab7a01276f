/* SPDX-License-Identifier: MIT */
/*
 * A template, no header: kernels_float.c includes it for each type of float,
 * with TYPE and what it is made of defined, and gets range_TYPE(), sum_TYPE()
 * and all_TYPE().
 */
#define OF_TYPE(name)	  PASTE(name, TYPE)
#define BIN		  OF_TYPE(bin)
#define UNALIGNED(ctype)  PASTE(unaligned, ctype)
#define MAGNITUDE_MASK	  ((BITS)-1 >> 1)
#define SIGN_MASK	  (~MAGNITUDE_MASK)
#define SIGN_SHIFT	  (8 * sizeof(BITS) - 1)
#define BIASED_NOT_FINITE (2 * (BIAS) + 1)

/* --- The range ----------------------------------------------------------- */

static bool
OF_TYPE(has_zero)(const void *elements, size_t n_elements, bool is_negative)
{
	const BITS zero = (BITS)is_negative << SIGN_SHIFT;
	const UNALIGNED(BITS) *x = elements;
	size_t n = 0;

	for (size_t i = 0; i < n_elements; i++)
		n += x[i] == zero;
	return n > 0;
}

/*
 * Comparisons are false for NaN, which so leaves the minimum as it is.  Lanes
 * of their own keep the order of operations, so the compiler may use vectors
 * without being allowed to forget NaN.  It cannot see the sign of a zero: a
 * second look, only if a zero is the result, settles it (-0.0 < 0.0).
 */
static void
OF_TYPE(range)(const void *elements, size_t n_elements, struct range *out)
{
	enum { N_LANES = 2 * VECTOR_BYTES / sizeof(REAL) };
	const UNALIGNED(REAL) *x = elements;
	const size_t n_whole = n_elements - n_elements % N_LANES;
	REAL min[N_LANES], max[N_LANES];
	BITS n_nan[N_LANES];
	size_t j;

	for (j = 0; j < N_LANES; j++) {
		min[j] = (REAL)INFINITY;
		max[j] = -(REAL)INFINITY;
		n_nan[j] = 0;
	}
	for (size_t i = 0; i < n_whole; i += N_LANES) {
		for (j = 0; j < N_LANES; j++) {
			const REAL value = x[i + j];

			min[j] = value < min[j] ? value : min[j];
		}
		for (j = 0; j < N_LANES; j++) {
			const REAL value = x[i + j];

			max[j] = value > max[j] ? value : max[j];
		}
		for (j = 0; j < N_LANES; j++)
			n_nan[j] += x[i + j] != x[i + j];
	}
	for (j = 0; j < n_elements - n_whole; j++) {
		const REAL value = x[n_whole + j];

		min[j] = value < min[j] ? value : min[j];
		max[j] = value > max[j] ? value : max[j];
		n_nan[j] += value != value;
	}
	out->n_nan = (size_t)n_nan[0];
	for (j = 1; j < N_LANES; j++) {
		min[0] = min[j] < min[0] ? min[j] : min[0];
		max[0] = max[j] > max[0] ? max[j] : max[0];
		out->n_nan += (size_t)n_nan[j];
	}
	if (min[0] == 0)
		min[0] = OF_TYPE(has_zero)(elements, n_elements, true)
				 ? -(REAL)0
				 : (REAL)0;
	if (max[0] == 0)
		max[0] = OF_TYPE(has_zero)(elements, n_elements, false)
				 ? (REAL)0
				 : -(REAL)0;
	out->min.floating = min[0];
	out->max.floating = max[0];
}

/* --- Sums: one by one ---------------------------------------------------- */

static void
OF_TYPE(add_one_by_one)(const void *elements, size_t n_elements,
			const struct sums *sums)
{
	const UNALIGNED(REAL) *x = elements;

	for (size_t i = 0; i < n_elements; i++)
		add_number((double)x[i], sums);
}

/* --- Sums: splitting ----------------------------------------------------- */

static struct exponents
OF_TYPE(find_exponents)(const void *elements, size_t n_elements)
{
	const UNALIGNED(BITS) *x = elements;
	/* As signed: that is what vectors can compare. */
	SIGNED_BITS min = (SIGNED_BITS)MAGNITUDE_MASK, max = 0;
	int highest;

	for (size_t i = 0; i < n_elements; i++) {
		const SIGNED_BITS magnitude =
			(SIGNED_BITS)(x[i] & MAGNITUDE_MASK);
		/* 0 has no bits, and wraps to the most. */
		const SIGNED_BITS below =
			(SIGNED_BITS)(((BITS)magnitude - 1) & MAGNITUDE_MASK);

		min = below < min ? below : min;
		max = magnitude > max ? magnitude : max;
	}
	highest = (int)(max >> N_MANTISSA_BITS) - BIAS;
	return (struct exponents){
		highest > BIAS ? EXPONENT_NOT_FINITE : highest,
		(int)(((BITS)min + 1) >> N_MANTISSA_BITS) - BIAS -
			N_MANTISSA_BITS,
	};
}

TEMPLATE doubles
OF_TYPE(terms)(const void *elements, size_t i)
{
	typedef REAL vector
		__attribute__((vector_size(LANES / 2 * sizeof(REAL))));
	vector values;

	memcpy(&values, (const UNALIGNED(REAL) *)elements + i, sizeof(values));
	return __builtin_convertvector(values, doubles);
}

TEMPLATE doubles
OF_TYPE(square_terms)(const void *elements, size_t i)
{
	const doubles values = OF_TYPE(terms)(elements, i);

	return values * values;
}

TEMPLATE doubles
OF_TYPE(square_error_terms)(const void *elements, size_t i)
{
	return square_errors(OF_TYPE(terms)(elements, i));
}

/* False, here and below: nothing was added. */
static bool
OF_TYPE(split_squares)(const void *elements, size_t n_elements,
		       struct exponents exponents, int64_t *squares)
{
	/* What rounding took from the squares is below their lowest bits. */
	const int n_rounded = ARE_SQUARES_ROUNDED ? MANTISSA_BITS : 0;
	const int highest = 2 * exponents.highest + 1;
	const int lowest = 2 * exponents.lowest + n_rounded;
	const int highest_error = highest - MANTISSA_BITS - 1;
	const int lowest_error = lowest - n_rounded;

	if (!count_parts(highest, lowest) ||
	    (ARE_SQUARES_ROUNDED && !count_parts(highest_error, lowest_error)))
		return false;
	sum_split(elements, n_elements, OF_TYPE(square_terms), highest, lowest,
		  as_sum(squares));
	if (ARE_SQUARES_ROUNDED)
		sum_split(elements, n_elements, OF_TYPE(square_error_terms),
			  highest_error, lowest_error, as_sum(squares));
	return true;
}

static bool
OF_TYPE(split)(const void *elements, size_t n_elements,
	       struct exponents exponents, const struct sums *sums)
{
	if (!count_parts(exponents.highest, exponents.lowest) ||
	    (sums->squares &&
	     !OF_TYPE(split_squares)(elements, n_elements, exponents,
				     sums->squares)))
		return false;
	sum_split(elements, n_elements, OF_TYPE(terms), exponents.highest,
		  exponents.lowest, sums->sum);
	return true;
}

/* --- Sums: a few numbers set apart --------------------------------------- */

/*
 * Where a few numbers are far below the others, they are set apart and added
 * one by one.  The others can be split, up to so many bits, of which they and
 * what their squares have must not be more than MAX_PARTS.
 */
#define MAX_SPREAD                                     \
	((MAX_PARTS * PART_BITS - 2 +                  \
	  (ARE_SQUARES_ROUNDED ? MANTISSA_BITS : 0)) / \
	 2)

/* False: there are more than a few, or nothing is gained. */
static bool
OF_TYPE(set_apart)(const void *elements, size_t n_elements, int highest,
		   struct apart *apart)
{
	const UNALIGNED(BITS) *x = elements;
	const int exponent = highest - MAX_SPREAD + N_MANTISSA_BITS + BIAS;
	const SIGNED_BITS least =
		(SIGNED_BITS)((BITS)exponent << N_MANTISSA_BITS);
	UNALIGNED(BITS) *others = (UNALIGNED(BITS) *)apart->others;
	UNALIGNED(BITS) *few = (UNALIGNED(BITS) *)apart->few;
	size_t n_few = 0;

	if (highest == EXPONENT_NOT_FINITE || exponent < 1)
		return false;
	for (size_t i = 0; i < n_elements; i += LANES) {
		BITS n = 0;

		for (size_t j = i; j < i + LANES; j++) {
			const SIGNED_BITS magnitude =
				(SIGNED_BITS)(x[j] & MAGNITUDE_MASK);
			const bool is_low = magnitude < least;

			others[j] = x[j] & (0 - (BITS)!is_low);
			n += is_low & (magnitude > 0);
		}
		if (n == 0)
			continue;
		if (n_few + LANES > MAX_APART)
			return false;
		for (size_t j = i; j < i + LANES; j++) {
			few[n_few] = x[j];
			n_few += others[j] != x[j];
		}
	}
	apart->n_few = n_few;
	return true;
}

static __attribute__((noinline)) bool
OF_TYPE(split_apart)(const void *elements, size_t n_elements, int highest,
		     const struct sums *sums)
{
	const struct exponents exponents = { highest, highest - MAX_SPREAD };
	struct apart apart;

	if (!OF_TYPE(set_apart)(elements, n_elements, highest, &apart) ||
	    !OF_TYPE(split)(apart.others, n_elements, exponents, sums))
		return false;
	OF_TYPE(add_one_by_one)(apart.few, apart.n_few, sums);
	return true;
}

/* --- Sums: bins ---------------------------------------------------------- */

#ifdef __SIZEOF_INT128__

/* A block's significands add up to no more than fits here. */
struct BIN {
	BIN_TOTAL total;
	BIN_SQUARES squares;
};

static void
OF_TYPE(fill_bins)(struct BIN *bins, const void *elements, size_t n_elements)
{
	const UNALIGNED(BITS) *x = elements;
	const BITS hidden = (BITS)1 << N_MANTISSA_BITS;

	for (size_t i = 0; i < n_elements; i++) {
		const BITS exponent =
			x[i] >> N_MANTISSA_BITS & BIASED_NOT_FINITE;
		const BITS significand =
			(x[i] & (hidden - 1)) | (BITS)(exponent != 0)
							<< N_MANTISSA_BITS;
		const BITS sign = 0 - (x[i] >> SIGN_SHIFT);
		struct BIN *bin = &bins[exponent];

		bin->squares += (BIN_SQUARES)significand * significand;
		/* x ^ -1 - -1 is -x, x ^ 0 - 0 is x */
		bin->total += (SIGNED_BITS)((significand ^ sign) - sign);
	}
}

/* Not inlined, which leaves fill_bins() the registers that it needs. */
static __attribute__((noinline)) void
OF_TYPE(add_bins)(const struct BIN *bins, int first, int last,
		  const struct sums *sums)
{
	const unsigned zero = SUM_FRACTION_BITS - BIAS - N_MANTISSA_BITS;
	const unsigned lowest = zero + (unsigned)first;
	struct rising total = begin_rising(sums->sum, lowest);
	struct rising low = begin_rising(sums->squares, 2 * lowest);
	struct rising high = begin_rising(sums->squares, 2 * lowest + 64);

	for (int i = first; i <= last; i++) {
		const unsigned position = zero + (unsigned)i;

		add_rising(&total, position, bins[i].total);
		if (!sums->squares)
			continue;
		add_rising(&low, 2 * position, (uint64_t)bins[i].squares);
		add_rising(&high, 2 * position + 64,
			   (int128)((uint128)bins[i].squares >> 64));
	}
	end_rising(&total);
	if (sums->squares) {
		end_rising(&low);
		end_rising(&high);
	}
}

static void
OF_TYPE(count_infinities)(const void *elements, size_t n_elements,
			  const struct sums *sums)
{
	const UNALIGNED(BITS) *x = elements;
	const BITS infinity = (BITS)BIASED_NOT_FINITE << N_MANTISSA_BITS;
	BITS n_positive = 0, n_negative = 0;

	for (size_t i = 0; i < n_elements; i++) {
		n_positive += x[i] == infinity;
		n_negative += x[i] == (infinity | SIGN_MASK);
	}
	sums->infinities->n_positive += n_positive;
	sums->infinities->n_negative += n_negative;
}

static void
OF_TYPE(add_binned)(const void *elements, size_t n_elements,
		    struct exponents exponents, const struct sums *sums)
{
	const bool is_finite = exponents.highest != EXPONENT_NOT_FINITE;
	const int first = MAX(exponents.lowest + N_MANTISSA_BITS + BIAS, 1);
	const int last = is_finite ? MAX(exponents.highest + BIAS, 1)
				   : BIASED_NOT_FINITE;
	struct BIN bins[BIASED_NOT_FINITE + 1];

	bins[0] = (struct BIN){ 0, 0 };
	for (int i = first; i <= last; i++)
		bins[i] = (struct BIN){ 0, 0 };
	OF_TYPE(fill_bins)(bins, elements, n_elements);
	/* Zeros and subnormals weigh as what comes next. */
	bins[first].total += bins[0].total;
	bins[first].squares += bins[0].squares;
	OF_TYPE(add_bins)(bins, first, last - !is_finite, sums);
	if (!is_finite)
		OF_TYPE(count_infinities)(elements, n_elements, sums);
}

#else

/* 32-bit machines take them one by one. */
static void
OF_TYPE(add_binned)(const void *elements, size_t n_elements,
		    struct exponents exponents, const struct sums *sums)
{
	(void)exponents;
	OF_TYPE(add_one_by_one)(elements, n_elements, sums);
}

#endif

/* --- Sums: whichever way ------------------------------------------------- */

static void
OF_TYPE(add)(const void *elements, size_t n_elements, const struct sums *sums)
{
	const UNALIGNED(REAL) *x = elements;
	const size_t n_split = n_elements - n_elements % LANES;
	const struct exponents exponents = OF_TYPE(find_exponents)(x, n_split);

	if (n_split < MIN_BINNED)
		OF_TYPE(add_one_by_one)(x, n_split, sums);
	else if (!OF_TYPE(split)(x, n_split, exponents, sums) &&
		 !OF_TYPE(split_apart)(x, n_split, exponents.highest, sums))
		OF_TYPE(add_binned)(x, n_split, exponents, sums);
	OF_TYPE(add_one_by_one)(x + n_split, n_elements - n_split, sums);
}

static void
OF_TYPE(sum)(const void *elements, size_t n_elements, int64_t *sum,
	     struct infinities *infinities)
{
	const struct sums sums = { sum, infinities, NULL };

	OF_TYPE(add)(elements, n_elements, &sums);
}

static void
OF_TYPE(all)(const void *elements, size_t n_elements, struct range *range,
	     int64_t *sum, struct infinities *infinities, int64_t *squares)
{
	const struct sums sums = { sum, infinities, squares };

	OF_TYPE(range)(elements, n_elements, range);
	OF_TYPE(add)(elements, n_elements, &sums);
}

#undef MAX_SPREAD
#undef BIASED_NOT_FINITE
#undef SIGN_SHIFT
#undef SIGN_MASK
#undef MAGNITUDE_MASK
#undef UNALIGNED
#undef BIN
#undef OF_TYPE

#undef BIN_SQUARES
#undef BIN_TOTAL
#undef ARE_SQUARES_ROUNDED
#undef BIAS
#undef N_MANTISSA_BITS
#undef SIGNED_BITS
#undef BITS
#undef REAL
#undef TYPE
