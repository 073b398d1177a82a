// When a torrent is remembered: within some seconds of a piece, within some minutes of what was only given or taken, and at
// once where it stops. Each time the files are flushed and looked at first, where any were written; so a record never says
// more than what is on the disk. A torrent to which nothing happens has no timer and is not written.

import { SwarmlineError } from '../core/errors.ts';
import type { Clock } from '../host/clock.ts';
import type { ResumeData } from './resume-data.ts';
import type { ResumeStore } from './resume-store.ts';

export interface TorrentRecordOptions {
  /** From a change of the data to its record. */
  readonly dataMs: number;
  /** From a change of nothing but the totals. */
  readonly totalsMs: number;
}

export interface TorrentRecordDeps {
  readonly clock: Clock;
  /** Undefined: nothing outlives the run. */
  readonly store: ResumeStore | undefined;
  /** Brings the data to the disk and takes note of it. `isLast`: nothing more is being stored. */
  readonly takeNote: (isLast: boolean, done: (fault?: SwarmlineError) => void) => void;
  readonly compose: () => ResumeData;
  /** Peers are connected: what was given and taken changes without anybody saying so. */
  readonly isBusy: () => boolean;
  /** The data's disk has failed. */
  readonly onFault: (fault: SwarmlineError) => void;
  /** The record could not be written. It is tried again at the next change. */
  readonly onWarning: (warning: SwarmlineError) => void;
}

export class TorrentRecord {
  readonly #options: TorrentRecordOptions;
  readonly #deps: TorrentRecordDeps;
  #hasNewData = false;
  #hasNewTotals = false;
  #dueAt = Number.POSITIVE_INFINITY;
  #cancelTimer: (() => void) | undefined;
  #saving: Promise<SwarmlineError | undefined> | undefined;
  #isClosed = false;

  constructor(options: TorrentRecordOptions, deps: TorrentRecordDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  /** What is there was found out, and is not what the record says. */
  dataFound(): void {
    if (this.#deps.store === undefined) return;
    this.#hasNewTotals = true;
    this.#dueWithin(this.#options.dataMs);
  }

  /** A piece was stored. */
  dataChanged(): void {
    this.#hasNewData = true;
    this.#dueWithin(this.#options.dataMs);
  }

  /** Anything else that is remembered: what was given and taken, times, a pause. */
  totalsChanged(): void {
    if (this.#deps.store === undefined) return;
    this.#hasNewTotals = true;
    this.#dueWithin(this.#options.totalsMs);
  }

  /** Nothing is due any more, whatever changes. */
  close(): void {
    this.#isClosed = true;
    this.#cancelTimer?.();
  }

  /** Saves what has changed now; with `isLast`, after the stores that are under way. The error where it cannot be. */
  save(isLast = false): Promise<SwarmlineError | undefined> {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#dueAt = Number.POSITIVE_INFINITY;
    const before = this.#saving ?? Promise.resolve();
    const saving = before.then(() => this.#save(isLast));
    this.#saving = saving;
    void saving.then(() => {
      if (this.#saving === saving) this.#saving = undefined;
    });
    return saving;
  }

  async #save(isLast: boolean): Promise<SwarmlineError | undefined> {
    const { store, compose, onWarning } = this.#deps;
    const { hasNewData, hasNewTotals } = { hasNewData: this.#hasNewData, hasNewTotals: this.#hasNewTotals };
    if (!hasNewData && !hasNewTotals) return undefined;
    this.#hasNewData = false;
    this.#hasNewTotals = false;
    if (hasNewData) await this.#takeNote(isLast);
    if (store === undefined) return undefined;
    try {
      await store.save(compose);
    } catch (error) {
      if (!(error instanceof SwarmlineError)) throw error;
      this.#hasNewTotals = true;
      onWarning(error);
      return error;
    }
    if (!isLast && this.#deps.isBusy()) this.totalsChanged();
    return undefined;
  }

  #takeNote(isLast: boolean): Promise<void> {
    return new Promise(resolve => {
      this.#deps.takeNote(isLast, fault => {
        if (fault !== undefined) {
          // Known is what was known before; the next note takes in the rest.
          this.#hasNewData = true;
          if (!isLast) this.#deps.onFault(fault);
        }
        resolve();
      });
    });
  }

  #dueWithin(delayMs: number): void {
    const { clock } = this.#deps;
    const at = clock.now() + delayMs;
    if (this.#isClosed || at >= this.#dueAt) return;
    this.#cancelTimer?.();
    this.#dueAt = at;
    this.#cancelTimer = clock.after(delayMs, () => void this.save());
  }
}
