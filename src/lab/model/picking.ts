// Which piece a peer asks a neighbour for: the picker's rules (`core/engine/picker`), on words of bits and whole pieces.
//
//   1. one that was begun and that nobody gives any more
//   2. a new one: of a seed what it gives to nobody else; any for the first few; the rarest among the neighbours, ties at
//      random; or the first in order
//   3. one that others give, where it is not all asked for, or where nothing at all is to be begun: end game
//
// In end game the real peers are asked for the same block twice, and some come twice (2–3 % of all in the simulator); here the
// two divide what is missing, and nothing comes twice.

import type { Random } from '../../core/bytes/prng.ts';
import type { FirstCopies } from './first-copies.ts';
import { type Links, NOTHING } from './links.ts';
import type { Peers } from './peers.ts';
import type { Pieces } from './pieces.ts';

export type Order = 'rarest-first' | 'random' | 'sequential';

export interface PickingOptions {
  readonly randomFirstPieces: number;
  readonly pieceLength: number;
  /** Of each group. */
  readonly orders: readonly Order[];
}

export class Picking {
  /** Of the piece that was picked last, how many bytes the link is to give. */
  bytes = 0;
  readonly #pieces: Pieces;
  readonly #peers: Peers;
  readonly #links: Links;
  readonly #options: PickingOptions;
  readonly #random: Random;
  readonly #firstCopies: ReadonlyMap<number, FirstCopies>;
  /** Of each peer, the step in which it was found out whether anything can be begun; negative: it cannot. */
  readonly #openAsked: Int32Array;

  constructor(
    pieces: Pieces,
    peers: Peers,
    links: Links,
    firstCopies: ReadonlyMap<number, FirstCopies>,
    options: PickingOptions,
    random: Random,
  ) {
    this.#pieces = pieces;
    this.#peers = peers;
    this.#links = links;
    this.#firstCopies = firstCopies;
    this.#options = options;
    this.#random = random;
    this.#openAsked = new Int32Array(peers.count);
  }

  /**
   * For a link from giver to taker: the place in the taker's table of a piece that the link gives from now on, with `bytes`
   * of it; NOTHING where there is none.
   */
  pick(giver: number, taker: number, link: number, now: number): number {
    const { lying, takenCount, pieceCount } = this.#pieces;
    if (lying[taker]! > 0) {
      const place = this.#lying(giver, taker);
      if (place !== NOTHING) {
        this.bytes = this.#pieces.join(taker, place, link);
        return place;
      }
    }
    if (takenCount[taker] === pieceCount) return NOTHING;
    const piece = this.#new(giver, taker, now);
    if (piece < 0) return NOTHING;
    this.bytes = this.#pieces.lengthOf(piece);
    return this.#pieces.begin(taker, piece, link);
  }

  /** The same where there is nothing else: half of what another link is to give and was not asked for. `step` is above 0. */
  pickShared(giver: number, taker: number, link: number, askedBytes: number, step: number): number {
    const least = this.#canBegin(taker, step) ? Math.max(MIN_SHARED, askedBytes) : MIN_SHARED;
    if (least >= this.#options.pieceLength) return NOTHING;
    const { begun, givers, rows, used } = this.#pieces;
    const first = taker * rows;
    let best = NOTHING;
    let most = least;
    for (let place = 0; place < used[taker]!; place++) {
      const row = first + place;
      if (begun[row]! < 0 || givers[row] === 0 || givers[row]! >= MAX_GIVERS) continue;
      const left = this.#leftOf(row, place);
      if (left <= most || !this.#pieces.has(giver, begun[row]!)) continue;
      most = left;
      best = place;
    }
    if (best === NOTHING) return NOTHING;
    this.#halve(first + best, best, most / 2);
    this.bytes = most / 2 + this.#pieces.join(taker, best, link);
    return best;
  }

  /** What the link that a piece comes from is to give of it. */
  #leftOf(row: number, place: number): number {
    const link = this.#pieces.link[row]!;
    const { current, currentLeft, next, nextLeft } = this.#links;
    return current[link] === place ? currentLeft[link]! : next[link] === place ? nextLeft[link]! : 0;
  }

  #halve(row: number, place: number, bytes: number): void {
    const link = this.#pieces.link[row]!;
    const { current, currentLeft, nextLeft } = this.#links;
    if (current[link] === place) currentLeft[link]! -= bytes;
    else nextLeft[link]! -= bytes;
  }

  #lying(giver: number, taker: number): number {
    const { begun, givers, rows, used } = this.#pieces;
    const first = taker * rows;
    for (let place = 0; place < used[taker]!; place++) {
      const row = first + place;
      if (begun[row]! >= 0 && givers[row] === 0 && this.#pieces.has(giver, begun[row]!)) return place;
    }
    return NOTHING;
  }

  #new(giver: number, taker: number, now: number): number {
    const order = this.#options.orders[this.#peers.group[taker]!]!;
    const first = this.#firstCopies.get(giver);
    if (first === undefined || order === 'sequential') return this.#ofAll(giver, taker, order);
    const { taken, words } = this.#pieces;
    const isWanted = (each: number) => (taken[taker * words + (each >>> 5)]! & (1 << (each & 31))) === 0;
    const piece = first.take(isWanted, now);
    if (piece >= 0) return piece;
    if (!first.mayRepeat(this.#options.pieceLength, this.#peers.up[giver]!, now)) return -1;
    const again = this.#ofAll(giver, taker, order);
    return again >= 0 && first.mayShowAgain(again, now) ? again : -1;
  }

  #ofAll(giver: number, taker: number, order: Order): number {
    if (order === 'sequential') return this.#lowest(giver, taker);
    if (order === 'random' || this.#pieces.held[taker]! < this.#options.randomFirstPieces)
      return this.#any(giver, taker);
    return this.#rarest(giver, taker);
  }

  #lowest(giver: number, taker: number): number {
    const { have, taken, words } = this.#pieces;
    const [g, t] = [giver * words, taker * words];
    for (let w = 0; w < words; w++) {
      const bits = have[g + w]! & ~taken[t + w]!;
      if (bits !== 0) return (w << 5) + 31 - Math.clz32(bits & -bits);
    }
    return -1;
  }

  #any(giver: number, taker: number): number {
    const { have, taken, words } = this.#pieces;
    const [g, t] = [giver * words, taker * words];
    let count = 0;
    for (let w = 0; w < words; w++) count += bitsIn(have[g + w]! & ~taken[t + w]!);
    if (count === 0) return -1;
    let skip = this.#random.below(count);
    for (let w = 0; w < words; w++) {
      let bits = have[g + w]! & ~taken[t + w]!;
      const here = bitsIn(bits);
      if (skip >= here) {
        skip -= here;
        continue;
      }
      for (; skip > 0; skip--) bits &= bits - 1;
      return (w << 5) + 31 - Math.clz32(bits & -bits);
    }
    return -1;
  }

  /**
   * Of as many as a look is worth, from a place drawn at random: the rarest of sixty-four is as rare as any. Ties by a number
   * that is mixed of the piece and of luck: one draw for all of them.
   */
  #rarest(giver: number, taker: number): number {
    const { have, taken, words, availability, pieceCount } = this.#pieces;
    const [g, t, row] = [giver * words, taker * words, taker * pieceCount];
    const luck = this.#random.below(2 ** 32);
    const offset = luck % words;
    let looks = MAX_LOOKS;
    let best = -1;
    let least = 0x7fffffff;
    for (let i = 0; i < words && looks > 0; i++) {
      const w = i + offset < words ? i + offset : i + offset - words;
      for (let bits = have[g + w]! & ~taken[t + w]!; bits !== 0; bits &= bits - 1) {
        const piece = (w << 5) + 31 - Math.clz32(bits & -bits);
        const key = (availability[row + piece]! << 16) | (Math.imul(piece ^ luck, 0x9e3779b1) >>> 16);
        looks--;
        if (key >= least) continue;
        least = key;
        best = piece;
      }
    }
    return best;
  }

  /** Something is not begun that a neighbour has. */
  #canBegin(taker: number, step: number): boolean {
    const asked = this.#openAsked[taker]!;
    if (Math.abs(asked) === step) return asked > 0;
    const can = this.#isOpen(taker);
    this.#openAsked[taker] = can ? step : -step;
    return can;
  }

  #isOpen(taker: number): boolean {
    const { taken, words, availability, pieceCount, takenCount, seeds } = this.#pieces;
    if (takenCount[taker] === pieceCount) return false;
    if (seeds[taker]! > 0) return true;
    const row = taker * pieceCount;
    for (let w = 0; w < words; w++) {
      for (let bits = ~taken[taker * words + w]!; bits !== 0; bits &= bits - 1) {
        const piece = (w << 5) + 31 - Math.clz32(bits & -bits);
        if (piece < pieceCount && availability[row + piece]! > 0) return true;
      }
    }
    return false;
  }
}

function bitsIn(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

const MAX_LOOKS = 64;
const MAX_GIVERS = 3;
// A block.
const MIN_SHARED = 16_384;
