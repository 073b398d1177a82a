// The fields of a torrent that are lists: its files, peers, trackers, pieces.

import { toBase64 } from '../../core/bytes/base64.ts';
import type { FilePriority } from '../../core/engine/file-priorities.ts';
import type { PeerSource } from '../../core/engine/known-peers.ts';
import type { PeerStats } from '../../core/engine/stats.ts';
import type { TrackerStatus } from '../../core/tracker/tracker-status.ts';
import { hostOf } from '../../daemon/url-host.ts';
import type { TorrentView } from './torrent-view.ts';
import { seconds } from './units.ts';

export const PRIORITY_NUMBERS: Readonly<Record<FilePriority, number>> = {
  skip: 0,
  low: -1,
  normal: 0,
  high: 1,
};

/** How much a file is wanted, or would be if it were. */
export function priorityNumber(view: TorrentView, file: number): number {
  const priority = view.priorityOf(file);
  return PRIORITY_NUMBERS[priority === 'skip' ? (view.notes.filePriorities.get(file) ?? 'normal') : priority];
}

export function filesOf({ torrent, info }: TorrentView): object[] {
  return torrent.files.map(file => {
    const { first, end } = info!.layout.piecesOf(file.index);
    return {
      bytes_completed: file.haveLength,
      length: file.length,
      name: file.path.join('/'),
      begin_piece: first,
      end_piece: end,
    };
  });
}

export function fileStatsOf(view: TorrentView): object[] {
  return view.torrent.files.map(file => ({
    bytes_completed: file.haveLength,
    wanted: view.priorityOf(file.index) !== 'skip',
    priority: priorityNumber(view, file.index),
  }));
}

export function peersOf({ peers }: TorrentView): object[] {
  return peers.map(peer => ({
    address: peer.address.host,
    bytes_to_client: peer.downloaded,
    bytes_to_peer: peer.uploaded,
    client_is_choked: peer.peerChoking,
    client_is_interested: peer.amInterested,
    client_name: peer.client,
    flag_str: flagsOf(peer),
    is_downloading_from: isGiving(peer),
    is_encrypted: peer.isEncrypted,
    is_incoming: peer.isIncoming,
    is_uploading_to: isTaking(peer),
    is_utp: peer.transport === 'utp',
    peer_is_choked: peer.amChoking,
    peer_is_interested: peer.peerInterested,
    port: peer.address.port,
    progress: peer.progress,
    rate_to_client: Math.round(peer.downloadBytesPerSecond),
    rate_to_peer: Math.round(peer.uploadBytesPerSecond),
  }));
}

export function isGiving(peer: PeerStats): boolean {
  return peer.amInterested && !peer.peerChoking;
}

export function isTaking(peer: PeerStats): boolean {
  return peer.peerInterested && !peer.amChoking;
}

/** Where the peers that are connected were heard of. */
export function peersFrom({ peers }: TorrentView): object {
  const from = {
    from_cache: 0,
    from_dht: 0,
    from_incoming: 0,
    from_lpd: 0,
    from_ltep: 0,
    from_pex: 0,
    from_tracker: 0,
  };
  for (const { source, isIncoming } of peers) {
    const name = isIncoming ? 'from_incoming' : SOURCES[source];
    if (name !== undefined) from[name]++;
  }
  return from;
}

export function trackersOf({ context, entry, trackers }: TorrentView): object[] {
  return trackers.map(({ url, tier }) => ({
    announce: url,
    id: context.register.trackerNumber(entry, url),
    scrape: scrapeUrl(url),
    sitename: siteName(url),
    tier,
  }));
}

export function trackerStatsOf(view: TorrentView): object[] {
  return view.trackers.map(status => trackerStats(view, status));
}

function trackerStats(view: TorrentView, status: TrackerStatus): object {
  const { context, entry } = view;
  const { url, tier, state, error } = status;
  const last = seconds(view.wallTime(status.lastAnnounceAt));
  const hasAnnounced = status.lastAnnounceAt !== undefined || error !== undefined;
  return {
    announce: url,
    announce_state: announceState(status),
    download_count: status.downloads ?? -1,
    downloader_count: -1,
    has_announced: hasAnnounced,
    has_scraped: false,
    host: url.split('/', 3)[2] ?? url,
    id: context.register.trackerNumber(entry, url),
    is_backup: state === 'unused' && tier > 0,
    last_announce_peer_count: status.peers ?? 0,
    last_announce_result: error ?? status.warning ?? (hasAnnounced ? 'Success' : ''),
    // When it began is not known; clients say since when it is under way, and of 0 that is since 1970.
    last_announce_start_time: state === 'announcing' ? seconds(context.daemon.deps.clock.wallTime()) : last,
    last_announce_succeeded: hasAnnounced && error === undefined,
    last_announce_time: last,
    last_announce_timed_out: false,
    last_scrape_result: '',
    last_scrape_start_time: 0,
    last_scrape_succeeded: false,
    last_scrape_time: 0,
    last_scrape_timed_out: false,
    leecher_count: status.leechers ?? -1,
    next_announce_time: seconds(view.wallTime(status.nextAnnounceAt)),
    next_scrape_time: 0,
    scrape: scrapeUrl(url),
    scrape_state: 0,
    seeder_count: status.seeds ?? -1,
    sitename: siteName(url),
    tier,
  };
}

/** Lines of URLs, an empty one between tiers. */
export function trackerList({ torrent }: TorrentView): string {
  return torrent.trackerTiers
    .filter(tier => tier.length > 0)
    .map(tier => tier.join('\n'))
    .join('\n\n');
}

/** Which pieces are here, a bit each. */
export function piecesOf({ torrent, stats }: TorrentView): string {
  const bits = new Uint8Array(Math.ceil(stats.piecesTotal / 8));
  for (let piece = 0; piece < stats.piecesTotal; piece++)
    if (torrent.hasPiece(piece)) bits[piece >> 3]! |= 0x80 >> (piece & 7);
  return toBase64(bits);
}

/** How many peers have each piece; -1 where we have it. */
export function availabilityOf({ torrent, stats, pieceMap }: TorrentView): number[] {
  return Array.from({ length: stats.piecesTotal }, (_, piece) =>
    torrent.hasPiece(piece) ? -1 : (pieceMap.copies[piece] ?? 0),
  );
}

/** Bytes of what is wanted and missing that somebody who is connected has. */
export function desiredAvailable(view: TorrentView): number {
  const { info, leftLength, connections, torrent } = view;
  if (info === undefined || leftLength === 0 || connections.length === 0) return 0;
  if (connections.some(({ progress }) => progress === 1)) return leftLength;
  const wanted = new Set<number>();
  for (const file of info.files.keys()) {
    if (view.priorityOf(file) === 'skip') continue;
    const { first, end } = info.layout.piecesOf(file);
    for (let piece = first; piece < end; piece++)
      if (!torrent.hasPiece(piece) && view.pieceMap.copies[piece]! > 0) wanted.add(piece);
  }
  return Math.min(leftLength, wanted.size * info.pieceLength);
}

export function webSeedsOf({ torrent, connections }: TorrentView): object[] {
  return torrent.webSeeds().map(({ url }) => {
    const link = connections.find(({ webSeed }) => webSeed === url);
    const rate = Math.round(link?.downloadBytesPerSecond ?? 0);
    return { url, is_downloading: rate > 0, download_bytes_per_second: rate };
  });
}

/** 0: it is not asked; 1: it is when it is time; 2: as soon as its turn comes; 3: now. */
function announceState({ state, nextAnnounceAt }: TrackerStatus): number {
  if (state === 'announcing') return 3;
  return nextAnnounceAt === undefined ? 0 : 1;
}

/** BEP 48: by the same path, with `scrape` in the place of `announce`. */
function scrapeUrl(url: string): string {
  if (/^udp:/i.test(url)) return url;
  return /^https?:.*\/announce[^/]*$/i.test(url) ? url.replace(/\/announce([^/]*)$/i, '/scrape$1') : '';
}

/** Of `tracker.example.org`, `example`. */
function siteName(url: string): string {
  const host = hostOf(url) ?? '';
  if (host.startsWith('[') || /^[\d.]+$/.test(host)) return host;
  const labels = host.split('.');
  return labels[Math.max(0, labels.length - 2)]!;
}

/** Letters that Transmission's clients show beside a peer. */
function flagsOf(peer: PeerStats): string {
  return [
    peer.isOptimistic ? 'O' : '',
    peer.amInterested ? (peer.peerChoking ? 'd' : 'D') : peer.peerChoking ? '' : 'K',
    peer.peerInterested ? (peer.amChoking ? 'u' : 'U') : peer.amChoking ? '' : '?',
    peer.isEncrypted ? 'E' : '',
    peer.source === 'dht' ? 'H' : '',
    peer.source === 'pex' ? 'X' : '',
    peer.isIncoming ? 'I' : '',
    peer.transport === 'utp' ? 'T' : '',
  ].join('');
}

/** Who was named by the user has no place there. */
const SOURCES = {
  tracker: 'from_tracker',
  user: undefined,
  incoming: 'from_incoming',
  pex: 'from_pex',
  dht: 'from_dht',
  lsd: 'from_lpd',
  resume: 'from_cache',
} as const satisfies Record<PeerSource, string | undefined>;
