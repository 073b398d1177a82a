// Redis and Valkey behind host/key-value, by the package @redis/client, which is loaded when a tracker asks for it and need
// not be installed. It connects again by itself. What is asked while it is away fails at once: nothing queues here.

import { createHash } from 'node:crypto';
import { SwarmlineError } from '../core/errors.ts';
import type { KeyValueServer } from '../host/key-value.ts';
import {
  type Connection,
  connectionTo,
  isHopeless,
  type Library,
  reasonOf,
  tlsOptions,
} from './redis-connection.ts';
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
  #lastError: unknown;
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
      setImmediate(() => done(this.#fault(this.#lastError ?? new Error('it is not connected'))));
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
    this.#lastError = undefined;
    const next = connectionTo(this.#place, this.#library, this.#tls);
    this.#next = next;
    // The library goes on where what answers is no Redis; it is enough that it says so.
    const hopeless = new Promise<never>((_, reject) => {
      next.onError = error => {
        this.#lastError = error;
        if (isHopeless(error)) reject(error);
        // It goes on trying by itself; who waits for it need not.
        else connected?.();
      };
    });
    const patience = setTimeout(() => connected?.(), PATIENCE_MS);
    patience.unref();
    Promise.race([next.connect(), hopeless]).then(
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
        // This one is only a summary where its parts were heard before.
        this.#lastError ??= error;
        if (isHopeless(error) && refused !== undefined) {
          this.#isClosed = true;
          refused(this.#fault(error, 'STORE_REFUSED'));
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
    const { shown: where } = this.#place;
    const sentence = `The tracker’s store at ${where} failed: ${reasonOf(cause)}.`;
    return new SwarmlineError(code, sentence, { where, cause });
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
/** A start does not wait longer for what does not answer. */
const PATIENCE_MS = 5_000;
