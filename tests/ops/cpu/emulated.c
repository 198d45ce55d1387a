// Runs kernels of another processor for emulated.py: requests on stdin, answers on stdout.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EACH(F) F(move) F(gather) F(cycle_fc) F(mixer) F(feed_forward) F(axial)
#define EACH_PACKED(F) F(mixer) F(feed_forward) F(axial)
#define DECLARE(name) int64_t name##_bytes(const void *); void name##_run(const void *, void *);
#define DECLARE_PACKED(name) \
  int64_t name##_packed_bytes(const void *); void name##_pack(const void *);
EACH(DECLARE)
EACH_PACKED(DECLARE_PACKED)

struct request {
  char entry[32];
  int64_t words, pointers, bytes;  // of the call, among its words, and of the memory
};

static void need(size_t done, size_t wanted) {
  if (done != wanted) exit(1);
}

// Fresh memory is NaN in every type.
static void *fresh(int64_t bytes) {
  return memset(aligned_alloc(64, (bytes + 127) / 64 * 64), 0xff, bytes);
}

static int64_t run(const char *entry, const void *call) {
#define RUN(name)                              \
  if (!strcmp(entry, #name "_run")) {          \
    void *scratch = fresh(name##_bytes(call)); \
    name##_run(call, scratch);                 \
    free(scratch);                             \
    return 0;                                  \
  }
#define PACK(name)                                                                 \
  if (!strcmp(entry, #name "_packed_bytes")) return name##_packed_bytes(call);     \
  if (!strcmp(entry, #name "_pack")) return name##_pack(call), 0;
  EACH(RUN)
  EACH_PACKED(PACK)
  exit(2);
}

int main(void) {
  struct request r;
  while (fread(&r, sizeof r, 1, stdin) == 1) {
    int64_t call[r.words], pointers[r.pointers + 1];
    char *memory = fresh(r.bytes);
    need(fread(call, 8, r.words, stdin), r.words);
    need(fread(pointers, 8, r.pointers, stdin), r.pointers);
    need(fread(memory, 1, r.bytes, stdin), r.bytes);
    // such a word is a place in the memory
    for (int64_t n = 0; n < r.pointers; n++) call[pointers[n]] += (intptr_t)memory;
    int64_t result = run(r.entry, call);
    fwrite(&result, 8, 1, stdout);
    fwrite(memory, 1, r.bytes, stdout);
    fflush(stdout);
    free(memory);
  }
}
