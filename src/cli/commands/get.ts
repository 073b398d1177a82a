// `swarmline get`: fetches what a torrent file, a magnet link or an address names, checks every piece, and goes on seeding.

import { mkdir } from 'node:fs/promises';
import type { Command } from 'commander';
import { SwarmlineError } from '../../core/errors.ts';
import type { IndexRange, Magnet } from '../../core/metainfo/magnet.ts';
import type { Metainfo } from '../../core/metainfo/metainfo.ts';
import { describeSystemError } from '../../io/file-fault.ts';
import { nodeHttpClient } from '../../io/http-client.ts';
import type { AddOptions, SessionTorrent } from '../../session/session-torrent.ts';
import { Exchange } from '../exchange.ts';
import { INTERRUPTED } from '../interrupt.ts';
import { addExamples, newCommand } from '../new-command.ts';
import * as values from '../option-values.ts';
import { displayText } from '../output/display-text.ts';
import { formatBytes, formatElapsed, formatPlural, formatRate } from '../output/figures.ts';
import { SwarmView } from '../output/swarm-view.ts';
import type { Terminal } from '../terminal.ts';
import { parseTorrentFile, readTorrentArgument, type TorrentArgument } from '../torrent-argument.ts';
import { untilInterrupted } from '../until-interrupted.ts';

interface Flags {
  readonly output: string;
  readonly seed: boolean;
  readonly peer?: readonly { host: string; port: number }[];
  readonly tracker?: readonly string[];
  readonly port?: number;
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
  const { trackers, peers, add } = await wantedFrom(argument, flags.output, terminal);
  try {
    await mkdir(flags.output, { recursive: true });
  } catch (error) {
    throw new SwarmlineError(
      'OUTPUT_FAILED',
      `The folder "${flags.output}" cannot be made: ${describeSystemError(error)}.`,
      { where: flags.output, cause: error },
    );
  }
  const start = performance.now();
  const exchange = await Exchange.start({
    add,
    trackers: [...trackers, ...(flags.tracker ?? []).map(url => [url])],
    peers: [...peers, ...(flags.peer ?? [])],
    ...(flags.port === undefined ? {} : { port: flags.port }),
  });
  const { torrent } = exchange;
  const view = new SwarmView({ torrent, stream: terminal.err, trackerFault: () => exchange.trackerFault });
  let isComplete = false;
  torrent.on('complete', ({ wasThere }) => {
    isComplete = true;
    view.pause(() => terminal.out.line(completeLine(torrent, wasThere, performance.now() - start, terminal)));
  });
  try {
    const end = await untilInterrupted(ending(torrent, flags.seed));
    if (end instanceof SwarmlineError) throw end;
    if (!isComplete) {
      terminal.exitStatus = INTERRUPTED;
      view.close();
      await terminal.err.line('Stopped before it was complete; run the same command again to go on.');
    }
  } finally {
    view.close();
    await exchange.close();
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

async function wantedFrom(argument: string, downloadDir: string, terminal: Terminal): Promise<Wanted> {
  const read = /^https?:\/\//i.test(argument)
    ? await fetchTorrent(argument)
    : await readTorrentArgument(argument, terminal);
  if (read.kind === 'file') {
    const { metainfo } = parseTorrentFile(read);
    return { add: { info: metainfo, downloadDir }, trackers: metainfo.trackers, peers: [] };
  }
  const { magnet } = read;
  const { selectOnly } = magnet;
  const files = selectOnly === undefined ? {} : { files: indicesOf(selectOnly) };
  return {
    add: { magnet, downloadDir, ...files },
    trackers: magnet.trackers.map(url => [url]),
    peers: magnet.peers,
  };
}

/** The files that BEP 53's ranges name; a torrent has no more files than MAX_FILES, whatever a link says. */
function indicesOf(ranges: readonly IndexRange[]): number[] {
  const indices = new Set<number>();
  for (const { first, last } of ranges)
    for (let i = first; i <= Math.min(last, MAX_FILES); i++) indices.add(i);
  return [...indices];
}

async function fetchTorrent(url: string): Promise<TorrentArgument> {
  const { status, body } = await nodeHttpClient().get({ url, timeoutMs: 30_000, maxBytes: 64 * 1024 * 1024 });
  if (status !== 200)
    throw new SwarmlineError(
      'HTTP_STATUS',
      `${url} answered with HTTP status ${status}, not with a torrent.`,
      { where: url },
    );
  return { kind: 'file', label: url, path: undefined, bytes: body };
}

function completeLine(
  torrent: SessionTorrent,
  wasThere: boolean,
  elapsedMs: number,
  { out }: Terminal,
): string {
  const { files, layout, name } = torrent.info as Metainfo;
  const what = `${formatPlural(files.length, 'file')}, ${formatBytes(layout.dataLength)}, every piece checked`;
  const speed = wasThere
    ? 'it was here already'
    : `${formatElapsed(elapsedMs)}, ${formatRate((layout.dataLength / elapsedMs) * 1000)}`;
  return `${out.paint.complete('✓')} ${out.paint.strong(displayText(name))} is complete: ${what} (${speed}).`;
}

const MAX_FILES = 1_000_000;
