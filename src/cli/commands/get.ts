// `swarmline get`: fetches what a torrent file, a magnet link or an address names, checks every piece, and goes on seeding.

import type { Command } from 'commander';
import { SwarmlineError } from '../../core/errors.ts';
import { type Magnet, selectedIndices } from '../../core/metainfo/magnet.ts';
import { describeSystemError, systemCode } from '../../io/file-fault.ts';
import { nodeHttpClient } from '../../io/http-client.ts';
import { Line } from '../../io/line.ts';
import { makeFolder } from '../../io/make-folder.ts';
import { reachedFrom } from '../../io/proxy-url.ts';
import type { Allocation } from '../../session/add-options.ts';
import { boundHttp } from '../../session/bound-http.ts';
import type { AddOptions, SessionTorrent } from '../../session/session-torrent.ts';
import { type FileFlags, filePriorities } from '../file-choice.ts';
import { INTERRUPTED, interruptible, untilAborted } from '../interrupt.ts';
import { addExamples, collect, newCommand } from '../new-command.ts';
import * as values from '../option-values.ts';
import type { Terminal } from '../terminal.ts';
import {
  parseTorrentFile,
  readTorrentArgument,
  type TorrentArgument,
  torrentFrom,
} from '../torrent-argument.ts';
import { completeLine, transfer } from '../transfer.ts';
import {
  addTransferOptions,
  lineChoice,
  networkOptions,
  resumeOptions,
  seedLimits,
  type TransferFlags,
} from '../transfer-options.ts';

interface Flags extends TransferFlags, FileFlags {
  readonly sequential?: boolean;
  readonly output: string;
  readonly seed: boolean;
  readonly allocate?: Allocation;
}

export function command(terminal: Terminal): Command {
  const get = newCommand(terminal, 'get', 'Fetch what a torrent names, and go on seeding it.')
    .argument('<torrent>', 'a torrent file, a magnet link, an http address of a torrent file, or "-"')
    .option('-o, --output <folder>', 'where the files go', '.')
    .option('--files <which>', 'fetch these alone: numbers (0,2,4-6; "show --numbers") or a pattern', collect)
    .option('--skip <which>', 'do not fetch these', collect)
    .option('--high <which>', 'fetch these before the others', collect)
    .option('--low <which>', 'fetch these after the others', collect)
    .option('--sequential', 'fetch pieces in order, not the rarest first: to look at the beginning early')
    .option(
      '--allocate <how>',
      'how files get their room on the disk: sparse, as they fill, or full, before anything is fetched (default: sparse)',
      values.allocation,
    )
    .option('--no-seed', 'end when all is there; without it, seeding goes on until Ctrl-C');
  addTransferOptions(get).action((argument: string, flags: Flags) => run(argument, flags, terminal));
  return addExamples(get, terminal, [
    ['swarmline get album.torrent -o music', 'into the folder "music"'],
    ["swarmline get 'magnet:?xt=urn:btih:…'", 'by a magnet link; quote it, for it holds "&"'],
    [
      'swarmline get http://10.0.0.4:6969/album.torrent --no-seed',
      'from somebody who runs "swarmline share"',
    ],
    ['swarmline get film.torrent --allocate full', 'the disk cannot be full half-way'],
    [
      "swarmline get album.torrent --files '*.flac' --seed-ratio 2",
      'some of the files; ends when they were given twice',
    ],
    [
      'swarmline get album.torrent --json | jq \'select(.event == "progress").left\'',
      'what is left, in bytes',
    ],
  ]);
}

interface Wanted {
  readonly add: AddOptions;
  readonly trackers: readonly (readonly string[])[];
  readonly peers: Magnet['peers'];
}

async function run(argument: string, flags: Flags, terminal: Terminal): Promise<void> {
  await interruptible(async signal => {
    const wanted = await untilAborted(wantedFrom(argument, flags, terminal, signal), signal);
    if (wanted === 'interrupted') {
      terminal.exitStatus = INTERRUPTED;
      return;
    }
    await makeOutput(flags.output);
    await transfer(
      {
        exchange: {
          add: {
            ...wanted.add,
            isSequential: flags.sequential === true,
            seedLimits: seedLimits(flags),
            ...(flags.allocate && { allocation: flags.allocate }),
          },
          trackers: [...wanted.trackers, ...(flags.tracker ?? []).map(url => [url])],
          peers: [...wanted.peers, ...(flags.peer ?? [])],
          ...networkOptions(flags),
          ...resumeOptions(flags, flags.output),
        },
        seed: flags.seed,
        json: flags.json === true,
        completeLine: (torrent, elapsedMs) => completeLine(torrent, elapsedMs, terminal),
        metadata: torrent => chooseFiles(torrent, flags),
      },
      terminal,
      signal,
    );
  });
}

/** Of a magnet, once it is known what there is. What it is to be may be said in the link, too. */
function chooseFiles(torrent: SessionTorrent, flags: Flags): void {
  const priorities = filePriorities(flags, torrent.info!.files);
  if (priorities !== undefined) torrent.setFilePriorities(priorities);
}

async function makeOutput(path: string): Promise<void> {
  try {
    await makeFolder(path);
  } catch (error) {
    const sentence =
      systemCode(error) === 'EEXIST'
        ? `"${path}" is a file; the output has to be a folder.`
        : `The folder "${path}" cannot be made: ${describeSystemError(error)}.`;
    throw new SwarmlineError('OUTPUT_FAILED', sentence, { where: path, cause: error });
  }
}

async function wantedFrom(
  argument: string,
  flags: Flags,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Wanted> {
  const downloadDir = flags.output;
  const read = /^https?:\/\//i.test(argument)
    ? await fetchTorrent(argument, flags, signal)
    : await readTorrentArgument(argument, terminal);
  if (read.kind === 'file') {
    const { metainfo } = parseTorrentFile(read);
    const priorities = filePriorities(flags, metainfo.files);
    return {
      add: { info: metainfo, downloadDir, ...(priorities && { priorities }) },
      trackers: metainfo.trackers,
      peers: [],
    };
  }
  const { magnet } = read;
  const { selectOnly } = magnet;
  const files = selectOnly === undefined ? {} : { files: selectedIndices(selectOnly, MAX_FILES) };
  return {
    add: { magnet, downloadDir, ...files },
    trackers: magnet.trackers.map(url => [url]),
    peers: magnet.peers,
  };
}

async function fetchTorrent(url: string, flags: Flags, signal: AbortSignal): Promise<TorrentArgument> {
  const { proxy, bind = '::' } = flags;
  const choice = lineChoice(flags);
  const line = choice && (await Line.open(choice.device, choice.nameServers));
  const request = { url, timeoutMs: 30_000, maxBytes: 64 * 1024 * 1024, signal };
  const http =
    proxy === undefined
      ? boundHttp(nodeHttpClient({ line }), { host: bind, port: 0 })
      : nodeHttpClient({ proxy: reachedFrom(proxy, bind) });
  const { status, body } = await http.get(request);
  if (status !== 200)
    throw new SwarmlineError(
      'HTTP_STATUS',
      `${url} answered with HTTP status ${status}, not with a torrent.`,
      { where: url },
    );
  return torrentFrom(body, url);
}

// A torrent has no more files, whatever a link says.
const MAX_FILES = 1_000_000;
