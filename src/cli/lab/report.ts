// `swarmline lab report`: what `lab run` has kept, as one page for a browser and as Markdown with pictures for documents.

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SwarmlineError } from '../../core/errors.ts';
import { makeFolder } from '../../io/make-folder.ts';
import { htmlReport, markdownReport } from '../../lab/report/index.ts';
import { parseResultFile, type ResultFile, type RunFacts } from '../../lab/result-file.ts';
import { SCENARIOS } from '../../lab/scenarios/index.ts';
import { displayText } from '../output/display-text.ts';
import { formatPlural } from '../output/figures.ts';
import type { Terminal } from '../terminal.ts';

export interface ReportFlags {
  readonly from: string;
  readonly out: string;
}

export async function report({ from, out: folder }: ReportFlags, { out, err }: Terminal): Promise<void> {
  const files = await readResults(from);
  const facts = factsOf(files);
  if (files.some(({ facts: { machine } }) => !isSame(machine, facts.machine)))
    await err.line('The results come from several machines: the report names the one of the newest.');
  const results = files.map(({ result }) => result);
  const texts = [
    { path: 'report.html', text: htmlReport(results, facts) },
    ...markdownReport(results, facts),
  ];
  try {
    await makeFolder(folder);
    for (const { path, text } of texts) await writeFile(join(folder, path), text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SwarmlineError('OUTPUT_FAILED', `The report cannot be written: ${why}.`, { cause });
  }
  await out.line(join(folder, 'report.html'));
  await err.line(
    `${err.paint.complete('✓')} ${formatPlural(results.length, 'scenario')}: the page, and ${displayText(join(folder, 'README.md'))} with its pictures.`,
  );
}

/** In the order of the scenarios, the simulator before the field. */
async function readResults(folder: string): Promise<ResultFile[]> {
  let names: string[];
  try {
    names = (await readdir(folder)).filter(name => name.endsWith('.json'));
  } catch {
    names = [];
  }
  if (names.length === 0) {
    throw new SwarmlineError(
      'LAB_NO_RESULTS',
      `There are no results in "${folder}": "swarmline lab run" keeps them there, or --from says where they are.`,
      { where: folder },
    );
  }
  const files = await Promise.all(
    names.map(async name => parseResultFile(await readFile(join(folder, name), 'utf8'), join(folder, name))),
  );
  const placeOf = ({ result }: ResultFile) =>
    2 * SCENARIOS.findIndex(({ name }) => name === result.scenario.name) + (result.way === 'sim' ? 0 : 1);
  return files.sort((a, b) => placeOf(a) - placeOf(b));
}

/** Of the newest; the command is that of all of them, or each way's, with the names where not all scenarios are there. */
function factsOf(files: readonly ResultFile[]): RunFacts {
  const { facts } = files.reduce((newest, file) => (file.facts.madeAt > newest.facts.madeAt ? file : newest));
  const names = new Map<string, string[]>();
  for (const { facts: own, result } of files) {
    const rest = own.command.replace(`swarmline lab run ${result.scenario.name}`, '');
    names.set(rest, [...(names.get(rest) ?? []), result.scenario.name]);
  }
  const commands = [...names].map(([rest, own]) => {
    const way = rest.includes('--field') ? 'field' : 'sim';
    const isAll = SCENARIOS.every(({ name, ways }) => !ways.includes(way) || own.includes(name));
    return `swarmline lab run ${isAll && own.length > 1 ? 'all' : own.join(' ')}${rest}`;
  });
  return { ...facts, command: commands.join('; ') };
}

function isSame(a: RunFacts['machine'], b: RunFacts['machine']): boolean {
  return a.cpu === b.cpu && a.cores === b.cores && a.os === b.os && a.node === b.node;
}
