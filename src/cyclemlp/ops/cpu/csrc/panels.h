// The product's right operand: panels of LANES columns, as units (columns / LANES, depth, LANES).
#pragma once
#include "numbers.h"

#define KEEP_LOWER(s, lane) ((lane) & (s) ? LANES + (lane) - (s) : (lane))
#define KEEP_UPPER(s, lane) ((lane) & (s) ? LANES + (lane) : (lane) + (s))
#define EXCHANGE(s)                                                         \
  UNROLL for (int i = 0; (s) < LANES && i < LANES; i++) if (!(i & (s))) {   \
    units a = v[i], b = v[i + (s)];                                         \
    v[i] = __builtin_shuffle(a, b, (units)EACH_LANE(KEEP_LOWER, s));        \
    v[i + (s)] = __builtin_shuffle(a, b, (units)EACH_LANE(KEEP_UPPER, s));  \
  }

// Transposes LANES x LANES units in registers.
INLINE void transpose(unit *out, const elem *in, long stride) {
  units v[LANES];
  UNROLL for (int i = 0; i < LANES; i++) v[i] = *(const loose_units *)(in + i * stride);
  EXCHANGE(1)
  EXCHANGE(2)
  EXCHANGE(4)
  EXCHANGE(8)
  UNROLL for (int i = 0; i < LANES; i++) *(units *)(out + i * LANES) = v[i];
}

// Packs one panel of `count` <= LANES rows and `deep` columns of a weight (rows, stride), padded with
// zeros to LANES and `depth`.
static void pack(elem *panel, const elem *weight, long stride, long count, long deep, long depth) {
  unit *out = (unit *)panel;
  long k = 0, units_in = deep / PER_UNIT, units_out = depth / PER_UNIT;
  if (count == LANES)
    for (; k + LANES <= units_in; k += LANES)
      transpose(out + k * LANES, weight + k * PER_UNIT, stride);
  for (; k < units_out; k++)
    for (long j = 0; j < LANES; j++)
      for (long i = 0; i < PER_UNIT; i++) {
        long at = k * PER_UNIT + i;
        elem *to = (elem *)(out + k * LANES + j) + i;
        *to = j < count && at < deep ? weight[j * stride + at] : 0;
      }
}

// Packs all panels of a weight (columns, deep); the threads of a parallel region share the work.
INLINE void pack_all(elem *panels, const elem *weight, long columns, long deep, long depth) {
#pragma omp for schedule(static)
  for (long n = 0; n < ROUND_UP(columns, COLUMN_STEP); n += LANES) {
    long count = columns - n < LANES ? columns - n : LANES;
    pack(panels + n * depth, weight + n * deep, deep, count < 0 ? 0 : count, deep, depth);
  }
}
