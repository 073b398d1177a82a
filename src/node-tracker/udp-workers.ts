// How many threads answer UDP, and all of them as one front. The main thread, which has HTTP and WebSocket too, is one of them.

import { availableParallelism } from 'node:os';
import { libcSockets } from '../io/libc-sockets.ts';
import { startUdpFront, type UdpFront, type UdpFrontDeps, type UdpFrontOptions } from './udp-front.ts';
import { startUdpThreads, type Told, type UdpThreadSettings } from './udp-threads.ts';

export interface WorkerOptions {
  /** Threads that answer UDP. @default as many as the machine has cores; one where more would bring nothing */
  readonly workers?: number;
}

export interface WorkerCount {
  readonly count: number;
  /** Why it is one and not more, as a sentence; undefined where that is what was asked for, or what there is. */
  readonly whyOne?: string | undefined;
}

/** How many there are to be. */
export async function workerCount({
  workers,
  udp,
  store,
}: WorkerOptions & { readonly udp?: boolean; readonly store?: string }): Promise<WorkerCount> {
  const count = workers ?? availableParallelism();
  if (count <= 1) return { count: 1 };
  const whyOne = await whyNotMore(udp, store);
  return whyOne === undefined ? { count } : { count: 1, whyOne };
}

async function whyNotMore(udp: boolean | undefined, store: string | undefined): Promise<string | undefined> {
  if (udp === false) return 'Only UDP is answered by several threads, and it is switched off.';
  // Measured (docs/tracker-redis.md): a node takes 12 us of CPU for an announce, Redis 39.
  if (store !== undefined)
    return 'With a store elsewhere one thread answers, for the store is full before the thread is.';
  const libc = await libcSockets();
  return typeof libc === 'string' ? `Threads cannot share a port here, for ${libc}.` : undefined;
}

export interface UdpWorkers extends UdpFront {
  tell(what: Told): Promise<void>;
}

/**
 * Listens by `count` threads, this one among them.
 * @throws SwarmlineError `LISTEN_FAILED` by way of the promise
 */
export async function startUdpWorkers(
  count: number,
  front: UdpFrontOptions,
  deps: UdpFrontDeps,
  settings: Omit<UdpThreadSettings, 'thread' | 'front'>,
): Promise<UdpWorkers> {
  // Alone on the port at first, so that another program that has it is noticed.
  const alone = await startUdpFront({ ...front, isShared: false }, deps);
  await alone.close();
  const shared = { ...front, port: alone.address.port, isShared: true };
  const own = await startUdpFront(shared, deps);
  try {
    const threads = await startUdpThreads(count - 1, { ...settings, front: shared }, error => {
      // As a fault of this thread would: a tracker that answers some only is not found out.
      throw error;
    });
    return {
      address: own.address,
      way: `${own.way}, by ${count} threads`,
      tell: threads.tell,
      close: async () => {
        await Promise.all([own.close(), threads.close()]);
      },
    };
  } catch (error) {
    await own.close();
    throw error;
  }
}
