import { expect, it } from 'vitest';
import { equalCaps } from './equal-caps.ts';

it('accounts for the time: what uplinks were idle is what is missing from what they sent', async () => {
  const { figures, losses } = await equalCaps(4, 4 * 1_048_576).run({ seed: 1 });
  const idleMs = losses.startMs + losses.middleMs + losses.endMs;
  expect(idleMs / figures.makespanMs).toBeCloseTo(1 - figures.uploadUse!, 1);
  expect(losses.firstCopiesMs).toBeGreaterThan(0.9 * figures.boundMs);
  expect(losses.firstCopiesMs).toBeLessThanOrEqual(figures.makespanMs);
});
