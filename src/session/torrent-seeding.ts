// How long one torrent is seeded: its own limits, and the session's for the others. Without any, nobody watches it.

import type { Torrent } from '../core/engine/torrent.ts';
import type { Clock } from '../host/clock.ts';
import { checkedLimits } from './limits.ts';
import type { Schedule } from './schedule.ts';
import {
  hasSeedLimit,
  type SeedingFacts,
  type SeedLimit,
  type SeedLimits,
  SeedWatch,
} from './seed-limits.ts';
import type { TorrentLife } from './torrent-life.ts';
import type { TorrentMemory } from './torrent-memory.ts';

export interface TorrentSeedingDeps {
  readonly host: { readonly clock: Clock };
  readonly schedule: Schedule;
  /** The session's. */
  readonly seedLimits: () => SeedLimits;
}

/** What is seeded. */
export interface SeededTorrent {
  readonly life: Pick<TorrentLife, 'isFinished' | 'state'>;
  readonly runner: { readonly torrent: Pick<Torrent, 'announceFacts' | 'info' | 'lastGivenAt'> };
  readonly memory: Pick<TorrentMemory, 'seedingSince' | 'totals'>;
  readonly peers: { readonly count: number };
  seededEnough(limit: SeedLimit): void;
}

export class TorrentSeeding {
  readonly #torrent: SeededTorrent;
  readonly #deps: TorrentSeedingDeps;
  #own: Partial<SeedLimits>;
  /** Undefined where how long it is seeded was never limited. */
  #watch: SeedWatch | undefined;

  constructor(own: Partial<SeedLimits>, torrent: SeededTorrent, deps: TorrentSeedingDeps) {
    this.#own = own;
    this.#torrent = torrent;
    this.#deps = deps;
  }

  get limits(): SeedLimits {
    return checkedLimits(this.#own, this.#deps.seedLimits());
  }

  get own(): Partial<SeedLimits> {
    return this.#own;
  }

  /** In the place of those that were its own before. @throws TypeError */
  setOwn(limits: Partial<SeedLimits>): void {
    checkedLimits(limits, this.#deps.seedLimits());
    this.#own = limits;
    this.limitsChanged();
  }

  /** The session's limits, or its own, are others. */
  limitsChanged(): void {
    if (this.#watch === undefined && hasSeedLimit(this.limits)) this.#watch = this.#newWatch();
    this.#watch?.limitsChanged();
  }

  /** It seeds now, or does not any more, or a peer has come. */
  look(): void {
    this.#watch?.look();
  }

  close(): void {
    this.#watch?.close();
  }

  #newWatch(): SeedWatch {
    const { host, schedule } = this.#deps;
    return new SeedWatch({
      clock: host.clock,
      schedule,
      limits: () => this.limits,
      facts: () => this.#facts(),
      onReached: limit => this.#torrent.seededEnough(limit),
    });
  }

  #facts(): SeedingFacts | undefined {
    const { life, memory, runner, peers } = this.#torrent;
    const { seedingSince } = memory;
    if (!life.isFinished || life.state !== 'seeding' || seedingSince === undefined) return undefined;
    const { torrent } = runner;
    const { uploaded, downloaded, seedingMs } = memory.totals;
    return {
      uploaded,
      downloaded,
      haveLength: torrent.info!.layout.dataLength - torrent.announceFacts().left,
      seedingMs,
      lastGivenAt: Math.max(seedingSince, torrent.lastGivenAt ?? 0),
      hasPeers: peers.count > 0,
    };
  }
}
