// What came of one run of a plan: facts of each peer, whichever way it was run. `figures` makes figures of them.

import type { SwarmPlan, Way } from './plan.ts';
import type { Timeline } from './timeline.ts';

export interface RunRecord {
  readonly way: Way;
  readonly seed: number;
  readonly plan: SwarmPlan;
  readonly pieceLength: number;
  readonly peers: readonly PeerRecord[];
  /** From when those that have everything are there; all times of a record are from then. */
  readonly endedAtMs: number;
  /** What the HTTP server sent, where there is one. */
  readonly originBytes?: number;
  /** How many were there at a time, those with everything and those without, by the second or coarser. */
  readonly population: readonly PopulationSample[];
  /** Bytes of blocks from one group (first index, as in the plan) to another; not from every way. */
  readonly traffic?: readonly (readonly number[])[];
  /** Bytes that came into each site. */
  readonly siteBytes?: Readonly<Record<string, number>>;
  /** How much of the processors had nothing to do, 0…1; of real runs. */
  readonly cpuIdle?: number;
  /** Of a run in the simulator: the same again by the same seed. */
  readonly traceHash?: string;
  readonly timeline?: Timeline;
}

export interface PopulationSample {
  readonly atMs: number;
  readonly leechers: number;
  readonly seeds: number;
}

export interface PeerRecord {
  /** By its place in the plan. */
  readonly group: number;
  /** Undefined: the run ended before it came. */
  readonly startedAtMs: number | undefined;
  readonly firstPieceAtMs: number | undefined;
  readonly completedAtMs: number | undefined;
  readonly leftAtMs: number | undefined;
  /** Bytes of blocks. */
  readonly uploaded: number;
  readonly downloaded: number;
  /** Of `downloaded`: what it had already, or had wrong hashes. */
  readonly wasted: number;
  /** All bytes on its uplink. */
  readonly sent: number;
  /** What it has at the end, 0…1. */
  readonly share: number;
  /** Whom it banned: how many that sent wrong blocks, and how many that did not; not from every way. */
  readonly banned?: { readonly guilty: number; readonly innocent: number };
}
