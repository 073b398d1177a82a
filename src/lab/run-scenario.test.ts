import { describe, expect, it } from 'vitest';
import type { RunRecord } from './record.ts';
import { againCommand, changedWords } from './report/scenario-words.ts';
import { runScenario } from './run-scenario.ts';
import { passes, type RunPlan, type Scenario } from './scenario.ts';

const PLAN = { content: { length: 1000 }, groups: [] };
const ABOUT = { name: 'made-up', title: 'Made up', question: 'Is it?', setting: 'None.', theory: 'None.' };

const scenario: Scenario = {
  ...ABOUT,
  ways: ['sim', 'model'],
  run: async lab => {
    const first = await lab.run(PLAN, { label: 'first' });
    const second = await lab.run(PLAN, { label: 'second', isPictured: true, maxSeeds: 1 });
    const third = await lab.run(PLAN, { label: 'third', way: 'model', isPictured: true });
    const value = first.records.length + 10 * second.records.length + 100 * third.records.length;
    return { answer: 'It is.', checks: [{ claim: 'It is.', value, limit: { atMost: 1 } }], plots: [] };
  },
};

/** Says what it was asked for. */
function ways() {
  const asked: string[] = [];
  const way =
    (name: 'sim' | 'model'): RunPlan =>
    async (plan, { seed, isPictured, name: of }) => {
      asked.push(`${name} ${of} ${seed}${isPictured ? ' pictured' : ''}`);
      const timeline = { stepMs: 1, peers: [], frames: [] };
      return {
        way: name,
        seed,
        plan,
        pieceLength: 1,
        peers: [],
        endedAtMs: 0,
        population: [],
        ...(isPictured && { timeline }),
      } satisfies RunRecord;
    };
  return { asked, ways: { sim: way('sim'), model: way('model') } };
}

describe('a scenario', () => {
  const options = { way: 'sim', size: 'quick', seeds: [3, 4], now: () => 0 } as const;

  it('has each plan run once for each seed, and the first pictured one’s first run kept', async () => {
    const { asked, ways: given } = ways();
    const result = await runScenario(scenario, { ...options, ways: given });
    expect(asked).toEqual([
      'sim made-up, first 3',
      'sim made-up, first 4',
      'sim made-up, second 3 pictured',
      'model made-up, third 3',
      'model made-up, third 4',
    ]);
    expect(result.findings.checks[0]!.value).toBe(212);
    expect(result.timeline?.label).toBe('second');
    expect(result.runs.map(({ label, way, seeds }) => [label, way, seeds])).toEqual([
      ['first', 'sim', 2],
      ['second', 'sim', 1],
      ['third', 'model', 2],
    ]);
  });

  it('is not run in a way that it is not made for', async () => {
    const run = runScenario(scenario, { ...options, way: 'field', ways: ways().ways });
    await expect(run).rejects.toMatchObject({
      code: 'LAB_WAY',
      message: '"made-up" is not made for the field: leave --field away.',
    });
  });

  it('is told what was changed of it, which the result keeps and the command says', async () => {
    const seen: unknown[] = [];
    const changeable: Scenario = {
      ...scenario,
      parameters: () => ({ peers: 16, length: 1_048_576 }),
      run: async lab => {
        seen.push(lab.changed);
        return scenario.run(lab);
      },
    };
    const changed = { peers: 16, length: 2_097_152 };
    const result = await runScenario(changeable, { ...options, changed, ways: ways().ways });
    expect(seen).toEqual([{ length: 2_097_152 }]);
    expect(result.parameters).toEqual([
      { name: 'peers', value: 16, byItself: 16 },
      { name: 'length', value: 2_097_152, byItself: 1_048_576 },
    ]);
    expect(againCommand(result)).toBe(
      'swarmline lab run made-up --quick --length 2M --seeds 2 --first-seed 3',
    );
    expect(changedWords(result)).toContain('file of 2.0 MiB instead of 1.0 MiB');
    await expect(runScenario(scenario, { ...options, changed, ways: ways().ways })).rejects.toMatchObject({
      code: 'LAB_PARAMETER',
    });
  });
});

it('passes a line at its limit, and none where nothing was measured', () => {
  const check = (value: number, limit: { atMost: number } | { atLeast: number }) =>
    passes({ claim: '', value, limit });
  expect([
    check(1.1, { atMost: 1.1 }),
    check(1.11, { atMost: 1.1 }),
    check(Number.NaN, { atMost: 1.1 }),
  ]).toEqual([true, false, false]);
  expect([check(0.9, { atLeast: 0.9 }), check(Number.NaN, { atLeast: 0.9 })]).toEqual([true, false]);
});
