// In what order pieces are picked: the rarest first, by chance, or from the beginning to the end.

import { type Estimate, estimate } from '../figures.ts';
import { type Parameters, parametersOf, type ScenarioSize } from '../parameters.ts';
import type { PeerGroup, SwarmPlan } from '../plan.ts';
import type { RunRecord } from '../record.ts';
import type { Findings, Lab, Scenario } from '../scenario.ts';
import { doneShareOf, peersOf } from './by-group.ts';
import {
  contentOf,
  copyMs,
  lineOf,
  MIB,
  percent,
  points,
  SLOW_LINE,
  seedAndLeechers,
  times,
} from './parts.ts';

export const picking: Scenario = {
  name: 'picking',
  title: 'In what order pieces are picked',
  question: 'What is rarest-first worth against picking by chance or in sequence?',
  setting:
    'One seed and 16 leechers that come at once (quick: 8), all with an uplink of 250 kB/s and a downlink of 1 MB/s, and a file of 8 MiB (quick: 4 MiB) in pieces of 64 KiB: every piece has to come from the one seed first, so what it sends twice is lost. The seed does as it is asked, as most do; it stays, or it leaves after 1.1 copies, when one copy of everything could have been sent, with what is said beside it, and little more. Beside it Swarmline as it is by itself: rarest-first, and a seed that suggests pieces that nobody else was given (BEP 6).',
  theory:
    'Leechers that pick in sequence all want the same pieces of the seed and have nothing to give to each other: up to N·F/u, as from a server. By chance, each picks blindly what it asks of the seed, so some pieces are fetched from it twice or more before others leave it once. Rarest-first asks for what nobody has (Legout, Urvoy-Keller and Michiardi find that it is enough in practice); but leechers that come together choose at the same moment and do not know of each other. Where the seed leaves early, what it sent twice is what is missing.',
  ways: ['sim', 'field'],
  parameters: byItself,
  run,
};

interface Way {
  readonly name: string;
  readonly picks: NonNullable<PeerGroup['picks']>;
  readonly isAdvised: boolean;
}

const WAYS: readonly Way[] = [
  { name: 'in sequence', picks: 'sequential', isAdvised: false },
  { name: 'by chance', picks: 'random', isAdvised: false },
  { name: 'rarest-first', picks: 'rarest-first', isAdvised: false },
  { name: 'rarest-first, advised', picks: 'rarest-first', isAdvised: true },
];

async function run(lab: Lab): Promise<Findings> {
  const parameters = parametersOf(lab, byItself);
  const ratios: Estimate[] = [];
  const missing: Estimate[] = [];
  const done: Estimate[] = [];
  for (const way of WAYS) {
    const { summary } = await lab.run(planOf(parameters, way), {
      label: `${way.name}, the seed stays`,
      isPictured: way.picks === 'rarest-first' && !way.isAdvised,
    });
    ratios.push(summary.ratio);
    const { records } = await lab.run(planOf(parameters, way, SOON), {
      label: `${way.name}, the seed leaves after ${SOON} copies`,
    });
    missing.push(estimate(records.map(missingShare)));
    done.push(doneShareOf(records, 'leecher'));
  }
  const [sequential, random, rarest, advised] = ratios.map(({ mean }) => mean) as Four;
  const lost = missing.map(({ mean }) => mean) as Four;
  const slack = parameters.length < 8 * MIB ? 0.05 : 0.02;
  return {
    answer: `Rarest-first takes ${times(rarest)} the bound, by chance ${times(random)}, in sequence ${times(sequential)}; with a seed that gives advice it is ${times(advised)}. Where the seed leaves after ${SOON} copies, ${percent(lost[2])}, ${percent(lost[1])}, ${percent(lost[0])} and ${percent(lost[3])} of the pieces are nowhere else.`,
    checks: [
      {
        claim: 'In sequence it takes at least twice as long as rarest-first.',
        value: sequential / rarest,
        limit: { atLeast: 2 },
        unit: 'times',
      },
      {
        claim: 'Rarest-first is not slower than by chance: at most 1.05 × its time.',
        value: rarest / random,
        limit: { atMost: 1.05 },
        unit: 'times',
      },
      {
        claim: 'As Swarmline does it by itself, it is within 1.25 × the bound.',
        value: advised,
        limit: { atMost: 1.25 },
        unit: 'times',
      },
      {
        claim: `With advice nothing is missing when the seed leaves after ${SOON} copies: all finish.`,
        value: done[3]!.mean,
        limit: { atLeast: 1 },
        unit: 'share',
      },
      {
        // Of the small file a piece is nearly two.
        claim: `Without it rarest-first is no less robust than by chance: of the pieces at most ${percent(slack)} more are missing.`,
        value: lost[2] - lost[1],
        limit: { atMost: slack },
        unit: 'share',
      },
    ],
    plots: [
      {
        title: 'Time until the last has the file, while the seed stays',
        x: { label: 'pieces are picked', categories: WAYS.map(({ name }) => name) },
        y: { label: 'times the bound', scale: 'log' },
        series: [
          {
            name: 'measured',
            kind: 'measured',
            isJoined: false,
            points: ratios.flatMap((ratio, x) => points(x, ratio, 1)),
          },
          { name: 'bound', kind: 'bound', points: WAYS.map((_, x) => ({ x, y: 1 })) },
          {
            name: 'from a server: N',
            kind: 'theory',
            of: 'server',
            points: WAYS.map((_, x) => ({ x, y: parameters.peers })),
          },
        ],
      },
      {
        title: `Pieces that are nowhere else when the seed leaves after ${SOON} copies`,
        x: { label: 'pieces are picked', categories: WAYS.map(({ name }) => name) },
        y: { label: '% of the pieces' },
        series: [
          {
            name: 'measured',
            kind: 'measured',
            of: 'other',
            isJoined: false,
            points: missing.flatMap((share, x) => points(x, share, 100)),
          },
        ],
      },
    ],
  };
}

type Four = [number, number, number, number];

function missingShare(record: RunRecord): number {
  return 1 - Math.max(...peersOf(record, 'leecher').map(({ share }) => share));
}

function byItself({ way, size }: ScenarioSize) {
  const isSmall = way === 'field' || size === 'quick';
  return {
    peers: way === 'field' ? 6 : size === 'quick' ? 8 : 16,
    length: (isSmall ? 4 : 8) * MIB,
    pieceLength: 65_536,
    ...SLOW_LINE,
  } satisfies Partial<Parameters>;
}

function planOf(
  parameters: ReturnType<typeof byItself>,
  { picks, isAdvised }: Way,
  copies?: number,
): SwarmPlan {
  const line = lineOf(parameters);
  const plan = seedAndLeechers(contentOf(parameters), parameters.peers, {
    seed: { ...line, ...(copies !== undefined && { leaves: { kind: 'after copies', copies } }) },
    leechers: { ...line, picks },
  });
  return {
    ...plan,
    // All that is there has been everywhere by then.
    ...(copies !== undefined && { endsAtMs: 4 * copyMs(parameters) }),
    session: { engine: { ...plan.session?.engine, spreadsPieces: isAdvised } },
  };
}

/** One copy with its headers, and what is lost in the seed's buffers when it goes: who has sent more than that twice, has left something out. */
const SOON = 1.1;
