// Buffers of a piece's length: a block is copied once, from the socket's buffer into its piece. Bounded, so that a slow
// disk slows the downloads and does not fill memory: who gets no buffer begins no piece, and so asks for nothing.
//
// They are slots of larger allocations (`alignedBytes`): shared memory, which a disk thread sees without its being moved
// there and back. What is moved V8 counts as memory that is new each time, and marks the whole heap every fifty pieces
// to find some that is not in use: a tenth of what a download takes of the processor. And they begin at a page: to a place
// that is 16 bytes after one, where the C library puts every large buffer, a copy takes four times as long on AMD Zen
// (405 ms a GiB in place of 104), and a write to a file a tenth more.

import type { PiecePool } from '../host/disk.ts';
import { alignedBytes, PAGE_LENGTH } from './aligned-bytes.ts';

export class BoundedPiecePool implements PiecePool {
  readonly #maxBytes: number;
  readonly #maxFullBytes: number;
  /** By their length. */
  readonly #free = new Map<number, Uint8Array[]>();
  /** How long each slot of an allocation is. */
  readonly #lengths = new WeakMap<ArrayBufferLike, number>();
  #freeBytes = 0;
  #lentBytes = 0;
  /** Of those, the ones of whole pieces, which wait for the disk. */
  #fullBytes = 0;

  /**
   * `maxBytes` for all that is lent, `maxFullBytes` for whole pieces that wait for the disk. Both may be passed by two
   * pieces for each torrent, so that none of them stands still.
   */
  constructor(maxBytes: number, maxFullBytes: number) {
    this.#maxBytes = maxBytes;
    this.#maxFullBytes = maxFullBytes;
  }

  get lentBytes(): number {
    return this.#lentBytes;
  }

  /** Pieces are lent that are not whole yet. */
  get isFilling(): boolean {
    return this.#lentBytes > this.#fullBytes;
  }

  lend(length: number, held: number): Uint8Array | undefined {
    if (held >= ALWAYS_LENT && this.#isShort(length)) return undefined;
    const slot = this.#free.get(length)?.pop() ?? this.#allocate(length);
    if (slot === undefined) return undefined;
    this.#freeBytes -= length;
    this.#lentBytes += length;
    return slot;
  }

  giveBack(bytes: Uint8Array): void {
    const length = this.#lengthOf(bytes);
    this.#lentBytes -= length;
    if (this.#freeBytes + length > this.#maxBytes) return;
    this.#keep(new Uint8Array(bytes.buffer, bytes.byteOffset, length));
  }

  /** Past `set`, which copies into shared memory byte by byte unless source and target are aligned alike, as blocks never are. */
  readonly copy = (bytes: Uint8Array, into: Uint8Array, at: number): void => {
    Buffer.prototype.fill.call(into, bytes, at, at + bytes.length);
  };

  /** A lent buffer is whole, and waits for the disk: then `written`. */
  full(bytes: Uint8Array): void {
    this.#fullBytes += this.#lengthOf(bytes);
  }

  /** Gives back a buffer that was full. */
  written(bytes: Uint8Array): void {
    this.#fullBytes -= this.#lengthOf(bytes);
    this.giveBack(bytes);
  }

  #isShort(length: number): boolean {
    return this.#lentBytes + length > this.#maxBytes || this.#fullBytes > this.#maxFullBytes;
  }

  /** Room for several pieces, of which it gives one; memory that was not touched yet takes none. */
  #allocate(length: number): Uint8Array | undefined {
    if (this.#freeBytes + this.#lentBytes + length > this.#maxBytes) {
      this.#free.clear();
      this.#freeBytes = 0;
    }
    const stride = Math.ceil(length / PAGE_LENGTH) * PAGE_LENGTH;
    const count = Math.max(1, Math.floor(ALLOCATION_LENGTH / stride));
    const bytes = newBytes(count * stride);
    if (bytes === undefined) return undefined;
    this.#lengths.set(bytes.buffer, length);
    for (let i = count - 1; i >= 0; i--) this.#keep(new Uint8Array(bytes.buffer, i * stride, length));
    return this.#free.get(length)!.pop();
  }

  #keep(slot: Uint8Array): void {
    const { length } = slot;
    const list = this.#free.get(length);
    if (list === undefined) this.#free.set(length, [slot]);
    else list.push(slot);
    this.#freeBytes += length;
  }

  /** Of the slot that the bytes are the first of. */
  #lengthOf({ buffer }: Uint8Array): number {
    return this.#lengths.get(buffer)!;
  }
}

/** Undefined where the system has not so much memory: pieces are as long as their torrent says. */
function newBytes(length: number): Uint8Array | undefined {
  try {
    return alignedBytes(length, { shared: true });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

const ALWAYS_LENT = 2;
// Each takes addresses of its own by the gigabyte.
const ALLOCATION_LENGTH = 4_194_304;
