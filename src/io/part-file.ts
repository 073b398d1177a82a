// The part file: where the bytes of files go that nobody wants and that lie in one piece with wanted ones, so that the piece
// is whole and the unwanted file is neither made nor written to. One a torrent, in its folder. Its shape follows from the
// torrent alone, so that no index can be torn and threads need not agree on one; what was not written is a hole and takes
// no room where the file system has holes.
//
//   | mark | two bytes a file | to 4096 | slot of the first shared piece | of the second | …
//
// A shared piece is one that holds bytes of two files or more: a file has two of them at the most, its first and its last.
// The two bytes of a file say whether its bytes of that piece are here: they are written after those, and cleared when the
// bytes have moved to their own file. None of this is believed by itself: a piece of which something is here is hashed, or
// its record names the length and the time that this file has (session/believed-pieces).

import type { Layout } from '../core/metainfo/layout.ts';

export class PartFile {
  readonly #layout: Layout;
  readonly #shared: Uint32Array;
  readonly #headerLength: number;
  /** How many bytes of marks follow the first ones: two a file. */
  readonly markCount: number;

  constructor(layout: Layout, files: readonly { readonly length: number }[]) {
    this.#layout = layout;
    this.#shared = sharedPieces(layout, files);
    this.markCount = 2 * files.length;
    this.#headerLength = Math.ceil((PART_FILE_MARK.length + this.markCount) / 4096) * 4096;
  }

  /** No piece holds more than one file: nothing ever comes to lie here. */
  get isNeedless(): boolean {
    return this.#shared.length === 0;
  }

  isShared(piece: number): boolean {
    return this.#slotOf(piece) !== undefined;
  }

  /** Where a byte of a shared piece lies. */
  position(piece: number, at: number): number {
    return this.#headerLength + this.#slotOf(piece)! * this.#layout.pieceLength + at;
  }

  /** Among the marks: which says that the file's bytes of the piece, its first or its last, are here. */
  markOf(file: number, piece: number): number {
    return 2 * file + (piece === this.#layout.piecesOf(file).first ? 0 : 1);
  }

  /** The file and the piece that a mark is of. */
  ofMark(mark: number): { readonly file: number; readonly piece: number } {
    const file = mark >>> 1;
    const { first, end } = this.#layout.piecesOf(file);
    return { file, piece: mark % 2 === 0 ? first : end - 1 };
  }

  #slotOf(piece: number): number | undefined {
    let low = 0;
    let high = this.#shared.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#shared[middle]! < piece) low = middle + 1;
      else high = middle;
    }
    return this.#shared[low] === piece ? low : undefined;
  }
}

function sharedPieces(layout: Layout, files: readonly { readonly length: number }[]): Uint32Array {
  const shared: number[] = [];
  let last = -1;
  for (let file = 0; file < files.length; file++) {
    const { first, end } = layout.piecesOf(file);
    if (end === first) continue;
    if (first === last && shared.at(-1) !== first) shared.push(first);
    last = end - 1;
  }
  return Uint32Array.from(shared);
}

/** How the file begins; the last byte is the version. */
export const PART_FILE_MARK = new TextEncoder().encode('swarmline parts\x01');
