#include "hash.h"

const hash_t SHA1 = {sha1_compress, 5, {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0}};
const hash_t SHA256 = {
    sha256_compress,
    8,
    {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}};

int cpu;

/// The rest of a message and the padding behind it: one or two blocks. Returns how many. (FIPS 180-4, section 5.1.1)
static size_t pad(uint8_t tail[128], const uint8_t *rest, uint64_t length) {
  const size_t left = length & 63;
  const size_t blocks = left < 56 ? 1 : 2;
  size_t i = 0;
  for (; i < left; i++) tail[i] = rest[i];
  tail[i++] = 0x80;
  for (; i < blocks * 64 - 8; i++) tail[i] = 0;
  for (int shift = 56; shift >= 0; shift -= 8) tail[i++] = (uint8_t)(length * 8 >> shift);
  return blocks;
}

void hash_begin(const hash_t *hash, uint32_t *states, int lanes) {
  for (int i = 0; i < lanes * hash->words; i++) states[i] = hash->initial[i % hash->words];
}

void hash_end(const hash_t *hash, uint32_t *states, const uint8_t *const *rests, int lanes, uint64_t length,
              uint8_t *digests) {
  uint8_t tails[MAX_LANES][128];
  const uint8_t *ends[MAX_LANES];
  size_t blocks = 0;
  for (int i = 0; i < lanes; i++) {
    blocks = pad(tails[i], rests[i], length);
    ends[i] = tails[i];
  }
  hash->compress(cpu, states, ends, lanes, blocks);
  for (int i = 0; i < lanes * hash->words; i++)
    for (int shift = 24; shift >= 0; shift -= 8) *digests++ = (uint8_t)(states[i] >> shift);
}

void hash_whole(const hash_t *hash, const uint8_t *const *messages, int lanes, size_t length, uint8_t *digests) {
  uint32_t states[MAX_LANES * 8];
  const uint8_t *rests[MAX_LANES];
  hash_begin(hash, states, lanes);
  hash->compress(cpu, states, messages, lanes, length / 64);
  for (int i = 0; i < lanes; i++) rests[i] = messages[i] + (length & ~(size_t)63);
  hash_end(hash, states, rests, lanes, length, digests);
}
