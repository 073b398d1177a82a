// How things stand with a torrent's trackers, in words and figures for display. It only reads.

import type { Endpoint, Lane } from './lane.ts';
import type { ListedTracker } from './tracker-list.ts';

/** How things stand with one tracker, for display. */
export interface TrackerStatus {
  readonly url: string;
  readonly tier: number;
  /** `unused`: no round has needed it so far. */
  readonly state: 'unused' | 'announcing' | 'working' | 'failed' | 'unusable';
  /** The last error as a sentence; undefined once it answers again, under each of a hybrid's hashes. */
  readonly error: string | undefined;
  readonly warning: string | undefined;
  readonly seeds: number | undefined;
  readonly leechers: number | undefined;
  /** On the clock of `now`. */
  readonly nextAnnounceAt: number | undefined;
}

/** What the hashes of a torrent say of one tracker, in one row: the better state, the larger swarm. */
export function statusOf(tracker: ListedTracker, lanes: readonly Lane[], running: boolean): TrackerStatus {
  const rows: Row[] = [];
  for (const lane of lanes) {
    const endpoint = lane.endpoints.get(tracker);
    if (endpoint !== undefined) rows.push({ lane, endpoint });
  }
  const last = rows.findLast(({ endpoint }) => endpoint.error !== undefined)?.endpoint;
  const nextAt = Math.min(...rows.map(dueAt));
  return {
    url: tracker.url,
    tier: tracker.tier,
    state: tracker.unusable !== undefined ? 'unusable' : stateOf(rows),
    error: tracker.unusable ?? last?.error,
    warning: rows.find(({ endpoint }) => endpoint.warning !== undefined)?.endpoint.warning,
    seeds: largest(rows.map(({ endpoint }) => endpoint.seeds)),
    leechers: largest(rows.map(({ endpoint }) => endpoint.leechers)),
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
  return rows.some(({ endpoint }) => endpoint.fails > 0) ? 'failed' : 'unused';
}

function dueAt({ lane, endpoint }: Row): number {
  if (lane.current === endpoint) return lane.nextAt;
  return endpoint.fails > 0 ? Math.max(lane.nextAt, endpoint.retryAt) : Number.POSITIVE_INFINITY;
}

function largest(counts: readonly (number | undefined)[]): number | undefined {
  const known = counts.filter(count => count !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}
