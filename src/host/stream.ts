// TCP, as rings 1 and 2 see it. Callbacks, not promises: the simulator need not flush microtasks.

import type { Address } from '../core/bytes/compact-address.ts';

/** TCP, or uTP (BEP 29), whose connections are streams like any. */
export type TransportName = 'tcp' | 'utp';

/** One connection. Set the handlers before the call in which it was handed over returns. */
export interface Stream {
  /** How its bytes travel: to be shown, nothing else. @default tcp */
  readonly transport?: TransportName;
  /** The other end; undefined once the connection is gone. */
  readonly remote: Address | undefined;
  /** Bytes as they arrive: lent for the call, which may write in them, re-used after it. */
  onBytes: (bytes: Uint8Array) => void;
  /** Called once, whoever ended the connection; with the reason where there was a fault. */
  onClosed: (fault?: Error) => void;
  /** Called when `pending` has fallen to zero after `write` said false. */
  onDrained: () => void;
  /** Sends chunks in order, in one system call where that is possible. The bytes are given away. False: wait for onDrained. */
  write(chunks: readonly Uint8Array[]): boolean;
  /** Where `write` says true, nobody looks at the bytes any more: they may be written over. @default false */
  readonly isFreeOnceTaken?: boolean;
  /** Bytes written that the system has not taken yet. */
  readonly pending: number;
  /** Stops and restarts reading: back-pressure from the disk. */
  pause(): void;
  resume(): void;
  /** Ends at once; what is pending may be lost. */
  close(): void;
}

export interface StreamListener {
  readonly address: Address;
  close(): void;
}

export interface StreamNetwork {
  /** @throws SwarmlineError `LISTEN_FAILED` by way of the promise */
  listen(address: Address, onStream: (stream: Stream) => void): Promise<StreamListener>;
  /**
   * Dials; `done` has the stream, or the reason why there is none. Returns a function that gives up. `localHost`: the address of
   * this machine that it leaves from, or not at all. @default as the system chooses
   */
  dial(
    address: Address,
    timeoutMs: number,
    done: (result: Stream | Error) => void,
    localHost?: string,
  ): () => void;
}
