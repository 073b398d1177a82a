// A tracker that is stopped and started again while peers announce: nobody is answered as if the swarm were empty, and the
// connection ids that it gave before are good after.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { seededRandom } from '../src/core/bytes/prng.ts';
import { sharedClock } from '../src/io/clock.ts';
import { nodeStateFiles } from '../src/io/state-files.ts';
import { restoreSwarms, saveSwarms, trackerSecret } from '../src/node-tracker/state.ts';
import { startUdpThreads } from '../src/node-tracker/udp-threads.ts';
import { MemoryStore, newStoreMemory } from '../src/tracker/stores/memory.ts';
import { UdpVisitor } from './compliance/udp-front.ts';
import { temporaryFolder } from './interop/peers.ts';

const STORE = { memoryBytes: 8 * 1024 * 1024 };
const deps = { files: nodeStateFiles, clock: sharedClock };
const SWARMS = 20;
const SEEDS = 30;

test('no announce is answered with an empty swarm that had peers', async () => {
  const folder = temporaryFolder();
  let tracker = await start(folder, 0);
  onTestFinished(() => tracker.front.close());
  const { port } = tracker.front.address;
  const visitors = await Promise.all(Array.from({ length: 4 }, () => UdpVisitor.at('127.0.0.1', port)));
  for (let swarm = 1; swarm <= SWARMS; swarm++)
    for (let i = 1; i <= SEEDS; i++)
      await visitors[i % 4]!.announce({ infoHash: hash(swarm), port: i, left: 0 });

  let isOver = false;
  let answers = 0;
  const few: number[] = [];
  // Leechers announce all the while; what is not answered they ask again.
  const load = visitors.map(async (visitor, i) => {
    for (let n = 0; !isOver; n++) {
      const peers = await visitor.announce({
        infoHash: hash((n % SWARMS) + 1),
        port: 1_000 + i,
        numWant: 100,
      });
      answers++;
      if (peers.length < SEEDS) few.push(peers.length);
    }
  });
  const answered = async (more: number) => {
    for (const until = answers + more; answers < until; ) await new Promise(resolve => setImmediate(resolve));
  };
  for (let restart = 0; restart < 3; restart++) {
    await answered(300);
    await tracker.front.close();
    await saveSwarms(folder, tracker.store, deps);
    tracker = await start(folder, port);
    expect(tracker.refused).toBeUndefined();
  }
  await answered(300);
  isOver = true;
  await Promise.all(load);
  expect(few).toEqual([]);
  expect(tracker.store.swarmCount).toBe(SWARMS);
});

test('a snapshot that is broken is refused with a sentence, and the tracker starts empty', async () => {
  const folder = temporaryFolder();
  const { store, front } = await start(folder, 0);
  const visitor = await UdpVisitor.at('127.0.0.1', front.address.port);
  await visitor.announce({ port: 1 });
  await front.close();
  await saveSwarms(folder, store, deps);
  const path = join(folder, 'swarms');
  const bytes = readFileSync(path);
  bytes[30]! ^= 1;
  writeFileSync(path, bytes);
  const again = await start(folder, 0);
  onTestFinished(() => again.front.close());
  expect(again.refused).toBe(
    'The snapshot of the swarms cannot be used: it is cut off, or was changed since it was written. The tracker starts without the swarms of its last run.',
  );
  expect(again.store.swarmCount).toBe(0);
});

async function start(folder: string, port: number) {
  const secret = await trackerSecret(folder, deps);
  const memory = newStoreMemory(STORE);
  const store = new MemoryStore(STORE, { random: seededRandom(1), memory });
  const refused = await restoreSwarms(folder, store, deps);
  const front = await startUdpThreads(
    2,
    {
      ...{ front: { host: '127.0.0.1', port }, tracker: {}, store: STORE },
      ...{ connectionIds: { secret }, memory, torrents: [] },
    },
    error => {
      throw error;
    },
  );
  return { store, front, refused };
}

function hash(n: number): Uint8Array {
  return new Uint8Array(20).fill(n);
}
