// What `torrents.set` changes of torrents: all of it is looked at before any of it is done, so that what is refused has
// changed none of them.

import { SwarmlineError } from '../core/errors.ts';
import { parseTrackerUrl } from '../core/tracker/tracker-url.ts';
import type { Library, LibraryTorrent } from '../daemon/library.ts';
import { checkedLimits, type TorrentLimits } from '../session/limits.ts';
import type { SeedLimits } from '../session/seed-limits.ts';
import { webSeedRefusal } from '../session/web-seed-urls.ts';
import { fromViews } from './limit-views.ts';
import type { ReadParams } from './methods.ts';

type Settings = Omit<ReadParams<'torrents.set'>, 'ids'>;

/** @throws SwarmlineError `REQUEST_INVALID`; TypeError of limits */
export function setTorrents(library: Library, entries: readonly LibraryTorrent[], settings: Settings): void {
  checkTrackerUrls(settings.addTrackers);
  for (const url of settings.addWebSeeds ?? []) {
    const refusal = webSeedRefusal(url.trim());
    if (refusal !== undefined) throw invalid('addWebSeeds', `"${url}" cannot be added: ${refusal}`);
  }
  const limits = fromViews<TorrentLimits>(settings.limits);
  const seedLimits = fromViews<SeedLimits>(settings.seedLimits);
  for (const { torrent } of entries) {
    checkedLimits(limits, torrent.limits);
    checkedLimits(seedLimits, torrent.seedLimits);
  }
  for (const entry of entries) {
    setTorrent(library, entry, settings, limits, seedLimits);
    library.touch(entry);
  }
}

/** @throws SwarmlineError `REQUEST_INVALID` */
export function checkTrackerUrls(urls: readonly string[] | undefined, where = 'addTrackers'): void {
  for (const url of urls ?? [])
    if (parseTrackerUrl(url.trim()) === undefined)
      throw invalid(where, `"${url}" is no tracker's URL: one looks like "udp://tracker.example:6969".`);
}

function setTorrent(
  library: Library,
  entry: LibraryTorrent,
  settings: Settings,
  limits: Partial<TorrentLimits>,
  seedLimits: Partial<SeedLimits>,
): void {
  const { torrent } = entry;
  if (settings.labels !== undefined) library.setLabels(entry, settings.labels);
  if (settings.limits !== undefined) torrent.setLimits(limits);
  if (settings.seedLimits !== undefined) torrent.setSeedLimits(seedLimits);
  if (settings.isForced !== undefined) torrent.setForced(settings.isForced);
  if (settings.superSeed !== undefined) torrent.setSuperSeeding(settings.superSeed);
  for (const url of settings.addTrackers ?? []) torrent.addTracker(url, torrent.trackerTiers.length);
  for (const url of settings.removeTrackers ?? []) torrent.removeTracker(url);
  for (const url of settings.addWebSeeds ?? []) torrent.addWebSeed(url);
  for (const url of settings.removeWebSeeds ?? []) torrent.removeWebSeed(url);
}

function invalid(where: string, message: string): SwarmlineError {
  return new SwarmlineError('REQUEST_INVALID', message, { where });
}
