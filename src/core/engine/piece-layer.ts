// The hashes of one file's pieces (BEP 52, "piece layers") and of what stands above them: put together from chunks that
// each prove themselves, and given to peers with proofs. A file of one piece has none: its root is the piece's hash.
//
//                       root        the layer is cut into chunks of 512: a chunk comes with the uncles from its own root
//                    /        \     to the file's. To give proofs, the roots of the chunks and what is above them are
//              [ chunk 0 ] [ 1 ]    computed once and kept; within a chunk it is done when asked.

import { equalBytes } from '../bytes/bytes.ts';
import { DIGEST_LENGTH, emptyDigest, merkleRoot, powerOfTwoAtLeast } from '../metainfo/merkle.ts';
import { pieceLevelOf, rootOfProof, treeHeight } from '../metainfo/merkle-proof.ts';
import { type HashRange, MAX_HASHES } from '../wire/hash-range.ts';

export class PieceLayer {
  readonly piecesRoot: Uint8Array;
  /** Pieces of the file. */
  readonly count: number;
  /** Levels of the piece layer and of the root above the leaves. */
  readonly level: number;
  readonly height: number;
  readonly chunkCount: number;
  /** 32 bytes a piece; zeros where they are not known yet. */
  #digests: Uint8Array | undefined;
  readonly #isMissing: Uint8Array;
  #missing: number;
  /** The chunks' roots, and the levels above. */
  #upper: Uint8Array[] | undefined;

  /** `digests`: all of them, and right, where they are known. */
  constructor(
    file: { readonly length: number; readonly piecesRoot: Uint8Array },
    pieceLength: number,
    digests?: Uint8Array,
  ) {
    this.piecesRoot = file.piecesRoot;
    this.count = Math.ceil(file.length / pieceLength);
    this.level = pieceLevelOf(pieceLength);
    this.height = treeHeight(file.length);
    this.chunkCount = Math.ceil(this.count / MAX_HASHES);
    this.#digests = digests;
    this.#missing = digests === undefined ? this.chunkCount : 0;
    this.#isMissing = new Uint8Array(this.#missing).fill(1);
  }

  /** All digests, 32 bytes each; undefined until they are known. */
  get whole(): Uint8Array | undefined {
    return this.#missing === 0 ? this.#digests : undefined;
  }

  get missing(): number {
    return this.#missing;
  }

  isMissing(chunk: number): boolean {
    return this.#missing > 0 && this.#isMissing[chunk] === 1;
  }

  /** What to ask for to have a chunk proved. */
  rangeOf(chunk: number): HashRange {
    const index = chunk * MAX_HASHES;
    const length = Math.max(2, Math.min(MAX_HASHES, powerOfTwoAtLeast(this.count - index)));
    const { piecesRoot, level, height } = this;
    return { piecesRoot, baseLayer: level, index, length, proofLayers: height - level - 1 };
  }

  /** Takes the answer to `rangeOf(chunk)`; false where it does not prove itself. */
  add(chunk: number, hashes: Uint8Array): boolean {
    const { index, length } = this.rangeOf(chunk);
    const uncles = this.height - this.level - Math.log2(length);
    if (hashes.length !== (length + uncles) * DIGEST_LENGTH) return false;
    if (!equalBytes(rootOfProof(hashes, index, length), this.piecesRoot)) return false;
    if (!this.isMissing(chunk)) return true;
    // Not before something has come that is right: what a torrent claims costs nothing.
    this.#digests ??= new Uint8Array(this.count * DIGEST_LENGTH);
    const end = Math.min(this.count - index, length) * DIGEST_LENGTH;
    this.#digests.set(hashes.subarray(0, end), index * DIGEST_LENGTH);
    this.#isMissing[chunk] = 0;
    this.#missing--;
    return true;
  }

  /** The hash of the file's piece of that number; a copy. */
  digestOf(piece: number): Uint8Array | undefined {
    if (this.isMissing(Math.floor(piece / MAX_HASHES))) return undefined;
    return this.#digests!.slice(piece * DIGEST_LENGTH, (piece + 1) * DIGEST_LENGTH);
  }

  /** The node at `index` of a level from the piece layer up; undefined where there is none, or it is not known. */
  node(level: number, index: number): Uint8Array | undefined {
    const { whole } = this;
    if (whole === undefined || level < this.level || level > this.height) return undefined;
    if (index < 0 || index >= 2 ** (this.height - level)) return undefined;
    const chunkLevel = Math.min(this.height, this.level + CHUNK_LEVELS);
    if (level >= chunkLevel) {
      this.#upper ??= this.#computeUpper(whole, chunkLevel);
      const row = this.#upper[level - chunkLevel]!;
      return row.length > index * DIGEST_LENGTH
        ? row.subarray(index * 32, index * 32 + 32)
        : emptyDigest(level);
    }
    return this.#rootUnder(whole, level, index);
  }

  /** Of a level that lies within the chunks. */
  #rootUnder(whole: Uint8Array, level: number, index: number): Uint8Array {
    const width = 2 ** (level - this.level);
    const first = index * width;
    if (first >= this.count) return emptyDigest(level);
    const end = Math.min(this.count, first + width);
    return merkleRoot(whole.subarray(first * DIGEST_LENGTH, end * DIGEST_LENGTH), {
      width,
      height: this.level,
    });
  }

  #computeUpper(whole: Uint8Array, chunkLevel: number): Uint8Array[] {
    const rows = [new Uint8Array(this.chunkCount * DIGEST_LENGTH)];
    for (let chunk = 0; chunk < this.chunkCount; chunk++)
      rows[0]!.set(this.#rootUnder(whole, chunkLevel, chunk), chunk * DIGEST_LENGTH);
    for (let level = chunkLevel; level < this.height; level++) {
      const below = rows.at(-1)!;
      const row = new Uint8Array(Math.ceil(below.length / (2 * DIGEST_LENGTH)) * DIGEST_LENGTH);
      for (let at = 0; at < row.length; at += DIGEST_LENGTH) {
        const pair = below.subarray(2 * at, 2 * at + 2 * DIGEST_LENGTH);
        row.set(merkleRoot(pair, { width: 2, height: level }), at);
      }
      rows.push(row);
    }
    return rows;
  }
}

const CHUNK_LEVELS = Math.log2(MAX_HASHES);
