// Finds one torrent's peers by its trackers: drives an Announcer with what the session's torrents share (trackers.ts). It
// decides nothing about tiers and times, and dials nobody: what may be dialled it hands on.

import type { AddressScope } from '../core/bytes/address-scope.ts';
import type { Address } from '../core/bytes/compact-address.ts';
import { LazyMap, LazySet } from '../core/bytes/lazy-map.ts';
import { acceptablePeers } from '../core/tracker/acceptable-peers.ts';
import type {
  AnnounceAnswer,
  AnnounceEvent,
  AnnounceRequest,
  SwarmCounts,
} from '../core/tracker/announce.ts';
import { type AnnounceOrder, Announcer } from '../core/tracker/announcer.ts';
import type { TrackerStatus } from '../core/tracker/tracker-status.ts';
import { Alarm } from './schedule.ts';
import type { TrackerResult } from './tracker-question.ts';
import type { Trackers } from './trackers.ts';

export interface DiscoveryOptions {
  /** Tiers of URLs (BEP 12). */
  readonly trackers: readonly (readonly string[])[];
  /** One, or a hybrid's two: `wireInfoHashes`. */
  readonly infoHashes: readonly Uint8Array[];
  /** BEP 27: one tracker at a time. @default false */
  readonly isPrivate?: boolean;
}

export interface DiscoveryDeps {
  readonly trackers: Trackers;
  /** What a tracker is told, asked at each announce. `isComplete`: nothing more is wanted, though there may be more. */
  facts(): {
    readonly left: number;
    readonly uploaded: number;
    readonly downloaded: number;
    readonly isComplete: boolean;
  };
  /** Addresses that may be dialled, of the swarm of that hash; our own may be among them. */
  peersFound(addresses: readonly Address[], source: 'tracker', infoHash: Uint8Array): void;
  /** A tracker has answered, or has not; its status is to be read. */
  changed?(url: string): void;
  /** The address from which a tracker saw us come (BEP 24); `tracker` is its URL. */
  externalIpFound?(host: string, tracker: string): void;
  /** Another tracker than before answers: the peers of a private torrent are to be left. BEP 27 */
  trackerMoved?(): void;
}

export class Discovery {
  readonly #deps: DiscoveryDeps;
  readonly #announcer: Announcer;
  readonly #hashes: Uint8Array[];
  /** How to give up what is under way, by the number of its order. */
  readonly #underWay = new LazyMap<number, () => boolean>();
  readonly #scrapes = new LazySet<() => void>();
  readonly #alarm = new Alarm(() => this.#drain());
  #isDraining = false;
  #stopped: (() => void) | undefined;
  #stopping: Promise<void> = Promise.resolve();

  constructor(options: DiscoveryOptions, deps: DiscoveryDeps) {
    this.#deps = deps;
    const { trackers, infoHashes, isPrivate = false } = options;
    const { settings, families, schemes, random } = deps.trackers;
    this.#hashes = [...infoHashes];
    this.#announcer = new Announcer(
      {
        trackers,
        infoHashes,
        isPrivate,
        schemes,
        numWant: settings.numWant,
        announceTo: settings.announceTo,
        ...(families !== undefined && { families }),
      },
      { random },
    );
  }

  start(): void {
    this.#stopped?.();
    this.#announcer.start(this.#now());
    this.#drain();
  }

  /** One more hash: a magnet's metadata has shown that it is a hybrid. */
  infoHashKnown(infoHash: Uint8Array): void {
    if (!this.#hashes.some(known => known.every((byte, i) => byte === infoHash[i])))
      this.#hashes.push(infoHash);
    this.#announcer.infoHashKnown(infoHash, this.#now());
    this.#drain();
  }

  /** A magnet's metadata has shown that the torrent is private. BEP 27 */
  madePrivate(): void {
    this.#announcer.madePrivate();
  }

  /** The download came to its end while this ran. */
  completed(): void {
    this.#announcer.completed(this.#now());
    this.#drain();
  }

  /** Asks for more peers as soon as the trackers allow it. */
  peersWanted(): void {
    this.#announcer.peersWanted(this.#now());
    this.#drain();
  }

  /** The user wants it now: without our own back-off, as soon as the trackers allow it. */
  announceNow(): void {
    for (const { url } of this.status()) this.#deps.trackers.forgetSilence(url);
    this.#announcer.announceNow(this.#now());
    this.#drain();
  }

  /** False where it is listed already, or the list is full. */
  addTracker(url: string, tier: number): boolean {
    const isNew = this.#announcer.addTracker(url, tier, this.#now());
    this.#drain();
    return isNew;
  }

  /** Says `stopped` to it. False where it is not listed. */
  removeTracker(url: string): boolean {
    const wasListed = this.#announcer.removeTracker(url, this.#now());
    this.#drain();
    return wasListed;
  }

  /** Every tracker, in the order in which they are asked; times on the host's clock. */
  status(): TrackerStatus[] {
    return this.#announcer.status();
  }

  /** Asks the first tracker that can tell for the counts of the swarm (BEP 48): the largest over the torrent's hashes. */
  scrape(done: (counts: SwarmCounts | undefined) => void): void {
    const rank = ({ state }: TrackerStatus) => (state === 'working' ? 0 : state === 'failed' ? 2 : 1);
    const usable = this.status().filter(
      ({ url, state }) => state !== 'unusable' && this.#deps.trackers.canScrape(url),
    );
    const [best] = usable.sort((a, b) => rank(a) - rank(b));
    if (best === undefined) done(undefined);
    else this.#scrape(best.url, done);
  }

  /** Says `stopped` to the trackers that know us and waits for their answers, so long at most. Never fails. */
  stop(): Promise<void> {
    // It has failed and is closed then: the goodbye that is on its way is not given up for another.
    if (this.#stopped !== undefined) return this.#stopping;
    this.#dropAll();
    this.#announcer.stop();
    this.#stopping = new Promise(resolve => {
      const { clock, goodbyeMs } = this.#deps.trackers;
      const giveUp = clock.after(goodbyeMs, () => this.#stopped?.());
      this.#stopped = () => {
        this.#stopped = undefined;
        giveUp();
        this.#dropAll();
        resolve();
      };
      this.#drain();
    });
    return this.#stopping;
  }

  /** Carries out what the announcer asks for, and sets the alarm for the next time. */
  #drain(): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    for (let order = this.#announcer.poll(this.#now()); order; order = this.#announcer.poll(this.#now()))
      this.#announce(order);
    this.#isDraining = false;
    this.#deps.trackers.schedule.set(this.#alarm, this.#announcer.nextTimeout());
    if (this.#announcer.isIdle) this.#stopped?.();
  }

  #announce(order: AnnounceOrder): void {
    const { url, family, event } = order;
    const giveUp = this.#deps.trackers.ask(
      {
        url,
        family,
        isGoodbye: event === 'stopped',
        what: () => ({ kind: 'announce', request: this.#requestOf(order) }),
      },
      result => {
        this.#underWay.delete(order.id);
        this.#take(order, result);
        this.#drain();
        this.#deps.changed?.(url);
      },
    );
    this.#underWay.set(order.id, giveUp);
  }

  #take(order: AnnounceOrder, result: TrackerResult): void {
    const { id } = order;
    const now = this.#now();
    if (result.kind === 'answer') this.#answered(order, result);
    else if (result.kind === 'refusal') this.#announcer.refused(id, result, now);
    else if (result.kind === 'failure')
      this.#announcer.failed(id, result.sentence, now, result.reason === 'no-family');
    else throw new TypeError('tracker: an announce was answered with counts');
  }

  #answered(order: AnnounceOrder, answer: AnnounceAnswer & { readonly scope: AddressScope }): void {
    const { id, event, infoHash, url } = order;
    const wantsPeers = !this.#deps.facts().isComplete;
    const news = this.#announcer.answered(id, answer, this.#now(), wantsPeers);
    if (event === 'stopped' || news === 'forgotten') return;
    const deps = this.#deps;
    if (news === 'moved') deps.trackerMoved?.();
    const peers = acceptablePeers(answer.peers, answer.scope);
    if (peers.length > 0) deps.peersFound(peers, 'tracker', infoHash);
    if (answer.externalIp !== undefined) deps.externalIpFound?.(answer.externalIp, url);
    // Its answers do not say how large the swarm is.
    if (answer.complete === undefined && deps.trackers.canScrape(url)) this.#scrape(url, () => {});
  }

  #requestOf({ infoHash, event, numWant, key, trackerId }: AnnounceOrder): AnnounceRequest {
    const { peerId, port, settings } = this.#deps.trackers;
    const { isComplete, ...facts } = this.#deps.facts();
    const told = event ?? pausedIf(isComplete && facts.left > 0);
    const { announcedIpv4, announcedIpv6 } = settings;
    return {
      infoHash,
      peerId,
      port,
      ...facts,
      numWant,
      key,
      ...(told !== undefined && { event: told }),
      ...(trackerId !== undefined && { trackerId }),
      ...(announcedIpv4 !== undefined && { ipv4: announcedIpv4 }),
      ...(announcedIpv6 !== undefined && { ipv6: announcedIpv6 }),
    };
  }

  #scrape(url: string, done: (counts: SwarmCounts | undefined) => void): void {
    const infoHashes = [...this.#hashes];
    const giveUp = this.#deps.trackers.ask(
      { url, family: undefined, isGoodbye: false, what: () => ({ kind: 'scrape', infoHashes }) },
      result => {
        this.#scrapes.delete(giveUp);
        const counts = result.kind === 'counts' ? largest(result.counts) : undefined;
        if (counts !== undefined) {
          this.#announcer.scraped(url, counts);
          this.#deps.changed?.(url);
        }
        done(counts);
      },
    );
    this.#scrapes.add(giveUp);
  }

  #dropAll(): void {
    // Who has not heard of us need not hear that we go.
    for (const [id, giveUp] of this.#underWay) if (!giveUp()) this.#announcer.withdrawn(id);
    for (const giveUp of this.#scrapes) giveUp();
    this.#underWay.clear();
    this.#scrapes.clear();
  }

  #now(): number {
    return this.#deps.trackers.clock.now();
  }
}

/** BEP 21, "Tracker Announce": in every announce of a partial seed; what happens goes before it. */
function pausedIf(isPartialSeed: boolean): AnnounceEvent | undefined {
  return isPartialSeed ? 'paused' : undefined;
}

/** Members of a hybrid's two swarms are mostly the same. */
function largest(counts: readonly (SwarmCounts | undefined)[]): SwarmCounts | undefined {
  let most: SwarmCounts | undefined;
  for (const swarm of counts) {
    if (swarm === undefined) continue;
    most = {
      complete: Math.max(most?.complete ?? 0, swarm.complete),
      incomplete: Math.max(most?.incomplete ?? 0, swarm.incomplete),
      downloaded: Math.max(most?.downloaded ?? 0, swarm.downloaded),
    };
  }
  return most;
}
