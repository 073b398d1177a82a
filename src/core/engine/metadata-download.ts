// A magnet's metadata (BEP 9): which piece of `info` to ask of whom, and whether the whole hashes to what the magnet
// names. Peers may claim different sizes, and lie: each claim is tried in turn, for as long as its bytes come at a fair
// rate, and who backed a size whose bytes hash wrong is named. Memory grows with what has come, never with what is
// claimed. Knows peers by number and no messages.

import { concatBytes, equalBytes } from '../bytes/bytes.ts';
import type { HashFunctions, InfoHashes } from '../metainfo/info-hash.ts';
import { METADATA_PIECE_LENGTH } from '../wire/extensions/ut-metadata.ts';

export interface MetadataOptions {
  /** @default 31,457,280 (30 MiB, libtorrent) */
  readonly maxMetadataLength: number;
  /** Requests to one peer at a time. @default 4 */
  readonly requestsPerPeer: number;
  /** A request that is not answered by then is asked elsewhere. @default 10,000 */
  readonly timeoutMs: number;
  /** A peer that said no is left alone for so long. @default 30,000 */
  readonly refusalMs: number;
  /** While somebody backs another size, one is tried for so long: twice as long each time anew. @default 30,000 */
  readonly turnMs: number;
  /** A turn is longer by the time that what came would have taken at this rate. @default 16,384 */
  readonly fairRateBytesPerSecond: number;
}

export const METADATA_DEFAULTS: MetadataOptions = {
  maxMetadataLength: 31_457_280,
  requestsPerPeer: 4,
  timeoutMs: 10_000,
  refusalMs: 30_000,
  turnMs: 30_000,
  fairRateBytesPerSecond: 16_384,
};

/** All of the metadata and right, or all of it and wrong: by these peers, where it is known by whom. */
export type MetadataResult = { readonly whole: Uint8Array } | { readonly wrong: readonly number[] };

interface Source {
  readonly size: number;
  notBefore: number;
  outstanding: number;
}

export class MetadataDownload {
  readonly #hashes: InfoHashes;
  readonly #hash: HashFunctions;
  readonly #options: MetadataOptions;
  readonly #sources = new Map<number, Source>();
  /** The size that is being tried; 0 for none. */
  #size = 0;
  #since = 0;
  /** How often each size that somebody backs has been tried. */
  readonly #turns = new Map<number, number>();
  #pieces: (Uint8Array | undefined)[] = [];
  /** For each piece: its giver, or NOBODY. */
  #givers: number[] = [];
  /** For each piece: whom it is asked of, and since when. */
  #askedOf: number[] = [];
  #askedAt: number[] = [];
  #received = 0;
  /** After a wrong whole from several peers: the only one that is asked, so that a liar is found. */
  #solo: number | undefined;

  constructor(hashes: InfoHashes, hash: HashFunctions, options: MetadataOptions = METADATA_DEFAULTS) {
    this.#hashes = hashes;
    this.#hash = hash;
    this.#options = options;
  }

  /** How much is there, 0…1: what a user waits for. */
  get progress(): number {
    return this.#givers.length === 0 ? 0 : this.#received / this.#givers.length;
  }

  /** A peer can be asked, and says that the metadata has `size` bytes. It is held to the first size that it says. */
  offered(peer: number, size: number, now: number): void {
    if (size <= 0 || size > this.#options.maxMetadataLength || this.#sources.has(peer)) return;
    this.#sources.set(peer, { size, notBefore: 0, outstanding: 0 });
    if (this.#size === 0) this.#try(size, now);
  }

  left(peer: number, now: number): void {
    const source = this.#sources.get(peer);
    if (source === undefined) return;
    this.#sources.delete(peer);
    if (this.#backers(source.size) === 0) this.#turns.delete(source.size);
    for (let piece = 0; piece < this.#askedOf.length; piece++) {
      if (this.#askedOf[piece] === peer) this.#askedOf[piece] = NOBODY;
    }
    if (this.#solo === peer) this.#nextSolo(now);
    this.#moveOn(now);
  }

  /**
   * Requests that were not answered in time may be asked elsewhere, and whoever gives too slowly makes way for those who
   * say otherwise. To be told about once a second.
   */
  timePassed(now: number): void {
    for (let piece = 0; piece < this.#askedOf.length; piece++) {
      const asked = this.#askedOf[piece]!;
      if (asked !== NOBODY && now - this.#askedAt[piece]! >= this.#options.timeoutMs)
        this.refused(asked, piece, now);
    }
    this.#moveOn(now);
    if (this.#isTurnOver(now)) this.#giveOthersATurn(now);
  }

  /** The next piece to ask this peer for, marked as asked; undefined where there is none for it now. */
  next(peer: number, now: number): number | undefined {
    const source = this.#sources.get(peer);
    if (source === undefined || source.size !== this.#size || source.notBefore > now) return undefined;
    if (this.#solo !== undefined && this.#solo !== peer) return undefined;
    if (source.outstanding >= this.#options.requestsPerPeer) return undefined;
    for (let piece = 0; piece < this.#givers.length; piece++) {
      if (this.#givers[piece] !== NOBODY || this.#askedOf[piece] !== NOBODY) continue;
      this.#askedOf[piece] = peer;
      this.#askedAt[piece] = now;
      source.outstanding++;
      return piece;
    }
    return undefined;
  }

  refused(peer: number, piece: number, now: number): void {
    const source = this.#sources.get(peer);
    if (source === undefined || this.#askedOf[piece] !== peer) return;
    this.#askedOf[piece] = NOBODY;
    if (source.outstanding > 0) source.outstanding--;
    source.notBefore = now + this.#options.refusalMs;
    if (this.#solo === peer) this.#nextSolo(now);
    this.#moveOn(now);
  }

  /** Whether the peer owes us this piece. */
  isAskedOf(peer: number, piece: number): boolean {
    return this.#askedOf[piece] === peer;
  }

  /**
   * A piece came. Undefined where not all is there yet, or the piece was not asked for. `wrong` also names a peer whose
   * piece has the wrong length.
   */
  received(peer: number, piece: number, bytes: Uint8Array, now: number): MetadataResult | undefined {
    const source = this.#sources.get(peer);
    if (source === undefined || source.size !== this.#size || this.#askedOf[piece] !== peer) return undefined;
    const from = piece * METADATA_PIECE_LENGTH;
    if (bytes.length !== Math.min(METADATA_PIECE_LENGTH, this.#size - from)) {
      this.left(peer, now);
      return { wrong: [peer] };
    }
    this.#askedOf[piece] = NOBODY;
    source.outstanding = Math.max(0, source.outstanding - 1);
    if (this.#givers[piece] !== NOBODY) return undefined;
    this.#pieces[piece] = bytes.slice();
    this.#givers[piece] = peer;
    this.#received++;
    if (this.#received < this.#givers.length) return undefined;
    const whole = concatBytes(this.#pieces as Uint8Array[]);
    if (this.#isRight(whole)) return { whole };
    const givers = [...new Set(this.#givers)];
    this.#startAnew(now);
    if (givers.length === 1) {
      this.left(givers[0]!, now);
      return { wrong: givers };
    }
    // Among several the guilty one is not known: ask one alone, and so on until one is.
    this.#solo = givers.find(giver => this.#sources.has(giver));
    return { wrong: [] };
  }

  #isRight(whole: Uint8Array): boolean {
    const { infoHashV1, infoHashV2 } = this.#hashes;
    if (infoHashV1 !== undefined && !equalBytes(this.#hash.sha1(whole), infoHashV1)) return false;
    return infoHashV2 === undefined || equalBytes(this.#hash.sha256(whole), infoHashV2);
  }

  /** Where nobody is willing who backs the size that is being tried, tries that of somebody who is. */
  #moveOn(now: number): void {
    for (const source of this.#sources.values()) {
      if (source.size === this.#size && source.notBefore <= now) return;
    }
    const other = this.#otherSize(now);
    if (other !== undefined) this.#try(other, now);
    else if (this.#sources.size === 0) this.#try(0, now);
  }

  #isTurnOver(now: number): boolean {
    const { turnMs, fairRateBytesPerSecond } = this.#options;
    const doublings = Math.min(Math.max(0, this.#turnsOf(this.#size) - 1), MAX_DOUBLINGS);
    // One that nobody has tried may be over in a moment: it does not wait for what a liar gives at a fair rate for hours.
    const isNewWaiting = this.#turnsOf(this.#otherSize(now) ?? this.#size) === 0;
    const earnedMs = isNewWaiting
      ? 0
      : (this.#received * METADATA_PIECE_LENGTH * 1000) / fairRateBytesPerSecond;
    return now - this.#since >= turnMs * 2 ** doublings + earnedMs;
  }

  /** Another size; or, where one peer is asked alone, another that backs the same. What came is of no use to them. */
  #giveOthersATurn(now: number): void {
    const other = this.#otherSize(now);
    if (other !== undefined) {
      this.#try(other, now);
      return;
    }
    const solo = this.#solo === undefined ? undefined : this.#sources.get(this.#solo);
    if (solo === undefined || !this.#hasOther(solo, now)) return;
    solo.notBefore = now + this.#options.refusalMs;
    this.#nextSolo(now);
  }

  #hasOther(solo: Source, now: number): boolean {
    for (const source of this.#sources.values())
      if (source !== solo && source.size === this.#size && source.notBefore <= now) return true;
    return false;
  }

  /** The size to try next that a willing peer backs: tried least often, then backed by most, then the smallest. */
  #otherSize(now: number): number | undefined {
    let best: number | undefined;
    for (const { size, notBefore } of this.#sources.values()) {
      if (size === this.#size || size === best || notBefore > now) continue;
      if (best === undefined || this.#comesBefore(size, best)) best = size;
    }
    return best;
  }

  #comesBefore(size: number, other: number): boolean {
    const turnsMore = this.#turnsOf(size) - this.#turnsOf(other);
    if (turnsMore !== 0) return turnsMore < 0;
    const backersMore = this.#backers(size) - this.#backers(other);
    return backersMore === 0 ? size < other : backersMore > 0;
  }

  #turnsOf(size: number): number {
    return this.#turns.get(size) ?? 0;
  }

  #backers(size: number): number {
    let count = 0;
    for (const source of this.#sources.values()) if (source.size === size) count++;
    return count;
  }

  /** From the first piece again: what two gave would have no one to blame. */
  #nextSolo(now: number): void {
    this.#solo = undefined;
    for (const [peer, source] of this.#sources) {
      if (source.size !== this.#size || source.notBefore > now) continue;
      this.#solo = peer;
      break;
    }
    this.#startAnew(now);
  }

  #try(size: number, now: number): void {
    this.#size = size;
    this.#solo = undefined;
    if (size > 0) this.#turns.set(size, this.#turnsOf(size) + 1);
    this.#startAnew(now);
  }

  #startAnew(now: number): void {
    const count = Math.ceil(this.#size / METADATA_PIECE_LENGTH);
    this.#since = now;
    this.#pieces = new Array<Uint8Array | undefined>(count).fill(undefined);
    this.#givers = new Array<number>(count).fill(NOBODY);
    this.#askedOf = new Array<number>(count).fill(NOBODY);
    this.#askedAt = new Array<number>(count).fill(0);
    this.#received = 0;
    for (const source of this.#sources.values()) source.outstanding = 0;
  }
}

const NOBODY = -1;
// Eight minutes with the default: enough for who gives honestly and slowly.
const MAX_DOUBLINGS = 4;
