// What is known of keys while they are used: of each its totals, and the peers that announce by it. Packed into one memory,
// which threads may share: whoever is asked, the figures and the limits are those of all. One lock for the whole; it is held
// for about a microsecond.
//
//   head    | lock | free peers | peers begun | sizes 2 | key of the hash 4 |
//   holder  | uploaded | downloaded | announces | completed | last seen | hour | announces in it | first peer | peers |
//   peer    | uploaded | downloaded | seen at | hash 8 | address 8 | has some left | next in bucket | next, previous of its holder |
//
// Torrent and peer id are kept as a keyed hash of 64 bits, and so are addresses: nobody can choose whom to meet.

import type { Random } from '../core/bytes/prng.ts';
import { type SipKey, sipHash } from '../core/bytes/siphash.ts';
import type { AnnounceFacts } from '../core/tracker/announce.ts';
import { acquire, release } from './stores/lock.ts';

export interface KeyTotals {
  readonly uploaded: number;
  readonly downloaded: number;
  readonly announces: number;
  readonly completed: number;
  /** Milliseconds since 1970; 0 is never. */
  readonly lastSeen: number;
}

export interface KeyLimits {
  /** Peers that announce by it at one time, in all torrents. @default 1000 */
  readonly maxPeers?: number | undefined;
  /** Addresses that it is used from at one time. @default 16 */
  readonly maxAddresses?: number | undefined;
  /** Announces in an hour. @default 20,000 */
  readonly maxAnnouncesPerHour?: number | undefined;
}

export interface KeyTableSizes {
  /** @default 65,536 */
  readonly maxKeys?: number;
  /** Peers of all keys; 72 bytes each, once they are there. @default 65,536 */
  readonly maxPeers?: number;
}

export type KeyFault = 'too many announces' | 'too many peers' | 'too many addresses' | 'full';

/** Memory that several threads may have tables over. */
export function newKeyTableMemory({
  maxKeys = 65_536,
  maxPeers = 65_536,
}: KeyTableSizes = {}): SharedArrayBuffer {
  const peers = 2 ** Math.ceil(Math.log2(maxPeers));
  const memory = new SharedArrayBuffer(HEAD + maxKeys * HOLDER + peers * (PEER + 4));
  const words = new Int32Array(memory);
  words[MAX_KEYS] = maxKeys;
  words[MAX_PEERS] = peers;
  return memory;
}

export class KeyTable {
  readonly memory: SharedArrayBuffer;
  readonly maxKeys: number;
  readonly #maxPeers: number;
  readonly #words: Int32Array;
  readonly #numbers: Float64Array;
  readonly #firstPeer: number;
  readonly #firstBucket: number;
  readonly #sipKey: SipKey;
  readonly #named = new Uint8Array(44);
  readonly #hash = new Int32Array(2);
  readonly #address = new Int32Array(2);

  constructor(memory: SharedArrayBuffer, random: Random) {
    this.memory = memory;
    this.#words = new Int32Array(memory);
    this.#numbers = new Float64Array(memory);
    this.maxKeys = this.#words[MAX_KEYS]!;
    this.#maxPeers = this.#words[MAX_PEERS]!;
    this.#firstPeer = HEAD + this.maxKeys * HOLDER;
    this.#firstBucket = this.#firstPeer + this.#maxPeers * PEER;
    // Whoever is first chooses.
    for (let at = SIP_KEY; at < SIP_KEY + 4; at++)
      Atomics.compareExchange(this.#words, at, 0, random.below(2 ** 32) | 1);
    this.#sipKey = this.#words.slice(SIP_KEY, SIP_KEY + 4);
  }

  totalsOf(holder: number): KeyTotals {
    const at = (HEAD + holder * HOLDER) >> 3;
    const numbers = this.#numbers;
    return {
      uploaded: numbers[at]!,
      downloaded: numbers[at + 1]!,
      announces: numbers[at + 2]!,
      completed: numbers[at + 3]!,
      lastSeen: numbers[at + 4]!,
    };
  }

  setTotals(holder: number, { uploaded, downloaded, announces, completed, lastSeen }: KeyTotals): void {
    this.#numbers.set([uploaded, downloaded, announces, completed, lastSeen], (HEAD + holder * HOLDER) >> 3);
  }

  /** As if nobody had ever used it. */
  clear(holder: number): void {
    acquire(this.#words, LOCK);
    try {
      const at = (HEAD + holder * HOLDER) >> 2;
      while (this.#words[at + FIRST]! > 0) this.#remove(this.#words[at + FIRST]!, at);
      this.#words.fill(0, at, at + HOLDER / 4);
    } finally {
      release(this.#words, LOCK);
    }
  }

  /** Counts an announce by a key, or says why it may not be. `now` is the same for all threads. */
  announced(
    holder: number,
    limits: KeyLimits,
    facts: AnnounceFacts,
    ip: Uint8Array,
    { now, wallTime }: { readonly now: number; readonly wallTime: number },
  ): KeyFault | undefined {
    this.#nameOf(holder, facts);
    sipHash(this.#sipKey, ip, this.#address);
    acquire(this.#words, LOCK);
    try {
      return this.#announced((HEAD + holder * HOLDER) >> 2, limits, facts, now, wallTime);
    } finally {
      release(this.#words, LOCK);
    }
  }

  #announced(
    at: number,
    limits: KeyLimits,
    facts: AnnounceFacts,
    now: number,
    wallTime: number,
  ): KeyFault | undefined {
    const words = this.#words;
    const hour = Math.floor(now / HOUR_MS);
    if (words[at + HOUR] !== hour) {
      words[at + HOUR] = hour;
      words[at + IN_HOUR] = 0;
    }
    if (words[at + IN_HOUR]! >= (limits.maxAnnouncesPerHour ?? 20_000)) return 'too many announces';
    let peer = this.#find();
    const isLeaving = facts.event === 'stopped';
    if (peer === 0 && !isLeaving) {
      const maxPeers = limits.maxPeers ?? 1_000;
      if (words[at + COUNT]! >= maxPeers || this.#isFull()) this.#forgetSilent(at, now);
      if (words[at + COUNT]! >= maxPeers) return 'too many peers';
      if (this.#isFull()) return 'full';
    }
    if (!this.#hasAddress(peer) && !this.#hasRoomForAddress(at, limits.maxAddresses ?? 16, now))
      return 'too many addresses';
    words[at + IN_HOUR]!++;
    const numbers = this.#numbers;
    const totals = at >> 1;
    const own = this.#at(peer) >> 1;
    numbers[totals + 2]!++;
    numbers[totals + 4] = wallTime;
    if (peer > 0) {
      if (facts.event === 'completed' && words[2 * own + HAS_LEFT] === 1) numbers[totals + 3]!++;
      // Figures that fall are a new start of the client's.
      numbers[totals]! += Math.max(0, facts.uploaded - numbers[own]!);
      numbers[totals + 1]! += Math.max(0, facts.downloaded - numbers[own + 1]!);
    }
    if (isLeaving) {
      if (peer > 0) this.#remove(peer, at);
      return undefined;
    }
    if (peer === 0) peer = this.#add(at);
    const place = this.#at(peer);
    numbers[place >> 1] = facts.uploaded;
    numbers[(place >> 1) + 1] = facts.downloaded;
    numbers[(place >> 1) + 2] = now;
    words[place + ADDRESS] = this.#address[0]!;
    words[place + ADDRESS + 1] = this.#address[1]!;
    words[place + HAS_LEFT] = facts.left > 0 ? 1 : 0;
    return undefined;
  }

  #nameOf(holder: number, { infoHash, peerId }: AnnounceFacts): void {
    const named = this.#named;
    for (let i = 0; i < 4; i++) named[i] = holder >>> (8 * i);
    for (let i = 0; i < 20; i++) {
      named[4 + i] = infoHash[i]!;
      named[24 + i] = peerId[i]!;
    }
    sipHash(this.#sipKey, named, this.#hash);
  }

  /** Where a peer stands; peers are counted from 1 on. */
  #at(peer: number): number {
    return (this.#firstPeer + (peer - 1) * PEER) >> 2;
  }

  #bucketOf(low: number): number {
    return (this.#firstBucket >> 2) + (low & (this.#maxPeers - 1));
  }

  #find(): number {
    const words = this.#words;
    const [low, high] = [this.#hash[0]!, this.#hash[1]!];
    let peer = words[this.#bucketOf(low)]!;
    while (peer > 0) {
      const at = this.#at(peer);
      if (words[at + HASH] === low && words[at + HASH + 1] === high) break;
      peer = words[at + NEXT_IN_BUCKET]!;
    }
    return peer;
  }

  #isFull(): boolean {
    return this.#words[FREE] === 0 && this.#words[BEGUN]! >= this.#maxPeers;
  }

  #add(holder: number): number {
    const words = this.#words;
    let peer = words[FREE]!;
    if (peer > 0) words[FREE] = words[this.#at(peer) + NEXT_IN_BUCKET]!;
    else peer = ++words[BEGUN]!;
    const at = this.#at(peer);
    const bucket = this.#bucketOf(this.#hash[0]!);
    words[at + HASH] = this.#hash[0]!;
    words[at + HASH + 1] = this.#hash[1]!;
    words[at + NEXT_IN_BUCKET] = words[bucket]!;
    words[bucket] = peer;
    const next = words[holder + FIRST]!;
    words[at + NEXT] = next;
    words[at + PREVIOUS] = 0;
    if (next > 0) words[this.#at(next) + PREVIOUS] = peer;
    words[holder + FIRST] = peer;
    words[holder + COUNT]!++;
    return peer;
  }

  #remove(peer: number, holder: number): void {
    const words = this.#words;
    const at = this.#at(peer);
    let link = this.#bucketOf(words[at + HASH]!);
    while (words[link] !== peer) link = this.#at(words[link]!) + NEXT_IN_BUCKET;
    words[link] = words[at + NEXT_IN_BUCKET]!;
    const [next, previous] = [words[at + NEXT]!, words[at + PREVIOUS]!];
    if (next > 0) words[this.#at(next) + PREVIOUS] = previous;
    if (previous > 0) words[this.#at(previous) + NEXT] = next;
    else words[holder + FIRST] = next;
    words[at + NEXT_IN_BUCKET] = words[FREE]!;
    words[FREE] = peer;
    words[holder + COUNT]!--;
  }

  #hasAddress(peer: number): boolean {
    if (peer === 0) return false;
    const at = this.#at(peer) + ADDRESS;
    return this.#words[at] === this.#address[0] && this.#words[at + 1] === this.#address[1];
  }

  #hasRoomForAddress(holder: number, max: number, now: number): boolean {
    const words = this.#words;
    const addresses = new Set<number>();
    for (let peer = words[holder + FIRST]!; peer > 0; peer = words[this.#at(peer) + NEXT]!) {
      if (this.#hasAddress(peer)) return true;
      const at = this.#at(peer);
      if (now - this.#numbers[(at >> 1) + 2]! <= SILENT_MS)
        addresses.add((words[at + ADDRESS]! >>> 0) * 2 ** 20 + (words[at + ADDRESS + 1]! >>> 12));
    }
    return addresses.size < max;
  }

  #forgetSilent(holder: number, now: number): void {
    const words = this.#words;
    for (let peer = words[holder + FIRST]!; peer > 0; ) {
      const at = this.#at(peer);
      const next = words[at + NEXT]!;
      if (now - this.#numbers[(at >> 1) + 2]! > SILENT_MS) this.#remove(peer, holder);
      peer = next;
    }
  }
}

const HOUR_MS = 3_600_000;
// As long as the store remembers a peer.
const SILENT_MS = 45 * 60_000;
/** Bytes. */
const HEAD = 64;
const HOLDER = 64;
const PEER = 64;
/** Words of the head. */
const LOCK = 1;
const FREE = 2;
const BEGUN = 3;
const MAX_KEYS = 4;
const MAX_PEERS = 5;
const SIP_KEY = 8;
/** Words of a holder, behind five numbers. */
const HOUR = 10;
const IN_HOUR = 11;
const FIRST = 12;
const COUNT = 13;
/** Words of a peer, behind three numbers. */
const HASH = 6;
const ADDRESS = 8;
const HAS_LEFT = 10;
const NEXT_IN_BUCKET = 11;
const NEXT = 12;
const PREVIOUS = 13;
