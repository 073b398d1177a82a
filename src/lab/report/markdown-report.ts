// Results of the lab for the docs: an index with every line to pass, a page for each scenario, its plots as SVG files beside it.
// Paths are relative to the folder that it is put into (docs/lab).

import type { RunFacts } from '../result-file.ts';
import type { Check, Plot, ScenarioResult } from '../scenario.ts';
import { formatBytes, formatCheck } from './figure-text.ts';
import { plotWords } from './plot-words.ts';
import { dateWords, machineWords } from './report-facts.ts';
import { columnMeanings, runsColumns } from './runs-table.ts';
import {
  againCommand,
  changedWords,
  markOf,
  passedWords,
  runWords,
  slugOf,
  verdictOf,
  WAY_TITLES,
} from './scenario-words.ts';
import { svgPlot } from './svg-plot.ts';

export interface ReportFile {
  readonly path: string;
  readonly text: string;
}

export function markdownReport(results: readonly ScenarioResult[], facts: RunFacts): readonly ReportFile[] {
  const pages = new Map<string, ScenarioResult[]>();
  for (const result of results) {
    const page = pages.get(pageOf(result));
    if (page === undefined) pages.set(pageOf(result), [result]);
    else page.push(result);
  }
  return [
    { path: 'README.md', text: indexPage(results, [...pages.values()], facts) },
    ...[...pages].map(([path, own]) => ({ path, text: scenarioPage(own, facts) })),
    ...results.flatMap(result =>
      result.findings.plots.map((plot, i) => ({ path: svgName(result, i), text: plotFile(plot) })),
    ),
  ];
}

function indexPage(
  results: readonly ScenarioResult[],
  pages: readonly (readonly ScenarioResult[])[],
  facts: RunFacts,
): string {
  const checks = results.flatMap(({ findings }) => findings.checks);
  const lines = results.flatMap(result =>
    result.findings.checks.map(check => [...checkCells(check), linkTo(result)]),
  );
  return page(
    '# The lab',
    'What swarms do, measured, beside what theory expects. Figures are means of as many runs as each row says; where there are several, ± is half the width of their interval of 95 %.',
    factsText(facts),
    '## Lines to pass',
    checks.length === 0 ? 'No lines to pass.' : `${passedWords(checks)}.`,
    ...(checks.length === 0 ? [] : [table(['', 'claim', 'measured', 'limit', 'scenario'], [2, 3], lines)]),
    '## Scenarios',
    pages
      .map(([first]) => {
        const { title, question } = first!.scenario;
        return `- [${plain(title)}](${pageOf(first!)}): ${plain(question)}`;
      })
      .join('\n'),
    '## What the columns of the runs say',
    table(
      ['column', 'meaning'],
      [],
      columnMeanings().map(({ title, meaning }) => [columnTitle(title), meaning]),
    ),
  );
}

function scenarioPage(results: readonly ScenarioResult[], facts: RunFacts): string {
  const { title, question, setting, theory } = results[0]!.scenario;
  return page(
    `# ${plain(title)}`,
    `*${plain(question)}*`,
    `**Setting.** ${plain(setting)}`,
    `**Theory.** ${plain(theory)}`,
    ...results.flatMap(resultParts),
    '---',
    factsText(facts),
    'All scenarios: [the lab](README.md).',
  );
}

function resultParts(result: ScenarioResult): readonly string[] {
  const { findings, runs, way } = result;
  const columns = runsColumns(result);
  const changed = changedWords(result);
  const numbers = columns.flatMap(({ isNumber }, i) => (isNumber ? [i] : []));
  return [
    `## ${heading(way)}`,
    plain(findings.answer),
    ...(changed === '' ? [] : [plain(changed)]),
    ...(findings.checks.length === 0
      ? []
      : [table(['', 'claim', 'measured', 'limit'], [2, 3], findings.checks.map(checkCells))]),
    ...findings.plots.map((plot, i) => `![${imageText(plot)}](${svgName(result, i)})`),
    table(
      columns.map(({ title }) => columnTitle(title)),
      numbers,
      runs.map(run => columns.map(({ text }) => plain(text(run)))),
    ),
    `${runWords(result)} The same again:`,
    `\`\`\`sh\n${againCommand(result)}\n\`\`\``,
  ];
}

function factsText(facts: RunFacts): string {
  return `Swarmline ${plain(facts.version)} on ${plain(machineWords(facts, formatBytes))}; ${dateWords(facts)}; by\n\n\`\`\`sh\n${facts.command}\n\`\`\``;
}

function checkCells(check: Check): readonly string[] {
  const { value, limit } = formatCheck(check);
  const verdict = verdictOf(check);
  return [`${markOf(verdict)} ${verdict}`, plain(check.claim), value, limit];
}

function linkTo(result: ScenarioResult): string {
  const text = `${result.scenario.title}, ${WAY_TITLES[result.way]}`;
  const anchor = heading(result.way).toLowerCase().replace(/ /g, '-');
  return `[${plain(text)}](${pageOf(result)}#${anchor})`;
}

function heading(way: ScenarioResult['way']): string {
  return way === 'sim' ? 'Simulated' : 'With real processes';
}

function pageOf(result: ScenarioResult): string {
  return `${slugOf({ ...result, way: 'sim' })}.md`;
}

function svgName(result: ScenarioResult, plot: number): string {
  return `${slugOf(result)}-${plot + 1}.svg`;
}

function plotFile(plot: Plot): string {
  return `${svgPlot(plot, { id: 'plot', width: 720, height: 420, fontSize: 13, isFile: true })}\n`;
}

function imageText(plot: Plot): string {
  return plain(`${plot.title}. ${plotWords(plot)}`);
}

function columnTitle(title: string): string {
  return title.toLowerCase().replace('cpu', 'CPU');
}

/** Columns of figures to the right. */
function table(
  heads: readonly string[],
  numbers: readonly number[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = heads.map((_, i) => (numbers.includes(i) ? '---:' : '---'));
  return [line(heads), line(rule), ...rows.map(line)].join('\n');
}

function page(...blocks: readonly string[]): string {
  return `${blocks.join('\n\n')}\n`;
}

/** Text that is to be read as it is: nothing in it is markup. */
function plain(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_[\]|#]/g, character => `\\${character}`)
    .replace(/</g, '&lt;');
}
