// Limits as JSON has them: no limit is null there, and Infinity here.

import type { UploadSlots } from '../core/engine/upload-slots.ts';
import type { SessionLimits, TorrentLimits } from '../session/limits.ts';
import type { SeedLimits } from '../session/seed-limits.ts';
import type { SeedLimitsView, SessionLimitsView, TorrentLimitsView } from './methods.ts';

type Value = UploadSlots;
type ValueView = number | 'rate' | null;

export function limitsView(limits: TorrentLimits): TorrentLimitsView {
  const { downloadBytesPerSecond, uploadBytesPerSecond, maxPeers, uploadSlots } = limits;
  return {
    downloadBytesPerSecond: toView(downloadBytesPerSecond),
    uploadBytesPerSecond: toView(uploadBytesPerSecond),
    maxPeers: toView(maxPeers),
    uploadSlots: slotsView(uploadSlots),
  };
}

export function seedLimitsView({ seedRatio, seedTimeMs, seedIdleMs }: SeedLimits): SeedLimitsView {
  return { seedRatio: toView(seedRatio), seedTimeMs: toView(seedTimeMs), seedIdleMs: toView(seedIdleMs) };
}

export function sessionLimitsView(limits: SessionLimits): SessionLimitsView {
  return {
    downloadBytesPerSecond: toView(limits.downloadBytesPerSecond),
    uploadBytesPerSecond: toView(limits.uploadBytesPerSecond),
    maxConnections: toView(limits.maxConnections),
    maxDialling: toView(limits.maxDialling),
    dialsPerSecond: toView(limits.dialsPerSecond),
    maxActive: toView(limits.maxActive),
    maxActiveDownloads: toView(limits.maxActiveDownloads),
    maxActiveSeeds: toView(limits.maxActiveSeeds),
    maxChecking: toView(limits.maxChecking),
    uploadSlots: slotsView(limits.uploadSlots),
    ...seedLimitsView(limits),
  };
}

/** What is named of them. */
export function fromViews<Limits extends object>(
  views: { readonly [Name in keyof Limits]?: ValueView | undefined } | undefined,
): Partial<Limits> {
  const limits: Partial<Record<keyof Limits, Value>> = {};
  for (const [name, view] of Object.entries(views ?? {}) as [keyof Limits, ValueView | undefined][])
    if (view !== undefined) limits[name] = view ?? Number.POSITIVE_INFINITY;
  return limits as Partial<Limits>;
}

function toView(value: number): number | null {
  return value === Number.POSITIVE_INFINITY ? null : value;
}

function slotsView(value: UploadSlots): ValueView {
  return value === 'rate' ? value : toView(value);
}
