// Rows of the gathered operand in memory, for gradients (cyclemlp.ops.plain.gathered).
#include "gather.h"

struct gather {
  elem *out;      // (images, rows, width, columns)
  const elem *x;  // (images, height, width, channels)
  const struct group *groups;
  int64_t group_count, images, height, width, channels, first_row, rows, columns, threads;
};

int64_t gather_bytes(const struct gather *f) { return 0 * f->images; }

void gather_run(const struct gather *f, char *scratch) {
  (void)scratch;
#pragma omp parallel for schedule(static) num_threads(f->threads)
  for (long t = 0; t < f->images * f->rows; t++) {
    long image = t / f->rows, row = f->first_row + t % f->rows;
    struct image im = {f->x + image * f->height * f->width * f->channels, f->height, f->width,
                       f->channels};
    gather_groups(f->out + t * f->width * f->columns, f->columns, im, f->groups, f->group_count,
                  row * f->width, f->width, f->columns);
  }
}
