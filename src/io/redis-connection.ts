// The connections that the package @redis/client makes, to one server, to the master that Sentinels name, and to a cluster,
// as one kind: it sends a command and gives what comes back. And what its errors mean.

import { readFileSync } from 'node:fs';
import type { RedisClientOptions } from '@redis/client';
import { SwarmlineError } from '../core/errors.ts';
import { shown } from './http-fault.ts';
import type { RedisPlace } from './redis-url.ts';

export type Library = typeof import('@redis/client');
type Argument = string | Buffer;

export interface Connection {
  connect(): Promise<unknown>;
  send(key: string | undefined, command: Argument[]): Promise<unknown>;
  destroy(): void;
  onError: (error: unknown) => void;
}

export function connectionTo(place: RedisPlace, library: Library, tls: object): Connection {
  const { username, password, database, hosts } = place;
  const secure = place.isTls ? { tls: true, ...tls } : {};
  const options = (socket: object, retries: boolean): RedisClientOptions =>
    ({
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
      ...(database > 0 && { database }),
      socket: {
        connectTimeout: CONNECT_TIMEOUT_MS,
        reconnectStrategy: retries ? retryDelay : false,
        ...secure,
        ...socket,
      },
      disableOfflineQueue: true,
      maintNotifications: 'disabled',
    }) as RedisClientOptions;
  const bytes = { typeMapping: { [library.RESP_TYPES.BLOB_STRING]: Buffer } };
  const connection = { onError: (_: unknown) => {} };
  const hear = (error: unknown) => connection.onError(error);
  if (place.kind === 'cluster') {
    const cluster = library.createCluster({
      rootNodes: hosts.map(host => ({ socket: host })),
      defaults: options({}, true),
    } as Parameters<Library['createCluster']>[0]);
    cluster.on('error', hear);
    return Object.assign(connection, {
      connect: () => cluster.connect(),
      send: (key: string | undefined, command: Argument[]) => cluster.sendCommand(key, false, command, bytes),
      destroy: () => swallow(() => cluster.destroy()),
    });
  }
  if (place.kind === 'sentinel') {
    const { sentinelUsername, sentinelPassword } = place;
    const sentinel = library.createSentinel({
      name: place.masterName,
      sentinelRootNodes: [...hosts],
      nodeClientOptions: options({}, false),
      sentinelClientOptions: {
        ...(sentinelUsername !== undefined && { username: sentinelUsername }),
        ...(sentinelPassword !== undefined && { password: sentinelPassword }),
        socket: { connectTimeout: CONNECT_TIMEOUT_MS, ...secure },
      },
      // A call has a connection for itself.
      masterPoolSize: 4,
      maxCommandRediscovers: 1,
    } as Parameters<Library['createSentinel']>[0]);
    sentinel.on('error', hear);
    return Object.assign(connection, {
      connect: () => sentinel.connect(),
      send: (_: string | undefined, command: Argument[]) => sentinel.sendCommand(false, command, bytes),
      destroy: () => swallow(() => sentinel.destroy()),
    });
  }
  const socket = place.kind === 'unix' ? { path: place.path } : hosts[0]!;
  let attempt: unknown;
  let wasThere = false;
  const client = library.createClient(
    options(
      {
        ...socket,
        reconnectStrategy: (retries: number, cause: Error) => {
          attempt = cause;
          // What works once is not given up: a password may be changed, and changed back.
          return !wasThere && isHopeless(cause) ? cause : retryDelay(retries);
        },
      },
      true,
    ),
  );
  client.on('error', hear);
  client.on('ready', () => {
    wasThere = true;
  });
  return Object.assign(connection, {
    connect: () =>
      client.connect().catch((error: unknown) => {
        throw attempt ?? error;
      }),
    send: (_: string | undefined, command: Argument[]) => client.sendCommand(command, bytes),
    destroy: () => swallow(() => client.destroy()),
  });
}

function retryDelay(retries: number): number {
  return Math.min(50 * 2 ** Math.min(retries, 10), 2_000) + Math.floor(Math.random() * 50);
}

/** What no second attempt will mend. */
export function isHopeless(error: unknown): boolean {
  return (
    error instanceof Error && HOPELESS.test(`${(error as NodeJS.ErrnoException).code ?? ''} ${error.message}`)
  );
}

/** Why it failed, as the end of a sentence. */
export function reasonOf(cause: unknown): string {
  const error = cause instanceof AggregateError && cause.errors[0] instanceof Error ? cause.errors[0] : cause;
  if (!(error instanceof Error)) return 'nobody says why';
  if (NO_REDIS.test(error.message)) return 'what answers there is no Redis';
  if (NOT_CONNECTED.test(error.message)) return 'it is not connected';
  const reason = CAUSES[(error as NodeJS.ErrnoException).code ?? ''] ?? error.message;
  return shown(reason).replace(/\.$/, '');
}

/** A client that is closed already says so by throwing. */
function swallow(destroy: () => unknown): void {
  try {
    Promise.resolve(destroy()).catch(() => {});
  } catch {}
}

/** @throws SwarmlineError `STORE_URL_INVALID` */
export function tlsOptions({ caFile, certFile, keyFile, hosts, kind }: RedisPlace): object {
  const [ca, cert, key] = [caFile, certFile, keyFile].map(readTlsFile);
  const name = kind === 'single' && !/^[\d.]+$|:/.test(hosts[0]!.host) ? { servername: hosts[0]!.host } : {};
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }), ...name };
}

function readTlsFile(path: string | undefined): Buffer | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path);
  } catch (cause) {
    const sentence = `The URL of the tracker’s store names a file that cannot be read: ${shown(path)}.`;
    throw new SwarmlineError('STORE_URL_INVALID', sentence, { where: path, cause });
  }
}

const CONNECT_TIMEOUT_MS = 5_000;
const HOPELESS =
  /WRONGPASS|NOAUTH|NOPERM|ERR AUTH|invalid password|DB index|SELECT is not allowed|CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_SSL|ERR_TLS|EPROTO|Unknown RESP/i;
const NOT_CONNECTED = /Disconnects client|client is (?:closed|offline)/;
const NO_REDIS = /Unknown RESP/;
const CAUSES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was broken off',
  ETIMEDOUT: 'it could not be reached in time',
  EHOSTUNREACH: 'there is no way to it from here',
  ENETUNREACH: 'there is no way to it from here',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'its name could not be resolved at the moment',
  ENOENT: 'there is no such socket',
};
