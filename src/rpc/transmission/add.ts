// `torrent_add`: a torrent by its file, its address, a magnet link, or an info hash.

import { fromBase64 } from '../../core/bytes/base64.ts';
import { ProtocolError, SwarmlineError } from '../../core/errors.ts';
import { isMagnet, parseMagnet } from '../../core/metainfo/magnet.ts';
import { parseMetainfo } from '../../core/metainfo/parse.ts';
import type { LibraryTorrent } from '../../daemon/library.ts';
import type { AddOptions } from '../../session/add-options.ts';
import { remembered } from '../actions.ts';
import type { Arguments } from './arguments.ts';
import { countOf } from './arguments.ts';
import type { TransmissionDeps } from './deps.ts';
import { changedFiles } from './file-settings.ts';
import { RpcFault } from './rpc-fault.ts';
import { nameOf } from './torrent-fields.ts';
import { checkedLabels, setFiles } from './torrent-settings.ts';

type Source = Pick<AddOptions, 'info' | 'magnet'>;

/** @throws RpcFault, SwarmlineError */
export async function addTorrent(given: Arguments, deps: TransmissionDeps): Promise<Record<string, unknown>> {
  const { daemon, settings, register, isAbsolutePath } = deps;
  const folder = given.text('download_dir');
  if (folder !== undefined && folder !== '' && !isAbsolutePath(folder))
    throw new RpcFault('PATH_NOT_ABSOLUTE', 'download directory path is not absolute');
  const labels = checkedLabels(given.list('labels') ?? []);
  const source = await sourceOf(given, deps);
  const files =
    source.info &&
    changedFiles(
      given,
      source.info.files.map(() => 'normal'),
      new Map(),
    );
  const maxPeers = countOf(given.get('peer_limit')) ?? settings.all.peerLimitPerTorrent;
  const options: AddOptions = {
    ...source,
    downloadDir: folder ? await daemon.deps.admitFolder(folder) : daemon.downloadDir,
    isPaused: given.flag('paused') ?? !settings.all.startAddedTorrents,
    isSequential: given.flag('sequential_download') ?? settings.all.sequentialDownload,
    ...(maxPeers > 0 && { limits: { maxPeers } }),
    ...(files && { priorities: files.priorities }),
  };
  try {
    const entry = await daemon.add(options, labels);
    for (const [file, priority] of files?.kept ?? [])
      register.notesOf(entry).filePriorities.set(file, priority);
    if (source.info === undefined) chooseWhenKnown(entry, given, deps);
    noteUnheeded(entry, given, deps);
    await remembered(daemon, [entry]);
    return { torrent_added: factsOf(entry, deps) };
  } catch (error) {
    const there = alreadyThere(error, source, deps);
    if (there === undefined) throw error;
    return { torrent_duplicate: factsOf(there, deps) };
  }
}

function factsOf(entry: LibraryTorrent, { register }: TransmissionDeps): object {
  const { number } = register.notesOf(entry);
  return { hash_string: entry.id, id: number, name: nameOf({ torrent: entry.torrent, entry }) };
}

/** `filename` is an address, a link, an info hash, or a file on this machine. @throws RpcFault, SwarmlineError */
async function sourceOf(given: Arguments, { daemon, readTorrentFile }: TransmissionDeps): Promise<Source> {
  const name = given.text('filename')?.trim() ?? '';
  const metainfo = given.text('metainfo');
  if (metainfo !== undefined && metainfo !== '') return parsed(fromBase64(metainfo), daemon.deps.hash);
  if (name === '') throw new RpcFault('INVALID_PARAMS', 'no filename or metainfo specified');
  if (/^https?:\/\//i.test(name)) return parsed(await daemon.deps.fetchTorrent(name), daemon.deps.hash);
  const magnet = magnetIn(name);
  if (magnet !== undefined) return magnet;
  return parsed(await readTorrentFile(name), daemon.deps.hash);
}

function magnetIn(text: string): Source | undefined {
  const link = isMagnet(text)
    ? text
    : /^[0-9a-f]{40}$/i.test(text)
      ? `magnet:?xt=urn:btih:${text}`
      : /^[0-9a-f]{64}$/i.test(text)
        ? `magnet:?xt=urn:btmh:1220${text}`
        : undefined;
  if (link === undefined) return undefined;
  try {
    return { magnet: parseMagnet(link) };
  } catch (error) {
    throw unrecognized(error);
  }
}

function parsed(bytes: Uint8Array | undefined, hash: TransmissionDeps['daemon']['deps']['hash']): Source {
  if (bytes === undefined) throw new RpcFault('UNRECOGNIZED_INFO', 'the metainfo is not base64');
  try {
    return { info: parseMetainfo(bytes, { hash }) };
  } catch (error) {
    throw unrecognized(error);
  }
}

function unrecognized(error: unknown): unknown {
  return error instanceof ProtocolError ? new RpcFault('UNRECOGNIZED_INFO', error.message) : error;
}

function alreadyThere(
  error: unknown,
  { info, magnet }: Source,
  { daemon: { session, library } }: TransmissionDeps,
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

/** Of a magnet: as soon as its files are known. */
function chooseWhenKnown(entry: LibraryTorrent, given: Arguments, deps: TransmissionDeps): void {
  const remove = entry.torrent.on('metadata', () => {
    remove();
    try {
      setFiles(entry, given, deps);
    } catch (error) {
      if (!(error instanceof RpcFault)) throw error;
      deps.daemon.library.note(entry, 'warning', `Its files were not chosen: ${error.message}.`);
    }
  });
}

/** What cannot be done is no reason not to add it; it is not passed over in silence either. */
function noteUnheeded(entry: LibraryTorrent, given: Arguments, { daemon }: TransmissionDeps): void {
  const unheeded = [
    (given.number('bandwidth_priority') ?? 0) !== 0 ? 'a bandwidth priority' : '',
    (given.number('sequential_download_from_piece') ?? 0) !== 0 ? 'a piece to begin with' : '',
    (given.text('cookies') ?? '') !== '' ? 'cookies' : '',
  ].filter(what => what !== '');
  if (unheeded.length > 0)
    daemon.library.note(
      entry,
      'warning',
      `It was added with ${unheeded.join(', ')}, which is not heeded here.`,
    );
}
