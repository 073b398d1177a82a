// Swarms in memory: packed into one arena, which threads may share. Each thread has a store of its own over it, with
// nothing in it but scratch space: all of them are one swarm state. Who announces to a swarm has it swept, once a minute
// at most; those that nobody announces to are swept in turn by whoever announces to others. There is no timer and no pause: where
// many peers have left a swarm at once, each announce takes some of them out and the next ones the rest.

import type { Random } from '../../core/bytes/prng.ts';
import type { SwarmCounts } from '../../core/tracker/announce.ts';
import type { KeyedHashes, MessageRow } from '../../host/keyed-hashes.ts';
import type { SwarmAnnounce, SwarmAnswer, SwarmStore } from '../swarm-store.ts';
import { Arena, HEAD } from './arena.ts';
import { type AddressHalves, HASHED_EFFORT, PeerTables } from './peer-table.ts';
import { DOWNLOADED, infoHashOf, PEERS4, PEERS6, SWEPT_AT, SwarmTable } from './swarm-table.ts';

export interface MemoryStoreOptions {
  /** How long a peer stays after its last announce; 12 hours at most. @default 45 minutes: an interval of 33 at most, and time for a retry */
  readonly peerTimeoutMs?: number;
  /** Swarms at most; announces to others are then refused. @default 1,000,000 */
  readonly maxSwarms?: number;
  /** Peers of one swarm and address family; more are answered but not kept. @default 100,000 */
  readonly maxPeersPerSwarm?: number;
  /** Peers of all swarms; more are answered but not kept. @default 5,000,000 */
  readonly maxPeers?: number;
  /**
   * Memory for all of it; of the system only as much is taken as has ever been in use. New swarms are refused when seven
   * eighths are used, so that those that are there can grow. @default 256 MiB: a peer takes 8 to 22 bytes, a swarm 70 more
   */
  readonly memoryBytes?: number;
}

export interface MemoryStoreDeps {
  readonly random: Random;
  /** Of `newStoreMemory`, to share it among threads; each has a store with the same options. Otherwise it has its own. */
  readonly memory?: ArrayBufferLike;
  /** @default JavaScript's own, one by one; then there is no looking ahead */
  readonly hashes?: KeyedHashes | undefined;
}

/** Memory that several threads may have stores over. */
export function newStoreMemory(options: MemoryStoreOptions): SharedArrayBuffer {
  return new SharedArrayBuffer(options.memoryBytes ?? DEFAULT_MEMORY);
}

export class MemoryStore implements SwarmStore {
  readonly timeoutSeconds: number;
  readonly #maxSwarms: number;
  readonly #maxPeersPerSwarm: number;
  readonly #maxPeers: number;
  readonly #arena: Arena;
  readonly #words: Int32Array;
  readonly #swarms: SwarmTable;
  readonly #peers: PeerTables;
  readonly #maxUsed: number;
  #sweptSecond = -1;
  /** Stretches of stripes that this thread has to sweep yet. */
  #toSweep = 0;
  #toSweepWhenFull = 0;
  /** How much of a sweep this call may still do. */
  #effort = 0;
  // Reused from announce to announce.
  #out4 = new Uint16Array(3 * 200);
  #out6 = new Uint16Array(9 * 66);
  #views4: Uint8Array[] = [];
  #views6: Uint8Array[] = [];
  readonly #answer = { complete: 0, incomplete: 0, downloaded: 0, peers: NO_BYTES, peers6: NO_BYTES };

  constructor(options: MemoryStoreOptions, deps: MemoryStoreDeps) {
    this.timeoutSeconds = Math.floor((options.peerTimeoutMs ?? 45 * 60_000) / 1_000);
    if (!(this.timeoutSeconds <= MAX_TIMEOUT_SECONDS))
      throw new TypeError('tracker: peers are kept for 12 hours at most');
    this.#maxSwarms = options.maxSwarms ?? 1_000_000;
    this.#maxPeersPerSwarm = options.maxPeersPerSwarm ?? 100_000;
    this.#maxPeers = options.maxPeers ?? 5_000_000;
    const memory = deps.memory ?? new ArrayBuffer(options.memoryBytes ?? DEFAULT_MEMORY);
    let stripes = 1;
    while (stripes < MAX_STRIPES && stripes * SWARMS_A_STRIPE < this.#maxSwarms) stripes *= 2;
    this.#arena = new Arena(memory, OWN + stripes * 64);
    this.#words = this.#arena.words;
    // Whoever is first chooses the keys: all must find what one has put there.
    for (const word of [KEY, KEY + 1])
      Atomics.compareExchange(this.#words, word, 0, deps.random.below(2 ** 32) | 1);
    const [key0, key1] = [this.#words[KEY]!, this.#words[KEY + 1]!];
    this.#swarms = new SwarmTable(this.#arena, HEAD + OWN, stripes, key0, key1, deps.hashes);
    this.#peers = new PeerTables(this.#arena, key0, key1, deps.random.below(2 ** 32));
    this.#maxUsed = this.#arena.totalBytes * (7 / 8);
  }

  get swarmCount(): number {
    return this.#words[SWARMS]!;
  }

  get peerCount(): number {
    return this.#words[PEERS]!;
  }

  /** Of the peers, those that have all. */
  get seedCount(): number {
    return this.#words[SEEDS]!;
  }

  /** Bytes of its memory that are in use. */
  get usedBytes(): number {
    return this.#arena.usedBytes;
  }

  /** Bytes of it that there are for swarms and peers. */
  get totalBytes(): number {
    return this.#arena.totalBytes;
  }

  /** For `snapshot`: the parts of the store, each of which is locked while it is looked at. */
  get stripes(): number {
    return this.#swarms.stripes;
  }

  /** Every swarm of a stripe, as it is at `now`. */
  each(stripe: number, now: number, look: (swarm: StoredSwarm) => void): void {
    this.#effort = EFFORT;
    const nowSeconds = Math.floor(now / 1_000);
    this.#swarms.each(stripe, swarm => this.#show(swarm, nowSeconds, look));
  }

  /** One swarm, as it is at `now`; false where there is none. */
  look(infoHash: Uint8Array, now: number, look: (swarm: StoredSwarm) => void): boolean {
    this.#effort = EFFORT;
    const hash = this.#swarms.name(infoHash);
    this.#swarms.lock(hash);
    try {
      const swarm = this.#swarms.find(hash);
      if (swarm >= 0) this.#show(swarm, Math.floor(now / 1_000), look);
      return swarm >= 0;
    } finally {
      this.#swarms.unlock(hash);
    }
  }

  #show(swarm: number, nowSeconds: number, look: (swarm: StoredSwarm) => void): void {
    this.#sweep(swarm, nowSeconds);
    const words = this.#words;
    const read = (t: number, width: AddressHalves): StoredPeers => ({
      count: words[t + 1]!,
      leechers: words[t + 2]!,
      addresses: this.#peers.addresses(t, width),
      age: position => this.#peers.age(t, width, position, nowSeconds),
    });
    const infoHash = infoHashOf(words, swarm);
    const downloaded = words[swarm + DOWNLOADED]!;
    look({ infoHash, downloaded, peers4: read(swarm + PEERS4, 3), peers6: read(swarm + PEERS6, 9) });
  }

  /** Enters a peer that was seen `ageSeconds` ago; for `snapshot`. False where it is there already, or has no room. */
  enter(
    infoHash: Uint8Array,
    address: Uint8Array,
    isSeed: boolean,
    ageSeconds: number,
    now: number,
  ): boolean {
    this.#effort = EFFORT;
    const nowSeconds = Math.floor(now / 1_000);
    const hash = this.#swarms.name(infoHash);
    this.#swarms.lock(hash);
    try {
      const swarm = this.#swarmOf('leecher', hash, !this.#isFull(), nowSeconds);
      if (swarm < 0) return false;
      const width = address.length === 6 ? 3 : 9;
      const t = swarm + (width === 3 ? PEERS4 : PEERS6);
      this.#peers.addressBytes.set(address);
      return this.#peers.find(t, width) < 0 && this.#add(t, width, isSeed, nowSeconds - ageSeconds) >= 0;
    } finally {
      this.#swarms.unlock(hash);
    }
  }

  /** Notes how often a swarm was downloaded before; for `snapshot`. */
  enterDownloads(infoHash: Uint8Array, downloaded: number, now: number): void {
    this.#effort = EFFORT;
    const hash = this.#swarms.name(infoHash);
    this.#swarms.lock(hash);
    try {
      const nowSeconds = Math.floor(now / 1_000);
      const swarm = this.#swarmOf('leecher', hash, !this.#isFull(), nowSeconds);
      if (swarm >= 0) this.#words[swarm + DOWNLOADED]! += downloaded;
    } finally {
      this.#swarms.unlock(hash);
    }
  }

  lookAhead(names: MessageRow, count: number): Int32Array | undefined {
    return this.#swarms.lookAhead(names, count);
  }

  announce(announce: SwarmAnnounce, now: number, done: (answer: SwarmAnswer | undefined) => void): void {
    done(this.announceNow(announce, now));
  }

  announceNow(announce: SwarmAnnounce, now: number): SwarmAnswer | undefined {
    const nowSeconds = Math.floor(now / 1_000);
    this.#effort = EFFORT;
    this.#sweepOthers(nowSeconds);
    const answer = this.#answer;
    const hash = this.#swarms.name(announce.infoHash, announce.hash);
    const hasRoom = announce.role === 'gone' || this.#hasRoom(nowSeconds);
    // Its own swarm has its turn in any case.
    this.#effort = EFFORT;
    let isServed = true;
    this.#swarms.lock(hash);
    try {
      const swarm = this.#swarmOf(announce.role, hash, hasRoom, nowSeconds);
      if (swarm >= 0) this.#enter(swarm, announce, nowSeconds);
      else if (announce.role === 'gone') Object.assign(answer, NOTHING);
      else isServed = false;
    } finally {
      this.#swarms.unlock(hash);
    }
    return isServed ? answer : undefined;
  }

  scrape(
    infoHashes: readonly Uint8Array[],
    now: number,
    done: (counts: readonly (SwarmCounts | undefined)[]) => void,
  ): void {
    const nowSeconds = Math.floor(now / 1_000);
    this.#effort = EFFORT;
    const counts = infoHashes.map(infoHash => {
      const hash = this.#swarms.name(infoHash);
      this.#swarms.lock(hash);
      try {
        const swarm = this.#swarms.find(hash);
        if (swarm < 0) return undefined;
        this.#sweep(swarm, nowSeconds);
        this.#count(swarm);
        const { complete, incomplete, downloaded } = this.#answer;
        return { complete, incomplete, downloaded };
      } finally {
        this.#swarms.unlock(hash);
      }
    });
    done(counts);
  }

  scrapeAll(
    max: number,
    now: number,
    done: (infoHashes: readonly Uint8Array[], counts: readonly SwarmCounts[]) => void,
  ): void {
    const infoHashes: Uint8Array[] = [];
    const counts: SwarmCounts[] = [];
    for (let stripe = 0; stripe < this.stripes && infoHashes.length < max; stripe++) {
      this.each(stripe, now, ({ infoHash, downloaded, peers4, peers6 }) => {
        if (infoHashes.length === max) return;
        const incomplete = peers4.leechers + peers6.leechers;
        infoHashes.push(infoHash.slice());
        counts.push({ complete: peers4.count + peers6.count - incomplete, incomplete, downloaded });
      });
    }
    done(infoHashes, counts);
  }

  /** Enters the announcing peer, or takes it out, and fills the answer. */
  #enter(
    swarm: number,
    { ip, port, role, completed, want4, want6 }: SwarmAnnounce,
    nowSeconds: number,
  ): void {
    const peers = this.#peers;
    const isIpv4 = ip.length === 4;
    const width = isIpv4 ? 3 : 9;
    const t = swarm + (isIpv4 ? PEERS4 : PEERS6);
    const address = peers.addressBytes;
    for (let i = 0; i < ip.length; i++) address[i] = ip[i]!;
    address[ip.length] = port >>> 8;
    address[ip.length + 1] = port;
    let position = peers.find(t, width);
    const answer = this.#answer;
    if (role === 'gone') {
      if (position >= 0) {
        if (peers.isSeed(t, position)) this.#addTo(SEEDS, -1);
        peers.remove(t, width, position);
        this.#addTo(PEERS, -1);
      }
      this.#count(swarm);
      answer.peers = NO_BYTES;
      answer.peers6 = NO_BYTES;
      return;
    }
    const isSeed = role === 'seed';
    if (position >= 0) {
      // Counted for a leecher that we know: who says "completed" again and again, or out of nowhere, counts nothing.
      if (isSeed !== peers.isSeed(t, position)) {
        this.#addTo(SEEDS, isSeed ? 1 : -1);
        if (isSeed && completed) this.#words[swarm + DOWNLOADED]!++;
      }
      position = peers.refresh(t, width, position, isSeed, nowSeconds);
    } else position = this.#add(t, width, isSeed, nowSeconds);
    this.#count(swarm);
    answer.peers = NO_BYTES;
    answer.peers6 = NO_BYTES;
    if (want4 > 0) answer.peers = this.#choose4(swarm, want4, isSeed, isIpv4 ? position : -1);
    if (want6 > 0) answer.peers6 = this.#choose6(swarm, want6, isSeed, isIpv4 ? -1 : position);
  }

  #add(t: number, width: AddressHalves, isSeed: boolean, nowSeconds: number): number {
    if (this.#words[t + 1]! >= this.#maxPeersPerSwarm || this.peerCount >= this.#maxPeers) return -1;
    const position = this.#peers.add(t, width, isSeed, nowSeconds);
    if (position >= 0) {
      this.#addTo(PEERS, 1);
      if (isSeed) this.#addTo(SEEDS, 1);
    }
    return position;
  }

  #choose4(swarm: number, want: number, leechersOnly: boolean, except: number): Uint8Array {
    if (want * 3 > this.#out4.length) this.#makeRoom4(Math.min(want, this.#words[swarm + PEERS4 + 1]!) * 3);
    const chosen = this.#peers.choose(swarm + PEERS4, 3, this.#out4, want, leechersOnly, except);
    // A view costs more than all the rest, and there are few lengths.
    this.#views4[chosen] ??= new Uint8Array(this.#out4.buffer, 0, chosen * 6);
    return this.#views4[chosen]!;
  }

  #choose6(swarm: number, want: number, leechersOnly: boolean, except: number): Uint8Array {
    if (want * 9 > this.#out6.length) this.#makeRoom6(Math.min(want, this.#words[swarm + PEERS6 + 1]!) * 9);
    const chosen = this.#peers.choose(swarm + PEERS6, 9, this.#out6, want, leechersOnly, except);
    this.#views6[chosen] ??= new Uint8Array(this.#out6.buffer, 0, chosen * 18);
    return this.#views6[chosen]!;
  }

  /** No more than there are to be given, whatever is wanted. */
  #makeRoom4(length: number): void {
    if (length <= this.#out4.length) return;
    this.#out4 = new Uint16Array(length);
    this.#views4 = [];
  }

  #makeRoom6(length: number): void {
    if (length <= this.#out6.length) return;
    this.#out6 = new Uint16Array(length);
    this.#views6 = [];
  }

  #count(swarm: number): void {
    const words = this.#words;
    const answer = this.#answer;
    const leechers = words[swarm + PEERS4 + 2]! + words[swarm + PEERS6 + 2]!;
    answer.incomplete = leechers;
    answer.complete = words[swarm + PEERS4 + 1]! + words[swarm + PEERS6 + 1]! - leechers;
    answer.downloaded = words[swarm + DOWNLOADED]!;
  }

  /** The swarm of an announce, made where there is room and need; -1 where there is not. */
  #swarmOf(role: SwarmAnnounce['role'], hash: number, hasRoom: boolean, nowSeconds: number): number {
    let swarm = this.#swarms.find(hash);
    if (swarm >= 0) {
      this.#sweep(swarm, nowSeconds);
      return swarm;
    }
    if (role === 'gone' || !hasRoom) return -1;
    swarm = this.#swarms.add(hash);
    if (swarm < 0) return -1;
    this.#words[swarm + SWEPT_AT] = nowSeconds;
    this.#addTo(SWARMS, 1);
    return swarm;
  }

  /** Whether a new swarm may be made. Where it is full, others are looked at first: some a second, whoever asks. */
  #hasRoom(nowSeconds: number): boolean {
    if (!this.#isFull()) return true;
    while (this.#toSweepWhenFull > 0 && this.#effort > 0 && this.#isFull()) {
      this.#toSweepWhenFull--;
      this.#sweepStretch(nowSeconds);
    }
    return !this.#isFull();
  }

  #isFull(): boolean {
    return this.swarmCount >= this.#maxSwarms || this.usedBytes > this.#maxUsed;
  }

  /** Sweeps as much of the other swarms as is due: all of them once a minute, a stretch an announce at most. */
  #sweepOthers(nowSeconds: number): void {
    if (nowSeconds !== this.#sweptSecond) {
      const stretches = Math.ceil(this.swarmCount / (SLOTS_A_STRETCH / 4)) + this.#swarms.stripes;
      const seconds = this.#sweptSecond < 0 ? 1 : Math.min(nowSeconds - this.#sweptSecond, SWEEP_SECONDS);
      this.#toSweep = Math.min(stretches, this.#toSweep + Math.ceil((stretches * seconds) / SWEEP_SECONDS));
      this.#toSweepWhenFull = STRETCHES_WHEN_FULL;
      this.#sweptSecond = nowSeconds;
    }
    if (this.#toSweep <= 0) return;
    this.#toSweep--;
    this.#sweepStretch(nowSeconds);
  }

  #sweepStretch(nowSeconds: number): void {
    const words = this.#words;
    const stripe = words[CURSOR]! & (this.#swarms.stripes - 1);
    const isFull = this.#isFull();
    const isDone = this.#swarms.sweep(stripe, SLOTS_A_STRETCH, swarm => {
      if (!this.#sweep(swarm, nowSeconds)) return 'again';
      if (words[swarm + PEERS4 + 1]! + words[swarm + PEERS6 + 1]! > 0) return 'stays';
      // What was ever downloaded is worth remembering while there is room.
      if (words[swarm + DOWNLOADED]! > 0 && !isFull) return 'stays';
      this.#addTo(SWARMS, -1);
      return 'goes';
    });
    if (isDone) this.#addTo(CURSOR, 1);
  }

  /** Takes out who has expired, where that is due; false where this call may do no more of it, and the next one goes on. */
  #sweep(swarm: number, nowSeconds: number): boolean {
    const words = this.#words;
    const elapsed = nowSeconds - words[swarm + SWEPT_AT]!;
    if (elapsed < SWEEP_SECONDS) return true;
    if (this.#effort === 0) return false;
    words[swarm + SWEPT_AT] = nowSeconds;
    const before = words[swarm + PEERS4 + 1]! + words[swarm + PEERS6 + 1]!;
    if (before === 0) return true;
    const seedsBefore = before - words[swarm + PEERS4 + 2]! - words[swarm + PEERS6 + 2]!;
    if (elapsed > this.timeoutSeconds + SWEEP_SECONDS) {
      // Nobody was here since: all have expired, and their 16 bits of time may have come round.
      this.#peers.clear(swarm + PEERS4);
      this.#peers.clear(swarm + PEERS6);
    } else {
      const { timeoutSeconds } = this;
      const left = this.#peers.removeUnseen(swarm + PEERS4, 3, nowSeconds, timeoutSeconds, this.#effort);
      this.#effort = this.#peers.removeUnseen(swarm + PEERS6, 9, nowSeconds, timeoutSeconds, left);
      // Due at once again. Whoever announced has had it swept to a minute before, as ever: that nobody was here holds.
      if (this.#effort === 0) words[swarm + SWEPT_AT] = nowSeconds - SWEEP_SECONDS;
    }
    const after = words[swarm + PEERS4 + 1]! + words[swarm + PEERS6 + 1]!;
    if (after === before) return this.#effort > 0;
    this.#addTo(PEERS, after - before);
    const seeds = after - words[swarm + PEERS4 + 2]! - words[swarm + PEERS6 + 2]!;
    if (seeds !== seedsBefore) this.#addTo(SEEDS, seeds - seedsBefore);
    return this.#effort > 0;
  }

  #addTo(word: number, by: number): void {
    if (this.#arena.isShared) Atomics.add(this.#words, word, by);
    else this.#words[word]! += by;
  }
}

/** A swarm as it lies in memory: views, good for the call. */
export interface StoredSwarm {
  readonly infoHash: Uint8Array;
  readonly downloaded: number;
  readonly peers4: StoredPeers;
  readonly peers6: StoredPeers;
}

export interface StoredPeers {
  readonly count: number;
  /** So many of them, the first ones. */
  readonly leechers: number;
  /** Compact. */
  readonly addresses: Uint8Array;
  /** Seconds since the peer at a position was seen. */
  age(position: number): number;
}

const NO_BYTES: Uint8Array = new Uint8Array(0);
const NOTHING = { complete: 0, incomplete: 0, downloaded: 0, peers: NO_BYTES, peers6: NO_BYTES };
export const DEFAULT_MEMORY = 256 * 1024 * 1024;
const MAX_TIMEOUT_SECONDS = 12 * 3_600;
const SWEEP_SECONDS = 60;
const SLOTS_A_STRETCH = 64;
/** Of a call: 128 peers out of a large swarm, or 2048 out of small ones; less than a millisecond. */
const EFFORT = 128 * HASHED_EFFORT;
const STRETCHES_WHEN_FULL = 64;
const MAX_STRIPES = 256;
const SWARMS_A_STRIPE = 64;
/** What lies in front of the stripes, and where in it. */
const OWN = 64;
const FIRST = HEAD / 4;
const SWARMS = FIRST;
const PEERS = FIRST + 1;
const CURSOR = FIRST + 2;
const SEEDS = FIRST + 3;
const KEY = FIRST + 4;
