// Who gives to whom where lines differ: tit for tat should bring those together that give alike.

import { type Estimate, estimate } from '../figures.ts';
import { mean } from '../numbers.ts';
import type { SwarmPlan } from '../plan.ts';
import type { RunRecord } from '../record.ts';
import type { Findings, Lab, Point, Scenario } from '../scenario.ts';
import { givenTo, meanMsOf, peersOf } from './by-group.ts';
import { MIB, points, seconds, times } from './parts.ts';

export const clustering: Scenario = {
  name: 'clustering',
  title: 'Clusters of equal lines',
  question: 'Who gives to whom, and does who gives more get more?',
  setting:
    'Three classes of leechers that come at once, eight of each, with uplinks of 0.25, 0.5 and 1 MB/s and downlinks of 4 MB/s, and a seed of 2 MB/s, so that it is not the seed for which all wait. The file is 16 MiB in pieces of 64 KiB. Those that are done leave, as else they would be seeds, which give to everybody. What a class gives to another is counted for each peer of that class.',
  theory:
    'Tit for tat gives to those from whom most comes, so the fast choose the fast and the slow are left with the slow: clusters of like uplinks, as Legout, Liogkas, Kohler and Zhang measured where the seed is fast enough. Fair would be that each gets from leechers as much as it gives, and is done the sooner for it; the rest, slots by luck and the seed, goes to all alike. Without clusters a peer would give to every class the same for each of its peers.',
  // Who gave to whom the field does not say.
  ways: ['sim'],
  run,
};

const CLASSES = [
  { name: '0.25 MB/s', up: 250_000 },
  { name: '0.5 MB/s', up: 500_000 },
  { name: '1 MB/s', up: 1_000_000 },
] as const;
const NAMES = CLASSES.map(({ name }) => name);
/** With half of them a class is done before its members have found each other. */
const EACH = 8;
const PLAN: SwarmPlan = {
  content: { length: 16 * MIB, pieceLength: 65_536 },
  groups: [
    {
      name: 'seed',
      count: 1,
      has: 'everything',
      upBytesPerSecond: 2_000_000,
      downBytesPerSecond: 4_000_000,
    },
    ...CLASSES.map(({ name, up }) => ({
      name,
      count: EACH,
      upBytesPerSecond: up,
      downBytesPerSecond: 4_000_000,
      leaves: { kind: 'when done', afterMs: 0 } as const,
    })),
  ],
  session: { engine: { maxPeers: 40 } },
};

async function run(lab: Lab): Promise<Findings> {
  const { records } = await lab.run(PLAN, {
    label: `3 × ${EACH} leechers`,
    isPictured: true,
  });
  const matrix = NAMES.map(from =>
    NAMES.map(to => estimate(records.map(record => preference(record, from, to)))),
  );
  const timesOf = NAMES.map(name => meanMsOf(records, name));
  const ratios = NAMES.map(name => estimate(records.map(record => returned(record, name))));
  const own = (i: number) => matrix[i]![i]!.mean;
  const [slow, , fast] = timesOf as [Estimate, Estimate, Estimate];
  return {
    answer: `A fast peer gives to another fast one ${times(own(2) / matrix[2]![0]!.mean)} what it gives to a slow one, a slow peer to another slow one ${times(own(0) / matrix[0]![2]!.mean)} what it gives to a fast one. The fast are done after ${seconds(fast.mean)}, the slow after ${seconds(slow.mean)}.`,
    checks: [
      {
        claim: 'A fast peer gives to each fast one at least 1.5 × what it gives to each slow one.',
        value: own(2) / matrix[2]![0]!.mean,
        limit: { atLeast: 1.5 },
        unit: 'times',
      },
      {
        claim: 'A slow peer gives to each slow one at least 1.3 × what it gives to each fast one.',
        value: own(0) / matrix[0]![2]!.mean,
        limit: { atLeast: 1.3 },
        unit: 'times',
      },
      {
        claim: 'Who gives more is done sooner: the slow take at least 1.3 × as long as the fast.',
        value: slow.mean / fast.mean,
        limit: { atLeast: 1.3 },
        unit: 'times',
      },
      {
        claim: 'The fast get back from leechers at least 0.7 × what they gave.',
        value: ratios[2]!.mean,
        limit: { atLeast: 0.7 },
        unit: 'times',
      },
    ],
    plots: [
      {
        title: 'What a peer gives to each peer of a class, against its mean',
        x: { label: 'uplink of who gets it', categories: NAMES },
        y: { label: 'times the mean' },
        series: [
          ...matrix.map((row, i) => ({
            name: `given by ${NAMES[i]}`,
            kind: 'measured' as const,
            of: (['server', 'third', 'swarm'] as const)[i]!,
            points: row.flatMap((cell, x) => points(x, cell, 1)),
          })),
          {
            name: 'without clusters',
            kind: 'theory',
            of: 'other',
            points: NAMES.map((_, x): Point => ({ x, y: 1 })),
          },
        ],
      },
      {
        title: 'Mean download time by class',
        x: { label: 'uplink', categories: NAMES },
        y: { label: 'seconds' },
        series: [
          {
            name: 'measured',
            kind: 'measured',
            isJoined: false,
            points: timesOf.flatMap((mean, x) => points(x, mean)),
          },
        ],
      },
      {
        title: 'What each class gets back of what it gives',
        x: { label: 'uplink', categories: NAMES },
        y: { label: 'got from leechers, times given' },
        series: [
          {
            name: 'measured',
            kind: 'measured',
            isJoined: false,
            points: ratios.flatMap((ratio, x) => points(x, ratio, 1)),
          },
          { name: 'fair', kind: 'theory', of: 'other', points: NAMES.map((_, x): Point => ({ x, y: 1 })) },
        ],
      },
    ],
  };
}

/** What each of `to` gets of `from`, against what the mean of the classes does; nobody gives to himself. */
function preference(record: RunRecord, from: string, to: string): number {
  const perHead = NAMES.map(name => {
    const { length } = peersOf(record, name);
    return (givenTo(record, from, name) * length) / (name === from ? length - 1 : length);
  });
  return perHead[NAMES.indexOf(to as (typeof NAMES)[number])]! / mean(perHead);
}

/** What leechers gave to the class, against what it gave. */
function returned(record: RunRecord, name: string): number {
  const { length } = peersOf(record, name);
  const got = NAMES.reduce((sum, from) => sum + givenTo(record, from, name) * length, 0);
  const gave = NAMES.reduce((sum, to) => sum + givenTo(record, name, to) * peersOf(record, to).length, 0);
  return got / gave;
}
