// What a disk thread does with files as a whole: looks at them, gives them room, copies them, removes the part file.

import {
  closeSync,
  existsSync,
  readSync,
  rmSync,
  type Stats,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { DiskFile, DiskJob, OpenedFiles, SeenFiles } from './disk-jobs.ts';
import { systemCode } from './file-fault.ts';
import { openInside } from './file-pool.ts';
import { PlacesInside, placeInside } from './inside-folder.ts';
import { PART_FILE_MARK } from './part-file.ts';
import type { FileRoom } from './reserve-room.ts';
import type { ThreadFiles } from './thread-files.ts';

export function look(threadFiles: ThreadFiles, torrent: OpenedFiles): SeenFiles {
  const { folder, files, markCount } = torrent;
  const lengths = new Float64Array(files.length).fill(-1);
  const modifiedMs = new Float64Array(files.length);
  const inodes = new Float64Array(files.length);
  const places = new PlacesInside(folder);
  for (const [i, file] of files.entries()) {
    threadFiles.working(file);
    const status = statusOf(places, file);
    if (!status?.isFile()) continue;
    lengths[i] = status.size;
    modifiedMs[i] = status.mtimeMs;
    inodes[i] = status.ino;
  }
  const hasParts = markCount > 0 && lengths.at(-1)! >= 0;
  return { lengths, modifiedMs, inodes, marks: hasParts ? marksOf(torrent) : undefined };
}

export function roomOf(threadFiles: ThreadFiles, { folder, files }: OpenedFiles): FileRoom {
  const places = new PlacesInside(folder);
  const taken = Float64Array.from(files, file => {
    threadFiles.working(file);
    const status = statusOf(places, file);
    // Windows counts no blocks.
    return status === undefined ? 0 : status.blocks === undefined ? status.size : status.blocks * 512;
  });
  const { bavail, bsize } = statfsSync(existingAbove(folder));
  return { taken, free: bavail * bsize };
}

export function reserve(
  threadFiles: ThreadFiles,
  torrent: OpenedFiles,
  { file, offset, length }: DiskJob & { readonly kind: 'reserve' },
): void {
  for (let done = 0; done < length; done += ZEROS.length) {
    const zeros = ZEROS.subarray(0, Math.min(ZEROS.length, length - done));
    threadFiles.write(torrent, file, zeros, offset + done);
  }
}

/** What is not there yet, or nothing but zeros, stays a hole in the copy, unless the file has no holes. */
export function copy(
  threadFiles: ThreadFiles,
  torrent: OpenedFiles,
  job: DiskJob & { readonly kind: 'copy' },
): void {
  const file = torrent.files[job.file]!;
  threadFiles.working(file);
  const status = statusOf(new PlacesInside(torrent.folder), file);
  const { size, blocks } = status ?? { size: 0, blocks: 0 };
  const mayHole = job.mayHole && blocks * 512 < size;
  const target = openInside(job.folder, [job.copyName], true);
  try {
    const end = Math.min(size, job.offset + job.length);
    for (let at = job.offset; at < end; at += ZEROS.length) {
      const bytes = threadFiles.scratch(Math.min(ZEROS.length, end - at));
      if (!threadFiles.read(torrent, job.file, bytes, at)) throw threadFiles.shorter();
      if (mayHole && Buffer.compare(bytes, ZEROS.subarray(0, bytes.length)) === 0) continue;
      for (let done = 0; done < bytes.length; )
        done += writeSync(target, bytes, done, bytes.length - done, at + done);
    }
  } finally {
    closeSync(target);
  }
}

export function dropParts(threadFiles: ThreadFiles, { folder, files }: OpenedFiles): void {
  const parts = files.at(-1)!;
  threadFiles.working(parts);
  threadFiles.close([parts]);
  rmSync(placeInside(folder, parts.path, false), { force: true });
}

/** Undefined where it is no part file of ours. */
function marksOf({ folder, files, markCount }: OpenedFiles): Uint8Array | undefined {
  const descriptor = openInside(folder, files.at(-1)!.path, false);
  try {
    const bytes = new Uint8Array(PART_FILE_MARK.length + markCount);
    readSync(descriptor, bytes, 0, bytes.length, 0);
    const isOurs = PART_FILE_MARK.every((byte, i) => bytes[i] === byte);
    return isOurs ? bytes.slice(PART_FILE_MARK.length) : undefined;
  } finally {
    closeSync(descriptor);
  }
}

/** Undefined where nothing is there. */
function statusOf(places: PlacesInside, { path, source }: DiskFile): Stats | undefined {
  try {
    return source === undefined ? places.status(path) : statSync(source, { throwIfNoEntry: false });
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** The folder, or the next one above that is there. */
function existingAbove(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : existingAbove(dirname(folder));
}

const ZEROS = new Uint8Array(1_048_576);
