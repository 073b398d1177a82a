// The session's UDP sockets, one a family, on the port where it takes TCP too (uTP and the DHT are to share them: BEP 5,
// BEP 29). Datagrams go to the first of its users that takes them: those of trackers start with a zero, of the DHT with a
// "d", of uTP with a version that is neither.

import type { Address } from '../core/bytes/compact-address.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { AddressFamily } from '../core/tracker/tracker-list.ts';
import type { DatagramNetwork, DatagramSocket } from '../host/datagram.ts';

export interface DatagramUser {
  /** True where the datagram was its own; the bytes are lent for the call. */
  received(bytes: Uint8Array, host: string, port: number): boolean;
}

export class UdpDemux {
  readonly #datagrams: DatagramNetwork;
  readonly #users: DatagramUser[] = [];
  readonly #sockets = new Map<AddressFamily, DatagramSocket>();
  #isClosed = false;

  constructor(datagrams: DatagramNetwork) {
    this.#datagrams = datagrams;
  }

  /** Where datagrams of that family reach us; undefined where none do. */
  address(family: AddressFamily): Address | undefined {
    return this.#sockets.get(family)?.address;
  }

  /** Asked in the order in which they were added. */
  add(user: DatagramUser): void {
    this.#users.push(user);
  }

  /** Opens a socket for each of the addresses. A family that this machine does not have stays without one. */
  async open(addresses: readonly Address[]): Promise<void> {
    await Promise.all(addresses.map(address => this.#openOne(address)));
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
    socket.onDatagram = (bytes, host, port) => {
      for (const user of this.#users) if (user.received(bytes, host, port)) return;
    };
  }

  /** Where another program has the port, any does for asking trackers. */
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
