// What page and docs say of a scenario's result in the same words: its place, whether it passes its lines, how to run it again.

import { type Check, passes, type ScenarioResult } from '../scenario.ts';
import { formatDuration, formatSeeds } from './figure-text.ts';
import { WAYS } from './runs-table.ts';

/** Beside a scenario's title, which may be there in both ways. */
export const WAY_TITLES: Readonly<Record<ScenarioResult['way'], string>> = {
  sim: 'simulated',
  field: 'with real processes',
};

export type Verdict = 'passes' | 'fails' | 'not measured';

export function verdictOf(check: Check): Verdict {
  if (Number.isNaN(check.value)) return 'not measured';
  return passes(check) ? 'passes' : 'fails';
}

/** `✓` or `✗`: never without its word. */
export function markOf(verdict: Verdict): string {
  return verdict === 'passes' ? '✓' : '✗';
}

/** `3 of 4 lines passed` */
export function passedWords(checks: readonly Check[]): string {
  const passed = checks.filter(passes).length;
  return `${passed} of ${checks.length} ${checks.length === 1 ? 'line' : 'lines'} passed`;
}

/** Of this result alone in a report: a name that links and files can have. */
export function slugOf({ scenario, way }: ScenarioResult): string {
  const name = scenario.name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return way === 'sim' ? name : `${name}-${way}`;
}

/** `in the simulator, full size, with seeds 1–5; took 2 min 34 s` */
export function runWords({ way, size, seeds, tookMs }: ScenarioResult): string {
  const where = way === 'sim' ? 'In the simulator' : `With ${WAYS[way]}`;
  const how = size === 'full' ? 'full size' : 'quick size, which is less sure';
  const seedWords = `${seeds.length === 1 ? 'seed' : 'seeds'} ${formatSeeds(seeds)}`;
  return `${where}, ${how}, ${seedWords}; took ${formatDuration(tookMs)}.`;
}

/** The command that makes the same result again: its seeds follow one another. */
export function againCommand({
  scenario,
  way,
  size,
  seeds,
}: Pick<ScenarioResult, 'way' | 'size' | 'seeds'> & {
  readonly scenario: { readonly name: string };
}): string {
  const words = ['swarmline lab run', scenario.name];
  if (size === 'quick') words.push('--quick');
  if (way === 'field') words.push('--field');
  words.push(`--seeds ${seeds.length}`);
  if (seeds[0] !== 1) words.push(`--first-seed ${seeds[0]}`);
  return words.join(' ');
}
