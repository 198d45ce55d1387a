// Operands, memory and packed weights of the mixer of AS-MLP.
#pragma once
#include "gather.h"
#include "image_norm.h"
#include "panels.h"
#include "rows.h"
#include "shared.h"

// Channels first, first + step, ... before `end` of the position `down` below and `right` beside.
struct slice {
  int64_t first, end, step, down, right;
};

enum { ENTER, ACROSS, DOWN, LEAVE, PRODUCTS };  // in order; ENTER and LEAVE follow norms
enum { BEFORE, BETWEEN, AFTER, NORMS };

struct layer {
  const elem *weight, *bias;
};

struct axial {
  elem *out;      // (batch, height, width, channels)
  const elem *x;  // the same
  struct layer norms[NORMS];        // (channels)
  struct layer products[PRODUCTS];  // (channels, channels), (channels)
  const struct slice *slices[2];    // of the channels that move, for ACROSS and DOWN
  char *packed;                     // from axial_pack, or null: pack at every call
  double eps[NORMS];
  int64_t slice_counts[2], batch, height, width, channels, threads;
};

enum { TOGETHER = 1 << 22 };  // bytes of the images between two steps

struct plan {
  long depth, columns, stride, positions, block, blocks, images, own_bytes;
  elem *panels[PRODUCTS];
  real *bias[PRODUCTS];
  elem *hidden, *mixed;  // (images, positions, channels): before the shifts, and their sum
  struct moments *moments[NORMS];  // (images, blocks)
  char *own, *end;
  long packed_bytes;
};

// Memory of a thread: the left operand of a product, and two results.
struct own {
  elem *a;
  real *c, *other;
  char *end;
};

// Some rows of an image.
struct part {
  long image, block, from, rows;
};

static struct own own_of(struct plan p, char *mine) {
  struct own own;
  struct arena arena = {mine};
  own.a = take(&arena, p.block * p.stride * sizeof(elem));
  own.c = take(&arena, p.block * p.columns * sizeof(real));
  own.other = take(&arena, p.block * p.columns * sizeof(real));
  own.end = arena.at;
  return own;
}

static struct plan plan_of(const struct axial *f, char *scratch) {
  struct plan p = {0};
  struct arena arena = {scratch};
  p.depth = ROUND_UP(f->channels, DEPTH_STEP);
  p.columns = ROUND_UP(f->channels, COLUMN_STEP);
  p.stride = p.depth + 32;  // not a power of two, which would use few sets of the cache
  p.positions = f->height * f->width;
  long image = p.positions * f->channels * sizeof(elem);
  p.images = TOGETHER / (2 * image + 1);
  p.images = smaller(f->batch, ROUND_UP(p.images ? p.images : 1, f->threads));
  long row = p.stride * sizeof(elem) + 2 * p.columns * sizeof(real);
  p.block = rows_at_once(p.positions, p.images % f->threads ? f->threads : 1, row, CACHE_FOR_ROWS);
  p.blocks = (p.positions + p.block - 1) / p.block;
  struct arena packed = {f->packed}, *weights = f->packed ? &packed : &arena;
  weights->at = (char *)ROUND_UP((uintptr_t)weights->at, 64);
  char *first = weights->at;
  for (int k = 0; k < PRODUCTS; k++) {
    p.panels[k] = take(weights, p.columns * p.depth * sizeof(elem));
    p.bias[k] = take(weights, p.columns * sizeof(real));
  }
  p.packed_bytes = weights->at - first;
  p.hidden = take(&arena, p.images * image);
  p.mixed = take(&arena, p.images * image);
  for (int k = 0; k < NORMS; k++)
    p.moments[k] = take(&arena, p.images * p.blocks * sizeof(struct moments));
  p.own_bytes = ROUND_UP(own_of(p, 0).end - (char *)0, 64);
  p.own = take(&arena, f->threads * p.own_bytes);
  p.end = arena.at;
  return p;
}

// Packs the weights; the threads of a parallel region share the work.
static void pack_weights(const struct axial *f, struct plan p) {
  for (int k = 0; k < PRODUCTS; k++) {
#pragma omp single
    widen(p.bias[k], f->products[k].bias, f->channels, p.columns);
    pack_all(p.panels[k], f->products[k].weight, f->channels, f->channels, p.depth);
  }
}
