#ifndef SWARMLINE_PIECES_H
#define SWARMLINE_PIECES_H

#include <stddef.h>
#include <stdint.h>

/// Of each file: where its path ends (the zero behind it counted), its length, its offset in the piece space, and when it was
/// changed last in milliseconds, NaN where that does not matter.
#define FILE_NUMBERS 4

enum { NEXT_RUN, STOP, SLOW_READS, CONTROLS };

/// What `HashPlan` and `HashMemory` are in TypeScript, checked: files lie one after the other in the piece space.
typedef struct {
  const char *paths;
  const double *files;
  size_t file_count;
  uint64_t length;
  uint64_t piece_length;
  uint64_t piece_count;
  uint64_t per_run;
  int v1, v2, keep_blocks;
  /// A fault is noted, and the others go on. Else the first one ends it.
  int goes_on;
  uint8_t *pieces, *piece_roots, *blocks, *unread;
  int32_t *control;
  /// Of each thread, bytes read.
  double *progress;
  /// Of each file: NaN, the length that it really has, or the system's error, negative.
  double *faults;
} pieces_job_t;

/// Hashes what the job says, in so many threads, this one among them; returns when all is done or it is stopped. False: there
/// was no memory.
int hash_pieces(const pieces_job_t *job, int threads);

#endif
