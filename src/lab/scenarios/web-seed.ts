// What a server saves that offers its file as a web seed of a swarm, and what those save who want it.

import { serverBoundMs } from '../bound.ts';
import type { Estimate } from '../figures.ts';
import type { SwarmPlan } from '../plan.ts';
import type { Check, Findings, Lab, Point, Scenario } from '../scenario.ts';
import { HOME_LINE, MIB, points, seconds, times } from './parts.ts';

export const webSeed: Scenario = {
  name: 'web-seed',
  title: 'A web server as the only seed',
  question: 'How many copies of a file does its web server send when N peers want it at once?',
  setting:
    'The file is on an HTTP server with an uplink of 1 MB/s, and nobody else has it. N leechers come all at once, 1 MB/s up and 4 MB/s down each, and know the server as a web seed (BEP 19). Each peer has at most 40 connections. Beside it the same server without a swarm. The file is 64 MiB in pieces of 64 KiB (quick: 16 MiB).',
  theory:
    'Without a swarm the server sends N copies, and takes N·F/u. In a swarm one copy is enough, and the least time is F/u (Kumar and Ross): as long as the server sends only what nobody has yet. A server of this kind knows nothing of the swarm and sends whatever it is asked for, and no peer can see what another has asked for. So the peers have to agree without a word: for every stretch of the file the one whose number comes out highest when it is mixed with that of the stretch fetches it (rendezvous hashing, Thaler and Ravishankar), and the others leave it to him as long as peers give them more than the server does.',
  ways: ['sim', 'field'],
  run,
};

interface Measured {
  readonly count: number;
  readonly copies: Estimate;
  readonly ratio: Estimate;
  readonly makespanMs: Estimate;
}

async function run(lab: Lab): Promise<Findings> {
  const { swarms, servers } = sizes(lab);
  const length = (lab.size === 'full' && lab.way === 'sim' ? 64 : 16) * MIB;
  const content = { length, pieceLength: 65_536 };
  const measured: Measured[] = [];
  for (const count of swarms) {
    const { summary } = await lab.run(plan(content, count, 'swarm'), {
      label: `swarm, N = ${count}`,
      isPictured: count === 8,
      maxSeeds: count < 32 ? Number.POSITIVE_INFINITY : count < 64 ? 2 : 1,
    });
    measured.push({
      count,
      copies: summary.originCopies,
      ratio: summary.ratio,
      makespanMs: summary.makespanMs,
    });
  }
  const served: { readonly copies: Point[]; readonly time: Point[] } = { copies: [], time: [] };
  for (const count of servers) {
    const { summary } = await lab.run(plan(content, count, 'origin'), {
      label: `server alone, N = ${count}`,
      maxSeeds: 1,
    });
    served.copies.push(...points(count, summary.originCopies, 1));
    served.time.push(...points(count, summary.makespanMs));
  }
  const [alone, last] = [measured[0]!, measured.at(-1)!];
  const shared = measured.filter(({ count }) => count >= 8);
  const most = (of: 'copies' | 'ratio') => Math.max(...shared.map(each => each[of].mean));
  const aloneMs = serverBoundMs({
    length,
    seedsUp: [ORIGIN],
    leechersUp: [],
    leechersDown: [HOME_LINE.downBytesPerSecond],
  });
  const checks: Check[] = [
    {
      claim: `The server sends at most 1.3 copies, with 8 to ${last.count} leechers.`,
      value: most('copies'),
      limit: { atMost: 1.3 },
      unit: 'copies',
    },
    {
      claim: `The last leecher is done within 1.3 × the bound, with 8 to ${last.count} leechers.`,
      value: most('ratio'),
      limit: { atMost: 1.3 },
      unit: 'times',
    },
    {
      claim: 'One leecher alone has the file within 1.05 × the time of a plain download.',
      value: alone.makespanMs.mean / aloneMs,
      limit: { atMost: 1.05 },
      unit: 'times',
    },
  ];
  const counts = measured.map(({ count }) => count);
  return {
    answer: `With ${last.count} leechers the web server sends ${last.copies.mean.toFixed(2)} copies instead of ${last.count}, and the last is done after ${seconds(last.makespanMs.mean)}, ${times(last.ratio.mean)} the least that is possible.`,
    checks,
    plots: [
      {
        title: 'Copies that the web server sends',
        x: { label: 'peers that want the file', scale: 'log' },
        y: { label: 'copies', scale: 'log' },
        series: [
          { name: 'without a swarm, measured', kind: 'measured', of: 'server', points: served.copies },
          {
            name: 'without a swarm, N',
            kind: 'theory',
            of: 'server',
            points: counts.map(n => ({ x: n, y: n })),
          },
          {
            name: 'with a swarm, measured',
            kind: 'measured',
            points: measured.flatMap(({ count, copies }) => points(count, copies, 1)),
          },
          { name: 'at least one', kind: 'bound', points: counts.map(x => ({ x, y: 1 })) },
        ],
      },
      {
        title: 'Time until the last peer has the file',
        x: { label: 'peers that want the file', scale: 'log' },
        y: { label: 'seconds', scale: 'log' },
        series: [
          { name: 'without a swarm, measured', kind: 'measured', of: 'server', points: served.time },
          {
            name: 'with a swarm, measured',
            kind: 'measured',
            points: measured.flatMap(({ count, makespanMs }) => points(count, makespanMs)),
          },
          {
            name: 'at least F/u',
            kind: 'bound',
            points: counts.map(x => ({ x, y: length / ORIGIN })),
          },
        ],
      },
    ],
  };
}

function sizes({ way, size }: Lab) {
  if (size === 'quick') return { swarms: [1, 8], servers: [1, 8] };
  if (way === 'field') return { swarms: [1, 2, 4, 8, 16], servers: [1, 4, 8] };
  return { swarms: [1, 2, 4, 8, 16, 32, 64], servers: [1, 8, 32] };
}

function plan(content: SwarmPlan['content'], count: number, by: 'swarm' | 'origin'): SwarmPlan {
  return {
    content,
    by,
    origin: { upBytesPerSecond: ORIGIN },
    groups: [{ name: 'leecher', count, ...HOME_LINE }],
    session: { engine: { maxPeers: 40 } },
  };
}

const ORIGIN = HOME_LINE.upBytesPerSecond;
