// What the entry points share: reading operands and writing results.
#pragma once
#include <omp.h>

#include "arena.h"
#include "product.h"

// Converts a bias to the start of a product: `padded` numbers, zero beyond its end.
INLINE void widen(real *out, const elem *bias, long size, long padded) {
  for (long n = 0; n < padded; n += LANES)
    store_real(out + n, bias && n < size ? load_some(bias + n, size - n) : (vec){0});
}

// Copies contiguous rows to out (rows, stride), with zeros from `channels` to `depth`.
INLINE void copy_rows(elem *out, long stride, const elem *x, long rows, long channels, long depth) {
  for (long m = 0; m < rows; m++) {
    memcpy(out + m * stride, x + m * channels, channels * sizeof(elem));
    memset(out + m * stride + channels, 0, (depth - channels) * sizeof(elem));
  }
}

INLINE void write_vector(elem *out, const real *c, const elem *residual, long count) {
  vec value = load_real(c);
  if (residual) value += load_some(residual, count);
  store_some(out, value, count);
}

// out = c + residual, which may be null: (rows, columns), out and residual of one stride.
INLINE void write_columns(elem *out, long out_stride, const real *c, long stride,
                          const elem *residual, long rows, long columns) {
  for (long m = 0; m < rows; m++, out += out_stride, c += stride) {
    long n = 0;
    for (; n + LANES <= columns; n += LANES)
      write_vector(out + n, c + n, residual ? residual + n : 0, LANES);
    if (n < columns) write_vector(out + n, c + n, residual ? residual + n : 0, columns - n);
    if (residual) residual += out_stride;
  }
}

// The same for contiguous rows.
INLINE void write_rows(elem *out, const real *c, long stride, const elem *residual, long rows,
                       long columns) {
  write_columns(out, columns, c, stride, residual, rows, columns);
}
