import { expect, it } from 'vitest';
import { runFigures } from '../figures.ts';
import type { PeerGroup, SwarmPlan } from '../plan.ts';
import { HOME_LINE, MIB } from '../scenarios/parts.ts';
import { modelRunPlan } from './run-plan.ts';

const server = (groups: readonly PeerGroup[], upBytesPerSecond = 1_000_000): SwarmPlan => ({
  content: { length: 10_000_000, pieceLength: 65_536 },
  by: 'origin',
  origin: { upBytesPerSecond },
  groups,
});

const run = (plan: SwarmPlan) => modelRunPlan(plan, { seed: 1 });

it('takes as many times as long as there are clients', async () => {
  const times: number[] = [];
  for (const count of [1, 10, 100, 100_000])
    times.push(
      runFigures(await run(server([{ name: 'client', count, latencyMs: 0, ...HOME_LINE }]))).makespanMs,
    );
  expect(times.map(ms => Math.round(ms / 1000))).toEqual([10, 100, 1000, 1_000_000]);
});

it('leaves to others what a slow line does not take', async () => {
  const { peers } = await run(
    server([
      { name: 'slow', count: 1, latencyMs: 0, downBytesPerSecond: 100_000 },
      { name: 'fast', count: 1, latencyMs: 0 },
    ]),
  );
  expect(peers.map(({ completedAtMs }) => Math.round(completedAtMs! / 100) / 10)).toEqual([100, 11.1]);
});

it('shares anew when somebody comes', async () => {
  const { peers, originBytes } = await run(
    server([
      { name: 'first', count: 1, latencyMs: 0 },
      { name: 'second', count: 1, latencyMs: 0, arrives: { kind: 'at once', atMs: 5000 } },
    ]),
  );
  // Half of it alone, the other half at half the rate; then the second's last half alone.
  expect(peers.map(({ completedAtMs }) => Math.round(completedAtMs!))).toEqual([15_000, 20_000]);
  expect(peers.map(({ firstPieceAtMs }) => Math.round(firstPieceAtMs!))).toEqual([66, 5131]);
  expect(originBytes).toBe(20_000_000);
});

it('counts the way to the server and back', async () => {
  const plan = server([{ name: 'far', count: 1, latencyMs: 100 }], 100 * MIB);
  const [peer] = (await run(plan)).peers;
  expect(peer!.completedAtMs).toBeCloseTo(400 + 10_000_000 / (0.1 * MIB), -1);
});
