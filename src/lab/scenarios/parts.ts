// What several scenarios are made of: the line that most peers have, the swarm that most begin with, figures in words.

import type { Estimate } from '../figures.ts';
import type { Parameters, ScenarioSize } from '../parameters.ts';
import type { PeerGroup, SwarmPlan } from '../plan.ts';
import type { Point } from '../scenario.ts';

export const MIB = 1_048_576;

/** As home lines are: up a quarter of down. */
export const HOME_LINE = { upBytesPerSecond: 1_000_000, downBytesPerSecond: 4_000_000 } as const;

/** As most scenarios have lines: slow ones, which a small file fills for long enough. */
export const SLOW_LINE = { upBytesPerSecond: 250_000, downBytesPerSecond: 1_000_000 } as const;

/** Connections of a torrent: fewer than a session of ours has by itself, so that large swarms fit into a simulation. */
export const CONNECTIONS = 40;

/** What a plan says of a line. */
export function lineOf({
  upBytesPerSecond,
  downBytesPerSecond,
}: Pick<Parameters, 'upBytesPerSecond' | 'downBytesPerSecond'>) {
  return { upBytesPerSecond, downBytesPerSecond };
}

/** What a plan says of a file. */
export function contentOf({ length, pieceLength }: Pick<Parameters, 'length' | 'pieceLength'>) {
  return { length, pieceLength };
}

export interface SeedAndLeechers {
  readonly seed?: Partial<PeerGroup>;
  readonly leechers?: Partial<PeerGroup>;
  /** @default 40 */
  readonly connections?: number;
}

/** One seed, and leechers that come all at once, with the same line; what is named else is every leecher's. */
export function seedAndLeechers(
  content: SwarmPlan['content'],
  count: number,
  { seed, leechers, connections = CONNECTIONS }: SeedAndLeechers = {},
): SwarmPlan {
  return {
    content,
    groups: [
      { name: 'seed', count: 1, has: 'everything', ...HOME_LINE, ...seed },
      { name: 'leecher', count, ...HOME_LINE, ...leechers },
    ],
    session: {
      engine: { maxPeers: connections, ...(count >= MANY && { havesWaitMs: 500 }) },
    },
  };
}

/** A small file over slow lines, of what is asked about the seed. `quickPeers`: in a quick simulation. */
export function smallSwarm({ way, size }: ScenarioSize, quickPeers: number) {
  const isQuick = size === 'quick';
  return {
    peers: way === 'field' ? (isQuick ? 4 : 8) : isQuick ? quickPeers : 16,
    length: (way === 'field' || isQuick ? 4 : 8) * MIB,
    pieceLength: 65_536,
    ...SLOW_LINE,
  } satisfies Partial<Parameters>;
}

/** In which a leecher's line takes or sends the file once, whichever is longer. */
export function copyMs(own: Pick<Parameters, 'length' | 'upBytesPerSecond' | 'downBytesPerSecond'>): number {
  return (1000 * own.length) / Math.min(own.upBytesPerSecond, own.downBytesPerSecond);
}

/** The point of an estimate, times in seconds; none where nothing was measured. */
export function points(x: number, { mean, margin }: Estimate, unit = 1 / 1000): Point[] {
  if (Number.isNaN(mean)) return [];
  return [{ x, y: mean * unit, ...(Number.isNaN(margin) ? {} : { margin: margin * unit }) }];
}

/** `62.4 s`, `12 min 5 s`. */
export function seconds(ms: number): string {
  const whole = Math.round(ms / 1000);
  if (whole < 120) return `${(ms / 1000).toFixed(1)} s`;
  return whole < 7200 ? `${Math.floor(whole / 60)} min ${whole % 60} s` : `${(ms / 3_600_000).toFixed(1)} h`;
}

/** `1.08 ×`. */
export function times(ratio: number): string {
  return `${ratio.toFixed(2)} ×`;
}

/** `37 %`. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}

/** From so many on, neighbours are told of pieces twice a second alone: half of a simulation's work is telling. */
const MANY = 1000;
