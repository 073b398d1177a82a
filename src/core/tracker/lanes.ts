// Which lanes a torrent has, and which trackers each of them asks: one for each hash and each family of addresses and,
// where not only the first tracker that answers is told, for each tier or tracker. The lanes of a private torrent follow
// the first of them. What happens on a lane is the announcer's.

import { addEndpoint, endpointOf, type Lane, type LaneHash, mayRetryAt, newLane } from './lane.ts';
import type { AddressFamily, ListedTracker, TrackerList } from './tracker-list.ts';

/**
 * `first`: the first tracker that answers, as BEP 12 has it (libtorrent's default). `tiers`: one of each tier (µTorrent;
 * libtorrent's `announce_to_all_tiers`). `all`: every one (libtorrent's `announce_to_all_trackers` as well).
 */
export type AnnounceTo = 'first' | 'tiers' | 'all';

export interface LanesOptions {
  /** Families of addresses that peers can reach us by: each is announced for itself. @default one announce by whichever */
  readonly families?: readonly AddressFamily[];
  /** @default first: the trackers of a public list know the same peers, and each has its costs */
  readonly announceTo?: AnnounceTo;
  /** BEP 27: one tracker at a time, whatever `announceTo` says. @default false */
  readonly isPrivate?: boolean;
}

export class Lanes {
  readonly hashes: LaneHash[] = [];
  all: Lane[] = [];
  /** From here on the lanes follow the first of them. */
  isPrivate: boolean;
  readonly #list: TrackerList;
  readonly #options: LanesOptions;

  constructor(list: TrackerList, options: LanesOptions) {
    this.#list = list;
    this.#options = options;
    this.isPrivate = options.isPrivate ?? false;
  }

  /** One more hash of the torrent. */
  addHash(infoHash: Uint8Array, now: number): void {
    if (this.hashes.some(known => known.infoHash.every((byte, i) => byte === infoHash[i]))) return;
    const hash: LaneHash = { infoHash, isCompleted: false, toldCompleted: new Set() };
    this.hashes.push(hash);
    this.#open(hash, now);
  }

  /** The tracker is in the list now: lanes that nobody answered have somebody to ask. */
  addTracker(tracker: ListedTracker, now: number): void {
    for (const lane of this.all)
      if (addEndpoint(lane, tracker) && lane.current === undefined) lane.nextAt = Math.min(lane.nextAt, now);
    for (const hash of this.hashes) this.#open(hash, now);
  }

  /** The tracker is no longer in the list. */
  removeTracker(tracker: ListedTracker, now: number): void {
    for (const lane of this.all) {
      const endpoint = endpointOf(lane, tracker);
      if (endpoint === undefined) continue;
      lane.endpoints.splice(lane.endpoints.indexOf(endpoint), 1);
      if (lane.busy === endpoint) lane.busy = undefined;
      if (lane.current !== endpoint) continue;
      lane.current = undefined;
      lane.nextAt = now;
    }
    this.all = this.all.filter(({ only }) => only !== tracker);
  }

  /** The trackers of a new round. */
  roundOf(lane: Lane): ListedTracker[] {
    const leader = this.#leaderOf(lane);
    if (leader === undefined) return this.#list.inOrder();
    return leader.current === undefined ? [] : [leader.current.tracker];
  }

  /** When a round may begin after one that nobody answered. */
  nextRoundAt(lane: Lane): number {
    let next = Number.POSITIVE_INFINITY;
    // Those that follow are woken by whom they follow.
    if (this.#leaderOf(lane) !== undefined) return next;
    for (const endpoint of lane.endpoints) next = Math.min(next, mayRetryAt(endpoint));
    return next;
  }

  /** A tracker has answered: lanes that follow and wait for one, or have another, ask it too. */
  wakeFollowers(leader: Lane, tracker: ListedTracker, now: number): void {
    for (const lane of this.all) {
      const endpoint = this.#leaderOf(lane) === leader ? endpointOf(lane, tracker) : undefined;
      if (endpoint === undefined || lane.current === endpoint) continue;
      lane.current = undefined;
      lane.nextAt = Math.min(lane.nextAt, Math.max(now, mayRetryAt(endpoint)));
    }
  }

  /** BEP 27: "each peer MUST use only one tracker at a time": one lane of a private torrent finds it. */
  #leaderOf(lane: Lane): Lane | undefined {
    const leader = this.all[0]!;
    return this.isPrivate && lane !== leader ? leader : undefined;
  }

  #open(hash: LaneHash, now: number): void {
    const { families = [undefined] } = this.#options;
    for (const family of families) {
      for (const { tier, only } of this.#ways()) {
        const isOpen = this.all.some(
          lane => lane.hash === hash && lane.family === family && lane.tier === tier && lane.only === only,
        );
        if (!isOpen) this.all.push(newLane({ hash, family, tier, only }, this.#list.inOrder(), now));
      }
    }
  }

  #ways(): { readonly tier?: number; readonly only?: ListedTracker }[] {
    const { announceTo = 'first' } = this.#options;
    if (this.isPrivate || announceTo === 'first') return [{}];
    const trackers = this.#list.inOrder();
    if (announceTo === 'all') return trackers.map(only => ({ only }));
    return [...new Set(trackers.map(({ tier }) => tier))].map(tier => ({ tier }));
  }
}
