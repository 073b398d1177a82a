// Groups of hosts by UDP: one socket hears, shared with other programs of this machine, and one for each network speaks. A
// socket that is bound to an address of a network speaks there, whatever the routes say. What hears would, on Linux, hear what comes by
// any interface on which any program of this machine has joined the group: with a device it is tied to that.

import { type BindOptions, createSocket, type Socket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import type { Address } from '../core/bytes/compact-address.ts';
import type { Multicast, MulticastGroup, MulticastOptions } from '../host/multicast.ts';
import type { Device } from './device.ts';
import { plainIp } from './names.ts';
import { asItIs } from './udp.ts';
import { cannotListen } from './udp-fault.ts';

/** On the networks of that interface alone. @default all */
export function multicastOn(device?: Device): Multicast {
  return {
    join: async (group, options) =>
      new NodeGroup(await hearingAt(group, device), group, { ...options, device }),
  };
}

/** What is said there, to everybody or to us; where there is a device, by that alone. */
function hearingAt(group: Address, device: Device | undefined): Promise<Socket> {
  const isIpv6 = group.host.includes(':');
  const place = { host: isIpv6 ? '::' : '0.0.0.0', port: group.port };
  return new Promise((resolve, reject) => {
    const socket = openSocket(isIpv6, true);
    const failed = (error: unknown) => {
      socket.close();
      reject(cannotListen(group, error));
    };
    socket.once('error', failed);
    let where: BindOptions;
    try {
      where = device === undefined ? { port: place.port, address: place.host } : { fd: tied(place, device) };
    } catch (error) {
      failed(error);
      return;
    }
    socket.bind(where, () => {
      socket.off('error', failed);
      resolve(socket);
    });
  });
}

function tied(place: Address, device: Device): number {
  return device.libc.bind(place, {
    isShared: false,
    isForGroup: true,
    receiveBuffer: HEARING_BUFFER,
    device: device.mustIndex(),
  });
}

interface GroupOptions extends MulticastOptions {
  readonly device: Device | undefined;
}

interface Network {
  readonly address: string;
  /** As the system wants it named where a group is joined. */
  readonly name: string;
}

class NodeGroup implements MulticastGroup {
  onDatagram: MulticastGroup['onDatagram'] = () => {};
  #hearing: Socket;
  readonly #group: Address;
  readonly #options: GroupOptions;
  readonly #isIpv6: boolean;
  /** By the networks' names. */
  readonly #speaking = new Map<string, Socket>();
  readonly #unfollow: (() => void) | undefined;
  #isClosed = false;

  constructor(socket: Socket, group: Address, options: GroupOptions) {
    this.#hearing = socket;
    this.#group = group;
    this.#options = options;
    this.#isIpv6 = group.host.includes(':');
    this.#hear(socket);
    this.#unfollow = options.device?.follow(() => this.#hearAnew());
    this.refresh();
  }

  #hear(socket: Socket): void {
    socket.on('error', () => {});
    socket.on('message', (bytes, { address, port }) => {
      const host = plainIp(address);
      if (host !== undefined) this.onDatagram(bytes, host, port);
    });
    socket.unref();
  }

  /** The interface has come back as another: what is tied to the one of before is deaf. */
  async #hearAnew(): Promise<void> {
    const { device } = this.#options;
    const next = await hearingAt(this.#group, device);
    if (this.#isClosed) {
      next.close();
      return;
    }
    this.#hearing.close();
    this.#hearing = next;
    this.#hear(next);
    for (const name of this.#speaking.keys()) this.#join(name);
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
    this.#isClosed = true;
    this.#unfollow?.();
    this.onDatagram = () => {};
    for (const name of [...this.#speaking.keys()]) this.#drop(name);
    this.#hearing.close();
  }

  #take({ address, name }: Network): void {
    this.#join(name);
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

  #join(name: string): void {
    try {
      this.#hearing.addMembership(this.#group.host, name);
    } catch {
      // It is a member already, or the network carries no groups.
    }
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
      if (only !== undefined && device !== only.name) return [];
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

const HEARING_BUFFER = 262_144;
