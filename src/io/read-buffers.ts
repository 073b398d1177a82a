// Buffers that disk threads read into, for blocks on their way to a socket: shared memory that starts at a page, in three
// sizes, used again. Lends as many as are asked for; the engine bounds what it reads ahead.

import { alignedBytes } from './aligned-bytes.ts';

export class ReadBuffers {
  readonly #free: SharedArrayBuffer[][] = SIZES.map(() => []);
  #freeBytes = 0;

  lend(length: number): Uint8Array {
    const size = SIZES.findIndex(each => each >= length);
    if (size < 0) return new Uint8Array(new SharedArrayBuffer(length));
    const reused = this.#free[size]!.pop();
    if (reused === undefined) return alignedBytes(SIZES[size]!, { shared: true }).subarray(0, length);
    this.#freeBytes -= SIZES[size]!;
    return new Uint8Array(reused, 0, length);
  }

  /** Nobody looks at the bytes any more. */
  release({ buffer }: Uint8Array): void {
    const { byteLength } = buffer;
    const size = SIZES.indexOf(byteLength);
    if (size < 0 || this.#freeBytes + byteLength > MAX_FREE) return;
    this.#free[size]!.push(buffer as SharedArrayBuffer);
    this.#freeBytes += byteLength;
  }
}

// What is read for a slow, a middling and a fast peer: `EngineOptions.maxReadLength`.
const SIZES = [65_536, 262_144, 1_048_576];
const MAX_FREE = 16_777_216;
