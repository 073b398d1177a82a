// Results of the lab as one page that needs nothing else: no network, no file beside it, and a policy that lets in only the
// one script and the one style that are its own.

import { toBase64 } from '../../core/bytes/base64.ts';
import { sha256 } from '../../core/bytes/sha256.ts';
import { encodeUtf8 } from '../../core/bytes/utf8.ts';
import type { RunFacts } from '../result-file.ts';
import { passes, type ScenarioResult } from '../scenario.ts';
import { formatBytes, formatCheck } from './figure-text.ts';
import { htmlScenario, scrolledTable, verdictText } from './html-scenario.ts';
import { element, escaped } from './markup.ts';
import { PAGE_STYLE } from './page-style.ts';
import { playerScript } from './player/player-script.ts';
import { dateWords, machineWords } from './report-facts.ts';
import { columnMeanings } from './runs-table.ts';
import { passedWords, slugOf, WAY_TITLES } from './scenario-words.ts';

export function htmlReport(results: readonly ScenarioResult[], facts: RunFacts): string {
  const script = playerScript();
  const policy = [
    "default-src 'none'",
    `script-src ${sourceHash(script)}`,
    `style-src ${sourceHash(PAGE_STYLE)}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const head = element(
    'head',
    {},
    element('meta', { charset: 'utf-8' }),
    element('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
    element('meta', { name: 'color-scheme', content: 'light dark' }),
    element('meta', { 'http-equiv': 'Content-Security-Policy', content: policy }),
    element('title', {}, 'Swarmline lab'),
    element('link', {
      rel: 'icon',
      type: 'image/svg+xml',
      href: `data:image/svg+xml,${encodeURIComponent(icon('#0072B2', '#00795A'))}`,
    }),
    `<style>${PAGE_STYLE}</style>`,
  );
  const body = element(
    'body',
    {},
    header(facts),
    element('main', {}, overview(results), ...results.map(htmlScenario)),
    element('footer', {}, columns()),
    `<script>${script}</script>`,
  );
  return `<!doctype html>\n${element('html', { lang: 'en' }, head, body)}\n`;
}

function header(facts: RunFacts): string {
  const rows: readonly (readonly [string, string])[] = [
    ['Machine', escaped(machineWords(facts, formatBytes))],
    ['Program', escaped(`Swarmline ${facts.version}`)],
    ['Made', element('time', { datetime: facts.madeAt }, escaped(dateWords(facts)))],
    ['By', element('code', {}, escaped(facts.command))],
  ];
  return element(
    'header',
    {},
    element('h1', {}, icon('var(--received)', 'var(--complete)', ' aria-hidden="true"'), 'Swarmline lab'),
    element(
      'p',
      { class: 'note' },
      'What swarms do, measured, beside what theory expects. Figures are means of as many runs as each row says; where there are several, ± is half the width of their interval of 95 %.',
    ),
    element(
      'dl',
      { class: 'facts' },
      ...rows.map(([name, text]) => element('dt', {}, name) + element('dd', {}, text)),
    ),
  );
}

/** Every line of every scenario, with what was measured. */
function overview(results: readonly ScenarioResult[]): string {
  const checks = results.flatMap(({ findings }) => findings.checks);
  const rows = results.flatMap(result =>
    result.findings.checks.map(check => {
      const { value, limit } = formatCheck(check);
      return element(
        'tr',
        {},
        verdictText(check, 'td'),
        element('td', { class: 'claim' }, escaped(check.claim)),
        element('td', { class: 'number' }, escaped(value)),
        element('td', { class: 'number' }, escaped(limit)),
        element('td', {}, linkTo(result)),
      );
    }),
  );
  const heads = ['', 'Claim', 'Measured', 'Limit', 'Scenario'];
  return element(
    'section',
    { class: 'card', 'aria-labelledby': 'lines' },
    element(
      'h2',
      { id: 'lines', class: 'total' },
      escaped(checks.length === 0 ? 'No lines to pass' : passedWords(checks)),
    ),
    rows.length === 0
      ? ''
      : scrolledTable(
          'Lines to pass',
          {},
          element(
            'thead',
            {},
            element(
              'tr',
              {},
              ...heads.map((text, i) =>
                text === ''
                  ? element('td', {})
                  : element('th', { scope: 'col', class: i === 2 || i === 3 ? 'number' : undefined }, text),
              ),
            ),
          ),
          element('tbody', {}, ...rows),
        ),
    element(
      'nav',
      { 'aria-label': 'Scenarios' },
      element(
        'ul',
        { class: 'names' },
        ...results.map(result => element('li', {}, `${mark(result)} ${linkTo(result)}`)),
      ),
    ),
  );
}

function columns(): string {
  const terms = columnMeanings().map(
    ({ title, meaning }) => element('dt', {}, escaped(title)) + element('dd', {}, escaped(meaning)),
  );
  return element(
    'details',
    {},
    element('summary', {}, 'What the columns of the runs say'),
    element('dl', { class: 'facts' }, ...terms),
  );
}

function linkTo(result: ScenarioResult): string {
  const text = `${result.scenario.title}, ${WAY_TITLES[result.way]}`;
  return element('a', { href: `#${slugOf(result)}` }, escaped(text));
}

function mark({ findings: { checks } }: ScenarioResult): string {
  if (checks.length === 0) return '<span class="note">·</span>';
  return checks.every(passes)
    ? '<span class="complete" title="passes">✓</span>'
    : '<span class="failed" title="does not pass">✗</span>';
}

/** As a Content-Security-Policy names what stands within the page. */
function sourceHash(text: string): string {
  return `'sha256-${toBase64(sha256(encodeUtf8(text)))}'`;
}

/** Swarmline's: a seed and three who came for what it has. */
function icon(leecher: string, seed: string, attributes = ''): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"${attributes}><g fill="none" stroke="${leecher}" stroke-width="2"><path d="M16 16 6 8M16 16l10-8M16 16v11"/></g><rect x="12" y="12" width="8" height="8" fill="${seed}"/><g fill="${leecher}"><circle cx="6" cy="8" r="4"/><circle cx="26" cy="8" r="4"/><circle cx="16" cy="27" r="4"/></g></svg>`;
}
