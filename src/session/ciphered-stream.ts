// A stream whose bytes are enciphered on the way (core/wire/mse): whoever holds it knows nothing of that. What comes is
// deciphered in place, in the buffer that is lent for the call; what goes is copied, for a block that is sent may be
// somebody else's to send as well.

import type { Address } from '../core/bytes/compact-address.ts';
import type { IncomingCipher } from '../core/wire/mse.ts';
import type { Rc4 } from '../core/wire/rc4.ts';
import type { Stream, TransportName } from '../host/stream.ts';

export class CipheredStream implements Stream {
  onBytes: (bytes: Uint8Array) => void = () => {};
  onClosed: (fault?: Error) => void = () => {};
  onDrained: () => void = () => {};
  readonly #inner: Stream;
  readonly #incoming: IncomingCipher;
  readonly #outgoing: Rc4 | undefined;

  /** Takes over the handlers of `inner`. `outgoing` undefined: what goes is sent as it is. */
  constructor(inner: Stream, incoming: IncomingCipher, outgoing: Rc4 | undefined) {
    this.#inner = inner;
    this.#incoming = incoming;
    this.#outgoing = outgoing;
    inner.onBytes = bytes => this.receive(bytes);
    inner.onClosed = fault => this.onClosed(fault);
    inner.onDrained = () => this.onDrained();
  }

  get remote(): Address | undefined {
    return this.#inner.remote;
  }

  get transport(): TransportName {
    return this.#inner.transport ?? 'tcp';
  }

  get pending(): number {
    return this.#inner.pending;
  }

  /** The stream below, once nothing is enciphered any more: only the beginning was. */
  get bare(): Stream {
    return this.#outgoing === undefined && this.#incoming.isOver ? this.#inner : this;
  }

  /** Bytes of the stream below, lent for the call: also those that had come before this one was made. */
  receive(bytes: Uint8Array): void {
    this.#incoming.decipher(bytes);
    this.onBytes(bytes);
  }

  write(chunks: readonly Uint8Array[]): boolean {
    if (this.#outgoing === undefined) return this.#inner.write(chunks);
    let left = 0;
    for (const chunk of chunks) left += chunk.length;
    let buffer = this.#buffer(left);
    let used = 0;
    let isTaken = true;
    for (const chunk of chunks) {
      for (let at = 0; at < chunk.length; ) {
        const length = Math.min(chunk.length - at, buffer.length - used);
        this.#outgoing.apply(chunk.subarray(at, at + length), buffer.subarray(used, used + length));
        at += length;
        used += length;
        left -= length;
        if (used < buffer.length && left > 0) continue;
        isTaken = this.#inner.write([buffer.subarray(0, used)]);
        if (isTaken && buffer.length === BUFFER_LENGTH && this.#inner.isFreeOnceTaken === true)
          spare = buffer;
        if (left > 0) buffer = this.#buffer(left);
        used = 0;
      }
    }
    return isTaken;
  }

  /** Room for so much, or for a part of it: one buffer for all streams, as long as the system takes what is written. */
  #buffer(length: number): Uint8Array {
    if (this.#inner.isFreeOnceTaken !== true || length < FEW)
      return new Uint8Array(Math.min(length, BUFFER_LENGTH));
    const buffer = spare ?? new Uint8Array(BUFFER_LENGTH);
    spare = undefined;
    return buffer;
  }

  pause(): void {
    this.#inner.pause();
  }

  resume(): void {
    this.#inner.resume();
  }

  close(): void {
    this.#inner.close();
  }
}

let spare: Uint8Array | undefined;
// As much as is read from the disk at a time, and what fits a core's cache.
const BUFFER_LENGTH = 262_144;
// Less than a block: requests and the like.
const FEW = 16_384;
