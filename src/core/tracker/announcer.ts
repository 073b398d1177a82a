// When to announce a torrent, to whom, and with which event: tiers, intervals and back-off. A value without clock or
// socket: facts in, then `poll` until it has nothing, then sleep until `nextTimeout`.
//
//   idle ──start──> round ──answered──> waiting (interval) ──> round …
//                     │ failed: the next tracker at once
//                     └ all failed ──> waiting (the first back-off to end) ──> round …
//   any ──stop──> `stopped` to every tracker that may know us, once ──> idle
//
// A round asks one tracker after the other, tier by tier, until one answers (BEP 12). A hybrid is announced under both of
// its hashes (BEP 52, "upgrade path"): each hash has rounds of its own, and they share the order of the tiers.

import type { Random } from '../bytes/prng.ts';
import type { AnnounceAnswer, AnnounceEvent, AnnounceRefusal } from './announce.ts';
import { type Endpoint, type Lane, newLane } from './lane.ts';
import { TrackerList } from './tracker-list.ts';
import { statusOf, type TrackerStatus } from './tracker-status.ts';

export interface AnnouncerOptions {
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
  readonly event: AnnounceEvent | undefined;
  readonly numWant: number;
  readonly key: number;
  readonly trackerId: Uint8Array | undefined;
}

export class Announcer {
  readonly #list: TrackerList;
  readonly #lanes: readonly Lane[];
  readonly #numWant: number;
  readonly #key: number;
  readonly #random: Random;
  readonly #inFlight = new Map<
    number,
    { lane: Lane; endpoint: Endpoint; event: AnnounceEvent | undefined }
  >();
  #farewells: { lane: Lane; endpoint: Endpoint }[] = [];
  #running = false;
  #nextId = 1;

  constructor(options: AnnouncerOptions, deps: { readonly random: Random }) {
    this.#random = deps.random;
    this.#list = new TrackerList(options.trackers, options.schemes ?? ['http', 'https'], deps.random);
    this.#numWant = Math.min(MAX_NUMWANT, Math.max(MIN_NUMWANT, options.numWant ?? MAX_NUMWANT));
    this.#key = deps.random.below(2 ** 32);
    this.#lanes = options.infoHashes.map(infoHash => newLane(infoHash, this.#list));
  }

  start(now: number): void {
    if (this.#running) return;
    this.#running = true;
    this.#farewells = [];
    this.#inFlight.clear();
    for (const lane of this.#lanes) {
      lane.round = undefined;
      lane.busy = undefined;
      lane.current = undefined;
      lane.completed = false;
      lane.nextAt = now;
      for (const endpoint of lane.endpoints.values()) endpoint.known = false;
    }
  }

  /** The download came to its end while this ran. Not for a torrent that was complete when it started (BEP 3, "event"). */
  completed(now: number): void {
    if (!this.#running) return;
    for (const lane of this.#lanes) {
      lane.completed = true;
      if (lane.current?.known === true) lane.nextAt = Math.min(lane.nextAt, now);
    }
  }

  /** More peers are wanted: announces as soon as the tracker's minimal interval allows. */
  peersWanted(now: number): void {
    if (!this.#running) return;
    for (const lane of this.#lanes) {
      if (lane.current === undefined) continue;
      lane.nextAt = Math.min(lane.nextAt, Math.max(now, lane.current.earliestAt));
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
    for (const lane of this.#lanes) {
      for (const endpoint of lane.endpoints.values()) {
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
    for (const lane of this.#lanes) {
      if (lane.busy !== undefined) continue;
      if (lane.round === undefined && lane.nextAt > now) continue;
      const endpoint = this.#nextInRound(lane, now);
      if (endpoint === undefined) continue;
      lane.busy = endpoint;
      return this.#order(lane, endpoint, eventFor(lane, endpoint));
    }
    return undefined;
  }

  answered(id: number, answer: AnnounceAnswer, now: number): void {
    const order = this.#settle(id);
    if (order === undefined) return;
    const { lane, endpoint, event } = order;
    endpoint.known = true;
    endpoint.fails = 0;
    endpoint.error = undefined;
    endpoint.warning = answer.warning;
    endpoint.seeds = answer.complete ?? endpoint.seeds;
    endpoint.leechers = answer.incomplete ?? endpoint.leechers;
    endpoint.trackerId = answer.trackerId ?? endpoint.trackerId;
    endpoint.earliestAt = now + clampInterval(answer.minIntervalSeconds ?? 0);
    if (event === 'completed') lane.completed = false;
    lane.current = endpoint;
    lane.round = undefined;
    // A tracker that first hears of us when all is done: `started` went out, `completed` follows at once.
    const wait = clampInterval(Math.max(answer.intervalSeconds, answer.minIntervalSeconds ?? 0));
    lane.nextAt = lane.completed ? now : now + wait;
    this.#list.answered(endpoint.tracker);
  }

  /** The tracker answered and said no: the next one is tried, and this one when it says, never before the back-off. */
  refused(id: number, refusal: AnnounceRefusal, now: number): void {
    const endpoint = this.#failed(id, `The tracker refuses: ${refusal.reason}`, now);
    if (endpoint === undefined) return;
    const { retryInMinutes, intervalSeconds } = refusal;
    if (retryInMinutes === 'never') endpoint.retryAt = Number.POSITIVE_INFINITY;
    else if (retryInMinutes !== undefined) {
      endpoint.retryAt = Math.max(endpoint.retryAt, now + Math.min(retryInMinutes * 60_000, MAX_RETRY_IN_MS));
    } else if (intervalSeconds !== undefined) {
      endpoint.retryAt = Math.max(endpoint.retryAt, now + clampInterval(intervalSeconds));
    }
  }

  /** No answer, or none that can be read. `sentence` says why. */
  failed(id: number, sentence: string, now: number): void {
    this.#failed(id, sentence, now);
  }

  /** When to poll again; undefined while only answers can move it on. */
  nextTimeout(): number | undefined {
    if (this.#farewells.length > 0) return Number.NEGATIVE_INFINITY;
    let next: number | undefined;
    if (!this.#running) return next;
    for (const lane of this.#lanes) {
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
    return this.#list.inOrder().map(tracker => statusOf(tracker, this.#lanes, this.#running));
  }

  /** The next tracker of the lane's round, a new round where none is under way; undefined where all have failed. */
  #nextInRound(lane: Lane, now: number): Endpoint | undefined {
    lane.round ??= this.#list.inOrder();
    while (lane.round.length > 0) {
      const endpoint = lane.endpoints.get(lane.round.shift()!);
      if (endpoint !== undefined && endpoint.retryAt <= now) return endpoint;
    }
    lane.round = undefined;
    lane.nextAt = Number.POSITIVE_INFINITY;
    for (const { retryAt } of lane.endpoints.values()) lane.nextAt = Math.min(lane.nextAt, retryAt);
    return undefined;
  }

  #order(lane: Lane, endpoint: Endpoint, event: AnnounceEvent | undefined): AnnounceOrder {
    const id = this.#nextId++;
    this.#inFlight.set(id, { lane, endpoint, event });
    return {
      id,
      url: endpoint.tracker.url,
      infoHash: lane.infoHash,
      event,
      numWant: event === 'stopped' ? 0 : this.#numWant,
      key: this.#key,
      trackerId: endpoint.trackerId,
    };
  }

  /** Takes an order off the list; undefined where it is forgotten, or was a farewell. */
  #settle(id: number): { lane: Lane; endpoint: Endpoint; event: AnnounceEvent | undefined } | undefined {
    const order = this.#inFlight.get(id);
    if (order === undefined) return undefined;
    this.#inFlight.delete(id);
    if (order.event === 'stopped') {
      order.endpoint.known = false;
      return undefined;
    }
    order.lane.busy = undefined;
    return order;
  }

  #failed(id: number, sentence: string, now: number): Endpoint | undefined {
    const order = this.#settle(id);
    if (order === undefined) return undefined;
    const { lane, endpoint } = order;
    endpoint.fails++;
    endpoint.error = sentence;
    endpoint.retryAt = now + this.#backOff(endpoint.fails);
    if (lane.current === endpoint) lane.current = undefined;
    return endpoint;
  }

  /** 5 s + 12.5 s × fails², at most an hour (libtorrent), and up to a quarter more, so that a fallen tracker is not met by all at once. */
  #backOff(fails: number): number {
    const delay = Math.min(MAX_BACK_OFF_MS, 5_000 + 12_500 * fails * fails);
    return delay + this.#random.below(Math.floor(delay / 4));
  }
}

function eventFor(lane: Lane, endpoint: Endpoint): AnnounceEvent | undefined {
  if (!endpoint.known) return 'started';
  return lane.completed ? 'completed' : undefined;
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
/** BEP 31 sets no limit; a day keeps a slip of the tracker's owner from lasting. */
const MAX_RETRY_IN_MS = 24 * 3_600_000;
