import { expect, it } from 'vitest';
import { equalCaps } from './equal-caps.ts';

const MIB = 1_048_576;

// Measured with ten seeds: 1.06 at the most, and 1.06 copies.
it.each([1, 2, 3])('8 leechers of equal uplinks, seed %i', async seed => {
  const { figures, swarm } = await equalCaps(8, 16 * MIB).run({ seed });
  expect(figures.ratio, swarm.world.replay).toBeLessThan(1.1);
  expect(figures.seedCopies, swarm.world.replay).toBeLessThan(1.1);
  expect(figures.duplicateShare, swarm.world.replay).toBeLessThan(0.03);
});

// Half a million things that happen: ten seconds of CPU time, and more where others have the cores.
it.each([1, 2])(
  '32 leechers of equal uplinks, seed %i',
  async seed => {
    const { figures, lines, swarm } = await equalCaps(32, 32 * MIB).run({ seed });
    console.log(lines.join('\n'));
    expect(figures.ratio, swarm.world.replay).toBeLessThan(1.15);
    expect(figures.seedCopies, swarm.world.replay).toBeLessThan(1.15);
    expect(figures.duplicateShare, swarm.world.replay).toBeLessThan(0.03);
  },
  120_000,
);

// Measured: 1.05 and 1.04 copies.
it.each([1, 2, 3])('8 leechers and a super-seed, seed %i', async seed => {
  const { figures, swarm } = await equalCaps(8, 16 * MIB, { superSeed: true }).run({ seed });
  expect(figures.ratio, swarm.world.replay).toBeLessThan(1.1);
  expect(figures.seedCopies, swarm.world.replay).toBeLessThan(1.08);
});
