// Several threads at one memory store at a time, as fast as they can: every peer that any of them has entered is there
// afterwards, once, and the counts are those of the peers.

import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { seededRandom } from '../src/core/bytes/prng.ts';
import { MemoryStore, newStoreMemory } from '../src/tracker/stores/memory.ts';

const STORE = { memoryBytes: 16 * 1024 * 1024 };
const THREADS = 4;
const SWARMS = 40;
const PEERS = 300;

// Each thread has peers of its own, which join, change and leave; all threads meet in the same few swarms.
const THREAD = `
const { workerData, parentPort } = require('node:worker_threads');
(async () => {
  const { MemoryStore } = await import(workerData.root + 'dist/tracker/stores/memory.js');
  const { seededRandom } = await import(workerData.root + 'dist/core/bytes/prng.js');
  const random = seededRandom(workerData.thread + 1);
  const store = new MemoryStore(workerData.store, { random, memory: workerData.memory });
  const there = new Map();
  const ip = new Uint8Array([10, 0, 0, workerData.thread + 1]);
  for (let step = 0; step < 60_000; step++) {
    const swarm = random.below(workerData.swarms);
    const port = 1 + random.below(workerData.peers);
    const role = ['seed', 'leecher', 'gone'][random.below(3)];
    const infoHash = new Uint8Array(20).fill(swarm + 1);
    store.announce({ infoHash, ip, port, role, completed: false, want4: 30, want6: 0 }, step, answer => {
      const { peers } = answer;
      for (let at = 0; at < peers.length; at += 6)
        if (peers[at] !== 10 || peers[at + 3] < 1 || peers[at + 3] > 4 || peers[at + 4] * 256 + peers[at + 5] > workerData.peers)
          throw new Error('a peer that nobody entered: ' + peers.subarray(at, at + 6));
    });
    const key = swarm + ' ' + port;
    if (role === 'gone') there.delete(key);
    else there.set(key, role);
  }
  parentPort.postMessage([...there]);
})();
`;

test('four threads at one store lose nothing and invent nothing', async () => {
  const memory = newStoreMemory(STORE);
  const root = new URL('..', import.meta.url).href;
  const left = await Promise.all(
    Array.from({ length: THREADS }, (_, thread) => {
      const workerData = { root, memory, thread, store: STORE, swarms: SWARMS, peers: PEERS };
      const worker = new Worker(THREAD, { eval: true, workerData });
      return new Promise<[string, string][]>((resolve, reject) => {
        worker.once('message', resolve);
        worker.once('error', reject);
      });
    }),
  );
  const store = new MemoryStore(STORE, { random: seededRandom(9), memory });
  const found = new Map<string, string>();
  for (let stripe = 0; stripe < store.stripes; stripe++) {
    store.each(stripe, 60_000, ({ infoHash, peers4: { addresses, count, leechers } }) => {
      for (let i = 0; i < count; i++) {
        const [, , , host, high, low] = addresses.subarray(6 * i, 6 * i + 6);
        const key = `${host! - 1}: ${infoHash[0]! - 1} ${high! * 256 + low!}`;
        expect(found.has(key)).toBe(false);
        found.set(key, i < leechers ? 'leecher' : 'seed');
      }
    });
  }
  const expected = left.flatMap((peers, thread) => peers.map(([key, role]) => [`${thread}: ${key}`, role]));
  expect([...found].sort()).toEqual(expected.sort());
  expect([store.peerCount, store.swarmCount]).toEqual([found.size, SWARMS]);
});
