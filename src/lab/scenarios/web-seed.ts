// What a server saves that offers its file as a web seed of a swarm, and what those save who want it.

import { serverBoundMs } from '../bound.ts';
import type { Estimate } from '../figures.ts';
import { type Parameters, parametersOf, type ScenarioSize } from '../parameters.ts';
import type { SwarmPlan } from '../plan.ts';
import type { Check, Findings, Lab, Point, Scenario } from '../scenario.ts';
import { CONNECTIONS, contentOf, HOME_LINE, lineOf, MIB, points, seconds, times } from './parts.ts';

export const webSeed: Scenario = {
  name: 'web-seed',
  title: 'A web server as the only seed',
  question: 'How many copies of a file does its web server send when N peers want it at once?',
  setting:
    'The file is on an HTTP server with an uplink of 1 MB/s, and nobody else has it. N leechers come all at once, 1 MB/s up and 4 MB/s down each, and know the server as a web seed (BEP 19). Each peer has at most 40 connections. Beside it the same server without a swarm. The file is 64 MiB in pieces of 64 KiB (quick: 16 MiB).',
  theory:
    'Without a swarm the server sends N copies, and takes N·F/u. In a swarm one copy is enough, and the least time is F/u (Kumar and Ross): as long as the server sends only what nobody has yet. A server of this kind knows nothing of the swarm and sends whatever it is asked for, and no peer can see what another has asked for. So the peers have to agree without a word: for every stretch of the file the one whose number comes out highest when it is mixed with that of the stretch fetches it (rendezvous hashing, Thaler and Ravishankar), and the others leave it to him as long as peers give them more than the server does.',
  ways: ['sim', 'field'],
  parameters: byItself,
  run,
};

interface Measured {
  readonly count: number;
  readonly copies: Estimate;
  readonly ratio: Estimate;
  readonly makespanMs: Estimate;
}

async function run(lab: Lab): Promise<Findings> {
  const parameters = parametersOf(lab, byItself);
  const { peers, length, upBytesPerSecond, downBytesPerSecond } = parameters;
  const sizesOf = sizes(lab, peers);
  const measured: Measured[] = [];
  for (const count of sizesOf.swarms) {
    const { summary } = await lab.run(plan(parameters, count, 'swarm'), {
      label: `swarm, N = ${count}`,
      isPictured: count >= Math.min(8, peers),
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
  for (const count of sizesOf.servers) {
    const { summary } = await lab.run(plan(parameters, count, 'origin'), {
      label: `server alone, N = ${count}`,
      maxSeeds: 1,
    });
    served.copies.push(...points(count, summary.originCopies, 1));
    served.time.push(...points(count, summary.makespanMs));
  }
  const [alone, last] = [measured[0]!, measured.at(-1)!];
  const shared = measured.filter(({ count }) => count >= Math.min(8, peers));
  const most = (of: 'copies' | 'ratio') => Math.max(...shared.map(each => each[of].mean));
  const aloneMs = serverBoundMs({
    length,
    seedsUp: [upBytesPerSecond],
    leechersUp: [],
    leechersDown: [downBytesPerSecond],
  });
  const fewest = shared[0]!.count;
  const counts = measured.map(({ count }) => count);
  const swarms = fewest === last.count ? `${last.count} leechers` : `${fewest} to ${last.count} leechers`;
  const checks: Check[] = [
    {
      claim: `The server sends at most 1.3 copies, with ${swarms}.`,
      value: most('copies'),
      limit: { atMost: 1.3 },
      unit: 'copies',
    },
    {
      claim: `The last leecher is done within 1.3 × the bound, with ${swarms}.`,
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
            points: counts.map(x => ({ x, y: length / upBytesPerSecond })),
          },
        ],
      },
    ],
  };
}

function byItself({ way, size }: ScenarioSize) {
  return {
    peers: size === 'quick' ? 8 : way === 'field' ? 16 : 64,
    length: (size === 'full' && way === 'sim' ? 64 : 16) * MIB,
    pieceLength: 65_536,
    ...HOME_LINE,
    connections: CONNECTIONS,
  } satisfies Parameters;
}

function sizes({ way, size }: Lab, peers: number) {
  const isQuick = size === 'quick';
  const below = (counts: readonly number[]) => counts.filter(count => count < peers);
  const servers = isQuick ? [1, 8] : way === 'field' ? [1, 4, 8] : [1, 8, 32];
  return {
    swarms: [...below(isQuick ? [1] : [1, 2, 4, 8, 16, 32]), peers],
    servers: servers.filter(count => count <= peers),
  };
}

function plan(parameters: Parameters, count: number, by: 'swarm' | 'origin'): SwarmPlan {
  return {
    content: contentOf(parameters),
    by,
    origin: { upBytesPerSecond: parameters.upBytesPerSecond },
    groups: [{ name: 'leecher', count, ...lineOf(parameters) }],
    session: { engine: { maxPeers: parameters.connections } },
  };
}
