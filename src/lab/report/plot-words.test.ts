import { expect, it } from 'vitest';
import type { Plot } from '../scenario.ts';
import { plotWords } from './plot-words.ts';

const PLOT: Plot = {
  title: 'Made up',
  x: { label: 'Leechers' },
  y: { label: 'Seconds' },
  series: [
    { name: 'swarm', kind: 'measured', points: [4, 8].map(x => ({ x, y: 60 + x, margin: 1 })) },
    { name: 'server', kind: 'measured', of: 'server', points: [{ x: 8, y: 520 }] },
    { name: 'Theory', kind: 'theory', points: [4, 8].map(x => ({ x, y: 62 })) },
    { name: 'Bound of a swarm', kind: 'bound', points: [{ x: 0, y: 58 }] },
    { name: 'Bound of a server', kind: 'bound', of: 'server', points: [{ x: 8, y: 512 }] },
  ],
};

it('says what was measured, and how it stands to theory and to its own bound', () => {
  expect(plotWords(PLOT)).toBe(
    'Seconds, by leechers. Swarm: 64.0 ± 1.0 at 4, 68.0 ± 1.0 at 8; 1.03 to 1.10 times theory; 1.10 to 1.17 times bound of a swarm. Server: 520 at 8; 8.39 times theory; 1.02 times bound of a server.',
  );
});

it('names categories, and takes many points by their ends', () => {
  const categories: Plot = {
    ...PLOT,
    x: { label: 'Order', categories: ['rarest first', 'random'] },
    series: [
      {
        name: 'Swarm',
        kind: 'measured',
        points: [
          { x: 1, y: 2 },
          { x: 0, y: 1 },
        ],
      },
      // On an axis of categories a point is where it is, and nowhere else.
      { name: 'Theory', kind: 'theory', points: [{ x: 1, y: 2 }] },
    ],
  };
  expect(plotWords(categories)).toBe(
    'Seconds, by order. Swarm: 1.00 at rarest first, 2.00 at random; 1.00 times theory.',
  );
  const many: Plot = {
    ...PLOT,
    series: [
      {
        name: 'Swarm',
        kind: 'measured',
        points: Array.from({ length: 9 }, (_, x) => ({ x, y: (x - 4) ** 2 })),
      },
    ],
  };
  expect(plotWords(many)).toContain('from 16.0 at 0 to 16.0 at 8, 0 at the least and 16.0 at the most');
});

it('says where nothing was measured', () => {
  expect(plotWords({ ...PLOT, series: PLOT.series.slice(2) })).toBe('Nothing was measured.');
});
