// How a tracker is, at a moment: what metrics, the page and the API show. Plain data, as whoever runs it puts it together.

import type { ProtocolTotals } from './counts.ts';

export interface TrackerState {
  readonly version: string;
  /** Of the program that runs it: `Node.js 20.20.2`. */
  readonly platform: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly wallTime: number;
  readonly mode: 'open' | 'listed' | 'private';
  readonly isListening: boolean;
  /** It answers still, but is about to stop. */
  readonly isDraining: boolean;
  readonly threads: number;
  /** Ready for requests with its store away too. */
  readonly isReadyAlone: boolean;
  readonly store: StoreState;
  /** Peers that have no address to be called at, and their swarms. */
  readonly webSocket: {
    readonly sockets: number;
    readonly swarms: number;
    readonly seeds: number;
    readonly peers: number;
  };
  readonly httpConnections: number;
  readonly bans: number;
  readonly process: { readonly memoryBytes: number; readonly cpuSeconds: number };
  readonly counts: readonly ProtocolTotals[];
}

export interface StoreState {
  readonly kind: string;
  readonly isReachable: boolean;
  /** For how long it could not be; 0 where it can. */
  readonly awayMs: number;
  readonly swarms: number;
  /** Seeds among them. */
  readonly peers: number;
  readonly seeds: number;
  readonly usedBytes?: number | undefined;
  readonly totalBytes?: number | undefined;
}

/** Why it is not ready for requests, as a sentence; undefined where it is. */
export function notReady({ isListening, isDraining, isReadyAlone, store }: TrackerState): string | undefined {
  if (isDraining) return 'The tracker is about to stop.';
  if (!isListening) return 'The tracker does not listen yet.';
  const isMissed = !store.isReachable && store.awayMs >= AWAY_MS;
  return isMissed && !isReadyAlone ? 'The store of swarms cannot be reached.' : undefined;
}

/** That it runs, and what of it does not, as sentences. */
export function healthText({ store }: TrackerState): string {
  const alone = ' The store of swarms cannot be reached: it answers from what it has itself.';
  return `The tracker runs.${store.isReachable ? '' : alone}`;
}

/**
 * A store that is back sooner has taken no node out of a balancer; then those who can reach it are better asked. Where none
 * can, a balancer that asks nobody who is not ready should be told not to look at that (`--ready-without-store`).
 */
const AWAY_MS = 10_000;
