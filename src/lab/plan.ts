// What an experiment sets up, as data: who is there, with what line, when they come and go. The same plan is carried out
// by the simulator (`sim/plan-run`), by real processes (`field`) and, coarsely, by the model (`model`); each says with
// UNSUPPORTED what of it it cannot do.

import type { TorrentVersion } from '../core/metainfo/metainfo.ts';
import type { SessionOptions } from '../session/settings.ts';

export interface SwarmPlan {
  readonly content: {
    readonly length: number;
    /** @default as `swarmline create` chooses it */
    readonly pieceLength?: number;
    /** @default v1 */
    readonly version?: TorrentVersion;
  };
  readonly groups: readonly PeerGroup[];
  /** `origin`: nobody exchanges anything, each fetches the file from the HTTP server. @default swarm */
  readonly by?: 'swarm' | 'origin';
  /** An HTTP server that has the file: everybody's origin, or a web seed (BEP 19) of the swarm. */
  readonly origin?: { readonly upBytesPerSecond: number };
  /** From then on it answers nobody. @default never */
  readonly trackerDiesAtMs?: number;
  /** Everybody takes part in the DHT, which begins at a node that has nothing else to do. @default false */
  readonly dht?: boolean;
  /** Lines between sites: see `PeerGroup.site`. */
  readonly sites?: Readonly<Record<string, Site>>;
  /**
   * The run ends then, whoever is done: what an open swarm, in which peers come and go, is measured by. Without it the run
   * ends when all that came and stayed are done, and fails where they are not by `GIVE_UP_MS`.
   */
  readonly endsAtMs?: number;
  /** Of every session of ours. */
  readonly session?: SessionOptions;
}

/** A place whose machines share one line to everybody else; among themselves they are as fast as a local network is. */
export interface Site {
  readonly upBytesPerSecond: number;
  readonly downBytesPerSecond: number;
  /** Of each machine's own line inside. */
  readonly localBytesPerSecond: number;
}

/** Peers that are alike. */
export interface PeerGroup {
  readonly name: string;
  readonly count: number;
  /** @default nothing */
  readonly has?: 'everything' | 'nothing';
  /** @default unlimited */
  readonly upBytesPerSecond?: number;
  /** @default unlimited */
  readonly downBytesPerSecond?: number;
  /** To the middle of the network. @default 10 */
  readonly latencyMs?: number;
  /** From the moment at which those that have everything are there. @default all at once, at 0 */
  readonly arrives?: Arrivals;
  /** @default they stay */
  readonly leaves?: Departure;
  /** False: free-riders, which upload nothing. @default true */
  readonly gives?: boolean;
  /** @default rarest-first */
  readonly picks?: 'rarest-first' | 'random' | 'sequential';
  /** BEP 16. @default false */
  readonly superSeeds?: boolean;
  /** False: behind NAT, nobody can dial it. @default true */
  readonly isReachable?: boolean;
  /** Its name in `SwarmPlan.sites`. @default none: a line of its own */
  readonly site?: string;
  /** It sends wrong blocks. @default false */
  readonly corrupts?: boolean;
  /** How they connect. @default TCP alone */
  readonly transports?: SessionOptions['transports'];
  /** In the field alone. @default swarmline */
  readonly client?: ClientName;
}

export type ClientName = 'swarmline' | 'libtorrent' | 'transmission' | 'aria2';

export type Arrivals =
  | { readonly kind: 'at once'; readonly atMs: number }
  /** Evenly. */
  | { readonly kind: 'spread'; readonly fromMs: number; readonly overMs: number }
  /** By chance: a Poisson process, from a moment on. */
  | { readonly kind: 'by chance'; readonly fromMs: number; readonly perSecond: number };

export type Departure =
  | { readonly kind: 'when done'; readonly afterMs: number }
  /** When so many copies have left its line. */
  | { readonly kind: 'after copies'; readonly copies: number }
  | { readonly kind: 'at'; readonly atMs: number };

/** How an experiment is carried out. */
export type Way = 'sim' | 'field' | 'model';

/** An hour: no plan takes so long that is not stuck. */
export const GIVE_UP_MS = 3_600_000;

/** All peers that a plan has, of these groups. */
export function peerCount(groups: readonly PeerGroup[]): number {
  return groups.reduce((sum, { count }) => sum + count, 0);
}
