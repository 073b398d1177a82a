// The files that a disk thread works on, and the memory that it reads pieces into. It knows which file is being worked on:
// that one is named when something fails.

import { SwarmlineError } from '../core/errors.ts';
import type { FileSegment } from '../host/disk.ts';
import { alignedBytes } from './aligned-bytes.ts';
import type { DiskFile, ExpectedTimes, OpenedFiles } from './disk-jobs.ts';
import { FilePool, nameOf } from './file-pool.ts';

export class ThreadFiles {
  readonly #pool: FilePool;
  #scratch: Uint8Array = new Uint8Array(0);
  /** The file that is being worked on; empty where it is none yet. */
  current = '';
  /** The inodes of the files that the job has stored to, in the order of its segments. */
  stored: number[] = [];

  constructor(maxOpenFiles: number) {
    this.#pool = new FilePool(maxOpenFiles);
  }

  readonly working = (file: {
    readonly path: readonly string[];
    readonly source?: string | undefined;
  }): void => {
    this.current = nameOf(file);
  };

  /** `modifiedMs`, and what it gives: see `FilePool.write`. */
  write(
    torrent: OpenedFiles,
    index: number,
    bytes: Uint8Array,
    position: number,
    modifiedMs?: number,
  ): number {
    const file = torrent.files[index]!;
    this.working(file);
    return this.#pool.write(torrent.folder, file, bytes, position, modifiedMs);
  }

  /** False where the file ends too soon. */
  read(
    torrent: OpenedFiles,
    index: number,
    bytes: Uint8Array,
    position: number,
    modifiedMs?: number,
  ): boolean {
    const file = torrent.files[index]!;
    this.working(file);
    return this.#pool.read(torrent.folder, file, bytes, position, modifiedMs);
  }

  /** Fills `bytes`, gaps with zeros; false where a file ends too soon. */
  readSegments(
    torrent: OpenedFiles,
    bytes: Uint8Array,
    segments: readonly FileSegment[],
    times?: ExpectedTimes,
  ): boolean {
    let end = 0;
    for (const [i, { file, offset, length, at }] of segments.entries()) {
      if (at > end) bytes.fill(0, end, at);
      end = at + length;
      if (!this.read(torrent, file, bytes.subarray(at, end), offset, times?.[i])) return false;
    }
    if (end < bytes.length) bytes.fill(0, end);
    return true;
  }

  /** Memory for the job under way: what was in it is there still. @throws SwarmlineError `DISK_FAILED` */
  scratch(length: number): Uint8Array {
    if (this.#scratch.length < length) this.#scratch = scratchOf(length);
    return this.#scratch.subarray(0, length);
  }

  close(files: readonly DiskFile[]): void {
    this.#pool.close(files);
  }

  /** The file that is being worked on has ended too soon. */
  shorter(): SwarmlineError {
    const message = `"${this.current}" has become shorter than it was.`;
    return new SwarmlineError('FILE_CHANGED', message, { where: this.current });
  }
}

/** @throws SwarmlineError `DISK_FAILED` */
function scratchOf(length: number): Uint8Array {
  try {
    return alignedBytes(length);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const message = `There is not enough memory to check pieces of ${length} bytes.`;
    throw new SwarmlineError('DISK_FAILED', message, { cause });
  }
}
