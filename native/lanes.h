// SHA-1 and SHA-256 of many messages at once: each in a lane of a vector register, or two interleaved through the SHA
// instructions. One message alone leaves most of a core idle: its rounds wait for one another.
#ifndef SWARMLINE_LANES_H
#define SWARMLINE_LANES_H

#include <stddef.h>
#include <stdint.h>

#define MAX_LANES 16

/// The last: the kernel's copy (`rep movsb`) is as fast where source and target are not aligned alike.
enum { CPU_SHA = 1, CPU_AVX2 = 2, CPU_AVX512 = 4, CPU_COPIES_ANYHOW = 8 };

/// Which of these the processor has, and for vectors the system saves the registers of.
int cpu_features(void);

/// Compresses `blocks` times 64 bytes of each message into its state, which is 5 words (SHA-1) or 8 (SHA-256), one lane's
/// after the other's. Any number of lanes, by the fastest way that `cpu` has for so many; it must have CPU_SHA.
void sha1_compress(int cpu, uint32_t *states, const uint8_t *const *messages, int lanes, size_t blocks);
void sha256_compress(int cpu, uint32_t *states, const uint8_t *const *messages, int lanes, size_t blocks);

/// How many messages SHA-1 takes at a time to be fast.
int lanes_side_by_side(int cpu);

#endif
