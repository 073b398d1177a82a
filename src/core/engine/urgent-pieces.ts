// Pieces that are needed by a time: those that somebody is about to read of a film that is still being downloaded. Several
// readers may have a window each; a piece in two of them counts by the earlier time. In order of their deadlines, and for
// each the question that decides who is asked: would it come in time from this peer, or at least not much later than from
// any other? A slow peer leaves what is needed at once to faster ones, and takes what has time. Knows no rates: a peer
// says how long a block takes it.
//
//   deadline   +0.5 s   +1 s    +2 s    +4 s
//   piece        4        5       6       7         a peer that takes 3 s for a block is asked for 7

import { LazyMap } from '../bytes/lazy-map.ts';

/** A piece, and when it is needed, in milliseconds of the clock that `now` is of. */
export interface PieceDeadline {
  readonly piece: number;
  readonly at: number;
}

/** What is asked of a peer. */
export interface HurriedPeer {
  /** Requests that it has not answered. */
  readonly outstandingCount: number;
  /** How long a block takes it, one behind the other. */
  readonly blockMs: number;
}

export class UrgentPieces {
  readonly #windows = new LazyMap<number, readonly PieceDeadline[]>();
  readonly #indices = new LazyMap<number, number>();
  #merged: { readonly piece: number; at: number; bestMs: number }[] = [];

  get count(): number {
    return this.#merged.length;
  }

  /** The pieces by number, the most urgent first. */
  piece(i: number): number {
    return this.#merged[i]!.piece;
  }

  deadline(i: number): number {
    return this.#merged[i]!.at;
  }

  /** Where the piece stands in that order; -1 where it has no deadline. */
  indexOf(piece: number): number {
    return this.#indices.get(piece) ?? -1;
  }

  /** A reader's window, in the place of its last one. */
  set(reader: number, deadlines: readonly PieceDeadline[]): void {
    if (deadlines.length === 0) this.#windows.delete(reader);
    else this.#windows.set(reader, deadlines);
    this.#merge();
  }

  /** The piece is there. */
  remove(piece: number): void {
    if (this.#merged.length === 0) return;
    for (const [reader, deadlines] of this.#windows) {
      const rest = deadlines.filter(deadline => deadline.piece !== piece);
      if (rest.length < deadlines.length) this.#windows.set(reader, rest);
    }
    this.#merge();
  }

  /** How soon the quickest of those who have the piece could give a block of it. */
  bestIs(i: number, bestMs: number): void {
    this.#merged[i]!.bestMs = bestMs;
  }

  /** Whether the peer is to be asked for the piece now. */
  isFor(peer: HurriedPeer, i: number, now: number): boolean {
    const urgent = this.#merged[i]!;
    const takesMs = (peer.outstandingCount + 1) * peer.blockMs;
    return now + takesMs <= urgent.at || takesMs <= NOT_MUCH_LATER * urgent.bestMs;
  }

  #merge(): void {
    const before = new Map(this.#merged.map(urgent => [urgent.piece, urgent.bestMs]));
    const byPiece = new Map<number, number>();
    for (const deadlines of this.#windows.values()) {
      for (const { piece, at } of deadlines) byPiece.set(piece, Math.min(at, byPiece.get(piece) ?? at));
    }
    this.#merged = Array.from(byPiece, ([piece, at]) => ({
      piece,
      at,
      bestMs: before.get(piece) ?? UNKNOWN,
    }));
    this.#merged.sort((a, b) => a.at - b.at || a.piece - b.piece);
    this.#indices.clear();
    for (const [i, { piece }] of this.#merged.entries()) this.#indices.set(piece, i);
  }
}

const NOT_MUCH_LATER = 2;
// Nobody is held back before it was looked who is quick.
const UNKNOWN = Number.POSITIVE_INFINITY;
