// One scenario's result in the page: question, answer, lines, words, plots, the animation, the table of runs, and how to run
// it again.

import type { Check, Plot, ScenarioResult } from '../scenario.ts';
import { formatCheck, formatEstimate, formatPlain } from './figure-text.ts';
import { type Attributes, element, escaped } from './markup.ts';
import { playerMarkup } from './player/player-markup.ts';
import { drawnSeries } from './plot-series.ts';
import { runsColumns } from './runs-table.ts';
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

export function htmlScenario(result: ScenarioResult): string {
  const { scenario, findings, timeline, way } = result;
  const id = slugOf(result);
  const { checks, plots } = findings;
  const changed = changedWords(result);
  return element(
    'section',
    { class: 'card', id, 'aria-labelledby': `${id}-title` },
    element(
      'div',
      { class: 'head' },
      element('h2', { id: `${id}-title` }, escaped(`${scenario.title}, ${WAY_TITLES[way]}`)),
      element(
        'p',
        { class: 'note' },
        checks.length === 0 ? 'No lines to pass' : escaped(passedWords(checks)),
      ),
    ),
    element('p', { class: 'question' }, escaped(scenario.question)),
    element('p', { class: 'answer' }, escaped(findings.answer)),
    changed === '' ? '' : element('p', { class: 'note' }, escaped(changed)),
    checks.length === 0 ? '' : element('ul', { class: 'checks' }, ...checks.map(checkItem)),
    element(
      'div',
      { class: 'grid' },
      element(
        'div',
        { class: plots.length % 2 === 0 ? 'words is-wide' : 'words' },
        paragraph('Setting', scenario.setting),
        paragraph('Theory', scenario.theory),
      ),
      ...plots.map((plot, i) => plotFigure(plot, `${id}-plot-${i + 1}`)),
    ),
    timeline === undefined ? '' : playerMarkup(timeline, `${id}-run`),
    runsTable(result),
    element(
      'div',
      { class: 'again' },
      element('p', { class: 'note' }, escaped(`${runWords(result)} The same again:`)),
      element('code', {}, escaped(againCommand(result))),
    ),
  );
}

/** A mark and its word, in their colour. */
export function verdictText(check: Check, name = 'span'): string {
  const verdict = verdictOf(check);
  const colour = verdict === 'passes' ? 'complete' : 'failed';
  return element(name, { class: `verdict ${colour}` }, `${markOf(verdict)} ${verdict}`);
}

/** A table that may be wider than the page: it scrolls, by keys too. */
export function scrolledTable(label: string, attributes: Attributes, ...children: readonly string[]): string {
  return element(
    'div',
    { class: 'scroll', role: 'group', tabindex: '0', 'aria-label': label },
    element('table', attributes, ...children),
  );
}

function checkItem(check: Check): string {
  const { value, limit } = formatCheck(check);
  return element(
    'li',
    {},
    verdictText(check),
    element('span', {}, escaped(check.claim)),
    element('span', { class: 'found' }, escaped(`${value}, ${limit}`)),
  );
}

function paragraph(title: string, text: string): string {
  return element('div', {}, element('h3', {}, title), element('p', {}, escaped(text)));
}

/** Drawn twice, so that its words are as large on a phone; one of them is shown. */
function plotFigure(plot: Plot, id: string): string {
  return element(
    'figure',
    {},
    element('h3', {}, escaped(plot.title)),
    svgPlot(plot, { id, className: 'is-wide', width: 540, height: 320 }),
    svgPlot(plot, { id: `${id}-n`, wordsOf: id, className: 'is-narrow', width: 330, height: 280 }),
    element('details', {}, element('summary', {}, 'In figures'), plotTable(plot)),
  );
}

function plotTable(plot: Plot): string {
  const head = ['Series', plot.x.label, plot.y.label];
  const rows = drawnSeries(plot).flatMap(({ name, points }) =>
    points.map(({ x, y, margin = Number.NaN }) => [
      name,
      plot.x.categories?.[x] ?? formatPlain(x),
      formatEstimate({ mean: y, margin }),
    ]),
  );
  return scrolledTable(
    `${plot.title}, in figures`,
    { class: 'dense' },
    element('thead', {}, row(head.map((text, i) => cell('th', text, i > 0)))),
    element(
      'tbody',
      {},
      ...rows.map(texts => row(texts.map((text, i) => cell(i === 0 ? 'th' : 'td', text, i > 0)))),
    ),
  );
}

function runsTable(result: ScenarioResult): string {
  const columns = runsColumns(result);
  return scrolledTable(
    `Runs of ${result.scenario.title}, ${WAY_TITLES[result.way]}`,
    { class: 'dense' },
    element(
      'thead',
      {},
      row(
        columns.map(({ title, meaning, isNumber }) =>
          element(
            'th',
            { scope: 'col', class: isNumber ? 'number' : undefined, title: meaning },
            escaped(title),
          ),
        ),
      ),
    ),
    element(
      'tbody',
      {},
      ...result.runs.map(run =>
        row(columns.map(({ text, isNumber }, i) => cell(i === 0 ? 'th' : 'td', text(run), isNumber))),
      ),
    ),
  );
}

function row(cells: readonly string[]): string {
  return element('tr', {}, ...cells);
}

function cell(name: 'th' | 'td', text: string, isNumber: boolean): string {
  return element(
    name,
    { class: isNumber ? 'number' : undefined, scope: name === 'th' ? 'row' : undefined },
    escaped(text),
  );
}
