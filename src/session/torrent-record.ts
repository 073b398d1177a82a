// When a torrent is remembered: within some seconds of a piece, within some minutes of what was only given or taken, and at
// once where it stops. Each time the files are flushed and looked at first, where any were written; so a record never says
// more than what is on the disk. A torrent to which nothing happens has no timer and is not written.

import { SwarmlineError } from '../core/errors.ts';
import type { Clock } from '../host/clock.ts';
import type { ResumeData } from './resume-data.ts';
import type { ResumeStore, SavedResume } from './resume-store.ts';
import { Alarm, type Schedule } from './schedule.ts';

/** The session's. */
export interface TorrentRecordDeps {
  readonly clock: Clock;
  readonly schedule: Schedule;
  /** Undefined: nothing outlives the run. */
  readonly store: ResumeStore | undefined;
  readonly settings: {
    /** From a change of the data to its record. */
    readonly recordMs: number;
    /** From a change of nothing but the totals. */
    readonly totalsMs: number;
  };
}

/** What is recorded. */
export interface RecordedTorrent {
  /** Brings the data to the disk and takes note of it. `isLast`: nothing more is being stored. */
  takeNote(isLast: boolean, done: (fault?: SwarmlineError) => void): void;
  compose(): ResumeData;
  /** Peers are connected: what was given and taken changes without anybody saying so. */
  isBusy(): boolean;
  /** The data's disk has failed. */
  onFault(fault: SwarmlineError): void;
  /** The record could not be written. It is tried again at the next change. */
  onWarning(warning: SwarmlineError): void;
}

type RecordDone = (error: SwarmlineError | undefined) => void;

export class TorrentRecord implements SavedResume {
  readonly #torrent: RecordedTorrent;
  readonly #deps: TorrentRecordDeps;
  #hasNewData = false;
  #hasNewTotals = false;
  #dueAt = Number.POSITIVE_INFINITY;
  /** While something is due. */
  #alarm: Alarm | undefined;
  #isSaving = false;
  #isLast = false;
  /** Who waits for the end of what is being saved, and what is to be saved after that. */
  #done: RecordDone | undefined;
  #next: (() => void)[] | undefined;
  #isClosed = false;

  constructor(torrent: RecordedTorrent, deps: TorrentRecordDeps) {
    this.#torrent = torrent;
    this.#deps = deps;
  }

  /** What is there was found out, and is not what the record says. */
  dataFound(): void {
    if (this.#deps.store === undefined) return;
    this.#hasNewTotals = true;
    this.#dueWithin(this.#deps.settings.recordMs);
  }

  /** A piece was stored. */
  dataChanged(): void {
    this.#hasNewData = true;
    this.#dueWithin(this.#deps.settings.recordMs);
  }

  /** Anything else that is remembered: what was given and taken, times, a pause. */
  totalsChanged(): void {
    if (this.#deps.store === undefined) return;
    this.#hasNewTotals = true;
    this.#dueWithin(this.#deps.settings.totalsMs);
  }

  /** Nothing is due any more, whatever changes. */
  close(): void {
    this.#isClosed = true;
    this.#cancel();
  }

  /**
   * Saves what has changed now; with `isLast`, after the stores that are under way. `done` is told the error where it
   * cannot be.
   */
  save(isLast = false, done?: RecordDone): void {
    this.#cancel();
    if (this.#isSaving) {
      this.#next ??= [];
      this.#next.push(() => this.save(isLast, done));
      return;
    }
    const hasNewData = this.#hasNewData;
    if (!hasNewData && !this.#hasNewTotals) {
      done?.(undefined);
      return;
    }
    this.#hasNewData = false;
    this.#hasNewTotals = false;
    this.#isSaving = true;
    this.#isLast = isLast;
    this.#done = done;
    if (hasNewData) this.#torrent.takeNote(isLast, fault => this.#noted(fault));
    else this.#write();
  }

  // For the store: see `SavedResume`.

  compose(): ResumeData {
    return this.#torrent.compose();
  }

  saved(error: unknown): void {
    if (error === undefined) {
      if (!this.#isLast && this.#torrent.isBusy()) this.totalsChanged();
      this.#ended(undefined);
      return;
    }
    if (!(error instanceof SwarmlineError)) throw error;
    this.#hasNewTotals = true;
    this.#torrent.onWarning(error);
    this.#ended(error);
  }

  #noted(fault: SwarmlineError | undefined): void {
    if (fault !== undefined) {
      // Known is what was known before; the next note takes in the rest.
      this.#hasNewData = true;
      if (!this.#isLast) this.#torrent.onFault(fault);
    }
    this.#write();
  }

  #write(): void {
    const { store } = this.#deps;
    if (store === undefined) this.#ended(undefined);
    else store.save(this);
  }

  #ended(error: SwarmlineError | undefined): void {
    const done = this.#done;
    const next = this.#next;
    this.#done = undefined;
    this.#next = undefined;
    this.#isSaving = false;
    done?.(error);
    for (const call of next ?? []) call();
  }

  #dueWithin(delayMs: number): void {
    const { clock, schedule } = this.#deps;
    // With others: records that are due together are written together.
    const at = Math.ceil((clock.now() + delayMs) / TOGETHER_MS) * TOGETHER_MS;
    if (this.#isClosed || at >= this.#dueAt) return;
    this.#dueAt = at;
    this.#alarm ??= new Alarm(() => this.save());
    schedule.set(this.#alarm, at);
  }

  #cancel(): void {
    this.#dueAt = Number.POSITIVE_INFINITY;
    if (this.#alarm !== undefined) this.#deps.schedule.set(this.#alarm, undefined);
    this.#alarm = undefined;
  }
}

const TOGETHER_MS = 500;
