// Partial seeds: peers that have all that they want, and not all (BEP 21). They announce `paused` each time, count among the
// incomplete, and are no downloaders. They are few, so they are kept here beside the store, which need not know.

import { toBinaryString } from '../core/bytes/utf8.ts';

export class PartialSeeds {
  readonly #swarms = new Map<string, Map<string, number>>();
  #count = 0;

  /** Each announce of every peer: one that is no partial seed any more leaves. */
  announced(infoHash: Uint8Array, ip: Uint8Array, port: number, isPartial: boolean, now: number): void {
    if (!isPartial && this.#count === 0) return;
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

// As long as the store remembers a peer.
const TIMEOUT_MS = 45 * 60_000;
const MAX_PARTIAL_SEEDS = 100_000;
