// An HTTP server for handlers of ring 2: it listens, keeps the limits, and hands each request on as facts. GET and HEAD
// alone, no bodies, whole answers. It knows no paths but those it is given, and trusts no header.

import {
  createServer,
  type IncomingMessage,
  type ServerResponse as NodeResponse,
  type Server,
} from 'node:http';
import type { Socket } from 'node:net';
import type { Address } from '../core/bytes/compact-address.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { HttpHandler, ServerRequest, ServerResponse } from '../host/http-server.ts';

export interface HttpServerOptions {
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
  /** Within which a handler must answer. @default 30 s */
  readonly responseTimeoutMs?: number;
  /** Told of a handler that threw; the asker gets status 500. @default throws it on, which ends the program */
  readonly handlerFailed?: (error: unknown) => void;
}

export interface HttpServer {
  /** Where it listens, with the port that it was given. */
  readonly address: Address;
  /** Takes no more connections, lets answers under way finish for a second, and ends. */
  close(): Promise<void>;
}

/** @throws SwarmlineError `LISTEN_FAILED` by way of the promise */
export async function serveHttp(options: HttpServerOptions): Promise<HttpServer> {
  const keepAliveTimeout = options.keepAliveMs ?? 15_000;
  const requestTimeout = options.requestTimeoutMs ?? 10_000;
  const maxRequests = options.maxRequestsPerConnection ?? 1_000;
  const requestsOn = new WeakMap<Socket, number>();
  const server = createServer(
    {
      maxHeaderSize: options.maxHeaderBytes ?? 16_384,
      headersTimeout: requestTimeout,
      requestTimeout,
      keepAliveTimeout,
      connectionsCheckingInterval: Math.min(1_000, requestTimeout),
      keepAlive: true,
      noDelay: true,
    },
    (request, response) => {
      // Node's own limit tells the client to go, and waits for it to do so.
      const asked = (requestsOn.get(request.socket) ?? 0) + 1;
      requestsOn.set(request.socket, asked);
      if (asked >= maxRequests) response.shouldKeepAlive = false;
      answer(request, response, options);
    },
  );
  server.maxConnections = options.maxConnections ?? 2_000;
  server.on('clientError', refuseGarbage);
  // Without a listener Node would take these over: an expected body is refused like any other, a tunnel is closed.
  server.on('checkContinue', (request, response) => answer(request, response, options));
  server.on('checkExpectation', (request, response) => answer(request, response, options));
  server.on('connect', (_, socket) => socket.destroy());
  server.on('upgrade', (request, socket) => {
    socket.end(rawAnswer(400, 'Bad Request'));
    request.destroy();
  });
  const address = await listen(server, options);
  return { address, close: () => close(server) };
}

async function listen(server: Server, { host, port = 0 }: HttpServerOptions): Promise<Address> {
  const attempt = (address: string) =>
    new Promise<Address>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: address, port, exclusive: true }, () => {
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
    const where = `port ${port}${host === undefined ? '' : ` of ${host}`}`;
    const reason = LISTEN_CAUSES[(cause as NodeJS.ErrnoException).code ?? ''] ?? (cause as Error).message;
    throw new SwarmlineError('LISTEN_FAILED', `The HTTP server cannot listen on ${where}: ${reason}.`, {
      where,
      cause,
    });
  }
}

function answer(request: IncomingMessage, response: NodeResponse, options: HttpServerOptions): void {
  const { method = '', url = '', socket } = request;
  const fault = faultIn(request, options.maxUrlLength ?? 8_192);
  if (fault !== undefined) {
    // A body, if one follows, is not read: the connection ends with the answer.
    response.shouldKeepAlive = false;
    send(response, method, fault);
    return;
  }
  const { remoteAddress, localAddress } = socket;
  if (remoteAddress === undefined || localAddress === undefined) {
    response.destroy(); // it has left already
    return;
  }
  const mark = url.indexOf('?');
  const facts: ServerRequest = {
    method: method === 'HEAD' ? 'HEAD' : 'GET',
    path: mark < 0 ? url : url.slice(0, mark),
    query: mark < 0 ? '' : url.slice(mark + 1),
    remoteHost: plainHost(remoteAddress),
    localHost: plainHost(localAddress),
  };
  const timer = setTimeout(
    () => send(response, method, plain(503, 'There was no answer in time.')),
    options.responseTimeoutMs ?? 30_000,
  );
  response.once('close', () => clearTimeout(timer));
  try {
    handlerFor(facts.path, options)(facts, given => send(response, method, given));
  } catch (error) {
    send(response, method, plain(500, 'The request could not be answered.'));
    if (options.handlerFailed === undefined) throw error;
    options.handlerFailed(error);
  }
}

/** What is wrong with a request before anybody looks at what it asks. */
function faultIn(
  { method, url = '', headers }: IncomingMessage,
  maxUrlLength: number,
): ServerResponse | undefined {
  if (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0) {
    return plain(413, 'A request here has no body.');
  }
  if (method !== 'GET' && method !== 'HEAD') {
    return plain(405, 'Only GET and HEAD are answered here.', { allow: 'GET, HEAD' });
  }
  if (url.length > maxUrlLength) return plain(414, 'The URL is too long.');
  if (!url.startsWith('/')) return plain(400, 'The URL must start with a slash.');
  return undefined;
}

function handlerFor(path: string, { routes, handle }: HttpServerOptions): HttpHandler {
  if (routes === undefined || routes.size === 0) return handle;
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    return handle; // no route has a path that is not UTF-8
  }
  return routes.get(decoded) ?? handle;
}

/** Sends the first answer to a request; later ones, and answers to those who have left, go nowhere. */
function send(response: NodeResponse, method: string, { status, headers, body }: ServerResponse): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, {
    ...headers,
    'content-length': body?.length ?? 0,
    'x-content-type-options': 'nosniff',
  });
  response.end(method === 'HEAD' ? undefined : body);
}

function plain(status: number, sentence: string, headers: Record<string, string> = {}): ServerResponse {
  return {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8', ...headers },
    body: new TextEncoder().encode(`${sentence}\n`),
  };
}

/** What is no HTTP, or too much or too slow of it. */
function refuseGarbage(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy();
  else if (error.code === 'HPE_HEADER_OVERFLOW')
    socket.end(rawAnswer(431, 'Request Header Fields Too Large'));
  else if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') socket.end(rawAnswer(408, 'Request Timeout'));
  else socket.end(rawAnswer(400, 'Bad Request'));
  socket.destroySoon();
}

function rawAnswer(status: number, reason: string): string {
  return `HTTP/1.1 ${status} ${reason}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`;
}

/** IPv4 in its own form where an IPv6 socket shows it as `::ffff:1.2.3.4`. */
function plainHost(address: string): string {
  return /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(address) ? address.slice(7) : address;
}

function close(server: Server): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}

const CLOSE_GRACE_MS = 1_000;
const LISTEN_CAUSES: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program is listening there',
  EACCES: 'this user may not',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'this machine has no such address',
};
