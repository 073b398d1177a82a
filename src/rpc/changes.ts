// What is new of the torrents, as a sequence of small messages: whoever connects again says which it heard last, and gets what
// has changed since, or hears that it was away for too long. Idle torrents cost nothing: looked at is who has peers, and who
// was told of. What is new is found out while somebody listens, and for a while after. Who has been given a list may come
// later: from there on it is noted whose rows may be others, which costs next to nothing.

import type { Library, LibraryTorrent } from '../daemon/library.ts';
import type { Clock } from '../host/clock.ts';
import type { Changes, TorrentRow } from './methods.ts';
import { rowOf } from './rows.ts';

type Change = Changes['changed'][number];

interface Entry {
  readonly sequence: number;
  readonly changed: readonly Change[];
  readonly removed: readonly string[];
}

export interface ChangeFeedOptions {
  /** From one look to the next, while there are listeners. @default 1000 */
  readonly intervalMs?: number;
  /** Rows in one message, at the most; the others come with the next. @default 150, some 40 KB where all of each is new */
  readonly maxRows?: number;
  /** So many messages can be heard later. @default 300 */
  readonly maxKept?: number;
}

export class ChangeFeed {
  readonly #library: Library;
  readonly #clock: Clock;
  readonly #options: Required<ChangeFeedOptions>;
  readonly #listeners = new Set<(changes: Changes) => void>();
  readonly #kept: Entry[] = [];
  /** As clients have it. Rows that nobody has heard of yet are not there. */
  readonly #rows = new Map<string, TorrentRow>();
  /** To be looked at; in order, so that each has its turn. */
  readonly #touched = new Set<LibraryTorrent>();
  #removed: string[] = [];
  readonly #removers: (() => void)[];
  #sequence: number;
  #session: Changes['session'] = {};
  #cancelTimer: (() => void) | undefined;
  #isLooking = false;
  /** When the last listener went, or the last list was made; it is looked and noted for a while longer. */
  #idleSince: number | undefined;

  constructor(library: Library, clock: Clock, options: ChangeFeedOptions = {}) {
    this.#library = library;
    this.#clock = clock;
    this.#options = { intervalMs: 1000, maxRows: 150, maxKept: 300, ...options };
    // No more than one in a second: what a client has heard of an earlier run is never a number of this one.
    this.#sequence = Math.floor(clock.wallTime() / 1000);
    const touch = (torrent: LibraryTorrent) => {
      if (this.#isNoting) this.#touched.add(torrent);
    };
    this.#removers = [
      library.on('added', touch),
      library.on('changed', touch),
      library.on('removed', ({ id }) => {
        if (!this.#isNoting) return;
        this.#removed.push(id);
        if (!this.#isLooking && this.#removed.length > MAX_REMOVED) this.#end();
      }),
    ];
  }

  /** Of a list that is made now, which holds what the last message said: who listens after it misses nothing. */
  listed(): number {
    if (!this.#isNoting) this.#note();
    if (this.#listeners.size === 0) this.#idleSince = this.#clock.now();
    return this.#sequence;
  }

  /**
   * Tells what is new from here on, at once what is new since `after`. Returns a function that ends it.
   * @default after: from now on
   */
  listen(listener: (changes: Changes) => void, after?: number): () => void {
    if (!this.#isLooking) this.#begin();
    this.#idleSince = undefined;
    this.#listeners.add(listener);
    listener(this.#since(after ?? this.#sequence));
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#idleSince = this.#clock.now();
    };
  }

  close(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    for (const remove of this.#removers) remove();
  }

  get #isNoting(): boolean {
    return this.#cancelTimer !== undefined;
  }

  /** Nothing was noted until now: what was heard before is no use. */
  #note(): void {
    this.#sequence++;
    this.#isLooking = false;
    this.#idleSince = this.#clock.now();
    this.#wait();
  }

  #wait(): void {
    this.#cancelTimer = this.#clock.after(this.#keptMs, () => {
      if (this.#isIdle) this.#end();
      else this.#wait();
    });
  }

  #begin(): void {
    const wasNoting = this.#isNoting;
    if (!wasNoting) this.#note();
    this.#cancelTimer?.();
    this.#isLooking = true;
    for (const entry of this.#library.torrents()) {
      // Rates become others unnoted: where they may have since a list was made, the whole row is told.
      if (wasNoting && (this.#touched.has(entry) || entry.torrent.connectionCount > 0)) continue;
      this.#rows.set(entry.id, rowOf(entry));
    }
    this.#schedule();
  }

  #schedule(): void {
    this.#cancelTimer = this.#clock.after(this.#options.intervalMs, () => {
      if (this.#isIdle) this.#end();
      else {
        this.#look();
        this.#schedule();
      }
    });
  }

  get #isIdle(): boolean {
    return this.#idleSince !== undefined && this.#clock.now() - this.#idleSince >= this.#keptMs;
  }

  get #keptMs(): number {
    return this.#options.maxKept * this.#options.intervalMs;
  }

  #end(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#isLooking = false;
    this.#rows.clear();
    this.#touched.clear();
    this.#removed = [];
    this.#kept.length = 0;
  }

  #look(): void {
    let connections = 0;
    let downRate = 0;
    let upRate = 0;
    for (const entry of this.#library.torrents()) {
      const { connectionCount } = entry.torrent;
      // Whose rate has to fall to 0 is looked at once more.
      const before = this.#rows.get(entry.id);
      if (
        connectionCount > 0 ||
        (before !== undefined && (before.downRate > 0 || before.upRate > 0 || isMoving(before)))
      )
        this.#touched.add(entry);
      if (connectionCount === 0) continue;
      connections += connectionCount;
      const stats = entry.torrent.stats();
      downRate += stats.downloadBytesPerSecond;
      upRate += stats.uploadBytesPerSecond;
    }
    const session = {
      downRate: Math.round(downRate),
      upRate: Math.round(upRate),
      connections,
      torrents: this.#library.size,
    };
    const changed = this.#takeChanged();
    const removed = this.#takeRemoved();
    const isSame = Object.entries(session).every(
      ([name, value]) => this.#session[name as keyof Changes['session']] === value,
    );
    if (changed.length === 0 && removed.length === 0 && isSame) return;
    this.#session = session;
    const entry = { sequence: ++this.#sequence, changed, removed };
    this.#kept.push(entry);
    if (this.#kept.length > this.#options.maxKept) this.#kept.shift();
    for (const listener of [...this.#listeners]) listener({ ...entry, isReset: false, session });
  }

  #takeChanged(): Change[] {
    const changed: Change[] = [];
    for (const entry of this.#touched) {
      if (changed.length >= this.#options.maxRows) break;
      this.#touched.delete(entry);
      if (this.#library.find(entry.id) !== entry) continue;
      const row = rowOf(entry);
      const change = changeOf(this.#rows.get(entry.id), row);
      this.#rows.set(entry.id, row);
      if (change !== undefined) changed.push(change);
    }
    return changed;
  }

  #takeRemoved(): string[] {
    const removed = this.#removed.filter(id => this.#library.find(id)?.id !== id);
    this.#removed = [];
    for (const id of removed) this.#rows.delete(id);
    return removed;
  }

  #since(sequence: number): Changes {
    const first = this.#kept[0]?.sequence ?? this.#sequence + 1;
    const session = this.#session;
    const isReset = sequence > this.#sequence || sequence + 1 < first;
    if (isReset) return { sequence: this.#sequence, isReset, changed: [], removed: [], session };
    const changed = new Map<string, Change>();
    const removed = new Set<string>();
    for (const entry of this.#kept) {
      if (entry.sequence <= sequence) continue;
      for (const change of entry.changed) {
        removed.delete(change.id);
        changed.set(change.id, { ...changed.get(change.id), ...change });
      }
      for (const id of entry.removed) {
        removed.add(id);
        changed.delete(id);
      }
    }
    return {
      sequence: this.#sequence,
      isReset,
      changed: [...changed.values()],
      removed: [...removed],
      session,
    };
  }
}

function isMoving({ state }: TorrentRow): boolean {
  return state === 'checking' || state === 'allocating';
}

/** The fields that are other than before; undefined where there are none. */
function changeOf(before: TorrentRow | undefined, row: TorrentRow): Change | undefined {
  if (before === undefined) return row;
  const change: Record<string, unknown> = { id: row.id };
  let isNew = false;
  for (const name of Object.keys(row) as (keyof TorrentRow)[]) {
    const value = row[name];
    if (value === before[name]) continue;
    if (name === 'labels' && row.labels.join('\0') === before.labels.join('\0')) continue;
    change[name] = value;
    isNew = true;
  }
  return isNew ? (change as Change) : undefined;
}

/** While nobody listens. */
const MAX_REMOVED = 10_000;
