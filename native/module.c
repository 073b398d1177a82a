// What JavaScript sees, through Node-API, which is the same for every Node: messages of one length, hashed side by side, and
// what is in a folder. Every argument is checked here, whatever the caller promises: a slip would read what is not ours.
#include <node_api.h>

#include "arguments.h"
#include "folder.h"
#include "hash.h"
#include "keyed-hash.h"
#include "pieces-call.h"
#include "sockets.h"

/// (bytes: Uint8Array, offsets: Uint32Array, count, length, digests: Uint8Array): messages that lie in one buffer.
static napi_value hash_slices(napi_env env, napi_callback_info info, const hash_t *hash) {
  napi_value args[5];
  size_t argc = 5, count, length;
  bytes_t bytes, offsets, digests;
  if (napi_get_cb_info(env, info, &argc, args, NULL, NULL) != napi_ok || argc != 5) return refuse(env);
  if (!get_array(env, args[0], napi_uint8_array, &bytes) || !get_array(env, args[1], napi_uint32_array, &offsets) ||
      !get_size(env, args[2], &count) || !get_size(env, args[3], &length) ||
      !get_array(env, args[4], napi_uint8_array, &digests))
    return refuse(env);
  const size_t digest = (size_t)hash->words * 4;
  if (count > offsets.length || count > digests.length / digest || (count > 0 && length > bytes.length))
    return refuse(env);
  const uint32_t *const offset = (const uint32_t *)offsets.data;
  const uint8_t *messages[MAX_LANES];
  for (size_t done = 0; done < count;) {
    int lanes = 0;
    for (; lanes < MAX_LANES && done + lanes < count; lanes++) {
      if (offset[done + lanes] > bytes.length - length) return refuse(env);
      messages[lanes] = bytes.data + offset[done + lanes];
    }
    hash_whole(hash, messages, lanes, length, digests.data + done * digest);
    done += lanes;
  }
  return NULL;
}

static napi_value sha1_slices(napi_env env, napi_callback_info info) { return hash_slices(env, info, &SHA1); }
static napi_value sha256_slices(napi_env env, napi_callback_info info) { return hash_slices(env, info, &SHA256); }

/// (messages: Uint8Array[], digests: Uint8Array): up to 16 messages of one length, each in a buffer of its own.
static napi_value hash_each(napi_env env, napi_callback_info info, const hash_t *hash) {
  napi_value args[2];
  size_t argc = 2;
  uint32_t count;
  bytes_t digests, bytes = {NULL, 0};
  if (napi_get_cb_info(env, info, &argc, args, NULL, NULL) != napi_ok || argc != 2) return refuse(env);
  if (napi_get_array_length(env, args[0], &count) != napi_ok || !get_array(env, args[1], napi_uint8_array, &digests))
    return refuse(env);
  if (count > MAX_LANES || count > digests.length / ((size_t)hash->words * 4)) return refuse(env);
  const uint8_t *messages[MAX_LANES];
  for (uint32_t i = 0; i < count; i++) {
    napi_value message;
    const size_t length = bytes.length;
    if (napi_get_element(env, args[0], i, &message) != napi_ok || !get_array(env, message, napi_uint8_array, &bytes) ||
        (i > 0 && bytes.length != length))
      return refuse(env);
    messages[i] = bytes.data;
  }
  if (count > 0) hash_whole(hash, messages, (int)count, bytes.length, digests.data);
  return NULL;
}

static napi_value sha1_each(napi_env env, napi_callback_info info) { return hash_each(env, info, &SHA1); }
static napi_value sha256_each(napi_env env, napi_callback_info info) { return hash_each(env, info, &SHA256); }

/// (path: Uint8Array that ends with a zero, names: Uint8Array, facts: Float64Array): see `list_folder`.
static napi_value list(napi_env env, napi_callback_info info) {
  napi_value args[3], result;
  size_t argc = 3;
  bytes_t path, names, facts;
  if (napi_get_cb_info(env, info, &argc, args, NULL, NULL) != napi_ok || argc != 3) return refuse(env);
  if (!get_array(env, args[0], napi_uint8_array, &path) || !get_array(env, args[1], napi_uint8_array, &names) ||
      !get_array(env, args[2], napi_float64_array, &facts))
    return refuse(env);
  if (path.length == 0 || path.data[path.length - 1] != 0) return refuse(env);
  names_t into = {names.data, names.length};
  facts_t facts_into = {(double *)facts.data, facts.length};
  if (napi_create_int64(env, list_folder((const char *)path.data, &into, &facts_into), &result) != napi_ok) return NULL;
  return result;
}

/// `features`: as of `cpu_features`; without the SHA instructions there are no functions that hash. `sources`: what this was made of.
NAPI_MODULE_INIT() {
  cpu = cpu_features();
  napi_value features, sources;
  napi_create_int32(env, cpu, &features);
  napi_create_string_utf8(env, SOURCES, NAPI_AUTO_LENGTH, &sources);
  const napi_property_descriptor all[] = {
      {"features", NULL, NULL, NULL, NULL, features, napi_enumerable, NULL},
      {"sources", NULL, NULL, NULL, NULL, sources, napi_enumerable, NULL},
      {"listFolder", NULL, list, NULL, NULL, NULL, napi_enumerable, NULL},
      {"openSocket", NULL, call_open_socket, NULL, NULL, NULL, napi_enumerable, NULL},
      {"setOption", NULL, call_set_option, NULL, NULL, NULL, napi_enumerable, NULL},
      {"bindSocket", NULL, call_bind_socket, NULL, NULL, NULL, napi_enumerable, NULL},
      {"socketName", NULL, call_socket_name, NULL, NULL, NULL, napi_enumerable, NULL},
      {"duplicateSocket", NULL, call_duplicate_socket, NULL, NULL, NULL, napi_enumerable, NULL},
      {"closeSocket", NULL, call_close_socket, NULL, NULL, NULL, napi_enumerable, NULL},
      {"placeOf", NULL, call_place_of, NULL, NULL, NULL, napi_enumerable, NULL},
      {"receiveDatagrams", NULL, call_receive_datagrams, NULL, NULL, NULL, napi_enumerable, NULL},
      {"sendDatagrams", NULL, call_send_datagrams, NULL, NULL, NULL, napi_enumerable, NULL},
      {"sipHashes", NULL, call_sip_hashes, NULL, NULL, NULL, napi_enumerable, NULL},
      {"halfSipHashes", NULL, call_half_sip_hashes, NULL, NULL, NULL, napi_enumerable, NULL},
      {"watchSocket", NULL, call_watch_socket, NULL, NULL, NULL, napi_enumerable, NULL},
      {"sha1Slices", NULL, sha1_slices, NULL, NULL, NULL, napi_enumerable, NULL},
      {"sha256Slices", NULL, sha256_slices, NULL, NULL, NULL, napi_enumerable, NULL},
      {"sha1Each", NULL, sha1_each, NULL, NULL, NULL, napi_enumerable, NULL},
      {"sha256Each", NULL, sha256_each, NULL, NULL, NULL, napi_enumerable, NULL},
      {"hashPieces", NULL, call_hash_pieces, NULL, NULL, NULL, napi_enumerable, NULL},
  };
  const size_t count = (cpu & CPU_SHA) ? sizeof all / sizeof all[0] : 15;
  napi_define_properties(env, exports, count, all);
  return exports;
}
