// All at once or one after another: the promise that a swarm serves a crowd as it serves a trickle.

import type { Estimate } from '../figures.ts';
import { type Parameters, parametersOf, type ScenarioSize } from '../parameters.ts';
import type { PeerGroup, SwarmPlan } from '../plan.ts';
import type { Findings, Lab, Scenario } from '../scenario.ts';
import { contentOf, lineOf, MIB, points, SLOW_LINE, seconds, seedAndLeechers } from './parts.ts';

export const flashCrowd: Scenario = {
  name: 'flash-crowd',
  title: 'A flash crowd against steady arrivals',
  question: 'Does it take longer when all come at once?',
  setting:
    'One seed and 24 leechers (quick: 8), all with an uplink of 250 kB/s and a downlink of 1 MB/s; the leechers want a file of 64 MiB in pieces of 64 KiB (quick: 4 MiB in pieces of 32 KiB), long enough that the start and the end of a run weigh little. They come all at once, or evenly over one to four times the time T = F/u in which an uplink sends the file once. Those that are done leave at once, or stay for T/2, or stay to the end.',
  theory:
    'Qiu and Srikant: where everybody leaves when done, each leecher brings one uplink and takes one copy, so the mean download time is F/u, whatever the arrival rate. Where they stay for 1/γ after that, each has uploaded for that much longer and the time becomes F/u − 1/γ, in a steady state, again at any rate; never less than F/d, which the downlink takes. A crowd that comes at once has no steady state: all wait for the one copy that the seed sends, F/u.',
  ways: ['sim', 'field'],
  parameters: byItself,
  run,
};

const STAYS = ['leave', 'stay for T/2', 'stay'] as const;
type Stay = (typeof STAYS)[number];

async function run(lab: Lab): Promise<Findings> {
  const parameters = parametersOf(lab, byItself);
  const spreads = spreadsOf(lab);
  const copyMs = (1000 * parameters.length) / parameters.upBytesPerSecond;
  const means = new Map<Stay, Estimate[]>();
  for (const stay of STAYS) {
    const found: Estimate[] = [];
    for (const spread of spreads) {
      const { summary } = await lab.run(planOf(parameters, spread, stay, copyMs), {
        label: `${when(spread)}, they ${stay}`,
        isPictured: spread > 1 && stay === 'stay for T/2',
      });
      found.push(summary.meanMs);
    }
    means.set(stay, found);
  }
  const leaving = means.get('leave')!.map(({ mean }) => mean / copyMs);
  const lingering = means.get('stay for T/2')!.at(-1)!.mean / copyMs;
  const [crowd, steady] = [means.get('leave')![0]!.mean, means.get('leave')!.at(-1)!.mean];
  return {
    answer: `All at once it takes ${seconds(crowd)} on average, one after another ${seconds(steady)}, where everybody leaves when done; one copy on one uplink takes ${seconds(copyMs)}.`,
    checks: [
      {
        claim: 'Where all leave when done, the mean time is at most 1.25 × F/u at every arrival rate.',
        value: Math.max(...leaving),
        limit: { atMost: 1.25 },
        unit: 'times',
      },
      {
        claim: 'And it does not depend on the rate: the longest mean time is at most 1.25 × the shortest.',
        value: Math.max(...leaving) / Math.min(...leaving),
        limit: { atMost: 1.25 },
        unit: 'times',
      },
      {
        claim:
          'Who stays for T/2 halves the time of others: with the slowest arrivals at most 0.65 × F/u (theory: 0.5).',
        value: lingering,
        limit: { atMost: 0.65 },
        unit: 'times',
      },
    ],
    plots: [
      {
        title: 'Mean download time by the way in which they come',
        x: { label: 'arrivals', categories: spreads.map(when) },
        y: { label: 'seconds' },
        series: [
          ...STAYS.map((stay, i) => ({
            name: `they ${stay}`,
            kind: 'measured' as const,
            of: (['swarm', 'third', 'other'] as const)[i]!,
            points: means.get(stay)!.flatMap((mean, x) => points(x, mean)),
          })),
          {
            name: 'F/u, they leave',
            kind: 'theory',
            of: 'swarm',
            points: spreads.map((_, x) => ({ x, y: copyMs / 1000 })),
          },
          {
            name: 'F/u − T/2, they stay for T/2',
            kind: 'theory',
            of: 'third',
            points: spreads.flatMap((spread, x) => (spread < 2 ? [] : [{ x, y: copyMs / 2000 }])),
          },
        ],
      },
    ],
  };
}

function byItself({ way, size }: ScenarioSize) {
  const isSmall = way === 'field' || size === 'quick';
  const peers = way === 'field' ? (size === 'quick' ? 4 : 12) : size === 'quick' ? 8 : 24;
  return {
    peers,
    length: (isSmall ? 4 : 64) * MIB,
    pieceLength: isSmall ? 32_768 : 65_536,
    ...SLOW_LINE,
  } satisfies Partial<Parameters>;
}

/** Over so many times F/u they come. */
function spreadsOf({ way, size }: Lab) {
  if (way === 'field') return size === 'quick' ? [0, 2] : [0, 1, 3];
  return size === 'quick' ? [0, 3] : [0, 1, 2, 4];
}

function when(spread: number): string {
  return spread === 0 ? 'at once' : `over ${spread} T`;
}

function planOf(
  parameters: ReturnType<typeof byItself>,
  spread: number,
  stay: Stay,
  copyMs: number,
): SwarmPlan {
  const line = lineOf(parameters);
  const leechers: Partial<PeerGroup> = {
    ...line,
    ...(spread > 0 && { arrives: { kind: 'spread', fromMs: 0, overMs: spread * copyMs } }),
    ...(stay !== 'stay' && {
      leaves: { kind: 'when done', afterMs: stay === 'leave' ? 0 : copyMs / 2 },
    }),
  };
  return seedAndLeechers(contentOf(parameters), parameters.peers, { seed: line, leechers });
}
