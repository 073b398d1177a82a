// Brings files from the disk into the system's page cache a little before the hashing threads ask for them, in the order
// of the piece space, so that a disk sees one long read and never waits for a hash. What it reads is not looked at.
// Worth its cost only where the data is not in the cache already: it is started when reads have been slow.

import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Layout } from '../core/metainfo/layout.ts';
import type { HashFile } from '../host/piece-hasher.ts';
import { alignedBytes } from './aligned-bytes.ts';
import { OPEN_FLAGS } from './plan-files.ts';

export class ReadAhead {
  readonly #files: readonly HashFile[];
  readonly #layout: Layout;
  readonly #claimed: () => number;
  readonly #scratch = alignedBytes(CHUNK_LENGTH);
  #at = 0;
  #isStopped = false;

  /** `claimed` says up to which byte of the piece space the threads have taken work. */
  constructor(files: readonly HashFile[], layout: Layout, claimed: () => number) {
    this.#files = files;
    this.#layout = layout;
    this.#claimed = claimed;
  }

  /** Reads until the end of the piece space, or until `stop`. Faults are left to those who need the data. */
  async run(): Promise<void> {
    await Promise.all(Array.from({ length: LANES }, () => this.#runLane()));
  }

  stop(): void {
    this.#isStopped = true;
  }

  async #runLane(): Promise<void> {
    let file = -1;
    let handle: FileHandle | undefined;
    try {
      for (let range = await this.#next(); range !== undefined; range = await this.#next()) {
        for (const segment of this.#layout.segments(range.start, range.length)) {
          if (this.#isStopped) return;
          if (segment.file !== file) {
            await handle?.close();
            file = segment.file;
            handle = await openOrNothing(this.#files[file]!.path);
          }
          if (handle !== undefined) await this.#read(handle, segment.offset, segment.length);
        }
      }
    } finally {
      await handle?.close();
    }
  }

  /** The next range to read, when the threads are near enough to it; undefined at the end. */
  async #next(): Promise<{ start: number; length: number } | undefined> {
    for (;;) {
      const claimed = this.#claimed();
      if (this.#isStopped || claimed >= this.#layout.length) return undefined;
      this.#at = Math.max(this.#at, claimed);
      if (this.#at >= this.#layout.length) return undefined;
      if (this.#at < claimed + WINDOW_LENGTH) break;
      await delay(WAIT_MS);
    }
    const start = this.#at;
    const length = Math.min(CHUNK_LENGTH, this.#layout.length - start);
    this.#at += length;
    return { start, length };
  }

  async #read(handle: FileHandle, offset: number, length: number): Promise<void> {
    await handle.read(this.#scratch, 0, length, offset).catch(() => {});
  }
}

async function openOrNothing(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, OPEN_FLAGS);
  } catch {
    return undefined;
  }
}

const CHUNK_LENGTH = 2 * 1024 * 1024;
const WINDOW_LENGTH = 64 * 1024 * 1024;
// Two, so that the disk has the next read before it has done with this one.
const LANES = 2;
const WAIT_MS = 2;
