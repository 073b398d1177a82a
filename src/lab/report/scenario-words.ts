// What page and docs say of a scenario's result in the same words: its place, whether it passes its lines, how to run it again.

import { changedOf, PARAMETER_OPTIONS, type ParameterName } from '../parameters.ts';
import { type Check, passes, type ScenarioResult } from '../scenario.ts';
import { formatBytes, formatDuration, formatPlain, formatSeeds } from './figure-text.ts';
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

/** `Changed: 64 leechers instead of 16, 500 kB/s up instead of 250 kB/s.`; empty where nothing is. */
export function changedWords({ parameters = [] }: ScenarioResult): string {
  const words = changedOf(parameters).map(
    ({ name, value, byItself }) => `${parameterWords(name, value)} instead of ${amount(name, byItself)}`,
  );
  if (words.length === 0) return '';
  return `Changed: ${words.join(', ')}. The lines to pass are drawn for what the scenario is by itself.`;
}

/** `16 leechers`, `file of 8.0 MiB`, `250 kB/s up` */
export function parameterWords(name: ParameterName, value: number): string {
  const text = amount(name, value);
  switch (name) {
    case 'peers':
      return `${text} leechers`;
    case 'length':
      return `file of ${text}`;
    case 'pieceLength':
      return `pieces of ${text}`;
    case 'upBytesPerSecond':
      return `${text} up`;
    case 'downBytesPerSecond':
      return `${text} down`;
    case 'connections':
      return `${text} connections each`;
    default:
      return name satisfies never;
  }
}

function amount(name: ParameterName, value: number): string {
  if (name === 'length' || name === 'pieceLength') return formatBytes(value);
  return name === 'peers' || name === 'connections'
    ? formatPlain(value)
    : `${formatPlain(value / 1000)} kB/s`;
}

/** The command that makes the same result again: its seeds follow one another. */
export function againCommand({
  scenario,
  way,
  size,
  seeds,
  parameters = [],
}: Pick<ScenarioResult, 'way' | 'size' | 'seeds' | 'parameters'> & {
  readonly scenario: { readonly name: string };
}): string {
  const words = ['swarmline lab run', scenario.name];
  if (size === 'quick') words.push('--quick');
  if (way === 'field') words.push('--field');
  for (const { name, value } of changedOf(parameters))
    words.push(PARAMETER_OPTIONS[name], typed(name, value));
  words.push(`--seeds ${seeds.length}`);
  if (seeds[0] !== 1) words.push(`--first-seed ${seeds[0]}`);
  return words.join(' ');
}

/** As the command line reads it: sizes in binary units where they are whole. */
function typed(name: ParameterName, value: number): string {
  if (name === 'peers' || name === 'connections' || value % 1024 !== 0) return `${value}`;
  return value % 1_048_576 === 0 ? `${value / 1_048_576}M` : `${value / 1024}K`;
}
