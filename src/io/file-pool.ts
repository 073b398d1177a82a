// Open files of one disk thread: the least lately used is closed when there are too many. Files are made when they are
// first written, sparse: what was not written yet takes no room.

import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { placeInside } from './inside-folder.ts';

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
  write(folder: string, path: readonly string[], bytes: Uint8Array, position: number): void {
    const descriptor = this.#use(folder, path, true);
    let done = 0;
    while (done < bytes.length) {
      done += writeSync(descriptor, bytes, done, bytes.length - done, position + done);
    }
  }

  /** Fills `bytes`; false where the file ends before. @throws the system's error, SwarmlineError `PATH_ESCAPES` */
  read(folder: string, path: readonly string[], bytes: Uint8Array, position: number): boolean {
    const descriptor = this.#use(folder, path, false);
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

  #use(folder: string, path: readonly string[], write: boolean): number {
    const key = `${folder}\0${path.join('\0')}`;
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
    const place = placeInside(folder, path, write);
    const flags = write ? constants.O_RDWR | constants.O_CREAT : constants.O_RDONLY;
    const descriptor = openSync(place, flags | NO_FOLLOW | NO_BLOCK, 0o666);
    if (!fstatSync(descriptor).isFile()) {
      closeSync(descriptor);
      throw Object.assign(new Error('it is no plain file'), { code: 'EINVAL' });
    }
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

// Links were resolved above, one that appears since is refused; a pipe must not hang the thread. Windows has neither.
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;
const NO_BLOCK = constants.O_NONBLOCK ?? 0;
