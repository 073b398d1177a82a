// SHA-256 (FIPS 180-4, section 6.2) in 16 lanes of AVX-512, and two at a time through the SHA instructions.
#include "lanes.h"
#include "spare-lanes.h"
#include "transpose.h"

static const uint32_t K[64] __attribute__((aligned(64))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

#define ADD _mm512_add_epi32
#define ROR _mm512_ror_epi32
#define XOR3(x, y, z) _mm512_ternarylogic_epi32(x, y, z, 0x96)
#define CHOOSE(x, y, z) _mm512_ternarylogic_epi32(x, y, z, 0xca)
#define MAJORITY(x, y, z) _mm512_ternarylogic_epi32(x, y, z, 0xe8)
#define SMALL0(x) XOR3(ROR(x, 7), ROR(x, 18), _mm512_srli_epi32(x, 3))
#define SMALL1(x) XOR3(ROR(x, 17), ROR(x, 19), _mm512_srli_epi32(x, 10))
#define BIG0(x) XOR3(ROR(x, 2), ROR(x, 13), ROR(x, 22))
#define BIG1(x) XOR3(ROR(x, 6), ROR(x, 11), ROR(x, 25))

#define ROUND(a, b, c, d, e, f, g, h, i) \
  do { \
    const __m512i t1 = ADD(ADD(ADD(h, BIG1(e)), CHOOSE(e, f, g)), ADD(w[i], _mm512_set1_epi32((int)K[t + i]))); \
    d = ADD(d, t1); \
    h = ADD(t1, ADD(BIG0(a), MAJORITY(a, b, c))); \
  } while (0)
#define NEXT_WORD(i) \
  w[i] = ADD(ADD(w[i], SMALL0(w[((i) + 1) & 15])), ADD(w[((i) + 9) & 15], SMALL1(w[((i) + 14) & 15])))
#define EIGHT(i) \
  ROUND(a, b, c, d, e, f, g, h, i); \
  ROUND(h, a, b, c, d, e, f, g, i + 1); \
  ROUND(g, h, a, b, c, d, e, f, i + 2); \
  ROUND(f, g, h, a, b, c, d, e, i + 3); \
  ROUND(e, f, g, h, a, b, c, d, i + 4); \
  ROUND(d, e, f, g, h, a, b, c, i + 5); \
  ROUND(c, d, e, f, g, h, a, b, i + 6); \
  ROUND(b, c, d, e, f, g, h, a, i + 7)

TARGET_AVX512 static void sha256_x16(uint32_t *states, const uint8_t *const *messages, size_t blocks) {
  const __m512i at = _mm512_slli_epi32(_mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0), 3);
  __m512i s[8], w[16];
  for (int i = 0; i < 8; i++) s[i] = _mm512_i32gather_epi32(at, states + i, 4);
  for (size_t block = 0; block < blocks; block++) {
    load_words_x16(messages, block * 64, w);
    __m512i a = s[0], b = s[1], c = s[2], d = s[3], e = s[4], f = s[5], g = s[6], h = s[7];
    for (int t = 0;; t += 16) {
      EIGHT(0);
      EIGHT(8);
      if (t == 48) break;
#pragma GCC unroll 16
      for (int i = 0; i < 16; i++) NEXT_WORD(i);
    }
    s[0] = ADD(s[0], a);
    s[1] = ADD(s[1], b);
    s[2] = ADD(s[2], c);
    s[3] = ADD(s[3], d);
    s[4] = ADD(s[4], e);
    s[5] = ADD(s[5], f);
    s[6] = ADD(s[6], g);
    s[7] = ADD(s[7], h);
  }
  for (int i = 0; i < 8; i++) _mm512_i32scatter_epi32(states + i, at, s[i], 4);
}

// Four rounds of each of two messages. The instructions take a, b, e, f in one register and c, d, g, h in the other.
#define FOUR_OF(s, i) \
  do { \
    const __m128i words = m##s[(i)&3]; \
    const __m128i sum = _mm_add_epi32(words, _mm_load_si128((const __m128i *)(K + (i)*4))); \
    cdgh##s = _mm_sha256rnds2_epu32(cdgh##s, abef##s, sum); \
    abef##s = _mm_sha256rnds2_epu32(abef##s, cdgh##s, _mm_shuffle_epi32(sum, 0x0e)); \
    if ((i) >= 3 && (i) < 15) { \
      const __m128i before = m##s[((i) + 3) & 3]; \
      const __m128i next = _mm_sha256msg1_epu32(m##s[((i) + 1) & 3], m##s[((i) + 2) & 3]); \
      m##s[((i) + 1) & 3] = \
          _mm_sha256msg2_epu32(_mm_add_epi32(next, _mm_alignr_epi8(words, before, 4)), words); \
    } \
  } while (0)
#define FOUR(i) \
  FOUR_OF(0, i); \
  FOUR_OF(1, i)

TARGET_SHA ALWAYS_INLINE void load_state(const uint32_t *state, __m128i *abef, __m128i *cdgh) {
  const __m128i badc = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)state), 0xb1);
  const __m128i hgfe = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(state + 4)), 0x1b);
  *abef = _mm_alignr_epi8(badc, hgfe, 8);
  *cdgh = _mm_blend_epi16(hgfe, badc, 0xf0);
}

TARGET_SHA ALWAYS_INLINE void store_state(uint32_t *state, __m128i abef, __m128i cdgh) {
  const __m128i feba = _mm_shuffle_epi32(abef, 0x1b);
  const __m128i dchg = _mm_shuffle_epi32(cdgh, 0xb1);
  _mm_storeu_si128((__m128i *)state, _mm_blend_epi16(feba, dchg, 0xf0));
  _mm_storeu_si128((__m128i *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

/// One lane is done twice.
TARGET_SHA static void sha256_x2(uint32_t *states, const uint8_t *const *messages, int lanes, size_t blocks) {
  const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  const int other = lanes > 1 ? 1 : 0;
  const uint8_t *const message0 = messages[0], *const message1 = messages[other];
  __m128i abef0, cdgh0, abef1, cdgh1, m0[4], m1[4];
  load_state(states, &abef0, &cdgh0);
  load_state(states + other * 8, &abef1, &cdgh1);
  for (size_t at = 0; at < blocks * 64; at += 64) {
    const __m128i wasAbef0 = abef0, wasCdgh0 = cdgh0, wasAbef1 = abef1, wasCdgh1 = cdgh1;
    for (int i = 0; i < 4; i++) {
      m0[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(message0 + at + i * 16)), swap);
      m1[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(message1 + at + i * 16)), swap);
    }
    FOUR(0);
    FOUR(1);
    FOUR(2);
    FOUR(3);
    FOUR(4);
    FOUR(5);
    FOUR(6);
    FOUR(7);
    FOUR(8);
    FOUR(9);
    FOUR(10);
    FOUR(11);
    FOUR(12);
    FOUR(13);
    FOUR(14);
    FOUR(15);
    abef0 = _mm_add_epi32(abef0, wasAbef0);
    cdgh0 = _mm_add_epi32(cdgh0, wasCdgh0);
    abef1 = _mm_add_epi32(abef1, wasAbef1);
    cdgh1 = _mm_add_epi32(cdgh1, wasCdgh1);
  }
  store_state(states, abef0, cdgh0);
  if (lanes > 1) store_state(states + 8, abef1, cdgh1);
}

void sha256_compress(int cpu, uint32_t *states, const uint8_t *const *messages, int lanes, size_t blocks) {
  for (int lane = 0; lane < lanes;) {
    const int left = lanes - lane;
    uint32_t *const from = states + lane * 8;
    // Empty lanes cost what full ones do: pairs are as fast up to ten.
    if ((cpu & CPU_AVX512) && left >= 11) {
      const int taken = left < 16 ? left : 16;
      with_spare_lanes(sha256_x16, 16, 8, from, messages + lane, taken, blocks);
      lane += taken;
    } else {
      sha256_x2(from, messages + lane, left, blocks);
      lane += 2;
    }
  }
}
