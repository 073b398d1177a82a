// A UDP port whose every datagram is answered at once or not at all: in batches where the platform lets us, else one by
// one. The answers are the same, and a suite holds both to that.

import type { Address } from '../core/bytes/compact-address.ts';
import type { Clock } from '../host/clock.ts';
import type { DatagramHandler, DatagramsAhead } from '../host/datagram.ts';
import { libcSockets } from './libc-sockets.ts';
import { serveInBatches } from './udp-batch.ts';
import { serveOneByOne } from './udp-single.ts';

export interface DatagramServer {
  readonly address: Address;
  readonly isInBatches: boolean;
  /** Why datagrams are not taken in batches, as a part of a sentence. */
  readonly whyNot?: string;
  /** For an answer that was not ready at once; from `localIp`, where it was told. */
  send(bytes: Uint8Array, ip: Uint8Array, port: number, localIp?: Uint8Array): void;
  close(): Promise<void>;
}

export interface DatagramServerOptions {
  /** Other threads of this program listen at the same port too. Possible in batches alone. @default false */
  readonly isShared?: boolean;
  /** False takes one by one whatever the platform can. @default true */
  readonly inBatches?: boolean;
  /** Told of each batch ahead. @default nobody is */
  readonly ahead?: DatagramsAhead | undefined;
}

/**
 * Answers what arrives at an address. Port 0 lets the system choose. The socket keeps the program running.
 * @throws SwarmlineError `LISTEN_FAILED` by way of the promise
 */
export async function serveDatagrams(
  address: Address,
  handle: DatagramHandler,
  clock: Pick<Clock, 'now'>,
  { isShared = false, inBatches = true, ahead }: DatagramServerOptions = {},
): Promise<DatagramServer> {
  const libc = inBatches ? await libcSockets() : 'it was not asked for';
  if (typeof libc !== 'string') return serveInBatches(address, { isShared, handle, ahead, clock, libc });
  return { ...(await serveOneByOne(address, handle, clock)), whyNot: libc };
}
