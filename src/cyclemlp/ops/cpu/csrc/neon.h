// What the instruction sets do differently; avx2.h has the same names. This is AArch64's NEON.
#pragma once
#include <arm_neon.h>

#define VECTOR_BYTES 16
#define PRODUCT_ROWS 14         // by two vectors: 28 of 32 registers
#define CACHE_FOR_ROWS (1 << 18)  // of a thread, in bytes; the right operand needs as much again

typedef float floats __attribute__((vector_size(VECTOR_BYTES)));

// x within [-limit, limit]; NaN stays NaN.
static inline __attribute__((always_inline)) floats bounded(floats x, float limit) {
  return vmaxq_f32(vdupq_n_f32(-limit), vminq_f32(vdupq_n_f32(limit), x));
}

// 1 / x. An approximation has 8 bits, and would need two Newton steps.
static inline __attribute__((always_inline)) floats inverse(floats x) { return 1.0f / x; }

// value, but 0 where x < least.
static inline __attribute__((always_inline)) floats zero_below(floats value, floats x, float least) {
  uint32x4_t below = vcltq_f32(x, vdupq_n_f32(least));
  return vreinterpretq_f32_u32(vbicq_u32(vreinterpretq_u32_f32(value), below));
}
