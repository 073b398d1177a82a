// A uTP connection as a stream: whoever holds it cannot tell it from TCP. What is written is copied into packets at once, or
// waits until there is room; `close` lets go of what waits, and what is in packets still goes.

import type { Address } from '../core/bytes/compact-address.ts';
import type { MuxConnection } from '../core/utp/mux.ts';
import type { Stream } from '../host/stream.ts';

/** Who moves its datagrams. */
export interface UtpMover {
  /** Something was done to the connection: what follows from it is to be seen to. */
  touched(stream: UtpStream): void;
  /** Tells `onClosed`, after the call. */
  closedHere(stream: UtpStream): void;
}

export class UtpStream implements Stream {
  onBytes: (bytes: Uint8Array) => void = () => {};
  onClosed: (fault?: Error) => void = () => {};
  onDrained: () => void = () => {};
  readonly transport = 'utp';
  readonly isFreeOnceTaken = true;
  readonly connection: MuxConnection;
  readonly #mover: UtpMover;
  #remote: Address | undefined;

  constructor(connection: MuxConnection, mover: UtpMover) {
    this.connection = connection;
    this.#mover = mover;
    this.#remote = { host: connection.host, port: connection.port };
  }

  get remote(): Address | undefined {
    return this.#remote;
  }

  get pending(): number {
    return this.connection.pending;
  }

  write(chunks: readonly Uint8Array[]): boolean {
    if (this.#remote === undefined) return true;
    const isTaken = this.connection.write(chunks);
    this.#mover.touched(this);
    return isTaken;
  }

  pause(): void {
    this.connection.pause();
  }

  resume(): void {
    this.connection.resume();
    this.#mover.touched(this);
  }

  close(): void {
    if (this.#remote === undefined) return;
    this.#remote = undefined;
    this.connection.close();
    this.#mover.closedHere(this);
    this.#mover.touched(this);
  }

  /** The other end has ended it, or it has failed. */
  ended(fault: Error | undefined): void {
    if (this.#remote === undefined) return;
    this.#remote = undefined;
    this.onClosed(fault);
  }
}
