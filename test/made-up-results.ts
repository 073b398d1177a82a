// Made-up results of the lab, for tests of its report: nothing here was measured. The shapes are those of real ones: a sweep
// beside theory and bound, categories, a course of time, a run that failed, one that is there in two ways.

import { type FigureName, type FiguresSummary, summarise } from '../src/lab/figures.ts';
import type { RunFacts } from '../src/lab/result-file.ts';
import type { Plot, RunRow, ScenarioResult } from '../src/lab/scenario.ts';
import { haveDigits, type Timeline } from '../src/lab/timeline.ts';

export const MADE_UP_FACTS: RunFacts = {
  machine: {
    cpu: 'Made-up CPU <1 GHz>',
    cores: 2,
    memoryBytes: 4 * 1024 ** 3,
    os: 'Test OS 1',
    node: 'v20.20.0',
  },
  version: '0.0.0-test',
  madeAt: '2001-02-03T04:05:06.000Z',
  command: 'swarmline lab run all && swarmline lab report',
};

const LEECHERS = [4, 8, 16, 32, 64, 128, 256];

const SWEEP: Plot = {
  title: 'When the last is done',
  x: { label: 'Leechers', scale: 'log' },
  y: { label: 'Seconds until the last has everything', scale: 'log' },
  series: [
    {
      name: 'Swarm, measured',
      kind: 'measured',
      points: LEECHERS.map((x, i) => ({ x, y: 66 + 1.1 * i, margin: 0.6 + 0.5 * i })),
    },
    {
      name: 'Server alone, measured',
      kind: 'measured',
      of: 'server',
      points: LEECHERS.slice(0, 4).map(x => ({ x, y: 65 * x, margin: 4 })),
    },
    { name: 'Bound of a swarm', kind: 'bound', points: LEECHERS.map(x => ({ x, y: 64 })) },
    { name: 'Bound of a server', kind: 'bound', of: 'server', points: LEECHERS.map(x => ({ x, y: 64 * x })) },
  ],
};

const NEAR: Plot = {
  title: 'How near to the bound',
  x: { label: 'Leechers', scale: 'log' },
  y: { label: 'Times the bound' },
  series: [
    {
      name: 'Swarmline',
      kind: 'measured',
      points: LEECHERS.map((x, i) => ({ x, y: 1.03 + 0.016 * i, margin: 0.008 + 0.006 * i })),
    },
    {
      name: 'Theory: 1 + log₂N / pieces',
      kind: 'theory',
      points: LEECHERS.map(x => ({ x, y: 1 + Math.log2(x) / 256 })),
    },
    { name: 'Bound', kind: 'bound', points: [{ x: 4, y: 1 }] },
  ],
};

const ORDERS: Plot = {
  title: 'By the order of pieces',
  x: { label: 'Picks', categories: ['rarest first', 'random', 'sequential'] },
  y: { label: 'Times the bound' },
  series: [
    {
      name: 'Seed stays',
      kind: 'measured',
      points: [1.05, 1.09, 1.72].map((y, x) => ({ x, y, margin: 0.03 + 0.04 * x })),
    },
    {
      name: 'Seed leaves',
      kind: 'measured',
      of: 'third',
      points: [1.08, 1.31, Number.NaN].map((y, x) => ({ x, y, margin: 0.05 })),
    },
    { name: 'Bound', kind: 'bound', points: [0, 1, 2].map(x => ({ x, y: 1 })) },
  ],
};

const POPULATION: Plot = {
  title: 'Who is there',
  x: { label: 'Seconds' },
  y: { label: 'Peers' },
  series: [
    {
      name: 'Leechers',
      kind: 'measured',
      points: Array.from({ length: 120 }, (_, i) => ({
        x: 5 * i,
        y: 40 * (1 - Math.exp(-i / 14)) + 3 * Math.sin(i / 3),
        margin: 2.5,
      })),
    },
    {
      name: 'Seeds',
      kind: 'measured',
      of: 'other',
      points: Array.from({ length: 120 }, (_, i) => ({
        x: 5 * i,
        y: 12 * (1 - Math.exp(-i / 30)) + Math.cos(i / 4),
      })),
    },
    {
      name: 'Leechers by Qiu and Srikant',
      kind: 'theory',
      points: Array.from({ length: 60 }, (_, i) => ({ x: 10 * i, y: 39 * (1 - Math.exp(-i / 8)) })),
    },
  ],
};

const PAIRS: Plot = {
  title: 'Clients together',
  x: {
    label: 'Receiver',
    categories: ['swarmline', 'libtorrent', 'transmission', 'aria2', 'all of them at once'],
  },
  y: { label: 'Uplinks used, per cent' },
  series: [
    {
      name: 'Uplinks',
      kind: 'measured',
      points: [96.2, 91, 84.3, 72, 88].map((y, x) => ({ x, y, margin: 2 })),
    },
    { name: 'Theory', kind: 'theory', points: [{ x: 0, y: 98 }] },
  ],
};

/** Those of most tests: `<script>` and friends are in their words, to be shown as they are. */
export function madeUpResults(): readonly ScenarioResult[] {
  const words = {
    question:
      'How near to the bound does a swarm come when all uplinks are equal, and does it stay there as it grows?',
    setting:
      'One seed and N leechers that come at once, N from 4 to 256; uplinks of 1 MB/s, downlinks of 4 MB/s, 10 ms to the middle of the network; a file of 64 MB in 256 pieces. Five runs for each N, each with its own seed of chance.',
    theory:
      'Nobody can be done before the seed has sent one copy, which takes 64 s (Kurose and Ross; Kumar and Ross). A server alone takes N times that. With pieces sent one after the other the least is 1 + log₂N / pieces times the bound (Mundinger, Weber and Weiss).',
  };
  const equal: ScenarioResult = {
    format: 1,
    scenario: { name: 'equal-uplinks', title: 'Equal uplinks', ...words },
    way: 'sim',
    size: 'full',
    seeds: [1, 2, 3, 4, 5],
    findings: {
      answer:
        'Made up: the last of 256 leechers is done 1.13 times the bound after the first came; with 4 it is 1.03. A server alone needs 64 s for each.',
      checks: [
        {
          claim: 'The last leecher is done within 1.15 × the bound, with 256 leechers.',
          value: 1.126,
          limit: { atMost: 1.15 },
          unit: 'times',
        },
        {
          claim: 'The seed sends at most 1.1 copies.',
          value: 1.1004,
          limit: { atMost: 1.1 },
          unit: 'copies',
        },
        {
          claim: 'At least 95 % of the uplinks are used.',
          value: 0.9721,
          limit: { atLeast: 0.95 },
          unit: 'share',
        },
      ],
      plots: [SWEEP, NEAR],
    },
    runs: LEECHERS.flatMap((count, i): RunRow[] => [
      row(`N = ${count}`, {
        leechers: count,
        completed: count,
        makespanMs: 66_000 + 1_100 * i,
        ratio: 1.03 + 0.016 * i,
      }),
      ...(count === 16
        ? [
            {
              ...row('N = 16, by the model', { leechers: 16, completed: 16 }),
              way: 'model' as const,
              seeds: 1,
            },
          ]
        : []),
    ]),
    timeline: { ...madeUpTimeline(33, 120, 48), label: 'N = 32' },
    tookMs: 154_000,
  };
  const field: ScenarioResult = {
    ...equal,
    way: 'field',
    size: 'quick',
    seeds: [7, 8],
    findings: {
      answer: 'Made up: with real processes on one machine it is 1.09 times the bound for 8.',
      checks: [
        {
          claim: 'The last leecher is done within 1.2 × the bound.',
          value: 1.09,
          limit: { atMost: 1.2 },
          unit: 'times',
        },
        {
          claim: 'The processors are idle for a fifth of the time.',
          value: Number.NaN,
          limit: { atLeast: 0.2 },
          unit: 'share',
        },
      ],
      plots: [PAIRS],
    },
    runs: [
      { ...row('N = 8', { leechers: 8, completed: 7.5, cpuIdle: 0.41, originCopies: 0.25 }), way: 'field' },
    ],
  };
  const { timeline: _, ...still } = equal;
  const orders: ScenarioResult = {
    ...still,
    scenario: {
      ...words,
      name: 'piece-order',
      title: 'Order of pieces & <script>alert(1)</script>',
      question: 'What does rarest first gain over random | sequential order?',
    },
    findings: {
      answer: 'Made up: rarest first loses *nothing* when the seed leaves; sequential never ends then.',
      checks: [],
      plots: [ORDERS, POPULATION, PAIRS],
    },
    runs: [
      row('rarest first', {}),
      row('random', {}),
      row('sequential, the seed leaves', { completed: 0, makespanMs: Number.NaN, ratio: Number.NaN }),
    ],
  };
  return [equal, field, orders];
}

/** As large as a report may be: fifteen scenarios, each with a timeline of 240 frames of 33 peers with 48 cells. */
export function manyMadeUpResults(): readonly ScenarioResult[] {
  const [equal] = madeUpResults();
  const timeline = { ...madeUpTimeline(33, 240, 48), label: 'N = 32' };
  return Array.from({ length: 15 }, (_, i) => ({
    ...equal!,
    scenario: { ...equal!.scenario, name: `scenario-${i + 1}`, title: `Scenario ${i + 1}` },
    timeline,
  }));
}

/** One seed and leechers, of which the fourth comes late and the fifth leaves early. */
export function madeUpTimeline(peerCount: number, frameCount: number, pieceCount: number): Timeline {
  const random = numbers(7);
  const has = Array.from({ length: peerCount }, (_, peer) =>
    Array.from({ length: pieceCount * PER_CELL }, () => peer === 0),
  );
  const isThere = (peer: number, frame: number) =>
    !(peer === 4 && frame < frameCount / 4) && !(peer === 5 && frame > frameCount / 2);
  const frames = Array.from({ length: frameCount }, (_, frame) => {
    const flows: [number, number, number][] = [];
    for (let to = 1; to < peerCount; to++) {
      if (!isThere(to, frame) || frame === 0) continue;
      for (let i = 0; i < 5; i++) {
        const from = i === 0 && to % 8 === frame % 8 ? 0 : Math.floor(random() * peerCount);
        if (from === to || !isThere(from, frame)) continue;
        const count = Math.ceil((0.9 * pieceCount * PER_CELL) / frameCount / 5);
        let moved = 0;
        for (; moved < count; moved++) {
          const first = Math.floor(random() * pieceCount * PER_CELL);
          let piece = first;
          while (has[to]![piece] || !has[from]![piece]) {
            piece = (piece + 1) % (pieceCount * PER_CELL);
            if (piece === first) break;
          }
          if (has[to]![piece] || !has[from]![piece]) break;
          has[to]![piece] = true;
        }
        if (moved === 0) continue;
        flows.push([from, to, Math.round(moved * (0.3 + 1.4 * random()) * 8192)]);
      }
    }
    return {
      atMs: frame * 500,
      have: has.map((own, peer) =>
        isThere(peer, frame) ? haveDigits(own.length, piece => own[piece]!) : '',
      ),
      flows,
    };
  });
  return {
    stepMs: 500,
    peers: has.map((_, peer) => ({
      name: peer === 0 ? 'seed' : `leecher ${peer}`,
      group: peer === 0 ? 0 : peer > peerCount - 5 ? 2 : 1,
      hasEverything: peer === 0,
    })),
    frames,
  };
}

function row(label: string, figures: Partial<Record<FigureName, number>>): RunRow {
  const all = { ...FIGURES, ...figures };
  const runs = [0.99, 1, 1.01].map(part =>
    Object.fromEntries(
      Object.entries(all).map(([name, value]) => [name, FIXED.has(name) ? value : value * part]),
    ),
  );
  return { label, way: 'sim', seeds: 3, summary: summarise(runs as never) as FiguresSummary };
}

/** The same for the same seed, of no quality. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state / 0x7fffffff;
  };
}

const FIGURES: Record<FigureName, number> = {
  leechers: 32,
  completed: 32,
  makespanMs: 68_000,
  boundMs: 64_000,
  ratio: 1.06,
  meanMs: 61_000,
  p50Ms: 64_200,
  p95Ms: 67_100,
  maxMs: 68_000,
  uploadUse: 0.953,
  seedCopies: 1.04,
  originCopies: 0,
  duplicateShare: 0.0021,
  overheadShare: 0.0134,
  fairness: 0.991,
  cpuIdle: Number.NaN,
};
/** Pieces. */
const PER_CELL = 27;
const FIXED = new Set(['leechers', 'completed']);
