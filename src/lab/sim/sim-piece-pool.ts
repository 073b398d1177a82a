// Piece buffers of a machine in the simulator: bounded as Node's are, so that a slow disk slows the download here too.

import type { PiecePool } from '../../host/disk.ts';

/** Buffers that nobody uses, by length. */
export type FreeBuffers = Map<number, ArrayBuffer[]>;

export class SimPiecePool implements PiecePool {
  /** Bytes that are lent out. */
  lent = 0;
  /** Told of `lent` each time that it rises. */
  onLent: (lent: number) => void = () => {};
  readonly #maxBytes: number;
  readonly #free: FreeBuffers;

  /** `free` may be shared: thousands of machines are in one memory. */
  constructor(maxBytes: number, free: FreeBuffers) {
    this.#maxBytes = maxBytes;
    this.#free = free;
  }

  lend(length: number, held: number): Uint8Array | undefined {
    if (held >= ALWAYS_LENT && this.lent + length > this.#maxBytes) return undefined;
    this.lent += length;
    this.onLent(this.lent);
    return new Uint8Array(this.#free.get(length)?.pop() ?? new ArrayBuffer(length));
  }

  giveBack({ buffer }: Uint8Array): void {
    const whole = buffer as ArrayBuffer;
    this.lent -= whole.byteLength;
    const free = this.#free.get(whole.byteLength);
    if (free === undefined) this.#free.set(whole.byteLength, [whole]);
    else free.push(whole);
  }
}

// So that no torrent stands still.
const ALWAYS_LENT = 2;
