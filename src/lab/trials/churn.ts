// Peers come and go: of twenty that start, half are gone before they have half, by turns politely, with a reset and
// without a word; for each that goes a new one comes. Everybody that stays must be done.

import type { SimPeer } from '../sim/sim-peer.ts';
import { swarmTrial } from './trial.ts';

export const churn = swarmTrial(
  {
    name: 'churn',
    question:
      'Half of all peers leave during the download, one way or another, and others come: do all that stay finish?',
    content: { length: 8 * 1_048_576, pieceLength: 65_536 },
  },
  async swarm => {
    const { world } = swarm;
    swarm.addSeed();
    const first = swarm.addLeechers(20);
    const later = swarm.addLeechers(10);
    await world.pass(1000);
    for (const peer of first) peer.start();
    for (const [i, newcomer] of later.entries()) {
      world.after(500 + 500 * i, () => {
        goes(first[2 * i]!, i);
        newcomer.start();
      });
    }
    const staying = [...later, ...first.filter((_, i) => i % 2 === 1)];
    await swarm.complete(staying, 600_000);
    const slowest = Math.max(...staying.map(peer => peer.completedAt! - peer.startedAt));
    return {
      slowest,
      lines: [`${staying.length} stayed; the slowest took ${(slowest / 1000).toFixed(1)} s`],
    };

    function goes(peer: SimPeer, turn: number): void {
      if (turn % 3 === 0) peer.leave();
      else peer.vanish(turn % 3 === 1 ? 'with a reset' : 'without a word');
    }
  },
);
