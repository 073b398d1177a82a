// A UDP socket whose every datagram is answered at once or not at all, by node:dgram: one call of the system for each
// datagram and each answer. `udp-batch` does the same for many at a time where the platform lets it.

import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { type Address, addressBytes, formatIp } from '../core/bytes/compact-address.ts';
import type { Clock } from '../host/clock.ts';
import type { DatagramHandler } from '../host/datagram.ts';
import { MAX_DATAGRAM, newDatagramPlace, RECEIVE_BUFFER, readIpv4 } from './datagram-place.ts';
import { plainIp } from './names.ts';
import { asItIs } from './udp.ts';
import { cannotListen } from './udp-fault.ts';
import type { DatagramServer } from './udp-server.ts';

/**
 * Answers what arrives at an address. Port 0 lets the system choose. The socket keeps the program running.
 * @throws SwarmlineError `LISTEN_FAILED` by way of the promise
 */
export function serveOneByOne(
  address: Address,
  handle: DatagramHandler,
  clock: Pick<Clock, 'now'>,
): Promise<DatagramServer> {
  const isIpv6 = isIPv6(address.host);
  const socket = createSocket({
    type: isIpv6 ? 'udp6' : 'udp4',
    ipv6Only: isIpv6,
    lookup: asItIs(isIpv6),
    recvBufferSize: RECEIVE_BUFFER,
  });
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => {
      socket.close();
      reject(cannotListen(address, error));
    };
    socket.once('error', failed);
    socket.bind({ port: address.port, address: address.host }, () => {
      socket.removeListener('error', failed);
      resolve(served(socket, isIpv6, handle, clock));
    });
  });
}

function served(
  socket: Socket,
  isIpv6: boolean,
  handle: DatagramHandler,
  clock: Pick<Clock, 'now'>,
): DatagramServer {
  const place = newDatagramPlace(isIpv6 ? 16 : 4);
  const received = (bytes: Buffer, from: RemoteInfo) => {
    if (bytes.length > MAX_DATAGRAM) return;
    place.bytes.set(bytes);
    place.length = bytes.length;
    place.port = from.port;
    if (isIpv6) place.ip.set(addressBytes(plainIp(from.address) ?? from.address) ?? UNSPECIFIED);
    else readIpv4(from.address, place.ip);
    const length = handle(place, clock.now());
    if (length === 0) return;
    // A copy: Node sends when it comes to it, and the next datagram is answered in the same place.
    sendTo(socket, Buffer.from(place.answer.subarray(0, length)), from.port, from.address);
  };
  socket.on('message', received);
  // What a network says of one datagram must not end the socket.
  socket.on('error', () => {});
  const { address: host, port } = socket.address();
  let closed: Promise<void> | undefined;
  return {
    address: { host, port },
    isInBatches: false,
    send: (bytes, ip, to) => {
      if (closed === undefined) sendTo(socket, bytes, to, formatIp(ip));
    },
    close: () => {
      closed ??= new Promise(done => {
        socket.removeListener('message', received);
        socket.close(() => done());
      });
      return closed;
    },
  };
}

function sendTo(socket: Socket, bytes: Uint8Array, port: number, host: string): void {
  try {
    // Without a callback Node has nothing to remember; what cannot be sent is lost, as datagrams are.
    socket.send(bytes, port, host);
  } catch {
    // A port or an address that Node refuses.
  }
}

const UNSPECIFIED = new Uint8Array(16);
