// Operations on rows between products: layer norm and GELU.
#pragma once
#include <math.h>

#include "numbers.h"

// A layer norm's weight and bias may be null.
struct norm {
  const elem *weight, *bias;
  double eps;
};

// out = norm(x) for one row of channels. `wide` has the result before rounding, and room for the
// channels rounded up to LANES.
static void normalize(elem *out, const elem *x, struct norm norm, long channels, real *wide) {
  vec total = {0}, squares = {0};
  for (long n = 0; n < channels; n += LANES) {
    vec v = load_some(x + n, channels - n);
    store_real(wide + n, v);
    total += v;
  }
  real mean = sum(total) / channels;
  for (long n = 0; n < channels; n += LANES) {
    vec v = load_real(wide + n) - mean;
    if (channels - n < LANES)
      for (long i = channels - n; i < LANES; i++) v[i] = 0;
    squares += v * v;
  }
  real scale = 1 / (real)sqrt((double)(sum(squares) / channels) + norm.eps);
  for (long n = 0; n < channels; n += LANES) {
    vec v = (load_real(wide + n) - mean) * scale;
    if (norm.weight) v *= load_some(norm.weight + n, channels - n);
    if (norm.bias) v += load_some(norm.bias + n, channels - n);
    store_real(wide + n, v);
    store_some(out + n, v, channels - n);
  }
}

#ifdef FLOAT64
INLINE vec gelu(vec x) {
  for (int i = 0; i < LANES; i++) x[i] *= 0.5 * (1 + erf(x[i] * 0.70710678118654752));
  return x;
}
#else
// x * Phi(x), Phi(x) = 1/2 + t * P(t^2) / Q(t^2), t = x within [-5.6, 5.6], beyond which float's
// Phi is 0 or 1. Coefficients fitted by reweighted least squares: off by 1e-8, and by 2e-7 as
// computed here.
INLINE vec gelu(vec x) {
  const float limit = 5.6f;
  vec t = bounded(x, limit);
  vec z = t * t;
  vec p = ((((2.21455722e-08f * z + 6.35635588e-06f) * z + 1.73838992e-04f) * z +
            4.70718849e-03f) * z + 3.43750574e-02f) * z + 3.98942222e-01f;
  vec q = ((((1.18020631e-06f * z + 7.50976325e-05f) * z + 1.91291304e-03f) * z +
            2.89394693e-02f) * z + 2.52831206e-01f) * z + 1.0f;
  vec phi = 0.5f + t * p * inverse(q);
  // a small remainder would be visible in the product with a large x
  return x * zero_below(phi, x, -limit);
}
#endif

// out = GELU(c): (rows, columns), columns a multiple of LANES; c may be out.
INLINE void activate(elem *out, long out_stride, const real *c, long stride, long rows,
                     long columns) {
  for (long m = 0; m < rows; m++)
    for (long n = 0; n < columns; n += LANES)
      store(out + m * out_stride + n, gelu(load_real(c + m * stride + n)));
}
