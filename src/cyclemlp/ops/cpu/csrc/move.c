// Shifted copies, for gradients (shift in cyclemlp.ops.plain.eager).
#include "arena.h"
#include "gather.h"

struct move {
  elem *out;      // (batch, height, width, channels)
  const elem *x;  // the same
  const struct group *groups;
  int64_t period, batch, height, width, channels, threads;
};

int64_t move_bytes(const struct move *f) {
  return f->period * mask_units(f->channels) * sizeof(unit) + 64;
}

void move_run(const struct move *f, char *scratch) {
  unit *masks = take(&(struct arena){scratch}, 0);
  struct cycle cycle = {f->groups, f->period, masks, mask_units(f->channels)};
  make_masks(masks, f->period, f->channels);
#pragma omp parallel for schedule(static) num_threads(f->threads)
  for (long row = 0; row < f->batch * f->height; row++) {
    long image = row / f->height, from = row % f->height * f->width;
    long at = image * f->height * f->width * f->channels;
    struct image im = {f->x + at, f->height, f->width, f->channels};
    gather_cycle(f->out + at + from * f->channels, f->channels, im, cycle, from, f->width,
                 f->channels);
  }
}
