// Scratch memory, provided by the caller.
#pragma once
#include "numbers.h"

// Allocates pieces aligned to 64 bytes; starting from null, it measures the required memory.
struct arena {
  char *at;
};

INLINE void *take(struct arena *arena, long bytes) {
  char *piece = (char *)ROUND_UP((uintptr_t)arena->at, 64);
  arena->at = piece + bytes;
  return piece;
}

INLINE long smaller(long a, long b) { return a < b ? a : b; }
