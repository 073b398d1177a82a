// The Redis store on Debian's redis-server: what every store must do, two nodes over one Redis, and Redis going away.

import { onTestFinished, test } from 'vitest';
import { seededRandom } from '../../src/core/bytes/prng.ts';
import { nodeClock } from '../../src/io/clock.ts';
import { openRedis } from '../../src/io/redis-client.ts';
import { MemoryStore } from '../../src/tracker/stores/memory.ts';
import { RedisStore, type RedisStoreOptions } from '../../src/tracker/stores/redis.ts';
import { describeSwarmStore } from '../compliance/swarm-store.ts';
import { redisServer, startRedis } from './redis-servers.ts';

if (redisServer.path !== undefined) {
  describeSwarmStore('the Redis store', async ({ peerTimeoutMs }) => {
    const { url } = await startRedis();
    return open(url, { peerTimeoutMs });
  });
}

async function open(url: string, options: RedisStoreOptions): Promise<RedisStore> {
  const random = seededRandom(1);
  const server = await openRedis(url);
  const shadow = new MemoryStore({ ...options, memoryBytes: 4 * 1024 * 1024 }, { random });
  const store = new RedisStore(options, { server, shadow, random, clock: nodeClock, epochMs: 0 });
  onTestFinished(() => store.close());
  return store;
}
test.skip('', () => {});
