// A connection through a proxy that stands: the proxy's, but for whom it leads to.

import type { Address } from '../core/bytes/compact-address.ts';
import type { Stream } from '../host/stream.ts';

export class ProxiedStream implements Stream {
  onBytes: (bytes: Uint8Array) => void = () => {};
  onClosed: (fault?: Error) => void = () => {};
  onDrained: () => void = () => {};
  readonly #stream: Stream;
  readonly #remote: Address;

  constructor(stream: Stream, remote: Address) {
    this.#stream = stream;
    this.#remote = remote;
    stream.onBytes = bytes => this.onBytes(bytes);
    stream.onClosed = fault => this.onClosed(fault);
    stream.onDrained = () => this.onDrained();
  }

  get remote(): Address | undefined {
    return this.#stream.remote && this.#remote;
  }

  get isFreeOnceTaken(): boolean {
    return this.#stream.isFreeOnceTaken ?? false;
  }

  get pending(): number {
    return this.#stream.pending;
  }

  write(chunks: readonly Uint8Array[]): boolean {
    return this.#stream.write(chunks);
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  close(): void {
    this.#stream.close();
  }
}
