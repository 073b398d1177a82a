// How long a torrent is seeded: until so much is given, for so long, or until nobody has wanted anything for so long. Times
// are one alarm each in the session's schedule; what was given is looked at once a second while there are peers, as often
// as the engine looks at them. A torrent without such limits has none of this.

import type { Clock } from '../host/clock.ts';
import { Alarm, type Schedule } from './schedule.ts';

export interface SeedLimits {
  /**
   * Bytes given for each that was fetched, over all runs; what was there already counts as fetched. 0 ends as soon as all
   * is there. @default Infinity
   */
  readonly seedRatio: number;
  /** Spent seeding, over all runs. @default Infinity */
  readonly seedTimeMs: number;
  /** Since a block was last given, in this run. @default Infinity */
  readonly seedIdleMs: number;
}

/** Which of them was reached. */
export type SeedLimit = 'ratio' | 'time' | 'idle';

export const NO_SEED_LIMITS: SeedLimits = {
  seedRatio: Number.POSITIVE_INFINITY,
  seedTimeMs: Number.POSITIVE_INFINITY,
  seedIdleMs: Number.POSITIVE_INFINITY,
};

export function hasSeedLimit({ seedRatio, seedTimeMs, seedIdleMs }: SeedLimits): boolean {
  return Math.min(seedRatio, seedTimeMs, seedIdleMs) < Number.POSITIVE_INFINITY;
}

/** What of the torrent is limited. */
export interface SeedingFacts {
  readonly uploaded: number;
  readonly downloaded: number;
  /** Of the files, on the disk. */
  readonly haveLength: number;
  readonly seedingMs: number;
  /** On the clock: of a block, or the beginning of seeding. */
  readonly lastGivenAt: number;
  readonly hasPeers: boolean;
}

export interface SeedWatchDeps {
  readonly clock: Clock;
  readonly schedule: Schedule;
  readonly limits: () => SeedLimits;
  /** Undefined while it does not seed. */
  readonly facts: () => SeedingFacts | undefined;
  readonly onReached: (limit: SeedLimit) => void;
}

export class SeedWatch {
  readonly #deps: SeedWatchDeps;
  readonly #alarm = new Alarm(() => this.look());
  /** Told already: whoever goes on does so in spite of them. */
  readonly #reached = new Set<SeedLimit>();

  constructor(deps: SeedWatchDeps) {
    this.#deps = deps;
  }

  /** The limits are others: what was reached counts anew. */
  limitsChanged(): void {
    this.#reached.clear();
    this.look();
  }

  /** It seeds now, or does not any more, or a peer has come. */
  look(): void {
    const { clock, schedule, onReached } = this.#deps;
    const now = clock.now();
    const facts = this.#deps.facts();
    const left = facts === undefined ? [] : this.#left(facts, now);
    for (const [limit, leftMs] of left) {
      if (leftMs > 0 || this.#reached.has(limit)) continue;
      this.#reached.add(limit);
      schedule.set(this.#alarm, undefined);
      onReached(limit);
      // The owner may have paused it; where he has not, the others go on.
      this.look();
      return;
    }
    let nextMs = Number.POSITIVE_INFINITY;
    for (const [limit, leftMs] of left) if (!this.#reached.has(limit)) nextMs = Math.min(nextMs, leftMs);
    schedule.set(this.#alarm, nextMs === Number.POSITIVE_INFINITY ? undefined : now + nextMs);
  }

  close(): void {
    this.#deps.schedule.set(this.#alarm, undefined);
  }

  /** How long it takes at least until each limit may be reached. */
  #left(facts: SeedingFacts, now: number): [SeedLimit, number][] {
    const { seedRatio, seedTimeMs, seedIdleMs } = this.#deps.limits();
    const { uploaded, hasPeers } = facts;
    const isGiven = uploaded >= seedRatio * Math.max(facts.downloaded, facts.haveLength);
    return [
      [
        'ratio',
        isGiven ? 0 : hasPeers && seedRatio < Number.POSITIVE_INFINITY ? LOOK_MS : Number.POSITIVE_INFINITY,
      ],
      ['time', seedTimeMs - facts.seedingMs],
      ['idle', facts.lastGivenAt + seedIdleMs - now],
    ];
  }
}

const LOOK_MS = 1000;
