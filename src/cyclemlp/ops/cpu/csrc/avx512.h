// What AVX-512 and AVX2 do differently; avx2.h has the same names. This is AVX-512.
#pragma once
#include <immintrin.h>

#ifndef __AVX512BW__
#error "no AVX-512 here, or gcc does not know it"
#endif

#define VECTOR_BYTES 64
#define PRODUCT_ROWS 14         // by two vectors: 28 of 32 registers
#define CACHE_FOR_ROWS (1 << 19)  // of a thread, in bytes; the right operand needs as much again

typedef float floats __attribute__((vector_size(VECTOR_BYTES)));

// x within [-limit, limit]; NaN stays NaN.
static inline __attribute__((always_inline)) floats bounded(floats x, float limit) {
  const __m512 most = _mm512_set1_ps(limit);
  // these return the second operand if one of the two is NaN
  return (floats)_mm512_max_ps(-most, _mm512_min_ps(most, (__m512)x));
}

// 1 / x from 14 bits by one Newton step: half the time of a division.
static inline __attribute__((always_inline)) floats inverse(floats x) {
  floats r = (floats)_mm512_rcp14_ps((__m512)x);
  return r * (2.0f - x * r);
}

// value, but 0 where x < least.
static inline __attribute__((always_inline)) floats zero_below(floats value, floats x, float least) {
  __mmask16 kept = _mm512_cmp_ps_mask((__m512)x, _mm512_set1_ps(least), _CMP_NLT_UQ);
  return (floats)_mm512_maskz_mov_ps(kept, (__m512)value);
}
