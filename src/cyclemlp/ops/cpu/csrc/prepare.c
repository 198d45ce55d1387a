// What a process requests from the system before its first product.
#include <sys/syscall.h>
#include <unistd.h>

#include "numbers.h"

// Returns 0, or the system's error if it denies the tile registers (ARCH_REQ_XCOMP_PERM).
int64_t prepare(void) {
#ifdef BFLOAT16
  return syscall(SYS_arch_prctl, 0x1023, 18);
#else
  return 0;
#endif
}
