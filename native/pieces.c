// Hashes the pieces of a plan: reads files and hashes what was read, in threads of its own. The pieces of a group are read side
// by side, a chunk of each at a time, so that they can be hashed side by side while they are in the processor's cache.
//
// Threads do not speak to one another: results have a place for each piece, and the next run of pieces is taken by counting up
// one number. `src/io/piece-reader.ts` is the same in TypeScript, for machines without this.
#define _GNU_SOURCE
#include "pieces.h"

#include <errno.h>
#include <fcntl.h>
#include <immintrin.h>
#include <linux/time_types.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "hash.h"
#include "system.h"

#define BLOCK 16384
#define CHUNK 65536
#define PAGE 4096
#define SCRATCH 65536
#define DIGEST 32
#define MAX_OPEN (2 * MAX_LANES)
#define MAX_THREADS 256
// 64 KiB from the page cache take 0.01 to 0.03 ms, from a fast disk 0.1 and more.
#define SLOW_READ_NS 100000

/// The process has these, whichever its C library is; none is named for them.
typedef unsigned long thread_t;
extern int pthread_create(thread_t *, const void *, void *(*)(void *), void *) __attribute__((weak));
extern int pthread_join(thread_t, void **) __attribute__((weak));

typedef struct {
  size_t file;
  int descriptor;
  uint64_t used;
} open_t;

typedef struct {
  const pieces_job_t *job;
  double *progress;
  int lanes;
  size_t memory_length;
  /// Of each lane a chunk; then what is read before it is brought to a place that is aligned otherwise; then leaves of each lane.
  uint8_t *chunks, *scratch, *leaves;
  size_t leaves_in_piece;
  uint32_t leaf_count[MAX_LANES];
  uint32_t states[MAX_LANES * 8];
  /// Whole v2 blocks of this chunk: where they are, and where their digests belong.
  const uint8_t *block_at[MAX_LANES];
  uint8_t *block_leaf[MAX_LANES];
  int block_count;
  open_t open[MAX_OPEN];
  int open_count, most_open;
  uint64_t clock;
  long waits;
} reader_t;

static const double *file_of(const pieces_job_t *job, size_t file) { return job->files + file * FILE_NUMBERS; }
static uint64_t length_of(const pieces_job_t *job, size_t file) { return (uint64_t)file_of(job, file)[1]; }
static uint64_t offset_of(const pieces_job_t *job, size_t file) { return (uint64_t)file_of(job, file)[2]; }
static const char *path_of(const pieces_job_t *job, size_t file) {
  return job->paths + (file == 0 ? 0 : (size_t)file_of(job, file - 1)[0]);
}

static int is_stopped(const pieces_job_t *job) { return __atomic_load_n(&job->control[STOP], __ATOMIC_RELAXED) != 0; }

static void tell(const pieces_job_t *job, size_t file, double fault) {
  if (job->faults[file] != job->faults[file]) job->faults[file] = fault;
  if (!job->goes_on) __atomic_store_n(&job->control[STOP], 1, __ATOMIC_SEQ_CST);
}

/// Is the file what the plan says? By its length, and its time where that is given.
static void compare(const pieces_job_t *job, size_t file, const struct stat *status) {
  const double *facts = file_of(job, file);
  // As Node counts them.
  const double modified = (double)status->st_mtim.tv_sec * 1000 + (double)status->st_mtim.tv_nsec / 1000000;
  const int is_same = (double)status->st_size == facts[1] && (facts[3] != facts[3] || modified == facts[3]);
  if (!is_same) tell(job, file, (double)status->st_size);
}

static void close_file(reader_t *reader, const open_t *open) {
  // Was it the same file all the time? By its name: what was removed or put aside meanwhile is whole for who has it open. A check
  // that goes on looks when it opens one.
  if (!reader->job->goes_on) {
    struct stat status;
    const long failed = SYSTEM_CALL(SYS_newfstatat, AT_FDCWD, path_of(reader->job, open->file), &status, 0);
    if (failed < 0) tell(reader->job, open->file, (double)failed);
    else compare(reader->job, open->file, &status);
  }
  SYSTEM_CALL(SYS_close, open->descriptor, 0, 0, 0);
}

/// The open file, or a new place with its descriptor; NULL where it cannot be opened, which is told.
static open_t *open_file(reader_t *reader, size_t file) {
  const pieces_job_t *const job = reader->job;
  open_t *place = NULL;
  for (int i = 0; i < reader->open_count; i++) {
    open_t *const each = &reader->open[i];
    if (each->file == file) {
      each->used = ++reader->clock;
      return each;
    }
    if (place == NULL || each->used < place->used) place = each;
  }
  if (job->faults[file] < 0) return NULL;
  // A pipe in the place of a file must not hold the thread until someone writes to it.
  const long descriptor =
      SYSTEM_CALL(SYS_openat, AT_FDCWD, path_of(job, file), O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
  if (descriptor < 0) {
    tell(job, file, (double)descriptor);
    return NULL;
  }
  if (job->goes_on) {
    struct stat status;
    long failed = SYSTEM_CALL(SYS_fstat, descriptor, &status, 0, 0);
    if (failed == 0 && S_ISDIR(status.st_mode)) failed = -EISDIR;
    if (failed < 0) {
      SYSTEM_CALL(SYS_close, descriptor, 0, 0, 0);
      tell(job, file, (double)failed);
      return NULL;
    }
    // It goes on with a file that is too long or too short: the pieces that are there may be right.
    compare(job, file, &status);
  }
  if (reader->open_count < reader->most_open) place = &reader->open[reader->open_count++];
  else close_file(reader, place);
  *place = (open_t){file, (int)descriptor, ++reader->clock};
  return place;
}

/// How often this thread has had to wait: a read that was slow without it was one of a busy machine, not of a slow disk.
static long waits(void) {
  struct rusage usage;
  return SYSTEM_CALL(SYS_getrusage, RUSAGE_THREAD, &usage, 0, 0) < 0 ? 0 : usage.ru_nvcsw;
}

static void note_slow_read(reader_t *reader) {
  const long before = reader->waits;
  reader->waits = waits();
  if (reader->waits != before)
    __atomic_add_fetch(&reader->job->control[SLOW_READS], 1, __ATOMIC_RELAXED);
}

static int64_t now(void) {
  struct __kernel_timespec time;
  SYSTEM_CALL(SYS_clock_gettime, 1, &time, 0, 0);
  return time.tv_sec * 1000000000 + time.tv_nsec;
}

static int read_into(reader_t *reader, const open_t *open, uint64_t position, uint8_t *to, size_t length) {
  const int64_t start = now();
  size_t got = 0;
  while (got < length) {
    const long count = SYSTEM_CALL(SYS_pread64, open->descriptor, to + got, length - got, position + got);
    if (count == -EINTR) continue;
    if (count < 0) {
      tell(reader->job, open->file, (double)count);
      return 0;
    }
    if (count == 0) break;
    got += (size_t)count;
  }
  if (now() - start > SLOW_READ_NS) note_slow_read(reader);
  if (got < length) tell(reader->job, open->file, (double)(position + got));
  return got == length;
}

/// Not by `rep movsb`, which is slow where the two are not aligned alike (AMD Zen 3).
static void copy(uint8_t *to, const uint8_t *from, size_t length) {
  size_t i = 0;
  for (; i + 64 <= length; i += 64) {
    const __m128i a = _mm_loadu_si128((const __m128i *)(from + i)), b = _mm_loadu_si128((const __m128i *)(from + i + 16));
    const __m128i c = _mm_loadu_si128((const __m128i *)(from + i + 32)), d = _mm_loadu_si128((const __m128i *)(from + i + 48));
    _mm_storeu_si128((__m128i *)(to + i), a);
    _mm_storeu_si128((__m128i *)(to + i + 16), b);
    _mm_storeu_si128((__m128i *)(to + i + 32), c);
    _mm_storeu_si128((__m128i *)(to + i + 48), d);
  }
  for (; i < length; i++) to[i] = from[i];
}

static void clear(uint8_t *to, size_t length) {
  __asm__ volatile("rep stosb" : "+D"(to), "+c"(length) : "a"(0) : "memory");
}

/// On some processors the kernel copies a page fast into memory that is aligned as it is, and otherwise slowly: there a second
/// copy costs less.
static int read_file(reader_t *reader, size_t file, uint64_t position, uint8_t *to, size_t length) {
  const open_t *const open = open_file(reader, file);
  if (open == NULL) return 0;
  if (length < PAGE || (cpu & CPU_COPIES_ANYHOW) || ((uintptr_t)to - position) % PAGE == 0)
    return read_into(reader, open, position, to, length);
  for (size_t done = 0; done < length;) {
    const size_t left = length - done, wanted = left < SCRATCH ? left : SCRATCH;
    uint8_t *const place = reader->scratch + (position + done) % PAGE;
    if (!read_into(reader, open, position + done, place, wanted)) return 0;
    copy(to + done, place, wanted);
    done += wanted;
  }
  return 1;
}

static void hash_blocks(reader_t *reader) {
  uint8_t digests[MAX_LANES * DIGEST];
  if (reader->block_count == 0) return;
  hash_whole(&SHA256, reader->block_at, reader->block_count, BLOCK, digests);
  for (int i = 0; i < reader->block_count; i++) copy(reader->block_leaf[i], digests + i * DIGEST, DIGEST);
  reader->block_count = 0;
}

/// v2: bytes of a file that start a block; one that is not whole is the file's last (BEP 52).
static void add_blocks(reader_t *reader, int lane, uint64_t at, const uint8_t *bytes, size_t length) {
  for (size_t done = 0; done < length; done += BLOCK) {
    uint8_t *const leaf = reader->leaves + (lane * reader->leaves_in_piece + (at + done) / BLOCK) * DIGEST;
    reader->leaf_count[lane]++;
    const uint8_t *const block = bytes + done;
    if (length - done < BLOCK) {
      hash_whole(&SHA256, &block, 1, length - done, leaf);
      continue;
    }
    reader->block_at[reader->block_count] = block;
    reader->block_leaf[reader->block_count++] = leaf;
    if (reader->block_count == MAX_LANES) hash_blocks(reader);
  }
}

/// The first file that ends behind a place.
static size_t file_at(const pieces_job_t *job, uint64_t place) {
  size_t low = 0, high = job->file_count;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (offset_of(job, middle) + length_of(job, middle) > place) high = middle;
    else low = middle + 1;
  }
  return low;
}

/// Brings `length` bytes of a piece, from `at` in it on, into the lane's chunk; what belongs to no file is zeros.
static void fill(reader_t *reader, int lane, uint64_t piece, uint64_t at, size_t length, size_t *file) {
  const pieces_job_t *const job = reader->job;
  const uint64_t start = piece * job->piece_length + at;
  uint8_t *const to = reader->chunks + (size_t)lane * CHUNK;
  size_t done = 0;
  while (done < length) {
    if (*file == job->file_count) break;
    const uint64_t offset = offset_of(job, *file), end = offset + length_of(job, *file);
    if (end <= start + done) {
      ++*file;
      continue;
    }
    if (offset >= start + length) break;
    if (offset > start + done) {
      clear(to + done, offset - start - done);
      done = offset - start;
    }
    const uint64_t left = end - start - done;
    const size_t wanted = left < length - done ? left : length - done;
    if (!read_file(reader, *file, start + done - offset, to + done, wanted)) {
      job->unread[piece] = 1;
      return;
    }
    if (job->v2) add_blocks(reader, lane, at + done, to + done, wanted);
    *reader->progress += (double)wanted;
    done += wanted;
  }
  clear(to + done, length - done);
}

/// The roots of pieces' trees (BEP 52): as wide as a piece, or as a file that is shorter than one.
static void end_tree(reader_t *reader, int lane, uint64_t piece) {
  const pieces_job_t *const job = reader->job;
  uint8_t *const nodes = reader->leaves + lane * reader->leaves_in_piece * DIGEST;
  size_t count = reader->leaf_count[lane];
  if (count == 0 || job->unread[piece]) return;
  const uint64_t start = piece * job->piece_length;
  if (job->keep_blocks) copy(job->blocks + start / BLOCK * DIGEST, nodes, count * DIGEST);
  size_t width = reader->leaves_in_piece;
  if (length_of(job, file_at(job, start)) <= job->piece_length)
    for (width = 1; width < count;) width *= 2;
  uint8_t empty[2 * DIGEST] = {0};
  for (; width > 1; width /= 2) {
    if (count % 2 == 1) copy(nodes + count++ * DIGEST, empty, DIGEST);
    count /= 2;
    for (size_t done = 0; done < count; done += MAX_LANES) {
      const uint8_t *pairs[MAX_LANES];
      int lanes = 0;
      for (; lanes < MAX_LANES && done + lanes < count; lanes++) pairs[lanes] = nodes + (done + lanes) * 2 * DIGEST;
      hash_whole(&SHA256, pairs, lanes, 2 * DIGEST, nodes + done * DIGEST);
    }
    copy(empty + DIGEST, empty, DIGEST);
    const uint8_t *const both = empty;
    hash_whole(&SHA256, &both, 1, 2 * DIGEST, empty);
  }
  copy(job->piece_roots + piece * DIGEST, nodes, DIGEST);
}

/// v1: goes on with lanes that have so many bytes each; a rest that is no whole block is the torrent's last.
static void hash_chunk(reader_t *reader, int from, int lanes, size_t length) {
  const uint8_t *messages[MAX_LANES];
  for (int lane = 0; lane < lanes; lane++) messages[lane] = reader->chunks + (size_t)(from + lane) * CHUNK;
  if (lanes > 0) sha1_compress(cpu, reader->states + from * 5, messages, lanes, length / 64);
}

static void hash_group(reader_t *reader, uint64_t first, int count) {
  const pieces_job_t *const job = reader->job;
  const uint64_t whole = job->piece_length;
  // Only the torrent's last piece may be shorter than the others.
  const uint64_t left = job->length - (first + count - 1) * whole;
  const uint64_t last_length = left < whole ? left : whole;
  const int alike = last_length == whole ? count : count - 1;
  size_t files[MAX_LANES], last_chunk = 0;
  for (int lane = 0; lane < count; lane++) {
    files[lane] = file_at(job, (first + lane) * whole);
    reader->leaf_count[lane] = 0;
  }
  hash_begin(&SHA1, reader->states, count);
  for (uint64_t at = 0; at < whole; at += CHUNK) {
    const size_t length = whole - at < CHUNK ? whole - at : CHUNK;
    size_t last = 0;
    if (at < last_length) last = last_length - at < CHUNK ? last_length - at : CHUNK;
    for (int lane = 0; lane < count; lane++) {
      const size_t wanted = lane < alike ? length : last;
      if (wanted > 0 && !job->unread[first + lane]) fill(reader, lane, first + lane, at, wanted, &files[lane]);
    }
    if (job->v1) hash_chunk(reader, 0, alike, length);
    if (job->v1 && alike < count && last > 0) {
      hash_chunk(reader, alike, 1, last);
      last_chunk = last;
    }
    if (job->v2) hash_blocks(reader);
    if (is_stopped(job)) return;
  }
  if (job->v1) {
    const uint8_t *rests[MAX_LANES];
    for (int lane = 0; lane < count; lane++) rests[lane] = reader->chunks + (size_t)lane * CHUNK;
    // The pieces that are alike are multiples of a block long: nothing is left of them.
    if (alike > 0) hash_end(&SHA1, reader->states, rests, alike, whole, job->pieces + first * 20);
    if (alike < count) {
      const uint8_t *const rest = rests[alike] + (last_chunk & ~(size_t)63);
      hash_end(&SHA1, reader->states + alike * 5, &rest, 1, last_length, job->pieces + (first + alike) * 20);
    }
  }
  if (job->v2)
    for (int lane = 0; lane < count; lane++) end_tree(reader, lane, first + lane);
}

static void hash_runs(reader_t *reader) {
  const pieces_job_t *const job = reader->job;
  reader->waits = waits();
  while (!is_stopped(job)) {
    const uint64_t run = (uint32_t)__atomic_fetch_add(&job->control[NEXT_RUN], 1, __ATOMIC_RELAXED);
    uint64_t next = run * job->per_run;
    const uint64_t end = next + job->per_run < job->piece_count ? next + job->per_run : job->piece_count;
    if (next >= end) break;
    while (next < end && !is_stopped(job)) {
      const int count = end - next < (uint64_t)reader->lanes ? (int)(end - next) : reader->lanes;
      hash_group(reader, next, count);
      next += count;
    }
  }
  for (int i = 0; i < reader->open_count; i++) close_file(reader, &reader->open[i]);
}

static void *thread_main(void *reader) {
  hash_runs(reader);
  return NULL;
}

static void release(reader_t *reader) { SYSTEM_CALL(SYS_munmap, reader, reader->memory_length, 0, 0); }

/// Half of what the program may have open, shared out: what else it does has the other half.
static int most_open_of(int threads) {
  struct rlimit limit;
  if (SYSTEM_CALL(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit) < 0) return 1;
  const uint64_t share = limit.rlim_cur / 2 / (uint64_t)threads;
  return share < 1 ? 1 : share < MAX_OPEN ? (int)share : MAX_OPEN;
}

/// With what it reads into behind it. NULL: there is no memory.
static reader_t *new_reader(const pieces_job_t *job, int thread, int most_open) {
  const int most = lanes_side_by_side(cpu);
  const int lanes = job->per_run < (uint64_t)most ? (int)job->per_run : most;
  const size_t leaves_in_piece = job->v2 ? job->piece_length / BLOCK : 0;
  const size_t chunks = (size_t)lanes * CHUNK, scratch = SCRATCH + PAGE;
  const size_t length = PAGE + chunks + scratch + lanes * leaves_in_piece * DIGEST;
  _Static_assert(sizeof(reader_t) <= PAGE, "chunks start at a page");
  const long memory = system_call(SYS_mmap, 0, (long)length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory < 0 && memory > -PAGE) return NULL;
  reader_t *const reader = (reader_t *)memory;
  reader->job = job;
  reader->progress = &job->progress[thread];
  reader->lanes = lanes;
  reader->most_open = most_open;
  reader->memory_length = length;
  reader->leaves_in_piece = leaves_in_piece;
  reader->chunks = (uint8_t *)memory + PAGE;
  reader->scratch = reader->chunks + chunks;
  reader->leaves = reader->scratch + scratch;
  return reader;
}

int hash_pieces(const pieces_job_t *job, int threads) {
  struct {
    reader_t *reader;
    thread_t thread;
  } others[MAX_THREADS];
  int count = 0;
  const int most_open = most_open_of(threads);
  reader_t *const here = new_reader(job, 0, most_open);
  if (here == NULL) return 0;
  // A thread that cannot be had is one less.
  for (; count < threads - 1 && count < MAX_THREADS - 1; count++) {
    reader_t *const reader = others[count].reader = new_reader(job, count + 1, most_open);
    if (reader == NULL) break;
    if (pthread_create != NULL && pthread_create(&others[count].thread, NULL, thread_main, reader) == 0) continue;
    release(reader);
    break;
  }
  hash_runs(here);
  release(here);
  for (int i = 0; i < count; i++) {
    pthread_join(others[i].thread, NULL);
    release(others[i].reader);
  }
  return 1;
}
