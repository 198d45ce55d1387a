// A norm over whole images: their positions and channels have one mean and one variance.
#pragma once
#include <math.h>

#include "arena.h"
#include "numbers.h"
#include "rows.h"

// Of a part of an image: the mean, and the sum of the squared differences from it.
struct moments {
  double mean, squares;
};

// What an image is normalized by.
struct spread {
  real mean, scale;
};

enum { SUMS = 4 };  // at a time: an addition takes as many cycles

INLINE vec term(const elem *x, long count, real mean, const int squared) {
  vec v = load_some(x, count);
  if (!squared) return v;
  v -= mean;
  for (long i = count; i < LANES; i++) v[i] = 0;
  return v * v;
}

// The sum of x, or of its squared differences from the mean.
INLINE double total_of(const elem *x, long size, real mean, const int squared) {
  vec sums[SUMS] = {{0}};
  long n = 0;
  for (; n + SUMS * LANES <= size; n += SUMS * LANES)
    UNROLL for (int i = 0; i < SUMS; i++)
      sums[i] += term(x + n + i * LANES, LANES, mean, squared);
  for (; n < size; n += LANES) sums[0] += term(x + n, size - n, mean, squared);
  double total = 0;
  for (int i = 0; i < SUMS; i++) total += sum(sums[i]);
  return total;
}

INLINE struct moments moments_of(const elem *x, long size) {
  double mean = total_of(x, size, 0, 0) / size;
  double error = (double)(real)mean - mean;  // the differences are from the rounded mean
  double squares = total_of(x, size, (real)mean, 1) - size * error * error;
  return (struct moments){mean, squares};
}

// The moments of an image from those of its parts: `part` rows each, the last one fewer.
INLINE struct spread spread_of(const struct moments *parts, long part, long rows, long channels,
                               double eps) {
  double mean = 0, squares = 0;
  for (long from = 0, n = 0; from < rows; from += part, n++)
    mean += parts[n].mean * smaller(rows - from, part) / rows;
  for (long from = 0, n = 0; from < rows; from += part, n++) {
    double apart = parts[n].mean - mean;
    squares += parts[n].squares + apart * apart * channels * smaller(rows - from, part);
  }
  return (struct spread){mean, 1 / sqrt(squares / ((double)rows * channels) + eps)};
}

INLINE vec normalized(const elem *x, struct spread spread, struct norm norm, long n, long count) {
  vec v = (load_some(x + n, count) - spread.mean) * spread.scale;
  if (norm.weight) v *= load_some(norm.weight + n, count);
  if (norm.bias) v += load_some(norm.bias + n, count);
  return v;
}

// out = norm(x) for one row of channels, zero from there to `depth`.
INLINE void normalize_by(elem *out, const elem *x, struct spread spread, struct norm norm,
                         long channels, long depth) {
  for (long n = 0; n < channels; n += LANES)
    store_some(out + n, normalized(x, spread, norm, n, channels - n), channels - n);
  memset(out + channels, 0, (depth - channels) * sizeof(elem));
}
