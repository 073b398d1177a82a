// One seed, leechers that all come at once, every uplink the same, downlinks four times that. How near does the last
// completion come to the least that it can be? Here the least is the time of one copy over the seed's uplink, and all
// uplinks together are just enough for that: an uplink that is idle and a block that the seed sends twice are lost time.

import { formatFigures } from '../sim/metrics.ts';
import { swarmScenario } from './scenario.ts';

export function equalCaps(leechers: number, length: number) {
  return swarmScenario(
    {
      name: `equal-caps-${leechers}`,
      question: `${leechers} leechers and one seed with equal uplinks: how near to the bound is the last?`,
      content: { length },
    },
    async swarm => {
      swarm.addSeed();
      swarm.addLeechers(leechers);
      await swarm.runAll(600_000);
      const figures = swarm.figures();
      return { figures, lines: [formatFigures(figures)] };
    },
  );
}
