// The piece space: files one after the other, cut into pieces, pieces into blocks. A number from the wire becomes a
// piece or a block only by asking here.
//
//   v1:           |aaaaaaab|bbbccccc|ccc|        files touch; a piece may hold many
//   v2, hybrid:   |aaaaaaa.|bbbb....|cccccccc|   each file starts a piece; the gap is zeros that nobody stores
//
// In a hybrid the gaps are v1's padding files (BEP 47): they are hashed and requested, and read as zeros. In v2 a
// piece at the end of a file is short instead (BEP 52, "piece length").

import { BLOCK_LENGTH } from './metainfo.ts';

export interface LayoutFile {
  readonly length: number;
  readonly offset: number;
}

/** A part of one file: `offset` and `length` within it. */
export interface FileSegment {
  /** Index into the files that the layout was made of. */
  readonly file: number;
  readonly offset: number;
  readonly length: number;
  /** Where the segment starts within the range that was asked for. The bytes between segments are zeros. */
  readonly at: number;
}

export class Layout {
  readonly pieceLength: number;
  readonly pieceCount: number;
  /** Bytes of the piece space, gaps counted. */
  readonly length: number;
  /** Bytes of the files alone: what a user is told, and what `left` counts down from. */
  readonly dataLength: number;
  readonly #files: readonly LayoutFile[];
  /** v2 without v1: pieces end with their file. */
  readonly #shortPieces: boolean;
  readonly #hasGaps: boolean;

  /** `files` in order of `offset`; `length` is the piece space's where padding ends it (hybrids), else the last file's end. */
  constructor(
    files: readonly LayoutFile[],
    pieceLength: number,
    options: { shortPieces: boolean; length?: number },
  ) {
    this.#files = files;
    this.#shortPieces = options.shortPieces;
    this.pieceLength = pieceLength;
    const last = files.at(-1);
    this.length = options.length ?? (last === undefined ? 0 : last.offset + last.length);
    this.pieceCount = Math.ceil(this.length / pieceLength);
    let dataLength = 0;
    for (const file of files) dataLength += file.length;
    this.dataLength = dataLength;
    this.#hasGaps = dataLength < this.length;
  }

  /** True for a number that names a piece. */
  hasPiece(index: number): boolean {
    return Number.isInteger(index) && index >= 0 && index < this.pieceCount;
  }

  /** How many bytes a piece has on the wire. */
  pieceSize(index: number): number {
    const start = index * this.pieceLength;
    const size = Math.min(this.pieceLength, this.length - start);
    if (!this.#shortPieces) return size;
    const file = this.#files[this.fileAt(start)]!;
    const data = file.offset + file.length - start;
    return data > 0 && data < size ? data : size;
  }

  blocksIn(index: number): number {
    return Math.ceil(this.pieceSize(index) / BLOCK_LENGTH);
  }

  blockSize(index: number, block: number): number {
    return Math.min(BLOCK_LENGTH, this.pieceSize(index) - block * BLOCK_LENGTH);
  }

  /** How many bytes of a block are worth asking for: padding at its end is known to be zeros. BEP 47 */
  requestSize(index: number, block: number): number {
    const size = this.blockSize(index, block);
    if (!this.#hasGaps) return size;
    const start = index * this.pieceLength + block * BLOCK_LENGTH;
    const file = this.#files[this.fileAt(start + size - 1)]!;
    return Math.min(size, file.offset + file.length - start);
  }

  /**
   * True where a peer may ask for the range. libtorrent before 2.0.13 asks for whole blocks at the end of a v2 torrent's
   * files: the padding up to the next piece is zeros, and is given.
   */
  mayRequest(index: number, begin: number, length: number): boolean {
    if (!this.#shortPieces) return this.hasRange(index, begin, length);
    return this.hasRange(index, begin, 1) && length > 0 && begin + length <= this.pieceLength;
  }

  /** True where `begin` and `length` lie inside the piece. */
  hasRange(index: number, begin: number, length: number): boolean {
    return this.hasPiece(index) && begin >= 0 && length > 0 && begin + length <= this.pieceSize(index);
  }

  /** The parts of files that a range of the piece space covers, in order; gaps have no segment. */
  segments(start: number, length: number): FileSegment[] {
    const segments: FileSegment[] = [];
    const end = start + length;
    for (let i = this.fileAt(start); i < this.#files.length; i++) {
      const file = this.#files[i]!;
      if (file.offset >= end) break;
      const from = Math.max(start, file.offset);
      const to = Math.min(end, file.offset + file.length);
      if (to > from)
        segments.push({ file: i, offset: from - file.offset, length: to - from, at: from - start });
    }
    return segments;
  }

  /** The pieces that hold a file's bytes: first and one past the last; none for an empty file. */
  piecesOf(file: number): { readonly first: number; readonly end: number } {
    const { offset, length } = this.#files[file]!;
    const first = Math.floor(offset / this.pieceLength);
    return { first, end: length === 0 ? first : Math.ceil((offset + length) / this.pieceLength) };
  }

  /** The last file that starts at or before `position` and is not empty, or 0. */
  fileAt(position: number): number {
    let low = 0;
    let high = this.#files.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#files[middle]!.offset <= position) low = middle;
      else high = middle - 1;
    }
    // Empty files share their offset with the file before the boundary or after it: step back to one that has bytes.
    while (low > 0 && this.#files[low]!.length === 0) low--;
    return low;
  }
}
