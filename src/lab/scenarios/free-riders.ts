// Who takes and never gives: what it gets, and what the others pay for it.

import { type Estimate, estimate } from '../figures.ts';
import { type Parameters, parametersOf, type ScenarioSize } from '../parameters.ts';
import type { PeerGroup, SwarmPlan } from '../plan.ts';
import type { RunRecord } from '../record.ts';
import type { Findings, Lab, Scenario } from '../scenario.ts';
import { givenTo, meanMsOf } from './by-group.ts';
import {
  contentOf,
  lineOf,
  MIB,
  percent,
  points,
  SLOW_LINE,
  seconds,
  seedAndLeechers,
  times,
} from './parts.ts';

export const freeRiders: Scenario = {
  name: 'free-riders',
  title: 'Free-riders',
  question: 'How much slower is who never uploads, and what do the others pay for it?',
  setting:
    'One seed with an uplink of 500 kB/s and 30 leechers (quick: 16) that come at once, each with an uplink of 250 kB/s and a downlink of 1 MB/s, and a file of 16 MiB (quick: 4 MiB) in pieces of 64 KiB. Of the leechers none to 60 % never upload. Those that give leave when they are done, as else they would be seeds, which give to everybody; free-riders stay until they are done. Each leecher has eight slots, one of them by luck.',
  theory:
    'Tit for tat: slots go to those who give most, one rotates by luck among the rest. A free-rider lives on luck and on the seed. Qiu and Srikant: of what leechers give it gets about 1/(n + 1) of what another gets, with n slots that are earned and one by luck; here 1/8. With a part p of free-riders the leechers that give lose no more than the slot by luck. That holds where there is always somebody who gives and wants something; a slot that nobody has earned goes to anybody, and the first piece that a peer takes nobody has paid for: in a short download that weighs more.',
  ways: ['sim', 'field'],
  parameters: byItself,
  // A tenth of them, and of all parts somebody.
  leastPeers: 5,
  run,
};

async function run(lab: Lab): Promise<Findings> {
  const parameters = parametersOf(lab, byItself);
  const parts = lab.way === 'sim' && lab.size === 'full' ? [0, 0.1, 0.2, 0.3, 0.45, 0.6] : [0, 0.3];
  const givers: Estimate[] = [];
  const riders: Estimate[] = [];
  const shares: Estimate[] = [];
  for (const part of parts) {
    const { records } = await lab.run(planOf(parameters, part), {
      label: `${percent(part)} free-riders`,
      isPictured: part === 0.3,
    });
    givers.push(meanMsOf(records, 'giver'));
    if (part === 0) continue;
    riders.push(meanMsOf(records, 'free-rider'));
    shares.push(estimate(records.map(shareOfRiders)));
  }
  const ridden = parts.slice(1);
  const typical = ridden.indexOf(0.3);
  const alone = givers[0]!.mean;
  const [slow, cost, got] = [riders[typical]!.mean, givers[typical + 1]!.mean, shares[typical]!.mean];
  return {
    answer: `With 30 % free-riders these take ${seconds(slow)} on average, ${times(slow / cost)} as long as those who give${Number.isNaN(got) ? '' : `, and get ${percent(got)} of what a giver gets of other leechers`}; the givers take ${times(cost / alone)} as long as without free-riders.`,
    checks: [
      {
        claim: 'With 30 % free-riders these take at least 1.3 × as long as those who give.',
        value: slow / cost,
        limit: { atLeast: 1.3 },
        unit: 'times',
      },
      // Who gave to whom the field does not say. In a small run most is given before anybody has shown what he is.
      ...(Number.isNaN(got) || lab.size === 'quick'
        ? []
        : [
            {
              claim:
                'With 30 % a free-rider gets at most 25 % of what a giver gets of other leechers: twice the theory.',
              value: got,
              limit: { atMost: 0.25 },
              unit: 'share' as const,
            },
          ]),
      {
        claim: 'With 30 % free-riders those who give take at most 1.25 × as long as without.',
        value: cost / alone,
        limit: { atMost: 1.25 },
        unit: 'times',
      },
    ],
    plots: [
      {
        title: 'Mean download time',
        x: { label: '% free-riders' },
        y: { label: 'seconds' },
        series: [
          {
            name: 'those who give',
            kind: 'measured',
            points: givers.flatMap((mean, i) => points(100 * parts[i]!, mean)),
          },
          {
            name: 'free-riders',
            kind: 'measured',
            of: 'server',
            points: riders.flatMap((mean, i) => points(100 * ridden[i]!, mean)),
          },
        ],
      },
      {
        title: 'What a free-rider gets of other leechers',
        x: { label: '% free-riders' },
        y: { label: '% of what a giver gets' },
        series: [
          {
            name: 'measured',
            kind: 'measured',
            of: 'server',
            points: shares.flatMap((share, i) => points(100 * ridden[i]!, share, 100)),
          },
          {
            name: '1/8',
            kind: 'theory',
            of: 'server',
            points: ridden.map(part => ({ x: 100 * part, y: 12.5 })),
          },
        ],
      },
    ],
  };
}

/** Those who give are gone when they are done: all that they gave they gave as leechers. */
function shareOfRiders(record: RunRecord): number {
  const { count } = record.plan.groups.find(({ name }) => name === 'giver')!;
  // Nobody gives to himself.
  return givenTo(record, 'giver', 'free-rider') / ((givenTo(record, 'giver', 'giver') * count) / (count - 1));
}

function byItself({ way, size }: ScenarioSize) {
  const [peers, mib] = way === 'field' ? [10, 8] : size === 'quick' ? [16, 4] : [30, 16];
  return { peers, length: mib * MIB, pieceLength: 65_536, ...SLOW_LINE } satisfies Partial<Parameters>;
}

function planOf(parameters: ReturnType<typeof byItself>, part: number): SwarmPlan {
  const line = lineOf(parameters);
  const riders = Math.round(part * parameters.peers);
  const plan = seedAndLeechers(contentOf(parameters), parameters.peers - riders, {
    seed: { ...line, upBytesPerSecond: 2 * line.upBytesPerSecond },
    leechers: { name: 'giver', ...line, leaves: { kind: 'when done', afterMs: 0 } },
  });
  const rider: PeerGroup = { name: 'free-rider', count: riders, ...line, gives: false };
  return riders === 0 ? plan : { ...plan, groups: [...plan.groups, rider] };
}
