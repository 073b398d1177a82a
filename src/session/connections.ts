// How many connections there are, of the whole session, and who may have the next one. Counts as it goes: nothing here
// looks at all torrents. Dials are paced, and shared: torrents that wait for one take turns, those that download before
// those that seed. Where all places are taken, a torrent that has far fewer gets one from the torrent that has most, if
// somebody there is not exchanging anything.

import { siteOf } from '../core/bytes/address-scope.ts';
import type { Address } from '../core/bytes/compact-address.ts';
import type { MayGo } from '../core/engine/peer-places.ts';
import type { Clock } from '../host/clock.ts';

export interface ConnectionLimits {
  /** Connections of all torrents, those that are dialled or greeted counted. */
  readonly maxConnections: number;
  /** Of these, so many that are dialled and do not stand yet. */
  readonly maxDialling: number;
  readonly dialsPerSecond: number;
}

/** What a torrent can be asked. */
export interface ConnectionOwner {
  isSeeding(): boolean;
  /** It may try to dial again. */
  dialsAllowed(): void;
  /** Parts with its worst peers, at most so many, of those that may go; says how many that were. */
  dropWorst(count: number, mayGo: MayGo): number;
}

/** A torrent's part of the session's connections. */
export class TorrentConnections {
  readonly owner: ConnectionOwner;
  dialling = 0;
  connected = 0;
  readonly #all: Connections;

  constructor(all: Connections, owner: ConnectionOwner) {
    this.#all = all;
    this.owner = owner;
  }

  get count(): number {
    return this.dialling + this.connected;
  }

  /** Counted as a dial where the answer is true; else `dialsAllowed` follows. */
  mayDial(): boolean {
    return this.#all.mayDial(this);
  }

  /** It has come to nothing, or has become a connection that is told of by itself. */
  dialEnded(): void {
    this.#all.dialEnded(this);
  }

  came(remote: Address): void {
    this.#all.came(this, remote);
  }

  went(remote: Address): void {
    this.#all.went(this, remote);
  }

  /** It dials no more. */
  leave(): void {
    this.#all.leave(this);
  }
}

export class Connections {
  readonly #clock: Clock;
  #limits: ConnectionLimits;
  /** Accepted, and their handshake is awaited. */
  #greeted = 0;
  #dialling = 0;
  #connected = 0;
  readonly #sites = new Map<string, number>();
  /** Torrents that have any. */
  readonly #torrents = new Set<TorrentConnections>();
  readonly #waiting = new Set<TorrentConnections>();
  /** Dials that may be made at once, and when that was so. */
  #dials: number;
  #dialsAt: number;
  /** Counts turns: one in so many is a seeding torrent's. */
  #turn = 0;
  #cancelTimer: (() => void) | undefined;
  /** Whose turn it is, while those that wait take turns. */
  #turnOf: TorrentConnections | undefined;
  #isGivingOut = false;

  constructor(limits: ConnectionLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
    this.#dials = limits.dialsPerSecond;
    this.#dialsAt = clock.now();
  }

  get limits(): ConnectionLimits {
    return this.#limits;
  }

  /** Those that are too many go, the worst of the torrents that have most. */
  setLimits({ maxConnections, maxDialling, dialsPerSecond }: ConnectionLimits): void {
    const limits = { maxConnections, maxDialling, dialsPerSecond };
    this.#limits = limits;
    for (
      let excess = this.count - limits.maxConnections;
      excess > 0;
      excess = this.count - limits.maxConnections
    ) {
      const richest = this.#richest();
      if (richest === undefined || richest.owner.dropWorst(1, 'any') === 0) break;
    }
    this.#settle();
  }

  get count(): number {
    return this.#greeted + this.#dialling + this.#connected;
  }

  get greetedCount(): number {
    return this.#greeted;
  }

  get diallingCount(): number {
    return this.#dialling;
  }

  /** Of a host; of IPv6 of a whole network. */
  countFrom(remote: Address): number {
    return this.#sites.get(siteOf(remote.host)) ?? 0;
  }

  join(owner: ConnectionOwner): TorrentConnections {
    return new TorrentConnections(this, owner);
  }

  greetingBegan(remote: Address): void {
    this.#greeted++;
    this.#countSite(remote, 1);
  }

  greetingEnded(remote: Address): void {
    this.#greeted--;
    this.#countSite(remote, -1);
    this.#settle();
  }

  /**
   * Whether a newcomer of this torrent, counted as greeted, has one of so many places, or one is made: by the torrent that
   * has most, where that is another.
   */
  hasPlaceFor(torrent: TorrentConnections, places: number): boolean {
    if (this.count <= places) return true;
    const richest = this.#richest();
    if (richest === undefined || richest.count <= torrent.count + 1) return false;
    return richest.owner.dropWorst(1, 'idle') > 0;
  }

  mayDial(torrent: TorrentConnections): boolean {
    const isNext = this.#isGivingOut ? this.#turnOf === torrent : this.#waiting.size === 0;
    if (isNext && this.#hasDial() && this.#isRoom(torrent)) {
      // One a turn.
      this.#turnOf = undefined;
      this.#dials--;
      this.#dialling++;
      torrent.dialling++;
      this.#torrents.add(torrent);
      return true;
    }
    this.#waiting.add(torrent);
    this.#setTimer();
    return false;
  }

  dialEnded(torrent: TorrentConnections): void {
    this.#dialling--;
    torrent.dialling--;
    this.#forgetEmpty(torrent);
    this.#settle();
  }

  came(torrent: TorrentConnections, remote: Address): void {
    this.#connected++;
    torrent.connected++;
    this.#torrents.add(torrent);
    this.#countSite(remote, 1);
  }

  went(torrent: TorrentConnections, remote: Address): void {
    this.#connected--;
    torrent.connected--;
    this.#countSite(remote, -1);
    this.#forgetEmpty(torrent);
    this.#settle();
  }

  leave(torrent: TorrentConnections): void {
    this.#waiting.delete(torrent);
  }

  close(): void {
    this.#waiting.clear();
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #hasDial(): boolean {
    const { dialsPerSecond, maxDialling } = this.#limits;
    const now = this.#clock.now();
    this.#dials = Math.min(dialsPerSecond, this.#dials + ((now - this.#dialsAt) * dialsPerSecond) / 1000);
    this.#dialsAt = now;
    return this.#dials >= 1 && this.#dialling < maxDialling;
  }

  #isRoom(torrent: TorrentConnections): boolean {
    if (this.count < this.#limits.maxConnections) return true;
    const richest = this.#richest();
    return (
      richest !== undefined && richest.count > 2 * torrent.count + 2 && richest.owner.dropWorst(1, 'idle') > 0
    );
  }

  /** Lets torrents that wait dial, while there is anything for them. */
  #settle(): void {
    if (this.#isGivingOut || this.#waiting.size === 0) return;
    this.#isGivingOut = true;
    try {
      for (let tries = this.#waiting.size; tries > 0 && this.#hasDial(); tries--) {
        const next = this.#next();
        if (next === undefined || !this.#isRoom(next)) break;
        this.#waiting.delete(next);
        this.#turnOf = next;
        next.owner.dialsAllowed();
      }
    } finally {
      this.#turnOf = undefined;
      this.#isGivingOut = false;
    }
    this.#setTimer();
  }

  #next(): TorrentConnections | undefined {
    const wantsSeed = this.#turn++ % SEED_EVERY === SEED_EVERY - 1;
    let other: TorrentConnections | undefined;
    for (const torrent of this.#waiting) {
      if (torrent.owner.isSeeding() === wantsSeed) return torrent;
      other ??= torrent;
    }
    return other;
  }

  #richest(): TorrentConnections | undefined {
    let richest: TorrentConnections | undefined;
    for (const torrent of this.#torrents)
      if (torrent.connected > (richest?.connected ?? 0)) richest = torrent;
    return richest;
  }

  #forgetEmpty(torrent: TorrentConnections): void {
    if (torrent.count === 0) this.#torrents.delete(torrent);
  }

  #countSite(remote: Address, by: number): void {
    const site = siteOf(remote.host);
    const count = (this.#sites.get(site) ?? 0) + by;
    if (count > 0) this.#sites.set(site, count);
    else this.#sites.delete(site);
  }

  /** For dials that come with time, and peers that fall silent; everything else settles when it happens. */
  #setTimer(): void {
    const { dialsPerSecond, maxConnections } = this.#limits;
    if (this.#waiting.size === 0 || this.#cancelTimer !== undefined || dialsPerSecond === 0) return;
    const delayMs = this.count < maxConnections ? Math.max(QUANTUM_MS, 1000 / dialsPerSecond) : FULL_MS;
    this.#cancelTimer = this.#clock.after(delayMs, () => {
      this.#cancelTimer = undefined;
      this.#settle();
    });
  }
}

// libtorrent, `connect_seed_every_n_download`.
const SEED_EVERY = 10;
const QUANTUM_MS = 100;
const FULL_MS = 1000;
