// Buffers of a piece's length: a block is copied once, from the socket's buffer into its piece. Bounded, so that a slow
// disk slows the downloads and does not fill memory: who gets no buffer begins no piece, and so asks for nothing.
//
// Not shared memory: V8 copies into that byte by byte where source and target are not aligned alike, and blocks never
// are, 13 bytes of header being between them (675 ms a GiB instead of 140–180). A whole piece moves to a disk thread and
// back by transfer instead, which costs a few microseconds.

import type { PiecePool } from '../host/disk.ts';

export class BoundedPiecePool implements PiecePool {
  readonly #maxBytes: number;
  readonly #maxFullBytes: number;
  readonly #free = new Map<number, ArrayBuffer[]>();
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

  lend(length: number, held: number): Uint8Array | undefined {
    if (held >= ALWAYS_LENT && this.#isShort(length)) return undefined;
    const reused = this.#free.get(length)?.pop();
    if (reused !== undefined) {
      this.#freeBytes -= length;
      this.#lentBytes += length;
      return new Uint8Array(reused);
    }
    if (this.#freeBytes + this.#lentBytes + length > this.#maxBytes) this.#forgetFree();
    const buffer = newBuffer(length);
    if (buffer === undefined) return undefined;
    this.#lentBytes += length;
    return new Uint8Array(buffer);
  }

  giveBack(bytes: Uint8Array): void {
    const buffer = bytes.buffer as ArrayBuffer;
    const length = buffer.byteLength;
    this.#lentBytes -= length;
    if (this.#freeBytes + length > this.#maxBytes) return;
    const list = this.#free.get(length);
    if (list === undefined) this.#free.set(length, [buffer]);
    else list.push(buffer);
    this.#freeBytes += length;
  }

  /** A lent buffer of this length is whole, and waits for the disk: then `written`. */
  full(length: number): void {
    this.#fullBytes += length;
  }

  /** Gives back a buffer that was full. */
  written(bytes: Uint8Array): void {
    this.#fullBytes -= bytes.buffer.byteLength;
    this.giveBack(bytes);
  }

  /** A buffer that was full will not come back: its thread has died. */
  lost(length: number): void {
    this.#fullBytes -= length;
    this.#lentBytes -= length;
  }

  #isShort(length: number): boolean {
    return this.#lentBytes + length > this.#maxBytes || this.#fullBytes > this.#maxFullBytes;
  }

  #forgetFree(): void {
    this.#free.clear();
    this.#freeBytes = 0;
  }
}

/** Undefined where the system has not so much memory: pieces are as long as their torrent says. */
function newBuffer(length: number): ArrayBuffer | undefined {
  try {
    return new ArrayBuffer(length);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

const ALWAYS_LENT = 2;
