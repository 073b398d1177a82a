import { expect, it } from 'vitest';
import { widthOf } from './display-text.ts';
import { colourPaint, plainPaint } from './paint.ts';
import { drawTable } from './table.ts';

const COLUMNS = [{ title: 'ID' }, { title: 'Name', shrinks: true }, { title: 'Size', isFigure: true }];
const ROWS = [
  ['1', 'a-rather-long-name-of-a-torrent', '3.4 GiB'],
  ['22', '映画', '12 B'],
];

it('has words on the left and figures on the right, and cuts nothing where there is no terminal', () => {
  expect(drawTable(COLUMNS, ROWS, { paint: plainPaint })).toEqual([
    'ID  Name                                Size',
    '1   a-rather-long-name-of-a-torrent  3.4 GiB',
    '22  映画                                12 B',
  ]);
});

it('gives way in one column where the terminal is narrow, colours or not', () => {
  for (const columns of [30, 24, 5]) {
    const lines = drawTable(COLUMNS, ROWS, { paint: colourPaint, columns });
    for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(Math.max(columns, 23));
    expect(lines[1]).toContain('…');
  }
});
