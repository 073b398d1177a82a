import { expect, it } from 'vitest';
import type { WeekPlan } from '../daemon/alternative-limits.ts';
import { formatWeekPlan, weekPlan } from './week-plan.ts';

it.each([
  ['mon-fri 08:00-18:00', [1, 2, 3, 4, 5], 480, 1080, 'mon,tue,wed,thu,fri 08:00-18:00'],
  ['Sat,Sun 22:30-6:00', [0, 6], 1350, 360, 'sun,sat 22:30-06:00'],
  ['fri-mon 0:00-23:59', [0, 1, 5, 6], 0, 1439, 'sun,mon,fri,sat 00:00-23:59'],
  ['01:00 - 05:00', [0, 1, 2, 3, 4, 5, 6], 60, 300, 'daily 01:00-05:00'],
])('reads the plan "%s"', (text, days, beginMinute, endMinute, formatted) => {
  const plan = weekPlan(text) as WeekPlan;
  expect(plan).toEqual({ days, beginMinute, endMinute });
  expect(formatWeekPlan(plan)).toBe(formatted);
  expect(weekPlan(formatted)).toEqual(plan);
});

it('reads that there is none', () => {
  expect(weekPlan('none')).toBe('none');
});

it.each([
  '',
  'mon',
  'mon 8-18',
  'mon 24:00-01:00',
  'mon 08:60-09:00',
  'mo 08:00-09:00',
  'mon-tue-wed 08:00-09:00',
])('refuses "%s"', text => {
  expect(() => weekPlan(text)).toThrow(/such as "mon-fri 08:00-18:00"/);
});
