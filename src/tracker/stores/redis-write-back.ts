// After Redis was away: what this node knows is written to it, swarm by swarm, one call at a time, so that announces go on
// between. Redis keeps what it has newer of a peer, so it does no harm to write what it knows already: it may have come
// back with all of it, with some, or empty. Who left meanwhile is taken out; downloads that ended meanwhile are added.

import type { KeyValueServer } from '../../host/key-value.ts';
import type { SwarmAnnounce } from '../swarm-store.ts';
import type { MemoryStore, StoredPeers, StoredSwarm } from './memory.ts';
import type { RedisCalls } from './redis-calls.ts';
import { PackedSwarm } from './redis-script.ts';

export interface WriteBackDeps {
  readonly server: KeyValueServer;
  readonly shadow: MemoryStore;
  readonly calls: RedisCalls;
  readonly keyOf: (infoHash: Uint8Array) => string;
  readonly windowOf: (now: number) => number;
}

export class WriteBack {
  /** So far. */
  peersWritten = 0;
  readonly #deps: WriteBackDeps;
  /** By swarm: who left while Redis was away, by compact address, and in which window. */
  #leaves = new Map<string, Map<string, Leave>>();
  #leaveCount = 0;
  /** By swarm: downloads that ended meanwhile. */
  readonly #downloads = new Map<string, number>();
  #isRunning = false;
  /** A part came back while it ran: from the start again. */
  #again = false;

  constructor(deps: WriteBackDeps) {
    this.#deps = deps;
  }

  /** Redis was not told of that announce. */
  missed(key: string, { role, ip, port }: SwarmAnnounce, isDownload: boolean, now: number): void {
    if (isDownload && (this.#downloads.has(key) || this.#downloads.size < MAX_SWARMS))
      this.#downloads.set(key, (this.#downloads.get(key) ?? 0) + 1);
    const left = this.#leaves.get(key);
    if (role !== 'gone' && left === undefined) return;
    const address = compact(ip, port);
    const name = String.fromCharCode(...address);
    if (role !== 'gone') {
      if (left!.delete(name)) this.#leaveCount--;
      return;
    }
    if (this.#leaveCount >= MAX_LEAVES || left?.has(name)) return;
    this.#leaveCount++;
    const leave = { address, window: this.#deps.windowOf(now) };
    if (left === undefined) this.#leaves.set(key, new Map([[name, leave]]));
    else left.set(name, leave);
  }

  /** Writes everything back, of the parts that are up and behind. */
  start(now: () => number): void {
    if (this.#isRunning) {
      this.#again = true;
      return;
    }
    this.#isRunning = true;
    this.#again = false;
    const { calls, server } = this.#deps;
    const parts = new Set<number>();
    for (let part = 0; part < server.parts; part++)
      if (calls.isPartUp(part) && calls.isPartBehind(part)) parts.add(part);
    this.#next(this.#packed(parts, now()), parts, () => {
      this.#isRunning = false;
      for (const part of parts) calls.partCaughtUp(part);
      if (this.#again) this.start(now);
    });
  }

  /** One after the other; a part that fails is left for the next time. */
  #next(all: Iterator<Packed, undefined>, parts: Set<number>, done: () => void): void {
    for (;;) {
      const { value: packed } = all.next();
      if (packed === undefined) {
        done();
        return;
      }
      if (parts.has(packed.part)) {
        this.#write(packed, parts, () => this.#next(all, parts, done));
        return;
      }
      packed.failed();
    }
  }

  #write({ key, part, packed, peers, failed }: Packed, parts: Set<number>, next: () => void): void {
    this.#deps.calls.ask({
      key,
      part,
      bytes: packed.bytes(),
      answered: () => {
        this.peersWritten += peers;
        next();
      },
      failed: () => {
        failed();
        parts.delete(part);
        next();
      },
    });
  }

  *#packed(parts: ReadonlySet<number>, now: number): Generator<Packed, undefined> {
    const { server, shadow } = this.#deps;
    const leaves = this.#leaves;
    this.#leaves = new Map();
    this.#leaveCount = 0;
    for (const [key, left] of leaves) yield* this.#packedLeaves(key, left);
    for (let stripe = 0; stripe < shadow.stripes; stripe++) {
      const swarms: Packed[] = [];
      // What is lent for the call is packed within it.
      shadow.each(stripe, now, swarm => {
        const key = this.#deps.keyOf(swarm.infoHash);
        const part = server.partOf(key);
        if (parts.has(part)) swarms.push(...this.#packedSwarm(key, part, swarm, now));
      });
      yield* swarms;
    }
    return undefined;
  }

  *#packedLeaves(key: string, left: Map<string, Leave>): Generator<Packed> {
    const packed = new PackedSwarm(0, 0);
    for (const { address, window } of left.values()) packed.add('gone', window, address);
    const failed = () => {
      const later = this.#leaves.get(key);
      this.#leaves.set(key, later === undefined ? left : new Map([...left, ...later]));
      this.#leaveCount += left.size;
    };
    yield { key, part: this.#deps.server.partOf(key), packed, peers: 0, failed };
  }

  *#packedSwarm(key: string, part: number, swarm: StoredSwarm, now: number): Generator<Packed> {
    const toAdd = this.#downloads.get(key) ?? 0;
    const known = Math.max(0, swarm.downloaded - toAdd);
    if (known + toAdd + swarm.peers4.count + swarm.peers6.count === 0) return;
    this.#downloads.delete(key);
    const failed = () => {
      if (toAdd > 0) this.#downloads.set(key, (this.#downloads.get(key) ?? 0) + toAdd);
    };
    let packed = new PackedSwarm(known, toAdd);
    let peers = 0;
    let isFirst = true;
    for (const stored of [swarm.peers4, swarm.peers6]) {
      for (let i = 0; i < stored.count; i++) {
        addPeer(packed, stored, i, this.#deps.windowOf(now - 1_000 * stored.age(i)));
        peers++;
        if (packed.length < MAX_BYTES) continue;
        yield { key, part, packed, peers, failed: isFirst ? failed : nothing };
        packed = new PackedSwarm(0, 0);
        peers = 0;
        isFirst = false;
      }
    }
    if (peers > 0 || isFirst) yield { key, part, packed, peers, failed: isFirst ? failed : nothing };
  }
}

interface Leave {
  readonly address: Uint8Array;
  readonly window: number;
}

interface Packed {
  readonly key: string;
  readonly part: number;
  readonly packed: PackedSwarm;
  readonly peers: number;
  /** It was not written. */
  readonly failed: () => void;
}

function addPeer(packed: PackedSwarm, stored: StoredPeers, i: number, window: number): void {
  const width = stored.addresses.length / stored.count;
  const address = stored.addresses.subarray(i * width, (i + 1) * width);
  packed.add(i < stored.leechers ? 'leecher' : 'seed', window, address);
}

function compact(ip: Uint8Array, port: number): Uint8Array {
  const address = new Uint8Array(ip.length + 2);
  address.set(ip);
  address[ip.length] = port >>> 8;
  address[ip.length + 1] = port;
  return address;
}

function nothing(): void {}

/** What happens while Redis is away is remembered of so many swarms, so many peers that leave; the rest expires by itself. */
const MAX_SWARMS = 50_000;
const MAX_LEAVES = 100_000;
/** Some hundreds of peers a call. */
const MAX_BYTES = 8_192;
