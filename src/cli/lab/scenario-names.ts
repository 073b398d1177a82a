// Scenarios by the names that are typed.

import type { Scenario } from '../../lab/scenario.ts';
import { SCENARIOS } from '../../lab/scenarios/index.ts';
import { didYouMean } from '../did-you-mean.ts';
import { UsageError } from '../usage-error.ts';

/** `all` are those that can be run that way; each once, in their own order. @throws UsageError */
export function scenariosNamed(names: readonly string[], way: 'sim' | 'field'): readonly Scenario[] {
  const known = SCENARIOS.map(({ name }) => name);
  for (const name of names) {
    if (name === 'all' || known.includes(name)) continue;
    const meant = didYouMean(name, known);
    const hint = meant === undefined ? '"swarmline lab list" shows them' : `did you mean "${meant}"?`;
    throw new UsageError(`There is no scenario "${name}": ${hint}`);
  }
  return SCENARIOS.filter(({ name, ways }) => {
    if (names.includes(name)) return true;
    return names.includes('all') && ways.includes(way);
  });
}
