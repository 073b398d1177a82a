// Carries out a scenario: each of its plans once for each seed, the figures of all of them, and the pictures of one.

import { SwarmlineError } from '../core/errors.ts';
import { runFigures, summarise } from './figures.ts';
import { type ChangedParameters, changedOf, valuesOf } from './parameters.ts';
import type { Way } from './plan.ts';
import type { RunRecord } from './record.ts';
import { againCommand } from './report/scenario-words.ts';
import type { Lab, PlanRuns, RunPlan, RunRow, Scenario, ScenarioResult } from './scenario.ts';

export interface RunScenarioOptions {
  readonly way: 'sim' | 'field';
  readonly size: 'quick' | 'full';
  readonly seeds: readonly number[];
  /** @default nothing */
  readonly changed?: ChangedParameters;
  /** What can carry out plans. */
  readonly ways: Readonly<Partial<Record<Way, RunPlan>>>;
  /** Milliseconds, of any beginning. */
  readonly now: () => number;
}

/** @throws SwarmlineError LAB_WAY where the scenario is not made for that way; LAB_PARAMETER what of it cannot be changed so; what a run fails with */
export async function runScenario(scenario: Scenario, options: RunScenarioOptions): Promise<ScenarioResult> {
  const { way, size, seeds, changed = {}, ways, now } = options;
  if (!scenario.ways.includes(way)) {
    const how =
      way === 'field'
        ? 'is not made for the field: leave --field away'
        : 'needs real processes: add --field (Linux, as root)';
    throw new SwarmlineError('LAB_WAY', `"${scenario.name}" ${how}.`);
  }
  const parameters = valuesOf(scenario, { way, size }, changed);
  const startedAt = now();
  const rows: RunRow[] = [];
  let hasPictures = false;
  let pictured: { readonly label: string; readonly record: RunRecord } | undefined;
  const lab: Lab = {
    way,
    size,
    changed: Object.fromEntries(changedOf(parameters).map(({ name, value }) => [name, value])),
    run: async (plan, { label, way: planWay = way, isPictured = false, maxSeeds = seeds.length }) => {
      const runPlan = ways[planWay];
      if (runPlan === undefined) throw new Error(`No way to run "${planWay}" was given.`);
      const isWanted = isPictured && !hasPictures;
      hasPictures ||= isPictured;
      // Whoever runs them says how many at a time.
      const records = await Promise.all(
        seeds.slice(0, maxSeeds).map((seed, i) => {
          const name = `${scenario.name}, ${label}`;
          const again = againCommand({ scenario, way, size, seeds: [seed], parameters });
          return runPlan(plan, { seed, isPictured: isWanted && i === 0, name, again });
        }),
      );
      const [first] = records;
      if (first?.timeline !== undefined) pictured = { label, record: first };
      const figures = records.map(runFigures);
      const runs: PlanRuns = { records, figures, summary: summarise(figures) };
      rows.push({ label, way: planWay, seeds: records.length, summary: runs.summary });
      return runs;
    },
  };
  const findings = await scenario.run(lab);
  const { name, title, question, setting, theory } = scenario;
  const timeline = pictured?.record.timeline;
  return {
    format: 1,
    scenario: { name, title, question, setting, theory },
    way,
    size,
    seeds,
    ...(parameters.length > 0 && { parameters }),
    findings,
    runs: rows,
    ...(timeline !== undefined && { timeline: { ...timeline, label: pictured!.label } }),
    tookMs: now() - startedAt,
  };
}
