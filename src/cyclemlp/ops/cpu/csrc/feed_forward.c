// x += fc2(GELU(fc1(norm(x)))), some rows at a time (cyclemlp.ops.plain.feed_forward).
#include "image_norm.h"
#include "panels.h"
#include "rows.h"
#include "shared.h"

struct feed_forward {
  elem *x;  // (rows, channels), overwritten
  const elem *norm_weight, *norm_bias;
  const elem *weight1, *bias1;  // (hidden, channels), (hidden)
  const elem *weight2, *bias2;  // (channels, hidden), (channels)
  char *packed;                 // from feed_forward_pack, or null: pack at every call
  double eps;
  // image_rows are normalized together, as an image; 0 for a layer norm of each row
  int64_t rows, channels, hidden, image_rows, threads;
};

enum {
  CHUNK = 256,  // hidden columns at a time
  PART = 64,    // rows of an image that are measured at a time
};

struct plan {
  long depth, columns, hidden, stride, chunk_stride, block, own_bytes;
  elem *panels1, *panels2;
  real *bias1, *bias2;
  long parts;               // of an image
  struct moments *moments;  // (images, parts)
  char *own, *end;
  long packed_bytes;
};

// Memory of a thread.
struct own {
  real *row;     // normalizing: one row
  elem *a;       // normalized rows
  real *wide;    // a chunk of their hidden activation
  elem *narrow;  // the same, rounded; in the same place if nothing is rounded
  real *c;       // the sum over chunks
  char *end;
};

static struct own own_of(struct plan p, char *mine) {
  struct own own;
  struct arena arena = {mine};
  own.row = take(&arena, p.columns * sizeof(real));
  own.a = take(&arena, p.block * p.stride * sizeof(elem));
  own.wide = take(&arena, p.block * p.chunk_stride * sizeof(real));
  own.narrow = (elem *)own.wide;
  if (sizeof(elem) != sizeof(real))
    own.narrow = take(&arena, p.block * p.chunk_stride * sizeof(elem));
  own.c = take(&arena, p.block * p.columns * sizeof(real));
  own.end = arena.at;
  return own;
}

static struct plan plan_of(const struct feed_forward *f, char *scratch) {
  struct plan p = {0};
  struct arena arena = {scratch};
  p.depth = ROUND_UP(f->channels, DEPTH_STEP);
  p.columns = ROUND_UP(f->channels, COLUMN_STEP);
  p.hidden = ROUND_UP(f->hidden, COLUMN_STEP);
  p.stride = p.depth + 32;  // not powers of two, which would use few sets of the cache
  p.chunk_stride = CHUNK + 32;
  long row = p.stride * sizeof(elem) + p.columns * sizeof(real) +
             p.chunk_stride * (sizeof(real) + sizeof(elem));
  p.block = rows_at_once(f->rows, f->threads, row, CACHE_FOR_ROWS);
  struct arena packed = {f->packed}, *weights = f->packed ? &packed : &arena;
  weights->at = (char *)ROUND_UP((uintptr_t)weights->at, 64);
  char *first = weights->at;
  p.panels1 = take(weights, p.hidden * p.depth * sizeof(elem));
  p.panels2 = take(weights, p.columns * p.hidden * sizeof(elem));
  p.bias1 = take(weights, p.hidden * sizeof(real));
  p.bias2 = take(weights, p.columns * sizeof(real));
  p.packed_bytes = weights->at - first;
  p.parts = (f->image_rows + PART - 1) / PART;
  long images = f->image_rows ? f->rows / f->image_rows : 0;
  p.moments = take(&arena, images * p.parts * sizeof(struct moments));
  p.own_bytes = ROUND_UP(own_of(p, 0).end - (char *)0, 64);
  p.own = take(&arena, f->threads * p.own_bytes);
  p.end = arena.at;
  return p;
}

int64_t feed_forward_bytes(const struct feed_forward *f) {
  return plan_of(f, 0).end - (char *)0 + 64;
}

int64_t feed_forward_packed_bytes(const struct feed_forward *f) {
  return plan_of(f, 0).packed_bytes;
}

// Packs the weights; the threads of a parallel region share the work.
static void pack_weights(const struct feed_forward *f, struct plan p) {
#pragma omp single
  {
    widen(p.bias1, f->bias1, f->hidden, p.hidden);
    widen(p.bias2, f->bias2, f->channels, p.columns);
  }
  pack_all(p.panels1, f->weight1, f->hidden, f->channels, p.depth);
  pack_all(p.panels2, f->weight2, f->channels, f->hidden, p.hidden);
}

void feed_forward_pack(const struct feed_forward *f) {
  struct plan p = plan_of(f, 0);
#pragma omp parallel num_threads(f->threads)
  pack_weights(f, p);
}

// Measures all images; the threads of a parallel region share the work.
static void measure_images(const struct feed_forward *f, struct plan p) {
#pragma omp for schedule(static)
  for (long t = 0; t < f->rows / f->image_rows * p.parts; t++) {
    long from = t % p.parts * PART, rows = smaller(f->image_rows - from, PART);
    const elem *x = f->x + (t / p.parts * f->image_rows + from) * f->channels;
    p.moments[t] = moments_of(x, rows * f->channels);
  }
}

// The rows `from`, ... normalized as parts of their images.
static void normalize_images(elem *out, const struct feed_forward *f, struct plan p, long from,
                             long rows) {
  struct norm norm = {f->norm_weight, f->norm_bias, f->eps};
  struct spread spread = {0};
  for (long m = 0; m < rows; m++) {
    long image = (from + m) / f->image_rows;
    if (m == 0 || (from + m) % f->image_rows == 0)
      spread = spread_of(p.moments + image * p.parts, PART, f->image_rows, f->channels, f->eps);
    normalize_by(out + m * p.stride, f->x + (from + m) * f->channels, spread, norm, f->channels,
                 p.depth);
  }
}

static void normalize_rows(elem *out, long stride, const elem *x, const struct feed_forward *f,
                           long rows, long depth, real *wide) {
  struct norm norm = {f->norm_weight, f->norm_bias, f->eps};
  for (long m = 0; m < rows; m++) {
    normalize(out + m * stride, x + m * f->channels, norm, f->channels, wide);
    memset(out + m * stride + f->channels, 0, (depth - f->channels) * sizeof(elem));
  }
}

// c = fc2(GELU(fc1(a))), with the hidden activation in chunks of columns.
static void multiply_chunks(struct plan p, struct own own, long rows) {
  for (long n = 0; n < p.hidden; n += CHUNK) {
    long columns = smaller(p.hidden - n, CHUNK);
    multiply((struct product){own.wide, p.chunk_stride, p.bias1 + n, 0, own.a, p.stride,
                              p.panels1 + n * p.depth, p.depth * LANES, rows, columns, p.depth});
    activate(own.narrow, p.chunk_stride, own.wide, p.chunk_stride, rows, columns);
    multiply((struct product){own.c, p.columns, n ? own.c : p.bias2, n ? p.columns : 0, own.narrow,
                              p.chunk_stride, p.panels2 + n * LANES, p.hidden * LANES, rows,
                              p.columns, columns});
  }
}

void feed_forward_run(const struct feed_forward *f, char *scratch) {
  struct plan p = plan_of(f, scratch);
#pragma omp parallel num_threads(f->threads)
  {
    struct own own = own_of(p, p.own + omp_get_thread_num() * p.own_bytes);
    begin_products();
    if (!f->packed) pack_weights(f, p);
    if (f->image_rows) measure_images(f, p);
#pragma omp for schedule(static)
    for (long from = 0; from < f->rows; from += p.block) {
      long rows = smaller(f->rows - from, p.block);
      elem *x = f->x + from * f->channels;
      if (f->image_rows) normalize_images(own.a, f, p, from, rows);
      else normalize_rows(own.a, p.stride, x, f, rows, p.depth, own.row);
      multiply_chunks(p, own, rows);
      write_rows(x, own.c, p.columns, x, rows, f->channels);
    }
    end_products();
  }
}
