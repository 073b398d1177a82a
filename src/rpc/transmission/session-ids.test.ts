import { expect, it } from 'vitest';
import { SessionIds } from './session-ids.ts';

const HOUR = 3_600_000;

it('a word is good for an hour, and for another after there is a new one', () => {
  let now = 0;
  let made = 0;
  const clock = { now: () => now, wallTime: () => now, after: () => () => {} };
  const ids = new SessionIds(clock, () => `word ${++made}`);
  expect(ids.current).toBe('word 1');
  now = HOUR - 1;
  expect(ids.isGood('word 1')).toBe(true);
  expect(ids.isGood(undefined)).toBe(false);
  now = HOUR;
  expect(ids.current).toBe('word 2');
  expect([ids.isGood('word 1'), ids.isGood('word 2')]).toEqual([true, true]);
  now = 2 * HOUR;
  expect(ids.isGood('word 1')).toBe(false);
  expect(ids.isGood('word 2')).toBe(true);
  // Nobody has asked for long: whatever was good before is not.
  now = 9 * HOUR;
  expect([ids.isGood('word 2'), ids.isGood('word 3')]).toEqual([false, false]);
  expect(ids.isGood('word 4')).toBe(true);
});
