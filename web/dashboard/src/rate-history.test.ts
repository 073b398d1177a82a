// Rates as the page heard them, and before that as the daemon has kept them.

import { expect, it } from 'vitest';
import { fillRates, noteRates, ratesOf } from './rate-history.ts';

it('what the daemon has kept stands before what was heard, and nothing twice', () => {
  const series = ratesOf('a');
  noteRates('a', 50, 5, 100_000);
  noteRates('a', 60, 6, 101_000);
  fillRates(series, { everyMs: 2000, down: [10, 20, 30, 40], up: [1, 2, 3, 4] }, 101_000);
  expect(series).toEqual({
    times: [95, 97, 99, 100, 101],
    down: [10, 20, 30, 50, 60],
    up: [-1, -2, -3, -5, -6],
  });
  fillRates(series, { everyMs: 2000, down: [20, 30, 40], up: [2, 3, 4] }, 101_000);
  expect(series.times).toEqual([95, 97, 99, 100, 101]);
});
