// Which torrents a call is about: a number, an info hash, a list of both, those that were active lately, or, where nothing is
// said, all. What names none is passed over, as in Transmission.

import type { LibraryTorrent } from '../../daemon/library.ts';
import type { Arguments } from './arguments.ts';
import type { TransmissionDeps } from './deps.ts';
import { snakeName } from './names.ts';

type IdDeps = Pick<TransmissionDeps, 'daemon' | 'register'>;

export function torrentsOf(given: Arguments, deps: IdDeps): LibraryTorrent[] {
  if (!given.has('ids')) return [...deps.daemon.library.torrents()];
  const ids = given.get('ids');
  const found = new Set<LibraryTorrent>();
  for (const id of Array.isArray(ids) ? ids : [ids]) for (const entry of named(id, deps)) found.add(entry);
  return [...found];
}

export function asksForRecent(given: Arguments): boolean {
  return isRecent(given.get('ids'));
}

function named(id: unknown, { daemon, register }: IdDeps): readonly LibraryTorrent[] {
  if (isRecent(id)) return register.recentlyActive();
  const entry =
    typeof id === 'number'
      ? register.numbered(id)
      : typeof id === 'string'
        ? daemon.library.find(id.toLowerCase())
        : undefined;
  return entry === undefined ? [] : [entry];
}

function isRecent(id: unknown): boolean {
  return typeof id === 'string' && id.length < 32 && snakeName(id) === 'recently_active';
}
