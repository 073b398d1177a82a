// A plan of the week as text: `mon-fri 08:00-18:00`, `sat,sun 22:30-06:00`, `daily 01:00-05:00`; an end that is not later than
// the beginning is on the next day.

import { InvalidArgumentError } from 'commander';
import type { WeekPlan } from '../daemon/alternative-limits.ts';

/** `none` is itself: commander takes an undefined for a value that was not given. */
export function weekPlan(text: string): WeekPlan | 'none' {
  const words = text.trim().toLowerCase();
  if (words === 'none') return words;
  const match = /^(?:([a-z,-]+)\s+)?(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})$/.exec(words);
  const days = daysOf(match?.[1] ?? 'daily');
  const beginMinute = Number(match?.[2]) * 60 + Number(match?.[3]);
  const endMinute = Number(match?.[4]) * 60 + Number(match?.[5]);
  const isTime = [match?.[3], match?.[5]].every(minutes => Number(minutes) < 60);
  if (match === null || days === undefined || !isTime || beginMinute > LAST || endMinute > LAST)
    throw new InvalidArgumentError('It should be a time of the week such as "mon-fri 08:00-18:00", or none.');
  return { beginMinute, endMinute, days };
}

export function formatWeekPlan({ beginMinute, endMinute, days }: WeekPlan): string {
  const names =
    days.length === 7
      ? 'daily'
      : [...days]
          .sort()
          .map(day => DAYS[day])
          .join(',');
  return `${names || 'never'} ${time(beginMinute)}-${time(endMinute)}`;
}

function daysOf(text: string): number[] | undefined {
  if (text === 'daily') return [0, 1, 2, 3, 4, 5, 6];
  if (text === 'never') return [];
  const days = new Set<number>();
  for (const part of text.split(',')) {
    const [first, last = first, more] = part.split('-').map(name => DAYS.indexOf(name));
    if (first === undefined || last === undefined || first < 0 || last < 0 || more !== undefined)
      return undefined;
    // Weeks have no end: fri-mon.
    for (let day = first; ; day = (day + 1) % 7) {
      days.add(day);
      if (day === last) break;
    }
  }
  return [...days].sort();
}

function time(minute: number): string {
  const two = (number: number) => `${number}`.padStart(2, '0');
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const LAST = 24 * 60 - 1;
