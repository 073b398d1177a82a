// Every second one connection in thirty breaks, and half of the leechers can dial and cannot be dialled (NAT), at
// very different distances. Peers must find each other again, and those behind NAT must not starve.

import { formatFigures } from '../sim/metrics.ts';
import { swarmTrial } from './trial.ts';

export const poorNetwork = swarmTrial(
  {
    name: 'poor-network',
    question: 'Connections break, half are behind NAT, some are far: does everybody finish, and when?',
    content: { length: 8 * 1_048_576, pieceLength: 65_536 },
  },
  async swarm => {
    const { world } = swarm;
    swarm.addSeed();
    for (let i = 0; i < 16; i++) {
      swarm.addLeechers(1, { isReachable: i % 2 === 0, latencyMs: 5 + world.random.below(150) });
    }
    let broken = 0;
    const breakSome = () => {
      broken += world.network.reset(() => world.random.below(30) === 0);
      world.after(1000, breakSome);
    };
    world.after(4000, breakSome);
    await swarm.runAll(600_000);
    const figures = swarm.figures();
    return { figures, broken, lines: [formatFigures(figures), `${broken} connections broken`] };
  },
);
