// The pieces that are begun and not whole: which they are, and which of them have blocks that nobody is asked for. Keeps
// the two lists true as blocks come and go; who gets what is the picker's to say.

import { LazyMap } from '../bytes/lazy-map.ts';
import type { Random } from '../bytes/prng.ts';
import { NOBODY, type PieceBuffer, RECEIVED, REQUESTED } from './piece-buffer.ts';

export class PartialPieces {
  /** In no order. Read it, do not write it. */
  readonly all: PieceBuffer[] = [];
  /** Those that have free blocks, in no order. Read it, do not write it. */
  readonly open: PieceBuffer[] = [];
  readonly #byPiece = new LazyMap<number, PieceBuffer>();

  get(piece: number): PieceBuffer | undefined {
    return this.#byPiece.get(piece);
  }

  add(partial: PieceBuffer): void {
    partial.at = this.all.push(partial) - 1;
    this.#byPiece.set(partial.piece, partial);
    this.changed(partial);
  }

  /** It is whole, or given up. */
  remove(partial: PieceBuffer): void {
    partial.owner = NOBODY;
    if (partial.openAt >= 0) this.#close(partial);
    const last = this.all.pop()!;
    if (last !== partial) {
      this.all[partial.at] = last;
      last.at = partial.at;
    }
    this.#byPiece.delete(partial.piece);
  }

  /** A block of it was asked for, came or became free. */
  changed(partial: PieceBuffer): void {
    if (partial.freeCount === 0) {
      if (partial.openAt >= 0) this.#close(partial);
    } else if (partial.openAt < 0) partial.openAt = this.open.push(partial) - 1;
  }

  /** Throws away what one giver gave, or all of them: NOBODY. True where that made a block free. */
  discard(partial: PieceBuffer, giver: number): boolean {
    const freeBefore = partial.freeCount;
    for (let block = 0; block < partial.blockCount; block++) {
      const given = partial.givers[block]!;
      if (partial.states[block] !== RECEIVED || given === NOBODY) continue;
      if (giver === NOBODY || given === giver) partial.discard(block);
    }
    this.changed(partial);
    return partial.freeCount > freeBefore;
  }

  /**
   * The block that the fewest are asked for, of a piece that may be shared; from a place drawn at random, for a piece more.
   * Undefined where every block has its three.
   */
  leastAsked(
    canGive: (piece: number) => boolean,
    random: Random,
  ): { readonly partial: PieceBuffer; readonly block: number } | undefined {
    const { all } = this;
    if (all.length === 0) return undefined;
    let found: { readonly partial: PieceBuffer; readonly block: number } | undefined;
    let fewest = MAX_REQUESTERS;
    const offset = random.below(all.length);
    for (let i = 0; i < all.length && fewest > 1; i++) {
      const partial = all[(i + offset) % all.length]!;
      if (partial.isSolo || !canGive(partial.piece)) continue;
      for (let block = 0; block < partial.blockCount; block++) {
        if (partial.states[block] !== REQUESTED || partial.requesters(block) >= fewest) continue;
        fewest = partial.requesters(block);
        found = { partial, block };
      }
    }
    return found;
  }

  /** It has no free block any more. Should one become free again, that is anybody's. */
  #close(partial: PieceBuffer): void {
    const last = this.open.pop()!;
    if (last !== partial) {
      this.open[partial.openAt] = last;
      last.openAt = partial.openAt;
    }
    partial.openAt = -1;
    if (!partial.isSolo) partial.owner = NOBODY;
  }
}

// In end game a block is asked of three peers at most.
const MAX_REQUESTERS = 3;
