// The types of storage and arithmetic. Compiled once for each of float, double and bfloat16.
#pragma once
#include <stdint.h>
#include <string.h>

#if defined(__aarch64__)
#include "neon.h"
#elif defined(AVX2)
#include "avx2.h"
#else
#include "avx512.h"
#endif
#if defined(BFLOAT16) && !(defined(__AMX_BF16__) && defined(__AVX512BF16__))
#error "no AMX for bfloat16 here, or gcc does not know it"
#endif

#define INLINE static inline __attribute__((always_inline))
#define ROUND_UP(x, step) (((x) + (step) - 1) / (step) * (step))
#define UNROLL _Pragma("GCC unroll 16")

// elem is the type in memory, real in registers. A unit is the part of a column that a product
// multiplies at a time: one number, or a pair of bfloat16. Products take DEPTH_STEP numbers of
// ROWS_AT_ONCE rows.
#if defined(BFLOAT16)
typedef uint16_t elem;
typedef float real;
typedef uint32_t unit;
enum { DEPTH_STEP = 32, ROWS_AT_ONCE = 16 };
#define ONE 0x3f80
#define REAL_BYTES 4
#elif defined(FLOAT64)
typedef double elem, real;
typedef uint64_t unit;
enum { DEPTH_STEP = 1, ROWS_AT_ONCE = PRODUCT_ROWS };
#define ONE 1
#define REAL_BYTES 8
#else
typedef float elem, real;
typedef uint32_t unit;
enum { DEPTH_STEP = 1, ROWS_AT_ONCE = PRODUCT_ROWS };
#define ONE 1
#define REAL_BYTES 4
#endif

enum {
  LANES = VECTOR_BYTES / sizeof(real),
  COLUMN_STEP = 2 * LANES,
  PER_UNIT = sizeof(unit) / sizeof(elem),
};

// The plain types are aligned to a vector's size; the loose types need no alignment.
typedef real vec __attribute__((vector_size(VECTOR_BYTES)));
typedef real loose_vec __attribute__((vector_size(VECTOR_BYTES), aligned(4), may_alias));
typedef unit units __attribute__((vector_size(VECTOR_BYTES)));
typedef unit loose_units __attribute__((vector_size(VECTOR_BYTES), aligned(2), may_alias));
typedef elem elems __attribute__((vector_size(LANES * sizeof(elem))));
typedef elem loose_elems __attribute__((vector_size(LANES * sizeof(elem)), aligned(2), may_alias));

// As wide as elems, for selecting lanes and bits.
#if defined(BFLOAT16)
typedef uint16_t lane_index __attribute__((vector_size(LANES * sizeof(elem))));
#elif defined(FLOAT64)
typedef int64_t lane_index __attribute__((vector_size(VECTOR_BYTES)));
#else
typedef int32_t lane_index __attribute__((vector_size(VECTOR_BYTES)));
#endif
typedef lane_index loose_index __attribute__((aligned(2), may_alias));

// F(a, lane) for every lane, for constant vectors.
#if VECTOR_BYTES / REAL_BYTES == 2
#define EACH_LANE(F, a) {F(a, 0), F(a, 1)}
#elif VECTOR_BYTES / REAL_BYTES == 4
#define EACH_LANE(F, a) {F(a, 0), F(a, 1), F(a, 2), F(a, 3)}
#elif VECTOR_BYTES / REAL_BYTES == 8
#define EACH_LANE(F, a) {F(a, 0), F(a, 1), F(a, 2), F(a, 3), F(a, 4), F(a, 5), F(a, 6), F(a, 7)}
#else
#define EACH_LANE(F, a)                                                                       \
  {F(a, 0), F(a, 1), F(a, 2),  F(a, 3),  F(a, 4),  F(a, 5),  F(a, 6),  F(a, 7),               \
   F(a, 8), F(a, 9), F(a, 10), F(a, 11), F(a, 12), F(a, 13), F(a, 14), F(a, 15)}
#endif

INLINE vec splat(real value) { return value - (vec){0}; }
INLINE vec load_real(const real *p) { return *(const loose_vec *)p; }
INLINE void store_real(real *p, vec v) { *(loose_vec *)p = v; }

INLINE vec widened(elems v) {
#ifdef BFLOAT16
  return (vec)_mm512_slli_epi32(_mm512_cvtepu16_epi32((__m256i)v), 16);
#else
  return v;
#endif
}

INLINE vec load(const elem *p) { return widened(*(const loose_elems *)p); }

INLINE void store(elem *p, vec v) {
#ifdef BFLOAT16
  _mm256_storeu_si256((__m256i *)p, (__m256i)_mm512_cvtneps_pbh((__m512)v));
#else
  store_real(p, v);
#endif
}

// Loads the lanes at p whose bits are set; the others are 0.
INLINE vec load_masked(const elem *p, const elem *bits) {
  return widened((elems)(*(const loose_index *)p & *(const loose_index *)bits));
}

INLINE real sum(vec v) {
  real total = 0;
  for (int i = 0; i < LANES; i++) total += v[i];
  return total;
}

// Loads the first `count` lanes at p; the others are 0.
INLINE vec load_some(const elem *p, long count) {
  if (count >= LANES) return load(p);
  elem some[LANES] = {0};
  memcpy(some, p, count * sizeof(elem));
  return load(some);
}

INLINE void store_some(elem *p, vec v, long count) {
  if (count >= LANES) {
    store(p, v);
    return;
  }
  elem some[LANES];
  store(some, v);
  memcpy(p, some, count * sizeof(elem));
}
