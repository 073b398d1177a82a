// The daemon's HTTP server: reads requests, asks `rpc/access` whether they may be answered, and hands each to the face whose
// path it is. Node's own server: these are few requests, with bodies and streams.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Address } from '../core/bytes/compact-address.ts';
import { SwarmlineError } from '../core/errors.ts';
import { isSameSecret } from '../io/same-secret.ts';
import { type AccessRules, type AskedWith, checkAccess } from '../rpc/access.ts';
import { sendError } from './answers.ts';

export interface Asked extends AskedWith {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Percent-encoded as it came, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
}

/** Answers requests of its paths; whatever it throws is answered as an error. */
export interface Face {
  /** Whether the path is one of its own. */
  owns(path: string): boolean;
  /** Which of its paths are answered without a token. @default none */
  isOpen?(path: string): boolean;
  answer(asked: Asked): void | Promise<void>;
}

export interface DaemonHttpOptions {
  readonly host: string;
  readonly port: number;
  /** Looked at for each request: it may change. */
  readonly access: () => Omit<AccessRules, 'isSameSecret'>;
  /** The first that owns a path answers. */
  readonly faces: readonly Face[];
  /** Requests wait for it. */
  readonly ready: Promise<void>;
  /** For the head of a request; whoever is slower is shut out. @default 10,000 */
  readonly headMs?: number;
  /** For all of it. @default 60,000 */
  readonly requestMs?: number;
  /** A bug of ours. */
  readonly onBug: (error: unknown) => void;
}

export interface DaemonHttp {
  readonly address: Address;
  /** Answers until now, by their statuses. */
  readonly answers: ReadonlyMap<number, number>;
  close(): Promise<void>;
}

/** @throws SwarmlineError `LISTEN_FAILED`, `TOKEN_NEEDED` */
export async function serveDaemon(options: DaemonHttpOptions): Promise<DaemonHttp> {
  const { host, port, access, headMs = 10_000, requestMs = 60_000 } = options;
  checkToken(host, access().token);
  const answers = new Map<number, number>();
  const server = createServer(
    {
      headersTimeout: headMs,
      requestTimeout: requestMs,
      // Node looks every half a minute by itself, whatever it was told.
      connectionsCheckingInterval: Math.ceil(headMs / 10),
      maxHeaderSize: 16_384,
    },
    (request, response) => {
      response.once('close', () =>
        answers.set(response.statusCode, (answers.get(response.statusCode) ?? 0) + 1),
      );
      void answer(request, response, { ...access(), isSameSecret }, options);
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  const address = await listen(server, host, port);
  return { address, answers, close: () => close(server) };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  rules: AccessRules,
  { faces, ready, onBug }: DaemonHttpOptions,
): Promise<void> {
  const [path = '/', query = ''] = (request.url ?? '/').split(/\?(.*)/s, 2);
  const asked: Asked = {
    request,
    response,
    path,
    query: new URLSearchParams(query),
    method: request.method ?? 'GET',
    fields: request.headers as AskedWith['fields'],
  };
  try {
    const face = faces.find(each => each.owns(path));
    checkAccess(asked, face?.isOpen?.(path) === true ? { ...rules, token: undefined } : rules);
    if (face === undefined) throw new SwarmlineError('NOT_FOUND', `There is nothing at ${path}.`);
    await ready;
    await face.answer(asked);
  } catch (error) {
    if (!(error instanceof SwarmlineError)) onBug(error);
    sendError(asked, error);
  }
}

/** @throws SwarmlineError `TOKEN_NEEDED` */
export function checkToken(host: string, token: string | undefined): void {
  // "Authorization: Bearer" with nothing behind it would be right.
  if (token === '')
    throw new SwarmlineError(
      'TOKEN_NEEDED',
      'The token is empty, and everybody would know it: give another.',
    );
  if (token !== undefined || isLoopback(host)) return;
  throw new SwarmlineError(
    'TOKEN_NEEDED',
    `Beyond this machine (${host}) the daemon answers only those who know a token: give one with --token-file.`,
  );
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}

function listen(server: Server, host: string, port: number): Promise<Address> {
  return new Promise((resolve, reject) => {
    server.once('error', cause => {
      const message = `Nothing can listen on port ${port} of ${host}: ${(cause as NodeJS.ErrnoException).code === 'EADDRINUSE' ? 'another program is listening there' : cause.message}.`;
      reject(new SwarmlineError('LISTEN_FAILED', message, { where: `${host}:${port}`, cause }));
    });
    server.listen({ host, port }, () => {
      const { address, port: got } = server.address() as AddressInfo;
      resolve({ host: address, port: got });
    });
  });
}

/** Streams are ended; answers that are under way have a second. */
function close(server: Server): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(() => server.closeAllConnections(), 1000);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}

const MAX_CONNECTIONS = 500;
