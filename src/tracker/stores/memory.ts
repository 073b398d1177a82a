// Swarms in this process's memory, packed. Swarms that nobody announces to are looked at in turn, two per announce, so
// that there is no timer and no pause; a swarm that is announced to is swept itself, once a minute at most.

import type { Random } from '../../core/bytes/prng.ts';
import type { SwarmCounts } from '../../core/tracker/announce.ts';
import type { SwarmAnnounce, SwarmAnswer, SwarmStore } from '../swarm-store.ts';
import { PackedTable } from './packed-table.ts';
import { PeerTable } from './peer-table.ts';

export interface MemoryStoreOptions {
  /** How long a peer stays after its last announce. @default 45 minutes: an interval of 33 at most, and time for a retry */
  readonly peerTimeoutMs?: number;
  /** Swarms at most; announces to others are then refused. @default 1,000,000 */
  readonly maxSwarms?: number;
  /** Peers of one swarm and address family; more are answered but not kept. @default 100,000 */
  readonly maxPeersPerSwarm?: number;
  /** Peers of all swarms; more are answered but not kept. @default 5,000,000, about 150 MiB */
  readonly maxPeers?: number;
}

export class MemoryStore implements SwarmStore {
  readonly #timeoutSeconds: number;
  readonly #maxSwarms: number;
  readonly #maxPeersPerSwarm: number;
  readonly #maxPeers: number;
  readonly #random: Random;
  readonly #seed: number;
  /** Names of swarms; `#swarms` has the swarm of each position. */
  readonly #names: PackedTable;
  readonly #swarms: Swarm[] = [];
  #peerCount = 0;
  #nextToSweep = 0;
  // Reused from announce to announce.
  readonly #address4 = new Uint8Array(6);
  readonly #address6 = new Uint8Array(18);
  #out4 = new Uint8Array(6 * 200);
  #out6 = new Uint8Array(18 * 66);

  constructor(options: MemoryStoreOptions, deps: { readonly random: Random }) {
    this.#timeoutSeconds = (options.peerTimeoutMs ?? 45 * 60_000) / 1_000;
    this.#maxSwarms = options.maxSwarms ?? 1_000_000;
    this.#maxPeersPerSwarm = options.maxPeersPerSwarm ?? 100_000;
    this.#maxPeers = options.maxPeers ?? 5_000_000;
    this.#random = deps.random;
    this.#seed = deps.random.below(2 ** 32);
    this.#names = new PackedTable(20, 20, this.#seed);
  }

  get swarmCount(): number {
    return this.#names.count;
  }

  get peerCount(): number {
    return this.#peerCount;
  }

  announce(announce: SwarmAnnounce, now: number, done: (answer: SwarmAnswer | undefined) => void): void {
    const nowSeconds = Math.floor(now / 1_000);
    for (let i = 0; i < SWEPT_PER_ANNOUNCE; i++) this.#sweepNext(nowSeconds);
    const swarm = this.#swarmOf(announce, nowSeconds);
    if (swarm === undefined) {
      done(announce.role === 'gone' ? NOTHING : undefined);
      return;
    }
    const ipv4 = announce.ip.length === 4;
    const table = ipv4 ? swarm.v4 : swarm.v6;
    const address = this.#addressOf(announce);
    let position = table?.find(address) ?? -1;
    if (announce.role === 'gone') {
      if (table !== undefined && position >= 0) {
        table.remove(position);
        this.#peerCount--;
      }
      done(answerOf(swarm, NO_BYTES, NO_BYTES));
      return;
    }
    const isSeed = announce.role === 'seed';
    if (table !== undefined && position >= 0) {
      // Counted for a leecher that we know: who says "completed" again and again, or out of nowhere, counts nothing.
      if (isSeed && announce.completed && !table.isSeed(position)) swarm.downloaded++;
      position = table.refresh(position, isSeed, nowSeconds);
    } else {
      position = this.#add(swarm, ipv4, address, isSeed, nowSeconds);
    }
    if (announce.want4 * 6 > this.#out4.length) this.#out4 = new Uint8Array(announce.want4 * 6);
    if (announce.want6 * 18 > this.#out6.length) this.#out6 = new Uint8Array(announce.want6 * 18);
    const { v4, v6 } = swarm;
    const length4 = v4?.choose(this.#out4, announce.want4, isSeed, ipv4 ? position : -1, this.#random) ?? 0;
    const length6 = v6?.choose(this.#out6, announce.want6, isSeed, ipv4 ? -1 : position, this.#random) ?? 0;
    done(answerOf(swarm, this.#out4.subarray(0, length4), this.#out6.subarray(0, length6)));
  }

  scrape(
    infoHashes: readonly Uint8Array[],
    now: number,
    done: (counts: readonly (SwarmCounts | undefined)[]) => void,
  ): void {
    const nowSeconds = Math.floor(now / 1_000);
    done(
      infoHashes.map(infoHash => {
        const position = this.#names.find(infoHash);
        if (position < 0) return undefined;
        const swarm = this.#swarms[position]!;
        this.#sweep(swarm, nowSeconds);
        return countsOf(swarm);
      }),
    );
  }

  /** The swarm of an announce, made where there is room and need; undefined where there is not. */
  #swarmOf({ infoHash, role }: SwarmAnnounce, nowSeconds: number): Swarm | undefined {
    const position = this.#names.find(infoHash);
    if (position >= 0) {
      const swarm = this.#swarms[position]!;
      this.#sweep(swarm, nowSeconds);
      return swarm;
    }
    if (role === 'gone') return undefined;
    for (let i = 0; i < SWEPT_WHEN_FULL && this.#names.count >= this.#maxSwarms; i++)
      this.#sweepNext(nowSeconds);
    if (this.#names.count >= this.#maxSwarms) return undefined;
    const swarm: Swarm = { v4: undefined, v6: undefined, downloaded: 0, sweptAt: nowSeconds };
    this.#names.add(infoHash);
    this.#swarms.push(swarm);
    return swarm;
  }

  /** The compact address of the announcing peer. */
  #addressOf({ ip, port }: SwarmAnnounce): Uint8Array {
    const address = ip.length === 4 ? this.#address4 : this.#address6;
    address.set(ip);
    address[ip.length] = port >>> 8;
    address[ip.length + 1] = port & 0xff;
    return address;
  }

  #add(swarm: Swarm, ipv4: boolean, address: Uint8Array, isSeed: boolean, nowSeconds: number): number {
    const count = (ipv4 ? swarm.v4?.count : swarm.v6?.count) ?? 0;
    if (count >= this.#maxPeersPerSwarm || this.#peerCount >= this.#maxPeers) return -1;
    this.#peerCount++;
    if (ipv4) {
      swarm.v4 ??= new PeerTable(6, this.#seed);
      return swarm.v4.add(address, isSeed, nowSeconds);
    }
    swarm.v6 ??= new PeerTable(18, this.#seed);
    return swarm.v6.add(address, isSeed, nowSeconds);
  }

  /** Sweeps the swarm whose turn it is, and forgets it where it is empty. */
  #sweepNext(nowSeconds: number): void {
    const { count } = this.#names;
    if (count === 0) return;
    if (this.#nextToSweep >= count) this.#nextToSweep = 0;
    const position = this.#nextToSweep;
    const swarm = this.#swarms[position]!;
    this.#sweep(swarm, nowSeconds);
    // What was ever downloaded is worth remembering while there is room.
    const isEmpty = (swarm.v4?.count ?? 0) + (swarm.v6?.count ?? 0) === 0;
    if (!isEmpty || (swarm.downloaded > 0 && count < this.#maxSwarms)) {
      this.#nextToSweep++;
      return;
    }
    this.#names.swap(position, count - 1);
    this.#names.removeLast();
    this.#swarms[position] = this.#swarms[count - 1]!;
    this.#swarms.pop();
  }

  #sweep(swarm: Swarm, nowSeconds: number): void {
    if (nowSeconds - swarm.sweptAt < SWEEP_SECONDS) return;
    swarm.sweptAt = nowSeconds;
    const before = (swarm.v4?.count ?? 0) + (swarm.v6?.count ?? 0);
    const deadline = nowSeconds - this.#timeoutSeconds;
    swarm.v4?.removeSeenBefore(deadline);
    swarm.v6?.removeSeenBefore(deadline);
    this.#peerCount -= before - (swarm.v4?.count ?? 0) - (swarm.v6?.count ?? 0);
  }
}

interface Swarm {
  v4: PeerTable | undefined;
  v6: PeerTable | undefined;
  downloaded: number;
  sweptAt: number;
}

function countsOf({ v4, v6, downloaded }: Swarm): SwarmCounts {
  return {
    complete: (v4?.seeds ?? 0) + (v6?.seeds ?? 0),
    incomplete: (v4?.leechers ?? 0) + (v6?.leechers ?? 0),
    downloaded,
  };
}

function answerOf({ v4, v6, downloaded }: Swarm, peers: Uint8Array, peers6: Uint8Array): SwarmAnswer {
  return {
    complete: (v4?.seeds ?? 0) + (v6?.seeds ?? 0),
    incomplete: (v4?.leechers ?? 0) + (v6?.leechers ?? 0),
    downloaded,
    peers,
    peers6,
  };
}

const NO_BYTES = new Uint8Array(0);
const NOTHING: SwarmAnswer = { complete: 0, incomplete: 0, downloaded: 0, peers: NO_BYTES, peers6: NO_BYTES };
const SWEPT_PER_ANNOUNCE = 2;
const SWEPT_WHEN_FULL = 64;
const SWEEP_SECONDS = 60;
