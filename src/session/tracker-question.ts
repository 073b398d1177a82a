// What is asked of a tracker and what comes of it, whatever carries it.

import type { AddressScope } from '../core/bytes/address-scope.ts';
import type {
  AnnounceAnswer,
  AnnounceRefusal,
  AnnounceRequest,
  SwarmCounts,
} from '../core/tracker/announce.ts';
import type { AddressFamily } from '../core/tracker/tracker-list.ts';
import type { TrackerUrl } from '../core/tracker/tracker-url.ts';

export interface TrackerQuestion {
  readonly url: string;
  readonly parsed: TrackerUrl;
  /** Over which to ask; undefined: whichever. */
  readonly family: AddressFamily | undefined;
  readonly what:
    | { readonly kind: 'announce'; readonly request: AnnounceRequest }
    | { readonly kind: 'scrape'; readonly infoHashes: readonly Uint8Array[] };
  /** Infinity: as long as whoever asks by UDP takes. */
  readonly timeoutMs: number;
}

export type TrackerResult =
  /** `scope`: where the tracker is, by the address that answered. */
  | (AnnounceAnswer & { readonly scope: AddressScope })
  | AnnounceRefusal
  /** For each hash in the order asked for; undefined where the tracker has none. */
  | { readonly kind: 'counts'; readonly counts: readonly (SwarmCounts | undefined)[] }
  | TrackerFailure;

export interface TrackerFailure {
  readonly kind: 'failure';
  /** Fit to be shown. */
  readonly sentence: string;
  /**
   * `silent`: nobody answers there. `no-family`: there is no address of that family, or no way to it from here.
   * `wrong`: something answered, and it made no sense.
   */
  readonly reason: 'silent' | 'no-family' | 'wrong';
}

/** Asks, and calls `done` once, later; the answer gives it up, and `done` is then not called. */
export type AskTracker = (question: TrackerQuestion, done: (result: TrackerResult) => void) => () => void;
