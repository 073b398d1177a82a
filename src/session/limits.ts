// What can be limited while a session runs, of the session and of one torrent; and what is no limit at all.

import type { UploadSlots } from '../core/engine/upload-slots.ts';
import type { ConnectionLimits } from './connections.ts';
import type { QueueLimits } from './queue.ts';
import type { RateLimits } from './rate-limits.ts';
import type { SeedLimits } from './seed-limits.ts';

export interface SessionLimits extends RateLimits, ConnectionLimits, QueueLimits, SeedLimits {
  /** Torrents whose data is being hashed at a time. */
  readonly maxChecking: number;
  /** Of each torrent that was given none of its own. */
  readonly uploadSlots: UploadSlots;
}

export interface TorrentLimits extends RateLimits {
  /** Its connections, dialled and accepted; the worst peers go where it has more. */
  readonly maxPeers: number;
  /** Peers that it uploads to at a time, or `rate`: as many as the uplink feeds. What is set here no longer follows the session. */
  readonly uploadSlots: UploadSlots;
}

type AnyLimits<Limits> = Readonly<Record<keyof Limits, UploadSlots>>;

/** What is not named stays as it was. @throws TypeError */
export function checkedLimits<Limits extends AnyLimits<Limits>>(
  limits: Partial<Limits>,
  before: Limits,
): Limits {
  const changed: Record<string, UploadSlots> = { ...before };
  for (const name of Object.keys(before) as (keyof Limits & string)[]) {
    const value: UploadSlots | undefined = limits[name];
    if (value === undefined) continue;
    if (name === 'uploadSlots') checkSlots(value);
    else if (value === 'rate' || !(value >= 0))
      throw new TypeError(`${name} is to be a number from 0 on, not ${value}.`);
    changed[name] = value;
  }
  return changed as Limits;
}

function checkSlots(value: UploadSlots): void {
  if (value === 'rate' || value === Number.POSITIVE_INFINITY) return;
  if (Number.isInteger(value) && value >= 0) return;
  throw new TypeError(`uploadSlots is to be a whole number from 0 on, or "rate", not ${value}.`);
}
