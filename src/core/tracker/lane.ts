// One info hash's way through the trackers, as data: the announcer moves it, the status is read from it.

import type { ListedTracker, TrackerList } from './tracker-list.ts';

/** One hash of the torrent, and its way through the trackers. */
export interface Lane {
  readonly infoHash: Uint8Array;
  readonly endpoints: ReadonlyMap<ListedTracker, Endpoint>;
  /** The trackers that the round under way has not asked yet. */
  round: ListedTracker[] | undefined;
  /** Being asked just now. */
  busy: Endpoint | undefined;
  /** The one that answered last. */
  current: Endpoint | undefined;
  nextAt: number;
  /** `completed` is yet to be told. */
  completed: boolean;
}

/** One tracker as one hash sees it. */
export interface Endpoint {
  readonly tracker: ListedTracker;
  /** It has heard `started` from us. */
  known: boolean;
  fails: number;
  retryAt: number;
  /** What its minimal interval allows. */
  earliestAt: number;
  trackerId: Uint8Array | undefined;
  error: string | undefined;
  warning: string | undefined;
  seeds: number | undefined;
  leechers: number | undefined;
}

export function newLane(infoHash: Uint8Array, list: TrackerList): Lane {
  const endpoints = new Map<ListedTracker, Endpoint>();
  for (const tracker of list.inOrder()) {
    if (tracker.unusable === undefined) endpoints.set(tracker, newEndpoint(tracker));
  }
  return {
    infoHash,
    endpoints,
    round: undefined,
    busy: undefined,
    current: undefined,
    nextAt: 0,
    completed: false,
  };
}

function newEndpoint(tracker: ListedTracker): Endpoint {
  return {
    tracker,
    known: false,
    fails: 0,
    retryAt: Number.NEGATIVE_INFINITY,
    earliestAt: Number.NEGATIVE_INFINITY,
    trackerId: undefined,
    error: undefined,
    warning: undefined,
    seeds: undefined,
    leechers: undefined,
  };
}
