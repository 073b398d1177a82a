// What can be limited while a session runs, of the session and of one torrent; and what is no limit at all.

import type { ConnectionLimits } from './connections.ts';
import type { QueueLimits } from './queue.ts';
import type { RateLimits } from './rate-limits.ts';
import type { SeedLimits } from './seed-limits.ts';

export interface SessionLimits extends RateLimits, ConnectionLimits, QueueLimits, SeedLimits {
  /** Torrents whose data is being hashed at a time. */
  readonly maxChecking: number;
}

export interface TorrentLimits extends RateLimits {
  /** Its connections, dialled and accepted; the worst peers go where it has more. */
  readonly maxPeers: number;
}

/** What is not named stays as it was. @throws TypeError */
export function checkedLimits<Limits extends Readonly<Record<keyof Limits, number>>>(
  limits: Partial<Limits>,
  before: Limits,
): Limits {
  const changed: Record<string, number> = { ...before };
  for (const name of Object.keys(before) as (keyof Limits & string)[]) {
    const value: number | undefined = limits[name];
    if (value === undefined) continue;
    if (!(value >= 0)) throw new TypeError(`${name} is to be a number from 0 on, not ${value}.`);
    changed[name] = value;
  }
  return changed as Limits;
}
