// x += fc2(GELU(fc1(norm(x)))), some rows at a time (cyclemlp.ops.feed_forward).
#include "panels.h"
#include "rows.h"
#include "shared.h"

struct feed_forward {
  elem *x;  // (rows, channels), overwritten
  const elem *norm_weight, *norm_bias;
  const elem *weight1, *bias1;  // (hidden, channels), (hidden)
  const elem *weight2, *bias2;  // (channels, hidden), (channels)
  double eps;
  int64_t rows, channels, hidden, threads;
};

enum { CHUNK = 256 };  // hidden columns at a time

struct plan {
  long depth, columns, hidden, stride, chunk_stride, block, own_bytes;
  elem *panels1, *panels2;
  real *bias1, *bias2;
  char *own, *end;
};

static struct plan plan_of(const struct feed_forward *f, char *scratch) {
  struct plan p;
  struct arena arena = {scratch};
  p.depth = ROUND_UP(f->channels, DEPTH_STEP);
  p.columns = ROUND_UP(f->channels, COLUMN_STEP);
  p.hidden = ROUND_UP(f->hidden, COLUMN_STEP);
  p.stride = p.depth + 32;
  p.chunk_stride = CHUNK + 32;
  long row = p.stride * sizeof(elem) + p.columns * sizeof(real) +
             p.chunk_stride * (sizeof(real) + sizeof(elem));
  p.block = rows_at_once(f->rows, f->threads, row);
  p.own_bytes = p.block * row + p.columns * sizeof(real) + 512;
  p.panels1 = take(&arena, p.hidden * p.depth * sizeof(elem));
  p.panels2 = take(&arena, p.columns * p.hidden * sizeof(elem));
  p.bias1 = take(&arena, p.hidden * sizeof(real));
  p.bias2 = take(&arena, p.columns * sizeof(real));
  p.own = take(&arena, f->threads * p.own_bytes);
  p.end = arena.at;
  return p;
}

int64_t feed_forward_bytes(const struct feed_forward *f) {
  return plan_of(f, 0).end - (char *)0 + 64;
}

static void normalize_rows(elem *out, long stride, const elem *x, const struct feed_forward *f,
                           long rows, long depth, real *wide) {
  struct norm norm = {f->norm_weight, f->norm_bias, f->eps};
  for (long m = 0; m < rows; m++) {
    normalize(out + m * stride, x + m * f->channels, norm, f->channels, wide);
    memset(out + m * stride + f->channels, 0, (depth - f->channels) * sizeof(elem));
  }
}

// The hidden activation, a chunk of its columns; `narrow` may be `wide`.
static void activate(elem *narrow, const real *wide, long stride, long rows, long columns) {
  for (long m = 0; m < rows; m++)
    for (long n = 0; n < columns; n += LANES)
      store(narrow + m * stride + n, gelu(load_real(wide + m * stride + n)));
}

void feed_forward_run(const struct feed_forward *f, char *scratch) {
  struct plan p = plan_of(f, scratch);
  widen(p.bias1, f->bias1, f->hidden, p.hidden);
  widen(p.bias2, f->bias2, f->channels, p.columns);
#pragma omp parallel num_threads(f->threads)
  {
    struct arena mine = {p.own + omp_get_thread_num() * p.own_bytes};
    real *row = take(&mine, p.columns * sizeof(real));
    elem *a = take(&mine, p.block * p.stride * sizeof(elem));
    real *c = take(&mine, p.block * p.columns * sizeof(real));
    real *wide = take(&mine, p.block * p.chunk_stride * sizeof(real));
    elem *narrow = sizeof(elem) == sizeof(real)
                       ? (elem *)wide
                       : take(&mine, p.block * p.chunk_stride * sizeof(elem));
    begin_products();
    pack_all(p.panels1, f->weight1, f->hidden, f->channels, p.depth);
    pack_all(p.panels2, f->weight2, f->channels, f->hidden, p.hidden);
#pragma omp for schedule(static)
    for (long from = 0; from < f->rows; from += p.block) {
      long rows = smaller(f->rows - from, p.block);
      elem *x = f->x + from * f->channels;
      normalize_rows(a, p.stride, x, f, rows, p.depth, row);
      for (long n = 0; n < p.hidden; n += CHUNK) {
        long columns = smaller(p.hidden - n, CHUNK);
        multiply((struct product){wide, p.chunk_stride, p.bias1 + n, 0, a, p.stride,
                                  p.panels1 + n * p.depth, p.depth * LANES, rows, columns,
                                  p.depth});
        activate(narrow, wide, p.chunk_stride, rows, columns);
        multiply((struct product){c, p.columns, n ? c : p.bias2, n ? p.columns : 0, narrow,
                                  p.chunk_stride, p.panels2 + n * LANES, p.hidden * LANES, rows,
                                  p.columns, columns});
      }
      write_rows(x, c, p.columns, x, rows, f->channels);
    }
    end_products();
  }
}
