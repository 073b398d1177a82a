// What users set: the limits of a session's rates and of one torrent's. Bytes of the protocol are counted, the blocks and
// all that is said around them, but not the handshakes before; headers of IP and TCP only where the settings say so.

import type { Torrent } from '../core/engine/torrent.ts';
import type { Clock } from '../host/clock.ts';
import { Bandwidth, type BandwidthTaker, type TorrentBandwidth } from './bandwidth.ts';
import { checkedLimits } from './limits.ts';

export interface RateLimits {
  /** Infinity: none; 0: no block leaves. */
  readonly uploadBytesPerSecond: number;
  /** Infinity: none; 0: no block is asked for. */
  readonly downloadBytesPerSecond: number;
}

export const NO_LIMITS: RateLimits = {
  uploadBytesPerSecond: Number.POSITIVE_INFINITY,
  downloadBytesPerSecond: Number.POSITIVE_INFINITY,
};

/** Both directions of a session. */
export class SessionRates {
  readonly upload: Bandwidth;
  readonly download: Bandwidth;
  readonly #newUnlimited: () => SessionRates;
  #unlimited: SessionRates | undefined;

  constructor(clock: Clock, countsPackets: boolean) {
    this.#newUnlimited = () => new SessionRates(clock, countsPackets);
    this.upload = new Bandwidth(clock, countsPackets);
    this.download = new Bandwidth(clock, countsPackets);
  }

  /** For torrents that are no part of it: nothing limits them together. */
  get unlimited(): SessionRates {
    this.#unlimited ??= this.#newUnlimited();
    return this.#unlimited;
  }

  get limits(): RateLimits {
    return { uploadBytesPerSecond: this.upload.limit, downloadBytesPerSecond: this.download.limit };
  }

  /** The torrents are to be told: `TorrentRates.changed`. */
  setLimits(limits: Partial<RateLimits>): void {
    const { uploadBytesPerSecond, downloadBytesPerSecond } = checkedLimits(limits, this.limits);
    if (uploadBytesPerSecond !== this.upload.limit) this.upload.setLimit(uploadBytesPerSecond);
    if (downloadBytesPerSecond !== this.download.limit) this.download.setLimit(downloadBytesPerSecond);
  }
}

/** What runs the torrent. */
export interface RatedRunner {
  tell(fact: (torrent: Torrent, now: number) => void): void;
  holdReading(isHeld: boolean): void;
}

/** Both directions of a torrent. */
export class TorrentRates {
  readonly #session: SessionRates;
  readonly #runner: RatedRunner;
  #limits: RateLimits = NO_LIMITS;
  #honorsSession = true;
  #upload: TorrentBandwidth | undefined;
  #download: TorrentBandwidth | undefined;

  constructor(session: SessionRates, runner: RatedRunner) {
    this.#session = session;
    this.#runner = runner;
  }

  get limits(): RateLimits {
    return this.#limits;
  }

  get honorsSession(): boolean {
    return this.#honorsSession;
  }

  /** Without the session's limits its own hold, and it takes nothing of what the others share. */
  setHonorsSession(honors: boolean): void {
    if (honors === this.#honorsSession) return;
    this.#honorsSession = honors;
    this.close();
    const hadAny = this.#upload !== undefined || this.#download !== undefined;
    this.#upload = undefined;
    this.#download = undefined;
    this.changed(hadAny);
  }

  setLimits(limits: Partial<RateLimits>): void {
    this.#limits = checkedLimits(limits, this.#limits);
    this.changed();
  }

  /** Its limits or the session's are others. A torrent without any is told of none, and pays nothing for them. */
  changed(hadAny = this.#upload !== undefined || this.#download !== undefined): void {
    const { upload: uploads, download: downloads } = this.#honorsSession
      ? this.#session
      : this.#session.unlimited;
    const { uploadBytesPerSecond, downloadBytesPerSecond } = this.#limits;
    this.#upload = this.#direction(uploads, this.#upload, uploadBytesPerSecond);
    this.#download = this.#direction(downloads, this.#download, downloadBytesPerSecond, true);
    const upload = this.#upload;
    const download = this.#download;
    if (upload !== undefined) upload.opposite = download;
    if (download !== undefined) download.opposite = upload;
    const hasAny = upload !== undefined || download !== undefined;
    if (!hasAny && !hadAny) return;
    this.#runner.tell((torrent, now) => torrent.limitRates(hasAny ? { upload, download } : undefined, now));
  }

  close(): void {
    this.#upload?.leave();
    this.#download?.leave();
  }

  #direction(
    session: Bandwidth,
    before: TorrentBandwidth | undefined,
    limit: number,
    isDownload = false,
  ): TorrentBandwidth | undefined {
    if (limit === Number.POSITIVE_INFINITY && session.limit === Number.POSITIVE_INFINITY) {
      before?.leave();
      return undefined;
    }
    const direction = before ?? session.join(this.#taker(isDownload));
    if (direction.limit !== limit) direction.setLimit(limit);
    return direction;
  }

  #taker(isDownload: boolean): BandwidthTaker {
    const rateAllows = () => this.#runner.tell((torrent, now) => torrent.rateAllows(now));
    if (!isDownload) return { rateAllows };
    return { rateAllows, holdReading: isHeld => this.#runner.holdReading(isHeld) };
  }
}
