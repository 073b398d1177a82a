// Calls of the system that Node does not have: a port that several threads listen at, and many datagrams in one call.
#define _GNU_SOURCE
#include "sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "arguments.h"
#include "system.h"

static napi_value answer(napi_env env, long result) {
  napi_value value;
  return napi_create_int32(env, (int32_t)result, &value) == napi_ok ? value : NULL;
}

/// Exactly so many arguments, of which the first `numbers` are such.
static int get_arguments(napi_env env, napi_callback_info info, napi_value *args, size_t count, int32_t *numbers,
                         size_t number_count) {
  size_t argc = count;
  if (napi_get_cb_info(env, info, &argc, args, NULL, NULL) != napi_ok || argc != count) return 0;
  for (size_t i = 0; i < number_count; i++)
    if (napi_get_value_int32(env, args[i], &numbers[i]) != napi_ok) return 0;
  return 1;
}

napi_value call_open_socket(napi_env env, napi_callback_info info) {
  napi_value args[2];
  int32_t n[2];
  if (!get_arguments(env, info, args, 2, n, 2)) return refuse(env);
  return answer(env, SYSTEM_CALL(SYS_socket, n[0], n[1] | SOCK_CLOEXEC, 0, 0));
}

napi_value call_set_option(napi_env env, napi_callback_info info) {
  napi_value args[4];
  int32_t n[4];
  if (!get_arguments(env, info, args, 4, n, 4)) return refuse(env);
  return answer(env, system_call(SYS_setsockopt, n[0], n[1], n[2], (long)&n[3], sizeof n[3], 0));
}

napi_value call_bind_socket(napi_env env, napi_callback_info info) {
  napi_value args[2];
  int32_t socket;
  bytes_t name;
  if (!get_arguments(env, info, args, 2, &socket, 1) || !get_array(env, args[1], napi_uint8_array, &name))
    return refuse(env);
  return answer(env, SYSTEM_CALL(SYS_bind, socket, name.data, name.length, 0));
}

napi_value call_socket_name(napi_env env, napi_callback_info info) {
  napi_value args[2];
  int32_t socket;
  bytes_t name;
  if (!get_arguments(env, info, args, 2, &socket, 1) || !get_array(env, args[1], napi_uint8_array, &name) ||
      name.length > INT32_MAX)
    return refuse(env);
  int length = (int)name.length;
  const long failed = SYSTEM_CALL(SYS_getsockname, socket, name.data, &length, 0);
  return answer(env, failed < 0 ? failed : length);
}

napi_value call_duplicate_socket(napi_env env, napi_callback_info info) {
  napi_value args[1];
  int32_t socket;
  if (!get_arguments(env, info, args, 1, &socket, 1)) return refuse(env);
  return answer(env, SYSTEM_CALL(SYS_fcntl, socket, F_DUPFD_CLOEXEC, 0, 0));
}

napi_value call_close_socket(napi_env env, napi_callback_info info) {
  napi_value args[1];
  int32_t socket;
  if (!get_arguments(env, info, args, 1, &socket, 1)) return refuse(env);
  return answer(env, SYSTEM_CALL(SYS_close, socket, 0, 0, 0));
}

napi_value call_place_of(napi_env env, napi_callback_info info) {
  napi_value args[1], value;
  bytes_t bytes;
  if (!get_arguments(env, info, args, 1, NULL, 0) || !get_array(env, args[0], napi_uint8_array, &bytes))
    return refuse(env);
  return napi_create_bigint_uint64(env, (uint64_t)(uintptr_t)bytes.data, &value) == napi_ok ? value : NULL;
}

/// Nothing at all, or in the block from end to end.
static int is_within(const bytes_t *block, const void *at, size_t length) {
  const uintptr_t from = (uintptr_t)at - (uintptr_t)block->data;
  return length == 0 || (from <= block->length && length <= block->length - from);
}

static int are_within(const bytes_t *block, const struct mmsghdr *headers, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const struct msghdr *const header = &headers[i].msg_hdr;
    const struct iovec *const part = header->msg_iov;
    if (header->msg_iovlen != 1 || !is_within(block, part, sizeof *part)) return 0;
    if (!is_within(block, part->iov_base, part->iov_len)) return 0;
    if (!is_within(block, header->msg_name, header->msg_namelen)) return 0;
    if (!is_within(block, header->msg_control, header->msg_controllen)) return 0;
  }
  return 1;
}

/// The headers, or NULL where they are not to be given to the system.
static struct mmsghdr *get_headers(napi_env env, napi_callback_info info, int32_t *socket, size_t *count) {
  napi_value args[4];
  bytes_t block;
  size_t at;
  if (!get_arguments(env, info, args, 4, socket, 1) || !get_array(env, args[1], napi_uint8_array, &block) ||
      !get_size(env, args[2], &at) || !get_size(env, args[3], count))
    return NULL;
  if (at > block.length || *count > (block.length - at) / sizeof(struct mmsghdr)) return NULL;
  struct mmsghdr *const headers = (struct mmsghdr *)(block.data + at);
  if ((uintptr_t)headers % _Alignof(struct mmsghdr) != 0) return NULL;
  return are_within(&block, headers, *count) ? headers : NULL;
}

napi_value call_receive_datagrams(napi_env env, napi_callback_info info) {
  int32_t socket;
  size_t count;
  struct mmsghdr *const headers = get_headers(env, info, &socket, &count);
  if (headers == NULL) return refuse(env);
  return answer(env, system_call(SYS_recvmmsg, socket, (long)headers, (long)count, MSG_DONTWAIT, 0, 0));
}

napi_value call_send_datagrams(napi_env env, napi_callback_info info) {
  int32_t socket;
  size_t count;
  struct mmsghdr *const headers = get_headers(env, info, &socket, &count);
  if (headers == NULL) return refuse(env);
  return answer(env, SYSTEM_CALL(SYS_sendmmsg, socket, headers, count, MSG_DONTWAIT));
}
