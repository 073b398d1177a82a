import { describe, expect, it } from 'vitest';
import type { RateLimits } from '../session/rate-limits.ts';
import { type AlternativeLimits, isWithin, LimitSwitch, type LocalTime } from './alternative-limits.ts';

const NIGHT = { beginMinute: 22 * 60, endMinute: 6 * 60, days: [1, 2] };

describe('a plan of the week', () => {
  it.each<[string, LocalTime, boolean]>([
    ['before it begins', { day: 1, minute: 22 * 60 - 1 }, false],
    ['as it begins', { day: 1, minute: 22 * 60 }, true],
    ['after midnight', { day: 2, minute: 5 * 60 }, true],
    ['on the morning after its last day', { day: 3, minute: 5 * 60 }, true],
    ['on the morning before its first day', { day: 1, minute: 5 * 60 }, false],
    ['as it ends', { day: 2, minute: 6 * 60 }, false],
    ['on another day', { day: 4, minute: 23 * 60 }, false],
  ])('that goes over midnight: %s', (_, time, expected) => {
    expect(isWithin(NIGHT, time)).toBe(expected);
  });

  it('within one day holds on its days alone', () => {
    const plan = { beginMinute: 60, endMinute: 120, days: [0] };
    expect(isWithin(plan, { day: 0, minute: 60 })).toBe(true);
    expect(isWithin(plan, { day: 0, minute: 120 })).toBe(false);
    expect(isWithin(plan, { day: 1, minute: 60 })).toBe(false);
  });
});

describe('a switch of limits', () => {
  const USUAL = { uploadBytesPerSecond: 1000, downloadBytesPerSecond: 2000 };
  const SLOW = { uploadBytesPerSecond: 10, downloadBytesPerSecond: 20 };

  it('has the second limits hold while it is on', () => {
    const { limits, applied } = switched({ ...SLOW, isOn: false, schedule: undefined });
    expect(applied()).toEqual(USUAL);
    limits.set({ isOn: true });
    expect(applied()).toEqual(SLOW);
    limits.setUsual({ uploadBytesPerSecond: 5 });
    expect(applied()).toEqual(SLOW);
    limits.set({ isOn: false });
    expect(applied()).toEqual({ ...USUAL, uploadBytesPerSecond: 5 });
  });

  it('follows the plan, and a hand until the plan says something else', () => {
    const { limits, applied, at } = switched({ ...SLOW, isOn: false, schedule: NIGHT });
    expect(applied()).toEqual(USUAL);
    at({ day: 1, minute: 22 * 60 });
    expect(applied()).toEqual(SLOW);
    limits.set({ isOn: false });
    at({ day: 1, minute: 23 * 60 });
    expect(applied()).toEqual(USUAL);
    at({ day: 2, minute: 6 * 60 });
    at({ day: 2, minute: 22 * 60 });
    expect(applied()).toEqual(SLOW);
  });

  it('is not switched by the plan that it has, sent back with all the rest', () => {
    const { limits, applied } = switched({ ...SLOW, isOn: false, schedule: NIGHT });
    limits.set({ ...limits.alternative, isOn: true, schedule: { ...NIGHT } });
    expect(applied()).toEqual(SLOW);
  });

  it('looks at no clock without a plan', () => {
    const { limits, timers } = switched({ ...SLOW, isOn: false, schedule: NIGHT });
    limits.set({ schedule: undefined });
    expect(timers()).toBe(0);
  });

  function switched(alternative: AlternativeLimits) {
    let applied: RateLimits = { uploadBytesPerSecond: 0, downloadBytesPerSecond: 0 };
    let time: LocalTime = { day: 0, minute: 0 };
    const timers = new Set<() => void>();
    const limits = new LimitSwitch(USUAL, alternative, {
      clock: {
        now: () => 0,
        wallTime: () => 0,
        after: (_, call) => {
          timers.add(call);
          return () => void timers.delete(call);
        },
      },
      localTime: () => time,
      apply: told => {
        applied = told;
      },
      onSwitched: () => {},
    });
    return {
      limits,
      applied: () => applied,
      timers: () => timers.size,
      at: (moment: LocalTime) => {
        time = moment;
        for (const call of [...timers]) {
          timers.delete(call);
          call();
        }
      },
    };
  }
});
