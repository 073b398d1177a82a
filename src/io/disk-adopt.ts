// Brings files of other torrents to a torrent that has the same, one job after the other: what has to be copied comes in
// ranges, so that no thread is busy for long.

import type { SwarmlineError } from '../core/errors.ts';
import type { AdoptCalls, TwinFile } from '../host/disk.ts';
import type { DiskJob } from './disk-jobs.ts';
import type { JobDone } from './disk-threads.ts';
import { Adopted, COPIED_AT_A_TIME } from './twin-file.ts';

export interface Adoption {
  readonly torrent: number;
  readonly twins: readonly TwinFile[];
  readonly lengthOf: (file: number) => number;
  readonly run: (job: DiskJob, done: JobDone) => void;
  /** A file is about to be written to. */
  readonly onWrite: (file: number) => void;
}

/** Returns a function that gives up: then nothing more is told. */
export function adoptFiles(adoption: Adoption, { progress, done }: AdoptCalls): () => void {
  const { torrent, twins, lengthOf, run, onWrite } = adoption;
  const total = twins.reduce((sum, { file }) => sum + lengthOf(file), 0);
  let isCancelled = false;
  let before = 0;
  let current = 0;
  let offset = 0;

  const adopted = (state: Adopted): void => {
    const length = lengthOf(twins[current]!.file);
    offset += COPIED_AT_A_TIME;
    if (state !== Adopted.Part || offset >= length) {
      before += length;
      current++;
      offset = 0;
    }
    progress(before + offset, total);
    next();
  };
  const next = (): void => {
    const twin = twins[current];
    if (isCancelled) return;
    if (twin === undefined) {
      done();
      return;
    }
    onWrite(twin.file);
    run({ kind: 'adopt', torrent, twin, offset }, ({ result }, fault?: SwarmlineError) => {
      if (isCancelled) return;
      if (fault === undefined) adopted((result as Uint8Array)[0]! as Adopted);
      else done(fault);
    });
  };

  queueMicrotask(next);
  return () => {
    isCancelled = true;
  };
}
