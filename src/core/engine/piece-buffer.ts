// A piece that is being downloaded: the buffer that its blocks are copied into, once, and what is known of each block.
// Decides nothing; the picker says which block is asked of whom.

import type { Layout } from '../metainfo/layout.ts';
import { BLOCK_LENGTH } from '../metainfo/metainfo.ts';

export class PieceBuffer {
  readonly piece: number;
  /** Lent by the pool; as long as the piece. */
  readonly bytes: Uint8Array;
  readonly blockCount: number;
  /** For each block: FREE, REQUESTED or RECEIVED. */
  readonly states: Uint8Array;
  /** For each block, how many peers are asked for it. */
  readonly #requesters: Uint8Array;
  /** For each block received, the number of the peer that gave it; NOBODY for gaps. */
  readonly givers: Int32Array;
  freeCount: number;
  receivedCount = 0;
  /** Its places among the partial pieces, and among those with free blocks; -1 where it is not there. */
  at = -1;
  openAt = -1;
  /** The peer that works on it alone as long as it has free blocks; NOBODY where any may join. */
  owner = NOBODY;
  /** It failed before: all its blocks are to come from one peer, so that the next failure has one name. */
  isSolo = false;
  /** No block before this one is free. */
  #freeFrom = 0;
  #gapCount = 0;
  #hasGaps = false;

  constructor(piece: number, bytes: Uint8Array, blockCount: number) {
    this.piece = piece;
    this.bytes = bytes;
    this.blockCount = blockCount;
    this.states = new Uint8Array(blockCount);
    this.#requesters = new Uint8Array(blockCount);
    this.givers = new Int32Array(blockCount).fill(NOBODY);
    this.freeCount = blockCount;
  }

  get isFull(): boolean {
    return this.receivedCount === this.blockCount;
  }

  /** Nothing received and nothing asked for: it may as well not have been begun. */
  get isUntouched(): boolean {
    return this.freeCount === this.blockCount - this.#gapCount;
  }

  /** Some peer owes us a block of it. */
  get isAwaited(): boolean {
    return this.freeCount + this.receivedCount < this.blockCount;
  }

  requesters(block: number): number {
    return this.#requesters[block]!;
  }

  /** Marks the first free block as requested; -1 where there is none. */
  takeFree(): number {
    if (this.freeCount === 0) return -1;
    let block = this.#freeFrom;
    while (this.states[block] !== FREE) block++;
    this.#freeFrom = block + 1;
    this.requested(block);
    return block;
  }

  requested(block: number): void {
    if (this.states[block] === FREE) this.freeCount--;
    if (this.states[block] !== RECEIVED) this.states[block] = REQUESTED;
    this.#requesters[block]!++;
  }

  /** A request came to nothing. True where the block is free again. */
  released(block: number): boolean {
    if (this.#requesters[block]! > 0) this.#requesters[block]!--;
    if (this.states[block] !== REQUESTED || this.#requesters[block]! > 0) return false;
    this.states[block] = FREE;
    this.freeCount++;
    this.#freeFrom = Math.min(this.#freeFrom, block);
    return true;
  }

  /** Forgets a block that was received. */
  discard(block: number): void {
    this.states[block] = this.#requesters[block]! > 0 ? REQUESTED : FREE;
    if (this.states[block] === FREE) this.freeCount++;
    this.givers[block] = NOBODY;
    this.receivedCount--;
    this.#freeFrom = Math.min(this.#freeFrom, block);
  }

  /** Copies a block into its place, the one copy there is; false where it was there already. */
  received(block: number, bytes: Uint8Array, giver: number, copy: CopyBytes = setBytes): boolean {
    if (this.#requesters[block]! > 0) this.#requesters[block]!--;
    if (this.states[block] === RECEIVED) return false;
    if (this.states[block] === FREE) this.freeCount--;
    copy(bytes, this.bytes, block * BLOCK_LENGTH);
    this.states[block] = RECEIVED;
    this.givers[block] = giver;
    this.receivedCount++;
    return true;
  }

  /**
   * Zeros the gaps of padding, and counts blocks that are nothing else as received: nobody need be asked for them.
   * BEP 47, "Padding files"
   */
  fillGaps(layout: Layout): void {
    for (const [from, to] of this.#gaps(layout)) {
      this.bytes.fill(0, from, to);
      this.#hasGaps = true;
      this.#countGap(from, to);
    }
  }

  /** Once more, where blocks brought padding along: whatever they said it is, it is zeros. */
  zeroGaps(layout: Layout): void {
    if (!this.#hasGaps) return;
    for (const [from, to] of this.#gaps(layout)) this.bytes.fill(0, from, to);
  }

  /** The one peer that gave every block; undefined where there were several. */
  soleGiver(): number | undefined {
    let sole: number | undefined;
    for (let block = 0; block < this.blockCount; block++) {
      const giver = this.givers[block]!;
      if (giver === NOBODY || giver === sole) continue;
      if (sole !== undefined) return undefined;
      sole = giver;
    }
    return sole;
  }

  *#gaps(layout: Layout): Iterable<[from: number, to: number]> {
    const size = this.bytes.length;
    let end = 0;
    for (const segment of layout.segments(this.piece * layout.pieceLength, size)) {
      if (segment.at > end) yield [end, segment.at];
      end = segment.at + segment.length;
    }
    if (end < size) yield [end, size];
  }

  #countGap(from: number, to: number): void {
    const first = Math.ceil(from / BLOCK_LENGTH);
    const end = to === this.bytes.length ? this.blockCount : Math.floor(to / BLOCK_LENGTH);
    for (let block = first; block < end; block++) {
      this.states[block] = RECEIVED;
      this.freeCount--;
      this.receivedCount++;
      this.#gapCount++;
    }
  }
}

/** Copies all of `bytes` to where `at` is in `into`. */
export type CopyBytes = (bytes: Uint8Array, into: Uint8Array, at: number) => void;

const setBytes: CopyBytes = (bytes, into, at) => into.set(bytes, at);

export const FREE = 0;
export const REQUESTED = 1;
export const RECEIVED = 2;
export const NOBODY = -1;
