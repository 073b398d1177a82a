// Sessions on virtual machines: the same code as on real sockets and disks.

import { expect, it } from 'vitest';
import { SimContent } from './sim-content.ts';
import { SimPeer } from './sim-peer.ts';
import { simTracker } from './sim-tracker.ts';
import { World } from './world.ts';

const CONTENT = new SimContent({ length: 4_000_000, pieceLength: 65_536 });

it('hands over a torrent from one machine to another at the rate of the line', async () => {
  const { leecher } = await transfer(1);
  const ms = leecher.completedAt! - leecher.startedAt;
  expect(ms).toBeGreaterThan(4000);
  expect(ms).toBeLessThan(4300);
  expect(leecher.torrent.stats()).toMatchObject({ downloaded: CONTENT.bytes.length, wasted: 0, left: 0 });
});

it('is the same run for the same seed, and another for another', async () => {
  const traces = [];
  for (const seed of [1, 1, 2]) traces.push((await transfer(seed)).world.trace.hash);
  expect(traces[0]).toBe(traces[1]);
  expect(traces[0]).not.toBe(traces[2]);
});

/** One seed of a megabyte a second, one leecher, a tracker between them. */
async function transfer(seedNumber: number) {
  const world = new World({ seed: seedNumber });
  const content = world.addContent(CONTENT);
  const trackers = [simTracker(world).url];
  const seed = new SimPeer(world, { content, trackers, isSeed: true, upBytesPerSecond: 1_000_000 });
  const leecher = new SimPeer(world, { content, trackers });
  seed.start();
  await world.pass(1000);
  leecher.start();
  await world.run(() => leecher.isComplete, 60_000);
  return { world, seed, leecher };
}
