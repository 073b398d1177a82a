// What an announcer is given to work with, and what it asks its owner to do.

import type { AnnounceEvent } from './announce.ts';
import type { LanesOptions } from './lanes.ts';
import type { AddressFamily } from './tracker-list.ts';

export interface AnnouncerOptions extends LanesOptions {
  /** Tiers of URLs. */
  readonly trackers: readonly (readonly string[])[];
  /** One, or a hybrid's two. 20 bytes each. */
  readonly infoHashes: readonly Uint8Array[];
  /** Peers to ask for, kept in 50…200. @default 200 (libtorrent) */
  readonly numWant?: number;
  /** What the caller can speak. @default http and https */
  readonly schemes?: readonly string[];
}

/** One announce to make. Tell how it went with `answered`, `refused` or `failed`, and its `id`. */
export interface AnnounceOrder {
  readonly id: number;
  readonly url: string;
  readonly infoHash: Uint8Array;
  readonly family: AddressFamily | undefined;
  readonly event: AnnounceEvent | undefined;
  readonly numWant: number;
  readonly key: number;
  readonly trackerId: Uint8Array | undefined;
}
