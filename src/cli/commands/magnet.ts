// `swarmline magnet`: the magnet link of a torrent, on stdout and nothing else, so that it can be piped; with `--qr` also
// as a picture.

import type { Command } from 'commander';
import { ProtocolError, SwarmlineError } from '../../core/errors.ts';
import { linkFault } from '../../core/metainfo/link-fault.ts';
import {
  formatMagnet,
  type IndexRange,
  type Magnet,
  type MagnetPeer,
  magnetOf,
  parsePeer,
  parseSelection,
} from '../../core/metainfo/magnet.ts';
import { addExamples, collect, newCommand } from '../new-command.ts';
import { displayText } from '../output/display-text.ts';
import { drawQr, qrWidth } from '../output/qr.ts';
import { magnetJson } from '../output/torrent-json.ts';
import type { Terminal } from '../terminal.ts';
import { parseTorrentFile, readTorrentArgument } from '../torrent-argument.ts';
import { UsageError } from '../usage-error.ts';

interface MagnetOptions {
  readonly peer?: readonly string[];
  readonly select?: string;
  readonly exactSource?: readonly string[];
  readonly trackers: boolean;
  readonly webSeeds: boolean;
  readonly name: boolean;
  readonly length: boolean;
  readonly v1Only?: boolean;
  readonly v2Only?: boolean;
  readonly qr?: boolean;
  readonly json?: boolean;
}

export function command(terminal: Terminal): Command {
  const magnet = newCommand(terminal, 'magnet', 'Print the magnet link of a torrent.')
    .argument(
      '<torrent>',
      'a torrent file, a magnet link to change, an info hash, or "-" for what is piped in',
    )
    .option('--qr', 'draw a QR code of the link below it')
    .option('--peer <host:port>', 'name a peer to ask first (x.pe); may be repeated', collect)
    .option('--select <files>', 'name the files to download, counted from 0: 0,2,4-6 (so, BEP 53)')
    .option('--exact-source <url>', 'say where the torrent file can be had (xs); may be repeated', collect)
    .option('--no-trackers', 'leave the trackers out')
    .option('--no-web-seeds', 'leave the web seeds out')
    .option('--no-name', 'leave the name out')
    .option('--no-length', 'leave the length out')
    .option('--v1-only', 'of a hybrid, give the v1 info hash alone')
    .option('--v2-only', 'of a hybrid, give the v2 info hash alone')
    .option('--json', 'print JSON for a program: the link and what is in it')
    .action((argument: string, options: MagnetOptions) => run(argument, options, terminal));
  return addExamples(magnet, terminal, [
    ['swarmline magnet album.torrent', 'the link, with both hashes of a hybrid, trackers and web seeds'],
    ['swarmline magnet --qr --no-trackers album.torrent', 'a short link, and a QR code to scan it from'],
    ['swarmline magnet --peer 192.168.1.5:6881 album.torrent', 'a link that finds you without a tracker'],
    [
      'swarmline magnet --select 0,4-6 album.torrent',
      'a link to some of the files ("show --numbers" counts them)',
    ],
  ]);
}

async function run(argument: string, options: MagnetOptions, terminal: Terminal): Promise<void> {
  // Before anything is read: a wrong option is wrong for every torrent.
  const peers = (options.peer ?? []).map(text => asUsage(`--peer ${text}`, () => parsePeer(text)));
  const selectOnly = options.select === undefined ? undefined : readSelect(options.select);
  if (options.v1Only === true && options.v2Only === true) {
    throw new UsageError('--v1-only and --v2-only leave no info hash: give one of them.');
  }
  if (options.json === true && options.qr === true)
    throw new UsageError('A QR code is for the eyes: leave out --qr or --json.');
  for (const source of options.exactSource ?? []) checkSource(source);
  const whole = await readMagnet(argument, selectOnly, terminal);
  const reduced = reduce(whole, { ...options, peers, selectOnly });
  const link = formatMagnet(reduced);
  if (options.json === true) {
    await terminal.out.line(JSON.stringify(magnetJson(reduced), null, 2));
    return;
  }
  await terminal.out.line(link);
  if (options.qr === true) await printQr(link, terminal);
}

async function readMagnet(
  argument: string,
  selectOnly: readonly IndexRange[] | undefined,
  terminal: Terminal,
): Promise<Magnet> {
  const read = await readTorrentArgument(argument, terminal);
  if (read.kind === 'magnet') {
    const { name, isNameBroken } = read.magnet;
    if (isNameBroken === true) {
      const { err } = terminal;
      await err.line(
        `${err.paint.strong('Note:')} the percent-encoding of the name in the link is broken: it becomes "${displayText(name!)}", as it stands there.`,
      );
    }
    return read.magnet;
  }
  const { metainfo } = parseTorrentFile(read, { checkPieceLayers: false, needsPieceLayers: false });
  const last = Math.max(-1, ...(selectOnly ?? []).map(range => range.last));
  if (last >= metainfo.files.length) {
    throw new UsageError(
      `--select names file ${last}, but the last of the torrent is ${metainfo.files.length - 1}.`,
    );
  }
  if (metainfo.private) {
    const { err } = terminal;
    await err.line(
      `${err.paint.strong('Note:')} the torrent is private; many programs refuse its magnet links.`,
    );
  }
  return magnetOf(metainfo);
}

interface Wishes extends Omit<MagnetOptions, 'peer' | 'select'> {
  readonly peers: readonly MagnetPeer[];
  readonly selectOnly: readonly IndexRange[] | undefined;
}

/** The magnet with what was asked for, and without what was not wanted. */
function reduce(magnet: Magnet, wishes: Wishes): Magnet {
  const { infoHashV1, infoHashV2, name, length, ...rest } = magnet;
  const withV1 = infoHashV1 !== undefined && wishes.v2Only !== true;
  const withV2 = infoHashV2 !== undefined && wishes.v1Only !== true;
  if (!withV1 && !withV2) {
    const [has, flag] = infoHashV1 === undefined ? ['v2', '--v1-only'] : ['v1', '--v2-only'];
    throw new SwarmlineError(
      'NO_SUCH_HASH',
      `The torrent is ${has} alone, so ${flag} leaves nothing to link to.`,
    );
  }
  return {
    ...rest,
    ...(withV1 ? { infoHashV1 } : {}),
    ...(withV2 ? { infoHashV2 } : {}),
    ...(name !== undefined && wishes.name ? { name } : {}),
    ...(length !== undefined && wishes.length ? { length } : {}),
    trackers: wishes.trackers ? magnet.trackers : [],
    webSeeds: wishes.webSeeds ? magnet.webSeeds : [],
    exactSources: [...magnet.exactSources, ...(wishes.exactSource ?? [])],
    peers: [...magnet.peers, ...wishes.peers],
    ...(wishes.selectOnly === undefined ? {} : { selectOnly: wishes.selectOnly }),
  };
}

async function printQr(link: string, { out, err }: Terminal): Promise<void> {
  const lines = drawQr(link, out.hasColours);
  await out.line(`\n${lines.join('\n')}`);
  const width = qrWidth(lines);
  if (out.columns !== undefined && width > out.columns) {
    const advice = 'Widen it, or make the link shorter with --no-trackers and --no-web-seeds.';
    await err.line(
      `${err.paint.strong('Note:')} the code is ${width} columns wide, the terminal ${out.columns}. ${advice}`,
    );
  }
}

/** BEP 46 has "urn:btpk:…" beside addresses. */
function checkSource(text: string): void {
  const isUrn = /^urn:[a-z0-9]+:[^\s]+$/i.test(text);
  if (!isUrn && linkFault(text, 'web seed')?.kind === 'form')
    throw new UsageError(`--exact-source: "${text}" is no address, such as https://example.org/a.torrent.`);
}

function readSelect(text: string): readonly IndexRange[] {
  return asUsage(`--select ${text}`, () => parseSelection(text));
}

/** What a magnet may not say is, said in an option, a fault of the command line. */
function asUsage<T>(said: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new UsageError(`"${said}" is wrong: ${error.message.replace(/^.*?: /, '')}`);
  }
}
