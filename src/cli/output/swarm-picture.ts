// The picture of one torrent's exchange, in lines that fit the terminal:
//
//   Ferien 2024
//     ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▆▆▅▃▂▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁   62.4 %   3.6 of 5.8 GiB
//     ▄▄▄▄▄▄▅▅▅▅▅▅▅▅▇▇▇▇▇▇▅▅▅▅▃▃▃▃▃▃▂▂▂▂▂▂▂▂▂▂   rarest piece: 2 copies among 11 peers
//     ↓ 84.1 MiB/s   ↑ 12.0 MiB/s   26 s left   from 11 peers (2 seeds)
//     ↓ 31.0 MiB/s  ↑    0 B/s  10.0.0.4         Transmission 4.0    D    seed
//     ↓ 12.2 MiB/s  ↑  6.1 MiB/s  10.0.0.9       Swarmline 0.1       DUO  71 %
//
// The second line is the swarm's: as high as the rarest piece of each run is common. It decides nothing and keeps nothing.

import { formatAddress } from '../../core/bytes/compact-address.ts';
import type { PeerStats } from '../../core/engine/stats.ts';
import type { SessionTorrent } from '../../session/session-torrent.ts';
import { displayText, padEnd, shortenEnd, shortenMiddle, widthOf } from './display-text.ts';
import {
  formatAmount,
  formatBytes,
  formatDuration,
  formatPercent,
  formatPlural,
  formatRate,
} from './figures.ts';
import { type Paint, plainPaint } from './paint.ts';
import { peerFlags } from './peer-flags.ts';
import { describeRarest, drawOwnPieces, drawSwarmPieces } from './piece-map-bar.ts';
import { drawBar } from './progress.ts';

/** As much of a torrent as is shown. */
export type ShownTorrent = Pick<
  SessionTorrent,
  'state' | 'info' | 'name' | 'checkProgress' | 'pieceMap' | 'stats' | 'peers'
>;

export interface SwarmPicture {
  readonly columns: number;
  /** At most so many lines. */
  readonly rows: number;
  readonly paint: Paint;
  readonly fault: string | undefined;
  readonly hasTitle: boolean;
  /** More to be said below the rates, a line each. */
  readonly notes?: readonly string[];
}

/** The lines, each narrower than the terminal. */
export function drawSwarm(torrent: ShownTorrent, picture: SwarmPicture): string[] {
  const { columns, rows, paint, fault, hasTitle, notes = [] } = picture;
  const peers = torrent.peers().sort((a, b) => activity(b) - activity(a));
  const name =
    torrent.name === undefined ? 'A torrent of which only the hash is known' : displayText(torrent.name);
  const head = [
    ...(hasTitle ? [[[paint.strong, shortenMiddle(name, columns - 1)] as const]] : []),
    progressCells(torrent, columns, paint),
    ...(rows >= ROWS_FOR_SWARM ? swarmCells(torrent, peers.length, columns, paint) : []),
    ...ratesLines(torrent, situation(torrent, peers, fault), columns, paint),
    ...notes.flatMap(note => wrapNote(note, columns - 3)).map(line => [`  ${line}`]),
  ].slice(0, rows);
  const room = Math.min(MAX_PEERS, Math.max(0, rows - head.length));
  const shown = peers.length <= room ? peers : peers.slice(0, Math.max(0, room - 1));
  const rest = peers.length - shown.length;
  const lines = [
    ...head,
    ...shown.map(peer => peerCells(peer, isAloneThere(peer, peers), columns, paint)),
    ...(rest > 0 && room > 0 ? [[[paint.idle, `  and ${formatPlural(rest, 'more peer')}`] as const]] : []),
  ];
  return lines.map(cells => composeLine(cells, columns - 1));
}

/** What it is doing, and why nothing moves where nothing does. */
export function situation(
  torrent: ShownTorrent,
  peers: readonly PeerStats[],
  fault: string | undefined,
): string {
  const { state } = torrent;
  if (state === 'checking') return 'checking what is on the disk';
  if (state === 'paused') return 'paused';
  if (state === 'queued') return 'waiting until fewer others are active';
  if (state === 'allocating') return 'taking room on the disk';
  const { isComplete, knownPeerCount } = torrent.stats();
  if (peers.length === 0) {
    if (fault !== undefined) return `waiting for peers: ${displayText(fault)}`;
    if (isComplete) return 'seeding, waiting for peers';
    return knownPeerCount === 0
      ? 'waiting for peers: none is known yet'
      : `waiting for peers: ${knownPeerCount} known, none reached yet`;
  }
  const seeds = peers.filter(peer => peer.progress >= 1).length;
  const who = `${formatPlural(peers.length, 'peer')}${seeds > 0 ? ` (${formatPlural(seeds, 'seed')})` : ''}`;
  if (state === 'metadata') return `fetching the metadata from ${who}`;
  if (isComplete) return `seeding to ${who}`;
  if (peers.some(peer => !peer.peerChoking)) return `from ${who}`;
  return `${who}, ${peers.length === 1 ? 'which chokes us' : 'all of them choke us'}`;
}

/** One line where nothing can be drawn: `62.4 %, down 84.1 MiB/s, up 12.0 MiB/s, from 11 peers`. */
export function describeSwarm(torrent: ShownTorrent, what: string): string {
  const stats = torrent.stats();
  if (torrent.info === undefined) return what;
  if (isPreparing(torrent)) return `${formatPercent(torrent.checkProgress, 1)}, ${what}`;
  const up = `up ${formatRate(stats.uploadBytesPerSecond)}`;
  if (stats.isComplete) return `100 %, ${up}, ${what}`;
  const { dataLength } = torrent.info.layout;
  const share = formatPercent(dataLength - stats.left, dataLength);
  return `${share}, down ${formatRate(stats.downloadBytesPerSecond)}, ${up}, ${what}`;
}

/** The exchange has not begun. */
function isPreparing({ state }: ShownTorrent): boolean {
  return state === 'checking' || state === 'allocating';
}

/** Text with its colour, if any. */
type Cell = string | readonly [paint: (text: string) => string, text: string];

function progressCells(torrent: ShownTorrent, columns: number, paint: Paint): Cell[] {
  const { info } = torrent;
  const width = barWidth(columns);
  const drawn = (bar: (paint: Paint) => string): Cell => [() => bar(paint), bar(plainPaint)];
  if (info === undefined) {
    const { metadataProgress } = torrent.stats();
    return ['  ', drawn(paint => drawBar(metadataProgress, width, paint)), '   metadata'];
  }
  if (isPreparing(torrent)) {
    const { checkProgress } = torrent;
    const percent = formatPercent(checkProgress, 1).padStart(7);
    return ['  ', drawn(paint => drawBar(checkProgress, width, paint)), ` ${percent}`];
  }
  const { dataLength, pieceCount } = info.layout;
  const { left, isComplete } = torrent.stats();
  const done = isComplete ? dataLength : dataLength - left;
  const map = (paint: Paint) => {
    if (pieceCount === 0) return drawBar(isComplete ? 1 : 0, width, paint);
    const pieces = torrent.pieceMap(width);
    // Of what is wanted.
    return drawOwnPieces(isComplete ? { ...pieces, have: pieces.have.fill(1) } : pieces, width, paint);
  };
  const percent = formatPercent(done, dataLength).padStart(7);
  return ['  ', drawn(map), ` ${percent}   ${formatAmount(done, dataLength)}`];
}

/** What the swarm has, where there is a swarm to speak of. */
function swarmCells(torrent: ShownTorrent, peerCount: number, columns: number, paint: Paint): Cell[][] {
  const isExchanging = torrent.state === 'downloading' || torrent.state === 'seeding';
  if (!isExchanging || peerCount === 0 || torrent.info === undefined) return [];
  const width = barWidth(columns);
  const map = torrent.pieceMap(width);
  if (map.copies.length === 0) return [];
  const drawn: Cell = [() => drawSwarmPieces(map, width, paint), drawSwarmPieces(map, width, plainPaint)];
  // Where there is no room for it, the number of peers is told elsewhere.
  const all = describeRarest(map, peerCount);
  const words = 2 + width + 3 + widthOf(all) < columns ? all : all.replace(/ among .*/, '');
  return [['  ', drawn, '   ', [paint.idle, words]]];
}

function barWidth(columns: number): number {
  return Math.max(1, Math.min(40, Math.max(8, columns - 46), columns - 3));
}

/** The rates, for how long, and why: in one line where that fits, else what is said in words in lines below. */
function ratesLines(torrent: ShownTorrent, what: string, columns: number, paint: Paint): Cell[][] {
  const { downloadBytesPerSecond, uploadBytesPerSecond, left, isComplete, uploaded } = torrent.stats();
  const up: Cell[] = [[paint.given, '↑'], ` ${rateColumn(uploadBytesPerSecond)}`];
  const down: Cell[] = [[paint.received, '↓'], ` ${rateColumn(downloadBytesPerSecond)}   `];
  const leftMs = downloadBytesPerSecond > 0 ? (left / downloadBytesPerSecond) * 1000 : undefined;
  const time = torrent.info === undefined || isPreparing(torrent) ? '' : `${formatDuration(leftMs)} left   `;
  const rates: Cell[] = isComplete ? ['  ', ...up] : ['  ', ...down, ...up];
  const figures = isComplete ? `given ${formatBytes(uploaded)}   ` : time;
  const words = isComplete ? `${what}; Ctrl-C ends it` : what;
  const whole: Cell[] = [...rates, '   ', figures, [paint.idle, words]];
  if (widthOfCells(whole) < columns) return [whole];
  const below = wrapNote(`${figures}${words}`, columns - 3).map((line): Cell[] => ['  ', [paint.idle, line]]);
  return [rates, ...below];
}

/** No other peer has this address: then the port need not be told. */
function isAloneThere({ address }: PeerStats, peers: readonly PeerStats[]): boolean {
  return peers.filter(peer => peer.address.host === address.host).length === 1;
}

function peerCells(peer: PeerStats, isAlone: boolean, columns: number, paint: Paint): Cell[] {
  const has = peer.progress >= 1 ? 'seed' : `${Math.floor(peer.progress * 100)} %`;
  // What is left beside the rates, flags and share: at 80 columns 15 for an IPv4 address and 18 for the client's name.
  const beside = columns - 1 - RATES_WIDTH - 2 - FLAGS_WIDTH - 2 - HAS_WIDTH;
  const hasRoomForFlags = beside >= 0;
  const room = Math.max(0, beside - 2);
  const hostWidth = Math.min(room, 15 + Math.max(0, Math.min(10, room - 43)));
  const clientWidth = Math.min(24, room - hostWidth - 2);
  const isWebSeed = peer.webSeed !== undefined;
  const address = isAlone ? peer.address.host : formatAddress(peer.address);
  const host = padEnd(shortenMiddle(isWebSeed ? 'web seed' : address, hostWidth), hostWidth);
  const client =
    clientWidth < 8 ? '' : padEnd(shortenEnd(displayText(peer.client), clientWidth), clientWidth);
  return [
    '  ',
    [paint.received, '↓'],
    ` ${rateColumn(peer.downloadBytesPerSecond)}  `,
    [paint.given, '↑'],
    ` ${rateColumn(peer.uploadBytesPerSecond)}  `,
    hostWidth < 7 ? '' : `${host}  `,
    client === '' ? '' : `${client}  `,
    hasRoomForFlags ? `${peerFlags(peer).padEnd(FLAGS_WIDTH)}  ` : '',
    [paint.idle, has],
  ];
}

/** In lines that fit: what is cut off may be what matters. It is divided where three spaces stand, and words where it must be. */
function wrapNote(note: string, width: number): string[] {
  const lines: string[] = [];
  for (const part of note.split('   ')) {
    const last = lines.at(-1);
    if (last !== undefined && widthOf(last) + 3 + widthOf(part) <= width)
      lines.push(`${lines.pop()}   ${part}`);
    else lines.push(...wrapWords(part, width));
  }
  return lines;
}

function wrapWords(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && widthOf(last) + 1 + widthOf(word) <= width)
      lines.push(`${lines.pop()} ${word}`);
    else lines.push(word);
  }
  return lines;
}

/** Cells side by side, in at most `width` columns. */
function composeLine(cells: readonly Cell[], width: number): string {
  let room = width;
  let line = '';
  for (const cell of cells) {
    const [paint, whole] = typeof cell === 'string' ? [undefined, cell] : cell;
    const text = shortenEnd(whole, room);
    room -= widthOf(text);
    line += paint === undefined || text === '' ? text : paint(text);
    if (text !== whole) break;
  }
  return line;
}

function widthOfCells(cells: readonly Cell[]): number {
  return cells.reduce((width, cell) => width + widthOf(typeof cell === 'string' ? cell : cell[1]), 0);
}

function rateColumn(rateBytesPerSecond: number): string {
  return formatRate(rateBytesPerSecond).padStart(10);
}

function activity(peer: PeerStats): number {
  return peer.downloadBytesPerSecond + peer.uploadBytesPerSecond;
}

const MAX_PEERS = 8;
/** A lower terminal shows peers in the place of the swarm's pieces. */
const ROWS_FOR_SWARM = 6;
/** `  ↓ 84.1 MiB/s  ↑ 12.0 MiB/s` */
const RATES_WIDTH = 28;
const FLAGS_WIDTH = 5;
const HAS_WIDTH = 5;
