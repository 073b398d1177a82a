// The trackers of a torrent, changed as Transmission has it: the whole list as text, or one at a time by its number.

import { parseTrackerUrl } from '../../core/tracker/tracker-url.ts';
import type { LibraryTorrent } from '../../daemon/library.ts';
import type { Register } from './register.ts';
import { RpcFault } from './rpc-fault.ts';

/** A line each, an empty one between tiers. @throws RpcFault */
export function parseTrackerList(text: string): string[][] {
  if (text.length > MAX_LIST_TEXT) throw new RpcFault('INVALID_TRACKER_LIST', 'it is too long');
  const tiers: string[][] = [[]];
  const seen = new Set<string>();
  for (const line of text.split('\n')) {
    const url = line.trim();
    if (url === '') {
      if (tiers.at(-1)!.length > 0) tiers.push([]);
      continue;
    }
    if (seen.has(url)) continue;
    seen.add(url);
    tiers.at(-1)!.push(checkedUrl(url));
  }
  return tiers.filter(tier => tier.length > 0);
}

/** Those that stay where they are are not asked anew. @throws RpcFault */
export function setTrackerList({ torrent }: LibraryTorrent, text: string): void {
  const wanted = parseTrackerList(text);
  const tierOf = new Map(wanted.flatMap((tier, i) => tier.map(url => [url, i] as const)));
  for (const { url, tier } of torrent.trackers()) if (tierOf.get(url) !== tier) torrent.removeTracker(url);
  for (const [url, tier] of tierOf) torrent.addTracker(url, tier);
}

/** Each in a tier of its own, behind the others. @throws RpcFault */
export function addTrackers({ torrent }: LibraryTorrent, urls: readonly unknown[]): void {
  const checked = few(urls).map(checkedUrl);
  for (const url of checked) torrent.addTracker(url, torrent.trackerTiers.length);
}

/** By their numbers. @throws RpcFault */
export function removeTrackers(entry: LibraryTorrent, numbers: readonly unknown[], register: Register): void {
  for (const url of few(numbers).map(number => urlOf(entry, number, register)))
    entry.torrent.removeTracker(url);
}

/** `pairs`: a number and the URL that comes in its place, and so on. @throws RpcFault */
export function replaceTrackers(entry: LibraryTorrent, pairs: readonly unknown[], register: Register): void {
  const { torrent } = entry;
  const flat = few(few(pairs).flat());
  if (flat.length % 2 !== 0) throw new RpcFault('SET_ANNOUNCE_LIST');
  for (let i = 0; i < flat.length; i += 2) {
    const before = urlOf(entry, flat[i], register);
    const after = checkedUrl(flat[i + 1]);
    const tier = torrent.trackers().find(({ url }) => url === before)?.tier ?? 0;
    if (before === after) continue;
    torrent.removeTracker(before);
    torrent.addTracker(after, tier);
  }
}

function urlOf(entry: LibraryTorrent, number: unknown, register: Register): string {
  const found = entry.torrent.trackers().find(({ url }) => register.trackerNumber(entry, url) === number);
  if (found === undefined) throw new RpcFault('SET_ANNOUNCE_LIST', `there is no tracker ${shown(number)}`);
  return found.url;
}

function checkedUrl(url: unknown): string {
  if (typeof url === 'string' && url.length <= MAX_URL && parseTrackerUrl(url) !== undefined) return url;
  throw new RpcFault('INVALID_TRACKER_LIST', `${shown(url)} is no tracker's URL`);
}

/** A torrent has 200 trackers at the most. */
function few(list: readonly unknown[]): readonly unknown[] {
  if (list.length <= MAX_LIST) return list;
  throw new RpcFault('SET_ANNOUNCE_LIST', `a list has ${MAX_LIST} trackers at the most`);
}

function shown(value: unknown): string {
  return typeof value === 'object' ? 'that' : (JSON.stringify(value)?.slice(0, 200) ?? 'that');
}

const MAX_URL = 8192;
const MAX_LIST = 1000;
const MAX_LIST_TEXT = 1_000_000;
