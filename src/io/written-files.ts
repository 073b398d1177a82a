// Which files of a torrent its stores have written to since they were last flushed, and which stores are under way.

import type { FileSegment } from '../host/disk.ts';
import { JobsUnderWay } from './jobs-under-way.ts';

export class WrittenFiles {
  readonly #stores = new JobsUnderWay();
  readonly #written = new Set<number>();

  /** Answers with what is to be told to `storeEnded`. */
  storeBegun(): number {
    return this.#stores.begun();
  }

  /** Well or not: where the disk was full, it has written in part. */
  storeEnded(turn: number, segments: readonly FileSegment[]): void {
    for (const { file } of segments) this.#written.add(file);
    this.#stores.ended(turn);
  }

  /** Hands over the files that were written to, when the stores that are under way have ended. */
  take(call: (files: readonly number[]) => void): void {
    this.#stores.whenEnded(() => {
      const files = [...this.#written];
      this.#written.clear();
      call(files);
    });
  }

  /** They are not on the disk yet. */
  putBack(files: readonly number[]): void {
    for (const file of files) this.#written.add(file);
  }
}
