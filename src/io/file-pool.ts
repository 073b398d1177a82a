// Open files of one disk thread: the least lately used is closed when there are too many. Files are made when they are
// first written, sparse: what was not written yet takes no room. A file that is in use is looked at once a second: one that
// somebody has removed, replaced or written to is not used any more.

import { closeSync, constants, fstatSync, openSync, readSync, type Stats, writeSync } from 'node:fs';
import { SwarmlineError } from '../core/errors.ts';
import { FoldersInside, placeInside } from './inside-folder.ts';

/** A file of a torrent: below its folder, or where the user has it. The same file is the same object. */
export interface PooledFile {
  readonly path: readonly string[];
  readonly source: string | undefined;
}

interface OpenFile {
  readonly descriptor: number;
  readonly isWritable: boolean;
  readonly inode: number;
  /** When it was looked at last. */
  lookedAt: number;
}

/** It was removed or replaced while it was open: what was written to it is lost, whoever wrote last. */
export class FileGone extends SwarmlineError {
  constructor(where: string) {
    super('FILE_CHANGED', `"${where}" is gone: it was removed or replaced.`, { where });
  }
}

export class FilePool {
  readonly #open = new Map<PooledFile, OpenFile>();
  readonly #maxOpen: number;
  readonly #folders = new FoldersInside();

  constructor(maxOpen: number) {
    this.#maxOpen = maxOpen;
  }

  /**
   * Writes all of `bytes`. `modifiedMs`: when the file should have been changed last; 0 where that is not known. Gives the
   * number of the file's inode: another thread may have written to another file of that name.
   * @throws the system's error, SwarmlineError `PATH_ESCAPES`, `FILE_CHANGED`
   */
  write(folder: string, file: PooledFile, bytes: Uint8Array, position: number, modifiedMs = 0): number {
    const { descriptor, inode } = this.#use(folder, file, true, modifiedMs);
    let done = 0;
    while (done < bytes.length) {
      done += writeSync(descriptor, bytes, done, bytes.length - done, position + done);
    }
    return inode;
  }

  /** Fills `bytes`; false where the file ends before. @throws as `write` */
  read(folder: string, file: PooledFile, bytes: Uint8Array, position: number, modifiedMs = 0): boolean {
    const { descriptor } = this.#use(folder, file, false, modifiedMs);
    let done = 0;
    while (done < bytes.length) {
      const count = readSync(descriptor, bytes, done, bytes.length - done, position + done);
      if (count === 0) return false;
      done += count;
    }
    return true;
  }

  /** Closes those of these files that are open. */
  close(files: readonly PooledFile[]): void {
    if (files.length <= this.#open.size) {
      for (const file of files) this.#close(file);
      return;
    }
    const closed = new Set(files);
    for (const file of [...this.#open.keys()]) if (closed.has(file)) this.#close(file);
  }

  #use(folder: string, file: PooledFile, write: boolean, modifiedMs: number): OpenFile {
    const known = this.#open.get(file);
    if (known !== undefined && (known.isWritable || !write)) {
      // The youngest is last.
      this.#open.delete(file);
      this.#open.set(file, known);
      const now = performance.now();
      if (now - known.lookedAt >= LOOK_AGAIN_MS) {
        known.lookedAt = now;
        this.#expect(file, fstatSync(known.descriptor), modifiedMs);
      }
      return known;
    }
    this.#close(file);
    this.#makeRoom();
    const descriptor =
      file.source === undefined
        ? openPlace(this.#folders.place(folder, file.path, write), write)
        : openSource(file.source, write);
    const status = fstatSync(descriptor);
    const opened = { descriptor, isWritable: write, inode: status.ino, lookedAt: performance.now() };
    this.#open.set(file, opened);
    if (modifiedMs !== 0) this.#expect(file, status, modifiedMs);
    return opened;
  }

  /** @throws SwarmlineError `FILE_CHANGED` where it is not what it should be: it is opened anew the next time */
  #expect(file: PooledFile, status: Stats, modifiedMs: number): void {
    const isGone = status.nlink === 0;
    if (!isGone && (modifiedMs === 0 || status.mtimeMs === modifiedMs)) return;
    this.#close(file);
    const where = nameOf(file);
    if (isGone) throw new FileGone(where);
    throw new SwarmlineError('FILE_CHANGED', `"${where}" was changed by another program.`, { where });
  }

  #close(file: PooledFile): void {
    const opened = this.#open.get(file);
    if (opened === undefined) return;
    this.#open.delete(file);
    closeSync(opened.descriptor);
  }

  #makeRoom(): void {
    if (this.#open.size < this.#maxOpen) return;
    const [oldest] = this.#open.keys();
    this.#close(oldest!);
  }
}

/** How a file is named to the user: where it is, if it lies elsewhere than the torrent says. */
export function nameOf({ path, source }: Partial<PooledFile> & Pick<PooledFile, 'path'>): string {
  return source ?? path.join('/');
}

/**
 * Opens a plain file below `folder`, and makes it where it is to be written and is not there.
 * @throws the system's error, SwarmlineError `PATH_ESCAPES`
 */
export function openInside(folder: string, path: readonly string[], write: boolean): number {
  return openPlace(placeInside(folder, path, write), write);
}

function openPlace(place: string, write: boolean): number {
  const flags = write ? constants.O_RDWR | constants.O_CREAT : constants.O_RDONLY;
  return openPlain(place, flags | NO_FOLLOW);
}

/** A file of the user's, which may be reached by a link and is not ours to write. */
function openSource(source: string, write: boolean): number {
  if (!write) return openPlain(source, constants.O_RDONLY);
  const message = `"${source}" is no longer what the torrent says, and is not overwritten: make the torrent again.`;
  throw new SwarmlineError('FILE_CHANGED', message, { where: source });
}

function openPlain(place: string, flags: number): number {
  const descriptor = openSync(place, flags | NO_BLOCK, 0o666);
  if (fstatSync(descriptor).isFile()) return descriptor;
  closeSync(descriptor);
  throw Object.assign(new Error('it is no plain file'), { code: 'EINVAL' });
}

// Links were resolved above, one that appears since is refused; a pipe must not hang the thread. Windows has neither.
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;
const NO_BLOCK = constants.O_NONBLOCK ?? 0;
// A call of the system's once a second for a file costs nothing.
const LOOK_AGAIN_MS = 1000;
