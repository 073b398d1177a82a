// The exchange of one torrent, live. On a terminal a block of lines that is redrawn in place; elsewhere a line now and
// then, when something has changed.

import type { PeerStats } from '../../core/engine/stats.ts';
import type { SessionTorrent } from '../../session/session-torrent.ts';
import type { Output } from '../terminal.ts';
import { hideCursor } from './cursor.ts';
import { displayText, padEnd, shortenMiddle } from './display-text.ts';
import { formatBytes, formatDuration, formatPercent, formatPlural, formatRate } from './figures.ts';
import type { Paint } from './paint.ts';
import { drawBar } from './progress.ts';

export interface SwarmViewOptions {
  readonly torrent: SessionTorrent;
  readonly stream: Output;
  /** A sentence about the trackers, where they do not work. */
  readonly trackerFault: () => string | undefined;
}

/** Draws until `close`, which leaves the screen as it was before. */
export class SwarmView {
  readonly #options: SwarmViewOptions;
  readonly #timer: NodeJS.Timeout;
  #lines = 0;
  #showCursor: (() => void) | undefined;
  #lastLine = '';

  constructor(options: SwarmViewOptions) {
    this.#options = options;
    const isLive = options.stream.canRedraw;
    this.#timer = setInterval(() => (isLive ? this.#redraw() : this.#tell()), isLive ? REDRAW_MS : TELL_MS);
    if (isLive) this.#redraw();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#erase();
    this.#showCursor?.();
  }

  /** Takes the block away while something that stays is written. */
  pause(write: () => Promise<void>): void {
    this.#erase();
    write().catch(() => {});
  }

  #redraw(): void {
    const { stream, torrent, trackerFault } = this.#options;
    this.#showCursor ??= hideCursor(stream);
    const columns = stream.columns ?? 80;
    const lines = drawSwarm(torrent, trackerFault(), columns, stream.paint);
    this.#erase();
    this.#lines = lines.length;
    stream.write(`${lines.join('\n')}\n`).catch(() => {});
  }

  #erase(): void {
    if (this.#lines === 0) return;
    this.#options.stream.write(`\u001b[${this.#lines}A\u001b[J`).catch(() => {});
    this.#lines = 0;
  }

  #tell(): void {
    const { stream, torrent, trackerFault } = this.#options;
    const line = describe(torrent, trackerFault());
    if (line === this.#lastLine) return;
    this.#lastLine = line;
    stream.line(line).catch(() => {});
  }
}

/** The block: a bar and figures, then a line for each of the busiest peers. */
export function drawSwarm(
  torrent: SessionTorrent,
  trackerFault: string | undefined,
  columns: number,
  paint: Paint,
): string[] {
  const { info } = torrent;
  const stats = torrent.stats();
  const total = info?.layout.dataLength ?? 0;
  const done = total - (info === undefined ? 0 : stats.left);
  const share = torrent.state === 'checking' ? torrent.checkProgress : total === 0 ? 0 : done / total;
  const bar = drawBar(share, Math.max(8, Math.min(40, columns - 46)), paint);
  const figures =
    info === undefined
      ? ''
      : `${formatPercent(done, total).padStart(7)}   ${formatBytes(done)} of ${formatBytes(total)}`;
  const rates = `${paint.received('↓')} ${formatRate(stats.downloadBytesPerSecond)}   ${paint.given('↑')} ${formatRate(stats.uploadBytesPerSecond)}`;
  const leftMs =
    stats.downloadBytesPerSecond > 0 && stats.left > 0
      ? (stats.left / stats.downloadBytesPerSecond) * 1000
      : undefined;
  const time = stats.isComplete ? `given ${formatBytes(stats.uploaded)}` : `${formatDuration(leftMs)} left`;
  const peers = torrent.peers().sort((a, b) => activity(b) - activity(a));
  const shown = peers.slice(0, MAX_PEERS);
  return [
    `  ${bar} ${figures}`,
    `  ${rates}   ${time}   ${paint.idle(situation(torrent, peers, trackerFault))}`,
    ...shown.map(peer => drawPeer(peer, columns, paint)),
    ...(peers.length > shown.length ? [paint.idle(`  and ${peers.length - shown.length} more`)] : []),
  ];
}

function drawPeer(peer: PeerStats, columns: number, paint: Paint): string {
  const host = padEnd(shortenMiddle(peer.address.host, 20), 20);
  const client = padEnd(shortenMiddle(displayText(peer.client), 22), 22);
  const has = peer.progress >= 1 ? 'seed' : `${Math.floor(peer.progress * 100)} %`;
  const rates = `${paint.received('↓')} ${formatRate(peer.downloadBytesPerSecond).padStart(10)}  ${paint.given('↑')} ${formatRate(peer.uploadBytesPerSecond).padStart(10)}`;
  return columns < 84 ? `  ${rates}  ${host.trimEnd()}` : `  ${rates}   ${host} ${client} ${has}`;
}

/** What it is doing, and why nothing moves where nothing does. */
function situation(
  torrent: SessionTorrent,
  peers: readonly PeerStats[],
  trackerFault: string | undefined,
): string {
  const stats = torrent.stats();
  if (torrent.state === 'checking') return 'checking what is on the disk';
  if (peers.length === 0)
    return trackerFault ?? (stats.isComplete ? 'waiting for peers' : 'waiting for peers: none known yet');
  const seeds = peers.filter(peer => peer.progress >= 1).length;
  const who = `${formatPlural(peers.length, 'peer')}${seeds > 0 ? ` (${formatPlural(seeds, 'seed')})` : ''}`;
  if (torrent.state === 'metadata') return `fetching the metadata from ${who}`;
  if (stats.isComplete) return `seeding to ${who}`;
  return peers.every(peer => peer.peerChoking) ? `${who}, all of them choke us` : `from ${who}`;
}

function describe(torrent: SessionTorrent, trackerFault: string | undefined): string {
  const stats = torrent.stats();
  const total = torrent.info?.layout.dataLength;
  const share = total === undefined ? '' : `${formatPercent(total - stats.left, total)}, `;
  const rates = `down ${formatRate(stats.downloadBytesPerSecond)}, up ${formatRate(stats.uploadBytesPerSecond)}`;
  return `${share}${rates}, ${situation(torrent, torrent.peers(), trackerFault)}`;
}

function activity(peer: PeerStats): number {
  return peer.downloadBytesPerSecond + peer.uploadBytesPerSecond;
}

const REDRAW_MS = 250;
const TELL_MS = 2_000;
const MAX_PEERS = 8;
