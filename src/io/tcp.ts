// TCP by node:net behind host/stream. Received bytes land in one buffer that all dialled sockets share (`onread`) and are
// lent for the call; chunks of one write leave in one system call.

import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type Address, addressBytes, formatAddress, formatIp } from '../core/bytes/compact-address.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { Stream, StreamListener, StreamNetwork } from '../host/stream.ts';
import { alignedBytes } from './aligned-bytes.ts';
import type { Device } from './device.ts';
import { connectBy } from './device-connect.ts';
import { withReusedBuffer } from './tcp-accept.ts';
import { listenOnOnePort } from './tcp-listen.ts';
import { SocketWriter } from './tcp-write.ts';

export const nodeStreams = streamsOn();

/** By that interface alone. @default any */
export function streamsOn(device?: Device): StreamNetwork {
  return {
    listen: async (address, onStream) => {
      const open = (at: Address) =>
        listenOnOnePort(at, (host, port) => listenOn({ host, port }, onStream, device));
      return device === undefined ? open(address) : following(await open(address), open, device);
    },
    dial: (address, timeoutMs, done, localHost) => dial(address, timeoutMs, done, { localHost, device }),
  };
}

async function listenOn(
  address: Address,
  onStream: (stream: Stream) => void,
  device: Device | undefined,
): Promise<StreamListener> {
  const place = device === undefined ? address : { fd: boundFile(address, device) };
  return new Promise((resolve, reject) => {
    const server = createServer({ noDelay: true, pauseOnConnect: true }, accepted => {
      let stream: NodeStream | undefined;
      const socket = withReusedBuffer(accepted, receiveBuffer(), bytes => stream?.onBytes(bytes));
      stream = new NodeStream(socket);
      onStream(stream);
      socket.resume();
    });
    server.once('error', reject);
    server.listen(place, () => {
      server.off('error', reject);
      // A fault of one accept (too many open files) ends nothing.
      server.on('error', () => {});
      const bound = server.address() as AddressInfo;
      resolve({ address: { host: bound.address, port: bound.port }, close: () => void server.close() });
    });
  });
}

/** Where the interface has come back as another, it is listened at that one, at the same port. */
function following(
  first: StreamListener,
  open: (address: Address) => Promise<StreamListener>,
  device: Device,
): StreamListener {
  let current = first;
  let isClosed = false;
  const unfollow = device.follow(async () => {
    current.close();
    current = await open(first.address);
    if (isClosed) current.close();
  });
  return {
    address: first.address,
    close: () => {
      isClosed = true;
      unfollow();
      current.close();
    },
  };
}

function boundFile(address: Address, device: Device): number {
  return device.libc.bindTcp(address, { isShared: false, device: device.mustIndex() });
}

function dial(
  address: Address,
  timeoutMs: number,
  done: (result: Stream | Error) => void,
  { localHost, device }: { readonly localHost: string | undefined; readonly device: Device | undefined },
): () => void {
  let stream: NodeStream | undefined;
  const socket = connectBy(device, {
    host: address.host,
    port: address.port,
    ...(localHost !== undefined && { localAddress: localHost }),
    noDelay: true,
    onread: {
      buffer: receiveBuffer(),
      callback: (length, buffer) => {
        stream?.onBytes((buffer as Uint8Array).subarray(0, length));
        return stream?.isReading ?? true;
      },
    },
  });
  const settle = (result: Stream | Error) => {
    clearTimeout(timer);
    socket.off('error', onError);
    socket.off('connect', onConnect);
    done(result);
  };
  const onError = (error: Error) => {
    socket.on('error', () => {});
    settle(error);
  };
  const onConnect = () => {
    stream = new NodeStream(socket);
    settle(stream);
  };
  const giveUp = () => {
    if (stream !== undefined) return;
    socket.destroy();
    onError(new SwarmlineError('DIAL_TIMEOUT', `${formatAddress(address)} does not answer.`));
  };
  const timer = setTimeout(giveUp, timeoutMs);
  timer.unref();
  socket.once('error', onError);
  socket.once('connect', onConnect);
  return () => {
    if (stream !== undefined || socket.destroyed) return;
    clearTimeout(timer);
    socket.on('error', () => {});
    socket.destroy();
  };
}

class NodeStream implements Stream {
  onBytes: (bytes: Uint8Array) => void = () => {};
  onClosed: (fault?: Error) => void = () => {};
  onDrained: () => void = () => {};
  isReading = true;
  readonly isFreeOnceTaken = true;
  readonly remote: Address | undefined;
  readonly #socket: Socket;
  readonly #writer: SocketWriter;
  #fault: Error | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#writer = new SocketWriter(socket, () => this.onDrained());
    this.remote = addressOf(socket);
    socket.on('error', error => {
      this.#fault = error;
    });
    socket.on('close', () => this.onClosed(this.#fault));
  }

  get pending(): number {
    return this.#writer.pending;
  }

  write(chunks: readonly Uint8Array[]): boolean {
    return this.#writer.write(chunks);
  }

  pause(): void {
    this.isReading = false;
    this.#socket.pause();
  }

  resume(): void {
    this.isReading = true;
    this.#socket.resume();
  }

  close(): void {
    this.#socket.destroy();
  }
}

function addressOf(socket: Socket): Address | undefined {
  const { remoteAddress, remotePort } = socket;
  if (remoteAddress === undefined || remotePort === undefined) return undefined;
  // A link-local address carries its interface ("%eth0"); an IPv4 one comes mapped from a dual-stack listener.
  const bytes = addressBytes(remoteAddress.split('%')[0]!);
  return bytes === undefined ? undefined : { host: formatIp(bytes), port: remotePort };
}

/**
 * Where libuv gives out the buffer, reads and calls back without a break, one buffer serves every socket. On Windows
 * reads are under way meanwhile: there each socket has its own.
 */
function receiveBuffer(): Uint8Array {
  if (process.platform === 'win32') return new Uint8Array(OWN_BUFFER_LENGTH);
  sharedBuffer ??= alignedBytes(SHARED_BUFFER_LENGTH);
  return sharedBuffer;
}

let sharedBuffer: Uint8Array | undefined;
const SHARED_BUFFER_LENGTH = 262_144;
const OWN_BUFFER_LENGTH = 65_536;
