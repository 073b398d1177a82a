// `hash_pieces` as JavaScript calls it: everything is checked, then done beside the program, which gets a promise.
#include "pieces-call.h"

#include "arguments.h"
#include "pieces.h"

#define BLOCK 16384
#define DIGEST 32
// Larger numbers are not whole in a double.
#define MOST 9007199254740992.0

/// Numbers of the plan, and memory of the result, in the order in which they come.
enum { PIECE_LENGTH, LENGTH, V1, V2, KEEP_BLOCKS, GOES_ON, PER_RUN, THREADS, PLAN_NUMBERS };
enum { PIECES, PIECE_ROOTS, BLOCKS, UNREAD, CONTROL, PROGRESS, FAULTS, MEMORIES };

static const napi_typedarray_type MEMORY_TYPES[MEMORIES] = {napi_uint8_array, napi_uint8_array,   napi_uint8_array,
                                                            napi_uint8_array, napi_int32_array,   napi_float64_array,
                                                            napi_float64_array};

typedef struct {
  pieces_job_t job;
  int threads;
  int is_done;
  napi_async_work work;
  napi_deferred deferred;
  /// What the threads look at stays alive.
  napi_ref held;
} call_t;

static int is_whole(double number, double least, double most) {
  return number >= least && number <= most && number == (double)(uint64_t)number;
}

static int is_power_of_two(uint64_t number) { return (number & (number - 1)) == 0; }

/// Files lie one after the other in the piece space, with a path each; for v2 each starts a piece.
static int are_files_right(const pieces_job_t *job, const bytes_t *paths) {
  double path_end = 0, end = 0;
  for (size_t i = 0; i < job->file_count; i++) {
    const double *const file = job->files + i * FILE_NUMBERS;
    if (!is_whole(file[0], path_end + 1, (double)paths->length) || paths->data[(size_t)file[0] - 1] != 0) return 0;
    if (!is_whole(file[1], 1, MOST) || !is_whole(file[2], end, MOST)) return 0;
    if (job->v2 && (uint64_t)file[2] % job->piece_length != 0) return 0;
    path_end = file[0];
    end = file[1] + file[2];
    if (end > (double)job->length) return 0;
  }
  return 1;
}

static int is_plan_right(pieces_job_t *job, const double *plan) {
  if (!is_whole(plan[PIECE_LENGTH], 64, 1 << 30) || !is_whole(plan[LENGTH], 1, MOST)) return 0;
  if (!is_whole(plan[PER_RUN], 1, 1 << 30)) return 0;
  job->piece_length = (uint64_t)plan[PIECE_LENGTH];
  job->length = (uint64_t)plan[LENGTH];
  job->piece_count = (job->length + job->piece_length - 1) / job->piece_length;
  job->v1 = plan[V1] != 0;
  job->v2 = plan[V2] != 0;
  job->keep_blocks = plan[KEEP_BLOCKS] != 0;
  job->goes_on = plan[GOES_ON] != 0;
  job->per_run = (uint64_t)plan[PER_RUN];
  if (job->piece_length % 64 != 0) return 0;
  return !job->v2 || (job->piece_length >= BLOCK && is_power_of_two(job->piece_length));
}

static int is_memory_right(pieces_job_t *job, const bytes_t *memory, int threads) {
  const uint64_t count = job->piece_count;
  job->pieces = memory[PIECES].data;
  job->piece_roots = memory[PIECE_ROOTS].data;
  job->blocks = memory[BLOCKS].data;
  job->unread = memory[UNREAD].data;
  job->control = (int32_t *)memory[CONTROL].data;
  job->progress = (double *)memory[PROGRESS].data;
  job->faults = (double *)memory[FAULTS].data;
  if (job->v1 && memory[PIECES].length / 20 < count) return 0;
  if (job->v2 && memory[PIECE_ROOTS].length / DIGEST < count) return 0;
  if (job->v2 && job->keep_blocks && memory[BLOCKS].length / DIGEST / (job->piece_length / BLOCK) < count) return 0;
  return memory[UNREAD].length >= count && memory[CONTROL].length >= CONTROLS &&
         memory[PROGRESS].length >= (size_t)threads && memory[FAULTS].length >= job->file_count;
}

static void execute(napi_env env, void *data) {
  (void)env;
  call_t *const call = data;
  call->is_done = hash_pieces(&call->job, call->threads);
}

static void complete(napi_env env, napi_status status, void *data) {
  call_t *const call = data;
  napi_value is_done;
  napi_get_boolean(env, status == napi_ok && call->is_done, &is_done);
  napi_resolve_deferred(env, call->deferred, is_done);
  napi_delete_async_work(env, call->work);
  napi_delete_reference(env, call->held);
}

napi_value call_hash_pieces(napi_env env, napi_callback_info info) {
  napi_value args[4], promise, name;
  size_t argc = 4;
  bytes_t paths, files, plan, memory[MEMORIES];
  if (napi_get_cb_info(env, info, &argc, args, NULL, NULL) != napi_ok || argc != 4) return refuse(env);
  if (!get_array(env, args[0], napi_uint8_array, &paths) || !get_array(env, args[1], napi_float64_array, &files) ||
      !get_array(env, args[2], napi_float64_array, &plan) || plan.length != PLAN_NUMBERS)
    return refuse(env);
  for (uint32_t i = 0; i < MEMORIES; i++) {
    napi_value each;
    if (napi_get_element(env, args[3], i, &each) != napi_ok || !get_array(env, each, MEMORY_TYPES[i], &memory[i]))
      return refuse(env);
  }
  const double *const numbers = (const double *)plan.data;
  pieces_job_t job = {.paths = (const char *)paths.data,
                      .files = (const double *)files.data,
                      .file_count = files.length / FILE_NUMBERS};
  if (!is_whole(numbers[THREADS], 1, 256) || !is_plan_right(&job, numbers) || !are_files_right(&job, &paths) ||
      !is_memory_right(&job, memory, (int)numbers[THREADS]))
    return refuse(env);
  // This and the arguments in one array: a reference to it holds them all.
  napi_value held, own;
  void *data;
  if (napi_create_arraybuffer(env, sizeof(call_t), &data, &own) != napi_ok) return NULL;
  call_t *const call = data;
  *call = (call_t){.job = job, .threads = (int)numbers[THREADS]};
  napi_create_array_with_length(env, 5, &held);
  for (uint32_t i = 0; i < 4; i++) napi_set_element(env, held, i, args[i]);
  napi_set_element(env, held, 4, own);
  napi_create_reference(env, held, 1, &call->held);
  napi_create_string_utf8(env, "swarmline.hashPieces", NAPI_AUTO_LENGTH, &name);
  napi_create_promise(env, &call->deferred, &promise);
  napi_create_async_work(env, NULL, name, execute, complete, call, &call->work);
  napi_queue_async_work(env, call->work);
  return promise;
}
