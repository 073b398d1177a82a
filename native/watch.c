// Sockets that Node's own loop watches, by libuv's uv_poll, which Node hands out for that (napi_get_uv_event_loop). What is
// watched lives in memory of JavaScript's, which is held until the loop has let go of it: also where a thread ends meanwhile.
#include <stddef.h>
#include <uv.h>

#include "arguments.h"
#include "sockets.h"

typedef struct {
  uv_poll_t poll;
  napi_env env;
  napi_ref memory, call;
  napi_async_context context;
  napi_async_cleanup_hook_handle hook;
  int is_ending;
} watch_t;

static void readable(uv_poll_t *poll, int status, int events) {
  watch_t *const watch = (watch_t *)poll;
  (void)status, (void)events;
  napi_handle_scope scope;
  if (napi_open_handle_scope(watch->env, &scope) != napi_ok) return;
  napi_value call, global, error;
  bool is_thrown = false;
  if (napi_get_reference_value(watch->env, watch->call, &call) == napi_ok &&
      napi_get_global(watch->env, &global) == napi_ok)
    napi_make_callback(watch->env, watch->context, global, call, 0, NULL, NULL);
  // What it throws ends the program, as from any other turn of the loop.
  if (napi_is_exception_pending(watch->env, &is_thrown) == napi_ok && is_thrown &&
      napi_get_and_clear_last_exception(watch->env, &error) == napi_ok)
    napi_fatal_exception(watch->env, error);
  napi_close_handle_scope(watch->env, scope);
}

static void ended(uv_handle_t *handle) {
  watch_t *const watch = (watch_t *)handle;
  const napi_env env = watch->env;
  const napi_ref memory = watch->memory;
  napi_handle_scope scope;
  const int is_open = napi_open_handle_scope(env, &scope) == napi_ok;
  napi_delete_reference(env, watch->call);
  napi_async_destroy(env, watch->context);
  napi_remove_async_cleanup_hook(watch->hook);
  napi_delete_reference(env, memory);
  if (is_open) napi_close_handle_scope(env, scope);
}

static void end(watch_t *watch) {
  if (watch->is_ending) return;
  watch->is_ending = 1;
  uv_poll_stop(&watch->poll);
  uv_close((uv_handle_t *)&watch->poll, ended);
}

static void thread_ends(napi_async_cleanup_hook_handle hook, void *watch) {
  (void)hook;
  end(watch);
}

static watch_t *get_watch(napi_env env, napi_callback_info info) {
  void *watch;
  size_t argc = 0;
  return napi_get_cb_info(env, info, &argc, NULL, NULL, &watch) == napi_ok ? watch : NULL;
}

// The memory is held by these five as well, so that one called late finds it.

static napi_value call_pause(napi_env env, napi_callback_info info) {
  watch_t *const watch = get_watch(env, info);
  if (watch != NULL && !watch->is_ending) uv_poll_stop(&watch->poll);
  return NULL;
}

static napi_value call_resume(napi_env env, napi_callback_info info) {
  watch_t *const watch = get_watch(env, info);
  if (watch != NULL && !watch->is_ending) uv_poll_start(&watch->poll, UV_READABLE, readable);
  return NULL;
}

/// Whether the loop goes on for its sake, as it does by itself.
static napi_value call_hold(napi_env env, napi_callback_info info) {
  watch_t *const watch = get_watch(env, info);
  if (watch != NULL && !watch->is_ending) uv_ref((uv_handle_t *)&watch->poll);
  return NULL;
}

static napi_value call_release(napi_env env, napi_callback_info info) {
  watch_t *const watch = get_watch(env, info);
  if (watch != NULL && !watch->is_ending) uv_unref((uv_handle_t *)&watch->poll);
  return NULL;
}

static napi_value call_end(napi_env env, napi_callback_info info) {
  watch_t *const watch = get_watch(env, info);
  if (watch != NULL) end(watch);
  return NULL;
}

/// The property by which it holds the memory can be neither changed nor deleted.
static napi_status add_method(napi_env env, napi_value object, const char *name, napi_callback call, watch_t *watch,
                              napi_value memory) {
  napi_value function;
  const napi_property_descriptor held = {"memory", NULL, NULL, NULL, NULL, memory, napi_default, NULL};
  napi_status status = napi_create_function(env, name, NAPI_AUTO_LENGTH, call, watch, &function);
  if (status == napi_ok) status = napi_define_properties(env, function, 1, &held);
  return status == napi_ok ? napi_set_named_property(env, object, name, function) : status;
}

napi_value call_watch_socket(napi_env env, napi_callback_info info) {
  napi_value args[2], memory, object, name, result;
  size_t argc = 2;
  int32_t socket;
  napi_valuetype type;
  void *data;
  uv_loop_t *loop;
  if (napi_get_cb_info(env, info, &argc, args, NULL, NULL) != napi_ok || argc != 2 ||
      napi_get_value_int32(env, args[0], &socket) != napi_ok || napi_typeof(env, args[1], &type) != napi_ok ||
      type != napi_function)
    return refuse(env);
  if (napi_get_uv_event_loop(env, &loop) != napi_ok ||
      napi_create_arraybuffer(env, sizeof(watch_t), &data, &memory) != napi_ok ||
      napi_create_object(env, &object) != napi_ok ||
      napi_create_string_utf8(env, "swarmline:socket", NAPI_AUTO_LENGTH, &name) != napi_ok)
    return NULL;
  watch_t *const watch = data;
  watch->env = env;
  const int failed = uv_poll_init(loop, &watch->poll, socket);
  if (failed < 0) return napi_create_int32(env, failed, &result) == napi_ok ? result : NULL;
  // From here on the loop has it.
  napi_create_reference(env, memory, 1, &watch->memory);
  napi_create_reference(env, args[1], 1, &watch->call);
  napi_async_init(env, object, name, &watch->context);
  napi_add_async_cleanup_hook(env, thread_ends, watch, &watch->hook);
  if (add_method(env, object, "pause", call_pause, watch, memory) != napi_ok ||
      add_method(env, object, "resume", call_resume, watch, memory) != napi_ok ||
      add_method(env, object, "hold", call_hold, watch, memory) != napi_ok ||
      add_method(env, object, "release", call_release, watch, memory) != napi_ok ||
      add_method(env, object, "end", call_end, watch, memory) != napi_ok) {
    end(watch);
    return NULL;
  }
  uv_poll_start(&watch->poll, UV_READABLE, readable);
  return object;
}
