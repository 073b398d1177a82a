// Linux's system calls, made directly: this is bound to no C library.
#ifndef SWARMLINE_SYSTEM_H
#define SWARMLINE_SYSTEM_H

#include <sys/syscall.h>

/// What the system answers; negative where it is an error's number.
static inline long system_call(long number, long a, long b, long c, long d, long e, long f) {
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}

#define SYSTEM_CALL(number, a, b, c, d) system_call(number, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)

#endif
