// What Transmission knows of torrents and a session does not: a number for each, counted up and never given twice in a run;
// when one was started, edited, last busy; which were removed lately. All of it is of this run.

import { LazyMap } from '../../core/bytes/lazy-map.ts';
import type { FilePriority } from '../../core/engine/file-priorities.ts';
import type { Library, LibraryTorrent } from '../../daemon/library.ts';
import type { Clock } from '../../host/clock.ts';

/** Milliseconds since 1970 throughout; undefined where it was not in this run. */
export interface TorrentNotes {
  readonly number: number;
  startedAt: number | undefined;
  editedAt: number | undefined;
  /** Bytes of it were last moved. */
  busyAt: number | undefined;
  /** Something of it was last told to be other than before. */
  changedAt: number;
  /** What was moved when it was last looked at. */
  movedBytes: number;
  isStopped: boolean;
  /** It was seeded enough, and nobody has started it since. */
  isFinished: boolean;
  /** It was stopped when its check was asked for, and is to be stopped again. */
  stopsAfterCheck: boolean;
  /** What was set and does not hold at the moment: kB/s, a ratio, minutes. */
  downloadLimit: number | undefined;
  uploadLimit: number | undefined;
  seedRatioLimit: number | undefined;
  seedIdleLimit: number | undefined;
  /** Of files that are not wanted: how much they were. */
  readonly filePriorities: LazyMap<number, FilePriority>;
  readonly trackerNumbers: LazyMap<string, number>;
}

/** What a torrent that is gone has moved, in bytes. */
export interface Moved {
  readonly uploaded: number;
  readonly downloaded: number;
}

export class Register {
  readonly #library: Library;
  readonly #clock: Clock;
  readonly #notes = new Map<LibraryTorrent, TorrentNotes>();
  readonly #byNumber = new Map<number, LibraryTorrent>();
  readonly #removed: { readonly number: number; readonly at: number }[] = [];
  readonly #removers: (() => void)[];
  readonly #onGone: (moved: Moved) => void;
  #goneThisRun: Moved = { uploaded: 0, downloaded: 0 };
  #lastNumber = 0;
  #filesAdded = 0;

  /** `onGone`: over all runs. */
  constructor(library: Library, clock: Clock, onGone: (moved: Moved) => void = () => {}) {
    this.#library = library;
    this.#clock = clock;
    this.#onGone = onGone;
    for (const entry of library.torrents()) this.#added(entry);
    this.#removers = [
      library.on('added', entry => {
        this.#filesAdded++;
        this.#added(entry);
      }),
      library.on('removed', entry => this.#left(entry)),
      library.on('changed', entry => this.#changed(entry)),
      library.session.on('torrent', ({ torrent, name }) => {
        const entry = library.entryOf(torrent);
        const notes = entry && this.#notes.get(entry);
        if (notes === undefined) return;
        if (name === 'seed-limit') notes.isFinished = true;
        if (name === 'ready' && notes.stopsAfterCheck) {
          notes.stopsAfterCheck = false;
          torrent.pause();
        }
      }),
    ];
  }

  /** Torrents that were added in this run. */
  get filesAdded(): number {
    return this.#filesAdded;
  }

  /** Of torrents that were removed, in this run. */
  get goneThisRun(): Moved {
    return this.#goneThisRun;
  }

  notesOf(entry: LibraryTorrent): TorrentNotes {
    return this.#notes.get(entry) ?? this.#added(entry);
  }

  numbered(number: number): LibraryTorrent | undefined {
    return this.#byNumber.get(number);
  }

  /** A tracker's number within its torrent: it stays the same whatever becomes of the others. */
  trackerNumber(entry: LibraryTorrent, url: string): number {
    const { trackerNumbers } = this.notesOf(entry);
    const known = trackerNumbers.get(url);
    if (known !== undefined) return known;
    const number = trackerNumbers.size;
    trackerNumbers.set(url, number);
    return number;
  }

  /** When bytes of it were last moved, as far as that was noticed: a piece at once, what is given when somebody looks. */
  busyAt(entry: LibraryTorrent): number | undefined {
    const notes = this.notesOf(entry);
    const { uploaded, downloaded } = entry.torrent.announceFacts();
    const moved = uploaded + downloaded;
    if (moved !== notes.movedBytes) {
      notes.movedBytes = moved;
      notes.busyAt = this.#clock.wallTime();
    }
    return notes.busyAt;
  }

  /** Those of which something was other within the last minute, or may be: they have peers. */
  recentlyActive(): LibraryTorrent[] {
    const since = this.#clock.wallTime() - RECENT_MS;
    return [...this.#library.torrents()].filter(
      entry => entry.torrent.connectionCount > 0 || this.notesOf(entry).changedAt >= since,
    );
  }

  /** The numbers of those that were removed within the last minute. */
  recentlyRemoved(): number[] {
    const since = this.#clock.wallTime() - RECENT_MS;
    return this.#removed.filter(({ at }) => at >= since).map(({ number }) => number);
  }

  edited(entry: LibraryTorrent): void {
    this.notesOf(entry).editedAt = this.#clock.wallTime();
    this.#library.touch(entry);
  }

  close(): void {
    for (const remove of this.#removers) remove();
  }

  #added(entry: LibraryTorrent): TorrentNotes {
    const now = this.#clock.wallTime();
    const isStopped = STOPPED.has(entry.torrent.state);
    const notes: TorrentNotes = {
      number: ++this.#lastNumber,
      startedAt: isStopped ? undefined : now,
      editedAt: undefined,
      busyAt: undefined,
      changedAt: now,
      movedBytes: 0,
      isStopped,
      isFinished: false,
      stopsAfterCheck: false,
      downloadLimit: undefined,
      uploadLimit: undefined,
      seedRatioLimit: undefined,
      seedIdleLimit: undefined,
      filePriorities: new LazyMap(),
      trackerNumbers: new LazyMap(),
    };
    this.#notes.set(entry, notes);
    this.#byNumber.set(notes.number, entry);
    return notes;
  }

  #changed(entry: LibraryTorrent): void {
    const notes = this.#notes.get(entry);
    if (notes === undefined) return;
    notes.changedAt = this.#clock.wallTime();
    const isStopped = STOPPED.has(entry.torrent.state);
    if (isStopped === notes.isStopped) return;
    notes.isStopped = isStopped;
    if (isStopped) return;
    notes.startedAt = notes.changedAt;
    notes.isFinished = false;
  }

  #left(entry: LibraryTorrent): void {
    const notes = this.#notes.get(entry);
    if (notes === undefined) return;
    this.#notes.delete(entry);
    this.#byNumber.delete(notes.number);
    const { removed, at } = { removed: this.#removed, at: this.#clock.wallTime() };
    removed.push({ number: notes.number, at });
    const first = removed.findIndex(each => each.at >= at - RECENT_MS);
    removed.splice(0, first);
    const { uploaded, downloaded } = this.#goneThisRun;
    const run = entry.torrent.announceFacts();
    this.#goneThisRun = {
      uploaded: uploaded + run.uploaded,
      downloaded: downloaded + run.downloaded,
    };
    this.#onGone(entry.torrent.totals());
  }
}

const STOPPED: ReadonlySet<string> = new Set(['paused', 'failed', 'closed']);
/** As in Transmission: a client that asks every few seconds misses nothing. */
const RECENT_MS = 60_000;
