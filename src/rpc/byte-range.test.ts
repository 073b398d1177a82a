import { expect, it } from 'vitest';
import { rangeOf } from './byte-range.ts';

it.each<[string | undefined, ReturnType<typeof rangeOf>]>([
  [undefined, undefined],
  ['bytes=0-', { start: 0, end: 1000 }],
  ['bytes=0-0', { start: 0, end: 1 }],
  ['bytes=500-999', { start: 500, end: 1000 }],
  ['bytes=500-5000', { start: 500, end: 1000 }],
  ['bytes=-1', { start: 999, end: 1000 }],
  ['bytes=-5000', { start: 0, end: 1000 }],
  ['BYTES = 1 - 2 ', { start: 1, end: 3 }],
  ['bytes=1000-', 'unsatisfiable'],
  ['bytes=-0', 'unsatisfiable'],
  ['bytes=2-1', undefined],
  ['bytes=-', undefined],
  ['bytes=0-1,5-6', undefined],
  ['pages=1-2', undefined],
  ['bytes=9999999999999999999-', undefined],
])('the range %j of a thousand bytes is %j', (header, expected) => {
  expect(rangeOf(header, 1000)).toEqual(expected);
});

it('an empty file has no bytes to be wanted', () => {
  expect(rangeOf('bytes=0-', 0)).toBe('unsatisfiable');
  expect(rangeOf('bytes=-5', 0)).toBe('unsatisfiable');
});
