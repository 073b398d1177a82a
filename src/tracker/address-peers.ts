// How many peers of a swarm announce from one address (IPv4 /32, IPv6 /56): else one machine could fill a swarm with ports of
// its own, and nobody would be told of anybody else. It does not keep the ports but a bit for each, out of 64 (linear
// counting: Whang, Vander-Zanden and Taylor, 1990), so that a peer that comes back is known and the count is about right.
//
// Memory is bounded, and may be shared, as in `rate-limits`: a table of fixed size, four to a place, and the emptiest makes room.

import type { Random } from '../core/bytes/prng.ts';
import { sharedSeed } from './shared-seed.ts';

export interface AddressPeersOptions {
  /** About so many ports; 60 at most. */
  readonly maxPeers: number;
  /** Pairs of swarm and address that are remembered. @default 65,536, which is 1.3 MiB */
  readonly maxEntries?: number;
}

/** Memory that several threads may count in. */
export function newAddressPeersMemory(maxEntries = DEFAULT_ENTRIES): SharedArrayBuffer {
  return new SharedArrayBuffer(HEAD + placesFor(maxEntries) * ENTRY);
}

export interface AddressPeersDeps {
  readonly random: Random;
  /** Of `newAddressPeersMemory`; `maxEntries` is its affair then. @default its own */
  readonly memory?: ArrayBufferLike | undefined;
}

export class AddressPeers {
  #maxBits = 1;
  readonly #seed: number;
  readonly #mask: number;
  readonly #keys: Uint32Array;
  readonly #checks: Uint32Array;
  readonly #bits: Uint32Array;
  readonly #begunAt: Float64Array;

  constructor(options: AddressPeersOptions, { random, memory }: AddressPeersDeps) {
    this.configure(options);
    const own = () => new ArrayBuffer(HEAD + placesFor(options.maxEntries ?? DEFAULT_ENTRIES) * ENTRY);
    const buffer = memory ?? own();
    const places = (buffer.byteLength - HEAD) / ENTRY;
    this.#mask = places / WAYS - 1;
    this.#seed = sharedSeed(buffer, random);
    this.#begunAt = new Float64Array(buffer, HEAD, places);
    this.#keys = new Uint32Array(buffer, HEAD + 8 * places, places);
    this.#checks = new Uint32Array(buffer, HEAD + 12 * places, places);
    this.#bits = new Uint32Array(buffer, HEAD + 16 * places, 2 * places);
  }

  /** Another limit in the place of the old; who is counted stays so. */
  configure({ maxPeers }: AddressPeersOptions): void {
    // So many bits are set by so many ports, on average: 64 × (1 − e^(−n/64)).
    this.#maxBits = Math.max(1, Math.round(64 * (1 - Math.exp(-Math.min(maxPeers, 60) / 64))));
  }

  /** False where the address has too many peers in this swarm already, and this is none of them. */
  takes(infoHash: Uint8Array, ip: Uint8Array, port: number, now: number): boolean {
    const place = this.#place(infoHash, ip, now);
    const bit = (Math.imul(port ^ (this.#seed >>> 7), 0x9e3779b1) >>> 26) & 63;
    const word = 2 * place + (bit >>> 5);
    const mask = 1 << (bit & 31);
    if ((this.#bits[word]! & mask) !== 0) return true;
    if (this.#count(place) >= this.#maxBits) return false;
    this.#bits[word] = this.#bits[word]! | mask;
    return true;
  }

  #place(infoHash: Uint8Array, ip: Uint8Array, now: number): number {
    const key = hash(infoHash, ip, this.#seed);
    const check = (hash(infoHash, ip, this.#seed ^ CHECK) | 1) >>> 0;
    const first = (key & this.#mask) * WAYS;
    let emptiest = first;
    let fewest = 65;
    for (let place = first; place < first + WAYS; place++) {
      const isOver = now - this.#begunAt[place]! > WINDOW_MS;
      if (this.#keys[place] === key && this.#checks[place] === check) {
        if (isOver) this.#begin(place, now);
        return place;
      }
      const count = isOver ? -1 : this.#checks[place] === 0 ? -2 : this.#count(place);
      if (count < fewest) {
        fewest = count;
        emptiest = place;
      }
    }
    this.#keys[emptiest] = key;
    this.#checks[emptiest] = check;
    this.#begin(emptiest, now);
    return emptiest;
  }

  #begin(place: number, now: number): void {
    this.#bits[2 * place] = 0;
    this.#bits[2 * place + 1] = 0;
    this.#begunAt[place] = now;
  }

  #count(place: number): number {
    return ones(this.#bits[2 * place]!) + ones(this.#bits[2 * place + 1]!);
  }
}

function hash(infoHash: Uint8Array, ip: Uint8Array, seed: number): number {
  let h = seed;
  // An info hash is as good as random, but chosen: all of it counts, by the seed.
  for (let i = 0; i < 20; i += 4) {
    const word = infoHash[i]! | (infoHash[i + 1]! << 8) | (infoHash[i + 2]! << 16) | (infoHash[i + 3]! << 24);
    h = mixed(h, word);
  }
  const length = ip.length === 4 ? 4 : 7;
  for (let i = 0; i < length; i++) h = mixed(h, ip[i]!);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function mixed(h: number, word: number): number {
  const w = Math.imul(word, 0xcc9e2d51);
  const x = h ^ Math.imul((w << 15) | (w >>> 17), 0x1b873593);
  return (Math.imul((x << 13) | (x >>> 19), 5) + 0xe6546b64) | 0;
}

/** How many bits are set (Hacker's Delight, 5-1). */
function ones(word: number): number {
  let x = word - ((word >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

function placesFor(maxEntries: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(WAYS, maxEntries)));
}

const WAYS = 4;
const DEFAULT_ENTRIES = 65_536;
/** The seed, and room to keep what follows in line. */
const HEAD = 64;
/** 8 + 4 + 4 + 8 bytes. */
const ENTRY = 24;
const CHECK = 0x5bd1e995;
// About as long as a store remembers a peer; a client that takes another port at each start has room for a day's worth.
const WINDOW_MS = 45 * 60_000;
