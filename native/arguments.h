// What JavaScript gives, and whether it is what a function takes. Checked there, whatever the caller promises: a slip would
// read what is not ours.
#ifndef SWARMLINE_ARGUMENTS_H
#define SWARMLINE_ARGUMENTS_H

#include <node_api.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
  uint8_t *data;
  size_t length;
} bytes_t;

static inline int get_array(napi_env env, napi_value value, napi_typedarray_type wanted, bytes_t *bytes) {
  napi_typedarray_type type;
  void *data;
  if (napi_get_typedarray_info(env, value, &type, &bytes->length, &data, NULL, NULL) != napi_ok) return 0;
  bytes->data = data;
  return type == wanted;
}

static inline int get_size(napi_env env, napi_value value, size_t *size) {
  int64_t number;
  if (napi_get_value_int64(env, value, &number) != napi_ok || number < 0) return 0;
  *size = (size_t)number;
  return 1;
}

static inline napi_value refuse(napi_env env) {
  napi_throw_range_error(env, "ERR_OUT_OF_RANGE", "Arguments that do not fit one another.");
  return NULL;
}

#endif
