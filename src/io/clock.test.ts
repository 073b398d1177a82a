import { expect, test, vi } from 'vitest';
import { nodeClock } from './clock.ts';

test('a delay that is longer than timers can be does not fire at once', () => {
  vi.useFakeTimers();
  try {
    const fired: number[] = [];
    const cancels = [2 ** 31 - 1, 2 ** 31, 2 ** 40, Number.POSITIVE_INFINITY].map((delayMs, i) =>
      nodeClock.after(delayMs, () => fired.push(i)),
    );
    vi.advanceTimersByTime(2 ** 31 - 2);
    expect(fired).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(fired).toEqual([0, 1, 2, 3]);
    for (const cancel of cancels) cancel();
  } finally {
    vi.useRealTimers();
  }
});
