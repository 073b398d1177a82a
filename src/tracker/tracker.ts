// The tracker itself, whatever carries it: which torrents it serves and whom, what it tells a peer, how long that peer shall
// wait. It keeps no peers (that is the store's) and reads no packets (that is `http`'s and its like).

import { scopeOfBytes } from '../core/bytes/address-scope.ts';
import type { Random } from '../core/bytes/prng.ts';
import { toBinaryString } from '../core/bytes/utf8.ts';
import type { AnnounceFacts, AnnounceRefusal, SwarmCounts } from '../core/tracker/announce.ts';
import type { AnnounceReply } from '../core/tracker/http-answer.ts';
import { AddressPeers } from './address-peers.ts';
import { AnnounceLoad } from './announce-load.ts';
import { Bans } from './bans.ts';
import { NearPeers, type NearPeersOptions } from './near-peers.ts';
import { PartialSeeds } from './partial-seeds.ts';
import { type RateLimitOptions, RateLimits } from './rate-limits.ts';
import { reachablePeers } from './reachable-peers.ts';
import type { SwarmStore } from './swarm-store.ts';

export interface TrackerOptions {
  /** When a peer shall come back; each is told up to a tenth more or less, so that they do not come all at once. @default 1800 (BEP 15 and most trackers) */
  readonly intervalSeconds?: number;
  /** The earliest that it may. @default 300, or the interval where that is less */
  readonly minIntervalSeconds?: number;
  /** As long as it may become where more announce than `busyAnnouncesPerSecond`. @default half as much again as the interval; the store must remember peers for longer */
  readonly maxIntervalSeconds?: number;
  /** From so many announces a second on, peers are asked to come less often. @default 20,000, half of what one core answers over HTTP */
  readonly busyAnnouncesPerSecond?: number;
  /** Peers for one that does not say how many it wants. @default 50 */
  readonly defaultPeers?: number;
  /** IPv4 peers in one answer at most. @default 200 */
  readonly maxPeers?: number;
  /** IPv6 peers in one answer at most. @default 66: as many bytes as the others */
  readonly maxPeers6?: number;
  /** Torrents in one scrape at most. @default 74 (BEP 15, "Scrape") */
  readonly maxScrapeHashes?: number;
  /** Answers a scrape that names no torrent with all of them, some ten thousand at most. @default false: trackers that did were flooded */
  readonly fullScrape?: boolean;
  /** False serves only the torrents that are registered or listed. @default true */
  readonly open?: boolean;
  /** Peers near the asker come first, though never alone. @default none do */
  readonly near?: NearPeersOptions;
  /** @default no limits */
  readonly rateLimits?: RateLimitOptions | undefined;
  /** Peers of one address (IPv4 /32, IPv6 /56) in one swarm, about; more are refused. 0 is no limit, 60 the highest. @default 0 */
  readonly maxPeersPerAddress?: number;
}

/** The hashes of one torrent: v1's 20 bytes, v2's 32, or both. */
export interface TorrentHashes {
  readonly infoHashV1?: Uint8Array | undefined;
  readonly infoHashV2?: Uint8Array | undefined;
}

/** An announce, and where it came from. */
export interface TrackerAnnounce {
  readonly facts: AnnounceFacts;
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

/** Which torrents are served, of those that are not registered. */
export interface TorrentList {
  /** 20 bytes; undefined where there is nothing against it. */
  verdict(infoHash: Uint8Array): 'listed' | 'denied' | undefined;
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
  /** Told of every peer that stays: for a seed that runs the tracker and need not wait to hear of it. The bytes are lent. */
  readonly announced?: (infoHash: Uint8Array, ip: Uint8Array, port: number) => void;
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
  readonly #load = new AnnounceLoad();
  readonly #partialSeeds = new PartialSeeds();
  #settings: Settings;
  #rateLimits: RateLimits;
  #addressPeers: AddressPeers | undefined;
  #near: NearPeers | undefined;
  #list: TorrentList | undefined;
  #keys: KeyRing | undefined;
  #others: OtherPeers | undefined;
  /** The hash on the wire, as a binary string, to the hash that names the swarm. */
  readonly #registered = new Map<string, Uint8Array>();
  #fromRules = new Map<string, Uint8Array>();

  constructor(options: TrackerOptions, deps: TrackerDeps) {
    this.#store = deps.store;
    this.#random = deps.random;
    this.#announced = deps.announced;
    this.#settings = settingsOf(options);
    this.#rateLimits = new RateLimits(this.#settings.rateLimits, deps);
    this.#addressPeers = addressPeersOf(this.#settings, deps.random);
    this.#near = options.near === undefined ? undefined : new NearPeers(options.near, deps);
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
    const deps = { random: this.#random };
    const fromRules = new Map<string, Uint8Array>();
    for (const torrent of rules.torrents ?? []) addTo(fromRules, torrent);
    const before = this.#settings;
    this.#settings = settingsOf(options);
    if (!isSame(before.rateLimits, this.#settings.rateLimits))
      this.#rateLimits = new RateLimits(this.#settings.rateLimits, deps);
    if (before.maxPeersPerAddress !== this.#settings.maxPeersPerAddress)
      this.#addressPeers = addressPeersOf(this.#settings, this.#random);
    this.#near = options.near === undefined ? undefined : new NearPeers(options.near, deps);
    this.#list = rules.list;
    this.#keys = rules.keys;
    this.#fromRules = fromRules;
  }

  /** Counts others in with the store's peers. */
  countIn(others: OtherPeers): void {
    this.#others = others;
  }

  /** How a torrent comes to be served, or that it is not. */
  servedAs(infoHash: Uint8Array): 'denied' | 'registered' | 'listed' | 'open' | 'not served' {
    const verdict = this.#list?.verdict(infoHash);
    if (this.#swarmOf(infoHash) === undefined) return verdict === 'denied' ? 'denied' : 'not served';
    const key = toBinaryString(infoHash);
    if (this.#registered.has(key) || this.#fromRules.has(key)) return 'registered';
    return verdict ?? 'open';
  }

  get registeredCount(): number {
    return this.#registered.size + this.#fromRules.size;
  }

  /** Makes a torrent known. The two hashes of a hybrid are one swarm from then on: its peers understand one another. */
  register(torrent: TorrentHashes): void {
    addTo(this.#registered, torrent);
  }

  /** The torrent is no longer known; its peers stay in the store until they are forgotten. */
  unregister({ infoHashV1, infoHashV2 }: TorrentHashes): void {
    if (infoHashV1 !== undefined) this.#registered.delete(toBinaryString(infoHashV1));
    if (infoHashV2 !== undefined) this.#registered.delete(toBinaryString(infoHashV2, 0, 20));
  }

  /**
   * Whether `ip` may ask once more, or what costs as much as `cost` requests. To be asked before anything is read; where it
   * may not, `TOO_MANY` is the answer, or silence.
   */
  admits(ip: Uint8Array, now: number, cost = 1): boolean {
    return this.#rateLimits.take(ip, now, cost);
  }

  /** `done` is called once, now or later; the arrays in the answer are lent for that call. */
  announce(
    announce: TrackerAnnounce,
    now: number,
    done: (answer: AnnounceReply | AnnounceRefusal) => void,
  ): void {
    const { facts, ip, localIp, ownFamilyOnly = false, maxPeers = Number.POSITIVE_INFINITY } = announce;
    this.#load.announced(now);
    const infoHash = this.#swarmOf(facts.infoHash);
    const isLeaving = facts.event === 'stopped';
    const refusal =
      infoHash === undefined
        ? NOT_SERVED
        : scopeOfBytes(ip) === 'none'
          ? NOT_REACHABLE
          : (this.#keys?.refusalOf(announce, now) ??
            (isLeaving || this.#addressPeers?.takes(infoHash, ip, facts.port, now) !== false
              ? undefined
              : TOO_MANY_PEERS));
    if (infoHash === undefined || refusal !== undefined) {
      done(refusal ?? NOT_SERVED);
      return;
    }
    if (!isLeaving) this.#announced?.(infoHash, ip, facts.port);
    this.#partialSeeds.announced(infoHash, ip, facts.port, facts.event === 'paused' && facts.left > 0, now);
    const settings = this.#settings;
    const near = this.#near;
    const want = Math.min(facts.numWant ?? settings.defaultPeers, maxPeers);
    const want4 = ownFamilyOnly && ip.length !== 4 ? 0 : Math.min(want, settings.maxPeers);
    const want6 = ownFamilyOnly && ip.length === 4 ? 0 : Math.min(want, settings.maxPeers6);
    const asked = {
      infoHash,
      ip,
      port: facts.port,
      role: isLeaving ? 'gone' : facts.left === 0 ? 'seed' : 'leecher',
      completed: facts.event === 'completed',
      want4: near === undefined ? want4 : near.drawn(want4),
      want6: near === undefined ? want6 : near.drawn(want6),
    } as const;
    this.#store.announce(asked, now, answer => {
      if (answer === undefined) {
        done(FULL);
        return;
      }
      const peers = near === undefined ? answer.peers : near.choose(answer.peers, 4, want4, ip);
      const peers6 = near === undefined ? answer.peers6 : near.choose(answer.peers6, 16, want6, ip);
      const others = this.#others?.countsOf(infoHash);
      done({
        complete: answer.complete + (others?.complete ?? 0),
        incomplete: answer.incomplete + (others?.incomplete ?? 0),
        downloaded: answer.downloaded + (others?.downloaded ?? 0),
        intervalSeconds: this.#interval(now),
        minIntervalSeconds: settings.minIntervalSeconds,
        peers: reachablePeers(peers, 4, ip, localIp),
        peers6: reachablePeers(peers6, 16, ip, localIp),
        externalIp: ip,
      });
    });
  }

  /**
   * The same for a peer that the store is not to keep, for nobody can call it: whether it may be in the swarm, and what it is
   * to be told. `name` is the swarm's.
   */
  visit(announce: TrackerAnnounce, now: number, done: (answer: SwarmVisit | AnnounceRefusal) => void): void {
    this.#load.announced(now);
    const name = this.#swarmOf(announce.facts.infoHash);
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
    const names = infoHashes.map(infoHash => this.#swarmOf(infoHash));
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

  #swarmOf(infoHash: Uint8Array): Uint8Array | undefined {
    const verdict = this.#list?.verdict(infoHash);
    if (verdict === 'denied') return undefined;
    if (this.#registered.size + this.#fromRules.size > 0) {
      const key = toBinaryString(infoHash);
      const name = this.#registered.get(key) ?? this.#fromRules.get(key);
      if (name !== undefined) {
        // Who denies one hash of a hybrid denies the torrent.
        return this.#list?.verdict(name) === 'denied' ? undefined : name;
      }
    }
    return this.#settings.open || verdict === 'listed' ? infoHash : undefined;
  }

  #interval(now: number): number {
    const { intervalSeconds, minIntervalSeconds, maxIntervalSeconds, busyAnnouncesPerSecond } =
      this.#settings;
    const load = this.#load.perSecond(now) / busyAnnouncesPerSecond;
    const whole =
      load <= 1 ? intervalSeconds : Math.min(Math.floor(intervalSeconds * load), maxIntervalSeconds);
    const tenth = Math.floor(whole / 10);
    const jittered = whole - tenth + this.#random.below(2 * tenth + 1);
    return Math.max(jittered, minIntervalSeconds);
  }
}

export interface SwarmVisit {
  /** 20 bytes: the swarm's name. */
  readonly name: Uint8Array;
  /** Of the store's peers. */
  readonly counts: SwarmCounts;
}

interface Settings extends Required<Omit<TrackerOptions, 'near' | 'rateLimits'>> {
  readonly rateLimits: RateLimitOptions;
}

function settingsOf(options: TrackerOptions): Settings {
  const intervalSeconds = options.intervalSeconds ?? 1_800;
  return {
    intervalSeconds,
    minIntervalSeconds: options.minIntervalSeconds ?? Math.min(300, intervalSeconds),
    maxIntervalSeconds: Math.max(
      intervalSeconds,
      options.maxIntervalSeconds ?? Math.floor(intervalSeconds * 1.5),
    ),
    busyAnnouncesPerSecond: options.busyAnnouncesPerSecond ?? 20_000,
    defaultPeers: options.defaultPeers ?? 50,
    maxPeers: options.maxPeers ?? 200,
    maxPeers6: options.maxPeers6 ?? 66,
    maxScrapeHashes: options.maxScrapeHashes ?? 74,
    fullScrape: options.fullScrape ?? false,
    open: options.open ?? true,
    rateLimits: options.rateLimits ?? NO_LIMITS,
    maxPeersPerAddress: options.maxPeersPerAddress ?? 0,
  };
}

function addressPeersOf({ maxPeersPerAddress }: Settings, random: Random): AddressPeers | undefined {
  return maxPeersPerAddress === 0
    ? undefined
    : new AddressPeers({ maxPeers: maxPeersPerAddress }, { random });
}

function isSame(a: RateLimitOptions, b: RateLimitOptions): boolean {
  return (
    a.requestsPerSecond === b.requestsPerSecond &&
    a.burst === b.burst &&
    a.networkFactor === b.networkFactor &&
    a.maxBuckets === b.maxBuckets
  );
}

function addTo(names: Map<string, Uint8Array>, { infoHashV1, infoHashV2 }: TorrentHashes): void {
  const v2 = infoHashV2?.slice(0, 20);
  const name = infoHashV1?.slice() ?? v2;
  if (name?.length !== 20) throw new TypeError('tracker: a torrent has an info hash of 20 or of 32 bytes');
  names.set(toBinaryString(name), name);
  if (v2 !== undefined) names.set(toBinaryString(v2), name);
}

/** Both of "retry in" and "interval": libtorrent knows only the second. */
export const refusal = (code: string, reason: string, minutes: number): AnnounceRefusal => ({
  kind: 'refusal',
  code,
  reason,
  retryInMinutes: minutes,
  intervalSeconds: minutes * 60,
});
export const TOO_MANY = refusal('too_many_requests', 'Your address asks too often.', 5);
export const BANNED = refusal('banned', 'This tracker does not answer your network.', 1_440);
export const KEY_UNKNOWN = refusal('key_unknown', 'The tracker does not know the key in this URL.', 60);
const NOT_SERVED = refusal('not_served', 'This tracker does not serve this torrent.', 30);
const FULL = refusal('full', 'This tracker is full at the moment.', 10);
const NOT_REACHABLE = refusal('not_reachable', 'Nobody could reach a peer at your address.', 30);
const TOO_MANY_PEERS = refusal(
  'too_many_peers',
  'Too many peers of this torrent announce from your address.',
  30,
);
const NO_LIMITS: RateLimitOptions = { requestsPerSecond: 0 };
const NONE: SwarmCounts = { complete: 0, incomplete: 0, downloaded: 0 };
const MAX_FULL_SCRAPE = 10_000;
