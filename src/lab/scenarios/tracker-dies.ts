// The tracker as a single point of failure: who still gets the file when it is gone.

import type { Estimate } from '../figures.ts';
import { estimate } from '../figures.ts';
import { type Parameters, parametersOf, type ScenarioSize } from '../parameters.ts';
import type { SwarmPlan } from '../plan.ts';
import type { RunRecord } from '../record.ts';
import type { Check, Findings, Lab, PlanRuns, Scenario } from '../scenario.ts';
import { HOME_LINE, MIB, percent, seconds, times } from './parts.ts';

export const trackerDies: Scenario = {
  name: 'tracker-dies',
  title: 'The tracker dies',
  question: 'Who gets the file when the tracker dies in the middle?',
  setting:
    'One seed and 12 leechers (quick: 6) that come within three seconds; after five seconds the tracker answers nobody any more. After ten seconds four more peers come (quick: two) that know nothing but the torrent and its tracker. Everybody has 1 MB/s up and 4 MB/s down. Those that are there tell each other of peers (PEX, BEP 11). The same once more with the DHT (BEP 5), in which every peer is a node and knows one other node from the start; and once with a tracker that lives. The file is 32 MiB in pieces of 64 KiB (quick: 8 MiB), and the run ends after two minutes (quick: one).',
  theory:
    'A tracker only introduces. Who has been introduced needs it no more: connections stand, and peer exchange brings further addresses. Who comes later has to have an address from somewhere: by peer exchange alone he knows nobody who could tell him one, by the DHT any node is enough, and a lookup takes as many round trips as the logarithm of the number of nodes (Maymounkov and Mazières): with a few dozen nodes about a second.',
  ways: ['sim'],
  parameters: byItself,
  run,
};

interface Figures {
  /** From the arrival of each to its completion, the last and the mean. */
  readonly last: Estimate;
  readonly mean: Estimate;
  /** Of those that came. */
  readonly completed: number;
}

async function run(lab: Lab): Promise<Findings> {
  const isQuick = lab.size === 'quick';
  const { peers } = parametersOf(lab, byItself);
  const plan = (dies: boolean, dht: boolean): SwarmPlan => ({
    content: { length: (isQuick ? 8 : 32) * MIB, pieceLength: 65_536 },
    groups: [
      { name: 'seed', count: 1, has: 'everything', ...HOME_LINE },
      {
        name: 'there before',
        count: peers,
        arrives: { kind: 'spread', fromMs: 0, overMs: 3000 },
        ...HOME_LINE,
      },
      {
        name: 'come later',
        count: isQuick ? 2 : 4,
        arrives: { kind: 'spread', fromMs: 10_000, overMs: 2000 },
        ...HOME_LINE,
      },
    ],
    ...(dies && { trackerDiesAtMs: 5000 }),
    dht,
    endsAtMs: isQuick ? 60_000 : 120_000,
  });
  const lives = await lab.run(plan(false, false), { label: 'the tracker lives' });
  const pex = await lab.run(plan(true, false), { label: 'it dies, peer exchange' });
  const dht = await lab.run(plan(true, true), {
    label: 'it dies, peer exchange and DHT',
    isPictured: true,
  });
  const [before, after] = [1, 2];
  const there = { lives: of(lives, before), pex: of(pex, before), dht: of(dht, before) };
  const later = { lives: of(lives, after), pex: of(pex, after), dht: of(dht, after) };
  const checks: Check[] = [
    {
      claim: 'By peer exchange alone everybody that was there when the tracker died gets the file.',
      value: there.pex.completed,
      limit: { atLeast: 1 },
      unit: 'share',
    },
    {
      claim: 'The last of them takes at most 1.15 × as long as with a tracker that lives.',
      value: there.pex.last.mean / there.lives.last.mean,
      limit: { atMost: 1.15 },
      unit: 'times',
    },
    {
      claim: 'By peer exchange alone nobody that comes later gets anything.',
      value: later.pex.completed,
      limit: { atMost: 0 },
      unit: 'share',
    },
    {
      claim: 'With the DHT everybody that comes later gets the file.',
      value: later.dht.completed,
      limit: { atLeast: 1 },
      unit: 'share',
    },
    {
      claim: 'They take at most 5 s longer than with a tracker that lives.',
      value: (later.dht.mean.mean - later.lives.mean.mean) / 1000,
      limit: { atMost: 5 },
      unit: 'seconds',
    },
  ];
  const runs = [
    ['tracker lives', lives],
    ['dies, PEX', pex],
    ['dies, PEX and DHT', dht],
  ] as const;
  const shares = (group: number) =>
    runs.map(([, { records }], x) => ({ x, y: 100 * estimate(records.map(r => shareOf(r, group))).mean }));
  return {
    answer: `Everybody that was there gets the file, the last in ${times(there.pex.last.mean / there.lives.last.mean)} the time. Of those that come after the tracker has died ${percent(later.pex.completed)} get it by peer exchange alone and ${percent(later.dht.completed)} with the DHT, after ${seconds(later.dht.mean.mean)} on average instead of ${seconds(later.lives.mean.mean)}.`,
    checks,
    plots: [
      {
        title: 'Who gets the file',
        x: { label: 'what becomes of the tracker', categories: runs.map(([name]) => name) },
        y: { label: '% of the peers' },
        series: [
          { name: 'there before', kind: 'measured', isJoined: false, points: shares(before) },
          { name: 'come later', kind: 'measured', of: 'other', isJoined: false, points: shares(after) },
        ],
      },
      {
        title: 'Peers that have not got it yet',
        x: { label: 'seconds' },
        y: { label: 'peers' },
        series: runs.map(([name, { records }], i) => ({
          name,
          kind: 'measured' as const,
          of: (['server', 'other', 'swarm'] as const)[i]!,
          points: records[0]!.population.map(({ atMs, leechers }) => ({ x: atMs / 1000, y: leechers })),
        })),
      },
    ],
  };
}

/** Those that are there before. */
function byItself({ size }: ScenarioSize) {
  return { peers: size === 'quick' ? 6 : 12 } satisfies Partial<Parameters>;
}

function of({ records }: PlanRuns, group: number): Figures {
  const times = records.map(record =>
    membersOf(record, group).flatMap(({ startedAtMs, completedAtMs }) =>
      startedAtMs === undefined || completedAtMs === undefined ? [] : [completedAtMs - startedAtMs],
    ),
  );
  return {
    last: estimate(times.map(each => Math.max(...each))),
    mean: estimate(times.map(each => each.reduce((sum, ms) => sum + ms, 0) / each.length)),
    completed: estimate(records.map(record => shareOf(record, group))).mean,
  };
}

function shareOf(record: RunRecord, group: number): number {
  const members = membersOf(record, group);
  return members.filter(({ completedAtMs }) => completedAtMs !== undefined).length / members.length;
}

function membersOf({ peers }: RunRecord, group: number) {
  return peers.filter(peer => peer.group === group);
}
