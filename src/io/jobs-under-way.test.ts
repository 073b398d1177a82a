import { expect, it } from 'vitest';
import { JobsUnderWay } from './jobs-under-way.ts';

it('waits for jobs that were begun before, in whatever order they end, and for no later ones', () => {
  const jobs = new JobsUnderWay();
  const told: string[] = [];
  jobs.whenEnded(() => told.push('nothing to wait for'));
  expect(told).toEqual(['nothing to wait for']);
  const a = jobs.begun();
  const b = jobs.begun();
  jobs.whenEnded(() => told.push('a and b'));
  const c = jobs.begun();
  jobs.whenEnded(() => told.push('c too'));
  const d = jobs.begun();
  expect(jobs.count).toBe(4);
  jobs.ended(b);
  jobs.ended(c);
  expect(told).toHaveLength(1);
  jobs.ended(a);
  expect(told).toEqual(['nothing to wait for', 'a and b', 'c too']);
  jobs.ended(d);
  expect(jobs.count).toBe(0);
});
