// The tracker itself, whatever carries it: which torrents it serves and whom, what it tells a peer, how long that peer shall
// wait. It keeps no peers (that is the store's) and reads no packets (that is `http`'s and its like).

import { scopeOfBytes } from '../core/bytes/address-scope.ts';
import type { Random } from '../core/bytes/prng.ts';
import type { AnnounceFacts, AnnounceRefusal, SwarmCounts } from '../core/tracker/announce.ts';
import type { AnnounceReply } from '../core/tracker/http-answer.ts';
import type { MessageRow } from '../host/keyed-hashes.ts';
import { AddressPeers, newAddressPeersMemory } from './address-peers.ts';
import { AnnounceLoad, newAnnounceLoadMemory } from './announce-load.ts';
import { Bans } from './bans.ts';
import { NearPeers } from './near-peers.ts';
import { settingsOf, type TrackerOptions, type TrackerSettings } from './options.ts';
import { newPartialSeedsMemory, PartialSeeds, type PartialSeedTold } from './partial-seeds.ts';
import { newRateLimitsMemory, RateLimits } from './rate-limits.ts';
import { reachablePeers } from './reachable-peers.ts';
import { FULL, KEY_UNKNOWN, NOT_REACHABLE, NOT_SERVED, TOO_MANY_PEERS } from './refusals.ts';
import { ServedTorrents, type TorrentHashes, type TorrentList } from './served-torrents.ts';
import type { SwarmAnnounce, SwarmAnswer, SwarmStore } from './swarm-store.ts';

/** An announce, and where it came from. */
export interface TrackerAnnounce {
  readonly facts: AnnounceFacts;
  /** What `lookAhead` has given for its info hash. */
  readonly hash?: number | undefined;
  /** 4 or 16 bytes: the asker's address as the socket tells it. */
  readonly ip: Uint8Array;
  /** The address of this machine that was asked, where it is known. */
  readonly localIp?: Uint8Array | undefined;
  /** It can be told peers of the asker's address family alone (BEP 15, "IPv6"). */
  readonly ownFamilyOnly?: boolean | undefined;
  /** Peers that the answer has room for, where that is less than would be given. */
  readonly maxPeers?: number | undefined;
  /** Path and query that it was asked by, where they are read: by UDP those of BEP 41. */
  readonly url?: string | undefined;
}

export interface TrackerReply extends AnnounceReply {
  /** The store beyond this process did not answer: these are the peers that the process itself knows. */
  readonly isAlone: boolean;
}

/** Who may announce, by the key in the tracker's URL. */
export interface KeyRing {
  /** Why it may not, or undefined; the announce is counted then. */
  refusalOf(announce: TrackerAnnounce, now: number): AnnounceRefusal | undefined;
  /** Whether there is a key in this path that is known. */
  knows(url: string): boolean;
}

/** Peers that the store does not have, for they have no address to be called at: those by WebSocket. */
export interface OtherPeers {
  countsOf(infoHash: Uint8Array): SwarmCounts | undefined;
}

export interface TrackerDeps {
  readonly store: SwarmStore;
  readonly random: Random;
  /** Told of every peer: for a seed that runs the tracker and need not wait to hear of it. The bytes are lent. */
  readonly announced?: (
    infoHash: Uint8Array,
    ip: Uint8Array,
    port: number,
    facts: { readonly peerId: Uint8Array; readonly hasAll: boolean; readonly isLeaving: boolean },
  ) => void;
  /** What it has in common with trackers of other threads, beside the store. @default it is alone */
  readonly memory?: TrackerMemory | undefined;
  /** Keeps partial seeds in its stead. @default it keeps them itself */
  readonly partialSeedTold?: PartialSeedTold | undefined;
  /** Its number among those. @default 0 */
  readonly thread?: number | undefined;
}

/** What trackers in several threads have in common: whoever is asked, the limits are those of all. */
export interface TrackerMemory {
  readonly rateLimits: SharedArrayBuffer;
  readonly addressPeers: SharedArrayBuffer;
  readonly load: SharedArrayBuffer;
  readonly partialSeeds: SharedArrayBuffer;
}

export function newTrackerMemory(threads: number): TrackerMemory {
  return {
    rateLimits: newRateLimitsMemory(),
    addressPeers: newAddressPeersMemory(),
    load: newAnnounceLoadMemory(threads),
    partialSeeds: newPartialSeedsMemory(),
  };
}

/** What can be changed while it runs; what is left out is nobody's. */
export interface TrackerRules {
  readonly list?: TorrentList | undefined;
  readonly keys?: KeyRing | undefined;
  /** Known as those that were registered one by one. */
  readonly torrents?: readonly TorrentHashes[] | undefined;
}

export class Tracker {
  /** Networks that are not answered: who asks looks here first. */
  readonly bans = new Bans();
  readonly #store: SwarmStore;
  readonly #random: Random;
  readonly #announced: TrackerDeps['announced'];
  readonly #memory: TrackerMemory | undefined;
  readonly #load: AnnounceLoad;
  readonly #partialSeeds: PartialSeeds;
  readonly #torrents: ServedTorrents;
  #settings: TrackerSettings;
  readonly #rateLimits: RateLimits;
  #addressPeers: AddressPeers | undefined;
  #near: NearPeers | undefined;
  #keys: KeyRing | undefined;
  #others: OtherPeers | undefined;
  // Of the interval: since when, how long at least, and in how many seconds more it ends.
  #reckonedAt = Number.NaN;
  #shortest = 0;
  #spread = 1;
  #turn: number;

  constructor(options: TrackerOptions, deps: TrackerDeps) {
    this.#store = deps.store;
    this.#random = deps.random;
    this.#announced = deps.announced;
    this.#settings = settingsOf(options);
    this.#torrents = new ServedTorrents(this.#settings.open);
    this.#memory = deps.memory;
    this.#partialSeeds = new PartialSeeds(deps.memory?.partialSeeds, deps.partialSeedTold);
    this.#load = new AnnounceLoad(deps.memory?.load, deps.thread);
    this.#rateLimits = new RateLimits(this.#settings.rateLimits, {
      random: deps.random,
      memory: deps.memory?.rateLimits,
    });
    this.#limitPeers();
    this.#near = options.near === undefined ? undefined : new NearPeers(options.near, deps);
    this.#turn = deps.random.below(2 ** 32) | 0;
  }

  get maxScrapeHashes(): number {
    return this.#settings.maxScrapeHashes;
  }

  get allowsFullScrape(): boolean {
    return this.#settings.fullScrape && this.#store.scrapeAll !== undefined;
  }

  get asksForKeys(): boolean {
    return this.#keys !== undefined;
  }

  /** Why whoever asks at this path may not scrape, or undefined. */
  scrapeRefusal(url: string): AnnounceRefusal | undefined {
    return this.#keys === undefined || this.#keys.knows(url) ? undefined : KEY_UNKNOWN;
  }

  /** New options and rules in the place of the old, at once; who is in the swarms stays. */
  configure(options: TrackerOptions, rules: TrackerRules = {}): void {
    this.#settings = settingsOf(options);
    this.#reckonedAt = Number.NaN;
    this.#torrents.configure(this.#settings.open, rules.list, rules.torrents);
    this.#rateLimits.configure(this.#settings.rateLimits);
    this.#limitPeers();
    this.#near =
      options.near === undefined ? undefined : new NearPeers(options.near, { random: this.#random });
    this.#keys = rules.keys;
  }

  /** What another thread's tracker has told of a peer. */
  partialSeedTold(infoHash: Uint8Array, ip: Uint8Array, port: number, isPartial: boolean, now: number): void {
    this.#partialSeeds.announced(infoHash, ip, port, isPartial, now);
  }

  /** Counts others in with the store's peers. */
  countIn(others: OtherPeers): void {
    this.#others = others;
  }

  /** The hash by which a swarm is kept: of a hybrid that is known the first, whichever is asked for. */
  swarmNameOf(infoHash: Uint8Array): Uint8Array {
    return this.#torrents.nameOf(infoHash) ?? infoHash;
  }

  servedAs(infoHash: Uint8Array): ReturnType<ServedTorrents['servedAs']> {
    return this.#torrents.servedAs(infoHash);
  }

  get registeredCount(): number {
    return this.#torrents.registeredCount;
  }

  /** Makes a torrent known. The two hashes of a hybrid are one swarm from then on: its peers understand one another. */
  register(torrent: TorrentHashes): void {
    this.#torrents.register(torrent);
  }

  /** The torrent is no longer known; its peers stay in the store until they are forgotten. */
  unregister(torrent: TorrentHashes): void {
    this.#torrents.unregister(torrent);
  }

  /**
   * Whether `ip` may ask once more, or what costs as much as `cost` requests. To be asked before anything is read; where it
   * may not, `TOO_MANY` is the answer, or silence.
   */
  admits(ip: Uint8Array, now: number, cost = 1): boolean {
    return this.#rateLimits.take(ip, now, cost);
  }

  /** Torrents that are about to be announced to: gives what `SwarmStore.lookAhead` does. */
  lookAhead(infoHashes: MessageRow, count: number): Int32Array | undefined {
    return this.#store.lookAhead?.(infoHashes, count);
  }

  /** `done` is called once, now or later; the arrays in the answer are lent for that call. */
  announce(
    announce: TrackerAnnounce,
    now: number,
    done: (answer: TrackerReply | AnnounceRefusal) => void,
  ): void {
    if (this.#store.announceNow !== undefined) {
      done(this.announceNow(announce, now));
      return;
    }
    const asked = this.#ask(announce, now);
    if ('kind' in asked) done(asked);
    else this.#store.announce(asked, now, answer => done(this.#reply(announce, asked, answer, now)));
  }

  /** The same where the store answers at once: the arrays are lent until the next announce. */
  announceNow(announce: TrackerAnnounce, now: number): TrackerReply | AnnounceRefusal {
    const asked = this.#ask(announce, now);
    if ('kind' in asked) return asked;
    return this.#reply(announce, asked, this.#store.announceNow!(asked, now), now);
  }

  /** What the store is to be asked, or why nothing is. */
  #ask(announce: TrackerAnnounce, now: number): SwarmAnnounce | AnnounceRefusal {
    const { facts, ip } = announce;
    this.#load.announced(now);
    const infoHash = this.#torrents.nameOf(facts.infoHash);
    if (infoHash === undefined) return NOT_SERVED;
    if (scopeOfBytes(ip) === 'none') return NOT_REACHABLE;
    const refusal = this.#keys?.refusalOf(announce, now);
    if (refusal !== undefined) return refusal;
    const isLeaving = facts.event === 'stopped';
    if (!isLeaving && this.#addressPeers?.takes(infoHash, ip, facts.port, now) === false)
      return TOO_MANY_PEERS;
    this.#announced?.(infoHash, ip, facts.port, {
      peerId: facts.peerId,
      hasAll: facts.left === 0,
      isLeaving,
    });
    this.#partialSeeds.announced(infoHash, ip, facts.port, facts.event === 'paused' && facts.left > 0, now);
    const want4 = this.#wanted(announce, 4);
    const want6 = this.#wanted(announce, 16);
    return {
      infoHash,
      hash: infoHash === facts.infoHash ? announce.hash : undefined,
      ip,
      port: facts.port,
      role: isLeaving ? 'gone' : facts.left === 0 ? 'seed' : 'leecher',
      completed: facts.event === 'completed',
      want4: this.#near === undefined ? want4 : this.#near.drawn(want4),
      want6: this.#near === undefined ? want6 : this.#near.drawn(want6),
    };
  }

  /** How many peers of a family an answer is to have at most. */
  #wanted({ facts, ip, ownFamilyOnly = false, maxPeers }: TrackerAnnounce, width: 4 | 16): number {
    if (ownFamilyOnly && ip.length !== width) return 0;
    const want = facts.numWant ?? this.#settings.defaultPeers;
    const most = width === 4 ? this.#settings.maxPeers : this.#settings.maxPeers6;
    return Math.min(want, most, maxPeers ?? most);
  }

  #reply(
    announce: TrackerAnnounce,
    { infoHash }: SwarmAnnounce,
    answer: SwarmAnswer | undefined,
    now: number,
  ): TrackerReply | AnnounceRefusal {
    if (answer === undefined) return FULL;
    const { ip, localIp } = announce;
    const near = this.#near;
    let { peers, peers6 } = answer;
    if (near !== undefined) {
      peers = near.choose(peers, 4, this.#wanted(announce, 4), ip);
      peers6 = near.choose(peers6, 16, this.#wanted(announce, 16), ip);
    }
    const others = this.#others?.countsOf(infoHash);
    return {
      complete: answer.complete + (others?.complete ?? 0),
      incomplete: answer.incomplete + (others?.incomplete ?? 0),
      downloaded: answer.downloaded + (others?.downloaded ?? 0),
      intervalSeconds: this.#interval(now),
      minIntervalSeconds: this.#settings.minIntervalSeconds,
      peers: reachablePeers(peers, 4, ip, localIp),
      peers6: reachablePeers(peers6, 16, ip, localIp),
      externalIp: ip,
      isAlone: answer.isAlone === true,
    };
  }

  /**
   * The same for a peer that the store is not to keep, for nobody can call it: whether it may be in the swarm, and what it is
   * to be told. `name` is the swarm's.
   */
  visit(announce: TrackerAnnounce, now: number, done: (answer: SwarmVisit | AnnounceRefusal) => void): void {
    this.#load.announced(now);
    const name = this.#torrents.nameOf(announce.facts.infoHash);
    const refusal = name === undefined ? NOT_SERVED : this.#keys?.refusalOf(announce, now);
    if (name === undefined || refusal !== undefined) {
      done(refusal ?? NOT_SERVED);
      return;
    }
    this.#store.scrape([name], now, ([counts = NONE]) => done({ name, counts }));
  }

  /** Counts in the order of the hashes; undefined for torrents that are not served or have no swarm. */
  scrape(
    infoHashes: readonly Uint8Array[],
    now: number,
    done: (counts: readonly (SwarmCounts | undefined)[]) => void,
  ): void {
    const names = infoHashes.map(infoHash => this.#torrents.nameOf(infoHash));
    const served = names.filter(name => name !== undefined);
    this.#store.scrape(served, now, counts => {
      let next = 0;
      done(names.map(name => (name === undefined ? undefined : this.#withOthers(name, counts[next++], now))));
    });
  }

  /** All that the store has, where it can tell, or nothing. */
  scrapeAll(
    now: number,
    done: (infoHashes: readonly Uint8Array[], counts: readonly (SwarmCounts | undefined)[]) => void,
  ): void {
    if (this.#store.scrapeAll === undefined) done([], []);
    else this.#store.scrapeAll(MAX_FULL_SCRAPE, now, done);
  }

  #withOthers(name: Uint8Array, counts: SwarmCounts | undefined, now: number): SwarmCounts | undefined {
    const others = this.#others?.countsOf(name);
    const partial = this.#partialSeeds.countOf(name, now);
    if (counts === undefined) return others;
    const sum =
      others === undefined
        ? counts
        : {
            complete: counts.complete + others.complete,
            incomplete: counts.incomplete + others.incomplete,
            downloaded: counts.downloaded + others.downloaded,
          };
    return partial === 0 ? sum : { ...sum, downloaders: Math.max(0, sum.incomplete - partial) };
  }

  #limitPeers(): void {
    const maxPeers = this.#settings.maxPeersPerAddress;
    if (maxPeers === 0) this.#addressPeers = undefined;
    else if (this.#addressPeers !== undefined) this.#addressPeers.configure({ maxPeers });
    else {
      const memory = this.#memory?.addressPeers;
      this.#addressPeers = new AddressPeers({ maxPeers }, { random: this.#random, memory });
    }
  }

  /** A tenth more or less than what the load asks for, so that who came together does not come together again. */
  #interval(now: number): number {
    if (now !== this.#reckonedAt) this.#reckonInterval(now);
    // By the golden ratio: wherever it begins, no two that follow one another are near (Knuth, volume 3, 6.4).
    this.#turn = (this.#turn + 0x9e3779b9) | 0;
    return Math.max(
      this.#shortest + Math.floor(((this.#turn >>> 0) / 2 ** 32) * this.#spread),
      this.#settings.minIntervalSeconds,
    );
  }

  /** What is the same for all that come at one time. */
  #reckonInterval(now: number): void {
    const { intervalSeconds, maxIntervalSeconds, busyAnnouncesPerSecond } = this.#settings;
    const load = this.#load.perSecond(now) / busyAnnouncesPerSecond;
    const whole =
      load <= 1 ? intervalSeconds : Math.min(Math.floor(intervalSeconds * load), maxIntervalSeconds);
    const tenth = Math.floor(whole / 10);
    this.#shortest = whole - tenth;
    this.#spread = 2 * tenth + 1;
    this.#reckonedAt = now;
  }
}

export interface SwarmVisit {
  /** 20 bytes: the swarm's name. */
  readonly name: Uint8Array;
  /** Of the store's peers. */
  readonly counts: SwarmCounts;
}

const NONE: SwarmCounts = { complete: 0, incomplete: 0, downloaded: 0 };
const MAX_FULL_SCRAPE = 10_000;
