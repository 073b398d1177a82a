import { describe, expect, it } from 'vitest';
import { GIVE_UP_MS } from '../plan.ts';
import { timeLimitMs } from './time-limit.ts';

const CONTENT = { length: 10_000_000 };
const SEED = { name: 'seed', count: 1, has: 'everything', upBytesPerSecond: 1e6 } as const;

describe('how long a run in the field is waited for', () => {
  it('is ten times as long as it must take, and a minute', () => {
    const leechers = { name: 'leechers', count: 3, upBytesPerSecond: 1e6 };
    expect(timeLimitMs({ content: CONTENT, groups: [SEED, leechers] })).toBe(160_000);
    expect(timeLimitMs({ content: CONTENT, groups: [SEED, { ...leechers, gives: false }] })).toBe(360_000);
  });

  it('begins with the last arrival', () => {
    const late = { name: 'late', count: 1, arrives: { kind: 'at once', atMs: 30_000 } } as const;
    expect(timeLimitMs({ content: CONTENT, groups: [SEED, late] })).toBe(190_000);
  });

  it('is never more than the lab waits for anything', () => {
    const slow = { name: 'slow', count: 1, downBytesPerSecond: 10 };
    expect(timeLimitMs({ content: CONTENT, groups: [SEED, slow] })).toBe(GIVE_UP_MS);
  });
});
