// LEDBAT at a queue that holds half a second: BEP 29, "congestion control".

import { describe, expect, it } from 'vitest';
import { Bottleneck } from './utp-bottleneck.ts';

const LINE = { seed: 1, bytesPerSecond: 1_250_000, queueMs: 500 };

describe.each([5, 50])('uTP at a line of 10 Mbit/s, %i ms away', latencyMs => {
  it('fills it alone, and keeps about a tenth of a second in the queue', async () => {
    const bottleneck = new Bottleneck({ ...LINE, latencyMs });
    const flow = await bottleneck.utp();
    await bottleneck.world.pass(5000);
    const [share] = await bottleneck.sharesIn(20_000, flow);
    const delayMs = await bottleneck.delayOf(flow, 10_000);
    expect(share).toBeGreaterThan(0.9);
    expect(delayMs).toBeGreaterThan(50);
    expect(delayMs).toBeLessThan(130);
  });

  it('yields to a flow that fills the queue, and takes the line again afterwards', async () => {
    const bottleneck = new Bottleneck({ ...LINE, latencyMs });
    const flow = await bottleneck.utp();
    await bottleneck.world.pass(5000);
    const other = await bottleneck.lossBased();
    await bottleneck.world.pass(5000);
    const [ours, theirs] = await bottleneck.sharesIn(20_000, flow, other);
    expect(ours).toBeLessThan(0.05);
    expect(theirs).toBeGreaterThan(0.9);
    other.end();
    await bottleneck.world.pass(5000);
    const [again] = await bottleneck.sharesIn(10_000, flow);
    expect(again).toBeGreaterThan(0.85);
  });

  it('shares it with another that begins with it, or later', async () => {
    for (const laterMs of [0, 20_000]) {
      const bottleneck = new Bottleneck({ ...LINE, latencyMs });
      const first = await bottleneck.utp();
      await bottleneck.world.pass(laterMs);
      const second = await bottleneck.utp();
      await bottleneck.world.pass(20_000);
      const shares = await bottleneck.sharesIn(40_000, first, second);
      expect(shares[0]! + shares[1]!).toBeGreaterThan(0.9);
      expect(Math.min(...shares)).toBeGreaterThan(0.3);
    }
  });
});
