// How many threads answer announces, the main one among them.

import { availableParallelism } from 'node:os';
import { libcSockets } from '../io/libc-sockets.ts';

export interface WorkerOptions {
  /** Threads that answer announces. @default as many as the machine has cores; one where more would bring nothing */
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
  store,
}: WorkerOptions & { readonly store?: string }): Promise<WorkerCount> {
  const count = workers ?? availableParallelism();
  if (count <= 1) return { count: 1 };
  const whyOne = await whyNotMore(store);
  return whyOne === undefined ? { count } : { count: 1, whyOne };
}

async function whyNotMore(store: string | undefined): Promise<string | undefined> {
  // Measured (docs/tracker-redis.md): a node takes 12 us of CPU for an announce, Redis 39.
  if (store !== undefined)
    return 'With a store elsewhere one thread answers, for the store is full before the thread is.';
  const libc = await libcSockets();
  return typeof libc === 'string' ? `Threads cannot share a port here, for ${libc}.` : undefined;
}
