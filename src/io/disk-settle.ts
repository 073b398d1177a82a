// What lies in the part file and is wanted by now goes to its own file, a few pieces at a time; where nothing is left in the
// part file, that goes. While it is under way nothing else is: whoever calls has shut the gate.

import type { SwarmlineError } from '../core/errors.ts';
import type { DiskJob, SettledPiece } from './disk-jobs.ts';
import type { JobDone } from './disk-threads.ts';
import type { FileMap } from './file-map.ts';

export interface Settled {
  /** Pieces that turned out not to be right. */
  readonly lost: readonly number[];
  readonly hasChanged: boolean;
}

export interface SettledFiles {
  readonly torrent: number;
  readonly map: FileMap;
  /** Of the torrent; the part file is behind them. */
  readonly fileCount: number;
  readonly run: (job: DiskJob, done: JobDone) => void;
  /** The threads close what they have open of it. */
  readonly forget: () => void;
}

export function settleFiles(files: SettledFiles, done: (result: Settled | SwarmlineError) => void): void {
  const { torrent, map, fileCount, run } = files;
  const pieces = map.unsettled();
  const lost: number[] = [];
  const next = (begin: number) => {
    const some = pieces.slice(begin, begin + SETTLED_AT_A_TIME);
    if (some.length === 0) {
      dropIdleParts(files, fault => done(fault ?? { lost, hasChanged: pieces.length > 0 }));
      return;
    }
    run({ kind: 'settle', torrent, pieces: some }, ({ result }, fault) => {
      for (const { to } of some) map.written.touched(to.map(({ file }) => file));
      map.written.touched([fileCount]);
      if (fault !== undefined) {
        done(fault);
        return;
      }
      map.settled(some);
      lost.push(...wrongOf(some, result as Uint8Array));
      next(begin + SETTLED_AT_A_TIME);
    });
  };
  next(0);
}

function dropIdleParts(
  { torrent, map, run, forget }: SettledFiles,
  done: (fault?: SwarmlineError) => void,
): void {
  if (!map.hasIdleParts) {
    done();
    return;
  }
  // None is to go on with one that is gone, and open still.
  forget();
  run({ kind: 'drop parts', torrent }, (_, fault) => {
    if (fault === undefined) map.partsDropped();
    done(fault);
  });
}

function wrongOf(pieces: readonly SettledPiece[], verdicts: Uint8Array): number[] {
  return pieces.flatMap(({ piece }, i) => (verdicts[i] === RIGHT ? [] : [piece.piece]));
}

const RIGHT = 1;
// Each is read and hashed.
const SETTLED_AT_A_TIME = 8;
