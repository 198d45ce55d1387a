// The branches as three products, weighted while they are in the cache, and the projection.
#pragma once
#include "mixer_plan.h"

// The columns of two panels of the weighted sum.
static void join(elem *mixed, long stride, const real *branches, long size, const real *factors,
                 long columns, long rows) {
  for (long n = 0; n < COLUMN_STEP; n += LANES) {
    vec factor[BRANCHES], bias = load_real(factors + BRANCHES * columns + n);
    UNROLL for (int k = 0; k < BRANCHES; k++) factor[k] = load_real(factors + k * columns + n);
    for (long m = 0; m < rows; m++) {
      vec total = bias;
      UNROLL for (int k = 0; k < BRANCHES; k++)
        total += factor[k] * load_real(branches + k * size + m * COLUMN_STEP + n);
      store(mixed + m * stride + n, total);
    }
  }
}

static void mix_branches(const struct mixer *f, struct plan p, struct own own) {
  long size = p.block * COLUMN_STEP;
#pragma omp for schedule(static)
  for (long t = 0; t < f->batch * p.blocks; t++) {
    long image = t / p.blocks, from = t % p.blocks * p.block;
    long rows = smaller(p.positions - from, p.block);
    long at = (image * p.positions + from) * f->channels;
    struct image im = image_of(f, p, image);
    for (int k = 0; k < 2; k++)
      gather_cycle(own.a + k * p.depth, p.row_stride, im, cycle_of(f, p, k), from, rows, p.depth);
    copy_rows(own.a + 2 * p.depth, p.row_stride, im.x + from * f->channels, rows, f->channels,
              p.depth);
    for (long n = 0; n < p.columns; n += COLUMN_STEP) {
      for (long k = 0; k < BRANCHES; k++)
        multiply((struct product){own.branches + k * size, COLUMN_STEP, 0, 0, own.a + k * p.depth,
                                  p.row_stride, p.panels + k * p.panels_size + n * p.depth,
                                  p.depth * LANES, rows, COLUMN_STEP, p.depth});
      join(own.mixed + n, p.proj_stride, own.branches, size, factors_of(p, image) + n, p.columns,
           rows);
    }
    multiply((struct product){own.c, p.columns, p.proj_bias, 0, own.mixed, p.proj_stride,
                              p.proj_panels, p.depth * LANES, rows, p.columns, p.depth});
    write_rows(f->out + at, own.c, p.columns, f->residual ? f->residual + at : 0, rows,
               f->channels);
  }
}
