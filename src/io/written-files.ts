// Which files of a torrent its stores have written to since they were last flushed, and which stores are under way.

import type { FileSegment } from '../host/disk.ts';
import { JobsUnderWay } from './jobs-under-way.ts';

export class WrittenFiles {
  readonly #stores = new JobsUnderWay();
  /** How many stores are at each file. */
  readonly #storing = new Map<number, number>();
  readonly #written = new Set<number>();
  readonly #flushing = new Set<number>();
  /** How many stores have begun. */
  begunCount = 0;

  /** Answers with what is to be told to `storeEnded`. */
  storeBegun(segments: readonly FileSegment[]): number {
    for (const { file } of segments) this.#storing.set(file, (this.#storing.get(file) ?? 0) + 1);
    this.begunCount++;
    return this.#stores.begun();
  }

  /** Well or not: where the disk was full, it has written in part. */
  storeEnded(turn: number, segments: readonly FileSegment[]): void {
    for (const { file } of segments) {
      const left = this.#storing.get(file)! - 1;
      if (left === 0) this.#storing.delete(file);
      else this.#storing.set(file, left);
      this.#written.add(file);
    }
    this.#stores.ended(turn);
  }

  /** Written to by something else than a store. */
  touched(files: Iterable<number>): void {
    for (const file of files) this.#written.add(file);
  }

  /** It is gone, and that is right. */
  forget(file: number): void {
    this.#written.delete(file);
  }

  /** No store has written to the file since it was last flushed, and none is about to. */
  isQuiet(file: number): boolean {
    return !this.#written.has(file) && !this.#storing.has(file) && !this.#flushing.has(file);
  }

  /** Hands over the files that were written to, when the stores that are under way have ended. */
  flush(call: (files: readonly number[]) => void): void {
    this.#stores.whenEnded(() => {
      const files = [...this.#written];
      this.#written.clear();
      for (const file of files) this.#flushing.add(file);
      call(files);
    });
  }

  /** They are on the disk, or are to be flushed once more. */
  flushed(files: readonly number[], isDone: boolean): void {
    for (const file of files) {
      this.#flushing.delete(file);
      if (!isDone) this.#written.add(file);
    }
  }
}
