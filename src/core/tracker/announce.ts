// What peers and trackers tell each other, whatever carries it: HTTP now, UDP and WebSocket in the same shapes.

import type { Address } from '../bytes/compact-address.ts';

/** BEP 3, "event"; `paused` is a partial seed's (BEP 21, "Tracker Announce"). None at the regular interval. */
export type AnnounceEvent = 'started' | 'completed' | 'stopped' | 'paused';

/** What a peer says of itself. Its address is what the tracker sees, never what it says. */
export interface AnnounceFacts {
  /** 20 bytes: v1's hash, or v2's cut short. */
  readonly infoHash: Uint8Array;
  /** 20 bytes. */
  readonly peerId: Uint8Array;
  /** Where it listens: 1…65535. */
  readonly port: number;
  /** Bytes since `started` was sent. BEP 3, "uploaded" */
  readonly uploaded: number;
  readonly downloaded: number;
  /** Bytes still missing; 0 is a seed. `LEFT_UNKNOWN` before the metadata has come. */
  readonly left: number;
  readonly event?: AnnounceEvent | undefined;
  /** How many peers it asks for; undefined leaves that to the tracker. */
  readonly numWant?: number | undefined;
}

/** What a client adds. */
export interface AnnounceRequest extends AnnounceFacts {
  /** 32 random bits that stay the same while the peer's address changes (BEP 7, "Announcing"). */
  readonly key: number;
  /** What the tracker gave as `tracker id` before. */
  readonly trackerId?: Uint8Array;
  /** Addresses that the user says it has. BEP 7 discourages them, and our tracker ignores them. */
  readonly ipv4?: string;
  readonly ipv6?: string;
}

/** A tracker's answer as a client reads it. Counts and times are as they came: the announcer keeps them in bounds. */
export interface AnnounceAnswer {
  readonly kind: 'answer';
  readonly intervalSeconds: number;
  readonly minIntervalSeconds?: number;
  /** Both families, as the tracker gave them: some may be nobody's address (`acceptablePeers`). */
  readonly peers: readonly Address[];
  /** Seeds and leechers. */
  readonly complete?: number;
  readonly incomplete?: number;
  /** How often the torrent was downloaded to its end. */
  readonly downloaded?: number;
  /** Fit to be shown. */
  readonly warning?: string;
  readonly trackerId?: Uint8Array;
  /** The address from which the tracker saw us come. BEP 24. */
  readonly externalIp?: string;
}

/** A tracker that answered, and said no. */
export interface AnnounceRefusal {
  readonly kind: 'refusal';
  /** Fit to be shown. */
  readonly reason: string;
  /** When to ask again. BEP 31. */
  readonly retryInMinutes?: number | 'never';
  readonly intervalSeconds?: number;
  /** What our tracker counts it as; it is not sent. */
  readonly code?: string;
}

/** BEP 48, "Scrape Response". */
export interface SwarmCounts {
  /** Seeds. */
  readonly complete: number;
  /** Leechers. */
  readonly incomplete: number;
  /** How often the torrent was downloaded to its end. */
  readonly downloaded: number;
  /** Leechers without the partial seeds among them, where there are such. BEP 21, "Tracker Scrapes" */
  readonly downloaders?: number;
}

/** `left` of a peer that has only a magnet link: it is no seed, and knows no more. */
export const LEFT_UNKNOWN = Number.MAX_SAFE_INTEGER;
/** BEP 15 and most trackers ask 30 minutes; what stands where a tracker says nothing. */
export const DEFAULT_INTERVAL_SECONDS = 1_800;
