// `swarmline lab list`: the questions that the lab can answer.

import { SCENARIOS } from '../../lab/scenarios/index.ts';
import { drawTable } from '../output/table.ts';
import type { Terminal } from '../terminal.ts';

export async function list(flags: { readonly json?: boolean }, { out }: Terminal): Promise<void> {
  if (flags.json === true) {
    const facts = SCENARIOS.map(({ name, title, question, setting, theory, ways, parameters }) => ({
      name,
      title,
      question,
      setting,
      theory,
      ways,
      parameters: parameters?.({ way: ways.includes('sim') ? 'sim' : 'field', size: 'full' }) ?? {},
    }));
    await out.line(JSON.stringify(facts, null, 2));
    return;
  }
  const columns = [{ title: 'scenario' }, { title: 'runs as' }, { title: 'question', shrinks: true }];
  const rows = SCENARIOS.map(({ name, question, ways }) => [
    name,
    ways.filter(way => way !== 'model').join(', '),
    question,
  ]);
  for (const line of drawTable(columns, rows, { paint: out.paint, columns: out.columns }))
    await out.line(line);
}
