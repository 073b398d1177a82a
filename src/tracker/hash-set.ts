// A set of info hashes in two typed arrays, for lists of millions: 20 bytes each and its place, open addressing with linear
// probing. It only grows.

/** A set for another thread: its memory is shared, and nobody adds to it any more. */
export interface SharedHashSet {
  readonly seed: number;
  readonly count: number;
  readonly bytes: Uint8Array;
  readonly places: Int32Array;
}

export class HashSet {
  count = 0;
  readonly #seed: number;
  #bytes: Uint8Array = new Uint8Array(20 * FIRST_CAPACITY);
  /** Position + 1; half full at most. */
  #places: Int32Array = new Int32Array(2 * FIRST_CAPACITY);

  /** `seed` is random and secret: who chooses hashes must not be able to choose where they meet. */
  constructor(seed: number) {
    this.#seed = seed;
  }

  static shared({ seed, count, bytes, places }: SharedHashSet): HashSet {
    const set = new HashSet(seed);
    set.count = count;
    set.#bytes = bytes;
    set.#places = places;
    return set;
  }

  /** Moves it into memory that can be shared. */
  share(): SharedHashSet {
    if (!(this.#bytes.buffer instanceof SharedArrayBuffer)) {
      const bytes = new Uint8Array(new SharedArrayBuffer(this.#bytes.length));
      bytes.set(this.#bytes);
      this.#bytes = bytes;
      const places = new Int32Array(new SharedArrayBuffer(this.#places.byteLength));
      places.set(this.#places);
      this.#places = places;
    }
    return { seed: this.#seed, count: this.count, bytes: this.#bytes, places: this.#places };
  }

  has(infoHash: Uint8Array): boolean {
    return this.#places[this.#placeOf(infoHash, 0)] !== 0;
  }

  add(infoHash: Uint8Array): void {
    if (this.count * 20 === this.#bytes.length) this.#grow();
    const place = this.#placeOf(infoHash, 0);
    if (this.#places[place] !== 0) return;
    this.#bytes.set(infoHash.subarray(0, 20), this.count * 20);
    this.#places[place] = ++this.count;
  }

  /** Where the 20 bytes at `at` stand, or would stand. */
  #placeOf(bytes: Uint8Array, at: number): number {
    const mask = this.#places.length - 1;
    let place = this.#hash(bytes, at) & mask;
    for (; ; place = (place + 1) & mask) {
      const position = this.#places[place]! - 1;
      if (position < 0 || this.#isAt(position, bytes, at)) return place;
    }
  }

  #isAt(position: number, bytes: Uint8Array, at: number): boolean {
    for (let i = 0; i < 20; i++) if (this.#bytes[position * 20 + i] !== bytes[at + i]) return false;
    return true;
  }

  /** Murmur3's mixing over all of it. */
  #hash(bytes: Uint8Array, at: number): number {
    let hash = this.#seed;
    for (let i = at; i < at + 20; i += 4) {
      const word = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
      const mixed = Math.imul(word, 0xcc9e2d51);
      hash ^= Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
      hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
    }
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return (hash ^ (hash >>> 16)) >>> 0;
  }

  #grow(): void {
    const bytes = new Uint8Array(2 * this.#bytes.length);
    bytes.set(this.#bytes);
    this.#bytes = bytes;
    this.#places = new Int32Array(2 * this.#places.length);
    for (let position = 0; position < this.count; position++) {
      this.#places[this.#placeOf(bytes, position * 20)] = position + 1;
    }
  }
}

const FIRST_CAPACITY = 16;
