// In which way an address is dialled first: the one that the rules prefer, unless the other has worked there. Addresses
// that do as expected take no room.

import { type Address, formatAddress } from '../core/bytes/compact-address.ts';
import type { DialWay, EncryptionRules } from './encryption.ts';

export class DialWays {
  readonly #ways: readonly DialWay[];
  /** Addresses that are better dialled in the second way, the one that was said last at the end. */
  readonly #exceptions = new Set<string>();

  constructor({ dialWays }: EncryptionRules) {
    this.#ways = dialWays;
  }

  /** One or two, to be tried in turn. */
  of(address: Address): readonly DialWay[] {
    return this.#exceptions.has(formatAddress(address)) ? this.#ways.toReversed() : this.#ways;
  }

  /** That way is to be tried first from now on. */
  prefer(address: Address, way: DialWay): void {
    const key = formatAddress(address);
    this.#exceptions.delete(key);
    if (way === this.#ways[0] || !this.#ways.includes(way)) return;
    this.#exceptions.add(key);
    if (this.#exceptions.size <= MAX_EXCEPTIONS) return;
    for (const oldest of this.#exceptions) {
      this.#exceptions.delete(oldest);
      return;
    }
  }
}

// As many as a torrent has known peers (KnownPeersOptions); a forgotten one costs a second dial.
const MAX_EXCEPTIONS = 2000;
