// How much each site may ask: a rate with some in store, kept in a table that never grows. Two sites may share a place and
// with it the rate; which, nobody outside can tell. It remembers no addresses. (GCRA, ITU-T I.371, appendix I.)

import { siteOf } from '../bytes/address-scope.ts';
import type { Random } from '../bytes/prng.ts';

export class FloodGuard {
  readonly #intervalMs: number;
  readonly #storeMs: number;
  readonly #seed: number;
  /** When each place would have used up what it has asked. */
  readonly #usedUntil = new Float64Array(PLACES);

  constructor(options: { readonly perSecond: number; readonly burst: number }, secrets: Random) {
    this.#intervalMs = 1000 / options.perSecond;
    this.#storeMs = options.burst * this.#intervalMs;
    this.#seed = secrets.below(2 ** 32);
  }

  /** Counted where the answer is true. */
  admits(host: string, now: number): boolean {
    const place = this.#placeOf(host);
    const used = this.#usedUntil[place]!;
    // More than there is to save up: the clock was set back.
    const until = used > now + 2 * this.#storeMs ? now : Math.max(used, now);
    if (until - now > this.#storeMs - this.#intervalMs) return false;
    this.#usedUntil[place] = until + this.#intervalMs;
    return true;
  }

  #placeOf(host: string): number {
    const site = host.includes(':') ? siteOf(host) : host;
    let mixed = this.#seed;
    for (let i = 0; i < site.length; i++) {
      mixed = Math.imul(mixed ^ site.charCodeAt(i), 0x85eb_ca6b);
      mixed ^= mixed >>> 13;
    }
    mixed = Math.imul(mixed, 0xc2b2_ae35);
    return (mixed ^ (mixed >>> 16)) & (PLACES - 1);
  }
}

const PLACES = 4096;
