// Redis and Valkey behind host/key-value, by the package @redis/client, which is loaded when a tracker asks for it and need
// not be installed. It connects again by itself. What is asked while it is away fails at once: nothing queues here.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { RedisClientOptions } from '@redis/client';
import { SwarmlineError } from '../core/errors.ts';
import type { KeyValueServer } from '../host/key-value.ts';
import { shown } from './http-fault.ts';
import { clusterSlot, SLOTS } from './redis-slot.ts';
import { parseRedisUrl, type RedisPlace } from './redis-url.ts';

/**
 * Connects. Where the server cannot be reached at the moment it goes on trying, and every call fails until then.
 * @throws SwarmlineError by way of the promise: `STORE_URL_INVALID`, `STORE_CLIENT_MISSING`, `STORE_REFUSED` where it is
 * there and trying again would not help: a wrong password, no such database, not a Redis
 */
export async function openRedis(url: string): Promise<KeyValueServer> {
  const place = parseRedisUrl(url);
  const library = await import('@redis/client').catch((cause: unknown) => {
    const sentence = 'A tracker over Redis needs the package @redis/client: npm install @redis/client.';
    throw new SwarmlineError('STORE_CLIENT_MISSING', sentence, { cause });
  });
  const server = new RedisServer(place, library, tlsOptions(place));
  await server.connected;
  return server;
}

class RedisServer implements KeyValueServer {
  /** Settles when the first attempt has. */
  readonly connected: Promise<void>;
  readonly isCluster: boolean;
  readonly parts: number;
  readonly #place: RedisPlace;
  readonly #library: Library;
  readonly #tls: object;
  #connection: Connection | undefined;
  /** One that is being made. */
  #next: Connection | undefined;
  #isClosed = false;
  #attempts = 0;
  #retry: NodeJS.Timeout | undefined;

  constructor(place: RedisPlace, library: Library, tls: object) {
    this.#place = place;
    this.#library = library;
    this.#tls = tls;
    this.isCluster = place.kind === 'cluster';
    this.parts = this.isCluster ? CLUSTER_PARTS : 1;
    this.connected = new Promise((resolve, reject) => this.#connect(resolve, reject));
  }

  partOf(key: string): number {
    return this.isCluster ? Math.floor(clusterSlot(key) / (SLOTS / CLUSTER_PARTS)) : 0;
  }

  run(
    script: string,
    keys: readonly string[],
    args: readonly (string | Uint8Array)[],
    done: (reply: Uint8Array | SwarmlineError) => void,
  ): void {
    const connection = this.#connection;
    if (connection === undefined) {
      setImmediate(() => done(this.#fault(new Error('it is not connected'))));
      return;
    }
    const plain = args.map(arg => (typeof arg === 'string' ? arg : bufferOf(arg)));
    const rest = [String(keys.length), ...keys, ...plain];
    const send = (command: string, first: string) => connection.send(keys[0], [command, first, ...rest]);
    send('EVALSHA', shaOf(script))
      // A server that was started again, or took over from another, has not seen it yet.
      .catch((error: unknown) => {
        if (error instanceof Error && error.message.startsWith('NOSCRIPT')) return send('EVAL', script);
        throw error;
      })
      .then(
        reply => (Buffer.isBuffer(reply) ? reply : this.#fault(new Error('its answer is no string'))),
        (error: unknown) => this.#fault(error),
      )
      .then(done);
  }

  afterTurn(call: () => void): void {
    setImmediate(call);
  }

  reconnect(): void {
    if (this.#isClosed || this.#next !== undefined || this.#retry !== undefined) return;
    this.#connect();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    this.#next?.destroy();
    this.#connection?.destroy();
    this.#connection = undefined;
  }

  /** Makes a connection and puts it in the place of the old one. */
  #connect(connected?: () => void, refused?: (fault: SwarmlineError) => void): void {
    this.#retry = undefined;
    const next = connectionTo(this.#place, this.#library, this.#tls);
    this.#next = next;
    let cause: unknown;
    next.onError = error => {
      cause = error;
      // It goes on trying by itself; who waits for it need not.
      if (!isHopeless(error)) connected?.();
    };
    const patience = setTimeout(() => connected?.(), PATIENCE_MS);
    patience.unref();
    next.connect().then(
      () => {
        clearTimeout(patience);
        this.#next = undefined;
        if (this.#isClosed) next.destroy();
        else this.#replace(next);
        connected?.();
      },
      (error: unknown) => {
        clearTimeout(patience);
        next.destroy();
        this.#next = undefined;
        if (this.#isClosed) return;
        const final = isHopeless(error) ? error : isHopeless(cause) ? cause : undefined;
        if (final !== undefined && refused !== undefined) {
          this.#isClosed = true;
          refused(this.#fault(final, 'STORE_REFUSED'));
          return;
        }
        connected?.();
        const delayMs = Math.min(100 * 2 ** this.#attempts++, 2_000);
        this.#retry = setTimeout(() => this.#connect(), delayMs);
        this.#retry.unref();
      },
    );
  }

  #replace(next: Connection): void {
    this.#attempts = 0;
    const old = this.#connection;
    this.#connection = next;
    old?.destroy();
  }

  #fault(cause: unknown, code = 'STORE_FAILED'): SwarmlineError {
    const error =
      cause instanceof AggregateError && cause.errors[0] instanceof Error ? cause.errors[0] : cause;
    const reason =
      error instanceof Error ? (CAUSES[(error as NodeJS.ErrnoException).code ?? ''] ?? error.message) : '';
    const { shown: where } = this.#place;
    const sentence = `The tracker’s store at ${where} failed: ${shown(reason).replace(/\.$/, '')}.`;
    return new SwarmlineError(code, sentence, { where, cause });
  }
}

type Library = typeof import('@redis/client');
type Argument = string | Buffer;

interface Connection {
  connect(): Promise<unknown>;
  send(key: string | undefined, command: Argument[]): Promise<unknown>;
  destroy(): void;
  onError: (error: unknown) => void;
}

function connectionTo(place: RedisPlace, library: Library, tls: object): Connection {
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
function isHopeless(error: unknown): boolean {
  return (
    error instanceof Error && HOPELESS.test(`${(error as NodeJS.ErrnoException).code ?? ''} ${error.message}`)
  );
}

/** A client that is closed already says so by throwing. */
function swallow(destroy: () => unknown): void {
  try {
    Promise.resolve(destroy()).catch(() => {});
  } catch {}
}

/** @throws SwarmlineError `STORE_URL_INVALID` */
function tlsOptions({ caFile, certFile, keyFile, hosts, kind }: RedisPlace): object {
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

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

function shaOf(script: string): string {
  let sha = shas.get(script);
  if (sha === undefined) {
    sha = createHash('sha1').update(script).digest('hex');
    shas.set(script, sha);
  }
  return sha;
}

const shas = new Map<string, string>();
/** A master of a cluster that fails takes with it what is in its slots: so many parts of the slots are judged apart. */
const CLUSTER_PARTS = 64;
const CONNECT_TIMEOUT_MS = 5_000;
const PATIENCE_MS = 5_000;
const HOPELESS =
  /WRONGPASS|NOAUTH|NOPERM|ERR AUTH|invalid password|DB index|SELECT is not allowed|CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_SSL|ERR_TLS|EPROTO|Protocol error|RESP/i;
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
