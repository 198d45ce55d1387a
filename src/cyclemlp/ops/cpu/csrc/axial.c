// x + mixer(norm(x)) of AS-MLP (cyclemlp.models.axial): a channel FC, norm and GELU, two channel FCs
// of shifted channels, each with GELU, their sum, norm and a channel FC. Norms are over images.
//
// The threads share each step and synchronize after it, because a norm needs the whole image. Few
// images at a time are in memory between the steps, so that they stay in the cache.
#include "axial_plan.h"

int64_t axial_bytes(const struct axial *f) { return plan_of(f, 0).end - (char *)0 + 64; }

int64_t axial_packed_bytes(const struct axial *f) { return plan_of(f, 0).packed_bytes; }

void axial_pack(const struct axial *f) {
  struct plan p = plan_of(f, 0);
#pragma omp parallel num_threads(f->threads)
  pack_weights(f, p);
}

INLINE struct part part_of(struct plan p, long t) {
  struct part part = {t / p.blocks, t % p.blocks, t % p.blocks * p.block};
  part.rows = smaller(p.positions - part.from, p.block);
  return part;
}

// The rows of a part in images (images, positions, channels).
INLINE long at(const struct axial *f, struct plan p, struct part part) {
  return (part.image * p.positions + part.from) * f->channels;
}

INLINE struct norm norm_of(const struct axial *f, int k) {
  return (struct norm){f->norms[k].weight, f->norms[k].bias, f->eps[k]};
}

INLINE void measure(const struct axial *f, struct plan p, int k, const elem *x, struct part part) {
  p.moments[k][part.image * p.blocks + part.block] = moments_of(x, part.rows * f->channels);
}

INLINE struct spread measured(const struct axial *f, struct plan p, int k, long image) {
  return spread_of(p.moments[k] + image * p.blocks, p.block, p.positions, f->channels, f->eps[k]);
}

static void normalize_part(const struct axial *f, struct plan p, elem *out, int k, const elem *x,
                           struct part part) {
  struct spread spread = measured(f, p, k, part.image);
  for (long m = 0; m < part.rows; m++)
    normalize_by(out + m * p.stride, x + m * f->channels, spread, norm_of(f, k), f->channels,
                 p.depth);
}

static void multiply_part(struct plan p, real *c, int k, const elem *a, long rows) {
  multiply((struct product){c, p.columns, p.bias[k], 0, a, p.stride, p.panels[k], p.depth * LANES,
                            rows, p.columns, p.depth});
}

// x = GELU(norm(x)), some rows of contiguous channels.
static void activate_part(const struct axial *f, struct plan p, int k, elem *x, struct part part) {
  struct spread spread = measured(f, p, k, part.image);
  for (long m = 0; m < part.rows; m++, x += f->channels)
    for (long n = 0; n < f->channels; n += LANES) {
      vec v = normalized(x, spread, norm_of(f, k), n, f->channels - n);
      store_some(x + n, gelu(v), f->channels - n);
    }
}

// The channels of a slice that a position reads, 0 outside the image.
INLINE void read_slice(elem *out, struct image im, struct position p, struct slice s) {
  const elem *x = source(im, p, (struct group){0, 1, s.down, s.right});
  long end = smaller(s.end, im.channels);
  if (s.step == 1 && x) memcpy(out + s.first, x + s.first, (end - s.first) * sizeof(elem));
  else for (long c = s.first; c < end; c += s.step) out[c] = x ? x[c] : 0;
}

// Shifted rows of an image, zero beyond the last channel.
static void gather_part(const struct axial *f, struct plan p, elem *out, int k, const elem *x,
                        struct part part) {
  struct image im = {x + part.image * p.positions * f->channels, f->height, f->width, f->channels};
  struct position here = position_of(im, part.from);
  copy_rows(out, p.stride, x + at(f, p, part), part.rows, f->channels, p.depth);
  for (long m = 0; m < part.rows; m++, here = next_of(im, here))
    for (long n = 0; n < f->slice_counts[k]; n++)
      read_slice(out + m * p.stride, im, here, f->slices[k][n]);
}

// c = GELU(c) + GELU(other)
INLINE void add_activated(real *c, const real *other, long size) {
  for (long n = 0; n < size; n += LANES)
    store_real(c + n, gelu(load_real(c + n)) + gelu(load_real(other + n)));
}

static void mix_part(const struct axial *f, struct plan p, struct own own, struct part part) {
  elem *out = p.mixed + at(f, p, part);
  gather_part(f, p, own.a, 0, p.hidden, part);
  multiply_part(p, own.c, ACROSS, own.a, part.rows);
  gather_part(f, p, own.a, 1, p.hidden, part);
  multiply_part(p, own.other, DOWN, own.a, part.rows);
  add_activated(own.c, own.other, part.rows * p.columns);
  write_rows(out, own.c, p.columns, 0, part.rows, f->channels);
  measure(f, p, AFTER, out, part);
}

// The product of normalized rows, plus a residual, which may be null.
static void project_part(const struct axial *f, struct plan p, struct own own, elem *out, int norm,
                         const elem *x, int product, const elem *residual, struct part part) {
  normalize_part(f, p, own.a, norm, x, part);
  multiply_part(p, own.c, product, own.a, part.rows);
  write_rows(out, own.c, p.columns, residual, part.rows, f->channels);
}

// Each of the loops is one step, for some images.
static void run_images(const struct axial *f, struct plan p, struct own own, elem *out,
                       const elem *x, long images) {
#pragma omp for schedule(static)
  for (long t = 0; t < images * p.blocks; t++)
    measure(f, p, BEFORE, x + at(f, p, part_of(p, t)), part_of(p, t));
#pragma omp for schedule(static)
  for (long t = 0; t < images * p.blocks; t++) {
    struct part part = part_of(p, t);
    elem *hidden = p.hidden + at(f, p, part);
    project_part(f, p, own, hidden, BEFORE, x + at(f, p, part), ENTER, 0, part);
    measure(f, p, BETWEEN, hidden, part);
  }
#pragma omp for schedule(static)
  for (long t = 0; t < images * p.blocks; t++)
    activate_part(f, p, BETWEEN, p.hidden + at(f, p, part_of(p, t)), part_of(p, t));
#pragma omp for schedule(static)
  for (long t = 0; t < images * p.blocks; t++) mix_part(f, p, own, part_of(p, t));
#pragma omp for schedule(static)
  for (long t = 0; t < images * p.blocks; t++) {
    long rows = at(f, p, part_of(p, t));
    project_part(f, p, own, out + rows, AFTER, p.mixed + rows, LEAVE, x + rows, part_of(p, t));
  }
}

void axial_run(const struct axial *f, char *scratch) {
  struct plan p = plan_of(f, scratch);
#pragma omp parallel num_threads(f->threads)
  {
    struct own own = own_of(p, p.own + omp_get_thread_num() * p.own_bytes);
    begin_products();
    if (!f->packed) pack_weights(f, p);
    for (long first = 0; first < f->batch; first += p.images) {
      long skipped = first * p.positions * f->channels;
      run_images(f, p, own, f->out + skipped, f->x + skipped, smaller(f->batch - first, p.images));
    }
    end_products();
  }
}
