// Open files of one disk thread: the least lately used is closed when there are too many. Files are made when they are
// first written, sparse: what was not written yet takes no room.

import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { SwarmlineError } from '../core/errors.ts';
import { placeInside } from './inside-folder.ts';

/** A file of a torrent: below its folder, or where the user has it. */
export interface PooledFile {
  readonly path: readonly string[];
  readonly source: string | undefined;
}

interface OpenFile {
  readonly descriptor: number;
  readonly isWritable: boolean;
}

export class FilePool {
  readonly #open = new Map<string, OpenFile>();
  readonly #maxOpen: number;

  constructor(maxOpen: number) {
    this.#maxOpen = maxOpen;
  }

  /** Writes all of `bytes`. @throws the system's error, SwarmlineError `PATH_ESCAPES` */
  write(folder: string, file: PooledFile, bytes: Uint8Array, position: number): void {
    const descriptor = this.#use(folder, file, true);
    let done = 0;
    while (done < bytes.length) {
      done += writeSync(descriptor, bytes, done, bytes.length - done, position + done);
    }
  }

  /** Fills `bytes`; false where the file ends before. @throws the system's error, SwarmlineError `PATH_ESCAPES` */
  read(folder: string, file: PooledFile, bytes: Uint8Array, position: number): boolean {
    const descriptor = this.#use(folder, file, false);
    let done = 0;
    while (done < bytes.length) {
      const count = readSync(descriptor, bytes, done, bytes.length - done, position + done);
      if (count === 0) return false;
      done += count;
    }
    return true;
  }

  closeFolder(folder: string): void {
    for (const [key, file] of this.#open) {
      if (!key.startsWith(`${folder}\0`)) continue;
      closeSync(file.descriptor);
      this.#open.delete(key);
    }
  }

  #use(folder: string, file: PooledFile, write: boolean): number {
    // Two torrents may have one name below one folder, and a source each.
    const key = `${folder}\0${file.source ?? ''}\0${file.path.join('\0')}`;
    const known = this.#open.get(key);
    if (known !== undefined) {
      this.#open.delete(key);
      if (known.isWritable || !write) {
        // The youngest is last.
        this.#open.set(key, known);
        return known.descriptor;
      }
      closeSync(known.descriptor);
    }
    this.#makeRoom();
    const descriptor =
      file.source === undefined ? openInside(folder, file.path, write) : openSource(file.source, write);
    this.#open.set(key, { descriptor, isWritable: write });
    return descriptor;
  }

  #makeRoom(): void {
    if (this.#open.size < this.#maxOpen) return;
    const [key, oldest] = this.#open.entries().next().value!;
    closeSync(oldest.descriptor);
    this.#open.delete(key);
  }
}

/**
 * Opens a plain file below `folder`, and makes it where it is to be written and is not there.
 * @throws the system's error, SwarmlineError `PATH_ESCAPES`
 */
export function openInside(folder: string, path: readonly string[], write: boolean): number {
  const place = placeInside(folder, path, write);
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
