// The fields of `torrent_get`, in the order of Transmission's specification. What each means here where that is not what it
// means there is said in docs/transmission-rpc.md.

import { magnetLinkOf } from '../rows.ts';
import { mimeTypeOf } from './mime-types.ts';
import { oldName, snakeName, withOldNames } from './names.ts';
import {
  availabilityOf,
  desiredAvailable,
  fileStatsOf,
  filesOf,
  isGiving,
  isTaking,
  peersFrom,
  peersOf,
  piecesOf,
  priorityNumber,
  trackerList,
  trackerStatsOf,
  trackersOf,
  webSeedsOf,
} from './torrent-lists.ts';
import { etaOf, faultOf, idleEtaOf, isStalled, ratioOf, statusOf } from './torrent-status.ts';
import type { TorrentView } from './torrent-view.ts';
import { counted, kilobytes, minutes, seconds } from './units.ts';

export const TORRENT_FIELDS: Readonly<Record<string, (view: TorrentView) => unknown>> = {
  activity_date: ({ context, entry }) => seconds(context.register.busyAt(entry)),
  added_date: ({ totals }) => seconds(totals.addedAt),
  availability: availabilityOf,
  bandwidth_priority: () => 0,
  bytes_completed: ({ torrent }) => torrent.files.map(({ haveLength }) => haveLength),
  comment: ({ metainfo }) => metainfo?.comment ?? '',
  corrupt_ever: ({ stats }) => stats.wasted,
  creator: ({ metainfo }) => metainfo?.createdBy ?? '',
  date_created: ({ metainfo }) => metainfo?.creationDate ?? 0,
  desired_available: desiredAvailable,
  done_date: ({ totals }) => seconds(totals.completedAt),
  download_dir: ({ torrent }) => torrent.downloadDir,
  downloaded_ever: ({ totals }) => totals.downloaded,
  download_limit: view => limitOf(view, 'downloadBytesPerSecond', view.notes.downloadLimit),
  download_limited: ({ torrent }) => torrent.limits.downloadBytesPerSecond !== Number.POSITIVE_INFINITY,
  edit_date: ({ notes }) => seconds(notes.editedAt),
  error: view => faultOf(view).error,
  error_string: view => faultOf(view).text,
  eta: etaOf,
  eta_idle: idleEtaOf,
  file_count: ({ info }) => info?.files.length ?? 0,
  files: filesOf,
  file_stats: fileStatsOf,
  group: ({ torrent }) => torrent.rateGroup ?? '',
  hash_string: ({ entry }) => entry.id,
  have_unchecked: () => 0,
  have_valid: ({ haveLength }) => haveLength,
  honors_session_limits: ({ torrent }) => torrent.honorsSessionRates,
  id: ({ notes }) => notes.number,
  is_finished: ({ notes, torrent }) => notes.isFinished && torrent.state === 'paused',
  is_private: ({ info }) => info?.private ?? false,
  is_stalled: isStalled,
  labels: ({ entry }) => [...entry.labels],
  left_until_done: ({ leftLength }) => leftLength,
  magnet_link: ({ torrent }) => magnetLinkOf(torrent),
  manual_announce_time: () => -1,
  max_connected_peers: ({ torrent }) => counted(torrent.limits.maxPeers),
  metadata_percent_complete: ({ stats }) => stats.metadataProgress,
  name: nameOf,
  peer_limit: ({ torrent }) => counted(torrent.limits.maxPeers),
  peers: peersOf,
  peers_connected: ({ peers }) => peers.length,
  peers_from: peersFrom,
  peers_getting_from_us: ({ peers }) => peers.filter(isTaking).length,
  peers_sending_to_us: ({ peers }) => peers.filter(isGiving).length,
  percent_complete: ({ info, haveLength }) => shareOf(haveLength, info?.layout.dataLength ?? 0),
  percent_done: ({ wantedLength, leftLength }) => shareOf(wantedLength - leftLength, wantedLength),
  pieces: piecesOf,
  piece_count: ({ stats }) => stats.piecesTotal,
  piece_size: ({ info }) => info?.pieceLength ?? 0,
  priorities: view => view.torrent.files.map(({ index }) => priorityNumber(view, index)),
  primary_mime_type: ({ torrent }) => mimeTypeOf(torrent.files),
  queue_position: ({ torrent }) => torrent.queuePosition,
  rate_download: ({ stats }) => Math.round(stats.downloadBytesPerSecond),
  rate_upload: ({ stats }) => Math.round(stats.uploadBytesPerSecond),
  recheck_progress: ({ torrent }) => (torrent.state === 'checking' ? torrent.checkProgress : 0),
  seconds_downloading: ({ totals }) => seconds(totals.activeMs - totals.seedingMs),
  seconds_seeding: ({ totals }) => seconds(totals.seedingMs),
  seed_idle_limit: ({ torrent, notes, context }) =>
    finite(torrent.ownSeedLimits.seedIdleMs, minutes) ??
    notes.seedIdleLimit ??
    context.settings.all.idleSeedingLimit,
  seed_idle_mode: ({ torrent }) => modeOf(torrent.ownSeedLimits.seedIdleMs),
  seed_ratio_limit: ({ torrent, notes, context }) =>
    finite(torrent.ownSeedLimits.seedRatio) ?? notes.seedRatioLimit ?? context.settings.all.seedRatioLimit,
  seed_ratio_mode: ({ torrent }) => modeOf(torrent.ownSeedLimits.seedRatio),
  sequential_download: ({ torrent }) => torrent.isSequential,
  sequential_download_from_piece: () => 0,
  size_when_done: ({ wantedLength }) => wantedLength,
  start_date: ({ notes }) => seconds(notes.startedAt),
  status: statusOf,
  torrent_file: () => '',
  total_size: ({ info }) => info?.layout.dataLength ?? 0,
  trackers: trackersOf,
  tracker_list: trackerList,
  tracker_stats: trackerStatsOf,
  uploaded_ever: ({ totals }) => totals.uploaded,
  upload_limit: view => limitOf(view, 'uploadBytesPerSecond', view.notes.uploadLimit),
  upload_limited: ({ torrent }) => torrent.limits.uploadBytesPerSecond !== Number.POSITIVE_INFINITY,
  upload_ratio: ratioOf,
  wanted: view =>
    view.torrent.files.map(({ index }) => {
      const isWanted = view.priorityOf(index) !== 'skip';
      return view.context.isOld ? Number(isWanted) : isWanted;
    }),
  webseeds: ({ torrent }) => torrent.webSeeds().map(({ url }) => url),
  webseeds_ex: webSeedsOf,
  webseeds_sending_to_us: ({ connections }) =>
    connections.filter(peer => peer.webSeed !== undefined && isGiving(peer)).length,
};

/** How a field is read, and under which name it is given back: the one by which it was asked for. */
export interface AskedField {
  readonly name: string;
  read(view: TorrentView): unknown;
}

/** Those that there are, each once; what nobody knows is passed over. */
export function askedFields(names: readonly unknown[], isOld: boolean): AskedField[] {
  const fields = new Map<string, AskedField>();
  for (const asked of names) {
    if (typeof asked !== 'string') continue;
    const field = snakeName(asked);
    if (!Object.hasOwn(TORRENT_FIELDS, field)) continue;
    const read = TORRENT_FIELDS[field]!;
    if (isOld) {
      const name = oldName(field, 'camel');
      fields.set(name, { name, read: view => withOldNames(read(view), 'camel') });
    } else fields.set(field, { name: field, read });
  }
  return [...fields.values()];
}

/** It has the name under which its files lie, so that a rename is seen. */
export function nameOf({ torrent, entry }: Pick<TorrentView, 'torrent' | 'entry'>): string {
  return torrent.files[0]?.path[0] ?? torrent.name ?? entry.id;
}

function limitOf(
  { torrent, context }: TorrentView,
  name: 'downloadBytesPerSecond' | 'uploadBytesPerSecond',
  noted: number | undefined,
): number {
  const limit = torrent.limits[name];
  if (limit !== Number.POSITIVE_INFINITY) return kilobytes(limit);
  const { speedLimitDown, speedLimitUp } = context.settings.all;
  return noted ?? (name === 'downloadBytesPerSecond' ? speedLimitDown : speedLimitUp);
}

/** 0: as the session has it; 1: its own; 2: none. */
function modeOf(own: number | undefined): number {
  if (own === undefined) return 0;
  return own === Number.POSITIVE_INFINITY ? 2 : 1;
}

function finite(value: number | undefined, inUnit = (number: number) => number): number | undefined {
  return value === undefined || value === Number.POSITIVE_INFINITY ? undefined : inUnit(value);
}

function shareOf(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.min(1, Math.max(0, part / whole));
}
