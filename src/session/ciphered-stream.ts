// A stream whose bytes are enciphered on the way (core/wire/mse): whoever holds it knows nothing of that. What comes is
// deciphered in place, in the buffer that is lent for the call; what goes is copied, for a block that is sent may be
// somebody else's to send as well.

import type { Address } from '../core/bytes/compact-address.ts';
import type { IncomingCipher } from '../core/wire/mse.ts';
import type { Rc4 } from '../core/wire/rc4.ts';
import type { Stream } from '../host/stream.ts';

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
    let length = 0;
    for (const chunk of chunks) length += chunk.length;
    const whole = new Uint8Array(length);
    let at = 0;
    for (const chunk of chunks) {
      this.#outgoing.apply(chunk, whole.subarray(at, at + chunk.length));
      at += chunk.length;
    }
    return this.#inner.write([whole]);
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
