// An HTTP server for handlers of ring 2: it listens, keeps the limits, and hands each request on as facts. GET and HEAD
// alone, no bodies, whole answers. It knows no paths but those it is given, and trusts no header but a trusted proxy's.
//
// It stands on node:net: node:http costs more than a tracker's whole answer (docs/performance.md). What a connection says
// is read by core/http; its deadlines are looked at together, by one timer for all of them.

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { Address } from '../core/bytes/compact-address.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { RequestHead } from '../core/http/request-head.ts';
import type { HttpHandler } from '../host/http-server.ts';
import { ConnectionPlaces, newPlacesMemory } from './connection-places.ts';
import type { GivenConnection, HandOver } from './http-handover.ts';
import { adoptConnection, openConnection } from './http-opening.ts';

export interface HttpServerOptions {
  /** A TCP socket that is bound, to be listened at in place of an address of its own. @default it binds one */
  readonly fd?: number;
  /** Of `newPlacesMemory`, where several threads accept at one port. @default it counts alone */
  readonly placesMemory?: SharedArrayBuffer;
  /** Leaves some connections to another thread. @default none */
  readonly handOver?: HandOver;
  /** The address to listen at. @default "::", which takes IPv4 too; "0.0.0.0" where the machine has no IPv6 */
  readonly host?: string;
  /** @default 0: any that is free */
  readonly port?: number;
  /** Answers what no route does. */
  readonly handle: HttpHandler;
  /** More handlers, by their exact path, percent-decoded: `/holiday films.torrent`. They come before `handle`; the map may change. */
  readonly routes?: ReadonlyMap<string, HttpHandler>;
  /** Connections at one time; more are closed at once. @default 2000 */
  readonly maxConnections?: number;
  /** Of these, from one address that is no trusted proxy. @default all */
  readonly maxConnectionsPerHost?: number;
  /** Path and query, in bytes. @default 8192; a scrape of 74 torrents has 5,200 */
  readonly maxUrlLength?: number;
  /** The request line and all headers, in bytes. @default 16384 (Node) */
  readonly maxHeaderBytes?: number;
  /** Within which a request must have come whole. @default 10 s: against those who send a byte a minute */
  readonly requestTimeoutMs?: number;
  /** How long a connection is kept for the next request. @default 15 s */
  readonly keepAliveMs?: number;
  /** Requests on one connection. @default 1000 */
  readonly maxRequestsPerConnection?: number;
  /** Within which a handler must answer, and the other end take the answer. @default 30 s */
  readonly responseTimeoutMs?: number;
  /** True for the addresses of proxies whose `X-Forwarded-For` is believed. @default none */
  readonly isTrustedProxy?: (ip: Uint8Array) => boolean;
  /** Connections of trusted proxies begin with a PROXY v2 header. @default false */
  readonly proxyProtocol?: boolean;
  /** What TLS is spoken with at the moment, beside plain HTTP on the same port. @default no TLS */
  readonly secureContext?: () => SecureContext | undefined;
  /** False where this address may not begin TLS just now: it costs more than a request. @default it may */
  readonly admitsHandshake?: (ip: Uint8Array) => boolean;
  /** Takes over a connection that asks for another protocol (`Upgrade`). @default such requests are refused */
  readonly upgrade?: (request: UpgradeRequest) => void;
  /** True for paths whose requests may be POST, PUT and DELETE too, without a body. @default none */
  readonly takesChanges?: (path: string) => boolean;
  /** Told of bytes that came and went. */
  readonly moved?: (received: number, sent: number) => void;
  /** Told of a handler that threw; the asker gets status 500. @default throws it on, which ends the program */
  readonly handlerFailed?: (error: unknown) => void;
}

/** A connection that is to speak another protocol from here on. The socket is paused. */
export interface UpgradeRequest {
  readonly head: RequestHead;
  readonly socket: Socket;
  /** What has come behind the request. */
  readonly rest: Buffer;
  readonly remoteIp: Uint8Array;
  readonly localHost: string;
}

export interface HttpServer {
  /** Where it listens, with the port that it was given. */
  readonly address: Address;
  /** With `placesMemory` those of all threads. */
  readonly connectionCount: number;
  /** Takes a connection from another thread. */
  adopt(connection: GivenConnection): void;
  /** Takes no more connections, lets answers under way finish for a second, and ends. */
  close(): Promise<void>;
}

/** What all connections of a server share. */
export interface ServerState {
  readonly options: HttpServerOptions;
  readonly limits: {
    readonly maxUrlLength: number;
    readonly maxHeaderBytes: number;
    readonly requestTimeoutMs: number;
    readonly keepAliveMs: number;
    readonly maxRequests: number;
    readonly responseTimeoutMs: number;
  };
  readonly connections: Set<OpenConnection>;
  readonly places: ConnectionPlaces;
  isClosing: boolean;
}

/** A connection as the server looks after it, whatever is spoken over it just now. */
export interface OpenConnection {
  timePassed(now: number): void;
  closeWhenIdle(): void;
  destroy(): void;
}

/** @throws SwarmlineError `LISTEN_FAILED` by way of the promise */
export async function serveHttp(options: HttpServerOptions): Promise<HttpServer> {
  const limits = {
    maxUrlLength: options.maxUrlLength ?? 8_192,
    maxHeaderBytes: options.maxHeaderBytes ?? 16_384,
    requestTimeoutMs: options.requestTimeoutMs ?? 10_000,
    keepAliveMs: options.keepAliveMs ?? 15_000,
    maxRequests: options.maxRequestsPerConnection ?? 1_000,
    responseTimeoutMs: options.responseTimeoutMs ?? 30_000,
  };
  const { maxConnections = 2_000, maxConnectionsPerHost = Number.POSITIVE_INFINITY } = options;
  const isExempt = (ip: Uint8Array) => options.isTrustedProxy?.(ip) ?? false;
  const places = new ConnectionPlaces(
    { maxConnections, maxPerAddress: maxConnectionsPerHost, isExempt },
    options.placesMemory ?? newPlacesMemory(randomBytes(4).readInt32LE()),
  );
  const state: ServerState = { options, limits, places, connections: new Set(), isClosing: false };
  const server = createServer({ noDelay: true, keepAlive: true }, socket => {
    // One that is gone already has no address.
    if (places.take(socket)) openConnection(socket, state);
    else socket.destroy();
  });
  const adopted = new Set<Socket>();
  const address = await listen(server, options);
  const shortest = Math.min(limits.requestTimeoutMs, limits.keepAliveMs, limits.responseTimeoutMs);
  const timer = setInterval(
    () => {
      const now = performance.now();
      for (const connection of state.connections) connection.timePassed(now);
    },
    Math.max(5, Math.min(1_000, shortest / 2)),
  );
  timer.unref();
  return {
    address,
    get connectionCount() {
      return options.placesMemory === undefined ? state.connections.size : places.taken;
    },
    adopt: ({ fd, bytes, peer, place }) => {
      const socket = new Socket({ fd, readable: true, writable: true });
      places.keep(socket, place);
      if (state.isClosing) {
        socket.destroy();
        return;
      }
      socket.setNoDelay(true);
      socket.setKeepAlive(true);
      adopted.add(socket);
      socket.once('close', () => adopted.delete(socket));
      adoptConnection(socket, state, peer, Buffer.from(bytes));
    },
    close: async () => {
      const left = [...adopted].map(socket => once(socket, 'close'));
      await Promise.all([close(server, state), ...left]);
      clearInterval(timer);
    },
  };
}

async function listen(server: Server, { host, port = 0, fd }: HttpServerOptions): Promise<Address> {
  const attempt = (address: string) =>
    new Promise<Address>((resolve, reject) => {
      server.once('error', reject);
      const where = fd === undefined ? { host: address, port, exclusive: true } : { fd };
      server.listen({ ...where, backlog: BACKLOG }, () => {
        server.off('error', reject);
        // A fault of one accept (too many open files) ends nothing.
        server.on('error', () => {});
        const bound = server.address();
        if (bound === null || typeof bound === 'string') reject(new Error('the server has no port'));
        else resolve({ host: bound.address, port: bound.port });
      });
    });
  try {
    if (host !== undefined) return await attempt(host);
    return await attempt('::').catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EAFNOSUPPORT' && error.code !== 'EADDRNOTAVAIL') throw error;
      return attempt('0.0.0.0');
    });
  } catch (cause) {
    throw cannotServe({ host, port }, cause);
  }
}

/** As a fault of the world. */
export function cannotServe(
  { host, port }: { readonly host: string | undefined; readonly port: number },
  cause: unknown,
): SwarmlineError {
  const where = `port ${port}${host === undefined ? '' : ` of ${host}`}`;
  const reason = LISTEN_CAUSES[(cause as NodeJS.ErrnoException).code ?? ''] ?? (cause as Error).message;
  const sentence = `The HTTP server cannot listen on ${where}: ${reason}.`;
  return new SwarmlineError('LISTEN_FAILED', sentence, { where, cause });
}

function close(server: Server, state: ServerState): Promise<void> {
  state.isClosing = true;
  return new Promise(resolve => {
    const timer = setTimeout(() => {
      for (const connection of state.connections) connection.destroy();
    }, CLOSE_GRACE_MS);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    for (const connection of state.connections) connection.closeWhenIdle();
  });
}

const CLOSE_GRACE_MS = 1_000;
// Trackers are asked by many at once; the system cuts it to its own limit (net.core.somaxconn).
const BACKLOG = 4_096;
const LISTEN_CAUSES: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program is listening there',
  EACCES: 'this user may not',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'this machine has no such address',
};
