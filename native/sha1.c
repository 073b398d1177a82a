// SHA-1 (FIPS 180-4, section 6.1) in 16 lanes of AVX-512, in 8 of AVX2, and two at a time through the SHA instructions.
#include "lanes.h"
#include "spare-lanes.h"
#include "transpose.h"

#define K0 0x5a827999
#define K1 0x6ed9eba1
#define K2 (int)0x8f1bbcdc
#define K3 (int)0xca62c1d6

// One round in any kind of vector: F, ROL, ADD, XOR3 and SET are its instructions. Names turn instead of values.
#define SHA1_ROUND(a, b, c, d, e, f, k, word) \
  do { \
    e = ADD(e, ADD(ROL(a, 5), ADD(f(b, c, d), ADD(word, k)))); \
    b = ROL(b, 30); \
  } while (0)
#define SHA1_WORD(t) \
  ((t) < 16 ? w[t] : (w[(t)&15] = ROL(XOR(XOR(w[(t)&15], w[((t) + 2) & 15]), XOR(w[((t) + 8) & 15], w[((t) + 13) & 15])), 1)))
#define SHA1_FIVE(t, f, k) \
  SHA1_ROUND(a, b, c, d, e, f, k, SHA1_WORD(t)); \
  SHA1_ROUND(e, a, b, c, d, f, k, SHA1_WORD(t + 1)); \
  SHA1_ROUND(d, e, a, b, c, f, k, SHA1_WORD(t + 2)); \
  SHA1_ROUND(c, d, e, a, b, f, k, SHA1_WORD(t + 3)); \
  SHA1_ROUND(b, c, d, e, a, f, k, SHA1_WORD(t + 4))
#define SHA1_TWENTY(t, f, k) \
  SHA1_FIVE(t, f, k); \
  SHA1_FIVE(t + 5, f, k); \
  SHA1_FIVE(t + 10, f, k); \
  SHA1_FIVE(t + 15, f, k)

#define ADD _mm512_add_epi32
#define XOR _mm512_xor_si512
#define ROL _mm512_rol_epi32
#define CHOOSE(x, y, z) _mm512_ternarylogic_epi32(x, y, z, 0xca)
#define PARITY(x, y, z) _mm512_ternarylogic_epi32(x, y, z, 0x96)
#define MAJORITY(x, y, z) _mm512_ternarylogic_epi32(x, y, z, 0xe8)

TARGET_AVX512 static void sha1_x16(uint32_t *states, const uint8_t *const *messages, size_t blocks) {
  const __m512i at = _mm512_mullo_epi32(
      _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0), _mm512_set1_epi32(5));
  __m512i h[5], w[16];
  for (int i = 0; i < 5; i++) h[i] = _mm512_i32gather_epi32(at, states + i, 4);
  const __m512i k0 = _mm512_set1_epi32(K0), k1 = _mm512_set1_epi32(K1);
  const __m512i k2 = _mm512_set1_epi32(K2), k3 = _mm512_set1_epi32(K3);
  for (size_t block = 0; block < blocks; block++) {
    load_words_x16(messages, block * 64, w);
    __m512i a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
    SHA1_TWENTY(0, CHOOSE, k0);
    SHA1_TWENTY(20, PARITY, k1);
    SHA1_TWENTY(40, MAJORITY, k2);
    SHA1_TWENTY(60, PARITY, k3);
    h[0] = ADD(h[0], a);
    h[1] = ADD(h[1], b);
    h[2] = ADD(h[2], c);
    h[3] = ADD(h[3], d);
    h[4] = ADD(h[4], e);
  }
  for (int i = 0; i < 5; i++) _mm512_i32scatter_epi32(states + i, at, h[i], 4);
}

#undef ADD
#undef XOR
#undef ROL
#undef CHOOSE
#undef PARITY
#undef MAJORITY
#define ADD _mm256_add_epi32
#define XOR _mm256_xor_si256
#define ROL(x, n) _mm256_or_si256(_mm256_slli_epi32(x, n), _mm256_srli_epi32(x, 32 - (n)))
#define CHOOSE(x, y, z) XOR(z, _mm256_and_si256(x, XOR(y, z)))
#define PARITY(x, y, z) XOR(XOR(x, y), z)
#define MAJORITY(x, y, z) _mm256_or_si256(_mm256_and_si256(x, y), _mm256_and_si256(z, _mm256_or_si256(x, y)))

TARGET_AVX2 static void sha1_x8(uint32_t *states, const uint8_t *const *messages, size_t blocks) {
  __m256i h[5], w[16];
  const __m256i at = _mm256_mullo_epi32(_mm256_set_epi32(7, 6, 5, 4, 3, 2, 1, 0), _mm256_set1_epi32(5));
  for (int i = 0; i < 5; i++) h[i] = _mm256_i32gather_epi32((const int *)states + i, at, 4);
  const __m256i k0 = _mm256_set1_epi32(K0), k1 = _mm256_set1_epi32(K1);
  const __m256i k2 = _mm256_set1_epi32(K2), k3 = _mm256_set1_epi32(K3);
  for (size_t block = 0; block < blocks; block++) {
    load_words_x8(messages, block * 64, w);
    load_words_x8(messages, block * 64 + 32, w + 8);
    __m256i a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
    SHA1_TWENTY(0, CHOOSE, k0);
    SHA1_TWENTY(20, PARITY, k1);
    SHA1_TWENTY(40, MAJORITY, k2);
    SHA1_TWENTY(60, PARITY, k3);
    h[0] = ADD(h[0], a);
    h[1] = ADD(h[1], b);
    h[2] = ADD(h[2], c);
    h[3] = ADD(h[3], d);
    h[4] = ADD(h[4], e);
  }
  for (int i = 0; i < 5; i++) {
    uint32_t word[8];
    _mm256_storeu_si256((__m256i *)word, h[i]);
    for (int lane = 0; lane < 8; lane++) states[lane * 5 + i] = word[lane];
  }
}

// Four rounds of each of two messages. The instructions take a, b, c, d in one register and e, turned, with the words.
#define FOUR_OF(s, i, f) \
  do { \
    const __m128i words = m##s[(i)&3]; \
    e##s[(i)&1] = (i) == 0 ? _mm_add_epi32(e##s[0], words) : _mm_sha1nexte_epu32(e##s[(i)&1], words); \
    e##s[((i) + 1) & 1] = abcd##s; \
    abcd##s = _mm_sha1rnds4_epu32(abcd##s, e##s[(i)&1], f); \
    if ((i) >= 3 && (i) < 19) { \
      m##s[((i) + 1) & 3] = _mm_sha1msg2_epu32( \
          _mm_xor_si128(_mm_sha1msg1_epu32(m##s[((i) + 1) & 3], m##s[((i) + 2) & 3]), m##s[((i) + 3) & 3]), words); \
    } \
  } while (0)
#define FOUR(i, f) \
  FOUR_OF(0, i, f); \
  FOUR_OF(1, i, f)
#define FIVE_FOURS(i, f) \
  FOUR(i, f); \
  FOUR(i + 1, f); \
  FOUR(i + 2, f); \
  FOUR(i + 3, f); \
  FOUR(i + 4, f)

/// One lane is done twice.
TARGET_SHA static void sha1_x2(uint32_t *states, const uint8_t *const *messages, int lanes, size_t blocks) {
  const __m128i swap = _mm_set_epi64x(0x0001020304050607, 0x08090a0b0c0d0e0f);
  uint32_t *const state0 = states, *const state1 = states + (lanes > 1 ? 5 : 0);
  const uint8_t *const message0 = messages[0], *const message1 = messages[lanes > 1 ? 1 : 0];
  __m128i abcd0 = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)state0), 0x1b);
  __m128i abcd1 = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)state1), 0x1b);
  __m128i e0[2] = {_mm_set_epi32((int)state0[4], 0, 0, 0), _mm_setzero_si128()};
  __m128i e1[2] = {_mm_set_epi32((int)state1[4], 0, 0, 0), _mm_setzero_si128()};
  __m128i m0[4], m1[4];
  for (size_t at = 0; at < blocks * 64; at += 64) {
    const __m128i wasAbcd0 = abcd0, wasAbcd1 = abcd1, wasE0 = e0[0], wasE1 = e1[0];
    for (int i = 0; i < 4; i++) {
      m0[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(message0 + at + i * 16)), swap);
      m1[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(message1 + at + i * 16)), swap);
    }
    FIVE_FOURS(0, 0);
    FIVE_FOURS(5, 1);
    FIVE_FOURS(10, 2);
    FIVE_FOURS(15, 3);
    e0[0] = _mm_sha1nexte_epu32(e0[0], wasE0);
    e1[0] = _mm_sha1nexte_epu32(e1[0], wasE1);
    abcd0 = _mm_add_epi32(abcd0, wasAbcd0);
    abcd1 = _mm_add_epi32(abcd1, wasAbcd1);
  }
  _mm_storeu_si128((__m128i *)state0, _mm_shuffle_epi32(abcd0, 0x1b));
  state0[4] = (uint32_t)_mm_extract_epi32(e0[0], 3);
  if (lanes < 2) return;
  _mm_storeu_si128((__m128i *)state1, _mm_shuffle_epi32(abcd1, 0x1b));
  state1[4] = (uint32_t)_mm_extract_epi32(e1[0], 3);
}

void sha1_compress(int cpu, uint32_t *states, const uint8_t *const *messages, int lanes, size_t blocks) {
  for (int lane = 0; lane < lanes;) {
    const int left = lanes - lane;
    uint32_t *const from = states + lane * 5;
    // Empty lanes cost what full ones do: two pairs are as fast as an AVX-512 register with five, and three nearly as an AVX2
    // register with six. (Both at once, the lanes and the pairs, is a hundred times slower: measured on AMD Zen 3.)
    if ((cpu & CPU_AVX512) && left >= 5) {
      const int taken = left < 16 ? left : 16;
      with_spare_lanes(sha1_x16, 16, 5, from, messages + lane, taken, blocks);
      lane += taken;
    } else if ((cpu & CPU_AVX2) && left >= 7) {
      const int taken = left < 8 ? left : 8;
      with_spare_lanes(sha1_x8, 8, 5, from, messages + lane, taken, blocks);
      lane += taken;
    } else {
      sha1_x2(from, messages + lane, left, blocks);
      lane += 2;
    }
  }
}

int lanes_side_by_side(int cpu) { return cpu & CPU_AVX512 ? 16 : cpu & CPU_AVX2 ? 8 : 4; }
