// Peers behind routers that let nobody in: what a swarm loses by them, and what holepunching gives back.

import type { Estimate } from '../figures.ts';
import { type Parameters, parametersOf, type ScenarioSize } from '../parameters.ts';
import type { SwarmPlan } from '../plan.ts';
import type { Check, Findings, Lab, Scenario } from '../scenario.ts';
import { meanMsOf } from './by-group.ts';
import { contentOf, lineOf, percent, points, seconds, times } from './parts.ts';

export const nat: Scenario = {
  name: 'nat',
  title: 'Peers behind NAT',
  question:
    'What does a swarm lose by peers that cannot be dialled, and how much does holepunching give back?',
  setting:
    'One seed that can be dialled and 20 leechers that come at once, 62.5 kB/s up and 250 kB/s down each; of the leechers a part is behind a router that lets nobody in: a connection to one of them can only begin with itself, and datagrams pass only from whom it has sent some to. With TCP alone two of them never meet. With uTP beside it they do where both send at about the same time: by chance, since the tracker and others tell both of each other and each dials; and by design with holepunching (BEP 55), where a third one that both are connected to tells them when. The file is 4 MiB in pieces of 32 KiB (quick: 8 leechers, 2 MiB at half the rate). Then an old swarm: the seed that can be dialled, and 16 more behind NAT (quick: 6); four newcomers behind NAT (quick: two) come one after another, half a minute apart.',
  theory:
    'By TCP two peers behind NAT cannot exchange anything. So what those N′ behind NAT want, N′·F, has to come from the seed and from the leechers that can be dialled: T ≥ N′·F/(uₛ + Σuᵢ over these), which grows without end as their share goes to one. Where ways are opened by uTP everybody can reach everybody, and the least is F/uₛ as in any swarm, and the time that it takes to be introduced: up to five seconds until addresses are exchanged, ten until a dial has come to nothing. Where all come at once both are told of each other at once, and both dial: there holepunching has little to add. In an old swarm only the newcomer knows of those that are there; they hear of him with the next exchange of peers, once a minute, and until then his dials come to nothing. Who is asked to bring both together does it in a round trip.',
  ways: ['sim'],
  parameters: byItself,
  // One newcomer.
  leastPeers: 5,
  run,
};

const HOWS = ['TCP alone', 'uTP, no holepunch', 'holepunch'] as const;
type How = (typeof HOWS)[number];

interface Measured {
  readonly how: How;
  readonly share: number;
  readonly makespanMs: Estimate;
}

async function run(lab: Lab): Promise<Findings> {
  const isQuick = lab.size === 'quick';
  const parameters = parametersOf(lab, byItself);
  const { peers: count, length, upBytesPerSecond } = parameters;
  const shares = isQuick ? [0, 0.75] : [0, 0.25, 0.5, 0.75, 0.9];
  const hows = isQuick ? (['TCP alone', 'holepunch'] as const) : HOWS;
  const measured: Measured[] = [];
  for (const how of hows) {
    for (const share of shares) {
      const { summary } = await lab.run(plan(parameters, Math.round(count * share), how), {
        label: `${percent(share)} behind NAT, ${how}`,
        isPictured: share === 0.75 && how === 'holepunch',
        maxSeeds: how === 'uTP, no holepunch' ? 2 : Number.POSITIVE_INFINITY,
      });
      measured.push({ how, share, makespanMs: summary.makespanMs });
    }
  }
  const newcomers: { readonly how: How; readonly meanMs: Estimate }[] = [];
  for (const how of HOWS) {
    if (isQuick && how === 'TCP alone') continue;
    const { records } = await lab.run(oldSwarm(parameters, how), { label: `an old swarm, ${how}` });
    newcomers.push({ how, meanMs: meanMsOf(records, 'newcomer') });
  }
  const newcomerMs = (how: How) => newcomers.find(each => each.how === how)!.meanMs.mean;
  const of = (how: How) => measured.filter(each => each.how === how);
  const lastShare = shares.at(-1)!;
  const last = (how: How) => of(how).at(-1)!.makespanMs.mean;
  const [punched, plain] = [last('holepunch'), last('TCP alone')];
  const baseMs = of('holepunch')[0]!.makespanMs.mean;
  const least = (share: number) => {
    const behind = Math.round(count * share);
    const givers = 1 + count - behind;
    return (length / upBytesPerSecond) * Math.max(1, behind / givers);
  };
  const checks: Check[] = [
    {
      claim: `With ${percent(lastShare)} behind NAT and holepunching the last leecher is done within 1.5 × the time without NAT.`,
      value: punched / baseMs,
      limit: { atMost: 1.5 },
      unit: 'times',
    },
    {
      claim: `With ${percent(lastShare)} behind NAT uTP and holepunching take at least a quarter of the time away.`,
      value: 1 - punched / plain,
      limit: { atLeast: 0.25 },
      unit: 'share',
    },
    {
      claim: `By TCP alone, and ${percent(lastShare)} behind NAT, the swarm comes within 1.5 × what is possible.`,
      value: plain / 1000 / least(lastShare),
      limit: { atMost: 1.5 },
      unit: 'times',
    },
    {
      claim:
        'A newcomer to an old swarm behind NAT takes with holepunching at most 0.95 × the time that uTP takes without.',
      value: newcomerMs('holepunch') / newcomerMs('uTP, no holepunch'),
      limit: { atMost: 0.95 },
      unit: 'times',
    },
  ];
  return {
    answer: `With ${percent(lastShare)} of the leechers behind NAT the last is done after ${seconds(plain)} by TCP alone and ${seconds(punched)} with uTP and holepunching, which is ${times(punched / baseMs)} the time without any NAT. A newcomer to an old swarm, all of it but one seed behind NAT, takes ${seconds(newcomerMs('holepunch'))}, and ${seconds(newcomerMs('uTP, no holepunch'))} by uTP without holepunching.`,
    checks,
    plots: [
      {
        title: 'Time until the last peer has the file',
        x: { label: '% of the leechers behind NAT' },
        y: { label: 'seconds' },
        series: [
          ...hows.map(how => ({
            name: how,
            kind: 'measured' as const,
            of: COLOURS[how],
            points: of(how).flatMap(({ share, makespanMs }) => points(100 * share, makespanMs)),
          })),
          {
            name: 'TCP alone, at least',
            kind: 'bound',
            of: 'other',
            points: shares.map(share => ({ x: 100 * share, y: least(share) })),
          },
          {
            name: 'at least F/u',
            kind: 'theory',
            points: shares.map(share => ({ x: 100 * share, y: length / upBytesPerSecond })),
          },
        ],
      },
      {
        title: 'A newcomer to an old swarm: mean time',
        x: { label: 'how peers connect', categories: newcomers.map(({ how }) => how) },
        y: { label: 'seconds' },
        series: [
          {
            name: 'measured',
            kind: 'measured',
            isJoined: false,
            points: newcomers.flatMap(({ meanMs }, x) => points(x, meanMs)),
          },
          {
            name: 'at least, by its downlink',
            kind: 'bound',
            points: newcomers.map((_, x) => ({ x, y: length / parameters.downBytesPerSecond })),
          },
        ],
      },
    ],
  };
}

const COLOURS = { 'TCP alone': 'other', 'uTP, no holepunch': 'third', holepunch: 'swarm' } as const;

function byItself({ size }: ScenarioSize) {
  return size === 'quick' ? QUICK : FULL;
}

/** All but the newcomers have everything; whoever comes is told by the tracker who is there, and they are not told of him. */
function oldSwarm(parameters: Setting, how: How): SwarmPlan {
  const line = lineOf(parameters);
  const old = Math.round(0.8 * parameters.peers);
  const count = parameters.peers - old;
  const arrives = { kind: 'spread', fromMs: APART_MS, overMs: count * APART_MS } as const;
  return {
    content: contentOf(parameters),
    groups: [
      { name: 'seed', count: 1, has: 'everything', ...line },
      { name: 'seed behind NAT', count: old, has: 'everything', isReachable: false, ...line },
      { name: 'newcomer', count, isReachable: false, arrives, ...line },
    ],
    session: sessionOf(how),
  };
}

function sessionOf(how: How): NonNullable<SwarmPlan['session']> {
  return {
    transports: how === 'TCP alone' ? ['tcp'] : ['tcp', 'utp'],
    engine: { holepunch: how === 'holepunch' },
  };
}

function plan(parameters: Setting, behind: number, how: How): SwarmPlan {
  const line = lineOf(parameters);
  return {
    content: contentOf(parameters),
    groups: [
      { name: 'seed', count: 1, has: 'everything', ...line },
      { name: 'open', count: parameters.peers - behind, ...line },
      { name: 'behind NAT', count: behind, isReachable: false, ...line },
    ].filter(group => group.count > 0) as SwarmPlan['groups'],
    session: sessionOf(how),
  };
}

const APART_MS = 30_000;
type Setting = Omit<Parameters, 'connections'>;
const FULL: Setting = {
  peers: 20,
  length: 4_194_304,
  pieceLength: 32_768,
  upBytesPerSecond: 62_500,
  downBytesPerSecond: 250_000,
};
const QUICK: Setting = {
  peers: 8,
  length: 2_097_152,
  pieceLength: 16_384,
  upBytesPerSecond: 31_250,
  downBytesPerSecond: 125_000,
};
