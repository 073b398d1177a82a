// How much one address, and the network around it, may ask: token buckets by prefix, the same for every protocol. IPv4 is
// counted by /32 and by /24; IPv6 by /56, which is what one household has, and by /48. The wider bucket is larger: it is there
// for those who own the whole network.
//
// Memory is bounded: buckets lie in a table of fixed size, four to a place, each as what its prefix owes. A newcomer takes the
// place of the one that owes least, which loses least: a prefix that owes nothing need not be remembered. So nobody is made to
// wait for another's flood, and a flood from very many addresses is let through rather than remembered.
//
// The table may be shared by threads, so that who asks several of them has one bucket. There is no lock: where two take from
// one bucket in the same nanoseconds one request may count for none, and no other harm is done.

import type { Random } from '../core/bytes/prng.ts';
import { sharedSeed } from './shared-seed.ts';

export interface RateLimitOptions {
  /** Requests that one address (IPv4 /32, IPv6 /56) may make in a second, lastingly. 0 is no limit. @default 50: a client with 50,000 torrents announces 28 times a second */
  readonly requestsPerSecond?: number;
  /** And at once. @default 1000: a client that starts announces all its torrents */
  readonly burst?: number;
  /** How much more its network (IPv4 /24, IPv6 /48) may ask than one address. @default 16 */
  readonly networkFactor?: number;
  /** Buckets that are remembered. @default 65,536, which is 1.3 MiB */
  readonly maxBuckets?: number;
}

/** Memory that several threads may have limits over. */
export function newRateLimitsMemory(maxBuckets = DEFAULT_BUCKETS): SharedArrayBuffer {
  return new SharedArrayBuffer(HEAD + placesFor(maxBuckets) * BUCKET);
}

export interface RateLimitsDeps {
  readonly random: Random;
  /** Of `newRateLimitsMemory`; `maxBuckets` is its affair then. @default its own */
  readonly memory?: ArrayBufferLike | undefined;
}

export class RateLimits {
  #rate = 0;
  #burst = 0;
  #networkFactor = 0;
  readonly #seed: number;
  readonly #mask: number;
  readonly #keys: Uint32Array;
  readonly #checks: Uint32Array;
  readonly #owed: Float32Array;
  readonly #paidAt: Float64Array;

  constructor(options: RateLimitOptions, { random, memory }: RateLimitsDeps) {
    this.configure(options);
    const own = () => new ArrayBuffer(HEAD + placesFor(options.maxBuckets ?? DEFAULT_BUCKETS) * BUCKET);
    const buffer = memory ?? own();
    const places = (buffer.byteLength - HEAD) / BUCKET;
    this.#mask = places / WAYS - 1;
    this.#seed = sharedSeed(buffer, random);
    this.#paidAt = new Float64Array(buffer, HEAD, places);
    this.#keys = new Uint32Array(buffer, HEAD + 8 * places, places);
    this.#checks = new Uint32Array(buffer, HEAD + 12 * places, places);
    this.#owed = new Float32Array(buffer, HEAD + 16 * places, places);
  }

  /** Other limits in the place of the old; what is owed stays owed. */
  configure(options: RateLimitOptions): void {
    this.#rate = (options.requestsPerSecond ?? 50) / 1_000;
    this.#burst = options.burst ?? 1_000;
    this.#networkFactor = options.networkFactor ?? 16;
  }

  /** Takes one request of `ip` (4 or 16 bytes), or of what costs as much as several; false where it has asked too much. */
  take(ip: Uint8Array, now: number, cost = 1): boolean {
    if (this.#rate === 0) return true;
    const isIpv4 = ip.length === 4;
    const factor = this.#networkFactor;
    const own = this.#place(ip, isIpv4 ? 4 : 7, this.#rate, now);
    if (this.#owed[own]! + cost > this.#burst) return false;
    const network = this.#place(ip, isIpv4 ? 3 : 6, this.#rate * factor, now);
    if (this.#owed[network]! + cost > this.#burst * factor) return false;
    this.#owed[own] = this.#owed[own]! + cost;
    this.#owed[network] = this.#owed[network]! + cost;
    return true;
  }

  /** The bucket of the first `length` bytes; what it owed is paid off up to now. */
  #place(ip: Uint8Array, length: number, ratePerMs: number, now: number): number {
    const key = hash(ip, length, this.#seed);
    const check = (hash(ip, length, this.#seed ^ CHECK) | 1) >>> 0;
    const first = (key & this.#mask) * WAYS;
    let least = first;
    let owedLeast = Number.POSITIVE_INFINITY;
    for (let place = first; place < first + WAYS; place++) {
      const owed = this.#owed[place]! - (now - this.#paidAt[place]!) * ratePerMs;
      if (this.#keys[place] === key && this.#checks[place] === check) {
        this.#owed[place] = Math.max(owed, 0);
        this.#paidAt[place] = now;
        return place;
      }
      if (owed < owedLeast) {
        owedLeast = owed;
        least = place;
      }
    }
    this.#keys[least] = key;
    this.#checks[least] = check;
    this.#owed[least] = 0;
    this.#paidAt[least] = now;
    return least;
  }
}

/** Murmur3's mixing, a byte at a time: seven at the most. The seed is secret: nobody can choose whom to meet. */
function hash(bytes: Uint8Array, length: number, seed: number): number {
  let h = seed ^ length;
  for (let i = 0; i < length; i++) {
    h = Math.imul(h ^ bytes[i]!, 0xcc9e2d51);
    h = Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64;
  }
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function placesFor(maxBuckets: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(WAYS, maxBuckets)));
}

const WAYS = 4;
const CHECK = 0x5bd1e995;
const DEFAULT_BUCKETS = 65_536;
/** The seed, and room to keep what follows in line. */
const HEAD = 64;
/** 8 + 4 + 4 + 4 bytes. */
const BUCKET = 20;
