// A tracker that is stopped and started again while peers announce: nobody is answered as if the swarm were empty, and the
// connection ids that it gave before are good after.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startTracker } from '../src/tracker.ts';
import { UdpVisitor } from './compliance/udp-front.ts';
import { temporaryFolder } from './interop/peers.ts';

const SWARMS = 20;
const SEEDS = 30;

test('no announce is answered with an empty swarm that had peers', async () => {
  const folder = temporaryFolder();
  let tracker = await start(folder, 0);
  onTestFinished(() => tracker.close());
  const { port } = tracker.address;
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
    await tracker.close();
    tracker = await start(folder, port);
    expect(tracker.warnings).toEqual([]);
  }
  await answered(300);
  isOver = true;
  await Promise.all(load);
  expect(few).toEqual([]);
  expect(tracker.swarmCount).toBe(SWARMS);
});

test('a snapshot that is broken is refused with a sentence, and the tracker starts empty', async () => {
  const folder = temporaryFolder();
  const tracker = await start(folder, 0);
  const visitor = await UdpVisitor.at('127.0.0.1', tracker.address.port);
  await visitor.announce({ port: 1 });
  await tracker.close();
  const path = join(folder, 'swarms');
  const bytes = readFileSync(path);
  bytes[30]! ^= 1;
  writeFileSync(path, bytes);
  const again = await start(folder, 0);
  onTestFinished(() => again.close());
  expect(again.warnings).toEqual([
    'The snapshot of the swarms cannot be used: it is cut off, or was changed since it was written. The tracker starts without the swarms of its last run.',
  ]);
  expect(again.swarmCount).toBe(0);
});

async function start(stateFolder: string, port: number) {
  const warnings: string[] = [];
  const warned = (sentence: string) => void warnings.push(sentence);
  const tracker = await startTracker({
    ...{ host: '127.0.0.1', port, stateFolder, warned, workers: 2, memoryBytes: 8 * 1024 * 1024 },
    // All of them are one address.
    ...{ requestsPerSecond: 0, maxPeersPerAddress: 0 },
  });
  return {
    address: tracker.address,
    close: () => tracker.close(),
    warnings,
    get swarmCount() {
      return tracker.swarmCount;
    },
  };
}

function hash(n: number): Uint8Array {
  return new Uint8Array(20).fill(n);
}
