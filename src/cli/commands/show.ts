// `swarmline show`: all that a torrent file or a magnet link says, for a person or as JSON. Reads nothing but that.

import { type Command, InvalidArgumentError } from 'commander';
import { toHex } from '../../core/bytes/hex.ts';
import { formatSelection, type Magnet } from '../../core/metainfo/magnet.ts';
import type { Metainfo } from '../../core/metainfo/metainfo.ts';
import { addExamples, newCommand } from '../new-command.ts';
import { aroundFields, formatHostPort } from '../output/around-fields.ts';
import { displayLines, displayText } from '../output/display-text.ts';
import { drawFields, type Field } from '../output/fields.ts';
import { formatBytes, formatCount, formatDate, formatPieceLength, formatPlural } from '../output/figures.ts';
import { drawFileTree } from '../output/file-tree.ts';
import type { Paint } from '../output/paint.ts';
import { magnetJson, magnetVersion, torrentJson } from '../output/torrent-json.ts';
import type { Terminal } from '../terminal.ts';
import { type ParsedTorrent, parseTorrentFile, readTorrentArgument } from '../torrent-argument.ts';

interface ShowOptions {
  readonly json?: boolean;
  readonly depth?: number;
  readonly numbers?: boolean;
}

export function command(terminal: Terminal): Command {
  const show = newCommand(terminal, 'show', 'Show what is in a torrent file or a magnet link.')
    .argument('<torrent>', 'a torrent file, a magnet link, an info hash, or "-" for what is piped in')
    .option('--json', 'print JSON for a program')
    .option('--depth <levels>', 'open so many levels of folders', wholeNumber)
    .option('--numbers', 'number the files, as "swarmline magnet --select" takes them')
    .action((argument: string, options: ShowOptions) => run(argument, options, terminal));
  return addExamples(show, terminal, [
    ['swarmline show album.torrent', 'name, hashes, trackers, and the tree of files'],
    ['swarmline show --depth 1 album.torrent', 'the same with folders closed'],
    ['swarmline show --json album.torrent | jq -r .infoHashV1', 'the v1 info hash alone'],
    ['curl -s https://example.org/a.torrent | swarmline show -', 'a torrent from a pipe'],
  ]);
}

async function run(argument: string, options: ShowOptions, terminal: Terminal): Promise<void> {
  const { out } = terminal;
  const read = await readTorrentArgument(argument, terminal);
  if (read.kind === 'magnet') {
    const { magnet } = read;
    await out.line(
      options.json === true ? JSON.stringify(magnetJson(magnet), null, 2) : describeMagnet(magnet, out.paint),
    );
    return;
  }
  // The layers are no part of what is shown, and `lint` checks them.
  const parsed = parseTorrentFile(read, { checkPieceLayers: false, needsPieceLayers: false });
  if (options.json === true) {
    const json = torrentJson(parsed.metainfo, parsed.faultOfForm === undefined);
    await out.line(JSON.stringify(json, null, 2));
    return;
  }
  const tree = drawFileTree(parsed.metainfo.files, {
    paint: out.paint,
    ...(options.depth === undefined ? {} : { depth: options.depth }),
    ...(options.numbers === undefined ? {} : { numbers: options.numbers }),
    ...(out.columns === undefined ? {} : { columns: out.columns - 2 }),
  });
  const lines = [...describeTorrent(parsed, out.paint), '', ...tree.map(line => `  ${line}`)];
  await out.line(lines.join('\n'));
}

function describeTorrent({ metainfo: torrent, faultOfForm }: ParsedTorrent, paint: Paint): string[] {
  const { layout } = torrent;
  const size =
    layout.dataLength < 1024
      ? formatBytes(layout.dataLength)
      : `${formatBytes(layout.dataLength)} (${formatCount(layout.dataLength)} bytes)`;
  const fields: Field[] = [
    ['Version', VERSION_WORDS[torrent.version]],
    ['Info hash v1', torrent.infoHashV1 && toHex(torrent.infoHashV1)],
    ['Info hash v2', torrent.infoHashV2 && toHex(torrent.infoHashV2)],
    ['Size', `${size} in ${formatPlural(torrent.files.length, 'file')}`],
    ['Pieces', `${formatCount(layout.pieceCount)} of ${formatPieceLength(torrent.pieceLength)}`],
    ...aroundFields(torrent, paint),
    ['Created', createdLine(torrent)],
    ['Comment', torrent.comment && displayLines(torrent.comment)],
    ['Note', notesOf(torrent, faultOfForm)],
  ];
  return [paint.strong(displayText(torrent.name)), '', ...drawFields(fields, paint)];
}

/** What may keep other programs from taking it; "lint" says more. */
function notesOf(torrent: Metainfo, faultOfForm: ParsedTorrent['faultOfForm']): string[] {
  const { files, pieceLength, pieceLayers } = torrent;
  const isIncomplete = files.some(
    ({ length, piecesRoot }) =>
      piecesRoot !== undefined && length > pieceLength && !pieceLayers.has(toHex(piecesRoot)),
  );
  return [
    ...(faultOfForm === undefined
      ? []
      : [`not canonical bencoding (${faultOfForm.where}): some programs refuse it`]),
    ...(isIncomplete ? ['piece layers are missing: programs take its magnet link, and not the file'] : []),
  ];
}

function describeMagnet(magnet: Magnet, paint: Paint): string {
  const fields: Field[] = [
    ['Version', VERSION_WORDS[magnetVersion(magnet)]],
    ['Info hash v1', magnet.infoHashV1 && toHex(magnet.infoHashV1)],
    ['Info hash v2', magnet.infoHashV2 && toHex(magnet.infoHashV2)],
    ['Size', magnet.length === undefined ? undefined : formatBytes(magnet.length)],
    ['Files', magnet.selectOnly && `only ${formatSelection(magnet.selectOnly)}, counted from 0`],
    ['Trackers', magnet.trackers.map(displayText)],
    ['Web seeds', magnet.webSeeds.map(displayText)],
    ['Sources', magnet.exactSources.map(displayText)],
    ['If need be', magnet.acceptableSources.map(displayText)],
    ['Peers', magnet.peers.map(({ host, port }) => displayText(formatHostPort(host, port)))],
  ];
  const title =
    magnet.name === undefined
      ? paint.idle('a torrent without a name')
      : paint.strong(displayText(magnet.name));
  const end = paint.idle(
    'A magnet link names a torrent: its files are known once a peer has sent the metadata.',
  );
  return [title, '', ...drawFields(fields, paint), '', `  ${end}`].join('\n');
}

function createdLine({ creationDate, createdBy }: Metainfo): string | undefined {
  const date = creationDate === undefined ? '' : formatDate(creationDate);
  const by = createdBy === undefined ? '' : `by ${displayText(createdBy)}`;
  const line = `${date} ${by}`.trim();
  return line === '' ? undefined : line;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('It should be a whole number.');
  return Number(text);
}

const VERSION_WORDS = {
  v1: 'v1',
  v2: 'v2',
  hybrid: 'hybrid (v1 and v2)',
};
