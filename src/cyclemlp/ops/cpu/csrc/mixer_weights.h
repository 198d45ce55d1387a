// The norm of a mixer, and its branch weights, which depend only on means.
#pragma once
#include "mixer_plan.h"

// For each group, adds the channels of a position that the shift moves out of the image.
INLINE void add_lost(real *lost, const real *y, const struct mixer *f, struct position at, int k) {
  for (long r = 0; r < f->period; r++) {
    struct group g = f->cycles[k][r];
    // not read, because the reading position is outside
    long i = at.i - g.down, j = at.j - g.right;
    if (i >= 0 && i < f->height && j >= 0 && j < f->width) continue;
    for (long c = r; c < f->channels; c += f->period) lost[c] += y[c];
  }
}

// y = norm(x), and for each block of an image the sums of y and of what each shift moves out of it.
static void normalize_image_rows(const struct mixer *f, struct plan p, real *wide) {
  struct norm norm = {f->norm_weight, f->norm_bias, f->eps};
  if (f->normalized && !f->scaled) return;
#pragma omp for schedule(static)
  for (long t = 0; t < f->batch * p.blocks; t++) {
    long image = t / p.blocks, from = t % p.blocks * p.block;
    long rows = smaller(p.positions - from, p.block), first = image * p.positions + from;
    struct image im = image_of(f, p, image);
    struct position at = position_of(im, from);
    real *sums = p.sums + t * BRANCHES * p.columns;
    memset(sums, 0, BRANCHES * p.columns * sizeof(real));
    for (long m = 0; m < rows; m++, at = next_of(im, at)) {
      const elem *x = f->x + (first + m) * f->channels;
      if (f->normalized) widen(wide, x, f->channels, p.columns);
      else normalize(p.y + (first + m) * f->channels, x, norm, f->channels, wide);
      if (!f->scaled) continue;
      for (long n = 0; n < f->channels; n += LANES)
        store_real(sums + n, load_real(sums + n) + load_real(wide + n));
      for (int k = 0; k < 2; k++) add_lost(sums + (k + 1) * p.columns, wide, f, at, k);
    }
  }
}

// Left operands for the means of the branches: the mean of each shifted image, and of the image.
static void make_means(const struct mixer *f, struct plan p, long image) {
  real *sums = p.sums + image * p.blocks * BRANCHES * p.columns;
  long size = BRANCHES * p.columns;
  for (long t = 1; t < p.blocks; t++)
    for (long n = 0; n < size; n += LANES)
      store_real(sums + n, load_real(sums + n) + load_real(sums + t * size + n));
  for (long k = 0; k < BRANCHES; k++) {
    elem *row = p.means + (k * p.images + image) * p.depth;
    memset(row, 0, p.depth * sizeof(elem));
    for (long n = 0; n < f->channels; n += LANES) {
      vec total = load_real(sums + n);
      if (k < 2) total -= load_real(sums + (k + 1) * p.columns + n);
      store_some(row + n, total / (real)p.positions, f->channels - n);
    }
  }
}

// Softmax over the three logits of each channel, and the resulting bias of the branches.
static void make_factors(const struct mixer *f, struct plan p, long image) {
  real *factors = factors_of(p, image), *bias = factors + BRANCHES * p.columns;
  memset(factors, 0, (BRANCHES + 1) * p.columns * sizeof(real));
  for (long c = 0; c < f->channels; c++) {
    real weights[BRANCHES] = {1, 1, 1}, total = 1;
    if (f->scaled) {
      const real *logits = p.wide + image * p.wide_stride + c * BRANCHES;
      real most = logits[0];
      for (int k = 1; k < BRANCHES; k++) most = logits[k] > most ? logits[k] : most;
      total = 0;
      for (int k = 0; k < BRANCHES; k++) total += weights[k] = (real)exp(logits[k] - most);
    }
    for (int k = 0; k < BRANCHES; k++) factors[k * p.columns + c] = weights[k] / total;
  }
  for (int k = 0; k < 2; k++)
    for (long n = 0; f->biases[k] && n < f->channels; n += LANES)
      store_real(bias + n, load_real(bias + n) + load_real(factors + k * p.columns + n) *
                                                     load_some(f->biases[k] + n, f->channels - n));
}

// The small MLP on the means of the images; the threads share its columns.
static void make_logits(const struct mixer *f, struct plan p) {
  long stride = p.wide_stride, rows = f->batch;
#pragma omp for schedule(static)
  for (long image = 0; image < f->batch; image++) make_means(f, p, image);
#pragma omp for schedule(static)
  for (long n = 0; n < p.columns; n += COLUMN_STEP) {
    real bias[COLUMN_STEP] = {0};
    for (int k = 0; k < 2; k++)
      for (long i = n; f->biases[k] && i < smaller(n + COLUMN_STEP, f->channels); i += LANES)
        store_real(bias + i - n, load_real(bias + i - n) +
                                     load_some(f->biases[k] + i, f->channels - i));
    for (long k = 0; k < BRANCHES; k++)
      multiply((struct product){p.wide + n, stride, k ? p.wide + n : bias, k ? stride : 0,
                                p.means + k * p.images * p.depth, p.depth,
                                p.panels + k * p.panels_size + n * p.depth, p.depth * LANES, rows,
                                COLUMN_STEP, p.depth});
    write_columns(p.joined + n, p.columns, p.wide + n, stride, 0, rows, COLUMN_STEP);
  }
#pragma omp for schedule(static)
  for (long n = 0; n < p.reduced; n += COLUMN_STEP) {
    multiply((struct product){p.wide + n, stride, p.bias1 + n, 0, p.joined, p.columns,
                              p.panels1 + n * p.depth, p.depth * LANES, rows, COLUMN_STEP,
                              p.depth});
    activate(p.hidden + n, p.reduced, p.wide + n, stride, rows, COLUMN_STEP);
  }
#pragma omp for schedule(static)
  for (long n = 0; n < p.logits; n += COLUMN_STEP)
    multiply((struct product){p.wide + n, stride, p.bias2 + n, 0, p.hidden, p.reduced,
                              p.panels2 + n * p.reduced, p.reduced * LANES, rows,
                              COLUMN_STEP, p.reduced});
}

static void pack_small_mlp(const struct mixer *f, struct plan p) {
  pack_all(p.panels1, f->weight1, f->reduced, f->channels, p.depth);
  pack_all(p.panels2, f->weight2, BRANCHES * f->channels, f->reduced, p.reduced);
}

static void weigh_branches(const struct mixer *f, struct plan p) {
  if (f->scaled) {
    if (!f->packed) pack_small_mlp(f, p);
    make_logits(f, p);
  }
#pragma omp for schedule(static)
  for (long image = 0; image < f->batch; image++) make_factors(f, p, image);
}
