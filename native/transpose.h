// Words of messages that lie one after the other become vectors of the same word of each message, and their bytes turn
// round: SHA counts in big-endian words.
#ifndef SWARMLINE_TRANSPOSE_H
#define SWARMLINE_TRANSPOSE_H

#include <immintrin.h>
#include <stdint.h>

#define TARGET_AVX512 __attribute__((target("avx512f,avx512bw")))
#define TARGET_AVX2 __attribute__((target("avx2")))
#define TARGET_SHA __attribute__((target("sha,sse4.1,ssse3")))
#define ALWAYS_INLINE static inline __attribute__((always_inline))

/// w[t]: word t of the 64 bytes at `messages[lane] + at`, of 16 lanes.
ALWAYS_INLINE TARGET_AVX512 void load_words_x16(const uint8_t *const *messages, size_t at, __m512i w[16]) {
  const __m512i swap = _mm512_broadcast_i32x4(_mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203));
  __m512i r[16], t[16];
  for (int i = 0; i < 16; i++) r[i] = _mm512_shuffle_epi8(_mm512_loadu_si512(messages[i] + at), swap);
  for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
    t[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
  }
  for (int i = 0; i < 16; i += 4) {
    r[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
    r[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
    r[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
    r[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
  }
  for (int j = 0; j < 4; j++) {
    const __m512i a = _mm512_shuffle_i32x4(r[j], r[4 + j], 0x88);
    const __m512i b = _mm512_shuffle_i32x4(r[8 + j], r[12 + j], 0x88);
    const __m512i c = _mm512_shuffle_i32x4(r[j], r[4 + j], 0xdd);
    const __m512i d = _mm512_shuffle_i32x4(r[8 + j], r[12 + j], 0xdd);
    w[j] = _mm512_shuffle_i32x4(a, b, 0x88);
    w[4 + j] = _mm512_shuffle_i32x4(c, d, 0x88);
    w[8 + j] = _mm512_shuffle_i32x4(a, b, 0xdd);
    w[12 + j] = _mm512_shuffle_i32x4(c, d, 0xdd);
  }
}

/// w[t]: word t of the 32 bytes at `messages[lane] + at`, of 8 lanes.
ALWAYS_INLINE TARGET_AVX2 void load_words_x8(const uint8_t *const *messages, size_t at, __m256i w[8]) {
  const __m256i swap = _mm256_broadcastsi128_si256(_mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203));
  __m256i r[8], t[8];
  for (int i = 0; i < 8; i++)
    r[i] = _mm256_shuffle_epi8(_mm256_loadu_si256((const __m256i *)(messages[i] + at)), swap);
  for (int i = 0; i < 8; i += 2) {
    t[i] = _mm256_unpacklo_epi32(r[i], r[i + 1]);
    t[i + 1] = _mm256_unpackhi_epi32(r[i], r[i + 1]);
  }
  for (int i = 0; i < 8; i += 4) {
    r[i] = _mm256_unpacklo_epi64(t[i], t[i + 2]);
    r[i + 1] = _mm256_unpackhi_epi64(t[i], t[i + 2]);
    r[i + 2] = _mm256_unpacklo_epi64(t[i + 1], t[i + 3]);
    r[i + 3] = _mm256_unpackhi_epi64(t[i + 1], t[i + 3]);
  }
  for (int j = 0; j < 4; j++) {
    w[j] = _mm256_permute2x128_si256(r[j], r[4 + j], 0x20);
    w[4 + j] = _mm256_permute2x128_si256(r[j], r[4 + j], 0x31);
  }
}

#endif
