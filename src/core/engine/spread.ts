// What a seed has not given to anybody: the next piece for a peer that asks what to take. A walk over all pieces once, from
// a place and with a stride drawn at random, that passes over those that were given or that somebody has; so finding the
// next costs no more than what was passed over, and a torrent of two million pieces costs a bit a piece. What was given to
// one that left before it had it whole is given anew. Knows no peers and no messages.

import { Bitfield } from '../bytes/bitfield.ts';
import type { Random } from '../bytes/prng.ts';

export class Spread {
  readonly #given: Bitfield;
  readonly #stride: number;
  #at: number;
  #left: number;
  readonly #again: number[] = [];

  constructor(pieceCount: number, random: Random) {
    this.#given = new Bitfield(pieceCount);
    this.#stride = strideFor(pieceCount, random);
    this.#at = random.below(pieceCount);
    this.#left = pieceCount;
  }

  /** Nothing is left that was given to nobody, as far as was looked. */
  get isSpent(): boolean {
    return this.#left === 0 && this.#again.length === 0;
  }

  /** A piece that was given to nobody and that nobody has, taken as given from here on; -1 where there is none. */
  next(hasSomebody: (piece: number) => boolean): number {
    for (let piece = this.#again.pop(); piece !== undefined; piece = this.#again.pop())
      if (!hasSomebody(piece) && this.#given.add(piece)) return piece;
    for (; this.#left > 0; this.#left--) {
      const piece = this.#at;
      this.#at = (this.#at + this.#stride) % this.#given.length;
      if (hasSomebody(piece) || !this.#given.add(piece)) continue;
      this.#left--;
      return piece;
    }
    return -1;
  }

  /** Somebody gets it without having been told to. False where it was given before. */
  gave(piece: number): boolean {
    return this.#given.add(piece);
  }

  /** It did not get there. */
  cameToNothing(piece: number): void {
    if (this.#given.delete(piece)) this.#again.push(piece);
  }
}

/** Without a common divisor with the count, so that the walk comes by every piece; far from a neighbour's. */
function strideFor(count: number, random: Random): number {
  let stride = 1 + random.below(count);
  while (commonDivisor(stride, count) !== 1) stride++;
  return stride;
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
