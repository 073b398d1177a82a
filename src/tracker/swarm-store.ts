// What a tracker keeps: who is in which swarm. One verb, because a peer's announce is at once its entry, its refresh, its
// leave and its question; split in two, a store behind a network would be asked twice per announce.
//
// The answer comes by callback. A store in memory calls it before `announce` returns, so that a batch of UDP packets is
// answered in one go, and no promise is made per announce; a store behind a network calls it later. Expiry is the
// store's own affair, driven by `now`: none needs a timer.

import type { SwarmCounts } from '../core/tracker/announce.ts';
import type { MessageRow } from '../host/keyed-hashes.ts';

/** One peer's announce, as a store needs it. A peer *is* its address and port: nobody can speak for another's. */
export interface SwarmAnnounce {
  /** 20 bytes: the swarm's name. */
  readonly infoHash: Uint8Array;
  /** What `lookAhead` has given for that name. */
  readonly hash?: number | undefined;
  /** 4 or 16 bytes: where the announce came from. */
  readonly ip: Uint8Array;
  readonly port: number;
  /** `gone`: it leaves the swarm, and gets no peers. */
  readonly role: 'seed' | 'leecher' | 'gone';
  /** It says that it has just come to the end of its download. */
  readonly completed: boolean;
  /** Peers wanted at most, of IPv4 and of IPv6. */
  readonly want4: number;
  readonly want6: number;
}

/** Lent for the call: the arrays are used again. */
export interface SwarmAnswer extends SwarmCounts {
  /** 6 bytes a peer: chosen at random, without the asker; leechers only for a seed. */
  readonly peers: Uint8Array;
  /** 18 bytes a peer. */
  readonly peers6: Uint8Array;
  /** The store beyond this process did not answer: this is what the process itself knows. @default false */
  readonly isAlone?: boolean;
}

export interface SwarmStore {
  /**
   * Told of swarms that are about to be asked for: a row of names. A store in memory waits for what it has of them once, and not one
   * after the other. What it gives, lent until the next time, are the hashes to announce them by. It changes nothing.
   */
  lookAhead?(names: MessageRow, count: number): Int32Array | undefined;
  /** The same as `announce`, of a store that always answers at once: no closure is made for an announce then. */
  announceNow?(announce: SwarmAnnounce, now: number): SwarmAnswer | undefined;
  /** `done` is called once; with undefined where the store is full, or cannot be reached. */
  announce(announce: SwarmAnnounce, now: number, done: (answer: SwarmAnswer | undefined) => void): void;
  /** Counts in the order of the hashes, undefined for swarms that it does not have; all undefined where it cannot be reached. */
  scrape(
    infoHashes: readonly Uint8Array[],
    now: number,
    done: (counts: readonly (SwarmCounts | undefined)[]) => void,
  ): void;
  /** Some of its swarms, `max` at most, with their counts. A store that cannot tell leaves it out. */
  scrapeAll?(
    max: number,
    now: number,
    done: (infoHashes: readonly Uint8Array[], counts: readonly SwarmCounts[]) => void,
  ): void;
}
