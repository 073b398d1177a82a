import { expect, it } from 'vitest';
import { seededRandom } from '../core/bytes/prng.ts';
import { arrivalTimes } from './arrivals.ts';

const GROUP = { name: 'leecher', count: 4 } as const;

it('lets peers come all at once, evenly, or by chance', () => {
  const random = seededRandom(1);
  expect(arrivalTimes(GROUP, random)).toEqual([0, 0, 0, 0]);
  expect(arrivalTimes({ ...GROUP, arrives: { kind: 'at once', atMs: 500 } }, random)).toEqual([
    500, 500, 500, 500,
  ]);
  const spread = { kind: 'spread', fromMs: 100, overMs: 400 } as const;
  expect(arrivalTimes({ ...GROUP, arrives: spread }, random)).toEqual([100, 200, 300, 400]);
});

it('has as many come by chance as it was told, and the same by the same seed', () => {
  const arrives = { kind: 'by chance', fromMs: 1000, perSecond: 5 } as const;
  const times = arrivalTimes({ ...GROUP, count: 2000, arrives }, seededRandom(7));
  expect(times).toEqual(arrivalTimes({ ...GROUP, count: 2000, arrives }, seededRandom(7)));
  expect(times.every((at, i) => at >= (times[i - 1] ?? 1000))).toBe(true);
  const perSecond = 2000 / ((times.at(-1)! - 1000) / 1000);
  expect(perSecond).toBeGreaterThan(4.6);
  expect(perSecond).toBeLessThan(5.4);
});
