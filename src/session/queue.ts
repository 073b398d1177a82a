// Which torrents of a session are active, where only so many may be: those that come first. A torrent has a position; one
// that wants to exchange is active or waits. One that is slow for a while gives its place to the next and stays active
// itself (libtorrent, `dont_count_slow_torrents`); of all together, slow ones counted, `maxActive` are. One that is forced
// neither waits nor takes a place.
//
// What it costs follows from what changes, not from how many there are: places are kept in heaps, and only torrents with
// peers, or those that began a while ago, are looked at for their rates. Without limits it does nothing at all.

import type { Clock } from '../host/clock.ts';
import { Heap } from './heap.ts';

export interface QueueLimits {
  /** Torrents that download, or look for their metadata, at a time. @default Infinity */
  readonly maxActiveDownloads: number;
  /** Torrents that seed at a time. @default Infinity */
  readonly maxActiveSeeds: number;
  /** Both together, slow ones counted too. @default Infinity */
  readonly maxActive: number;
}

export interface SlowRule {
  /** Below this a torrent is slow: one that downloads by what it gets, one that seeds by what it gives. @default 2048 */
  readonly slowBytesPerSecond: number;
  /** After so long. @default 60,000 */
  readonly slowAfterMs: number;
}

export type QueueKind = 'download' | 'seed';

/** What a torrent can be asked and told. */
export interface QueuedTorrent {
  /** Of blocks, in this run: got where it downloads, given where it seeds. */
  bytesMoved(kind: QueueKind): number;
  hasPeers(): boolean;
  /** It is active from now on, or waits from now on. */
  turnCame(): void;
  turnEnded(): void;
}

/** A torrent's place in the queue. */
export class QueuePlace {
  readonly owner: QueuedTorrent;
  /** For the queue: before whom it comes; what it wants to be; whether it is. */
  order = 0;
  kind: QueueKind | undefined;
  isActive = false;
  isForced = false;
  isSlow = false;
  busyAt = 0;
  /** What had moved when it was looked at last. */
  seenBytes = 0;
  seenAt = 0;
  readonly #queue: Queue;

  constructor(queue: Queue, owner: QueuedTorrent) {
    this.#queue = queue;
    this.owner = owner;
  }

  /** It is in the session from here on. `order`: as it was in another run. @default the last */
  join(order?: number): void {
    this.#queue.join(this, order);
  }

  /** It wants its turn, and is waiting for it. */
  get isWaiting(): boolean {
    return this.kind !== undefined && !this.isActive;
  }

  /** It wants to be active, or is and becomes another kind. Whether it may be; if not, `turnCame` follows. */
  enter(kind: QueueKind): boolean {
    return this.#queue.enter(this, kind);
  }

  /** It does not want to be active any more: paused, failed, being checked. */
  leave(): void {
    this.#queue.leave(this);
  }

  /** It is not in the session any more. */
  quit(): void {
    this.#queue.quit(this);
  }

  force(isForced: boolean): void {
    this.#queue.force(this, isForced);
  }

  /** A peer has come: it may not be slow any more. */
  peerJoined(): void {
    this.#queue.peerJoined(this);
  }

  /** 0 is the first. */
  get position(): number {
    return this.#queue.positionOf(this);
  }

  move(position: number): void {
    this.#queue.move(this, position);
  }
}

export class Queue {
  readonly #clock: Clock;
  readonly #rule: SlowRule;
  #limits: QueueLimits = NO_QUEUE;
  /** All torrents, in order. */
  readonly #places: QueuePlace[] = [];
  readonly #waiting = byKind(() => new Heap<QueuePlace>((a, b) => a.order < b.order));
  /** Those that are not forced, the last first; of these, those that are not slow. */
  readonly #active = byKind(() => new Heap<QueuePlace>((a, b) => a.order > b.order));
  readonly #counted = byKind(() => new Heap<QueuePlace>((a, b) => a.order > b.order));
  /** Active, and it may turn out that they are slow, or not slow any more. */
  readonly #watched = new Set<QueuePlace>();
  #cancelLook: (() => void) | undefined;
  #isSettling = false;
  /** Who asks, and needs not be told. */
  #entering: QueuePlace | undefined;

  constructor(clock: Clock, rule: SlowRule) {
    this.#clock = clock;
    this.#rule = rule;
  }

  get limits(): QueueLimits {
    return this.#limits;
  }

  setLimits({ maxActiveDownloads, maxActiveSeeds, maxActive }: QueueLimits): void {
    const wasLimited = this.#isLimited;
    this.#limits = { maxActiveDownloads, maxActiveSeeds, maxActive };
    if (this.#isLimited && !wasLimited) for (const place of this.#places) this.#list(place);
    this.#settle();
    if (!this.#isLimited) this.#forgetAll();
  }

  join(place: QueuePlace, order?: number): void {
    const last = this.#places.at(-1);
    place.order = order ?? (last === undefined ? 0 : Math.floor(last.order) + 1);
    this.#places.splice(this.#indexAfter(place.order), 0, place);
  }

  enter(place: QueuePlace, kind: QueueKind): boolean {
    if (place.kind === kind) return place.isActive;
    const { isActive } = place;
    this.#unlist(place);
    place.kind = kind;
    if (!isActive) place.busyAt = this.#clock.now();
    if (!this.#isLimited || place.isForced) {
      place.isActive = true;
      return true;
    }
    this.#list(place);
    this.#entering = this.#isSettling ? this.#entering : place;
    this.#settle();
    this.#entering = undefined;
    return place.isActive;
  }

  leave(place: QueuePlace): void {
    if (place.kind === undefined) return;
    this.#unlist(place);
    place.kind = undefined;
    place.isActive = false;
    place.isSlow = false;
    this.#settle();
  }

  quit(place: QueuePlace): void {
    this.leave(place);
    const at = this.#indexOf(place);
    if (at >= 0) this.#places.splice(at, 1);
  }

  force(place: QueuePlace, isForced: boolean): void {
    if (place.isForced === isForced) return;
    this.#unlist(place);
    place.isForced = isForced;
    const begins = isForced && place.isWaiting;
    if (begins) place.isActive = true;
    this.#list(place);
    if (begins) place.owner.turnCame();
    this.#settle();
  }

  peerJoined(place: QueuePlace): void {
    if (this.#active.download.has(place) || this.#active.seed.has(place)) this.#watch(place);
  }

  positionOf(place: QueuePlace): number {
    return this.#indexOf(place);
  }

  move(place: QueuePlace, position: number): void {
    const from = this.#indexOf(place);
    if (from < 0) return;
    this.#unlist(place);
    this.#places.splice(from, 1);
    const at = Math.max(0, Math.min(this.#places.length, position));
    place.order = this.#orderAt(at);
    this.#places.splice(at, 0, place);
    this.#list(place);
    this.#settle();
  }

  close(): void {
    this.#forgetAll();
  }

  get #isLimited(): boolean {
    const { maxActiveDownloads, maxActiveSeeds, maxActive } = this.#limits;
    return Math.min(maxActiveDownloads, maxActiveSeeds, maxActive) < Number.POSITIVE_INFINITY;
  }

  /** Puts it where it belongs by what it is. */
  #list(place: QueuePlace): void {
    const { kind, isActive, isForced, isSlow } = place;
    if (kind === undefined || isForced || !this.#isLimited) return;
    if (!isActive) {
      this.#waiting[kind].add(place);
      return;
    }
    this.#active[kind].add(place);
    if (!isSlow) this.#counted[kind].add(place);
    this.#watch(place);
  }

  #unlist(place: QueuePlace): void {
    const { kind } = place;
    if (kind === undefined) return;
    this.#waiting[kind].delete(place);
    this.#active[kind].delete(place);
    this.#counted[kind].delete(place);
    this.#watched.delete(place);
  }

  /** Until everything is as the limits say. */
  #settle(): void {
    if (this.#isSettling) return;
    this.#isSettling = true;
    try {
      while (this.#endOne() || this.#beginOne('download') || this.#beginOne('seed')) {}
    } finally {
      this.#isSettling = false;
    }
  }

  /** One that is too many. */
  #endOne(): boolean {
    for (const kind of KINDS) {
      const last = this.#counted[kind].first;
      if (last !== undefined && this.#counted[kind].size > this.#maxOf(kind)) return this.#end(last);
    }
    const excess = this.#activeCount > this.#limits.maxActive;
    const last = excess ? (this.#active.seed.first ?? this.#active.download.first) : undefined;
    return last !== undefined && this.#end(last);
  }

  /** The next that waits, where there is a place, or one that comes after it has one. */
  #beginOne(kind: QueueKind): boolean {
    const next = this.#waiting[kind].first;
    if (next === undefined) return false;
    if (this.#counted[kind].size >= this.#maxOf(kind)) {
      const last = this.#counted[kind].first;
      if (last === undefined || last.order <= next.order) return false;
      this.#end(last);
    }
    if (this.#activeCount >= this.#limits.maxActive) {
      // What is not here yet is more urgent than what is given.
      const seed = kind === 'download' ? this.#active.seed.first : undefined;
      const last = seed ?? this.#active[kind].first;
      if (last === undefined || (last !== seed && last.order <= next.order)) return false;
      this.#end(last);
    }
    this.#begin(next);
    return true;
  }

  #begin(place: QueuePlace): void {
    this.#unlist(place);
    place.isActive = true;
    place.isSlow = false;
    place.busyAt = this.#clock.now();
    this.#list(place);
    if (place !== this.#entering) place.owner.turnCame();
  }

  #end(place: QueuePlace): true {
    this.#unlist(place);
    place.isActive = false;
    place.isSlow = false;
    this.#list(place);
    if (place !== this.#entering) place.owner.turnEnded();
    return true;
  }

  #maxOf(kind: QueueKind): number {
    return kind === 'download' ? this.#limits.maxActiveDownloads : this.#limits.maxActiveSeeds;
  }

  get #activeCount(): number {
    return this.#active.download.size + this.#active.seed.size;
  }

  #watch(place: QueuePlace): void {
    if (this.#watched.has(place)) return;
    place.seenBytes = place.owner.bytesMoved(place.kind!);
    place.seenAt = this.#clock.now();
    this.#watched.add(place);
    this.#cancelLook ??= this.#clock.after(LOOK_MS, () => this.#look());
  }

  /** Who is slow now, and who is not any more. */
  #look(): void {
    this.#cancelLook = undefined;
    const now = this.#clock.now();
    for (const place of this.#watched) {
      const kind = place.kind!;
      const bytes = place.owner.bytesMoved(kind);
      const enough = (this.#rule.slowBytesPerSecond * (now - place.seenAt)) / 1000;
      const isBusy = bytes - place.seenBytes >= enough && bytes > place.seenBytes;
      place.seenBytes = bytes;
      place.seenAt = now;
      if (isBusy) {
        place.busyAt = now;
        place.isSlow = false;
        this.#counted[kind].add(place);
      } else if (now - place.busyAt >= this.#rule.slowAfterMs) {
        place.isSlow = true;
        this.#counted[kind].delete(place);
        if (!place.owner.hasPeers()) this.#watched.delete(place);
      }
    }
    this.#settle();
    if (this.#watched.size > 0) this.#cancelLook ??= this.#clock.after(LOOK_MS, () => this.#look());
  }

  #forgetAll(): void {
    for (const kind of KINDS) {
      for (const heaps of [this.#waiting, this.#active, this.#counted]) heaps[kind].clear();
    }
    this.#watched.clear();
    this.#cancelLook?.();
    this.#cancelLook = undefined;
  }

  /** Where it is, or where one that comes after all of the same order is to be. */
  #indexOf(place: QueuePlace): number {
    for (let at = this.#indexAfter(place.order) - 1; at >= 0; at--) {
      if (this.#places[at] === place) return at;
      if (this.#places[at]!.order !== place.order) break;
    }
    return -1;
  }

  #indexAfter(order: number): number {
    let low = 0;
    let high = this.#places.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#places[middle]!.order <= order) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Between its neighbours: nobody else's changes, and nobody else's record. */
  #orderAt(at: number): number {
    const before = this.#places[at - 1]?.order;
    const after = this.#places[at]?.order;
    if (before === undefined) return after === undefined ? 0 : Math.ceil(after) - 1;
    if (after === undefined) return Math.floor(before) + 1;
    const between = (before + after) / 2;
    if (between > before && between < after) return between;
    // Halved fifty times in one place.
    for (const [i, place] of this.#places.entries()) place.order = i < at ? i : i + 1;
    return at;
  }
}

function byKind<Value>(make: () => Value): Record<QueueKind, Value> {
  return { download: make(), seed: make() };
}

const KINDS = ['download', 'seed'] as const;
const NO_QUEUE: QueueLimits = {
  maxActiveDownloads: Number.POSITIVE_INFINITY,
  maxActiveSeeds: Number.POSITIVE_INFINITY,
  maxActive: Number.POSITIVE_INFINITY,
};
const LOOK_MS = 10_000;
