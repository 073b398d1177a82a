// UDP sockets of Node behind host/datagram. Addresses only: nothing is resolved here, so the look-up that Node makes for
// each datagram answers at once (that alone is a tenth to a quarter more datagrams a second). Where the platform has it, those of
// one turn leave in one call of the system (`datagram-sender`).

import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { type Address, formatAddress } from '../core/bytes/compact-address.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { DatagramNetwork, DatagramSocket } from '../host/datagram.ts';
import { RECEIVE_BUFFER } from './datagram-place.ts';
import { DatagramSender, MAX_SENT } from './datagram-sender.ts';
import type { Device } from './device.ts';
import { describeSystemError, systemCode } from './file-fault.ts';
import { type LibcSockets, libcSockets } from './libc-sockets.ts';
import { plainIp } from './names.ts';

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
  const isIpv6 = isIPv6(address.host);
  const fd = typeof libc === 'string' ? undefined : boundFile(address, libc, device);
  const sender = fd === undefined ? undefined : new DatagramSender(fd, isIpv6, libc as LibcSockets);
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
    socket.bind(fd === undefined ? { port: address.port, address: address.host } : { fd }, () => {
      socket.removeListener('error', failed);
      resolve(new NodeDatagramSocket(socket, isIpv6, sender));
    });
  });
}

/** A socket of the system's that is bound, for Node to take over: what it opens itself it does not tell us the number of. */
function boundFile(address: Address, libc: LibcSockets, device: Device | undefined): number {
  try {
    return libc.bind(address, {
      isShared: false,
      receiveBuffer: RECEIVE_BUFFER,
      device: device?.mustIndex(),
    });
  } catch (error) {
    throw cannotListen(address, error);
  }
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
  readonly isFreeOnceSent: boolean;
  /** A turn has begun: the event loop ends it when it has read what there is. */
  #isInTurn = false;
  readonly #socket: Socket;
  readonly #isIpv6: boolean;
  readonly #sender: DatagramSender | undefined;
  #isClosed = false;

  constructor(socket: Socket, isIpv6: boolean, sender: DatagramSender | undefined) {
    this.#socket = socket;
    this.#sender = sender;
    this.isFreeOnceSent = sender !== undefined;
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
      onFault?.(cannotSend(host, 'it is of another family than the socket'));
      return;
    }
    try {
      if (this.#sender !== undefined && bytes.length <= MAX_SENT) {
        this.#sender.send(
          bytes,
          host,
          port,
          onFault && (code => onFault(cannotSend(host, wordsFor(Object.assign(new Error(code), { code }))))),
        );
        return;
      }
      // Without a callback Node has nothing to remember.
      if (onFault === undefined) this.#socket.send(bytes, port, host);
      else
        this.#socket.send(bytes, port, host, error => {
          if (error !== null) onFault(cannotSend(host, wordsFor(error), error));
        });
    } catch (error) {
      onFault?.(cannotSend(host, wordsFor(error), error));
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
    this.#sender?.close();
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

export function cannotListen(address: Address, error: unknown): SwarmlineError {
  const reason = systemCode(error) === 'EADDRINUSE' ? 'another program uses it' : wordsFor(error);
  const where = `${formatAddress(address)} (UDP)`;
  return new SwarmlineError('LISTEN_FAILED', `Cannot listen on ${where}: ${reason}.`, {
    where,
    cause: error,
  });
}

function cannotSend(host: string, why: string, cause?: unknown): SwarmlineError {
  return new SwarmlineError('SEND_FAILED', `Nothing can be sent to ${host}: ${why}.`, { where: host, cause });
}

function wordsFor(error: unknown): string {
  return WORDS[systemCode(error) ?? ''] ?? describeSystemError(error);
}

let own: ReadonlySet<string> = new Set();
let ownAt = Number.NEGATIVE_INFINITY;
const OWN_MS = 10_000;
const SEND_BUFFER = 1_048_576;
const WORDS: Readonly<Record<string, string>> = {
  ENETUNREACH: 'there is no way to it from here',
  EHOSTUNREACH: 'there is no way to it from here',
  EADDRNOTAVAIL: 'this machine has no such address',
  EAFNOSUPPORT: 'this machine does not speak that family of addresses',
  ENODEV: 'the interface is away',
  EMSGSIZE: 'it is too long for one datagram',
};
