// One seed, leechers that all come at once, every uplink the same, downlinks four times that. How near does the last
// completion come to the least that it can be? Here the least is the time of one copy over the seed's uplink, and all
// uplinks together are just enough for that: an uplink that is idle and a block that the seed sends twice are lost time.

import { formatFigures, type SwarmFigures } from '../sim/metrics.ts';
import { SimSwarm } from '../sim/sim-swarm.ts';
import { type Finding, type Scenario, watched } from './scenario.ts';

export interface EqualCapsFinding extends Finding {
  readonly figures: SwarmFigures;
}

export function equalCaps(leechers: number, length: number): Scenario<EqualCapsFinding> {
  const name = `equal-caps-${leechers}`;
  return {
    name,
    question: `${leechers} leechers and one seed with equal uplinks: how near to the bound is the last?`,
    run: async options => {
      const swarm = watched(new SimSwarm({ seed: options.seed, name, content: { length } }), options);
      swarm.addSeed();
      swarm.addLeechers(leechers);
      await swarm.runAll(600_000);
      const figures = swarm.figures();
      return { swarm, figures, lines: [formatFigures(figures)] };
    },
  };
}
