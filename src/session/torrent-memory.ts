// What a torrent is remembered by: puts together what its record says, and takes in what an earlier run's record said. When
// it is written is torrent-record's to decide; what of it is believed, believed-pieces'.

import type { Bitfield } from '../core/bytes/bitfield.ts';
import type { Address } from '../core/bytes/compact-address.ts';
import type { CheckableInfo } from '../core/engine/piece-check.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { Clock } from '../host/clock.ts';
import type { AddOptions } from './add-options.ts';
import type { MemorableFacts } from './memorable-facts.ts';
import type { ResumeData, Totals } from './resume-data.ts';
import type { Remembered, ResumeStore } from './resume-store.ts';
import type { TorrentFiles } from './torrent-files.ts';
import { TorrentRecord, type TorrentRecordOptions } from './torrent-record.ts';
import { TorrentTotals } from './torrent-totals.ts';

export interface TorrentMemoryDeps {
  readonly clock: Clock;
  /** Undefined: nothing outlives the run. */
  readonly store: ResumeStore | undefined;
  readonly settings: { readonly recordMs: number; readonly totalsMs: number };
  readonly files: TorrentFiles;
  readonly facts: () => MemorableFacts;
  readonly have: () => Bitfield;
  readonly peers: (limit: number) => readonly Address[];
  readonly onFault: (fault: SwarmlineError) => void;
  readonly onWarning: (warning: SwarmlineError) => void;
}

export class TorrentMemory {
  readonly #options: AddOptions;
  readonly #deps: TorrentMemoryDeps;
  readonly #record: TorrentRecord;
  readonly #totals: TorrentTotals;
  #isLoaded = false;
  #onLoaded: (() => void) | undefined;
  #isInfoSaved = false;

  constructor(options: AddOptions, deps: TorrentMemoryDeps) {
    this.#options = options;
    this.#deps = deps;
    const { clock, store, settings, files, facts, have, onFault, onWarning } = deps;
    this.#totals = new TorrentTotals(clock);
    const times: TorrentRecordOptions = { dataMs: settings.recordMs, totalsMs: settings.totalsMs };
    this.#record = new TorrentRecord(times, {
      clock,
      store,
      takeNote: (isLast, done) => files.takeNote(have, isLast, done),
      compose: () => this.#compose(),
      isBusy: () => facts().connectionCount > 0,
      onFault,
      onWarning,
    });
  }

  /** What was remembered is known, or that it is nothing. */
  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  whenLoaded(): Promise<void> {
    if (this.#isLoaded) return Promise.resolve();
    return new Promise(resolve => {
      const before = this.#onLoaded;
      this.#onLoaded = () => {
        before?.();
        resolve();
      };
    });
  }

  /** Of all runs. */
  get totals(): Totals {
    return this.#totals.read(this.#deps.facts());
  }

  /** On the clock: see `TorrentTotals`. */
  get seedingSince(): number | undefined {
    return this.#totals.seedingSince;
  }

  /** Looks for a record, unless it has been read already, and takes in what it says; at once where nothing is remembered. */
  load(remembered: Remembered | undefined, done: (found: Remembered) => void): void {
    const { store, facts, onWarning } = this.#deps;
    const loaded = (found: Remembered) => {
      this.#isLoaded = true;
      if (found.resume !== undefined) this.#takeIn(found.resume);
      this.#isInfoSaved = found.info !== undefined;
      done(found);
      this.#onLoaded?.();
      this.#onLoaded = undefined;
    };
    if (store === undefined || remembered !== undefined) {
      loaded(remembered ?? NOTHING);
      return;
    }
    store.find(facts().hashes).then(loaded, (error: unknown) => {
      if (!(error instanceof SwarmlineError)) throw error;
      loaded(NOTHING);
      onWarning(error);
    });
  }

  /** It is known what the torrent is. */
  infoKnown(info: CheckableInfo): void {
    const { store, onWarning } = this.#deps;
    if (store === undefined || this.#isInfoSaved) return;
    this.#isInfoSaved = true;
    store.saveInfo(info).catch((error: unknown) => {
      if (!(error instanceof SwarmlineError)) throw error;
      onWarning(error);
    });
  }

  /** It is known what is there. `isNews`: not what the record says. */
  checked(isNews: boolean): void {
    if (isNews) this.#record.dataFound();
  }

  /** The exchange begins, or goes on. */
  started(isComplete: boolean): void {
    this.#totals.started(isComplete);
  }

  pieceStored(): void {
    this.#record.dataChanged();
  }

  /** All that was wanted is there: worth a record at once. `isNews`: it was not when the exchange began. */
  completed(isNews: boolean): void {
    this.#totals.completed();
    if (!isNews) return;
    this.#record.dataChanged();
    void this.#record.save();
  }

  /** A setting of the torrent is another: see `MemorableFacts`. */
  settingsChanged(): void {
    this.#record.totalsChanged();
  }

  /** Other files are wanted, or they look other than before. */
  filesChanged(): void {
    this.#record.dataChanged();
  }

  /** It is elsewhere, or is to be: that is written down at once. An error where it cannot be. */
  placeChanged(): Promise<SwarmlineError | undefined> {
    this.#record.totalsChanged();
    return this.#record.save();
  }

  peersChanged(): void {
    this.#record.totalsChanged();
  }

  /** Nothing more is asked of the disk; saves what has changed when it has done what it was asked. */
  async stopped(isForGood: boolean): Promise<void> {
    this.#totals.stopped();
    this.#record.totalsChanged();
    if (isForGood) this.#record.close();
    // What nobody will remember need not be brought to the disk by us.
    if (!isForGood || this.#deps.store !== undefined) await this.#record.save(true);
  }

  #takeIn(resume: ResumeData): void {
    this.#totals.remember(resume.totals);
    const { sources, recheck } = this.#options;
    const { place } = this.#deps.files;
    const isSamePlace =
      resume.sources?.join('\0') === sources?.join('\0') &&
      place.takeIn({ folder: resume.downloadDir, renamed: resume.renamed }, resume.moving);
    if (resume.data !== undefined && isSamePlace && recheck !== true) this.#deps.files.remember(resume.data);
  }

  #compose(): ResumeData {
    const { files, facts, peers } = this.#deps;
    const { uploaded, downloaded, connectionCount, ...told } = facts();
    const { place } = files;
    return {
      ...told,
      downloadDir: place.folder,
      sources: this.#options.sources,
      data: files.known,
      renamed: place.renamed,
      moving: place.moving,
      allocation: this.#options.allocation,
      totals: this.totals,
      peers: peers(MAX_PEERS),
    };
  }
}

const NOTHING: Remembered = { resume: undefined, info: undefined };
// Enough to begin with; trackers know more.
const MAX_PEERS = 50;
