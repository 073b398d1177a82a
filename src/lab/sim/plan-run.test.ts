// A plan in the simulator: small ones, each for what the runner itself has to do.

import { describe, expect, it } from 'vitest';
import { runFigures } from '../figures.ts';
import type { PeerGroup, SwarmPlan } from '../plan.ts';
import { CELLS, FRAMES } from '../timeline.ts';
import { simRunPlan } from './plan-run.ts';

const LINE = { upBytesPerSecond: 1_000_000, downBytesPerSecond: 4_000_000 } as const;
const SEED: PeerGroup = { name: 'seed', count: 1, has: 'everything', ...LINE };
const CONTENT = { length: 2 * 1_048_576, pieceLength: 65_536 };
const OPTIONS = { seed: 1, isPictured: false, name: 'test' } as const;

function swarm(leechers: Partial<PeerGroup>, more: Partial<SwarmPlan> = {}): SwarmPlan {
  return { content: CONTENT, groups: [SEED, { name: 'leecher', count: 4, ...LINE, ...leechers }], ...more };
}

describe('a plan in the simulator', () => {
  it('is the same by the same seed, and another by another', async () => {
    const run = async (seed: number) => (await simRunPlan(swarm({}), { ...OPTIONS, seed })).traceHash;
    const [first, again, other] = [await run(1), await run(1), await run(2)];
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  it('tells of everybody when he came and was done, and what passed between groups', async () => {
    const arrives = { kind: 'spread', fromMs: 500, overMs: 2000 } as const;
    const record = await simRunPlan(swarm({ arrives }), OPTIONS);
    const leechers = record.peers.filter(({ group }) => group === 1);
    expect(leechers.map(({ startedAtMs }) => startedAtMs)).toEqual([500, 1000, 1500, 2000]);
    for (const { startedAtMs, firstPieceAtMs, completedAtMs, share } of leechers) {
      expect(firstPieceAtMs).toBeGreaterThan(startedAtMs!);
      expect(completedAtMs).toBeGreaterThan(firstPieceAtMs!);
      expect(share).toBe(1);
    }
    const [fromSeed, fromLeechers] = record.traffic!;
    const needed = 4 * CONTENT.length;
    expect(fromSeed![1]! + fromLeechers![1]!).toBeGreaterThan(needed);
    expect(fromSeed![1]! + fromLeechers![1]!).toBeLessThan(1.2 * needed);
    expect(runFigures(record).ratio).toBeGreaterThan(1);
  });

  it('ends when it is told to, whoever is done', async () => {
    const record = await simRunPlan(
      swarm({ arrives: { kind: 'at once', atMs: 1000 } }, { endsAtMs: 2000 }),
      OPTIONS,
    );
    expect(record.endedAtMs).toBe(2000);
    expect(runFigures(record)).toMatchObject({ leechers: 4, completed: 0 });
    expect(record.population.at(-1)).toEqual({ atMs: 2000, leechers: 4, seeds: 1 });
  });

  it('has peers leave when they are done, at a time, and after so many copies', async () => {
    const record = await simRunPlan(
      {
        content: CONTENT,
        groups: [
          { ...SEED, leaves: { kind: 'after copies', copies: 0.5 } },
          SEED,
          { name: 'leaver', count: 2, ...LINE, leaves: { kind: 'when done', afterMs: 100 } },
          { name: 'quitter', count: 1, ...LINE, leaves: { kind: 'at', atMs: 700 } },
        ],
        endsAtMs: 10_000,
      },
      OPTIONS,
    );
    const [seed, , leaver, , quitter] = record.peers;
    // A megabyte over a line of a megabyte a second.
    expect(seed!.leftAtMs).toBeGreaterThan(1000);
    expect(seed!.leftAtMs).toBeLessThan(2500);
    expect(leaver!.leftAtMs! - leaver!.completedAtMs!).toBeCloseTo(100, 0);
    expect(quitter!.leftAtMs).toBeCloseTo(700, 0);
    expect(quitter!.share).toBeLessThan(1);
  });

  it('has free-riders, who give nothing', async () => {
    const record = await simRunPlan(swarm({ gives: false }), OPTIONS);
    expect(record.peers.slice(1).map(({ uploaded }) => uploaded)).toEqual([0, 0, 0, 0]);
    // All copies over the seed's line alone.
    expect(runFigures(record).seedCopies).toBeCloseTo(4);
  });

  it('has sites, whose machines share a line and are fast among themselves', async () => {
    const sites = {
      office: { upBytesPerSecond: 500_000, downBytesPerSecond: 500_000, localBytesPerSecond: 1e8 },
    };
    const record = await simRunPlan(swarm({ site: 'office' }, { sites }), OPTIONS);
    const copies = record.siteBytes!['office']! / CONTENT.length;
    expect(copies).toBeGreaterThanOrEqual(1);
    // Not one for each: most of it came from the machine beside.
    expect(copies).toBeLessThan(3);
    expect(runFigures(record).makespanMs).toBeGreaterThan((1000 * copies * CONTENT.length) / 500_000);
  });

  it('has a web seed', async () => {
    const groups = [{ name: 'leecher', count: 2, ...LINE }];
    const record = await simRunPlan(swarm({}, { groups, origin: { upBytesPerSecond: 1_000_000 } }), OPTIONS);
    expect(record.originBytes).toBeGreaterThanOrEqual(CONTENT.length);
    expect(runFigures(record).completed).toBe(2);
  });

  it('has peers that send what is wrong, and nobody fails by them', async () => {
    const liars: PeerGroup = { name: 'liar', count: 1, ...LINE, corrupts: true };
    const plan = swarm({});
    const record = await simRunPlan({ ...plan, groups: [...plan.groups, liars] }, OPTIONS);
    expect(runFigures(record)).toMatchObject({ leechers: 4, completed: 4 });
    expect(record.peers.reduce((sum, { wasted }) => sum + wasted, 0)).toBeGreaterThan(0);
  });

  it('says what runs it again, where it fails', async () => {
    const far = { arrives: { kind: 'at once', atMs: 1e9 } } as const;
    const options = { ...OPTIONS, name: 'made-up, N = 4', again: 'swarmline lab run made-up --first-seed 1' };
    const failed = simRunPlan(swarm(far), options);
    await expect(failed).rejects.toThrow('Replay: swarmline lab run made-up --first-seed 1 (made-up, N = 4)');
  });

  it('refuses what it has not: other clients', async () => {
    await expect(simRunPlan(swarm({ client: 'aria2' }), OPTIONS)).rejects.toMatchObject({
      code: 'LAB_UNSUPPORTED',
    });
  });
});

describe('a server alone', () => {
  it('serves all at the same time, over its one line', async () => {
    const groups = [{ name: 'client', count: 4, ...LINE }];
    const plan: SwarmPlan = {
      content: CONTENT,
      by: 'origin',
      origin: { upBytesPerSecond: 1_000_000 },
      groups,
    };
    const figures = runFigures(await simRunPlan(plan, OPTIONS));
    expect(figures).toMatchObject({ completed: 4, originCopies: 4 });
    expect(figures.ratio).toBeGreaterThan(1);
    expect(figures.ratio).toBeLessThan(1.05);
  });
});

it('lets a crowd wait for a slow server for hours', async () => {
  const groups = [{ name: 'client', count: 4, ...LINE }];
  const plan: SwarmPlan = { content: CONTENT, by: 'origin', origin: { upBytesPerSecond: 1000 }, groups };
  const { completed, maxMs } = runFigures(await simRunPlan(plan, OPTIONS));
  expect(completed).toBe(4);
  expect(maxMs / 3_600_000).toBeCloseTo((4 * CONTENT.length) / 3_600_000, 1);
});

describe('pictures of a run', () => {
  it('tells how far its pictures are apart, however many there were', async () => {
    for (const endsAtMs of [10_000, 40_000, 70_000]) {
      const plan = swarm({}, { endsAtMs });
      const { frames, stepMs } = (await simRunPlan(plan, { ...OPTIONS, isPictured: true })).timeline!;
      expect(frames.length).toBeLessThanOrEqual(FRAMES);
      const apart = frames.slice(1, -1).map(({ atMs }, k) => Math.round(atMs - frames[k]!.atMs));
      expect(new Set(apart)).toEqual(new Set([stepMs]));
    }
  });

  it('show who has what and who gave it, and every byte but what is said beside them', async () => {
    const { timeline, traffic } = await simRunPlan(swarm({}), { ...OPTIONS, isPictured: true });
    expect(timeline!.peers.map(({ name }) => name)).toEqual([
      'seed',
      'leecher 1',
      'leecher 2',
      'leecher 3',
      'leecher 4',
    ]);
    const cells = Math.min(CELLS, CONTENT.length / CONTENT.pieceLength);
    expect(timeline!.frames[0]!.have[0]).toBe('9'.repeat(cells));
    expect(timeline!.frames.at(-1)!.have).toEqual(Array.from({ length: 5 }, () => '9'.repeat(cells)));
    let bytes = 0;
    for (const { flows } of timeline!.frames) for (const [, , more] of flows) bytes += more;
    const all = traffic!.flat().reduce((sum, more) => sum + more, 0);
    expect(bytes).toBeGreaterThan(0.9 * all);
    expect(bytes).toBeLessThanOrEqual(all);
  });
});
