// The claim that everything else rests on: with a server alone the time grows with the number of those who want the file,
// with a swarm it does not.

import { ENGINE_DEFAULTS } from '../../core/engine/options.ts';
import { pieceBound, serverBoundMs, swarmBoundMs } from '../bound.ts';
import type { Estimate } from '../figures.ts';
import { type Parameters, parametersOf, type ScenarioSize } from '../parameters.ts';
import type { SwarmPlan } from '../plan.ts';
import type { Check, Findings, Lab, Point, Scenario, Series } from '../scenario.ts';
import { largeSwarms } from './large-swarms.ts';
import {
  CONNECTIONS,
  contentOf,
  HOME_LINE,
  lineOf,
  MIB,
  points,
  seconds,
  seedAndLeechers,
  times,
} from './parts.ts';

export const scaling: Scenario = {
  name: 'scaling',
  title: 'Scaling: a swarm against a server',
  question: 'How long does it take until the last of N peers has the file?',
  setting:
    'One seed and N leechers that come all at once. Every uplink is 1 MB/s and every downlink 4 MB/s. Beside it the same file from an HTTP server with the same uplink, in the same network. The file is 128 MiB in pieces of 64 KiB (quick 16 MiB); for the most leechers also one of half as much. With real processes, 64 of which share the processors of one machine, lines are an eighth of that, and the file is 24 MiB in pieces of 32 KiB (quick: as in the simulator). In the simulator a session has at most 40 connections, where it has 100 by itself and in the field (quick: 40); of 1,000 leechers each tells others of its pieces every half second alone: so large swarms fit into a simulation.',
  theory:
    'A server has to send N copies: N·F/u. A swarm has to send them too, but every leecher brings an uplink of its own, so the least is F/u, however many come (Kurose and Ross; Kumar and Ross show that it can be reached). With pieces that are passed on only when they are whole it is (1 + ⌊log₂N⌋/M)·F/u for M pieces (Mundinger, Weber and Weiss).',
  ways: ['sim', 'field', 'model'],
  parameters: byItself,
  run,
};

async function run(lab: Lab): Promise<Findings> {
  const parameters = parametersOf(lab, byItself);
  const { length, upBytesPerSecond, downBytesPerSecond, connections } = parameters;
  const { swarm, server } = sizes(lab, parameters.peers);
  const content = contentOf(parameters);
  const line = lineOf(parameters);
  const pieces = length / content.pieceLength;
  const bySwarm: Point[] = [];
  const ratios: { readonly count: number; readonly ratio: Estimate; readonly makespanMs: Estimate }[] = [];
  for (const count of swarm) {
    const { summary } = await lab.run(
      seedAndLeechers(content, count, { seed: line, leechers: line, connections }),
      {
        label: `swarm, N = ${count}`,
        isPictured: count >= Math.min(16, parameters.peers),
        maxSeeds: count > 64 ? 1 : Number.POSITIVE_INFINITY,
      },
    );
    ratios.push({ count, ratio: summary.ratio, makespanMs: summary.makespanMs });
    bySwarm.push(...points(count, summary.makespanMs));
  }
  const byServer: Point[] = [];
  for (const count of server) {
    const { summary } = await lab.run(fromServer(parameters, count), {
      label: `server, N = ${count}`,
      maxSeeds: 1,
    });
    byServer.push(...points(count, summary.makespanMs));
  }
  // Files and lines of their own: with others in the rest they would stand beside what they do not belong to.
  const isWhole = lab.size === 'full' && lab.way === 'sim' && Object.keys(lab.changed).length === 0;
  const shorter = isWhole ? await shorterFile(lab, parameters) : undefined;
  const large = isWhole ? await largeSwarms(lab) : undefined;
  const counts = [...new Set([...swarm, ...server])].sort((a, b) => a - b);
  const series: Series[] = [
    { name: 'server, measured', kind: 'measured', of: 'server', points: byServer },
    {
      name: 'server, N·F/u',
      kind: 'theory',
      of: 'server',
      points: counts.map(n => ({ x: n, y: bound(n, 'server') })),
    },
    { name: 'swarm, measured', kind: 'measured', of: 'swarm', points: bySwarm },
    {
      name: 'swarm, at least F/u',
      kind: 'bound',
      of: 'swarm',
      points: counts.map(n => ({ x: n, y: bound(n, 'swarm') })),
    },
    {
      name: 'swarm, whole pieces',
      kind: 'theory',
      of: 'swarm',
      points: counts.map(n => ({ x: n, y: bound(n, 'swarm') * pieceBound(n, pieces) })),
    },
  ];
  const last = ratios.at(-1)!;
  const first = ratios.find(({ count }) => count > 1)!;
  return {
    answer: large === undefined ? answer() : `${answer()} ${large.answer}`,
    checks: [...checks(), ...(shorter === undefined ? [] : [shorter]), ...(large?.checks ?? [])],
    plots: [
      {
        title: 'Time until the last peer has the file',
        x: { label: 'peers that want it', scale: 'log' },
        y: { label: 'seconds', scale: 'log' },
        series,
      },
      {
        title: 'How near a swarm comes to the least that is possible',
        x: { label: 'peers that want it', scale: 'log' },
        y: { label: 'times the bound' },
        series: [
          {
            name: 'swarm, measured',
            kind: 'measured',
            points: ratios.flatMap(({ count, ratio }) => points(count, ratio, 1)),
          },
          { name: 'bound', kind: 'bound', points: counts.map(x => ({ x, y: 1 })) },
          {
            name: 'whole pieces',
            kind: 'theory',
            points: counts.map(n => ({ x: n, y: pieceBound(n, pieces) })),
          },
        ],
      },
      ...(large === undefined ? [] : [large.plot]),
    ],
  };

  function bound(count: number, by: 'swarm' | 'server'): number {
    const rates = {
      length,
      seedsUp: [upBytesPerSecond],
      leechersUp: Array.from({ length: count }, () => upBytesPerSecond),
      leechersDown: [downBytesPerSecond],
    };
    if (by === 'server')
      return (count * serverBoundMs({ ...rates, leechersDown: [Number.POSITIVE_INFINITY] })) / 1000;
    return swarmBoundMs({ ...rates, leechersDown: rates.leechersUp.map(() => downBytesPerSecond) }) / 1000;
  }

  function answer(): string {
    const served = byServer.find(({ x }) => x === last.count) ?? {
      x: last.count,
      y: bound(last.count, 'server'),
    };
    return `The last of ${last.count} peers has the file after ${seconds(last.makespanMs.mean)}, ${times(last.ratio.mean)} the least that is possible; from a server alone it would be ${seconds(1000 * served.y)}.`;
  }

  function checks(): Check[] {
    // The field's bar is set for sixteen; the most are held to it too.
    const sixteen = ratios.find(({ count }) => count === 16 && lab.way === 'field' && count !== last.count);
    const found = [...(sixteen === undefined ? [] : [sixteen]), last].map(({ count, ratio }): Check => {
      const limit = lab.way === 'field' ? 1.25 : limitOf(count);
      return {
        claim: `With ${count} leechers the last is done within ${limit} × the bound.`,
        value: ratio.mean,
        limit: { atMost: limit },
        unit: 'times',
      };
    });
    if (first !== last)
      found.push({
        claim: `The time is flat: with ${last.count} leechers at most 1.1 × that with ${first.count}.`,
        value: last.makespanMs.mean / first.makespanMs.mean,
        limit: { atMost: 1.1 },
        unit: 'times',
      });
    const [one, most] = [byServer[0], byServer.at(-1)];
    if (one !== undefined && most !== undefined && most !== one) {
      found.push({
        claim: `A server's time grows in a line: from ${one.x} to ${most.x} peers at least 0.9 × ${most.x / one.x}-fold.`,
        value: most.y / one.y / (most.x / one.x),
        limit: { atLeast: 0.9 },
        unit: 'times',
      });
    }
    return found;
  }

  /** A small file leaves less time in which a slow start is made up for. */
  function limitOf(count: number): number {
    return lab.size === 'quick' && count > 1 ? 1.15 : 1.1;
  }
}

/** The start weighs twice as much. */
async function shorterFile(lab: Lab, parameters: Parameters): Promise<Check> {
  const { peers, length, pieceLength } = parameters;
  const plan = seedAndLeechers({ length: length / 2, pieceLength }, peers);
  const label = `swarm, N = ${peers}, ${length / 2 / MIB} MiB`;
  const { summary } = await lab.run(plan, { label, maxSeeds: 1 });
  return {
    claim: `Of half the file, ${length / 2 / MIB} MiB, the last of ${peers} has everything within 1.1 × the bound.`,
    value: summary.ratio.mean,
    limit: { atMost: 1.1 },
    unit: 'times',
  };
}

function byItself({ way, size }: ScenarioSize): Parameters {
  if (way === 'field' && size === 'full') {
    return {
      peers: 64,
      length: 24 * MIB,
      pieceLength: 32_768,
      upBytesPerSecond: HOME_LINE.upBytesPerSecond / 8,
      downBytesPerSecond: HOME_LINE.downBytesPerSecond / 8,
      connections: ENGINE_DEFAULTS.maxPeers,
    };
  }
  return {
    peers: size === 'full' ? 256 : way === 'field' ? 4 : 16,
    length: (size === 'full' ? 128 : 16) * MIB,
    pieceLength: 65_536,
    ...HOME_LINE,
    connections: CONNECTIONS,
  };
}

/** Four times as many each time, up to `peers`. */
function sizes({ way, size }: Lab, peers: number) {
  const swarm = [1, 4, 16, 64, 256, 1024].filter(count => count < peers);
  swarm.push(peers);
  if (way === 'sim') return { swarm, server: swarm };
  // A server's time is real time: with four it would be a quarter of an hour.
  const server = size === 'quick' ? [1, 4] : [1, 2];
  return { swarm, server: server.filter(count => count <= peers) };
}

function fromServer(parameters: Parameters, count: number): SwarmPlan {
  const line = lineOf(parameters);
  return {
    content: contentOf(parameters),
    by: 'origin',
    origin: { upBytesPerSecond: line.upBytesPerSecond },
    groups: [{ name: 'client', count, ...line }],
  };
}
