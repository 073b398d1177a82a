// What a seed saves that shows itself as a peer with nothing (BEP 16), and what that costs in time.

import type { FiguresSummary } from '../figures.ts';
import { parametersOf, type ScenarioSize } from '../parameters.ts';
import type { SwarmPlan } from '../plan.ts';
import type { Findings, Lab, Scenario } from '../scenario.ts';
import { contentOf, lineOf, points, seconds, seedAndLeechers, smallSwarm } from './parts.ts';

export const superSeeding: Scenario = {
  name: 'super-seeding',
  title: 'Super-seeding',
  question: 'How many copies must the first seed send until everybody has the file?',
  setting:
    'One seed and 16 leechers that come at once (quick: 8). The uplink of each leecher is 250 kB/s, its downlink 1 MB/s; the uplink of the seed is half of that of a leecher, the same, or twice as much. The file is 8 MiB (quick: 4 MiB) in pieces of 64 KiB. The seed does as it is asked; or suggests pieces that nobody else was given, as Swarmline does by itself; or super-seeds. Counted is what it sends until the last leecher has everything.',
  theory:
    'One copy has to be sent. BEP 16: a seed that does as it is asked sends one and a half to two copies before there is a second seed, a super-seed little more than one. It reveals pieces one by one and waits until each was seen elsewhere, so its line may stand idle: where it is the fastest, that costs time. What is not needed is not saved: a seed of which nothing else is asked may as well send.',
  ways: ['sim', 'field'],
  parameters: byItself,
  run,
};

const KINDS = ['as asked', 'suggests', 'super-seeds'] as const;
type Kind = (typeof KINDS)[number];

async function run(lab: Lab): Promise<Findings> {
  const parameters = parametersOf(lab, byItself);
  const uplinks = uplinksOf(lab);
  const found = new Map<Kind, FiguresSummary[]>(KINDS.map(kind => [kind, []]));
  for (const kind of KINDS) {
    for (const uplink of uplinks) {
      const { summary } = await lab.run(planOf(parameters, uplink, kind), {
        label: `${kind}, uplink of the seed ${uplink} ×`,
        isPictured: kind === 'super-seeds' && uplink === 1,
      });
      found.get(kind)!.push(summary);
    }
  }
  const same = uplinks.indexOf(1);
  const [plain, suggests, shy] = KINDS.map(kind => found.get(kind)![same]!) as [
    FiguresSummary,
    FiguresSummary,
    FiguresSummary,
  ];
  return {
    answer: `With a line like everybody else's a super-seed sends ${shy.seedCopies.mean.toFixed(2)} copies and all are done after ${seconds(shy.makespanMs.mean)}; a seed that suggests ${suggests.seedCopies.mean.toFixed(2)} and ${seconds(suggests.makespanMs.mean)}; one that does as it is asked ${plain.seedCopies.mean.toFixed(2)} and ${seconds(plain.makespanMs.mean)}.`,
    checks: [
      ...uplinks.map((uplink, i) => ({
        claim: `A super-seed with ${uplink} × the uplink of a leecher sends at most 1.3 copies.`,
        value: found.get('super-seeds')![i]!.seedCopies.mean,
        limit: { atMost: 1.3 },
        unit: 'copies' as const,
      })),
      {
        claim: 'With the same uplink it is at most 1.2 × slower than a seed that suggests.',
        value: shy.makespanMs.mean / suggests.makespanMs.mean,
        limit: { atMost: 1.2 },
        unit: 'times',
      },
      {
        claim: 'And sends fewer copies than a seed that does as it is asked: at most 0.9 ×.',
        value: shy.seedCopies.mean / plain.seedCopies.mean,
        limit: { atMost: 0.9 },
        unit: 'times',
      },
    ],
    plots: [
      {
        title: 'Copies that the seed sends until all are done',
        x: { label: 'uplink of the seed, times that of a leecher' },
        y: { label: 'copies' },
        series: [
          ...series(({ seedCopies }) => seedCopies, 1),
          { name: 'at least one', kind: 'bound', points: uplinks.map(x => ({ x, y: 1 })) },
        ],
      },
      {
        title: 'Time until the last has the file',
        x: { label: 'uplink of the seed, times that of a leecher' },
        y: { label: 'seconds' },
        series: [
          ...series(({ makespanMs }) => makespanMs),
          {
            name: 'bound',
            kind: 'bound',
            points: uplinks.flatMap((x, i) => points(x, found.get('suggests')![i]!.boundMs)),
          },
        ],
      },
    ],
  };

  function series(figure: (summary: FiguresSummary) => FiguresSummary['ratio'], unit?: number) {
    return KINDS.map((kind, i) => ({
      name: kind === 'as asked' ? 'does as it is asked' : kind,
      kind: 'measured' as const,
      of: (['server', 'swarm', 'third'] as const)[i]!,
      points: found.get(kind)!.flatMap((summary, j) => points(uplinks[j]!, figure(summary), unit)),
    }));
  }
}

function byItself(size: ScenarioSize) {
  return smallSwarm(size, 8);
}

/** Of the seed, times that of a leecher. */
function uplinksOf({ way, size }: Lab) {
  if (way === 'field') return [1];
  return size === 'quick' ? [0.5, 1] : [0.5, 1, 2];
}

function planOf(parameters: ReturnType<typeof byItself>, uplink: number, kind: Kind): SwarmPlan {
  const line = lineOf(parameters);
  const plan = seedAndLeechers(contentOf(parameters), parameters.peers, {
    seed: {
      ...line,
      upBytesPerSecond: uplink * line.upBytesPerSecond,
      superSeeds: kind === 'super-seeds',
    },
    leechers: line,
  });
  return { ...plan, session: { engine: { ...plan.session?.engine, spreadsPieces: kind !== 'as asked' } } };
}
