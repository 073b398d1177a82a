// How things stand with a torrent's trackers, in words and figures for display. It only reads.

import { type Endpoint, endpointOf, type Lane, type LaneHash, mayRetryAt } from './lane.ts';
import type { ListedTracker } from './tracker-list.ts';

/** How things stand with one tracker, for display. */
export interface TrackerStatus {
  readonly url: string;
  /** 0 is asked first. */
  readonly tier: number;
  /** `unused`: no round has needed it so far. `unusable`: it is never asked, and `error` says why. */
  readonly state: 'unused' | 'announcing' | 'working' | 'failed' | 'unusable';
  /** The last error as a sentence; undefined once it answers again, under each of a hybrid's hashes. */
  readonly error: string | undefined;
  readonly warning: string | undefined;
  /** As its last answer or scrape has them: seeds, leechers, and how often the torrent was downloaded to its end. */
  readonly seeds: number | undefined;
  readonly leechers: number | undefined;
  readonly downloads: number | undefined;
  /** Peers in its last answers, over all hashes and families. */
  readonly peers: number | undefined;
  /** On the clock of `now`. */
  readonly lastAnnounceAt: number | undefined;
  readonly nextAnnounceAt: number | undefined;
}

/** What the lanes of a torrent say of one tracker, in one row: the better state, the larger swarm. */
export function statusOf(tracker: ListedTracker, lanes: readonly Lane[], running: boolean): TrackerStatus {
  const rows: Row[] = [];
  for (const lane of lanes) {
    const endpoint = endpointOf(lane, tracker);
    if (endpoint !== undefined) rows.push({ lane, endpoint });
  }
  const nextAt = Math.min(...rows.map(dueAt));
  return {
    url: tracker.url,
    tier: tracker.tier,
    state: tracker.unusable !== undefined ? 'unusable' : stateOf(rows),
    error: tracker.unusable ?? errorOf(rows),
    warning: rows.find(({ endpoint }) => endpoint.warning !== undefined)?.endpoint.warning,
    seeds: largest(rows.map(({ endpoint }) => endpoint.seeds)),
    leechers: largest(rows.map(({ endpoint }) => endpoint.leechers)),
    downloads: largest(rows.map(({ endpoint }) => endpoint.downloads)),
    peers: sum(rows.map(({ endpoint }) => endpoint.peers)),
    lastAnnounceAt: largest(rows.map(({ endpoint }) => endpoint.lastAt)),
    nextAnnounceAt: running && Number.isFinite(nextAt) ? nextAt : undefined,
  };
}

interface Row {
  readonly lane: Lane;
  readonly endpoint: Endpoint;
}

function stateOf(rows: readonly Row[]): TrackerStatus['state'] {
  if (rows.some(({ lane, endpoint }) => lane.busy === endpoint)) return 'announcing';
  if (rows.some(({ lane, endpoint }) => lane.current === endpoint)) return 'working';
  return rows.some(({ endpoint }) => endpoint.error !== undefined) ? 'failed' : 'unused';
}

/** A hash that one family of addresses has got through with has no error to show: few trackers have both. */
function errorOf(rows: readonly Row[]): string | undefined {
  const fine = new Set<LaneHash>();
  for (const { lane, endpoint } of rows)
    if (endpoint.error === undefined && endpoint.lastAt !== undefined) fine.add(lane.hash);
  const failed = rows.filter(({ lane, endpoint }) => endpoint.error !== undefined && !fine.has(lane.hash));
  return failed.at(-1)?.endpoint.error;
}

function dueAt({ lane, endpoint }: Row): number {
  if (lane.current === endpoint) return lane.nextAt;
  return endpoint.fails > 0 ? Math.max(lane.nextAt, mayRetryAt(endpoint)) : Number.POSITIVE_INFINITY;
}

function largest(counts: readonly (number | undefined)[]): number | undefined {
  const known = counts.filter(count => count !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

function sum(counts: readonly (number | undefined)[]): number | undefined {
  const known = counts.filter(count => count !== undefined);
  return known.length === 0 ? undefined : known.reduce((total, count) => total + count, 0);
}
