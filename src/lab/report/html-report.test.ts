import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { MADE_UP_FACTS, madeUpResults, manyMadeUpResults } from '../../../test/made-up-results.ts';
import { htmlReport, markdownReport } from './index.ts';

const RESULTS = madeUpResults();
const PAGE = htmlReport(RESULTS, MADE_UP_FACTS);

describe('the page', () => {
  it('says by what, where and when it was made', () => {
    for (const text of [
      'Made-up CPU &lt;1 GHz&gt;, 2 cores, 4.0 GiB, Test OS 1, Node 20.20.0',
      'Swarmline 0.0.0-test',
      '2001-02-03 04:05 UTC',
      'swarmline lab run all &amp;&amp; swarmline lab report',
    ])
      expect(PAGE).toContain(text);
  });

  it('has every line to pass with what was measured, and a link to its scenario', () => {
    expect(PAGE).toContain('3 of 5 lines passed');
    expect(PAGE).toContain(
      '<tr><td class="verdict failed">✗ fails</td><td class="claim">The seed sends at most 1.1 copies.</td><td class="number">1.1004 copies</td><td class="number">at most 1.1 copies</td><td><a href="#equal-uplinks">Equal uplinks, simulated</a></td></tr>',
    );
    expect(PAGE).toContain('<td class="verdict failed">✗ not measured</td>');
    const ids = [...PAGE.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id!);
    expect(new Set(ids).size).toBe(ids.length);
    const links = [...PAGE.matchAll(/ href="#([^"]+)"/g)].map(([, id]) => id!);
    expect(links.length).toBeGreaterThan(5);
    expect(links.filter(id => !ids.includes(id))).toEqual([]);
  });

  it('has each scenario with its words, plots, runs and the command that runs it again', () => {
    for (const { scenario, findings } of RESULTS) {
      for (const text of [scenario.question, findings.answer, scenario.theory])
        expect(PAGE).toContain(text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;'));
    }
    expect(PAGE.match(/<svg class="plot is-wide"/g)).toHaveLength(6);
    expect(PAGE.match(/class="player"/g)).toHaveLength(2);
    expect(PAGE).toContain('<code>swarmline lab run equal-uplinks --seeds 5</code>');
    expect(PAGE).toContain(
      '<code>swarmline lab run equal-uplinks --quick --field --seeds 2 --first-seed 7</code>',
    );
  });

  it('has a dash for what is not known', () => {
    const words = PAGE.replace(/<script[\s\S]*?<\/script>/g, '');
    expect(words.match(/NaN|undefined|\[object/g)).toBeNull();
    expect(PAGE).toContain('<td class="number">—</td>');
  });

  it('shows what a result says as it is', () => {
    expect(PAGE).toContain('Order of pieces &amp; &lt;script&gt;alert(1)&lt;/script&gt;');
    expect(PAGE.match(/<script/g)).toHaveLength(3);
  });

  it('loads nothing, and lets in its own script and style alone', () => {
    const policy = /Content-Security-Policy" content="([^"]+)"/.exec(PAGE)![1]!;
    const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    const script = /<script>([\s\S]*)<\/script><\/body>/.exec(PAGE)![1]!;
    const style = /<style>([\s\S]*?)<\/style>/.exec(PAGE)![1]!;
    expect(policy).toBe(
      `default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}; img-src data:; base-uri 'none'; form-action 'none'`,
    );
    expect(PAGE.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:\/\//);
    expect(PAGE).not.toMatch(/<[^>]* (?:style|on[a-z]+)="/);
  });

  it('is the same for the same results, and small where they are many', () => {
    expect(htmlReport(madeUpResults(), MADE_UP_FACTS)).toBe(PAGE);
    expect(htmlReport(manyMadeUpResults(), MADE_UP_FACTS).length).toBeLessThan(3_000_000);
  });

  it('is a page where nothing was run', () => {
    expect(htmlReport([], MADE_UP_FACTS)).toContain('No lines to pass');
    expect(markdownReport([], MADE_UP_FACTS).map(({ path }) => path)).toEqual(['README.md']);
  });
});
