// UDP, as rings 1 and 2 see it. Callbacks, not promises, and no object per datagram: host and port come one by one.

import type { Address } from '../core/bytes/compact-address.ts';
import type { SwarmlineError } from '../core/errors.ts';
import type { MessageRow } from './keyed-hashes.ts';

export interface DatagramSocket {
  readonly address: Address;
  /** A datagram as it arrives: the bytes are lent for the call. `host` is plain: no zone, no IPv4 in the form of IPv6. */
  onDatagram: (bytes: Uint8Array, host: string, port: number) => void;
  /** Everything that had come together was handed over: what is answered to it may go together now. */
  onQuiet: () => void;
  /** When `send` is back nobody looks at the bytes any more: they may be written over. @default false */
  readonly isFreeOnceSent?: boolean;
  /**
   * Sends to an address of the socket's own family. The bytes are given away. Nobody knows whether they arrive; `onFault`
   * hears where the system cannot even send them, and is left out where that does not matter.
   */
  send(bytes: Uint8Array, host: string, port: number, onFault?: (fault: SwarmlineError) => void): void;
  /** Whether the program goes on for the socket's sake. @default it does not */
  keepAlive(isNeeded: boolean): void;
  close(): void;
}

/** A place for a datagram that has come, and for what is answered to it; used again and again: no object per datagram. */
export interface DatagramPlace {
  /** Which of a batch it is, from 0 on. */
  readonly number: number;
  /** Room for the longest datagram that is looked at, and one byte more. */
  readonly bytes: Uint8Array;
  /** Of the datagram. */
  length: number;
  /** Where it comes from: 4 or 16 bytes. */
  readonly ip: Uint8Array;
  port: number;
  /** The address of this machine that was asked, where the socket is at all of them and can tell. */
  readonly localIp?: Uint8Array | undefined;
  /** Room for the longest answer. */
  readonly answer: Uint8Array;
}

/** Looks at the datagram in `place`, writes the answer there and gives its length; 0 answers nothing. Keeps no part of it. */
export type DatagramHandler = (place: DatagramPlace, now: number) => number;

/**
 * Told of the `count` datagrams that have come together, before the first of them is handled: where the senders' addresses lie,
 * and the datagrams, each of which has the number of its place. For who can get ready for all of them sooner than for one after
 * the other. It changes nothing that can be seen.
 */
export type DatagramsAhead = (
  addresses: MessageRow,
  datagrams: MessageRow,
  count: number,
  now: number,
) => void;

export interface DatagramNetwork {
  /**
   * Opens a socket of the address's family, and of no other. Port 0 lets the system choose.
   * @throws SwarmlineError `LISTEN_FAILED` by way of the promise
   */
  bind(address: Address): Promise<DatagramSocket>;
  /**
   * There is where somebody else passes all of it on, who also looks names up: `send` takes them then, and answers come from an
   * address. `overhead`: bytes by which less of a datagram fits into a packet.
   */
  readonly relay?: { readonly overhead: number };
  /** Whether what is sent there stays within this machine, where datagrams of any length arrive. @default loopback does */
  isOwnAddress?(host: string): boolean;
}
