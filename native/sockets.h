#ifndef SWARMLINE_SOCKETS_H
#define SWARMLINE_SOCKETS_H

#include <node_api.h>

// All of them answer as the system does: what is asked for, or the number of an error, negative.

/// (family, type): a socket that is closed where another program is started.
napi_value call_open_socket(napi_env env, napi_callback_info info);
/// (socket, level, name, value)
napi_value call_set_option(napi_env env, napi_callback_info info);
/// (socket, name: Uint8Array)
napi_value call_bind_socket(napi_env env, napi_callback_info info);
/// (socket, name: Uint8Array): writes the socket's own name, and answers how long it is.
napi_value call_socket_name(napi_env env, napi_callback_info info);
/// (socket): another number for the same.
napi_value call_duplicate_socket(napi_env env, napi_callback_info info);
/// (socket)
napi_value call_close_socket(napi_env env, napi_callback_info info);

/// (bytes: Uint8Array): where they lie, a BigInt.
napi_value call_place_of(napi_env env, napi_callback_info info);
/// (socket, block: Uint8Array, at, count): `count` structs mmsghdr lie in the block from `at` on, and all that they point to
/// lies in it too. How many datagrams came.
napi_value call_receive_datagrams(napi_env env, napi_callback_info info);
/// The same for what leaves.
napi_value call_send_datagrams(napi_env env, napi_callback_info info);

/// (socket, call): { pause, resume, hold, release, end }, or the number of an error. Calls whenever there is something to receive.
napi_value call_watch_socket(napi_env env, napi_callback_info info);

#endif
