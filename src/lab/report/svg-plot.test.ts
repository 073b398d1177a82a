import { describe, expect, it } from 'vitest';
import { madeUpResults } from '../../../test/made-up-results.ts';
import type { Plot, Series } from '../scenario.ts';
import { svgPlot } from './svg-plot.ts';

const WIDE = { id: 'p', width: 540, height: 320 };
const NARROW = { id: 'p', width: 330, height: 280 };
const PLOTS = madeUpResults().flatMap(({ findings }) => findings.plots);

describe('a plot', () => {
  it('has measured points with bars, theory as a line, and the bound on hatched ground', () => {
    const svg = svgPlot(sweep(), WIDE);
    expect(svg.match(/<circle class="mark c-received"/g)).toHaveLength(3);
    // A point without a margin has no bar.
    expect(svg.match(/class="bar /g)).toHaveLength(2);
    expect(svg.match(/class="line theory c-received"/g)).toHaveLength(1);
    expect(svg.match(/class="line bound c-idle"/g)).toHaveLength(1);
    expect(svg).toContain('<pattern id="p-idle"');
    expect(svg).toContain('class="ground" fill="url(#p-idle)"');
  });

  it('hatches all below the lowest bound, and a fence below another', () => {
    const bound = (y: number, of: 'swarm' | 'server'): Series => ({
      ...{ name: of, kind: 'bound', of },
      points: [
        { x: 1, y },
        { x: 2, y },
      ],
    });
    const svg = svgPlot({ ...sweep(), series: [bound(1, 'swarm'), bound(4, 'server')] }, WIDE);
    const grounds = [
      ...svg.matchAll(/class="ground"[^>]* d="M[\d.]+ ([\d.]+)L[\d.]+ [\d.]+L[\d.]+ ([\d.]+)/g),
    ].map(([, top, foot]) => ({ foot: Number(foot), height: Number(foot) - Number(top) }));
    const axis = Number(/class="axis" x1="[\d.]+" y1="([\d.]+)"/.exec(svg)![1]);
    expect(grounds).toHaveLength(2);
    expect(grounds[0]!.foot).toBe(axis);
    expect(grounds[1]!.height).toBeCloseTo(12);
  });

  it('says what is to be seen in words too, as its name and description', () => {
    const svg = svgPlot(sweep(), WIDE);
    expect(svg).toMatch(/^<svg class="plot" viewBox="0 0 540 320" role="img" aria-labelledby="p-t p-d"/);
    expect(svg).toContain('<title id="p-t">Made up &amp; small</title>');
    expect(svg).toMatch(/<desc id="p-d">Times the bound, by leechers\. Swarm: 1\.10 ± 0\.05 at 1, /);
  });

  it('leaves out what was not measured, and says so where nothing was', () => {
    const series = (points: Series['points']): Series => ({ name: 'Swarm', kind: 'measured', points });
    const some = svgPlot(
      {
        ...sweep(),
        series: [
          series([
            { x: 1, y: Number.NaN },
            { x: 2, y: 3 },
          ]),
        ],
      },
      WIDE,
    );
    expect(some.match(/class="mark/g)).toHaveLength(1);
    const none = svgPlot({ ...sweep(), series: [series([{ x: 1, y: Number.NaN }])] }, WIDE);
    expect(none).toContain('Nothing was measured.');
    for (const svg of [some, none]) expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('has many points as a line, and their margins as a band', () => {
    const points = Array.from({ length: 80 }, (_, x) => ({ x, y: 5 + x, margin: 1 }));
    const svg = svgPlot({ ...sweep(), series: [{ name: 'Swarm', kind: 'measured', points }] }, WIDE);
    expect(svg).toContain('class="line measured dense c-received"');
    expect(svg).toContain('class="band c-received"');
    expect(svg).not.toContain('class="mark');
  });

  it('tells series of one colour apart by their marks', () => {
    const series = (name: string): Series => ({ name, kind: 'measured', points: [{ x: 1, y: 1 }] });
    expect(svgPlot({ ...sweep(), series: [series('a'), series('b')] }, WIDE)).toContain(
      'class="mark c-received hollow"',
    );
  });

  it('puts series of a category side by side', () => {
    const series = (of: 'swarm' | 'server', y: number): Series => ({
      ...{ name: of, kind: 'measured', of },
      points: [{ x: 0, y }],
    });
    const svg = svgPlot(
      {
        ...sweep(),
        x: { label: '', categories: ['one', 'two'] },
        series: [series('swarm', 1), series('server', 2)],
      },
      WIDE,
    );
    // The first mark of each is its sample in the legend.
    const circle = [...svg.matchAll(/<circle [^>]*cx="([\d.]+)"/g)].map(([, x]) => Number(x))[1]!;
    const square = [...svg.matchAll(/<rect class="mark [^>]*x="([\d.]+)"/g)].map(([, x]) => Number(x))[1]!;
    expect(square - circle).toBeGreaterThan(20);
  });

  it.each([
    ['wide', WIDE],
    ['narrow', NARROW],
    ['as a file', { ...WIDE, isFile: true }],
  ])('is well-formed and within its frame, %s', (_, options) => {
    expect(PLOTS.length).toBeGreaterThan(4);
    for (const plot of PLOTS) {
      const svg = svgPlot(plot, options);
      expect(unclosed(svg), plot.title).toEqual([]);
      expect(svg).not.toMatch(/NaN|Infinity|undefined/);
      for (const [, x, y] of svg.matchAll(/<text[^>]* x="([-\d.]+)" y="([-\d.]+)"/g)) {
        expect(Number(x)).toBeGreaterThanOrEqual(0);
        expect(Number(x)).toBeLessThanOrEqual(options.width);
        expect(Number(y)).toBeGreaterThanOrEqual(0);
        expect(Number(y)).toBeLessThanOrEqual(options.height);
      }
    }
  });

  it('has names at the ends of lines that do not touch', () => {
    const points = (y: number) => [
      { x: 1, y },
      { x: 2, y },
    ];
    const series = [1, 1.001, 1.002, 1.003].map(
      (y, i): Series => ({ name: `s${i}`, kind: 'theory', points: points(y) }),
    );
    const svg = svgPlot({ ...sweep(), series }, WIDE);
    const heights = [...svg.matchAll(/class="name [^>]* y="([\d.]+)"/g)].map(([, y]) => Number(y));
    expect(heights).toHaveLength(4);
    heights.sort((a, b) => a - b);
    for (let i = 1; i < 4; i++) expect(heights[i]! - heights[i - 1]!).toBeGreaterThanOrEqual(14);
  });

  it('brings its colours, ground and title along as a file, and makes no markup of words', () => {
    const plot = { ...sweep(), title: '<b>&"' };
    const svg = svgPlot(plot, { ...WIDE, isFile: true });
    expect(svg).toContain('xmlns="http://www.w3.org/2000/svg"');
    expect(svg).toContain('@media (prefers-color-scheme:dark)');
    expect(svg).toContain('class="sheet"');
    expect(svg).not.toContain('<b>');
    expect(svgPlot(plot, { ...WIDE, isFile: true })).toBe(svg);
  });
});

function sweep(): Plot {
  return {
    title: 'Made up & small',
    x: { label: 'Leechers' },
    y: { label: 'Times the bound' },
    series: [
      {
        name: 'Swarm',
        kind: 'measured',
        points: [
          { x: 1, y: 1.1, margin: 0.05 },
          { x: 2, y: 1.2, margin: 0.05 },
          { x: 3, y: 1.3 },
        ],
      },
      { name: 'Theory', kind: 'theory', points: [1, 2, 3].map(x => ({ x, y: 1 + 0.05 * x })) },
      { name: 'Bound', kind: 'bound', points: [{ x: 1, y: 1 }] },
    ],
  };
}

/** Elements that are not closed in their order. */
function unclosed(markup: string): string[] {
  const open: string[] = [];
  for (const [, end, name, empty] of markup.matchAll(/<(\/?)([a-z]+)(?:"[^"]*"|[^">])*?(\/?)>/g)) {
    if (empty === '/') continue;
    if (end === '') open.push(name!);
    else if (open.pop() !== name) return [`</${name}>`];
  }
  return open;
}
