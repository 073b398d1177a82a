// Reserves room for files, one job after the other; each is made of what is missing at that moment, with no other job of the
// torrent under way. What room is and why it is zeros is said in reserve-room.

import type { Bitfield } from '../core/bytes/bitfield.ts';
import type { SwarmlineError } from '../core/errors.ts';
import type { Layout } from '../core/metainfo/layout.ts';
import type { ReserveCalls } from '../host/disk.ts';
import type { DiskJob } from './disk-jobs.ts';
import type { JobDone } from './disk-threads.ts';
import type { JobGate } from './job-gate.ts';
import {
  type FileRoom,
  lackOf,
  nextGap,
  noRoom,
  RESERVED_AT_A_TIME,
  roomFault,
  type WantedFile,
} from './reserve-room.ts';

export interface Reservation {
  readonly torrent: number;
  readonly layout: Layout;
  /** That are to have room. */
  readonly files: readonly WantedFile[];
  /** Pieces that are there at that moment. */
  readonly have: () => Bitfield;
  readonly gate: JobGate;
  readonly run: (job: DiskJob, done: JobDone) => void;
  /** A file is about to be written to. */
  readonly onWrite: (file: number) => void;
}

/** Returns a function that gives up: then nothing more is told. */
export function reserveFiles(reservation: Reservation, { progress, done }: ReserveCalls): () => void {
  const { torrent, layout, files, have, gate, run, onWrite } = reservation;
  let isCancelled = false;
  let lacking: readonly WantedFile[] = [];
  let total = 0;
  let reserved = 0;
  let current = 0;
  let at = 0;

  /** Of the first file that has a gap. */
  const nextJob = () => {
    for (; current < lacking.length; current++, at = 0) {
      const file = lacking[current]!;
      const gap = nextGap(layout, file, have(), at, RESERVED_AT_A_TIME);
      if (gap !== undefined) return { file, gap };
    }
    return undefined;
  };
  const end = (fault?: SwarmlineError) => {
    if (!isCancelled) done(fault);
  };
  const next = (): void =>
    gate.shut(open => {
      const job = isCancelled ? undefined : nextJob();
      if (job === undefined) {
        open();
        end();
        return;
      }
      const { file, gap } = job;
      onWrite(file.index);
      run({ kind: 'reserve', torrent, file: file.index, ...gap }, (_, fault) => {
        open();
        if (fault !== undefined) {
          end(fault.code === 'DISK_FULL' ? noRoom(file.name, total - reserved) : fault);
          return;
        }
        reserved = Math.min(total, reserved + gap.length);
        at = gap.offset + gap.length;
        if (!isCancelled) progress(reserved, total);
        next();
      });
    });

  gate.pass(() =>
    run({ kind: 'room', torrent }, ({ result }, fault) => {
      gate.left();
      const room = result as FileRoom | undefined;
      const lack = room === undefined ? fault : roomFault(files, room);
      if (room === undefined || lack !== undefined) {
        end(lack);
        return;
      }
      const lacks = lackOf(files, room);
      lacking = files.filter((_, i) => lacks[i]! > 0);
      total = lacks.reduce((sum, each) => sum + each, 0);
      next();
    }),
  );
  return () => {
    isCancelled = true;
  };
}
