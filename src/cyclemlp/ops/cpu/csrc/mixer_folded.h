// Branches and projection as one matrix per image, and one product of one gathered operand.
#pragma once
#include "mixer_plan.h"

// Row m of the weighted sum of branches over the columns x, shifted groups, 1: (row_columns). Writes
// up to LANES elements beyond.
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
      if (!f->cycles[k][r].down && !f->cycles[k][r].right)
        still[k] = bits_of(cycle_of(f, p, k), r);
  for (long c = 0; c < f->channels; c += LANES)
    store(row + c, factor[2] * load(weights[2] + c) +
                       factor[0] * load_masked(weights[0] + c, still[0] + c) +
                       factor[1] * load_masked(weights[1] + c, still[1] + c));
  elem *at = row + f->channels;
  for (long g = 0; g < f->moved_count; g++) {
    int k = f->moved[g].down != 0;
    long count = group_size(f->moved[g], f->channels);
    every(at, weights[k], f->channels, f->moved[g]);
    // the last vector overlaps the next group, which is written later
    for (long n = 0; n < count; n += LANES) store(at + n, factor[k] * load(at + n));
    at += count;
  }
  store_some(at, splat(factors[BRANCHES * p.columns + m]), 1);
  memset(at + 1, 0, LANES * sizeof(elem));  // clears the rest of the last vector
}

// The sums of the branches as right operand of the projection, one unit of rows at a time.
static void sum_matrices(const struct mixer *f, struct plan p, long first, long slots,
                         struct own own) {
  long columns = ROUND_UP(p.row_columns, COLUMN_STEP), per_slot = p.depth / PER_UNIT;
  long stride = columns + LANES;  // sum_branches writes beyond the end of a row
#pragma omp for schedule(static)
  for (long t = 0; t < slots * per_slot; t++) {
    long slot = t / per_slot, u = t % per_slot;
    memset(own.rows, 0, PER_UNIT * stride * sizeof(elem));
    for (long i = 0; i < PER_UNIT && u * PER_UNIT + i < f->channels; i++)
      sum_branches(own.rows + i * stride, f, p, factors_of(p, first + slot), u * PER_UNIT + i);
    for (long n = 0; n < columns; n++) {
      long panel = slot * columns + n / LANES * LANES;
      elem *out = p.sums_of_branches + panel * p.depth + (u * LANES + n % LANES) * PER_UNIT;
      for (long i = 0; i < PER_UNIT; i++) out[i] = own.rows[i * stride + n];
    }
  }
}

// proj . sums with the bias in the column of ones, packed for the product with the image.
static void project_matrices(struct plan p, long slots, struct own own) {
  long columns = ROUND_UP(p.row_columns, COLUMN_STEP);
  long per_slot = (p.columns + MATRIX_ROWS - 1) / MATRIX_ROWS;
#pragma omp for schedule(static)
  for (long t = 0; t < slots * per_slot; t++) {
    long slot = t / per_slot, n = t % per_slot * MATRIX_ROWS;
    long rows = smaller(p.columns - n, MATRIX_ROWS);
    multiply((struct product){own.wide, columns, 0, 0, p.proj_rows + n * p.proj_stride,
                              p.proj_stride, p.sums_of_branches + slot * columns * p.depth,
                              p.depth * LANES, rows, columns, p.depth});
    for (long m = 0; m < rows; m++) {
      real *wide = own.wide + m * columns;
      wide[p.row_columns - 1] += p.proj_bias[n + m];
      for (long k = 0; k < p.row_columns; k += LANES)
        store_some(own.rows + m * p.row_columns + k, load_real(wide + k), p.row_columns - k);
    }
    for (long m = 0; m < rows; m += LANES)
      pack(p.matrices + (slot * p.columns + n + m) * p.row_depth, own.rows + m * p.row_columns,
           p.row_columns, LANES, p.row_columns, p.row_depth);
  }
}

static void multiply_images(const struct mixer *f, struct plan p, long first, long images,
                            struct own own) {
#pragma omp for schedule(static)
  for (long t = 0; t < images * p.blocks; t++) {
    long image = first + t / p.blocks, from = t % p.blocks * p.block;
    long rows = smaller(p.positions - from, p.block);
    long at = (image * p.positions + from) * f->channels;
    const elem *matrix = p.matrices + (f->scaled ? image - first : 0) * p.columns * p.row_depth;
    gather_groups(own.a, p.row_stride, image_of(f, p, image), f->moved, f->moved_count, from, rows,
                  p.row_depth);
    multiply((struct product){own.c, p.columns, 0, 0, own.a, p.row_stride, matrix,
                              p.row_depth * LANES, rows, p.columns, p.row_depth});
    write_rows(f->out + at, own.c, p.columns, f->residual ? f->residual + at : 0, rows,
               f->channels);
  }
}

static void copy_projection(const struct mixer *f, struct plan p) {
#pragma omp for schedule(static)
  for (long m = 0; m < p.columns; m++) {
    elem *row = p.proj_rows + m * p.proj_stride;
    if (m < f->channels)
      copy_rows(row, 0, f->proj + m * f->channels, 1, f->channels, p.depth);
    else
      memset(row, 0, p.depth * sizeof(elem));
  }
}

static void mix_folded(const struct mixer *f, struct plan p, struct own own) {
  copy_projection(f, p);
  long wave = f->scaled ? p.slots : f->batch;
  for (long first = 0; first < f->batch; first += wave) {
    long images = smaller(f->batch - first, wave), slots = f->scaled ? images : 1;
    if (f->scaled || !first) {
      sum_matrices(f, p, first, slots, own);
      project_matrices(p, slots, own);
    }
    multiply_images(f, p, first, images, own);
  }
}
