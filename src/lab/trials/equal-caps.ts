// One seed, leechers that all come at once, every uplink the same, downlinks four times that. How near does the last
// completion come to the least that it can be? Here the least is the time of one copy over the seed's uplink, and all
// uplinks together are just enough for that: an uplink that is idle and a block that the seed sends twice are lost time.

import { formatFigures } from '../sim/metrics.ts';
import { formatLosses, watchLosses } from './losses.ts';
import { swarmTrial } from './trial.ts';

export interface EqualCapsOptions {
  /** BEP 16. @default false */
  readonly superSeed?: boolean;
}

export function equalCaps(leechers: number, length: number, { superSeed = false }: EqualCapsOptions = {}) {
  return swarmTrial(
    {
      name: `${superSeed ? 'super-seed' : 'equal-caps'}-${leechers}`,
      question: `${leechers} leechers and one ${superSeed ? 'super-seed' : 'seed'} with equal uplinks: how near to the bound is the last?`,
      content: { length },
    },
    async swarm => {
      const { metainfo } = swarm.content;
      swarm.addSeed(superSeed ? { add: { info: metainfo, superSeed } } : {});
      swarm.addLeechers(leechers);
      const watched = watchLosses(swarm);
      await swarm.runAll(600_000);
      const figures = swarm.figures();
      const losses = watched.read();
      return { figures, losses, lines: [formatFigures(figures), formatLosses(losses)] };
    },
  );
}
