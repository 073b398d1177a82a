// Two sets of rate limits, and which of them holds: the second is switched on by hand or by the week's plan. Either way it is
// the session that limits.

import type { Clock } from '../host/clock.ts';
import type { RateLimits } from '../session/rate-limits.ts';

export interface WeekPlan {
  /** Minutes since midnight, local time. An end that is not later than the beginning is on the next day. */
  readonly beginMinute: number;
  readonly endMinute: number;
  /** On which days it begins: 0 is Sunday. */
  readonly days: readonly number[];
}

export interface AlternativeLimits extends RateLimits {
  readonly isOn: boolean;
  readonly schedule: WeekPlan | undefined;
}

export interface LocalTime {
  /** 0 is Sunday. */
  readonly day: number;
  readonly minute: number;
}

export interface LimitSwitchDeps {
  readonly clock: Clock;
  readonly localTime: () => LocalTime;
  /** Limits the session. */
  readonly apply: (limits: RateLimits) => void;
  /** It was switched by the plan. */
  readonly onSwitched: () => void;
}

export class LimitSwitch {
  readonly #deps: LimitSwitchDeps;
  #usual: RateLimits;
  #alternative: AlternativeLimits;
  #cancelTimer: (() => void) | undefined;
  /** What the plan said at the last look: it switches when that changes, so that a switch by hand lasts until then. */
  #wasPlanned: boolean | undefined;

  constructor(usual: RateLimits, alternative: AlternativeLimits, deps: LimitSwitchDeps) {
    this.#deps = deps;
    this.#usual = usual;
    this.#alternative = alternative;
    this.#look();
    this.#apply();
  }

  /** Those that hold while the others are off. */
  get usual(): RateLimits {
    return this.#usual;
  }

  get alternative(): AlternativeLimits {
    return this.#alternative;
  }

  setUsual(limits: Partial<RateLimits>): void {
    this.#usual = { ...this.#usual, ...limits };
    this.#apply();
  }

  set(alternative: Partial<AlternativeLimits>): void {
    // The same plan once more is none: who sends all of it back does not switch anything by that.
    const hasNewPlan =
      'schedule' in alternative && !isSamePlan(alternative.schedule, this.#alternative.schedule);
    this.#alternative = { ...this.#alternative, ...alternative };
    if (hasNewPlan) {
      this.#wasPlanned = undefined;
      this.#look();
    }
    this.#apply();
  }

  close(): void {
    this.#cancelTimer?.();
  }

  #look(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const { schedule } = this.#alternative;
    if (schedule === undefined) return;
    const isPlanned = isWithin(schedule, this.#deps.localTime());
    if (isPlanned !== this.#wasPlanned) {
      this.#wasPlanned = isPlanned;
      if (isPlanned !== this.#alternative.isOn) {
        this.#alternative = { ...this.#alternative, isOn: isPlanned };
        this.#apply();
        this.#deps.onSwitched();
      }
    }
    this.#cancelTimer = this.#deps.clock.after(LOOK_MS, () => this.#look());
  }

  #apply(): void {
    const { uploadBytesPerSecond, downloadBytesPerSecond } = this.#alternative.isOn
      ? this.#alternative
      : this.#usual;
    this.#deps.apply({ uploadBytesPerSecond, downloadBytesPerSecond });
  }
}

function isSamePlan(a: WeekPlan | undefined, b: WeekPlan | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.beginMinute === b.beginMinute && a.endMinute === b.endMinute && a.days.join() === b.days.join();
}

export function isWithin({ beginMinute, endMinute, days }: WeekPlan, { day, minute }: LocalTime): boolean {
  const isToday = days.includes(day);
  if (beginMinute < endMinute) return isToday && minute >= beginMinute && minute < endMinute;
  const wasYesterday = days.includes((day + 6) % 7);
  return (isToday && minute >= beginMinute) || (wasYesterday && minute < endMinute);
}

// A plan counts minutes, and clocks are changed.
const LOOK_MS = 15_000;
