// The torrents of a daemon: those of its session, and what people say of them, which the session knows nothing of. Hears
// every event once, keeps what is worth reading in each torrent's log, and tells who is to be looked at again.

import { fromHex, toHex } from '../core/bytes/hex.ts';
import type { Clock } from '../host/clock.ts';
import { Events } from '../session/events.ts';
import type { Session, TorrentTold } from '../session/session.ts';
import type { AddOptions, SessionTorrent } from '../session/session-torrent.ts';
import { sentenceOf } from './event-sentences.ts';
import type { LabelStore } from './label-store.ts';
import { type LogLine, TorrentLog } from './torrent-log.ts';

export interface LibraryEvents {
  added: LibraryTorrent;
  removed: LibraryTorrent;
  /** Something of it is other than it was: look again. Told often; ask seldom. */
  changed: LibraryTorrent;
  /** Its data has been looked at. */
  ready: LibraryTorrent;
  /** All that was wanted is there, and was not when it was added. */
  completed: LibraryTorrent;
  /** A line of a torrent's log. */
  logged: { readonly torrent: LibraryTorrent; readonly line: LogLine };
}

export interface LibraryTorrent {
  /** The first of its wire info hashes when it was added, in hexadecimal: 40 digits. */
  readonly id: string;
  readonly torrent: SessionTorrent;
  readonly log: TorrentLog;
  readonly labels: readonly string[];
}

export interface LibraryDeps {
  readonly session: Session;
  readonly clock: Clock;
  readonly labels: LabelStore;
}

export class Library {
  readonly session: Session;
  readonly #clock: Clock;
  readonly #labels: LabelStore;
  readonly #events: Events<LibraryEvents>;
  readonly #byId = new Map<string, Entry>();
  readonly #bySession = new Map<SessionTorrent, Entry>();
  readonly #removers: (() => void)[];

  constructor({ session, clock, labels }: LibraryDeps) {
    this.session = session;
    this.#clock = clock;
    this.#labels = labels;
    this.#events = new Events(error => {
      throw error;
    });
    for (const torrent of session.torrents) this.#added(torrent);
    this.#removers = [
      session.on('added', torrent => this.#added(torrent)),
      session.on('removed', torrent => this.#removed(torrent)),
      session.on('torrent', told => this.#told(told)),
    ];
  }

  get size(): number {
    return this.#byId.size;
  }

  /** In the order in which they were added. */
  torrents(): IterableIterator<LibraryTorrent> {
    return this.#byId.values();
  }

  on<Name extends keyof LibraryEvents>(
    name: Name,
    listener: (event: LibraryEvents[Name]) => void,
  ): () => void {
    return this.#events.on(name, listener);
  }

  /** By its id, or by any of its info hashes: 40 hexadecimal digits of either, or the 64 of v2. */
  find(id: string): LibraryTorrent | undefined {
    const known = this.#byId.get(id);
    if (known !== undefined) return known;
    const hash = HASH.test(id) ? fromHex(id) : undefined;
    const torrent = hash && this.session.find(hash.subarray(0, 20));
    return torrent && this.#bySession.get(torrent);
  }

  entryOf(torrent: SessionTorrent): LibraryTorrent | undefined {
    return this.#bySession.get(torrent);
  }

  /** @throws as `Session.add` */
  add(options: AddOptions, labels: readonly string[] = []): LibraryTorrent {
    const entry = this.#bySession.get(this.session.add(options))!;
    if (labels.length > 0) this.setLabels(entry, labels);
    return entry;
  }

  /** @throws as `SessionTorrent.remove` */
  async remove({ id, torrent }: LibraryTorrent, deleteData: boolean): Promise<void> {
    await torrent.remove({ deleteData });
    this.#labels.set(id, []);
  }

  /** Trimmed, each once, in order; empty ones are none. */
  setLabels({ id }: LibraryTorrent, labels: readonly string[]): void {
    const cleaned = [...new Set(labels.map(label => label.trim()).filter(label => label !== ''))].sort();
    this.#labels.set(id, cleaned);
    const entry = this.#byId.get(id);
    if (entry !== undefined) this.#events.emit('changed', entry);
  }

  /** Something of it was changed by a call, of which no event tells. */
  touch(torrent: LibraryTorrent): void {
    this.#events.emit('changed', torrent);
  }

  /** Something that is not an event of its own has happened to it. */
  note(torrent: LibraryTorrent, level: LogLine['level'], text: string): void {
    const line = { time: this.#clock.wallTime(), level, text };
    torrent.log.add(line);
    this.#events.emit('logged', { torrent, line });
  }

  /** Hears of nothing any more. The session is the caller's to close. */
  close(): void {
    for (const remove of this.#removers) remove();
  }

  #added(torrent: SessionTorrent): void {
    const [id, ...others] = torrent.wireInfoHashes.map(toHex) as [string, ...string[]];
    // A magnet that came by its v2 hash alone has turned out to be a hybrid, and is named by its first in its next run.
    for (const other of others) this.#labels.rename(other, id);
    const entry = new Entry(id, torrent, this.#labels);
    this.#byId.set(id, entry);
    this.#bySession.set(torrent, entry);
    this.#events.emit('added', entry);
  }

  #removed(torrent: SessionTorrent): void {
    const entry = this.#bySession.get(torrent);
    if (entry === undefined) return;
    this.#bySession.delete(torrent);
    this.#byId.delete(entry.id);
    this.#events.emit('removed', entry);
  }

  #told(told: TorrentTold): void {
    const entry = this.#bySession.get(told.torrent);
    if (entry === undefined) return;
    const sentence = sentenceOf(told);
    if (sentence !== undefined) this.note(entry, sentence.level, sentence.text);
    if (told.name === 'complete' && !(told as TorrentTold<'complete'>).event.wasThere)
      this.#events.emit('completed', entry);
    if (told.name === 'ready') this.#events.emit('ready', entry);
    this.#events.emit('changed', entry);
  }
}

class Entry implements LibraryTorrent {
  readonly id: string;
  readonly torrent: SessionTorrent;
  readonly log = new TorrentLog();
  readonly #labels: LabelStore;

  constructor(id: string, torrent: SessionTorrent, labels: LabelStore) {
    this.id = id;
    this.torrent = torrent;
    this.#labels = labels;
  }

  get labels(): readonly string[] {
    return this.#labels.of(this.id);
  }
}

const HASH = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i;
