// A magnet's metadata (BEP 9): which piece of `info` to ask of whom, and whether the whole hashes to what the magnet
// names. Peers may claim different sizes, and lie: each claim is tried in turn, and who backed a size whose bytes hash
// wrong is named. Knows peers by number and no messages.

import { equalBytes } from '../bytes/bytes.ts';
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
}

export const METADATA_DEFAULTS: MetadataOptions = {
  maxMetadataLength: 31_457_280,
  requestsPerPeer: 4,
  timeoutMs: 10_000,
  refusalMs: 30_000,
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
  #bytes = new Uint8Array(0);
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

  /** A peer can be asked, and says that the metadata has `size` bytes. */
  offered(peer: number, size: number): void {
    if (size <= 0 || size > this.#options.maxMetadataLength) return;
    this.#sources.set(peer, { size, notBefore: 0, outstanding: 0 });
    if (this.#size === 0) this.#start(size);
  }

  left(peer: number, now: number): void {
    this.#sources.delete(peer);
    for (let piece = 0; piece < this.#askedOf.length; piece++) {
      if (this.#askedOf[piece] === peer) this.#askedOf[piece] = NOBODY;
    }
    if (this.#solo === peer) this.#solo = this.#sources.keys().next().value;
    this.#moveOn(now);
  }

  /** Requests that were not answered in time may be asked elsewhere. To be told about once a second. */
  timePassed(now: number): void {
    for (let piece = 0; piece < this.#askedOf.length; piece++) {
      const asked = this.#askedOf[piece]!;
      if (asked !== NOBODY && now - this.#askedAt[piece]! >= this.#options.timeoutMs)
        this.refused(asked, piece, now);
    }
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
    if (this.#askedOf[piece] === peer) this.#askedOf[piece] = NOBODY;
    const source = this.#sources.get(peer);
    if (source === undefined) return;
    if (source.outstanding > 0) source.outstanding--;
    source.notBefore = now + this.#options.refusalMs;
    if (this.#solo === peer) this.#solo = this.#willing(now);
    this.#moveOn(now);
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
    this.#bytes.set(bytes, from);
    this.#givers[piece] = peer;
    this.#received++;
    if (this.#received < this.#givers.length) return undefined;
    if (this.#isRight()) return { whole: this.#bytes };
    const givers = [...new Set(this.#givers)];
    this.#start(this.#size);
    if (givers.length === 1) {
      this.left(givers[0]!, now);
      return { wrong: givers };
    }
    // Among several the guilty one is not known: ask one alone, and so on until one is.
    this.#solo = givers.find(giver => this.#sources.has(giver));
    return { wrong: [] };
  }

  #isRight(): boolean {
    const { infoHashV1, infoHashV2 } = this.#hashes;
    if (infoHashV1 !== undefined && !equalBytes(this.#hash.sha1(this.#bytes), infoHashV1)) return false;
    return infoHashV2 === undefined || equalBytes(this.#hash.sha256(this.#bytes), infoHashV2);
  }

  /** Where nobody is willing who backs the size that is being tried, tries that of somebody who is. */
  #moveOn(now: number): void {
    for (const source of this.#sources.values()) {
      if (source.size === this.#size && source.notBefore <= now) return;
    }
    const other = this.#willing(now);
    if (other !== undefined) this.#start(this.#sources.get(other)!.size);
    else if (this.#sources.size === 0) this.#start(0);
  }

  #willing(now: number): number | undefined {
    for (const [peer, source] of this.#sources) if (source.notBefore <= now) return peer;
    return undefined;
  }

  #start(size: number): void {
    const count = Math.ceil(size / METADATA_PIECE_LENGTH);
    this.#size = size;
    this.#bytes = new Uint8Array(size);
    this.#givers = new Array<number>(count).fill(NOBODY);
    this.#askedOf = new Array<number>(count).fill(NOBODY);
    this.#askedAt = new Array<number>(count).fill(0);
    this.#received = 0;
    for (const source of this.#sources.values()) source.outstanding = 0;
  }
}

const NOBODY = -1;
