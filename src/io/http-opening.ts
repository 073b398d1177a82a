// How a connection begins, before anything of HTTP is read: a trusted proxy says for whom it comes (PROXY v2), and the first byte
// tells whether it is TLS (22, a handshake; RFC 8446, 5.1) or plain, so that one port speaks both. It waits no longer than a
// request may take, and then hands the connection on.

import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import { formatIp } from '../core/bytes/compact-address.ts';
import { plainIpBytes } from '../core/bytes/ip-prefix.ts';
import { ProtocolError } from '../core/errors.ts';
import { readProxyHeader } from '../core/http/proxy-header.ts';
import { HttpConnection } from './http-connection.ts';
import { handOver } from './http-handover.ts';
import type { HttpServerOptions, ServerState } from './http-server.ts';

/** Whose a connection is: the other end, or whom its PROXY header names. */
export interface ConnectionPeer {
  readonly ip: Uint8Array;
  readonly isTrusted: boolean;
}

/** Begins a connection that was just accepted. */
export function openConnection(socket: Socket, state: ServerState): void {
  const { isTrustedProxy, proxyProtocol, secureContext, handOver } = state.options;
  const ip = plainIpBytes(socket.remoteAddress ?? '') ?? new Uint8Array(4);
  const isTrusted = isTrustedProxy?.(ip) ?? false;
  const hasHeader = isTrusted && proxyProtocol === true;
  const mayBeTls = secureContext?.() !== undefined || handOver?.takesTls() === true;
  if (hasHeader || mayBeTls) new Opening(socket, state, { ip, isTrusted }, hasHeader);
  else new HttpConnection(socket, state, { ip, isTrusted });
}

/** Goes on with a connection that another thread began; `bytes` are what it has read. */
export function adoptConnection(
  socket: Socket,
  state: ServerState,
  peer: ConnectionPeer,
  bytes: Buffer,
): void {
  if (bytes[0] === HANDSHAKE) new Opening(socket, state, peer, false).begin(bytes);
  else new HttpConnection(socket, state, peer).begin(bytes);
}

class Opening {
  readonly #socket: Socket;
  readonly #state: ServerState;
  readonly #deadline: number;
  #peer: ConnectionPeer;
  #awaitsHeader: boolean;
  #bytes: Buffer | undefined;

  constructor(socket: Socket, state: ServerState, peer: ConnectionPeer, awaitsHeader: boolean) {
    this.#socket = socket;
    this.#state = state;
    this.#peer = peer;
    this.#awaitsHeader = awaitsHeader;
    this.#deadline = performance.now() + state.limits.requestTimeoutMs;
    state.connections.add(this);
    socket.on('data', this.#onData);
    socket.on('error', ignore);
    socket.on('close', this.#onClose);
  }

  begin(bytes: Buffer): void {
    this.#onData(bytes);
  }

  timePassed(now: number): void {
    if (now >= this.#deadline) this.destroy();
  }

  closeWhenIdle(): void {
    this.destroy();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  readonly #onClose = (): void => {
    this.#state.connections.delete(this);
  };

  readonly #onData = (bytes: Buffer): void => {
    let rest: Buffer | undefined = this.#bytes === undefined ? bytes : Buffer.concat([this.#bytes, bytes]);
    if (this.#awaitsHeader) rest = this.#withoutHeader(rest);
    if (rest === undefined || rest.length === 0) return;
    const { secureContext, handOver: over } = this.#state.options;
    const context = secureContext?.();
    this.#socket.off('data', this.#onData);
    if (rest[0] === HANDSHAKE && over?.takesTls() === true) {
      this.#letGo(this.#socket);
      this.#socket.pause();
      handOver(this.#socket, rest, this.#peer, over, this.#state.places);
    } else if (rest[0] === HANDSHAKE && context !== undefined) this.#secure(rest, context);
    else {
      this.#letGo(this.#socket);
      new HttpConnection(this.#socket, this.#state, this.#peer).begin(rest);
    }
  };

  #secure(rest: Buffer, secureContext: SecureContext): void {
    const { options, connections } = this.#state;
    if (options.admitsHandshake?.(this.#peer.ip) === false) {
      this.#socket.destroy();
      return;
    }
    this.#socket.pause();
    this.#socket.unshift(rest);
    const secure = new TLSSocket(this.#socket, { isServer: true, secureContext });
    // What is wrong with a handshake is the other end's affair.
    secure.on('error', () => this.#socket.destroy());
    secure.once('secure', () => {
      connections.delete(this);
      secure.removeAllListeners('error');
      // It stays there: the socket below ends with the one above it.
      new HttpConnection(secure, this.#state, this.#peer);
    });
  }

  #letGo(socket: Socket): void {
    this.#state.connections.delete(this);
    socket.off('error', ignore);
    socket.off('close', this.#onClose);
  }

  /** What follows the PROXY header; undefined while it is not whole. */
  #withoutHeader(bytes: Buffer): Buffer | undefined {
    try {
      const header = readProxyHeader(bytes);
      this.#bytes = header === undefined ? bytes : undefined;
      if (header === undefined) return undefined;
      this.#awaitsHeader = false;
      if (header.source !== undefined) this.#peer = peerNamed(header.source.ip, this.#state.options);
      return bytes.subarray(header.length);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#socket.destroy();
      return undefined;
    }
  }
}

function peerNamed(named: Uint8Array, { isTrustedProxy }: HttpServerOptions): ConnectionPeer {
  const ip = plainIpBytes(formatIp(named)) ?? named;
  // It may be another proxy that is trusted, and speaks HTTP.
  return { ip, isTrusted: isTrustedProxy?.(ip) ?? false };
}

function ignore(): void {}

const HANDSHAKE = 22;
