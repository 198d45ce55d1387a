// c (rows, columns) = start + a (rows, depth) . panels: the innermost loops of all kernels.
#pragma once
#include "numbers.h"

// start is null for zeros; with start_stride 0 all rows start from the same row, a bias.
struct product {
  real *c;
  long c_stride;
  const real *start;
  long start_stride;
  const elem *a;
  long a_stride;
  const elem *panels;
  long panel_size;  // from one panel to the next; depth * LANES if all of it is used
  long rows, columns, depth;
};

#ifdef BFLOAT16

// gcc's headers do not declare that these instructions read memory, so gcc may delay stores.
#define REACHES_MEMORY __asm__ volatile("" : : : "memory")

struct tile_settings {
  uint8_t palette, start_row, reserved[14];
  uint16_t row_bytes[16];
  uint8_t rows[16];
};

// Configures the tile registers of a thread: eight of 16 rows of 64 bytes.
static void begin_products(void) {
  struct tile_settings settings = {.palette = 1};
  for (int i = 0; i < 8; i++) settings.row_bytes[i] = 64, settings.rows[i] = 16;
  __asm__ volatile("" : : "r"(&settings) : "memory");
  _tile_loadconfig(&settings);
}

static void end_products(void) { _tile_release(); }

#define START(tile, from, stride)                \
  if (from) _tile_loadd(tile, from, (stride) * 4); \
  else _tile_zero(tile)

// Two panels: 32 columns, 32 rows at a time, then 16. Rows beyond the last are computed too.
INLINE void two_panels(struct product p, const elem *left, const elem *right) {
  const long step = LANES * PER_UNIT;
  REACHES_MEMORY;
  for (long m = 0; m < p.rows; m += 32) {
    int both = m + 16 < p.rows;
    real *c = p.c + m * p.c_stride, *below = c + 16 * p.c_stride;
    const elem *a = p.a + m * p.a_stride, *a_below = a + 16 * p.a_stride;
    const real *s = p.start ? p.start + m * p.start_stride : 0;
    const real *s_below = s ? s + 16 * p.start_stride : 0;
    START(0, s, p.start_stride);
    START(1, s ? s + 16 : 0, p.start_stride);
    if (both) {
      START(2, s_below, p.start_stride);
      START(3, s_below ? s_below + 16 : 0, p.start_stride);
      for (long k = 0; k < p.depth; k += DEPTH_STEP) {
        _tile_loadd(4, a + k, p.a_stride * 2);
        _tile_loadd(6, left + k / PER_UNIT * step, 64);
        _tile_loadd(7, right + k / PER_UNIT * step, 64);
        _tile_loadd(5, a_below + k, p.a_stride * 2);
        _tile_dpbf16ps(0, 4, 6);
        _tile_dpbf16ps(1, 4, 7);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
      }
      _tile_stored(2, below, p.c_stride * 4);
      _tile_stored(3, below + 16, p.c_stride * 4);
    } else {
      for (long k = 0; k < p.depth; k += DEPTH_STEP) {
        _tile_loadd(4, a + k, p.a_stride * 2);
        _tile_loadd(6, left + k / PER_UNIT * step, 64);
        _tile_loadd(7, right + k / PER_UNIT * step, 64);
        _tile_dpbf16ps(0, 4, 6);
        _tile_dpbf16ps(1, 4, 7);
      }
    }
    _tile_stored(0, c, p.c_stride * 4);
    _tile_stored(1, c + 16, p.c_stride * 4);
  }
}

#else

static void begin_products(void) {}
static void end_products(void) {}

// `rows` is a constant where this is inlined: by two vectors, ROWS_AT_ONCE fill the registers.
INLINE void some_rows(struct product p, long m, const int rows, const elem *left,
                      const elem *right) {
  real *c = p.c + m * p.c_stride;
  const elem *a = p.a + m * p.a_stride;
  const real *s = p.start ? p.start + m * p.start_stride : 0;
  vec first[ROWS_AT_ONCE], second[ROWS_AT_ONCE];
  UNROLL for (int r = 0; r < rows; r++) {
    first[r] = s ? load_real(s + r * p.start_stride) : (vec){0};
    second[r] = s ? load_real(s + r * p.start_stride + LANES) : (vec){0};
  }
  for (long k = 0; k < p.depth; k++) {
    vec l = *(const vec *)(left + k * LANES), h = *(const vec *)(right + k * LANES);
    UNROLL for (int r = 0; r < rows; r++) {
      vec value = splat(a[r * p.a_stride + k]);
      first[r] += value * l;
      second[r] += value * h;
    }
  }
  UNROLL for (int r = 0; r < rows; r++) {
    store_real(c + r * p.c_stride, first[r]);
    store_real(c + r * p.c_stride + LANES, second[r]);
  }
}

#define LAST_ROWS(n) \
  case n: if (n < ROWS_AT_ONCE) some_rows(p, m, n, left, right); break;
INLINE void two_panels(struct product p, const elem *left, const elem *right) {
  long m = 0;
  for (; m + ROWS_AT_ONCE <= p.rows; m += ROWS_AT_ONCE)
    some_rows(p, m, ROWS_AT_ONCE, left, right);
  switch (p.rows - m) {
    LAST_ROWS(1) LAST_ROWS(2) LAST_ROWS(3) LAST_ROWS(4) LAST_ROWS(5) LAST_ROWS(6) LAST_ROWS(7)
    LAST_ROWS(8) LAST_ROWS(9) LAST_ROWS(10) LAST_ROWS(11) LAST_ROWS(12) LAST_ROWS(13)
  }
}

#endif

// columns are a multiple of COLUMN_STEP, depth of DEPTH_STEP; c and a have ROWS_AT_ONCE-fold rows.
static void multiply(struct product p) {
  struct product part = p;
  for (long n = 0; n < p.columns; n += COLUMN_STEP) {
    const elem *left = p.panels + n / LANES * p.panel_size;
    part.c = p.c + n;
    part.start = p.start ? p.start + n : 0;
    two_panels(part, left, left + p.panel_size);
  }
}

// Rows of a thread at a time: whole blocks that fit `cache` bytes and occupy all threads.
INLINE long rows_at_once(long rows, long threads, long row_bytes, long cache) {
  long most = cache / row_bytes / ROWS_AT_ONCE * ROWS_AT_ONCE;
  if (most < ROWS_AT_ONCE) most = ROWS_AT_ONCE;
  long parts = ROUND_UP((rows + most - 1) / most, threads);
  return ROUND_UP((rows + parts - 1) / parts, ROWS_AT_ONCE);
}
