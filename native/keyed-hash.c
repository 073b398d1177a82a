// Keyed hashes of many short messages in one call (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012): the same as
// src/core/bytes/siphash.ts, which has to count 64 bits in halves.
#include "keyed-hash.h"

#include <string.h>

#include "arguments.h"

static uint64_t rotated(uint64_t value, int by) { return value << by | value >> (64 - by); }
static uint32_t rotated_half(uint32_t value, int by) { return value << by | value >> (32 - by); }

static void sip_round(uint64_t v[4]) {
  v[0] += v[1];
  v[1] = rotated(v[1], 13) ^ v[0];
  v[0] = rotated(v[0], 32);
  v[2] += v[3];
  v[3] = rotated(v[3], 16) ^ v[2];
  v[0] += v[3];
  v[3] = rotated(v[3], 21) ^ v[0];
  v[2] += v[1];
  v[1] = rotated(v[1], 17) ^ v[2];
  v[2] = rotated(v[2], 32);
}

static uint64_t sip_hash(const uint64_t key[2], const uint8_t *message, size_t length) {
  uint64_t v[4] = {key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d, key[0] ^ 0x6c7967656e657261,
                   key[1] ^ 0x7465646279746573};
  for (size_t at = 0;; at += 8) {
    uint64_t word = (uint64_t)length << 56;
    const int is_last = at + 8 > length;
    if (!is_last) memcpy(&word, message + at, 8);
    else
      for (size_t i = at; i < length; i++) word |= (uint64_t)message[i] << 8 * (i - at);
    v[3] ^= word;
    sip_round(v);
    sip_round(v);
    v[0] ^= word;
    if (is_last) break;
  }
  v[2] ^= 0xff;
  for (int i = 0; i < 4; i++) sip_round(v);
  return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static void half_sip_round(uint32_t v[4]) {
  v[0] += v[1];
  v[1] = rotated_half(v[1], 5) ^ v[0];
  v[0] = rotated_half(v[0], 16);
  v[2] += v[3];
  v[3] = rotated_half(v[3], 8) ^ v[2];
  v[0] += v[3];
  v[3] = rotated_half(v[3], 7) ^ v[0];
  v[2] += v[1];
  v[1] = rotated_half(v[1], 13) ^ v[2];
  v[2] = rotated_half(v[2], 16);
}

static uint32_t half_sip_hash(const uint32_t key[2], const uint8_t *message, size_t length) {
  uint32_t v[4] = {key[0], key[1], key[0] ^ 0x6c796765, key[1] ^ 0x74656462};
  for (size_t at = 0; at <= length; at += 4) {
    uint32_t word = (uint32_t)length << 24;
    if (at < length) memcpy(&word, message + at, 4);
    v[3] ^= word;
    half_sip_round(v);
    v[0] ^= word;
  }
  v[2] ^= 0xff;
  for (int i = 0; i < 3; i++) half_sip_round(v);
  return v[1] ^ v[3];
}

typedef struct {
  const uint8_t *key;
  const uint8_t *first;
  size_t stride, length, count;
  uint32_t *out;
} row_t;

static int get_row(napi_env env, napi_callback_info info, size_t key_words, size_t out_words, row_t *row) {
  napi_value args[7];
  size_t argc = 7, at;
  bytes_t key, block, out;
  if (napi_get_cb_info(env, info, &argc, args, NULL, NULL) != napi_ok || argc != 7) return 0;
  if (!get_array(env, args[0], napi_int32_array, &key) || !get_array(env, args[1], napi_uint8_array, &block) ||
      !get_size(env, args[2], &at) || !get_size(env, args[3], &row->stride) || !get_size(env, args[4], &row->length) ||
      !get_size(env, args[5], &row->count) || !get_array(env, args[6], napi_int32_array, &out))
    return 0;
  if (key.length != key_words || row->count > out.length / out_words) return 0;
  // Each of them is the block's length at most, so that no sum and no product goes over.
  if (at > block.length || row->length > block.length - at) return 0;
  if (row->count > 1 && row->stride > (block.length - at - row->length) / (row->count - 1)) return 0;
  row->key = key.data;
  row->first = block.data + at;
  row->out = (uint32_t *)out.data;
  return 1;
}

napi_value call_sip_hashes(napi_env env, napi_callback_info info) {
  row_t row;
  uint64_t key[2];
  if (!get_row(env, info, 4, 2, &row)) return refuse(env);
  memcpy(key, row.key, sizeof key);
  for (size_t i = 0; i < row.count; i++) {
    const uint64_t hash = sip_hash(key, row.first + i * row.stride, row.length);
    memcpy(row.out + 2 * i, &hash, sizeof hash);
  }
  return NULL;
}

napi_value call_half_sip_hashes(napi_env env, napi_callback_info info) {
  row_t row;
  uint32_t key[2];
  if (!get_row(env, info, 2, 1, &row) || row.length % 4 != 0) return refuse(env);
  memcpy(key, row.key, sizeof key);
  for (size_t i = 0; i < row.count; i++)
    row.out[i] = half_sip_hash(key, row.first + i * row.stride, row.length);
  return NULL;
}
