// The Redis store on Debian's redis-server: what every store must do, two nodes over one Redis, and Redis going away.

import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, onTestFinished } from 'vitest';
import { seededRandom } from '../../src/core/bytes/prng.ts';
import { nodeClock } from '../../src/io/clock.ts';
import { openRedis } from '../../src/io/redis-client.ts';
import { openStore } from '../../src/node-tracker/store.ts';
import { MemoryStore } from '../../src/tracker/stores/memory.ts';
import { RedisStore, type RedisStoreOptions } from '../../src/tracker/stores/redis.ts';
import type { SwarmAnnounce, SwarmAnswer } from '../../src/tracker/swarm-store.ts';
import { describeSwarmStore } from '../compliance/swarm-store.ts';
import { foreignProgram, freePort, interopTest, start, temporaryFolder } from './peers.ts';
import { askRedis, redisServer, startRedis, startRedisCluster, startSentinel } from './redis-servers.ts';

const openssl = foreignProgram('openssl');
const NAME = 'the Redis store passes the suite of every store';
if (redisServer.path === undefined) interopTest(NAME, [redisServer], async () => {});
else {
  describeSwarmStore('the Redis store', async ({ peerTimeoutMs }) => {
    const store = await open((await startRedis()).url, { peerTimeoutMs, hot: { freshMs: 2_000 } });
    // Nothing of it came from the node's own memory.
    onTestFinished(() => expect(store.health()).toMatchObject({ state: 'up', answeredAlone: 0 }));
    return store;
  });
}

interopTest('two nodes over one Redis are one tracker', [redisServer], async () => {
  const { url, port } = await startRedis();
  const [here, there] = [await open(url), await open(url)];
  expect(await announce(here, { port: 1 })).toMatchObject({ incomplete: 1, peers: [] });
  expect(await announce(there, { port: 2, role: 'seed' })).toMatchObject({ complete: 1, peers: [1] });
  expect((await announce(here, { port: 1 })).peers).toEqual([2]);
  expect(await announce(there, { port: 1, role: 'seed', completed: true })).toMatchObject({ downloaded: 1 });
  expect(await announce(here, { port: 1, role: 'gone' })).toMatchObject({ complete: 1, incomplete: 0 });
  expect(await counts(there)).toEqual({ complete: 1, incomplete: 0, downloaded: 1 });
  // All of a swarm lies in one slot of a cluster, and every key goes by itself.
  const keys = [...(await askRedis(port, 'KEYS', '*')).matchAll(/swarmline:\S*/g)].map(([key]) => key);
  expect(keys.length).toBeGreaterThan(1);
  for (const key of keys) {
    expect(key).toContain(`{${'07'.repeat(20)}}`);
    expect(Number((await askRedis(port, 'TTL', key)).slice(1))).toBeGreaterThan(0);
  }
});

interopTest(
  'a large swarm that many ask for is answered from what was drawn of it',
  [redisServer],
  async () => {
    const { url } = await startRedis();
    const store = await open(url, { hot: { minPeers: 100, announces: 4, freshMs: 60_000 } });
    await Promise.all(ports(400).map(port => announce(store, { port })));
    const given = new Set<number>();
    for (let i = 0; i < 50; i++) {
      const port = 1 + (i % 400);
      const { peers, incomplete } = await announce(store, { port });
      expect(peers).toHaveLength(50);
      expect(new Set(peers).size).toBe(50);
      expect(peers).not.toContain(port);
      expect(incomplete).toBe(400);
      for (const peer of peers) given.add(peer);
    }
    expect(given.size).toBeGreaterThan(150);
    expect(store.health().answeredHot).toBeGreaterThan(40);
    // Who is answered so is told to Redis all the same.
    await announce(store, { port: 1_000 });
    const other = await open(url);
    expect(await counts(other)).toMatchObject({ incomplete: 401 });
  },
);

interopTest(
  'a node goes on alone when Redis dies, and tells it all when it is back',
  [redisServer],
  async () => {
    const redis = await startRedis();
    const [here, there] = [await open(redis.url), await open(redis.url)];
    for (const port of ports(30)) await announce(here, { port });
    for (const port of ports(30)) await announce(there, { port: port + 100 });
    await announce(here, { port: 7, role: 'seed', completed: true });
    await redis.kill();
    // Under load: every announce is answered, none with an empty swarm.
    for (let i = 0; i < 200; i++) {
      const answers = await Promise.all([here, there].map(store => announce(store, { port: 7, want4: 25 })));
      for (const { peers } of answers) expect(peers.length).toBeGreaterThanOrEqual(25);
    }
    expect(here.health()).toMatchObject({ state: 'down', fault: { code: 'STORE_FAILED' } });
    await announce(here, { port: 31 });
    await announce(here, { port: 1, role: 'gone' });
    await announce(here, { port: 8, role: 'seed', completed: true });
    await redis.start();
    await until(() => here.health().state === 'up' && there.health().state === 'up');
    // Redis came back empty. Now it has what both knew: 31 + 31 of two nodes (7 was at both), less one that left.
    const fresh = await open(redis.url);
    expect(await counts(fresh)).toEqual({ complete: 1, incomplete: 59, downloaded: 2 });
    const { peers } = await announce(fresh, { port: 9_999, want4: 200 });
    expect(peers).not.toContain(1);
    expect(peers).toEqual(expect.arrayContaining([7, 8, 31, 101, 130]));
  },
);

interopTest('who left while Redis was away is not there when it is back', [redisServer], async () => {
  const redis = await startRedis();
  const store = await open(redis.url, { answerTimeoutMs: 100 });
  for (const port of ports(5)) await announce(store, { port });
  redis.freeze();
  // Nobody waits longer than the time-out, and after that nobody waits.
  expect((await announce(store, { port: 6 })).peers).toHaveLength(5);
  expect(store.health()).toMatchObject({ state: 'down', fault: { code: 'STORE_SILENT' }, underWay: 0 });
  await announce(store, { port: 2, role: 'gone' });
  redis.thaw();
  await until(() => store.health().state === 'up');
  const other = await open(redis.url);
  expect((await announce(other, { port: 100 })).peers).toEqual([1, 3, 4, 5, 6]);
});

interopTest('no more waits for Redis than may', [redisServer], async () => {
  const redis = await startRedis();
  const store = await open(redis.url, { answerTimeoutMs: 300, maxUnderWay: 50 });
  redis.freeze();
  const answers = ports(500).map(port => announce(store, { port }));
  expect(store.health().underWay).toBe(50);
  await Promise.all(answers);
  expect(store.health()).toMatchObject({ answered: 0, answeredAlone: 500, underWay: 0 });
  redis.thaw();
});

interopTest('a Redis without room is a fault that is told, and no loss', [redisServer], async () => {
  const redis = await startRedis();
  const store = await open(redis.url);
  await announce(store, { port: 1 });
  await askRedis(redis.port, 'CONFIG', 'SET', 'maxmemory', '1');
  expect((await announce(store, { port: 2 })).peers).toEqual([1]);
  expect(store.health().state).toBe('down');
  expect(store.health().fault?.message).toMatch(
    /^The tracker’s store at 127\.0\.0\.1:\d+ failed: .*maxmemory/,
  );
  await askRedis(redis.port, 'CONFIG', 'SET', 'maxmemory', '0');
  await until(() => store.health().state === 'up');
  expect(await counts(await open(redis.url))).toMatchObject({ incomplete: 2 });
});

interopTest('a tracker can be started before its Redis', [redisServer], async () => {
  const redis = await startRedis();
  await redis.kill();
  const opened = await openStore(redis.url, { memoryBytes: 4 * 1024 * 1024 }, nodeClock);
  onTestFinished(() => opened.close());
  expect(await announce(opened.store, { port: 1 })).toMatchObject({ incomplete: 1 });
  expect(opened.health()).toMatchObject({ state: 'down' });
  await redis.start();
  await until(() => opened.health()?.state === 'up');
  expect(await counts(await open(redis.url))).toMatchObject({ incomplete: 1 });
});

interopTest('a wrong password is said at once', [redisServer], async () => {
  const { port } = await startRedis('--requirepass', 'right');
  await expect(openRedis(`redis://:wrong@127.0.0.1:${port}`)).rejects.toMatchObject({
    code: 'STORE_REFUSED',
    message: expect.stringMatching(/^The tracker’s store at 127\.0\.0\.1:\d+ failed: .*password/),
  });
  await expect(openRedis(`redis://:right@127.0.0.1:${port}/99`)).rejects.toMatchObject({
    code: 'STORE_REFUSED',
  });
  const store = await open(`redis://default:right@127.0.0.1:${port}/3`);
  expect(await announce(store, { port: 1 })).toMatchObject({ incomplete: 1 });
});

interopTest('by TLS, with a certificate that is checked', [redisServer, openssl], async () => {
  const folder = temporaryFolder();
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const form = ['-newkey', 'rsa:2048', '-nodes', '-days', '1', '-keyout', key, '-out', cert];
  await start(openssl, ['req', '-x509', ...form, ...subject]).exited;
  const tlsPort = await freePort();
  const files = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-auth-clients', 'no'];
  await startRedis('--tls-port', String(tlsPort), ...files);
  const url = `rediss://127.0.0.1:${tlsPort}`;
  await expect(openRedis(url)).rejects.toMatchObject({ code: 'STORE_REFUSED' });
  const store = await open(`${url}?ca=${encodeURIComponent(cert)}`);
  expect(await announce(store, { port: 1 })).toMatchObject({ incomplete: 1 });
  expect(store.health()).toMatchObject({ state: 'up', answeredAlone: 0 });
});

interopTest('by a socket of this machine', [redisServer], async () => {
  const { folder } = await startRedis('--unixsocket', 'redis.sock');
  const store = await open(`redis+unix://${folder}/redis.sock`);
  expect(await announce(store, { port: 1 })).toMatchObject({ incomplete: 1 });
  expect(store.health()).toMatchObject({ state: 'up', answeredAlone: 0 });
});

interopTest('a cluster of three machines, of which one is away for a while', [redisServer], async () => {
  const nodes = await startRedisCluster(3);
  const url = `redis+cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`;
  const [here, there] = [await open(url), await open(url)];
  const hashes = Array.from({ length: 60 }, (_, i) => new Uint8Array(20).fill(i));
  const all = (store: RedisStore, port: number, more: Partial<SwarmAnnounce> = {}) =>
    Promise.all(hashes.map(infoHash => announce(store, { infoHash, port, ...more })));
  await all(here, 1);
  for (const { peers } of await all(there, 2)) expect(peers).toEqual([1]);
  expect(here.health()).toMatchObject({ state: 'up', answeredAlone: 0, answered: 60 });
  // Each machine has a part of the swarms.
  for (const { port } of nodes) expect(await askRedis(port, 'DBSIZE')).toMatch(/^:[1-9]/);

  await nodes[1]!.kill();
  // Nobody goes without: the swarms of the two others from Redis, those of the third from each node's own memory.
  for (const { peers } of await all(here, 3)) expect(peers).toContain(1);
  expect(here.health().state).toBe('partly');
  const known = (await all(here, 3)).map(({ peers }) => peers.length);
  expect(new Set(known)).toEqual(new Set([1, 2]));
  await nodes[1]!.start();
  await all(there, 2);
  await until(() => here.health().state === 'up' && there.health().state === 'up');
  const fresh = await open(url);
  for (const { peers } of await all(fresh, 4)) expect(peers).toEqual([1, 2, 3]);
});

interopTest('the master that a Sentinel names, and the one after it', [redisServer], async () => {
  const [master, replica] = [await startRedis('--repl-diskless-sync-delay', '0'), await startRedis()];
  await askRedis(replica.port, 'REPLICAOF', '127.0.0.1', String(master.port));
  const sentinel = await startSentinel(master.port);
  // What is written before the replica follows its master is lost with it.
  const isReady = async () =>
    (await askRedis(sentinel.port, 'SENTINEL', 'REPLICAS', 'swarm')).includes(String(replica.port)) &&
    (await askRedis(replica.port, 'INFO', 'replication')).includes('master_link_status:up');
  while (!(await isReady())) await delay(50);
  const store = await open(`redis+sentinel://127.0.0.1:${sentinel.port}/swarm`);
  expect(await announce(store, { port: 1 })).toMatchObject({ incomplete: 1 });
  expect(store.health()).toMatchObject({ state: 'up', answeredAlone: 0 });
  await master.kill();
  expect((await announce(store, { port: 2 })).peers).toEqual([1]);
  // The store answers alone until Sentinel has chosen, which may be before it is asked.
  await until(() => {
    const { state, answeredAlone, writtenBack } = store.health();
    return state === 'up' && (writtenBack > 0 || answeredAlone === 0);
  });
  const other = await open(replica.url);
  expect((await announce(other, { port: 3 })).peers).toEqual([1, 2]);
});

interopTest('agrees with a list of peers, whatever is announced by which node', [redisServer], async () => {
  const { url } = await startRedis();
  const step = fc.record({
    node: fc.nat(1),
    peer: fc.nat(40),
    v6: fc.boolean(),
    role: fc.constantFrom('seed' as const, 'leecher' as const, 'gone' as const),
    minutes: fc.constantFrom(0, 0, 0, 1, 4),
  });
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 150 }), async steps => {
      const options = { prefix: `${run++}:`, peerTimeoutMs: 10 * MINUTE };
      const nodes = [await open(url, options), await open(url, options)];
      const model = new Map<string, { role: string; window: number }>();
      let now = 0;
      for (const { node, peer, v6, role, minutes } of steps) {
        now += minutes * MINUTE;
        const window = Math.floor(now / (2.5 * MINUTE));
        const ip = new Uint8Array(v6 ? 16 : 4).fill(1);
        const answer = await announce(nodes[node]!, { ip, port: peer + 1, role, want6: 50 }, now);
        for (const [key, seen] of model) if (window - seen.window >= 5) model.delete(key);
        if (role === 'gone') model.delete(`${peer} ${v6}`);
        else model.set(`${peer} ${v6}`, { role, window });
        const seeds = [...model.values()].filter(entry => entry.role === 'seed').length;
        expect(answer).toMatchObject({ complete: seeds, incomplete: model.size - seeds });
        const pool = role === 'seed' ? model.size - seeds : role === 'leecher' ? model.size - 1 : 0;
        expect(answer.peers.length + answer.peers6).toBe(pool);
        expect(new Set(answer.peers).size).toBe(answer.peers.length);
      }
      for (const node of nodes) expect(node.health()).toMatchObject({ state: 'up', answeredAlone: 0 });
      await Promise.all(nodes.map(node => node.close()));
    }),
    { numRuns: 25 },
  );
});

interopTest('draws from all windows as from one', [redisServer], async () => {
  const { url } = await startRedis();
  const store = await open(url, { peerTimeoutMs: 10 * MINUTE });
  // One large window, one small, one of one.
  for (const [window, count] of [60, 12, 1].entries())
    for (const port of ports(count))
      await announce(store, { port: 100 * window + port }, window * 2.5 * MINUTE);
  const seen = new Map<number, number>();
  for (let round = 0; round < 730; round++) {
    const { peers } = await announce(store, { port: 201, want4: 9 }, 5 * MINUTE);
    expect(peers).toHaveLength(9);
    for (const peer of peers) seen.set(peer, (seen.get(peer) ?? 0) + 1);
  }
  // 730 × 9 ÷ 72 is 91 on average.
  expect(seen.size).toBe(72);
  expect(Math.min(...seen.values())).toBeGreaterThan(45);
  expect(Math.max(...seen.values())).toBeLessThan(150);
});

interopTest('a full swarm answers newcomers but does not keep them', [redisServer], async () => {
  const { url } = await startRedis();
  const store = await open(url, { maxPeersPerSwarm: 2 });
  for (const port of [1, 2, 3]) await announce(store, { port });
  expect(await announce(store, { port: 4 })).toMatchObject({ incomplete: 2, peers: [1, 2] });
  expect(await announce(store, { port: 2, role: 'seed' })).toMatchObject({ complete: 1, incomplete: 1 });
  await announce(store, { port: 1, role: 'gone' });
  expect(await announce(store, { port: 4 })).toMatchObject({ incomplete: 1, peers: [2] });
});

async function open(url: string, options: RedisStoreOptions = {}): Promise<RedisStore> {
  const random = seededRandom(1);
  const server = await openRedis(url);
  const shadow = new MemoryStore({ ...options, memoryBytes: 4 * 1024 * 1024 }, { random });
  const store = new RedisStore(options, { server, shadow, random, clock: nodeClock, epochMs: 0 });
  onTestFinished(() => store.close());
  return store;
}

interface Answer extends Omit<SwarmAnswer, 'peers' | 'peers6'> {
  /** Ports. */
  readonly peers: readonly number[];
  /** So many. */
  readonly peers6: number;
}

function announce(
  store: RedisStore | SwarmStoreLike,
  more: Partial<SwarmAnnounce>,
  now = NOW,
): Promise<Answer> {
  const plain = { infoHash: HASH, ip: new Uint8Array([192, 0, 2, 1]), port: 6881, role: 'leecher' } as const;
  const wants = { completed: false, want4: 50, want6: 0 };
  return new Promise((resolve, reject) =>
    store.announce({ ...plain, ...wants, ...more }, now, answer => {
      if (answer === undefined) return reject(new Error('The store is full.'));
      const peers: number[] = [];
      for (let at = 0; at < answer.peers.length; at += 6)
        peers.push(answer.peers[at + 4]! * 256 + answer.peers[at + 5]!);
      const { complete, incomplete, downloaded } = answer;
      const peers6 = answer.peers6.length / 18;
      resolve({ complete, incomplete, downloaded, peers: peers.sort((a, b) => a - b), peers6 });
    }),
  );
}

type SwarmStoreLike = Pick<RedisStore, 'announce' | 'scrape'>;

function counts(store: SwarmStoreLike): Promise<unknown> {
  return new Promise(resolve => store.scrape([HASH], NOW, ([found]) => resolve(found)));
}

function ports(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await delay(10);
}

const HASH = new Uint8Array(20).fill(7);
const NOW = 6_000_000;
const MINUTE = 60_000;
