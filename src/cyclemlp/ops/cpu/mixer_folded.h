// Branches and projection as one matrix an image, and one product of one gathered operand.
#pragma once
#include "mixer.h"

// Row m of the weighed sum of branches over the columns x, groups that move, 1: (row_columns).
static void sum_branches(elem *row, const struct mixer *f, struct plan p, const real *factors,
                         long m) {
  vec factor[BRANCHES];
  const elem *weights[BRANCHES], *still[2];
  for (int k = 0; k < BRANCHES; k++) {
    factor[k] = splat(factors[k * p.columns + m]);
    weights[k] = f->weights[k] + m * f->channels;
  }
  for (int k = 0; k < 2; k++)
    for (long r = 0; r < f->period; r++)
      if (!f->cycles[k][r].down && !f->cycles[k][r].right) still[k] = bits_of(cycle_of(f, p, k), r);
  for (long c = 0; c < f->channels; c += LANES)
    store(row + c, factor[2] * load(weights[2] + c) +
                       factor[0] * load_masked(weights[0] + c, still[0] + c) +
                       factor[1] * load_masked(weights[1] + c, still[1] + c));
  elem *at = row + f->channels;
  for (long g = 0; g < f->moved_count; g++) {
    int k = f->moved[g].down != 0;
    long count = group_size(f->moved[g], f->channels);
    every(at, weights[k], f->channels, f->moved[g]);
    // the last vector reaches into the next group, which is written after it
    for (long n = 0; n < count; n += LANES) store(at + n, factor[k] * load(at + n));
    at += count;
  }
  store_some(at, splat(factors[BRANCHES * p.columns + m]), 1);
  memset(at + 1, 0, (row + p.row_depth - at - 1) * sizeof(elem));
}

// The sums of all branches' rows as right operand of the projection, a unit of rows at a time.
static void sum_matrices(const struct mixer *f, struct plan p, long first, long slots, elem *rows) {
  long padded = ROUND_UP(p.row_columns, COLUMN_STEP), per_slot = p.depth / PER_UNIT;
#pragma omp for schedule(static)
  for (long t = 0; t < slots * per_slot; t++) {
    long slot = t / per_slot, u = t % per_slot;
    for (long i = 0; i < PER_UNIT; i++) {
      elem *row = rows + i * p.stride;
      memset(row, 0, p.stride * sizeof(elem));
      if (u * PER_UNIT + i < f->channels)
        sum_branches(row, f, p, factors_of(p, first + slot), u * PER_UNIT + i);
    }
    for (long n = 0; n < padded; n += LANES) {
      elem *out = p.right + (slot * padded + n) * p.depth + u * LANES * PER_UNIT;
      for (long j = 0; j < LANES; j++)
        for (long i = 0; i < PER_UNIT; i++)
          out[j * PER_UNIT + i] = n + j < p.row_columns ? rows[i * p.stride + n + j] : 0;
    }
  }
}

// proj . sums, its bias in the column of ones, packed for the product with the image.
static void project_matrices(struct plan p, long slots, real *c, elem *rows) {
  enum { ROWS = COLUMN_STEP };
  long padded = ROUND_UP(p.row_columns, COLUMN_STEP), per_slot = p.columns / ROWS;
#pragma omp for schedule(static)
  for (long t = 0; t < slots * per_slot; t++) {
    long slot = t / per_slot, n = t % per_slot * ROWS;
    multiply((struct product){c, padded, 0, 0, p.proj_rows + n * p.left_stride, p.left_stride,
                              p.right + slot * padded * p.depth, p.depth * LANES, ROWS, padded,
                              p.depth});
    for (long m = 0; m < ROWS; m++) {
      c[m * padded + p.row_columns - 1] += p.proj_bias[n + m];
      for (long k = 0; k < p.row_columns; k += LANES)
        store_some(rows + m * p.row_columns + k, load_real(c + m * padded + k), p.row_columns - k);
    }
    for (long m = 0; m < ROWS; m += LANES)
      pack(p.matrices + (slot * p.columns + n + m) * p.row_depth, rows + m * p.row_columns,
           p.row_columns, LANES, p.row_columns, p.row_depth);
  }
}

static void multiply_images(const struct mixer *f, struct plan p, long first, long images, elem *a,
                            real *c) {
#pragma omp for schedule(static)
  for (long t = 0; t < images * p.blocks; t++) {
    long image = first + t / p.blocks, from = t % p.blocks * p.block;
    long rows = smaller(p.positions - from, p.block);
    long at = (image * p.positions + from) * f->channels;
    const elem *matrix = p.matrices + (f->scaled ? image - first : 0) * p.columns * p.row_depth;
    gather_groups(a, p.stride, image_of(f, p, image), f->moved, f->moved_count, from, rows,
                  p.row_depth);
    multiply((struct product){c, p.columns, 0, 0, a, p.stride, matrix, p.row_depth * LANES, rows,
                              p.columns, p.row_depth});
    write_rows(f->out + at, c, p.columns, f->residual ? f->residual + at : 0, rows, f->channels);
  }
}

static void mix_folded(const struct mixer *f, struct plan p, char *mine) {
  struct arena arena = {mine}, folding = {mine};
  elem *a = take(&arena, p.block * p.stride * sizeof(elem));
  real *c = take(&arena, p.block * p.columns * sizeof(real));
  elem *rows = take(&folding, 32 * (p.row_depth + COLUMN_STEP) * sizeof(elem));
  real *wide = take(&folding, 32 * (p.row_depth + COLUMN_STEP) * sizeof(real));
#pragma omp for schedule(static)
  for (long m = 0; m < p.columns; m++) {
    elem *row = p.proj_rows + m * p.left_stride;
    if (m < f->channels)
      copy_rows(row, p.left_stride, f->proj + m * f->channels, 1, f->channels, p.depth);
    else memset(row, 0, p.depth * sizeof(elem));
  }
  long wave = f->scaled ? p.slots : f->batch;
  for (long first = 0; first < f->batch; first += wave) {
    long images = smaller(f->batch - first, wave), slots = f->scaled ? images : 1;
    if (f->scaled || !first) {
      sum_matrices(f, p, first, slots, rows);
      project_matrices(p, slots, wide, rows);
    }
    multiply_images(f, p, first, images, a, c);
  }
}
