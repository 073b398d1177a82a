// Node's clocks and timers behind host/clock. Timers do not keep the program alive.

import type { Clock } from '../host/clock.ts';

export const nodeClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  after: (delayMs, call) => {
    const timer = setTimeout(call, Math.min(delayMs, LONGEST_DELAY_MS));
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** A clock whose `now` is the same in all threads of the machine: that of a thread begins when the thread does. */
export const sharedClock: Clock = {
  ...nodeClock,
  now: () => {
    const [seconds, nanoseconds] = process.hrtime();
    return seconds * 1_000 + nanoseconds / 1e6;
  },
};

// setTimeout takes 31 bits; a longer delay would fire at once.
const LONGEST_DELAY_MS = 2 ** 31 - 1;
