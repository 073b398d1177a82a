// Peers near the asker first: those of its network (IPv4 /24, IPv6 /48) or of the zone that it was declared to be in. Never
// they alone, where there are others: a group that knows only itself starves (Kraken #244). More peers are drawn at random
// than are wanted, and chosen among those; so the store need not know, and far peers stay as random as they were.

import { type IpPrefix, isInPrefix, sharesBits } from '../core/bytes/ip-prefix.ts';
import type { Random } from '../core/bytes/prng.ts';

export interface NearPeersOptions {
  /** How much of an answer may be near peers while there are others: 0…0.9. @default 0.5 */
  readonly share?: number;
  /** Networks that are near one another, such as those of one data centre. */
  readonly zones?: readonly (readonly IpPrefix[])[];
}

export class NearPeers {
  readonly #share: number;
  readonly #zones: readonly (readonly IpPrefix[])[];
  readonly #random: Random;

  constructor({ share = 0.5, zones = [] }: NearPeersOptions, deps: { readonly random: Random }) {
    this.#share = Math.min(Math.max(share, 0), 0.9);
    this.#zones = zones;
    this.#random = deps.random;
  }

  /** How many to draw where `want` are wanted. */
  drawn(want: number): number {
    return want * DRAWN_FOR_ONE;
  }

  /** Up to `want` of the compact `peers`; near ones for its share at most, and more only in the place of nobody. */
  choose(peers: Uint8Array, width: 4 | 16, want: number, ip: Uint8Array): Uint8Array {
    const entry = width + 2;
    const count = peers.length / entry;
    if (count <= want) return peers;
    const zone = this.#zones.find(prefixes => prefixes.some(prefix => isInPrefix(ip, prefix)));
    const near: number[] = [];
    const far: number[] = [];
    for (let i = 0; i < count; i++) {
      (this.#isNear(peers, i * entry, width, ip, zone) ? near : far).push(i);
    }
    const nearWanted = Math.min(near.length, Math.floor(want * this.#share));
    const farTaken = Math.min(far.length, want - nearWanted);
    const nearTaken = Math.min(near.length, want - farTaken);
    const out = new Uint8Array((nearTaken + farTaken) * entry);
    const end = this.#copy(peers, near, nearTaken, out, 0, entry);
    this.#copy(peers, far, farTaken, out, end, entry);
    return out;
  }

  #isNear(
    peers: Uint8Array,
    at: number,
    width: 4 | 16,
    ip: Uint8Array,
    zone: readonly IpPrefix[] | undefined,
  ): boolean {
    if (ip.length === width && sharesBits(peers, at, ip, 0, width === 4 ? 24 : 48)) return true;
    return (
      zone?.some(prefix => prefix.ip.length === width && sharesBits(peers, at, prefix.ip, 0, prefix.bits)) ??
      false
    );
  }

  /** `taken` of those, each as likely as any. */
  #copy(
    from: Uint8Array,
    indexes: number[],
    taken: number,
    out: Uint8Array,
    at: number,
    entry: number,
  ): number {
    for (let i = 0; i < taken; i++) {
      const j = i + this.#random.below(indexes.length - i);
      const chosen = indexes[j]!;
      indexes[j] = indexes[i]!;
      out.set(from.subarray(chosen * entry, (chosen + 1) * entry), at + i * entry);
    }
    return at + taken * entry;
  }
}

// With 50 wanted, 200 are looked at: all of most swarms.
const DRAWN_FOR_ONE = 4;
