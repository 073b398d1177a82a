// A crowd comes for something small, over a minute, each with connections to a few of the others: does the swarm stay one,
// and do those that come late take no longer than those that came early? (Qiu and Srikant: the mean time does not depend
// on how many come.)

import type { SimPeer } from '../sim/sim-peer.ts';
import { swarmTrial } from './trial.ts';

export function crowd(count: number) {
  return swarmTrial(
    {
      name: `crowd-${count}`,
      question: `${count} leechers come within a minute: does the time depend on how many have come?`,
      content: { length: 2 * 1_048_576, pieceLength: 65_536 },
      session: { maxConnections: 40, engine: { maxPeers: 30 } },
    },
    async swarm => {
      const { world } = swarm;
      swarm.addSeed();
      const leechers = swarm.addLeechers(count);
      for (const [i, leecher] of leechers.entries()) {
        world.after(1000 + (60_000 * i) / count, () => leecher.start());
      }
      await swarm.complete(leechers, 600_000);
      const quarter = Math.ceil(count / 4);
      const early = meanSeconds(leechers.slice(0, quarter));
      const late = meanSeconds(leechers.slice(-quarter));
      return {
        early,
        late,
        lines: [`the first quarter took ${early.toFixed(1)} s on average, the last ${late.toFixed(1)} s`],
      };
    },
  );
}

function meanSeconds(peers: readonly SimPeer[]): number {
  return peers.reduce((sum, peer) => sum + peer.completedAt! - peer.startedAt, 0) / peers.length / 1000;
}
