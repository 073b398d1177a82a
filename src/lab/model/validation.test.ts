import { expect, it } from 'vitest';
import { MIB, seedAndLeechers } from '../scenarios/parts.ts';
import { simRunPlan } from '../sim/plan-run.ts';
import { modelRunPlan } from './run-plan.ts';
import { compareWithSim, formatComparison } from './validation.ts';

// Measured: 5 to 7 % slower; with 8 MiB 11 %. `node test/model-error.mjs` makes the same comparison of larger swarms.
it('is as slow as the simulator, but for a tenth, with 24 leechers', async () => {
  const plan = seedAndLeechers({ length: 16 * MIB, pieceLength: 65_536 }, 24);
  const found = await compareWithSim(plan, [1], { model: modelRunPlan, sim: simRunPlan });
  for (const figure of ['makespanMs', 'meanMs', 'p95Ms']) {
    const { off } = found.find(each => each.figure === figure)!;
    expect(Math.abs(off), formatComparison(found)).toBeLessThan(0.1);
  }
}, 240_000);

it('says by how much', async () => {
  const plan = seedAndLeechers({ length: MIB, pieceLength: 65_536 }, 4);
  const found = await compareWithSim(plan, [1, 2], { model: modelRunPlan, sim: modelRunPlan });
  expect(found.map(({ off }) => off)).toEqual([0, 0, 0, 0, 0]);
  expect(formatComparison(found)).toMatch(/^makespanMs [\d.]+ \/ [\d.]+ \(\+0\.0 %\) · /);
});
