// Moves a torrent's files while its jobs go on. On one file system they get other names, and jobs wait for that moment. To
// another they are copied first, a few megabytes a job, under names of their own; what is stored meanwhile is copied once
// more, again and again until little is left; then jobs wait for the last of it, and for the names.

import { SwarmlineError } from '../core/errors.ts';
import type { FileSegment, MoveCalls } from '../host/disk.ts';
import type { DiskJob } from './disk-jobs.ts';
import type { JobDone } from './disk-threads.ts';
import type { JobGate } from './job-gate.ts';
import { copyNameOf, type MovePlan, type TargetPlace } from './move-files.ts';

export interface Move {
  readonly torrent: number;
  readonly to: TargetPlace;
  readonly gate: JobGate;
  readonly run: (job: DiskJob, done: JobDone) => void;
  /** Pieces that are stored from now on are noted in here. */
  readonly note: (stored: Set<number> | undefined) => void;
  /** Where a piece lies. */
  readonly segmentsOf: (piece: number) => readonly FileSegment[];
  /** With all jobs waiting: the files are at the new place, and some of them were copied. Says when it knows them there. */
  readonly arrived: (copied: Uint8Array, done: (result: Parameters<MoveCalls['done']>[0]) => void) => void;
  /** The threads are to close the files. */
  readonly forget: () => void;
}

/** Returns a function that gives up, as long as nothing has been moved. */
export function moveFiles(move: Move, { begun, progress, done }: MoveCalls): () => void {
  const { torrent, to, gate, run, note, segmentsOf, arrived, forget } = move;
  let isCancelled = false;
  let isRelocating = false;
  let stored = new Set<number>();

  const end = (result: Parameters<MoveCalls['done']>[0]) => {
    note(undefined);
    done(result);
  };
  const giveUp = (fault: SwarmlineError) => run({ kind: 'drop copies', torrent, to }, () => end(fault));
  /** One range after the other; tells a fault, or that it was given up. */
  const copyRanges = (
    mayHole: boolean,
    next: () => Range | undefined,
    copied: (length: number) => void,
    ended: (fault?: SwarmlineError) => void,
  ): void => {
    const range = isCancelled ? undefined : next();
    if (range === undefined) {
      ended(isCancelled ? givenUp() : undefined);
      return;
    }
    const copyName = copyNameOf(to, range.file);
    run({ kind: 'copy', torrent, folder: to.folder, copyName, mayHole, ...range }, (_, fault) => {
      if (fault === undefined) copied(range.length);
      if (fault === undefined) copyRanges(mayHole, next, copied, ended);
      else ended(fault);
    });
  };

  const copyStored = (plan: MovePlan, ended: (fault?: SwarmlineError) => void): void => {
    const pieces = stored;
    stored = new Set();
    note(stored);
    const ranges: Range[] = [];
    for (const piece of pieces) {
      for (const { file, offset, length } of segmentsOf(piece))
        if (plan.isCopied[file] === 1) ranges.push({ file, offset, length });
    }
    copyRanges(
      false,
      () => ranges.pop(),
      () => {},
      ended,
    );
  };
  const catchUp = (plan: MovePlan, round: number): void => {
    if (stored.size <= FEW_PIECES || round === MAX_ROUNDS) {
      run({ kind: 'sync copies', torrent, to, isCopied: plan.isCopied }, (_, fault) => {
        if (fault === undefined && !isCancelled) relocate(plan);
        else giveUp(fault ?? givenUp());
      });
      return;
    }
    copyStored(plan, fault => (fault === undefined ? catchUp(plan, round + 1) : giveUp(fault)));
  };
  const relocate = (plan: MovePlan): void => {
    isRelocating = true;
    gate.shut(open => {
      const stop = (fault: SwarmlineError) => {
        open();
        giveUp(fault);
      };
      copyStored(plan, fault => {
        if (fault !== undefined) {
          stop(fault);
          return;
        }
        // What is open could not be renamed everywhere.
        forget();
        run({ kind: 'relocate', torrent, to, isCopied: plan.isCopied }, ({ result }, failed) => {
          if (failed !== undefined) {
            stop(failed);
            return;
          }
          arrived(result as Uint8Array, moved => {
            open();
            end(moved);
          });
        });
      });
    });
  };

  // Before anything is looked at: what is stored from here on may be missed.
  note(stored);
  run({ kind: 'plan move', torrent, to }, ({ result }, fault) => {
    if (fault !== undefined || isCancelled) {
      end(fault ?? givenUp());
      return;
    }
    const plan = result as MovePlan;
    begun(() => {
      const ranges = rangesOf(plan);
      const total = plan.lengths.reduce((sum, length, i) => sum + plan.isCopied[i]! * length, 0);
      let copied = 0;
      copyRanges(
        true,
        () => ranges.next().value ?? undefined,
        length => {
          copied += length;
          progress(copied, total);
        },
        failed => (failed === undefined ? catchUp(plan, 1) : giveUp(failed)),
      );
    });
  });
  return () => {
    if (!isRelocating) isCancelled = true;
  };
}

interface Range {
  readonly file: number;
  readonly offset: number;
  readonly length: number;
}

function* rangesOf({ isCopied, lengths }: MovePlan): Generator<Range, undefined> {
  for (let file = 0; file < lengths.length; file++) {
    if (isCopied[file] === 0) continue;
    for (let offset = 0; offset < lengths[file]!; offset += COPIED_AT_A_TIME)
      yield { file, offset, length: Math.min(COPIED_AT_A_TIME, lengths[file]! - offset) };
  }
  return undefined;
}

function givenUp(): SwarmlineError {
  return new SwarmlineError('MOVE_GIVEN_UP', 'The move was given up: all files are where they were.');
}

const COPIED_AT_A_TIME = 4_194_304;
// With so many pieces to be copied still, jobs may be kept waiting; and at some time they have to be.
const FEW_PIECES = 16;
const MAX_ROUNDS = 8;
