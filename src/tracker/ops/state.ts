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
  readonly swarms: number;
  /** Seeds among them. */
  readonly peers: number;
  readonly seeds: number;
  readonly usedBytes?: number | undefined;
  readonly totalBytes?: number | undefined;
}

/** Why it is not ready for requests, as a sentence; undefined where it is. */
export function notReady({ isListening, isDraining, store }: TrackerState): string | undefined {
  if (isDraining) return 'The tracker is about to stop.';
  if (!isListening) return 'The tracker does not listen yet.';
  return store.isReachable ? undefined : 'The store of swarms cannot be reached.';
}
