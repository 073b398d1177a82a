// The trackers of one torrent as its user sees them, and when they are asked at all: while it exchanges or looks for its
// metadata, not while it is checked, paused or failed. How they are asked is discovery's.

import type { Address } from '../core/bytes/compact-address.ts';
import type { SwarmCounts } from '../core/tracker/announce.ts';
import type { TrackerStatus } from '../core/tracker/tracker-status.ts';
import { Discovery, type DiscoveryDeps, type DiscoveryOptions } from './discovery.ts';
import type { SessionTorrentState } from './session-torrent-events.ts';
import type { Trackers } from './trackers.ts';

/** The torrent that they are of. */
export interface AnnouncedTorrent {
  announceFacts(): ReturnType<DiscoveryDeps['facts']>;
  trackerPeersFound(addresses: readonly Address[], infoHash: Uint8Array): void;
  /** Of that tracker. */
  trackerChanged(status: TrackerStatus): void;
  externalIpFound(host: string, tracker: string): void;
  /** Another tracker than before answers. */
  trackerMoved(): void;
}

export class TorrentTrackers {
  /** Made with the first tracker. */
  #discovery: Discovery | undefined;
  readonly #torrent: AnnouncedTorrent;
  readonly #trackers: Trackers;
  #infoHashes: readonly Uint8Array[];
  #isPrivate: boolean;
  #isRunning = false;

  /** `trackers`: the session's. */
  constructor(options: DiscoveryOptions, torrent: AnnouncedTorrent, trackers: Trackers) {
    this.#torrent = torrent;
    this.#trackers = trackers;
    this.#isPrivate = options.isPrivate ?? false;
    this.#infoHashes = options.infoHashes;
    if (options.trackers.some(urls => urls.length > 0))
      this.#discovery = this.#newDiscovery(options.trackers);
  }

  /** The torrent is in that state now: asks its trackers, or says goodbye to them. */
  follow(state: SessionTorrentState): void {
    // A magnet whose metadata has come is checked in between: its trackers need not hear of it.
    if (state === 'checking' || state === 'allocating') return;
    const isActive = state === 'metadata' || state === 'downloading' || state === 'seeding';
    if (isActive === this.#isRunning) return;
    this.#isRunning = isActive;
    if (isActive) this.#discovery?.start();
    else void this.#discovery?.stop();
  }

  /** A magnet's metadata has come. */
  infoKnown(infoHashes: readonly Uint8Array[], isPrivate: boolean): void {
    this.#isPrivate = isPrivate;
    this.#infoHashes = infoHashes;
    if (isPrivate) this.#discovery?.madePrivate();
    for (const infoHash of infoHashes) this.#discovery?.infoHashKnown(infoHash);
  }

  /** All that was wanted is there. Trackers count whole downloads: a part of one is not told (BEP 21 says it otherwise). */
  completed(): void {
    if (this.#torrent.announceFacts().left === 0) this.#discovery?.completed();
  }

  status(): TrackerStatus[] {
    return this.#discovery?.status() ?? [];
  }

  /** URLs in tiers. */
  get tiers(): string[][] {
    const tiers: string[][] = [];
    for (const { url, tier } of this.status()) {
      while (tiers.length <= tier) tiers.push([]);
      tiers[tier]!.push(url);
    }
    return tiers;
  }

  add(url: string, tier: number): boolean {
    if (this.#discovery === undefined) {
      this.#discovery = this.#newDiscovery([]);
      if (this.#isRunning) this.#discovery.start();
    }
    return this.#discovery.addTracker(url, tier);
  }

  remove(url: string): boolean {
    return this.#discovery?.removeTracker(url) ?? false;
  }

  announceNow(): void {
    this.#discovery?.announceNow();
  }

  scrape(): Promise<SwarmCounts | undefined> {
    return new Promise(resolve => {
      if (this.#discovery === undefined) resolve(undefined);
      else this.#discovery.scrape(resolve);
    });
  }

  /** Waits until goodbye is said, as long as the settings allow. */
  close(): Promise<void> {
    this.#isRunning = false;
    return this.#discovery?.stop() ?? Promise.resolve();
  }

  #newDiscovery(trackers: DiscoveryOptions['trackers']): Discovery {
    const torrent = this.#torrent;
    const options = { trackers, infoHashes: this.#infoHashes, isPrivate: this.#isPrivate };
    return new Discovery(options, {
      trackers: this.#trackers,
      facts: () => torrent.announceFacts(),
      peersFound: (addresses, _, infoHash) => torrent.trackerPeersFound(addresses, infoHash),
      changed: url => this.#changed(url),
      externalIpFound: (host, tracker) => torrent.externalIpFound(host, tracker),
      trackerMoved: () => {
        if (this.#isPrivate) torrent.trackerMoved();
      },
    });
  }

  #changed(url: string): void {
    const status = this.status().find(tracker => tracker.url === url);
    if (status !== undefined) this.#torrent.trackerChanged(status);
  }
}
