// Where the bytes of a torrent lie, as the main thread knows it: which file, or the part file, and how those looked when
// they were last looked at. A file that none of our own stores is at still looks so, or somebody else has changed it: jobs
// carry the time that is expected, and the threads compare. Made small for a torrent that does nothing.

import { resolve } from 'node:path';
import type {
  DiskPlace,
  DiskPlan,
  FileNumbers,
  FileSegment,
  FileStates,
  FlushedFiles,
  MovedFiles,
  PartsState,
} from '../host/disk.ts';
import type { DiskFile, OpenedFiles, PieceJob, SeenFiles, SettledPiece } from './disk-jobs.ts';
import { PART_FILE_MARK, PartFile } from './part-file.ts';
import { WrittenFiles } from './written-files.ts';

/** A piece that is to be stored. */
export interface StoredPiece extends PieceJob {
  /** Of the part file: what lies there when it is stored. */
  readonly marks: readonly number[];
}

export class FileMap {
  readonly #plan: DiskPlan;
  #place: DiskPlace;
  #isWanted: (file: number) => boolean;
  #seen: KnownLook | undefined;
  #written: WrittenFiles | undefined;
  #partFile: PartFile | undefined;
  /** What lies in the part file, by its marks. */
  #inParts: Set<number> | undefined;
  #hasPartFile = false;
  /** Files that stores have written to since somebody asked whether they are still there. */
  #storedTo: Set<number> | undefined;

  constructor(plan: DiskPlan) {
    this.#plan = plan;
    this.#place = { folder: plan.folder, paths: plan.paths ?? plan.files.map(({ path }) => path) };
    this.#isWanted = plan.isWanted;
  }

  /** What a thread has to know to work for the torrent. */
  opened(): OpenedFiles {
    const { files, sources } = this.#plan;
    const opened = files.map((file, index): DiskFile => {
      return {
        path: this.#place.paths[index]!,
        source: sources?.[index],
        length: file.length,
        isExecutable: file.executable === true,
        symlinkTarget: file.symlinkTarget && this.#linkTarget(index, file.symlinkTarget),
        isWanted: this.#isWanted(index),
      };
    });
    const markCount = this.#mayHaveParts ? this.#parts.markCount : 0;
    if (markCount > 0) opened.push({ ...PART_FILE, path: [this.#plan.partFile] });
    return { folder: resolve(this.#place.folder), files: opened, markCount };
  }

  get place(): DiskPlace {
    return this.#place;
  }

  /** It works at the new place from now on. */
  moved(to: DiskPlace): void {
    this.#place = to;
  }

  /** With the part file's behind them, as threads know the files. */
  pathsAt({ paths }: DiskPlace): readonly (readonly string[])[] {
    return this.#mayHaveParts ? [...paths, [this.#plan.partFile]] : paths;
  }

  isWanted(file: number): boolean {
    return this.#isWanted(file);
  }

  setWanted(isWanted: (file: number) => boolean): void {
    this.#isWanted = isWanted;
  }

  /** Something is to be made when all is there: empty files, links, executable bits. */
  get hasMoreThanData(): boolean {
    if (this.#plan.sources !== undefined) return false;
    return this.#plan.files.some(file => file.length === 0 || file.executable === true);
  }

  /** Where a range of a piece is read. */
  segments(piece: number, begin: number, length: number): FileSegment[] {
    const segments = this.#segments(piece, begin, length);
    if (this.#inParts === undefined) return segments;
    return segments.map(segment =>
      this.isInParts(segment.file, piece) ? this.#placedInParts(piece, begin, segment) : segment,
    );
  }

  pieceJob(piece: number): PieceJob {
    const length = this.#plan.layout.pieceSize(piece);
    return { piece, length, segments: this.segments(piece, 0, length), check: this.#plan.checkOf(piece) };
  }

  /** What belongs to files that nobody wants comes to lie in the part file. */
  storeJob(piece: number): StoredPiece {
    const length = this.#plan.layout.pieceSize(piece);
    const segments = this.#segments(piece, 0, length);
    const marks: number[] = [];
    const check = this.#plan.checkOf(piece);
    if (segments.length === 1 || segments.every(({ file }) => this.#isWanted(file)))
      return { piece, length, segments, check, marks };
    const placed = segments.map(segment => {
      if (this.#isWanted(segment.file)) return segment;
      marks.push(this.#parts.markOf(segment.file, piece));
      return this.#placedInParts(piece, 0, segment);
    });
    return { piece, length, segments: placed, check, marks };
  }

  /** What was marked lies in the part file now. */
  stored({ marks }: StoredPiece): void {
    if (marks.length === 0) return;
    this.#inParts ??= new Set();
    this.#hasPartFile = true;
    for (const mark of marks) this.#inParts.add(mark);
  }

  isInParts(file: number, piece: number): boolean {
    // A piece within a long file is neither its first nor its last, which the marks are of.
    return this.#inParts?.has(this.#parts.markOf(file, piece)) === true && this.#parts.isShared(piece);
  }

  /** Pieces of which something lies in the part file that is wanted now. */
  unsettled(): SettledPiece[] {
    const filesOf = new Map<number, number[]>();
    for (const mark of this.#inParts ?? []) {
      const { file, piece } = this.#parts.ofMark(mark);
      if (!this.#isWanted(file)) continue;
      const files = filesOf.get(piece);
      if (files === undefined) filesOf.set(piece, [file]);
      else files.push(file);
    }
    return Array.from(filesOf, ([number, files]) => {
      const piece = this.pieceJob(number);
      const to = this.#segments(number, 0, piece.length).filter(({ file }) => files.includes(file));
      return { piece, to, marks: files.map(file => positionOf(this.#parts.markOf(file, number))) };
    });
  }

  /** They lie in their own files now, or nowhere. */
  settled(pieces: readonly SettledPiece[]): void {
    for (const { piece, to } of pieces)
      for (const { file } of to) this.#inParts?.delete(this.#parts.markOf(file, piece.piece));
    if (this.#inParts?.size === 0) this.#inParts = undefined;
  }

  /** There is a part file, and nothing in it. */
  get hasIdleParts(): boolean {
    return this.#hasPartFile && this.#inParts === undefined;
  }

  /** It was removed. */
  partsDropped(): void {
    const { length: index } = this.#plan.files;
    this.#hasPartFile = false;
    this.#written?.forget(index);
    this.#see([index], { lengths: MINUS_ONE, modifiedMs: ZERO, inodes: ZERO });
  }

  /** Every file was long enough when they were last looked at. */
  get isAllThere(): boolean {
    const lengths = this.#seen?.lengths;
    return lengths !== undefined && this.#plan.files.every(({ length }, file) => lengths[file]! >= length);
  }

  /** As others are told of all files, after a look. */
  get states(): FileStates {
    const { lengths, modifiedMs } = this.#seen!;
    const count = this.#plan.files.length;
    const parts = this.#partsState;
    // Nobody writes to them, so that they need not be there twice.
    if (lengths.length === count) return { lengths, modifiedMs, parts };
    return { lengths: lengths.slice(0, count), modifiedMs: modifiedMs.slice(0, count), parts };
  }

  /** And of those that were copied to another place. */
  movedStates(looked: readonly number[], isCopied: Uint8Array): MovedFiles {
    const { lengths, modifiedMs } = this.#seen ?? NOTHING_SEEN;
    const files = looked.filter(file => lengths[file] !== undefined);
    return {
      copied: [...this.#plan.files.keys()].filter(file => isCopied[file] === 1),
      files,
      lengths: Float64Array.from(files, file => lengths[file]!),
      modifiedMs: Float64Array.from(files, file => modifiedMs[file]!),
      parts: this.#partsState,
    };
  }

  /** As others are told of those that were flushed. */
  statesOf(files: readonly number[], seen: SeenFiles): FlushedFiles {
    const count = this.#plan.files.length;
    const chosen = [...files.keys()].filter(i => files[i]! < count);
    return {
      files: chosen.map(i => files[i]!),
      lengths: Float64Array.from(chosen, i => seen.lengths[i]!),
      modifiedMs: Float64Array.from(chosen, i => seen.modifiedMs[i]!),
      parts: this.#partsState,
    };
  }

  get #partsState(): PartsState | undefined {
    const { length: index } = this.#plan.files;
    if (this.#inParts === undefined) return undefined;
    const pieces = new Set<number>();
    for (const mark of this.#inParts) pieces.add(this.#parts.ofMark(mark).piece);
    const { lengths, modifiedMs } = this.#seen ?? NOTHING_SEEN;
    return {
      length: lengths[index] ?? -1,
      modifiedMs: modifiedMs[index] ?? 0,
      pieces: [...pieces].sort((a, b) => a - b),
    };
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

  /**
   * A store has written to these files. Gives the path of one that is not the file that others have written to: each thread
   * opens for itself, and one may have made anew what another has open and somebody has removed.
   */
  writtenTo(segments: readonly FileSegment[], inodes: readonly number[]): string | undefined {
    this.#storedTo ??= new Set();
    for (const { file } of segments) this.#storedTo.add(file);
    const seen = this.#seen?.inodes;
    if (seen === undefined) return undefined;
    for (const [i, inode] of inodes.entries()) {
      const { file } = segments[i]!;
      if (file >= seen.length) continue;
      if (seen[file] === 0) seen[file] = inode;
      else if (seen[file] !== inode) return this.nameOf(file);
    }
    return undefined;
  }

  /** The torrent's own files that were stored to since this was asked last. */
  takeStoredTo(): number[] {
    const files = [...(this.#storedTo ?? [])].filter(file => file < this.#plan.files.length);
    this.#storedTo = undefined;
    return files;
  }

  /** What has become of these files, looked at in this order: a sentence's end; undefined where they are what they should be. */
  lossOf(
    files: readonly number[],
    now: SeenFiles,
  ): { readonly where: string; readonly what: string } | undefined {
    const inodes = this.#seen?.inodes;
    for (const [i, file] of files.entries()) {
      const where = this.nameOf(file);
      const inode = inodes?.[file] ?? 0;
      if (now.lengths[i]! < 0) return { where, what: 'is gone: it was removed or renamed' };
      if (inode !== 0 && inode !== now.inodes[i]) return { where, what: 'was replaced by another file' };
      if (this.#isWanted(file) && now.lengths[i]! < this.#plan.files[file]!.length)
        return { where, what: 'was cut short by another program' };
    }
    return undefined;
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
    const { lengths, modifiedMs, inodes } = seen;
    this.#seen = { lengths: kept(lengths), modifiedMs: kept(modifiedMs), inodes: kept(inodes) };
    this.#hasPartFile = (seen.lengths[this.#plan.files.length] ?? -1) >= 0;
    this.#inParts = undefined;
    for (const [mark, is] of seen.marks?.entries() ?? []) {
      if (is !== 1) continue;
      this.#inParts ??= new Set();
      this.#inParts.add(mark);
    }
  }

  /** These files look so now. The path of one that is another file than before; undefined where there is none. */
  flushed(files: readonly number[], now: SeenFiles): string | undefined {
    const before = this.#seen;
    if (before === undefined) return undefined;
    const replaced = files.find(
      (file, i) => (before.inodes[file] ?? 0) !== 0 && before.inodes[file] !== now.inodes[i],
    );
    this.#see(files, now);
    return replaced === undefined ? undefined : this.nameOf(replaced);
  }

  /** As `file-pool` has it. */
  nameOf(file: number): string {
    return this.#plan.sources?.[file] ?? (this.#place.paths[file] ?? [this.#plan.partFile]).join('/');
  }

  #see(files: readonly number[], now: SeenFiles): void {
    const before = this.#seen;
    if (before === undefined) return;
    const lengths = before.lengths.slice();
    const modifiedMs = before.modifiedMs.slice();
    const inodes = before.inodes.slice();
    for (const [i, file] of files.entries()) {
      lengths[file] = now.lengths[i]!;
      modifiedMs[file] = now.modifiedMs[i]!;
      inodes[file] = now.inodes[i]!;
    }
    this.#seen = { lengths, modifiedMs, inodes };
  }

  /** BEP 47: the target is relative to the torrent's root, which for a folder is the folder of its name. */
  #linkTarget(link: number, target: readonly string[]): readonly string[] {
    const { files } = this.#plan;
    const { paths } = this.#place;
    const [top] = files[link]!.path.length > 1 ? files[link]!.path : [];
    const path = (top === undefined ? target : [top, ...target]).join('/');
    const file = files.findIndex(other => other.path.join('/') === path);
    if (file >= 0) return paths[file]!;
    // A folder, or nothing.
    return top === undefined ? target : [paths[link]!.length > 1 ? paths[link]![0]! : top, ...target];
  }

  #segments(piece: number, begin: number, length: number): FileSegment[] {
    const { layout } = this.#plan;
    return layout.segments(piece * layout.pieceLength + begin, length);
  }

  #placedInParts(piece: number, begin: number, { length, at }: FileSegment): FileSegment {
    return {
      file: this.#plan.files.length,
      offset: this.#parts.position(piece, begin + at),
      length,
      at,
    };
  }

  get #parts(): PartFile {
    this.#partFile ??= new PartFile(this.#plan.layout, this.#plan.files);
    return this.#partFile;
  }

  get #mayHaveParts(): boolean {
    const { files, sources } = this.#plan;
    return sources === undefined && files.length > 1 && !this.#parts.isNeedless;
  }
}

/** How the files looked; of each the inode's number, and 0 where there is no such file. */
interface KnownLook {
  readonly lengths: FileNumbers;
  readonly modifiedMs: FileNumbers;
  readonly inodes: Float64Array | number[];
}

/** Of a few files a plain list: what comes from another thread has memory of its own beside the heap, a kilobyte for each. */
function kept(numbers: Float64Array): Float64Array | number[] {
  return numbers.length <= FEW ? Array.from(numbers) : numbers;
}

/** Where the mark stands in the part file. */
export function positionOf(mark: number): number {
  return PART_FILE_MARK.length + mark;
}

const PART_FILE: DiskFile = {
  path: [],
  source: undefined,
  length: 0,
  isExecutable: false,
  symlinkTarget: undefined,
  isWanted: false,
};
const FEW = 8;
const MINUS_ONE = Float64Array.of(-1);
const ZERO = Float64Array.of(0);
const NOTHING_SEEN = { lengths: ZERO, modifiedMs: ZERO };
