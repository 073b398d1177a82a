// What users set: the limits of a session's rates and of one torrent's. Bytes of the protocol are counted, the blocks and
// all that is said around them, but not the handshakes before; headers of IP and TCP only where the settings say so.

import type { Torrent } from '../core/engine/torrent.ts';
import type { Clock } from '../host/clock.ts';
import { Bandwidth, type BandwidthTaker, type SharedLimit, type TorrentBandwidth } from './bandwidth.ts';
import { checkedLimits } from './limits.ts';
import { type GroupMember, RateGroup } from './rate-groups.ts';

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
  readonly #clock: Clock;
  readonly #groups = new Map<string, RateGroup>();
  #unlimited: SessionRates | undefined;

  constructor(clock: Clock, countsPackets: boolean) {
    this.#clock = clock;
    this.#newUnlimited = () => new SessionRates(clock, countsPackets);
    this.upload = new Bandwidth(clock, countsPackets);
    this.download = new Bandwidth(clock, countsPackets);
  }

  /** By name, in the order in which they were first named. */
  get groups(): ReadonlyMap<string, RateGroup> {
    return this.#groups;
  }

  /** Made where there was none of that name. */
  group(name: string): RateGroup {
    let group = this.#groups.get(name);
    if (group === undefined) {
      group = new RateGroup(this.#clock);
      this.#groups.set(name, group);
    }
    return group;
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
export class TorrentRates implements GroupMember {
  readonly #session: SessionRates;
  readonly #runner: RatedRunner;
  #limits: RateLimits = NO_LIMITS;
  #honorsSession = true;
  /** By its name; undefined: none. */
  #group: string | undefined;
  /** In which it takes part. */
  #shares: SessionRates;
  #upload: TorrentBandwidth | undefined;
  #download: TorrentBandwidth | undefined;

  constructor(session: SessionRates, runner: RatedRunner) {
    this.#session = session;
    this.#shares = session;
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
    this.#honorsSession = honors;
    this.changed();
  }

  get group(): string | undefined {
    return this.#group;
  }

  /** Undefined: none. */
  setGroup(name: string | undefined): void {
    if (name === this.#group) return;
    if (this.#group !== undefined) this.#session.group(this.#group).leave(this);
    this.#group = name;
    if (name !== undefined) this.#session.group(name).join(this);
    // What was reserved was of the other one's.
    this.changed(this.#leave());
  }

  setLimits(limits: Partial<RateLimits>): void {
    this.#limits = checkedLimits(limits, this.#limits);
    this.changed();
  }

  /** Its limits or the session's are others. A torrent without any is told of none, and pays nothing for them. */
  changed(hadAny = this.#upload !== undefined || this.#download !== undefined): void {
    const group = this.#group === undefined ? undefined : this.#session.group(this.#group);
    const honors = this.#honorsSession && group?.honorsSessionRates !== false;
    const shares = honors ? this.#session : this.#session.unlimited;
    if (shares !== this.#shares) this.#leave();
    this.#shares = shares;
    const { uploadBytesPerSecond, downloadBytesPerSecond } = this.#limits;
    this.#upload = this.#direction(shares.upload, this.#upload, uploadBytesPerSecond, group?.upload);
    this.#download = this.#direction(
      shares.download,
      this.#download,
      downloadBytesPerSecond,
      group?.download,
    );
    const upload = this.#upload;
    const download = this.#download;
    if (upload !== undefined) upload.opposite = download;
    if (download !== undefined) download.opposite = upload;
    const hasAny = upload !== undefined || download !== undefined;
    if (!hasAny && !hadAny) return;
    this.#runner.tell((torrent, now) => torrent.limitRates(hasAny ? { upload, download } : undefined, now));
  }

  close(): void {
    if (this.#group !== undefined) this.#session.group(this.#group).leave(this);
    this.#leave();
  }

  /** Whether there was anything to leave. */
  #leave(): boolean {
    const hadAny = this.#upload !== undefined || this.#download !== undefined;
    this.#upload?.leave();
    this.#download?.leave();
    this.#upload = undefined;
    this.#download = undefined;
    return hadAny;
  }

  #direction(
    session: Bandwidth,
    before: TorrentBandwidth | undefined,
    limit: number,
    group: SharedLimit | undefined,
  ): TorrentBandwidth | undefined {
    const least = Math.min(limit, session.limit, group?.bytesPerSecond ?? Number.POSITIVE_INFINITY);
    if (least === Number.POSITIVE_INFINITY) {
      before?.leave();
      return undefined;
    }
    const direction = before ?? session.join(this.#taker(session === this.#shares.download));
    direction.group = group;
    if (direction.limit !== limit) direction.setLimit(limit);
    return direction;
  }

  #taker(isDownload: boolean): BandwidthTaker {
    const rateAllows = () => this.#runner.tell((torrent, now) => torrent.rateAllows(now));
    if (!isDownload) return { rateAllows };
    return { rateAllows, holdReading: isHeld => this.#runner.holdReading(isHeld) };
  }
}
