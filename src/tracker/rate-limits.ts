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
import { wordAt } from '../core/bytes/siphash.ts';
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
  // Of a bucket the prefix itself, in two words; the second is 0 where there is none.
  readonly #prefixes: Int32Array;
  readonly #kinds: Int32Array;
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
    this.#prefixes = new Int32Array(buffer, HEAD + 8 * places, places);
    this.#kinds = new Int32Array(buffer, HEAD + 12 * places, places);
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
    const rest = isIpv4 ? 0 : ip[4]! | (ip[5]! << 8);
    const first = isIpv4 ? ip[0]! | (ip[1]! << 8) | (ip[2]! << 16) : wordAt(ip, 0);
    const own = isIpv4
      ? this.#place(first | (ip[3]! << 24), HOST4, this.#rate, now)
      : this.#place(first, rest | (ip[6]! << 16) | HOST6, this.#rate, now);
    if (this.#owed[own]! + cost > this.#burst) return false;
    const network = this.#place(first, rest | (isIpv4 ? NETWORK4 : NETWORK6), this.#rate * factor, now);
    if (this.#owed[network]! + cost > this.#burst * factor) return false;
    this.#owed[own] = this.#owed[own]! + cost;
    this.#owed[network] = this.#owed[network]! + cost;
    return true;
  }

  /** The bucket of a prefix; what it owed is paid off up to now. */
  #place(prefix: number, kind: number, ratePerMs: number, now: number): number {
    const first = (hash(prefix, kind, this.#seed) & this.#mask) * WAYS;
    const end = first + WAYS;
    for (let place = first; place < end; place++) {
      if (this.#prefixes[place] !== prefix || this.#kinds[place] !== kind) continue;
      this.#owed[place] = Math.max(this.#owedAt(place, ratePerMs, now), 0);
      this.#paidAt[place] = now;
      return place;
    }
    let least = first;
    for (let place = first + 1; place < end; place++)
      if (this.#owedAt(place, ratePerMs, now) < this.#owedAt(least, ratePerMs, now)) least = place;
    this.#prefixes[least] = prefix;
    this.#kinds[least] = kind;
    this.#owed[least] = 0;
    this.#paidAt[least] = now;
    return least;
  }

  /** What a bucket owes still; less than nothing where it has long paid. */
  #owedAt(place: number, ratePerMs: number, now: number): number {
    return this.#owed[place]! - (now - this.#paidAt[place]!) * ratePerMs;
  }
}

/** Murmur3's mixing of two words. The seed is secret: nobody can choose whom to meet. */
function hash(a: number, b: number, seed: number): number {
  let h = mixed(mixed(seed, a), b);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

function mixed(h: number, word: number): number {
  const w = Math.imul(word, 0xcc9e2d51);
  const x = h ^ Math.imul((w << 15) | (w >>> 17), 0x1b873593);
  return (Math.imul((x << 13) | (x >>> 19), 5) + 0xe6546b64) | 0;
}

function placesFor(maxBuckets: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(WAYS, maxBuckets)));
}

const WAYS = 4;
// Whose bucket it is, above the 24 bits that a prefix of IPv6 may have in the second word.
const HOST4 = 1 << 24;
const NETWORK4 = 2 << 24;
const HOST6 = 3 << 24;
const NETWORK6 = 4 << 24;
const DEFAULT_BUCKETS = 65_536;
/** The seed, and room to keep what follows in line. */
const HEAD = 64;
/** 8 + 4 + 4 + 4 bytes. */
const BUCKET = 20;
