// What the entry points share: results on their way from and to memory.
#pragma once
#include <omp.h>

#include "arena.h"
#include "product.h"

// A bias as products start from it: `padded` numbers, zero beyond its end.
INLINE void widen(real *out, const elem *bias, long size, long padded) {
  for (long n = 0; n < padded; n += LANES)
    store_real(out + n, bias && n < size ? load_some(bias + n, size - n) : (vec){0});
}

// out (rows, stride), zero from `channels` to `depth`, from rows that follow each other.
INLINE void copy_rows(elem *out, long stride, const elem *x, long rows, long channels, long depth) {
  for (long m = 0; m < rows; m++) {
    memcpy(out + m * stride, x + m * channels, channels * sizeof(elem));
    memset(out + m * stride + channels, 0, (depth - channels) * sizeof(elem));
  }
}

// out = c + residual, which may be null: (rows, columns), c of any stride.
INLINE void write_rows(elem *out, const real *c, long stride, const elem *residual, long rows,
                       long columns) {
  for (long m = 0; m < rows; m++)
    for (long n = 0; n < columns; n += LANES) {
      vec value = load_real(c + m * stride + n);
      if (residual) value += load_some(residual + m * columns + n, columns - n);
      store_some(out + m * columns + n, value, columns - n);
    }
}
