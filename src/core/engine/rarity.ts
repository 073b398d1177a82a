// The pieces that are still to be begun, rarest first. A sorted array that is kept sorted by swaps: a piece whose count
// rises changes places with the last of its rank, and the border moves by one. (libtorrent's picker keeps the same
// picture.) Peers that have everything are a number, not an entry in every count.
//
//   rank (peers that have the piece)    0       1           2
//   #order                            | 7 3 | 4 9 1 0 | 2 8 |
//   #ends                                  2         6     8

import type { Random } from '../bytes/prng.ts';

export class Rarity {
  /** How many peers have each piece, those aside that have all. */
  readonly availability: Uint16Array;
  /** Peers that have every piece. */
  seeds = 0;
  readonly #order: Uint32Array;
  /** Where each piece stands in `#order`; NOWHERE where it is not to be begun. */
  readonly #position: Uint32Array;
  #count = 0;
  /** For each rank, one past its last place in `#order`. */
  readonly #ends: number[] = [0];
  readonly #random: Random;

  constructor(pieceCount: number, random: Random) {
    this.availability = new Uint16Array(pieceCount);
    this.#order = new Uint32Array(pieceCount);
    this.#position = new Uint32Array(pieceCount).fill(NOWHERE);
    this.#random = random;
  }

  /** Pieces that are still to be begun. */
  get count(): number {
    return this.#count;
  }

  /** Those of them that somebody has. */
  get availableCount(): number {
    return this.seeds > 0 ? this.#count : this.#count - this.#ends[0]!;
  }

  isListed(piece: number): boolean {
    return this.#position[piece] !== NOWHERE;
  }

  insert(piece: number): void {
    if (this.isListed(piece)) return;
    const rank = this.availability[piece]!;
    while (this.#ends.length <= rank) this.#ends.push(this.#count);
    // Each rank above gives up its first place to its own end.
    let hole = this.#count++;
    for (let above = this.#ends.length - 1; above > rank; above--) {
      const first = this.#ends[above - 1]!;
      if (first !== hole) this.#put(hole, this.#order[first]!);
      hole = first;
      this.#ends[above]!++;
    }
    this.#ends[rank]!++;
    this.#put(hole, piece);
  }

  remove(piece: number): void {
    if (!this.isListed(piece)) return;
    let hole = this.#position[piece]!;
    for (let rank = this.availability[piece]!; rank < this.#ends.length; rank++) {
      const last = this.#ends[rank]! - 1;
      if (last !== hole) this.#put(hole, this.#order[last]!);
      hole = last;
      this.#ends[rank] = last;
    }
    this.#position[piece] = NOWHERE;
    this.#count--;
  }

  /** One more peer has the piece. */
  rose(piece: number): void {
    const rank = this.availability[piece]!++;
    if (!this.isListed(piece)) return;
    while (this.#ends.length <= rank + 1) this.#ends.push(this.#count);
    const last = --this.#ends[rank]!;
    this.#swap(this.#position[piece]!, last);
  }

  /** One peer fewer has it. */
  fell(piece: number): void {
    const rank = this.availability[piece]!--;
    if (!this.isListed(piece)) return;
    const first = this.#ends[rank - 1]!++;
    this.#swap(this.#position[piece]!, first);
  }

  /** The rarest piece that `has` says yes to, ties at random; -1 where there is none. */
  rarest(has: (piece: number) => boolean): number {
    let start = this.seeds > 0 ? 0 : this.#ends[0]!;
    for (let rank = 0; rank < this.#ends.length; rank++) {
      const end = this.#ends[rank]!;
      if (end <= start) continue;
      const piece = this.#firstFrom(start, end, has);
      if (piece >= 0) return piece;
      start = end;
    }
    return -1;
  }

  /** Any piece that `has` says yes to, whatever its rank. */
  anyOf(has: (piece: number) => boolean): number {
    const start = this.seeds > 0 ? 0 : this.#ends[0]!;
    return this.#count === start ? -1 : this.#firstFrom(start, this.#count, has);
  }

  /** Looks through `start`…`end` once around, from a place drawn at random. */
  #firstFrom(start: number, end: number, has: (piece: number) => boolean): number {
    const offset = this.#random.below(end - start);
    for (let i = start + offset; i < end; i++) if (has(this.#order[i]!)) return this.#order[i]!;
    for (let i = start; i < start + offset; i++) if (has(this.#order[i]!)) return this.#order[i]!;
    return -1;
  }

  #put(at: number, piece: number): void {
    this.#order[at] = piece;
    this.#position[piece] = at;
  }

  #swap(a: number, b: number): void {
    const held = this.#order[a]!;
    this.#put(a, this.#order[b]!);
    this.#put(b, held);
  }
}

const NOWHERE = 0xffffffff;
