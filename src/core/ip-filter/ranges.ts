// A set of address ranges, for millions of them: of IPv4 two numbers a range in typed arrays, sorted and joined, found by
// halving; of IPv6, of which lists have few, the same with four words.
//
//   starts  ▕ 10.0.0.0 ▏ 20.1.0.0 ▏ …      an address is in the set where the last start that is not
//   ends    ▕ 10.0.0.9 ▏ 20.1.9.9 ▏ …      greater has an end that is not smaller

import { addressBytes } from '../bytes/compact-address.ts';

export class IpRanges {
  readonly #width: 1 | 4;
  #words: Uint32Array;
  #count = 0;
  /** How many are sorted and joined: all, or none. */
  #isSorted = true;

  constructor(family: 4 | 6) {
    this.#width = family === 4 ? 1 : 4;
    this.#words = new Uint32Array(2 * this.#width * 16);
  }

  get count(): number {
    this.#sort();
    return this.#count;
  }

  /** Both ends belong to it; nothing where they are the wrong way round. */
  add(start: Uint8Array, end: Uint8Array): void {
    const step = 2 * this.#width;
    if ((this.#count + 1) * step > this.#words.length) {
      const words = new Uint32Array(2 * this.#words.length);
      words.set(this.#words);
      this.#words = words;
    }
    const at = this.#count * step;
    for (let i = 0; i < this.#width; i++) {
      this.#words[at + i] = wordAt(start, i);
      this.#words[at + this.#width + i] = wordAt(end, i);
    }
    if (this.#compare(this.#words, at, this.#words, at + this.#width) > 0) return;
    this.#count++;
    this.#isSorted = false;
  }

  has(ip: Uint8Array): boolean {
    this.#sort();
    const sought = new Uint32Array(this.#width);
    for (let i = 0; i < this.#width; i++) sought[i] = wordAt(ip, i);
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(this.#words, middle * 2 * this.#width, sought, 0) <= 0) low = middle + 1;
      else high = middle;
    }
    return low > 0 && this.#compare(this.#words, (low - 1) * 2 * this.#width + this.#width, sought, 0) >= 0;
  }

  #sort(): void {
    if (this.#isSorted) return;
    this.#isSorted = true;
    const step = 2 * this.#width;
    const old = this.#words;
    const order = new Uint32Array(this.#count).map((_, i) => i);
    order.sort((a, b) => this.#compare(old, a * step, old, b * step));
    const words = new Uint32Array(this.#count * step);
    let count = 0;
    for (const i of order) {
      const at = i * step;
      const last = (count - 1) * step;
      if (count > 0 && this.#compare(old, at, words, last + this.#width) <= 0) {
        // It begins within the one before: that one reaches as far as both.
        if (this.#compare(old, at + this.#width, words, last + this.#width) > 0)
          words.set(old.subarray(at + this.#width, at + step), last + this.#width);
      } else words.set(old.subarray(at, at + step), step * count++);
    }
    this.#words = words.slice(0, Math.max(1, count) * step);
    this.#count = count;
  }

  #compare(a: Uint32Array, aAt: number, b: Uint32Array, bAt: number): number {
    for (let i = 0; i < this.#width; i++) {
      const [x, y] = [a[aAt + i]!, b[bAt + i]!];
      if (x !== y) return x < y ? -1 : 1;
    }
    return 0;
  }
}

/** Who is not to be spoken to. */
export class IpFilter {
  readonly ipv4 = new IpRanges(4);
  readonly ipv6 = new IpRanges(6);

  get count(): number {
    return this.ipv4.count + this.ipv6.count;
  }

  blocks(host: string): boolean {
    const ip = addressBytes(host);
    if (ip === undefined) return false;
    return ip.length === 4 ? this.ipv4.has(ip) : this.ipv6.has(ip);
  }
}

function wordAt(bytes: Uint8Array, word: number): number {
  const at = 4 * word;
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}
