// What AVX-512 and AVX2 do differently; avx512.h has the same names. This is AVX2 with FMA.
#pragma once
#include <immintrin.h>

#if !defined(__AVX2__) || !defined(__FMA__)
#error "no AVX2 and FMA here, or gcc does not know them"
#endif

#define VECTOR_BYTES 32
#define PRODUCT_ROWS 6          // by two vectors: 12 of 16 registers, and 3 for the operands
#define CACHE_FOR_ROWS (1 << 18)  // of a thread, in bytes; the right operand needs as much again

typedef float floats __attribute__((vector_size(VECTOR_BYTES)));

// x within [-limit, limit]; NaN stays NaN.
static inline __attribute__((always_inline)) floats bounded(floats x, float limit) {
  const __m256 most = _mm256_set1_ps(limit);
  // these return the second operand if one of the two is NaN
  return (floats)_mm256_max_ps(-most, _mm256_min_ps(most, (__m256)x));
}

// 1 / x. An approximation has 12 bits, and would need two Newton steps.
static inline __attribute__((always_inline)) floats inverse(floats x) { return 1.0f / x; }

// value, but 0 where x < least.
static inline __attribute__((always_inline)) floats zero_below(floats value, floats x, float least) {
  __m256 kept = _mm256_cmp_ps((__m256)x, _mm256_set1_ps(least), _CMP_NLT_UQ);
  return (floats)_mm256_and_ps((__m256)value, kept);
}
