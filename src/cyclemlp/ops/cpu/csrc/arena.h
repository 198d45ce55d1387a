// Scratch memory, given by the caller and shared out.
#pragma once
#include "numbers.h"

// Hands out pieces of memory, each on 64 bytes; from null it counts how much is needed.
struct arena {
  char *at;
};

INLINE void *take(struct arena *arena, long bytes) {
  char *piece = (char *)ROUND_UP((uintptr_t)arena->at, 64);
  arena->at = piece + bytes;
  return piece;
}

INLINE long smaller(long a, long b) { return a < b ? a : b; }
