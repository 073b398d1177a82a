// A list of all swarms as they were at a moment, for whoever wants to see them sorted: packed, 36 bytes a swarm, taken a part
// of the store at a time so that announces have their turn, and kept for some seconds, so that the pages of one list fit
// together and nobody makes the tracker count again and again.

import { toHex } from '../../core/bytes/hex.ts';
import { fromBinaryString, toBinaryString } from '../../core/bytes/utf8.ts';
import type { Clock } from '../../host/clock.ts';

/** As much of a store as is needed. */
export interface SwarmSource {
  readonly swarmCount: number;
  readonly stripes: number;
  each(
    stripe: number,
    now: number,
    look: (swarm: {
      readonly infoHash: Uint8Array;
      readonly downloaded: number;
      readonly peers4: { readonly count: number; readonly leechers: number };
      readonly peers6: { readonly count: number; readonly leechers: number };
    }) => void,
  ): void;
}

/** Swarms of WebSockets: binary string of the hash, and who is there. */
export type OtherSwarms = Iterable<{
  readonly name: string;
  readonly complete: number;
  readonly incomplete: number;
  readonly downloaded: number;
}>;

export interface CountedSwarm {
  /** Hexadecimal. */
  readonly infoHash: string;
  readonly seeds: number;
  readonly leechers: number;
  readonly downloaded: number;
  /** Seeds and leechers that come by WebSocket; they are among the others. */
  readonly webSocketPeers: number;
}

export interface SwarmQuestion {
  readonly sort: SwarmOrder;
  readonly isAscending: boolean;
  /** Only info hashes that begin so: hexadecimal, lower case. */
  readonly prefix: string;
  readonly offset: number;
  readonly limit: number;
}

export type SwarmOrder = (typeof SWARM_ORDERS)[number];
export const SWARM_ORDERS = ['peers', 'seeds', 'leechers', 'downloaded'] as const;

export class Census {
  /** Milliseconds of the clock. */
  readonly takenAt: number;
  #hashes: Uint8Array;
  #counts: Uint32Array;
  #count = 0;
  /** Of the last question: its order is used again for the next page. */
  #order: Float64Array = new Float64Array(0);
  #orderOf = '';

  constructor(expected: number, takenAt: number) {
    this.takenAt = takenAt;
    this.#hashes = new Uint8Array(20 * expected);
    this.#counts = new Uint32Array(NUMBERS * expected);
  }

  add(
    infoHash: Uint8Array,
    seeds: number,
    leechers: number,
    downloaded: number,
    webSocketPeers: number,
  ): void {
    if (this.#count === MAX_SWARMS) return;
    if (20 * (this.#count + 1) > this.#hashes.length) this.#grow();
    this.#hashes.set(infoHash.subarray(0, 20), 20 * this.#count);
    const at = NUMBERS * this.#count++;
    this.#counts[at] = seeds;
    this.#counts[at + 1] = leechers;
    this.#counts[at + 2] = downloaded;
    this.#counts[at + 3] = webSocketPeers;
  }

  /** How many there are that fit, and those of one page. */
  page(question: SwarmQuestion): { readonly total: number; readonly swarms: readonly CountedSwarm[] } {
    const order = this.#ordered(question);
    const swarms: CountedSwarm[] = [];
    const end = Math.min(order.length, question.offset + question.limit);
    for (let i = question.offset; i < end; i++) {
      const at = question.isAscending ? i : order.length - 1 - i;
      swarms.push(this.#swarm(order[at]! % MAX_SWARMS));
    }
    return { total: order.length, swarms };
  }

  #swarm(index: number): CountedSwarm {
    const at = NUMBERS * index;
    return {
      infoHash: toHex(this.#hashes.subarray(20 * index, 20 * index + 20)),
      seeds: this.#counts[at]!,
      leechers: this.#counts[at + 1]!,
      downloaded: this.#counts[at + 2]!,
      webSocketPeers: this.#counts[at + 3]!,
    };
  }

  /** What is sorted by, and which swarm it is, in one number each: numbers sort without a call for each two. */
  #ordered({ sort, prefix }: SwarmQuestion): Float64Array {
    const of = `${sort} ${prefix}`;
    if (of === this.#orderOf) return this.#order;
    const order = new Float64Array(this.#count);
    let found = 0;
    for (let i = 0; i < this.#count; i++) {
      if (!this.#beginsWith(i, prefix)) continue;
      const at = NUMBERS * i;
      const value =
        sort === 'peers'
          ? this.#counts[at]! + this.#counts[at + 1]!
          : this.#counts[at + (sort === 'seeds' ? 0 : sort === 'leechers' ? 1 : 2)]!;
      order[found++] = value * MAX_SWARMS + i;
    }
    this.#order = order.slice(0, found).sort();
    this.#orderOf = of;
    return this.#order;
  }

  #beginsWith(index: number, prefix: string): boolean {
    for (let i = 0; i < prefix.length; i++) {
      const byte = this.#hashes[20 * index + (i >> 1)]!;
      const digit = (i & 1) === 0 ? byte >>> 4 : byte & 15;
      if (digit !== Number.parseInt(prefix[i]!, 16)) return false;
    }
    return true;
  }

  #grow(): void {
    const room = Math.max(64, 2 * this.#count);
    const hashes = new Uint8Array(20 * room);
    const counts = new Uint32Array(NUMBERS * room);
    hashes.set(this.#hashes);
    counts.set(this.#counts);
    this.#hashes = hashes;
    this.#counts = counts;
  }
}

export class CensusTaking {
  readonly #source: SwarmSource;
  readonly #others: () => OtherSwarms;
  readonly #clock: Pick<Clock, 'now' | 'after'>;
  #last: Census | undefined;
  #underWay: Promise<Census> | undefined;

  constructor(source: SwarmSource, others: () => OtherSwarms, clock: Pick<Clock, 'now' | 'after'>) {
    this.#source = source;
    this.#others = others;
    this.#clock = clock;
  }

  /** The last one, where it is some seconds old at most; who asks while one is taken gets that. */
  take(): Promise<Census> {
    if (this.#last !== undefined && this.#clock.now() - this.#last.takenAt < KEPT_MS)
      return Promise.resolve(this.#last);
    this.#underWay ??= this.#take().finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  async #take(): Promise<Census> {
    const source = this.#source;
    const now = this.#clock.now();
    const census = new Census(Math.min(source.swarmCount + 64, MAX_SWARMS), now);
    const others = new Map<string, { complete: number; incomplete: number; downloaded: number }>();
    for (const { name, complete, incomplete, downloaded } of this.#others())
      others.set(name, { complete, incomplete, downloaded });
    for (let stripe = 0; stripe < source.stripes; stripe++) {
      source.each(stripe, now, ({ infoHash, downloaded, peers4, peers6 }) => {
        const name = others.size === 0 ? '' : toBinaryString(infoHash);
        const other = others.get(name) ?? NOBODY;
        if (other !== NOBODY) others.delete(name);
        const leechers = peers4.leechers + peers6.leechers;
        census.add(
          infoHash,
          peers4.count + peers6.count - leechers + other.complete,
          leechers + other.incomplete,
          downloaded + other.downloaded,
          other.complete + other.incomplete,
        );
      });
      await new Promise<void>(resolve => this.#clock.after(0, resolve));
    }
    for (const [name, { complete, incomplete, downloaded }] of others) {
      census.add(fromBinaryString(name), complete, incomplete, downloaded, complete + incomplete);
    }
    this.#last = census;
    return census;
  }
}

const NOBODY = { complete: 0, incomplete: 0, downloaded: 0 };
const NUMBERS = 4;
// A number of 53 bits holds a count of 32 and an index of 21.
const MAX_SWARMS = 2 ** 21;
const KEPT_MS = 5_000;
