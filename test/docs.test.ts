// What the docs promise, held against the code.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { COMMANDS } from '../src/cli/command-table.ts';
import { ERRORS } from '../src/tracker/ops/counts.ts';

const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  encoding: 'utf8',
})
  .split('\n')
  .filter(path => path !== '' && existsSync(path));
const sources = tracked
  .filter(path => /^src\/.*(?<!\.test)\.ts$/.test(path))
  .map(path => readFileSync(path, 'utf8'));

it('lists every error code in docs/errors.md, and none that is gone', () => {
  const inCode = new Set<string>();
  for (const source of sources) {
    for (const [, code] of source.matchAll(/(?:SwarmlineError|ProtocolError)\(\s*'([A-Z0-9_]+)'/g))
      inCode.add(code!);
    for (const [, code] of source.matchAll(/\.(?:error|warning|note)\(\s*'([A-Z0-9_]+)'/g)) inCode.add(code!);
  }
  const docs = readFileSync('docs/errors.md', 'utf8');
  const inDocs = new Set([...docs.matchAll(/`([A-Z][A-Z0-9_]{3,})`/g)].map(([, code]) => code!));
  expect([...inCode].filter(code => !inDocs.has(code))).toEqual([]);
  const mentioned = sources.join('\n');
  // Some are put together of what is linked and what is wrong with it.
  const isInCode = (code: string) => {
    const fault = code.replace(/^(TRACKER|WEB_SEED)_/, '');
    return [`'${code}'`, `'${fault}'`, `}_${fault}`].some(text => mentioned.includes(text));
  };
  expect([...inDocs].filter(code => !isInCode(code))).toEqual([]);
});

it('lists what the tracker refuses with, by code and sentence', () => {
  const docs = readFileSync('docs/errors.md', 'utf8');
  const refusals = sources.flatMap(source => [...source.matchAll(/\brefusal\(\s*'([a-z_]+)',\s*'([^']+)'/g)]);
  expect(refusals.length).toBeGreaterThan(8);
  for (const [, code, sentence] of refusals) expect(docs).toContain(`| \`${code}\` | ${sentence} `);
  for (const code of ERRORS.filter(name => !['other', 'store_down'].includes(name)))
    expect(docs).toContain(`| \`${code}\` | `);
});

it('links only to files that are there', () => {
  for (const page of tracked.filter(path => path.endsWith('.md'))) {
    const folder = page.includes('/') ? page.slice(0, page.lastIndexOf('/') + 1) : '';
    for (const [, link] of readFileSync(page, 'utf8').matchAll(/\]\((?!https?:)([^)#]+)/g)) {
      expect(existsSync(folder + link!), `${page} links to ${link}`).toBe(true);
    }
  }
});

it('shows every command in the README', () => {
  const readme = readFileSync('README.md', 'utf8');
  for (const { name } of COMMANDS) expect(readme).toContain(`swarmline ${name}`);
});
