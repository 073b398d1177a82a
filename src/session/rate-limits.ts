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

  constructor(clock: Clock, countsPackets: boolean) {
    this.upload = new Bandwidth(clock, countsPackets);
    this.download = new Bandwidth(clock, countsPackets);
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
  #upload: TorrentBandwidth | undefined;
  #download: TorrentBandwidth | undefined;

  constructor(session: SessionRates, runner: RatedRunner) {
    this.#session = session;
    this.#runner = runner;
  }

  get limits(): RateLimits {
    return this.#limits;
  }

  setLimits(limits: Partial<RateLimits>): void {
    this.#limits = checkedLimits(limits, this.#limits);
    this.changed();
  }

  /** Its limits or the session's are others. A torrent without any is told of none, and pays nothing for them. */
  changed(): void {
    const hadAny = this.#upload !== undefined || this.#download !== undefined;
    const { uploadBytesPerSecond, downloadBytesPerSecond } = this.#limits;
    this.#upload = this.#direction(this.#session.upload, this.#upload, uploadBytesPerSecond);
    this.#download = this.#direction(this.#session.download, this.#download, downloadBytesPerSecond);
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
  ): TorrentBandwidth | undefined {
    if (limit === Number.POSITIVE_INFINITY && session.limit === Number.POSITIVE_INFINITY) {
      before?.leave();
      return undefined;
    }
    const direction = before ?? session.join(this.#taker(session === this.#session.download));
    if (direction.limit !== limit) direction.setLimit(limit);
    return direction;
  }

  #taker(isDownload: boolean): BandwidthTaker {
    const rateAllows = () => this.#runner.tell((torrent, now) => torrent.rateAllows(now));
    if (!isDownload) return { rateAllows };
    return { rateAllows, holdReading: isHeld => this.#runner.holdReading(isHeld) };
  }
}
