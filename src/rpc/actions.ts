// What each method does. Control plane: what is asked has been read and checked already (`dispatch`).

import { fromBase64 } from '../core/bytes/base64.ts';
import { SwarmlineError } from '../core/errors.ts';
import { parseMagnet } from '../core/metainfo/magnet.ts';
import { parseMetainfo } from '../core/metainfo/parse.ts';
import type { Daemon } from '../daemon/daemon.ts';
import type { LibraryTorrent } from '../daemon/library.ts';
import type { RateHistory, RateSeries } from '../daemon/rate-history.ts';
import type { AddOptions } from '../session/add-options.ts';
import type { TorrentLimits } from '../session/limits.ts';
import type { SeedLimits } from '../session/seed-limits.ts';
import type { ChangeFeed } from './changes.ts';
import { cancelCreation, creationOf, startCreation } from './create-actions.ts';
import { fromViews } from './limit-views.ts';
import { listTorrents } from './list.ts';
import type { MethodName, ReadParams, Result } from './methods.ts';
import { detailsOf, filesOf, peersOf, rowOf, trackersOf } from './rows.ts';
import { sessionFacts, setSession } from './session-facts.ts';
import type { ShareFacts } from './share-facts.ts';
import { checkTrackerUrls, setTorrents } from './torrent-settings.ts';

export interface ActionDeps {
  readonly daemon: Daemon;
  readonly changes: ChangeFeed;
  readonly rates: RateHistory;
  /** Where `swarmline share` asks. @default a daemon, which shares nothing of that kind */
  readonly share?: () => ShareFacts;
  /** Whatever would change something is refused. @default false */
  readonly isReadOnly?: boolean;
}

type Action<Name extends MethodName> = (
  params: ReadParams<Name>,
  deps: ActionDeps,
) => Result<Name> | Promise<Result<Name>>;

export const ACTIONS: { readonly [Name in MethodName]: Action<Name> } = {
  'session.get': (_, deps) => sessionFacts(deps),
  'session.rates': ({ span }, { rates }) =>
    viewOf(span === 'day' ? rates.sessionByMinutes() : rates.session()),
  'session.set': async (params, deps) => {
    const { daemon } = deps;
    setSession(daemon, params);
    await daemon.saved();
    return await sessionFacts(deps);
  },
  'torrents.list': (params, { daemon, changes }) => {
    const sequence = changes.listed();
    return { ...listTorrents(daemon.library, params), sequence };
  },
  'torrents.get': ({ id }, { daemon }) =>
    detailsOf(found(daemon, id), daemon.incomplete.targetOf(id) ?? null),
  'torrents.files': ({ id, offset, limit }, { daemon }) => {
    const entry = found(daemon, id);
    return { total: entry.torrent.files.length, files: filesOf(entry, offset, limit) };
  },
  'torrents.peers': ({ id }, { daemon }) => ({ peers: peersOf(found(daemon, id)) }),
  'torrents.trackers': ({ id }, { daemon }) => {
    const entry = found(daemon, id);
    const { clock } = daemon.deps;
    const offset = clock.wallTime() - clock.now();
    return {
      trackers: trackersOf(entry, at => at + offset),
      webSeeds: entry.torrent.webSeeds().map(({ url }) => url),
    };
  },
  'torrents.pieces': ({ id, cells }, { daemon }) => {
    const { have, inFlight, given, copies } = found(daemon, id).torrent.pieceMap(cells);
    return {
      have: Array.from(have, share => Math.round(share * 1000) / 1000),
      inFlight: [...inFlight],
      given: [...given],
      copies: [...copies],
    };
  },
  'torrents.rates': ({ id }, { daemon, rates }) => viewOf(rates.of(found(daemon, id).id)),
  'torrents.log': ({ id }, { daemon }) => ({ lines: [...found(daemon, id).log.lines] }),
  'torrents.add': add,
  'torrents.remove': async ({ ids, deleteData }, { daemon }) => {
    // All at once: each says goodbye to its trackers, some of which never answer, and records are forgotten together.
    const removals = named(daemon, ids).map(entry => daemon.library.remove(entry, deleteData));
    const results = await Promise.allSettled(removals);
    await daemon.saved();
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    return { removed: results.length };
  },
  'torrents.start': each(({ torrent }) => torrent.resume()),
  'torrents.stop': each(({ torrent }) => torrent.pause()),
  'torrents.recheck': each(({ torrent }) => torrent.recheck()),
  'torrents.reannounce': each(({ torrent }) => torrent.reannounce()),
  'torrents.queue': async ({ ids, to }, { daemon }) => {
    const entries = named(daemon, ids).sort((a, b) => a.torrent.queuePosition - b.torrent.queuePosition);
    // So that they keep the order that they have among themselves.
    if (to === 'top' || to === 'down') entries.reverse();
    for (const [i, entry] of entries.entries()) {
      if (to === 'top') entry.torrent.queueTop();
      else if (to === 'up') entry.torrent.queueUp();
      else if (to === 'down') entry.torrent.queueDown();
      else if (to === 'bottom') entry.torrent.queueBottom();
      else entry.torrent.setQueuePosition(to + i);
      daemon.library.touch(entry);
    }
    await remembered(daemon, entries);
    return { changed: entries.length };
  },
  'torrents.set': async (params, { daemon }) => {
    const entries = named(daemon, params.ids);
    setTorrents(daemon.library, entries, params);
    await remembered(daemon, entries);
    return { changed: entries.length };
  },
  'torrents.setFiles': async ({ id, files }, { daemon }) => {
    const entry = found(daemon, id);
    const { torrent } = entry;
    const priorities = [...(torrent.filePriorities ?? torrent.files.map(() => 'normal' as const))];
    for (const { index, priority } of files) {
      if (priorities[index] === undefined)
        throw invalid('files', `There is no file ${index} in this torrent.`);
      priorities[index] = priority;
    }
    torrent.setFilePriorities(priorities);
    daemon.library.touch(entry);
    await remembered(daemon, [entry]);
    return { changed: files.length };
  },
  'torrents.move': async ({ id, to, ifThere }, { daemon }) => {
    const entry = found(daemon, id);
    await entry.torrent.moveTo(await daemon.deps.admitFolder(to), { ifThere });
    daemon.incomplete.forget(entry.id);
    daemon.library.touch(entry);
    return rowOf(entry);
  },
  'torrents.rename': async ({ id, index, name }, { daemon }) => {
    const entry = found(daemon, id);
    if (entry.torrent.info === undefined)
      throw new SwarmlineError('METADATA_UNKNOWN', 'It is not known yet what is in this torrent.');
    if (index === undefined) await entry.torrent.rename(name);
    else if (entry.torrent.files[index] === undefined)
      throw invalid('index', `There is no file ${index} in this torrent.`);
    else await entry.torrent.renameFile(index, name.split('/'));
    daemon.library.touch(entry);
    return rowOf(entry);
  },
  'create.start': (params, { daemon }) => startCreation(params, daemon),
  'create.get': ({ id }, { daemon }) => creationOf(id, daemon),
  'create.cancel': ({ id }, { daemon }) => cancelCreation(id, daemon),
};

async function add(
  params: ReadParams<'torrents.add'>,
  { daemon }: ActionDeps,
): Promise<Result<'torrents.add'>> {
  const { downloadDir, labels, limits, seedLimits, trackers, priorities } = params;
  checkTrackerUrls(trackers, 'trackers');
  const source = await sourceOf(params, daemon);
  const options: AddOptions = {
    ...source,
    downloadDir: downloadDir === undefined ? daemon.downloadDir : await daemon.deps.admitFolder(downloadDir),
    isPaused: params.isPaused,
    isSequential: params.isSequential,
    isForced: params.isForced,
    superSeed: params.superSeed,
    limits: fromViews<TorrentLimits>(limits),
    seedLimits: fromViews<SeedLimits>(seedLimits),
    ...(trackers && { trackers: trackers.map(url => [url]) }),
    ...(priorities && source.info && { priorities }),
  };
  try {
    const entry = await daemon.add(options, labels);
    await remembered(daemon, [entry]);
    return { torrent: rowOf(entry), wasThere: false };
  } catch (error) {
    const there = alreadyThere(error, source, daemon);
    if (there === undefined) throw error;
    return { torrent: rowOf(there), wasThere: true };
  }
}

async function sourceOf(
  { torrent, magnet, url }: ReadParams<'torrents.add'>,
  daemon: Daemon,
): Promise<Pick<AddOptions, 'info' | 'magnet'>> {
  const given = [torrent, magnet, url].filter(each => each !== undefined).length;
  if (given !== 1) throw invalid('torrent', 'One of "torrent", "magnet" and "url" is to be given.');
  if (magnet !== undefined) return { magnet: parseMagnet(asMagnet(magnet)) };
  const bytes = torrent === undefined ? await daemon.deps.fetchTorrent(url!) : fromBase64(torrent);
  if (bytes === undefined) throw invalid('torrent', '"torrent" should be a torrent file in base64.');
  // Many in the wild are not canonical; their info hashes are of the bytes as they are.
  return { info: parseMetainfo(bytes, { hash: daemon.deps.hash, lenient: true }) };
}

/** An info hash by itself is a magnet link of nothing else. */
function asMagnet(text: string): string {
  const trimmed = text.trim();
  if (/^[0-9a-f]{40}$/i.test(trimmed) || /^[2-7a-z]{32}$/i.test(trimmed))
    return `magnet:?xt=urn:btih:${trimmed}`;
  return /^[0-9a-f]{64}$/i.test(trimmed) ? `magnet:?xt=urn:btmh:1220${trimmed}` : trimmed;
}

function alreadyThere(
  error: unknown,
  { info, magnet }: Pick<AddOptions, 'info' | 'magnet'>,
  { session, library }: Daemon,
): LibraryTorrent | undefined {
  if (!(error instanceof SwarmlineError && error.code === 'TORRENT_EXISTS')) return undefined;
  const { infoHashV1, infoHashV2 } = info ?? magnet!;
  for (const hash of [infoHashV1, infoHashV2?.subarray(0, 20)]) {
    const torrent = hash && session.find(hash);
    const entry = torrent && library.entryOf(torrent);
    if (entry !== undefined) return entry;
  }
  return undefined;
}

function each(
  act: (entry: LibraryTorrent) => void,
): (params: { readonly ids: readonly string[] }, deps: ActionDeps) => Promise<{ changed: number }> {
  return async ({ ids }, { daemon }) => {
    const entries = named(daemon, ids);
    for (const entry of entries) {
      act(entry);
      daemon.library.touch(entry);
    }
    await remembered(daemon, entries);
    return { changed: entries.length };
  };
}

function viewOf({ everyMs, until, down, up }: RateSeries): Result<'session.rates'> {
  return { everyMs, until, down: [...down], up: [...up] };
}

/** What a client was told is done is done, whatever happens next. @throws SwarmlineError `STATE_NOT_WRITTEN` */
export async function remembered(daemon: Daemon, entries: readonly LibraryTorrent[]): Promise<void> {
  await Promise.all([daemon.saved(), ...entries.map(({ torrent }) => torrent.remembered())]);
}

/** @throws SwarmlineError `TORRENT_UNKNOWN`, before anything is done */
function named(daemon: Daemon, ids: readonly string[]): LibraryTorrent[] {
  return [...new Set(ids.map(id => found(daemon, id)))];
}

function found({ library }: Daemon, id: string): LibraryTorrent {
  const entry = library.find(id);
  if (entry !== undefined) return entry;
  throw new SwarmlineError('TORRENT_UNKNOWN', `There is no torrent ${id} here.`, { where: id });
}

function invalid(where: string, message: string): SwarmlineError {
  return new SwarmlineError('REQUEST_INVALID', message, { where });
}
