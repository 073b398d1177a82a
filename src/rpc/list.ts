// A page of the torrents: filtered, sorted and cut here, so that a client with fifty thousand of them asks for a hundred.

import { toHex } from '../core/bytes/hex.ts';
import type { Library, LibraryTorrent } from '../daemon/library.ts';
import { hostOf } from '../daemon/url-host.ts';
import type { ReadParams, TorrentRow } from './methods.ts';
import { rowOf } from './rows.ts';

type Query = ReadParams<'torrents.list'>;

export function listTorrents(library: Library, query: Query): { total: number; rows: TorrentRow[] } {
  const found = query.ids === undefined ? [...library.torrents()] : named(library, query.ids);
  const fits = filterOf(query);
  const { offset, limit } = query;
  const fitting = found.filter(fits);
  const cheapKey = CHEAP_KEYS[query.sort];
  if (cheapKey !== undefined) {
    // Rows are made of the page alone.
    const sorted = sortBy(fitting, cheapKey, query.descending);
    return { total: sorted.length, rows: sorted.slice(offset, offset + limit).map(rowOf) };
  }
  const rows = sortBy(fitting.map(rowOf), row => keyOf(row[query.sort]), query.descending);
  return { total: rows.length, rows: rows.slice(offset, offset + limit) };
}

type Key = number | string;

/** What a list is usually sorted by, without all the rest of a row. */
const CHEAP_KEYS: Partial<Record<keyof TorrentRow, (entry: LibraryTorrent) => Key>> = {
  queue: ({ torrent }) => torrent.queuePosition,
  name: ({ id, torrent }) => (torrent.name ?? id).toLowerCase(),
  id: ({ id }) => id,
  state: ({ torrent }) => torrent.state,
  peers: ({ torrent }) => torrent.connectionCount,
  length: ({ torrent }) => torrent.info?.layout.dataLength ?? -1,
  downloadDir: ({ torrent }) => torrent.downloadDir,
};

/** What is not known comes first; the order in which they were added decides between equals. */
function sortBy<Item>(items: readonly Item[], keyOfItem: (item: Item) => Key, isDescending: boolean): Item[] {
  const sign = isDescending ? -1 : 1;
  return items
    .map(item => ({ item, key: keyOfItem(item) }))
    .sort((a, b) => (a.key === b.key ? 0 : a.key < b.key ? -sign : sign))
    .map(({ item }) => item);
}

function keyOf(value: TorrentRow[keyof TorrentRow]): Key {
  if (value === null) return Number.NEGATIVE_INFINITY;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (Array.isArray(value)) return value.join(' ').toLowerCase();
  return typeof value === 'string' ? value.toLowerCase() : value;
}

function filterOf({ states, label, tracker, text, match }: Query): (entry: LibraryTorrent) => boolean {
  const wanted = states === undefined ? undefined : new Set<string>(states);
  const needle = text?.toLowerCase();
  return entry => {
    const { torrent } = entry;
    if (wanted !== undefined && !wanted.has(torrent.state) && !(wanted.has('active') && isActive(entry)))
      return false;
    if (label !== undefined && !entry.labels.includes(label)) return false;
    if (tracker !== undefined && !torrent.trackerTiers.flat().some(url => hostOf(url) === tracker))
      return false;
    if (match !== undefined && !isMatched(entry, match)) return false;
    return needle === undefined || (torrent.name ?? entry.id).toLowerCase().includes(needle);
  };
}

function isMatched({ id, torrent }: LibraryTorrent, match: string): boolean {
  if (torrent.name === match) return true;
  const beginning = match.toLowerCase();
  if (id.startsWith(beginning)) return true;
  const { infoHashV1, infoHashV2 } = torrent.infoHashes;
  return [infoHashV1, infoHashV2].some(hash => hash !== undefined && toHex(hash).startsWith(beginning));
}

function isActive({ torrent }: LibraryTorrent): boolean {
  if (torrent.connectionCount === 0) return false;
  const { downloadBytesPerSecond, uploadBytesPerSecond } = torrent.stats();
  return downloadBytesPerSecond > 0 || uploadBytesPerSecond > 0;
}

function named(library: Library, ids: readonly string[]): LibraryTorrent[] {
  const found = new Set<LibraryTorrent>();
  for (const id of ids) {
    const entry = library.find(id);
    if (entry !== undefined) found.add(entry);
  }
  return [...found];
}
