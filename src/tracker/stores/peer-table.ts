// The peers of one swarm and one address family, packed into one block of an arena. Leechers stand before seeds, so that
// either choice is a range of positions:
//
//   block   | addresses: capacity × 6 or 18 | seen: capacity × 2 | places: of larger blocks |
//            … leechers … | … seeds … |
//            0          leechers     count
//
// An address goes into answers as it is. `seen` is the second of the last announce, 16 bits of it: whoever keeps a table
// looks at it more often than they come round. Up to 2 KiB a table is searched one by one, which is as quick as to hash
// and takes no room; beyond that places are a hash table of positions + 1, open addressing with linear probing.
//
// A table is four words at `t`, in memory that the caller has locked: | block | count | leechers | order |

import { halfSipHash } from '../../core/bytes/siphash.ts';
import { type Arena, HALVES_A_UNIT, MIN_ORDER, UNIT, WORDS_A_UNIT } from './arena.ts';

/** 16-bit numbers of an address: 3 for IPv4, 9 for IPv6. */
export type AddressHalves = 3 | 9;

export class PeerTables {
  /** The address that `find` and `add` are about is written here first. */
  readonly address = new Uint16Array(9);
  readonly addressBytes = new Uint8Array(this.address.buffer);
  readonly #pairs = new Int32Array(5);
  readonly #arena: Arena;
  readonly #bytes: Uint8Array;
  readonly #halves: Uint16Array;
  readonly #words: Int32Array;
  readonly #key0: number;
  readonly #key1: number;
  /** State of xorshift32 (Marsaglia, 2003): which peers are given is no secret. */
  #random: number;

  /** The keys are random and secret, and the same for all who share the memory; `seed` is anything but 0. */
  constructor(arena: Arena, key0: number, key1: number, seed: number) {
    this.#arena = arena;
    this.#bytes = arena.bytes;
    this.#halves = arena.halves;
    this.#words = arena.words;
    this.#key0 = key0;
    this.#key1 = key1;
    this.#random = seed | 1;
  }

  /** The position of a peer, or -1. Any change of the table makes it void. */
  find(t: number, width: AddressHalves): number {
    const { address } = this;
    const count = this.#words[t + 1]!;
    if (count === 0) return -1;
    const start = this.#words[t]! * HALVES_A_UNIT;
    if (this.#words[t + 3]! > MAX_SEARCHED) return this.#findHashed(t, width);
    const halves = this.#halves;
    const port = address[width - 1]!;
    const low = address[width - 2]!;
    for (let position = 0, at = start + width - 1; position < count; position++, at += width) {
      if (halves[at] === port && halves[at - 1] === low && this.#isAt(at - width + 1, width)) return position;
    }
    return -1;
  }

  isSeed(t: number, position: number): boolean {
    return position >= this.#words[t + 2]!;
  }

  /** Adds a peer that is not there yet; gives its position, or -1 where there is no memory for it. */
  add(t: number, width: AddressHalves, isSeed: boolean, nowSeconds: number): number {
    const words = this.#words;
    const count = words[t + 1]!;
    const order = words[t + 3]!;
    if (words[t] === 0 || count === capacityOf(width, order)) {
      if (!this.#resize(t, width, words[t] === 0 ? MIN_ORDER : order + 1)) return -1;
    }
    const at = words[t]! * HALVES_A_UNIT + count * width;
    for (let i = 0; i < width; i++) this.#halves[at + i] = this.address[i]!;
    words[t + 1] = count + 1;
    if (words[t + 3]! > MAX_SEARCHED) this.#insert(t, width, count);
    let position = count;
    if (!isSeed) {
      position = words[t + 2]!++;
      this.#swap(t, width, count, position);
    }
    this.#setSeen(t, width, position, nowSeconds);
    return position;
  }

  /** Notes that a peer has announced, in which role; gives its new position. */
  refresh(t: number, width: AddressHalves, position: number, isSeed: boolean, nowSeconds: number): number {
    let at = position;
    if (isSeed !== this.isSeed(t, position)) {
      at = isSeed ? --this.#words[t + 2]! : this.#words[t + 2]!++;
      this.#swap(t, width, position, at);
    }
    this.#setSeen(t, width, at, nowSeconds);
    return at;
  }

  remove(t: number, width: AddressHalves, position: number): void {
    this.#drop(t, width, position);
    this.#shrink(t, width);
  }

  /**
   * Removes who has not been seen for longer than `timeoutSeconds`, as far as `effort` goes: 1 a peer, or `HASHED_EFFORT` in a
   * table with places. Gives what is left of it; nothing left may mean that there are more.
   */
  removeUnseen(
    t: number,
    width: AddressHalves,
    nowSeconds: number,
    timeoutSeconds: number,
    effort: number,
  ): number {
    const words = this.#words;
    const before = words[t + 1]!;
    if (before === 0) return effort;
    const seen = this.#seenAt(t, width);
    const isUnseen = (position: number) =>
      ((nowSeconds - this.#halves[seen + position]!) & 0xffff) > timeoutSeconds;
    let position = before - 1;
    while (position >= 0 && isUnseen(position)) position--;
    if (position < 0) {
      this.clear(t);
      return effort;
    }
    const each = words[t + 3]! > MAX_SEARCHED ? HASHED_EFFORT : 1;
    let left = effort;
    // From the end: what moves into a gap has been looked at.
    for (position = before - 1; position >= 0 && left > 0; position--) {
      if (!isUnseen(position)) continue;
      this.#drop(t, width, position);
      left -= each;
    }
    if (words[t + 1]! < before) this.#shrink(t, width);
    return Math.max(left, 0);
  }

  /** Removes all. */
  clear(t: number): void {
    if (this.#words[t] !== 0) this.#arena.give(this.#words[t]!, this.#words[t + 3]!);
    this.#words.fill(0, t, t + 4);
  }

  /**
   * Writes the addresses of up to `want` peers into `out`, each as likely as any other, and gives how many. `except` is
   * a position to leave out, or -1. One peer out of each of `want` equal stretches of a ring that is turned at random: no
   * peer can come twice. A draw a peer, by whole numbers and without a branch: it is most of what an announce costs
   * (17 ns a peer with better numbers and a branch, 5 with these). The turn makes up for how coarse they are.
   */
  choose(
    t: number,
    width: AddressHalves,
    out: Uint16Array,
    want: number,
    leechersOnly: boolean,
    except: number,
  ): number {
    const range = this.#words[t + (leechersOnly ? 2 : 1)]!;
    const isIn = except >= 0 && except < range;
    const choices = isIn ? range - 1 : range;
    const chosen = Math.min(want, choices, (out.length / width) | 0) | 0;
    if (chosen <= 0) return 0;
    let random = this.#random;
    random ^= random << 13;
    random ^= random >>> 17;
    random ^= random << 5;
    this.#random = random;
    // Who wants all of them gets them in the order that they have.
    const turn = chosen === choices ? 0 : ((random >>> 0) * TO_UNIT * choices) | 0;
    const ring = { start: this.#words[t]! * HALVES_A_UNIT, choices, skip: isIn ? except : range, turn };
    if (width === 3) this.#choose4(out, chosen, ring, random);
    else this.#choose6(out, chosen, ring, random);
    return chosen;
  }

  #choose4(out: Uint16Array, chosen: number, { start, choices, skip, turn }: Ring, seed: number): void {
    const halves = this.#halves;
    const stretch = choices / chosen;
    let random = seed;
    let from = 0;
    for (let i = 1, length = 0; i <= chosen; i++, length += 3) {
      const to = (i * stretch + ROUNDING) | 0;
      random = (Math.imul(random, 1_664_525) + 1_013_904_223) | 0;
      let position = (from + turn + (Math.imul(random >>> 16, to - from) >>> 16)) | 0;
      from = to;
      if (position >= choices) position = (position - choices) | 0;
      if (position >= skip) position = (position + 1) | 0;
      const at = start + position * 3;
      out[length] = halves[at]!;
      out[length + 1] = halves[at + 1]!;
      out[length + 2] = halves[at + 2]!;
    }
  }

  /** The same for longer addresses. */
  #choose6(out: Uint16Array, chosen: number, { start, choices, skip, turn }: Ring, seed: number): void {
    const halves = this.#halves;
    const stretch = choices / chosen;
    let random = seed;
    let from = 0;
    for (let i = 1, length = 0; i <= chosen; i++, length += 9) {
      const to = (i * stretch + ROUNDING) | 0;
      random = (Math.imul(random, 1_664_525) + 1_013_904_223) | 0;
      let position = (from + turn + (Math.imul(random >>> 16, to - from) >>> 16)) | 0;
      from = to;
      if (position >= choices) position = (position - choices) | 0;
      if (position >= skip) position = (position + 1) | 0;
      const at = start + position * 9;
      for (let k = 0; k < 9; k++) out[length + k] = halves[at + k]!;
    }
  }

  /** The compact addresses of all: a view. */
  addresses(t: number, width: AddressHalves): Uint8Array {
    const at = this.#words[t]! * UNIT;
    return this.#bytes.subarray(at, at + this.#words[t + 1]! * width * 2);
  }

  /** Seconds since a peer was seen. */
  age(t: number, width: AddressHalves, position: number, nowSeconds: number): number {
    return (nowSeconds - this.#halves[this.#seenAt(t, width) + position]!) & 0xffff;
  }

  #isAt(at: number, width: AddressHalves): boolean {
    for (let i = 0; i < width; i++) if (this.#halves[at + i] !== this.address[i]) return false;
    return true;
  }

  /** Takes a peer out; the block stays as it is. */
  #drop(t: number, width: AddressHalves, position: number): void {
    const words = this.#words;
    let hole = position;
    if (!this.isSeed(t, position)) {
      hole = --words[t + 2]!;
      this.#swap(t, width, position, hole);
    }
    const last = words[t + 1]! - 1;
    this.#swap(t, width, hole, last);
    if (words[t + 3]! > MAX_SEARCHED) this.#emptyPlace(t, width, this.#placeOf(t, width, last));
    words[t + 1] = last;
  }

  #swap(t: number, width: AddressHalves, a: number, b: number): void {
    if (a === b) return;
    if (this.#words[t + 3]! > MAX_SEARCHED) {
      const placeA = this.#placeOf(t, width, a);
      const placeB = this.#placeOf(t, width, b);
      this.#setPlace(t, width, placeA, b + 1);
      this.#setPlace(t, width, placeB, a + 1);
    }
    const halves = this.#halves;
    const start = this.#words[t]! * HALVES_A_UNIT;
    for (let i = 0; i < width; i++) {
      const held = halves[start + a * width + i]!;
      halves[start + a * width + i] = halves[start + b * width + i]!;
      halves[start + b * width + i] = held;
    }
    const seen = this.#seenAt(t, width);
    const held = halves[seen + a]!;
    halves[seen + a] = halves[seen + b]!;
    halves[seen + b] = held;
  }

  #seenAt(t: number, width: AddressHalves): number {
    return this.#words[t]! * HALVES_A_UNIT + capacityOf(width, this.#words[t + 3]!) * width;
  }

  #setSeen(t: number, width: AddressHalves, position: number, nowSeconds: number): void {
    this.#halves[this.#seenAt(t, width) + position] = nowSeconds;
  }

  /** A smaller block for a table that fills less than half of that; none for an empty one. */
  #shrink(t: number, width: AddressHalves): void {
    const count = this.#words[t + 1]!;
    if (count === 0) {
      this.clear(t);
      return;
    }
    const order = this.#words[t + 3]!;
    let smaller = order;
    while (smaller > MIN_ORDER && 2 * count <= capacityOf(width, smaller - 1)) smaller--;
    if (smaller < order) this.#resize(t, width, smaller);
  }

  /** Moves the table into a block of another order; false where there is none. */
  #resize(t: number, width: AddressHalves, order: number): boolean {
    const words = this.#words;
    const block = this.#arena.take(order);
    if (block === 0) return false;
    const old = words[t]!;
    const count = words[t + 1]!;
    if (old !== 0) {
      const seen = this.#seenAt(t, width);
      const to = block * HALVES_A_UNIT;
      this.#halves.copyWithin(to, old * HALVES_A_UNIT, old * HALVES_A_UNIT + count * width);
      this.#halves.copyWithin(to + capacityOf(width, order) * width, seen, seen + count);
      this.#arena.give(old, words[t + 3]!);
    }
    words[t] = block;
    words[t + 3] = order;
    if (order > MAX_SEARCHED) {
      const end = (block * UNIT + 2 ** order) / 2;
      this.#halves.fill(0, end - (placesOf(width, order) * (isWide(width, order) ? 4 : 2)) / 2, end);
      for (let position = 0; position < count; position++) this.#insert(t, width, position);
    }
    return true;
  }

  // Places of large tables, from the end of the block backwards: 16 bits each, or 32 where positions need them.

  #placeAt(t: number, width: AddressHalves, place: number): number {
    const order = this.#words[t + 3]!;
    const end = this.#words[t]! * WORDS_A_UNIT + 2 ** (order - 2);
    return isWide(width, order) ? this.#words[end - 1 - place]! : this.#halves[2 * end - 1 - place]!;
  }

  #setPlace(t: number, width: AddressHalves, place: number, value: number): void {
    const order = this.#words[t + 3]!;
    const end = this.#words[t]! * WORDS_A_UNIT + 2 ** (order - 2);
    if (isWide(width, order)) this.#words[end - 1 - place] = value;
    else this.#halves[2 * end - 1 - place] = value;
  }

  #home(t: number, width: AddressHalves, position: number): number {
    const at = this.#words[t]! * HALVES_A_UNIT + position * width;
    return this.#hash(this.#halves, at, width) & (placesOf(width, this.#words[t + 3]!) - 1);
  }

  #hash(halves: Uint16Array, at: number, width: AddressHalves): number {
    const pairs = this.#pairs;
    for (let i = 0; i < width - 1; i += 2) pairs[i >> 1] = halves[at + i]! | (halves[at + i + 1]! << 16);
    pairs[width >> 1] = halves[at + width - 1]!;
    return halfSipHash(this.#key0, this.#key1, pairs, (width + 1) >> 1);
  }

  #findHashed(t: number, width: AddressHalves): number {
    const mask = placesOf(width, this.#words[t + 3]!) - 1;
    const start = this.#words[t]! * HALVES_A_UNIT;
    for (let place = this.#hash(this.address, 0, width) & mask; ; place = (place + 1) & mask) {
      const position = this.#placeAt(t, width, place) - 1;
      if (position < 0 || this.#isAt(start + position * width, width)) return position;
    }
  }

  #placeOf(t: number, width: AddressHalves, position: number): number {
    const mask = placesOf(width, this.#words[t + 3]!) - 1;
    let place = this.#home(t, width, position);
    while (this.#placeAt(t, width, place) !== position + 1) place = (place + 1) & mask;
    return place;
  }

  #insert(t: number, width: AddressHalves, position: number): void {
    const mask = placesOf(width, this.#words[t + 3]!) - 1;
    let place = this.#home(t, width, position);
    while (this.#placeAt(t, width, place) !== 0) place = (place + 1) & mask;
    this.#setPlace(t, width, place, position + 1);
  }

  /** Empties a place, and moves those behind it back to where their search would end (Knuth, volume 3, 6.4, algorithm R). */
  #emptyPlace(t: number, width: AddressHalves, empty: number): void {
    const mask = placesOf(width, this.#words[t + 3]!) - 1;
    let hole = empty;
    for (let place = (hole + 1) & mask; ; place = (place + 1) & mask) {
      const held = this.#placeAt(t, width, place);
      if (held === 0) break;
      const home = this.#home(t, width, held - 1);
      if (((place - home) & mask) < ((place - hole) & mask)) continue;
      this.#setPlace(t, width, hole, held);
      hole = place;
    }
    this.#setPlace(t, width, hole, 0);
  }
}

/** Where peers are chosen from: `choices` positions from `start` on, without `skip`, beginning at `turn`. */
interface Ring {
  readonly start: number;
  readonly choices: number;
  readonly skip: number;
  readonly turn: number;
}

/** How many peers a block of this order holds. */
export function capacityOf(width: AddressHalves, order: number): number {
  return (width === 3 ? CAPACITIES4 : CAPACITIES6)[order]!;
}

/** Places: a power of two, filled to three quarters at most. */
function placesOf(width: AddressHalves, order: number): number {
  return 2 ** (order - (width === 3 ? 3 : 4));
}

/** Whether places have 32 bits: positions of 16 would not do. */
function isWide(width: AddressHalves, order: number): boolean {
  return order >= (width === 3 ? 20 : 21);
}

function capacities(width: AddressHalves): readonly number[] {
  return Array.from({ length: 27 }, (_, order) => {
    const places = order <= MAX_SEARCHED ? 0 : placesOf(width, order) * (isWide(width, order) ? 4 : 2);
    return Math.floor((2 ** order - places) / (2 * width + 2));
  });
}

/** The order of the largest block without places: 256 peers of IPv4, 102 of IPv6. */
const MAX_SEARCHED = 11;
const CAPACITIES4 = capacities(3);
const CAPACITIES6 = capacities(9);
/** To take a peer out of a table with places takes 3 to 5 us, out of another a tenth of one. */
export const HASHED_EFFORT = 16;
const TO_UNIT = 2 ** -32;
/** A quotient that was rounded down must not leave out the last choice. */
const ROUNDING = 1e-6;
