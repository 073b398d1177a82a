// The session's UDP sockets, one a family, on the port where it takes TCP too: the DHT (BEP 5), uTP (BEP 29) and trackers
// (BEP 15) share them. Whose a datagram is, its first bytes say; `datagram-kind` reads them. What nobody takes is dropped.

import { addressScope } from '../core/bytes/address-scope.ts';
import type { Address } from '../core/bytes/compact-address.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { AddressFamily } from '../core/tracker/tracker-list.ts';
import type { DatagramNetwork, DatagramSocket } from '../host/datagram.ts';
import { type DatagramKind, datagramKind } from './datagram-kind.ts';

/** Takes datagrams of one kind; the bytes are lent for the call. `host` is plain: no zone, no IPv4 in the form of IPv6. */
export type DatagramUser = (bytes: Uint8Array, host: string, port: number) => void;

export class UdpDemux {
  readonly #datagrams: DatagramNetwork;
  readonly #users = new Map<DatagramKind, DatagramUser>();
  readonly #sockets = new Map<AddressFamily, DatagramSocket>();
  readonly #whenQuiet: (() => void)[] = [];
  #isNeeded = false;
  #isClosed = false;

  constructor(datagrams: DatagramNetwork) {
    this.#datagrams = datagrams;
  }

  /** Where datagrams of that family reach us; undefined where none do. */
  address(family: AddressFamily): Address | undefined {
    return this.#sockets.get(family)?.address;
  }

  /** Who takes all datagrams of a kind from now on: one for each. */
  add(kind: DatagramKind, user: DatagramUser): void {
    this.#users.set(kind, user);
  }

  /** Calls whenever all that had come together was handed over. */
  addQuiet(call: () => void): void {
    this.#whenQuiet.push(call);
  }

  /** Whether the program is to go on for the sake of what may come. */
  keepAlive(isNeeded: boolean): void {
    if (this.#isNeeded === isNeeded) return;
    this.#isNeeded = isNeeded;
    for (const socket of this.#sockets.values()) socket.keepAlive(isNeeded);
  }

  /** See `DatagramNetwork.relay`. */
  get relay(): DatagramNetwork['relay'] {
    return this.#datagrams.relay;
  }

  /** Whether what is sent there stays within this machine. */
  isOwnAddress(host: string): boolean {
    if (this.relay !== undefined) return false;
    return addressScope(host) === 'loopback' || this.#datagrams.isOwnAddress?.(host) === true;
  }

  /** Whether bytes that were sent to that family may be written over. */
  isFreeOnceSent(family: AddressFamily): boolean {
    return this.#sockets.get(family)?.isFreeOnceSent === true;
  }

  /**
   * Opens a socket for each of the addresses. A family that this machine does not have stays without one. The address of
   * the first that there is.
   */
  async open(addresses: readonly Address[]): Promise<Address | undefined> {
    // One after the other: where the system chooses a port, it is one for both families.
    for (const { host, port } of addresses)
      await this.#openOne({ host, port: port === 0 ? (this.address(4)?.port ?? 0) : port });
    return this.address(4) ?? this.address(6);
  }

  /** `onFault` hears where the system cannot send it. */
  send(bytes: Uint8Array, host: string, port: number, onFault?: (fault: SwarmlineError) => void): void {
    const family = host.includes(':') ? 6 : 4;
    const socket = this.#sockets.get(family);
    if (socket !== undefined) socket.send(bytes, host, port, onFault);
    else
      onFault?.(
        new SwarmlineError('SEND_FAILED', `This session speaks no IPv${family} by UDP.`, { where: host }),
      );
  }

  close(): void {
    this.#isClosed = true;
    for (const socket of this.#sockets.values()) socket.close();
    this.#sockets.clear();
  }

  async #openOne(address: Address): Promise<void> {
    const socket = await this.#bind(address);
    if (socket === undefined) return;
    if (this.#isClosed) {
      socket.close();
      return;
    }
    this.#sockets.set(address.host.includes(':') ? 6 : 4, socket);
    if (this.#isNeeded) socket.keepAlive(true);
    socket.onQuiet = () => {
      for (const call of this.#whenQuiet) call();
    };
    socket.onDatagram = (bytes, host, port) => {
      const kind = datagramKind(bytes);
      if (kind !== undefined) this.#users.get(kind)?.(bytes, host, port);
    };
  }

  /** Where another program has the port, any does: who is to find us by it is told which. */
  async #bind({ host, port }: Address): Promise<DatagramSocket | undefined> {
    for (const choice of port === 0 ? [0] : [port, 0]) {
      try {
        return await this.#datagrams.bind({ host, port: choice });
      } catch (error) {
        if (!(error instanceof SwarmlineError)) throw error;
      }
    }
    return undefined;
  }
}

/** Where UDP is to be, for TCP at `listen`; undefined where TCP is nowhere. */
export function udpAddresses(listen: Address | undefined): Address[] {
  const { host, port } = listen ?? { host: '::', port: 0 };
  if (host !== '::') return [{ host, port }];
  return [
    { host: '0.0.0.0', port },
    { host: '::', port },
  ];
}
