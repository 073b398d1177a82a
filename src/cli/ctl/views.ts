// What `swarmline ctl` shows a person of what the daemon has answered. Lines; who prints them is not known here.

import type {
  FileRow,
  PeerRow,
  SessionFacts,
  TorrentDetails,
  TorrentLogLine,
  TorrentRow,
  TrackerRow,
} from '../../rpc/methods.ts';
import { displayText, shortHash } from '../output/display-text.ts';
import { drawFields, type Field } from '../output/fields.ts';
import {
  formatBytes,
  formatCount,
  formatDate,
  formatDuration,
  formatPieceLength,
  formatPlural,
  formatRate,
  UNKNOWN,
} from '../output/figures.ts';
import type { Paint } from '../output/paint.ts';
import { drawTable, type TableOptions } from '../output/table.ts';
import { limitFields } from './limit-fields.ts';

export function drawList(rows: readonly TorrentRow[], options: TableOptions): string[] {
  const { paint } = options;
  return drawTable(
    [
      { title: 'ID' },
      { title: 'Name', shrinks: true },
      { title: 'State' },
      { title: 'Done', isFigure: true },
      { title: 'Size', isFigure: true },
      { title: '↓', isFigure: true },
      { title: '↑', isFigure: true },
      { title: 'Ratio', isFigure: true },
      { title: 'Left', isFigure: true },
      { title: 'Peers', isFigure: true },
    ],
    rows.map(row => [
      row.id.slice(0, 8),
      displayText(row.name),
      stateWord(row, paint),
      formatShare(row.progress),
      formatBytes(row.length ?? undefined),
      row.downRate > 0 ? paint.received(formatRate(row.downRate)) : '',
      row.upRate > 0 ? paint.given(formatRate(row.upRate)) : '',
      formatRatio(row.ratio),
      row.left === 0 ? '' : formatDuration(row.eta ?? undefined),
      `${row.peers}`,
    ]),
    options,
  );
}

export function drawDetails(torrent: TorrentDetails, paint: Paint): string[] {
  const { length, labels, version } = torrent;
  const fields: Field[] = [
    ['State', `${stateWord(torrent, paint)}, ${formatShare(torrent.progress)}`],
    ['Why', displayText(torrent.reason)],
    [
      'Size',
      length === null ? undefined : `${formatBytes(length)} in ${formatPlural(torrent.fileCount, 'file')}`,
    ],
    [
      'Left',
      torrent.left === 0
        ? undefined
        : `${formatBytes(torrent.left)}, ${formatDuration(torrent.eta ?? undefined)}`,
    ],
    ['Rates', `↓ ${formatRate(torrent.downRate)}   ↑ ${formatRate(torrent.upRate)}`],
    [
      'Fetched',
      `${formatBytes(torrent.downloaded)}${torrent.wasted > 0 ? `, ${formatBytes(torrent.wasted)} in vain` : ''}`,
    ],
    ['Given', `${formatBytes(torrent.uploaded)}, ratio ${formatRatio(torrent.ratio)}`],
    ['Peers', `${formatCount(torrent.peers)} of ${formatCount(torrent.knownPeers)} that are known`],
    ['Folder', displayText(torrent.downloadDir)],
    ['Goes to', torrent.movesTo === null ? undefined : displayText(torrent.movesTo)],
    ['Labels', labels.length === 0 ? undefined : labels.map(displayText).join(', ')],
    ['Queue', `${torrent.queue + 1}${torrent.isForced ? ', forced' : ''}`],
    ['Added', formatDate(Math.floor(torrent.addedAt / 1000))],
    [
      'Complete',
      torrent.completedAt === null ? undefined : formatDate(Math.floor(torrent.completedAt / 1000)),
    ],
    ['Active', `${formatDuration(torrent.activeMs)}, seeding ${formatDuration(torrent.seedingMs)}`],
    [
      'Pieces',
      torrent.pieceLength === null
        ? undefined
        : `${formatCount(torrent.piecesHave)} of ${formatCount(torrent.pieceCount)}, ${formatPieceLength(torrent.pieceLength)} each`,
    ],
    ...limitFields({ ...torrent.limits, ...torrent.seedLimits }),
    ['Version', version ?? undefined],
    ['Info hash v1', torrent.infoHashV1 ?? undefined],
    ['Info hash v2', torrent.infoHashV2 ?? undefined],
    ['Magnet', displayText(torrent.magnet)],
  ];
  return [paint.strong(displayText(torrent.name)), '', ...drawFields(fields, paint)];
}

export function drawFiles(files: readonly FileRow[], options: TableOptions): string[] {
  return drawTable(
    [
      { title: 'No', isFigure: true },
      { title: 'File', shrinks: true },
      { title: 'Size', isFigure: true },
      { title: 'Done', isFigure: true },
      { title: 'Priority' },
    ],
    files.map(({ index, path, length, have, priority }) => [
      `${index}`,
      displayText(path),
      formatBytes(length),
      formatShare(length === 0 ? 1 : have / length),
      priority === 'skip' ? options.paint.idle(priority) : priority,
    ]),
    options,
  );
}

export function drawPeers(peers: readonly PeerRow[], options: TableOptions): string[] {
  const { paint } = options;
  return drawTable(
    [
      { title: 'Address' },
      { title: 'Client', shrinks: true },
      { title: 'Has', isFigure: true },
      { title: '↓', isFigure: true },
      { title: '↑', isFigure: true },
      { title: 'Fetched', isFigure: true },
      { title: 'Given', isFigure: true },
      { title: 'What it does' },
    ],
    peers.map(peer => [
      displayText(peer.address),
      displayText(peer.client || UNKNOWN),
      formatShare(peer.progress),
      peer.downRate > 0 ? paint.received(formatRate(peer.downRate)) : '',
      peer.upRate > 0 ? paint.given(formatRate(peer.upRate)) : '',
      formatBytes(peer.downloaded),
      formatBytes(peer.uploaded),
      peerWords(peer),
    ]),
    options,
  );
}

export function drawTrackers(
  { trackers, webSeeds }: { readonly trackers: readonly TrackerRow[]; readonly webSeeds: readonly string[] },
  now: number,
  options: TableOptions,
): string[] {
  if (trackers.length === 0 && webSeeds.length === 0) return ['It has no tracker, and no web seed.'];
  const lines = drawTable(
    [
      { title: 'Tier', isFigure: true },
      { title: 'Tracker', shrinks: true },
      { title: 'State' },
      { title: 'Seeds', isFigure: true },
      { title: 'Leechers', isFigure: true },
      { title: 'Next', isFigure: true },
    ],
    trackers.map(({ tier, url, state, seeds, leechers, nextAnnounceAt }) => [
      `${tier + 1}`,
      displayText(url),
      state === 'failed' || state === 'unusable' ? options.paint.failed(state) : state,
      seeds === null ? UNKNOWN : formatCount(seeds),
      leechers === null ? UNKNOWN : formatCount(leechers),
      nextAnnounceAt === null ? UNKNOWN : formatDuration(Math.max(0, nextAnnounceAt - now)),
    ]),
    options,
  );
  for (const { url, error, warning } of trackers) {
    if (error !== null) lines.push(`${options.paint.failed('✗')} ${displayText(`${url}: ${error}`)}`);
    else if (warning !== null)
      lines.push(`${options.paint.failed('!')} ${displayText(`${url}: ${warning}`)}`);
  }
  return [...lines, ...webSeeds.map(url => `Web seed ${displayText(url)}`)];
}

export function drawLog(lines: readonly TorrentLogLine[], paint: Paint): string[] {
  const marks = { info: paint.idle('·'), warning: paint.failed('!'), error: paint.failed('✗') };
  return lines.map(
    ({ time, level, text }) =>
      `${paint.idle(formatDate(Math.floor(time / 1000)))} ${marks[level]} ${displayText(text)}`,
  );
}

export function drawSession(facts: SessionFacts, paint: Paint): string[] {
  const counts = (of: Readonly<Record<string, number>>) =>
    Object.entries(of)
      .sort(([, a], [, b]) => b - a)
      .slice(0, 12)
      .map(([name, count]) => `${displayText(name)} ${formatCount(count)}`);
  const fields: Field[] = [
    ['Up for', formatDuration(facts.now - facts.startedAt)],
    [
      'Torrents',
      `${formatCount(facts.torrents)}${facts.torrents === 0 ? '' : `: ${counts(facts.states).join(', ')}`}`,
    ],
    ['Rates', `↓ ${formatRate(facts.downRate)}   ↑ ${formatRate(facts.upRate)}`],
    ['Fetched', formatBytes(facts.downloaded)],
    [
      'Given',
      `${formatBytes(facts.uploaded)}, ratio ${formatRatio(facts.downloaded === 0 ? null : facts.uploaded / facts.downloaded)}`,
    ],
    ['Connections', formatCount(facts.connections)],
    ['Peers reach it', facts.listening ?? 'nowhere'],
    ['Reachable', displayText(facts.reach.verdict)],
    ['Seen as', facts.externalIp ?? undefined],
    ['DHT', facts.dhtNodes === null ? 'off' : formatPlural(facts.dhtNodes, 'node')],
    ['Downloads to', displayText(facts.downloadDir)],
    ['Room there', formatBytes(facts.freeSpace ?? undefined)],
    ['Labels', counts(facts.labels)],
    ['Trackers', counts(facts.trackers)],
  ];
  return [paint.strong(`Swarmline ${displayText(facts.version)}`), '', ...drawFields(fields, paint)];
}

export function stateWord({ state }: Pick<TorrentRow, 'state'>, paint: Paint): string {
  if (state === 'downloading') return paint.received(state);
  if (state === 'seeding') return paint.complete(state);
  if (state === 'failed') return paint.failed(state);
  return state === 'paused' || state === 'queued' ? paint.idle(state) : state;
}

/** `id name`, for what is told of one. */
export function nameOf({ id, name }: Pick<TorrentRow, 'id' | 'name'>): string {
  return name === id ? shortHash(id) : `"${displayText(name)}"`;
}

/** Never `100 %` before the last of it is there. */
export function formatShare(share: number): string {
  return share >= 1 ? '100 %' : `${(Math.floor(share * 1000) / 10).toFixed(1)} %`;
}

function formatRatio(ratio: number | null): string {
  return ratio === null ? UNKNOWN : ratio.toFixed(2);
}

function peerWords(peer: PeerRow): string {
  const words = [
    peer.isWebSeed && 'web seed',
    peer.amInterested && (peer.peerChoking ? 'chokes us' : 'gives'),
    peer.peerInterested && (peer.amChoking ? 'is choked' : 'takes'),
    peer.isSnubbed && 'snubbed',
    peer.isOptimistic && 'on trial',
    peer.isEncrypted && 'encrypted',
    peer.transport === 'utp' && 'uTP',
    peer.isIncoming && 'dialled us',
  ];
  return words.filter(word => word !== false).join(', ');
}
