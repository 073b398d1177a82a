// Shares one direction of a session among its torrents: those that wait take turns, each with an equal part of what there
// is, and what one leaves goes to the others. A torrent does the same among its peers (`core/engine/limited`). So one
// torrent with many peers does not starve one with few, nor one peer another.
//
//   session's bucket ──┬── torrent's bucket ──┬── peer, peer, peer       a torrent that waits is in `#waiting`,
//                      ├── torrent's bucket ──┴── …                      the one that has waited longest first
//                      └── (no limit of its own)
//
// A group's bucket stands between the session's and those of its torrents (rate-groups).
//
// One timer, which runs only while somebody waits.

import type { BandwidthAllowance } from '../core/engine/bandwidth-allowance.ts';
import { BLOCK_LENGTH } from '../core/metainfo/metainfo.ts';
import type { Clock } from '../host/clock.ts';
import { TokenBucket } from './token-bucket.ts';

export interface BandwidthTaker {
  /** There may be something to take. */
  rateAllows(): void;
  /** For downloads: more has come than may, and nothing is to be read from peers; or it is again. */
  holdReading?(isHeld: boolean): void;
}

/** One direction of a session. */
export class Bandwidth {
  readonly #clock: Clock;
  readonly #countsPackets: boolean;
  #bucket: TokenBucket | undefined;
  readonly #waiting = new Set<TorrentBandwidth>();
  /** Somebody waits for the session's bucket: whoever comes now comes after. */
  #isContended = false;
  #isGivingOut = false;
  /** Those that took something since reading was last held. */
  readonly #takers = new Set<TorrentBandwidth>();
  /** More has come than the session's bucket allows, and than that of these torrents. */
  #isOverdrawn = false;
  readonly #overdrawn = new Set<TorrentBandwidth>();
  #cancelTimer: (() => void) | undefined;

  /** `countsPackets`: the headers of IP and TCP are counted too, as far as they can be guessed. */
  constructor(clock: Clock, countsPackets = false) {
    this.#clock = clock;
    this.#countsPackets = countsPackets;
  }

  /** Infinity: none. */
  get limit(): number {
    return this.#bucket?.rateBytesPerSecond ?? Number.POSITIVE_INFINITY;
  }

  setLimit(bytesPerSecond: number): void {
    this.#bucket = changedBucket(this.#bucket, bytesPerSecond, this.#clock.now());
    this.#isContended = false;
    this.#settle();
  }

  join(taker: BandwidthTaker): TorrentBandwidth {
    return new TorrentBandwidth(this, taker);
  }

  /** For a torrent. */
  setTorrentLimit(torrent: TorrentBandwidth, bytesPerSecond: number): void {
    torrent.bucket = changedBucket(torrent.bucket, bytesPerSecond, this.#clock.now());
    this.#settle();
  }

  available(torrent: TorrentBandwidth, now: number): number {
    if (torrent.turn > 0) return torrent.turn;
    if (!this.#isGivingOut && !this.#isContended && !this.#waiting.has(torrent)) {
      torrent.bucket?.fill(now, false);
      torrent.group?.bucket?.fill(now, false);
      this.#bucket?.fill(now, false);
      const left = leftOf(torrent, leftIn(this.#bucket, Number.POSITIVE_INFINITY));
      if (left > 0 && !this.#othersWait(torrent)) return left;
      this.#isContended = leftIn(this.#bucket, 1) <= 0;
    }
    // With a rate of 0 there will be nothing: whoever changes that tells everybody.
    if (torrent.bucket?.rateBytesPerSecond === 0 || this.limit === 0) return 0;
    if (torrent.group?.bucket?.rateBytesPerSecond === 0) return 0;
    this.#waiting.add(torrent);
    this.#setTimer();
    return 0;
  }

  use(torrent: TorrentBandwidth, bytes: number): void {
    const counted = this.#countsPackets ? bytes + packetOverhead(bytes) : bytes;
    this.#move(torrent, counted);
    if (this.#countsPackets) torrent.opposite?.pay(counted - bytes);
  }

  /** The other direction's packets cost as much here: they are acknowledged. */
  pay(torrent: TorrentBandwidth, bytes: number): void {
    this.#move(torrent, bytes);
  }

  reserve(torrent: TorrentBandwidth, bytes: number): void {
    torrent.turn -= bytes;
    torrent.bucket?.reserve(bytes);
    torrent.group?.bucket?.reserve(bytes);
    this.#bucket?.reserve(bytes);
  }

  release(torrent: TorrentBandwidth, bytes: number): void {
    torrent.bucket?.release(bytes);
    torrent.group?.bucket?.release(bytes);
    this.#bucket?.release(bytes);
  }

  leave(torrent: TorrentBandwidth): void {
    this.#waiting.delete(torrent);
    this.#takers.delete(torrent);
    this.#overdrawn.delete(torrent);
    if (!torrent.isHeld) return;
    torrent.isHeld = false;
    torrent.taker.holdReading?.(false);
  }

  #move(torrent: TorrentBandwidth, bytes: number): void {
    torrent.turn -= bytes;
    torrent.bucket?.use(bytes);
    torrent.group?.bucket?.use(bytes);
    this.#bucket?.use(bytes);
    if (torrent.taker.holdReading === undefined) return;
    this.#takers.add(torrent);
    const isFirst = !this.#isOverdrawn && this.#isTooMuch(this.#bucket);
    this.#isOverdrawn ||= isFirst;
    if (this.#isTooMuch(torrent.bucket) || this.#isTooMuch(torrent.group?.bucket))
      this.#overdrawn.add(torrent);
    if (isFirst) for (const taker of this.#takers) this.#hold(taker);
    else this.#hold(torrent);
    if (torrent.isHeld) this.#setTimer();
  }

  #isTooMuch(bucket: TokenBucket | undefined): boolean {
    if (!isOverdrawn(bucket)) return false;
    // Nobody may have looked at it for a while.
    bucket?.fill(this.#clock.now(), false);
    return isOverdrawn(bucket);
  }

  #hold(torrent: TorrentBandwidth): void {
    const isHeld = this.#isOverdrawn || this.#overdrawn.has(torrent);
    if (isHeld === torrent.isHeld) return;
    torrent.isHeld = isHeld;
    torrent.taker.holdReading?.(isHeld);
  }

  /** Fills what is waited for, reads on where nothing is owed any more, and lets those that wait take. */
  #settle(): void {
    const now = this.#clock.now();
    this.#bucket?.fill(now, this.#isContended || this.#isOverdrawn);
    for (const torrent of this.#waiting) {
      torrent.bucket?.fill(now, true);
      torrent.group?.bucket?.fill(now, true);
    }
    this.#readOn(now);
    this.#giveOut();
    this.#isContended = this.#waiting.size > 0 && leftIn(this.#bucket, 1) <= 0;
    this.#setTimer();
  }

  #readOn(now: number): void {
    for (const torrent of this.#overdrawn) {
      torrent.bucket?.fill(now, true);
      torrent.group?.bucket?.fill(now, true);
      if (stillOwes(torrent.bucket) || stillOwes(torrent.group?.bucket)) continue;
      this.#overdrawn.delete(torrent);
      this.#hold(torrent);
    }
    if (!this.#isOverdrawn || stillOwes(this.#bucket)) return;
    this.#isOverdrawn = false;
    const takers = [...this.#takers];
    this.#takers.clear();
    for (const torrent of takers) this.#hold(torrent);
  }

  #giveOut(): void {
    this.#isGivingOut = true;
    try {
      while (leftIn(this.#bucket, 1) > 0) {
        const ready = [...this.#waiting].filter(torrent => leftOf(torrent, 1) > 0);
        if (ready.length === 0) return;
        const share = Math.max(BLOCK_LENGTH, leftIn(this.#bucket, Number.POSITIVE_INFINITY) / ready.length);
        for (const torrent of ready) {
          if (leftIn(this.#bucket, 1) <= 0) return;
          const turn = leftOf(torrent, share);
          // Others of its group have taken what there was.
          if (turn <= 0) continue;
          this.#waiting.delete(torrent);
          torrent.turn = turn;
          torrent.taker.rateAllows();
          torrent.turn = 0;
        }
      }
    } finally {
      this.#isGivingOut = false;
    }
  }

  /** Somebody of its group waits already: whoever comes now comes after. */
  #othersWait({ group }: TorrentBandwidth): boolean {
    if (group?.bucket === undefined) return false;
    for (const torrent of this.#waiting) if (torrent.group === group) return true;
    return false;
  }

  #setTimer(): void {
    const isNeeded = this.#waiting.size > 0 || this.#isOverdrawn || this.#overdrawn.size > 0;
    if (!isNeeded || this.#cancelTimer !== undefined || this.#isGivingOut) return;
    this.#cancelTimer = this.#clock.after(QUANTUM_MS, () => {
      this.#cancelTimer = undefined;
      this.#settle();
    });
  }
}

/** One direction of a group of torrents, whatever session's direction they are in. */
export class SharedLimit {
  /** Undefined: none. */
  bucket: TokenBucket | undefined;

  /** Infinity: none. */
  get bytesPerSecond(): number {
    return this.bucket?.rateBytesPerSecond ?? Number.POSITIVE_INFINITY;
  }

  /** Its torrents are to be told. */
  set(bytesPerSecond: number, now: number): void {
    if (bytesPerSecond !== this.bytesPerSecond) this.bucket = changedBucket(this.bucket, bytesPerSecond, now);
  }
}

/** One direction of one torrent. */
export class TorrentBandwidth implements BandwidthAllowance {
  readonly taker: BandwidthTaker;
  /** Its own limit; undefined: none. */
  bucket: TokenBucket | undefined;
  /** That of its group. */
  group: SharedLimit | undefined;
  /** While it is its turn: what it may take. */
  turn = 0;
  isHeld = false;
  opposite: TorrentBandwidth | undefined;
  readonly #shared: Bandwidth;

  constructor(shared: Bandwidth, taker: BandwidthTaker) {
    this.#shared = shared;
    this.taker = taker;
  }

  /** Its own. Infinity: none. */
  get limit(): number {
    return this.bucket?.rateBytesPerSecond ?? Number.POSITIVE_INFINITY;
  }

  available(now: number): number {
    return this.#shared.available(this, now);
  }

  use(bytes: number): void {
    this.#shared.use(this, bytes);
  }

  pay(bytes: number): void {
    this.#shared.pay(this, bytes);
  }

  reserve(bytes: number): void {
    this.#shared.reserve(this, bytes);
  }

  release(bytes: number): void {
    this.#shared.release(this, bytes);
  }

  setLimit(bytesPerSecond: number): void {
    this.#shared.setTorrentLimit(this, bytesPerSecond);
  }

  /** It takes part no more. */
  leave(): void {
    this.#shared.leave(this);
  }
}

function changedBucket(bucket: TokenBucket | undefined, rate: number, now: number): TokenBucket | undefined {
  if (rate === Number.POSITIVE_INFINITY) return undefined;
  if (bucket === undefined) return new TokenBucket(rate, now);
  bucket.changeRate(rate, now);
  return bucket;
}

function leftIn(bucket: TokenBucket | undefined, most: number): number {
  return bucket === undefined ? most : Math.min(bucket.balance, most);
}

/** Within its own limit and its group's. */
function leftOf({ bucket, group }: TorrentBandwidth, most: number): number {
  return leftIn(bucket, leftIn(group?.bucket, most));
}

function isOverdrawn(bucket: TokenBucket | undefined): boolean {
  // With nothing allowed no block is asked for; what else peers say is heard.
  return bucket !== undefined && bucket.rateBytesPerSecond > 0 && bucket.overdraft > OVERDRAFT;
}

function stillOwes(bucket: TokenBucket | undefined): boolean {
  return bucket !== undefined && bucket.rateBytesPerSecond > 0 && bucket.overdraft > 0;
}

/** IPv4 and TCP without options, in packets of an Ethernet's length: libtorrent's guess, `rate_limit_ip_overhead`. */
function packetOverhead(bytes: number): number {
  return Math.ceil(bytes / 1460) * 40;
}

// Coarse, so that many peers cost little; fine enough that nobody notices.
const QUANTUM_MS = 50;
// Blocks are asked for whole and come with more than was asked for: only what is beyond that is too much.
const OVERDRAFT = 2 * BLOCK_LENGTH;
