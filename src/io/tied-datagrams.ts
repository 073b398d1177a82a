// A UDP socket that follows its interface: where that has gone and come back under its name, as those of VPNs do, it is another to
// the system, and a socket that is tied to the one of before is deaf and mute. Then there is a new one, at the same port.

import type { Address } from '../core/bytes/compact-address.ts';
import type { SwarmlineError } from '../core/errors.ts';
import type { DatagramNetwork, DatagramSocket } from '../host/datagram.ts';
import type { Device } from './device.ts';
import { bindSocket, nodeDatagrams } from './udp.ts';

/** By that interface alone. */
export function datagramsOn(device: Device): DatagramNetwork {
  return {
    ...nodeDatagrams,
    bind: async address => new TiedDatagramSocket(await bindSocket(address, { device }), device),
  };
}

class TiedDatagramSocket implements DatagramSocket {
  readonly address: Address;
  onDatagram: DatagramSocket['onDatagram'] = () => {};
  onQuiet = () => {};
  readonly isFreeOnceSent: boolean;
  #socket: DatagramSocket;
  #isNeeded = false;
  #isClosed = false;
  readonly #unfollow: () => void;

  constructor(socket: DatagramSocket, device: Device) {
    this.address = socket.address;
    this.isFreeOnceSent = socket.isFreeOnceSent === true;
    this.#socket = socket;
    this.#listen();
    this.#unfollow = device.follow(async () => {
      // First: the port is to be free.
      this.#socket.close();
      const next = await bindSocket(this.address, { device });
      if (this.#isClosed) {
        next.close();
        return;
      }
      this.#socket = next;
      next.keepAlive(this.#isNeeded);
      this.#listen();
    });
  }

  send(bytes: Uint8Array, host: string, port: number, onFault?: (fault: SwarmlineError) => void): void {
    this.#socket.send(bytes, host, port, onFault);
  }

  keepAlive(isNeeded: boolean): void {
    this.#isNeeded = isNeeded;
    this.#socket.keepAlive(isNeeded);
  }

  close(): void {
    this.#isClosed = true;
    this.#unfollow();
    this.#socket.close();
  }

  #listen(): void {
    this.#socket.onDatagram = (bytes, host, port) => this.onDatagram(bytes, host, port);
    this.#socket.onQuiet = () => this.onQuiet();
  }
}
