// The operator: shift, multiply, add the bias (cyclemlp.ops.cycle_fc).
#include "gather.h"
#include "panels.h"
#include "shared.h"

struct cycle_fc {
  elem *out;           // (batch, height, width, columns)
  const elem *x;       // (batch, height, width, channels)
  const elem *weight;  // (columns, channels)
  const elem *bias;    // (columns) or null
  const struct group *groups;
  int64_t period, batch, height, width, channels, columns, threads;
};

enum {
  FEW = 1 << 16,  // bytes of a thread's rows: memory touched for one product alone costs
  NARROWED = 2 * ROWS_AT_ONCE,
};

struct plan {
  long depth, columns, stride, positions, block, blocks, own_bytes;
  int direct;  // whether products are written directly to the result
  elem *panels;
  real *bias;
  unit *masks;
  char *own, *end;
};

// Memory of a thread: gathered rows, and part of their product if it has to be rounded.
struct own {
  elem *a;
  real *c;
  char *end;
};

static struct own own_of(struct plan p, char *mine) {
  struct own own;
  struct arena arena = {mine};
  own.a = take(&arena, p.block * p.stride * sizeof(elem));
  own.c = take(&arena, p.direct ? 0 : NARROWED * COLUMN_STEP * sizeof(real));
  own.end = arena.at;
  return own;
}

static struct plan plan_of(const struct cycle_fc *f, char *scratch) {
  struct plan p = {0};
  struct arena arena = {scratch};
  p.depth = ROUND_UP(f->channels, DEPTH_STEP);
  p.columns = ROUND_UP(f->columns, COLUMN_STEP);
  p.stride = p.depth + 32;  // not a power of two, which would use few sets of the cache
  p.direct = sizeof(elem) == sizeof(real) && p.columns == f->columns;
  p.positions = f->height * f->width;
  long row = p.stride * sizeof(elem) + (p.direct ? p.columns * sizeof(real) : 0);
  p.block = rows_at_once(p.positions, f->batch % f->threads ? f->threads : 1, row, FEW);
  p.blocks = (p.positions + p.block - 1) / p.block;
  p.panels = take(&arena, p.columns * p.depth * sizeof(elem));
  p.bias = take(&arena, p.columns * sizeof(real));
  p.masks = take(&arena, f->period * mask_units(f->channels) * sizeof(unit));
  p.own_bytes = ROUND_UP(own_of(p, 0).end - (char *)0, 64);
  p.own = take(&arena, f->threads * p.own_bytes);
  p.end = arena.at;
  return p;
}

// The product of gathered rows: directly to the result, or in parts that are still in the L1 cache
// when they are rounded.
static void multiply_rows(const struct cycle_fc *f, struct plan p, struct own own, elem *out,
                          long rows) {
  if (p.direct) {
    multiply((struct product){(real *)out, p.columns, p.bias, 0, own.a, p.stride, p.panels,
                              p.depth * LANES, rows, p.columns, p.depth});
    return;
  }
  for (long n = 0; n < p.columns; n += COLUMN_STEP)
    for (long m = 0; m < rows; m += NARROWED) {
      long some = smaller(rows - m, NARROWED);
      multiply((struct product){own.c, COLUMN_STEP, p.bias + n, 0, own.a + m * p.stride, p.stride,
                                p.panels + n * p.depth, p.depth * LANES, some, COLUMN_STEP,
                                p.depth});
      write_columns(out + m * f->columns + n, f->columns, own.c, COLUMN_STEP, 0, some,
                    smaller(f->columns - n, COLUMN_STEP));
    }
}

int64_t cycle_fc_bytes(const struct cycle_fc *f) { return plan_of(f, 0).end - (char *)0 + 64; }

void cycle_fc_run(const struct cycle_fc *f, char *scratch) {
  struct plan p = plan_of(f, scratch);
  struct cycle cycle = {f->groups, f->period, p.masks, mask_units(f->channels)};
  make_masks(p.masks, f->period, f->channels);
  widen(p.bias, f->bias, f->columns, p.columns);
#pragma omp parallel num_threads(f->threads)
  {
    struct own own = own_of(p, p.own + omp_get_thread_num() * p.own_bytes);
    begin_products();
    pack_all(p.panels, f->weight, f->columns, f->channels, p.depth);
#pragma omp for schedule(static)
    for (long t = 0; t < f->batch * p.blocks; t++) {
      long image = t / p.blocks, from = t % p.blocks * p.block;
      long rows = smaller(p.positions - from, p.block), first = image * p.positions;
      struct image im = {f->x + first * f->channels, f->height, f->width, f->channels};
      elem *out = f->out + (first + from) * f->columns;
      gather_cycle(own.a, p.stride, im, cycle, from, rows, p.depth);
      multiply_rows(f, p, own, out, rows);
    }
    end_products();
  }
}
