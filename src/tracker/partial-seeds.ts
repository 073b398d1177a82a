// Partial seeds: peers that have all that they want, and not all (BEP 21). They announce `paused` each time, count among the
// incomplete, and are no downloaders. They are few, so they are kept here beside the store, which need not know.
//
// Where several threads are one tracker, one of them keeps all. The others tell it of partial seeds, and of announces that might
// be of one that is none any more: by marks in shared memory, a bit for each, of which some are set for nothing.

import { toBinaryString } from '../core/bytes/utf8.ts';

/** Of memory that threads share for marks. */
export function newPartialSeedsMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(4 + MARKS / 8);
}

/** Tells the thread that keeps them; the bytes are lent. */
export type PartialSeedTold = (
  infoHash: Uint8Array,
  ip: Uint8Array,
  port: number,
  isPartial: boolean,
) => void;

export class PartialSeeds {
  readonly #marks: Int32Array;
  readonly #told: PartialSeedTold | undefined;
  readonly #swarms = new Map<string, Map<string, number>>();
  #count = 0;

  /** With `told` another thread keeps them, over the same `memory`. */
  constructor(memory: ArrayBufferLike = new ArrayBuffer(4 + MARKS / 8), told?: PartialSeedTold) {
    this.#marks = new Int32Array(memory);
    this.#told = told;
  }

  /** Each announce of every peer: one that is no partial seed any more leaves. */
  announced(infoHash: Uint8Array, ip: Uint8Array, port: number, isPartial: boolean, now: number): void {
    if (!isPartial && this.#marks[0] === 0) return;
    const mark = markOf(infoHash, ip, port);
    const word = 1 + (mark >>> 5);
    const bit = 1 << (mark & 31);
    if (!isPartial && (this.#marks[word]! & bit) === 0) return;
    if (this.#told !== undefined) {
      this.#told(infoHash, ip, port, isPartial);
      return;
    }
    const name = toBinaryString(infoHash);
    let seeds = this.#swarms.get(name);
    if (!isPartial && seeds === undefined) return;
    const key = `${toBinaryString(ip)}${port}`;
    if (isPartial) {
      if (seeds === undefined) {
        seeds = new Map();
        this.#swarms.set(name, seeds);
      }
      if (!seeds.has(key)) {
        if (this.#count >= MAX_PARTIAL_SEEDS) this.#forgetSilent(now);
        if (this.#count >= MAX_PARTIAL_SEEDS) return;
        this.#count++;
        Atomics.or(this.#marks, word, bit);
        Atomics.store(this.#marks, 0, 1);
      }
      seeds.set(key, now);
    } else if (seeds!.delete(key)) {
      this.#count--;
      if (seeds!.size === 0) this.#swarms.delete(name);
    }
  }

  countOf(infoHash: Uint8Array, now: number): number {
    if (this.#count === 0) return 0;
    const name = toBinaryString(infoHash);
    const seeds = this.#swarms.get(name);
    if (seeds === undefined) return 0;
    this.#forgetIn(name, seeds, now);
    return seeds.size;
  }

  #forgetSilent(now: number): void {
    if (now - this.#forgotAt < 60_000) return;
    this.#forgotAt = now;
    for (const [name, seeds] of this.#swarms) this.#forgetIn(name, seeds, now);
  }

  #forgetIn(name: string, seeds: Map<string, number>, now: number): void {
    for (const [key, seenAt] of seeds) {
      if (now - seenAt <= TIMEOUT_MS) continue;
      seeds.delete(key);
      this.#count--;
    }
    if (seeds.size === 0) this.#swarms.delete(name);
  }

  #forgotAt = Number.NEGATIVE_INFINITY;
}

function markOf(infoHash: Uint8Array, ip: Uint8Array, port: number): number {
  let h = port;
  for (let i = 0; i < 8; i++) h = Math.imul(h ^ infoHash[i]!, 0xcc9e2d51) ^ (h >>> 13);
  for (let i = 0; i < ip.length; i++) h = Math.imul(h ^ ip[i]!, 0x1b873593) ^ (h >>> 13);
  return (Math.imul(h ^ (h >>> 16), 0x85ebca6b) >>> 13) & (MARKS - 1);
}

const MARKS = 524_288;
// As long as the store remembers a peer.
const TIMEOUT_MS = 45 * 60_000;
const MAX_PARTIAL_SEEDS = 100_000;
