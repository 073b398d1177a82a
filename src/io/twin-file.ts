// Another torrent's file becomes this torrent's, on a disk thread: cloned, which takes neither time nor room and leaves two
// files of their own; else under a second name, where it is known to be the same; else copied. What a user shares where it lies
// gets no second name: he may change it, and it would be mended through the other one.

import {
  closeSync,
  constants,
  copyFileSync,
  fstatSync,
  linkSync,
  lstatSync,
  openSync,
  readSync,
  realpathSync,
  truncateSync,
} from 'node:fs';
import type { FilePlace, TwinFile } from '../host/disk.ts';
import type { OpenedFiles } from './disk-jobs.ts';
import { systemCode } from './file-fault.ts';
import { placeInside } from './inside-folder.ts';
import type { ThreadFiles } from './thread-files.ts';

/** `No`: it is left out. `Whole`: it is there. `Part`: the range was copied. */
export const Adopted = { No: 0, Whole: 1, Part: 2 } as const;
export type Adopted = (typeof Adopted)[keyof typeof Adopted];

export const COPIED_AT_A_TIME = 8 * 1024 * 1024;

/** `offset`: where the range starts; at 0 nothing may stand in its place. @throws the system's error, SwarmlineError */
export function adoptTwin(
  files: ThreadFiles,
  torrent: OpenedFiles,
  { file, source, isProved }: TwinFile,
  offset: number,
): Adopted {
  const target = torrent.files[file]!;
  files.working(target);
  const from = placeOf(source);
  const twin = from === undefined ? undefined : openTwin(from);
  if (twin === undefined || from === undefined) return Adopted.No;
  try {
    if (isProved && twin.length !== target.length) return Adopted.No;
    if (offset === 0) {
      const to = placeInside(torrent.folder, target.path, true);
      if (lstatSync(to, { throwIfNoEntry: false }) !== undefined) return Adopted.No;
      if (isCloned(from, to)) {
        if (twin.length > target.length) truncateSync(to, target.length);
        return Adopted.Whole;
      }
      if (isProved && source.source === undefined && isLinked(from, to)) return Adopted.Whole;
    }
    const length = Math.min(COPIED_AT_A_TIME, Math.min(twin.length, target.length) - offset);
    if (length <= 0) return Adopted.Whole;
    const bytes = files.scratch(length);
    for (let done = 0; done < length; ) {
      const count = readSync(twin.descriptor, bytes, done, length - done, offset + done);
      // Somebody has cut it short. What was copied will be hashed.
      if (count === 0) return Adopted.No;
      done += count;
    }
    files.write(torrent, file, bytes, offset);
    return Adopted.Part;
  } finally {
    closeSync(twin.descriptor);
  }
}

/** Its real place; undefined where it cannot be found, for whatever reason. */
function placeOf({ folder, path, source }: FilePlace): string | undefined {
  try {
    return source === undefined ? placeInside(folder, path, false) : realpathSync(source);
  } catch {
    return undefined;
  }
}

/** A plain file; undefined where it is none. */
function openTwin(place: string): { readonly descriptor: number; readonly length: number } | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(place, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch {
    return undefined;
  }
  const status = fstatSync(descriptor);
  if (status.isFile()) return { descriptor, length: status.size };
  closeSync(descriptor);
  return undefined;
}

function isCloned(from: string, to: string): boolean {
  return isDone(() => copyFileSync(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE));
}

function isLinked(from: string, to: string): boolean {
  return isDone(() => linkSync(from, to));
}

/** A full disk and the like are faults; what the file system cannot do is not. */
function isDone(make: () => void): boolean {
  try {
    make();
    return true;
  } catch (error) {
    const code = systemCode(error);
    if (code !== undefined && FAULTS.has(code)) throw error;
    return false;
  }
}

const FAULTS: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'EACCES']);
