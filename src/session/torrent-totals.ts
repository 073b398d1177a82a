// What a torrent has given, taken and waited for over all runs: what was before this run, and what its engine and the clock
// say of this one.

import type { Clock } from '../host/clock.ts';
import type { Totals } from './resume-data.ts';

export class TorrentTotals {
  readonly #clock: Clock;
  #before: Totals;
  #activeSince: number | undefined;
  #seedingSince: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#before = {
      uploaded: 0,
      downloaded: 0,
      activeMs: 0,
      seedingMs: 0,
      addedAt: clock.wallTime(),
      completedAt: undefined,
    };
  }

  /** What a record says of earlier runs. */
  remember(before: Totals): void {
    this.#before = before;
  }

  /** The exchange begins, or goes on; `isComplete`: with all that is wanted. */
  started(isComplete: boolean): void {
    this.#activeSince ??= this.#clock.now();
    if (isComplete) this.#seedingSince ??= this.#clock.now();
  }

  /** When it began to seed in this run, since it was stopped last. */
  get seedingSince(): number | undefined {
    return this.#seedingSince;
  }

  /** All that was wanted is there. */
  completed(): void {
    if (this.#activeSince !== undefined) this.#seedingSince ??= this.#clock.now();
    const { uploaded, downloaded, activeMs, seedingMs, addedAt } = this.#before;
    const completedAt = this.#before.completedAt ?? this.#clock.wallTime();
    this.#before = { uploaded, downloaded, activeMs, seedingMs, addedAt, completedAt };
  }

  stopped(): void {
    this.#before = this.#withTimes();
    this.#activeSince = undefined;
    this.#seedingSince = undefined;
  }

  /** `run`: what this run has moved so far. */
  read(run: { readonly uploaded: number; readonly downloaded: number }): Totals {
    const totals = this.#withTimes();
    return {
      uploaded: totals.uploaded + run.uploaded,
      downloaded: totals.downloaded + run.downloaded,
      activeMs: totals.activeMs,
      seedingMs: totals.seedingMs,
      addedAt: totals.addedAt,
      completedAt: totals.completedAt,
    };
  }

  #withTimes(): Totals {
    const now = this.#clock.now();
    const { uploaded, downloaded, activeMs, seedingMs, addedAt, completedAt } = this.#before;
    // Not `{ ...before, … }`: V8 makes hidden classes for each such object alone.
    return {
      uploaded,
      downloaded,
      activeMs: activeMs + now - (this.#activeSince ?? now),
      seedingMs: seedingMs + now - (this.#seedingSince ?? now),
      addedAt,
      completedAt,
    };
  }
}
