// The tracker itself, whatever carries it: which torrents it serves, what it tells a peer, how long that peer shall wait.
// It keeps no peers (that is the store's) and reads no packets (that is `http`'s and its like).

import { scopeOfBytes } from '../core/bytes/address-scope.ts';
import type { Random } from '../core/bytes/prng.ts';
import { toBinaryString } from '../core/bytes/utf8.ts';
import type { AnnounceFacts, AnnounceRefusal, SwarmCounts } from '../core/tracker/announce.ts';
import type { AnnounceReply } from '../core/tracker/http-answer.ts';
import { reachablePeers } from './reachable-peers.ts';
import type { SwarmStore } from './swarm-store.ts';

export interface TrackerOptions {
  /** When a peer shall come back; each is told up to a tenth more or less, so that they do not come all at once. @default 1800 (BEP 15 and most trackers) */
  readonly intervalSeconds?: number;
  /** The earliest that it may. @default 300, or the interval where that is less */
  readonly minIntervalSeconds?: number;
  /** Peers for one that does not say how many it wants. @default 50 */
  readonly defaultPeers?: number;
  /** IPv4 peers in one answer at most. @default 200 */
  readonly maxPeers?: number;
  /** IPv6 peers in one answer at most. @default 66: as many bytes as the others */
  readonly maxPeers6?: number;
  /** Torrents in one scrape at most. @default 74 (BEP 15, "Scrape") */
  readonly maxScrapeHashes?: number;
  /** False serves only the torrents that are registered. @default true */
  readonly open?: boolean;
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

export interface TrackerDeps {
  readonly store: SwarmStore;
  readonly random: Random;
  /** Told of every peer that stays: for a seed that runs the tracker and need not wait to hear of it. The bytes are lent. */
  readonly announced?: (infoHash: Uint8Array, ip: Uint8Array, port: number) => void;
}

export class Tracker {
  readonly maxScrapeHashes: number;
  readonly #intervalSeconds: number;
  readonly #minIntervalSeconds: number;
  readonly #defaultPeers: number;
  readonly #maxPeers: number;
  readonly #maxPeers6: number;
  readonly #open: boolean;
  readonly #store: SwarmStore;
  readonly #random: Random;
  readonly #announced: TrackerDeps['announced'];
  /** The hash on the wire, as a binary string, to the hash that names the swarm. */
  readonly #registered = new Map<string, Uint8Array>();

  constructor(options: TrackerOptions, deps: TrackerDeps) {
    this.#intervalSeconds = options.intervalSeconds ?? 1_800;
    this.#minIntervalSeconds = options.minIntervalSeconds ?? Math.min(300, this.#intervalSeconds);
    this.#defaultPeers = options.defaultPeers ?? 50;
    this.#maxPeers = options.maxPeers ?? 200;
    this.#maxPeers6 = options.maxPeers6 ?? 66;
    this.maxScrapeHashes = options.maxScrapeHashes ?? 74;
    this.#open = options.open ?? true;
    this.#store = deps.store;
    this.#random = deps.random;
    this.#announced = deps.announced;
  }

  /** Makes a torrent known. The two hashes of a hybrid are one swarm from then on: its peers understand one another. */
  register({ infoHashV1, infoHashV2 }: TorrentHashes): void {
    const v2 = infoHashV2?.slice(0, 20);
    const name = infoHashV1?.slice() ?? v2;
    if (name?.length !== 20) throw new TypeError('tracker: a torrent has an info hash of 20 or of 32 bytes');
    this.#registered.set(toBinaryString(name), name);
    if (v2 !== undefined) this.#registered.set(toBinaryString(v2), name);
  }

  /** The torrent is no longer known; its peers stay in the store until they are forgotten. */
  unregister({ infoHashV1, infoHashV2 }: TorrentHashes): void {
    if (infoHashV1 !== undefined) this.#registered.delete(toBinaryString(infoHashV1));
    if (infoHashV2 !== undefined) this.#registered.delete(toBinaryString(infoHashV2, 0, 20));
  }

  /** `done` is called once, now or later; the arrays in the answer are lent for that call. */
  announce(
    { facts, ip, localIp, ownFamilyOnly = false, maxPeers = Number.POSITIVE_INFINITY }: TrackerAnnounce,
    now: number,
    done: (answer: AnnounceReply | AnnounceRefusal) => void,
  ): void {
    const infoHash = this.#swarmOf(facts.infoHash);
    if (infoHash === undefined || scopeOfBytes(ip) === 'none') {
      done(infoHash === undefined ? NOT_SERVED : NOT_REACHABLE);
      return;
    }
    if (facts.event !== 'stopped') this.#announced?.(infoHash, ip, facts.port);
    const want = Math.min(facts.numWant ?? this.#defaultPeers, maxPeers);
    const announce = {
      infoHash,
      ip,
      port: facts.port,
      role: facts.event === 'stopped' ? 'gone' : facts.left === 0 ? 'seed' : 'leecher',
      completed: facts.event === 'completed',
      want4: ownFamilyOnly && ip.length !== 4 ? 0 : Math.min(want, this.#maxPeers),
      want6: ownFamilyOnly && ip.length === 4 ? 0 : Math.min(want, this.#maxPeers6),
    } as const;
    this.#store.announce(announce, now, answer => {
      if (answer === undefined) {
        done(FULL);
        return;
      }
      done({
        complete: answer.complete,
        incomplete: answer.incomplete,
        downloaded: answer.downloaded,
        intervalSeconds: this.#interval(),
        minIntervalSeconds: this.#minIntervalSeconds,
        peers: reachablePeers(answer.peers, 4, ip, localIp),
        peers6: reachablePeers(answer.peers6, 16, ip, localIp),
        externalIp: ip,
      });
    });
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
      done(names.map(name => (name === undefined ? undefined : counts[next++])));
    });
  }

  #swarmOf(infoHash: Uint8Array): Uint8Array | undefined {
    const name = this.#registered.size === 0 ? undefined : this.#registered.get(toBinaryString(infoHash));
    return name ?? (this.#open ? infoHash : undefined);
  }

  #interval(): number {
    const tenth = Math.floor(this.#intervalSeconds / 10);
    const jittered = this.#intervalSeconds - tenth + this.#random.below(2 * tenth + 1);
    return Math.max(jittered, this.#minIntervalSeconds);
  }
}

// Both of "retry in" and "interval": libtorrent knows only the second.
const later = (reason: string, minutes: number): AnnounceRefusal => ({
  kind: 'refusal',
  reason,
  retryInMinutes: minutes,
  intervalSeconds: minutes * 60,
});
const NOT_SERVED = later('This tracker does not serve this torrent.', 30);
const FULL = later('This tracker is full at the moment.', 10);
const NOT_REACHABLE = later('Nobody could reach a peer at your address.', 30);
