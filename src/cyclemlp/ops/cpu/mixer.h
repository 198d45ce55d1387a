// What a mixer's steps share: the call, and where in the scratch what is.
#pragma once
#include "gather.h"
#include "panels.h"
#include "rows.h"
#include "shared.h"

enum { BRANCHES = 3 };  // along the width, along the height, per position

struct mixer {
  elem *out;                      // (batch, height, width, channels)
  const elem *x;                  // the same
  const elem *residual;           // the same, or null: what the result is added to
  const elem *norm_weight, *norm_bias;
  const elem *weights[BRANCHES];  // (channels, channels)
  const elem *biases[2];          // (channels) or null; the third has none
  const elem *weight1, *bias1;    // (reduced, channels): of the MLP that makes branch weights
  const elem *weight2, *bias2;    // (3 * channels, reduced), the branches of a channel neighbours
  const elem *proj, *proj_bias;   // (channels, channels), (channels) or null
  const struct group *cycles[2];  // each all channels, of `period` groups
  const struct group *moved;      // the groups of both that do move
  double eps;
  int64_t normalized;  // whether x is so already: no norm is applied
  int64_t scaled;      // whether branches have weights, or are summed
  int64_t folded;      // by one matrix an image, which takes channels in multiples of LANES
  int64_t moved_count, period, batch, height, width, channels, reduced, threads;
};

struct plan {
  long depth, columns, panels_size;  // of (channels, channels) weights
  long reduced_depth, reduced_columns, logits;
  long images;                            // rows of means, rounded up to whole tiles
  long positions, block, blocks;          // an image's positions, and how many at a time
  long row_columns;                       // a gathered row's, of the way that is taken
  long row_depth, stride, own_bytes;      // the same, padded
  long slots, matrix_size, left_stride;   // folded: matrices at a time, and their size
  elem *y, *panels, *proj_panels, *panels1, *panels2;
  elem *means, *joined, *hidden;          // left operands of the small MLP
  real *sums, *proj_bias, *bias1, *bias2, *wide, *factors;
  unit *masks;
  elem *right, *matrices, *proj_rows;     // folded: branches, with the projection, its rows
  char *own, *end;
};

INLINE long gathered_columns(const struct mixer *f) {
  long columns = f->channels + 1;
  for (long g = 0; g < f->moved_count; g++) columns += group_size(f->moved[g], f->channels);
  return columns;
}

static void plan_folded(const struct mixer *f, struct plan *p, struct arena *arena) {
  // as many images at a time as there are threads, so that a matrix stays in its thread's cache
  p->slots = f->scaled ? smaller(f->batch, f->threads) : 1;
  p->left_stride = p->depth + 32;
  p->matrix_size = ROUND_UP(p->row_columns, COLUMN_STEP) * p->columns;
  p->right = take(arena, p->slots * ROUND_UP(p->row_columns, COLUMN_STEP) * p->depth * sizeof(elem));
  p->matrices = take(arena, p->slots * p->columns * p->row_depth * sizeof(elem));
  p->proj_rows = take(arena, ROUND_UP(f->channels, 32) * p->left_stride * sizeof(elem));
}

static struct plan plan_of(const struct mixer *f, char *scratch) {
  struct plan p = {0};
  struct arena arena = {scratch};
  p.depth = ROUND_UP(f->channels, DEPTH_STEP);
  p.columns = ROUND_UP(f->channels, COLUMN_STEP);
  p.panels_size = p.columns * p.depth;
  p.reduced_depth = ROUND_UP(f->reduced, COLUMN_STEP);
  p.reduced_columns = ROUND_UP(f->reduced, COLUMN_STEP);
  p.logits = ROUND_UP(BRANCHES * f->channels, COLUMN_STEP);
  p.images = ROUND_UP(f->batch, ROWS_AT_ONCE);
  p.positions = f->height * f->width;
  p.row_columns = f->folded ? gathered_columns(f) : BRANCHES * p.depth;
  p.row_depth = ROUND_UP(p.row_columns, DEPTH_STEP);
  p.stride = p.row_depth + 32;  // not a power of two, which would fill few sets of the cache
  long row = (p.stride + p.columns + 32) * sizeof(elem) +
             (p.columns + BRANCHES * COLUMN_STEP) * sizeof(real);
  p.block = rows_at_once(p.positions, f->batch % f->threads ? f->threads : 1, row);
  p.blocks = (p.positions + p.block - 1) / p.block;
  long folding = f->folded ? 32 * (p.row_depth + COLUMN_STEP) * (sizeof(elem) + sizeof(real)) : 0;
  long packing = (PER_UNIT + 1) * (p.stride + p.columns) * sizeof(real);
  p.own_bytes = p.block * row + folding + packing + 1024;
  p.y = f->normalized ? 0 : take(&arena, f->batch * p.positions * f->channels * sizeof(elem));
  p.panels = take(&arena, BRANCHES * p.panels_size * sizeof(elem));
  p.proj_panels = take(&arena, p.panels_size * sizeof(elem));
  p.panels1 = take(&arena, p.reduced_columns * p.depth * sizeof(elem));
  p.panels2 = take(&arena, p.logits * p.reduced_depth * sizeof(elem));
  p.means = take(&arena, BRANCHES * p.images * p.depth * sizeof(elem));
  p.joined = take(&arena, p.images * p.columns * sizeof(elem));
  p.hidden = take(&arena, p.images * p.reduced_columns * sizeof(elem));
  p.sums = take(&arena, f->batch * p.blocks * BRANCHES * p.columns * sizeof(real));
  p.proj_bias = take(&arena, p.columns * sizeof(real));
  p.bias1 = take(&arena, p.reduced_columns * sizeof(real));
  p.bias2 = take(&arena, p.logits * sizeof(real));
  p.wide = take(&arena, p.images * p.logits * sizeof(real));
  p.factors = take(&arena, f->batch * (BRANCHES + 1) * p.columns * sizeof(real));
  p.masks = take(&arena, f->period * mask_units(f->channels) * sizeof(unit));
  if (f->folded) plan_folded(f, &p, &arena);
  p.own = take(&arena, f->threads * p.own_bytes);
  p.end = arena.at;
  return p;
}

INLINE struct cycle cycle_of(const struct mixer *f, struct plan p, int k) {
  return (struct cycle){f->cycles[k], f->period, p.masks, mask_units(f->channels)};
}

INLINE struct image image_of(const struct mixer *f, struct plan p, long image) {
  const elem *y = f->normalized ? f->x : p.y;
  return (struct image){y + image * p.positions * f->channels, f->height, f->width, f->channels};
}

// An image's factors, BRANCHES rows of p.columns, and behind them the bias they make.
INLINE real *factors_of(struct plan p, long image) {
  return p.factors + image * (BRANCHES + 1) * p.columns;
}
