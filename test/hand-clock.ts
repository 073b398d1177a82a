// A clock that is moved by hand, and the timers that were set on it.

import type { Clock } from '../src/host/clock.ts';

interface Timer {
  readonly at: number;
  readonly call: () => void;
}

export class HandClock implements Clock {
  time = 0;
  timers: readonly Timer[] = [];
  /** How many were set so far. */
  set = 0;

  now(): number {
    return this.time;
  }

  wallTime(): number {
    return this.time;
  }

  after(delayMs: number, call: () => void): () => void {
    const timer = { at: this.time + delayMs, call };
    this.timers = [...this.timers, timer];
    this.set++;
    return () => {
      this.timers = this.timers.filter(other => other !== timer);
    };
  }

  /** Calls what is due meanwhile, each at its time. */
  pass(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const next = this.timers.toSorted((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > end) break;
      this.timers = this.timers.filter(other => other !== next);
      this.time = Math.max(this.time, next.at);
      next.call();
    }
    this.time = end;
  }
}
