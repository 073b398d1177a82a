// Swarms by their info hash, in an arena. They are shared out among stripes by a keyed hash, each with a lock and a hash
// table of its own, so that threads meet seldom. A swarm is one unit of 64 bytes, as large as what a core fetches at once:
//
//   words   0–4 info hash   5 downloads   6 swept at   7–10 peers of IPv4   11–14 peers of IPv6   15 hash
//   stripe  0 lock   1 block of slots   2 slots   3 swarms   4 the slot to sweep next
//   slot    | pointer 26 | first bits of the hash 6 |     0 is empty; open addressing with linear probing
//
// Whoever asks for a swarm holds its stripe's lock until it is done with it.

import { halfSipHash, wordAt } from '../../core/bytes/siphash.ts';
import type { KeyedHashes, MessageRow } from '../../host/keyed-hashes.ts';
import { type Arena, MIN_ORDER, orderFor, WORDS_A_UNIT } from './arena.ts';
import { acquire, release, tryAcquire } from './lock.ts';

export class SwarmTable {
  readonly stripes: number;
  readonly #arena: Arena;
  readonly #words: Int32Array;
  readonly #first: number;
  readonly #key0: number;
  readonly #key1: number;
  readonly #key: Int32Array;
  readonly #name = new Int32Array(5);
  readonly #hashes: KeyedHashes | undefined;
  // Of those that were looked at ahead: their hashes, and where they lie.
  readonly #hashesAhead = new Int32Array(MOST_AHEAD);
  readonly #placesAhead = new Int32Array(MOST_AHEAD + 1);

  /** `at` is where in the memory, in bytes, the stripes lie: 64 bytes each. Their number is a power of two. */
  constructor(arena: Arena, at: number, stripes: number, key0: number, key1: number, hashes?: KeyedHashes) {
    this.#hashes = hashes;
    this.#arena = arena;
    this.#words = arena.words;
    this.#first = at / 4;
    this.stripes = stripes;
    this.#key0 = key0;
    this.#key1 = key1;
    this.#key = Int32Array.of(key0, key1);
  }

  /** Says which swarm what follows is about, and gives its hash: `ahead` where `lookAhead` has given that. */
  name(infoHash: Uint8Array, ahead?: number): number {
    const name = this.#name;
    name[0] = wordAt(infoHash, 0);
    name[1] = wordAt(infoHash, 4);
    name[2] = wordAt(infoHash, 8);
    name[3] = wordAt(infoHash, 12);
    name[4] = wordAt(infoHash, 16);
    return ahead ?? halfSipHash(this.#key0, this.#key1, name, 5);
  }

  /**
   * Swarms that are about to be named, and what `name` is to be given with them. A good part of what an announce takes is waiting
   * for memory: for the slot, then the swarm, then its peers. So all of a batch are waited for side by side. Without their locks,
   * which is no harm: nothing of what is read is used.
   */
  lookAhead(names: MessageRow, count: number): Int32Array | undefined {
    if (this.#hashes === undefined || count > MOST_AHEAD) return undefined;
    const words = this.#words;
    const [hashes, places] = [this.#hashesAhead, this.#placesAhead];
    this.#hashes.halfSip(this.#key, names, count, hashes);
    let touched = 0;
    for (let i = 0; i < count; i++) {
      const stripe = this.#stripe(hashes[i]! & (this.stripes - 1));
      const slot =
        words[stripe + 1]! * WORDS_A_UNIT + (homeOf(hashes[i]!) & Math.max(words[stripe + 2]! - 1, 0));
      places[i] = slot;
      touched ^= words[slot]!;
    }
    for (let i = 0; i < count; i++) {
      const swarm = (words[places[i]!]! >>> TAG_BITS) * WORDS_A_UNIT;
      places[i] = swarm;
      touched ^= words[swarm + PEERS4]!;
    }
    for (let i = 0; i < count; i++) {
      const peers = words[places[i]! + PEERS4]! * WORDS_A_UNIT;
      touched ^= words[peers]! ^ words[peers + WORDS_A_UNIT]!;
    }
    // Of no use, but that a compiler leaves out what is only looked at.
    places[MOST_AHEAD] = touched;
    return hashes;
  }

  lock(hash: number): void {
    if (this.#arena.isShared) acquire(this.#words, this.#stripe(hash & (this.stripes - 1)));
  }

  unlock(hash: number): void {
    if (this.#arena.isShared) release(this.#words, this.#stripe(hash & (this.stripes - 1)));
  }

  /** The word at which the swarm that was named begins, or -1. */
  find(hash: number): number {
    const words = this.#words;
    const stripe = this.#stripe(hash & (this.stripes - 1));
    const slots = words[stripe + 1]! * WORDS_A_UNIT;
    if (slots === 0) return -1;
    const mask = words[stripe + 2]! - 1;
    for (let slot = homeOf(hash) & mask; ; slot = (slot + 1) & mask) {
      const held = words[slots + slot]!;
      if (held === 0) return -1;
      if (((held ^ (hash >>> TAG_SHIFT)) & TAG_MASK) !== 0) continue;
      const swarm = (held >>> TAG_BITS) * WORDS_A_UNIT;
      if (words[swarm + HASH] === (hash | 0) && this.#isNamed(swarm)) return swarm;
    }
  }

  /** Adds the swarm that was named and is not there yet, empty; -1 where there is no memory for it. */
  add(hash: number): number {
    const words = this.#words;
    const stripe = this.#stripe(hash & (this.stripes - 1));
    if (4 * (words[stripe + 3]! + 1) > 3 * words[stripe + 2]! && !this.#grow(stripe)) return -1;
    const block = this.#arena.take(MIN_ORDER);
    if (block === 0) return -1;
    const swarm = block * WORDS_A_UNIT;
    words.fill(0, swarm, swarm + WORDS_A_UNIT);
    words.set(this.#name, swarm);
    words[swarm + HASH] = hash;
    this.#insert(stripe, block, hash);
    words[stripe + 3]!++;
    return swarm;
  }

  /**
   * Shows up to `slots` slots of a stripe to `look`, after those of the last time. A swarm that "goes" is removed; one that is
   * looked at "again" ends it, and is the first of the next time. False, and nothing done, where another thread is at that
   * stripe. True where the stripe's end was come to.
   */
  sweep(index: number, slots: number, look: (swarm: number) => 'stays' | 'goes' | 'again'): boolean {
    const words = this.#words;
    const stripe = this.#stripe(index);
    if (!tryAcquire(words, stripe)) return false;
    const table = words[stripe + 1]! * WORDS_A_UNIT;
    const count = words[stripe + 2]!;
    let slot = words[stripe + 4]! < count ? words[stripe + 4]! : 0;
    const end = Math.min(count, slot + slots);
    while (slot < end) {
      const swarm = (words[table + slot]! >>> TAG_BITS) * WORDS_A_UNIT;
      const verdict = swarm === 0 ? 'stays' : look(swarm);
      if (verdict === 'again') break;
      // What moves into the slot of one that is gone has its turn at once.
      if (verdict === 'goes') this.#remove(stripe, slot, swarm);
      else slot++;
    }
    words[stripe + 4] = slot < count ? slot : 0;
    release(words, stripe);
    return slot >= count;
  }

  /** Every swarm of a stripe, which is locked meanwhile. */
  each(index: number, look: (swarm: number) => void): void {
    const words = this.#words;
    const stripe = this.#stripe(index);
    acquire(words, stripe);
    try {
      const table = words[stripe + 1]! * WORDS_A_UNIT;
      for (let slot = 0; slot < words[stripe + 2]!; slot++) {
        const swarm = (words[table + slot]! >>> TAG_BITS) * WORDS_A_UNIT;
        if (swarm !== 0) look(swarm);
      }
    } finally {
      release(words, stripe);
    }
  }

  #stripe(index: number): number {
    return this.#first + index * WORDS_A_UNIT;
  }

  #isNamed(swarm: number): boolean {
    const words = this.#words;
    const name = this.#name;
    for (let i = 0; i < 5; i++) if (words[swarm + i] !== name[i]) return false;
    return true;
  }

  #insert(stripe: number, block: number, hash: number): void {
    const words = this.#words;
    const slots = words[stripe + 1]! * WORDS_A_UNIT;
    const mask = words[stripe + 2]! - 1;
    let slot = homeOf(hash) & mask;
    while (words[slots + slot] !== 0) slot = (slot + 1) & mask;
    words[slots + slot] = (block << TAG_BITS) | (hash >>> TAG_SHIFT);
  }

  /** Twice as many slots. */
  #grow(stripe: number): boolean {
    const words = this.#words;
    const old = words[stripe + 1]!;
    const before = words[stripe + 2]!;
    const count = Math.max(16, 2 * before);
    const order = orderFor(4 * count);
    const block = this.#arena.take(order);
    if (block === 0) return false;
    words.fill(0, block * WORDS_A_UNIT, block * WORDS_A_UNIT + count);
    words[stripe + 1] = block;
    words[stripe + 2] = count;
    words[stripe + 4] = 0;
    if (old === 0) return true;
    for (let slot = 0; slot < before; slot++) {
      const held = words[old * WORDS_A_UNIT + slot]! >>> TAG_BITS;
      if (held !== 0) this.#insert(stripe, held, words[held * WORDS_A_UNIT + HASH]!);
    }
    this.#arena.give(old, orderFor(4 * before));
    return true;
  }

  /** Removes a swarm that has no peers, and closes the gap (Knuth, volume 3, 6.4, algorithm R). */
  #remove(stripe: number, gap: number, swarm: number): void {
    const words = this.#words;
    const slots = words[stripe + 1]! * WORDS_A_UNIT;
    const mask = words[stripe + 2]! - 1;
    let hole = gap;
    for (let slot = (hole + 1) & mask; words[slots + slot] !== 0; slot = (slot + 1) & mask) {
      const other = (words[slots + slot]! >>> TAG_BITS) * WORDS_A_UNIT;
      const home = homeOf(words[other + HASH]!) & mask;
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
      words[slots + hole] = words[slots + slot]!;
      hole = slot;
    }
    words[slots + hole] = 0;
    words[stripe + 3]!--;
    this.#arena.give(swarm / WORDS_A_UNIT, MIN_ORDER);
  }
}

/** The low bits choose the stripe. */
function homeOf(hash: number): number {
  return hash >>> 8;
}

/** The info hash of a swarm, for whatever order the machine has its bytes in. */
export function infoHashOf(words: Int32Array, swarm: number): Uint8Array {
  return Uint8Array.from({ length: 20 }, (_, i) => words[swarm + (i >> 2)]! >>> (8 * (i & 3)));
}

/** Words of a swarm. */
export const DOWNLOADED = 5;
export const SWEPT_AT = 6;
export const PEERS4 = 7;
export const PEERS6 = 11;
const HASH = 15;
/** As many as come in one batch of datagrams. */
const MOST_AHEAD = 64;
const TAG_BITS = 6;
const TAG_MASK = 63;
const TAG_SHIFT = 26;
