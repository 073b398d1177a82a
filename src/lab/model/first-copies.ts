// What a seed gives to nobody twice while there are pieces that nobody has: the engine's own `Spread`, for each of those that
// came with everything. A super-seed (BEP 16) gives second copies only of what fewer than two others have.

import type { Random } from '../../core/bytes/prng.ts';
import { Spread } from '../../core/engine/spread.ts';

export class FirstCopies {
  /** The pieces that are on their way as first copies. */
  readonly #goingOut: Uint8Array;
  readonly #spread: Spread;
  readonly #availability: Uint8Array;
  #count = 0;
  /** It is a super-seed, and there are not enough copies yet. */
  #isHiding: boolean;
  /** When a first copy was begun last. */
  #lastAt = 0;
  /** Nothing is given twice until then, while first copies are going out; NaN before everything was given once. */
  #aloneUntil = Number.NaN;

  /** `availability`: how many neighbours of the seed have each piece; read, as it changes. */
  constructor(availability: Uint8Array, isSuperSeed: boolean, random: Random) {
    this.#availability = availability;
    this.#goingOut = new Uint8Array(availability.length);
    this.#spread = new Spread(availability.length, random);
    this.#isHiding = isSuperSeed;
  }

  /** A piece that nobody has or was given, for somebody who may want it or not; -1 where there is none. */
  take(wants: (piece: number) => boolean, now: number): number {
    const piece = this.#spread.next(other => this.#availability[other]! > 0);
    if (piece < 0) return piece;
    if (!wants(piece)) {
      this.#spread.cameToNothing(piece);
      return -1;
    }
    this.#goingOut[piece] = 1;
    this.#count++;
    this.#lastAt = now;
    return piece;
  }

  get isSuperSeed(): boolean {
    return this.#isHiding;
  }

  isGoingOut(piece: number): boolean {
    return this.#goingOut[piece] === 1;
  }

  came(piece: number): void {
    this.#count -= this.#goingOut[piece]!;
    this.#goingOut[piece] = 0;
  }

  cameToNothing(piece: number): void {
    if (!this.isGoingOut(piece)) return;
    this.came(piece);
    this.#spread.cameToNothing(piece);
  }

  /** `bytesPerMs`: what it sends. See `isRepeatTooEarly` of `core/engine/spreading`. */
  mayRepeat(pieceLength: number, bytesPerMs: number, now: number): boolean {
    if (this.#count === 0 || !this.#spread.isSpent) return true;
    if (Number.isNaN(this.#aloneUntil)) {
      const ms = (1.5 * this.#count * pieceLength) / bytesPerMs;
      this.#aloneUntil = now + (ms < MIN_ALONE_MS ? 0 : Math.min(MAX_ALONE_MS, ms));
    }
    return now >= this.#aloneUntil;
  }

  /** Whether a super-seed shows it to a second: what is under way comes without, and two copies are enough. */
  mayShowAgain(piece: number, now: number): boolean {
    if (!this.#isHiding) return true;
    this.#isHiding = this.#availability.some(count => count < ENOUGH_COPIES);
    if (!this.#isHiding) return true;
    return now - this.#lastAt >= STUCK_MS && this.#availability[piece]! < ENOUGH_COPIES;
  }
}

const MIN_ALONE_MS = 1000;
const MAX_ALONE_MS = 10_000;
// As in `core/engine/super-seeding`.
const STUCK_MS = 2000;
const ENOUGH_COPIES = 2;
