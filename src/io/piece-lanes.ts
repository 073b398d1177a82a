// The digests of a group of pieces that are read side by side, a chunk of each at a time: v1 and v2 from the same chunk.
// With `ShaLanes` the pieces of a group are hashed at once; without, a group is one piece, and `node:crypto` hashes it.

import { createHash, type Hash } from 'node:crypto';
import {
  DIGEST_LENGTH,
  leavesUnderPiece,
  readDigests,
  reduceLayer,
  writeDigest,
} from '../core/metainfo/merkle.ts';
import { BLOCK_LENGTH } from '../core/metainfo/metainfo.ts';
import { nodeHash } from './hash-functions.ts';
import { MAX_LANES, shaLanes } from './sha-lanes.ts';

export interface PieceLanesPlan {
  readonly pieceLength: number;
  readonly v1: boolean;
  readonly v2: boolean;
}

export class PieceLanes {
  /** Pieces of one group, at the most. */
  readonly count: number;
  /** Bytes of a piece that are hashed at a time. Lane n has its own from n times that on. */
  readonly chunkLength: number;
  readonly #plan: PieceLanesPlan;
  readonly #native: typeof shaLanes;
  /** v1, of pieces that are hashed side by side. */
  readonly #states: Uint32Array;
  readonly #chunkOffsets: Uint32Array;
  /** v1, of a piece that is hashed by itself: the torrent's last may be shorter than the others. */
  #alone: Hash | undefined;
  #aloneLane = -1;
  #usedLanes = 0;
  readonly #leavesInPiece: number;
  readonly #leaves: Uint8Array;
  readonly #leafCounts: Uint32Array;
  readonly #nodes: Int32Array;
  /** Whole blocks of this chunk, still to be hashed: where their bytes are, and where their digests belong. */
  readonly #blockOffsets: Uint32Array;
  readonly #blockLeaves: Uint32Array;
  readonly #blockDigests: Uint8Array;
  #blockCount = 0;

  constructor(plan: PieceLanesPlan, pieces: number) {
    const { pieceLength, v2 } = plan;
    // Parts of a message are multiples of what SHA-1 takes at a time.
    this.#native = pieces > 1 && pieceLength % SHA_BLOCK_LENGTH === 0 ? shaLanes : undefined;
    this.#plan = plan;
    this.count = this.#native === undefined ? 1 : Math.min(pieces, MAX_LANES);
    const most = this.#native === undefined ? CHUNK_ALONE : chunkBeside(pieceLength);
    this.chunkLength = Math.min(pieceLength, most);
    this.#states = new Uint32Array(this.count * SHA1_WORDS);
    this.#chunkOffsets = Uint32Array.from({ length: this.count }, (_, lane) => lane * this.chunkLength);
    this.#leavesInPiece = v2 ? pieceLength / BLOCK_LENGTH : 0;
    this.#leaves = new Uint8Array(this.count * this.#leavesInPiece * DIGEST_LENGTH);
    this.#leafCounts = new Uint32Array(this.count);
    this.#nodes = new Int32Array((this.#leavesInPiece + 1) * 8);
    const blocks = v2 ? (this.count * this.chunkLength) / BLOCK_LENGTH : 0;
    this.#blockOffsets = new Uint32Array(blocks);
    this.#blockLeaves = new Uint32Array(blocks);
    this.#blockDigests = new Uint8Array(blocks * DIGEST_LENGTH);
  }

  /** A group of `count` pieces begins; all but the last, which has `lastLength` bytes, are whole. */
  begin(count: number, lastLength: number): void {
    const isLastWhole = lastLength === this.#plan.pieceLength;
    this.#usedLanes = this.#native === undefined ? 0 : isLastWhole ? count : count - 1;
    this.#aloneLane = this.#usedLanes < count ? count - 1 : -1;
    this.#leafCounts.fill(0);
    if (!this.#plan.v1) return;
    for (let lane = 0; lane < this.#usedLanes; lane++) this.#states.set(SHA1_START, lane * SHA1_WORDS);
    this.#alone = this.#aloneLane < 0 ? undefined : createHash('sha1');
  }

  /**
   * v2: a file's bytes are in the chunk, from `offset` in `bytes` on, which is `at` in the piece of `lane`. They start a
   * block; a block that is not whole is the file's last.
   */
  addFileBytes(bytes: Uint8Array, lane: number, at: number, offset: number, length: number): void {
    const first = lane * this.#leavesInPiece;
    for (let done = 0; done < length; done += BLOCK_LENGTH) {
      const leaf = first + (at + done) / BLOCK_LENGTH;
      this.#leafCounts[lane]!++;
      if (this.#native !== undefined && length - done >= BLOCK_LENGTH) {
        this.#blockOffsets[this.#blockCount] = offset + done;
        this.#blockLeaves[this.#blockCount++] = leaf;
      } else {
        const block = bytes.subarray(offset + done, offset + Math.min(done + BLOCK_LENGTH, length));
        nodeHash.sha256Into(block, this.#leaves, leaf * DIGEST_LENGTH);
      }
    }
  }

  /** Hashes the chunk: `length` bytes of each piece, `aloneLength` of one that is shorter than the others. */
  update(bytes: Uint8Array, length: number, aloneLength: number): void {
    if (this.#plan.v1 && this.#usedLanes > 0)
      this.#native!.sha1Update(this.#states, bytes, this.#chunkOffsets, this.#usedLanes, length);
    if (this.#alone !== undefined && aloneLength > 0) {
      const from = this.#aloneLane * this.chunkLength;
      this.#alone.update(bytes.subarray(from, from + aloneLength));
    }
    if (this.#blockCount > 0) this.#hashBlocks(bytes);
  }

  /** The group's v1 digests, 20 bytes each from `at` on. */
  writePieces(pieces: Uint8Array, at: number): void {
    if (this.#usedLanes > 0) {
      this.#native!.sha1Update(
        this.#states,
        paddingOf(this.#plan.pieceLength),
        SAME_PLACE,
        this.#usedLanes,
        SHA_BLOCK_LENGTH,
      );
      const view = new DataView(pieces.buffer, pieces.byteOffset + at);
      for (let i = 0; i < this.#usedLanes * SHA1_WORDS; i++) view.setUint32(i * 4, this.#states[i]!);
    }
    if (this.#alone !== undefined) pieces.set(this.#alone.digest(), at + this.#aloneLane * SHA1_LENGTH);
  }

  /** The digests of a piece's blocks so far: the leaves of its tree. */
  leavesOf(lane: number): Uint8Array {
    const from = lane * this.#leavesInPiece * DIGEST_LENGTH;
    return this.#leaves.subarray(from, from + this.#leafCounts[lane]! * DIGEST_LENGTH);
  }

  /** v2: the root of a piece of a file that is so long. */
  writeRoot(lane: number, fileLength: number, pieceRoots: Uint8Array, at: number): void {
    readDigests(this.leavesOf(lane), this.#nodes);
    const width = leavesUnderPiece(fileLength, this.#plan.pieceLength);
    reduceLayer(this.#nodes, this.#leafCounts[lane]!, width, 0);
    writeDigest(this.#nodes, 0, pieceRoots, at);
  }

  #hashBlocks(bytes: Uint8Array): void {
    const digests = this.#blockDigests;
    const count = this.#blockCount;
    this.#native!.sha256Slices(bytes, this.#blockOffsets, count, BLOCK_LENGTH, digests);
    // Neighbours go together: most blocks have the next one's leaf behind theirs.
    for (let from = 0; from < count; ) {
      const leaf = this.#blockLeaves[from]!;
      let to = from + 1;
      while (to < count && this.#blockLeaves[to] === leaf + to - from) to++;
      this.#leaves.set(digests.subarray(from * DIGEST_LENGTH, to * DIGEST_LENGTH), leaf * DIGEST_LENGTH);
      from = to;
    }
    this.#blockCount = 0;
  }
}

/** Short pieces whole, so that files are read from end to end; of long ones what stays in a core's own cache. */
function chunkBeside(pieceLength: number): number {
  return pieceLength <= WHOLE_PIECE ? pieceLength : CHUNK_BESIDE;
}

/** What ends a message of whole 64-byte blocks (FIPS 180-4, section 5.1.1). */
function paddingOf(length: number): Uint8Array {
  const padding = new Uint8Array(SHA_BLOCK_LENGTH);
  padding[0] = 0x80;
  new DataView(padding.buffer).setBigUint64(SHA_BLOCK_LENGTH - 8, BigInt(length) * 8n);
  return padding;
}

const SHA_BLOCK_LENGTH = 64;
const SHA1_WORDS = 5;
const SHA1_LENGTH = 20;
const SHA1_START = Uint32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0);
const SAME_PLACE = new Uint32Array(MAX_LANES);
// Stays in a core's own cache between the read and the hashes. From 64 KiB to 1 MiB no size was measurably better.
const CHUNK_ALONE = 262_144;
const CHUNK_BESIDE = 65_536;
const WHOLE_PIECE = 262_144;
