#include "lanes.h"

#include <cpuid.h>

#define BIT_FSRM (1 << 4)

static uint64_t saved_registers(void) {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t)high << 32 | low;
}

static int is_intel(void) {
  unsigned most, b, c, d;
  return __get_cpuid(0, &most, &b, &c, &d) && b == signature_INTEL_ebx && c == signature_INTEL_ecx && d == signature_INTEL_edx;
}

int cpu_features(void) {
  unsigned a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d)) return 0;
  const int hasSsse3 = (c & bit_SSSE3) && (c & bit_SSE4_1);
  const int hasXsave = (c & bit_OSXSAVE) != 0;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
  int features = 0;
  if (hasSsse3 && (b & bit_SHA)) features |= CPU_SHA;
  // AMD's say so too (FSRM), and take four times as long (Zen 3).
  if ((d & BIT_FSRM) && is_intel()) features |= CPU_COPIES_ANYHOW;
  if (!hasXsave) return features;
  const uint64_t saved = saved_registers();
  // Of the vector registers: 128 and 256 bits; and those of 512 bits with their masks.
  if ((saved & 0x06) == 0x06 && (b & bit_AVX2)) features |= CPU_AVX2;
  if ((saved & 0xe6) == 0xe6 && (b & bit_AVX512F) && (b & bit_AVX512BW)) features |= CPU_AVX512;
  return features;
}
