// What clients see of a torrent, made when it is asked for.

import { formatAddress } from '../core/bytes/compact-address.ts';
import { toHex } from '../core/bytes/hex.ts';
import type { FilePriority } from '../core/engine/file-priorities.ts';
import type { PeerStats } from '../core/engine/stats.ts';
import { formatMagnet } from '../core/metainfo/magnet.ts';
import type { TrackerStatus } from '../core/tracker/tracker-status.ts';
import type { LibraryTorrent } from '../daemon/library.ts';
import { reasonOf } from '../daemon/reason.ts';
import { hostOf } from '../daemon/url-host.ts';
import type { SessionTorrent } from '../session/session-torrent.ts';
import { limitsView, seedLimitsView } from './limit-views.ts';
import type { FileRow, PeerRow, TorrentDetails, TorrentRow, TrackerRow } from './methods.ts';

export function rowOf({ id, torrent, labels }: LibraryTorrent): TorrentRow {
  const stats = torrent.stats();
  const totals = torrent.totals();
  const { info } = torrent;
  const length = info?.layout.dataLength ?? null;
  const here = length === null ? 0 : length - stats.left;
  const base = Math.max(totals.downloaded, here);
  return {
    id,
    name: torrent.name ?? id,
    state: torrent.state,
    error: torrent.error?.message ?? null,
    length,
    left: stats.isComplete ? 0 : stats.wantedLeft,
    progress: progressOf(torrent, stats),
    downRate: Math.round(stats.downloadBytesPerSecond),
    upRate: Math.round(stats.uploadBytesPerSecond),
    downloaded: totals.downloaded,
    uploaded: totals.uploaded,
    ratio: base === 0 ? null : Math.round((totals.uploaded / base) * 1000) / 1000,
    eta: etaOf(stats),
    peers: torrent.connectionCount,
    labels: [...labels],
    addedAt: totals.addedAt,
    completedAt: totals.completedAt ?? null,
    queue: torrent.queuePosition,
    tracker: trackerHost(torrent),
    downloadDir: torrent.downloadDir,
    isPrivate: info?.private ?? false,
  };
}

/** `movesTo`: where it goes when it is complete. */
export function detailsOf(entry: LibraryTorrent, movesTo: string | null): TorrentDetails {
  const { torrent } = entry;
  const { info, infoHashes } = torrent;
  const stats = torrent.stats();
  const totals = torrent.totals();
  return {
    ...rowOf(entry),
    reason: reasonOf(torrent),
    movesTo,
    infoHashV1: infoHashes.infoHashV1 ? toHex(infoHashes.infoHashV1) : null,
    infoHashV2: infoHashes.infoHashV2 ? toHex(infoHashes.infoHashV2) : null,
    magnet: magnetLinkOf(torrent),
    version: info?.version ?? null,
    pieceLength: info?.pieceLength ?? null,
    pieceCount: stats.piecesTotal,
    piecesHave: stats.piecesHave,
    wasted: stats.wasted,
    activeMs: Math.round(totals.activeMs),
    seedingMs: Math.round(totals.seedingMs),
    isForced: torrent.isForced,
    superSeeding: torrent.superSeeding,
    limits: limitsView(torrent.limits),
    seedLimits: seedLimitsView(torrent.seedLimits),
    knownPeers: stats.knownPeerCount,
    fileCount: info?.files.length ?? 0,
  };
}

export function filesOf({ torrent }: LibraryTorrent, offset: number, limit: number): FileRow[] {
  const priorities = torrent.filePriorities;
  return torrent.files.slice(offset, offset + limit).map(file => ({
    index: file.index,
    path: file.path.join('/'),
    length: file.length,
    have: file.haveLength,
    priority: priorities?.[file.index] ?? ('normal' satisfies FilePriority),
  }));
}

export function peersOf({ torrent }: LibraryTorrent): PeerRow[] {
  return torrent.peers().map(peerRow);
}

/** `toWallTime`: of a time on the host's clock. */
export function trackersOf({ torrent }: LibraryTorrent, toWallTime: (at: number) => number): TrackerRow[] {
  return torrent.trackers().map(status => trackerRow(status, toWallTime));
}

/** For the others: names it, and where its peers are found. */
export function magnetLinkOf(torrent: SessionTorrent): string {
  const { infoHashV1, infoHashV2 } = torrent.infoHashes;
  return formatMagnet({
    ...(infoHashV1 && { infoHashV1 }),
    ...(infoHashV2 && { infoHashV2 }),
    ...(torrent.name !== undefined && { name: torrent.name }),
    trackers: torrent.trackers().map(({ url }) => url),
    webSeeds: torrent.webSeeds().map(({ url }) => url),
    peers: [],
    exactSources: [],
    acceptableSources: [],
  });
}

function progressOf(
  torrent: SessionTorrent,
  { isComplete, wantedLeft }: ReturnType<SessionTorrent['stats']>,
): number {
  const { state, info } = torrent;
  if (state === 'checking' || state === 'allocating') return torrent.checkProgress;
  if (info === undefined) return 0;
  if (isComplete) return 1;
  const length = wantedLengthOf(torrent);
  // Never whole before the last piece is verified.
  return length === 0 ? 0 : Math.min(0.9999, Math.max(0, 1 - wantedLeft / length));
}

function wantedLengthOf({ info, filePriorities }: SessionTorrent): number {
  if (info === undefined) return 0;
  if (filePriorities === undefined) return info.layout.dataLength;
  let length = 0;
  for (const [i, file] of info.files.entries()) if (filePriorities[i] !== 'skip') length += file.length;
  return length;
}

function etaOf({
  isComplete,
  wantedLeft,
  downloadBytesPerSecond,
}: ReturnType<SessionTorrent['stats']>): number | null {
  if (isComplete || downloadBytesPerSecond < 1) return null;
  return Math.round((wantedLeft / downloadBytesPerSecond) * 1000);
}

function trackerHost(torrent: SessionTorrent): string | null {
  const first = torrent.trackerTiers[0]?.[0];
  return first === undefined ? null : (hostOf(first) ?? null);
}

function peerRow(peer: PeerStats): PeerRow {
  return {
    address: peer.webSeed ?? formatAddress(peer.address),
    client: peer.client,
    progress: peer.progress,
    downRate: Math.round(peer.downloadBytesPerSecond),
    upRate: Math.round(peer.uploadBytesPerSecond),
    downloaded: peer.downloaded,
    uploaded: peer.uploaded,
    isIncoming: peer.isIncoming,
    isEncrypted: peer.isEncrypted,
    transport: peer.transport,
    isWebSeed: peer.webSeed !== undefined,
    amChoking: peer.amChoking,
    amInterested: peer.amInterested,
    peerChoking: peer.peerChoking,
    peerInterested: peer.peerInterested,
    isSnubbed: peer.isSnubbed,
    isOptimistic: peer.isOptimistic,
  };
}

function trackerRow(status: TrackerStatus, toWallTime: (at: number) => number): TrackerRow {
  const time = (at: number | undefined) => (at === undefined ? null : Math.round(toWallTime(at)));
  return {
    url: status.url,
    tier: status.tier,
    state: status.state,
    error: status.error ?? null,
    warning: status.warning ?? null,
    seeds: status.seeds ?? null,
    leechers: status.leechers ?? null,
    downloads: status.downloads ?? null,
    peers: status.peers ?? null,
    lastAnnounceAt: time(status.lastAnnounceAt),
    nextAnnounceAt: time(status.nextAnnounceAt),
  };
}
