import { describe, expect, it } from 'vitest';
import { MADE_UP_FACTS, madeUpResults } from '../../../test/made-up-results.ts';
import { markdownReport } from './index.ts';

const FILES = markdownReport(madeUpResults(), MADE_UP_FACTS);
const PAGES = FILES.filter(({ path }) => path.endsWith('.md'));
const textOf = (path: string) => FILES.find(file => file.path === path)!.text;

describe('the report as Markdown', () => {
  it('is an index, a page for each scenario and a file for each plot', () => {
    expect(FILES.map(({ path }) => path)).toEqual([
      'README.md',
      'equal-uplinks.md',
      'piece-order.md',
      'equal-uplinks-1.svg',
      'equal-uplinks-2.svg',
      'equal-uplinks-field-1.svg',
      'piece-order-1.svg',
      'piece-order-2.svg',
      'piece-order-3.svg',
    ]);
  });

  it('has every line to pass in the index, with a link to where it was measured', () => {
    expect(textOf('README.md')).toContain(
      '| ✗ fails | The seed sends at most 1.1 copies. | 1.1004 copies | at most 1.1 copies | [Equal uplinks, simulated](equal-uplinks.md#simulated) |',
    );
    expect(textOf('README.md')).toContain('3 of 5 lines passed.');
  });

  it('has both ways of a scenario on its page', () => {
    const text = textOf('equal-uplinks.md');
    expect([...text.matchAll(/^## (.+)$/gm)].map(([, title]) => title)).toEqual([
      'Simulated',
      'With real processes',
    ]);
    expect(text).toMatch(/!\[When the last is done\. Seconds until .*\]\(equal-uplinks-1\.svg\)/);
    expect(text).toContain(
      '```sh\nswarmline lab run equal-uplinks --quick --field --seeds 2 --first-seed 7\n```',
    );
  });

  it('links only to what is there', () => {
    for (const { path, text } of PAGES) {
      const links = [...text.matchAll(/\]\(([^)#]+)(?:#([^)]+))?\)/g)];
      expect(links.length, path).toBeGreaterThan(0);
      for (const [, file, anchor] of links) {
        const target = FILES.find(each => each.path === file);
        expect(target, `${path} links to ${file}`).toBeDefined();
        const anchors = [...target!.text.matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
          title!.toLowerCase().replace(/ /g, '-'),
        );
        if (anchor !== undefined) expect(anchors).toContain(anchor);
      }
    }
  });

  it('is Markdown that is read as it is meant', () => {
    for (const { path, text } of PAGES) {
      expect(text.match(/^# /gm), path).toHaveLength(1);
      expect(text.endsWith('\n') && !text.endsWith('\n\n'), path).toBe(true);
      expect(text).not.toMatch(/[ \t]$|\n\n\n|NaN|undefined/m);
      // Outside of code there is no markup but Markdown's.
      expect(text.replace(/```[\s\S]*?```/g, ''), path).not.toMatch(/<|(?<!\\)\*nothing/);
      for (const table of text.match(/(?:^\|.*\n)+/gm) ?? []) {
        const widths = table
          .trim()
          .split('\n')
          .map(line => line.replace(/\\\|/g, '').split('|').length);
        expect(new Set(widths).size, `${path}: ${table}`).toBe(1);
      }
    }
    expect(textOf('piece-order.md')).toContain(
      '*What does rarest first gain over random \\| sequential order?*',
    );
  });

  it('has plots that stand alone, the same each time', () => {
    const svg = textOf('equal-uplinks-1.svg');
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    expect(svg).toContain('prefers-color-scheme:dark');
    expect(markdownReport(madeUpResults(), MADE_UP_FACTS)).toEqual(FILES);
  });
});
