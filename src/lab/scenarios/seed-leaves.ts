// How little a seed must give before a swarm can do without it.

import type { Estimate } from '../figures.ts';
import { estimate } from '../figures.ts';
import { parametersOf, type ScenarioSize } from '../parameters.ts';
import type { SwarmPlan } from '../plan.ts';
import type { RunRecord } from '../record.ts';
import type { Findings, Lab, Scenario } from '../scenario.ts';
import { doneShareOf, peersOf } from './by-group.ts';
import { contentOf, copyMs, lineOf, percent, points, seedAndLeechers, smallSwarm } from './parts.ts';

export const seedLeaves: Scenario = {
  name: 'seed-leaves',
  title: 'The seed leaves',
  question: 'After how many copies can the only seed leave, and the swarm still finishes?',
  setting:
    'One seed and 16 leechers (quick: 10), all with an uplink of 250 kB/s and a downlink of 1 MB/s, and a file of 8 MiB (quick: 4 MiB) in pieces of 64 KiB. The seed leaves when so many bytes have left its line as make k copies of the file, k from 1.02 to 2. Three seeds: one that does as it is asked, one of Swarmline, which suggests to each peer pieces that nobody else was given (BEP 6), and one that super-seeds (BEP 16). Leechers that have all there is wait in vain where a piece is missing; a piece is missing where no leecher has it long after.',
  theory:
    'One copy is enough where no piece is sent twice before every piece was sent once. Nobody can do with less. A seed that is asked for pieces drawn blindly has left out a part e⁻ᵏ of them after k copies (as coupons are collected): two copies still leave 14 % nowhere else. Leechers that see what their fellows have do better than blindly, as far as what they see is new.',
  ways: ['sim', 'field'],
  parameters: byItself,
  run,
};

const KINDS = ['as asked', 'suggests', 'super-seeds'] as const;
type Kind = (typeof KINDS)[number];

interface Found {
  readonly missing: Estimate;
  readonly done: Estimate;
}

async function run(lab: Lab): Promise<Findings> {
  const parameters = parametersOf(lab, byItself);
  const copies =
    lab.way === 'sim' && lab.size === 'full' ? [LEAST, 1.06, ENOUGH, 1.25, 1.5, 2] : [LEAST, ENOUGH];
  const found = new Map<Kind, Found[]>(KINDS.map(kind => [kind, []]));
  for (const kind of KINDS) {
    for (const k of copies) {
      const { records } = await lab.run(planOf(parameters, k, kind), {
        label: `${kind}, k = ${k}`,
        isPictured: k >= 1.1 && kind === 'suggests',
      });
      found.get(kind)!.push({
        missing: estimate(records.map(missingShare)),
        done: doneShareOf(records, 'leecher'),
      });
    }
  }
  const at = (kind: Kind, k: number) => found.get(kind)![copies.indexOf(k)]!;
  const plain = at('as asked', LEAST).missing.mean;
  return {
    answer: `After ${LEAST} copies ${percent(at('suggests', LEAST).missing.mean)} of the pieces are nowhere else where the seed suggests, ${percent(at('super-seeds', LEAST).missing.mean)} where it super-seeds, ${percent(plain)} where it does as it is asked; after ${ENOUGH} copies ${percent(at('suggests', ENOUGH).done.mean)}, ${percent(at('super-seeds', ENOUGH).done.mean)} and ${percent(at('as asked', ENOUGH).done.mean)} of the leechers finish.`,
    checks: [
      ...(['suggests', 'super-seeds'] as const).flatMap(kind => [
        {
          claim: `The seed ${kind} and leaves after ${LEAST} copies: at most 2 % of the pieces are nowhere else.`,
          value: at(kind, LEAST).missing.mean,
          limit: { atMost: 0.02 },
          unit: 'share' as const,
        },
        {
          claim: `The seed ${kind} and leaves after ${ENOUGH} copies: every leecher finishes, in every run.`,
          value: at(kind, ENOUGH).done.mean,
          limit: { atLeast: 1 },
          unit: 'share' as const,
        },
      ]),
      {
        claim: `A seed that does as it is asked loses less than if it were asked blindly: at most e⁻ᵏ after ${LEAST} copies.`,
        value: plain,
        limit: { atMost: Math.exp(-LEAST) },
        unit: 'share',
      },
    ],
    plots: [
      {
        title: 'Pieces that are nowhere else when the seed has left',
        x: { label: 'copies that the seed had sent' },
        y: { label: 'part of the pieces' },
        series: [
          ...series(({ missing }) => missing),
          {
            name: 'asked blindly: e⁻ᵏ',
            kind: 'theory',
            of: 'server',
            points: copies.map(x => ({ x, y: Math.exp(-x) })),
          },
        ],
      },
      {
        title: 'Leechers that finish',
        x: { label: 'copies that the seed had sent' },
        y: { label: 'part of the leechers' },
        series: series(({ done }) => done),
      },
    ],
  };

  function series(figure: (found: Found) => Estimate) {
    return KINDS.map((kind, i) => ({
      name: `the seed ${kind === 'as asked' ? 'does as it is asked' : kind}`,
      kind: 'measured' as const,
      of: (['server', 'swarm', 'third'] as const)[i]!,
      points: found.get(kind)!.flatMap((each, j) => points(copies[j]!, figure(each), 1)),
    }));
  }
}

/** In the end every leecher has what any other had: what the best lacks nobody has. */
function missingShare(record: RunRecord): number {
  return 1 - Math.max(...peersOf(record, 'leecher').map(({ share }) => share));
}

function byItself(size: ScenarioSize) {
  return smallSwarm(size, 10);
}

function planOf(parameters: ReturnType<typeof byItself>, copies: number, kind: Kind): SwarmPlan {
  const line = lineOf(parameters);
  const plan = seedAndLeechers(contentOf(parameters), parameters.peers, {
    seed: { ...line, leaves: { kind: 'after copies', copies }, superSeeds: kind === 'super-seeds' },
    leechers: line,
  });
  return {
    ...plan,
    endsAtMs: LASTS * copyMs(parameters),
    session: { engine: { ...plan.session?.engine, spreadsPieces: kind !== 'as asked' } },
  };
}

const LEAST = 1.02;
/** What is in the seed's buffers when it goes is lost. */
const ENOUGH = 1.1;
/** Times F/u: all that is there has been everywhere by then. */
const LASTS = 4;
