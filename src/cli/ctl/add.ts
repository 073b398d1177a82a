// `swarmline ctl add`: torrents from this machine's files and pipes go to the daemon as bytes; it fetches addresses itself.

import { formatMagnet, isMagnet } from '../../core/metainfo/magnet.ts';
import type { Params, TorrentRow } from '../../rpc/methods.ts';
import type { CtlFlags } from '../commands/ctl.ts';
import { type FileFlags, filePriorities } from '../file-choice.ts';
import type { Terminal } from '../terminal.ts';
import { parseTorrentFile, readTorrentArgument, type TorrentFileArgument } from '../torrent-argument.ts';
import { UsageError } from '../usage-error.ts';
import { connect } from './connect.ts';
import { seedLimitsOf, type TorrentLimitFlags, torrentLimitsOf } from './limit-flags.ts';
import { print } from './show.ts';
import { nameOf } from './views.ts';

interface AddFlags extends CtlFlags, TorrentLimitFlags, FileFlags {
  readonly downloadDir?: string;
  readonly label?: readonly string[];
  readonly tracker?: readonly string[];
  readonly paused?: boolean;
  readonly sequential?: boolean;
  readonly forced?: boolean;
  readonly superSeed?: boolean;
}

type AddParams = Params<'torrents.add'>;

export async function add(words: readonly string[], flags: AddFlags, terminal: Terminal): Promise<void> {
  const client = await connect(flags);
  const common: AddParams = {
    downloadDir: flags.downloadDir,
    labels: flags.label === undefined ? [] : [...flags.label],
    trackers: flags.tracker === undefined ? undefined : [...flags.tracker],
    isPaused: flags.paused ?? false,
    isSequential: flags.sequential ?? false,
    isForced: flags.forced ?? false,
    superSeed: flags.superSeed ?? false,
    limits: torrentLimitsOf(flags),
    seedLimits: seedLimitsOf(flags),
  };
  // All are read before any is added: one that cannot be read is found out in time.
  const sources: AddParams[] = [];
  for (const word of words) sources.push(await sourceOf(word, flags, terminal));
  const added: { torrent: TorrentRow; wasThere: boolean }[] = [];
  for (const source of sources) {
    const result = await client.ask('torrents.add', { ...common, ...source });
    added.push(result);
    if (flags.json !== true)
      await terminal.out.line(
        `${result.wasThere ? 'There already' : 'Added'}: ${nameOf(result.torrent)}  ${result.torrent.id}`,
      );
  }
  if (flags.json === true) await print(flags, added, terminal, () => []);
}

/** @throws as `readTorrentArgument` and `parseTorrentFile` */
async function sourceOf(word: string, flags: AddFlags, terminal: Terminal): Promise<AddParams> {
  const choosesFiles = [flags.files, flags.skip, flags.high, flags.low].some(texts => texts !== undefined);
  const source = await readSource(word, terminal);
  if (!choosesFiles) return source.params;
  if (source.file !== undefined)
    return {
      ...source.params,
      priorities: [...filePriorities(flags, parseTorrentFile(source.file).metainfo.files)!],
    };
  throw new UsageError(
    'Files can be chosen here of torrent files alone: add it with --paused, then "swarmline ctl files".',
  );
}

async function readSource(
  word: string,
  terminal: Terminal,
): Promise<{ params: AddParams; file?: TorrentFileArgument }> {
  if (/^https?:\/\//i.test(word)) return { params: { url: word } };
  // As it was typed: with all that is in it.
  if (isMagnet(word)) return { params: { magnet: word } };
  const read = await readTorrentArgument(word, terminal);
  if (read.kind === 'magnet') return { params: { magnet: formatMagnet(read.magnet) } };
  return { params: { torrent: Buffer.from(read.bytes).toString('base64') }, file: read };
}
