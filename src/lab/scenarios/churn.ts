// Peers come and go. Where each goes as soon as it is done, the last piece goes with it: can an open swarm live on a slow
// seed? And those that stay must not suffer from those that give up.

import { estimate } from '../figures.ts';
import { mean } from '../numbers.ts';
import type { PeerGroup, SwarmPlan } from '../plan.ts';
import type { RunRecord } from '../record.ts';
import type { Findings, Lab, PlanRuns, Scenario, Series } from '../scenario.ts';
import { doneShareOf, meanMsOf, peersOf } from './by-group.ts';
import { HOME_LINE, MIB, percent, points, seconds, seedAndLeechers, times } from './parts.ts';

export const churn: Scenario = {
  name: 'churn',
  title: 'Churn, and the missing piece',
  question: 'When does an open swarm stay small, and what do those cost that leave before they are done?',
  setting:
    'First an open swarm: leechers come by chance, one a second on average, for 160 s (quick: 80 s). The file has eight pieces of 64 KiB (quick: 32 KiB), and a leecher can upload two of them a second. The seed uploads twice as many pieces as leechers arrive, or half as many; leechers leave as soon as they are done, or after they could have uploaded half a piece, one, or two. Counted is who is there, second by second. Then a closed one: 16 leechers that stay (quick: 8), a seed, all with home lines, and a file of 8 MiB (quick: 4 MiB); as many others come with them and leave before they are done, one part after the other. Beside it the same without these.',
  theory:
    'Hajek and Zhu: peers arrive with nothing at rate λ, the seed uploads U pieces a second. Where peers leave at once, the swarm is stable if λ < U, and where λ > U it grows without limit, whatever the order in which pieces are picked: in the end almost all lack one and the same piece, who gets it leaves, and the swarm grows by λ − U a second. How large the file is does not matter; what counts are pieces a second. Where peers stay, and upload a part m of a piece on average in that time, it is stable if λ < U/(1 − m); from m = 1 on at any rate, however slow the seed. A file of eight pieces is soon in its end game, in which the last blocks are asked of up to three peers: where a fast seed has all that is missing a good part of what comes, comes twice; where a slow one is waited for, it does not begin. Of those that leave before they are done theory of the bound says: they take what they pass on, so nobody else should wait much longer.',
  ways: ['sim', 'field'],
  run,
};

interface OpenSwarm {
  readonly name: string;
  /** Pieces a second that the seed uploads, in arrivals a second. */
  readonly seed: number;
  /** Pieces that a leecher can upload after it is done. */
  readonly stays: number;
  readonly of: NonNullable<Series['of']>;
}

const OPEN: readonly OpenSwarm[] = [
  { name: 'fast seed, they leave', seed: 2, stays: 0, of: 'third' },
  { name: 'slow seed, they leave', seed: 0.5, stays: 0, of: 'server' },
  { name: 'slow seed, they stay for half a piece', seed: 0.5, stays: 0.5, of: 'other' },
  { name: 'slow seed, they stay for one piece', seed: 0.5, stays: 1, of: 'swarm' },
  { name: 'slow seed, they stay for two pieces', seed: 0.5, stays: 2, of: 'swarm' },
];

async function run(lab: Lab): Promise<Findings> {
  const open = sizes(lab);
  const { lastsMs } = open;
  const found = new Map<OpenSwarm, PlanRuns>();
  for (const swarm of OPEN) {
    if (!open.stays.includes(swarm.stays)) continue;
    const runs = await lab.run(openPlan(swarm, open), {
      label: swarm.name,
      maxSeeds: open.maxSeeds,
      isPictured: swarm.seed < 1 && swarm.stays === 0,
    });
    found.set(swarm, runs);
  }
  const growth = (swarm: OpenSwarm) =>
    estimate(found.get(swarm)!.records.map(record => growthOf(record, lastsMs, swarm.seed)));
  const last = (swarm: OpenSwarm) =>
    estimate(found.get(swarm)!.records.map(record => lateMean(record, lastsMs)));
  const [fast, slow, , one] = OPEN as [OpenSwarm, OpenSwarm, OpenSwarm, OpenSwarm];
  const kept = await closed(lab, false);
  const joined = await closed(lab, true);
  const alone = meanMsOf(kept.records, 'leecher').mean;
  const withQuitters = meanMsOf(joined.records, 'leecher').mean;
  const expected = PER_SECOND * (1 - slow.seed);
  // A small swarm's last third is a few leechers, more or less.
  const left = lab.size === 'quick' ? 0.85 : 0.5;
  return {
    answer: `With a seed of half as many pieces as arrivals the swarm grows ${times(growth(slow).mean)} as fast as theory says where all leave when done, and holds ${last(one).mean.toFixed(0)} leechers in the end where they stay for one piece more. Those that stay take ${seconds(withQuitters)} where as many others give up, ${seconds(alone)} where none do.`,
    checks: [
      {
        claim: 'Arrivals outrun the seed and all leave: the swarm grows, by at least half of λ − U.',
        value: growth(slow).mean,
        limit: { atLeast: 0.5 },
        unit: 'times',
      },
      {
        claim: 'By no more than 1.5 × (λ − U): what the seed sends is what is missing.',
        value: growth(slow).mean,
        limit: { atMost: 1.5 },
        unit: 'times',
      },
      {
        claim: 'A seed of twice the arrivals: in the last third at most 0.3 × the leechers of the slow seed.',
        value: last(fast).mean / last(slow).mean,
        limit: { atMost: 0.3 },
        unit: 'times',
      },
      {
        // A quick run has few leechers, and two seeds of it differ by half.
        claim: `The slow seed, and all stay for one piece: at most ${left} × the leechers, in the last third.`,
        value: last(one).mean / last(slow).mean,
        limit: { atMost: left },
        unit: 'times',
      },
      {
        claim: 'Half leave before they are done: all the others finish.',
        value: doneShareOf(joined.records, 'leecher').mean,
        limit: { atLeast: 1 },
        unit: 'share',
      },
      {
        claim: 'And take at most 1.25 × as long as without those.',
        value: withQuitters / alone,
        limit: { atMost: 1.25 },
        unit: 'times',
      },
    ],
    plots: [
      {
        title: 'Leechers in an open swarm',
        x: { label: 'seconds' },
        y: { label: 'leechers' },
        series: [
          ...[...found].map(
            ([{ name, of }, { records }]): Series => ({
              name,
              kind: 'measured',
              of,
              points: populationPoints(records),
            }),
          ),
          {
            name: 'λ − U',
            kind: 'theory',
            of: 'server',
            points: [0, lastsMs / 1000].map(x => ({ x, y: x * expected })),
          },
        ],
      },
      {
        title: 'Those that stay, with and without others that give up',
        x: { label: 'beside them', categories: ['nobody', `as many that give up`] },
        y: { label: 'seconds' },
        series: [
          {
            name: `mean time of those that stay, ${times(withQuitters / alone)}`,
            kind: 'measured',
            isJoined: false,
            points: [kept, joined].flatMap(({ records }, x) => points(x, meanMsOf(records, 'leecher'))),
          },
          {
            name: 'at least F/u',
            kind: 'bound',
            points: [0, 1].map(x => ({
              x,
              y: kept.records[0]!.plan.content.length / HOME_LINE.upBytesPerSecond,
            })),
          },
        ],
      },
    ],
  };
}

interface Sizes {
  readonly lastsMs: number;
  readonly pieceLength: number;
  readonly maxPeers: number;
  readonly maxSeeds: number;
  readonly stays: readonly number[];
}

function sizes({ way, size }: Lab): Sizes {
  if (way === 'sim' && size === 'full') {
    return { lastsMs: 160_000, pieceLength: 65_536, maxPeers: 20, maxSeeds: 3, stays: [0, 0.5, 1, 2] };
  }
  return { lastsMs: 80_000, pieceLength: 32_768, maxPeers: 10, maxSeeds: 1, stays: [0, 1] };
}

function openPlan({ seed, stays }: OpenSwarm, { lastsMs, pieceLength, maxPeers }: Sizes): SwarmPlan {
  const up = PIECES_PER_SECOND * pieceLength * WITH_HEADERS;
  const line = { upBytesPerSecond: up, downBytesPerSecond: 4 * up };
  return {
    content: { length: 8 * pieceLength, pieceLength },
    groups: [
      {
        name: 'seed',
        count: 1,
        has: 'everything',
        ...line,
        upBytesPerSecond: seed * PER_SECOND * pieceLength * WITH_HEADERS,
      },
      {
        name: 'leecher',
        // Some more than come in that time.
        count: Math.ceil((1.3 * PER_SECOND * lastsMs) / 1000),
        ...line,
        arrives: { kind: 'by chance', fromMs: 0, perSecond: PER_SECOND },
        leaves: { kind: 'when done', afterMs: (1000 * stays) / PIECES_PER_SECOND },
      },
    ],
    endsAtMs: lastsMs,
    // Few: those who lack the same piece have nothing to gain of each other.
    session: { engine: { maxPeers } },
  };
}

/** Those that give up come with the others, and go by quarters, the last before anybody can be done. */
function closed(lab: Lab, hasQuitters: boolean): Promise<PlanRuns> {
  const isSmall = lab.size === 'quick' || lab.way === 'field';
  const [count, length] = isSmall ? [8, 4 * MIB] : [16, 8 * MIB];
  const plan = seedAndLeechers({ length, pieceLength: 65_536 }, count);
  const leastMs = (1000 * length) / HOME_LINE.upBytesPerSecond;
  const quitters = [0.2, 0.4, 0.6, 0.8].map(
    (part): PeerGroup => ({
      name: `gives up after ${percent(part)} of F/u`,
      count: count / 4,
      ...HOME_LINE,
      leaves: { kind: 'at', atMs: part * leastMs },
    }),
  );
  return lab.run(hasQuitters ? { ...plan, groups: [...plan.groups, ...quitters] } : plan, {
    label: hasQuitters ? 'half give up' : 'nobody gives up',
  });
}

/**
 * Peers a second by which the swarm grew, from the first third on, when the seed has sent its first copy, in parts of what
 * it would have been with one that leaves for each piece of the seed, with the arrivals that chance had made.
 */
function growthOf(record: RunRecord, lastsMs: number, seed: number): number {
  const from = record.population.find(({ atMs }) => atMs >= lastsMs / 3)!;
  const to = record.population.at(-1)!;
  const seconds = (to.atMs - from.atMs) / 1000;
  const arrivals = peersOf(record, 'leecher').filter(
    ({ startedAtMs = 0 }) => startedAtMs > from.atMs && startedAtMs <= to.atMs,
  ).length;
  return (to.leechers - from.leechers) / (arrivals - seed * PER_SECOND * seconds);
}

function lateMean({ population }: RunRecord, lastsMs: number): number {
  return mean(population.filter(({ atMs }) => atMs >= (2 * lastsMs) / 3).map(({ leechers }) => leechers));
}

function populationPoints(records: readonly RunRecord[]) {
  const { length } = records[0]!.population;
  const step = Math.max(1, Math.ceil(length / 40));
  return Array.from({ length: Math.floor(length / step) }, (_, i) =>
    points(
      (records[0]!.population[i * step]?.atMs ?? 0) / 1000,
      estimate(records.map(({ population }) => population[i * step]?.leechers ?? Number.NaN)),
      1,
    ),
  ).flat();
}

const PER_SECOND = 1;
const PIECES_PER_SECOND = 2;
/** A line carries what is said beside the data, too. */
const WITH_HEADERS = 1.05;
