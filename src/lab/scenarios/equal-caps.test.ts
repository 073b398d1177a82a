import { expect, it } from 'vitest';
import { equalCaps } from './equal-caps.ts';

const MIB = 1_048_576;

it.each([1, 2, 3])('8 leechers of equal uplinks, seed %i', async seed => {
  const { figures, swarm } = await equalCaps(8, 16 * MIB).run({ seed });
  expect(figures.ratio, swarm.world.replay).toBeLessThan(1.4);
  expect(figures.seedCopies, swarm.world.replay).toBeLessThan(1.4);
  expect(figures.duplicateShare, swarm.world.replay).toBeLessThan(0.03);
});

it('32 leechers of equal uplinks', async () => {
  const { figures, lines, swarm } = await equalCaps(32, 32 * MIB).run({ seed: 1 });
  console.log(lines.join('\n'));
  // The goal is 1.15.
  expect(figures.ratio, swarm.world.replay).toBeLessThan(1.35);
  expect(figures.seedCopies, swarm.world.replay).toBeLessThan(1.35);
  expect(figures.duplicateShare, swarm.world.replay).toBeLessThan(0.03);
});
