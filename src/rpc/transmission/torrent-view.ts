// A torrent as one call sees it: what several fields are made of is asked for once.

import type { FilePriority } from '../../core/engine/file-priorities.ts';
import type { PieceMap } from '../../core/engine/piece-map.ts';
import type { PeerStats, TorrentStats } from '../../core/engine/stats.ts';
import type { Info, Metainfo } from '../../core/metainfo/metainfo.ts';
import type { TrackerStatus } from '../../core/tracker/tracker-status.ts';
import type { LibraryTorrent } from '../../daemon/library.ts';
import type { Totals } from '../../session/resume-data.ts';
import type { SessionTorrent } from '../../session/session-torrent.ts';
import type { TransmissionDeps } from './deps.ts';
import type { TorrentNotes } from './register.ts';

/** What a field is made of that is not the torrent's. */
export interface ViewContext extends Pick<TransmissionDeps, 'register' | 'settings' | 'facts'> {
  readonly daemon: TransmissionDeps['daemon'];
  /** Who asks speaks as before 4.1. */
  readonly isOld: boolean;
}

export class TorrentView {
  readonly entry: LibraryTorrent;
  readonly context: ViewContext;
  #stats: TorrentStats | undefined;
  #totals: Totals | undefined;
  #peers: readonly PeerStats[] | undefined;
  #trackers: readonly TrackerStatus[] | undefined;
  #pieceMap: PieceMap | undefined;
  #wantedLength: number | undefined;

  constructor(entry: LibraryTorrent, context: ViewContext) {
    this.entry = entry;
    this.context = context;
  }

  get torrent(): SessionTorrent {
    return this.entry.torrent;
  }

  get info(): Info | undefined {
    return this.entry.torrent.info;
  }

  /** What stood beside `info` in the torrent file, where it was added by one in this run. */
  get metainfo(): Partial<Metainfo> | undefined {
    return this.info;
  }

  get notes(): TorrentNotes {
    return this.context.register.notesOf(this.entry);
  }

  get stats(): TorrentStats {
    this.#stats ??= this.torrent.stats();
    return this.#stats;
  }

  get totals(): Totals {
    this.#totals ??= this.torrent.totals();
    return this.#totals;
  }

  /** Peers and web seeds. */
  get connections(): readonly PeerStats[] {
    this.#peers ??= this.torrent.connectionCount === 0 ? [] : this.torrent.peers();
    return this.#peers;
  }

  get peers(): readonly PeerStats[] {
    return this.connections.filter(({ webSeed }) => webSeed === undefined);
  }

  get trackers(): readonly TrackerStatus[] {
    this.#trackers ??= this.torrent.trackers();
    return this.#trackers;
  }

  /** One cell a piece. */
  get pieceMap(): PieceMap {
    this.#pieceMap ??= this.torrent.pieceMap(Math.max(1, this.stats.piecesTotal));
    return this.#pieceMap;
  }

  get haveLength(): number {
    return this.info === undefined ? 0 : this.info.layout.dataLength - this.stats.left;
  }

  /** Of the files that are wanted. */
  get wantedLength(): number {
    this.#wantedLength ??= this.#sumWanted();
    return this.#wantedLength;
  }

  get leftLength(): number {
    if (this.info === undefined || this.stats.isComplete) return 0;
    return Math.min(this.stats.wantedLeft, this.wantedLength);
  }

  priorityOf(file: number): FilePriority {
    return this.torrent.filePriorities?.[file] ?? 'normal';
  }

  /** Milliseconds since 1970, of a time on the host's clock. */
  wallTime(at: number | undefined): number | undefined {
    const { clock } = this.context.daemon.deps;
    return at === undefined ? undefined : at + clock.wallTime() - clock.now();
  }

  #sumWanted(): number {
    if (this.info === undefined) return 0;
    if (this.torrent.filePriorities === undefined) return this.info.layout.dataLength;
    let length = 0;
    for (const [file, { length: bytes }] of this.info.files.entries())
      if (this.priorityOf(file) !== 'skip') length += bytes;
    return length;
  }
}
