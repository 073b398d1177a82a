import { describe, expect, it } from 'vitest';
import { estimate, quantile, runFigures, summarise } from './figures.ts';
import type { SwarmPlan } from './plan.ts';
import type { PeerRecord, RunRecord } from './record.ts';

const LENGTH = 1_000_000;
const LINE = { upBytesPerSecond: 100_000, downBytesPerSecond: 400_000 };
const PLAN: SwarmPlan = {
  content: { length: LENGTH },
  groups: [
    { name: 'seed', count: 1, has: 'everything', ...LINE },
    { name: 'leecher', count: 2, ...LINE },
  ],
};

function peer(facts: Partial<PeerRecord>): PeerRecord {
  return {
    group: 1,
    startedAtMs: 0,
    firstPieceAtMs: 0,
    completedAtMs: undefined,
    leftAtMs: undefined,
    uploaded: 0,
    downloaded: 0,
    wasted: 0,
    sent: 0,
    share: 1,
    ...facts,
  };
}

function record(peers: readonly PeerRecord[], more: Partial<RunRecord> = {}): RunRecord {
  return {
    way: 'sim',
    seed: 1,
    plan: PLAN,
    pieceLength: 16_384,
    peers,
    endedAtMs: 20_000,
    population: [],
    ...more,
  };
}

describe('the figures of a run', () => {
  const seed = peer({ group: 0, uploaded: 1.1 * LENGTH, sent: 1.2 * LENGTH });
  const figures = runFigures(
    record([
      seed,
      peer({
        startedAtMs: 1000,
        completedAtMs: 11_000,
        uploaded: 0.5 * LENGTH,
        sent: 0.5 * LENGTH,
        downloaded: LENGTH,
      }),
      peer({
        startedAtMs: 1000,
        completedAtMs: 21_000,
        uploaded: 0.4 * LENGTH,
        sent: 0.4 * LENGTH,
        downloaded: LENGTH,
        wasted: 1000,
      }),
    ]),
  );

  it('hold the last completion against the bound', () => {
    // One copy over the seed's line: 10 s.
    expect(figures).toMatchObject({
      leechers: 2,
      completed: 2,
      makespanMs: 20_000,
      boundMs: 10_000,
      ratio: 2,
    });
    expect(figures).toMatchObject({ meanMs: 15_000, p50Ms: 10_000, p95Ms: 20_000, maxMs: 20_000 });
  });

  it('say where the bytes went', () => {
    expect(figures.seedCopies).toBeCloseTo(1.1);
    expect(figures.duplicateShare).toBeCloseTo(1000 / (2 * LENGTH));
    expect(figures.overheadShare).toBeCloseTo(0.05);
    // A program that does not tell what it got twice does not tell blocks from headers either.
    const untold = record([seed, peer({ completedAtMs: 5000, wasted: Number.NaN })]);
    expect(runFigures(untold).overheadShare).toBeNaN();
    // 0.9 MB of the 2 × 2 MB that two lines carry in twenty seconds.
    expect(figures.uploadUse).toBeCloseTo(0.225);
  });

  it('call it fair when all are as fast', () => {
    const fair = [peer({ completedAtMs: 5000 }), peer({ completedAtMs: 5000 })];
    expect(runFigures(record([seed, ...fair])).fairness).toBeCloseTo(1);
    // Rates of 2 and 1: (2 + 1)² / (2 · (4 + 1)).
    expect(figures.fairness).toBeCloseTo(0.9);
  });

  it('say nothing of times where nobody is done', () => {
    const none = runFigures(record([seed, peer({}), peer({ startedAtMs: undefined })]));
    expect(none).toMatchObject({ leechers: 1, completed: 0, makespanMs: Number.NaN, ratio: Number.NaN });
  });

  it('know of no bound where somebody stays and is not done, and of one where he goes by the plan', () => {
    const waiting = record([seed, peer({ completedAtMs: 12_000 }), peer({ share: 0.9 })]);
    expect(runFigures(waiting)).toMatchObject({ makespanMs: 12_000, boundMs: Number.NaN, ratio: Number.NaN });
    const goes = { ...PLAN.groups[1]!, count: 1, leaves: { kind: 'at', atMs: 5000 } as const };
    const quit = record(
      [seed, peer({ completedAtMs: 12_000 }), peer({ group: 2, leftAtMs: 5000, share: 0.5 })],
      {
        plan: { ...PLAN, groups: [...PLAN.groups, goes] },
      },
    );
    expect(runFigures(quit)).toMatchObject({ boundMs: 10_000, ratio: 1.2 });
  });

  it('hold what came in vain against what all have at the end, be they done or not', () => {
    const half = record([
      seed,
      peer({ completedAtMs: 9000, wasted: 1000 }),
      peer({ share: 0.5, wasted: 2000 }),
    ]);
    expect(runFigures(half).duplicateShare).toBeCloseTo(3000 / (1.5 * LENGTH));
  });

  it('count an uplink only while it is there', () => {
    // 5 s and 20 s of 100 kB/s.
    const left = record([
      seed,
      peer({ completedAtMs: 5000, leftAtMs: 5000, sent: 0.25 * LENGTH }),
      peer({ completedAtMs: 20_000, sent: LENGTH }),
    ]);
    expect(runFigures(left).uploadUse).toBeCloseTo(0.5);
  });

  it('take the server’s bound where nothing is exchanged', () => {
    const plan: SwarmPlan = {
      ...PLAN,
      by: 'origin',
      origin: { upBytesPerSecond: 100_000 },
      groups: [PLAN.groups[1]!],
    };
    const peers = [peer({ group: 0, completedAtMs: 20_000 }), peer({ group: 0, completedAtMs: 20_000 })];
    expect(runFigures(record(peers, { plan, originBytes: 2 * LENGTH }))).toMatchObject({
      boundMs: 20_000,
      ratio: 1,
      originCopies: 2,
    });
  });

  it('count free-riders’ uplinks for nothing', () => {
    const groups = [PLAN.groups[0]!, { ...PLAN.groups[1]!, gives: false }];
    const riders = record([seed, peer({ completedAtMs: 30_000 }), peer({ completedAtMs: 30_000 })], {
      plan: { ...PLAN, groups },
    });
    // Two copies over the seed's line alone.
    expect(runFigures(riders).boundMs).toBe(20_000);
  });
});

describe('several runs', () => {
  it('have a mean, and a margin of 95 % by Student’s t', () => {
    const { mean, margin } = estimate([10, 12, 11, 13, 14]);
    expect(mean).toBe(12);
    // 2.776 · 1.5811 / √5
    expect(margin).toBeCloseTo(1.963, 2);
  });

  it('have no margin where there is one', () => {
    expect(estimate([7])).toEqual({ mean: 7, margin: Number.NaN });
    const one = summarise([runFigures(record([peer({ completedAtMs: 10_000 })]))]);
    expect(one.makespanMs).toEqual({ mean: 10_000, margin: Number.NaN });
  });
});

it('takes the nearest rank', () => {
  const sorted = Array.from({ length: 20 }, (_, i) => i + 1);
  expect([quantile(sorted, 0.5), quantile(sorted, 0.95), quantile(sorted, 1)]).toEqual([10, 19, 20]);
  expect(quantile([], 0.5)).toBeNaN();
});
