// What a torrent is remembered by: puts together what its record says, and takes in what an earlier run's record said. When
// it is written is torrent-record's to decide; what of it is believed, believed-pieces'.

import type { CheckableInfo } from '../core/engine/piece-check.ts';
import type { Torrent } from '../core/engine/torrent.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { AddOptions } from './add-options.ts';
import type { Events } from './events.ts';
import { type MemorableTorrent, memorableFacts } from './memorable-facts.ts';
import type { ResumeData, Totals } from './resume-data.ts';
import type { Remembered, ResumeStore } from './resume-store.ts';
import type { SessionTorrentEvents } from './session-torrent-events.ts';
import type { TorrentFiles } from './torrent-files.ts';
import { type RecordedTorrent, TorrentRecord, type TorrentRecordDeps } from './torrent-record.ts';
import { TorrentTotals } from './torrent-totals.ts';

/** The torrent that is remembered. */
export interface RememberedTorrent extends MemorableTorrent {
  readonly runner: {
    readonly torrent: Pick<
      Torrent,
      'announceFacts' | 'bestAddresses' | 'filePriorities' | 'have' | 'isSequential' | 'superSeeding'
    >;
  };
  readonly life: MemorableTorrent['life'] & { diskFailed(fault: SwarmlineError): void };
  readonly files: TorrentFiles;
  readonly events: Events<SessionTorrentEvents>;
}

export class TorrentMemory implements RecordedTorrent {
  readonly #options: AddOptions;
  readonly #torrent: RememberedTorrent;
  readonly #store: ResumeStore | undefined;
  readonly #record: TorrentRecord;
  readonly #totals: TorrentTotals;
  #isLoaded = false;
  #onLoaded: (() => void) | undefined;
  #isInfoSaved = false;
  /** While it is being saved, and after that. */
  #infoSaved: Promise<SwarmlineError | undefined> | undefined;

  constructor(options: AddOptions, torrent: RememberedTorrent, deps: TorrentRecordDeps) {
    this.#options = options;
    this.#torrent = torrent;
    this.#store = deps.store;
    this.#totals = new TorrentTotals(deps.clock);
    this.#record = new TorrentRecord(this, deps);
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
    return this.#totals.read(this.#torrent.runner.torrent.announceFacts());
  }

  /** On the clock: see `TorrentTotals`. */
  get seedingSince(): number | undefined {
    return this.#totals.seedingSince;
  }

  /** Looks for a record, unless it has been read already, and takes in what it says; at once where nothing is remembered. */
  load(remembered: Remembered | undefined, done: (found: Remembered) => void): void {
    const store = this.#store;
    const loaded = (found: Remembered) => {
      this.#isLoaded = true;
      if (found.resume !== undefined) this.#takeIn(found.resume);
      this.#isInfoSaved = found.info !== undefined;
      done(found);
      if (found.resume === undefined) this.#added();
      this.#onLoaded?.();
      this.#onLoaded = undefined;
    };
    if (store === undefined || remembered !== undefined) {
      loaded(remembered ?? NOTHING);
      return;
    }
    store.find(this.#torrent.rememberedBy).then(loaded, (error: unknown) => {
      if (!(error instanceof SwarmlineError)) throw error;
      loaded(NOTHING);
      this.onWarning(error);
    });
  }

  /** It is known what the torrent is. */
  infoKnown(info: CheckableInfo): void {
    const store = this.#store;
    if (store === undefined || this.#isInfoSaved) return;
    this.#isInfoSaved = true;
    this.#infoSaved = new Promise(resolve => {
      store.saveInfo(info, { onWarning: warning => this.onWarning(warning), onEnd: resolve });
    });
  }

  /** What was set until now is on the disk. An error where it cannot be. */
  async saved(): Promise<SwarmlineError | undefined> {
    if (this.#store === undefined) return undefined;
    await this.whenLoaded();
    const warning = await this.#infoSaved;
    return warning ?? (await new Promise(resolve => this.#record.save(false, resolve)));
  }

  /** It is new: that, too, is to be known in the next run, whatever comes of it in this one. */
  #added(): void {
    this.#record.dataFound();
    const { info } = this.#options;
    if (info !== undefined) this.infoKnown(info);
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
    this.#record.save();
  }

  /** A setting of the torrent is another: see `MemorableFacts`. */
  settingsChanged(): void {
    this.#record.dataFound();
  }

  /** Other files are wanted, or they look other than before. */
  filesChanged(): void {
    this.#record.dataChanged();
  }

  /** It is elsewhere, or is to be: that is written down at once. An error where it cannot be. */
  placeChanged(): Promise<SwarmlineError | undefined> {
    this.#record.totalsChanged();
    return new Promise(resolve => this.#record.save(false, resolve));
  }

  peersChanged(): void {
    this.#record.totalsChanged();
  }

  /** Nothing more is asked of the disk; saves what has changed when it has done what it was asked. */
  stopped(isForGood: boolean): Promise<void> {
    this.#totals.stopped();
    this.#record.totalsChanged();
    if (isForGood) this.#record.close();
    // What nobody will remember need not be brought to the disk by us.
    if (isForGood && this.#store === undefined) return Promise.resolve();
    return new Promise(resolve => this.#record.save(true, () => resolve()));
  }

  // For its record: see `RecordedTorrent`.

  takeNote(isLast: boolean, done: (fault?: SwarmlineError) => void): void {
    const { files, runner } = this.#torrent;
    files.takeNote(() => runner.torrent.have, isLast, done);
  }

  compose(): ResumeData {
    const { files, runner } = this.#torrent;
    const { place } = files;
    const facts = memorableFacts(this.#torrent);
    // Not `{ ...facts, … }`: V8 makes hidden classes for each such object alone, three kilobytes a record.
    return {
      hashes: facts.hashes,
      name: facts.name,
      isPaused: facts.isPaused,
      isForced: facts.isForced,
      superSeed: facts.superSeed,
      isSequential: facts.isSequential,
      limits: facts.limits,
      honorsSessionRates: facts.honorsSessionRates,
      rateGroup: facts.rateGroup,
      order: facts.order,
      seedLimits: facts.seedLimits,
      priorities: facts.priorities,
      trackers: facts.trackers,
      webSeeds: facts.webSeeds,
      downloadDir: place.folder,
      sources: this.#options.sources,
      data: files.known,
      renamed: place.renamed,
      moving: place.moving,
      allocation: this.#options.allocation,
      totals: this.totals,
      peers: runner.torrent.bestAddresses(MAX_PEERS),
    };
  }

  isBusy(): boolean {
    return this.#torrent.peers.count > 0;
  }

  onFault(fault: SwarmlineError): void {
    this.#torrent.life.diskFailed(fault);
  }

  onWarning(warning: SwarmlineError): void {
    this.#torrent.events.emit('warning', warning);
  }

  #takeIn(resume: ResumeData): void {
    this.#totals.remember(resume.totals);
    const { sources, recheck } = this.#options;
    const { files } = this.#torrent;
    const { place } = files;
    const isSamePlace =
      resume.sources?.join('\0') === sources?.join('\0') &&
      place.takeIn({ folder: resume.downloadDir, renamed: resume.renamed }, resume.moving);
    if (resume.data !== undefined && isSamePlace && recheck !== true) files.remember(resume.data);
  }
}

const NOTHING: Remembered = { resume: undefined, info: undefined };
// Enough to begin with; trackers know more.
const MAX_PEERS = 50;
