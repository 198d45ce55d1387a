// What the steps of a mixer share: its arguments, and the layout of the scratch memory.
#pragma once
#include "gather.h"
#include "panels.h"
#include "rows.h"
#include "shared.h"

enum { BRANCHES = 3 };  // along the width, along the height, per position

struct mixer {
  elem *out;                      // (batch, height, width, channels)
  const elem *x;                  // the same
  const elem *residual;           // the same, or null; the result is added to it
  const elem *norm_weight, *norm_bias;
  const elem *weights[BRANCHES];  // (channels, channels)
  const elem *biases[2];          // (channels) or null; the third has none
  const elem *weight1, *bias1;    // (reduced, channels), of the MLP for branch weights
  const elem *weight2, *bias2;    // (3 * channels, reduced); the branches of a channel are neighbours
  const elem *proj, *proj_bias;   // (channels, channels), (channels) or null
  const struct group *cycles[2];  // all channels, in `period` groups
  const struct group *moved;      // the groups of both with an offset other than 0
  char *packed;                   // from mixer_pack, or null: pack at every call
  double eps;
  int64_t normalized;  // whether x is normalized already
  int64_t scaled;      // whether branches are weighted or summed
  int64_t folded;      // one matrix per image; channels must be a multiple of LANES
  int64_t moved_count, period, batch, height, width, channels, reduced, threads;
};

struct plan {
  long depth, columns, panels_size;  // of (channels, channels) weights
  long reduced, logits, images;      // padded; images are rows of means
  long wide_stride;                  // of the activations of the small MLP
  long positions, block, blocks;     // of an image, and of a thread at a time
  long row_columns, row_depth;       // of the gathered operand, and padded
  long row_stride, proj_stride;      // not powers of two, which would use few sets of the cache
  long slots;                        // folded: how many matrices exist at a time
  elem *y, *panels, *proj_panels, *panels1, *panels2;
  elem *means, *joined, *hidden;  // left operands of the small MLP
  real *sums, *proj_bias, *bias1, *bias2, *wide, *factors;
  unit *masks;
  elem *sums_of_branches, *matrices, *proj_rows;  // folded: right operand, result, left operand
  char *own, *end;
  long own_bytes, packed_bytes;
};

// Memory of a thread; consecutive steps reuse it.
struct own {
  real *row;                      // normalizing: one position
  elem *a;                        // gathered rows
  real *c;                        // their product, or the projection's
  elem *mixed;                    // three branches: their weighted sum
  real *branches;                 // three branches: COLUMN_STEP columns of each
  elem *rows;                     // folded: some rows of a matrix
  real *wide;                     // the same, not rounded
  char *end;
};

enum { MATRIX_ROWS = 32 };  // at a time

static struct own own_of(const struct mixer *f, struct plan p, char *mine) {
  struct own own = {0};
  struct arena arena = {mine};
  long row_columns = ROUND_UP(p.row_columns, COLUMN_STEP) + LANES;
  own.row = take(&arena, p.columns * sizeof(real));
  own.a = take(&arena, p.block * p.row_stride * sizeof(elem));
  own.c = take(&arena, p.block * p.columns * sizeof(real));
  if (f->folded) {
    own.rows = take(&arena, MATRIX_ROWS * row_columns * sizeof(elem));
    own.wide = take(&arena, MATRIX_ROWS * row_columns * sizeof(real));
  } else {
    own.mixed = take(&arena, p.block * p.proj_stride * sizeof(elem));
    own.branches = take(&arena, BRANCHES * p.block * COLUMN_STEP * sizeof(real));
  }
  own.end = arena.at;
  return own;
}

INLINE long gathered_columns(const struct mixer *f) {
  long columns = f->channels + 1;
  for (long g = 0; g < f->moved_count; g++) columns += group_size(f->moved[g], f->channels);
  return columns;
}

static void plan_sizes(const struct mixer *f, struct plan *p) {
  p->depth = ROUND_UP(f->channels, DEPTH_STEP);
  p->columns = ROUND_UP(f->channels, COLUMN_STEP);
  p->panels_size = p->columns * p->depth;
  p->reduced = ROUND_UP(f->reduced, COLUMN_STEP);
  p->logits = ROUND_UP(BRANCHES * f->channels, COLUMN_STEP);
  p->wide_stride = p->logits > p->reduced ? p->logits : p->reduced;
  p->images = ROUND_UP(f->batch, ROWS_AT_ONCE);
  p->positions = f->height * f->width;
  p->row_columns = f->folded ? gathered_columns(f) : BRANCHES * p->depth;
  p->row_depth = ROUND_UP(p->row_columns, DEPTH_STEP);
  p->row_stride = p->row_depth + 32;
  p->proj_stride = p->columns + 32;
  // one image per thread at a time, so that its matrix stays in the cache of the thread
  p->slots = f->scaled ? smaller(f->batch, f->threads) : 1;
  long row = (p->row_stride + p->proj_stride) * sizeof(elem) + p->columns * sizeof(real);
  p->block = rows_at_once(p->positions, f->batch % f->threads ? f->threads : 1, row, CACHE_FOR_ROWS);
  p->blocks = (p->positions + p->block - 1) / p->block;
}

static struct plan plan_of(const struct mixer *f, char *scratch) {
  struct plan p = {0};
  struct arena arena = {scratch};
  plan_sizes(f, &p);
  p.y = take(&arena, f->normalized ? 0 : f->batch * p.positions * f->channels * sizeof(elem));
  struct arena packed = {f->packed}, *weights = f->packed ? &packed : &arena;
  weights->at = (char *)ROUND_UP((uintptr_t)weights->at, 64);
  char *first = weights->at;
  p.panels = take(weights, BRANCHES * p.panels_size * sizeof(elem));
  p.proj_panels = take(weights, p.panels_size * sizeof(elem));
  p.panels1 = take(weights, p.reduced * p.depth * sizeof(elem));
  p.panels2 = take(weights, p.logits * p.reduced * sizeof(elem));
  p.proj_bias = take(weights, p.columns * sizeof(real));
  p.bias1 = take(weights, p.reduced * sizeof(real));
  p.bias2 = take(weights, p.logits * sizeof(real));
  p.masks = take(weights, f->period * mask_units(f->channels) * sizeof(unit));
  p.packed_bytes = weights->at - first;
  p.means = take(&arena, BRANCHES * p.images * p.depth * sizeof(elem));
  p.joined = take(&arena, p.images * p.columns * sizeof(elem));
  p.hidden = take(&arena, p.images * p.reduced * sizeof(elem));
  p.sums = take(&arena, f->batch * p.blocks * BRANCHES * p.columns * sizeof(real));
  p.wide = take(&arena, p.images * p.wide_stride * sizeof(real));
  p.factors = take(&arena, f->batch * (BRANCHES + 1) * p.columns * sizeof(real));
  if (f->folded) {
    long row_columns = ROUND_UP(p.row_columns, COLUMN_STEP);
    p.sums_of_branches = take(&arena, p.slots * row_columns * p.depth * sizeof(elem));
    p.matrices = take(&arena, p.slots * p.columns * p.row_depth * sizeof(elem));
    p.proj_rows = take(&arena, p.columns * p.proj_stride * sizeof(elem));
  }
  p.own_bytes = ROUND_UP(own_of(f, p, 0).end - (char *)0, 64);
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

// The factors of an image, BRANCHES rows of p.columns, followed by the resulting bias.
INLINE real *factors_of(struct plan p, long image) {
  return p.factors + image * (BRANCHES + 1) * p.columns;
}
