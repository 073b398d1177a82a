// The peers that were announced to us: what `get_peers` is answered with. All of it is bounded: in swarms (those whose hash
// is next to our id stay, for those are what we are asked for), in peers of one (the oldest goes), and in peers of one
// address. An address is always the one that the announce came from.

import { isLocal, siteOf } from '../bytes/address-scope.ts';
import { formatAddress } from '../bytes/compact-address.ts';
import type { Random } from '../bytes/prng.ts';
import { toBinaryString } from '../bytes/utf8.ts';
import { enterAddress, FILTER_LENGTH } from './bloom-filter.ts';
import { compareDistance } from './node-id.ts';

export interface PeerStoreOptions {
  readonly maxSwarms: number;
  readonly maxPeersPerSwarm: number;
  readonly maxPeersPerSite: number;
  readonly peerMs: number;
}

export interface PeersWanted {
  readonly count: number;
  /** Without seeds. BEP 33, "noseed" */
  readonly leechersOnly: boolean;
  /** Also those of local networks: of no use to others, and not for them to know. */
  readonly localToo: boolean;
}

interface StoredPeer {
  /** In compact form. */
  readonly compact: Uint8Array;
  /** Undefined where it may have any number: on a local network. */
  readonly site: string | undefined;
  isSeed: boolean;
  at: number;
}

interface Swarm {
  readonly infoHash: Uint8Array;
  /** By address and port; the one that announced last comes last. */
  readonly peers: Map<string, StoredPeer>;
}

export class PeerStore {
  readonly #options: PeerStoreOptions;
  readonly #ownId: () => Uint8Array;
  readonly #random: Random;
  readonly #swarms = new Map<string, Swarm>();

  constructor(options: PeerStoreOptions, ownId: () => Uint8Array, random: Random) {
    this.#options = options;
    this.#ownId = ownId;
    this.#random = random;
  }

  get swarmCount(): number {
    return this.#swarms.size;
  }

  peerCount(infoHash: Uint8Array): number {
    return this.#swarms.get(keyOf(infoHash))?.peers.size ?? 0;
  }

  /** False where there is no place for it. `compact`: 6 or 18 bytes. */
  announce(
    infoHash: Uint8Array,
    { host, port, compact, isSeed }: { host: string; port: number; compact: Uint8Array; isSeed: boolean },
    now: number,
  ): boolean {
    const swarm = this.#swarmFor(infoHash, now);
    if (swarm === undefined) return false;
    const { peers } = swarm;
    const key = formatAddress({ host, port });
    const known = peers.get(key);
    // Last again: the order is that of their age.
    const site = isLocal(host) ? undefined : siteOf(host);
    if (known !== undefined) peers.delete(key);
    else this.#makeRoom(swarm, site);
    peers.set(key, { compact, site, isSeed, at: now });
    return true;
  }

  /** At most so many, chosen at random. */
  peersOf(infoHash: Uint8Array, { count, leechersOnly, localToo }: PeersWanted, now: number): Uint8Array[] {
    const swarm = this.#swarms.get(keyOf(infoHash));
    if (swarm === undefined) return [];
    this.#expire(swarm, now);
    const chosen: Uint8Array[] = [];
    let seen = 0;
    // Each has the same chance (reservoir sampling).
    for (const { compact, isSeed, site } of swarm.peers.values()) {
      if ((leechersOnly && isSeed) || (!localToo && site === undefined)) continue;
      seen++;
      if (chosen.length < count) chosen.push(compact);
      else {
        const at = this.#random.below(seen);
        if (at < count) chosen[at] = compact;
      }
    }
    return chosen;
  }

  /** BEP 33: seeds, and those that are not. Undefined where none are known. */
  filtersOf(infoHash: Uint8Array): { readonly seeds: Uint8Array; readonly others: Uint8Array } | undefined {
    const swarm = this.#swarms.get(keyOf(infoHash));
    if (swarm === undefined) return undefined;
    const seeds = new Uint8Array(FILTER_LENGTH);
    const others = new Uint8Array(FILTER_LENGTH);
    for (const { compact, isSeed } of swarm.peers.values())
      enterAddress(isSeed ? seeds : others, compact.subarray(0, compact.length - 2));
    return { seeds, others };
  }

  /** At most so many info hashes, chosen at random. BEP 51 */
  sample(count: number): Uint8Array[] {
    const all = [...this.#swarms.values()];
    for (let i = 0; i < Math.min(count, all.length); i++) {
      const j = i + this.#random.below(all.length - i);
      [all[i], all[j]] = [all[j]!, all[i]!];
    }
    return all.slice(0, count).map(({ infoHash }) => infoHash);
  }

  /** Forgets who has not announced for so long. */
  expire(now: number): void {
    for (const swarm of this.#swarms.values()) this.#expire(swarm, now);
  }

  #expire(swarm: Swarm, now: number): void {
    for (const [key, { at }] of swarm.peers) {
      if (now - at < this.#options.peerMs) break;
      swarm.peers.delete(key);
    }
    if (swarm.peers.size === 0) this.#swarms.delete(keyOf(swarm.infoHash));
  }

  #makeRoom({ peers }: Swarm, site: string | undefined): void {
    let ofSite = 0;
    if (site !== undefined) for (const peer of peers.values()) if (peer.site === site) ofSite++;
    for (const [key, peer] of peers) {
      if (ofSite < this.#options.maxPeersPerSite) break;
      if (peer.site !== site) continue;
      peers.delete(key);
      ofSite--;
    }
    for (const key of peers.keys()) {
      if (peers.size < this.#options.maxPeersPerSwarm) break;
      peers.delete(key);
    }
  }

  #swarmFor(infoHash: Uint8Array, now: number): Swarm | undefined {
    const key = keyOf(infoHash);
    const known = this.#swarms.get(key);
    if (known !== undefined) return known;
    if (this.#swarms.size >= this.#options.maxSwarms && !this.#dropFurther(infoHash, now)) return undefined;
    const swarm: Swarm = { infoHash: infoHash.slice(), peers: new Map() };
    this.#swarms.set(key, swarm);
    return swarm;
  }

  /** True where one made room that has expired, or is further from our id. */
  #dropFurther(infoHash: Uint8Array, now: number): boolean {
    const ownId = this.#ownId();
    let furthest: Swarm | undefined;
    for (const swarm of this.#swarms.values())
      if (furthest === undefined || compareDistance(swarm.infoHash, furthest.infoHash, ownId) > 0)
        furthest = swarm;
    if (furthest === undefined) return false;
    if (compareDistance(infoHash, furthest.infoHash, ownId) > 0) {
      this.expire(now);
      return this.#swarms.size < this.#options.maxSwarms;
    }
    this.#swarms.delete(keyOf(furthest.infoHash));
    return true;
  }
}

function keyOf(infoHash: Uint8Array): string {
  return toBinaryString(infoHash, 0, infoHash.length);
}
