// Threads that answer announces beside the main one, by UDP and by HTTP: each has sockets of its own on the one port, among which
// the system shares out what comes, and a tracker of its own over the memory that all have in common: swarms, limits, keys,
// counts. What cannot lie in shared memory (options, lists, bans, torrents, what WebSockets add to the counts) is told to
// them; whoever tells can wait until all have heard. What only the main thread can answer (WebSockets, TLS, scrapes by HTTP,
// the page, the API) comes to it by connections that they give it.

import { Worker } from 'node:worker_threads';
import type { Address } from '../core/bytes/compact-address.ts';
import type { IpPrefix } from '../core/bytes/ip-prefix.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { SwarmCounts } from '../core/tracker/announce.ts';
import type { GivenConnection } from '../io/http-handover.ts';
import type { SharedAccessList } from '../tracker/access-list.ts';
import type { Ban } from '../tracker/bans.ts';
import type { ConnectionIdOptions } from '../tracker/connection-ids.ts';
import type { TrackerOptions } from '../tracker/options.ts';
import type { PartialSeedTold } from '../tracker/partial-seeds.ts';
import type { SharedPasskeys } from '../tracker/passkeys.ts';
import type { TorrentHashes } from '../tracker/served-torrents.ts';
import type { MemoryStoreOptions } from '../tracker/stores/memory.ts';
import type { TrackerMemory } from '../tracker/tracker.ts';
import type { UdpFrontOptions } from './udp-front.ts';

/** What may change while they run. Cloned, but for what is shared in it. */
export interface ThreadRules {
  readonly options: TrackerOptions;
  readonly list?: SharedAccessList | undefined;
  readonly keys?: SharedPasskeys | undefined;
  readonly torrents: readonly TorrentHashes[];
  readonly trustedProxies: readonly IpPrefix[];
  /** Connections may be by TLS. */
  readonly hasTls: boolean;
}

/** How a thread answers HTTP: at the address of the main one. */
export interface ThreadHttpOptions {
  readonly address: Address;
  readonly maxConnections: number;
  readonly maxConnectionsPerHost: number;
  readonly proxyProtocol: boolean;
  readonly placesMemory: SharedArrayBuffer;
}

/** What a thread is started with. */
export interface ThreadSettings {
  /** @default it does not answer UDP */
  readonly udp?: UdpFrontOptions | undefined;
  /** @default it does not answer HTTP */
  readonly http?: ThreadHttpOptions | undefined;
  readonly rules: ThreadRules;
  readonly bans: readonly Ban[];
  readonly connectionIds: ConnectionIdOptions;
  readonly store: MemoryStoreOptions;
  readonly storeMemory: SharedArrayBuffer;
  readonly trackerMemory: TrackerMemory;
  /** Of `newCountsMemory`, with a block for each thread, the main one too. */
  readonly counts: SharedArrayBuffer;
  /** Its number; 0 is the main one. */
  readonly thread: number;
}

/** A swarm's counts of peers that the store does not have; undefined where there are none any more. */
export interface ChangedCounts {
  /** As a binary string. */
  readonly name: string;
  readonly counts: SwarmCounts | undefined;
}

export type Told =
  | { readonly type: 'configure'; readonly rules: ThreadRules }
  | { readonly type: 'ban'; readonly bans: readonly Ban[] }
  | { readonly type: 'register'; readonly torrent: TorrentHashes }
  | { readonly type: 'unregister'; readonly torrent: TorrentHashes }
  | { readonly type: 'others'; readonly changes: readonly ChangedCounts[] };

export type ToThread = (Told & { readonly number: number }) | { readonly type: 'close' };

export type FromThread =
  | { readonly type: 'listening' }
  | { readonly type: 'failed'; readonly code: string; readonly message: string }
  | { readonly type: 'heard'; readonly number: number }
  | { readonly type: 'connection'; readonly connection: GivenConnection }
  | {
      readonly type: 'partial seed';
      readonly infoHash: Uint8Array;
      readonly ip: Uint8Array;
      readonly port: number;
      readonly isPartial: boolean;
    };

/** What threads leave to the main one. */
export interface MainThread {
  connectionGiven(connection: GivenConnection): void;
  partialSeedTold: PartialSeedTold;
  /** A thread ended by a fault. */
  failed(error: Error): void;
}

export interface TrackerThreads {
  /** Resolved when all have heard it, and answer by it. */
  tell(what: Told): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts `count` threads, which are numbered from 1 on.
 * @throws SwarmlineError `LISTEN_FAILED` by way of the promise
 */
export async function startThreads(
  count: number,
  settings: Omit<ThreadSettings, 'thread'>,
  main: MainThread,
): Promise<TrackerThreads> {
  const threads = Array.from(
    { length: count },
    (_, i) => new TrackerThread({ ...settings, thread: i + 1 }, main),
  );
  const close = async () => {
    await Promise.all(threads.map(thread => thread.close()));
  };
  try {
    await Promise.all(threads.map(thread => thread.listening));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    tell: async what => {
      await Promise.all(threads.map(thread => thread.tell(what)));
    },
    close,
  };
}

class TrackerThread {
  readonly listening: Promise<void>;
  readonly #worker: Worker;
  readonly #ended: Promise<void>;
  readonly #unheard = new Map<number, () => void>();
  #number = 0;
  #isOver = false;

  constructor(settings: ThreadSettings, main: MainThread) {
    this.#worker = new Worker(THREAD, { workerData: settings });
    this.#ended = new Promise(resolve =>
      this.#worker.once('exit', () => {
        this.#isOver = true;
        // Whoever waits for it need wait no longer.
        for (const heard of this.#unheard.values()) heard();
        this.#unheard.clear();
        resolve();
      }),
    );
    let hasListened = false;
    this.listening = new Promise((resolve, reject) => {
      this.#worker.on('message', (message: FromThread) => {
        if (message.type === 'listening') {
          hasListened = true;
          resolve();
        } else if (message.type === 'failed') reject(new SwarmlineError(message.code, message.message));
        else if (message.type === 'connection') main.connectionGiven(message.connection);
        else if (message.type === 'partial seed')
          main.partialSeedTold(message.infoHash, message.ip, message.port, message.isPartial);
        else {
          this.#unheard.get(message.number)?.();
          this.#unheard.delete(message.number);
        }
      });
      this.#worker.on('error', error => (hasListened ? main.failed(error as Error) : reject(error)));
    });
    // Whoever does not wait for it any more need not hear of it.
    this.listening.catch(() => {});
  }

  tell(what: Told): Promise<void> {
    if (this.#isOver) return Promise.resolve();
    const number = ++this.#number;
    return new Promise(resolve => {
      this.#unheard.set(number, resolve);
      this.#worker.postMessage({ ...what, number } satisfies ToThread);
    });
  }

  /** It ends by itself once its sockets are closed: a thread that was ended in the middle could hold a lock for ever. */
  async close(): Promise<void> {
    // One that could not start hears nothing, and is over already.
    await this.listening.then(
      () => this.#worker.postMessage({ type: 'close' } satisfies ToThread),
      () => {},
    );
    await this.#ended;
  }
}

const THREAD = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/node-tracker/tracker-thread.js' : './tracker-thread.js',
  import.meta.url,
);
