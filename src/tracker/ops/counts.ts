// What a tracker has done, counted. One block of numbers a thread, each written by that thread alone, so that counting is
// an addition and no lock; whoever shows them adds the blocks up. Blocks lie in shared memory where there are threads.
//
//   block   | udp | http | ws |
//   part    | events 5 | connects | scrapes | bytes in | bytes out | errors by code | buckets of time | sum of time |
//
// Time is taken of some answers alone: two looks at the clock cost more than all other counting together.

import type { AnnounceEvent } from '../../core/tracker/announce.ts';

export type Protocol = (typeof PROTOCOLS)[number];
export type ErrorName = (typeof ERRORS)[number];

/** What one way in counts. */
export class FrontCounts {
  readonly #block: Float64Array;
  readonly #now: () => number;
  readonly #mask: number;
  #turn = 0;

  /** `block` is the protocol's part of a thread's block; `now` is in milliseconds, and fine; one of `timed` is timed. */
  constructor(block: Float64Array, now: () => number, timed: number) {
    this.#block = block;
    this.#now = now;
    this.#mask = timed - 1;
  }

  announced(event: AnnounceEvent | undefined): void {
    this.#block[event === undefined ? 0 : EVENTS.indexOf(event)]!++;
  }

  connected(): void {
    this.#block[CONNECTS]!++;
  }

  scraped(): void {
    this.#block[SCRAPES]!++;
  }

  /** Why somebody was refused, or not answered; a name that is not known here counts as "other". */
  failed(name: string): void {
    this.#block[FIRST_ERROR + (ERROR_AT.get(name) ?? OTHER)]!++;
  }

  moved(received: number, sent: number): void {
    const block = this.#block;
    block[BYTES_IN] = block[BYTES_IN]! + received;
    block[BYTES_OUT] = block[BYTES_OUT]! + sent;
  }

  /** An answer is begun: what `ended` is to be given. -1 where this one is not timed. */
  begun(): number {
    return (++this.#turn & this.#mask) === 0 ? this.#now() : -1;
  }

  ended(begun: number): void {
    if (begun < 0) return;
    const ms = this.#now() - begun;
    const block = this.#block;
    let bucket = 0;
    while (bucket < BOUNDS_MS.length && ms > BOUNDS_MS[bucket]!) bucket++;
    block[FIRST_BUCKET + bucket]!++;
    block[TIME_SUM] = block[TIME_SUM]! + ms;
  }
}

/** The block of a thread. */
export class TrackerCounts {
  readonly udp: FrontCounts;
  readonly http: FrontCounts;
  readonly ws: FrontCounts;

  constructor(now: () => number, block: Float64Array = new Float64Array(BLOCK_LENGTH)) {
    const part = (i: number) =>
      new FrontCounts(block.subarray(i * PART_LENGTH, (i + 1) * PART_LENGTH), now, TIMED[i]!);
    this.udp = part(0);
    this.http = part(1);
    this.ws = part(2);
  }
}

/** Room for so many threads' blocks. Numbers of 64 bits are read whole on every machine that Node runs on. */
export function newCountsMemory(threads: number): SharedArrayBuffer {
  return new SharedArrayBuffer(threads * BLOCK_LENGTH * 8);
}

export function countsBlock(memory: ArrayBufferLike, thread: number): Float64Array {
  return new Float64Array(memory, thread * BLOCK_LENGTH * 8, BLOCK_LENGTH);
}

/** What all threads have counted, of one protocol. */
export interface ProtocolTotals {
  readonly protocol: Protocol;
  /** In the order of `EVENTS`. */
  readonly announces: readonly number[];
  readonly connects: number;
  readonly scrapes: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** In the order of `ERRORS`. */
  readonly errors: readonly number[];
  /** Answers that were timed, by `BOUNDS_MS`, and those that took longer. */
  readonly buckets: readonly number[];
  readonly timeMs: number;
}

export function totalsOf(memory: ArrayBufferLike): ProtocolTotals[] {
  const all = new Float64Array(memory);
  const sum = new Float64Array(BLOCK_LENGTH);
  for (let i = 0; i < all.length; i++) sum[i % BLOCK_LENGTH]! += all[i]!;
  return PROTOCOLS.map((protocol, i) => {
    const part = sum.subarray(i * PART_LENGTH, (i + 1) * PART_LENGTH);
    return {
      protocol,
      announces: [...part.subarray(0, EVENTS.length)],
      connects: part[CONNECTS]!,
      scrapes: part[SCRAPES]!,
      bytesIn: part[BYTES_IN]!,
      bytesOut: part[BYTES_OUT]!,
      errors: [...part.subarray(FIRST_ERROR, FIRST_BUCKET)],
      buckets: [...part.subarray(FIRST_BUCKET, TIME_SUM)],
      timeMs: part[TIME_SUM]!,
    };
  });
}

export const PROTOCOLS = ['udp', 'http', 'ws'] as const;
/** The first is the regular announce, which has none. */
export const EVENTS: readonly (AnnounceEvent | 'none')[] = [
  'none',
  'started',
  'completed',
  'stopped',
  'paused',
];
/** Why an answer was a refusal, or silence. They are names of metrics: none changes, the last stays last. */
export const ERRORS = [
  'not_served',
  'not_reachable',
  'full',
  'too_many_requests',
  'too_many_peers',
  'too_many_torrents',
  'key_unknown',
  'key_limit',
  'banned',
  'malformed',
  'connection_id_expired',
  'connection_id_forged',
  'store_down',
  'other',
] as const;
/** Upper bounds of the buckets of time. */
export const BOUNDS_MS: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000,
];

const ERROR_AT: ReadonlyMap<string, number> = new Map(ERRORS.map((name, i) => [name, i]));
const OTHER = ERRORS.length - 1;
/** One answer of so many is timed, a power of two: UDP has most, and least to spare. */
const TIMED = [256, 16, 16];
const CONNECTS = EVENTS.length;
const SCRAPES = CONNECTS + 1;
const BYTES_IN = CONNECTS + 2;
const BYTES_OUT = CONNECTS + 3;
const FIRST_ERROR = CONNECTS + 4;
const FIRST_BUCKET = FIRST_ERROR + ERRORS.length;
const TIME_SUM = FIRST_BUCKET + BOUNDS_MS.length + 1;
// A multiple of eight: parts of two threads never lie in one line of a cache.
const PART_LENGTH = Math.ceil((TIME_SUM + 1) / 8) * 8;
const BLOCK_LENGTH = PART_LENGTH * PROTOCOLS.length;
