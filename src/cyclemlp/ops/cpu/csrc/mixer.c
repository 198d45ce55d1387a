// x + mixer(norm(x)) (cyclemlp.models.mixer): norm, branch weights, branches, projection.
//
// The steps; the threads share each of them and synchronize after it:
//   1. normalize, and compute the sums that determine the means of the shifted images;
//   2. pack the weights;
//   3. compute branch weights from the means, by the small MLP;
//   4. either compute the branches, weight them in the cache, and project (mixer_branches.h),
//      or one matrix per image of branches and projection, and one product (mixer_folded.h).
#include "mixer_branches.h"
#include "mixer_folded.h"
#include "mixer_plan.h"
#include "mixer_weights.h"

int64_t mixer_bytes(const struct mixer *f) { return plan_of(f, 0).end - (char *)0 + 64; }

int64_t mixer_packed_bytes(const struct mixer *f) { return plan_of(f, 0).packed_bytes; }

static void pack_vectors(const struct mixer *f, struct plan p) {
  make_masks(p.masks, f->period, f->channels);
  widen(p.proj_bias, f->proj_bias, f->channels, p.columns);
  widen(p.bias1, f->bias1, f->reduced, p.reduced);
  widen(p.bias2, f->bias2, BRANCHES * f->channels, p.logits);
}

static void pack_branches(const struct mixer *f, struct plan p) {
  for (long k = 0; k < BRANCHES; k++)
    pack_all(p.panels + k * p.panels_size, f->weights[k], f->channels, f->channels, p.depth);
}

static void pack_projection(const struct mixer *f, struct plan p) {
  pack_all(p.proj_panels, f->proj, f->channels, f->channels, p.depth);
}

// Packs the weights for images of any size.
void mixer_pack(const struct mixer *f) {
  struct plan p = plan_of(f, 0);
  pack_vectors(f, p);
#pragma omp parallel num_threads(f->threads)
  {
    pack_branches(f, p);
    pack_projection(f, p);
    if (f->scaled) pack_small_mlp(f, p);
  }
}

void mixer_run(const struct mixer *f, char *scratch) {
  struct plan p = plan_of(f, scratch);
  if (!f->packed) pack_vectors(f, p);
#pragma omp parallel num_threads(f->threads)
  {
    struct own own = own_of(f, p, p.own + omp_get_thread_num() * p.own_bytes);
    begin_products();
    normalize_image_rows(f, p, own.row);
    if (!f->packed && (f->scaled || !f->folded)) pack_branches(f, p);
    weigh_branches(f, p);
    if (f->folded) {
      mix_folded(f, p, own);
    } else {
      if (!f->packed) pack_projection(f, p);
      mix_branches(f, p, own);
    }
    end_products();
  }
}
