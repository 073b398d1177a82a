#ifndef SWARMLINE_KEYED_HASH_H
#define SWARMLINE_KEYED_HASH_H

#include <node_api.h>

// (key, block: Uint8Array, at, stride, length, count, out: Int32Array): keyed hashes of `count` messages of one length, the first of which
// lies in the block at `at` and each other `stride` behind the one before.

/// SipHash-2-4; a key of four words, two words out for each.
napi_value call_sip_hashes(napi_env env, napi_callback_info info);
/// HalfSipHash-1-3 of whole words; a key of two words, one word out for each.
napi_value call_half_sip_hashes(napi_env env, napi_callback_info info);

#endif
