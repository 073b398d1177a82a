// Buffers of a piece's length in memory that the disk's threads see: a block is copied once, from the socket's buffer
// into its piece. Bounded, so that a slow disk slows the downloads and does not fill memory: who gets no buffer begins no
// piece, and so asks for nothing.

import type { PiecePool } from '../host/disk.ts';

export class SharedPiecePool implements PiecePool {
  readonly #maxBytes: number;
  readonly #free = new Map<number, SharedArrayBuffer[]>();
  #freeBytes = 0;
  #lentBytes = 0;

  /** `maxBytes` may be passed by two pieces for each torrent, so that none of them stands still. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get lentBytes(): number {
    return this.#lentBytes;
  }

  lend(length: number, held: number): Uint8Array | undefined {
    if (held >= ALWAYS_LENT && this.#lentBytes + length > this.#maxBytes) return undefined;
    this.#lentBytes += length;
    const reused = this.#free.get(length)?.pop();
    if (reused !== undefined) {
      this.#freeBytes -= length;
      return new Uint8Array(reused);
    }
    if (this.#freeBytes + this.#lentBytes > this.#maxBytes) this.#forgetFree();
    return new Uint8Array(new SharedArrayBuffer(length));
  }

  giveBack(bytes: Uint8Array): void {
    const buffer = bytes.buffer as SharedArrayBuffer;
    const length = buffer.byteLength;
    this.#lentBytes -= length;
    if (this.#freeBytes + length > this.#maxBytes) return;
    const list = this.#free.get(length);
    if (list === undefined) this.#free.set(length, [buffer]);
    else list.push(buffer);
    this.#freeBytes += length;
  }

  #forgetFree(): void {
    this.#free.clear();
    this.#freeBytes = 0;
  }
}

const ALWAYS_LENT = 2;
