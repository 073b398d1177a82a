// Checks what is on the disk already: a few jobs at a time for each thread, some megabytes a job. Pieces of files that
// are missing or too short are passed over without a look.

import type { SwarmlineError } from '../core/errors.ts';
import type { PieceJob } from './disk-jobs.ts';
import type { DiskThreads } from './disk-threads.ts';

export interface CheckedPieces {
  readonly count: number;
  readonly jobOf: (piece: number) => PieceJob;
}

export interface CheckCalls {
  readonly onPiece: (piece: number, isRight: boolean) => void;
  readonly done: (fault?: SwarmlineError) => void;
}

/** Returns a function that gives up: then nothing more is told. */
export function checkFiles(
  threads: DiskThreads,
  torrent: number,
  pieces: CheckedPieces,
  { onPiece, done }: CheckCalls,
): () => void {
  let hasEnded = false;
  let next = 0;
  let jobsOut = 0;

  const end = (fault?: SwarmlineError) => {
    if (hasEnded) return;
    hasEnded = true;
    done(fault);
  };
  const nextJobs = (sizes: Float64Array): PieceJob[] => {
    const jobs: PieceJob[] = [];
    for (let bytes = 0; next < pieces.count && bytes < JOB_LENGTH; next++) {
      const job = pieces.jobOf(next);
      if (!isThere(job, sizes)) continue;
      jobs.push(job);
      bytes += job.length;
    }
    return jobs;
  };
  const run = (sizes: Float64Array) => {
    while (!hasEnded && jobsOut < 2 * threads.count) {
      const jobs = nextJobs(sizes);
      if (jobs.length === 0) break;
      jobsOut++;
      threads.run({ kind: 'check', torrent, pieces: jobs }, ({ result }, fault) => {
        jobsOut--;
        if (hasEnded) return;
        if (fault !== undefined) {
          end(fault);
          return;
        }
        const verdicts = result as Uint8Array;
        for (const [i, { piece }] of jobs.entries()) {
          if (verdicts[i] !== UNREADABLE) onPiece(piece, verdicts[i] === RIGHT);
        }
        run(sizes);
      });
    }
    if (jobsOut === 0) end();
  };

  threads.run({ kind: 'sizes', torrent }, ({ result }, fault) => {
    const sizes = result as Float64Array | undefined;
    if (fault !== undefined || sizes === undefined || sizes.every(size => size <= 0)) end(fault);
    else run(sizes);
  });
  return () => {
    hasEnded = true;
  };
}

/** Every part of the piece lies within a file as long as it is now. */
function isThere(job: PieceJob, sizes: Float64Array): boolean {
  for (const { file, offset, length } of job.segments) if (offset + length > sizes[file]!) return false;
  return job.segments.length > 0;
}

const RIGHT = 1;
const UNREADABLE = 2;
// Some milliseconds of hashing: long enough to be worth a message.
const JOB_LENGTH = 4_194_304;
