// One way through a torrent's trackers, as data: the announcer moves it, the status is read from it. There is one for
// each hash, for each family of addresses and, where not only the first tracker that answers is told, for each tier or
// tracker.

import type { AddressFamily, ListedTracker } from './tracker-list.ts';

/** One hash of the torrent, whatever the way. */
export interface LaneHash {
  readonly infoHash: Uint8Array;
  /** The download came to its end. */
  isCompleted: boolean;
  /** Trackers that have heard so: each counts downloads, and is told once. */
  readonly toldCompleted: Set<ListedTracker>;
}

export interface Lane {
  readonly hash: LaneHash;
  /** Over which it announces; undefined: whichever. */
  readonly family: AddressFamily | undefined;
  /** The only tier or tracker that it asks. */
  readonly tier: number | undefined;
  readonly only: ListedTracker | undefined;
  readonly endpoints: Endpoint[];
  /** The trackers that the round under way has not asked yet. */
  round: ListedTracker[] | undefined;
  /** Being asked just now. */
  busy: Endpoint | undefined;
  /** The one that answered last; undefined since it failed. */
  current: Endpoint | undefined;
  /** The one that answered last, whether or not it has failed since. */
  lastAnswered: Endpoint | undefined;
  /** How many answers in a row have named nobody else. */
  lonely: number;
  nextAt: number;
}

/** One tracker as one lane sees it. */
export interface Endpoint {
  readonly tracker: ListedTracker;
  /** It has heard `started` from us. */
  known: boolean;
  fails: number;
  /** The end of our own back-off. */
  retryAt: number;
  /** The tracker said not to come before. BEP 31 */
  refusedUntil: number;
  /** What its minimal interval allows. */
  earliestAt: number;
  lastAt: number | undefined;
  trackerId: Uint8Array | undefined;
  error: string | undefined;
  warning: string | undefined;
  seeds: number | undefined;
  leechers: number | undefined;
  downloads: number | undefined;
  peers: number | undefined;
}

export interface LaneOptions {
  readonly hash: LaneHash;
  readonly family: AddressFamily | undefined;
  readonly tier?: number | undefined;
  readonly only?: ListedTracker | undefined;
}

export function newLane(options: LaneOptions, trackers: readonly ListedTracker[], now: number): Lane {
  const lane: Lane = {
    hash: options.hash,
    family: options.family,
    tier: options.tier,
    only: options.only,
    endpoints: [],
    round: undefined,
    busy: undefined,
    current: undefined,
    lastAnswered: undefined,
    lonely: 0,
    nextAt: now,
  };
  for (const tracker of trackers) addEndpoint(lane, tracker);
  return lane;
}

/** True where the lane may ask the tracker: it does from now on. */
export function addEndpoint(lane: Lane, tracker: ListedTracker): boolean {
  if (tracker.unusable !== undefined) return false;
  if (lane.tier !== undefined && lane.tier !== tracker.tier) return false;
  if (lane.only !== undefined && lane.only !== tracker) return false;
  if (lane.family !== undefined && tracker.family !== undefined && lane.family !== tracker.family)
    return false;
  lane.endpoints.push({
    tracker,
    known: false,
    fails: 0,
    retryAt: Number.NEGATIVE_INFINITY,
    refusedUntil: Number.NEGATIVE_INFINITY,
    earliestAt: Number.NEGATIVE_INFINITY,
    lastAt: undefined,
    trackerId: undefined,
    error: undefined,
    warning: undefined,
    seeds: undefined,
    leechers: undefined,
    downloads: undefined,
    peers: undefined,
  });
  return true;
}

export function endpointOf(lane: Lane, tracker: ListedTracker): Endpoint | undefined {
  // A torrent has a handful.
  for (const endpoint of lane.endpoints) if (endpoint.tracker === tracker) return endpoint;
  return undefined;
}

/** When the endpoint may be asked again after it failed. */
export function mayRetryAt(endpoint: Endpoint): number {
  return Math.max(endpoint.retryAt, endpoint.refusedUntil);
}
