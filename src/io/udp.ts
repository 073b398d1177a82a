// UDP behind host/datagram: by the batch where the platform has the calls for it (`datagram-batches`), else the sockets of Node, as
// here. Addresses only: nothing is resolved, so the look-up that Node makes for each datagram answers at once (that alone is a
// tenth to a quarter more datagrams a second).

import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Address } from '../core/bytes/compact-address.ts';
import type { SwarmlineError } from '../core/errors.ts';
import type { DatagramNetwork, DatagramSocket } from '../host/datagram.ts';
import { bindInBatches } from './datagram-batches.ts';
import { RECEIVE_BUFFER, SEND_BUFFER } from './datagram-place.ts';
import type { Device } from './device.ts';
import { libcSockets } from './libc-sockets.ts';
import { plainIp } from './names.ts';
import { cannotListen, cannotSend, isOfOtherFamily } from './udp-fault.ts';

export const nodeDatagrams: DatagramNetwork = {
  isOwnAddress: host => ownAddresses().has(host),
  bind: address => bindSocket(address),
};

/**
 * One by one where batches are not wanted, or not to be had. `device`: by that interface alone.
 * @throws SwarmlineError `LISTEN_FAILED` by way of the promise
 */
export async function bindSocket(
  address: Address,
  { inBatches = true, device }: { readonly inBatches?: boolean; readonly device?: Device | undefined } = {},
): Promise<DatagramSocket> {
  const libc = device?.libc ?? (inBatches ? await libcSockets() : 'it was not asked for');
  return typeof libc === 'string' ? bindOneByOne(address) : bindInBatches(address, libc, device);
}

function bindOneByOne(address: Address): Promise<DatagramSocket> {
  const isIpv6 = isIPv6(address.host);
  const socket = createSocket({
    type: isIpv6 ? 'udp6' : 'udp4',
    // IPv4 has a socket of its own.
    ipv6Only: isIpv6,
    lookup: asItIs(isIpv6),
    // What comes by uTP while the program does something else; the system gives as much of it as it allows.
    recvBufferSize: RECEIVE_BUFFER,
    sendBufferSize: SEND_BUFFER,
  });
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => {
      socket.close();
      reject(cannotListen(address, error));
    };
    socket.once('error', failed);
    socket.bind({ port: address.port, address: address.host }, () => {
      socket.removeListener('error', failed);
      resolve(new NodeDatagramSocket(socket, isIpv6));
    });
  });
}

/** Of this machine's interfaces; they may come and go. */
function ownAddresses(): ReadonlySet<string> {
  const now = performance.now();
  if (now - ownAt > OWN_MS) {
    ownAt = now;
    own = new Set(
      Object.values(networkInterfaces()).flatMap(all => all?.map(({ address }) => address) ?? []),
    );
  }
  return own;
}

class NodeDatagramSocket implements DatagramSocket {
  readonly address: Address;
  onDatagram: DatagramSocket['onDatagram'] = () => {};
  onQuiet = () => {};
  /** A turn has begun: the event loop ends it when it has read what there is. */
  #isInTurn = false;
  readonly #socket: Socket;
  readonly #isIpv6: boolean;
  #isClosed = false;

  constructor(socket: Socket, isIpv6: boolean) {
    this.#socket = socket;
    this.#isIpv6 = isIpv6;
    const { address, port } = socket.address();
    this.address = { host: address, port };
    socket.on('message', (bytes, { address: host, port: from }) => {
      if (!this.#isInTurn) {
        this.#isInTurn = true;
        setImmediate(this.#endTurn);
      }
      this.onDatagram(bytes, isIpv6 ? (plainIp(host) ?? host) : host, from);
    });
    // What a network says of one datagram must not end the socket.
    socket.on('error', () => {});
    // A program ends when its work is done, whatever may still arrive.
    socket.unref();
  }

  send(bytes: Uint8Array, host: string, port: number, onFault?: (fault: SwarmlineError) => void): void {
    if (this.#isClosed) return;
    if (host.includes(':') !== this.#isIpv6) {
      onFault?.(isOfOtherFamily(host));
      return;
    }
    try {
      // Without a callback Node has nothing to remember.
      if (onFault === undefined) this.#socket.send(bytes, port, host);
      else
        this.#socket.send(bytes, port, host, error => {
          if (error !== null) onFault(cannotSend(host, error));
        });
    } catch (error) {
      onFault?.(cannotSend(host, error));
    }
  }

  keepAlive(isNeeded: boolean): void {
    if (this.#isClosed) return;
    if (isNeeded) this.#socket.ref();
    else this.#socket.unref();
  }

  readonly #endTurn = () => {
    this.#isInTurn = false;
    this.onQuiet();
  };

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.onDatagram = () => {};
    this.onQuiet = () => {};
    this.#socket.close();
  }
}

type LookedUp = (error: NodeJS.ErrnoException | null, address: string, family: number) => void;

/** The look-up of a socket that is given addresses alone. */
export function asItIs(isIpv6: boolean): (host: string, _: object, done: LookedUp) => void {
  return isIpv6 ? asItIsIpv6 : asItIsIpv4;
}

const asItIsIpv4 = (host: string, _: object, done: LookedUp) => done(null, host, 4);
const asItIsIpv6 = (host: string, _: object, done: LookedUp) => done(null, host, 6);

let own: ReadonlySet<string> = new Set();
let ownAt = Number.NEGATIVE_INFINITY;
const OWN_MS = 10_000;
