// One piece of memory in which a store keeps all that it has, so that threads can share it and a million peers are no
// objects. Blocks are powers of two of 64 bytes and come by the buddy system (Knuth, volume 1, 2.5): a block that is free
// again joins its other half where that is free too, so that what small swarms leave can become room for a large one.
//
//   | head | one byte for each 64: its order where a free block starts | … blocks … |
//
// A pointer counts units of 64 bytes; 0 is none. The memory is as large as it may ever be: a system gives only what is
// written to. Who changes what lies in a block holds that block's own lock; the arena's is for giving and taking blocks.

import { acquire, release } from './lock.ts';

export class Arena {
  /** The memory, as bytes, 16-bit and 32-bit numbers. */
  readonly bytes: Uint8Array;
  readonly halves: Uint16Array;
  readonly words: Int32Array;
  /** Other threads may be at it. */
  readonly isShared: boolean;
  readonly #units: number;
  /** Where the orders of free blocks stand, by their unit. */
  readonly #orders: number;

  /** Takes over memory that is zeros, or that another arena has begun with. `reserved` bytes in front are the caller's. */
  constructor(memory: ArrayBufferLike, reserved: number) {
    this.bytes = new Uint8Array(memory);
    this.halves = new Uint16Array(memory);
    this.words = new Int32Array(memory);
    this.#units = Math.min(Math.floor(memory.byteLength / UNIT), MAX_UNITS);
    this.#orders = HEAD + reserved;
    const first = Math.ceil((this.#orders + this.#units) / UNIT);
    if (first >= this.#units) throw new TypeError('tracker: there is too little memory for a store');
    this.isShared = !(memory instanceof ArrayBuffer);
    this.#lock();
    if (this.words[BEGUN] === 0) {
      this.words[BEGUN] = 1;
      this.#begin(first);
    }
    this.#unlock();
  }

  /** Bytes in blocks that are given out. */
  get usedBytes(): number {
    return this.words[USED]! * UNIT;
  }

  /** Bytes that there are for blocks. */
  get totalBytes(): number {
    return this.words[TOTAL]! * UNIT;
  }

  /** A block of 2^order bytes, with whatever was in it before; 0 where there is none. */
  take(order: number): number {
    if (order > MAX_ORDER) return 0;
    this.#lock();
    const block = this.#take(Math.max(order, MIN_ORDER));
    this.#unlock();
    return block;
  }

  give(block: number, order: number): void {
    this.#lock();
    this.words[USED]! -= 1 << (order - MIN_ORDER);
    this.#give(block, order);
    this.#unlock();
  }

  #lock(): void {
    if (this.isShared) acquire(this.words, LOCK);
  }

  #unlock(): void {
    if (this.isShared) release(this.words, LOCK);
  }

  /** Cuts the memory into blocks as large as their place allows. */
  #begin(first: number): void {
    for (let unit = first; unit < this.#units; ) {
      let order = MIN_ORDER;
      while (order < MAX_ORDER && unit % (2 << (order - MIN_ORDER)) === 0) {
        if (unit + (2 << (order - MIN_ORDER)) > this.#units) break;
        order++;
      }
      this.#push(unit, order);
      this.words[TOTAL]! += 1 << (order - MIN_ORDER);
      unit += 1 << (order - MIN_ORDER);
    }
  }

  #take(order: number): number {
    let found = order;
    while (found <= MAX_ORDER && this.words[HEADS + found] === 0) found++;
    if (found > MAX_ORDER) return 0;
    const block = this.words[HEADS + found]!;
    this.#unlink(block, found);
    while (found > order) this.#push(block + (1 << (--found - MIN_ORDER)), found);
    this.words[USED]! += 1 << (order - MIN_ORDER);
    return block;
  }

  #give(block: number, order: number): void {
    let start = block;
    let joined = order;
    for (; joined < MAX_ORDER; joined++) {
      const other = start ^ (1 << (joined - MIN_ORDER));
      if (other >= this.#units || this.bytes[this.#orders + other] !== joined) break;
      this.#unlink(other, joined);
      start = Math.min(start, other);
    }
    this.#push(start, joined);
  }

  // A free block holds the ones before and after it in the list of its order.

  #push(block: number, order: number): void {
    const { words } = this;
    const next = words[HEADS + order]!;
    words[block * WORDS_A_UNIT] = next;
    words[block * WORDS_A_UNIT + 1] = 0;
    if (next !== 0) words[next * WORDS_A_UNIT + 1] = block;
    words[HEADS + order] = block;
    this.bytes[this.#orders + block] = order;
  }

  #unlink(block: number, order: number): void {
    const { words } = this;
    const next = words[block * WORDS_A_UNIT]!;
    const before = words[block * WORDS_A_UNIT + 1]!;
    if (before === 0) words[HEADS + order] = next;
    else words[before * WORDS_A_UNIT] = next;
    if (next !== 0) words[next * WORDS_A_UNIT + 1] = before;
    this.bytes[this.#orders + block] = 0;
  }
}

/** The smallest order whose block holds so many bytes. */
export function orderFor(bytes: number): number {
  return Math.max(MIN_ORDER, 32 - Math.clz32(bytes - 1));
}

export const UNIT = 64;
export const WORDS_A_UNIT = UNIT / 4;
export const HALVES_A_UNIT = UNIT / 2;
export const MIN_ORDER = 6;
export const MAX_ORDER = 26;
/** Bytes in front of what a caller reserves. */
export const HEAD = 4 * UNIT;

// As words.
const BEGUN = 0;
const LOCK = 1;
const USED = 2;
const TOTAL = 3;
/** The first free block of each order. */
const HEADS = 8;
/** Offsets stay small numbers; what is beyond it is not used. */
export const MOST_MEMORY = 2 ** 31;
const MAX_UNITS = MOST_MEMORY / UNIT;
