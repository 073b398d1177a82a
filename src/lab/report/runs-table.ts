// The runs of a scenario as a table, the same in the page and in the docs: what each column shows, and how it is read.

import type { Estimate, FigureName } from '../figures.ts';
import type { Way } from '../plan.ts';
import type { RunRow, ScenarioResult } from '../scenario.ts';
import { formatEstimate, formatNumber, formatShare, UNKNOWN } from './figure-text.ts';

export interface Column {
  readonly title: string;
  /** In a sentence, for whoever asks. */
  readonly meaning: string;
  readonly isNumber: boolean;
  readonly text: (row: RunRow) => string;
}

/** In words for a reader of a report. */
export const WAYS: Readonly<Record<Way, string>> = {
  sim: 'simulator',
  field: 'real processes',
  model: 'model',
};

export function runsColumns({ runs }: ScenarioResult): readonly Column[] {
  const hasOrigin = runs.some(({ summary }) => summary.originCopies.mean > 0);
  return COLUMNS.filter(column => column !== ORIGIN || hasOrigin);
}

/** What each column says, for readers. */
export function columnMeanings(): readonly Pick<Column, 'title' | 'meaning'>[] {
  return COLUMNS;
}

function figure(
  title: string,
  name: FigureName,
  meaning: string,
  format: (estimate: Estimate) => string,
): Column {
  return { title, meaning, isNumber: true, text: ({ summary }) => format(summary[name]) };
}

function seconds({ mean, margin }: Estimate): string {
  return formatEstimate({ mean: mean / 1000, margin: margin / 1000 });
}

const share = ({ mean }: Estimate) => formatShare(mean);
const plain = ({ mean }: Estimate) => formatNumber(mean, 2);

const ORIGIN = figure(
  'Origin copies',
  'originCopies',
  'Sent by the HTTP server, in copies of the file',
  plain,
);

const COLUMNS: readonly Column[] = [
  { title: 'Run', meaning: 'What is special about it', isNumber: false, text: ({ label }) => label },
  { title: 'Way', meaning: 'How it was carried out', isNumber: false, text: ({ way }) => WAYS[way] },
  { title: 'Runs', meaning: 'One for each seed of chance', isNumber: true, text: ({ seeds }) => `${seeds}` },
  {
    title: 'Done',
    meaning: 'Of those that came, how many had everything at the end',
    isNumber: true,
    text: ({ summary: { completed, leechers } }) =>
      Number.isNaN(leechers.mean) ? UNKNOWN : `${count(completed.mean)} of ${count(leechers.mean)}`,
  },
  figure(
    'Makespan,\u00a0s',
    'makespanMs',
    'From the first arrival to the last completion, with 95 % confidence',
    seconds,
  ),
  figure(
    '× bound',
    'ratio',
    'The makespan in parts of the least that it can be by the lines that were there; none is told where somebody stayed and was not done',
    estimate => formatEstimate(estimate, 2),
  ),
  figure('p50,\u00a0s', 'p50Ms', 'Half of them were done so long after they came', ({ mean }) =>
    formatNumber(mean / 1000),
  ),
  figure('p95,\u00a0s', 'p95Ms', 'Of twenty, nineteen were done so long after they came', ({ mean }) =>
    formatNumber(mean / 1000),
  ),
  figure('Max,\u00a0s', 'maxMs', 'The slowest of them was done so long after it came', ({ mean }) =>
    formatNumber(mean / 1000),
  ),
  figure(
    'Uplinks used',
    'uploadUse',
    'Of the uplinks of those that came, while they were there, until the last was done',
    share,
  ),
  figure('Seed copies', 'seedCopies', 'Sent by those that had everything, in copies of the file', plain),
  ORIGIN,
  figure(
    'Duplicates',
    'duplicateShare',
    'Blocks that came in vain, as a part of what all have at the end',
    share,
  ),
  figure(
    'Overhead',
    'overheadShare',
    'Bytes that are not blocks, as a part of what all have at the end; not known where peers lie, or a program does not tell',
    share,
  ),
  figure('Fairness', 'fairness', 'Jain’s index of the mean rates: 1 where all are equal', ({ mean }) =>
    formatNumber(mean, 3),
  ),
  figure('CPU idle', 'cpuIdle', 'How much of the processors had nothing to do, in real runs', share),
];

function count(mean: number): string {
  return formatNumber(mean, Number.isInteger(mean) ? 0 : 1);
}
