// The pieces that are still to be begun: by priority, and in each priority rarest first. Each priority has a shelf of its
// own; a search goes over the shelves from the highest down. Peers that have everything are a number, not an entry in
// every count. No search asks about more than some thousand pieces one by one, however many the torrent has.

import type { Random } from '../bytes/prng.ts';
import { NOWHERE, RarityShelf } from './rarity-shelf.ts';

/** 0: not wanted. 1…3: low, normal, high. */
export type PiecePriority = 0 | 1 | 2 | 3;

/** What is looked for: a piece that a peer has and would give. */
export interface PieceFilter {
  /** True where it gives the piece. */
  readonly canGive: (piece: number) => boolean;
  /** What it has, in the wire's form; it gives nothing else. */
  readonly pieces: { readonly bytes: Uint8Array };
}

export class Rarity {
  /** How many peers have each piece, those aside that have all. */
  readonly availability: Uint16Array;
  /** Peers that have every piece. */
  seeds = 0;
  /** Where each piece stands on its shelf; NOWHERE where it is not to be begun. */
  readonly #position: Uint32Array;
  /** The same as bits, in the wire's order. */
  readonly #listed: Uint8Array;
  readonly #priorities: Uint8Array;
  readonly #shelves: (RarityShelf | undefined)[] = [];
  readonly #random: Random;
  #count = 0;
  /** No byte of `#listed` before this one has a bit. */
  #lowestByte = 0;

  constructor(pieceCount: number, random: Random) {
    this.availability = new Uint16Array(pieceCount);
    this.#position = new Uint32Array(pieceCount).fill(NOWHERE);
    this.#listed = new Uint8Array((pieceCount + 7) >>> 3);
    this.#priorities = new Uint8Array(pieceCount).fill(NORMAL);
    this.#random = random;
  }

  /** Pieces that are still to be begun. */
  get count(): number {
    return this.#count;
  }

  /** Pieces that are still to be begun and that nobody has, those aside that have all. */
  get unavailableCount(): number {
    let count = 0;
    for (const shelf of this.#shelves) if (shelf !== undefined && shelf.count > 0) count += shelf.ends[0]!;
    return count;
  }

  /** The highest priority of a piece that is to be begun and that somebody has; 0 where there is none. */
  get highest(): number {
    for (let priority = 3; priority > 0; priority--) {
      const shelf = this.#shelves[priority];
      if (shelf !== undefined && shelf.count > (this.seeds > 0 ? 0 : shelf.ends[0]!)) return priority;
    }
    return 0;
  }

  isListed(piece: number): boolean {
    return this.#position[piece] !== NOWHERE;
  }

  priority(piece: number): PiecePriority {
    return this.#priorities[piece] as PiecePriority;
  }

  /** Sets priorities, one a piece, and lists exactly the pieces that `isOpen` and are wanted. */
  reset(priorities: Uint8Array | undefined, isOpen: (piece: number) => boolean): void {
    const pieceCount = this.availability.length;
    if (priorities === undefined) this.#priorities.fill(NORMAL);
    else this.#priorities.set(priorities);
    this.#shelves.length = 0;
    this.#position.fill(NOWHERE);
    this.#listed.fill(0);
    this.#lowestByte = 0;
    this.#count = 0;
    // By counting: with two million pieces a change of priorities is some milliseconds.
    const ranks: number[][] = [[], [], [], []];
    for (let piece = 0; piece < pieceCount; piece++) {
      const priority = this.#priorities[piece]!;
      if (priority === 0 || !isOpen(piece)) continue;
      this.#listed[piece >>> 3]! |= 0x80 >>> (piece & 7);
      const counts = ranks[priority]!;
      const rank = this.availability[piece]!;
      while (counts.length <= rank) counts.push(0);
      counts[rank]!++;
      this.#count++;
    }
    for (const [priority, counts] of ranks.entries()) {
      if (counts.length > 0) this.#shelves[priority] = new RarityShelf(pieceCount, this.#position, counts);
    }
    for (let piece = 0; piece < pieceCount; piece++) {
      if ((this.#listed[piece >>> 3]! & (0x80 >>> (piece & 7))) === 0) continue;
      this.#shelves[this.#priorities[piece]!]!.fill(piece, this.availability[piece]!);
    }
  }

  insert(piece: number): void {
    const priority = this.#priorities[piece]!;
    if (priority === 0 || this.isListed(piece)) return;
    this.#shelves[priority] ??= new RarityShelf(this.availability.length, this.#position, []);
    this.#shelves[priority].insert(piece, this.availability[piece]!);
    this.#listed[piece >>> 3]! |= 0x80 >>> (piece & 7);
    this.#lowestByte = Math.min(this.#lowestByte, piece >>> 3);
    this.#count++;
  }

  remove(piece: number): void {
    if (!this.isListed(piece)) return;
    this.#shelves[this.#priorities[piece]!]!.remove(piece, this.availability[piece]!);
    this.#listed[piece >>> 3]! &= ~(0x80 >>> (piece & 7));
    this.#count--;
  }

  /** One more peer has the piece. */
  rose(piece: number): void {
    const rank = this.availability[piece]!++;
    if (this.isListed(piece)) this.#shelves[this.#priorities[piece]!]!.rose(piece, rank);
  }

  /** One peer fewer has it. */
  fell(piece: number): void {
    const rank = this.availability[piece]!--;
    if (this.isListed(piece)) this.#shelves[this.#priorities[piece]!]!.fell(piece, rank);
  }

  /** The rarest piece of the highest priority that the peer gives, ties at random; -1 where there is none. */
  rarest(peer: PieceFilter): number {
    return this.#onShelves(peer, (shelf, start) => {
      for (const end of shelf.ends) {
        if (end <= start) continue;
        const piece = this.#firstFrom(shelf, start, end, peer);
        if (piece >= 0) return piece;
        // It has none of so many that are rarer than what it has: which of the others is no great matter.
        if (end - start > MAX_LOOKS) return UNDECIDED;
        start = end;
      }
      return NONE;
    });
  }

  /** The most common piece, for a peer that may be long about it. */
  commonest(peer: PieceFilter): number {
    return this.#onShelves(peer, (shelf, first) => {
      for (let rank = shelf.ends.length - 1; rank >= 0; rank--) {
        const start = Math.max(first, rank === 0 ? 0 : shelf.ends[rank - 1]!);
        const end = shelf.ends[rank]!;
        if (end <= start) continue;
        const piece = this.#firstFrom(shelf, start, end, peer);
        if (piece >= 0) return piece;
        if (end - start > MAX_LOOKS) return UNDECIDED;
      }
      return NONE;
    });
  }

  /** Any piece of the highest priority that the peer gives, whatever its rank. */
  anyOf(peer: PieceFilter): number {
    return this.#onShelves(peer, (shelf, start) => {
      if (shelf.count === start) return NONE;
      const piece = this.#firstFrom(shelf, start, shelf.count, peer);
      return piece < 0 && shelf.count - start > MAX_LOOKS ? UNDECIDED : piece;
    });
  }

  /** The first piece in the torrent's order of the highest priority that the peer gives. */
  lowest(peer: PieceFilter): number {
    let highest = 0;
    for (const [priority, shelf] of this.#shelves.entries()) if ((shelf?.count ?? 0) > 0) highest = priority;
    let best = NONE;
    while (this.#listed[this.#lowestByte] === 0) this.#lowestByte++;
    for (let byte = this.#lowestByte; byte < this.#listed.length; byte++) {
      for (let bits = this.#listed[byte]! & peer.pieces.bytes[byte]!; bits !== 0; ) {
        const bit = Math.clz32(bits) - 24;
        bits &= ~(0x80 >>> bit);
        const piece = 8 * byte + bit;
        const priority = this.#priorities[piece]!;
        if (best !== NONE && priority <= this.#priorities[best]!) continue;
        if (!peer.canGive(piece)) continue;
        if (priority === highest) return piece;
        best = piece;
      }
    }
    return best;
  }

  /** Tries the shelves from the highest priority down; a search that gave up is finished by bits. */
  #onShelves(peer: PieceFilter, search: (shelf: RarityShelf, start: number) => number): number {
    for (let priority = 3; priority > 0; priority--) {
      const shelf = this.#shelves[priority];
      if (shelf === undefined || shelf.count === 0) continue;
      let piece = search(shelf, this.seeds > 0 ? 0 : shelf.ends[0]!);
      if (piece === UNDECIDED) piece = this.#byBits(priority, peer);
      if (piece >= 0) return piece;
    }
    return NONE;
  }

  /** Looks through the bits of all pieces once around, from a place drawn at random: eight pieces at a time. */
  #byBits(priority: number, peer: PieceFilter): number {
    const { length } = this.#listed;
    const offset = this.#random.below(length);
    for (let i = 0; i < length; i++) {
      const byte = i + offset < length ? i + offset : i + offset - length;
      for (let bits = this.#listed[byte]! & peer.pieces.bytes[byte]!; bits !== 0; ) {
        const bit = Math.clz32(bits) - 24;
        bits &= ~(0x80 >>> bit);
        const piece = 8 * byte + bit;
        if (this.#priorities[piece] === priority && peer.canGive(piece)) return piece;
      }
    }
    return NONE;
  }

  /** Looks at so many of `start`…`end`, once around from a place drawn at random. */
  #firstFrom({ order }: RarityShelf, start: number, end: number, peer: PieceFilter): number {
    const offset = start + this.#random.below(end - start);
    const looks = Math.min(end - start, MAX_LOOKS);
    const first = Math.min(end, offset + looks);
    for (let i = offset; i < first; i++) if (peer.canGive(order[i]!)) return order[i]!;
    const rest = start + looks - (first - offset);
    for (let i = start; i < rest; i++) if (peer.canGive(order[i]!)) return order[i]!;
    return NONE;
  }
}

const NORMAL = 2;
const NONE = -1;
const UNDECIDED = -2;
// Some tens of microseconds: a peer with a few pieces of two million must not be asked for each of them.
const MAX_LOOKS = 4096;
