// Several threads at one key of a private tracker, as fast as they can: nothing that was announced is lost, nothing counts twice, and
// the limits hold for all together.

import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { seededRandom } from '../src/core/bytes/prng.ts';
import { Passkeys } from '../src/tracker/passkeys.ts';

const THREADS = 4;
const STEPS = 20_000;
const MAX_PEERS = 50;

// Each thread has peers of its own, of which more would come than may; each time they come they have moved ten bytes more.
const THREAD = `
const { workerData, parentPort } = require('node:worker_threads');
(async () => {
  const { Passkeys } = await import(workerData.root + 'dist/tracker/passkeys.js');
  const { seededRandom } = await import(workerData.root + 'dist/core/bytes/prng.js');
  const random = seededRandom(workerData.thread + 1);
  const keys = Passkeys.shared(workerData.keys, { wallTime: () => 1, random });
  const ip = new Uint8Array([10, 0, 0, 1]);
  const moved = new Map();
  const result = { taken: 0, uploaded: 0, refused: 0 };
  for (let step = 0; step < workerData.steps; step++) {
    const peer = workerData.thread * 100 + random.below(30);
    const peerId = new Uint8Array(20).fill(peer & 255, 0, 10).fill(peer >> 8, 10);
    const event = random.below(20) === 0 ? 'stopped' : undefined;
    const before = moved.get(peer);
    const uploaded = (before ?? 0) + 10;
    const facts = { infoHash: new Uint8Array(20), peerId, port: 1, uploaded, downloaded: 0, left: 1, event };
    if (keys.refusalOf({ facts, ip, url: '/aaaaaaaa/announce' }, step) !== undefined) {
      result.refused++;
      continue;
    }
    result.taken++;
    if (before !== undefined) result.uploaded += 10;
    if (event === 'stopped') moved.delete(peer);
    else moved.set(peer, uploaded);
  }
  parentPort.postMessage({ ...result, peers: moved.size });
})();
`;

test('four threads at one key lose nothing and count nothing twice', async () => {
  const key = { name: 'alice', key: 'aaaaaaaa', maxPeers: MAX_PEERS, maxAnnouncesPerHour: 1e6 };
  const keys = Passkeys.of([key], { wallTime: () => 1, random: seededRandom(9) });
  const root = new URL('..', import.meta.url).href;
  const results = await Promise.all(
    Array.from({ length: THREADS }, (_, thread) => {
      const workerData = { root, thread, steps: STEPS, keys: keys.share() };
      const worker = new Worker(THREAD, { eval: true, workerData });
      return new Promise<{ taken: number; uploaded: number; refused: number; peers: number }>(
        (resolve, reject) => {
          worker.once('message', resolve);
          worker.once('error', reject);
        },
      );
    }),
  );
  const sum = (of: (result: (typeof results)[number]) => number) =>
    results.reduce((all, one) => all + of(one), 0);
  const { announces, uploaded } = keys.totals().get('alice')!;
  expect(announces).toBe(sum(({ taken }) => taken));
  expect(uploaded).toBe(sum(result => result.uploaded));
  expect(sum(({ peers }) => peers)).toBeLessThanOrEqual(MAX_PEERS);
  expect(sum(({ refused }) => refused)).toBeGreaterThan(0);
});
