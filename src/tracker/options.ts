// What a tracker can be told about how it answers: each option with its default and why, and all of them filled in.

import type { NearPeersOptions } from './near-peers.ts';
import type { RateLimitOptions } from './rate-limits.ts';

export interface TrackerOptions {
  /** When a peer shall come back; each is told up to a tenth more or less, so that they do not come all at once. @default 1800 (BEP 15 and most trackers) */
  readonly intervalSeconds?: number;
  /** The earliest that it may. @default 300, or the interval where that is less */
  readonly minIntervalSeconds?: number;
  /** As long as it may become where more announce than `busyAnnouncesPerSecond`. @default half as much again as the interval; the store must remember peers for longer */
  readonly maxIntervalSeconds?: number;
  /** From so many announces a second on, peers are asked to come less often. @default 20,000, half of what one core answers over HTTP */
  readonly busyAnnouncesPerSecond?: number;
  /** Peers for one that does not say how many it wants. @default 50 */
  readonly defaultPeers?: number;
  /** IPv4 peers in one answer at most. @default 200 */
  readonly maxPeers?: number;
  /** IPv6 peers in one answer at most. @default 66: as many bytes as the others */
  readonly maxPeers6?: number;
  /** Torrents in one scrape at most. @default 74 (BEP 15, "Scrape") */
  readonly maxScrapeHashes?: number;
  /** Answers a scrape that names no torrent with all of them, some ten thousand at most. @default false: trackers that did were flooded */
  readonly fullScrape?: boolean;
  /** False serves only the torrents that are registered or listed. @default true */
  readonly open?: boolean;
  /** Peers near the asker come first, though never alone. @default none do */
  readonly near?: NearPeersOptions;
  /** @default no limits */
  readonly rateLimits?: RateLimitOptions | undefined;
  /** Peers of one address (IPv4 /32, IPv6 /56) in one swarm, about; more are refused. 0 is no limit, 60 the highest. @default 0 */
  readonly maxPeersPerAddress?: number;
}

/** Options with their defaults. */
export interface TrackerSettings extends Required<Omit<TrackerOptions, 'near' | 'rateLimits'>> {
  readonly rateLimits: RateLimitOptions;
}

export function settingsOf(options: TrackerOptions): TrackerSettings {
  const intervalSeconds = options.intervalSeconds ?? 1_800;
  return {
    intervalSeconds,
    minIntervalSeconds: options.minIntervalSeconds ?? Math.min(300, intervalSeconds),
    maxIntervalSeconds: Math.max(
      intervalSeconds,
      options.maxIntervalSeconds ?? Math.floor(intervalSeconds * 1.5),
    ),
    busyAnnouncesPerSecond: options.busyAnnouncesPerSecond ?? 20_000,
    defaultPeers: options.defaultPeers ?? 50,
    maxPeers: options.maxPeers ?? 200,
    maxPeers6: options.maxPeers6 ?? 66,
    maxScrapeHashes: options.maxScrapeHashes ?? 74,
    fullScrape: options.fullScrape ?? false,
    open: options.open ?? true,
    rateLimits: options.rateLimits ?? NO_LIMITS,
    maxPeersPerAddress: options.maxPeersPerAddress ?? 0,
  };
}

const NO_LIMITS: RateLimitOptions = { requestsPerSecond: 0 };
