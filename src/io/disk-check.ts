// Checks what is on the disk already: a few jobs at a time for each thread, some megabytes a job. Pieces of files that
// are missing or too short are passed over without a look, however many they are, and so are those that nobody asked
// about: the network shares this thread.

import type { Bitfield } from '../core/bytes/bitfield.ts';
import type { SwarmlineError } from '../core/errors.ts';
import type { LayoutFile } from '../core/metainfo/layout.ts';
import type { PieceJob, SeenFiles } from './disk-jobs.ts';
import type { DiskThreads, JobOwner } from './disk-threads.ts';

export interface CheckedPieces {
  readonly count: number;
  readonly pieceLength: number;
  /** In order of their offsets. */
  readonly files: readonly LayoutFile[];
  /** @default every piece */
  readonly only?: Bitfield | undefined;
  /** All files were long enough when they were last looked at: what is one job then does without another look. */
  readonly wasThere?: boolean;
  readonly jobOf: (piece: number) => PieceJob;
  /** The file's bytes of the piece are in the part file. @default they are not */
  readonly isInParts?: (file: number, piece: number) => boolean;
}

export interface CheckCalls {
  readonly onPiece: (piece: number, isRight: boolean) => void;
  readonly done: (fault?: SwarmlineError) => void;
}

/** Returns a function that gives up: then nothing more is told. */
export function checkFiles(
  threads: Pick<DiskThreads, 'count' | 'run'>,
  owner: JobOwner,
  pieces: CheckedPieces,
  { onPiece, done }: CheckCalls,
): () => void {
  const { only } = pieces;
  let hasEnded = false;
  let next = 0;
  let jobsOut = 0;
  let missing: readonly PieceRange[] = [];
  let passed = 0;
  let isLookedAt = false;

  const end = (fault?: SwarmlineError) => {
    if (hasEnded) return;
    hasEnded = true;
    done(fault);
  };
  const passOver = () => {
    for (;;) {
      while (only !== undefined && next < pieces.count && !only.has(next)) next++;
      const range = missing[passed];
      if (range === undefined || range.first > next) return;
      next = Math.max(next, range.last + 1);
      passed++;
    }
  };
  const nextJobs = (): PieceJob[] => {
    const jobs: PieceJob[] = [];
    passOver();
    for (let bytes = 0, looks = 0; next < pieces.count && bytes < JOB_LENGTH && looks < MAX_LOOKS; looks++) {
      const job = pieces.jobOf(next++);
      passOver();
      // A piece of nothing but padding is on no disk.
      if (job.segments.length === 0) continue;
      jobs.push(job);
      bytes += job.length;
    }
    return jobs;
  };
  const run = () => {
    while (!hasEnded && jobsOut < 2 * threads.count) {
      const jobs = nextJobs();
      if (jobs.length === 0) break;
      jobsOut++;
      threads.run(owner, { kind: 'check', torrent: owner.torrent, pieces: jobs }, ({ result }, fault) => {
        jobsOut--;
        if (hasEnded) return;
        if (fault !== undefined) {
          // What was there may be gone.
          if (isLookedAt) end(fault);
          else look();
          return;
        }
        const verdicts = result as Uint8Array;
        for (const [i, { piece }] of jobs.entries()) {
          if (verdicts[i] !== UNREADABLE) onPiece(piece, verdicts[i] === RIGHT);
        }
        run();
      });
    }
    if (hasEnded || jobsOut > 0) return;
    if (next < pieces.count) setImmediate(run);
    else end();
  };

  const look = () => {
    isLookedAt = true;
    next = 0;
    const { folder, files, markCount } = owner.opened();
    threads.run(owner, { kind: 'look', folder, files, markCount }, ({ result }, fault) => {
      if (hasEnded) return;
      const lengths = (result as SeenFiles | undefined)?.lengths;
      if (fault !== undefined || lengths === undefined || lengths.every(length => length <= 0)) {
        end(fault);
        return;
      }
      missing = missingPieces(pieces, lengths);
      run();
    });
  };

  const isOneJob = pieces.count * pieces.pieceLength <= JOB_LENGTH && pieces.count <= MAX_LOOKS;
  if (isOneJob && pieces.wasThere === true) run();
  else look();
  return () => {
    hasEnded = true;
  };
}

interface PieceRange {
  readonly first: number;
  readonly last: number;
}

/** Pieces of which a byte lies beyond its file's end as that is now; in order, neighbours as one range. */
function missingPieces(
  { files, pieceLength, isInParts }: CheckedPieces,
  lengths: Float64Array,
): PieceRange[] {
  const ranges: { first: number; last: number }[] = [];
  for (const [i, { offset, length }] of files.entries()) {
    const there = Math.max(0, lengths[i]!);
    if (there >= length) continue;
    let first = Math.floor((offset + there) / pieceLength);
    let last = Math.floor((offset + length - 1) / pieceLength);
    // No more than its first and its last can be.
    if (isInParts?.(i, last) === true) last--;
    if (first <= last && isInParts?.(i, first) === true) first++;
    if (first > last) continue;
    const before = ranges.at(-1);
    if (before !== undefined && first <= before.last + 1) before.last = Math.max(before.last, last);
    else ranges.push({ first, last });
  }
  return ranges;
}

const RIGHT = 1;
const UNREADABLE = 2;
// Some milliseconds of hashing: long enough to be worth a message.
const JOB_LENGTH = 8_388_608;
// Of tiny pieces no more are a job, and of pieces that need no check no more are looked at without a break.
const MAX_LOOKS = 1024;
