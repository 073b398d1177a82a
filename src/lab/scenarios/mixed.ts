// Our client beside others: in one swarm with them, and against them, each in a swarm of its own kind.

import type { Estimate } from '../figures.ts';
import type { ClientName, PeerGroup, SwarmPlan } from '../plan.ts';
import type { Check, Findings, Lab, Scenario } from '../scenario.ts';
import { meanMsOf } from './by-group.ts';
import { HOME_LINE, MIB, points, seconds, times } from './parts.ts';

export const mixed: Scenario = {
  name: 'mixed',
  title: 'Other clients',
  question:
    'Does our client get on with others in one swarm, and is a swarm of it faster than one of theirs?',
  setting:
    'Eight leechers that come all at once, every uplink 1 MB/s and every downlink 4 MB/s, on one machine, each in a network of its own. First one swarm of two each of Swarmline, libtorrent, Transmission and aria2 with a seed of Swarmline. Then four swarms of eight alike; the seed is libtorrent, for Transmission and aria2 are not started as seeds here, and Swarmline once more with a seed of its own. The others are as they are installed, by TCP. The file is 32 MiB in pieces of 64 KiB (quick: 16 MiB).',
  theory:
    'Whatever the clients are, the least is F/uₛ (Kumar and Ross). What comes on top of it is how well the clients spread what is new: each copy that the seed sends twice is F/uₛ more, and each uplink that has nothing to give is lost. By tit for tat (Cohen) one that gives as much as the others is given as much, whoever wrote it.',
  ways: ['field'],
  run,
};

const CLIENTS: readonly ClientName[] = ['swarmline', 'libtorrent', 'transmission', 'aria2'];
const NAMES: Readonly<Record<ClientName, string>> = {
  swarmline: 'Swarmline',
  libtorrent: 'libtorrent',
  transmission: 'Transmission',
  aria2: 'aria2',
};

async function run(lab: Lab): Promise<Findings> {
  const content = { length: (lab.size === 'quick' ? 16 : 32) * MIB, pieceLength: 65_536 };
  const together = await lab.run(mixedPlan(content), { label: 'two of each', isPictured: true });
  const alike: { readonly name: string; readonly ratio: Estimate; readonly makespanMs: Estimate }[] = [];
  for (const client of CLIENTS) {
    const { summary } = await lab.run(alikePlan(content, client, 'libtorrent'), {
      label: `eight of ${NAMES[client]}`,
    });
    alike.push({ name: NAMES[client], ratio: summary.ratio, makespanMs: summary.makespanMs });
  }
  const own = await lab.run(alikePlan(content, 'swarmline', 'swarmline'), {
    label: 'eight of Swarmline, seed too',
  });
  const [ours, ...others] = alike;
  const best = Math.min(...others.map(({ ratio }) => ratio.mean));
  const means = CLIENTS.map(client => meanMsOf(together.records, NAMES[client]));
  const checks: Check[] = [
    {
      claim: 'In the mixed swarm everybody gets the file.',
      value: together.summary.completed.mean / together.summary.leechers.mean,
      limit: { atLeast: 1 },
      unit: 'share',
    },
    {
      claim: 'In the mixed swarm the last is done within 1.5 × the bound.',
      value: together.summary.ratio.mean,
      limit: { atMost: 1.5 },
      unit: 'times',
    },
    {
      claim: 'In the mixed swarm ours take on average at most 1.05 × as long as all.',
      value: means[0]!.mean / (means.reduce((sum, { mean }) => sum + mean, 0) / means.length),
      limit: { atMost: 1.05 },
      unit: 'times',
    },
    {
      claim: 'Eight of ours, and the seed, are done no later than eight of any other.',
      value: own.summary.ratio.mean / best,
      limit: { atMost: 1 },
      unit: 'times',
    },
    {
      claim: 'So are eight of ours with the seed that the others have.',
      value: ours!.ratio.mean / best,
      limit: { atMost: 1 },
      unit: 'times',
    },
  ];
  const swarms = [{ name: 'Swarmline, seed too', ratio: own.summary.ratio }, ...alike];
  return {
    answer: `Eight of ours and their seed are done after ${times(own.summary.ratio.mean)} the least time, ${times(ours!.ratio.mean)} with a seed of libtorrent; ${others.map(({ name, ratio }) => `${name} ${times(ratio.mean)}`).join(', ')}. Two of each together take ${seconds(together.summary.makespanMs.mean)}, ${times(together.summary.ratio.mean)}.`,
    checks,
    plots: [
      {
        title: 'Eight alike: time until the last has the file',
        x: { label: 'client', categories: swarms.map(({ name }) => name) },
        y: { label: 'times the bound' },
        series: [
          {
            name: 'measured',
            kind: 'measured',
            isJoined: false,
            points: swarms.flatMap(({ ratio }, x) => points(x, ratio, 1)),
          },
          { name: 'bound', kind: 'bound', points: swarms.map((_, x) => ({ x, y: 1 })) },
        ],
      },
      {
        title: 'Two of each in one swarm: mean time',
        x: { label: 'client', categories: CLIENTS.map(client => NAMES[client]) },
        y: { label: 'seconds' },
        series: [
          {
            name: 'measured',
            kind: 'measured',
            isJoined: false,
            points: means.flatMap((mean, x) => points(x, mean)),
          },
          {
            name: 'at least F/u',
            kind: 'bound',
            points: means.map((_, x) => ({ x, y: content.length / HOME_LINE.upBytesPerSecond })),
          },
        ],
      },
    ],
  };
}

function mixedPlan(content: SwarmPlan['content']): SwarmPlan {
  return {
    content,
    groups: [
      { name: 'seed', count: 1, has: 'everything', ...HOME_LINE },
      ...CLIENTS.map((client): PeerGroup => ({ name: NAMES[client], count: 2, client, ...HOME_LINE })),
    ],
  };
}

function alikePlan(
  content: SwarmPlan['content'],
  client: ClientName,
  seed: 'swarmline' | 'libtorrent',
): SwarmPlan {
  return {
    content,
    groups: [
      { name: 'seed', count: 1, has: 'everything', client: seed, ...HOME_LINE },
      { name: NAMES[client], count: 8, client, ...HOME_LINE },
    ],
  };
}
