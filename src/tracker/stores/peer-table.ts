// The peers of one swarm and one address family, packed. Leechers stand before seeds, so that either choice is a range:
//
//   |ip port seen| … leechers … | … seeds … |
//   0                       leechers      count
//
// A record is the compact address, which is its key and goes into answers as it is, and the second of its last announce.

import type { Random } from '../../core/bytes/prng.ts';
import { PackedTable } from './packed-table.ts';

export class PeerTable {
  readonly #table: PackedTable;
  /** Bytes of a compact address: 6 or 18. */
  readonly #addressWidth: number;
  #leechers = 0;

  constructor(addressWidth: 6 | 18, seed: number) {
    this.#addressWidth = addressWidth;
    this.#table = new PackedTable(addressWidth + SEEN_WIDTH, addressWidth, seed);
  }

  get count(): number {
    return this.#table.count;
  }

  get leechers(): number {
    return this.#leechers;
  }

  get seeds(): number {
    return this.#table.count - this.#leechers;
  }

  /** The position of a peer by its compact address, or -1. Any change of the table makes it void. */
  find(address: Uint8Array): number {
    return this.#table.find(address);
  }

  isSeed(position: number): boolean {
    return position >= this.#leechers;
  }

  /** Adds a peer that is not there yet; gives its position. */
  add(address: Uint8Array, isSeed: boolean, nowSeconds: number): number {
    const last = this.#table.add(address);
    const position = isSeed ? last : this.#leechers;
    if (!isSeed) this.#table.swap(last, this.#leechers++);
    this.#setSeen(position, nowSeconds);
    return position;
  }

  /** Notes that a peer has announced, in which role; gives its new position. */
  refresh(position: number, isSeed: boolean, nowSeconds: number): number {
    let at = position;
    if (isSeed && !this.isSeed(position)) {
      at = --this.#leechers;
      this.#table.swap(position, at);
    } else if (!isSeed && this.isSeed(position)) {
      at = this.#leechers++;
      this.#table.swap(position, at);
    }
    this.#setSeen(at, nowSeconds);
    return at;
  }

  remove(position: number): void {
    let hole = position;
    if (!this.isSeed(position)) {
      hole = --this.#leechers;
      this.#table.swap(position, hole);
    }
    this.#table.swap(hole, this.#table.count - 1);
    this.#table.removeLast();
  }

  /** Removes the peers that were last seen before `seconds`. From the end: what moves into a gap has been looked at. */
  removeSeenBefore(seconds: number): void {
    for (let position = this.#table.count - 1; position >= 0; position--) {
      if (this.#seen(position) < seconds) this.remove(position);
    }
  }

  /**
   * Writes the compact addresses of up to `want` peers into `out`, each peer as likely as any other, and gives the
   * bytes written. `except` is a position to leave out, or -1. One peer out of each of `want` equal stretches of a ring:
   * no peer can come twice, and there is one draw a peer.
   */
  choose(out: Uint8Array, want: number, leechersOnly: boolean, except: number, random: Random): number {
    const range = leechersOnly ? this.#leechers : this.#table.count;
    const choices = except >= 0 && except < range ? range - 1 : range;
    const chosen = Math.min(want, choices);
    if (chosen <= 0) return 0;
    const turn = chosen < choices ? random.below(choices) : 0;
    let length = 0;
    for (let i = 0; i < chosen; i++) {
      const from = Math.floor((i * choices) / chosen);
      const stretch = Math.floor(((i + 1) * choices) / chosen) - from;
      let position = (from + (stretch > 1 ? random.below(stretch) : 0) + turn) % choices;
      if (choices < range && position >= except) position++;
      const start = position * this.#table.width;
      for (let k = 0; k < this.#addressWidth; k++) out[length++] = this.#table.bytes[start + k]!;
    }
    return length;
  }

  #seen(position: number): number {
    const { bytes } = this.#table;
    const at = position * this.#table.width + this.#addressWidth;
    return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
  }

  #setSeen(position: number, seconds: number): void {
    const { bytes } = this.#table;
    const at = position * this.#table.width + this.#addressWidth;
    bytes[at] = seconds >>> 24;
    bytes[at + 1] = seconds >>> 16;
    bytes[at + 2] = seconds >>> 8;
    bytes[at + 3] = seconds;
  }
}

const SEEN_WIDTH = 4;
