// Machines that stand together and share one line to everybody else: how often the same bytes come over it.

import { type Estimate, estimate } from '../figures.ts';
import type { SwarmPlan } from '../plan.ts';
import type { RunRecord } from '../record.ts';
import type { Check, Findings, Lab, Scenario } from '../scenario.ts';
import { MIB, points, seconds, times } from './parts.ts';

export const locality: Scenario = {
  name: 'locality',
  title: 'Sites that share a line',
  question: 'How many copies of a file cross the line of a site whose n machines all want it?',
  setting:
    'One seed with an uplink of 1 MB/s, and three sites (quick: two) of n machines that all come at once. The machines of a site share one line, 1 MB/s up and 4 MB/s down, and have 50 MB/s among themselves. Once everybody exchanges with everybody; once with local discovery (LSD, BEP 14): machines of one site hear of each other by multicast, give to each other beyond their upload slots, and fetch what one of them has or is to fetch from him alone, as long as that goes well. Everybody may know everybody: a machine has 100 places. (With 40 places for 49 peers the crowd filled itself up at once and a seed was left with half of its places free: 1.5 copies then came into a site of sixteen.) Connections to peers elsewhere are kept in any case: peers that were handed out by nearness alone were seen to starve whole groups (Kraken, issue 244). The file is 16 MiB (quick: 8 MiB) in pieces of 64 KiB.',
  theory:
    'At least one copy has to come into each site, and one is enough: everything else can pass inside. Where peers are chosen blindly, the share of a machine’s neighbours among its peers is about 1/s with s sites, so that most of what it fetches comes over the line, and the copies grow with n. What an operator pays for is the line (Karagiannis, Rodriguez and Papagiannaki; Bindal et al.): there the same swarm costs n copies or one.',
  ways: ['sim'],
  run,
};

interface Measured {
  readonly machines: number;
  readonly copies: Estimate;
  readonly makespanMs: Estimate;
}

async function run(lab: Lab): Promise<Findings> {
  const isQuick = lab.size === 'quick';
  const siteCount = isQuick ? 2 : 3;
  const length = (isQuick ? 8 : 16) * MIB;
  const counts = isQuick ? [4] : [2, 4, 8, 16];
  const measured: Record<'blind' | 'local', Measured[]> = { blind: [], local: [] };
  for (const machines of counts) {
    for (const how of ['blind', 'local'] as const) {
      const { records, summary } = await lab.run(plan(length, siteCount, machines, how === 'local'), {
        label: `n = ${machines}, ${how === 'local' ? 'local discovery' : 'blind'}`,
        isPictured: how === 'local' && machines === (isQuick ? 4 : 8),
        maxSeeds: machines > 8 ? 2 : Number.POSITIVE_INFINITY,
      });
      measured[how].push({ machines, copies: copiesOf(records), makespanMs: summary.makespanMs });
    }
  }
  const [blind, local] = [measured.blind.at(-1)!, measured.local.at(-1)!];
  const checks: Check[] = [
    {
      claim: `With local discovery at most 1.5 copies come into a site of ${local.machines} machines.`,
      value: local.copies.mean,
      limit: { atMost: 1.5 },
      unit: 'copies',
    },
    {
      claim: `The last of ${local.machines} machines in each site is done no later with local discovery than 1.1 × the time without.`,
      value: local.makespanMs.mean / blind.makespanMs.mean,
      limit: { atMost: 1.1 },
      unit: 'times',
    },
  ];
  const name = { blind: 'everybody with everybody', local: 'with local discovery' };
  const of = { blind: 'other', local: 'swarm' } as const;
  const series = (pick: (each: Measured) => Estimate, unit: number) =>
    (['blind', 'local'] as const).map(how => ({
      name: name[how],
      kind: 'measured' as const,
      of: of[how],
      points: measured[how].flatMap(each => points(each.machines, pick(each), unit)),
    }));
  return {
    answer: `Into a site of ${local.machines} machines come ${blind.copies.mean.toFixed(2)} copies where everybody exchanges with everybody, and ${local.copies.mean.toFixed(2)} with local discovery; the last is done after ${seconds(blind.makespanMs.mean)} and ${seconds(local.makespanMs.mean)} (${times(local.makespanMs.mean / blind.makespanMs.mean)}).`,
    checks,
    plots: [
      {
        title: 'Copies that come into each site',
        x: { label: 'machines of a site', scale: 'log' },
        y: { label: 'copies' },
        series: [
          ...series(({ copies }) => copies, 1),
          { name: 'at least one', kind: 'bound', points: counts.map(x => ({ x, y: 1 })) },
          {
            name: 'every machine for itself',
            kind: 'theory',
            of: 'other',
            points: counts.map(x => ({ x, y: x })),
          },
        ],
      },
      {
        title: 'Time until the last machine has the file',
        x: { label: 'machines of a site', scale: 'log' },
        y: { label: 'seconds' },
        series: [
          ...series(({ makespanMs }) => makespanMs, 1 / 1000),
          {
            name: 'at least F/u',
            kind: 'bound',
            points: counts.map(x => ({ x, y: length / SEED_UP })),
          },
        ],
      },
    ],
  };
}

function copiesOf(records: readonly RunRecord[]): Estimate {
  return estimate(
    records.map(({ siteBytes = {}, plan: { content } }) => {
      const bytes = Object.values(siteBytes);
      return bytes.reduce((sum, each) => sum + each, 0) / bytes.length / content.length;
    }),
  );
}

function plan(length: number, siteCount: number, machines: number, localDiscovery: boolean): SwarmPlan {
  const names = Array.from({ length: siteCount }, (_, i) => `site ${i + 1}`);
  return {
    content: { length, pieceLength: 65_536 },
    sites: Object.fromEntries(names.map(name => [name, SITE])),
    groups: [
      { name: 'seed', count: 1, has: 'everything', upBytesPerSecond: SEED_UP },
      ...names.map(name => ({ name, count: machines, site: name })),
    ],
    session: { localDiscovery },
  };
}

const SEED_UP = 1_000_000;
const SITE = { upBytesPerSecond: 1_000_000, downBytesPerSecond: 4_000_000, localBytesPerSecond: 50_000_000 };
