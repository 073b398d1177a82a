// `swarmline get`: fetches what a torrent file, a magnet link or an address names, checks every piece, and goes on seeding.

import { mkdir } from 'node:fs/promises';
import type { Command } from 'commander';
import { SwarmlineError } from '../../core/errors.ts';
import { type Magnet, selectedIndices } from '../../core/metainfo/magnet.ts';
import { describeSystemError, systemCode } from '../../io/file-fault.ts';
import { nodeHttpClient } from '../../io/http-client.ts';
import type { AddOptions, SessionTorrent } from '../../session/session-torrent.ts';
import { Exchange } from '../exchange.ts';
import { INTERRUPTED, interruptible, untilAborted } from '../interrupt.ts';
import { addExamples, newCommand } from '../new-command.ts';
import * as values from '../option-values.ts';
import { displayText } from '../output/display-text.ts';
import {
  formatBytes,
  formatCount,
  formatElapsed,
  formatGiven,
  formatPercent,
  formatPlural,
  formatRate,
} from '../output/figures.ts';
import { SwarmView } from '../output/swarm-view.ts';
import type { Terminal } from '../terminal.ts';
import { parseTorrentFile, readTorrentArgument, type TorrentArgument } from '../torrent-argument.ts';

interface Flags {
  readonly output: string;
  readonly seed: boolean;
  readonly peer?: readonly { host: string; port: number }[];
  readonly tracker?: readonly string[];
  readonly port?: number;
  readonly bind?: string;
}

export function command(terminal: Terminal): Command {
  const get = newCommand(terminal, 'get', 'Fetch what a torrent names, and go on seeding it.')
    .argument('<torrent>', 'a torrent file, a magnet link, an http address of a torrent file, or "-"')
    .option('-o, --output <folder>', 'where the files go', '.')
    .option('--no-seed', 'end when all is there; without it, seeding goes on until Ctrl-C')
    .option('--peer <host:port>', 'a peer to ask at once', values.many(values.hostAndPort))
    .option('-t, --tracker <url>', 'one more tracker', values.many(values.urlWith(...values.TRACKER_SCHEMES)))
    .option(
      '--port <port>',
      'where peers can reach this one (default: 6881, or any that is free)',
      values.portNumber,
    )
    .option('--bind <address>', 'listen at this address alone (default: every one)', values.ipAddress)
    .action((argument: string, flags: Flags) => run(argument, flags, terminal));
  return addExamples(get, terminal, [
    ['swarmline get album.torrent -o music', 'into the folder "music"'],
    ["swarmline get 'magnet:?xt=urn:btih:…'", 'by a magnet link; quote it, for it holds "&"'],
    [
      'swarmline get http://10.0.0.4:6969/album.torrent --no-seed',
      'from somebody who runs "swarmline share"',
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
    const wanted = await untilAborted(wantedFrom(argument, flags.output, terminal, signal), signal);
    if (wanted === 'interrupted') {
      terminal.exitStatus = INTERRUPTED;
      return;
    }
    await makeFolder(flags.output);
    const start = performance.now();
    const exchange = await Exchange.start({
      add: wanted.add,
      trackers: [...wanted.trackers, ...(flags.tracker ?? []).map(url => [url])],
      peers: [...wanted.peers, ...(flags.peer ?? [])],
      ...(flags.port === undefined ? {} : { port: flags.port }),
      ...(flags.bind === undefined ? {} : { bind: flags.bind }),
    });
    const { torrent } = exchange;
    const view = new SwarmView({
      torrent,
      stream: terminal.err,
      fault: () => exchange.fault,
      hasTitle: true,
    });
    let isComplete = false;
    torrent.on('complete', ({ wasThere }) => {
      isComplete = true;
      const elapsedMs = wasThere ? undefined : performance.now() - start;
      view.pause(() => terminal.out.line(completeLine(torrent, wanted.add.files, elapsedMs, terminal)));
    });
    try {
      const end = await untilAborted(ending(torrent, flags.seed), signal);
      view.close();
      if (end instanceof SwarmlineError) throw end;
      if (!isComplete) terminal.exitStatus = INTERRUPTED;
      if (end === 'interrupted')
        await terminal.err.line(isComplete ? gaveLine(torrent) : stoppedLine(torrent));
    } finally {
      view.close();
      await exchange.close();
    }
  });
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    const sentence =
      systemCode(error) === 'EEXIST'
        ? `"${path}" is a file; the output has to be a folder.`
        : `The folder "${path}" cannot be made: ${describeSystemError(error)}.`;
    throw new SwarmlineError('OUTPUT_FAILED', sentence, { where: path, cause: error });
  }
}

/** When there is nothing more to do: an error, or completion where nobody wants to seed. */
function ending(torrent: SessionTorrent, seed: boolean): Promise<SwarmlineError | 'complete'> {
  return new Promise(resolve => {
    torrent.on('error', resolve);
    torrent.on('complete', () => {
      if (!seed) resolve('complete');
    });
    if (torrent.error !== undefined) resolve(torrent.error);
  });
}

async function wantedFrom(
  argument: string,
  downloadDir: string,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Wanted> {
  const read = /^https?:\/\//i.test(argument)
    ? await fetchTorrent(argument, signal)
    : await readTorrentArgument(argument, terminal);
  if (read.kind === 'file') {
    const { metainfo } = parseTorrentFile(read);
    return { add: { info: metainfo, downloadDir }, trackers: metainfo.trackers, peers: [] };
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

async function fetchTorrent(url: string, signal: AbortSignal): Promise<TorrentArgument> {
  const request = { url, timeoutMs: 30_000, maxBytes: 64 * 1024 * 1024, signal };
  const { status, body } = await nodeHttpClient().get(request);
  if (status !== 200)
    throw new SwarmlineError(
      'HTTP_STATUS',
      `${url} answered with HTTP status ${status}, not with a torrent.`,
      { where: url },
    );
  return { kind: 'file', label: url, path: undefined, bytes: body };
}

/** `chosen`: the files that were wanted, where that is not all. `elapsedMs` is undefined where all was here already. */
function completeLine(
  torrent: SessionTorrent,
  chosen: readonly number[] | undefined,
  elapsedMs: number | undefined,
  { out }: Terminal,
): string {
  const { files, layout, name } = torrent.info!;
  const isChosen = new Set(chosen);
  const wanted = chosen === undefined ? files : files.filter((_, i) => isChosen.has(i));
  const length = wanted.reduce((sum, file) => sum + file.length, 0);
  const count =
    wanted.length === files.length
      ? ''
      : `${formatPlural(wanted.length, 'file')} of ${formatCount(files.length)}`;
  const what = `${count === '' ? formatPlural(files.length, 'file') : count}, ${formatBytes(length)}, every piece checked`;
  const fetched = Math.min(torrent.stats().downloaded, layout.dataLength);
  const speed =
    elapsedMs === undefined
      ? 'it was here already'
      : `${formatElapsed(elapsedMs)}, ${formatRate((fetched / elapsedMs) * 1000)}`;
  return `${out.paint.complete('✓')} ${out.paint.strong(displayText(name))} is complete: ${what} (${speed}).`;
}

/** After seeding. */
function gaveLine(torrent: SessionTorrent): string {
  return `Gave ${formatGiven(torrent.stats().uploaded)} to others.`;
}

function stoppedLine(torrent: SessionTorrent): string {
  const total = torrent.info?.layout.dataLength;
  const done = total === undefined ? 0 : total - torrent.stats().left;
  const share =
    total === undefined || done === 0 ? 'before it was complete' : `at ${formatPercent(done, total)}`;
  return `Stopped ${share}; run the same command again to go on.`;
}

// A torrent has no more files, whatever a link says.
const MAX_FILES = 1_000_000;
