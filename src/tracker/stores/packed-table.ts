// Records of fixed width in one byte array, found by the key at their start. No object per record: a million peers are
// some arrays. Records have positions 0…count-1; the caller may swap them, and removing the last one is all there is.
//
//   bytes  |key|rest|key|rest|key|rest|        |      position × width
//   slots  | . 2 . . 0 1 . . |                        open addressing, linear probing; holds position + 1
//
// Few records are searched one by one, and have no slots: most swarms are small.

export class PackedTable {
  /** Count × width bytes are in use. The array is replaced when it grows. */
  bytes: Uint8Array<ArrayBuffer>;
  count = 0;
  readonly width: number;
  readonly #keyWidth: number;
  readonly #seed: number;
  #slots: Int32Array | undefined;

  /** `seed` is random and secret: whoever chooses keys must not be able to choose where they meet. */
  constructor(width: number, keyWidth: number, seed: number) {
    this.width = width;
    this.#keyWidth = keyWidth;
    this.#seed = seed;
    this.bytes = new Uint8Array(width * FIRST_CAPACITY);
  }

  /** The position of the record with this key (its first `keyWidth` bytes), or -1. */
  find(key: Uint8Array): number {
    const slots = this.#slots;
    if (slots === undefined) {
      for (let position = 0; position < this.count; position++)
        if (this.#isAt(position, key)) return position;
      return -1;
    }
    const mask = slots.length - 1;
    for (let slot = this.#hash(key, 0) & mask; ; slot = (slot + 1) & mask) {
      const position = slots[slot]! - 1;
      if (position < 0 || this.#isAt(position, key)) return position;
    }
  }

  /** Adds a record with a key that is not there yet, and gives its position: the last. Its rest is zeros. */
  add(key: Uint8Array): number {
    const position = this.count;
    const at = position * this.width;
    if (at === this.bytes.length) this.#resize(2 * this.bytes.length);
    for (let i = 0; i < this.#keyWidth; i++) this.bytes[at + i] = key[i]!;
    this.bytes.fill(0, at + this.#keyWidth, at + this.width);
    this.count++;
    if (this.#slots === undefined ? this.count > UNINDEXED : 2 * this.count > this.#slots.length)
      this.#index();
    else if (this.#slots !== undefined) this.#insert(position);
    return position;
  }

  swap(a: number, b: number): void {
    if (a === b) return;
    const { bytes, width } = this;
    if (this.#slots !== undefined) {
      const slotA = this.#slotOf(a);
      const slotB = this.#slotOf(b);
      this.#slots[slotA] = b + 1;
      this.#slots[slotB] = a + 1;
    }
    for (let i = 0; i < width; i++) {
      const held = bytes[a * width + i]!;
      bytes[a * width + i] = bytes[b * width + i]!;
      bytes[b * width + i] = held;
    }
  }

  removeLast(): void {
    const position = this.count - 1;
    if (this.#slots !== undefined) this.#emptySlot(this.#slotOf(position));
    this.count = position;
    // A table that has shrunk to an eighth gives memory back; not to a half, or it would swing.
    if (this.count * this.width * 8 < this.bytes.length && this.bytes.length > FIRST_CAPACITY * this.width) {
      this.#resize(this.bytes.length / 4);
      if (this.#slots !== undefined) this.#index();
    }
  }

  #isAt(position: number, key: Uint8Array): boolean {
    const at = position * this.width;
    for (let i = 0; i < this.#keyWidth; i++) if (this.bytes[at + i] !== key[i]) return false;
    return true;
  }

  /** Murmur3's mixing over the key, four bytes at a time. */
  #hash(bytes: Uint8Array, at: number): number {
    let hash = this.#seed;
    const end = at + this.#keyWidth;
    for (let i = at; i < end; i += 4) {
      let word = bytes[i]!;
      if (i + 1 < end) word |= bytes[i + 1]! << 8;
      if (i + 2 < end) word |= bytes[i + 2]! << 16;
      if (i + 3 < end) word |= bytes[i + 3]! << 24;
      word = Math.imul(word, 0xcc9e2d51);
      hash ^= Math.imul((word << 15) | (word >>> 17), 0x1b873593);
      hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
    }
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return (hash ^ (hash >>> 16)) >>> 0;
  }

  #slotOf(position: number): number {
    const slots = this.#slots!;
    const mask = slots.length - 1;
    let slot = this.#hash(this.bytes, position * this.width) & mask;
    while (slots[slot] !== position + 1) slot = (slot + 1) & mask;
    return slot;
  }

  #insert(position: number): void {
    const slots = this.#slots!;
    const mask = slots.length - 1;
    let slot = this.#hash(this.bytes, position * this.width) & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = position + 1;
  }

  /** Empties a slot, and moves those behind it back to where their search would end (Knuth, volume 3, 6.4, algorithm R). */
  #emptySlot(empty: number): void {
    const slots = this.#slots!;
    const mask = slots.length - 1;
    let hole = empty;
    for (let slot = (hole + 1) & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const home = this.#hash(this.bytes, (slots[slot]! - 1) * this.width) & mask;
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
      slots[hole] = slots[slot]!;
      hole = slot;
    }
    slots[hole] = 0;
  }

  /** Slots anew: half full at most, a quarter at least; none where searching one by one is as quick. */
  #index(): void {
    this.#slots = undefined;
    if (this.count <= UNINDEXED) return;
    let capacity = 4 * UNINDEXED;
    while (capacity < 4 * this.count) capacity *= 2;
    this.#slots = new Int32Array(capacity);
    for (let position = 0; position < this.count; position++) this.#insert(position);
  }

  #resize(length: number): void {
    const bytes = new Uint8Array(length);
    bytes.set(this.bytes.subarray(0, Math.min(length, this.count * this.width)));
    this.bytes = bytes;
  }
}

const FIRST_CAPACITY = 2;
const UNINDEXED = 16;
