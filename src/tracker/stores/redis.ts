// Swarms in Redis or Valkey: any number of tracker nodes over one state. What is announced within a turn is told and asked
// in one write; a script in Redis does an announce whole. A node keeps nothing that is not there too, but for its
// shadow: a memory store with the peers that announce here. Where Redis is away, or slow, they are answered from that,
// at once; when it is back, the shadow is written to it. Nothing ever waits for Redis but what was sent to it.

import type { Random } from '../../core/bytes/prng.ts';
import { SwarmlineError } from '../../core/errors.ts';
import type { SwarmCounts } from '../../core/tracker/announce.ts';
import type { Clock } from '../../host/clock.ts';
import type { KeyValueServer } from '../../host/key-value.ts';
import type { SwarmAnnounce, SwarmAnswer, SwarmStore } from '../swarm-store.ts';
import { drawnFor, type HotSwarmOptions, HotSwarms } from './hot-swarms.ts';
import { joinedAnswers, joinedCounts } from './joined-answers.ts';
import type { MemoryStore } from './memory.ts';
import { RedisCalls } from './redis-calls.ts';
import { isUnknown, packAnnounce, packScrape, swarmKey, WINDOWS } from './redis-script.ts';
import { WriteBack } from './redis-write-back.ts';

export interface RedisStoreOptions {
  /** How long a peer stays after its last announce; up to a quarter more. @default 45 minutes */
  readonly peerTimeoutMs?: number;
  /** Peers of one swarm and address family; more are answered but not kept. @default 100,000 */
  readonly maxPeersPerSwarm?: number;
  /** What all keys begin with: keeps trackers apart that share one Redis. @default "swarmline:" */
  readonly prefix?: string;
  /** How long Redis remembers how often a swarm was downloaded after nobody was in it any more. @default 30 days */
  readonly downloadsKeptMs?: number;
  /** Redis has gone away when it does not answer for so long. @default 2000 */
  readonly answerTimeoutMs?: number;
  /** Announces and scrapes that wait for Redis at most; more are answered from what this node has. @default 5,000: a third of a second's */
  readonly maxUnderWay?: number;
  readonly hot?: HotSwarmOptions;
}

export interface RedisStoreDeps {
  readonly server: KeyValueServer;
  /** Has the same time-out, and room for the peers that announce to this node. */
  readonly shadow: MemoryStore;
  readonly random: Random;
  readonly clock: Clock;
  /** Milliseconds since 1970 when `now` was 0. @default what Redis says: so that all nodes go by one clock */
  readonly epochMs?: number;
}

/** How it goes, for metrics and `/health`. */
export interface RedisHealth {
  /** `partly`: some machines of a cluster are away. `catching up`: it is back, and is told what was announced meanwhile. */
  readonly state: 'up' | 'partly' | 'down' | 'catching up';
  /** For how long it has been `down`; 0 where it is not. */
  readonly downForMs: number;
  /** The last fault; stays when it is over. */
  readonly fault: SwarmlineError | undefined;
  /** Announces and scrapes so far: answered by Redis, from hot swarms, from what this node has. */
  readonly answered: number;
  readonly answeredHot: number;
  readonly answeredAlone: number;
  readonly underWay: number;
  /** Peers that were written to Redis after it had been away. */
  readonly writtenBack: number;
}

export class RedisStore implements SwarmStore {
  readonly #prefix: string;
  readonly #windowMs: number;
  readonly #server: KeyValueServer;
  readonly #shadow: MemoryStore;
  readonly #random: Random;
  readonly #hot: HotSwarms;
  readonly #calls: RedisCalls;
  readonly #writeBack: WriteBack;
  #epochMs: number;
  #now = 0;
  #answered = 0;
  #answeredHot = 0;
  #answeredAlone = 0;
  readonly #shadowed = { ...NOBODY };

  constructor(options: RedisStoreOptions, deps: RedisStoreDeps) {
    const { server, clock, random, shadow } = deps;
    this.#prefix = options.prefix ?? 'swarmline:';
    // A peer lives for four to five windows.
    this.#windowMs = (options.peerTimeoutMs ?? 45 * 60_000) / (WINDOWS - 1);
    this.#server = server;
    this.#shadow = shadow;
    this.#random = random;
    this.#hot = new HotSwarms(options.hot ?? {}, { random });
    this.#epochMs = deps.epochMs ?? clock.wallTime() - clock.now();
    const isSetEpoch = deps.epochMs !== undefined;
    const limits = {
      windowSeconds: this.#windowMs / 1_000,
      downloadsTtlSeconds: Math.ceil((options.downloadsKeptMs ?? 30 * 86_400_000) / 1_000),
      maxPeersPerSwarm: options.maxPeersPerSwarm ?? 100_000,
    };
    const { answerTimeoutMs = 2_000, maxUnderWay = 5_000 } = options;
    this.#calls = new RedisCalls({ limits, answerTimeoutMs, maxUnderWay }, { server, clock }, () => {
      if (!isSetEpoch) this.#askTime(clock);
      this.#writeBack.start(() => this.#now);
    });
    this.#writeBack = new WriteBack({
      server,
      shadow,
      calls: this.#calls,
      keyOf: infoHash => swarmKey(this.#prefix, infoHash),
      windowOf: now => this.#windowOf(now),
    });
    if (!isSetEpoch) this.#askTime(clock);
  }

  health(): RedisHealth {
    const { fault, underWay, upParts, downForMs } = this.#calls;
    const isUp = upParts === this.#server.parts;
    const state = isUp ? (this.#calls.isBehind ? 'catching up' : 'up') : upParts > 0 ? 'partly' : 'down';
    return {
      state,
      downForMs,
      fault,
      answered: this.#answered,
      answeredHot: this.#answeredHot,
      answeredAlone: this.#answeredAlone,
      underWay,
      writtenBack: this.#writeBack.peersWritten,
    };
  }

  announce(announce: SwarmAnnounce, now: number, done: (answer: SwarmAnswer | undefined) => void): void {
    this.#now = now;
    const isDownload = this.#recordInShadow(announce, now);
    const key = swarmKey(this.#prefix, announce.infoHash);
    const part = this.#server.partOf(key);
    if (!this.#calls.accepts(part)) {
      this.#missed(key, part, announce, isDownload, now);
      this.#answerAlone(key, announce, now, done);
      return;
    }
    const known = this.#calls.isPartBehind(part) ? undefined : this.#hot.look(key, announce, now);
    const isAnswered = known !== undefined && known !== 'draw';
    const drawn = known === 'draw' ? drawnFor(announce) : 0;
    const kept = { ...announce, infoHash: announce.infoHash.slice(), ip: announce.ip.slice() };
    const want = isAnswered ? NO_WISH : drawn > 0 ? drawWish(announce, drawn) : announce;
    this.#calls.ask({
      key,
      part,
      bytes: packAnnounce({ ...kept, ...want }, this.#windowOf(now), this.#random.below(2 ** 32)),
      answered: reader => {
        this.#learnDownloads(kept.infoHash, reader.downloaded, now);
        this.#hot.answered(key, kept, reader, drawn, now);
        if (isAnswered) return;
        this.#answered++;
        const answer = drawn > 0 ? this.#hot.choose(reader, kept) : reader;
        done(this.#calls.isPartBehind(part) ? this.#joined(answer, kept, now) : answer);
      },
      failed: () => {
        this.#missed(key, part, kept, isDownload, now);
        if (!isAnswered) this.#answerAlone(key, kept, now, done);
      },
    });
    if (!isAnswered) return;
    this.#answeredHot++;
    done(known);
  }

  scrape(
    infoHashes: readonly Uint8Array[],
    now: number,
    done: (counts: readonly (SwarmCounts | undefined)[]) => void,
  ): void {
    const counts: (SwarmCounts | undefined)[] = infoHashes.map(() => undefined);
    let left = infoHashes.length;
    if (left === 0) done(counts);
    const settle = (i: number, found: SwarmCounts | undefined) => {
      counts[i] = found;
      left--;
      if (left === 0) done(counts);
    };
    for (const [i, lent] of infoHashes.entries()) {
      const infoHash = lent.slice();
      const key = swarmKey(this.#prefix, infoHash);
      const part = this.#server.partOf(key);
      const alone = () => {
        this.#answeredAlone++;
        settle(i, this.#countsInShadow(infoHash, now));
      };
      if (!this.#calls.accepts(part)) {
        alone();
        continue;
      }
      this.#calls.ask({
        key,
        part,
        bytes: packScrape(this.#windowOf(now)),
        answered: ({ complete, incomplete, downloaded }) => {
          this.#answered++;
          const found = isUnknown({ complete, incomplete, downloaded })
            ? undefined
            : { complete, incomplete, downloaded };
          const isBehind = this.#calls.isPartBehind(part);
          settle(i, isBehind ? joinedCounts(found, this.#countsInShadow(infoHash, now)) : found);
        },
        failed: alone,
      });
    }
  }

  /** What all nodes have by that name: `own` where it is the first, or where Redis does not answer. */
  shared(name: string, own: Uint8Array): Promise<Uint8Array> {
    return new Promise(resolve =>
      this.#server.run(SHARED_SCRIPT, [`${this.#prefix}${name}`], [own], reply =>
        resolve(reply instanceof SwarmlineError ? own : new Uint8Array(reply)),
      ),
    );
  }

  /** Sends what waits, and ends the connection. What was asked is answered from what is here. */
  async close(): Promise<void> {
    this.#calls.close();
    await this.#server.close();
  }

  /** True where it is the end of a download. */
  #recordInShadow(announce: SwarmAnnounce, now: number): boolean {
    const before = announce.completed ? this.#countsInShadow(announce.infoHash, now)?.downloaded : undefined;
    let after = 0;
    Object.assign(this.#shadowed, announce, NO_WISH);
    this.#shadow.announce(this.#shadowed, now, answer => {
      after = answer?.downloaded ?? 0;
    });
    return announce.completed && after > (before ?? 0);
  }

  /** Redis has not been told of an announce, and shall be when it is back. */
  #missed(key: string, part: number, announce: SwarmAnnounce, isDownload: boolean, now: number): void {
    if (this.#calls.isPartUp(part)) return;
    this.#writeBack.missed(key, announce, isDownload, now);
  }

  #answerAlone(
    key: string,
    announce: SwarmAnnounce,
    now: number,
    done: (answer: SwarmAnswer | undefined) => void,
  ): void {
    this.#answeredAlone++;
    this.#shadow.announce({ ...announce, completed: false }, now, answer => {
      if (answer === undefined) {
        done(undefined);
        return;
      }
      const remembered = this.#hot.remembered(key, announce);
      const known = remembered === undefined ? answer : joinedAnswers(answer, remembered, announce);
      done({ ...known, isAlone: true });
    });
  }

  /** Redis may not know yet whom we know. */
  #joined(answer: SwarmAnswer, announce: SwarmAnnounce, now: number): SwarmAnswer {
    let joined = answer;
    this.#shadow.announce({ ...announce, completed: false }, now, own => {
      if (own !== undefined) joined = joinedAnswers(answer, own, announce);
    });
    return joined;
  }

  #countsInShadow(infoHash: Uint8Array, now: number): SwarmCounts | undefined {
    let found: SwarmCounts | undefined;
    this.#shadow.scrape([infoHash], now, ([counts]) => {
      found = counts;
    });
    return found;
  }

  /** So that the number is not lost with Redis. */
  #learnDownloads(infoHash: Uint8Array, downloaded: number, now: number): void {
    if (downloaded === 0) return;
    const known = this.#countsInShadow(infoHash, now)?.downloaded ?? 0;
    if (downloaded > known) this.#shadow.enterDownloads(infoHash, downloaded - known, now);
  }

  #windowOf(now: number): number {
    return Math.max(0, Math.floor((now + this.#epochMs) / this.#windowMs));
  }

  #askTime(clock: Clock): void {
    this.#server.run(TIME_SCRIPT, [], [], reply => {
      if (reply instanceof SwarmlineError) return;
      const milliseconds = Number(String.fromCharCode(...reply));
      if (milliseconds > 0) this.#epochMs = milliseconds - clock.now();
    });
  }
}

function drawWish({ want4, want6 }: SwarmAnnounce, drawn: number): Pick<SwarmAnnounce, 'want4' | 'want6'> {
  return { want4: want4 > 0 ? drawn : 0, want6: want6 > 0 ? drawn : 0 };
}

const TIME_SCRIPT =
  "local t = redis.call('TIME') return string.format('%.0f', t[1] * 1000 + math.floor(t[2] / 1000))";
const SHARED_SCRIPT =
  "if redis.call('SET', KEYS[1], ARGV[1], 'NX') then return ARGV[1] end return redis.call('GET', KEYS[1])";
const NO_WISH = { want4: 0, want6: 0 };
const NOBODY: SwarmAnnounce = {
  infoHash: new Uint8Array(20),
  ip: new Uint8Array(4),
  port: 0,
  role: 'gone',
  completed: false,
  ...NO_WISH,
};
