// How many connections there are, of all and of one address (IPv4 /32, IPv6 /56); threads that accept at one port count together,
// in shared memory. An address is a counter out of many, chosen by a keyed hash: two that meet in one share its places, and nobody
// can choose whom to meet.

import type { Socket } from 'node:net';
import { plainIpBytes } from '../core/bytes/ip-prefix.ts';

export interface ConnectionLimits {
  readonly maxConnections: number;
  readonly maxPerAddress: number;
  /** Of whom the second does not count. */
  readonly isExempt: (ip: Uint8Array) => boolean;
}

/** Memory in which several threads count; `seed` is random and secret. */
export function newPlacesMemory(seed: number): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(4 * (FIRST + COUNTERS));
  new Int32Array(memory)[SEED] = seed;
  return memory;
}

export class ConnectionPlaces {
  readonly #limits: ConnectionLimits;
  readonly #counts: Int32Array;
  readonly #held = new WeakMap<Socket, { readonly place: number; readonly release: () => void }>();

  constructor(limits: ConnectionLimits, memory: SharedArrayBuffer) {
    this.#limits = limits;
    this.#counts = new Int32Array(memory);
  }

  /** Those of all threads. */
  get taken(): number {
    return Atomics.load(this.#counts, TAKEN);
  }

  /** A place until the socket is closed; false where there is none. */
  take(socket: Socket): boolean {
    const ip = plainIpBytes(socket.remoteAddress ?? '');
    if (ip === undefined) return false;
    const { maxConnections, maxPerAddress, isExempt } = this.#limits;
    const counts = this.#counts;
    const own = maxPerAddress === Number.POSITIVE_INFINITY || isExempt(ip) ? undefined : this.#counterOf(ip);
    if (Atomics.add(counts, TAKEN, 1) >= maxConnections) {
      Atomics.sub(counts, TAKEN, 1);
      return false;
    }
    if (own !== undefined && Atomics.add(counts, own, 1) >= maxPerAddress) {
      Atomics.sub(counts, own, 1);
      Atomics.sub(counts, TAKEN, 1);
      return false;
    }
    this.keep(socket, own ?? NONE);
    return true;
  }

  /** The socket goes to another thread, with its place: what is to be kept there. */
  leave(socket: Socket): number {
    const held = this.#held.get(socket);
    if (held === undefined) return NONE;
    socket.off('close', held.release);
    return held.place;
  }

  /** Keeps a place that is taken already until the socket is closed. */
  keep(socket: Socket, place: number): void {
    const release = () => {
      Atomics.sub(this.#counts, TAKEN, 1);
      if (place !== NONE) Atomics.sub(this.#counts, place, 1);
    };
    this.#held.set(socket, { place, release });
    socket.once('close', release);
  }

  #counterOf(ip: Uint8Array): number {
    let h = this.#counts[SEED]! ^ ip.length;
    const length = ip.length === 4 ? 4 : 7;
    for (let i = 0; i < length; i++) {
      h = Math.imul(h ^ ip[i]!, 0xcc9e2d51);
      h = Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64;
    }
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    return FIRST + ((h ^ (h >>> 13)) & (COUNTERS - 1));
  }
}

/** Of a place that counts for no address: no counter lies there. */
const NONE = 0;
const SEED = 0;
const TAKEN = 1;
const FIRST = 16;
const COUNTERS = 65_536;
