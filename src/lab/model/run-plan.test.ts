import { describe, expect, it } from 'vitest';
import { runFigures } from '../figures.ts';
import type { PeerGroup, SwarmPlan } from '../plan.ts';
import type { RunRecord } from '../record.ts';
import { HOME_LINE, MIB, seedAndLeechers } from '../scenarios/parts.ts';
import { modelRunPlan } from './run-plan.ts';

const content = { length: 2 * MIB, pieceLength: 32_768 };

const run = (plan: SwarmPlan, seed = 1) => modelRunPlan(plan, { seed });

/** Mean time of the peers of a group, in seconds. */
function meanSeconds({ peers }: RunRecord, group: number, from = 0, to = Number.POSITIVE_INFINITY): number {
  const done = peers.filter(
    peer =>
      peer.group === group &&
      peer.completedAtMs !== undefined &&
      peer.startedAtMs! >= from &&
      peer.startedAtMs! < to,
  );
  return done.reduce((sum, peer) => sum + peer.completedAtMs! - peer.startedAtMs!, 0) / done.length / 1000;
}

describe('a flash crowd', () => {
  it.each([1, 2, 5, 20, 100])('of %i is not done before the least that is possible', async count => {
    const figures = runFigures(await run(seedAndLeechers(content, count)));
    expect(figures.completed).toBe(count);
    expect(figures.ratio).toBeGreaterThan(1);
    expect(figures.ratio).toBeLessThan(2.5);
  });

  it('is the same by the same seed, and another by another', async () => {
    const plan = seedAndLeechers(content, 30);
    const [first, again, other] = [await run(plan, 7), await run(plan, 7), await run(plan, 8)];
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it('sends what it receives', async () => {
    const { peers } = await run(seedAndLeechers(content, 30));
    const [up, down] = [peers.map(peer => peer.uploaded), peers.map(peer => peer.downloaded)].map(bytes =>
      bytes.reduce((sum, each) => sum + each, 0),
    );
    expect(down).toBe(30 * content.length);
    expect(up! / down!).toBeCloseTo(1, 3);
  });

  it('is no faster than its downlinks', async () => {
    const slow = { ...HOME_LINE, downBytesPerSecond: 200_000 };
    const figures = runFigures(await run(seedAndLeechers(content, 20, { leechers: slow })));
    expect(figures.ratio).toBeGreaterThan(1);
    expect(figures.ratio).toBeLessThan(1.2);
  });

  it('takes little longer with ten times as many', async () => {
    const [few, many] = [await run(seedAndLeechers(content, 20)), await run(seedAndLeechers(content, 200))];
    expect(runFigures(many).makespanMs / runFigures(few).makespanMs).toBeLessThan(1.5);
  });
});

describe('what its peers do', () => {
  // What is short is the leechers' uplinks, not the seed's; and those that are done go, else they would be seeds.
  it('makes free-riders wait longer', async () => {
    const line = { upBytesPerSecond: 250_000, downBytesPerSecond: 1_000_000 };
    const record = await run({
      content: { length: 8 * MIB, pieceLength: 65_536 },
      groups: [
        { name: 'seed', count: 1, has: 'everything', upBytesPerSecond: 500_000 },
        { name: 'giver', count: 27, ...line, leaves: { kind: 'when done', afterMs: 0 } },
        { name: 'rider', count: 3, ...line, gives: false },
      ],
    });
    const riders = record.peers.filter(({ group }) => group === 2);
    expect(riders.map(({ uploaded }) => uploaded)).toEqual([0, 0, 0]);
    expect(meanSeconds(record, 2) / meanSeconds(record, 1)).toBeGreaterThan(1.15);
  });

  it('gives those more that give more', async () => {
    const record = await run({
      content: { length: 8 * MIB, pieceLength: 65_536 },
      groups: [
        { name: 'seed', count: 1, has: 'everything', upBytesPerSecond: 4_000_000 },
        { name: 'fast', count: 15, upBytesPerSecond: 800_000, downBytesPerSecond: 4_000_000 },
        { name: 'slow', count: 15, upBytesPerSecond: 100_000, downBytesPerSecond: 4_000_000 },
      ],
    });
    expect(meanSeconds(record, 1)).toBeLessThan(meanSeconds(record, 2));
  });

  it('lets a seed leave after a few copies, and the others finish', async () => {
    const leaves = { kind: 'after copies', copies: 1.6 } as const;
    const record = await run(seedAndLeechers(content, 30, { seed: { leaves } }));
    expect(record.peers[0]!.leftAtMs).toBeGreaterThan(0);
    expect(record.peers[0]!.uploaded / content.length).toBeCloseTo(1.6, 0);
    expect(runFigures(record).completed).toBe(30);
  });

  it('is stuck where the only seed leaves too early, and says so', async () => {
    const seed = { leaves: { kind: 'at', atMs: 2000 } } as const;
    await expect(run(seedAndLeechers(content, 5, { seed }))).rejects.toMatchObject({ code: 'LAB_FAILED' });
  });

  it('lets a super-seed send fewer copies', async () => {
    const copies = async (superSeeds: boolean) =>
      runFigures(await run(seedAndLeechers(content, 30, { seed: { superSeeds } }))).seedCopies;
    const [hiding, plain] = [await copies(true), await copies(false)];
    expect(hiding).toBeGreaterThan(0.99);
    expect(hiding).toBeLessThan(0.9 * plain);
  });

  it('picks in order where it is to', async () => {
    const times = async (picks: NonNullable<PeerGroup['picks']>) =>
      runFigures(await run(seedAndLeechers(content, 40, { leechers: { picks } }))).makespanMs;
    // All want the same at the same time, and have nothing for each other.
    expect(await times('sequential')).toBeGreaterThan(1.3 * (await times('rarest-first')));
  });
});

describe('an open swarm', () => {
  const open = (perSecond: number, count: number): SwarmPlan => ({
    content,
    groups: [
      { name: 'seed', count: 1, has: 'everything', ...HOME_LINE },
      {
        name: 'leecher',
        count,
        ...HOME_LINE,
        arrives: { kind: 'by chance', fromMs: 0, perSecond },
        leaves: { kind: 'when done', afterMs: 5000 },
      },
    ],
    endsAtMs: 60_000,
  });

  // Qiu and Srikant.
  it('takes as long for each, however many come', async () => {
    const [calm, busy] = [await run(open(2, 150)), await run(open(10, 700))];
    const [few, many] = [calm, busy].map(record => meanSeconds(record, 1, 15_000, 45_000));
    expect(many! / few!).toBeGreaterThan(0.7);
    expect(many! / few!).toBeLessThan(1.3);
  });

  it('counts who is there, and those leave who are done', async () => {
    const { population, peers, endedAtMs } = await run(open(2, 150));
    expect(endedAtMs).toBeGreaterThanOrEqual(60_000);
    expect(population.length).toBeGreaterThan(50);
    const left = peers.filter(({ leftAtMs }) => leftAtMs !== undefined);
    expect(left.length).toBeGreaterThan(60);
    for (const { leftAtMs, completedAtMs } of left)
      expect(Math.abs(leftAtMs! - completedAtMs! - 5000)).toBeLessThan(200);
    const { leechers, seeds } = population.at(-1)!;
    const there = peers.filter(peer => peer.startedAtMs !== undefined && peer.leftAtMs === undefined);
    expect(leechers + seeds).toBe(there.length);
  });
});

it.each([
  ['wrong blocks', { groups: [{ name: 'rude', count: 1, corrupts: true }] }],
  ['NAT', { groups: [{ name: 'hidden', count: 1, isReachable: false }] }],
  ['uTP', { groups: [{ name: 'modern', count: 1, transports: ['utp'] }] }],
  ['other clients', { groups: [{ name: 'other', count: 1, client: 'aria2' }] }],
  ['sites', { groups: [], sites: {} }],
  ['web seeds', { groups: [], origin: { upBytesPerSecond: 1 } }],
  ['tracker', { groups: [], trackerDiesAtMs: 1 }],
] satisfies [string, Omit<SwarmPlan, 'content'>][])('has no %s, and says so', async (word, plan) => {
  await expect(run({ content, ...plan })).rejects.toMatchObject({
    code: 'LAB_UNSUPPORTED',
    message: expect.stringContaining(word),
  });
});
