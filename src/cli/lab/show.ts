// `swarmline lab show`: a scenario in words, and what of it can be changed.

import { PARAMETER_OPTIONS, valuesOf } from '../../lab/parameters.ts';
import { parameterWords } from '../../lab/report/scenario-words.ts';
import { drawTable } from '../output/table.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { scenariosNamed } from './scenario-names.ts';

export interface ShowFlags {
  readonly quick?: boolean;
  readonly field?: boolean;
}

export async function show(name: string, flags: ShowFlags, { out }: Terminal): Promise<void> {
  if (name === 'all') throw new UsageError('One scenario can be shown at a time.');
  const way = flags.field === true ? 'field' : 'sim';
  const scenario = scenariosNamed([name], way)[0]!;
  const { title, question, setting, theory, ways } = scenario;
  const { paint } = out;
  await out.line(`${paint.strong(title)}  ${paint.idle(name)}`);
  await out.line(question);
  for (const [head, text] of [
    ['Setting', setting],
    ['Theory', theory],
  ] as const) {
    await out.line();
    await out.line(paint.strong(head));
    await out.line(text);
  }
  await out.line();
  await out.line(`Runs as: ${ways.filter(each => each !== 'model').join(', ')}.`);
  const size = flags.quick === true ? 'quick' : 'full';
  const values = valuesOf(scenario, { way, size }, {});
  if (values.length === 0) {
    await out.line('Nothing of it can be changed.');
    return;
  }
  const rows = values.map(({ name: each, byItself }) => [
    PARAMETER_OPTIONS[each],
    parameterWords(each, byItself),
  ]);
  const columns = [{ title: 'can be changed' }, { title: 'by itself', shrinks: true }];
  for (const line of drawTable(columns, rows, { paint, columns: out.columns })) await out.line(line);
}
