// Where the bytes of a torrent lie, as the main thread knows it: which file, and how that looked when it was last looked at.
// A file that none of our own stores is at still looks so, or somebody else has changed it: jobs carry the time that is
// expected, and the threads compare. Made small for a torrent that does nothing.

import { resolve } from 'node:path';
import type { DiskPlan, FileSegment } from '../host/disk.ts';
import type { DiskFile, OpenedFiles, PieceJob, SeenFiles } from './disk-jobs.ts';
import { WrittenFiles } from './written-files.ts';

export class FileMap {
  readonly #plan: DiskPlan;
  #seen: SeenFiles | undefined;
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

  /** How many stores have begun. */
  get begunCount(): number {
    return this.#written?.begunCount ?? 0;
  }

  /** Made with the first store. */
  get written(): WrittenFiles {
    this.#written ??= new WrittenFiles();
    return this.#written;
  }

  looked(seen: SeenFiles): void {
    this.#seen = seen;
  }

  /** These files look so now. The path of one that is another file than before; undefined where there is none. */
  flushed(files: readonly number[], now: SeenFiles): string | undefined {
    const before = this.#seen;
    if (before === undefined) return undefined;
    const lengths = before.lengths.slice();
    const modifiedMs = before.modifiedMs.slice();
    const inodes = before.inodes.slice();
    let replaced: string | undefined;
    for (const [i, file] of files.entries()) {
      if (before.inodes[file] !== 0 && before.inodes[file] !== now.inodes[i])
        replaced ??= this.#plan.files[file]!.path.join('/');
      lengths[file] = now.lengths[i]!;
      modifiedMs[file] = now.modifiedMs[i]!;
      inodes[file] = now.inodes[i]!;
    }
    this.#seen = { lengths, modifiedMs, inodes };
    return replaced;
  }
}
