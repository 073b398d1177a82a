// Where the bytes of a torrent lie, as the main thread knows it: which file, and how that looked when it was last looked at.
// A file that none of our own stores is at still looks so, or somebody else has changed it: jobs carry the time that is
// expected, and the threads compare. Made small for a torrent that does nothing.

import { resolve } from 'node:path';
import type { DiskPlan, FileSegment, FileStates, FlushedFiles } from '../host/disk.ts';
import type { DiskFile, OpenedFiles, PieceJob } from './disk-jobs.ts';
import { WrittenFiles } from './written-files.ts';

export class FileMap {
  readonly #plan: DiskPlan;
  #seen: FileStates | undefined;
  #written: WrittenFiles | undefined;

  constructor(plan: DiskPlan) {
    this.#plan = plan;
  }

  /** What a thread has to know to work for the torrent. */
  opened(): OpenedFiles {
    const { folder, files, sources, isWanted } = this.#plan;
    return {
      folder: resolve(folder),
      files: files.map(
        (file, index): DiskFile => ({
          path: file.path,
          source: sources?.[index],
          length: file.length,
          isExecutable: file.executable === true,
          symlinkTarget: file.symlinkTarget,
          isWanted: isWanted(index),
        }),
      ),
    };
  }

  /** Something is to be made when all is there: empty files, links, executable bits. */
  get hasMoreThanData(): boolean {
    if (this.#plan.sources !== undefined) return false;
    return this.#plan.files.some(file => file.length === 0 || file.executable === true);
  }

  segments(piece: number, begin: number, length: number): FileSegment[] {
    const { layout } = this.#plan;
    return layout.segments(piece * layout.pieceLength + begin, length);
  }

  pieceJob(piece: number): PieceJob {
    const length = this.#plan.layout.pieceSize(piece);
    return { piece, length, segments: this.segments(piece, 0, length), check: this.#plan.checkOf(piece) };
  }

  /** For each segment when its file was last changed, as far as that is known; else 0. */
  timesOf(segments: readonly FileSegment[]): number[] {
    const times: number[] = [];
    for (const { file } of segments) {
      const isKnown = this.#seen !== undefined && (this.#written?.isQuiet(file) ?? true);
      times.push(isKnown ? this.#seen!.modifiedMs[file]! : 0);
    }
    return times;
  }

  /** Made with the first store. */
  get written(): WrittenFiles {
    this.#written ??= new WrittenFiles();
    return this.#written;
  }

  looked(states: FileStates): void {
    this.#seen = states;
  }

  flushed(flushed: FlushedFiles): void {
    if (this.#seen === undefined) return;
    const lengths = this.#seen.lengths.slice();
    const modifiedMs = this.#seen.modifiedMs.slice();
    for (const [i, file] of flushed.files.entries()) {
      lengths[file] = flushed.lengths[i]!;
      modifiedMs[file] = flushed.modifiedMs[i]!;
    }
    this.#seen = { lengths, modifiedMs };
  }
}
