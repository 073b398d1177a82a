// SHA-1 and SHA-256 of whole messages, many side by side.
#ifndef SWARMLINE_HASH_H
#define SWARMLINE_HASH_H

#include "lanes.h"

typedef struct {
  void (*compress)(int cpu, uint32_t *states, const uint8_t *const *messages, int lanes, size_t blocks);
  int words;
  uint32_t initial[8];
} hash_t;

extern const hash_t SHA1, SHA256;

/// As of `cpu_features`, once the module is loaded.
extern int cpu;

/// Begins `lanes` messages.
void hash_begin(const hash_t *hash, uint32_t *states, int lanes);

/// Ends `lanes` messages of one length, whose whole blocks are hashed: `rests` are the bytes behind those. Digests one after
/// the other.
void hash_end(const hash_t *hash, uint32_t *states, const uint8_t *const *rests, int lanes, uint64_t length,
              uint8_t *digests);

/// Up to 16 messages of one length: digests one after the other. They may be written over the messages' own first bytes.
void hash_whole(const hash_t *hash, const uint8_t *const *messages, int lanes, size_t length, uint8_t *digests);

#endif
