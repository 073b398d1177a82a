// What swarms of sessions do when peers leave, take without giving, cannot be reached, or mean harm.

import { describe, expect, it } from 'vitest';
import { churn } from './churn.ts';
import { CORRUPTING_PEERS } from './corrupting-peer.ts';
import { freeRider } from './free-rider.ts';
import { lonePeer } from './lone-peer.ts';
import { poorNetwork } from './poor-network.ts';
import { rudePeers } from './rude-peers.ts';
import { seedLeaves } from './seed-leaves.ts';

describe('a corrupting peer', () => {
  for (const trial of CORRUPTING_PEERS) {
    it(`is banned by everybody, and nobody else is: ${trial.name}`, async () => {
      const { spoilt, banned, rude, swarm } = await trial.run({ seed: 1 });
      const { replay } = swarm.world;
      // By the block hashes of v2 the block itself is to blame (BEP 52).
      const most = swarm.content.metainfo.version === 'v1' ? 3 : 1;
      expect(Math.max(...spoilt), replay).toBeLessThanOrEqual(most);
      expect(banned, replay).toEqual(swarm.leechers.map(() => [rude.host.address]));
    });
  }
});

it('a peer that comes alone to a seed has its first byte within a second', async () => {
  const { firstByteMs, firstPieceMs, swarm } = await lonePeer.run({ seed: 1 });
  // Measured: 201 and 250 ms, with 40 ms a round trip.
  expect(firstByteMs, swarm.world.replay).toBeLessThan(400);
  expect(firstPieceMs, swarm.world.replay).toBeLessThan(500);
});

describe('the seed goes when little more than a copy has left its line', () => {
  for (const [copies, superSeed] of [
    // With what is said beside the data: every piece once, before any twice. 1.1 are often not sent at all.
    [1.02, false],
    [1.06, true],
  ] as const) {
    const name = superSeed ? 'a super-seed' : 'a seed';
    it.each([1, 2, 3])(`and the swarm finishes without it: ${name} after ${copies}, seed %i`, async seed => {
      // Where everybody is done before it has sent so much, it stays: that is better still.
      const { missing, figures, swarm } = await seedLeaves(copies, superSeed).run({ seed });
      expect(missing, swarm.world.replay).toBe(0);
      expect(figures?.ratio, swarm.world.replay).toBeLessThan(1.5);
    });
  }
});

it('half of all peers leave, and all that stay finish', async () => {
  const { slowest, swarm } = await churn.run({ seed: 1 });
  // Alone with the seed it would be 168 s.
  expect(slowest, swarm.world.replay).toBeLessThan(30_000);
});

it('a free-rider is slower than those who give', async () => {
  const { ratio, sentByRiders, swarm } = await freeRider.run({ seed: 1 });
  expect(sentByRiders).toBe(0);
  expect(ratio, swarm.world.replay).toBeGreaterThan(1.3);
});

it('connections break, half are behind NAT, and everybody finishes', async () => {
  const { figures, broken, swarm } = await poorNetwork.run({ seed: 1 });
  expect(broken).toBeGreaterThan(20);
  expect(figures.ratio, swarm.world.replay).toBeLessThan(4);
});

// Seed 3: liars have every place of the last block until they are snubbed, after 20 s.
it.each([1, 3])('rude peers cost some time, and no good peer its place, seed %i', async seed => {
  const { figures, banned, goodAddresses, swarm } = await rudePeers.run({ seed });
  expect(figures.ratio, swarm.world.replay).toBeLessThan(3);
  for (const address of goodAddresses) expect(banned, swarm.world.replay).not.toContain(address);
});
