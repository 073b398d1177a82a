// When to announce a torrent, to whom, and with which event: tiers, intervals and back-off. A value without clock or
// socket: facts in, then `poll` until it has nothing, then sleep until `nextTimeout`.
//
//   idle ──start──> round ──answered──> waiting (interval) ──> round …
//                     │ failed: the next tracker at once
//                     └ all failed ──> waiting (the first back-off to end) ──> round …
//   any ──stop──> `stopped` to every tracker that may know us, once ──> idle
//
// A round asks one tracker after the other, tier by tier, until one answers (BEP 12). Each lane has rounds of its own: a
// hybrid is announced under both of its hashes (BEP 52, "upgrade path"), over IPv4 and IPv6 (BEP 7, "Announcing"), and
// where the options say so to each tier or each tracker. They share the order of the tiers.

import { LazyMap } from '../bytes/lazy-map.ts';
import type { Random } from '../bytes/prng.ts';
import type { AnnounceAnswer, AnnounceEvent, AnnounceRefusal, SwarmCounts } from './announce.ts';
import type { AnnounceOrder, AnnouncerOptions } from './announce-order.ts';
import { type Endpoint, endpointOf, type Lane, mayRetryAt } from './lane.ts';
import { Lanes } from './lanes.ts';
import { TrackerList } from './tracker-list.ts';
import { statusOf, type TrackerStatus } from './tracker-status.ts';

export type { AnnounceOrder, AnnouncerOptions };

export class Announcer {
  readonly #list: TrackerList;
  readonly #lanes: Lanes;
  readonly #numWant: number;
  readonly #key: number;
  readonly #random: Random;
  readonly #inFlight = new LazyMap<number, InFlight>();
  #farewells: { readonly lane: Lane; readonly endpoint: Endpoint }[] = [];
  #running = false;
  #nextId = 1;

  constructor(options: AnnouncerOptions, deps: { readonly random: Random }) {
    this.#random = deps.random;
    this.#list = new TrackerList(options.trackers, options.schemes ?? ['http', 'https'], deps.random);
    this.#lanes = new Lanes(this.#list, options);
    this.#numWant = Math.min(MAX_NUMWANT, Math.max(MIN_NUMWANT, options.numWant ?? MAX_NUMWANT));
    // BEP 7, "Announcing": at least 32 bits, the same for all announces of a torrent.
    this.#key = deps.random.below(2 ** 32);
    for (const infoHash of options.infoHashes) this.#lanes.addHash(infoHash, 0);
  }

  start(now: number): void {
    if (this.#running) return;
    this.#running = true;
    this.#farewells = [];
    this.#inFlight.clear();
    for (const hash of this.#lanes.hashes) {
      hash.isCompleted = false;
      hash.toldCompleted.clear();
    }
    for (const lane of this.#lanes.all) {
      lane.round = undefined;
      lane.busy = undefined;
      lane.current = undefined;
      lane.nextAt = now;
      for (const endpoint of lane.endpoints) endpoint.known = false;
    }
  }

  /** One more hash of the torrent: a magnet's metadata has shown that it is a hybrid. */
  infoHashKnown(infoHash: Uint8Array, now: number): void {
    this.#lanes.addHash(infoHash, now);
  }

  /** A magnet's metadata has shown that the torrent is private: one tracker at a time from here on. BEP 27 */
  madePrivate(): void {
    this.#lanes.isPrivate = true;
  }

  /** False where it is listed already. */
  addTracker(url: string, tier: number, now: number): boolean {
    const tracker = this.#list.add(url, tier);
    if (tracker === undefined) return false;
    this.#lanes.addTracker(tracker, now);
    return true;
  }

  /** Says `stopped` to it where it knows us. False where it is not listed. */
  removeTracker(url: string, now: number): boolean {
    const tracker = this.#list.find(url);
    if (tracker === undefined) return false;
    this.#list.remove(tracker);
    for (const [id, order] of this.#inFlight)
      if (order.endpoint.tracker === tracker) this.#inFlight.delete(id);
    for (const lane of this.#lanes.all) {
      const endpoint = endpointOf(lane, tracker);
      if (endpoint === undefined) continue;
      if (this.#running && (endpoint.known || lane.busy === endpoint))
        this.#farewells.push({ lane, endpoint });
    }
    this.#lanes.removeTracker(tracker, now);
    return true;
  }

  /** The download came to its end while this ran. Not for a torrent that was complete when it started (BEP 3, "event"). */
  completed(now: number): void {
    if (!this.#running) return;
    for (const hash of this.#lanes.hashes) {
      if (hash.isCompleted) continue;
      hash.isCompleted = true;
      const told = new Set<unknown>();
      for (const lane of this.#lanes.all) {
        // Of two ways to one tracker the first tells it; on the other it sees that nothing is left.
        if (lane.hash !== hash || lane.current?.known !== true || told.has(lane.current.tracker)) continue;
        told.add(lane.current.tracker);
        lane.nextAt = Math.min(lane.nextAt, now);
      }
    }
  }

  /** More peers are wanted: announces as soon as the tracker's minimal interval allows. */
  peersWanted(now: number): void {
    if (!this.#running) return;
    for (const lane of this.#lanes.all) {
      if (lane.current === undefined) continue;
      lane.nextAt = Math.min(lane.nextAt, Math.max(now, lane.current.earliestAt));
    }
  }

  /** The user wants it now: our own back-off is over, what the trackers asked for still holds. */
  announceNow(now: number): void {
    this.peersWanted(now);
    if (!this.#running) return;
    for (const lane of this.#lanes.all) {
      for (const endpoint of lane.endpoints) endpoint.retryAt = Math.min(endpoint.retryAt, now);
      if (lane.current === undefined && lane.busy === undefined) lane.nextAt = now;
    }
  }

  /**
   * Ends it: what is in flight is forgotten (the caller drops it), and `stopped` is due to each tracker that knows us or
   * may have heard of us just now.
   */
  stop(): void {
    if (!this.#running) return;
    this.#running = false;
    this.#inFlight.clear();
    for (const lane of this.#lanes.all) {
      for (const endpoint of lane.endpoints) {
        if (endpoint.known || endpoint === lane.busy) this.#farewells.push({ lane, endpoint });
      }
      lane.round = undefined;
      lane.busy = undefined;
    }
  }

  /** The next announce to make, if any is due. */
  poll(now: number): AnnounceOrder | undefined {
    const farewell = this.#farewells.pop();
    if (farewell !== undefined) return this.#order(farewell.lane, farewell.endpoint, 'stopped');
    if (!this.#running) return undefined;
    for (const lane of this.#lanes.all) {
      if (lane.busy !== undefined) continue;
      if (lane.round === undefined && lane.nextAt > now) continue;
      const endpoint = this.#nextInRound(lane, now);
      if (endpoint === undefined) continue;
      lane.busy = endpoint;
      return this.#order(lane, endpoint, eventFor(lane, endpoint));
    }
    return undefined;
  }

  /** Nobody has heard of the order, and nobody will. */
  withdrawn(id: number): void {
    const order = this.#inFlight.get(id);
    if (order === undefined) return;
    this.#inFlight.delete(id);
    order.lane.busy = undefined;
    if (order.event === 'completed') order.lane.hash.toldCompleted.delete(order.endpoint.tracker);
  }

  /**
   * `moved`: another tracker than before answers. BEP 27: the peers of a private torrent are then to be left.
   * `wantsPeers`: nobody else being there, it asks again sooner, where the tracker has said how soon that may be.
   */
  answered(
    id: number,
    answer: AnnounceAnswer,
    now: number,
    wantsPeers = false,
  ): 'moved' | 'stayed' | 'forgotten' {
    const order = this.#settle(id, now);
    if (order === undefined) return 'forgotten';
    const { lane, endpoint, event } = order;
    const hasMoved = lane.lastAnswered !== undefined && lane.lastAnswered.tracker !== endpoint.tracker;
    endpoint.known = true;
    endpoint.fails = 0;
    endpoint.error = undefined;
    endpoint.warning = answer.warning;
    endpoint.seeds = answer.complete ?? endpoint.seeds;
    endpoint.leechers = answer.incomplete ?? endpoint.leechers;
    endpoint.downloads = answer.downloaded ?? endpoint.downloads;
    endpoint.peers = answer.peers.length;
    endpoint.trackerId = answer.trackerId ?? endpoint.trackerId;
    endpoint.earliestAt = now + clampInterval(answer.minIntervalSeconds ?? 0);
    lane.current = endpoint;
    lane.lastAnswered = endpoint;
    lane.round = undefined;
    const wait = clampInterval(Math.max(answer.intervalSeconds, answer.minIntervalSeconds ?? 0));
    // A tracker that first hears of us when all is done: `started` went out, `completed` follows at once.
    const hasNews = event !== 'completed' && eventFor(lane, endpoint) === 'completed';
    lane.nextAt = hasNews ? now : now + wait;
    // An answer names at least ourselves.
    lane.lonely = wantsPeers && answer.peers.length <= 1 ? lane.lonely + 1 : 0;
    if (lane.lonely > 0 && answer.minIntervalSeconds !== undefined) {
      const soon = now + LONELY_MS * 2 ** Math.min(lane.lonely - 1, 10);
      lane.nextAt = Math.min(lane.nextAt, Math.max(endpoint.earliestAt, soon));
    }
    this.#list.answered(endpoint.tracker);
    this.#lanes.wakeFollowers(lane, endpoint.tracker, now);
    return hasMoved ? 'moved' : 'stayed';
  }

  /** The tracker answered and said no: the next one is tried, and this one when it says, never before the back-off. */
  refused(id: number, refusal: AnnounceRefusal, now: number): void {
    const endpoint = this.#failed(id, `The tracker refuses: ${refusal.reason}`, now);
    if (endpoint === undefined) return;
    const { retryInMinutes, intervalSeconds } = refusal;
    if (retryInMinutes === 'never') endpoint.refusedUntil = Number.POSITIVE_INFINITY;
    else if (retryInMinutes !== undefined)
      endpoint.refusedUntil = now + Math.min(retryInMinutes * 60_000, MAX_RETRY_IN_MS);
    else if (intervalSeconds !== undefined) endpoint.refusedUntil = now + clampInterval(intervalSeconds);
  }

  /**
   * No answer, or none that can be read. `sentence` says why. `hasNoFamily`: the tracker has no address of the family, or
   * this machine no way to it; that will not change soon.
   */
  failed(id: number, sentence: string, now: number, hasNoFamily = false): void {
    const endpoint = this.#failed(id, sentence, now);
    if (endpoint !== undefined && hasNoFamily) endpoint.retryAt = now + this.#jittered(MAX_BACK_OFF_MS);
  }

  /** What a scrape of the tracker told, over all hashes. */
  scraped(url: string, counts: SwarmCounts): void {
    const tracker = this.#list.find(url);
    if (tracker === undefined) return;
    for (const lane of this.#lanes.all) {
      const endpoint = endpointOf(lane, tracker);
      if (endpoint === undefined) continue;
      endpoint.seeds = counts.complete;
      endpoint.leechers = counts.incomplete;
      endpoint.downloads = counts.downloaded;
    }
  }

  /** When to poll again; undefined while only answers can move it on. */
  nextTimeout(): number | undefined {
    if (this.#farewells.length > 0) return Number.NEGATIVE_INFINITY;
    let next: number | undefined;
    if (!this.#running) return next;
    for (const lane of this.#lanes.all) {
      if (lane.busy !== undefined || lane.nextAt === Number.POSITIVE_INFINITY) continue;
      const at = lane.round === undefined ? lane.nextAt : Number.NEGATIVE_INFINITY;
      if (next === undefined || at < next) next = at;
    }
    return next;
  }

  /** True after `stop`, once nothing is to be sent and nothing is under way. */
  get isIdle(): boolean {
    return !this.#running && this.#farewells.length === 0 && this.#inFlight.size === 0;
  }

  /** Every tracker of the torrent, in the order in which they are asked. */
  status(): TrackerStatus[] {
    return this.#list.inOrder().map(tracker => statusOf(tracker, this.#lanes.all, this.#running));
  }

  /** The next tracker of the lane's round, a new round where none is under way; undefined where all have failed. */
  #nextInRound(lane: Lane, now: number): Endpoint | undefined {
    lane.round ??= this.#lanes.roundOf(lane);
    while (lane.round.length > 0) {
      const endpoint = endpointOf(lane, lane.round.shift()!);
      if (endpoint !== undefined && mayRetryAt(endpoint) <= now) return endpoint;
    }
    lane.round = undefined;
    lane.nextAt = this.#lanes.nextRoundAt(lane);
    return undefined;
  }

  #order(lane: Lane, endpoint: Endpoint, event: AnnounceEvent | undefined): AnnounceOrder {
    const id = this.#nextId++;
    const { hash, family } = lane;
    if (event === 'completed') hash.toldCompleted.add(endpoint.tracker);
    this.#inFlight.set(id, { lane, endpoint, event });
    return {
      id,
      url: endpoint.tracker.url,
      infoHash: hash.infoHash,
      family,
      event,
      numWant: event === 'stopped' ? 0 : this.#numWant,
      key: this.#key,
      trackerId: endpoint.trackerId,
    };
  }

  /** Takes an order off the list; undefined where it is forgotten, or was a farewell. */
  #settle(id: number, now: number): InFlight | undefined {
    const order = this.#inFlight.get(id);
    if (order === undefined) return undefined;
    this.#inFlight.delete(id);
    if (order.event === 'stopped') {
      order.endpoint.known = false;
      return undefined;
    }
    order.endpoint.lastAt = now;
    order.lane.busy = undefined;
    return order;
  }

  #failed(id: number, sentence: string, now: number): Endpoint | undefined {
    const order = this.#settle(id, now);
    if (order === undefined) return undefined;
    const { lane, endpoint, event } = order;
    if (event === 'completed') lane.hash.toldCompleted.delete(endpoint.tracker);
    endpoint.fails++;
    endpoint.error = sentence;
    // 5 s + 12.5 s × fails², at most an hour (libtorrent).
    endpoint.retryAt = now + this.#jittered(Math.min(MAX_BACK_OFF_MS, 5_000 + 12_500 * endpoint.fails ** 2));
    if (lane.current === endpoint) lane.current = undefined;
    return endpoint;
  }

  /** Up to a quarter more, so that a fallen tracker is not met by all at once. */
  #jittered(delayMs: number): number {
    return delayMs + this.#random.below(Math.floor(delayMs / 4));
  }
}

interface InFlight {
  readonly lane: Lane;
  readonly endpoint: Endpoint;
  readonly event: AnnounceEvent | undefined;
}

function eventFor({ hash }: Lane, endpoint: Endpoint): AnnounceEvent | undefined {
  if (!endpoint.known) return 'started';
  return hash.isCompleted && !hash.toldCompleted.has(endpoint.tracker) ? 'completed' : undefined;
}

function clampInterval(seconds: number): number {
  return 1_000 * Math.min(MAX_INTERVAL_SECONDS, Math.max(MIN_INTERVAL_SECONDS, seconds));
}

const MIN_NUMWANT = 50;
const MAX_NUMWANT = 200;
// No announce within a minute, whatever the tracker says; none later than three hours, or peers forget us.
const MIN_INTERVAL_SECONDS = 60;
const MAX_INTERVAL_SECONDS = 3 * 3_600;
const MAX_BACK_OFF_MS = 3_600_000;
/** To be the first of a swarm and hear of the second; doubles each time. */
const LONELY_MS = 120_000;
/** BEP 31 sets no limit; a day keeps a slip of the tracker's owner from lasting. */
const MAX_RETRY_IN_MS = 24 * 3_600_000;
