// The limits of one torrent within its session's: its rates, its peers, its upload slots. What was never set for it follows
// the session.

import type { UploadSlots } from '../core/engine/upload-slots.ts';
import { checkedLimits, type TorrentLimits } from './limits.ts';
import { type RatedRunner, type SessionRates, TorrentRates } from './rate-limits.ts';

export interface OwnLimitsDeps {
  readonly rates: SessionRates;
  readonly settings: { readonly engine: { readonly maxPeers: number } };
  /** Of each torrent that has no number of its own. */
  readonly uploadSlots: () => UploadSlots;
  readonly areSlotsChosen: () => boolean;
}

export class OwnLimits {
  readonly #runner: RatedRunner;
  readonly #deps: OwnLimitsDeps;
  readonly #rates: TorrentRates;
  #maxPeers: number;
  /** Undefined: the session's. */
  #uploadSlots: UploadSlots | undefined;
  /** What the engine was told last. */
  #toldSlots: UploadSlots | undefined;

  constructor(runner: RatedRunner, deps: OwnLimitsDeps) {
    this.#runner = runner;
    this.#deps = deps;
    this.#rates = new TorrentRates(deps.rates, runner);
    this.#maxPeers = deps.settings.engine.maxPeers;
    this.sessionChanged();
  }

  get honorsSession(): boolean {
    return this.#rates.honorsSession;
  }

  setHonorsSession(honors: boolean): void {
    this.#rates.setHonorsSession(honors);
  }

  get group(): string | undefined {
    return this.#rates.group;
  }

  setGroup(name: string | undefined): void {
    this.#rates.setGroup(name);
  }

  /** Those that were set, and are no others than without. */
  get own(): Partial<TorrentLimits> {
    const own: { -readonly [Name in keyof TorrentLimits]?: TorrentLimits[Name] } = {};
    const { uploadBytesPerSecond, downloadBytesPerSecond } = this.#rates.limits;
    if (uploadBytesPerSecond !== Number.POSITIVE_INFINITY) own.uploadBytesPerSecond = uploadBytesPerSecond;
    if (downloadBytesPerSecond !== Number.POSITIVE_INFINITY)
      own.downloadBytesPerSecond = downloadBytesPerSecond;
    if (this.#maxPeers !== this.#deps.settings.engine.maxPeers) own.maxPeers = this.#maxPeers;
    if (this.#uploadSlots !== undefined) own.uploadSlots = this.#uploadSlots;
    return own;
  }

  get all(): TorrentLimits {
    return { ...this.#rates.limits, maxPeers: this.#maxPeers, uploadSlots: this.#slots };
  }

  /** What is not named stays as it is. @throws TypeError */
  set(limits: Partial<TorrentLimits>): void {
    const { maxPeers } = checkedLimits(limits, this.all);
    this.#rates.setLimits(limits);
    this.#uploadSlots = limits.uploadSlots ?? this.#uploadSlots;
    this.#slotsChanged();
    if (maxPeers === this.#maxPeers) return;
    this.#maxPeers = maxPeers;
    this.#runner.tell((torrent, now) => torrent.setMaxPeers(maxPeers, now));
  }

  sessionChanged(): void {
    this.#rates.changed();
    this.#slotsChanged();
  }

  close(): void {
    this.#rates.close();
  }

  get #slots(): UploadSlots {
    return this.#uploadSlots ?? this.#deps.uploadSlots();
  }

  #slotsChanged(): void {
    const uploadSlots = this.#slots;
    // A number that was chosen is meant, also where it is the one that would be by itself: then the engine may choose more.
    const isChosen = this.#uploadSlots !== undefined || this.#deps.areSlotsChosen();
    if (!isChosen || uploadSlots === this.#toldSlots) return;
    this.#toldSlots = uploadSlots;
    this.#runner.tell((torrent, now) => torrent.setUploadSlots(uploadSlots, now));
  }
}
