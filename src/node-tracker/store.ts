// The store that a tracker's `--store` names: swarms in this process's memory, or in Redis or Valkey.

import { randomBytes } from 'node:crypto';
import { seededRandom } from '../core/bytes/prng.ts';
import type { Clock } from '../host/clock.ts';
import { nativeKeyedHashes } from '../io/native-hashes.ts';
import { openRedis } from '../io/redis-client.ts';
import { MemoryStore, type MemoryStoreOptions } from '../tracker/stores/memory.ts';
import { type RedisHealth, RedisStore, type RedisStoreOptions } from '../tracker/stores/redis.ts';
import type { SwarmStore } from '../tracker/swarm-store.ts';

export interface OpenStoreOptions extends MemoryStoreOptions, RedisStoreOptions {
  /** Of `newStoreMemory`: threads that share it are one swarm state; with Redis, one shadow of it. */
  readonly memory?: ArrayBufferLike;
}

export interface OpenStore {
  readonly store: SwarmStore;
  /** The swarms of this process: all that there are, or with Redis those that were announced here. */
  readonly memory: MemoryStore;
  /** Undefined where nothing is beyond this process. */
  health(): RedisHealth | undefined;
  /**
   * One secret for all nodes over this store: who was given a connection id by one is known to the others. `own` becomes it
   * where there is none yet; it is used too where nothing is beyond this process, or that does not answer.
   */
  sharedSecret(own: Uint8Array): Promise<Uint8Array>;
  close(): Promise<void>;
}

/**
 * Opens `redis://…` and its like (`io/redis-url` has them all), or memory where there is no URL. A Redis that cannot be
 * reached is no failure: the tracker answers from what it has, says so by `health`, and goes on trying. `clock` is the one
 * that announces are timed by.
 * @throws SwarmlineError `STORE_URL_INVALID`, `STORE_CLIENT_MISSING`, `STORE_REFUSED` by way of the promise
 */
export async function openStore(
  url: string | undefined,
  options: OpenStoreOptions,
  clock: Clock,
): Promise<OpenStore> {
  const random = seededRandom(randomBytes(4).readUInt32LE());
  const memory = new MemoryStore(options, {
    random,
    hashes: nativeKeyedHashes(),
    ...(options.memory !== undefined && { memory: options.memory }),
  });
  if (url === undefined) {
    const sharedSecret = async (own: Uint8Array) => own;
    return { store: memory, memory, health: () => undefined, sharedSecret, close: async () => {} };
  }
  const server = await openRedis(url);
  const store = new RedisStore(options, { server, shadow: memory, random, clock });
  const sharedSecret = (own: Uint8Array) => store.shared('secret', own);
  return { store, memory, health: () => store.health(), sharedSecret, close: () => store.close() };
}
