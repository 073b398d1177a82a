// Threads that answer the tracker's datagrams: each has sockets of its own on the one port, among which the system shares
// out what comes, and a store of its own over the one memory, so that all of them are one swarm state. This thread has
// that state too, by a store over the same memory; what is told to its tracker is not heard by the threads' (but see
// `register`).

import { Worker } from 'node:worker_threads';
import type { Address } from '../core/bytes/compact-address.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { ConnectionIdOptions } from '../tracker/connection-ids.ts';
import type { TrackerOptions } from '../tracker/options.ts';
import type { TorrentHashes } from '../tracker/served-torrents.ts';
import type { MemoryStoreOptions } from '../tracker/stores/memory.ts';
import type { UdpFront, UdpFrontOptions } from './udp-front.ts';

/** What a thread is started with: cloned, but for the memory, which is shared. */
export interface UdpThreadSettings {
  readonly front: UdpFrontOptions;
  readonly tracker: TrackerOptions;
  readonly store: MemoryStoreOptions;
  readonly connectionIds: ConnectionIdOptions;
  readonly memory: SharedArrayBuffer;
  readonly torrents: readonly TorrentHashes[];
  /** Of `newCountsMemory`, with a block for each thread and one more, the first, for others. @default nothing is counted */
  readonly counts?: SharedArrayBuffer;
  /** Which thread it is, from 1 on; `startUdpThreads` says. */
  readonly number?: number;
}

export type ToUdpThread =
  | { readonly type: 'register' | 'unregister'; readonly torrent: TorrentHashes }
  | { readonly type: 'close' };

export type FromUdpThread =
  | { readonly type: 'listening'; readonly address: Address; readonly way: string }
  | { readonly type: 'failed'; readonly code: string; readonly message: string }
  | { readonly type: 'closed' };

export interface UdpThreads extends UdpFront {
  register(torrent: TorrentHashes): void;
  unregister(torrent: TorrentHashes): void;
}

/**
 * Starts `count` threads. Where the platform cannot share a port among them, one is started, and `way` says so.
 * `failed` hears of a thread that ended by a fault: the others go on.
 * @throws SwarmlineError `LISTEN_FAILED` by way of the promise
 */
export async function startUdpThreads(
  count: number,
  settings: UdpThreadSettings,
  failed: (error: Error) => void,
): Promise<UdpThreads> {
  const threads: UdpThread[] = [];
  const close = async () => {
    await Promise.all(threads.map(thread => thread.close()));
  };
  try {
    // The first is alone on the port, so that another program that has it is noticed.
    const probe = new UdpThread({ ...settings, front: { ...settings.front, isShared: false } }, failed);
    threads.push(probe);
    const { address, way } = await probe.listening;
    if (count === 1 || !way.startsWith('UDP in batches')) return { ...talkTo(threads), address, way, close };
    await threads.pop()!.close();
    const front = { ...settings.front, port: address.port, isShared: true };
    for (let i = 1; i <= count; i++) threads.push(new UdpThread({ ...settings, front, number: i }, failed));
    await Promise.all(threads.map(thread => thread.listening));
    return { ...talkTo(threads), address, way: `${way}, by ${count} threads`, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function talkTo(threads: readonly UdpThread[]): Pick<UdpThreads, 'register' | 'unregister'> {
  const tell = (message: ToUdpThread) => {
    for (const thread of threads) thread.tell(message);
  };
  return {
    register: torrent => tell({ type: 'register', torrent }),
    unregister: torrent => tell({ type: 'unregister', torrent }),
  };
}

class UdpThread {
  readonly listening: Promise<{ readonly address: Address; readonly way: string }>;
  readonly #worker: Worker;
  readonly #ended: Promise<void>;

  constructor(settings: UdpThreadSettings, failed: (error: Error) => void) {
    this.#worker = new Worker(THREAD, { workerData: settings });
    this.#ended = new Promise(resolve => this.#worker.once('exit', () => resolve()));
    let hasListened = false;
    this.listening = new Promise((resolve, reject) => {
      this.#worker.on('message', (message: FromUdpThread) => {
        if (message.type === 'listening') {
          hasListened = true;
          resolve(message);
        } else if (message.type === 'failed') reject(new SwarmlineError(message.code, message.message));
      });
      this.#worker.on('error', error => (hasListened ? failed(error as Error) : reject(error)));
    });
    // Whoever does not wait for it any more need not hear of it.
    this.listening.catch(() => {});
  }

  tell(message: ToUdpThread): void {
    this.#worker.postMessage(message);
  }

  /** It ends by itself once its sockets are closed: a thread that was ended in the middle could hold a lock for ever. */
  async close(): Promise<void> {
    this.tell({ type: 'close' });
    await this.#ended;
  }
}

const THREAD = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/node-tracker/udp-thread.js' : './udp-thread.js',
  import.meta.url,
);
