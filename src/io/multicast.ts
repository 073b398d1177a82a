// Groups of hosts by UDP: one socket hears, shared with other programs of this machine, and one for each network speaks. A
// socket that is bound to an address of a network speaks there, whatever the routes say.

import { createSocket, type Socket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import type { Address } from '../core/bytes/compact-address.ts';
import type { Multicast, MulticastGroup, MulticastOptions } from '../host/multicast.ts';
import { plainIp } from './names.ts';
import { asItIs } from './udp.ts';
import { cannotListen } from './udp-fault.ts';

/** On the networks of that interface alone. @default all */
export function multicastOn(device?: string): Multicast {
  return {
    join: (group, options) =>
      new Promise((resolve, reject) => {
        const isIpv6 = group.host.includes(':');
        const socket = openSocket(isIpv6, true);
        const failed = (error: Error) => {
          socket.close();
          reject(cannotListen(group, error));
        };
        socket.once('error', failed);
        socket.bind({ port: group.port, address: isIpv6 ? '::' : '0.0.0.0' }, () => {
          socket.off('error', failed);
          resolve(new NodeGroup(socket, group, { ...options, device }));
        });
      }),
  };
}

interface GroupOptions extends MulticastOptions {
  readonly device: string | undefined;
}

interface Network {
  readonly address: string;
  /** As the system wants it named where a group is joined. */
  readonly name: string;
}

class NodeGroup implements MulticastGroup {
  onDatagram: MulticastGroup['onDatagram'] = () => {};
  readonly #hearing: Socket;
  readonly #group: Address;
  readonly #options: GroupOptions;
  readonly #isIpv6: boolean;
  /** By the networks' names. */
  readonly #speaking = new Map<string, Socket>();

  constructor(socket: Socket, group: Address, options: GroupOptions) {
    this.#hearing = socket;
    this.#group = group;
    this.#options = options;
    this.#isIpv6 = group.host.includes(':');
    socket.on('error', () => {});
    socket.on('message', (bytes, { address, port }) => {
      const host = plainIp(address);
      if (host !== undefined) this.onDatagram(bytes, host, port);
    });
    socket.unref();
    this.refresh();
  }

  send(bytes: Uint8Array): void {
    for (const [name, socket] of this.#speaking)
      socket.send(bytes, this.#group.port, this.#group.host, error => {
        // The network is gone: it is looked for again.
        if (error !== null) this.#drop(name);
      });
  }

  refresh(): boolean {
    const networks = new Map(this.#networks().map(network => [network.name, network]));
    for (const name of [...this.#speaking.keys()]) if (!networks.has(name)) this.#drop(name);
    const added = [...networks.values()].filter(({ name }) => !this.#speaking.has(name));
    for (const network of added) this.#take(network);
    return added.length > 0;
  }

  close(): void {
    this.onDatagram = () => {};
    for (const name of [...this.#speaking.keys()]) this.#drop(name);
    this.#hearing.close();
  }

  #take({ address, name }: Network): void {
    try {
      this.#hearing.addMembership(this.#group.host, name);
    } catch {
      // It is a member already, or the network carries no groups.
    }
    const socket = openSocket(this.#isIpv6, false);
    socket.on('error', () => this.#drop(name));
    socket.unref();
    this.#speaking.set(name, socket);
    socket.bind({ port: 0, address }, () => {
      try {
        socket.setMulticastInterface(name);
      } catch {
        this.#drop(name);
      }
    });
  }

  #drop(name: string): void {
    const socket = this.#speaking.get(name);
    if (!this.#speaking.delete(name)) return;
    socket!.close();
    try {
      this.#hearing.dropMembership(this.#group.host, name);
    } catch {
      // It went with its network.
    }
  }

  #networks(): Network[] {
    const { localHost, device: only } = this.#options;
    return Object.entries(networkInterfaces()).flatMap(([device, addresses = []]) => {
      if (only !== undefined && device !== only) return [];
      const ours = addresses.filter(
        ({ family, internal, address }) =>
          family === (this.#isIpv6 ? 'IPv6' : 'IPv4') &&
          (localHost === undefined ? !internal : address === localHost),
      );
      // Of IPv6 the address that holds on that network alone, if there is one: it speaks for all.
      const chosen = ours.find(({ address }) => /^fe80:/i.test(address)) ?? ours[0];
      if (chosen === undefined) return [];
      const { address } = chosen;
      if (!this.#isIpv6) return [{ address, name: address }];
      return [{ address: /^fe80:/i.test(address) ? `${address}%${device}` : address, name: `::%${device}` }];
    });
  }
}

function openSocket(isIpv6: boolean, reuseAddr: boolean): Socket {
  return createSocket({
    type: isIpv6 ? 'udp6' : 'udp4',
    reuseAddr,
    ipv6Only: isIpv6,
    lookup: asItIs(isIpv6),
  });
}
