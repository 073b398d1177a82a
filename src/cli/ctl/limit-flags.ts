// Limits from flags to what the API takes: no limit is null there. What was not given is not named.

import type { Params } from '../../rpc/methods.ts';

type Value = number | 'rate';

export interface TorrentLimitFlags extends SeedLimitFlags {
  readonly limitDown?: number;
  readonly limitUp?: number;
  readonly maxPeers?: number;
  readonly uploadSlots?: Value;
}

export interface SeedLimitFlags {
  readonly seedRatio?: number;
  readonly seedTime?: number;
  readonly seedIdle?: number;
}

/** Undefined where none was given. */
export function torrentLimitsOf(flags: TorrentLimitFlags): Params<'torrents.set'>['limits'] {
  return named({
    downloadBytesPerSecond: flags.limitDown,
    uploadBytesPerSecond: flags.limitUp,
    maxPeers: flags.maxPeers,
    uploadSlots: flags.uploadSlots,
  });
}

export function seedLimitsOf(flags: SeedLimitFlags): Params<'torrents.set'>['seedLimits'] {
  return named({ seedRatio: flags.seedRatio, seedTimeMs: flags.seedTime, seedIdleMs: flags.seedIdle });
}

export function named<Limits extends Readonly<Record<string, Value | undefined>>>(
  limits: Limits,
): { [Name in keyof Limits]?: Exclude<Limits[Name], undefined> | null } | undefined {
  const given = Object.entries(limits).filter(([, value]) => value !== undefined);
  if (given.length === 0) return undefined;
  const views = given.map(([name, value]) => [name, value === Number.POSITIVE_INFINITY ? null : value]);
  return Object.fromEntries(views) as ReturnType<typeof named<Limits>>;
}
