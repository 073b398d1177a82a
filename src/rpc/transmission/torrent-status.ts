// What a torrent is doing, in Transmission's numbers.

import type { TorrentView } from './torrent-view.ts';
import { seconds } from './units.ts';

export const STATUS = {
  stopped: 0,
  checkWaits: 1,
  checks: 2,
  downloadWaits: 3,
  downloads: 4,
  seedWaits: 5,
  seeds: 6,
} as const;

export function statusOf({ torrent, stats }: TorrentView): number {
  switch (torrent.state) {
    case 'paused':
    case 'failed':
    case 'closed':
      return STATUS.stopped;
    case 'checking':
      return STATUS.checks;
    case 'queued':
      return stats.isComplete ? STATUS.seedWaits : STATUS.downloadWaits;
    case 'metadata':
    case 'allocating':
    case 'downloading':
      return STATUS.downloads;
    case 'seeding':
      return STATUS.seeds;
    default:
      return torrent.state satisfies never;
  }
}

/** What has gone wrong: with the torrent itself, or with the trackers where none works. */
export function faultOf({ torrent, trackers }: TorrentView): { error: number; text: string } {
  if (torrent.error !== undefined) return { error: FAULT.local, text: torrent.error.message };
  if (!ACTIVE.has(torrent.state)) return NO_FAULT;
  const warning = trackers.find(tracker => tracker.warning !== undefined)?.warning;
  if (warning !== undefined) return { error: FAULT.trackerWarning, text: warning };
  const isAnswered = trackers.some(({ state }) => state === 'working');
  const error = isAnswered ? undefined : trackers.find(tracker => tracker.error !== undefined)?.error;
  return error === undefined ? NO_FAULT : { error: FAULT.tracker, text: error };
}

/** Seconds until all that is wanted is here; -1: it is, or stands still; -2: nobody knows. */
export function etaOf(view: TorrentView): number {
  const { torrent, stats, leftLength } = view;
  if (!ACTIVE.has(torrent.state) || stats.isComplete) return ETA.none;
  if (view.info === undefined || stats.downloadBytesPerSecond < 1) return ETA.unknown;
  return Math.ceil(leftLength / stats.downloadBytesPerSecond);
}

/** Seconds until it has been idle for long enough. */
export function idleEtaOf(view: TorrentView): number {
  const { torrent, context, notes, entry } = view;
  const { seedIdleMs } = torrent.seedLimits;
  if (torrent.state !== 'seeding' || seedIdleMs === Number.POSITIVE_INFINITY) return ETA.none;
  const now = context.daemon.deps.clock.wallTime();
  const since = context.register.busyAt(entry) ?? notes.startedAt ?? now;
  return Math.max(0, seconds(since + seedIdleMs - now));
}

/** It could move something, and has not for as long as makes a torrent slow. */
export function isStalled(view: TorrentView): boolean {
  const { torrent, stats, context, notes, entry } = view;
  if (torrent.state !== 'downloading' && torrent.state !== 'seeding') return false;
  if (stats.downloadBytesPerSecond > 0 || stats.uploadBytesPerSecond > 0) return false;
  const since = context.register.busyAt(entry) ?? notes.startedAt ?? 0;
  return context.daemon.deps.clock.wallTime() - since >= context.facts.slowAfterMs;
}

/** Given for each byte that was fetched, or is here; -1 where nothing is. */
export function ratioOf({ totals, haveLength }: TorrentView): number {
  const base = totals.downloaded > 0 ? totals.downloaded : haveLength;
  return base > 0 ? totals.uploaded / base : totals.uploaded > 0 ? -2 : -1;
}

const ACTIVE: ReadonlySet<string> = new Set(['metadata', 'downloading', 'seeding']);
const FAULT = { trackerWarning: 1, tracker: 2, local: 3 } as const;
const NO_FAULT = { error: 0, text: '' };
const ETA = { none: -1, unknown: -2 } as const;
