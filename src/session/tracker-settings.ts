// How a session asks trackers, with the defaults and where those come from.

import type { AnnounceTo } from '../core/tracker/lanes.ts';

export interface TrackerSettings {
  /**
   * `first`: the first tracker that answers, tier by tier (BEP 12). `tiers`: one of each tier. `all`: every one. Private
   * torrents have the first (BEP 27).
   * @default first (libtorrent): the trackers of a public list know the same peers, and each has its costs
   */
  readonly announceTo: AnnounceTo;
  /** Peers to ask for, 50…200. @default 200 (libtorrent) */
  readonly numWant: number;
  /** Requests by HTTP at a time. @default 50 (libtorrent, `max_concurrent_http_announces`) */
  readonly maxHttpAtOnce: number;
  /** By UDP: a question takes no connection. @default 500 */
  readonly maxUdpAtOnce: number;
  /** To one tracker: connections that are kept carry the next request. @default 25 */
  readonly maxPerTracker: number;
  /** Begun in a second, by HTTP and by UDP each: 10,000 torrents that start together take 50 s. @default 200 */
  readonly perSecond: number;
  /** For a whole answer by HTTP. @default 30,000 (libtorrent, `tracker_completion_timeout`) */
  readonly timeoutMs: number;
  /**
   * How often a datagram is sent again: after 15 s, then 30 s, then 60 s … (BEP 15).
   * @default 1: after 45 s the next tracker of the list has its turn, and this one comes again after its back-off; BEP 15
   * would go on for two hours
   */
  readonly udpRetransmits: number;
  /** How long a torrent waits for the answers to its goodbye. @default 2,000 */
  readonly stopTimeoutMs: number;
  /** Of a session that closes with many torrents: `stopTimeoutMs`, a millisecond more for each, and at most so long. @default 10,000 */
  readonly maxStopTimeoutMs: number;
  /** A longer answer by HTTP is an error. @default 1,048,576 */
  readonly maxAnswerLength: number;
  /**
   * Addresses to announce beside the one that the tracker sees (BEP 3, "ip"; BEP 7). Most trackers pass them over, for good
   * reasons. @default none
   */
  readonly announcedIpv4?: string;
  readonly announcedIpv6?: string;
}

export const TRACKER_DEFAULTS: TrackerSettings = {
  announceTo: 'first',
  numWant: 200,
  maxHttpAtOnce: 50,
  maxUdpAtOnce: 500,
  maxPerTracker: 25,
  perSecond: 200,
  timeoutMs: 30_000,
  udpRetransmits: 1,
  stopTimeoutMs: 2_000,
  maxStopTimeoutMs: 10_000,
  maxAnswerLength: 1_048_576,
};
